//! Metric tables as CSV, long or wide.

pub mod metric_csv;
