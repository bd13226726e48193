//! What stands behind a scenario's answer: what it refers to is filled in from the project, it is run, and the promises
//! judge the run.

use super::compute::Inputs;
use super::simulated::{Promise, Simulated};
use crate::analysis::sla::SlaFile;
use crate::progress::Progress;
use crate::scenario::{Scenario, judge, simulate};

impl Inputs {
    /// Runs a scenario and judges it by its own promises, else by those of the project.
    pub(super) fn simulate(
        &self,
        scenario: &Scenario,
        progress: &Progress,
    ) -> Result<Simulated, String> {
        let outcome = simulate(scenario, progress).map_err(|e| e.to_string())?;
        let mut problems = Vec::new();
        let mut files = Vec::new();
        if let Some(yaml) = &scenario.sla {
            match SlaFile::parse(yaml) {
                Ok(file) => files.push(file),
                Err(e) => {
                    problems.push(format!("the promises of the scenario cannot be read: {e}"))
                }
            }
        } else {
            files = self.files();
        }
        let mut promises = Vec::new();
        for file in &files {
            match judge::judge(scenario, &outcome, file) {
                Ok(judged) => promises.extend(judged.promises.iter().map(Promise::of)),
                Err(e) => problems.push(format!("the promises could not be judged: {e}")),
            }
        }
        Ok(Simulated::new(outcome, promises, problems))
    }
}
