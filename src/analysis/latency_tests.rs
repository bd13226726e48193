//! Tests of the figures of a load test.

use polars::prelude::df;

use super::*;
use crate::dataset::LabelInfo;

/// A run with the given (second, label, milliseconds) and buckets of so many seconds.
fn run(labels: &[(&str, bool)], samples: &[(i64, u16, i64)], bucket_secs: i64) -> RunSummary {
    let n = samples.len();
    let column =
        |f: &dyn Fn(&(i64, u16, i64)) -> i64| -> Vec<i64> { samples.iter().map(f).collect() };
    let label: Vec<u16> = samples.iter().map(|s| s.1).collect();
    let ms = column(&|s| s.2);
    RunSummary {
        tick_ns: 1_000_000,
        bucket_secs,
        labels: labels
            .iter()
            .map(|(name, controller)| LabelInfo {
                name: (*name).to_owned(),
                controller: *controller,
            })
            .collect(),
        counters: df![
            "second" => column(&|s| s.0), "label" => &label, "outcome" => vec![0_u8; n],
            "count" => vec![1_u64; n], "sum_ticks" => &ms, "min_ticks" => &ms, "max_ticks" => &ms,
            "received" => vec![0_i64; n], "sent" => vec![0_i64; n],
            "first_start" => column(&|s| s.0 * 1_000_000),
            "last_end" => column(&|s| s.0 * 1_000_000 + s.2 * 1_000),
        ]
        .unwrap(),
        histogram: df![
            "bucket" => column(&|s| s.0 / bucket_secs * bucket_secs), "label" => &label,
            "outcome" => vec![0_u8; n], "value" => &ms, "count" => vec![1_u64; n],
        ]
        .unwrap(),
        codes: df!["minute" => [0_i64], "label" => [0_u16], "code" => ["200"], "count" => [1_u64]]
            .unwrap(),
        ..RunSummary::default()
    }
}

fn params(every: Option<i64>) -> LatencyParams {
    LatencyParams {
        range: TimeRange::ALL,
        outcomes: OutcomeFilter::All,
        estimator: Some(Estimator::R7),
        apdex: (Micros(500_000), Micros(1_500_000)),
        every: every.map(Micros::from_secs),
    }
}

#[test]
fn a_controller_is_never_one_with_a_request_of_its_name() {
    let one = run(
        &[("buy", false), ("buy", true)],
        &[(0, 0, 10), (1, 1, 1_000)],
        1,
    );
    let stats = run_stats(&[&one], &params(None)).unwrap();
    assert_eq!((stats.total.count, stats.total.max_ms), (1, Some(10.0)));
    assert_eq!(stats.labels.len(), 2);
}

/// Two generators of one test: percentiles of the union, rates over the joint span.
#[test]
fn runs_are_summed_as_one() {
    let a = run(&[("x", false), ("y", false)], &[(0, 0, 10), (1, 1, 20)], 1);
    let b = run(&[("y", false)], &[(2, 0, 40), (10, 0, 30)], 10);
    let stats = run_stats(&[&a, &b], &params(None)).unwrap();
    assert_eq!((stats.total.count, stats.total.p50_ms), (4, Some(25.0)));
    let y = &stats.labels[1];
    assert_eq!((y.label.as_str(), y.count, y.p50_ms), ("y", 3, Some(30.0)));
    assert_eq!(y.throughput_per_sec, Some(3.0 / 9.03));
}

#[test]
fn a_timeline_steps_in_whole_buckets() {
    let one = run(&[("x", false)], &[(0, 0, 10), (25, 0, 20), (39, 0, 30)], 10);
    let stats = run_stats(&[&one], &params(Some(15))).unwrap();
    let points: Vec<(i64, &str, u64, Option<f64>)> = stats
        .timeline
        .iter()
        .map(|p| (p.t.secs(), p.label.as_str(), p.count, p.p50_ms))
        .collect();
    assert_eq!(
        points,
        [
            (0, "Total", 1, Some(10.0)),
            (0, "x", 1, Some(10.0)),
            (20, "Total", 2, Some(25.0)),
            (20, "x", 2, Some(25.0)),
        ]
    );
    let long = run(&[("x", false)], &[(0, 0, 1), (1_000_000, 0, 1)], 1);
    let slices = timeline_slices(&[&long], TimeRange::ALL, Micros::SECOND).unwrap();
    assert!(slices.len() as i64 <= MAX_STEPS);
}
