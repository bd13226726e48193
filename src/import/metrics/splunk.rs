//! Splunk search results as JSON: one result a line as the export interface writes them, or all in one document.
//!
//! Splunk REST API reference, "search/jobs/export" and "search/jobs/{sid}/results", output modes `json`, `json_rows`
//! and `json_cols`. Every value is text; which columns are figures is decided from the first rows.

use std::io::Read;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::brought::{Brought, or_default};
use super::documents::{DOCUMENT_LIMIT, each};
use super::splunk_rows::Rows;
use crate::import::format::{Family, Format, Seen};
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::WarningKind;

/// Results of searches.
pub static FORMAT: Format = Format {
    id: "splunk-json",
    title: "Splunk search results (JSON)",
    family: Family::Metrics,
    recognised_by: "JSON with \"preview\" and \"result\" or \"results\" that have a \"_time\"",
    traps: &[
        "All values are text; columns of numbers become series, the others tell series apart.",
        "Preview results are overtaken by later ones and are left out.",
        "Results stop at 10,000 or 50,000 rows without a word; the file says it when it holds exactly so many.",
        "Raw events are refused: end the search with timechart or stats.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

fn recognise(head: &Head<'_>) -> Seen {
    let Some(json) = &head.json else {
        return Seen::No;
    };
    let line = json.has_keys(&["preview", "result"]);
    let whole = json.has_keys(&["preview"])
        && ["results", "rows", "columns"]
            .iter()
            .any(|key| json.has_keys(&[key]));
    if !line && !whole {
        Seen::No
    } else if json.has("\"_time\"") {
        Seen::Yes
    } else {
        Seen::Refused(
            "it is a search result of Splunk without \"_time\"; end the search with timechart"
                .to_owned(),
        )
    }
}

#[derive(Deserialize)]
struct Document {
    #[serde(default, deserialize_with = "or_default")]
    preview: bool,
    #[serde(default, deserialize_with = "or_default")]
    lastrow: bool,
    result: Option<Map<String, Value>>,
    #[serde(default, deserialize_with = "or_default")]
    results: Vec<Map<String, Value>>,
    #[serde(default, deserialize_with = "or_default")]
    fields: Vec<Field>,
    #[serde(default, deserialize_with = "or_default")]
    rows: Vec<Vec<Value>>,
    #[serde(default, deserialize_with = "or_default")]
    columns: Vec<Vec<Value>>,
    #[serde(default, deserialize_with = "or_default")]
    messages: Vec<Message>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Field {
    Name(String),
    Described { name: String },
}

#[derive(Deserialize)]
struct Message {
    #[serde(default, rename = "type", deserialize_with = "or_default")]
    kind: String,
    #[serde(default, deserialize_with = "or_default")]
    text: String,
}

/// Reads all results from a stream.
pub fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let mut brought = Brought::new(intake);
    brought.gathered.any_order = true;
    let mut rows = Rows::default();
    let (mut previews, mut by_line, mut ended) = (0, false, false);
    each(
        reader,
        DOCUMENT_LIMIT,
        "a search result of Splunk",
        &mut brought,
        |brought, document: Document| {
            for message in &document.messages {
                brought.warnings.add(
                    WarningKind::Note,
                    format!("Splunk says: {}: {}", message.kind, message.text),
                );
            }
            if document.preview {
                previews += 1;
                return Ok(());
            }
            ended |= document.lastrow;
            if let Some(row) = document.result {
                by_line = true;
                rows.take(brought, row)?;
            }
            for row in document.results {
                rows.take(brought, row)?;
            }
            let names: Vec<String> = document
                .fields
                .into_iter()
                .map(|f| match f {
                    Field::Name(name) | Field::Described { name } => name,
                })
                .collect();
            for row in document.rows {
                rows.take(brought, names.iter().cloned().zip(row).collect())?;
            }
            let length = document.columns.iter().map(Vec::len).max().unwrap_or(0);
            for i in 0..length {
                let cells = names
                    .iter()
                    .zip(&document.columns)
                    .filter_map(|(name, column)| Some((name.clone(), column.get(i)?.clone())));
                rows.take(brought, cells.collect())?;
            }
            Ok(())
        },
    )?;
    rows.flush(&mut brought)
        .map_err(|what| intake.unusable(what, None))?;
    let taken = rows.taken;
    if previews > 0 {
        brought.warnings.add_counted(
            WarningKind::Note,
            "preview results were left out: later ones overtake them",
            previews,
            None,
        );
    }
    if by_line && !ended {
        brought.warnings.add(
            WarningKind::TailMissing,
            "no result is marked as the last one (lastrow); the export may have been cut off",
        );
    }
    if taken == 10_000 || taken == 50_000 {
        brought.warnings.add(
            WarningKind::TailMissing,
            format!(
                "there are exactly {} results, at which Splunk stops; search a shorter time",
                crate::units::count(taken)
            ),
        );
    }
    brought.finish("no final result has a time and a number; end the search with timechart")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::dataset::SeriesInfo;
    use crate::import::testing::read_as;

    fn try_read(json: &str) -> Result<Imported, ImportError> {
        read_as(&FORMAT, "splunk.json", json)
    }

    fn names(imported: &Imported) -> Vec<String> {
        let table = imported.source.metrics.as_ref().unwrap();
        table.series.iter().map(SeriesInfo::display_name).collect()
    }

    #[test]
    fn lines_of_an_export_become_series() {
        let imported = try_read(concat!(
            r#"{"preview":true,"offset":0,"result":{"_time":"2026-11-01T00:00:00.000+00:00","host":"a","count":"3"}}"#, "\n",
            r#"{"preview":false,"offset":0,"result":{"_time":"2026-11-01T00:00:00.000+00:00","_span":"60","host":"a","status":"200","count":"12","p95(duration_ms)":"250.5"}}"#, "\n",
            r#"{"preview":false,"offset":1,"lastrow":true,"result":{"_time":"2026-11-01T00:01:00.000+00:00","_span":"60","host":"a","status":"200","count":"15","p95(duration_ms)":null}}"#, "\n",
        ))
        .unwrap();
        assert_eq!(
            names(&imported),
            [
                "count{host=a, status=200}",
                "p95(duration_ms){host=a, status=200}"
            ]
        );
        let warnings = &imported.source.info.warnings;
        assert_eq!(
            (warnings.len(), warnings.count_of(WarningKind::Note)),
            (1, 1)
        );
        let table = imported.source.metrics.unwrap();
        assert_eq!(table.series(0).unwrap().values, [12.0, 15.0]);
        assert_eq!(table.series[1].unit, "ms");
    }

    #[test]
    fn documents_may_hold_rows_or_columns() {
        for json in [
            r#"{"preview":false,"messages":[],"fields":[{"name":"_time"},{"name":"web"}],"results":[{"_time":"1793491200","web":"1"},{"_time":"1793491260","web":"2"}]}"#,
            r#"{"preview":false,"fields":["_time","web"],"rows":[["1793491200","1"],["1793491260","2"]]}"#,
            r#"{"preview":false,"fields":["_time","web"],"columns":[["1793491200","1793491260"],["1","2"]]}"#,
        ] {
            let imported = try_read(json).unwrap();
            assert_eq!(names(&imported), ["web"]);
            assert!(imported.source.info.warnings.is_empty());
            assert_eq!(
                imported.source.metrics.unwrap().series(0).unwrap().values,
                [1.0, 2.0]
            );
        }
    }

    #[test]
    fn what_is_missing_is_said() {
        let line =
            r#"{"preview":false,"offset":0,"result":{"_time":"2026-11-01T00:00:00","a":"1"}}"#;
        let imported = try_read(line).unwrap();
        let warnings = &imported.source.info.warnings;
        assert_eq!(warnings.count_of(WarningKind::TailMissing), 1);
        assert_eq!(warnings.count_of(WarningKind::ZoneAssumed), 1);
        let error = try_read(
            r#"{"preview":false,"lastrow":true,"result":{"_time":"1793491200","_raw":"GET /"}}"#,
        )
        .unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("its rows are raw events; end the search with timechart")
        );
        let head = Head::new(
            br#"{"preview":false,"results":[{"count":"1"}]}"#,
            true,
            Path::new("x"),
        );
        assert!(matches!(recognise(&head), Seen::Refused(_)));
    }
}
