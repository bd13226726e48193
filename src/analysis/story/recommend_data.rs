//! Rules about what the data lack, what contradicts itself, and what would be noise.

use std::collections::BTreeMap;

use super::recommend::{Known, Priority, Recommendation, Term};
use super::recommend_rules::{counted, lasted};
use crate::analysis::sla::{ObjectiveKind, Verdict};
use crate::units;

/// Less of the time than this is too little.
const COVERAGE: f64 = 0.95;
/// So many breaches are many,
const MANY: usize = 10;
/// of which half are at most so long, in seconds.
const SHORT_SECS: i64 = 300;

/// What the data lack, and what contradicts itself.
pub(super) fn data(known: &Known<'_>, list: &mut Vec<Recommendation>) {
    let mut single = Vec::new();
    for objective in &known.report.objectives {
        let silent = matches!(objective.verdict, Verdict::NoData | Verdict::NotProven);
        let thin = objective.coverage.filter(|c| *c < COVERAGE);
        if silent {
            let reason = objective.reason.as_deref();
            list.push(Recommendation {
                rule: "not-proven".to_owned(),
                term: Term::Short,
                priority: Priority::Medium,
                about: objective.name.clone(),
                decision: format!("Measure \"{}\" so that it can be judged", objective.name),
                evidence: reason
                    .map_or_else(|| objective.verdict.word(), |r| r.trim_end_matches('.'))
                    .to_owned(),
                benefit: "A verdict instead of none".to_owned(),
                confidence: "high: counted".to_owned(),
            });
        } else if let Some(coverage) = thin {
            list.push(Recommendation {
                rule: "coverage".to_owned(),
                term: Term::Medium,
                priority: Priority::Low,
                about: objective.name.clone(),
                decision: format!(
                    "Close the gaps in what \"{}\" is measured by",
                    objective.name
                ),
                evidence: format!(
                    "{} of the time was measured, from {}",
                    units::percent_of(coverage),
                    objective.source
                ),
                benefit: "The verdict rests on all of the period".to_owned(),
                confidence: "high: counted".to_owned(),
            });
        }
        if objective.kind == ObjectiveKind::Availability && objective.source_ids.len() == 1 {
            single.push(objective.name.clone());
        }
    }
    if !single.is_empty() {
        list.push(Recommendation {
            rule: "single-source".to_owned(),
            term: Term::Long,
            priority: Priority::Low,
            about: single.join(", "),
            decision: "Watch availability from a second place".to_owned(),
            evidence: format!(
                "{} on one source",
                counted(single.len(), "promise rests", "promises rest")
            ),
            benefit: "An outage of the watcher is not taken for one of the service".to_owned(),
            confidence: "high: counted".to_owned(),
        });
    }
    if let Some(first) = known.report.conflicts.first() {
        list.push(Recommendation {
            rule: "conflict".to_owned(),
            term: Term::Short,
            priority: Priority::Medium,
            about: first.between.join(" and "),
            decision: "Decide which of the contradicting rules holds".to_owned(),
            evidence: format!(
                "{}; {}",
                counted(known.report.conflicts.len(), "conflict", "conflicts"),
                first.what.trim_end_matches('.')
            ),
            benefit: "One verdict that nobody disputes".to_owned(),
            confidence: "high: as written".to_owned(),
        });
    }
}

/// Many short breaches of one promise.
pub(super) fn noise(known: &Known<'_>, list: &mut Vec<Recommendation>) {
    // Alerts that the tiers of a promise would have sent; breaches where none could be replayed.
    let mut lengths: BTreeMap<&str, (bool, Vec<i64>)> = BTreeMap::new();
    for objective in &known.report.objectives {
        let replayed = objective.alerts.iter().filter(|a| a.note.is_none());
        for tier in replayed.flat_map(|a| &a.tiers) {
            let (_, secs) = lengths
                .entry(&objective.name)
                .or_insert_with(|| (true, Vec::new()));
            secs.extend(tier.firings.iter().map(|f| f.secs));
        }
    }
    for breach in &known.report.breaches {
        let (alerts, secs) = lengths.entry(&breach.objective).or_default();
        if !*alerts {
            secs.push(breach.secs);
        }
    }
    for (objective, (alerts, mut secs)) in lengths {
        secs.sort_unstable();
        let median = secs.get(secs.len() / 2).copied().unwrap_or_default();
        if secs.len() < MANY || median > SHORT_SECS {
            continue;
        }
        let (what, confidence) = if alerts {
            ("alerts", "high: replayed over what was measured")
        } else {
            ("breaches", "medium: counted breaches, not sent alerts")
        };
        list.push(Recommendation {
            rule: "short-breaches".to_owned(),
            term: Term::Medium,
            priority: Priority::Low,
            about: objective.to_owned(),
            decision: format!("Alert on the burn rate of \"{objective}\" instead of each breach"),
            evidence: format!(
                "{} {what}, half of them at most {}",
                secs.len(),
                lasted(median)
            ),
            benefit: "Fewer alerts that end by themselves".to_owned(),
            confidence: confidence.to_owned(),
        });
    }
}
