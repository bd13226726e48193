//! How serious each breach is, and how far it would have been escalated.
//!
//! Severity follows the tiers: *emergency* beyond the emergency threshold, *critical* beyond the critical one (the limit
//! itself where none is written), else *warning*. An outage is critical from the moment that the budget is gone.
//!
//! Escalation: a warning reaches the first level, a critical breach the second, an emergency the third; one level more
//! once it has lasted for more than an hour and more than three of the slices it is judged by. A promise reaches the
//! level of its worst breach, and one more where its budget is used twice or half of its slices broke.

use super::super::judge::Context;
use super::super::objective::{AvailabilitySource, Grain, Objective};
use super::super::series::kept;
use super::super::{Breach, Escalation, ObjectiveKind, ObjectiveResult, Verdict};
use super::tiers::{AlertTier, thresholds};
use crate::units::Micros;

/// Sets the severity and the level of each breach of an objective, and the level that the promise reaches.
pub(in crate::analysis::sla) fn grade(
    context: &Context<'_>,
    objective: &Objective,
    result: &mut ObjectiveResult,
    breaches: &mut [Breach],
) {
    let rule = context
        .file
        .alerts
        .iter()
        .find(|r| r.objective.as_deref() == Some(objective.name.as_str()));
    let limits = thresholds(objective, rule);
    let by_outages = objective.kind == ObjectiveKind::Availability
        && objective.source == AvailabilitySource::Uptime;
    for breach in breaches.iter_mut() {
        if let (Some(worst), false) = (breach.worst, by_outages) {
            let written_only = rule.and_then(|r| r.limit(AlertTier::Critical)).is_none()
                && objective.critical.is_some();
            let reached = limits
                .iter()
                .filter(|t| t.tier >= AlertTier::Critical && !kept(worst, &t.limit))
                // Whether a slice was beyond the critical limit was decided on whole counts.
                .filter(|t| !(written_only && t.tier == AlertTier::Critical))
                .map(|t| t.tier)
                .max();
            if let Some(tier) = reached {
                tier.word().clone_into(&mut breach.severity);
            }
        }
        let level = level_of(objective, breach);
        breach.escalation = named(objective, level);
    }
    if result.verdict != Verdict::Breached {
        return;
    }
    let highest = breaches.iter().map(|b| level_of(objective, b)).max();
    let twice = result
        .budget
        .as_ref()
        .is_some_and(|b| b.total > 0.0 && b.used >= 2.0 * b.total);
    let half = result
        .slices
        .is_some_and(|s| s.breached > 0 && s.breached >= s.met);
    let level = highest.unwrap_or(1) + usize::from(twice || half);
    result.escalation = named(objective, level);
}

/// The level of one breach, from 1 on.
fn level_of(objective: &Objective, breach: &Breach) -> usize {
    let by_tier = match breach.severity.as_str() {
        "emergency" => 3,
        "critical" => 2,
        _ => 1,
    };
    let slices = match objective.slice {
        Grain::Length(length) | Grain::Rolling(length) => length.0.saturating_mul(3),
        _ => Micros::DAY.0 * 3,
    };
    let outage = objective.kind == ObjectiveKind::Availability;
    let long = if outage {
        Micros::HOUR.0
    } else {
        slices.max(Micros::HOUR.0)
    };
    by_tier + usize::from(breach.end.since(breach.start).0 > long)
}

/// The level with its name; the highest one that there is.
fn named(objective: &Objective, level: usize) -> Option<Escalation> {
    let level = level.min(objective.escalation.len());
    Some(Escalation {
        level: u32::try_from(level).unwrap_or(1),
        name: objective.escalation.get(level.checked_sub(1)?)?.clone(),
    })
}
