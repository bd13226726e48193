//! The autoscalers at their ticks: what the fluid has seen since the last one, and what they decide.

use crate::scenario::control::{Controller, Fleet as There, Seen};
use crate::scenario::model::{Autoscaling, ScaleMetric};

use super::fleet::Fleet;
use super::mix::{Entry, Mix};
use super::plan::Plan;
use super::pools::Pools;
use super::tally::StepSums;

pub(super) use crate::scenario::control::Decision;

/// The controller with sums since its last look.
pub(super) struct Control {
    controller: Controller,
    tick: f64,
    next: f64,
    steps: f64,
    sums: Seen,
    /// Response times since the last look, where somebody looks at them.
    times: Option<Mix>,
}

fn looks_at_times(settings: &Autoscaling) -> bool {
    let time = ScaleMetric::ResponseTime;
    settings.hpa.iter().any(|(metric, _)| *metric == time)
        || settings.tracking.iter().any(|(metric, _)| *metric == time)
        || settings.steps.iter().any(|policy| policy.metric == time)
}

impl Control {
    /// `None` where nothing ever decides.
    pub(super) fn new(plan: &Plan) -> Option<Self> {
        let controller = Controller::new(plan.scenario);
        let tick = controller.tick().max(1e-3);
        let first = (plan.at(0) / tick - 1e-9).ceil() * tick;
        controller.active().then(|| Self {
            controller,
            tick,
            next: first,
            steps: 0.0,
            sums: Seen::default(),
            times: looks_at_times(&plan.scenario.autoscaling).then(Mix::default),
        })
    }

    /// Whether response times are wanted.
    pub(super) fn add(&mut self, entry: Entry) {
        if let Some(times) = &mut self.times {
            times.add(entry);
        }
    }

    /// A step is over.
    pub(super) fn saw(&mut self, step: &StepSums, sent_per_sec: f64) {
        self.steps += 1.0;
        let ready = f64::from(step.instances.max(1));
        self.sums.cpu += step.cpu;
        self.sums.workers += step.busy;
        self.sums.rate_per_instance += sent_per_sec / ready;
        self.sums.queue_per_instance += step.queue / ready;
    }

    /// What is decided at the ticks up to `at`.
    pub(super) fn look(
        &mut self,
        plan: &Plan,
        pools: &Pools,
        at: f64,
        fleet: &Fleet,
        cores: f64,
    ) -> Vec<Decision> {
        if at + 1e-6 < self.next {
            return Vec::new();
        }
        let steps = self.steps.max(1.0);
        let seen = Seen {
            cpu: self.sums.cpu / steps,
            workers: self.sums.workers / steps,
            rate_per_instance: self.sums.rate_per_instance / steps,
            queue_per_instance: self.sums.queue_per_instance / steps,
            p95: self.times.as_mut().and_then(|times| {
                let found = times.percentiles(pools, &plan.bins, None, [0.95]);
                times.clear();
                found.map(|[p95]| p95)
            }),
        };
        (self.sums, self.steps) = (Seen::default(), 0.0);
        let there = There {
            ready: fleet.ready(),
            booting: fleet.booting(at),
            cores,
        };
        let mut decisions = Vec::new();
        // A step longer than a tick passes several of them; they all see its means.
        while self.next <= at + 1e-6 {
            decisions = self.controller.look(self.next, &seen, &there);
            self.next += self.tick;
            if !decisions.is_empty() {
                break;
            }
        }
        self.next = self
            .next
            .max((at / self.tick + 1e-6).floor() * self.tick + self.tick);
        decisions
    }
}
