//! The stream of bad and of all units behind an objective, from the same sources as its verdict: outages to the
//! microsecond, requests by the minute (or the step in which they were counted).

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::DataType;

use super::super::excluded::{Uncounted, holds};
use super::super::judge::{Context, share_of};
use super::super::objective::{
    AvailabilitySource, DegradedPolicy, ExcludeAs, MissingPolicy, Objective, Quantity,
};
use super::super::select::Picker;
use super::super::sources::runs;
use super::super::timeline::{ServicesTold, pieces_of, tables_of, uptime_sources};
use super::super::{ObjectiveKind, Rollup, SlaError, buckets, error_series};
use super::{Odds, Stream};
use crate::calendar::{Instant, TimeRange};
use crate::dataset::{DatasetError, Role, RunSummary, State};
use crate::units::{Micros, Ppm};

/// How far windows may look back beyond the beginning of a period.
const LOOK_BACK: Micros = Micros(35 * Micros::DAY.0);

/// Requests are counted in thousandths, so that parts of a step are whole numbers.
const PER_REQUEST: i128 = 1_000;

/// Bad and all units by the start of the step, in seconds since the epoch.
type Steps = BTreeMap<i64, (i128, i128)>;

/// The share of bad units that the target allows.
pub(super) fn allowed_share(objective: &Objective) -> Odds {
    let ppm = match objective.kind {
        ObjectiveKind::ErrorRate => share_of(objective.target),
        ObjectiveKind::Latency => Ppm(1_000_000 - objective.percentile.0),
        _ => Ppm(1_000_000 - share_of(objective.target).0),
    };
    Odds::new(i128::from(ppm.0), 1_000_000)
}

/// The stream of an objective; `None` where it has no budget in seconds or requests, or no data.
pub(super) fn stream(
    context: &Context<'_>,
    objective: &Objective,
) -> Result<Option<Stream>, SlaError> {
    // The lowest of several services, or their weighted mean, has no one stream of its own.
    if !objective.scope.services.is_empty() && objective.rollup != Rollup::AllUp {
        return Ok(None);
    }
    let stream = match objective.kind {
        ObjectiveKind::Availability if objective.source == AvailabilitySource::Uptime => {
            outages(context, objective)
        }
        ObjectiveKind::Availability | ObjectiveKind::ErrorRate => errors(context, objective)?,
        ObjectiveKind::Latency | ObjectiveKind::ShareUnder => slow(context, objective)?,
        _ => None,
    };
    Ok(stream.filter(|s| !s.is_empty()))
}

fn looked_at(context: &Context<'_>) -> TimeRange {
    TimeRange {
        start: context.range.start.plus(Micros(-LOOK_BACK.0)),
        end: context.range.end.min(context.now),
    }
}

fn outages(context: &Context<'_>, objective: &Objective) -> Option<Stream> {
    let (sources, _) = uptime_sources(context, objective);
    if sources.is_empty() {
        return None;
    }
    let tables = tables_of(&sources);
    let range = looked_at(context);
    let services = ServicesTold::of(context, objective, &tables);
    let services = services.states(&tables, range, context.now);
    let none = Uncounted::of(context, objective, range, &mut Vec::new());
    let mut stream = Stream::new(1e6, Micros(0));
    for piece in pieces_of(&services, &none, range) {
        if piece.outside {
            continue;
        }
        let length = i128::from(piece.range.length().0);
        let (bad, all) = if piece.excluded() {
            match objective.exclude_as {
                ExcludeAs::Removed => continue,
                ExcludeAs::AsUptime => (0, length),
            }
        } else {
            let policy = (objective.missing, objective.degraded);
            match (piece.plain(), policy) {
                (State::Unknown | State::Maintenance, (MissingPolicy::Unknown, _)) => continue,
                (State::Degraded, (_, DegradedPolicy::PartlyDown(share))) => {
                    (length * i128::from(share.0) / 1_000_000, length)
                }
                (State::Down, _)
                | (State::Degraded, (_, DegradedPolicy::Down))
                | (State::Unknown | State::Maintenance, (MissingPolicy::Down, _)) => {
                    (length, length)
                }
                _ => (0, length),
            }
        };
        stream.push(piece.range, bad, all);
    }
    Some(stream)
}

/// Steps as a stream, without those that begin in a window that does not count.
fn of_steps(steps: &Steps, step_secs: i64, none: &Uncounted, range: TimeRange) -> Stream {
    let step = Micros::from_secs(step_secs.max(1));
    let mut stream = Stream::new(PER_REQUEST as f64, step);
    for (second, (bad, all)) in steps {
        let start = Instant::from_secs(*second);
        let end = start.plus(step).min(range.end);
        if range.contains(start) && !holds(&none.excluded, start) && !holds(&none.outside, start) {
            stream.push(TimeRange { start, end }, *bad, *all);
        }
    }
    stream
}

fn errors(context: &Context<'_>, objective: &Objective) -> Result<Option<Stream>, SlaError> {
    let range = looked_at(context);
    let none = Uncounted::of(context, objective, range, &mut Vec::new());
    let mut picker = Picker::default();
    for role in [Role::Production, Role::Test] {
        let mut picked = runs(context, objective, role, &mut picker)?;
        picked.retain(|p| !p.run.outcomes_unknown);
        if !picked.is_empty() {
            let mut steps = Steps::new();
            for one in &picked {
                count_errors(one.run, &one.labels, range, &mut steps)?;
            }
            return Ok(Some(of_steps(&steps, 60, &none, range)));
        }
        if let Some((steps, step_secs)) =
            error_series::steps(context, objective, role, PER_REQUEST)?
        {
            return Ok(Some(of_steps(&steps, step_secs, &none, range)));
        }
    }
    Ok(None)
}

/// Requests and failures of a run by the minute, in one pass over its counters.
fn count_errors(
    run: &RunSummary,
    labels: &[u16],
    range: TimeRange,
    steps: &mut Steps,
) -> Result<(), DatasetError> {
    let column = |name: &str| -> Result<Vec<i64>, DatasetError> {
        let column = run.counters.column(name)?.cast(&DataType::Int64)?;
        Ok(column.i64()?.into_no_null_iter().collect())
    };
    let (seconds, labels_of) = (column("second")?, column("label")?);
    let (outcomes, counts) = (column("outcome")?, column("count")?);
    let wanted: BTreeSet<i64> = labels.iter().map(|l| i64::from(*l)).collect();
    let (first, last) = (range.start.secs(), range.end.secs());
    let rows = seconds.iter().zip(&labels_of).zip(&outcomes).zip(&counts);
    for (((second, label), outcome), count) in rows {
        if *second < first || *second > last || !wanted.contains(label) {
            continue;
        }
        let amount = i128::from(*count) * PER_REQUEST;
        let step = steps.entry(second.div_euclid(60) * 60).or_default();
        step.1 += amount;
        if *outcome != 0 {
            step.0 += amount;
        }
    }
    Ok(())
}

/// Requests that took longer than the limit, against all.
fn slow(context: &Context<'_>, objective: &Objective) -> Result<Option<Stream>, SlaError> {
    let limit = objective.threshold.as_ref().unwrap_or(&objective.target);
    let Quantity::Duration(bound) = limit.value else {
        return Ok(None);
    };
    let limit_ns = bound
        .0
        .saturating_mul(1_000)
        .saturating_sub(i64::from(limit.strict));
    let range = looked_at(context);
    let none = Uncounted::of(context, objective, range, &mut Vec::new());
    let mut picker = Picker::default();
    for role in [Role::Production, Role::Test] {
        let mut picked = runs(context, objective, role, &mut picker)?;
        picked.retain(|p| !p.run.counts_only);
        let mut steps = Steps::new();
        if !picked.is_empty() {
            let step_secs = picked.iter().map(|p| p.run.bucket_secs).fold(60, i64::max);
            for one in &picked {
                let Some(span) = range.intersect(one.span) else {
                    continue;
                };
                let slices = aligned(span, step_secs);
                let counts = one.run.durations(&one.labels, &slices, objective.outcome)?;
                for (slice, counts) in slices.iter().zip(counts) {
                    let total = counts.total();
                    if total > 0 {
                        let slow = total - counts.at_most(limit_ns).0;
                        let step = steps.entry(slice.start.secs()).or_default();
                        step.0 += i128::from(slow) * PER_REQUEST;
                        step.1 += i128::from(total) * PER_REQUEST;
                    }
                }
            }
            return Ok(Some(of_steps(&steps, step_secs, &none, range)));
        }
        let picked = buckets::pick(context, objective, role, &mut picker)?;
        if !picked.is_empty() {
            let step_secs = buckets::slow_steps(&picked, limit_ns, PER_REQUEST, &mut steps)?;
            return Ok(Some(of_steps(&steps, step_secs, &none, range)));
        }
    }
    Ok(None)
}

/// Steps of equal length over a range, aligned to the epoch as the buckets of runs are.
fn aligned(range: TimeRange, step_secs: i64) -> Vec<TimeRange> {
    let first = range.start.secs().div_euclid(step_secs);
    let last = range.end.secs().div_euclid(step_secs);
    (first..=last)
        .map(|index| index * step_secs)
        .map(|second| TimeRange {
            start: Instant::from_secs(second),
            end: Instant::from_secs(second + step_secs),
        })
        .collect()
}
