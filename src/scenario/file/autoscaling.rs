//! `autoscaling:` – how the number and size of instances follow the load: Kubernetes' HPA with its `behavior`, step
//! policies, target tracking, the clock, a prediction, and the size of an instance.

use super::form::{Form, Read, scalar, text, wrong};
use super::quantity::{
    CORES, COUNT, Kind, NUMBER, RATE, SECS, SECS_OR_BARE, SHARE, TEXT, TIME_OF_DAY,
};
use crate::scenario::model::{
    Autoscaling, HpaBehavior, HpaDirection, HpaPolicy, HpaPolicyKind, ScaleMetric, ScheduleWindow,
    Select, StepAdjustment, StepPolicy, StepRule, TrackingAlarms, VerticalScaling,
};
use crate::yaml::{Node, Value};

/// What a policy can look at, by its words.
pub(super) const METRICS: [(&str, ScaleMetric); 9] = [
    ("cpu_utilization", ScaleMetric::CpuUtilization),
    ("cpu", ScaleMetric::CpuUtilization),
    ("worker_utilization", ScaleMetric::WorkerUtilization),
    ("request_rate", ScaleMetric::RequestRate),
    ("request_count", ScaleMetric::RequestRate),
    ("requests_per_second", ScaleMetric::RequestRate),
    ("response_time", ScaleMetric::ResponseTime),
    ("p95", ScaleMetric::ResponseTime),
    ("queue_length", ScaleMetric::QueueLength),
];

/// How a target or threshold of a metric is written.
pub(super) const fn unit_of(metric: ScaleMetric) -> Kind<f64> {
    match metric {
        ScaleMetric::CpuUtilization | ScaleMetric::WorkerUtilization => SHARE,
        ScaleMetric::RequestRate => RATE,
        ScaleMetric::ResponseTime => SECS,
        ScaleMetric::QueueLength => NUMBER,
    }
}

/// Which kind of policy a shorthand means.
#[derive(Clone, Copy, PartialEq)]
enum Policy {
    Off,
    Hpa,
    Tracking,
    Step,
    Schedule,
    Predictive,
}

const POLICIES: [(&str, Policy); 8] = [
    ("none", Policy::Off),
    ("hpa", Policy::Hpa),
    ("target_tracking", Policy::Tracking),
    ("step", Policy::Step),
    ("step_scaling", Policy::Step),
    ("schedule", Policy::Schedule),
    ("scheduled", Policy::Schedule),
    ("predictive", Policy::Predictive),
];

/// The block.
pub(super) fn describe(form: &mut Form<'_>, auto: &mut Autoscaling) {
    shorthand(form, auto);
    targets(form, "hpa", &mut auto.hpa);
    form.block(
        "behavior",
        &mut auto.behavior,
        &HpaBehavior::default(),
        |form, behavior| {
            let usual = HpaBehavior::default();
            form.block("scale_up|scaleUp", &mut behavior.up, &usual.up, direction);
            form.block(
                "scale_down|scaleDown",
                &mut behavior.down,
                &usual.down,
                direction,
            );
        },
    );
    form.switch("hpa_legacy", &mut auto.hpa_legacy);
    form.value("sync", &mut auto.sync, SECS);
    form.value("tolerance", &mut auto.tolerance, SHARE);
    form.list(
        "steps",
        &mut auto.steps,
        &StepPolicy::default(),
        step_policy,
    );
    targets(form, "target_tracking", &mut auto.tracking);
    form.value(
        "scale_out_cooldown",
        &mut auto.tracking_cooldown.0,
        SECS_OR_BARE,
    );
    form.value(
        "scale_in_cooldown",
        &mut auto.tracking_cooldown.1,
        SECS_OR_BARE,
    );
    form.block(
        "tracking_alarms",
        &mut auto.tracking_alarms,
        &TrackingAlarms::default(),
        |form, alarms| {
            form.value("period", &mut alarms.period, SECS_OR_BARE);
            form.value("out_periods", &mut alarms.out_periods, COUNT);
            form.value("in_periods", &mut alarms.in_periods, COUNT);
            form.value("in_share", &mut alarms.in_share, SHARE);
        },
    );
    form.list(
        "schedule",
        &mut auto.schedule,
        &usual_window(),
        schedule_window,
    );
    form.maybe("predictive_lead", &mut auto.predictive, SECS);
    form.value("predictive_target", &mut auto.predictive_target, SHARE);
    form.option(
        "vertical",
        &mut auto.vertical,
        &VerticalScaling::default(),
        vertical,
    );
    form.shown("min|minInstances|minReplicas", &mut auto.min, COUNT);
    form.shown("max|maxInstances|maxReplicas", &mut auto.max, COUNT);
    form.value("cpu_per_request", &mut auto.cpu.per_request, SECS);
    form.value("cpu_request", &mut auto.cpu.request, CORES);
    form.value("cpu_idle", &mut auto.cpu.idle, CORES);
    form.value("boot", &mut auto.boot, SECS);
    form.value("warm_up", &mut auto.warm_up, SECS);
    form.value("warm_up_speed", &mut auto.warm_up_speed, SHARE);
    form.value("metric_delay", &mut auto.metric_delay, SECS);
}

/// `policy: hpa, metric: cpu_utilization, target: 70%`: one target, said in three keys.
fn shorthand(form: &mut Form<'_>, auto: &mut Autoscaling) {
    if !form.reading() {
        return;
    }
    let mut policy = Policy::Hpa;
    let named = form.word("policy", &mut policy, &POLICIES);
    let mut metric = ScaleMetric::CpuUtilization;
    let with_metric = form.word("metric", &mut metric, &METRICS);
    let mut target = 0.7;
    let with_target = form.value("target", &mut target, unit_of(metric));
    match policy {
        Policy::Hpa | Policy::Tracking if with_target => {
            let list = if policy == Policy::Hpa {
                &mut auto.hpa
            } else {
                &mut auto.tracking
            };
            list.push((metric, target));
        }
        Policy::Hpa if (named || with_metric) && !form.has("hpa") => {
            form.lacks("target", unit_of(metric).example);
        }
        Policy::Tracking if !form.has("target_tracking") => {
            form.lacks("target", unit_of(metric).example);
        }
        Policy::Step if !form.has("steps") => {
            form.lacks(
                "steps",
                "a list of policies with metric, threshold and change",
            );
        }
        Policy::Schedule if !form.has("schedule") => {
            form.lacks("schedule", "[{time: \"09:00-17:00\", instances: 4}]");
        }
        Policy::Predictive if !form.has("predictive_lead") => {
            form.lacks("predictive_lead", SECS.example);
        }
        _ => {}
    }
}

/// `hpa` and `target_tracking`: metrics with their targets.
fn targets(form: &mut Form<'_>, key: &'static str, list: &mut Vec<(ScaleMetric, f64)>) {
    if !form.reading() && list.is_empty() {
        return;
    }
    let mut read = Vec::new();
    std::mem::swap(&mut read, list);
    form.list(
        key,
        &mut read,
        &(ScaleMetric::CpuUtilization, 0.0),
        |form, (metric, target)| {
            form.word("metric", metric, &METRICS);
            form.must("target", target, unit_of(*metric));
        },
    );
    *list = read;
}

fn direction(form: &mut Form<'_>, direction: &mut HpaDirection) {
    form.value(
        "stabilization_window|stabilizationWindowSeconds",
        &mut direction.stabilization,
        SECS_OR_BARE,
    );
    form.word(
        "select_policy|selectPolicy",
        &mut direction.select,
        &[
            ("max", Select::Max),
            ("min", Select::Min),
            ("disabled", Select::Disabled),
        ],
    );
    form.maybe("tolerance", &mut direction.tolerance, SHARE);
    let base = HpaPolicy {
        kind: HpaPolicyKind::Pods,
        value: 0,
        period: 15.0,
    };
    form.list(
        "policies",
        &mut direction.policies,
        &base,
        |form, policy| {
            form.word(
                "type",
                &mut policy.kind,
                &[
                    ("pods", HpaPolicyKind::Pods),
                    ("percent", HpaPolicyKind::Percent),
                ],
            );
            form.must("value", &mut policy.value, COUNT);
            form.value("period|periodSeconds", &mut policy.period, SECS_OR_BARE);
        },
    );
}

fn step_policy(form: &mut Form<'_>, policy: &mut StepPolicy) {
    form.word("metric", &mut policy.metric, &METRICS);
    let unit = unit_of(policy.metric);
    form.must("threshold", &mut policy.threshold, unit);
    form.word(
        "when",
        &mut policy.above,
        &[("above", true), ("below", false)],
    );
    form.value("evaluation_periods", &mut policy.evaluation_periods, COUNT);
    form.value("period", &mut policy.period, SECS);
    form.word(
        "adjustment",
        &mut policy.rule,
        &[
            ("change_in_capacity", StepRule::ChangeInCapacity),
            ("exact_capacity", StepRule::ExactCapacity),
            (
                "percent_change_in_capacity",
                StepRule::PercentChangeInCapacity,
            ),
        ],
    );
    changes(form, policy, unit);
    form.value("min_adjustment", &mut policy.min_adjustment, COUNT);
    form.value("cooldown", &mut policy.cooldown, SECS_OR_BARE);
}

/// `change: 2` for one step without bounds, or ranges relative to the threshold.
fn changes(form: &mut Form<'_>, policy: &mut StepPolicy, unit: Kind<f64>) {
    let above = policy.above;
    let whole = move |change| StepAdjustment {
        lower: above.then_some(0.0),
        upper: (!above).then_some(0.0),
        change,
    };
    let single = match policy.steps.as_slice() {
        [step] if *step == whole(step.change) => Some(step.change),
        _ => None,
    };
    if form.reading() {
        let mut change = 0.0;
        let short = form.value("change", &mut change, NUMBER);
        let long = form.has("ranges");
        ranges(form, policy, unit);
        if short && long {
            form.fail_here("give either change or ranges");
        } else if short || !long {
            policy.steps = vec![whole(if short { change } else { 1.0 })];
        }
    } else if let Some(mut change) = single {
        form.must("change", &mut change, NUMBER);
    } else {
        ranges(form, policy, unit);
    }
}

fn ranges(form: &mut Form<'_>, policy: &mut StepPolicy, unit: Kind<f64>) {
    let base = StepAdjustment {
        lower: None,
        upper: None,
        change: 0.0,
    };
    form.list("ranges", &mut policy.steps, &base, |form, step| {
        form.maybe("lower", &mut step.lower, unit);
        form.maybe("upper", &mut step.upper, unit);
        form.must("change", &mut step.change, NUMBER);
    });
}

/// A window of the whole day in UTC.
pub(super) fn usual_window() -> ScheduleWindow {
    ScheduleWindow {
        to: 86_400.0,
        zone: "UTC".to_owned(),
        ..ScheduleWindow::default()
    }
}

/// `{time: "09:00-17:00", timezone: UTC, days: [mon, fri], instances: 4}`; also in the strategy document.
pub(super) fn schedule_window(form: &mut Form<'_>, window: &mut ScheduleWindow) {
    let mut span = (window.from, window.to);
    form.own("time", &mut span, read_span, |(from, to)| {
        text(format!(
            "{}-{}",
            (TIME_OF_DAY.write)(from),
            (TIME_OF_DAY.write)(to)
        ))
    });
    (window.from, window.to) = span;
    form.value("timezone|zone|tz", &mut window.zone, TEXT);
    if form.reading() || !window.days.is_empty() {
        form.own("days", &mut window.days, read_days, |days| {
            let name = |day: &u8| {
                let word = DAYS.get(usize::from(*day)).copied().unwrap_or("mon");
                Node::scalar(0, word)
            };
            Value::List(days.iter().map(name).collect())
        });
    }
    form.value("instances", &mut window.instances, COUNT);
    form.maybe("cores|cpu_target", &mut window.cores, CORES);
    form.not_simulated(&["memory_target"]);
}

fn read_span(node: &Node, place: &str) -> Read<(f64, f64)> {
    let bad = || {
        wrong(
            node,
            place,
            "must be two times of the day; write for example \"09:00-17:00\"",
        )
    };
    let Value::Scalar(span) = &node.value else {
        return Err(bad());
    };
    let (from, to) = span.split_once(['-', '–']).ok_or_else(bad)?;
    let read = |text: &str| scalar(&Node::scalar(node.line, text.trim()), place, TIME_OF_DAY);
    Ok((read(from)?, read(to)?))
}

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

fn read_days(node: &Node, place: &str) -> Read<Vec<u8>> {
    let bad = |node: &Node| {
        wrong(
            node,
            place,
            "must be days of the week; write for example [mon, tue] or weekdays",
        )
    };
    let words = node.texts(place).map_err(|_| bad(node))?;
    let mut days = Vec::new();
    for word in words {
        let word = word.to_lowercase();
        match word.as_str() {
            "weekdays" => days.extend(0..5),
            "weekend" | "weekends" => days.extend(5..7),
            _ => {
                let index = DAYS
                    .iter()
                    .position(|d| word.starts_with(d))
                    .ok_or_else(|| bad(node))?;
                days.push(u8::try_from(index).unwrap_or_default());
            }
        }
    }
    Ok(days)
}

/// The size of an instance; also in the strategy document.
pub(super) fn vertical(form: &mut Form<'_>, vertical: &mut VerticalScaling) {
    form.value("min_cores", &mut vertical.min_cores, CORES);
    form.value("max_cores", &mut vertical.max_cores, CORES);
    form.value("threshold_up", &mut vertical.threshold_up, SHARE);
    form.value("threshold_down", &mut vertical.threshold_down, SHARE);
    form.value(
        "evaluation_period",
        &mut vertical.evaluation_period,
        SECS_OR_BARE,
    );
    form.value("restart", &mut vertical.restart, SECS);
}
