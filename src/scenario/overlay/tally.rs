//! Adds the steps of a run up to its outcome: totals, percentiles over all requests, the run over time, and response
//! times for the promises.

use crate::scenario::cost::Meter;
use crate::scenario::model::{Engine, Scenario};
use crate::scenario::outcome::{
    ClassFigures, Event, Figure, Outcome, StepFigures, StepTimes, Summary,
};

use super::mixture::Mixture;

/// Response times from a tenth of a millisecond on, in bins 2 % wide.
const FIRST: f64 = 1e-4;
const WIDTH: f64 = 1.02;
const BINS: usize = 1050;
/// Bins of a step for the promises.
const STEP_BINS: u32 = 50;
/// An edge lies this much above a percentile.
const ABOVE: f64 = 1.0005;
/// Most events that are kept.
const EVENTS: usize = 1000;
/// With more steps than this they are made longer.
const MOST_STEPS: f64 = 20_000.0;

/// Length of the steps of a run, and how many there are without and before the warm-up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// Seconds.
    pub step: f64,
    pub steps: i64,
    pub warm_up: i64,
}

impl Grid {
    /// The run's own steps, or longer ones where there would be too many.
    pub fn new(scenario: &Scenario) -> Self {
        let run = &scenario.run;
        let duration = run.duration.max(1e-3);
        let step = run.step.clamp(1e-3, duration).max(duration / MOST_STEPS);
        Self {
            step,
            steps: (duration / step).ceil() as i64,
            warm_up: (run.warm_up.max(0.0) / step).ceil().min(MOST_STEPS) as i64,
        }
    }

    /// When the warm-up begins, seconds.
    pub fn begins(&self) -> f64 {
        -(self.warm_up as f64) * self.step
    }
}

/// What a step came to; rates are per second.
#[derive(Clone, Copy, Debug, Default)]
pub struct Step {
    pub at: f64,
    pub secs: f64,
    pub offered: f64,
    pub served: f64,
    pub errors: f64,
    /// Mean seconds before work on a request began.
    pub wait: f64,
    pub instances: f64,
    /// 0..1, of all and of the busiest part.
    pub utilisation: f64,
    pub utilisation_peak: f64,
    pub cpu: f64,
    pub cpu_peak: f64,
    pub queue: f64,
}

/// The sums so far.
#[derive(Debug)]
pub struct Tally {
    meter: Meter,
    steps: Vec<StepFigures>,
    times: Vec<StepTimes>,
    bins: Vec<f64>,
    summary: Summary,
    secs: f64,
    served: f64,
    errors: f64,
    response: f64,
    waited: f64,
    busy: f64,
    available: f64,
    /// The last mixture with what was worked out of it: shares of the bins, of the step's bins, and percentiles.
    last: Option<(Mixture, Shape)>,
}

/// A distribution as shares of bins.
#[derive(Clone, Debug, Default)]
struct Shape {
    bins: Vec<(usize, f64)>,
    step: Vec<(f64, f64)>,
    percentiles: [Option<f64>; 3],
    mean: f64,
}

/// Upper edge of a bin.
fn edge(bin: usize) -> f64 {
    FIRST * WIDTH.powi(i32::try_from(bin).unwrap_or(i32::MAX))
}

/// (upper edge, share) of bins between two times. Just above each of the percentiles there is an edge, so that a
/// promise of one is judged by it and not by the width of a bin.
fn step_bins(mixture: &Mixture, (low, high): (f64, f64), percentiles: [f64; 3]) -> Vec<(f64, f64)> {
    let low = low.max(1e-9);
    let ratio = (high / low).max(1.0 + 1e-9);
    let mut edges: Vec<f64> = (1..STEP_BINS)
        .map(|i| low * ratio.powf(f64::from(i) / f64::from(STEP_BINS)))
        .chain(percentiles.map(|secs| secs * ABOVE))
        .filter(|secs| *secs < high)
        .collect();
    edges.sort_by(f64::total_cmp);
    let mut before = 0.0;
    let mut bin = |secs: f64, done: f64| {
        let share = done - before;
        before = done;
        (secs, share)
    };
    let mut out: Vec<(f64, f64)> = edges
        .iter()
        .map(|secs| bin(*secs, mixture.within(*secs)))
        .collect();
    out.push(bin(high, 1.0));
    out
}

impl Shape {
    fn of(mixture: &Mixture) -> Self {
        let Some((first, last)) = mixture.span() else {
            return Self::default();
        };
        let low = mixture.quantile_between(1e-4, first, last, 1e-3);
        let high = mixture.quantile_between(1.0 - 1e-5, low, last, 1e-3);
        let place = |secs: f64| ((secs / FIRST).ln() / WIDTH.ln()).clamp(0.0, BINS as f64 - 1.0);
        let (from, to) = (place(low).floor() as usize, place(high).ceil() as usize);
        let mut bins = Vec::with_capacity(to + 1 - from.min(to));
        let mut brackets = [0.5, 0.95, 0.99].map(|share| (share, first, last));
        let mut before = 0.0;
        for bin in from..=to {
            let (secs, done) = if bin == to {
                (last, 1.0)
            } else {
                (edge(bin), mixture.within(edge(bin)))
            };
            for (share, under, above) in &mut brackets {
                if done < *share {
                    *under = secs.max(first);
                } else {
                    *above = above.min(secs);
                }
            }
            bins.push((bin, done - before));
            before = done;
        }
        let exact = brackets
            .map(|(share, under, above)| mixture.quantile_between(share, under, above, 1e-6));
        Self {
            step: step_bins(mixture, (low, high), exact),
            percentiles: exact.map(Some),
            bins,
            mean: mixture.mean(),
        }
    }
}

impl Tally {
    /// Before the first step.
    pub fn new(scenario: &Scenario) -> Self {
        Self {
            meter: Meter::new(scenario),
            steps: Vec::new(),
            times: Vec::new(),
            bins: vec![0.0; BINS],
            summary: Summary::default(),
            secs: 0.0,
            served: 0.0,
            errors: 0.0,
            response: 0.0,
            waited: 0.0,
            busy: 0.0,
            available: 0.0,
            last: None,
        }
    }

    /// Takes a step in.
    pub fn add(&mut self, scenario: &Scenario, step: &Step, mixture: Mixture) {
        let shape = match self.last.take() {
            Some((before, shape)) if before == mixture => shape,
            _ => Shape::of(&mixture),
        };
        let answered = step.served * step.secs;
        for (bin, share) in &shape.bins {
            if let Some(sum) = self.bins.get_mut(*bin) {
                *sum += share * answered;
            }
        }
        let [p50, p95, p99] = shape.percentiles;
        let instances = step.instances.round() as u32;
        let cost = self
            .meter
            .step(step.secs, instances, scenario.service.cores, answered);
        self.steps.push(StepFigures {
            at: step.at,
            offered: step.offered,
            served: step.served,
            errors: step.errors,
            p50,
            p95,
            p99,
            instances,
            utilisation: step.utilisation,
            cpu: step.cpu,
            queue: step.queue,
            cost,
            ..StepFigures::default()
        });
        let index = u32::try_from(self.steps.len() - 1).unwrap_or(u32::MAX);
        for (label, share) in labels(scenario) {
            self.times.push(StepTimes {
                step: index,
                label,
                good: shape
                    .step
                    .iter()
                    .map(|(secs, part)| (*secs, part * answered * share))
                    .collect(),
                failed: step.errors * step.secs * share,
            });
        }
        self.add_to_summary(step, shape.mean, answered);
        self.last = Some((mixture, shape));
    }

    fn add_to_summary(&mut self, step: &Step, mean: f64, answered: f64) {
        let instances = step.instances.round() as u32;
        let summary = &mut self.summary;
        summary.instances_min = if self.secs > 0.0 {
            summary.instances_min.min(instances)
        } else {
            instances
        };
        summary.instances_max = summary.instances_max.max(instances);
        summary.instance_hours += step.instances * step.secs / 3600.0;
        summary.offered += step.offered * step.secs;
        summary.utilisation_peak = summary.utilisation_peak.max(step.utilisation_peak);
        summary.cpu_peak = summary.cpu_peak.max(step.cpu_peak);
        summary.queue_max = summary.queue_max.max(step.queue);
        self.secs += step.secs;
        self.served += answered;
        self.errors += step.errors * step.secs;
        self.response += mean * answered;
        self.waited += step.wait * answered;
        self.busy += step.utilisation * step.secs;
        let failing = step.errors > 0.5 * step.offered;
        if step.instances >= 0.5 && !failing {
            self.available += step.secs;
        }
    }

    /// The response time within which a share of all answers came.
    fn percentile(&self, share: f64) -> f64 {
        let wanted = share * self.bins.iter().sum::<f64>();
        let mut sum = 0.0;
        for (bin, count) in self.bins.iter().enumerate() {
            if sum + count >= wanted && *count > 0.0 {
                let low = if bin > 0 { edge(bin - 1) } else { 0.0 };
                return low + (edge(bin) - low) * ((wanted - sum) / count).clamp(0.0, 1.0);
            }
            sum += count;
        }
        0.0
    }

    /// The outcome of it all.
    pub fn outcome(
        mut self,
        scenario: &Scenario,
        grid: Grid,
        why: String,
        mut events: Vec<Event>,
        mut warnings: Vec<String>,
    ) -> Outcome {
        let over = |sum: f64, count: f64| if count > 0.0 { sum / count } else { 0.0 };
        let figure = |value: f64| Figure::from(value);
        let [p50, p95, p99] = [0.5, 0.95, 0.99].map(|share| figure(self.percentile(share)));
        let summary = Summary {
            offered_per_sec: figure(over(self.summary.offered, self.secs)),
            served_per_sec: figure(over(self.served, self.secs)),
            error_rate: figure(over(self.errors, self.errors + self.served)),
            mean: figure(over(self.response, self.served)),
            wait_mean: figure(over(self.waited, self.served)),
            p50,
            p95,
            p99,
            utilisation_mean: figure(over(self.busy, self.secs)),
            availability: over(self.available, self.secs),
            cost: self.meter.total(),
            cost_per_month: self.meter.per_month(),
            cost_per_thousand: self.meter.per_thousand(),
            ..std::mem::take(&mut self.summary)
        };
        let classes = labels(scenario)
            .into_iter()
            .map(|(label, share)| ClassFigures {
                label,
                offered: summary.offered * share,
                served: self.served * share,
                mean: summary.mean.value,
                p50: summary.p50.value,
                p95: summary.p95.value,
                p99: summary.p99.value,
            })
            .collect();
        events.sort_by(|a, b| a.at.total_cmp(&b.at));
        if events.len() > EVENTS {
            warnings.push(format!(
                "{} later events are left out",
                events.len() - EVENTS
            ));
            events.truncate(EVENTS);
        }
        if grid.step > scenario.run.step * 1.000_001 {
            warnings.push(format!(
                "steps of {:.0} s instead of {:.0} s: the run has too many of them",
                grid.step, scenario.run.step
            ));
        }
        Outcome {
            scenario: scenario.name.clone(),
            engine: Engine::Fluid,
            engine_why: why,
            seed: scenario.run.seed,
            duration: scenario.run.duration,
            step: grid.step,
            replications: 1,
            summary,
            classes,
            steps: self.steps,
            events,
            times: self.times,
            warnings,
            ..Outcome::default()
        }
    }
}

/// Labels of the classes with their shares of the requests.
fn labels(scenario: &Scenario) -> Vec<(String, f64)> {
    let all: f64 = scenario.service.classes.iter().map(|c| c.weight).sum();
    scenario
        .service
        .classes
        .iter()
        .filter(|_| all > 0.0)
        .map(|class| (class.label.clone(), class.weight / all))
        .collect()
}
