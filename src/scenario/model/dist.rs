//! How long something takes: a distribution by its mean and shape.

use serde::{Deserialize, Serialize};

/// A duration in seconds, as a distribution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "distribution", rename_all = "snake_case")]
pub enum Dist {
    /// Without memory; coefficient of variation 1.
    Exponential {
        /// Seconds.
        mean: f64,
    },
    /// Always the same.
    Deterministic {
        /// Seconds.
        mean: f64,
    },
    /// Skewed to the right; `cv` is the standard deviation over the mean.
    LogNormal {
        /// Seconds.
        mean: f64,
        /// Standard deviation over the mean.
        cv: f64,
    },
    /// Sum of `phases` exponential parts of equal mean; coefficient of variation 1/√phases.
    Erlang {
        /// Seconds, of all parts together.
        mean: f64,
        /// At least 1, which is the exponential.
        phases: u32,
    },
    /// Of two exponential branches with balanced means; `cv` ≥ 1.
    HyperExponential {
        /// Seconds.
        mean: f64,
        /// Standard deviation over the mean, at least 1.
        cv: f64,
    },
    /// As measured: (share at or below, seconds), rising in both, from share 0 to share 1; linear between.
    Empirical {
        /// (Share at or below, seconds).
        quantiles: Vec<(f64, f64)>,
    },
}

impl Default for Dist {
    fn default() -> Self {
        Self::Exponential { mean: 0.02 }
    }
}

impl Dist {
    /// Mean in seconds.
    pub fn mean(&self) -> f64 {
        match self {
            Self::Exponential { mean }
            | Self::Deterministic { mean }
            | Self::LogNormal { mean, .. }
            | Self::Erlang { mean, .. }
            | Self::HyperExponential { mean, .. } => *mean,
            Self::Empirical { quantiles } => pieces(quantiles)
                .map(|(share, low, high)| share * f64::midpoint(low, high))
                .sum(),
        }
    }

    /// Squared coefficient of variation: variance over the square of the mean.
    pub fn variation(&self) -> f64 {
        match self {
            Self::Exponential { .. } => 1.0,
            Self::Deterministic { .. } => 0.0,
            Self::LogNormal { cv, .. } | Self::HyperExponential { cv, .. } => cv * cv,
            Self::Erlang { phases, .. } => 1.0 / f64::from((*phases).max(1)),
            Self::Empirical { quantiles } => {
                let mean = self.mean();
                // A uniform piece from a to b has the second moment (a² + ab + b²)/3.
                let second: f64 = pieces(quantiles)
                    .map(|(share, low, high)| share * (low * low + low * high + high * high) / 3.0)
                    .sum();
                if mean > 0.0 {
                    (second / (mean * mean) - 1.0).max(0.0)
                } else {
                    0.0
                }
            }
        }
    }

    /// The same shape, `factor` times as long.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        let mut out = self.clone();
        match &mut out {
            Self::Exponential { mean }
            | Self::Deterministic { mean }
            | Self::LogNormal { mean, .. }
            | Self::Erlang { mean, .. }
            | Self::HyperExponential { mean, .. } => *mean *= factor,
            Self::Empirical { quantiles } => {
                for (_, secs) in quantiles {
                    *secs *= factor;
                }
            }
        }
        out
    }
}

/// (share, from, to) of each piece between two quantiles.
fn pieces(quantiles: &[(f64, f64)]) -> impl Iterator<Item = (f64, f64, f64)> {
    quantiles
        .iter()
        .zip(quantiles.iter().skip(1))
        .map(|(low, high)| (high.0 - low.0, low.1, high.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_a_uniform_and_of_the_named_shapes() {
        let uniform = Dist::Empirical {
            quantiles: vec![(0.0, 0.0), (1.0, 2.0)],
        };
        assert!((uniform.mean() - 1.0).abs() < 1e-12);
        assert!((uniform.variation() - 1.0 / 3.0).abs() < 1e-12);
        assert!(
            (Dist::Erlang {
                mean: 1.0,
                phases: 4
            }
            .variation()
                - 0.25)
                .abs()
                < 1e-12
        );
        assert!((uniform.scaled(3.0).mean() - 3.0).abs() < 1e-12);
    }
}
