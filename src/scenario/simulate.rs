//! Runs a scenario: looks whether it can be run, picks the engine and says why that one.

use crate::progress::Progress;
use crate::units;

use super::model::{Engine, FaultKind, Scenario};
use super::{Outcome, SimulateError, check, fluid, overlay, request};

/// Requests of all repetitions together up to which they are simulated one by one where the choice is free.
pub const MOST_BY_ONE: f64 = 20e6;
/// The same where rates over steps would leave out what figures depend on.
pub const MOST_RATHER_BY_ONE: f64 = 60e6;

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
    if !outcome.is_finite() {
        return Err(SimulateError::impossible(
            "run.engine",
            "the figures of this run grew beyond all numbers, so nothing can be said; ask for the other engine, or for \
             less growth",
        ));
    }
    let mut warnings = outcome.warnings;
    warnings.extend(without_effect(scenario));
    Ok(Outcome {
        engine_why: why,
        warnings,
        ..outcome
    })
}

/// Faults that change nothing, or less than they say.
fn without_effect(scenario: &Scenario) -> Vec<String> {
    let mut out = Vec::new();
    let end = scenario.run.duration;
    let at_first = scenario.topology.instances();
    let grows = scenario.autoscaling.active();
    for (index, fault) in scenario.faults.iter().enumerate() {
        let length = |secs: f64| units::duration(units::Micros((secs * 1e6).round() as i64));
        if fault.at >= end {
            out.push(format!(
                "faults[{index}] comes at {}, and the run ends after {}: it changes nothing.",
                length(fault.at),
                length(end)
            ));
        } else if let FaultKind::Kill { instances, .. } = fault.kind
            && instances > at_first
            && !grows
        {
            out.push(format!(
                "faults[{index}] takes {instances} instances, and there are {at_first}: all are lost."
            ));
        }
    }
    out
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
            let leaves_out = fluid::leaves_out(scenario);
            let most = if leaves_out {
                MOST_RATHER_BY_ONE
            } else {
                MOST_BY_ONE
            };
            let millions = |count: f64| units::grouped(count / 1e6, 0);
            Ok(if requests <= MOST_BY_ONE {
                (
                    Engine::Request,
                    format!(
                        "Requests are simulated one by one: about {} are expected.",
                        units::grouped(requests, 0)
                    ),
                )
            } else if requests <= most {
                (
                    Engine::Request,
                    format!(
                        "Requests are simulated one by one: about {} million are expected, and rates over steps would \
                         leave out some of what the scenario holds.",
                        millions(requests)
                    ),
                )
            } else {
                (
                    Engine::Fluid,
                    format!(
                        "Rates over steps are simulated: about {} million requests are expected, and up to {} million \
                         are simulated one by one.",
                        millions(requests),
                        millions(most)
                    ),
                )
            })
        }
    }
}
