//! Siege's log: one line a run, appended to the same file each time.
//!
//! Its columns: `src/log.c` of JoeDog/siege.

use super::console::{finish, read_text};
use super::fields::TextClock;
use super::siege_text::{Figures, say_how_it_counts};
use crate::calendar::{Instant, TimeRange};
use crate::dataset::{SummaryLine, Tool, ToolSummary};
use crate::import::format::{Family, Format, Seen, Stream};
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::{WarningKind, Warnings};

/// Siege's log.
pub static FORMAT: Format = Format {
    id: "siege-log",
    title: "Siege log (one line a run)",
    family: Family::LoadTest,
    recognised_by: "the header Date & Time, Trans, Elap Time, Data Trans, Resp Time, Trans Rate",
    traps: &[
        "Each line is a run of its own, written at its end: runs are kept apart, never added up.",
        "The date is local time without a zone: give it with --source-tz.",
        "Data Trans is cut to whole MB and Throughput is computed from that: bytes are not read from here.",
        "Trans are transactions that succeeded; failed ones are added to them here.",
        "A line **** text **** (siege -m) names the run below it.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

const COLUMNS: usize = 10;

fn recognise(head: &Head<'_>) -> Seen {
    let header = head.lines().iter().take(20).any(|line| {
        let names: Vec<&str> = line.split(',').map(str::trim).collect();
        names.starts_with(&["Date & Time", "Trans", "Elap Time", "Data Trans"])
    });
    header.into()
}

struct Run {
    line: SummaryLine,
    secs: f64,
    concurrency: Option<f64>,
    ended: Instant,
}

fn read(stream: Stream, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let text = read_text(stream, intake)?;
    let mut warnings = Warnings::default();
    let mut clock = TextClock::default();
    let mut runs: Vec<Run> = Vec::new();
    let mut failed = 0.0;
    let mut mark: Option<&str> = None;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let ended = line.ends_with('\n');
        let line = line.trim();
        let number = index as u64 + 1;
        if !ended {
            warnings.add_at(
                WarningKind::TruncatedLastRow,
                "the last line has no line end: the file may be cut off there",
                intake.example(number, "", line),
            );
        }
        if let Some(name) = line.strip_prefix("****") {
            let name = name.trim_end_matches('*').trim();
            if name.starts_with("siege aborted") {
                warnings.add_at(
                    WarningKind::Note,
                    "Siege gave a run up because too many connections failed",
                    intake.example(number, "", line),
                );
            } else {
                mark = Some(name);
            }
            continue;
        }
        if line.is_empty() || line.starts_with("Date & Time") {
            continue;
        }
        match run(line, mark.take(), &mut clock, intake) {
            Some((run, bad)) => {
                failed += bad;
                runs.push(run);
            }
            None if ended => warnings.add_at(
                WarningKind::RejectedRow,
                "lines that are no run are left out",
                intake.example(number, "", line),
            ),
            None => {}
        }
    }
    let zone = intake.assumed_zone(runs.len() as u64, &mut warnings);
    say_how_it_counts(failed, &mut warnings);
    let span = runs
        .iter()
        .map(|run| TimeRange {
            start: Instant(run.ended.0 - (run.secs * 1e6) as i64),
            end: run.ended,
        })
        .reduce(TimeRange::union);
    let (total, duration_secs, concurrency_max) = match runs.as_slice() {
        [run] => (
            SummaryLine {
                label: "Total".to_owned(),
                ..run.line.clone()
            },
            Some(run.secs),
            run.concurrency,
        ),
        _ => (SummaryLine::default(), None, None),
    };
    let summary = ToolSummary {
        tool: Tool::Siege,
        percentile_rule: "not given by Siege".to_owned(),
        total,
        labels: runs.into_iter().map(|run| run.line).collect(),
        duration_secs,
        concurrency_max,
        closed_loop: true,
        ..ToolSummary::default()
    };
    if span.is_none() {
        return Err(intake.unusable("there is no run in it; run Siege with -l", None));
    }
    let mut imported = finish(intake, summary, span, warnings)?;
    imported.source.info.zone = zone;
    Ok(imported)
}

/// One run, and how many of its transactions failed.
fn run(
    line: &str,
    mark: Option<&str>,
    clock: &mut TextClock,
    intake: &Intake<'_>,
) -> Option<(Run, f64)> {
    let cells: Vec<&str> = line.split(',').map(str::trim).collect();
    if cells.len() != COLUMNS {
        return None;
    }
    let (ended, _) = clock.read(cells.first()?, &intake.options.source_zone)?;
    // Without a transaction Siege writes nan or -nan where it divides by them.
    let value = |index: usize| {
        let value: f64 = cells.get(index)?.parse().ok()?;
        (value.is_finite() && value >= 0.0).then_some(value)
    };
    let figures = Figures {
        transactions: Some(value(1)?),
        failed: Some(value(9)?),
        elapsed_secs: Some(value(2)?),
        response_secs: value(4),
        rate: value(5),
        concurrency: value(7),
        ..Figures::default()
    };
    let label = mark.filter(|m| !m.is_empty()).or(cells.first().copied())?;
    let run = Run {
        line: figures.line(label),
        secs: value(2)?.min(1e9),
        concurrency: figures.concurrency,
        ended: Instant(ended),
    };
    Some((run, value(9)?))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::calendar::Zone;
    use crate::import::ImportOptions;
    use crate::progress::Progress;

    const HEADER: &str = "      Date & Time,  Trans,  Elap Time,  Data Trans,  Resp Time,  Trans Rate,  Throughput,  Concurrent,    OKAY,   Failed\n";
    const FIRST: &str = "2026-11-21 07:46:02,    114,       0.50,           0,       0.02,      180.95,        0.00,        3.35,     114,       6\n";
    const SECOND: &str = "2026-11-21 07:46:04,    374,       1.76,           0,       0.02,      212.50,        0.00,        3.93,     374,      20\n";

    fn import(text: &str) -> Result<Imported, String> {
        let options = ImportOptions {
            source_zone: Zone::named("Europe/Berlin").unwrap(),
            ..ImportOptions::default()
        };
        let progress = Progress::default();
        let intake = Intake::new(Path::new("x"), &options, &progress);
        let stream = Box::new(std::io::Cursor::new(text.as_bytes().to_vec()));
        read(stream, &intake).map_err(|e| e.to_string())
    }

    #[test]
    fn each_line_is_a_run() {
        let one = import(&format!("{HEADER}{FIRST}")).unwrap().source;
        let summary = one.summary.unwrap();
        assert_eq!(
            (summary.total.count, summary.total.errors),
            (Some(120), Some(6))
        );
        assert_eq!(summary.duration_secs, Some(0.5));
        assert_eq!(
            one.info.first.unwrap().to_string(),
            "2026-11-21T06:46:01.5Z"
        );
        assert!(one.info.zone.is_some());
        assert_eq!(one.info.warnings.count_of(WarningKind::ZoneAssumed), 1);
        let two = import(&format!("{HEADER}{FIRST}**** second run ****\n{SECOND}"))
            .unwrap()
            .source;
        let summary = two.summary.unwrap();
        assert_eq!(summary.total, SummaryLine::default());
        let names: Vec<&str> = summary.labels.iter().map(|l| l.label.as_str()).collect();
        assert_eq!(names, ["2026-11-21 07:46:02", "second run"]);
        assert_eq!(two.info.rows, 514);
    }

    #[test]
    fn odd_lines_are_left_out_with_a_word() {
        let text = format!(
            "{HEADER}{FIRST}noise\n{}{}",
            FIRST.replace("0.02", "-nan"),
            &SECOND[..60]
        );
        let source = import(&text).unwrap().source;
        assert_eq!(source.summary.unwrap().labels.len(), 2);
        assert_eq!(source.info.warnings.count_of(WarningKind::RejectedRow), 1);
        assert_eq!(
            source.info.warnings.count_of(WarningKind::TruncatedLastRow),
            1
        );
        assert!(import(HEADER).is_err());
        // A mark without its run; a run that was given up.
        for (end, kind) in [
            ("**** second", WarningKind::TruncatedLastRow),
            ("**** second run ****", WarningKind::TruncatedLastRow),
            (
                "**** siege aborted due to excessive socket failure. ****\n",
                WarningKind::Note,
            ),
        ] {
            let source = import(&format!(
                "{HEADER}{}{end}",
                FIRST.replace("       6", "       0")
            ))
            .unwrap()
            .source;
            assert_eq!(source.info.warnings.count_of(kind), 1, "{end}");
        }
    }
}
