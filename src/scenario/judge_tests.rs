//! Promises over runs that were written down by hand.

use super::*;
use crate::scenario::outcome::StepTimes;

/// An hour by steps of 5 s at 100 requests a second: 20 ms, in minutes 10 to 12 300 ms, and in the last three of
/// these nothing at all.
fn run() -> Outcome {
    let minute = |index: u32| index / 12;
    let mut outcome = Outcome {
        scenario: "test".to_owned(),
        duration: 3600.0,
        step: 5.0,
        ..Outcome::default()
    };
    for step in 0..720 {
        let slow = (10..12).contains(&minute(step));
        let down = (12..15).contains(&minute(step));
        let served = if down { 0.0 } else { 100.0 };
        outcome.steps.push(StepFigures {
            at: f64::from(step) * 5.0,
            offered: 100.0,
            served,
            errors: 100.0 - served,
            instances: u32::from(!down),
            cpu: 0.5,
            ..StepFigures::default()
        });
        outcome.times.push(StepTimes {
            step,
            label: "requests".to_owned(),
            good: vec![(if slow { 0.3 } else { 0.02 }, served * 5.0)],
            failed: (100.0 - served) * 5.0,
        });
    }
    outcome
}

fn judged_by(yaml: &str) -> Judged {
    let file = SlaFile::parse(yaml).unwrap();
    judge(&Scenario::default(), &run(), &file).unwrap()
}

#[test]
fn promises_are_judged_over_the_run_and_not_over_the_day_around_it() {
    let judged = judged_by(
        "objectives:\n  - {name: Up, kind: availability, target: 99.9%, period: month}\n  - {name: Errors, kind: error_rate, target: 1%, period: day, slice: 1h}\n  - {name: Fast, kind: latency, target: 200ms, percentile: 95, slice: 1h}\n  - {name: P99, kind: latency, target: 200ms, percentile: 99, slice: 1h}\n  - {name: CPU, kind: utilisation, target: 70%, scope: {metric: cpu_utilization}}\n",
    );
    let by_name = |name: &str| judged.promises.iter().find(|p| p.name == name).unwrap();
    // Three of sixty minutes down: 95 % of the run.
    let up = by_name("Up");
    assert_eq!(up.verdict, Verdict::Breached);
    assert!((up.achieved.unwrap() - 95.0).abs() < 1e-9, "{up:?}");
    assert_eq!(up.minutes_below, Some(3.0));
    assert!(up.budget_left.unwrap() < 0.0);
    let errors = by_name("Errors");
    assert_eq!(errors.verdict, Verdict::Breached);
    assert!((errors.achieved.unwrap() - 5.0).abs() < 1e-9, "{errors:?}");
    // 2 of 57 minutes answered in 300 ms: within 95 %, beyond 99 %.
    let fast = by_name("Fast");
    let near = |p: &Promise, ms: f64| (p.achieved.unwrap() - ms).abs() < 0.05;
    assert!(fast.verdict == Verdict::Met && near(fast, 20.0), "{fast:?}");
    assert_eq!(fast.minutes_below, Some(2.0));
    let p99 = by_name("P99");
    assert!(
        p99.verdict == Verdict::Breached && near(p99, 300.0),
        "{p99:?}"
    );
    assert_eq!(by_name("CPU").verdict, Verdict::Met, "{:?}", by_name("CPU"));
    assert_eq!(judged.verdict, Verdict::Breached);
}

#[test]
fn a_promise_is_kept_when_every_repetition_keeps_it_and_the_worst_is_shown() {
    let good = |steps: std::ops::Range<usize>| {
        let mut one = run();
        for (step, times) in one.steps.iter_mut().zip(&mut one.times).take(steps.end) {
            (step.served, step.errors, step.instances) = (100.0, 0.0, 1);
            (times.good, times.failed) = (vec![(0.02, 500.0)], 0.0);
        }
        one
    };
    // Three minutes down, none, and one; the mean of the steps never is down.
    let outcome = Outcome {
        duration: 3600.0,
        step: 5.0,
        each: vec![good(0..168), good(0..180), run()],
        ..Outcome::default()
    };
    let file = SlaFile::parse(
        "objectives:\n  - {name: Up, kind: availability, target: 99%, period: month}\n  - {name: P99, kind: latency, target: 400ms, percentile: 99, slice: 1h}\n",
    )
    .unwrap();
    let judged = judge(&Scenario::default(), &outcome, &file).unwrap();
    let [up, p99] = judged.promises.as_slice() else {
        unreachable!("two promises: {judged:?}");
    };
    assert_eq!((up.repetitions, up.kept_in), (3, 1), "{up:?}");
    assert!((up.achieved.unwrap() - 95.0).abs() < 1e-9, "{up:?}");
    assert_eq!(
        (up.verdict, up.minutes_below),
        (Verdict::Breached, Some(3.0))
    );
    assert_eq!(
        up.how_often().unwrap(),
        "kept in 1 of 3 repetitions, the worst is shown"
    );
    assert_eq!((p99.verdict, p99.kept_in), (Verdict::Met, 3));
    assert!((p99.achieved.unwrap() - 300.0).abs() < 0.05, "{p99:?}");
    assert_eq!(p99.how_often().unwrap(), "kept in all 3 repetitions");
    assert_eq!(judged.verdict, Verdict::Breached);
}

#[test]
fn a_throughput_that_nobody_asks_for_is_neither_kept_nor_broken() {
    let judged = judged_by(
        "objectives:\n  - {name: Much, kind: throughput, target: 10000_rps, slice: 1m}\n  - {name: Little, kind: throughput, target: 50_rps, slice: 1m}\n",
    );
    let [much, little] = judged.promises.as_slice() else {
        unreachable!("two promises: {judged:?}");
    };
    assert!(
        much.verdict == Verdict::NotProven && much.not_asked,
        "{much:?}"
    );
    // A hundred a second were asked for, also in the minutes that served none.
    assert!(
        little.verdict == Verdict::Breached && !little.not_asked,
        "{little:?}"
    );
}

#[test]
fn fractions_of_requests_are_carried_and_none_is_lost() {
    let mut carry = Carry::default();
    let whole: u64 = (0..100).map(|_| carry.whole(0.3)).sum();
    assert_eq!(whole, 30);
}
