//! One repetition: requests arrive, are sent to an instance, wait, are worked on, answered or sent again, in the order
//! of simulated time.

use std::collections::VecDeque;

use crate::progress::{Cancelled, Progress};
use crate::scenario::model::Retries;

use super::events::{Events, Kind};
use super::fleet::Fleet;
use super::jobs::{Job, Jobs};
use super::level::Source;
use super::plan::{Plan, Senders};
use super::random::{Purpose, Stream};
use super::record::Recorder;

/// Events between two looks whether the run was stopped.
const CHECK: u32 = 4096;
/// Sendings of one repetition; beyond it nothing is sent again, so that a storm of retries ends.
const MOST_SENDINGS: u64 = 1_000_000_000;
/// Seconds between two looks at the number of users.
const USERS_EVERY: f64 = 1.0;
/// Nobody thinks for less, so that time goes on.
const LEAST_THINK: f64 = 1e-6;

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
    /// When senders give up: time, job, its generation. The wait is always the same, so they are in order.
    patience: VecDeque<(f64, u32, u32)>,
    source: Source,
    next_arrival: f64,
    /// Users of a closed workload: whether each is there.
    users: Vec<bool>,
    present: usize,
    sendings: u64,
    /// Turned away because no more could be on their way.
    pub overflow: u64,
    progress: &'a Progress,
    reported: f64,
}

impl<'a> Sim<'a> {
    pub(super) fn new(
        plan: &'a Plan<'a>,
        repetition: u32,
        keeps_times: bool,
        progress: &'a Progress,
    ) -> Self {
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
            },
            record: Recorder::new(plan, keeps_times),
            patience: VecDeque::new(),
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
            // Ends also where nothing is to come (NaN is not at most the end).
            if !(next <= end) {
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
            Kind::Retry => self.sends_again(index),
            Kind::Ask => self.asks(index),
            Kind::Users => self.users_follow(),
            Kind::Step => self.step(index),
        }
    }

    /// A step ends and the next begins; step 0 is the end of the warm-up.
    fn step(&mut self, index: u32) {
        let plan = self.plan;
        if index == 0 {
            self.record.start(self.clock);
        } else {
            let cpu = plan.scenario.autoscaling.cpu;
            self.record.close(plan, self.clock, (cpu.idle, cpu.request));
        }
        if index < plan.steps {
            let at = (f64::from(index + 1) * plan.step).min(plan.duration);
            self.events.plan(plan.warm_up + at, Kind::Step, index + 1);
        }
    }

    /// The number of instances or their state changed.
    pub(super) fn fleet_changed(&mut self) {
        let serving = self.fleet.serving();
        let workers = u64::from(serving) * u64::from(self.plan.workers);
        self.record
            .gauges
            .fleet(self.clock, serving, workers, serving);
    }

    fn arrives(&mut self) {
        let user = if self.plan.users > 0 {
            self.streams.users.below(self.plan.users as usize) as u32
        } else {
            self.sendings as u32
        };
        self.request(user);
    }

    /// A new request of a user.
    fn request(&mut self, user: u32) {
        let plan = self.plan;
        let class = plan.class(&mut self.streams.mix);
        let region = plan.region(&mut self.streams.users);
        let demand = plan
            .classes
            .get(class as usize)
            .map_or(0.0, |c| c.time.draw(&mut self.streams.service));
        self.record.arrived(class);
        self.send(Job {
            first: self.clock,
            sent: self.clock,
            demand,
            user,
            class,
            region,
            ..Job::default()
        });
    }

    /// Sends a request to the instance the balancer chooses.
    fn send(&mut self, mut job: Job) {
        let plan = self.plan;
        self.sendings += 1;
        let shared = self.fleet.shares_queue();
        let chosen = self
            .fleet
            .choose(job.user, job.region, &mut self.streams.choice);
        let number = match chosen {
            Some(number) => number,
            None if shared && self.shared_room() => return self.waits_for_any(job),
            None => return self.fails(job),
        };
        job.instance = number;
        let Some(instance) = self.fleet.get(number) else {
            return;
        };
        let begins = instance.busy < plan.workers;
        if !begins && instance.queue.len() >= plan.queue_limit as usize {
            return self.fails(job);
        }
        let Some(place) = self.jobs.add(job) else {
            self.overflow += 1;
            return self.fails(job);
        };
        self.patient(place);
        if begins {
            self.begin(place, number);
        } else {
            if let Some(instance) = self.fleet.get_mut(number) {
                instance.queue.push_back(place);
            }
            self.record.gauges.waits(true);
        }
        self.fleet.touched(number);
    }

    /// The sender's clock starts.
    fn patient(&mut self, place: u32) {
        if let Some(timeout) = self.plan.timeout {
            let generation = self.jobs.generation(place);
            self.patience
                .push_back((self.clock + timeout, place, generation));
        }
    }

    fn shared_room(&self) -> bool {
        let room = u64::from(self.plan.queue_limit) * u64::from(self.record.gauges.serving);
        (self.fleet.shared.len() as u64) < room
    }

    fn waits_for_any(&mut self, job: Job) {
        let Some(place) = self.jobs.add(job) else {
            self.overflow += 1;
            return self.fails(job);
        };
        self.patient(place);
        self.fleet.shared.push_back(place);
        self.record.gauges.waits(true);
    }

    /// A worker takes a job.
    #[inline]
    fn begin(&mut self, place: u32, number: u32) {
        let (Some(job), Some(instance)) = (self.jobs.get_mut(place), self.fleet.get_mut(number))
        else {
            return;
        };
        job.begun = self.clock;
        job.instance = number;
        instance.busy += 1;
        let until = self.clock + job.demand / instance.speed;
        self.events.plan(until, Kind::Done, place);
        self.record.gauges.begins(self.clock);
    }

    /// A worker is done with a job; it takes the next.
    fn done(&mut self, place: u32) {
        let Some(job) = self.jobs.get(place).copied() else {
            return;
        };
        self.record.gauges.ends(self.clock);
        self.jobs.free(place);
        if let Some(instance) = self.fleet.get_mut(job.instance) {
            instance.busy = instance.busy.saturating_sub(1);
        }
        self.next_job(job.instance);
        self.fleet.touched(job.instance);
        self.answers(job);
    }

    /// Gives a free worker of an instance the next job that somebody still waits for.
    fn next_job(&mut self, number: u32) {
        loop {
            let shared = self.fleet.shares_queue();
            let queue = if shared {
                &mut self.fleet.shared
            } else {
                match self.fleet.get_mut(number) {
                    Some(instance) => &mut instance.queue,
                    None => return,
                }
            };
            let Some(place) = queue.pop_front() else {
                return;
            };
            self.record.gauges.waits(false);
            if self.jobs.get(place).is_some_and(|j| !j.given_up) {
                return self.begin(place, number);
            }
            self.jobs.free(place);
        }
    }

    /// The work on a job is done; somebody may still want the answer.
    fn answers(&mut self, job: Job) {
        let plan = self.plan;
        let Some(class) = plan.classes.get(job.class as usize) else {
            return;
        };
        self.record.used(class.cpu);
        if job.given_up {
            return;
        }
        self.fleet.observed(job.instance, self.clock - job.sent);
        if self.streams.errors.happens(class.error_share) {
            return self.fails(job);
        }
        let group = self.fleet.get(job.instance).map_or(0, |i| i.group);
        let way = plan.network + plan.distance(group, job.region);
        let response = self.clock - job.first + way;
        self.record
            .answered(job.class, response, job.begun - job.sent);
        self.settled(job.user, way);
    }

    /// The first in line gives up, unless the answer came.
    fn impatient(&mut self) {
        let Some((_, place, generation)) = self.patience.pop_front() else {
            return;
        };
        if !self.jobs.current(place, generation) {
            return;
        }
        let Some(job) = self.jobs.get_mut(place) else {
            return;
        };
        job.given_up = true;
        let job = *job;
        self.fails(job);
    }

    /// A sending failed: sent again later, or given up for good.
    fn fails(&mut self, job: Job) {
        let Retries {
            max,
            backoff,
            factor,
            cap,
            jitter,
        } = self.plan.retries;
        if job.attempt < max && self.sendings < MOST_SENDINGS {
            let exponent = job.attempt.min(1000) as i32;
            let wait = (backoff.max(0.0) * factor.max(0.0).powi(exponent)).min(cap.max(0.0));
            let spread = jitter.clamp(0.0, 1.0);
            let vary = if spread > 0.0 {
                1.0 + spread * (2.0 * self.streams.backoff.share() - 1.0)
            } else {
                1.0
            };
            let again = Job {
                attempt: job.attempt + 1,
                given_up: false,
                ..job
            };
            if let Some(place) = self.jobs.add(again) {
                let wait = (wait * vary).max(0.0);
                self.events.plan(self.clock + wait, Kind::Retry, place);
                return;
            }
            self.overflow += 1;
        }
        self.record.failed(job.class);
        self.settled(job.user, self.plan.network);
    }

    fn sends_again(&mut self, place: u32) {
        let Some(job) = self.jobs.get(place).copied() else {
            return;
        };
        self.jobs.free(place);
        let demand = self
            .plan
            .classes
            .get(job.class as usize)
            .map_or(0.0, |c| c.time.draw(&mut self.streams.service));
        self.send(Job {
            sent: self.clock,
            demand,
            ..job
        });
    }

    /// A user of a closed workload has the answer after `way` seconds, and thinks.
    fn settled(&mut self, user: u32, way: f64) {
        let Senders::Closed(think) = &self.plan.senders else {
            return;
        };
        if (user as usize) < self.present {
            let pause = think.draw(&mut self.streams.think) + way;
            let at = self.clock + pause.max(LEAST_THINK);
            self.events.plan(at, Kind::Ask, user);
        } else if let Some(there) = self.users.get_mut(user as usize) {
            *there = false;
        }
    }

    fn asks(&mut self, user: u32) {
        self.request(user);
    }

    /// Users come at once when the level rises, and leave after their answer when it falls.
    fn users_follow(&mut self) {
        let Senders::Closed(think) = &self.plan.senders else {
            return;
        };
        let wanted = self.plan.level.at(self.clock).round() as usize;
        if wanted > self.users.len() {
            self.users.resize(wanted, false);
        }
        for (user, there) in self
            .users
            .iter_mut()
            .enumerate()
            .take(wanted)
            .skip(self.present)
        {
            if !*there {
                *there = true;
                let pause = think.draw(&mut self.streams.think).max(LEAST_THINK);
                self.events.plan(self.clock + pause, Kind::Ask, user as u32);
            }
        }
        self.present = wanted;
        self.events.plan(self.clock + USERS_EVERY, Kind::Users, 0);
    }
}
