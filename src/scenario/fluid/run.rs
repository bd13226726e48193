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
use super::flow::Flow;
use super::limits::Limits;
use super::plan::Plan;
use super::pools::{Pools, Stepped};
use super::regions::Regions;
use super::shed::Shed;
use super::tally::{StepSums, Tally};

/// Steps between two looks whether the run was stopped.
const CHECK: u32 = 4096;

/// Nobody asks again sooner, seconds.
const LEAST_THINK: f64 = 1e-3;
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
    pub(super) fleet: Fleet,
    pub(super) regions: Regions,
    pub(super) again: Again,
    pub(super) flow: Flow,
    /// Mean seconds a failed attempt took, and an answered one in the last step.
    pub(super) failing_secs: f64,
    pub(super) response: f64,
    /// Busy share of the workers in the last step.
    busy: f64,
    pub tally: Tally,
    level_hint: usize,
    /// Lost with the instances they were on, to be failed in the next step.
    lost: f64,
    pub(super) control: Option<Control>,
    pub(super) faults: Faults,
    limits: Limits,
    shed: Shed,
    pub(super) backend: Option<Backend>,
    /// Speed of the cores, and requests per second sent in the last step.
    pub(super) speed: f64,
    sent_per_sec: f64,
    meter: Meter,
    /// Share of the places to wait that fill up.
    room: f64,
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
            shed: Shed::new(plan),
            backend: Backend::new(plan),
            speed: 1.0,
            sent_per_sec: 0.0,
            meter: Meter::new(plan.scenario),
            room: 1.0,
            cores: plan.scenario.service.cores,
            working_cores: plan.scenario.service.cores,
            resizing: None,
            flow: Flow::new(&plan.lanes, again.delays.len() + 1),
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
        self.speed = sized.speed() / slower;
        if self.plan.balancer == Balancer::Geographic {
            let faults = &self.faults;
            let cut = |group| faults.is_cut(group);
            self.regions = Regions::new(self.plan, &self.fleet, at, cut);
        }
        self.group();
        self.faults.fleet_changed(at, &self.fleet);
    }

    /// Groups the instances that serve anew.
    fn group(&mut self) {
        self.lost += self.pools.rebuild(
            self.plan,
            &self.fleet.serving(),
            self.speed,
            self.backend.as_ref(),
            &self.regions,
            self.room,
        );
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
        let mut sums = StepSums {
            instances: self.fleet.ready(),
            // One is away while the size changes, and paid for.
            paid: self.fleet.paid() + u32::from(self.resizing.is_some_and(|r| at < r.to.0)),
            ..StepSums::default()
        };
        let lost = std::mem::take(&mut self.lost);
        let (moved, sent) = match plan.think {
            Some(think) => self.ask(at, level, think, lost),
            None => self.send(at, level, lost),
        };
        sums.offered = self.flow.sent.iter().take(plan.lanes.len()).sum();
        // What failed so far took no time, but for those that waited too long.
        let mut failing_secs = moved.left / self.flow.work * plan.timeout.unwrap_or(0.0);
        let before: f64 = self.flow.failures.iter().sum();
        let finished = moved.served / self.flow.work;
        if finished > 0.0 || !self.pools.live.is_empty() {
            let (failed, failed_secs) = self.answers(&mut sums);
            failing_secs += failed_secs;
            let unserved = (moved.away + moved.left) / self.flow.work;
            sums.failing = (failed + unserved) / (finished + unserved).max(1e-9);
            let failures = before + failed;
            if failures > 0.0 {
                self.failing_secs += 0.2 * (failing_secs / failures - self.failing_secs);
            }
        }
        self.flow.send_again(&mut self.again);
        for (lane, given_up) in self.flow.given_up.iter().enumerate() {
            sums.failed += given_up;
            self.tally.failed(lane, *given_up);
        }
        self.sent_per_sec = sent / secs;
        self.busy = sums.busy;
        if let Some(backend) = &self.backend {
            sums.cache_hits = backend.hits;
            sums.connections = backend.connections();
            sums.behind = backend.busy;
        }
        self.faults.rate = sent / secs / f64::from(sums.instances.max(1));
        self.again.next_step();
        let cpu = plan.scenario.autoscaling.cpu;
        let each = self.flow.mix.iter().zip(&plan.lanes);
        let cpu_each: f64 = each.map(|(share, lane)| share * lane.cpu).sum();
        let per_instance = finished / secs / f64::from(sums.instances.max(1));
        let first = plan.scenario.service.cores;
        let size = if first > 0.0 { self.cores / first } else { 1.0 };
        if cpu.request > 0.0 && size > 0.0 && sums.instances > 0 {
            sums.cpu = (cpu.idle + per_instance * cpu_each) / (cpu.request * size);
        }
        if let Some(control) = &mut self.control {
            control.saw(&sums, sent / secs);
        }
        sums
    }

    /// A step of an open workload, with what was lost before it: what it did, and how many requests were sent.
    fn send(&mut self, at: f64, level: f64, lost: f64) -> (Stepped, f64) {
        let (plan, secs) = (self.plan, self.plan.step);
        let lanes = &plan.lanes;
        let (dead, given_up) = self.unanswered_after_all(at, level.max(self.sent_per_sec));
        let sent = self.flow.begin(lanes, level * secs, &mut self.again);
        self.flow.lose(lost);
        if self.limits.active() {
            self.limits.pass(at, secs, &mut self.flow.reaching);
        }
        if dead > 0.0 || given_up > 0.0 || self.limits.active() {
            // Who has tried often enough within the step does not come back.
            self.flow.stop(dead, given_up);
        }
        if self.pools.live.is_empty() {
            self.flow.fail_all();
            return (Stepped::default(), sent);
        }
        let coming = self.flow.weigh(lanes);
        if self.shed.active() {
            let room = self
                .shed
                .room(&self.flow.works, self.pools.capacity() * secs);
            if room.to_bits() != self.room.to_bits() {
                self.room = room;
                self.group();
            }
        }
        let inside = self.pools.inside();
        let moved = self.pools.step(plan, coming);
        self.flow.join(lanes, inside, moved.away, &self.shed);
        self.flow.lose(moved.left);
        (moved, sent)
    }

    /// The same of users who think for so long on average. Those that dead instances fail at once think again, the
    /// others wait for their answer: `rate·(think + (1 − dead)·response)` are all users.
    fn ask(&mut self, at: f64, users: f64, think: f64, lost: f64) -> (Stepped, f64) {
        let (plan, secs) = (self.plan, self.plan.step);
        let waits = if self.response > 0.0 {
            (self.response - plan.network).max(0.0)
        } else {
            plan.mean_time()
        };
        let before = if self.sent_per_sec > 0.0 {
            self.sent_per_sec
        } else {
            users / (think + waits).max(LEAST_THINK)
        };
        let (dead, _) = self.unanswered_after_all(at, before);
        let dead = if self.pools.live.is_empty() {
            1.0
        } else {
            dead
        };
        let rate = users / (think + (1.0 - dead) * waits).max(LEAST_THINK);
        let missed = dead * rate * secs;
        let moved = self
            .pools
            .step(plan, (users - dead * rate * think).max(0.0));
        let offered = moved.arrived + missed;
        self.flow.begin(&plan.lanes, offered, &mut self.again);
        self.flow.lose(lost + missed + moved.away + moved.left);
        (moved, offered)
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
