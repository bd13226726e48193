//! CloudWatch `get-metric-data` answers: parallel lists of times and values, newest first, page by page.
//!
//! Amazon CloudWatch API reference, `GetMetricData` and `MetricDataResult`. The answer says no unit; it is known for
//! the metrics that AWS documents, and otherwise guessed from the label.

use std::collections::BTreeMap;
use std::io::Read;

use serde::Deserialize;

use super::brought::{Brought, Labels, Loose, Stamp, or_default};
use super::cloudwatch_units::described_by_label;
use super::documents::{DOCUMENT_LIMIT, each};
use crate::import::format::{Family, Format, Seen};
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::WarningKind;

/// Answers of `get-metric-data`.
pub static FORMAT: Format = Format {
    id: "cloudwatch-metric-data",
    title: "CloudWatch get-metric-data (JSON)",
    family: Family::Metrics,
    recognised_by: "JSON with \"MetricDataResults\"",
    traps: &[
        "Points come newest first and are put in order.",
        "PartialData and NextToken mean that there is more: put all pages into one file, one after the other or as a list.",
        "The unit is not in the file; it is known for AWS's own metrics or guessed from the label.",
        "A period without data is absent, which is a gap and not zero.",
        "Percentiles (p95) were computed by CloudWatch per period and are never merged.",
    ],
    recognise: |head| Seen::from(recognises(head)),
    read: |stream, intake| read(stream, intake),
};

fn recognises(head: &Head<'_>) -> bool {
    head.json
        .as_ref()
        .is_some_and(|json| json.has_keys(&["MetricDataResults"]))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    metric_data_results: Vec<Metric>,
    #[serde(default, deserialize_with = "or_default")]
    next_token: String,
    #[serde(default, deserialize_with = "or_default")]
    messages: Vec<Message>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Metric {
    #[serde(default, deserialize_with = "or_default")]
    id: String,
    #[serde(default, deserialize_with = "or_default")]
    label: String,
    #[serde(default, deserialize_with = "or_default")]
    timestamps: Vec<Stamp>,
    #[serde(default, deserialize_with = "or_default")]
    values: Vec<Loose>,
    #[serde(default, deserialize_with = "or_default")]
    status_code: String,
    #[serde(default, deserialize_with = "or_default")]
    messages: Vec<Message>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Message {
    #[serde(default, deserialize_with = "or_default")]
    code: String,
    #[serde(default, deserialize_with = "or_default")]
    value: String,
}

/// Reads all pages from a stream.
pub fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let mut brought = Brought::new(intake);
    brought.gathered.any_order = true;
    // The id that a label was first seen with, and what each id was last said to be.
    let mut ids: BTreeMap<String, String> = BTreeMap::new();
    let mut states: BTreeMap<String, (String, String)> = BTreeMap::new();
    let mut more = false;
    each(
        reader,
        DOCUMENT_LIMIT,
        "an answer of CloudWatch",
        &mut brought,
        |brought, page: Page| {
            more = !page.next_token.is_empty();
            pass_on(brought, &page.messages);
            for metric in page.metric_data_results {
                pass_on(brought, &metric.messages);
                states.insert(
                    metric.id.clone(),
                    (metric.label.clone(), metric.status_code.clone()),
                );
                let name = [&metric.label, &metric.id]
                    .into_iter()
                    .find(|n| !n.is_empty())
                    .cloned()
                    .unwrap_or_else(|| brought.stem());
                let first = ids.entry(name.clone()).or_insert_with(|| metric.id.clone());
                let mut labels = Labels::new();
                if *first != metric.id {
                    labels.insert("id".to_owned(), metric.id.clone());
                }
                take(brought, &name, &labels, &metric);
            }
            Ok(())
        },
    )?;
    if more {
        brought.warnings.add(
            WarningKind::TailMissing,
            "the last answer says that there is more (NextToken); fetch all pages into one file",
        );
    }
    for (id, (label, state)) in states {
        let name = if label.is_empty() { id } else { label };
        match state.as_str() {
            "PartialData" if !more => brought.warnings.add(
                WarningKind::TailMissing,
                format!("CloudWatch gave only a part of {name} (PartialData); fetch all pages into one file"),
            ),
            "InternalError" | "Forbidden" => brought.warnings.add(
                WarningKind::TailMissing,
                format!("CloudWatch could not give all of {name} ({state}); export it again"),
            ),
            _ => {}
        }
    }
    brought.finish("the answer holds no values; check metric, dimensions and time range")
}

fn pass_on(brought: &mut Brought<'_>, messages: &[Message]) {
    for message in messages {
        brought.warnings.add(
            WarningKind::Note,
            format!("CloudWatch says: {}: {}", message.code, message.value),
        );
    }
}

fn take(brought: &mut Brought<'_>, name: &str, labels: &Labels, metric: &Metric) {
    let (times, values) = (metric.timestamps.len(), metric.values.len());
    if times != values {
        brought.warnings.add(
            WarningKind::RejectedRow,
            format!("{name} has {times} times and {values} values; those without a partner were left out"),
        );
    }
    if times.min(values) == 0 {
        return;
    }
    let series = described_by_label(brought, name, labels);
    for (stamp, value) in metric.timestamps.iter().zip(&metric.values) {
        match brought.time(stamp) {
            Some(at) => brought.point(series, at, value.0),
            None => brought.reject(0, "Timestamps", "not a time", &format!("{stamp:?}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::SeriesKind;
    use crate::import::testing::read_as;

    fn try_read(json: &str) -> Result<Imported, ImportError> {
        read_as(&FORMAT, "cw.json", json)
    }

    #[test]
    fn pages_join_and_newest_first_is_no_trouble() {
        let one = r#"{"MetricDataResults":[
            {"Id":"m1","Label":"CPUUtilization","Timestamps":["2026-11-01T00:10:00+00:00","2026-11-01T00:05:00+00:00"],"Values":[30.5,20],"StatusCode":"PartialData"},
            {"Id":"m2","Label":"RequestCount","Timestamps":["2026-11-01T00:05:00Z"],"Values":[600.0],"StatusCode":"Complete"}],
            "NextToken":"abc","Messages":[]}"#;
        let two = r#"{"MetricDataResults":[{"Id":"m1","Label":"CPUUtilization","Timestamps":[1793491200],"Values":[10],"StatusCode":"Complete"}]}"#;
        for text in [format!("{one}\n{two}"), format!("[{one},{two}]")] {
            let imported = try_read(&text).unwrap();
            assert_eq!(imported.source.info.rows, 4);
            assert!(
                imported.source.info.warnings.is_empty(),
                "{:?}",
                imported.source.info.warnings
            );
            let table = imported.source.metrics.unwrap();
            let cpu = table.series(0).unwrap();
            assert_eq!(cpu.values, [10.0, 20.0, 30.5]);
            assert_eq!(
                (cpu.info.unit.as_str(), cpu.info.step_secs),
                ("%", Some(300.0))
            );
            assert_eq!(table.series[1].kind, SeriesKind::Count);
        }
        let cut = try_read(one).unwrap().source.info.warnings;
        assert_eq!(cut.count_of(WarningKind::TailMissing), 1);
    }

    #[test]
    fn what_cloudwatch_says_and_what_does_not_fit_is_told() {
        let imported = try_read(
            r#"{"MetricDataResults":[
              {"Id":"a","Label":"Errors","Timestamps":["2026-11-01T00:05:00","x","2026-11-01T00:06:00"],"Values":[1,2],"StatusCode":"InternalError"},
              {"Id":"b","Label":"Errors","Timestamps":["2026-11-01T00:05:00"],"Values":[4],"StatusCode":"PartialData"}],
              "Messages":[{"Code":"MaxQueryTimeRangeExceeded","Value":"too long"}]}"#,
        )
        .unwrap();
        let warnings = &imported.source.info.warnings;
        assert_eq!(warnings.count_of(WarningKind::TailMissing), 2);
        assert_eq!(warnings.count_of(WarningKind::RejectedRow), 2);
        assert_eq!(warnings.count_of(WarningKind::ZoneAssumed), 2);
        assert_eq!(warnings.count_of(WarningKind::Note), 1);
        let table = imported.source.metrics.unwrap();
        assert_eq!(table.series[1].display_name(), "Errors{id=b}");
    }

    #[test]
    fn nothing_usable_is_refused_in_a_sentence() {
        for (json, expected) in [
            (
                r#"{"MetricDataResults":[]}"#,
                "the answer holds no values; check metric, dimensions and time range: cw.json",
            ),
            (
                r#"{"MetricDataResults":[{"Id":"#,
                "an answer of CloudWatch could not be read (the file ends in the middle of it); export it again: cw.json",
            ),
            (
                r#"{"MetricDataResults":7}"#,
                "an answer of CloudWatch could not be read (invalid type: integer `7`, expected a sequence); export it again: cw.json",
            ),
        ] {
            assert_eq!(try_read(json).unwrap_err().to_string(), expected);
        }
    }
}
