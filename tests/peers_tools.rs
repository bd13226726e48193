//! Files of ab, hey, wrk, autocannon and Siege that others wrote, against what the tools printed for the same run.
//!
//! [P] is a figure printed by a tool or asserted by a peer's tests, [O] one recomputed from the raw rows.

use headroom::analysis::latency::{LatencyParams, RunStats, run_stats};
use headroom::calendar::TimeRange;
use headroom::dataset::{OutcomeFilter, ToolSummary};
use headroom::import::Imported;
use headroom::units::Micros;
use headroom::warning::WarningKind;

use crate::shared_data::{import, shared};

fn read(name: &str) -> Imported {
    import(&shared(&format!("load-tests/{name}"))).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn summary(name: &str) -> ToolSummary {
    read(name).source.summary.unwrap()
}

fn stats(imported: &Imported) -> RunStats {
    let params = LatencyParams {
        range: TimeRange::ALL,
        outcomes: OutcomeFilter::All,
        estimator: None,
        apdex: (Micros(500_000), Micros(1_500_000)),
        every: None,
    };
    run_stats(&[imported.source.run.as_ref().unwrap()], &params).unwrap()
}

/// [P] `ab.txt` and `ab.csv` of the same 3,000 requests.
#[test]
#[ignore = "reads ../shared/data"]
fn ab_as_it_reports_itself() {
    let text = summary("own-runs/ab/ab.txt");
    assert_eq!(
        (text.total.count, text.total.errors),
        (Some(3_000), Some(0))
    );
    let printed = [
        (500_000, 83.0),
        (660_000, 102.0),
        (750_000, 115.0),
        (800_000, 125.0),
        (900_000, 157.0),
        (950_000, 187.0),
        (980_000, 230.0),
        (990_000, 266.0),
    ];
    assert_eq!(text.total.percentiles_ms, printed);
    let run = stats(&read("own-runs/ab/ab.tsv")).total;
    assert_eq!(run.count, 3_000);
    assert_eq!(
        (run.p50_ms, run.p90_ms, run.p95_ms, run.p99_ms),
        (Some(83.0), Some(157.0), Some(187.0), Some(266.0))
    );
    assert_eq!((run.min_ms, run.max_ms), (Some(14.0), Some(478.0)));
    assert_eq!(run.mean_ms.unwrap().round(), text.total.mean_ms.unwrap());
    let table = summary("own-runs/ab/ab.csv").total;
    assert_eq!(table.percentile_ms(990_000), Some(265.646));
    assert_eq!((table.min_ms, table.max_ms), (Some(14.193), Some(478.443)));
    for (ppm, ms) in printed {
        assert_eq!(table.percentile_ms(ppm).unwrap().round(), ms);
    }
}

/// [P] ab's own output in the artefacts of Taurus: 49 failures that `ab.tsv` cannot show (Taurus reported none).
#[test]
#[ignore = "reads ../shared/data"]
fn ab_run_by_taurus() {
    let text = summary("own-runs/taurus/artifacts/ab.out").total;
    assert_eq!((text.count, text.errors), (Some(1_029), Some(49)));
    let run = read("own-runs/taurus/artifacts/ab.tsv");
    assert_eq!(run.source.info.rows, 1_029);
    assert_eq!(run.source.info.warnings.count_of(WarningKind::Assumed), 1);
    assert_eq!(stats(&run).total.max_ms, Some(363.0));
    let ten = read("taurus/ab/ab.tsv");
    assert_eq!((ten.source.info.rows, ten.rejects.count), (10, 0));
    assert_eq!(stats(&ten).total.errors, 0);
    assert_eq!(
        ten.source.info.first.unwrap().to_string(),
        "2016-03-01T10:13:23Z"
    );
}

/// [P] hey's text; [O] hey's rule over the rows of its CSV (which is of another run).
#[test]
#[ignore = "reads ../shared/data"]
fn hey_as_it_reports_itself() {
    let text = summary("own-runs/hey/hey.txt");
    assert_eq!(
        (text.total.count, text.total.errors),
        (Some(1_050), Some(37))
    );
    assert_eq!(text.total.throughput_per_sec, Some(258.842_4));
    for (ppm, ms) in [
        (100_000, 12.9),
        (500_000, 29.6),
        (950_000, 91.3),
        (990_000, 140.5),
    ] {
        let printed = text.total.percentile_ms(ppm).unwrap();
        assert!((printed - ms).abs() < 1e-9, "{ppm}: {printed}");
    }
    let rows = std::fs::read_to_string(shared("load-tests/own-runs/hey/hey.csv")).unwrap();
    let mut tenths: Vec<i64> = rows
        .lines()
        .skip(1)
        .filter_map(|line| line.split(',').next())
        .filter_map(|secs| secs.replace('.', "").parse().ok())
        .collect();
    tenths.sort_unstable();
    let n = tenths.len();
    let imported = read("own-runs/hey/hey.csv");
    assert_eq!(imported.source.info.rows, n as u64);
    let run = stats(&imported).total;
    for (p, ours) in [
        (50, run.p50_ms),
        (90, run.p90_ms),
        (95, run.p95_ms),
        (99, run.p99_ms),
    ] {
        let i = (0..n).find(|i| i * 100 / n >= p).unwrap();
        assert_eq!(ours, Some(tenths[i] as f64 / 10.0), "{p}");
    }
}

/// [P] wrk's text, and what the Jenkins performance plug-in's own tests assert.
#[test]
#[ignore = "reads ../shared/data"]
fn wrk_as_it_reports_itself() {
    let own = summary("own-runs/wrk/wrk.txt");
    assert_eq!((own.total.count, own.total.errors), (Some(675), Some(0)));
    assert_eq!(
        own.total.percentiles_ms,
        [
            (500_000, 81.40),
            (750_000, 111.31),
            (900_000, 157.95),
            (990_000, 254.75)
        ]
    );
    for (name, count, errors, mean_ms) in [
        ("Quick", 1_045, 0, 78.27),
        ("Long", 1_045, 0, 78_270.0),
        ("WithErrors", 12, 12, 78.43),
        ("WithLatencyFlag", 18, 0, 42.28),
    ] {
        let name = format!("jenkins-performance-plugin/WrkResults{name}.wrk");
        let summary = summary(&name);
        let total = &summary.total;
        assert_eq!(
            (total.count, total.errors),
            (Some(count), Some(errors)),
            "{name}"
        );
        assert!((total.mean_ms.unwrap() - mean_ms).abs() < 1e-6, "{name}");
        assert!(summary.closed_loop);
    }
}

/// [P] siege.json, siege.log; Taurus' own test counts 8 seconds in `siege.out`.
#[test]
#[ignore = "reads ../shared/data"]
fn siege_as_it_reports_itself() {
    for name in ["siege.json", "siege.log"] {
        let total = summary(&format!("own-runs/siege/{name}")).total;
        assert_eq!((total.count, total.errors), (Some(215), Some(0)), "{name}");
        assert_eq!(
            (total.mean_ms, total.throughput_per_sec),
            (Some(90.0), Some(51.68))
        );
    }
    let imported = read("taurus/siege/siege.out");
    assert_eq!((imported.source.info.rows, imported.rejects.count), (10, 0));
    let run = imported.source.run.as_ref().unwrap();
    assert_eq!(run.labels[0].name, "/");
    assert_eq!(run.counters.height(), 8);
    let total = stats(&imported).total;
    assert!((total.mean_ms.unwrap() - 388.0).abs() < 1e-9);
}

/// [P] autocannon's JSON: 65 of 1,640 responses have status 500, and their durations are among the others.
#[test]
#[ignore = "reads ../shared/data"]
fn autocannon_as_it_reports_itself() {
    let summary = summary("own-runs/autocannon/autocannon.json");
    let total = &summary.total;
    assert_eq!((total.count, total.errors), (Some(1_640), Some(65)));
    assert_eq!((total.mean_ms, total.max_ms), (Some(35.89), Some(286.0)));
    assert_eq!(total.percentile_ms(950_000), None);
    assert_eq!(
        (total.percentile_ms(975_000), total.percentile_ms(999_000)),
        (Some(103.0), Some(211.0))
    );
    assert_eq!(
        summary.codes,
        [("200".to_owned(), 1_575), ("500".to_owned(), 65)]
    );
}
