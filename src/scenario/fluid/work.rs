//! How long a worker is held by a request of each class, as distribution functions on the run's edges.

use statrs::function::erf::erf;
use statrs::function::gamma::gamma_lr;

use crate::scenario::model::Dist;

use super::bins::Bins;

/// Share of the durations that are at most `secs`.
pub(super) fn share_within(dist: &Dist, secs: f64) -> f64 {
    if secs < 0.0 {
        return 0.0;
    }
    match dist {
        Dist::Exponential { mean } => markov(secs, *mean),
        Dist::Deterministic { mean } => f64::from(secs >= *mean * (1.0 - 1e-12)),
        Dist::LogNormal { mean, cv } if *cv > 0.0 && *mean > 0.0 => {
            let variance = (cv * cv).ln_1p();
            let location = mean.ln() - variance / 2.0;
            let z = (secs.max(1e-300).ln() - location) / variance.sqrt();
            f64::midpoint(1.0, erf(z / std::f64::consts::SQRT_2))
        }
        Dist::LogNormal { mean, .. } => f64::from(secs >= *mean),
        Dist::Erlang { mean, phases } => {
            let phases = f64::from((*phases).max(1));
            if *mean > 0.0 && secs > 0.0 {
                gamma_lr(phases, secs * phases / mean)
            } else {
                f64::from(*mean <= 0.0)
            }
        }
        Dist::HyperExponential { mean, cv } => {
            let square = (cv * cv).max(1.0);
            let first = f64::midpoint(1.0, ((square - 1.0) / (square + 1.0)).sqrt());
            let other = 1.0 - first;
            let slow = if other > 0.0 {
                other * markov(secs, mean / (2.0 * other))
            } else {
                0.0
            };
            first * markov(secs, mean / (2.0 * first)) + slow
        }
        Dist::Empirical { quantiles } => {
            let above = quantiles.partition_point(|(_, value)| *value <= secs);
            match (
                above.checked_sub(1).and_then(|i| quantiles.get(i)),
                quantiles.get(above),
            ) {
                (None, _) => 0.0,
                (Some(_), None) => 1.0,
                (Some((low, from)), Some((high, to))) => {
                    low + (high - low) * (secs - from) / (to - from)
                }
            }
        }
    }
}

/// Mean of the cube of the duration.
pub(super) fn third_moment(dist: &Dist) -> f64 {
    let cube = dist.mean().powi(3);
    match dist {
        Dist::Exponential { .. } => 6.0 * cube,
        Dist::Deterministic { .. } => cube,
        Dist::LogNormal { cv, .. } => cube * (1.0 + cv * cv).powi(3),
        Dist::Erlang { phases, .. } => {
            let phases = f64::from((*phases).max(1));
            cube * (phases + 1.0) * (phases + 2.0) / (phases * phases)
        }
        Dist::HyperExponential { cv, .. } => {
            let square = (cv * cv).max(1.0);
            let first = f64::midpoint(1.0, ((square - 1.0) / (square + 1.0)).sqrt());
            let other = (1.0 - first).max(1e-12);
            // A branch of probability p has the mean m/2p.
            6.0 / 8.0 * cube * (1.0 / (first * first) + 1.0 / (other * other))
        }
        Dist::Empirical { quantiles } => quantiles
            .iter()
            .zip(quantiles.iter().skip(1))
            .map(|((low, a), (high, b))| {
                (high - low) * (a * a * a + a * a * b + a * b * b + b * b * b) / 4.0
            })
            .sum(),
    }
}

fn markov(secs: f64, mean: f64) -> f64 {
    if mean > 0.0 {
        -(-secs / mean).exp_m1()
    } else {
        1.0
    }
}

/// A sum of times is written as a few points of equal weight, by quantiles at the middle of each part.
pub(super) fn points(dist: &Dist, count: usize) -> Vec<f64> {
    let mean = dist.mean();
    if dist.variation() <= 0.0 {
        return vec![mean];
    }
    let bins = Bins::new(mean * 1e-4, mean * 1e4);
    let raw: Vec<f64> = (0..count)
        .map(|i| {
            let share = (i as f64 + 0.5) / count as f64;
            bins.quantile(share, |at| share_within(dist, bins.edge(at)))
        })
        .collect();
    // The middles lose some of the tail; the mean is put right.
    let sum: f64 = raw.iter().sum();
    let factor = if sum > 0.0 {
        mean * count as f64 / sum
    } else {
        1.0
    };
    raw.into_iter().map(|secs| secs * factor).collect()
}

/// Distribution function on the edges of `dist` at a speed, later by each of the points (weight, seconds).
pub(super) fn held(bins: &Bins, dist: &Dist, speed: f64, later: &[(f64, f64)]) -> Vec<f64> {
    bins.edges()
        .iter()
        .map(|edge| {
            later
                .iter()
                .map(|(weight, secs)| weight * share_within(dist, (edge - secs) * speed))
                .sum()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The mean is the area above the distribution function.
    #[test]
    fn distribution_functions_have_the_mean_of_their_durations() {
        let dists = [
            Dist::Exponential { mean: 0.02 },
            Dist::Deterministic { mean: 0.02 },
            Dist::LogNormal {
                mean: 0.02,
                cv: 1.5,
            },
            Dist::Erlang {
                mean: 0.02,
                phases: 4,
            },
            Dist::HyperExponential {
                mean: 0.02,
                cv: 2.0,
            },
            Dist::Empirical {
                quantiles: vec![(0.0, 0.01), (0.5, 0.015), (1.0, 0.04)],
            },
        ];
        for dist in dists {
            let step = 1e-5;
            let area: f64 = (0..200_000)
                .map(|i| (1.0 - share_within(&dist, (f64::from(i) + 0.5) * step)) * step)
                .sum();
            assert!((area / dist.mean() - 1.0).abs() < 2e-3, "{dist:?}: {area}");
            let cubes: f64 = (0..200_000)
                .map(|i| {
                    let secs = (f64::from(i) + 0.5) * step;
                    3.0 * secs * secs * (1.0 - share_within(&dist, secs)) * step
                })
                .sum();
            assert!(
                (cubes / third_moment(&dist) - 1.0).abs() < 0.05,
                "{dist:?}: {cubes}"
            );
            let spread = points(&dist, 32);
            let mean = spread.iter().sum::<f64>() / spread.len() as f64;
            assert!((mean / dist.mean() - 1.0).abs() < 1e-9, "{dist:?}");
        }
    }
}
