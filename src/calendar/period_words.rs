//! Periods in words: as a person says them, and in the form in which they are typed and kept.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Period, Zone};

impl Period {
    /// The months a fiscal period consists of: `July to September 2025`, `April 2025 to March 2026`.
    fn months_in_words(self) -> String {
        let months = self.months();
        let date = |month: Option<&Self>| match month {
            Some(Self::Month { year, month }) => Date::new(*year, *month, 1).ok(),
            _ => None,
        };
        let (Some(first), Some(last)) = (date(months.first()), date(months.last())) else {
            return String::new();
        };
        let from = if first.year() == last.year() {
            "%B"
        } else {
            "%B %Y"
        };
        format!("{} to {}", first.strftime(from), last.strftime("%B %Y"))
    }

    /// As a person says it: `June 2026`, `Q2 2026`, `14 June 2026`, `week 25 of 2026`, `2026`,
    /// `fiscal Q2 2026 (July to September 2025)`, `the 30 days to 2026-07-01 00:00 UTC`.
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
            Self::FiscalQuarter { year, quarter, .. } => {
                format!("fiscal Q{quarter} {year} ({})", self.months_in_words())
            }
            Self::FiscalYear { year, .. } => {
                format!("fiscal {year} ({})", self.months_in_words())
            }
            Self::Rolling { days, end } => {
                let length = if days == 1 {
                    "24 hours".to_owned()
                } else {
                    format!("{days} days")
                };
                end.map_or_else(
                    || format!("the last {length}"),
                    |end| {
                        let end = end.format(&Zone::utc(), "%Y-%m-%d %H:%M");
                        format!("the {length} to {end} UTC")
                    },
                )
            }
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
            Self::FiscalQuarter { year, quarter, .. } => write!(f, "FY{year:04}-Q{quarter}"),
            Self::FiscalYear { year, .. } => write!(f, "FY{year:04}"),
            Self::Rolling { days, end: None } => write!(f, "{days}d"),
            Self::Rolling {
                days,
                end: Some(end),
            } => write!(f, "{days}d@{end}"),
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
