//! The answering screens by their labels, without a graphics adapter: empty, on a project made by hand, and used.

use eframe::egui::{self, Key, Modifiers, Role, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use headroom::project::LimitValue;
use headroom::report::layout;
use headroom::report::model::Content;
use headroom::ui::command::Command;
use headroom::ui::results::{Computed, Request};
use headroom::ui::state::Screen;

use crate::report_fixture::{findings, params};
use crate::ui_fixture::{Desk, harness, run_range};

const SIZE: [f32; 2] = [1_100.0, 800.0];

const SCREENS: [Screen; 8] = [
    Screen::Overview,
    Screen::Explore,
    Screen::Sla,
    Screen::LoadTests,
    Screen::Forecast,
    Screen::Capacity,
    Screen::WhatIf,
    Screen::Reports,
];

/// The accessible names of everything on the screen, in order.
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

/// Whether any name holds this text.
fn says(harness: &Harness<'_, Desk>, text: &str) -> bool {
    names(harness).iter().any(|name| name.contains(text))
}

/// The first chart whose sentence begins with this.
fn chart(harness: &Harness<'_, Desk>, title: &str) -> egui::Rect {
    harness
        .root()
        .children_recursive()
        .find(|node| {
            let node = node.accesskit_node();
            node.role() == Role::Image && node.label().is_some_and(|l| l.starts_with(title))
        })
        .unwrap_or_else(|| panic!("no chart \"{title}\" among {:?}", names(harness)))
        .rect()
}

fn drag(harness: &mut Harness<'_, Desk>, from: egui::Pos2, to: egui::Pos2) {
    harness.hover_at(from);
    harness.run();
    harness.drag_at(from);
    harness.run();
    for share in [0.3, 0.7, 1.0] {
        harness.hover_at(from + (to - from) * share);
        harness.run();
    }
    harness.drop_at(to);
    harness.run();
}

#[test]
fn an_empty_screen_says_what_it_would_show_and_how_to_begin() {
    for screen in SCREENS {
        let mut harness = harness(Desk::empty(screen), SIZE);
        assert!(says(&harness, screen.question()), "{screen:?}");
        harness.get_by_label("Import data files…").click();
        harness.run();
        let sent = &harness.state().sent;
        assert!(
            matches!(sent.as_slice(), [Command::Import]),
            "{screen:?}: {sent:?}"
        );
    }
}

#[test]
fn every_screen_answers_in_a_sentence_at_the_smallest_window_too() {
    for screen in SCREENS {
        for size in [[824.0, 620.0], [1_400.0, 910.0]] {
            let harness = harness(Desk::full(screen), size);
            let sentences = names(&harness)
                .into_iter()
                .filter(|n| n.ends_with('.') && n.contains(' '))
                .count();
            assert!(
                sentences > 0 || screen == Screen::Explore,
                "{screen:?}: {:?}",
                names(&harness)
            );
        }
    }
}

#[test]
fn the_overview_answers_first_and_leads_on() {
    let mut harness = harness(Desk::full(Screen::Overview), SIZE);
    harness.get_by_label("Two of five promises were broken in June 2026.");
    assert!(says(&harness, "disk_used{volume=orders} crosses"));
    assert!(says(&harness, "What changed since May 2026"));
    assert!(says(&harness, "left in the error budget"));
    harness.get_by_label("Error rate").click();
    harness.run();
    assert_eq!(harness.state().state.screen, Screen::Sla);
    assert!(says(&harness, "breaches"), "{:?}", names(&harness));
}

#[test]
fn notes_are_taken_over_when_the_field_is_left() {
    let mut harness = harness(Desk::full(Screen::Overview), SIZE);
    let field = harness.get_by_role(Role::MultilineTextInput);
    field.focus();
    harness.run();
    harness
        .get_by_role(Role::MultilineTextInput)
        .type_text("The database failed over.");
    harness.step();
    harness.key_press(Key::Escape);
    harness.run();
    let desk = harness.state();
    assert_eq!(
        desk.state.doc.notes.get("2026-06").map(String::as_str),
        Some("The database failed over.")
    );
    assert_eq!(desk.edits, ["edit notes for June 2026"]);
}

#[test]
fn a_click_on_a_header_sorts() {
    let mut harness = harness(Desk::full(Screen::Overview), SIZE);
    let order = |harness: &Harness<'_, Desk>| {
        let all = names(harness);
        let at = |name: &str| all.iter().position(|n| n == name).unwrap();
        at("Throughput") < at("Error rate")
    };
    assert!(order(&harness), "the order of the file");
    harness.get_by_label("Status").click();
    harness.run();
    assert!(!order(&harness), "broken promises first");
    harness.get_by_label("Status").click();
    harness.run();
    assert!(order(&harness), "and last");
}

#[test]
fn a_drag_brushes_one_range_for_all_charts_and_double_click_gives_it_back() {
    let mut harness = harness(Desk::full(Screen::Explore), [1_100.0, 900.0]);
    let full = run_range();
    let rect = chart(&harness, "P95 latency");
    drag(
        &mut harness,
        rect.left_center() + vec2(rect.width() * 0.25, 0.0),
        rect.left_center() + vec2(rect.width() * 0.5, 0.0),
    );
    let window = &harness.state().view.explore.window;
    let shown = window.range(full);
    let share = shown.length().as_secs() / full.length().as_secs();
    assert!((share - 0.25).abs() < 0.02, "{share}");
    assert!(
        says(&harness, "19 June 2026 00:15 to 00:30"),
        "{:?}",
        names(&harness)
    );
    // All charts of the screen show it, and the table is about it.
    assert!(says(&harness, "Labels, 19 June 2026 00:15"));

    harness.get_by_label("Zoom out").click();
    harness.run();
    assert_eq!(harness.state().view.explore.window.range(full), full);
}

#[test]
fn the_wheel_zooms_a_chart_with_ctrl_and_scrolls_without() {
    let mut harness = harness(Desk::full(Screen::Explore), [1_100.0, 900.0]);
    let rect = chart(&harness, "Up to");
    harness.hover_at(rect.center());
    harness.run();
    let mut shown_after = |modifiers| {
        harness.event(egui::Event::MouseWheel {
            unit: egui::MouseWheelUnit::Point,
            delta: vec2(0.0, 120.0),
            phase: egui::TouchPhase::Move,
            source: egui::MouseWheelSource::Unknown,
            modifiers,
        });
        harness.run();
        let window = &harness.state().view.explore.window;
        window.range(run_range()).length()
    };
    assert_eq!(shown_after(Modifiers::NONE), run_range().length());
    assert!(shown_after(Modifiers::COMMAND) < run_range().length());
}

#[test]
fn picking_a_series_shows_its_chart() {
    let mut harness = harness(Desk::full(Screen::Explore), [1_100.0, 900.0]);
    harness.get_by_label("checkout-load-2026-06-19.jtl").click();
    harness.run();
    assert!(says(&harness, "Pick runs or series on the left"));
    harness.get_by_label("cpu{instance=web-1}").click();
    harness.get_by_label("cpu{instance=web-2}").click();
    harness.run();
    assert!(says(&harness, "cpu: between"), "{:?}", names(&harness));
}

#[test]
fn a_chart_is_also_a_table_and_csv() {
    let mut harness = harness(Desk::full(Screen::Capacity), [1_100.0, 900.0]);
    let menu = "Chart menu: Throughput reached 348 requests/s";
    harness.get_by_label(menu).click();
    harness.run();
    harness.get_by_label("Copy as CSV").click();
    harness.run();
    let copied = harness
        .output()
        .platform_output
        .commands
        .iter()
        .find_map(|c| match c {
            egui::OutputCommand::CopyText(text) => Some(text.clone()),
            _ => None,
        });
    if let Some(copied) = copied {
        assert!(
            copied.starts_with("users,Throughput (/s),") && copied.contains("\n1,24,"),
            "{copied}"
        );
    }
    harness.get_by_label(menu).click();
    harness.run();
    harness.get_by_label("Show as table").click();
    harness.run();
    harness.get_by_label("Throughput (/s)");
}

#[test]
fn a_limit_is_dragged_as_one_edit() {
    let mut harness = harness(Desk::full(Screen::Forecast), [1_200.0, 900.0]);
    let rect = chart(&harness, "disk_used{volume=orders}");
    // The limit stands at 1,600 of an axis that begins at zero; find it by the cursor that shows over it.
    let x = rect.left() + rect.width() * 0.3;
    let mut at = None;
    let mut y = rect.top();
    while y < rect.bottom() && at.is_none() {
        harness.hover_at(egui::pos2(x, y));
        harness.run();
        if harness.output().platform_output.cursor_icon == egui::CursorIcon::ResizeVertical {
            at = Some(y + 3.0);
        }
        y += 4.0;
    }
    let from = egui::pos2(x, at.expect("a limit that can be dragged"));
    drag(&mut harness, from, from + vec2(0.0, 60.0));
    let desk = harness.state();
    let limit = desk
        .state
        .doc
        .limits
        .iter()
        .find(|l| l.series.starts_with("disk_used"))
        .unwrap();
    let LimitValue::Value(value) = limit.limit else {
        panic!("{limit:?}");
    };
    assert!(value > 500.0 && value < 1_590.0, "{value}");
    assert_eq!(desk.edits.len(), 1, "{:?}", desk.edits);
    assert!(desk.edits[0].starts_with("change limit of disk_used{volume=orders} to"));
}

#[test]
fn what_is_wrong_with_promises_is_said_with_its_line() {
    let mut harness = harness(Desk::full(Screen::Sla), [1_200.0, 900.0]);
    harness.get_by_label("Edit promises").click();
    harness.run();
    assert!(says(&harness, "As it is applied"));
    let apply = harness.get_by_label("Apply");
    assert!(apply.accesskit_node().is_disabled());

    harness.get_by_role(Role::MultilineTextInput).focus();
    harness.run();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.run();
    harness
        .get_by_role(Role::MultilineTextInput)
        .type_text("objectives:\n  - name: P95\n    kind: latency\n    target: fast\n");
    harness.run();
    let said = names(&harness)
        .into_iter()
        .find(|n| n.starts_with("Line "))
        .unwrap_or_else(|| panic!("{:?}", names(&harness)));
    assert!(said.contains("fast"), "{said}");
    assert!(harness.get_by_label("Apply").accesskit_node().is_disabled());

    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.run();
    harness.get_by_role(Role::MultilineTextInput).type_text(
        "objectives:\n  - name: P95\n    kind: latency\n    percentile: 95\n    target: 200ms\n",
    );
    harness.run();
    harness.get_by_label("Apply").click();
    harness.run();
    let desk = harness.state();
    assert_eq!(desk.edits, ["change promises in performance_sla.yaml"]);
    assert!(desk.state.doc.slas[0].yaml.contains("200ms"));
    assert!(says(&harness, "As it is applied"));
}

#[test]
fn more_demand_runs_out_sooner() {
    let mut harness = harness(Desk::full(Screen::WhatIf), [1_200.0, 900.0]);
    harness.get_by_label("Forecast × growth").click();
    harness.run();
    assert!(says(&harness, "runs out first"));
    assert!(says(&harness, "as forecast"));
}

/// Bars are cut where they get too long; their labels once were cut with them.
#[test]
fn bars_of_the_preview_say_what_the_workbook_says() {
    let mut report = layout(&findings("2026-06"), &params("2026-06"));
    let blocks = report.sheets[0].rows.iter_mut().flatten();
    let mut charts = blocks.filter_map(|block| match &mut block.content {
        Content::Chart(chart) => Some(chart),
        _ => None,
    });
    charts.next().unwrap().series[0].labels[0] = "1,718 %".to_owned();
    let mut harness = harness(Desk::full(Screen::Reports), [1_200.0, 900.0]);
    let state = &mut harness.state_mut().state;
    let fingerprint = Request::Report.fingerprint(state);
    let computed = Computed::Report(Ok(report));
    state.results.begin(&Request::Report, fingerprint);
    state
        .results
        .finish(&Request::Report, fingerprint, computed);
    harness.run();
    assert!(says(&harness, "1,718 %"));
}

#[test]
fn the_report_is_previewed_sheet_by_sheet_and_exported() {
    let mut harness = harness(Desk::full(Screen::Reports), [1_200.0, 900.0]);
    assert!(says(
        &harness,
        "Monthly report: Checkout platform, June 2026"
    ));
    harness.get_by_label("Breaches").click();
    harness.run();
    harness.get_by_label("As Page…").click();
    harness.run();
    assert!(matches!(
        harness.state().sent.as_slice(),
        [Command::MakeReportAs("html")]
    ));
}
