//! What a scenario came to, as the screen keeps it: the outcome with as many steps as charts can use, and what the
//! promises say about it. Kept by the scenario's fingerprint, so that undo and going back cost nothing.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::analysis::sla::Verdict;
use crate::scenario::model::Run;
use crate::scenario::outcome::StepFigures;
use crate::scenario::{Outcome, Scenario, judge};
use crate::units;

/// Most steps that are kept; more of them are joined, and the worst of those that are joined is shown.
pub const MOST_STEPS: usize = 20_000;
/// CPU over the cores by less than this share is the noise of a step.
const CPU_NOISE: f64 = 0.005;
/// Outcomes that are kept besides those on screen.
const KEPT: usize = 32;

/// What became of one promise.
#[derive(Clone, Debug, PartialEq)]
pub struct Promise {
    /// Name of the objective.
    pub name: String,
    /// What became of it.
    pub verdict: Verdict,
    /// The figure reached, rounded to the worse side, with its unit; empty where there is none.
    pub achieved: String,
    /// The target as it was written.
    pub target: String,
    /// A limit on response times in seconds, to be drawn.
    pub limit_secs: Option<f64>,
    /// Minutes of the run in which it was missed.
    pub minutes_below: Option<f64>,
    /// Error budget left, in per cent of that of the run.
    pub budget_left: Option<f64>,
    /// Why it is not proven or has no data.
    pub reason: Option<String>,
    /// In how many of several repetitions it was kept.
    pub how_often: Option<String>,
}

impl Promise {
    /// From the judgement of the run.
    pub fn of(judged: &judge::Promise) -> Self {
        let limit_secs = match judged.unit.as_str() {
            "ms" => judged.target.map(|ms| ms / 1_000.0),
            "s" => judged.target,
            _ => None,
        };
        Self {
            name: judged.name.clone(),
            verdict: judged.verdict,
            achieved: judged.achieved_text.clone(),
            target: judged.target_text.clone(),
            limit_secs,
            minutes_below: judged.minutes_below,
            budget_left: judged.budget_left,
            reason: judged.reason.clone(),
            how_often: judged.how_often(),
        }
    }
}

/// A scenario's run with its judgement.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Simulated {
    /// What came out; long runs have joined steps, and response times by step are left out.
    pub outcome: Outcome,
    /// Steps of the run that one kept step stands for.
    pub joined: usize,
    /// What the promises say; those that a simulation can say nothing about are left out.
    pub promises: Vec<Promise>,
    /// Promises that a simulation says nothing about, by name.
    pub not_judged: Vec<String>,
    /// Promises that could not be read, in sentences.
    pub problems: Vec<String>,
    /// What was run, as it was asked; its name may be that of another scenario that differs in nothing else.
    pub of: Scenario,
    /// How it was run, once what it refers to was filled in.
    pub run: Run,
    /// What was assumed, in sentences.
    pub assumptions: Vec<String>,
}

impl Simulated {
    /// From a run and what became of all promises.
    pub fn new(mut outcome: Outcome, all: Vec<Promise>, problems: Vec<String>) -> Self {
        let joined = outcome.steps.len().div_ceil(MOST_STEPS).max(1);
        if joined > 1 {
            outcome.steps = outcome.steps.chunks(joined).filter_map(join).collect();
        }
        (outcome.times, outcome.each) = (Vec::new(), Vec::new());
        let (promises, unknown): (Vec<Promise>, Vec<Promise>) =
            all.into_iter().partition(|p| p.verdict != Verdict::NoData);
        let not_judged = unknown.into_iter().map(|p| p.name).collect();
        Self {
            outcome,
            joined,
            promises,
            not_judged,
            problems,
            ..Self::default()
        }
    }

    /// What the promises say together; no data where there are none. Where nothing was answered nothing is kept.
    pub fn verdict(&self) -> Verdict {
        match Verdict::together(self.promises.iter().map(|p| p.verdict)) {
            Verdict::Met if !self.answered() => Verdict::NotProven,
            verdict => verdict,
        }
    }

    /// Something was answered at all.
    pub fn answered(&self) -> bool {
        self.outcome.summary.served_per_sec.value > 0.0
    }

    /// Promises that were not kept.
    pub fn broken(&self) -> impl Iterator<Item = &Promise> {
        self.promises
            .iter()
            .filter(|p| p.verdict == Verdict::Breached)
    }

    /// The tightest limit on response times, in seconds.
    pub fn budget_secs(&self) -> Option<f64> {
        self.promises
            .iter()
            .filter_map(|p| p.limit_secs)
            .reduce(f64::min)
    }
}

/// Warns where the processor time that requests take is more than an instance has: response times come from workers,
/// and do not get longer by it.
pub fn beyond_the_machine(scenario: &Scenario, outcome: &Outcome) -> Option<String> {
    // Peers and shards have their own words for it, and a size that follows use has no one machine.
    if scenario.is_overlay() || scenario.autoscaling.vertical.is_some() {
        return None;
    }
    let cores = scenario.service.cores;
    let used = outcome.summary.cpu_peak * scenario.autoscaling.cpu.request;
    (cores > 0.0 && used > cores * (1.0 + CPU_NOISE)).then(|| {
        let many = if (cores - 1.0).abs() < 1e-9 { "" } else { "s" };
        format!(
            "CPU passes the {} core{many} of an instance, with {} at the peak; response times do not know of it",
            units::grouped(cores, usize::from(cores.fract() != 0.0)),
            units::number(used)
        )
    })
}

/// Several steps as one: means of rates, the worst of times and queues, the end of the last.
fn join(steps: &[StepFigures]) -> Option<StepFigures> {
    let (first, last) = (steps.first()?, steps.last()?);
    let count = steps.len() as f64;
    let mean = |of: fn(&StepFigures) -> f64| steps.iter().map(of).sum::<f64>() / count;
    let worst = |of: fn(&StepFigures) -> Option<f64>| steps.iter().filter_map(of).reduce(f64::max);
    let most = |of: fn(&StepFigures) -> f64| steps.iter().map(of).fold(0.0, f64::max);
    Some(StepFigures {
        at: first.at,
        offered: mean(|s| s.offered),
        served: mean(|s| s.served),
        errors: mean(|s| s.errors),
        p50: worst(|s| s.p50),
        p95: worst(|s| s.p95),
        p99: worst(|s| s.p99),
        utilisation: mean(|s| s.utilisation),
        cpu: mean(|s| s.cpu),
        queue: most(|s| s.queue),
        cost: steps.iter().map(|s| s.cost).sum(),
        cache_hits: worst(|s| s.cache_hits.map(|share| -share)).map(|share| -share),
        connections: worst(|s| s.connections),
        ..*last
    })
}

/// The last results by what they were made of.
#[derive(Debug)]
pub struct Recent<T> {
    kept: VecDeque<(u64, Arc<T>)>,
}

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self {
            kept: VecDeque::new(),
        }
    }
}

impl<T> Recent<T> {
    /// The result made of this.
    pub fn get(&self, fingerprint: u64) -> Option<Arc<T>> {
        let found = self.kept.iter().find(|(of, _)| *of == fingerprint);
        found.map(|(_, value)| Arc::clone(value))
    }

    /// Keeps a result; the oldest gives way.
    pub fn put(&mut self, fingerprint: u64, value: Arc<T>) {
        self.kept.retain(|(of, _)| *of != fingerprint);
        self.kept.push_back((fingerprint, value));
        if self.kept.len() > KEPT {
            self.kept.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(at: f64, p95: Option<f64>, queue: f64) -> StepFigures {
        StepFigures {
            at,
            offered: at,
            p95,
            queue,
            cost: 1.0,
            instances: at as u32,
            cache_hits: Some(0.5 + at / 100.0),
            ..StepFigures::default()
        }
    }

    #[test]
    fn long_runs_keep_the_worst_of_what_is_joined() {
        let steps: Vec<StepFigures> = (0..=(MOST_STEPS * 2))
            .map(|n| {
                step(
                    n as f64,
                    (n == 3).then_some(9.0),
                    if n == 2 { 40.0 } else { 1.0 },
                )
            })
            .collect();
        let outcome = Outcome {
            steps,
            ..Outcome::default()
        };
        let kept = Simulated::new(outcome, Vec::new(), Vec::new());
        assert_eq!(kept.joined, 3);
        assert!(kept.outcome.steps.len() <= MOST_STEPS);
        let (first, second) = (kept.outcome.steps[0], kept.outcome.steps[1]);
        assert_eq!((first.offered, first.queue, first.cost), (1.0, 40.0, 3.0));
        assert_eq!((first.p95, first.instances), (None, 2));
        assert_eq!(first.cache_hits, Some(0.5));
        assert_eq!((second.at, second.p95), (3.0, Some(9.0)));
    }

    #[test]
    fn short_runs_stay_as_they_are() {
        let outcome = Outcome {
            steps: vec![step(0.0, Some(0.1), 2.0)],
            ..Outcome::default()
        };
        let kept = Simulated::new(outcome.clone(), Vec::new(), Vec::new());
        assert_eq!((kept.joined, &kept.outcome.steps), (1, &outcome.steps));
        assert_eq!(kept.verdict(), Verdict::NoData);
    }

    #[test]
    fn more_processor_than_there_is_is_warned_of() {
        let mut scenario = Scenario::default();
        scenario.service.cores = 2.0;
        scenario.autoscaling.cpu.request = 2.0;
        let mut outcome = Outcome::default();
        outcome.summary.cpu_peak = 2.57;
        assert_eq!(
            beyond_the_machine(&scenario, &outcome).unwrap(),
            "CPU passes the 2 cores of an instance, with 5.14 at the peak; response times do not know of it"
        );
        outcome.summary.cpu_peak = 1.0;
        assert_eq!(beyond_the_machine(&scenario, &outcome), None);
        // Twice the request is no more than there is where half of the machine was requested.
        scenario.autoscaling.cpu.request = 1.0;
        outcome.summary.cpu_peak = 2.0;
        assert_eq!(beyond_the_machine(&scenario, &outcome), None);
    }

    #[test]
    fn old_results_give_way() {
        let mut recent = Recent::default();
        for n in 0..=KEPT as u64 {
            recent.put(n, Arc::new(Simulated::default()));
        }
        assert!(recent.get(0).is_none() && recent.get(1).is_some());
        let again = Arc::new(Simulated::default());
        recent.put(1, Arc::clone(&again));
        assert!(Arc::ptr_eq(&recent.get(1).unwrap(), &again));
    }
}
