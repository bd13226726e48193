//! Rows of text as Splunk gives them, and which of their columns are figures: decided once, from the first rows.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::brought::{Brought, Labels, Stamp};
use super::names::meaning;
use crate::dataset::SeriesKind;
use crate::warning::WarningKind;

/// So many rows decide what the columns are.
const SAMPLE: usize = 1_000;

/// Columns of numbers that name something rather than measure it.
const NAMES: [&str; 16] = [
    "host",
    "source",
    "sourcetype",
    "index",
    "splunk_server",
    "status",
    "status_code",
    "code",
    "http_status",
    "response_code",
    "port",
    "pid",
    "id",
    "user_id",
    "instance",
    "series",
];

type Row = Map<String, Value>;

/// Rows on their way to series.
#[derive(Default)]
pub(super) struct Rows {
    /// Rows taken so far.
    pub taken: u64,
    sample: Vec<Row>,
    /// Columns that are figures, once that is decided.
    figures: Option<BTreeSet<String>>,
}

impl Rows {
    /// Takes one row; an error says why such rows cannot be read at all.
    pub fn take(&mut self, brought: &mut Brought<'_>, row: Row) -> Result<(), String> {
        self.taken += 1;
        if self.figures.is_some() {
            self.add(brought, &row);
            return Ok(());
        }
        self.sample.push(row);
        if self.sample.len() >= SAMPLE {
            self.flush(brought)?;
        }
        Ok(())
    }

    /// Decides what the columns are, and reads the rows that waited for it.
    pub fn flush(&mut self, brought: &mut Brought<'_>) -> Result<(), String> {
        let sample = std::mem::take(&mut self.sample);
        if self.figures.is_none() {
            if sample.iter().any(|row| row.contains_key("_raw")) {
                return Err(
                    "its rows are raw events; end the search with timechart or stats by _time"
                        .to_owned(),
                );
            }
            self.figures = Some(figures_of(&sample));
        }
        for row in &sample {
            self.add(brought, row);
        }
        Ok(())
    }

    fn add(&self, brought: &mut Brought<'_>, row: &Row) {
        let Some(figures) = &self.figures else {
            return;
        };
        let stamp = match row.get("_time") {
            Some(Value::String(text)) => Some(Stamp::Text(text.clone())),
            Some(Value::Number(number)) => number.as_f64().map(Stamp::Number),
            _ => None,
        };
        let Some(at) = stamp.and_then(|stamp| brought.time(&stamp)) else {
            brought.reject(
                0,
                "_time",
                "not a time",
                &Value::from(row.clone()).to_string(),
            );
            return;
        };
        let labels: Labels = row
            .iter()
            .filter(|(name, _)| !name.starts_with('_') && !figures.contains(*name))
            .filter_map(|(name, value)| Some((name.clone(), text(value)?)))
            .collect();
        for name in figures {
            let Some(cell) = row.get(name).and_then(text) else {
                continue;
            };
            let series = brought.series(name, &labels, |m| {
                m.counter = false;
                m.unit = meaning(name).unit;
                if name == "count" || name.starts_with("count(") || name.starts_with("sum(") {
                    m.kind = SeriesKind::Count;
                }
            });
            match cell.parse() {
                Ok(value) => brought.point(series, at, Some(value)),
                Err(_) => brought.warnings.add_at(
                    WarningKind::NotANumber,
                    format!("values of {name} that are not numbers were left out"),
                    brought.intake.example(0, name, &cell),
                ),
            }
        }
    }
}

/// The text of a cell; of several values the first. Empty ones are none.
fn text(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Array(list) => return text(list.first()?),
        Value::Null | Value::Object(_) => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// The columns whose cells are all numbers and whose name measures something.
fn figures_of(sample: &[Row]) -> BTreeSet<String> {
    let mut numeric: BTreeMap<&String, bool> = BTreeMap::new();
    for (name, value) in sample.iter().flatten() {
        if name.starts_with('_') || NAMES.contains(&name.to_lowercase().as_str()) {
            continue;
        }
        if let Some(text) = text(value) {
            let is_number = text.parse::<f64>().is_ok();
            *numeric.entry(name).or_insert(true) &= is_number;
        }
    }
    numeric
        .into_iter()
        .filter(|(_, is_number)| *is_number)
        .map(|(name, _)| name.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_name_something_are_no_figures() {
        let rows: Vec<Row> = serde_json::from_str(
            r#"[{"_time":"1","status":"200","count":"3","uri":"/1","odd":"1"},{"_time":"2","status":"500","count":"4","odd":"x","late":[ "7" ]}]"#,
        )
        .unwrap();
        let figures: Vec<String> = figures_of(&rows).into_iter().collect();
        assert_eq!(figures, ["count", "late"]);
    }
}
