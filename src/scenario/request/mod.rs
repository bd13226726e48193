//! The request engine: every request on its own, as discrete events in simulated time, deterministic by seed.
//!
//! [`run`] prepares a plan, runs the repetitions side by side and puts them together in their order, so that the
//! outcome does not depend on the number of threads.

mod backend;
mod backend_faults;
mod caches;
mod database;
mod events;
mod faults;
mod fleet;
mod flow;
mod gate;
mod histogram;
mod instance;
mod jobs;
mod log;
mod network;
mod plan;
mod pool;
mod random;
mod rebalance;
mod record;
mod rollout;
mod sample;
mod scaling;
mod share_flow;
mod sharing;
mod sim;
mod summary;

use rayon::prelude::*;

use crate::progress::Progress;
use crate::scenario::{Outcome, Scenario, SimulateError};

pub use network::{NetworkFigures, NetworkStation, StationFigures, run_network};

use plan::Plan;
use sim::Sim;
use summary::Repetition;

/// Runs a scenario request by request; progress is in milliseconds of simulated time over all repetitions.
///
/// Overload is a result: queues and the number of requests on their way have bounds. Refused are scenarios that refer
/// to data outside, that have no instances or classes, and those of more than 200 million requests.
pub fn run(scenario: &Scenario, progress: &Progress) -> Result<Outcome, SimulateError> {
    let plan = Plan::new(scenario)?;
    let repetitions = scenario.run.replications.max(1);
    progress.set_total((plan.end() * 1000.0) as u64 * u64::from(repetitions));
    let done: Vec<Repetition> = (0..repetitions)
        .into_par_iter()
        .map(|repetition| {
            let mut sim = Sim::new(&plan, repetition, progress);
            sim.run().map_err(|_| SimulateError::Cancelled)?;
            Ok(Repetition::of(&plan, sim))
        })
        .collect::<Result<_, SimulateError>>()?;
    Ok(summary::outcome(&plan, done))
}
