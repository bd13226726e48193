//! Real access logs and uptime files from elsewhere, with figures of the sites themselves or of an independent script.

use headroom::calendar::{Instant, TimeRange};
use headroom::dataset::{State, UptimeTable};
use headroom::units::Micros;
use headroom::warning::WarningKind;

use crate::shared_data::{import, shared};

/// The elastic/examples log: one line is cut off in its last field, and is counted by its status like the others.
#[test]
#[ignore = "reads ../shared/data"]
fn apache_log_of_ten_thousand_lines() {
    let imported = import(&shared("metrics/apache-log/apache_logs")).unwrap();
    let info = &imported.source.info;
    assert_eq!(info.format, "access-log");
    assert_eq!((info.rows, info.rejected), (10_000, 0));
    assert_eq!(info.first.unwrap().to_string(), "2015-05-17T10:05:00Z");
    assert_eq!(info.last.unwrap().to_string(), "2015-05-20T21:05:59Z");
    let run = imported.source.run.as_ref().unwrap();
    assert!(run.counts_only);
    let mut codes: Vec<(String, u64)> = run.codes(TimeRange::ALL).unwrap().into_iter().collect();
    codes.sort();
    let expected = [
        ("200", 9_126),
        ("206", 45),
        ("301", 164),
        ("304", 445),
        ("403", 2),
        ("404", 213),
        ("416", 2),
        ("500", 3),
    ];
    assert_eq!(codes, expected.map(|(c, n)| (c.to_owned(), n)));
    let sums = run
        .counts(&run.counted_labels(), &[TimeRange::ALL])
        .unwrap();
    assert_eq!(
        (sums[0].count, sums[0].errors, sums[0].received),
        (10_000, 3, 2_747_282_740)
    );
}

/// Seconds of a state over a range, for a service or all of them.
fn micros(table: &UptimeTable, range: TimeRange, service: Option<&str>, state: State) -> i64 {
    let intervals = table.resolve(range, service, range.end);
    let of_state = intervals.iter().filter(|i| i.state == state);
    of_state.map(|i| i.range.length().0).sum()
}

/// The site itself says: honch-ingest 99.93 %, 69 minutes down on 16 June; all others 100 %.
#[test]
#[ignore = "reads ../shared/data"]
fn upptime_of_honch() {
    let path = shared("uptime/upptime-honch/checks_from_git_history.csv");
    let imported = import(&path).unwrap();
    let info = &imported.source.info;
    assert_eq!(info.format, "upptime-history");
    assert_eq!((info.rows, info.rejected), (493, 0));
    let table = imported.source.uptime.as_ref().unwrap();
    let range = TimeRange {
        start: info.first.unwrap(),
        end: info.last.unwrap(),
    };
    let of = |service: &str, state| micros(table, range, Some(service), state);
    let down = of("honch-ingest", State::Down);
    assert_eq!(down, 4_167_763_000);
    assert_eq!(down / 60_000_000, 69);
    let up = of("honch-ingest", State::Up);
    let percent = 100.0 * up as f64 / (up + down) as f64;
    assert_eq!(format!("{percent:.2}"), "99.93");
    for service in [
        "honch-website",
        "honch-docs",
        "honch-rest-api",
        "honch-mcp-server",
    ] {
        assert_eq!(of(service, State::Down), 0, "{service}");
        assert!(of(service, State::Up) > 60 * 86_400_000_000);
    }
    assert_eq!(
        table.probe_spacing("honch-ingest"),
        Some(Micros::from_secs(300))
    );
    // Response times of the checks that got an answer.
    let metrics = imported.source.metrics.as_ref().unwrap();
    let ingest = metrics
        .series
        .iter()
        .find(|s| s.display_name() == "response_time{service=honch-ingest}")
        .unwrap();
    assert_eq!((ingest.points, ingest.unit.as_str()), (72, "ms"));
    let site = import(&shared("uptime/upptime-honch/history/honch-ingest.yml")).unwrap();
    assert_eq!(site.source.uptime.unwrap().rows[0].service, "honch-ingest");
    let summary = import(&shared("uptime/upptime-honch/summary.json")).unwrap_err();
    assert!(summary.to_string().contains("rounded percentages"));
    for file in ["clickhouse-latency.json", "ingestion.json"] {
        assert!(import(&shared(&format!("uptime/upptime-honch/{file}"))).is_err());
    }
}

/// Totals by an independent script: overlaps once, severity 0 left out, a half and more down.
#[test]
#[ignore = "reads ../shared/data"]
fn cloud_uptime_archive() {
    for (file, rows, zero, down_secs, degraded_secs) in [
        ("atlassian_bitbucket", 65, 0, 564_585, 2_615_050),
        ("atlassian_jira-software", 33, 2, 17_251, 1_794_587),
        ("discord_global-status", 34, 0, 0, 4_018_518),
        ("slack_global-status", 260, 1, 172_803, 12_290_701),
    ] {
        let path = format!("uptime/cloud-uptime-archive/{file}_operator_reported.csv");
        let imported = import(&shared(&path)).unwrap();
        let info = &imported.source.info;
        assert_eq!(info.format, "cloud-uptime-csv");
        assert_eq!((info.rows, info.rejected), (rows, 0), "{file}");
        assert_eq!(info.warnings.count_of(WarningKind::Note), zero, "{file}");
        let table = imported.source.uptime.as_ref().unwrap();
        assert!(table.incident_list);
        let range = TimeRange {
            start: Instant(0),
            end: info.last.unwrap(),
        };
        let secs = |state| micros(table, range, None, state) / 1_000_000;
        assert_eq!(secs(State::Down), down_secs, "{file}");
        assert_eq!(secs(State::Degraded), degraded_secs, "{file}");
    }
}
