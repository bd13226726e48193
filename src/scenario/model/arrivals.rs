//! What arrives: a pattern over time, how much it grows, and the mix of requests.

use serde::{Deserialize, Serialize};

use super::Dist;

/// A rate from a time on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RatePoint {
    /// Seconds from the start of the run.
    pub at: f64,
    /// Requests per second (open) or users (closed); not below zero.
    pub level: f64,
}

/// What lies between two points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interpolation {
    /// The earlier point holds until the next.
    #[default]
    Step,
    /// A straight line.
    Linear,
}

/// How the level goes over time, before growth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "pattern", rename_all = "snake_case")]
pub enum Pattern {
    /// Always the same.
    Constant {
        /// In the unit of the workload's level; not below zero.
        level: f64,
    },
    /// From one level to another in `over` seconds, then constant.
    Ramp {
        /// Level at the start.
        from: f64,
        /// Level after `over` seconds.
        to: f64,
        /// Seconds.
        over: f64,
    },
    /// `base`, and `peak` from `at` for `lasts` seconds.
    Spike {
        /// Level before and after the peak.
        base: f64,
        /// Level of the peak.
        peak: f64,
        /// Seconds from the start of the run.
        at: f64,
        /// Seconds of the peak.
        lasts: f64,
    },
    /// `from`, and `by` more every `every` seconds, up to `to`.
    Steps {
        /// First level.
        from: f64,
        /// Added at each step; negative goes down.
        by: f64,
        /// Seconds of a step.
        every: f64,
        /// Last level, which then holds.
        to: f64,
    },
    /// A day's shape: 24 levels by the hour in the scenario's zone, linear between the middles of the hours.
    Daily {
        /// Levels from the hour that begins at 0:00.
        hours: Vec<f64>,
    },
    /// A week's shape: 168 levels by the hour from Monday 0:00, linear between the middles of the hours.
    Weekly {
        /// Levels from the hour that begins on Monday at 0:00.
        hours: Vec<f64>,
    },
    /// Points of a series, a log or a forecast, once they have been read.
    Points {
        /// In order of time; the last one holds to the end.
        points: Vec<RatePoint>,
        /// Between two points.
        interpolation: Interpolation,
    },
    /// A forecast of the project at a quantile (0.5 expected, 0.9 cautious), in its own unit per second.
    Forecast {
        /// Name of the series.
        series: String,
        /// Between 0 and 1.
        quantile: f64,
    },
    /// An imported series as it was.
    Series {
        /// Name of the series.
        series: String,
    },
    /// The arrivals of an imported run or access log as they were.
    Log {
        /// Name of the run, or of its file.
        file: String,
    },
}

impl Default for Pattern {
    fn default() -> Self {
        Self::Constant { level: 100.0 }
    }
}

impl Pattern {
    /// What it refers to outside the scenario, in words.
    pub fn pending(&self) -> Option<String> {
        match self {
            Self::Forecast { series, .. } => Some(format!("the forecast of {series}")),
            Self::Series { series } => Some(format!("the series {series}")),
            Self::Log { file } => Some(format!("the arrivals of {file}")),
            _ => None,
        }
    }
}

/// Who sends.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Arrivals {
    /// Requests come whatever happens to earlier ones; times between them are exponential.
    #[default]
    Open,
    /// Requests come at even distances.
    Even,
    /// Users who wait for the answer and think before they ask again; the pattern's level is their number.
    Closed {
        /// Time between an answer and the next request.
        think: Dist,
    },
}

/// The load over the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Workload {
    /// Open or closed.
    pub arrivals: Arrivals,
    /// Level over time: requests per second, or users of a closed workload.
    pub pattern: Pattern,
    /// The level is multiplied by this; 10 is "10x".
    pub growth: f64,
    /// Users behind an open workload, for limits per user and sticky sessions; 0 where they are not told apart.
    pub users: f64,
}

impl Default for Workload {
    fn default() -> Self {
        Self {
            arrivals: Arrivals::Open,
            pattern: Pattern::default(),
            growth: 1.0,
            users: 0.0,
        }
    }
}
