//! What is kept of the steps of a chain: the shard that gets most and the others in the mean, and their course over time.

use crate::scenario::outcome::{ChainFigures, ChainStep, ShardFigures};

use super::share_of;
use super::tally::Step;

/// A shard in a step; rates are transactions per second.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shard {
    /// Share of all transactions that it gets.
    pub share: f64,
    /// Transactions that wait at the end.
    pub waiting: f64,
    /// Speed it worked with, 0..1, and share of the step in which it made blocks.
    pub speed: f64,
    pub up: f64,
    /// Done, and as a share of what it could do.
    pub served: f64,
    pub busy: f64,
}

/// Sums over the counted steps, all of one length.
#[derive(Debug, Default)]
pub struct Kept {
    up: f64,
    offered: f64,
    hot: ShardFigures,
    others: ShardFigures,
    shards: f64,
    steps: Vec<ChainStep>,
}

/// Adds a step of some shards to their sums.
fn add(sums: &mut ShardFigures, shards: &[Shard], full: f64, offered: f64) {
    for shard in shards {
        sums.arrives += offered * shard.share;
        sums.served += shard.served;
        sums.capacity += full * shard.speed;
        sums.utilisation_peak = sums.utilisation_peak.max(shard.busy);
        sums.queue_max = sums.queue_max.max(shard.waiting);
    }
}

/// Means over so many steps of shards.
fn mean(sums: ShardFigures, count: f64) -> ShardFigures {
    ShardFigures {
        arrives: share_of(sums.arrives, count),
        served: share_of(sums.served, count),
        capacity: share_of(sums.capacity, count),
        utilisation: share_of(sums.served, sums.capacity),
        ..sums
    }
}

impl Kept {
    /// Takes a counted step in; a shard at full speed can do `full`.
    pub fn add(&mut self, shards: &[Shard], full: f64, step: &Step) {
        let (hot, others) = shards.split_at(shards.len().min(1));
        let count = others.len() as f64;
        let up: f64 = shards.iter().map(|s| s.up).sum();
        self.up += up;
        self.offered += step.offered;
        self.shards = shards.len() as f64;
        add(&mut self.hot, hot, full, step.offered);
        add(&mut self.others, others, full, step.offered);
        let hot = hot.first().copied().unwrap_or_default();
        let served: f64 = others.iter().map(|s| s.served).sum();
        let room: f64 = others.iter().map(|s| full * s.speed).sum();
        self.steps.push(ChainStep {
            shards: up,
            hot_served: hot.served,
            hot_utilisation: hot.busy,
            hot_queue: hot.waiting,
            other_served: share_of(served, count),
            other_utilisation: share_of(served, room),
            other_queue: others.iter().map(|s| s.waiting).sum(),
        });
    }

    /// The figures of it all, added to those that the settings give.
    pub fn figures(self, settings: &ChainFigures) -> ChainFigures {
        let steps = self.steps.len() as f64;
        let others = self.shards - 1.0;
        ChainFigures {
            cross_per_sec: share_of(self.offered, steps) * settings.cross_share,
            availability: share_of(self.up, self.shards * steps).into(),
            hot: mean(self.hot, steps),
            others: (others > 0.0).then(|| mean(self.others, steps * others)),
            steps: self.steps,
            ..settings.clone()
        }
    }
}
