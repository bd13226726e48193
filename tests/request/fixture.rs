//! A small scenario to vary: one instance with one worker, service times of 10 ms.

use headroom::progress::Progress;
use headroom::scenario::model::{
    Balancer, Class, Dist, InstanceGroup, Pattern, Run, Scenario, Service, Topology, Workload,
};
use headroom::scenario::{Outcome, request};

pub const SERVICE: f64 = 0.01;

/// `rate` requests a second for `duration` seconds.
pub fn scenario(rate: f64, duration: f64) -> Scenario {
    Scenario {
        workload: Workload {
            pattern: Pattern::Constant { level: rate },
            ..Workload::default()
        },
        service: Service {
            classes: vec![class(Dist::Exponential { mean: SERVICE })],
            workers: 1,
            queue_limit: None,
            ..Service::default()
        },
        topology: Topology {
            balancer: Balancer::LeastConnections,
            ..Topology::default()
        },
        run: Run {
            duration,
            step: duration / 10.0,
            seed: 42,
            ..Run::default()
        },
        ..Scenario::default()
    }
}

pub fn class(time: Dist) -> Class {
    Class {
        time,
        ..Class::default()
    }
}

/// One group of so many instances.
pub fn instances(count: u32) -> Vec<InstanceGroup> {
    vec![InstanceGroup {
        instances: count,
        ..InstanceGroup::default()
    }]
}

pub fn run(scenario: &Scenario) -> Outcome {
    request::run(scenario, &Progress::default()).unwrap()
}

/// Requests over the run by what became of them: offered, served, failed.
pub fn counted(outcome: &Outcome) -> (f64, f64, f64) {
    let sum = |value: fn(&headroom::scenario::outcome::StepFigures) -> f64| {
        let mut end = outcome.duration;
        let mut total = 0.0;
        for step in outcome.steps.iter().rev() {
            total += value(step) * (end - step.at);
            end = step.at;
        }
        total.round()
    };
    (sum(|s| s.offered), sum(|s| s.served), sum(|s| s.errors))
}
