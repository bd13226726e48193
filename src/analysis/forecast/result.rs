//! The outcome of a forecast, in the shape of `headroom forecast --json`. Plain data; keys are added, never renamed.

use serde::{Deserialize, Serialize};

use super::plan::{AdditionOutcome, PlanOutcome};
use crate::analysis::decisions::KnownSpan;
use crate::calendar::Instant;
use crate::warning::Warnings;

/// One step of the forecast with its ranges.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ForecastPoint {
    /// Start of the step.
    pub t: Instant,
    /// Expected value.
    pub mean: f64,
    /// Lower end of the 80 % range.
    pub lo80: f64,
    /// Upper end of the 80 % range.
    pub hi80: f64,
    /// Lower end of the 95 % range.
    pub lo95: f64,
    /// Upper end of the 95 % range.
    pub hi95: f64,
}

/// How the same method did on the past of this very series (rolling origin).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Backtest {
    /// Number of origins.
    pub folds: usize,
    /// Steps ahead in each.
    pub horizon: usize,
    /// Mean absolute scaled error; below 1 beats the in-sample seasonal naive.
    pub mase: Option<f64>,
    /// Symmetric mean absolute percentage error, 0..=200.
    pub smape: Option<f64>,
    /// Share of the held-out values inside the 80 % range.
    pub coverage80: Option<f64>,
    /// Share of the held-out values inside the 95 % range.
    pub coverage95: Option<f64>,
    /// Mean scaled interval score of the 95 % range.
    pub msis: Option<f64>,
    /// MASE of the seasonal naive forecast on the same folds.
    pub seasonal_naive_mase: Option<f64>,
    /// What would have been said from each origin, oldest first; for charts, not for files.
    #[serde(skip)]
    pub origins: Vec<Origin>,
}

/// A forecast of the past beside what came.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Origin {
    /// Start of its first step: nothing from here on was known.
    pub made_at: Instant,
    /// Its steps that were measured.
    pub steps: Vec<OriginStep>,
}

/// One step of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OriginStep {
    /// What was said.
    pub said: ForecastPoint,
    /// What came.
    pub came: f64,
}

impl Origin {
    /// How many of the values that came lie inside the 80 % and the 95 % range.
    pub fn inside(&self) -> (usize, usize) {
        let count = |low: fn(&ForecastPoint) -> f64, high: fn(&ForecastPoint) -> f64| {
            let inside = |s: &&OriginStep| low(&s.said) <= s.came && s.came <= high(&s.said);
            self.steps.iter().filter(inside).count()
        };
        (count(|p| p.lo80, |p| p.hi80), count(|p| p.lo95, |p| p.hi95))
    }
}

/// A date as a distribution; `None` where that share of paths does not get there within the horizon.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Percentiles<T> {
    /// One path in ten is there by then.
    pub p10: Option<T>,
    /// Half of the paths are.
    pub p50: Option<T>,
    /// Nine in ten are.
    pub p90: Option<T>,
}

/// When a limit is crossed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CapacityCrossing {
    /// The limit in the unit of the series.
    pub threshold: f64,
    /// What the limit is, in words: `80 %`, `80 % of 500 GiB`.
    pub threshold_text: String,
    /// Over the limit on `sustain` of that many days.
    pub sustain: (u32, u32),
    /// Sustained crossing.
    pub crossing: Percentiles<Instant>,
    /// First single day over the limit, for comparison.
    pub first_day_over: Percentiles<Instant>,
    /// Share of the paths that cross within the horizon.
    pub probability_within_horizon: f64,
    /// Days from the end of the data (or `--as-of`).
    pub days_remaining: Percentiles<f64>,
    /// The P10 date less the lead time.
    pub order_by: Option<Instant>,
    /// It is over the limit already.
    pub already_over: bool,
    /// Share of the paths that have crossed by each date at which one does, rising.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reached_by: Vec<(Instant, f64)>,
    /// The limit over time, where it changes: (from, limit in the unit of the series).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<(Instant, f64)>,
    /// Planned additions to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub additions: Vec<AdditionOutcome>,
    /// Conservative reading: the first step at which the upper end of the 80 % range is over the limit.
    #[serde(default)]
    pub conservative: Option<Instant>,
    /// Expected reading: the first step at which the expected value is over the limit.
    #[serde(default)]
    pub expected: Option<Instant>,
    /// Whether the day to order by lies before the end of the data (or `--as-of`).
    #[serde(default)]
    pub order_overdue: bool,
}

/// One model that was tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// Name of the model.
    pub model: String,
    /// Its MASE over the folds that choose.
    pub mase: Option<f64>,
}

/// A forecast of one series.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Forecast {
    /// Name of the series.
    pub series: String,
    /// Its unit.
    pub unit: String,
    /// How the fine series became steps: `daily P95`.
    pub aggregate: String,
    /// Number of steps it was fitted on.
    pub n: usize,
    /// Length of a step in seconds.
    pub step_secs: f64,
    /// Name of the model.
    pub model: String,
    /// Why this one, in a sentence.
    pub why: String,
    /// Seasons in steps.
    pub seasons: Vec<usize>,
    /// Where level or trend changed.
    pub changepoints: Vec<Instant>,
    /// Steps far outside the pattern.
    pub outliers: Vec<Instant>,
    /// Growth per 30 days in the unit of the series: 0 where the model has no trend, nothing where the stretch is too short
    /// to tell growth from a season.
    pub growth_per_month: Option<f64>,
    /// The steps it was fitted on: (start, value).
    pub history: Vec<(Instant, f64)>,
    /// The forecast.
    pub points: Vec<ForecastPoint>,
    /// What it would have been worth in the past.
    pub backtest: Option<Backtest>,
    /// What else was tried.
    pub candidates: Vec<Candidate>,
    /// When the limit is crossed, if one was given.
    pub capacity: Option<CapacityCrossing>,
    /// Ids of the sources it was taken from.
    pub source_ids: Vec<String>,
    /// What was noticed.
    pub warnings: Warnings,
    /// Spans that people marked as known and that the fit left out.
    #[serde(default)]
    pub left_out: Vec<KnownSpan>,
    /// What is known beside the data, and the forecast without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanOutcome>,
}
