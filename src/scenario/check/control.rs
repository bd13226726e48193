//! Who scales and what is turned away.

use super::look::Look;
use super::zone;
use crate::scenario::Scenario;
use crate::scenario::model::{
    Arrivals, Autoscaling, HpaDirection, ScaleMetric, ScheduleWindow, StepPolicy, StepRule,
    TokenBucket, VerticalScaling,
};

/// Seconds that Kubernetes accepts for a stabilisation window, and for the period of a policy.
const LONGEST_WINDOW: f64 = 3600.0;
const LONGEST_PERIOD: f64 = 1800.0;

pub(super) fn autoscaling(look: &mut Look, scenario: &Scenario) {
    let auto = &scenario.autoscaling;
    if auto.min > auto.max {
        look.no(
            "autoscaling.min",
            format!("{} is more than max, {}", auto.min, auto.max),
        );
    }
    look.some("autoscaling.max", auto.max);
    for (list, targets) in [("hpa", &auto.hpa), ("target_tracking", &auto.tracking)] {
        for (index, (_, target)) in targets.iter().enumerate() {
            look.positive(format!("autoscaling.{list}[{index}].target"), *target);
        }
    }
    blind(look, scenario);
    look.positive("autoscaling.sync", auto.sync);
    look.share("autoscaling.tolerance", auto.tolerance);
    direction(look, "scale_up", &auto.behavior.up);
    direction(look, "scale_down", &auto.behavior.down);
    for (index, policy) in auto.steps.iter().enumerate() {
        step_policy(look, &format!("autoscaling.steps[{index}]"), policy);
    }
    look.not_negative("autoscaling.scale_out_cooldown", auto.tracking_cooldown.0);
    look.not_negative("autoscaling.scale_in_cooldown", auto.tracking_cooldown.1);
    let alarms = &auto.tracking_alarms;
    look.positive("autoscaling.tracking_alarms.period", alarms.period);
    look.some(
        "autoscaling.tracking_alarms.out_periods",
        alarms.out_periods,
    );
    look.some("autoscaling.tracking_alarms.in_periods", alarms.in_periods);
    look.share("autoscaling.tracking_alarms.in_share", alarms.in_share);
    for (index, window) in auto.schedule.iter().enumerate() {
        schedule(
            look,
            &format!("autoscaling.schedule[{index}]"),
            window,
            auto,
        );
    }
    if let Some(lead) = auto.predictive {
        look.not_negative("autoscaling.predictive_lead", lead);
    }
    look.share("autoscaling.predictive_target", auto.predictive_target);
    look.positive("autoscaling.predictive_target", auto.predictive_target);
    if let Some(size) = &auto.vertical {
        vertical(look, size);
    }
    look.not_negative("autoscaling.cpu_per_request", auto.cpu.per_request);
    look.positive("autoscaling.cpu_request", auto.cpu.request);
    look.not_negative("autoscaling.cpu_idle", auto.cpu.idle);
    look.not_negative("autoscaling.boot", auto.boot);
    look.not_negative("autoscaling.warm_up", auto.warm_up);
    look.share("autoscaling.warm_up_speed", auto.warm_up_speed);
    look.positive("autoscaling.warm_up_speed", auto.warm_up_speed);
    look.not_negative("autoscaling.metric_delay", auto.metric_delay);
    let alarms = auto.tracking_alarms;
    let key = |name: &str| format!("autoscaling.tracking_alarms.{name}");
    look.positive(key("period"), alarms.period);
    look.some(key("out_periods"), alarms.out_periods);
    look.some(key("in_periods"), alarms.in_periods);
    look.share(key("in_share"), alarms.in_share);
}

/// A policy that looks at the processor while no request needs any.
fn blind(look: &mut Look, scenario: &Scenario) {
    let auto = &scenario.autoscaling;
    let targets = auto.hpa.iter().chain(&auto.tracking).map(|(m, _)| *m);
    let metrics = targets.chain(auto.steps.iter().map(|s| s.metric));
    let looks = metrics
        .into_iter()
        .any(|m| m == ScaleMetric::CpuUtilization);
    let classes = &scenario.service.classes;
    let none = classes
        .iter()
        .all(|c| c.cpu.unwrap_or(auto.cpu.per_request) <= 0.0);
    if looks && none && !super::without_instances(scenario) {
        look.no(
            "autoscaling.cpu_per_request",
            "a policy looks at the processor, but no request needs any; say how much",
        );
    }
}

fn direction(look: &mut Look, name: &str, direction: &HpaDirection) {
    let key = |part: &str| format!("autoscaling.behavior.{name}.{part}");
    let window = direction.stabilization;
    look.not_negative(key("stabilization_window"), window);
    if window > LONGEST_WINDOW {
        look.no(
            key("stabilization_window"),
            "is longer than an hour, which Kubernetes refuses",
        );
    }
    if let Some(tolerance) = direction.tolerance {
        look.not_negative(key("tolerance"), tolerance);
    }
    for (index, policy) in direction.policies.iter().enumerate() {
        look.some(key(&format!("policies[{index}].value")), policy.value);
        let period = key(&format!("policies[{index}].period"));
        look.positive(&period, policy.period);
        if policy.period > LONGEST_PERIOD {
            look.no(period, "is longer than 30 min, which Kubernetes refuses");
        }
    }
}

fn step_policy(look: &mut Look, key: &str, policy: &StepPolicy) {
    look.not_negative(format!("{key}.threshold"), policy.threshold);
    look.some(
        format!("{key}.evaluation_periods"),
        policy.evaluation_periods,
    );
    look.positive(format!("{key}.period"), policy.period);
    look.not_negative(format!("{key}.cooldown"), policy.cooldown);
    ranges(look, &format!("{key}.ranges"), policy);
}

/// Ranges may neither overlap nor leave a gap (AWS, `StepAdjustment`).
fn ranges(look: &mut Look, key: &str, policy: &StepPolicy) {
    if policy.steps.is_empty() {
        look.no(key, "there are none: the policy would change nothing");
        return;
    }
    let mut bounds = Vec::new();
    for (index, step) in policy.steps.iter().enumerate() {
        let key = format!("{key}[{index}]");
        let lower = step.lower.unwrap_or(f64::NEG_INFINITY);
        let upper = step.upper.unwrap_or(f64::INFINITY);
        if lower.is_nan() || upper.is_nan() {
            look.no(&key, "is not a number");
            return;
        }
        if lower >= upper {
            look.no(&key, "ends before it begins");
            return;
        }
        look.finite(format!("{key}.change"), step.change);
        if policy.rule == StepRule::ExactCapacity && step.change < 0.0 {
            look.no(
                format!("{key}.change"),
                "is an exact number of instances and cannot be negative",
            );
        }
        bounds.push((lower, upper));
    }
    bounds.sort_by(|a, b| a.0.total_cmp(&b.0));
    for (before, after) in bounds.iter().zip(bounds.iter().skip(1)) {
        if after.0 < before.1 {
            look.no(key, "two of them overlap");
        } else if after.0 > before.1 {
            look.no(key, "there is a gap between two of them");
        }
    }
}

fn schedule(look: &mut Look, key: &str, window: &ScheduleWindow, auto: &Autoscaling) {
    for secs in [window.from, window.to] {
        if !(0.0..=86_400.0).contains(&secs) {
            look.no(format!("{key}.time"), "is not a time of the day");
        }
    }
    if (window.from - window.to).abs() < 1e-9 {
        look.no(format!("{key}.time"), "begins and ends at the same time");
    }
    if window.days.iter().any(|day| *day > 6) {
        look.no(format!("{key}.days"), "goes from Monday, 0, to Sunday, 6");
    }
    zone(look, format!("{key}.timezone"), &window.zone);
    if window.instances > auto.max {
        look.no(
            format!("{key}.instances"),
            format!(
                "{} is more than autoscaling.max, {}",
                window.instances, auto.max
            ),
        );
    }
    if let Some(cores) = window.cores {
        look.positive(format!("{key}.cores"), cores);
    }
}

fn vertical(look: &mut Look, size: &VerticalScaling) {
    let key = |name: &str| format!("autoscaling.vertical.{name}");
    look.positive(key("min_cores"), size.min_cores);
    look.positive(key("max_cores"), size.max_cores);
    if size.min_cores > size.max_cores {
        look.no(
            key("min_cores"),
            format!(
                "{} is more than max_cores, {}",
                size.min_cores, size.max_cores
            ),
        );
    }
    look.positive(key("threshold_up"), size.threshold_up);
    look.not_negative(key("threshold_down"), size.threshold_down);
    if size.threshold_down >= size.threshold_up {
        look.no(
            key("threshold_down"),
            "must lie below threshold_up, or the size would go up and down for ever",
        );
    }
    look.not_negative(key("evaluation_period"), size.evaluation_period);
    look.not_negative(key("restart"), size.restart);
}

pub(super) fn rate_limits(look: &mut Look, scenario: &Scenario) {
    let limits = &scenario.rate_limits;
    if let Some(limit) = &limits.global {
        bucket(look, "rate_limits.global", limit);
    }
    if let Some(limit) = &limits.per_user {
        bucket(look, "rate_limits.per_user", limit);
        let closed = matches!(scenario.workload.arrivals, Arrivals::Closed { .. });
        if !closed && scenario.workload.users <= 0.0 {
            look.no(
                "rate_limits.per_user",
                "needs to know how many users there are; say it in workload.population",
            );
        }
    }
    let classes = &scenario.service.classes;
    for (index, (label, limit)) in limits.per_endpoint.iter().enumerate() {
        let key = format!("rate_limits.per_endpoint.{label}");
        bucket(look, &key, limit);
        let known: Vec<&str> = classes.iter().map(|c| c.label.as_str()).collect();
        // While the kinds of requests still come from a run, their names are not known.
        if !known.contains(&label.as_str()) && scenario.service.from_run.is_none() {
            look.no(
                &key,
                format!(
                    "no kind of request is called so; accepted: {}",
                    known.join(", ")
                ),
            );
        }
        if limits
            .per_endpoint
            .iter()
            .take(index)
            .any(|(l, _)| l == label)
        {
            look.no(&key, "stands twice");
        }
    }
}

fn bucket(look: &mut Look, key: &str, limit: &TokenBucket) {
    look.positive(format!("{key}.rate"), limit.rate);
    if look.finite(format!("{key}.burst"), limit.burst) && limit.burst < 1.0 {
        look.no(
            format!("{key}.burst"),
            "below 1 nothing would ever be let through",
        );
    }
}
