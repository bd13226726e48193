//! How outages of several services, overlapping, unknown and degraded ones add up to an availability, and that verdicts
//! agree with the definition.

use std::sync::Arc;

use headroom::analysis::sla::{Verdict, judge};
use headroom::dataset::{Dataset, OutageRow, Scope, Source, State};
use headroom::units::Micros;

use super::sla_fixture::{at, availability, incidents, near, params, promise, row, uptime};

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
    let both = availability(&dataset, rolling, &params);
    assert_eq!(both.bad, Some(600.0));
    assert!(both.assumed.iter().any(|a| a.contains("any of 2 services")));
    near(both.achieved, 100.0 * 1_430.0 / 1_440.0);
    params.scope.service = Some("a".to_owned());
    assert_eq!(availability(&dataset, rolling, &params).bad, Some(300.0));
}

/// B19: overlapping incidents once, split at midnight of the month, open ones up to now.
#[test]
fn incidents_are_united_and_clipped() {
    let overlapping = incidents(vec![
        row(at("2026-06-14 10:00"), 1_800, State::Down),
        row(at("2026-06-14 10:20"), 1_800, State::Down),
    ]);
    let report = judge(
        &overlapping,
        &promise("    target: 99.9%\n"),
        &params("2026-06", "UTC"),
    )
    .unwrap();
    assert_eq!(report.objectives[0].bad, Some(3_000.0));
    assert_eq!(report.breaches.len(), 1);
    assert_eq!(report.breaches[0].secs, 3_000);
    let across = incidents(vec![row(at("2026-01-31 23:50"), 1_200, State::Down)]);
    for month in ["2026-01", "2026-02"] {
        let result = availability(&across, "    target: 99.9%\n", &params(month, "UTC"));
        assert_eq!(result.bad, Some(600.0));
    }
    let mut open = row(at("2026-06-14"), 0, State::Down);
    open.end = None;
    let mut june = params("2026-06", "UTC");
    june.as_of = Some(at("2026-06-14 00:20"));
    let result = availability(&incidents(vec![open]), "    target: 99.9%\n", &june);
    assert_eq!(result.bad, Some(1_200.0));
}

/// Unknown time is neither up nor down; a verdict that it could overturn is not proven.
#[test]
fn unknown_time_is_bounded() {
    let dataset = Dataset {
        sources: vec![uptime(
            vec![row(at("2026-06-01"), 30 * 86_400 - 3_600, State::Up)],
            false,
        )],
    };
    let mut june = params("2026-06", "UTC");
    june.as_of = Some(at("2026-07-01"));
    let unknown = availability(&dataset, "    target: 99.9%\n", &june);
    assert_eq!(unknown.verdict, Verdict::NotProven);
    assert_eq!(unknown.unknown, Some(3_600.0));
    assert_eq!(unknown.best, Some(100.0));
    near(unknown.worst, 99.861_111_11);
    near(unknown.coverage, 1.0 - 1.0 / 720.0);
    assert!(unknown.reason.unwrap().contains("1 h"));
    let up = availability(&dataset, "    target: 99.9%\n    missing: up\n", &june);
    assert_eq!(up.verdict, Verdict::Met);
    let down = availability(&dataset, "    target: 99.9%\n    missing: down\n", &june);
    assert_eq!(down.verdict, Verdict::Breached);
    // Enough is known: not even an hour of downtime could break 99.8 %.
    let safe = availability(&dataset, "    target: 99.8%\n", &june);
    assert_eq!(safe.verdict, Verdict::Met);
    // Without --as-of the last hour is slack at the end of the data.
    june.as_of = None;
    let report = judge(&dataset, &promise("    target: 99.8%\n"), &june).unwrap();
    assert!(!report.period.open);
}

#[test]
fn degraded_counts_as_it_is_set() {
    let dataset = incidents(vec![row(at("2026-06-10"), 3_600, State::Degraded)]);
    for (setting, bad) in [("up", 0.0), ("down", 3_600.0), ("25%", 900.0)] {
        let body = format!("    target: 99.9%\n    degraded: {setting}\n");
        let result = availability(&dataset, &body, &params("2026-06", "UTC"));
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
        let result = availability(
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
        let mut source = Source::clone(&uptime(rows, true));
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
    let result = availability(&only_tests, "    target: 99.9%\n", &june);
    assert_eq!(result.verdict, Verdict::Breached);
    assert!(result.source.contains("from a load test"));
    let both = Dataset {
        sources: vec![test(outage()), uptime(Vec::new(), false)],
    };
    let result = availability(&both, "    target: 99.9%\n", &june);
    assert!(
        result.source.contains("from a load test"),
        "an empty table does not speak"
    );
    let spotless = Dataset {
        sources: vec![test(outage()), uptime(Vec::new(), true)],
    };
    let result = availability(&spotless, "    target: 99.9%\n", &june);
    assert_eq!(result.verdict, Verdict::Met);
    assert!(!result.source.contains("from a load test"));
    let nothing = availability(&Dataset::default(), "    target: 99.9%\n", &june);
    assert_eq!(nothing.verdict, Verdict::NoData);
    assert!(nothing.reason.is_some());
}
