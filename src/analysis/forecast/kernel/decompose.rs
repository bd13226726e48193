//! Classical decomposition of a series with one season, and the test whether it has one.
//!
//! Moving averages of one season, then the mean of what is left at each phase (Persons 1919; Kendall and Stuart 1983,
//! vol. 3, ch. 46); the test is the 90 % test on the autocorrelation at the season used with the Theta method
//! (Fiorucci et al. 2016, section 4.1). Gaps are filled from both neighbours first.

/// How a season enters a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Added to the level.
    Additive,
    /// Multiplied with the level; the series is positive.
    Multiplicative,
}

/// The series with every gap bridged by a straight line (ends repeat the nearest value); `None` when nothing is known.
pub(crate) fn filled(y: &[f64]) -> Option<Vec<f64>> {
    let mut out = Vec::with_capacity(y.len());
    let mut known: Option<f64> = None;
    let mut gap = 0usize;
    for &value in y {
        if !value.is_finite() {
            gap += 1;
            continue;
        }
        let before = known.unwrap_or(value);
        let step = (value - before) / (gap as f64 + 1.0);
        out.extend((1..=gap).map(|i| before + step * i as f64));
        out.push(value);
        known = Some(value);
        gap = 0;
    }
    let last = known?;
    out.extend(std::iter::repeat_n(last, gap));
    Some(out)
}

/// Centred moving average of one season, as long as the series; NaN at the ends that it does not reach.
fn moving_average(y: &[f64], period: usize) -> Vec<f64> {
    let half = period / 2;
    let mut out = vec![f64::NAN; y.len()];
    let width = if period.is_multiple_of(2) {
        period + 1
    } else {
        period
    };
    for (window, slot) in y.windows(width).zip(out.iter_mut().skip(half)) {
        let mut sum: f64 = window.iter().sum();
        if let (true, Some(first), Some(last)) = (width > period, window.first(), window.last()) {
            sum -= 0.5 * (first + last);
        }
        *slot = sum / period as f64;
    }
    out
}

/// The season by phase (the first phase is that of the first value), averaging to 0 or to 1. `y` has no gaps and at
/// least two seasons; `None` otherwise, or when a multiplicative season would not be positive.
pub(crate) fn seasonal(y: &[f64], period: usize, kind: Kind) -> Option<Vec<f64>> {
    if period < 2 || y.len() < 2 * period {
        return None;
    }
    let mut sums = vec![(0.0, 0u32); period];
    for (chunk, trend) in y
        .chunks(period)
        .zip(moving_average(y, period).chunks(period))
    {
        for ((value, level), (sum, count)) in chunk.iter().zip(trend).zip(sums.iter_mut()) {
            let part = match kind {
                Kind::Additive => value - level,
                Kind::Multiplicative => value / level,
            };
            if part.is_finite() {
                *sum += part;
                *count += 1;
            }
        }
    }
    if sums.iter().any(|(_, count)| *count == 0) {
        return None;
    }
    let means: Vec<f64> = sums
        .iter()
        .map(|(sum, count)| sum / f64::from(*count))
        .collect();
    let centre = means.iter().sum::<f64>() / period as f64;
    let season: Vec<f64> = match kind {
        Kind::Additive => means.iter().map(|m| m - centre).collect(),
        Kind::Multiplicative => means.iter().map(|m| m / centre).collect(),
    };
    let sound = season
        .iter()
        .all(|s| s.is_finite() && (kind == Kind::Additive || *s > 0.01));
    sound.then_some(season)
}

/// Whether the autocorrelation at the season is larger than chance allows (one-sided 95 %). `y` has no gaps.
pub(crate) fn is_seasonal(y: &[f64], period: usize) -> bool {
    if period < 2 || y.len() < 2 * period {
        return false;
    }
    let n = y.len() as f64;
    let mean = y.iter().sum::<f64>() / n;
    let centred: Vec<f64> = y.iter().map(|v| v - mean).collect();
    let variance: f64 = centred.iter().map(|v| v * v).sum();
    if variance <= 0.0 {
        return false;
    }
    let autocorrelation = |lag: usize| -> f64 {
        centred
            .iter()
            .zip(centred.iter().skip(lag))
            .map(|(a, b)| a * b)
            .sum::<f64>()
            / variance
    };
    let below: f64 = (1..period).map(|lag| autocorrelation(lag).powi(2)).sum();
    autocorrelation(period).abs() > 1.645 * ((1.0 + 2.0 * below) / n).sqrt()
}

/// Intercept (before the first value) and slope of a straight line through values at 1, 2, ….
pub(crate) fn line(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    if values.len() < 2 {
        return (values.first().copied().unwrap_or(0.0), 0.0);
    }
    let mean_at = f64::midpoint(n, 1.0);
    let mean = values.iter().sum::<f64>() / n;
    let cross: f64 = values
        .iter()
        .enumerate()
        .map(|(i, v)| (i as f64 + 1.0 - mean_at) * (v - mean))
        .sum();
    let slope = cross / (n * (n * n - 1.0) / 12.0);
    (mean - slope * mean_at, slope)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_bridged_and_ends_repeated() {
        let nan = f64::NAN;
        assert_eq!(
            filled(&[nan, 1.0, nan, nan, 4.0, nan]),
            Some(vec![1.0, 1.0, 2.0, 3.0, 4.0, 4.0])
        );
        assert_eq!(filled(&[nan, nan]), None);
    }

    #[test]
    fn a_season_on_a_line_comes_back_exactly() {
        let shape = [3.0, -1.0, -4.0, 2.0];
        let y: Vec<f64> = (0..24u8)
            .map(|i| 10.0 + 0.5 * f64::from(i) + shape[usize::from(i) % 4])
            .collect();
        let season = seasonal(&y, 4, Kind::Additive).unwrap();
        for (a, b) in season.iter().zip(shape) {
            assert!((a - b).abs() < 1e-12, "{season:?}");
        }
        assert!(is_seasonal(&y, 4));
        assert!(!is_seasonal(&[5.0; 24], 4));
        assert!(seasonal(&y[..7], 4, Kind::Additive).is_none());
    }

    #[test]
    fn a_multiplicative_season_of_a_constant_level_comes_back() {
        let shape = [0.5, 1.5, 1.0];
        let y: Vec<f64> = (0..15).map(|i| 8.0 * shape[i % 3]).collect();
        let season = seasonal(&y, 3, Kind::Multiplicative).unwrap();
        for (a, b) in season.iter().zip(shape) {
            assert!((a - b).abs() < 1e-12, "{season:?}");
        }
        assert!(seasonal(&[0.0, 1.0, 0.0, 1.0, 0.0, 1.0], 2, Kind::Multiplicative).is_none());
    }

    #[test]
    fn a_line_is_found() {
        let (intercept, slope) = line(&[3.0, 5.0, 7.0, 9.0]);
        assert!((intercept - 1.0).abs() < 1e-12 && (slope - 2.0).abs() < 1e-12);
    }
}
