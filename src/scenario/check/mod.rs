//! Whether a scenario can be: everything that contradicts itself or cannot exist, with the key as it stands in the file
//! and the reason. Overload is not among it; that is a result.

mod backend;
mod control;
mod faults;
mod load;
mod look;
mod overlay;
mod service;
#[cfg(test)]
mod tests;

use look::Look;

use super::{Scenario, SimulateError};
use crate::calendar::Zone;

/// Instances of one run, and peers of a federation.
const MOST_INSTANCES: u32 = 1_000_000;
/// Steps of one run: a year by twos of seconds.
const MOST_STEPS: f64 = 2e7;
/// Years in which a plan can begin to hold.
const YEARS: std::ops::RangeInclusive<i16> = 1970..=2200;

/// The first thing that makes a scenario impossible to run, or what it still refers to.
pub fn check(scenario: &Scenario) -> Result<(), SimulateError> {
    match problems(scenario).into_iter().next() {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

/// All of them, in the order of the file; what is missing stands last.
pub fn problems(scenario: &Scenario) -> Vec<SimulateError> {
    let mut look = Look::default();
    if let Some(from) = scenario.from
        && !YEARS.contains(&from.year())
    {
        look.no(
            "from",
            format!(
                "{from} is not between {} and {}",
                YEARS.start(),
                YEARS.end()
            ),
        );
    }
    load::look(&mut look, scenario);
    service::service(&mut look, scenario);
    service::topology(&mut look, scenario);
    backend::look(&mut look, &scenario.backend);
    control::autoscaling(&mut look, scenario);
    control::rate_limits(&mut look, scenario);
    faults::look(&mut look, scenario);
    overlay::look(&mut look, scenario);
    cost(&mut look, scenario);
    run(&mut look, scenario);
    let pending = scenario.pending();
    if !pending.is_empty() {
        let what = pending.join(" and ");
        look.found.push(SimulateError::Pending { what });
    }
    look.found
}

/// Whether peers or shards do the work instead of instances.
fn without_instances(scenario: &Scenario) -> bool {
    scenario.federation.is_some() || scenario.chain.is_some()
}

fn zone(look: &mut Look, key: impl AsRef<str>, name: &str) {
    // Nothing stands for UTC.
    if !name.is_empty()
        && let Err(error) = Zone::named(name)
    {
        look.no(key, error.to_string());
    }
}

fn cost(look: &mut Look, scenario: &Scenario) {
    let cost = &scenario.cost;
    for (key, price) in [
        ("instance_hour", cost.instance_hour),
        ("reserved_hour", cost.reserved_hour),
        ("core_hour", cost.core_hour),
        ("cache_hour", cost.cache_hour),
        ("database_hour", cost.database_hour),
        ("replica_hour", cost.replica_hour),
        ("response_bytes", cost.response_bytes),
        ("egress_gb", cost.egress_gb),
    ] {
        look.not_negative(format!("cost.{key}"), price);
    }
}

fn run(look: &mut Look, scenario: &Scenario) {
    let run = &scenario.run;
    look.positive("run.duration", run.duration);
    look.not_negative("run.warm_up", run.warm_up);
    look.positive("run.step", run.step);
    look.some("run.replications", run.replications);
    if run.step > run.duration {
        look.no("run.step", "is longer than the run");
    }
    if (run.duration + run.warm_up) / run.step > MOST_STEPS {
        look.no(
            "run.step",
            "is too short for so long a run; more than 20 million steps do not fit",
        );
    }
    zone(look, "run.zone", &run.zone);
}
