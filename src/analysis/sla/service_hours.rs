//! The hours in which a service is promised. Time outside of them is no part of a period: neither downtime nor requests
//! in it count, and it is no exclusion either.

use jiff::civil::{Date, Time, Weekday};
use serde::{Deserialize, Serialize};

use crate::calendar::{Instant, TimeRange, Zone};

/// Minutes of a civil day.
pub(super) const DAY_MINUTES: u16 = 1_440;

/// Service hours, by the clocks of a zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceHours {
    /// Days on which they begin, Monday first.
    pub days: [bool; 7],
    /// When they begin, in minutes after midnight, 0..=1439.
    pub from_minute: u16,
    /// When they end, 1..=1440; before the beginning it is on the next day.
    pub to_minute: u16,
    /// IANA zone; `None` for the calendar's.
    pub timezone: Option<String>,
    /// Days on which they do not begin.
    pub holidays: Vec<Date>,
}

impl Default for ServiceHours {
    /// Always.
    fn default() -> Self {
        Self {
            days: [true; 7],
            from_minute: 0,
            to_minute: DAY_MINUTES,
            timezone: None,
            holidays: Vec::new(),
        }
    }
}

fn short_name(day: usize) -> &'static str {
    ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
        .get(day)
        .copied()
        .unwrap_or_default()
}

impl ServiceHours {
    /// Whether all time counts.
    pub fn is_always(&self) -> bool {
        self.days == [true; 7]
            && self.from_minute == 0
            && self.to_minute == DAY_MINUTES
            && self.holidays.is_empty()
    }

    /// The zone whose clocks they follow: their own, else the calendar's.
    pub fn zone(&self, calendar: &Zone) -> Zone {
        self.timezone
            .as_deref()
            .and_then(|name| Zone::named(name).ok())
            .unwrap_or_else(|| calendar.clone())
    }

    fn begins_on(&self, date: Date) -> bool {
        let index = date.weekday().to_monday_zero_offset();
        let weekday = usize::try_from(index).ok().and_then(|i| self.days.get(i));
        weekday == Some(&true) && !self.holidays.contains(&date)
    }

    /// The time of a range that lies outside, rising and without overlap. Clocks that change move it with them.
    pub fn outside(&self, range: TimeRange, calendar: &Zone) -> Vec<TimeRange> {
        if self.is_always() || range.start >= range.end {
            return Vec::new();
        }
        let zone = self.zone(calendar);
        let mut outside = Vec::new();
        let mut reached = range.start;
        // Hours that began the day before may reach into the range.
        let first = range.start.date(&zone);
        let mut date = first.yesterday().unwrap_or(first);
        let last = Instant(range.end.0 - 1).date(&zone);
        while date <= last {
            let Ok(next) = date.tomorrow() else { break };
            if self.begins_on(date) {
                let end_date = if self.to_minute > self.from_minute {
                    date
                } else {
                    next
                };
                let start = at(&zone, date, self.from_minute).max(range.start);
                let end = at(&zone, end_date, self.to_minute).min(range.end);
                if start < end {
                    if reached < start {
                        outside.push(TimeRange {
                            start: reached,
                            end: start,
                        });
                    }
                    reached = reached.max(end);
                }
            }
            date = next;
        }
        if reached < range.end {
            outside.push(TimeRange {
                start: reached,
                end: range.end,
            });
        }
        outside
    }

    /// As a rule says it: `Mon–Fri 07:00–19:00 (Europe/Berlin), without 2 holidays`.
    pub fn words(&self, calendar: &Zone) -> String {
        let on: Vec<usize> = (0..7)
            .filter(|i| self.days.get(*i) == Some(&true))
            .collect();
        let run = on
            .last()
            .zip(on.first())
            .map(|(last, first)| last - first + 1);
        let days = match on.as_slice() {
            all if all.len() == 7 => "every day".to_owned(),
            [first, .., last] if run == Some(on.len()) && on.len() > 2 => {
                format!("{}–{}", short_name(*first), short_name(*last))
            }
            some => {
                let names: Vec<&str> = some.iter().map(|d| short_name(*d)).collect();
                names.join(", ")
            }
        };
        let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
        let holidays = match self.holidays.len() {
            0 => String::new(),
            1 => ", without 1 holiday".to_owned(),
            n => format!(", without {n} holidays"),
        };
        format!(
            "{days} {}–{} ({}){holidays}",
            clock(self.from_minute),
            clock(self.to_minute),
            self.zone(calendar).name()
        )
    }
}

/// A minute of a civil day; 1,440 is the beginning of the next one.
fn at(zone: &Zone, date: Date, minute: u16) -> Instant {
    if minute >= DAY_MINUTES {
        return zone.start_of_day(date.tomorrow().unwrap_or(date));
    }
    let time = Time::new((minute / 60) as i8, (minute % 60) as i8, 0, 0).unwrap_or_default();
    zone.instant(date.to_datetime(time))
}

/// A day by its name: `mon`, `Monday`.
pub(super) fn day_index(text: &str) -> Option<usize> {
    let lower = text.trim().to_lowercase();
    [
        (Weekday::Monday, "monday"),
        (Weekday::Tuesday, "tuesday"),
        (Weekday::Wednesday, "wednesday"),
        (Weekday::Thursday, "thursday"),
        (Weekday::Friday, "friday"),
        (Weekday::Saturday, "saturday"),
        (Weekday::Sunday, "sunday"),
    ]
    .iter()
    .find(|(_, name)| lower.len() >= 2 && name.starts_with(&lower))
    .and_then(|(day, _)| usize::try_from(day.to_monday_zero_offset()).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Period;

    fn office() -> ServiceHours {
        ServiceHours {
            days: [true, true, true, true, true, false, false],
            from_minute: 420,
            to_minute: 1_140,
            timezone: Some("Europe/Berlin".to_owned()),
            holidays: vec![Date::constant(2026, 12, 25)],
        }
    }

    fn inside_minutes(hours: &ServiceHours, period: &str) -> i64 {
        let utc = Zone::utc();
        let range = Period::parse(period).unwrap().range(&utc);
        let outside: i64 = hours
            .outside(range, &utc)
            .iter()
            .map(|r| r.length().0)
            .sum();
        (range.length().0 - outside) / 60_000_000
    }

    #[test]
    fn only_service_hours_are_left() {
        // June 2026 has 22 weekdays of 12 hours.
        assert_eq!(inside_minutes(&office(), "2026-06"), 22 * 720);
        // Christmas is a Friday.
        assert_eq!(inside_minutes(&office(), "2026-12-25"), 0);
        assert_eq!(inside_minutes(&office(), "2026-12-28"), 720);
        assert!(ServiceHours::default().is_always());
        assert_eq!(
            inside_minutes(&ServiceHours::default(), "2026-06-14"),
            1_440
        );
    }

    /// Night shifts cross midnight, and clocks that change take an hour or give one.
    #[test]
    fn hours_follow_the_clocks() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        let night = ServiceHours {
            from_minute: 1_320,
            to_minute: 360,
            ..ServiceHours::default()
        };
        let month = Period::parse("2026-03").unwrap().range(&berlin);
        let outside: i64 = night
            .outside(month, &berlin)
            .iter()
            .map(|r| r.length().0)
            .sum();
        // 31 nights of 8 hours less the hour that is skipped on the 29th.
        assert_eq!((month.length().0 - outside) / 3_600_000_000, 31 * 8 - 1);
        let day = Period::parse("2026-03-29").unwrap().range(&berlin);
        let all_day = ServiceHours {
            days: [false, false, false, false, false, false, true],
            ..ServiceHours::default()
        };
        assert!(all_day.outside(day, &berlin).is_empty());
        let office_day = Period::parse("2026-03-30").unwrap().range(&berlin);
        let first = office().outside(office_day, &berlin)[0];
        assert_eq!(first.end.to_string(), "2026-03-30T05:00:00Z");
    }

    #[test]
    fn hours_are_told() {
        let utc = Zone::utc();
        assert_eq!(
            office().words(&utc),
            "Mon–Fri 07:00–19:00 (Europe/Berlin), without 1 holiday"
        );
        let odd = ServiceHours {
            days: [true, false, true, false, false, false, false],
            ..ServiceHours::default()
        };
        assert_eq!(odd.words(&utc), "Mon, Wed 00:00–24:00 (UTC)");
        assert_eq!(day_index("Sunday"), Some(6));
        assert_eq!(day_index("tues"), Some(1));
        assert_eq!(day_index("t"), None);
    }
}
