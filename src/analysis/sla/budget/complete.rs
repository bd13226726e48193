//! What an error budget needs besides its sums: how it was used over time, when it ran out or will, and where it ends.

use super::super::excluded::without;
use super::super::judge::{Context, share_of};
use super::super::objective::{Objective, ThroughputMode};
use super::super::parts::parts;
use super::super::{ErrorBudget, ObjectiveKind, ObjectiveResult, SlaError, Slice, Verdict};
use super::evidence::stream;
use super::projection::{BudgetPoint, project};
use super::{Odds, Stream};
use crate::calendar::{Instant, TimeRange};
use crate::units::{Micros, Ppm};

/// Most points of a burn-down.
const POINTS: usize = 400;

/// Completes the budget of a result.
pub(in crate::analysis::sla) fn complete(
    context: &Context<'_>,
    objective: &Objective,
    result: &mut ObjectiveResult,
) -> Result<(), SlaError> {
    if result.budget.is_none() {
        result.budget = slices_budget(objective, result).or_else(|| no_budget(objective, result));
    }
    let Some(budget) = result.budget.as_mut() else {
        return Ok(());
    };
    if budget.total <= 0.0 {
        // Nothing is allowed: one bad unit is all of it, and there is no pace to divide by.
        budget.remaining_percent = if budget.used > 0.0 { 0.0 } else { 100.0 };
        budget.burn_rate = None;
    }
    let (list, _) = parts(context.period, objective.period, context.zone, context.now);
    let whole = match list.as_slice() {
        [one] => one.range,
        _ => context.range,
    };
    let passed = TimeRange {
        start: whole.start,
        end: whole.end.min(context.now),
    };
    if passed.start >= passed.end {
        return Ok(());
    }
    budget.as_of = Some(passed.end);
    // Durations are costly to count again by the minute; their days tell enough.
    let by_durations = matches!(
        objective.kind,
        ObjectiveKind::Latency | ObjectiveKind::ShareUnder
    );
    let counted = if budget.unit == "slices" || by_durations {
        None
    } else {
        stream(context, objective)?
            .filter(|s| close(s.inside(passed).0, budget.used))
            .map(|stream| burn_down(&stream, passed))
    };
    let points = match counted {
        Some(points) => points,
        None => by_slices(&budget.unit, &result.slice_list, passed),
    };
    if points.last().is_some_and(|p| close(p.used, budget.used)) {
        budget.burn_down = points;
    }
    ahead(context, objective, budget, whole, passed);
    Ok(())
}

/// The same amount, but for the rounding of steps at the edges.
fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= a.abs().max(b.abs()) * 0.01 + 1e-6
}

/// Slices that may break, where not all have to hold.
fn slices_budget(objective: &Objective, result: &ObjectiveResult) -> Option<ErrorBudget> {
    let sliced = matches!(
        objective.kind,
        ObjectiveKind::Utilisation | ObjectiveKind::Metric | ObjectiveKind::Latency
    ) || objective.kind == ObjectiveKind::Throughput
        && objective.mode == ThroughputMode::Floor;
    let tally = result
        .slices
        .filter(|_| sliced && objective.slices_required < Ppm::ONE)?;
    let measured = tally.met + tally.breached;
    let total = measured.saturating_sub(tally.required) as f64;
    let used = tally.breached as f64;
    (measured > 0).then(|| ErrorBudget {
        unit: "slices".to_owned(),
        total,
        used,
        remaining: total - used,
        remaining_percent: if total > 0.0 {
            100.0 * (total - used) / total
        } else {
            0.0
        },
        burn_rate: (total > 0.0).then(|| used / total),
        ..ErrorBudget::default()
    })
}

/// A target that allows nothing has a budget of nothing, once there was anything to count.
fn no_budget(objective: &Objective, result: &ObjectiveResult) -> Option<ErrorBudget> {
    let counted = result.good.unwrap_or_default() + result.bad.unwrap_or_default();
    let share = share_of(objective.target);
    let nothing_allowed = match objective.kind {
        ObjectiveKind::ErrorRate => share == Ppm(0),
        ObjectiveKind::Availability | ObjectiveKind::ShareUnder => share == Ppm::ONE,
        _ => false,
    };
    let used = result.bad.unwrap_or_default();
    (nothing_allowed && counted > 0.0).then(|| ErrorBudget {
        unit: "requests".to_owned(),
        used,
        remaining: -used,
        ..ErrorBudget::default()
    })
}

/// What was used at each change of pace; thinned out where there are many.
fn burn_down(stream: &Stream, passed: TimeRange) -> Vec<BudgetPoint> {
    let used = |at: Instant| BudgetPoint {
        at,
        used: stream
            .inside(TimeRange {
                start: passed.start,
                end: at,
            })
            .0,
    };
    let changes = stream.changes(passed);
    let mut points = vec![used(passed.start)];
    if changes.len() <= POINTS {
        points.extend(changes.iter().map(|at| used(Instant(*at))));
    } else {
        let step = passed.length().0 / POINTS as i64;
        points.extend((1..POINTS as i64).map(|i| used(passed.start.plus(Micros(i * step)))));
    }
    points.push(used(passed.end));
    points
}

fn by_slices(unit: &str, slices: &[Slice], passed: TimeRange) -> Vec<BudgetPoint> {
    let mut points = vec![BudgetPoint {
        at: passed.start,
        used: 0.0,
    }];
    let mut used = 0.0;
    for slice in slices {
        let cost = if unit == "slices" {
            f64::from(u8::from(slice.verdict == Verdict::Breached))
        } else {
            slice.bad as f64
        };
        if cost > 0.0 {
            points.push(BudgetPoint {
                at: slice.range.start,
                used,
            });
            used += cost;
            points.push(BudgetPoint {
                at: slice.range.end,
                used,
            });
        }
    }
    if points.last().is_some_and(|p| p.at < passed.end) {
        points.push(BudgetPoint {
            at: passed.end,
            used,
        });
    }
    points
}

/// Used at a time, by a burn-down.
fn used_at(points: &[BudgetPoint], at: Instant) -> f64 {
    let after = points.partition_point(|p| p.at <= at);
    let Some(before) = after.checked_sub(1).and_then(|i| points.get(i)) else {
        return 0.0;
    };
    let Some(next) = points.get(after) else {
        return before.used;
    };
    let share = Odds::new(
        i128::from(at.since(before.at).0),
        i128::from(next.at.since(before.at).0.max(1)),
    );
    before.used + (next.used - before.used) * share.value()
}

/// When a burn-down first came to an amount above zero.
fn reached(points: &[BudgetPoint], amount: f64) -> Option<Instant> {
    points.windows(2).find_map(|pair| {
        let [a, b] = pair else { return None };
        if b.used <= a.used || b.used < amount {
            return None;
        }
        let share = ((amount - a.used) / (b.used - a.used)).clamp(0.0, 1.0);
        let length = b.at.since(a.at).0 as f64;
        Some(a.at.plus(Micros((length * share).round() as i64)))
    })
}

/// The time in which something is promised: all of it, or service hours.
struct Served(Vec<TimeRange>);

impl Served {
    fn of(context: &Context<'_>, objective: &Objective, whole: TimeRange) -> Self {
        let hours = objective.service_hours.as_ref().filter(|h| !h.is_always());
        let outside = hours.map(|hours| hours.outside(whole, context.zone));
        Self(without(whole, &outside.unwrap_or_default()))
    }

    /// How much of it lies in a range.
    fn within(&self, range: TimeRange) -> Micros {
        let inside = self.0.iter().filter_map(|one| one.intersect(range));
        Micros(inside.map(|one| one.length().0).sum())
    }

    /// When so much of it has passed; the end where it never does.
    fn after(&self, length: Micros) -> Option<Instant> {
        let mut left = length;
        for one in &self.0 {
            if left <= one.length() {
                return Some(one.start.plus(left));
            }
            left = Micros(left.0 - one.length().0);
        }
        self.0.last().map(|one| one.end)
    }

    /// Days of service in a range: a day counts by the part of its own service time that lies inside.
    fn days(&self, context: &Context<'_>, range: TimeRange) -> f64 {
        let whole_days = context.zone.days(range).into_iter();
        whole_days
            .map(|(_, day)| (self.within(day), day.intersect(range)))
            .filter(|(all, _)| all.0 > 0)
            .filter_map(|(all, part)| Some(self.within(part?).as_secs() / all.as_secs()))
            .sum()
    }
}

/// When it ran out or will, and where an open period ends.
fn ahead(
    context: &Context<'_>,
    objective: &Objective,
    budget: &mut ErrorBudget,
    whole: TimeRange,
    passed: TimeRange,
) {
    let open = whole.start < context.now && context.now < whole.end;
    let served = Served::of(context, objective, whole);
    let all = served.within(whole);
    let share = served.within(passed).as_secs() / all.as_secs();
    if share.is_nan() || share <= 0.0 {
        // No service so far: nothing to draw out.
        return;
    }
    // A budget of requests grows with the traffic.
    let total = if budget.unit == "secs" {
        budget.total
    } else {
        budget.total / share
    };
    let mut ran_out = budget.exhausted_at.filter(|at| *at < passed.end);
    if ran_out.is_none() {
        ran_out = reached(&budget.burn_down, total);
    }
    budget.runs_out_at = ran_out;
    if !open {
        return;
    }
    if let (None, Some(burn)) = (ran_out, budget.burn_rate.filter(|b| *b > 1.0)) {
        let after = Micros((all.0 as f64 / burn).round() as i64);
        budget.runs_out_at = served.after(after).map(|at| at.max(context.now));
    }
    if budget.burn_down.is_empty() {
        return;
    }
    let days: Vec<f64> = context
        .zone
        .days(passed)
        .into_iter()
        .filter(|(_, day)| day.start >= passed.start && day.end <= passed.end)
        .filter(|(_, day)| served.within(*day).0 > 0)
        .map(|(_, day)| used_at(&budget.burn_down, day.end) - used_at(&budget.burn_down, day.start))
        .collect();
    let left = TimeRange {
        start: passed.end,
        end: whole.end,
    };
    let mut projected = project(
        budget.used,
        total,
        &days,
        served.days(context, passed),
        served.days(context, left),
    );
    if let Some(burn) = budget.burn_rate {
        // The pace is by what counts of the period: without what was excluded from it.
        let mid = burn * total;
        projected.mid = mid.max(budget.used);
        projected.low = projected.low.min(projected.mid);
        projected.high = projected.high.max(projected.mid);
    }
    budget.projected = Some(projected);
}
