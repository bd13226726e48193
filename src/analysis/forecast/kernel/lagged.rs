//! Regression of each value on its neighbours and on the values one season back: a seasonal autoregression by least
//! squares, as in the "Rho" half of Doornik, Castle and Hendry (2020), "Card forecasts for M4". Coefficients are
//! held small (ridge) around the seasonal naive forecast.

use nalgebra::{DMatrix, DVector};

use super::Fit;
use super::numbers::{at, quantile, root_mean_square};
use super::standing::{Standing, finished, from_weights};

/// How strongly coefficients are held at their start, as a share of the mean square of the regressors times the number of rows.
const RIDGE: f64 = 0.002;

/// Fits to all `periods` of which two fit. `None` where there are fewer than 30 complete rows.
pub fn fit_lagged(y: &[f64], periods: &[usize]) -> Option<Box<dyn Fit>> {
    let n = y.len();
    let mut seasons: Vec<usize> = periods
        .iter()
        .copied()
        .filter(|p| *p >= 2 && 3 * p <= n)
        .collect();
    seasons.sort_unstable();
    seasons.dedup();
    let longest = seasons.last().copied().unwrap_or(1);
    let mut lags = vec![1, 2, 3];
    for period in &seasons {
        lags.extend([period - 1, *period, period + 1]);
    }
    lags.extend(seasons.first().map(|p| 2 * p));
    lags.retain(|l| *l > 0 && 5 * l <= 4 * n);
    lags.sort_unstable();
    lags.dedup();
    let mut model = Lagged {
        y: y.to_vec(),
        beta: DVector::zeros(0),
        naive: seasons.first().copied().unwrap_or(1),
        lags,
        errors: Vec::new(),
        sigma: 0.0,
        bounds: (quantile(y, 0.0)?, quantile(y, 1.0)?),
    };
    model.beta = model.solve(n)?;
    model.errors = (0..n)
        .map(|t| at(y, t) - model.next(y, t, &model.beta))
        .collect();
    model.sigma = root_mean_square(&model.errors);
    finished(model, longest)
}

struct Lagged {
    y: Vec<f64>,
    lags: Vec<usize>,
    naive: usize,
    beta: DVector<f64>,
    errors: Vec<f64>,
    sigma: f64,
    bounds: (f64, f64),
}

impl Lagged {
    /// Regressors of a place relative to the value one long season back: no coefficient means seasonal naive.
    fn row(&self, path: &[f64], t: usize) -> Option<(f64, Vec<f64>)> {
        let anchor = at(path, t.checked_sub(self.naive)?);
        let mut row = Vec::with_capacity(self.lags.len());
        for lag in self.lags.iter().filter(|l| **l != self.naive) {
            // The value at a lag against the one a long season before it, or against the anchor where that is too far.
            let place = t.checked_sub(*lag)?;
            let value = at(path, place);
            let reference = if *lag < self.naive {
                place
                    .checked_sub(self.naive)
                    .map_or(anchor, |p| at(path, p))
            } else {
                anchor
            };
            row.push(value - reference);
        }
        (anchor.is_finite() && row.iter().all(|v| v.is_finite())).then_some((anchor, row))
    }

    fn solve(&self, k: usize) -> Option<DVector<f64>> {
        let past = self.y.get(..k)?;
        let (mut rows, mut target) = (Vec::new(), Vec::new());
        for (t, value) in past.iter().enumerate().filter(|(_, v)| v.is_finite()) {
            if let Some((anchor, row)) = self.row(past, t) {
                rows.extend(row);
                target.push(value - anchor);
            }
        }
        let count = target.len();
        let width = rows.len().checked_div(count)?;
        if count < 30.max(2 * width) {
            return None;
        }
        let design = DMatrix::from_row_slice(count, width, &rows);
        let mut gram = design.tr_mul(&design);
        let moment = design.tr_mul(&DVector::from_vec(target));
        let ridge = RIDGE * gram.trace() / width as f64;
        for i in 0..width {
            if let Some(g) = gram.get_mut((i, i)) {
                *g += ridge + f64::MIN_POSITIVE;
            }
        }
        let beta = gram.cholesky()?.solve(&moment);
        beta.iter().all(|b| b.is_finite()).then_some(beta)
    }

    fn next(&self, path: &[f64], t: usize, beta: &DVector<f64>) -> f64 {
        self.row(path, t).map_or(f64::NAN, |(anchor, row)| {
            anchor + row.iter().zip(beta.iter()).map(|(x, b)| x * b).sum::<f64>()
        })
    }
}

impl Standing for Lagged {
    fn title(&self) -> String {
        "Seasonal autoregression".to_owned()
    }

    fn length(&self) -> usize {
        self.y.len()
    }

    fn after(&self, k: usize, h: usize) -> Vec<f64> {
        let past = self.y.get(..k).unwrap_or(&self.y);
        let (Some(mut path), Some(beta)) = (super::decompose::filled(past), self.solve(k)) else {
            return vec![f64::NAN; h];
        };
        // Beyond the range seen by its own width is where a recursion has run away.
        let (low, high) = self.bounds;
        let slack = high - low;
        for t in k..k + h {
            let next = self.next(&path, t, &beta).clamp(low - slack, high + slack);
            path.push(next);
        }
        path.split_off(past.len())
    }

    fn deviation(&self, h: usize) -> Vec<f64> {
        // The reaction of the recursion to one shock on top of zeros.
        let reach = self.naive + self.lags.last().copied().unwrap_or(1);
        let mut path = vec![0.0; reach];
        path.push(1.0);
        for t in reach + 1..reach + 1 + h.min(2_000) {
            let next = self.next(&path, t, &self.beta).clamp(-1.0, 1.0);
            path.push(next);
        }
        let psi: Vec<f64> = path.split_off(reach + 1);
        from_weights(self.sigma, &psi, h)
    }

    fn errors(&self) -> &[f64] {
        &self.errors
    }
}
