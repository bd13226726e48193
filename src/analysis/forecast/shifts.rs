//! Shifts of level beyond doubt: several times the noise, from one step to the next, and rare in the series. What came
//! before one says nothing about the errors of a forecast from today; where levels jump again and again it does.
//!
//! The shift is the gap between straight lines through the steps on either side of a change that the search of the
//! kernel found; the noise is what the lines leave.

use super::linear::{median, quantile};

/// The gap in sizes of the noise from which there is no doubt.
const CLEAR: f64 = 6.0;
/// Share of the gap that the nearest steps show: a shift, not a bend or a way.
const ABRUPT: f64 = 0.7;
/// Steps on each side of a change that tell it is abrupt.
const NEAREST: usize = 3;
/// Steps on each side through which the lines are laid, or two seasons where those are longer.
const SIDE: usize = 30;
/// Fewest of them that have to be measured.
const MEASURED: usize = 8;
/// More changes, or more clear shifts, are the nature of the series.
const MANY_CHANGES: usize = 3;
const MANY_SHIFTS: usize = 2;

/// A shift of level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shift {
    /// The first step on the new level.
    pub at: usize,
    /// By how much the level shifted, in the unit of the series.
    pub by: f64,
}

/// The last clear shift among the changes of a series (rising) without its season of `season` steps.
pub fn last_clear(values: &[Option<f64>], changes: &[usize], season: usize) -> Option<Shift> {
    if changes.len() > MANY_CHANGES {
        return None;
    }
    let ends = |i: usize| {
        let before = i.checked_sub(1).and_then(|p| changes.get(p)).copied();
        let after = changes.get(i + 1).copied();
        (before.unwrap_or(0), after.unwrap_or(values.len()))
    };
    let shifts: Vec<Shift> = (0..changes.len())
        .filter_map(|i| {
            let (before, after) = ends(i);
            clear(
                values,
                before,
                *changes.get(i)?,
                after,
                SIDE.max(2 * season),
            )
        })
        .collect();
    shifts
        .last()
        .copied()
        .filter(|_| shifts.len() <= MANY_SHIFTS)
}

fn clear(
    values: &[Option<f64>],
    before: usize,
    at: usize,
    after: usize,
    width: usize,
) -> Option<Shift> {
    let left = Line::through(values, before.max(at.saturating_sub(width)), at)?;
    let right = Line::through(values, at, after.min(at + width))?;
    let place = at as f64 - 0.5;
    let by = right.at(place) - left.at(place);
    let near = |from: usize, to: usize| {
        let known: Vec<f64> = values.get(from..to)?.iter().flatten().copied().collect();
        median(&known)
    };
    let jump = near(at, (at + NEAREST).min(values.len()))? - near(at.saturating_sub(NEAREST), at)?;
    let size = left.noise.max(right.noise);
    (by.abs() >= CLEAR * size && jump / by >= ABRUPT).then_some(Shift { at, by })
}

/// A straight line by least squares, and how far the values are off it.
struct Line {
    level: f64,
    slope: f64,
    middle: f64,
    noise: f64,
}

impl Line {
    fn through(values: &[Option<f64>], from: usize, to: usize) -> Option<Self> {
        let known: Vec<(f64, f64)> = (from..to)
            .zip(values.get(from..to)?)
            .filter_map(|(i, v)| Some((i as f64, (*v)?)))
            .collect();
        if known.len() < MEASURED {
            return None;
        }
        let n = known.len() as f64;
        let middle = known.iter().map(|(t, _)| t).sum::<f64>() / n;
        let level = known.iter().map(|(_, v)| v).sum::<f64>() / n;
        let (product, square) = known.iter().fold((0.0, 0.0), |(product, square), (t, v)| {
            (
                product + (t - middle) * (v - level),
                square + (t - middle).powi(2),
            )
        });
        let mut line = Self {
            level,
            slope: product / square,
            middle,
            noise: 0.0,
        };
        // One wild value in twenty does not count; of a normal the same share lies beyond 1.96.
        let left: Vec<f64> = known.iter().map(|(t, v)| (v - line.at(*t)).abs()).collect();
        line.noise = quantile(&left, 0.95)? / 1.96;
        Some(line)
    }

    fn at(&self, t: f64) -> f64 {
        self.level + self.slope * (t - self.middle)
    }
}

#[cfg(test)]
mod tests {
    use super::super::changepoint;
    use super::super::noise::Noise;
    use super::*;

    fn series(seed: u64, f: impl Fn(usize) -> f64) -> Vec<Option<f64>> {
        let mut noise = Noise::seeded(seed);
        (0..300)
            .map(|i| Some(f(i) + 5.0 * noise.normal()))
            .collect()
    }

    fn found(values: &[Option<f64>]) -> Option<Shift> {
        last_clear(values, &changepoint::find(values, 30, 1), 1)
    }

    #[test]
    fn a_large_shift_is_clear_and_its_size_is_told() {
        for (at, by) in [(60, 200.0), (120, -60.0), (240, 80.0)] {
            let values = series(at as u64, |i| {
                100.0 + 0.2 * i as f64 + if i < at { 0.0 } else { by }
            });
            let shift = found(&values).unwrap();
            assert!(shift.at.abs_diff(at) <= 1, "{shift:?}");
            assert!((shift.by - by).abs() < 10.0, "{shift:?} {by}");
        }
    }

    #[test]
    fn small_shifts_bends_and_slow_ways_are_not_clear() {
        let small = series(1, |i| if i < 150 { 100.0 } else { 115.0 });
        assert_eq!(found(&small), None);
        let bend = series(2, |i| 100.0 + 3.0 * i.saturating_sub(150) as f64);
        assert_eq!(found(&bend), None);
        let way = series(3, |i| 100.0 + 10.0 * i.saturating_sub(140).min(20) as f64);
        assert_eq!(found(&way), None);
    }

    #[test]
    fn levels_that_jump_again_and_again_are_the_nature_of_the_series() {
        let thrice = series(4, |i| 100.0 + 150.0 * ((i / 75) % 2) as f64);
        assert!(changepoint::find(&thrice, 30, 1).len() >= 3);
        assert_eq!(found(&thrice), None);
        let twice = series(5, |i| 100.0 + 150.0 * (i / 100) as f64);
        assert!(found(&twice).unwrap().at.abs_diff(200) <= 1);
    }

    /// A random walk changes its level all the time, but not from one step to the next.
    #[test]
    fn random_walks_have_no_clear_shift() {
        let clear = (0..100).filter(|seed| {
            let mut noise = Noise::seeded(2_000 + seed);
            let mut level = 100.0;
            let walk: Vec<Option<f64>> = (0..300)
                .map(|_| {
                    level += noise.normal();
                    Some(level)
                })
                .collect();
            found(&walk).is_some()
        });
        assert!(clear.count() <= 1);
    }
}
