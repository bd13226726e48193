//! Prometheus query_range answers.

pub mod prometheus;
