//! The rules behind recommendations, each with its evidence in numbers.

use std::collections::BTreeMap;

use super::bottleneck::Bottleneck;
use super::recommend::{Known, Priority, Recommendation, Term};
use super::themes;
use crate::analysis::sla::{Breach, ObjectiveKind, ObjectiveResult, Verdict};
use crate::calendar::Instant;
use crate::units::{self, Micros};

/// A resource that ends within this many times its load, or the peak of production, is a bottleneck.
const NEAR: f64 = 1.3;
/// Breaches of one category that make it a theme.
const RECURS: u64 = 3;

pub(super) fn counted(n: usize, one: &str, many: &str) -> String {
    format!(
        "{} {}",
        units::count(n as u64),
        if n == 1 { one } else { many }
    )
}

fn day(at: Instant, known: &Known<'_>) -> String {
    at.format(known.zone, "%-d %B %Y")
}

pub(super) fn lasted(secs: i64) -> String {
    units::duration(Micros::from_secs(secs))
}

/// The resource that ends first of all.
fn nearest<'a>(known: &'a Known<'_>) -> Option<&'a Bottleneck> {
    known
        .bottlenecks
        .iter()
        .find(|b| b.first && near(b, known.peak_per_sec))
}

fn near(bottleneck: &Bottleneck, peak: Option<f64>) -> bool {
    bottleneck.saturation_per_sec.is_some_and(|at| {
        let load = bottleneck.at_per_sec.max(peak.unwrap_or(0.0));
        bottleneck.now >= bottleneck.limit || at < NEAR * load
    })
}

/// What was seen of a promise, in one sentence.
fn seen(objective: &ObjectiveResult, breaches: &[&Breach]) -> String {
    let mut parts = vec![format!(
        "{} against {}",
        objective.achieved_text, objective.target_text
    )];
    // Some figures name their slices themselves.
    let said = objective.achieved_text.contains("held");
    if let Some(slices) = objective.slices.filter(|_| !said) {
        parts.push(format!(
            "{} of {} slices held",
            units::count(slices.met),
            units::count(slices.met + slices.breached)
        ));
    }
    if !breaches.is_empty() {
        let secs: i64 = breaches.iter().map(|b| b.secs).sum();
        parts.push(format!(
            "{}, {} together",
            counted(breaches.len(), "breach", "breaches"),
            lasted(secs)
        ));
    }
    if let Some(budget) = objective.budget.as_ref().filter(|b| b.remaining < 0.0) {
        parts.push(format!(
            "error budget overdrawn by {} %",
            units::number(-budget.remaining_percent)
        ));
    }
    parts.join("; ")
}

/// Broken promises.
pub(super) fn broken(known: &Known<'_>, list: &mut Vec<Recommendation>) {
    let broken = known
        .report
        .objectives
        .iter()
        .filter(|o| o.verdict == Verdict::Breached);
    for objective in broken {
        let breaches: Vec<&Breach> = known
            .report
            .breaches
            .iter()
            .filter(|b| b.objective == objective.name)
            .collect();
        let owned: Vec<Breach> = breaches.iter().map(|b| (*b).clone()).collect();
        let main = themes::pareto(&owned, known.decisions)
            .into_iter()
            .find(|c| c.category != themes::NOT_GIVEN);
        let by_load = matches!(
            objective.kind,
            ObjectiveKind::Latency | ObjectiveKind::ShareUnder | ObjectiveKind::Throughput
        );
        let resource = nearest(known).filter(|_| by_load);
        let name = &objective.name;
        let (decision, benefit, confidence) = if let Some(main) = main {
            let total: i64 = breaches.iter().map(|b| b.secs).sum();
            (
                format!(
                    "{name}: decide what is done about the category \"{}\"",
                    main.category
                ),
                format!(
                    "Without it {} of {} of breach would not have been",
                    lasted(main.secs),
                    lasted(total)
                ),
                "high: counted from the notes".to_owned(),
            )
        } else if let Some(resource) = resource {
            (
                format!(
                    "{name}: relieve the {} of {} first",
                    resource.resource, resource.owner
                ),
                format!("Evidence of the limit: {}", resource.sentence()),
                format!(
                    "medium: R² {:.2}; that it is the cause is not shown",
                    resource.r2
                ),
            )
        } else {
            let what = match objective.kind {
                ObjectiveKind::Availability => "find what took the service down",
                ObjectiveKind::Latency | ObjectiveKind::ShareUnder => "find what makes it slow",
                ObjectiveKind::ErrorRate => "find which requests fail, and why",
                ObjectiveKind::Throughput => "find what holds the throughput back",
                ObjectiveKind::Utilisation => "lower the use of this resource or add to it",
                ObjectiveKind::Metric => "bring this figure back within its limit",
                ObjectiveKind::Improvement => "agree on what is still missing to the improvement",
                ObjectiveKind::Regression => "take the regression back or accept it in writing",
            };
            (
                format!("{name}: {what}"),
                "The promise can be kept in the next period".to_owned(),
                "low: the data do not say the cause".to_owned(),
            )
        };
        list.push(Recommendation {
            rule: "promise-broken".to_owned(),
            term: Term::Short,
            priority: Priority::High,
            about: name.clone(),
            decision,
            evidence: seen(objective, &breaches),
            benefit,
            confidence,
        });
    }
}

/// Causes that are missing, actions that are overdue, categories that recur.
pub(super) fn notes(known: &Known<'_>, list: &mut Vec<Recommendation>) {
    let breaches = &known.report.breaches;
    let without = themes::without_cause(breaches, known.decisions);
    if without > 0 {
        list.push(Recommendation {
            rule: "cause-missing".to_owned(),
            term: Term::Short,
            priority: Priority::Medium,
            about: "breaches".to_owned(),
            decision: format!(
                "Find and write down the cause of {}",
                counted(without, "breach", "breaches")
            ),
            evidence: format!("{without} of {} have none", breaches.len()),
            benefit: "Themes and actions follow from causes".to_owned(),
            confidence: "high: counted".to_owned(),
        });
    }
    let today = known.as_of.date(known.zone);
    for note in &known.decisions.breach_notes {
        let late = note.due.filter(|due| *due < today);
        let Some(due) = late.filter(|_| {
            themes::is_open(note.status)
                && !note.action.trim().is_empty()
                && note.start <= known.as_of
        }) else {
            continue;
        };
        let owner = match note.owner.trim() {
            "" => "nobody is named".to_owned(),
            owner => owner.to_owned(),
        };
        list.push(Recommendation {
            rule: "action-overdue".to_owned(),
            term: Term::Short,
            priority: Priority::High,
            about: note.objective.clone(),
            decision: format!("Finish or drop: {}", note.action.trim()),
            evidence: format!(
                "due {due}, still {} ({owner}); after the breach of {}",
                note.status.word(),
                day(note.start, known)
            ),
            benefit: "The same breach is less likely to come again".to_owned(),
            confidence: "high: as it was written down".to_owned(),
        });
    }
    for share in themes::pareto(breaches, known.decisions) {
        if share.category != themes::NOT_GIVEN && share.breaches >= RECURS {
            list.push(Recommendation {
                rule: "category-recurs".to_owned(),
                term: Term::Medium,
                priority: Priority::Medium,
                decision: format!(
                    "Do something lasting about the category \"{}\"",
                    share.category
                ),
                evidence: format!(
                    "{} breaches in this period, {} together",
                    share.breaches,
                    lasted(share.secs)
                ),
                benefit: format!("Up to {} of breach a period", lasted(share.secs)),
                confidence: "high: counted from the notes".to_owned(),
                about: share.category,
            });
        }
    }
}

/// Forecasts that reach their limit.
pub(super) fn runs_out(known: &Known<'_>, list: &mut Vec<Recommendation>) {
    for (forecast, lead_days) in &known.forecasts {
        let Some(crossing) = &forecast.capacity else {
            continue;
        };
        let days = |at: Instant| at.since(known.as_of).as_days();
        let earliest = crossing.crossing.p10;
        let by = crossing.order_by.or(earliest);
        let (term, priority, decision) = if crossing.already_over {
            (
                Term::Short,
                Priority::High,
                format!(
                    "Add to {} now: it is over its limit of {}",
                    forecast.series, crossing.threshold_text
                ),
            )
        } else if let Some(by) = by {
            let left = days(by);
            let term = [Term::Short, Term::Medium, Term::Long]
                .into_iter()
                .find(|t| left <= t.days() as f64);
            let Some(term) = term else {
                continue;
            };
            let priority = if left <= 0.0 {
                Priority::High
            } else {
                Priority::Medium
            };
            let decision = if left <= 0.0 {
                format!(
                    "Order more {} now: the day to order was {}",
                    forecast.series,
                    day(by, known)
                )
            } else {
                format!("Order more {} by {}", forecast.series, day(by, known))
            };
            (term, priority, decision)
        } else {
            continue;
        };
        let mut evidence = Vec::new();
        if let Some(at) = earliest {
            evidence.push(format!("earliest {}", day(at, known)));
        }
        if let Some(at) = crossing.crossing.p50 {
            evidence.push(format!("likely {}", day(at, known)));
        }
        evidence.push(format!(
            "limit {}; lead time {lead_days} days",
            crossing.threshold_text
        ));
        let growing = forecast.growth_per_month.is_some_and(|g| g > 0.0);
        let benefit = match forecast.growth_text().filter(|_| growing) {
            Some(growth) => format!("Each {growth} more lasts a month longer, growth as now"),
            None => "The limit is not reached".to_owned(),
        };
        list.push(Recommendation {
            rule: "runs-out".to_owned(),
            term,
            priority,
            about: forecast.series.clone(),
            decision,
            evidence: evidence.join("; "),
            benefit,
            confidence: format!(
                "medium: {} of the paths cross within the horizon",
                units::percent_of(crossing.probability_within_horizon)
            ),
        });
    }
}

/// Resources close to their end.
pub(super) fn saturation(known: &Known<'_>, list: &mut Vec<Recommendation>) {
    for bottleneck in known.bottlenecks {
        let Some(at) = bottleneck.saturation_per_sec else {
            continue;
        };
        if !bottleneck.first || !near(bottleneck, known.peak_per_sec) {
            continue;
        }
        let over =
            bottleneck.now >= bottleneck.limit || known.peak_per_sec.is_some_and(|peak| peak >= at);
        list.push(Recommendation {
            rule: "bottleneck".to_owned(),
            term: if over { Term::Short } else { Term::Medium },
            priority: if over {
                Priority::High
            } else {
                Priority::Medium
            },
            about: bottleneck.series.clone(),
            decision: format!(
                "Add {} to {}, or lower what a request takes of it",
                bottleneck.resource, bottleneck.owner
            ),
            evidence: format!("{} ({})", bottleneck.sentence(), bottleneck.load),
            benefit: format!(
                "Each tenth more of it carries {} requests/s more (linear, assumed)",
                units::number(at / 10.0)
            ),
            confidence: format!(
                "{}: R² {:.2} over {} steps",
                if bottleneck.r2 >= 0.9 {
                    "high"
                } else {
                    "medium"
                },
                bottleneck.r2,
                bottleneck.n
            ),
        });
    }
}

/// Series that gave notice.
pub(super) fn moved_before(known: &Known<'_>, list: &mut Vec<Recommendation>) {
    let mut seen: BTreeMap<(&str, &str), Vec<i64>> = BTreeMap::new();
    for story in known.stories {
        for moved in story.moved.iter().filter(|m| m.lag_secs < 0) {
            seen.entry((&story.objective, &moved.series))
                .or_default()
                .push(-moved.lag_secs);
        }
    }
    for ((objective, series), mut leads) in seen {
        if leads.len() < 2 {
            continue;
        }
        leads.sort_unstable();
        let shortest = leads.first().copied().unwrap_or_default();
        list.push(Recommendation {
            rule: "moved-before".to_owned(),
            term: Term::Medium,
            priority: Priority::Low,
            about: objective.to_owned(),
            decision: format!("Watch {series}: it moves before {objective} breaks"),
            evidence: format!(
                "before {} breaches, by at least {}",
                leads.len(),
                lasted(shortest)
            ),
            benefit: format!("{} of warning", lasted(shortest)),
            confidence: "medium: significant each time; not a proof of cause".to_owned(),
        });
    }
}

/// Loads beyond what was tested.
pub(super) fn not_tested(known: &Known<'_>, list: &mut Vec<Recommendation>) {
    let (Some(peak), Some(capacity)) = (known.peak_per_sec, known.capacity) else {
        return;
    };
    let Some(passing) = &capacity.max_passing else {
        return;
    };
    if peak <= passing.throughput {
        return;
    }
    list.push(Recommendation {
        rule: "not-tested".to_owned(),
        term: Term::Medium,
        priority: Priority::Medium,
        about: "load tests".to_owned(),
        decision: format!(
            "Test up to {} requests/s, 1.3 times the peak",
            units::number(peak * NEAR)
        ),
        evidence: format!(
            "the peak of production was {} requests/s; the largest load that kept to \"{}\" was {}",
            units::number(peak),
            capacity.budget,
            units::number(passing.throughput)
        ),
        benefit: "What the service can take is known above its peak".to_owned(),
        confidence: "high: measured".to_owned(),
    });
}
