//! What each model says about the future, and what it would have said from earlier origins of this very series.
//!
//! Rolling origin: Tashman (2000), "Out-of-sample tests of forecasting accuracy".

use super::super::Fit;

/// Fits a model to a past; `None` where it cannot.
pub type Maker<'a> = Box<dyn Fn(&[f64]) -> Option<Box<dyn Fit>> + Send + Sync + 'a>;

/// Most origins a model is tried from.
const MAX_ORIGINS: usize = 24;
/// The past that is tried reaches back so many horizons and so many seasons, whichever is longer.
const HORIZONS_BACK: usize = 8;
const SEASONS_BACK: usize = 4;
/// A forecast further outside the range of the past than this many times its width is not believed; the second number
/// is added for each length of the history that is looked ahead.
const WILD: (f64, f64) = (1.5, 3.0);

/// One model: its forecast, and its earlier forecasts.
#[derive(Clone, Debug)]
pub struct Trial {
    /// Name of the model.
    pub name: String,
    /// Centre of the next steps.
    pub ahead: Vec<f64>,
    /// The model's own standard deviation of the error at each step.
    pub spread: Vec<f64>,
    /// What it said from each origin, as far as the horizon.
    pub past: Vec<Vec<f64>>,
}

impl Trial {
    /// Asks a model; `None` where an answer is missing, not finite or beyond belief.
    pub fn of(
        maker: &Maker<'_>,
        values: &[f64],
        origins: &[usize],
        horizon: usize,
    ) -> Option<Self> {
        let fit = maker(values)?;
        let reach = values.len() - origins.first().copied().unwrap_or(0).min(values.len());
        let trial = Self {
            name: fit.name(),
            ahead: fit.ahead(horizon),
            spread: fit.spread(horizon),
            past: fit.from_origins(origins, horizon.min(reach)),
        };
        let whole = trial.ahead.len() == horizon
            && trial.spread.len() == horizon
            && trial.past.len() == origins.len();
        let finite = trial
            .ahead
            .iter()
            .chain(&trial.spread)
            .all(|v| v.is_finite());
        (whole && finite && !is_wild(&trial.ahead, values)).then_some(trial)
    }

    /// What it said from an origin, by its place, about a step; NaN where it said nothing.
    pub fn said(&self, origin: usize, step: usize) -> f64 {
        self.past
            .get(origin)
            .and_then(|p| p.get(step))
            .copied()
            .unwrap_or(f64::NAN)
    }
}

fn is_wild(ahead: &[f64], values: &[f64]) -> bool {
    let known = || values.iter().copied().filter(|v| v.is_finite());
    let low = known().fold(f64::INFINITY, f64::min);
    let high = known().fold(f64::NEG_INFINITY, f64::max);
    let far = ahead.len() as f64 / values.len().max(1) as f64;
    let margin = (high - low) * (WILD.0 + WILD.1 * far);
    let believed = low - margin..=high + margin;
    !ahead.iter().all(|v| believed.contains(v))
}

/// The origins models are tried from, rising: evenly spread over the newer past, the last one a step before the end.
pub fn origins(n: usize, horizon: usize, season: usize) -> Vec<usize> {
    let Some(last) = n.checked_sub(1) else {
        return Vec::new();
    };
    let reach = (HORIZONS_BACK * horizon).max(SEASONS_BACK * season);
    let first = (n / 3)
        .max(season + 2)
        .max(n.saturating_sub(reach))
        .max(3)
        .min(last);
    let count = (last - first + 1).min(MAX_ORIGINS);
    let mut all: Vec<usize> = (0..count)
        .map(|i| last - (last - first) * i / count.saturating_sub(1).max(1))
        .collect();
    all.reverse();
    all.dedup();
    all
}
