//! Simple thresholds in expressions of Prometheus: one measure compared with one number. Whatever is more than that is
//! answered with the reason.

use super::ObjectiveKind;
use crate::units::Ppm;

/// What a comparison is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Measure {
    pub kind: ObjectiveKind,
    /// Pattern over series (`metric`, `utilisation`).
    pub series: String,
    pub percentile: Option<Ppm>,
    /// The alert fires above.
    pub above: bool,
    pub unit: Unit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Seconds,
    Millis,
    Fraction,
    Percent,
    Plain,
}

/// A threshold in an expression.
pub(super) struct Found {
    pub measure: Measure,
    /// The threshold itself fires: `>=`.
    pub strict: bool,
    pub value: f64,
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
pub(super) fn threshold(expr: &str) -> Result<Found, &'static str> {
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
