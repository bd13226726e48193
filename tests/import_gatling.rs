//! Gatling, HdrHistogram and Locust: our own small files, and what is left of them when they are damaged.

use headroom::analysis::latency::{LatencyParams, RunStats, run_stats};
use headroom::calendar::{Instant, TimeRange};
use headroom::dataset::{Estimator, OutcomeFilter, RunSummary, SummaryLine, ToolSummary};
use headroom::import::{Imported, import_file};
use headroom::units::Micros;
use headroom::warning::WarningKind;

use crate::shared_data::{Places, import, own};

const ALL: [&str; 21] = [
    "gatling/simulation-2.log",
    "gatling/simulation-3.2.log",
    "gatling/simulation-3.9.log",
    "gatling/simulation-3.14.log",
    "gatling/stats.json",
    "gatling/global_stats.json",
    "hdr/absolute.hlog",
    "hdr/relative.hlog",
    "hdr/tagged.hlog",
    "hdr/ycsb.hlog",
    "hdr/latency.hgrm",
    "hdr/latency-csv.csv",
    "locust/run.json",
    "locust/run_stats.csv",
    "locust/run_stats_history.csv",
    "locust/full_stats_history.csv",
    "locust/run_failures.csv",
    "locust/run_exceptions.csv",
    "locust/windows_stats.csv",
    "locust/old_requests.csv",
    "locust/old_distribution.csv",
];

fn read(name: &str) -> Imported {
    import(&own(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn warned(imported: &Imported, kind: WarningKind) -> u64 {
    imported.source.info.warnings.count_of(kind)
}

fn run(imported: &Imported) -> &RunSummary {
    imported.source.run.as_ref().unwrap()
}

fn summary(imported: &Imported) -> &ToolSummary {
    imported.source.summary.as_ref().unwrap()
}

fn line<'a>(summary: &'a ToolSummary, label: &str) -> &'a SummaryLine {
    summary
        .labels
        .iter()
        .find(|l| l.label == label)
        .unwrap_or_else(|| panic!("no label {label} in {:?}", summary.labels))
}

fn stats(imported: &Imported) -> RunStats {
    let params = LatencyParams {
        range: TimeRange::ALL,
        outcomes: OutcomeFilter::All,
        estimator: Some(Estimator::FloorIndex),
        apdex: (Micros(500_000), Micros(1_500_000)),
        every: None,
    };
    run_stats(&[run(imported)], &params).unwrap()
}

/// The figures of the seeded generator, taken from its list of events.
#[test]
fn gatling_is_read_in_all_layouts() {
    for (version, format) in [
        ("2", "gatling-log"),
        ("3.2", "gatling-log"),
        ("3.9", "gatling-log"),
        ("3.14", "gatling-binary-log"),
    ] {
        let imported = read(&format!("gatling/simulation-{version}.log"));
        let info = &imported.source.info;
        assert_eq!(info.format, format);
        assert_eq!(
            info.first,
            Some(Instant(1_780_000_000_400_000)),
            "{version}"
        );
        let ours = stats(&imported);
        assert_eq!((ours.total.count, ours.total.errors), (18, 3), "{version}");
        assert_eq!(
            (ours.total.min_ms, ours.total.max_ms),
            (Some(6.0), Some(352.0))
        );
        assert_eq!(ours.total.p50_ms, Some(156.0), "value 9 of 0 to 17");
        let run = run(&imported);
        let groups: Vec<_> = run.labels.iter().filter(|l| l.controller).collect();
        assert_eq!((groups.len(), groups[0].name.as_str()), (1, "Shop"));
        assert!(run.labels.iter().any(|l| l.name == "Shop / Login"));
        assert!(
            run.labels
                .iter()
                .any(|l| l.name == "Shop / Search  all" || l.name == "Shop / Search, all")
        );
        let codes = run.codes(TimeRange::ALL).unwrap();
        assert!(codes.contains(&("503".to_owned(), 2)), "{codes:?}");
        let active = run.active_by_second(TimeRange::ALL).unwrap();
        assert_eq!(active.iter().map(|(_, n)| *n).max(), Some(6), "{version}");
        assert_eq!(warned(&imported, WarningKind::TransactionControllers), 6);
        assert_eq!(warned(&imported, WarningKind::TailMissing), 0, "{version}");
        assert_eq!(
            warned(&imported, WarningKind::Note),
            1,
            "an error outside of requests"
        );
        assert_eq!(warned(&imported, WarningKind::RejectedRow), 0);
        // ceil(0.5·18) = 9 others: the tool's figure is Gatling's own rule.
        assert_eq!(run.tool_figures[0].percentiles_ms[0], (500_000, 156.0));
    }
}

/// The cumulated time of a group's requests, without the pauses in between.
#[test]
fn groups_have_their_cumulated_time() {
    let imported = read("gatling/simulation-3.9.log");
    let run = run(&imported);
    let group = run.labels.iter().position(|l| l.controller).unwrap();
    let times = run
        .durations_by_label(TimeRange::ALL, OutcomeFilter::All)
        .unwrap();
    assert_eq!(times[group].extremes(), Some((140_000_000, 567_000_000)));
}

#[test]
fn the_binary_log_has_names_in_two_encodings_and_unmatched_messages() {
    let imported = read("gatling/simulation-3.14.log");
    assert!(
        run(&imported)
            .labels
            .iter()
            .any(|l| l.name == "Héme → Home")
    );
    assert_eq!(warned(&imported, WarningKind::NotRead), 1);
}

#[test]
fn gatlings_statistics_are_read_with_their_groups() {
    let imported = read("gatling/stats.json");
    assert_eq!(
        (
            imported.source.info.format.as_str(),
            imported.source.info.rows
        ),
        ("gatling-stats", 18)
    );
    let all = summary(&imported);
    assert_eq!(all.total.errors, Some(3));
    assert_eq!(
        all.total.percentiles_ms,
        [
            (500_000, 122.0),
            (750_000, 216.0),
            (950_000, 330.0),
            (990_000, 348.0)
        ]
    );
    assert_eq!(all.labels.len(), 4);
    assert_eq!(line(all, "Shop / Login").mean_ms, Some(200.0));
    assert_eq!(line(all, "Shop (group)").max_ms, Some(567.0));
    assert_eq!(warned(&imported, WarningKind::Assumed), 1);

    let imported = read("gatling/global_stats.json");
    let all = summary(&imported);
    assert_eq!((all.total.count, all.total.errors), (Some(120), None));
    assert_eq!(all.total.max_ms, Some(1_204.0));
    assert_eq!(
        all.total.percentiles_ms,
        [(950_000, 210.0), (990_000, 640.0)]
    );
    assert_eq!(warned(&imported, WarningKind::NotANumber), 0);
}

/// Figures of the Python package that wrote the files.
#[test]
fn histogram_logs_agree_with_hdrhistogram() {
    for name in ["absolute", "relative", "tagged"] {
        let imported = read(&format!("hdr/{name}.hlog"));
        assert_eq!(imported.source.info.format, "hdr-log");
        let run = run(&imported);
        assert_eq!(run.tick_ns, 1, "nanoseconds");
        assert_eq!(
            imported.source.info.first,
            Some(Instant(1_780_000_000_000_000)),
            "{name}"
        );
        let ours = stats(&imported);
        assert_eq!(ours.total.count, 350, "{name}");
        let figures = &run.tool_figures[0].percentiles_ms;
        let expected = [
            (500_000, 8.241_151),
            (950_000, 24.313_855),
            (990_000, 34.144_255),
        ];
        for figure in expected {
            assert!(figures.contains(&figure), "{name}: {figures:?}");
        }
        let label = if name == "tagged" { "checkout" } else { "all" };
        assert_eq!(
            run.labels
                .iter()
                .map(|l| l.name.as_str())
                .collect::<Vec<_>>(),
            [label]
        );
        assert_eq!(
            warned(&imported, WarningKind::NotRead),
            u64::from(name == "tagged")
        );
    }
    let imported = read("hdr/ycsb.hlog");
    assert_eq!(run(&imported).tick_ns, 1_000, "YCSB writes microseconds");
    assert_eq!(run(&imported).labels[0].name, "READ");
}

#[test]
fn percentile_tables_agree_with_hdrhistogram() {
    for name in ["latency.hgrm", "latency-csv.csv"] {
        let imported = read(&format!("hdr/{name}"));
        assert_eq!(imported.source.info.format, "hdr-percentiles");
        let total = &summary(&imported).total;
        assert_eq!(
            (total.count, total.max_ms),
            (Some(350), Some(46.793)),
            "{name}"
        );
        assert_eq!(total.values.iter().map(|v| v.count).sum::<u64>(), 350);
        assert_eq!(total.min_ms, Some(1.319));
        assert_eq!(total.percentile_ms(100_000), Some(4.033));
        assert_eq!(warned(&imported, WarningKind::TailMissing), 0);
    }
    assert_eq!(
        summary(&read("hdr/latency.hgrm")).total.mean_ms,
        Some(10.023)
    );
}

/// Locust's own last row of the same run, and its rule for percentiles applied by Python.
#[test]
fn locusts_json_has_the_whole_run_and_its_csv_has_not() {
    let json = read("locust/run.json");
    let csv = read("locust/run_stats.csv");
    assert_eq!(json.source.info.format, "locust-json");
    assert_eq!(csv.source.info.format, "locust-stats");
    assert_eq!((json.source.info.rows, csv.source.info.rows), (167, 157));
    assert_eq!(warned(&json, WarningKind::TailMissing), 0);
    assert_eq!(warned(&csv, WarningKind::TailMissing), 1);
    let (whole, early) = (summary(&json), summary(&csv));
    assert_eq!((whole.total.errors, early.total.errors), (Some(5), Some(5)));
    let labels = ["GET /", "POST /", "/checkout \"eu\", v2", "/slow"];
    assert_eq!(
        early
            .labels
            .iter()
            .map(|l| l.label.as_str())
            .collect::<Vec<_>>(),
        labels
    );
    for label in labels {
        line(whole, label);
    }
    assert_eq!(line(early, "GET /").percentile_ms(999_900), Some(13.0));
    assert_eq!(early.total.percentile_ms(500_000), Some(9.0));
    assert_eq!(early.total.max_ms, Some(172.925_490_001_944_13));
    assert!((early.total.throughput_per_sec.unwrap() - 26.100_980).abs() < 1e-6);
    assert!(early.total.received_bytes_per_sec.unwrap() > 5_000.0);
    // POST / has 14 requests in both: the rule applied to the JSON gives the row of the CSV.
    assert_eq!(
        line(whole, "POST /").percentiles_ms,
        line(early, "POST /").percentiles_ms
    );
    let counted: u64 = whole.total.values.iter().map(|v| v.count).sum();
    assert_eq!(counted, 167);
    assert!(
        whole
            .total
            .values
            .windows(2)
            .all(|v| v[0].high_ns <= v[1].low_ns + 1)
    );
    let metrics = json.source.metrics.as_ref().unwrap();
    let requests = metrics.series(0).unwrap();
    assert_eq!(requests.info.name, "requests/s");
    assert_eq!(requests.values.iter().sum::<f64>() as u64, 167);
}

#[test]
fn locusts_histories_become_series_and_a_summary() {
    let imported = read("locust/run_stats_history.csv");
    assert_eq!(imported.source.info.format, "locust-history");
    let all = summary(&imported);
    assert_eq!(
        (all.total.count, all.concurrency_max),
        (Some(157), Some(3.0))
    );
    assert_eq!(all.total.percentile_ms(950_000), Some(150.0));
    let names = |imported: &Imported| -> Vec<String> {
        let metrics = imported.source.metrics.as_ref().unwrap();
        metrics
            .series
            .iter()
            .map(headroom::dataset::SeriesInfo::display_name)
            .collect()
    };
    let series = names(&imported);
    assert!(
        series.contains(&"response time 95 % since the start".to_owned()),
        "{series:?}"
    );
    assert!(series.contains(&"requests counted".to_owned()));
    let metrics = imported.source.metrics.as_ref().unwrap();
    let counted = metrics
        .series
        .iter()
        .position(|s| s.name == "requests counted")
        .unwrap();
    assert!(metrics.series[counted].from_counter);
    // The last two rows are a second apart and count 135 and 157.
    assert_eq!(metrics.series(counted).unwrap().values.last(), Some(&22.0));

    let imported = read("locust/full_stats_history.csv");
    let all = summary(&imported);
    assert_eq!(all.labels.len(), 4);
    assert!(
        all.labels.iter().all(|l| l.percentiles_ms.len() == 1),
        "the median only"
    );
    let series = names(&imported);
    assert!(
        series
            .iter()
            .any(|s| s.starts_with("response time 99 % of the last 10 s{method=GET, name=/slow}")),
        "{series:?}"
    );
    assert!(!series.iter().any(|s| s.contains("since the start")));
}

#[test]
fn locusts_errors_are_listed_with_how_often_they_came() {
    let imported = read("locust/run_failures.csv");
    let info = &imported.source.info;
    assert_eq!((info.format.as_str(), info.rows), ("locust-failures", 1));
    assert!(info.first.is_some() && info.first <= info.last);
    let all = summary(&imported);
    assert_eq!((all.total.count, all.total.errors), (None, Some(5)));
    assert!(
        all.errors[0]
            .0
            .starts_with("POST /checkout \"eu\", v2: HTTPError('500"),
        "{:?}",
        all.errors
    );

    let imported = read("locust/run_exceptions.csv");
    assert_eq!(imported.source.info.format, "locust-exceptions");
    assert_eq!(
        summary(&imported).errors,
        [("task bug second line, with comma".to_owned(), 17)]
    );
}

#[test]
fn older_and_edited_files_of_locust_are_read() {
    let imported = read("locust/windows_stats.csv");
    let all = summary(&imported);
    assert_eq!((all.total.count, all.labels.len()), (Some(150), 2));
    assert_eq!(line(all, "POST /a").percentile_ms(950_000), Some(90.0));
    assert_eq!(
        warned(&imported, WarningKind::Note),
        1,
        "10 failures against 12"
    );

    let imported = read("locust/old_requests.csv");
    let all = summary(&imported);
    assert_eq!(
        (all.total.count, all.total.mean_ms),
        (Some(180), Some(18.0))
    );
    assert_eq!(line(all, "/about").percentiles_ms, [(500_000, 20.0)]);

    let imported = read("locust/old_distribution.csv");
    let all = summary(&imported);
    assert_eq!(all.total.percentile_ms(990_000), Some(300.0));
    assert_eq!((all.labels.len(), all.total.errors), (2, None));
}

/// What a damaged copy still says: its rows, or the error.
fn damaged(bytes: &[u8], folder: &std::path::Path, name: &str) -> Result<Imported, String> {
    let path = folder.join(name.rsplit('/').next().unwrap());
    std::fs::write(&path, bytes).unwrap();
    import_file(
        &path,
        &headroom::import::ImportOptions::default(),
        &headroom::progress::Progress::default(),
    )
    .map_err(|e| e.to_string())
}

fn requests(imported: &Imported) -> u64 {
    let source = &imported.source;
    let counted = source.run.as_ref().map(|_| stats(imported).total.count);
    counted.unwrap_or(source.info.rows)
}

#[test]
fn a_file_cut_anywhere_says_what_was_lost_or_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let mut places = Places(11);
    for name in ALL {
        let whole = std::fs::read(own(name)).unwrap();
        let all = requests(&read(name));
        for _ in 0..50 {
            let cut = 1 + places.below(whole.len() - 1);
            // Between two rows of a log without an end of its own, a shorter file is a whole one.
            if name.contains(".hlog") && whole[cut - 1] == b'\n' {
                continue;
            }
            let Ok(imported) = damaged(&whole[..cut], folder.path(), name) else {
                continue;
            };
            let loud = [
                WarningKind::TruncatedLastRow,
                WarningKind::TailMissing,
                WarningKind::RejectedRow,
            ];
            let told: u64 = loud.iter().map(|kind| warned(&imported, *kind)).sum();
            assert!(
                told > 0 || requests(&imported) == all,
                "{name} cut at {cut} of {}: {} against {all}",
                whole.len(),
                requests(&imported)
            );
        }
    }
}
