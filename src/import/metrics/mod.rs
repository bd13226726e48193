//! Metric series: what names say about units and counters, points gathered and settled, Prometheus answers.

mod answer_json;
pub mod counter;
pub mod le_buckets;
pub mod names;
pub mod prometheus;
pub mod settle;
