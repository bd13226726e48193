//! An SLO of another tool in Headroom's own keys: ratios become shares of requests, thresholds on durations shares of fast
//! requests, other thresholds series, and whatever is judged by slices keeps its slices.

use super::openslo_native::Native;
use super::own_write::percent_text;
use super::yaml::{Node, Value};
use super::{SlaFileError, read_own};
use crate::units::{self, Ppm};

/// The name of the metric that a source asks for, as far as it can be told.
fn metric_name(part: &Node) -> Option<String> {
    let spec = part.at(&["metricSource", "spec"])?;
    for key in ["metric", "query", "promql", "expr"] {
        if let Some(text) = spec.get(key).and_then(|n| n.text(key).ok()) {
            return Some(text.to_owned());
        }
    }
    match &spec.value {
        Value::Map(map) => map
            .iter()
            .find_map(|(key, node)| node.text(key).ok().map(str::to_owned)),
        _ => None,
    }
}

/// How many milliseconds the unit in the name of a duration is.
fn duration_unit(metric: &str) -> Option<&'static str> {
    let lower = metric.to_lowercase();
    let has = |words: &[&str]| {
        lower
            .split(|c: char| !c.is_ascii_alphanumeric())
            .any(|word| words.contains(&word))
    };
    if has(&["ms", "millis", "milliseconds"]) {
        Some("ms")
    } else if has(&["us", "micros", "microseconds"]) {
        Some("us")
    } else if has(&["seconds", "secs"])
        && has(&[
            "duration", "latency", "time", "request", "response", "bucket",
        ])
    {
        Some("s")
    } else {
        None
    }
}

/// A series name out of a query: the first word that is neither a function nor a keyword.
fn series_name(query: &str) -> String {
    super::alert_expr::metric_in(query).unwrap_or_else(|| query.to_owned())
}

pub(super) fn set(pairs: &mut Vec<(String, Node)>, key: &str, text: &str) {
    let line = pairs.first().map_or(1, |(_, n)| n.line);
    let node = Node::scalar(line, text);
    match pairs.iter_mut().find(|(k, _)| k == key) {
        Some((_, old)) => *old = node,
        None => pairs.push((key.to_owned(), node)),
    }
}

pub(super) fn signed(native: &Native, unit: &str) -> String {
    let sign = match native.op.as_deref() {
        Some("lt") => "<",
        Some("gt") => ">",
        Some("gte") => ">=",
        _ => "<=",
    };
    let millionths = native.value.unwrap_or_default();
    let number = format!("{:.6}", millionths as f64 / 1e6);
    let number = number.trim_end_matches('0').trim_end_matches('.');
    format!("{sign}{number}{unit}")
}

/// Where an objective stands, and what it is called.
pub(super) struct Place<'a> {
    pub title: &'a str,
    pub line: u64,
    pub period: &'a str,
}

/// The nearest calendar period to a rolling one, for what is only judged by the calendar.
fn nearest_calendar(period: &str) -> &'static str {
    let days = units::parse_duration(period).map_or(30.0, units::Micros::as_days);
    match days {
        d if d <= 3.0 => "day",
        d if d <= 10.0 => "week",
        d if d <= 45.0 => "month",
        d if d <= 200.0 => "quarter",
        _ => "year",
    }
}

fn by_calendar(at: &Place<'_>, period: &str) -> String {
    format!(
        "{}: a rolling window of {} over requests is judged by the calendar {period}.",
        at.title, at.period
    )
}

/// `1M` is a month; the reader of slices would take it for a minute.
pub(super) fn slice_word(window: &str) -> &str {
    if window == "1M" { "month" } else { window }
}

/// An SLO of another tool, in Headroom's own keys.
pub(super) fn foreign(
    at: &Place<'_>,
    service: Option<&str>,
    indicator: &Node,
    native: &Native,
    kept: &mut Vec<String>,
) -> Result<Vec<(String, Node)>, SlaFileError> {
    let node = |text: &str| Node::scalar(at.line, text);
    let mut pairs = vec![
        ("name".to_owned(), node(at.title)),
        ("period".to_owned(), node(at.period)),
    ];
    if let Some(service) = service {
        let scope = Value::Map(vec![("service".to_owned(), node(service))]);
        pairs.push((
            "scope".to_owned(),
            Node {
                line: at.line,
                value: scope,
            },
        ));
    }
    let mut put = |key: &str, text: &str| pairs.push((key.to_owned(), node(text)));
    let by_slices = native.method == "Timeslices";
    if by_slices {
        let window = native.slice_window.as_deref().ok_or_else(|| {
            indicator.error(format!(
                "{}: Timeslices need a timeSliceWindow, such as 1m",
                at.title
            ))
        })?;
        put("slice", slice_word(window));
        put("slices_required", &percent_text(native.target));
    }
    if indicator.get("ratioMetric").is_some() {
        if by_slices {
            let good = native.slice_target.ok_or_else(|| {
                indicator.error(format!(
                    "{}: Timeslices of a ratio need a timeSliceTarget, such as 0.95",
                    at.title
                ))
            })?;
            put("kind", "error_rate");
            put("target", &percent_text(Ppm(Ppm::ONE.0 - good.0)));
        } else {
            put("kind", "availability");
            put("source", "requests");
            put("target", &percent_text(native.target));
            let list = Node {
                line: at.line,
                value: Value::List(vec![Node {
                    line: at.line,
                    value: Value::Map(pairs.clone()),
                }]),
            };
            if units::parse_duration(at.period).is_ok() && read_own::objectives(&list).is_err() {
                let period = nearest_calendar(at.period);
                set(&mut pairs, "period", period);
                kept.push(by_calendar(at, period));
            }
        }
        return Ok(pairs);
    }
    let threshold = indicator
        .get("thresholdMetric")
        .ok_or_else(|| indicator.error("an indicator needs a thresholdMetric or a ratioMetric"))?;
    if native.value.is_none() || native.op.is_none() {
        return Err(indicator.error(format!(
            "{}: a thresholdMetric needs an op (lte, gte, lt, gt) and a value in the objective",
            at.title
        )));
    }
    let query = metric_name(threshold).unwrap_or_default();
    let most = matches!(native.op.as_deref(), Some("lte" | "lt"));
    match duration_unit(&query).filter(|_| most) {
        Some(unit) if !by_slices => {
            // All requests of the window count alike, so the whole of it is one slice.
            let rolling = units::parse_duration(at.period).is_ok();
            let period = if rolling {
                nearest_calendar(at.period)
            } else {
                at.period
            };
            if rolling {
                kept.push(by_calendar(at, period));
            }
            put("slice", period);
            put("kind", "share_under");
            put("target", &percent_text(native.target));
            put("threshold", &signed(native, unit));
            if rolling {
                set(&mut pairs, "period", period);
            }
        }
        Some(unit) => {
            put("kind", "latency");
            put("target", &signed(native, unit));
            kept.push(format!(
                "{}: OpenSLO does not say which percentile of a slice is meant; the 95th is judged.",
                at.title
            ));
        }
        None => {
            put("kind", "metric");
            put("series", &format!("{}*", series_name(&query)));
            put("target", &signed(native, ""));
            if !by_slices {
                put("slices_required", &percent_text(native.target));
                kept.push(format!(
                    "{}: the share of single values is judged as the share of hours whose mean holds.",
                    at.title
                ));
            }
        }
    }
    Ok(pairs)
}
