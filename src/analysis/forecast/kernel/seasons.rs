//! How much of each season of a decomposition can be counted on. With few seasons observed, part of every seasonal shape
//! is noise that will not come again; the share that does is the slope of each season on the mean of the others (in the
//! manner of the shrinkage of James and Stein 1961, here estimated by leaving one season out).

use super::mstl::{MultiParts, repeated};

/// A share below this is none.
const LEAST: f64 = 0.1;

/// The share of each season of `parts`, 0..=1.
pub fn shares(parts: &MultiParts) -> Vec<f64> {
    parts
        .seasonals
        .iter()
        .map(|(period, seasonal)| {
            let alone: Vec<f64> = seasonal
                .iter()
                .zip(&parts.remainder)
                .map(|(s, r)| s + r)
                .collect();
            share(&alone, *period)
        })
        .collect()
}

/// Regression through the origin of each value on the mean of the other values at its phase.
fn share(values: &[f64], period: usize) -> f64 {
    let mut sums = vec![(0.0, 0.0); period.max(1)];
    let phases = || (0..period.max(1)).cycle();
    for (v, phase) in values.iter().zip(phases()).filter(|(v, _)| v.is_finite()) {
        if let Some((sum, count)) = sums.get_mut(phase) {
            *sum += v;
            *count += 1.0;
        }
    }
    let (mut product, mut square) = (0.0, 0.0);
    for (v, phase) in values.iter().zip(phases()).filter(|(v, _)| v.is_finite()) {
        let (sum, count) = sums.get(phase).copied().unwrap_or_default();
        if count > 1.0 {
            let others = (sum - v) / (count - 1.0);
            product += v * others;
            square += others * others;
        }
    }
    let share = if square > 0.0 {
        (product / square).clamp(0.0, 1.0).sqrt()
    } else {
        0.0
    };
    if share < LEAST { 0.0 } else { share }
}

/// All seasons at place `i` (past the end each repeats its last one), each by its share.
pub(super) fn shrunk(parts: &MultiParts, shares: &[f64], i: usize) -> f64 {
    parts
        .seasonals
        .iter()
        .zip(shares)
        .map(|((period, part), share)| share * repeated(part, *period, i))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::super::mstl::Mstl;
    use super::*;

    #[test]
    fn a_week_that_only_repeats_its_days_counts_for_nothing() {
        let wobble = |i: usize| f64::from(((i * 7_919) % 101) as u32) / 101.0;
        let day = |i: usize| [0.0, 3.0, 5.0, 1.0][i % 4];
        let week = |i: usize| if (i / 4) % 7 > 4 { -3.0 } else { 0.0 };
        let of = |f: &dyn Fn(usize) -> f64| {
            let y: Vec<f64> = (0..224).map(f).collect();
            shares(&Mstl::new(&[4, 28], 224, false).decompose(&y).unwrap())
        };
        let days = of(&|i| day(i) + wobble(i));
        assert!(days[0] > 0.9 && days[1] < 0.3, "{days:?}");
        let weeks = of(&|i| day(i) + week(i) + wobble(i));
        assert!(weeks[0] > 0.9 && weeks[1] > 0.7, "{weeks:?}");
    }
}
