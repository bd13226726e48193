//! Where the level or the trend of the steps changed: the search of the kernel, on values without their season.

use super::kernel::changes::find_adjusted;

/// The steps at which a new piece begins, rising. Pieces hold at least `shortest` steps; `season` is the main one, 1
/// where there is none.
pub fn find(values: &[Option<f64>], shortest: usize, season: usize) -> Vec<usize> {
    let values: Vec<f64> = values.iter().map(|v| v.unwrap_or(f64::NAN)).collect();
    let changes = find_adjusted(&values, season, shortest);
    changes.into_iter().map(|change| change.at).collect()
}

#[cfg(test)]
mod tests {
    use super::super::noise::Noise;
    use super::*;

    fn series(n: usize, rho: f64, seed: u64, f: impl Fn(usize) -> f64) -> Vec<Option<f64>> {
        let mut noise = Noise::seeded(seed);
        let mut error = 0.0;
        (0..n)
            .map(|i| {
                error = rho * error + noise.normal() * (1.0_f64 - rho * rho).sqrt();
                Some(f(i) + error)
            })
            .collect()
    }

    #[test]
    fn a_shift_is_found_at_its_step() {
        for (n, at) in [(120, 70), (450, 301), (1_500, 1_200)] {
            let values = series(n, 0.0, 11, |i| {
                if i < at {
                    20.0 + 0.01 * i as f64
                } else {
                    30.0 + 0.01 * i as f64
                }
            });
            let found = find(&values, 14, 1);
            assert_eq!(found.len(), 1, "{n}: {found:?}");
            assert!(found[0].abs_diff(at) <= 1, "{n}: {found:?}");
        }
    }

    #[test]
    fn a_change_of_slope_is_found_near_its_step() {
        let values = series(400, 0.0, 3, |i| 0.1 * i.saturating_sub(250) as f64);
        let found = find(&values, 14, 1);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].abs_diff(250) < 25, "{found:?}");
    }

    #[test]
    fn noise_and_a_plain_trend_have_no_change() {
        for rho in [0.0, 0.4, 0.7] {
            let alarms = (0..60)
                .filter(|seed| {
                    let values = series(300, rho, 1_000 + seed, |i| 0.05 * i as f64);
                    !find(&values, 14, 1).is_empty()
                })
                .count();
            assert!(alarms <= 6, "rho {rho}: {alarms} of 60");
        }
        assert!(find(&[Some(3.0); 100], 14, 1).is_empty());
    }
}
