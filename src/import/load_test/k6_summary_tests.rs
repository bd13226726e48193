//! What the reader of the machine-readable summary makes of both of its shapes.

use std::path::Path;

use super::*;
use crate::dataset::Source;
use crate::import::ImportOptions;
use crate::progress::Progress;

fn read_text(text: &'static str) -> Result<Source, ImportError> {
    let options = ImportOptions::default();
    let progress = Progress::default();
    let intake = Intake::new(Path::new("s.json"), &options, &progress);
    read(Box::new(std::io::Cursor::new(text)), &intake).map(|i| i.source)
}

#[test]
fn what_k6_writes() {
    let source = read_text(
        r#"{"config":{"duration":60.5,"execution":"local","script":"t.js"},
            "metadata":{"generatedAt":"2026-01-15T10:31:00.5Z","k6Version":"1.5.0"},
            "results":{"checks":{"metrics":[],"results":[{"name":"ok","passes":5,"fails":1}]},
             "metrics":[
              {"contains":"time","name":"http_req_duration","type":"trend","values":{"avg":245.5,"max":456,"med":234.5,"min":123,"p(90)":387,"p(95)":421},
               "thresholds":[{"source":"p(95)<500","ok":true}]},
              {"contains":"default","name":"http_reqs","type":"counter","values":{"count":1500}},
              {"contains":"default","name":"http_req_failed","type":"rate","values":{"matches":30,"rate":0.02,"total":1500},
               "thresholds":{"rate<0.01":{"ok":false}}}]},
            "version":"1.0.0"}"#,
    )
    .unwrap();
    let summary = source.summary.unwrap();
    assert_eq!(
        (summary.total.count, summary.total.errors),
        (Some(1_500), Some(30))
    );
    assert_eq!(summary.total.throughput_per_sec, Some(1_500.0 / 60.5));
    let held: Vec<bool> = summary.thresholds.iter().map(|t| t.held).collect();
    assert_eq!(held, [true, false]);
    let first = source.info.first.unwrap();
    assert_eq!(first.to_string(), "2026-01-15T10:30:00Z");
    assert_eq!(source.info.warnings.count_of(WarningKind::Assumed), 1);
}

/// The example beside the schema says a rate of 0.02 and 1,470 "passes": the rate decides.
#[test]
fn what_the_schema_shows() {
    let source = read_text(
        r#"{"version":"2.0.0","metadata":{"generatedAt":"soon","k6Version":"1.1.0"},"config":{"duration":60},
            "results":{"metrics":[
              {"name":"http_req_duration","type":"trend","values":{"avg":245.67,"p(99)":445.12,"count":1500}},
              {"name":"http_req_failed","type":"rate","values":{"rate":0.02,"passes":1470,"fails":30}},
              {"name":7}],
             "checks":{"orderedChecks":[{"name":"a","passes":1,"fails":1}]}}}"#,
    )
    .unwrap();
    let summary = source.summary.unwrap();
    assert_eq!(summary.total.errors, Some(30));
    assert_eq!(summary.total.percentile_ms(990_000), Some(445.12));
    assert_eq!(source.info.first, None);
    let warnings = source.info.warnings;
    assert_eq!(warnings.count_of(WarningKind::Assumed), 2);
    assert_eq!(warnings.count_of(WarningKind::NotANumber), 1);
}

#[test]
fn without_metrics_there_is_nothing() {
    let error = read_text(r#"{"version":"1.0.0","metadata":{"k6Version":"1"},"results":{}}"#)
        .unwrap_err()
        .to_string();
    assert!(error.contains("no \"metrics\""), "{error}");
}
