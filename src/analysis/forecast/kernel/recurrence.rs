//! Whether a pattern of a given length comes again, by its harmonics: each is held against the frequencies beside it.
//!
//! A walk or a slow wave has as much power beside a harmonic as at it, so that it is not mistaken for a season, as it is
//! by autocorrelations and by F tests on levels. The ratio of one harmonic to `m` neighbours has an F distribution with 2
//! and 2m degrees of freedom (the harmonic F test; Percival and Walden 1993, section 10.10), and the p values of several
//! harmonics are combined by Fisher's method (1932). Differences are taken first, so that levels do not leak.

use statrs::distribution::{ChiSquared, ContinuousCDF as _};

use super::decompose::filled;
use super::numbers::{mean, median, robust_spread};

/// Cycles that are looked at, the newest ones.
const CYCLES: usize = 12;
/// Harmonics that are looked at.
const HARMONICS: usize = 8;
/// Frequencies on each side of a harmonic that say what is usual there.
const BESIDE: usize = 3;
/// Differences are pulled in to so many robust standard deviations: one jump has power everywhere.
const PULLED: f64 = 5.0;

/// What speaks for a season.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recurrence {
    /// Probability of harmonics this strong where nothing recurs, 0..=1.
    pub p: f64,
    /// Variance of the series that its harmonics have beyond what is usual beside them.
    pub variance: f64,
}

/// The evidence for a season of `period` steps beyond the shorter seasons `within` it. `None` where two cycles do not fit,
/// or nothing is left beyond the shorter ones.
pub fn recurrence(y: &[f64], period: usize, within: &[usize]) -> Option<Recurrence> {
    let steps = filled(y)?;
    let cycles = (steps.len().checked_sub(1)? / period.max(1)).min(CYCLES);
    if period < 2 || cycles < 2 {
        return None;
    }
    let changes = changes(&steps, cycles * period);
    let beside = BESIDE.min(cycles - 1);
    let mut waves = Waves {
        changes: &changes,
        known: vec![None; changes.len() / 2 + 1],
    };
    let (mut score, mut count, mut variance) = (0.0, 0.0, 0.0);
    let own = (1..=period / 2).filter(|k| within.iter().all(|w| !(k * w).is_multiple_of(period)));
    for k in own.take(HARMONICS) {
        let place = k * cycles;
        let around = (1..=beside).flat_map(|far| [place.saturating_sub(far), place + far]);
        let usual: Vec<f64> = around.filter_map(|i| waves.power(i)).collect();
        let (Some(power), Some(level)) = (waves.power(place), mean(&usual)) else {
            continue;
        };
        let others = usual.len() as f64;
        let tail = -others * (power / level.max(f64::MIN_POSITIVE) / others).ln_1p();
        score -= 2.0 * tail.max(-700.0);
        count += 1.0;
        let angle = std::f64::consts::PI * place as f64 / changes.len() as f64;
        variance += (power - level).max(0.0) / (4.0 * angle.sin().powi(2));
    }
    let fisher = ChiSquared::new(2.0 * count).ok()?;
    Some(Recurrence {
        p: fisher.sf(score),
        variance: variance / (changes.len() as f64).powi(2),
    })
}

/// The newest `count` differences around their mean, wild ones pulled in.
fn changes(steps: &[f64], count: usize) -> Vec<f64> {
    let newest = steps.get(steps.len().saturating_sub(count + 1)..);
    let newest = newest.unwrap_or_default();
    let mut all: Vec<f64> = newest
        .iter()
        .zip(newest.iter().skip(1))
        .map(|(a, b)| b - a)
        .collect();
    let centre = median(&all).unwrap_or(0.0);
    let spread = robust_spread(&all, centre);
    if spread > 0.0 {
        let far = PULLED * spread;
        for change in &mut all {
            *change = change.clamp(centre - far, centre + far);
        }
    }
    let centre = mean(&all).unwrap_or(0.0);
    for change in &mut all {
        *change -= centre;
    }
    all
}

/// The power of single frequencies, each worked out when it is asked for.
struct Waves<'a> {
    changes: &'a [f64],
    known: Vec<Option<f64>>,
}

impl Waves<'_> {
    /// Squared modulus of the Fourier sum with so many cycles over the whole stretch; `None` outside 1..=n/2.
    fn power(&mut self, cycles: usize) -> Option<f64> {
        let slot = self.known.get_mut(cycles).filter(|_| cycles > 0)?;
        if let Some(known) = slot {
            return Some(*known);
        }
        // Goertzel's recurrence (1958).
        let angle = std::f64::consts::TAU * cycles as f64 / self.changes.len() as f64;
        let twice = 2.0 * angle.cos();
        let (mut last, mut before) = (0.0, 0.0);
        for change in self.changes {
            (last, before) = (change + twice * last - before, last);
        }
        let power = (last * last + before * before - twice * last * before).max(0.0);
        *slot = Some(power);
        Some(power)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Uniform noise of ±0.5 from a multiplicative generator (Park and Miller 1988).
    fn noise(seed: u64) -> impl Iterator<Item = f64> {
        let mut state = seed;
        std::iter::repeat_with(move || {
            state = state * 48_271 % 2_147_483_647;
            state as f64 / 2_147_483_647.0 - 0.5
        })
    }

    fn walk(n: usize, seed: u64) -> Vec<f64> {
        let mut level = 0.0;
        noise(seed)
            .take(n)
            .map(|e| {
                level += e;
                level
            })
            .collect()
    }

    #[test]
    fn a_walk_has_no_season_and_a_year_on_a_walk_is_found() {
        let p = |y: &[f64]| recurrence(y, 52, &[]).unwrap().p;
        let seeds = || (1..=200).map(|i| i * 7_919);
        let false_alarms = seeds().filter(|seed| p(&walk(520, *seed)) < 0.05).count();
        assert!((2..=20).contains(&false_alarms), "{false_alarms}");
        let found = seeds().filter(|seed| {
            let year = |i: usize| 1.5 * (std::f64::consts::TAU * i as f64 / 52.0).sin();
            let y: Vec<f64> = walk(520, *seed)
                .iter()
                .enumerate()
                .map(|(i, v)| v + year(i))
                .collect();
            p(&y) < 0.05
        });
        let found = found.count();
        assert!(found >= 150, "{found}");
    }

    /// A pattern of the day recurs every week too; that is no week.
    #[test]
    fn a_week_counts_only_beyond_its_days() {
        let day = |i: usize| [0.0, 3.0, 5.0, 1.0][i % 4];
        let with = |weekend: f64| -> Vec<f64> {
            noise(11)
                .take(28 * 8)
                .enumerate()
                .map(|(i, e)| day(i) + if (i / 4) % 7 > 4 { weekend } else { 0.0 } + e)
                .collect()
        };
        let p = |y: &[f64], within: &[usize]| recurrence(y, 28, within).unwrap().p;
        assert!(p(&with(0.0), &[]) < 1e-6);
        assert!(p(&with(0.0), &[4]) > 0.01);
        assert!(p(&with(-2.0), &[4]) < 1e-6);
    }

    /// A sine of amplitude 2 has variance 2.
    #[test]
    fn the_variance_is_that_of_the_pattern() {
        let y: Vec<f64> = (0..481)
            .map(|i| 2.0 * (std::f64::consts::TAU * f64::from(i) / 24.0).sin())
            .collect();
        let found = recurrence(&y, 24, &[]).unwrap();
        // The power of one of the two frequencies of a real sine: half its variance.
        assert!((found.variance - 1.0).abs() < 0.05, "{found:?}");
        assert!(recurrence(&y, 400, &[]).is_none());
        assert!(recurrence(&[f64::NAN; 9], 2, &[]).is_none());
    }
}
