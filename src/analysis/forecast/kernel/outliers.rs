//! Single values far outside the pattern, for models that would otherwise follow them: found, pulled in, never deleted.
//!
//! The pattern is the season of a robust decomposition and, around each place, the medians of the values on either side.
//! A value is an outlier where it lies on the same side of both and far from both (Hampel's identifier, Davies and
//! Gather 1993): a step of the level agrees with one side, a trend lies between them. The ends have one side only, where
//! an outlier cannot be told from a change; they are left as they are.

use super::mstl::robust_season;
use super::numbers::{at, median, observed, robust_spread};

/// Robust standard deviations from both sides beyond which a value is an outlier; it is pulled in to so many. Pulling in
/// further, or from nearer, made forecasts worse on the M3 competition and on hourly and daily series.
const FAR: f64 = 6.0;
/// Values of each side that say what is usual.
const SIDE: usize = 3;
/// One of so many values at most, or a few: what comes more often belongs to the series.
const RARE: usize = 50;
const FEW: usize = 3;

/// A series with its outliers pulled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Tamed {
    /// As observed elsewhere; gaps stay.
    pub values: Vec<f64>,
    /// Their places, rising; never none.
    pub outliers: Vec<usize>,
}

/// Pulls in the outliers of a series; `None` where there is none, or where there are so many that they are its nature.
/// `periods` may be empty.
pub fn tame(y: &[f64], periods: &[usize]) -> Option<Tamed> {
    let season = robust_season(y, periods)?;
    let adjusted: Vec<f64> = y.iter().zip(&season).map(|(v, s)| v - s).collect();
    let sides: Vec<Option<(f64, f64)>> = (0..y.len()).map(|i| sides(&adjusted, i)).collect();
    let between: Vec<f64> = adjusted
        .iter()
        .zip(&sides)
        .filter_map(|(v, sides)| sides.map(|(left, right)| v - f64::midpoint(left, right)))
        .collect();
    let spread = robust_spread(&between, 0.0);
    if spread <= 0.0 || !spread.is_finite() {
        return None;
    }
    let mut values = y.to_vec();
    let mut outliers = Vec::new();
    for (i, (sides, value)) in sides.iter().zip(&mut values).enumerate() {
        let Some((left, right)) = *sides else {
            continue;
        };
        let here = at(&adjusted, i);
        let (from_left, from_right) = (here - left, here - right);
        let nearest = from_left.abs().min(from_right.abs());
        if from_left * from_right > 0.0 && nearest > FAR * spread {
            *value -= (nearest - FAR * spread).copysign(from_left);
            outliers.push(i);
        }
    }
    let rare = outliers.len() <= (observed(y).len() / RARE).max(FEW);
    (rare && !outliers.is_empty()).then_some(Tamed { values, outliers })
}

/// Medians of the values before and after a place, where both sides hold two at least.
fn sides(values: &[f64], i: usize) -> Option<(f64, f64)> {
    let before = observed(values.get(i.saturating_sub(SIDE)..i)?);
    let after = observed(values.get(i + 1..(i + 1 + SIDE).min(values.len()))?);
    let enough = before.len() > 1 && after.len() > 1 && at(values, i).is_finite();
    enough.then(|| Some((median(&before)?, median(&after)?)))?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weeks(n: usize) -> Vec<f64> {
        (0..n)
            .map(|i| {
                let wobble = f64::from(((i * 7_919) % 101) as u32) / 101.0;
                [0.0, 6.0, 9.0, 2.0, 1.0, 0.0, -4.0][i % 7] + 0.4 * i as f64 + wobble
            })
            .collect()
    }

    #[test]
    fn spikes_are_pulled_in_to_where_the_outliers_begin() {
        let mut y = weeks(140);
        y[40] += 60.0;
        y[90] -= 45.0;
        y[110] = f64::NAN;
        let tamed = tame(&y, &[7]).unwrap();
        assert_eq!(tamed.outliers, [40, 90]);
        for place in [40, 90] {
            let left = (tamed.values[place] - weeks(140)[place]).abs();
            assert!(left > 0.5 && left < 8.0, "{place}: {left}");
        }
        let same = |i: &usize| tamed.values[*i].to_bits() == y[*i].to_bits();
        assert_eq!((0..140).filter(same).count(), 138);
    }

    #[test]
    fn steps_trends_and_the_newest_value_are_no_outliers() {
        assert_eq!(tame(&weeks(140), &[7]), None);
        let jump: Vec<f64> = weeks(140)
            .iter()
            .enumerate()
            .map(|(i, v)| if i < 80 { *v } else { v + 40.0 })
            .collect();
        assert_eq!(tame(&jump, &[7]), None);
        let mut newest = weeks(140);
        newest[139] += 300.0;
        assert_eq!(tame(&newest, &[7]), None);
        let curve: Vec<f64> = (0..30).map(|i| f64::from(i).powi(3)).collect();
        assert_eq!(tame(&curve, &[]), None);
    }

    #[test]
    fn what_comes_again_and_again_belongs_to_the_series() {
        let mut y = weeks(140);
        for place in (10..130).step_by(11) {
            y[place] += 70.0;
        }
        assert_eq!(tame(&y, &[7]), None);
        assert_eq!(tame(&[5.0; 40], &[7]), None);
        assert_eq!(tame(&[f64::NAN; 40], &[7]), None);
        assert_eq!(tame(&[], &[]), None);
    }
}
