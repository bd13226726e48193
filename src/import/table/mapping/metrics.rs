//! Rows of a mapped table as points of series.

use std::collections::{BTreeMap, HashMap};
use std::io::Read;

use super::model::ValueKind;
use super::reading::{Limit, Row, Rows, none_usable, nothing};
use super::resolve::{Plan, Value, joined};
use crate::dataset::SeriesKind;
use crate::import::metrics::names::meaning;
use crate::import::metrics::reading::source_of;
use crate::import::metrics::settle::Gathered;
use crate::import::rejects::Reject;
use crate::import::table::cells::Cell;
use crate::import::table::records::Record;
use crate::import::table::sheet::Sheet;
use crate::import::{ImportError, Imported, Intake, Rejects};
use crate::warning::{WarningKind, Warnings};

/// More series than this in one table are not told apart.
const MAX_SERIES: usize = 10_000;

struct Reading<'a> {
    plan: &'a Plan,
    intake: &'a Intake<'a>,
    gathered: Gathered,
    /// Series by value column and the text of what tells series apart; `None` where there are too many.
    known: HashMap<(usize, String), Option<usize>>,
    warnings: Warnings,
    rejects: Rejects,
    read: u64,
    without_zone: u64,
}

/// Reads all rows, or as many as the limit allows.
pub(super) fn read<R: Read>(
    sheet: Sheet<R>,
    plan: &Plan,
    intake: &Intake<'_>,
    limit: Limit,
) -> Result<Imported, ImportError> {
    let mut reading = Reading {
        plan,
        intake,
        gathered: Gathered::new(intake.options.range),
        known: HashMap::new(),
        warnings: Warnings::default(),
        rejects: Rejects::default(),
        read: 0,
        without_zone: 0,
    };
    reading.gathered.still_is_level = true;
    let mut rows = Rows::new(sheet, plan, intake, limit);
    let mut record = Record::default();
    while let Some(row) = rows.next(&mut record)? {
        match row {
            Row::Record => {
                if let Err((column, reason)) = reading.take(&record) {
                    let shown = record.shown(rows.delimiter());
                    reading.reject(record.line, column, reason, shown);
                }
            }
            Row::Bad { line, reason, text } => reading.reject(line, None, reason, text),
        }
    }
    reading.warnings.merge(rows.warnings());
    reading.finish()
}

impl Reading<'_> {
    fn reject(&mut self, line: u64, column: Option<usize>, reason: &str, text: String) {
        let column = column
            .map(|c| self.plan.shape.column_name(c))
            .unwrap_or_default();
        self.warnings.add_at(
            WarningKind::RejectedRow,
            format!("rows that could not be read: {reason}"),
            self.intake.example(line, &column, &text),
        );
        self.rejects.add(Reject {
            line,
            column,
            reason: reason.to_owned(),
            text,
        });
    }

    fn take(&mut self, record: &Record) -> Result<(), (Option<usize>, &'static str)> {
        let plan = self.plan;
        let text = joined(record, &plan.time.columns);
        let (at, zoned) = plan
            .time
            .reader
            .read(&text, &self.intake.options.source_zone)
            .ok_or((plan.time.columns.first().copied(), "not a time"))?;
        let (mut bad, mut good, mut too_many) = (None, false, false);
        for value in &plan.values {
            match Cell::read(&record.cell(value.column), plan.decimal) {
                Cell::Empty => {}
                Cell::Number(number) => match self.series_of(record, value) {
                    Some(series) => {
                        good = true;
                        self.gathered.add(series, at, number);
                    }
                    None => too_many = true,
                },
                Cell::Text => {
                    bad = Some(value.column);
                    let name = plan.shape.column_name(value.column);
                    self.warnings.add_at(
                        WarningKind::NotANumber,
                        "cells that are not numbers were left out",
                        self.intake
                            .example(record.line, &name, &record.cell(value.column)),
                    );
                }
            }
        }
        if too_many {
            self.warnings.add(
                WarningKind::TooManyLabels,
                format!("more than {MAX_SERIES} series; values of further ones were left out"),
            );
        }
        if let (Some(column), false) = (bad, good) {
            return Err((Some(column), "not a number"));
        }
        self.read += 1;
        self.without_zone += u64::from(!zoned);
        Ok(())
    }

    /// The series that a value belongs to.
    fn series_of(&mut self, record: &Record, value: &Value) -> Option<usize> {
        let plan = self.plan;
        let mut key = String::new();
        let dimensions = plan.dimensions.iter().map(|(c, _)| *c);
        for column in plan
            .series
            .iter()
            .copied()
            .chain(dimensions)
            .chain(plan.unit)
        {
            key.push_str(&record.cell(column));
            key.push('\u{1f}');
        }
        let key = (value.column, key);
        if let Some(series) = self.known.get(&key) {
            return *series;
        }
        let series = (self.gathered.len() < MAX_SERIES).then(|| self.new_series(record, value));
        self.known.insert(key, series);
        series
    }

    fn new_series(&mut self, record: &Record, value: &Value) -> usize {
        let plan = self.plan;
        let mut labels: BTreeMap<String, String> = plan
            .dimensions
            .iter()
            .map(|(column, name)| (name.clone(), record.cell(*column).into_owned()))
            .filter(|(_, text)| !text.is_empty())
            .collect();
        let mut name = joined(record, &plan.series);
        if name.is_empty() {
            name.clone_from(&value.name);
        } else if plan.values.len() > 1 {
            // `metric,min,max`: the statistic is a label.
            labels.insert("value".to_owned(), value.name.clone());
        }
        if name.is_empty() {
            name = plan.shape.column_name(value.column);
        }
        let series = self.gathered.series(&name, &labels);
        let said = plan
            .unit
            .map(|column| record.cell(column).into_owned())
            .filter(|unit| !unit.is_empty())
            .unwrap_or_else(|| value.unit.clone());
        self.gathered.describe(series, |known| {
            if !said.is_empty() {
                let unit = meaning(&format!("x ({said})")).unit;
                known.unit = if unit.is_empty() { said } else { unit };
            }
            match value.kind {
                Some(ValueKind::Counter) => {
                    if !known.unit.ends_with("/s") {
                        known.unit.push_str("/s");
                    }
                    known.counter = true;
                    known.kind = SeriesKind::Rate;
                }
                Some(ValueKind::Gauge) => {
                    known.counter = false;
                    known.kind = SeriesKind::Gauge;
                }
                Some(ValueKind::Rate) => {
                    known.counter = false;
                    known.kind = SeriesKind::Rate;
                }
                Some(ValueKind::Count) => {
                    known.counter = false;
                    known.kind = SeriesKind::Count;
                }
                None if known.unit.ends_with("/s") && !known.counter => {
                    known.kind = SeriesKind::Rate;
                }
                None => {}
            }
        });
        series
    }

    fn finish(self) -> Result<Imported, ImportError> {
        let intake = self.intake;
        if self.read == 0 {
            return Err(match none_usable(&self.rejects, self.plan.kind) {
                Some((what, line)) => intake.unusable(what, Some(line)),
                None => intake.unusable(nothing(self.plan), None),
            });
        }
        source_of(
            intake,
            self.gathered,
            (self.read, self.without_zone),
            self.warnings,
            self.rejects,
            "no row inside the time range has a usable number; widen the range or check the values",
        )
    }
}
