//! When do we run out: growth of a series with honest ranges, and the date a limit is crossed. Rules: SEMANTICS "Forecasts".

mod backtest;
mod bands;
mod basis;
mod below_zero;
mod changepoint;
mod choose;
mod clock;
mod combine;
mod crossing;
mod cycles;
pub mod gather;
mod grid;
mod growth;
mod incidents;
pub mod kept;
pub mod kernel;
mod kinds;
mod known;
mod linear;
mod makeshift;
mod members;
mod metrics;
mod model;
mod noise;
pub mod plan;
mod regression;
mod remarks;
pub mod result;
pub mod scorecard;
pub mod scorecard_words;
mod season;
mod sentence;
mod shifts;
mod steps;
mod terms;

pub(super) use noise::Noise;
pub use result::*;
pub use steps::{StepKind, Steps};

use serde::{Deserialize, Serialize};

use super::decisions::KnownSpan;
use crate::calendar::{Instant, Zone};
use crate::dataset::Series;
use crate::units::Micros;
use crate::warning::Warnings;

/// How a fine series becomes the steps that are forecast.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
    /// A limit that is itself uncertain: factors on it, one simulated path each in turn. Empty where it is certain.
    pub limit_spread: Vec<f64>,
    /// Spans of the series that are known to be unusual: gaps for the fit.
    pub left_out: Vec<KnownSpan>,
    /// What is known beside the data.
    pub known: plan::Known,
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
            limit_spread: Vec::new(),
            left_out: Vec::new(),
            known: plan::Known::default(),
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
    let Some((rest, held)) = known::without(series, &params.left_out, &mut warnings) else {
        return forecast_rest(series, params, warnings);
    };
    if rest.times.is_empty() {
        return Err(ForecastError::Refused(
            "all points lie in spans marked as known; unmark some of them".to_owned(),
        ));
    }
    let params = ForecastParams {
        // A span at the end does not make the data older.
        as_of: params.as_of.or_else(|| series.times.last().copied()),
        ..params.clone()
    };
    let mut result = forecast_rest(&rest, &params, warnings)?;
    result.left_out = held;
    Ok(result)
}

fn forecast_rest(
    series: &Series,
    params: &ForecastParams,
    mut warnings: Warnings,
) -> Result<Forecast, ForecastError> {
    let mut steps = steps::prepare(series, params, &mut warnings)?;
    let info = &series.info;
    below_zero::keep_usage(&mut steps, &info.name, &info.unit, &mut warnings);
    let name = info.display_name();
    let mut result = plan::forecast_planned(&steps, &name, &info.unit, params, warnings)?;
    steps.on_the_clock(&mut result);
    Ok(result)
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
