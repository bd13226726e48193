//! Response times at one load: time at the worker plus the wait, which is nothing for some and exponential for the rest
//! (the tail of M/G/c), or cut off where the queue is short.

use std::cell::OnceCell;

use super::bins::Bins;
use super::station::Steady;

/// Parts a cut wait is written in.
const PARTS: usize = 24;
/// A wait is not taken as cut where the room is so many times its decay.
const HARDLY_CUT: f64 = 6.0;

/// Distribution functions on the edges.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    /// Over all classes.
    pub all: Vec<f64>,
    /// By class.
    pub classes: Vec<Vec<f64>>,
    /// Mean over all classes, and by class, seconds.
    pub mean: f64,
    pub class_means: Vec<f64>,
    /// Integrals of the distribution functions, by class or of all.
    areas: Vec<OnceCell<Vec<f64>>>,
}

/// What a row is made from: for each class its weight, distribution function without waiting and mean.
pub(super) struct Held {
    pub weight: f64,
    pub cdf: Vec<f64>,
    pub mean: f64,
}

/// Adds an exponential wait that a share has: F(t) = (1 − p)B(t) + p∫B(t − x)a·e^(−ax)dx, the integral carried from
/// edge to edge with B straight between them.
pub(super) fn with_exponential(bins: &Bins, base: &[f64], share: f64, mean: f64) -> Vec<f64> {
    if share <= 0.0 || mean <= 0.0 {
        return base.to_vec();
    }
    let rate = 1.0 / mean;
    let (mut from, mut below, mut sum) = (0.0, 0.0, 0.0_f64);
    bins.edges()
        .iter()
        .zip(base)
        .map(|(edge, here)| {
            let x = rate * (edge - from);
            let kept = (-x).exp();
            // Mean weight of the second end of the piece: 1 − (1 − e^(−x))/x.
            let later = if x < 1e-4 {
                x / 2.0
            } else {
                1.0 - (1.0 - kept) / x
            };
            sum = kept * sum + below * (1.0 - kept) + (here - below) * later;
            (from, below) = (*edge, *here);
            (1.0 - share) * here + share * sum
        })
        .collect()
}

/// Adds a wait that a share has, of a mean and a squared coefficient of variation: two exponentials, of which it is one
/// or the other (balanced means) or both, one after the other (down to a half).
fn with_wait(bins: &Bins, base: &[f64], share: f64, mean: f64, spread: f64) -> Vec<f64> {
    if (spread - 1.0).abs() < 0.03 {
        return with_exponential(bins, base, share, mean);
    }
    if spread < 0.5 {
        // Part of it is the same for all.
        let rest = mean * (2.0 * spread).sqrt();
        let mut later = vec![0.0; base.len()];
        bins.walk(base, mean - rest, |at, value| {
            if let Some(slot) = later.get_mut(at) {
                *slot = value;
            }
        });
        let one = with_exponential(bins, &later, 1.0, rest / 2.0);
        let both = with_exponential(bins, &one, 1.0, rest / 2.0);
        return base
            .iter()
            .zip(both)
            .map(|(now, late)| (1.0 - share) * now + share * late)
            .collect();
    }
    let waited = if spread > 1.0 {
        let first = f64::midpoint(1.0, ((spread - 1.0) / (spread + 1.0)).sqrt());
        let other = 1.0 - first;
        let one = with_exponential(bins, base, 1.0, mean / (2.0 * first));
        let two = with_exponential(bins, base, 1.0, mean / (2.0 * other));
        one.iter()
            .zip(&two)
            .map(|(a, b)| first * a + other * b)
            .collect()
    } else {
        let uneven = (2.0 * spread - 1.0).max(0.0).sqrt();
        let one = with_exponential(bins, base, 1.0, mean / 2.0 * (1.0 + uneven));
        with_exponential(bins, &one, 1.0, mean / 2.0 * (1.0 - uneven))
    };
    base.iter()
        .zip(waited)
        .map(|(now, late): (&f64, f64)| (1.0 - share) * now + share * late)
        .collect()
}

/// Adds a wait that ends at `most`, its density falling (or rising) exponentially, scaled to the mean.
pub(super) fn with_cut(
    bins: &Bins,
    base: &[f64],
    share: f64,
    mean: f64,
    cut: (f64, f64),
) -> Vec<f64> {
    let (most, decay) = cut;
    let x = (decay * most).clamp(-600.0, 600.0);
    let waits: Vec<f64> = (0..PARTS)
        .map(|i| {
            let part = (i as f64 + 0.5) / PARTS as f64;
            if x.abs() < 1e-6 {
                part * most
            } else {
                // The middle of each part of the cut exponential; from the other end where it rises.
                let rising = x < 0.0;
                let y = x.abs();
                let p = if rising { 1.0 - part } else { part };
                let at = -(p * (-y).exp_m1()).ln_1p() / y;
                most * if rising { 1.0 - at } else { at }
            }
        })
        .collect();
    let raw = waits.iter().sum::<f64>() / PARTS as f64;
    let factor = if raw > 0.0 { mean / raw } else { 0.0 };
    let each = share / PARTS as f64;
    bins.edges()
        .iter()
        .zip(base)
        .map(|(edge, here)| {
            let late: f64 = waits
                .iter()
                .map(|wait| bins.value(base, edge - wait * factor))
                .sum();
            (1.0 - share) * here + each * late
        })
        .collect()
}

impl Row {
    /// At a load; `service` is the mean time at a worker in seconds, the unit of `steady`.
    pub(super) fn new(bins: &Bins, held: &[Held], steady: &Steady, service: f64) -> Self {
        let conditional = if steady.waits > 1e-12 {
            steady.wait / steady.waits * service
        } else {
            0.0
        };
        let mut row = Self {
            all: vec![0.0; bins.len()],
            ..Self::default()
        };
        let weights: f64 = held.iter().map(|h| h.weight).sum();
        let stretch = if steady.stretch > 0.0 {
            steady.stretch
        } else {
            1.0
        };
        for class in held {
            let cdf = match steady.cut {
                _ if steady.stretch > 0.0 => bins
                    .edges()
                    .iter()
                    .map(|edge| bins.value(&class.cdf, (edge - steady.network) / steady.stretch))
                    .collect(),
                Some((most, decay)) if decay * most < HARDLY_CUT => with_cut(
                    bins,
                    &class.cdf,
                    steady.waits,
                    conditional,
                    (most * service, decay / service),
                ),
                _ => with_wait(bins, &class.cdf, steady.waits, conditional, steady.spread),
            };
            let part = class.weight / weights.max(1e-300);
            for (sum, value) in row.all.iter_mut().zip(&cdf) {
                *sum += part * value;
            }
            let mean = class.mean * stretch + steady.network + steady.wait * service;
            row.mean += part * mean;
            row.class_means.push(mean);
            row.classes.push(cdf);
        }
        // One class has no need of a second copy.
        if row.classes.len() == 1 {
            row.classes.clear();
        }
        row.areas = (0..=row.classes.len()).map(|_| OnceCell::new()).collect();
        row
    }

    /// Distribution function of a class, or of all.
    pub(super) fn of(&self, class: Option<usize>) -> &[f64] {
        class.map_or(&self.all, |class| self.class(class))
    }

    /// Mean of a class, or of all, seconds.
    pub(super) fn mean_of(&self, class: Option<usize>) -> f64 {
        let own = class.and_then(|class| self.class_means.get(class));
        own.copied().unwrap_or(self.mean)
    }

    /// Share of the answers of a class, or of all, that take at most `secs`, and their mean: t − ∫F/F(t).
    pub(super) fn within(&self, bins: &Bins, class: Option<usize>, secs: f64) -> (f64, f64) {
        let cdf = self.of(class);
        let share = bins.value(cdf, secs);
        if share > 1.0 - 1e-9 {
            return (share, self.mean_of(class));
        }
        let place = class.map_or(0, |class| class + 1).min(self.classes.len());
        let area = self.areas.get(place).map_or(0.0, |known| {
            bins.value(known.get_or_init(|| bins.integral(cdf)), secs)
        });
        let mean = secs - area / share.max(1e-300);
        (share, mean.clamp(0.0, secs.max(0.0)))
    }

    /// Distribution function of a class.
    pub(super) fn class(&self, class: usize) -> &[f64] {
        self.classes.get(class).unwrap_or(&self.all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::queueing::Markov;
    use crate::scenario::fluid::work::share_within;
    use crate::scenario::model::Dist;

    /// The closed form of M/M/c: waiting and service convolved.
    #[test]
    fn percentiles_of_the_response_are_those_of_the_formula() {
        let bins = Bins::new(1e-4, 1e4);
        let dist = Dist::Exponential { mean: 1.0 };
        let held = [Held {
            weight: 1.0,
            cdf: bins
                .edges()
                .iter()
                .map(|t| share_within(&dist, *t))
                .collect(),
            mean: 1.0,
        }];
        for (load, servers) in [(0.5, 1_u32), (0.8, 4), (0.9, 10)] {
            let exact = Markov::new(load * f64::from(servers), 1.0, u64::from(servers)).unwrap();
            let steady = Steady {
                load,
                waits: exact.waits,
                wait: exact.steady.wait,
                spread: 1.0,
                ..Steady::default()
            };
            let row = Row::new(&bins, &held, &steady, 1.0);
            for share in [0.5, 0.95, 0.99] {
                let found = bins.quantile(share, |i| row.all[i]);
                let wanted = exact.response_percentile(share).unwrap();
                assert!(
                    (found / wanted - 1.0).abs() < 2e-3,
                    "{found} is not {wanted}"
                );
            }
            assert!((row.mean - exact.steady.response).abs() < 1e-12);
        }
    }

    #[test]
    fn a_cut_wait_never_exceeds_its_room() {
        let bins = Bins::new(1e-3, 1e3);
        let base: Vec<f64> = bins.edges().iter().map(|t| f64::from(*t >= 1.0)).collect();
        for decay in [-2.0, 0.0, 0.5] {
            let mean = if decay < 0.0 { 3.5 } else { 1.5 };
            let cdf = with_cut(&bins, &base, 1.0, mean, (4.0, decay));
            assert!(bins.value(&cdf, 5.5) > 0.999, "{decay}");
            assert!(bins.value(&cdf, 0.9) < 1e-9);
        }
    }
}
