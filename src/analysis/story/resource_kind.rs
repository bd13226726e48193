//! What a series is about, by its name: which kind of resource, and whether it is a fill level, which follows what is kept
//! and not the requests of the moment.

use crate::dataset::SeriesInfo;

/// What kind of resource a series is about, by its name.
pub(super) fn resource(info: &SeriesInfo) -> Option<&'static str> {
    const IDLE: [&str; 8] = [
        "idle", "free", "avail", "hit", "success", "error", "steal", "ratio_ok",
    ];
    const KINDS: [(&str, &[&str]); 6] = [
        ("CPU", &["cpu", "processor"]),
        ("memory", &["memory", "heap"]),
        ("disk", &["disk", "volume", "filesystem", "iops", "storage"]),
        ("connection pool", &["pool", "connection"]),
        ("network", &["network", "bandwidth"]),
        ("queue", &["queue", "backlog"]),
    ];
    const WORDS: [(&str, &str); 3] = [("memory", "mem"), ("memory", "ram"), ("network", "net")];
    let name = info.display_name().to_lowercase();
    if IDLE.iter().any(|word| name.contains(word)) {
        return None;
    }
    let by_part = KINDS
        .iter()
        .find(|(_, parts)| parts.iter().any(|part| name.contains(part)))
        .map(|(kind, _)| *kind);
    by_part.or_else(|| {
        WORDS
            .iter()
            .find(|(_, word)| {
                name.split(|c: char| !c.is_alphanumeric())
                    .any(|token| token == *word)
            })
            .map(|(kind, _)| *kind)
    })
}

/// Whether a series in percent says how full something is, not how busy: disks, volumes and file systems, unless their
/// name says that it is about work (`disk_busy_percent`, `disk_util`, `iops`).
pub(super) fn is_fill_level(info: &SeriesInfo) -> bool {
    const KEPT: [&str; 3] = ["filesystem", "storage", "volume"];
    const FULL: [&str; 10] = [
        "used", "usage", "inuse", "full", "fill", "space", "size", "occup", "inode", "consum",
    ];
    const BUSY: [&str; 14] = [
        "busy", "util", "iops", "active", "await", "read", "write", "queue", "latency", "through",
        "load", "ops", "wait", "burst",
    ];
    let name = info
        .display_name()
        .to_lowercase()
        .replace(['_', '-', ' ', '.'], "");
    let says = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let about_keeping = says(&KEPT) || (name.contains("disk") && says(&FULL));
    about_keeping && !says(&BUSY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_are_known_by_their_names() {
        let of = |name: &str, unit: &str| {
            resource(&SeriesInfo {
                name: name.to_owned(),
                unit: unit.to_owned(),
                ..SeriesInfo::default()
            })
        };
        assert_eq!(of("CPUUtilization", "%"), Some("CPU"));
        assert_eq!(of("cpu_idle", "%"), None);
        assert_eq!(of("mem used", "%"), Some("memory"));
        assert_eq!(of("db_pool_in_use", "%"), Some("connection pool"));
        assert_eq!(of("net.rx", "%"), Some("network"));
        assert_eq!(of("kubernetes_pods", "%"), None);
        assert_eq!(of("cache_hit_rate", "%"), None);
    }

    #[test]
    fn what_fills_is_told_from_what_is_busy() {
        let fills = |name: &str| {
            is_fill_level(&SeriesInfo {
                name: name.to_owned(),
                unit: "%".to_owned(),
                ..SeriesInfo::default()
            })
        };
        for name in [
            "disk_used_percent",
            "Disk Usage",
            "system.disk.in_use",
            "filesystem_percent",
            "storage_percent",
            "volume-full",
            "disk_inodes_percent",
        ] {
            assert!(fills(name), "{name}");
        }
        for name in [
            "disk_busy_percent",
            "disk_util",
            "DiskUtilization",
            "volume_queue",
            "storage_iops_percent",
            "memory_used_percent",
            "cpu_usage",
            "disk",
        ] {
            assert!(!fills(name), "{name}");
        }
    }
}
