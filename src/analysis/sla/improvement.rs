//! Improvements and regressions: a figure against that of a baseline, by the same statistic on both sides.
//!
//! The rule is on the figures themselves; `headroom compare` gives the intervals of a change between two runs. Where a
//! side has too few samples, or where two error rates could differ by chance, nothing is proven.

use super::arith::{MILLION, between, billionths, compare, wilson};
use super::baseline::{
    Side, change, change_text, latest_run, on_side, reference, resolve, text_of,
};
use super::durations::judged_millis;
use super::file::DegradationPolicy;
use super::judge::{Context, blank};
use super::measure::{Figure, figure, subject};
use super::objective::{Grain, Limit, Objective, Quantity};
use super::parts::{Part, months};
use super::{
    BaselineFigure, BaselineRef, Measure, ObjectiveKind, ObjectiveResult, SlaError, SubPeriod,
    Verdict,
};
use crate::calendar::Period;
use crate::dataset::Role;
use crate::units::{self, Direction};

/// By how much a figure may, or has to, differ from its baseline: a fraction of integers.
fn ratio(objective: &Objective) -> (i128, i128) {
    let lower = objective.target.direction == Direction::AtMost;
    let improvement = objective.kind == ObjectiveKind::Improvement;
    // A figure that falls: less where less is better and asked for, or more is better and some loss is allowed.
    let falls = lower == improvement;
    match objective.target.value {
        Quantity::Share(size) if falls => (MILLION - i128::from(size.0), MILLION),
        Quantity::Share(size) => (MILLION + i128::from(size.0), MILLION),
        Quantity::Value(times) if falls => (MILLION, i128::from(times).max(1)),
        Quantity::Value(times) => (i128::from(times), MILLION),
        _ => (MILLION, MILLION),
    }
}

/// `now ≤ then · ratio`, or `≥` where more is better, in integers.
fn holds(now: (i128, i128), then: (i128, i128), objective: &Objective) -> bool {
    let (num, den) = ratio(objective);
    let left = now.0.saturating_mul(then.1).saturating_mul(den);
    let right = then.0.saturating_mul(now.1).saturating_mul(num);
    match objective.target.direction {
        Direction::AtMost => compare(left, right, objective.target.strict),
        Direction::AtLeast => compare(right, left, objective.target.strict),
    }
}

/// The change that is asked for or allowed, in words: `at least 30 % below`.
fn relation(objective: &Objective) -> String {
    let lower = objective.target.direction == Direction::AtMost;
    let improvement = objective.kind == ObjectiveKind::Improvement;
    let side = if lower == improvement {
        "below"
    } else {
        "above"
    };
    let how = if improvement { "at least" } else { "at most" };
    match objective.target.value {
        Quantity::Value(times) => {
            let times = units::number(times as f64 / 1e6);
            match (improvement, lower) {
                (true, false) => format!("at least {times} times"),
                (true, true) => format!("at most one in {times} of"),
                (false, true) => format!("at most {times} times"),
                (false, false) => format!("at least one in {times} of"),
            }
        }
        size => format!("{how} {} {side}", size.text()),
    }
}

/// Whether two error rates could be the same and differ by chance: their 95 % intervals overlap.
fn by_chance(now: &Figure, then: &Figure) -> bool {
    let interval = |f: &Figure| f.counts.and_then(|(bad, total)| wilson(bad, total));
    match (interval(now), interval(then)) {
        (Some(a), Some(b)) => a.0 <= b.1 && b.0 <= a.1,
        _ => false,
    }
}

/// The verdict on two figures, and why nothing is proven.
fn verdict(now: &Figure, then: &Figure, objective: &Objective) -> (Verdict, Option<String>) {
    let unproven = |why: &str| (Verdict::NotProven, Some(why.to_owned()));
    let held = holds(now.exact, then.exact, objective);
    if !now.enough || !then.enough {
        return unproven("There are too few samples on one side to compare them.");
    }
    if then.exact.0 == 0 && objective.target.direction == Direction::AtLeast {
        return unproven("The baseline is zero, so there is nothing to compare with.");
    }
    if now.bounds.is_some() || then.bounds.is_some() {
        let ends = |f: &Figure| f.bounds.unwrap_or((f.value, f.value));
        let (a, b) = (ends(now), ends(then));
        let one =
            |now: f64, then: f64| holds((billionths(now), 1), (billionths(then), 1), objective);
        let (low, high) = (
            one(a.0.min(a.1), b.0.max(b.1)),
            one(a.0.max(a.1), b.0.min(b.1)),
        );
        let verdict = between(low || high, low && high);
        let why = (verdict == Verdict::NotProven).then(|| {
            "The figures are known to their buckets only, and these do not decide it.".to_owned()
        });
        return (verdict, why);
    }
    let improvement = objective.kind == ObjectiveKind::Improvement;
    if held == improvement && then.exact.0 > 0 && by_chance(now, then) {
        return unproven(
            "So few requests failed that the difference could be chance: the 95 % intervals of both rates overlap.",
        );
    }
    (between(held, held), None)
}

/// A figure beside the one it was judged by, never reading as it where it failed.
fn judged_text(value: f64, target: f64, unit: &str, direction: Direction, held: bool) -> String {
    if unit == "ms" && direction == Direction::AtMost {
        return judged_millis(value, target, held);
    }
    let decimals = match value.abs() {
        size if size >= 100.0 || size == 0.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 1.0 => 2,
        _ => 4,
    };
    let number = units::judged(value, target, direction, held, decimals);
    match unit {
        "" => number,
        "/s" => format!("{number}/s"),
        unit => format!("{number} {unit}"),
    }
}

/// Which sides are compared: the baseline in words, the baseline, and what it is compared with.
fn sides(
    context: &Context<'_>,
    objective: &Objective,
    reference: &str,
) -> Result<(String, Side, Side), String> {
    let (name, then) = resolve(context, objective, reference)?;
    let now = match &then {
        Side::Run(run) => {
            Side::Run(latest_run(context, objective, Some(run)).ok_or_else(|| {
                format!(
                    "There is no load test in {} to compare with {name}.",
                    context.period.title()
                )
            })?)
        }
        _ => Side::Now,
    };
    if then == Side::Period(context.period) {
        return Err(format!("{name} cannot be compared with itself."));
    }
    Ok((name, then, now))
}

/// Both figures: what is now, and what was then.
fn figures(
    context: &Context<'_>,
    objective: &Objective,
    then: Option<&Side>,
    now: &Side,
) -> Result<(Option<Figure>, Option<Figure>), SlaError> {
    let roles: &[Role] = match now {
        Side::Run(_) => &[Role::Test],
        _ => &[Role::Production, Role::Test],
    };
    let mut alone = None;
    for role in roles {
        let at = |side: &Side| on_side(context, side, Some(*role), |c| figure(c, objective, *role));
        let then = then.map(at).transpose()?.flatten();
        let now = at(now)?;
        if now.is_some() {
            return Ok((now, then));
        }
        alone = alone.or(then);
    }
    Ok((None, alone))
}

/// Judges an improvement or a regression; in a quarter or a year each month by itself as well.
pub(super) fn judge(
    context: &Context<'_>,
    objective: &Objective,
) -> Result<ObjectiveResult, SlaError> {
    let mut result = judge_whole(context, objective)?;
    let there: Vec<Part> = months(context.period, context.zone)
        .into_iter()
        .filter(|month| month.range.start < context.now)
        .collect();
    for month in there {
        let Ok(period) = Period::parse(&month.name) else {
            continue;
        };
        let own = on_side(context, &Side::Period(period), None, |there| {
            judge_whole(there, objective)
        })?;
        result.periods.push(SubPeriod {
            name: month.name,
            verdict: own.verdict,
            achieved: own.achieved,
        });
    }
    // A promise for a month is broken in a quarter if any of its months broke it; a month without data does not speak.
    let told: Vec<&SubPeriod> = result
        .periods
        .iter()
        .filter(|p| p.verdict != Verdict::NoData)
        .collect();
    if objective.period == Grain::Month && !told.is_empty() {
        let broke: Vec<&str> = told
            .iter()
            .filter(|p| p.verdict == Verdict::Breached)
            .map(|p| p.name.as_str())
            .collect();
        let verdict = Verdict::together(told.iter().map(|p| p.verdict));
        if !broke.is_empty() {
            let whole = result.reason.take().unwrap_or_default();
            let text = format!("Broken in {}. {whole}", broke.join(", "));
            result.reason = Some(text.trim_end().to_owned());
        }
        result.verdict = verdict;
    }
    Ok(result)
}

/// Judges a period as a whole.
pub(super) fn judge_whole(
    context: &Context<'_>,
    objective: &Objective,
) -> Result<ObjectiveResult, SlaError> {
    let mut result = blank(context, objective);
    let what = subject(objective);
    result.rule = format!("{what} {} the baseline", relation(objective));
    result.target = None;
    result.direction = objective.target.direction;
    result.unit = String::new();
    let reference = reference(context, objective);
    let (name, now, then) = match &reference {
        Some((BaselineRef::Figure { value, .. }, called)) => {
            let (now, _) = figures(context, objective, None, &Side::Now)?;
            let value = value.as_printed();
            let then = Figure {
                value,
                exact: (billionths(value), 1),
                enough: true,
                unit: now.as_ref().map(|f| f.unit.clone()).unwrap_or_default(),
                ..Figure::default()
            };
            let called = called.clone();
            let called = called.unwrap_or_else(|| "what was written down".to_owned());
            (called, now, Some(then))
        }
        Some((BaselineRef::Named(reference), _)) => match sides(context, objective, reference) {
            Ok((name, then, now)) => {
                let (now, then) = figures(context, objective, Some(&then), &now)?;
                (name, now, then)
            }
            Err(why) => {
                result.reason = Some(why);
                return Ok(result);
            }
        },
        None => return Ok(result),
    };
    let unit = now
        .as_ref()
        .or(then.as_ref())
        .map(|f| f.unit.clone())
        .unwrap_or_default();
    result.unit.clone_from(&unit);
    result.baseline = Some(BaselineFigure {
        name: name.clone(),
        value: then.as_ref().map(|f| f.value),
        text: then
            .as_ref()
            .map_or_else(|| "–".to_owned(), |f| text_of(f.value, &unit)),
        n: then.as_ref().map_or(0, |f| f.n),
        change: change(
            then.as_ref().map(|f| f.value),
            now.as_ref().map(|f| f.value),
        ),
    });
    if let Some(then) = &then {
        let (num, den) = ratio(objective);
        let target = then.value * num as f64 / den as f64;
        result.target = Some(target);
        let sign = match objective.target.direction {
            Direction::AtMost => "at most",
            Direction::AtLeast => "at least",
        };
        let found = now.as_ref().and_then(|f| f.subject.clone());
        let what = found.unwrap_or(what.clone());
        result.rule = format!(
            "{what} {} that of {name}: {} there, so {sign} {} here",
            relation(objective),
            text_of(then.value, &unit),
            text_of(target, &unit)
        );
    }
    if let Some(now) = &now {
        result.achieved = Some(now.value);
        result.achieved_text = text_of(now.value, &unit);
        result.source.clone_from(&now.source);
        result.source_ids.clone_from(&now.source_ids);
        result.n = now.n;
    }
    match (&now, &then) {
        (Some(now), Some(then)) if now.unit != then.unit => {
            result.verdict = Verdict::NotProven;
            result.reason = Some(format!(
                "The figures are in \"{}\" and \"{}\" and cannot be compared.",
                now.unit, then.unit
            ));
        }
        (Some(now), Some(then)) => conclude(objective, now, then, &mut result),
        (Some(_), None) => {
            result.verdict = Verdict::NotProven;
            result.reason = Some(format!("{name} has no data for {what}."));
        }
        (None, _) => {
            result.reason = Some(format!(
                "{} has no data for {what}.",
                context.period.title()
            ));
        }
    }
    Ok(result)
}

fn conclude(objective: &Objective, now: &Figure, then: &Figure, result: &mut ObjectiveResult) {
    let (verdict, why) = verdict(now, then, objective);
    result.verdict = verdict;
    result.verdict_without_exclusions = None;
    result.reason = why;
    let held = holds(now.exact, then.exact, objective);
    if let Some(target) = result.target {
        result.achieved_text = judged_text(
            now.value,
            target,
            &result.unit,
            objective.target.direction,
            held,
        );
    }
    let changed = result.baseline.as_ref().and_then(|b| b.change);
    if let (Verdict::Breached, Some(change)) = (verdict, changed) {
        result.reason = Some(format!(
            "{} became {}: {}.",
            text_of(then.value, &result.unit),
            result.achieved_text,
            change_text(change)
        ));
    }
    if objective.kind == ObjectiveKind::Regression && verdict != Verdict::NotProven {
        result.assumed.push(
            "The figures themselves are compared; headroom compare gives the interval of a change between two runs.".to_owned(),
        );
    }
}

/// The policy on degradation as promises that are none: latency P95 and error rate against the period before.
pub(super) fn degradation(policy: &DegradationPolicy) -> Vec<Objective> {
    let target = Limit {
        value: Quantity::Share(policy.threshold),
        direction: Direction::AtMost,
        strict: false,
    };
    [
        ("Degradation of latency", Measure::Latency),
        ("Degradation of the error rate", Measure::ErrorRate),
    ]
    .map(|(name, measure)| Objective {
        measure,
        baseline: Some(BaselineRef::Named("previous".to_owned())),
        ..Objective::new(
            name,
            ObjectiveKind::Regression,
            target,
            &units::percent(policy.threshold),
        )
    })
    .into()
}

/// What people are told when the policy on degradation is reached.
pub(super) fn told(policy: &DegradationPolicy, result: &ObjectiveResult) -> Option<String> {
    let baseline = result
        .baseline
        .as_ref()
        .filter(|_| result.verdict == Verdict::Breached)?;
    let after = match policy.notification.as_str() {
        "" => String::new(),
        text => format!(" People are told after {}.", text.replace('_', " ")),
    };
    Some(format!(
        "{}: {} against {} in {} ({}), more than the {} of the policy.{after}",
        result.name,
        result.achieved_text,
        baseline.text,
        baseline.name,
        baseline.change.map(change_text).unwrap_or_default(),
        units::percent(policy.threshold)
    ))
}
