//! A scenario and its outcome by hand: what comes out follows growth and instances by simple arithmetic, so that a test
//! can say beforehand what the screen has to show.

use headroom::analysis::sla::Verdict;
use headroom::progress::Progress;
use headroom::scenario::model::{Engine, Fault, FaultKind, Pattern};
use headroom::scenario::outcome::{Event, StepFigures, Summary};
use headroom::scenario::{Outcome, Scenario, overlay};
use headroom::ui::simulated::{Promise, Simulated};

/// 400 requests a second over an hour, two instances, one of which is lost for five minutes.
pub fn scenario(name: &str) -> Scenario {
    let mut scenario = Scenario {
        name: name.to_owned(),
        ..Scenario::default()
    };
    scenario.workload.pattern = Pattern::Constant { level: 400.0 };
    scenario.topology.groups[0].instances = 2;
    scenario.cost.instance_hour = 0.2;
    scenario.faults.push(Fault {
        at: 1_200.0,
        lasts: Some(300.0),
        kind: FaultKind::Kill {
            instances: 1,
            group: None,
        },
    });
    scenario
}

/// P95 is 30 ms for each time the load has grown; every 200 requests a second need an instance. Peers and shards are
/// simulated.
pub fn found(scenario: &Scenario) -> Simulated {
    if scenario.is_overlay() {
        let outcome = overlay::run(scenario, &Progress::default()).unwrap();
        let mut found = Simulated::new(outcome, Vec::new(), Vec::new());
        found.of = scenario.clone();
        found.run = scenario.run.clone();
        found.assumptions.clone_from(&scenario.assumptions);
        return found;
    }
    let growth = scenario.workload.growth;
    let first = scenario.topology.instances();
    let needed = (growth * 2.0).round().max(f64::from(first)) as u32;
    let p95 = 0.03 * growth;
    let steps = (0..720)
        .map(|n| {
            let at = f64::from(n) * 5.0;
            let late = at > 600.0;
            StepFigures {
                at,
                offered: 400.0 * growth,
                served: 400.0 * growth,
                p50: Some(p95 / 3.0),
                p95: Some(p95),
                p99: Some(p95 * 1.5),
                instances: if late { needed } else { first },
                utilisation: 0.5,
                cpu: 0.6,
                cost: 0.001,
                ..StepFigures::default()
            }
        })
        .collect();
    let month = f64::from(needed) * scenario.cost.instance_hour * 730.0;
    let outcome = Outcome {
        scenario: scenario.name.clone(),
        engine: Engine::Fluid,
        engine_why: "chosen for its length".to_owned(),
        seed: 1,
        duration: 3_600.0,
        step: 5.0,
        replications: 1,
        summary: Summary {
            offered: 1_440_000.0 * growth,
            offered_per_sec: (400.0 * growth).into(),
            served_per_sec: (400.0 * growth).into(),
            p50: (p95 / 3.0).into(),
            p95: p95.into(),
            p99: (p95 * 1.5).into(),
            utilisation_peak: 0.5,
            instances_min: first,
            instances_max: needed,
            availability: 1.0,
            cost: month / 730.0,
            cost_per_month: month,
            ..Summary::default()
        },
        steps,
        events: vec![Event {
            at: 600.0,
            kind: "scale_out".to_owned(),
            from: Some(f64::from(first)),
            to: Some(f64::from(needed)),
            why: "CPU is at 140 % of its target of 70 %".to_owned(),
        }],
        ..Outcome::default()
    };
    let promise = |name: &str, verdict| Promise {
        name: name.to_owned(),
        verdict,
        achieved: format!("{:.0} ms", p95 * 1_000.0),
        target: "200ms".to_owned(),
        limit_secs: Some(0.2),
        minutes_below: None,
        budget_left: None,
        reason: None,
        how_often: None,
    };
    let kept = if p95 <= 0.2 {
        Verdict::Met
    } else {
        Verdict::Breached
    };
    let promises = vec![
        promise("API latency", kept),
        promise("Probes", Verdict::NoData),
    ];
    let mut found = Simulated::new(outcome, promises, Vec::new());
    found.of = scenario.clone();
    found
}
