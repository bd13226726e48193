//! Windows that come again: the part of RRULE (RFC 5545, 3.3.10) by which maintenance is planned.
//!
//! Recurrences are civil: a window at 02:00 stays at 02:00 where clocks change. Days are walked one by one and asked
//! whether the rule takes them, which is the definition itself; a rule of twenty years has 7,300 days.

use std::fmt;

use jiff::civil::{Date, DateTime, Weekday};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{CalendarError, Instant, Zone};
use crate::units::Micros;

/// What an RRULE may consist of, for messages.
const ACCEPTED: &str = "FREQ=DAILY, WEEKLY, MONTHLY or YEARLY, with INTERVAL=2, COUNT=10 or UNTIL=20261231, \
BYDAY=MO,TU or 1SU or -1FR by the month, BYMONTHDAY=1 or -1, WKST=MO";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Frequency {
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// The last moment at which a window may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Until {
    Day(Date),
    Civil(DateTime),
    At(Instant),
}

/// A rule by which a window comes again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recurrence {
    text: String,
    frequency: Frequency,
    interval: i32,
    count: Option<u32>,
    until: Option<Until>,
    /// Weekdays, each with the ordinal in its month (0 for every one).
    by_day: Vec<(i8, Weekday)>,
    by_month_day: Vec<i8>,
    week_start: Weekday,
}

fn weekday(text: &str) -> Option<Weekday> {
    Some(match text {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        _ => return None,
    })
}

/// `MO`, `1SU`, `-1FR`.
fn ordinal_day(text: &str) -> Option<(i8, Weekday)> {
    let at = text.len().checked_sub(2)?;
    let day = weekday(text.get(at..)?)?;
    let ordinal = match text.get(..at)? {
        "" => 0,
        number => number
            .parse()
            .ok()
            .filter(|n: &i8| *n != 0 && (-5..=5).contains(n))?,
    };
    Some((ordinal, day))
}

fn until(text: &str) -> Option<Until> {
    if let Some(civil) = text.strip_suffix('Z') {
        let civil = DateTime::strptime("%Y%m%dT%H%M%S", civil).ok()?;
        return Some(Until::At(Zone::utc().instant(civil)));
    }
    if text.contains('T') {
        return DateTime::strptime("%Y%m%dT%H%M%S", text)
            .ok()
            .map(Until::Civil);
    }
    let compact = Date::strptime("%Y%m%d", text).ok();
    compact.or_else(|| text.parse().ok()).map(Until::Day)
}

impl Recurrence {
    /// Reads `FREQ=WEEKLY;BYDAY=SU` with or without `RRULE:` in front. What is not understood is refused, so that no
    /// window is silently another one than was meant.
    pub fn parse(text: &str) -> Result<Self, CalendarError> {
        let upper = text.trim().to_ascii_uppercase();
        let rule = upper.strip_prefix("RRULE:").unwrap_or(&upper);
        let bad = |part: &str| CalendarError::BadRecurrence {
            part: part.to_owned(),
            accepted: ACCEPTED,
        };
        let mut frequency = None;
        let mut read = Self {
            text: rule.to_owned(),
            frequency: Frequency::Daily,
            interval: 1,
            count: None,
            until: None,
            by_day: Vec::new(),
            by_month_day: Vec::new(),
            week_start: Weekday::Monday,
        };
        for part in rule.split(';').filter(|part| !part.is_empty()) {
            let (key, value) = part.split_once('=').ok_or_else(|| bad(part))?;
            match key.trim() {
                "FREQ" => {
                    frequency = Some(match value {
                        "DAILY" => Frequency::Daily,
                        "WEEKLY" => Frequency::Weekly,
                        "MONTHLY" => Frequency::Monthly,
                        "YEARLY" => Frequency::Yearly,
                        _ => return Err(bad(part)),
                    });
                }
                "INTERVAL" => {
                    let interval = value.parse().ok().filter(|n| (1..=10_000).contains(n));
                    read.interval = interval.ok_or_else(|| bad(part))?;
                }
                "COUNT" => {
                    let count = value.parse().ok().filter(|n| *n > 0);
                    read.count = Some(count.ok_or_else(|| bad(part))?);
                }
                "UNTIL" => read.until = Some(until(value).ok_or_else(|| bad(part))?),
                "BYDAY" => {
                    for day in value.split(',') {
                        read.by_day.push(ordinal_day(day).ok_or_else(|| bad(part))?);
                    }
                }
                "BYMONTHDAY" => {
                    for day in value.split(',') {
                        let day: Option<i8> = day.parse().ok();
                        let day = day.filter(|d| *d != 0 && (-31..=31).contains(d));
                        read.by_month_day.push(day.ok_or_else(|| bad(part))?);
                    }
                }
                "WKST" => read.week_start = weekday(value).ok_or_else(|| bad(part))?,
                _ => return Err(bad(part)),
            }
        }
        read.frequency = frequency.ok_or_else(|| bad(rule))?;
        let ordinals = read.by_day.iter().any(|(ordinal, _)| *ordinal != 0);
        let misfit = match read.frequency {
            _ if read.count.is_some() && read.until.is_some() => Some("COUNT together with UNTIL"),
            Frequency::Daily if ordinals => Some("BYDAY with a number in FREQ=DAILY"),
            Frequency::Weekly if ordinals => Some("BYDAY with a number in FREQ=WEEKLY"),
            Frequency::Weekly if !read.by_month_day.is_empty() => Some("BYMONTHDAY in FREQ=WEEKLY"),
            Frequency::Yearly if !read.by_day.is_empty() || !read.by_month_day.is_empty() => {
                Some("BYDAY or BYMONTHDAY in FREQ=YEARLY")
            }
            _ => None,
        };
        misfit.map_or(Ok(read), |what| Err(bad(what)))
    }

    /// The civil times at which a window begins whose first one is `first`, before an instant.
    pub fn starts(&self, first: DateTime, zone: &Zone, before: Instant) -> Vec<DateTime> {
        let mut starts = Vec::new();
        let Some(last) = before
            .0
            .checked_sub(1)
            .map(|micros| Instant(micros).date(zone))
        else {
            return starts;
        };
        let offset = i32::from(first.weekday().since(self.week_start));
        let mut date = first.date();
        let mut day = 0_i32;
        while date <= last {
            let week = (day + offset) / 7;
            if self.takes(first.date(), date, day, week) {
                let civil = DateTime::from_parts(date, first.time());
                let at = zone.instant(civil);
                let over = match self.until {
                    Some(Until::Day(until)) => date > until,
                    Some(Until::Civil(until)) => civil > until,
                    Some(Until::At(until)) => at > until,
                    None => false,
                };
                let full = self.count.is_some_and(|n| starts.len() >= n as usize);
                if over || full || at >= before {
                    break;
                }
                starts.push(civil);
            }
            let Ok(next) = date.tomorrow() else { break };
            date = next;
            day += 1;
        }
        starts
    }

    /// Whether a day belongs to the rule.
    fn takes(&self, first: Date, date: Date, day: i32, week: i32) -> bool {
        let days_in_month = date.days_in_month();
        let on_weekday = || {
            self.by_day.is_empty()
                || self.by_day.iter().any(|(ordinal, weekday)| {
                    let from_start = (date.day() - 1) / 7 + 1;
                    let from_end = (days_in_month - date.day()) / 7 + 1;
                    *weekday == date.weekday()
                        && (*ordinal == 0 || *ordinal == from_start || *ordinal == -from_end)
                })
        };
        let on_month_day = || {
            self.by_month_day.is_empty()
                || self
                    .by_month_day
                    .iter()
                    .any(|d| *d == date.day() || *d == date.day() - days_in_month - 1)
        };
        let months = |d: Date| i32::from(d.year()) * 12 + i32::from(d.month());
        match self.frequency {
            Frequency::Daily => day % self.interval == 0 && on_weekday() && on_month_day(),
            Frequency::Weekly => {
                let right_day = if self.by_day.is_empty() {
                    date.weekday() == first.weekday()
                } else {
                    on_weekday()
                };
                week % self.interval == 0 && right_day
            }
            Frequency::Monthly => {
                let right_day = if self.by_day.is_empty() && self.by_month_day.is_empty() {
                    date.day() == first.day()
                } else {
                    on_weekday() && on_month_day()
                };
                (months(date) - months(first)) % self.interval == 0 && right_day
            }
            Frequency::Yearly => {
                i32::from(date.year() - first.year()) % self.interval == 0
                    && (date.month(), date.day()) == (first.month(), first.day())
            }
        }
    }
}

impl fmt::Display for Recurrence {
    /// The rule as it was written, without `RRULE:`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Recurrence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Recurrence {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// A window that comes again: its rule, and where and how long it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recurring {
    /// By which rule.
    pub rule: Recurrence,
    /// The zone whose clocks it follows.
    pub zone: Zone,
    /// When it begins the first time, by these clocks.
    pub first: DateTime,
    /// How long it is.
    pub length: Micros,
    /// The length is elapsed time (`duration: 2h`); otherwise it is what the clocks say between start and end, so that
    /// 02:00 to 04:00 is an hour long where clocks skip one.
    pub elapsed: bool,
}

impl Recurring {
    /// The windows that begin before an instant, in order.
    pub fn windows(&self, before: Instant) -> Vec<super::TimeRange> {
        let starts = self.rule.starts(self.first, &self.zone, before);
        let window = |civil: DateTime| {
            let start = self.zone.instant(civil);
            let by_the_clock = jiff::SignedDuration::from_micros(self.length.0);
            let end = match civil.checked_add(by_the_clock) {
                Ok(end) if !self.elapsed => self.zone.instant(end),
                _ => start.plus(self.length),
            };
            super::TimeRange { start, end }
        };
        starts
            .into_iter()
            .map(window)
            .filter(|w| w.start < w.end)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(first: &str, rule: &str, before: &str) -> String {
        let first: DateTime = first.parse().unwrap();
        let zone = Zone::named("America/New_York").unwrap();
        let before = zone.instant(before.parse().unwrap());
        let starts = Recurrence::parse(rule)
            .unwrap()
            .starts(first, &zone, before);
        let texts: Vec<String> = starts
            .iter()
            .map(|s| s.strftime("%-m/%-d").to_string())
            .collect();
        texts.join(" ")
    }

    /// The examples of RFC 5545, section 3.8.5.3, that planned maintenance is written with.
    #[test]
    fn the_examples_of_the_rfc() {
        let far = "2001-01-01";
        for (first, rule, expected) in [
            (
                "1997-09-02T09:00",
                "FREQ=DAILY;COUNT=10",
                "9/2 9/3 9/4 9/5 9/6 9/7 9/8 9/9 9/10 9/11",
            ),
            (
                "1997-09-02T09:00",
                "FREQ=DAILY;INTERVAL=10;COUNT=5",
                "9/2 9/12 9/22 10/2 10/12",
            ),
            (
                "1997-09-02T09:00",
                "FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH",
                "9/2 9/4 9/9 9/11 9/16 9/18 9/23 9/25 9/30 10/2",
            ),
            (
                "1997-09-02T09:00",
                "RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH",
                "9/2 9/4 9/16 9/18 9/30 10/2 10/14 10/16",
            ),
            (
                "1997-09-05T09:00",
                "FREQ=MONTHLY;COUNT=10;BYDAY=1FR",
                "9/5 10/3 11/7 12/5 1/2 2/6 3/6 4/3 5/1 6/5",
            ),
            (
                "1997-09-07T09:00",
                "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU",
                "9/7 9/28 11/2 11/30 1/4 1/25 3/1 3/29 5/3 5/31",
            ),
            (
                "1997-09-22T09:00",
                "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO",
                "9/22 10/20 11/17 12/22 1/19 2/16",
            ),
            (
                "1997-09-28T09:00",
                "FREQ=MONTHLY;BYMONTHDAY=-3;COUNT=6",
                "9/28 10/29 11/28 12/29 1/29 2/26",
            ),
            (
                "1997-09-02T09:00",
                "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15",
                "9/2 9/15 10/2 10/15 11/2 11/15 12/2 12/15 1/2 1/15",
            ),
            (
                "1997-09-02T09:00",
                "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
                "2/13 3/13 11/13 8/13 10/13",
            ),
            (
                "1997-08-05T09:00",
                "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
                "8/5 8/10 8/19 8/24",
            ),
            (
                "1997-08-05T09:00",
                "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
                "8/5 8/17 8/19 8/31",
            ),
            (
                "2007-01-15T09:00",
                "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5",
                "1/15 1/30 2/15 3/15 3/30",
            ),
        ] {
            let before = if first.starts_with("2007") {
                "2008-01-01"
            } else {
                far
            };
            let before = format!("{before}T00:00");
            assert_eq!(days(first, rule, &before), expected, "{rule}");
        }
        // "Daily until December 24, 1997" has 113 occurrences.
        let until = days(
            "1997-09-02T09:00",
            "FREQ=DAILY;UNTIL=19971224T000000Z",
            "2001-01-01T00:00",
        );
        assert_eq!(until.split(' ').count(), 113);
        assert!(until.ends_with("12/23"));
        let by_day = days(
            "1997-12-22T09:00",
            "FREQ=DAILY;UNTIL=19971224",
            "2001-01-01T00:00",
        );
        assert_eq!(by_day, "12/22 12/23 12/24");
        let leap = days("1996-02-29T09:00", "FREQ=YEARLY", "2001-01-01T00:00");
        assert_eq!(leap, "2/29 2/29");
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for bad in [
            "",
            "WEEKLY",
            "FREQ=HOURLY",
            "FREQ=WEEKLY;BYDAY=MONDAY",
            "FREQ=WEEKLY;BYDAY=1MO",
            "FREQ=MONTHLY;BYDAY=6MO",
            "FREQ=MONTHLY;BYMONTHDAY=32",
            "FREQ=MONTHLY;BYSETPOS=1",
            "FREQ=DAILY;INTERVAL=0",
            "FREQ=DAILY;COUNT=0",
            "FREQ=DAILY;COUNT=2;UNTIL=20260101",
            "FREQ=DAILY;UNTIL=tomorrow",
            "FREQ=WEEKLY;BYMONTHDAY=1",
        ] {
            let error = Recurrence::parse(bad).unwrap_err().to_string();
            assert!(error.contains("FREQ=DAILY"), "{bad}: {error}");
        }
        let rule = Recurrence::parse("RRULE:freq=weekly;byday=su").unwrap();
        let json = serde_json::to_string(&rule).unwrap();
        assert_eq!(json, "\"FREQ=WEEKLY;BYDAY=SU\"");
        assert_eq!(serde_json::from_str::<Recurrence>(&json).unwrap(), rule);
    }

    /// A window at 02:00 stays there across a change of the clocks; its length is what the clocks say, or elapsed time.
    #[test]
    fn windows_stay_at_their_time_of_day() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        let weekly = |elapsed| Recurring {
            rule: Recurrence::parse("FREQ=WEEKLY").unwrap(),
            zone: berlin.clone(),
            first: "2026-03-22T01:00".parse().unwrap(),
            length: Micros(3 * Micros::HOUR.0),
            elapsed,
        };
        let before = berlin.instant("2026-04-06T00:00".parse().unwrap());
        let by_clock: Vec<String> = weekly(false)
            .windows(before)
            .iter()
            .map(|w| format!("{} {}", w.start, w.end))
            .collect();
        assert_eq!(
            by_clock,
            [
                "2026-03-22T00:00:00Z 2026-03-22T03:00:00Z",
                "2026-03-29T00:00:00Z 2026-03-29T02:00:00Z",
                "2026-04-04T23:00:00Z 2026-04-05T02:00:00Z",
            ]
        );
        let elapsed = weekly(true).windows(before);
        assert!(elapsed.iter().all(|w| w.length().0 == 3 * Micros::HOUR.0));
        assert_eq!(elapsed[1].start.to_string(), "2026-03-29T00:00:00Z");
    }
}
