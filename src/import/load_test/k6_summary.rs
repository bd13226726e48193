//! k6's machine-readable summary (`--new-machine-readable-summary`, the default to come): a list of metrics, with the
//! time at which it was written.
//!
//! grafana/k6-summary, schema 1.0.0, and what k6 writes (`internal/lib/summary/machine_readable.go`): rates are
//! {matches, total, rate}; the schema's own example has {passes, fails, rate}. Both are read.

use serde_json::Value;

use super::k6_figures::{K6Figures, K6Metric, check_of};
use crate::calendar::{Instant, TimeRange, Zone, parse_time};
use crate::import::format::{Family, Format, Stream};
use crate::import::whole::read_json;
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::{WarningKind, Warnings};

/// Schema 1.
pub static FORMAT: Format = Format {
    id: "k6-summary",
    title: "k6 summary (machine-readable)",
    family: Family::LoadTest,
    recognised_by: "a JSON object with \"metadata\" that holds k6Version and generatedAt, and \"results\"",
    traps: &[
        "The matches (or passes) of http_req_failed are failed requests.",
        "The run is placed so that it ends when the summary was generated, and lasts as long as the file says.",
        "Only P90 and P95 are in it: an SLA on P99 cannot be judged.",
        "http_req_duration covers failed requests too.",
    ],
    recognise: |head| recognise(head).into(),
    read,
};

fn recognise(head: &Head<'_>) -> bool {
    head.json.as_ref().is_some_and(|json| {
        !json.array
            && json.has_keys(&["metadata"])
            && json.has("\"k6Version\":")
            && (json.has("\"generatedAt\":") || json.has_keys(&["results"]))
    })
}

/// The names of the two shapes in which thresholds may come.
const RULE_KEYS: [&str; 3] = ["source", "expression", "threshold"];
const OK_KEYS: [&str; 3] = ["ok", "passed", "pass"];

fn thresholds(metric: &Value) -> Vec<(String, bool)> {
    let ok = |verdict: &Value| OK_KEYS.iter().find_map(|key| verdict.get(key)?.as_bool());
    match metric.get("thresholds") {
        Some(Value::Object(rules)) => rules
            .iter()
            .filter_map(|(rule, verdict)| Some((rule.clone(), ok(verdict)?)))
            .collect(),
        Some(Value::Array(rules)) => rules
            .iter()
            .filter_map(|entry| {
                let rule = RULE_KEYS.iter().find_map(|key| entry.get(key)?.as_str())?;
                Some((rule.to_owned(), ok(entry)?))
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn span(document: &Value, duration_secs: Option<f64>) -> Option<TimeRange> {
    let text = document.pointer("/metadata/generatedAt")?.as_str()?;
    let end = parse_time(text, &Zone::utc()).ok().filter(|t| t.zoned)?.at;
    let micros = duration_secs.filter(|s| (0.0..1e9).contains(s))? * 1e6;
    Some(TimeRange {
        start: Instant(end.0.checked_sub(micros as i64)?),
        end,
    })
}

fn read(stream: Stream, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let document = read_json(stream, intake)?;
    let mut warnings = Warnings::default();
    let version = document.get("version").and_then(Value::as_str);
    if !version.is_some_and(|v| v.starts_with("1.")) {
        warnings.add(
            WarningKind::Assumed,
            format!(
                "the schema of the summary is {}, and is read as 1.0.0",
                version.unwrap_or("not said")
            ),
        );
    }
    let duration_secs = document.pointer("/config/duration").and_then(Value::as_f64);
    let mut figures = K6Figures {
        duration_secs,
        span: span(&document, duration_secs),
        ..K6Figures::default()
    };
    let metrics = document
        .pointer("/results/metrics")
        .and_then(Value::as_array)
        .ok_or_else(|| {
            intake.unusable(
                "it has no \"metrics\" in \"results\"; export the summary again",
                None,
            )
        })?;
    for entry in metrics {
        let name = entry.get("name").and_then(Value::as_str);
        let values = entry.get("values").and_then(Value::as_object);
        let (Some(name), Some(values)) = (name, values) else {
            figures.odd += 1;
            continue;
        };
        let mut metric = K6Metric::of(name, values, &mut figures.odd);
        metric.thresholds = thresholds(entry);
        figures.metrics.push(metric);
    }
    let listed = ["results", "orderedChecks"]
        .iter()
        .find_map(|key| document.pointer("/results/checks")?.get(key)?.as_array());
    figures
        .checks
        .extend(listed.into_iter().flatten().filter_map(check_of));
    if figures.span.is_some() {
        warnings.add(
            WarningKind::Assumed,
            "the run is taken to have ended when the summary was generated",
        );
    }
    figures.summarised(intake, warnings)
}

#[cfg(test)]
#[path = "k6_summary_tests.rs"]
mod tests;
