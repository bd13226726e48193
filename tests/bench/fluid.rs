//! A month as a fluid in steps of 5 s (bar: 200 ms) and of 10 s (100 ms), with a fixed fleet, and with autoscaling,
//! warm-up, retries and faults.

use divan::Bencher;
use headroom::progress::Progress;
use headroom::scenario::fluid;
use headroom::scenario::model::{
    Dist, Fault, FaultKind, Pattern, RandomFailures, ScaleMetric, Scenario,
};

const DAY: f64 = 86_400.0;

/// 200 to 5,500 requests a second over each day.
fn month(step: f64) -> Scenario {
    let mut scenario = Scenario::default();
    scenario.workload.pattern = Pattern::Daily {
        hours: (0..24)
            .map(|h| 200.0 + 5300.0 * (1.0 - ((f64::from(h) - 14.0) / 8.0).powi(2)).max(0.0))
            .collect(),
    };
    if let Some(class) = scenario.service.classes.first_mut() {
        class.time = Dist::LogNormal {
            mean: 0.05,
            cv: 1.0,
        };
    }
    if let Some(group) = scenario.topology.groups.first_mut() {
        group.instances = 40;
    }
    scenario.service.workers = 10;
    scenario.run.duration = 30.0 * DAY;
    scenario.run.step = step;
    scenario
}

fn run(bencher: Bencher, scenario: &Scenario) {
    bencher.bench(|| fluid::run(scenario, &Progress::default()));
}

#[divan::bench(args = [5.0, 10.0])]
fn month_fixed(bencher: Bencher, step: f64) {
    run(bencher, &month(step));
}

#[divan::bench(args = [5.0, 10.0])]
fn month_scaled_with_faults(bencher: Bencher, step: f64) {
    let mut scenario = month(step);
    let scaling = &mut scenario.autoscaling;
    scaling.hpa = vec![(ScaleMetric::CpuUtilization, 0.7)];
    scaling.cpu.per_request = 0.006;
    (scaling.min, scaling.max) = (2, 100);
    (scaling.warm_up, scaling.warm_up_speed) = (60.0, 0.5);
    scenario.service.timeout = Some(2.0);
    scenario.service.retries.max = 2;
    scenario.faults = (0..28)
        .map(|day| Fault {
            at: (f64::from(day) + 14.0 / 24.0) * DAY,
            lasts: Some(600.0),
            kind: FaultKind::Kill {
                instances: 5,
                group: None,
            },
        })
        .collect();
    scenario.random_failures = vec![RandomFailures {
        what: "instance".to_owned(),
        mtbf: 30.0 * DAY,
        mttr: 600.0,
    }];
    run(bencher, &scenario);
}
