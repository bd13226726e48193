//! How much each model counts in the combination.
//!
//! Combining several plain models is more accurate than choosing one of them (Makridakis, Spiliotis and Assimakopoulos
//! 2020, finding 1 of the M4 competition; Petropoulos and Svetunkov 2020, "A simple combination of univariate models").
//! Weights go with the inverse of the error on the past, to a power: 0 is the plain mean, a large one the best model.
//! Series without a season are mostly short, so that such errors say little; there the median of the models is taken
//! (Petropoulos and Svetunkov 2020; on the M3 competition it is better than any weights).

use super::trial::Trial;

/// The power of the inverse error, where the past says enough.
const POWER: f64 = 3.0;
/// It is half of that where so many steps were tried.
const HALF_POWER: f64 = 20.0;

/// Far ahead a model with more than so many times the error of the best has no weight.
const TRIMMED: f64 = 1.5;

/// Mean absolute errors of each model over the folds `used` (by the place of their origin), on the cells that all of
/// them have.
pub fn errors(trials: &[Trial], values: &[f64], origins: &[usize], used: &[usize]) -> Vec<f64> {
    let horizon = trials.first().map_or(0, |t| t.ahead.len());
    let mut sums = vec![0.0; trials.len()];
    let mut count = 0.0;
    let mut cell = Vec::with_capacity(trials.len());
    for place in used {
        let Some(held) = origins.get(*place).and_then(|o| values.get(*o..)) else {
            continue;
        };
        for (j, actual) in held.iter().enumerate().take(horizon) {
            cell.clear();
            cell.extend(trials.iter().map(|t| (t.said(*place, j) - actual).abs()));
            if cell.iter().all(|e| e.is_finite()) {
                count += 1.0;
                for (sum, error) in sums.iter_mut().zip(&cell) {
                    *sum += error;
                }
            }
        }
    }
    sums.iter().map(|s| s / count).collect()
}

/// Weights that sum to one, in the order of the errors, which were measured on so many steps of the past.
pub fn weights(errors: &[f64], tried: usize) -> Vec<f64> {
    let equal = || vec![1.0 / errors.len().max(1) as f64; errors.len()];
    let best = errors.iter().copied().fold(f64::INFINITY, f64::min);
    if !best.is_finite() || best <= 0.0 {
        return equal();
    }
    let tried = tried as f64;
    let power = POWER * tried / (tried + HALF_POWER);
    let raw: Vec<f64> = errors.iter().map(|e| (best / e).powf(power)).collect();
    let total: f64 = raw.iter().sum();
    if total > 0.0 && total.is_finite() {
        raw.iter().map(|w| w / total).collect()
    } else {
        equal()
    }
}

/// Takes the weight of models that were far worse than the best. Far ahead one that bends away from the others moves the
/// centre and widens the ranges many times over, however little it weighs (trimming: Aiolfi and Timmermann 2006,
/// "Persistence in forecasting performance and conditional combination strategies").
pub fn trim(errors: &[f64], weights: &mut [f64]) {
    let best = errors.iter().copied().fold(f64::INFINITY, f64::min);
    let is_kept = |error: &f64| *error <= best * TRIMMED;
    let total: f64 = errors
        .iter()
        .zip(weights.iter())
        .filter(|(error, _)| is_kept(error))
        .map(|(_, weight)| weight)
        .sum();
    if total > 0.0 {
        for (error, weight) in errors.iter().zip(weights) {
            *weight = if is_kept(error) { *weight / total } else { 0.0 };
        }
    }
}

/// The weighted mean of one value a model; a model without weight is not looked at.
pub fn blend(values: impl Iterator<Item = f64>, weights: &[f64]) -> f64 {
    values
        .zip(weights)
        .filter(|(_, w)| **w > 0.0)
        .map(|(v, w)| v * w)
        .sum()
}

/// The middle of one value a model, of an even number the mean of the middle two; what is not finite does not count, NaN
/// where nothing is.
pub fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut known: Vec<f64> = values.filter(|v| v.is_finite()).collect();
    known.sort_by(f64::total_cmp);
    let upper = known.get(known.len() / 2);
    let lower = known.get(known.len().saturating_sub(1) / 2);
    match (lower, upper) {
        (Some(lower), Some(upper)) => f64::midpoint(*lower, *upper),
        _ => f64::NAN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_that_was_far_worse_is_trimmed() {
        let mut weights = [0.6, 0.3, 0.1];
        trim(&[1.0, 1.4, 1.6], &mut weights);
        assert!((weights[0] - 2.0 / 3.0).abs() < 1e-12 && weights[2].abs() < 1e-12);
        let mut equal = [0.5, 0.5];
        trim(&[f64::NAN, f64::NAN], &mut equal);
        assert!((equal[0] - 0.5).abs() < 1e-12);
    }

    #[test]
    fn the_median_leaves_out_what_is_missing() {
        let of = |values: &[f64]| median(values.iter().copied());
        assert_eq!(of(&[9.0, 1.0, 2.0]).to_bits(), 2.0_f64.to_bits());
        assert_eq!(of(&[9.0, f64::NAN, 2.0]).to_bits(), 5.5_f64.to_bits());
        assert!(of(&[f64::NAN]).is_nan());
    }
}
