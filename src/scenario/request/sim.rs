//! One repetition: what there is, and the loop that takes events in the order of simulated time.

use std::collections::VecDeque;

use crate::progress::{Cancelled, Progress};
use crate::scenario::level::Source;

use super::backend::Behind;
use super::events::{Events, Kind};
use super::faults::Faults;
use super::fleet::Fleet;
use super::flow::LEAST_PATIENCE;
use super::gate::Gate;
use super::jobs::Jobs;
use super::log::Log;
use super::plan::{Plan, Senders};
use super::random::{Purpose, Stream};
use super::record::Recorder;
use super::rollout::Watch;
use super::scaling::Scaling;

/// Events between two looks whether the run was stopped.
const CHECK: u32 = 4096;

/// Random numbers by purpose.
#[derive(Debug)]
pub(super) struct Streams {
    pub arrivals: Stream,
    pub mix: Stream,
    pub service: Stream,
    pub users: Stream,
    pub think: Stream,
    pub choice: Stream,
    pub errors: Stream,
    pub backoff: Stream,
    pub failures: Stream,
    pub versions: Stream,
    pub caches: Stream,
    pub database: Stream,
    pub chores: Stream,
}

/// A run on its way.
pub(super) struct Sim<'a> {
    pub plan: &'a Plan<'a>,
    pub clock: f64,
    pub events: Events,
    pub jobs: Jobs,
    pub fleet: Fleet,
    pub streams: Streams,
    pub record: Recorder,
    pub log: Log,
    pub scaling: Scaling,
    pub faults: Faults,
    pub gate: Gate,
    pub watch: Watch,
    pub behind: Behind,
    /// When senders give up: time, job, its generation. The wait is always the same, so they are in order.
    pub patience: VecDeque<(f64, u32, u32)>,
    pub patience_bound: usize,
    source: Source,
    next_arrival: f64,
    /// Users of a closed workload: whether each is there, and how many are wanted.
    pub users: Vec<bool>,
    pub present: usize,
    pub sendings: u64,
    /// Turned away because no more could be on their way.
    pub overflow: u64,
    progress: &'a Progress,
    reported: f64,
}

impl<'a> Sim<'a> {
    pub(super) fn new(plan: &'a Plan<'a>, repetition: u32, progress: &'a Progress) -> Self {
        let seed = plan.scenario.run.seed;
        let stream = |purpose| Stream::new(seed, repetition, purpose);
        let mut sim = Self {
            plan,
            clock: 0.0,
            events: Events::default(),
            jobs: Jobs::with_bound(plan.most_jobs),
            fleet: Fleet::new(plan),
            streams: Streams {
                arrivals: stream(Purpose::Arrivals),
                mix: stream(Purpose::Mix),
                service: stream(Purpose::Service),
                users: stream(Purpose::Users),
                think: stream(Purpose::Think),
                choice: stream(Purpose::Choice),
                errors: stream(Purpose::Errors),
                backoff: stream(Purpose::Backoff),
                failures: stream(Purpose::Failures),
                versions: stream(Purpose::Versions),
                caches: stream(Purpose::Caches),
                database: stream(Purpose::Database),
                chores: stream(Purpose::Chores),
            },
            record: Recorder::new(plan),
            log: Log::new(plan.warm_up),
            scaling: Scaling::new(plan),
            faults: Faults::new(plan),
            gate: Gate::new(plan),
            watch: Watch::default(),
            behind: Behind::new(plan),
            patience: VecDeque::new(),
            patience_bound: LEAST_PATIENCE,
            source: Source::default(),
            next_arrival: f64::INFINITY,
            users: Vec::new(),
            present: 0,
            sendings: 0,
            overflow: 0,
            progress,
            reported: 0.0,
        };
        sim.events.plan(plan.warm_up, Kind::Step, 0);
        match plan.senders {
            Senders::Open | Senders::Even => sim.next_arrival = sim.draw_arrival(),
            Senders::Closed(_) => sim.events.plan(0.0, Kind::Users, 0),
        }
        sim.plan_looks();
        sim.plan_faults();
        sim.plan_rollout();
        sim.plan_rebalance();
        sim.fleet_changed();
        sim
    }

    fn draw_arrival(&mut self) -> f64 {
        let need = match self.plan.senders {
            Senders::Even => 1.0,
            _ => self.streams.arrivals.exponential(),
        };
        self.source.next(&self.plan.level, need)
    }

    /// Runs to the end.
    pub(super) fn run(&mut self) -> Result<(), Cancelled> {
        let end = self.plan.end();
        let mut count = 0_u32;
        loop {
            count = count.wrapping_add(1);
            if count.is_multiple_of(CHECK) {
                self.progress.check()?;
                self.report();
            }
            let planned = self.events.next_at();
            let late = self.patience.front().map_or(f64::INFINITY, |p| p.0);
            let next = planned.min(late).min(self.next_arrival);
            if next > end || next.is_nan() {
                break;
            }
            self.clock = next;
            if planned <= next {
                if let Some((kind, index)) = self.events.take() {
                    self.happens(kind, index);
                }
            } else if late <= next {
                self.impatient();
            } else {
                self.arrives();
                self.next_arrival = self.draw_arrival();
            }
        }
        self.clock = end;
        self.report();
        Ok(())
    }

    /// Progress in milliseconds of simulated time.
    fn report(&mut self) {
        let whole = (self.clock * 1000.0).floor();
        self.progress
            .advance((whole - self.reported).max(0.0) as u64);
        self.reported = whole.max(self.reported);
    }

    fn happens(&mut self, kind: Kind, index: u32) {
        match kind {
            Kind::Done => self.done(index),
            Kind::Share => self.share_done(index),
            Kind::Retry => self.sends_again(index),
            Kind::Ask => self.request(index),
            Kind::Users => self.users_follow(),
            Kind::Step => self.step(index),
            Kind::Look => self.look(index),
            Kind::Ready => self.ready(index),
            Kind::Warm => self.retune(index),
            Kind::Resize => self.resize(index),
            Kind::Notice => self.notice(index),
            Kind::Trial => self.trial(index),
            Kind::Fault => self.fault(index),
            Kind::Break => self.breaks(index),
            Kind::Repair => self.repaired(index),
            Kind::Rollout => self.rollout(index),
            Kind::Connected => self.opened(index),
            Kind::Query => self.query_done(index),
            Kind::Acquire => self.acquire_ends(),
            Kind::Chore => self.chore_done(),
            Kind::Failover => self.failover(),
            Kind::Rebalance => self.rebalance(),
        }
    }

    /// A step ends and the next begins; step 0 is the end of the warm-up.
    fn step(&mut self, index: u32) {
        let plan = self.plan;
        if index == 0 {
            self.record.start(self.clock);
            self.behind.step();
        } else {
            let behind = self.behind.step();
            let cpu = self.scaling.cpu(plan);
            self.record.close(plan, self.clock, cpu, behind);
        }
        if index < plan.steps {
            let at = (f64::from(index + 1) * plan.step).min(plan.duration);
            self.events.plan(plan.warm_up + at, Kind::Step, index + 1);
        }
    }

    /// The number of instances or their state changed.
    pub(super) fn fleet_changed(&mut self) {
        let (serving, draining, paid) = self.fleet.counts();
        let workers = f64::from(serving + draining) * self.plan.units();
        let cores = self.scaling.cores;
        self.record.charge(self.clock);
        self.record
            .gauges
            .fleet(self.clock, serving, workers, paid, cores);
    }
}
