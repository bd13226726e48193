//! Thresholds in Prometheus alert rules, as hints for promises: simple comparisons become suggested objectives with the
//! rules they are from; everything else is listed with the reason. Nothing is taken over by itself.
//!
//! An alert fires when its comparison holds, so a promise is its opposite: `> 0.8` suggests at most 0.8. Rules on the same
//! measure become one objective: the mildest severity is its target, the gravest its critical limit.

use serde::Serialize;

use super::alert_expr::{Found, Measure, Unit, threshold};
use super::own_write::{duration_text, percent_text};
use super::read_values::limit;
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

/// A value as Headroom writes it.
fn value_words(found: &Found) -> String {
    let value = found.value;
    let millionths = |factor: f64| (value * factor * 1e6).round() as i64;
    match found.measure.unit {
        Unit::Seconds => duration_text(Micros(millionths(1.0))),
        Unit::Millis => duration_text(Micros((value * 1e3).round() as i64)),
        Unit::Fraction => percent_text(Ppm(millionths(1.0))),
        Unit::Percent => percent_text(Ppm((value * 1e4).round() as i64)),
        Unit::Plain => {
            let text = format!("{value:.6}");
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
    }
}

/// A value with its sign where the side is not the usual one.
fn limit_words(found: &Found) -> String {
    let text = value_words(found);
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
    let written = limit_words(found);
    let limit = limit(&Node::scalar(1, &written), "target", found.measure.kind)
        .map_or(written, |limit| limit.value.text());
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
    let mut alerts = String::new();
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
        // A promise has no least duration; an alert on it has, where all rules wait alike.
        let holds: Vec<&str> = same
            .iter()
            .filter_map(|(index, _)| hints.get(*index).map(|h| h.hold.as_str()))
            .collect();
        if let Some(hold) = holds.first().filter(|h| holds.iter().all(|o| o == *h))
            && units::parse_duration(hold).is_ok_and(|length| length.0 > 0)
        {
            // It fires where the promise no longer holds.
            let at = |found: &Found| {
                let side = match (found.measure.above, found.strict) {
                    (true, false) => ">",
                    (true, true) => ">=",
                    (false, false) => "<",
                    (false, true) => "<=",
                };
                quoted(&format!("{side}{}", value_words(found)))
            };
            let mut tiers = format!("warning: {}", at(mild));
            if mild_at != grave_at && gravity_of(hints, *grave_at) > gravity_of(hints, *mild_at) {
                tiers.push_str(&format!(", critical: {}", at(grave)));
            } else if gravity_of(hints, *mild_at) == 2 {
                tiers = format!("critical: {}", at(mild));
            }
            alerts.push_str(&format!(
                "  - {{objective: {}, {tiers}, for: {hold}}}\n",
                quoted(&name)
            ));
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
    if !alerts.is_empty() {
        alerts.insert_str(0, "alerts:\n");
    }
    format!("# Suggested by alert rules: read, change, then apply.\nobjectives:\n{text}{alerts}")
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
