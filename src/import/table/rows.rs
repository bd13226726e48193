//! The rows of a metric table on their way to series: which one each value belongs to, and what could not be read.

use std::collections::{BTreeMap, HashMap};

use super::cells::{Cell, Decimal};
use super::layout::{Layout, Role};
use super::records::{Record, given_up_reason};
use super::stamps::Stamps;
use super::times::TimeForm;
use crate::dataset::SeriesKind;
use crate::import::metrics::names::meaning;
use crate::import::metrics::settle::Gathered;
use crate::import::rejects::Reject;
use crate::import::{Intake, Rejects};
use crate::warning::{WarningKind, Warnings};

/// More series than this in one table are not told apart.
const MAX_SERIES: usize = 10_000;

/// A table while its rows are being read.
pub(super) struct Rows<'a> {
    pub(super) intake: &'a Intake<'a>,
    stem: String,
    delimiter: u8,
    layout: &'a Layout,
    pub(super) gathered: Gathered,
    /// Series by value column and text of the name, label and unit cells; `None` where there are too many.
    series: HashMap<(usize, String), Option<usize>>,
    /// The series of each column of a wide table.
    known: Vec<Option<usize>>,
    /// Every value column is one series.
    is_wide: bool,
    stamps: Stamps,
    pub(super) warnings: Warnings,
    pub(super) rejects: Rejects,
    /// Rows that gave at least a time.
    pub(super) read: u64,
    pub(super) without_zone: u64,
}

impl<'a> Rows<'a> {
    pub(super) fn new(intake: &'a Intake<'a>, delimiter: u8, layout: &'a Layout) -> Self {
        let mut rows = Self {
            intake,
            stem: stem(&intake.file_name()),
            delimiter,
            layout,
            gathered: Gathered::new(intake.options.range),
            series: HashMap::new(),
            known: vec![None; layout.roles.len()],
            is_wide: !layout
                .roles
                .iter()
                .any(|r| matches!(r, Role::Name | Role::Label(_) | Role::Unit)),
            stamps: Stamps::new(layout.form.form, &intake.options.source_zone),
            warnings: Warnings::default(),
            rejects: Rejects::default(),
            read: 0,
            without_zone: 0,
        };
        rows.gathered.still_is_level = true;
        rows.say_what_was_assumed();
        rows
    }

    fn say_what_was_assumed(&mut self) {
        let layout = self.layout;
        if layout.form.ambiguous {
            let (order, other) = if layout.form.form == TimeForm::DayFirst {
                ("day/month/year", "month/day/year")
            } else {
                ("month/day/year", "day/month/year")
            };
            self.warnings.add(
                WarningKind::Assumed,
                format!("dates were read as {order}, because the rows follow one another more closely so than as {other}"),
            );
        }
        if layout.decimal_unclear {
            let text = match layout.decimal {
                Decimal::Comma => {
                    "1,234 was read as one and a bit, because cells are separated by semicolons"
                }
                Decimal::Point => "1,234 was read as one thousand two hundred and thirty-four",
            };
            self.warnings.add(WarningKind::Assumed, text);
        }
        if layout.header.is_none() {
            self.warnings.add(
                WarningKind::HeaderMissing,
                "the table has no header; its columns were recognised by their content",
            );
        }
        for header in &layout.free_text {
            self.warnings.add(
                WarningKind::Note,
                format!(
                    "the column \"{header}\" has a text of its own in most rows and was left out"
                ),
            );
        }
        let above = layout
            .skip
            .saturating_sub(usize::from(layout.header.is_some()));
        if above > 0 {
            self.warnings.add_counted(
                WarningKind::Note,
                "lines above the table were passed over",
                above as u64,
                None,
            );
        }
    }

    fn reject(&mut self, record: &Record, column: Option<usize>, reason: &str) {
        let column = column
            .map(|c| self.layout.column_name(c))
            .unwrap_or_default();
        let text = record.shown(self.delimiter);
        self.warnings.add_at(
            WarningKind::RejectedRow,
            format!("rows that could not be read: {reason}"),
            self.intake.example(record.line, &column, &text),
        );
        self.rejects.add(Reject {
            line: record.line,
            column,
            reason: reason.to_owned(),
            text,
        });
    }

    /// A record that could not be split into cells.
    pub(super) fn give_up(&mut self, line: u64, too_long: bool) {
        let kind = if too_long {
            WarningKind::RecordTooLong
        } else {
            WarningKind::RejectedRow
        };
        let reason = given_up_reason(too_long);
        let example = self.intake.example(line, "", "");
        self.warnings.add_at(
            kind,
            format!("rows that could not be read: {reason}"),
            example,
        );
        self.rejects.add(Reject {
            line,
            reason: reason.to_owned(),
            ..Reject::default()
        });
    }

    /// One row.
    pub(super) fn take(&mut self, record: &Record) {
        let layout = self.layout;
        if !record.is_utf8() {
            self.warnings.add_at(
                WarningKind::EncodingAssumed,
                "text that is not UTF-8 was read as Windows-1252",
                self.intake
                    .example(record.line, "", &record.shown(self.delimiter)),
            );
        }
        let width = layout.roles.len();
        if record.len() > width {
            return self.reject(record, None, "more cells than the table has columns");
        }
        if record.len() < width && record.unterminated {
            self.warnings.add_at(
                WarningKind::TruncatedLastRow,
                "the last row is cut off",
                self.intake
                    .example(record.line, "", &record.shown(self.delimiter)),
            );
            return self.reject(record, None, "the file ends inside the row");
        }
        let time = record.bytes(layout.time).unwrap_or_default().trim_ascii();
        let Some((at, zoned)) = self.stamps.read(time, || record.cell(layout.time)) else {
            let repeated = layout.header.as_ref().is_some_and(|header| {
                header.len() == record.len()
                    && header
                        .iter()
                        .zip(record.cells())
                        .all(|(a, b)| *a == b.trim_start_matches(['#', ' ']))
            });
            if repeated {
                self.warnings.add_at(
                    WarningKind::RepeatedHeader,
                    "the header stands again in the middle of the table",
                    self.intake
                        .example(record.line, "", &record.shown(self.delimiter)),
                );
                return;
            }
            return self.reject(record, Some(layout.time), "not a time");
        };
        let mut bad: Option<usize> = None;
        let mut good = false;
        let mut too_many = false;
        for (column, _) in layout.values() {
            let bytes = record.bytes(column).unwrap_or_default().trim_ascii();
            let short = Cell::short(bytes, layout.decimal);
            match short.unwrap_or_else(|| Cell::read(&record.cell(column), layout.decimal)) {
                Cell::Empty => {}
                Cell::Number(value) => match self.series_of(record, column) {
                    Some(series) => {
                        good = true;
                        self.gathered.add(series, at, value);
                    }
                    None => too_many = true,
                },
                Cell::Text => {
                    bad = Some(column);
                    let (name, text) = (layout.column_name(column), record.cell(column));
                    self.warnings.add_at(
                        WarningKind::NotANumber,
                        "cells that are not numbers were left out",
                        self.intake.example(record.line, &name, &text),
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
            return self.reject(record, Some(column), "not a number");
        }
        self.read += 1;
        if !zoned {
            self.without_zone += 1;
        }
    }

    /// The series that a value belongs to.
    fn series_of(&mut self, record: &Record, column: usize) -> Option<usize> {
        let layout = self.layout;
        if self.is_wide {
            if let Some(Some(series)) = self.known.get(column) {
                return Some(*series);
            }
            let series = self.new_series(record, column);
            if let Some(known) = self.known.get_mut(column) {
                *known = Some(series);
            }
            return Some(series);
        }
        let mut key = String::new();
        for (index, role) in layout.roles.iter().enumerate() {
            if matches!(role, Role::Name | Role::Label(_) | Role::Unit) {
                key.push_str(&record.cell(index));
                key.push('\u{1f}');
            }
        }
        let key = (column, key);
        if let Some(series) = self.series.get(&key) {
            return *series;
        }
        let series = (self.gathered.len() < MAX_SERIES).then(|| self.new_series(record, column));
        self.series.insert(key, series);
        series
    }

    fn new_series(&mut self, record: &Record, column: usize) -> usize {
        let layout = self.layout;
        let mut labels = BTreeMap::new();
        let (mut name, mut unit) = (None, None);
        for (index, role) in layout.roles.iter().enumerate() {
            let text = record.cell(index).into_owned();
            match role {
                _ if text.is_empty() => {}
                Role::Name => name = Some(text),
                Role::Label(label) => {
                    labels.insert(label.clone(), text);
                }
                Role::Unit => unit = Some(text),
                _ => {}
            }
        }
        let values = layout.values().count();
        let header = layout
            .values()
            .find(|(c, _)| *c == column)
            .and_then(|(_, h)| h);
        let series_name = match (name, header) {
            // `metric,min,max`: the statistic is a label.
            (Some(name), Some(header)) if values > 1 => {
                labels.insert("value".to_owned(), header.to_owned());
                name
            }
            (Some(name), _) => name,
            (None, Some(header)) => header.to_owned(),
            (None, None) if layout.header.is_none() && values > 1 => {
                format!("{} {}", self.stem, column + 1)
            }
            (None, None) => self.stem.clone(),
        };
        let (base, more) = split_labels(&series_name);
        labels.extend(more);
        let series = self.gathered.series(&base, &labels);
        let percent = layout.percent.get(column).copied().unwrap_or_default();
        self.gathered.describe(series, |known| {
            // `process_cpu_seconds` as a unit in words or as a sign, over what the name says.
            if let Some(unit) = unit {
                let said = meaning(&format!("x ({unit})")).unit;
                known.unit = if said.is_empty() { unit } else { said };
                if known.unit.ends_with("/s") && !known.counter {
                    known.kind = SeriesKind::Rate;
                }
            }
            if percent {
                known.unit = "%".to_owned();
            }
        });
        series
    }
}

/// `name {a="b", c=d}`, as Grafana writes headers.
pub(super) fn split_labels(name: &str) -> (String, BTreeMap<String, String>) {
    let whole = || (name.to_owned(), BTreeMap::new());
    let Some((base, inside)) = name
        .trim()
        .strip_suffix('}')
        .and_then(|n| n.split_once('{'))
    else {
        return whole();
    };
    let mut quoted = false;
    let outside = |c: char| {
        quoted ^= c == '"';
        c == ',' && !quoted
    };
    let labels: Option<BTreeMap<String, String>> = inside
        .split(outside)
        .filter(|pair| !pair.trim().is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=')?;
            let value = value.trim().trim_matches('"').to_owned();
            Some((key.trim().to_owned(), value))
        })
        .collect();
    match labels {
        Some(labels) if !base.trim().is_empty() => (base.trim().to_owned(), labels),
        _ => whole(),
    }
}

/// The file's name without folder and endings.
fn stem(file_name: &str) -> String {
    let name = ["gz", "zst"]
        .iter()
        .find_map(|packed| file_name.strip_suffix(&format!(".{packed}")))
        .unwrap_or(file_name);
    match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() && (ending.len() <= 4 || ending == "parquet") => {
            stem.to_owned()
        }
        _ => name.to_owned(),
    }
}
