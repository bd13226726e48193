//! Targets that change over time: which one is in force where, and how a result says so. A slice, and a part of a
//! period that is judged as a whole, is judged by the target in force when it begins. SEMANTICS "Targets over time".

use std::borrow::Cow;

use super::judge::Context;
use super::objective::{AvailabilitySource, Objective};
use super::parts::{parts, slices};
use super::{DatedTarget, ObjectiveKind, ObjectiveResult};
use crate::calendar::{Instant, Zone};

/// The objective as it is in force at an instant; as it is where nothing is promised yet.
pub(super) fn at<'o>(
    context: &Context<'_>,
    objective: &'o Objective,
    instant: Instant,
) -> Cow<'o, Objective> {
    objective
        .in_force(instant, context.zone)
        .unwrap_or(Cow::Borrowed(objective))
}

/// The instant from which something is promised.
pub(super) fn promised_from(objective: &Objective, zone: &Zone) -> Instant {
    objective
        .dated
        .first()
        .and_then(|first| first.from)
        .map_or(Instant(i64::MIN), |day| zone.start_of_day(day))
}

/// Where the last thing begins that is judged by itself: a slice, or a part of the period.
fn last_start(context: &Context<'_>, objective: &Objective) -> Instant {
    let by_parts = objective.kind == ObjectiveKind::Availability
        && objective.source == AvailabilitySource::Uptime;
    let starts: Vec<Instant> = if by_parts {
        parts(context.period, objective.period, context.zone, context.now)
            .0
            .iter()
            .map(|p| p.range.start)
            .filter(|start| *start < context.now)
            .collect()
    } else if objective.kind == ObjectiveKind::Availability {
        slices(context.passed(), objective.period, context.zone)
            .iter()
            .map(|s| s.start)
            .collect()
    } else {
        slices(context.passed(), objective.slice, context.zone)
            .iter()
            .map(|s| s.start)
            .collect()
    };
    starts.last().copied().unwrap_or(context.range.start)
}

/// The objective as it stands at the end of what is judged, or why nothing is promised there.
pub(super) fn headline<'o>(
    context: &Context<'_>,
    objective: &'o Objective,
) -> Result<Cow<'o, Objective>, String> {
    if objective.dated.is_empty() {
        return Ok(Cow::Borrowed(objective));
    }
    objective
        .in_force(last_start(context, objective), context.zone)
        .ok_or_else(|| {
            let first = promised_from(objective, context.zone);
            format!("Nothing is promised before {}.", day(first, context))
        })
}

fn day(at: Instant, context: &Context<'_>) -> String {
    at.format(context.zone, "%-d %B %Y")
}

/// Names the target in force, and those that were in force earlier in the period.
pub(super) fn note(context: &Context<'_>, objective: &Objective, result: &mut ObjectiveResult) {
    let zone = context.zone;
    let last = last_start(context, objective);
    let begins = |d: &DatedTarget| d.from.map(|day| zone.start_of_day(day));
    let mut known = objective
        .dated
        .iter()
        .filter(|d| begins(d).is_none_or(|from| from <= last));
    let Some(current) = known.next_back() else {
        return;
    };
    if let Some(from) = begins(current) {
        let counted = current.from_text.contains(' ');
        let written = if counted {
            format!(", {}", current.from_text)
        } else {
            String::new()
        };
        result.rule.push_str(&format!(
            "; this target holds since {}{written}",
            day(from, context)
        ));
        if from > context.range.start {
            for earlier in known.rev() {
                result
                    .rule
                    .push_str(&format!(", before that {}", earlier.target.text()));
                if begins(earlier).is_none_or(|from| from <= context.range.start) {
                    break;
                }
            }
        }
    }
    let first = promised_from(objective, zone);
    if first > context.range.start {
        result.assumed.push(format!(
            "Nothing is promised before {}; what lies before does not count.",
            day(first, context)
        ));
    }
}
