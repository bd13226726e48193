//! autocannon's JSON (`autocannon -j`).
//!
//! Its fields: the README and `lib/run.js` of mcollina/autocannon.

use serde_json::Value;

use super::console::{finish, with_label};
use super::json_doc::JsonDoc;
use crate::calendar::{Instant, TimeRange};
use crate::dataset::{SummaryLine, Tool, ToolSummary};
use crate::import::format::{Family, Format, Seen, Stream};
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::{WarningKind, Warnings};

/// autocannon's JSON.
pub static FORMAT: Format = Format {
    id: "autocannon-json",
    title: "autocannon report (JSON)",
    family: Family::LoadTest,
    recognised_by: "an object with connections, latency, requests, throughput and non2xx or errors",
    traps: &[
        "There is no P95: P90 and P97.5 stand around it.",
        "Latencies are whole milliseconds, and include those of responses other than 2xx unless autocannon was told not to.",
        "requests.average is the mean of the counts of each second, not the number over the time.",
        "Requests without a response (errors, which include timeouts) are not in requests.total; here they are added, as errors.",
        "A status of 3xx is in non2xx, but no error.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

fn recognise(head: &Head<'_>) -> Seen {
    let report = head.json.as_ref().is_some_and(|json| {
        !json.array
            && json.has_keys(&["connections", "latency", "requests"])
            && (json.has_keys(&["non2xx"]) || json.has_keys(&["pipelining"]))
    });
    report.into()
}

fn read(stream: Stream, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let mut warnings = Warnings::default();
    let mut doc = JsonDoc::read(stream, intake, &mut warnings)?;
    let responses = doc.count(&["requests", "total"]);
    let without_response = doc.count(&["errors"]);
    let classes = ["1xx", "2xx", "3xx", "4xx", "5xx"];
    let by_class: Vec<(String, u64)> = classes
        .iter()
        .filter_map(|class| Some(((*class).to_owned(), doc.count(&[class])?)))
        .filter(|(_, n)| *n > 0)
        .collect();
    let all = by_class
        .iter()
        .fold(0_u64, |sum, (_, n)| sum.saturating_add(*n));
    if responses.is_some_and(|n| n != all) {
        warnings.add(
            WarningKind::Note,
            format!(
                "the responses by status add up to {all}, not to requests.total; responses without a full second may be \
                 missing from the latter"
            ),
        );
    }
    let bad: u64 = by_class
        .iter()
        .filter(|(class, _)| matches!(class.as_str(), "4xx" | "5xx"))
        .map(|(_, n)| *n)
        .fold(0, u64::saturating_add);
    let without_response = without_response.unwrap_or_default();
    if without_response > 0 {
        warnings.add(
            WarningKind::Note,
            format!(
                "autocannon counts responses; {without_response} requests without one are added to them, as errors"
            ),
        );
    }
    let known = doc
        .count(&["latency", "totalCount"])
        .or(responses)
        .is_some_and(|n| n > 0);
    let mut latency = |key: &str| doc.number(&["latency", key]).filter(|_| known);
    let (mean_ms, min_ms, max_ms) = (latency("mean"), latency("min"), latency("max"));
    let total = SummaryLine {
        label: "Total".to_owned(),
        count: responses.map(|n| n.saturating_add(without_response)),
        errors: Some(bad.saturating_add(without_response)),
        mean_ms,
        min_ms,
        max_ms,
        stddev_ms: latency("stddev"),
        percentiles_ms: if known {
            percentiles(&mut doc)
        } else {
            Vec::new()
        },
        throughput_per_sec: doc.number(&["requests", "average"]),
        received_bytes_per_sec: doc.number(&["throughput", "average"]),
        ..SummaryLine::default()
    };
    let duration_secs = doc.number(&["duration"]);
    let concurrency_max = doc.number(&["connections"]);
    let mut time = |key: &str| {
        let at: jiff::Timestamp = doc.text(&[key])?.parse().ok()?;
        Some(Instant(at.as_microsecond()))
    };
    let span = time("start")
        .zip(time("finish"))
        .filter(|(start, end)| *start <= *end && start.0 > 0)
        .map(|(start, end)| TimeRange { start, end });
    let url = doc
        .get(&["url"])
        .and_then(Value::as_str)
        .unwrap_or_default();
    let labels = with_label(&total, url);
    let codes = if doc.get(&["statusCodeStats"]).is_some() {
        exact_codes(&doc).unwrap_or(by_class)
    } else {
        by_class
    };
    let mut errors = vec![("errors (timeouts included)".to_owned(), without_response)];
    errors.push((
        "timeouts".to_owned(),
        doc.count(&["timeouts"]).unwrap_or_default(),
    ));
    errors.retain(|(_, n)| *n > 0);
    doc.say_missing(&mut warnings);
    let summary = ToolSummary {
        tool: Tool::Autocannon,
        percentile_rule: "values of an HdrHistogram in whole milliseconds".to_owned(),
        total,
        labels,
        duration_secs,
        codes,
        errors,
        concurrency_max,
        closed_loop: true,
        ..ToolSummary::default()
    };
    finish(intake, summary, span, warnings)
}

/// `{"200": {"count": 12}}`.
fn exact_codes(doc: &JsonDoc) -> Option<Vec<(String, u64)>> {
    let object = doc.get(&["statusCodeStats"])?.as_object()?;
    let mut codes: Vec<(String, u64)> = object
        .iter()
        .map(|(code, value)| Some((code.clone(), value.get("count")?.as_u64()?)))
        .collect::<Option<_>>()?;
    codes.sort();
    Some(codes)
}

/// `p97_5` and the like.
fn percentiles(doc: &mut JsonDoc) -> Vec<(i64, f64)> {
    let mut read: Vec<(i64, f64)> = doc
        .get(&["latency"])
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(key, ms)| {
            let percent: f64 = key.strip_prefix('p')?.replacen('_', ".", 1).parse().ok()?;
            let ppm = (percent * 1e4).round() as i64;
            (1..1_000_000).contains(&ppm).then_some((ppm, ms.as_f64()?))
        })
        .collect();
    read.sort_by_key(|(ppm, _)| *ppm);
    for key in ["p50", "p90", "p99"] {
        doc.number(&["latency", key]);
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::testing::read_as;

    const REPORT: &str = r#"{"url":"http://x/flaky","connections":5,"pipelining":1,"duration":3.01,
        "start":"2026-11-21T07:46:05.200Z","finish":"2026-11-21T07:46:08.213Z","errors":4,"timeouts":1,"mismatches":0,"non2xx":13,
        "1xx":0,"2xx":239,"3xx":1,"4xx":0,"5xx":12,"statusCodeStats":{"200":{"count":239},"302":{"count":1},"500":{"count":12}},
        "latency":{"average":58.61,"mean":58.61,"stddev":11.74,"min":13,"max":104,"p0_001":13,"p2_5":47,"p50":56,"p90":75,"p97_5":84,"p99":95,"p99_9":104,"totalCount":252},
        "requests":{"average":83.67,"mean":83.67,"total":252,"sent":256},"throughput":{"average":27949.34,"total":83836}}"#;

    fn import(text: &str) -> Result<Imported, String> {
        read_as(&FORMAT, "x", text).map_err(|e| e.to_string())
    }

    #[test]
    fn the_report_is_read_and_has_no_p95() {
        let source = import(REPORT).unwrap().source;
        let summary = source.summary.unwrap();
        let total = &summary.total;
        assert_eq!((total.count, total.errors), (Some(256), Some(16)));
        assert_eq!(total.percentiles_ms[0], (10, 13.0));
        assert_eq!(total.percentile_ms(975_000), Some(84.0));
        assert_eq!(total.percentile_ms(999_000), Some(104.0));
        assert_eq!(total.percentile_ms(950_000), None);
        assert_eq!(total.throughput_per_sec, Some(83.67));
        assert_eq!(summary.codes.len(), 3);
        assert_eq!(
            source.info.first.unwrap().to_string(),
            "2026-11-21T07:46:05.2Z"
        );
        let warnings = source.info.warnings;
        assert_eq!(warnings.count_of(WarningKind::NotRead), 0);
        assert_eq!(warnings.count_of(WarningKind::Assumed), 0);
        assert_eq!(warnings.count_of(WarningKind::CoordinatedOmission), 1);
    }

    #[test]
    fn damage_is_said() {
        let source = import(&REPORT.replace("\"p99\":95", "\"p99\":\"x\""))
            .unwrap()
            .source;
        assert_eq!(source.info.warnings.count_of(WarningKind::NotRead), 1);
        let source = import(&REPORT.replace("\"2xx\":239", "\"2xx\":9"))
            .unwrap()
            .source;
        assert_eq!(source.info.warnings.count_of(WarningKind::Note), 2);
        let source = import(&REPORT.replace("\"finish\":\"2026", "\"finish\":\"1026"))
            .unwrap()
            .source;
        assert!(source.info.first.is_none());
        assert!(import(&REPORT[..500]).unwrap_err().contains("cut off"));
    }
}
