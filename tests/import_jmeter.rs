//! JMeter, JUnit and Taurus files of our own: one run in several forms gives the same figures, and no garbage is
//! swallowed.

use std::path::Path;

use headroom::analysis::latency::{LabelStats, LatencyParams, RunStats, run_stats};
use headroom::calendar::TimeRange;
use headroom::dataset::{Estimator, OutcomeFilter, SummaryLine, Tool};
use headroom::import::Imported;
use headroom::units::Micros;
use headroom::warning::WarningKind;

use crate::shared_data::{Places, import, own};

fn read(name: &str) -> Imported {
    import(&own(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

pub fn stats(imported: &Imported, estimator: Option<Estimator>) -> RunStats {
    let params = LatencyParams {
        range: TimeRange::ALL,
        outcomes: OutcomeFilter::All,
        estimator,
        apdex: (Micros(500_000), Micros(1_500_000)),
        every: None,
    };
    run_stats(&[imported.source.run.as_ref().unwrap()], &params).unwrap()
}

pub fn label<'a>(stats: &'a RunStats, name: &str) -> &'a LabelStats {
    stats
        .labels
        .iter()
        .find(|l| l.label == name)
        .unwrap_or_else(|| panic!("no label {name}"))
}

fn line<'a>(imported: &'a Imported, name: &str) -> &'a SummaryLine {
    let summary = imported.source.summary.as_ref().unwrap();
    std::iter::once(&summary.total)
        .chain(&summary.labels)
        .find(|l| l.label == name)
        .unwrap_or_else(|| panic!("no line {name}"))
}

fn warned(imported: &Imported, kind: WarningKind) -> u64 {
    imported.source.info.warnings.count_of(kind)
}

/// Both listeners saw the same samples; only the requests inside the generated parent are in the XML alone.
#[test]
fn xml_and_csv_of_one_run_agree_on_every_figure() {
    let (xml, csv) = (read("jmeter/one-run.xml"), read("jmeter/one-run.csv"));
    assert_eq!(xml.source.info.format, "jmeter-xml");
    for estimator in [None, Some(Estimator::R7), Some(Estimator::R6)] {
        let (ours, theirs) = (stats(&xml, estimator), stats(&csv, estimator));
        let names: Vec<&str> = theirs.labels.iter().map(|l| l.label.as_str()).collect();
        assert_eq!(
            names,
            ["Browse", "Buy", "Home & start", "Moved", "Page", "Refused"]
        );
        for theirs in &theirs.labels {
            assert_eq!(label(&ours, &theirs.label), theirs);
        }
        let inside = ["Cart", "Pay"].map(|name| label(&ours, name).count);
        assert_eq!(inside, [6, 6]);
        assert_eq!((ours.total.count, theirs.total.count), (36, 24));
        assert_eq!(ours.concurrency.max, theirs.concurrency.max);
    }
    let (run, other) = (
        xml.source.run.as_ref().unwrap(),
        csv.source.run.as_ref().unwrap(),
    );
    assert_eq!(
        (run.tool, &run.generators),
        (Tool::JMeter, &other.generators)
    );
    assert_eq!(xml.source.info.rows, 48);
    // Three parts of each of six pages and two of each of six redirects.
    assert_eq!(warned(&xml, WarningKind::Note), 30);
    assert_eq!(warned(&xml, WarningKind::TransactionControllers), 2);
    assert_eq!(warned(&xml, WarningKind::CoordinatedOmission), 1);
    assert_eq!(xml.source.info.warnings.len(), 3);
}

/// The summariser counts controllers too: its 36 samples are the rows of the CSV.
#[test]
fn the_log_of_that_run_agrees_as_far_as_it_goes() {
    let (log, csv) = (read("jmeter/one-run.log"), read("jmeter/one-run.csv"));
    assert_eq!(log.source.info.format, "jmeter-summariser");
    let all = stats(&csv, None).labels;
    let total = line(&log, "Total");
    assert_eq!(total.count, Some(all.iter().map(|l| l.count).sum()));
    assert_eq!(total.errors, Some(all.iter().map(|l| l.errors).sum()));
    let sum: f64 = all
        .iter()
        .map(|l| l.mean_ms.unwrap() * l.count as f64)
        .sum();
    assert_eq!(total.mean_ms, Some((sum / 36.0).floor()));
    let longest = all.iter().filter_map(|l| l.max_ms).fold(0.0, f64::max);
    assert_eq!((total.min_ms, total.max_ms), (Some(0.0), Some(longest)));
}

#[test]
fn a_table_of_jmeters_report_is_a_summary() {
    let imported = read("jmeter/statistics.json");
    assert_eq!(imported.source.info.format, "jmeter-statistics");
    let total = line(&imported, "Total");
    assert_eq!((total.count, total.errors), (Some(25_200), Some(63)));
    assert_eq!(total.percentile_ms(990_000), Some(604.490_000_000_001_6));
    assert_eq!(
        imported.source.summary.as_ref().unwrap().duration_secs,
        Some(600.0)
    );
    assert_eq!(warned(&imported, WarningKind::ToolWindow), 2);
    assert_eq!(warned(&imported, WarningKind::TransactionControllers), 1);
    assert_eq!(warned(&imported, WarningKind::Assumed), 2);
    assert!(imported.source.run.is_none() && imported.source.info.first.is_none());
}

/// Taurus' own statistics of 240 samples against ours of the same: its histogram is exact below 2 s.
#[test]
fn taurus_statistics_agree_with_the_samples_behind_them() {
    let samples = read("taurus/kpi.jtl");
    let ours = stats(&samples, Some(Estimator::Nearest));
    for name in ["taurus/final-stats.csv", "taurus/final-stats.xml"] {
        let imported = read(name);
        assert_eq!(imported.source.info.format, "taurus-final-stats");
        for ours in ours.labels.iter().chain([&ours.total]) {
            let theirs = line(&imported, &ours.label);
            assert_eq!(theirs.count, Some(ours.count));
            assert_eq!(theirs.errors, Some(ours.errors));
            assert_eq!((theirs.min_ms, theirs.max_ms), (ours.min_ms, ours.max_ms));
            // Five decimals of a second.
            assert!((theirs.mean_ms.unwrap() - ours.mean_ms.unwrap()).abs() < 0.005_001);
            for (ppm, value) in [
                (500_000, ours.p50_ms),
                (900_000, ours.p90_ms),
                (950_000, ours.p95_ms),
                (990_000, ours.p99_ms),
                (999_000, ours.p99_9_ms),
            ] {
                assert_eq!(theirs.percentile_ms(ppm), value, "{} {ppm}", ours.label);
            }
        }
        let summary = imported.source.summary.as_ref().unwrap();
        assert_eq!(
            summary.codes,
            [("200".to_owned(), 234), ("503".to_owned(), 6)]
        );
        assert_eq!(summary.concurrency_max, Some(6.0));
        let xml = name.ends_with("xml");
        assert_eq!(summary.total.throughput_per_sec, xml.then_some(20.0));
    }
    let error = import(&own("taurus/labels-junit.xml"))
        .unwrap_err()
        .to_string();
    assert!(error.contains("kpi.jtl"), "{error}");
}

#[test]
fn a_pytest_report_is_read_as_requests() {
    let imported = read("junit/pytest.xml");
    let run = stats(&imported, Some(Estimator::R7));
    assert_eq!((run.total.count, run.total.errors), (6, 2));
    assert_eq!(run.total.max_ms, Some(141.0));
    let slow = label(&run, "test_shop.TestShop.test_price[bread & butter]");
    assert_eq!(slow.mean_ms, Some(141.0));
    let info = &imported.source.info;
    assert_eq!(
        info.first.unwrap().to_string(),
        "2026-11-21T08:03:00.542804Z"
    );
    assert_eq!(warned(&imported, WarningKind::ZoneAssumed), 0);
    assert_eq!(warned(&imported, WarningKind::Note), 1);
}

fn try_read(bytes: &[u8], path: &Path) -> Option<Imported> {
    std::fs::write(path, bytes).unwrap();
    match import(path) {
        Ok(imported) => Some(imported),
        Err(error) => {
            assert!(error.to_string().len() > 20, "{error}");
            None
        }
    }
}

/// Counts of what says that something is lost.
fn losses(imported: &Imported) -> u64 {
    [
        WarningKind::TruncatedLastRow,
        WarningKind::TailMissing,
        WarningKind::RejectedRow,
        WarningKind::NotRead,
    ]
    .into_iter()
    .map(|kind| warned(imported, kind))
    .sum()
}

#[test]
fn cut_and_damaged_files_end_in_a_word_about_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let mut places = Places(2_026);
    for name in [
        "jmeter/one-run.xml",
        "jmeter/one-run.log",
        "jmeter/statistics.json",
        "taurus/final-stats.csv",
        "taurus/final-stats.xml",
        "junit/pytest.xml",
    ] {
        let whole = std::fs::read(own(name)).unwrap();
        let rows = read(name).source.info.rows;
        for _ in 0..50 {
            let length = places.below(whole.len());
            let Some(cut) = try_read(&whole[..length], &path) else {
                continue;
            };
            assert!(
                cut.source.info.rows == rows || losses(&cut) > losses(&read(name)),
                "{name} cut at {length}: {} rows of {rows}",
                cut.source.info.rows
            );
        }
        for _ in 0..50 {
            let mut bytes = whole.clone();
            let at = places.below(bytes.len());
            bytes[at] ^= 1 << places.below(8);
            if let Some(flipped) = try_read(&bytes, &path)
                && name.starts_with("jmeter/one-run.xml")
            {
                // A controller whose message is damaged becomes a sample with others inside, which is said.
                let inside = warned(&flipped, WarningKind::Note);
                assert!(
                    flipped.source.info.rows >= rows || losses(&flipped) > 0 || inside > 30,
                    "{name} flipped at {at}"
                );
            }
        }
    }
}
