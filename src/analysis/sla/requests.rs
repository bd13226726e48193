//! Error rate and availability by requests, from the counters of runs; both are shares of failed requests.

use super::arith::{bad_share_kept, between, good_share_kept};
use super::judge::{Context, blank, share_of};
use super::objective::{Limit, Objective, Quantity};
use super::select::Picker;
use super::sliced::{Cut, Fate, Grid, Twice, finish};
use super::sliced_breaches::breaches;
use super::sources::{PickedRun, ids, runs, words};
use super::{
    Breach, ErrorBudget, ObjectiveKind, ObjectiveResult, SlaError, Verdict, dated, error_series,
    rolling, tool_summary,
};
use crate::calendar::TimeRange;
use crate::dataset::query::SliceCounts;
use crate::dataset::{Role, Source};
use crate::units::{self, Direction, Ppm};

/// Where the figure of the whole says something else than the slices do, the count of slices stands beside it.
pub(super) fn contradiction(result: &mut ObjectiveResult, whole: Option<Verdict>) {
    if let (Some(tally), true) = (result.slices, whole != Some(result.verdict)) {
        let measured = tally.met + tally.breached;
        if measured > 1 && matches!(result.verdict, Verdict::Met | Verdict::Breached) {
            result
                .achieved_text
                .push_str(&format!(", {} of {measured} held", tally.met));
        }
    }
}

/// A budget counted in requests.
pub(super) fn request_budget(allowed: f64, used: u64) -> Option<ErrorBudget> {
    (allowed > 0.0).then(|| ErrorBudget {
        unit: "requests".to_owned(),
        total: allowed,
        used: used as f64,
        remaining: allowed - used as f64,
        remaining_percent: 100.0 * (allowed - used as f64) / allowed,
        burn_rate: Some(used as f64 / allowed),
        ..ErrorBudget::default()
    })
}

/// Requests and failures of one slice.
#[derive(Clone, Copy, Debug, Default)]
struct Counted {
    total: u64,
    bad: u64,
}

fn run_counts(picked: &[PickedRun<'_>], grid: &Grid) -> Result<Vec<Counted>, SlaError> {
    let mut sums = vec![Counted::default(); grid.slices.len()];
    for one in picked {
        let counts: Vec<SliceCounts> = one.run.counts(&one.labels, &grid.cells)?;
        for (slot, cells) in sums.iter_mut().zip(grid.by_slice(counts)) {
            for cell in cells {
                slot.total += cell.count;
                slot.bad += cell.errors;
            }
        }
    }
    Ok(sums)
}

/// Judges the share of failed requests, slice by slice.
pub(super) fn judge_errors(
    context: &Context<'_>,
    objective: &Objective,
    out: &mut Vec<Breach>,
) -> Result<ObjectiveResult, SlaError> {
    let mut result = blank(context, objective);
    let mut picker = Picker::default();
    let grids = Twice::grids(context, objective, &mut result);
    let mut silent = false;
    for role in [Role::Production, Role::Test] {
        let mut picked = runs(context, objective, role, &mut picker)?;
        let before = picked.len();
        picked.retain(|p| !p.run.outcomes_unknown);
        silent |= picked.len() < before;
        if picked.is_empty() {
            if error_series::judge(context, objective, role, &grids, &mut result, out)? {
                return Ok(result);
            }
            continue;
        }
        let sources: Vec<&Source> = picked.iter().map(|p| p.source).collect();
        result.source = words("failed requests", &sources, role);
        result.source_ids = ids(&sources);
        picker.note(objective, &mut result.assumed);
        let limit = share_of(objective.target);
        let kept = |counted: &Counted, limit: &Limit| {
            bad_share_kept(
                i128::from(counted.bad),
                i128::from(counted.total),
                share_of(*limit),
                limit.strict,
            )
        };
        let cut_all = |grid: &Grid, counts: &[Counted]| -> Vec<Cut> {
            grid.slices
                .iter()
                .zip(counts)
                .enumerate()
                .map(|(index, (range, counted))| {
                    let fate = if grid.taken_out(index) {
                        Fate::Excluded
                    } else if counted.total == 0 {
                        Fate::Nothing
                    } else if counted.total < objective.min_samples {
                        Fate::TooFew
                    } else if kept(counted, &dated::at(context, objective, range.start).target) {
                        Fate::Met
                    } else {
                        Fate::Breached
                    };
                    Cut {
                        range: *range,
                        fate,
                        achieved: (counted.total > 0)
                            .then(|| 100.0 * counted.bad as f64 / counted.total as f64),
                        n: counted.total,
                        bad: counted.bad,
                        critical: objective
                            .critical
                            .as_ref()
                            .is_some_and(|c| counted.total > 0 && !kept(counted, c)),
                    }
                })
                .collect()
        };
        let twice = grids.try_map(|grid| Ok(cut_all(grid, &run_counts(&picked, grid)?)))?;
        let cuts = &twice.left;
        let sum_of = |range: TimeRange| {
            cuts.iter()
                .filter(|c| c.range.start >= range.start && c.range.end <= range.end)
                .fold(Counted::default(), |sum, c| Counted {
                    total: sum.total + c.n,
                    bad: sum.bad + c.bad,
                })
        };
        let percent = |counted: Counted| {
            (counted.total > 0).then(|| 100.0 * counted.bad as f64 / counted.total as f64)
        };
        let whole = sum_of(context.range);
        result.n = whole.total;
        result.good = Some((whole.total - whole.bad) as f64);
        result.bad = Some(whole.bad as f64);
        result.achieved = percent(whole);
        let held = kept(&whole, &objective.target);
        result.achieved_text = result.achieved.map_or_else(
            || "–".to_owned(),
            |v| units::judged_percent(v, limit.as_percent(), Direction::AtMost, held),
        );
        result.rule = format!("{} of requests fail", objective.target.text());
        if let Some(critical) = &objective.critical {
            result
                .rule
                .push_str(&format!(", critical beyond {}", critical.value.text()));
        }
        let allowed = whole.total as f64 * limit.0 as f64 / 1e6;
        result.budget = request_budget(allowed, whole.bad);
        note_low_traffic(cuts, context, limit, objective, &mut result);
        let share = |bad: u64| (allowed > 0.0).then(|| bad as f64 / allowed);
        let text = |value: f64| format!("{} %", units::number(value));
        let figure_of = |range: TimeRange| percent(sum_of(range));
        finish(
            context,
            objective,
            &grids.left,
            &twice,
            &figure_of,
            &mut result,
        );
        contradiction(&mut result, (whole.total > 0).then(|| between(held, held)));
        out.extend(breaches(context, objective, cuts, &text, &share));
        return Ok(result);
    }
    if !tool_summary::judge(context, objective, &grids, &mut picker, &mut result, out) {
        result.reason = Some(if silent {
            "The file does not say which requests failed (it holds no response codes).".to_owned()
        } else {
            picker.nothing(objective)
        });
    }
    Ok(result)
}

/// Says how many broken slices had so few requests that one failure breaks them, and what few samples are worth.
fn note_low_traffic(
    cuts: &[Cut],
    context: &Context<'_>,
    limit: Ppm,
    objective: &Objective,
    result: &mut ObjectiveResult,
) {
    let low: Vec<&Cut> = cuts
        .iter()
        .filter(|c| context.range.contains(c.range.start) && c.fate == Fate::Breached)
        .filter(|c| i128::from(c.n) * i128::from(limit.0) < 1_000_000)
        .collect();
    let Some(first) = low.first() else { return };
    let wilson = super::arith::wilson(first.bad, first.n)
        .map(|(lo, hi)| {
            format!(
                " ({} of {} could mean anything from {} to {})",
                first.bad,
                first.n,
                units::percent_of(lo),
                units::percent_of(hi)
            )
        })
        .unwrap_or_default();
    result.assumed.push(format!(
        "{} of the broken {} had so few requests that one failure breaks {}{wilson}; min_samples leaves such {} out.",
        low.len(),
        objective.slice.words().1,
        objective.target.value.text(),
        objective.slice.words().1,
    ));
}

/// Availability as the share of successful requests. It has no minutes, only counts.
pub(super) fn judge_availability(
    context: &Context<'_>,
    objective: &Objective,
    out: &mut Vec<Breach>,
) -> Result<ObjectiveResult, SlaError> {
    if let Some(result) = rolling::judge(context, objective, out)? {
        return Ok(result);
    }
    // The same arithmetic as an error rate whose slice is the whole promise.
    let target = share_of(objective.target);
    let mut errors = objective.clone();
    errors.kind = ObjectiveKind::ErrorRate;
    errors.slice = objective.period;
    let failed = |limit: Limit| Limit {
        value: Quantity::Share(Ppm(1_000_000 - share_of(limit).0)),
        direction: Direction::AtMost,
        strict: limit.strict,
    };
    errors.target = failed(errors.target);
    for dated in &mut errors.dated {
        dated.target = failed(dated.target);
    }
    let mut result = judge_errors(context, &errors, out)?;
    let flip = |value: &mut Option<f64>| *value = value.map(|v| 100.0 - v);
    flip(&mut result.achieved);
    for part in result.periods.iter_mut().chain(&mut result.history) {
        flip(&mut part.achieved);
    }
    for slice in &mut result.slice_list {
        flip(&mut slice.achieved);
    }
    for breach in out.iter_mut() {
        flip(&mut breach.worst);
        breach.worst_text = breach
            .worst
            .map(|v| format!("{} %", units::grouped(v, 3)))
            .unwrap_or_default();
    }
    let held = result.good.zip(result.bad).is_some_and(|(good, bad)| {
        good_share_kept(
            bad as i128,
            good as i128 + bad as i128,
            target,
            objective.target.strict,
        )
    });
    result.kind = ObjectiveKind::Availability;
    result.direction = Direction::AtLeast;
    result.target = Some(target.as_percent());
    result.rule = rolling::rule(objective);
    if let Some(achieved) = result.achieved {
        result.achieved_text =
            units::judged_percent(achieved, target.as_percent(), Direction::AtLeast, held);
    }
    Ok(result)
}
