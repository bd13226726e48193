//! Promises judged by checks at points in time, by totals without times, and by logs without durations: what they can
//! prove, and what not.

use std::collections::BTreeMap;
use std::sync::Arc;

use headroom::analysis::sla::Verdict;
use headroom::calendar::Instant;
use headroom::dataset::{Dataset, Role, Source, State, StateTotals, UptimeTable};
use headroom::units::Micros;

use super::sla_fixture::{
    at, at_the_end_of, availability, batch, dataset_of, near, one, row, run, source,
};

/// A day of checks every five minutes; each failed one stands for its five minutes.
fn checks(failed: &[&str]) -> Dataset {
    let start = at("2026-06-14");
    let end = at("2026-06-15");
    let mut rows = Vec::new();
    let mut from = start;
    for text in failed {
        let down = at(text);
        rows.push(row(from, down.since(from).0 / 1_000_000, State::Up));
        rows.push(row(down, 300, State::Down));
        from = down.plus(Micros::from_secs(300));
    }
    rows.push(row(from, end.since(from).0 / 1_000_000, State::Up));
    let table = UptimeTable {
        rows,
        probe_micros: BTreeMap::from([(String::new(), 300_000_000)]),
        ..UptimeTable::default()
    };
    Dataset {
        sources: vec![Arc::new(Source {
            uptime: Some(table),
            ..source(Role::Production, start, end)
        })],
    }
}

/// SEMANTICS.md: one failed check every 5 minutes is between 0 and 10 minutes of downtime; a verdict that the two
/// straddle is not proven.
#[test]
fn a_failed_check_is_between_nothing_and_ten_minutes() {
    let day = at_the_end_of("2026-06-14");
    let judged = |target: &str, failed: &[&str]| {
        let body = format!("    target: {target}\n    period: day\n");
        availability(&checks(failed), &body, &day)
    };
    let once = ["2026-06-14 12:00"];
    // 10 of 1,440 minutes are 0.694 %.
    assert_eq!(judged("99.3%", &once).verdict, Verdict::Met);
    let unsure = judged("99.9%", &once);
    assert_eq!(unsure.verdict, Verdict::NotProven);
    assert_eq!(unsure.bad, Some(300.0));
    near(unsure.achieved, 100.0 * 1_435.0 / 1_440.0);
    near(unsure.best, 100.0);
    near(unsure.worst, 100.0 * 1_430.0 / 1_440.0);
    assert!(
        unsure.assumed.iter().any(|a| a.contains("between 0")),
        "{:?}",
        unsure.assumed
    );
    let reason = unsure.reason.unwrap();
    assert!(reason.starts_with("Checks do not say when"), "{reason}");
    // Two apart: 0 to 20 minutes. Met without any, whatever the target.
    assert_eq!(
        judged("99%", &["2026-06-14 03:00", "2026-06-14 12:00"]).verdict,
        Verdict::NotProven
    );
    let quiet = judged("100%", &[]);
    assert_eq!((quiet.verdict, quiet.best), (Verdict::Met, Some(100.0)));
    assert!(quiet.assumed.iter().all(|a| !a.contains("Checks every")));
}

/// Many failed checks in a row leave no doubt.
#[test]
fn a_long_outage_breaks_the_promise_at_its_shortest() {
    let start = at("2026-06-14");
    let mut dataset = checks(&[]);
    let table = UptimeTable {
        rows: vec![
            row(start, 36_000, State::Up),
            row(start.plus(Micros::from_secs(36_000)), 3_600, State::Down),
            row(start.plus(Micros::from_secs(39_600)), 46_800, State::Up),
        ],
        probe_micros: BTreeMap::from([(String::new(), 300_000_000)]),
        ..UptimeTable::default()
    };
    dataset.sources = vec![Arc::new(Source {
        uptime: Some(table),
        ..source(Role::Production, start, at("2026-06-15"))
    })];
    let body = "    target: 97%\n    period: day\n";
    let result = availability(&dataset, body, &at_the_end_of("2026-06-14"));
    // 55, 60 or 65 of 1,440 minutes; 43.2 are allowed.
    assert_eq!(result.verdict, Verdict::Breached);
    near(result.best, 100.0 * 1_385.0 / 1_440.0);
    near(result.worst, 100.0 * 1_375.0 / 1_440.0);
}

#[test]
fn totals_without_times_prove_nothing() {
    let table = UptimeTable {
        totals: vec![StateTotals {
            service: "web1".to_owned(),
            up_secs: 2_590_000,
            down_secs: 2_000,
            ..StateTotals::default()
        }],
        ..UptimeTable::default()
    };
    let dataset = Dataset {
        sources: vec![Arc::new(Source {
            uptime: Some(table),
            ..source(Role::Production, Instant(0), Instant(0))
        })],
    };
    let result = availability(&dataset, "    target: 99.9%\n", &at_the_end_of("2026-06"));
    assert_eq!(result.verdict, Verdict::NoData);
    assert!(result.reason.unwrap().contains("not when"));
}

#[test]
fn a_log_without_durations_proves_no_latency() {
    let counted = |day: &str| {
        let later = &day.replace("10:00", "10:01");
        let batches = [batch(day, 0, 0, 500, 1), batch(later, 0, 0, 500, 0)];
        let mut run = run(&["GET /api/a"], &batches);
        run.histogram = run.histogram.head(Some(0));
        run.counts_only = true;
        run
    };
    let latency = "    kind: latency\n    target: 200ms\n";
    let june = at_the_end_of("2026-06");
    let log = dataset_of(Role::Production, counted("2026-06-01 10:00"));
    let result = one(&log, latency, &june);
    assert_eq!(result.verdict, Verdict::NoData);
    assert!(result.reason.unwrap().contains("says no durations"));
    // Errors are in it all the same.
    let errors = one(&log, "    kind: error_rate\n    target: 1%\n", &june);
    assert_eq!(errors.verdict, Verdict::Met, "{:?}", errors.reason);
    // Beside one with durations, its requests remain unknown.
    let timed = run(
        &["GET /api/a"],
        &[batch("2026-06-02 10:00", 0, 100, 1_000, 0)],
    );
    let mut mixed = dataset_of(Role::Production, timed);
    assert_eq!(one(&mixed, latency, &june).verdict, Verdict::Met);
    mixed.sources.extend(log.sources.clone());
    let result = one(&mixed, latency, &june);
    assert_eq!(result.verdict, Verdict::NotProven);
    assert!(result.reason.unwrap().contains("1 of 2 logs"));
    // A log of another month is none of its business.
    mixed.sources.pop();
    let may = dataset_of(Role::Production, counted("2026-05-01 10:00"));
    mixed.sources.extend(may.sources);
    assert_eq!(one(&mixed, latency, &june).verdict, Verdict::Met);
    // A load test has durations where the live log has none.
    let test = run(
        &["GET /api/a"],
        &[batch("2026-06-02 10:00", 0, 100, 1_000, 0)],
    );
    let mut both = log;
    both.sources.extend(dataset_of(Role::Test, test).sources);
    let result = one(&both, latency, &june);
    assert_eq!(result.verdict, Verdict::Met);
    assert!(
        result.source.contains("from a load test"),
        "{}",
        result.source
    );
}
