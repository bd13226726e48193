//! From repetitions to one outcome.

use crate::scenario::model::Engine;
use crate::scenario::outcome::{ClassFigures, Event, Outcome, StepFigures, StepTimes, Summary};
use crate::scenario::repeated;
use crate::units;

use super::flow::MOST_SENDINGS;
use super::histogram::Histogram;
use super::plan::{Plan, QUEUE_BOUND};
use super::sim::Sim;

/// What is kept of a repetition.
#[derive(Clone, Debug)]
pub(super) struct Repetition {
    summary: Summary,
    classes: Vec<(Histogram, u64)>,
    steps: Vec<StepFigures>,
    times: Vec<StepTimes>,
    events: Vec<Event>,
    left_out: u64,
    overflow: u64,
    /// What a reader must know.
    warnings: Vec<String>,
}

impl Repetition {
    pub(super) fn of(plan: &Plan, sim: Sim) -> Self {
        let overflow = sim.overflow;
        let warnings = warnings(plan, &sim);
        let record = sim.record;
        let totals = record.totals();
        let mut all = Histogram::default();
        for class in &record.classes {
            all.merge(&class.times);
        }
        let [p50, p95, p99] = all.percentiles([0.5, 0.95, 0.99]).unwrap_or_default();
        let per = |sum: f64, of: f64| if of > 0.0 { sum / of } else { 0.0 };
        let served = totals.served as f64;
        let offered = totals.offered as f64;
        let summary = Summary {
            offered,
            offered_per_sec: per(offered, totals.seconds).into(),
            served_per_sec: per(served, totals.seconds).into(),
            error_rate: per(totals.failed as f64, offered).min(1.0).into(),
            mean: all.mean().into(),
            wait_mean: per(totals.wait, served).into(),
            p50: p50.into(),
            p95: p95.into(),
            p99: p99.into(),
            utilisation_mean: per(totals.busy_area, totals.worker_area).min(1.0).into(),
            utilisation_peak: record.peak_utilisation,
            cpu_peak: record.peak_cpu,
            queue_max: totals.waiting_most as f64,
            instances_min: totals.serving.0,
            instances_max: totals.serving.1,
            instance_hours: totals.paid_area / 3600.0,
            availability: per(f64::from(record.available_steps), record.steps.len() as f64),
            cost: record.meter.total(),
            cost_per_month: record.meter.per_month(),
            cost_per_thousand: record.meter.per_thousand(),
            ..Summary::default()
        };
        Self {
            summary,
            classes: record
                .classes
                .into_iter()
                .map(|c| (c.times, c.offered))
                .collect(),
            steps: record.steps,
            times: record.times,
            events: sim.log.events,
            left_out: sim.log.left_out,
            overflow,
            warnings,
        }
    }
}

/// What a reader must know of a run.
fn warnings(plan: &Plan, sim: &Sim) -> Vec<String> {
    let mut out = Vec::new();
    let backend = &plan.scenario.backend;
    if plan.law.is_some() && (backend.database.is_some() || !backend.caches.is_empty()) {
        out.push(
            "The scalability law was fitted with what is behind an instance, so caches and database are not simulated \
             beside it."
                .to_owned(),
        );
    }
    let totals = sim.record.totals();
    let bound = u64::from(QUEUE_BOUND) * u64::from(totals.serving.1.max(1));
    if plan.scenario.service.queue_limit.is_none() && totals.waiting_most >= bound {
        out.push(
            "No limit of the queue is given; at an instance 100,000 requests can wait, and so many did."
                .to_owned(),
        );
    }
    if sim.sendings >= MOST_SENDINGS {
        out.push(
            "A thousand million sendings were reached; nothing was sent again after that."
                .to_owned(),
        );
    }
    if let Some(chores) = &sim.behind.chores {
        out.push(format!(
            "The work queue ends with {} jobs waiting; at most {} waited at once.",
            chores.waiting, chores.waiting_most
        ));
    }
    out
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0_u32), |(s, n), v| (s + v, n + 1));
    sum / f64::from(count.max(1))
}

/// Means of one step over the repetitions; a percentile over those that have one.
fn step(of: &[&StepFigures]) -> StepFigures {
    let over = |value: fn(&StepFigures) -> f64| mean(of.iter().map(|s| value(s)));
    let known = |value: fn(&StepFigures) -> Option<f64>| {
        let known: Vec<f64> = of.iter().filter_map(|s| value(s)).collect();
        (!known.is_empty()).then(|| mean(known.into_iter()))
    };
    StepFigures {
        at: over(|s| s.at),
        offered: over(|s| s.offered),
        served: over(|s| s.served),
        errors: over(|s| s.errors),
        p50: known(|s| s.p50),
        p95: known(|s| s.p95),
        p99: known(|s| s.p99),
        instances: over(|s| f64::from(s.instances)).round() as u32,
        utilisation: over(|s| s.utilisation),
        cpu: over(|s| s.cpu),
        queue: over(|s| s.queue),
        cost: over(|s| s.cost),
        cache_hits: known(|s| s.cache_hits),
        connections: known(|s| s.connections),
    }
}

/// One outcome of all repetitions, in their order.
pub(super) fn outcome(plan: &Plan, mut repetitions: Vec<Repetition>) -> Outcome {
    let run = &plan.scenario.run;
    let all: Vec<&Summary> = repetitions.iter().map(|r| &r.summary).collect();
    let summary = repeated::summary(&all);
    let classes = plan
        .classes
        .iter()
        .enumerate()
        .map(|(i, class)| {
            let mut times = Histogram::default();
            let mut offered = 0;
            for (more, count) in repetitions.iter().filter_map(|r| r.classes.get(i)) {
                times.merge(more);
                offered += count;
            }
            let count = repetitions.len().max(1) as f64;
            let [p50, p95, p99] = times.percentiles([0.5, 0.95, 0.99]).unwrap_or_default();
            ClassFigures {
                label: class.label.clone(),
                offered: offered as f64 / count,
                served: times.total() as f64 / count,
                mean: times.mean(),
                p50,
                p95,
                p99,
            }
        })
        .collect();
    let steps = (0..plan.steps as usize)
        .map(|i| {
            let of: Vec<&StepFigures> = repetitions.iter().filter_map(|r| r.steps.get(i)).collect();
            step(&of)
        })
        .collect();
    let overflow: u64 = repetitions.iter().map(|r| r.overflow).sum();
    let mut warnings = repetitions
        .first()
        .map(|first| first.warnings.clone())
        .unwrap_or_default();
    if overflow > 0 {
        warnings.push(format!(
            "{} requests were turned away because {} were on their way at once, the most that is simulated.",
            units::grouped(overflow as f64, 0),
            units::grouped(plan.most_jobs as f64, 0)
        ));
    }
    let (events, left_out) = repetitions
        .first_mut()
        .map_or_else(Default::default, |first| {
            (std::mem::take(&mut first.events), first.left_out)
        });
    if left_out > 0 {
        warnings.push(format!(
            "{} more events are left out of the list of a thousand.",
            units::grouped(left_out as f64, 0)
        ));
    }
    let replications = repetitions.len() as u32;
    let mut out = Outcome {
        scenario: plan.scenario.name.clone(),
        engine: Engine::Request,
        seed: run.seed,
        duration: plan.duration,
        step: plan.step,
        replications,
        summary,
        classes,
        steps,
        events,
        warnings,
        ..Outcome::default()
    };
    let runs = repetitions.into_iter().map(|r| (r.steps, r.times));
    repeated::keep_each(&mut out, runs);
    out
}
