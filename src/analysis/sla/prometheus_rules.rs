//! Thresholds in Prometheus alert rules, as hints for promises: simple comparisons become suggested objectives with the
//! rules they are from; everything else is listed with the reason. Nothing is taken over by itself.
//!
//! An alert fires when its comparison holds, so a promise is its opposite: `> 0.8` suggests at most 0.8. Rules on the same
//! measure become one objective: the mildest severity is its target, the gravest its critical limit.

use serde::Serialize;

use super::own_write::{duration_text, percent_text};
use super::yaml::{Node, Value, quoted};
use super::{ObjectiveKind, SlaFileError};
use crate::units::{self, Micros, Ppm};

/// One alert rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AlertHint {
    /// Its group.
    pub group: String,
    /// Its name.
    pub rule: String,
    /// 1-based line.
    pub line: u64,
    /// `labels.severity`, as written.
    pub severity: String,
    /// How long it has to hold before it fires, as written.
    pub hold: String,
    /// The expression.
    pub expr: String,
    /// What was found in it, in a sentence.
    pub what: String,
    /// Name of the suggested objective, where there is one.
    pub suggests: Option<String>,
}

/// What a file of rules suggests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AlertHints {
    /// All alert rules, in the order of the file.
    pub hints: Vec<AlertHint>,
    /// Promises in Headroom's own form; empty where no rule suggests one.
    pub yaml: String,
}

/// Whether a file holds alert rules: groups with rules.
pub(super) fn looks_like(root: &Node) -> bool {
    root.get("groups")
        .is_some_and(|groups| groups.items().iter().any(|g| g.get("rules").is_some()))
}

/// Whether a text holds alert rules.
pub fn are_alert_rules(yaml: &str) -> bool {
    yaml.contains("groups:") && Node::parse(yaml).is_ok_and(|root| looks_like(&root))
}

/// What a comparison is about.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Measure {
    kind: ObjectiveKind,
    /// Pattern over series (`metric`, `utilisation`).
    series: String,
    percentile: Option<Ppm>,
    /// The alert fires above.
    above: bool,
    unit: Unit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Seconds,
    Millis,
    Fraction,
    Percent,
    Plain,
}

/// A threshold in an expression.
struct Found {
    measure: Measure,
    /// The threshold itself fires: `>=`.
    strict: bool,
    value: f64,
}

/// Reads all rules of a file.
pub fn read(yaml: &str) -> Result<AlertHints, SlaFileError> {
    let root = Node::parse(yaml)?;
    if !looks_like(&root) {
        return Err(root.error(
            "these are no Prometheus alert rules; a file of rules starts with \"groups:\", each with a name and rules",
        ));
    }
    let mut hints = Vec::new();
    let mut found: Vec<(usize, Found)> = Vec::new();
    for group in root.get("groups").map_or(&[][..], Node::items) {
        let name = text_of(group, "name");
        for rule in group.get("rules").map_or(&[][..], Node::items) {
            let Some(alert) = rule.get("alert") else {
                // Recording rules hold no threshold.
                continue;
            };
            let expr = rule.get("expr").ok_or_else(|| {
                rule.error("an alert rule needs an expr, such as \"expr: up == 0\"")
            })?;
            let expr_text = expr
                .text("expr")?
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ");
            let mut hint = AlertHint {
                group: name.clone(),
                rule: alert.text("alert")?.to_owned(),
                line: alert.line,
                severity: rule
                    .at(&["labels", "severity"])
                    .and_then(|n| n.text("severity").ok())
                    .unwrap_or_default()
                    .to_owned(),
                hold: text_of(rule, "for"),
                expr: expr_text,
                ..AlertHint::default()
            };
            match threshold(&hint.expr) {
                Ok(one) => {
                    hint.what = describe(&one);
                    found.push((hints.len(), one));
                }
                Err(why) => hint.what = why.to_owned(),
            }
            hints.push(hint);
        }
    }
    let yaml = suggest(&mut hints, &found);
    Ok(AlertHints { hints, yaml })
}

fn text_of(node: &Node, key: &str) -> String {
    match node.get(key).map(|n| &n.value) {
        Some(Value::Scalar(text)) => text.trim().to_owned(),
        _ => String::new(),
    }
}

/// Splits at an operator that stands outside of all brackets and quotes; the last one where there are several.
fn split_outside<'a>(
    text: &'a str,
    operators: &[&'static str],
) -> Option<(&'a str, &'static str, &'a str)> {
    let mut depth = 0_i32;
    let mut quote = None;
    let mut best = None;
    let mut skip_until = 0;
    for (at, c) in text.char_indices() {
        if let Some(open) = quote {
            if c == open {
                quote = None;
            }
            continue;
        }
        match c {
            '"' | '\'' | '`' => quote = Some(c),
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        if depth != 0 || at < skip_until {
            continue;
        }
        let rest = text.get(at..).unwrap_or_default();
        if let Some(op) = operators.iter().find(|op| rest.starts_with(**op)) {
            best = Some((at, *op));
            skip_until = at + op.len();
        }
    }
    let (at, op) = best?;
    Some((
        text.get(..at)?.trim(),
        op,
        text.get(at + op.len()..)?.trim(),
    ))
}

/// Without brackets around the whole.
fn unwrapped(text: &str) -> &str {
    let mut text = text.trim();
    while let Some(inner) = text.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
        let mut depth = 0_i32;
        let closed_early = inner.chars().any(|c| {
            depth += match c {
                '(' => 1,
                ')' => -1,
                _ => 0,
            };
            depth < 0
        });
        if closed_early {
            break;
        }
        text = inner.trim();
    }
    text
}

/// A number, or a product or quotient of two.
fn number(text: &str) -> Option<f64> {
    let text = unwrapped(text);
    if let Some((a, op, b)) = split_outside(text, &["*", "/"]) {
        let (a, b) = (number(a)?, number(b)?);
        return Some(if op == "*" { a * b } else { a / b }).filter(|v| v.is_finite());
    }
    text.parse::<f64>().ok().filter(|v| v.is_finite())
}

/// Longer expressions are not looked into, in bytes.
const LONGEST: usize = 2_000;

/// The simple threshold of an expression, or why there is none.
fn threshold(expr: &str) -> Result<Found, &'static str> {
    if expr.len() > LONGEST {
        return Err("The expression is too long to be a simple threshold.");
    }
    let expr = unwrapped(expr);
    if split_outside(expr, &[" and ", " or ", " unless "]).is_some() {
        return Err("Several conditions together are not a simple threshold.");
    }
    if expr.starts_with("absent") {
        return Err("It fires when data are missing, which is no threshold.");
    }
    let (left, op, right) = split_outside(expr, &[">=", "<=", "==", "!=", ">", "<"])
        .ok_or("It compares nothing with a number.")?;
    let (subject, value, flipped) = match (number(left), number(right)) {
        (None, Some(value)) => (left, value, false),
        (Some(value), None) => (right, value, true),
        _ => return Err("It does not compare with a fixed number."),
    };
    if matches!(op, "==" | "!=") {
        return Err(
            "It compares for being equal, such as a service that is down: promise an availability for it.",
        );
    }
    let above = op.starts_with('>') != flipped;
    let (mut measure, factor) =
        measure(subject, above).ok_or("What it compares is more than one simple measure.")?;
    if measure.unit == Unit::Plain
        && (0.0..=1.0).contains(&value)
        && ["ratio", "utilis", "utiliz", "usage"]
            .iter()
            .any(|w| measure.series.contains(w))
    {
        measure.unit = Unit::Fraction;
        measure.kind = ObjectiveKind::Utilisation;
    }
    Ok(Found {
        measure,
        strict: op.ends_with('='),
        value: value / factor,
    })
}

/// The first name of a metric in a query.
pub(super) fn metric_in(query: &str) -> Option<String> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let known = [
        "sum",
        "avg",
        "max",
        "min",
        "count",
        "rate",
        "irate",
        "increase",
        "by",
        "without",
        "on",
        "ignoring",
        "histogram_quantile",
        "quantile",
        "topk",
        "bottomk",
        "abs",
        "clamp_max",
        "clamp_min",
        "delta",
        "deriv",
        "avg_over_time",
        "max_over_time",
        "min_over_time",
        "quantile_over_time",
        "group_left",
        "group_right",
        "le",
        "instance",
        "job",
        "predict_linear",
        "label_replace",
        "last_over_time",
        "sum_over_time",
    ];
    let mut rest = query;
    let mut inside = 0_i32;
    while let Some(c) = rest.chars().next() {
        if is_name(c) {
            let end = rest.find(|c: char| !is_name(c)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            let called = after.trim_start().starts_with('(');
            let named = word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
            if inside == 0 && named && !called && !known.contains(&word) {
                return Some(word.to_owned());
            }
            // The labels of "by (…)" are no metrics.
            if called && matches!(word, "by" | "without" | "on" | "ignoring") {
                rest = after.split_once(')').map_or("", |(_, tail)| tail);
                continue;
            }
            rest = after;
        } else {
            match c {
                '{' | '[' => inside += 1,
                '}' | ']' => inside -= 1,
                _ => {}
            }
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
        }
    }
    None
}

fn time_unit(metric: &str) -> Option<Unit> {
    let lower = metric.to_lowercase();
    if lower.contains("milliseconds") || lower.ends_with("_ms") || lower.contains("_ms_") {
        Some(Unit::Millis)
    } else if lower.contains("seconds") {
        Some(Unit::Seconds)
    } else {
        None
    }
}

/// What an expression measures, and the factor it was multiplied by.
fn measure(expr: &str, above: bool) -> Option<(Measure, f64)> {
    let expr = unwrapped(expr);
    let plain = |kind, series: String, unit| Measure {
        kind,
        series,
        percentile: None,
        above,
        unit,
    };
    // 100 - (avg(rate(node_cpu_seconds_total{mode="idle"}[5m])) * 100): what is busy.
    if expr.contains("node_cpu_seconds_total") && expr.contains("idle") {
        let busy = expr.starts_with("100 -") || expr.starts_with("1 -");
        let unit = if expr.contains("100") {
            Unit::Percent
        } else {
            Unit::Fraction
        };
        return busy.then(|| {
            (
                plain(ObjectiveKind::Utilisation, "*cpu*".to_owned(), unit),
                1.0,
            )
        });
    }
    if let Some((left, "*", right)) = split_outside(expr, &["*", "/"]) {
        let (inner, factor) = match (number(left), number(right)) {
            (None, Some(factor)) => (left, factor),
            (Some(factor), None) => (right, factor),
            _ => return None,
        };
        let (measure, before) = measure(inner, above)?;
        return (factor > 0.0).then_some((measure, before * factor));
    }
    if let Some(rest) = expr.strip_prefix("histogram_quantile(") {
        let (quantile, inner) = rest.strip_suffix(')')?.split_once(',')?;
        let share = number(quantile).filter(|q| (0.0..1.0).contains(q) && *q > 0.0)?;
        let metric = metric_in(inner)?;
        return Some((
            Measure {
                percentile: Some(Ppm((share * 1e6).round() as i64)),
                ..plain(
                    ObjectiveKind::Latency,
                    metric.clone(),
                    time_unit(&metric).unwrap_or(Unit::Seconds),
                )
            },
            1.0,
        ));
    }
    if let Some((over, _, under)) = split_outside(expr, &["/"]) {
        let (a, b) = (metric_in(over)?, metric_in(under)?);
        let words = over.to_lowercase();
        let failed = ["error", "fail", "5..", "5xx", "\"5", "exception"]
            .iter()
            .any(|w| words.contains(w));
        if failed && above {
            return Some((
                plain(ObjectiveKind::ErrorRate, String::new(), Unit::Fraction),
                1.0,
            ));
        }
        let whole = ["total", "limit", "size", "capacity", "max", "quota"]
            .iter()
            .any(|w| b.to_lowercase().contains(w));
        return whole.then(|| (plain(ObjectiveKind::Utilisation, a, Unit::Fraction), 1.0));
    }
    if split_outside(expr, &[" - ", " + ", " % ", " ^ "]).is_some() {
        return None;
    }
    let metric = metric_in(expr)?;
    let lower = metric.to_lowercase();
    let percent = lower.contains("percent") || lower.ends_with("_pct");
    let kind = if percent {
        ObjectiveKind::Utilisation
    } else {
        ObjectiveKind::Metric
    };
    let unit = if percent {
        Unit::Percent
    } else {
        time_unit(&metric)
            .filter(|_| !lower.ends_with("_total"))
            .unwrap_or(Unit::Plain)
    };
    Some((plain(kind, metric, unit), 1.0))
}

/// A value as Headroom writes it, with its sign where the side is not the usual one.
fn limit_words(found: &Found) -> String {
    let value = found.value;
    let millionths = |factor: f64| (value * factor * 1e6).round() as i64;
    let text = match found.measure.unit {
        Unit::Seconds => duration_text(Micros(millionths(1.0))),
        Unit::Millis => duration_text(Micros((value * 1e3).round() as i64)),
        Unit::Fraction => percent_text(Ppm(millionths(1.0))),
        Unit::Percent => percent_text(Ppm((value * 1e4).round() as i64)),
        Unit::Plain => {
            let text = format!("{value:.6}");
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
    };
    let either = matches!(
        found.measure.kind,
        ObjectiveKind::Metric | ObjectiveKind::Utilisation
    );
    let sign = match (found.measure.above, found.strict) {
        (true, true) => "<",
        (true, false) if either => "<=",
        (false, true) => ">",
        (false, false) => ">=",
        _ => "",
    };
    format!("{sign}{text}")
}

fn title(measure: &Measure) -> String {
    match measure.kind {
        ObjectiveKind::Latency => {
            let p = measure.percentile.map_or_else(String::new, |p| {
                format!("P{} ", percent_text(p).trim_end_matches('%'))
            });
            format!("{p}latency")
        }
        ObjectiveKind::ErrorRate => "Error rate".to_owned(),
        _ => measure.series.trim_matches('*').replace('_', " "),
    }
}

fn describe(found: &Found) -> String {
    let side = if found.measure.above {
        "above"
    } else {
        "below"
    };
    let limit = limit_words(found);
    let limit = limit.trim_start_matches(['<', '>', '=']);
    format!("It fires when {} is {side} {limit}.", title(&found.measure))
}

/// How grave a severity is, as the words are commonly used.
fn gravity(severity: &str) -> u8 {
    match severity.to_ascii_lowercase().as_str() {
        "info" | "information" | "none" | "low" => 0,
        "critical" | "major" | "high" | "error" | "page" => 2,
        // Warnings, tickets, and whatever else a team calls them.
        _ => 1,
    }
}

/// Writes one objective for each measure.
fn suggest(hints: &mut [AlertHint], found: &[(usize, Found)]) -> String {
    let mut done: Vec<&Measure> = Vec::new();
    let mut names: Vec<String> = Vec::new();
    let mut text = String::new();
    for (_, first) in found {
        if done.contains(&&first.measure) {
            continue;
        }
        done.push(&first.measure);
        let mut same: Vec<&(usize, Found)> = found
            .iter()
            .filter(|(_, f)| f.measure == first.measure)
            .collect();
        same.sort_by_key(|(index, _)| hints.get(*index).map(|h| gravity(&h.severity)));
        let (Some((mild_at, mild)), Some((grave_at, grave))) = (same.first(), same.last()) else {
            continue;
        };
        let mut name = title(&first.measure);
        while names.contains(&name) {
            name.push_str(" (2)");
        }
        names.push(name.clone());
        let rules: Vec<String> = same
            .iter()
            .filter_map(|(index, _)| {
                let hint = hints.get(*index)?;
                let severity = if hint.severity.is_empty() {
                    "no severity"
                } else {
                    &hint.severity
                };
                Some(format!("{} ({severity})", hint.rule))
            })
            .collect();
        text.push_str(&format!("  # From the alert rules {}\n", rules.join(", ")));
        text.push_str(&format!(
            "  - name: {}\n    kind: {}\n    target: {}\n",
            quoted(&name),
            super::own_write::kind_word(first.measure.kind),
            quoted(&limit_words(mild))
        ));
        if mild_at != grave_at && gravity_of(hints, *grave_at) > gravity_of(hints, *mild_at) {
            text.push_str(&format!("    critical: {}\n", quoted(&limit_words(grave))));
        }
        if let Some(p) = first.measure.percentile {
            text.push_str(&format!(
                "    percentile: {}\n",
                percent_text(p).trim_end_matches('%')
            ));
        }
        if matches!(
            first.measure.kind,
            ObjectiveKind::Metric | ObjectiveKind::Utilisation
        ) {
            let series = if first.measure.series.contains('*') {
                first.measure.series.clone()
            } else {
                format!("{}*", first.measure.series)
            };
            text.push_str(&format!("    series: {}\n", quoted(&series)));
        }
        for (index, _) in &same {
            if let Some(hint) = hints.get_mut(*index) {
                hint.suggests = Some(name.clone());
            }
        }
    }
    if text.is_empty() {
        return text;
    }
    format!("# Suggested by alert rules: read, change, then apply.\nobjectives:\n{text}")
}

fn gravity_of(hints: &[AlertHint], index: usize) -> u8 {
    hints.get(index).map_or(0, |h| gravity(&h.severity))
}

/// How a hint reads in a list: rule, severity, how long it has to hold, and what was found.
pub fn hint_words(hint: &AlertHint) -> String {
    let mut about = Vec::new();
    if !hint.severity.is_empty() {
        about.push(hint.severity.clone());
    }
    if !hint.hold.is_empty() {
        about.push(match units::parse_duration(&hint.hold) {
            Ok(length) => format!("for {}", units::duration(length)),
            Err(_) => format!("for {}", hint.hold),
        });
    }
    let about = if about.is_empty() {
        String::new()
    } else {
        format!(" ({})", about.join(", "))
    };
    format!("{}{about}: {}", hint.rule, hint.what)
}
