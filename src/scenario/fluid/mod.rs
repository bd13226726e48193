//! Rates over steps of seconds instead of single requests, for days to a quarter in the time a slider moves: what is
//! not finished in a step is carried into the next, and percentiles come from the long run's distributions at each
//! step's load, added up over all requests.

mod again;
mod answers;
mod bins;
mod chain;
mod control;
mod curve;
mod faults;
mod fleet;
mod level;
mod limits;
mod mix;
mod plan;
mod pools;
mod row;
mod run;
mod station;
mod tally;
mod two_choices;
mod work;

use crate::progress::Progress;
use crate::units;

use super::model::{Engine, Scenario};
use super::{Outcome, SimulateError};
use plan::Plan;
use run::Simulation;
use tally::Tally;

/// Runs a scenario as a fluid.
pub fn run(scenario: &Scenario, progress: &Progress) -> Result<Outcome, SimulateError> {
    let plan = Plan::new(scenario)?;
    progress.set_total(u64::from(plan.warm_up_steps + plan.steps));
    let mut simulation = Simulation::new(&plan, 0);
    simulation.run(progress)?;
    let tally = simulation.tally;
    let (reported, slot) = tally.grains(&plan);
    let warnings = warnings(&plan, &tally, reported, slot);
    Ok(Outcome {
        scenario: scenario.name.clone(),
        engine: Engine::Fluid,
        seed: scenario.run.seed,
        duration: plan.duration,
        step: reported,
        replications: 1,
        summary: tally.summary,
        classes: tally.classes,
        steps: tally.steps,
        events: tally.events,
        times: tally.times,
        warnings,
        ..Outcome::default()
    })
}

/// Requests to expect over the warm-up, the run and all its repetitions.
pub fn expected_requests(scenario: &Scenario) -> Result<f64, SimulateError> {
    let plan = Plan::new(scenario)?;
    let total = plan.level.total(&scenario.run) * f64::from(scenario.run.replications.max(1));
    Ok(match plan.think {
        Some(think) => total / (think + plan.mean_time()).max(1e-6),
        None => total,
    })
}

fn warnings(plan: &Plan, tally: &Tally, reported: f64, slot: f64) -> Vec<String> {
    let mut out = Vec::new();
    if tally.unsure > 0 {
        out.push(format!(
            "Workers are busier than 85 % in {} of {} steps; response times there are approximate.",
            units::grouped(f64::from(tally.unsure), 0),
            units::grouped(f64::from(plan.steps), 0),
        ));
    }
    if reported > plan.step {
        out.push(format!(
            "The run has {} steps of {}; they are reported in steps of {}.",
            units::grouped(f64::from(plan.steps), 0),
            units::duration(units::Micros((plan.step * 1e6) as i64)),
            units::duration(units::Micros((reported * 1e6) as i64)),
        ));
    }
    if slot > reported {
        out.push(format!(
            "Promises are judged on response times of {} each.",
            units::duration(units::Micros((slot * 1e6) as i64)),
        ));
    }
    if tally.left_out > 0 {
        out.push(format!(
            "{} events more happened than the thousand that are listed.",
            units::grouped(tally.left_out as f64, 0)
        ));
    }
    out
}
