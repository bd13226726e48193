//! k6's older summary (`--summary-export`): figures stand flat under each metric, and two of them read backwards.
//!
//! A threshold is `true` where it was BREACHED (grafana/k6 issue 1498), and the `passes` of `http_req_failed` are
//! failed requests (issue 2306).

use serde_json::Value;

use super::k6_figures::{K6Figures, K6Metric, checks, entries};
use crate::import::format::{Family, Format, Stream};
use crate::import::whole::read_json;
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::{WarningKind, Warnings};

/// `k6 run --summary-export`.
pub static FORMAT: Format = Format {
    id: "k6-summary-export",
    title: "k6 summary (--summary-export)",
    family: Family::LoadTest,
    recognised_by: "a JSON object with \"root_group\" whose groups are objects, and \"metrics\" without \"values\"",
    traps: &[
        "A threshold is true where it was BREACHED; it is shown the right way round.",
        "The passes of http_req_failed are failed requests.",
        "http_req_duration covers failed requests too; {expected_response:true} stands beside it for successes.",
        "There is no P99 in it unless summaryTrendStats asks for it, and nothing says when the test ran.",
    ],
    recognise: |head| recognise(head).into(),
    read,
};

fn recognise(head: &Head<'_>) -> bool {
    head.json.as_ref().is_some_and(|json| {
        let grouped = json.has_keys(&["root_group"])
            && (json.has("\"groups\":{") || json.has("\"checks\":{"));
        let bare = json.has_keys(&["metrics"])
            && (json.has("\"http_req_duration\":{\"") || json.has("\"iteration_duration\":{\""))
            && (json.has("\"p(9") || json.has("\"avg\":"));
        !json.array
            && (grouped || bare)
            && !json.has("\"values\":{")
            && !json.has("\"testRunDurationMs\":")
    })
}

fn read(stream: Stream, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let document = read_json(stream, intake)?;
    let mut figures = K6Figures::default();
    let mut warnings = Warnings::default();
    let mut thresholds = 0;
    for (name, values) in entries(&document, intake)? {
        let Some(values) = values.as_object() else {
            figures.odd += 1;
            continue;
        };
        let mut metric = K6Metric::of(name, values, &mut figures.odd);
        let rules = values.get("thresholds").and_then(Value::as_object);
        for (rule, verdict) in rules.into_iter().flatten() {
            let ok = verdict.get("ok").and_then(Value::as_bool);
            let breached = verdict.as_bool();
            thresholds += u64::from(breached.is_some());
            let Some(held) = breached.map(|b| !b).or(ok) else {
                figures.odd += 1;
                continue;
            };
            metric.thresholds.push((rule.clone(), held));
        }
        figures.metrics.push(metric);
    }
    if thresholds > 0 {
        warnings.add_counted(
            WarningKind::ReadsBackwards,
            "thresholds in this file are true where they were breached; they are shown the right way round",
            thresholds,
            None,
        );
    }
    if let Some(root) = document.get("root_group") {
        checks(root, &mut figures.checks);
    }
    figures.summarised(intake, warnings)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::import::ImportOptions;
    use crate::progress::Progress;

    const TEXT: &str = r#"{"root_group":{"path":"","groups":{},"checks":{"is 200":{"name":"is 200","fails":2,"passes":8}}},
        "metrics":{"http_reqs":{"count":10,"rate":5},
        "http_req_duration":{"avg":30.5,"min":4,"med":29,"max":450,"p(90)":73.5,"p(95)":89.5,"thresholds":{"p(95)<50":true}},
        "http_req_failed":{"passes":1,"fails":9,"value":0.1,"thresholds":{"rate<0.5":false}},
        "iteration_duration":{"avg":31}, "vus":{"min":3,"max":3,"value":3}}}"#;

    fn try_read(text: &str) -> Result<Imported, ImportError> {
        let options = ImportOptions::default();
        let progress = Progress::default();
        let intake = Intake::new(Path::new("s.json"), &options, &progress);
        read(Box::new(std::io::Cursor::new(text.to_owned())), &intake)
    }

    #[test]
    fn what_reads_backwards_is_turned_round() {
        let source = try_read(TEXT).unwrap().source;
        let summary = source.summary.unwrap();
        assert_eq!(
            (summary.total.count, summary.total.errors),
            (Some(10), Some(1))
        );
        let held: Vec<(&str, bool)> = summary
            .thresholds
            .iter()
            .map(|t| (t.rule.as_str(), t.held))
            .collect();
        assert_eq!(held, [("p(95)<50", false), ("rate<0.5", true)]);
        assert_eq!(
            (summary.duration_secs, summary.concurrency_max),
            (Some(2.0), Some(3.0))
        );
        let warnings = &source.info.warnings;
        assert_eq!(warnings.count_of(WarningKind::ReadsBackwards), 3);
        for kind in [
            WarningKind::SummaryOnly,
            WarningKind::NotRead,
            WarningKind::Assumed,
            WarningKind::CoordinatedOmission,
        ] {
            assert_eq!(warnings.count_of(kind), 1, "{kind:?}");
        }
        let notes: Vec<&str> = warnings
            .iter()
            .filter(|w| w.kind == WarningKind::Note)
            .map(|w| w.message.as_str())
            .collect();
        assert!(notes[0].contains("P99"));
        assert_eq!(notes[1], "2 of 10 checks failed: is 200 (2 of 10)");
    }

    #[test]
    fn damaged_summaries_end_in_a_sentence() {
        for (text, word) in [
            (&TEXT[..200], "ends early"),
            (r#"{"root_group":{}}"#, "no \"metrics\""),
            (r#"{"metrics":[]}"#, "no \"metrics\""),
            (r#"{"metrics":{}}"#, "without any request"),
            (r#"{"metrics":{"http_reqs":{"count":1e999}}}"#, "damaged"),
            (
                r#"{"metrics":{"http_req_duration":{"avg":"x"},"vus":3}}"#,
                "without any request",
            ),
        ] {
            let error = try_read(text).unwrap_err().to_string();
            assert!(error.contains(word), "{text}: {error}");
        }
        assert!(try_read(&"[".repeat(100_000)).is_err());
    }
}
