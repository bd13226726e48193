//! Repetitions of a run in which something comes and goes by chance: in parallel, each with its own random numbers, and in
//! their order, so that the outcome is the same on any number of threads.

use rayon::prelude::*;

use crate::progress::Progress;
use crate::scenario::model::Scenario;
use crate::scenario::outcome::Summary;
use crate::scenario::{Outcome, SimulateError, repeated as figures};

use super::tally::Grid;

/// One repetition, with figures of its own kind.
#[derive(Debug)]
pub struct Done<T> {
    pub outcome: Outcome,
    pub figures: T,
}

/// The outcome of all repetitions: the figures of the summary are means over them, the run over time is the first. Where
/// nothing is drawn there is one. With it the figures of each of them.
pub fn repeated<T: Send>(
    scenario: &Scenario,
    grid: Grid,
    drawn: bool,
    progress: &Progress,
    one: impl Fn(u32) -> Result<Done<T>, SimulateError> + Sync,
) -> Result<(Outcome, Vec<T>), SimulateError> {
    let count = if drawn {
        scenario.run.replications.max(1)
    } else {
        1
    };
    let steps = u64::try_from(grid.steps + grid.warm_up).unwrap_or(u64::MAX);
    progress.set_total(steps.saturating_mul(u64::from(count)));
    let done: Vec<Done<T>> = (0..count)
        .into_par_iter()
        .map(|repetition| {
            let mut done = one(repetition)?;
            if repetition > 0 {
                let outcome = &mut done.outcome;
                (outcome.steps, outcome.times) = (Vec::new(), Vec::new());
                outcome.events = Vec::new();
            }
            Ok(done)
        })
        .collect::<Result<_, SimulateError>>()?;
    let all: Vec<&Summary> = done.iter().map(|d| &d.outcome.summary).collect();
    let summary = (count > 1).then(|| figures::summary(&all));
    let mut out = Outcome::default();
    let mut own = Vec::with_capacity(done.len());
    for (index, Done { outcome, figures }) in done.into_iter().enumerate() {
        if index == 0 {
            out = outcome;
        }
        own.push(figures);
    }
    out.replications = count;
    if let Some(summary) = summary {
        out.summary = summary;
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
    Ok((out, own))
}
