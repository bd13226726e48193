//! Runs a scenario: looks whether it can be run, picks the engine and says why that one.

use crate::progress::Progress;
use crate::units;

use super::model::{Engine, Scenario};
use super::{Outcome, SimulateError, check, fluid, overlay, request};

/// Requests of all repetitions together up to which they are simulated one by one where the choice is free.
pub const MOST_BY_ONE: f64 = 20e6;

/// Runs a scenario with the engine it asks for, or with the one that fits where it leaves the choice. The outcome says
/// which it was, and why. What cannot be run is refused with its key.
pub fn simulate(scenario: &Scenario, progress: &Progress) -> Result<Outcome, SimulateError> {
    check::check(scenario)?;
    if overlay::wanted(scenario) {
        return overlay::run(scenario, progress);
    }
    let (engine, why) = choose(scenario)?;
    let outcome = match engine {
        Engine::Request => request::run(scenario, progress)?,
        Engine::Auto | Engine::Fluid => fluid::run(scenario, progress)?,
    };
    Ok(Outcome {
        engine_why: why,
        ..outcome
    })
}

/// The engine that [`simulate`] takes for a scenario, never `auto`, and why, in a sentence.
pub fn choose(scenario: &Scenario) -> Result<(Engine, String), SimulateError> {
    match scenario.run.engine {
        Engine::Request => Ok((
            Engine::Request,
            "Requests are simulated one by one, as asked.".to_owned(),
        )),
        Engine::Fluid => Ok((
            Engine::Fluid,
            "Rates over steps are simulated, as asked.".to_owned(),
        )),
        Engine::Auto => {
            let requests = fluid::expected_requests(scenario)?;
            Ok(if requests <= MOST_BY_ONE {
                (
                    Engine::Request,
                    format!(
                        "Requests are simulated one by one: about {} are expected.",
                        units::grouped(requests, 0)
                    ),
                )
            } else {
                (
                    Engine::Fluid,
                    format!(
                        "Rates over steps are simulated: about {} million requests are expected, and up to {} million \
                         are simulated one by one.",
                        units::grouped(requests / 1e6, 0),
                        units::grouped(MOST_BY_ONE / 1e6, 0)
                    ),
                )
            })
        }
    }
}
