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
const CONCURRENCY: [&str; 20] = [
    "concurrency",
    "users",
    "threads",
    "vus",
    "clients",
    "connections",
    "workers",
    "nodes",
    "instances",
    "replicas",
    "pods",
    "servers",
    "hosts",
    "machines",
    "processors",
    "cpus",
    "load",
    "n",
    "p",
    "x",
];
/// So many of them, the first ones, make a table one of this kind without being asked.
const TELLING: usize = 14;
/// Of these the first ones count the load; the rest count what capacity is added by.
const LOADS: usize = 7;
/// Parts of a header that speak of time: a table with one of them is a series of measurements.
const TIMES: [&str; 6] = ["time", "date", "day", "month", "hour", "minute"];
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

/// Whether a column counts what capacity is added by, such as nodes, and not the load it was under.
pub fn counts_nodes(name: &str) -> bool {
    let nodes = CONCURRENCY.get(LOADS..TELLING).unwrap_or_default();
    nodes.iter().any(|n| name.trim().eq_ignore_ascii_case(n))
}

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
    /// The latency and the failures of each row, where a percentile was asked for.
    pub judged: Vec<JudgedRow>,
    /// The table has a column of failures.
    pub tells_failures: bool,
}

/// What a row says beside its pair.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct JudgedRow {
    /// The percentile that was asked for, in milliseconds.
    pub latency_ms: Option<f64>,
    /// Share of the requests that failed, 0..=1.
    pub error_rate: Option<f64>,
}

/// A column with the factor that its name gives its unit.
type Scaled = (usize, f64);

/// The letters and digits of a header cell, in lower case.
fn squeezed(header: &str) -> String {
    let kept = header.chars().filter(|c| c.is_alphanumeric() || *c == '%');
    kept.flat_map(char::to_lowercase).collect()
}

/// The column of a percentile such as `p95`, by names such as `p95_ms`, `latency_p95` and `P95 (s)`; milliseconds where
/// the name says no unit.
fn latency_column(header: &[String], percentile: &str) -> Option<Scaled> {
    let wanted = squeezed(percentile);
    header.iter().enumerate().find_map(|(index, cell)| {
        let name = squeezed(cell);
        let (before, after) = name.split_once(&wanted)?;
        if after.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let unit = |text: &str| match text {
            "s" | "sec" | "secs" | "seconds" => Some(1e3),
            "us" | "µs" | "micros" | "microseconds" => Some(1e-3),
            "" | "ms" | "millis" | "milliseconds" => Some(1.0),
            _ => None,
        };
        let plain = |text: &str| {
            let kept = ["latency", "responsetime", "duration", "time", "response"];
            let found = kept.iter().find_map(|word| text.strip_prefix(word));
            found.unwrap_or(text).to_owned()
        };
        let factor = unit(&plain(after))?;
        (plain(before).is_empty()).then_some((index, factor))
    })
}

/// The column of failures: a share, or percent where its name says so.
fn errors_column(header: &[String]) -> Option<Scaled> {
    header
        .iter()
        .enumerate()
        .find_map(|(index, cell)| match squeezed(cell).as_str() {
            "errorrate" | "errors" | "failurerate" | "errorshare" => Some((index, 1.0)),
            "errorpercent" | "errorspercent" | "error%" | "errors%" | "errorratepercent"
            | "errorrate%" | "failurepercent" => Some((index, 0.01)),
            _ => None,
        })
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
    let Some(header) = header_of(path) else {
        return false;
    };
    header.len() <= 8
        && column(
            &header,
            None,
            CONCURRENCY.get(..TELLING).unwrap_or_default(),
        )
        .is_some()
        && column(&header, None, THROUGHPUT.get(..5).unwrap_or_default()).is_some()
        && !header.iter().any(|h| {
            let name = h.to_lowercase();
            let of_latency = name.contains("response") || name.contains("latency");
            !of_latency && TIMES.iter().any(|word| name.contains(word))
        })
}

/// Whether a file is a table whose header has these columns; of one that is not named, one of the usual words.
pub fn has_columns(path: &Path, x: Option<&str>, y: Option<&str>) -> bool {
    header_of(path).is_some_and(|header| {
        column(&header, x, &CONCURRENCY).is_some() && column(&header, y, &THROUGHPUT).is_some()
    })
}

/// The columns of a table that has none of a percentile such as `p95`; `None` where it has one, and for a file that cannot
/// be read as a table.
pub fn without_percentile(path: &Path, percentile: &str) -> Option<String> {
    let header = header_of(path)?;
    latency_column(&header, percentile)
        .is_none()
        .then(|| header.join(", "))
}

fn header_of(path: &Path) -> Option<Vec<String>> {
    let opened = open::open(path).ok()?;
    let sheet = Sheet::of_head(&opened.head).ok()?;
    let first = sheet.sample().next()?;
    Some(first.cells().map(std::borrow::Cow::into_owned).collect())
}

/// Reads the two columns of a table. Without names the header is searched for the usual ones.
///
/// With a percentile such as `p95` its column is read too, and that of failures, where there are such columns.
pub fn read(
    path: &Path,
    x: Option<&str>,
    y: Option<&str>,
    percentile: Option<&str>,
) -> Result<Pairs, ImportError> {
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
    let latency = percentile.and_then(|wanted| latency_column(&header, wanted));
    let errors = latency.and_then(|_| errors_column(&header));
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
        tells_failures: errors.is_some(),
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
                        let beside = |column: Option<Scaled>| match column {
                            Some((index, factor)) => match cell(index) {
                                Cell::Number(v) if v.is_finite() && v >= 0.0 => Some(v * factor),
                                _ => None,
                            },
                            None => None,
                        };
                        if latency.is_some() {
                            pairs.judged.push(JudgedRow {
                                latency_ms: beside(latency),
                                error_rate: beside(errors),
                            });
                        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn header(names: &str) -> Vec<String> {
        names.split(',').map(str::to_owned).collect()
    }

    #[test]
    fn what_counts_load_is_told_from_what_counts_nodes() {
        for (name, nodes) in [
            (" Nodes ", true),
            ("machines", true),
            ("workers", false),
            ("x", false),
        ] {
            assert_eq!(counts_nodes(name), nodes, "{name}");
        }
    }

    #[test]
    fn a_percentile_is_found_with_its_unit() {
        for (names, found) in [
            ("users,rps,p95_ms", Some((2, 1.0))),
            ("P95 (s),users,rps", Some((0, 1e3))),
            ("users,rps,latency_p95_us", Some((2, 1e-3))),
            ("users,rps,p95", Some((2, 1.0))),
            ("users,rps,p95_response_time_ms", Some((2, 1.0))),
            ("users,rps,p99_ms", None),
            ("users,rps,p950", None),
            ("users,rps,cpu_p95_percent", None),
        ] {
            assert_eq!(latency_column(&header(names), "p95"), found, "{names}");
        }
        assert_eq!(
            latency_column(&header("n,x,p99.9_ms"), "p99.9"),
            Some((2, 1.0))
        );
        assert_eq!(errors_column(&header("n,x,error_rate")), Some((2, 1.0)));
        assert_eq!(errors_column(&header("n,x,errors %")), Some((2, 0.01)));
        assert_eq!(errors_column(&header("n,x,p95")), None);
    }
}
