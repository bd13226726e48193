//! What the columns of an unknown table probably are: by the words of their headers and by what stands in them, with a
//! reason a column. A guess is where a person starts from; only a sure one is used without asking.

use std::collections::BTreeMap;

use super::model::{ColumnMapping, ColumnRef, DecimalSign, Kind, Mapping, Role};
use super::sample::{Column, is_clock};
use super::shape::{MAX_COLUMNS, Shape};
use super::values::time_format_name;
use crate::dataset::Role as SourceRole;
use crate::import::table::cells::{Decimal, sniff_decimal};
use crate::import::table::layout::{Layout, Role as LayoutRole};
use crate::import::table::records::Record;
use crate::import::table::times::TimeForm;

/// A mapping with the reason for each of its columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guess {
    /// Every column of the table has its entry, in the order in which they are used.
    pub mapping: Mapping,
    /// As long as the columns of the mapping.
    pub reasons: Vec<String>,
    /// It is certain enough to be used without asking.
    pub sure: bool,
    /// The unit of the duration was guessed from its size.
    pub unit_guessed: bool,
}

/// A role with the reason for it, and what else is said about the column.
pub(super) struct Taken {
    pub index: usize,
    pub entry: ColumnMapping,
    pub reason: String,
}

/// Guesses from the first records of a table.
pub fn guess(records: &[&Record], delimiter: u8) -> Guess {
    let shape = Shape::of(records);
    if shape.width > MAX_COLUMNS {
        return Guess {
            mapping: Mapping::default(),
            reasons: Vec::new(),
            sure: false,
            unit_guessed: false,
        };
    }
    let rows = records.get(shape.skip()..).unwrap_or_default();
    let cells: Vec<Vec<String>> = (0..shape.width)
        .map(|column| rows.iter().map(|r| r.cell(column).into_owned()).collect())
        .collect();
    let times: Vec<bool> = cells
        .iter()
        .map(|c| TimeForm::of_column(c.iter().map(String::as_str)).is_some())
        .collect();
    let values = cells.iter().zip(&times).filter(|(_, time)| !**time);
    let (decimal, _) = sniff_decimal(
        values.flat_map(|(c, _)| c.iter().map(String::as_str)),
        delimiter,
    );
    let columns: Vec<Column> = cells
        .into_iter()
        .enumerate()
        .map(|(index, cells)| {
            let header = shape.header.as_ref().and_then(|h| h.get(index)).cloned();
            Column::new(header.unwrap_or_default(), cells, decimal)
        })
        .collect();
    let mut mapping = Mapping {
        delimiter: Some(delimiter_name(delimiter)),
        decimal: (decimal == Decimal::Comma).then_some(DecimalSign::Comma),
        header: Some(shape.header.is_some()),
        ..Mapping::default()
    };
    let guessing = Guessing {
        shape: &shape,
        columns: &columns,
        decimal,
    };
    let (kind, mut taken, sure, unit_guessed) = guessing
        .outages()
        .map(|(taken, sure)| (Kind::Outages, taken, sure, false))
        .or_else(|| {
            let (taken, sure, unit_guessed) = guessing.requests()?;
            Some((Kind::Requests, taken, sure, unit_guessed))
        })
        .unwrap_or_else(|| {
            (
                Kind::Metrics,
                guessing.metrics(records, delimiter),
                false,
                false,
            )
        });
    mapping.kind = kind;
    if kind == Kind::Requests && taken.iter().any(|t| t.entry.role == Role::Users) {
        mapping.role = Some(SourceRole::Test);
    }
    for index in 0..shape.width {
        if !taken.iter().any(|t| t.index == index) {
            let reason = match columns.get(index) {
                Some(column) if column.filled == 0 => "empty",
                _ => "not needed",
            };
            taken.push(Taken {
                index,
                entry: ColumnMapping::new(shape.reference(index), Role::Ignore),
                reason: reason.to_owned(),
            });
        }
    }
    // In the order of the table, but for a verb that stands behind what it does something to.
    let method = taken
        .iter()
        .find(|t| {
            t.entry.role == Role::Label && columns.get(t.index).is_some_and(|c| c.hints.is_method())
        })
        .map(|t| t.index);
    let first_label = taken
        .iter()
        .filter(|t| t.entry.role == Role::Label)
        .map(|t| t.index)
        .min();
    taken.sort_by_key(|t| match (method, first_label) {
        (Some(method), Some(first)) if t.index == method => (first, 0),
        _ => (t.index, 1),
    });
    let (reasons, entries) = taken.into_iter().map(|t| (t.reason, t.entry)).unzip();
    mapping.columns = entries;
    Guess {
        mapping,
        reasons,
        sure,
        unit_guessed,
    }
}

/// The word for a delimiter in a mapping.
pub(super) fn delimiter_name(delimiter: u8) -> String {
    match delimiter {
        b',' => "comma".to_owned(),
        b';' => "semicolon".to_owned(),
        b'\t' => "tab".to_owned(),
        other => char::from(other).to_string(),
    }
}

pub(super) struct Guessing<'a> {
    pub shape: &'a Shape,
    pub columns: &'a [Column],
    pub decimal: Decimal,
}

impl Guessing<'_> {
    pub fn entry(&self, index: usize, role: Role, reason: impl Into<String>) -> Taken {
        Taken {
            index,
            entry: ColumnMapping::new(self.shape.reference(index), role),
            reason: reason.into(),
        }
    }

    /// An entry for a column of times, with the form that was found.
    pub fn time_entry(&self, index: usize, role: Role) -> Taken {
        let found = self.columns.get(index).and_then(|c| c.time);
        let mut taken = self.entry(index, role, "holds times");
        if let Some(found) = found {
            let form = found.form;
            taken.reason = match form {
                TimeForm::EpochSecs => "seconds since 1970".to_owned(),
                TimeForm::EpochMillis => "milliseconds since 1970".to_owned(),
                TimeForm::EpochMicros => "microseconds since 1970".to_owned(),
                TimeForm::EpochNanos => "nanoseconds since 1970".to_owned(),
                TimeForm::DayFirst if found.ambiguous => {
                    "dates, perhaps with the day first: check".to_owned()
                }
                TimeForm::MonthFirst if found.ambiguous => {
                    "dates, perhaps with the month first: check".to_owned()
                }
                _ => "dates and times".to_owned(),
            };
            if form != TimeForm::Text {
                time_format_name(form).clone_into(&mut taken.entry.format);
            }
        }
        taken
    }

    /// Columns of times, the likeliest one first: named so, as text, leftmost.
    pub fn times(&self) -> Vec<usize> {
        let mut times: Vec<(bool, bool, bool, usize)> = self
            .columns
            .iter()
            .enumerate()
            .filter_map(|(index, column)| {
                let found = column.time?;
                let named = column.hints.is_time();
                let epoch = found.form.is_epoch();
                // Numbers of that size may be durations in ns.
                if epoch && !named && column.hints.duration() > 0 {
                    return None;
                }
                // The same few instants again and again belong to something else than the row.
                let few = column.filled > 20 && column.distinct * 20 < column.filled;
                Some((few, !named, epoch && !named, index))
            })
            .collect();
        times.sort_unstable();
        times.into_iter().map(|(.., index)| index).collect()
    }

    /// The time of day that belongs to a column of dates.
    pub fn clock_of(&self, date: usize) -> Option<usize> {
        let only_dates = self
            .columns
            .get(date)
            .is_some_and(|c| c.share(|cell| !cell.contains(':') && cell.contains(['-', '/', '.'])));
        only_dates.then(|| {
            self.columns
                .iter()
                .position(|c| c.time.is_none() && c.share(is_clock))
        })?
    }

    /// As the reader of metric tables would have it; where it has no idea, times and numbers.
    fn metrics(&self, records: &[&Record], delimiter: u8) -> Vec<Taken> {
        if let Ok(layout) = Layout::of(records.iter().copied(), delimiter) {
            return layout
                .roles
                .iter()
                .enumerate()
                .filter_map(|(index, role)| self.of_layout(index, role))
                .collect();
        }
        let time = self.times().first().copied();
        let mut taken: Vec<Taken> = time
            .map(|time| self.time_entry(time, Role::Time))
            .into_iter()
            .collect();
        for (index, column) in self.columns.iter().enumerate() {
            if Some(index) != time && column.is_numeric() && !column.hints.is_id() {
                taken.push(self.entry(index, Role::Value, "holds numbers"));
            }
        }
        taken
    }

    fn of_layout(&self, index: usize, role: &LayoutRole) -> Option<Taken> {
        Some(match role {
            LayoutRole::Time => self.time_entry(index, Role::Time),
            LayoutRole::Name => self.entry(index, Role::Series, "names that repeat"),
            LayoutRole::Label(name) => {
                let mut entry = self.entry(index, Role::Dimension, "words that repeat");
                let header = self.columns.get(index).map(|c| c.header.as_str());
                if header != Some(name) {
                    entry.entry.name.clone_from(name);
                }
                entry
            }
            LayoutRole::Unit => self.entry(index, Role::Unit, "named like a unit"),
            LayoutRole::Value(_) => self.entry(index, Role::Value, "holds numbers"),
            LayoutRole::Ignored => return None,
        })
    }
}

impl Guess {
    /// What was taken for what, as the end of a sentence: `time from "when", duration in ms from "took"`.
    pub fn in_words(&self) -> String {
        let mut parts: Vec<String> = Vec::new();
        let mut labels: BTreeMap<Role, Vec<String>> = BTreeMap::new();
        for column in &self.mapping.columns {
            let name = match &column.column {
                ColumnRef::Name(name) => format!("\"{name}\""),
                ColumnRef::Number(number) => format!("column {number}"),
            };
            labels.entry(column.role).or_default().push(name);
        }
        for role in self
            .mapping
            .kind
            .roles()
            .iter()
            .filter(|r| **r != Role::Ignore)
        {
            if let Some(names) = labels.get(role) {
                let unit = self
                    .mapping
                    .with_role(*role)
                    .map(|c| c.unit.as_str())
                    .find(|u| !u.is_empty() && *role == Role::Duration)
                    .map_or_else(String::new, |unit| format!(" in {unit}"));
                parts.push(format!(
                    "{}{unit} from {}",
                    role.word(),
                    names.join(" and ")
                ));
            }
        }
        parts.join(", ")
    }
}
