//! What turns one scenario into another, part by part: what each part does to P95, errors and cost when the parts are
//! changed one after the other in a stated order. Another order gives other steps with the same sum.

use serde::{Deserialize, Serialize};

use super::parts::{ORDER, Part, changed};
use crate::progress::Progress;
use crate::scenario::solve::{Figures, Judge, Trials};
use crate::scenario::{Scenario, SimulateError};

/// Figures in whole small units, so that steps add up to the difference exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amounts {
    /// P95 in microseconds.
    pub p95_micros: i64,
    /// Share of errors in millionths.
    pub error_ppm: i64,
    /// Cost of 730 hours in hundredths of the currency.
    pub cost_cents: i64,
}

impl Amounts {
    fn of(run: &Figures) -> Self {
        Self {
            p95_micros: whole(run.p95 * 1e6),
            error_ppm: whole(run.error_rate * 1e6),
            cost_cents: whole(run.cost_per_month * 100.0),
        }
    }

    /// What was added since `before`.
    #[must_use]
    pub fn since(self, before: Self) -> Self {
        Self {
            p95_micros: self.p95_micros.saturating_sub(before.p95_micros),
            error_ppm: self.error_ppm.saturating_sub(before.error_ppm),
            cost_cents: self.cost_cents.saturating_sub(before.cost_cents),
        }
    }
}

/// To the nearest whole number, within ±9·10¹⁵ where numbers are exact.
fn whole(value: f64) -> i64 {
    if value.is_finite() {
        value.round().clamp(-9e15, 9e15) as i64
    } else {
        0
    }
}

/// One step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// What was changed; several where the scenario could not run with only some of them.
    pub parts: Vec<Part>,
    /// In words: `service and instances`.
    pub name: String,
    /// What the step adds.
    pub change: Amounts,
    /// After the step.
    pub after: Amounts,
    /// Promises that this step breaks.
    pub breaks: Vec<String>,
    /// Promises that this step repairs.
    pub repairs: Vec<String>,
}

/// From one scenario to another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Waterfall {
    /// Name of the first scenario.
    pub from: String,
    /// Name of the second.
    pub to: String,
    /// The first scenario.
    pub start: Amounts,
    /// In the order in which the parts were changed; only parts that differ.
    pub steps: Vec<Step>,
    /// The second scenario.
    pub end: Amounts,
    /// The whole difference, and the sum of the steps.
    pub total: Amounts,
    /// Different scenarios that ran.
    pub runs: u32,
    /// How it was made.
    pub method: String,
}

/// Turns `from` into `to`.
pub fn waterfall(
    from: &Scenario,
    to: &Scenario,
    judge: &Judge<'_>,
    progress: &Progress,
) -> Result<Waterfall, SimulateError> {
    let parts = changed(from, to);
    let mut stages = vec![from.clone()];
    for part in &parts {
        let mut next = stages.last().unwrap_or(from).clone();
        part.take(&mut next, to);
        stages.push(next);
    }
    let trials = Trials::new(judge, progress);
    progress.set_total(stages.len() as u64);
    let mut results = trials.each(&stages).into_iter();
    let first = results.next().unwrap_or(Err(SimulateError::Cancelled))?;
    let start = Amounts::of(&first);
    let mut steps = Vec::new();
    let (mut before, mut last) = (start, first);
    let mut held: Vec<Part> = Vec::new();
    let mut trouble = None;
    for (part, result) in parts.into_iter().zip(results) {
        held.push(part);
        match result {
            Ok(run) => {
                let after = Amounts::of(&run);
                steps.push(Step {
                    name: joined(&held),
                    parts: std::mem::take(&mut held),
                    change: after.since(before),
                    after,
                    breaks: lost(&last, &run),
                    repairs: lost(&run, &last),
                });
                (before, last) = (after, run);
                trouble = None;
            }
            // Half of a change can be impossible; the rest may make it possible again.
            Err(error @ SimulateError::Impossible { .. }) => trouble = Some(error),
            Err(error) => return Err(error),
        }
    }
    if let Some(error) = trouble {
        return Err(error);
    }
    let order: Vec<&str> = ORDER.into_iter().map(Part::word).collect();
    Ok(Waterfall {
        from: from.name.clone(),
        to: to.name.clone(),
        start,
        steps,
        end: before,
        total: before.since(start),
        runs: trials.runs(),
        method: format!(
            "Parts are changed one after the other in this order: {}. Each step is measured with the earlier ones in place; another order gives other steps with the same sum.",
            order.join(", ")
        ),
    })
}

/// Promises kept in `before` and broken in `after`.
fn lost(before: &Figures, after: &Figures) -> Vec<String> {
    let earlier = before.broken();
    after
        .broken()
        .iter()
        .filter(|p| !earlier.iter().any(|q| q.name == p.name))
        .map(|p| p.name.clone())
        .collect()
}

fn joined(parts: &[Part]) -> String {
    let words: Vec<&str> = parts.iter().map(|p| p.word()).collect();
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => words.concat(),
    }
}
