//! SLA: did we keep our promises? The objectives, the one that is selected in detail, and the promises as text beside them.

use eframe::egui::{self, Panel, Ui, vec2};

use super::Cx;
use super::breach::{self, BreachView};
use super::overview::{achieved_text, target_text};
use super::parts::{answer_ui, icon_button_ui, no_data_ui, problem_ui, slot_ui};
use super::sla_baselines::{self, BaselinesView};
use super::sla_editor::{self, SlaEditor};
use super::sla_exclusions::{self, ExclusionsView};
use super::sla_forms;
use crate::analysis::sla::ObjectiveResult;
use crate::project::SlaEntry;
use crate::ui::command::Command;
use crate::ui::icons;
use crate::ui::results::{Request, SlaOutcome};
use crate::ui::state::{AppState, Screen};
use crate::ui::theme::space;
use crate::ui::widgets::empty_state::EmptyState;
use crate::ui::widgets::{DataTable, StatusBadge, TableColumn};

/// What the screen remembers for itself.
#[derive(Debug, Default)]
pub struct SlaView {
    selected: usize,
    pub(super) editor: SlaEditor,
    pub(super) breach: BreachView,
    pub(super) exclusions: ExclusionsView,
    pub(super) baselines: BaselinesView,
}

impl SlaView {
    /// Shows this objective when the screen is opened.
    pub const fn select(&mut self, objective: usize) {
        self.selected = objective;
    }

    /// Shows this breach when the screen is opened.
    pub fn pick_breach(&mut self, objective: &str, start: crate::calendar::Instant) {
        self.breach.pick(objective, start);
    }

    /// Shows the text of a file in the editor, with what could not be read beside it. Nothing is applied by it.
    pub fn review(&mut self, entry: SlaEntry, problem: Option<String>, known: &[SlaEntry]) {
        self.breach = BreachView::default();
        self.editor.review(entry, problem, known);
    }

    /// Opens the screen with the text of the promises.
    pub const fn open_editor(&mut self) {
        self.editor.open = true;
    }
}

/// Shows the screen.
pub fn show_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    if no_data_ui(
        ui,
        cx,
        Screen::Sla,
        "Here stands for every promise whether it was kept, how much of its error budget is left, and when it was broken. \
         Import load tests, metrics or outages to begin",
    ) {
        return;
    }
    if cx.view.sla.editor.open {
        Panel::right("sla-editor")
            .resizable(true)
            .default_size((ui.available_width() * 0.42).clamp(300.0, 520.0))
            .min_size(260.0)
            .frame(egui::Frame::new().inner_margin(egui::Margin {
                left: space::M as i8,
                ..egui::Margin::ZERO
            }))
            .show(ui, |ui| sla_editor::show_ui(ui, cx));
    } else if cx.view.sla.breach.is_open() {
        Panel::right("sla-breach")
            .resizable(true)
            .default_size((ui.available_width() * 0.38).clamp(300.0, 440.0))
            .min_size(280.0)
            .frame(egui::Frame::new().inner_margin(egui::Margin {
                left: space::M as i8,
                ..egui::Margin::ZERO
            }))
            .show(ui, |ui| breach::show_ui(ui, cx));
    }
    if cx.state.doc.slas.is_empty() {
        empty_ui(ui, cx);
        return;
    }
    cx.request(Request::Sla);
    result_ui(ui, cx);
    sla_exclusions::form_ui(ui, cx);
    sla_baselines::form_ui(ui, cx);
}

fn empty_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    EmptyState::new(
        Screen::Sla.icon(),
        "No promises yet",
        "Promises are a short text: availability, latency, error rate and throughput with their targets. \
         Load a file that has them, or write them here",
    )
    .primary(Command::Import)
    .show(ui, cx);
    if !cx.view.sla.editor.open {
        ui.vertical_centered(|ui| {
            if icon_button_ui(ui, true, icons::EDIT, "Write promises").clicked() {
                cx.view.sla.editor.open = true;
            }
            if sla_forms::presets_ui(ui, cx).is_some() {
                cx.view.sla.editor.open = true;
            }
        });
    }
}

fn result_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let state = cx.state;
    let slot = &state.results.sla;
    let sentence = slot.value.as_ref().map_or_else(
        || format!("Judging {}…", state.period.title()),
        |outcome| outcome.report.sentence(&state.period.title()),
    );
    ui.horizontal_top(|ui| {
        let room = (ui.available_width() - 150.0).max(180.0);
        ui.allocate_ui(vec2(room, 0.0), |ui| {
            ui.set_width(room);
            ui.vertical(|ui| answer_ui(ui, &sentence, ""));
        });
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Min), |ui| {
            let open = cx.view.sla.editor.open;
            let word = if open {
                "Close the text"
            } else {
                "Edit promises"
            };
            if icon_button_ui(ui, true, icons::EDIT, word).clicked() {
                cx.view.sla.editor.open = !open;
            }
        });
    });
    slot_ui(ui, slot, "Judging promises…", |ui, outcome| {
        for (name, why) in &outcome.problems {
            problem_ui(ui, &format!("{name} could not be judged: {why}"));
        }
        super::closing::banner_ui(ui, state, &outcome.report);
        let objectives = &outcome.report.objectives;
        if objectives.is_empty() {
            return;
        }
        let (view, out) = (&mut cx.view.sla, &mut *cx.out);
        view.selected = view.selected.min(objectives.len() - 1);
        let room = ui.available_width();
        // Narrower, names and figures would be cut off on both sides.
        let beside = room >= 860.0;
        if beside {
            let left = (room * 0.36).clamp(270.0, 480.0);
            let height = ui.available_height();
            ui.horizontal_top(|ui| {
                ui.allocate_ui(vec2(left, height), |ui| {
                    ui.set_width(left);
                    ui.vertical(|ui| list_ui(ui, outcome, &mut view.selected, state, height));
                });
                ui.add_space(space::M);
                ui.vertical(|ui| {
                    egui::ScrollArea::vertical()
                        .id_salt("sla-detail")
                        .auto_shrink(false)
                        .show(ui, |ui| {
                            let selected = view.selected;
                            super::sla_detail::show_ui(ui, outcome, selected, state, view, out);
                        });
                });
            });
        } else {
            egui::ScrollArea::vertical()
                .id_salt("sla-all")
                .auto_shrink(false)
                .show(ui, |ui| {
                    list_ui(ui, outcome, &mut view.selected, state, 220.0);
                    ui.add_space(space::M);
                    let selected = view.selected;
                    super::sla_detail::show_ui(ui, outcome, selected, state, view, out);
                });
        }
        // One panel at a time stands beside the result.
        if view.breach.take_fresh() {
            view.editor.open = false;
        }
    });
}

fn list_ui(ui: &mut Ui, outcome: &SlaOutcome, selected: &mut usize, state: &AppState, height: f32) {
    let room = ui.available_width();
    let wide = room >= 440.0;
    // A range of buckets, or a share with its count, is longer than one figure.
    let achieved_width = match room {
        room if room >= 640.0 => 190.0,
        room if room >= 360.0 => 104.0,
        _ => 74.0,
    };
    let mut table = DataTable::new("sla-objectives", &outcome.report.objectives)
        .version(state.data_revision)
        .current(Some(*selected))
        .max_height(height)
        .column(
            TableColumn::text("Objective", |o: &ObjectiveResult| o.name.clone())
                .strong()
                .rest()
                .width(90.0)
                .on_hover(|o| format!("{}\n{}\n{}", o.name, o.scope, o.rule)),
        );
    if wide {
        table = table.column(
            TableColumn::text("Target", target_text)
                .sorted_by(|o| o.target)
                .right()
                .width(110.0),
        );
    }
    let table = table
        .column(
            TableColumn::text("Achieved", achieved_text)
                .sorted_by(|o| o.achieved)
                .right()
                .width(achieved_width)
                .on_hover(achieved_text),
        )
        .column(
            TableColumn::text("Status", |o: &ObjectiveResult| o.verdict.word().to_owned())
                .sorted_by(|o| Some(f64::from(o.verdict as u8)))
                .painted(|ui, o| {
                    StatusBadge::verdict(o.verdict).show(ui);
                })
                .width(96.0),
        )
        .show(ui);
    if let Some(clicked) = table.clicked {
        *selected = clicked;
    }
}
