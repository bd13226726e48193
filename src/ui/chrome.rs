//! The frame around the screens: navigation and status bar; the bar on top has its own file.

use eframe::egui;
use eframe::egui::{Align, Layout, Margin, RichText, Stroke};

use super::command::Command;
use super::icons;
use super::state::{AppState, SaveState, Screen, ViewState};
use super::theme::{self, Tokens, space};
use super::top_bar;
use super::widgets::job_bar::JobBar;
use crate::units;

const NAV_WIDTH: f32 = 176.0;
const BAR_HEIGHT: f32 = 48.0;
const STATUS_HEIGHT: f32 = 30.0;

/// Shows all three.
pub fn show_ui(ui: &mut egui::Ui, state: &AppState, view: &mut ViewState, out: &mut Vec<Command>) {
    let surface = |ui: &egui::Ui, x: f32, y: f32| {
        egui::Frame::new()
            .fill(Tokens::of(ui).surface)
            .inner_margin(Margin::symmetric(x as i8, y as i8))
    };
    egui::Panel::bottom("status")
        .exact_size(STATUS_HEIGHT)
        .frame(surface(ui, space::M, space::XS))
        .show(ui, |ui| status_ui(ui, state, out));
    egui::Panel::left("navigation")
        .exact_size(NAV_WIDTH)
        .resizable(false)
        .frame(surface(ui, space::S, space::M))
        .show(ui, |ui| navigation_ui(ui, state, out));
    egui::Panel::top("top")
        .exact_size(BAR_HEIGHT)
        .frame(surface(ui, space::L, space::S))
        .show(ui, |ui| top_bar::show_ui(ui, state, view, out));
}

fn navigation_ui(ui: &mut egui::Ui, state: &AppState, out: &mut Vec<Command>) {
    let open = state.project.is_some();
    ui.spacing_mut().item_spacing.y = 2.0;
    project_menu_ui(ui, state, out);
    ui.add_space(space::M);
    for screen in Screen::ALL {
        match screen {
            Screen::Welcome if open => continue,
            Screen::Settings => {
                let rest = ui.available_height() - 36.0;
                ui.add_space(rest.max(space::S));
            }
            _ => {}
        }
        if nav_item_ui(ui, state, screen).clicked() {
            out.push(Command::Go(screen));
        }
    }
}

fn nav_item_ui(ui: &mut egui::Ui, state: &AppState, screen: Screen) -> egui::Response {
    let tokens = Tokens::of(ui);
    let command = Command::Go(screen);
    let within = screen == Screen::LoadTests && state.screen == Screen::Compare;
    let chosen = state.screen == screen || within;
    let enabled = command.enabled(state);
    let color = if chosen { tokens.accent } else { tokens.text };
    let text = format!("{}   {}", screen.icon(), screen.name());
    let text = if chosen {
        theme::strong(text).color(color)
    } else {
        RichText::new(text)
    };
    let button = egui::Button::new(text)
        .selected(chosen)
        .stroke(Stroke::NONE)
        .fill(if chosen {
            tokens.selected
        } else {
            tokens.surface
        })
        .min_size(egui::vec2(ui.available_width(), 32.0))
        // Something on the right pushes the word to the left.
        .right_text("");
    let response = ui.add_enabled(enabled, button);
    named(&response, screen.name(), enabled);
    let mut tip = screen.question().to_owned();
    if let Some(keys) = command.keys_text(ui.ctx()) {
        tip = format!("{tip} ({keys})");
    }
    response
        .on_hover_text(tip)
        .on_disabled_hover_text("Open a project or import data first")
}

/// Gives a widget its accessible name.
pub fn named(response: &egui::Response, label: &str, enabled: bool) {
    response
        .widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, enabled, label.to_owned()));
}

/// A line of a menu for a command: icon, name, keys.
pub fn menu_item_ui(ui: &mut egui::Ui, state: &AppState, command: Command, out: &mut Vec<Command>) {
    let label = command.text_in(state);
    let enabled = command.enabled(state);
    let mut button = egui::Button::new(format!("{}   {label}", command.icon()));
    if let Some(keys) = command.keys_text(ui.ctx()) {
        button = button.shortcut_text(keys);
    }
    let response = ui.add_enabled(enabled, button);
    named(&response, &label, enabled);
    if response.clicked() {
        out.push(command);
        ui.close();
    }
}

fn project_menu_ui(ui: &mut egui::Ui, state: &AppState, out: &mut Vec<Command>) {
    let name = state.project_name();
    let text = theme::strong(format!("{}  {name}  {}", icons::HEADROOM, icons::DOWN));
    let button = egui::Button::new(text)
        .truncate()
        .stroke(Stroke::NONE)
        .fill(Tokens::of(ui).surface)
        .min_size(egui::vec2(ui.available_width(), 32.0))
        .right_text("");
    let (response, _) = egui::containers::menu::MenuButton::from_button(button).ui(ui, |ui| {
        ui.set_min_width(240.0);
        for command in [
            Command::OpenProject,
            Command::OpenSample,
            Command::NewProject,
        ] {
            menu_item_ui(ui, state, command, out);
        }
        ui.separator();
        for command in [Command::Import, Command::Save, Command::SaveAs] {
            menu_item_ui(ui, state, command, out);
        }
        ui.separator();
        for command in [Command::Undo, Command::Redo] {
            menu_item_ui(ui, state, command, out);
        }
        ui.separator();
        for command in [
            Command::MakeReport,
            Command::ToggleKeys,
            Command::CloseProject,
            Command::Quit,
        ] {
            menu_item_ui(ui, state, command, out);
        }
    });
    named(&response, "Project menu", true);
    let place = state.project.as_ref().map_or_else(
        || "Open, save, undo, quit".to_owned(),
        |p| p.path.display().to_string(),
    );
    response.on_hover_text(place);
}

fn status_ui(ui: &mut egui::Ui, state: &AppState, out: &mut Vec<Command>) {
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        let mut facts: Vec<String> = Vec::new();
        if state.project.is_some() {
            let sources = state.dataset.sources.len();
            let plural = if sources == 1 { "" } else { "s" };
            facts.push(format!("{sources} source{plural}"));
            let of = |f: fn(&crate::dataset::SourceInfo) -> u64, runs: bool| {
                state
                    .dataset
                    .sources
                    .iter()
                    .filter(|s| !runs || s.run.is_some())
                    .map(|s| f(&s.info))
                    .sum::<u64>()
            };
            let requests = of(|i| i.rows, true);
            if requests > 0 {
                facts.push(format!("{} requests", units::count(requests)));
            }
            let rejected = of(|i| i.rejected, false);
            if rejected > 0 {
                facts.push(format!("{} rows rejected", units::count(rejected)));
            }
        } else {
            facts.push("No project open".to_owned());
        }
        ui.label(theme::muted(ui, facts.join("  ·  ")).small());
        if state.project.is_some() {
            save_ui(ui, state);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            for job in state.jobs.iter().filter(|j| j.shown) {
                JobBar { job, width: 120.0 }.show(ui, out);
            }
        });
    });
}

fn save_ui(ui: &mut egui::Ui, state: &AppState) {
    let tokens = Tokens::of(ui);
    let untitled = state.project.as_ref().is_some_and(|p| p.untitled);
    let (text, color, tip) = match &state.save {
        _ if state.read_only() => (
            format!("{}  read-only", icons::LOCK),
            tokens.caution,
            state
                .project
                .as_ref()
                .and_then(|p| p.read_only_because.clone())
                .unwrap_or_default(),
        ),
        SaveState::Failed(why) => (
            format!("{}  not saved", icons::BREACHED),
            tokens.bad,
            why.clone(),
        ),
        SaveState::Pending | SaveState::Saving => {
            ("saving…".to_owned(), tokens.muted, String::new())
        }
        SaveState::Saved if untitled => (
            "kept, without a name yet".to_owned(),
            tokens.muted,
            "Save gives the project a name and a place".to_owned(),
        ),
        SaveState::Saved => ("saved".to_owned(), tokens.muted, String::new()),
    };
    let response = ui.label(RichText::new(format!("·  {text}")).small().color(color));
    if !tip.is_empty() {
        response.on_hover_text(tip);
    }
}
