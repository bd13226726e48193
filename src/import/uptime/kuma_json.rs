//! Uptime Kuma's heartbeats as its status pages hand them out: `/api/status-page/heartbeat/…`.

use std::collections::BTreeMap;
use std::io::Read;

use serde_json::Value;

use super::collect::Collected;
use super::document::{list, number, shown, text, time};
use crate::calendar::Zone;
use crate::dataset::State;
use crate::import::format::{Family, Format, Seen};
use crate::import::whole::read_json;
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::WarningKind;

/// Heartbeats of Uptime Kuma.
pub static FORMAT: Format = Format {
    id: "uptime-kuma-json",
    title: "Uptime Kuma heartbeats (JSON)",
    family: Family::Uptime,
    recognised_by: "a JSON object with heartbeatList",
    traps: &[
        "Times are UTC although nothing says so.",
        "Status 0 is down, 1 up, 3 maintenance; 2 is pending (being tried again), which is unknown.",
        "A status page hands out the last 100 heartbeats of a monitor only: the table heartbeat of its database holds all.",
        "Each heartbeat stands for its interval; a gap of more than one and a half intervals is unknown.",
        "Monitors have numbers here, no names, unless the page's own answer (publicGroupList) is in the same document.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

fn recognise(head: &Head<'_>) -> Seen {
    let Some(json) = head.json.as_ref().filter(|j| !j.array) else {
        return Seen::No;
    };
    if json.has_keys(&["heartbeatList"]) || json.has("\"heartbeatList\":{") {
        return Seen::Yes;
    }
    if json.has_keys(&["notificationList", "monitorList"]) {
        return Seen::Refused(
            "a backup of Uptime Kuma holds its settings, not what it saw; export the table heartbeat of kuma.db as CSV"
                .to_owned(),
        );
    }
    Seen::No
}

/// The state that a number of Uptime Kuma stands for.
pub(super) fn state_of(status: Option<f64>) -> Option<State> {
    let status = status.filter(|s| s.fract() == 0.0)?;
    Some(match status as i64 {
        0 => State::Down,
        1 => State::Up,
        2 => State::Unknown,
        3 => State::Maintenance,
        _ => return None,
    })
}

/// Names of monitors by their number, where the page's own answer is there too.
fn names(answer: &Value) -> BTreeMap<String, String> {
    let groups = list(answer, "publicGroupList").iter();
    groups
        .flat_map(|group| list(group, "monitorList"))
        .map(|monitor| (text(monitor, "id"), text(monitor, "name")))
        .filter(|(_, name)| !name.is_empty())
        .collect()
}

/// Reads one answer.
pub fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let answer = read_json(reader, intake)?;
    let mut collected = Collected::new(intake);
    let names = names(&answer);
    let monitors = answer.get("heartbeatList").and_then(Value::as_object);
    let mut position = 0;
    let mut capped = false;
    for (id, beats) in monitors.into_iter().flatten() {
        let name = names
            .get(id)
            .cloned()
            .unwrap_or_else(|| format!("monitor {id}"));
        let beats = beats.as_array().map_or(&[][..], Vec::as_slice);
        capped |= beats.len() == 100;
        for beat in beats {
            position += 1;
            let state = state_of(number(beat, "status"));
            let at = time(beat, "time", &Zone::utc());
            let (Some(state), Some((at, _))) = (state, at) else {
                let reason = "it has no known status or no time";
                collected.reject(position, "heartbeatList", reason, &shown(beat));
                continue;
            };
            collected.check(&name, at, state);
            if let Some(ping) = number(beat, "ping") {
                collected.latency_ms(&name, at, ping);
            }
        }
    }
    if capped {
        collected.warnings.add(
            WarningKind::TailMissing,
            "a status page hands out the last 100 heartbeats of a monitor; nothing is known about the time before",
        );
    }
    if answer.get("uptimeList").is_some() {
        collected.warnings.add(
            WarningKind::NotRead,
            "the tool's own percentages (uptimeList) are not read: they cover other times than these heartbeats",
        );
    }
    collected.finish("there are no heartbeats in it; ask the page for its heartbeats again")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::import::ImportOptions;
    use crate::progress::Progress;
    use crate::units::Micros;

    #[test]
    fn heartbeats_are_checks_in_utc() {
        let text = r#"{"publicGroupList":[{"name":"Services","monitorList":[{"id":7,"name":"shop"}]}],
            "heartbeatList":{"7":[
            {"status":1,"time":"2026-06-01 00:00:00.123","msg":"","ping":31},
            {"status":0,"time":"2026-06-01 00:01:00.123","msg":"timeout","ping":null},
            {"status":2,"time":"2026-06-01 00:02:00.123","msg":"","ping":null},
            {"status":3,"time":"2026-06-01 00:03:00.123","msg":"","ping":null},
            {"status":1,"time":"2026-06-01 00:10:00.123","msg":"","ping":35},
            {"status":9,"time":"2026-06-01 00:11:00.123"},
            {"status":1,"time":"whenever"}],
            "8":[{"status":1,"time":"2026-06-01 00:00:00","ping":"5"}]},"uptimeList":{"7_24":0.99}}"#;
        let options = ImportOptions {
            source_zone: Zone::named("Asia/Tokyo").unwrap(),
            ..ImportOptions::default()
        };
        let progress = Progress::default();
        let intake = Intake::new(Path::new("x.json"), &options, &progress);
        let imported = read(text.as_bytes(), &intake).unwrap();
        let table = imported.source.uptime.unwrap();
        let rows: Vec<(i64, i64, State)> = table
            .rows
            .iter()
            .filter(|r| r.service == "shop")
            .map(|r| {
                (
                    r.start.secs() % 3_600,
                    r.end.unwrap().secs() % 3_600,
                    r.state,
                )
            })
            .collect();
        assert_eq!(
            rows,
            [
                (0, 60, State::Up),
                (60, 120, State::Down),
                (120, 180, State::Unknown),
                (180, 240, State::Maintenance),
                (600, 660, State::Up),
            ]
        );
        assert_eq!(table.probe_spacing("shop"), Some(Micros::from_secs(60)));
        let info = imported.source.info;
        assert_eq!(info.first.unwrap().to_string(), "2026-06-01T00:00:00Z");
        assert_eq!((info.rows, info.rejected), (6, 2));
        assert_eq!(info.warnings.count_of(WarningKind::ZoneAssumed), 0);
        let metrics = imported.source.metrics.unwrap();
        assert_eq!(metrics.series(0).unwrap().values, [31.0, 35.0]);
        assert_eq!(
            metrics.series[1].display_name(),
            "response_time{service=monitor 8}"
        );
    }
}
