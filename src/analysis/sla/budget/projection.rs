//! Where an error budget ends if things go on as so far.
//!
//! The middle is the pace so far, drawn out to the end of the period. The range comes from 2,000 drawn endings with a
//! fixed seed: whole days drawn with replacement (Efron 1979) where there are enough of them, else a Poisson number of
//! bad days of the sizes that were seen. It spans the 10th to the 90th percentile.

use serde::{Deserialize, Serialize};

use crate::analysis::forecast::Noise;
use crate::calendar::Instant;
use crate::units;

/// Seed of the drawn endings.
const SEED: u64 = 20_260;

/// Number of drawn endings.
const PATHS: usize = 2_000;

/// Days from which whole days can be drawn.
const ENOUGH_DAYS: usize = 7;

/// Bad days among them.
const ENOUGH_BAD: usize = 3;

/// How much of a budget was used at a point in time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BudgetPoint {
    /// When.
    pub at: Instant,
    /// Used up to then, in the unit of the budget.
    pub used: f64,
}

/// The budget at the end of an open period, if it goes on as so far. In the unit of the budget.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BudgetProjection {
    /// Used at the end, at the low end of the range.
    pub low: f64,
    /// Used at the end, at the pace so far.
    pub mid: f64,
    /// Used at the end, at the high end of the range.
    pub high: f64,
    /// The budget at the end; for requests it grows with the traffic.
    pub total: f64,
    /// How the range was made, in words.
    pub method: String,
}

/// Projects what is used. `days` is what each full day so far has used, `elapsed_days` and `left_days` how much has passed
/// and is to come.
pub(super) fn project(
    used: f64,
    total: f64,
    days: &[f64],
    elapsed_days: f64,
    left_days: f64,
) -> BudgetProjection {
    let mid = if elapsed_days > 0.0 {
        used * (elapsed_days + left_days) / elapsed_days
    } else {
        used
    };
    let bad: Vec<f64> = days.iter().copied().filter(|d| *d > 0.0).collect();
    if used <= 0.0 {
        return BudgetProjection {
            total,
            method: "Nothing was used so far; that says little about how much one failure takes"
                .to_owned(),
            ..BudgetProjection::default()
        };
    }
    let mut noise = Noise::seeded(SEED);
    let whole = left_days.floor();
    let mut ends: Vec<f64>;
    let method;
    if days.len() >= ENOUGH_DAYS && bad.len() >= ENOUGH_BAD {
        ends = (0..PATHS)
            .map(|_| {
                let mut sum = used;
                for _ in 0..whole as usize {
                    sum += drawn(&mut noise, days);
                }
                sum + (left_days - whole) * drawn(&mut noise, days)
            })
            .collect();
        method = format!(
            "8 of 10 endings, drawn from the {} days so far",
            units::count(days.len() as u64)
        );
    } else {
        // What today has used counts as a size that was seen, too.
        let sizes = if bad.is_empty() { vec![used] } else { bad };
        let expected = sizes.len() as f64 / elapsed_days.max(1.0 / 24.0) * left_days;
        ends = (0..PATHS)
            .map(|_| {
                let more = poisson(&mut noise, expected);
                (0..more).fold(used, |sum, _| sum + drawn(&mut noise, &sizes))
            })
            .collect();
        method = format!(
            "8 of 10 endings, if bad days come as often as so far ({} seen; Poisson)",
            units::count(sizes.len() as u64)
        );
    }
    ends.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let index = (share * (PATHS - 1) as f64).round() as usize;
        ends.get(index).copied().unwrap_or(mid)
    };
    BudgetProjection {
        low: at(0.1).min(mid),
        mid,
        high: at(0.9).max(mid),
        total,
        method,
    }
}

fn drawn(noise: &mut Noise, values: &[f64]) -> f64 {
    let index = (noise.uniform() * values.len() as f64) as usize;
    values
        .get(index.min(values.len().saturating_sub(1)))
        .copied()
        .unwrap_or_default()
}

/// A Poisson number by multiplying uniforms (Knuth), in pieces so that the product does not underflow; bounded.
fn poisson(noise: &mut Noise, mean: f64) -> u32 {
    let mut count = 0;
    let mut left = mean.clamp(0.0, 1_000.0);
    while left > 0.0 {
        let piece = left.min(30.0);
        left -= piece;
        let floor = (-piece).exp();
        let mut product = noise.uniform();
        while product > floor {
            count += 1;
            product *= noise.uniform();
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    /// sla-and-reports.md, vector B7: 21.6 minutes by day 10 of 30 are 64.8 at the end, at the pace so far.
    #[test]
    fn one_outage_is_drawn_out_with_a_wide_range() {
        let mut days = vec![0.0; 10];
        days[4] = 21.6;
        let ahead = project(21.6, 43.2, &days, 10.0, 20.0);
        assert!((ahead.mid - 64.8).abs() < 1e-9);
        // Two more are expected; one ending in seven has none.
        assert_eq!(ahead.low, 21.6);
        assert!((ahead.high - 5.0 * 21.6).abs() < 1e-9, "{}", ahead.high);
        assert!(ahead.method.contains("Poisson"));
        assert_eq!(ahead, project(21.6, 43.2, &days, 10.0, 20.0));
    }

    /// Two a day on every other day: twenty more days use 20 ± 4.5 (binomial), so 8 of 10 lie within 1.28 of that.
    #[test]
    fn many_days_are_drawn_as_they_were() {
        let days: Vec<f64> = (0..20).map(|i| f64::from(i % 2) * 2.0).collect();
        let ahead = project(20.0, 100.0, &days, 20.0, 20.0);
        assert_eq!(ahead.mid, 40.0);
        assert!((34.0..=35.0).contains(&ahead.low), "{}", ahead.low);
        assert!((45.0..=46.0).contains(&ahead.high), "{}", ahead.high);
        assert!(ahead.method.contains("20 days"));
    }

    #[test]
    fn nothing_used_says_so() {
        let ahead = project(0.0, 43.2, &[0.0; 9], 9.5, 20.5);
        assert_eq!((ahead.low, ahead.mid, ahead.high), (0.0, 0.0, 0.0));
        assert!(ahead.method.contains("Nothing"));
    }

    #[test]
    fn poisson_numbers_have_their_mean() {
        let mut noise = Noise::seeded(1);
        for mean in [0.5, 4.0, 75.0] {
            let sum: u32 = (0..4_000).map(|_| poisson(&mut noise, mean)).sum();
            let error = f64::from(sum) / 4_000.0 - mean;
            assert!(
                error.abs() < 4.0 * (mean / 4_000.0).sqrt(),
                "{mean}: {error}"
            );
        }
    }
}
