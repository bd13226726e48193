//! k6's summary as a script writes it (`handleSummary(data)` saved as JSON): each metric with type and values.

use serde_json::Value;

use super::k6_figures::{K6Figures, K6Metric, checks, entries};
use crate::import::format::{Family, Format, Stream};
use crate::import::whole::read_json;
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::Warnings;

/// `JSON.stringify(data)` of `handleSummary(data)`.
pub static FORMAT: Format = Format {
    id: "k6-handle-summary",
    title: "k6 summary (handleSummary)",
    family: Family::LoadTest,
    recognised_by: "a JSON object with \"metrics\", each of them with \"type\", \"contains\" and \"values\", and mostly \
                    \"state\" with testRunDurationMs",
    traps: &[
        "There is no P99 in it unless summaryTrendStats asks for p(99): an SLA on P99 cannot be judged then.",
        "The passes of http_req_failed are failed requests.",
        "http_req_duration covers failed requests too; {expected_response:true} stands beside it for successes.",
        "Throughput is requests over the whole run, set-up and ramps included; nothing says when the test ran.",
    ],
    recognise: |head| recognise(head).into(),
    read,
};

fn recognise(head: &Head<'_>) -> bool {
    head.json.as_ref().is_some_and(|json| {
        let own = json.has("\"testRunDurationMs\":") || json.has("\"summaryTrendStats\":[");
        let grouped = json.has_keys(&["root_group"])
            && (json.has("\"groups\":[") || json.has("\"checks\":["));
        let typed = json.has_keys(&["metrics"])
            && json.has("\"values\":{")
            && json.has("\"contains\":\"")
            && (json.has("\"type\":\"trend\"") || json.has("\"type\":\"counter\""));
        let keyed = json.has_keys(&["metrics"])
            || json.has_keys(&["root_group"])
            || json.has_keys(&["state"])
            || json.has_keys(&["options"]);
        !json.array && keyed && (own || grouped || typed) && !json.has("\"k6Version\":")
    })
}

fn read(stream: Stream, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let document = read_json(stream, intake)?;
    let mut figures = K6Figures {
        duration_secs: document
            .pointer("/state/testRunDurationMs")
            .and_then(Value::as_f64)
            .map(|ms| ms / 1e3),
        ..K6Figures::default()
    };
    for (name, entry) in entries(&document, intake)? {
        let Some(values) = entry.get("values").and_then(Value::as_object) else {
            figures.odd += 1;
            continue;
        };
        let mut metric = K6Metric::of(name, values, &mut figures.odd);
        let rules = entry.get("thresholds").and_then(Value::as_object);
        for (rule, verdict) in rules.into_iter().flatten() {
            match verdict.get("ok").and_then(Value::as_bool) {
                Some(ok) => metric.thresholds.push((rule.clone(), ok)),
                None => figures.odd += 1,
            }
        }
        figures.metrics.push(metric);
    }
    if let Some(root) = document.get("root_group") {
        checks(root, &mut figures.checks);
    }
    figures.summarised(intake, Warnings::default())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::import::ImportOptions;
    use crate::progress::Progress;
    use crate::warning::WarningKind;

    #[test]
    fn values_and_thresholds_are_read() {
        let text = r#"{"state":{"testRunDurationMs":2000.5},"metrics":{
            "http_req_duration":{"type":"trend","contains":"time","values":{"avg":5,"p(99)":9,"med":4,"count":20},
                "thresholds":{"p(99)<10":{"ok":true},"odd":7}},
            "http_reqs":{"type":"counter","contains":"default","values":{"count":20,"rate":9.9975}},
            "dropped_iterations":{"type":"counter","contains":"default","values":{"count":3}},
            "broken":null}}"#;
        let options = ImportOptions::default();
        let progress = Progress::default();
        let intake = Intake::new(Path::new("s.json"), &options, &progress);
        let source = read(Box::new(std::io::Cursor::new(text)), &intake)
            .unwrap()
            .source;
        let summary = source.summary.unwrap();
        assert_eq!(summary.duration_secs, Some(2.0005));
        assert_eq!(
            summary.total.percentiles_ms,
            [(500_000, 4.0), (990_000, 9.0)]
        );
        assert_eq!(
            (summary.total.count, summary.total.errors),
            (Some(20), None)
        );
        assert_eq!(summary.thresholds.len(), 1);
        assert!(summary.thresholds[0].held && !summary.closed_loop);
        let warnings = source.info.warnings;
        assert_eq!(warnings.count_of(WarningKind::SaturatedGenerator), 1);
        assert_eq!(warnings.count_of(WarningKind::NotANumber), 2);
        assert_eq!(warnings.count_of(WarningKind::ReadsBackwards), 0);
    }
}
