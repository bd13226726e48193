//! Schedules and predictions against clocks and loads worked out by hand.

use super::policy_tests::{cpu, fleet, run, scenario};
use super::{Controller, Decision, Fleet, Seen};
use crate::calendar::{Zone, parse_time};
use crate::scenario::model::{
    Autoscaling, Contention, Dist, Pattern, Run, ScaleMetric, ScheduleWindow,
};

fn at(text: &str) -> i64 {
    parse_time(text, &Zone::utc()).unwrap().at.0
}

fn business_hours(days: Vec<u8>) -> Autoscaling {
    Autoscaling {
        schedule: vec![ScheduleWindow {
            from: 9.0 * 3600.0,
            to: 17.0 * 3600.0,
            days,
            zone: "Europe/Berlin".to_owned(),
            instances: 20,
            cores: None,
        }],
        ..Autoscaling::default()
    }
}

#[test]
fn a_schedule_follows_the_clock_of_its_zone_over_the_change_to_summer_time() {
    // Saturday 28 March 2026, 0:00 in Berlin; the clocks go forward on Sunday at 2:00.
    let mut scenario = scenario(5, business_hours(Vec::new()));
    scenario.run = Run {
        start_micros: at("2026-03-27T23:00:00Z"),
        ..Run::default()
    };
    let mut controller = Controller::new(&scenario);
    let events = run(&mut controller, (0.0, 48.0 * 3600.0), &mut 5, |_, _| {
        Seen::default()
    });
    let hours: Vec<(f64, u32)> = events.iter().map(|e| (e.0 / 3600.0, e.1)).collect();
    assert_eq!(hours, [(9.0, 20), (17.0, 5), (32.0, 20), (40.0, 5)]);
    assert_eq!(
        events.first().map(|e| e.2.as_str()),
        Some("at least 20 instances from 09:00 to 17:00: 5 → 20")
    );
    assert_eq!(
        events.get(1).map(|e| e.2.as_str()),
        Some("outside the scheduled hours: 20 → 5")
    );
}

#[test]
fn a_schedule_keeps_to_its_weekdays_and_goes_over_midnight() {
    let mut settings = business_hours(vec![4]);
    for window in &mut settings.schedule {
        (window.from, window.to) = (22.0 * 3600.0, 6.0 * 3600.0);
    }
    let mut scenario = scenario(5, settings);
    // Thursday 1 January 2026, 0:00 in Berlin; Friday's night ends on Saturday at 6:00.
    scenario.run = Run {
        start_micros: at("2025-12-31T23:00:00Z"),
        ..Run::default()
    };
    let mut controller = Controller::new(&scenario);
    let events = run(&mut controller, (0.0, 7.0 * 86_400.0), &mut 5, |_, _| {
        Seen::default()
    });
    let hours: Vec<(f64, u32)> = events.iter().map(|e| (e.0 / 3600.0, e.1)).collect();
    assert_eq!(hours, [(46.0, 20), (54.0, 5)]);
}

#[test]
fn a_schedule_of_sizes_leaves_the_number_alone_and_returns_to_the_size_of_the_start() {
    let mut settings = business_hours(Vec::new());
    for window in &mut settings.schedule {
        (window.instances, window.cores) = (0, Some(4.0));
    }
    let mut scenario = scenario(5, settings);
    scenario.service.cores = 2.0;
    scenario.run.start_micros = at("2026-06-01T00:00:00Z");
    let mut controller = Controller::new(&scenario);
    let mut cores = 2.0;
    let mut events = Vec::new();
    for look in 1..=24 * 240 {
        let at = f64::from(look) * 15.0;
        let there = Fleet { cores, ..fleet(5) };
        for decision in controller.look(at, &cpu(0.5), &there) {
            if let Decision::Cores { to, why } = &decision {
                cores = *to;
                events.push((at / 3600.0, *to, why.clone()));
            } else {
                events.push((at, 0.0, format!("{decision:?}")));
            }
        }
    }
    assert_eq!(
        events,
        [
            (7.0, 4.0, "scheduled hours: 2 → 4 cores".to_owned()),
            (
                15.0,
                2.0,
                "outside the scheduled hours: 4 → 2 cores".to_owned()
            )
        ]
    );
}

#[test]
fn a_floor_holds_while_a_metric_asks_for_fewer() {
    let mut settings = business_hours(Vec::new());
    settings.hpa = vec![(ScaleMetric::CpuUtilization, 0.5)];
    settings.behavior.down.stabilization = 0.0;
    let mut scenario = scenario(20, settings);
    scenario.run.start_micros = at("2026-06-01T12:00:00Z");
    let mut controller = Controller::new(&scenario);
    let mut ready = 20;
    let events = run(&mut controller, (0.0, 4.0 * 3600.0), &mut ready, |_, _| {
        cpu(0.1)
    });
    assert_eq!(
        events.first().map(|e| (e.0 / 3600.0, e.1)),
        Some((3.0, 4)),
        "17:00 in Berlin is 15:00 UTC"
    );
}

#[test]
fn a_prediction_starts_instances_before_the_load_comes_and_keeps_them_until_it_goes() {
    let mut scenario = scenario(
        1,
        Autoscaling {
            predictive: Some(300.0),
            predictive_target: 0.5,
            max: 40,
            ..Autoscaling::default()
        },
    );
    scenario.workload.pattern = Pattern::Spike {
        base: 50.0,
        peak: 400.0,
        at: 1800.0,
        lasts: 60.0,
    };
    scenario.workload.growth = 2.0;
    // 10 workers of 100 ms are 100/s, 50/s as planned: 100/s need 2 and 800/s need 16.
    scenario.service.workers = 10;
    for class in &mut scenario.service.classes {
        class.time = Dist::Exponential { mean: 0.1 };
    }
    let mut controller = Controller::new(&scenario);
    let events = run(&mut controller, (0.0, 3600.0), &mut 1, |_, _| {
        Seen::default()
    });
    let steps: Vec<(f64, u32)> = events.iter().map(|e| (e.0, e.1)).collect();
    assert_eq!(steps, [(15.0, 2), (1500.0, 16), (1860.0, 2)]);
    assert_eq!(
        events.get(1).map(|e| e.2.as_str()),
        Some("800 requests/s expected within 5 min, planned with 50 % of the workers busy: 2 → 16")
    );
}

#[test]
fn a_prediction_knows_what_an_instance_of_the_scalability_law_can_do() {
    let mut scenario = scenario(
        1,
        Autoscaling {
            predictive: Some(0.0),
            predictive_target: 1.0,
            ..Autoscaling::default()
        },
    );
    // The peak is at N = 7: 7/(1 + 0.02·6 + 0.02·7·6) = 3.571, a tenfold rate 35.71.
    scenario.service.contention = Contention::Scalability {
        sigma: 0.02,
        kappa: 0.02,
        lambda: 10.0,
    };
    scenario.workload.pattern = Pattern::Constant { level: 100.0 };
    let mut controller = Controller::new(&scenario);
    let decisions = controller.look(15.0, &Seen::default(), &fleet(1));
    assert!(
        matches!(decisions.first(), Some(Decision::Instances { to: 3, .. })),
        "{decisions:?}"
    );
}

#[test]
fn a_day_shape_is_read_between_the_middles_of_the_hours() {
    let mut hours = vec![0.0; 24];
    hours[12] = 1000.0;
    let mut scenario = scenario(
        1,
        Autoscaling {
            predictive: Some(0.0),
            predictive_target: 1.0,
            min: 0,
            max: 1000,
            ..Autoscaling::default()
        },
    );
    scenario.workload.pattern = Pattern::Daily { hours };
    scenario.run.duration = 86_400.0;
    scenario.service.workers = 1;
    for class in &mut scenario.service.classes {
        class.time = Dist::Deterministic { mean: 1.0 };
    }
    let mut controller = Controller::new(&scenario);
    let mut needed = |hour: f64| {
        controller
            .look(hour * 3600.0, &Seen::default(), &fleet(1))
            .into_iter()
            .find_map(|d| match d {
                Decision::Instances { to, .. } => Some(to),
                Decision::Cores { .. } => None,
            })
    };
    assert_eq!(needed(11.5), Some(0));
    assert_eq!(needed(12.0), Some(500));
    assert_eq!(needed(12.5), Some(1000));
    assert_eq!(needed(13.25), Some(250));
}
