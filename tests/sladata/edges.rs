//! Promises at the edges of what the engine knows: months of an improvement, weighted budgets, service hours ahead,
//! rolling windows over requests, alerts that are noise.

use headroom::analysis::sla::{SlaFile, Verdict, presets};
use headroom::dataset::{Role, SeriesKind, State};

use crate::sla_fixture::{
    at, at_the_end_of, batch, dataset_of, incidents, near, one, params, row, run, series,
};

/// Ten times the load in May and June, one request a second too few in April: a promise for a month is broken.
#[test]
fn months_of_an_improvement_are_judged_by_themselves() {
    let load = |april: f64| {
        let points = [
            (at("2026-03-10"), 500.0),
            (at("2026-04-10"), april),
            (at("2026-05-10"), 5_000.0),
            (at("2026-06-10"), 5_001.0),
        ];
        let data = series("requests_per_second", "/s", SeriesKind::Rate, &points);
        let body = "    kind: improvement\n    series: requests*\n    target: 10x\n    baseline: 2026-03\n";
        one(&data, body, &at_the_end_of("2026-Q2"))
    };
    // The quarter's own mean is ten times that of March, to the request.
    let broken = load(4_999.0);
    near(broken.achieved, 5_000.0);
    assert_eq!(broken.verdict, Verdict::Breached);
    let months: Vec<Verdict> = broken.periods.iter().map(|p| p.verdict).collect();
    assert_eq!(months, [Verdict::Breached, Verdict::Met, Verdict::Met]);
    near(broken.periods[0].achieved, 4_999.0);
    assert!(broken.reason.unwrap().starts_with("Broken in 2026-04."));
    let kept = load(5_000.0);
    assert_eq!((kept.verdict, kept.reason), (Verdict::Met, None));
}

/// Of several series the first alternative of a pattern decides the unit: megabytes a second are no requests.
#[test]
fn series_in_other_units_are_no_part_of_a_comparison() {
    let mut data = series(
        "requests_per_sec",
        "/s",
        SeriesKind::Rate,
        &[(at("2026-05-10"), 100.0), (at("2026-06-10"), 1_000.0)],
    );
    let other = series(
        "sync_throughput",
        "MB/s",
        SeriesKind::Rate,
        &[(at("2026-05-10"), 9.0), (at("2026-06-10"), 9.0)],
    );
    data.sources.extend(other.sources);
    let body = "    kind: improvement\n    series: \"*requests_per_sec* | *throughput*\"\n    target: 10x\n    baseline: 2026-05\n";
    let result = one(&data, body, &at_the_end_of("2026-06"));
    assert_eq!((result.verdict, result.unit.as_str()), (Verdict::Met, "/s"));
    assert!(
        result
            .rule
            .starts_with("the mean of requests_per_sec at least 10.0 times")
    );
}

/// A rate in bits is held against a target in megabits: 999,999 bits a second keep to less than 1 Mbit/s.
#[test]
fn bits_are_converted() {
    let judged = |bits: f64| {
        let points = [(at("2026-06-10"), bits)];
        let data = series("net_bandwidth", "bits/s", SeriesKind::Rate, &points);
        let body = "    kind: metric\n    series: net*\n    target: \"<1Mbps\"\n";
        one(&data, body, &at_the_end_of("2026-06")).verdict
    };
    assert_eq!(judged(999_999.0), Verdict::Met);
    assert_eq!(judged(1_000_000.0), Verdict::Breached);
}

/// Ten of 22 working days have passed, with an hour of downtime: the pace is by days of service, not of the calendar.
#[test]
fn what_is_ahead_is_drawn_by_service_hours() {
    let down = incidents(vec![row(at("2026-06-03 10:00"), 3_600, State::Down)]);
    let judged = |target: &str| {
        let body = format!(
            "    kind: availability\n    target: {target}\n    service_hours: {{days: [mon..fri], from: \"08:00\", to: \"18:00\"}}\n"
        );
        let mut params = params("2026-06", "UTC");
        params.as_of = Some(at("2026-06-13"));
        one(&down, &body, &params).budget.unwrap()
    };
    // 220 hours of service, 0.5 % of them are 66 minutes; at 60 in 10 days, 132 by the end.
    let budget = judged("99.5%");
    near(budget.burn_rate, 2.0);
    near(budget.projected.map(|p| p.mid), 7_920.0);
    // Half of the service time of June ends with the eleventh working day.
    assert_eq!(budget.runs_out_at, Some(at("2026-06-15 18:00")));
}

/// Thirty days over the end of a month: 3 of 1,000 fail in February alone, 3 of 3,000 with the days before it.
#[test]
fn rolling_windows_over_requests_are_judged_as_such() {
    let requests = dataset_of(
        Role::Production,
        run(
            &["GET /"],
            &[
                batch("2026-01-29 12:00", 0, 20, 9_000, 9_000),
                batch("2026-01-31 12:00", 0, 20, 2_000, 0),
                batch("2026-02-10 12:00", 0, 20, 1_000, 3),
                batch("2026-03-05 12:00", 0, 20, 1_000, 0),
            ],
        ),
    );
    let judged = |period: &str, at: &str| {
        let body = format!(
            "    kind: availability\n    source: requests\n    target: 99.9%\n    period: {period}\n"
        );
        one(&requests, &body, &at_the_end_of(at))
    };
    assert_eq!(judged("month", "2026-02").verdict, Verdict::Breached);
    // From 30 January: 3 of 3,000 are the thousandth that is allowed.
    let window = judged("30d", "2026-02");
    assert_eq!((window.verdict, window.n), (Verdict::Met, 3_000));
    assert_eq!(window.bad, Some(3.0));
    assert!(
        window.rule.contains("over the 30 d up to its end"),
        "{}",
        window.rule
    );
    // In a quarter at the end of each month: the one of March has 3 of 2,000 less those of January.
    let quarter = judged("30d", "2026-Q1");
    let months: Vec<Verdict> = quarter.periods.iter().map(|p| p.verdict).collect();
    assert_eq!(months, [Verdict::Breached, Verdict::Met, Verdict::Met]);
    assert_eq!((quarter.verdict, quarter.n), (Verdict::Breached, 1_000));
    assert!(quarter.reason.unwrap().contains("2026-01"));
    // OpenSLO's rolling window over a ratio stays one.
    let slo = "apiVersion: openslo/v1\nkind: SLO\nmetadata: {name: good}\nspec:\n  indicator:\n    spec:\n      ratioMetric: {counter: true, good: {metricSource: {type: x, spec: {query: good}}}, total: {metricSource: {type: x, spec: {query: all}}}}\n  timeWindow: [{duration: 30d, isRolling: true}]\n  objectives: [{target: 0.999}]\n";
    let file = SlaFile::parse(slo).unwrap();
    assert!(
        !file.kept.iter().any(|k| k.contains("calendar")),
        "{:?}",
        file.kept
    );
    let report = headroom::analysis::sla::judge(&requests, &file, &at_the_end_of("2026-02"));
    let judged = report.unwrap().objectives.remove(0);
    assert_eq!((judged.verdict, judged.n), (Verdict::Met, 3_000));
    let wrong = SlaFile::parse(
        "objectives:\n  - {name: x, kind: availability, source: requests, target: 99%, period: 36h}\n",
    );
    assert!(wrong.unwrap_err().message.contains("whole days"));
}

/// A target that is strict says so: 95 % is not more than 95 %.
#[test]
fn strict_targets_are_worded_as_such() {
    let requests = dataset_of(
        Role::Production,
        run(&["GET /"], &[batch("2026-06-10 12:00", 0, 20, 1_000, 50)]),
    );
    let body = "    kind: availability\n    source: requests\n    target: \">95%\"\n";
    let result = one(&requests, body, &at_the_end_of("2026-06"));
    assert_eq!(result.verdict, Verdict::Breached);
    assert_eq!(
        result.rule,
        "more than 95 % of requests succeed, each month"
    );
    let up = one(
        &incidents(Vec::new()),
        "    kind: availability\n    target: \">99%\"\n",
        &at_the_end_of("2026-06"),
    );
    assert!(
        up.rule.starts_with("more than 99 % of the time"),
        "{}",
        up.rule
    );
}

/// The federation's roadmap: under a second at first, under half a second from the third month, peers from the fifth.
#[test]
fn the_roadmap_of_the_federation_is_dated() {
    let file = SlaFile::parse(presets::find("federation").unwrap().yaml).unwrap();
    let requests = dataset_of(
        Role::Production,
        run(
            &["GET /"],
            &[
                batch("2026-02-10 12:00", 0, 800, 100, 0),
                batch("2026-03-10 12:00", 0, 800, 100, 0),
                batch("2026-05-10 12:00", 0, 300, 100, 0),
            ],
        ),
    );
    let judged = |period: &str, name: &str| {
        let report = headroom::analysis::sla::judge(&requests, &file, &at_the_end_of(period));
        let found = report
            .unwrap()
            .objectives
            .into_iter()
            .find(|o| o.name == name);
        let found = found.unwrap();
        (
            found.verdict,
            found.target,
            found.reason.unwrap_or_default(),
        )
    };
    let latency = |period| {
        let (verdict, target, _) = judged(period, "Latency of the roadmap");
        (verdict, target)
    };
    assert_eq!(latency("2026-02"), (Verdict::Met, Some(1_000.0)));
    assert_eq!(latency("2026-03"), (Verdict::Breached, Some(500.0)));
    assert_eq!(latency("2026-05"), (Verdict::Met, Some(500.0)));
    let (verdict, _, reason) = judged("2026-04", "Peers of the roadmap");
    assert_eq!(verdict, Verdict::NoData);
    assert_eq!(reason, "Nothing is promised before 1 May 2026.");
}
