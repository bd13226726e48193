//! Requests whose durations a monitoring system exported as cumulative buckets (Prometheus `_bucket`, OTLP histograms).
//!
//! A percentile of these is known only to its bucket; see SEMANTICS.md "Histogram buckets".

use polars::prelude::DataFrame;

/// Counts per instant and bucket, already turned from cumulative counters into increments.
#[derive(Clone, Debug, Default)]
pub struct BucketSummary {
    /// Base metric with its labels without `le`, such as `http_request_duration_seconds{handler=/api}`.
    pub labels: Vec<String>,
    /// `t` i64 (µs since the epoch: end of the step in which the requests fell), `label` u16, `low_ns` i64 (exclusive lower bound),
    /// `high_ns` i64 (inclusive upper bound, `i64::MAX` for +Inf), `count` u64. Sorted by time, label, bound.
    pub cells: DataFrame,
    /// Seconds between the exported points.
    pub step_secs: f64,
}
