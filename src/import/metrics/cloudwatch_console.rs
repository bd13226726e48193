//! CSV as the CloudWatch console downloads it from a graph: lines that say what each column is (full label, id, label,
//! period, statistic), then one row a period.
//!
//! After the console's "Download as .csv"; there is no published description of the form.

use std::collections::BTreeMap;
use std::io::Read;

use super::reading::Reading;
use crate::dataset::SeriesKind;
use crate::import::format::{Family, Format, Seen};
use crate::import::table::cells::{Cell, Decimal};
use crate::import::table::records::{Next, Record, given_up_reason};
use crate::import::table::sheet::Sheet;
use crate::import::table::times::TimeForm;
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::WarningKind;

/// CSV out of the CloudWatch console.
pub static FORMAT: Format = Format {
    id: "cloudwatch-console-csv",
    title: "CloudWatch console (CSV)",
    family: Family::Metrics,
    recognised_by: "lines such as Full label, Id, Label, Period and Statistic above the rows of a table",
    traps: &[
        "Times are in the zone that the console showed, which the file does not say: --source-tz.",
        "The period says how much each value covers; older data come in longer periods.",
        "A Sum or a SampleCount is an amount in each period, not a rate; units are not in the file unless a line says so.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

const KEYS: [&str; 13] = [
    "full label",
    "id",
    "label",
    "period",
    "statistic",
    "stat",
    "unit",
    "region",
    "account",
    "accountid",
    "namespace",
    "metric name",
    "expression",
];

fn recognise(head: &Head<'_>) -> Seen {
    let Ok(sheet) = Sheet::of_head(head.text.as_bytes()) else {
        return Seen::No;
    };
    let mut keys = Vec::new();
    for record in sheet.sample() {
        let first = record.cell(0).to_ascii_lowercase();
        if KEYS.contains(&first.as_str()) {
            keys.push(first);
        } else if time_form(&record.cell(0)).is_some() {
            let has = |key: &str| keys.iter().any(|k| k == key);
            return (has("full label") || (has("label") && (has("period") || has("id")))).into();
        } else if !first.is_empty() && !is_time_word(&first) {
            return Seen::No;
        }
    }
    Seen::No
}

fn is_time_word(text: &str) -> bool {
    matches!(text, "time" | "timestamp" | "date" | "datetime")
}

fn time_form(text: &str) -> Option<TimeForm> {
    TimeForm::of_column(std::iter::once(text)).map(|found| found.form)
}

/// What the lines above the table say, one value a column.
#[derive(Debug, Default)]
struct Above {
    lines: BTreeMap<String, Vec<String>>,
    header: Vec<String>,
}

impl Above {
    fn get(&self, key: &str, column: usize) -> &str {
        self.lines
            .get(key)
            .and_then(|cells| cells.get(column))
            .map_or("", String::as_str)
    }

    /// Makes the series of one column, counted from 1.
    fn series(&self, reading: &mut Reading<'_>, column: usize) -> usize {
        let statistic = [self.get("statistic", column), self.get("stat", column)]
            .into_iter()
            .find(|s| !s.is_empty())
            .unwrap_or_default();
        let header = self.header.get(column).map_or("", String::as_str);
        let name = [
            self.get("full label", column),
            self.get("label", column),
            header,
            self.get("metric name", column),
            self.get("id", column),
        ]
        .into_iter()
        .find(|name| !name.is_empty())
        .map_or_else(|| format!("column {column}"), str::to_owned);
        let mut labels = BTreeMap::new();
        for (label, value) in [
            ("statistic", statistic),
            ("region", self.get("region", column)),
            ("namespace", self.get("namespace", column)),
        ] {
            if !value.is_empty() {
                labels.insert(label.to_owned(), value.to_owned());
            }
        }
        // Columns that nothing else tells apart.
        let taken = (1..column).any(|before| {
            self.get("full label", before) == self.get("full label", column)
                && self.get("label", before) == self.get("label", column)
                && self.get("statistic", before) == self.get("statistic", column)
                && self.get("stat", before) == self.get("stat", column)
        });
        if taken {
            let id = self.get("id", column);
            let id = if id.is_empty() {
                column.to_string()
            } else {
                id.to_owned()
            };
            labels.insert("id".to_owned(), id);
        }
        let series = reading.gathered.series(&name, &labels);
        let unit = self.get("unit", column).to_ascii_lowercase();
        reading.gathered.describe(series, |known| {
            known.counter = false;
            match unit.as_str() {
                "" | "none" => {}
                "percent" => known.unit = "%".to_owned(),
                "count" => known.unit = String::new(),
                "seconds" => known.unit = "s".to_owned(),
                "milliseconds" => known.unit = "ms".to_owned(),
                "microseconds" => known.unit = "µs".to_owned(),
                "count/second" => known.unit = "/s".to_owned(),
                other => known.unit = other.replace("/second", "/s"),
            }
            if matches!(statistic, "Sum" | "SampleCount" | "Sample count") {
                known.kind = SeriesKind::Count;
                known.unit = known.unit.trim_end_matches("/s").to_owned();
            } else if known.unit.ends_with("/s") {
                known.kind = SeriesKind::Rate;
            }
        });
        series
    }
}

/// Reads one file from a stream.
pub fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let mut sheet = Sheet::of_file(reader, intake)?;
    let delimiter = sheet.delimiter;
    let cells: Vec<String> = sheet
        .sample()
        .map(|r| r.cell(0).into_owned())
        .filter(|c| c.starts_with(|c: char| c.is_ascii_digit()))
        .collect();
    let Some(found) = TimeForm::of_column(cells.iter().map(String::as_str)) else {
        return Err(intake.unusable(
            "no row below the lines about the metrics starts with a time; download it again",
            None,
        ));
    };
    let mut reading = Reading::new(intake);
    if found.ambiguous {
        let order = if found.form == TimeForm::DayFirst {
            "day/month/year"
        } else {
            "month/day/year"
        };
        reading
            .warnings
            .add(WarningKind::Assumed, format!("dates were read as {order}"));
    }
    let mut above = Above::default();
    let mut series: Vec<Option<usize>> = Vec::new();
    let mut record = Record::default();
    loop {
        match sheet.next(&mut record).map_err(|e| intake.read_failed(e))? {
            Next::Record => {}
            Next::GivenUp { line, too_long } => {
                reading.reject(line, "", given_up_reason(too_long), "");
                continue;
            }
            Next::End => break,
        }
        if record.unterminated && reading.rows > 0 && record.len() < series.len() {
            reading.cut_off(record.line, &record.shown(delimiter));
            continue;
        }
        let first = record.cell(0);
        let time = found.form.read(&first, &intake.options.source_zone);
        let Some((at, zoned)) = time else {
            let cells: Vec<String> = record.cells().map(std::borrow::Cow::into_owned).collect();
            if reading.rows > 0 {
                reading.reject(record.line, "", "not a time", &record.shown(delimiter));
            } else if KEYS.contains(&first.to_ascii_lowercase().as_str()) {
                above.lines.insert(first.to_ascii_lowercase(), cells);
            } else {
                above.header = cells;
            }
            continue;
        };
        if series.is_empty() {
            let widest = above.lines.values().map(Vec::len).max().unwrap_or_default();
            let width = widest.max(record.len()).min(10_000);
            series = vec![None; width];
        }
        if record.len() > series.len() {
            reading.reject(
                record.line,
                "",
                "more cells than the table has columns",
                &record.shown(delimiter),
            );
            continue;
        }
        for column in 1..record.len() {
            match Cell::read(&record.cell(column), Decimal::Point) {
                Cell::Empty => {}
                Cell::Number(value) => {
                    let slot = series.get(column).copied().flatten();
                    let key = slot.unwrap_or_else(|| above.series(&mut reading, column));
                    if let Some(slot) = series.get_mut(column) {
                        *slot = Some(key);
                    }
                    reading.gathered.add(key, at, value);
                }
                Cell::Text => {
                    let example = intake.example(record.line, "", &record.cell(column));
                    reading.warnings.add_at(
                        WarningKind::NotANumber,
                        "cells that are not numbers were left out",
                        example,
                    );
                }
            }
        }
        reading.row(zoned)?;
    }
    reading.finish()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::import::ImportOptions;
    use crate::progress::Progress;

    fn seen(text: &str) -> Seen {
        recognise(&Head::new(text.as_bytes(), true, Path::new("x.csv")))
    }

    const TEXT: &str = "Full label,CPUUtilization,RequestCount\nId,m1,m2\nLabel,CPUUtilization,RequestCount\n\
        Period,300,300\nStatistic,Average,Sum\nUnit,Percent,Count\n\n\
        2026/06/14 10:00:00,12.5,1234\n2026/06/14 10:05:00,,1300\n2026/06/14 10:10:00,x,5\n";

    #[test]
    fn the_lines_above_say_what_the_columns_are() {
        assert_eq!(seen(TEXT), Seen::Yes);
        let (options, progress) = (ImportOptions::default(), Progress::default());
        let intake = Intake::new(Path::new("metrics.csv"), &options, &progress);
        let imported = read(TEXT.as_bytes(), &intake).unwrap();
        let info = &imported.source.info;
        assert_eq!((info.rows, info.rejected), (3, 0));
        assert_eq!(info.warnings.count_of(WarningKind::ZoneAssumed), 3);
        assert_eq!(info.warnings.count_of(WarningKind::NotANumber), 1);
        let table = imported.source.metrics.unwrap();
        let (cpu, requests) = (table.series(0).unwrap(), table.series(1).unwrap());
        assert_eq!(cpu.info.display_name(), "CPUUtilization{statistic=Average}");
        assert_eq!((cpu.info.unit.as_str(), cpu.values), ("%", vec![12.5]));
        assert_eq!(requests.info.kind, SeriesKind::Count);
        assert_eq!(requests.values, [1_234.0, 1_300.0, 5.0]);
        let cut = &TEXT[..TEXT.len() - 6];
        let imported = read(cut.as_bytes(), &intake).unwrap();
        assert_eq!(imported.source.info.rows, 2);
        assert_eq!(
            imported
                .source
                .info
                .warnings
                .count_of(WarningKind::TruncatedLastRow),
            1
        );
    }

    #[test]
    fn other_tables_are_left() {
        for text in [
            "Label,Value\na,1\n",
            "time,value\n2026-06-14,1\n2026-06-15,2\n",
            "Id,Name\n1,x\n2,y\n",
        ] {
            assert_eq!(seen(text), Seen::No, "{text}");
        }
    }
}
