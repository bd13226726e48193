//! When do we run out: growth of a series with honest ranges, and the date a limit is crossed. Rules: SEMANTICS "Forecasts".

mod backtest;
mod bands;
mod changepoint;
mod choose;
mod combine;
mod crossing;
pub mod gather;
mod grid;
pub mod kernel;
mod kinds;
mod linear;
mod makeshift;
mod metrics;
mod model;
mod noise;
pub mod plan;
mod regression;
mod remarks;
pub mod result;
mod season;
mod sentence;
mod steps;
mod terms;

pub(super) use noise::Noise;
pub use result::*;
pub use steps::{StepKind, Steps};

use crate::calendar::{Instant, Zone};
use crate::dataset::Series;
use crate::units::Micros;
use crate::warning::Warnings;

/// How a fine series becomes the steps that are forecast.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Aggregate {
    /// 95th percentile of each step.
    #[default]
    P95,
    /// Peak of each step.
    Max,
    /// Mean of each step.
    Mean,
    /// The series as it is.
    None,
}

/// How far to look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Horizon {
    /// A stretch of time.
    Time(Micros),
    /// A number of steps. Up to 72 steps of a series finer than an hour are hours, more are days.
    Steps(usize),
    /// 90 days, or as long as the history where that is shorter.
    Auto,
}

/// A limit as typed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Threshold {
    /// In the unit of the series.
    Value(f64),
    /// Percent of the limit in force; of 100 for a series in percent.
    Percent(f64),
}

/// What to forecast.
#[derive(Clone, Debug)]
pub struct ForecastParams {
    /// Zone of the days.
    pub zone: Zone,
    /// How far to look.
    pub horizon: Horizon,
    /// The limit, if any.
    pub capacity: Option<Threshold>,
    /// What is forecast.
    pub aggregate: Aggregate,
    /// Over the limit on `.0` of `.1` consecutive days.
    pub sustain: (u32, u32),
    /// Time between ordering and having.
    pub lead_time: Micros,
    /// A model by name; `None` chooses.
    pub model: Option<String>,
    /// Seasons in steps; empty finds them.
    pub seasons: Vec<usize>,
    /// "Now"; the end of the data where `None`.
    pub as_of: Option<Instant>,
    /// Seed of the simulated paths.
    pub seed: u64,
    /// Allow a horizon longer than the history.
    pub force: bool,
    /// What is known beside the data.
    pub known: plan::Known,
    /// A limit that is itself uncertain: factors on it, one simulated path each in turn. Empty where it is certain.
    pub limit_spread: Vec<f64>,
}

impl Default for ForecastParams {
    fn default() -> Self {
        Self {
            zone: Zone::utc(),
            horizon: Horizon::Auto,
            capacity: None,
            aggregate: Aggregate::P95,
            sustain: (3, 7),
            lead_time: Micros(14 * Micros::DAY.0),
            model: None,
            seasons: Vec::new(),
            as_of: None,
            seed: 1,
            force: false,
            known: plan::Known::default(),
            limit_spread: Vec::new(),
        }
    }
}

/// Why there is no forecast.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ForecastError {
    /// Explained in a sentence, with what would help.
    #[error("{0}")]
    Refused(String),
    /// No model of that name.
    #[error("there is no model \"{0}\"; known models: {1}")]
    UnknownModel(String, String),
}

/// Forecasts one series.
pub fn forecast(series: &Series, params: &ForecastParams) -> Result<Forecast, ForecastError> {
    let mut warnings = Warnings::default();
    let steps = steps::prepare(series, params, &mut warnings)?;
    let info = &series.info;
    plan::forecast_planned(&steps, &info.display_name(), &info.unit, params, warnings)
}

/// Forecasts a series that is on its grid already; `params.horizon`, `aggregate` and `as_of` are not looked at.
pub fn forecast_steps(
    steps: &Steps,
    name: &str,
    unit: &str,
    params: &ForecastParams,
) -> Result<Forecast, ForecastError> {
    plan::forecast_planned(steps, name, unit, params, Warnings::default())
}
