//! Periods: days, ISO weeks, months, quarters and years of the calendar, fiscal quarters and years, rolling windows, and
//! how they follow one another.

use jiff::civil::{Date, ISOWeekDate, Weekday};
use jiff::{Span, Timestamp, ToSpan as _};

use super::{CalendarError, FiscalStart, Instant, TimeRange, Zone};
use crate::units::Micros;

/// A period. It becomes a range only together with a zone.
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
    /// A quarter of a fiscal year.
    FiscalQuarter {
        /// The fiscal year, named after the calendar year in which it ends.
        year: i16,
        /// 1..=4.
        quarter: i8,
        /// Its first month; January while nobody said one.
        start: Option<FiscalStart>,
    },
    /// A fiscal year.
    FiscalYear {
        /// Named after the calendar year in which it ends.
        year: i16,
        /// Its first month; January while nobody said one.
        start: Option<FiscalStart>,
    },
    /// So many times 24 hours, up to an instant. It has no range until that instant is known.
    Rolling {
        /// 1..=3660.
        days: u16,
        /// First instant after it; `None` for "now", see [`Period::ending`].
        end: Option<Instant>,
    },
}

/// The longest rolling window, in days.
const MOST_DAYS: u16 = 3_660;

impl Period {
    /// Reads `2026-06-14`, `2026-W25`, `2026-06`, `2026-Q2`, `2026`, `FY2026-Q2`, `FY2026`, `30d` or
    /// `30d@2026-07-01T00:00:00Z`. A fiscal period has no first month yet: [`Period::with_fiscal_start`].
    pub fn parse(text: &str) -> Result<Self, CalendarError> {
        let bad = || CalendarError::BadPeriod(text.to_owned());
        if let Some(fiscal) = strip_word(text.trim(), "FY") {
            return match Self::parse(fiscal).map_err(|_| bad())? {
                Self::Year(year) => Ok(Self::FiscalYear { year, start: None }),
                Self::Quarter { year, quarter } => Ok(Self::FiscalQuarter {
                    year,
                    quarter,
                    start: None,
                }),
                _ => Err(bad()),
            };
        }
        if let Some(rolling) = rolling(text.trim()) {
            return Ok(rolling);
        }
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

    /// The fiscal quarter in which an instant falls.
    pub fn fiscal_quarter_of(at: Instant, zone: &Zone, start: FiscalStart) -> Self {
        let (year, month) = start.year_of(month_number(at.date(zone)));
        Self::FiscalQuarter {
            year: clamped_year(year),
            quarter: (month / 3) as i8 + 1,
            start: Some(start),
        }
    }

    /// The fiscal year in which an instant falls.
    pub fn fiscal_year_of(at: Instant, zone: &Zone, start: FiscalStart) -> Self {
        let (year, _) = start.year_of(month_number(at.date(zone)));
        Self::FiscalYear {
            year: clamped_year(year),
            start: Some(start),
        }
    }

    /// The month with which its fiscal year begins; `None` for what is not fiscal.
    pub fn fiscal_start(self) -> Option<FiscalStart> {
        match self {
            Self::FiscalQuarter { start, .. } | Self::FiscalYear { start, .. } => {
                Some(start.unwrap_or(FiscalStart::JANUARY))
            }
            _ => None,
        }
    }

    /// Whether it is fiscal and nobody said yet with which month fiscal years begin.
    pub const fn lacks_fiscal_start(self) -> bool {
        matches!(
            self,
            Self::FiscalQuarter { start: None, .. } | Self::FiscalYear { start: None, .. }
        )
    }

    /// A fiscal period of years that begin with this month; anything else as it is.
    #[must_use]
    pub const fn with_fiscal_start(self, start: FiscalStart) -> Self {
        let start = Some(start);
        match self {
            Self::FiscalQuarter { year, quarter, .. } => Self::FiscalQuarter {
                year,
                quarter,
                start,
            },
            Self::FiscalYear { year, .. } => Self::FiscalYear { year, start },
            other => other,
        }
    }

    /// A rolling window without an end, up to this instant; anything else as it is.
    #[must_use]
    pub const fn ending(self, at: Instant) -> Self {
        match self {
            Self::Rolling { days, end: None } => Self::Rolling {
                days,
                end: Some(at),
            },
            other => other,
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
            Self::FiscalQuarter { .. } => {
                let first = self.months().first()?.bounds()?.0;
                Some((first, 3.months()))
            }
            Self::FiscalYear { .. } => {
                let first = self.months().first()?.bounds()?.0;
                Some((first, 1.year()))
            }
            Self::Rolling { .. } => None,
        }
    }

    /// Its range in a zone, with the real number of seconds; empty for a rolling window whose end is not known.
    pub fn range(self, zone: &Zone) -> TimeRange {
        if let Self::Rolling {
            days,
            end: Some(end),
        } = self
        {
            return TimeRange {
                start: end.plus(rolled(days, -1)),
                end,
            };
        }
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
            Self::FiscalQuarter {
                year,
                quarter,
                start,
            } => {
                let quarters = (i32::from(year) * 4 + i32::from(quarter) - 1).saturating_add(by);
                Self::FiscalQuarter {
                    year: clamped_year(quarters.div_euclid(4)),
                    quarter: quarters.rem_euclid(4) as i8 + 1,
                    start,
                }
            }
            Self::FiscalYear { year, start } => Self::FiscalYear {
                year: clamped_year(i32::from(year).saturating_add(by)),
                start,
            },
            Self::Rolling { days, end } => Self::Rolling {
                days,
                end: end.map(|end| end.plus(rolled(days, by))),
            },
        }
    }

    /// Whether it consists of several months: quarters and years, fiscal ones too.
    pub const fn has_months(self) -> bool {
        matches!(
            self,
            Self::Quarter { .. }
                | Self::Year(_)
                | Self::FiscalQuarter { .. }
                | Self::FiscalYear { .. }
        )
    }

    /// The months of a quarter or year; the period itself for anything shorter, and for a rolling window.
    pub fn months(self) -> Vec<Self> {
        let fiscal = |year: i16, start: Option<FiscalStart>, skip: i32, count: i32| {
            let first = start.unwrap_or(FiscalStart::JANUARY).first_month_of(year) + skip;
            (first..first + count)
                .map(|month| Self::Month {
                    year: clamped_year(month.div_euclid(12)),
                    month: month.rem_euclid(12) as i8 + 1,
                })
                .collect()
        };
        match self {
            Self::FiscalQuarter {
                year,
                quarter,
                start,
            } => fiscal(year, start, i32::from(quarter) * 3 - 3, 3),
            Self::FiscalYear { year, start } => fiscal(year, start, 0, 12),
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

    /// The quarters of a year; the period itself for anything else.
    pub fn quarters(self) -> Vec<Self> {
        match self {
            Self::Year(year) => (1..=4)
                .map(|quarter| Self::Quarter { year, quarter })
                .collect(),
            Self::FiscalYear { year, start } => (1..=4)
                .map(|quarter| Self::FiscalQuarter {
                    year,
                    quarter,
                    start,
                })
                .collect(),
            _ => vec![self],
        }
    }
}

/// What follows a word in any case.
fn strip_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let head = text.get(..word.len())?;
    head.eq_ignore_ascii_case(word)
        .then(|| text.get(word.len()..))?
}

/// `30d`, `30d@2026-07-01T00:00:00Z`.
fn rolling(text: &str) -> Option<Period> {
    let (length, end) = match text.split_once('@') {
        Some((length, end)) => (length, Some(end)),
        None => (text, None),
    };
    let days = length.strip_suffix(['d', 'D'])?.parse().ok()?;
    let end = match end {
        Some(end) => Some(Instant(end.parse::<Timestamp>().ok()?.as_microsecond())),
        None => None,
    };
    (1..=MOST_DAYS)
        .contains(&days)
        .then_some(Period::Rolling { days, end })
}

/// So many windows of that many times 24 hours.
fn rolled(days: u16, windows: i32) -> Micros {
    let length = i64::from(days) * Micros::DAY.0;
    Micros(length.saturating_mul(i64::from(windows)))
}

/// Months since the year 0.
fn month_number(date: Date) -> i32 {
    i32::from(date.year()) * 12 + i32::from(date.month()) - 1
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
