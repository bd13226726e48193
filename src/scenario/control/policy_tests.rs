//! Step scaling against the ranges and roundings of AWS' reference; tracking and size against numbers worked out by
//! hand; and what a controller tells of them.

use super::steps::{step_for, stepped};
use super::{Controller, Decision, Fleet, Seen};
use crate::scenario::Scenario;
use crate::scenario::model::{
    Autoscaling, CpuModel, InstanceGroup, ScaleMetric, StepAdjustment, StepPolicy, StepRule,
    VerticalScaling,
};

fn step(lower: Option<f64>, upper: Option<f64>, change: f64) -> StepAdjustment {
    StepAdjustment {
        lower,
        upper,
        change,
    }
}

fn alarm_at_50(above: bool, steps: Vec<StepAdjustment>) -> StepPolicy {
    StepPolicy {
        metric: ScaleMetric::QueueLength,
        threshold: 50.0,
        above,
        steps,
        ..StepPolicy::default()
    }
}

#[test]
fn ranges_include_their_lower_end_above_and_their_upper_end_below() {
    let above = alarm_at_50(
        true,
        vec![
            step(Some(0.0), Some(10.0), 1.0),
            step(Some(10.0), None, 2.0),
        ],
    );
    let change = |policy: &StepPolicy, value| step_for(policy, value).map(|s| s.change);
    assert_eq!(change(&above, 49.9), None);
    assert_eq!(change(&above, 50.0), Some(1.0));
    assert_eq!(change(&above, 55.0), Some(1.0));
    assert_eq!(change(&above, 59.999), Some(1.0));
    assert_eq!(change(&above, 60.0), Some(2.0));
    let below = alarm_at_50(
        false,
        vec![
            step(Some(-10.0), Some(0.0), -1.0),
            step(None, Some(-10.0), -2.0),
        ],
    );
    assert_eq!(change(&below, 50.0), Some(-1.0));
    assert_eq!(change(&below, 40.001), Some(-1.0));
    assert_eq!(change(&below, 40.0), Some(-2.0));
    assert_eq!(change(&below, 50.1), None);
    let shares = StepPolicy {
        threshold: 0.5,
        steps: vec![step(Some(0.0), Some(0.1), 1.0), step(Some(0.1), None, 2.0)],
        ..StepPolicy::default()
    };
    assert_eq!(change(&shares, 0.6), Some(2.0), "0.6 − 0.5 is 0.1");
}

#[test]
fn percentages_are_rounded_as_published() {
    let policy = |min_adjustment| StepPolicy {
        rule: StepRule::PercentChangeInCapacity,
        min_adjustment,
        ..StepPolicy::default()
    };
    let by = |percent: f64, current: u32, least: u32| {
        i64::from(stepped(&policy(least), &step(None, None, percent), current)) - i64::from(current)
    };
    assert_eq!(by(12.7, 100, 0), 12, "above one: down");
    assert_eq!(by(6.7, 10, 0), 1, "between nothing and one: one");
    assert_eq!(by(-5.8, 10, 0), -1);
    assert_eq!(by(-66.7, 10, 0), -6, "towards zero");
    assert_eq!(by(10.0, 4, 2), 2, "at least the smallest adjustment");
    assert_eq!(by(-10.0, 4, 2), -2);
    assert_eq!(by(-200.0, 4, 0), -4, "none are left, not fewer than none");
}

pub(super) fn fleet(ready: u32) -> Fleet {
    Fleet {
        ready,
        booting: Vec::new(),
        cores: 4.0,
    }
}

pub(super) fn cpu(value: f64) -> Seen {
    Seen {
        cpu: value,
        workers: value,
        p95: Some(0.1),
        ..Seen::default()
    }
}

pub(super) fn scenario(instances: u32, autoscaling: Autoscaling) -> Scenario {
    let mut out = Scenario {
        autoscaling,
        ..Scenario::default()
    };
    out.topology.groups = vec![InstanceGroup {
        instances,
        ..InstanceGroup::default()
    }];
    out
}

/// Runs a controller from `from` for `secs` on a fleet that becomes what it decides at once: (second, instances, why).
pub(super) fn run(
    controller: &mut Controller,
    (from, secs): (f64, f64),
    ready: &mut u32,
    seen: impl Fn(f64, u32) -> Seen,
) -> Vec<(f64, u32, String)> {
    let mut out = Vec::new();
    let mut at = from + controller.tick();
    while at <= from + secs {
        for decision in controller.look(at, &seen(at, *ready), &fleet(*ready)) {
            if let Decision::Instances { to, why } = decision {
                *ready = to;
                out.push((at, to, why));
            }
        }
        at += controller.tick();
    }
    out
}

fn steps_of(policies: Vec<StepPolicy>) -> Autoscaling {
    Autoscaling {
        steps: policies,
        max: 50,
        ..Autoscaling::default()
    }
}

#[test]
fn an_alarm_waits_for_its_periods_and_rests_after_acting() {
    let mut controller = Controller::new(&scenario(10, steps_of(vec![StepPolicy::default()])));
    let mut ready = 10;
    let events = run(&mut controller, (0.0, 600.0), &mut ready, |_, _| cpu(0.82));
    assert_eq!(
        events.first(),
        Some(&(
            120.0,
            11,
            "CPU at 82 % of its request, at or above 70 % for 2 min: 10 → 11".to_owned()
        ))
    );
    let times: Vec<f64> = events.iter().map(|(at, ..)| *at).collect();
    assert_eq!(times, [120.0, 420.0], "five minutes later again");
}

#[test]
fn a_metric_that_comes_back_silences_the_alarm() {
    let mut controller = Controller::new(&scenario(10, steps_of(vec![StepPolicy::default()])));
    let seen = |at: f64, _| {
        cpu(if (at / 60.0).ceil() % 2.0 > 0.0 {
            0.9
        } else {
            0.5
        })
    };
    assert_eq!(run(&mut controller, (0.0, 900.0), &mut 10, seen), []);
}

#[test]
fn of_several_policies_the_largest_capacity_wins() {
    let three = StepPolicy {
        steps: vec![step(Some(0.0), None, 3.0)],
        ..StepPolicy::default()
    };
    let threefold = StepPolicy {
        rule: StepRule::PercentChangeInCapacity,
        steps: vec![step(Some(0.0), None, 200.0)],
        ..StepPolicy::default()
    };
    let mut controller = Controller::new(&scenario(10, steps_of(vec![three, threefold])));
    let events = run(&mut controller, (0.0, 120.0), &mut 10, |_, _| cpu(0.9));
    assert_eq!(events.iter().map(|e| e.1).collect::<Vec<_>>(), [30]);
}

fn tracking() -> Autoscaling {
    Autoscaling {
        tracking: vec![(ScaleMetric::CpuUtilization, 0.5)],
        min: 2,
        ..Autoscaling::default()
    }
}

#[test]
fn target_tracking_goes_out_after_three_minutes_and_in_after_fifteen() {
    let mut controller = Controller::new(&scenario(10, tracking()));
    let mut ready = 10;
    let out = run(&mut controller, (0.0, 180.0), &mut ready, |_, _| cpu(0.8));
    assert_eq!(
        out,
        [(
            180.0,
            16,
            "CPU at 80 % of its request, kept at 50 % (target tracking, approximate): 10 → 16"
                .to_owned()
        )]
    );
    // The load of 4 instances: 16 of them are at 25 %.
    let back = run(&mut controller, (180.0, 1200.0), &mut ready, |_, ready| {
        cpu(4.0 / f64::from(ready))
    });
    let first = back.first().map(|e| (e.0, e.1));
    assert_eq!(first, Some((1080.0, 8)), "fifteen periods after the last");
}

#[test]
fn target_tracking_stays_where_fewer_would_break_the_target_or_nothing_is_measured() {
    let mut controller = Controller::new(&scenario(10, tracking()));
    let calm = run(&mut controller, (0.0, 3600.0), &mut 10, |_, _| cpu(0.46));
    assert_eq!(calm, [], "0.46 is not below nine tenths of 0.5");
    let mut settings = tracking();
    settings.tracking = vec![(ScaleMetric::ResponseTime, 0.2)];
    let mut controller = Controller::new(&scenario(10, settings));
    let blind = |_, _| Seen {
        cpu: 0.1,
        ..Seen::default()
    };
    assert_eq!(run(&mut controller, (0.0, 3600.0), &mut 10, blind), []);
}

#[test]
fn in_the_cooldown_only_a_larger_scale_out_counts() {
    let mut controller = Controller::new(&scenario(10, tracking()));
    let mut ready = 10;
    let out = run(&mut controller, (0.0, 420.0), &mut ready, |at, ready| {
        // A load for 16, then for 24 before the five minutes are over.
        cpu((if at <= 180.0 { 8.0 } else { 12.0 }) / f64::from(ready))
    });
    let steps: Vec<(f64, u32)> = out.iter().map(|e| (e.0, e.1)).collect();
    assert_eq!(steps, [(180.0, 16), (240.0, 24)]);
}

/// Two instances of four cores.
fn sized(settings: Autoscaling) -> Scenario {
    let mut out = scenario(2, settings);
    out.service.cores = 4.0;
    out
}

fn vertical() -> Autoscaling {
    Autoscaling {
        vertical: Some(VerticalScaling::default()),
        cpu: CpuModel {
            request: 4.0,
            ..CpuModel::default()
        },
        ..Autoscaling::default()
    }
}

#[test]
fn size_doubles_after_five_busy_minutes_and_rests_while_it_changes() {
    let mut controller = Controller::new(&sized(vertical()));
    let mut cores = 4.0;
    let mut events = Vec::new();
    for look in 1..=60 {
        let at = f64::from(look) * 15.0;
        let there = Fleet { cores, ..fleet(2) };
        // Always 3.6 cores; the request is as many cores as there are.
        for decision in controller.look(at, &cpu(3.6 / cores), &there) {
            let Decision::Cores { to, why } = decision else {
                panic!("the number of instances is not asked for");
            };
            cores = to;
            events.push((at, to, why));
        }
    }
    assert_eq!(
        events,
        [(
            300.0,
            8.0,
            "CPU at 90 % of 4 cores, above 80 % for 5 min: 4 → 8 cores; \
             each instance is away 1 min while its size changes"
                .to_owned()
        )],
        "3.6 of 8 cores is neither above 80 % nor below 30 %"
    );
}

#[test]
fn size_halves_only_while_the_use_stays_below_the_upper_threshold() {
    let shrink = |cpu_share: f64, threshold_down: f64| {
        let mut settings = vertical();
        settings.vertical = Some(VerticalScaling {
            threshold_down,
            ..VerticalScaling::default()
        });
        let mut controller = Controller::new(&sized(settings));
        (1..=20).find_map(|look| {
            controller
                .look(f64::from(look) * 15.0, &cpu(cpu_share), &fleet(2))
                .into_iter()
                .find_map(|d| match d {
                    Decision::Cores { to, .. } => Some(to),
                    Decision::Instances { .. } => None,
                })
        })
    };
    assert_eq!(shrink(0.2, 0.3), Some(2.0), "0.8 of 2 cores is 40 %");
    assert_eq!(shrink(0.45, 0.5), Some(3.0), "1.8 of 2 cores would be 90 %");
    assert_eq!(shrink(0.35, 0.3), None);
}

#[test]
fn an_hpa_says_what_it_saw_and_what_held_it() {
    let settings = Autoscaling {
        hpa: vec![(ScaleMetric::CpuUtilization, 0.7)],
        ..Autoscaling::default()
    };
    let mut controller = Controller::new(&scenario(10, settings));
    let why = |decisions: Vec<Decision>| match decisions.into_iter().next() {
        Some(Decision::Instances { why, .. }) => why,
        other => format!("{other:?}"),
    };
    assert_eq!(
        why(controller.look(15.0, &cpu(0.91), &fleet(10))),
        "CPU at 91 % of its request, target 70 %: 10 → 13"
    );
    assert_eq!(
        why(controller.look(30.0, &cpu(4.2), &fleet(13))),
        "CPU at 420 % of its request, target 70 %: 13 → 26 (60 wanted; 100 % in 15 s allowed)"
    );
    assert_eq!(controller.look(45.0, &cpu(0.1), &fleet(26)), []);
}

#[test]
fn young_pods_are_set_aside_and_late_metrics_are_late() {
    let settings = Autoscaling {
        hpa: vec![(ScaleMetric::CpuUtilization, 0.5)],
        metric_delay: 30.0,
        ..Autoscaling::default()
    };
    let mut controller = Controller::new(&scenario(4, settings));
    assert_eq!(controller.look(15.0, &cpu(1.0), &fleet(4)), []);
    assert_eq!(controller.look(30.0, &cpu(1.0), &fleet(4)), []);
    let decisions = controller.look(45.0, &cpu(0.1), &fleet(4));
    assert!(
        matches!(decisions.first(), Some(Decision::Instances { to: 8, .. })),
        "what was seen at 15 s: {decisions:?}"
    );
    // Four are on their way: (100·4 + 0·4)/8 is the target.
    let coming = Fleet {
        booting: vec![15.0; 4],
        ..fleet(4)
    };
    assert_eq!(controller.look(60.0, &cpu(0.1), &coming), []);
}

#[test]
fn the_number_it_finds_counts_as_recommended_for_five_minutes() {
    let settings = Autoscaling {
        hpa: vec![(ScaleMetric::CpuUtilization, 0.7)],
        ..Autoscaling::default()
    };
    let mut controller = Controller::new(&scenario(10, settings));
    let events = run(&mut controller, (0.0, 900.0), &mut 10, |_, ready| {
        cpu(1.4 / f64::from(ready))
    });
    let steps: Vec<(f64, u32)> = events.iter().map(|e| (e.0, e.1)).collect();
    assert_eq!(steps, [(315.0, 2)]);
}

#[test]
fn before_the_first_traffic_nothing_is_known() {
    let settings = Autoscaling {
        hpa: vec![(ScaleMetric::CpuUtilization, 0.5)],
        ..Autoscaling::default()
    };
    let mut controller = Controller::new(&scenario(4, settings));
    assert_eq!(controller.look(0.0, &Seen::default(), &fleet(4)), []);
}

#[test]
fn without_policies_nothing_is_decided() {
    let mut controller = Controller::new(&scenario(200, Autoscaling::default()));
    assert!(!controller.active());
    assert_eq!(controller.look(15.0, &cpu(1.0), &fleet(200)), []);
}
