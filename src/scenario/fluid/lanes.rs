//! Requests that are counted together: all of them, or class by class where classes fare differently, so that what one
//! of them loses is not told of the others.

use crate::scenario::model::Scenario;

use super::plan::{ClassPlan, at_least_zero};

/// Requests that fare alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Lane {
    /// Their class; `None` for all.
    pub class: Option<usize>,
    /// Share of all requests that arrive.
    pub share: f64,
    /// Share of them that fails by itself.
    pub own_errors: f64,
    /// Mean time of one at a worker, relative to that of all.
    pub work: f64,
    /// Processor time of one, seconds.
    pub cpu: f64,
}

/// Whether something takes from one class more than from another.
fn differ(scenario: &Scenario) -> bool {
    let service = &scenario.service;
    let errors = |class: usize| service.classes.get(class).map(|c| c.error_share.to_bits());
    service.classes.len() > 1
        && (service.shed_at.is_some()
            || service.timeout.is_some()
            || !scenario.rate_limits.per_endpoint.is_empty()
            || (1..service.classes.len()).any(|class| errors(class) != errors(0)))
}

/// One for each class, in their order, or one for all.
pub(super) fn lanes(scenario: &Scenario, planned: &[ClassPlan]) -> Vec<Lane> {
    let mean: f64 = planned.iter().map(|c| c.share * c.time.mean()).sum();
    let per_request = scenario.autoscaling.cpu.per_request;
    let each: Vec<Lane> = planned
        .iter()
        .zip(&scenario.service.classes)
        .enumerate()
        .map(|(at, (planned, class))| Lane {
            class: Some(at),
            share: planned.share,
            own_errors: at_least_zero(class.error_share).min(1.0),
            work: planned.time.mean() / mean,
            cpu: at_least_zero(class.cpu.unwrap_or(per_request)),
        })
        .collect();
    if differ(scenario) {
        return each;
    }
    let over = |value: fn(&Lane) -> f64| each.iter().map(|l| l.share * value(l)).sum();
    vec![Lane {
        class: None,
        share: 1.0,
        own_errors: over(|l| l.own_errors),
        work: 1.0,
        cpu: over(|l| l.cpu),
    }]
}
