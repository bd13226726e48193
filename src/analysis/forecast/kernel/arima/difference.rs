//! How often to difference, and differences as part of the autoregression.

use super::super::decompose::{Kind, seasonal};
use super::{Orders, Term};

/// The changes over `lag` steps.
pub(super) fn difference(y: &[f64], lag: usize) -> Vec<f64> {
    y.iter()
        .skip(lag)
        .zip(y)
        .map(|(later, earlier)| later - earlier)
        .collect()
}

fn variance(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let (sum, count) = values
        .clone()
        .fold((0.0, 0.0), |(s, c), v| (s + v, c + 1.0));
    let mean = sum / f64::max(count, 1.0);
    values.map(|v| (v - mean) * (v - mean)).sum::<f64>() / f64::max(count, 1.0)
}

/// One seasonal difference where the season is strong: at least 0.64 of what varies around the trend (Wang, Smith and
/// Hyndman 2006; the bound is that of the R package forecast).
pub(super) fn seasonal_differences(y: &[f64], period: usize) -> usize {
    if period < 2 || y.len() < 2 * period + 4 {
        return 0;
    }
    let Some(season) = seasonal(y, period, Kind::Additive) else {
        return 0;
    };
    let half = period / 2;
    let around: Vec<(f64, f64)> = y
        .windows(period)
        .enumerate()
        .filter_map(|(i, window)| {
            let trend = window.iter().sum::<f64>() / period as f64;
            let at = i + half;
            Some((y.get(at)? - trend, *season.get(at % period)?))
        })
        .collect();
    let whole = variance(around.iter().map(|(both, _)| *both));
    let rest = variance(around.iter().map(|(both, season)| both - season));
    usize::from(whole > 0.0 && 1.0 - rest / whole > 0.64)
}

/// Whether the level moves more than a stationary series allows: the test of Kwiatkowski, Phillips, Schmidt and Shin
/// (1992) at 5 %, with the truncation lag of Hyndman and Khandakar (2008).
fn wanders(y: &[f64]) -> bool {
    let n = y.len() as f64;
    if y.len() < 6 {
        return false;
    }
    let mean = y.iter().sum::<f64>() / n;
    let centred: Vec<f64> = y.iter().map(|v| v - mean).collect();
    let mut sum = 0.0;
    let squares: f64 = centred
        .iter()
        .map(|v| {
            sum += v;
            sum * sum
        })
        .sum();
    let lags = (3.0 * n.sqrt() / 13.0) as usize;
    let product = |lag: usize| {
        centred
            .iter()
            .zip(centred.iter().skip(lag))
            .map(|(a, b)| a * b)
            .sum::<f64>()
            / n
    };
    let long_run = (1..=lags)
        .map(|lag| 2.0 * (1.0 - lag as f64 / (lags as f64 + 1.0)) * product(lag))
        .sum::<f64>()
        + product(0);
    long_run > 0.0 && squares / (n * n * long_run) > 0.463
}

/// Differences until the level no longer wanders, two at most. `y` has its
/// seasonal differences taken.
pub(super) fn differences(y: &[f64]) -> usize {
    if !wanders(y) {
        return 0;
    }
    1 + usize::from(wanders(&difference(y, 1)))
}

/// Multiplies the differences into autoregressive terms.
pub(super) fn multiply_in(own: &[Term], orders: Orders, period: usize) -> Vec<Term> {
    let lags =
        std::iter::repeat_n(1, orders.d).chain(std::iter::repeat_n(period, orders.seasonal_d));
    let reach = own.iter().map(|(lag, _)| *lag).max().unwrap_or(0) + orders.lost(period);
    // 1 − Σ a·B^lag, with the coefficient of B^lag at its place.
    let mut polynomial = vec![0.0; reach + 1];
    if let Some(first) = polynomial.first_mut() {
        *first = 1.0;
    }
    for (lag, value) in own {
        if let Some(slot) = polynomial.get_mut(*lag) {
            *slot -= value;
        }
    }
    for lag in lags {
        let before = polynomial.clone();
        for (slot, earlier) in polynomial.iter_mut().skip(lag).zip(before) {
            *slot -= earlier;
        }
    }
    polynomial
        .iter()
        .enumerate()
        .skip(1)
        .filter(|(_, c)| **c != 0.0)
        .map(|(lag, c)| (lag, -c))
        .collect()
}
