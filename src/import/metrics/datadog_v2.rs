//! Datadog's query answers of API version 2: one list of times, and one of values for each series.
//!
//! Datadog API reference, "Metrics: query timeseries data across multiple products" (`/api/v2/query/timeseries`).

use std::io::Read;

use serde::Deserialize;

use super::brought::{Brought, Loose, or_default};
use super::datadog_units::{Unit, meaning_of};
use super::datadog_v1::{labels_of, say_rolled_up};
use super::documents::{DOCUMENT_LIMIT, each};
use crate::calendar::Instant;
use crate::dataset::metric::usual_step_secs;
use crate::import::format::{Family, Format, Seen};
use crate::import::table::times::is_plausible;
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::WarningKind;

/// Answers of `/api/v2/query/timeseries`.
pub static FORMAT: Format = Format {
    id: "datadog-v2",
    title: "Datadog timeseries answer (JSON, API v2)",
    family: Family::Metrics,
    recognised_by: "JSON with \"data\" of type \"timeseries_response\"",
    traps: &[
        "The answer does not say the names of its metrics: series are named after the file and the query's number.",
        "Points are rolled up to an interval that grows with the time asked for: peaks are peaks of averages.",
        "A null value is a gap, not zero.",
        "A scalar answer holds one value for the whole time and is refused.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

fn recognise(head: &Head<'_>) -> Seen {
    let Some(json) = &head.json else {
        return Seen::No;
    };
    let attributes = json.has_keys(&["data"]) && json.has("\"attributes\":");
    if attributes && json.has("\"type\":\"scalar_response\"") {
        Seen::Refused(
            "it is a scalar answer of Datadog: one value and no history; query a timeseries"
                .to_owned(),
        )
    } else {
        (attributes
            && (json.has("\"type\":\"timeseries_response\"")
                || json.has("\"query_index\":")
                || (json.has("\"times\":[") && json.has("\"values\":[["))))
        .into()
    }
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default, deserialize_with = "or_default")]
    data: Data,
    #[serde(default)]
    errors: serde_json::Value,
}

impl Answer {
    /// What it says about errors: a text, or a list of them.
    fn error(&self) -> Option<String> {
        match &self.errors {
            serde_json::Value::Null => None,
            serde_json::Value::String(text) => Some(text.clone()).filter(|t| !t.is_empty()),
            serde_json::Value::Array(list) => {
                let texts: Vec<&str> = list.iter().filter_map(serde_json::Value::as_str).collect();
                Some(texts.join("; ")).filter(|_| !list.is_empty())
            }
            other => Some(other.to_string()),
        }
    }
}

#[derive(Default, Deserialize)]
struct Data {
    #[serde(default, deserialize_with = "or_default")]
    attributes: Attributes,
}

#[derive(Default, Deserialize)]
struct Attributes {
    #[serde(default, deserialize_with = "or_default")]
    series: Vec<Series>,
    #[serde(default, deserialize_with = "or_default")]
    times: Vec<f64>,
    #[serde(default, deserialize_with = "or_default")]
    values: Vec<Vec<Loose>>,
}

#[derive(Clone, Default, Deserialize)]
struct Series {
    #[serde(default, deserialize_with = "or_default")]
    group_tags: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    query_index: u64,
    #[serde(default, deserialize_with = "or_default")]
    unit: Vec<Option<Unit>>,
}

/// Reads all answers from a stream.
pub fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let mut brought = Brought::new(intake);
    each(
        reader,
        DOCUMENT_LIMIT,
        "an answer of Datadog",
        &mut brought,
        |brought, answer: Answer| {
            if let Some(why) = answer.error() {
                return Err(format!(
                    "Datadog answered with an error ({why}); correct the query and export again"
                ));
            }
            take(brought, &answer.data.attributes);
            Ok(())
        },
    )?;
    brought.finish("no series of the answer has a value; check the query and its time range")
}

fn take(brought: &mut Brought<'_>, answer: &Attributes) {
    let times: Vec<Instant> = answer
        .times
        .iter()
        .map(|millis| Instant((millis * 1e3).round() as i64))
        .collect();
    if answer.series.len() != answer.values.len() {
        brought.warnings.add(
            WarningKind::RejectedRow,
            format!(
                "the answer describes {} series and holds values of {}; those without a description have no labels",
                answer.series.len(),
                answer.values.len()
            ),
        );
    }
    if let Some(step) = usual_step_secs(&times) {
        say_rolled_up(brought, step);
    }
    let several = answer.series.iter().any(|s| s.query_index > 0);
    let stem = brought.stem();
    for (number, values) in answer.values.iter().enumerate() {
        let described = answer.series.get(number).cloned().unwrap_or_default();
        let mut labels = labels_of(described.group_tags.iter().map(String::as_str));
        if several {
            labels.insert("query".to_owned(), described.query_index.to_string());
        }
        let (meaning, factor) = meaning_of(&described.unit);
        let known = described.unit.iter().any(Option::is_some);
        let series = brought.series(&stem, &labels, |m| {
            if known {
                *m = meaning;
            }
            m.counter = false;
        });
        if values.len() != times.len() {
            brought.warnings.add(
                WarningKind::RejectedRow,
                format!(
                    "a series has {} values for {} times; those without a partner were left out",
                    values.len(),
                    times.len()
                ),
            );
        }
        for (at, value) in times.iter().zip(values) {
            if is_plausible(*at) {
                brought.point(series, *at, value.0.map(|v| v * factor));
            } else {
                brought.reject(
                    0,
                    "times",
                    "not a time in milliseconds since 1970",
                    &at.0.to_string(),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::import::testing::read_as;

    fn try_read(json: &str) -> Result<Imported, ImportError> {
        read_as(&FORMAT, "checkout_latency.json", json)
    }

    #[test]
    fn values_share_their_times() {
        let imported = try_read(
            r#"{"data":{"id":"0","type":"timeseries_response","attributes":{
              "series":[{"group_tags":["env:prod"],"query_index":0,"unit":[{"family":"time","scale_factor":1e-9,"name":"nanosecond"},null]},
                        {"group_tags":["env:prod"],"query_index":1,"unit":null}],
              "times":[1793491200000,1793491260000,1793491320000],
              "values":[[1500000,null,2500000],[1,2]]}}}"#,
        )
        .unwrap();
        let info = &imported.source.info;
        assert_eq!(info.rows, 4);
        assert_eq!(info.warnings.count_of(WarningKind::RejectedRow), 1);
        let table = imported.source.metrics.unwrap();
        assert_eq!(
            table.series[0].display_name(),
            "checkout_latency{env=prod, query=0}"
        );
        assert_eq!(table.series[0].unit, "ns");
        assert_eq!(table.series(0).unwrap().values, [1_500_000.0, 2_500_000.0]);
    }

    #[test]
    fn errors_and_scalars_are_refused() {
        for json in [r#"{"errors":"Forbidden"}"#, r#"{"errors":["Forbidden"]}"#] {
            let error = try_read(json).unwrap_err().to_string();
            assert!(error.starts_with("Datadog answered with an error (Forbidden)"));
        }
        let text = r#"{"data":{"type":"scalar_response","attributes":{"columns":[]}}}"#;
        let head = Head::new(text.as_bytes(), true, Path::new("x"));
        assert!(matches!(recognise(&head), Seen::Refused(_)));
    }
}
