//! Dynamic harmonic regression: seasons of any length as sums of sine waves, shrunk towards smooth shapes, with
//! autoregressive errors (Young, Pedregal and Tych 1999; Hyndman and Athanasopoulos, Forecasting: Principles and
//! Practice, 3rd ed., section 10.5). Recent values count more, and the regression is generalised least squares for AR(1)
//! errors (Prais and Winsten 1954).

use nalgebra::{DMatrix, DVector};

use super::Fit;
use super::autoregression::Autoregression;
use super::numbers::{at, mean, root_mean_square};
use super::standing::{Standing, finished, from_weights};

/// Waves of the shortest season at most.
const SHORT_WAVES: usize = 12;
/// Waves of each longer season at most.
const LONG_WAVES: usize = 20;
/// Largest autocorrelation of the errors that is believed in the regression.
const MAX_RHO: f64 = 0.97;
/// Highest order of the errors' autoregression.
const HIGHEST: usize = 26;
/// The weight of a value halves over so many of the longest season.
const HALF_LIFE: f64 = 2.5;

/// Fits waves of all `periods` that fit 1.8 times. `None` without one, or where the data do not determine the regression.
pub fn fit_harmonic(y: &[f64], periods: &[usize]) -> Option<Box<dyn Fit>> {
    let n = y.len();
    let mut fitting: Vec<usize> = periods
        .iter()
        .copied()
        .filter(|p| *p >= 2 && 9 * p <= 5 * n)
        .collect();
    fitting.sort_unstable();
    fitting.dedup();
    let longest = *fitting.last()?;
    let waves = waves(&fitting);
    let mut model = Harmonic {
        y: y.to_vec(),
        tables: fitting.iter().map(|p| Table::new(*p)).collect(),
        waves,
        half_life: HALF_LIFE * longest as f64,
        rho: 0.0,
        noise: 1.0,
        beta: DVector::zeros(0),
        errors: Vec::new(),
        autoregression: Autoregression::default(),
        sigma: 0.0,
    };
    if y.iter().filter(|v| v.is_finite()).count() < 2 * longest.max(8) {
        return None;
    }
    for _ in 0..2 {
        let beta = model.solve(n)?;
        let rest = model.rest(&beta, n);
        model.rho = lag_one(&rest).clamp(0.0, MAX_RHO);
        let variance = root_mean_square(&rest).powi(2) * (1.0 - model.rho * model.rho);
        let spread = root_mean_square(&away(y)).powi(2);
        model.noise = if spread > 0.0 { variance / spread } else { 1.0 };
    }
    let beta = model.solve(n)?;
    let rest = model.rest(&beta, n);
    model.beta = beta;
    model.autoregression = Autoregression::burg(&rest, HIGHEST);
    model.errors = model.autoregression.innovations(&rest);
    model.sigma = root_mean_square(&model.errors);
    finished(model, longest)
}

fn away(y: &[f64]) -> Vec<f64> {
    let centre = mean(y).unwrap_or(0.0);
    y.iter().map(|v| v - centre).collect()
}

fn lag_one(rest: &[f64]) -> f64 {
    let products: Vec<f64> = rest
        .iter()
        .zip(rest.iter().skip(1))
        .map(|(a, b)| a * b)
        .collect();
    let power = root_mean_square(rest).powi(2);
    if power > 0.0 {
        mean(&products).unwrap_or(0.0) / power
    } else {
        0.0
    }
}

/// One wave: which season, how many times in it, and how strongly it is held small (its place in the order of
/// frequencies to the power 1.5: smooth shapes are likelier than jagged ones).
#[derive(Clone, Copy, Debug)]
struct Wave {
    table: usize,
    times: usize,
    penalty: f64,
}

fn waves(periods: &[usize]) -> Vec<Wave> {
    let mut waves = Vec::new();
    for (table, period) in periods.iter().enumerate() {
        let most = if table == 0 { SHORT_WAVES } else { LONG_WAVES };
        for times in 1..=most.min(period / 2) {
            // The same frequency may be a wave of a shorter season.
            let known = periods
                .iter()
                .take(table)
                .any(|shorter| (times * shorter) % period == 0);
            if !known {
                let penalty = (times as f64).powf(1.5);
                waves.push(Wave {
                    table,
                    times,
                    penalty,
                });
            }
        }
    }
    waves
}

/// Sines and cosines of one season.
struct Table {
    cosine: Vec<f64>,
    sine: Vec<f64>,
}

impl Table {
    fn new(period: usize) -> Self {
        let angle = |i: usize| std::f64::consts::TAU * i as f64 / period as f64;
        Self {
            cosine: (0..period).map(|i| angle(i).cos()).collect(),
            sine: (0..period).map(|i| angle(i).sin()).collect(),
        }
    }
}

struct Harmonic {
    y: Vec<f64>,
    tables: Vec<Table>,
    waves: Vec<Wave>,
    half_life: f64,
    rho: f64,
    /// Variance of the shocks over that of the series.
    noise: f64,
    /// Coefficients from the whole history.
    beta: DVector<f64>,
    errors: Vec<f64>,
    autoregression: Autoregression,
    sigma: f64,
}

impl Harmonic {
    /// The level and all waves at a step.
    fn row(&self, t: usize, row: &mut Vec<f64>) {
        row.clear();
        row.push(1.0);
        for wave in &self.waves {
            let Some(table) = self.tables.get(wave.table) else {
                continue;
            };
            let place = wave.times * t % table.cosine.len();
            row.push(at(&table.cosine, place));
            row.push(at(&table.sine, place));
        }
    }

    /// The coefficients from the first `k` values.
    fn solve(&self, k: usize) -> Option<DVector<f64>> {
        let width = 1 + 2 * self.waves.len();
        let past = self.y.get(..k)?;
        let (mut rows, mut target) = (Vec::new(), Vec::new());
        let (mut row, mut before) = (Vec::new(), Vec::new());
        let mut previous = f64::NAN;
        for (t, value) in past.iter().enumerate() {
            self.row(t, &mut row);
            if value.is_finite() {
                let rho = if previous.is_finite() { self.rho } else { 0.0 };
                let age = (k - t) as f64 / self.half_life;
                let weight = (-0.5 * age * std::f64::consts::LN_2).exp();
                target.push(weight * (value - rho * if rho > 0.0 { previous } else { 0.0 }));
                if before.is_empty() {
                    rows.extend(row.iter().map(|v| weight * v));
                } else {
                    rows.extend(row.iter().zip(&before).map(|(v, b)| weight * (v - rho * b)));
                }
            }
            previous = *value;
            std::mem::swap(&mut row, &mut before);
        }
        let design = DMatrix::from_row_slice(target.len(), width, &rows);
        let target = DVector::from_vec(target);
        let across = design.transpose();
        let mut gram = &across * &design;
        let moment = across * target;
        let penalties = self.waves.iter().flat_map(|w| [w.penalty; 2]);
        let penalties = std::iter::once(1e-9).chain(penalties.map(|p| p * self.noise));
        for (i, penalty) in penalties.enumerate() {
            if let Some(g) = gram.get_mut((i, i)) {
                *g += penalty;
            }
        }
        let beta = gram.cholesky()?.solve(&moment);
        beta.iter().all(|b| b.is_finite()).then_some(beta)
    }

    fn pattern(&self, beta: &DVector<f64>, t: usize, row: &mut Vec<f64>) -> f64 {
        self.row(t, row);
        row.iter().zip(beta.iter()).map(|(x, b)| x * b).sum()
    }

    /// What the pattern leaves of the first `k` values.
    fn rest(&self, beta: &DVector<f64>, k: usize) -> Vec<f64> {
        let mut row = Vec::new();
        let values = self.y.iter().take(k).enumerate();
        values
            .map(|(t, v)| v - self.pattern(beta, t, &mut row))
            .collect()
    }
}

impl Standing for Harmonic {
    fn title(&self) -> String {
        format!("Harmonic + AR({})", self.autoregression.phi.len())
    }

    fn length(&self) -> usize {
        self.y.len()
    }

    fn after(&self, k: usize, h: usize) -> Vec<f64> {
        let known = (k == self.y.len()).then(|| self.beta.clone());
        let Some(beta) = known.or_else(|| self.solve(k)) else {
            return vec![f64::NAN; h];
        };
        let errors = self.autoregression.ahead(&self.rest(&beta, k), h);
        let mut row = Vec::new();
        (k..)
            .zip(&errors)
            .map(|(t, e)| e + self.pattern(&beta, t, &mut row))
            .collect()
    }

    fn deviation(&self, h: usize) -> Vec<f64> {
        from_weights(self.sigma, &self.autoregression.weights(h), h)
    }

    fn errors(&self) -> &[f64] {
        &self.errors
    }
}
