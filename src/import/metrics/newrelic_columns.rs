//! What the columns of NRQL answers are called, and which unit New Relic documents for them.

use serde_json::Value;

use super::names::{Meaning, meaning, words};
use crate::dataset::SeriesKind;

/// The names of the columns of the older interface: aliases, or `function.attribute` as NerdGraph has them.
pub(super) fn columns_of(metadata: &Value) -> Vec<String> {
    let contents = metadata.get("contents");
    let list = [
        contents,
        contents.and_then(|c| c.get("timeSeries")?.get("contents")),
        contents.and_then(|c| c.get("contents")),
        metadata.get("timeSeries").and_then(|t| t.get("contents")),
    ]
    .into_iter()
    .flatten()
    .find_map(Value::as_array);
    list.map(|list| list.iter().map(column).collect())
        .unwrap_or_default()
}

fn column(content: &Value) -> String {
    let text = |key: &str| content.get(key).and_then(Value::as_str);
    match (text("alias"), text("function"), text("attribute")) {
        (Some(alias), _, _) => alias.to_owned(),
        (None, Some(function), Some(attribute)) => format!("{function}.{attribute}"),
        (None, Some(function), None) => function.to_owned(),
        _ => String::new(),
    }
}

/// What a column such as `average.duration` or `count` means. Durations are seconds, except in `apm.service` metrics.
pub(super) fn meaning_of(name: &str) -> Meaning {
    let lower = name.to_lowercase();
    let function = lower.split(['.', '(']).next().unwrap_or_default();
    let mut found = meaning(name);
    found.counter = false;
    if matches!(function, "count" | "sum" | "filter") {
        found.kind = SeriesKind::Count;
    }
    if matches!(function, "count" | "uniquecount" | "apdex") {
        found.unit = String::new();
        return found;
    }
    if function == "percentage" {
        found.unit = "%".to_owned();
        found.kind = SeriesKind::Gauge;
        return found;
    }
    let words = words(name);
    let lasting = words.iter().any(|w| {
        matches!(w.as_str(), "duration" | "latency")
            || (w == "time" && words.iter().any(|w| w == "response" || w == "total"))
    }) || lower.contains("totaltime");
    if found.unit.is_empty() && lasting {
        let millis = lower.contains("apm.service") || lower.contains("newrelic.timeslice");
        found.unit = if millis { "ms" } else { "s" }.to_owned();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_seconds_except_in_service_metrics() {
        for (name, unit, kind) in [
            ("average.duration", "s", SeriesKind::Gauge),
            ("percentile.webDuration", "s", SeriesKind::Gauge),
            (
                "average.apm.service.transaction.duration",
                "ms",
                SeriesKind::Gauge,
            ),
            ("count", "", SeriesKind::Count),
            ("sum.duration", "s", SeriesKind::Count),
            ("average.cpuPercent", "%", SeriesKind::Gauge),
            ("average.memoryUsedBytes", "bytes", SeriesKind::Gauge),
            ("percentage", "%", SeriesKind::Gauge),
            ("Latency (ms)", "ms", SeriesKind::Gauge),
            ("queue depth", "", SeriesKind::Gauge),
        ] {
            let meaning = meaning_of(name);
            assert_eq!(
                (meaning.unit.as_str(), meaning.kind),
                (unit, kind),
                "{name}"
            );
        }
    }
}
