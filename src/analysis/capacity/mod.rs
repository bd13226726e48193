//! How much a service can take, from load tests: steps of concurrency with their throughput and latency, and the
//! largest throughput that kept to a latency budget.

use serde::{Deserialize, Serialize};

use crate::dataset::{DatasetError, RunSummary};
use crate::units::{Micros, Ppm};

/// One level of concurrency of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CapacityPoint {
    /// Active users.
    pub concurrency: f64,
    /// Requests per second.
    pub throughput: f64,
    /// 95th percentile of successful requests.
    pub p95_ms: Option<f64>,
    /// 0..=1.
    pub error_rate: f64,
    /// Seconds spent at this level.
    pub secs: f64,
}

/// What one or several runs say about the limit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MeasuredCapacity {
    /// Levels, rising by concurrency.
    pub points: Vec<CapacityPoint>,
    /// The level with the largest throughput that kept to the budget.
    pub max_passing: Option<CapacityPoint>,
    /// The lowest level above it that did not.
    pub next_failing: Option<CapacityPoint>,
    /// The budget in words: `P95 at most 200 ms`.
    pub budget: String,
}

/// Sums runs up by their number of active users.
pub fn measure(
    _runs: &[&RunSummary],
    _percentile: Ppm,
    _budget: Micros,
) -> Result<MeasuredCapacity, DatasetError> {
    Err(DatasetError::Damaged("not written yet".to_owned()))
}
