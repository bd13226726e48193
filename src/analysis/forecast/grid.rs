//! An even grid in time: civil days, months, or a fixed distance. Civil grids follow the zone, clock changes included.

use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime};

use crate::calendar::{Instant, Zone};
use crate::units::Micros;

/// Where the cells of the grid stand in time.
#[derive(Clone, Debug, PartialEq)]
pub enum Grid {
    /// Every so many civil days from a first one.
    Days {
        /// The first day.
        first: Date,
        /// Days from one cell to the next.
        every: i32,
        /// Zone of the days.
        zone: Zone,
    },
    /// The same civil time every so many months.
    Months {
        /// The first civil time.
        first: DateTime,
        /// Months from one cell to the next.
        every: i32,
        /// Zone of the civil time.
        zone: Zone,
    },
    /// A fixed distance.
    Fixed {
        /// The first instant.
        first: Instant,
        /// Distance of the cells.
        every: Micros,
    },
}

impl Grid {
    /// Start of a cell.
    pub fn time(&self, index: usize) -> Instant {
        let count = |every: i32| {
            i32::try_from(index)
                .unwrap_or(i32::MAX)
                .saturating_mul(every)
        };
        match self {
            Self::Days { first, every, zone } => first
                .checked_add(count(*every).days())
                .map_or(Instant(i64::MAX), |d| zone.start_of_day(d)),
            Self::Months { first, every, zone } => first
                .checked_add(count(*every).months())
                .map_or(Instant(i64::MAX), |d| zone.instant(d)),
            Self::Fixed { first, every } => {
                Instant(first.0.saturating_add(every.0.saturating_mul(index as i64)))
            }
        }
    }

    /// The cell that holds an instant; `None` before the first.
    pub fn index(&self, at: Instant) -> Option<usize> {
        let index = match self {
            Self::Days { first, every, zone } => {
                let days = (at.date(zone) - *first).get_days();
                days.div_euclid(*every)
            }
            Self::Months { first, every, zone } => {
                let date = at.date(zone);
                let months = (i32::from(date.year()) - i32::from(first.year())) * 12
                    + i32::from(date.month())
                    - i32::from(first.month());
                months.div_euclid(*every)
            }
            Self::Fixed { first, every } => {
                let distance = at.since(*first).0 + every.0 / 2;
                return usize::try_from(distance.div_euclid(every.0.max(1))).ok();
            }
        };
        usize::try_from(index).ok()
    }
}
