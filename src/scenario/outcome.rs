//! What came out of a run: figures over all of it, the run over time, and what happened on the way. Both engines give
//! the same.

mod overlay;

use serde::{Deserialize, Serialize};

pub use overlay::{
    ChainFigures, ChainStep, FederationFigures, FederationStep, FigureSeries, RegionFigures,
    ShardFigures,
};

use super::model::Engine;

/// A figure with the interval its repetitions give.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// In the unit of the field it is of.
    pub value: f64,
    /// 95 % interval of the mean over repetitions (Student's t); `None` below three of them.
    pub interval: Option<(f64, f64)>,
}

impl From<f64> for Figure {
    fn from(value: f64) -> Self {
        Self {
            value,
            interval: None,
        }
    }
}

/// Over the run without its warm-up. Times in seconds; of answered requests, from the first sending to the answer,
/// waits and retries included.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Summary {
    /// Requests that arrived, without those sent again.
    pub offered: f64,
    /// Requests per second that arrived.
    pub offered_per_sec: Figure,
    /// Answered without error.
    pub served_per_sec: Figure,
    /// Share of the offered that got no good answer, 0..1.
    pub error_rate: Figure,
    /// Mean response time.
    pub mean: Figure,
    /// Mean time before a worker took the request.
    pub wait_mean: Figure,
    /// Half of the answers were no slower.
    pub p50: Figure,
    /// 95 % of the answers were no slower.
    pub p95: Figure,
    /// 99 % of the answers were no slower.
    pub p99: Figure,
    /// Busy workers as a share of all there are, 0..1.
    pub utilisation_mean: Figure,
    /// Largest of the steps.
    pub utilisation_peak: f64,
    /// Largest processor use as a share of the CPU request.
    pub cpu_peak: f64,
    /// Most requests waiting at once, over all instances.
    pub queue_max: f64,
    /// Fewest instances in service.
    pub instances_min: u32,
    /// Most instances in service.
    pub instances_max: u32,
    /// Hours of all instances together, those starting up included.
    pub instance_hours: f64,
    /// Share of the steps with at least one instance in service and without mass failure, 0..1.
    pub availability: f64,
    /// Of the whole run.
    pub cost: f64,
    /// Of 730 hours at this rate.
    pub cost_per_month: f64,
    /// Of a thousand good answers; `None` without any.
    pub cost_per_thousand: Option<f64>,
    /// 95 % interval of the availability over repetitions; `None` below three of them.
    pub availability_interval: Option<(f64, f64)>,
}

/// One step of the run over time; rates are per second of the step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StepFigures {
    /// Seconds from the start of the run (after the warm-up) to the start of the step.
    pub at: f64,
    /// Requests that arrived, per second.
    pub offered: f64,
    /// Answered without error, per second.
    pub served: f64,
    /// Refused, failed or given up, per second.
    pub errors: f64,
    /// Response times of requests answered in the step, seconds; `None` without any.
    pub p50: Option<f64>,
    /// 95th percentile, likewise.
    pub p95: Option<f64>,
    /// 99th percentile, likewise.
    pub p99: Option<f64>,
    /// Instances in service at the end of the step.
    pub instances: u32,
    /// Busy workers as a share, mean over the step.
    pub utilisation: f64,
    /// Processor use as a share of the CPU request, mean over the step.
    pub cpu: f64,
    /// Requests waiting at the end of the step.
    pub queue: f64,
    /// Cost of the step.
    pub cost: f64,
    /// Share of reads answered by caches in the step; `None` without caches.
    pub cache_hits: Option<f64>,
    /// Connections in use at the end of the step; `None` without a database.
    pub connections: Option<f64>,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Seconds from the start of the run.
    pub at: f64,
    /// `scale_out`, `scale_in`, `fault`, `recovery`, `breaker_open`, `breaker_closed`, `resize`, `rollback`, `rollout`,
    /// `failover`, `rebalance`, `join`, `leave`.
    pub kind: String,
    /// Instances (or cores, peers) before and after, where it changes them.
    pub from: Option<f64>,
    /// The same afterwards.
    pub to: Option<f64>,
    /// In a sentence.
    pub why: String,
}

/// Requests by response time: (seconds, count), rising; what the SLA engine judges. One by one the seconds are the mean
/// of a bin; of rates over steps they are percentiles, each with the requests half way to its neighbours.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StepTimes {
    /// Index of the step.
    pub step: u32,
    /// Label of the class.
    pub label: String,
    /// Answered without error.
    pub good: Vec<(f64, f64)>,
    /// Requests without a good answer.
    pub failed: f64,
}

/// Figures of one class of requests over the run, seconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClassFigures {
    /// Label of the class.
    pub label: String,
    /// Requests that arrived.
    pub offered: f64,
    /// Answered without error.
    pub served: f64,
    /// Mean response time.
    pub mean: f64,
    /// Half of the answers were no slower.
    pub p50: f64,
    /// 95 % of the answers were no slower.
    pub p95: f64,
    /// 99 % of the answers were no slower.
    pub p99: f64,
}

/// All of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Outcome {
    /// Name of the scenario.
    pub scenario: String,
    /// The one that ran, never `auto`.
    pub engine: Engine,
    /// Why this engine, in a sentence.
    pub engine_why: String,
    /// The seed it ran with.
    pub seed: u64,
    /// Seconds that were counted, without the warm-up.
    pub duration: f64,
    /// Seconds of a step.
    pub step: f64,
    /// Repetitions that ran.
    pub replications: u32,
    /// Over the whole run.
    pub summary: Summary,
    /// By label, in the order of the scenario.
    pub classes: Vec<ClassFigures>,
    /// In order of time.
    pub steps: Vec<StepFigures>,
    /// At most a thousand, in order of time; the count of those left out stands in `warnings`.
    pub events: Vec<Event>,
    /// Response times by step and label; of several repetitions they stand in `each`.
    pub times: Vec<StepTimes>,
    /// What a reader must know: approximations, bounds that were reached.
    pub warnings: Vec<String>,
    /// Of a federation; `None` for anything else.
    pub federation: Option<FederationFigures>,
    /// Of a chain; `None` for anything else.
    pub chain: Option<ChainFigures>,
    /// Where there are several repetitions, each by itself: its steps and response times, and what its federation or
    /// chain shows over time. Promises are judged on these.
    #[serde(skip)]
    pub each: Vec<Outcome>,
}

impl Outcome {
    /// Whether every figure that promises and sentences stand on is a number.
    pub fn is_finite(&self) -> bool {
        let s = &self.summary;
        let whole = [
            s.offered,
            s.served_per_sec.value,
            s.error_rate.value,
            s.mean.value,
            s.p95.value,
            s.utilisation_mean.value,
            s.cpu_peak,
            s.cost,
        ];
        let step = |s: &StepFigures| {
            let figures = [
                s.offered,
                s.served,
                s.errors,
                s.cpu,
                s.utilisation,
                s.queue,
                s.cost,
            ];
            figures
                .into_iter()
                .chain(s.p95)
                .chain(s.cache_hits)
                .chain(s.connections)
                .all(f64::is_finite)
        };
        whole.into_iter().all(f64::is_finite) && self.steps.iter().all(step)
    }

    /// Each repetition with its own steps and response times; itself where there is only one.
    pub fn repetitions(&self) -> &[Self] {
        if self.each.is_empty() {
            std::slice::from_ref(self)
        } else {
            &self.each
        }
    }
}
