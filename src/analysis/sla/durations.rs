//! Latency: a percentile of durations against a limit, or the share of requests under one, from merged histograms of
//! runs or from the buckets that a monitoring system exported.

use super::arith::{between, good_share_kept};
use super::judge::{Context, blank, share_of};
use super::objective::{Limit, Objective, Quantity};
use super::requests::{contradiction, request_budget};
use super::select::Picker;
use super::sliced::{Cut, Fate, Grid, Twice, finish};
use super::sliced_breaches::breaches;
use super::sources::{PickedRun, ids, runs, words};
use super::{
    Breach, ObjectiveKind, ObjectiveResult, SlaError, Verdict, buckets, dated, series, tool_summary,
};
use crate::calendar::TimeRange;
use crate::dataset::{Estimator, OutcomeFilter, Quantile, Role, Source, ValueCounts};
use crate::units::{self, Direction, Ppm};

/// The percentile definition of verdicts.
const ESTIMATOR: Estimator = Estimator::R7;

/// Judges the durations of requests: a percentile against a limit, or the share under one.
pub(super) fn judge(
    context: &Context<'_>,
    objective: &Objective,
    out: &mut Vec<Breach>,
) -> Result<ObjectiveResult, SlaError> {
    let mut result = blank(context, objective);
    let mut picker = Picker::default();
    let grids = Twice::grids(context, objective, &mut result);
    let mut silent = 0;
    for role in [Role::Production, Role::Test] {
        let mut picked = runs(context, objective, role, &mut picker)?;
        let passed = context.passed();
        let all = picked.len();
        let silent_here = picked
            .iter()
            .filter(|p| p.run.counts_only && p.span.intersect(passed).is_some())
            .count();
        silent += silent_here;
        picked.retain(|p| !p.run.counts_only);
        if !picked.is_empty() {
            let sources: Vec<&Source> = picked.iter().map(|p| p.source).collect();
            result.source = words("requests", &sources, role);
            result.source_ids = ids(&sources);
            if picked.iter().any(|p| p.run.outcomes_unknown) {
                result.assumed.push(
                    "The file does not say which requests failed; all count as successful."
                        .to_owned(),
                );
            }
            if picked.iter().any(|p| p.run.closed_loop) {
                result.assumed.push(
                    "The tool waits for responses before it sends on, so slow ones hide requests that were not sent (coordinated omission)."
                        .to_owned(),
                );
            }
            let counts = grids.try_map(|grid| run_durations(&picked, grid, objective.outcome))?;
            picker.note(objective, &mut result.assumed);
            let outcome = match objective.outcome {
                OutcomeFilter::Success => "successful requests",
                OutcomeFilter::All => "all requests",
            };
            conclude(
                context,
                objective,
                &grids,
                &counts,
                outcome,
                &mut result,
                out,
            );
            if silent_here > 0 && matches!(result.verdict, Verdict::Met | Verdict::Breached) {
                result.verdict = Verdict::NotProven;
                result.reason = Some(format!(
                    "{silent_here} of {all} logs of this period say no durations: nothing is known about their requests."
                ));
            }
            return Ok(result);
        }
        let buckets = buckets::pick(context, objective, role, &mut picker)?;
        if !buckets.is_empty() {
            let sources: Vec<&Source> = buckets.iter().map(|b| b.source).collect();
            result.source = words("latency buckets", &sources, role);
            result.source_ids = ids(&sources);
            result.assumed.push(
                "Buckets do not tell successes from failures; all requests are in.".to_owned(),
            );
            let counts = grids.try_map(|grid| buckets::durations(&buckets, grid))?;
            picker.note(objective, &mut result.assumed);
            conclude(
                context,
                objective,
                &grids,
                &counts,
                "all requests",
                &mut result,
                out,
            );
            return Ok(result);
        }
        if objective.kind == ObjectiveKind::Latency
            && series::judge_percentiles(
                context,
                objective,
                role,
                &grids,
                &mut picker,
                &mut result,
                out,
            )?
        {
            picker.note(objective, &mut result.assumed);
            return Ok(result);
        }
    }
    if !tool_summary::judge(context, objective, &grids, &mut picker, &mut result, out) {
        result.reason = Some(if silent > 0 {
            "The log says no durations: log the time of each request (nginx $request_time, Apache %D) to judge latency."
                .to_owned()
        } else {
            picker.nothing(objective)
        });
    }
    Ok(result)
}

fn run_durations(
    picked: &[PickedRun<'_>],
    grid: &Grid,
    outcomes: OutcomeFilter,
) -> Result<Vec<ValueCounts>, SlaError> {
    let mut merged: Vec<Vec<ValueCounts>> = grid.slices.iter().map(|_| Vec::new()).collect();
    for one in picked {
        let counts = one.run.durations(&one.labels, &grid.cells, outcomes)?;
        for (slot, values) in merged.iter_mut().zip(grid.by_slice(counts)) {
            slot.extend(values.into_iter().filter(|v| v.total() > 0));
        }
    }
    Ok(merged.iter().map(ValueCounts::merged).collect())
}

fn nanos(limit: &Limit) -> i64 {
    match limit.value {
        Quantity::Duration(micros) => micros.0.saturating_mul(1_000),
        _ => i64::MAX,
    }
}

/// How many requests are certainly, and how many may be, within a limit.
fn within(counts: &ValueCounts, limit: &Limit) -> (u64, u64) {
    counts.at_most(nanos(limit).saturating_sub(i64::from(limit.strict)))
}

fn is_share(objective: &Objective) -> bool {
    objective.kind == ObjectiveKind::ShareUnder
}

/// Whether durations hold: best and worst case.
fn holds(counts: &ValueCounts, objective: &Objective) -> Option<Verdict> {
    if is_share(objective) {
        let limit = objective.threshold.as_ref()?;
        let (certain, possible) = within(counts, limit);
        let total = counts.total();
        let kept = |good: u64| {
            good_share_kept(
                i128::from(total - good),
                i128::from(total),
                share_of(objective.target),
                objective.target.strict,
            )
        };
        return (total > 0).then(|| between(kept(possible), kept(certain)));
    }
    let target = &objective.target;
    let kept = counts.keeps_to(
        objective.percentile,
        ESTIMATOR,
        nanos(target),
        target.strict,
    )?;
    Some(kept.map_or(Verdict::NotProven, |kept| between(kept, kept)))
}

/// The figure of a set of durations, in the unit of the objective.
fn figure(counts: &ValueCounts, objective: &Objective) -> Option<f64> {
    if is_share(objective) {
        let (certain, _) = within(counts, objective.threshold.as_ref()?);
        return (counts.total() > 0).then(|| 100.0 * certain as f64 / counts.total() as f64);
    }
    Some(counts.quantile(objective.percentile, ESTIMATOR)?.millis())
}

fn cut(range: TimeRange, counts: &ValueCounts, objective: &Objective, taken_out: bool) -> Cut {
    if taken_out {
        return Cut {
            fate: Fate::Excluded,
            ..Cut::nothing(range)
        };
    }
    let limit = objective.threshold.as_ref().unwrap_or(&objective.target);
    let n = counts.total();
    let fate = match holds(counts, objective) {
        None => Fate::Nothing,
        Some(_) if n < objective.min_samples => Fate::TooFew,
        Some(Verdict::Met) => Fate::Met,
        Some(Verdict::Breached) => Fate::Breached,
        Some(_) => Fate::Undecided,
    };
    let critical = objective.critical.as_ref().is_some_and(|critical| {
        let mut beyond = objective.clone();
        beyond.target = *critical;
        holds(counts, &beyond) == Some(Verdict::Breached)
    });
    Cut {
        range,
        fate,
        achieved: figure(counts, objective),
        n,
        bad: n - within(counts, limit).0,
        critical,
    }
}

fn conclude(
    context: &Context<'_>,
    objective: &Objective,
    grids: &Twice<Grid>,
    counts: &Twice<Vec<ValueCounts>>,
    outcome: &str,
    result: &mut ObjectiveResult,
    out: &mut Vec<Breach>,
) {
    let cut_all = |grid: &Grid, counts: &Vec<ValueCounts>| -> Vec<Cut> {
        grid.slices
            .iter()
            .zip(counts)
            .enumerate()
            .map(|(index, (range, c))| {
                let own = dated::at(context, objective, range.start);
                cut(*range, c, &own, grid.taken_out(index))
            })
            .collect()
    };
    let twice = grids.map_with(counts, cut_all);
    let cuts = &twice.left;
    let merged_of = |range: TimeRange| {
        let parts = grids
            .left
            .slices
            .iter()
            .zip(&counts.left)
            .filter(|(slice, _)| slice.start >= range.start && slice.end <= range.end);
        ValueCounts::merged(parts.map(|(_, c)| c))
    };
    let whole = merged_of(context.range);
    let limit = objective.threshold.as_ref().unwrap_or(&objective.target);
    let total = whole.total();
    let (certain, possible) = within(&whole, limit);
    result.n = total;
    result.good = Some(certain as f64);
    result.bad = Some((total - certain) as f64);
    result.unknown = Some((possible - certain) as f64);
    if let (Some(grid), Some(counts)) = (&grids.all, &counts.all) {
        let all: u64 = grid
            .slices
            .iter()
            .zip(counts)
            .filter(|(s, _)| context.range.contains(s.start))
            .map(|(_, c)| c.total())
            .sum();
        result.excluded = Some(all.saturating_sub(total) as f64);
    }
    result.achieved = figure(&whole, objective);
    let quantile = whole.quantile(objective.percentile, ESTIMATOR);
    if is_share(objective) {
        let held = holds(&whole, objective) == Some(Verdict::Met);
        let target = share_of(objective.target).as_percent();
        result.rule = format!("{} of {outcome} {}", objective.target.text(), limit.text());
        if let Some(achieved) = result.achieved {
            result.achieved_text =
                units::judged_percent(achieved, target, Direction::AtLeast, held);
        }
        if possible > certain {
            result.best = Some(100.0 * possible as f64 / total as f64);
            result.worst = Some(100.0 * certain as f64 / total as f64);
        }
    } else {
        result.rule = format!(
            "{} of {outcome} {} ({})",
            percentile_name(objective.percentile),
            objective.target.text(),
            ESTIMATOR.title()
        );
        if let Some(quantile) = quantile {
            result.achieved_text = latency_text(&quantile, &whole, objective);
            if wide(&quantile) {
                result.best = Some(quantile.lower_bound_millis());
                result.worst = quantile
                    .high_ns
                    .is_finite()
                    .then_some(quantile.high_ns / 1e6);
            }
            if quantile.few_samples {
                result.assumed.push(format!(
                    "Only {total} requests: too few beyond the {} to rely on it.",
                    percentile_name(objective.percentile)
                ));
            }
        }
    }
    // The share of requests over the limit has a budget that adds up over days; the percentile itself has none.
    let allowed_share = if is_share(objective) {
        1_000_000 - share_of(objective.target).0
    } else {
        1_000_000 - objective.percentile.0
    };
    let allowed = total as f64 * allowed_share as f64 / 1e6;
    result.budget = request_budget(allowed, total - certain);
    let bounded = result.best.is_some() && !is_share(objective);
    if bounded {
        result.assumed.push(
            "A percentile is known to its bucket only; single figures are the middle of it."
                .to_owned(),
        );
    }
    let share = |bad: u64| (allowed > 0.0).then(|| bad as f64 / allowed);
    let text = |value: f64| {
        if is_share(objective) {
            format!("{} %", units::grouped(value, 2))
        } else if bounded {
            format!("about {}", units::millis(value))
        } else {
            units::millis(value)
        }
    };
    let figure_of = |range: TimeRange| figure(&merged_of(range), objective);
    finish(context, objective, &grids.left, &twice, &figure_of, result);
    contradiction(result, holds(&whole, objective));
    out.extend(breaches(context, objective, cuts, &text, &share));
}

pub(super) fn percentile_name(percentile: Ppm) -> String {
    format!("P{}", units::percent(percentile).trim_end_matches(" %"))
}

/// Bounds further apart than the bins of a summary ever are.
fn wide(quantile: &Quantile) -> bool {
    quantile.high_ns > quantile.low_ns * 1.001
}

fn latency_text(quantile: &Quantile, whole: &ValueCounts, objective: &Objective) -> String {
    if wide(quantile) {
        let low = units::millis(quantile.lower_bound_millis());
        return if quantile.high_ns.is_finite() {
            format!("{low} to {}", units::millis(quantile.high_ns / 1e6))
        } else {
            format!("over {low}")
        };
    }
    let held = holds(whole, objective) == Some(Verdict::Met);
    judged_millis(quantile.millis(), objective.target.value.as_printed(), held)
}

/// Milliseconds beside a target in milliseconds: never reading as the target where it was missed, nor the other way.
pub(super) fn judged_millis(value: f64, target: f64, held: bool) -> String {
    let (scale, unit) = if value < 1_000.0 {
        (1.0, "ms")
    } else {
        (1_000.0, "s")
    };
    let decimals = if scale > 1.0 || value < 10.0 { 2 } else { 0 };
    let (value, target) = (value / scale, target / scale);
    let text = if held && value < target {
        // Rounded up it may read as the target; one decimal more keeps it apart.
        let rounded = units::judged(value, target, Direction::AtMost, held, decimals);
        if rounded.replace(',', "").parse() == Ok(target) {
            units::grouped(value, decimals + 2)
        } else {
            rounded
        }
    } else {
        units::judged(value, target, Direction::AtMost, held, decimals)
    };
    format!("{text} {unit}")
}
