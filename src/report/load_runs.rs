//! The load tests of a report: those of the period, the last one before it, and the load of production they are
//! held against.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::analyse::source_scope;
use super::findings::{JudgedSla, Peak, RunFinding};
use crate::analysis::capacity::measure;
use crate::analysis::latency::{LabelStats, LatencyParams, RunStats, run_stats};
use crate::analysis::sla::ObjectiveKind;
use crate::calendar::{Instant, TimeRange, Zone};
use crate::dataset::{DatasetError, Estimator, OutcomeFilter, Role, RunSummary, Source};
use crate::units::{Micros, Ppm};

/// Requests per second of the largest level that kept its P95 to a limit; `None` where it cannot be said.
fn best_within(runs: &[&RunSummary], limit_ms: Option<f64>) -> Option<f64> {
    let budget = Micros((limit_ms? * 1_000.0).round() as i64);
    let measured = measure(runs, Ppm(950_000), budget).ok()?;
    measured.max_passing.map(|p| p.throughput)
}

/// The files of one run are one finding; a tool's summary is one by itself.
pub fn run_findings(
    tests: &[&Arc<Source>],
    limit_ms: Option<f64>,
) -> Result<Vec<RunFinding>, DatasetError> {
    let mut groups: BTreeMap<&str, Vec<&Arc<Source>>> = BTreeMap::new();
    for source in tests {
        groups.entry(source.info.run_id()).or_default().push(source);
    }
    let params = LatencyParams {
        range: TimeRange::ALL,
        outcomes: OutcomeFilter::Success,
        estimator: Some(Estimator::R7),
        apdex: (Micros::from_millis(500), Micros::from_millis(1_500)),
        every: None,
    };
    let mut found = Vec::new();
    for sources in groups.values() {
        let Some(first) = sources.first() else {
            continue;
        };
        let runs: Vec<&RunSummary> = sources.iter().filter_map(|s| s.run.as_ref()).collect();
        let (stats, closed_loop, as_the_tool) = match &first.summary {
            Some(summary) if runs.is_empty() => {
                let stats = RunStats {
                    estimator: "tool".to_owned(),
                    total: LabelStats::of_summary(&summary.total),
                    labels: summary.labels.iter().map(LabelStats::of_summary).collect(),
                    ..RunStats::default()
                };
                (stats, summary.closed_loop, true)
            }
            _ => (
                run_stats(&runs, &params)?,
                runs.iter().any(|r| r.closed_loop),
                false,
            ),
        };
        found.push(RunFinding {
            file_name: match sources.len() {
                1 => first.info.file_name.clone(),
                n => format!("{} and {} more", first.info.file_name, n - 1),
            },
            scope: source_scope(&first.info.scope),
            first: sources.iter().filter_map(|s| s.info.first).min(),
            last: sources.iter().filter_map(|s| s.info.last).max(),
            closed_loop,
            as_the_tool,
            stats,
            max_passing: best_within(&runs, limit_ms),
        });
    }
    found.sort_by_key(|r| (r.first, r.file_name.clone()));
    Ok(found)
}

/// The last load test that ended before a moment.
pub fn run_before(
    sources: &[&Arc<Source>],
    at: Instant,
    limit_ms: Option<f64>,
) -> Result<Option<RunFinding>, DatasetError> {
    let tests = || {
        sources
            .iter()
            .copied()
            .filter(|s| s.info.scope.role == Role::Test && (s.run.is_some() || s.summary.is_some()))
    };
    let last = tests()
        .filter(|s| s.info.last.is_some_and(|last| last < at))
        .max_by_key(|s| (s.info.last, s.info.run_id()));
    let Some(last) = last else {
        return Ok(None);
    };
    let group: Vec<&Arc<Source>> = tests()
        .filter(|s| s.info.run_id() == last.info.run_id())
        .collect();
    Ok(run_findings(&group, limit_ms)?.pop())
}

/// The busiest hour of production: from promises on throughput, else from the requests themselves.
pub fn production_peak(
    sources: &[&Arc<Source>],
    slas: &[JudgedSla],
    range: TimeRange,
) -> Result<Option<Peak>, DatasetError> {
    let larger = |a: Option<Peak>, b: Peak| match a {
        Some(a) if a.per_sec >= b.per_sec => Some(a),
        _ => Some(b),
    };
    let judged = slas
        .iter()
        .flat_map(|s| &s.report.objectives)
        .filter(|o| o.kind == ObjectiveKind::Throughput && !o.source.contains("load test"))
        .flat_map(|o| o.slice_list.iter())
        .filter_map(|s| {
            Some(Peak {
                per_sec: s.achieved.filter(|v| v.is_finite())?,
                at: s.range.start,
            })
        })
        .fold(None, larger);
    if judged.is_some() {
        return Ok(judged);
    }
    let hours = Zone::hours(range);
    let mut counts = vec![0_u64; hours.len()];
    for run in sources
        .iter()
        .filter(|s| s.info.scope.role == Role::Production)
        .filter_map(|s| s.run.as_ref())
    {
        for (sum, slice) in counts
            .iter_mut()
            .zip(run.counts(&run.counted_labels(), &hours)?)
        {
            *sum += slice.count;
        }
    }
    Ok(hours
        .iter()
        .zip(counts)
        .filter(|(hour, n)| *n > 0 && hour.length().0 > 0)
        .map(|(hour, n)| Peak {
            per_sec: n as f64 / hour.length().as_secs(),
            at: hour.start,
        })
        .fold(None, larger))
}
