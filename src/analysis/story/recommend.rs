//! What to do, in plain words: rules that fire only with their evidence, in three terms (30, 90 and 180 days).
//!
//! The rules stand in [`RULES`] with their conditions, so that a report can print them beside what they said.

use serde::{Deserialize, Serialize};

use super::bottleneck::Bottleneck;
use super::breach::BreachStory;
use super::recommend_data as lacking;
use super::recommend_rules as rules;
use crate::analysis::capacity::MeasuredCapacity;
use crate::analysis::decisions::Decisions;
use crate::analysis::forecast::Forecast;
use crate::analysis::sla::SlaReport;
use crate::calendar::{Instant, Zone};

/// By when.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Term {
    /// Within 30 days.
    #[default]
    Short,
    /// Within 90 days.
    Medium,
    /// Within 180 days.
    Long,
}

impl Term {
    /// Days.
    pub const fn days(self) -> i64 {
        match self {
            Self::Short => 30,
            Self::Medium => 90,
            Self::Long => 180,
        }
    }

    /// `short term, 30 days`.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Short => "short term, 30 days",
            Self::Medium => "medium term, 90 days",
            Self::Long => "long term, 180 days",
        }
    }
}

/// How much depends on it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// A promise is broken, or will be before anything could be delivered.
    High,
    /// A promise will be at risk.
    #[default]
    Medium,
    /// The answer would be more certain.
    Low,
}

impl Priority {
    /// The word on screen and sheet.
    pub const fn word(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

/// One thing to do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Recommendation {
    /// Id of its rule, see [`RULES`].
    pub rule: String,
    /// By when.
    pub term: Term,
    /// How much depends on it.
    pub priority: Priority,
    /// What it is about: a promise, a series, a load.
    pub about: String,
    /// What is to be decided or done.
    pub decision: String,
    /// The numbers that say so.
    pub evidence: String,
    /// What it would bring.
    pub benefit: String,
    /// How certain that is, and why.
    pub confidence: String,
}

/// What is known, from which recommendations follow.
#[derive(Clone, Debug)]
pub struct Known<'a> {
    /// The judgement of all promises.
    pub report: &'a SlaReport,
    /// What people wrote down.
    pub decisions: &'a Decisions,
    /// Stories of breaches.
    pub stories: &'a [BreachStory],
    /// Resources against loads.
    pub bottlenecks: &'a [Bottleneck],
    /// Forecasts with their lead times in days.
    pub forecasts: Vec<(&'a Forecast, u32)>,
    /// What load tests say about the limit.
    pub capacity: Option<&'a MeasuredCapacity>,
    /// Largest hour of production in requests per second.
    pub peak_per_sec: Option<f64>,
    /// "Now".
    pub as_of: Instant,
    /// Zone of dates.
    pub zone: &'a Zone,
}

/// The rules: id, and when it fires.
pub const RULES: [(&str, &str); 13] = [
    (
        "promise-broken",
        "A promise was broken. The advice follows its kind and, where there is one, the main category of its breaches or the resource that ends first.",
    ),
    (
        "cause-missing",
        "Breaches have neither a cause that a person gave nor a note in the outage table.",
    ),
    (
        "action-overdue",
        "An action is open or in progress, and its day has passed.",
    ),
    (
        "category-recurs",
        "Three or more breaches of the period have the same category.",
    ),
    (
        "runs-out",
        "A forecast crosses its limit: now, or the P10 date less the lead time falls within the term.",
    ),
    (
        "bottleneck",
        "A resource is proven to reach its limit below 1.3 times the load at which it was measured, or below 1.3 times the peak of production.",
    ),
    (
        "moved-before",
        "A series moved before at least two breaches of one promise, significantly.",
    ),
    (
        "not-tested",
        "The peak of production is above the largest load that a test proved within its limit.",
    ),
    (
        "not-proven",
        "A promise has no verdict: too little data, or none.",
    ),
    (
        "coverage",
        "A promise was judged on less than 95 % of its time.",
    ),
    (
        "conflict",
        "Targets, limits or policies contradict each other.",
    ),
    (
        "short-breaches",
        "A promise would have sent ten or more alerts (or had as many breaches, where alerts could not be replayed), half of them five minutes or shorter: such alerts are noise.",
    ),
    (
        "single-source",
        "An availability promise rests on one source.",
    ),
];

/// What follows from what is known, most urgent first: by term, priority, rule.
pub fn recommend(known: &Known<'_>) -> Vec<Recommendation> {
    let mut list = Vec::new();
    rules::broken(known, &mut list);
    rules::notes(known, &mut list);
    rules::runs_out(known, &mut list);
    rules::saturation(known, &mut list);
    rules::moved_before(known, &mut list);
    rules::not_tested(known, &mut list);
    lacking::data(known, &mut list);
    lacking::noise(known, &mut list);
    let order = |r: &Recommendation| {
        RULES
            .iter()
            .position(|(id, _)| *id == r.rule)
            .unwrap_or(RULES.len())
    };
    list.sort_by(|a, b| {
        (a.term, a.priority, order(a))
            .cmp(&(b.term, b.priority, order(b)))
            .then_with(|| a.about.cmp(&b.about))
            .then_with(|| a.evidence.cmp(&b.evidence))
    });
    // Two files may promise the same: what is to be done about it is one thing.
    list.dedup();
    list
}
