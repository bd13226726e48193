//! What are the columns of this table? The first rows always in view, over each column what it is taken for and why,
//! and below what that would give.

use std::path::PathBuf;

use eframe::egui;
use eframe::egui::{ComboBox, Id, Modal, RichText, TextEdit, WidgetInfo};
use egui_extras::{Column, TableBuilder};

use super::command::Command;
use super::dispatch::file_name;
use super::icons;
use super::mapping::MappingTask;
use super::mapping_draft::{
    DECIMALS, EDGES, KINDS, TIME_FORMATS, UNITS, complete, position, set_kind, set_role,
};
use super::state::AppState;
use super::theme::{self, Tokens, space};
use super::top_bar::zone_picker_ui;
use crate::dataset::Role as SourceRole;
use crate::import::table::mapping::{ColumnMapping, Kind, Mapping, Preview, Role, to_yaml};

/// Width of a column of the table.
const COLUMN: f32 = 176.0;
/// Height of a row of it.
const ROW: f32 = 22.0;
/// Height of a control over a column, and of the name and the remark together.
const CONTROL: f32 = 32.0;
const NAME_AND_REMARK: f32 = 44.0;
/// The pattern of times to start from.
const PATTERN: &str = "%Y-%m-%d %H:%M:%S";

/// The mapping that a person is changing.
#[derive(Debug, Default)]
pub struct MappingView {
    draft: Option<Draft>,
}

#[derive(Debug)]
struct Draft {
    path: PathBuf,
    mapping: Mapping,
    remember: bool,
    zone_text: String,
}

/// Shows it while there is a table to say it of.
pub fn show_ui(ui: &egui::Ui, state: &AppState, view: &mut MappingView, out: &mut Vec<Command>) {
    let Some(task) = &state.mapping else {
        view.draft = None;
        return;
    };
    if view.draft.as_ref().is_none_or(|d| d.path != task.path) {
        view.draft = Some(Draft {
            path: task.path.clone(),
            mapping: complete(task.start.clone(), &task.examined.shape),
            remember: task.is_known,
            zone_text: String::new(),
        });
    }
    let Some(draft) = &mut view.draft else {
        return;
    };
    let screen = ui.content_rect().size();
    let modal = Modal::new(Id::unique("mapping")).frame(theme::modal_frame(ui));
    let response = modal.show(ui.ctx(), |ui| {
        let width = (COLUMN + space::M) * task.examined.shape.width as f32 + space::XL;
        ui.set_width(width.clamp(700.0, 1_240.0).min(screen.x - 80.0));
        ui.label(theme::title(format!(
            "What are the columns of {}?",
            file_name(&task.path)
        )));
        settings_ui(ui, draft, &state.doc.source_zone);
        ui.separator();
        let height = (screen.y - 400.0).clamp(240.0, 480.0);
        table_ui(ui, task, draft, height);
        ui.separator();
        gives_ui(ui, state, task, draft);
        ui.add_space(space::S);
        buttons_ui(ui, task, draft, out);
    });
    if response.should_close() {
        out.push(Command::CloseMapping);
    }
    if !task.is_current(&draft.mapping) {
        out.push(Command::PreviewMapping(Box::new(draft.mapping.clone())));
    }
}

/// What holds for the table as a whole.
fn settings_ui(ui: &mut egui::Ui, draft: &mut Draft, project_zone: &str) {
    let mapping = &mut draft.mapping;
    ui.horizontal_wrapped(|ui| {
        ui.label(theme::muted(ui, "Its rows are"));
        let mut kind = mapping.kind;
        let kinds = Kind::ALL.map(|kind| (kind, kind.title()));
        if pick_ui(ui, "Kind of rows", 190.0, &mut kind, &kinds) {
            set_kind(mapping, kind);
        }
        ui.label(theme::muted(ui, "Decimals"));
        pick_ui(ui, "Decimals", 100.0, &mut mapping.decimal, &DECIMALS);
        ui.label(theme::muted(ui, "Times without a zone"));
        let zone = [mapping.zone.as_str(), project_zone, "UTC"]
            .into_iter()
            .find(|zone| !zone.is_empty())
            .unwrap_or_default();
        let zone = zone.to_owned();
        ui.menu_button(format!("{}  {zone}", icons::ZONE), |ui| {
            ui.set_min_width(220.0);
            if let Some(zone) = zone_picker_ui(ui, &mut draft.zone_text, &zone) {
                mapping.zone = zone;
                ui.close();
            }
        });
    });
    ui.horizontal_wrapped(|ui| {
        for (label, text) in [
            ("Service", &mut mapping.service),
            ("Environment", &mut mapping.environment),
        ] {
            let name = ui.label(theme::muted(ui, label));
            ui.add(TextEdit::singleline(text).desired_width(130.0))
                .labelled_by(name.id);
        }
        ui.label(theme::muted(ui, "Role"));
        let roles = [
            (None, "As guessed"),
            (Some(SourceRole::Production), SourceRole::Production.name()),
            (Some(SourceRole::Test), SourceRole::Test.name()),
        ];
        pick_ui(ui, "Role of the file", 110.0, &mut mapping.role, &roles);
    });
}

fn table_ui(ui: &mut egui::Ui, task: &MappingTask, draft: &mut Draft, height: f32) {
    let shape = &task.examined.shape;
    let rows: &[Vec<String>] = task.preview.as_ref().map_or(&[], |p| p.rows.as_slice());
    let width = shape.width;
    let controls = draft
        .mapping
        .columns
        .iter()
        .map(|c| controls(draft.mapping.kind, c))
        .max()
        .unwrap_or(1);
    let header_height = NAME_AND_REMARK + CONTROL * controls as f32;
    egui::ScrollArea::horizontal()
        .id_salt("mapping-columns")
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.x = space::M;
            TableBuilder::new(ui)
                .id_salt("mapping-rows")
                .striped(true)
                .vscroll(true)
                .min_scrolled_height(height - header_height)
                .max_scroll_height(height - header_height)
                .auto_shrink([false, true])
                .cell_layout(egui::Layout::left_to_right(egui::Align::Center))
                .columns(Column::exact(COLUMN).clip(true), width)
                .header(header_height, |mut header| {
                    for index in 0..width {
                        header.col(|ui| {
                            ui.vertical(|ui| column_ui(ui, task, draft, index));
                        });
                    }
                })
                .body(|body| {
                    body.rows(ROW, rows.len(), |mut row| {
                        let cells = rows.get(row.index());
                        for index in 0..width {
                            row.col(|ui| {
                                let cell = cells.and_then(|c| c.get(index));
                                let is_read = role_of(draft, task, index) != Role::Ignore;
                                let text =
                                    RichText::new(cell.map_or("", String::as_str)).monospace();
                                let text = if is_read {
                                    text
                                } else {
                                    text.color(Tokens::of(ui).muted)
                                };
                                ui.add(egui::Label::new(text).selectable(false).truncate());
                            });
                        }
                    });
                });
        });
}

fn role_of(draft: &Draft, task: &MappingTask, index: usize) -> Role {
    position(&draft.mapping, &task.examined.shape, index)
        .and_then(|entry| draft.mapping.columns.get(entry))
        .map_or(Role::Ignore, |c| c.role)
}

/// What stands over a column: its name, what it is taken for, in which form, and why.
fn column_ui(ui: &mut egui::Ui, task: &MappingTask, draft: &mut Draft, index: usize) {
    ui.spacing_mut().item_spacing.y = space::XS;
    let name = task.examined.shape.column_name(index);
    ui.add(egui::Label::new(theme::strong(&name)).truncate());
    let Some(entry) = position(&draft.mapping, &task.examined.shape, index) else {
        return;
    };
    let kind = draft.mapping.kind;
    let roles: Vec<(Role, &str)> = kind.roles().iter().map(|r| (*r, r.title())).collect();
    let mut role = role_of(draft, task, index);
    if pick_ui(ui, &format!("Role of {name}"), COLUMN, &mut role, &roles) {
        set_role(&mut draft.mapping, entry, role);
    }
    if let Some(column) = draft.mapping.columns.get_mut(entry) {
        form_ui(ui, &name, kind, column);
    }
    remark_ui(ui, task, draft, index, &name);
}

/// How many controls stand over a column.
fn controls(kind: Kind, column: &ColumnMapping) -> usize {
    match column.role {
        Role::Time | Role::Start | Role::End => {
            let pattern = usize::from(column.format.contains('%'));
            let edge = usize::from(kind == Kind::Requests && column.role == Role::Time);
            2 + pattern + edge
        }
        Role::Value => 3,
        Role::Duration | Role::Status | Role::Success => 2,
        _ => 1,
    }
}

/// What more a role needs to be told.
fn form_ui(ui: &mut egui::Ui, name: &str, kind: Kind, column: &mut ColumnMapping) {
    match column.role {
        Role::Time | Role::Start | Role::End => {
            let is_pattern = column.format.contains('%');
            let pattern = if is_pattern {
                column.format.clone()
            } else {
                PATTERN.to_owned()
            };
            let mut formats: Vec<(String, &str)> = TIME_FORMATS
                .iter()
                .map(|(format, words)| ((*format).to_owned(), *words))
                .collect();
            formats.push((pattern, "By a pattern"));
            let label = format!("Format of {name}");
            pick_ui(ui, &label, COLUMN, &mut column.format, &formats);
            if is_pattern {
                let field = ui.add(
                    TextEdit::singleline(&mut column.format)
                        .font(egui::TextStyle::Monospace)
                        .desired_width(COLUMN),
                );
                let label = format!("Pattern of {name}");
                field.widget_info(|| WidgetInfo::labeled(egui::Role::TextInput, true, &label));
                // Without any part it would be the name of a form.
                if !column.format.contains('%') {
                    column.format.push('%');
                }
            }
            if kind == Kind::Requests && column.role == Role::Time {
                let label = format!("{name} is the time");
                pick_ui(ui, &label, COLUMN, &mut column.at, &EDGES);
            }
        }
        Role::Duration => {
            let units = UNITS.map(|(unit, words)| (unit.to_owned(), words));
            pick_ui(
                ui,
                &format!("Unit of {name}"),
                COLUMN,
                &mut column.unit,
                &units,
            );
        }
        Role::Value => {
            let label = format!("Kind of {name}");
            pick_ui(ui, &label, COLUMN, &mut column.kind, &KINDS);
            let field = ui.add(
                TextEdit::singleline(&mut column.unit)
                    .hint_text("unit, such as ms or %")
                    .desired_width(COLUMN),
            );
            let label = format!("Unit of {name}");
            field.widget_info(|| WidgetInfo::labeled(egui::Role::TextInput, true, &label));
        }
        Role::Status => {
            let limits = [
                (None, "failed from 400 on"),
                (Some(500), "failed from 500 on"),
            ];
            let label = format!("Failures in {name}");
            pick_ui(ui, &label, COLUMN, &mut column.failed_from, &limits);
        }
        Role::Success => {
            let mut words = column.success_values.join(", ");
            let field = ui.add(
                TextEdit::singleline(&mut words)
                    .hint_text("true, yes, ok, 1, …")
                    .desired_width(COLUMN),
            );
            let label = format!("Words for success in {name}");
            field.widget_info(|| WidgetInfo::labeled(egui::Role::TextInput, true, &label));
            if field.changed() {
                column.success_values = words
                    .split(',')
                    .map(|word| word.trim().to_owned())
                    .collect();
                if column.success_values.iter().all(String::is_empty) {
                    column.success_values.clear();
                }
            }
        }
        _ => {}
    }
}

/// Cells that could not be used, else why the column was taken for what it is.
fn remark_ui(ui: &mut egui::Ui, task: &MappingTask, draft: &Draft, index: usize, name: &str) {
    let blamed = task.preview.as_ref().and_then(|p| p.blamed.get(name));
    if let Some(count) = blamed {
        let rows = if *count == 1 { "row" } else { "rows" };
        let text = format!("{count} {rows} rejected");
        let color = Tokens::of(ui).caution;
        ui.label(RichText::new(text).color(color).small());
        return;
    }
    let guess = &task.examined.guess;
    let guessed = position(&guess.mapping, &task.examined.shape, index);
    let same = guessed
        .and_then(|i| guess.mapping.columns.get(i))
        .is_some_and(|c| c.role == role_of(draft, task, index));
    let reason = guessed.and_then(|i| guess.reasons.get(i));
    if let (true, Some(reason)) = (same, reason) {
        let text = theme::muted(ui, reason).small();
        ui.add(egui::Label::new(text).selectable(false).truncate());
    }
}

/// What it would give, or what is wrong.
fn gives_ui(ui: &mut egui::Ui, state: &AppState, task: &MappingTask, draft: &Draft) {
    let tokens = Tokens::of(ui);
    if let Some(error) = &task.error {
        line_ui(ui, icons::BREACHED, tokens.bad, error);
        return;
    }
    let Some(preview) = &task.preview else {
        ui.label(theme::muted(ui, "Reading the first rows…"));
        return;
    };
    let sentence = preview.sentence(&state.zone);
    let (icon, color) = if !preview.is_usable() {
        (icons::BREACHED, tokens.bad)
    } else if preview.rejected > 0 {
        (icons::WARNING, tokens.caution)
    } else {
        (icons::MET, tokens.good)
    };
    ui.scope(|ui| {
        if !task.is_current(&draft.mapping) {
            ui.disable();
        }
        line_ui(ui, icon, color, &sentence);
        egui::ScrollArea::vertical()
            .id_salt("mapping-remarks")
            .max_height(84.0)
            .show(ui, |ui| remarks_ui(ui, preview));
    });
}

fn line_ui(ui: &mut egui::Ui, icon: &str, color: egui::Color32, text: &str) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        ui.label(theme::icon(icon).color(color));
        ui.label(theme::strong(text));
    });
}

fn remarks_ui(ui: &mut egui::Ui, preview: &Preview) {
    for problem in preview.problems.iter().skip(1) {
        ui.label(theme::muted(ui, problem).small());
    }
    for reject in &preview.rejects {
        let column = if reject.column.is_empty() {
            String::new()
        } else {
            format!("{}: ", reject.column)
        };
        let text = format!("Line {}, {column}{}", reject.line, reject.reason);
        ui.label(theme::muted(ui, text).small());
    }
    let said = ["rows that could", "rows that cannot"];
    for warning in &preview.warnings {
        if !said.iter().any(|start| warning.starts_with(start)) {
            ui.label(theme::muted(ui, warning).small());
        }
    }
}

fn buttons_ui(ui: &mut egui::Ui, task: &MappingTask, draft: &mut Draft, out: &mut Vec<Command>) {
    let tokens = Tokens::of(ui);
    let usable = task.preview.as_ref().is_some_and(|p| p.is_usable())
        && task.is_current(&draft.mapping)
        && task.error.is_none();
    ui.horizontal(|ui| {
        let text = format!("{}  Import", icons::IMPORT);
        let text = theme::strong(text).color(tokens.on_accent);
        let import = ui.add_enabled(usable, egui::Button::new(text).fill(tokens.accent));
        import.widget_info(|| WidgetInfo::labeled(egui::Role::Button, usable, "Import"));
        if import.clicked() {
            out.push(Command::ImportMapped {
                mapping: Box::new(draft.mapping.clone()),
                remember: draft.remember,
            });
        }
        if ui.button("Cancel").clicked() {
            out.push(Command::CloseMapping);
        }
        ui.checkbox(&mut draft.remember, "Use for files like this")
            .on_hover_text(
                "Remembered for tables with the same header, in the project and in the program",
            );
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let save = format!("{}  Save mapping as file…", icons::SAVE);
            let button = ui.button(save);
            button.widget_info(|| {
                WidgetInfo::labeled(egui::Role::Button, true, "Save mapping as file…")
            });
            let button = button.on_hover_text("For headroom --mapping");
            if button.clicked() {
                let stem = task.path.file_stem();
                let stem = stem.map_or_else(String::new, |s| s.to_string_lossy().into_owned());
                out.push(Command::SaveText {
                    file_name: format!("{stem} mapping.yaml"),
                    text: to_yaml(&draft.mapping, &[]),
                });
            }
        });
    });
}

/// A list to pick from, with an accessible name. Says whether something else was picked.
fn pick_ui<T: Clone + PartialEq>(
    ui: &mut egui::Ui,
    label: &str,
    width: f32,
    value: &mut T,
    choices: &[(T, &str)],
) -> bool {
    let shown = choices
        .iter()
        .find(|(choice, _)| choice == value)
        .map_or("Other", |(_, words)| words);
    let before = value.clone();
    let combo = ComboBox::from_id_salt(label)
        .width(width)
        .height(420.0)
        .truncate()
        .selected_text(shown)
        .show_ui(ui, |ui| {
            for (choice, words) in choices {
                ui.selectable_value(value, choice.clone(), *words);
            }
        });
    let named = format!("{label}: {shown}");
    let response = combo.response;
    response.widget_info(|| WidgetInfo::labeled(egui::Role::ComboBox, true, &named));
    *value != before
}
