//! Response times of a span of time: which places on which relation requests stood at, with their number. Percentiles
//! are those of all requests of the span, never means of percentiles.

use super::bins::Bins;
use super::pools::Pools;

/// Bins of what verdicts are made on, for one step.
const MOST_BINS: usize = 80;

/// Probabilities at which their edges are chosen: fine where promises are, also where steps differ and the percentile of
/// all is another one of each.
fn shares() -> impl Iterator<Item = f64> {
    const LOW: [f64; 28] = [
        0.01, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.48, 0.49, 0.5, 0.51, 0.52, 0.55,
        0.6, 0.65, 0.7, 0.75, 0.8, 0.83, 0.85, 0.87, 0.88, 0.89, 0.895, 0.9,
    ];
    const HIGH: [f64; 13] = [
        0.991, 0.992, 0.993, 0.994, 0.995, 0.996, 0.997, 0.998, 0.999, 0.9995, 0.9999, 0.99999, 1.0,
    ];
    let promised = (1..=36).map(|i| 0.9 + 0.0025 * f64::from(i));
    LOW.into_iter().chain(promised).chain(HIGH)
}

/// Requests at one place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Entry {
    /// Their class; `None` for all in their usual mix.
    pub class: Option<usize>,
    pub curve: usize,
    pub cell: usize,
    /// Wait before what the place says, seconds.
    pub behind: f64,
    /// Spent on earlier attempts, seconds.
    pub before: f64,
    /// Requests that a worker finished.
    pub weight: f64,
    /// Share of them whose sender had not given up.
    pub within: f64,
}

/// Requests of a span of time.
#[derive(Clone, Debug, Default)]
pub(super) struct Mix {
    entries: Vec<Entry>,
}

impl Mix {
    pub(super) fn add(&mut self, entry: Entry) {
        if entry.weight <= 0.0 {
            return;
        }
        let twin = self.entries.iter_mut().rev().take(3).find(|e| {
            e.class == entry.class
                && e.curve == entry.curve
                && e.cell == entry.cell
                && e.behind.to_bits() == entry.behind.to_bits()
                && e.before.to_bits() == entry.before.to_bits()
        });
        match twin {
            Some(other) => other.weight += entry.weight,
            None => self.entries.push(entry),
        }
    }

    /// Hands everything on, equal places together, and is empty.
    pub(super) fn pour(&mut self, into: &mut Self) {
        into.entries.append(&mut self.entries);
        if into.entries.len() > 512 {
            into.gather();
        }
    }

    /// Puts equal places together, and waits that differ by less than 2 %.
    fn gather(&mut self) {
        let near = |secs: f64| {
            if secs > 0.0 {
                (secs.ln() * 50.0).round() as i64
            } else {
                i64::MIN
            }
        };
        let mut keyed: Vec<_> = self
            .entries
            .drain(..)
            .map(|entry| {
                let place = (entry.class, entry.curve, entry.cell);
                ((place, near(entry.behind), near(entry.before)), entry)
            })
            .collect();
        // Those of one place keep the order they came in, so that sums are the same on every run.
        keyed.sort_by_key(|(key, _)| *key);
        let mut last = None;
        for (key, entry) in keyed {
            match self.entries.last_mut().filter(|_| last == Some(key)) {
                Some(other) => {
                    let sum = other.weight + entry.weight;
                    let mean = |a: f64, b: f64| (a * other.weight + b * entry.weight) / sum;
                    *other = Entry {
                        behind: mean(other.behind, entry.behind),
                        before: mean(other.before, entry.before),
                        within: mean(other.within, entry.within),
                        weight: sum,
                        ..*other
                    };
                }
                None => self.entries.push(entry),
            }
            last = Some(key);
        }
    }

    pub(super) fn clear(&mut self) {
        self.entries.clear();
    }

    /// Places of a class, or of all, with the distribution function there.
    fn places<'a>(
        &'a self,
        pools: &'a Pools,
        bins: &'a Bins,
        class: Option<usize>,
    ) -> impl Iterator<Item = (&'a Entry, &'a [f64])> {
        let asked = move |e: &&Entry| class.is_none() || e.class.is_none() || e.class == class;
        self.entries.iter().filter(asked).filter_map(move |entry| {
            let row = pools.curve(entry.curve)?.row(bins, entry.cell)?;
            Some((entry, row.of(class.or(entry.class))))
        })
    }

    /// Good answers among the places of a class.
    fn good(&self, class: Option<usize>) -> f64 {
        let asked = |e: &&Entry| class.is_none() || e.class.is_none() || e.class == class;
        let entries = self.entries.iter().filter(asked);
        entries.map(|e| e.weight * e.within).sum()
    }

    /// Share of the good answers of a class (of all: `None`) by an edge.
    fn share(&self, pools: &Pools, bins: &Bins, class: Option<usize>, at: usize, good: f64) -> f64 {
        let edge = bins.edge(at);
        let mut sum = 0.0;
        for (entry, cdf) in self.places(pools, bins, class) {
            let later = entry.behind + entry.before;
            let value = if later > 0.0 {
                bins.value(cdf, edge - later)
            } else {
                cdf.get(at).copied().unwrap_or(1.0)
            };
            sum += entry.weight * value.min(entry.within);
        }
        (sum / good).min(1.0)
    }

    /// Share of the good answers of a class by each edge.
    fn cdf(&self, pools: &Pools, bins: &Bins, class: usize, good: f64) -> Vec<f64> {
        let mut sums = vec![0.0; bins.len()];
        for (entry, cdf) in self.places(pools, bins, Some(class)) {
            let weight = entry.weight / good;
            let later = entry.behind + entry.before;
            if later > 0.0 {
                bins.walk(cdf, later, |at, value| {
                    if let Some(sum) = sums.get_mut(at) {
                        *sum += weight * value.min(entry.within);
                    }
                });
            } else {
                for (sum, value) in sums.iter_mut().zip(cdf) {
                    *sum += weight * value.min(entry.within);
                }
            }
        }
        sums
    }

    /// Percentiles of all good answers, seconds; `None` without any.
    pub(super) fn percentiles<const N: usize>(
        &mut self,
        pools: &Pools,
        bins: &Bins,
        class: Option<usize>,
        shares: [f64; N],
    ) -> Option<[f64; N]> {
        if self.entries.len() > 24 {
            self.gather();
        }
        let good = self.good(class);
        (good > 0.0).then(|| {
            shares.map(|share| bins.quantile(share, |at| self.share(pools, bins, class, at, good)))
        })
    }

    /// Response times of a class for verdicts: (seconds, count), in at most [`MOST_BINS`] of `count` answers.
    pub(super) fn bins(
        &mut self,
        pools: &Pools,
        bins: &Bins,
        class: usize,
        count: f64,
    ) -> Vec<(f64, f64)> {
        self.gather();
        let good = self.good(Some(class));
        if good <= 0.0 || count <= 0.0 {
            return Vec::new();
        }
        let cdf = self.cdf(pools, bins, class, good);
        let mut out: Vec<(f64, f64)> = Vec::with_capacity(MOST_BINS);
        let mut done = 0.0;
        let mut next = shares().skip(1);
        for share in shares() {
            // Each stands for those half way to its neighbours, so that the percentile of one step is exact and that of
            // many is off to neither side.
            let edge = bins.quantile(share - 1e-9, |at| cdf.get(at).copied().unwrap_or(1.0));
            let until = next.next().map_or(1.0, |n| f64::midpoint(share, n));
            out.push((edge, (until - done) * count));
            done = until;
        }
        out
    }
}
