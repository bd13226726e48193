//! What k6's samples, one by one, add up to.

use std::path::Path;

use super::*;
use crate::import::ImportOptions;
use crate::progress::Progress;

const T: i64 = 1_764_547_200_500_000_000;

fn imported(samples: &[(&str, i64, f64, Tags<'_>)]) -> Imported {
    let options = ImportOptions::default();
    let progress = Progress::default();
    let intake = Intake::new(Path::new("x"), &options, &progress);
    let mut points = K6Points::new(&intake);
    for (line, (metric, ms, value, tags)) in (1..).zip(samples) {
        if !points.passes_over(metric.as_bytes()) {
            let end = T + ms * 1_000_000;
            points
                .add(line, metric.as_bytes(), end, *value, tags)
                .unwrap();
        }
    }
    points.finish().unwrap()
}

fn failures(run: &RunSummary) -> Vec<(u8, u64)> {
    let outcome = run.counters.column("outcome").unwrap().u8().unwrap();
    let count = run.counters.column("count").unwrap().u64().unwrap();
    outcome
        .into_no_null_iter()
        .zip(count.into_no_null_iter())
        .collect()
}

fn tags<'a>(name: &'a str, method: &'a str, expected: &'a str) -> Tags<'a> {
    Tags {
        name: name.as_bytes(),
        method: method.as_bytes(),
        expected: expected.as_bytes(),
        status: b"200",
        ..Tags::default()
    }
}

#[test]
fn the_duration_is_taken_off_the_end() {
    let run = imported(&[
        ("http_req_duration", 0, 1_250.25, tags("a", "GET", "true")),
        ("vus", 0, 7.0, Tags::default()),
    ]);
    let first = run.source.info.first.unwrap();
    assert_eq!(first.0 * 1_000, T - 1_250_250_000);
    let run = run.source.run.unwrap();
    assert_eq!(run.tool_figures[0].percentiles_ms[0], (500_000, 1_250.25));
    let active = run.concurrency.column("active").unwrap().i64().unwrap();
    assert_eq!(active.get(0), Some(7));
}

#[test]
fn methods_stand_before_names_that_need_them() {
    let run = imported(&[
        ("http_req_duration", 0, 1.0, tags("/cart", "GET", "true")),
        ("http_req_duration", 1, 2.0, tags("/cart", "POST", "true")),
        ("http_req_duration", 2, 3.0, tags("/", "GET", "true")),
    ]);
    let run = run.source.run.unwrap();
    let names: Vec<&str> = run.labels.iter().map(|l| l.name.as_str()).collect();
    assert_eq!(names, ["GET /cart", "POST /cart", "/"]);
    let figures: Vec<&str> = run.tool_figures.iter().map(|f| f.label.as_str()).collect();
    assert_eq!(figures, ["Total", "/", "GET /cart", "POST /cart"]);
}

#[test]
fn without_expected_response_the_next_sample_or_the_status_decides() {
    let status = |status: &'static str| Tags {
        status: status.as_bytes(),
        ..tags("a", "GET", "")
    };
    let brought = imported(&[
        ("http_req_duration", 0, 1.0, status("200")),
        ("http_req_failed", 0, 1.0, status("200")),
        ("http_req_duration", 1, 1.0, status("503")),
        ("http_req_duration", 2, 1.0, status("302")),
        ("http_req_duration", 3, 1.0, status("")),
    ]);
    let warnings = &brought.source.info.warnings;
    assert_eq!(warnings.count_of(WarningKind::Assumed), 4);
    assert_eq!(failures(&brought.source.run.unwrap()), [(0, 2), (1, 2)]);
}

#[test]
fn grpc_calls_are_requests_too() {
    let call = |status: &'static [u8]| Tags {
        status,
        ..tags("shop.Cart/Add", "", "")
    };
    let brought = imported(&[
        ("grpc_req_duration", 0, 5.0, call(b"0")),
        ("grpc_req_duration", 1, 6.0, call(b"14")),
    ]);
    assert_eq!(failures(&brought.source.run.unwrap()), [(0, 1), (1, 1)]);
}

#[test]
fn what_is_missing_is_said() {
    let brought = imported(&[
        ("http_reqs", 0, 1.0, Tags::default()),
        ("http_req_duration", 0, 1.0, tags("a", "GET", "true")),
        ("http_req_failed", 0, 0.0, Tags::default()),
        ("http_reqs", 9, 1.0, Tags::default()),
        ("dropped_iterations", 9, 40.0, Tags::default()),
        ("iteration_duration", 9, 40.0, Tags::default()),
    ]);
    let warnings = &brought.source.info.warnings;
    assert_eq!(warnings.count_of(WarningKind::TailMissing), 1);
    assert_eq!(warnings.count_of(WarningKind::SaturatedGenerator), 1);
    assert_eq!(warnings.count_of(WarningKind::CoordinatedOmission), 0);
    let cut = imported(&[
        ("http_req_duration", 0, 1.0, tags("a", "GET", "true")),
        ("http_req_failed", 0, 0.0, Tags::default()),
        ("http_req_duration", 5, 1.0, tags("a", "GET", "true")),
    ]);
    assert_eq!(
        cut.source.info.warnings.count_of(WarningKind::TailMissing),
        2
    );
}

#[test]
fn other_metrics_alone_are_kept() {
    let brought = imported(&[("iterations", 0, 1.0, Tags::default())]);
    assert!(brought.source.run.is_none() && brought.source.metrics.is_some());
    assert_eq!(brought.source.info.rows, 1);
}

#[test]
fn codes_are_statuses_or_errors() {
    let mut code = Vec::new();
    let mut tags = Tags {
        status: b"0",
        error_code: b"1101",
        error: "lookup: no such host".as_bytes(),
        ..Tags::default()
    };
    set_code(&mut code, &tags);
    assert_eq!(code, b"1101 lookup: no such host");
    tags.status = b"500";
    set_code(&mut code, &tags);
    assert_eq!(code, b"500");
    tags = Tags {
        status: b"0",
        ..Tags::default()
    };
    set_code(&mut code, &tags);
    assert_eq!(code, b"0");
}

#[test]
fn times_are_read_by_their_magnitude() {
    for (text, ns) in [
        ("1795225633", 1_795_225_633_000_000_000),
        ("1795225633123", 1_795_225_633_123_000_000),
        ("1795225633123456", 1_795_225_633_123_456_000),
        ("1795225633123456789", 1_795_225_633_123_456_789),
        ("2026-11-21T01:38:02.189076848Z", 1_795_225_082_189_076_848),
        ("2024-08-22T01:13:59-03:00", 1_724_300_039_000_000_000),
    ] {
        assert_eq!(stamp_ns(text), Some(ns), "{text}");
    }
    for text in [
        "",
        "soon",
        "-5",
        "99999999999999999999",
        "2026-13-01T00:00:00Z",
    ] {
        assert_eq!(stamp_ns(text), None, "{text}");
    }
}
