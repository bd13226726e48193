//! Availability against the vectors of sla-and-reports.md (b): budgets, traps of fixed minutes, quarters, burn rates,
//! clock changes, exclusions and exactness.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::float_cmp
)]

use std::sync::Arc;

use headroom::analysis::sla::{
    Exclusion, JudgeParams, ObjectiveResult, SlaFile, SlaReport, Verdict, judge,
};
use headroom::calendar::{Instant, Period, TimeRange, Zone, parse_time};
use headroom::dataset::{
    Dataset, OutageRow, Scope, ScopeFilter, Source, SourceInfo, State, UptimeTable,
};
use headroom::units::Micros;

fn at(text: &str) -> Instant {
    parse_time(text, &Zone::utc()).unwrap().at
}

fn row(start: Instant, secs: i64, state: State) -> OutageRow {
    OutageRow {
        start,
        end: Some(start.plus(Micros::from_secs(secs))),
        state,
        service: String::new(),
        note: String::new(),
    }
}

fn source(rows: Vec<OutageRow>, incident_list: bool) -> Arc<Source> {
    let first = rows.iter().map(|r| r.start).min();
    let last = rows.iter().filter_map(|r| r.end).max();
    Arc::new(Source {
        info: SourceInfo {
            source_id: "a".to_owned(),
            file_name: "outages.csv".to_owned(),
            first,
            last,
            ..SourceInfo::default()
        },
        uptime: Some(UptimeTable {
            rows,
            incident_list,
        }),
        ..Source::default()
    })
}

fn incidents(rows: Vec<OutageRow>) -> Dataset {
    Dataset {
        sources: vec![source(rows, true)],
    }
}

/// One stretch of downtime in the middle of a day of the period.
fn down(day: &str, secs: f64) -> Dataset {
    let start = at(&format!("{day} 00:30"));
    let end = start.plus(Micros((secs * 1e6).round() as i64));
    let mut outage = row(start, 0, State::Down);
    outage.end = Some(end);
    incidents(if secs > 0.0 { vec![outage] } else { Vec::new() })
}

fn params(period: &str, zone: &str) -> JudgeParams {
    JudgeParams {
        period: Period::parse(period).unwrap(),
        zone: Zone::named(zone).unwrap(),
        as_of: None,
        scope: ScopeFilter::default(),
        exclusions: Vec::new(),
        history: false,
    }
}

fn promise(body: &str) -> SlaFile {
    SlaFile::parse(&format!(
        "objectives:\n  - name: Availability\n    kind: availability\n{body}"
    ))
    .unwrap()
}

fn run(dataset: &Dataset, file: &SlaFile, params: &JudgeParams) -> SlaReport {
    judge(dataset, file, params).unwrap()
}

fn one(dataset: &Dataset, body: &str, params: &JudgeParams) -> ObjectiveResult {
    run(dataset, &promise(body), params).objectives.remove(0)
}

fn near(actual: Option<f64>, expected: f64) {
    let actual = actual.unwrap();
    assert!((actual - expected).abs() < 5e-7, "{actual} != {expected}");
}

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
        let result = one(&down("2020-01-01", 0.0), &body, &params(period, zone));
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
        let result = one(
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
            let result = one(&down(day, minutes * 60.0), body, &params(period, "UTC"));
            assert_eq!(result.verdict, verdict, "{period}: {body}");
            near(result.achieved, achieved);
        }
    }
    let block = SlaFile::parse(include_str!("data/sla/performance_sla.yaml")).unwrap();
    let february = run(
        &down("2026-02-10", 43.2 * 60.0),
        &block,
        &params("2026-02", "UTC"),
    );
    assert_eq!(february.objectives[0].verdict, Verdict::Breached);
    assert_eq!(february.verdict, Verdict::Breached);
    assert!(
        february.conflicts[0]
            .what
            .contains("the percentage is stricter"),
        "{:?}",
        february.conflicts
    );
    let july = run(
        &down("2026-07-10", 2_640.0),
        &block,
        &params("2026-07", "UTC"),
    );
    assert_eq!(july.objectives[0].verdict, Verdict::Breached);
    assert!(july.conflicts[0].what.contains("the allowance is stricter"));
    let reason = july.objectives[0].reason.clone().unwrap();
    assert!(reason.contains("allowance of 43 min 12 s"), "{reason}");
    let june = run(
        &down("2026-06-10", 2_592.0),
        &block,
        &params("2026-06", "UTC"),
    );
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
    let result = one(&dataset, "    target: 99.9%\n", &params("2026-Q2", "UTC"));
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
    let quarterly = one(
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
    let report = run(
        &down("2026-06-05", 21.6 * 60.0),
        &promise("    target: 99.9%\n"),
        &params,
    );
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
        let result = one(
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
    let window = Exclusion {
        range: TimeRange {
            start: at("2026-06-20"),
            end: at("2026-06-20 04:00"),
        },
        reason: "planned".to_owned(),
    };
    let mut params = params("2026-06", "UTC");
    params.exclusions = vec![window];
    for (minutes, policy, achieved, budget, verdict) in [
        (40.0, "removed", 99.906_890_13, 42.96, Verdict::Met),
        (40.0, "as_uptime", 99.907_407_41, 43.2, Verdict::Met),
        (43.1, "removed", 99.899_674_12, 42.96, Verdict::Breached),
        (43.1, "as_uptime", 99.900_231_48, 43.2, Verdict::Met),
    ] {
        let dataset = Dataset {
            sources: vec![source(
                vec![
                    row(at("2026-06-01"), 30 * 86_400, State::Up),
                    row(at("2026-06-10"), (minutes * 60.0) as i64, State::Down),
                    row(at("2026-06-20 01:00"), 1_800, State::Down),
                ],
                false,
            )],
        };
        let body = format!("    target: 99.9%\n    exclude_as: {policy}\n");
        let result = one(&dataset, &body, &params);
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
    let result = one(&table, "    target: 99.9%\n", &params);
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
    let exact = one(&slices(432, 6), "    target: 99.9%\n", &june);
    assert_eq!(exact.verdict, Verdict::Met);
    assert_eq!(exact.budget.unwrap().remaining, 0.0);
    let over = one(&slices(432, 7), "    target: 99.9%\n", &june);
    assert_eq!(over.verdict, Verdict::Breached);
    assert_eq!(over.bad, Some(2_593.0));
    // A strict target is broken at the boundary itself.
    let strict = one(&slices(432, 6), "    target: \">99.9%\"\n", &june);
    assert_eq!(strict.verdict, Verdict::Breached);
}

/// B18: an outage of any service is an outage; disjoint ones add up.
#[test]
fn down_when_any_service_is_down() {
    let of = |service: &str, start: &str, secs| OutageRow {
        service: service.to_owned(),
        ..row(at(start), secs, State::Down)
    };
    let dataset = incidents(vec![
        of("a", "2026-06-14 01:00", 300),
        of("b", "2026-06-14 05:00", 300),
    ]);
    // 5 of 720 minutes in each group: half a day.
    let rolling = "    target: 99%\n    period: day\n";
    let mut params = params("2026-06-14", "UTC");
    let both = one(&dataset, rolling, &params);
    assert_eq!(both.bad, Some(600.0));
    assert!(both.assumed.iter().any(|a| a.contains("any of 2 services")));
    near(both.achieved, 100.0 * 1_430.0 / 1_440.0);
    params.scope.service = Some("a".to_owned());
    assert_eq!(one(&dataset, rolling, &params).bad, Some(300.0));
}

/// B19: overlapping incidents once, split at midnight of the month, open ones up to now.
#[test]
fn incidents_are_united_and_clipped() {
    let overlapping = incidents(vec![
        row(at("2026-06-14 10:00"), 1_800, State::Down),
        row(at("2026-06-14 10:20"), 1_800, State::Down),
    ]);
    let report = run(
        &overlapping,
        &promise("    target: 99.9%\n"),
        &params("2026-06", "UTC"),
    );
    assert_eq!(report.objectives[0].bad, Some(3_000.0));
    assert_eq!(report.breaches.len(), 1);
    assert_eq!(report.breaches[0].secs, 3_000);
    let across = incidents(vec![row(at("2026-01-31 23:50"), 1_200, State::Down)]);
    for month in ["2026-01", "2026-02"] {
        let result = one(&across, "    target: 99.9%\n", &params(month, "UTC"));
        assert_eq!(result.bad, Some(600.0));
    }
    let mut open = row(at("2026-06-14"), 0, State::Down);
    open.end = None;
    let mut june = params("2026-06", "UTC");
    june.as_of = Some(at("2026-06-14 00:20"));
    let result = one(&incidents(vec![open]), "    target: 99.9%\n", &june);
    assert_eq!(result.bad, Some(1_200.0));
}

/// Unknown time is neither up nor down; a verdict that it could overturn is not proven.
#[test]
fn unknown_time_is_bounded() {
    let dataset = Dataset {
        sources: vec![source(
            vec![row(at("2026-06-01"), 30 * 86_400 - 3_600, State::Up)],
            false,
        )],
    };
    let mut june = params("2026-06", "UTC");
    june.as_of = Some(at("2026-07-01"));
    let unknown = one(&dataset, "    target: 99.9%\n", &june);
    assert_eq!(unknown.verdict, Verdict::NotProven);
    assert_eq!(unknown.unknown, Some(3_600.0));
    assert_eq!(unknown.best, Some(100.0));
    near(unknown.worst, 99.861_111_11);
    near(unknown.coverage, 1.0 - 1.0 / 720.0);
    assert!(unknown.reason.unwrap().contains("1 h"));
    let up = one(&dataset, "    target: 99.9%\n    missing: up\n", &june);
    assert_eq!(up.verdict, Verdict::Met);
    let down = one(&dataset, "    target: 99.9%\n    missing: down\n", &june);
    assert_eq!(down.verdict, Verdict::Breached);
    // Enough is known: not even an hour of downtime could break 99.8 %.
    let safe = one(&dataset, "    target: 99.8%\n", &june);
    assert_eq!(safe.verdict, Verdict::Met);
    // Without --as-of the last hour is slack at the end of the data.
    june.as_of = None;
    let report = run(&dataset, &promise("    target: 99.8%\n"), &june);
    assert!(!report.period.open);
}

#[test]
fn degraded_counts_as_it_is_set() {
    let dataset = incidents(vec![row(at("2026-06-10"), 3_600, State::Degraded)]);
    for (setting, bad) in [("up", 0.0), ("down", 3_600.0), ("25%", 900.0)] {
        let body = format!("    target: 99.9%\n    degraded: {setting}\n");
        let result = one(&dataset, &body, &params("2026-06", "UTC"));
        assert_eq!(result.bad, Some(bad));
        assert!(result.assumed.iter().any(|a| a.contains("1 h of degraded")));
    }
}

/// Seeded comparison of verdicts with the definition in i128, over random outages, targets and months.
#[test]
fn verdicts_agree_with_the_definition() {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = |below: i64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below.unsigned_abs()) as i64
    };
    for round in 0..400 {
        let month = 1 + next(12);
        let period = format!("2026-{month:02}");
        let params = params(&period, "Europe/Berlin");
        let range = params.period.range(&params.zone);
        let ppm = [999_000, 999_500, 999_900, 990_000, 1_000_000][next(5) as usize];
        let budget_micros = range.length().0 * (1_000_000 - ppm) / 1_000_000;
        let mut rows = Vec::new();
        let mut total = 0_i128;
        let mut cursor = range.start;
        for _ in 0..=next(20) {
            cursor = cursor.plus(Micros(1 + next(86_400_000_000)));
            let mut length = next(budget_micros / 5 + 2);
            if round % 4 == 0 {
                // Land on the boundary, or one microsecond beside it.
                length = (budget_micros - total as i64 + next(3) - 1).max(0);
            }
            let end = cursor.plus(Micros(length)).min(range.end);
            if end <= cursor {
                continue;
            }
            total += i128::from(end.since(cursor).0);
            let mut outage = row(cursor, 0, State::Down);
            outage.end = Some(end);
            rows.push(outage);
            cursor = end;
            if round % 4 == 0 {
                break;
            }
        }
        let target = format!("{}", ppm as f64 / 1e4);
        let result = one(
            &incidents(rows),
            &format!("    target: {target}%\n"),
            &params,
        );
        let window = i128::from(range.length().0);
        let kept = total * 1_000_000 <= window * (1_000_000 - i128::from(ppm));
        let expected = if kept {
            Verdict::Met
        } else {
            Verdict::Breached
        };
        assert_eq!(
            result.verdict, expected,
            "round {round}: {total} of {window}"
        );
        let reads_as_target = result.achieved_text.trim_end_matches(" %").parse::<f64>();
        if !kept {
            assert!(reads_as_target.unwrap() < ppm as f64 / 1e4);
        }
    }
}

#[test]
fn production_speaks_before_tests() {
    let test = |rows| {
        let mut source = Source::clone(&source(rows, true));
        source.info.scope = Scope {
            role: headroom::dataset::Role::Test,
            ..Scope::default()
        };
        Arc::new(source)
    };
    let outage = || vec![row(at("2026-06-10"), 7_200, State::Down)];
    let only_tests = Dataset {
        sources: vec![test(outage())],
    };
    let june = params("2026-06", "UTC");
    let result = one(&only_tests, "    target: 99.9%\n", &june);
    assert_eq!(result.verdict, Verdict::Breached);
    assert!(result.source.contains("from a load test"));
    let both = Dataset {
        sources: vec![test(outage()), source(Vec::new(), false)],
    };
    let result = one(&both, "    target: 99.9%\n", &june);
    assert!(
        result.source.contains("from a load test"),
        "an empty table does not speak"
    );
    let spotless = Dataset {
        sources: vec![test(outage()), source(Vec::new(), true)],
    };
    let result = one(&spotless, "    target: 99.9%\n", &june);
    assert_eq!(result.verdict, Verdict::Met);
    assert!(!result.source.contains("from a load test"));
    let nothing = one(&Dataset::default(), "    target: 99.9%\n", &june);
    assert_eq!(nothing.verdict, Verdict::NoData);
    assert!(nothing.reason.is_some());
}
