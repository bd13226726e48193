//! What a tool says about a run of which it kept no samples: its own counts and percentiles.
//!
//! Such figures are shown as the tool's, never merged with others and never turned into other percentiles. Where the
//! tool kept counts of values (HdrHistogram tables, Locust's rounded times), other percentiles can be taken from those.

use serde::{Deserialize, Serialize};

use super::{Tool, ValueCount};

/// The figures of one label, or of all. Milliseconds; what the file does not say is `None`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SummaryLine {
    /// Request name; `Total` for all of them.
    pub label: String,
    /// Requests.
    pub count: Option<u64>,
    /// Failed ones, as the tool counts failures.
    pub errors: Option<u64>,
    /// Mean duration.
    pub mean_ms: Option<f64>,
    /// Shortest.
    pub min_ms: Option<f64>,
    /// Longest.
    pub max_ms: Option<f64>,
    /// Standard deviation.
    pub stddev_ms: Option<f64>,
    /// (quantile in parts per million, milliseconds), rising, as the tool prints them.
    pub percentiles_ms: Vec<(i64, f64)>,
    /// Requests per second, as the tool defines it.
    pub throughput_per_sec: Option<f64>,
    /// Bytes received per second.
    pub received_bytes_per_sec: Option<f64>,
    /// Durations cover successful requests only (Artillery, oha's CSV); otherwise all, or it is not known.
    pub successes_only: bool,
    /// How often each value (an interval, where the tool rounds) occurred, rising; empty where the tool does not say.
    pub values: Vec<ValueCount>,
}

impl SummaryLine {
    /// The tool's figure for a quantile in parts per million.
    pub fn percentile_ms(&self, ppm: i64) -> Option<f64> {
        self.percentiles_ms
            .iter()
            .find(|(p, _)| *p == ppm)
            .map(|(_, ms)| *ms)
    }
}

/// A pass or fail rule that the tool judged itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Threshold {
    /// What it is about, such as `http_req_duration`.
    pub metric: String,
    /// The rule as written, such as `p(95)<200`.
    pub rule: String,
    /// Whether it held, already turned the right way round.
    pub held: bool,
}

/// The summary that a tool wrote about one run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ToolSummary {
    /// The tool.
    pub tool: Tool,
    /// How the tool takes percentiles, as the end of the sentence "Percentiles are …".
    pub percentile_rule: String,
    /// All requests together, as the tool says it. A file that has lines but no total leaves it empty; percentiles
    /// of a total are never made up from those of its labels.
    pub total: SummaryLine,
    /// Each label, in order of the file.
    pub labels: Vec<SummaryLine>,
    /// Seconds that the run took.
    pub duration_secs: Option<f64>,
    /// Response codes and how often they came.
    pub codes: Vec<(String, u64)>,
    /// Error texts and how often they came.
    pub errors: Vec<(String, u64)>,
    /// Rules that the tool judged.
    pub thresholds: Vec<Threshold>,
    /// Most users (or connections) at once.
    pub concurrency_max: Option<f64>,
    /// The tool waits for a response before it sends the next request and does not correct for it.
    pub closed_loop: bool,
}
