//! UptimeRobot's log of events as CSV: one row for each change of state of a monitor.

use std::collections::BTreeMap;
use std::io::Read;

use super::collect::{Collected, Event};
use super::columns::{Columns, column, head_of};
use crate::dataset::State;
use crate::import::format::{Family, Format, Seen};
use crate::import::{Head, ImportError, Imported, Intake};
use crate::units::Micros;

/// UptimeRobot's export of events.
pub static FORMAT: Format = Format {
    id: "uptimerobot-csv",
    title: "UptimeRobot events (CSV)",
    family: Family::Uptime,
    recognised_by: "a header with Event, Monitor and Date-Time",
    traps: &[
        "Times are local times of the account and carry no zone: give it with --source-tz.",
        "An event lasts until the next one of its monitor; the duration in whole minutes counts where there is no next one, \
         or where it is clearly shorter.",
        "After Paused and Started nothing is known until the next Up or Down.",
        "The file does not say how often a monitor is checked (5 minutes in the free plan), so outages are known to one \
         check either side, without a bound.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

const EVENT: [&str; 1] = ["event"];
const MONITOR: [&str; 2] = ["monitor", "monitor_name"];
const TIME: [&str; 3] = ["date_time", "datetime", "date"];

fn recognise(head: &Head<'_>) -> Seen {
    head_of(head)
        .is_some_and(|(names, _)| {
            [&EVENT[..], &MONITOR, &TIME]
                .iter()
                .all(|wanted| column(&names, wanted).is_some())
        })
        .into()
}

fn state_of(event: &str) -> Option<State> {
    Some(match event.to_lowercase().as_str() {
        "up" => State::Up,
        "down" => State::Down,
        "paused" | "started" | "pause" | "start" => State::Unknown,
        _ => return None,
    })
}

/// `0 hrs, 12 mins`, `1 days, 2 hrs`, or `01:02:03`.
fn duration_in_words(text: &str) -> Option<Micros> {
    let mut secs: i64 = 0;
    let mut number: Option<i64> = None;
    let mut seen = false;
    for word in text.split([' ', ',']).filter(|w| !w.is_empty()) {
        if let Ok(value) = word.parse::<i64>() {
            number = Some(value);
            continue;
        }
        let unit = match word.trim_end_matches('s') {
            "day" | "d" => 86_400,
            "hr" | "hour" | "h" => 3_600,
            "min" | "minute" | "m" => 60,
            "sec" | "second" | "" => 1,
            _ => return None,
        };
        secs = secs.checked_add(number.take()?.checked_mul(unit)?)?;
        seen = true;
    }
    (seen && number.is_none() && secs >= 0).then(|| Micros::from_secs(secs))
}

/// Reads one export.
pub fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let table = Columns::open(reader, intake)?;
    let mut collected = Collected::new(intake);
    let event = table.needs(&EVENT, intake)?;
    let monitor = table.needs(&MONITOR, intake)?;
    let times = table.times(table.needs(&TIME, intake)?, &mut collected)?;
    let reason = table.finds(&["reason"]);
    let minutes = table.finds(&[
        "duration_(in_mins.)",
        "duration_(in_mins)",
        "duration_(mins)",
    ]);
    let words = table.finds(&["duration"]);
    let mut monitors: BTreeMap<String, Vec<Event>> = BTreeMap::new();
    table.each(&mut collected, |record, collected| {
        let state = state_of(&record.cell(event))
            .ok_or(("Event", "the event is not one of Up, Down, Paused, Started"))?;
        let (at, zoned) = times
            .read(record)
            .ok_or(("Date-Time", "the time is not one"))?;
        collected.without_zone += u64::from(!zoned);
        let cell = |column: Option<usize>| column.map(|c| record.cell(c).into_owned());
        let in_minutes = cell(minutes)
            .and_then(|text| text.parse::<i64>().ok())
            .filter(|m| (0..100_000_000).contains(m))
            .map(|m| Micros::from_secs(m * 60));
        let lasted = in_minutes.or_else(|| duration_in_words(&cell(words)?));
        monitors
            .entry(record.cell(monitor).into_owned())
            .or_default()
            .push(Event {
                at,
                state,
                lasted,
                note: if state == State::Up {
                    String::new()
                } else {
                    cell(reason).unwrap_or_default()
                },
                line: record.line,
            });
        Ok(())
    })?;
    for (monitor, events) in monitors {
        // Whole minutes: the rest of the last one, and one for how they are rounded.
        collected.events(&monitor, events, Micros::from_secs(120));
    }
    collected.finish("there are no events in it; export a longer time")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::calendar::Zone;
    use crate::import::ImportOptions;
    use crate::progress::Progress;
    use crate::warning::WarningKind;

    #[test]
    fn events_last_until_the_next_one() {
        let options = ImportOptions {
            source_zone: Zone::named("Europe/Berlin").unwrap(),
            ..ImportOptions::default()
        };
        let progress = Progress::default();
        let intake = Intake::new(Path::new("x.csv"), &options, &progress);
        let text = "Event,Monitor,Date-Time,Reason,Duration,Duration (in mins.),Monitor URL\n\
            Up,shop,2026-06-02 10:20:30,OK,\"700 hrs, 0 mins\",42000,https://shop.example\n\
            Down,shop,2026-06-02 10:05:00,Connection Timeout,\"0 hrs, 15 mins\",15,https://shop.example\n\
            Up,shop,2026-06-01 00:00:00,OK,\"34 hrs, 5 mins\",2045,https://shop.example\n\
            Sideways,shop,2026-06-01 00:00:00,OK,,1,\n\
            Paused,api,2026-06-03 00:00:00,,,,\n\
            Up,api,2026-06-01 00:00:00,OK,\"1 hrs, 0 mins\",60,https://api.example\n";
        let imported = read(text.as_bytes(), &intake).unwrap();
        let rows: Vec<(String, String, String, State)> = imported
            .source
            .uptime
            .unwrap()
            .rows
            .iter()
            .map(|r| {
                let end = r.end.unwrap().to_string();
                (r.service.clone(), r.start.to_string(), end, r.state)
            })
            .collect();
        let row = |service: &str, start: &str, end: &str, state| {
            (service.to_owned(), start.to_owned(), end.to_owned(), state)
        };
        assert_eq!(
            rows,
            [
                // An hour by its own duration; the rest until it was paused is unknown.
                row(
                    "api",
                    "2026-05-31T22:00:00Z",
                    "2026-05-31T23:00:00Z",
                    State::Up
                ),
                row(
                    "shop",
                    "2026-05-31T22:00:00Z",
                    "2026-06-02T08:05:00Z",
                    State::Up
                ),
                row(
                    "shop",
                    "2026-06-02T08:05:00Z",
                    "2026-06-02T08:20:30Z",
                    State::Down
                ),
                row(
                    "shop",
                    "2026-06-02T08:20:30Z",
                    "2026-07-01T12:20:30Z",
                    State::Up
                ),
            ]
        );
        let warnings = imported.source.info.warnings;
        assert_eq!(warnings.count_of(WarningKind::ZoneAssumed), 5);
        assert_eq!(warnings.count_of(WarningKind::RejectedRow), 1);
        assert_eq!(warnings.count_of(WarningKind::TailMissing), 1);
        assert_eq!(
            duration_in_words("1 days, 2 hrs"),
            Some(Micros::from_secs(93_600))
        );
        assert_eq!(duration_in_words("soon"), None);
    }
}
