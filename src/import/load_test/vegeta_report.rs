//! Vegeta's report as JSON (`vegeta report -type=json`).
//!
//! Its fields: `lib/metrics.go` of tsenart/vegeta.

use serde_json::Value;

use super::console::finish;
use super::json_doc::JsonDoc;
use crate::calendar::{Instant, TimeRange};
use crate::dataset::{SummaryLine, Tool, ToolSummary, ValueCount};
use crate::import::format::{Family, Format, Seen, Stream};
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::{WarningKind, Warnings};

/// Vegeta's JSON report.
pub static FORMAT: Format = Format {
    id: "vegeta-report",
    title: "Vegeta report (JSON)",
    family: Family::LoadTest,
    recognised_by: "an object with latencies, bytes_in, bytes_out and earliest or requests",
    traps: &[
        "Everything that is a time is nanoseconds.",
        "Percentiles are estimates (t-digest).",
        "rate is requests over the time between first and last start; throughput is successes over all the time.",
        "The errors are a set of texts without counts: failures are counted from the status codes.",
        "Older versions have no 90th percentile and no minimum.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

/// How Vegeta takes percentiles.
pub(super) const RULE: &str = "estimates by a t-digest of compression 100";

fn recognise(head: &Head<'_>) -> Seen {
    let report = head.json.as_ref().is_some_and(|json| {
        !json.array
            && json.has_keys(&["latencies", "bytes_in", "bytes_out"])
            && (json.has_keys(&["earliest"]) || json.has_keys(&["requests"]))
    });
    report.into()
}

fn read(stream: Stream, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let mut warnings = Warnings::default();
    let mut doc = JsonDoc::read(stream, intake, &mut warnings)?;
    let requests = doc.count(&["requests"]);
    let codes = doc.counts(&["status_codes"]);
    let errors = failures(requests, &codes, doc.number(&["success"]), &mut warnings);
    let mut latency_ms = |key: &str| doc.number(&["latencies", key]).map(|ns| ns / 1e6);
    let mut total = SummaryLine {
        label: "Total".to_owned(),
        count: requests,
        errors,
        mean_ms: latency_ms("mean"),
        max_ms: latency_ms("max"),
        percentiles_ms: [("50th", 500_000), ("95th", 950_000), ("99th", 990_000)]
            .into_iter()
            .filter_map(|(key, ppm)| Some((ppm, latency_ms(key)?)))
            .collect(),
        ..SummaryLine::default()
    };
    // Not in every version.
    let optional = |key: &str| {
        let ns = doc.get(&["latencies", key]).and_then(Value::as_f64)?;
        Some(ns / 1e6)
    };
    total.min_ms = optional("min");
    total
        .percentiles_ms
        .extend(optional("90th").map(|ms| (900_000, ms)));
    total.percentiles_ms.sort_by_key(|(ppm, _)| *ppm);
    total.values = buckets(doc.get(&["buckets"]));
    total.throughput_per_sec = doc.number(&["rate"]);
    let duration = doc.number(&["duration"]).map(|ns| ns / 1e9);
    let wait = doc.number(&["wait"]).map(|ns| ns / 1e9);
    let duration_secs = duration.map(|secs| secs + wait.unwrap_or_default());
    total.received_bytes_per_sec = doc
        .number(&["bytes_in", "total"])
        .zip(duration_secs.filter(|s| *s > 0.0))
        .map(|(bytes, secs)| bytes / secs);
    let mut time = |key: &str| {
        let at: jiff::Timestamp = doc.text(&[key])?.parse().ok()?;
        Some(Instant(at.as_microsecond()))
    };
    let span = time("earliest")
        .zip(time("end"))
        .filter(|(start, end)| *start <= *end && start.0 > 0)
        .map(|(start, end)| TimeRange { start, end });
    say_errors(&doc, &mut warnings);
    doc.say_missing(&mut warnings);
    let summary = ToolSummary {
        tool: Tool::Vegeta,
        percentile_rule: RULE.to_owned(),
        total,
        duration_secs,
        codes,
        ..ToolSummary::default()
    };
    warnings.add(
        WarningKind::Approximate,
        "Vegeta estimates its percentiles (t-digest)",
    );
    finish(intake, summary, span, warnings)
}

/// Responses outside 200..399 and requests without one; from the share of successes where the codes do not add up.
pub(super) fn failures(
    requests: Option<u64>,
    codes: &[(String, u64)],
    success: Option<f64>,
    warnings: &mut Warnings,
) -> Option<u64> {
    let requests = requests?;
    let is_bad = |code: &str| {
        code.parse::<u16>()
            .map_or(true, |c| !(200..400).contains(&c))
    };
    let all = codes
        .iter()
        .fold(0_u64, |sum, (_, n)| sum.saturating_add(*n));
    if all == requests {
        return Some(
            codes
                .iter()
                .filter(|(c, _)| is_bad(c))
                .map(|(_, n)| *n)
                .fold(0, u64::saturating_add),
        );
    }
    warnings.add(
        WarningKind::Note,
        format!("the status codes add up to {all}, not to the {requests} requests; a part of the report may be missing"),
    );
    let good = success.filter(|share| (0.0..=1.0).contains(share))? * requests as f64;
    Some(requests - (good.round() as u64).min(requests))
}

/// `{"0": 12, "1000000": 3}`: lower edges in ns. The last bucket is open.
fn buckets(value: Option<&Value>) -> Vec<ValueCount> {
    let mut edges: Vec<(i64, u64)> = value
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(edge, n)| Some((edge.parse().ok()?, n.as_u64()?)))
        .filter(|(edge, _)| *edge >= 0)
        .collect();
    edges.sort_unstable();
    let highs = edges.iter().skip(1).map(|(edge, _)| edge - 1);
    edges
        .iter()
        .zip(highs.chain([i64::MAX]))
        .filter(|((_, n), _)| *n > 0)
        .map(|((low, n), high)| ValueCount {
            low_ns: *low,
            high_ns: high,
            count: *n,
        })
        .collect()
}

fn say_errors(doc: &JsonDoc, warnings: &mut Warnings) {
    let texts: Vec<&str> = doc
        .get(&["errors"])
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if let Some(first) = texts.first() {
        let first: String = first.chars().take(200).collect();
        warnings.add_counted(
            WarningKind::NotRead,
            format!("the texts of errors stand there without counts and are not read, such as \"{first}\""),
            texts.len() as u64,
            None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::testing::read_as;

    const REPORT: &str = r#"{"latencies":{"total":2371172,"mean":1185586,"50th":1146820,"90th":1270000,"95th":1281168,"99th":1292000,"max":1293152,"min":1078020},
        "buckets":{"0":1,"1200000":98,"5000000":1},
        "bytes_in":{"total":606700,"mean":6067},"bytes_out":{"total":0,"mean":0},
        "earliest":"2026-11-21T01:36:56.541234567+01:00","latest":"2026-11-21T01:36:57.541234567+01:00","end":"2026-11-21T01:36:57.542520133+01:00",
        "duration":990000000,"wait":10000000,"requests":100,"rate":101.01,"throughput":95.0,"success":0.95,
        "status_codes":{"200":95,"500":3,"0":2},"errors":["500 Internal Server Error","EOF"]}"#;

    fn import(text: &str) -> Result<Imported, String> {
        read_as(&FORMAT, "x", text).map_err(|e| e.to_string())
    }

    #[test]
    fn nanoseconds_become_milliseconds() {
        let source = import(REPORT).unwrap().source;
        let summary = source.summary.unwrap();
        let total = &summary.total;
        assert_eq!((total.count, total.errors), (Some(100), Some(5)));
        assert_eq!(
            (total.mean_ms, total.min_ms),
            (Some(1.185_586), Some(1.078_02))
        );
        assert_eq!(total.percentile_ms(900_000), Some(1.27));
        assert_eq!(total.received_bytes_per_sec, Some(606_700.0));
        assert_eq!(
            (total.throughput_per_sec, summary.duration_secs),
            (Some(101.01), Some(1.0))
        );
        assert_eq!(total.values[1].high_ns, 4_999_999);
        assert_eq!(total.values[2].high_ns, i64::MAX);
        assert_eq!(
            source.info.first.unwrap().to_string(),
            "2026-11-21T00:36:56.541234Z"
        );
        assert_eq!(source.info.warnings.count_of(WarningKind::Assumed), 0);
        assert_eq!(source.info.warnings.count_of(WarningKind::NotRead), 2);
    }

    #[test]
    fn damage_is_said() {
        let lost = import(&REPORT.replace("\"500\":3,", "")).unwrap().source;
        assert_eq!(lost.summary.unwrap().total.errors, Some(5));
        assert_eq!(lost.info.warnings.count_of(WarningKind::Note), 1);
        for (from, to) in [
            ("1185586", "null"),
            ("1185586", "\"x\""),
            ("\"mean\":1185586,", ""),
        ] {
            let source = import(&REPORT.replacen(from, to, 1)).unwrap().source;
            assert_eq!(source.summary.unwrap().total.mean_ms, None);
            assert!(
                source
                    .info
                    .warnings
                    .iter()
                    .any(|w| w.message.contains("latencies.mean"))
            );
        }
        assert!(import(&REPORT[..300]).unwrap_err().contains("cut off"));
        assert!(import("{}").unwrap_err().contains("without any request"));
    }
}
