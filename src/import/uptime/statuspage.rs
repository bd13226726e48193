//! Incidents of a status page made with Atlassian Statuspage: `/api/v2/incidents.json` and `scheduled-maintenances.json`.

use std::io::Read;

use serde_json::Value;

use super::collect::Collected;
use super::document::{list, shown, text, time};
use crate::dataset::{OutageRow, State};
use crate::import::format::{Family, Format, Seen};
use crate::import::whole::read_json;
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::WarningKind;

/// Incidents of Statuspage.
pub static FORMAT: Format = Format {
    id: "statuspage-json",
    title: "Statuspage incidents (JSON)",
    family: Family::Uptime,
    recognised_by: "a JSON object with page and incidents or scheduled_maintenances",
    traps: &[
        "Impact is not downtime: none is taken as up, minor as degraded, major and critical as down.",
        "The API hands out the last 50 incidents only: before the oldest one nothing is known, yet it reads as up.",
        "An incident without resolved_at is still going on.",
        "Incidents that overlap count once; each names the components that it touches, and these are the services.",
        "What a page says is what its operator chose to say.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

const LISTS: [&str; 2] = ["incidents", "scheduled_maintenances"];

fn recognise(head: &Head<'_>) -> Seen {
    let Some(json) = head
        .json
        .as_ref()
        .filter(|j| !j.array && j.has_keys(&["page"]))
    else {
        return Seen::No;
    };
    if LISTS
        .iter()
        .any(|name| json.has_keys(&[name]) || json.has(&format!("\"{name}\":[")))
    {
        return Seen::Yes;
    }
    if json.has_keys(&["status"]) || json.has_keys(&["components"]) {
        return Seen::Refused(
            "it says how the page is now, not how it was; ask it for /api/v2/incidents.json"
                .to_owned(),
        );
    }
    Seen::No
}

fn state_of(impact: &str) -> Option<State> {
    Some(match impact {
        "none" => State::Up,
        "minor" => State::Degraded,
        "major" | "critical" => State::Down,
        "maintenance" => State::Maintenance,
        _ => return None,
    })
}

/// Reads one answer.
pub fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let answer = read_json(reader, intake)?;
    let mut collected = Collected::new(intake);
    collected.incident_list = true;
    let mut position = 0;
    let mut without_impact = 0;
    for incident in LISTS.iter().flat_map(|name| list(&answer, name)) {
        position += 1;
        if let Err(reason) = take(incident, position, &mut without_impact, &mut collected) {
            collected.reject(position, "incidents", reason, &shown(incident));
        }
    }
    if position > 0 {
        collected.warnings.add(
            WarningKind::Assumed,
            "impact is taken as a state: none as up, minor as degraded, major and critical as down",
        );
    }
    if without_impact > 0 {
        collected.warnings.add_counted(
            WarningKind::Note,
            "incidents without impact are taken as up and left out",
            without_impact,
            None,
        );
    }
    if LISTS.iter().any(|name| list(&answer, name).len() == 50) {
        collected.warnings.add(
            WarningKind::TailMissing,
            "a page hands out its last 50 incidents; the time before the oldest one reads as up, but is unknown",
        );
    }
    collected.finish("there is no incident with an impact in it; ask the page for its history")
}

fn take(
    incident: &Value,
    position: u64,
    without_impact: &mut u64,
    collected: &mut Collected<'_>,
) -> Result<(), &'static str> {
    let zone = collected.intake().options.source_zone.clone();
    let first_time = |keys: &[&str]| keys.iter().find_map(|key| time(incident, key, &zone));
    let state = state_of(&text(incident, "impact"))
        .ok_or("its impact is not one of none, minor, major, critical")?;
    let maintenance = state == State::Maintenance;
    let (start, zoned) = if maintenance {
        first_time(&["scheduled_for", "started_at", "created_at"])
    } else {
        first_time(&["started_at", "created_at"])
    }
    .ok_or("it does not say when it began")?;
    let end_keys: &[&str] = if maintenance {
        &["resolved_at", "scheduled_until"]
    } else {
        &["resolved_at"]
    };
    let end = first_time(end_keys);
    let said = end_keys.iter().any(|key| !text(incident, key).is_empty());
    if end.is_none() && said {
        return Err("its end is not a time");
    }
    if end.is_none()
        && matches!(
            text(incident, "status").as_str(),
            "resolved" | "postmortem" | "completed"
        )
    {
        return Err("it is resolved, but does not say when");
    }
    collected.without_zone += u64::from(!zoned);
    if state == State::Up {
        *without_impact += 1;
        return Ok(());
    }
    let components: Vec<String> = list(incident, "components")
        .iter()
        .map(|component| text(component, "name"))
        .filter(|name| !name.is_empty())
        .collect();
    let row = |service: String| OutageRow {
        start,
        end: end.map(|(at, _)| at),
        state,
        service,
        note: text(incident, "name"),
    };
    if components.is_empty() {
        collected.row(row(String::new()), position);
    }
    for component in components {
        collected.row(row(component), position);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::calendar::{Instant, TimeRange};
    use crate::import::ImportOptions;
    use crate::progress::Progress;

    const TEXT: &str = r#"{"page":{"id":"x","name":"Example"},"incidents":[
        {"id":"4","name":"Slow logins","status":"investigating","impact":"minor","created_at":"2026-06-20T10:00:00.000Z","started_at":"2026-06-20T09:50:00.000Z","resolved_at":null,"components":[{"name":"Login"}]},
        {"id":"3","name":"Database","status":"resolved","impact":"critical","created_at":"2026-06-10T10:20:00.000-07:00","resolved_at":"2026-06-10T11:00:00.000-07:00","components":[{"name":"API"},{"name":"Web"}]},
        {"id":"2","name":"API down","status":"postmortem","impact":"major","started_at":"2026-06-10T17:00:00Z","created_at":"2026-06-10T17:05:00Z","resolved_at":"2026-06-10T17:40:00Z","components":[{"name":"API"}]},
        {"id":"1","name":"Notice","status":"resolved","impact":"none","created_at":"2026-06-01T17:00:00Z","resolved_at":"2026-06-01T18:00:00Z"},
        {"id":"0","name":"Odd","impact":"huge","created_at":"2026-06-01T17:00:00Z"}],
        "scheduled_maintenances":[{"name":"Upgrade","impact":"maintenance","status":"completed","scheduled_for":"2026-06-15T00:00:00Z","scheduled_until":"2026-06-15T02:00:00Z","resolved_at":"2026-06-15T01:00:00Z"}]}"#;

    #[test]
    fn incidents_count_once_and_impact_is_mapped() {
        let head = Head::new(TEXT.as_bytes(), true, Path::new("x"));
        assert_eq!(recognise(&head), Seen::Yes);
        let options = ImportOptions::default();
        let progress = Progress::default();
        let intake = Intake::new(Path::new("x.json"), &options, &progress);
        let imported = read(TEXT.as_bytes(), &intake).unwrap();
        let info = &imported.source.info;
        assert_eq!((info.rows, info.rejected), (5, 1));
        assert_eq!(info.warnings.count_of(WarningKind::Assumed), 1);
        assert_eq!(info.warnings.count_of(WarningKind::OverlappingIntervals), 1);
        let table = imported.source.uptime.unwrap();
        assert!(table.incident_list && table.rows.iter().any(|r| r.end.is_none()));
        let june = TimeRange {
            start: Instant::from_secs(1_780_272_000),
            end: Instant::from_secs(1_782_864_000),
        };
        let secs = |service: Option<&str>, state: State| -> i64 {
            let now = Instant::from_secs(1_781_949_600);
            let all = table.resolve(june, service, now);
            let of_state = all.iter().filter(|i| i.state == state);
            of_state.map(|i| i.range.length().0 / 1_000_000).sum()
        };
        // 17:00 to 18:00, two incidents on top of each other.
        assert_eq!(secs(Some("API"), State::Down), 3_600);
        assert_eq!(secs(Some("Web"), State::Down), 2_400);
        assert_eq!(secs(None, State::Maintenance), 3_600);
        assert_eq!(secs(Some("Login"), State::Degraded), 600);
    }

    #[test]
    fn the_state_of_now_is_no_history() {
        let text = r#"{"page":{"id":"x"},"status":{"indicator":"none"}}"#;
        let head = Head::new(text.as_bytes(), true, Path::new("x"));
        assert!(matches!(recognise(&head), Seen::Refused(_)));
    }
}
