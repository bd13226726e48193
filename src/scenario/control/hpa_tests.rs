//! The autoscaler against Kubernetes' own test cases (`horizontal_test.go`, `replica_calculator_test.go`) and the
//! stories of KEP-853.

use super::behavior::{Memory, Settled};
use super::hpa::{Hpa, Pods, Readiness, Tolerance, replicas};
use super::{Seen, behavior::Held};
use crate::scenario::model::{
    Autoscaling, HpaBehavior, HpaDirection, HpaPolicy, HpaPolicyKind, ScaleMetric, Select,
};

const MOST: (u32, u32) = (0, 1000);

fn policy(kind: HpaPolicyKind, value: u32, period: f64) -> HpaPolicy {
    HpaPolicy {
        kind,
        value,
        period,
    }
}

fn pods(value: u32, period: f64) -> HpaPolicy {
    policy(HpaPolicyKind::Pods, value, period)
}

fn percent(value: u32, period: f64) -> HpaPolicy {
    policy(HpaPolicyKind::Percent, value, period)
}

fn direction(stabilization: f64, policies: &[HpaPolicy]) -> HpaDirection {
    HpaDirection {
        stabilization,
        select: Select::Max,
        policies: policies.to_vec(),
        tolerance: None,
    }
}

/// One direction's policies; the other is free.
fn up(policies: &[HpaPolicy]) -> HpaBehavior {
    HpaBehavior {
        up: direction(0.0, policies),
        down: direction(0.0, &[percent(100, 15.0)]),
    }
}

fn down(policies: &[HpaPolicy]) -> HpaBehavior {
    HpaBehavior {
        up: direction(0.0, &[percent(100, 15.0)]),
        down: direction(0.0, policies),
    }
}

fn windows(up: f64, down: f64) -> HpaBehavior {
    HpaBehavior {
        up: direction(up, &[percent(1000, 60.0)]),
        down: direction(down, &[percent(100, 60.0)]),
    }
}

/// After events in the period: `added`, then `removed`, a minute ago.
fn after(added: u32, removed: u32) -> Memory {
    let mut memory = Memory::default();
    memory.changed(940.0, 0, added);
    memory.changed(950.0, removed, 0);
    memory
}

fn settle(mut memory: Memory, current: u32, wanted: u32, behavior: &HpaBehavior) -> u32 {
    memory.settle(1000.0, current, wanted, behavior, MOST).to
}

#[test]
fn up_by_pods_counts_what_was_added_in_the_period() {
    assert_eq!(
        settle(after(15, 0), 100, 500, &up(&[pods(150, 120.0)])),
        235
    );
}

#[test]
fn up_by_percent_counts_from_the_start_of_the_period() {
    assert_eq!(
        settle(after(15, 0), 100, 500, &up(&[percent(200, 120.0)])),
        255
    );
}

#[test]
fn up_ends_at_the_maximum() {
    let settled = Memory::default().settle(1000.0, 100, 500, &up(&[pods(300, 60.0)]), (1, 200));
    assert_eq!(
        settled,
        Settled {
            to: 200,
            held: Some(Held::Bounds)
        }
    );
}

#[test]
fn up_is_blocked_when_the_period_is_used_up_and_never_turns_round() {
    assert_eq!(settle(after(15, 0), 100, 500, &up(&[pods(5, 120.0)])), 100);
}

#[test]
fn up_takes_removals_of_the_period_back() {
    assert_eq!(settle(after(4, 2), 6, 24, &up(&[percent(300, 300.0)])), 16);
}

#[test]
fn down_is_blocked_by_pods_removed_in_the_period() {
    assert_eq!(settle(after(0, 15), 100, 2, &down(&[pods(5, 120.0)])), 100);
}

#[test]
fn down_by_percent_counts_from_the_start_of_the_period() {
    assert_eq!(
        settle(after(0, 12), 100, 0, &down(&[percent(50, 120.0)])),
        56
    );
}

#[test]
fn down_takes_additions_of_the_period_back() {
    assert_eq!(settle(after(2, 4), 10, 1, &down(&[percent(50, 180.0)])), 6);
}

#[test]
fn down_is_blocked_by_percent_and_never_turns_round() {
    assert_eq!(
        settle(after(0, 30), 100, 0, &down(&[percent(10, 120.0)])),
        100
    );
}

#[test]
fn down_by_half_without_events() {
    assert_eq!(
        settle(Memory::default(), 10, 5, &down(&[percent(50, 60.0)])),
        5
    );
}

fn recommended(recommendations: &[(f64, u32)]) -> Memory {
    let mut memory = Memory::default();
    for (ago, replicas) in recommendations {
        memory.recommended(1000.0 - ago, *replicas);
    }
    memory
}

#[test]
fn stabilised_down_by_the_highest_of_the_window() {
    let memory = recommended(&[(120.0, 4), (60.0, 5)]);
    assert_eq!(settle(memory, 100, 3, &windows(0.0, 180.0)), 5);
}

#[test]
fn stabilised_up_by_the_lowest_of_the_window() {
    let memory = recommended(&[(120.0, 4), (60.0, 5)]);
    assert_eq!(settle(memory, 1, 7, &windows(300.0, 0.0)), 4);
}

#[test]
fn between_both_windows_nothing_changes() {
    let both = windows(300.0, 300.0);
    assert_eq!(settle(recommended(&[(180.0, 3)]), 2, 1, &both), 2);
    assert_eq!(settle(recommended(&[(180.0, 1)]), 2, 3, &both), 2);
}

#[test]
fn ten_per_cent_from_eighty_goes_by_eight_twice_and_four_pods_take_over_below_forty() {
    let behavior = down(&[pods(4, 60.0), percent(10, 60.0)]);
    let mut memory = Memory::default();
    let mut path = vec![80];
    let mut current = 80;
    for minute in 1..12 {
        let at = f64::from(minute) * 60.0;
        let to = memory.settle(at, current, 10, &behavior, MOST).to;
        memory.changed(at, current, to);
        current = to;
        path.push(to);
    }
    assert_eq!(
        path,
        [80, 72, 64, 57, 51, 45, 40, 36, 32, 28, 24, 20],
        "eight, eight, then a tenth while that is more than four"
    );
}

/// A load that wants `wanted` for ever, looked at every 15 s for `looks` looks: the numbers it passes through.
fn story(behavior: &HpaBehavior, wanted: u32, looks: u32) -> Vec<u32> {
    let mut memory = Memory::default();
    let mut path = vec![1];
    for look in 0..looks {
        let at = f64::from(look) * 15.0;
        let current = path.last().copied().unwrap_or(1);
        let to = memory.settle(at, current, wanted, behavior, MOST).to;
        memory.changed(at, current, to);
        if to != current {
            path.push(to);
        }
    }
    path
}

#[test]
fn kep_853_story_fast_up_tenfold_a_minute() {
    assert_eq!(
        story(&up(&[percent(900, 60.0)]), 1000, 9),
        [1, 10, 100, 1000]
    );
}

#[test]
fn kep_853_story_slow_up_one_pod_in_five_minutes() {
    assert_eq!(story(&up(&[pods(1, 300.0)]), 100, 60), [1, 2, 3, 4]);
}

#[test]
fn kep_853_story_stabilised_down_over_ten_minutes() {
    let behavior = windows(0.0, 600.0);
    let mut memory = Memory::default();
    for (minute, replicas) in [10, 9, 8, 9, 9, 8, 9, 8, 9].into_iter().enumerate() {
        memory.recommended(minute as f64 * 60.0, replicas);
    }
    assert_eq!(memory.settle(540.0, 10, 8, &behavior, MOST).to, 10);
    assert_eq!(memory.settle(600.0, 10, 7, &behavior, MOST).to, 9);
}

#[test]
fn without_a_behaviour_block_at_most_double_or_four() {
    let mut memory = Memory::default();
    assert_eq!(memory.settle_legacy(0.0, 1, 50, (1, 100)).to, 4);
    assert_eq!(memory.settle_legacy(15.0, 4, 50, (1, 100)).to, 8);
    assert_eq!(
        memory.settle_legacy(30.0, 60, 50, (1, 55)),
        Settled { to: 50, held: None }
    );
    let held = memory.settle_legacy(45.0, 50, 5, (1, 100));
    assert_eq!(
        (held.to, held.held),
        (50, Some(Held::Window(300.0))),
        "fifty was wanted 15 s ago"
    );
    assert_eq!(memory.settle_legacy(400.0, 50, 5, (8, 100)).to, 8);
}

#[test]
fn select_min_and_disabled() {
    let two = [pods(4, 60.0), percent(100, 60.0)];
    for (select, expected) in [(Select::Max, 20), (Select::Min, 14), (Select::Disabled, 10)] {
        let mut behavior = up(&two);
        behavior.up.select = select;
        assert_eq!(settle(Memory::default(), 10, 50, &behavior), expected);
    }
    for (select, expected) in [(Select::Max, 1), (Select::Min, 6), (Select::Disabled, 10)] {
        let mut behavior = down(&two);
        behavior.down.select = select;
        assert_eq!(settle(Memory::default(), 10, 1, &behavior), expected);
    }
}

const TENTH: Tolerance = Tolerance { up: 0.1, down: 0.1 };

fn counted(counted: u32) -> Pods {
    Pods {
        counted,
        ..Pods::default()
    }
}

fn cpu(value: f64, target: f64, current: u32, pods: Pods) -> Option<u32> {
    replicas(
        ScaleMetric::CpuUtilization,
        Some(value),
        target,
        current,
        pods,
        TENTH,
    )
}

#[test]
fn twice_the_target_doubles_and_half_of_it_halves() {
    let rate = |value| {
        replicas(
            ScaleMetric::RequestRate,
            Some(value),
            0.1,
            4,
            counted(4),
            TENTH,
        )
    };
    assert_eq!(rate(0.2), Some(8));
    assert_eq!(rate(0.05), Some(2));
}

#[test]
fn within_the_tolerance_nothing_changes_and_each_direction_can_have_its_own() {
    assert_eq!(cpu(0.77, 0.7, 10, counted(10)), Some(10), "1.1 is inside");
    assert_eq!(cpu(0.78, 0.7, 10, counted(10)), Some(12));
    assert_eq!(cpu(0.63, 0.7, 10, counted(10)), Some(10), "0.9 is inside");
    let own = Tolerance { up: 0.0, down: 0.5 };
    let asked = |value| {
        replicas(
            ScaleMetric::CpuUtilization,
            Some(value),
            0.7,
            10,
            counted(10),
            own,
        )
    };
    assert_eq!(asked(0.71), Some(11));
    assert_eq!(asked(0.4), Some(10));
}

#[test]
fn utilisation_is_cut_to_whole_per_cent() {
    // 100 of 300 is 33 %, and 33/50 × 3 = 1.98; uncut it would be 2.0.
    assert_eq!(cpu(1.0 / 3.0, 0.5, 3, counted(3)), Some(2));
    // 71.9 % counts as 71 %: 71/50 × 100 = 142, not 144.
    assert_eq!(cpu(0.719, 0.5, 100, counted(100)), Some(142));
}

#[test]
fn unready_pods_count_as_idle_when_scaling_up_only() {
    let young = Pods {
        counted: 2,
        unready: 2,
        missing: 0,
    };
    // (90 + 90 + 0 + 0)/4 = 45 %: what is on its way will do.
    assert_eq!(cpu(0.9, 0.45, 4, young), Some(4));
    // (180 + 180)/4 = 90 %, twice the target of four.
    assert_eq!(cpu(1.8, 0.45, 4, young), Some(8));
    // Down they are left out: 20/45 × 2 = 0.9.
    assert_eq!(cpu(0.2, 0.45, 4, young), Some(1));
}

#[test]
fn missing_pods_count_as_full_down_and_idle_up() {
    let one_missing = Pods {
        counted: 3,
        unready: 0,
        missing: 1,
    };
    // (40·3 + 100)/4 = 55 %, 1.1 of the target: no change; without the missing one 0.8 × 3 → 3.
    assert_eq!(cpu(0.4, 0.5, 4, one_missing), Some(4));
    assert_eq!(cpu(0.4, 0.5, 3, counted(3)), Some(3));
    // Up: (80·3 + 0)/4 = 60 %, 1.2 × 4 = 4.8.
    assert_eq!(cpu(0.8, 0.5, 4, one_missing), Some(5));
    // A target above 100 % is what a missing pod is taken to use: (60·3 + 150)/4 = 82 %, 82/150 × 4 = 2.2.
    assert_eq!(cpu(0.6, 1.5, 4, one_missing), Some(3));
    // Other metrics assume the target: (2·3 + 10)/4 = 4, 0.4 × 4.
    assert_eq!(
        replicas(
            ScaleMetric::QueueLength,
            Some(2.0),
            10.0,
            4,
            one_missing,
            TENTH
        ),
        Some(2)
    );
}

#[test]
fn pods_are_set_aside_by_age_and_readiness() {
    let pod = |age, ready, since| Readiness {
        age,
        ready,
        since,
        sample: (0.0, 15.0),
    };
    assert!(pod(60.0, false, 60.0).set_aside(), "not up yet");
    assert!(
        pod(60.0, true, 10.0).set_aside(),
        "its sample begins before it was ready"
    );
    assert!(!pod(60.0, true, 15.0).set_aside());
    assert!(pod(301.0, false, 290.0).set_aside(), "never was ready");
    assert!(
        !pod(301.0, false, 270.0).set_aside(),
        "was ready once: its sample counts"
    );
    assert!(!pod(301.0, true, 1.0).set_aside());
}

fn several(seen: &Seen, current: u32) -> u32 {
    let settings = Autoscaling {
        hpa: vec![
            (ScaleMetric::CpuUtilization, 0.5),
            (ScaleMetric::ResponseTime, 0.2),
        ],
        behavior: windows(0.0, 0.0),
        ..Autoscaling::default()
    };
    let mut hpa = Hpa::new(&settings).unwrap();
    hpa.answer(0.0, seen, current, |_| counted(current), (1, 100))
        .to
}

#[test]
fn of_several_metrics_the_largest_counts_and_a_failed_one_stops_scaling_in() {
    let seen = |cpu, p95| Seen {
        cpu,
        p95,
        ..Seen::default()
    };
    assert_eq!(several(&seen(0.25, Some(0.4)), 10), 20);
    assert_eq!(several(&seen(0.75, Some(0.1)), 10), 15);
    assert_eq!(several(&seen(0.25, Some(0.1)), 10), 5);
    assert_eq!(
        several(&seen(0.25, None), 10),
        10,
        "one metric is gone and the other says fewer"
    );
    assert_eq!(several(&seen(0.75, None), 10), 15);
    assert_eq!(several(&seen(f64::NAN, None), 10), 10);
}

#[test]
fn outside_the_bounds_it_returns_into_them_at_once() {
    assert_eq!(several(&Seen::default(), 0), 1);
    assert_eq!(several(&Seen::default(), 150), 100);
}
