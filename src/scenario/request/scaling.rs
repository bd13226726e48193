//! The number and size of instances follow their controller: it is told what was seen since its last look, and its
//! decisions start instances, let them drain, or change their cores one after the other.

use crate::scenario::control::{Controller, Decision, Fleet as Known, Seen};

use super::events::Kind;
use super::histogram::Histogram;
use super::instance::{Instance, State};
use super::plan::{MOST_INSTANCES, Plan};
use super::record::Areas;
use super::sim::Sim;

/// The controller, and what it has not seen yet.
#[derive(Debug)]
pub(super) struct Scaling {
    controller: Controller,
    /// Cores a new instance gets.
    pub cores: f64,
    /// Response times since the last look.
    pub responses: Responses,
    since: Areas,
    cpu: f64,
    sendings: u64,
}

/// Response times, where somebody asks for them.
#[derive(Debug, Default)]
pub(super) struct Responses(Option<Histogram>);

impl Responses {
    #[inline]
    pub(super) fn record(&mut self, response: f64) {
        if let Some(histogram) = &mut self.0 {
            histogram.record(response);
        }
    }
}

impl Scaling {
    pub(super) fn new(plan: &Plan) -> Self {
        let controller = Controller::new(plan.scenario);
        let asked = controller.active().then(Histogram::default);
        Self {
            controller,
            cores: plan.scenario.service.cores,
            responses: Responses(asked),
            since: Areas::default(),
            cpu: 0.0,
            sendings: 0,
        }
    }

    /// Cores an instance uses without requests, and its CPU request at its present size.
    pub(super) fn cpu(&self, plan: &Plan) -> (f64, f64) {
        let cpu = plan.scenario.autoscaling.cpu;
        let first = plan.scenario.service.cores;
        let size = if first > 0.0 { self.cores / first } else { 1.0 };
        (cpu.idle, cpu.request * size)
    }
}

impl Sim<'_> {
    /// Looks at every multiple of the controller's tick, counted from the start of the run.
    pub(super) fn plan_looks(&mut self) {
        if self.scaling.controller.active() {
            let tick = self.tick();
            let first = (self.plan.warm_up % tick + tick) % tick;
            let first = if first > 0.0 { first } else { tick };
            self.events.plan(first, Kind::Look, 0);
        }
    }

    fn tick(&self) -> f64 {
        let tick = self.scaling.controller.tick();
        if tick.is_finite() {
            tick.max(0.1)
        } else {
            15.0
        }
    }

    pub(super) fn look(&mut self, index: u32) {
        let plan = self.plan;
        let tick = self.tick();
        let first = plan.warm_up % tick;
        let first = if first > 0.0 { first } else { tick };
        let next = first + f64::from(index + 1) * tick;
        self.events.plan(next, Kind::Look, index + 1);
        let seen = self.seen();
        // What a rollout has beside it is not the autoscaler's.
        let (part, _) = self.scaled_part();
        let known = Known {
            ready: (f64::from(self.record.gauges.serving) * part).round() as u32,
            booting: self
                .fleet
                .instances
                .iter()
                .filter_map(|i| match i.state {
                    State::Booting(since) => Some(self.clock - since),
                    _ => None,
                })
                .collect(),
            cores: self.scaling.cores,
        };
        let at = self.clock - plan.warm_up;
        for decision in self.scaling.controller.look(at, &seen, &known) {
            match decision {
                Decision::Instances { to, why } => self.scale(known.total(), to, &why),
                Decision::Cores { to, why } => self.resize_all(to, &why),
            }
        }
    }

    /// What was seen so far says nothing about what comes now: the next look begins here.
    pub(super) fn looks_anew(&mut self) {
        self.seen();
    }

    /// Means since the last look over the instances in service.
    fn seen(&mut self) -> Seen {
        let now = self.record.gauges.areas(self.clock);
        let since = std::mem::replace(&mut self.scaling.since, now);
        let areas = now.since(&since);
        let (part, requests) = self.scaled_part();
        let (serving, workers) = (areas.serving * part, areas.workers * part);
        let cpu = self.record.cpu_ever - self.scaling.cpu;
        let sent = self.sendings - self.scaling.sendings;
        self.scaling.cpu = self.record.cpu_ever;
        self.scaling.sendings = self.sendings;
        let per = |sum: f64, of: f64| if of > 0.0 { sum / of } else { 0.0 };
        let (idle, request) = self.scaling.cpu(self.plan);
        let responses = self.scaling.responses.0.as_mut();
        let p95 = responses.and_then(|histogram| {
            let p95 = histogram.percentiles([0.95]).map(|[p95]| p95);
            histogram.clear();
            p95
        });
        Seen {
            cpu: per(cpu * requests + idle * serving, request * serving),
            workers: per(areas.busy * requests, workers).min(1.0),
            rate_per_instance: per(sent as f64 * requests, serving),
            p95,
            queue_per_instance: per(areas.waiting * requests, serving),
        }
    }

    /// So many instances, those on their way included.
    fn scale(&mut self, from: u32, to: u32, why: &str) {
        let to = to.min(MOST_INSTANCES);
        if to == from {
            return;
        }
        let kind = if to > from { "scale_out" } else { "scale_in" };
        let change = Some((f64::from(from), f64::from(to)));
        self.log.note(self.clock, kind, change, why);
        let boot = self.plan.scenario.autoscaling.boot.max(0.0);
        for _ in from..to {
            let number = self.add_instance(State::Booting(self.clock), self.watch.moved());
            self.events.plan(self.clock + boot, Kind::Ready, number);
        }
        for _ in to..from {
            self.stop_instance();
        }
        self.fleet_changed();
    }

    /// A new instance of a version in the group that is furthest below its share; its number.
    pub(super) fn add_instance(&mut self, state: State, new_version: bool) -> u32 {
        let plan = self.plan;
        let mut there = vec![0_u32; plan.groups.len()];
        for instance in &self.fleet.instances {
            let present = !matches!(instance.state, State::Gone | State::Draining)
                && instance.new_version == new_version;
            if let Some(count) = there.get_mut(instance.group as usize).filter(|_| present) {
                *count += 1;
            }
        }
        let fullness = |group: usize| {
            let planned = plan.groups.get(group).map_or(1, |g| g.instances.max(1));
            f64::from(there.get(group).copied().unwrap_or(0)) / f64::from(planned)
        };
        let group = (0..plan.groups.len())
            .min_by(|a, b| fullness(*a).total_cmp(&fullness(*b)))
            .unwrap_or(0);
        let base = plan.groups.get(group).map_or(1.0, |g| g.speed);
        let mut instance = Instance::new(group as u16, state, base, self.scaling.cores);
        instance.new_version = new_version;
        self.fleet.add(plan, instance)
    }

    /// The newest instance goes, those that still boot first.
    fn stop_instance(&mut self) {
        let version = self.watch.moved();
        let newest = |wanted: fn(&State) -> bool| {
            let mut instances = self.fleet.instances.iter();
            let found = instances.rposition(|i| i.new_version == version && wanted(&i.state));
            found.map(|number| number as u32)
        };
        let booting = newest(|s| matches!(s, State::Booting(_)));
        if let Some(number) = booting.or_else(|| newest(|s| *s == State::Serving)) {
            self.drain(number);
        }
    }

    /// An instance finishes what it has, and goes; one that has not booted goes at once.
    pub(super) fn drain(&mut self, number: u32) {
        if let Some(instance) = self.fleet.get_mut(number) {
            instance.state = if matches!(instance.state, State::Booting(_)) {
                State::Gone
            } else {
                State::Draining
            };
        }
        self.fleet.settle(number, self.clock);
        self.leaves_if_done(number);
    }

    /// A draining instance goes when it has finished.
    #[inline]
    pub(super) fn leaves_if_done(&mut self, number: u32) {
        if let Some(instance) = self.fleet.get_mut(number)
            && instance.state == State::Draining
            && instance.in_flight() == 0
        {
            instance.state = State::Gone;
            self.fleet_changed();
        }
    }

    /// An instance takes traffic: it has booted, or has its new size.
    pub(super) fn ready(&mut self, number: u32) {
        let autoscaling = &self.plan.scenario.autoscaling;
        let warm_up = autoscaling.warm_up.max(0.0);
        let (now, cores) = (self.clock, self.scaling.cores);
        let Some(instance) = self.fleet.get_mut(number) else {
            return;
        };
        if !matches!(instance.state, State::Booting(_) | State::Resizing) {
            return;
        }
        instance.state = State::Serving;
        instance.cores = cores;
        instance.cold_until = now + warm_up;
        if warm_up > 0.0 {
            self.events.plan(now + warm_up, Kind::Warm, number);
        }
        self.retune(number);
        self.fleet.settle(number, now);
        self.fleet_changed();
        self.pulls(number);
    }

    /// Idle workers of an instance look into the queue that all share.
    pub(super) fn pulls(&mut self, number: u32) {
        while self.fleet.shares_queue()
            && let Some(instance) = self.fleet.get(number)
            && instance.busy < self.plan.workers
            && instance.trusted(self.clock)
            && instance.alive()
        {
            let new = instance.new_version;
            if self.fleet.shared(new).is_empty() {
                return;
            }
            self.next_job(number);
            self.fleet.touched(number, self.clock);
        }
    }

    /// The speed of an instance after something about it changed.
    pub(super) fn retune(&mut self, number: u32) {
        let (plan, now) = (self.plan, self.clock);
        let Some(instance) = self.fleet.get_mut(number) else {
            return;
        };
        let cold = plan.scenario.autoscaling.warm_up_speed;
        let warmth = if now < instance.cold_until && cold > 0.0 {
            cold
        } else {
            1.0
        };
        let slow = instance.slow.max(1e-6);
        instance.speed = instance.base * plan.speed_of(instance.cores) * warmth / slow;
        if let Some(law) = &plan.law {
            let next = instance.sharing.retuned(now, law, instance.speed);
            self.events.plan(next, Kind::Share, number);
        }
    }

    /// All instances get other cores, one after the other.
    fn resize_all(&mut self, to: f64, why: &str) {
        let from = self.scaling.cores;
        if !to.is_finite() || to <= 0.0 || to.to_bits() == from.to_bits() {
            return;
        }
        self.log.note(self.clock, "resize", Some((from, to)), why);
        self.scaling.cores = to;
        self.fleet_changed();
        let vertical = self.plan.scenario.autoscaling.vertical;
        let restart = vertical.map_or(0.0, |v| v.restart.max(0.0));
        let mut turn = 0.0;
        for number in 0..self.fleet.instances.len() as u32 {
            if self
                .fleet
                .get(number)
                .is_some_and(|i| i.state == State::Serving)
            {
                self.events
                    .plan(self.clock + turn * restart, Kind::Resize, number);
                turn += 1.0;
            }
        }
    }

    /// It is an instance's turn to change its size: it is away for that time.
    pub(super) fn resize(&mut self, number: u32) {
        let vertical = self.plan.scenario.autoscaling.vertical;
        let restart = vertical.map_or(0.0, |v| v.restart.max(0.0));
        let Some(instance) = self.fleet.get_mut(number) else {
            return;
        };
        if instance.state != State::Serving {
            return;
        }
        instance.state = State::Resizing;
        self.fleet.settle(number, self.clock);
        self.fleet_changed();
        self.events.plan(self.clock + restart, Kind::Ready, number);
    }
}
