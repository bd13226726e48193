//! Errors of the past at the level of today: where a series grows its errors grow with it, between the square root of the
//! level (counts; Poisson) and the level itself (shares, money).

/// The power of the level that errors go with.
const POWER: f64 = 0.7;
/// A change of level beyond this factor is not believed to change the errors any more.
const FURTHEST: f64 = 3.0;
/// The level is the mean of a season, or of so many steps at least, or of a horizon up to the second number.
const LEVEL: (usize, usize) = (4, 8);

/// For each origin, how much larger errors are today than they were then; 1 where not all values are positive.
pub fn growth(values: &[f64], origins: &[usize], season: usize, horizon: usize) -> Vec<f64> {
    let known = || values.iter().filter(|v| v.is_finite());
    if !known().all(|v| *v > 0.0) {
        return vec![1.0; origins.len()];
    }
    let window = season.max(horizon.min(LEVEL.1)).max(LEVEL.0);
    let level = |end: usize| {
        let newest = values.get(end.saturating_sub(window)..end);
        super::super::numbers::mean(newest.unwrap_or_default())
    };
    let today = level(values.len());
    origins
        .iter()
        .map(|origin| match (today, level(*origin)) {
            (Some(today), Some(then)) => (today / then).clamp(1.0 / FURTHEST, FURTHEST).powf(POWER),
            _ => 1.0,
        })
        .collect()
}

/// The errors from each origin, times its growth.
pub fn at_today(errors: &[Vec<f64>], growth: &[f64]) -> Vec<Vec<f64>> {
    errors
        .iter()
        .zip(growth)
        .map(|(fold, factor)| fold.iter().map(|e| e * factor).collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_grow_with_the_level_up_to_a_limit() {
        let mut values = vec![10.0; 8];
        values.extend([20.0; 8]);
        let found = growth(&values, &[8, 12, 16], 4, 4);
        let twice = 2.0_f64.powf(POWER);
        assert!((found[0] - twice).abs() < 1e-12, "{found:?}");
        assert_eq!(found[2].to_bits(), 1.0_f64.to_bits());
        assert_eq!(at_today(&[vec![2.0]], &[3.0]), [[6.0]]);
        values.extend([f64::NAN, 1e6, 1e6, 1e6]);
        let far = growth(&values, &[8], 4, 4);
        assert!((far[0] - FURTHEST.powf(POWER)).abs() < 1e-12, "{far:?}");
        values.push(0.0);
        assert_eq!(growth(&values, &[8, 9], 4, 4), [1.0, 1.0]);
    }
}
