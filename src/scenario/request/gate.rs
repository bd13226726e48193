//! What happens to a request before an instance has it: rate limits, shedding by priority, sticky sessions, and the
//! circuit breaker of each instance.

use crate::scenario::control::TokenBucketState;
use crate::scenario::model::{Balancer, TokenBucket};

use super::events::Kind;
use super::jobs::Job;
use super::plan::{Plan, Senders};
use super::sim::Sim;

/// Limits and memory of the balancer.
#[derive(Clone, Debug)]
pub(super) struct Gate {
    /// There is any rate limit.
    pub limits: bool,
    /// Users stay with an instance.
    pub sticky: bool,
    global: Option<TokenBucketState>,
    /// By class.
    endpoints: Vec<Option<TokenBucketState>>,
    per_user: Option<TokenBucket>,
    users: Vec<Option<TokenBucketState>>,
    /// Instance of a user, and until when.
    homes: Vec<(u32, f64)>,
    stay: f64,
}

impl Gate {
    pub(super) fn new(plan: &Plan) -> Self {
        let limits = &plan.scenario.rate_limits;
        let told_apart = match plan.senders {
            Senders::Open | Senders::Even => plan.users > 0,
            Senders::Closed(_) => true,
        };
        let endpoints: Vec<Option<TokenBucketState>> = plan
            .classes
            .iter()
            .map(|class| {
                let mut of_class = limits.per_endpoint.iter();
                let (_, bucket) = of_class.find(|(label, _)| *label == class.label)?;
                Some(TokenBucketState::new(bucket, 0.0))
            })
            .collect();
        let global = limits.global.map(|b| TokenBucketState::new(&b, 0.0));
        let per_user = limits.per_user.filter(|_| told_apart);
        let stay = plan.scenario.topology.sticky.map_or(0.0, |s| s.duration);
        Self {
            limits: global.is_some() || per_user.is_some() || endpoints.iter().any(Option::is_some),
            // One queue for all has no instance to stay with.
            sticky: stay > 0.0 && told_apart && plan.balancer != Balancer::SharedQueue,
            global,
            endpoints,
            per_user,
            users: Vec::new(),
            homes: Vec::new(),
            stay,
        }
    }
}

impl Sim<'_> {
    /// Whether the rate limits let a sending pass: that of its user first, then of its endpoint, then of all.
    pub(super) fn admitted(&mut self, job: &Job) -> bool {
        let (now, gate) = (self.clock, &mut self.gate);
        if let Some(bucket) = &gate.per_user {
            let user = job.user as usize;
            if user >= gate.users.len() {
                gate.users.resize(user + 1, None);
            }
            if let Some(state) = gate.users.get_mut(user) {
                let state = state.get_or_insert_with(|| TokenBucketState::new(bucket, now));
                if !state.take(now) {
                    return false;
                }
            }
        }
        let endpoint = gate.endpoints.get_mut(job.class as usize);
        if let Some(Some(state)) = endpoint
            && !state.take(now)
        {
            return false;
        }
        gate.global.as_mut().is_none_or(|state| state.take(now))
    }

    /// Whether a request is shed where `waiting` of `limit` places are taken. The least important goes first, at the
    /// configured share; the others at even distances up to the limit; priority 0 never.
    pub(super) fn sheds(&self, job: &Job, waiting: usize, limit: usize) -> bool {
        let Some(from) = self.plan.scenario.service.shed_at else {
            return false;
        };
        let classes = &self.plan.classes;
        let mine = classes.get(job.class as usize).map_or(0, |c| c.priority);
        let least = classes.iter().map(|c| c.priority).max().unwrap_or(0);
        if mine == 0 {
            return false;
        }
        let kept = f64::from(least - mine) / f64::from(least);
        let threshold = from.clamp(0.0, 1.0) * (1.0 - kept) + kept;
        waiting as f64 >= threshold * limit as f64
    }

    /// The instance a user stays with, as long as that answers; `None` where users do not stay.
    #[inline]
    pub(super) fn home(&self, job: &Job) -> Option<u32> {
        let (home, until) = self.gate.homes.get(job.user as usize).copied()?;
        let there = || self.fleet.get(home).is_some_and(|i| i.trusted(self.clock));
        (until > self.clock && there()).then_some(home)
    }

    /// The instance a user stays with, else a new choice that is kept.
    pub(super) fn stays(&mut self, job: &Job) -> Option<u32> {
        let user = job.user as usize;
        let home = self.home(job).and_then(|home| self.fleet.get(home));
        if home.is_some_and(|home| home.new_version == job.new_version) {
            return self.home(job);
        }
        let chosen = self.choose(job)?;
        if user >= self.gate.homes.len() {
            self.gate.homes.resize(user + 1, (0, 0.0));
        }
        if let Some(home) = self.gate.homes.get_mut(user) {
            *home = (chosen, self.clock + self.gate.stay);
        }
        Some(chosen)
    }

    /// A request is on its way to an instance: its breaker counts trials.
    #[inline]
    pub(super) fn tried(&mut self, number: u32) {
        let now = self.clock;
        let Some(instance) = self.fleet.get_mut(number) else {
            return;
        };
        if let Some(breaker) = &mut instance.breaker
            && breaker.allows(now)
            && !breaker.would_allow(now)
        {
            // The last trial is out: nothing more until they are back.
            self.fleet.settle(number, now);
        }
    }

    /// A good answer came after so many seconds.
    #[inline]
    pub(super) fn went_well(&mut self, job: &Job, response: f64) {
        self.scaling.responses.record(response);
        self.watch.good(job.new_version, response);
        let Some(instance) = self.fleet.get_mut(job.instance) else {
            return;
        };
        let Some(breaker) = &mut instance.breaker else {
            return;
        };
        if breaker.succeeded() {
            self.fleet.settle(job.instance, self.clock);
            let why = format!("instance {} answers again", job.instance + 1);
            self.log.note(self.clock, "breaker_closed", None, why);
        }
    }

    /// A sending failed at its instance.
    pub(super) fn went_badly(&mut self, job: &Job) {
        self.watch.bad(job.new_version);
        let Some(instance) = self.fleet.get_mut(job.instance) else {
            return;
        };
        let Some(breaker) = &mut instance.breaker else {
            return;
        };
        if breaker.failed(self.clock) {
            self.fleet.settle(job.instance, self.clock);
            let settings = self.plan.scenario.topology.circuit_breaker;
            let pause = settings.map_or(0.0, |s| s.recovery_timeout.max(0.0));
            self.events
                .plan(self.clock + pause, Kind::Trial, job.instance);
            let why = format!(
                "instance {} failed {} times in a row; nothing is sent to it for {pause} s",
                job.instance + 1,
                settings.map_or(1, |s| s.failure_threshold.max(1)),
            );
            self.log.note(self.clock, "breaker_open", None, why);
        }
    }

    /// An open breaker may be half open now.
    pub(super) fn trial(&mut self, number: u32) {
        self.fleet.settle(number, self.clock);
    }
}
