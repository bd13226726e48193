//! Scenarios against each other: waterfalls that add up.

use headroom::progress::Progress;
use headroom::scenario::compare::{Amounts, Part, waterfall};
use headroom::scenario::model::{CacheLayer, InstanceGroup};
use headroom::scenario::solve::Figures;
use headroom::scenario::{Scenario, SimulateError};

/// Any figures that depend on every part, with awkward decimals.
fn figures(s: &Scenario) -> Result<Figures, SimulateError> {
    if s.topology.instances() > 5 && s.service.workers < 5 {
        return Err(SimulateError::impossible("service.workers", "too few"));
    }
    let load = s.workload.growth / f64::from(s.topology.instances().max(1));
    let hits: f64 = s.backend.caches.iter().map(|c| c.hit_ratio).sum();
    Ok(Figures {
        scenario: s.name.clone(),
        p95: 0.1 * load / 3.0 + 0.7 / f64::from(s.service.workers) - hits / 70.0,
        error_rate: load / 7_000.0,
        cost_per_month: f64::from(s.topology.instances()) * s.cost.instance_hour * 730.0 / 3.0,
        instances_max: s.topology.instances(),
        ..Figures::default()
    })
}

fn pair() -> (Scenario, Scenario) {
    let mut a = Scenario {
        name: "today".to_owned(),
        ..Scenario::default()
    };
    a.cost.instance_hour = 0.17;
    a.service.workers = 3;
    let mut b = a.clone();
    b.name = "ten times".to_owned();
    b.workload.growth = 10.0;
    b.service.workers = 9;
    b.topology.groups = vec![InstanceGroup {
        instances: 7,
        ..InstanceGroup::default()
    }];
    b.backend.caches = vec![CacheLayer::default()];
    b.cost.instance_hour = 0.19;
    (a, b)
}

#[test]
fn the_steps_of_a_waterfall_add_up_to_the_difference_exactly() {
    let (a, b) = pair();
    let found = waterfall(&a, &b, &figures, &Progress::default()).unwrap();
    let parts: Vec<Part> = found.steps.iter().flat_map(|s| s.parts.clone()).collect();
    assert_eq!(
        parts,
        [
            Part::Workload,
            Part::Service,
            Part::Instances,
            Part::Backend,
            Part::Cost
        ]
    );
    let all: [fn(&Amounts) -> i64; 3] = [|x| x.p95_micros, |x| x.error_ppm, |x| x.cost_cents];
    for of in all {
        let sum: i64 = found.steps.iter().map(|s| of(&s.change)).sum();
        assert_eq!(sum, of(&found.total));
        assert_eq!(of(&found.start) + sum, of(&found.end));
    }
    // Traffic alone: 9 · 0.1 / 3 s more.
    assert_eq!(found.steps[0].change.p95_micros, 300_000);
    assert_eq!(found.steps[0].change.cost_cents, 0);
    assert_eq!(found.runs, 6);
    assert!(found.method.contains("workload, service, instances"));
    // Backwards the instances have to go together with what makes them possible.
    let back = waterfall(&b, &a, &figures, &Progress::default()).unwrap();
    let names: Vec<&str> = back.steps.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(
        names,
        ["workload", "service and instances", "backend", "prices"]
    );
    assert_eq!(back.total.cost_cents, -found.total.cost_cents);
    let still = waterfall(&a, &a, &figures, &Progress::default()).unwrap();
    assert!(still.steps.is_empty() && still.runs == 1);
}

#[test]
fn a_target_that_cannot_be_run_is_the_error() {
    let (a, mut b) = pair();
    b.service.workers = 3;
    let found = waterfall(&a, &b, &figures, &Progress::default());
    assert_eq!(
        found,
        Err(SimulateError::impossible("service.workers", "too few"))
    );
}
