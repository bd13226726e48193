//! Pingdom's API: the outages of a check (`summary.outage`) and its single results (`results`).

use std::io::Read;

use super::collect::Collected;
use super::document::{list, number, shown, text, time};
use crate::calendar::Zone;
use crate::dataset::{OutageRow, State};
use crate::import::format::{Family, Format, Seen};
use crate::import::whole::read_json;
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::WarningKind;

/// Outages and results of Pingdom.
pub static FORMAT: Format = Format {
    id: "pingdom-outage-json",
    title: "Pingdom outages and results (JSON of the API)",
    family: Family::Uptime,
    recognised_by: "a JSON object with summary and states with timefrom and timeto; or with results and activeprobes",
    traps: &[
        "Times are seconds since 1970 in UTC.",
        "An unconfirmed failure is unknown, as is the state unknown.",
        "The document does not name its check: every row is about the service of its file.",
        "Results are single checks: each stands for its interval, and outages are known to one check either side.",
        "results are handed out 1,000 at a time: import every page.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

fn recognise(head: &Head<'_>) -> Seen {
    head.json
        .as_ref()
        .is_some_and(|json| {
            !json.array
                && (json.has_keys(&["summary"])
                    && json.has("\"states\":[")
                    && json.has("\"timefrom\":")
                    || json.has_keys(&["results"]) && json.has("\"probeid\":"))
        })
        .into()
}

fn state_of(status: &str) -> Option<State> {
    Some(match status {
        "up" => State::Up,
        "down" => State::Down,
        "unknown" | "unconfirmed_down" | "paused" => State::Unknown,
        _ => return None,
    })
}

/// Reads one answer.
pub fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let answer = read_json(reader, intake)?;
    let mut collected = Collected::new(intake);
    let utc = Zone::utc();
    let mut position = 0;
    let states = answer.get("summary").map_or(&[][..], |s| list(s, "states"));
    for stretch in states {
        position += 1;
        let state = state_of(&text(stretch, "status"));
        let (start, end) = (
            time(stretch, "timefrom", &utc),
            time(stretch, "timeto", &utc),
        );
        let (Some(state), Some((start, _)), Some((end, _))) = (state, start, end) else {
            let reason = "it has no known status, or no times";
            collected.reject(position, "states", reason, &shown(stretch));
            continue;
        };
        let row = OutageRow {
            start,
            end: Some(end),
            state,
            service: String::new(),
            note: String::new(),
        };
        collected.row(row, position);
    }
    let results = list(&answer, "results");
    for check in results {
        position += 1;
        let state = state_of(&text(check, "status"));
        let (Some(state), Some((at, _))) = (state, time(check, "time", &utc)) else {
            let reason = "it has no known status, or no time";
            collected.reject(position, "results", reason, &shown(check));
            continue;
        };
        collected.check("", at, state);
        if let Some(millis) = number(check, "responsetime") {
            collected.latency_ms("", at, millis);
        }
    }
    if results.len() == 1_000 {
        collected.warnings.add(
            WarningKind::TailMissing,
            "results come 1,000 at a time; import the other pages too",
        );
    }
    collected.finish("there are no states in it; ask for a longer time")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::import::testing::read_as;
    use crate::units::Micros;

    fn imported(text: &str) -> Imported {
        let head = Head::new(text.as_bytes(), true, Path::new("x"));
        assert_eq!(recognise(&head), Seen::Yes);
        read_as(&FORMAT, "x.json", text).unwrap()
    }

    #[test]
    fn outages_and_results() {
        let states = imported(
            r#"{"summary":{"states":[{"status":"up","timefrom":1780300000,"timeto":1780303600},
            {"status":"down","timefrom":1780303600,"timeto":1780303900},
            {"status":"unknown","timefrom":1780303900,"timeto":1780304000},
            {"status":"up","timefrom":1780304000,"timeto":1780304000},{"status":"up"}]}}"#,
        );
        let table = states.source.uptime.unwrap();
        assert_eq!((table.rows.len(), states.rejects.count), (3, 2));
        assert_eq!(table.rows[1].end.unwrap().secs(), 1_780_303_900);
        let results = imported(
            r#"{"activeprobes":[1,2],"results":[{"probeid":1,"time":1780300120,"status":"up","responsetime":80},
            {"probeid":2,"time":1780300060,"status":"down","responsetime":null},
            {"probeid":1,"time":1780300000,"status":"up","responsetime":90}]}"#,
        );
        let table = results.source.uptime.unwrap();
        assert_eq!(table.rows[1].state, State::Down);
        assert_eq!(table.probe_spacing(""), Some(Micros::from_secs(60)));
        let metrics = results.source.metrics.unwrap();
        assert_eq!(metrics.series(0).unwrap().values, [90.0, 80.0]);
    }
}
