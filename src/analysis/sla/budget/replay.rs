//! Replaying alerts over a judged period: burn alerts on the budgets, tiers on the values of each objective and of the
//! metrics that a file names.

use super::super::judge::{Context, JudgeParams, blank, context_of, judge_one};
use super::super::objective::{AvailabilityRule, AvailabilitySource, Grain, Objective};
use super::super::parts::parts;
use super::super::{ObjectiveKind, ObjectiveResult, SlaError, SlaFile, SlaReport};
use super::burn::{Stretch, replay as replay_burn};
use super::evidence::{allowed_share, stream};
use super::tiers::{
    AlertFiring, AlertReplay, AlertTier, is_watched, replay as replay_tier, tally, thresholds,
    written_thresholds,
};
use super::{AlertRule, BurnReplay, BurnTable, Odds, Stream};
use crate::calendar::TimeRange;
use crate::dataset::Dataset;
use crate::units::{self, Micros};
use crate::warning::Warnings;

/// Replays the alerts of a file over the period of a report that was judged with the same parameters, and adds what they
/// would have done to it. `tables` are the burn alerts to replay; none takes those of the file, or the usual one.
pub fn replay_alerts(
    dataset: &Dataset,
    file: &SlaFile,
    params: &JudgeParams,
    tables: &[BurnTable],
    report: &mut SlaReport,
) -> Result<(), SlaError> {
    let mut scratch = Warnings::default();
    let context = context_of(dataset, file, params, &mut scratch);
    let usual = [BurnTable::usual()];
    let tables = match (tables, file.burn_alerts.as_slice()) {
        ([], []) => usual.as_slice(),
        ([], own) => own,
        (chosen, _) => chosen,
    };
    for (objective, result) in file.objectives.iter().zip(&mut report.objectives) {
        if result.source_ids.is_empty() {
            continue;
        }
        let amounts = stream(&context, objective)?;
        let budget = result.budget.as_ref().map(|b| b.total);
        if let Some(amounts) = &amounts {
            let parts = stretches(&context, objective, amounts, budget);
            result.burn_alerts = tables
                .iter()
                .map(|table| replay_burn(amounts, table, &parts))
                .collect();
        }
        let rule = file
            .alerts
            .iter()
            .find(|r| r.objective.as_deref() == Some(objective.name.as_str()));
        result.alerts = if is_watched(objective) {
            Some(watched(&context, objective, rule)?)
        } else {
            amounts
                .as_ref()
                .filter(|_| objective.kind == ObjectiveKind::Availability)
                .map(|amounts| budget_tiers(&context, objective, amounts, budget))
        };
    }
    for rule in file.alerts.iter().filter(|r| r.objective.is_none()) {
        report.alerts.push(of_metric(&context, rule)?);
    }
    Ok(())
}

/// Lengths that divide a day.
const STEPS_MINUTES: [i64; 12] = [5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 480, 720];

/// The parts of the period that each have a budget of their own.
fn stretches(
    context: &Context<'_>,
    objective: &Objective,
    amounts: &Stream,
    budget: Option<f64>,
) -> Vec<Stretch> {
    let (list, _) = parts(context.period, objective.period, context.zone, context.now);
    let alone = budget.filter(|_| list.len() == 1);
    list.iter()
        .filter(|part| part.range.start < context.now)
        .map(|part| {
            let whole = part.range;
            let passed = TimeRange {
                start: whole.start,
                end: whole.end.min(context.now),
            };
            let mut allowed = allowed_share(objective);
            let by_time = objective.source == AvailabilitySource::Uptime
                && objective.kind == ObjectiveKind::Availability;
            let fixed = objective
                .allowance
                .filter(|_| by_time && objective.rule != AvailabilityRule::Percent)
                .map(|allowance| Odds::new(allowance.0.into(), whole.length().0.max(1).into()));
            if let Some(fixed) = fixed.filter(|f| {
                objective.rule == AvailabilityRule::Fixed || f.value() < allowed.value()
            }) {
                allowed = fixed;
            }
            let own = alone.unwrap_or_else(|| {
                let units = if by_time {
                    whole.length().as_secs()
                } else {
                    amounts.inside(passed).1
                };
                units * allowed.value()
            });
            Stretch {
                whole,
                passed,
                budget: own,
                allowed,
            }
        })
        .collect()
}

/// The step by which values are watched: five minutes for up to a month, coarser for longer periods.
fn step_for(range: TimeRange) -> Micros {
    match range.length().as_days() {
        days if days <= 35.0 => Micros(5 * Micros::MINUTE.0),
        days if days <= 100.0 => Micros(15 * Micros::MINUTE.0),
        _ => Micros::HOUR,
    }
}

/// An objective judged again in fine steps: their values, held against the thresholds of the tiers.
fn watched(
    context: &Context<'_>,
    objective: &Objective,
    rule: Option<&AlertRule>,
) -> Result<AlertReplay, SlaError> {
    let (result, step) = in_steps(context, objective)?;
    let limits = thresholds(objective, rule);
    let hold = rule.map_or(Micros(0), |r| r.hold);
    Ok(of_steps(&result, &limits, step, hold, &objective.name))
}

fn of_metric(context: &Context<'_>, rule: &AlertRule) -> Result<AlertReplay, SlaError> {
    let limits = written_thresholds(rule);
    let Some(first) = limits.first() else {
        return Ok(AlertReplay::default());
    };
    let mut objective = Objective::new(&rule.name, ObjectiveKind::Metric, first.limit, "");
    objective.scope.metric.clone_from(&rule.metric);
    let (result, step) = in_steps(context, &objective)?;
    Ok(of_steps(&result, &limits, step, rule.hold, &rule.name))
}

fn in_steps(
    context: &Context<'_>,
    objective: &Objective,
) -> Result<(ObjectiveResult, Micros), SlaError> {
    let step = step_for(context.range);
    let result = judged_by(context, objective, step)?;
    // Data that come by the hour say nothing of the minutes between.
    let known = || result.slice_list.iter().filter(|s| s.achieved.is_some());
    let mut gaps: Vec<i64> = known()
        .zip(known().skip(1))
        .map(|(a, b)| b.range.start.since(a.range.start).0)
        .collect();
    gaps.sort_unstable();
    let usual = gaps.get(gaps.len() / 2).copied().unwrap_or(step.0);
    let coarser = STEPS_MINUTES
        .into_iter()
        .map(|minutes| Micros(minutes * Micros::MINUTE.0))
        .find(|s| s.0 >= usual)
        .unwrap_or(Micros::DAY);
    if coarser <= step {
        return Ok((result, step));
    }
    Ok((judged_by(context, objective, coarser)?, coarser))
}

/// Judges an objective again, by slices of this length.
fn judged_by(
    context: &Context<'_>,
    objective: &Objective,
    step: Micros,
) -> Result<ObjectiveResult, SlaError> {
    let mut fine = objective.clone();
    fine.slice = Grain::Length(step);
    fine.min_samples = 0;
    fine.burst = None;
    // Availability by requests is judged by its period; its failures have steps.
    if fine.kind == ObjectiveKind::Availability {
        fine.period = Grain::Length(step);
    }
    let mut plain = context.clone();
    plain.history = false;
    judge_one(&plain, &fine, &mut Vec::new(), &mut Vec::new())
}

fn of_steps(
    result: &ObjectiveResult,
    limits: &[super::tiers::Threshold],
    step: Micros,
    hold: Micros,
    name: &str,
) -> AlertReplay {
    let known = result.slice_list.iter().filter(|s| s.achieved.is_some());
    let watched = Micros(known.map(|s| s.range.length().0).sum());
    let note = (watched.0 == 0).then(|| {
        result.reason.clone().unwrap_or_else(|| {
            format!(
                "Nothing is known of {name} in steps of {}",
                units::duration(step)
            )
        })
    });
    AlertReplay {
        name: name.to_owned(),
        source: result.source.clone(),
        unit: result.unit.clone(),
        step_secs: step.0 / 1_000_000,
        for_secs: hold.0 / 1_000_000,
        days: watched.as_days(),
        tiers: if note.is_some() {
            Vec::new()
        } else {
            limits
                .iter()
                .map(|limit| replay_tier(limit, &result.slice_list, &result.unit, hold, watched))
                .collect()
        },
        note,
    }
}

/// Availability has no values by the minute: its tiers are three quarters of the budget, and all of it. Each fires once a
/// part of the period, and lasts until that part ends.
fn budget_tiers(
    context: &Context<'_>,
    objective: &Objective,
    amounts: &Stream,
    budget: Option<f64>,
) -> AlertReplay {
    let parts = stretches(context, objective, amounts, budget);
    let watched = Micros(parts.iter().map(|p| p.passed.length().0).sum());
    let tier = |tier: AlertTier, share: f64, rule: &str| {
        let firings = parts
            .iter()
            .filter_map(|part| {
                let start = amounts.reaches(part.passed, part.budget * share)?;
                let used = amounts.inside(part.passed).0;
                Some(AlertFiring {
                    start,
                    end: part.passed.end,
                    secs: part.passed.end.since(start).0 / 1_000_000,
                    worst: (part.budget > 0.0).then(|| 100.0 * used / part.budget),
                })
            })
            .collect();
        tally(
            tier,
            100.0 * share,
            rule.to_owned(),
            false,
            firings,
            watched,
        )
    };
    AlertReplay {
        name: objective.name.clone(),
        source: blank(context, objective).scope,
        unit: "%".to_owned(),
        step_secs: 0,
        for_secs: 0,
        days: watched.as_days(),
        tiers: vec![
            tier(AlertTier::Warning, 0.75, "at 75 % of the budget"),
            tier(AlertTier::Critical, 1.0, "at all of the budget"),
        ],
        note: None,
    }
}

impl ObjectiveResult {
    /// The replay of a table, or of the first one where it was not replayed.
    pub fn burn_replay(&self, table: &str) -> Option<&BurnReplay> {
        self.burn_alerts
            .iter()
            .find(|r| r.table == table)
            .or(self.burn_alerts.first())
    }
}
