//! The list of formats, in the order in which they are tried: the most particular ones first, the general table last.
//!
//! Two formats of one family stand side by side where their beginnings are alike, and then the order decides: what
//! has more to show comes first. A new format goes behind its relatives; `headroom formats` prints this list.

use super::format::Format;
use super::{access_log, load_test, metrics, table, traces, uptime};

/// All formats that can be read.
pub static ALL: &[&Format] = &[
    // Load tests. XML and JSON that name their tool, then texts and tables by their first lines.
    &load_test::jmeter_xml::FORMAT,
    &load_test::jmeter_statistics::FORMAT,
    &load_test::junit_xml::FORMAT,
    &load_test::taurus_stats::FORMAT,
    &load_test::gatling_binary::FORMAT,
    &load_test::gatling_text::FORMAT,
    &load_test::gatling_stats::FORMAT,
    &load_test::ab_text::FORMAT,
    &load_test::ab_percentiles::FORMAT,
    &load_test::ab_gnuplot::FORMAT,
    &load_test::hey_csv::FORMAT,
    &load_test::hey_text::FORMAT,
    // wrk2 prints all that wrk does, and more.
    &load_test::wrk2_text::FORMAT,
    &load_test::wrk_text::FORMAT,
    &load_test::vegeta_json::FORMAT,
    &load_test::vegeta_report::FORMAT,
    &load_test::vegeta_text::FORMAT,
    &load_test::vegeta_csv::FORMAT,
    &load_test::oha_json::FORMAT,
    &load_test::oha_csv::FORMAT,
    &load_test::autocannon_json::FORMAT,
    &load_test::siege_json::FORMAT,
    &load_test::siege_text::FORMAT,
    &load_test::siege_log::FORMAT,
    &load_test::siege_requests::FORMAT,
    &load_test::hdr_log::FORMAT,
    &load_test::hdr_table::FORMAT,
    &load_test::locust_json::FORMAT,
    &load_test::locust_history::FORMAT,
    &load_test::locust_stats::FORMAT,
    &load_test::locust_errors::FAILURES,
    &load_test::locust_errors::EXCEPTIONS,
    &load_test::jmeter_csv::FORMAT,
    &load_test::k6_csv::FORMAT,
    &load_test::k6_ndjson::FORMAT,
    &load_test::k6_summary::FORMAT,
    &load_test::k6_handle_summary::FORMAT,
    &load_test::k6_summary_export::FORMAT,
    &load_test::artillery_report::FORMAT,
    &load_test::artillery_v1_report::FORMAT,
    &load_test::jmeter_summariser::FORMAT,
    // Metrics. Tables of a known system before those of any; the text format of scrapes last.
    &metrics::prometheus::FORMAT,
    &metrics::sadf_json::FORMAT,
    &metrics::sadf_csv::FORMAT,
    &metrics::sar_text::FORMAT,
    &metrics::collectd_csv::FORMAT,
    &metrics::nagios_perfdata::FORMAT,
    &metrics::influx_line::FORMAT,
    &metrics::cloudwatch_console::FORMAT,
    &metrics::splunk_csv::FORMAT,
    &metrics::kibana_csv::FORMAT,
    &metrics::grafana_csv::FORMAT,
    &metrics::otlp::FORMAT,
    &metrics::cloudwatch_data::FORMAT,
    &metrics::cloudwatch_statistics::FORMAT,
    &metrics::datadog_v2::FORMAT,
    &metrics::datadog_v1::FORMAT,
    &metrics::newrelic::FORMAT,
    &metrics::appdynamics::FORMAT,
    &metrics::nginx_plus::FORMAT,
    &metrics::splunk::FORMAT,
    &metrics::prometheus_text::FORMAT,
    // Access logs: one line a request.
    &access_log::text_log::FORMAT,
    &access_log::json_log::FORMAT,
    // Uptime. Exports of a service before tables of outages and of checks.
    &uptime::uptime_robot_csv::FORMAT,
    &uptime::uptime_robot_json::FORMAT,
    &uptime::kuma_json::FORMAT,
    &uptime::kuma_csv::FORMAT,
    &uptime::statuspage::FORMAT,
    &uptime::pingdom::FORMAT,
    &uptime::nagios_avail::FORMAT,
    &uptime::upptime::FORMAT,
    &uptime::cloud_uptime::FORMAT,
    &uptime::outage_table::FORMAT,
    &uptime::probe_table::FORMAT,
    // Traces: spans, which metrics of the same protocol are not.
    &traces::otlp_traces::FORMAT,
    &traces::jaeger::FORMAT,
    // Any other table: what a person mapped, then what a guess at its columns makes of it.
    &table::parquet::FORMAT,
    &table::excel::FORMAT,
    &table::mapping::FORMAT,
    &table::metric_csv::FORMAT,
];

/// The format with this id.
pub fn by_id(id: &str) -> Option<&'static Format> {
    ALL.iter().copied().find(|format| format.id == id)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_format_says_who_it_is() {
        let ids: BTreeSet<&str> = ALL.iter().map(|f| f.id).collect();
        assert_eq!(ids.len(), ALL.len(), "ids are unique");
        for format in ALL {
            assert!(by_id(format.id).is_some());
            assert!(
                format
                    .id
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
                "{format:?}"
            );
            assert!(!format.title.is_empty() && !format.recognised_by.is_empty());
            assert!(!format.traps.is_empty(), "{format:?} has its traps");
            assert!(format.traps.iter().all(|t| t.ends_with('.')), "{format:?}");
        }
    }
}
