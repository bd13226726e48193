//! Repetitions of a run in which something comes and goes by chance: in parallel, each with its own random numbers, and in
//! their order, so that the outcome is the same on any number of threads.

use rayon::prelude::*;

use crate::progress::Progress;
use crate::scenario::model::Scenario;
use crate::scenario::{Outcome, SimulateError, repeated as figures};

use super::tally::Grid;

/// The outcome of all repetitions: the figures of the summary are means over them, the run over time is the first. Where
/// nothing is drawn there is one; of several each is kept for those who judge.
pub fn repeated(
    scenario: &Scenario,
    grid: Grid,
    drawn: bool,
    progress: &Progress,
    one: impl Fn(u32) -> Result<Outcome, SimulateError> + Sync + Send,
) -> Result<Outcome, SimulateError> {
    let count = if drawn {
        scenario.run.replications.max(1)
    } else {
        1
    };
    let steps = u64::try_from(grid.steps + grid.warm_up).unwrap_or(u64::MAX);
    progress.set_total(steps.saturating_mul(u64::from(count)));
    let done: Vec<Outcome> = (0..count)
        .into_par_iter()
        .map(one)
        .collect::<Result<_, SimulateError>>()?;
    let mut out = done.first().cloned().unwrap_or_default();
    out.replications = count;
    if count > 1 {
        out.summary = figures::summary(&done.iter().map(|d| &d.summary).collect::<Vec<_>>());
        (out.times, out.each) = (Vec::new(), done);
        out.engine_why.push_str(&format!(
            " Figures are means of {count} repetitions; the run over time is the first of them."
        ));
    }
    if drawn && count < 3 {
        out.warnings.push(
            "something comes and goes by chance: with 3 repetitions or more the figures carry an interval"
                .to_owned(),
        );
    }
    Ok(out)
}
