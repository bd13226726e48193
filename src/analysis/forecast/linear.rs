//! Least squares on sparse rows: the kernel under every regression here.
//!
//! A design row of a trend with seasonal dummies has three or four entries that are not zero, whatever the number of
//! columns, so the normal equations cost a few multiplications a row. They are solved by Cholesky's factor, which then
//! serves variances of combinations (no inverse is formed). Formulas: Greene, Econometric Analysis, 7th ed., 4.3–5.4.

use nalgebra::{Cholesky, DMatrix, DVector, Dyn};
use statrs::distribution::{ContinuousCDF as _, FisherSnedecor};

use crate::dataset::resample::quantile_r7;

/// A sparse row: (column, value), each column once.
pub type Row = Vec<(usize, f64)>;

/// A design matrix by rows.
#[derive(Clone, Debug, Default)]
pub struct Design {
    /// Number of columns.
    pub width: usize,
    /// One entry an observation.
    pub rows: Vec<Row>,
}

/// A solved least-squares problem.
#[derive(Clone, Debug)]
pub struct Solution {
    /// Coefficients.
    pub beta: DVector<f64>,
    /// Factor of X'WX.
    factor: Cholesky<f64, Dyn>,
    /// Weighted sum of squared residuals.
    pub rss: f64,
    /// Observations.
    pub n: usize,
}

/// The product of a sparse row with coefficients.
pub fn dot(row: &[(usize, f64)], beta: &DVector<f64>) -> f64 {
    row.iter()
        .map(|(column, value)| value * beta.get(*column).copied().unwrap_or(0.0))
        .sum()
}

/// Minimises the (weighted) squares. `None` where the columns do not determine the coefficients.
pub fn least_squares(design: &Design, y: &[f64], weights: Option<&[f64]>) -> Option<Solution> {
    let width = design.width;
    let n = design.rows.len().min(y.len());
    if width == 0 || n < width {
        return None;
    }
    let weight = |i: usize| weights.and_then(|w| w.get(i)).copied().unwrap_or(1.0);
    let mut gram = DMatrix::<f64>::zeros(width, width);
    let mut moment = DVector::<f64>::zeros(width);
    for (i, (row, value)) in design.rows.iter().zip(y).enumerate() {
        let w = weight(i);
        for (a, va) in row {
            if let Some(m) = moment.get_mut(*a) {
                *m += w * va * value;
            }
            for (b, vb) in row {
                if let Some(g) = gram.get_mut((*a, *b)) {
                    *g += w * va * vb;
                }
            }
        }
    }
    let largest = gram.diagonal().iter().copied().fold(0.0, f64::max);
    let factor = gram.cholesky()?;
    let smallest = factor
        .l_dirty()
        .diagonal()
        .iter()
        .fold(f64::INFINITY, |a, b| a.min(*b));
    if smallest * smallest < largest * 1e-12 {
        return None;
    }
    let beta = factor.solve(&moment);
    if beta.iter().any(|b| !b.is_finite()) {
        return None;
    }
    let rss = design
        .rows
        .iter()
        .zip(y)
        .enumerate()
        .map(|(i, (row, value))| weight(i) * (value - dot(row, &beta)).powi(2))
        .sum();
    Some(Solution {
        beta,
        factor,
        rss,
        n,
    })
}

impl Solution {
    /// Degrees of freedom of the residuals, at least one.
    pub fn freedom(&self) -> f64 {
        (self.n.saturating_sub(self.beta.len())).max(1) as f64
    }

    /// Residual variance, s² = RSS / (n − p).
    pub fn variance(&self) -> f64 {
        self.rss / self.freedom()
    }

    /// c'(X'WX)⁻¹c: the variance of a combination of coefficients in units of the residual variance.
    pub fn leverage(&self, combination: &[(usize, f64)]) -> f64 {
        let mut dense = DVector::<f64>::zeros(self.beta.len());
        for (column, value) in combination {
            if let Some(d) = dense.get_mut(*column) {
                *d += value;
            }
        }
        // The factor is positive definite, so the triangular solve cannot fail.
        self.factor.l_dirty().solve_lower_triangular_mut(&mut dense);
        dense.norm_squared()
    }

    /// Turns independent standard normals into a draw with covariance (X'WX)⁻¹, in place.
    pub fn correlate(&self, normals: &mut DVector<f64>) {
        self.factor.l_dirty().tr_solve_lower_triangular_mut(normals);
    }
}

/// The partial F test: the probability that the extra columns of `large` explain as much as they do by chance alone.
pub fn partial_f_test(small: &Solution, large: &Solution) -> f64 {
    let extra = large.beta.len().saturating_sub(small.beta.len());
    if extra == 0 || large.n <= large.beta.len() {
        return 1.0;
    }
    if large.rss <= f64::EPSILON * small.rss {
        return if small.rss > 0.0 { 0.0 } else { 1.0 };
    }
    let f = ((small.rss - large.rss).max(0.0) / extra as f64) / large.variance();
    FisherSnedecor::new(extra as f64, large.freedom()).map_or(1.0, |d| d.sf(f))
}

/// Median of a slice, by sorting a copy.
pub fn median(values: &[f64]) -> Option<f64> {
    quantile(values, 0.5)
}

/// Hyndman-Fan type 7 quantile of a slice, by sorting a copy.
pub fn quantile(values: &[f64], p: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    quantile_r7(&sorted, p)
}

/// Median absolute value scaled to the standard deviation of a normal distribution; the root mean square where more
/// than half of the values are zero.
pub fn robust_scale(values: &[f64]) -> f64 {
    let absolute: Vec<f64> = values.iter().map(|v| v.abs()).collect();
    let mad = median(&absolute).unwrap_or(0.0) * 1.4826;
    if mad > 0.0 {
        return mad;
    }
    let n = values.len().max(1) as f64;
    (values.iter().map(|v| v * v).sum::<f64>() / n).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against statsmodels `OLS` on ten points (the call stands in `tests/data/forecast/README.md`).
    #[test]
    fn ordinary_least_squares_agrees_with_statsmodels() {
        let y = [3.1, 4.9, 7.2, 8.8, 11.4, 12.7, 15.3, 16.8, 19.1, 21.2];
        let design = Design {
            width: 2,
            rows: (0..10).map(|i| vec![(0, 1.0), (1, f64::from(i))]).collect(),
        };
        let fit = least_squares(&design, &y, None).unwrap();
        let expected = OLS_EXPECTED;
        let found = [
            fit.beta[0],
            fit.beta[1],
            (fit.variance() * fit.leverage(&[(0, 1.0)])).sqrt(),
            (fit.variance() * fit.leverage(&[(1, 1.0)])).sqrt(),
            fit.rss,
            (fit.variance() * (1.0 + fit.leverage(&[(0, 1.0), (1, 14.0)]))).sqrt(),
        ];
        for (f, e) in found.iter().zip(expected) {
            assert!((f - e).abs() < 1e-9 * e.abs().max(1.0), "{f} {e}");
        }
    }

    /// Intercept, slope, their standard errors, sum of squares, standard error of a new observation at 14.
    const OLS_EXPECTED: [f64; 6] = [
        3.02,
        2.006_666_666_666_67,
        0.147_134_240_911_097,
        0.027_560_768_487_035_3,
        0.501_333_333_333_334,
        0.370_792_217_673_01,
    ];

    #[test]
    fn collinear_columns_are_refused() {
        let design = Design {
            width: 2,
            rows: (0..5).map(|_| vec![(0, 1.0), (1, 2.0)]).collect(),
        };
        assert!(least_squares(&design, &[1.0, 2.0, 3.0, 4.0, 5.0], None).is_none());
    }

    #[test]
    fn quantiles_are_type_7() {
        let values = [4.0, 1.0, 3.0, 2.0];
        assert_eq!(quantile(&values, 0.5), Some(2.5));
        assert!((quantile(&values, 0.95).unwrap() - 3.85).abs() < 1e-12);
        assert_eq!(quantile(&[], 0.5), None);
    }
}
