//! Runs a scenario: looks whether it can be run, picks the engine and says why that one.

use crate::progress::Progress;

use super::model::{Engine, Scenario};
use super::{Outcome, SimulateError, fluid, overlay};

/// Runs a scenario with the engine it asks for, or with the one that fits where it leaves the choice.
pub fn simulate(scenario: &Scenario, progress: &Progress) -> Result<Outcome, SimulateError> {
    if overlay::wanted(scenario) {
        return overlay::run(scenario, progress);
    }
    match scenario.run.engine {
        Engine::Request => Err(SimulateError::impossible(
            "run.engine",
            "requests are not simulated one by one yet; use fluid",
        )),
        Engine::Auto | Engine::Fluid => {
            let mut outcome = fluid::run(scenario, progress)?;
            outcome.engine_why = "Rates over steps, as asked.".to_owned();
            Ok(outcome)
        }
    }
}
