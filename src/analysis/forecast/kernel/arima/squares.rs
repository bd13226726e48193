//! The conditional sum of squares of a seasonal ARMA model with its gradient.
//!
//! Coefficients come from partial autocorrelations within −1..1 (Monahan 1984), so that every point of the search is
//! stationary and invertible. The gradient by all terms takes one more pass: the errors filtered backwards in time.

use super::{Orders, Term};

/// The coefficients of the four polynomials.
#[derive(Clone, Debug, Default)]
pub(super) struct Coefficients {
    pub ar: Vec<f64>,
    pub seasonal_ar: Vec<f64>,
    pub ma: Vec<f64>,
    pub seasonal_ma: Vec<f64>,
    pub mean: f64,
}

/// The terms of a product of a polynomial with a seasonal one; `sign` is that of the mixed terms.
fn product(plain: &[f64], seasonal: &[f64], period: usize, sign: f64) -> Vec<Term> {
    let mut terms: Vec<Term> = plain.iter().enumerate().map(|(i, a)| (i + 1, *a)).collect();
    for (j, b) in seasonal.iter().enumerate() {
        let lag = (j + 1) * period;
        terms.push((lag, *b));
        terms.extend(
            plain
                .iter()
                .enumerate()
                .map(|(i, a)| (lag + i + 1, sign * a * b)),
        );
    }
    terms
}

/// The derivatives by the factors of a [`product`] from those by its terms.
fn by_factors(by_term: &[f64], plain: &[f64], seasonal: &[f64], sign: f64) -> (Vec<f64>, Vec<f64>) {
    let (own, mixed) = by_term.split_at(plain.len().min(by_term.len()));
    let mut by_plain = own.to_vec();
    let mut by_seasonal = Vec::with_capacity(seasonal.len());
    for (block, b) in mixed.chunks(plain.len() + 1).zip(seasonal) {
        let (direct, crossed) = block.split_first().unwrap_or((&0.0, &[]));
        by_seasonal
            .push(direct + sign * crossed.iter().zip(plain).map(|(g, a)| g * a).sum::<f64>());
        for (slot, g) in by_plain.iter_mut().zip(crossed) {
            *slot += sign * g * b;
        }
    }
    (by_plain, by_seasonal)
}

/// Coefficients of a stationary autoregression from unbounded numbers, through partial autocorrelations.
fn stationary(x: &[f64]) -> Vec<f64> {
    let mut out: Vec<f64> = Vec::with_capacity(x.len());
    for value in x {
        let partial = value.tanh();
        let before = out.clone();
        for (slot, mirrored) in out.iter_mut().zip(before.iter().rev()) {
            *slot -= partial * mirrored;
        }
        out.push(partial);
    }
    out
}

/// Adds the derivatives by the unbounded numbers, from those by the coefficients.
fn chain(x: &[f64], sign: f64, by_coefficient: &[f64], out: &mut [f64]) {
    let mut moved = x.to_vec();
    let size = 1e-6;
    for (i, slot) in out.iter_mut().enumerate().take(x.len()) {
        let mut at = |by: f64| {
            if let (Some(m), Some(x)) = (moved.get_mut(i), x.get(i)) {
                *m = x + by;
            }
            stationary(&moved)
        };
        let (up, down) = (at(size), at(-size));
        at(0.0);
        let slopes = up
            .iter()
            .zip(&down)
            .map(|(u, d)| sign * (u - d) / (2.0 * size));
        *slot = slopes.zip(by_coefficient).map(|(s, g)| s * g).sum();
    }
}

impl Coefficients {
    /// The terms of the differenced series.
    pub(super) fn autoregressive(&self, period: usize) -> Vec<Term> {
        product(&self.ar, &self.seasonal_ar, period, -1.0)
    }

    /// The terms of the errors.
    pub(super) fn moving_average(&self, period: usize) -> Vec<Term> {
        product(&self.ma, &self.seasonal_ma, period, 1.0)
    }
}

/// Takes the moving-average terms out of what is in `x`.
fn filter(terms: &[Term], x: &mut [f64]) {
    if terms.is_empty() {
        return;
    }
    for t in 1..x.len() {
        let (past, now) = x.split_at_mut(t);
        let sum: f64 = terms
            .iter()
            .filter_map(|(lag, b)| past.get(t.checked_sub(*lag)?).map(|e| b * e))
            .sum();
        if let Some(now) = now.first_mut() {
            *now -= sum;
        }
    }
}

/// A differenced series and the orders fitted to it.
pub(super) struct Squares<'a> {
    orders: Orders,
    period: usize,
    series: &'a [f64],
    /// Mean and standard deviation of the series.
    centre: f64,
    scale: f64,
    around: Vec<f64>,
    errors: Vec<f64>,
    back: Vec<f64>,
}

impl<'a> Squares<'a> {
    pub(super) fn new(orders: Orders, period: usize, series: &'a [f64]) -> Self {
        let n = series.len().max(1) as f64;
        let centre = if orders.mean {
            series.iter().sum::<f64>() / n
        } else {
            0.0
        };
        let scale = (series
            .iter()
            .map(|v| (v - centre) * (v - centre))
            .sum::<f64>()
            / n)
            .sqrt();
        let scale = if scale > 0.0 { scale } else { 1.0 };
        let (around, errors) = (series.to_vec(), series.to_vec());
        Self {
            orders,
            period,
            series,
            centre,
            scale,
            around,
            errors,
            back: series.to_vec(),
        }
    }

    /// Numbers that are searched.
    pub(super) fn width(&self) -> usize {
        self.orders.parameters() - 1
    }

    /// The parts of a point: autoregressive, seasonal, moving average, seasonal, mean.
    fn parts<'x>(&self, x: &'x [f64]) -> [&'x [f64]; 5] {
        let Orders {
            p,
            q,
            seasonal_p,
            seasonal_q,
            ..
        } = self.orders;
        let mut rest = x;
        let mut next = |n: usize| {
            let (part, after) = rest.split_at(n.min(rest.len()));
            rest = after;
            part
        };
        [
            next(p),
            next(seasonal_p),
            next(q),
            next(seasonal_q),
            next(1),
        ]
    }

    pub(super) fn coefficients(&self, x: &[f64]) -> Coefficients {
        let [ar, seasonal_ar, ma, seasonal_ma, mean] = self.parts(x);
        let negative = |x: &[f64]| stationary(x).iter().map(|v| -v).collect();
        Coefficients {
            ar: stationary(ar),
            seasonal_ar: stationary(seasonal_ar),
            ma: negative(ma),
            seasonal_ma: negative(seasonal_ma),
            mean: self.centre + self.scale * mean.first().copied().unwrap_or(0.0),
        }
    }

    /// The errors of the last evaluation.
    pub(super) fn errors(&self) -> &[f64] {
        &self.errors
    }

    /// n·log of the sum of squares, with its gradient, and a slight pull towards no terms at all that keeps the search
    /// from the edge of the stationary region.
    pub(super) fn value(&mut self, x: &[f64], gradient: &mut [f64]) -> f64 {
        let coefficients = self.coefficients(x);
        let ar = coefficients.autoregressive(self.period);
        let ma = coefficients.moving_average(self.period);
        for ((around, error), value) in self
            .around
            .iter_mut()
            .zip(&mut self.errors)
            .zip(self.series)
        {
            *around = value - coefficients.mean;
            *error = *around;
        }
        for (lag, a) in &ar {
            for (error, value) in self.errors.iter_mut().skip(*lag).zip(&self.around) {
                *error -= a * value;
            }
        }
        filter(&ma, &mut self.errors);
        let n = self.series.len() as f64;
        let squares =
            self.errors.iter().map(|e| e * e).sum::<f64>() + 1e-20 * n * self.scale * self.scale;
        let value = n * squares.ln();
        if !value.is_finite() {
            return f64::INFINITY;
        }
        for (back, error) in self.back.iter_mut().zip(self.errors.iter().rev()) {
            *back = 2.0 * n / squares * error;
        }
        filter(&ma, &mut self.back);
        self.back.reverse();
        let against = |lag: usize, past: &[f64]| -> f64 {
            -self
                .back
                .iter()
                .skip(lag)
                .zip(past)
                .map(|(b, v)| b * v)
                .sum::<f64>()
        };
        let by_ar: Vec<f64> = ar
            .iter()
            .map(|(lag, _)| against(*lag, &self.around))
            .collect();
        let by_ma: Vec<f64> = ma
            .iter()
            .map(|(lag, _)| against(*lag, &self.errors))
            .collect();
        let (by_ar, by_seasonal_ar) =
            by_factors(&by_ar, &coefficients.ar, &coefficients.seasonal_ar, -1.0);
        let (by_ma, by_seasonal_ma) =
            by_factors(&by_ma, &coefficients.ma, &coefficients.seasonal_ma, 1.0);
        let whole: f64 = self.back.iter().sum();
        let later = |lag: usize| self.back.iter().skip(lag).sum::<f64>();
        let by_mean = self.scale * (ar.iter().map(|(lag, a)| a * later(*lag)).sum::<f64>() - whole);
        let [x_ar, x_seasonal_ar, x_ma, x_seasonal_ma, x_mean] = self.parts(x);
        let mut rest = gradient;
        for (x, sign, by) in [
            (x_ar, 1.0, &by_ar),
            (x_seasonal_ar, 1.0, &by_seasonal_ar),
            (x_ma, -1.0, &by_ma),
            (x_seasonal_ma, -1.0, &by_seasonal_ma),
        ] {
            let (part, after) = rest.split_at_mut(x.len().min(rest.len()));
            chain(x, sign, by, part);
            rest = after;
            for (slot, x) in part.iter_mut().zip(x) {
                *slot += 2.0 * HOLD * x;
            }
        }
        if let (Some(slot), Some(_)) = (rest.first_mut(), x_mean.first()) {
            *slot = by_mean;
        }
        let terms = x.iter().take(x.len() - x_mean.len());
        value + HOLD * terms.map(|x| x * x).sum::<f64>()
    }
}

/// Weight of the pull.
const HOLD: f64 = 0.3;
