//! Units of CloudWatch: as the API spells them, and those that AWS documents for its own metrics, which
//! `get-metric-data` leaves out.

use super::brought::{Brought, Labels};
use super::names::{Meaning, meaning};
use crate::dataset::SeriesKind;
use crate::warning::WarningKind;

/// Metrics whose unit their name does not say, with it. CloudWatch user guides of EC2, ELB, RDS, Lambda, API Gateway.
const KNOWN: [(&str, &str, SeriesKind); 36] = {
    use SeriesKind::{Count, Gauge};
    [
        ("CPUUtilization", "%", Gauge),
        ("MemoryUtilization", "%", Gauge),
        ("mem_used_percent", "%", Gauge),
        ("NetworkIn", "bytes", Gauge),
        ("NetworkOut", "bytes", Gauge),
        ("DiskReadBytes", "bytes", Gauge),
        ("DiskWriteBytes", "bytes", Gauge),
        ("ProcessedBytes", "bytes", Gauge),
        ("DiskReadOps", "", Gauge),
        ("DiskWriteOps", "", Gauge),
        ("TargetResponseTime", "s", Gauge),
        ("IntegrationLatency", "ms", Gauge),
        ("PostRuntimeExtensionsDuration", "ms", Gauge),
        ("ReadLatency", "s", Gauge),
        ("WriteLatency", "s", Gauge),
        ("ReplicaLag", "s", Gauge),
        ("ReadIOPS", "/s", SeriesKind::Rate),
        ("WriteIOPS", "/s", SeriesKind::Rate),
        ("ReadThroughput", "bytes/s", SeriesKind::Rate),
        ("WriteThroughput", "bytes/s", SeriesKind::Rate),
        ("FreeableMemory", "bytes", Gauge),
        ("FreeStorageSpace", "bytes", Gauge),
        ("SwapUsage", "bytes", Gauge),
        ("Duration", "ms", Gauge),
        ("IteratorAge", "ms", Gauge),
        ("Invocations", "", Count),
        ("Errors", "", Count),
        ("Throttles", "", Count),
        ("RequestCount", "", Count),
        ("NewConnectionCount", "", Count),
        ("HTTPCode_Target_2XX_Count", "", Count),
        ("HTTPCode_Target_4XX_Count", "", Count),
        ("HTTPCode_Target_5XX_Count", "", Count),
        ("HTTPCode_ELB_5XX_Count", "", Count),
        ("4XXError", "", Count),
        ("5XXError", "", Count),
    ]
};

/// What a unit of the API means, for values that are sums over a period or levels.
pub(super) fn unit_of(unit: &str) -> Meaning {
    let (amount, rate) = match unit.strip_suffix("/Second") {
        Some(amount) => (amount, true),
        None => (unit, false),
    };
    let amount = match amount {
        "Percent" => "%",
        "Seconds" => "s",
        "Milliseconds" => "ms",
        "Microseconds" => "µs",
        "Bytes" => "bytes",
        "Kilobytes" => "kB",
        "Megabytes" => "MB",
        "Gigabytes" => "GB",
        "Terabytes" => "TB",
        "Bits" => "bits",
        "Kilobits" => "kbit",
        "Megabits" => "Mbit",
        "Gigabits" => "Gbit",
        "Terabits" => "Tbit",
        "Count" | "None" => "",
        other => other,
    };
    Meaning {
        unit: if rate {
            format!("{amount}/s")
        } else {
            amount.to_owned()
        },
        kind: if rate {
            SeriesKind::Rate
        } else {
            SeriesKind::Gauge
        },
        counter: false,
    }
}

/// A series with the unit that its label speaks of; one that had to be guessed is said.
pub(super) fn described_by_label(brought: &mut Brought<'_>, name: &str, labels: &Labels) -> usize {
    let known = KNOWN
        .iter()
        .find(|(metric, _, _)| name.split([' ', '/', ':', ',']).any(|w| w == *metric));
    let from_name = meaning(name);
    if let Some((_, unit, kind)) = known {
        return brought.series(name, labels, |m| {
            *m = Meaning {
                unit: (*unit).to_owned(),
                kind: *kind,
                counter: false,
            };
        });
    }
    if !from_name.unit.is_empty() {
        brought.warnings.add(
            WarningKind::Assumed,
            format!(
                "the file says no units; {name} was taken as {}",
                from_name.unit
            ),
        );
    }
    // CloudWatch has no counters that only grow: every value stands for its period.
    brought.series(name, labels, |m| {
        m.counter = false;
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_of_the_api() {
        for (unit, expected) in [
            ("Percent", "%"),
            ("Bytes/Second", "bytes/s"),
            ("Count/Second", "/s"),
            ("Microseconds", "µs"),
            ("None", ""),
        ] {
            assert_eq!(unit_of(unit).unit, expected);
        }
        assert_eq!(unit_of("Count/Second").kind, SeriesKind::Rate);
    }
}
