//! The month with which fiscal years begin.
//!
//! A fiscal year is named after the calendar year in which it ends, as most companies do: with April, FY2026 runs from
//! April 2025 to March 2026. With January it is the calendar year.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::CalendarError;

/// The month with which fiscal years begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i8", into = "i8")]
pub struct FiscalStart(i8);

impl FiscalStart {
    /// Fiscal years are calendar years.
    pub const JANUARY: Self = Self(1);

    /// All twelve, January first.
    pub fn all() -> impl Iterator<Item = Self> {
        (1..=12).map(Self)
    }

    /// Reads a month: `4`, `04`, `apr` or `April`.
    pub fn parse(text: &str) -> Result<Self, CalendarError> {
        let typed = text.trim().to_ascii_lowercase();
        let by_name = |month: &Self| {
            let name = month.name().to_ascii_lowercase();
            name == typed || (typed.len() == 3 && name.starts_with(&typed))
        };
        let by_number = typed
            .parse::<i8>()
            .ok()
            .and_then(|n| Self::try_from(n).ok());
        by_number
            .or_else(|| Self::all().find(by_name))
            .ok_or_else(|| CalendarError::BadMonth(text.trim().to_owned()))
    }

    /// 1..=12.
    pub const fn month(self) -> i8 {
        self.0
    }

    /// Such as `April`.
    pub fn name(self) -> String {
        Date::new(2000, self.0, 1)
            .map_or_else(|_| self.0.to_string(), |d| d.strftime("%B").to_string())
    }

    /// Months since the year 0 at which a fiscal year begins.
    pub(super) fn first_month_of(self, year: i16) -> i32 {
        let named_after_its_end = if self.0 == 1 { 0 } else { 12 };
        i32::from(year) * 12 + i32::from(self.0) - 1 - named_after_its_end
    }

    /// The fiscal year in which a month (since the year 0) falls, and how many months into it.
    pub(super) fn year_of(self, month: i32) -> (i32, i32) {
        let since = month - (i32::from(self.0) - 1);
        let later = i32::from(self.0 != 1);
        (since.div_euclid(12) + later, since.rem_euclid(12))
    }
}

impl TryFrom<i8> for FiscalStart {
    type Error = CalendarError;

    fn try_from(month: i8) -> Result<Self, CalendarError> {
        if (1..=12).contains(&month) {
            Ok(Self(month))
        } else {
            Err(CalendarError::BadMonth(month.to_string()))
        }
    }
}

impl From<FiscalStart> for i8 {
    fn from(start: FiscalStart) -> Self {
        start.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_read_by_number_and_name() {
        for text in ["4", "04", "apr", "April", " APRIL "] {
            assert_eq!(FiscalStart::parse(text).unwrap().month(), 4, "{text}");
        }
        assert_eq!(FiscalStart::parse("may").unwrap().name(), "May");
        for bad in ["0", "13", "", "ap", "spring"] {
            let error = FiscalStart::parse(bad).unwrap_err().to_string();
            assert!(error.contains("april"), "{bad}: {error}");
        }
        let april: FiscalStart = serde_json::from_str("4").unwrap();
        assert_eq!(serde_json::to_string(&april).unwrap(), "4");
        assert!(serde_json::from_str::<FiscalStart>("13").is_err());
    }

    #[test]
    fn years_are_named_after_their_end() {
        let april = FiscalStart(4);
        assert_eq!(april.first_month_of(2026), 2025 * 12 + 3);
        assert_eq!(april.year_of(2025 * 12 + 3), (2026, 0));
        assert_eq!(april.year_of(2026 * 12 + 2), (2026, 11));
        assert_eq!(FiscalStart::JANUARY.first_month_of(2026), 2026 * 12);
        assert_eq!(FiscalStart::JANUARY.year_of(2026 * 12 + 11), (2026, 11));
    }
}
