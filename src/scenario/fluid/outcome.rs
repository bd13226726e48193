//! From repetitions to one outcome, and what its reader must know.

use crate::scenario::Outcome;
use crate::scenario::model::{Arrivals, Balancer, Engine, FaultKind, Scenario};
use crate::scenario::repeated;
use crate::units;

use super::plan::Plan;
use super::tally::Tally;

/// Below this probability a circuit breaker hardly opens in as many requests as are simulated one by one.
const RARE: f64 = 1e-9;
const BREAKERS: &str = "Circuit breakers open here when an instance is dead, not when answers fail, come too late or find no \
     room; the request engine opens them for these too.";

/// One outcome of all repetitions: figures are means over them; the run over time and its events are those of the
/// first.
pub(super) fn outcome(plan: &Plan, mut done: Vec<Tally>) -> Outcome {
    let summary = repeated::summary(&done.iter().map(|t| &t.summary).collect::<Vec<_>>());
    let replications = done.len() as u32;
    let mut out = Outcome {
        scenario: plan.scenario.name.clone(),
        engine: Engine::Fluid,
        seed: plan.scenario.run.seed,
        duration: plan.duration,
        replications,
        summary,
        ..Outcome::default()
    };
    if let Some(first) = done.first_mut() {
        let (reported, slot) = first.grains(plan);
        out.warnings = warnings(plan, first, reported, slot);
        out.step = reported;
        out.classes = std::mem::take(&mut first.classes);
        out.steps.clone_from(&first.steps);
        out.events = std::mem::take(&mut first.events);
    }
    repeated::keep_each(&mut out, done.into_iter().map(|t| (t.steps, t.times)));
    if replications > 1 {
        out.warnings.push(format!(
            "Figures are means of {replications} repetitions; the run over time is the first of them."
        ));
    }
    out
}

/// What the scenario holds and this engine leaves out: whether figures depend on it, and a sentence.
fn left_out(scenario: &Scenario) -> Vec<(bool, &'static str)> {
    let limits = &scenario.rate_limits;
    let closed = matches!(scenario.workload.arrivals, Arrivals::Closed { .. });
    let limited =
        limits.global.is_some() || limits.per_user.is_some() || !limits.per_endpoint.is_empty();
    let told_apart = closed || scenario.workload.users >= 1.0;
    let topology = &scenario.topology;
    let stays = told_apart
        && topology.sticky.is_some_and(|s| s.duration > 0.0)
        && matches!(
            topology.balancer,
            Balancer::WeightedRoundRobin | Balancer::Geographic
        );
    let nothing_there = scenario.faults.iter().any(|fault| match &fault.kind {
        FaultKind::CacheFlush { .. } => scenario.backend.caches.is_empty(),
        FaultKind::PoolLimit { .. }
        | FaultKind::ReplicasLost { .. }
        | FaultKind::ReplicaLag { .. }
        | FaultKind::PrimaryLost => scenario.backend.database.is_none(),
        FaultKind::PeersLost { .. } => scenario.federation.is_none(),
        _ => false,
    });
    [
        (
            closed && scenario.service.retries.max > 0,
            true,
            "Users who wait for their answer do not send again what failed: rates over steps do not follow single users.",
        ),
        (
            closed && (limited || scenario.service.shed_at.is_some()),
            true,
            "Rate limits and shedding are not applied to users who wait for their answer; the request engine does.",
        ),
        (
            stays,
            true,
            "Users who stay with an instance of their group are spread evenly over it; how uneven single users make it is \
             seen by the request engine.",
        ),
        (
            scenario.backend.work_queue.is_some(),
            false,
            "Jobs after the answer are left out; they do not hold up answers.",
        ),
        (
            topology.rollout.is_some(),
            true,
            "The new version shares the instances of the old one here; on instances of its own the request engine simulates it.",
        ),
        (
            failing_answers(scenario).is_some_and(|share| opens(scenario, share)),
            true,
            BREAKERS,
        ),
        (
            nothing_there,
            false,
            "A fault of a cache, database or federation that the scenario does not have changes nothing.",
        ),
    ]
    .into_iter()
    .filter(|(holds, _, _)| *holds)
    .map(|(_, matters, text)| (matters, text))
    .collect()
}

/// Share of the answers that are errors by themselves: of all classes, or of a new version if it has more of them.
fn failing_answers(scenario: &Scenario) -> Option<f64> {
    let classes = &scenario.service.classes;
    let weights: f64 = classes.iter().map(|c| c.weight).sum();
    let failing: f64 = classes.iter().map(|c| c.weight * c.error_share).sum();
    let version = scenario.topology.rollout.map_or(0.0, |r| r.error_share);
    (weights > 0.0).then(|| (failing / weights).max(version))
}

/// Whether as many failures in a row as open a circuit breaker are to be expected where that share fails.
fn opens(scenario: &Scenario, failing: f64) -> bool {
    let breaker = scenario.topology.circuit_breaker;
    breaker.is_some_and(|b| failing.powf(f64::from(b.failure_threshold.max(1))) > RARE)
}

/// Whether the scenario holds something that this engine leaves out and figures depend on.
pub(super) fn leaves_out(scenario: &Scenario) -> bool {
    left_out(scenario).iter().any(|(matters, _)| *matters)
}

fn warnings(plan: &Plan, tally: &Tally, reported: f64, slot: f64) -> Vec<String> {
    let mut out: Vec<String> = left_out(plan.scenario)
        .into_iter()
        .map(|(_, text)| text.to_owned())
        .collect();
    if opens(plan.scenario, tally.failing) && !out.iter().any(|told| told == BREAKERS) {
        out.push(BREAKERS.to_owned());
    }
    if tally.unsure > 0 {
        out.push(format!(
            "Workers are busier than 85 % in {} of {} steps; response times there are approximate.",
            units::grouped(f64::from(tally.unsure), 0),
            units::grouped(f64::from(plan.steps), 0),
        ));
    }
    if tally.unsure_behind > 0 {
        out.push(format!(
            "Connections or a server of the database are busier than 85 % in {} of {} steps; response times there are \
             approximate.",
            units::grouped(f64::from(tally.unsure_behind), 0),
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
            "{} more events are left out of the list of a thousand.",
            units::grouped(tally.left_out as f64, 0)
        ));
    }
    out
}
