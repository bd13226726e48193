//! UptimeRobot's API, `getMonitors` with `logs=1`: changes of state with their lengths, and response times.

use std::io::Read;

use serde_json::Value;

use super::collect::{Collected, Event};
use super::document::{list, number, shown, text, time};
use crate::calendar::Zone;
use crate::dataset::State;
use crate::import::format::{Family, Format, Seen};
use crate::import::whole::read_json;
use crate::import::{Head, ImportError, Imported, Intake};
use crate::units::Micros;
use crate::warning::WarningKind;

/// UptimeRobot's answers with logs.
pub static FORMAT: Format = Format {
    id: "uptimerobot-json",
    title: "UptimeRobot logs (JSON of the API)",
    family: Family::Uptime,
    recognised_by: "a JSON object with stat and monitors",
    traps: &[
        "The type of a log is 1 down, 2 up, 98 started, 99 paused; after the last two nothing is known.",
        "The newest log comes first; a state lasts until the next log, or as long as its duration says.",
        "Without logs=1 in the request there are no logs, and the monitors alone say nothing about time.",
        "Answers hold at most 50 monitors: import every page.",
        "The interval of a monitor bounds its outages: each is known to one check either side.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

fn recognise(head: &Head<'_>) -> Seen {
    let Some(json) = head
        .json
        .as_ref()
        .filter(|j| !j.array && j.has_keys(&["stat"]))
    else {
        return Seen::No;
    };
    if json.has("\"stat\":\"fail\"") && json.has_keys(&["error"]) {
        return Seen::Refused(
            "UptimeRobot answered with an error; check the API key and ask again".to_owned(),
        );
    }
    json.has("\"monitors\":[").into()
}

fn state_of(kind: Option<f64>) -> Option<State> {
    Some(match kind? as i64 {
        1 => State::Down,
        2 => State::Up,
        98 | 99 => State::Unknown,
        _ => return None,
    })
}

/// Reads one answer.
pub fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let answer = read_json(reader, intake)?;
    let mut collected = Collected::new(intake);
    let mut position = 0;
    for monitor in list(&answer, "monitors") {
        let name = text(monitor, "friendly_name");
        let name = if name.is_empty() {
            text(monitor, "url")
        } else {
            name
        };
        if let Some(interval) = number(monitor, "interval") {
            collected.spacing(&name, Micros::from_secs(interval as i64));
        }
        let mut events = Vec::new();
        for log in list(monitor, "logs") {
            position += 1;
            let state = state_of(number(log, "type"));
            let at = time(log, "datetime", &Zone::utc());
            let (Some(state), Some((at, _))) = (state, at) else {
                let reason = "it has no known type or no time";
                collected.reject(position, "logs", reason, &shown(log));
                continue;
            };
            let lasted = number(log, "duration")
                .filter(|secs| (0.0..4e9).contains(secs))
                .map(|secs| Micros::from_secs(secs as i64));
            let detail = log.get("reason").map(|r| text(r, "detail"));
            events.push(Event {
                at,
                state,
                lasted,
                note: detail.filter(|_| state == State::Down).unwrap_or_default(),
                line: position,
            });
        }
        collected.events(&name, events, Micros::from_secs(60));
        for point in list(monitor, "response_times") {
            if let (Some((at, _)), Some(millis)) = (
                time(point, "datetime", &Zone::utc()),
                number(point, "value"),
            ) {
                collected.latency_ms(&name, at, millis);
            }
        }
    }
    note_pages(&answer, &mut collected);
    collected.finish("its monitors have no logs; ask the API again with logs=1")
}

/// Says when there are more monitors than this answer holds.
fn note_pages(answer: &Value, collected: &mut Collected<'_>) {
    let total = answer
        .get("pagination")
        .and_then(|p| number(p, "total"))
        .unwrap_or(0.0);
    let here = list(answer, "monitors").len();
    if total > here as f64 {
        collected.warnings.add(
            WarningKind::TailMissing,
            format!("the answer holds {here} of {total} monitors; import the other pages too"),
        );
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::import::ImportOptions;
    use crate::progress::Progress;

    #[test]
    fn logs_become_stretches_and_intervals_bounds() {
        let text = r#"{"stat":"ok","pagination":{"offset":0,"limit":50,"total":2},"monitors":[{"id":1,
            "friendly_name":"shop","url":"https://shop.example","interval":300,"logs":[
            {"type":2,"datetime":1780300000,"duration":5000,"reason":{"code":"200","detail":"OK"}},
            {"type":1,"datetime":1780299400,"duration":600,"reason":{"code":"333333","detail":"Connection Timeout"}},
            {"type":98,"datetime":1780290000,"duration":9400},{"type":7,"datetime":1},{"type":"x"}],
            "response_times":[{"datetime":1780300000,"value":123}]}]}"#;
        let head = Head::new(text.as_bytes(), true, Path::new("x"));
        assert_eq!(recognise(&head), Seen::Yes);
        let options = ImportOptions::default();
        let progress = Progress::default();
        let intake = Intake::new(Path::new("x.json"), &options, &progress);
        let imported = read(text.as_bytes(), &intake).unwrap();
        let table = imported.source.uptime.unwrap();
        let rows: Vec<(i64, i64, State, &str)> = table
            .rows
            .iter()
            .map(|r| {
                (
                    r.start.secs(),
                    r.end.unwrap().secs(),
                    r.state,
                    r.note.as_str(),
                )
            })
            .collect();
        assert_eq!(
            rows,
            [
                (1_780_290_000, 1_780_299_400, State::Unknown, ""),
                (
                    1_780_299_400,
                    1_780_300_000,
                    State::Down,
                    "Connection Timeout"
                ),
                (1_780_300_000, 1_780_305_000, State::Up, ""),
            ]
        );
        assert!(!table.incident_list);
        assert_eq!(table.probe_spacing("shop"), Some(Micros::from_secs(300)));
        let info = imported.source.info;
        assert_eq!((info.rows, info.rejected), (3, 2));
        assert_eq!(info.warnings.count_of(WarningKind::TailMissing), 1);
        let latency = imported.source.metrics.unwrap().series(0).unwrap();
        assert_eq!(
            (latency.values, latency.info.unit.as_str()),
            (vec![123.0], "ms")
        );
        let empty = read(&br#"{"stat":"ok","monitors":[{"id":1}]}"#[..], &intake);
        assert!(empty.unwrap_err().to_string().contains("logs=1"));
        let failed = r#"{"stat":"fail","error":{"type":"invalid_parameter"}}"#;
        let head = Head::new(failed.as_bytes(), true, Path::new("x"));
        assert!(matches!(recognise(&head), Seen::Refused(_)));
    }
}
