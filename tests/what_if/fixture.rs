//! A scenario and its outcome by hand: what comes out follows growth and instances by simple arithmetic, so that a test
//! can say beforehand what the screen has to show.

use headroom::analysis::sla::Verdict;
use headroom::progress::Progress;
use headroom::scenario::against::predicted;
use headroom::scenario::compare::{LabelFigures, against, waterfall};
use headroom::scenario::judge;
use headroom::scenario::model::{Engine, Fault, FaultKind, Pattern};
use headroom::scenario::outcome::{Event, StepFigures, Summary};
use headroom::scenario::solve::{Figures, break_even, cheapest_size, solve, tornado};
use headroom::scenario::{Outcome, Scenario, SimulateError, overlay};
use headroom::ui::questions::{Answer, Asked, Question};
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
    Simulated::new(outcome, promises, Vec::new())
}

/// The same run, as a solver sees it.
#[expect(
    clippy::unnecessary_wraps,
    reason = "a solver is given a judge that may fail"
)]
fn judged(scenario: &Scenario) -> Result<Figures, SimulateError> {
    let found = found(scenario);
    let promises = found.promises.iter().map(|p| judge::Promise {
        name: p.name.clone(),
        verdict: p.verdict,
        achieved: Some(found.outcome.summary.p95.value * 1_000.0),
        target: Some(200.0),
        unit: "ms".to_owned(),
        achieved_text: p.achieved.clone(),
        target_text: p.target.clone(),
        minutes_below: None,
        budget_left: None,
        reason: None,
    });
    Ok(Figures::new(&found.outcome, promises.collect()))
}

/// What was measured later: 10 % slower than predicted, at the load of the scenario.
fn measured(outcome: &Outcome) -> Vec<LabelFigures> {
    let mut all = predicted(outcome);
    all.truncate(1);
    for figures in &mut all {
        figures.p95 = figures.p95.map(|p95| p95 / 0.9);
        figures.mean = None;
        figures.error_rate = None;
    }
    all
}

/// Questions are answered by the solvers, over the outcomes by hand.
pub fn answer(asked: &Asked) -> Result<Answer, String> {
    let scenario = asked.scenario.as_ref();
    let progress = Progress::default();
    let answer = match &asked.question {
        Question::Solve(what) => solve(scenario, *what, None, &judged, &progress)
            .map(|found| Answer::Solved(Box::new(found))),
        Question::Size => cheapest_size(scenario, &[], None, &judged, &progress)
            .map(|found| Answer::Size(Box::new(found))),
        Question::Tornado { spread } => tornado(scenario, *spread, &judged, &progress)
            .map(|found| Answer::Tornado(Box::new(found))),
        Question::Waterfall { other } => waterfall(scenario, other, &judged, &progress)
            .map(|found| Answer::Waterfall(Box::new(found))),
        Question::BreakEven { other, monthly } => {
            break_even(scenario, other, *monthly, &judged, &progress)
                .map(|found| Answer::BreakEven(Box::new(found)))
        }
        Question::Against { found, .. } => {
            let told = predicted(&found.outcome);
            Ok(Answer::Against(Box::new(against(
                &told,
                &measured(&found.outcome),
            ))))
        }
    };
    answer.map_err(|e| e.to_string())
}
