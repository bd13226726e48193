//! Small statistics: a seeded generator, Student's t, Wilson's interval, and Newcombe's for a difference of shares.

use statrs::distribution::{ContinuousCDF as _, StudentsT};

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014): small, and the same
/// everywhere.
#[derive(Clone, Debug)]
pub(super) struct Rng(u64);

impl Rng {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A whole number in `0..n`.
    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }
}

fn student(df: f64) -> Option<StudentsT> {
    StudentsT::new(0.0, 1.0, df.clamp(1.0, 1e6)).ok()
}

/// The value that a Student variable exceeds with probability `upper`.
pub(super) fn t_quantile(upper: f64, df: f64) -> f64 {
    student(df).map_or(f64::INFINITY, |t| {
        t.inverse_cdf(1.0 - upper.clamp(1e-12, 0.5))
    })
}

/// The probability that a Student variable exceeds `t`.
pub(super) fn t_upper(t: f64, df: f64) -> f64 {
    student(df).map_or(1.0, |d| d.sf(t))
}

/// Mean and sample variance (n − 1); no variance of fewer than two values.
pub(super) fn spread(values: &[f64]) -> Option<(f64, f64)> {
    let n = values.len() as f64;
    if values.len() < 2 {
        return None;
    }
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    Some((mean, squares / (n - 1.0)))
}

/// A share with the number of independent trials that it is worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Share {
    /// 0..=1.
    pub p: f64,
    /// Trials, fewer than requests where failures come in clusters.
    pub n: f64,
}

impl Share {
    /// Wilson's score interval (1927) at `z` standard deviations.
    pub fn wilson(self, z: f64) -> (f64, f64) {
        let Self { p, n } = self;
        if n <= 0.0 {
            return (0.0, 1.0);
        }
        let zz = z * z;
        let middle = (p + zz / (2.0 * n)) / (1.0 + zz / n);
        let half = z / (1.0 + zz / n) * (p * (1.0 - p) / n + zz / (4.0 * n * n)).sqrt();
        // Rounding must not push an end past the share itself.
        ((middle - half).clamp(0.0, p), (middle + half).clamp(p, 1.0))
    }
}

/// Interval of `candidate − weight · base`, from Wilson's of each (Newcombe, "Interval estimation for the difference
/// between independent proportions", Statistics in Medicine 17 (1998), method 10; the weight as in Zou and Donner's
/// MOVER, 2008).
pub(super) fn difference(base: Share, candidate: Share, weight: f64, z: f64) -> (f64, f64) {
    let (base_low, base_high) = base.wilson(z);
    let (low, high) = candidate.wilson(z);
    let middle = candidate.p - weight * base.p;
    let down = (candidate.p - low).hypot(weight * (base_high - base.p));
    let up = (high - candidate.p).hypot(weight * (base.p - base_low));
    (middle - down, middle + up)
}

/// Which of the tests with these probabilities are rejected, and the level at which each was tested, by Holm's step-down
/// procedure (Scandinavian Journal of Statistics 6, 1979).
pub(super) fn holm(probabilities: &[Option<f64>], level: f64) -> Vec<(bool, f64)> {
    let mut order: Vec<(usize, f64)> = probabilities
        .iter()
        .enumerate()
        .filter_map(|(i, p)| Some((i, (*p)?)))
        .collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    let tests = order.len();
    let mut outcome = vec![(false, level); probabilities.len()];
    let mut going = true;
    let mut at = level;
    for (rank, (index, p)) in order.into_iter().enumerate() {
        if going {
            at = level / (tests - rank) as f64;
            going = p <= at;
        }
        if let Some(slot) = outcome.get_mut(index) {
            *slot = (going, at);
        }
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;

    /// sla-and-reports.md, vector B16: 1 failure in 500 is 0.2 %, and anything from 0.035 to 1.12 %.
    #[test]
    fn wilson_as_in_the_reference() {
        let (low, high) = Share { p: 0.002, n: 500.0 }.wilson(1.959_964);
        assert!((low - 0.000_353).abs() < 1e-5, "{low}");
        assert!((high - 0.011_2).abs() < 1e-4, "{high}");
        assert_eq!(Share { p: 0.0, n: 0.0 }.wilson(1.96), (0.0, 1.0));
    }

    /// Newcombe (1998), table II, example (a): 56/70 and 48/80 differ by 0.2, method 10 gives 0.0524 to 0.3339.
    #[test]
    fn newcombe_as_published() {
        let base = Share { p: 0.6, n: 80.0 };
        let candidate = Share { p: 0.8, n: 70.0 };
        let (low, high) = difference(base, candidate, 1.0, 1.959_964);
        assert!((low - 0.0524).abs() < 1e-4, "{low}");
        assert!((high - 0.3339).abs() < 1e-4, "{high}");
    }

    #[test]
    fn student_as_in_tables() {
        assert!((t_quantile(0.025, 9.0) - 2.262_157).abs() < 1e-4);
        assert!((t_quantile(0.025, 1.0) - 12.706_2).abs() < 1e-3);
        assert!((t_upper(2.262_157, 9.0) - 0.025).abs() < 1e-6);
    }

    /// Of 0.01, 0.02, 0.022 and 0.09 at 5 %, 0.01 is under 5 %/4 and 0.02 is over 5 %/3: only the first is rejected.
    #[test]
    fn holm_steps_down_and_stops() {
        let outcome = holm(
            &[Some(0.02), Some(0.01), None, Some(0.09), Some(0.022)],
            0.05,
        );
        assert_eq!(outcome[1], (true, 0.0125));
        assert!(!outcome[0].0 && (outcome[0].1 - 0.05 / 3.0).abs() < 1e-12);
        assert!(!outcome[4].0 && !outcome[3].0 && !outcome[2].0);
        assert_eq!(outcome[3].1, outcome[0].1);
    }
}
