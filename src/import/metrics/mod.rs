//! Metric series: what names say about units and counters, points gathered and settled, and one file per source.

mod answer_json;
pub mod appdynamics;
pub mod brought;
pub mod bucket_cells;
pub mod cloudwatch_data;
pub mod cloudwatch_statistics;
mod cloudwatch_units;
pub mod counter;
mod datadog_units;
pub mod datadog_v1;
pub mod datadog_v2;
mod documents;
pub mod le_buckets;
pub mod names;
pub mod newrelic;
mod newrelic_columns;
pub mod nginx_plus;
pub mod otlp;
mod otlp_buckets;
mod otlp_model;
pub mod probe;
pub mod prometheus;
pub mod prometheus_text;
mod scrape_text;
pub mod settle;
pub mod splunk;
mod splunk_rows;
