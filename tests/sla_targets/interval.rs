//! The interval beside each rate, and budgets of rates.

use headroom::analysis::sla::Verdict;
use headroom::dataset::Role;

use crate::sla_fixture::{
    Batch, at_the_end_of, batch, dataset_of, incidents, near, one, params, run,
};

/// B16: the interval beside each hourly rate; 1 of 500 is a low sample, 0 of 0 is none.
#[test]
fn an_interval_stands_beside_each_rate() {
    let dataset = dataset_of(
        Role::Production,
        run(
            &["a"],
            &[
                batch("2026-06-01 00:10", 0, 10, 500, 1),
                batch("2026-06-01 02:10", 0, 10, 1_000, 1),
                batch("2026-06-01 03:10", 0, 10, 1_000, 10),
                batch("2026-06-01 04:10", 0, 10, 20, 0),
            ],
        ),
    );
    let body = "    kind: error_rate\n    target: 0.1%\n    critical: 1%\n    period: day\n";
    let day = at_the_end_of("2026-06-01");
    let result = one(&dataset, body, &day);
    let slice = |hour: usize| &result.slice_list[hour];
    assert!((slice(0).low.unwrap() - 0.035).abs() < 5e-4);
    assert!((slice(0).high.unwrap() - 1.12).abs() < 5e-3);
    let low: Vec<bool> = (0..5).map(|hour| slice(hour).low_sample).collect();
    assert_eq!(low, [true, false, false, false, true]);
    assert_eq!((slice(1).low, slice(1).verdict), (None, Verdict::NoData));
    assert_eq!(slice(2).verdict, Verdict::Met);
    assert_eq!(slice(3).verdict, Verdict::Breached);
    assert!(
        result
            .assumed
            .iter()
            .any(|a| a.starts_with("1 of 4 hours held on so few requests")),
        "{:?}",
        result.assumed
    );
    // 12 of 2520.
    assert!((result.low.unwrap() - 0.2725).abs() < 1e-3, "{result:?}");
    assert!((result.high.unwrap() - 0.8307).abs() < 1e-3, "{result:?}");
    // With a least number of samples the hour is not judged, and says so.
    let guarded = one(&dataset, &format!("{body}    min_samples: 1000\n"), &day);
    assert_eq!(guarded.slice_list[0].verdict, Verdict::NotProven);
    assert!(guarded.slice_list[0].low_sample);
    assert!(
        guarded
            .assumed
            .iter()
            .any(|a| a.contains("fewer than 1000 samples"))
    );
    // Availability by requests has the same interval, turned round.
    let up = one(
        &dataset,
        "    kind: availability\n    source: requests\n    target: 99%\n    period: day\n",
        &day,
    );
    near(up.low, 100.0 - result.high.unwrap());
    near(up.high, 100.0 - result.low.unwrap());
}

/// B17: 5 % of 24,000 requests a day over two weeks; 99.95 % of a week is 5 min 2.4 s.
#[test]
fn budgets_of_requests_and_of_a_week() {
    let batches: Vec<Batch> = (1..=14)
        .map(|day| batch(&format!("2026-06-{day:02} 10:00"), 0, 10, 24_000, 1_200))
        .collect();
    let dataset = dataset_of(Role::Production, run(&["a"], &batches));
    let fortnight = one(
        &dataset,
        "    kind: availability\n    source: requests\n    target: 95%\n",
        &at_the_end_of("2026-06"),
    );
    let budget = fortnight.budget.unwrap();
    assert_eq!((budget.total, budget.used), (16_800.0, 16_800.0));
    assert_eq!(fortnight.verdict, Verdict::Met);
    let week = one(
        &incidents(Vec::new()),
        "    kind: availability\n    target: 99.95%\n    period: week\n",
        &params("2026-W25", "UTC"),
    );
    near(week.budget.map(|b| b.total), 302.4);
}
