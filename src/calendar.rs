//! Instants, ranges and the calendar: days, ISO weeks, months, quarters and years in a named time zone.
//!
//! A month is the calendar month of its zone with its real number of seconds (SEMANTICS.md); nothing here knows a
//! 30-day month. Civil arithmetic is jiff's.

use std::fmt;

use jiff::civil::{Date, DateTime, ISOWeekDate, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::units::Micros;

/// A point in time: microseconds since 1970-01-01 UTC. Serialized as RFC 3339.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(pub i64);

impl Instant {
    /// From whole seconds since the epoch.
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1_000_000))
    }

    /// From whole milliseconds since the epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1_000))
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn secs(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// Seconds since the epoch with their fraction, as plots use them.
    pub fn as_secs(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// Later (or earlier) by a duration.
    #[must_use]
    pub const fn plus(self, by: Micros) -> Self {
        Self(self.0.saturating_add(by.0))
    }

    /// The time from `earlier` to here.
    pub const fn since(self, earlier: Self) -> Micros {
        Micros(self.0.saturating_sub(earlier.0))
    }

    fn timestamp(self) -> Timestamp {
        Timestamp::from_microsecond(self.0).unwrap_or(if self.0 < 0 {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        })
    }

    /// The civil date and time in a zone.
    pub fn civil(self, zone: &Zone) -> DateTime {
        zone.tz.to_datetime(self.timestamp())
    }

    /// The civil date in a zone.
    pub fn date(self, zone: &Zone) -> Date {
        self.civil(zone).date()
    }

    /// Printed in a zone with a jiff `strftime` pattern, such as `%Y-%m-%d %H:%M`.
    pub fn format(self, zone: &Zone, pattern: &str) -> String {
        self.timestamp()
            .to_zoned(zone.tz.clone())
            .strftime(pattern)
            .to_string()
    }

    /// The computer's clock. For `main`, `cli` and `ui` only: engines take "now" as a parameter.
    pub fn now() -> Self {
        Self(Timestamp::now().as_microsecond())
    }
}

impl fmt::Display for Instant {
    /// RFC 3339 in UTC.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.timestamp().fmt(f)
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let timestamp: Timestamp = text.parse().map_err(serde::de::Error::custom)?;
        Ok(Self(timestamp.as_microsecond()))
    }
}

/// A half-open range of time: `start` belongs to it, `end` does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TimeRange {
    /// First instant inside.
    pub start: Instant,
    /// First instant after it.
    pub end: Instant,
}

impl TimeRange {
    /// Everything.
    pub const ALL: Self = Self {
        start: Instant(i64::MIN),
        end: Instant(i64::MAX),
    };

    /// Its length.
    pub const fn length(self) -> Micros {
        self.end.since(self.start)
    }

    /// Whether an instant lies inside.
    pub fn contains(self, at: Instant) -> bool {
        self.start <= at && at < self.end
    }

    /// What both have in common, or `None`.
    pub fn intersect(self, other: Self) -> Option<Self> {
        let start = self.start.max(other.start);
        let end = self.end.min(other.end);
        (start < end).then_some(Self { start, end })
    }

    /// The smallest range that holds both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }
}

/// A time zone by its IANA name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    name: String,
    tz: TimeZone,
}

impl Zone {
    /// Coordinated universal time.
    pub fn utc() -> Self {
        Self {
            name: "UTC".to_owned(),
            tz: TimeZone::UTC,
        }
    }

    /// Looks an IANA name up, such as `Europe/Berlin`.
    pub fn named(name: &str) -> Result<Self, CalendarError> {
        if name.eq_ignore_ascii_case("utc") {
            return Ok(Self::utc());
        }
        let tz = TimeZone::get(name).map_err(|_| CalendarError::UnknownZone(name.to_owned()))?;
        Ok(Self {
            name: tz.iana_name().unwrap_or(name).to_owned(),
            tz,
        })
    }

    /// Its IANA name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The instant at which a civil time occurs; the earlier one where it occurs twice, the later one where it is skipped.
    pub fn instant(&self, civil: DateTime) -> Instant {
        self.tz
            .to_ambiguous_timestamp(civil)
            .compatible()
            .map_or(Instant(i64::MAX), |t| Instant(t.as_microsecond()))
    }

    /// The instant at which a day begins.
    pub fn start_of_day(&self, date: Date) -> Instant {
        date.to_zoned(self.tz.clone())
            .and_then(|z| z.start_of_day())
            .map_or(Instant(i64::MAX), |z| {
                Instant(z.timestamp().as_microsecond())
            })
    }

    /// All civil days that overlap a range, each with its range (23 to 25 hours long).
    pub fn days(&self, range: TimeRange) -> Vec<(Date, TimeRange)> {
        let mut days = Vec::new();
        if range.start >= range.end {
            return days;
        }
        let mut date = range.start.date(self);
        loop {
            let Ok(next) = date.tomorrow() else { break };
            let day = TimeRange {
                start: self.start_of_day(date),
                end: self.start_of_day(next),
            };
            if day.start >= range.end {
                break;
            }
            days.push((date, day));
            date = next;
        }
        days
    }

    /// The whole hours that overlap a range, counted from its start.
    pub fn hours(range: TimeRange) -> Vec<TimeRange> {
        let mut hours = Vec::new();
        let mut start = range.start;
        while start < range.end {
            let end = start.plus(Micros::HOUR).min(range.end);
            hours.push(TimeRange { start, end });
            start = end;
        }
        hours
    }
}

impl Default for Zone {
    fn default() -> Self {
        Self::utc()
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name)
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::named(&name).map_err(serde::de::Error::custom)
    }
}

/// Why a date, period or zone could not be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// Not an IANA zone name.
    #[error("unknown time zone \"{0}\" (use a name such as Europe/Berlin or UTC)")]
    UnknownZone(String),
    /// Not a period.
    #[error("\"{0}\" is not a period (use 2026-06-14, 2026-W25, 2026-06, 2026-Q2 or 2026)")]
    BadPeriod(String),
    /// Not a time.
    #[error("\"{0}\" is not a time (use 2026-06-14T10:00:00Z, 2026-06-14 10:00 or 2026-06-14)")]
    BadTime(String),
}

/// A calendar period. It becomes a range only together with a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Period {
    /// One civil day.
    Day(Date),
    /// An ISO week, by its Monday.
    Week(Date),
    /// A calendar month.
    Month {
        /// Year.
        year: i16,
        /// 1..=12.
        month: i8,
    },
    /// A calendar quarter.
    Quarter {
        /// Year.
        year: i16,
        /// 1..=4.
        quarter: i8,
    },
    /// A calendar year.
    Year(i16),
}

impl Period {
    /// Reads `2026-06-14`, `2026-W25`, `2026-06`, `2026-Q2` or `2026`.
    pub fn parse(text: &str) -> Result<Self, CalendarError> {
        let bad = || CalendarError::BadPeriod(text.to_owned());
        let parts: Vec<&str> = text.trim().split('-').collect();
        let year: i16 = parts
            .first()
            .filter(|y| y.len() == 4)
            .and_then(|y| y.parse().ok())
            .ok_or_else(bad)?;
        match parts.as_slice() {
            [_] => Ok(Self::Year(year)),
            [_, rest] => {
                if let Some(q) = rest.strip_prefix(['Q', 'q']) {
                    let quarter = q.parse().ok().filter(|q| (1..=4).contains(q));
                    Ok(Self::Quarter {
                        year,
                        quarter: quarter.ok_or_else(bad)?,
                    })
                } else if let Some(w) = rest.strip_prefix(['W', 'w']) {
                    let week = w.parse().map_err(|_| bad())?;
                    let date = ISOWeekDate::new(year, week, Weekday::Monday).map_err(|_| bad())?;
                    Ok(Self::Week(date.date()))
                } else {
                    let month = rest.parse().ok().filter(|m| (1..=12).contains(m));
                    Ok(Self::Month {
                        year,
                        month: month.ok_or_else(bad)?,
                    })
                }
            }
            [_, month, day] => {
                let month = month.parse().map_err(|_| bad())?;
                let day = day.parse().map_err(|_| bad())?;
                Date::new(year, month, day)
                    .map(Self::Day)
                    .map_err(|_| bad())
            }
            _ => Err(bad()),
        }
    }

    /// The month in which an instant falls.
    pub fn month_of(at: Instant, zone: &Zone) -> Self {
        let date = at.date(zone);
        Self::Month {
            year: date.year(),
            month: date.month(),
        }
    }

    /// The quarter in which an instant falls.
    pub fn quarter_of(at: Instant, zone: &Zone) -> Self {
        let date = at.date(zone);
        Self::Quarter {
            year: date.year(),
            quarter: (date.month() - 1) / 3 + 1,
        }
    }

    /// First day, and a span to the first day after.
    fn bounds(self) -> Option<(Date, Span)> {
        match self {
            Self::Day(date) => Some((date, 1.day())),
            Self::Week(date) => Some((date, 7.days())),
            Self::Month { year, month } => Some((Date::new(year, month, 1).ok()?, 1.month())),
            Self::Quarter { year, quarter } => {
                Some((Date::new(year, quarter * 3 - 2, 1).ok()?, 3.months()))
            }
            Self::Year(year) => Some((Date::new(year, 1, 1).ok()?, 1.year())),
        }
    }

    /// Its range in a zone, with the real number of seconds.
    pub fn range(self, zone: &Zone) -> TimeRange {
        let end = |(first, span): (Date, Span)| Some((first, first.checked_add(span).ok()?));
        self.bounds().and_then(end).map_or(
            TimeRange {
                start: Instant(0),
                end: Instant(0),
            },
            |(first, after)| TimeRange {
                start: zone.start_of_day(first),
                end: zone.start_of_day(after),
            },
        )
    }

    /// The period `by` steps later (earlier when negative).
    #[must_use]
    pub fn step(self, by: i32) -> Self {
        match self {
            Self::Day(date) => Self::Day(date.checked_add(by.days()).unwrap_or(date)),
            Self::Week(date) => Self::Week(date.checked_add(by.weeks()).unwrap_or(date)),
            Self::Month { year, month } => {
                let months = i32::from(year) * 12 + i32::from(month) - 1 + by;
                Self::Month {
                    year: months.div_euclid(12) as i16,
                    month: months.rem_euclid(12) as i8 + 1,
                }
            }
            Self::Quarter { year, quarter } => {
                let quarters = i32::from(year) * 4 + i32::from(quarter) - 1 + by;
                Self::Quarter {
                    year: quarters.div_euclid(4) as i16,
                    quarter: quarters.rem_euclid(4) as i8 + 1,
                }
            }
            Self::Year(year) => Self::Year(year.saturating_add(by as i16)),
        }
    }

    /// The months of a quarter or year; the period itself for anything shorter.
    pub fn months(self) -> Vec<Self> {
        match self {
            Self::Quarter { year, quarter } => (0..3)
                .map(|m| Self::Month {
                    year,
                    month: quarter * 3 - 2 + m,
                })
                .collect(),
            Self::Year(year) => (1..=12).map(|month| Self::Month { year, month }).collect(),
            _ => vec![self],
        }
    }

    /// As a person says it: `June 2026`, `Q2 2026`, `14 June 2026`, `week 25 of 2026`, `2026`.
    pub fn title(self) -> String {
        match self {
            Self::Day(date) => date.strftime("%-d %B %Y").to_string(),
            Self::Week(date) => {
                let week = date.iso_week_date();
                format!("week {} of {}", week.week(), week.year())
            }
            Self::Month { year, month } => Date::new(year, month, 1)
                .map_or_else(|_| self.to_string(), |d| d.strftime("%B %Y").to_string()),
            Self::Quarter { year, quarter } => format!("Q{quarter} {year}"),
            Self::Year(year) => year.to_string(),
        }
    }
}

impl fmt::Display for Period {
    /// The form that [`Period::parse`] reads.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(date) => write!(f, "{date}"),
            Self::Week(date) => {
                let week = date.iso_week_date();
                write!(f, "{}-W{:02}", week.year(), week.week())
            }
            Self::Month { year, month } => write!(f, "{year:04}-{month:02}"),
            Self::Quarter { year, quarter } => write!(f, "{year:04}-Q{quarter}"),
            Self::Year(year) => write!(f, "{year:04}"),
        }
    }
}

impl Serialize for Period {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// A time as it was read: whether it carried its own zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParsedTime {
    /// The instant.
    pub at: Instant,
    /// True where the text had an offset or a `Z`; false where the given zone was used.
    pub zoned: bool,
}

/// Reads a time as files and people write it: RFC 3339 with any offset, `2026-06-14 10:00[:00[.000]]`,
/// `2026/06/14 …`, `06/14/26 …` and a bare date. Text without an offset is civil time in `zone`.
pub fn parse_time(text: &str, zone: &Zone) -> Result<ParsedTime, CalendarError> {
    let trimmed = text.trim();
    let bad = || CalendarError::BadTime(text.to_owned());
    if let Ok(timestamp) = trimmed.parse::<Timestamp>() {
        return Ok(ParsedTime {
            at: Instant(timestamp.as_microsecond()),
            zoned: true,
        });
    }
    if let Some(civil_text) = trimmed
        .strip_suffix(" UTC")
        .or_else(|| trimmed.strip_suffix(" GMT"))
    {
        let inner = parse_time(civil_text, &Zone::utc())?;
        return Ok(ParsedTime {
            zoned: true,
            ..inner
        });
    }
    let civil = trimmed
        .parse::<DateTime>()
        .ok()
        .or_else(|| {
            [
                "%Y/%m/%d %H:%M:%S%.f",
                "%Y/%m/%d %H:%M",
                "%m/%d/%y %H:%M:%S%.f",
                "%Y-%m-%d %H:%M",
            ]
            .iter()
            .find_map(|pattern| DateTime::strptime(pattern, trimmed).ok())
        })
        .or_else(|| Date::strptime("%Y/%m/%d", trimmed).ok().map(DateTime::from))
        .ok_or_else(bad)?;
    Ok(ParsedTime {
        at: zone.instant(civil),
        zoned: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(period: &str, zone: &str) -> i64 {
        let zone = Zone::named(zone).unwrap();
        let range = Period::parse(period).unwrap().range(&zone);
        range.length().0 / 60_000_000
    }

    /// sla-and-reports.md, vectors B1 and B9: lengths of periods, daylight saving included.
    #[test]
    fn periods_have_their_real_length() {
        for (period, zone, expected) in [
            ("2026-06", "UTC", 43_200),
            ("2026-02", "UTC", 40_320),
            ("2028-02", "UTC", 41_760),
            ("2026-Q1", "UTC", 129_600),
            ("2026-Q2", "UTC", 131_040),
            ("2026-Q3", "UTC", 132_480),
            ("2026", "UTC", 525_600),
            ("2028", "UTC", 527_040),
            ("2026-03", "Europe/Berlin", 44_580),
            ("2026-10", "Europe/Berlin", 44_700),
            ("2026-03", "America/New_York", 44_580),
            ("2026-11", "America/New_York", 43_260),
            ("2026-04", "Australia/Lord_Howe", 43_230),
            ("2026-10", "Australia/Lord_Howe", 44_610),
            ("2026-03", "Asia/Kolkata", 44_640),
            ("2026-Q1", "Europe/Berlin", 129_540),
            ("2026-Q4", "Europe/Berlin", 132_540),
            ("2026-W25", "UTC", 10_080),
            ("2026-06-14", "UTC", 1_440),
        ] {
            assert_eq!(minutes(period, zone), expected, "{period} in {zone}");
        }
    }

    #[test]
    fn periods_step_and_print_what_they_read() {
        for text in ["2026-06-14", "2026-W25", "2026-06", "2026-Q2", "2026"] {
            let period = Period::parse(text).unwrap();
            assert_eq!(period.to_string(), text);
            assert_eq!(period.step(3).step(-3), period);
        }
        assert_eq!(
            Period::parse("2026-01").unwrap().step(-1).to_string(),
            "2025-12"
        );
        assert_eq!(
            Period::parse("2026-Q4").unwrap().step(1).to_string(),
            "2027-Q1"
        );
        assert_eq!(Period::parse("2026-06").unwrap().title(), "June 2026");
        for bad in [
            "",
            "June",
            "2026-13",
            "2026-Q5",
            "2026-W60",
            "26-06",
            "2026-02-30",
            "2026-1-1-1",
        ] {
            assert!(Period::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn times_with_and_without_a_zone() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        let parsed = parse_time("2026-06-14 10:00:00", &berlin).unwrap();
        assert_eq!(parsed.at.to_string(), "2026-06-14T08:00:00Z");
        assert!(!parsed.zoned);
        let parsed = parse_time("2026-06-14T10:00:00.250+02:00", &Zone::utc()).unwrap();
        assert_eq!(parsed.at.to_string(), "2026-06-14T08:00:00.25Z");
        assert!(parsed.zoned);
        for (text, expected) in [
            ("2026/06/14 10:00:00.125", "2026-06-14T10:00:00.125Z"),
            ("06/14/26 10:00:00", "2026-06-14T10:00:00Z"),
            ("2026-06-14 10:00", "2026-06-14T10:00:00Z"),
            ("2026-06-14", "2026-06-14T00:00:00Z"),
            ("2026-11-21 01:43:01 UTC", "2026-11-21T01:43:01Z"),
        ] {
            assert_eq!(
                parse_time(text, &Zone::utc()).unwrap().at.to_string(),
                expected,
                "{text}"
            );
        }
        assert!(parse_time("yesterday", &Zone::utc()).is_err());
    }

    #[test]
    fn a_day_with_a_clock_change_has_23_hours() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        let day = Period::parse("2026-03-29").unwrap().range(&berlin);
        assert_eq!(Zone::hours(day).len(), 23);
        let month = Period::parse("2026-03").unwrap().range(&berlin);
        assert_eq!(berlin.days(month).len(), 31);
    }
}
