//! Metric series: what names say about units and counters, points gathered and settled, Prometheus answers.

mod answer_json;
pub mod collectd_csv;
pub mod counter;
pub mod le_buckets;
pub mod lines;
pub mod names;
pub mod prometheus;
pub mod reading;
pub mod sadf_csv;
pub mod sadf_json;
pub mod sar_text;
pub mod settle;
pub mod sysstat;
