//! The breaches into which the broken slices of a promise merge.

use super::Breach;
use super::judge::Context;
use super::objective::Objective;
use super::sliced::{Cut, Fate, inside};

/// Merges neighbouring broken slices. `share` gives the share of the error budget that bad units are worth.
pub(super) fn breaches(
    context: &Context<'_>,
    objective: &Objective,
    cuts: &[Cut],
    text: &dyn Fn(f64) -> String,
    share: &dyn Fn(u64) -> Option<f64>,
) -> Vec<Breach> {
    let lower_is_worse = objective.target.direction == crate::units::Direction::AtLeast;
    let mut list: Vec<(Breach, u64)> = Vec::new();
    for cut in inside(cuts, context.range).filter(|c| c.fate == Fate::Breached) {
        let severity = if cut.critical { "critical" } else { "warning" };
        match list.last_mut() {
            Some((last, bad)) if last.end == cut.range.start => {
                last.end = cut.range.end;
                last.worst = match (last.worst, cut.achieved) {
                    (Some(a), Some(b)) if lower_is_worse => Some(a.min(b)),
                    (Some(a), Some(b)) => Some(a.max(b)),
                    (a, b) => a.or(b),
                };
                if cut.critical {
                    last.severity = severity.to_owned();
                }
                *bad += cut.bad;
            }
            _ => list.push((
                Breach {
                    objective: objective.name.clone(),
                    start: cut.range.start,
                    end: cut.range.end,
                    secs: 0,
                    worst: cut.achieved,
                    worst_text: String::new(),
                    severity: severity.to_owned(),
                    budget_share: None,
                    note: String::new(),
                    escalation: None,
                },
                cut.bad,
            )),
        }
    }
    list.into_iter()
        .map(|(mut breach, bad)| {
            breach.secs = breach.end.since(breach.start).0 / 1_000_000;
            breach.worst_text = breach.worst.map(text).unwrap_or_default();
            breach.budget_share = share(bad);
            breach
        })
        .collect()
}
