//! Who decides how many instances there are, between which bounds, and how long that takes.

use eframe::egui::Ui;

use super::super::field::{Form, Knob, Unit, choose_ui, group_ui, part_ui, remark_ui};
use crate::scenario::Scenario;
use crate::scenario::model::{
    Autoscaling, ScaleMetric, ScheduleWindow, StepAdjustment, StepPolicy, VerticalScaling,
};
use crate::ui::icons;

/// Who scales.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Nobody,
    Hpa,
    Steps,
    Tracking,
    Several,
}

impl Who {
    const fn of(scaling: &Autoscaling) -> Self {
        match (
            scaling.hpa.is_empty(),
            scaling.steps.is_empty(),
            scaling.tracking.is_empty(),
        ) {
            (true, true, true) => Self::Nobody,
            (false, true, true) => Self::Hpa,
            (true, false, true) => Self::Steps,
            (true, true, false) => Self::Tracking,
            _ => Self::Several,
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::Hpa => "Kubernetes HPA",
            Self::Steps => "alarms with steps",
            Self::Tracking => "target tracking (approximate)",
            Self::Several => "several of these",
        }
    }
}

const METRICS: [(ScaleMetric, &str); 5] = [
    (ScaleMetric::CpuUtilization, "CPU"),
    (ScaleMetric::WorkerUtilization, "busy workers"),
    (ScaleMetric::RequestRate, "requests/s each"),
    (ScaleMetric::ResponseTime, "P95"),
    (ScaleMetric::QueueLength, "waiting each"),
];

pub(super) fn summary(scenario: &Scenario) -> String {
    let scaling = &scenario.autoscaling;
    let mut parts = Vec::new();
    match Who::of(scaling) {
        Who::Nobody => {}
        who => parts.push(who.word().to_owned()),
    }
    if !scaling.schedule.is_empty() {
        parts.push("schedule".to_owned());
    }
    if scaling.predictive.is_some() {
        parts.push("prediction".to_owned());
    }
    if scaling.vertical.is_some() {
        parts.push("size".to_owned());
    }
    if parts.is_empty() {
        return "off".to_owned();
    }
    format!("{}, {} to {}", parts.join(" + "), scaling.min, scaling.max)
}

/// A target in the unit of its metric.
fn target_ui(
    ui: &mut Ui,
    said: &mut Option<String>,
    name: &'static str,
    metric: ScaleMetric,
    target: &mut f64,
) {
    let knob = match metric {
        ScaleMetric::CpuUtilization | ScaleMetric::WorkerUtilization => {
            Knob::new(name, Unit::Share, 0.05, 1.5).even()
        }
        ScaleMetric::RequestRate => Knob::new(name, Unit::PerSec, 0.1, 10_000.0),
        ScaleMetric::ResponseTime => Knob::new(name, Unit::Secs, 0.001, 10.0),
        ScaleMetric::QueueLength => Knob::new(name, Unit::Number, 0.1, 1_000.0),
    };
    knob.show(ui, said, target);
}

/// A usual target of a metric.
const fn usual(metric: ScaleMetric) -> f64 {
    match metric {
        ScaleMetric::CpuUtilization | ScaleMetric::WorkerUtilization => 0.7,
        ScaleMetric::RequestRate => 100.0,
        ScaleMetric::ResponseTime => 0.2,
        ScaleMetric::QueueLength => 5.0,
    }
}

/// Metrics with their targets; a new one may be added, the last one stays.
fn targets_ui(ui: &mut Ui, said: &mut Option<String>, targets: &mut Vec<(ScaleMetric, f64)>) {
    let mut removed = None;
    let several = targets.len() > 1;
    for (index, (metric, target)) in targets.iter_mut().enumerate() {
        ui.push_id(("target", index), |ui| {
            if choose_ui(ui, said, "Looks at", metric, &METRICS) {
                *target = usual(*metric);
            }
            target_ui(ui, said, "Target", *metric, target);
            if several && ui.small_button("Remove this metric").clicked() {
                removed = Some(index);
            }
        });
    }
    if let Some(index) = removed {
        targets.remove(index);
        *said = Some("remove a metric of the autoscaler".to_owned());
    }
}

pub(super) fn show_ui(ui: &mut Ui, form: &mut Form) {
    let Form { scenario, said } = form;
    let scaling = &mut scenario.autoscaling;
    who_ui(ui, said, scaling);
    if !scaling.hpa.is_empty() {
        targets_ui(ui, said, &mut scaling.hpa);
        Knob::new("Tolerance", Unit::Share, 0.0, 0.5)
            .even()
            .hint("No change while the metric is this near to its target; Kubernetes takes 10 %")
            .show(ui, said, &mut scaling.tolerance);
        Knob::new("Down after", Unit::Secs, 0.0, 1_800.0)
            .hint("Stabilisation window for fewer instances; Kubernetes takes 5 minutes")
            .show(ui, said, &mut scaling.behavior.down.stabilization);
        Knob::new("Up after", Unit::Secs, 0.0, 600.0)
            .hint("Stabilisation window for more instances; Kubernetes takes none")
            .show(ui, said, &mut scaling.behavior.up.stabilization);
    }
    for (index, policy) in scaling.steps.iter_mut().enumerate() {
        ui.push_id(("step", index), |ui| step_ui(ui, said, policy));
    }
    if !scaling.tracking.is_empty() {
        ui.push_id("tracking", |ui| targets_ui(ui, said, &mut scaling.tracking));
        let (up, down) = &mut scaling.tracking_cooldown;
        Knob::new("Pause after up", Unit::Secs, 0.0, 1_800.0).show(ui, said, up);
        Knob::new("Pause after down", Unit::Secs, 0.0, 1_800.0).show(ui, said, down);
    }
    part_ui(
        ui,
        said,
        (
            "Prediction",
            "Instances ahead of the load that is known to come",
        ),
        &mut scaling.predictive,
        || 300.0,
    );
    if let Some(lead) = &mut scaling.predictive {
        Knob::new("Ahead by", Unit::Secs, 0.0, 3_600.0).show(ui, said, lead);
        Knob::new("Planned for", Unit::Share, 0.05, 1.0)
            .even()
            .strict()
            .hint("Share of busy workers that a prediction plans for")
            .show(ui, said, &mut scaling.predictive_target);
    }
    schedule_ui(ui, said, scaling);
    vertical_ui(ui, said, &mut scaling.vertical);
    if scaling.active() {
        bounds_ui(ui, said, scaling);
    }
}

fn who_ui(ui: &mut Ui, said: &mut Option<String>, scaling: &mut Autoscaling) {
    let before = Who::of(scaling);
    let mut who = before;
    let mut all = vec![Who::Nobody, Who::Hpa, Who::Steps, Who::Tracking];
    if before == Who::Several {
        all.push(before);
    }
    let choices: Vec<(Who, &str)> = all.into_iter().map(|w| (w, w.word())).collect();
    if !choose_ui(ui, said, "Who scales", &mut who, &choices) {
        return;
    }
    scaling.hpa.clear();
    scaling.steps.clear();
    scaling.tracking.clear();
    let cpu = (ScaleMetric::CpuUtilization, 0.7);
    match who {
        Who::Hpa => scaling.hpa.push(cpu),
        Who::Tracking => scaling.tracking.push(cpu),
        Who::Steps => {
            let step = |change| StepAdjustment {
                change,
                ..StepPolicy::default()
                    .steps
                    .first()
                    .copied()
                    .unwrap_or(StepAdjustment {
                        lower: Some(0.0),
                        upper: None,
                        change,
                    })
            };
            scaling.steps.push(StepPolicy {
                threshold: 0.7,
                steps: vec![step(2.0)],
                ..StepPolicy::default()
            });
            scaling.steps.push(StepPolicy {
                threshold: 0.3,
                above: false,
                evaluation_periods: 5,
                steps: vec![StepAdjustment {
                    lower: None,
                    upper: Some(0.0),
                    change: -1.0,
                }],
                ..StepPolicy::default()
            });
        }
        Who::Nobody | Who::Several => {}
    }
}

fn step_ui(ui: &mut Ui, said: &mut Option<String>, policy: &mut StepPolicy) {
    let title = if policy.above { "More" } else { "Fewer" };
    group_ui(ui, title);
    choose_ui(ui, said, "Looks at", &mut policy.metric, &METRICS);
    let name = if policy.above { "Above" } else { "Below" };
    target_ui(ui, said, name, policy.metric, &mut policy.threshold);
    Knob::new("Periods in a row", Unit::Count, 1.0, 20.0)
        .even()
        .count(ui, said, &mut policy.evaluation_periods);
    Knob::new("A period", Unit::Secs, 5.0, 600.0).show(ui, said, &mut policy.period);
    match policy.steps.as_mut_slice() {
        [step] => {
            let mut by = step.change.abs();
            let knob = Knob::new("Change by", Unit::Number, 1.0, 20.0).even();
            if knob
                .hint("Instances, or per cent where the policy says so")
                .show(ui, said, &mut by)
            {
                step.change = by.copysign(step.change);
            }
        }
        steps => remark_ui(ui, &format!("{} steps, as in the file", steps.len())),
    }
    Knob::new("Pause", Unit::Secs, 0.0, 1_800.0)
        .hint("After a change, before this alarm acts again")
        .show(ui, said, &mut policy.cooldown);
}

fn schedule_ui(ui: &mut Ui, said: &mut Option<String>, scaling: &mut Autoscaling) {
    let mut removed = None;
    for (index, window) in scaling.schedule.iter_mut().enumerate() {
        ui.push_id(("window", index), |ui| {
            group_ui(ui, "By the clock");
            let hour = |name| Knob::new(name, Unit::Number, 0.0, 24.0).even().strict();
            let (mut from, mut to) = (window.from / 3_600.0, window.to / 3_600.0);
            if hour("From hour").show(ui, said, &mut from) {
                window.from = from * 3_600.0;
            }
            if hour("To hour").show(ui, said, &mut to) {
                window.to = to * 3_600.0;
            }
            Knob::new("At least", Unit::Count, 1.0, 200.0).count(ui, said, &mut window.instances);
            if ui.small_button("Remove this window").clicked() {
                removed = Some(index);
            }
        });
    }
    if let Some(index) = removed {
        scaling.schedule.remove(index);
        *said = Some("remove a window of the schedule".to_owned());
    }
    if ui
        .small_button(format!("{}  Add a time window", icons::ADD))
        .on_hover_text("At least so many instances between two hours of the day")
        .clicked()
    {
        scaling.schedule.push(ScheduleWindow {
            from: 8.0 * 3_600.0,
            to: 18.0 * 3_600.0,
            days: vec![0, 1, 2, 3, 4],
            zone: "UTC".to_owned(),
            instances: scaling.min.max(2),
            ..ScheduleWindow::default()
        });
        *said = Some("add a window to the schedule".to_owned());
    }
}

fn vertical_ui(ui: &mut Ui, said: &mut Option<String>, vertical: &mut Option<VerticalScaling>) {
    let hint = "Bigger or smaller instances instead of more or fewer";
    part_ui(
        ui,
        said,
        ("Size follows use", hint),
        vertical,
        VerticalScaling::default,
    );
    if let Some(size) = vertical {
        Knob::new("Fewest cores", Unit::Number, 0.25, 64.0).show(ui, said, &mut size.min_cores);
        Knob::new("Most cores", Unit::Number, 0.25, 128.0).show(ui, said, &mut size.max_cores);
        let share = |name| Knob::new(name, Unit::Share, 0.05, 1.0).even().strict();
        share("Bigger above").show(ui, said, &mut size.threshold_up);
        share("Smaller below").show(ui, said, &mut size.threshold_down);
        Knob::new("For so long", Unit::Secs, 15.0, 3_600.0).show(
            ui,
            said,
            &mut size.evaluation_period,
        );
        Knob::new("Away for", Unit::Secs, 0.0, 600.0)
            .hint("While an instance changes its size")
            .show(ui, said, &mut size.restart);
    }
}

fn bounds_ui(ui: &mut Ui, said: &mut Option<String>, scaling: &mut Autoscaling) {
    group_ui(ui, "Bounds and delays");
    if Knob::new("At least", Unit::Count, 1.0, 200.0).count(ui, said, &mut scaling.min) {
        scaling.max = scaling.max.max(scaling.min);
    }
    if Knob::new("At most", Unit::Count, 1.0, 1_000.0).count(ui, said, &mut scaling.max) {
        scaling.min = scaling.min.min(scaling.max);
    }
    Knob::new("CPU a request", Unit::Secs, 0.000_1, 5.0)
        .hint("Processor time of one request; what a CPU metric sees")
        .show(ui, said, &mut scaling.cpu.per_request);
    Knob::new("CPU request", Unit::Number, 0.1, 64.0)
        .hint("Cores that an instance asks for; utilisation is a share of it")
        .show(ui, said, &mut scaling.cpu.request);
    Knob::new("Start takes", Unit::Secs, 0.0, 900.0)
        .hint("Until a new instance takes traffic")
        .show(ui, said, &mut scaling.boot);
    Knob::new("Warm-up", Unit::Secs, 0.0, 900.0)
        .hint("In which a new instance works slower")
        .show(ui, said, &mut scaling.warm_up);
    if scaling.warm_up > 0.0 {
        Knob::new("Speed meanwhile", Unit::Share, 0.05, 1.0)
            .even()
            .strict()
            .show(ui, said, &mut scaling.warm_up_speed);
    }
    Knob::new("Metrics are late", Unit::Secs, 0.0, 300.0).show(ui, said, &mut scaling.metric_delay);
}
