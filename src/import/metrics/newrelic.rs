//! New Relic NRQL answers: rows with their time and one value per function, from NerdGraph or the older query API.
//!
//! New Relic documentation, "NRQL reference" and "NerdGraph tutorial: query NRQL". The two interfaces name columns
//! differently: NerdGraph in each row (`average.duration`), the older one in `metadata.contents`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use serde_json::{Map, Value};

use super::brought::{Brought, Labels};
use super::documents::{TREE_LIMIT, each};
use super::newrelic_columns::{columns_of, meaning_of};
use crate::calendar::Instant;
use crate::import::format::{Family, Format, Seen};
use crate::import::table::times::is_plausible;
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::WarningKind;

/// Answers to NRQL queries.
pub static FORMAT: Format = Format {
    id: "newrelic-nrql",
    title: "New Relic NRQL answer (JSON)",
    family: Family::Metrics,
    recognised_by: "JSON with \"nrql\" and \"results\", or \"results\" and \"metadata\" with \"contents\"",
    traps: &[
        "Durations of transactions and requests are in seconds, those of apm.service metrics in milliseconds.",
        "A query without TIMESERIES gives one value for the whole time.",
        "TIMESERIES gives at most 366 points: a longer time makes them coarser.",
        "FACET shows the ten largest unless the query says LIMIT MAX.",
        "Percentiles were computed by New Relic per step and are never merged.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

fn recognise(head: &Head<'_>) -> Seen {
    head.json
        .as_ref()
        .is_some_and(|json| {
            let rows = json.has("\"results\":[") || json.has("\"currentResults\":[");
            let graph = json.has("\"actor\":{") && rows;
            // What the answer says about itself may stand behind its rows.
            let nrql = json.has("\"beginTimeSeconds\":")
                && ["results", "timeSeries", "facets"]
                    .iter()
                    .any(|key| json.has_keys(&[key]));
            let older = json.has_keys(&["metadata"])
                && ["results", "timeSeries", "facets"]
                    .iter()
                    .any(|key| json.has_keys(&[key]))
                && (json.has("\"contents\":")
                    || json.has("\"rawSince\":")
                    || json.has("\"timeWindow\":"));
            graph || nrql || older
        })
        .into()
}

/// Reads all answers from a stream.
pub fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let mut brought = Brought::new(intake);
    brought.gathered.any_order = true;
    each(
        reader,
        TREE_LIMIT,
        "an answer of New Relic",
        &mut brought,
        |brought, answer: Map<String, Value>| {
            if let Some(why) = error_of(&answer) {
                return Err(format!(
                    "New Relic answered with an error ({why}); correct the query and export again"
                ));
            }
            let mut parts = Vec::new();
            collect("", &answer, 0, &mut parts);
            let several = parts.len() > 1;
            for (alias, part) in parts {
                let mut labels = Labels::new();
                if several {
                    labels.insert("query".to_owned(), alias.to_owned());
                }
                Part::of(part, labels).read(brought);
            }
            Ok(())
        },
    )?;
    brought.finish("no row of the answer has a time and a number; ask for a TIMESERIES")
}

/// What it says about errors, where it holds nothing else.
fn error_of(answer: &Map<String, Value>) -> Option<String> {
    let message = |v: &Value| v.get("message").and_then(Value::as_str).map(str::to_owned);
    match answer.get("errors") {
        Some(Value::Array(list)) if answer.get("data").is_none_or(Value::is_null) => {
            Some(list.iter().find_map(message).unwrap_or_default())
        }
        _ => answer
            .get("error")
            .and_then(|e| e.as_str().map(str::to_owned).or_else(|| message(e))),
    }
}

/// The objects that hold rows: the answer itself, or what `data.actor.account` holds under `nrql` or other names.
fn collect<'a>(
    name: &'a str,
    object: &'a Map<String, Value>,
    depth: usize,
    parts: &mut Vec<(&'a str, &'a Map<String, Value>)>,
) {
    let holds_rows = ["results", "currentResults", "timeSeries", "facets"]
        .iter()
        .any(|key| matches!(object.get(*key), Some(Value::Array(_))));
    if holds_rows {
        parts.push((name, object));
    } else if depth < 6 {
        for (name, value) in object {
            if let Value::Object(inner) = value {
                collect(name, inner, depth + 1, parts);
            }
        }
    }
}

/// One query's rows with what is said about them.
struct Part<'a> {
    object: &'a Map<String, Value>,
    labels: Labels,
    /// Names of columns of the older interface.
    columns: Vec<String>,
    /// Names of the attributes that rows are grouped by.
    facets: Vec<String>,
    /// The end of the time asked for.
    end: Option<Instant>,
}

impl<'a> Part<'a> {
    fn of(object: &'a Map<String, Value>, labels: Labels) -> Self {
        let metadata = object.get("metadata");
        let facets = metadata
            .and_then(|m| m.get("facets").or_else(|| m.get("facet")))
            .map(texts)
            .unwrap_or_default();
        let end = metadata
            .and_then(|m| {
                m.get("endTimeMillis")
                    .or_else(|| m.get("timeWindow")?.get("end"))
            })
            .and_then(Value::as_f64)
            .and_then(millis);
        Self {
            object,
            labels,
            columns: metadata.map(columns_of).unwrap_or_default(),
            facets,
            end,
        }
    }

    fn read(&self, brought: &mut Brought<'_>) {
        let list = |key: &str| self.object.get(key).and_then(Value::as_array);
        let mut seen = Seen366::default();
        if let Some(facets) = list("facets") {
            for facet in facets {
                let labels = self.facet_labels(facet.get("name"));
                match facet.get("timeSeries").and_then(Value::as_array) {
                    Some(rows) => {
                        for row in rows {
                            self.row(row, &labels, brought, &mut seen);
                        }
                    }
                    None => self.row(facet, &labels, brought, &mut seen),
                }
            }
        } else if let Some(rows) = list("timeSeries") {
            for row in rows {
                self.row(row, &self.labels, brought, &mut seen);
            }
        } else if let Some(rows) = list("results").or_else(|| list("currentResults")) {
            // The older interface gives one list of values where there is neither series nor facet.
            if !self.columns.is_empty() && !rows.iter().any(is_timed) {
                self.values(rows, &self.labels, None, brought, &mut seen);
            } else {
                for row in rows {
                    let labels = self.facet_labels(row.get("facet"));
                    self.row(row, &labels, brought, &mut seen);
                }
            }
        }
        if self.object.contains_key("previousResults") {
            brought.warnings.add(
                WarningKind::NotRead,
                "what the query compares with (COMPARE WITH) was left out",
            );
        }
        seen.tell(brought);
    }

    fn facet_labels(&self, facet: Option<&Value>) -> Labels {
        let mut labels = self.labels.clone();
        let values = facet.map(texts).unwrap_or_default();
        for (i, value) in values.into_iter().enumerate() {
            let name = self.facets.get(i).cloned().unwrap_or_else(|| match i {
                0 => "facet".to_owned(),
                _ => format!("facet{}", i + 1),
            });
            labels.insert(name, value);
        }
        labels
    }

    fn row(&self, row: &Value, labels: &Labels, brought: &mut Brought<'_>, seen: &mut Seen366) {
        let Value::Object(cells) = row else {
            brought.reject(0, "", "a row is not an object", &row.to_string());
            return;
        };
        let begin = cells
            .get("beginTimeSeconds")
            .and_then(Value::as_f64)
            .map(|s| s * 1e3);
        let stamp = cells.get("timestamp").and_then(Value::as_f64);
        let at = begin.or(stamp).and_then(millis);
        if at.is_none()
            && (cells.contains_key("beginTimeSeconds") || cells.contains_key("timestamp"))
        {
            brought.reject(0, "beginTimeSeconds", "not a time", &row.to_string());
            return;
        }
        seen.events |= begin.is_none() && stamp.is_some();
        let mut labels = labels.clone();
        if let Some(Value::String(side)) = cells.get("comparison") {
            labels.insert("comparison".to_owned(), side.clone());
        }
        if let Some(at) = at {
            seen.rows.entry(labels.clone()).or_default().insert(at.0);
        }
        if let Some(Value::Array(values)) = cells.get("results") {
            self.values(values, &labels, at, brought, seen);
            return;
        }
        if let Some(Value::Array(events)) = cells.get("events") {
            for event in events {
                self.row(event, &labels, brought, seen);
            }
            return;
        }
        let Some(at) = self.placed(at, brought) else {
            return;
        };
        for (name, value) in cells {
            let about_the_row = matches!(
                name.as_str(),
                "beginTimeSeconds"
                    | "endTimeSeconds"
                    | "timestamp"
                    | "inspectedCount"
                    | "facet"
                    | "comparison"
            );
            if !about_the_row {
                add(brought, name, &labels, at, value);
            }
        }
    }

    /// The values of the older interface, whose names stand elsewhere: `[{"average": 0.2}, {"percentiles": {"95": 1}}]`.
    fn values(
        &self,
        values: &[Value],
        labels: &Labels,
        at: Option<Instant>,
        brought: &mut Brought<'_>,
        seen: &mut Seen366,
    ) {
        for (i, value) in values.iter().enumerate() {
            let Value::Object(cells) = value else {
                continue;
            };
            if let Some(Value::Array(events)) = cells.get("events") {
                for event in events {
                    self.row(event, labels, brought, seen);
                }
                continue;
            }
            let Some(at) = self.placed(at, brought) else {
                return;
            };
            for (key, value) in cells {
                let name = self.columns.get(i).filter(|n| !n.is_empty()).unwrap_or(key);
                add(brought, name, labels, at, value);
            }
        }
    }

    /// Values without a time of their own stand for the whole time asked for, and are placed at its end.
    fn placed(&self, at: Option<Instant>, brought: &mut Brought<'_>) -> Option<Instant> {
        if at.is_none() {
            let message = if self.end.is_some() {
                "the query has no TIMESERIES: each value stands for the whole time asked for and is placed at its end"
            } else {
                "values without a time were left out; ask for a TIMESERIES"
            };
            brought.warnings.add(WarningKind::Note, message);
        }
        at.or(self.end)
    }
}

/// Whether a row says its own time.
fn is_timed(row: &Value) -> bool {
    ["beginTimeSeconds", "timestamp"]
        .iter()
        .any(|key| row.get(*key).is_some())
}

/// What is worth saying about how many rows there were.
#[derive(Default)]
struct Seen366 {
    rows: BTreeMap<Labels, BTreeSet<i64>>,
    events: bool,
}

impl Seen366 {
    fn tell(&self, brought: &mut Brought<'_>) {
        if self.events {
            brought.warnings.add(
                WarningKind::Assumed,
                "rows are single events; each was taken as a point. Add TIMESERIES to the query for figures over time",
            );
        } else if self.rows.values().any(|times| times.len() >= 366) {
            brought.warnings.add(
                WarningKind::Approximate,
                "a series has the 366 points that New Relic gives at most: their steps may be coarser than asked for",
            );
        }
        if self.rows.len() == 10 {
            brought.warnings.add(
                WarningKind::Note,
                "there are exactly ten facets, as many as New Relic shows unless the query says LIMIT MAX",
            );
        }
    }
}

fn millis(millis: f64) -> Option<Instant> {
    let at = Instant((millis * 1e3).round() as i64);
    (is_plausible(at) && millis.abs() > 1e9).then_some(at)
}

/// One text, or all texts of a list.
fn texts(value: &Value) -> Vec<String> {
    let text = |v: &Value| match v {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match value {
        Value::Array(list) => list.iter().map(text).collect(),
        Value::Null => Vec::new(),
        other => vec![text(other)],
    }
}

/// Adds a number, or each number of an object such as `{"95": 0.4}`.
fn add(brought: &mut Brought<'_>, name: &str, labels: &Labels, at: Instant, value: &Value) {
    let mut one = |labels: &Labels, value: f64| {
        let meaning = meaning_of(name);
        let series = brought.series(name, labels, |m| *m = meaning);
        brought.point(series, at, Some(value));
    };
    match value {
        Value::Number(number) => one(labels, number.as_f64().unwrap_or(f64::NAN)),
        Value::Object(parts) => {
            let part = if name.starts_with("percentile") {
                "percentile"
            } else {
                "part"
            };
            for (key, value) in parts {
                if let Some(number) = value.as_f64() {
                    let mut labels = labels.clone();
                    labels.insert(part.to_owned(), key.clone());
                    one(&labels, number);
                }
            }
        }
        Value::Array(_) => brought.warnings.add(
            WarningKind::NotRead,
            format!("{name} is a list (a histogram, or unique values) and was left out"),
        ),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
#[path = "newrelic_tests.rs"]
mod tests;
