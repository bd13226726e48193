//! Whether a series moved with a breach: correlation at many lags, with a significance that allows for everything that was
//! tried.
//!
//! Two questions are asked at every lag, and both count as tried. *Shape*: Pearson's correlation of the values
//! (without single spikes), which sees that two series rose and fell once, together. *Changes*: Spearman's rank correlation of first differences, which
//! sees that they keep moving together, and which a single spike cannot produce. Neighbouring values depend on each
//! other, so each t-test has the effective number of samples of Bartlett (1946) as given by Pyper and Peterman (1998, Can. J.
//! Fish. Aquat. Sci. 55, eq. 1): 1/N* = 1/N + 2/N Σ (1 − j/N) ρx(j) ρy(j), with lags up to N/4 instead of their N/5; and
//! p-values are multiplied by the number of tests (Bonferroni).

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF as _, StudentsT};

use super::grid::Grid;
use crate::units::Micros;

/// Fewer cells than this say nothing.
const FEWEST_CELLS: usize = 24;
/// Windows of at least three days lose their daily rhythm first.
const RHYTHM_FROM: i64 = 3 * Micros::DAY.0;

/// In which way two series are alike.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Likeness {
    /// Their values rise and fall together.
    #[default]
    Shape,
    /// Their changes from step to step rise and fall together.
    Changes,
}

impl Likeness {
    /// As the end of "alike in …".
    pub const fn word(self) -> &'static str {
        match self {
            Self::Shape => "shape",
            Self::Changes => "changes",
        }
    }
}

/// The best of what was tried with one series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Found {
    /// In steps; negative where the series moved first.
    pub lag: i64,
    /// −1..=1.
    pub r: f64,
    /// Two-sided, of this test alone.
    pub p: f64,
    pub likeness: Likeness,
}

/// What a series is compared with: the figure of a promise around a breach.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub grid: Grid,
    pub most_lag: usize,
    shape: Fixed,
    changes: Option<Fixed>,
}

/// One side of a correlation, centred and of length one, with its autocorrelations.
#[derive(Clone, Debug)]
struct Fixed {
    unit: Vec<f64>,
    own: Vec<f64>,
}

impl Fixed {
    fn of(values: &[f64]) -> Option<Self> {
        let n = values.len();
        let mean = values.iter().sum::<f64>() / n.max(1) as f64;
        let length = values
            .iter()
            .map(|v| (v - mean).powi(2))
            .sum::<f64>()
            .sqrt();
        if n < FEWEST_CELLS || length <= 1e-9 * (1.0 + mean.abs()) {
            return None;
        }
        let unit: Vec<f64> = values.iter().map(|v| (v - mean) / length).collect();
        let own = autocorrelations(&unit);
        Some(Self { unit, own })
    }
}

/// Autocorrelations at 1, 2, … up to a quarter of the length.
fn autocorrelations(unit: &[f64]) -> Vec<f64> {
    (1..=unit.len() / 4)
        .map(|lag| {
            unit.iter()
                .zip(unit.iter().skip(lag))
                .map(|(a, b)| a * b)
                .sum()
        })
        .collect()
}

/// The number of independent samples that so many dependent ones are worth.
fn effective(n: usize, x: &[f64], y: &[f64]) -> f64 {
    let n = n as f64;
    let sum: f64 = x
        .iter()
        .zip(y)
        .enumerate()
        .map(|(j, (x, y))| (1.0 - (j + 1) as f64 / n) * x * y)
        .sum();
    n / (1.0 + 2.0 * sum).max(1.0)
}

fn p_value(r: f64, samples: f64) -> Option<f64> {
    let freedom = samples - 2.0;
    if freedom < 1.0 {
        return None;
    }
    let rest = (1.0 - r * r).max(1e-12);
    let t = r.abs() * (freedom / rest).sqrt();
    Some((2.0 * StudentsT::new(0.0, 1.0, freedom).ok()?.sf(t)).clamp(1e-300, 1.0))
}

fn differences(values: &[f64]) -> Vec<f64> {
    values
        .iter()
        .zip(values.iter().skip(1))
        .map(|(a, b)| b - a)
        .collect()
}

/// Ranks from 1; equal values share the mean of theirs.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<(f64, usize)> = values.iter().copied().zip(0..).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for same in order.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        let rank = before as f64 + f64::midpoint(same.len() as f64, 1.0);
        for (_, index) in same {
            if let Some(slot) = ranks.get_mut(*index) {
                *slot = rank;
            }
        }
        before += same.len();
    }
    ranks
}

/// Takes the mean of each time of day away.
fn without_rhythm(values: &mut [f64], per_day: usize) {
    for phase in 0..per_day {
        let of_phase = || values.iter().skip(phase).step_by(per_day);
        let n = of_phase().count();
        let mean = of_phase().sum::<f64>() / n.max(1) as f64;
        values
            .iter_mut()
            .skip(phase)
            .step_by(per_day)
            .for_each(|v| *v -= mean);
    }
}

/// The running median of three: single spikes go, steps and slopes stay. Two spikes that happen to fall into a breach
/// would else pass for its shape, because the t-test takes values as roughly normal.
fn without_spikes(values: &[f64]) -> Vec<f64> {
    let mut smooth = values.to_vec();
    for (slot, three) in smooth.iter_mut().skip(1).zip(values.windows(3)) {
        if let [a, b, c] = three {
            *slot = a.max(*b).min(a.min(*b).max(*c));
        }
    }
    smooth
}

impl Target {
    /// The figure on its grid, to be compared with series up to so many steps earlier and later. `None` where it did not
    /// move or has too few values.
    pub fn new(grid: Grid, mut values: Vec<f64>, most_lag: usize) -> Option<Self> {
        if let Some(per_day) = Self::per_day(grid) {
            without_rhythm(&mut values, per_day);
        }
        let changes = Fixed::of(&ranks(&differences(&values)));
        Some(Self {
            grid,
            most_lag,
            shape: Fixed::of(&values)?,
            changes,
        })
    }

    /// Cells of a day, where the daily rhythm is to be taken away.
    fn per_day(grid: Grid) -> Option<usize> {
        let per_day = Micros::DAY.0 / grid.step.0;
        (grid.range().length().0 >= RHYTHM_FROM && per_day > 1)
            .then_some(per_day)
            .and_then(|n| usize::try_from(n).ok())
    }

    /// The grid on which a series has to be given.
    pub fn wide(&self) -> Grid {
        self.grid.widened(self.most_lag)
    }

    /// How many tests one series is.
    pub fn tests(&self) -> usize {
        (2 * self.most_lag + 1) * if self.changes.is_some() { 2 } else { 1 }
    }

    /// The most significant of all lags. `None` where the series does not move.
    pub fn compare(&self, mut values: Vec<f64>) -> Option<Found> {
        if let Some(per_day) = Self::per_day(self.grid) {
            without_rhythm(&mut values, per_day);
        }
        let shape = best(
            &self.shape,
            &without_spikes(&values),
            self.most_lag,
            Likeness::Shape,
        );
        let changes = self.changes.as_ref().and_then(|fixed| {
            let ranked = ranks(&differences(&values));
            best(fixed, &ranked, self.most_lag, Likeness::Changes)
        });
        match (shape, changes) {
            (Some(a), Some(b)) => Some(if b.p < a.p { b } else { a }),
            (one, other) => one.or(other),
        }
    }
}

/// The best lag of a wide series against a fixed one. Its autocorrelations are those of the middle.
fn best(fixed: &Fixed, wide: &[f64], most_lag: usize, likeness: Likeness) -> Option<Found> {
    let n = fixed.unit.len();
    let middle = Fixed::of(wide.get(most_lag..most_lag + n)?)?;
    let samples = effective(n, &middle.own, &fixed.own);
    // Around its mean, so that sums of squares stay exact.
    let mean = wide.iter().sum::<f64>() / wide.len() as f64;
    let wide: Vec<f64> = wide.iter().map(|v| v - mean).collect();
    let mut sums = vec![(0.0, 0.0)];
    let mut total: (f64, f64) = (0.0, 0.0);
    for v in &wide {
        total = (total.0 + v, total.1 + v * v);
        sums.push(total);
    }
    let mut best: Option<(i64, f64)> = None;
    for shift in 0..=2 * most_lag {
        let (from, to) = (sums.get(shift)?, sums.get(shift + n)?);
        let sum = to.0 - from.0;
        let spread = to.1 - from.1 - sum * sum / n as f64;
        if spread <= 1e-12 * total.1.max(f64::MIN_POSITIVE) {
            continue;
        }
        let part = wide.get(shift..shift + n)?;
        let product: f64 = fixed.unit.iter().zip(part).map(|(a, b)| a * b).sum();
        let r = (product / spread.sqrt()).clamp(-1.0, 1.0);
        if best.is_none_or(|(_, known)| r.abs() > known.abs()) {
            best = Some((shift as i64 - most_lag as i64, r));
        }
    }
    let (lag, r) = best?;
    Some(Found {
        lag,
        r,
        p: p_value(r, samples)?,
        likeness,
    })
}

#[cfg(test)]
#[path = "correlate_tests.rs"]
mod tests;
