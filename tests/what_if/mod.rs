//! The screen What if, driven by its labels: on outcomes by hand, and the whole program with its engines.

pub mod answers;
pub mod fixture;
mod program;
mod questions;

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers, Pos2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use headroom::scenario::Scenario;
use headroom::ui::command::Command;
use headroom::ui::state::Screen;

use crate::ui_fixture::{Desk, harness};
use fixture::scenario;

const SIZE: [f32; 2] = [1_200.0, 900.0];

fn desk(scenarios: Vec<Scenario>) -> Desk {
    let mut desk = Desk::full(Screen::WhatIf);
    desk.state.doc.scenarios = scenarios;
    desk
}

fn shown(scenarios: Vec<Scenario>) -> Harness<'static, Desk> {
    harness(desk(scenarios), SIZE)
}

/// Everything the screen says.
fn words(harness: &Harness<'_, Desk>) -> Vec<String> {
    let nodes = harness.root().children_recursive();
    let said = nodes.filter_map(|node| {
        let node = node.accesskit_node();
        node.label().or_else(|| node.value())
    });
    said.collect()
}

fn says(harness: &Harness<'_, Desk>, text: &str) -> bool {
    words(harness).iter().any(|word| word.contains(text))
}

/// Also where it would have to be scrolled to.
fn click(harness: &mut Harness<'_, Desk>, label: &str) {
    harness.get_by_label(label).click_accesskit();
    harness.run();
}

fn drag(harness: &mut Harness<'_, Desk>, from: Pos2, to: Pos2) {
    harness.hover_at(from);
    harness.run();
    harness.drag_at(from);
    harness.run();
    for share in [0.4, 0.8, 1.0] {
        harness.hover_at(from + (to - from) * share);
        harness.run();
    }
    harness.drop_at(to);
    harness.run();
}

fn first<'a>(harness: &'a Harness<'_, Desk>) -> &'a Scenario {
    &harness.state().state.doc.scenarios[0]
}

#[test]
fn the_answer_stands_on_top_and_follows_growth() {
    let mut harness = shown(vec![scenario("Sale")]);
    harness.get_by_label(
        "At 400 requests/s P95 is 30.0 ms: the one promise that can be judged holds. 2 instances, 292 USD a month.",
    );
    assert!(says(&harness, "A simulation says nothing about Probes"));
    assert!(says(&harness, "Simulated as a flow in 5 s steps, over 1 h"));
    click(&mut harness, "Grow 5×");
    harness.get_by_label(
        "At 5× (2,000 requests/s) P95 is 150 ms: the one promise that can be judged holds. 2 to 10 instances, 1,460 USD a month.",
    );
    click(&mut harness, "Grow 10×");
    harness.get_by_label(
        "At 10× (4,000 requests/s) P95 is 300 ms: API latency is broken. 2 to 20 instances, 2,920 USD a month.",
    );
    assert!(says(
        &harness,
        "API latency: breached, 300 ms (target 200 ms)"
    ));
    assert_eq!(
        harness.state().edits,
        [
            "change growth to 5× in Sale",
            "change growth to 10× in Sale"
        ]
    );
}

#[test]
fn sliders_are_moved_from_the_keyboard() {
    let mut harness = shown(vec![scenario("Sale")]);
    harness
        .get_by_role_and_label(Role::Slider, "Growth")
        .focus();
    harness.run();
    harness.key_press(Key::ArrowRight);
    harness.run();
    let growth = first(&harness).workload.growth;
    assert!(growth > 1.0 && growth < 2.0, "{growth}");
    let said = harness.state().edits.last().unwrap().clone();
    assert!(said.starts_with("change growth to 1."), "{said}");
    // What does not belong to it stays.
    assert_eq!(first(&harness).faults, scenario("Sale").faults);
}

#[test]
fn numbers_are_typed_with_their_units() {
    let mut harness = shown(vec![scenario("Sale")]);
    let field = |harness: &Harness<'_, Desk>, text: Option<&str>| {
        let node = harness.get_by_role_and_label(Role::SpinButton, "Service time");
        match text {
            Some(text) => node.type_text(text),
            None => node.focus(),
        }
    };
    field(&harness, None);
    harness.run();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.run();
    field(&harness, Some("35ms"));
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(
        harness.state().edits,
        ["change service time to 35 ms in Sale"]
    );
    assert!((first(&harness).service.mean_time() - 0.035).abs() < 1e-9);
}

#[test]
fn a_fault_is_moved_by_keys_stretched_and_dragged() {
    let mut harness = harness(desk(vec![scenario("Sale")]), [1_200.0, 2_600.0]);
    let bar = "one instance lost at 20 min for 5 min";
    harness.get_by_label(bar).focus();
    harness.run();
    harness.key_press(Key::ArrowRight);
    harness.run();
    assert_eq!(first(&harness).faults[0].at, 1_235.0);
    harness.key_press_modifiers(Modifiers::SHIFT, Key::ArrowRight);
    harness.run();
    assert_eq!(first(&harness).faults[0].at, 1_235.0);
    assert_eq!(first(&harness).faults[0].lasts, Some(335.0));
    let bar = harness.get_by_label("one instance lost at 20 min 35 s for 5 min 35 s");
    let middle = bar.rect().center();
    drag(&mut harness, middle, middle + eframe::egui::vec2(60.0, 0.0));
    let fault = &first(&harness).faults[0];
    assert!(
        fault.at > 1_400.0 && fault.lasts == Some(335.0),
        "{fault:?}"
    );
    let edits = &harness.state().edits;
    assert!(
        edits[0].starts_with("move the fault \"one instance lost\""),
        "{edits:?}"
    );
    assert!(edits[1].starts_with("stretch the fault"), "{edits:?}");
}

#[test]
fn faults_are_added_and_removed_in_their_card() {
    let mut harness = shown(vec![scenario("Sale")]);
    click(&mut harness, "Faults: one instance lost");
    click(&mut harness, "Remove fault 1");
    assert!(first(&harness).faults.is_empty());
    click(&mut harness, "Add a fault…");
    click(&mut harness, "instances are slow");
    assert_eq!(first(&harness).faults.len(), 1);
    assert_eq!(
        harness.state().edits,
        [
            "remove fault 1 in Sale",
            "add a fault: instances are slow in Sale"
        ]
    );
}

#[test]
fn what_happened_is_listed_with_its_reason() {
    let harness = shown(vec![scenario("Sale")]);
    assert!(says(&harness, "What happened"));
    assert!(says(&harness, "CPU is at 140 % of its target of 70 %"));
    assert!(says(&harness, "P95 stays under its limit"));
}

#[test]
fn scenarios_are_begun_copied_renamed_planned_and_deleted() {
    let mut harness = shown(Vec::new());
    assert!(says(&harness, "What would happen if…?"));
    click(&mut harness, "An empty scenario");
    click(&mut harness, "Duplicate");
    let names = |harness: &Harness<'_, Desk>| -> Vec<String> {
        let all = &harness.state().state.doc.scenarios;
        all.iter().map(|s| s.name.clone()).collect()
    };
    assert_eq!(names(&harness), ["New scenario", "New scenario 2"]);
    click(&mut harness, "Commit as the plan");
    assert_eq!(
        harness.state().state.doc.committed.as_deref(),
        Some("New scenario 2")
    );
    click(&mut harness, "More");
    click(&mut harness, "Rename…");
    harness.get_by_role(Role::TextInput).focus();
    harness.run();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.run();
    harness
        .get_by_role(Role::TextInput)
        .type_text("Black Friday");
    harness.run();
    click(&mut harness, "Rename it");
    assert_eq!(names(&harness), ["New scenario", "Black Friday"]);
    assert_eq!(
        harness.state().state.doc.committed.as_deref(),
        Some("Black Friday")
    );
    click(&mut harness, "More");
    click(&mut harness, "Delete");
    assert_eq!(names(&harness), ["New scenario"]);
    assert_eq!(harness.state().state.doc.committed, None);
    assert_eq!(
        harness.state().edits,
        [
            "add the scenario New scenario",
            "duplicate the scenario as New scenario 2",
            "commit New scenario 2 as the plan",
            "rename New scenario 2 to Black Friday",
            "delete the scenario Black Friday",
        ]
    );
}

#[test]
fn a_scenario_is_saved_as_a_file_that_reads_back() {
    let mut harness = shown(vec![scenario("Sale")]);
    click(&mut harness, "More");
    click(&mut harness, "Save as a scenario file…");
    let [Command::SaveText { file_name, text }] = harness.state().sent.as_slice() else {
        panic!("{:?}", harness.state().sent);
    };
    assert_eq!(file_name, "Sale.yaml");
    let read = headroom::scenario::file::ScenarioFile::parse(text).unwrap();
    assert_eq!(read.scenario, scenario("Sale"));
}

#[test]
fn scenarios_stand_side_by_side() {
    let mut grown = scenario("Ten times");
    grown.workload.growth = 10.0;
    let mut cheap = scenario("Cheaper");
    cheap.cost.instance_hour = 0.1;
    let mut harness = shown(vec![scenario("Today"), grown, cheap]);
    click(&mut harness, "Compare scenarios");
    assert!(says(
        &harness,
        "2 of 3 scenarios keep every promise that can be judged; Cheaper does it for the least, 146 USD a month."
    ));
    assert!(says(
        &harness,
        "P95 270 ms higher, 18 more instances at the peak, 2,628 USD a month more, 1 more promise broken"
    ));
    assert!(says(
        &harness,
        "P95: Today 30.0 ms, workload +270 ms, Ten times 300 ms"
    ));
    harness
        .get_by_role_and_label(Role::CheckBox, "Ten times")
        .click();
    harness.run();
    assert!(!says(&harness, "18 more instances"));
    assert!(says(&harness, "prices −146 USD"), "{:?}", words(&harness));
}

#[test]
fn the_smallest_window_still_answers() {
    for size in [[560.0, 620.0], [824.0, 620.0]] {
        let harness = harness(desk(vec![scenario("Sale")]), size);
        harness.get_by_label(
            "At 400 requests/s P95 is 30.0 ms: the one promise that can be judged holds. 2 instances, 292 USD a month.",
        );
    }
}
