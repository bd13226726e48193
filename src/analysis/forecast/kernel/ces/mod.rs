//! Complex exponential smoothing: a level and a hidden "potential" that smooth each other, without trend or season
//! components to choose.
//!
//! Svetunkov, Kourentzes and Ord (2022), Complex exponential smoothing, Naval Research Logistics 69(8): the four
//! seasonal forms none, simple, partial and full. Start values are found by running the filter back from the end, as in
//! the R package smooth; the parameters maximise the likelihood of normal errors; the form is chosen by the corrected
//! Akaike criterion.

use super::Fit;
use super::decompose::{Kind, filled, seasonal};
use super::optimize::{Stop, bfgs};

/// How a season enters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// No season.
    None,
    /// Every phase is a series of its own.
    Simple,
    /// A level with an additive season.
    Partial,
    /// A level with a season that has its own potential.
    Full,
}

impl Form {
    fn label(self) -> &'static str {
        match self {
            Self::None => "CES(N)",
            Self::Simple => "CES(S)",
            Self::Partial => "CES(P)",
            Self::Full => "CES(F)",
        }
    }

    fn parameters(self) -> usize {
        match self {
            Self::None | Self::Simple => 2,
            Self::Partial => 3,
            Self::Full => 4,
        }
    }
}

/// A value and its potential.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Pair {
    value: f64,
    potential: f64,
}

/// A complex smoothing parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Complex {
    real: f64,
    imaginary: f64,
}

impl Pair {
    fn step(&mut self, by: Complex, error: f64) {
        *self = Self {
            value: self.value - (1.0 - by.imaginary) * self.potential
                + (by.real - by.imaginary) * error,
            potential: self.value
                + (1.0 - by.real) * self.potential
                + (by.real + by.imaginary) * error,
        };
    }
}

impl Complex {
    /// Whether the filter forgets: the region of section 3.3 of the paper.
    fn is_stable(self) -> bool {
        let from = |a: f64, b: f64| (self.real - a).powi(2) + (self.imaginary - b).powi(2);
        from(2.5, 0.0) > 1.25 && from(0.5, 1.0) > 0.25 && from(1.5, 0.5) < 1.5
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Parameters {
    level: Complex,
    season: Complex,
}

/// Level, and the seasonal pairs by phase of the first value.
#[derive(Clone, Debug)]
struct State {
    level: Pair,
    season: Vec<Pair>,
}

/// The forecast of a step, and the state after it with `error` in it.
#[inline]
fn fitted(form: Form, level: Pair, season: Pair) -> f64 {
    match form {
        Form::None => level.value,
        Form::Simple => season.value,
        Form::Partial | Form::Full => level.value + season.value,
    }
}

#[inline]
fn advance(form: Form, p: &Parameters, level: &mut Pair, season: &mut Pair, error: f64) {
    match form {
        Form::None => level.step(p.level, error),
        Form::Simple => season.step(p.level, error),
        Form::Partial => {
            level.step(p.level, error);
            season.value += p.season.real * error;
        }
        Form::Full => {
            level.step(p.level, error);
            season.step(p.season, error);
        }
    }
}

/// A missing value is taken as its forecast.
fn error_of(value: f64, fitted: f64) -> f64 {
    if value.is_nan() { 0.0 } else { value - fitted }
}

/// Runs forward; `see` gets the forecasts.
fn forward(form: Form, p: &Parameters, y: &[f64], state: &mut State, mut see: impl FnMut(f64)) {
    let mut level = state.level;
    for values in y.chunks(state.season.len().max(1)) {
        for (value, season) in values.iter().zip(state.season.iter_mut()) {
            let next = fitted(form, level, *season);
            see(next);
            advance(form, p, &mut level, season, error_of(*value, next));
        }
    }
    state.level = level;
}

/// Runs back from the end.
fn backward(form: Form, p: &Parameters, y: &[f64], state: &mut State) {
    let mut level = state.level;
    for values in y.chunks(state.season.len().max(1)).rev() {
        let phases = state.season.iter_mut().take(values.len()).rev();
        for (value, season) in values.iter().rev().zip(phases) {
            let next = fitted(form, level, *season);
            advance(form, p, &mut level, season, error_of(*value, next));
        }
    }
    state.level = level;
}

/// A fitted model.
#[derive(Clone, Debug)]
pub struct CesFit {
    form: Form,
    y: Vec<f64>,
    parameters: Parameters,
    start: State,
    end: State,
    residuals: Vec<f64>,
    sigma: f64,
    aicc: f64,
}

impl CesFit {
    /// The corrected Akaike criterion, up to a constant that all forms share on one series; lower is better.
    pub fn aicc(&self) -> f64 {
        self.aicc
    }

    fn carry_on(&self, state: &State, at: usize, h: usize) -> Vec<f64> {
        let mut level = state.level;
        let mut season = state.season.clone();
        let width = season.len().max(1);
        season.rotate_left(at % width);
        let mut out = Vec::with_capacity(h);
        while out.len() < h {
            for pair in season.iter_mut().take(h - out.len()) {
                out.push(fitted(self.form, level, *pair));
                advance(self.form, &self.parameters, &mut level, pair, 0.0);
            }
        }
        out
    }
}

/// Between the bounds that the R package and statsforecast use.
const REAL: (f64, f64) = (0.01, 1.8);
const IMAGINARY: (f64, f64) = (0.01, 1.9);
const SEASONAL: (f64, f64) = (0.01, 1.5);
const STOP: Stop = Stop {
    iterations: 40,
    gain: 1e-3,
};

fn within((low, high): (f64, f64), x: f64) -> f64 {
    low + (high - low) / (1.0 + (-x).exp())
}

fn place((low, high): (f64, f64), value: f64) -> f64 {
    ((value - low) / (high - value)).ln()
}

fn unpack(form: Form, x: &[f64]) -> Parameters {
    let at = |i: usize| x.get(i).copied().unwrap_or(0.0);
    let level = Complex {
        real: within(REAL, at(0)),
        imaginary: within(IMAGINARY, at(1)),
    };
    let season = match form {
        Form::None | Form::Simple => Complex {
            real: 0.0,
            imaginary: 0.0,
        },
        Form::Partial => Complex {
            real: within((0.0, 1.0), at(2)),
            imaginary: 0.0,
        },
        Form::Full => Complex {
            real: within(SEASONAL, at(2)),
            imaginary: within(SEASONAL, at(3)),
        },
    };
    Parameters { level, season }
}

fn first_point(form: Form) -> Vec<f64> {
    let mut x = vec![place(REAL, 1.3), place(IMAGINARY, 1.0)];
    match form {
        Form::None | Form::Simple => {}
        Form::Partial => x.push(place((0.0, 1.0), 0.1)),
        Form::Full => x.extend([place(SEASONAL, 1.3), place(SEASONAL, 1.0)]),
    }
    x
}

/// Held against points far from the first one, as by wide normal priors: without it short series are fitted by
/// parameters at their bounds.
fn restraint(x: &[f64], origin: &[f64]) -> f64 {
    let weights = [0.1, 0.5, 0.5, 0.5];
    x.iter()
        .zip(origin)
        .zip(weights)
        .map(|((x, origin), weight)| weight * (x - origin) * (x - origin))
        .sum()
}

fn guess(form: Form, whole: &[f64], period: usize) -> Option<State> {
    let early = whole.get(..period.max(10).min(whole.len()))?;
    let mean = early.iter().sum::<f64>() / early.len().max(1) as f64;
    let pair = |value: f64| Pair {
        value,
        potential: value / 1.1,
    };
    let season = match form {
        Form::None => vec![Pair::default(); whole.len()],
        Form::Simple => whole.get(..period)?.iter().map(|v| pair(*v)).collect(),
        Form::Partial => seasonal(whole, period, Kind::Additive)?
            .iter()
            .map(|v| Pair {
                value: *v,
                potential: 0.0,
            })
            .collect(),
        Form::Full => seasonal(whole, period, Kind::Additive)?
            .iter()
            .map(|v| pair(*v))
            .collect(),
    };
    Some(State {
        level: pair(mean),
        season,
    })
}

/// Start values: from the guess to the end and back.
fn backcast(form: Form, p: &Parameters, y: &[f64], state: &mut State) {
    forward(form, p, y, state, |_| ());
    backward(form, p, y, state);
}

/// Of a longer series the parameters are searched on about so many of the newest values (at least ten seasons).
const RECENT: usize = 1000;

/// Fits one form. `period` is the season in steps (1 for none). `None` where there are too few values (two seasons for
/// a seasonal form) or the fit is not finite.
pub fn fit_form(y: &[f64], period: usize, form: Form) -> Option<CesFit> {
    let known = y.iter().filter(|v| v.is_finite()).count();
    let count = form.parameters() + 1;
    if known <= count + 1 || (form != Form::None && (period < 2 || y.len() < 2 * period)) {
        return None;
    }
    let y: Vec<f64> = y
        .iter()
        .map(|v| if v.is_finite() { *v } else { f64::NAN })
        .collect();
    let whole = filled(&y)?;
    let recent = y.len().saturating_sub(RECENT.max(10 * period)) / period.max(1) * period.max(1);
    let newest = y.get(recent..)?;
    let known = newest.iter().filter(|v| v.is_finite()).count();
    if known <= count + 1 {
        return None;
    }
    let first_guess = guess(form, whole.get(recent..)?, period)?;
    let mut state = first_guess.clone();
    let size = whole.iter().map(|v| v * v).sum::<f64>();
    let origin = first_point(form);
    let mut value_at = |x: &[f64]| {
        let p = unpack(form, x);
        if !p.level.is_stable() || (form == Form::Full && !p.season.is_stable()) {
            return f64::INFINITY;
        }
        state.season.copy_from_slice(&first_guess.season);
        state.level = first_guess.level;
        backcast(form, &p, newest, &mut state);
        let mut values = newest.iter();
        let mut squares = 1e-20 * size;
        forward(form, &p, newest, &mut state, |next| {
            let error = error_of(values.next().copied().unwrap_or(f64::NAN), next);
            squares += error * error;
        });
        let value = known as f64 * squares.ln() + restraint(x, &origin);
        if value.is_finite() {
            value
        } else {
            f64::INFINITY
        }
    };
    let mut x = origin.clone();
    let mut moved = x.clone();
    let value = bfgs(&mut x, STOP, |x, gradient| {
        let value = value_at(x);
        moved.copy_from_slice(x);
        for i in 0..x.len() {
            let (Some(slot), Some(at)) = (gradient.get_mut(i), x.get(i)) else {
                continue;
            };
            let mut try_at = |by: f64| {
                if let Some(m) = moved.get_mut(i) {
                    *m = at + by;
                }
                let there = value_at(&moved);
                if let Some(m) = moved.get_mut(i) {
                    *m = *at;
                }
                there
            };
            let (up, step) = (try_at(1e-5), 1e-5);
            *slot = if up.is_finite() {
                (up - value) / step
            } else {
                (value - try_at(-step)) / step
            };
        }
        value
    });
    let p = unpack(form, &x);
    let mut at_start = guess(form, &whole, period)?;
    backcast(form, &p, &y, &mut at_start);
    let mut end = at_start.clone();
    let mut values = y.iter();
    let mut residuals = Vec::with_capacity(y.len());
    forward(form, &p, &y, &mut end, |next| {
        residuals.push(values.next().copied().unwrap_or(f64::NAN) - next);
    });
    let squares: f64 = residuals
        .iter()
        .filter(|r| !r.is_nan())
        .map(|r| r * r)
        .sum();
    let all = residuals.iter().filter(|r| !r.is_nan()).count();
    let sigma = (squares / (all - count) as f64).sqrt();
    let k = count as f64;
    let aicc = value + 2.0 * k + 2.0 * k * (k + 1.0) / (known as f64 - k - 1.0);
    let sound = value.is_finite() && sigma.is_finite() && end.level.value.is_finite();
    sound.then_some(CesFit {
        form,
        y,
        parameters: p,
        start: at_start,
        end,
        residuals,
        sigma,
        aicc,
    })
}

/// The form with the lowest corrected Akaike criterion. `period` is the season in steps (1 for none).
pub fn fit_ces(y: &[f64], period: usize) -> Option<Box<dyn Fit>> {
    [Form::None, Form::Simple, Form::Partial, Form::Full]
        .into_iter()
        .filter_map(|form| fit_form(y, period, form))
        .min_by(|a, b| a.aicc.total_cmp(&b.aicc))
        .map(|fit| Box::new(fit) as Box<dyn Fit>)
}

impl Fit for CesFit {
    fn name(&self) -> String {
        self.form.label().to_owned()
    }

    fn ahead(&self, h: usize) -> Vec<f64> {
        self.carry_on(&self.end, self.y.len(), h)
    }

    /// By the model's answer to one error, which is the same at any time because the filter is linear.
    fn spread(&self, h: usize) -> Vec<f64> {
        let mut state = State {
            level: Pair::default(),
            season: vec![Pair::default(); self.start.season.len()],
        };
        if let Some(first) = state.season.first_mut() {
            advance(self.form, &self.parameters, &mut state.level, first, 1.0);
        }
        let answer = self.carry_on(&state, 1, h.saturating_sub(1));
        let mut sum = 1.0;
        std::iter::once(0.0)
            .chain(answer)
            .take(h)
            .map(|carried| {
                sum += carried * carried;
                self.sigma * sum.sqrt()
            })
            .collect()
    }

    fn from_origins(&self, origins: &[usize], h: usize) -> Vec<Vec<f64>> {
        let mut state = self.start.clone();
        let width = state.season.len().max(1);
        let mut done = 0;
        origins
            .iter()
            .map(|&origin| {
                if let Some(values) = self.y.get(done..origin) {
                    forward(self.form, &self.parameters, values, &mut state, |_| ());
                    state.season.rotate_left((origin - done) % width);
                    done = origin;
                }
                self.carry_on(&state, 0, h)
            })
            .collect()
    }

    fn residuals(&self) -> &[f64] {
        &self.residuals
    }
}

#[cfg(test)]
mod tests;
