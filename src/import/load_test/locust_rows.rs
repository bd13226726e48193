//! Rows of Locust's CSV files: columns found by name in all versions, figures of a row, and rows that are cut off.

use std::collections::BTreeMap;
use std::io::{Chain, Cursor, Read};

use crate::dataset::SummaryLine;
use crate::import::detect::{DELIMITERS, cells};
use crate::import::intake::peek;
use crate::import::rejects::Reject;
use crate::import::table::records::{Next, Record, Records};
use crate::import::{ImportError, Intake, Rejects};
use crate::warning::{WarningKind, Warnings};

/// Request names that are kept apart.
pub(super) const MAX_LABELS: usize = 10_000;

/// Where the columns are.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns {
    names: Vec<String>,
    /// (column, quantile in parts per million), rising.
    pub(super) percentiles: Vec<(usize, i64)>,
}

impl Columns {
    pub(super) fn of<'a>(header: impl Iterator<Item = &'a str>) -> Self {
        let names: Vec<String> = header.map(|c| c.trim().to_lowercase()).collect();
        let mut percentiles: Vec<(usize, i64)> = names
            .iter()
            .enumerate()
            .filter_map(|(i, name)| Some((i, percentile(name)?)))
            .collect();
        percentiles.sort_by_key(|(_, ppm)| *ppm);
        percentiles.dedup_by_key(|(_, ppm)| *ppm);
        Self { names, percentiles }
    }

    /// The column with one of these names.
    pub(super) fn find(&self, names: &[&str]) -> Option<usize> {
        names
            .iter()
            .find_map(|name| self.names.iter().position(|n| n == name))
    }

    fn text(&self, record: &Record, names: &[&str]) -> Option<String> {
        Some(record.cell(self.find(names)?).into_owned())
    }

    pub(super) fn number(&self, record: &Record, names: &[&str]) -> Option<f64> {
        figure(&self.text(record, names)?)
    }

    pub(super) fn name(&self, record: &Record) -> String {
        self.text(record, &["name"]).unwrap_or_default()
    }

    pub(super) fn method(&self, record: &Record) -> String {
        self.text(record, &["type", "method"]).unwrap_or_default()
    }

    /// The row of all requests together.
    pub(super) fn is_total(&self, record: &Record) -> bool {
        let name = self.name(record);
        let method = self.method(record);
        name == "Aggregated" || (name == "Total" && matches!(method.as_str(), "" | "None"))
    }

    /// The figures of a row. In a history they are those since the start, which carry "Total" in their names.
    pub(super) fn line(&self, record: &Record) -> SummaryLine {
        let number = |names: &[&str]| self.number(record, names);
        let count = whole(number(&[
            "request count",
            "# requests",
            "total request count",
        ]));
        let ran = count != Some(0);
        let time = |names: &[&str]| number(names).filter(|_| ran);
        let throughput = number(&["requests/s"]);
        let size = number(&["average content size", "total average content size"]);
        let mut percentiles_ms: Vec<(i64, f64)> = self
            .percentiles
            .iter()
            // 100 % is the rounded maximum, which stands exactly beside it.
            .filter(|(_, ppm)| *ppm < 1_000_000)
            .filter_map(|(i, ppm)| Some((*ppm, figure(&record.cell(*i))?)))
            .filter(|_| ran)
            .collect();
        let median = time(&["median response time", "total median response time"]);
        if self.percentiles.iter().all(|(_, ppm)| *ppm != 500_000)
            && let Some(median) = median
        {
            let at = percentiles_ms.partition_point(|(ppm, _)| *ppm < 500_000);
            percentiles_ms.insert(at, (500_000, median));
        }
        SummaryLine {
            label: self.name(record),
            count,
            errors: whole(number(&[
                "failure count",
                "# failures",
                "total failure count",
            ])),
            mean_ms: time(&["average response time", "total average response time"]),
            min_ms: time(&["min response time", "total min response time"]),
            max_ms: time(&["max response time", "total max response time"]),
            percentiles_ms,
            throughput_per_sec: throughput,
            received_bytes_per_sec: throughput.zip(size).map(|(rate, size)| rate * size),
            ..SummaryLine::default()
        }
    }
}

/// `99.9%` in parts per million.
fn percentile(name: &str) -> Option<i64> {
    let digits = name.strip_suffix('%')?;
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return None;
    }
    let percent: f64 = digits.parse().ok()?;
    (percent > 0.0 && percent <= 100.0).then(|| (percent * 10_000.0).round() as i64)
}

/// A number that is not negative; `N/A` and blanks are none.
pub(super) fn figure(cell: &str) -> Option<f64> {
    let value: f64 = cell.trim().parse().ok()?;
    (value.is_finite() && value >= 0.0).then_some(value)
}

pub(super) fn whole(value: Option<f64>) -> Option<u64> {
    value.filter(|v| *v < 9e15).map(|v| v as u64)
}

/// A CSV file of Locust's while it is being read.
pub(super) struct Rows<'a, R> {
    intake: &'a Intake<'a>,
    records: Records<Chain<Cursor<Vec<u8>>, R>>,
    delimiter: u8,
    cells: usize,
    pub(super) columns: Columns,
    pub(super) read: u64,
    pub(super) rejects: Rejects,
    pub(super) warnings: Warnings,
}

impl<'a, R: Read> Rows<'a, R> {
    /// Reads the header.
    pub(super) fn open(reader: R, intake: &'a Intake<'a>) -> Result<Self, ImportError> {
        let (mut head, rest) = peek(reader).map_err(|e| intake.read_failed(e))?;
        let (_, reader) = rest.into_inner();
        if head.starts_with(b"\xef\xbb\xbf") {
            head.drain(..3);
        }
        let text = String::from_utf8_lossy(&head);
        let first = text
            .lines()
            .find(|l| !l.trim().is_empty())
            .unwrap_or_default();
        let delimiter = DELIMITERS
            .into_iter()
            .max_by_key(|d| cells(first, *d).len())
            .unwrap_or(b',');
        let mut rows = Self {
            intake,
            records: Records::new(Cursor::new(head).chain(reader), delimiter, 1),
            delimiter,
            cells: 0,
            columns: Columns::default(),
            read: 0,
            rejects: Rejects::default(),
            warnings: Warnings::default(),
        };
        let mut header = Record::default();
        rows.advance(&mut header)?;
        rows.cells = header.len();
        let names: Vec<String> = header.cells().map(std::borrow::Cow::into_owned).collect();
        rows.columns = Columns::of(names.iter().map(String::as_str));
        Ok(rows)
    }

    fn advance(&mut self, record: &mut Record) -> Result<Next, ImportError> {
        self.records
            .next(record)
            .map_err(|e| self.intake.read_failed(e))
    }

    /// The next whole row; `false` at the end. Rows that are cut off or too short are left out, with a warning.
    pub(super) fn next(&mut self, record: &mut Record) -> Result<bool, ImportError> {
        loop {
            match self.advance(record)? {
                Next::End => return Ok(false),
                Next::Record => {}
                Next::GivenUp { line, too_long } => {
                    let reason = if too_long {
                        "longer than 1 MiB"
                    } else {
                        "a quote is opened and never closed"
                    };
                    self.reject(line, reason, String::new());
                    continue;
                }
            }
            // Locust ends every row with a line end.
            if record.unterminated {
                self.warnings.add_at(
                    WarningKind::TruncatedLastRow,
                    "the last row has no line end, so it may be cut off; it is not counted",
                    self.intake
                        .example(record.line, "", &record.shown(self.delimiter)),
                );
                continue;
            }
            if record.len() < self.cells {
                let shown = record.shown(self.delimiter);
                self.reject(record.line, "fewer cells than the header", shown);
                continue;
            }
            self.read += 1;
            if self.read.is_multiple_of(4_096) {
                self.intake.progress.check()?;
            }
            return Ok(true);
        }
    }

    pub(super) fn reject(&mut self, line: u64, reason: &str, text: String) {
        self.warnings.add_at(
            WarningKind::RejectedRow,
            "rows that cannot be read are not counted",
            self.intake.example(line, "", &text),
        );
        self.rejects.add(Reject {
            line,
            reason: reason.to_owned(),
            text,
            ..Reject::default()
        });
    }

    pub(super) fn reject_record(&mut self, record: &Record, reason: &str) {
        let shown = record.shown(self.delimiter);
        self.read -= 1;
        self.reject(record.line, reason, shown);
    }
}

/// Names that occur with several methods get them in front.
pub(super) fn distinct(mut lines: Vec<(String, SummaryLine)>) -> Vec<SummaryLine> {
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for (_, line) in &lines {
        *times.entry(line.label.clone()).or_default() += 1;
    }
    for (method, line) in &mut lines {
        if times.get(&line.label).is_some_and(|n| *n > 1) && !method.is_empty() {
            line.label = format!("{method} {}", line.label);
        }
    }
    lines.into_iter().map(|(_, line)| line).collect()
}

/// How Locust takes percentiles.
pub(super) const PERCENTILE_RULE: &str = "taken over all requests, failed ones included, after rounding each duration to \
    two significant digits: the value after floor(p·n) others";

/// Locust's users wait for each response.
pub(super) fn closed_loop(warnings: &mut Warnings) {
    warnings.add(
        WarningKind::CoordinatedOmission,
        "Locust waits for each response; while the system is slow, requests that users would have sent are missing",
    );
}

/// Percentiles of rounded durations.
pub(super) fn rounded(warnings: &mut Warnings) {
    warnings.add(
        WarningKind::Approximate,
        "Locust rounds durations to two significant digits before it takes percentiles: 210 ms means 205 to 215 ms",
    );
}

/// What Locust writes while it runs lacks the end.
pub(super) fn tail_missing(warnings: &mut Warnings) {
    warnings.add(
        WarningKind::TailMissing,
        "Locust writes this file while the test runs and may leave out its last seconds: counts may be a few percent \
         low (locust --json has all)",
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentile_columns_are_found_by_their_form() {
        let columns = Columns::of(["Type", "Name", "99.9%", "50%", "100%", "x%", "%"].into_iter());
        assert_eq!(
            columns.percentiles,
            [(3, 500_000), (2, 999_000), (4, 1_000_000)]
        );
        assert_eq!(figure("N/A"), None);
        assert_eq!(figure("-1"), None);
    }

    #[test]
    fn the_same_name_with_two_methods_stays_apart() {
        let line = |label: &str| SummaryLine {
            label: label.to_owned(),
            ..SummaryLine::default()
        };
        let lines = distinct(vec![
            ("GET".to_owned(), line("/a")),
            ("POST".to_owned(), line("/a")),
            ("GET".to_owned(), line("/b")),
        ]);
        let labels: Vec<_> = lines.iter().map(|l| l.label.as_str()).collect();
        assert_eq!(labels, ["GET /a", "POST /a", "/b"]);
    }
}
