//! Targets that change over time.

use headroom::analysis::sla::Verdict;
use headroom::dataset::{Dataset, Role, State};

use crate::sla_fixture::{
    Batch, at, at_the_end_of, batch, dataset_of, incidents, one, params, row, run,
};

/// A thousand requests of one length at noon of the first of each month.
fn months(lengths: &[(&str, i64)]) -> Dataset {
    let batches: Vec<Batch> = lengths
        .iter()
        .map(|(month, ms)| batch(&format!("{month}-01 12:00"), 0, *ms, 1_000, 0))
        .collect();
    dataset_of(Role::Production, run(&["a"], &batches))
}

const BY_DATE: &str = "    kind: latency\n    start: 2026-01\n    targets:\n      - {from: month 1, target: <1s}\n      - {from: month 3, target: <500ms}\n";

/// "<1 s from month 1, <500 ms from month 3": 600 ms hold in February and fail in March.
#[test]
fn the_target_in_force_is_used_and_named() {
    let dataset = months(&[("2026-01", 600), ("2026-02", 600), ("2026-03", 600)]);
    let february = one(&dataset, BY_DATE, &at_the_end_of("2026-02"));
    assert_eq!(february.verdict, Verdict::Met);
    assert_eq!(february.target, Some(1_000.0));
    assert_eq!(february.target_text, "<1s");
    assert!(
        february
            .rule
            .contains("this target holds since 1 January 2026, month 1"),
        "{}",
        february.rule
    );
    let march = one(&dataset, BY_DATE, &at_the_end_of("2026-03"));
    assert_eq!(
        (march.verdict, march.target),
        (Verdict::Breached, Some(500.0))
    );
    // In the quarter each day is judged by the target of its day.
    let mut quarter = at_the_end_of("2026-Q1");
    quarter.history = true;
    let quarter = one(&dataset, BY_DATE, &quarter);
    let by_month: Vec<Verdict> = quarter.periods.iter().map(|p| p.verdict).collect();
    assert_eq!(by_month, [Verdict::Met, Verdict::Met, Verdict::Breached]);
    let slices = quarter.slices.unwrap();
    assert_eq!((slices.met, slices.breached), (2, 1));
    assert!(
        quarter
            .rule
            .contains("since 1 March 2026, month 3, before that less than 1.00 s"),
        "{}",
        quarter.rule
    );
    let history: Vec<Verdict> = quarter.history.iter().map(|p| p.verdict).collect();
    assert_eq!(
        history[10..],
        [Verdict::Met, Verdict::Met, Verdict::Breached]
    );
}

/// Before the first date nothing is promised, and no silence is a verdict.
#[test]
fn nothing_is_promised_before_the_first_date() {
    let dataset = months(&[("2026-03", 9_000), ("2026-04", 100)]);
    let body = "    kind: latency\n    targets: [{from: 2026-04, target: 200ms}]\n";
    let march = one(&dataset, body, &at_the_end_of("2026-03"));
    assert_eq!(march.verdict, Verdict::NoData);
    assert_eq!(
        march.reason.as_deref(),
        Some("Nothing is promised before 1 April 2026.")
    );
    let quarter = one(&dataset, body, &at_the_end_of("2026-Q2"));
    assert_eq!(quarter.verdict, Verdict::Met);
    // With a target beside the list, that one holds before.
    let with = format!("{body}    target: 10s\n");
    assert_eq!(
        one(&dataset, &with, &at_the_end_of("2026-03")).verdict,
        Verdict::Met
    );
    // A month of availability is judged by the target in force when it begins.
    let down = incidents(vec![row(at("2026-04-20"), 3_600, State::Down)]);
    let tighter = "    kind: availability\n    targets: [{from: 2026-01, target: 99%}, {from: 2026-04-15, target: 99.9%}]\n";
    let april = one(&down, tighter, &params("2026-04", "UTC"));
    assert_eq!((april.verdict, april.target), (Verdict::Met, Some(99.0)));
    let may = one(&down, tighter, &params("2026-05", "UTC"));
    assert_eq!(may.target, Some(99.9));
    // The share of requests is turned round for the counting, its targets as well.
    let failing = dataset_of(
        Role::Production,
        run(&["a"], &[batch("2026-05-02 10:00", 0, 10, 1_000, 5)]),
    );
    let requests = "    kind: availability\n    source: requests\n    targets: [{from: 2026-01, target: 99%}, {from: 2026-06, target: 99.9%}]\n";
    let may = one(&failing, requests, &at_the_end_of("2026-05"));
    assert_eq!((may.verdict, may.target), (Verdict::Met, Some(99.0)));
}
