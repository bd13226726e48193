//! The way of a request: it arrives, is sent to an instance, waits, is worked on, and is answered or sent again.

use crate::scenario::model::Retries;

use super::events::Kind;
use super::jobs::{Job, Stage};
use super::plan::Senders;
use super::sim::Sim;

/// Sendings of one repetition; beyond it nothing is sent again, so that a storm of retries ends.
pub(super) const MOST_SENDINGS: u64 = 1_000_000_000;
/// Entries of those who may give up, answered ones among them, that are kept without a look.
pub(super) const LEAST_PATIENCE: usize = 1_000_000;
/// Seconds between two looks at the number of users.
const USERS_EVERY: f64 = 1.0;
/// Seconds that a failure takes at least, for a user who then thinks.
const LEAST_FAILURE: f64 = 1e-3;
/// Nobody thinks for less, so that time goes on.
const LEAST_THINK: f64 = 1e-6;

impl Sim<'_> {
    /// A request of an open workload.
    pub(super) fn arrives(&mut self) {
        let user = if self.plan.users > 0 {
            self.streams.users.below(self.plan.users as usize) as u32
        } else {
            self.sendings as u32
        };
        self.request(user);
    }

    /// A new request of a user.
    pub(super) fn request(&mut self, user: u32) {
        let plan = self.plan;
        let class = plan.class(&mut self.streams.mix);
        let region = plan.region(&mut self.streams.users);
        self.record.arrived(class);
        let demand = self.demand(class);
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

    fn demand(&mut self, class: u16) -> f64 {
        let class = self.plan.classes.get(class as usize);
        class.map_or(0.0, |c| c.time.draw(&mut self.streams.service))
    }

    /// Sends a request to the instance the balancer chooses.
    fn send(&mut self, mut job: Job) {
        self.sendings += 1;
        if self.gate.limits && !self.admitted(&job) {
            return self.fails(job, false);
        }
        self.versioned(&mut job);
        let chosen = if self.gate.sticky {
            self.stays(&job)
        } else {
            self.choose(&job)
        };
        let Some(number) = chosen else {
            if self.fleet.shares_queue() && self.shared_room(&job) {
                return self.waits_for_any(job);
            }
            return self.fails(job, false);
        };
        self.arrives_at(number, job);
    }

    /// The balancer's choice.
    #[inline]
    pub(super) fn choose(&mut self, job: &Job) -> Option<u32> {
        self.fleet.choose(job, &mut self.streams.choice)
    }

    /// A request reaches an instance: a worker takes it, it waits, or it is turned away.
    fn arrives_at(&mut self, number: u32, mut job: Job) {
        let plan = self.plan;
        job.instance = number;
        self.tried(number);
        let Some(instance) = self.fleet.get(number) else {
            return self.fails(job, false);
        };
        if !instance.alive() {
            return self.fails(job, true);
        }
        let limit = plan.queue_limit as usize;
        let shares = plan.law.is_some();
        let begins = if shares {
            (instance.busy as usize) < limit
        } else {
            instance.busy < plan.workers
        };
        let room = begins || (!shares && instance.queue.len() < limit);
        let waiting = if shares {
            instance.busy as usize
        } else {
            instance.queue.len()
        };
        if !room || self.sheds(&job, waiting, limit) {
            return self.fails(job, true);
        }
        let Some(place) = self.jobs.add(job) else {
            self.overflow += 1;
            return self.fails(job, false);
        };
        self.patient(place);
        if begins {
            self.begin(place, number);
        } else {
            if let Some(instance) = self.fleet.get_mut(number) {
                instance.queue.push_back(place);
            }
            self.record.gauges.waits(self.clock, true);
        }
        self.fleet.touched(number, self.clock);
    }

    /// The sender's clock starts.
    fn patient(&mut self, place: u32) {
        if let Some(timeout) = self.plan.timeout {
            let generation = self.jobs.generation(place);
            self.patience
                .push_back((self.clock + timeout, place, generation));
            if self.patience.len() > self.patience_bound {
                // Most have their answer long before; memory is for those who still wait.
                let jobs = &self.jobs;
                self.patience.retain(|p| jobs.current(p.1, p.2));
                self.patience_bound = LEAST_PATIENCE.max(self.patience.len() * 2);
            }
        }
    }

    fn shared_room(&mut self, job: &Job) -> bool {
        let serving = self.record.gauges.serving;
        let room = self.plan.queue_limit as usize * serving as usize;
        let waiting = self.fleet.shared(job.new_version).len();
        waiting < room && !self.sheds(job, waiting, room)
    }

    fn waits_for_any(&mut self, job: Job) {
        let Some(place) = self.jobs.add(job) else {
            self.overflow += 1;
            return self.fails(job, false);
        };
        self.patient(place);
        self.fleet.shared(job.new_version).push_back(place);
        self.record.gauges.waits(self.clock, true);
    }

    /// A worker takes a job.
    #[inline]
    pub(super) fn begin(&mut self, place: u32, number: u32) {
        if self.plan.law.is_some() {
            return self.join(place, number);
        }
        let class = self.jobs.get(place).map_or(0, |j| j.class);
        let (lookups, queries, write) = if self.behind.asked {
            self.looks_behind(class)
        } else {
            (0.0, 0, false)
        };
        let (Some(job), Some(instance)) = (self.jobs.get_mut(place), self.fleet.get_mut(number))
        else {
            return;
        };
        job.begun = self.clock;
        job.instance = number;
        job.stage = Stage::Working;
        (job.queries, job.write) = (queries, write);
        instance.busy += 1;
        let until = self.clock + job.demand / instance.speed + lookups;
        self.events.plan(until, Kind::Done, place);
        self.record.gauges.busier(self.clock, 1.0);
    }

    /// A worker has done its part of a job; it is held while queries follow.
    pub(super) fn done(&mut self, place: u32) {
        let asks = |job: &Job| job.queries > 0 && job.stage == Stage::Working;
        if self.behind.asked && self.jobs.get(place).is_some_and(asks) {
            return self.connects(place);
        }
        self.leaves_worker(place, true);
    }

    /// A job leaves its worker, answered well or not, and the worker takes the next.
    pub(super) fn leaves_worker(&mut self, place: u32, well: bool) {
        let Some(job) = self.jobs.get(place).copied() else {
            return;
        };
        self.jobs.free(place);
        if job.stage == Stage::Lost {
            return;
        }
        self.record.gauges.busier(self.clock, -1.0);
        if let Some(instance) = self.fleet.get_mut(job.instance) {
            instance.busy = instance.busy.saturating_sub(1);
        }
        self.next_job(job.instance);
        self.fleet.touched(job.instance, self.clock);
        if well {
            self.answers(job);
        } else if !job.given_up {
            self.fails(job, true);
        }
    }

    /// Gives a free worker of an instance the next job that somebody still waits for.
    pub(super) fn next_job(&mut self, number: u32) {
        loop {
            let shared = self.fleet.shares_queue();
            let Some(instance) = self.fleet.get_mut(number) else {
                return;
            };
            let new = instance.new_version;
            let next = if !shared {
                instance.queue.pop_front()
            } else if instance.trusted(self.clock) && instance.alive() {
                self.fleet.shared(new).pop_front()
            } else {
                None
            };
            let Some(place) = next else {
                return self.leaves_if_done(number);
            };
            self.record.gauges.waits(self.clock, false);
            if self.jobs.get(place).is_some_and(|j| !j.given_up) {
                return self.begin(place, number);
            }
            self.jobs.free(place);
        }
    }

    /// The work on a job is done; somebody may still want the answer.
    pub(super) fn answers(&mut self, job: Job) {
        let plan = self.plan;
        let Some(class) = plan.classes.get(job.class as usize) else {
            return;
        };
        self.record.used(class.cpu);
        if job.given_up {
            return;
        }
        self.fleet.observed(job.instance, self.clock - job.sent);
        let share = self.error_share(&job, class.error_share);
        if self.streams.errors.happens(share) {
            return self.fails(job, true);
        }
        let group = self.fleet.get(job.instance).map_or(0, |i| i.group);
        let way = plan.network + plan.distance(group, job.region);
        let response = self.clock - job.first + way;
        self.record
            .answered(job.class, response, job.begun - job.sent);
        self.went_well(&job, response);
        self.leaves_chore();
        self.settled(job.user, way);
    }

    /// The first in line gives up, unless the answer came.
    pub(super) fn impatient(&mut self) {
        let Some((_, place, generation)) = self.patience.pop_front() else {
            return;
        };
        if !self.jobs.current(place, generation) {
            return;
        }
        let Some(job) = self.jobs.get_mut(place).filter(|j| !j.given_up) else {
            return;
        };
        job.given_up = true;
        let job = *job;
        // Who waits for any instance has none to blame.
        let blamed = job.stage == Stage::Working || !self.fleet.shares_queue();
        self.fails(job, blamed);
    }

    /// A sending failed, at its instance or before one: sent again later, or given up for good.
    pub(super) fn fails(&mut self, job: Job, at_instance: bool) {
        if at_instance {
            self.went_badly(&job);
        }
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
                stage: Stage::Apart,
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
        // Nobody asks again sooner than an answer would have taken, so that time goes on also where all fails.
        let took = self.plan.mean_demand.max(LEAST_FAILURE);
        self.settled(job.user, self.plan.network + took);
    }

    pub(super) fn sends_again(&mut self, place: u32) {
        let Some(job) = self.jobs.get(place).copied() else {
            return;
        };
        self.jobs.free(place);
        let demand = self.demand(job.class);
        self.send(Job {
            sent: self.clock,
            demand,
            stage: Stage::Waiting,
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

    /// Users come at once when the level rises, and leave after their answer when it falls.
    pub(super) fn users_follow(&mut self) {
        let Senders::Closed(think) = &self.plan.senders else {
            return;
        };
        let wanted = self.plan.level.at(self.clock - self.plan.warm_up).round() as usize;
        if wanted > self.users.len() {
            self.users.resize(wanted, false);
        }
        let coming = self.users.iter_mut().enumerate().take(wanted);
        for (user, there) in coming.skip(self.present) {
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
