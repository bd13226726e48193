//! The forms of promises on the command line and on screen.

use eframe::egui;
use egui_kittest::kittest::Queryable as _;
use headroom::analysis::sla::presets::{self, PRESETS};
use headroom::ui::command::Command;
use headroom::ui::state::Screen;

use super::{parsed, preset};
use crate::cli_place::Place;
use crate::ui_fixture::{Desk, harness};

#[test]
fn the_command_lists_prints_hints_and_writes() {
    let place = Place::new();
    let listed = place.run("sla --presets --json").json();
    assert_eq!(listed["presets"].as_array().unwrap().len(), PRESETS.len());
    assert!(
        place
            .run("sla --presets")
            .out
            .contains("federation-scalability-framework.md")
    );
    let printed = place.run("sla --print-preset team");
    assert_eq!(
        printed.out.trim_end(),
        presets::find("team").unwrap().yaml.trim_end()
    );
    let unknown = place.run("sla --print-preset teem --json").error("usage");
    assert!(
        unknown["message"]
            .as_str()
            .unwrap()
            .contains("did you mean \"team\"")
    );
    let judged = place
        .run("sla run.jtl --preset team --period 2026-06 --json")
        .json();
    assert_eq!(
        judged["objectives"].as_array().unwrap().len(),
        preset("team").objectives.len()
    );

    place.write("rules.yaml", include_str!("../data/sla/alert_rules.yaml"));
    let hints = place.run("sla --hints rules.yaml");
    assert_eq!(hints.code, 0, "{}", hints.err);
    // What is printed can be used as it stands: the list of rules is comments.
    assert_eq!(parsed(&hints.out).objectives.len(), 5);
    let json = place.run("sla --hints rules.yaml --json").json();
    assert!(json["hints"][0]["rule"].is_string() && json["suggested"].is_string());

    let written = place.run("sla --preset performance-sla --write-openslo out.yaml");
    assert_eq!(written.code, 0, "{}", written.err);
    assert!(written.err.contains("no place for"), "{}", written.err);
    let text = std::fs::read_to_string(place.path("out.yaml")).unwrap();
    assert_eq!(parsed(&text).objectives.len(), 5);
    // It is judged like any other file.
    let again = place
        .run("sla run.jtl --sla out.yaml --period 2026-06 --json")
        .json();
    assert_eq!(again["objectives"].as_array().unwrap().len(), 5);
    place
        .run("sla --write-openslo out.yaml --json")
        .error("usage");
}

/// On screen: a preset is added as a set of its own, alert rules that are pasted become suggestions, and the promises
/// can be saved as OpenSLO.
#[test]
fn the_editor_adds_presets_reads_rules_and_exports() {
    let mut desk = Desk::full(Screen::Sla);
    desk.view.sla.open_editor();
    let mut harness = harness(desk, [1_300.0, 900.0]);
    harness.get_by_label("Add a preset…").click();
    harness.run();
    harness.get_by_label("Federation").click();
    harness.run();
    let slas = &harness.state().state.doc.slas;
    assert_eq!(slas.len(), 2);
    assert_eq!(slas[1].yaml, presets::find("federation").unwrap().yaml);
    assert_eq!(harness.state().edits, ["add the preset Federation"]);
    let field = harness.get_by_role(egui::Role::MultilineTextInput);
    assert!(
        field.value().unwrap().contains("Peer discovery"),
        "the new set is shown"
    );

    harness.get_by_label("Export as OpenSLO…").click();
    harness.run();
    let saved = harness
        .state()
        .sent
        .iter()
        .find_map(|command| match command {
            Command::SaveText { file_name, text } => Some((file_name.clone(), text.clone())),
            _ => None,
        });
    let (name, text) = saved.unwrap();
    assert_eq!(name, "Federation.openslo.yaml");
    assert_eq!(
        parsed(&text).objectives.len(),
        parsed(presets::find("federation").unwrap().yaml)
            .objectives
            .len()
    );

    let field = harness.get_by_role(egui::Role::MultilineTextInput);
    field.focus();
    harness.run();
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
    harness.run();
    harness
        .get_by_role(egui::Role::MultilineTextInput)
        .type_text(include_str!("../data/sla/alert_rules.yaml"));
    harness.run();
    harness.get_by_label("These are alert rules");
    harness.get_by_label_contains("HighLatency (warning, for 5 min)");
    harness
        .get_by_label("Write the promises they suggest")
        .click();
    harness.run();
    let field = harness.get_by_role(egui::Role::MultilineTextInput);
    assert_eq!(parsed(&field.value().unwrap()).objectives.len(), 5);
    // Nothing is taken over before it is applied.
    assert_eq!(
        harness.state().state.doc.slas[1].yaml,
        presets::find("federation").unwrap().yaml
    );
}

/// Pictures of the editor with its menu and with alert rules, to be looked at.
#[test]
#[ignore = "draws pictures to look at; needs a graphics adapter"]
fn looks() {
    let folder = std::env::var("HEADROOM_LOOK_DIR")
        .unwrap_or_else(|_| std::env::temp_dir().display().to_string());
    for (theme, mode) in [(egui::Theme::Dark, "dark"), (egui::Theme::Light, "light")] {
        let mut desk = Desk::full(Screen::Sla);
        desk.view.sla.open_editor();
        let size = if mode == "dark" {
            [1_100.0, 750.0]
        } else {
            [824.0, 620.0]
        };
        let builder = egui_kittest::Harness::builder()
            .with_size(size)
            .with_theme(theme)
            .wgpu();
        let mut harness = crate::ui_fixture::build(builder, desk);
        let save = |harness: &mut egui_kittest::Harness<'_, Desk>, what: &str| {
            let path = std::path::Path::new(&folder).join(format!("sla-{what}-{mode}.png"));
            harness.render().unwrap().save(path).unwrap();
        };
        harness.get_by_label("Add a preset…").click();
        harness.run();
        save(&mut harness, "presets");
        harness.key_press(egui::Key::Escape);
        harness.run();
        harness.get_by_role(egui::Role::MultilineTextInput).focus();
        harness.run();
        harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
        harness.run();
        harness
            .get_by_role(egui::Role::MultilineTextInput)
            .type_text(include_str!("../data/sla/alert_rules.yaml"));
        harness.run();
        save(&mut harness, "rules");
    }
}
