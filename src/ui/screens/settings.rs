//! Settings: theme, renderer, time zone, and the fiscal year of the project.

use eframe::egui;

use super::Cx;
use crate::calendar::FiscalStart;
use crate::ui::command::{Command, DocEdit};
use crate::ui::icons;
use crate::ui::settings::{RENDERERS, THEMES, renderer_name, theme_name};
use crate::ui::theme::{self, space};
use crate::ui::top_bar::zone_picker_ui;

/// What the screen remembers for itself.
#[derive(Debug, Default)]
pub struct SettingsView {
    zone_text: String,
}

/// Shows the screen.
pub fn show_ui(ui: &mut egui::Ui, cx: &mut Cx<'_>) {
    ui.label(theme::title("Settings"));
    ui.label(theme::muted(
        ui,
        "They belong to the program, apply at once, and are ignored by headless commands",
    ));
    ui.add_space(space::L);
    egui::ScrollArea::vertical().show(ui, |ui| {
        section_ui(ui, "Theme", "", |ui| {
            ui.horizontal(|ui| {
                for choice in THEMES {
                    let chosen = cx.state.settings.theme == choice;
                    let icon = Command::SetTheme(choice).icon();
                    let response = ui.selectable_label(chosen, format!("{icon}  {}", theme_name(choice)));
                    crate::ui::chrome::named(&response, theme_name(choice), true);
                    if response.clicked() {
                        cx.send(Command::SetTheme(choice));
                    }
                }
            });
        });
        section_ui(
            ui,
            "Renderer",
            "Changes at the next start. Automatic uses wgpu, and OpenGL where that fails or crashed",
            |ui| {
                for choice in RENDERERS {
                    let chosen = cx.state.settings.renderer == choice;
                    if ui.radio(chosen, renderer_name(choice)).clicked() {
                        cx.send(Command::SetRenderer(choice));
                    }
                }
            },
        );
        section_ui(
            ui,
            "Time zone of new projects",
            "The zone of the open project is in the bar on top",
            |ui| {
                let current = match cx.state.settings.time_zone.as_str() {
                    "" => "UTC",
                    name => name,
                };
                let text = format!("{}  {current}  {}", icons::ZONE, icons::DOWN);
                let menu = ui.menu_button(text, |ui| {
                    ui.set_min_width(220.0);
                    let text = &mut cx.view.settings.zone_text;
                    if let Some(zone) = zone_picker_ui(ui, text, current) {
                        cx.send(Command::SetDefaultZone(zone));
                        ui.close();
                    }
                });
                crate::ui::chrome::named(&menu.response, "Time zone of new projects", true);
            },
        );
        if cx.state.project.is_some() {
            section_ui(
                ui,
                "Fiscal year of this project",
                "Kept with the project, and followed by headless commands. A fiscal year is named after the year in which it ends",
                |ui| fiscal_ui(ui, cx),
            );
        }
    });
}

fn fiscal_ui(ui: &mut egui::Ui, cx: &mut Cx<'_>) {
    let current = cx.state.doc.fiscal_start;
    let word = |start: Option<FiscalStart>| {
        start.map_or_else(
            || "None, calendar years only".to_owned(),
            |start| format!("Begins in {}", start.name()),
        )
    };
    let text = format!("{}  {}  {}", icons::CALENDAR, word(current), icons::DOWN);
    let menu = ui.menu_button(text, |ui| {
        ui.set_min_width(220.0);
        for start in std::iter::once(None).chain(FiscalStart::all().map(Some)) {
            if ui.selectable_label(start == current, word(start)).clicked() {
                cx.send(Command::Edit(DocEdit::new(
                    "change the fiscal year",
                    move |doc| doc.fiscal_start = start,
                )));
                ui.close();
            }
        }
    });
    crate::ui::chrome::named(&menu.response, "Fiscal year of this project", true);
}

fn section_ui(ui: &mut egui::Ui, title: &str, note: &str, content: impl FnOnce(&mut egui::Ui)) {
    theme::card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width().min(720.0));
        ui.label(theme::strong(title));
        if !note.is_empty() {
            ui.label(theme::muted(ui, note));
        }
        ui.add_space(space::XS);
        content(ui);
    });
    ui.add_space(space::M);
}
