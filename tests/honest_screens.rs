//! What a person sees is what was asked: cancelled runs, edits that stay where they were made and are undone, the wheel,
//! and a desktop without file dialogs.

use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui;
use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use headroom::calendar::Instant;
use headroom::jobs::Jobs;
use headroom::project::Project;
use headroom::ui::app::{Parts, Shell};
use headroom::ui::command::{Command, DocEdit};
use headroom::ui::dialogs::PreparedDialogs;
use headroom::ui::results::Request;
use headroom::ui::settings::Places;
use headroom::ui::state::Screen;
use headroom::units::Micros;

use crate::ui_fixture::{Desk, harness, shell_harness};
use crate::what_if::fixture::scenario;

const NOW: Instant = Instant::from_secs(1_782_907_200);

/// Everything the screen says.
fn says<S>(harness: &Harness<'_, S>, text: &str) -> bool {
    let mut nodes = harness.root().children_recursive();
    nodes.any(|node| {
        let node = node.accesskit_node();
        let said = node.label().or_else(|| node.value());
        said.is_some_and(|said| said.contains(text))
    })
}

/// Types into a number field, over what stands there.
fn type_number(harness: &mut Harness<'_, Desk>, field: &str, text: &str) {
    harness
        .get_by_role_and_label(Role::SpinButton, field)
        .focus();
    harness.run();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.run();
    harness
        .get_by_role_and_label(Role::SpinButton, field)
        .type_text(text);
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
}

fn program(dialogs: PreparedDialogs) -> (Harness<'static, Shell>, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let parts = Parts {
        jobs: Jobs::inline(),
        dialogs: Box::new(dialogs),
        places: Places::within(folder.path()),
        clock: Arc::new(|| NOW),
        autosave_after: Micros(0),
    };
    let shell = Shell::new(&egui::Context::default(), parts, Vec::new(), None);
    let mut harness = shell_harness(shell, 60);
    send(&mut harness, Command::NewProject);
    (harness, folder)
}

fn send(harness: &mut Harness<'_, Shell>, command: Command) {
    let ctx = harness.ctx.clone();
    harness.state_mut().dispatch(&ctx, command);
    harness.run();
}

/// A simulation was cancelled, and the figures for 10× stood under the question for 300× and could be committed.
#[test]
fn a_cancelled_run_leaves_figures_that_say_whose_they_are() {
    let mut desk = Desk::full(Screen::WhatIf);
    let mut sale = scenario("Sale");
    sale.workload.growth = 10.0;
    desk.state.doc.scenarios = vec![sale, scenario("Autumn")];
    let mut harness = harness(desk, [1_200.0, 900.0]);
    assert!(says(&harness, "At 10× (4,000 requests/s) P95 is 300 ms"));

    let state = &mut harness.state_mut().state;
    state.doc.scenarios[0].workload.growth = 300.0;
    let request = Request::Simulate(Arc::new(state.doc.scenarios[0].clone()));
    let fingerprint = request.fingerprint(state);
    state.results.begin(&request, fingerprint);
    state.results.retain_running(|_| false);
    harness.run();
    assert!(says(&harness, "Cancelled: these are the figures for 10×"));
    assert!(says(&harness, "At 10× (4,000 requests/s) P95 is 300 ms"));
    assert!(!says(&harness, "At 300×"));
    let commit = harness.get_by_label("Commit as the plan");
    assert!(commit.accesskit_node().is_disabled());

    harness.get_by_label("Compare scenarios").click_accesskit();
    harness.run();
    assert!(says(&harness, "Sale was cancelled and has no figures."));
    assert!(says(&harness, "not run") && says(&harness, "Run Sale again"));

    let tab = harness.get_all_by_label("Scenario").next().unwrap();
    tab.click_accesskit();
    harness.run();
    harness.get_by_label("Run again").click_accesskit();
    harness.run();
    assert!(says(&harness, "At 300× (120,000 requests/s) P95 is 9.00 s"));
    assert!(!says(&harness, "Cancelled"));
    harness.get_by_label("Commit as the plan").click_accesskit();
    harness.run();
    let committed = &harness.state().state.doc.committed;
    assert_eq!(committed.as_deref(), Some("Sale"));
}

/// The panel jumped to another series when the limit of the one shown was changed.
#[test]
fn the_series_whose_limit_was_changed_stays() {
    let mut harness = harness(Desk::full(Screen::Forecast), [1_280.0, 900.0]);
    let view = |harness: &Harness<'_, Desk>| {
        let selected = harness.state().view.forecast.selected();
        selected.map(str::to_owned)
    };
    let shown = view(&harness).unwrap();
    type_number(&mut harness, "Limit", "90");
    assert_eq!(
        harness.state().edits.len(),
        1,
        "{:?}",
        harness.state().edits
    );
    // Without its limit others would run out before it.
    let limits = &mut harness.state_mut().state.doc.limits;
    limits.retain(|l| l.series != shown);
    harness.run();
    assert_eq!(view(&harness), Some(shown));
}

/// Nodes, date and budget of Capacity were neither undone nor there again after the project was opened.
#[test]
fn what_is_set_on_capacity_is_undone_and_kept() {
    let mut harness = harness(Desk::full(Screen::Capacity), [1_280.0, 2_400.0]);
    type_number(&mut harness, "nodes in the test", "4");
    type_number(&mut harness, "at most", "370");
    let field = harness.get_by_role_and_label(Role::TextInput, "By");
    field.focus();
    harness.run();
    harness
        .get_by_role_and_label(Role::TextInput, "By")
        .type_text("2027-06");
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    let desk = harness.state();
    assert_eq!(
        desk.edits,
        [
            "change nodes in the test to 4",
            "change the latency budget to 370 ms",
            "change the date of headroom to 2027-06"
        ]
    );
    let set = desk.state.doc.capacity.clone();
    assert_eq!((set.nodes, set.by.as_str()), (4, "2027-06"));
    assert!((set.budget_ms - 370.0).abs() < 1e-9);

    let (mut harness, folder) = program(PreparedDialogs::new([]));
    let edit = DocEdit::new("change nodes in the test to 4", move |doc| {
        doc.capacity = set.clone();
    });
    send(&mut harness, Command::Edit(edit));
    let kept = folder.path().join("kept.headroom");
    send(&mut harness, Command::SaveAsPath(kept.clone()));
    let opened = Project::open(&kept).unwrap();
    assert_eq!(opened.doc.capacity, harness.state().state.doc.capacity);
    assert_eq!(opened.doc.capacity.nodes, 4);
    send(&mut harness, Command::Undo);
    assert_eq!(harness.state().state.doc.capacity.nodes, 1);
    // As other programs have it.
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Y);
    harness.run();
    assert_eq!(harness.state().state.doc.capacity.nodes, 4);
}

/// Over a chart the wheel zoomed, or did nothing, so that a column of charts could not be scrolled.
#[test]
fn the_wheel_scrolls_a_page_of_charts() {
    let mut desk = Desk::full(Screen::WhatIf);
    desk.state.doc.scenarios = vec![scenario("Sale")];
    let mut harness = harness(desk, [1_000.0, 700.0]);
    let top = |harness: &Harness<'_, Desk>| {
        let chart = harness.get_all_by_role(Role::Image).find(|node| {
            let label = node.accesskit_node().label().unwrap_or_default();
            label.starts_with("Up to 400 requests a second arrive")
        });
        chart.unwrap().rect()
    };
    let before = top(&harness);
    harness.hover_at(before.center());
    harness.run();
    harness.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: vec2(0.0, -120.0),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Unknown,
        modifiers: Modifiers::NONE,
    });
    harness.run_steps(20);
    let after = top(&harness);
    assert!(
        after.top() < before.top() - 60.0,
        "{before:?} then {after:?}"
    );
}

/// Nothing but a line on stderr told that no dialog could be shown.
#[test]
fn a_path_is_typed_where_there_is_no_file_dialog() {
    let why = "This desktop offers no file dialog";
    let (mut harness, folder) = program(PreparedDialogs::impossible(why));
    let save = || Command::SaveText {
        file_name: "Sale.yaml".to_owned(),
        text: "workload: {rate: 1}\n".to_owned(),
    };
    send(&mut harness, save());
    assert!(says(&harness, why) && says(&harness, "Save as a file"));
    harness.get_by_label("Cancel").click_accesskit();
    harness.run();
    assert!(harness.state().state.path_question.is_none());
    assert!(!says(&harness, why));

    send(&mut harness, save());
    let path = folder.path().join("Sale.yaml");
    send(&mut harness, Command::GivePath(Some(path.clone())));
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        "workload: {rate: 1}\n"
    );
    // The same window opens files.
    let days = folder.path().join("days.csv");
    std::fs::write(&days, "date,name\n2027-01-01,New year\n").unwrap();
    send(&mut harness, Command::PickHolidays);
    assert!(says(&harness, "Holidays from a file"));
    harness.state_mut().view.shell.path_text = days.display().to_string();
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    let plans = &harness.state().state.doc.forecast_plans;
    let names: Vec<&str> = plans
        .iter()
        .flat_map(|plan| &plan.holidays)
        .map(|h| h.name.as_str())
        .collect();
    assert_eq!(names, ["New year"]);
    let gone = PathBuf::from("/no/such/folder/days.csv");
    send(&mut harness, Command::PickHolidays);
    harness.state_mut().view.shell.path_text = gone.display().to_string();
    harness.run();
    assert!(says(
        &harness,
        "There is no such file: /no/such/folder/days.csv"
    ));
}

#[test]
fn enter_adds_what_is_known() {
    let mut harness = harness(Desk::full(Screen::Forecast), [1_280.0, 1_400.0]);
    harness.get_by_label("Add what you know…").click_accesskit();
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    assert!(harness.state().edits.is_empty(), "an effect is missing");
    for (field, text) in [("Effect", "+20%"), ("Name", "New customer")] {
        harness
            .get_by_role_and_label(Role::TextInput, field)
            .focus();
        harness.run();
        harness
            .get_by_role_and_label(Role::TextInput, field)
            .type_text(text);
        harness.run();
    }
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(harness.state().edits, ["add a change that lasts"]);
}
