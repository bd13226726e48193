//! Files of Gatling, HdrHistogram and Locust that others wrote, against the figures that are known of them.
//!
//! [P] is a figure printed by a peer or asserted by its tests, [O] one recomputed by a few lines of Python.

use headroom::analysis::latency::{LatencyParams, RunStats, run_stats};
use headroom::calendar::TimeRange;
use headroom::dataset::{OutcomeFilter, RunSummary, Tool, ToolSummary, ValueCounts};
use headroom::import::Imported;
use headroom::units::{Micros, Ppm};
use headroom::warning::WarningKind;

use crate::shared_data::{self, shared};

fn read(name: &str) -> Imported {
    shared_data::import(&shared(&format!("load-tests/{name}")))
        .unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn run(imported: &Imported) -> &RunSummary {
    imported.source.run.as_ref().unwrap()
}

fn summary(imported: &Imported) -> &ToolSummary {
    imported.source.summary.as_ref().unwrap()
}

fn warned(imported: &Imported, kind: WarningKind) -> u64 {
    imported.source.info.warnings.count_of(kind)
}

fn stats(imported: &Imported) -> RunStats {
    let params = LatencyParams {
        range: TimeRange::ALL,
        outcomes: OutcomeFilter::All,
        estimator: None,
        apdex: (Micros(500_000), Micros(1_500_000)),
        every: None,
    };
    run_stats(&[run(imported)], &params).unwrap()
}

/// A percentile over all requests by the rule of the tool, in milliseconds.
fn as_the_tool(imported: &Imported, ppm: i64) -> f64 {
    let run = run(imported);
    let by_label = run
        .durations_by_label(TimeRange::ALL, OutcomeFilter::All)
        .unwrap();
    ValueCounts::merged(by_label.iter())
        .quantile(Ppm(ppm), run.tool.estimator())
        .unwrap()
        .millis()
}

/// [P] gatling/gatling, `LogFileReaderSpec`.
#[test]
#[ignore = "reads ../shared/data"]
fn gatlings_known_stats_in_text() {
    let imported = read("gatling/known_stats_text/simulation.log");
    let ours = stats(&imported);
    assert_eq!((ours.total.count, ours.total.errors), (8, 0));
    assert_eq!(
        (ours.total.min_ms, ours.total.max_ms),
        (Some(2_000.0), Some(9_000.0))
    );
    assert_eq!(as_the_tool(&imported, 700_000), 5_000.0);
    assert_eq!(as_the_tool(&imported, 990_000), 9_000.0);
    assert_eq!(run(&imported).tool, Tool::Gatling);
    assert_eq!(warned(&imported, WarningKind::TailMissing), 0);
}

/// [O], with the decoder that read it to its last byte.
#[test]
#[ignore = "reads ../shared/data"]
fn gatlings_known_stats_in_binary() {
    let imported = read("gatling/known_stats_3.12.1_binary/simulation.log");
    let ours = stats(&imported);
    assert_eq!((ours.total.count, ours.total.errors), (105, 1));
    assert_eq!(
        (ours.total.min_ms, ours.total.max_ms),
        (Some(87.0), Some(368.0))
    );
    assert_eq!(as_the_tool(&imported, 700_000), 113.0);
    assert_eq!(as_the_tool(&imported, 990_000), 368.0);
    let failed: Vec<_> = ours.labels.iter().filter(|l| l.errors > 0).collect();
    assert_eq!(
        (failed.len(), failed[0].label.as_str()),
        (1, "Post Redirect 1")
    );
    assert_eq!(warned(&imported, WarningKind::TruncatedLastRow), 0);
    let codes = run(&imported).codes(TimeRange::ALL).unwrap();
    assert!(codes.contains(&("200".to_owned(), 1)), "{codes:?}");
}

/// [P] Taurus' own tests for the first, [O] for the second. The version in the first was edited: it is a 2.x log.
#[test]
#[ignore = "reads ../shared/data"]
fn logs_of_taurus() {
    let imported = read("taurus/gatling/gatling-3-000/simulation.log");
    let ours = stats(&imported);
    assert_eq!((ours.total.count, ours.total.errors), (243, 0));
    assert_eq!(
        ours.labels
            .iter()
            .map(|l| l.label.as_str())
            .collect::<Vec<_>>(),
        ["http://blazedemo.com/"]
    );
    assert_eq!(warned(&imported, WarningKind::RejectedRow), 0);

    let imported = read("taurus/gatling/gatling-351-000/simulation.log");
    let ours = stats(&imported);
    assert_eq!((ours.total.count, ours.total.errors), (220, 0));
    assert_eq!(ours.labels[0].label, "request_1");
    assert_eq!(warned(&imported, WarningKind::RejectedRow), 0);
    let active = run(&imported).active_by_second(TimeRange::ALL).unwrap();
    assert!(active.iter().any(|(_, users)| *users >= 10), "{active:?}");
}

/// [O] counts, and nearest ranks over the highest values of the buckets; the first also by PyPI's hdrhistogram.
#[test]
#[ignore = "reads ../shared/data"]
fn histogram_logs() {
    for (name, label, rows, count, unit_ns, max, percentiles) in [
        (
            "jHiccup-2.0.7S.logV2.hlog",
            "all",
            62,
            48_761,
            1,
            1_803_550_719_i64,
            [344_063, 629_145_599, 1_434_451_967],
        ),
        (
            "ycsb.logV1.hlog",
            "READ",
            602,
            300_056,
            1_000,
            1_546_239,
            [373, 517, 130_559],
        ),
        (
            "tagged-Log.logV2.hlog",
            "A",
            42,
            16_145,
            1,
            1_551_892_479,
            [360_447, 746_586_111, 1_392_508_927],
        ),
    ] {
        let imported = read(&format!("own-runs/hdr/{name}"));
        let run = run(&imported);
        assert_eq!(imported.source.info.rows, rows, "{name}");
        assert_eq!(run.tick_ns, unit_ns, "{name}");
        assert_eq!(run.labels[0].name, label);
        let ours = stats(&imported);
        assert_eq!(ours.total.count, count, "{name}");
        let ms = |value: i64| (value * unit_ns) as f64 / 1e6;
        let figures = &run.tool_figures[0].percentiles_ms;
        for (ppm, value) in [500_000, 950_000, 990_000].into_iter().zip(percentiles) {
            let found = figures.iter().find(|f| f.0 == ppm).unwrap().1;
            assert!((found - ms(value)).abs() < 1e-9, "{name} {ppm}: {found}");
        }
        let found = ours.total.max_ms.unwrap();
        assert!((found - ms(max)).abs() < 1e-9, "{name}: {found}");
        assert_eq!(warned(&imported, WarningKind::RejectedRow), 0, "{name}");
        // StartTime of the logs: 2015-09-09 and 2015-08-03.
        assert!(
            imported.source.info.first.unwrap().secs() > 1_438_000_000,
            "{name}"
        );
    }
}

/// [P] the table's own footer; its standard deviation was not scaled.
#[test]
#[ignore = "reads ../shared/data"]
fn a_percentile_table() {
    let imported = read("own-runs/hdr/latency_us_scaled_ms.hgrm");
    let total = &summary(&imported).total;
    assert_eq!(
        (total.count, total.mean_ms, total.max_ms),
        (Some(1_077), Some(46.539), Some(408.575))
    );
    assert_eq!((total.min_ms, total.stddev_ms), (Some(0.472), None));
    assert_eq!(total.percentile_ms(100_000), Some(3.727));
    assert_eq!(total.values.iter().map(|v| v.count).sum::<u64>(), 1_077);
    assert_eq!(warned(&imported, WarningKind::Note), 1);
}

/// [P] the rows of the CSV; the JSON of the same run has 2,110 requests, of which the CSV lost 107.
#[test]
#[ignore = "reads ../shared/data"]
fn locusts_own_run() {
    let json = read("own-runs/locust/stdout.json");
    let whole = summary(&json);
    assert_eq!(
        (whole.total.count, whole.total.errors),
        (Some(2_110), Some(119))
    );
    // [O] Locust's rule over its rounded times.
    let expected = [
        (500_000, 9.0),
        (660_000, 34.0),
        (750_000, 56.0),
        (800_000, 68.0),
        (900_000, 100.0),
        (950_000, 130.0),
        (980_000, 170.0),
        (990_000, 210.0),
        (999_000, 350.0),
        (999_900, 360.0),
    ];
    assert_eq!(whole.total.percentiles_ms, expected);
    assert!((whole.total.mean_ms.unwrap() - 35.888_080_447).abs() < 1e-6);
    let csv = read("own-runs/locust/run_stats.csv");
    let early = summary(&csv);
    assert_eq!(
        (early.total.count, early.total.errors),
        (Some(2_003), Some(113))
    );
    assert_eq!(early.total.percentile_ms(990_000), Some(210.0));
    assert_eq!(warned(&csv, WarningKind::TailMissing), 1);
    assert_eq!(early.labels.len(), 4);

    let history = read("own-runs/locust/run_stats_history.csv");
    assert_eq!(summary(&history).total.count, Some(2_003));
    let full = read("own-runs/locust/full_stats_history.csv");
    let metrics = full.source.metrics.as_ref().unwrap();
    assert!(
        metrics
            .series
            .iter()
            .any(|s| s.name == "response time 95 % of the last 10 s" && !s.labels.is_empty())
    );
    let failures = read("own-runs/locust/run_failures.csv");
    assert_eq!(summary(&failures).total.errors, Some(113));
    let exceptions = read("own-runs/locust/run_exceptions.csv");
    assert_eq!(summary(&exceptions).errors[0].1, 162);
}

#[test]
#[ignore = "reads ../shared/data"]
fn locust_files_of_others() {
    let imported = read("locust/Bortlesboat/results_stats.csv");
    let all = summary(&imported);
    assert_eq!(all.labels[0].label, "/api/v1/blocks/latest");
    assert_eq!(
        (all.labels[0].count, all.labels[0].errors),
        (Some(240), Some(236))
    );
    let history = read("locust/Bortlesboat/results_stats_history.csv");
    assert_eq!(summary(&history).concurrency_max, Some(50.0));
    let failures = read("locust/Bortlesboat/results_failures.csv");
    assert_eq!(summary(&failures).total.errors, Some(1_607));

    // A run without a single request: users are all there is.
    let history = read("locust/nogibjj/results_stats_history.csv");
    assert!(history.source.summary.is_none() && history.source.metrics.is_some());
    for empty in [
        "results_stats.csv",
        "results_failures.csv",
        "results_exceptions.csv",
    ] {
        let error = shared_data::import(&shared(&format!("load-tests/locust/nogibjj/{empty}")));
        assert!(error.is_err(), "{empty}");
    }
}

/// True counts of the file (the plug-in's tests put them elsewhere); its failures were edited by hand.
#[test]
#[ignore = "reads ../shared/data"]
fn locust_in_the_jenkins_plug_in() {
    let imported = read("jenkins-performance-plugin/test_results_stats.csv");
    let all = summary(&imported);
    let counts: Vec<_> = all
        .labels
        .iter()
        .map(|l| (l.label.as_str(), l.count.unwrap()))
        .collect();
    assert_eq!(
        counts,
        [
            ("big", 638),
            ("huge", 72),
            ("medium", 6_535),
            ("small", 64_219)
        ]
    );
    assert_eq!(
        (all.total.count, all.total.errors),
        (Some(71_464), Some(10_000))
    );
    assert_eq!(all.total.mean_ms.map(f64::floor), Some(223.0));
    assert_eq!(all.total.max_ms.map(f64::floor), Some(1_993.0));
    assert_eq!(all.total.min_ms.map(f64::floor), Some(196.0));
    assert_eq!(all.labels[0].mean_ms.map(f64::floor), Some(370.0));
    assert_eq!(warned(&imported, WarningKind::Note), 1);
}
