//! A run reduced to what a solver, a comparison or a table looks at: plain figures, and what became of each promise.

use serde::{Deserialize, Serialize};

use crate::analysis::sla::Verdict;
use crate::scenario::Outcome;
use crate::scenario::model::Engine;
use crate::units::{Direction, number, with_unit};

/// What became of one promise in a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Promise {
    /// Name of the objective.
    pub name: String,
    /// As the SLA engine judged it.
    pub verdict: Verdict,
    /// In `unit`; `None` where nothing was measured.
    pub achieved: Option<f64>,
    /// In `unit`.
    pub target: Option<f64>,
    /// The achieved figure with its unit, rounded to the worse side.
    pub achieved_text: String,
    /// The target as it was written.
    pub target_text: String,
    /// `%`, `ms`, `/s` or the unit of the metric.
    pub unit: String,
    /// Which side of the target is good.
    pub direction: Direction,
}

impl Promise {
    /// How far beyond its target it is, as a share of the target (of what the target leaves open, for a high percentage
    /// such as 99.9 %); below zero on the good side. Only for telling which of several broken promises is broken most.
    pub fn strain(&self) -> f64 {
        let (Some(achieved), Some(target)) = (self.achieved, self.target) else {
            return f64::INFINITY;
        };
        match self.direction {
            Direction::AtMost => (achieved - target) / target.abs().max(f64::MIN_POSITIVE),
            Direction::AtLeast => {
                let scale = if self.unit == "%" && target > 50.0 {
                    100.0 - target
                } else {
                    target.abs()
                };
                (target - achieved) / scale.max(f64::MIN_POSITIVE)
            }
        }
    }

    /// `"API P95" (231 ms, promised 200ms)`.
    pub fn words(&self) -> String {
        let achieved = if self.achieved_text.is_empty() {
            self.achieved.map_or_else(
                || "nothing measured".to_owned(),
                |v| with_unit(v, &self.unit),
            )
        } else {
            self.achieved_text.clone()
        };
        let target = if self.target_text.is_empty() {
            self.target
                .map_or_else(|| "–".to_owned(), |v| with_unit(v, &self.unit))
        } else {
            self.target_text.clone()
        };
        format!("“{}” ({achieved}, promised {target})", self.name)
    }
}

/// The figures of a run. Times in seconds, rates per second, shares of one; over the run without its warm-up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Judged {
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

impl Judged {
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
    /// answered at all; one that is not proven is not kept.
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
                Verdict::Breached | Verdict::NotProven => true,
                Verdict::NoData => !answered,
            })
            .collect();
        list.sort_by(|a, b| b.strain().total_cmp(&a.strain()).then(a.name.cmp(&b.name)));
        list
    }

    /// Promises that a simulation says nothing about.
    pub fn unjudged(&self) -> Vec<&str> {
        self.promises
            .iter()
            .filter(|p| p.verdict == Verdict::NoData)
            .map(|p| p.name.as_str())
            .collect()
    }

    /// `P95 187 ms, errors 0.02 %, 1,489 USD a month`; the cost is left out where it is nothing.
    pub fn words(&self, currency: &str) -> String {
        let mut out = format!(
            "P95 {}, errors {}",
            with_unit(self.p95, "s"),
            crate::units::percent_of(self.error_rate)
        );
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
            achieved_text: String::new(),
            target_text: String::new(),
            unit: "ms".to_owned(),
            direction: Direction::AtMost,
        }
    }

    #[test]
    fn the_most_broken_promise_stands_first_and_no_data_counts_only_without_answers() {
        let mut run = Judged {
            served_per_sec: 1.0,
            promises: vec![
                promise("a", Verdict::Breached, 210.0, 200.0),
                promise("b", Verdict::Breached, 900.0, 300.0),
                promise("c", Verdict::Met, 10.0, 300.0),
                promise("d", Verdict::NoData, 0.0, 1.0),
            ],
            ..Judged::default()
        };
        let names =
            |run: &Judged| -> Vec<String> { run.broken().iter().map(|p| p.name.clone()).collect() };
        assert_eq!(names(&run), ["b", "a"]);
        assert!(!run.holds());
        run.promises.retain(|p| p.verdict != Verdict::Breached);
        assert!(run.holds());
        assert_eq!(run.unjudged(), ["d"]);
        run.served_per_sec = 0.0;
        assert_eq!(names(&run), ["d"]);
        run.promises.clear();
        assert!(!run.holds(), "without a promise there is nothing to keep");
    }

    #[test]
    fn a_high_percentage_is_strained_by_its_budget() {
        let mut p = promise("uptime", Verdict::Breached, 99.8, 99.9);
        p.unit = "%".to_owned();
        p.direction = Direction::AtLeast;
        assert!((p.strain() - 1.0).abs() < 1e-9);
        p.achieved = None;
        assert_eq!(p.strain(), f64::INFINITY);
    }
}
