//! What the reader of Artillery 2's report makes of small reports.

use std::path::Path;

use super::*;
use crate::dataset::Source;
use crate::import::ImportOptions;
use crate::progress::Progress;

fn read_text(text: &str) -> Result<Source, ImportError> {
    let options = ImportOptions::default();
    let progress = Progress::default();
    let intake = Intake::new(Path::new("r.json"), &options, &progress);
    read(Box::new(std::io::Cursor::new(text.to_owned())), &intake).map(|i| i.source)
}

const TEXT: &str = r#"{"aggregate":{"counters":{"http.requests":100,"http.responses":90,"http.codes.200":85,"http.codes.500":5,
    "errors.ECONNRESET":8,"errors.Failed capture or match":2,"vusers.created":25,"vusers.failed":10,"http.downloaded_bytes":2000,
    "plugins.metrics-by-endpoint./api/v1.2/a.codes.200":50,"plugins.metrics-by-endpoint./api/v1.2/a.codes.b.codes.200":40,
    "plugins.metrics-by-endpoint./api/v1.2/a.errors.ECONNRESET":8,"plugins.metrics-by-endpoint./gone.errors.E.x":2},
    "rates":{"http.request_rate":6},"firstMetricAt":1795225528000,"lastMetricAt":1795225548000,
    "summaries":{"http.response_time":{"min":0,"max":398,"count":90,"mean":39.4,"p50":22,"median":22,"p75":63.4,"p90":102.5,"p95":122.7,"p99":183.1,"p999":242.3},
     "plugins.metrics-by-endpoint.response_time./api/v1.2/a":{"min":1,"max":2,"count":50,"mean":1.5,"p95":2},
     "plugins.metrics-by-endpoint.response_time./api/v1.2/a.codes.b":{"count":40,"p95":3},
     "broken":null}},
    "intermediate":[
     {"period":"1795225520000","counters":{"http.requests":20,"errors.ECONNRESET":2,"vusers.created":5},"rates":{},"http.request_rate":null,
      "summaries":{"http.response_time":{"mean":30,"p95":50,"p99":60}}},
     {"period":1795225530000,"counters":{"http.requests":50},"histograms":{"http.response_time":{"p95":70}}},
     {"period":1795225540000,"counters":{"http.requests":30},"summaries":{}}]}"#;

#[test]
fn totals_endpoints_and_periods_are_read() {
    let source = read_text(TEXT).unwrap();
    let summary = source.summary.unwrap();
    assert_eq!(
        (summary.total.count, summary.total.errors),
        (Some(100), Some(10))
    );
    assert_eq!(summary.total.percentile_ms(999_000), Some(242.3));
    assert_eq!(
        summary.codes,
        [("200".to_owned(), 85), ("500".to_owned(), 5)]
    );
    assert_eq!(summary.errors[1], ("Failed capture or match".to_owned(), 2));
    assert_eq!(summary.duration_secs, Some(20.0));
    assert_eq!(summary.total.received_bytes_per_sec, Some(100.0));
    let lines: Vec<(&str, Option<u64>, Option<u64>)> = summary
        .labels
        .iter()
        .map(|l| (l.label.as_str(), l.count, l.errors))
        .collect();
    assert_eq!(
        lines,
        [
            ("/api/v1.2/a", Some(58), Some(8)),
            ("/api/v1.2/a.codes.b", Some(40), Some(0)),
            ("/gone", Some(2), Some(2)),
        ]
    );
    let table = source.metrics.unwrap();
    let named = |name: &str| {
        let index = table.series.iter().position(|s| s.name == name).unwrap();
        table.series(index).unwrap().values
    };
    // The first period began 8 s late, the last ended 2 s early.
    assert_eq!(named("http.requests"), [10.0, 5.0, 3.75]);
    assert_eq!(named("errors"), [1.0, 0.0, 0.0]);
    assert_eq!(named("http.response_time.p95"), [50.0, 70.0]);
    assert_eq!(named("vusers.created"), [2.5]);
    let warnings = source.info.warnings;
    assert_eq!(warnings.count_of(WarningKind::Approximate), 1);
    assert_eq!(warnings.count_of(WarningKind::Note), 3);
    assert!(
        warnings
            .iter()
            .any(|w| w.message.starts_with("10 of 100 requests got no response"))
    );
    assert!(warnings.iter().any(|w| w.message.contains("5.0/s")));
}

#[test]
fn damaged_reports_end_in_a_sentence() {
    for (text, word) in [
        (&TEXT[..700], "ends in the middle"),
        ("{\"intermediate\":[]}", "no \"aggregate\""),
        (
            "{\"aggregate\":{\"counters\":{\"vusers.created\":3}}}",
            "no HTTP requests",
        ),
        (
            "{\"aggregate\":{\"counters\":{\"http.requests\":0}}}",
            "without any request",
        ),
        ("{\"aggregate\":7}", "not valid JSON from Artillery"),
        (
            "{\"aggregate\":{},\"aggregate\":{}}",
            "not valid JSON from Artillery",
        ),
    ] {
        let error = read_text(text).unwrap_err().to_string();
        assert!(error.contains(word), "{text}: {error}");
    }
    assert!(read_text(&"{\"aggregate\":".repeat(10_000)).is_err());
}

#[test]
fn missing_periods_are_noticed() {
    let text = TEXT.replace("\"http.requests\":50", "\"http.requests\":5");
    let warnings = read_text(&text).unwrap().info.warnings;
    assert!(
        warnings
            .iter()
            .any(|w| w.message.starts_with("the periods hold 55 requests"))
    );
}

#[test]
fn only_its_own_reports_are_recognised() {
    let seen = |text: &str| recognise(&Head::new(text.as_bytes(), false, Path::new("x")));
    assert_eq!(seen(TEXT), Seen::Yes);
    assert_eq!(
        seen("{\"aggregate\":{\"scenariosCreated\":1,\"counters\":{},\"summaries\":1}}"),
        Seen::No
    );
    assert_eq!(seen("{\"aggregate\":{\"counters\":{\"a\":1}}}"), Seen::No);
    assert!(matches!(
        seen("[{\"id\":1,\"event\":\"done\",\"report\":\"{\\\"counters\\\":{}}\"}]"),
        Seen::Refused(_)
    ));
}
