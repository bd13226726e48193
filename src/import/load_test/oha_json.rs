//! oha's JSON (`oha --output-format json`, `-j` in older versions).
//!
//! Its fields: `src/printer.rs`, `src/result_data.rs` and `schema.json` of hatoo/oha.

use serde_json::Value;

use super::console::finish;
use super::json_doc::JsonDoc;
use crate::dataset::{SummaryLine, Tool, ToolSummary};
use crate::import::format::{Family, Format, Seen, Stream};
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::{WarningKind, Warnings};

/// oha's JSON.
pub static FORMAT: Format = Format {
    id: "oha-json",
    title: "oha report (JSON)",
    family: Family::LoadTest,
    recognised_by: "an object with summary, in which successRate stands, and latencyPercentiles or responseTimeHistogram",
    traps: &[
        "All times are seconds.",
        "successRate is the share of requests that got a response: one with status 500 is a success; here it is an error.",
        "Durations are those of requests that got a response; a value that is not a number becomes null.",
        "Requests that were still open at the end of -z are listed as errors (\"aborted due to deadline\") but are none; requestsPerSec counts them.",
        "The labels of responseTimeHistogram differ between versions: it is not read.",
        "The JSON says no date: the run is placed by the time of its file.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

/// What oha calls a request that was still open when the time was up.
const DEADLINE: &str = "aborted due to deadline";

fn recognise(head: &Head<'_>) -> Seen {
    let report = head.json.as_ref().is_some_and(|json| {
        !json.array && json.has_keys(&["summary"]) && json.has("\"successRate\":")
    });
    report.into()
}

fn read(stream: Stream, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let mut warnings = Warnings::default();
    let mut doc = JsonDoc::read(stream, intake, &mut warnings)?;
    let codes = doc.counts(&["statusCodeDistribution"]);
    let (deadline, errors): (Vec<_>, Vec<_>) = doc
        .counts(&["errorDistribution"])
        .into_iter()
        .partition(|(text, _)| text == DEADLINE);
    let sum = |list: &[(String, u64)]| {
        list.iter()
            .fold(0_u64, |sum, (_, n)| sum.saturating_add(*n))
    };
    let (responses, without_response, aborted) = (sum(&codes), sum(&errors), sum(&deadline));
    let is_bad = |code: &str| code.parse::<u16>().is_ok_and(|c| c >= 400);
    let bad_status: u64 = codes
        .iter()
        .filter(|(c, _)| is_bad(c))
        .map(|(_, n)| *n)
        .fold(0, u64::saturating_add);
    let duration_secs = doc.number(&["summary", "total"]);
    let rate = doc.number(&["summary", "requestsPerSec"]);
    let all = responses
        .saturating_add(without_response)
        .saturating_add(aborted);
    if let Some(expected) = duration_secs.zip(rate).map(|(secs, rate)| secs * rate)
        && (expected - all as f64).abs() > 0.5 + expected * 1e-6
    {
        warnings.add(
            WarningKind::Note,
            format!(
                "the status codes and errors add up to {all} requests, total and requestsPerSec give {expected:.0}; a part \
                 may be missing"
            ),
        );
    }
    explain(bad_status, without_response, aborted, &mut warnings);
    let known = responses > 0;
    let mut time = |key: &str| {
        let missing = doc.get(&["summary", key]).is_some_and(Value::is_null);
        let secs = if missing {
            None
        } else {
            doc.number(&["summary", key])
        };
        secs.filter(|_| known).map(|secs| secs * 1e3)
    };
    let total = SummaryLine {
        label: "Total".to_owned(),
        count: Some(responses.saturating_add(without_response)),
        errors: Some(bad_status.saturating_add(without_response)),
        mean_ms: time("average"),
        min_ms: time("fastest"),
        max_ms: time("slowest"),
        percentiles_ms: percentiles(&mut doc, known),
        throughput_per_sec: rate,
        received_bytes_per_sec: doc.number(&["summary", "sizePerSec"]),
        ..SummaryLine::default()
    };
    doc.say_missing(&mut warnings);
    let summary = ToolSummary {
        tool: Tool::Oha,
        percentile_rule: "the value at index floor(p·n) of the sorted durations".to_owned(),
        total,
        duration_secs,
        codes,
        errors,
        closed_loop: true,
        ..ToolSummary::default()
    };
    finish(intake, summary, None, warnings)
}

fn explain(bad_status: u64, without_response: u64, aborted: u64, warnings: &mut Warnings) {
    if bad_status > 0 {
        warnings.add(
            WarningKind::ReadsBackwards,
            format!(
                "successRate counts every response as a success; {bad_status} with a status of 400 or above are errors here"
            ),
        );
    }
    if without_response > 0 {
        warnings.add(
            WarningKind::Note,
            format!(
                "{without_response} requests got no response; durations are those of the others"
            ),
        );
    }
    if aborted > 0 {
        warnings.add(
            WarningKind::Note,
            format!(
                "{aborted} requests were still open when the time was up: they are not counted here, but in requestsPerSec"
            ),
        );
    }
}

/// `p50` and the like, in seconds; null where there was no response.
fn percentiles(doc: &mut JsonDoc, known: bool) -> Vec<(i64, f64)> {
    let mut read: Vec<(i64, f64)> = doc
        .get(&["latencyPercentiles"])
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(key, secs)| {
            let percent: f64 = key.strip_prefix('p')?.parse().ok()?;
            let ppm = (percent * 1e4).round() as i64;
            let ms = secs.as_f64()? * 1e3;
            (1..1_000_000).contains(&ppm).then_some((ppm, ms))
        })
        .collect();
    read.sort_by_key(|(ppm, _)| *ppm);
    if read.is_empty() && known {
        // Noted as missing.
        doc.number(&["latencyPercentiles", "p50"]);
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::testing::read_as;

    const REPORT: &str = r#"{"summary":{"successRate":0.99,"total":2.0,"slowest":0.125,"fastest":0.004,"average":0.0255,
        "requestsPerSec":51.5,"totalData":22869,"sizePerRequest":231,"sizePerSec":11434.5},
        "responseTimeHistogram":{"0.01":50,"0.1":49},
        "latencyPercentiles":{"p10":0.005,"p50":0.0251,"p95":0.08,"p99":0.12,"p99.9":0.125,"p99.99":null},
        "rps":{"mean":50.0},"details":{},"statusCodeDistribution":{"200":94,"500":5},
        "errorDistribution":{"connection refused":1,"aborted due to deadline":3}}"#;

    fn import(text: &str) -> Result<(ToolSummary, Warnings), String> {
        read_as(&FORMAT, "x", text)
            .map(|i| (i.source.summary.unwrap(), i.source.info.warnings))
            .map_err(|e| e.to_string())
    }

    #[test]
    fn seconds_and_success_are_turned_round() {
        let (summary, warnings) = import(REPORT).unwrap();
        let total = &summary.total;
        assert_eq!((total.count, total.errors), (Some(100), Some(6)));
        assert_eq!(
            (total.mean_ms, total.min_ms, total.max_ms),
            (Some(25.5), Some(4.0), Some(125.0))
        );
        assert_eq!(total.percentiles_ms.len(), 5);
        assert_eq!(total.percentile_ms(999_000), Some(125.0));
        assert_eq!(total.received_bytes_per_sec, Some(11_434.5));
        assert_eq!(summary.errors, [("connection refused".to_owned(), 1)]);
        assert_eq!(warnings.count_of(WarningKind::ReadsBackwards), 1);
        // One without a response, three still open; all of them make up 51.5 requests a second.
        assert_eq!(warnings.count_of(WarningKind::Note), 2);
        assert_eq!(warnings.count_of(WarningKind::NotRead), 0);
    }

    #[test]
    fn lost_parts_are_noticed() {
        let (_, warnings) = import(&REPORT.replace("\"200\":94,", "")).unwrap();
        assert!(
            warnings
                .iter()
                .any(|w| w.message.contains("may be missing"))
        );
        let (summary, warnings) = import(&REPORT.replace("latencyPercentiles", "x")).unwrap();
        assert!(summary.total.percentiles_ms.is_empty());
        assert_eq!(warnings.count_of(WarningKind::NotRead), 1);
        assert!(import(&REPORT[..400]).unwrap_err().contains("cut off"));
        let none = REPORT
            .replace("\"200\":94,\"500\":5", "")
            .replace("0.0255", "null");
        let (summary, _) = import(&none).unwrap();
        assert_eq!(
            (summary.total.mean_ms, summary.total.count),
            (None, Some(1))
        );
    }
}
