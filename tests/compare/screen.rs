//! The comparison on screen and in the workbook: reached from load tests and the palette, worst first, with what is
//! written for build servers and for the clipboard.

use eframe::egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use headroom::analysis::compare::{
    CompareParams, CompareVerdict, Comparison, Criterion, Metric, RunInput, Trend,
    compare_with_canary, trend,
};
use headroom::dataset::RunSummary;
use headroom::progress::Progress;
use headroom::report::layout;
use headroom::report::model::{Cell, Content};
use headroom::ui::command::Command;
use headroom::ui::results::CompareRequest;
use headroom::ui::state::Screen;
use headroom::units::Ppm;

use super::{SERVICE, Service, compared, drawn, input};
use crate::report_fixture::{findings, params};
use crate::ui_fixture::{Desk, harness};

fn service(factor: f64) -> Service {
    Service {
        middle_ms: SERVICE.middle_ms * factor,
        error_rate: 0.002,
        ..SERVICE
    }
}

/// What the fixture answers when the screen asks: a release that is a third slower.
pub fn comparison(wanted: &CompareRequest) -> Comparison {
    let params = CompareParams {
        metrics: wanted.metrics.clone(),
        max_regression: Ppm(wanted.gate_ppm),
        replicates: 200,
        ..CompareParams::default()
    };
    let mut found = compared(
        &[drawn(service(1.0), 71)],
        &[drawn(service(1.35), 72)],
        &params,
    );
    if !wanted.canary.is_empty() {
        let (base, candidate) = (drawn(service(1.0), 71), drawn(service(1.35), 72));
        let judged = compare_with_canary(
            &[input("base", &base)],
            &[input("candidate", &candidate)],
            &params,
            &Criterion::parse_list(&wanted.canary.join(",")).unwrap(),
            &Progress::default(),
        );
        found.canary = judged.unwrap().canary;
    }
    found.base.name = "release-1.8".to_owned();
    found.candidate.name = "release-1.9".to_owned();
    found
}

/// Four releases of which the third changed the level.
pub fn releases() -> Trend {
    let runs: Vec<RunSummary> = [1.0, 1.0, 1.4, 1.4]
        .iter()
        .zip(80..)
        .map(|(factor, seed)| drawn(service(*factor), seed))
        .collect();
    let inputs: Vec<RunInput<'_>> = runs
        .iter()
        .enumerate()
        .map(|(i, run)| {
            let mut run = input(&format!("1.{}", 7 + i), run);
            let day = headroom::units::Micros(86_400_000_000 * i as i64);
            run.first = run.first.map(|t| t.plus(day));
            run
        })
        .collect();
    let params = CompareParams {
        replicates: 200,
        ..CompareParams::default()
    };
    trend(&inputs, &params, &Progress::default()).unwrap()
}

fn names(harness: &Harness<'_, Desk>) -> Vec<String> {
    harness
        .root()
        .children_recursive()
        .filter_map(|node| {
            let node = node.accesskit_node();
            node.label().or_else(|| node.value())
        })
        .collect()
}

fn says(harness: &Harness<'_, Desk>, text: &str) -> bool {
    names(harness).iter().any(|name| name.contains(text))
}

#[test]
fn load_tests_lead_to_the_comparison_and_back() {
    let mut harness = harness(Desk::full(Screen::LoadTests), [1_100.0, 800.0]);
    harness.get_by_label("Compare").click();
    harness.run();
    assert_eq!(harness.state().state.screen, Screen::Compare);
    assert!(says(&harness, "is slower: "), "{:?}", names(&harness));
    assert!(says(&harness, "corrected for 9 figures"));
    harness.get_by_label("One run").click();
    harness.run();
    assert_eq!(harness.state().state.screen, Screen::LoadTests);
    assert!(
        Command::all()
            .iter()
            .any(|c| matches!(c, Command::Go(Screen::Compare)))
    );
    assert_eq!(Screen::parse("compare"), Some(Screen::Compare));
}

#[test]
fn the_table_is_read_copied_and_saved() {
    let mut harness = harness(Desk::full(Screen::Compare), [1_280.0, 900.0]);
    // Worst first, the interval in words for those who do not see it.
    let all = names(&harness);
    let at = |word: &str| all.iter().position(|n| n == word);
    assert!(at("regression").is_some(), "{all:?}");
    assert!(
        at("regression") < at("pass").or(at("not proven")),
        "{all:?}"
    );
    assert!(says(&harness, "Change between +"));
    assert!(says(&harness, "took at most"));

    harness.get_by_label("Save as JUnit…").click();
    harness.run();
    harness.get_by_label("Copy table").click();
    harness.run();
    let [
        Command::SaveText { file_name, text },
        Command::CopyText(table),
    ] = harness.state().sent.as_slice()
    else {
        panic!("{:?}", harness.state().sent);
    };
    assert_eq!(file_name, "compare-release-1.8-release-1.9.xml");
    assert!(text.contains("<testcase classname=\"GET /cart\" name=\"p95\""));
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 10);
    assert!(lines[0].starts_with("Verdict\tLabel\tFigure"));
    assert!(lines[1].starts_with("regression\t"), "{}", lines[1]);
}

#[test]
fn a_click_on_a_label_shows_its_distributions() {
    let mut harness = harness(Desk::full(Screen::Compare), [1_280.0, 900.0]);
    let cell = harness.get_all_by_label("POST /cart").next().unwrap();
    cell.click();
    harness.run();
    assert!(
        says(&harness, "Half of POST /cart took at most"),
        "{:?}",
        names(&harness)
    );
}

#[test]
fn releases_are_shown_as_a_trend() {
    let mut harness = harness(Desk::full(Screen::Compare), [1_280.0, 900.0]);
    harness.get_by_label("Trend").click();
    harness.run();
    // The fixture has two load tests.
    assert!(says(
        &harness,
        "A trend needs three load tests; this project has 2"
    ));

    let mut desk = Desk::full(Screen::Compare);
    let mut dataset = (*desk.state.dataset).clone();
    let mut third = (*dataset.sources[0]).clone();
    third.info.source_id = "third".to_owned();
    dataset.sources.push(third.into());
    desk.state.dataset = dataset.into();
    let mut harness = crate::ui_fixture::harness(desk, [1_280.0, 900.0]);
    harness.get_by_label("Trend").click();
    harness.run();
    assert!(says(&harness, "Since 1.9 the "), "{:?}", names(&harness));
    assert!(says(&harness, "Runs in order of time: 1.7, 1.8, 1.9, 1.10"));
    let chart = harness
        .root()
        .children_recursive()
        .any(|n| n.accesskit_node().role() == Role::Image);
    assert!(chart);
}

/// The sheet "Load tests" says how each run stands against the one before it.
#[test]
fn the_workbook_compares_with_the_run_before() {
    let wanted = CompareRequest {
        runs: Vec::new(),
        metrics: vec![Metric::P95, Metric::ErrorRate],
        gate_ppm: 50_000,
        skip_secs: 0,
        base_runs: 0,
        canary: Vec::new(),
    };
    let mut found = findings("2026-06");
    let mut compared = comparison(&wanted);
    compared.labels.retain(|r| r.label == "Total");
    found.comparisons = vec![compared];
    let report = layout(&found, &params("2026-06"));
    let sheet = report
        .sheets
        .iter()
        .find(|s| s.name == "Load tests")
        .unwrap();
    let table = sheet
        .rows
        .iter()
        .flatten()
        .find_map(|b| match &b.content {
            Content::Table(table) if table.id == "against_before" => Some(table),
            _ => None,
        })
        .unwrap();
    assert_eq!(table.rows.len(), 2);
    let p95 = &table.rows[0];
    assert_eq!(p95[0], Cell::text("release-1.9"));
    assert_eq!(p95[8], Cell::text("✘ worse"));
    let row = &found.comparisons[0].labels[0];
    assert_eq!(row.verdict, CompareVerdict::Regression);
    assert_eq!(p95[5].as_number(), row.change);
    assert_eq!(p95[6].as_number(), row.ci.map(|c| c.0));
    let remark = sheet
        .rows
        .iter()
        .flatten()
        .any(|b| matches!(&b.content, Content::Remark(text) if text.contains("beyond 5 %")));
    assert!(remark);
}
