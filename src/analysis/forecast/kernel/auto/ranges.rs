//! Ranges that hold: the models' own spread, drawn towards the errors the combination really made at each distance, and
//! stretched to the quantiles of those errors.
//!
//! The quantiles are those of split-conformal ranges (Lei, G'Sell, Rinaldo, Tibshirani and Wasserman 2018) on errors in
//! units of the expected one at their distance. Models keep the parameters of the whole history when they are tried, so
//! that their errors are a little too small, the more so the shorter the history; the corrections for that are the same
//! for all series and were measured on the M3 competition and on hourly, daily and weekly series.

/// Half of the weight goes to the errors of the past where it holds so many stretches as long as the horizon: for the
/// expected size at each distance, and for the shape of the distribution.
const HALF_SIZE: f64 = 2.0;
const HALF_SHAPE: f64 = 8.0;
/// Standard normal quantiles of the 80 % and the 95 % range.
pub const NORMAL: (f64, f64) = (1.281_551_565_545, 1.959_963_984_540);
/// What errors of the past understate: the size of usual ones, and of rare ones on top.
const UNDERSTATED: (f64, f64) = (1.05, 1.15);
/// What a short history understates, over the square of its length.
const SHORT: f64 = 80.0;
/// How that grows from the first step ahead to the last.
const SHORT_GROWS: (f64, f64) = (0.4, 1.2);
/// The 95 % range is wider than the 80 % one by this factor at least.
const OUTER: f64 = 1.05;

/// How far the future may lie from the centre.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ranges {
    /// Expected size of the error at each step, as a standard deviation.
    pub size: Vec<f64>,
    /// Half width of the 80 % range in units of 1.28 sizes.
    pub factor80: f64,
    /// Half width of the 95 % range in units of 1.96 sizes.
    pub factor95: f64,
}

impl Ranges {
    /// Ranges from the errors of each fold by step, the models' own spread by step, the number of steps that were
    /// tried, and the number of values.
    pub fn of(errors: &[Vec<f64>], spread: &[f64], tried: usize, observed: usize) -> Self {
        let horizon = spread.len();
        let stretches = tried as f64 / horizon.max(1) as f64;
        let trust = stretches / (stretches + HALF_SIZE);
        let measured = rising(&by_step(errors, horizon));
        let expected: Vec<f64> = spread
            .iter()
            .zip(&measured)
            .map(|(own, seen)| mix(*own, *seen, trust))
            .collect();
        let mut ratios: Vec<f64> = errors
            .iter()
            .flat_map(|fold| fold.iter().zip(&expected))
            .map(|(error, expected)| error.abs() / expected)
            .filter(|r| r.is_finite())
            .collect();
        ratios.sort_by(f64::total_cmp);
        let trust = stretches / (stretches + HALF_SHAPE);
        let factor = |level: f64, normal: f64| {
            let rank = ((ratios.len() + 1) as f64 * level).ceil() as usize;
            let place = rank.min(ratios.len()).saturating_sub(1);
            mix(1.0, ratios.get(place).map_or(1.0, |r| r / normal), trust)
        };
        let square = (observed.max(1) as f64).powi(2);
        let usual = factor(0.8, NORMAL.0) * UNDERSTATED.0;
        let rare = factor(0.95, NORMAL.1) * UNDERSTATED.0 * UNDERSTATED.1;
        Self {
            size: expected
                .iter()
                .enumerate()
                .map(|(j, size)| {
                    let far = (j as f64 + 0.5) / horizon as f64;
                    let grown = SHORT_GROWS.0 + SHORT_GROWS.1 * far;
                    size * (1.0 + SHORT / square * grown)
                })
                .collect(),
            factor80: usual,
            factor95: rare.max(usual * OUTER * NORMAL.0 / NORMAL.1),
        }
    }
}

/// The geometric mean, by the trust in the second; the larger where one is zero.
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
/// Ewing, Reid and Silverman 1955). A step without errors has the size of the one before.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_rise_and_gaps_take_the_size_before() {
        assert_eq!(
            rising(&[(4.0, 2.0), (1.0, 1.0), (16.0, 1.0), (0.0, 0.0)]),
            [3.0_f64.sqrt(), 3.0_f64.sqrt(), 4.0, 4.0]
        );
    }

    /// Errors three times as large as the models say, on a long history: the ranges follow the errors.
    #[test]
    fn ranges_follow_the_errors_where_there_are_many() {
        let errors: Vec<Vec<f64>> = (0..400)
            .map(|i| vec![3.0 * ((f64::from(i) + 0.5) / 400.0 * 2.0 - 1.0)])
            .collect();
        let found = Ranges::of(&errors, &[1.0], 400, 1_000);
        // 80 % of a uniform of ±3 lie within 2.4, 95 % within 2.85.
        let half80 = found.size[0] * found.factor80 * NORMAL.0 / UNDERSTATED.0;
        let half95 = found.size[0] * found.factor95 * NORMAL.1 / UNDERSTATED.0 / UNDERSTATED.1;
        assert!((half80 - 2.4).abs() < 0.05, "{half80}");
        assert!((half95 - 2.85).abs() < 0.05, "{half95}");
    }

    #[test]
    fn a_short_history_widens() {
        let errors = vec![vec![1.0, 1.0], vec![-1.0]];
        let short = Ranges::of(&errors, &[1.0, 1.0], 8, 14);
        let long = Ranges::of(&errors, &[1.0, 1.0], 8, 140);
        assert!(short.size[1] > 1.5 * long.size[1], "{short:?} {long:?}");
        assert!(short.factor95 * NORMAL.1 > short.factor80 * NORMAL.0);
    }
}
