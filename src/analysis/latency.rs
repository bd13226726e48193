//! What a load test says: the table of labels, the timeline, codes and concurrency, in the shape of `headroom stats --json`.

use serde::{Deserialize, Serialize};

use crate::calendar::{Instant, TimeRange};
use crate::dataset::{DatasetError, Estimator, OutcomeFilter, RunSummary};
use crate::units::Micros;

/// How a run is summed up.
#[derive(Clone, Debug)]
pub struct LatencyParams {
    /// Only this range.
    pub range: TimeRange,
    /// Which outcomes the durations are taken over.
    pub outcomes: OutcomeFilter,
    /// Percentile definition; `None` uses the rule of the tool that wrote the file (`--estimator tool`), its window included.
    pub estimator: Option<Estimator>,
    /// Apdex limits: satisfied and tolerated, at most.
    pub apdex: (Micros, Micros),
    /// Step of the timeline; none without.
    pub every: Option<Micros>,
}

/// One line of the table of labels. Milliseconds; a figure without samples is `None`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LabelStats {
    /// Label, `Total` for all.
    pub label: String,
    /// Requests.
    pub count: u64,
    /// Failed ones.
    pub errors: u64,
    /// 0..=1.
    pub error_rate: f64,
    /// Mean duration.
    pub mean_ms: Option<f64>,
    /// Shortest.
    pub min_ms: Option<f64>,
    /// Longest.
    pub max_ms: Option<f64>,
    /// Median.
    pub p50_ms: Option<f64>,
    /// 90th percentile.
    pub p90_ms: Option<f64>,
    /// 95th percentile.
    pub p95_ms: Option<f64>,
    /// 99th percentile.
    pub p99_ms: Option<f64>,
    /// 99.9th percentile.
    pub p99_9_ms: Option<f64>,
    /// Requests per second, from first start to last end.
    pub throughput_per_sec: Option<f64>,
    /// Bytes per second received.
    pub received_bytes_per_sec: Option<f64>,
    /// 0..=1, failures count as frustrated.
    pub apdex: Option<f64>,
    /// Names of the percentiles with n(1-p) < 10.
    pub few_samples: Vec<String>,
}

/// One step of the timeline of one label.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TimelinePoint {
    /// Start of the step.
    pub t: Instant,
    /// Label, `Total` for all.
    pub label: String,
    /// Requests.
    pub count: u64,
    /// Failed ones.
    pub errors: u64,
    /// Median.
    pub p50_ms: Option<f64>,
    /// 95th percentile.
    pub p95_ms: Option<f64>,
    /// 99th percentile.
    pub p99_ms: Option<f64>,
    /// Most active users in the step.
    pub concurrency: Option<f64>,
}

/// A response code and how often it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeCount {
    /// As it stands in the file.
    pub code: String,
    /// How often.
    pub count: u64,
}

/// Active users.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Concurrency {
    /// Most.
    pub max: Option<f64>,
    /// Mean over the seconds that say.
    pub mean: Option<f64>,
}

/// What a run says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunStats {
    /// `r7`, `r6`, `nearest` or `tool`.
    pub estimator: String,
    /// All labels but transaction controllers.
    pub total: LabelStats,
    /// Each label, sorted.
    pub labels: Vec<LabelStats>,
    /// Response codes, most frequent first.
    pub codes: Vec<CodeCount>,
    /// Active users.
    pub concurrency: Concurrency,
    /// Steps, sorted by time and label, `Total` first.
    pub timeline: Vec<TimelinePoint>,
}

/// Sums several runs up as one.
pub fn run_stats(_runs: &[&RunSummary], _params: &LatencyParams) -> Result<RunStats, DatasetError> {
    Err(DatasetError::Damaged("not written yet".to_owned()))
}
