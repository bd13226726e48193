//! What stands behind the questions to a scenario: the same solvers and comparisons that `headroom simulate` calls, with
//! the scenario completed from the project and its promises, or those of the project, as the judge.

use super::compute::Inputs;
use super::questions::{Answer, Asked, Question};
use crate::analysis::sla::SlaFile;
use crate::progress::Progress;
use crate::scenario::against::against_run;
use crate::scenario::compare::waterfall;
use crate::scenario::solve::{break_even, cheapest_size, judge_by, solve, tornado};
use crate::scenario::{Scenario, SimulateError};

impl Inputs {
    /// Answers a question.
    pub(super) fn answer(&self, asked: &Asked, progress: &Progress) -> Result<Answer, String> {
        if let Question::Against { source_id, found } = &asked.question {
            let source = self.dataset.source(source_id);
            let run = source
                .and_then(|s| s.run.as_ref())
                .ok_or("the load test is no longer in the project")?;
            let found = against_run(&found.outcome, run).map_err(|e| e.to_string())?;
            return Ok(Answer::Against(Box::new(found)));
        }
        let scenario = self.completed(&asked.scenario)?.scenario;
        let other = match asked.question.other() {
            Some(other) => Some(self.completed(other)?.scenario),
            None => None,
        };
        let promises = self.judging(&scenario)?;
        let look = &asked.look;
        let judge = judge_by(promises.as_ref(), progress);
        let answer = match &asked.question {
            Question::Solve(what) => solve(&scenario, *what, look.within, &judge, progress)
                .map(|found| Answer::Solved(Box::new(found))),
            Question::Size => cheapest_size(&scenario, &look.sizes, look.within, &judge, progress)
                .map(|found| Answer::Size(Box::new(found))),
            Question::Tornado { spread } => tornado(&scenario, *spread, &judge, progress)
                .map(|found| Answer::Tornado(Box::new(found))),
            Question::Waterfall { .. } => {
                waterfall(&scenario, &other.unwrap_or_default(), &judge, progress)
                    .map(|found| Answer::Waterfall(Box::new(found)))
            }
            Question::BreakEven { monthly, .. } => break_even(
                &scenario,
                &other.unwrap_or_default(),
                *monthly,
                &judge,
                progress,
            )
            .map(|found| Answer::BreakEven(Box::new(found))),
            Question::Against { .. } => Err(SimulateError::Cancelled),
        };
        answer.map_err(|e| e.to_string())
    }

    /// The promises of a scenario, else those of the project; `None` where there are none.
    fn judging(&self, scenario: &Scenario) -> Result<Option<SlaFile>, String> {
        if let Some(yaml) = &scenario.sla {
            let file = SlaFile::parse(yaml);
            return file
                .map(Some)
                .map_err(|e| format!("The promises of the scenario cannot be read: {e}"));
        }
        let files = self.named_files();
        Ok((!files.is_empty()).then(|| SlaFile::merged(files)))
    }
}
