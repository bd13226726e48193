//! Welcome: where do I start? Open, drop files, the sample, recent projects, and what can be read.

use std::path::Path;

use eframe::egui;

use super::Cx;
use crate::import::formats;
use crate::ui::command::Command;
use crate::ui::icons;
use crate::ui::theme::{self, Tokens, space};

/// What the screen remembers for itself.
#[derive(Debug, Default)]
pub struct WelcomeView {
    /// What is typed into the path field.
    pub path: super::PathField,
}

/// Shows the screen.
pub fn show_ui(ui: &mut egui::Ui, cx: &mut Cx<'_>) {
    egui::ScrollArea::vertical().show(ui, |ui| {
        let width = ui.available_width().min(1_000.0);
        let side = ((ui.available_width() - width) / 2.0).max(0.0);
        ui.horizontal_top(|ui| {
            ui.add_space(side);
            ui.vertical(|ui| {
                ui.set_width(width);
                ui.add_space(space::L);
                ui.label(theme::title("Headroom"));
                ui.label(theme::muted(
                    ui,
                    "Did we keep our promises, when do we run out, and what if? From the files that load tests and monitoring already write.",
                ));
                ui.add_space(space::L);
                drop_zone_ui(ui, cx);
                ui.add_space(space::L);
                ui.columns(2, |columns| {
                    if let [left, right] = columns {
                        recent_ui(left, cx);
                        readable_ui(right);
                    }
                });
            });
        });
    });
}

fn drop_zone_ui(ui: &mut egui::Ui, cx: &mut Cx<'_>) {
    let tokens = Tokens::of(ui);
    egui::Frame::new()
        .fill(tokens.surface)
        .stroke(egui::Stroke::new(1.0, tokens.control_border))
        .corner_radius(theme::CORNER)
        .inner_margin(space::XL)
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = space::M;
                ui.label(theme::icon(icons::IMPORT).size(28.0).color(tokens.muted));
                ui.vertical(|ui| {
                    ui.label(theme::strong(
                        "Drop files or a folder anywhere on this window",
                    ));
                    ui.label(theme::muted(
                        ui,
                        "They go into a new project, which is kept from the first moment on",
                    ));
                });
            });
            ui.add_space(space::M);
            ui.horizontal_wrapped(|ui| {
                cx.primary_button(ui, Command::OpenSample);
                cx.button(ui, Command::OpenProject);
                cx.button(ui, Command::Import);
                cx.button(ui, Command::NewProject);
            });
            ui.add_space(space::S);
            let Cx { view, out, .. } = cx;
            view.welcome.path.show(ui, out);
        });
}

fn recent_ui(ui: &mut egui::Ui, cx: &mut Cx<'_>) {
    ui.label(theme::strong("Recent projects"));
    if cx.state.recent.iter().next().is_none() {
        ui.label(theme::muted(
            ui,
            "Projects that were opened will be listed here",
        ));
        return;
    }
    for path in cx.state.recent.iter() {
        let name = project_name(path);
        ui.horizontal(|ui| {
            let text = format!("{}   {name}", icons::RECENT);
            let open = ui.link(text).on_hover_text(path.display().to_string());
            if open.clicked() {
                cx.out.push(Command::OpenPaths(vec![path.to_path_buf()]));
            }
            let label = format!("Forget {name}; the file stays");
            if theme::icon_button(ui, icons::CLOSE, &label).clicked() {
                cx.out.push(Command::ForgetRecent(path.to_path_buf()));
            }
        });
        let folder = path.parent().map(|p| p.display().to_string());
        ui.label(theme::muted(ui, folder.unwrap_or_default()).small());
    }
}

/// The name of a project's file.
fn project_name(path: &Path) -> String {
    path.file_stem()
        .map(|n| n.to_string_lossy().into_owned())
        .unwrap_or_default()
}

fn readable_ui(ui: &mut egui::Ui) {
    ui.label(theme::strong("What it can read"));
    egui::Grid::new("readable")
        .num_columns(1)
        .spacing([space::L, space::XS])
        .show(ui, |ui| {
            for format in formats::ALL {
                let how = format!("Recognised by {}", format.recognised_by);
                ui.label(format.title).on_hover_text(how);
                ui.end_row();
            }
            ui.label("Promises (SLA files in YAML)");
            ui.end_row();
        });
    ui.label(
        theme::muted(
            ui,
            "The format is recognised by content, never by its name. Compressed files (gz, zst) are read as they are.",
        )
        .small(),
    );
}
