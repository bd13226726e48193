//! What the notes on breaches add up to: downtime by category, categories month by month, actions that were planned and
//! done, and notes whose breach is no longer in the data.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::analysis::decisions::{ActionStatus, BreachNote, Decisions};
use crate::analysis::sla::{Breach, SlaReport};
use crate::calendar::{Instant, TimeRange};

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
    let mut used: BTreeMap<String, usize> = BTreeMap::new();
    for note in &decisions.breach_notes {
        let category = note.category.trim().to_lowercase();
        if !category.is_empty() {
            *used.entry(category).or_default() += 1;
        }
    }
    let mut own: Vec<(String, usize)> = used.into_iter().collect();
    own.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let mut list: Vec<String> = own.into_iter().map(|(c, _)| c).collect();
    for usual in CATEGORIES {
        if !list.iter().any(|c| c == usual) {
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

/// Notes found by their breach, where there are thousands of both.
#[derive(Clone, Debug, Default)]
pub struct Notes<'a>(BTreeMap<(Instant, &'a str), &'a BreachNote>);

impl<'a> Notes<'a> {
    /// All notes of a project.
    pub fn of(decisions: &'a Decisions) -> Self {
        let notes = decisions.breach_notes.iter().rev();
        Self(
            notes
                .map(|n| ((n.start, n.objective.as_str()), n))
                .collect(),
        )
    }

    /// The note on a breach.
    pub fn on(&self, breach: &Breach) -> Option<&'a BreachNote> {
        self.0
            .get(&(breach.start, breach.objective.as_str()))
            .copied()
    }

    /// The category of a breach; `not given` where nobody gave one. Capitals make no difference.
    pub fn category(&self, breach: &Breach) -> String {
        self.on(breach)
            .map(|n| n.category.trim().to_lowercase())
            .filter(|c| !c.is_empty())
            .unwrap_or_else(|| NOT_GIVEN.to_owned())
    }
}

/// How many breaches have no cause.
pub fn without_cause(breaches: &[Breach], decisions: &Decisions) -> usize {
    let notes = Notes::of(decisions);
    breaches
        .iter()
        .filter(|b| cause(b, notes.on(b)).is_none())
        .count()
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
    let notes = Notes::of(decisions);
    let mut sums: BTreeMap<String, (u64, i64)> = BTreeMap::new();
    for breach in breaches {
        let (count, secs) = sums.entry(notes.category(breach)).or_default();
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
    let notes = Notes::of(decisions);
    let mut sums: BTreeMap<String, Vec<(u64, i64)>> = BTreeMap::new();
    for breach in breaches {
        let of_category = sums
            .entry(notes.category(breach))
            .or_insert_with(|| vec![(0, 0); months.len()]);
        let month = months.iter().position(|m| m.contains(breach.start));
        if let Some((n, secs)) = month.and_then(|m| of_category.get_mut(m)) {
            *n += 1;
            *secs += breach.secs;
        }
    }
    pareto(breaches, decisions)
        .into_iter()
        .map(|share| Theme {
            months: sums.remove(&share.category).unwrap_or_default(),
            category: share.category,
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
    let notes = Notes::of(decisions);
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
                        .any(|b| b.start > note.start && notes.category(b) == own),
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
    let known: BTreeSet<(Instant, &str)> = report
        .breaches
        .iter()
        .map(|b| (b.start, b.objective.as_str()))
        .collect();
    decisions
        .breach_notes
        .iter()
        .filter(|note| period.contains(note.start))
        .filter(|note| !known.contains(&(note.start, note.objective.as_str())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breach(day: i64, secs: i64) -> Breach {
        let start = Instant::from_secs(day * 86_400);
        Breach {
            objective: "Up".to_owned(),
            start,
            end: Instant::from_secs(day * 86_400 + secs),
            secs,
            worst: None,
            worst_text: "down".to_owned(),
            severity: "critical".to_owned(),
            budget_share: None,
            note: String::new(),
            escalation: None,
        }
    }

    fn note(day: i64, category: &str, action: &str, status: ActionStatus) -> BreachNote {
        BreachNote {
            objective: "Up".to_owned(),
            start: Instant::from_secs(day * 86_400),
            category: category.to_owned(),
            action: action.to_owned(),
            status,
            due: Some(jiff::civil::date(1970, 2, 1)),
            ..BreachNote::default()
        }
    }

    fn days(from: i64, to: i64) -> TimeRange {
        TimeRange {
            start: Instant::from_secs(from * 86_400),
            end: Instant::from_secs(to * 86_400),
        }
    }

    #[test]
    fn categories_by_what_they_cost() {
        let breaches = [
            breach(1, 60),
            breach(2, 600),
            breach(3, 30),
            breach(40, 900),
        ];
        let decisions = Decisions {
            breach_notes: vec![
                note(1, "Deployment", "", ActionStatus::Open),
                note(2, "network", "", ActionStatus::Open),
                note(3, "deployment ", "", ActionStatus::Open),
            ],
            ..Decisions::default()
        };
        let shares: Vec<(String, u64, i64)> = pareto(&breaches, &decisions)
            .into_iter()
            .map(|s| (s.category, s.breaches, s.secs))
            .collect();
        // What nobody explained costs most, and still stands last.
        assert_eq!(
            shares,
            [
                ("network".to_owned(), 1, 600),
                ("deployment".to_owned(), 2, 90),
                (NOT_GIVEN.to_owned(), 1, 900)
            ]
        );
        let themes = by_month(&breaches, &decisions, &[days(0, 31), days(31, 59)]);
        assert_eq!(themes[1].months, [(2, 90), (0, 0)]);
        assert_eq!(
            (themes[1].months_with(), themes[2].months.clone()),
            (1, vec![(0, 0), (1, 900)])
        );
        assert_eq!(
            categories(&decisions)[..3],
            ["deployment", "network", "capacity"]
        );
        assert!(categories(&Decisions::default()).contains(&"human".to_owned()));
    }

    #[test]
    fn actions_are_followed_up() {
        let decisions = Decisions {
            breach_notes: vec![
                note(1, "network", "second line", ActionStatus::InProgress),
                note(2, "deployment", "canary", ActionStatus::Done),
                note(3, "human", "", ActionStatus::Open),
            ],
            ..Decisions::default()
        };
        let later = [breach(40, 60)];
        let today = jiff::civil::date(1970, 2, 2);
        let list = planned(&decisions, days(0, 31), today, &later);
        let told: Vec<(&str, bool)> = list
            .iter()
            .map(|p| (p.note.action.as_str(), p.overdue))
            .collect();
        assert_eq!(told, [("second line", true), ("canary", false)]);
        assert!(
            list.iter().all(|p| !p.recurred),
            "the later breach has no category"
        );
        let mut decisions = decisions;
        decisions
            .breach_notes
            .push(note(40, "Network", "", ActionStatus::Open));
        let list = planned(
            &decisions,
            days(0, 31),
            jiff::civil::date(1970, 2, 1),
            &later,
        );
        assert_eq!((list[0].overdue, list[0].recurred), (false, true));
        assert!(!list[1].recurred);
    }

    #[test]
    fn notes_outlive_their_breach() {
        let decisions = Decisions {
            breach_notes: vec![
                note(1, "network", "", ActionStatus::Open),
                note(2, "human", "", ActionStatus::Open),
                note(99, "human", "", ActionStatus::Open),
            ],
            ..Decisions::default()
        };
        let mut report = SlaReport {
            breaches: vec![breach(1, 60)],
            ..SlaReport::default()
        };
        report.period.end = Instant::from_secs(31 * 86_400);
        let left: Vec<&str> = orphans(&decisions, &report)
            .iter()
            .map(|n| n.category.as_str())
            .collect();
        assert_eq!(left, ["human"]);
        assert_eq!(without_cause(&report.breaches, &decisions), 1);
    }
}
