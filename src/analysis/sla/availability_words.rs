//! A verdict on availability in sentences: the rule, what was assumed, and why it is what it is.

use super::arith::MILLION;
use super::availability::Judged;
use super::judge::Context;
use super::objective::{
    AvailabilityRule, DegradedPolicy, ExcludeAs, Grain, MissingPolicy, Objective,
};
use super::parts::Part;
use super::{ErrorBudget, ObjectiveResult, Verdict};
use crate::calendar::Period;
use crate::units::{self, Micros};

/// The rule in words.
pub(super) fn rule_words(objective: &Objective, parts: &[Part], open: bool) -> String {
    let percent = format!("{} of the time", objective.target.text());
    let allowance = objective.allowance.map(units::duration).unwrap_or_default();
    let mut words = match objective.rule {
        AvailabilityRule::Percent => percent,
        AvailabilityRule::Fixed => format!("at most {allowance} of downtime"),
        AvailabilityRule::Stricter => {
            format!("the stricter of {percent} and at most {allowance} of downtime")
        }
    };
    match objective.period {
        Grain::Rolling(length) if parts.len() > 1 => words.push_str(&format!(
            " in the {} up to the end of each month",
            units::duration(length)
        )),
        Grain::Rolling(_) => {
            if let Some(part) = parts.first() {
                words.push_str(&format!(" in {}", part.title));
            }
        }
        grain => words.push_str(&format!(" of each calendar {}", grain.words().0)),
    }
    if open {
        words.push_str(", so far against the budget of the whole period");
    }
    words
}

/// Says what policies decided about excluded, degraded and unknown time.
pub(super) fn note_policies(result: &mut ObjectiveResult, whole: &Judged, objective: &Objective) {
    let sums = whole.sums;
    let text = |micros: i128| units::duration(Micros(i64::try_from(micros).unwrap_or(i64::MAX)));
    if sums.excluded > 0 {
        let how = match objective.exclude_as {
            ExcludeAs::Removed => "taken out of the period",
            ExcludeAs::AsUptime => "counted as uptime",
        };
        let hidden = if sums.hidden_down > 0 {
            format!("; {} of downtime fell inside", text(sums.hidden_down))
        } else {
            String::new()
        };
        result.assumed.push(format!(
            "{} of maintenance and exclusions {how}{hidden}.",
            text(sums.excluded)
        ));
    }
    if sums.degraded > 0 {
        let how = match objective.degraded {
            DegradedPolicy::Up => "counts as up".to_owned(),
            DegradedPolicy::Down => "counts as down".to_owned(),
            DegradedPolicy::PartlyDown(share) => {
                format!("counts as down by {}", units::percent(share))
            }
        };
        result.assumed.push(format!(
            "{} of degraded service {how}.",
            text(sums.degraded)
        ));
    }
    if sums.unknown > 0 {
        let how = match objective.missing {
            MissingPolicy::Unknown => return,
            MissingPolicy::Up => "up",
            MissingPolicy::Down => "down",
        };
        result.assumed.push(format!(
            "{} about which nothing is known counts as {how}.",
            text(sums.unknown)
        ));
    }
}

/// Says how exactly checks at points in time know when outages began and ended.
pub(super) fn note_checks(result: &mut ObjectiveResult, whole: &Judged, spacing: Micros) {
    if whole.sums.down + whole.sums.degraded == 0 {
        return;
    }
    let text =
        |bad: i128| units::duration(Micros(i64::try_from(bad / MILLION).unwrap_or(i64::MAX)));
    result.assumed.push(format!(
        "Checks every {} know an outage to one check either side: between {} and {} of downtime.",
        units::duration(spacing),
        text(whole.least_bad),
        text(whole.most_bad - whole.undecided * MILLION)
    ));
}

/// Why it is what it is, where that needs saying.
#[expect(clippy::too_many_arguments, reason = "the sentence needs all of it")]
pub(super) fn reason_of(
    result: &ObjectiveResult,
    whole: &Judged,
    judged: &[Judged],
    parts: &[Part],
    budget: &ErrorBudget,
    percent_holds: bool,
    context: &Context<'_>,
    objective: &Objective,
) -> Option<String> {
    let broke: Vec<&str> = parts
        .iter()
        .zip(judged)
        .filter(|(_, j)| j.verdict == Verdict::Breached)
        .map(|(p, _)| p.title.as_str())
        .collect();
    let down = units::duration(Micros((whole.bad / MILLION) as i64));
    let allowed = units::duration(Micros((whole.allowed / MILLION) as i64));
    match result.verdict {
        Verdict::NoData if whole.window <= 0 && whole.sums.outside > 0 => {
            Some("No service hours fall into this period.".to_owned())
        }
        Verdict::NoData => Some("Nothing is known about this period.".to_owned()),
        Verdict::NotProven => {
            let empty = parts
                .iter()
                .zip(judged)
                .find(|(p, j)| j.verdict == Verdict::NoData && p.range.start < context.now);
            if let (Some((part, _)), true) = (empty, parts.len() > 1) {
                return Some(format!("Nothing is known about {}.", part.title));
            }
            let why = if whole.undecided > 0 {
                format!(
                    "Nothing is known about {} of the time",
                    units::duration(Micros(whole.undecided as i64))
                )
            } else {
                "Checks do not say when outages began and ended".to_owned()
            };
            Some(format!(
                "{why}: availability lies between {} and {}, on both sides of the target.",
                result
                    .worst
                    .map(|v| format!("{} %", units::grouped(v, 3)))
                    .unwrap_or_default(),
                result
                    .best
                    .map(|v| format!("{} %", units::grouped(v, 3)))
                    .unwrap_or_default(),
            ))
        }
        Verdict::Breached if parts.len() > 1 => {
            let all = if percent_holds {
                " although the whole period keeps to the percentage"
            } else {
                ""
            };
            Some(format!("Broken in {}{all}.", broke.join(", ")))
        }
        Verdict::Breached if percent_holds && objective.rule != AvailabilityRule::Percent => {
            Some(format!(
                "{} keeps to {}, but {down} of downtime is more than the allowance of {allowed}.",
                result.achieved_text, result.target_text
            ))
        }
        Verdict::Breached => Some(format!("{down} of downtime, {allowed} allowed.")),
        Verdict::Met => {
            let burn = budget.burn_rate.filter(|b| context.open && *b > 1.0)?;
            let when = budget.exhausted_at?.format(context.zone, "%-d %B %Y");
            Some(format!(
                "{down} of downtime so far is {} times what the elapsed time allows; at this rate the budget runs out on {when}.",
                units::number(burn)
            ))
        }
    }
}

/// An allowance is for a period of the calendar: over a rolling window that was asked for, the percentage alone decides,
/// and that is said.
pub(super) fn by_percent_only(
    context: &Context<'_>,
    objective: &Objective,
    assumed: &mut Vec<String>,
) -> Option<Objective> {
    let allowance = objective.allowance?;
    let calendar = matches!(
        objective.period,
        Grain::Month | Grain::Quarter | Grain::Year
    );
    if !calendar || !matches!(context.period, Period::Rolling { .. }) {
        return None;
    }
    assumed.push(format!(
        "The allowance of {} is for a calendar {}; {} are judged by the percentage alone.",
        units::duration(allowance),
        objective.period.words().0,
        context.period.title()
    ));
    Some(Objective {
        rule: AvailabilityRule::Percent,
        allowance: None,
        ..objective.clone()
    })
}
