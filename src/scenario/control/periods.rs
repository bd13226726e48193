//! A metric's mean over whole periods, as alarms look at it.

use std::collections::VecDeque;

use crate::scenario::model::ScaleMetric;

use super::Seen;
use super::hpa::value_of;

/// The last periods of one metric.
#[derive(Clone, Debug)]
pub struct Periods {
    metric: ScaleMetric,
    /// Seconds of one.
    length: f64,
    /// Periods kept.
    keep: usize,
    elapsed: f64,
    sum: f64,
    samples: f64,
    /// Means, oldest first; `None` for a period without a sample.
    means: VecDeque<Option<f64>>,
}

impl Periods {
    /// Of `length` seconds, `keep` of them.
    pub fn new(metric: ScaleMetric, length: f64, keep: u32) -> Self {
        Self {
            metric,
            length,
            keep: keep.clamp(1, 10_000) as usize,
            elapsed: 0.0,
            sum: 0.0,
            samples: 0.0,
            means: VecDeque::new(),
        }
    }

    /// Takes in the means of the last `tick` seconds. Says whether a period ended.
    pub fn take(&mut self, seen: &Seen, tick: f64) -> bool {
        self.elapsed += tick;
        if let Some(value) = value_of(self.metric, seen) {
            self.sum += value;
            self.samples += 1.0;
        }
        if self.elapsed + 1e-9 < self.length {
            return false;
        }
        let mean = (self.samples > 0.0).then(|| self.sum / self.samples);
        if self.means.len() == self.keep {
            self.means.pop_front();
        }
        self.means.push_back(mean);
        (self.elapsed, self.sum, self.samples) = (0.0, 0.0, 0.0);
        true
    }

    /// The mean of the last period; `None` without one or without a sample in it.
    pub fn last(&self) -> Option<f64> {
        self.means.back().copied().flatten()
    }

    /// Whether the last `count` periods are there, and all of them are as asked. A period without a sample is not.
    pub fn all(&self, count: u32, asked: impl Fn(f64) -> bool) -> bool {
        let count = count.max(1) as usize;
        self.means.len() >= count
            && self
                .means
                .iter()
                .rev()
                .take(count)
                .all(|mean| mean.is_some_and(&asked))
    }

    /// The largest mean of the last `count` periods.
    pub fn largest(&self, count: u32) -> Option<f64> {
        self.means
            .iter()
            .rev()
            .take(count.max(1) as usize)
            .copied()
            .flatten()
            .reduce(f64::max)
    }
}
