//! Scenarios side by side, each with its differences to the first.

use serde::{Deserialize, Serialize};

use super::parts::{Part, changed};
use crate::progress::Progress;
use crate::scenario::solve::{Figures, Judge, Trials};
use crate::scenario::{Scenario, SimulateError};

/// More are not shown beside each other.
pub const MOST: usize = 6;

/// Differences to the first scenario, in the units of [`Figures`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// Answered without error, per second.
    pub served_per_sec: f64,
    /// Share, -1..1.
    pub error_rate: f64,
    /// Seconds.
    pub mean: f64,
    /// Seconds.
    pub p95: f64,
    /// Seconds.
    pub p99: f64,
    /// Most instances in service.
    pub instances_max: i64,
    /// Of 730 hours.
    pub cost_per_month: f64,
}

/// One scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Side {
    /// Its figures and what became of its promises.
    pub run: Figures,
    /// To the first; `None` for the first.
    pub difference: Option<Difference>,
    /// The parts in which it differs from the first.
    pub changed: Vec<Part>,
    /// Promises that the first keeps and this one does not.
    pub breaks: Vec<String>,
    /// Promises that this one keeps and the first does not.
    pub repairs: Vec<String>,
}

/// Runs two to six scenarios and puts them side by side.
pub fn side_by_side(
    scenarios: &[Scenario],
    judge: &Judge<'_>,
    progress: &Progress,
) -> Result<Vec<Side>, SimulateError> {
    if scenarios.len() < 2 || scenarios.len() > MOST {
        return Err(SimulateError::impossible(
            "compare",
            format!(
                "{} scenarios cannot be compared; it takes 2 to {MOST}",
                scenarios.len()
            ),
        ));
    }
    progress.set_total(scenarios.len() as u64);
    let runs = Trials::new(judge, progress).all(scenarios)?;
    let (Some(first), Some(base)) = (scenarios.first(), runs.first().cloned()) else {
        return Ok(Vec::new());
    };
    let broken =
        |run: &Figures| -> Vec<String> { run.broken().iter().map(|p| p.name.clone()).collect() };
    let of_first = broken(&base);
    Ok(scenarios
        .iter()
        .zip(runs)
        .enumerate()
        .map(|(index, (scenario, run))| {
            let own = broken(&run);
            let beyond = |a: &[String], b: &[String]| -> Vec<String> {
                a.iter().filter(|n| !b.contains(n)).cloned().collect()
            };
            Side {
                difference: (index > 0).then(|| difference(&base, &run)),
                changed: changed(first, scenario),
                breaks: beyond(&own, &of_first),
                repairs: beyond(&of_first, &own),
                run,
            }
        })
        .collect())
}

/// What a run has more than another.
pub fn difference(base: &Figures, run: &Figures) -> Difference {
    Difference {
        served_per_sec: run.served_per_sec - base.served_per_sec,
        error_rate: run.error_rate - base.error_rate,
        mean: run.mean - base.mean,
        p95: run.p95 - base.p95,
        p99: run.p99 - base.p99,
        instances_max: i64::from(run.instances_max) - i64::from(base.instances_max),
        cost_per_month: run.cost_per_month - base.cost_per_month,
    }
}
