//! Datadog's query answers of API version 1: series with their list of points, rolled up to an interval.
//!
//! Datadog API reference, "Metrics: query timeseries points" (`/api/v1/query`).

use std::io::Read;

use serde::Deserialize;

use super::brought::{Brought, Labels, Loose, or_default};
use super::datadog_units::{Unit, meaning_of};
use super::documents::{DOCUMENT_LIMIT, each};
use crate::calendar::Instant;
use crate::dataset::SeriesKind;
use crate::import::format::{Family, Format, Seen};
use crate::import::table::times::is_plausible;
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::WarningKind;

/// Answers of `/api/v1/query`.
pub static FORMAT: Format = Format {
    id: "datadog-v1",
    title: "Datadog query answer (JSON, API v1)",
    family: Family::Metrics,
    recognised_by: "JSON with \"series\" that have a \"pointlist\"",
    traps: &[
        "Points are rolled up to an interval that grows with the time asked for: peaks are peaks of averages.",
        "A null value is a gap, not zero.",
        "Units carry a scale (minutes, requests per minute); values are turned into seconds, bytes and per second.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

fn recognise(head: &Head<'_>) -> Seen {
    head.json
        .as_ref()
        .is_some_and(|json| {
            let answer = json.has_keys(&["series"])
                && (json.has("\"pointlist\":[") || json.has("\"res_type\":\"time_series\""));
            let error =
                json.has("\"status\":\"error\"") && json.has_keys(&["from_date", "to_date"]);
            answer || error
        })
        .into()
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default, deserialize_with = "or_default")]
    status: String,
    #[serde(default, deserialize_with = "or_default")]
    error: String,
    #[serde(default, deserialize_with = "or_default")]
    message: String,
    #[serde(default, deserialize_with = "or_default")]
    series: Vec<Series>,
}

#[derive(Deserialize)]
struct Series {
    #[serde(default, deserialize_with = "or_default")]
    metric: String,
    #[serde(default, deserialize_with = "or_default")]
    display_name: String,
    #[serde(default, deserialize_with = "or_default")]
    expression: String,
    #[serde(default, deserialize_with = "or_default")]
    scope: String,
    #[serde(default, deserialize_with = "or_default")]
    tag_set: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    interval: f64,
    #[serde(default, deserialize_with = "or_default")]
    aggr: String,
    #[serde(default, deserialize_with = "or_default")]
    unit: Vec<Option<Unit>>,
    #[serde(default, deserialize_with = "or_default")]
    pointlist: Vec<(f64, Loose)>,
}

/// Tags as labels: `host:a,env:prod`. A star is all of them.
pub(super) fn labels_of<'a>(tags: impl Iterator<Item = &'a str>) -> Labels {
    let mut labels = Labels::new();
    for tag in tags.map(str::trim).filter(|t| !t.is_empty() && *t != "*") {
        let (key, value) = tag.split_once(':').unwrap_or((tag, "true"));
        labels
            .entry(key.to_owned())
            .and_modify(|held: &mut String| {
                if held != value {
                    held.push(',');
                    held.push_str(value);
                }
            })
            .or_insert_with(|| value.to_owned());
    }
    labels
}

/// Says how coarse the points are.
pub(super) fn say_rolled_up(brought: &mut Brought<'_>, interval: f64) {
    if interval.is_finite() && interval > 0.0 {
        brought.warnings.add(
            WarningKind::Approximate,
            format!("Datadog rolled the points up to {interval} s: a peak is a peak of such averages; ask for a shorter time for finer ones"),
        );
    }
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
            if answer.status == "error" || !answer.error.is_empty() {
                let why = [answer.error, answer.message]
                    .into_iter()
                    .find(|t| !t.is_empty())
                    .unwrap_or_else(|| "without saying why".to_owned());
                return Err(format!(
                    "Datadog answered with an error ({why}); correct the query and export again"
                ));
            }
            if !answer.message.is_empty() {
                brought.warnings.add(
                    WarningKind::Note,
                    format!("Datadog says: {}", answer.message),
                );
            }
            for series in &answer.series {
                take(brought, series);
            }
            Ok(())
        },
    )?;
    brought.finish("no series of the answer has a value; check the query and its time range")
}

fn take(brought: &mut Brought<'_>, series: &Series) {
    let name = [&series.metric, &series.display_name, &series.expression]
        .into_iter()
        .find(|n| !n.is_empty())
        .cloned()
        .unwrap_or_else(|| brought.stem());
    let mut labels = if series.tag_set.is_empty() {
        labels_of(series.scope.split(','))
    } else {
        labels_of(series.tag_set.iter().map(String::as_str))
    };
    if matches!(series.aggr.as_str(), "min" | "max" | "sum" | "count")
        || series.aggr.starts_with('p')
    {
        labels.insert("aggregate".to_owned(), series.aggr.clone());
    }
    let (mut meaning, factor) = meaning_of(&series.unit);
    if series.expression.contains("as_count()") || series.aggr == "count" {
        meaning.kind = SeriesKind::Count;
    } else if series.expression.contains("as_rate()") && meaning.unit.is_empty() {
        meaning.kind = SeriesKind::Rate;
        meaning.unit = "/s".to_owned();
    }
    let unit_known = !series.unit.is_empty() && series.unit.iter().any(Option::is_some);
    let index = brought.series(&name, &labels, |m| {
        if unit_known || meaning.kind != SeriesKind::Gauge {
            *m = meaning;
        }
        m.counter = false;
    });
    if !series.pointlist.is_empty() {
        say_rolled_up(brought, series.interval);
    }
    for (millis, value) in &series.pointlist {
        let at = Instant((millis * 1e3).round() as i64);
        if is_plausible(at) && millis.abs() > 1e8 {
            brought.point(index, at, value.0.map(|v| v * factor));
        } else {
            brought.reject(
                0,
                "pointlist",
                "not a time in milliseconds since 1970",
                &millis.to_string(),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::testing::read_as;

    fn try_read(json: &str) -> Result<Imported, ImportError> {
        read_as(&FORMAT, "dd.json", json)
    }

    #[test]
    fn points_have_units_and_nulls_are_gaps() {
        let imported = try_read(
            r#"{"status":"ok","res_type":"time_series","series":[
              {"metric":"trace.http.request.hits","tag_set":["env:prod","service:web","team"],"scope":"env:prod,service:web","interval":60,"aggr":"sum",
               "expression":"sum:trace.http.request.hits{env:prod}.as_count()","unit":[{"family":"network","scale_factor":1,"name":"request"},null],
               "pointlist":[[1793491200000.0,600.0],[1793491260000.0,null],[1793491320000.0,660.0]]},
              {"metric":"system.mem","scope":"*","interval":60,"unit":null,"pointlist":[[1793491200000,1]]},
              {"metric":"job.time","scope":"host:a","interval":60,"unit":[{"family":"time","scale_factor":60.0,"name":"minute"},null],"pointlist":[[1793491200000,2],[7,1]]}]}"#,
        )
        .unwrap();
        let info = &imported.source.info;
        assert_eq!((info.rows, info.rejected), (4, 1));
        assert_eq!(info.warnings.count_of(WarningKind::Approximate), 3);
        assert_eq!(info.warnings.count_of(WarningKind::NotANumber), 0);
        let table = imported.source.metrics.unwrap();
        assert_eq!(
            table.series[0].display_name(),
            "trace.http.request.hits{aggregate=sum, env=prod, service=web, team=true}"
        );
        assert_eq!(
            (table.series[0].kind, table.series[0].gaps),
            (SeriesKind::Count, 0)
        );
        assert_eq!(table.series[1].display_name(), "system.mem");
        assert_eq!(table.series[2].unit, "s");
        assert_eq!(table.series(2).unwrap().values, [120.0]);
    }

    #[test]
    fn errors_are_passed_on() {
        let error = try_read(r#"{"status":"error","error":"Rate limit","series":[]}"#).unwrap_err();
        assert_eq!(
            error.to_string(),
            "Datadog answered with an error (Rate limit); correct the query and export again: dd.json"
        );
        let error = try_read(r#"{"status":"ok","series":[]}"#).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("no series of the answer has a value")
        );
    }
}
