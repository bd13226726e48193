//! Data as it is: gaps filled by the season, wild values pulled in and weighted down, nothing deleted.
//!
//! The pattern is a robust decomposition. A value is wild where it lies far from the pattern *and* from what its own
//! neighbours differ from the pattern: a change of level is not a row of outliers. The limit is the one of Hampel's
//! identifier (Davies and Gather 1993) on median absolute deviations.

use super::decompose::filled;
use super::mstl::robust_season;
use super::numbers::{at, median, observed, robust_spread};

/// Standard deviations beyond which a value is wild.
const WILD: f64 = 4.5;
/// Standard deviations to which a wild value is pulled in.
const PULLED: f64 = 2.0;
/// Neighbours on each side that say what is usual here.
const NEIGHBOURS: usize = 4;

/// A series that models can be fitted to, with what was done to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Cleaned {
    /// No gaps, wild values pulled in.
    pub values: Vec<f64>,
    /// 1 for a value as observed, 0 for a filled gap, between for a wild one (the limit over its distance).
    pub weights: Vec<f64>,
    /// Places of wild values, rising.
    pub outliers: Vec<usize>,
}

/// Cleans a series; `periods` may be empty. `None` where nothing was observed.
pub fn clean(y: &[f64], periods: &[usize]) -> Option<Cleaned> {
    let season = robust_season(y, periods)?;
    let adjusted: Vec<f64> = y.iter().zip(&season).map(|(v, s)| v - s).collect();
    let away: Vec<f64> = (0..adjusted.len())
        .map(|i| at(&adjusted, i) - neighbours(&adjusted, i))
        .collect();
    let spread = robust_spread(&away, 0.0);
    let mut weights: Vec<f64> = y
        .iter()
        .map(|v| f64::from(u8::from(v.is_finite())))
        .collect();
    let mut outliers = Vec::new();
    let mut pulled = adjusted;
    if spread > 0.0 {
        let places = away.iter().zip(pulled.iter_mut().zip(&mut weights));
        for (i, (distance, (value, weight))) in places.enumerate() {
            let sizes = distance.abs() / spread;
            if sizes > WILD {
                *weight = WILD / sizes;
                *value -= distance - distance.signum() * PULLED * spread;
                outliers.push(i);
            }
        }
    }
    let whole = filled(&pulled)?;
    let values = whole.iter().zip(&season).map(|(v, s)| v + s).collect();
    Some(Cleaned {
        values,
        weights,
        outliers,
    })
}

/// Median of the values around a place without its own: of each side where those agree less with each other than with
/// the value, so that neither side of a jump calls the other wild.
fn neighbours(values: &[f64], i: usize) -> f64 {
    let before = values.get(i.saturating_sub(NEIGHBOURS)..i).unwrap_or(&[]);
    let end = (i + 1 + NEIGHBOURS).min(values.len());
    let after = values.get(i + 1..end).unwrap_or(&[]);
    let value = at(values, i);
    let (left, right) = (median(before), median(after));
    match (left, right) {
        (Some(left), Some(right)) => {
            let both = median(&[observed(before), observed(after)].concat()).unwrap_or(left);
            [both, left, right]
                .into_iter()
                .min_by(|a, b| (value - a).abs().total_cmp(&(value - b).abs()))
                .unwrap_or(both)
        }
        (Some(side), None) | (None, Some(side)) => side,
        (None, None) => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(n: usize) -> Vec<f64> {
        (0..n)
            .map(|i| {
                let wobble = f64::from(((i * 7_919) % 101) as u32) / 101.0;
                [0.0, 6.0, 9.0, 2.0, 1.0, 0.0, -4.0][i % 7] + 0.05 * i as f64 + wobble
            })
            .collect()
    }

    #[test]
    fn a_gap_is_filled_by_its_weekday() {
        let truth = series(140);
        let mut y = truth.clone();
        for hole in &mut y[70..77] {
            *hole = f64::NAN;
        }
        let cleaned = clean(&y, &[7]).unwrap();
        for (i, there) in truth.iter().enumerate().take(77).skip(70) {
            assert!((cleaned.values[i] - there).abs() < 1.5, "{i}");
            assert_eq!(cleaned.weights[i], 0.0);
        }
        assert!(cleaned.outliers.is_empty(), "{:?}", cleaned.outliers);
        assert_eq!(cleaned.values[69], y[69]);
    }

    #[test]
    fn spikes_are_pulled_in_and_a_jump_is_left_alone() {
        let mut y = series(140);
        y[40] += 60.0;
        y[90] -= 45.0;
        let cleaned = clean(&y, &[7]).unwrap();
        assert_eq!(cleaned.outliers, [40, 90]);
        assert!(cleaned.weights[40] < 0.2 && cleaned.weights[41] == 1.0);
        assert!((cleaned.values[40] - series(140)[40]).abs() < 3.0);
        let jump: Vec<f64> = series(140)
            .iter()
            .enumerate()
            .map(|(i, v)| if i < 80 { *v } else { v + 40.0 })
            .collect();
        let cleaned = clean(&jump, &[7]).unwrap();
        assert!(cleaned.outliers.len() <= 2, "{:?}", cleaned.outliers);
    }

    #[test]
    fn a_constant_stays_and_nothing_is_refused() {
        let cleaned = clean(&[5.0; 20], &[7]).unwrap();
        assert_eq!(cleaned.values, [5.0; 20]);
        assert!(cleaned.outliers.is_empty());
        assert!(clean(&[f64::NAN; 20], &[]).is_none());
    }
}
