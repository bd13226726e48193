//! Several services as one: the worst, the union of their outages, or weighted by traffic. The figures of the services
//! stay beside the whole. SEMANTICS "Rolling up services".

use std::collections::BTreeSet;

use super::arith::{MILLION, between, compare};
use super::baseline::{Side, on_side};
use super::judge::{Context, blank, judge_kind, share_of};
use super::objective::{AvailabilitySource, Objective, ObjectiveScope};
use super::parts::months;
use super::select::{Picker, fits};
use super::series::{events, is_requests, keep_first_name, pick};
use super::sources::runs;
use super::{
    Breach, Conflict, ErrorBudget, ObjectiveKind, ObjectiveResult, Rollup, ServicePart, SlaError,
    SubPeriod, Verdict,
};
use crate::calendar::Period;
use crate::dataset::Role;
use crate::units::{self, Direction, Ppm};

impl ObjectiveScope {
    /// Whether the rows and sources of a service belong to a promise over several; a source that names none does.
    pub(super) fn covers(&self, service: &str) -> bool {
        self.services.is_empty()
            || service.is_empty()
            || self.services.iter().any(|pattern| fits(pattern, service))
    }
}

/// The services of a promise: those that are named, and those in the data that fit a pattern.
pub(super) fn services(context: &Context<'_>, objective: &Objective) -> Vec<String> {
    let mut names: BTreeSet<String> = objective
        .scope
        .services
        .iter()
        .filter(|s| !s.contains('*'))
        .cloned()
        .collect();
    let mut add = |service: &str| {
        let known = names.iter().any(|n| n.eq_ignore_ascii_case(service));
        if !service.is_empty() && !known && objective.scope.covers(service) {
            names.insert(service.to_owned());
        }
    };
    for source in context.sources(objective) {
        add(&source.info.scope.service);
        for row in source.uptime.iter().flat_map(|t| &t.rows) {
            add(&row.service);
        }
    }
    let wanted = context.scope.service.as_deref();
    names
        .into_iter()
        .filter(|name| wanted.is_none_or(|w| w.eq_ignore_ascii_case(name)))
        .collect()
}

fn of_service(objective: &Objective, service: &str) -> Objective {
    let mut own = objective.clone();
    own.scope.services.clear();
    own.scope.service = Some(service.to_owned());
    own
}

/// A service with its own judgement.
struct Judged {
    service: String,
    result: ObjectiveResult,
    breaches: Vec<Breach>,
    conflicts: Vec<Conflict>,
}

fn each(
    context: &Context<'_>,
    objective: &Objective,
    names: &[String],
) -> Result<Vec<Judged>, SlaError> {
    names
        .iter()
        .map(|service| {
            let own = of_service(objective, service);
            let (mut breaches, mut conflicts) = (Vec::new(), Vec::new());
            let mut result = judge_kind(context, &own, &mut breaches, &mut conflicts)?;
            super::interval::add(&own, &mut result);
            Ok(Judged {
                service: service.clone(),
                result,
                breaches,
                conflicts,
            })
        })
        .collect()
}

/// Judges a promise over several services.
pub(super) fn judge(
    context: &Context<'_>,
    objective: &Objective,
    breaches: &mut Vec<Breach>,
    conflicts: &mut Vec<Conflict>,
) -> Result<ObjectiveResult, SlaError> {
    let names = services(context, objective);
    if names.is_empty() {
        let mut result = blank(context, objective);
        result.reason = Some(format!(
            "No service among the data fits {}.",
            objective.scope.services.join(", ")
        ));
        return Ok(result);
    }
    let judged = each(context, objective, &names)?;
    let by_time = objective.kind == ObjectiveKind::Availability
        && objective.source == AvailabilitySource::Uptime;
    let parts: Vec<ServicePart> = judged
        .iter()
        .map(|j| ServicePart {
            service: j.service.clone(),
            verdict: j.result.verdict,
            achieved: j.result.achieved,
            achieved_text: j.result.achieved_text.clone(),
            good: j.result.good,
            bad: j.result.bad,
            requests: None,
        })
        .collect();
    let many = match names.len() {
        1 => "one service".to_owned(),
        n => format!("{n} services"),
    };
    let mut result = match objective.rollup {
        Rollup::Worst => {
            worst(judged, breaches, conflicts).unwrap_or_else(|| blank(context, objective))
        }
        // The judges take the services of the scope together: outages as their union, requests as one pool.
        Rollup::AllUp => judge_kind(context, objective, breaches, conflicts)?,
        Rollup::Weighted if !by_time => {
            let mut result = judge_kind(context, objective, breaches, conflicts)?;
            result
                .rule
                .push_str(&format!(", over the requests of {many} together"));
            result
        }
        Rollup::Weighted => weighted(context, objective, judged, breaches)?,
    };
    if result.parts.is_empty() {
        result.parts = parts;
    }
    objective.name.clone_into(&mut result.name);
    let mut scope = blank(context, objective).scope;
    if scope == "everything" {
        scope.clear();
    } else {
        scope = format!("; {scope}");
    }
    result.scope = format!("{many}: {}{scope}", names.join(", "));
    Ok(result)
}

/// How bad a figure is, larger is worse.
fn badness(result: &ObjectiveResult, achieved: Option<f64>) -> f64 {
    achieved.map_or(f64::NEG_INFINITY, |v| match result.direction {
        Direction::AtMost => v,
        Direction::AtLeast => -v,
    })
}

const fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::NoData => 0,
        Verdict::Met => 1,
        Verdict::NotProven => 2,
        Verdict::Breached => 3,
    }
}

/// The result of the worst service stands for all.
fn worst(
    mut judged: Vec<Judged>,
    breaches: &mut Vec<Breach>,
    conflicts: &mut Vec<Conflict>,
) -> Option<ObjectiveResult> {
    let n = judged.len();
    let verdict = Verdict::together(judged.iter().map(|j| j.result.verdict));
    let without = judged
        .iter()
        .map(|j| j.result.verdict_without_exclusions)
        .collect::<Option<Vec<Verdict>>>()
        .map(Verdict::together);
    let lists = |list: fn(&ObjectiveResult) -> &Vec<SubPeriod>| combined(&judged, list);
    let (periods, history) = (lists(|r| &r.periods), lists(|r| &r.history));
    let with = |verdict: Verdict| -> Vec<String> {
        judged
            .iter()
            .filter(|j| j.result.verdict == verdict)
            .map(|j| match j.result.achieved {
                Some(_) => format!("{} ({})", j.service, j.result.achieved_text),
                None => j.service.clone(),
            })
            .collect()
    };
    let (broken, silent) = (with(Verdict::Breached), with(Verdict::NoData));
    for one in &mut judged {
        for mut breach in std::mem::take(&mut one.breaches) {
            breach.note = if breach.note.is_empty() {
                one.service.clone()
            } else {
                format!("{}: {}", one.service, breach.note)
            };
            breaches.push(breach);
        }
        for conflict in std::mem::take(&mut one.conflicts) {
            if !conflicts.contains(&conflict) {
                conflicts.push(conflict);
            }
        }
    }
    judged.sort_by(|a, b| {
        let key = |j: &Judged| {
            (
                rank(j.result.verdict),
                badness(&j.result, j.result.achieved),
            )
        };
        let (a_key, b_key) = (key(a), key(b));
        b_key
            .0
            .cmp(&a_key.0)
            .then(b_key.1.total_cmp(&a_key.1))
            .then(a.service.cmp(&b.service))
    });
    let mut judged = judged.into_iter();
    let first = judged.next()?;
    let mut result = first.result;
    result
        .source_ids
        .extend(judged.flat_map(|j| j.result.source_ids));
    result.source_ids.sort();
    result.source_ids.dedup();
    result.verdict = verdict;
    result.verdict_without_exclusions = without;
    result.periods = periods;
    result.history = history;
    if n > 1 {
        result
            .rule
            .push_str(&format!(", for the worst of {n} services"));
        result.assumed.insert(
            0,
            format!("The figures are those of {}, the worst.", first.service),
        );
    }
    if verdict == Verdict::Breached {
        let why = result.reason.take().unwrap_or_default();
        let all = format!("Broken by {}", broken.join(", "));
        result.reason = Some(if why.is_empty() {
            format!("{all}.")
        } else {
            format!("{all}. {}: {why}", first.service)
        });
    } else if verdict == Verdict::NotProven && !silent.is_empty() {
        result.reason = Some(format!("There are no data for {}.", silent.join(", ")));
    }
    Some(result)
}

/// For each month the verdict on all services, and the figure of the worst.
fn combined(judged: &[Judged], list: fn(&ObjectiveResult) -> &Vec<SubPeriod>) -> Vec<SubPeriod> {
    let Some(first) = judged.first() else {
        return Vec::new();
    };
    list(&first.result)
        .iter()
        .enumerate()
        .map(|(index, month)| {
            let all: Vec<&SubPeriod> = judged
                .iter()
                .filter_map(|j| list(&j.result).get(index))
                .collect();
            let worse = all.iter().filter_map(|p| p.achieved).reduce(|a, b| {
                if badness(&first.result, Some(a)) >= badness(&first.result, Some(b)) {
                    a
                } else {
                    b
                }
            });
            SubPeriod {
                name: month.name.clone(),
                verdict: Verdict::together(all.iter().map(|p| p.verdict)),
                achieved: worse,
            }
        })
        .collect()
}

/// Requests of a service in what has passed of the period: of production, else of tests; else of a request series.
fn traffic(context: &Context<'_>, objective: &Objective, service: &str) -> Result<u64, SlaError> {
    let mut own = of_service(objective, service);
    own.scope.class = None;
    own.scope.label = None;
    let passed = context.passed();
    for role in [Role::Production, Role::Test] {
        let mut total = 0;
        for one in runs(context, &own, role, &mut Picker::default())? {
            for counts in one.run.counts(&one.labels, &[passed])? {
                total += counts.count;
            }
        }
        if total > 0 {
            return Ok(total);
        }
        let mut series = pick(context, &own, role, is_requests)?;
        keep_first_name(&mut series, context.range);
        let billionths: i128 = series
            .iter()
            .filter_map(|p| {
                let values = p.series.within(passed).values;
                events(&p.series, &values, passed.length())
            })
            .sum();
        if billionths > 0 {
            return Ok(u64::try_from(billionths / 1_000_000_000).unwrap_or(0));
        }
    }
    Ok(0)
}

/// Shares of bad time are kept to this part of one.
const FINE: i128 = 1_000_000_000_000;

/// The share of bad time of a service, in 10⁻¹².
fn bad_share(result: &ObjectiveResult) -> Option<i128> {
    let micros = |secs: f64| (secs * 1e6).round() as i128;
    let (good, bad) = (micros(result.good?), micros(result.bad?));
    (good + bad > 0).then(|| bad * FINE / (good + bad))
}

/// Availability by time, each service weighted by its requests.
fn weighted(
    context: &Context<'_>,
    objective: &Objective,
    judged: Vec<Judged>,
    breaches: &mut Vec<Breach>,
) -> Result<ObjectiveResult, SlaError> {
    let mut result = blank(context, objective);
    result.rule = format!(
        "{} of the time of each calendar {}, services weighted by their requests",
        objective.target.text(),
        objective.period.words().0
    );
    let (mut bad, mut least, mut most, mut all) = (0_i128, 0_i128, 0_i128, 0_i128);
    let mut lacking: Vec<String> = Vec::new();
    let mut bounded = false;
    for one in judged {
        let requests = traffic(context, objective, &one.service)?;
        let weight = i128::from(requests);
        result.source.clone_from(&one.result.source);
        result
            .source_ids
            .extend(one.result.source_ids.iter().cloned());
        for assumed in &one.result.assumed {
            if !result.assumed.contains(assumed) {
                result.assumed.push(assumed.clone());
            }
        }
        match bad_share(&one.result) {
            Some(share) if requests > 0 => {
                let end = |percent: Option<f64>| {
                    percent.map_or(share, |p| ((100.0 - p) * 1e10).round() as i128)
                };
                let open = one.result.best != one.result.worst;
                bounded |= open;
                bad += weight * share;
                least += weight * if open { end(one.result.best) } else { share };
                most += weight * if open { end(one.result.worst) } else { share };
                all += weight;
            }
            Some(_) => lacking.push(format!("no requests are known for {}", one.service)),
            None => lacking.push(format!(
                "there are no outages or checks for {}",
                one.service
            )),
        }
        breaches.extend(one.breaches.into_iter().map(|mut breach| {
            breach.note = if breach.note.is_empty() {
                one.service.clone()
            } else {
                format!("{}: {}", one.service, breach.note)
            };
            // A share of a budget that is not this promise's.
            breach.budget_share = None;
            breach
        }));
        result.parts.push(ServicePart {
            service: one.service,
            verdict: one.result.verdict,
            achieved: one.result.achieved,
            achieved_text: one.result.achieved_text,
            good: one.result.good,
            bad: one.result.bad,
            requests: (requests > 0).then_some(requests),
        });
    }
    result.source_ids.sort();
    result.source_ids.dedup();
    if all == 0 || !lacking.is_empty() {
        let some = result.parts.iter().any(|p| p.achieved.is_some());
        result.verdict = if some {
            Verdict::NotProven
        } else {
            Verdict::NoData
        };
        result.reason = Some(format!(
            "Services cannot be weighted by traffic: {}.",
            lacking.join("; ")
        ));
        return Ok(result);
    }
    let target = share_of(objective.target);
    let allowed = all * (FINE / MILLION) * (MILLION - i128::from(target.0));
    let holds = |bad: i128| compare(bad, allowed, objective.target.strict);
    let percent = |bad: i128| 100.0 * (1.0 - bad as f64 / (all * FINE) as f64);
    result.n = u64::try_from(all).unwrap_or(u64::MAX);
    result.achieved = Some(percent(bad));
    result.achieved_text = units::judged_percent(
        percent(bad),
        target.as_percent(),
        Direction::AtLeast,
        holds(bad),
    );
    if bounded {
        result.best = Some(percent(least));
        result.worst = Some(percent(most));
    }
    result.verdict = between(holds(least), holds(most));
    result.budget = weighted_budget(&result, bad, target);
    if result.verdict == Verdict::NotProven {
        result.reason = Some(
            "What is not known about the services lies on both sides of the target.".to_owned(),
        );
    }
    by_month(context, objective, &mut result)?;
    Ok(result)
}

/// The budget of services weighted by their requests: the requests that may fall into downtime, and those that did if
/// they came evenly. It has no seconds, because a second of one service is not worth one of another.
fn weighted_budget(result: &ObjectiveResult, bad: i128, target: Ppm) -> Option<ErrorBudget> {
    let total = result.n as f64 * (MILLION - i128::from(target.0)) as f64 / 1e6;
    let used = bad as f64 / FINE as f64;
    (total > 0.0).then(|| ErrorBudget {
        unit: "requests".to_owned(),
        total,
        used,
        remaining: total - used,
        remaining_percent: 100.0 * (total - used) / total,
        burn_rate: Some(used / total),
        ..ErrorBudget::default()
    })
}

/// A promise for a month holds in a quarter when it holds in each of its months.
fn by_month(
    context: &Context<'_>,
    objective: &Objective,
    result: &mut ObjectiveResult,
) -> Result<(), SlaError> {
    for month in months(context.period, context.zone) {
        let Ok(period) = Period::parse(&month.name) else {
            continue;
        };
        if month.range.start >= context.now {
            continue;
        }
        let own = on_side(context, &Side::Period(period), None, |there| {
            let names = services(there, objective);
            let judged = each(there, objective, &names)?;
            weighted(there, objective, judged, &mut Vec::new())
        })?;
        result.periods.push(SubPeriod {
            name: month.name,
            verdict: own.verdict,
            achieved: own.achieved,
        });
    }
    let months = &result.periods;
    if matches!(objective.period, super::objective::Grain::Month) && !months.is_empty() {
        result.verdict = Verdict::together(months.iter().map(|p| p.verdict));
        let broke: Vec<&str> = months
            .iter()
            .filter(|p| p.verdict == Verdict::Breached)
            .map(|p| p.name.as_str())
            .collect();
        if !broke.is_empty() {
            result.reason = Some(format!("Broken in {}.", broke.join(", ")));
        }
    }
    Ok(())
}
