//! Holidays: days that differ from their weekday. What one does is taken from its past occurrences, against the same
//! weekday of the four weeks before and after; with fewer than two of them nothing is known, and that is said.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::super::Steps;
use super::super::linear::median;
use super::words::Effect;
use crate::calendar::{TimeRange, Zone};
use crate::units;

/// Weeks to either side that a day is compared with.
const WEEKS: usize = 4;
/// Past occurrences that an effect is taken from.
const NEEDED: usize = 2;

/// A day with a name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Holiday {
    /// The day, or its first occurrence.
    pub date: Date,
    /// Its name; days of one name are occurrences of one holiday.
    pub name: String,
    /// It comes again every year on this date.
    pub yearly: bool,
}

impl Holiday {
    /// Its days from one day to another, both included.
    pub fn days(&self, first: Date, last: Date) -> Vec<Date> {
        if !self.yearly {
            return Some(self.date)
                .filter(|d| *d >= first && *d <= last)
                .into_iter()
                .collect();
        }
        (first.year()..=last.year())
            .filter_map(|year| self.date.with().year(year).build().ok())
            .filter(|d| *d >= first && *d <= last)
            .collect()
    }
}

/// What the past says about one holiday.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Estimate {
    /// Its effect, where it is known.
    pub effect: Option<Effect>,
    /// How it is known, or why not, in words.
    pub note: String,
}

/// The steps of a day within the past.
pub(super) fn steps_of(steps: &Steps, range: TimeRange) -> Vec<usize> {
    let count = steps.values.len();
    if range.end <= steps.time(0) || range.start >= steps.time(count) {
        return Vec::new();
    }
    let near = steps.indices(&[range.start]);
    let from = near.first().map_or(0, |index| index.saturating_sub(1));
    (from..count)
        .skip_while(|i| steps.time(*i) < range.start)
        .take_while(|i| steps.time(*i) < range.end)
        .collect()
}

/// The day as a range of time.
pub(super) fn day(date: Date, zone: &Zone) -> TimeRange {
    let next = date.tomorrow().unwrap_or(Date::MAX);
    TimeRange {
        start: zone.start_of_day(date),
        end: zone.start_of_day(next),
    }
}

/// The effect of a holiday from its past days. `special` marks the steps of all holidays and of what is left out.
pub(super) fn estimate(steps: &Steps, past_days: &[Vec<usize>], special: &[bool]) -> Estimate {
    let unknown = |note: String| Estimate { effect: None, note };
    let week = (7.0 / steps.step.as_days().max(1e-6)).round() as usize;
    let usual = |index: usize| -> Option<f64> {
        let beside = (1..=WEEKS).flat_map(|k| {
            let before = index.checked_sub(k * week);
            before.into_iter().chain(Some(index + k * week))
        });
        let values: Vec<f64> = beside
            .filter(|i| special.get(*i) == Some(&false))
            .filter_map(|i| steps.values.get(i).copied().flatten())
            .collect();
        median(&values)
    };
    let sums: Vec<(f64, f64)> = past_days
        .iter()
        .filter_map(|day| {
            let pairs: Vec<(f64, f64)> = day
                .iter()
                .filter_map(|i| Some((steps.values.get(*i).copied().flatten()?, usual(*i)?)))
                .collect();
            let sum = |f: fn(&(f64, f64)) -> f64| pairs.iter().map(f).sum::<f64>();
            let n = pairs.len() as f64;
            (!pairs.is_empty()).then(|| (sum(|p| p.0) / n, sum(|p| p.1) / n))
        })
        .collect();
    if sums.len() < NEEDED {
        let seen = match sums.len() {
            0 => "it has no past day in the data".to_owned(),
            n => format!("it has only {n} past day in the data, and {NEEDED} are needed"),
        };
        return unknown(format!(
            "its effect is unknown, because {seen}; nothing is changed"
        ));
    }
    let times = sums.iter().all(|(_, usual)| *usual > 0.0);
    let sizes: Vec<f64> = sums
        .iter()
        .map(|(value, usual)| if times { value / usual } else { value - usual })
        .collect();
    let (low, high) = sizes
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), s| {
            (low.min(*s), high.max(*s))
        });
    let neutral = if times { 1.0 } else { 0.0 };
    let count = sizes.len();
    if low <= neutral && neutral <= high {
        return unknown(format!(
            "its {count} past days were both above and below their weekday; nothing is changed"
        ));
    }
    let Some(middle) = median(&sizes).filter(|m| m.is_finite()) else {
        return unknown("its effect is not a number; nothing is changed".to_owned());
    };
    let (effect, low, high) = if times {
        (
            Effect::Multiply(middle.max(0.0)),
            Effect::Multiply(low),
            Effect::Multiply(high),
        )
    } else {
        (Effect::Add(middle), Effect::Add(low), Effect::Add(high))
    };
    Estimate {
        effect: Some(effect),
        note: format!(
            "from {} past days against their weekday, {} to {}",
            units::count(count as u64),
            low.words(""),
            high.words("")
        ),
    }
}

/// What is wrong with a table of holidays.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct HolidayError {
    /// 1-based line.
    pub line: u64,
    /// What is wrong and what to write instead.
    pub message: String,
}

/// Reads `date,name` lines, or the events of an iCalendar file. A date without a year (`12-25`) comes again every year.
pub fn read_holidays(text: &str) -> Result<Vec<Holiday>, HolidayError> {
    let text = text.trim_start_matches('\u{feff}');
    if text.lines().any(|l| l.trim() == "BEGIN:VEVENT") {
        return read_calendar(text);
    }
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (date, name) = line.split_once([',', ';', '\t']).unwrap_or((line, ""));
        let (date, name) = (unquoted(date), unquoted(name));
        if found.is_empty() && date.eq_ignore_ascii_case("date") {
            continue;
        }
        let Some((date, yearly)) = parse_day(date) else {
            return Err(HolidayError {
                line: number,
                message: format!(
                    "\"{date}\" is no date; write date,name such as 2026-12-25,Christmas, or 12-25,Christmas for every year"
                ),
            });
        };
        found.push(Holiday {
            date,
            name: name.to_owned(),
            yearly,
        });
    }
    if found.is_empty() {
        return Err(HolidayError {
            line: 1,
            message: "there is no holiday in it; write date,name such as 2026-12-25,Christmas"
                .to_owned(),
        });
    }
    Ok(found)
}

fn unquoted(text: &str) -> &str {
    text.trim().trim_matches('"').trim()
}

/// `2026-12-25`, `20261225` or `12-25`, and whether it comes every year.
pub(super) fn parse_day(text: &str) -> Option<(Date, bool)> {
    let text = text.trim();
    if let Ok(date) = text.parse::<Date>() {
        return Some((date, false));
    }
    // A leap year, so that 29 February can be written.
    format!("2024-{text}")
        .parse::<Date>()
        .ok()
        .filter(|_| text.len() == 5)
        .map(|date| (date, true))
}

/// The whole-day events of an iCalendar file (RFC 5545): DTSTART, SUMMARY and a yearly RRULE.
fn read_calendar(text: &str) -> Result<Vec<Holiday>, HolidayError> {
    let mut found = Vec::new();
    let mut event: Option<Holiday> = None;
    let mut dated = false;
    for (number, line) in (1..).zip(text.lines()) {
        let (key, value) = line.trim().split_once(':').unwrap_or((line.trim(), ""));
        match (key.split(';').next().unwrap_or_default(), &mut event) {
            ("BEGIN", _) if value == "VEVENT" => {
                event = Some(Holiday::default());
                dated = false;
            }
            ("DTSTART", Some(event)) => {
                let day = value.get(..8).unwrap_or(value);
                let (date, _) = parse_day(day).ok_or_else(|| HolidayError {
                    line: number,
                    message: format!("\"{value}\" is no date; DTSTART needs one such as 20261225"),
                })?;
                event.date = date;
                dated = true;
            }
            ("SUMMARY", Some(event)) => value.trim().clone_into(&mut event.name),
            ("RRULE", Some(event)) => event.yearly = value.contains("FREQ=YEARLY"),
            ("END", _) if value == "VEVENT" => {
                if !dated {
                    return Err(HolidayError {
                        line: number,
                        message: "the event has no DTSTART; it needs one such as 20261225"
                            .to_owned(),
                    });
                }
                found.extend(event.take());
            }
            _ => {}
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn tables_and_calendars_give_the_same_days() {
        let table = "date,name\n# fixed\n2026-12-25,\"Christmas\"\n05-01;Labour day\n";
        let read = read_holidays(table).unwrap();
        assert_eq!(read[0].name, "Christmas");
        assert!(!read[0].yearly && read[1].yearly);
        assert_eq!(
            read[1].days(date(2026, 3, 1), date(2028, 4, 30)),
            [date(2026, 5, 1), date(2027, 5, 1)]
        );
        let calendar = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261225\r\nSUMMARY:Christmas\r\nRRULE:FREQ=YEARLY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        assert_eq!(
            read_holidays(calendar).unwrap(),
            [Holiday {
                date: date(2026, 12, 25),
                name: "Christmas".to_owned(),
                yearly: true
            }]
        );
    }

    #[test]
    fn mistakes_name_their_line() {
        let error = read_holidays("2026-12-25,Christmas\nsoon,Easter\n").unwrap_err();
        assert_eq!(error.line, 2);
        assert!(error.message.contains("12-25,Christmas"), "{error}");
        assert!(read_holidays("").is_err() && read_holidays("date,name\n").is_err());
        let undated = read_holidays("BEGIN:VEVENT\nSUMMARY:x\nEND:VEVENT\n").unwrap_err();
        assert!(undated.message.contains("DTSTART"));
    }
}
