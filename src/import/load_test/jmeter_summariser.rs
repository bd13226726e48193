//! JMeter's summariser lines, as in `jmeter.log` and on the console: `summary = 1000 in 00:00:31 = 32.7/s Avg: …`.
//!
//! Lines with `=` are totals since the start, lines with `+` are of the last interval (apache/jmeter, `Summariser`).

use std::io::Read;

use super::fields::digits;
use super::summarised::summarised;
use crate::calendar::{Instant, TimeRange, parse_time};
use crate::dataset::{SummaryLine, Tool, ToolSummary};
use crate::import::format::{Family, Format, Seen};
use crate::import::lines::Lines;
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::{WarningKind, Warnings};

/// JMeter's log with summariser lines.
pub static FORMAT: Format = Format {
    id: "jmeter-summariser",
    title: "JMeter log (summariser lines)",
    family: Family::LoadTest,
    recognised_by: "lines such as \"summary = 1000 in 00:00:31 = 32.7/s Avg: 276 Min: 50 Max: 500 Err: 0 (0.00%)\", or \
                    the first lines of a jmeter.log",
    traps: &[
        "The last line with = is the total; lines with + are of one interval and are not added up.",
        "Transaction controllers count as samples here, and not in JMeter's HTML report.",
        "Only count, mean, shortest, longest and errors are in it: no percentiles and no labels.",
        "Times of a log carry no zone: give it with --source-tz.",
        "A log to which several tests were appended gives the last one.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

fn recognise(head: &Head<'_>) -> Seen {
    let begins_as_a_log = |line: &str| {
        [
            "jmeter.JMeter: ",
            "o.a.j.JMeter: ",
            "jmeter.util.JMeterUtils: ",
            "o.a.j.u.JMeterUtils: ",
        ]
        .iter()
        .any(|source| line.contains(source))
    };
    let known = head.lines().iter().take(20).any(|l| begins_as_a_log(l))
        || head.text.lines().any(|l| matches!(parse(l), Some(Ok(_))));
    known.into()
}

/// Reads one file.
pub fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let mut lines = Lines::new(reader);
    let mut log = Log::default();
    while let Some(line) = lines.next_text().map_err(|e| intake.read_failed(e))? {
        log.line(line.text.trim_end(), line.number, line.ended, intake);
    }
    log.finish(intake)
}

/// One summariser line.
#[derive(Clone, Debug, PartialEq)]
struct Figures {
    name: String,
    total: bool,
    count: u64,
    secs: f64,
    rate: f64,
    mean_ms: f64,
    min_ms: f64,
    max_ms: f64,
    errors: u64,
    error_percent: f64,
    active: Option<u64>,
    /// The text before the summariser's name.
    prefix: String,
}

/// A line; `None` where it is none of the summariser, an error where it is one and cannot be read.
fn parse(line: &str) -> Option<Result<Figures, ()>> {
    let average = line.find("/s Avg:")?;
    let (before, after) = (line.get(..average)?, line.get(average + 2..)?);
    // "… name = 1000 in 00:00:31 = 32.7", from the back.
    let (head, rate) = before.rsplit_once('=')?;
    let (head, length) = head.rsplit_once(" in ")?;
    let (head, count) = head.trim_end().rsplit_once(char::is_whitespace)?;
    let head = head.trim_end();
    let total = head.ends_with('=');
    let name = head.strip_suffix(['=', '+'])?.trim_end();
    let (prefix, name) = match name.rsplit_once(": ") {
        Some((prefix, name)) => (prefix, name),
        None => ("", name),
    };
    let field = |key: &str| -> Option<&str> {
        let rest = after.get(after.find(key)? + key.len()..)?.trim_start();
        Some(rest.split_whitespace().next().unwrap_or_default())
    };
    let number = |text: &str| -> Option<f64> {
        text.replace(',', ".")
            .parse::<f64>()
            .ok()
            .filter(|v| v.is_finite() && *v >= 0.0)
    };
    let whole = |text: &str| digits(text.as_bytes()).map(|v| v as u64);
    let figures = || {
        let (_, percent) = after.split_once("Err:")?.1.split_once('(')?;
        let (percent, _) = percent.split_once("%)")?;
        Some(Figures {
            name: name.to_owned(),
            total,
            count: whole(count)?,
            secs: length_secs(length.trim())?,
            rate: number(rate.trim())?,
            mean_ms: number(field("Avg:")?)?,
            min_ms: number(field("Min:")?)?,
            max_ms: number(field("Max:")?)?,
            errors: whole(field("Err:")?)?,
            error_percent: number(percent.trim())?,
            active: field("Active:").and_then(whole),
            prefix: prefix.to_owned(),
        })
    };
    Some(figures().ok_or(()))
}

/// `217s`, `31.5s`, `00:00:31` or `1`.
fn length_secs(text: &str) -> Option<f64> {
    let parts: Vec<&str> = text.trim_end_matches('s').split(':').collect();
    if parts.len() > 3 {
        return None;
    }
    parts.iter().try_fold(0.0, |secs, part| {
        let value: f64 = part.replace(',', ".").parse().ok()?;
        (value.is_finite() && value >= 0.0).then_some(secs * 60.0 + value)
    })
}

/// What was read so far.
#[derive(Default)]
struct Log {
    /// The last total, and the text of its line.
    total: Option<Figures>,
    /// The last interval.
    interval: Option<Figures>,
    intervals: u64,
    intervals_after: u64,
    other_names: bool,
    restarts: u64,
    warnings: Warnings,
}

impl Log {
    fn line(&mut self, text: &str, number: u64, ended: bool, intake: &Intake<'_>) {
        match parse(text) {
            None if !ended && looks_begun(text) => self.cut(text, number, intake),
            None => {}
            Some(Err(())) if !ended => self.cut(text, number, intake),
            Some(Err(())) => self.warnings.add_at(
                WarningKind::RejectedRow,
                "summariser lines that cannot be read are left out",
                intake.example(number, "", text),
            ),
            Some(Ok(figures)) => self.take(figures),
        }
    }

    fn cut(&mut self, text: &str, number: u64, intake: &Intake<'_>) {
        self.warnings.add_at(
            WarningKind::TruncatedLastRow,
            "the last line is cut off and not read",
            intake.example(number, "", text),
        );
    }

    fn take(&mut self, figures: Figures) {
        if !figures.total {
            self.intervals += 1;
            let other = self.total.as_ref().is_some_and(|t| t.name != figures.name);
            self.intervals_after += u64::from(!other);
            self.interval = Some(figures);
            return;
        }
        if let Some(before) = &self.total {
            if before.name != figures.name {
                self.other_names |= before.count != figures.count;
            } else if figures.count < before.count {
                self.restarts += 1;
            }
        }
        self.intervals_after = 0;
        self.total = Some(figures);
    }

    fn finish(mut self, intake: &Intake<'_>) -> Result<Imported, ImportError> {
        let running = self.interval.as_ref().and_then(|i| i.active).unwrap_or(0) > 0;
        let warnings = &mut self.warnings;
        let figures = match (self.total, self.interval) {
            (Some(total), _) => {
                if running || self.intervals_after > 0 {
                    warnings.add(
                        WarningKind::TailMissing,
                        "the log ends before the test does: the last total is not the final one",
                    );
                }
                total
            }
            (None, Some(interval)) => {
                warnings.add_counted(
                    WarningKind::TailMissing,
                    "there is no total (a line with =); the figures are those of the last interval only",
                    self.intervals,
                    None,
                );
                interval
            }
            (None, None) => {
                return Err(intake.unusable(
                    "it is a log of JMeter without summariser lines; import the result file of the test",
                    None,
                ));
            }
        };
        if self.restarts > 0 {
            warnings.add_counted(
                WarningKind::Note,
                "totals begin anew in the middle: the log holds several tests, and the last one is taken",
                self.restarts,
                None,
            );
        }
        if self.other_names {
            warnings.add(
                WarningKind::Note,
                format!(
                    "several summarisers wrote other totals; the last one, \"{}\", is taken",
                    figures.name
                ),
            );
        }
        let percent = figures.errors as f64 / figures.count.max(1) as f64 * 100.0;
        if (percent - figures.error_percent).abs() > 0.01 {
            warnings.add(
                WarningKind::Note,
                format!(
                    "it says {} errors of {} samples and {} %, which do not agree; the counts are kept",
                    figures.errors, figures.count, figures.error_percent
                ),
            );
        }
        warnings.add(
            WarningKind::TransactionControllers,
            "the summariser counts transaction controllers as samples, JMeter's HTML report does not",
        );
        let span = span(&figures, intake, warnings);
        let zone = span.and_then(|(_, zoned)| intake.assumed_zone(u64::from(!zoned), warnings));
        let span = span.map(|(range, _)| range);
        if span.is_none() {
            warnings.add(
                WarningKind::Assumed,
                "the lines do not say when the test took place; it stands beside the others without a time",
            );
        }
        let summary = ToolSummary {
            tool: Tool::JMeter,
            percentile_rule: "not in this file".to_owned(),
            total: SummaryLine {
                label: "Total".to_owned(),
                count: Some(figures.count),
                errors: Some(figures.errors),
                mean_ms: Some(figures.mean_ms),
                min_ms: Some(figures.min_ms),
                max_ms: Some(figures.max_ms),
                throughput_per_sec: Some(figures.rate),
                ..SummaryLine::default()
            },
            duration_secs: Some(figures.secs).filter(|s| *s > 0.0),
            closed_loop: true,
            ..ToolSummary::default()
        };
        let mut imported = summarised(intake, summary, span, self.warnings)?;
        imported.source.info.zone = zone;
        Ok(imported)
    }
}

/// A line without its end that may have become one of the summariser.
fn looks_begun(text: &str) -> bool {
    text.contains("ummar")
}

/// From the start of the test to the time of the line, and whether that carries a zone.
fn span(
    figures: &Figures,
    intake: &Intake<'_>,
    warnings: &mut Warnings,
) -> Option<(TimeRange, bool)> {
    // "2017-08-18 17:24:12,905 INFO …" or "2014/05/22 14:53:54 INFO …".
    let words: Vec<&str> = figures.prefix.split_whitespace().take(2).collect();
    let [date, time] = words.as_slice() else {
        return None;
    };
    let text = format!("{date} {}", time.replace(',', "."));
    let Ok(end) = parse_time(&text, &intake.options.source_zone) else {
        warnings.add(
            WarningKind::NotRead,
            "the time of the last total cannot be read",
        );
        return None;
    };
    let length = (figures.secs.min(1e9) * 1e6) as i64;
    let start = end.at.0.checked_sub(length)?;
    let range = TimeRange {
        start: Instant(start),
        end: end.at,
    };
    Some((range, end.zoned))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::testing::read_as;

    const LOG: &str = "\
2017-08-18 17:23:41,977 INFO o.a.j.JMeter: Version 3.2 r1790748
2017-08-18 17:24:00,007 INFO o.a.j.r.Summariser: summary +    626 in 00:00:18 =   35.4/s Avg:   270 Min:    50 Max:   500 Err:     0 (0.00%) Active: 10 Started: 10 Finished: 0
2017-08-18 17:24:12,904 INFO o.a.j.r.Summariser: summary +    374 in 00:00:13 =   29.0/s Avg:   284 Min:    51 Max:   499 Err:     5 (1.34%) Active: 0 Started: 10 Finished: 10
2017-08-18 17:24:12,905 INFO o.a.j.r.Summariser: summary =   1000 in 00:00:31 =   32.7/s Avg:   276 Min:    50 Max:   500 Err:     5 (0.50%)
";

    fn import(text: &str) -> Result<Imported, ImportError> {
        read_as(&FORMAT, "x", text)
    }

    fn warned(imported: &Imported, kind: WarningKind) -> u64 {
        imported.source.info.warnings.count_of(kind)
    }

    #[test]
    fn the_last_total_is_taken() {
        let imported = import(LOG).unwrap();
        let summary = imported.source.summary.as_ref().unwrap();
        let total = &summary.total;
        assert_eq!((total.count, total.errors), (Some(1_000), Some(5)));
        assert_eq!(
            (total.mean_ms, total.min_ms, total.max_ms),
            (Some(276.0), Some(50.0), Some(500.0))
        );
        assert_eq!(total.throughput_per_sec, Some(32.7));
        assert_eq!(summary.duration_secs, Some(31.0));
        let info = &imported.source.info;
        assert_eq!(info.last.unwrap().to_string(), "2017-08-18T17:24:12.905Z");
        assert_eq!(info.first.unwrap().to_string(), "2017-08-18T17:23:41.905Z");
        assert_eq!(warned(&imported, WarningKind::ZoneAssumed), 1);
        assert_eq!(warned(&imported, WarningKind::TransactionControllers), 1);
        assert_eq!(warned(&imported, WarningKind::TailMissing), 0);
        let twice = import(&format!("{LOG}{}", LOG.replace("=   1000", "=    999"))).unwrap();
        assert_eq!(twice.source.info.rows, 999);
        assert_eq!(warned(&twice, WarningKind::Note), 1);
    }

    #[test]
    fn console_lines_have_no_time() {
        let imported = import(
            "Creating summariser <summary>\nsummary =     16 in      1s =   19,4/s Avg:    48 Min:     3 Max:   193 Err:     2 (12,50%)\n",
        )
        .unwrap();
        assert_eq!(imported.source.info.first, None);
        let total = &imported.source.summary.as_ref().unwrap().total;
        assert_eq!(
            (total.count, total.throughput_per_sec),
            (Some(16), Some(19.4))
        );
        assert_eq!(warned(&imported, WarningKind::Assumed), 1);
        assert_eq!(warned(&imported, WarningKind::Note), 0);
    }

    #[test]
    fn a_log_that_ends_early_says_so() {
        let ends: Vec<usize> = LOG.match_indices('\n').map(|(i, _)| i + 1).collect();
        let first = import(&LOG[..ends[1]]).unwrap();
        assert_eq!(first.source.info.rows, 626);
        assert_eq!(warned(&first, WarningKind::TailMissing), 1);
        let cut = import(&LOG[..LOG.len() - 12]).unwrap();
        assert_eq!(cut.source.info.rows, 374);
        assert_eq!(warned(&cut, WarningKind::TruncatedLastRow), 1);
        let nothing = import(&LOG[..ends[0]]).unwrap_err().to_string();
        assert!(nothing.contains("summariser lines"), "{nothing}");
    }

    #[test]
    fn odd_lines_are_named() {
        let odd = LOG.replace("Avg:   276", "Avg:   NaN");
        let imported = import(&format!("{LOG}{odd}")).unwrap();
        assert_eq!(warned(&imported, WarningKind::RejectedRow), 1);
        let percent = import(&LOG.replace("(0.50%)", "(4.56%)")).unwrap();
        assert_eq!(warned(&percent, WarningKind::Note), 1);
        let long = format!("{}\n{LOG}", "x".repeat(1 << 20));
        assert_eq!(import(&long).unwrap().source.info.rows, 1_000);
    }
}
