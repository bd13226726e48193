//! Figures against a baseline: improvements, regressions, and the policy on degradation.

use std::sync::Arc;

use headroom::analysis::decisions::Baseline;
use headroom::analysis::sla::{Scorecard, SlaFile, SlaReport, Verdict, judge};
use headroom::calendar::Instant;
use headroom::dataset::{Dataset, Role, SeriesKind, Source};
use headroom::units::Micros;

use crate::sla_fixture::{
    Batch, at, at_the_end_of, batch, dataset_of, near, one, report, run, series, source,
};

/// Points of a series at noon of each day of the first days of months.
fn memory(months: &[(&str, f64)]) -> Dataset {
    let points: Vec<(Instant, f64)> = months
        .iter()
        .flat_map(|(month, value)| {
            (1..=4).map(move |day| (at(&format!("{month}-0{day} 12:00")), *value))
        })
        .collect();
    series("memory", "MB", SeriesKind::Gauge, &points)
}

#[test]
fn an_improvement_needs_its_share_of_the_baseline() {
    let dataset = memory(&[("2026-01", 150.0), ("2026-06", 95.0)]);
    let body = |target: &str, baseline: &str| {
        format!(
            "    kind: improvement\n    series: memory\n    target: {target}\n    baseline: {baseline}\n"
        )
    };
    let june = at_the_end_of("2026-06");
    let result = one(&dataset, &body("-30%", "2026-01"), &june);
    assert_eq!(result.verdict, Verdict::Met);
    assert_eq!((result.target, result.achieved), (Some(105.0), Some(95.0)));
    let baseline = result.baseline.unwrap();
    assert_eq!((baseline.value, baseline.n), (Some(150.0), 4));
    near(baseline.change, (95.0 - 150.0) / 150.0);
    assert!(
        result.rule.contains("at least 30 % below") && result.rule.contains("150 MB there"),
        "{}",
        result.rule
    );
    let more = one(&dataset, &body("-40%", "2026-01"), &june);
    assert_eq!(more.verdict, Verdict::Breached);
    assert!(more.reason.unwrap().contains("−36.7 %"));
    // The boundary itself is an improvement of 30 %.
    let exact = memory(&[("2026-01", 150.0), ("2026-06", 105.0)]);
    assert_eq!(
        one(&exact, &body("30%", "2026-01"), &june).verdict,
        Verdict::Met
    );
    // The month before, a figure that was written down, a name, and a period without data.
    let before = memory(&[("2026-05", 150.0), ("2026-06", 95.0)]);
    assert_eq!(
        one(&before, &body("-30%", "previous"), &june).verdict,
        Verdict::Met
    );
    assert_eq!(
        one(&before, &body("-30%", "800 MB"), &june).target,
        Some(560.0)
    );
    let silent = one(&dataset, &body("-30%", "2026-03"), &june);
    assert_eq!(silent.verdict, Verdict::NotProven);
    assert!(silent.reason.unwrap().contains("March 2026 has no data"));
    let nobody = one(&dataset, &body("-30%", "launch"), &june);
    assert_eq!(nobody.verdict, Verdict::NoData);
    assert!(nobody.reason.unwrap().contains("no baseline called"));
}

/// Names stand in the file, or come with the project; the file's own win.
#[test]
fn baselines_have_names() {
    let dataset = memory(&[("2026-01", 100.0), ("2026-02", 200.0), ("2026-06", 60.0)]);
    let yaml = "baselines:\n  before: 2026-02\nobjectives:\n  - {name: x, kind: improvement, series: memory, target: 30%, baseline: before}\n  - {name: y, kind: improvement, series: memory, target: 30%, baseline: launch}\n";
    let mut file = SlaFile::parse(yaml).unwrap();
    let project = |name: &str| Baseline {
        name: name.to_owned(),
        period: "2026-01".to_owned(),
        ..Baseline::default()
    };
    file.add_baselines(&[project("before"), project("launch")]);
    let judged = judge(&dataset, &file, &at_the_end_of("2026-06")).unwrap();
    let targets: Vec<Option<f64>> = judged.objectives.iter().map(|o| o.target).collect();
    assert_eq!(targets, [Some(140.0), Some(70.0)]);
    assert_eq!(
        judged.objectives[0].baseline.as_ref().unwrap().name,
        "before (February 2026)"
    );
}

/// Ten times the load: 30/s in the busiest hour of January, 300/s in June.
#[test]
fn ten_times_the_load() {
    let flat = |month: &str, per_sec: u64| {
        (0..3_600)
            .map(|s| Batch {
                at: at(&format!("{month}-02 10:00")).plus(Micros::from_secs(s)),
                label: 0,
                ms: 10,
                count: per_sec,
                errors: 0,
            })
            .collect::<Vec<_>>()
    };
    let of = |june: u64| {
        let mut batches = flat("2026-01", 30);
        batches.extend(flat("2026-06", june));
        dataset_of(Role::Production, run(&["a"], &batches))
    };
    let body =
        "    kind: improvement\n    measure: throughput\n    target: 10x\n    baseline: 2026-01\n";
    let june = at_the_end_of("2026-06");
    let result = one(&of(300), body, &june);
    assert_eq!(result.verdict, Verdict::Met);
    assert_eq!(result.unit, "/s");
    near(result.target, 300.0);
    let short = one(&of(299), body, &june);
    assert_eq!(short.verdict, Verdict::Breached);
    assert_eq!(short.achieved_text, "299/s");
    let lost = one(
        &of(28),
        "    kind: regression\n    measure: throughput\n    target: 5%\n    baseline: 2026-01\n",
        &june,
    );
    assert_eq!(lost.verdict, Verdict::Breached);
}

fn test_run(id: &str, start: &str, ms: i64, count: u64, errors: u64) -> Arc<Source> {
    let run = run(
        &["GET /api"],
        &[
            batch(start, 0, ms, count, errors),
            batch(start, 0, ms / 2, count, 0),
        ],
    );
    let span = run.span().unwrap().unwrap();
    let mut source = source(Role::Test, span.start, span.end);
    source.info.source_id = id.to_owned();
    source.info.file_name = format!("{id}.jtl");
    source.run = Some(run);
    Arc::new(source)
}

/// A release: run against run with 5 %, the same percentile on both sides.
#[test]
fn a_release_is_compared_run_by_run() {
    let dataset = |ms: i64| Dataset {
        sources: vec![
            test_run("release-1", "2026-05-02 10:00", 200, 1_000, 0),
            test_run("release-2", "2026-06-02 23:59", ms, 1_000, 0),
        ],
    };
    let body = |baseline: &str| {
        format!("    kind: regression\n    target: 5%\n    baseline: {baseline}\n")
    };
    let june = at_the_end_of("2026-06");
    for baseline in [
        "release-1.jtl",
        "release-1",
        "previous run",
        "{run: release-1}",
    ] {
        let kept = one(&dataset(210), &body(baseline), &june);
        assert_eq!(kept.verdict, Verdict::Met, "{baseline}: {kept:?}");
        assert_eq!((kept.target, kept.achieved), (Some(210.0), Some(210.0)));
        assert!(kept.source.contains("release-2.jtl (from a load test)"));
        let worse = one(&dataset(211), &body(baseline), &june);
        assert_eq!(worse.verdict, Verdict::Breached);
        assert!(worse.reason.unwrap().contains("+5.5 %"));
    }
    let alone = Dataset {
        sources: vec![test_run("release-1", "2026-06-02 10:00", 200, 1_000, 0)],
    };
    let nothing = one(&alone, &body("release-1"), &june);
    assert_eq!(nothing.verdict, Verdict::NoData);
    assert!(
        nothing
            .reason
            .unwrap()
            .contains("no load test in June 2026")
    );
    // 1000 requests have 50 beyond P95; 150 have too few.
    let few = Dataset {
        sources: vec![
            test_run("release-1", "2026-05-02 10:00", 200, 75, 0),
            test_run("release-2", "2026-06-02 10:00", 900, 75, 0),
        ],
    };
    let few = one(&few, &body("release-1"), &june);
    assert_eq!(few.verdict, Verdict::NotProven);
    assert!(few.reason.unwrap().contains("too few samples"));
}

/// Five failures against three are more than 5 % more, and chance; fifty against ten are not.
#[test]
fn error_rates_that_may_differ_by_chance_are_not_proven() {
    let of = |then: u64, now: u64| {
        dataset_of(
            Role::Production,
            run(
                &["a"],
                &[
                    batch("2026-05-02 10:00", 0, 10, 10_000, then),
                    batch("2026-06-02 10:00", 0, 10, 10_000, now),
                ],
            ),
        )
    };
    let body =
        "    kind: regression\n    measure: error_rate\n    target: 5%\n    baseline: previous\n";
    let june = at_the_end_of("2026-06");
    let chance = one(&of(3, 5), body, &june);
    assert_eq!(chance.verdict, Verdict::NotProven);
    assert!(chance.reason.unwrap().contains("chance"));
    assert_eq!(one(&of(10, 50), body, &june).verdict, Verdict::Breached);
    assert_eq!(one(&of(10, 10), body, &june).verdict, Verdict::Met);
    assert_eq!(one(&of(0, 0), body, &june).verdict, Verdict::Met);
}

/// The policy of the strategy document: 20 % worse than the month before is told, and breaks no promise.
#[test]
fn degradation_is_judged_against_the_period_before() {
    let yaml = "performance_sla:\n  response_time:\n    api_endpoints: {target: 2s, percentile: 95th, measurement_period: daily}\n  escalation:\n    performance_degradation: {threshold: 20_percent, notification: 5_minutes, auto_scaling: enabled}\n";
    let dataset = |may: i64, june: i64| {
        dataset_of(
            Role::Production,
            run(
                &["GET /api/a"],
                &[
                    batch("2026-05-02 10:00", 0, may, 1_000, 0),
                    batch("2026-06-02 10:00", 0, june, 1_000, 0),
                ],
            ),
        )
    };
    let june = at_the_end_of("2026-06");
    let judged = report(&dataset(200, 240), yaml, &june);
    let verdicts =
        |r: &SlaReport| -> Vec<Verdict> { r.policies.iter().map(|p| p.verdict).collect() };
    assert_eq!(verdicts(&judged), [Verdict::Met, Verdict::Met]);
    let worse = report(&dataset(200, 241), yaml, &june);
    assert_eq!(verdicts(&worse), [Verdict::Breached, Verdict::Met]);
    assert_eq!((worse.verdict, worse.objectives.len()), (Verdict::Met, 1));
    let told: Vec<&str> = worse.warnings.iter().map(|w| w.message.as_str()).collect();
    assert!(
        told.iter()
            .any(|t| t.contains("241 ms against 200 ms in May 2026") && t.contains("5 minutes")),
        "{told:?}"
    );
    let scorecard = Scorecard::of(&worse).unwrap();
    assert!(scorecard.rows.iter().all(|r| r.policy) && scorecard.grade.is_none());
}
