//! Access logs and uptime files of `tests/data` through the front door, whole and damaged.

use std::path::Path;

use headroom::calendar::TimeRange;
use headroom::dataset::{Estimator, OutcomeFilter, Role, RunSummary, Source, State};
use headroom::import::{Head, ImportError, ImportOptions, Imported, Intake, detect, formats};
use headroom::progress::Progress;
use headroom::units::Ppm;
use headroom::warning::WarningKind;

use crate::shared_data::{Places, import, own};

fn run_of(source: &Source) -> &RunSummary {
    source.run.as_ref().unwrap()
}

/// Requests, failures, bytes.
fn counts(run: &RunSummary) -> (u64, u64, i64) {
    let sums = run
        .counts(&run.counted_labels(), &[TimeRange::ALL])
        .unwrap();
    (sums[0].count, sums[0].errors, sums[0].received)
}

#[test]
fn logs_of_one_run_agree_in_every_format() {
    for (file, format, counted, n) in [
        ("combined.log", "access-log", true, 99),
        ("request_time.log", "access-log", false, 99),
        ("vhost_time.log", "access-log", false, 54),
        ("json.log", "nginx-json-log", false, 99),
    ] {
        let imported = import(&own(&format!("access-log/{file}"))).unwrap();
        let info = &imported.source.info;
        assert_eq!((info.format.as_str(), info.rejected), (format, 0), "{file}");
        assert_eq!(info.scope.role, Role::Production);
        let run = run_of(&imported.source);
        assert_eq!(run.counts_only, counted, "{file}");
        // Five 503 and three 502 of 99; counted by a script of its own.
        let expected = if n == 99 {
            (99, 8, 12_350)
        } else {
            (54, 4, 9_823)
        };
        assert_eq!(counts(run), expected, "{file}");
        let labels: Vec<&str> = run.labels.iter().map(|l| l.name.as_str()).collect();
        assert!(labels.contains(&"GET /users/{id}/orders"), "{labels:?}");
        let durations = run
            .durations(&run.counted_labels(), &[TimeRange::ALL], OutcomeFilter::All)
            .unwrap();
        let max = durations[0].quantile(Ppm::ONE, Estimator::R7);
        assert_eq!(
            max.map(|q| q.millis()),
            (!counted).then_some(97.0),
            "{file}"
        );
    }
    let json = import(&own("access-log/json.log")).unwrap();
    let first = json.source.info.first.unwrap();
    assert_eq!(first.to_string(), "2026-11-21T07:49:46.74Z");
    let codes = run_of(&json.source).codes(TimeRange::ALL).unwrap();
    let mut codes: Vec<(String, u64)> = codes.into_iter().collect();
    codes.sort();
    let expected = [("200", 85), ("400", 1), ("404", 5), ("502", 3), ("503", 5)];
    assert_eq!(codes, expected.map(|(c, n)| (c.to_owned(), n)));
}

/// Seconds up, degraded, down, in maintenance and unknown over the time that a file speaks of.
fn seconds(imported: &Imported, service: Option<&str>) -> [i64; 5] {
    let info = &imported.source.info;
    let range = TimeRange {
        start: info.first.unwrap(),
        end: info.last.unwrap(),
    };
    let table = imported.source.uptime.as_ref().unwrap();
    let intervals = table.resolve(range, service, range.end);
    [
        State::Up,
        State::Degraded,
        State::Down,
        State::Maintenance,
        State::Unknown,
    ]
    .map(|state| {
        let of_state = intervals.iter().filter(|i| i.state == state);
        (of_state.map(|i| i.range.length().0).sum::<i64>() + 500_000) / 1_000_000
    })
}

#[test]
fn every_monitor_gives_its_seconds() {
    for (file, format, service, expected) in [
        // One failed check and three in a row; six are missing: the last one before them stands for its five minutes.
        (
            "checks_5min.csv",
            "probe-table",
            None,
            [83_400, 0, 1_200, 0, 1_800],
        ),
        (
            "kuma_heartbeats.json",
            "uptime-kuma-json",
            Some("monitor 1"),
            [2_940, 0, 300, 300, 60],
        ),
        (
            "kuma_heartbeat.csv",
            "uptime-kuma-csv",
            None,
            [2_940, 0, 300, 300, 60],
        ),
        // 10 June: 908 s to the next event, though it says 15 minutes; 3 June: 390 s.
        (
            "uptimerobot_events.csv",
            "uptimerobot-csv",
            Some("shop"),
            [2_554_652, 0, 1_298, 0, 60],
        ),
        (
            "uptimerobot_logs.json",
            "uptimerobot-json",
            Some("shop"),
            [85_800, 0, 600, 0, 60],
        ),
        (
            "pingdom_outage.json",
            "pingdom-outage-json",
            None,
            [85_980, 0, 360, 0, 60],
        ),
        (
            "pingdom_results.json",
            "pingdom-outage-json",
            None,
            [1_680, 0, 120, 0, 0],
        ),
        // An hour degraded, 70 minutes down.
        (
            "upptime_commits.csv",
            "upptime-history",
            Some("api"),
            [424_510, 3_600, 4_200, 0, 0],
        ),
        (
            "upptime_api.yml",
            "upptime-history",
            Some("upptime_api"),
            [300, 0, 0, 0, 0],
        ),
        (
            "cloud_trace.csv",
            "cloud-uptime-csv",
            None,
            [0, 57_225, 74_691, 0, 0],
        ),
    ] {
        let imported = import(&own(&format!("uptime/{file}"))).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(imported.source.info.format, format, "{file}");
        assert_eq!(imported.source.info.rejected, 0, "{file}");
        let mut found = seconds(&imported, service);
        if format == "cloud-uptime-csv" {
            found[0] = 0;
        }
        assert_eq!(found, expected, "{file}");
    }
}

#[test]
fn incidents_of_a_status_page_count_once() {
    let imported = import(&own("uptime/statuspage_incidents.json")).unwrap();
    let info = &imported.source.info;
    assert_eq!((info.format.as_str(), info.rows), ("statuspage-json", 5));
    assert_eq!(seconds(&imported, Some("API"))[2], 3_600);
    assert_eq!(seconds(&imported, Some("Web"))[2], 2_400);
    assert_eq!(seconds(&imported, Some("Mail"))[1], 9_000);
    assert_eq!(info.warnings.count_of(WarningKind::OverlappingIntervals), 1);
    let table = imported.source.uptime.as_ref().unwrap();
    assert!(table.incident_list && table.rows.iter().any(|r| r.end.is_none()));
}

#[test]
fn nagios_says_how_long_but_not_when() {
    let imported = import(&own("uptime/nagios_avail.csv")).unwrap();
    assert_eq!(imported.source.info.format, "nagios-avail-csv");
    let table = imported.source.uptime.as_ref().unwrap();
    assert!(table.rows.is_empty());
    let db = &table.totals[1];
    assert_eq!(
        (
            db.up_secs,
            db.down_secs,
            db.unknown_secs,
            db.maintenance_secs
        ),
        (2_500_000, 1_000, 91_000, 0)
    );
    assert_eq!(
        (table.totals[0].down_secs, table.totals[0].maintenance_secs),
        (1_800, 1_800)
    );
}

fn read(path: &Path, bytes: &[u8]) -> Result<Imported, String> {
    let options = ImportOptions::default();
    let progress = Progress::default();
    let head = &bytes[..bytes.len().min(64 * 1024)];
    let format = detect::recognise(&Head::new(head, head.len() == bytes.len(), path))?;
    let stream = std::io::Cursor::new(bytes.to_vec());
    (format.read)(Box::new(stream), &Intake::new(path, &options, &progress))
        .map_err(|e: ImportError| e.to_string())
}

/// Whether nothing at all was said about lost data.
fn silent(imported: &Imported) -> bool {
    let warnings = &imported.source.info.warnings;
    [
        WarningKind::TruncatedLastRow,
        WarningKind::RejectedRow,
        WarningKind::TailMissing,
        WarningKind::NotRead,
    ]
    .iter()
    .all(|kind| warnings.count_of(*kind) == 0)
}

#[test]
fn damaged_files_end_in_a_sentence() {
    let mut places = Places(2_026);
    for folder in ["access-log", "uptime"] {
        for entry in std::fs::read_dir(own(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.file_name().is_some_and(|n| n == "README.md") {
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            let whole = read(&path, &bytes).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            for _ in 0..50 {
                let cut = places.below(bytes.len());
                let cut_bytes = &bytes[..cut];
                if let Ok(imported) = read(&path, cut_bytes) {
                    let lost = imported.source.info.rows != whole.source.info.rows;
                    // Cut between two lines, a text is a shorter text.
                    let clean = cut_bytes.ends_with(b"\n") || bytes[cut] == b'\n';
                    assert!(
                        !lost || clean || !silent(&imported),
                        "{} cut at {cut} says nothing: {:?}",
                        path.display(),
                        String::from_utf8_lossy(&cut_bytes[cut.saturating_sub(80)..])
                    );
                }
            }
        }
    }
    assert!(formats::by_id("access-log").is_some());
}
