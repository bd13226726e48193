//! One question to a scenario: turn a knob until every promise is kept, and say which promise stops it there.

use std::cell::RefCell;

use serde::{Deserialize, Serialize};

use super::bound::bound_by;
use super::knob::{Knob, What, Within};
use super::{Figures, Found, Judge, Prefer, Trials, gallop, search, words};
use crate::progress::Progress;
use crate::scenario::judge::Promise;
use crate::scenario::model::Engine;
use crate::scenario::{Scenario, SimulateError};

/// A value that was tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tried {
    /// In the unit of the answer.
    pub value: f64,
    /// Every promise was kept.
    pub holds: bool,
    /// Seconds.
    pub p95: f64,
    /// Share, 0..1.
    pub error_rate: f64,
    /// Of 730 hours.
    pub cost_per_month: f64,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Solution {
    /// What was looked for.
    pub what: What,
    /// `instances`, `peers`, `shards`, `share` (of one) or `x`.
    pub unit: String,
    /// The value; `None` where nothing keeps every promise.
    pub value: Option<f64>,
    /// The neighbouring value at which a promise breaks; `None` where the range ended first.
    pub next_failing: Option<f64>,
    /// The promise that breaks there, or everywhere; the one furthest beyond its target of several.
    pub binding: Option<Promise>,
    /// Others that break at the same place.
    pub also_broken: Vec<String>,
    /// Where no value helps: the part that binds, in words.
    pub bound_by: Option<String>,
    /// The run at the value.
    pub at_value: Option<Figures>,
    /// The run at the next failing value, or at the best end of the range where nothing holds.
    pub at_next: Option<Figures>,
    /// The scenario with the value put in.
    pub scenario: Option<Scenario>,
    /// Different scenarios that ran.
    pub runs: u32,
    /// Those of the search, by value.
    pub tried: Vec<Tried>,
    /// The answer in words.
    pub sentence: String,
    /// What a reader must know about it.
    pub notes: Vec<String>,
}

/// Answers of positions; what is impossible there counts as failing and is remembered.
struct Lookup<'a, 'b> {
    knob: &'a Knob,
    scenario: &'a Scenario,
    trials: &'a Trials<'b>,
    impossible: RefCell<Option<SimulateError>>,
    seen: RefCell<Vec<(i64, Option<Figures>)>>,
}

impl Lookup<'_, '_> {
    fn holds(&self, positions: &[i64]) -> Result<Vec<bool>, SimulateError> {
        let scenarios: Vec<Scenario> = positions
            .iter()
            .map(|p| self.knob.turn(self.scenario, *p))
            .collect();
        let mut out = Vec::with_capacity(positions.len());
        for (position, result) in positions.iter().zip(self.trials.each(&scenarios)) {
            let run = match result {
                Ok(run) => Some(run),
                Err(error @ SimulateError::Impossible { .. }) => {
                    self.impossible.borrow_mut().get_or_insert(error);
                    None
                }
                Err(other) => return Err(other),
            };
            out.push(run.as_ref().is_some_and(Figures::holds));
            self.seen.borrow_mut().push((*position, run));
        }
        Ok(out)
    }

    fn at(&self, position: i64) -> Option<Figures> {
        let seen = self.seen.borrow();
        let found = seen.iter().find(|(p, _)| *p == position);
        found.and_then(|(_, run)| run.clone())
    }

    fn all(&self) -> Vec<(i64, Option<Figures>)> {
        let mut list = self.seen.borrow().clone();
        list.sort_by_key(|(p, _)| *p);
        list
    }
}

/// Answers a question. A scenario that leaves the engine open is searched with the fluid engine, and the edge that it
/// finds is then looked for again with the engine the scenario would run with, which has the last word.
pub fn solve(
    scenario: &Scenario,
    what: What,
    within: Option<Within>,
    judge: &Judge<'_>,
    progress: &Progress,
) -> Result<Solution, SimulateError> {
    let knob = Knob::new(what, scenario, within)?;
    let trials = Trials::new(judge, progress);
    let overlay = scenario.federation.is_some() || scenario.chain.is_some();
    let open = scenario.run.engine == Engine::Auto && !overlay;
    let mut fast = scenario.clone();
    if open {
        fast.run.engine = Engine::Fluid;
    }
    let lookup = |scenario| Lookup {
        knob: &knob,
        scenario,
        trials: &trials,
        impossible: RefCell::default(),
        seen: RefCell::default(),
    };
    let coarse = lookup(&fast);
    let mut scan = knob.scan();
    progress.set_total(scan.len() as u64 + 12);
    let mut prefer = knob.prefer;
    // What the scenario asks for is where a growth is counted from: upwards where that is survived, else the most below.
    if let Some(own) = knob.own_growth(scenario).filter(|_| within.is_none()) {
        if coarse.holds(&[own])? == [true] {
            scan.retain(|p| *p > own);
        } else {
            scan.retain(|p| *p < own);
            prefer = Prefer::Largest;
        }
        scan.push(own);
    }
    let mut found = search(&scan, prefer, &|p| coarse.holds(p))?;
    refuse_without_promises(&coarse)?;
    let mut notes = knob.notes.clone();
    let fine = lookup(scenario);
    let mut used = &coarse;
    if open {
        let best_end = if knob.prefer == Prefer::Smallest {
            knob.range.1
        } else {
            knob.range.0
        };
        let start = found.value.unwrap_or(best_end);
        let exact = gallop(start, knob.range, knob.prefer, &|p| fine.holds(p))?;
        let same_engine = fine
            .at(start)
            .is_some_and(|run| run.engine == Engine::Fluid);
        if !same_engine {
            if let (Some(a), Some(b)) = (found.value, exact.value)
                && a != b
            {
                notes.push(format!(
                    "The fluid engine put it at {}; request by request it is {}.",
                    knob.words(a),
                    knob.words(b)
                ));
            }
            let (holes, islands) = (found.holes, found.islands);
            found = exact;
            // Far away only the fluid engine looked.
            found.holes.extend(holes);
            found.islands.extend(islands);
            used = &fine;
        }
    }
    answer(&knob, scenario, &found, used, &coarse, &trials, notes)
}

/// An answer needs a promise that a simulation can judge.
fn refuse_without_promises(lookup: &Lookup<'_, '_>) -> Result<(), SimulateError> {
    let all = lookup.all();
    let runs: Vec<&Figures> = all.iter().filter_map(|(_, run)| run.as_ref()).collect();
    if runs.is_empty() {
        return Err(lookup.impossible.take().unwrap_or(SimulateError::Cancelled));
    }
    if runs.iter().all(|run| run.promises.is_empty()) {
        return Err(SimulateError::impossible(
            "sla",
            "there is no promise to keep; name an SLA file or write objectives, such as a P95 of at most 200ms",
        ));
    }
    if runs
        .iter()
        .all(|run| run.promises.len() == run.unjudged().len())
    {
        return Err(SimulateError::impossible(
            "sla",
            "none of its promises can be judged by a simulation; it takes one on latency, errors, throughput or availability",
        ));
    }
    Ok(())
}

fn answer(
    knob: &Knob,
    scenario: &Scenario,
    found: &Found,
    used: &Lookup<'_, '_>,
    coarse: &Lookup<'_, '_>,
    trials: &Trials<'_>,
    mut notes: Vec<String>,
) -> Result<Solution, SimulateError> {
    let best_end = match knob.prefer {
        Prefer::Smallest => knob.range.1,
        Prefer::Largest | Prefer::Unbroken => knob.range.0,
    };
    let at_value = found.value.and_then(|v| used.at(v));
    let failing = match (found.value, found.next_failing) {
        (None, _) => Some(best_end),
        (_, next) => next,
    };
    let at_next = failing.and_then(|v| used.at(v).or_else(|| coarse.at(v)));
    let broken: Vec<Promise> = at_next
        .as_ref()
        .map(|run| run.broken().into_iter().cloned().collect())
        .unwrap_or_default();
    let binding = broken.first().cloned();
    let mut bound = None;
    if found.value.is_none()
        && let Some(binding) = &binding
    {
        bound = bound_by(&knob.turn(coarse.scenario, best_end), &binding.name, trials)?;
    }
    if let Some(error) = coarse.impossible.take().or(used.impossible.take()) {
        notes.push(format!(
            "Some values cannot be run and count as failing: {error}."
        ));
    }
    for (list, what) in [(&found.holes, "fails"), (&found.islands, "holds again")] {
        let mut list = list.clone();
        list.sort_unstable();
        list.dedup();
        if let (Some(first), Some(last)) = (list.first(), list.last()) {
            let place = if first == last {
                knob.words(*first)
            } else {
                format!("{} to {}", knob.words(*first), knob.words(*last))
            };
            notes.push(format!(
                "It is not a matter of more or less alone: {place} {what} ({} of the values that were tried).",
                list.len()
            ));
        }
    }
    let unjudged = at_value
        .as_ref()
        .or(at_next.as_ref())
        .map(|run| run.unjudged().join(", "))
        .unwrap_or_default();
    if !unjudged.is_empty() {
        notes.push(format!(
            "Not judged, because a simulation has no data on it or the load never asks for as much: {unjudged}."
        ));
    }
    let tried = tried(knob, coarse);
    if knob.what == What::Target {
        notes.extend(words::range_of_targets(knob, coarse.all().iter(), found));
    }
    let mut solution = Solution {
        what: knob.what,
        unit: knob.unit.to_owned(),
        value: found.value.map(|v| knob.value(v)),
        next_failing: found.next_failing.map(|v| knob.value(v)),
        binding,
        also_broken: broken.iter().skip(1).map(|p| p.name.clone()).collect(),
        bound_by: bound,
        at_value,
        at_next,
        scenario: found.value.map(|v| knob.turn(scenario, v)),
        runs: trials.runs(),
        tried,
        sentence: String::new(),
        notes,
    };
    solution.sentence = words::sentence(knob, found, best_end, &solution, &scenario.cost.currency);
    Ok(solution)
}

fn tried(knob: &Knob, lookup: &Lookup<'_, '_>) -> Vec<Tried> {
    let mut list: Vec<Tried> = lookup
        .all()
        .into_iter()
        .filter_map(|(position, run)| {
            let run = run?;
            Some(Tried {
                value: knob.value(position),
                holds: run.holds(),
                p95: run.p95,
                error_rate: run.error_rate,
                cost_per_month: run.cost_per_month,
            })
        })
        .collect();
    list.dedup_by(|a, b| a.value.to_bits() == b.value.to_bits());
    list
}
