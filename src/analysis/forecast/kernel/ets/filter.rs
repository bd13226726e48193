//! The recursions of the family and their derivatives.
//!
//! The recursions are the error-correction forms of table 2.2/2.3 of the book; they are the same for additive and
//! multiplicative errors, which differ in the likelihood only. The derivatives of the likelihood are taken backwards
//! through the recursions (reverse mode), so that one pass gives them for all parameters and start values together.

use super::{Season, Trend};

/// Smoothing parameters.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Smoothing {
    /// Of the level, in 0..1.
    pub alpha: f64,
    /// Of the slope, in 0..=alpha.
    pub beta: f64,
    /// Of the season, in 0..=1-alpha.
    pub gamma: f64,
    /// Damping of the slope; 1 without.
    pub phi: f64,
}

/// What stands before the next value: level, slope, and the season by phase of the first value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct State {
    pub level: f64,
    pub slope: f64,
    pub season: Vec<f64>,
}

/// What one step of the filter saw.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Step {
    /// Level with slope, before the value.
    pub base: f64,
    /// Slope before the value.
    pub slope: f64,
    /// Season before the value.
    pub season: f64,
    /// The one-step forecast.
    pub fitted: f64,
}

/// Length of the season blocks: a member without a season runs through the whole series as one block of zeros.
pub(super) fn block(season: Season, period: usize, n: usize) -> usize {
    if season == Season::None {
        n.max(1)
    } else {
        period.max(1)
    }
}

/// One value: the state before it becomes the state after it.
#[inline(always)]
#[allow(clippy::inline_always)] // The innermost step: a call would cost more than its arithmetic.
fn advance<const SEASON: u8>(
    value: f64,
    p: Smoothing,
    level: &mut f64,
    slope: &mut f64,
    season: &mut f64,
) -> Step {
    let carried = p.phi * *slope;
    let base = *level + carried;
    let (slope_before, before) = (*slope, *season);
    let fitted = if SEASON == 2 {
        base * before
    } else {
        base + before
    };
    let step = Step {
        base,
        slope: slope_before,
        season: before,
        fitted,
    };
    let (for_level, for_season) = if SEASON == 2 {
        (value / before - base, value / base - before)
    } else {
        (value - fitted, value - fitted)
    };
    if value.is_nan() {
        *level = base;
        *slope = carried;
        return step;
    }
    *level = base + p.alpha * for_level;
    *slope = carried + p.beta * for_level;
    if SEASON != 0 {
        *season = before + p.gamma * for_season;
    }
    step
}

fn run_as<const SEASON: u8>(y: &[f64], p: Smoothing, state: &mut State, steps: &mut [Step]) {
    let width = state.season.len().max(1);
    let (mut level, mut slope) = (state.level, state.slope);
    for (values, out) in y.chunks(width).zip(steps.chunks_mut(width)) {
        for ((value, season), step) in values.iter().zip(state.season.iter_mut()).zip(out) {
            *step = advance::<SEASON>(*value, p, &mut level, &mut slope, season);
        }
    }
    (state.level, state.slope) = (level, slope);
}

/// Runs through `y` from `state`, which becomes the state after the last value. `steps` is as long as `y`; the season
/// of `state` has the length of [`block`].
pub(super) fn run(season: Season, y: &[f64], p: Smoothing, state: &mut State, steps: &mut [Step]) {
    match season {
        Season::None => run_as::<0>(y, p, state, steps),
        Season::Additive => run_as::<1>(y, p, state, steps),
        Season::Multiplicative => run_as::<2>(y, p, state, steps),
    }
}

/// Derivatives of the likelihood by everything it depends on.
#[derive(Clone, Debug)]
pub(super) struct Slopes {
    pub smoothing: Smoothing,
    pub state: State,
}

fn back_as<const SEASON: u8>(
    y: &[f64],
    p: Smoothing,
    steps: &[Step],
    by_fitted: impl Fn(f64, f64) -> f64,
    out: &mut Slopes,
) {
    let width = out.state.season.len().max(1);
    out.state.season.fill(0.0);
    let (mut level, mut slope) = (0.0, 0.0);
    let mut by = Smoothing::default();
    for (values, steps) in y.chunks(width).rev().zip(steps.chunks(width).rev()) {
        let phases = out.state.season.iter_mut().take(values.len()).rev();
        for ((&value, step), season) in values.iter().rev().zip(steps.iter().rev()).zip(phases) {
            let mut base = level;
            if !value.is_nan() {
                let direct = by_fitted(value, step.fitted);
                let by_level_error = p.alpha * level + p.beta * slope;
                let by_season_error = p.gamma * *season;
                if SEASON == 2 {
                    let for_level = value / step.season - step.base;
                    by.alpha += for_level * level;
                    by.beta += for_level * slope;
                    by.gamma += (value / step.base - step.season) * *season;
                    base += direct * step.season
                        - by_level_error
                        - by_season_error * value / (step.base * step.base);
                    *season += direct * step.base
                        - by_season_error
                        - by_level_error * value / (step.season * step.season);
                } else {
                    let error = value - step.fitted;
                    by.alpha += error * level;
                    by.beta += error * slope;
                    by.gamma += error * *season;
                    let total = direct - by_level_error - by_season_error;
                    base += total;
                    if SEASON == 1 {
                        *season += total;
                    }
                }
            }
            level = base;
            by.phi += step.slope * (base + slope);
            slope = p.phi * (base + slope);
        }
    }
    out.smoothing = by;
    (out.state.level, out.state.slope) = (level, slope);
}

/// Derivatives after [`run`]: `by_fitted(value, fitted)` is the derivative of the likelihood by one fitted value.
pub(super) fn back(
    season: Season,
    y: &[f64],
    p: Smoothing,
    steps: &[Step],
    by_fitted: impl Fn(f64, f64) -> f64,
    out: &mut Slopes,
) {
    match season {
        Season::None => back_as::<0>(y, p, steps, by_fitted, out),
        Season::Additive => back_as::<1>(y, p, steps, by_fitted, out),
        Season::Multiplicative => back_as::<2>(y, p, steps, by_fitted, out),
    }
}

/// The next `h` values from a state that stands after `n` values.
pub(super) fn ahead(
    season: Season,
    trend: Trend,
    phi: f64,
    state: &State,
    n: usize,
    h: usize,
) -> Vec<f64> {
    let width = state.season.len().max(1);
    let mut phases = state.season.iter().cycle().skip(n % width);
    let mut reach = 0.0;
    let mut power = 1.0;
    (0..h)
        .map(|_| {
            if trend != Trend::None {
                power *= phi;
                reach += power;
            }
            let base = state.level + reach * state.slope;
            match season {
                Season::None => base,
                Season::Additive => base + phases.next().copied().unwrap_or(0.0),
                Season::Multiplicative => base * phases.next().copied().unwrap_or(1.0),
            }
        })
        .collect()
}
