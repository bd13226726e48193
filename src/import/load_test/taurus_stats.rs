//! Taurus' final statistics, as CSV or XML: a summary with one line a label and one, without a label, for all.
//!
//! Names and units are those of bzt, `reporting.FinalStatus` and `aggregator.KPISet`.

use std::io::Read;

use super::summarised::summarised;
use crate::dataset::{SummaryLine, Tool, ToolSummary};
use crate::import::detect::cells;
use crate::import::format::{Family, Format, Seen};
use crate::import::whole::read_text;
use crate::import::xml::{Piece, Scanner};
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::{WarningKind, Warnings};

/// Taurus' final statistics.
pub static FORMAT: Format = Format {
    id: "taurus-final-stats",
    title: "Taurus final statistics (CSV or XML)",
    family: Family::LoadTest,
    recognised_by: "a header with label, avg_rt, succ, fail and throughput; or the XML element FinalStatus",
    traps: &[
        "Times are seconds.",
        "The column throughput is the number of samples, not a rate.",
        "The line with an empty label is the total.",
        "avg_rt counts only samples with a response code, but divides by all: it is 0 where there are no codes.",
        "Percentiles come from an HdrHistogram with three significant digits.",
        "The CSV does not say how long the test took; kpi.jtl among the artifacts holds the samples themselves.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

const COLUMNS: [&str; 5] = ["label", "avg_rt", "succ", "fail", "throughput"];

fn recognise(head: &Head<'_>) -> Seen {
    (head.is_xml("FinalStatus") || head.header_with(&COLUMNS) == Some(b',')).into()
}

/// Reads one file.
pub fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let mut warnings = Warnings::default();
    let text = read_text(reader, intake, &mut warnings)?;
    let mut stats = Stats::default();
    if text.trim_start().starts_with('<') {
        stats.read_xml(&text, intake)?;
    } else {
        stats.read_csv(&text, intake, &mut warnings);
    }
    stats.finish(intake, warnings)
}

/// The figures of one label.
#[derive(Default)]
struct Group {
    line: SummaryLine,
    succeeded: Option<u64>,
    codes: Vec<(String, u64)>,
    concurrency: Option<f64>,
    bytes: Option<f64>,
}

#[derive(Default)]
struct Stats {
    groups: Vec<Group>,
    duration_secs: Option<f64>,
    not_numbers: u64,
    /// The line at which the file is cut off.
    cut: Option<u64>,
    broken: u64,
}

impl Stats {
    fn read_csv(&mut self, text: &str, intake: &Intake<'_>, warnings: &mut Warnings) {
        let mut lines = (1..)
            .zip(text.lines())
            .filter(|(_, l)| !l.trim().is_empty());
        let Some((_, header)) = lines.next() else {
            return;
        };
        let header = cells(header, b',');
        let mut last = 1;
        for (number, line) in lines {
            last = number;
            let values = cells(line, b',');
            if values.len() != header.len() {
                warnings.add_at(
                    WarningKind::RejectedRow,
                    "rows that have not as many fields as the header are not read",
                    intake.example(number, "", line),
                );
                continue;
            }
            let mut group = Group::default();
            for (name, value) in header.iter().zip(&values) {
                let (key, parameter) = match name.split_once('_') {
                    Some((key @ ("perc" | "rc"), parameter)) => (key, Some(parameter)),
                    _ => (name.as_str(), None),
                };
                self.not_numbers += u64::from(!group.take(key, parameter, value));
            }
            self.groups.push(group);
        }
        if !text.ends_with('\n') {
            self.cut = Some(last);
        }
    }

    fn read_xml(&mut self, text: &str, intake: &Intake<'_>) -> Result<(), ImportError> {
        let mut scanner = Scanner::new(text.as_bytes());
        let mut group: Option<Group> = None;
        let mut complete = false;
        let failed = |e| intake.read_failed(e);
        while let Some(piece) = scanner.piece().map_err(failed)? {
            let mut duration = false;
            match piece {
                Piece::Open { tag, empty, .. } => match tag.name() {
                    "Group" => {
                        let mut begun = Group::default();
                        begun.line.label = tag.attribute("label").unwrap_or_default().into_owned();
                        // A group that is still open was cut off.
                        self.broken += u64::from(group.is_some());
                        group = Some(begun);
                    }
                    "TestDuration" => duration = !empty,
                    key => {
                        let value = tag.attribute("value");
                        if let (Some(group), Some(value)) = (&mut group, value) {
                            let parameter = tag.attribute("param");
                            let taken = group.take(key, parameter.as_deref(), &value);
                            self.not_numbers += u64::from(!taken);
                        }
                    }
                },
                Piece::Close { name: "Group", .. } => match group.take() {
                    Some(group) => self.groups.push(group),
                    None => self.broken += 1,
                },
                Piece::Close {
                    name: "FinalStatus",
                    ..
                } => complete = true,
                Piece::Close { .. } => {}
                Piece::Broken { .. } => self.broken += 1,
            }
            if duration {
                let text = scanner.text(100).map_err(failed)?;
                self.duration_secs = text.trim().parse().ok().filter(|s: &f64| s.is_finite());
            }
        }
        if !complete || group.is_some() {
            self.cut = Some(scanner.line());
        }
        Ok(())
    }

    fn finish(
        mut self,
        intake: &Intake<'_>,
        mut warnings: Warnings,
    ) -> Result<Imported, ImportError> {
        if self.groups.is_empty() {
            return Err(intake.unusable(
                "no label stands in it; the test wrote no samples, or the file is cut off",
                None,
            ));
        }
        let mut summary = ToolSummary {
            tool: Tool::Taurus,
            percentile_rule:
                "the value at that rank in an HdrHistogram with three significant digits".to_owned(),
            duration_secs: self.duration_secs.filter(|s| *s > 0.0),
            ..ToolSummary::default()
        };
        if let Some(line) = self.cut {
            warnings.add_at(
                WarningKind::TruncatedLastRow,
                "the file ends too early: its last line is cut off, and others may be missing",
                intake.example(line, "", ""),
            );
        }
        let mut add = |kind, count: u64, message: &str| {
            if count > 0 {
                warnings.add_counted(kind, message, count, None);
            }
        };
        let unmeasured = self
            .groups
            .iter_mut()
            .map(Group::judge_mean)
            .filter(|odd| *odd);
        add(
            WarningKind::NotRead,
            unmeasured.count() as u64,
            "the mean is 0 although the percentiles are not, since Taurus averages only samples with a response code; it \
             and the deviation are left out",
        );
        let partly = self.groups.iter().filter(|g| g.mean_of_part()).count() as u64;
        add(
            WarningKind::Approximate,
            partly,
            "the mean is too low: Taurus adds up only samples with a response code, but divides by all of them",
        );
        let uneven = self.groups.iter().filter(|g| g.uneven()).count() as u64;
        add(
            WarningKind::Note,
            uneven,
            "succ and fail together are not the number of samples; the number of samples is kept",
        );
        add(
            WarningKind::NotANumber,
            self.not_numbers,
            "figures that are not numbers are left out",
        );
        add(
            WarningKind::NotRead,
            self.broken,
            "parts of the file are damaged and not read",
        );
        let mut total = None;
        for mut group in std::mem::take(&mut self.groups) {
            group.rates(summary.duration_secs);
            if group.line.label.is_empty() && total.is_none() {
                "Total".clone_into(&mut group.line.label);
                total = Some(group);
            } else {
                summary.labels.push(group.line);
            }
        }
        match total {
            Some(group) => {
                summary.codes = group.codes;
                summary.codes.sort();
                summary.concurrency_max = group.concurrency;
                summary.total = group.line;
            }
            None => warnings.add(
                WarningKind::TailMissing,
                "the line of totals (an empty label) is missing; the file may be cut off",
            ),
        }
        warnings.add(
            WarningKind::Assumed,
            "the file does not say when the test took place; it stands beside the others without a time",
        );
        summarised(intake, summary, None, warnings)
    }
}

impl Group {
    /// Takes over one figure; false where it should be a number and is not.
    fn take(&mut self, key: &str, parameter: Option<&str>, value: &str) -> bool {
        if key == "label" {
            value.clone_into(&mut self.line.label);
            return true;
        }
        let number = value
            .trim()
            .parse::<f64>()
            .ok()
            .filter(|v| (0.0..9e15).contains(v));
        let whole = number.map(|v| v as u64);
        // Five decimals of a second; the product may be off in the last digit of a float.
        let ms = number.map(|v| (v * 1e9).round() / 1e6);
        let line = &mut self.line;
        match (key, parameter) {
            ("throughput", _) => line.count = whole,
            ("fail", _) => line.errors = whole,
            ("succ", _) => self.succeeded = whole,
            ("avg_rt", _) => line.mean_ms = ms,
            ("stdev_rt", _) => line.stddev_ms = ms,
            ("concurrency", _) => self.concurrency = number.filter(|n| *n > 0.0),
            ("bytes", _) => self.bytes = number,
            ("rc", Some(code)) => match whole {
                Some(0) => {}
                Some(count) => self.codes.push((code.to_owned(), count)),
                // A code that a label does not have.
                None => return value.trim().is_empty(),
            },
            ("perc", Some(percent)) => {
                let ppm = percent
                    .parse::<f64>()
                    .ok()
                    .filter(|p| (0.0..=100.0).contains(p))
                    .map(|p| (p * 10_000.0).round() as i64);
                let (Some(ppm), Some(ms)) = (ppm, ms) else {
                    return false;
                };
                match ppm {
                    0 => line.min_ms = Some(ms),
                    1_000_000 => line.max_ms = Some(ms),
                    _ if line.percentile_ms(ppm).is_some() => {}
                    _ => {
                        line.percentiles_ms.push((ppm, ms));
                        line.percentiles_ms.sort_by_key(|(p, _)| *p);
                    }
                }
            }
            _ => return true,
        }
        number.is_some()
    }

    /// Leaves a mean out that Taurus did not take; whether there was one.
    fn judge_mean(&mut self) -> bool {
        let line = &mut self.line;
        let slow = line.max_ms.is_some_and(|ms| ms > 0.0)
            || line.percentiles_ms.iter().any(|(_, ms)| *ms > 0.0);
        let unmeasured = line.mean_ms == Some(0.0) && slow && self.codes.is_empty();
        if unmeasured {
            line.mean_ms = None;
            line.stddev_ms = None;
        }
        unmeasured
    }

    /// Whether only some of the samples had a response code.
    fn mean_of_part(&self) -> bool {
        let coded = self.codes.iter().fold(0_u64, |n, c| n.saturating_add(c.1));
        self.line.mean_ms.is_some() && coded > 0 && self.line.count.is_some_and(|n| coded < n)
    }

    fn uneven(&self) -> bool {
        let parts = self.succeeded.zip(self.line.errors);
        parts.is_some_and(|(s, f)| self.line.count != s.checked_add(f))
    }

    fn rates(&mut self, duration_secs: Option<f64>) {
        if let Some(secs) = duration_secs {
            self.line.throughput_per_sec = self.line.count.map(|n| n as f64 / secs);
            self.line.received_bytes_per_sec = self.bytes.map(|b| b / secs);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::testing::read_as;

    fn import(text: &str) -> Result<Imported, ImportError> {
        read_as(&FORMAT, "x", text)
    }

    const CSV: &str = "label,avg_rt,concurrency,fail,stdev_rt,succ,throughput,perc_0.0,perc_50.0,perc_99.9,perc_100.0,rc_200,rc_503\r\n\
                       Home,0.10616,6,2,0.07917,78,80,0.02500,0.07900,0.42600,0.42600,78,2\r\n\
                       \"a, b\",0.10616,6,0,0.07917,10,10,0.02500,0.07900,0.42600,0.42600,10,\r\n\
                       ,0.09056,6,2,0.06369,88,90,0.02200,0.08600,0.42600,0.42600,88,2\r\n";

    #[test]
    fn seconds_counts_and_the_total() {
        let imported = import(CSV).unwrap();
        let summary = imported.source.summary.as_ref().unwrap();
        assert_eq!(imported.source.info.rows, 90);
        let total = &summary.total;
        assert_eq!((total.count, total.errors), (Some(90), Some(2)));
        assert_eq!((total.mean_ms, total.stddev_ms), (Some(90.56), Some(63.69)));
        assert_eq!((total.min_ms, total.max_ms), (Some(22.0), Some(426.0)));
        assert_eq!(total.percentiles_ms, [(500_000, 86.0), (999_000, 426.0)]);
        assert_eq!(total.throughput_per_sec, None);
        assert_eq!(summary.labels[1].label, "a, b");
        assert_eq!(
            summary.codes,
            [("200".to_owned(), 88), ("503".to_owned(), 2)]
        );
        assert_eq!(summary.concurrency_max, Some(6.0));
        let warnings = &imported.source.info.warnings;
        assert_eq!(warnings.count_of(WarningKind::SummaryOnly), 1);
        assert_eq!(warnings.len(), 2);
    }

    #[test]
    fn means_without_codes_are_left_out() {
        let text = "label,avg_rt,fail,stdev_rt,succ,throughput,perc_50.0,rc_200\n\
                    a,0.00000,0,0.04912,9,9,0.03100,\n\
                    b,0.01000,0,0.04912,9,9,0.03100,3\n\
                    ,x,0,inf,18,19,0.03100,3\n";
        let imported = import(text).unwrap();
        let summary = imported.source.summary.as_ref().unwrap();
        assert_eq!(summary.labels[0].mean_ms, None);
        assert_eq!(summary.labels[1].mean_ms, Some(10.0));
        let warned = |kind| imported.source.info.warnings.count_of(kind);
        assert_eq!(warned(WarningKind::NotRead), 1);
        assert_eq!(warned(WarningKind::Approximate), 1);
        assert_eq!(warned(WarningKind::NotANumber), 2);
        assert_eq!(warned(WarningKind::Note), 1);
    }

    #[test]
    fn xml_gives_rates_too() {
        let text = "<?xml version='1.0'?><FinalStatus><TestDuration>4.0</TestDuration>\
                    <Group label=\"\"><throughput value=\"8\"><name>throughput</name></throughput><succ value=\"7\"/>\
                    <fail value=\"1\"/><avg_rt value=\"0.46\"/><bytes value=\"400\"/><perc value=\"0.2\" param=\"50.0\"/>\
                    <rc value=\"8\" param=\"200\"/></Group><Group label=\"u\"><throughput value=\"8\"/></Group></FinalStatus>";
        let imported = import(text).unwrap();
        let summary = imported.source.summary.unwrap();
        assert_eq!(summary.duration_secs, Some(4.0));
        assert_eq!(summary.total.throughput_per_sec, Some(2.0));
        assert_eq!(summary.total.received_bytes_per_sec, Some(100.0));
        assert_eq!(summary.labels.len(), 1);
        let cut = import(&text[..text.len() - 40]).unwrap();
        let warnings = cut.source.info.warnings;
        assert_eq!(warnings.count_of(WarningKind::TruncatedLastRow), 1);
        let nothing = import("<FinalStatus/>").unwrap_err().to_string();
        assert!(nothing.contains("no label"), "{nothing}");
    }

    #[test]
    fn a_file_that_is_cut_says_so() {
        let last = CSV.trim_end().rfind('\n').unwrap() + 1;
        let imported = import(&CSV[..last]).unwrap();
        let warned = |imported: &Imported, kind| imported.source.info.warnings.count_of(kind);
        assert_eq!(warned(&imported, WarningKind::TailMissing), 1);
        assert_eq!(imported.source.info.rows, 90);
        let imported = import(&CSV[..last + 9]).unwrap();
        assert_eq!(warned(&imported, WarningKind::TruncatedLastRow), 1);
        assert_eq!(warned(&imported, WarningKind::RejectedRow), 1);
    }
}
