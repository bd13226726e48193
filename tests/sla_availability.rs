//! Availability against the vectors of sla-and-reports.md (b): budgets, traps of fixed minutes, quarters, burn rates,
//! clock changes, exclusions and exactness.

use headroom::analysis::sla::{Exclusion, SlaFile, Verdict, judge};
use headroom::calendar::TimeRange;
use headroom::dataset::{Dataset, State};
use headroom::units::Micros;

use super::sla_fixture::{at, availability, down, incidents, near, params, promise, row, uptime};

/// B1 and B9: the budget in minutes of every length of period, clock changes included.
#[test]
fn budgets_of_real_periods() {
    for (period, zone, target, minutes) in [
        ("2026-06-14", "UTC", "99.9", 1.44),
        ("2026-06-14", "UTC", "99.99", 0.144),
        ("2026-W25", "UTC", "99.9", 10.08),
        ("2026-W25", "UTC", "99.95", 5.04),
        ("2026-02", "UTC", "99.9", 40.32),
        ("2026-02", "UTC", "99.99", 4.032),
        ("2028-02", "UTC", "99.9", 41.76),
        ("2026-06", "UTC", "99.9", 43.2),
        ("2026-06", "UTC", "99.95", 21.6),
        ("2026-06", "UTC", "99.99", 4.32),
        ("2026-07", "UTC", "99.9", 44.64),
        ("2026-Q1", "UTC", "99.9", 129.6),
        ("2026-Q2", "UTC", "99.9", 131.04),
        ("2026-Q3", "UTC", "99.95", 66.24),
        ("2026", "UTC", "99.9", 525.6),
        ("2028", "UTC", "99.99", 52.704),
        ("2026-03", "Europe/Berlin", "99.9", 44.58),
        ("2026-10", "Europe/Berlin", "99.9", 44.70),
        ("2026-03", "America/New_York", "99.9", 44.58),
        ("2026-11", "America/New_York", "99.9", 43.26),
        ("2026-04", "Australia/Lord_Howe", "99.9", 43.23),
        ("2026-10", "Australia/Lord_Howe", "99.9", 44.61),
        ("2026-03", "Asia/Kolkata", "99.9", 44.64),
        ("2026-Q1", "Europe/Berlin", "99.9", 129.54),
        ("2026-Q4", "Europe/Berlin", "99.9", 132.54),
    ] {
        let grain = match period.len() {
            4 => "year",
            8 => "week",
            10 => "day",
            _ if period.contains('Q') => "quarter",
            _ => "month",
        };
        let body = format!("    target: {target}\n    period: {grain}\n");
        let result = availability(&down("2020-01-01", 0.0), &body, &params(period, zone));
        let budget = result.budget.unwrap();
        assert!(
            (budget.total / 60.0 - minutes).abs() < 1e-9,
            "{period} in {zone}: {} != {minutes}",
            budget.total / 60.0
        );
    }
}

/// B2: June 2026 at 99.9 %, with the display that never reads as the target it missed.
#[test]
fn june_2026() {
    for (minutes, achieved, remaining, verdict, text) in [
        (0.0, 100.0, 100.0, Verdict::Met, "100.00 %"),
        (10.0, 99.976_851_85, 76.851_851_85, Verdict::Met, "99.97 %"),
        (21.6, 99.95, 50.0, Verdict::Met, "99.95 %"),
        (43.2, 99.9, 0.0, Verdict::Met, "99.90 %"),
        (
            43.3,
            99.899_768_52,
            -0.231_481_48,
            Verdict::Breached,
            "99.89 %",
        ),
        (
            47.0,
            99.891_203_7,
            -8.796_296_3,
            Verdict::Breached,
            "99.89 %",
        ),
        (
            60.0,
            99.861_111_11,
            -38.888_888_89,
            Verdict::Breached,
            "99.86 %",
        ),
    ] {
        let result = availability(
            &down("2026-06-10", minutes * 60.0),
            "    target: 99.9%\n",
            &params("2026-06", "UTC"),
        );
        assert_eq!(result.verdict, verdict, "{minutes} min");
        near(result.achieved, achieved);
        let budget = result.budget.unwrap();
        near(Some(budget.remaining_percent), remaining);
        assert!((budget.used / 60.0 - minutes).abs() < 1e-9);
        assert_eq!(result.achieved_text, text);
        assert_eq!(result.coverage, Some(1.0));
    }
}

/// B3: 43.2 minutes is 99.9 % of thirty days only; the user's block means the stricter of both, and says so.
#[test]
fn the_43_2_minute_trap() {
    let rules = |allowance: &str| {
        ["percent", "fixed", "stricter"].map(|rule| {
            format!("    target: 99.9%\n    allowance: {allowance}\n    rule: {rule}\n")
        })
    };
    for (period, day, minutes, achieved, expected) in [
        (
            "2026-02",
            "2026-02-10",
            43.2,
            99.892_857_14,
            [Verdict::Breached, Verdict::Met, Verdict::Breached],
        ),
        (
            "2026-07",
            "2026-07-10",
            44.0,
            99.901_433_69,
            [Verdict::Met, Verdict::Breached, Verdict::Breached],
        ),
        (
            "2026-06",
            "2026-06-10",
            43.2,
            99.9,
            [Verdict::Met, Verdict::Met, Verdict::Met],
        ),
    ] {
        for (body, verdict) in rules("43.2min").iter().zip(expected) {
            let result = availability(&down(day, minutes * 60.0), body, &params(period, "UTC"));
            assert_eq!(result.verdict, verdict, "{period}: {body}");
            near(result.achieved, achieved);
        }
    }
    let block = SlaFile::parse(include_str!("data/sla/performance_sla.yaml")).unwrap();
    let february = judge(
        &down("2026-02-10", 43.2 * 60.0),
        &block,
        &params("2026-02", "UTC"),
    )
    .unwrap();
    assert_eq!(february.objectives[0].verdict, Verdict::Breached);
    assert_eq!(february.verdict, Verdict::Breached);
    assert!(
        february.conflicts[0]
            .what
            .contains("the percentage is stricter"),
        "{:?}",
        february.conflicts
    );
    let july = judge(
        &down("2026-07-10", 2_640.0),
        &block,
        &params("2026-07", "UTC"),
    )
    .unwrap();
    assert_eq!(july.objectives[0].verdict, Verdict::Breached);
    assert!(july.conflicts[0].what.contains("the allowance is stricter"));
    let reason = july.objectives[0].reason.clone().unwrap();
    assert!(reason.contains("allowance of 43 min 12 s"), "{reason}");
    let june = judge(
        &down("2026-06-10", 2_592.0),
        &block,
        &params("2026-06", "UTC"),
    )
    .unwrap();
    assert_eq!(june.objectives[0].verdict, Verdict::Met);
    assert!(june.conflicts.is_empty());
}

/// B4: a quarter that keeps to its percentage does not hide the month that broke it.
#[test]
fn a_month_breaks_the_quarter() {
    let dataset = incidents(vec![
        row(at("2026-04-10"), 50 * 60, State::Down),
        row(at("2026-05-10"), 10 * 60, State::Down),
        row(at("2026-06-10"), 10 * 60, State::Down),
    ]);
    let result = availability(&dataset, "    target: 99.9%\n", &params("2026-Q2", "UTC"));
    assert_eq!(result.verdict, Verdict::Breached);
    near(result.achieved, 99.946_581_2);
    let months: Vec<(&str, Verdict)> = result
        .periods
        .iter()
        .map(|p| (p.name.as_str(), p.verdict))
        .collect();
    assert_eq!(
        months,
        [
            ("2026-04", Verdict::Breached),
            ("2026-05", Verdict::Met),
            ("2026-06", Verdict::Met)
        ]
    );
    near(result.periods[0].achieved, 99.884_259_26);
    assert!(result.reason.unwrap().contains("April 2026"));
    let quarterly = availability(
        &dataset,
        "    target: 99.9%\n    period: quarter\n",
        &params("2026-Q2", "UTC"),
    );
    assert_eq!(quarterly.verdict, Verdict::Met);
    assert_eq!(quarterly.periods[0].verdict, Verdict::Breached);
}

/// B5 and B7: burn rates, what is left and when it runs out, while the period is still running.
#[test]
fn burn_rates_of_an_open_period() {
    let mut params = params("2026-06", "UTC");
    params.as_of = Some(at("2026-06-11"));
    let report = judge(
        &down("2026-06-05", 21.6 * 60.0),
        &promise("    target: 99.9%\n"),
        &params,
    )
    .unwrap();
    assert!(report.period.open);
    let result = &report.objectives[0];
    let budget = result.budget.clone().unwrap();
    near(budget.burn_rate, 1.5);
    near(Some(budget.remaining), 21.6 * 60.0);
    assert_eq!(budget.exhausted_at, Some(at("2026-06-21")));
    assert_eq!(result.verdict, Verdict::Met);
    assert!(result.reason.clone().unwrap().contains("21 June 2026"));
    // Down at this share of an hour, the rest of 30 days still to come.
    for (percent, burn, hours) in [
        (0.1, 1.0, 720.0),
        (0.2, 2.0, 360.0),
        (0.3, 3.0, 240.0),
        (0.6, 6.0, 120.0),
        (1.44, 14.4, 50.0),
        (100.0, 1_000.0, 0.72),
    ] {
        params.as_of = Some(at("2026-06-01 01:00"));
        let result = availability(
            &incidents(vec![{
                let mut outage = row(at("2026-06-01"), 0, State::Down);
                outage.end = Some(outage.start.plus(Micros((percent * 36e6) as i64)));
                outage
            }]),
            "    target: 99.9%\n",
            &params,
        );
        let budget = result.budget.unwrap();
        near(budget.burn_rate, burn);
        if burn > 1.0 {
            let after = budget.exhausted_at.unwrap().since(at("2026-06-01"));
            assert!(
                (after.as_secs() / 3_600.0 - hours).abs() < 1e-6,
                "{percent} %: {after:?}"
            );
        }
    }
}

/// B10: what an exclusion does to the same data, both ways, and without it.
#[test]
fn exclusions_change_the_verdict_and_say_so() {
    let window = Exclusion::new(
        TimeRange {
            start: at("2026-06-20"),
            end: at("2026-06-20 04:00"),
        },
        "planned",
    );
    let mut params = params("2026-06", "UTC");
    params.exclusions = vec![window];
    for (minutes, policy, achieved, budget, verdict) in [
        (40.0, "removed", 99.906_890_13, 42.96, Verdict::Met),
        (40.0, "as_uptime", 99.907_407_41, 43.2, Verdict::Met),
        (43.1, "removed", 99.899_674_12, 42.96, Verdict::Breached),
        (43.1, "as_uptime", 99.900_231_48, 43.2, Verdict::Met),
    ] {
        let dataset = Dataset {
            sources: vec![uptime(
                vec![
                    row(at("2026-06-01"), 30 * 86_400, State::Up),
                    row(at("2026-06-10"), (minutes * 60.0) as i64, State::Down),
                    row(at("2026-06-20 01:00"), 1_800, State::Down),
                ],
                false,
            )],
        };
        let body = format!("    target: 99.9%\n    exclude_as: {policy}\n");
        let result = availability(&dataset, &body, &params);
        assert_eq!(result.verdict, verdict, "{minutes} {policy}");
        near(result.achieved, achieved);
        near(Some(result.budget.unwrap().total / 60.0), budget);
        assert_eq!(result.excluded, Some(14_400.0));
        // 70 or more minutes without the exclusion: broken, and the hidden half hour is told.
        assert_eq!(result.verdict_without_exclusions, Some(Verdict::Breached));
        assert!(
            result
                .assumed
                .iter()
                .any(|a| a.contains("30 min of downtime fell inside")),
            "{:?}",
            result.assumed
        );
    }
    // Maintenance in the table itself, with the same arithmetic.
    let table = incidents(vec![
        row(at("2026-06-10"), 2_400, State::Down),
        row(at("2026-06-20"), 14_400, State::Maintenance),
    ]);
    params.exclusions.clear();
    let result = availability(&table, "    target: 99.9%\n", &params);
    near(result.achieved, 99.906_890_13);
    assert_eq!(result.verdict_without_exclusions, Some(Verdict::Breached));
}

/// B11: sums that floating point gets wrong.
#[test]
fn exact_to_the_second() {
    let slices = |count: i64, last: i64| {
        let start = at("2026-06-03");
        incidents(
            (0..count)
                .map(|i| {
                    let secs = if i + 1 == count { last } else { 6 };
                    row(start.plus(Micros::from_secs(i * 600)), secs, State::Down)
                })
                .collect(),
        )
    };
    let june = params("2026-06", "UTC");
    let exact = availability(&slices(432, 6), "    target: 99.9%\n", &june);
    assert_eq!(exact.verdict, Verdict::Met);
    assert_eq!(exact.budget.unwrap().remaining, 0.0);
    let over = availability(&slices(432, 7), "    target: 99.9%\n", &june);
    assert_eq!(over.verdict, Verdict::Breached);
    assert_eq!(over.bad, Some(2_593.0));
    // A strict target is broken at the boundary itself.
    let strict = availability(&slices(432, 6), "    target: \">99.9%\"\n", &june);
    assert_eq!(strict.verdict, Verdict::Breached);
}
