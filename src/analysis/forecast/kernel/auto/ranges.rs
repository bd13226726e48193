//! Ranges that hold: the models' own spread, drawn towards the errors the combination really made at each distance, and
//! stretched to the quantiles of those errors.
//!
//! The quantiles are those of split-conformal ranges (Lei, G'Sell, Rinaldo, Tibshirani and Wasserman 2018) on errors in
//! units of the expected one at their distance.

/// Half of the weight goes to the past where it holds so many stretches as long as the horizon.
pub struct Shape { pub k_scale: f64, pub k_shape: f64 }
/// Standard normal quantiles of both ranges.
const NORMAL: (f64, f64) = (1.281_551_565_545, 1.959_963_984_540);

/// Half widths of both ranges at each step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ranges {
    /// Of the 80 % range.
    pub half80: Vec<f64>,
    /// Of the 95 % range.
    pub half95: Vec<f64>,
}

impl Ranges {
    /// Ranges from the errors of each fold by step, the models' own spread by step, and the number of steps tried.
    pub fn of(errors: &[Vec<f64>], spread: &[f64], tried: usize, shape: &Shape) -> Self {
        let horizon = spread.len();
        let blocks = tried as f64 / horizon.max(1) as f64;
        let trust = blocks / (blocks + shape.k_scale);
        let measured = rising(&by_step(errors, horizon));
        let scale: Vec<f64> = spread
            .iter()
            .zip(&measured)
            .map(|(own, seen)| mix(*own, *seen, trust))
            .collect();
        let mut ratios: Vec<f64> = errors
            .iter()
            .flat_map(|fold| fold.iter().zip(&scale))
            .map(|(error, scale)| error.abs() / scale)
            .filter(|r| r.is_finite())
            .collect();
        ratios.sort_by(f64::total_cmp);
        let trust = blocks / (blocks + shape.k_shape);
        let factor = |level: f64, normal: f64| {
            let rank = ((ratios.len() + 1) as f64 * level).ceil() as usize;
            let seen = ratios.get(rank.saturating_sub(1).min(ratios.len().saturating_sub(1)));
            mix(normal, seen.copied().unwrap_or(normal), trust)
        };
        let inner = factor(0.8, NORMAL.0);
        let outer = factor(0.95, NORMAL.1).max(inner * 1.05);
        Self {
            half80: scale.iter().map(|s| s * inner).collect(),
            half95: scale.iter().map(|s| s * outer).collect(),
        }
    }
}

/// The geometric mean, by the trust in the second.
fn mix(own: f64, seen: f64, trust: f64) -> f64 {
    if own > 0.0 && seen > 0.0 {
        own.powf(1.0 - trust) * seen.powf(trust)
    } else {
        own.max(seen)
    }
}

/// Mean square and count of the errors at each step.
fn by_step(errors: &[Vec<f64>], horizon: usize) -> Vec<(f64, f64)> {
    (0..horizon)
        .map(|j| {
            let squares = || {
                errors
                    .iter()
                    .filter_map(|fold| fold.get(j))
                    .map(|e| e * e)
                    .filter(|s| s.is_finite())
            };
            let count = squares().count() as f64;
            (squares().sum::<f64>() / count.max(1.0), count)
        })
        .collect()
}

/// Roots of the nearest rising sequence to mean squares with counts: neighbours that fall are pooled (Ayer, Brunk,
/// Ewing, Reid and Silverman 1955).
fn rising(steps: &[(f64, f64)]) -> Vec<f64> {
    let mut pools: Vec<(f64, f64, usize)> = Vec::new();
    for (mean, count) in steps {
        let mut pool = (*mean, *count, 1);
        while let Some(before) = pools.last().copied() {
            if before.0 < pool.0 && before.1 > 0.0 && pool.1 > 0.0 {
                break;
            }
            let count = before.1 + pool.1;
            let mean = if count > 0.0 {
                (before.0 * before.1 + pool.0 * pool.1) / count
            } else {
                0.0
            };
            pool = (mean, count, before.2 + pool.2);
            pools.pop();
        }
        pools.push(pool);
    }
    pools
        .iter()
        .flat_map(|(mean, _, length)| std::iter::repeat_n(mean.sqrt(), *length))
        .collect()
}
