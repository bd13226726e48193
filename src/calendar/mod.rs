//! Instants, ranges and the calendar: days, ISO weeks, months, quarters and years, fiscal ones and rolling windows, in a
//! named time zone, and windows that come again.
//!
//! A month is the calendar month of its zone with its real number of seconds (SEMANTICS.md); nothing here knows a
//! 30-day month. Civil arithmetic is jiff's.

mod fiscal;
mod period;
#[cfg(test)]
mod period_tests;
mod period_words;
mod recurrence;
mod times;

use std::fmt;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::units::Micros;

pub use fiscal::FiscalStart;
pub use period::Period;
pub use recurrence::{Recurrence, Recurring};
pub use times::{ParsedTime, parse_time};

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
    #[error(
        "\"{0}\" is not a period (use 2026-06-14, 2026-W25, 2026-06, 2026-Q2, 2026, FY2026-Q2, FY2026 or 30d)"
    )]
    BadPeriod(String),
    /// Not a month.
    #[error("\"{0}\" is not a month (use 1 to 12, or a name such as april)")]
    BadMonth(String),
    /// Not a rule by which a window comes again.
    #[error("\"{part}\" is not understood in an RRULE (use {accepted})")]
    BadRecurrence {
        /// What was not understood.
        part: String,
        /// What is.
        accepted: &'static str,
    },
    /// Not a time.
    #[error("\"{0}\" is not a time (use 2026-06-14T10:00:00Z, 2026-06-14 10:00 or 2026-06-14)")]
    BadTime(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_with_a_clock_change_has_23_hours() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        let day = Period::parse("2026-03-29").unwrap().range(&berlin);
        assert_eq!(Zone::hours(day).len(), 23);
        let month = Period::parse("2026-03").unwrap().range(&berlin);
        assert_eq!(berlin.days(month).len(), 31);
    }
}
