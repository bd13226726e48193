//! How long a worker is held by a request of each class, as distribution functions on the run's edges.

use statrs::function::erf::erf;
use statrs::function::gamma::gamma_lr;

use crate::scenario::model::Dist;

use super::backend::{After, Part};
use super::bins::Bins;
use super::database::Wait;
use super::row::{with_cut, with_exponential};

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

/// Mean, mean square and mean cube of the time behind a worker.
pub(super) fn moments(parts: &[Part], wait: &Wait) -> [f64; 3] {
    let waits = wait.moments();
    let mut sums = [0.0; 3];
    for part in parts {
        let (a, b) = (part.from, part.to);
        let first = f64::midpoint(a, b);
        let second = (a * a + a * b + b * b) / 3.0;
        let third = first * f64::midpoint(a * a, b * b);
        let [w1, w2, w3] = if part.after == After::Connection {
            waits
        } else {
            [0.0; 3]
        };
        let with = [
            first + w1,
            second + 2.0 * first * w1 + w2,
            third + 3.0 * second * w1 + 3.0 * first * w2 + w3,
        ];
        for (sum, value) in sums.iter_mut().zip(with) {
            *sum += part.share * value;
        }
    }
    sums
}

/// Distribution function on the edges of a good answer: `dist` at a speed, the network (share, seconds), what lies
/// behind and the wait for it.
pub(super) fn held(
    bins: &Bins,
    dist: &Dist,
    speed: f64,
    way: &[(f64, f64)],
    parts: &[Part],
    wait: &Wait,
) -> Vec<f64> {
    let later_by = |secs: f64| -> Vec<f64> {
        bins.edges()
            .iter()
            .map(|edge| {
                way.iter()
                    .map(|(share, far)| share * share_within(dist, (edge - far - secs) * speed))
                    .sum()
            })
            .collect()
    };
    if let [only] = parts
        && only.from.to_bits() == only.to.to_bits()
        && (only.after == After::Nothing || wait.share <= 0.0)
    {
        return later_by(only.from);
    }
    let own = later_by(0.0);
    let below = bins.integral(&own);
    let good: f64 = parts
        .iter()
        .filter(|p| p.after != After::GivesUp)
        .map(|p| p.share)
        .sum();
    let mut sums = [vec![0.0; bins.len()], vec![0.0; bins.len()]];
    for part in parts.iter().filter(|p| p.after != After::GivesUp) {
        let share = part.share / good.max(1e-300);
        let [at_once, waiting] = &mut sums;
        let sum = if part.after == After::Connection && wait.share > 0.0 {
            waiting
        } else {
            at_once
        };
        let mut add = |function: &[f64], later: f64, times: f64| {
            bins.walk(function, later, |at, value| {
                if let Some(slot) = sum.get_mut(at) {
                    *slot += times * value;
                }
            });
        };
        let wide = part.to - part.from;
        if wide <= 1e-9 * part.to {
            add(&own, part.from, share);
        } else {
            // Even between two times: the mean of the distribution function over a window.
            add(&below, part.from, share / wide);
            add(&below, part.to, -share / wide);
        }
    }
    let [at_once, waiting] = sums;
    let waiting = match wait.cut {
        _ if wait.share <= 0.0 => waiting,
        Some(cut) => with_cut(bins, &waiting, wait.share, wait.mean, cut),
        None => with_exponential(bins, &waiting, wait.share, wait.mean),
    };
    at_once
        .iter()
        .zip(&waiting)
        .map(|(a, b)| (a + b).clamp(0.0, 1.0))
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
        }
    }
}
