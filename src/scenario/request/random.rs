//! Random numbers of the request engine: one stream for each purpose, so that two scenarios which differ in their
//! servers alone see the same arrivals (common random numbers). PCG is portable: a seed gives the same run everywhere.

use rand::{RngExt as _, SeedableRng as _};
use rand_pcg::Pcg64Mcg;

/// What a stream is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Arrivals = 1,
    Mix,
    Service,
    Users,
    Think,
    Choice,
    Errors,
    Backoff,
    Failures,
    Versions,
    Caches,
    Database,
    Chores,
}

/// Independent random numbers.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    generator: Pcg64Mcg,
    spare: Option<f64>,
}

/// Steele, Lea and Flood (2014), the mixing function of SplitMix64.
fn mixed(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Stream {
    /// The stream of a purpose in one repetition of a run.
    pub(super) fn new(seed: u64, repetition: u32, purpose: Purpose) -> Self {
        let state = mixed(mixed(mixed(seed) ^ u64::from(repetition)) ^ purpose as u64);
        Self {
            generator: Pcg64Mcg::seed_from_u64(state),
            spare: None,
        }
    }

    /// Evenly from 0 to below 1.
    #[inline]
    pub(super) fn share(&mut self) -> f64 {
        self.generator.random::<f64>()
    }

    /// Evenly from the whole numbers below `end`; 0 where there are none.
    #[inline]
    pub(super) fn below(&mut self, end: usize) -> usize {
        ((self.share() * end as f64) as usize).min(end.saturating_sub(1))
    }

    /// Whether something of this probability happens. Draws nothing where it is certain either way.
    #[inline]
    pub(super) fn happens(&mut self, probability: f64) -> bool {
        probability > 0.0 && (probability >= 1.0 || self.share() < probability)
    }

    /// Exponential of mean 1, by inversion.
    #[inline]
    pub(super) fn exponential(&mut self) -> f64 {
        -(1.0 - self.share()).ln()
    }

    /// Standard normal, by Marsaglia's polar method.
    pub(super) fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        loop {
            let u = 2.0 * self.share() - 1.0;
            let v = 2.0 * self.share() - 1.0;
            let s = u * u + v * v;
            if s > 0.0 && s < 1.0 {
                let factor = (-2.0 * s.ln() / s).sqrt();
                self.spare = Some(v * factor);
                return u * factor;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purposes_and_repetitions_differ_and_repeat() {
        let first = |repetition, purpose| Stream::new(7, repetition, purpose).share();
        assert_eq!(
            first(0, Purpose::Arrivals).to_bits(),
            first(0, Purpose::Arrivals).to_bits()
        );
        assert!((first(0, Purpose::Arrivals) - first(1, Purpose::Arrivals)).abs() > 1e-12);
        assert!((first(0, Purpose::Arrivals) - first(0, Purpose::Service)).abs() > 1e-12);
    }

    #[test]
    fn whole_numbers_are_even() {
        let mut stream = Stream::new(1, 0, Purpose::Choice);
        let mut seen = [0_u32; 6];
        for _ in 0..60_000 {
            seen[stream.below(6)] += 1;
        }
        // Standard deviation of each count: √(60000·1/6·5/6) = 91.
        assert!(seen.iter().all(|n| n.abs_diff(10_000) < 400), "{seen:?}");
    }
}
