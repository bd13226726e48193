//! `topology:` – instances and the balancer before them.

use super::form::Form;
use super::quantity::{COUNT, FACTOR, NUMBER, SECS, SECS_OR_BARE, SHARE, TEXT};
use crate::scenario::model::{
    Balancer, CircuitBreaker, HealthCheck, InstanceGroup, Rollout, StickySessions, Topology,
};

/// How a balancer chooses, by its words.
pub(super) const BALANCERS: [(&str, Balancer); 12] = [
    ("round_robin", Balancer::RoundRobin),
    ("weighted_round_robin", Balancer::WeightedRoundRobin),
    ("weighted", Balancer::WeightedRoundRobin),
    ("random", Balancer::Random),
    ("least_connections", Balancer::LeastConnections),
    ("response_time", Balancer::ResponseTime),
    ("power_of_two", Balancer::PowerOfTwo),
    ("join_shortest_queue", Balancer::JoinShortestQueue),
    ("ip_hash", Balancer::IpHash),
    ("geographic", Balancer::Geographic),
    ("shared_queue", Balancer::SharedQueue),
    ("one_queue", Balancer::SharedQueue),
];

/// A rollout with what a file need not say.
pub(super) const fn usual_rollout() -> Rollout {
    Rollout {
        share: 0.05,
        at: 0.0,
        watch: 600.0,
        time_factor: 1.0,
        error_share: 0.0,
        max_error_share: None,
        max_response: None,
        instances: None,
        max_slower: None,
    }
}

/// Sessions of an hour.
pub(super) const USUAL_STICKY: StickySessions = StickySessions { duration: 3600.0 };

/// The block.
pub(super) fn describe(form: &mut Form<'_>, topology: &mut Topology) {
    groups(form, topology);
    form.word("balancer|algorithm", &mut topology.balancer, &BALANCERS);
    let usual = HealthCheck::default();
    form.option(
        "health_check",
        &mut topology.health_check,
        &usual,
        health_check,
    );
    form.option(
        "circuit_breaker",
        &mut topology.circuit_breaker,
        &CircuitBreaker::default(),
        circuit_breaker,
    );
    form.option(
        "sticky_sessions|sticky",
        &mut topology.sticky,
        &USUAL_STICKY,
        |form, sticky| {
            form.value("duration", &mut sticky.duration, SECS_OR_BARE);
        },
    );
    form.option("rollout", &mut topology.rollout, &usual_rollout(), rollout);
}

/// `instances` where all are alike, or `groups`.
fn groups(form: &mut Form<'_>, topology: &mut Topology) {
    let mut plain = InstanceGroup::default();
    if !form.reading() {
        if let [only] = topology.groups.as_slice() {
            plain.instances = only.instances;
            if *only == plain {
                form.shown("instances", &mut plain.instances, COUNT);
                return;
            }
        }
        form.list(
            "groups",
            &mut topology.groups,
            &InstanceGroup::default(),
            group,
        );
        return;
    }
    let all = form.value("instances", &mut plain.instances, COUNT);
    let listed = form.list(
        "groups|regions|zones",
        &mut topology.groups,
        &InstanceGroup::default(),
        group,
    );
    if all && listed {
        form.fail_here("give either instances or groups: each group has its own instances");
    } else if all {
        topology.groups = vec![plain];
    }
}

fn group(form: &mut Form<'_>, group: &mut InstanceGroup) {
    form.value("name", &mut group.name, TEXT);
    form.value("instances", &mut group.instances, COUNT);
    form.value("weight", &mut group.weight, NUMBER);
    form.value("speed", &mut group.speed, FACTOR);
    form.value("distance", &mut group.distance, SECS);
}

/// Also in the strategy document's load balancing.
pub(super) fn health_check(form: &mut Form<'_>, check: &mut HealthCheck) {
    form.value("interval", &mut check.interval, SECS_OR_BARE);
    form.value("timeout", &mut check.timeout, SECS_OR_BARE);
    form.value("healthy_threshold", &mut check.healthy_threshold, COUNT);
    form.value("unhealthy_threshold", &mut check.unhealthy_threshold, COUNT);
    form.not_simulated(&["path", "expected_codes"]);
}

/// Also in the strategy document's load balancing.
pub(super) fn circuit_breaker(form: &mut Form<'_>, breaker: &mut CircuitBreaker) {
    form.value("failure_threshold", &mut breaker.failure_threshold, COUNT);
    form.value(
        "recovery_timeout",
        &mut breaker.recovery_timeout,
        SECS_OR_BARE,
    );
    form.value(
        "half_open_max_calls",
        &mut breaker.half_open_max_calls,
        COUNT,
    );
}

fn rollout(form: &mut Form<'_>, rollout: &mut Rollout) {
    form.value("share", &mut rollout.share, SHARE);
    form.value("at", &mut rollout.at, SECS);
    form.value("watch", &mut rollout.watch, SECS);
    form.value("time_factor", &mut rollout.time_factor, FACTOR);
    form.value("error_share", &mut rollout.error_share, SHARE);
    form.maybe("max_error_share", &mut rollout.max_error_share, SHARE);
    form.maybe("max_response", &mut rollout.max_response, SECS);
    form.maybe("max_slower", &mut rollout.max_slower, FACTOR);
    form.maybe("instances", &mut rollout.instances, COUNT);
}
