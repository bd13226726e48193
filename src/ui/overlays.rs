//! What lies over the screens: keys and dropped files on their way in, notifications, the palette, the list of keys,
//! and the question about files that overlap.

use std::path::PathBuf;

use eframe::egui;
use eframe::egui::{Align2, Area, Color32, Id, Key, KeyboardShortcut, Modal, Order, RichText};

use super::command::{Command, OverlapChoice};
use super::icons;
use super::mapping_dialog;
use super::notify::{Level, Notification};
use super::state::{AppState, OverlapQuestion, ViewState};
use super::theme::{self, Tokens, space};
use super::typed_path;
use crate::calendar::Zone;

/// Turns keys into commands. Those with more modifiers come first, or Ctrl-Shift-Z would be taken for Ctrl-Z.
pub fn take_keys(ui: &egui::Ui, state: &AppState, view: &ViewState, out: &mut Vec<Command>) {
    let typing = ui.text_edit_focused();
    let mut keyed: Vec<(KeyboardShortcut, Command)> = Command::all()
        .into_iter()
        .flat_map(|command| {
            let keys = [command.shortcut(), command.second_shortcut()];
            keys.into_iter()
                .flatten()
                .map(move |keys| (keys, command.clone()))
        })
        .collect();
    keyed.sort_by_key(|(keys, _)| {
        let m = keys.modifiers;
        std::cmp::Reverse(u8::from(m.shift) + u8::from(m.command) + u8::from(m.alt))
    });
    for (keys, command) in keyed {
        // A text field has its own undo, and its own use for plain keys and Alt with arrows.
        if matches!(command, Command::ToggleKeys) {
            continue;
        }
        let plain = !keys.modifiers.command;
        if typing && (plain || matches!(command, Command::Undo | Command::Redo)) {
            continue;
        }
        if ui.input_mut(|i| i.consume_shortcut(&keys)) && command.enabled(state) {
            out.push(command);
        }
    }
    // Where ? lies differs from keyboard to keyboard; what arrives as text is certain.
    let asked = ui.input(|i| {
        let mut events = i.events.iter();
        events.any(|e| matches!(e, egui::Event::Text(text) if text == "?"))
    });
    if asked && !typing {
        out.push(Command::ToggleKeys);
    }
    let closes = |open: bool| open && ui.input(|i| i.key_pressed(Key::Escape));
    if closes(view.shell.notifications_open) {
        out.push(Command::ToggleNotifications);
    }
}

/// Turns dropped files into an import.
pub fn take_drops(ui: &egui::Ui, out: &mut Vec<Command>) {
    let paths: Vec<PathBuf> = ui.input(|i| {
        let files = i.raw.dropped_files.iter();
        files.map(|file| file.path().to_path_buf()).collect()
    });
    if !paths.is_empty() {
        out.push(Command::ImportPaths(paths));
    }
}

/// Shows everything that is open.
pub fn show_ui(ui: &mut egui::Ui, state: &AppState, view: &mut ViewState, out: &mut Vec<Command>) {
    toasts_ui(ui, state, view, out);
    if view.shell.notifications_open {
        list_ui(ui, state, view, out);
    }
    if let Some(chosen) = view.shell.palette.show(ui, state) {
        if chosen.series.is_some() {
            view.shell.found_series = chosen.series;
        }
        out.extend(chosen.commands);
    }
    if view.shell.keys_open {
        keys_ui(ui, out);
    }
    if let Some(question) = state.overlaps.first() {
        overlap_ui(ui, state, question, out);
    }
    if state.overlaps.is_empty() && state.mapping.is_none() && !state.zoneless.is_empty() {
        zone_ui(ui, state, &mut view.shell.source_zone_text, out);
    }
    mapping_dialog::show_ui(ui, state, &mut view.mapping, out);
    typed_path::show_ui(ui, state, &mut view.shell.path_text, out);
    drop_ui(ui);
}

fn level_icon(level: Level) -> &'static str {
    match level {
        Level::Info => icons::INFO,
        Level::Success => icons::MET,
        Level::Warning => icons::WARNING,
        Level::Error => icons::BREACHED,
    }
}

fn level_color(tokens: &Tokens, level: Level) -> Color32 {
    match level {
        Level::Info => tokens.accent,
        Level::Success => tokens.good,
        Level::Warning => tokens.caution,
        Level::Error => tokens.bad,
    }
}

fn notification_ui(
    ui: &mut egui::Ui,
    notification: &Notification,
    view: &mut ViewState,
    out: &mut Vec<Command>,
) {
    let tokens = Tokens::of(ui);
    let color = level_color(tokens, notification.level);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        let icon = ui.label(theme::icon(level_icon(notification.level)).color(color));
        icon.on_hover_text(notification.level.word());
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = space::XS;
            ui.set_width(280.0);
            ui.add(egui::Label::new(&notification.text).wrap());
            let unfolded = view.shell.details_of == Some(notification.id);
            let plain = notification.details.is_empty() && notification.level < Level::Warning;
            if plain {
                return;
            }
            ui.horizontal(|ui| {
                if !notification.details.is_empty() {
                    let word = if unfolded { "Less" } else { "Details" };
                    if ui.small_button(word).clicked() {
                        view.shell.details_of = (!unfolded).then_some(notification.id);
                    }
                }
                if notification.level >= Level::Warning && ui.small_button("Copy").clicked() {
                    let text = format!("{}\n{}", notification.text, notification.details);
                    out.push(Command::CopyText(text.trim_end().to_owned()));
                }
            });
            if unfolded {
                let details = RichText::new(&notification.details).monospace().small();
                ui.add(egui::Label::new(details).wrap());
            }
        });
        if theme::icon_button(ui, icons::CLOSE, "Dismiss").clicked() {
            out.push(Command::Dismiss(notification.id));
        }
    });
}

fn toasts_ui(ui: &egui::Ui, state: &AppState, view: &mut ViewState, out: &mut Vec<Command>) {
    if view.shell.notifications_open || state.notifications.toasts().next().is_none() {
        return;
    }
    Area::new(Id::unique("toasts"))
        .order(Order::Foreground)
        .anchor(Align2::RIGHT_BOTTOM, [-space::L, -44.0])
        .show(ui, |ui| {
            ui.set_width(360.0);
            for notification in state.notifications.toasts().take(4) {
                theme::card(ui)
                    .inner_margin(egui::Margin::same(space::M as i8))
                    .shadow(ui.visuals().popup_shadow)
                    .show(ui, |ui| notification_ui(ui, notification, view, out));
            }
        });
}

fn list_ui(ui: &egui::Ui, state: &AppState, view: &mut ViewState, out: &mut Vec<Command>) {
    Area::new(Id::unique("notifications"))
        .order(Order::Foreground)
        .anchor(Align2::RIGHT_TOP, [-space::L, 52.0])
        .show(ui, |ui| {
            let height = ui.content_rect().height() - 140.0;
            theme::card(ui)
                .shadow(ui.visuals().popup_shadow)
                .show(ui, |ui| {
                    ui.set_width(360.0);
                    ui.horizontal(|ui| {
                        ui.label(theme::strong("Notifications"));
                        let right = egui::Layout::right_to_left(egui::Align::Center);
                        ui.with_layout(right, |ui| {
                            let label = "Close notifications";
                            if theme::icon_button(ui, icons::CLOSE, label).clicked() {
                                out.push(Command::ToggleNotifications);
                            }
                            let some = !state.notifications.is_empty();
                            let all = egui::Button::new("Dismiss all").small();
                            if ui.add_enabled(some, all).clicked() {
                                out.push(Command::DismissAll);
                            }
                        });
                    });
                    if state.notifications.is_empty() {
                        ui.label(theme::muted(ui, "Nothing has happened yet"));
                    }
                    egui::ScrollArea::vertical()
                        .max_height(height)
                        .show(ui, |ui| {
                            for notification in state.notifications.iter() {
                                ui.separator();
                                let at = notification.at.format(&state.zone, "%H:%M:%S");
                                ui.label(theme::muted(ui, at).small());
                                notification_ui(ui, notification, view, out);
                            }
                        });
                });
        });
}

fn keys_ui(ui: &egui::Ui, out: &mut Vec<Command>) {
    let by_pointer = [
        ("Zoom a plot", "Ctrl+wheel"),
        ("Choose a range of time", "drag"),
        ("Whole range again", "double-click"),
        ("Larger or smaller text", "Ctrl + or Ctrl −"),
        ("Close what lies on top", "Esc"),
    ];
    let mut lines: Vec<(String, String)> = Command::all()
        .into_iter()
        .filter_map(|command| {
            let mut keys = command.keys_text(ui.ctx())?;
            if let Some(second) = command.second_shortcut() {
                keys = format!("{keys}, {}", ui.ctx().format_shortcut(&second));
            }
            Some((format!("{}   {}", command.icon(), command.text()), keys))
        })
        .collect();
    lines.extend(by_pointer.map(|(what, keys)| (what.to_owned(), keys.to_owned())));
    let modal = Modal::new(Id::unique("keys")).frame(theme::modal_frame(ui));
    let response = modal.show(ui.ctx(), |ui| {
        ui.set_width(680.0);
        ui.label(theme::title("Keys"));
        ui.add_space(space::S);
        let half = lines.len().div_ceil(2);
        ui.columns(2, |columns| {
            for (index, (column, lines)) in columns.iter_mut().zip(lines.chunks(half)).enumerate() {
                egui::Grid::new(("keys", index))
                    .num_columns(2)
                    .spacing([space::XL, 0.0])
                    .min_row_height(24.0)
                    .show(column, |ui| {
                        for (what, keys) in lines {
                            ui.label(what);
                            ui.label(RichText::new(keys).monospace());
                            ui.end_row();
                        }
                    });
            }
        });
        ui.add_space(space::M);
        ui.button("Close").clicked()
    });
    if response.inner || response.should_close() {
        out.push(Command::ToggleKeys);
    }
}

fn overlap_ui(ui: &egui::Ui, state: &AppState, question: &OverlapQuestion, out: &mut Vec<Command>) {
    let modal = Modal::new(Id::unique("overlap")).frame(theme::modal_frame(ui));
    modal.show(ui.ctx(), |ui| {
        ui.set_width(460.0);
        let name = &question.source.info.file_name;
        ui.label(theme::title("Which one counts?"));
        let others: Vec<String> = question
            .overlaps
            .iter()
            .filter_map(|id| Some(state.dataset.source(id)?.info.file_name.clone()))
            .collect();
        ui.label(format!(
            "{name} tells about the same thing at the same time as {}.",
            others.join(", ")
        ));
        ui.label(theme::muted(
            ui,
            "Keep both only if each holds a part, such as the results of two load generators: they add up.",
        ));
        ui.add_space(space::M);
        ui.horizontal(|ui| {
            for choice in [
                OverlapChoice::Replace,
                OverlapChoice::Keep,
                OverlapChoice::Both,
            ] {
                let command = Command::AnswerOverlap(choice);
                if ui.button(command.text()).clicked() {
                    out.push(command);
                }
            }
        });
    });
}

/// Times without a zone: which one is meant? Asked once a project.
fn zone_ui(ui: &egui::Ui, state: &AppState, text: &mut String, out: &mut Vec<Command>) {
    let modal = Modal::new(Id::unique("source-zone")).frame(theme::modal_frame(ui));
    let mut answer = |zone: String| {
        out.push(Command::AnswerSourceZone {
            source_ids: state.zoneless.clone(),
            zone,
        });
    };
    let shown = modal.show(ui.ctx(), |ui| {
        ui.set_width(420.0);
        ui.label(theme::title("In which time zone were these times written?"));
        let names: Vec<&str> = state
            .zoneless
            .iter()
            .filter_map(|id| Some(state.dataset.source(id)?.info.file_name.as_str()))
            .take(3)
            .collect();
        let more = state.zoneless.len().saturating_sub(names.len());
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        ui.label(format!(
            "Times in {}{more} carry no zone and were read as UTC.",
            names.join(", ")
        ));
        ui.label(theme::muted(
            ui,
            "The answer holds for this project; a single source can be read another way on the Data screen.",
        ));
        ui.add_space(space::S);
        if let Some(zone) = super::top_bar::zone_picker_ui(ui, text, Zone::utc().name()) {
            answer(zone);
        }
        ui.add_space(space::M);
        if ui.button("They are UTC").clicked() {
            answer(Zone::utc().name().to_owned());
        }
    });
    if shown.should_close() {
        answer(Zone::utc().name().to_owned());
    }
}

/// While files hover over the window: where they go.
fn drop_ui(ui: &egui::Ui) {
    let hovered = ui.input(|i| i.raw.hovered_files.clone());
    if hovered.is_empty() {
        return;
    }
    let tokens = Tokens::of(ui);
    let names: Vec<String> = hovered
        .iter()
        .filter_map(|f| f.path.as_deref())
        .map(super::dispatch::file_name)
        .take(6)
        .collect();
    let rect = ui.content_rect();
    let layer = egui::LayerId::new(Order::Foreground, Id::unique("drop"));
    let painter = ui.ctx().layer_painter(layer);
    painter.rect_filled(rect, 0, tokens.canvas.gamma_multiply(0.92));
    painter.rect_stroke(
        rect.shrink(space::L),
        theme::CORNER,
        egui::Stroke::new(2.0, tokens.accent),
        egui::StrokeKind::Inside,
    );
    let text = format!("Drop to import\n{}", names.join("\n"));
    let font = egui::FontId::new(theme::TEXT_TITLE, theme::strong_family());
    painter.text(
        rect.center(),
        Align2::CENTER_CENTER,
        text,
        font,
        tokens.text,
    );
}
