//! Traces of the Cloud Uptime Archive (atlarge-research): stretches with a severity between 0 and 1, in seconds since an
//! unknown start.

use std::io::Read;

use super::collect::Collected;
use super::columns::{Columns, head_of};
use crate::calendar::Instant;
use crate::dataset::{OutageRow, State};
use crate::import::format::{Family, Format, Seen};
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::WarningKind;

/// Traces of the Cloud Uptime Archive.
pub static FORMAT: Format = Format {
    id: "cloud-uptime-csv",
    title: "Cloud Uptime Archive trace (CSV)",
    family: Family::Uptime,
    recognised_by: "the header start_time, end_time, status, service with small numbers as times and shares as status",
    traps: &[
        "Times count in seconds from an unknown start, which is placed at 1970-01-01: lengths are right, dates are not.",
        "The status is a severity from 0 to 1: 0 is taken as up, less than a half as degraded, from a half on as down.",
        "It is a list of incidents: time between the rows is taken as up.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

const HEADER: [&str; 4] = ["start_time", "end_time", "status", "service"];
/// Seconds from an unknown start reach over ten years at most; as an epoch, that is before 1980.
const MAX_SECS: f64 = 3e8;

fn recognise(head: &Head<'_>) -> Seen {
    let Some((names, rows)) = head_of(head).filter(|(names, _)| *names == HEADER) else {
        return Seen::No;
    };
    let good = rows
        .iter()
        .filter(|r| secs(&r.cell(0)).is_some() && severity(&r.cell(2)).is_some())
        .count();
    (names.len() == 4 && good > 0 && good * 5 >= rows.len() * 3).into()
}

fn secs(text: &str) -> Option<Instant> {
    let secs: f64 = text.parse().ok()?;
    let micros = (secs * 1e6).round();
    (0.0..MAX_SECS)
        .contains(&secs)
        .then_some(Instant(micros as i64))
}

fn severity(text: &str) -> Option<f64> {
    text.parse().ok().filter(|s| (0.0..=1.0).contains(s))
}

/// Reads one trace.
pub fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let table = Columns::open(reader, intake)?;
    let mut collected = Collected::new(intake);
    collected.incident_list = true;
    let mut harmless = 0;
    table.each(&mut collected, |record, collected| {
        let start =
            secs(&record.cell(0)).ok_or(("start_time", "the start is not a number of seconds"))?;
        let end =
            secs(&record.cell(1)).ok_or(("end_time", "the end is not a number of seconds"))?;
        let severity =
            severity(&record.cell(2)).ok_or(("status", "the severity is not between 0 and 1"))?;
        if severity <= 0.0 {
            harmless += 1;
            return Ok(());
        }
        let row = OutageRow {
            start,
            end: Some(end),
            state: if severity < 0.5 {
                State::Degraded
            } else {
                State::Down
            },
            service: record.cell(3).into_owned(),
            note: format!("severity {severity:.2}"),
        };
        collected.row(row, record.line);
        Ok(())
    })?;
    collected.warnings.add(
        WarningKind::Assumed,
        "its times count from an unknown start, which was placed at 1970-01-01 UTC",
    );
    collected.warnings.add(
        WarningKind::Assumed,
        "a severity of less than a half is taken as degraded, from a half on as down",
    );
    if harmless > 0 {
        collected.warnings.add_counted(
            WarningKind::Note,
            "stretches of severity 0 are taken as up and left out",
            harmless,
            None,
        );
    }
    collected.finish("there is no stretch with a severity in it; take another trace")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::import::ImportOptions;
    use crate::progress::Progress;

    #[test]
    fn severities_become_states_from_an_assumed_start() {
        let text = "start_time,end_time,status,service\n0.0,3776.0,0.0,x\n7000.0,7100.5,0.25,x\n8000.0,9000.0,0.5,x\n\
                    9500.0,9400.0,0.5,x\n9600.0,9700.0,7,x\n";
        let head = Head::new(text.as_bytes(), true, Path::new("x"));
        assert_eq!(recognise(&head), Seen::Yes);
        let options = ImportOptions::default();
        let progress = Progress::default();
        let intake = Intake::new(Path::new("x.csv"), &options, &progress);
        let imported = read(text.as_bytes(), &intake).unwrap();
        assert_eq!(imported.rejects.count, 2);
        let table = imported.source.uptime.unwrap();
        let rows: Vec<(i64, i64, State)> = table
            .rows
            .iter()
            .map(|r| (r.start.0, r.end.unwrap().0, r.state))
            .collect();
        assert_eq!(
            rows,
            [
                (7_000_000_000, 7_100_500_000, State::Degraded),
                (8_000_000_000, 9_000_000_000, State::Down)
            ]
        );
        assert!(table.incident_list);
        assert_eq!(
            imported.source.info.warnings.count_of(WarningKind::Assumed),
            2
        );
        let dated = "start_time,end_time,status,service\n2026-06-01,2026-06-02,0.5,x\n";
        let head = Head::new(dated.as_bytes(), true, Path::new("x"));
        assert_eq!(recognise(&head), Seen::No);
    }
}
