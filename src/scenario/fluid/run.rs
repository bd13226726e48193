//! One repetition, step by step: what is due happens, requests arrive, groups of instances take and finish what they
//! can, failures are sent again.

use crate::progress::Progress;
use crate::scenario::SimulateError;
use crate::scenario::cost::Meter;
use crate::scenario::model::{Balancer, Service};
use crate::scenario::outcome::Event;

use super::again::Again;
use super::backend::{Asked, Backend};
use super::control::{Control, Decision};
use super::faults::{Faults, Happened};
use super::fleet::Fleet;
use super::limits::Limits;
use super::plan::Plan;
use super::pools::Pools;
use super::regions::Regions;
use super::tally::{StepSums, Tally};
use super::unnoticed::{self, Among};

/// Steps between two looks whether the run was stopped.
const CHECK: u32 = 4096;

/// Rounds in which what is sent again and what is lost come to terms.
const AGAIN_ROUNDS: u32 = 12;
/// Rounds in which an empty cache and what gets through to it come to terms.
const COLD_ROUNDS: u32 = 3;

/// Instances that get another size: time and cores at the beginning and at the end.
#[derive(Clone, Copy, Debug)]
struct Resizing {
    from: (f64, f64),
    to: (f64, f64),
}

/// A repetition on its way.
pub(super) struct Simulation<'a> {
    pub(super) plan: &'a Plan<'a>,
    pub pools: Pools,
    fleet: Fleet,
    regions: Regions,
    pub(super) again: Again,
    /// Requests that are sent in a step, by attempts behind them.
    pub(super) sent: Vec<f64>,
    /// Mean seconds a failed attempt took, and mean response time of the last step.
    pub(super) failing_secs: f64,
    response: f64,
    /// Busy share of the workers in the last step.
    busy: f64,
    pub tally: Tally,
    level_hint: usize,
    /// Lost with the instances they were on, to be failed in the next step.
    lost: f64,
    pub(super) control: Option<Control>,
    pub(super) faults: Faults,
    limits: Limits,
    pub(super) backend: Option<Backend>,
    /// Speed of the cores, and requests per second sent in the last step.
    speed: f64,
    sent_per_sec: f64,
    meter: Meter,
    /// Share of the places to wait that were taken at the end of the last step.
    filled: f64,
    /// Cores an instance has or will have, and those it has while sizes change.
    cores: f64,
    working_cores: f64,
    resizing: Option<Resizing>,
}

impl<'a> Simulation<'a> {
    pub(super) fn new(plan: &'a Plan<'a>, repetition: u32) -> Self {
        let again = Again::new(plan);
        let fleet = Fleet::new(plan.scenario);
        let mut simulation = Self {
            faults: Faults::new(plan.scenario, &fleet, repetition, plan.at(0)),
            control: Control::new(plan),
            limits: Limits::new(plan),
            backend: Backend::new(plan),
            speed: 1.0,
            sent_per_sec: 0.0,
            meter: Meter::new(plan.scenario),
            filled: 0.0,
            cores: plan.scenario.service.cores,
            working_cores: plan.scenario.service.cores,
            resizing: None,
            sent: vec![0.0; again.delays.len() + 1],
            again,
            plan,
            pools: Pools::default(),
            regions: Regions::default(),
            fleet,
            failing_secs: 0.0,
            response: 0.0,
            busy: 0.0,
            tally: Tally::new(plan),
            level_hint: 0,
            lost: 0.0,
        };
        simulation.rebuild(plan.at(0));
        simulation
    }

    /// After the fleet, its size or its version changed.
    fn rebuild(&mut self, at: f64) {
        let sized = Service {
            cores: self.working_cores,
            serial_share: self.plan.scenario.service.serial_share,
            measured_cores: self.plan.scenario.service.measured_cores,
            ..Service::default()
        };
        let slower = self.faults.slower();
        let kinds = self.fleet.serving();
        self.speed = sized.speed() / slower;
        if self.plan.balancer == Balancer::Geographic {
            let faults = &self.faults;
            let cut = |group| faults.is_cut(group);
            self.regions = Regions::new(self.plan, &self.fleet, at, cut);
        }
        self.lost += self.pools.rebuild(
            self.plan,
            &kinds,
            sized.speed() / slower,
            self.backend.as_ref(),
            &self.regions,
        );
        self.faults.fleet_changed(at, &self.fleet);
    }

    /// Everything that happens between two steps.
    fn between(&mut self, at: f64) {
        let (mut changed, back) = self.fleet.advance(at);
        if back > 0 {
            let ready = f64::from(self.fleet.ready());
            let why = format!("{} back", counted(back));
            self.tell(at, "recovery", Some((ready - f64::from(back), ready)), why);
        }
        changed |= self.resize(at);
        for happened in self.faults.due(at, &mut self.fleet, self.backend.as_mut()) {
            self.lost += self.pools.lose(happened.lost);
            changed = true;
            self.happened(at, happened);
        }
        if let Some(happened) = self.faults.roll(at, self.response) {
            changed = true;
            self.happened(at, happened);
        }
        let decisions = self.control.as_mut().map_or_else(Vec::new, |control| {
            control.look(self.plan, &self.pools, at, &self.fleet, self.cores)
        });
        for decision in decisions {
            changed |= self.decide(at, decision);
        }
        changed |= self.behind(at);
        if changed {
            self.rebuild(at);
        }
    }

    /// What lies behind the workers follows the load; whether it holds them for another time.
    fn behind(&mut self, at: f64) -> bool {
        let plan = self.plan;
        let requests = self.sent_per_sec * plan.step;
        let backend = self.backend.as_mut();
        if let Some(why) = backend.and_then(|b| b.rebalance(at, requests)) {
            self.tell(at, "rebalance", None, why);
        }
        let Some(backend) = &mut self.backend else {
            return false;
        };
        backend.begin(at);
        let level = plan.level.at(at);
        let workers = f64::from(self.fleet.ready()) * plan.workers;
        let secs = plan.mean_time() / self.speed.max(1e-9);
        let waiting = self.pools.inside() / plan.step;
        let asked = Asked {
            per_sec: match plan.think {
                Some(think) => level / (think + secs),
                None => self.sent_per_sec.max(level) + (waiting - workers / plan.step).max(0.0),
            },
            workers,
            secs,
            users: plan.think.map(|think| (level, think)),
        };
        if workers <= 0.0 {
            return false;
        }
        let mut changed = backend.settle(plan, &asked);
        if backend.is_cold() {
            // How fast a cache fills depends on how many get through, and the other way round.
            for _ in 0..COLD_ROUNDS {
                let reads = backend.done(&asked) * plan.step * (1.0 - plan.writes);
                backend.fill(reads);
                changed |= backend.settle(plan, &asked);
            }
        }
        changed
    }

    fn happened(&mut self, at: f64, what: Happened) {
        let change = (what.from != what.to).then(|| (f64::from(what.from), f64::from(what.to)));
        self.tell(at, what.kind, change, what.why);
    }

    /// Carries a decision out; whether the fleet changed.
    fn decide(&mut self, at: f64, decision: Decision) -> bool {
        match decision {
            Decision::Instances { to, why } => {
                let from = self.fleet.paid();
                if from == to {
                    return false;
                }
                self.fleet.scale(to, at);
                let kind = if to > from { "scale_out" } else { "scale_in" };
                self.tell(at, kind, Some((f64::from(from), f64::from(to))), why);
                true
            }
            Decision::Cores { to, why } => {
                let ready = self.fleet.ready();
                self.tell(at, "resize", Some((self.cores, to)), why);
                let restart = self
                    .plan
                    .scenario
                    .autoscaling
                    .vertical
                    .map_or(0.0, |v| v.restart.max(0.0));
                let until = at + restart * f64::from(ready);
                if until > at {
                    self.fleet.kill(1, None, f64::NEG_INFINITY, until);
                }
                self.resizing = Some(Resizing {
                    from: (at, self.working_cores),
                    to: (until, to),
                });
                self.cores = to;
                self.resize(at);
                true
            }
        }
    }

    /// Instances change their size one after the other: one is away, and the others are between old and new, followed in
    /// quarters. Whether their mean size changed.
    fn resize(&mut self, at: f64) -> bool {
        let Some(Resizing { from, to }) = self.resizing else {
            return false;
        };
        let done = if at >= to.0 {
            self.resizing = None;
            1.0
        } else {
            (4.0 * (at - from.0) / (to.0 - from.0)).floor() / 4.0
        };
        let cores = from.1 + (to.1 - from.1) * done;
        let changed = cores.to_bits() != self.working_cores.to_bits();
        self.working_cores = cores;
        changed
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
            self.between(at);
            let mut sums = self.step(at);
            if let Some(index) = step.checked_sub(plan.warm_up_steps) {
                sums.cost = self.meter.step(plan.step, sums.paid, self.cores, sums.good);
                self.tally.step(plan, &self.pools, index, sums);
            } else if step + 1 == plan.warm_up_steps {
                self.tally.start();
            }
        }
        self.tally.finish(plan, &self.pools);
        self.tally.summary.cost_per_month = self.meter.per_month();
        self.tally.summary.cost_per_thousand = self.meter.per_thousand();
        Ok(())
    }

    fn step(&mut self, at: f64) -> StepSums {
        let plan = self.plan;
        let secs = plan.step;
        let level = plan.level.mean(at, at + secs, &mut self.level_hint);
        let closed = plan.think.is_some();
        let mut sums = StepSums {
            instances: self.fleet.ready(),
            // One is away while the size changes, and paid for.
            paid: self.fleet.paid() + u32::from(self.resizing.is_some_and(|r| at < r.to.0)),
            ..StepSums::default()
        };
        let mut failures = std::mem::take(&mut self.lost);
        let before = if closed { self.sent_per_sec } else { level };
        let (dead, given_up) = self.unanswered_after_all(at, before.max(self.sent_per_sec));
        let (mut finished, mut failing_secs) = (0.0, 0.0);
        let sent = if closed {
            let (served, away, arrived) = self.pools.step(plan, level);
            finished = served;
            // Users that nobody answers ask as often as they think.
            let missed = if self.pools.live.is_empty() {
                level * secs / (plan.think.unwrap_or(0.0) + plan.mean_time())
            } else {
                arrived * dead / (1.0 - dead).max(1e-3)
            };
            failures += away + missed;
            sums.offered = arrived + missed;
            self.sent.fill(0.0);
            sums.offered
        } else {
            sums.offered = level * secs;
            self.again.due(&mut self.sent);
            sums.offered + self.sent.iter().skip(1).sum::<f64>()
        };
        if let Some(first) = self.sent.first_mut() {
            *first = sums.offered;
        }
        if !closed {
            let mut reaching = sent;
            if self.limits.active() {
                reaching = self.limits.pass(at, secs, sent, self.filled);
            }
            reaching *= 1.0 - dead;
            // Who has tried often enough within the step does not come back.
            let gone = given_up * sent;
            failures += sent - reaching - gone;
            sums.failed += gone;
            if self.pools.live.is_empty() {
                failures += reaching;
            } else {
                let (served, away, _) = self.pools.step(plan, reaching);
                finished = served;
                failures += away;
            }
        }
        if finished > 0.0 || !self.pools.live.is_empty() {
            let (own, late, late_secs) = self.answers(&mut sums, sent);
            failures += own + late;
            failing_secs = late_secs;
        }
        if failures > 0.0 {
            let mean = failing_secs / failures;
            self.failing_secs += 0.2 * (mean - self.failing_secs);
            sums.failed += if closed {
                failures
            } else {
                self.fail(failures, sent)
            };
        }
        self.sent_per_sec = sent / secs;
        self.busy = sums.busy;
        if let Some(backend) = &self.backend {
            sums.cache_hits = backend.hits;
            sums.connections = backend.connections();
            sums.behind = backend.busy;
        }
        self.filled = sums.queue / (plan.room * f64::from(sums.instances)).max(1.0);
        self.faults.rate = sent / secs / f64::from(sums.instances.max(1));
        self.again.next_step();
        let cpu = plan.scenario.autoscaling.cpu;
        let per_instance = finished / secs / f64::from(sums.instances.max(1));
        let first = plan.scenario.service.cores;
        let size = if first > 0.0 { self.cores / first } else { 1.0 };
        if cpu.request > 0.0 && size > 0.0 && sums.instances > 0 {
            sums.cpu = (cpu.idle + per_instance * plan.cpu) / (cpu.request * size);
        }
        if sums.good > 0.0 {
            self.response = sums.response / sums.good;
        }
        if let Some(control) = &mut self.control {
            control.saw(&sums, sent / secs);
        }
        sums
    }

    /// The share of the requests that nobody alive gets although they are sent again within the step, and the share for
    /// which these were all attempts there are.
    fn unanswered_after_all(&self, at: f64, per_sec: f64) -> (f64, f64) {
        if self.fleet.unnoticed(at) == 0 && self.regions.lost <= 0.0 {
            return (0.0, 0.0);
        }
        let first = self.unanswered(at, per_sec).min(1.0);
        let mut waited = 0.0;
        let quick = self
            .again
            .delays
            .iter()
            .take_while(|(_, secs)| {
                waited += secs;
                waited <= self.plan.step
            })
            .count();
        if first <= 0.0 || quick == 0 || self.plan.think.is_some() {
            return (first, 0.0);
        }
        let mut share = first;
        for _ in 0..AGAIN_ROUNDS {
            let attempts: f64 = (0..=quick).map(|n| share.powi(n as i32)).sum();
            share = f64::midpoint(share, self.unanswered(at, per_sec * attempts).min(1.0));
        }
        let left = share.powi(quick as i32 + 1);
        let all = quick == self.again.delays.len();
        (left, if all { left } else { 0.0 })
    }

    /// Share of the requests that nobody alive gets: they go to dead instances the balancer has not noticed, or their
    /// region is cut off.
    fn unanswered(&self, at: f64, per_sec: f64) -> f64 {
        let plan = self.plan;
        let curves = || {
            let live = self.pools.live.iter();
            live.filter_map(|pool| Some((pool.share, self.pools.curve(pool.curve)?.service)))
        };
        let secs = if plan.law.is_some() {
            plan.mean_time() / self.speed.max(1e-9)
        } else {
            curves().map(|(share, secs)| share * secs).sum()
        };
        let among = |dead: u32, alive: u32, per_sec: f64| Among {
            dead: f64::from(dead),
            alive: f64::from(alive),
            workers: plan.workers,
            per_sec,
            secs,
        };
        let part = self.fleet.unnoticed_for(at, plan.step);
        if plan.balancer != Balancer::Geographic {
            let (dead, alive) = (self.fleet.unnoticed(at), self.fleet.ready());
            return part * unnoticed::share(plan.balancer, &among(dead, alive, per_sec));
        }
        let of_region = |group: usize| {
            let dead = self.fleet.unnoticed_in(group, at);
            let home = self.regions.home(group);
            home * unnoticed::share(
                plan.balancer,
                &among(dead, self.fleet.ready_in(group), per_sec * home),
            )
        };
        let regions = self.regions.dead.len();
        let dead: f64 = (0..regions).map(of_region).sum();
        part * (dead + self.regions.dead.iter().sum::<f64>()) + self.regions.lost
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

fn counted(instances: u32) -> String {
    if instances == 1 {
        "1 instance is".to_owned()
    } else {
        format!("{instances} instances are")
    }
}
