//! Load balancing of the strategy document.

use super::super::form::Form;
use super::super::quantity::SECS_OR_BARE;
use super::super::topology::{BALANCERS, USUAL_STICKY, circuit_breaker, health_check};
use crate::scenario::model::{CircuitBreaker, HealthCheck, Topology};

/// The block.
pub(super) fn describe(form: &mut Form<'_>, topology: &mut Topology) {
    form.word("algorithm", &mut topology.balancer, &BALANCERS);
    form.option(
        "health_check",
        &mut topology.health_check,
        &HealthCheck::default(),
        health_check,
    );
    form.part("sticky_sessions", |f| sticky(f, topology));
    form.option(
        "circuit_breaker",
        &mut topology.circuit_breaker,
        &CircuitBreaker::default(),
        circuit_breaker,
    );
}

/// `sticky_sessions` with its switch.
pub(super) fn sticky(form: &mut Form<'_>, topology: &mut Topology) {
    let mut enabled = true;
    form.switch("enabled", &mut enabled);
    let mut sticky = USUAL_STICKY;
    form.value("duration", &mut sticky.duration, SECS_OR_BARE);
    form.not_simulated(&["cookie_name"]);
    topology.sticky = enabled.then_some(sticky);
}
