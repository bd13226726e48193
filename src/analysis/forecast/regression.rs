//! Trend and seasons by regression with autocorrelated errors.
//!
//! Three passes: Huber's M-estimate (IRLS, k = 2.5 robust standard deviations) finds the pattern; each step is compared
//! with what the pattern and its neighbours say (AR(1) interpolation, in the manner of Chen and Liu 1993) and pulled in
//! where it lies outside; generalised least squares with AR(1) errors (Prais-Winsten, gaps as powers of ρ) gives the
//! coefficients. Prediction with AR(1) errors: Goldberger (1962), the best linear unbiased predictor. Nothing is deleted.

use nalgebra::DVector;

use super::linear::{Design, Row, Solution, dot, least_squares, robust_scale};
use super::noise::Noise;
use super::season::Factor;

/// Residuals beyond this many standard deviations lose weight.
const HUBER_K: f64 = 2.5;
/// Residuals beyond this many are listed as outliers.
const OUTLIER_K: f64 = 4.5;
/// Share of a normal variance that remains after pulling in at `HUBER_K`: E[min(z², k²)] for k = 2.5.
const WINSOR_VARIANCE: f64 = 0.977_6;
/// Largest autocorrelation that is believed; beyond it the series is a random walk and the drift model is right.
const MAX_RHO: f64 = 0.98;
const HUBER_ROUNDS: usize = 12;

/// The slow part of a regression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trend {
    /// None: a constant.
    Level,
    /// So much more each step.
    Linear,
    /// So many percent more each step; the regression runs on logarithms.
    Exponential,
}

/// A fitted regression.
#[derive(Clone, Debug)]
pub struct Regression {
    trend: Trend,
    factors: Vec<Factor>,
    solution: Solution,
    origin: f64,
    span: f64,
    rho: f64,
    sigma: f64,
    last_index: usize,
    last_row: Row,
    last_error: f64,
    /// Steps (absolute indices) far outside the pattern.
    pub outliers: Vec<usize>,
}

/// What one future step looks like before any calibration, on the scale of the regression.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Outlook {
    /// Centre.
    pub mu: f64,
    /// Standard deviation of a new observation.
    pub sd: f64,
}

struct Observed {
    index: usize,
    y: f64,
}

impl Regression {
    /// Fits on `values[start..]`. `None` where the data do not determine the coefficients (or, for an exponential
    /// trend, are not all positive).
    pub fn fit(
        trend: Trend,
        factors: &[Factor],
        values: &[Option<f64>],
        start: usize,
    ) -> Option<Self> {
        let observed = observed(trend, values, start)?;
        let first = observed.first()?.index as f64;
        let last_index = observed.last()?.index;
        let span = (last_index as f64 - first).max(1.0);
        let mut model = Self {
            trend,
            factors: factors.to_vec(),
            solution: trivial()?,
            origin: first,
            span,
            rho: 0.0,
            sigma: 0.0,
            last_index,
            last_row: Row::new(),
            last_error: 0.0,
            outliers: Vec::new(),
        };
        let width = model.width();
        // Two observations beyond the coefficients are the least from which a variance can be had.
        if observed.len() < width + 2 {
            return None;
        }
        let design = Design {
            width,
            rows: observed
                .iter()
                .map(|o| model.row(o.index))
                .collect::<Option<_>>()?,
        };
        let y: Vec<f64> = observed.iter().map(|o| o.y).collect();
        let robust = huber(&design, &y)?;
        let mut errors = residuals(&design, &y, &robust.beta);
        let limit = robust_scale(&errors) * HUBER_K;
        let clipped: Vec<f64> = errors.iter().map(|e| e.clamp(-limit, limit)).collect();
        model.rho = autocorrelation(&observed, &clipped, width);
        let (pulled, outliers) = pull_in(&observed, &errors, model.rho);
        model.outliers = outliers;
        let clean: Vec<f64> = y
            .iter()
            .zip(errors.iter().zip(&pulled))
            .map(|(y, (e, p))| y - e + p)
            .collect();
        let mut solution = None;
        for _ in 0..2 {
            let fit = generalised(&design, &clean, &observed, model.rho)?;
            errors = residuals(&design, &clean, &fit.beta);
            model.rho = autocorrelation(&observed, &errors, width);
            solution = Some(fit);
        }
        let fit = generalised(&design, &clean, &observed, model.rho).or(solution)?;
        errors = residuals(&design, &clean, &fit.beta);
        model.sigma = (fit.variance() / WINSOR_VARIANCE).sqrt();
        model.last_error = *errors.last()?;
        model.last_row = design.rows.last()?.clone();
        model.solution = fit;
        model.sigma.is_finite().then_some(model)
    }

    fn width(&self) -> usize {
        let seasonal: usize = self
            .factors
            .iter()
            .map(|f| f.levels.saturating_sub(1))
            .sum();
        1 + usize::from(self.trend != Trend::Level) + seasonal
    }

    fn row(&self, index: usize) -> Option<Row> {
        let mut row = Row::with_capacity(2 + self.factors.len());
        row.push((0, 1.0));
        let mut offset = 1;
        if self.trend != Trend::Level {
            // Centred, so that trend and level hardly depend on each other.
            row.push((1, (index as f64 - self.origin) / self.span - 0.5));
            offset = 2;
        }
        for factor in &self.factors {
            let phase = *factor.phases.get(index)?;
            if phase > 0 {
                row.push((offset + phase - 1, 1.0));
            }
            offset += factor.levels.saturating_sub(1);
        }
        Some(row)
    }

    /// Whether the regression runs on logarithms.
    pub fn is_logarithmic(&self) -> bool {
        self.trend == Trend::Exponential
    }

    /// Degrees of freedom of its t distribution.
    pub fn freedom(&self) -> f64 {
        self.solution.freedom()
    }

    /// Change each step, on the scale of the regression.
    pub fn slope(&self) -> Option<f64> {
        (self.trend != Trend::Level)
            .then(|| self.solution.beta.get(1).map(|b| b / self.span))
            .flatten()
    }

    /// The row of a future step less what the last error already says about it.
    fn future(&self, index: usize) -> Option<(Row, f64, i32)> {
        let mut row = self.row(index)?;
        let centre = dot(&row, &self.solution.beta);
        let ahead = i32::try_from(index.saturating_sub(self.last_index)).unwrap_or(i32::MAX);
        let memory = self.rho.powi(ahead);
        if memory.abs() > 1e-12 {
            for (column, value) in &self.last_row {
                match row.iter_mut().find(|(c, _)| c == column) {
                    Some((_, v)) => *v -= memory * value,
                    None => row.push((*column, -memory * value)),
                }
            }
        }
        Some((row, centre + memory * self.last_error, ahead))
    }

    /// The steps `from..to` ahead.
    pub fn outlook(&self, from: usize, to: usize) -> Option<Vec<Outlook>> {
        let stationary = 1.0 - self.rho * self.rho;
        (from..to)
            .map(|index| {
                let (row, mu, ahead) = self.future(index)?;
                let noise = (1.0 - self.rho.powi(ahead.saturating_mul(2))) / stationary;
                let sd = self.sigma * (noise + self.solution.leverage(&row)).sqrt();
                Some(Outlook { mu, sd })
            })
            .collect()
    }

    /// The rows that [`Self::simulate`] needs, once for all paths.
    pub fn future_rows(&self, from: usize, to: usize) -> Option<Vec<Row>> {
        (from..to).map(|i| Some(self.future(i)?.0)).collect()
    }

    /// Adds one path of deviations from the centre: coefficients and variance are drawn from their distribution, errors
    /// are AR(1). `rows` are those of the steps right after the data up to the horizon.
    pub fn simulate(&self, rows: &[Row], noise: &mut Noise, path: &mut Vec<f64>) {
        let freedom = self.freedom();
        let scale = self.sigma * (freedom / noise.chi_square(freedom).max(1e-12)).sqrt();
        let mut shift =
            DVector::from_iterator(self.width(), (0..self.width()).map(|_| noise.normal()));
        self.solution.correlate(&mut shift);
        let mut error = 0.0;
        path.clear();
        for row in rows {
            error = self.rho * error + noise.normal();
            path.push(scale * (dot(row, &shift) + error));
        }
    }
}

fn trivial() -> Option<Solution> {
    let design = Design {
        width: 1,
        rows: vec![vec![(0, 1.0)]],
    };
    least_squares(&design, &[0.0], None)
}

fn observed(trend: Trend, values: &[Option<f64>], start: usize) -> Option<Vec<Observed>> {
    values
        .iter()
        .enumerate()
        .skip(start)
        .filter_map(|(index, value)| Some((index, (*value)?)))
        .map(|(index, value)| {
            let y = if trend == Trend::Exponential {
                (value > 0.0).then(|| value.ln())?
            } else {
                value
            };
            Some(Observed { index, y })
        })
        .collect()
}

fn residuals(design: &Design, y: &[f64], beta: &DVector<f64>) -> Vec<f64> {
    design
        .rows
        .iter()
        .zip(y)
        .map(|(row, y)| y - dot(row, beta))
        .collect()
}

/// Huber's M-estimate by iteratively reweighted least squares.
fn huber(design: &Design, y: &[f64]) -> Option<Solution> {
    let mut fit = least_squares(design, y, None)?;
    for _ in 0..HUBER_ROUNDS {
        let errors = residuals(design, y, &fit.beta);
        let limit = robust_scale(&errors) * HUBER_K;
        if limit <= 0.0 || errors.iter().all(|e| e.abs() <= limit) {
            break;
        }
        let weights: Vec<f64> = errors
            .iter()
            .map(|e| {
                if e.abs() > limit {
                    limit / e.abs()
                } else {
                    1.0
                }
            })
            .collect();
        let next = least_squares(design, y, Some(&weights))?;
        let moved = (&next.beta - &fit.beta).amax();
        fit = next;
        if moved < limit * 1e-3 {
            break;
        }
    }
    Some(fit)
}

/// Lag-1 autocorrelation of residuals over neighbouring steps, corrected for the bias that fitting brings
/// (Marriott and Pope 1954: −(1 + 4ρ)/n with a trend).
fn autocorrelation(observed: &[Observed], errors: &[f64], width: usize) -> f64 {
    let mut product = 0.0;
    let mut square = 0.0;
    let mut pairs = 0_usize;
    for (pair, error) in observed.windows(2).zip(errors.windows(2)) {
        if let ([a, b], [ea, eb]) = (pair, error)
            && b.index == a.index + 1
        {
            product += ea * eb;
            square += 0.5 * (ea * ea + eb * eb);
            pairs += 1;
        }
    }
    if pairs < 4 || square <= 0.0 {
        return 0.0;
    }
    let raw = product / square;
    let n = observed.len().saturating_sub(width / 2).max(4) as f64;
    let corrected = raw + (1.0 + 4.0 * raw) / n;
    corrected.clamp(-0.6, MAX_RHO)
}

/// ρ to the distance between two observations.
fn memory(observed: &[Observed], i: usize, rho: f64) -> f64 {
    match (
        i.checked_sub(1).and_then(|p| observed.get(p)),
        observed.get(i),
    ) {
        (Some(a), Some(b)) => rho.powi(i32::try_from(b.index - a.index).unwrap_or(i32::MAX)),
        _ => 0.0,
    }
}

/// Pulls residuals towards what their neighbours say where they lie further out than noise does. Returns the residuals
/// and the indices of the outliers.
fn pull_in(observed: &[Observed], errors: &[f64], rho: f64) -> (Vec<f64>, Vec<usize>) {
    let expectations: Vec<(f64, f64)> = (0..errors.len())
        .map(|i| {
            let a = memory(observed, i, rho);
            let b = memory(observed, i + 1, rho);
            let before = i.checked_sub(1).and_then(|p| errors.get(p)).unwrap_or(&0.0);
            let after = errors.get(i + 1).unwrap_or(&0.0);
            let both = 1.0 - a * a * b * b;
            let expected = (a * (1.0 - b * b) * before + b * (1.0 - a * a) * after) / both;
            (expected, ((1.0 - a * a) * (1.0 - b * b) / both).sqrt())
        })
        .collect();
    let standardised: Vec<f64> = errors
        .iter()
        .zip(&expectations)
        .map(|(e, (expected, spread))| (e - expected) / spread.max(1e-6))
        .collect();
    let scale = robust_scale(&standardised);
    if scale <= 0.0 {
        return (errors.to_vec(), Vec::new());
    }
    let mut outliers = Vec::new();
    let pulled = standardised
        .iter()
        .zip(&expectations)
        .enumerate()
        .map(|(i, (z, (expected, spread)))| {
            // The neighbours of an outlier look odd only because of it: the worst of three is the one to blame.
            let neighbours = [i.checked_sub(1), i.checked_add(1)];
            let worst = neighbours.iter().all(|n| {
                n.and_then(|n| standardised.get(n))
                    .is_none_or(|other| other.abs() <= z.abs())
            });
            if !worst {
                return errors.get(i).copied().unwrap_or(0.0);
            }
            if z.abs() > OUTLIER_K * scale {
                outliers.extend(observed.get(i).map(|o| o.index));
            }
            expected + z.clamp(-HUBER_K * scale, HUBER_K * scale) * spread.max(1e-6)
        })
        .collect();
    (pulled, outliers)
}

/// Least squares after Prais-Winsten's transformation for AR(1) errors; residual variance is that of the innovations.
fn generalised(design: &Design, y: &[f64], observed: &[Observed], rho: f64) -> Option<Solution> {
    let stationary = 1.0 - rho * rho;
    let mut rows = Vec::with_capacity(design.rows.len());
    let mut transformed = Vec::with_capacity(y.len());
    let mut before: Option<(&Row, f64)> = None;
    for (i, (row, value)) in design.rows.iter().zip(y).enumerate() {
        let a = memory(observed, i, rho);
        let scale = (stationary / (1.0 - a * a)).sqrt();
        let mut new: Row = row.iter().map(|(c, v)| (*c, v * scale)).collect();
        let mut target = value * scale;
        if let Some((last, last_y)) = before.filter(|_| a.abs() > 1e-12) {
            for (column, v) in last {
                let part = -a * v * scale;
                match new.iter_mut().find(|(c, _)| c == column) {
                    Some((_, sum)) => *sum += part,
                    None => new.push((*column, part)),
                }
            }
            target -= a * last_y * scale;
        }
        rows.push(new);
        transformed.push(target);
        before = Some((row, *value));
    }
    let design = Design {
        width: design.width,
        rows,
    };
    least_squares(&design, &transformed, None)
}
