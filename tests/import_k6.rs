//! Files that k6 and Artillery wrote for these tests, against the summaries that the tools wrote beside them.

use headroom::analysis::latency::{LatencyParams, RunStats, run_stats};
use headroom::calendar::TimeRange;
use headroom::dataset::{Estimator, OutcomeFilter, Source, SummaryLine};
use headroom::units::Micros;
use headroom::warning::WarningKind;
use serde_json::Value;

use crate::shared_data::{import, own};

const FILES: [&str; 10] = [
    "k6/results.json",
    "k6/results_micro.csv",
    "k6/results_seconds.csv",
    "k6/no_expected.json",
    "k6/no_expected.csv",
    "k6/handle_summary.json",
    "k6/summary_export.json",
    "k6/machine_readable.json",
    "artillery/report.json",
    "artillery/v1_report.json",
];

fn source(name: &str) -> Source {
    let imported = import(&own(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
    assert_eq!(imported.rejects.count, 0, "{name}");
    imported.source
}

/// The figures of a run as its own tool would print them (`estimator: None`).
pub fn stats(source: &Source, estimator: Option<Estimator>) -> RunStats {
    let params = LatencyParams {
        range: TimeRange::ALL,
        outcomes: OutcomeFilter::All,
        estimator,
        apdex: (Micros(500_000), Micros(1_500_000)),
        every: None,
    };
    run_stats(&[source.run.as_ref().unwrap()], &params).unwrap()
}

pub fn near(ours: Option<f64>, theirs: f64, what: &str) {
    let ours = ours.unwrap_or_else(|| panic!("{what} is missing"));
    assert!(
        (ours - theirs).abs() <= 1e-9 * theirs.abs().max(1.0),
        "{what}: {ours} against {theirs}"
    );
}

/// What k6 says in its own summary of the run, against the run read from its samples.
pub fn equals_summary(run: &Source, summary: &Source) {
    let theirs = &summary.summary.as_ref().unwrap().total;
    let ours = stats(run, None).total;
    assert_eq!(Some(ours.count), theirs.count);
    assert_eq!(Some(ours.errors), theirs.errors);
    near(ours.mean_ms, theirs.mean_ms.unwrap(), "mean");
    // Shortest and longest are counted, not binned: exact to the tick.
    let half_tick_ms = run.run.as_ref().unwrap().tick_ns as f64 / 2e6;
    for (ours, theirs) in [(ours.min_ms, theirs.min_ms), (ours.max_ms, theirs.max_ms)] {
        let (ours, theirs) = (ours.unwrap(), theirs.unwrap());
        assert!(
            (ours - theirs).abs() <= half_tick_ms + 1e-9,
            "{ours} against {theirs}"
        );
    }
    for (ppm, value) in [
        (500_000, ours.p50_ms),
        (900_000, ours.p90_ms),
        (950_000, ours.p95_ms),
        (990_000, ours.p99_ms),
        (999_000, ours.p99_9_ms),
    ] {
        if let Some(theirs) = theirs.percentile_ms(ppm) {
            near(value, theirs, &format!("quantile {ppm}"));
        }
    }
}

fn line<'a>(summary: &'a Source, label: &str) -> &'a SummaryLine {
    let labels = &summary.summary.as_ref().unwrap().labels;
    labels
        .iter()
        .find(|l| l.label == label)
        .unwrap_or_else(|| panic!("no label {label}"))
}

fn values(source: &Source, name: &str, label: &str) -> Vec<f64> {
    let table = source.metrics.as_ref().unwrap();
    let index = table
        .series
        .iter()
        .position(|s| s.name == name && (label.is_empty() || s.labels.values().any(|v| v == label)))
        .unwrap_or_else(|| panic!("no series {name}"));
    table.series(index).unwrap().values
}

#[test]
fn k6_samples_agree_with_k6s_own_summary() {
    let summary = source("k6/handle_summary.json");
    assert_eq!(summary.info.format, "k6-handle-summary");
    for (name, format) in [
        ("k6/results.json", "k6-ndjson"),
        ("k6/results_micro.csv", "k6-csv"),
    ] {
        let run = source(name);
        assert_eq!(run.info.format, format);
        equals_summary(&run, &summary);
        let labels = &run.run.as_ref().unwrap().labels;
        let names: Vec<&str> = labels.iter().map(|l| l.name.as_str()).collect();
        assert_eq!(names[..3], ["list, \"all\"", "GET /cart", "POST /cart"]);
        let cart = line(&summary, "/cart");
        let carts: u64 = stats(&run, None)
            .labels
            .iter()
            .filter(|l| l.label.ends_with("/cart"))
            .map(|l| l.count)
            .sum();
        assert_eq!(Some(carts), cart.count);
        // The sums of the series are the counters of the summary.
        let iterations: f64 = values(&run, "iterations", "").iter().sum();
        assert_eq!(iterations, 12.0);
        assert_eq!(
            values(&run, "checks", "is 200").len(),
            values(&run, "checks", "paid").len()
        );
        assert!(values(&run, "data_received", "").iter().all(|v| *v > 0.0));
        for kind in [WarningKind::TailMissing, WarningKind::TruncatedLastRow] {
            assert_eq!(run.info.warnings.count_of(kind), 0);
        }
        assert_eq!(
            run.info.warnings.count_of(WarningKind::CoordinatedOmission),
            1
        );
    }
    // The types of own metrics stand in the JSON only.
    let orders: f64 = values(&source("k6/results.json"), "orders", "")
        .iter()
        .sum();
    assert_eq!(orders, 12.0);
    let csv = source("k6/results_micro.csv");
    assert_eq!(csv.info.warnings.count_of(WarningKind::Assumed), 2);
    // A start is the end less the duration; the CSV has lost the nanoseconds of the end.
    let [a, b] = [&csv, &source("k6/results.json")].map(|s| s.info.first.unwrap().0);
    assert!((a - b).abs() <= 1, "{a} {b}");
}

#[test]
fn k6_summary_export_is_turned_round() {
    let summary = source("k6/summary_export.json");
    assert_eq!(summary.info.format, "k6-summary-export");
    let run = source("k6/results_seconds.csv");
    equals_summary(&run, &summary);
    let warnings = &run.info.warnings;
    assert!(
        warnings
            .iter()
            .any(|w| w.message.starts_with("times are whole seconds"))
    );
    let tool = summary.summary.as_ref().unwrap();
    let held = |metric: &str| {
        tool.thresholds
            .iter()
            .find(|t| t.metric == metric)
            .unwrap()
            .held
    };
    assert!(!held("http_req_failed"), "the run broke it");
    assert!(held("http_req_duration") && held("http_reqs{name:/cart}"));
    assert!(line(&summary, "{expected_response:true}").successes_only);
    assert_eq!(
        summary.info.warnings.count_of(WarningKind::ReadsBackwards),
        5
    );
}

#[test]
fn without_expected_response_failures_are_found_all_the_same() {
    for name in ["k6/no_expected.json", "k6/no_expected.csv"] {
        let run = source(name);
        let total = stats(&run, None).total;
        assert_eq!(
            run.info.warnings.count_of(WarningKind::Assumed),
            match name {
                "k6/no_expected.json" => total.count,
                // Two metrics of the test's own, whose types are not in the CSV.
                _ => total.count + 2,
            }
        );
        // Every list is refused and every fourth page is missing.
        assert!(total.errors >= 6 && total.errors < total.count, "{name}");
    }
    let [a, b] =
        ["k6/no_expected.json", "k6/no_expected.csv"].map(|n| stats(&source(n), None).total);
    assert_eq!((a.count, a.errors), (b.count, b.errors));
}

#[test]
fn a_packed_run_of_arrivals_tells_of_dropped_iterations() {
    let run = source("k6/arrival.json.gz");
    let warnings = &run.info.warnings;
    assert_eq!(warnings.count_of(WarningKind::SaturatedGenerator), 1);
    assert_eq!(warnings.count_of(WarningKind::CoordinatedOmission), 0);
    let codes = run
        .run
        .as_ref()
        .unwrap()
        .codes
        .column("code")
        .unwrap()
        .clone();
    let codes = codes.str().unwrap();
    let codes: Vec<&str> = (0..codes.len()).filter_map(|i| codes.get(i)).collect();
    assert_eq!(codes, ["1212 dial: connection refused", "200"]);
}

#[test]
fn the_machine_readable_summary_is_placed_in_time() {
    let summary = source("k6/machine_readable.json");
    assert_eq!(summary.info.format, "k6-summary");
    assert_eq!(
        summary.info.first.unwrap().to_string(),
        "2026-01-15T10:30:00Z"
    );
    let total = &summary.summary.as_ref().unwrap().total;
    assert_eq!((total.count, total.errors), (Some(1_500), Some(30)));
    assert_eq!(
        line(&summary, "{expected_response:true}").count,
        Some(1_470)
    );
}

#[test]
fn artillery_reports_say_what_they_cover() {
    let report = source("artillery/report.json");
    assert_eq!(report.info.format, "artillery-report");
    let tool = report.summary.as_ref().unwrap();
    assert_eq!((tool.total.count, tool.total.errors), (Some(108), Some(36)));
    assert_eq!(tool.errors, [("ECONNRESET".to_owned(), 36)]);
    let list = line(&report, "/api/v1.2/list (list v1.2)");
    assert_eq!((list.count, list.errors), (Some(36), Some(0)));
    let dropped = line(&report, "/drop");
    assert_eq!((dropped.count, dropped.errors), (Some(36), Some(36)));
    assert_eq!(dropped.percentiles_ms, []);
    assert_eq!(report.info.warnings.count_of(WarningKind::Approximate), 1);
    let old = source("artillery/v1_report.json");
    assert_eq!(old.info.format, "artillery-v1-report");
    let rates = values(&old, "http.requests", "");
    assert!(
        rates.len() == 2 && rates.iter().all(|r| (r - 6.0).abs() < 0.01),
        "{rates:?}"
    );
}

/// Each summary is known by one format only, whatever the order in which formats are tried.
#[test]
fn no_two_formats_claim_the_same_file() {
    use headroom::import::{Head, Seen, formats};
    for name in FILES {
        let path = own(name);
        let bytes = std::fs::read(&path).unwrap();
        let head = Head::new(
            &bytes[..bytes.len().min(65_536)],
            bytes.len() <= 65_536,
            &path,
        );
        let claims: Vec<&str> = formats::ALL
            .iter()
            .filter(|f| f.id != "metric-table" && (f.recognise)(&head) != Seen::No)
            .map(|f| f.id)
            .collect();
        assert_eq!(claims.len(), 1, "{name}: {claims:?}");
    }
}

/// The figures that `handleSummary` saved, number by number, against what is shown of them.
#[test]
fn handle_summary_is_passed_on_number_by_number() {
    let text = std::fs::read_to_string(own("k6/handle_summary.json")).unwrap();
    let theirs: Value = serde_json::from_str(&text).unwrap();
    let summary = source("k6/handle_summary.json");
    let tool = summary.summary.as_ref().unwrap();
    let duration = &theirs["metrics"]["http_req_duration"]["values"];
    for (key, ppm) in [("med", 500_000), ("p(90)", 900_000), ("p(99.9)", 999_000)] {
        assert_eq!(tool.total.percentile_ms(ppm), duration[key].as_f64());
    }
    assert_eq!(
        tool.duration_secs,
        theirs["state"]["testRunDurationMs"]
            .as_f64()
            .map(|ms| ms / 1e3)
    );
    assert_eq!(
        tool.total.throughput_per_sec,
        theirs["metrics"]["http_reqs"]["values"]["rate"].as_f64()
    );
    assert!(
        summary
            .info
            .warnings
            .iter()
            .all(|w| !w.message.contains("no P99"))
    );
}
