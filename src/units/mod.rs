//! Durations, rates, ratios and bytes: reading them as people write them, and the one place where numbers are printed.
//!
//! Targets are read exactly (decimal digits into integers, never through floating point), because verdicts compare
//! integers. Printing follows the rule of the house: three significant digits unless money or counts, thousands
//! separated, and a number that failed its target never reads as the target.

mod parse;
mod print;

use serde::{Deserialize, Serialize};

pub use parse::{
    UnitError, parse_byte_rate, parse_bytes, parse_duration, parse_percent, parse_percentile,
    parse_rate,
};
pub use print::{
    bytes, count, duration, exact_duration, grouped, judged, judged_percent, millis, number,
    percent, percent_of, target, with_unit,
};

/// A duration in whole microseconds.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Micros(pub i64);

impl Micros {
    /// One second.
    pub const SECOND: Self = Self(1_000_000);
    /// One minute.
    pub const MINUTE: Self = Self(60_000_000);
    /// One hour.
    pub const HOUR: Self = Self(3_600_000_000);
    /// A day of 24 hours.
    pub const DAY: Self = Self(86_400_000_000);

    /// From whole milliseconds.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1_000))
    }

    /// From whole seconds.
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1_000_000))
    }

    /// In seconds.
    pub fn as_secs(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// In milliseconds.
    pub fn as_millis(self) -> f64 {
        self.0 as f64 / 1e3
    }

    /// In days of 24 hours.
    pub fn as_days(self) -> f64 {
        self.0 as f64 / 86_400e6
    }
}

/// A ratio in parts per million: 99.9 % is 999 000.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Ppm(pub i64);

impl Ppm {
    /// The whole: 100 %.
    pub const ONE: Self = Self(1_000_000);

    /// As a fraction, 0..=1 for a share.
    pub fn as_fraction(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// In percent.
    pub fn as_percent(self) -> f64 {
        self.0 as f64 / 1e4
    }
}

/// A rate in millionths per second, so that `0.1_rps` stays exact.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct MicroRate(pub i64);

impl MicroRate {
    /// From whole events per second.
    pub const fn per_sec(rate: i64) -> Self {
        Self(rate.saturating_mul(1_000_000))
    }

    /// In events per second.
    pub fn as_per_sec(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

/// Which side of its target a number has to stay on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// At most the target is good (latency, error rate).
    AtMost,
    /// At least the target is good (availability, throughput).
    AtLeast,
}
