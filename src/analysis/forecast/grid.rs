//! An even grid in time: civil days, months, or a fixed distance. Civil grids follow the zone, clock changes included.

use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, ToSpan as _};

use crate::calendar::{Instant, Zone};
use crate::units::Micros;

/// Finer steps are not looked at by the clock.
const MINUTE: Micros = Micros(60_000_000);

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
    /// The civil clock in steps of up to an hour: the hour that a clock change leaves out has a cell without a value, the
    /// one that comes twice has one cell for both.
    Clock {
        /// The first civil time.
        first: DateTime,
        /// Distance of the cells.
        every: Micros,
        /// Zone of the clock.
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
    /// A fixed distance on the clock of a zone, where steps divide its hour; in absolute time otherwise.
    pub fn hourly(first: Instant, every: Micros, zone: &Zone) -> Self {
        let divides = every.0 >= MINUTE.0 && Micros::HOUR.0 % every.0 == 0;
        if divides && zone.name() != Zone::utc().name() {
            Self::Clock {
                first: first.civil(zone),
                every,
                zone: zone.clone(),
            }
        } else {
            Self::Fixed { first, every }
        }
    }

    /// The grid without its first cells.
    pub fn drop_first(&mut self, count: usize) {
        let start = self.time(count);
        match self {
            Self::Days { first, zone, .. } => *first = start.date(zone),
            Self::Months { first, zone, .. } => *first = start.civil(zone),
            Self::Clock { first, every, .. } => *first = on_clock(*first, *every, count),
            Self::Fixed { first, .. } => *first = start,
        }
    }

    /// Whether two instants may fall in one cell, as those of an hour that comes twice.
    pub fn is_clock(&self) -> bool {
        matches!(self, Self::Clock { .. })
    }

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
            Self::Clock { first, every, zone } => zone.instant(on_clock(*first, *every, index)),
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
            Self::Clock { first, every, zone } => {
                let distance = at.civil(zone).duration_since(*first).as_micros();
                let index = (distance + i128::from(every.0 / 2)).div_euclid(every.0.max(1).into());
                return usize::try_from(index).ok();
            }
            Self::Fixed { first, every } => {
                let distance = at.since(*first).0 + every.0 / 2;
                return usize::try_from(distance.div_euclid(every.0.max(1))).ok();
            }
        };
        usize::try_from(index).ok()
    }
}

/// The civil time of a cell.
fn on_clock(first: DateTime, every: Micros, index: usize) -> DateTime {
    let ahead = i64::try_from(index).map_or(i64::MAX, |i| every.0.saturating_mul(i));
    first
        .checked_add(SignedDuration::from_micros(ahead))
        .unwrap_or(DateTime::MAX)
}
