//! The load tests of a period, each against the run of the same service before it.

use std::sync::Arc;

use super::ReportError;
use crate::analysis::compare::{
    CompareError, CompareParams, Comparison, Metric, RunInput, compare, runs_of,
};
use crate::calendar::TimeRange;
use crate::dataset::{Role, Source};
use crate::progress::Progress;

/// Most comparisons of one report, the latest ones.
const MOST: usize = 24;

/// Figures that a report compares.
const METRICS: [Metric; 4] = [
    Metric::P50,
    Metric::P95,
    Metric::Throughput,
    Metric::ErrorRate,
];

/// Compares the runs that began within the range, in order of time.
pub(super) fn comparisons(
    sources: &[&Arc<Source>],
    range: TimeRange,
    progress: &Progress,
) -> Result<Vec<Comparison>, ReportError> {
    let tests = || {
        sources
            .iter()
            .filter(|s| s.info.scope.role == Role::Test)
            .map(AsRef::as_ref)
    };
    let mut services: Vec<&str> = tests().map(|s| s.info.scope.service.as_str()).collect();
    services.sort_unstable();
    services.dedup();
    let params = CompareParams {
        metrics: METRICS.to_vec(),
        total_only: true,
        ..CompareParams::default()
    };
    let mut pairs: Vec<(RunInput<'_>, RunInput<'_>)> = Vec::new();
    for service in services {
        let runs = runs_of(tests().filter(|s| s.info.scope.service == service));
        let neighbours = runs.iter().zip(runs.iter().skip(1));
        pairs.extend(
            neighbours
                .filter(|(_, now)| now.first.is_some_and(|t| range.contains(t)))
                .map(|(before, now)| (before.clone(), now.clone())),
        );
    }
    pairs.sort_by_key(|(_, now)| now.first);
    let mut found = Vec::new();
    for (before, now) in pairs.iter().skip(pairs.len().saturating_sub(MOST)) {
        let both = [before, now].map(std::slice::from_ref);
        match compare(both[0], both[1], &params, &Progress::default()) {
            Ok(comparison) => found.push(comparison),
            // A run without requests has nothing to say about the one after it.
            Err(CompareError::Nothing(_)) => {}
            Err(CompareError::Dataset(error)) => return Err(error.into()),
            Err(CompareError::Cancelled(stopped)) => return Err(stopped.into()),
        }
        progress.check()?;
    }
    Ok(found)
}
