//! The table `heartbeat` of Uptime Kuma's database as CSV.

use std::io::Read;

use super::collect::Collected;
use super::columns::{Columns, column, head_of};
use super::kuma_json::state_of;
use crate::import::format::{Family, Format, Seen};
use crate::import::{Head, ImportError, Imported, Intake};

/// Heartbeats out of Uptime Kuma's database.
pub static FORMAT: Format = Format {
    id: "uptime-kuma-csv",
    title: "Uptime Kuma heartbeats (CSV of its database)",
    family: Family::Uptime,
    recognised_by: "a header with monitor_id, status and time",
    traps: &[
        "kuma.db itself is a database: export its table with \
         sqlite3 -header -csv kuma.db \"select * from heartbeat\" > heartbeat.csv.",
        "Times are UTC although nothing says so.",
        "Status 0 is down, 1 up, 3 maintenance; 2 is pending (being tried again), which is unknown.",
        "Each heartbeat stands for its interval; a gap of more than one and a half intervals is unknown.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

fn recognise(head: &Head<'_>) -> Seen {
    if head.bytes.starts_with(b"SQLite format 3\0") {
        let is_kuma = memchr::memmem::find(head.bytes, b"heartbeat").is_some();
        return if is_kuma {
            Seen::Refused(
                "it is the database of Uptime Kuma; export its heartbeats with \
                 sqlite3 -header -csv kuma.db \"select * from heartbeat\" > heartbeat.csv"
                    .to_owned(),
            )
        } else {
            Seen::No
        };
    }
    head_of(head)
        .is_some_and(|(names, _)| {
            ["monitor_id", "status", "time"]
                .iter()
                .all(|name| column(&names, &[name]).is_some())
        })
        .into()
}

/// Reads one table.
pub fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let table = Columns::open(reader, intake)?;
    let mut collected = Collected::new(intake);
    let monitor = table.needs(&["monitor_id"], intake)?;
    let status = table.needs(&["status"], intake)?;
    let times = table
        .times(table.needs(&["time"], intake)?, &mut collected)?
        .in_utc();
    let name = table.finds(&["monitor_name", "name"]);
    let ping = table.finds(&["ping"]);
    table.each(&mut collected, |record, collected| {
        let state = state_of(record.cell(status).parse().ok())
            .ok_or(("status", "the status is not one of 0, 1, 2, 3"))?;
        let (at, _) = times.read(record).ok_or(("time", "the time is not one"))?;
        let service = match name.map(|n| record.cell(n)).filter(|n| !n.is_empty()) {
            Some(name) => name.into_owned(),
            None => format!("monitor {}", record.cell(monitor)),
        };
        collected.check(&service, at, state);
        if let Some(millis) = ping.and_then(|p| record.cell(p).parse().ok()) {
            collected.latency_ms(&service, at, millis);
        }
        Ok(())
    })?;
    collected.finish("there are no heartbeats in it; export the table again")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::dataset::State;
    use crate::import::ImportOptions;
    use crate::progress::Progress;
    use crate::warning::WarningKind;

    #[test]
    fn the_table_of_the_database() {
        let text = "id,important,monitor_id,status,msg,time,ping,duration,down_count\n\
            1,1,3,1,\"200 - OK\",2026-06-01 00:00:00.000,12,0,0\n\
            2,0,3,1,\"200 - OK\",2026-06-01 00:01:00.000,13,60,0\n\
            3,1,3,0,\"timeout, again\",2026-06-01 00:02:00.000,,60,1\n\
            4,1,3,x,,2026-06-01 00:03:00.000,,60,1\n\
            5,1,3,1,OK,2026-06-01 00:0";
        let options = ImportOptions::default();
        let progress = Progress::default();
        let intake = Intake::new(Path::new("x.csv"), &options, &progress);
        let imported = read(text.as_bytes(), &intake).unwrap();
        let info = &imported.source.info;
        assert_eq!((info.rows, info.rejected), (3, 1));
        assert_eq!(info.warnings.count_of(WarningKind::TruncatedLastRow), 1);
        let table = imported.source.uptime.unwrap();
        assert_eq!(table.rows[1].state, State::Down);
        assert_eq!(table.rows[1].service, "monitor 3");
    }

    #[test]
    fn the_database_itself_is_refused_with_the_way_out() {
        let mut bytes = b"SQLite format 3\0".to_vec();
        bytes.extend_from_slice(b"....CREATE TABLE [heartbeat](...)");
        let head = Head::new(&bytes, true, Path::new("kuma.db"));
        let Seen::Refused(sentence) = recognise(&head) else {
            panic!("not refused")
        };
        assert!(sentence.contains("sqlite3 -header -csv"));
        let head = Head::new(&bytes[..20], true, Path::new("x.headroom"));
        assert_eq!(recognise(&head), Seen::No);
    }
}
