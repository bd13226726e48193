//! Where a side has only a tool's own summary: the figures as they are printed, side by side, and nothing proven.

use std::collections::BTreeSet;

use super::CompareError;
use super::figures::{Figures, TOTAL};
use super::gather::RunInput;
use super::params::CompareParams;
use super::result::Comparison;
use super::rows::{info, method};
use super::verdict::{Estimate, Measured, judge};
use crate::analysis::latency::{LabelStats, LatencyParams, run_stats};
use crate::calendar::TimeRange;
use crate::dataset::RunSummary;
use crate::units::Micros;
use crate::warning::{WarningKind, Warnings};

/// Compares what is printed.
pub(super) fn of_summaries(
    base: &[RunInput<'_>],
    candidate: &[RunInput<'_>],
    params: &CompareParams,
    warnings: &mut Warnings,
) -> Result<Comparison, CompareError> {
    let [a, b] = [
        printed(base, params, warnings)?,
        printed(candidate, params, warnings)?,
    ];
    let without: Vec<&str> = base
        .iter()
        .chain(candidate)
        .filter(|r| r.summary_only())
        .map(|r| r.name.as_str())
        .collect();
    let why = format!(
        "only the tool's own figures are known of {}, without samples",
        without.join(" and ")
    );
    let find = |lines: &[LabelStats], name: &str| lines.iter().find(|l| l.label == name).cloned();
    let mut measured = Vec::new();
    for line in &a {
        let Some(other) = find(&b, &line.label) else {
            continue;
        };
        if params.total_only && line.label != TOTAL {
            continue;
        }
        let [x, y] = [Figures::of_tool(line), Figures::of_tool(&other)];
        for metric in &params.metrics {
            measured.push(Measured {
                label: line.label.clone(),
                metric: *metric,
                base: x.value(*metric),
                candidate: y.value(*metric),
                n: [x.samples(*metric), y.samples(*metric)],
                estimate: Estimate::Unknown(why.clone()),
                ranges: [None, None],
            });
        }
    }
    let (labels, _) = judge(measured, params);
    let names = |lines: &[LabelStats]| -> BTreeSet<String> {
        lines.iter().map(|l| l.label.clone()).collect()
    };
    let (in_a, in_b) = (names(&a), names(&b));
    let total = |lines: &[LabelStats]| find(lines, TOTAL).map_or(0, |t| t.count);
    Ok(Comparison {
        base: info(base, total(&a)),
        candidate: info(candidate, total(&b)),
        labels,
        only_in_base: in_a.difference(&in_b).cloned().collect(),
        only_in_candidate: in_b.difference(&in_a).cloned().collect(),
        method: method(params),
        ..Comparison::default()
    })
}

/// The figures of a side as they are printed; of several summaries the last one stands.
fn printed(
    runs: &[RunInput<'_>],
    params: &CompareParams,
    warnings: &mut Warnings,
) -> Result<Vec<LabelStats>, CompareError> {
    let parts: Vec<&RunSummary> = runs.iter().flat_map(|r| r.parts.iter().copied()).collect();
    if !parts.is_empty() {
        let latency = LatencyParams {
            range: TimeRange::ALL,
            outcomes: params.outcomes,
            estimator: Some(params.estimator),
            apdex: (Micros::from_millis(500), Micros::from_millis(1_500)),
            every: None,
        };
        let stats = run_stats(&parts, &latency)?;
        return Ok(std::iter::once(stats.total).chain(stats.labels).collect());
    }
    let Some((run, summary)) = runs.iter().rev().find_map(|r| Some((r, r.summary?))) else {
        return Ok(Vec::new());
    };
    if runs.len() > 1 {
        warnings.add(
            WarningKind::SummaryOnly,
            format!(
                "figures of several tool summaries cannot be put together; {} was taken",
                run.name
            ),
        );
    }
    let mut total = LabelStats::of_summary(&summary.total);
    total.label = TOTAL.to_owned();
    let lines = summary.labels.iter().map(LabelStats::of_summary);
    Ok(std::iter::once(total).chain(lines).collect())
}
