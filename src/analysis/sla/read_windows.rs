//! Exclusions and service hours as they are written in YAML.

use jiff::civil::Date;

use super::SlaFileError;
use super::exclusion::WrittenExclusion;
use super::objective::Objective;
use super::service_hours::{DAY_MINUTES, ServiceHours, day_index};
use super::yaml::{Node, Value};
use crate::calendar::Zone;

/// The list of exclusions of an objective: names of tables, and windows written out.
pub(super) fn exclusions(node: &Node, objective: &mut Objective) -> Result<(), SlaFileError> {
    let one = std::slice::from_ref(node);
    let items = match &node.value {
        Value::Null => return Ok(()),
        Value::List(items) => items.as_slice(),
        _ => one,
    };
    for item in items {
        match &item.value {
            Value::Map(_) => objective.written_exclusions.push(window(item)?),
            _ => objective
                .exclusions
                .push(item.text("exclusions")?.to_owned()),
        }
    }
    Ok(())
}

fn window(node: &Node) -> Result<WrittenExclusion, SlaFileError> {
    let map = node.map("an exclusion")?;
    let mut written = WrittenExclusion {
        line: map.first().map(|(_, n)| n.line).or(Some(node.line)),
        ..WrittenExclusion::default()
    };
    for (key, value) in map {
        let slot = written.slot(key).ok_or_else(|| {
            value.error(format!(
                "unknown key \"{key}\" in an exclusion; known keys: {}",
                WrittenExclusion::KEYS
            ))
        })?;
        *slot = value.text(key)?.to_owned();
    }
    // Whether it can be understood does not depend on the zone. A mistake is pointed at where its key stands.
    written.read(&Zone::utc()).map_err(|mut error| {
        let key = error.message.split(':').next().unwrap_or_default();
        let at = map.iter().find(|(k, _)| k == key).map(|(_, n)| n.line);
        error.line = at.or(error.line);
        error
    })?;
    Ok(written)
}

/// Service hours: a block, or `always`.
pub(super) fn service_hours(node: &Node) -> Result<ServiceHours, SlaFileError> {
    let mut hours = ServiceHours::default();
    if let Value::Scalar(text) = &node.value {
        return if text.trim().eq_ignore_ascii_case("always") {
            Ok(hours)
        } else {
            Err(node.error(format!(
                "service_hours \"{text}\" is not known; write always, or a block such as {{days: [mon..fri], from: \"07:00\", to: \"19:00\"}}"
            )))
        };
    }
    let mut end_line = node;
    for (key, value) in node.map("service_hours")? {
        match key.as_str() {
            "days" => hours.days = days(value)?,
            "from" => hours.from_minute = minute(value, "from")?,
            "to" => {
                hours.to_minute = minute(value, "to")?;
                end_line = value;
            }
            "timezone" | "tz" => {
                let name = value.text("timezone")?;
                Zone::named(name).map_err(|e| value.error(e.to_string()))?;
                hours.timezone = Some(name.to_owned());
            }
            "holidays" => {
                for text in value.texts("holidays")? {
                    let date: Date = text.parse().map_err(|_| {
                        value.error(format!(
                            "holidays: \"{text}\" is not a date; write for example 2026-12-25"
                        ))
                    })?;
                    hours.holidays.push(date);
                }
            }
            other => {
                return Err(value.error(format!(
                    "unknown key \"{other}\" in service_hours; known keys: days, from, to, timezone, holidays"
                )));
            }
        }
    }
    if hours.from_minute == DAY_MINUTES || hours.from_minute == hours.to_minute {
        return Err(end_line.error(
            "service_hours: from and to must differ; from lies between 00:00 and 23:59, to between 00:01 and 24:00",
        ));
    }
    if hours.to_minute == 0 {
        hours.to_minute = DAY_MINUTES;
    }
    Ok(hours)
}

fn days(node: &Node) -> Result<[bool; 7], SlaFileError> {
    let mut on = [false; 7];
    let wrong = |text: &str| {
        node.error(format!(
            "days: \"{text}\" is not known; write mon, tue, wed, thu, fri, sat, sun or a range such as mon..fri"
        ))
    };
    let texts = node.texts("days")?;
    for text in texts.iter().flat_map(|t| t.split(',')) {
        let (first, last) = ["..", "–", "-"]
            .iter()
            .find_map(|sign| text.split_once(sign))
            .unwrap_or((text, text));
        let (Some(first), Some(last)) = (day_index(first), day_index(last)) else {
            return Err(wrong(text));
        };
        // A range may run over the end of the week.
        for step in 0..=(last + 7 - first) % 7 {
            if let Some(day) = on.get_mut((first + step) % 7) {
                *day = true;
            }
        }
    }
    if on == [false; 7] {
        return Err(wrong(""));
    }
    Ok(on)
}

fn minute(node: &Node, key: &str) -> Result<u16, SlaFileError> {
    let text = node.text(key)?;
    let (hours, minutes) = text.split_once(':').unwrap_or(("", ""));
    let number = |part: &str| part.parse::<u16>().ok();
    number(hours)
        .zip(number(minutes))
        .filter(|(_, m)| *m < 60 && minutes.len() == 2)
        .map(|(h, m)| h * 60 + m)
        .filter(|minute| *minute <= DAY_MINUTES)
        .ok_or_else(|| {
            node.error(format!(
                "{key}: \"{text}\" is not a time of day; write for example 07:00 or 24:00"
            ))
        })
}

#[cfg(test)]
mod tests {
    use super::super::SlaFile;

    fn file(body: &str) -> String {
        format!("objectives:\n  - name: x\n    kind: availability\n    target: 99.9%\n{body}")
    }

    #[test]
    fn service_hours_and_windows_are_read() {
        let yaml = file(
            "    service_hours: {days: [mon..fri, sun], from: \"07:00\", to: 24:00, timezone: Europe/Berlin, holidays: [2026-12-25]}\n    exclusions:\n      - maintenance.csv\n      - {start: 2026-06-14 02:00, duration: 2h, rrule: FREQ=WEEKLY;BYDAY=SU, reason: patches, category: maintenance, by: J. Doe, at: 2026-05-01}\n",
        );
        let file = SlaFile::parse(&yaml).unwrap();
        let objective = &file.objectives[0];
        assert_eq!(objective.exclusions, ["maintenance.csv"]);
        assert_eq!(objective.written_exclusions[0].by, "J. Doe");
        assert_eq!(objective.written_exclusions[0].line, Some(8));
        let hours = objective.service_hours.as_ref().unwrap();
        assert_eq!(hours.days, [true, true, true, true, true, false, true]);
        assert_eq!((hours.from_minute, hours.to_minute), (420, 1_440));
        assert_eq!(hours.holidays.len(), 1);
    }

    #[test]
    fn hours_of_the_file_are_those_of_each_objective_without_own_ones() {
        let yaml = "service_hours: {days: sat..mon}\nfiscal_start: april\nobjectives:\n  - {name: a, kind: latency, target: 1s}\n  - {name: b, kind: latency, target: 1s, service_hours: always}\n";
        let file = SlaFile::parse(yaml).unwrap();
        let hours = |i: usize| file.objectives[i].service_hours.clone().unwrap();
        assert_eq!(
            hours(0).days,
            [true, false, false, false, false, true, true]
        );
        assert!(hours(1).is_always());
        assert_eq!(file.fiscal_start.unwrap().month(), 4);
    }

    /// Each mistake with its line, its key and what to write.
    #[test]
    fn mistakes_are_answered_with_what_to_write() {
        for (body, line, says) in [
            ("    service_hours: nine to five\n", 5, "always"),
            ("    service_hours: {days: [mon..fry]}\n", 5, "mon..fri"),
            ("    service_hours: {days: []}\n", 5, "mon..fri"),
            ("    service_hours:\n      from: 7\n", 6, "07:00"),
            ("    service_hours:\n      to: 25:00\n", 6, "24:00"),
            (
                "    service_hours:\n      from: 07:00\n      to: 07:00\n",
                7,
                "differ",
            ),
            ("    service_hours: {timezone: Mars}\n", 5, "zone"),
            ("    service_hours: {holidays: [xmas]}\n", 5, "2026-12-25"),
            ("    service_hours: {hours: 5}\n", 5, "known keys: days"),
            (
                "    exclusions:\n      - start: 2026-06-14\n        end: 2026-06-13\n",
                7,
                "swap",
            ),
            (
                "    exclusions:\n      - start: 2026-06-14\n        duration: 2h\n        rrule: FREQ=SOMETIMES\n",
                8,
                "FREQ=DAILY",
            ),
            (
                "    exclusions:\n      - start: 2026-06-14\n        why: because\n",
                7,
                "reason",
            ),
        ] {
            let error = SlaFile::parse(&file(body)).unwrap_err();
            assert_eq!(error.line, Some(line), "{body}\n{error}");
            assert!(error.message.contains(says), "{body}\n{error}");
        }
        let error = SlaFile::parse("fiscal_start: 13\nobjectives: []\n").unwrap_err();
        assert_eq!(error.line, Some(1));
        assert!(error.message.contains("april"), "{error}");
    }
}
