//! What stands beside the text of the promises: presets to begin with, the export as OpenSLO, and what alert rules that
//! were pasted suggest.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use eframe::egui::{self, Id, Ui};

use super::Cx;
use super::parts::{note_ui, problem_ui};
use crate::analysis::sla::presets::{PRESETS, Preset};
use crate::analysis::sla::prometheus_rules::{self, AlertHints};
use crate::analysis::sla::to_openslo;
use crate::project::SlaEntry;
use crate::ui::command::Command;
use crate::ui::icons;
use crate::ui::notify::Notification;
use crate::ui::theme::{self, TEXT_SMALL, space};

/// A menu of the promises that ship with the program. The chosen one becomes a set of the project; returns its place.
pub(super) fn presets_ui(ui: &mut Ui, cx: &mut Cx<'_>) -> Option<usize> {
    let slas = &cx.state.doc.slas;
    let writable = !cx.state.read_only();
    let mut chosen: Option<&Preset> = None;
    ui.add_enabled_ui(writable, |ui| {
        let title = format!("{}  Add a preset…", icons::ADD);
        let menu = ui.menu_button(title, |ui| {
            ui.set_max_width(430.0);
            for preset in &PRESETS {
                let known = slas.iter().any(|s| s.name == preset.title);
                ui.add_enabled_ui(!known, |ui| {
                    let choice = ui.button(preset.title);
                    choice.widget_info(|| {
                        egui::WidgetInfo::labeled(egui::Role::Button, !known, preset.title)
                    });
                    if choice
                        .on_disabled_hover_text("It is in the project already")
                        .clicked()
                    {
                        chosen = Some(preset);
                    }
                });
                // Menus justify their text; a sentence reads better without.
                ui.with_layout(egui::Layout::top_down(egui::Align::Min), |ui| {
                    note_ui(ui, preset.about);
                });
            }
        });
        menu.response.widget_info(|| {
            egui::WidgetInfo::labeled(egui::Role::Button, writable, "Add a preset…")
        });
    });
    let preset = chosen?;
    let place = slas.len();
    cx.edit(format!("add the preset {}", preset.title), move |doc| {
        doc.slas.push(SlaEntry {
            name: preset.title.to_owned(),
            yaml: preset.yaml.to_owned(),
            ..SlaEntry::default()
        });
    });
    Some(place)
}

/// A button that saves a set of promises as OpenSLO, and says what that cannot hold.
pub(super) fn export_ui(ui: &mut Ui, cx: &mut Cx<'_>, entry: &SlaEntry, enabled: bool) {
    let button = egui::Button::new("Export as OpenSLO…");
    let response = ui
        .add_enabled(enabled, button)
        .on_hover_text("What OpenSLO has no words for is kept in annotations, and comes back when the file is read again");
    if !response.clicked() {
        return;
    }
    match to_openslo(&entry.yaml) {
        Ok(export) => {
            if !export.unsaid.is_empty() {
                cx.send(Command::Notify(Notification::info(format!(
                    "OpenSLO cannot say everything. {}",
                    export.unsaid.join(" ")
                ))));
            }
            let stem = entry
                .name
                .rsplit_once('.')
                .map_or(entry.name.as_str(), |(stem, _)| stem);
            cx.send(Command::SaveText {
                file_name: format!("{stem}.openslo.yaml"),
                text: export.text,
            });
        }
        Err(error) => cx.send(Command::Notify(Notification::error(format!(
            "The promises could not be written as OpenSLO: {error}"
        )))),
    }
}

/// What a text suggests, where it is alert rules; read once for each text.
pub(super) fn hints_of(ui: &Ui, text: &str) -> Option<AlertHints> {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    let now = hasher.finish();
    let id = Id::unique("alert-rules");
    let kept: Option<(u64, Option<AlertHints>)> = ui.data(|d| d.get_temp(id));
    match kept {
        Some((of, hints)) if of == now => hints,
        _ => {
            let found = prometheus_rules::are_alert_rules(text)
                .then(|| prometheus_rules::read(text).ok())
                .flatten();
            ui.data_mut(|d| d.insert_temp(id, (now, found.clone())));
            found
        }
    }
}

/// The height that [`hints_ui`] needs, in points.
pub(super) const HINTS_HEIGHT: f32 = 230.0;

/// Alert rules, each with what was found in it, and a button that writes the promises they suggest in place of them.
/// Returns these; nothing is applied by it.
pub(super) fn hints_ui(ui: &mut Ui, hints: &AlertHints) -> Option<String> {
    ui.add_space(space::XS);
    ui.label(theme::strong("These are alert rules"));
    egui::ScrollArea::vertical()
        .id_salt("alert-hints")
        .max_height(HINTS_HEIGHT - 80.0)
        .show(ui, |ui| {
            for hint in &hints.hints {
                let words = prometheus_rules::hint_words(hint);
                let text = egui::RichText::new(words).size(TEXT_SMALL);
                ui.add(egui::Label::new(text).wrap());
            }
        });
    if hints.yaml.is_empty() {
        problem_ui(
            ui,
            "No rule holds a simple threshold, so none suggests a promise",
        );
        return None;
    }
    ui.button("Write the promises they suggest")
        .on_hover_text("The text is replaced by promises that can be read and changed; they count once they are applied")
        .clicked()
        .then(|| hints.yaml.clone())
}
