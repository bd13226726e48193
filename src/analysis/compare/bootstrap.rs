//! The bootstrap over blocks of time (Künsch, Annals of Statistics 17 (1989); non-overlapping blocks as in Carlstein 1986,
//! drawn in pairs): how much each figure of a label would vary if the runs were made again.
//!
//! Works on counts a block, never on requests: a percentile of a draw is found by halving in cumulative counts.

use super::gather::{LabelData, Requests};
use super::params::Metric;
use super::stats::{Rng, spread};

/// Distinct durations up to which each is kept apart.
const EXACT: usize = 1_200;
/// Neighbouring durations further apart than this share are not joined by a line.
const JOINED: f64 = 0.05;

/// How often each block is drawn, for every draw.
pub(super) struct Draws(Vec<Vec<f64>>);

impl Draws {
    pub fn new(blocks: usize, replicates: usize, seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        Self(
            (0..replicates)
                .map(|_| {
                    let mut weights = vec![0.0; blocks];
                    for _ in 0..blocks {
                        if let Some(w) = weights.get_mut(rng.below(blocks)) {
                            *w += 1.0;
                        }
                    }
                    weights
                })
                .collect(),
        )
    }
}

fn weighted(weights: &[f64], values: &[f64]) -> f64 {
    weights.iter().zip(values).map(|(w, v)| w * v).sum()
}

/// Cumulative counts of durations by block.
struct Ladder {
    /// Milliseconds, rising.
    values: Vec<f64>,
    /// Row by row: how many durations of each block are at most `values[row]`.
    counts: Vec<f64>,
    blocks: usize,
}

impl Ladder {
    fn new(blocks: &[Requests]) -> Self {
        let all = crate::dataset::ValueCounts::merged(blocks.iter().map(|b| &b.values));
        let middle = |e: &crate::dataset::ValueCount| {
            if e.high_ns == i64::MAX {
                e.low_ns as f64 / 1e6
            } else {
                f64::midpoint(e.low_ns as f64, e.high_ns as f64) / 1e6
            }
        };
        let entries = all.entries();
        let mut edges: Vec<f64> = Vec::new();
        if entries.len() <= EXACT {
            edges.extend(entries.iter().map(middle));
        } else {
            // Closer together where the high percentiles are.
            let total = all.total() as f64;
            let place = |share: f64| {
                if share < 0.9 {
                    share * 600.0
                } else if share < 0.985 {
                    540.0 + (share - 0.9) * 3_000.0
                } else {
                    825.0 + (share - 0.985) * 20_000.0
                }
            };
            let (mut before, mut last) = (0.0, -1.0);
            for entry in entries {
                before += entry.count as f64;
                let at = place(before / total).floor();
                if at > last {
                    edges.push(middle(entry));
                    last = at;
                }
            }
            if let Some(entry) = entries.last().filter(|e| edges.last() != Some(&middle(e))) {
                edges.push(middle(entry));
            }
        }
        edges.dedup();
        let n = blocks.len();
        let mut counts = vec![0.0; edges.len() * n];
        for (column, block) in blocks.iter().enumerate() {
            let mut entries = block.values.entries().iter().peekable();
            let mut sum = 0.0;
            for (row, edge) in edges.iter().enumerate() {
                while let Some(entry) = entries.next_if(|e| middle(e) <= *edge) {
                    sum += entry.count as f64;
                }
                if let Some(cell) = counts.get_mut(row * n + column) {
                    *cell = sum;
                }
            }
        }
        Self {
            values: edges,
            counts,
            blocks: n,
        }
    }

    fn at(&self, row: usize, weights: &[f64]) -> f64 {
        let from = row * self.blocks;
        self.counts
            .get(from..from + self.blocks)
            .map_or(0.0, |counts| weighted(weights, counts))
    }

    /// The value of a quantile 0..1 in a draw; between neighbours by their counts, so that steps of the clock do not show.
    fn quantile(&self, p: f64, weights: &[f64]) -> Option<f64> {
        let last = self.values.len().checked_sub(1)?;
        let total = self.at(last, weights);
        if total < 1.0 {
            return None;
        }
        let rank = p * (total - 1.0) + 1.0;
        let (mut low, mut high) = (0, last);
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.at(middle, weights) >= rank {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        let value = *self.values.get(low)?;
        let Some(before) = low.checked_sub(1) else {
            return Some(value);
        };
        let below = *self.values.get(before)?;
        if value - below > JOINED * value {
            return Some(value);
        }
        let (under, upto) = (self.at(before, weights), self.at(low, weights));
        Some(below + (value - below) * ((rank - under) / (upto - under)).clamp(0.0, 1.0))
    }
}

/// One label of one side, ready to be drawn from.
struct Drawn {
    ladder: Ladder,
    requests: Vec<f64>,
    errors: Vec<f64>,
    /// Milliseconds, of the durations.
    sums: Vec<f64>,
    durations: Vec<f64>,
    secs: Vec<f64>,
}

impl Drawn {
    fn new(label: &LabelData, secs: &[f64]) -> Self {
        let of = |f: &dyn Fn(&Requests) -> f64| label.blocks.iter().map(f).collect();
        Self {
            ladder: Ladder::new(&label.blocks),
            requests: of(&|b| b.counts.count as f64),
            errors: of(&|b| b.counts.errors as f64),
            sums: of(&|b| b.values.mean_ns().unwrap_or(0.0) / 1e6 * b.values.total() as f64),
            durations: of(&|b| b.values.total() as f64),
            secs: secs.to_vec(),
        }
    }

    fn figure(&self, metric: Metric, weights: &[f64]) -> Option<f64> {
        let ratio = |above: &[f64], below: &[f64]| {
            let below = weighted(weights, below);
            (below > 0.0).then(|| weighted(weights, above) / below)
        };
        match metric {
            Metric::Mean => ratio(&self.sums, &self.durations),
            Metric::Throughput => ratio(&self.requests, &self.secs),
            Metric::ErrorRate => ratio(&self.errors, &self.requests),
            _ => self
                .ladder
                .quantile(metric.quantile()?.as_fraction(), weights),
        }
    }
}

/// Variances of one figure between draws: of logarithms, but plain for the error rate.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Varies {
    /// Of the candidate against the base.
    pub change: f64,
    /// Of the base by itself.
    pub base: f64,
    /// Of the candidate by itself.
    pub candidate: f64,
}

/// How much each metric of one label varies; `None` where too many draws have no value.
pub(super) fn varies(
    base: (&LabelData, &[f64]),
    candidate: (&LabelData, &[f64]),
    metrics: &[Metric],
    draws: &Draws,
) -> Vec<Option<Varies>> {
    let (base, candidate) = (
        Drawn::new(base.0, base.1),
        Drawn::new(candidate.0, candidate.1),
    );
    metrics
        .iter()
        .map(|metric| {
            let mut values: [Vec<f64>; 3] = Default::default();
            for weights in &draws.0 {
                let (Some(b), Some(c)) = (
                    base.figure(*metric, weights),
                    candidate.figure(*metric, weights),
                ) else {
                    continue;
                };
                let (b, c) = if *metric == Metric::ErrorRate {
                    (b, c)
                } else {
                    (b.ln(), c.ln())
                };
                if b.is_finite() && c.is_finite() {
                    for (list, value) in values.iter_mut().zip([c - b, b, c]) {
                        list.push(value);
                    }
                }
            }
            let [change, b, c] = &values;
            if change.len() * 20 < draws.0.len() * 19 {
                return None;
            }
            Some(Varies {
                change: spread(change)?.1,
                base: spread(b)?.1,
                candidate: spread(c)?.1,
            })
        })
        .collect()
}
