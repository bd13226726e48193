//! Any table of checks: a time, perhaps a service, whether it was up, perhaps how long the answer took.

use std::io::Read;

use super::collect::Collected;
use super::columns::{Columns, column, head_of};
use super::words::state_of;
use crate::calendar::{Instant, Zone};
use crate::dataset::State;
use crate::dataset::metric::usual_step_secs;
use crate::import::format::{Family, Format, Seen};
use crate::import::table::records::Record;
use crate::import::table::times::TimeForm;
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::WarningKind;

/// Tables of checks.
pub static FORMAT: Format = Format {
    id: "probe-table",
    title: "Table of checks (CSV)",
    family: Family::Uptime,
    recognised_by: "a header with a time, a state (up, down, degraded, or 0 and 1 under up or success) or an HTTP code, \
                    and no end",
    traps: &[
        "Each check stands for its interval: an outage is known to one check either side, and both bounds are shown.",
        "A gap of more than one and a half times the usual distance is unknown, never up.",
        "Of HTTP codes, 200 to 399 are up, all others down.",
        "Response times are milliseconds where their column says no unit.",
        "A table that holds only changes of state needs an end for each: write it as an outage table.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

const TIME: [&str; 12] = [
    "time",
    "timestamp",
    "@timestamp",
    "datetime",
    "date_time",
    "date",
    "checked_at",
    "check_time",
    "probe_time",
    "created_at",
    "at",
    "ts",
];
const STATE: [&str; 5] = ["status", "state", "result", "outcome", "availability"];
const FLAG: [&str; 6] = [
    "up",
    "is_up",
    "success",
    "probe_success",
    "available",
    "alive",
];
const CODE: [&str; 6] = [
    "http_code",
    "status_code",
    "http_status",
    "response_code",
    "responsecode",
    "code",
];
const SERVICE: [&str; 12] = [
    "service",
    "monitor",
    "monitor_name",
    "check",
    "name",
    "host",
    "target",
    "endpoint",
    "site",
    "component",
    "instance",
    "url",
];
/// Names of response times, and milliseconds in their unit; 0 where the name says none.
const LATENCY: [(&str, f64); 15] = [
    ("response_time_ms", 1.0),
    ("responsetime_ms", 1.0),
    ("latency_ms", 1.0),
    ("duration_ms", 1.0),
    ("ping_ms", 1.0),
    ("response_time_(ms)", 1.0),
    ("latency_(ms)", 1.0),
    ("ping", 1.0),
    ("response_time_s", 1_000.0),
    ("latency_s", 1_000.0),
    ("duration_seconds", 1_000.0),
    ("probe_duration_seconds", 1_000.0),
    ("response_time", 0.0),
    ("responsetime", 0.0),
    ("latency", 0.0),
];
/// Columns of stretches, of load tests and of metrics.
const NOT_HERE: [&str; 14] = [
    "end",
    "end_time",
    "ended_at",
    "until",
    "to",
    "resolved_at",
    "elapsed",
    "label",
    "method",
    "metric",
    "metric_name",
    "value",
    "severity",
    "percentage",
];

/// How the state of a check is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Written {
    Word,
    Flag,
    Code,
}

impl Written {
    fn state(self, text: &str) -> Option<State> {
        if self == Self::Code {
            let code: u16 = text.parse().ok()?;
            return Some(match code {
                200..=399 => State::Up,
                0 | 100..=999 => State::Down,
                _ => return None,
            });
        }
        if let Some(state) = state_of(text) {
            return Some(state);
        }
        Some(match (self, text.to_lowercase().as_str()) {
            (Self::Flag, "1" | "1.0" | "yes")
            | (_, "success" | "successful" | "pass" | "passed" | "true") => State::Up,
            (Self::Flag, "0" | "0.0" | "no")
            | (_, "fail" | "error" | "timeout" | "timed out" | "unreachable" | "false") => {
                State::Down
            }
            (_, code) if code.len() == 3 => Self::Code.state(code)?,
            _ => return None,
        })
    }
}

/// Which column is which.
struct Shape {
    time: usize,
    state: usize,
    written: Written,
}

impl Shape {
    fn of(names: &[String]) -> Option<Self> {
        if column(names, &NOT_HERE).is_some() {
            return None;
        }
        let kinds = [
            (&STATE[..], Written::Word),
            (&FLAG[..], Written::Flag),
            (&CODE[..], Written::Code),
        ];
        let (state, written) = kinds
            .into_iter()
            .find_map(|(names_of, written)| Some((column(names, names_of)?, written)))?;
        Some(Self {
            time: column(names, &TIME)?,
            state,
            written,
        })
    }
}

fn recognise(head: &Head<'_>) -> Seen {
    let Some((names, rows)) = head_of(head) else {
        return Seen::No;
    };
    let Some(shape) = Shape::of(&names) else {
        return Seen::No;
    };
    let good: Vec<&Record> = rows
        .iter()
        .filter(|row| shape.written.state(&row.cell(shape.state)).is_some())
        .collect();
    if good.is_empty() || good.len() * 5 < rows.len() * 4 {
        return Seen::No;
    }
    let times = times_of(&rows, shape.time);
    if times.len() * 5 < rows.len() * 4 {
        return Seen::No;
    }
    // Requests have codes too, but come at no particular distance.
    let regular = usual_step_secs(&times).is_some_and(|step| step >= 5.0);
    (shape.written == Written::Word || regular).into()
}

/// The times of rows, rising, each once.
fn times_of(rows: &[Record], at: usize) -> Vec<Instant> {
    let cells: Vec<_> = rows.iter().map(|row| row.cell(at)).collect();
    let Some(found) = TimeForm::of_column(cells.iter().map(std::convert::AsRef::as_ref)) else {
        return Vec::new();
    };
    let utc = Zone::utc();
    let mut times: Vec<Instant> = cells
        .iter()
        .filter_map(|cell| found.form.read(cell, &utc))
        .map(|(at, _)| at)
        .collect();
    times.sort_unstable();
    times
}

/// Reads one table.
pub fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let table = Columns::open(reader, intake)?;
    let mut collected = Collected::new(intake);
    let shape = Shape::of(&table.names).ok_or_else(|| {
        intake.unusable(
            "the table has no columns time and status; name them so in its first line",
            Some(1),
        )
    })?;
    let times = table.times(shape.time, &mut collected)?;
    let service = table.finds(&SERVICE);
    let latency = LATENCY
        .iter()
        .find_map(|(name, unit)| Some((table.finds(&[name])?, *unit)));
    if latency.is_some_and(|(_, unit)| unit == 0.0) {
        collected.warnings.add(
            WarningKind::Assumed,
            "response times are taken as milliseconds: their column says no unit",
        );
    }
    table.each(&mut collected, |record, collected| {
        let state = shape.written.state(&record.cell(shape.state)).ok_or((
            "status",
            "the status is none that is known, such as up or down",
        ))?;
        let (at, zoned) = times.read(record).ok_or(("time", "the time is not one"))?;
        collected.without_zone += u64::from(!zoned);
        let service = service.map(|s| record.cell(s)).unwrap_or_default();
        collected.check(&service, at, state);
        if let Some((column, unit)) = latency
            && let Ok(value) = record.cell(column).parse::<f64>()
            && state != State::Down
        {
            collected.latency_ms(&service, at, value * if unit == 0.0 { 1.0 } else { unit });
        }
        Ok(())
    })?;
    collected.finish("there are no checks in it; export a longer time")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::import::testing::read_as;
    use crate::units::Micros;

    fn seen(text: &str) -> Seen {
        recognise(&Head::new(text.as_bytes(), true, Path::new("x")))
    }

    fn imported(text: &str) -> Imported {
        assert_eq!(seen(text), Seen::Yes, "{text}");
        read_as(&FORMAT, "x.csv", text).unwrap()
    }

    #[test]
    fn checks_become_stretches_with_bounds() {
        let imported = imported(
            "time,service,status,response_time_s\n\
             2026-06-01T00:00:00Z,shop,up,0.25\n2026-06-01T00:05:00Z,shop,down,30\n\
             2026-06-01T00:10:00Z,shop,up,0.5\n2026-06-01T00:30:00Z,shop,degraded,2\n\
             2026-06-01T00:35:00Z,shop,sideways,2\n2026-06-01T00:40:00Z,shop",
        );
        let table = imported.source.uptime.unwrap();
        let rows: Vec<(i64, i64, State)> = table
            .rows
            .iter()
            .map(|r| {
                let minutes = |at: Instant| at.secs() % 86_400 / 60;
                (minutes(r.start), minutes(r.end.unwrap()), r.state)
            })
            .collect();
        assert_eq!(
            rows,
            [
                (0, 5, State::Up),
                (5, 10, State::Down),
                (10, 15, State::Up),
                (30, 35, State::Degraded)
            ]
        );
        assert!(!table.incident_list);
        assert_eq!(table.probe_spacing("shop"), Some(Micros::from_secs(300)));
        let info = imported.source.info;
        assert_eq!((info.rows, info.rejected), (4, 1));
        assert_eq!(info.warnings.count_of(WarningKind::TruncatedLastRow), 1);
        let latency = imported.source.metrics.unwrap().series(0).unwrap();
        assert_eq!(latency.values, [250.0, 500.0, 2_000.0]);
    }

    #[test]
    fn states_are_words_flags_or_codes() {
        let all_up = |text: &str| {
            let table = imported(text).source.uptime.unwrap();
            let states: Vec<State> = table.rows.iter().map(|r| r.state).collect();
            assert_eq!(states, [State::Up, State::Down], "{text}");
        };
        all_up("timestamp,up\n1780272000,1\n1780272060,1\n1780272120,0\n");
        all_up(
            "checked_at,http_code,url\n2026-06-01 00:00,204,x\n2026-06-01 00:05,302,x\n2026-06-01 00:10,503,x\n",
        );
        all_up("date;result\n2026-06-01 00:00;OK\n2026-06-01 00:05;failed\n");
    }

    #[test]
    fn other_tables_are_left_alone() {
        for text in [
            "timestamp,value\n2014-02-14 14:30:00,0.132\n",
            "timeStamp,elapsed,label,success\n1780272000000,2,a,true\n",
            "start,end,state\n2026-01-01,2026-01-02,down\n",
            "time,status\n2026-06-01 00:00,0.5\n",
            "time,url,status_code\n1780272000.1,/a,200\n1780272000.2,/b,200\n1780272000.9,/a,500\n",
            "time,up\n",
            "{\"time\": 1}",
        ] {
            assert_eq!(seen(text), Seen::No, "{text}");
        }
    }
}
