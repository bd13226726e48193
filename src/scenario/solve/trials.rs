//! Runs on behalf of a question: each scenario runs once, several at a time, and can be stopped.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::Figures;
use crate::progress::Progress;
use crate::scenario::{Scenario, SimulateError};

/// Runs a scenario and judges it; the engine and the promises are the caller's.
pub type Judge<'a> = dyn Fn(&Scenario) -> Result<Figures, SimulateError> + Sync + 'a;

/// The runs of one question with what is known already.
pub struct Trials<'a> {
    judge: &'a Judge<'a>,
    progress: &'a Progress,
    known: Mutex<BTreeMap<String, Figures>>,
}

impl<'a> Trials<'a> {
    /// No run yet.
    pub fn new(judge: &'a Judge<'a>, progress: &'a Progress) -> Self {
        Self {
            judge,
            progress,
            known: Mutex::default(),
        }
    }

    /// Different scenarios that ran.
    pub fn runs(&self) -> u32 {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        u32::try_from(known.len()).unwrap_or(u32::MAX)
    }

    /// One scenario.
    pub fn one(&self, scenario: &Scenario) -> Result<Figures, SimulateError> {
        let mut found = self.each(std::slice::from_ref(scenario));
        found.pop().unwrap_or(Err(SimulateError::Cancelled))
    }

    /// Several at once, in the order given; the first error ends it.
    pub fn all(&self, scenarios: &[Scenario]) -> Result<Vec<Figures>, SimulateError> {
        self.each(scenarios).into_iter().collect()
    }

    /// Several at once, each with its own result, in the order given.
    pub fn each(&self, scenarios: &[Scenario]) -> Vec<Result<Figures, SimulateError>> {
        let prints: Vec<String> = scenarios.iter().map(fingerprint).collect();
        let mut new: Vec<(&String, &Scenario)> = Vec::new();
        let mut results: BTreeMap<&str, Result<Figures, SimulateError>> = BTreeMap::new();
        {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            let mut asked = BTreeSet::new();
            for (print, scenario) in prints.iter().zip(scenarios) {
                if let Some(found) = known.get(print) {
                    results.insert(print, Ok(found.clone()));
                } else if asked.insert(print) {
                    new.push((print, scenario));
                }
            }
        }
        let ran: Vec<(&String, Result<Figures, SimulateError>)> = new
            .into_par_iter()
            .map(|(print, scenario)| {
                let result = match self.progress.check() {
                    Ok(()) => (self.judge)(scenario),
                    Err(_) => Err(SimulateError::Cancelled),
                };
                self.progress.advance(1);
                (print, result)
            })
            .collect();
        {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            for (print, result) in ran {
                if let Ok(found) = &result {
                    known.insert(print.clone(), found.clone());
                }
                results.insert(print, result);
            }
        }
        prints
            .iter()
            .map(|print| {
                results
                    .get(print.as_str())
                    .cloned()
                    .unwrap_or(Err(SimulateError::Cancelled))
            })
            .collect()
    }
}

/// Equal for scenarios that run alike. Names and sentences do not change a run, but stay in: results carry the name.
fn fingerprint(scenario: &Scenario) -> String {
    // The writer fails only for maps whose keys are not text; there are none in a scenario.
    serde_json::to_string(scenario).unwrap_or_else(|_| format!("{scenario:?}"))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn a_scenario_runs_once_and_a_stop_is_an_error() {
        let count = AtomicU32::new(0);
        let judge = |s: &Scenario| {
            count.fetch_add(1, Ordering::Relaxed);
            Ok(Figures {
                p95: s.workload.growth,
                ..Figures::default()
            })
        };
        let progress = Progress::default();
        let trials = Trials::new(&judge, &progress);
        let grown = |growth: f64| {
            let mut s = Scenario::default();
            s.workload.growth = growth;
            s
        };
        let both = trials.all(&[grown(2.0), grown(3.0), grown(2.0)]).unwrap();
        assert_eq!(
            both.iter().map(|j| j.p95).collect::<Vec<_>>(),
            [2.0, 3.0, 2.0]
        );
        trials.one(&grown(3.0)).unwrap();
        assert_eq!((trials.runs(), count.load(Ordering::Relaxed)), (2, 2));
        progress.cancel();
        assert_eq!(trials.one(&grown(3.0)).map(|j| j.p95), Ok(3.0));
        assert_eq!(trials.one(&grown(4.0)), Err(SimulateError::Cancelled));
    }
}
