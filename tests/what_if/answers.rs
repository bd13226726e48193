//! Answers to the questions of the screen: the solvers of the library over the outcomes by hand.

use headroom::progress::Progress;
use headroom::scenario::against::predicted;
use headroom::scenario::compare::{LabelFigures, against, waterfall};
use headroom::scenario::judge;
use headroom::scenario::solve::{Figures, break_even, cheapest_size, solve, tornado};
use headroom::scenario::{Outcome, Scenario, SimulateError};
use headroom::ui::questions::{Answer, Asked, Question};

use super::fixture::found;

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
        not_asked: false,
        repetitions: 1,
        kept_in: 1,
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
        Question::Solve(what) => solve(scenario, *what, asked.look.within, &judged, &progress)
            .map(|found| Answer::Solved(Box::new(found))),
        Question::Size => cheapest_size(
            scenario,
            &asked.look.sizes,
            asked.look.within,
            &judged,
            &progress,
        )
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
