//! Files of k6 and Artillery that others wrote, against the figures of the tools themselves.
//!
//! [P] is a figure printed by a peer, [O] one recomputed from the raw rows by a few lines of Python.

use headroom::dataset::Source;
use headroom::warning::WarningKind;

use crate::import_k6::{equals_summary, near, stats};
use crate::shared_data::{self, shared};

fn source(name: &str) -> Source {
    let imported = shared_data::import(&shared(&format!("load-tests/{name}")))
        .unwrap_or_else(|e| panic!("{name}: {e}"));
    assert_eq!(imported.rejects.count, 0, "{name}");
    imported.source
}

/// [P] k6's own summaries of the same runs.
#[test]
#[ignore = "reads ../shared/data"]
fn k6_samples_reproduce_k6s_own_figures() {
    let summary = source("own-runs/k6/handleSummary.json");
    for name in ["own-runs/k6/k6.csv", "own-runs/k6/k6.ndjson"] {
        let run = source(name);
        equals_summary(&run, &summary);
        assert_eq!(run.info.warnings.count_of(WarningKind::TailMissing), 0);
        let total = stats(&run, None).total;
        assert_eq!((total.count, total.errors), (1_077, 376));
        near(total.p99_9_ms, 352.947_528_860_000_15, "P99.9");
        let names: Vec<&str> = run
            .run
            .as_ref()
            .unwrap()
            .labels
            .iter()
            .map(|l| l.name.as_str())
            .collect();
        assert_eq!(
            names,
            [
                "http://127.0.0.1:18080/slow",
                "http://127.0.0.1:18080/checkout",
                "missing"
            ]
        );
    }
    let failed_thresholds = |name: &str| {
        let summary = source(name).summary.unwrap();
        let broken: Vec<String> = summary
            .thresholds
            .iter()
            .filter(|t| !t.held)
            .map(|t| t.rule.clone())
            .collect();
        broken
    };
    assert_eq!(
        failed_thresholds("own-runs/k6/handleSummary.json"),
        ["rate<0.01"]
    );
    // k6 printed "✗ 'p(95)<50'" and "✓ 'rate<0.5'".
    assert_eq!(
        failed_thresholds("own-runs/k6/summary-export.json"),
        ["p(95)<50"]
    );
    let export = source("own-runs/k6/summary-export.json");
    equals_summary(&source("own-runs/k6/k6_rfc3339nano.csv"), &export);
    assert_eq!(export.summary.unwrap().total.errors, Some(16));
    assert_eq!(
        export.info.warnings.count_of(WarningKind::ReadsBackwards),
        3
    );
}

/// [P] Taurus' own tests: 2 successes, 2 failures.
#[test]
#[ignore = "reads ../shared/data"]
fn taurus_k6_results() {
    let run = source("taurus/k6/k6_kpi.csv");
    let total = stats(&run, None).total;
    assert_eq!((total.count, total.errors), (4, 2));
    let names: Vec<&str> = run
        .run
        .as_ref()
        .unwrap()
        .labels
        .iter()
        .map(|l| l.name.as_str())
        .collect();
    assert_eq!(
        names,
        ["https://blazedemo.com/", "https://non-blazedemo.com/"]
    );
}

/// [O] a run with a set-up and up to 31 users, times with an offset.
#[test]
#[ignore = "reads ../shared/data"]
fn kirilly_results() {
    let run = source("k6/KirillY/k6-results.json");
    let total = stats(&run, None).total;
    assert_eq!((total.count, total.errors), (61, 0));
    near(total.mean_ms, 9_752.567_185_557_38, "mean");
    near(total.p95_ms, 14_311.889_233, "P95");
}

/// [P] the summaries that these runs wrote.
#[test]
#[ignore = "reads ../shared/data"]
fn public_k6_summaries() {
    for (name, count, mean, p95, rate) in [
        (
            "k6/grafana-circleci/summary.json",
            20,
            255.6286,
            260.642_050_000_000_04,
            2.416_933_324_906_292_8,
        ),
        (
            "k6/gustiramadhan/summary.json",
            45,
            371.646_368_888_888_7,
            798.577_32,
            3.348_586_516_983_361,
        ),
    ] {
        let summary = source(name);
        assert_eq!(summary.info.format, "k6-handle-summary", "{name}");
        let warnings = &summary.info.warnings;
        assert!(
            warnings.iter().any(|w| w.message.contains("no P99")),
            "{name}"
        );
        let tool = summary.summary.unwrap();
        assert_eq!(
            (tool.total.count, tool.total.errors),
            (Some(count), Some(0))
        );
        assert_eq!(tool.total.mean_ms, Some(mean));
        assert_eq!(tool.total.percentile_ms(950_000), Some(p95));
        assert_eq!(tool.total.throughput_per_sec, Some(rate));
        assert_eq!(tool.labels.len(), 1);
        assert_eq!(tool.concurrency_max, Some(5.0));
    }
}

/// [P] Artillery's own summary of its run, as it printed it.
#[test]
#[ignore = "reads ../shared/data"]
fn artillery_reports() {
    let report = source("own-runs/artillery/report.json");
    let tool = report.summary.as_ref().unwrap();
    assert_eq!(
        (tool.total.count, tool.total.errors),
        (Some(2_100), Some(255))
    );
    assert_eq!(
        (tool.total.mean_ms, tool.total.max_ms),
        (Some(39.4), Some(398.0))
    );
    let printed: Vec<f64> = [500_000, 950_000, 990_000]
        .iter()
        .filter_map(|p| tool.total.percentile_ms(*p))
        .collect();
    assert_eq!(printed, [22.0, 122.7, 183.1]);
    assert_eq!(tool.total.throughput_per_sec, Some(85.0));
    assert_eq!(
        tool.codes,
        [("200".to_owned(), 1_829), ("500".to_owned(), 16)]
    );
    let drop = tool.labels.iter().find(|l| l.label == "/drop").unwrap();
    assert_eq!(
        (drop.count, drop.errors, drop.max_ms),
        (Some(525), Some(255), Some(51.0))
    );
    let home = tool.labels.iter().find(|l| l.label == "/ (home)").unwrap();
    assert_eq!(
        (home.count, home.percentile_ms(950_000)),
        (Some(525), Some(13.1))
    );
    let table = report.metrics.as_ref().unwrap();
    let requests = table.series(0).unwrap();
    assert_eq!(
        (requests.info.name.as_str(), requests.values.len()),
        ("http.requests", 4)
    );
    let said = |text: &str| {
        report
            .info
            .warnings
            .iter()
            .any(|w| w.message.contains(text))
    };
    assert!(said("255 of 2,100 requests got no response"));
    assert!(said("83.8/s"));
    // One request, one error, no latency at all.
    let old = source("artillery/report.json");
    assert_eq!(old.info.format, "artillery-v1-report");
    let total = old.summary.unwrap().total;
    assert_eq!((total.count, total.errors), (Some(1), Some(1)));
    assert_eq!(total.percentiles_ms, []);
    let messages = shared_data::import(&shared(
        "load-tests/artillery/multi-period-local-report.json",
    ));
    let error = messages.unwrap_err().to_string();
    assert!(error.contains("Artillery's workers"), "{error}");
}
