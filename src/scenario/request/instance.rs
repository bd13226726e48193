//! One instance: what it does, how fast, and what the balancer believes of it.

use std::collections::VecDeque;

use crate::scenario::control::{BreakerState, HealthState};

use super::sharing::Sharing;

/// What an instance does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum State {
    /// Started at this time; takes no traffic yet.
    Booting(f64),
    /// Takes traffic.
    Serving,
    /// Finishes what it has, and goes.
    Draining,
    /// Away while its size changes.
    Resizing,
    /// Not there any more.
    Gone,
}

/// An instance.
#[derive(Clone, Debug)]
pub(super) struct Instance {
    pub group: u16,
    /// It runs the new version of a rollout.
    pub new_version: bool,
    pub state: State,
    /// Relative to the measured one at the scenario's size.
    pub base: f64,
    /// Times as long that it takes because of faults.
    pub slow: f64,
    /// Still warming up until this time.
    pub cold_until: f64,
    /// Cores it has.
    pub cores: f64,
    /// Seconds of work it does in a second of a worker.
    pub speed: f64,
    pub busy: u32,
    pub queue: VecDeque<u32>,
    /// Jobs under the scalability law.
    pub sharing: Sharing,
    /// Faults that hold it down; 0 while it is alive.
    pub downs: u32,
    pub health: Option<HealthState>,
    pub breaker: Option<BreakerState>,
    /// Smoothed response time, seconds.
    pub smoothed: f64,
    /// Pool and place where the balancer finds it.
    pub place: Option<(usize, usize)>,
}

impl Instance {
    pub(super) fn new(group: u16, state: State, base: f64, cores: f64) -> Self {
        Self {
            group,
            new_version: false,
            state,
            base,
            slow: 1.0,
            cold_until: 0.0,
            cores,
            speed: base,
            busy: 0,
            queue: VecDeque::new(),
            sharing: Sharing::default(),
            downs: 0,
            health: None,
            breaker: None,
            smoothed: 0.0,
            place: None,
        }
    }

    /// Requests at it, waiting or worked on.
    #[inline]
    pub(super) fn in_flight(&self) -> u64 {
        u64::from(self.busy) + self.queue.len() as u64
    }

    pub(super) fn alive(&self) -> bool {
        self.downs == 0
    }

    /// Takes traffic and is alive.
    pub(super) fn in_service(&self) -> bool {
        self.state == State::Serving && self.alive()
    }

    /// Whether the balancer sends to it, as far as it knows.
    pub(super) fn trusted(&self, now: f64) -> bool {
        let healthy = match &self.health {
            Some(health) => health.healthy(),
            None => self.alive(),
        };
        let closed = self.breaker.as_ref().is_none_or(|b| b.would_allow(now));
        self.state == State::Serving && healthy && closed
    }
}
