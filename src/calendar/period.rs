//! Calendar periods: days, ISO weeks, months, quarters and years, and how they follow one another.

use std::fmt;

use jiff::civil::{Date, ISOWeekDate, Weekday};
use jiff::{Span, ToSpan as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{CalendarError, Instant, TimeRange, Zone};

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
            Self::Day(date) => Self::Day(moved(date, Span::new().try_days(by))),
            Self::Week(date) => Self::Week(moved(date, Span::new().try_weeks(by))),
            Self::Month { year, month } => {
                let months = (i32::from(year) * 12 + i32::from(month) - 1).saturating_add(by);
                Self::Month {
                    year: clamped_year(months.div_euclid(12)),
                    month: months.rem_euclid(12) as i8 + 1,
                }
            }
            Self::Quarter { year, quarter } => {
                let quarters = (i32::from(year) * 4 + i32::from(quarter) - 1).saturating_add(by);
                Self::Quarter {
                    year: clamped_year(quarters.div_euclid(4)),
                    quarter: quarters.rem_euclid(4) as i8 + 1,
                }
            }
            Self::Year(year) => Self::Year(clamped_year(i32::from(year).saturating_add(by))),
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

/// The date that far away; the same one where there is none.
fn moved(date: Date, by: Result<Span, jiff::Error>) -> Date {
    by.and_then(|by| date.checked_add(by)).unwrap_or(date)
}

/// The closest year there is.
fn clamped_year(year: i32) -> i16 {
    let years = i32::from(Date::MIN.year())..=i32::from(Date::MAX.year());
    year.clamp(*years.start(), *years.end()) as i16
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
            assert!(period.step(i32::MAX) >= period && period.step(i32::MIN) <= period);
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
}
