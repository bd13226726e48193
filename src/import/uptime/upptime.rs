//! Histories of upptime, which keeps the state of each site in a Git repository: `history/<site>.yml`, and tables of its
//! commits.

use std::io::Read;

use super::collect::Collected;
use super::columns::{Columns, column, head_of, plain};
use super::document::read_time;
use super::words::state_of;
use crate::calendar::Zone;
use crate::import::format::{Family, Format, Seen};
use crate::import::{Head, ImportError, Imported, Intake};
use crate::units::Micros;
use crate::warning::WarningKind;

/// upptime's histories.
pub static FORMAT: Format = Format {
    id: "upptime-history",
    title: "upptime history (YAML of a site, or CSV of its commits)",
    family: Family::Uptime,
    recognised_by: "url, status and lastUpdated with upptime as generator; or a header with lastUpdated and status",
    traps: &[
        "A commit is made when the state changes and about once a day: each state lasts until the next commit, unless \
         that comes after more than one and a half times the usual distance.",
        "upptime checks every 5 minutes where nobody changed that: an outage is known to one check either side.",
        "history/<site>.yml holds the last check only; the history is in the commits.",
        "summary.json holds rounded percentages and minutes down by day, not the times of outages.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

/// upptime's own schedule, `*/5 * * * *`.
const EVERY: Micros = Micros(300_000_000);
/// A file of one site is a few lines.
const MAX_YAML: u64 = 64 << 10;

fn recognise(head: &Head<'_>) -> Seen {
    if let Some(json) = &head.json {
        return if json.array && json.has_keys(&["slug", "uptime", "dailyMinutesDown"]) {
            Seen::Refused(
                "the summary of upptime says rounded percentages, not when it was down; export the commits of its \
                 history as a table with lastUpdated, service and status"
                    .to_owned(),
            )
        } else {
            Seen::No
        };
    }
    if is_yaml(&head.text) {
        return Seen::Yes;
    }
    head_of(head)
        .is_some_and(|(names, _)| {
            column(&names, &["lastupdated"]).is_some() && column(&names, &["status"]).is_some()
        })
        .into()
}

fn is_yaml(text: &str) -> bool {
    let mut lines = text.lines();
    lines.next().is_some_and(|line| line.starts_with("url:"))
        && lines.any(|line| line.starts_with("generator:") && line.contains("Upptime"))
}

/// Reads one history.
pub fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let (head, reader) = crate::import::intake::peek(reader).map_err(|e| intake.read_failed(e))?;
    let mut collected = Collected::new(intake);
    collected.checked_every = Some(EVERY);
    collected.warnings.add(
        WarningKind::Assumed,
        "upptime is taken to check every 5 minutes, as it does where nobody changed that",
    );
    let text = String::from_utf8_lossy(&head);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if is_yaml(text) {
        read_yaml(reader, &mut collected)?;
    } else {
        read_table(reader, &mut collected)?;
    }
    collected.finish("there are no checks in it; export the history again")
}

fn read_yaml(reader: impl Read, collected: &mut Collected<'_>) -> Result<(), ImportError> {
    let intake = collected.intake();
    let mut bytes = Vec::new();
    reader
        .take(MAX_YAML)
        .read_to_end(&mut bytes)
        .map_err(|e| intake.read_failed(e))?;
    let text = String::from_utf8_lossy(&bytes);
    let value = |key: &str| {
        text.lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| plain(name) == key)
            .map(|(_, value)| value.trim().to_owned())
            .unwrap_or_default()
    };
    let state = state_of(&value("status"));
    let at = read_time(&value("lastupdated"), &Zone::utc());
    let (Some(state), Some((at, _))) = (state, at) else {
        return Err(intake.unusable(
            "the history says no status or no time of its last check; export it again",
            None,
        ));
    };
    let service = intake
        .path
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default();
    collected.check(&service, at, state);
    if let Ok(millis) = value("responsetime").parse() {
        collected.latency_ms(&service, at, millis);
    }
    collected.warnings.add(
        WarningKind::TailMissing,
        "the file holds the last check only; the history of the site is in the commits of its repository",
    );
    Ok(())
}

fn read_table(reader: impl Read, collected: &mut Collected<'_>) -> Result<(), ImportError> {
    let intake = collected.intake();
    let table = Columns::open(reader, intake)?;
    let status = table.needs(&["status"], intake)?;
    let times = table.times(table.needs(&["lastupdated"], intake)?, collected)?;
    let service = table.finds(&["service", "slug", "site", "name"]);
    let millis = table.finds(&["responsetime_ms", "responsetime", "response_time_ms"]);
    table.each(collected, |record, collected| {
        let state = state_of(&record.cell(status))
            .ok_or(("status", "the status is not one of up, down, degraded"))?;
        let (at, zoned) = times
            .read(record)
            .ok_or(("lastUpdated", "the time is not one"))?;
        collected.without_zone += u64::from(!zoned);
        let service = service.map(|s| record.cell(s)).unwrap_or_default();
        collected.check(&service, at, state);
        // A site that is down answers nothing, and 0 ms is written.
        if let Some(millis) = millis
            .and_then(|m| record.cell(m).parse::<f64>().ok())
            .filter(|m| *m > 0.0)
        {
            collected.latency_ms(&service, at, millis);
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::dataset::State;
    use crate::import::testing;

    fn read_as(name: &str, text: &str) -> Imported {
        let head = Head::new(text.as_bytes(), true, Path::new(name));
        assert_eq!(recognise(&head), Seen::Yes);
        testing::read_as(&FORMAT, name, text).unwrap()
    }

    #[test]
    fn commits_hold_states_until_the_next_one() {
        let imported = read_as(
            "checks.csv",
            "lastUpdated,service,status,http_code,responseTime_ms\n\
             2026-06-16T22:37:00.729Z,ingest,down,502,40\n\
             2026-06-16T23:46:28.492Z,ingest,up,200,225\n\
             2026-06-18T00:11:44.897Z,ingest,up,200,84\n\
             2026-06-19T00:11:44.897Z,ingest,up,200,0\n\
             2026-06-21T00:11:44.897Z,ingest,up,200,84\n\
             2026-06-21T00:11:44.897Z,ingest,sideways,200,84\n",
        );
        let table = imported.source.uptime.unwrap();
        let rows: Vec<(String, String, State)> = table
            .rows
            .iter()
            .map(|r| (r.start.to_string(), r.end.unwrap().to_string(), r.state))
            .collect();
        let row = |start: &str, end: &str, state| (start.to_owned(), end.to_owned(), state);
        assert_eq!(
            rows,
            [
                row(
                    "2026-06-16T22:37:00.729Z",
                    "2026-06-16T23:46:28.492Z",
                    State::Down
                ),
                // Two days without a commit: after the last check before them, nothing is known.
                row(
                    "2026-06-16T23:46:28.492Z",
                    "2026-06-19T00:16:44.897Z",
                    State::Up
                ),
                row(
                    "2026-06-21T00:11:44.897Z",
                    "2026-06-21T00:16:44.897Z",
                    State::Up
                ),
            ]
        );
        assert_eq!(table.probe_spacing("ingest"), Some(EVERY));
        assert_eq!(imported.rejects.count, 1);
        assert_eq!(imported.source.metrics.unwrap().series[0].points, 4);
    }

    #[test]
    fn a_site_file_is_its_last_check() {
        let imported = read_as(
            "history/ingest.yml",
            "url: https://i.example/health\nstatus: up\ncode: 200\nresponseTime: 1468\n\
             lastUpdated: 2026-08-22T23:12:41.552Z\nstartTime: 2026-06-16T22:36:48.543Z\n\
             generator: Upptime <https://github.com/upptime/upptime>\n",
        );
        let table = imported.source.uptime.unwrap();
        assert_eq!(table.rows.len(), 1);
        assert_eq!(table.rows[0].service, "ingest");
        assert_eq!(table.rows[0].end.unwrap().since(table.rows[0].start), EVERY);
        let warnings = imported.source.info.warnings;
        assert_eq!(warnings.count_of(WarningKind::TailMissing), 1);
    }

    #[test]
    fn the_summary_is_refused() {
        let text = r#"[{"name":"x","slug":"x","uptime":"99.93%","dailyMinutesDown":{}}]"#;
        let head = Head::new(text.as_bytes(), true, Path::new("summary.json"));
        assert!(matches!(recognise(&head), Seen::Refused(_)));
    }
}
