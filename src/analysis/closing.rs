//! A closed period against what its data say now: freezing results, comparing them later, and restating them, so that
//! no signed figure changes silently. Rules: SEMANTICS "Promises", open and closed.
//!
//! Compared is what was printed (verdict, figure, target), because that is what was signed. The promises of all sets
//! are taken in the order of the report; of two with one name the first is compared with the first.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::decisions::{ClosedPeriod, FrozenResult, Reopening, Restatement};
use super::sla::{ObjectiveResult, SlaReport, Verdict};
use crate::calendar::{Instant, Zone};
use crate::dataset::ScopeFilter;

/// Service and environment in words, by which closed periods are found: `checkout, production`; `all services` where
/// nothing is picked.
pub fn scope_words(scope: &ScopeFilter) -> String {
    let picked = [scope.service.as_deref(), scope.environment.as_deref()];
    let words: Vec<&str> = picked.into_iter().flatten().collect();
    if words.is_empty() {
        "all services".to_owned()
    } else {
        words.join(", ")
    }
}

/// One result in the form in which it is kept.
fn frozen(sla: &str, objective: &ObjectiveResult) -> FrozenResult {
    FrozenResult {
        sla: sla.to_owned(),
        objective: objective.name.clone(),
        verdict: objective.verdict,
        achieved_text: objective.achieved_text.clone(),
        target_text: objective.target_text.clone(),
    }
}

/// The results of sets of promises with their names, as a closing keeps them.
pub fn freeze<'a>(sets: impl IntoIterator<Item = (&'a str, &'a SlaReport)>) -> Vec<FrozenResult> {
    sets.into_iter()
        .flat_map(|(name, report)| report.objectives.iter().map(move |o| frozen(name, o)))
        .collect()
}

/// One promise that does not read now as it did when its period was closed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// Name of the objective.
    pub objective: String,
    /// What was frozen, restatements included; `None` where the promise was added since.
    pub frozen: Option<FrozenResult>,
    /// What stands now; `None` where the promise was removed since.
    pub current: Option<FrozenResult>,
}

impl Difference {
    /// Whether the verdict is another one now.
    pub fn turns_verdict(&self) -> bool {
        self.frozen
            .as_ref()
            .zip(self.current.as_ref())
            .is_some_and(|(old, new)| old.verdict != new.verdict)
    }

    /// `99.91 % when closed, 99.87 % now`, with verdict or target where these changed too.
    pub fn words(&self) -> String {
        let (old, new) = match (&self.frozen, &self.current) {
            (Some(old), Some(new)) => (old, new),
            (Some(old), None) => {
                return format!("{} when closed, no longer promised now", result_words(old));
            }
            (None, Some(new)) => {
                return format!("not promised when closed, {} now", result_words(new));
            }
            (None, None) => return String::new(),
        };
        let figure = old.achieved_text != new.achieved_text;
        let mut parts = Vec::new();
        if figure || old.verdict != new.verdict {
            let side = |one: &FrozenResult| {
                if old.verdict == new.verdict {
                    figure_words(one)
                } else if figure {
                    result_words(one)
                } else {
                    one.verdict.word().to_owned()
                }
            };
            parts.push(format!("{} when closed, {} now", side(old), side(new)));
        }
        if old.target_text != new.target_text {
            parts.push(format!(
                "target {} when closed, {} now",
                old.target_text, new.target_text
            ));
        }
        parts.join("; ")
    }

    /// As [`Self::words`], after the name of the promise.
    pub fn sentence(&self) -> String {
        format!("{}: {}", self.objective, self.words())
    }
}

/// The figure; the verdict where there is none.
fn figure_words(result: &FrozenResult) -> String {
    if result.achieved_text.is_empty() || result.achieved_text == "–" {
        result.verdict.word().to_owned()
    } else {
        result.achieved_text.clone()
    }
}

/// Figure and verdict: `99.91 % (met)`. The other side of a promise that was added or removed has neither.
pub fn result_words(result: &FrozenResult) -> String {
    if result.achieved_text.is_empty() && result.target_text.is_empty() {
        return "not promised".to_owned();
    }
    let figure = figure_words(result);
    if figure == result.verdict.word() {
        figure
    } else {
        format!("{figure} ({})", result.verdict.word())
    }
}

/// What differs between frozen results and those of now (of all sets of promises), in the order of the closing, then
/// what was added.
pub fn compare<'a>(
    closed: &ClosedPeriod,
    objectives: impl IntoIterator<Item = &'a ObjectiveResult>,
) -> Vec<Difference> {
    let objectives: Vec<&ObjectiveResult> = objectives.into_iter().collect();
    let mut left: BTreeMap<&str, Vec<&ObjectiveResult>> = BTreeMap::new();
    for objective in objectives.iter().rev() {
        left.entry(&objective.name).or_default().push(objective);
    }
    let mut differences = Vec::new();
    for old in &closed.results {
        // Of two promises with one name, a merged file tells the later one by its set.
        let with_set = format!("{} ({})", old.objective, old.sla);
        let now = [&old.objective, &with_set]
            .into_iter()
            .find_map(|name| left.get_mut(name.as_str()).and_then(Vec::pop));
        let new = now.map(|objective| FrozenResult {
            objective: old.objective.clone(),
            ..frozen(&old.sla, objective)
        });
        if new.as_ref() != Some(old) {
            differences.push(Difference {
                objective: old.objective.clone(),
                frozen: Some(old.clone()),
                current: new,
            });
        }
    }
    let is_left = |one: &ObjectiveResult| {
        left.get(one.name.as_str())
            .is_some_and(|rest| rest.iter().any(|o| std::ptr::eq(*o, one)))
    };
    for added in objectives.iter().filter(|o| is_left(o)) {
        differences.push(Difference {
            objective: added.name.clone(),
            frozen: None,
            current: Some(frozen("", added)),
        });
    }
    differences
}

/// A closed period beside what stands now, as screens, commands and sheets show it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClosedView {
    /// What was closed, with its restatements.
    pub closed: ClosedPeriod,
    /// Promises that read differently now and were not restated.
    pub differences: Vec<Difference>,
}

impl ClosedView {
    /// A closing beside the results of now.
    pub fn of<'a>(
        closed: &ClosedPeriod,
        objectives: impl IntoIterator<Item = &'a ObjectiveResult>,
    ) -> Self {
        Self {
            closed: closed.clone(),
            differences: compare(closed, objectives),
        }
    }

    /// `Closed on 3 July 2026 by Ada`, and how it was restated since.
    pub fn sentence(&self, zone: &Zone) -> String {
        let signed = |at: Instant, by: &str| format!("on {} by {by}", at.format(zone, "%-d %B %Y"));
        let mut text = format!("Closed {}", signed(self.closed.at, &self.closed.by));
        if let Some(last) = self.closed.restatements.last() {
            text.push_str(&format!(
                "; restated {}: {}",
                signed(last.at, &last.by),
                last.reason
            ));
        }
        text.trim_end_matches('.').to_owned()
    }

    /// What a reader has to know beside it: figures that differ, and nobody restated.
    pub fn warning(&self) -> Option<String> {
        let what = match self.differences.len() {
            0 => return None,
            1 => "One promise reads".to_owned(),
            n => format!("{n} promises read"),
        };
        Some(format!(
            "{what} differently now than when the period was closed, and was not restated"
        ))
    }
}

/// A closing of results. The hash of the workbook is added when there is one.
pub fn close(
    period: &str,
    scope: &str,
    who: Signature,
    results: Vec<FrozenResult>,
) -> ClosedPeriod {
    ClosedPeriod {
        period: period.to_owned(),
        scope: scope.to_owned(),
        at: who.at,
        by: who.by,
        results,
        ..ClosedPeriod::default()
    }
}

/// Who decided, and when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signature {
    /// When it was entered.
    pub at: Instant,
    /// By whom.
    pub by: String,
}

/// Restates a closed period: both sides of every difference are kept, and the results of now are frozen in place of
/// the old ones. Does nothing without a difference.
pub fn restate(
    closed: &mut ClosedPeriod,
    differences: &[Difference],
    now: Vec<FrozenResult>,
    who: Signature,
    reason: &str,
) {
    if differences.is_empty() {
        return;
    }
    // A promise that was added or removed has no other side: it stands there without data.
    let blank = |other: &FrozenResult| FrozenResult {
        sla: other.sla.clone(),
        objective: other.objective.clone(),
        verdict: Verdict::NoData,
        ..FrozenResult::default()
    };
    let mut restatement = Restatement {
        at: who.at,
        by: who.by,
        reason: reason.to_owned(),
        ..Restatement::default()
    };
    for difference in differences {
        let (old, new) = match (&difference.frozen, &difference.current) {
            (Some(old), Some(new)) => (old.clone(), new.clone()),
            (Some(old), None) => (old.clone(), blank(old)),
            (None, Some(new)) => (blank(new), new.clone()),
            (None, None) => continue,
        };
        restatement.old.push(old);
        restatement.new.push(new);
    }
    closed.restatements.push(restatement);
    closed.results = now;
}

/// Opens a closed period again; the record of its closing stays.
pub fn reopen(closed: &mut ClosedPeriod, who: Signature, reason: &str) {
    closed.reopened = Some(Reopening {
        at: who.at,
        by: who.by,
        reason: reason.to_owned(),
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(objective: &str, verdict: Verdict, achieved: &str) -> FrozenResult {
        FrozenResult {
            sla: "sla.yaml".to_owned(),
            objective: objective.to_owned(),
            verdict,
            achieved_text: achieved.to_owned(),
            target_text: "99.9 %".to_owned(),
        }
    }

    fn difference(old: Option<FrozenResult>, new: Option<FrozenResult>) -> Difference {
        Difference {
            objective: "Up".to_owned(),
            frozen: old,
            current: new,
        }
    }

    #[test]
    fn a_difference_says_what_changed_and_nothing_else() {
        let met = result("Up", Verdict::Met, "99.91 %");
        let lower = result("Up", Verdict::Met, "99.90 %");
        let broken = result("Up", Verdict::Breached, "99.87 %");
        let unknown = result("Up", Verdict::NoData, "–");
        let strict = FrozenResult {
            target_text: "99.95 %".to_owned(),
            verdict: Verdict::Breached,
            ..met.clone()
        };
        for (old, new, expected) in [
            (Some(&met), Some(&lower), "99.91 % when closed, 99.90 % now"),
            (
                Some(&met),
                Some(&broken),
                "99.91 % (met) when closed, 99.87 % (breached) now",
            ),
            (
                Some(&met),
                Some(&strict),
                "met when closed, breached now; target 99.9 % when closed, 99.95 % now",
            ),
            (
                Some(&broken),
                Some(&unknown),
                "99.87 % (breached) when closed, no data now",
            ),
            (
                Some(&met),
                None,
                "99.91 % (met) when closed, no longer promised now",
            ),
            (
                None,
                Some(&broken),
                "not promised when closed, 99.87 % (breached) now",
            ),
        ] {
            let one = difference(old.cloned(), new.cloned());
            assert_eq!(one.words(), expected);
        }
        assert!(difference(Some(met.clone()), Some(broken)).turns_verdict());
        assert!(!difference(Some(met), Some(lower)).turns_verdict());
    }

    #[test]
    fn a_restatement_keeps_both_sides_and_freezes_the_new_one() {
        let old = result("Up", Verdict::Met, "99.91 %");
        let new = result("Up", Verdict::Breached, "99.87 %");
        let gone = result("Gone", Verdict::Met, "1 s");
        let who = || Signature {
            at: Instant(5),
            by: "Ada".to_owned(),
        };
        let mut closed = close(
            "2026-06",
            "all services",
            who(),
            vec![old.clone(), gone.clone()],
        );
        let differences = [
            difference(Some(old.clone()), Some(new.clone())),
            difference(Some(gone.clone()), None),
        ];
        restate(&mut closed, &[], vec![], who(), "nothing");
        assert_eq!(closed.restatements, []);
        restate(
            &mut closed,
            &differences,
            vec![new.clone()],
            who(),
            "late incident",
        );
        assert_eq!(closed.results, vec![new.clone()]);
        let [restated] = closed.restatements.as_slice() else {
            panic!("one restatement");
        };
        assert_eq!(restated.old, [old, gone]);
        assert_eq!(restated.new[0], new);
        assert_eq!(restated.new[1].verdict, Verdict::NoData);
        assert_eq!(
            (restated.by.as_str(), restated.reason.as_str()),
            ("Ada", "late incident")
        );
    }
}
