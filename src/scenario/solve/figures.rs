//! A run reduced to what a solver, a comparison or a table looks at: plain figures, and what became of each promise.

use serde::{Deserialize, Serialize};

use crate::analysis::sla::Verdict;
use crate::scenario::Outcome;
use crate::scenario::judge::Promise;
use crate::scenario::model::Engine;
use crate::units::{number, percent_of, with_unit};

/// How far beyond its target a broken promise is, as a share of the target (of what the target leaves open, for a high
/// percentage such as 99.9 %). Only for telling which of several broken promises is broken most.
pub fn strain(promise: &Promise) -> f64 {
    let (Some(achieved), Some(target)) = (promise.achieved, promise.target) else {
        return f64::INFINITY;
    };
    let budget = promise.unit == "%" && target > 50.0 && achieved < target;
    let scale = if budget { 100.0 - target } else { target };
    (achieved - target).abs() / scale.abs().max(f64::MIN_POSITIVE)
}

/// `“API P95” (231 ms, promised 200ms)`.
pub fn promise_words(promise: &Promise) -> String {
    let text = |text: &str, value: Option<f64>, none: &str| {
        if text.is_empty() {
            value.map_or_else(|| none.to_owned(), |v| with_unit(v, &promise.unit))
        } else {
            text.to_owned()
        }
    };
    format!(
        "“{}” ({}, promised {})",
        promise.name,
        text(&promise.achieved_text, promise.achieved, "nothing measured"),
        text(&promise.target_text, promise.target, "nothing")
    )
}

/// The figures of a run. Times in seconds, rates per second, shares of one; over the run without its warm-up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Figures {
    /// Name of the scenario.
    pub scenario: String,
    /// The engine that ran.
    pub engine: Engine,
    /// Requests that arrived.
    pub offered_per_sec: f64,
    /// Answered without error.
    pub served_per_sec: f64,
    /// Share of the offered without a good answer.
    pub error_rate: f64,
    /// Mean response time.
    pub mean: f64,
    /// Half of the answers were no slower.
    pub p50: f64,
    /// 95 % of the answers were no slower.
    pub p95: f64,
    /// 99 % of the answers were no slower.
    pub p99: f64,
    /// Busy workers as a share of all.
    pub utilisation_mean: f64,
    /// Largest of the steps.
    pub utilisation_peak: f64,
    /// Fewest instances in service.
    pub instances_min: u32,
    /// Most instances in service.
    pub instances_max: u32,
    /// Of 730 hours at the rate of the run.
    pub cost_per_month: f64,
    /// Of a thousand good answers; `None` without any.
    pub cost_per_thousand: Option<f64>,
    /// What became of the promises, in the order of the SLA.
    pub promises: Vec<Promise>,
}

impl Figures {
    /// The figures of an outcome with the verdicts on it.
    pub fn new(outcome: &Outcome, promises: Vec<Promise>) -> Self {
        let s = &outcome.summary;
        Self {
            scenario: outcome.scenario.clone(),
            engine: outcome.engine,
            offered_per_sec: s.offered_per_sec.value,
            served_per_sec: s.served_per_sec.value,
            error_rate: s.error_rate.value,
            mean: s.mean.value,
            p50: s.p50.value,
            p95: s.p95.value,
            p99: s.p99.value,
            utilisation_mean: s.utilisation_mean.value,
            utilisation_peak: s.utilisation_peak,
            instances_min: s.instances_min,
            instances_max: s.instances_max,
            cost_per_month: s.cost_per_month,
            cost_per_thousand: s.cost_per_thousand,
            promises,
        }
    }

    /// Whether every promise that a simulation can judge is kept. One without data does not count, unless nothing was
    /// answered at all, nor one that asks for more than the load; another that is not proven is not kept.
    pub fn holds(&self) -> bool {
        self.promises.iter().any(|p| p.verdict == Verdict::Met) && self.broken().is_empty()
    }

    /// The promises that are not kept, the one furthest beyond its target first.
    pub fn broken(&self) -> Vec<&Promise> {
        let answered = self.served_per_sec > 0.0;
        let mut list: Vec<&Promise> = self
            .promises
            .iter()
            .filter(|p| match p.verdict {
                Verdict::Met => false,
                Verdict::Breached => true,
                Verdict::NotProven => !(answered && p.not_asked),
                Verdict::NoData => !answered,
            })
            .collect();
        list.sort_by(|a, b| strain(b).total_cmp(&strain(a)).then(a.name.cmp(&b.name)));
        list
    }

    /// Promises that a simulation says nothing about.
    pub fn unjudged(&self) -> Vec<&str> {
        self.promises
            .iter()
            .filter(|p| p.verdict == Verdict::NoData || p.not_asked)
            .map(|p| p.name.as_str())
            .collect()
    }

    /// `P95 187 ms, errors 0.02 %, 1,489 USD a month`; the cost is left out where it is nothing.
    pub fn words(&self, currency: &str) -> String {
        // Less than one in a million is not told apart from another such share.
        let errors = if self.error_rate <= 0.0 {
            "no errors".to_owned()
        } else if self.error_rate < 1e-6 {
            "errors under 0.0001 %".to_owned()
        } else {
            format!("errors {}", percent_of(self.error_rate))
        };
        let mut out = format!("P95 {}, {errors}", with_unit(self.p95, "s"));
        if self.cost_per_month > 0.0 {
            out += &format!(", {} {currency} a month", number(self.cost_per_month));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn promise(name: &str, verdict: Verdict, achieved: f64, target: f64) -> Promise {
        Promise {
            name: name.to_owned(),
            verdict,
            achieved: Some(achieved),
            target: Some(target),
            unit: "ms".to_owned(),
            achieved_text: String::new(),
            target_text: String::new(),
            minutes_below: None,
            budget_left: None,
            reason: None,
            not_asked: false,
            repetitions: 1,
            kept_in: 1,
        }
    }

    #[test]
    fn the_most_broken_promise_stands_first_and_no_data_counts_only_without_answers() {
        let mut run = Figures {
            served_per_sec: 1.0,
            promises: vec![
                promise("a", Verdict::Breached, 210.0, 200.0),
                promise("b", Verdict::Breached, 900.0, 300.0),
                promise("c", Verdict::Met, 10.0, 300.0),
                promise("d", Verdict::NoData, 0.0, 1.0),
            ],
            ..Figures::default()
        };
        let names = |run: &Figures| -> Vec<String> {
            run.broken().iter().map(|p| p.name.clone()).collect()
        };
        assert_eq!(names(&run), ["b", "a"]);
        assert!(!run.holds());
        run.promises.retain(|p| p.verdict != Verdict::Breached);
        assert!(run.holds());
        assert_eq!(run.unjudged(), ["d"]);
        run.promises
            .push(promise("e", Verdict::NotProven, 72.0, 10_000.0));
        assert!(!run.holds());
        run.promises[2].not_asked = true;
        assert!(run.holds());
        assert_eq!(run.unjudged(), ["d", "e"]);
        run.promises.pop();
        run.served_per_sec = 0.0;
        assert_eq!(names(&run), ["d"]);
        run.promises.clear();
        assert!(!run.holds(), "without a promise there is nothing to keep");
    }

    #[test]
    fn a_high_percentage_is_strained_by_its_budget() {
        let mut p = promise("uptime", Verdict::Breached, 99.8, 99.9);
        p.unit = "%".to_owned();
        assert!((strain(&p) - 1.0).abs() < 1e-9);
        p.achieved = None;
        assert_eq!(strain(&p), f64::INFINITY);
    }
}
