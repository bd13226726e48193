//! What an instance does, how many there are, and who chooses among them.

use super::look::Look;
use super::{MOST_INSTANCES, without_instances};
use crate::scenario::Scenario;
use crate::scenario::model::{Balancer, Contention, Retries, Topology};
use crate::units::count;

pub(super) fn service(look: &mut Look, scenario: &Scenario) {
    let service = &scenario.service;
    classes(look, scenario);
    look.some("service.workers", service.workers);
    if let Some(timeout) = service.timeout {
        look.positive("service.timeout", timeout);
    }
    retries(look, &service.retries);
    if let Contention::Scalability {
        sigma,
        kappa,
        lambda,
    } = service.contention
    {
        look.share("service.contention.sigma", sigma);
        look.not_negative("service.contention.kappa", kappa);
        look.positive("service.contention.lambda", lambda);
    }
    look.positive("service.cores", service.cores);
    look.positive("service.measured_cores", service.measured_cores);
    look.share("service.serial_share", service.serial_share);
    look.not_negative("service.network", service.network);
    if let Some(share) = service.shed_at {
        look.share("service.shed_at", share);
        if service.queue_limit.is_none() {
            look.no(
                "service.shed_at",
                "is a share of the queue limit, and there is none; set service.queue_limit",
            );
        }
    }
}

fn classes(look: &mut Look, scenario: &Scenario) {
    let classes = &scenario.service.classes;
    if classes.is_empty() {
        look.no("service.classes", "there is no kind of request");
        return;
    }
    // A single one stands under the service itself.
    let single = classes.len() == 1;
    for (index, class) in classes.iter().enumerate() {
        let key = |name: &str| {
            if single && name == "time" {
                "service.time".to_owned()
            } else {
                format!("service.classes[{index}].{name}")
            }
        };
        look.dist(key("time"), &class.time);
        look.not_negative(key("weight"), class.weight);
        look.share(key("error_share"), class.error_share);
        look.share(key("writes"), class.writes);
        if let Some(cpu) = class.cpu {
            look.not_negative(key("cpu"), cpu);
        }
        if classes.iter().take(index).any(|c| c.label == class.label) {
            look.no(
                key("label"),
                format!("two kinds of requests are called \"{}\"", class.label),
            );
        }
    }
    if classes.iter().all(|c| c.weight <= 0.0) {
        look.no(
            "service.classes",
            "all weights are zero: no kind of request would ever arrive",
        );
    }
}

fn retries(look: &mut Look, retries: &Retries) {
    look.not_negative("service.retries.backoff", retries.backoff);
    look.positive("service.retries.factor", retries.factor);
    look.not_negative("service.retries.cap", retries.cap);
    look.share("service.retries.jitter", retries.jitter);
}

pub(super) fn topology(look: &mut Look, scenario: &Scenario) {
    let topology = &scenario.topology;
    groups(look, scenario);
    if let Some(check) = &topology.health_check {
        look.positive("topology.health_check.interval", check.interval);
        look.not_negative("topology.health_check.timeout", check.timeout);
        look.some(
            "topology.health_check.healthy_threshold",
            check.healthy_threshold,
        );
        look.some(
            "topology.health_check.unhealthy_threshold",
            check.unhealthy_threshold,
        );
    }
    if let Some(breaker) = &topology.circuit_breaker {
        look.some(
            "topology.circuit_breaker.failure_threshold",
            breaker.failure_threshold,
        );
        look.not_negative(
            "topology.circuit_breaker.recovery_timeout",
            breaker.recovery_timeout,
        );
        look.some(
            "topology.circuit_breaker.half_open_max_calls",
            breaker.half_open_max_calls,
        );
    }
    if let Some(sticky) = &topology.sticky {
        look.positive("topology.sticky_sessions.duration", sticky.duration);
    }
    rollout(look, topology);
}

fn rollout(look: &mut Look, topology: &Topology) {
    let Some(rollout) = &topology.rollout else {
        return;
    };
    look.share("topology.rollout.share", rollout.share);
    look.not_negative("topology.rollout.at", rollout.at);
    look.not_negative("topology.rollout.watch", rollout.watch);
    look.positive("topology.rollout.time_factor", rollout.time_factor);
    look.share("topology.rollout.error_share", rollout.error_share);
    if let Some(share) = rollout.max_error_share {
        look.share("topology.rollout.max_error_share", share);
    }
    if let Some(secs) = rollout.max_response {
        look.positive("topology.rollout.max_response", secs);
    }
    if let Some(times) = rollout.max_slower {
        look.positive("topology.rollout.max_slower", times);
    }
    if let Some(own) = rollout.instances {
        look.some("topology.rollout.instances", own);
        if own > MOST_INSTANCES {
            look.no(
                "topology.rollout.instances",
                format!(
                    "{} instances are too many; at most {} are possible",
                    count(u64::from(own)),
                    count(u64::from(MOST_INSTANCES))
                ),
            );
        }
    }
}

fn groups(look: &mut Look, scenario: &Scenario) {
    let topology = &scenario.topology;
    let groups = &topology.groups;
    let all = topology.instances();
    if without_instances(scenario) {
        return;
    }
    if groups.is_empty() {
        look.no("topology.groups", "there is no group of instances");
        return;
    }
    if all == 0 && scenario.autoscaling.min == 0 {
        look.no(
            "topology.instances",
            "there is no capacity: no instance at the start, and none that has to be there",
        );
    } else if all == 0 && !scenario.autoscaling.active() {
        look.no(
            "topology.instances",
            "there is no capacity: no instance at the start, and no policy that would add one",
        );
    }
    if all > MOST_INSTANCES {
        look.no(
            "topology.instances",
            format!(
                "more than {} instances do not fit into a run",
                count(u64::from(MOST_INSTANCES))
            ),
        );
    }
    for (index, group) in groups.iter().enumerate() {
        let key = |name: &str| format!("topology.groups[{index}].{name}");
        look.not_negative(key("weight"), group.weight);
        look.positive(key("speed"), group.speed);
        look.not_negative(key("distance"), group.distance);
        if groups.len() > 1 && group.name.is_empty() {
            look.no(key("name"), "is needed where there are several groups");
        } else if groups.iter().take(index).any(|g| g.name == group.name) {
            look.no(
                key("name"),
                format!("two groups are called \"{}\"", group.name),
            );
        }
    }
    let by_weight = matches!(
        topology.balancer,
        Balancer::WeightedRoundRobin | Balancer::Geographic
    );
    if by_weight && groups.iter().all(|g| g.weight <= 0.0) {
        look.no(
            "topology.groups",
            "all weights are zero: the balancer could send nowhere",
        );
    }
}
