//! JMeter files that others wrote, against the figures that JMeter and its users' tools printed for them.
//!
//! [P] is a figure printed by a peer, [O] one recomputed from the raw rows by a few lines of Python.

use headroom::analysis::latency::{LabelStats, LatencyParams, RunStats, run_stats};
use headroom::calendar::TimeRange;
use headroom::dataset::{Estimator, OutcomeFilter};
use headroom::import::{ImportError, Imported};
use headroom::units::Micros;
use headroom::warning::WarningKind;

use crate::shared_data::{self, shared};

fn try_import(name: &str) -> Result<Imported, ImportError> {
    shared_data::import(&shared(&format!("load-tests/{name}")))
}

fn import(name: &str) -> Imported {
    try_import(name).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn summed(imported: &Imported, estimator: Option<Estimator>) -> RunStats {
    let params = LatencyParams {
        range: TimeRange::ALL,
        outcomes: OutcomeFilter::All,
        estimator,
        apdex: (Micros(500_000), Micros(1_500_000)),
        every: None,
    };
    run_stats(&[imported.source.run.as_ref().unwrap()], &params).unwrap()
}

fn stats(name: &str, estimator: Option<Estimator>) -> RunStats {
    summed(&import(name), estimator)
}

fn label<'a>(stats: &'a RunStats, name: &str) -> &'a LabelStats {
    stats
        .labels
        .iter()
        .find(|l| l.label == name)
        .unwrap_or_else(|| panic!("no label {name}"))
}

fn warned(imported: &Imported, kind: WarningKind) -> u64 {
    imported.source.info.warnings.count_of(kind)
}

/// Every figure of a `statistics.json` against ours, to the digit (floating-point noise aside).
fn equals_statistics(results: &str, statistics: &str) {
    let ours = stats(results, None);
    let text = std::fs::read_to_string(shared(&format!("load-tests/{statistics}"))).unwrap();
    let theirs: serde_json::Value = serde_json::from_str(&text).unwrap();
    let theirs = theirs.as_object().unwrap();
    assert_eq!(theirs.len(), ours.labels.len() + 1);
    for (name, figures) in theirs {
        let line = if name == "Total" {
            &ours.total
        } else {
            label(&ours, name)
        };
        let pairs = [
            ("sampleCount", Some(line.count as f64)),
            ("errorCount", Some(line.errors as f64)),
            ("meanResTime", line.mean_ms),
            ("medianResTime", line.p50_ms),
            ("minResTime", line.min_ms),
            ("maxResTime", line.max_ms),
            ("pct1ResTime", line.p90_ms),
            ("pct2ResTime", line.p95_ms),
            ("pct3ResTime", line.p99_ms),
            ("throughput", line.throughput_per_sec),
            (
                "receivedKBytesPerSec",
                line.received_bytes_per_sec.map(|b| b / 1024.0),
            ),
        ];
        for (key, value) in pairs {
            let (theirs, value) = (figures[key].as_f64().unwrap(), value.unwrap());
            assert!(
                (theirs - value).abs() <= 1e-9 * theirs.abs().max(1.0),
                "{name} {key}: {theirs} against {value}"
            );
        }
    }
}

/// [P] apache/jmeter, `HTMLReportExpect.json`.
#[test]
#[ignore = "reads ../shared/data"]
fn html_report_test_file_as_jmeter_reports_it() {
    equals_statistics(
        "jmeter/HTMLReportTestFile.csv",
        "jmeter/HTMLReportExpect.json",
    );
    let stats = stats("jmeter/HTMLReportTestFile.csv", None);
    assert_eq!((stats.total.count, stats.total.errors), (255, 3));
    assert_eq!(stats.total.p95_ms, Some(339.2));
}

/// [P] JMeter's own `statistics.json` of this run.
#[test]
#[ignore = "reads ../shared/data"]
fn parabank_as_jmeter_reports_it() {
    equals_statistics(
        "jmeter/parabank/ReportLog.jtl",
        "jmeter/parabank/statistics.json",
    );
    let other = stats("jmeter/parabank/log.jtl", Some(Estimator::R7));
    assert_eq!((other.total.count, other.total.mean_ms), (200, Some(736.2)));
}

#[test]
#[ignore = "reads ../shared/data"]
fn what_is_not_a_csv_of_samples_is_refused_with_a_reason() {
    for (name, word) in [
        ("jmeter/BatchTestLocal.csv", "timeStamp and elapsed"),
        ("jenkins-performance-plugin/emptyfile.jtl", "empty"),
    ] {
        let error = try_import(name).expect_err(name).to_string();
        assert!(error.contains(word), "{name}: {error}");
    }
}

/// [O] from the raw rows; the percentages of errors stand in the tool's console output, controllers included.
#[test]
#[ignore = "reads ../shared/data"]
fn one_plan_in_three_layouts() {
    for (name, errors, mean, max, p99_9_r7, p99_9_r6) in [
        ("default.jtl", 265, 35.525, 534.0, 263.081, 285.330),
        (
            "semicolon_date.csv",
            374,
            36.551_562_5,
            345.0,
            311.405,
            318.291,
        ),
        (
            "v5like.csv",
            281,
            37.080_729_166_666_664,
            376.0,
            282.997,
            321.661,
        ),
    ] {
        let name = format!("own-runs/jmeter2.13/{name}");
        let imported = import(&name);
        assert_eq!(
            (imported.source.info.rows, imported.rejects.count),
            (2_400, 0)
        );
        assert_eq!(warned(&imported, WarningKind::TransactionControllers), 1);
        let r7 = summed(&imported, Some(Estimator::R7));
        let names: Vec<&str> = r7.labels.iter().map(|l| l.label.as_str()).collect();
        assert_eq!(
            names,
            [
                "Checkout",
                "Flaky",
                "Home page",
                "Search, \"fast\"",
                "TX Buy flow"
            ]
        );
        assert!(r7.labels.iter().all(|l| l.count == 480));
        assert_eq!((r7.total.count, r7.total.errors), (1_920, errors));
        assert_eq!((r7.total.mean_ms, r7.total.max_ms), (Some(mean), Some(max)));
        assert!((r7.total.p99_9_ms.unwrap() - p99_9_r7).abs() < 1e-3);
        let r6 = summed(&imported, Some(Estimator::R6));
        assert!((r6.total.p99_9_ms.unwrap() - p99_9_r6).abs() < 1e-3);
        assert_eq!(summed(&imported, None).total.p99_9_ms, r6.total.p99_9_ms);
        assert_eq!(r7.total.few_samples, ["p99_9"]);
        assert_eq!(r7.concurrency.max, Some(8.0));
    }
    let headerless = import("own-runs/jmeter2.13/default.jtl");
    assert_eq!(warned(&headerless, WarningKind::HeaderMissing), 1);
    let dated = import("own-runs/jmeter2.13/semicolon_date.csv");
    assert_eq!(warned(&dated, WarningKind::ZoneAssumed), 2_400);
    let first = dated.source.info.first.unwrap();
    assert_eq!(first.to_string(), "2026-11-21T01:40:57.434Z");
}

/// [P] counts and labels from Taurus' own tests, [O] means.
#[test]
#[ignore = "reads ../shared/data"]
fn taurus_results() {
    for (name, count, errors, mean, first_label) in [
        ("tabs", 4, 0, 456.25, "http://localhost:8080"),
        (
            "unicode",
            13,
            13,
            7_485.0 / 13.0,
            "САП.АутентифицироватьРасш",
        ),
        (
            "doublequoting",
            2,
            2,
            2_298.0,
            "https://www.zalando.de/damen-home/",
        ),
        (
            "quote-guessing-crash",
            10,
            0,
            656.9,
            "http://blazedemo.com/",
        ),
        ("simple.kpi", 6, 3, 1_196.5, "http://blazedemo.com/"),
    ] {
        let name = format!("taurus/jmeter/{name}.jtl");
        let imported = import(&name);
        assert_eq!(imported.rejects.count, 0, "{name}");
        let labels = &imported.source.run.as_ref().unwrap().labels;
        assert_eq!(labels[0].name, first_label);
        let total = summed(&imported, Some(Estimator::R7)).total;
        assert_eq!(
            (total.count, total.errors, total.mean_ms),
            (count, errors, Some(mean)),
            "{name}"
        );
    }
    // 8 samples, 6 of them failed; two are controllers, one of which failed.
    let pair = stats("taurus/jmeter/kpi-pair1.jtl", Some(Estimator::R7));
    let all: (u64, u64) = pair
        .labels
        .iter()
        .fold((0, 0), |(n, e), l| (n + l.count, e + l.errors));
    assert_eq!(all, (8, 6));
    assert_eq!((pair.total.count, pair.total.errors), (6, 5));
    // Without a URL column, the message alone tells controllers.
    let controllers = import("taurus/jmeter/tranctl.jtl");
    assert_eq!(warned(&controllers, WarningKind::TransactionControllers), 2);
    assert_eq!(summed(&controllers, None).total.count, 0);
}

/// [P] figures asserted by jenkinsci/performance-plugin's own tests (its percentile rule is its own and not compared).
#[test]
#[ignore = "reads ../shared/data"]
fn jenkins_results() {
    let folder = "jenkins-performance-plugin";
    let plain = stats(
        &format!("{folder}/JMeterCsvResults.csv"),
        Some(Estimator::R7),
    );
    assert_eq!(plain.total.count, 3);
    assert_eq!(
        label(&plain, "GET /ordermgmt/pre-logout").mean_ms,
        Some(2_204.0)
    );
    // Months 20 and 21 roll over into the next year; 41.9 KB in both directions.
    for (name, first) in [
        ("JMeterCsvResults2.csv", "2002-08-20T12:05:05.123Z"),
        ("JMeterCsvResults3.csv", "2012-09-21T14:15:25.321Z"),
    ] {
        let imported = import(&format!("{folder}/{name}"));
        assert_eq!(summed(&imported, Some(Estimator::R7)).total.count, 3);
        assert_eq!(imported.source.info.first.unwrap().to_string(), first);
        // One of them is that the last line has no end.
        assert_eq!(warned(&imported, WarningKind::Assumed), 4);
        let counters = &imported.source.run.as_ref().unwrap().counters;
        let sum = |column: &str| {
            let values = counters.column(column).unwrap();
            values.i64().unwrap().iter().flatten().sum::<i64>()
        };
        assert_eq!(sum("received") + sum("sent"), 42_906);
    }
    for name in [
        "JMeterPublisher.csv",
        "JMeterPublisher_formatted_timeStamp.csv",
    ] {
        let published = stats(&format!("{folder}/{name}"), Some(Estimator::R7)).total;
        assert_eq!((published.count, published.errors), (3, 1));
        assert_eq!(published.mean_ms.unwrap().floor(), 1_433.0);
    }
    let lines = stats(&format!("{folder}/multiLineCSV.jtl"), Some(Estimator::R7));
    assert_eq!(lines.labels.len(), 2);
    assert_eq!(label(&lines, "Preparation: Login").mean_ms, Some(1_898.0));
    assert!(
        lines.labels[1]
            .label
            .starts_with("no such element: Unable to locate element: {\"method\"")
    );
    assert_eq!(lines.labels[1].label.lines().count(), 3);
    let transactions = import(&format!("{folder}/filewithtransactions.csv"));
    let stats = summed(&transactions, Some(Estimator::R7));
    for (name, count) in [("HP", 37), ("Search", 33), ("Scenario", 33)] {
        assert_eq!(label(&stats, name).count, count);
    }
    assert_eq!(
        warned(&transactions, WarningKind::TransactionControllers),
        3
    );
    assert_eq!(stats.total.count, 313 - 37 - 33 - 33);
    let headerless = import(&format!("{folder}/JENKINS-16627_CSV_instead_of_XML.jtl"));
    assert_eq!(warned(&headerless, WarningKind::HeaderMissing), 1);
    assert_eq!(headerless.source.info.rows, 3);
    let single = summed(&import(&format!("{folder}/single_result/res.csv")), None);
    assert_eq!((single.total.count, single.total.errors), (1, 1));
}
