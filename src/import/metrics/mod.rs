//! Metric series: what names say about units and counters, points gathered and settled, Prometheus answers.

mod answer_json;
pub mod cloudwatch_console;
pub mod collectd_csv;
pub mod counter;
pub mod grafana_csv;
pub mod influx_line;
pub mod kibana_csv;
pub mod le_buckets;
pub mod lines;
pub mod nagios_perfdata;
pub mod names;
pub mod prometheus;
pub mod reading;
pub mod sadf_csv;
pub mod sadf_json;
pub mod sar_text;
pub mod settle;
pub mod splunk_csv;
pub mod sysstat;
