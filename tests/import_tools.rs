//! ab, hey, wrk, wrk2, Vegeta, oha, autocannon and Siege: small files of each, against what the tool itself reports.

use std::io::Cursor;
use std::path::Path;

use headroom::analysis::latency::{LatencyParams, RunStats, run_stats};
use headroom::calendar::{Instant, TimeRange};
use headroom::dataset::{OutcomeFilter, SummaryLine, Tool, ToolSummary};
use headroom::import::{Head, ImportOptions, Imported, Intake, detect, formats};
use headroom::progress::Progress;
use headroom::units::Micros;
use headroom::warning::WarningKind;

use crate::shared_data::{Places, import, own};

/// Every file with its format and the requests in it.
const FILES: [(&str, &str, u64); 22] = [
    ("ab/ab.txt", "ab-text", 400),
    ("ab/lengths.txt", "ab-text", 200),
    ("ab/short.txt", "ab-text", 60),
    ("ab/ab.tsv", "ab-gnuplot", 400),
    ("ab/ab-percentiles.csv", "ab-percentiles", 0),
    ("hey/hey.txt", "hey-text", 300),
    ("hey/refused.txt", "hey-text", 20),
    ("hey/hey.csv", "hey-csv", 300),
    ("wrk/wrk.txt", "wrk-text", 402),
    ("wrk/plain.txt", "wrk-text", 271),
    ("wrk/timeouts.txt", "wrk-text", 224),
    ("wrk/wrk2.txt", "wrk2-text", 19_874),
    ("vegeta/results.json", "vegeta-json", 200),
    ("vegeta/results.csv", "vegeta-csv", 200),
    ("vegeta/old.csv", "vegeta-csv", 200),
    ("vegeta/report.json", "vegeta-report", 200),
    ("vegeta/report.txt", "vegeta-text", 200),
    ("oha/oha.csv", "oha-csv", 250),
    ("oha/oha.json", "oha-json", 252),
    ("autocannon/autocannon.json", "autocannon-json", 251),
    ("siege/siege.txt", "siege-text", 10),
    ("siege/siege.json", "siege-json", 120),
];
const MORE_FILES: [(&str, &str, u64); 3] = [
    ("siege/siege.log", "siege-log", 514),
    ("siege/requests.csv", "siege-requests", 40),
    ("autocannon/refused.json", "autocannon-json", 6_594),
];

fn files() -> impl Iterator<Item = (&'static str, &'static str, u64)> {
    FILES.into_iter().chain(MORE_FILES)
}

fn read(name: &str) -> Imported {
    import(&own(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn summary(name: &str) -> ToolSummary {
    read(name).source.summary.unwrap()
}

/// As `--estimator tool` gives it.
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

fn near(value: Option<f64>, expected: f64) {
    let value = value.unwrap();
    assert!(
        (value - expected).abs() < 1e-9 * expected.max(1.0),
        "{value} is not {expected}"
    );
}

#[test]
fn each_file_is_recognised_and_counted() {
    for (name, format, requests) in files() {
        let imported = read(name);
        let info = &imported.source.info;
        assert_eq!(
            (info.format.as_str(), info.rows, info.rejected),
            (format, requests, 0),
            "{name}"
        );
        assert!(
            info.first.is_some() && info.first <= info.last,
            "{name} has its place"
        );
        let cut = info.warnings.count_of(WarningKind::TruncatedLastRow);
        assert_eq!(cut, 0, "{name} is whole");
    }
}

/// ab's text, its measurements and its table are of one run.
#[test]
fn abs_percentiles_are_those_of_its_text() {
    let text = summary("ab/ab.txt");
    let run = stats(&read("ab/ab.tsv")).total;
    assert_eq!(text.total.count, Some(run.count));
    for (ppm, ours) in [
        (500_000, run.p50_ms),
        (900_000, run.p90_ms),
        (950_000, run.p95_ms),
        (990_000, run.p99_ms),
    ] {
        assert_eq!(ours, text.total.percentile_ms(ppm), "{ppm}");
    }
    assert_eq!(
        (run.min_ms, run.max_ms),
        (text.total.min_ms, text.total.max_ms)
    );
    assert_eq!(run.mean_ms.unwrap().round(), text.total.mean_ms.unwrap());
    let table = summary("ab/ab-percentiles.csv").total;
    for (ppm, ms) in &text.total.percentiles_ms {
        if *ppm != 660_000 {
            assert_eq!(table.percentile_ms(*ppm).unwrap().round(), *ms, "{ppm}");
        }
    }
    assert_eq!(table.max_ms, Some(88.308));
    // 20 with status 500, all of them of another length too.
    assert_eq!(text.total.errors, Some(20));
    assert_eq!(text.codes, [("Non-2xx".to_owned(), 20)]);
    assert_eq!(text.labels[0].label, "http://127.0.0.1:18099/flaky");
    assert_eq!(summary("ab/lengths.txt").total.errors, Some(133));
}

/// The first i with floor(100 i / n) at or above p, from the raw rows.
#[test]
fn heys_percentiles_are_those_of_its_code() {
    let rows = std::fs::read_to_string(own("hey/hey.csv")).unwrap();
    let mut values: Vec<f64> = rows
        .lines()
        .skip(1)
        .filter_map(|line| line.split(',').next()?.parse().ok())
        .collect();
    values.sort_by(f64::total_cmp);
    let n = values.len();
    let run = stats(&read("hey/hey.csv")).total;
    for (p, ours) in [
        (50, run.p50_ms),
        (90, run.p90_ms),
        (95, run.p95_ms),
        (99, run.p99_ms),
    ] {
        let i = (0..n).find(|i| i * 100 / n >= p).unwrap();
        near(ours, values[i] * 1e3);
    }
    assert_eq!((run.count, run.errors), (300, 15));
    near(run.mean_ms, values.iter().sum::<f64>() / n as f64 * 1e3);
    let text = summary("hey/hey.txt");
    assert_eq!((text.total.count, text.total.errors), (Some(300), Some(15)));
    near(text.total.percentile_ms(990_000), 111.9);
    let refused = summary("hey/refused.txt").total;
    assert_eq!((refused.errors, refused.mean_ms), (Some(20), None));
}

#[test]
fn ohas_two_forms_agree() {
    let json = summary("oha/oha.json");
    let imported = read("oha/oha.csv");
    let run = stats(&imported).total;
    for (ppm, ours) in [
        (500_000, run.p50_ms),
        (900_000, run.p90_ms),
        (950_000, run.p95_ms),
        (990_000, run.p99_ms),
        (999_000, run.p99_9_ms),
    ] {
        near(ours, json.total.percentile_ms(ppm).unwrap());
    }
    near(run.mean_ms, json.total.mean_ms.unwrap());
    near(run.max_ms, json.total.max_ms.unwrap());
    near(run.min_ms, json.total.min_ms.unwrap());
    // Ten with status 500, and two without a response, which the CSV does not hold.
    assert_eq!((run.errors, json.total.errors), (10, Some(12)));
    let info = &imported.source.info;
    assert_eq!(info.warnings.count_of(WarningKind::Assumed), 2);
}

#[test]
fn vegetas_forms_agree() {
    let report = summary("vegeta/report.json");
    let text = summary("vegeta/report.txt");
    for name in [
        "vegeta/results.json",
        "vegeta/results.csv",
        "vegeta/old.csv",
    ] {
        let imported = read(name);
        let run = stats(&imported).total;
        assert_eq!((run.count, run.errors), (200, 8), "{name}");
        assert_eq!((report.total.errors, text.total.errors), (Some(8), Some(8)));
        // Vegeta cuts the mean to whole nanoseconds.
        near(
            run.mean_ms.map(|ms| (ms * 1e6).floor() / 1e6),
            report.total.mean_ms.unwrap(),
        );
        near(run.max_ms, report.total.max_ms.unwrap());
        near(text.total.max_ms, report.total.max_ms.unwrap());
        let first = imported.source.info.first.unwrap();
        assert_eq!(first, Instant(1_795_225_016_541_415));
        assert_eq!(summary_first("vegeta/report.json"), first);
        let codes = stats(&imported).codes;
        assert!(
            codes
                .iter()
                .any(|c| c.code == "connection refused" && c.count == 3),
            "{name}"
        );
    }
    assert_eq!(report.total.percentiles_ms, text.total.percentiles_ms);
}

fn summary_first(name: &str) -> Instant {
    read(name).source.info.first.unwrap()
}

#[test]
fn wrk_and_wrk2_say_what_they_lack() {
    let line = |name: &str| summary(name).total;
    let wrk = line("wrk/wrk.txt");
    assert_eq!(
        (wrk.errors, wrk.percentile_ms(990_000)),
        (Some(20), Some(99.99))
    );
    assert_eq!(line("wrk/plain.txt").percentiles_ms, []);
    let late = read("wrk/timeouts.txt").source;
    let SummaryLine { errors, max_ms, .. } = late.summary.unwrap().total;
    assert_eq!((errors, max_ms), (Some(4), Some(136.01)));
    assert_eq!(late.info.warnings.count_of(WarningKind::TailMissing), 1);
    let wrk2 = summary("wrk/wrk2.txt");
    assert_eq!(
        (wrk2.tool, wrk2.closed_loop, wrk2.total.errors),
        (Tool::Wrk2, false, Some(31))
    );
    assert_eq!(wrk2.total.percentile_ms(500_000), Some(3.6));
    assert_eq!(
        wrk2.total.values.iter().map(|v| v.count).sum::<u64>(),
        9_871
    );
}

#[test]
fn siege_and_autocannon() {
    let runs = summary("siege/siege.log");
    assert_eq!(runs.labels[1].label, "second run");
    assert_eq!(runs.labels[1].errors, Some(20));
    let json = summary("siege/siege.json").total;
    assert_eq!(
        (json.count, json.errors, json.max_ms),
        (Some(120), Some(6), Some(60.0))
    );
    assert_eq!(stats(&read("siege/requests.csv")).total.errors, 2);
    let autocannon = summary("autocannon/autocannon.json");
    assert_eq!(autocannon.total.errors, Some(12));
    assert_eq!(autocannon.total.percentile_ms(975_000), Some(84.0));
    let refused = summary("autocannon/refused.json").total;
    assert_eq!((refused.errors, refused.mean_ms), (Some(6_594), None));
}

/// What recognising and reading these bytes gives: the requests, and whether a word was said about what is lost.
fn outcome(bytes: &[u8], path: &Path, format: &str) -> Option<(u64, bool)> {
    let head = Head::new(
        &bytes[..bytes.len().min(65_536)],
        bytes.len() <= 65_536,
        path,
    );
    let recognised = detect::recognise(&head).ok()?;
    if recognised.id != format {
        return None;
    }
    let (options, progress) = (ImportOptions::default(), Progress::default());
    let intake = Intake::new(path, &options, &progress);
    let stream = Box::new(Cursor::new(bytes.to_vec()));
    let info = (recognised.read)(stream, &intake).ok()?.source.info;
    let lost = [
        WarningKind::TruncatedLastRow,
        WarningKind::RejectedRow,
        WarningKind::RecordTooLong,
    ];
    let said = lost.iter().any(|kind| info.warnings.count_of(*kind) > 0);
    Some((info.rows, said))
}

/// Formats with a line a request: that lines are missing cannot be seen where the file is cut between them.
const BY_LINE: [&str; 7] = [
    "ab-gnuplot",
    "hey-csv",
    "vegeta-json",
    "vegeta-csv",
    "oha-csv",
    "siege-log",
    "siege-requests",
];

#[test]
fn a_cut_file_never_loses_requests_silently() {
    let mut places = Places(1);
    for (name, format, requests) in files() {
        let path = own(name);
        let bytes = std::fs::read(&path).unwrap();
        for _ in 0..50 {
            let at = 1 + places.below(bytes.len() - 1);
            let cut = &bytes[..at];
            if BY_LINE.contains(&format) && cut.ends_with(b"\n") {
                continue;
            }
            if let Some((rows, said)) = outcome(cut, &path, format) {
                assert!(
                    rows == requests || said,
                    "{name} cut at {at}: {rows} requests"
                );
            }
        }
    }
}

#[test]
fn no_reader_breaks_on_the_files_of_others() {
    for (name, _, _) in files() {
        let path = own(name);
        let whole = std::fs::read(&path).unwrap();
        // Each ends in an error or in numbers.
        for (_, other, _) in files() {
            let (options, progress) = (ImportOptions::default(), Progress::default());
            let intake = Intake::new(&path, &options, &progress);
            let stream = Box::new(Cursor::new(whole.clone()));
            (formats::by_id(other).unwrap().read)(stream, &intake).ok();
        }
    }
}
