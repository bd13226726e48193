//! Access logs as text: the common and the combined format of Apache and nginx, with a virtual host before and with
//! the time of each request behind them.

use std::io::Read;

use super::clock::Clock;
use super::layout::{Duration, Layout, Unit, nanos, number};
use super::requests::{Logged, Requests};
use super::text_line::{Fields, TextLine, is_one};
use crate::calendar::Zone;
use crate::import::format::{Family, Format, Seen};
use crate::import::intake::peek;
use crate::import::lines::Lines;
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::{WarningKind, Warnings};

/// Apache's and nginx' access logs.
pub static FORMAT: Format = Format {
    id: "access-log",
    title: "Access log (Apache, nginx)",
    family: Family::AccessLog,
    recognised_by: "lines of the form host ident user [17/May/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 200 123, with or \
                    without a virtual host before and referer, browser and the time of the request behind",
    traps: &[
        "Without the time of each request (nginx $request_time, Apache %D) there are requests and errors, but no latency.",
        "Which field is the time is found from the first lines: seconds with three decimals (nginx), whole microseconds \
         or seconds (Apache), a unit of its own (12ms), or a name such as rt=; the warnings say which.",
        "nginx writes the time at which a request ended, Apache the one at which it began: both are kept by their start.",
        "Time stamps are whole seconds.",
        "Failed are answers from 500 on; 4xx are answers to what clients did, and are kept by their code.",
        "Labels are method and path without the query; numbers, UUIDs and long hexadecimal parts become {id}.",
        "A request that is still running, or that the server never saw, is not in the log.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

fn recognise(head: &Head<'_>) -> Seen {
    let lines = head.lines();
    let looked_at = lines.iter().take(20);
    let good = looked_at.clone().filter(|line| is_one(line)).count();
    (good > 0 && good * 5 >= looked_at.count() * 3).into()
}

/// Reads one log.
pub fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let (head, reader) = peek(reader).map_err(|e| intake.read_failed(e))?;
    let layout = Layout::of(sample(&head));
    let tick_ns = layout.duration.map(|duration| match duration.unit {
        Unit::Micros => 1_000,
        Unit::Millis | Unit::Secs => 1_000_000,
    });
    let mut requests = Requests::new(intake, tick_ns);
    say_layout(layout, &mut requests.builder.warnings);
    let zone = &intake.options.source_zone;
    let mut clock = Clock::default();
    let mut lines = Lines::new(reader);
    while let Some(line) = lines.next_line().map_err(|e| intake.read_failed(e))? {
        if line.too_long {
            requests.reject(line.number, line.ended, "longer than 1 MiB", line.bytes);
            continue;
        }
        let text = line.bytes;
        if text.trim_ascii().is_empty() {
            continue;
        }
        let counted = take(text, layout, &mut clock, zone, line.ended, &mut requests);
        match counted {
            Err(reason) => requests.reject(line.number, line.ended, reason, text),
            Ok(()) if !line.ended && !text.ends_with(b"\"") => {
                requests.may_be_cut(line.number, text);
            }
            Ok(()) => {}
        }
    }
    requests.finish()
}

/// The first lines, without one that the head cuts off.
fn sample(head: &[u8]) -> impl Iterator<Item = &[u8]> {
    let end = memchr::memrchr(b'\n', head).unwrap_or(head.len());
    head.get(..end)
        .unwrap_or_default()
        .split(|b| *b == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

fn take(
    text: &[u8],
    layout: Layout,
    clock: &mut Clock,
    zone: &Zone,
    ended: bool,
    requests: &mut Requests<'_>,
) -> Result<(), &'static str> {
    let line = TextLine::of(text)?;
    let (stamp_micros, zoned) = clock
        .read(line.time, zone)
        .ok_or("the time in brackets is not one")?;
    let mut fields = Fields::of(line.tail);
    let mut duration_ns = None;
    let mut count = 0;
    for field in fields.by_ref() {
        if let Some(duration) = layout.duration.filter(|d| d.field == count) {
            duration_ns = duration_of(field.value, duration);
        }
        count += 1;
    }
    if layout.duration.is_some() && duration_ns.is_none() {
        return Err("there is no time that the request took");
    }
    let missing = fields.open || count < layout.fields;
    if missing && !ended {
        return Err("fields are missing at its end");
    }
    requests.shortened += u64::from(missing);
    requests.add_line(
        line.request,
        &Logged {
            stamp_micros,
            zoned,
            stamp_is_end: layout.duration.is_some_and(|d| d.stamp_is_end),
            duration_ns,
            status: line.status,
            code: line.code,
            bytes: line.bytes,
        },
    )
}

/// nginx writes three decimals: fewer are a number that was cut off.
fn duration_of(value: &[u8], duration: Duration) -> Option<i64> {
    if duration.stamp_is_end && number(value)?.1 < 3 {
        return None;
    }
    nanos(value, duration.unit)
}

fn say_layout(layout: Layout, warnings: &mut Warnings) {
    let Some(duration) = layout.duration else {
        if layout.unclear {
            warnings.add(
                WarningKind::NotRead,
                "there are numbers at the end of each line, but none that is certainly a duration; name it in the log \
                 format, as in rt=$request_time",
            );
        }
        return;
    };
    let place = duration.field + 1;
    let unit = duration.unit.title();
    if duration.stamp_is_end {
        warnings.add(
            WarningKind::Assumed,
            format!(
                "field {place} after the bytes is the time of the request in {unit}, as nginx writes it; the time stamp \
                 is when it ended"
            ),
        );
    } else {
        let why = if duration.guessed {
            ", by its values"
        } else {
            ""
        };
        warnings.add(
            WarningKind::Assumed,
            format!(
                "field {place} after the bytes is the time of the request in {unit}{why}; the time stamp is when it began"
            ),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::OutcomeFilter;
    use crate::import::testing::read_as;
    use crate::units::Ppm;

    fn try_read(text: &str) -> Result<Imported, ImportError> {
        read_as(&FORMAT, "access.log", text)
    }

    fn line(second: u32, request: &str, status: u16, tail: &str) -> String {
        format!(
            "10.0.0.1 - - [21/Nov/2026:07:49:{second:02} +0100] \"{request}\" {status} 10{tail}\n"
        )
    }

    #[test]
    fn the_common_format_gives_counts() {
        let text = [
            line(1, "GET /users/1?x=2 HTTP/1.1", 200, ""),
            line(1, "GET /users/2 HTTP/1.1", 404, ""),
            line(2, "GET /users/3 HTTP/1.1", 503, ""),
            "not a line\n".to_owned(),
            line(59, "-", 408, ""),
        ]
        .concat();
        let imported = try_read(&text).unwrap();
        let info = &imported.source.info;
        assert_eq!((info.rows, info.rejected), (4, 1));
        assert_eq!(info.first.unwrap().to_string(), "2026-11-21T06:49:01Z");
        assert_eq!(info.last.unwrap().to_string(), "2026-11-21T06:49:59Z");
        assert_eq!(imported.rejects.kept[0].line, 4);
        assert!(info.warnings.count_of(WarningKind::Note) >= 5);
        let run = imported.source.run.unwrap();
        assert!(run.counts_only && !run.closed_loop && run.histogram.height() == 0);
        let labels: Vec<&str> = run.labels.iter().map(|l| l.name.as_str()).collect();
        assert_eq!(labels, ["GET /users/{id}", "(malformed)"]);
        let counts = run
            .counts(&run.counted_labels(), &[crate::calendar::TimeRange::ALL])
            .unwrap();
        assert_eq!(
            (counts[0].count, counts[0].errors, counts[0].received),
            (4, 1, 40)
        );
    }

    #[test]
    fn units_and_ends_are_told_apart() {
        for (tail, first, p100_ms) in [
            // nginx: the stamp is the end, half a second after the start.
            (" \"-\" \"ua\" 0.500", "2026-11-21T06:49:01.5Z", 500.0),
            (" \"-\" \"ua\" rt=0.500 x", "2026-11-21T06:49:01.5Z", 500.0),
            (" \"-\" \"ua\" 100123", "2026-11-21T06:49:02Z", 100.123),
            (
                " \"-\" \"ua\" 3 \"r\" \"u\" 500ms",
                "2026-11-21T06:49:02Z",
                500.0,
            ),
        ] {
            let imported = try_read(&line(2, "GET / HTTP/1.1", 200, tail)).unwrap();
            let info = &imported.source.info;
            assert_eq!(info.first.unwrap().to_string(), first, "{tail}");
            assert_eq!(info.warnings.count_of(WarningKind::Assumed), 1);
            let run = imported.source.run.unwrap();
            let all = crate::calendar::TimeRange::ALL;
            let durations = run
                .durations(&run.counted_labels(), &[all], OutcomeFilter::All)
                .unwrap();
            let max = durations[0].quantile(Ppm::ONE, crate::dataset::Estimator::R7);
            assert_eq!(max.unwrap().millis(), p100_ms, "{tail}");
        }
        let seconds = [
            line(2, "GET / HTTP/1.1", 200, " \"-\" \"ua\" 0"),
            line(3, "GET / HTTP/1.1", 200, " \"-\" \"ua\" 2"),
        ];
        let run = try_read(&seconds.concat()).unwrap().source.run.unwrap();
        assert_eq!(run.tick_ns, 1_000_000);
    }

    #[test]
    fn a_last_line_that_is_cut_off_is_said() {
        let whole = line(1, "GET / HTTP/1.1", 200, " \"-\" \"ua\" 0.125").repeat(3);
        let rows = |text: &str| {
            let imported = try_read(text).unwrap();
            let info = imported.source.info;
            (
                info.rows,
                info.warnings.count_of(WarningKind::TruncatedLastRow),
            )
        };
        assert_eq!(rows(&whole), (3, 0));
        assert_eq!(rows(&whole[..whole.len() - 1]), (3, 1));
        assert_eq!(rows(&whole[..whole.len() - 2]), (2, 1));
        assert_eq!(rows(&whole[..whole.len() - 30]), (2, 1));
        // Lost in the middle of the file: counted all the same.
        let common = line(1, "GET / HTTP/1.1", 200, " \"-\" \"ua\"");
        let cut = common.replace(" \"ua\"", " \"ua");
        let imported = try_read(&[common.clone(), cut, common].concat()).unwrap();
        assert_eq!(
            (imported.source.info.rows, imported.source.info.rejected),
            (3, 0)
        );
    }
}
