//! Promises about requests: daily percentiles, hourly error rates and throughput, buckets and ready-made series, on
//! small datasets whose numbers can be worked out by hand.

use std::sync::Arc;

use headroom::analysis::sla::{Exclusion, Verdict};
use headroom::calendar::{Instant, TimeRange};
use headroom::dataset::{BucketSummary, Dataset, Role, SeriesKind, Source};
use headroom::units::Micros;
use polars::prelude::{Column, df};

use super::sla_fixture::{
    Batch, at, at_the_end_of, batch, dataset_of, one, report, run, series, source,
};

const LATENCY: &str = "    kind: latency\n    target: 200ms\n";

/// Days are judged on their own merged requests; the month shows how many held, and its own percentile beside it.
#[test]
fn latency_is_judged_day_by_day() {
    let dataset = dataset_of(
        Role::Production,
        run(
            &["GET /api/a", "GET /api/b"],
            &[
                batch("2026-06-01 10:00", 0, 100, 900, 0),
                batch("2026-06-01 15:00", 1, 190, 100, 0),
                batch("2026-06-02 10:00", 0, 100, 94, 0),
                batch("2026-06-02 11:00", 1, 300, 6, 0),
                batch("2026-06-03 10:00", 0, 150, 50, 0),
            ],
        ),
    );
    let june = at_the_end_of("2026-06");
    let result = one(&dataset, LATENCY, &june);
    assert_eq!(result.verdict, Verdict::Breached);
    let slices = result.slices.unwrap();
    assert_eq!((slices.met, slices.breached, slices.required), (2, 1, 3));
    assert_eq!(slices.unknown, 27);
    // Days without requests do not count, but show in the coverage.
    assert_eq!(result.coverage, Some(0.1));
    assert_eq!(result.achieved, Some(190.0));
    assert_eq!(result.achieved_text, "190 ms, 2 of 3 held");
    assert_eq!(result.bad, Some(6.0));
    let budget = result.budget.unwrap();
    assert_eq!((budget.total, budget.used), (57.5, 6.0));
    let loose = one(
        &dataset,
        &format!("{LATENCY}    slices_required: 60%\n"),
        &june,
    );
    assert_eq!(loose.verdict, Verdict::Met);
    // Failures are not in the latency of successful requests, unless asked for.
    let failing = dataset_of(
        Role::Production,
        run(
            &["a"],
            &[
                batch("2026-06-01 10:00", 0, 100, 90, 0),
                batch("2026-06-01 10:01", 0, 5_000, 10, 10),
            ],
        ),
    );
    assert_eq!(one(&failing, LATENCY, &june).verdict, Verdict::Met);
    let all = one(&failing, &format!("{LATENCY}    outcome: all\n"), &june);
    assert_eq!(all.verdict, Verdict::Breached);
}

/// B13: a day may fail although the union holds.
#[test]
fn percentiles_are_never_averaged() {
    let dataset = dataset_of(
        Role::Production,
        run(
            &["a"],
            &[
                batch("2026-06-01 10:00", 0, 50, 940, 0),
                batch("2026-06-01 11:00", 0, 300, 60, 0),
                batch("2026-06-02 10:00", 0, 50, 960, 0),
                batch("2026-06-02 11:00", 0, 300, 40, 0),
            ],
        ),
    );
    let june = at_the_end_of("2026-06");
    let days = one(&dataset, LATENCY, &june);
    assert_eq!(days.verdict, Verdict::Breached);
    assert_eq!(days.slices.unwrap().met, 1);
    assert_eq!(days.slice_list[0].achieved, Some(300.0));
    assert_eq!(days.slice_list[1].achieved, Some(50.0));
    let month = one(&dataset, &format!("{LATENCY}    slice: month\n"), &june);
    // Rank 1900.05 of 2000: between the last 50 and the first 300.
    assert_eq!(month.achieved, Some(50.0 + 250.0 * 0.05));
    assert_eq!(month.verdict, Verdict::Met);
}

/// B20: the limit itself holds, unless the promise says less than.
#[test]
fn strictness_and_the_text_beside_it() {
    let flat = |ms| {
        dataset_of(
            Role::Production,
            run(&["a"], &[batch("2026-06-01 10:00", 0, ms, 500, 0)]),
        )
    };
    let june = at_the_end_of("2026-06");
    assert_eq!(one(&flat(200), LATENCY, &june).verdict, Verdict::Met);
    let strict = "    kind: latency\n    target: <200ms\n";
    let failed = one(&flat(200), strict, &june);
    assert_eq!(failed.verdict, Verdict::Breached);
    assert_eq!(one(&flat(199), strict, &june).achieved_text, "199 ms");
    // 199.96 ms: four ticks of 50 µs short of the limit.
    let mut fine = run(&["a"], &[batch("2026-06-01 10:00", 0, 19_996, 500, 0)]);
    fine.tick_ns = 10_000;
    let close = one(&dataset_of(Role::Production, fine), strict, &june);
    assert_eq!(close.verdict, Verdict::Met);
    assert_eq!(close.achieved_text, "199.96 ms");
    let over = one(&flat(2_004), "    kind: latency\n    target: 2s\n", &june);
    assert_eq!(over.achieved_text, "2.01 s");
}

/// B12 and B16: failed requests against all, hour by hour, the boundary included.
#[test]
fn error_rates_hour_by_hour() {
    let dataset = dataset_of(
        Role::Production,
        run(
            &["a"],
            &[
                batch("2026-06-01 00:10", 0, 10, 1_000, 1),
                batch("2026-06-01 01:10", 0, 10, 500, 1),
                batch("2026-06-01 02:10", 0, 10, 1_000, 10),
                batch("2026-06-01 03:10", 0, 10, 1_000, 11),
                batch("2026-06-01 05:10", 0, 10, 1_000, 0),
            ],
        ),
    );
    let day = at_the_end_of("2026-06-01");
    let body = "    kind: error_rate\n    target: 0.1%\n    critical: 1%\n    period: day\n    escalation: [a, b, c]\n";
    let yaml = format!("objectives:\n  - name: x\n{body}");
    let all = report(&dataset, &yaml, &day);
    let result = &all.objectives[0];
    assert_eq!(result.verdict, Verdict::Breached);
    let verdicts: Vec<Verdict> = result.slice_list.iter().map(|s| s.verdict).collect();
    assert_eq!(
        verdicts[..6],
        [
            Verdict::Met,
            Verdict::Breached,
            Verdict::Breached,
            Verdict::Breached,
            Verdict::NoData,
            Verdict::Met
        ]
    );
    // Three neighbouring hours are one breach; only 11 of 1000 lies beyond 1 %.
    assert_eq!(all.breaches.len(), 1);
    assert_eq!(all.breaches[0].secs, 3 * 3_600);
    assert_eq!(all.breaches[0].severity, "critical");
    assert_eq!(all.breaches[0].worst, Some(1.1));
    assert_eq!(result.escalation.as_ref().unwrap().name, "c");
    assert_eq!((result.bad, result.n), (Some(23.0), 4_500));
    assert_eq!(result.budget.as_ref().unwrap().total, 4.5);
    assert!(
        result
            .assumed
            .iter()
            .any(|a| a.contains("1 of the broken hours")),
        "{:?}",
        result.assumed
    );
    let guarded = one(&dataset, &format!("{body}    min_samples: 1000\n"), &day);
    assert_eq!(guarded.slices.unwrap().breached, 2);
    let strict = body.replace("target: 0.1%", "target: <0.1%");
    assert_eq!(one(&dataset, &strict, &day).slices.unwrap().breached, 4);
    let few = one(&dataset, &format!("{body}    min_samples: 5000\n"), &day);
    assert_eq!(few.verdict, Verdict::NotProven);
    // The whole, as availability by requests.
    let by_requests = one(
        &dataset,
        "    kind: availability\n    target: 99.5%\n    source: requests\n    period: day\n",
        &day,
    );
    assert_eq!(by_requests.verdict, Verdict::Breached);
    assert_eq!(by_requests.achieved_text, "99.48 %");
    let exact = one(
        &dataset_of(
            Role::Production,
            run(
                &["a"],
                &[batch("2026-06-01 00:10", 0, 10, 1_000_000, 1_000)],
            ),
        ),
        "    kind: availability\n    target: 99.9%\n    source: requests\n",
        &at_the_end_of("2026-06"),
    );
    assert_eq!(exact.verdict, Verdict::Met);
    assert_eq!(exact.achieved_text, "99.90 %");
}

/// Requests at a steady rate over some minutes.
fn steady(start: &str, minutes: i64, offered: u64, failed: u64) -> Vec<Batch> {
    (0..minutes * 60)
        .map(|s| Batch {
            at: at(start).plus(Micros::from_secs(s)),
            label: 0,
            ms: 5,
            count: offered,
            errors: failed,
        })
        .collect()
}

/// Capability: hours that ask for less do not count, load tests are proof; floor: every hour counts.
#[test]
fn throughput_is_a_capability_first() {
    let target = "    kind: throughput\n    target: 100_rps\n    period: day\n";
    let day = at_the_end_of("2026-06-01");
    let quiet = steady("2026-06-01 00:00", 60, 40, 0);
    let busy = steady("2026-06-01 01:00", 60, 100, 0);
    let with = |batches: &[Batch]| dataset_of(Role::Production, run(&["a"], batches));
    let not_asked = one(&with(&quiet), target, &day);
    assert_eq!(not_asked.verdict, Verdict::NotProven);
    assert_eq!(not_asked.not_demanded, Some(1.0));
    assert!(not_asked.reason.unwrap().contains("40.00/s"));
    let both = [quiet.clone(), busy].concat();
    let served = one(&with(&both), target, &day);
    assert_eq!(served.verdict, Verdict::Met);
    assert_eq!(served.achieved, Some(100.0));
    assert_eq!(served.slices.unwrap().met, 1);
    let floor = one(&with(&both), &format!("{target}    mode: floor\n"), &day);
    assert_eq!(floor.verdict, Verdict::Breached);
    assert_eq!(floor.achieved, Some(40.0));
    let turned_away = [quiet.clone(), steady("2026-06-01 01:00", 60, 120, 30)].concat();
    assert_eq!(
        one(&with(&turned_away), target, &day).verdict,
        Verdict::Breached
    );

    // Ten minutes of a load test prove it, beside quiet production.
    let test = run(&["a"], &steady("2026-06-01 03:10", 10, 130, 0));
    let mut proof = with(&quiet);
    proof.sources.extend(dataset_of(Role::Test, test).sources);
    let burst = format!("{target}    burst: 150_rps\n");
    let proven = one(&proof, &burst, &day);
    assert_eq!(proven.verdict, Verdict::Met);
    assert!(proven.source.contains("from a load test"));
    assert!(
        proven
            .assumed
            .iter()
            .any(|a| a.contains("never asked for; the busiest minute was 130/s"))
    );
    let overload = run(&["a"], &steady("2026-06-01 03:10", 10, 160, 40));
    proof.sources.pop();
    proof
        .sources
        .extend(dataset_of(Role::Test, overload).sources);
    assert_eq!(one(&proof, &burst, &day).verdict, Verdict::Breached);
}

#[test]
fn request_rates_from_series() {
    let hours = |from: i64, values: &[f64]| -> Vec<(Instant, f64)> {
        values
            .iter()
            .enumerate()
            .map(|(i, v)| {
                (
                    at("2026-06-01").plus(Micros::from_secs(from + i as i64 * 300)),
                    *v,
                )
            })
            .collect()
    };
    let rates = hours(0, &[[50.0; 12], [120.0; 12]].concat());
    let dataset = series("http_requests_per_second", "/s", SeriesKind::Rate, &rates);
    let day = at_the_end_of("2026-06-01");
    let result = one(
        &dataset,
        "    kind: throughput\n    target: 100_rps\n",
        &day,
    );
    assert_eq!(result.verdict, Verdict::Met);
    assert_eq!(result.slices.unwrap().met, 1);
    assert_eq!(result.not_demanded, Some(1.0));
    assert_eq!(result.achieved, Some(120.0));
    // Counts per step become a rate over the slice.
    let counts = hours(0, &[36_000.0; 12]);
    let dataset = series("request_count", "", SeriesKind::Count, &counts);
    let result = one(
        &dataset,
        "    kind: throughput\n    target: 100_rps\n",
        &day,
    );
    assert_eq!(result.achieved, Some(120.0));
    let ratio = hours(0, &[[0.0005; 12], [0.002; 12]].concat());
    let dataset = series("error_ratio", "", SeriesKind::Gauge, &ratio);
    let result = one(&dataset, "    kind: error_rate\n    target: 0.1%\n", &day);
    assert_eq!(result.slices.unwrap().breached, 1);
    assert_eq!(result.slices.unwrap().met, 1);
    assert!(result.assumed.iter().any(|a| a.contains("not weighted")));
}

/// A second file with other names for requests, on another day: it once gave all requests, and the first file all
/// failures, which made an error rate of 100 %.
#[test]
fn failures_of_one_file_are_no_share_of_the_requests_of_another() {
    let points = |day: &str, value: f64| -> Vec<(Instant, f64)> {
        let start = at(day);
        (0..12)
            .map(|i| (start.plus(Micros::from_secs(i * 300)), value))
            .collect()
    };
    let file = |id: &str, day: &str, bad: (&str, f64), all: (&str, f64)| -> Source {
        let table = |(name, value): (&str, f64)| {
            let one = series(name, "/s", SeriesKind::Rate, &points(day, value));
            one.sources[0].metrics.clone().unwrap()
        };
        let (mut both, other) = (table(bad), table(all));
        both.series.extend(other.series);
        let mut rows = other.points;
        let second = Column::new("series".into(), vec![1_u32; rows.height()]);
        rows.replace("series", second).unwrap();
        both.points.vstack_mut(&rows).unwrap();
        let mut made = source(Role::Production, at(day), at(day).plus(Micros::HOUR));
        made.info.source_id = id.to_owned();
        made.metrics = Some(both);
        made
    };
    let dataset = Dataset {
        sources: vec![
            Arc::new(file(
                "a",
                "2026-06-01",
                ("errors_per_second", 1.0),
                ("requests_per_second", 100.0),
            )),
            Arc::new(file(
                "b",
                "2026-06-05",
                ("http_errors", 4.0),
                ("http_requests_total", 8.0),
            )),
        ],
    };
    let judged = |period: &str| {
        one(
            &dataset,
            "    kind: error_rate\n    target: 2%\n",
            &at_the_end_of(period),
        )
        .achieved
    };
    assert_eq!(judged("2026-06-01"), Some(1.0));
    assert_eq!(judged("2026-06-05"), Some(50.0));
}

/// Ready-made percentiles decide a day only where all of them agree.
#[test]
fn ready_made_percentiles_are_not_merged() {
    let day = |d: i64, values: [f64; 2]| {
        let start = at("2026-06-01").plus(Micros(d * Micros::DAY.0));
        [
            (start.plus(Micros::HOUR), values[0]),
            (start.plus(Micros(2 * Micros::HOUR.0)), values[1]),
        ]
    };
    let points = [day(0, [150.0, 199.0]), day(1, [300.0, 400.0])].concat();
    let name = "api_latency_p95";
    let june = at_the_end_of("2026-06");
    let broken = series(name, "ms", SeriesKind::Gauge, &points);
    let result = one(&broken, LATENCY, &june);
    assert_eq!(result.verdict, Verdict::Breached);
    assert_eq!(result.achieved, None);
    assert_eq!(result.achieved_text, "1 of 2 days");
    let mixed = [day(0, [150.0, 199.0]), day(1, [150.0, 400.0])].concat();
    let result = one(
        &series(name, "ms", SeriesKind::Gauge, &mixed),
        LATENCY,
        &june,
    );
    assert_eq!(result.verdict, Verdict::NotProven);
    let in_seconds: Vec<(Instant, f64)> = points[..2].iter().map(|p| (p.0, p.1 / 1e3)).collect();
    let yaml = include_str!("data/sla/performance_sla.yaml");
    let dataset = series(name, "s", SeriesKind::Gauge, &in_seconds);
    let report = report(&dataset, yaml, &june);
    assert_eq!(report.objectives[1].verdict, Verdict::Met);
    assert_eq!(report.objectives[2].verdict, Verdict::NoData);
}

/// B15: the buckets of a Prometheus histogram. P95 lies between 0.2 and 0.4 s; 92.474 % are at most 0.2 s.
#[test]
fn buckets_bound_a_percentile() {
    let bounds = [0.1, 0.2, 0.4, 1.0, 3.0, 8.0, 20.0, 60.0];
    let cumulative = [
        25_547_u64, 26_688, 27_760, 28_641, 28_782, 28_844, 28_855, 28_860,
    ];
    let mut low = 0_i64;
    let mut before = 0;
    let (mut lows, mut highs, mut counts) = (Vec::new(), Vec::new(), Vec::new());
    for (bound, total) in bounds.iter().zip(cumulative) {
        let high = (bound * 1e9) as i64;
        lows.push(low);
        highs.push(high);
        counts.push(total - before);
        (low, before) = (high, total);
    }
    let t = at("2026-06-01 12:00");
    let cells = df!(
        "t" => vec![t.0; 8], "label" => vec![0_u32; 8], "low_ns" => lows, "high_ns" => highs, "count" => counts
    )
    .unwrap();
    let dataset = Dataset {
        sources: vec![Arc::new(Source {
            buckets: Some(BucketSummary {
                labels: vec!["http_request_duration_seconds{handler=/api}".to_owned()],
                cells,
                step_secs: 60.0,
            }),
            ..source(Role::Production, t, t)
        })],
    };
    let june = at_the_end_of("2026-06");
    let p95 = |target: &str| {
        one(
            &dataset,
            &format!("    kind: latency\n    target: {target}\n"),
            &june,
        )
    };
    assert_eq!(p95("300ms").verdict, Verdict::NotProven);
    assert_eq!(p95("400ms").verdict, Verdict::Met);
    assert_eq!(p95("200ms").verdict, Verdict::Breached);
    let undecided = p95("300ms");
    assert_eq!(undecided.achieved_text, "200 ms to 400 ms");
    assert_eq!(undecided.worst, Some(400.0));
    assert!(undecided.reason.is_some());
    let share = one(
        &dataset,
        "    kind: share_under\n    target: 92.4%\n    threshold: 200ms\n",
        &june,
    );
    assert_eq!(share.verdict, Verdict::Met);
    assert!((share.achieved.unwrap() - 92.474_012).abs() < 1e-6);
    let share = one(
        &dataset,
        "    kind: share_under\n    target: 92.5%\n    threshold: 200ms\n",
        &june,
    );
    assert_eq!(share.verdict, Verdict::Breached);
}

#[test]
fn utilisation_and_other_series() {
    let points: Vec<(Instant, f64)> = (0..24)
        .map(|h| {
            let value = if h == 20 { 70.1 } else { 50.0 };
            (at("2026-06-01").plus(Micros(h * Micros::HOUR.0)), value)
        })
        .collect();
    let day = at_the_end_of("2026-06-01");
    let cpu = series("cpu_percent", "%", SeriesKind::Gauge, &points);
    let body = "    kind: utilisation\n    series: cpu*\n    target: 70%\n";
    let result = one(&cpu, body, &day);
    assert_eq!(result.slices.unwrap().breached, 1);
    assert_eq!(result.achieved_text, "70.10 %");
    let by_day = one(&cpu, &format!("{body}    slice: day\n"), &day);
    assert_eq!(by_day.verdict, Verdict::Met);
    let wrong_unit = one(
        &cpu,
        "    kind: metric\n    series: cpu*\n    target: 200ms\n",
        &day,
    );
    assert_eq!(wrong_unit.verdict, Verdict::NoData);
    assert!(wrong_unit.reason.unwrap().contains("200ms"));
    let absent = one(
        &cpu,
        "    kind: metric\n    series: disk*\n    target: 5\n",
        &day,
    );
    assert_eq!(absent.verdict, Verdict::NoData);
    let baseline = one(
        &cpu,
        "    kind: improvement\n    series: cpu*\n    target: 30%\n    baseline: 2026-05\n",
        &day,
    );
    assert_eq!(baseline.verdict, Verdict::NotProven);
    assert!(baseline.reason.unwrap().contains("May 2026 has no data"));
}

/// The user's block on a load test: classes guessed from labels, said where it comes from, exclusions taken out.
#[test]
fn the_users_block_on_a_load_test() {
    let yaml = include_str!("data/sla/performance_sla.yaml");
    let batches = [
        batch("2026-06-01 10:00", 0, 120, 1_000, 0),
        batch("2026-06-01 10:01", 1, 1_500, 1_000, 0),
        batch("2026-06-01 10:02", 2, 9_000, 10, 0),
        batch("2026-06-02 10:00", 0, 900, 1_000, 900),
    ];
    let dataset = dataset_of(
        Role::Test,
        run(&["GET /api/users", "GET /shop", "JDBC"], &batches),
    );
    let mut june = at_the_end_of("2026-06");
    let all = report(&dataset, yaml, &june);
    let verdicts: Vec<Verdict> = all.objectives.iter().map(|o| o.verdict).collect();
    assert_eq!(
        verdicts,
        [
            Verdict::NoData,
            Verdict::Breached,
            Verdict::Met,
            Verdict::NotProven,
            Verdict::Breached
        ]
    );
    assert!(all.objectives[1].source.contains("from a load test"));
    assert!(
        all.objectives[1]
            .assumed
            .iter()
            .any(|a| a.contains("GET /api/users"))
    );
    assert_eq!(all.objectives[2].achieved, Some(1_500.0));
    assert_eq!(all.verdict, Verdict::Breached);
    june.exclusions = vec![Exclusion::new(
        TimeRange {
            start: at("2026-06-02 09:00"),
            end: at("2026-06-02 12:00"),
        },
        "deployment",
    )];
    let excused = report(&dataset, yaml, &june);
    assert_eq!(excused.objectives[1].verdict, Verdict::Met);
    assert_eq!(
        excused.objectives[1].verdict_without_exclusions,
        Some(Verdict::Breached)
    );
    assert_eq!(excused.objectives[4].verdict, Verdict::Met);
    // A quarter names the month that broke it; the history has 13 months.
    let mut quarter = at_the_end_of("2026-Q2");
    quarter.history = true;
    let all = report(&dataset, yaml, &quarter);
    let months: Vec<Verdict> = all.objectives[1]
        .periods
        .iter()
        .map(|p| p.verdict)
        .collect();
    assert_eq!(
        months,
        [Verdict::NoData, Verdict::NoData, Verdict::Breached]
    );
    assert_eq!(all.objectives[1].history.len(), 13);
    assert_eq!(all.objectives[1].verdict, Verdict::Breached);
}
