//! The bar on top: scope, period, time zone, find anything, notifications, report.

use eframe::egui;
use eframe::egui::{Align, Layout, RichText};

use super::chrome::named;
use super::command::Command;
use super::icons;
use super::notify::Level;
use super::period_menu;
use super::state::{AppState, ViewState};
use super::theme::{self, Tokens, space};
use crate::calendar::Zone;
use crate::dataset::ScopeFilter;

/// Below this width words give way to icons.
const NARROW: f32 = 880.0;

/// Shows the bar.
pub fn show_ui(ui: &mut egui::Ui, state: &AppState, view: &mut ViewState, out: &mut Vec<Command>) {
    let narrow = ui.available_width() < NARROW;
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        if state.project.is_some() {
            scope_ui(ui, state, out);
            period_ui(ui, state, view, out);
            zone_ui(ui, state, view, narrow, out);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if state.project.is_some() {
                let button = egui::Button::new(format!("{}  Report", icons::EXPORT));
                let enabled = Command::MakeReport.enabled(state);
                let response = ui.add_enabled(enabled, button);
                named(&response, "Report", enabled);
                if response
                    .on_hover_text(format!(
                        "{} ({})",
                        Command::MakeReport.tooltip(),
                        keys_of(ui, &Command::MakeReport)
                    ))
                    .clicked()
                {
                    out.push(Command::MakeReport);
                }
            }
            bell_ui(ui, state, out);
            let find = if narrow {
                icons::FIND.to_owned()
            } else {
                format!("{}  Find", icons::FIND)
            };
            let find = egui::Button::new(theme::muted(ui, find))
                .shortcut_text(theme::muted(ui, keys_of(ui, &Command::TogglePalette)).small());
            let response = ui.add(find);
            named(&response, "Find anything", true);
            if response
                .on_hover_text(Command::TogglePalette.tooltip())
                .clicked()
            {
                out.push(Command::TogglePalette);
            }
        });
    });
}

fn keys_of(ui: &egui::Ui, command: &Command) -> String {
    command.keys_text(ui.ctx()).unwrap_or_default()
}

fn bell_ui(ui: &mut egui::Ui, state: &AppState, out: &mut Vec<Command>) {
    let tokens = Tokens::of(ui);
    let color = match state.notifications.worst() {
        Some(Level::Error) => tokens.bad,
        Some(Level::Warning) => tokens.caution,
        _ => tokens.muted,
    };
    let count = state.notifications.len();
    let text = if count > 0 {
        format!("{} {count}", icons::NOTIFICATIONS)
    } else {
        icons::NOTIFICATIONS.to_owned()
    };
    let response = ui.button(RichText::new(text).color(color));
    named(&response, "Notifications", true);
    if response.on_hover_text("Notifications").clicked() {
        out.push(Command::ToggleNotifications);
    }
}

fn scope_ui(ui: &mut egui::Ui, state: &AppState, out: &mut Vec<Command>) {
    let scope = &state.doc.scope;
    let values = |of: fn(&crate::dataset::Scope) -> &String| {
        let mut values: Vec<String> = state
            .dataset
            .sources
            .iter()
            .map(|s| of(&s.info.scope).clone())
            .filter(|v| !v.is_empty())
            .collect();
        values.sort();
        values.dedup();
        values
    };
    let services = values(|s| &s.service);
    let environments = values(|s| &s.environment);
    let said =
        |chosen: &Option<String>, all: &str| chosen.clone().unwrap_or_else(|| all.to_owned());
    let chosen = [&scope.service, &scope.environment];
    let chosen: Vec<&str> = chosen.into_iter().flatten().map(String::as_str).collect();
    let chosen = if chosen.is_empty() {
        "All services".to_owned()
    } else {
        chosen.join(" · ")
    };
    let text = format!("{}  {chosen}  {}", icons::SCOPE, icons::DOWN);
    let mut choose = |scope: ScopeFilter| out.push(Command::SetScope(scope));
    let response = ui.menu_button(text, |ui| {
        ui.set_min_width(200.0);
        ui.label(theme::muted(ui, "Service").small());
        for value in std::iter::once(None).chain(services.into_iter().map(Some)) {
            let label = said(&value, "All services");
            if ui.selectable_label(scope.service == value, label).clicked() {
                choose(ScopeFilter {
                    service: value,
                    ..scope.clone()
                });
            }
        }
        ui.separator();
        ui.label(theme::muted(ui, "Environment").small());
        for value in std::iter::once(None).chain(environments.into_iter().map(Some)) {
            let label = said(&value, "All environments");
            if ui
                .selectable_label(scope.environment == value, label)
                .clicked()
            {
                choose(ScopeFilter {
                    environment: value,
                    ..scope.clone()
                });
            }
        }
    });
    named(&response.response, "Scope", true);
    response
        .response
        .on_hover_text("Which service and environment everything is about");
}

fn period_ui(ui: &mut egui::Ui, state: &AppState, view: &mut ViewState, out: &mut Vec<Command>) {
    ui.spacing_mut().item_spacing.x = 2.0;
    for (by, icon) in [(-1, icons::PREVIOUS), (1, icons::NEXT)] {
        if by == 1 {
            period_menu::show_ui(ui, state, &mut view.shell.period_text, out);
        }
        let command = Command::StepPeriod(by);
        let response = ui.button(icon);
        named(&response, &command.text(), true);
        let tip = format!("{} ({})", command.tooltip(), keys_of(ui, &command));
        if response.on_hover_text(tip).clicked() {
            out.push(command);
        }
    }
    ui.spacing_mut().item_spacing.x = space::S;
}

fn zone_ui(
    ui: &mut egui::Ui,
    state: &AppState,
    view: &mut ViewState,
    narrow: bool,
    out: &mut Vec<Command>,
) {
    let name = state.zone.name();
    let name = match name.rsplit_once('/') {
        Some((_, city)) if narrow => city,
        _ => name,
    };
    let text = format!("{}  {name}", icons::ZONE);
    let response = ui.menu_button(text, |ui| {
        ui.set_min_width(220.0);
        ui.label(theme::muted(ui, "Time zone of the calendar").small());
        if let Some(zone) = zone_picker_ui(ui, &mut view.shell.zone_text, state.zone.name()) {
            out.push(Command::SetZone(zone));
            ui.close();
        }
    });
    named(&response.response, "Time zone", true);
    response
        .response
        .on_hover_text("Days, months and quarters are cut in this time zone");
}

/// Zones offered without typing.
pub const COMMON_ZONES: [&str; 10] = [
    "UTC",
    "Europe/London",
    "Europe/Berlin",
    "Europe/Paris",
    "America/New_York",
    "America/Chicago",
    "America/Los_Angeles",
    "Asia/Kolkata",
    "Asia/Tokyo",
    "Australia/Sydney",
];

/// A list of common zones and a field for any other; returns what was chosen.
pub fn zone_picker_ui(ui: &mut egui::Ui, text: &mut String, current: &str) -> Option<String> {
    let mut chosen = None;
    for zone in COMMON_ZONES {
        if ui.selectable_label(zone == current, zone).clicked() {
            chosen = Some(zone.to_owned());
        }
    }
    ui.separator();
    let field = ui.add(
        egui::TextEdit::singleline(text)
            .hint_text("Another, such as Asia/Kathmandu")
            .desired_width(200.0),
    );
    field.widget_info(|| {
        egui::WidgetInfo::labeled(egui::Role::TextInput, true, "Another time zone")
    });
    let typed = text.trim();
    let entered = field.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
    if entered && !typed.is_empty() {
        chosen = Some(typed.to_owned());
    }
    if !typed.is_empty() && Zone::named(typed).is_err() {
        let tokens = Tokens::of(ui);
        ui.label(RichText::new("Not a known zone name yet").color(tokens.caution));
    }
    chosen
}
