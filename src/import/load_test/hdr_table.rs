//! HdrHistogram percentile tables: `.hgrm` text and its CSV variant, as wrk2, jHiccup and many scripts print them.
//!
//! Each row says how many values are at most as large as its value, so the difference of two rows is the number of
//! values between theirs: other percentiles can be bracketed. Layout: HdrHistogram, `outputPercentileDistribution`.

use std::io::Read;

use super::summarised::summarised;
use crate::dataset::{SummaryLine, Tool, ToolSummary, ValueCount};
use crate::import::format::{Family, Format, Seen};
use crate::import::whole::read_whole;
use crate::import::{Head, ImportError, Imported, Intake};
use crate::units;
use crate::warning::{WarningKind, Warnings};

/// HdrHistogram's percentile table.
pub static FORMAT: Format = Format {
    id: "hdr-percentiles",
    title: "HdrHistogram percentile table (.hgrm, text or CSV)",
    family: Family::LoadTest,
    recognised_by: "the columns Value, Percentile, TotalCount and 1/(1-Percentile)",
    traps: &[
        "The unit is not in the file: milliseconds, unless the file name ends in another one (latency-us.hgrm).",
        "A percentile that is not a row lies between two rows: its bounds are given.",
        "Some writers scale the values and the mean, but not the standard deviation; one larger than the maximum is left \
         out.",
        "The text ends with a footer (mean, maximum, total count); without it the end of the table is missing.",
        "Whether values were corrected for coordinated omission is not in the file.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

fn recognise(head: &Head<'_>) -> Seen {
    head.lines().iter().take(50).any(|l| is_header(l)).into()
}

fn is_header(line: &str) -> bool {
    let words: Vec<&str> = cells(line);
    matches!(
        words.as_slice(),
        ["Value", "Percentile", "TotalCount", "1/(1-Percentile)"]
    )
}

fn cells(line: &str) -> Vec<&str> {
    line.split([',', ' ', '\t'])
        .map(|w| w.trim_matches('"'))
        .filter(|w| !w.is_empty())
        .collect()
}

/// Nanoseconds of a unit, from the last word of the file name that is one.
fn unit_of(name: &str) -> Option<(f64, &'static str)> {
    name.split(|c: char| !c.is_ascii_alphanumeric())
        .rev()
        .find_map(|word| {
            Some(match word.to_ascii_lowercase().as_str() {
                "ns" | "nanos" | "nanoseconds" => (1.0, "nanoseconds"),
                "us" | "micros" | "microseconds" => (1e3, "microseconds"),
                "ms" | "millis" | "milliseconds" => (1e6, "milliseconds"),
                "s" | "sec" | "secs" | "seconds" => (1e9, "seconds"),
                _ => return None,
            })
        })
}

/// A row of the table.
struct Row {
    value: f64,
    percentile: f64,
    count: u64,
}

impl Row {
    fn of(cells: &[&str]) -> Option<Self> {
        // The last row of the text has no 1/(1-Percentile).
        let [value, percentile, count] = cells.get(..3)? else {
            return None;
        };
        let row = Self {
            value: value.parse().ok()?,
            percentile: percentile.parse().ok()?,
            count: count.parse().ok()?,
        };
        let sound = row.value.is_finite()
            && row.value >= 0.0
            && (0.0..=1.0).contains(&row.percentile)
            && (3..=4).contains(&cells.len());
        sound.then_some(row)
    }
}

/// Reads one table.
fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let bytes = read_whole(reader, intake)?;
    let text = String::from_utf8_lossy(&bytes);
    let mut table = Table::default();
    let mut in_table = false;
    let mut is_csv = false;
    for (number, line) in (1..).zip(text.lines()) {
        if is_header(line) {
            if in_table {
                table.warnings.add_at(
                    WarningKind::NotRead,
                    "the file holds several tables; only the first is read",
                    intake.example(number, "", line),
                );
                break;
            }
            in_table = true;
            is_csv = line.contains(',');
        } else if let Some(footer) = line.trim().strip_prefix("#[") {
            table.footer(footer);
        } else if in_table && !line.trim().is_empty() {
            table.row(number, line, intake);
        }
    }
    table.finish(intake, is_csv)
}

#[derive(Default)]
struct Table {
    rows: Vec<Row>,
    mean: Option<f64>,
    stddev: Option<f64>,
    max: Option<f64>,
    total: Option<u64>,
    /// The footer is there to its last line.
    whole: bool,
    rejected: u64,
    warnings: Warnings,
}

impl Table {
    fn row(&mut self, number: u64, line: &str, intake: &Intake<'_>) {
        let row = Row::of(&cells(line)).filter(|row| {
            self.rows.last().is_none_or(|last| {
                row.value >= last.value
                    && row.percentile >= last.percentile
                    && row.count >= last.count
            })
        });
        if let Some(row) = row {
            self.rows.push(row);
        } else {
            // Text after the table (wrk2 prints its report there) is none of its rows.
            if self.whole {
                return;
            }
            self.rejected += 1;
            self.warnings.add_at(
                WarningKind::RejectedRow,
                "rows that are no numbers or do not rise are not read",
                intake.example(number, "", line),
            );
        }
    }

    /// `Mean    =  46.539, StdDeviation   =  51926.582]`
    fn footer(&mut self, text: &str) {
        let Some(text) = text.trim().strip_suffix(']') else {
            return;
        };
        for part in text.split(',') {
            let Some((name, value)) = part.split_once('=') else {
                continue;
            };
            let value: Option<f64> = value.trim().parse().ok().filter(|v: &f64| v.is_finite());
            match name.trim() {
                "Mean" => self.mean = value,
                "StdDeviation" => self.stddev = value,
                "Max" => self.max = value,
                "Total count" | "TotalCount" => {
                    self.total = value.filter(|v| (0.0..9e15).contains(v)).map(|v| v as u64);
                }
                "Buckets" => self.whole = true,
                _ => {}
            }
        }
    }

    fn finish(mut self, intake: &Intake<'_>, is_csv: bool) -> Result<Imported, ImportError> {
        let Some(last) = self.rows.last() else {
            return Err(intake.unusable(
                "the percentile table has no rows; export the histogram again",
                None,
            ));
        };
        let (counted, reached, largest) = (last.count, last.percentile, last.value);
        let (unit_ns, unit) = unit_of(&intake.file_name()).unwrap_or((1e6, "milliseconds"));
        self.warnings.add(
            WarningKind::Assumed,
            format!("the file does not say the unit of its values: {unit} were taken"),
        );
        let short = reached < 1.0 || self.total.is_some_and(|t| t > counted);
        if short || (!is_csv && !self.whole) {
            let all = self
                .total
                .map_or_else(String::new, |t| format!(" of {}", units::count(t)));
            self.warnings.add(
                if short {
                    WarningKind::TailMissing
                } else {
                    WarningKind::TruncatedLastRow
                },
                format!(
                    "the end of the table is missing: it holds {}{all} values, up to the percentile {}",
                    units::count(counted),
                    reached * 100.0
                ),
            );
        }
        let to_ms = unit_ns / 1e6;
        let max_ms = self
            .max
            .or((reached >= 1.0).then_some(largest))
            .map(|v| v * to_ms);
        let stddev_ms = self.stddev.map(|v| v * to_ms);
        let odd = matches!((stddev_ms, max_ms), (Some(stddev), Some(max)) if stddev > max);
        if odd {
            self.warnings.add(
                WarningKind::Note,
                "the standard deviation is larger than the maximum: it was not scaled like the values and is left out",
            );
        }
        let line = SummaryLine {
            label: "Total".to_owned(),
            count: Some(self.total.unwrap_or(counted)),
            mean_ms: self.mean.map(|v| v * to_ms),
            min_ms: self
                .rows
                .first()
                .filter(|r| r.percentile <= 0.0)
                .map(|r| r.value * to_ms),
            max_ms,
            stddev_ms: stddev_ms.filter(|_| !odd),
            percentiles_ms: percentiles(&self.rows, to_ms),
            values: intervals(&self.rows, unit_ns),
            ..SummaryLine::default()
        };
        let summary = ToolSummary {
            tool: Tool::HdrHistogram,
            percentile_rule:
                "the highest value of the bucket that the rank falls into (nearest rank)".to_owned(),
            total: line,
            ..ToolSummary::default()
        };
        let mut imported = summarised(intake, summary, None, self.warnings)?;
        imported.source.info.rejected = self.rejected;
        Ok(imported)
    }
}

/// The rows whose percentile is one that people ask for: whole percents and 99.9, 99.99 and so on.
fn percentiles(rows: &[Row], to_ms: f64) -> Vec<(i64, f64)> {
    let mut list: Vec<(i64, f64)> = Vec::new();
    for row in rows {
        let ppm = (row.percentile * 1e6).round();
        let exact = (row.percentile * 1e6 - ppm).abs() < 1e-6;
        let ppm = ppm as i64;
        let usual = ppm % 10_000 == 0 || [999_000, 999_900, 999_990, 999_999].contains(&ppm);
        if exact && usual && (1..1_000_000).contains(&ppm) && list.last().is_none_or(|l| l.0 < ppm)
        {
            list.push((ppm, row.value * to_ms));
        }
    }
    list
}

/// How many values lie between those of two rows.
fn intervals(rows: &[Row], unit_ns: f64) -> Vec<ValueCount> {
    let ns = |value: f64| (value * unit_ns).round() as i64;
    let mut list = Vec::new();
    let (mut low_ns, mut before) = (rows.first().map_or(0, |r| ns(r.value)), 0);
    for row in rows {
        let high_ns = ns(row.value);
        let count = row.count - before;
        if count > 0 {
            list.push(ValueCount {
                low_ns: low_ns.min(high_ns),
                high_ns,
                count,
            });
            low_ns = high_ns.saturating_add(1);
            before = row.count;
        }
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::testing;

    fn read_as(name: &str, text: &str) -> Result<Imported, ImportError> {
        testing::read_as(&FORMAT, name, text)
    }

    const TABLE: &str = "       Value     Percentile TotalCount 1/(1-Percentile)\n\n\
        \x20      1.000 0.000000000000          1           1.00\n\
        \x20      2.000 0.500000000000          5           2.00\n\
        \x20      4.500 0.990000000000         10         100.00\n\
        \x20      4.500 1.000000000000         10\n\
        #[Mean    =        2.500, StdDeviation   =     9000.000]\n\
        #[Max     =        4.500, Total count    =           10]\n\
        #[Buckets =           22, SubBuckets     =         2048]\n";

    #[test]
    fn rows_become_counts_between_their_values() {
        let imported = read_as("x.hgrm", TABLE).unwrap();
        let line = imported.source.summary.unwrap().total;
        assert_eq!(
            (line.count, line.mean_ms, line.max_ms),
            (Some(10), Some(2.5), Some(4.5))
        );
        assert_eq!(line.percentiles_ms, [(500_000, 2.0), (990_000, 4.5)]);
        let values: Vec<_> = line
            .values
            .iter()
            .map(|v| (v.low_ns, v.high_ns, v.count))
            .collect();
        assert_eq!(
            values,
            [
                (1_000_000, 1_000_000, 1),
                (1_000_001, 2_000_000, 4),
                (2_000_001, 4_500_000, 5)
            ]
        );
        assert_eq!(line.stddev_ms, None, "9,000 is not scaled like the rest");
        assert_eq!(imported.source.info.rows, 10);
    }

    #[test]
    fn the_unit_may_stand_in_the_name() {
        let imported = read_as("latency-us.hgrm", TABLE).unwrap();
        let max_ms = imported.source.summary.unwrap().total.max_ms.unwrap();
        assert!((max_ms - 0.0045).abs() < 1e-12);
        assert_eq!(
            unit_of("latency_us_scaled_ms.hgrm").unwrap().1,
            "milliseconds"
        );
        assert_eq!(unit_of("results.hgrm"), None);
    }

    #[test]
    fn a_cut_table_says_so() {
        for end in [TABLE.len() - 60, TABLE.len() - 200, TABLE.len() - 250] {
            let imported = read_as("x", &TABLE[..end]).unwrap();
            let warnings = imported.source.info.warnings;
            assert!(
                warnings.count_of(WarningKind::TailMissing)
                    + warnings.count_of(WarningKind::TruncatedLastRow)
                    > 0,
                "{end}"
            );
        }
        assert!(read_as("x", &TABLE[..60]).is_err());
    }

    #[test]
    fn the_csv_variant_has_no_footer() {
        let csv = "\"Value\",\"Percentile\",\"TotalCount\",\"1/(1-Percentile)\"\n\
            1.000,0.000000000000,1,1.00\n2.000,0.500000000000,5,2.00\n9.000,1.000000000000,10,Infinity\n";
        let imported = read_as("x.csv", csv).unwrap();
        let summary = imported.source.summary.unwrap();
        assert_eq!(summary.total.max_ms, Some(9.0));
        let warnings = imported.source.info.warnings;
        assert_eq!(warnings.count_of(WarningKind::TruncatedLastRow), 0);
    }
}
