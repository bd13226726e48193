//! One repetition, step by step: what is due happens, requests arrive, groups of instances take and finish what they
//! can, failures are sent again.

use crate::progress::Progress;
use crate::scenario::SimulateError;
use crate::scenario::outcome::Event;

use super::fleet::Fleet;
use super::mix::Entry;
use super::plan::Plan;
use super::pools::Pools;
use super::tally::{StepSums, Tally};

/// Steps between two looks whether the run was stopped.
const CHECK: u32 = 4096;
/// Steps a failed request waits at most until it is sent again.
const LONGEST_BACKOFF: usize = 100_000;

/// Requests to be sent again, by the step and the number of attempts behind them.
struct Again {
    /// Ring of steps; for each, requests by attempt.
    ring: Vec<Vec<f64>>,
    at: usize,
    /// Steps and seconds until the next attempt, by attempt.
    delays: Vec<(usize, f64)>,
}

impl Again {
    fn new(plan: &Plan) -> Self {
        let most = plan.retries.max.min(100) as usize;
        let delays: Vec<(usize, f64)> = (0..most)
            .map(|attempt| {
                let wait = plan.backoff(attempt);
                let steps = (wait / plan.step).round().max(1.0) as usize;
                (steps.min(LONGEST_BACKOFF), wait)
            })
            .collect();
        let longest = delays.iter().map(|(steps, _)| *steps).max().unwrap_or(0);
        Self {
            ring: vec![vec![0.0; most]; if most > 0 { longest + 1 } else { 0 }],
            at: 0,
            delays,
        }
    }

    /// Those that are due now, by attempts behind them from one on; they leave.
    fn due(&mut self, into: &mut [f64]) {
        if let Some(slot) = self.ring.get_mut(self.at) {
            for (due, waiting) in into.iter_mut().skip(1).zip(slot.iter_mut()) {
                *due = std::mem::take(waiting);
            }
        }
    }

    /// Plans `count` that failed with so many attempts behind them; how many are given up.
    fn fail(&mut self, attempt: usize, count: f64) -> f64 {
        let Some((steps, _)) = self.delays.get(attempt) else {
            return count;
        };
        let place = (self.at + steps) % self.ring.len().max(1);
        if let Some(slot) = self.ring.get_mut(place).and_then(|s| s.get_mut(attempt)) {
            *slot += count;
        }
        0.0
    }

    fn next_step(&mut self) {
        if !self.ring.is_empty() {
            self.at = (self.at + 1) % self.ring.len();
        }
    }

    /// Waiting to be sent again.
    fn waiting(&self) -> f64 {
        self.ring.iter().flatten().sum()
    }
}

/// A repetition on its way.
pub(super) struct Simulation<'a> {
    plan: &'a Plan<'a>,
    pub pools: Pools,
    fleet: Fleet,
    again: Again,
    /// Requests that are sent in a step, by attempts behind them.
    sent: Vec<f64>,
    /// Mean seconds a failed attempt took.
    failing_secs: f64,
    pub tally: Tally,
    level_hint: usize,
    /// Lost with the instances they were on, to be failed in the next step.
    lost: f64,
}

impl<'a> Simulation<'a> {
    pub(super) fn new(plan: &'a Plan<'a>, repetition: u32) -> Self {
        let again = Again::new(plan);
        let mut simulation = Self {
            sent: vec![0.0; again.delays.len() + 1],
            again,
            plan,
            pools: Pools::default(),
            fleet: Fleet::new(plan.scenario),
            failing_secs: 0.0,
            tally: Tally::new(plan, repetition == 0),
            level_hint: 0,
            lost: 0.0,
        };
        simulation.rebuild();
        simulation
    }

    fn rebuild(&mut self) {
        let speed = self.plan.scenario.service.speed();
        let kinds = self.fleet.serving();
        self.lost += self.pools.rebuild(self.plan, &kinds, speed);
    }

    /// Inside the instances or waiting to be sent again.
    pub(super) fn left_over(&self) -> f64 {
        self.pools.inside() + self.again.waiting()
    }

    pub(super) fn run(&mut self, progress: &Progress) -> Result<(), SimulateError> {
        let plan = self.plan;
        let all = plan.warm_up_steps + plan.steps;
        for step in 0..all {
            if step.is_multiple_of(CHECK) {
                progress.check().map_err(|_| SimulateError::Cancelled)?;
                progress.advance(u64::from(CHECK.min(all - step)));
            }
            let at = plan.at(step);
            if self.fleet.advance(at) {
                self.rebuild();
            }
            let sums = self.step(at);
            if let Some(index) = step.checked_sub(plan.warm_up_steps) {
                self.tally.step(plan, &self.pools, index, sums);
            } else if step + 1 == plan.warm_up_steps {
                self.tally.start();
            }
        }
        self.tally.finish(plan, &self.pools);
        Ok(())
    }

    fn step(&mut self, at: f64) -> StepSums {
        let plan = self.plan;
        let secs = plan.step;
        let level = plan
            .level
            .at((at + secs / 2.0).max(0.0), &mut self.level_hint);
        let fresh = level * secs;
        self.again.due(&mut self.sent);
        if let Some(first) = self.sent.first_mut() {
            *first = fresh;
        }
        let sent: f64 = self.sent.iter().sum();
        let mut sums = StepSums {
            offered: fresh,
            instances: self.fleet.ready(),
            paid: self.fleet.paid(),
            ..StepSums::default()
        };
        let mut failures = std::mem::take(&mut self.lost);
        let mut failing_secs = 0.0;
        let mut finished = 0.0;
        if self.pools.live.is_empty() {
            failures += sent;
        } else {
            let (served, away) = self.pools.step(sent, secs);
            finished = served;
            failures += away;
            let (own, late, late_secs) = self.answers(&mut sums, sent);
            failures += own + late;
            failing_secs = late_secs;
        }
        if failures > 0.0 {
            let mean = failing_secs / failures;
            self.failing_secs += 0.2 * (mean - self.failing_secs);
            sums.failed = self.fail(failures, sent);
        }
        self.again.next_step();
        let cpu = plan.scenario.autoscaling.cpu;
        let per_instance = finished / secs / f64::from(sums.instances.max(1));
        if cpu.request > 0.0 && sums.instances > 0 {
            sums.cpu = (cpu.idle + per_instance * plan.cpu) / cpu.request;
        }
        sums
    }

    /// Sorts what the workers finished: good, failed by itself, too late; and seconds that failed ones took.
    fn answers(&mut self, sums: &mut StepSums, sent: f64) -> (f64, f64, f64) {
        let plan = self.plan;
        let (mut own, mut late, mut late_secs, mut workers) = (0.0, 0.0, 0.0, 0.0);
        let again: f64 = self.sent.iter().skip(1).sum();
        let repeated = again > 1e-6 * sent;
        for pool in &self.pools.live {
            let Some(curve) = self.pools.curve(pool.curve) else {
                continue;
            };
            let moved = &pool.moved;
            workers += curve.workers;
            sums.busy += moved.busy * curve.workers;
            sums.queue += moved.queue;
            if moved.served <= 0.0 {
                continue;
            }
            let errors = moved.served * plan.own_errors;
            let rest = moved.served - errors;
            own += errors;
            let (response, wait) = curve.means(&plan.bins, moved);
            late_secs += errors * response;
            let mut good = 0.0;
            let next = (moved.cell + 1).min(curve.last());
            for (cell, part) in [(moved.cell, 1.0 - moved.part), (next, moved.part)] {
                if part <= 0.0 {
                    continue;
                }
                let within = plan.timeout.map_or(1.0, |limit| {
                    1.0 - curve.late(&plan.bins, cell, moved.behind, limit)
                });
                let weight = rest * part;
                good += weight * within;
                let mut entry = Entry {
                    curve: pool.curve,
                    cell,
                    behind: moved.behind,
                    before: 0.0,
                    weight,
                    within,
                };
                if !repeated {
                    self.tally.add(entry);
                    continue;
                }
                for (attempt, count) in self.sent.iter().enumerate() {
                    entry.weight = weight * count / sent;
                    self.tally.add(entry);
                    let wait = self.again.delays.get(attempt).map_or(0.0, |d| d.1);
                    entry.before += self.failing_secs + wait;
                }
            }
            late += rest - good;
            late_secs += (rest - good) * plan.timeout.unwrap_or(0.0);
            sums.good += good;
            sums.response += good * response;
            sums.wait += good * wait;
        }
        if workers > 0.0 {
            sums.busy /= workers;
        }
        (own, late, late_secs)
    }

    /// Sends failures again, each attempt in proportion to what was sent; those given up for good.
    fn fail(&mut self, failures: f64, sent: f64) -> f64 {
        if sent <= 0.0 {
            return failures;
        }
        let mut given_up = 0.0;
        for (attempt, count) in self.sent.iter().enumerate() {
            given_up += self.again.fail(attempt, failures * count / sent);
        }
        given_up
    }

    /// Something to tell.
    fn tell(&mut self, at: f64, kind: &str, change: Option<(f64, f64)>, why: String) {
        if at >= 0.0 {
            self.tally.event(Event {
                at,
                kind: kind.to_owned(),
                from: change.map(|c| c.0),
                to: change.map(|c| c.1),
                why,
            });
        }
    }
}
