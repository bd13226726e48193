//! Two columns of numbers of any delimited table, by their names: concurrency and throughput of a scalability test.
//!
//! Nothing of it is kept in a project; the command that asks gets the pairs, row by row.

use std::path::Path;

use super::cells::{Cell, sniff_decimal};
use super::records::{Next, Record, given_up_reason};
use super::sheet::Sheet;
use crate::import::{ImportError, ImportOptions, open};
use crate::progress::Progress;
use crate::warning::{Example, WarningKind, Warnings};

/// Names of a column of concurrency, best first.
const CONCURRENCY: [&str; 14] = [
    "concurrency",
    "users",
    "threads",
    "vus",
    "clients",
    "connections",
    "workers",
    "processors",
    "cpus",
    "nodes",
    "load",
    "n",
    "p",
    "x",
];
/// Names of a column of throughput, best first.
const THROUGHPUT: [&str; 10] = [
    "throughput",
    "rps",
    "tps",
    "qps",
    "requests_per_sec",
    "requests/s",
    "ops",
    "rate",
    "scaling",
    "y",
];
/// More rows than this are no scalability test.
const MOST_ROWS: usize = 100_000;

/// The pairs of a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pairs {
    /// Name of the first column, as it stands in the header.
    pub x_name: String,
    /// Name of the second.
    pub y_name: String,
    /// The pairs, in order of the file; both are finite and above zero.
    pub rows: Vec<(f64, f64)>,
    /// Rows that were left out, and why.
    pub warnings: Warnings,
}

/// The column of a header: by name, else by the best of the usual names.
fn column(header: &[String], named: Option<&str>, usual: &[&str]) -> Option<usize> {
    let is = |name: &str| {
        header
            .iter()
            .position(|h| h.trim().eq_ignore_ascii_case(name.trim()))
    };
    match named {
        Some(name) => is(name),
        None => usual.iter().find_map(|name| is(name)),
    }
}

/// Whether a file is a table whose header names concurrency and throughput in the usual words, and no time.
pub fn is_pairs(path: &Path) -> bool {
    let Ok(opened) = open::open(path) else {
        return false;
    };
    let Ok(sheet) = Sheet::of_head(&opened.head) else {
        return false;
    };
    let Some(first) = sheet.sample().next() else {
        return false;
    };
    let header: Vec<String> = first.cells().map(std::borrow::Cow::into_owned).collect();
    header.len() <= 8
        && column(&header, None, CONCURRENCY.get(..7).unwrap_or_default()).is_some()
        && column(&header, None, THROUGHPUT.get(..5).unwrap_or_default()).is_some()
        && !header.iter().any(|h| h.to_lowercase().contains("time"))
}

/// Reads the two columns of a table. Without names the header is searched for the usual ones.
pub fn read(path: &Path, x: Option<&str>, y: Option<&str>) -> Result<Pairs, ImportError> {
    let options = ImportOptions::default();
    let progress = Progress::default();
    let opened = open::open(path)?;
    let intake = opened.intake(&options, &progress);
    let mut sheet = Sheet::of_file(opened.reader(&progress)?, &intake)?;
    let header: Vec<String> = sheet
        .sample()
        .next()
        .map(|r| r.cells().map(std::borrow::Cow::into_owned).collect())
        .unwrap_or_default();
    let found = |option: &str, named: Option<&str>, usual: &[&str]| {
        column(&header, named, usual).ok_or_else(|| {
            let what = named.map_or_else(
                || {
                    format!(
                        "no column is called {} or the like; name it with {option}",
                        usual.first().copied().unwrap_or_default()
                    )
                },
                |name| format!("there is no column \"{name}\" ({option})"),
            );
            intake.unusable(
                format!("{what}; its columns are {}", header.join(", ")),
                Some(1),
            )
        })
    };
    let (first, second) = (
        found("--x", x, &CONCURRENCY)?,
        found("--y", y, &THROUGHPUT)?,
    );
    let name = |index: usize| header.get(index).cloned().unwrap_or_default();
    let sample: Vec<String> = sheet
        .sample()
        .skip(1)
        .flat_map(|r| [r.cell(first).into_owned(), r.cell(second).into_owned()])
        .collect();
    let (decimal, _) = sniff_decimal(sample.iter().map(String::as_str), sheet.delimiter);
    sheet.skip(1);
    let mut pairs = Pairs {
        x_name: name(first),
        y_name: name(second),
        ..Pairs::default()
    };
    let mut record = Record::default();
    let mut records = 0_u64;
    loop {
        match sheet.next(&mut record).map_err(|e| intake.read_failed(e))? {
            Next::Record if record.cells().all(|c| c.is_empty()) => {}
            Next::Record => {
                records += 1;
                let cell = |index: usize| Cell::read(&record.cell(index), decimal);
                match (cell(first), cell(second)) {
                    (Cell::Number(n), Cell::Number(x))
                        if n.is_finite() && x.is_finite() && n > 0.0 && x > 0.0 =>
                    {
                        pairs.rows.push((n, x));
                    }
                    (a, b) => {
                        let index = if usable(a) { second } else { first };
                        let example =
                            intake.example(record.line, &name(index), &record.cell(index));
                        let (kind, message) = left_out(if usable(a) { b } else { a });
                        pairs.warnings.add_at(kind, message, example);
                    }
                }
            }
            Next::GivenUp { line, too_long } => pairs.warnings.add_at(
                WarningKind::RejectedRow,
                given_up_reason(too_long),
                Example {
                    file: Some(intake.file_name()),
                    line: Some(line),
                    ..Example::default()
                },
            ),
            Next::End => break,
        }
        if pairs.rows.len() > MOST_ROWS {
            return Err(intake.unusable(
                format!("more than {MOST_ROWS} rows are no scalability test; average them by level of concurrency first"),
                None,
            ));
        }
    }
    if pairs.rows.is_empty() {
        let example = pairs.warnings.iter().flat_map(|w| &w.examples).next();
        let line = example.and_then(|e| e.line);
        return Err(intake.unusable(
            format!(
                "none of its {records} rows has a number above zero in both \"{}\" and \"{}\"",
                pairs.x_name, pairs.y_name
            ),
            line,
        ));
    }
    Ok(pairs)
}

fn usable(cell: Cell) -> bool {
    matches!(cell, Cell::Number(v) if v.is_finite() && v > 0.0)
}

fn left_out(cell: Cell) -> (WarningKind, &'static str) {
    match cell {
        Cell::Number(v) if v.is_finite() => (
            WarningKind::RejectedRow,
            "rows with a concurrency or a throughput that is not above zero are left out",
        ),
        _ => (
            WarningKind::NotANumber,
            "rows without a number for concurrency or throughput are left out",
        ),
    }
}
