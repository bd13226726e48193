//! Error rates on metric series: a ratio as the monitoring system gives it, or failed requests over all requests.

use std::collections::BTreeMap;

use super::arith::{MILLION, between, billionths, compare};
use super::judge::{Context, blank, share_of};
use super::objective::{Limit, Objective};
use super::requests::{contradiction, request_budget};
use super::select::{fits, speaks_for};
use super::series::{
    Picked, describe, events, is_requests, keep_first_name, name_of, pick, slice_values,
};
use super::sliced::{Cut, Fate, Grid, Twice, finish};
use super::sliced_breaches::breaches;
use super::{Breach, ObjectiveResult, SlaError, dated};
use crate::calendar::TimeRange;
use crate::dataset::{Role, Series, SeriesInfo, SeriesKind};
use crate::units::{self, Direction};

/// Bad and all of a slice, in billionths of the same thing.
type Pair = (i128, i128);

/// Bad and all by the start of their step in seconds since the epoch, and the length of a step in seconds.
type Steps = (BTreeMap<i64, Pair>, i64);

/// What the share is taken from.
enum Evidence {
    /// Series in percent once multiplied by their factor.
    Ratios(Vec<(Series, f64)>),
    /// Failed requests, all requests.
    Counts(Vec<Series>, Vec<Series>),
}

impl Evidence {
    fn pairs(&self, grid: &Grid) -> Vec<Option<Pair>> {
        match self {
            Self::Ratios(series) => {
                let mut pairs: Vec<Pair> = vec![(0, 0); grid.slices.len()];
                for (one, factor) in series {
                    for (pair, values) in pairs.iter_mut().zip(slice_values(one, grid)) {
                        for value in values {
                            pair.0 += billionths(value * factor);
                            pair.1 += 100_000_000_000;
                        }
                    }
                }
                pairs
                    .into_iter()
                    .map(|pair| (pair.1 > 0).then_some(pair))
                    .collect()
            }
            Self::Counts(bad, all) => sums(all, grid)
                .into_iter()
                .zip(sums(bad, grid))
                .map(|(all, bad)| Some((bad.unwrap_or(0), all.filter(|a| *a > 0)?)))
                .collect(),
        }
    }

    const fn counts_requests(&self) -> bool {
        matches!(self, Self::Counts(..))
    }
}

/// Events of several series in each slice.
fn sums(list: &[Series], grid: &Grid) -> Vec<Option<i128>> {
    let mut sums: Vec<Option<i128>> = vec![None; grid.slices.len()];
    for series in list {
        let values = slice_values(series, grid);
        for ((sum, slice), values) in sums.iter_mut().zip(&grid.slices).zip(values) {
            if let Some(events) = events(series, &values, slice.length()) {
                *sum = Some(sum.unwrap_or(0) + events);
            }
        }
    }
    sums
}

fn is_error(info: &SeriesInfo) -> bool {
    let name = info.name.to_lowercase();
    name.contains("error") || name.contains("fail") || name.contains("5xx") || is_error_code(info)
}

fn is_error_code(info: &SeriesInfo) -> bool {
    ["code", "status", "status_code", "response_code"]
        .iter()
        .filter_map(|key| info.labels.get(*key))
        .any(|value| value.starts_with('5'))
}

/// Percent in which a ratio series is given: by its unit, or by its name where all values lie within 0..=1.
fn ratio_factor(series: &Series) -> Option<f64> {
    let name = series.info.name.to_lowercase();
    match series.info.unit.as_str() {
        "%" => Some(1.0),
        "" if name.contains("ratio") || name.contains("rate") => {
            let unit_range = series.values.iter().all(|v| (0.0..=1.0).contains(v));
            unit_range.then_some(100.0)
        }
        _ if name.contains("percent") || name.contains("pct") => Some(1.0),
        _ => None,
    }
}

/// What there is to go by in a role, described in `result`.
fn evidence(
    context: &Context<'_>,
    objective: &Objective,
    role: Role,
    result: &mut ObjectiveResult,
) -> Result<Option<Evidence>, SlaError> {
    let wanted = |info: &SeriesInfo| {
        let pattern = objective.scope.metric.as_deref();
        pattern.is_none_or(|p| fits(p, &info.name) || fits(p, &info.display_name()))
            && speaks_for(&info.display_name(), objective, context.file)
    };
    let mut ratios = pick(context, objective, role, |info| {
        is_error(info) && wanted(info) && info.unit != "/s"
    })?;
    ratios.retain(|p| ratio_factor(&p.series).is_some());
    if keep_first_name(&mut ratios, context.range).is_some() {
        describe(&ratios, role, result);
        result.assumed.push(
            "The share of failed requests of a slice is the mean of the series' values, which are not weighted by requests."
                .to_owned(),
        );
        let series = ratios
            .into_iter()
            .filter_map(|p| ratio_factor(&p.series).map(|factor| (p.series, factor)))
            .collect();
        return Ok(Some(Evidence::Ratios(series)));
    }
    let mut all = pick(context, objective, role, |info| {
        is_requests(info)
            && !is_error(info)
            && speaks_for(&info.display_name(), objective, context.file)
    })?;
    let name = keep_first_name(&mut all, context.range);
    let mut bad = pick(context, objective, role, |info| {
        is_error(info)
            && wanted(info)
            && (info.unit == "/s" || info.kind != SeriesKind::Gauge)
            && (!is_error_code(info) || Some(&info.name) == name.as_ref())
    })?;
    // Failures of one file are no share of the requests of another, where both files tell of both.
    let tells = |list: &[Picked<'_>], one: &Picked<'_>| {
        let id = &one.source.info.source_id;
        list.iter().any(|p| &p.source.info.source_id == id)
    };
    if bad.iter().any(|p| tells(&all, p)) {
        bad.retain(|p| tells(&all, p));
        all.retain(|p| tells(&bad, p));
    }
    if all.is_empty() || bad.is_empty() {
        return Ok(None);
    }
    describe(&bad, role, result);
    result.source = format!("{} over {}", result.source, name_of(&all));
    let by_code = bad.iter().any(|p| is_error_code(&p.series.info));
    let bad: Vec<Series> = bad.into_iter().map(|p| p.series).collect();
    let mut all: Vec<Series> = all.into_iter().map(|p| p.series).collect();
    if by_code {
        all.extend(bad.iter().cloned());
    }
    Ok(Some(Evidence::Counts(bad, all)))
}

/// Seconds between the points of a series: as its source says, else their mean distance.
fn step_of(series: &Series) -> Option<f64> {
    let (first, last) = (series.times.first()?, series.times.last()?);
    let told = series.info.step_secs.filter(|s| *s > 0.0);
    told.or_else(|| {
        let steps = series.times.len().checked_sub(1).filter(|n| *n > 0)?;
        Some(last.since(*first).as_secs() / steps as f64)
    })
}

/// Bad and all by the step in which they fell, in `unit`s of a request (of a percent of a step, where only a ratio is
/// known). `None` where there are no such series.
pub(super) fn steps(
    context: &Context<'_>,
    objective: &Objective,
    role: Role,
    unit: i128,
) -> Result<Option<Steps>, SlaError> {
    let mut scratch = blank(context, objective);
    let Some(evidence) = evidence(context, objective, role, &mut scratch)? else {
        return Ok(None);
    };
    let lists: Vec<(&Series, f64, bool)> = match &evidence {
        Evidence::Ratios(list) => list.iter().map(|(s, f)| (s, *f, true)).collect(),
        Evidence::Counts(bad, all) => {
            let bad = bad.iter().map(|s| (s, 1.0, true));
            bad.chain(all.iter().map(|s| (s, 1.0, false))).collect()
        }
    };
    let step_secs = lists
        .iter()
        .filter_map(|(series, ..)| step_of(series))
        .fold(1.0, f64::max);
    let step_secs = (step_secs.round() as i64).max(1);
    let mut steps: BTreeMap<i64, Pair> = BTreeMap::new();
    for (series, factor, is_bad) in lists {
        let own_step = step_of(series).unwrap_or(step_secs as f64);
        let weight = match (&evidence, series.info.kind) {
            (Evidence::Counts(..), SeriesKind::Count) | (Evidence::Ratios(_), _) => 1.0,
            _ => own_step,
        };
        for (time, value) in series.times.iter().zip(&series.values) {
            let amount = (value * factor * weight * unit as f64).round() as i128;
            let step = steps
                .entry(time.secs().div_euclid(step_secs) * step_secs)
                .or_default();
            if is_bad {
                step.0 += amount;
            } else {
                step.1 += amount;
            }
            if !evidence.counts_requests() {
                step.1 += 100 * unit;
            }
        }
    }
    Ok(Some((steps, step_secs)))
}

/// Judges an error rate on series. Returns whether there were any.
pub(super) fn judge(
    context: &Context<'_>,
    objective: &Objective,
    role: Role,
    grids: &Twice<Grid>,
    result: &mut ObjectiveResult,
    out: &mut Vec<Breach>,
) -> Result<bool, SlaError> {
    let Some(evidence) = evidence(context, objective, role, result)? else {
        return Ok(false);
    };
    let requests_known = evidence.counts_requests();
    let within = |pair: Pair, limit: &Limit| {
        compare(
            pair.0 * MILLION,
            pair.1 * i128::from(share_of(*limit).0),
            limit.strict,
        )
    };
    let percent = |pair: Pair| 100.0 * pair.0 as f64 / pair.1 as f64;
    let whole_number = |billionths: i128| u64::try_from(billionths / 1_000_000_000).unwrap_or(0);
    let cuts_of = |grid: &Grid| -> Vec<Cut> {
        grid.slices
            .iter()
            .zip(evidence.pairs(grid))
            .enumerate()
            .map(|(index, (range, pair))| {
                let n = pair.map_or(0, |p| whole_number(p.1));
                let fate = match pair {
                    _ if grid.taken_out(index) => Fate::Excluded,
                    None => Fate::Nothing,
                    Some(_) if requests_known && n < objective.min_samples => Fate::TooFew,
                    Some(pair)
                        if within(pair, &dated::at(context, objective, range.start).target) =>
                    {
                        Fate::Met
                    }
                    Some(_) => Fate::Breached,
                };
                Cut {
                    range: *range,
                    fate,
                    achieved: pair.map(percent),
                    n: if requests_known { n } else { n / 100 },
                    bad: if requests_known {
                        pair.map_or(0, |p| whole_number(p.0))
                    } else {
                        0
                    },
                    critical: pair.is_some_and(|p| {
                        objective.critical.as_ref().is_some_and(|c| !within(p, c))
                    }),
                }
            })
            .collect()
    };
    let twice = grids.map(cuts_of);
    let (grid, cuts) = (&grids.left, &twice.left);
    let pairs = evidence.pairs(grid);
    let sum_of = |range: TimeRange| {
        let inside = grid
            .slices
            .iter()
            .zip(&pairs)
            .filter(|(s, _)| s.start >= range.start && s.end <= range.end);
        inside
            .filter_map(|(_, p)| *p)
            .reduce(|a, b| (a.0 + b.0, a.1 + b.1))
    };
    result.rule = format!("{} of requests fail", objective.target.text());
    let whole = sum_of(context.range);
    let held = whole.is_some_and(|p| within(p, &objective.target));
    if let Some(pair) = whole {
        result.achieved = Some(percent(pair));
        result.achieved_text = units::judged_percent(
            percent(pair),
            share_of(objective.target).as_percent(),
            Direction::AtMost,
            held,
        );
        if requests_known {
            result.bad = Some(pair.0 as f64 / 1e9);
            result.good = Some((pair.1 - pair.0) as f64 / 1e9);
            let allowed = pair.1 as f64 / 1e9 * share_of(objective.target).as_fraction();
            result.budget = request_budget(allowed, whole_number(pair.0));
        }
    }
    result.n = cuts
        .iter()
        .filter(|c| context.range.contains(c.range.start))
        .map(|c| c.n)
        .sum();
    let text = |value: f64| format!("{} %", units::number(value));
    finish(
        context,
        objective,
        grid,
        &twice,
        &|range| sum_of(range).map(percent),
        result,
    );
    contradiction(result, whole.map(|_| between(held, held)));
    let allowed = result.budget.as_ref().map(|b| b.total);
    let share = |bad: u64| allowed.map(|a| bad as f64 / a);
    out.extend(breaches(context, objective, cuts, &text, &share));
    Ok(true)
}
