//! What the name of a metric or the header of a column says: its unit, and whether it is a counter, a rate or a count.
//!
//! Conventions: Prometheus "Metric and label naming" (base units, `_total`), and headers as spreadsheets carry them:
//! `Latency (ms)`, `cpu [%]`, `cpu_percent`.

use crate::dataset::SeriesKind;

/// What a name says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meaning {
    /// Unit as printed, or empty.
    pub unit: String,
    /// What the values are, once a counter has been turned into a rate.
    pub kind: SeriesKind,
    /// A counter: it only grows, until it restarts.
    pub counter: bool,
}

/// A unit as it stands in brackets or as a word of the name.
fn unit_of(word: &str) -> Option<&'static str> {
    Some(match word {
        "%" | "percent" | "pct" | "percentage" => "%",
        // `await` and `svctm` are sysstat's times of a request at a device.
        "ms" | "millis" | "msec" | "msecs" | "millisecond" | "milliseconds" | "await" | "svctm" => {
            "ms"
        }
        "us" | "µs" | "μs" | "micros" | "usec" | "microsecond" | "microseconds" => "µs",
        "ns" | "nanos" | "nanosecond" | "nanoseconds" => "ns",
        "s" | "sec" | "secs" | "second" | "seconds" => "s",
        "b" | "byte" | "bytes" => "bytes",
        "kb" | "kilobytes" => "kB",
        "kib" => "KiB",
        "mb" | "megabytes" => "MB",
        "mib" => "MiB",
        "gb" | "gigabytes" => "GB",
        "gib" => "GiB",
        "/s" | "1/s" | "rps" | "qps" | "tps" | "ops/s" | "req/s" | "reqs/s" | "requests/s"
        | "iops" => "/s",
        "bytes/s" => "bytes/s",
        "kb/s" => "kB/s",
        "mb/s" => "MB/s",
        "bits" => "bits",
        "bits/s" | "bps" => "bits/s",
        "mhz" => "MHz",
        "celsius" | "°c" => "°C",
        "volts" => "V",
        "watts" => "W",
        _ => return None,
    })
}

/// The unit of a rate by what stands before its `/s`.
fn rate_unit(amount: &str) -> &'static str {
    if amount.ends_with("kb") {
        "kB/s"
    } else if amount.ends_with("mb") {
        "MB/s"
    } else if amount.ends_with("bytes") {
        "bytes/s"
    } else {
        "/s"
    }
}

/// Single letters are too short to be trusted as the last word of a name (`size_b`, `node_s`), only in brackets.
fn unit_of_word(word: &str) -> Option<&'static str> {
    unit_of(word).filter(|_| word.chars().count() > 1 || word == "%")
}

/// The words of a name, in lower case: `diskWriteBytes` and `disk_write-bytes` are the same three.
pub fn words(name: &str) -> Vec<String> {
    let mut list: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut before_lower = false;
    for c in name.chars() {
        let splits = !(c.is_alphanumeric() || matches!(c, '%' | '/' | '°'));
        if (splits || (c.is_uppercase() && before_lower)) && !word.is_empty() {
            list.push(std::mem::take(&mut word));
        }
        before_lower = c.is_lowercase();
        if !splits {
            word.extend(c.to_lowercase());
        }
    }
    if !word.is_empty() {
        list.push(word);
    }
    list
}

/// What the name of a series says about it.
pub fn meaning(name: &str) -> Meaning {
    let lower = name.trim().to_lowercase();
    let bracketed = lower.ends_with([')', ']']).then(|| {
        let inner = lower.rsplit(['(', '[']).next().unwrap_or_default();
        inner.trim_end_matches([')', ']']).trim().to_owned()
    });
    let mut words = words(name);
    if words == ["requests"]
        || words
            .windows(2)
            .any(|w| matches!(w, [a, b] if a == "request" && b == "count"))
    {
        return Meaning {
            kind: SeriesKind::Count,
            ..Meaning::default()
        };
    }
    let counter = words.last().is_some_and(|w| w == "total");
    if counter {
        words.pop();
    }
    let last = words.last().map(String::as_str).unwrap_or_default();
    // sysstat: `%user`, `rxpck/s`, `rxkB/s`.
    let slashed = ["/s", "/sec"]
        .iter()
        .find_map(|end| lower.strip_suffix(end));
    let per_second =
        lower.contains("per_sec") || lower.contains("per sec") || lower.contains("persec");
    let amount = bracketed
        .as_deref()
        .and_then(unit_of)
        .or_else(|| lower.starts_with('%').then_some("%"))
        .or_else(|| slashed.map(rate_unit))
        .or_else(|| unit_of_word(last))
        .or_else(|| {
            words
                .iter()
                .any(|w| matches!(w.as_str(), "rps" | "qps" | "tps"))
                .then_some("/s")
        });
    let unit = if per_second {
        let of_bytes = words.iter().any(|w| w == "bytes" || w == "byte");
        if of_bytes { "bytes/s" } else { "/s" }.to_owned()
    } else if counter {
        amount.map_or_else(|| "/s".to_owned(), |unit| format!("{unit}/s"))
    } else {
        amount.unwrap_or_default().to_owned()
    };
    let kind = if counter || unit.ends_with("/s") {
        SeriesKind::Rate
    } else {
        SeriesKind::Gauge
    };
    Meaning {
        unit,
        kind,
        counter,
    }
}

/// A percentage by its name alone, such as CloudWatch's `CPUUtilization`: the caller checks that all values are 0..=100.
pub fn may_be_percent(name: &str) -> bool {
    let lower = name.to_lowercase();
    lower.contains("utilization") || lower.contains("utilisation")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_stand_in_names_and_brackets() {
        for (name, unit) in [
            ("cpu_percent", "%"),
            ("Latency (ms)", "ms"),
            ("cpu [%]", "%"),
            ("%user", "%"),
            ("rxpck/s", "/s"),
            ("rxkB/s", "kB/s"),
            ("r_await", "ms"),
            ("net in (MB/s)", "MB/s"),
            ("uplink [bits/s]", "bits/s"),
            ("redis_get_rps_eastus", "/s"),
            ("latency_ms", "ms"),
            ("process_resident_memory_bytes", "bytes"),
            ("diskWriteBytes", "bytes"),
            ("http_request_duration_seconds", "s"),
            ("node_s", ""),
            ("depth", ""),
            ("requests_per_second", "/s"),
            ("ReadBytesPerSec", "bytes/s"),
            ("network [bytes/s]", "bytes/s"),
            ("value", ""),
        ] {
            assert_eq!(meaning(name).unit, unit, "{name}");
            assert!(!meaning(name).counter, "{name}");
        }
        assert_eq!(meaning("checkout_rps").kind, SeriesKind::Rate);
        assert_eq!(meaning("elb_request_count_8c0756").kind, SeriesKind::Count);
        assert_eq!(meaning("thread_count").kind, SeriesKind::Gauge);
    }

    #[test]
    fn totals_are_counters() {
        for (name, unit) in [
            ("http_requests_total", "/s"),
            ("node_network_receive_bytes_total", "bytes/s"),
            ("node_cpu_seconds_total", "s/s"),
        ] {
            let meaning = meaning(name);
            assert!(meaning.counter && meaning.kind == SeriesKind::Rate);
            assert_eq!(meaning.unit, unit);
        }
        assert!(!meaning("total_memory").counter);
    }
}
