//! What the columns of an unknown table probably are: by the words of their headers and by what stands in them, with a
//! reason a column. A guess is where a person starts from; only a sure one is used without asking.

use std::collections::{BTreeMap, BTreeSet};

use super::hints::Hints;
use super::model::{ColumnMapping, ColumnRef, DecimalSign, Edge, Kind, Mapping, Role};
use super::shape::Shape;
use super::values::{duration_ns, time_format_name, truth_of};
use crate::calendar::Zone;
use crate::dataset::Role as SourceRole;
use crate::import::table::cells::{Cell, Decimal, sniff_decimal};
use crate::import::table::layout::{Layout, Role as LayoutRole};
use crate::import::table::records::Record;
use crate::import::table::times::{Found, TimeForm};
use crate::import::uptime::words::state_of;

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

/// What a sample says about one column.
struct Column {
    header: String,
    hints: Hints,
    cells: Vec<String>,
    filled: usize,
    numbers: Vec<f64>,
    distinct: usize,
    time: Option<Found>,
}

impl Column {
    fn new(header: String, cells: Vec<String>, decimal: Decimal) -> Self {
        let mut numbers = Vec::new();
        let mut distinct = BTreeSet::new();
        let mut filled = 0;
        for cell in &cells {
            match Cell::read(cell, decimal) {
                Cell::Empty => continue,
                Cell::Number(value) if value.is_finite() => numbers.push(value),
                _ => {}
            }
            filled += 1;
            distinct.insert(cell.as_str());
        }
        let distinct = distinct.len();
        Self {
            hints: Hints::of(&header),
            time: TimeForm::of_column(cells.iter().map(String::as_str)),
            header,
            cells,
            filled,
            numbers,
            distinct,
        }
    }

    fn most(&self, count: usize) -> bool {
        self.filled > 0 && count * 5 >= self.filled * 4
    }

    fn is_numeric(&self) -> bool {
        self.most(self.numbers.len())
    }

    fn is_whole(&self) -> bool {
        self.numbers.iter().all(|v| v.fract() == 0.0)
    }

    fn share(&self, test: impl Fn(&str) -> bool) -> bool {
        let fits = self
            .cells
            .iter()
            .filter(|c| !c.is_empty() && test(c))
            .count();
        self.most(fits)
    }

    fn is_yes_or_no(&self) -> bool {
        self.share(|c| truth_of(c).is_some())
    }

    fn is_durations(&self, decimal: Decimal) -> bool {
        self.share(|c| duration_ns(c, 1e6, decimal).is_some_and(|d| d >= 0))
    }

    fn median(&self) -> f64 {
        let mut numbers = self.numbers.clone();
        numbers.sort_by(f64::total_cmp);
        numbers.get(numbers.len() / 2).copied().unwrap_or_default()
    }
}

/// A role with the reason for it, and what else is said about the column.
struct Taken {
    index: usize,
    entry: ColumnMapping,
    reason: String,
}

/// Guesses from the first records of a table.
pub fn guess(records: &[&Record], delimiter: u8) -> Guess {
    let shape = Shape::of(records);
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
        .map(|taken| (Kind::Outages, taken, true, false))
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

struct Guessing<'a> {
    shape: &'a Shape,
    columns: &'a [Column],
    decimal: Decimal,
}

impl Guessing<'_> {
    fn entry(&self, index: usize, role: Role, reason: impl Into<String>) -> Taken {
        Taken {
            index,
            entry: ColumnMapping::new(self.shape.reference(index), role),
            reason: reason.into(),
        }
    }

    /// An entry for a column of times, with the form that was found.
    fn time_entry(&self, index: usize, role: Role) -> Taken {
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
    fn times(&self) -> Vec<usize> {
        let mut times: Vec<(bool, bool, usize)> = self
            .columns
            .iter()
            .enumerate()
            .filter_map(|(index, column)| {
                let found = column.time?;
                let named = column.hints.words.iter().any(|w| {
                    matches!(
                        w.as_str(),
                        "time"
                            | "timestamp"
                            | "ts"
                            | "date"
                            | "datetime"
                            | "when"
                            | "stamp"
                            | "at"
                            | "zeit"
                            | "start"
                            | "started"
                            | "begin"
                            | "zeitpunkt"
                            | "datum"
                            | "epoch"
                    )
                });
                if found.form.is_epoch() && !named && column.hints.duration() > 0 {
                    return None;
                }
                Some((!named, found.form.is_epoch() && !named, index))
            })
            .collect();
        times.sort_unstable();
        times.into_iter().map(|(.., index)| index).collect()
    }

    /// The time of day that belongs to a column of dates.
    fn clock_of(&self, date: usize) -> Option<usize> {
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

    fn outages(&self) -> Option<Vec<Taken>> {
        let times = self.times();
        let start = times
            .iter()
            .copied()
            .find(|i| self.columns.get(*i).is_some_and(|c| c.hints.is_start()))?;
        let is_end = |i: &usize| self.columns.get(*i).is_some_and(|c| c.hints.is_end());
        let end = times.iter().copied().find(|i| *i != start && is_end(i));
        let length = (0..self.columns.len()).find(|i| {
            self.columns
                .get(*i)
                .is_some_and(|c| c.hints.duration() > 0 && c.is_durations(self.decimal))
        });
        let state = self.columns.iter().position(|column| {
            column.time.is_none()
                && !column.is_numeric()
                && column.distinct <= 20
                && column.share(|c| state_of(c).is_some())
        })?;
        let is_request = self.columns.iter().enumerate().any(|(i, c)| {
            i != state && c.hints.label() >= 70 && !c.hints.is_service() && !c.is_numeric()
        });
        if is_request {
            return None;
        }
        let mut taken = vec![self.time_entry(start, Role::Start)];
        match (end, length) {
            (Some(end), _) => taken.push(self.time_entry(end, Role::End)),
            (None, Some(length)) => {
                let unit = self
                    .columns
                    .get(length)?
                    .hints
                    .duration_unit()
                    .unwrap_or("s");
                let mut entry = self.entry(
                    length,
                    Role::Duration,
                    format!("how long it lasted, in {unit}"),
                );
                unit.clone_into(&mut entry.entry.unit);
                taken.push(entry);
            }
            (None, None) => return None,
        }
        taken.push(self.entry(state, Role::State, "its words are states"));
        let free = |taken: &[Taken], i: usize| !taken.iter().any(|t| t.index == i);
        for (index, column) in self.columns.iter().enumerate() {
            if !free(&taken, index) || column.time.is_some() || column.filled == 0 {
                continue;
            }
            let has = |role| taken.iter().any(|t| t.entry.role == role);
            if column.hints.is_service() && !has(Role::Service) {
                taken.push(self.entry(index, Role::Service, "named like a service"));
            } else if column.hints.is_note() && !has(Role::Note) {
                taken.push(self.entry(index, Role::Note, "named like a note"));
            }
        }
        Some(taken)
    }

    /// The columns, whether they are surely requests, and whether the unit was guessed.
    fn requests(&self) -> Option<(Vec<Taken>, bool, bool)> {
        let time = *self.times().first()?;
        let clock = self.clock_of(time);
        let duration = self
            .columns
            .iter()
            .enumerate()
            .filter(|(i, c)| {
                *i != time
                    && Some(*i) != clock
                    && c.time.is_none_or(|t| t.form.is_epoch())
                    && c.is_durations(self.decimal)
            })
            .map(|(i, c)| (c.hints.duration(), i))
            .filter(|(score, _)| *score > 0)
            .max_by_key(|(score, i)| (*score, std::cmp::Reverse(*i)));
        let (score, duration_at) = duration?;
        let column = self.columns.get(duration_at)?;
        let mut taken = vec![self.time_entry(time, Role::Time)];
        taken.extend(clock.map(|clock| self.entry(clock, Role::Time, "the time of day")));
        if self
            .columns
            .get(time)
            .is_some_and(|c| c.hints.is_end() && !c.hints.is_start())
            && let Some(first) = taken.first_mut()
        {
            first.entry.at = Edge::End;
            first.reason.push_str(", of the end");
        }
        let (unit, why, unit_guessed) = unit_of(column);
        let mut entry = self.entry(duration_at, Role::Duration, why);
        unit.clone_into(&mut entry.entry.unit);
        taken.push(entry);
        self.add_label(&mut taken);
        self.add_outcome(&mut taken);
        for (index, column) in self.columns.iter().enumerate() {
            let has = |role| taken.iter().any(|t: &Taken| t.entry.role == role);
            if taken.iter().any(|t| t.index == index) || !column.is_numeric() {
                continue;
            }
            if column.hints.is_users() && column.is_whole() && !has(Role::Users) {
                taken.push(self.entry(index, Role::Users, "named like a number of users"));
            } else if let Some(received) = column.hints.bytes() {
                let role = if received { Role::Received } else { Role::Sent };
                if !has(role) && column.is_whole() {
                    taken.push(self.entry(index, role, "named like a number of bytes"));
                }
            }
        }
        let has = |role| taken.iter().any(|t| t.entry.role == role);
        let judged = has(Role::Success) || has(Role::Status) || has(Role::Error);
        let aggregated = self
            .columns
            .iter()
            .any(|c| c.hints.is_aggregate() && c.is_numeric());
        let sure = score >= 45
            && !aggregated
            && (has(Role::Label) || judged)
            && self.shape.header.is_some()
            && !self.is_on_a_grid(time);
        Some((taken, sure, unit_guessed))
    }

    fn add_label(&self, taken: &mut Vec<Taken>) {
        let free = |taken: &[Taken], i: usize| !taken.iter().any(|t| t.index == i);
        let best = self
            .columns
            .iter()
            .enumerate()
            .filter(|(i, c)| free(taken, *i) && c.filled > 0 && !c.is_numeric() && c.time.is_none())
            .map(|(i, c)| (c.hints.label(), i))
            .filter(|(score, _)| *score > 0)
            .max_by_key(|(score, i)| (*score, std::cmp::Reverse(*i)));
        let Some((_, label)) = best else {
            return;
        };
        let method = self.columns.iter().enumerate().find(|(i, c)| {
            *i != label && free(taken, *i) && c.hints.is_method() && c.share(is_verb)
        });
        let starts_with_verb = self
            .columns
            .get(label)
            .is_some_and(|c| c.share(|cell| cell.split(' ').next().is_some_and(is_verb)));
        if let (Some((method, _)), false) = (method, starts_with_verb) {
            taken.push(self.entry(method, Role::Label, "the verb, in front of the name"));
        }
        taken.push(self.entry(label, Role::Label, "named like the name of a request"));
    }

    fn add_outcome(&self, taken: &mut Vec<Taken>) {
        for (index, column) in self.columns.iter().enumerate() {
            let has = |role| taken.iter().any(|t: &Taken| t.entry.role == role);
            if taken.iter().any(|t| t.index == index) || column.time.is_some() {
                continue;
            }
            let hints = &column.hints;
            let codes = column.is_whole()
                && column.is_numeric()
                && column.numbers.iter().all(|v| (0.0..1_000.0).contains(v))
                && column.numbers.iter().any(|v| (100.0..600.0).contains(v));
            if codes && hints.is_status() && !has(Role::Status) {
                taken.push(self.entry(
                    index,
                    Role::Status,
                    "holds status codes; failed from 400 on",
                ));
            } else if column.is_yes_or_no()
                && !has(Role::Success)
                && (hints.outcome().is_some() || hints.is_result())
            {
                let inverted = hints.outcome() == Some(false);
                let reason = if inverted {
                    "says which requests failed"
                } else {
                    "says which requests succeeded"
                };
                let mut entry = self.entry(index, Role::Success, reason);
                if inverted {
                    entry.entry.success_values = ["false", "0", "no", "n", "f", ""]
                        .map(str::to_owned)
                        .to_vec();
                }
                taken.push(entry);
            } else if hints.is_error_text() && !column.is_numeric() && !has(Role::Error) {
                taken.push(self.entry(index, Role::Error, "named like the text of an error"));
            }
        }
    }

    /// All times lie on whole steps of ten seconds or more: measurements, not requests.
    fn is_on_a_grid(&self, time: usize) -> bool {
        let Some(column) = self.columns.get(time) else {
            return false;
        };
        let Some(found) = column.time else {
            return false;
        };
        let utc = Zone::utc();
        let mut at: Vec<i64> = column
            .cells
            .iter()
            .filter_map(|c| found.form.read(c, &utc))
            .map(|(at, _)| at.0)
            .collect();
        at.sort_unstable();
        at.dedup();
        let steps: Vec<i64> = at
            .windows(2)
            .filter_map(|p| Some(p.last()? - p.first()?))
            .collect();
        match steps.iter().min() {
            Some(least) => *least >= 10_000_000 && steps.iter().all(|s| s % least == 0),
            None => false,
        }
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

/// `9:30`, `09:30:03.123`.
fn is_clock(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    (2..=3).contains(&parts.len())
        && parts.iter().all(|part| {
            part.starts_with(|c: char| c.is_ascii_digit())
                && part.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        })
        && parts
            .first()
            .is_some_and(|hour| hour.parse::<u8>().is_ok_and(|h| h < 24))
}

fn is_verb(text: &str) -> bool {
    [
        "GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "CONNECT", "TRACE",
    ]
    .iter()
    .any(|verb| text.eq_ignore_ascii_case(verb))
}

/// The unit of a column of durations, why, and whether only their size says it.
fn unit_of(column: &Column) -> (&'static str, String, bool) {
    if let Some(unit) = column.hints.duration_unit() {
        return (unit, format!("named like a duration in {unit}"), false);
    }
    if column.numbers.is_empty() {
        return ("ms", "durations with their own unit".to_owned(), false);
    }
    let median = column.median();
    let unit = if !column.is_whole() && median < 20.0 {
        "s"
    } else if median > 5e7 {
        "ns"
    } else if median > 2e5 {
        "us"
    } else {
        "ms"
    };
    let reason = format!("named like a duration; {unit} by its size: check");
    (unit, reason, true)
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
