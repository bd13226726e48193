//! Welcome: where do I start? Open, drop files, the sample, recent projects, and what can be read.

use std::path::Path;

use eframe::egui;

use super::Cx;
use crate::import::{Family, Format, formats};
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

/// Formats of one tool: its name, and how each is recognised.
struct Readable {
    name: &'static str,
    forms: Vec<&'static Format>,
}

/// The tools of a family in order of their names.
fn readable(family: Family) -> Vec<Readable> {
    let mut list: Vec<Readable> = Vec::new();
    for format in formats::ALL.iter().filter(|f| f.family == family) {
        let name = tool_name(format);
        match list.iter_mut().find(|r| r.name.eq_ignore_ascii_case(name)) {
            Some(known) => known.forms.push(format),
            None => list.push(Readable {
                name,
                forms: vec![format],
            }),
        }
    }
    list.sort_by_key(|r| r.name.to_lowercase());
    list
}

/// The name at the beginning of a title: "New Relic" of "New Relic NRQL answer"; all of it where no tool is named.
fn tool_name(format: &'static Format) -> &'static str {
    let title = format.short_title();
    let mut words = title.split_inclusive(' ');
    let first = words.next().unwrap_or(title);
    let second = words.next().unwrap_or_default().trim();
    if ["table", "of"].contains(&second) || first == "Access " {
        return title;
    }
    let belongs = |word: &&str| {
        let mut letters = word.trim().chars();
        letters.next().is_some_and(char::is_uppercase) && letters.any(char::is_lowercase)
    };
    let more: usize = title
        .split_inclusive(' ')
        .skip(1)
        .take_while(belongs)
        .map(str::len)
        .sum();
    title.get(..first.len() + more).map_or(title, str::trim_end)
}

fn readable_ui(ui: &mut egui::Ui) {
    ui.label(theme::strong("What it can read"));
    for family in Family::ALL {
        ui.label(theme::muted(ui, family.title()).small());
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = egui::vec2(0.0, space::XS);
            for (index, tool) in readable(family).iter().enumerate() {
                if index > 0 {
                    ui.label(theme::muted(ui, "  ·  "));
                }
                ui.label(tool.name).on_hover_ui(|ui| {
                    for format in &tool.forms {
                        ui.label(theme::strong(format.title));
                        ui.label(format!("Recognised by {}", format.recognised_by));
                    }
                });
            }
        });
        ui.add_space(space::XS);
    }
    ui.label(
        theme::muted(
            ui,
            "Formats are recognised by content, never by name. Folders, zip, tar, gz and zst are read as they are; so are promises in YAML.",
        )
        .small(),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_stand_by_their_names() {
        let names =
            |family: Family| -> Vec<&str> { readable(family).iter().map(|r| r.name).collect() };
        let tests = names(Family::LoadTest);
        assert!(
            tests.contains(&"JMeter") && tests.contains(&"k6"),
            "{tests:?}"
        );
        let metrics = names(Family::Metrics);
        assert!(metrics.contains(&"New Relic"), "{metrics:?}");
        let uptime = names(Family::Uptime);
        assert!(
            uptime.contains(&"Uptime Kuma") && uptime.contains(&"Outage table"),
            "{uptime:?}"
        );
        let all: usize = Family::ALL
            .into_iter()
            .flat_map(readable)
            .map(|r| r.forms.len())
            .sum();
        assert_eq!(all, formats::ALL.len());
    }
}
