//! The screens. Each answers one question and says the answer first; each reads `AppState`, keeps what is only its own
//! in its part of `ViewState`, and sends commands.

mod advice;
pub mod breach;
mod breach_list;
mod breach_story;
pub mod capacity;
mod capacity_curve;
pub mod capacity_headroom;
mod capacity_inputs;
mod capacity_tables;
pub mod closing;
pub mod compare;
mod compare_canary;
mod compare_parts;
mod compare_table;
mod compare_trend;
pub mod data;
pub mod explore;
mod explore_anomalies;
mod explore_list;
pub mod forecast;
mod forecast_backtest;
mod forecast_detail;
mod forecast_fact;
mod forecast_form;
mod forecast_known;
mod forecast_limit;
mod forecast_marks;
mod forecast_models;
pub(in crate::ui) mod forecast_scorecard;
mod forecast_table;
mod load_summary;
pub mod load_tests;
pub mod overview;
pub(super) mod parts;
pub mod report_look;
mod report_preview;
pub mod reports;
mod run_charts;
pub mod settings;
pub mod sla;
mod sla_baselines;
mod sla_budget;
mod sla_detail;
mod sla_editor;
mod sla_exclusion_form;
mod sla_exclusions;
mod sla_forms;
mod sla_scorecard;
mod tool_figures;
mod trace_parts;
pub mod welcome;
pub mod what_if;

use eframe::egui;

use super::command::{Command, DocEdit};
use super::results::Request;
use super::state::{AppState, Screen, ViewState};
use super::theme;
use crate::project::ProjectDoc;

/// What a screen gets each frame.
#[derive(Debug)]
pub struct Cx<'a> {
    /// Read only.
    pub state: &'a AppState,
    /// What screens remember for themselves.
    pub view: &'a mut ViewState,
    /// Commands to carry out after the frame.
    pub out: &'a mut Vec<Command>,
}

impl Cx<'_> {
    /// Sends a command.
    pub fn send(&mut self, command: Command) {
        self.out.push(command);
    }

    /// Wants a result: starts its computation unless it is there or under way. Call it every frame, then read the slot.
    pub fn request(&mut self, request: Request) {
        let fingerprint = request.fingerprint(self.state);
        if !self.state.results.is_current(&request, fingerprint) {
            self.out.push(Command::Request(request));
        }
    }

    /// Changes the document. The name is what undo shows, in the imperative: `change target to 150 ms`.
    pub fn edit(
        &mut self,
        name: impl Into<String>,
        apply: impl Fn(&mut ProjectDoc) + Send + Sync + 'static,
    ) {
        self.out.push(Command::Edit(DocEdit::new(name, apply)));
    }

    /// A button for a command, with its icon, name, tooltip and keys; disabled where it cannot be done.
    pub fn button(&mut self, ui: &mut egui::Ui, command: Command) -> egui::Response {
        let response = command_button_ui(ui, self.state, &command, false);
        if response.clicked() {
            self.out.push(command);
        }
        response
    }

    /// As [`Cx::button`], for the one command a screen is about.
    pub fn primary_button(&mut self, ui: &mut egui::Ui, command: Command) -> egui::Response {
        let response = command_button_ui(ui, self.state, &command, true);
        if response.clicked() {
            self.out.push(command);
        }
        response
    }
}

fn command_button_ui(
    ui: &mut egui::Ui,
    state: &AppState,
    command: &Command,
    primary: bool,
) -> egui::Response {
    let tokens = theme::Tokens::of(ui);
    let text = format!("{}  {}", command.icon(), command.text());
    let button = if primary {
        egui::Button::new(theme::strong(text).color(tokens.on_accent)).fill(tokens.accent)
    } else {
        egui::Button::new(text)
    };
    let mut tip = command.tooltip().to_owned();
    if let Some(keys) = command.keys_text(ui.ctx()) {
        tip = if tip.is_empty() {
            keys
        } else {
            format!("{tip} ({keys})")
        };
    }
    let response = ui.add_enabled(command.enabled(state), button);
    let label = command.text();
    response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::Role::Button, command.enabled(state), &label)
    });
    if tip.is_empty() {
        response
    } else {
        response.on_hover_text(tip)
    }
}

/// A field for a typed path, beside every file dialog: dialogs do not work everywhere.
#[derive(Debug, Default)]
pub struct PathField {
    text: String,
}

impl PathField {
    /// Shows it; sends `ImportPaths` when a path was entered.
    pub fn show(&mut self, ui: &mut egui::Ui, out: &mut Vec<Command>) {
        ui.horizontal(|ui| {
            let field = ui.add(
                egui::TextEdit::singleline(&mut self.text)
                    .hint_text("…or type the path of a file or folder")
                    .desired_width((ui.available_width() - 120.0).clamp(120.0, 520.0)),
            );
            field.widget_info(|| {
                egui::WidgetInfo::labeled(egui::Role::TextInput, true, "Path of a file or folder")
            });
            let entered = field.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
            let typed = self.text.trim().trim_matches('"').to_owned();
            let button = ui.add_enabled(!typed.is_empty(), egui::Button::new("Read path"));
            if (entered || button.clicked()) && !typed.is_empty() {
                out.push(Command::ImportPaths(vec![typed.into()]));
                self.text.clear();
            }
        });
    }
}

/// Shows the chosen screen.
pub fn show_ui(ui: &mut egui::Ui, cx: &mut Cx<'_>) {
    match cx.state.screen {
        Screen::Welcome => welcome::show_ui(ui, cx),
        Screen::Overview => overview::show_ui(ui, cx),
        Screen::Data => data::show_ui(ui, cx),
        Screen::Explore => explore::show_ui(ui, cx),
        Screen::Sla => sla::show_ui(ui, cx),
        Screen::LoadTests => load_tests::show_ui(ui, cx),
        Screen::Forecast => forecast::show_ui(ui, cx),
        Screen::Capacity => capacity::show_ui(ui, cx),
        Screen::WhatIf => what_if::show_ui(ui, cx),
        Screen::Reports => reports::show_ui(ui, cx),
        Screen::Settings => settings::show_ui(ui, cx),
        Screen::Compare => compare::show_ui(ui, cx),
    }
}
