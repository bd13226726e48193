//! From repetitions to one outcome, and what its reader must know.

use statrs::distribution::{ContinuousCDF as _, StudentsT};

use crate::scenario::Outcome;
use crate::scenario::model::{Arrivals, Balancer, Engine, FaultKind, Scenario};
use crate::scenario::outcome::{Figure, Summary};
use crate::units;

use super::plan::Plan;
use super::tally::Tally;

/// Mean of the repetitions and, from three on, the 95 % interval of it by Student's t.
fn figure(values: &[f64]) -> Figure {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n.max(1.0);
    let interval = (values.len() >= 3)
        .then(|| {
            let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
            let error = (squares / (n - 1.0) / n).sqrt();
            let t = StudentsT::new(0.0, 1.0, n - 1.0).ok()?.inverse_cdf(0.975);
            Some((mean - t * error, mean + t * error))
        })
        .flatten();
    Figure {
        value: mean,
        interval,
    }
}

/// Means over the repetitions; extremes are those of all of them.
fn summary(done: &[Tally]) -> Summary {
    let figures = |value: fn(&Summary) -> Figure| {
        let values: Vec<f64> = done.iter().map(|t| value(&t.summary).value).collect();
        figure(&values)
    };
    let mean = |value: fn(&Summary) -> f64| {
        done.iter().map(|t| value(&t.summary)).sum::<f64>() / done.len().max(1) as f64
    };
    let most =
        |value: fn(&Summary) -> f64| done.iter().map(|t| value(&t.summary)).fold(0.0, f64::max);
    let per_thousand: Vec<f64> = done
        .iter()
        .filter_map(|t| t.summary.cost_per_thousand)
        .collect();
    Summary {
        offered: mean(|s| s.offered),
        offered_per_sec: figures(|s| s.offered_per_sec),
        served_per_sec: figures(|s| s.served_per_sec),
        error_rate: figures(|s| s.error_rate),
        mean: figures(|s| s.mean),
        wait_mean: figures(|s| s.wait_mean),
        p50: figures(|s| s.p50),
        p95: figures(|s| s.p95),
        p99: figures(|s| s.p99),
        utilisation_mean: figures(|s| s.utilisation_mean),
        utilisation_peak: most(|s| s.utilisation_peak),
        cpu_peak: most(|s| s.cpu_peak),
        queue_max: most(|s| s.queue_max),
        instances_min: done
            .iter()
            .map(|t| t.summary.instances_min)
            .min()
            .unwrap_or(0),
        instances_max: done
            .iter()
            .map(|t| t.summary.instances_max)
            .max()
            .unwrap_or(0),
        instance_hours: mean(|s| s.instance_hours),
        availability: mean(|s| s.availability),
        availability_interval: figures(|s| s.availability.into()).interval,
        cost: mean(|s| s.cost),
        cost_per_month: mean(|s| s.cost_per_month),
        cost_per_thousand: (!per_thousand.is_empty())
            .then(|| per_thousand.iter().sum::<f64>() / per_thousand.len() as f64),
    }
}

/// One outcome of all repetitions: figures are means over them; the run over time, its events and the response times for
/// verdicts are those of the first.
pub(super) fn outcome(plan: &Plan, done: Vec<Tally>) -> Outcome {
    let summary = summary(&done);
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
    if let Some(first) = done.into_iter().next() {
        let (reported, slot) = first.grains(plan);
        out.warnings = warnings(plan, &first, reported, slot);
        out.step = reported;
        out.classes = first.classes;
        out.steps = first.steps;
        out.events = first.events;
        out.times = first.times;
    }
    if replications > 1 {
        out.warnings.push(format!(
            "Figures are means of {replications} repetitions; the run over time is the first of them."
        ));
    }
    out
}

/// What the scenario holds and this engine leaves out.
fn left_out(scenario: &Scenario) -> Vec<String> {
    let limits = &scenario.rate_limits;
    let closed = matches!(scenario.workload.arrivals, Arrivals::Closed { .. });
    let limited =
        limits.global.is_some() || limits.per_user.is_some() || !limits.per_endpoint.is_empty();
    let by_user =
        scenario.topology.balancer == Balancer::IpHash || scenario.topology.sticky.is_some();
    let unknown = scenario.faults.iter().any(|fault| {
        matches!(
            fault.kind,
            FaultKind::Partition { .. } | FaultKind::PeersLost { .. }
        )
    });
    let scaled = scenario.faults.iter().any(|fault| match &fault.kind {
        FaultKind::CacheFlush { .. } => scenario.backend.caches.is_empty(),
        FaultKind::PoolLimit { .. }
        | FaultKind::ReplicasLost { .. }
        | FaultKind::ReplicaLag { .. }
        | FaultKind::PrimaryLost => scenario.backend.database.is_none(),
        _ => false,
    });
    [
        (
            closed && scenario.service.retries.max > 0,
            "Users who wait for their answer do not send again what failed: rates over steps do not follow single users.",
        ),
        (
            closed && (limited || scenario.service.shed_at.is_some()),
            "Rate limits and shedding are not applied to users who wait for their answer; the request engine does.",
        ),
        (
            !closed && limits.per_user.is_some(),
            "The limit per user is applied to all users together.",
        ),
        (
            by_user,
            "Users are spread evenly over the instances; how uneven single users make it is seen by the request engine.",
        ),
        (
            scenario.backend.work_queue.is_some(),
            "Jobs after the answer are left out; they do not hold up answers.",
        ),
        (
            unknown,
            "Partitions are left out; the request engine simulates them.",
        ),
        (
            scaled,
            "A fault of a cache or database that the scenario does not have changes nothing.",
        ),
    ]
    .into_iter()
    .filter(|(holds, _)| *holds)
    .map(|(_, text)| text.to_owned())
    .collect()
}

fn warnings(plan: &Plan, tally: &Tally, reported: f64, slot: f64) -> Vec<String> {
    let mut out = left_out(plan.scenario);
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
    if plan.scenario.topology.rollout.is_some() {
        out.push(
            "The new version shares the instances of the old one here; on instances of its own the request engine \
             simulates it."
                .to_owned(),
        );
    }
    if tally.left_out > 0 {
        out.push(format!(
            "{} more events are left out of the list of a thousand.",
            units::grouped(tally.left_out as f64, 0)
        ));
    }
    out
}
