//! A chain whose transactions are spread over shards: the busiest shard bounds it, every transaction waits for a block
//! and for its confirmations, and one that touches two shards goes through both, one after the other (lock, then commit,
//! as in OmniLedger, Kokoris-Kogias et al., 2018).
//!
//! Within a block's room arrivals vary: what is left over for the next block is the maximum of a random walk, whose tail
//! is Siegmund's corrected diffusion (D. Siegmund, "Sequential Analysis", 1985).

use crate::progress::Progress;
use crate::scenario::SimulateError;
use crate::scenario::model::{FaultKind, Scenario, ShardedChain};
use crate::scenario::outcome::{ChainFigures, Event, Outcome};
use crate::scenario::repeated::figure;
use crate::units::number;

use super::chain_kept::{Kept, Shard};
use super::chance::{Chance, Single, Turns};
use super::mixture::{Mixture, Part};
use super::recovery::Recovery;
use super::repeat::repeated;
use super::tally::{Grid, Step, Tally};
use super::{Offered, left_out, overlap, share_of, work_off};

/// Siegmund's constant, −ζ(1/2)/√(2π).
const OVERSHOOT: f64 = 0.582_597_157_939_010_7;
/// A left-over is not taken to last longer than at this utilisation: a longer one is a queue and counted as one.
const MOST_BUSY: f64 = 0.999;

/// The name by which a fault asks for the shard that gets most.
const HOT: &str = "hot";

/// What a fault does to the shards, and when.
#[derive(Clone, Copy, Debug)]
struct Trouble {
    at: f64,
    until: f64,
    /// So many, those that get most last; or the one that gets most.
    shards: u32,
    hot: bool,
    /// Speed that is left, 0..1.
    speed: f64,
}

impl Trouble {
    /// Whether it concerns a shard of so many.
    const fn concerns(&self, shard: usize, all: usize) -> bool {
        if self.hot {
            shard == 0
        } else {
            all - shard <= self.shards as usize
        }
    }
}

/// Shards that fail by themselves, beginning with the first.
struct Failing {
    each: Vec<Single>,
}

struct Model<'a> {
    scenario: &'a Scenario,
    chain: &'a ShardedChain,
    troubles: Vec<Trouble>,
    failing: Vec<Failing>,
    chance: Chance,
    /// Shards in the step; the first is the hot one.
    shards: Vec<Shard>,
    response: f64,
}

/// Share of the transactions that find others left over from earlier blocks, and the rate per second at which they are
/// gone, for `arrives` and `capacity` per second and a block every `block` seconds.
fn left_over(arrives: f64, capacity: f64, block: f64) -> (f64, f64) {
    let (mean, room) = (arrives * block, capacity * block);
    if mean <= 0.0 || room <= 0.0 {
        return (0.0, 1.0);
    }
    let mean = mean.min(MOST_BUSY * room);
    // Arrivals of a block vary by the root of their mean (Poisson).
    let decay = 2.0 * (room - mean) / mean;
    let share = (-decay * OVERSHOOT * mean.sqrt()).exp();
    (share, decay * capacity)
}

impl<'a> Model<'a> {
    fn new(scenario: &'a Scenario, chain: &'a ShardedChain, repetition: u32, begins: f64) -> Self {
        let troubles = scenario
            .faults
            .iter()
            .filter_map(|fault| {
                let (shards, hot, speed) = match &fault.kind {
                    FaultKind::Kill { instances, group } => match group {
                        Some(_) => (1, true, 0.0),
                        None => (*instances, false, 0.0),
                    },
                    FaultKind::KillGroup { .. } => (1, true, 0.0),
                    FaultKind::Slow { instances, factor } => {
                        (*instances, false, 1.0 / factor.max(1.0))
                    }
                    _ => return None,
                };
                Some(Trouble {
                    at: fault.at,
                    until: fault.lasts.map_or(f64::INFINITY, |secs| fault.at + secs),
                    shards,
                    hot,
                    speed,
                })
            })
            .collect();
        let mut chance = Chance::new(scenario.run.seed, repetition, 1);
        let random = scenario.random_failures.iter().filter(|r| r.mtbf > 0.0);
        let failing = random
            .map(|random| {
                let turns = Turns {
                    up: random.mtbf,
                    away: random.mttr.max(0.0),
                };
                let count = if random.what == HOT { 1 } else { chain.shards };
                Failing {
                    each: (0..count)
                        .map(|_| Single::new(&mut chance, turns, begins))
                        .collect(),
                }
            })
            .collect();
        let mut out = Self {
            scenario,
            chain,
            troubles,
            failing,
            chance,
            shards: vec![Shard::default(); chain.shards as usize],
            response: 0.0,
        };
        let shares: Vec<f64> = (0..out.shards.len())
            .map(|shard| out.share(shard))
            .collect();
        for (shard, share) in out.shards.iter_mut().zip(shares) {
            shard.share = share;
        }
        out
    }

    /// Share of all transactions that a shard gets.
    fn share(&self, shard: usize) -> f64 {
        let even = (1.0 - self.chain.hot_share) / f64::from(self.chain.shards);
        if shard == 0 {
            even + self.chain.hot_share
        } else {
            even
        }
    }

    /// Share of the transactions that touch two shards; with one shard there are none.
    fn crossing(&self) -> f64 {
        if self.chain.shards > 1 {
            self.chain.cross_share.clamp(0.0, 1.0)
        } else {
            0.0
        }
    }

    /// Transactions per second a shard can take while it makes blocks at full speed.
    fn full(&self) -> f64 {
        self.chain.capacity / self.work()
    }

    /// Work of a transaction in the mean, where 1 is one that touches a single shard.
    fn work(&self) -> f64 {
        1.0 + self.crossing() * (self.chain.cross_work.max(1.0) - 1.0)
    }

    /// Sets the speed of all shards, mean over the step that begins at `at`.
    fn set_speeds(&mut self, at: f64, secs: f64) {
        let all = self.shards.len();
        for (index, shard) in self.shards.iter_mut().enumerate() {
            let concerned = self.troubles.iter().filter(|t| t.concerns(index, all));
            let gone = |t: &Trouble| overlap((at, secs), t.at, t.until);
            (shard.speed, shard.up) = concerned.fold((1.0, 1.0), |(speed, up), t| {
                let stopped = if t.speed > 0.0 { 0.0 } else { gone(t) };
                (
                    speed * (1.0 - (1.0 - t.speed) * gone(t)),
                    up * (1.0 - stopped),
                )
            });
        }
        for failing in &mut self.failing {
            for (shard, single) in self.shards.iter_mut().zip(&mut failing.each) {
                let there = 1.0 - single.step(&mut self.chance, (at, secs));
                shard.speed *= there;
                shard.up *= there;
            }
        }
    }

    fn step(&mut self, at: f64, secs: f64, offered: f64) -> (Step, Mixture) {
        self.set_speeds(at, secs);
        let service = &self.scenario.service;
        let full = self.full();
        let block = self.chain.block_time.max(0.0);
        let crossing = self.crossing();
        let confirmed = f64::from(self.chain.confirmations) * block;
        let limit = f64::from(service.queue_limit.unwrap_or(100_000));
        let mut out = Step {
            at,
            secs,
            offered,
            ..Step::default()
        };
        let mut mixture = Mixture::default();
        let (mut capacity, mut done, mut waited, mut own_errors) = (0.0, 0.0, 0.0, 0.0);
        let failing = share_of(
            service
                .classes
                .iter()
                .map(|c| c.weight * c.error_share)
                .sum(),
            service.classes.iter().map(|c| c.weight).sum(),
        );
        for shard in &mut self.shards {
            let room = full * shard.speed;
            let arrives = offered * shard.share;
            let before = shard.waiting;
            let (served, waiting, dropped) =
                work_off(before, arrives, room, secs, (limit, service.timeout));
            let wait = share_of(f64::midpoint(before, waiting), room);
            (shard.waiting, shard.served) = (waiting, served);
            let (tail, rate) = left_over(arrives, room, block);
            for (share, phases) in [(1.0 - crossing, 1.0), (crossing, 2.0)] {
                mixture.add(Part {
                    weight: served * share,
                    fixed: wait + confirmed * phases + service.network,
                    even: block,
                    tail,
                    rate,
                });
            }
            let busy = share_of(served, room);
            if room > 0.0 {
                out.instances += 1.0;
            }
            shard.busy = busy;
            out.errors += dropped;
            own_errors += served * failing;
            out.queue += waiting;
            out.utilisation_peak = out.utilisation_peak.max(busy);
            capacity += room;
            done += served;
            waited += served * (wait + block / 2.0 + tail / rate);
        }
        out.served = done - own_errors;
        out.errors += own_errors;
        out.wait = share_of(waited, done);
        out.utilisation = share_of(done, capacity);
        (out.cpu, out.cpu_peak) = (out.utilisation, out.utilisation_peak);
        self.response = mixture.mean();
        (out, mixture)
    }

    fn events(&self) -> Vec<Event> {
        let mut out = Vec::new();
        let all = self.chain.shards;
        for trouble in self
            .troubles
            .iter()
            .filter(|t| t.at < self.scenario.run.duration)
        {
            let shards = trouble.shards.min(all);
            let left = f64::from(all - shards);
            let (who, verbs) = if trouble.hot {
                ("the hot shard".to_owned(), ["makes", "works"])
            } else if shards == 1 {
                ("1 shard".to_owned(), ["makes", "works"])
            } else {
                (format!("{shards} shards"), ["make", "work"])
            };
            let [makes, works] = verbs;
            let (what, back, counts) = if trouble.speed > 0.0 {
                let percent = (trouble.speed * 100.0).round();
                (
                    format!("{who} {works} at {percent} % of the speed"),
                    format!("{who} {works} at full speed again"),
                    None,
                )
            } else {
                (
                    format!("{who} {makes} no blocks"),
                    format!("{who} {makes} blocks again"),
                    Some(left),
                )
            };
            out.push(Event {
                at: trouble.at,
                kind: "fault".to_owned(),
                from: counts.map(|_| f64::from(all)),
                to: counts,
                why: what,
            });
            if trouble.until < self.scenario.run.duration {
                out.push(Event {
                    at: trouble.until,
                    kind: "recovery".to_owned(),
                    from: counts,
                    to: counts.map(|_| f64::from(all)),
                    why: back,
                });
            }
        }
        out
    }

    /// What a reader must know: the bound of the busiest shard, and what was left out.
    fn warnings(&self, most: f64) -> Vec<String> {
        let shards = f64::from(self.chain.shards);
        let hot = share_of(self.full(), self.share(0));
        let even = self.full() * shards;
        let mut out = Vec::new();
        if self.chain.hot_share > 0.0 {
            out.push(format!(
                "the hottest shard bounds the chain at {} transactions/s; evenly spread it could do {}",
                number(hot),
                number(even)
            ));
        }
        if most > hot {
            out.push(format!(
                "up to {} transactions/s arrive where {} can be done: they wait, and what finds no room is turned away",
                number(most),
                number(hot)
            ));
        }
        if !self.failing.is_empty() {
            out.push("shards that fail by chance are counted and not listed one by one".to_owned());
        }
        out.extend(left_out(self.scenario));
        out
    }

    /// The figures that do not come from the steps.
    fn settings(&self) -> ChainFigures {
        let full = self.full();
        ChainFigures {
            shards: self.chain.shards,
            capacity: share_of(full, self.share(0)),
            capacity_even: full * f64::from(self.chain.shards),
            cross_share: self.crossing(),
            work: self.work(),
            ..ChainFigures::default()
        }
    }

    fn backlog(&self) -> f64 {
        self.shards.iter().map(|s| s.waiting).sum()
    }

    /// When shards stop or become slow, in order of time, and how long they do not work: one that is slow goes on working.
    fn losses(&self) -> Vec<(f64, f64)> {
        let stopped = |t: &Trouble| if t.speed > 0.0 { 0.0 } else { t.until - t.at };
        let mut out: Vec<(f64, f64)> = self.troubles.iter().map(|t| (t.at, stopped(t))).collect();
        out.sort_by(|a, b| a.0.total_cmp(&b.0));
        out
    }
}

/// Runs the chain of a scenario.
pub fn run(
    scenario: &Scenario,
    chain: &ShardedChain,
    progress: &Progress,
) -> Result<Outcome, SimulateError> {
    if chain.shards == 0 {
        return Err(SimulateError::impossible(
            "chain.shards",
            "there is no shard; give at least 1",
        ));
    }
    if chain.shards > 100_000 {
        return Err(SimulateError::impossible(
            "chain.shards",
            "more than 100,000 shards are not simulated",
        ));
    }
    let grid = Grid::new(scenario);
    let drawn = scenario.random_failures.iter().any(|r| r.mtbf > 0.0);
    let mut out = repeated(scenario, grid, drawn, progress, |repetition| {
        one(scenario, chain, (grid, repetition), progress)
    })?;
    let found = out.repetitions().iter().filter_map(|r| r.chain.as_ref());
    let availability: Vec<f64> = found.map(|f| f.availability.value).collect();
    if let Some(first) = &mut out.chain {
        first.availability = figure(&availability);
    }
    Ok(out)
}

/// One repetition.
fn one(
    scenario: &Scenario,
    chain: &ShardedChain,
    (grid, repetition): (Grid, u32),
    progress: &Progress,
) -> Result<Outcome, SimulateError> {
    let mut offered = Offered::new(scenario)?;
    let mut model = Model::new(scenario, chain, repetition, grid.begins());
    let mut tally = Tally::new(scenario);
    let mut kept = Kept::default();
    let mut recovery = Recovery::new("no transaction waits because of it");
    let mut losses = model.losses().into_iter().peekable();
    let mut most: f64 = 0.0;
    for index in -grid.warm_up..grid.steps {
        if progress.is_cancelled() {
            return Err(SimulateError::Cancelled);
        }
        progress.advance(1);
        let at = index as f64 * grid.step;
        let backlog = model.backlog();
        while let Some((loss, lasts)) = losses.next_if(|loss| loss.0 < at + grid.step) {
            recovery.begin(loss, lasts, backlog);
        }
        let arrives = offered.over(at, grid.step, model.response);
        let (step, mixture) = model.step(at, grid.step, arrives);
        recovery.look(at + grid.step, model.backlog());
        if index >= 0 {
            most = most.max(arrives);
            kept.add(&model.shards, model.full(), &step);
            tally.add(scenario, &step, mixture);
        }
    }
    let mut events = model.events();
    events.append(&mut recovery.events);
    let figures = kept.figures(&ChainFigures {
        recovery_secs: recovery.longest,
        unrecovered: recovery.unrecovered(),
        ..model.settings()
    });
    let why = "A sharded chain runs in steps, shard by shard. A transaction waits for the next block, half a block on \
               average, and is final after its confirmations; one that touches two shards is confirmed in both, one \
               after the other."
        .to_owned();
    Ok(Outcome {
        chain: Some(figures),
        ..tally.outcome(scenario, grid, why, events, model.warnings(most))
    })
}

#[cfg(test)]
mod tests {
    use rand::{RngExt as _, SeedableRng as _};
    use rand_pcg::Pcg64Mcg;

    use super::*;

    /// Arrivals of a block by exponential distances.
    fn poisson(random: &mut Pcg64Mcg, mean: f64) -> f64 {
        let (mut count, mut at) = (0.0, 0.0);
        loop {
            at -= (1.0 - random.random::<f64>()).ln();
            if at > mean {
                return count;
            }
            count += 1.0;
        }
    }

    #[test]
    fn what_is_left_over_agrees_with_blocks_drawn_one_by_one() {
        for (arrives, room) in [(45.0, 50.0), (95.0, 100.0), (190.0, 200.0)] {
            let mut random = Pcg64Mcg::seed_from_u64(7);
            let (mut left, mut sum) = (0.0_f64, 0.0);
            let blocks = 200_000;
            for _ in 0..blocks {
                left = (left + poisson(&mut random, arrives) - room).max(0.0);
                sum += left;
            }
            let drawn = sum / f64::from(blocks);
            let (share, rate) = left_over(arrives, room, 1.0);
            // Seconds of the tail times the shard's capacity are transactions.
            let expected = share / rate * room;
            assert!(
                (expected / drawn - 1.0).abs() < 0.1,
                "{arrives} of {room}: {expected} against {drawn}"
            );
        }
    }

    #[test]
    fn nothing_is_left_over_where_nothing_comes() {
        assert_eq!(left_over(0.0, 100.0, 1.0), (0.0, 1.0));
        assert_eq!(left_over(10.0, 0.0, 1.0), (0.0, 1.0));
        let (share, _) = left_over(100.0, 1000.0, 1.0);
        assert!(share < 1e-30, "{share}");
    }
}
