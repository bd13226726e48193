//! Periods against the vectors of sla-and-reports.md (b), from judging data to the command line and the desktop: real
//! lengths, fiscal years, rolling windows, and percentages that disagree with fixed minutes.

use std::sync::Arc;

use eframe::egui;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use headroom::analysis::sla::{JudgeParams, SlaReport, Verdict, judge, settled};
use headroom::calendar::{FiscalStart, Instant, Period, Zone};
use headroom::dataset::{Dataset, Role, ScopeFilter, State};
use headroom::jobs::Jobs;
use headroom::ui::app::{Parts, Shell};
use headroom::ui::command::Command;
use headroom::ui::dialogs::PreparedDialogs;
use headroom::ui::settings::Places;
use headroom::ui::state::Screen;
use headroom::units::Micros;

use super::cli_place::Place;
use super::sla_fixture::{
    at, availability, batch, dataset_of, down, incidents, near, one, params, promise, row, run,
    uptime,
};
use super::ui_fixture::shell_harness;

fn judged(dataset: &Dataset, body: &str, params: &JudgeParams) -> SlaReport {
    judge(dataset, &promise(body), params).unwrap()
}

/// B1: every cell of the table, as the budget of an availability promise in minutes.
#[test]
fn every_budget_of_the_table() {
    let table: [(&str, &str, [f64; 3]); 11] = [
        ("2026-06-14", "day", [1.44, 0.72, 0.144]),
        ("2026-W25", "week", [10.08, 5.04, 1.008]),
        ("28d@2026-06-29T10:00:00Z", "28d", [40.32, 20.16, 4.032]),
        ("2028-02", "month", [41.76, 20.88, 4.176]),
        ("30d@2026-06-29T10:00:00Z", "month", [43.2, 21.6, 4.32]),
        ("2026-07", "month", [44.64, 22.32, 4.464]),
        ("2026-Q1", "quarter", [129.6, 64.8, 12.96]),
        ("2026-Q2", "quarter", [131.04, 65.52, 13.104]),
        ("2026-Q3", "quarter", [132.48, 66.24, 13.248]),
        ("2026", "year", [525.6, 262.8, 52.56]),
        ("2028", "year", [527.04, 263.52, 52.704]),
    ];
    for (period, grain, minutes) in table {
        for (target, expected) in ["99.9", "99.95", "99.99"].iter().zip(minutes) {
            let body = format!("    target: {target}%\n    period: {grain}\n");
            let result = availability(&down("2020-01-01", 0.0), &body, &params(period, "UTC"));
            let total = result.budget.unwrap().total / 60.0;
            assert!(
                (total - expected).abs() < 1e-9,
                "{period} at {target}: {total}"
            );
        }
    }
    let february = params("2026-02", "UTC");
    let budget = availability(&down("2020-01-01", 0.0), "    target: 99.9%\n", &february).budget;
    near(Some(budget.unwrap().total / 60.0), 40.32);
    let q4 = availability(
        &down("2020-01-01", 0.0),
        "    target: 99.9%\n    period: quarter\n",
        &params("2026-Q4", "UTC"),
    );
    near(Some(q4.budget.unwrap().total / 60.0), 132.48);
}

/// B9: months as long as the clocks make them, by the second, and the verdict at the boundary of each.
#[test]
fn months_with_a_change_of_the_clocks() {
    for (zone, period, minutes) in [
        ("Europe/Berlin", "2026-03", 44_580),
        ("Europe/Berlin", "2026-10", 44_700),
        ("America/New_York", "2026-03", 44_580),
        ("America/New_York", "2026-11", 43_260),
        ("Australia/Lord_Howe", "2026-04", 43_230),
        ("Australia/Lord_Howe", "2026-10", 44_610),
        ("UTC", "2026-03", 44_640),
        ("Asia/Kolkata", "2026-10", 44_640),
        ("Europe/Berlin", "2026-Q1", 129_540),
        ("Europe/Berlin", "2026-Q4", 132_540),
    ] {
        let params = params(period, zone);
        let secs = params.period.range(&params.zone).length().0 / 1_000_000;
        assert_eq!(secs, minutes * 60, "{period} in {zone}");
        let grain = if period.contains('Q') {
            "quarter"
        } else {
            "month"
        };
        let body = format!("    target: 99%\n    period: {grain}\n");
        let start = params.period.range(&params.zone).start.plus(Micros::HOUR);
        // A hundredth of the period is a whole number of seconds; one second more breaks the promise.
        for (more, verdict) in [(0, Verdict::Met), (1, Verdict::Breached)] {
            let outage = row(start, secs / 100 + more, State::Down);
            let result = availability(&incidents(vec![outage]), &body, &params);
            assert_eq!(result.verdict, verdict, "{period} in {zone}, {more} s more");
        }
    }
}

/// B4, the rest of it: the mean of monthly percentages is not the percentage of the quarter.
#[test]
fn a_quarter_is_not_the_mean_of_its_months() {
    let dataset = incidents(vec![
        row(at("2026-04-10"), 50 * 60, State::Down),
        row(at("2026-05-10"), 10 * 60, State::Down),
        row(at("2026-06-10"), 10 * 60, State::Down),
    ]);
    let result = availability(&dataset, "    target: 99.9%\n", &params("2026-Q2", "UTC"));
    let mean: f64 = result
        .periods
        .iter()
        .filter_map(|p| p.achieved)
        .sum::<f64>()
        / 3.0;
    near(result.achieved, 99.946_581_2);
    assert!((mean - result.achieved.unwrap()).abs() > 1e-4, "{mean}");
    // The fiscal quarter that consists of the same months says the same.
    let april = FiscalStart::parse("4").unwrap();
    let fiscal = JudgeParams {
        period: Period::parse("FY2027-Q1").unwrap().with_fiscal_start(april),
        ..params("2026-Q2", "UTC")
    };
    let same = availability(&dataset, "    target: 99.9%\n", &fiscal);
    assert_eq!(
        (same.achieved, same.verdict),
        (result.achieved, result.verdict)
    );
    assert_eq!(same.periods, result.periods);
    let report = judged(&dataset, "    target: 99.9%\n", &fiscal);
    assert_eq!(report.period.name, "FY2027-Q1");
    // A quarterly promise over the fiscal year is held against its four quarters.
    let year = JudgeParams {
        period: Period::parse("FY2027").unwrap().with_fiscal_start(april),
        ..fiscal
    };
    let yearly = availability(&dataset, "    target: 99.9%\n    period: quarter\n", &year);
    assert_eq!(yearly.verdict, Verdict::Met);
    assert_eq!(yearly.periods.len(), 12);
    let monthly = availability(&dataset, "    target: 99.9%\n", &year);
    assert_eq!(monthly.verdict, Verdict::Breached);
    assert!(monthly.reason.unwrap().contains("April 2026"));
}

/// Promises by the day and the week inside a month: broken where one of them was.
#[test]
fn shorter_promises_hold_in_each_of_their_parts() {
    // 30 minutes: within a month's 43.2, beyond a week's 10.08 and a day's 1.44.
    let dataset = down("2026-06-10", 1_800.0);
    let of = |grain: &str| {
        availability(
            &dataset,
            &format!("    target: 99.9%\n    period: {grain}\n"),
            &params("2026-06", "UTC"),
        )
    };
    assert_eq!(of("month").verdict, Verdict::Met);
    for (grain, part) in [("week", "week 24 of 2026"), ("day", "10 June 2026")] {
        let result = of(grain);
        assert_eq!(result.verdict, Verdict::Breached, "{grain}");
        let reason = result.reason.unwrap();
        assert!(reason.contains(part), "{reason}");
    }
    assert_eq!(of("30d").verdict, Verdict::Met);
    // A rolling promise in a quarter is looked at at the end of each month; the outage is told once.
    let quarter = params("2026-Q2", "UTC");
    let dataset = down("2026-04-20", 3_600.0);
    let rolling = judged(&dataset, "    target: 99.9%\n    period: 30d\n", &quarter);
    assert_eq!(rolling.objectives[0].verdict, Verdict::Breached);
    assert_eq!(rolling.breaches.len(), 1);
    let reason = rolling.objectives[0].reason.clone().unwrap();
    assert!(reason.contains("30 d up to 30 April 2026"), "{reason}");
}

/// A rolling window is asked for by its length; it ends with "now", else with the data.
#[test]
fn rolling_windows_are_asked_for() {
    let dataset = Dataset {
        sources: vec![uptime(
            vec![
                row(at("2026-05-01"), 61 * 86_400 - 600, State::Up),
                row(at("2026-06-10"), 2_592, State::Down),
            ],
            false,
        )],
    };
    let thirty = Period::parse("30d").unwrap();
    let utc = Zone::utc();
    let ended = settled(thirty, &dataset, &ScopeFilter::default(), &utc, None);
    // The data end ten minutes before midnight: the day is taken as complete.
    assert_eq!(ended.to_string(), "30d@2026-07-01T00:00:00Z");
    let told = settled(
        thirty,
        &dataset,
        &ScopeFilter::default(),
        &utc,
        Some(at("2026-06-20 12:00")),
    );
    assert_eq!(told.range(&utc).start, at("2026-05-21 12:00"));
    let report = judged(
        &dataset,
        "    target: 99.9%\n    missing: up\n",
        &params("30d", "UTC"),
    );
    assert_eq!(report.period.secs, 30 * 86_400);
    assert!(!report.period.open);
    let result = &report.objectives[0];
    // 2,592 s are all of what 30 days allow.
    assert_eq!(result.verdict, Verdict::Met);
    near(Some(result.budget.clone().unwrap().remaining), 0.0);
    // An allowance for a calendar month does not decide 90 days.
    let ninety = availability(
        &dataset,
        "    target: 99.9%\n    allowance: 10min\n    missing: up\n",
        &params("60d", "UTC"),
    );
    assert_eq!(ninety.verdict, Verdict::Met);
    assert!(
        ninety
            .assumed
            .iter()
            .any(|a| a.contains("percentage alone")),
        "{:?}",
        ninety.assumed
    );
}

/// Days that a window cuts are judged by what of them lies inside, with and without the months before.
#[test]
fn slices_end_at_the_edges_of_a_window() {
    let slow = run(
        &["GET /"],
        &[
            batch("2026-06-01 09:00:00", 0, 900, 10, 0),
            batch("2026-06-01 13:00:00", 0, 100, 10, 0),
            batch("2026-06-10 12:00:00", 0, 100, 10, 0),
        ],
    );
    let dataset = dataset_of(Role::Production, slow);
    let mut window = params("30d@2026-07-01T12:00:00Z", "UTC");
    for history in [false, true] {
        window.history = history;
        let result = one(&dataset, "    kind: latency\n    target: 200ms\n", &window);
        assert_eq!(result.verdict, Verdict::Met, "history: {history}");
        assert_eq!(result.slices.unwrap().met, 2);
    }
}

/// B3 and the two figures: where percentage and allowance disagree, both are told for the period asked for.
#[test]
fn disagreeing_rules_are_told_with_both_figures() {
    let conflicts = |rule: &str, period: &str, day: &str, minutes: f64| -> Vec<String> {
        let body = format!("    target: 99.9%\n    allowance: 43.2min\n    rule: {rule}\n");
        let report = judged(&down(day, minutes * 60.0), &body, &params(period, "UTC"));
        report.conflicts.into_iter().map(|c| c.what).collect()
    };
    let february = conflicts("stricter", "2026-02", "2026-02-10", 43.2);
    assert_eq!(
        february,
        [
            "99.9 % of February 2026 allows 40 min 19 s of downtime, the allowance says 43 min 12 s; the percentage is \
             stricter and was used. 43 min 12 s of downtime (99.89 %): by the percentage it was broken, by the allowance \
             kept."
        ]
    );
    let july = conflicts("percent", "2026-07", "2026-07-10", 44.0);
    assert!(july[0].contains("the allowance is stricter but the rule is the percentage."));
    assert!(july[0].contains("(99.90 %): by the percentage it was kept, by the allowance broken"));
    let fixed = conflicts("fixed", "2026-07", "2026-07-10", 10.0);
    assert!(fixed[0].ends_with("the allowance is stricter and is the rule."));
    assert!(conflicts("stricter", "2026-06", "2026-06-10", 44.0).is_empty());
    // In a quarter each month that has not 30 days is named.
    let quarter = conflicts("stricter", "2026-Q1", "2026-01-10", 1.0);
    assert_eq!(quarter.len(), 3);
    assert!(quarter[1].contains("February 2026"));
}

/// Fiscal periods, rolling windows and exclusions from the command line: what is typed comes before what the promises
/// say, and what nobody said is asked for.
#[test]
fn periods_from_the_command_line() {
    let place = Place::new();
    let start = |options: &str| {
        let ended = place.run(&format!(
            "sla outages.csv --sla sla.yaml --json -q {options}"
        ));
        let period = ended.json()["period"].clone();
        format!("{} {}", period["name"], period["start"]).replace('"', "")
    };
    let asked = place.run("sla outages.csv --sla sla.yaml --period FY2027-Q1 --json");
    let error = asked.error("usage");
    assert!(error["hint"].as_str().unwrap().contains("--fiscal-start 4"));
    let typed = "--period FY2027-Q1 --fiscal-start april";
    assert_eq!(start(typed), "FY2027-Q1 2026-04-01T00:00:00Z");
    place.write(
        "sla.yaml",
        "fiscal_start: 7\nobjectives:\n  - name: Up\n    kind: availability\n    target: 99%\n    exclusions:\n      - start: 2026-06-10 08:00\n        duration: 30min\n        rrule: FREQ=DAILY\n        reason: backup\n        by: J. Doe\n",
    );
    assert_eq!(start(typed), "FY2027-Q1 2026-04-01T00:00:00Z");
    assert_eq!(start("--period fy2026"), "FY2026 2025-07-01T00:00:00Z");
    assert_eq!(
        start("--period 28d --as-of 2026-06-29"),
        "28d@2026-06-29T00:00:00Z 2026-06-01T00:00:00Z"
    );
    let month = place.run("sla outages.csv --sla sla.yaml --period 2026-06");
    assert!(
        month.out.contains(
            "excluded 2026-06-10 08:00 to 08:30  30 min, 30 min of downtime inside: backup (other, by J. Doe)"
        ),
        "{}",
        month.out
    );
    assert!(
        month.out.contains("and 11 more exclusions"),
        "{}",
        month.out
    );
    place.run("report outages.csv --sla sla.yaml --period 7d --as-of 2026-06-14 -o week.json -q");
    let week: serde_json::Value =
        serde_json::from_slice(&std::fs::read(place.path("week.json")).unwrap()).unwrap();
    assert_eq!(week["period"], "7d@2026-06-14T00:00:00Z");
    assert_eq!(week["open"], false);
    // The last value of 30 June stands for that day.
    place.run("report metrics.csv outages.csv --sla sla.yaml --period 30d -o thirty.json -q");
    let thirty: serde_json::Value =
        serde_json::from_slice(&std::fs::read(place.path("thirty.json")).unwrap()).unwrap();
    assert_eq!(thirty["period"], "30d@2026-07-01T00:00:00Z");
    assert_eq!(thirty["open"], false);
    // A mistake in a table names file and line.
    place.write(
        "windows.csv",
        "start,end,rrule\n2026-06-10,2026-06-11,FREQ=OFTEN\n",
    );
    let bad =
        place.run("sla outages.csv --sla sla.yaml --exclude windows.csv --period 2026-06 --json");
    let error = bad.error("exclusions");
    assert_eq!(error["line"], 2);
    assert_eq!(error["file"], "windows.csv");
    let message = error["message"].as_str().unwrap();
    assert!(message.starts_with("rrule: \"FREQ=OFTEN\""), "{message}");
}

const NOW: Instant = Instant::from_secs(1_782_907_200);

/// The fiscal year is set on the settings screen; the menu of periods then offers its quarters, and reads any other.
#[test]
fn the_desktop_offers_fiscal_periods_and_rolling_windows() {
    let folder = tempfile::tempdir().unwrap();
    let parts = Parts {
        jobs: Jobs::inline(),
        dialogs: Box::new(PreparedDialogs::new(Vec::new())),
        places: Places::within(folder.path()),
        clock: Arc::new(|| NOW),
        autosave_after: Micros(0),
    };
    let shell = Shell::new(&egui::Context::default(), parts, Vec::new(), None);
    let mut harness = shell_harness(shell, 40);
    let csv = folder.path().join("cpu.csv");
    // Half-hourly values up to half an hour before midnight.
    let first = at("2026-06-30 12:00");
    let mut table = String::from("timestamp,cpu_percent\n2026-06-01T00:00:00Z,40\n");
    for half_hour in 0..24 {
        let time = first.plus(Micros::from_secs(half_hour * 1_800));
        table.push_str(&format!("{time},41\n"));
    }
    std::fs::write(&csv, table).unwrap();
    let send = |harness: &mut Harness<'static, Shell>, command: Command| {
        let ctx = harness.ctx.clone();
        harness.state_mut().dispatch(&ctx, command);
        harness.run();
    };
    let click = |harness: &mut Harness<'static, Shell>, label: &str| {
        harness.get_by_label(label).click();
        harness.run();
    };
    let period = |harness: &Harness<'static, Shell>| harness.state().state.period.to_string();
    send(&mut harness, Command::ImportPaths(vec![csv]));
    send(&mut harness, Command::Go(Screen::Settings));
    let button = egui::accesskit::Role::Button;
    harness
        .get_by_role_and_label(button, "Fiscal year of this project")
        .click();
    harness.run();
    click(&mut harness, "Begins in April");
    let start = harness.state().state.doc.fiscal_start;
    assert_eq!(start, FiscalStart::parse("april").ok());
    assert_eq!(
        harness.state().state.history.undo_name(),
        Some("change the fiscal year")
    );
    click(&mut harness, "Period");
    click(&mut harness, "FY2026-Q4");
    let range = harness.state().state.period.range(&Zone::utc());
    assert_eq!(period(&harness), "FY2026-Q4");
    assert_eq!(range.start, at("2026-01-01"));
    click(&mut harness, "Later period");
    assert_eq!(period(&harness), "FY2027-Q1");
    click(&mut harness, "Period");
    click(&mut harness, "30 days");
    assert_eq!(period(&harness), "30d@2026-07-01T00:00:00Z");
    assert_eq!(harness.state().state.doc.period, "30d");
    click(&mut harness, "Period");
    let field = egui::accesskit::Role::TextInput;
    let another = harness.get_by_role_and_label(field, "Another period");
    another.focus();
    harness.run();
    harness
        .get_by_role_and_label(field, "Another period")
        .type_text("2026-W25");
    harness.run();
    harness.key_press(egui::Key::Enter);
    harness.run();
    assert_eq!(period(&harness), "2026-W25");
}
