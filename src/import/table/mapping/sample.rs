//! What the first rows say about one column of an unknown table.

use std::collections::BTreeSet;

use super::hints::Hints;
use super::values::{duration_ns, truth_of};
use crate::calendar::Zone;
use crate::import::table::cells::{Cell, Decimal};
use crate::import::table::times::{Found, TimeForm};

/// What a sample says about one column.
pub(super) struct Column {
    pub header: String,
    pub hints: Hints,
    pub cells: Vec<String>,
    pub filled: usize,
    pub numbers: Vec<f64>,
    pub distinct: usize,
    pub time: Option<Found>,
}

impl Column {
    pub fn new(header: String, cells: Vec<String>, decimal: Decimal) -> Self {
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

    pub fn most(&self, count: usize) -> bool {
        self.filled > 0 && count * 5 >= self.filled * 4
    }

    pub fn is_numeric(&self) -> bool {
        self.most(self.numbers.len())
    }

    pub fn is_whole(&self) -> bool {
        self.numbers.iter().all(|v| v.fract() == 0.0)
    }

    pub fn share(&self, test: impl Fn(&str) -> bool) -> bool {
        let fits = self
            .cells
            .iter()
            .filter(|c| !c.is_empty() && test(c))
            .count();
        self.most(fits)
    }

    pub fn is_yes_or_no(&self) -> bool {
        self.share(|c| truth_of(c).is_some())
    }

    pub fn is_durations(&self, decimal: Decimal) -> bool {
        self.share(|c| duration_ns(c, 1e6, decimal).is_some_and(|d| d >= 0))
    }

    /// Numbers that could be seconds since 1970, in a column that is named like durations in ns.
    pub fn may_be_nanos(&self) -> bool {
        let small = matches!(self.hints.duration_unit(), Some("ns" | "us"));
        self.time.is_some_and(|t| t.form.is_epoch()) && (small || self.hints.duration() >= 60)
    }

    pub fn median(&self) -> f64 {
        let mut numbers = self.numbers.clone();
        numbers.sort_by(f64::total_cmp);
        numbers.get(numbers.len() / 2).copied().unwrap_or_default()
    }

    /// Numbers that are HTTP status codes.
    pub fn holds_codes(&self) -> bool {
        self.hints.is_status()
            && self.is_whole()
            && self.is_numeric()
            && self.numbers.iter().all(|v| (0.0..1_000.0).contains(v))
            && self.numbers.iter().any(|v| (100.0..600.0).contains(v))
    }

    /// All times lie on whole steps of ten seconds or more: measurements, not requests.
    pub fn is_on_a_grid(&self) -> bool {
        let Some(found) = self.time else {
            return false;
        };
        let utc = Zone::utc();
        let mut at: Vec<i64> = self
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
}

/// `9:30`, `09:30:03.123`.
pub(super) fn is_clock(text: &str) -> bool {
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

pub(super) fn is_verb(text: &str) -> bool {
    [
        "GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "CONNECT", "TRACE",
    ]
    .iter()
    .any(|verb| text.eq_ignore_ascii_case(verb))
}

/// The unit of a column of durations, why, and whether only their size says it.
pub(super) fn unit_of(column: &Column) -> (&'static str, String, bool) {
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
