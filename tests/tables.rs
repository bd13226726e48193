//! Metric and uptime files through the front door: recognised, read and settled.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use headroom::calendar::{Instant, Period, Zone};
use headroom::dataset::resample::{How, Step, resample};
use headroom::dataset::{SeriesKind, State};
use headroom::import::metrics::prometheus;
use headroom::import::table::metric_csv;
use headroom::import::uptime::outage_table;
use headroom::import::{ImportOptions, Imported, Intake, import_file};
use headroom::progress::Progress;
use headroom::warning::WarningKind;

fn data(path: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data")).join(path)
}

fn import(path: &Path) -> Imported {
    import_file(path, &ImportOptions::default(), &Progress::default()).unwrap()
}

fn names(imported: &Imported) -> Vec<String> {
    let table = imported.source.metrics.as_ref().unwrap();
    table
        .series
        .iter()
        .map(headroom::dataset::SeriesInfo::display_name)
        .collect()
}

fn values(imported: &Imported, series: usize) -> Vec<f64> {
    imported
        .source
        .metrics
        .as_ref()
        .unwrap()
        .series(series)
        .unwrap()
        .values
}

#[test]
fn a_spreadsheet_with_decimal_commas() {
    let imported = import(&data("metrics/wide_semicolon.csv"));
    assert_eq!(imported.source.info.format, "metric-table");
    assert_eq!(
        names(&imported),
        ["CPU [%]", "http_requests_total", "Antwortzeit (ms)"]
    );
    assert_eq!(values(&imported, 0), [12.5, 13.1, 50.0, 49.5]);
    assert_eq!(values(&imported, 1), [10.0, 10.0, 5.0, 10.0]);
    assert_eq!(values(&imported, 2)[1], 1_084.7);
    let series = &imported.source.metrics.as_ref().unwrap().series;
    assert_eq!(
        (series[1].kind, series[1].from_counter),
        (SeriesKind::Rate, true)
    );
    assert_eq!((series[2].step_secs, series[2].gaps), (Some(60.0), 1));
    let warnings = &imported.source.info.warnings;
    assert_eq!(warnings.count_of(WarningKind::CounterReset), 1);
    assert_eq!(warnings.count_of(WarningKind::ZoneAssumed), 5);
}

#[test]
fn names_in_columns() {
    let imported = import(&data("metrics/long_names.csv"));
    assert_eq!(
        names(&imported),
        ["cpu{host=web-1}", "cpu{host=web-2}", "queue{host=web-1}"]
    );
    assert_eq!(values(&imported, 1), [38.0, 39.0]);
    assert_eq!(
        (imported.source.info.rows, imported.source.info.rejected),
        (8, 1)
    );
    let reject = &imported.rejects.kept[0];
    assert_eq!((reject.line, reject.column.as_str()), (6, "value"));
    assert_eq!(reject.text, "1780272060,cpu,web-2,oops,percent");
    assert_eq!(imported.source.metrics.unwrap().series[0].unit, "%");
}

#[test]
fn a_joined_export_packed_or_not() {
    let path = data("metrics/grafana_joined.csv");
    let folder = tempfile::tempdir().unwrap();
    let packed = folder.path().join("grafana_joined.csv.gz");
    let mut gzip = flate2::write::GzEncoder::new(
        std::fs::File::create(&packed).unwrap(),
        flate2::Compression::default(),
    );
    gzip.write_all(&std::fs::read(&path).unwrap()).unwrap();
    gzip.finish().unwrap();
    for path in [path, packed] {
        let imported = import(&path);
        assert_eq!(names(&imported), ["cpu{mode=user}", "cpu{mode=system}"]);
        assert_eq!(values(&imported, 0), [41.5, 44.0]);
        assert_eq!(values(&imported, 1), [3.0, 4.0]);
        assert_eq!(imported.source.info.zone, None);
    }
}

#[test]
fn a_prometheus_range_with_counters_and_buckets() {
    let imported = import(&data("metrics/query_range_checkout.json"));
    assert_eq!(imported.source.info.format, "prometheus-json");
    assert_eq!(
        names(&imported),
        [
            "checkout_requests_total{instance=a}",
            "checkout_queue_depth"
        ]
    );
    assert_eq!(values(&imported, 0), [10.0, 1.0, 5.0]);
    assert_eq!(values(&imported, 1), [4.0, 6.0]);
    let warnings = &imported.source.info.warnings;
    assert_eq!(warnings.count_of(WarningKind::CounterReset), 1);
    assert_eq!(warnings.count_of(WarningKind::NotANumber), 1);
    assert_eq!(warnings.count_of(WarningKind::Note), 1);
    let buckets = imported.source.buckets.unwrap();
    assert_eq!(buckets.labels, ["checkout_duration_seconds"]);
    assert_eq!(buckets.step_secs, 60.0);
    let counts: Vec<u64> = buckets
        .cells
        .column("count")
        .unwrap()
        .u64()
        .unwrap()
        .into_no_null_iter()
        .collect();
    assert_eq!(counts, [60, 30, 10, 70, 20, 1]);
}

#[test]
fn an_incident_list() {
    let imported = import(&data("uptime/incidents_june.csv"));
    let info = &imported.source.info;
    assert_eq!(
        (info.format.as_str(), info.rows, info.rejected),
        ("outage-table", 5, 2)
    );
    assert_eq!(info.warnings.count_of(WarningKind::OverlappingIntervals), 1);
    assert_eq!(info.warnings.count_of(WarningKind::EmptyInterval), 1);
    let table = imported.source.uptime.unwrap();
    assert!(table.incident_list);
    let zone = Zone::utc();
    let june = Period::parse("2026-06").unwrap().range(&zone);
    let now = Instant::from_secs(june.end.secs() + 86_400);
    let secs = |state: State| -> i64 {
        table
            .resolve(june, Some("checkout"), now)
            .iter()
            .filter(|i| i.state == state)
            .map(|i| i.range.length().0 / 1_000_000)
            .sum()
    };
    // 50 minutes on the 3rd, and from 23:00 on the 29th to the end of the 30th.
    assert_eq!(secs(State::Down), 50 * 60 + 25 * 3_600);
    assert_eq!(secs(State::Maintenance), 4 * 3_600);
    assert_eq!(secs(State::Degraded), 0);
}

#[test]
fn a_series_is_brought_to_hours() {
    let imported = import(&data("metrics/long_names.csv"));
    let series = imported.source.metrics.unwrap().series(0).unwrap();
    let hours = resample(&series, &Zone::utc(), Step::Hour, How::Max);
    assert_eq!((hours.values, hours.n), (vec![44.0], vec![3]));
}

/// Damaged files end in a result or a sentence, never in a panic: a few bytes of each are overwritten, dropped or doubled.
#[test]
fn damaged_files_never_panic() {
    let options = ImportOptions::default();
    let progress = Progress::default();
    let path = Path::new("damaged");
    let intake = Intake::new(path, &options, &progress);
    let mut state = 88_172_645_463_325_252_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below.max(1) as u64) as usize
    };
    for file in [
        "metrics/wide_semicolon.csv",
        "metrics/long_names.csv",
        "metrics/grafana_joined.csv",
        "metrics/query_range_checkout.json",
        "uptime/incidents_june.csv",
    ] {
        let whole = std::fs::read(data(file)).unwrap();
        for _ in 0..400 {
            let mut bytes = whole.clone();
            for _ in 0..=random(6) {
                let at = random(bytes.len());
                match random(4) {
                    0 => bytes[at] = random(256) as u8,
                    1 => bytes[at] = b"\"\r\n,;-.{}[]09eE"[random(15)],
                    2 => drop(bytes.drain(at..(at + random(40)).min(bytes.len()))),
                    _ => bytes.extend_from_within(at..),
                }
                if bytes.is_empty() {
                    bytes.push(b'x');
                }
            }
            let results = [
                metric_csv::read(&bytes[..], &intake),
                outage_table::read(&bytes[..], &intake),
                prometheus::read(&bytes[..], &intake),
            ];
            for imported in results.into_iter().flatten() {
                let info = &imported.source.info;
                assert!(info.rows > 0 && info.first <= info.last);
                assert_eq!(info.rejected, imported.rejects.count);
            }
        }
    }
}
