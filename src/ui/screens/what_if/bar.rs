//! The line above a scenario: which one, which is the plan, and what can be done with it.

use std::sync::Arc;

use eframe::egui::{ComboBox, Id, Modal, Role, Ui, WidgetInfo};

use super::super::Cx;
use super::super::parts::{decide_ui, field_ui, icon_button_ui};
use super::fresh;
use super::{Known, WhatIfView};
use crate::scenario::Scenario;
use crate::scenario::file::to_yaml;
use crate::ui::command::Command;
use crate::ui::icons;
use crate::ui::notify::Notification;
use crate::ui::results::Request;
use crate::ui::theme::{self, space};

/// A new name while it is typed.
#[derive(Clone, Debug)]
pub(super) struct Renaming {
    name: String,
    text: String,
}

/// Adds a scenario and shows it; says why not where it cannot be.
pub(super) fn add(cx: &mut Cx<'_>, view: &mut WhatIfView, verb: &str, scenario: Scenario) {
    if let Err(why) = cx.state.doc.takes_scenario(&scenario) {
        let text = super::super::parts::capitalised(&why.to_string());
        cx.send(Command::Notify(Notification::warning(text)));
        return;
    }
    let name = cx.state.doc.free_scenario_name(&scenario.name);
    view.selected = Some(name.clone());
    cx.edit(format!("{verb} {name}"), move |doc| {
        doc.add_scenario(scenario.clone());
    });
}

/// Shows the line.
pub(super) fn bar_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    view: &mut WhatIfView,
    scenario: &Scenario,
    known: &Known,
) {
    let writable = !cx.state.read_only();
    let doc = &cx.state.doc;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        let combo = ComboBox::from_id_salt("what-if-scenario")
            .selected_text(title(doc.committed.as_deref(), &scenario.name))
            .width(230.0)
            .truncate()
            .show_ui(ui, |ui| {
                for other in &doc.scenarios {
                    let chosen = other.name == scenario.name;
                    let text = title(doc.committed.as_deref(), &other.name);
                    if ui.selectable_label(chosen, text).clicked() {
                        view.selected = Some(other.name.clone());
                    }
                }
            });
        combo
            .response
            .widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, "Scenario"));
        ui.add_enabled_ui(writable, |ui| {
            if let Some(made) = fresh::menu_ui(ui, cx, known) {
                add(cx, view, "add the scenario", made);
            }
            if icon_button_ui(ui, writable, icons::COPY, "Duplicate").clicked() {
                add(cx, view, "duplicate the scenario as", scenario.clone());
            }
            plan_ui(ui, cx, scenario);
            more_ui(ui, cx, view, scenario);
        });
    });
    if !scenario.about.is_empty() {
        super::super::parts::note_ui(ui, &scenario.about);
    }
    rename_ui(ui, cx, view);
}

/// The name, with a word where it is the plan.
pub(super) fn title(plan: Option<&str>, name: &str) -> String {
    if plan == Some(name) {
        format!("{name} (the plan)")
    } else {
        name.to_owned()
    }
}

fn plan_ui(ui: &mut Ui, cx: &mut Cx<'_>, scenario: &Scenario) {
    let name = scenario.name.clone();
    let request = Request::Simulate(Arc::new(scenario.clone()));
    let results = &cx.state.results;
    let ran = results.is_current(&request, request.fingerprint(cx.state))
        && results.simulated(&name).is_settled();
    let is_plan = cx.state.doc.committed.as_deref() == Some(name.as_str());
    let (word, tip) = if is_plan {
        (
            "No longer the plan",
            "The scenario stays; nothing is planned any more",
        )
    } else {
        (
            "Commit as the plan",
            "This is what will be done; one scenario is the plan",
        )
    };
    if icon_button_ui(ui, is_plan || ran, icons::TARGET, word)
        .on_hover_text(tip)
        .on_disabled_hover_text(
            "The figures are not those of the scenario as it stands: let it run first",
        )
        .clicked()
    {
        let deed = if is_plan {
            format!("take {name} back as the plan")
        } else {
            format!("commit {name} as the plan")
        };
        cx.edit(deed, move |doc| {
            doc.committed = (!is_plan).then(|| name.clone());
        });
    }
}

fn more_ui(ui: &mut Ui, cx: &mut Cx<'_>, view: &mut WhatIfView, scenario: &Scenario) {
    let menu = ui.menu_button(format!("{}  More", icons::MORE), |ui| {
        if icon_button_ui(ui, true, icons::EDIT, "Rename…").clicked() {
            view.renaming = Some(Renaming {
                name: scenario.name.clone(),
                text: scenario.name.clone(),
            });
            ui.close();
        }
        if icon_button_ui(ui, true, icons::SAVE, "Save as a scenario file…").clicked() {
            cx.send(Command::SaveText {
                file_name: format!("{}.yaml", scenario.name),
                text: to_yaml(scenario),
            });
            ui.close();
        }
        if cx.button(ui, Command::OpenScenario).clicked() {
            ui.close();
        }
        ui.separator();
        if icon_button_ui(ui, true, icons::REMOVE, "Delete").clicked() {
            let name = scenario.name.clone();
            cx.edit(format!("delete the scenario {name}"), move |doc| {
                doc.remove_scenario(&name);
            });
            view.selected = None;
            ui.close();
        }
    });
    menu.response
        .widget_info(|| WidgetInfo::labeled(Role::Button, true, "More"));
}

fn rename_ui(ui: &mut Ui, cx: &mut Cx<'_>, view: &mut WhatIfView) {
    let Some(mut renaming) = view.renaming.take() else {
        return;
    };
    let modal = Modal::new(Id::unique("what-if-rename")).frame(theme::modal_frame(ui));
    let response = modal.show(ui.ctx(), |ui| {
        ui.set_width(380.0);
        ui.label(theme::title("Rename the scenario"));
        field_ui(ui, "Name", "Ten times the traffic", &mut renaming.text);
        let ready = !renaming.text.trim().is_empty();
        decide_ui(ui, "Rename it", ready, "It needs a name")
    });
    match response.inner {
        Some(true) => {
            let Renaming { name, text } = renaming;
            if text.trim() != name {
                view.selected = Some(cx.state.doc.free_scenario_name(&text));
                cx.edit(format!("rename {name} to {}", text.trim()), move |doc| {
                    doc.rename_scenario(&name, &text);
                });
            }
        }
        Some(false) => {}
        None if response.should_close() => {}
        None => view.renaming = Some(renaming),
    }
}
