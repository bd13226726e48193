//! What a person sees of it: the screen, the workbook and the terminal.

use std::io::Cursor;

use calamine::{Data, Reader as _, Xlsx};
use egui_kittest::kittest::NodeT as _;
use headroom::analysis::sla::{SlaFile, SlaReport};
use headroom::progress::Progress;
use headroom::report::{ReportParams, build, render};
use headroom::ui::results::{Computed, Request, SlaOutcome};
use headroom::ui::state::Screen;

use super::scorecard::{TABLES, tables_dataset};
use crate::report_fixture;
use crate::sla_fixture::{at, at_the_end_of, incidents, params, report, row};
use crate::ui_fixture::{Desk, harness};

/// All texts of the screen of promises, over a judgement.
fn screen(judged: SlaReport) -> Vec<String> {
    let mut desk = Desk::full(Screen::Sla);
    let fingerprint = Request::Sla.fingerprint(&desk.state);
    desk.state.results.begin(&Request::Sla, fingerprint);
    let outcome = Computed::Sla(Ok(SlaOutcome {
        report: judged,
        problems: Vec::new(),
    }));
    desk.state
        .results
        .finish(&Request::Sla, fingerprint, outcome);
    harness(desk, [1_600.0, 2_400.0])
        .root()
        .children_recursive()
        .filter_map(|node| {
            let node = node.accesskit_node();
            node.label().or_else(|| node.value())
        })
        .collect()
}

#[test]
fn the_screen_shows_the_grade_and_how_it_comes_about() {
    let texts = screen(report(&tables_dataset(), TABLES, &at_the_end_of("2026-06")));
    for text in [
        "Against the baseline",
        "Grade B: 6 of 7 targets achieved, 89 points.",
        "Each target counts the share of the way",
        "−22.5 %",
        "progress",
    ] {
        assert!(
            texts.iter().any(|t| t.contains(text)),
            "{text} not in {texts:#?}"
        );
    }
}

#[test]
fn the_screen_shows_each_service() {
    let mut outages = vec![
        row(at("2026-06-14 01:00"), 600, headroom::dataset::State::Down),
        row(at("2026-06-14 05:00"), 600, headroom::dataset::State::Down),
    ];
    outages[0].service = "cart".to_owned();
    outages[1].service = "search".to_owned();
    let judged = report(
        &incidents(outages),
        "objectives:\n  - {name: x, kind: availability, target: 99%, period: day, scope: {services: [cart, search]}, rollup: all_up}\n",
        &params("2026-06-14", "UTC"),
    );
    let texts = screen(judged);
    for text in ["2 services, each by itself", "cart", "search", "99.30 %"] {
        assert!(
            texts.iter().any(|t| t.contains(text)),
            "{text} not in {texts:#?}"
        );
    }
    assert!(!texts.iter().any(|t| t == "Against the baseline"));
}

#[test]
fn the_workbook_has_the_table_with_live_changes() {
    let params = ReportParams {
        slas: vec![("tables.yaml".to_owned(), SlaFile::parse(TABLES).unwrap())],
        limits: Vec::new(),
        ..report_fixture::params("2026-06")
    };
    let report = build(&tables_dataset(), &params, &Progress::default()).unwrap();
    let grade = report.findings.scorecard.as_ref().unwrap().grade.clone();
    assert_eq!(grade.as_deref(), Some("B"));
    let bytes = render(&report, "xlsx").unwrap();
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
    let cells = book.worksheet_range("Promises").unwrap();
    let row = cells
        .rows()
        .find(|row| {
            row.first() == Some(&Data::String("System memory".to_owned()))
                && row
                    .iter()
                    .any(|c| *c == Data::String("↗ progress".to_owned()))
        })
        .unwrap();
    let numbers: Vec<f64> = row
        .iter()
        .filter_map(|cell| match cell {
            Data::Float(value) => Some(*value),
            Data::Int(value) => Some(*value as f64),
            _ => None,
        })
        .collect();
    assert_eq!(numbers, [800.0, 620.0, 100.0, -0.225, 0.257]);
    let formulas = book.worksheet_formula("Promises").unwrap();
    let change = formulas
        .rows()
        .flatten()
        .filter(|f| f.contains("ABS("))
        .count();
    assert_eq!(change, 7);
}
