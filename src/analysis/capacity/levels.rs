//! The levels of concurrency of one or several runs: what was seen at each, with blocks of time from which its spread
//! is taken.

use std::collections::BTreeMap;

use super::moments::Moment;
use super::steps::{self, LeftOut};
use super::usl_fit::t95;
use crate::dataset::{Estimator, ValueCounts};
use crate::units::{Micros, Ppm};

/// More different levels than this are put together into this many of equal width.
const MAX_LEVELS: usize = 20;
/// Into so many blocks of time a level is cut: requests in a block may depend on each other, blocks hardly do.
const BLOCKS: usize = 20;
/// Fewer blocks than this say nothing about spread.
const FEWEST_BLOCKS: usize = 4;

/// What was seen at one level.
#[derive(Clone, Debug, Default)]
pub(super) struct Level {
    moments: Vec<Moment>,
    /// Level times its time, for the mean of a level that others were put into.
    weighted: f64,
    /// Successful durations of all moments.
    pub durations: ValueCounts,
}

/// The levels of all runs.
#[derive(Debug, Default)]
pub(super) struct Levels {
    /// Rising.
    pub list: Vec<Level>,
    /// Levels are users; otherwise requests in flight.
    pub users: bool,
    /// Stretches that are not counted.
    pub left_out: Vec<LeftOut>,
    /// A run rose without holding any level.
    pub ramp: bool,
    /// The level at which the throughputs of several runs differ most, and by which share.
    pub differ: Option<(f64, f64)>,
}

impl Level {
    pub fn micros(&self) -> i64 {
        self.moments.iter().map(|m| m.micros).sum()
    }

    pub fn secs(&self) -> f64 {
        Micros(self.micros()).as_secs()
    }

    /// Mean level, weighted by time.
    pub fn concurrency(&self) -> f64 {
        self.weighted / self.micros().max(1) as f64
    }

    /// Mean requests in flight.
    pub fn in_flight(&self) -> f64 {
        let sum: f64 = self
            .moments
            .iter()
            .map(|m| m.in_flight * m.micros as f64)
            .sum();
        sum / self.micros().max(1) as f64
    }

    pub fn count(&self) -> u64 {
        self.moments.iter().map(|m| m.count).sum()
    }

    pub fn errors(&self) -> u64 {
        self.moments.iter().map(|m| m.errors).sum()
    }

    /// Requests per second.
    pub fn rate(&self) -> f64 {
        self.count() as f64 / self.secs()
    }

    fn blocks(&self) -> impl Iterator<Item = &[Moment]> {
        self.moments
            .chunks(self.moments.len().div_ceil(BLOCKS).max(1))
    }

    /// Half of the 95 % interval of the rate, from the spread between blocks.
    pub fn rate_half_width(&self) -> Option<f64> {
        let rates: Vec<(f64, f64)> = self
            .blocks()
            .map(|block| {
                let micros: i64 = block.iter().map(|m| m.micros).sum();
                let count: u64 = block.iter().map(|m| m.count).sum();
                (count as f64, Micros(micros).as_secs())
            })
            .collect();
        ratio_half_width(&rates)
    }

    /// A percentile of successful durations in milliseconds.
    pub fn percentile_ms(&self, p: Ppm) -> Option<f64> {
        self.durations
            .quantile(p, Estimator::R7)
            .map(|q| q.millis())
    }

    /// The 95 % interval of a percentile in nanoseconds: the share of requests below it is given the spread that it has
    /// between blocks, and the order statistics at both ends are read off (R. S. Woodruff, JASA 47, 1952).
    pub fn percentile_interval(&self, p: Ppm) -> Option<(f64, f64)> {
        let at = self.durations.quantile(p, Estimator::R7)?.high_ns;
        let below: Vec<(f64, f64)> = self
            .blocks()
            .map(|block| {
                let values = ValueCounts::merged(block.iter().map(|m| &m.durations));
                (values.at_most(at as i64).0 as f64, values.total() as f64)
            })
            .collect();
        let n = self.durations.total() as f64;
        let share = p.as_fraction();
        let alone = 1.96 * (share * (1.0 - share) / n).sqrt();
        let half = ratio_half_width(&below)?.max(alone);
        let edge = |share: f64| {
            let ppm = Ppm((share.clamp(0.0, 1.0) * 1e6).round() as i64);
            self.durations.quantile(ppm, Estimator::R7)
        };
        Some((edge(share - half)?.low_ns, edge(share + half)?.high_ns))
    }
}

/// Half of the 95 % interval of a ratio of sums over blocks (Cochran, "Sampling Techniques", 6.4).
fn ratio_half_width(blocks: &[(f64, f64)]) -> Option<f64> {
    let n = blocks.len();
    let whole: f64 = blocks.iter().map(|b| b.1).sum();
    if n < FEWEST_BLOCKS || whole <= 0.0 {
        return None;
    }
    let ratio = blocks.iter().map(|b| b.0).sum::<f64>() / whole;
    let squares: f64 = blocks.iter().map(|b| (b.0 - ratio * b.1).powi(2)).sum();
    let error = (squares * n as f64 / (n as f64 - 1.0)).sqrt() / whole;
    Some(t95(n - 1)? * error)
}

/// Finds the steps of each run (with its name) and puts those of one level together.
pub(super) fn collect(runs: Vec<(String, Vec<Moment>)>) -> Levels {
    let mut levels = Levels::default();
    let (mut users, mut in_flight) = (Vec::new(), Vec::new());
    let mut rates: BTreeMap<i64, Vec<(usize, u64, i64)>> = BTreeMap::new();
    for (run, (name, moments)) in runs.into_iter().enumerate() {
        let found = steps::find(moments);
        levels.ramp |= found.ramp;
        levels
            .left_out
            .extend(found.left_out.into_iter().map(|l| LeftOut {
                run: name.clone(),
                ..l
            }));
        for held in found.held {
            let micros: i64 = held.iter().map(|m| m.micros).sum();
            let sum: f64 = held.iter().map(|m| m.in_flight * m.micros as f64).sum();
            let mean = sum / micros.max(1) as f64;
            for moment in held {
                match moment.users {
                    Some(active) if active > 0 => {
                        add_rate(rates.entry(active).or_default(), run, &moment);
                        users.push((active as f64, moment));
                    }
                    Some(_) => {}
                    // In a ramp every moment is a level by itself.
                    None if found.ramp => {
                        in_flight.push((moment.in_flight.round().max(1.0), moment));
                    }
                    None => in_flight.push((mean.round().max(1.0), moment)),
                }
            }
        }
    }
    levels.differ = rates
        .iter()
        .filter_map(|(level, runs)| Some((*level as f64, spread_of(runs)?)))
        .max_by(|a, b| a.1.total_cmp(&b.1));
    levels.users = !users.is_empty() || in_flight.is_empty();
    levels.list = group(if levels.users { users } else { in_flight });
    levels
}

/// Adds a moment to what its run did at a level: requests and time.
fn add_rate(runs: &mut Vec<(usize, u64, i64)>, run: usize, moment: &Moment) {
    match runs.last_mut() {
        Some((same, count, micros)) if *same == run => {
            *count += moment.count;
            *micros += moment.micros;
        }
        _ => runs.push((run, moment.count, moment.micros)),
    }
}

/// By which share the throughputs of several runs at one level differ.
fn spread_of(runs: &[(usize, u64, i64)]) -> Option<f64> {
    let rates = || {
        runs.iter()
            .map(|(_, count, micros)| *count as f64 / (*micros).max(1) as f64)
    };
    let (low, high) = (
        rates().fold(f64::INFINITY, f64::min),
        rates().fold(0.0, f64::max),
    );
    (runs.len() > 1 && high > 0.0).then(|| (high - low) / high)
}

/// Puts moments of one level together; levels into ones of equal width where there are too many of them.
fn group(seen: Vec<(f64, Moment)>) -> Vec<Level> {
    let mut distinct: Vec<i64> = seen.iter().map(|(level, _)| *level as i64).collect();
    distinct.sort_unstable();
    distinct.dedup();
    let lowest = distinct.first().copied().unwrap_or_default();
    let highest = distinct.last().copied().unwrap_or_default();
    let span = highest.saturating_sub(lowest).saturating_add(1);
    let width = if distinct.len() > MAX_LEVELS {
        span.saturating_add(MAX_LEVELS as i64 - 1) / MAX_LEVELS as i64
    } else {
        1
    };
    let mut levels: BTreeMap<i64, Level> = BTreeMap::new();
    for (concurrency, moment) in seen {
        let level = levels
            .entry((concurrency as i64).saturating_sub(lowest) / width)
            .or_default();
        level.weighted += concurrency * moment.micros as f64;
        level.moments.push(moment);
    }
    let mut list: Vec<Level> = levels.into_values().collect();
    for level in &mut list {
        level.durations = ValueCounts::merged(level.moments.iter().map(|m| &m.durations));
    }
    list
}
