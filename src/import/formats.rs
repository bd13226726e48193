//! The list of formats, in the order in which they are tried: the most particular ones first, the general table last.

use super::format::Format;
use super::{access_log, load_test, metrics, table, uptime};

/// All formats that can be read.
pub static ALL: &[&Format] = &[
    // Load tests.
    &load_test::jmeter_csv::FORMAT,
    // Metrics.
    &metrics::prometheus::FORMAT,
    // Access logs.
    &access_log::text_log::FORMAT,
    &access_log::json_log::FORMAT,
    // Uptime.
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
    // Any other table.
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
