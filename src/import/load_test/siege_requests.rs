//! Siege's single requests: what `siege -v` prints with `csv = true` in siege.conf.
//!
//! The columns: `__display_result` in `src/browser.c` of JoeDog/siege.

use super::builder::{Request, RunBuilder, RunTraits};
use super::console::without_colours;
use super::fields::TextClock;
use super::seconds_csv::seconds_ns;
use crate::dataset::Tool;
use crate::import::format::{Family, Format, Seen, Stream};
use crate::import::lines::Lines;
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::WarningKind;

/// Siege's requests.
pub static FORMAT: Format = Format {
    id: "siege-requests",
    title: "Siege requests (siege -v with csv = true)",
    family: Family::LoadTest,
    recognised_by: "rows without a header such as HTTP/1.1,200,  0.36,   3372,/,0,2015-12-20 21:30:13, with or without \
                    the user's number in front and the codes that colour a terminal",
    traps: &[
        "The time is local, of whole seconds, and of when the response was there; it is taken as the start.",
        "It carries no zone: give it with --source-tz.",
        "Durations are seconds with two decimals: known to 10 ms.",
        "Requests that got no response are not listed; Siege's statistics count them as failed.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

fn recognise(head: &Head<'_>) -> Seen {
    let lines = head.lines();
    let row = |line: &&str| Row::of(&without_colours(line)).is_some();
    // The banner of Siege may stand above them.
    lines.iter().take(6).any(row).into()
}

/// One line, taken apart.
struct Row<'a> {
    code: u16,
    duration_ns: i64,
    received: i64,
    url: &'a str,
    time: &'a str,
}

impl<'a> Row<'a> {
    fn of(line: &'a str) -> Option<Self> {
        let start = line.find("HTTP/")?;
        // In front there may be a date, a mark and the number of the user.
        let (before, row) = line.split_at_checked(start)?;
        if !before.is_empty() && !before.trim_end().ends_with(',') {
            return None;
        }
        // The address may hold commas; the fields around it do not.
        let mut front = row.splitn(5, ',').skip(1).map(str::trim);
        let (code, secs, bytes) = (front.next()?, front.next()?, front.next()?);
        let mut back = front.next()?.rsplitn(3, ',').map(str::trim);
        let (time, id, url) = (back.next()?, back.next()?, back.next()?);
        id.parse::<i64>().ok()?;
        if time.len() != 19 {
            return None;
        }
        Some(Self {
            code: code.parse().ok().filter(|c| (100..1000).contains(c))?,
            duration_ns: seconds_ns(secs.as_bytes())?,
            received: bytes.parse().ok().filter(|n| *n >= 0)?,
            url,
            time,
        })
    }
}

fn read(stream: Stream, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let mut builder = RunBuilder::new(
        intake,
        RunTraits {
            tool: Tool::Siege,
            tick_ns: 10_000_000,
            closed_loop: true,
            counts_only: false,
        },
    );
    let mut lines = Lines::new(stream);
    let mut clock = TextClock::default();
    let mut others = 0;
    while let Some(found) = lines.next_text().map_err(|e| intake.read_failed(e))? {
        let (number, ended) = (found.number, found.ended);
        let text = without_colours(&found.text);
        let line = text.trim();
        if found.too_long {
            builder.reject(number, "", "longer than 1 MiB", line);
            continue;
        }
        if !ended {
            builder.warnings.add_at(
                WarningKind::TruncatedLastRow,
                "the last line has no line end: the file may be cut off there",
                intake.example(number, "", line),
            );
        }
        let counted = match Row::of(line) {
            Some(row) => add(&row, &mut clock, &mut builder, intake),
            None if line.contains("HTTP/") && ended => Err("not a request as Siege writes it"),
            None => {
                others += u64::from(ended && !line.is_empty());
                Ok(())
            }
        };
        if let Err(reason) = counted {
            builder.reject(number, "", reason, line);
        }
        if number.is_multiple_of(8_192) {
            intake.progress.check()?;
        }
    }
    if others > 0 {
        builder.warnings.add_counted(
            WarningKind::NotRead,
            "lines that are no requests (Siege's banner and statistics) are not read",
            others,
            None,
        );
    }
    builder.warnings.add(
        WarningKind::Approximate,
        "durations are known to 10 ms, times to a second; requests without a response are not listed",
    );
    let zone = intake.assumed_zone(builder.rows(), &mut builder.warnings);
    let mut imported =
        builder.finish("there is no request in it; run Siege with -v and csv = true")?;
    imported.source.info.zone = zone;
    Ok(imported)
}

fn add(
    row: &Row<'_>,
    clock: &mut TextClock,
    builder: &mut RunBuilder<'_>,
    intake: &Intake<'_>,
) -> Result<(), &'static str> {
    let (start_micros, _) = clock
        .read(row.time, &intake.options.source_zone)
        .ok_or("the last field is no time")?;
    let code = row.code.to_string();
    builder.add(&Request {
        start_micros,
        duration_ns: row.duration_ns,
        label: row.url.as_bytes(),
        failed: row.code >= 400,
        code: code.as_bytes(),
        received: row.received,
        ..Request::default()
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::import::testing::read_as;

    fn import(text: &str) -> Result<Imported, String> {
        read_as(&FORMAT, "x", text).map_err(|e| e.to_string())
    }

    #[test]
    fn rows_are_read_in_all_their_forms() {
        let text = "** SIEGE 4.0.7\n\
            \u{1b}[0;31mHTTP/1.1,500,  0.01,      5,/flaky,0,2026-11-21 07:46:58\u{1b}[0m\n\
            \u{1b}[0;34m   4,HTTP/1.1,200,  0.36,   3372,/a,b,0,2026-11-21 07:46:59\u{1b}[0m\n\
            [Sat, 2026-11-21 07:46:59]    0,HTTP/1.1,200,  0.03,    231,/flaky,0,2026-11-21 07:46:59\n\
            HTTP/1.1,200,  x,    231,/flaky,0,2026-11-21 07:46:59\n";
        assert_eq!(
            recognise(&Head::new(text.as_bytes(), true, Path::new("x"))),
            Seen::Yes
        );
        let imported = import(text).unwrap();
        let info = &imported.source.info;
        assert_eq!((info.rows, info.rejected), (3, 1));
        assert_eq!(info.first.unwrap().to_string(), "2026-11-21T07:46:58Z");
        assert_eq!(info.warnings.count_of(WarningKind::ZoneAssumed), 3);
        assert_eq!(info.warnings.count_of(WarningKind::NotRead), 1);
        let run = imported.source.run.unwrap();
        let names: Vec<&str> = run.labels.iter().map(|l| l.name.as_str()).collect();
        assert_eq!(names, ["/flaky", "/a,b"]);
        assert_eq!(run.tool_figures[0].percentiles_ms[0], (500_000, 30.0));
    }

    #[test]
    fn a_cut_last_line_is_left_out_with_a_word() {
        let row = "HTTP/1.1,200,  0.03,    231,/flaky,0,2026-11-21 07:46:59\n";
        for (cut, rows) in [(row.len() - 1, 2), (row.len() - 2, 1), (20, 1)] {
            let info = import(&format!("{row}{}", &row[..cut]))
                .unwrap()
                .source
                .info;
            assert_eq!(info.rows, rows);
            assert_eq!(info.warnings.count_of(WarningKind::TruncatedLastRow), 1);
        }
        assert!(import("x\n").is_err());
    }
}
