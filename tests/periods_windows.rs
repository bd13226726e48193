//! Time that does not count, against the vectors of sla-and-reports.md (b): service hours, maintenance that comes again,
//! windows that overlap, and what of it a result lists.

use headroom::analysis::sla::{ExclusionCategory, ObjectiveResult, Verdict, parse_exclusions};
use headroom::calendar::{TimeRange, Zone};
use headroom::dataset::{Dataset, OutageRow, Role, State};
use headroom::units::{Micros, Ppm};

use super::sla_fixture::{
    at, at_the_end_of, availability, batch, dataset_of, down, incidents, near, one, params, report,
    row, run,
};

/// B10 over a week: a day of maintenance and an hour of downtime, by both policies.
#[test]
fn a_week_with_a_day_of_maintenance() {
    let dataset = incidents(vec![
        row(at("2026-06-16 10:00"), 3_600, State::Down),
        row(at("2026-06-18"), 86_400, State::Maintenance),
    ]);
    for (policy, bad_percent) in [("removed", 60.0 / 8_640.0), ("as_uptime", 60.0 / 10_080.0)] {
        let body = format!("    target: 99%\n    period: week\n    exclude_as: {policy}\n");
        let result = availability(&dataset, &body, &params("2026-W25", "UTC"));
        near(result.achieved, 100.0 * (1.0 - bad_percent));
        assert_eq!(result.exclusions.len(), 1);
        let planned = &result.exclusions[0];
        assert_eq!(planned.secs, 86_400.0);
        assert_eq!(planned.category, ExclusionCategory::Maintenance);
        assert_eq!(planned.source, "outages.csv");
    }
}

/// B18: in service hours of 720 minutes, 5 minutes are 0.694 %; two groups with disjoint outages are down for 10.
#[test]
fn groups_over_twelve_hours() {
    let of = |service: &str, start: &str| OutageRow {
        service: service.to_owned(),
        ..row(at(start), 300, State::Down)
    };
    let dataset = incidents(vec![
        of("a", "2026-06-15 08:00"),
        of("b", "2026-06-15 10:00"),
        // At night nothing is promised.
        of("a", "2026-06-15 03:00"),
    ]);
    let body =
        "    target: 99%\n    period: day\n    service_hours: {from: \"07:00\", to: \"19:00\"}\n";
    let mut day = params("2026-06-15", "UTC");
    let both = availability(&dataset, body, &day);
    near(both.achieved, 100.0 * 710.0 / 720.0);
    assert_eq!(both.verdict, Verdict::Breached);
    near(Some(both.budget.unwrap().total), 432.0);
    day.scope.service = Some("a".to_owned());
    let alone = availability(&dataset, body, &day);
    near(alone.achieved, 100.0 * 715.0 / 720.0);
    assert_eq!(alone.verdict, Verdict::Met);
    assert!(
        alone
            .rule
            .ends_with("in service hours: every day 07:00–19:00 (UTC)"),
        "{}",
        alone.rule
    );
}

/// B19: overlapping incidents once, clipped at the end of a month, open ones up to now or the end of the period.
#[test]
fn incidents_at_the_edges() {
    let mut open = row(at("2026-06-30 23:00"), 0, State::Down);
    open.end = None;
    let result = availability(
        &incidents(vec![
            row(at("2026-06-14 10:00"), 1_800, State::Down),
            row(at("2026-06-14 10:20"), 1_800, State::Down),
            open,
        ]),
        "    target: 99.9%\n",
        &headroom::analysis::sla::JudgeParams {
            as_of: Some(at("2026-07-15")),
            ..params("2026-06", "UTC")
        },
    );
    assert_eq!(result.bad, Some(3_000.0 + 3_600.0));
}

/// Only service hours count: for downtime, for requests, for the budget; exclusions take out what lies within them.
#[test]
fn only_service_hours_count() {
    let hours = "    service_hours: {days: [mon..fri], from: \"07:00\", to: \"19:00\", timezone: Europe/Berlin, holidays: [2026-06-04]}\n";
    let dataset = incidents(vec![
        // Saturday, night, a holiday: all day long, and nothing is promised.
        row(at("2026-06-06"), 86_400, State::Down),
        row(at("2026-06-08 20:00"), 3_600, State::Down),
        row(at("2026-06-04"), 86_400, State::Down),
        // From 18:30 to 20:30 in Berlin on a Tuesday: half an hour counts.
        row(at("2026-06-09 16:30"), 7_200, State::Down),
    ]);
    let body = format!("    target: 99%\n{hours}");
    let result = availability(&dataset, &body, &params("2026-06", "Europe/Berlin"));
    // 22 weekdays less the holiday, of twelve hours each.
    let window = 21.0 * 12.0 * 3_600.0;
    assert_eq!(result.bad, Some(1_800.0));
    assert_eq!(result.good, Some(window - 1_800.0));
    near(Some(result.budget.unwrap().total), window / 100.0);
    assert_eq!(result.verdict, Verdict::Met);
    assert_eq!(result.verdict_without_exclusions, Some(Verdict::Met));
    assert!(
        result
            .rule
            .contains("Mon–Fri 07:00–19:00 (Europe/Berlin), without 1 holiday")
    );
    // A window that begins before the hours takes out only what lies within them.
    let mut excluded = params("2026-06", "Europe/Berlin");
    excluded.exclusions = parse_exclusions(
        "start,end,reason\n2026-06-09 04:00,2026-06-09 20:00,move\n",
        &Zone::named("Europe/Berlin").unwrap(),
    )
    .unwrap();
    let moved = availability(&dataset, &body, &excluded);
    assert_eq!(moved.exclusions[0].secs, 12.0 * 3_600.0);
    assert_eq!(moved.exclusions[0].down_secs, Some(1_800.0));
    assert_eq!(moved.bad, Some(0.0));
    // Requests at night are not counted either, whether they failed or not.
    let failing = run(
        &["GET /"],
        &[
            batch("2026-06-09 02:00:00", 0, 100, 100, 100),
            batch("2026-06-09 08:00:00", 0, 100, 1_000, 1),
            batch("2026-06-13 08:00:00", 0, 100, 100, 100),
        ],
    );
    let errors = one(
        &dataset_of(Role::Production, failing),
        &format!("    kind: error_rate\n    target: 0.1%\n{hours}"),
        &at_the_end_of("2026-06"),
    );
    assert_eq!((errors.verdict, errors.n), (Verdict::Met, 1_000));
    let none = availability(&dataset, &body, &params("2026-06-07", "Europe/Berlin"));
    assert_eq!(none.verdict, Verdict::NoData);
    assert_eq!(
        none.reason.as_deref(),
        Some("No service hours fall into this period.")
    );
}

/// Service hours stay at their time of day when clocks change: a Sunday of 23 hours has twelve of them all the same.
#[test]
fn service_hours_follow_the_clocks() {
    let body = "    target: 99%\n    period: day\n    service_hours: {days: sun, from: \"00:00\", to: \"12:00\"}\n";
    for (day, hours) in [
        ("2026-03-22", 12.0),
        ("2026-03-29", 11.0),
        ("2026-10-25", 13.0),
    ] {
        let result = availability(
            &down("2020-01-01", 0.0),
            body,
            &params(day, "Europe/Berlin"),
        );
        assert_eq!(result.good, Some(hours * 3_600.0), "{day}");
    }
}

fn weekly(body: &str, dataset: &Dataset, period: &str, zone: &str) -> ObjectiveResult {
    availability(dataset, body, &params(period, zone))
}

/// Maintenance every Sunday at 02:00, across the night in which clocks change: who and why, what it took out, and the
/// downtime that fell inside.
#[test]
fn maintenance_that_comes_again() {
    let body = "    target: 99.9%\n    exclusions:\n      - {start: 2026-03-01 02:00, end: 2026-03-01 04:00, rrule: FREQ=WEEKLY;BYDAY=SU, reason: patches, category: maintenance, by: J. Doe, at: 2026-02-20}\n";
    let dataset = incidents(vec![
        // 02:30 to 03:00 in Berlin, in winter and in summer time.
        row(at("2026-03-08 01:30"), 1_800, State::Down),
        row(at("2026-04-05 00:30"), 1_800, State::Down),
        // A quarter of an hour after the window.
        row(at("2026-03-15 03:00"), 900, State::Down),
    ]);
    let march = weekly(body, &dataset, "2026-03", "Europe/Berlin");
    // Five Sundays; on the 29th the clocks skip from 02:00 to 03:00, so that the window has one hour.
    let secs: Vec<f64> = march.exclusions.iter().map(|e| e.secs).collect();
    assert_eq!(secs, [7_200.0, 7_200.0, 7_200.0, 7_200.0, 3_600.0]);
    let first = &march.exclusions[1];
    assert_eq!(first.start, at("2026-03-08 01:00"));
    assert_eq!(first.down_secs, Some(1_800.0));
    assert_eq!(
        (first.reason.as_str(), first.entered_by.as_str()),
        ("patches", "J. Doe")
    );
    assert_eq!(first.category, ExclusionCategory::Maintenance);
    assert_eq!(first.entered_at, Some(at("2026-02-19 23:00")));
    assert_eq!(first.recurrence, "FREQ=WEEKLY;BYDAY=SU");
    assert_eq!(march.bad, Some(900.0));
    assert_eq!(march.excluded, Some(4.0 * 7_200.0 + 3_600.0));
    assert_eq!(march.verdict, Verdict::Met);
    assert_eq!(march.verdict_without_exclusions, Some(Verdict::Breached));
    assert!(
        march
            .assumed
            .iter()
            .any(|a| a.contains("30 min of downtime fell inside")),
        "{:?}",
        march.assumed
    );
    let april = weekly(body, &dataset, "2026-04", "Europe/Berlin");
    assert_eq!(april.exclusions[0].start, at("2026-04-05 00:00"));
    assert_eq!(april.bad, Some(0.0));
}

/// Windows that overlap are taken once, and it is said; requests in them do not count.
#[test]
fn overlapping_windows_are_taken_once() {
    // Of two tables: within one, windows that overlap are a mistake.
    let first = "start,end,reason\n2026-06-09 08:00,2026-06-09 10:00,one\n";
    let second = "start,end,reason\n2026-06-09 09:30,2026-06-09 11:00,two\n";
    let mut june = params("2026-06", "UTC");
    for csv in [first, second] {
        june.exclusions
            .extend(parse_exclusions(csv, &Zone::utc()).unwrap());
    }
    let result = availability(&down("2026-06-20", 60.0), "    target: 99.9%\n", &june);
    assert_eq!(result.excluded, Some(3.0 * 3_600.0));
    let secs: Vec<f64> = result.exclusions.iter().map(|e| e.secs).collect();
    assert_eq!(secs, [7_200.0, 3_600.0]);
    assert!(
        result
            .assumed
            .iter()
            .any(|a| a == "Exclusions overlap by 30 min; that time was taken once."),
        "{:?}",
        result.assumed
    );
    let requests = run(
        &["GET /"],
        &[
            batch("2026-06-09 09:45:00", 0, 100, 100, 100),
            batch("2026-06-09 12:00:00", 0, 100, 100, 0),
        ],
    );
    june.as_of = Some(at("2026-07-01"));
    let errors = one(
        &dataset_of(Role::Production, requests),
        "    kind: error_rate\n    target: 1%\n",
        &june,
    );
    assert_eq!((errors.verdict, errors.n), (Verdict::Met, 100));
    assert_eq!(errors.verdict_without_exclusions, Some(Verdict::Breached));
    assert_eq!(errors.exclusions.len(), 2);
    assert_eq!(errors.exclusions[0].down_secs, None);
}

/// Seeded comparison of service hours and recurring windows with a minute-by-minute count.
#[test]
fn sums_agree_with_counting_minutes() {
    let body = "    target: 99%\n    service_hours: {days: [mon..fri], from: \"22:00\", to: \"06:00\"}\n    exclusions:\n      - {start: 2026-01-07 23:00, duration: 3h, rrule: FREQ=DAILY;INTERVAL=3}\n";
    let zone = Zone::named("Europe/Berlin").unwrap();
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut next = |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    for period in ["2026-03", "2026-10", "2026-06"] {
        let params = params(period, "Europe/Berlin");
        let range = params.period.range(&zone);
        let minutes = range.length().0 / 60_000_000;
        let mut rows: Vec<OutageRow> = Vec::new();
        for _ in 0..40 {
            let start = next(minutes as u64 - 300) as i64;
            let length = 1 + next(200) as i64;
            rows.push(row(
                range.start.plus(Micros(start * 60_000_000)),
                length * 60,
                State::Down,
            ));
        }
        let anchor = zone.instant("2026-01-07T23:00".parse().unwrap());
        let (mut served, mut bad) = (0_i64, 0_i64);
        for minute in 0..minutes {
            let at = range.start.plus(Micros(minute * 60_000_000));
            let civil = at.civil(&zone);
            let hour = civil.hour();
            let shift = if hour >= 22 {
                Some(civil.date())
            } else if hour < 6 {
                civil.date().yesterday().ok()
            } else {
                None
            };
            let promised = shift.is_some_and(|d| d.weekday().to_monday_zero_offset() < 5);
            // Whole days between the anchor's date and the date on which a window of three hours may have begun.
            let taken = [civil.date(), civil.date().yesterday().unwrap()]
                .iter()
                .any(|date| {
                    let days = (*date - anchor.date(&zone)).get_days();
                    let start = zone.instant(date.at(23, 0, 0, 0));
                    let window = TimeRange {
                        start,
                        end: start.plus(Micros(3 * Micros::HOUR.0)),
                    };
                    days >= 0 && days % 3 == 0 && window.contains(at)
                });
            if promised && !taken {
                served += 1;
                let down = rows.iter().any(|r| r.start <= at && at < r.end.unwrap());
                bad += i64::from(down);
            }
        }
        let result = availability(&incidents(rows), body, &params);
        assert_eq!(result.bad, Some((bad * 60) as f64), "{period}");
        assert_eq!(result.good, Some(((served - bad) * 60) as f64), "{period}");
        let allowed = served as f64 * 60.0 * Ppm(10_000).as_fraction();
        near(Some(result.budget.unwrap().total), allowed);
    }
}

/// What was written beside a promise is judged without a file system, in the zone of the promises.
#[test]
fn windows_in_the_promise_are_in_its_zone() {
    let yaml = "timezone: Europe/Berlin\nobjectives:\n  - name: x\n    kind: availability\n    target: 99.9%\n    exclusions:\n      - start: 2026-06-14 02:00\n        duration: 2h\n        reason: database\n";
    let mut params = params("2026-06", "Europe/Berlin");
    params.history = true;
    let result = report(&down("2026-06-14", 60.0), yaml, &params);
    let window = &result.objectives[0].exclusions[0];
    assert_eq!(window.start, at("2026-06-14 00:00"));
    assert_eq!(window.down_secs, Some(60.0));
    let json = serde_json::to_value(&result).unwrap();
    let told = &json["objectives"][0]["exclusions"][0];
    assert_eq!(told["start"], "2026-06-14T00:00:00Z");
    assert_eq!(told["secs"], 7_200.0);
    assert_eq!(told["category"], "other");
}
