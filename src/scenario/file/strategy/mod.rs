//! The blocks of the user's strategy document with their keys and units as written there, laid over what the file says
//! in Headroom's own form. What the document leaves open is assumed, and said.

mod balancing;
mod caching;
mod database;
mod load;
mod scaling;
mod traffic;

use super::form::{Form, wrong};
use super::topology;
use crate::scenario::Scenario;
use crate::scenario::model::{CircuitBreaker, HealthCheck};
use crate::yaml::Value;

/// Blocks of the document that are about running a system, and mean nothing to a simulation.
const NOT_SIMULATED: [&str; 9] = [
    "cache_invalidation",
    "infrastructure_optimization",
    "query_optimization",
    "indexing_strategy",
    "lazy_loading",
    "compression",
    "partitioning",
    "success_criteria",
    "scenarios",
];

/// All blocks that a file may hold beside Headroom's own.
pub(super) fn describe(form: &mut Form<'_>, scenario: &mut Scenario) {
    form.part("load_pattern", |f| load::pattern(f, scenario));
    form.part("load_test", |f| load::test(f, scenario));
    let auto = &mut scenario.autoscaling;
    form.part("scaling_policy|ScalingPolicy|horizontal_scaling", |f| {
        scaling::policy(f, auto);
    });
    policies(form, scenario);
    form.part("vertical_scaling", |f| {
        scaling::vertical(f, &mut scenario.autoscaling);
    });
    form.part("database_scaling", |f| {
        database::scaling(f, &mut scenario.backend);
    });
    form.part("connection_pooling", |f| {
        database::pooling(f, &mut scenario.backend);
    });
    form.part("async_processing", |f| {
        database::jobs(f, &mut scenario.backend);
    });
    form.part("optimization_techniques|database_performance", |f| {
        f.part("connection_pooling", |f| {
            database::pooling(f, &mut scenario.backend);
        });
        f.part("async_processing", |f| {
            database::jobs(f, &mut scenario.backend);
        });
        f.not_simulated(&NOT_SIMULATED);
    });
    form.part("caching|cache_configuration", |f| {
        caching::describe(f, &mut scenario.backend);
    });
    form.part("load_balancing|load_balancer", |f| {
        balancing::describe(f, &mut scenario.topology);
    });
    form.option(
        "health_check",
        &mut scenario.topology.health_check,
        &HealthCheck::default(),
        topology::health_check,
    );
    form.option(
        "circuit_breaker",
        &mut scenario.topology.circuit_breaker,
        &CircuitBreaker::default(),
        topology::circuit_breaker,
    );
    form.part("sticky_sessions", |f| {
        balancing::sticky(f, &mut scenario.topology);
    });
    form.part("traffic_management", |f| traffic::describe(f, scenario));
    traffic::describe(form, scenario);
    form.not_simulated(&NOT_SIMULATED);
    // Promises: taken as a whole.
    for key in ["performance_sla", "performance_benchmarks"] {
        form.take(key);
    }
}

/// `scaling_policies`: several of them.
fn policies(form: &mut Form<'_>, scenario: &mut Scenario) {
    let Some((key, node)) = form.take("scaling_policies") else {
        return;
    };
    let place = form.place(key);
    if !matches!(node.value, Value::List(_)) {
        form.fail(wrong(node, &place, "must be a list of policies"));
    }
    for (index, item) in node.items().iter().enumerate() {
        form.inside(item, &format!("{place}[{index}]"), |f| {
            scaling::policy(f, &mut scenario.autoscaling);
        });
    }
}
