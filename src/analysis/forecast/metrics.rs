//! Measures of a forecast against what came: MASE, sMAPE, coverage and MSIS, as defined for the M4 competition
//! (Makridakis, Spiliotis, Assimakopoulos, IJF 36, 2020, equations 1–3 and 8).

/// Mean absolute difference between values a season apart: the scale of MASE and MSIS. `None` where nothing varies.
pub fn seasonal_naive_scale(values: &[Option<f64>], season: usize) -> Option<f64> {
    let season = season.max(1);
    let differences: Vec<f64> = values
        .iter()
        .zip(values.iter().skip(season))
        .filter_map(|(a, b)| Some(((*a)? - (*b)?).abs()))
        .collect();
    let mean = mean(&differences)?;
    (mean > 0.0 && mean.is_finite()).then_some(mean)
}

/// Symmetric absolute percentage error of one value, 0..=200.
pub fn smape(actual: f64, forecast: f64) -> f64 {
    let size = actual.abs() + forecast.abs();
    if size > 0.0 {
        200.0 * (actual - forecast).abs() / size
    } else {
        0.0
    }
}

/// Interval score of one value (Gneiting and Raftery 2007, equation 43), not yet scaled.
pub fn interval_score(actual: f64, low: f64, high: f64, alpha: f64) -> f64 {
    (high - low) + 2.0 / alpha * (low - actual).max(0.0) + 2.0 / alpha * (actual - high).max(0.0)
}

/// Arithmetic mean, `None` of nothing.
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_by_hand() {
        let values = [Some(1.0), Some(3.0), None, Some(4.0), Some(8.0)];
        assert_eq!(seasonal_naive_scale(&values, 1), Some(3.0));
        assert_eq!(seasonal_naive_scale(&[Some(2.0); 5], 1), None);
        assert_eq!(smape(0.0, 0.0), 0.0);
        assert!((smape(100.0, 110.0) - 9.523_809_523_809_524).abs() < 1e-12);
        assert_eq!(interval_score(5.0, 4.0, 6.0, 0.05), 2.0);
        assert_eq!(interval_score(3.0, 4.0, 6.0, 0.05), 42.0);
        assert_eq!(interval_score(7.0, 4.0, 6.0, 0.2), 12.0);
    }
}
