//! The judge that production has: an engine runs the scenario, and the SLA engine judges what came out.

use super::Figures;
use crate::analysis::sla::SlaFile;
use crate::progress::Progress;
use crate::scenario::judge::judge;
use crate::scenario::{Scenario, SimulateError, simulate};

/// Runs scenarios with the engine they ask for and judges them by one set of promises, if any. `progress` stops a run in
/// the middle; how far a run has come is not counted on it.
pub fn judge_by<'a>(
    promises: Option<&'a SlaFile>,
    progress: &Progress,
) -> impl Fn(&Scenario) -> Result<Figures, SimulateError> + Sync + 'a {
    let progress = progress.part();
    move |scenario| {
        let outcome = simulate(scenario, &progress.part())?;
        let judged = match promises {
            Some(promises) => {
                judge(scenario, &outcome, promises)
                    .map_err(|error| SimulateError::impossible("sla", format!("{error:#}")))?
                    .promises
            }
            None => Vec::new(),
        };
        Ok(Figures::new(&outcome, judged))
    }
}
