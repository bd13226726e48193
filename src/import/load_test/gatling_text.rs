//! Gatling's `simulation.log` as text: what 2.x, 3.0 to 3.3 and 3.4 to 3.12 write.
//!
//! The layout is found line by line, by where the numbers and the status stand: version fields are known to be edited.
//! Layouts: gatling's `DataWriterMessageSerializer` and `LogFileReader` at 2.3, 3.3.1, 3.9.5 and 3.12.0.

use std::io::Read;

use super::builder::{Request, RunBuilder, RunTraits};
use super::gatling_run::{
    Users, approximate, error_warning, group_label, group_warning, incoming_warning, ko_code,
    label_of,
};
use crate::dataset::Tool;
use crate::import::format::{Family, Format, Seen};
use crate::import::lines::{Line, Lines};
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::WarningKind;

/// Gatling's text log.
pub static FORMAT: Format = Format {
    id: "gatling-log",
    title: "Gatling simulation.log (text, up to 3.12)",
    family: Family::LoadTest,
    recognised_by: "a first line RUN with a time of 13 digits, fields separated by tabs (ASSERTION and ERROR lines may \
                    come before it), or lines REQUEST that end in two times and OK or KO",
    traps: &[
        "The layout changed in 2.x, 3.0 and 3.4: it is found by the number of fields, never by the version in the file.",
        "Groups are sums over their requests: kept with their cumulated response time, as in Gatling's table, and not \
         counted in totals.",
        "Gatling takes percentiles from a t-digest: --estimator tool agrees up to about 200 requests and is close beyond; \
         older versions interpolate, as --estimator r7 does.",
        "Gatling counts requests a second over the whole run, in whole seconds, also for single requests.",
        "A run that was killed ends in the middle of a line; that line is left out.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

const ADVICE: &str = "the Gatling log holds no request; run the simulation again";

fn recognise(head: &Head<'_>) -> Seen {
    let lines = head.lines();
    let first = lines
        .iter()
        .find(|l| !l.starts_with("ASSERTION\t") && !l.starts_with("ERROR\t"));
    let Some(first) = first else {
        return Seen::No;
    };
    let fields: Vec<&[u8]> = first.as_bytes().split(|b| *b == b'\t').collect();
    match Record::of(&fields) {
        Some(Record::Run) => fields.iter().any(|f| is_epoch_millis(f)).into(),
        Some(Record::Request { .. } | Record::User { .. }) => lines
            .iter()
            .any(|l| {
                let fields: Vec<&[u8]> = l.as_bytes().split(|b| *b == b'\t').collect();
                matches!(Record::of(&fields), Some(Record::Request { .. }))
            })
            .into(),
        _ => Seen::No,
    }
}

fn is_epoch_millis(field: &[u8]) -> bool {
    field.len() == 13 && field.iter().all(u8::is_ascii_digit)
}

/// One line of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Record<'a> {
    Run,
    Request {
        groups: &'a [u8],
        name: &'a [u8],
        start: i64,
        end: i64,
        failed: bool,
        message: &'a [u8],
    },
    Group {
        groups: &'a [u8],
        start: i64,
        cumulated: i64,
        failed: bool,
    },
    User {
        started: bool,
        at: i64,
    },
    Error(&'a [u8]),
    Assertion,
}

impl<'a> Record<'a> {
    fn of(fields: &[&'a [u8]]) -> Option<Self> {
        let kinds: [&[u8]; 6] = [
            b"REQUEST",
            b"USER",
            b"GROUP",
            b"RUN",
            b"ERROR",
            b"ASSERTION",
        ];
        // 2.0 and 2.1 write scenario and user id first.
        let at = [0, 2]
            .into_iter()
            .find(|i| fields.get(*i).is_some_and(|f| kinds.contains(f)))?;
        let rest = fields.get(at + 1..)?;
        match *fields.get(at)? {
            b"REQUEST" => Self::request(rest),
            b"GROUP" => Self::group(rest),
            b"USER" => Self::user(rest),
            b"RUN" => (fields.len() >= 4).then_some(Self::Run),
            b"ERROR" if rest.len() >= 2 => Some(Self::Error(rest.first()?)),
            b"ASSERTION" => Some(Self::Assertion),
            _ => None,
        }
    }

    /// The first OK or KO after two times; before them stand the name and the groups.
    fn request(rest: &[&'a [u8]]) -> Option<Self> {
        let (status, failed) = status_after(rest, 2)?;
        let end = number(rest.get(status - 1)?)?;
        let mut first = status - 2;
        // 2.0 and 2.1 write four times: sending and receiving, beginning and end of each.
        let four = status >= 5
            && (1..=4).all(|back| rest.get(status - back).is_some_and(|f| is_epoch_millis(f)));
        if four {
            first = status - 4;
        }
        let name = first.checked_sub(1)?;
        Some(Self::Request {
            groups: name
                .checked_sub(1)
                .and_then(|i| rest.get(i))
                .copied()
                .unwrap_or_default(),
            name: rest.get(name)?,
            start: number(rest.get(first)?)?,
            end,
            failed,
            message: rest.get(status + 1).copied().unwrap_or_default(),
        })
    }

    fn group(rest: &[&'a [u8]]) -> Option<Self> {
        let (status, failed) = status_after(rest, 3)?;
        Some(Self::Group {
            groups: rest.get(status.checked_sub(4)?)?,
            start: number(rest.get(status - 3)?)?,
            cumulated: number(rest.get(status - 1)?)?,
            failed,
        })
    }

    fn user(rest: &[&'a [u8]]) -> Option<Self> {
        let event = |word: &[u8]| match word {
            b"START" => Some(true),
            b"END" => Some(false),
            _ => None,
        };
        let positions = || rest.iter().enumerate();
        let (index, started) = positions()
            .find_map(|(i, field)| Some((i, event(field)?)))
            // One known log lost the tab between the scenario and the event.
            .or_else(|| {
                positions()
                    .find_map(|(i, field)| Some((i, event(field.rsplit(|b| *b == b' ').next()?)?)))
            })?;
        // Up to 3.3 the time of the event is the last one; the one before is that of the start.
        let at = rest
            .get(index + 1..)?
            .iter()
            .rev()
            .find_map(|f| number(f).filter(|n| *n > 0))?;
        Some(Self::User { started, at })
    }
}

/// Where OK or KO stands first with so many numbers before it, and whether it is KO.
fn status_after(rest: &[&[u8]], numbers: usize) -> Option<(usize, bool)> {
    let (index, field) = rest.iter().enumerate().find(|(i, field)| {
        matches!(field.trim_ascii(), b"OK" | b"KO")
            && *i > numbers
            && (1..=numbers).all(|back| rest.get(i - back).is_some_and(|f| number(f).is_some()))
    })?;
    Some((index, field.trim_ascii() == b"KO"))
}

fn number(field: &[u8]) -> Option<i64> {
    std::str::from_utf8(field).ok()?.trim().parse().ok()
}

/// Reads one log.
fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let traits = RunTraits {
        tool: Tool::Gatling,
        tick_ns: 1_000_000,
        closed_loop: false,
        counts_only: false,
    };
    let mut log = Log {
        intake,
        builder: RunBuilder::new(intake, traits),
        users: Users::default(),
        label: Vec::new(),
        groups: 0,
    };
    let mut lines = Lines::new(reader);
    while let Some(line) = lines.next_line().map_err(|e| intake.read_failed(e))? {
        log.take(&line);
        if line.number.is_multiple_of(4_096) {
            intake.progress.check()?;
        }
    }
    log.users.finish(&mut log.builder);
    group_warning(log.groups, &mut log.builder.warnings);
    approximate(log.builder.rows(), true, &mut log.builder.warnings);
    log.builder.finish(ADVICE)
}

struct Log<'a> {
    intake: &'a Intake<'a>,
    builder: RunBuilder<'a>,
    users: Users,
    label: Vec<u8>,
    groups: u64,
}

impl Log<'_> {
    fn take(&mut self, line: &Line<'_>) {
        let text = line.bytes;
        if text.trim_ascii().is_empty() {
            return;
        }
        let shown = || String::from_utf8_lossy(text.get(..1_000).unwrap_or(text)).into_owned();
        if line.too_long {
            self.builder.warnings.add_at(
                WarningKind::RecordTooLong,
                "lines longer than 1 MiB are not read",
                self.intake.example(line.number, "", &shown()),
            );
            return;
        }
        let fields: Vec<&[u8]> = text.split(|b| *b == b'\t').collect();
        let record = Record::of(&fields)
            // Gatling ends every line: without its end, only what stands before the status is sure to be whole.
            .filter(|r| line.ended || matches!(r, Record::Request { .. } | Record::Group { .. }));
        let Some(record) = record else {
            if line.ended {
                self.builder
                    .reject(line.number, "", "not a record of a Gatling log", &shown());
            } else {
                self.builder.warnings.add_at(
                    WarningKind::TruncatedLastRow,
                    "the last line is cut off and is not counted",
                    self.intake.example(line.number, "", &shown()),
                );
            }
            return;
        };
        if !line.ended {
            self.builder.warnings.add_at(
                WarningKind::TruncatedLastRow,
                "the last line has no line end: what stood after it may be missing",
                self.intake.example(line.number, "", &shown()),
            );
        }
        if let Err(reason) = self.count(line.number, record) {
            self.builder.reject(line.number, "", reason, &shown());
        }
    }

    fn count(&mut self, number: u64, record: Record<'_>) -> Result<(), &'static str> {
        match record {
            Record::Request {
                groups,
                name,
                start,
                end,
                failed,
                message,
            } => {
                if end == i64::MIN {
                    incoming_warning(&mut self.builder.warnings);
                    return Ok(());
                }
                label_of(groups, name, &mut self.label);
                let code = if failed { ko_code(message) } else { b"" };
                self.builder.add(&Request {
                    start_micros: start.saturating_mul(1_000),
                    duration_ns: end.saturating_sub(start).saturating_mul(1_000_000),
                    label: &self.label,
                    failed,
                    code,
                    ..Request::default()
                })
            }
            Record::Group {
                groups,
                start,
                cumulated,
                failed,
            } => {
                self.groups += 1;
                group_label(groups, &mut self.label);
                self.builder.add(&Request {
                    start_micros: start.saturating_mul(1_000),
                    duration_ns: cumulated.saturating_mul(1_000_000),
                    label: &self.label,
                    controller: true,
                    failed,
                    ..Request::default()
                })
            }
            Record::User { started, at } => {
                self.users
                    .event(started, at.saturating_mul(1_000), &mut self.builder);
                Ok(())
            }
            Record::Error(message) => {
                error_warning(self.intake, number, message, &mut self.builder.warnings);
                Ok(())
            }
            Record::Assertion => {
                self.builder.warnings.add(
                    WarningKind::NotRead,
                    "assertions are in the log without their outcome and are not read",
                );
                Ok(())
            }
            Record::Run => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::calendar::TimeRange;
    use crate::import::testing::read_as;

    fn record(line: &'static str) -> Option<Record<'static>> {
        let fields: Vec<&[u8]> = line.as_bytes().split(|b| *b == b'\t').collect();
        Record::of(&fields)
    }

    fn imported(text: &str) -> Imported {
        read_as(&FORMAT, "simulation.log", text).unwrap()
    }

    /// The layout is where the numbers stand; all of these are one request of 30 ms.
    #[test]
    fn requests_are_found_in_every_layout() {
        for line in [
            "REQUEST\tA,B\thome\t1780000000000\t1780000000030\tKO\tboom",
            "REQUEST\t17\tA,B\thome\t1780000000000\t1780000000030\tKO\tboom",
            "REQUEST\tUsers\t17\tA,B\thome\t1780000000000\t1780000000030\tKO\tboom",
            "Users\t17\tREQUEST\tA,B\thome\t1780000000000\t1780000000001\t1780000000029\t1780000000030\tKO\tboom",
        ] {
            let expected = Record::Request {
                groups: b"A,B",
                name: b"home",
                start: 1_780_000_000_000,
                end: 1_780_000_000_030,
                failed: true,
                message: b"boom",
            };
            assert_eq!(record(line), Some(expected), "{line}");
        }
        assert!(record("REQUEST\t\thome\t1\t2\tOK").is_some(), "no message");
        assert!(
            record("REQUEST\t\t200\t1\t2\tOK\t ").is_some(),
            "a name of digits"
        );
        assert_eq!(record("REQUEST\t\thome\t1\t2"), None);
        assert_eq!(record("REQUEST\t\thome\t1\tx\tOK"), None);
    }

    #[test]
    fn users_come_and_go_in_every_layout() {
        for (line, started, at) in [
            (
                "USER\tload END\tSTART\t1780000000005",
                true,
                1_780_000_000_005,
            ),
            (
                "USER\tload\t9\tEND\t1780000000000\t1780000000007",
                false,
                1_780_000_000_007,
            ),
            (
                "USER\tload START\t1780000000000\t1780000000000",
                true,
                1_780_000_000_000,
            ),
            (
                "USER\tload\t9\tSTART\t1780000000000\t0",
                true,
                1_780_000_000_000,
            ),
        ] {
            assert_eq!(record(line), Some(Record::User { started, at }), "{line}");
        }
    }

    #[test]
    fn users_are_counted_second_by_second() {
        let text = "RUN\tx\tx\t1780000000000\t \t3.9.5\n\
            USER\ts\tSTART\t1780000000000\n\
            USER\ts\tSTART\t1780000000500\n\
            REQUEST\t\thome\t1780000000500\t1780000000600\tOK\t \n\
            USER\ts\tEND\t1780000003000\n";
        let imported = imported(text);
        let active = imported
            .source
            .run
            .unwrap()
            .active_by_second(TimeRange::ALL)
            .unwrap();
        let counts: Vec<i64> = active.iter().map(|(_, users)| *users).collect();
        assert_eq!(counts, [2, 2, 2, 2]);
        let warnings = imported.source.info.warnings;
        assert_eq!(
            warnings.count_of(WarningKind::TailMissing),
            1,
            "one never ended"
        );
    }

    #[test]
    fn what_is_no_record_is_told() {
        let text = "REQUEST\t\thome\t1780000000500\t1780000000600\tOK\t \n\
            REQUEST\t\tpush\t1780000000500\t-9223372036854775808\tOK\t \n\
            REQUEST\t\tback\t1780000000500\t1780000000400\tOK\t \n\
            nonsense\n\
            REQUEST\t\thome\t1780000000500\t17800000006";
        let imported = imported(text);
        let info = imported.source.info;
        assert_eq!((info.rows, info.rejected), (1, 2));
        assert_eq!(info.warnings.count_of(WarningKind::NotRead), 1);
        assert_eq!(info.warnings.count_of(WarningKind::TruncatedLastRow), 1);
        assert_eq!(imported.rejects.kept[0].reason, "the duration is negative");
    }

    #[test]
    fn failures_have_their_code_or_their_message() {
        assert_eq!(ko_code(b"status.find.in(200,304), found 503"), b"503");
        assert_eq!(
            ko_code(b"status.find.is(201), but actually found 200"),
            b"200"
        );
        assert_eq!(
            ko_code(b"jsonPath($.id).find.exists, found nothing"),
            b"jsonPath($.id).find.exists, found nothing"
        );
    }

    #[test]
    fn logs_are_recognised_by_their_first_record() {
        let seen = |text: &str| recognise(&Head::new(text.as_bytes(), true, Path::new("x")));
        assert_eq!(
            seen("ASSERTION\tAAE=\nRUN\ta.B\tb\t1780000000000\t \t3.9.5\n"),
            Seen::Yes
        );
        assert_eq!(seen("REQUEST\t\thome\t1\t2\tOK\t \n"), Seen::Yes);
        assert_eq!(seen("USER\tname\tSTART\t1\n"), Seen::No);
        assert_eq!(seen("RUN\tfast\tnow\tplease\n"), Seen::No);
    }
}
