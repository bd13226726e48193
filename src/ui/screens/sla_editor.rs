//! The promises as text, beside their result: checked as one types, applied as one step of undo.

use eframe::egui::{
    self, ComboBox, Pos2, Rect, TextEdit, TextStyle, Ui, text_edit::TextEditOutput, vec2,
};

use super::Cx;
use super::parts::{Draft, caution_ui, note_ui, problem_ui};
use super::sla_forms;
use crate::analysis::sla::{SlaFile, SlaFileError};
use crate::project::SlaEntry;
use crate::ui::command::Command;
use crate::ui::icons;
use crate::ui::theme::{self, TEXT_SMALL, Tokens, space};

/// What to begin with.
const TEMPLATE: &str = "\
# What was promised. Targets are judged by month, latency by day, errors and throughput by hour.
objectives:
  - name: Availability
    kind: availability
    target: 99.9%
    period: month
  - name: P95 latency
    kind: latency
    percentile: 95
    target: 200ms
  - name: Error rate
    kind: error_rate
    target: 0.1%
  - name: Throughput
    kind: throughput
    target: 100_rps
    mode: capability
";

/// What the editor remembers.
#[derive(Debug, Default)]
pub struct SlaEditor {
    /// It is shown.
    pub open: bool,
    entry: usize,
    draft: Draft,
    checked: Option<(String, Option<SlaFileError>)>,
    opened: Option<Opened>,
}

/// A file that is being reviewed.
#[derive(Debug)]
struct Opened {
    /// The file; its text has been put into the editor where `shown`.
    file: SlaEntry,
    shown: bool,
    /// The set of promises it would replace, or the place of a new one.
    entry: usize,
    /// What could not be read beside it.
    problem: Option<String>,
}

impl SlaEditor {
    /// Shows the text of a file for review: as a change of the set with its name, else as a new one.
    pub(super) fn review(&mut self, file: SlaEntry, problem: Option<String>, known: &[SlaEntry]) {
        let place = known.iter().position(|e| e.name == file.name);
        self.open = true;
        self.entry = place.unwrap_or(known.len());
        self.opened = Some(Opened {
            file,
            shown: false,
            entry: self.entry,
            problem,
        });
    }

    /// What is wrong with the text as it stands; parsed once for each change.
    fn check(&mut self) -> Option<SlaFileError> {
        if self
            .checked
            .as_ref()
            .is_none_or(|(text, _)| *text != self.draft.text)
        {
            let error = SlaFile::parse(&self.draft.text).err();
            self.checked = Some((self.draft.text.clone(), error));
        }
        self.checked.as_ref().and_then(|(_, error)| error.clone())
    }
}

/// Shows the editor.
pub(super) fn show_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let slas = &cx.state.doc.slas;
    entries_ui(ui, cx);
    let editor = &mut cx.view.sla.editor;
    editor.entry = editor.entry.min(slas.len());
    let current = slas.get(editor.entry);
    let (name, yaml) = current.map_or(("new promises", TEMPLATE), |e| {
        (e.name.as_str(), e.yaml.as_str())
    });
    editor.draft.follow(name, yaml);
    if editor
        .opened
        .as_ref()
        .is_some_and(|o| o.entry != editor.entry)
    {
        editor.opened = None;
    }
    if let Some(opened) = editor.opened.as_mut().filter(|o| !o.shown) {
        editor.draft.text.clone_from(&opened.file.yaml);
        opened.shown = true;
    }
    let error = editor.check();
    let read_only = cx.state.read_only();
    let hints = sla_forms::hints_of(ui, &editor.draft.text);
    let below = hints.as_ref().map_or(0.0, |_| sla_forms::HINTS_HEIGHT);
    let room = (ui.available_height() - 96.0 - below).max(120.0);
    let tokens = Tokens::of(ui);
    egui::ScrollArea::both()
        .id_salt("sla-yaml")
        .max_height(room)
        .auto_shrink(false)
        .show(ui, |ui| {
            let rows = (room / ui.text_style_height(&TextStyle::Monospace)) as usize;
            let output = TextEdit::multiline(&mut editor.draft.text)
                .font(TextStyle::Monospace)
                .code_editor()
                .interactive(!read_only)
                .hint_text("Promises as YAML")
                .desired_width(f32::INFINITY)
                .desired_rows(rows.saturating_sub(2))
                .show(ui);
            if let Some(line) = error.as_ref().and_then(|e| e.line) {
                mark_line(ui, &output, line, tokens.bad);
            }
        });
    if let Some(hints) = &hints
        && let Some(yaml) = sla_forms::hints_ui(ui, hints)
    {
        editor.draft.text = yaml;
    }
    let changed = editor.draft.changed() || current.is_none();
    match &error {
        // What they are, and what to do with them, stands above.
        Some(_) if hints.is_some() => {}
        Some(error) => {
            let file = editor.opened.as_ref().map(|o| o.file.name.as_str());
            let text = match (file, error.line) {
                (Some(file), Some(line)) => format!("{file}, line {line}: {error}"),
                (Some(file), None) => format!("{file}: {error}"),
                (None, Some(line)) => format!("Line {line}: {error}"),
                (None, None) => error.to_string(),
            };
            problem_ui(ui, &text);
        }
        None if changed => note_ui(ui, "The text can be read; apply it to judge by it"),
        None => note_ui(ui, "As it is applied"),
    }
    if let Some(opened) = &editor.opened {
        let name = &opened.file.name;
        let so = if current.is_some() {
            format!("From {name}, in place of what is applied under that name")
        } else {
            format!("From {name}; it becomes a set of promises of that name")
        };
        note_ui(ui, &so);
        if let Some(why) = &opened.problem {
            caution_ui(ui, &format!("Nothing will be excluded by a table: {why}"));
        }
    }
    let can_apply = changed && error.is_none() && !read_only;
    buttons_ui(ui, cx, changed, can_apply);
}

fn entries_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let slas = &cx.state.doc.slas;
    ui.horizontal(|ui| {
        ui.label(theme::strong("Promises"));
        let editor = &mut cx.view.sla.editor;
        let name = slas
            .get(editor.entry)
            .map_or("new", |e| e.name.as_str())
            .to_owned();
        if !slas.is_empty() {
            let combo = ComboBox::from_id_salt("sla-entry")
                .selected_text(&name)
                .show_ui(ui, |ui| {
                    for (index, entry) in slas.iter().enumerate() {
                        ui.selectable_value(&mut editor.entry, index, &entry.name);
                    }
                    ui.selectable_value(&mut editor.entry, slas.len(), "new");
                });
            combo.response.widget_info(|| {
                egui::WidgetInfo::labeled(egui::Role::ComboBox, true, "Which promises")
            });
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let close = ui.button(icons::CLOSE).on_hover_text("Close the text");
            close.widget_info(|| {
                egui::WidgetInfo::labeled(egui::Role::Button, true, "Close the editor")
            });
            if close.clicked() {
                cx.view.sla.editor.open = false;
            }
        });
    });
    ui.add_space(space::XS);
}

/// Colours the line that could not be read.
fn mark_line(ui: &Ui, output: &TextEditOutput, line: u64, color: egui::Color32) {
    let wanted = line.saturating_sub(1) as usize;
    let mut number = 0;
    for row in &output.galley.rows {
        if number == wanted {
            let rect = row.rect().translate(output.galley_pos.to_vec2());
            let left = output.response.rect.left();
            let band = Rect::from_min_max(
                Pos2::new(left, rect.top()),
                Pos2::new(output.response.rect.right(), rect.bottom()),
            );
            ui.painter()
                .rect_filled(band, 0.0, color.gamma_multiply(0.16));
            let bar = Rect::from_min_size(band.min, vec2(3.0, band.height()));
            ui.painter().rect_filled(bar, 0.0, color);
            return;
        }
        if row.ends_with_newline {
            number += 1;
        }
    }
}

fn buttons_ui(ui: &mut Ui, cx: &mut Cx<'_>, changed: bool, can_apply: bool) {
    ui.horizontal_wrapped(|ui| {
        let tokens = Tokens::of(ui);
        let apply =
            egui::Button::new(theme::strong("Apply").color(tokens.on_accent)).fill(tokens.accent);
        let entry = cx.view.sla.editor.entry;
        if ui.add_enabled(can_apply, apply).clicked() {
            let text = cx.view.sla.editor.draft.take();
            let opened = cx.view.sla.editor.opened.take().map(|o| o.file);
            let known = cx.state.doc.slas.get(entry).map(|e| e.name.clone());
            let what = known.map_or_else(
                || "add promises".to_owned(),
                |name| format!("change promises in {name}"),
            );
            cx.edit(what, move |doc| {
                let file = opened.clone().unwrap_or_default();
                match doc.slas.get_mut(entry) {
                    Some(existing) => {
                        existing.yaml.clone_from(&text);
                        existing.exclusions.extend(file.exclusions);
                    }
                    None => doc.slas.push(SlaEntry {
                        name: match file.name.as_str() {
                            "" => format!("promises {}", doc.slas.len() + 1),
                            name => name.to_owned(),
                        },
                        yaml: text.clone(),
                        ..file
                    }),
                }
            });
        }
        let editor = &mut cx.view.sla.editor;
        if ui
            .add_enabled(
                editor.draft.changed() || editor.opened.is_some(),
                egui::Button::new("Revert"),
            )
            .clicked()
        {
            editor.draft.revert();
            editor.opened = None;
        }
        cx.button(ui, Command::OpenRules);
        if let Some(place) = sla_forms::presets_ui(ui, cx) {
            cx.view.sla.editor.entry = place;
        }
        if let Some(existing) = cx.state.doc.slas.get(entry) {
            sla_forms::export_ui(ui, cx, existing, !changed);
        }
        if let Some(existing) = cx.state.doc.slas.get(entry)
            && ui
                .button(egui::RichText::new("Remove").size(TEXT_SMALL + 1.0))
                .clicked()
        {
            cx.edit(
                format!("remove promises in {}", existing.name),
                move |doc| {
                    if entry < doc.slas.len() {
                        doc.slas.remove(entry);
                    }
                },
            );
        }
    });
}
