//! JMeter, JUnit and Taurus files that others wrote, against the figures that the tools and their users' tools printed.
//!
//! [P] is a figure printed by a peer, [O] one recomputed from the raw rows by a few lines of Python.

use headroom::dataset::{Estimator, SummaryLine};
use headroom::import::{ImportError, Imported};
use headroom::warning::WarningKind;

use crate::import_jmeter::{label, stats};
use crate::shared_data::{self, shared};

fn try_import(name: &str) -> Result<Imported, ImportError> {
    shared_data::import(&shared(&format!("load-tests/{name}")))
}

fn import(name: &str) -> Imported {
    try_import(name).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn warned(imported: &Imported, kind: WarningKind) -> u64 {
    imported.source.info.warnings.count_of(kind)
}

fn total(imported: &Imported) -> &SummaryLine {
    &imported.source.summary.as_ref().unwrap().total
}

/// [O], the percentiles too.
#[test]
#[ignore = "reads ../shared/data"]
fn xml_results_of_real_runs() {
    for (name, count, errors, mean, max, p99_9_r7, p99_9_r6) in [
        (
            "own-runs/jmeter2.13/out.xml",
            1_920,
            499,
            34.155_729_166_666_67,
            387.0,
            297.81,
            313.32,
        ),
        (
            "jmeter/sample_log1.jtl",
            10_000,
            0,
            559.007_7,
            21_782.0,
            9_133.2,
            9_332.8,
        ),
        (
            "jenkins-performance-plugin/constraint-test.xml",
            1_010,
            0,
            62.684_158_415_841_59,
            151.0,
            149.982,
            150.989,
        ),
    ] {
        let imported = import(name);
        assert_eq!(imported.source.info.format, "jmeter-xml");
        assert_eq!(imported.rejects.count, 0, "{name}");
        let r7 = stats(&imported, Some(Estimator::R7)).total;
        assert_eq!((r7.count, r7.errors), (count, errors), "{name}");
        assert_eq!((r7.mean_ms, r7.max_ms), (Some(mean), Some(max)), "{name}");
        assert!((r7.p99_9_ms.unwrap() - p99_9_r7).abs() < 1e-3, "{name}");
        let tool = stats(&imported, None).total;
        assert!((tool.p99_9_ms.unwrap() - p99_9_r6).abs() < 1e-3, "{name}");
    }
    let own = import("own-runs/jmeter2.13/out.xml");
    assert_eq!(own.source.info.rows, 2_400);
    let labels = stats(&own, None).labels;
    assert!(labels.iter().all(|l| l.count == 480));
    assert_eq!(stats(&own, None).concurrency.max, Some(8.0));
    // JMeter of 2005 stamped the ends of samples.
    let old = import("jmeter/sample_log1.jtl");
    assert_eq!(warned(&old, WarningKind::Assumed), 1);
    assert_eq!(warned(&own, WarningKind::Assumed), 0);
}

/// The same run in both forms, without times and durations as it stands: both are refused, and with the same ones put
/// into both every figure agrees. One row of the CSV ("NAME USER1") is not in the XML as it was published.
#[test]
#[ignore = "reads ../shared/data"]
fn batch_test_in_both_forms() {
    for form in ["xml", "csv"] {
        let error = try_import(&format!("jmeter/BatchTestLocal.{form}"))
            .expect_err(form)
            .to_string();
        assert!(error.contains("jmeter.save.saveservice.time"), "{error}");
    }
    let text = |form: &str| {
        let path = shared(&format!("load-tests/jmeter/BatchTestLocal.{form}"));
        std::fs::read_to_string(path).unwrap()
    };
    let time = |i: usize| (1_764_547_200_000 + i * 250, i * 37 % 101);
    let xml = text("xml");
    let mut parts = xml.split("ample s=");
    let mut timed = parts.next().unwrap().to_owned();
    for (i, part) in parts.enumerate() {
        let (at, ms) = time(i);
        timed.push_str(&format!("ample t=\"{ms}\" ts=\"{at}\" s={part}"));
    }
    let csv: String = text("csv")
        .lines()
        .filter(|line| !line.starts_with("NAME "))
        .enumerate()
        .map(|(i, line)| match i.checked_sub(1) {
            None => format!("timeStamp,elapsed,{line}\n"),
            Some(i) => format!("{},{},{line}\n", time(i).0, time(i).1),
        })
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let read = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        shared_data::import(&path).unwrap()
    };
    let (xml, csv) = (read("a", &timed), read("b", &csv));
    assert_eq!((xml.rejects.count, csv.rejects.count), (0, 0));
    assert_eq!(xml.source.info.rows, csv.source.info.rows);
    for outcome in [None, Some(Estimator::R7)] {
        assert_eq!(stats(&xml, outcome), stats(&csv, outcome));
    }
}

/// [P] of the sample counts (Taurus' own tests), [O] of the rest.
#[test]
#[ignore = "reads ../shared/data"]
fn taurus_error_files() {
    for (name, count, errors, mean, inner, controllers) in [
        ("cookies", 2, 0, 82.0, 0, 0),
        ("error-302", 24, 2, 272.625, 0, 2),
        ("error-pair1", 8, 7, 120.75, 3, 1),
        ("resource-errors-no-fail", 2, 1, 419.0, 4, 0),
        ("simple.error", 3, 3, 182.0 / 3.0, 0, 0),
        ("trace", 1, 1, 388.0, 0, 0),
    ] {
        let imported = import(&format!("taurus/jmeter/{name}.jtl"));
        let total = stats(&imported, Some(Estimator::R7)).total;
        assert_eq!(
            (total.count, total.errors, total.mean_ms),
            (count, errors, Some(mean)),
            "{name}"
        );
        assert_eq!(warned(&imported, WarningKind::Note), inner, "{name}");
        let kept = warned(&imported, WarningKind::TransactionControllers);
        assert_eq!(kept, controllers, "{name}");
        assert_eq!(warned(&imported, WarningKind::NotRead), 0, "{name}");
    }
    // The failed samples of error-pair1 are those of kpi-pair1, and the failed ones inside its transaction.
    let (pair, kpi) = (
        stats(&import("taurus/jmeter/error-pair1.jtl"), None),
        stats(&import("taurus/jmeter/kpi-pair1.jtl"), None),
    );
    for line in kpi.labels.iter().filter(|l| l.errors > 0) {
        let ours = label(&pair, &line.label);
        assert_eq!((ours.errors, ours.max_ms), (line.errors, line.max_ms));
    }
}

/// [P] figures asserted by jenkinsci/performance-plugin's own tests. Its percentiles are by a rule of its own; those by
/// JMeter's rule are worked out by hand.
#[test]
#[ignore = "reads ../shared/data"]
fn jenkins_xml_results() {
    let of = |name: &str| {
        stats(
            &import(&format!("jenkins-performance-plugin/{name}")),
            Some(Estimator::R6),
        )
    };
    for name in ["JMeterResults.jtl", "whitespace-followed-by-xml.jtl"] {
        let run = of(name);
        assert_eq!((run.total.count, run.labels.len()), (8, 2));
        let home = label(&run, "Home");
        assert_eq!((home.count, home.errors), (4, 0));
        assert_eq!(home.mean_ms, Some(7_930.25));
        assert_eq!((home.min_ms, home.max_ms), (Some(501.0), Some(15_902.0)));
        let group = label(&run, "Workgroup");
        assert_eq!((group.count, group.mean_ms), (4, Some(354.0)));
        assert_eq!((group.min_ms, group.max_ms), (Some(58.0), Some(1_017.0)));
    }
    let first = import("jenkins-performance-plugin/JMeterResults.jtl");
    let info = &first.source.info;
    assert_eq!(
        (info.first.unwrap().0, info.last.unwrap().0),
        (1_296_846_792_004_000, 1_296_846_969_154_000)
    );
    let threads = of("JMeterResultsMultiThread.jtl");
    assert_eq!((threads.total.count, threads.labels.len()), (5, 1));
    assert_eq!(threads.total.mean_ms, Some(1_272.6));
    let levels = of("JMeterResultsMultiLevel.jtl");
    assert_eq!((levels.total.count, levels.labels.len()), (10, 2));
    assert_eq!(label(&levels, "Home").max_ms, Some(645.0));
    let names = of("JMeterResultsRandomUri.jtl");
    assert_eq!(names.labels[0].label, "Ant");
    let ten = of("JMeterResultsTenSamples.jtl").total;
    assert_eq!((ten.p90_ms, ten.p95_ms), (Some(9.9), Some(10.0)));
    let three = of("JMeterResultsThreeSamples.jtl").total;
    assert_eq!((three.min_ms, three.p90_ms), (Some(1.0), Some(3.0)));
    assert_eq!((three.p95_ms, three.max_ms), (Some(3.0), Some(3.0)));
    assert_eq!(of("JMeterResultsOneSample.jtl").total.p50_ms, Some(2.0));
    let nested = of("single_result/nested/res.jtl").total;
    assert_eq!((nested.count, nested.errors), (2, 1));
}

/// [P] JMeter's own table, and the same as the table of the raw rows beside it.
#[test]
#[ignore = "reads ../shared/data"]
fn statistics_of_jmeters_report() {
    let imported = import("jmeter/HTMLReportExpect.json");
    let total = total(&imported);
    assert_eq!((total.count, total.errors), (Some(255), Some(3)));
    assert_eq!(total.mean_ms, Some(235.474_509_803_921_48));
    assert_eq!((total.min_ms, total.max_ms), (Some(100.0), Some(353.0)));
    assert_eq!(
        total.percentiles_ms,
        [
            (500_000, 232.0),
            (900_000, 337.0),
            (950_000, 339.2),
            (990_000, 353.0)
        ]
    );
    assert!((total.throughput_per_sec.unwrap() - 4.236_936_113_6).abs() < 1e-9);
    let imported = import("jmeter/parabank/statistics.json");
    let run = stats(&import("jmeter/parabank/ReportLog.jtl"), None);
    let summary = imported.source.summary.as_ref().unwrap();
    assert_eq!(summary.labels.len(), run.labels.len());
    for theirs in summary.labels.iter().chain([&summary.total]) {
        let ours = if theirs.label == "Total" {
            &run.total
        } else {
            label(&run, &theirs.label)
        };
        assert_eq!(theirs.count, Some(ours.count));
        assert_eq!(theirs.errors, Some(ours.errors));
        for (ppm, value) in [
            (500_000, ours.p50_ms),
            (900_000, ours.p90_ms),
            (950_000, ours.p95_ms),
            (990_000, ours.p99_ms),
        ] {
            let difference = theirs.percentile_ms(ppm).unwrap() - value.unwrap();
            assert!(difference.abs() < 1e-9, "{} {ppm}", theirs.label);
        }
    }
    // 17.8215 requests a second over 1,886 of them.
    assert_eq!(summary.duration_secs, Some(105.827));
}

/// [P] of the plug-in for its files; the percentages of errors are those of its rule.
#[test]
#[ignore = "reads ../shared/data"]
fn taurus_final_statistics() {
    let imported = import("jenkins-performance-plugin/TaurusXMLReport.xml");
    let summary = imported.source.summary.as_ref().unwrap();
    let figures = |line: &SummaryLine| {
        let whole = |ms: Option<f64>| ms.unwrap().floor() as i64;
        [
            whole(line.min_ms),
            whole(line.percentile_ms(500_000)),
            whole(line.percentile_ms(900_000)),
            whole(line.percentile_ms(950_000)),
            whole(line.max_ms),
            whole(line.mean_ms),
            line.count.unwrap() as i64,
            line.errors.unwrap() as i64,
        ]
    };
    assert_eq!(
        figures(&summary.total),
        [64, 187, 1_158, 1_293, 1_718, 459, 677, 11]
    );
    assert_eq!(
        figures(&summary.labels[0]),
        [156, 843, 1_293, 1_420, 1_718, 806, 337, 11]
    );
    assert_eq!(
        figures(&summary.labels[1]),
        [64, 72, 189, 204, 522, 115, 340, 0]
    );
    assert_eq!(
        summary.codes,
        [("200".to_owned(), 666), ("503".to_owned(), 11)]
    );
    let before = import("jenkins-performance-plugin/TaurusPreviousBuildReport.xml");
    let (now, then) = (figures(&summary.total), figures(total(&before)));
    let differences: Vec<i64> = now.iter().zip(then).map(|(a, b)| a - b).collect();
    // The plug-in's own test has 348 for the 95th percentile: 1,293 less the 90th of the build before.
    assert_eq!(differences[1..4], [-14, 213, 1_293 - 3_617]);
    assert_eq!(now[3] - then[2], 348);
    assert_eq!((differences[5], differences[6]), (-400, 232));
    let timed = import("jenkins-performance-plugin/TaurusXmlWithDuration.xml");
    let summary = timed.source.summary.as_ref().unwrap();
    assert_eq!(summary.labels.len(), 3);
    for line in summary.labels.iter().chain([&summary.total]) {
        let rate = line.count.unwrap() as f64 / summary.duration_secs.unwrap();
        assert_eq!(line.throughput_per_sec, Some(rate));
    }
    assert_eq!(
        summary.duration_secs.map(|s| (s * 1e6) as u64),
        Some(3_141_592)
    );
    // ab wrote no response codes, so that Taurus' mean is 0.
    for form in ["csv", "xml"] {
        let own = import(&format!("own-runs/taurus/final-stats.{form}"));
        let total = total(&own);
        assert_eq!((total.count, total.errors), (Some(1_029), Some(0)));
        assert_eq!(total.percentile_ms(999_000), Some(274.0));
        assert_eq!((total.mean_ms, total.max_ms), (None, Some(363.0)));
        assert_eq!(warned(&own, WarningKind::NotRead), 2);
    }
    assert!(
        import("jenkins-performance-plugin/aggregate-results.xml")
            .source
            .summary
            .is_some()
    );
}

/// [P] of the plug-in.
#[test]
#[ignore = "reads ../shared/data"]
fn summariser_logs() {
    let imported = import("jenkins-performance-plugin/summary.log");
    let line = total(&imported);
    assert_eq!(
        (line.count, line.mean_ms, line.min_ms, line.max_ms),
        (Some(1_257), Some(333.0), Some(3.0), Some(5_630.0))
    );
    // "Err: 123 (4.56%)" of 1,257 do not agree.
    assert_eq!(line.errors, Some(123));
    assert_eq!(warned(&imported, WarningKind::Note), 1);
    let imported = import("jenkins-performance-plugin/jmeter.log");
    let line = total(&imported);
    assert_eq!(
        (line.count, line.mean_ms, line.min_ms, line.max_ms),
        (Some(1_000), Some(276.0), Some(50.0), Some(500.0))
    );
    assert_eq!(line.errors, Some(0));
    assert_eq!(warned(&imported, WarningKind::Note), 0);
    assert_eq!(warned(&imported, WarningKind::TailMissing), 0);
}

/// [P] of the plug-in.
#[test]
#[ignore = "reads ../shared/data"]
fn junit_reports() {
    let of = |name: &str| {
        let imported = import(&format!("jenkins-performance-plugin/{name}"));
        let run = stats(&imported, Some(Estimator::R7));
        (imported, run)
    };
    let (_, run) = of("TEST-JUnitResults.xml");
    assert_eq!(run.labels.len(), 5);
    let class = "hudson.plugins.performance.reports.UriReportTest";
    let (least, most) = (
        label(&run, &format!("{class}.testGetMin")),
        label(&run, &format!("{class}.testGetMax")),
    );
    assert_eq!((least.mean_ms, least.errors), (Some(31.0), 0));
    assert_eq!((most.mean_ms, most.errors), (Some(26.0), 1));
    let (imported, run) = of("TEST-JUnitResults-success-failure-error.xml");
    assert_eq!((run.total.count, run.total.errors), (3, 2));
    let first = imported.source.info.first.unwrap();
    assert_eq!(first.to_string(), "2009-12-19T17:58:59Z");
    let (imported, run) = of("TEST-JUnitResults-noTimeAttribute.xml");
    assert_eq!(run.total.count, 4);
    assert_eq!(warned(&imported, WarningKind::Assumed), 3);
    let (_, run) = of("jUnitIssue5571.xml");
    assert_eq!((run.total.count, run.labels.len()), (200, 1));
    assert_eq!(
        (run.total.p50_ms, run.total.max_ms),
        (Some(33.0), Some(890.0))
    );
    let (_, run) = of("TEST-results.xml");
    assert_eq!(run.total.count, 63);
    assert!((run.total.mean_ms.unwrap() * 63.0 - 2_562.866).abs() < 0.1);
    let error = try_import("own-runs/taurus/xunit-passfail.xml").unwrap_err();
    assert!(error.to_string().contains("without times"), "{error}");
}
