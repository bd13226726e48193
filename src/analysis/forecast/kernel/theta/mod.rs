//! The Theta method: simple smoothing of the series carried on by a share of its straight line.
//!
//! Assimakopoulos and Nikolopoulos (2000); the state-space forms with a static line, a line that is updated with each
//! value, and an optimised share are those of Fiorucci, Pellegrini, Louzada, Petropoulos and Koehler (2016), equations
//! 9–15. Given α both the first level and the share 1 − 1/θ enter linearly, so they are found by least squares and only
//! α is searched. A season that the autocorrelation shows is taken out by classical decomposition and put back.

use super::Fit;
use super::decompose::{Kind, filled, is_seasonal, line, seasonal};
use super::optimize::on_a_line;

/// Which Theta model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// A fixed line, θ = 2: the standard method.
    Standard,
    /// A fixed line, θ estimated.
    Optimised,
    /// A line that follows, θ = 2.
    Dynamic,
    /// A line that follows, θ estimated.
    DynamicOptimised,
}

impl Variant {
    fn follows(self) -> bool {
        matches!(self, Self::Dynamic | Self::DynamicOptimised)
    }

    fn estimates_share(self) -> bool {
        matches!(self, Self::Optimised | Self::DynamicOptimised)
    }

    fn label(self) -> &'static str {
        match self {
            Self::Standard => "Theta",
            Self::Optimised => "OptimizedTheta",
            Self::Dynamic => "DynamicTheta",
            Self::DynamicOptimised => "DynamicOptimizedTheta",
        }
    }
}

/// The straight line through the values so far, with their mean.
#[derive(Clone, Copy, Debug, Default)]
struct Line {
    /// Values so far.
    count: f64,
    mean: f64,
    intercept: f64,
    slope: f64,
}

impl Line {
    /// Takes one more value (Fiorucci et al. 2016, equations 13–15).
    fn push(&mut self, value: f64) {
        self.count += 1.0;
        let t = self.count;
        if t > 1.0 {
            self.slope = ((t - 2.0) * self.slope + 6.0 * (value - self.mean) / t) / (t + 1.0);
        }
        self.mean += (value - self.mean) / t;
        self.intercept = self.mean - self.slope * (t + 1.0) / 2.0;
    }
}

/// Where a model stands.
#[derive(Clone, Copy, Debug)]
struct State {
    level: f64,
    line: Line,
    /// (1 − α)^t.
    decay: f64,
}

/// A fitted Theta model.
#[derive(Clone, Debug)]
pub struct ThetaFit {
    variant: Variant,
    /// The series without its season, gaps filled.
    adjusted: Vec<f64>,
    season: Option<(Kind, Vec<f64>)>,
    alpha: f64,
    /// 1 − 1/θ, in 0..1.
    share: f64,
    first_level: f64,
    fixed: Line,
    residuals: Vec<f64>,
    sigma: f64,
}

impl ThetaFit {
    fn start(&self) -> State {
        State {
            level: self.first_level,
            line: if self.variant.follows() {
                Line::default()
            } else {
                self.fixed
            },
            decay: 1.0,
        }
    }

    /// What the line adds to the level for the next value.
    fn drift(&self, state: &State) -> f64 {
        drift(self.alpha, state)
    }

    fn step(&self, state: &mut State, value: f64) {
        state.level += self.alpha * (value - state.level);
        state.decay = fade(state.decay, self.alpha);
        if self.variant.follows() {
            state.line.push(value);
        }
    }

    /// The next `h` values without season.
    fn carry_on(&self, state: &State, h: usize) -> Vec<f64> {
        let mut state = *state;
        (0..h)
            .map(|_| {
                let value = state.level + self.share * self.drift(&state);
                self.step(&mut state, value);
                value
            })
            .collect()
    }

    /// Puts the season back on values that start at phase `at`.
    fn with_season(&self, values: Vec<f64>, at: usize) -> Vec<f64> {
        match &self.season {
            None => values,
            Some((kind, figures)) => {
                let phases = figures.iter().cycle().skip(at % figures.len().max(1));
                values
                    .iter()
                    .zip(phases)
                    .map(|(v, s)| {
                        if *kind == Kind::Additive {
                            v + s
                        } else {
                            v * s
                        }
                    })
                    .collect()
            }
        }
    }

    fn end(&self) -> State {
        let mut state = self.start();
        for value in &self.adjusted {
            self.step(&mut state, *value);
        }
        state
    }

    /// Mean squared one-step error without season.
    fn mean_square(&self) -> f64 {
        self.sigma * self.sigma
    }
}

/// The next power of 1 − α; 0 before the numbers become so small that arithmetic with them is slow.
fn fade(decay: f64, alpha: f64) -> f64 {
    if decay < 1e-100 {
        0.0
    } else {
        decay * (1.0 - alpha)
    }
}

/// (1 − α)^t·A + (1 − (1 − α)^(t+1))/α·B of equation 9, with t the values so far.
fn drift(alpha: f64, state: &State) -> f64 {
    state.decay * state.line.intercept
        + (1.0 - state.decay * (1.0 - alpha)) / alpha * state.line.slope
}

/// Sums over the one-step errors at one α, which are linear in the first level and the share.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    yy: f64,
    yl: f64,
    yd: f64,
    ll: f64,
    ld: f64,
    dd: f64,
}

impl Sums {
    fn of(y: &[f64], alpha: f64, follows: bool, fixed: Line) -> Self {
        let mut sums = Self::default();
        let mut state = State {
            level: 0.0,
            line: if follows { Line::default() } else { fixed },
            decay: 1.0,
        };
        for (i, &value) in y.iter().enumerate() {
            let own = value - state.level;
            let added = drift(alpha, &state);
            // The first steps of a line that follows say nothing yet.
            if !follows || i >= 3 {
                sums.yy += own * own;
                sums.yl += own * state.decay;
                sums.yd += own * added;
                sums.ll += state.decay * state.decay;
                sums.ld += state.decay * added;
                sums.dd += added * added;
            }
            state.level += alpha * (value - state.level);
            state.decay = fade(state.decay, alpha);
            if follows {
                state.line.push(value);
            }
        }
        sums
    }

    /// The best first level for a share, and the squares that remain.
    fn given(&self, share: f64) -> (f64, f64) {
        let level = if self.ll > 1e-12 {
            (self.yl - share * self.ld) / self.ll
        } else {
            0.0
        };
        let rest = self.yy + level * level * self.ll + share * share * self.dd
            - 2.0 * (level * self.yl + share * self.yd - level * share * self.ld);
        (level, rest)
    }

    /// The best share within 0..1, drawn towards the usual one where the series says little. `n` values were summed.
    fn share(&self, n: usize) -> f64 {
        let own = self.dd - self.ld * self.ld / self.ll.max(f64::MIN_POSITIVE);
        if own <= 1e-12 * self.dd {
            return USUAL_SHARE;
        }
        let best = (self.yd - self.yl * self.ld / self.ll.max(f64::MIN_POSITIVE)) / own;
        let variance = self.given(best).1.max(0.0) / n.saturating_sub(3).max(1) as f64;
        let hold = variance / (SHARE_WIDTH * SHARE_WIDTH);
        ((own * best + hold * USUAL_SHARE) / (own + hold)).clamp(0.0, 1.0)
    }
}

/// Fits one Theta model. `period` is the season in steps (1 for none). `None` for fewer than four values.
pub fn fit_theta(y: &[f64], period: usize, variant: Variant) -> Option<ThetaFit> {
    if y.iter().filter(|v| v.is_finite()).count() < 4 {
        return None;
    }
    let whole = filled(y)?;
    let season = find_season(&whole, period);
    let adjusted = without_season(&whole, season.as_ref());
    let fixed = {
        let (intercept, slope) = line(&adjusted);
        Line {
            intercept,
            slope,
            ..Line::default()
        }
    };
    let share_at = |sums: &Sums| {
        if variant.estimates_share() {
            sums.share(adjusted.len())
        } else {
            USUAL_SHARE
        }
    };
    let follows = variant.follows();
    let alpha = on_a_line(LOWEST_ALPHA, 0.995, 11, 12, |alpha| {
        let sums = Sums::of(&adjusted, alpha, follows, fixed);
        sums.given(share_at(&sums)).1 * alpha.powf(-2.0 * QUICKER / adjusted.len() as f64)
    });
    let sums = Sums::of(&adjusted, alpha, follows, fixed);
    let share = share_at(&sums);
    let first_level = sums.given(share).0;
    let mut fit = ThetaFit {
        variant,
        adjusted,
        season,
        alpha,
        share,
        first_level,
        fixed,
        residuals: Vec::new(),
        sigma: 0.0,
    };
    fit.take_residuals(y, &whole);
    let sound = fit.sigma.is_finite()
        && fit
            .residuals
            .iter()
            .zip(y)
            .all(|(r, y)| r.is_finite() || !y.is_finite());
    sound.then_some(fit)
}

/// Smallest smoothing, as in the paper: below it the level hardly follows a series that has moved.
const LOWEST_ALPHA: f64 = 0.1;
/// The share of the standard method, θ = 2, and how far (as the standard deviation of a normal prior) an estimated
/// share lies from it before the series has spoken.
const USUAL_SHARE: f64 = 0.5;
const SHARE_WIDTH: f64 = 0.5;
/// The power of α in its prior: a short series that fits a slow and a quick level alike is taken as quick.
const QUICKER: f64 = 0.25;

fn find_season(whole: &[f64], period: usize) -> Option<(Kind, Vec<f64>)> {
    if !is_seasonal(whole, period) {
        return None;
    }
    let positive = whole.iter().all(|v| *v > 0.0);
    let multiplicative = if positive {
        seasonal(whole, period, Kind::Multiplicative)
    } else {
        None
    };
    match multiplicative {
        Some(figures) => Some((Kind::Multiplicative, figures)),
        None => seasonal(whole, period, Kind::Additive).map(|figures| (Kind::Additive, figures)),
    }
}

fn without_season(whole: &[f64], season: Option<&(Kind, Vec<f64>)>) -> Vec<f64> {
    match season {
        None => whole.to_vec(),
        Some((kind, figures)) => whole
            .iter()
            .zip(figures.iter().cycle())
            .map(|(v, s)| {
                if *kind == Kind::Additive {
                    v - s
                } else {
                    v / s
                }
            })
            .collect(),
    }
}

impl ThetaFit {
    fn take_residuals(&mut self, y: &[f64], whole: &[f64]) {
        let mut state = self.start();
        let mut fitted = Vec::with_capacity(whole.len());
        let (mut squares, mut count) = (0.0, 0usize);
        for (i, (value, original)) in self.adjusted.iter().zip(y).enumerate() {
            let next = state.level + self.share * self.drift(&state);
            fitted.push(next);
            if original.is_finite() && i >= 3 {
                squares += (value - next) * (value - next);
                count += 1;
            }
            self.step(&mut state, *value);
        }
        self.sigma = (squares / count.saturating_sub(2).max(1) as f64).sqrt();
        self.residuals = y
            .iter()
            .zip(self.with_season(fitted, 0))
            .map(|(y, fitted)| if y.is_finite() { y - fitted } else { f64::NAN })
            .collect();
    }
}

/// The variant with the smallest one-step errors.
pub fn fit_auto_theta(y: &[f64], period: usize) -> Option<Box<dyn Fit>> {
    [
        Variant::Standard,
        Variant::Optimised,
        Variant::Dynamic,
        Variant::DynamicOptimised,
    ]
    .into_iter()
    .filter_map(|variant| fit_theta(y, period, variant))
    .min_by(|a, b| a.mean_square().total_cmp(&b.mean_square()))
    .map(|fit| Box::new(fit) as Box<dyn Fit>)
}

impl Fit for ThetaFit {
    fn name(&self) -> String {
        self.variant.label().to_owned()
    }

    fn ahead(&self, h: usize) -> Vec<f64> {
        self.with_season(self.carry_on(&self.end(), h), self.adjusted.len())
    }

    /// By what an error of one step adds to each later forecast, found by adding one to the model.
    fn spread(&self, h: usize) -> Vec<f64> {
        let end = self.end();
        let without = self.carry_on(&end, h);
        let shock = if self.sigma > 0.0 { self.sigma } else { 1.0 };
        let mut after = end;
        self.step(&mut after, without.first().copied().unwrap_or(0.0) + shock);
        let with = self.carry_on(&after, h.saturating_sub(1));
        let mut sum = 1.0;
        let mut spread = Vec::with_capacity(h);
        if h > 0 {
            spread.push(self.sigma);
        }
        for (a, b) in with.iter().zip(without.iter().skip(1)) {
            let carried = (a - b) / shock;
            sum += carried * carried;
            spread.push(self.sigma * sum.sqrt());
        }
        if let Some((Kind::Multiplicative, figures)) = &self.season {
            let phases = figures
                .iter()
                .cycle()
                .skip(self.adjusted.len() % figures.len().max(1));
            let mut largest = 0.0_f64;
            for (value, figure) in spread.iter_mut().zip(phases) {
                largest = largest.max(*value * figure);
                *value = largest;
            }
        }
        spread
    }

    fn from_origins(&self, origins: &[usize], h: usize) -> Vec<Vec<f64>> {
        let mut state = self.start();
        let mut done = 0;
        origins
            .iter()
            .map(|&origin| {
                for value in self.adjusted.get(done..origin).unwrap_or_default() {
                    self.step(&mut state, *value);
                }
                done = origin.max(done);
                self.with_season(self.carry_on(&state, h), origin)
            })
            .collect()
    }

    fn residuals(&self) -> &[f64] {
        &self.residuals
    }
}

#[cfg(test)]
mod tests;
