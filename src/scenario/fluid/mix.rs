//! Response times of a span of time: which places on which relation requests stood at, with their number. Percentiles
//! are those of all requests of the span, never means of percentiles.

use std::collections::BTreeMap;

use super::bins::Bins;
use super::pools::Pools;

/// Probabilities at which the edges of what verdicts are made on are chosen: fine where promises are.
const SHARES: [f64; 52] = [
    0.01, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8,
    0.85, 0.87, 0.88, 0.89, 0.9, 0.91, 0.92, 0.93, 0.94, 0.945, 0.9475, 0.95, 0.9525, 0.955, 0.96,
    0.965, 0.97, 0.975, 0.98, 0.985, 0.9875, 0.99, 0.991, 0.992, 0.993, 0.994, 0.995, 0.996, 0.997,
    0.998, 0.999, 0.9995, 0.9999, 0.99999, 1.0,
];

/// Requests at one place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Entry {
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
            e.curve == entry.curve
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
        let mut places: BTreeMap<(usize, usize, i64, i64), Entry> = BTreeMap::new();
        for entry in self.entries.drain(..) {
            let key = (
                entry.curve,
                entry.cell,
                near(entry.behind),
                near(entry.before),
            );
            places
                .entry(key)
                .and_modify(|other| {
                    let sum = other.weight + entry.weight;
                    let mean = |a: f64, b: f64| (a * other.weight + b * entry.weight) / sum;
                    *other = Entry {
                        behind: mean(other.behind, entry.behind),
                        before: mean(other.before, entry.before),
                        within: mean(other.within, entry.within),
                        weight: sum,
                        ..*other
                    };
                })
                .or_insert(entry);
        }
        self.entries = places.into_values().collect();
    }

    pub(super) fn clear(&mut self) {
        self.entries.clear();
    }

    /// Good answers.
    fn good(&self) -> f64 {
        self.entries.iter().map(|e| e.weight * e.within).sum()
    }

    /// Share of the good answers of a class (of all: `None`) by an edge.
    fn share(&self, pools: &Pools, bins: &Bins, class: Option<usize>, at: usize, good: f64) -> f64 {
        let edge = bins.edge(at);
        let mut sum = 0.0;
        for entry in &self.entries {
            let Some(row) = pools
                .curve(entry.curve)
                .and_then(|c| c.row(bins, entry.cell))
            else {
                continue;
            };
            let cdf = class.map_or(row.all.as_slice(), |class| row.class(class));
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
        for entry in &self.entries {
            let Some(row) = pools
                .curve(entry.curve)
                .and_then(|c| c.row(bins, entry.cell))
            else {
                continue;
            };
            let (cdf, weight) = (row.class(class), entry.weight / good);
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
        let good = self.good();
        (good > 0.0).then(|| {
            shares.map(|share| bins.quantile(share, |at| self.share(pools, bins, class, at, good)))
        })
    }

    /// Response times of a class for verdicts: (upper edge, count), in at most 60 bins of `count` answers.
    pub(super) fn bins(
        &mut self,
        pools: &Pools,
        bins: &Bins,
        class: usize,
        count: f64,
    ) -> Vec<(f64, f64)> {
        self.gather();
        let good = self.good();
        if good <= 0.0 || count <= 0.0 {
            return Vec::new();
        }
        let cdf = self.cdf(pools, bins, class, good);
        let mut out: Vec<(f64, f64)> = Vec::with_capacity(SHARES.len());
        let mut done = 0.0;
        for share in SHARES {
            let at = cdf.partition_point(|value| *value < share - 1e-9);
            let value = cdf.get(at).copied().unwrap_or(1.0);
            if value > done {
                let edge = bins.edge(at.min(bins.len().saturating_sub(1)));
                out.push((edge, (value - done) * count));
                done = value;
            }
        }
        if let (true, Some(last)) = (done < 1.0, out.last_mut()) {
            last.1 += (1.0 - done) * count;
        }
        out
    }
}
