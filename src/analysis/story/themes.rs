//! What the notes on breaches add up to: downtime by category, categories month by month, actions that were planned and
//! done, and notes whose breach is no longer in the data.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::analysis::decisions::{ActionStatus, BreachNote, Decisions};
use crate::analysis::sla::{Breach, SlaReport};
use crate::calendar::TimeRange;

/// Categories that are suggested before a project has its own.
pub const CATEGORIES: [&str; 8] = [
    "deployment",
    "capacity",
    "dependency",
    "configuration",
    "network",
    "hardware",
    "human",
    "unknown",
];

/// What stands where nobody said anything.
pub const NOT_GIVEN: &str = "not given";

/// Those of the project first, by how often they are used, then the usual ones.
pub fn categories(decisions: &Decisions) -> Vec<String> {
    let mut used: BTreeMap<&str, usize> = BTreeMap::new();
    for note in &decisions.breach_notes {
        let category = note.category.trim();
        if !category.is_empty() {
            *used.entry(category).or_default() += 1;
        }
    }
    let mut own: Vec<(&str, usize)> = used.into_iter().collect();
    own.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let mut list: Vec<String> = own.into_iter().map(|(c, _)| c.to_owned()).collect();
    for usual in CATEGORIES {
        if !list.iter().any(|c| c.eq_ignore_ascii_case(usual)) {
            list.push(usual.to_owned());
        }
    }
    list
}

/// The cause as a person gave it, else as the outage table notes it.
pub fn cause<'a>(breach: &'a Breach, note: Option<&'a BreachNote>) -> Option<&'a str> {
    note.map(|n| n.cause.trim())
        .filter(|c| !c.is_empty())
        .or_else(|| Some(breach.note.trim()).filter(|c| !c.is_empty()))
}

/// How many breaches have no cause.
pub fn without_cause(breaches: &[Breach], decisions: &Decisions) -> usize {
    breaches
        .iter()
        .filter(|b| cause(b, decisions.breach_note(&b.objective, b.start)).is_none())
        .count()
}

/// The category of a breach; `not given` where nobody gave one. Capitals make no difference.
pub fn category(breach: &Breach, decisions: &Decisions) -> String {
    decisions
        .breach_note(&breach.objective, breach.start)
        .map(|n| n.category.trim().to_lowercase())
        .filter(|c| !c.is_empty())
        .unwrap_or_else(|| NOT_GIVEN.to_owned())
}

/// What one category cost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryShare {
    /// The category, or `not given`.
    pub category: String,
    /// Breaches.
    pub breaches: u64,
    /// Their seconds.
    pub secs: i64,
}

/// Categories by the time that they cost, most first; `not given` at the end.
pub fn pareto(breaches: &[Breach], decisions: &Decisions) -> Vec<CategoryShare> {
    let mut sums: BTreeMap<String, (u64, i64)> = BTreeMap::new();
    for breach in breaches {
        let (count, secs) = sums.entry(category(breach, decisions)).or_default();
        *count += 1;
        *secs += breach.secs;
    }
    let mut list: Vec<CategoryShare> = sums
        .into_iter()
        .map(|(category, (breaches, secs))| CategoryShare {
            category,
            breaches,
            secs,
        })
        .collect();
    list.sort_by(|a, b| {
        (a.category == NOT_GIVEN)
            .cmp(&(b.category == NOT_GIVEN))
            .then(b.secs.cmp(&a.secs))
            .then(b.breaches.cmp(&a.breaches))
            .then_with(|| a.category.cmp(&b.category))
    });
    list
}

/// One category over the months of a period.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Theme {
    /// The category, or `not given`.
    pub category: String,
    /// Breaches and their seconds, month by month.
    pub months: Vec<(u64, i64)>,
}

impl Theme {
    /// Months in which it broke a promise.
    pub fn months_with(&self) -> usize {
        self.months.iter().filter(|(n, _)| *n > 0).count()
    }
}

/// Categories month by month, in the order of [`pareto`]. A breach belongs to the month in which it began.
pub fn by_month(breaches: &[Breach], decisions: &Decisions, months: &[TimeRange]) -> Vec<Theme> {
    pareto(breaches, decisions)
        .into_iter()
        .map(|share| {
            let of_category: Vec<&Breach> = breaches
                .iter()
                .filter(|b| category(b, decisions) == share.category)
                .collect();
            Theme {
                months: months
                    .iter()
                    .map(|month| {
                        of_category
                            .iter()
                            .filter(|b| month.contains(b.start))
                            .fold((0, 0), |(n, secs), b| (n + 1, secs + b.secs))
                    })
                    .collect(),
                category: share.category,
            }
        })
        .collect()
}

/// An action that somebody planned after a breach.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned<'a> {
    /// What was written down.
    pub note: &'a BreachNote,
    /// It is neither done nor dropped, and its day has passed.
    pub overdue: bool,
    /// A breach of the same category came after its own, in the period that was looked at.
    pub recurred: bool,
}

/// Actions of breaches that began in a range, as of a day; `later` are the breaches among which recurrence is looked for.
pub fn planned<'a>(
    decisions: &'a Decisions,
    range: TimeRange,
    today: Date,
    later: &[Breach],
) -> Vec<Planned<'a>> {
    let mut list: Vec<Planned<'a>> = decisions
        .breach_notes
        .iter()
        .filter(|n| range.contains(n.start) && !n.action.trim().is_empty())
        .map(|note| {
            let own = note.category.trim().to_lowercase();
            Planned {
                note,
                overdue: is_open(note.status) && note.due.is_some_and(|due| due < today),
                recurred: !own.is_empty()
                    && later
                        .iter()
                        .any(|b| b.start > note.start && category(b, decisions) == own),
            }
        })
        .collect();
    list.sort_by(|a, b| (a.note.start, &a.note.objective).cmp(&(b.note.start, &b.note.objective)));
    list
}

/// Somebody still has to do something.
pub const fn is_open(status: ActionStatus) -> bool {
    matches!(status, ActionStatus::Open | ActionStatus::InProgress)
}

/// Notes of the period whose breach is not in the data any more, or whose promise is gone.
pub fn orphans<'a>(decisions: &'a Decisions, report: &SlaReport) -> Vec<&'a BreachNote> {
    let period = TimeRange {
        start: report.period.start,
        end: report.period.end,
    };
    decisions
        .breach_notes
        .iter()
        .filter(|note| period.contains(note.start))
        .filter(|note| {
            !report
                .breaches
                .iter()
                .any(|b| b.start == note.start && b.objective == note.objective)
        })
        .collect()
}
