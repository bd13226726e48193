//! Rates over steps of seconds instead of single requests, for days to a quarter in the time a slider moves: what is
//! not finished in a step is carried into the next, and percentiles come from the long run's distributions at each
//! step's load, added up over all requests.

mod again;
mod answers;
mod backend;
mod bins;
mod chain;
mod control;
mod curve;
mod database;
mod faults;
mod fleet;
mod flow;
mod lanes;
mod limits;
mod mix;
mod outcome;
mod plan;
mod pools;
mod regions;
mod row;
mod run;
mod shards;
mod shed;
mod station;
mod tally;
mod two_choices;
mod unnoticed;
mod users;
mod work;

use rayon::prelude::*;

use crate::progress::Progress;

use super::model::Scenario;
use super::{Outcome, SimulateError};
use plan::Plan;
use run::Simulation;
use tally::Tally;

/// Runs a scenario as a fluid; progress is in steps over all repetitions. Repetitions differ only where something fails
/// by chance: without that there is one.
pub fn run(scenario: &Scenario, progress: &Progress) -> Result<Outcome, SimulateError> {
    let plan = Plan::new(scenario)?;
    let repetitions = if scenario.random_failures.is_empty() {
        1
    } else {
        scenario.run.replications.max(1)
    };
    progress.set_total(u64::from(plan.warm_up_steps + plan.steps) * u64::from(repetitions));
    let done: Vec<Tally> = (0..repetitions)
        .into_par_iter()
        .map(|repetition| {
            let mut simulation = Simulation::new(&plan, repetition);
            simulation.run(progress)?;
            Ok(simulation.tally)
        })
        .collect::<Result<_, SimulateError>>()?;
    Ok(outcome::outcome(&plan, done))
}

/// Whether a scenario holds something that is left out here and that figures depend on.
pub fn leaves_out(scenario: &Scenario) -> bool {
    outcome::leaves_out(scenario)
}

/// Requests to expect over the warm-up, the run and all its repetitions.
pub fn expected_requests(scenario: &Scenario) -> Result<f64, SimulateError> {
    let plan = Plan::new(scenario)?;
    let total = plan.level.total() * f64::from(scenario.run.replications.max(1));
    Ok(match plan.think {
        Some(think) => total / (think + plan.mean_time()).max(1e-6),
        None => total,
    })
}
