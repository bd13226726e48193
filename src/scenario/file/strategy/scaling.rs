//! `ScalingPolicy` and `vertical_scaling` of the strategy document.

use super::super::autoscaling::{METRICS, schedule_window, usual_window};
use super::super::form::{Form, wrong};
use super::super::quantity::{CORES, COUNT, Kind, NUMBER, PERCENT, RATE, SECS, SECS_OR_BARE, TEXT};
use crate::scenario::model::{
    Autoscaling, ScaleMetric, StepAdjustment, StepPolicy, VerticalScaling,
};

/// Metrics of the document that a simulation has no figures for.
const WITHOUT_FIGURES: [&str; 2] = ["memory_utilization", "custom_metric"];

/// A policy: an alarm to scale out and one to scale in.
pub(super) fn policy(form: &mut Form<'_>, auto: &mut Autoscaling) {
    let mut name = String::new();
    form.value("name", &mut name, TEXT);
    form.not_simulated(&["target"]);
    let metric = metric(form);
    let mut cooldown = 300.0;
    form.value("cooldown", &mut cooldown, SECS_OR_BARE);
    form.value("minInstances|min_instances", &mut auto.min, COUNT);
    form.value("maxInstances|max_instances", &mut auto.max, COUNT);
    let usual = StepPolicy {
        metric,
        evaluation_periods: 1,
        cooldown,
        ..StepPolicy::default()
    };
    let mut found = Vec::new();
    form.part("scaleOutPolicy|scale_out_policy", |f| {
        found.push(alarm(f, &usual, true));
    });
    form.part("scaleInPolicy|scale_in_policy", |f| {
        found.push(alarm(f, &usual, false));
    });
    if found.is_empty() {
        form.lacks(
            "scaleOutPolicy",
            "{threshold: 70, evaluationPeriods: 2, scalingAdjustment: 1}",
        );
    } else {
        form.assume("The scaling policy names no length for its periods: 60 s are taken.");
    }
    auto.steps.extend(found);
}

fn alarm(form: &mut Form<'_>, usual: &StepPolicy, above: bool) -> StepPolicy {
    let mut policy = StepPolicy {
        above,
        ..usual.clone()
    };
    form.must("threshold", &mut policy.threshold, unit_of(policy.metric));
    form.value(
        "evaluationPeriods|evaluation_periods",
        &mut policy.evaluation_periods,
        COUNT,
    );
    let mut change = 1.0;
    form.must("scalingAdjustment|scaling_adjustment", &mut change, NUMBER);
    // To scale in by 1 is written as 1 or as -1.
    let change: f64 = if above { change } else { -change.abs() };
    policy.steps = vec![StepAdjustment {
        lower: above.then_some(0.0),
        upper: (!above).then_some(0.0),
        change,
    }];
    policy
}

/// A threshold as the document writes it: bare numbers are per cent of a utilisation.
const fn unit_of(metric: ScaleMetric) -> Kind<f64> {
    match metric {
        ScaleMetric::CpuUtilization | ScaleMetric::WorkerUtilization => PERCENT,
        ScaleMetric::RequestRate => RATE,
        ScaleMetric::ResponseTime => SECS,
        ScaleMetric::QueueLength => NUMBER,
    }
}

/// The first metric that can be simulated; the others are listed.
fn metric(form: &mut Form<'_>) -> ScaleMetric {
    let usual = ScaleMetric::CpuUtilization;
    let Some((key, node)) = form.take("metrics|metric") else {
        return usual;
    };
    let place = form.place(key);
    let one = [node.clone()];
    let items = if node.items().is_empty() {
        one.as_slice()
    } else {
        node.items()
    };
    let mut found = None;
    for item in items {
        let word = item.text(&place).unwrap_or_default().to_lowercase();
        if WITHOUT_FIGURES.contains(&word.as_str()) {
            form.remarks.not_simulated.push(format!("{place} {word}"));
            continue;
        }
        match form.worded(key, item, &METRICS) {
            Ok(metric) if found.is_none() => found = Some(metric),
            Ok(_) => {
                let told = format!("{place} {word} (the policy has one threshold)");
                form.remarks.not_simulated.push(told);
            }
            Err(error) => form.fail(error),
        }
    }
    if found.is_none() {
        form.fail(wrong(
            node,
            &place,
            "none of these can be simulated; write cpu_utilization, request_count, response_time or queue_length",
        ));
    }
    found.unwrap_or(usual)
}

/// `vertical_scaling`.
pub(super) fn vertical(form: &mut Form<'_>, auto: &mut Autoscaling) {
    let mut size = auto.vertical.unwrap_or_default();
    let there = form.part("cpu_scaling", |f| {
        let size: &mut VerticalScaling = &mut size;
        f.value("min_cores", &mut size.min_cores, CORES);
        f.value("max_cores", &mut size.max_cores, CORES);
        f.value("threshold_up", &mut size.threshold_up, PERCENT);
        f.value("threshold_down", &mut size.threshold_down, PERCENT);
        f.value(
            "evaluation_period",
            &mut size.evaluation_period,
            SECS_OR_BARE,
        );
        f.value("restart", &mut size.restart, SECS_OR_BARE);
    });
    if there {
        auto.vertical = Some(size);
    }
    form.not_simulated(&["memory_scaling", "storage_scaling"]);
    form.part("scaling_schedule", |f| {
        for (name, node) in f.entries() {
            let place = f.place(name);
            f.inside(node, &place, |f| {
                let mut window = usual_window();
                schedule_window(f, &mut window);
                auto.schedule.push(window);
            });
        }
        f.any_key();
    });
}
