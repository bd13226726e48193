//! Small statistics that the multi-season kernels share. A missing value is NaN and is left out everywhere.

/// A median absolute deviation times this estimates the standard deviation of normal values.
const NORMAL_MAD: f64 = 1.482_602_218_505_602;

/// The value at a place; NaN outside, as if it were missing.
pub(super) fn at(values: &[f64], i: usize) -> f64 {
    values.get(i).copied().unwrap_or(f64::NAN)
}

/// The values that are there.
pub(super) fn observed(values: &[f64]) -> Vec<f64> {
    values.iter().copied().filter(|v| v.is_finite()).collect()
}

/// Mean of what is there; `None` of nothing.
pub(super) fn mean(values: &[f64]) -> Option<f64> {
    let (mut sum, mut n) = (0.0, 0_usize);
    for v in values.iter().filter(|v| v.is_finite()) {
        sum += v;
        n += 1;
    }
    (n > 0).then(|| sum / n as f64)
}

/// Median of what is there; `None` of nothing.
pub(super) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = observed(values);
    let n = sorted.len();
    let half = n / 2;
    if n == 0 {
        return None;
    }
    let (below, middle, _) = sorted.select_nth_unstable_by(half, f64::total_cmp);
    let middle = *middle;
    if n % 2 == 1 {
        return Some(middle);
    }
    let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    Some(f64::midpoint(lower, middle))
}

/// Quantile of what is there, linear between neighbours (Hyndman and Fan's type 7); `None` of nothing.
pub(super) fn quantile(values: &[f64], p: f64) -> Option<f64> {
    let mut sorted = observed(values);
    sorted.sort_unstable_by(f64::total_cmp);
    let last = sorted.len().checked_sub(1)?;
    let place = p.clamp(0.0, 1.0) * last as f64;
    let low = place.floor() as usize;
    let (a, b) = (at(&sorted, low), at(&sorted, (low + 1).min(last)));
    Some(a + (place - low as f64) * (b - a))
}

/// Robust standard deviation about a centre: the median absolute deviation, or the mean one where more than half of the
/// values agree; 0 where all do.
pub(super) fn robust_spread(values: &[f64], centre: f64) -> f64 {
    let away: Vec<f64> = values.iter().map(|v| (v - centre).abs()).collect();
    match median(&away) {
        Some(m) if m > 0.0 => NORMAL_MAD * m,
        // E|z| = √(2/π) of a normal.
        _ => mean(&away).unwrap_or(0.0) * 1.253_314_137_315_5,
    }
}

/// Root of the mean square of what is there; 0 of nothing.
pub(super) fn root_mean_square(values: &[f64]) -> f64 {
    let squares: Vec<f64> = values.iter().map(|v| v * v).collect();
    mean(&squares).unwrap_or(0.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_left_out() {
        let y = [f64::NAN, 2.0, f64::NAN, f64::NAN, 8.0, f64::NAN];
        assert_eq!(mean(&y), Some(5.0));
        assert_eq!(median(&y), Some(5.0));
        assert_eq!(median(&[3.0, 1.0, f64::NAN, 2.0]), Some(2.0));
        assert_eq!(quantile(&[0.0, 1.0, 2.0, 3.0, 4.0], 0.9), Some(3.6));
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn one_wild_value_does_not_move_the_robust_spread() {
        let mut y: Vec<f64> = (0..99).map(f64::from).collect();
        let before = robust_spread(&y, 49.0);
        y.push(1e9);
        assert!((robust_spread(&y, 49.0) / before - 1.0).abs() < 0.05);
        assert_eq!(robust_spread(&[5.0; 9], 5.0), 0.0);
        assert!(robust_spread(&[0.0, 0.0, 0.0, 0.0, 4.0], 0.0) > 0.0);
    }
}
