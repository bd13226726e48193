//! Short histories: a labelled range without a backtest. Three rules, chosen by what the differences say.

use statrs::distribution::{ContinuousCDF as _, Normal, StudentsT};

use super::bands::Calibration;
use super::metrics::mean;
use super::model::{Kind, Reach};
use super::regression::Trend;

/// Fewest steps for a range.
pub const MIN_POINTS: usize = 4;
/// Fewest steps for a backtest.
pub const MIN_BACKTEST: usize = 14;
/// The t value from which a mean change is taken for a drift.
const DRIFT_T: f64 = 2.0;

/// Level, drift or naive, and why.
pub fn choose(values: &[Option<f64>]) -> (Kind, &'static str) {
    let observed: Vec<f64> = values.iter().flatten().copied().collect();
    let changes: Vec<f64> = observed
        .iter()
        .zip(observed.iter().skip(1))
        .map(|(a, b)| b - a)
        .collect();
    let spread = |list: &[f64]| {
        let m = mean(list).unwrap_or(0.0);
        list.iter().map(|v| (v - m).powi(2)).sum::<f64>() / (list.len().max(2) - 1) as f64
    };
    let n = changes.len().max(1) as f64;
    let step = mean(&changes).unwrap_or(0.0);
    let error = (spread(&changes) / n).sqrt();
    if step.abs() > DRIFT_T * error {
        (Kind::Drift, "the changes so far point one way")
    } else if spread(&changes) > 1.5 * spread(&observed) {
        // White noise around a level: differences vary twice as much as the values.
        (
            Kind::Regression(Trend::Level, Vec::new(), Reach::All),
            "the values scatter around one level",
        )
    } else {
        (Kind::Naive, "no direction can be told yet")
    }
}

/// Normal ranges from `n` points are too narrow: Student's t says by how much.
pub fn widening(kind: &Kind, n: usize) -> Calibration {
    if matches!(kind, Kind::Regression(..)) {
        return Calibration::default();
    }
    let freedom = n.saturating_sub(2).max(1) as f64;
    let factor = |p: f64| {
        StudentsT::new(0.0, 1.0, freedom).map_or(1.0, |t| {
            t.inverse_cdf(p) / Normal::standard().inverse_cdf(p)
        })
    };
    Calibration {
        factor80: factor(0.9),
        factor95: factor(0.975),
    }
}
