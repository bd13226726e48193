//! Scenarios of another topology than instances behind a balancer: a federation of peers, and a chain with shards. Both
//! go in steps, by closed formulas within each, and give the same kind of outcome as the engines.

mod chain;
mod chain_kept;
mod chance;
mod federation;
mod federation_kept;
mod mixture;
mod peers;
mod recovery;
mod repeat;
mod tally;

use crate::progress::Progress;

use super::model::{Arrivals, Class, Scenario};
use super::outcome::Outcome;
use super::{SimulateError, level::Level};

/// Whether a scenario is one of these.
pub const fn wanted(scenario: &Scenario) -> bool {
    scenario.is_overlay()
}

/// Runs the federation or the chain of a scenario.
pub fn run(scenario: &Scenario, progress: &Progress) -> Result<Outcome, SimulateError> {
    if let Some(what) = scenario.pending().into_iter().next() {
        return Err(SimulateError::Pending { what });
    }
    match (&scenario.federation, &scenario.chain) {
        (Some(_), Some(_)) => Err(SimulateError::impossible(
            "chain",
            "a scenario is a federation or a chain, not both; leave one of them out",
        )),
        (Some(federation), None) => federation::run(scenario, federation, progress),
        (None, Some(chain)) => chain::run(scenario, chain, progress),
        (None, None) => Err(SimulateError::impossible(
            "federation",
            "there is neither a federation nor a chain to run",
        )),
    }
}

/// What arrives per second at any time.
struct Offered<'a> {
    scenario: &'a Scenario,
    level: Level,
    /// Where on the level the last step stood.
    piece: usize,
}

impl<'a> Offered<'a> {
    fn new(scenario: &'a Scenario) -> Result<Self, SimulateError> {
        Ok(Self {
            scenario,
            level: Level::new(&scenario.workload, &scenario.run, 0.0)?,
            piece: 0,
        })
    }

    /// Mean over the step that begins at `at`. Users of a closed workload wait `response` seconds for their answer.
    fn over(&mut self, at: f64, secs: f64, response: f64) -> f64 {
        let level = self.level.mean(at, at + secs, &mut self.piece);
        match &self.scenario.workload.arrivals {
            Arrivals::Closed { think } => level / (think.mean() + response).max(1e-6),
            Arrivals::Open | Arrivals::Even => level,
        }
    }
}

/// What of the scenario has no part in it.
fn left_out(scenario: &Scenario) -> Vec<String> {
    let limits = &scenario.rate_limits;
    let limited =
        limits.global.is_some() || limits.per_user.is_some() || !limits.per_endpoint.is_empty();
    let behind = !scenario.backend.caches.is_empty() || scenario.backend.database.is_some();
    let mut out = Vec::new();
    if scenario.autoscaling.active() || limited || behind {
        out.push("autoscaling, rate limits, caches and the database have no part in it".to_owned());
    }
    let usual = Class::default().time;
    if scenario.service.classes.iter().any(|c| c.time != usual) {
        out.push(
            "the times of the service have no part in it: the capacity says how long one takes"
                .to_owned(),
        );
    }
    out
}

/// A part of all; 0 of nothing.
fn share_of(part: f64, all: f64) -> f64 {
    if all > 0.0 { part / all } else { 0.0 }
}

/// A queue over a step: what is done per second, what waits at its end, and what is turned away per second. No more wait
/// than the limit, and none so long that the timeout comes first; where nothing is done those of the last timeout wait.
fn work_off(
    waiting: f64,
    arrives: f64,
    capacity: f64,
    secs: f64,
    (limit, timeout): (f64, Option<f64>),
) -> (f64, f64, f64) {
    let there = waiting + arrives * secs;
    let done = there.min(capacity * secs);
    let left = there - done;
    let pace = if capacity > 0.0 { capacity } else { arrives };
    let kept = left
        .min(limit)
        .min(timeout.map_or(f64::INFINITY, |t| t * pace));
    (done / secs, kept, (left - kept) / secs)
}

/// The part of a step that lies between two times, 0..1.
fn overlap((at, secs): (f64, f64), from: f64, to: f64) -> f64 {
    if secs > 0.0 {
        ((at + secs).min(to) - at.max(from)).max(0.0) / secs
    } else {
        0.0
    }
}
