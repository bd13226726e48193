//! Reports: what do I hand over? A preview of the workbook, the period, the forms it can take, and what was written so far.

use std::sync::Arc;

use eframe::egui::{self, ScrollArea, Ui, vec2};

use super::Cx;
use super::closing::ClosingView;
use super::parts::{answer_ui, no_data_ui, note_ui, section_ui, slot_ui};
use super::report_preview::sheet_ui;
use crate::calendar::Period;
use crate::report::model::Report;
use crate::ui::command::Command;
use crate::ui::results::Request;
use crate::ui::state::Screen;
use crate::ui::theme::{self, space};

/// A page is at least this wide.
const PAGE: f32 = 780.0;

/// What the screen remembers for itself.
#[derive(Debug, Default)]
pub struct ReportsView {
    sheet: usize,
    pub(super) closing: ClosingView,
}

/// Shows the screen.
pub fn show_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    if no_data_ui(
        ui,
        cx,
        Screen::Reports,
        "Here is the workbook of a month or a quarter before it is handed over. Import data to begin",
    ) {
        return;
    }
    cx.request(Request::Report);
    let slot = &cx.state.results.report;
    let (sentence, stands_on) = slot.value.as_ref().map_or_else(
        || {
            (
                format!("The report of {}", cx.state.period.title()),
                String::new(),
            )
        },
        |report| {
            (
                report.sentence.clone(),
                format!("{}. {}", report.title, report.subtitle),
            )
        },
    );
    answer_ui(ui, &sentence, &stands_on);
    export_ui(ui, cx);
    super::closing::line_ui(ui, cx, slot.value.as_deref().filter(|_| !slot.stale));
    ui.add_space(space::S);
    slot_ui(ui, slot, "Laying the report out…", |ui, report| {
        preview_ui(ui, cx, report);
    });
}

fn export_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let state = cx.state;
    ui.horizontal_wrapped(|ui| {
        cx.primary_button(ui, Command::MakeReport);
        for (form, name, what) in [
            (
                "html",
                "Page",
                "One HTML file that any browser shows and prints",
            ),
            ("json", "JSON", "All results, for programs"),
            ("csv", "CSV", "All tables as plain text"),
        ] {
            let button = ui
                .add_enabled(state.has_data(), egui::Button::new(format!("As {name}…")))
                .on_hover_text(what);
            if button.clicked() {
                cx.send(Command::MakeReportAs(form));
            }
        }
        ui.separator();
        let at = state.period.range(&state.zone).start;
        for (word, period) in [
            ("Month", Period::month_of(at, &state.zone)),
            ("Quarter", Period::quarter_of(at, &state.zone)),
        ] {
            let chosen = period == state.period;
            if ui
                .selectable_label(chosen, format!("{word}: {}", period.title()))
                .clicked()
                && !chosen
            {
                cx.send(Command::SetPeriod(period));
            }
        }
    });
    if let Some((path, at)) = state.exports.last() {
        let more = match state.exports.len() {
            1 => String::new(),
            n => format!(" ({n} reports since the program was started)"),
        };
        note_ui(
            ui,
            &format!(
                "Last written at {}: {}{more}",
                at.format(&state.zone, "%H:%M"),
                path.display()
            ),
        );
    }
}

fn preview_ui(ui: &mut Ui, cx: &mut Cx<'_>, report: &Arc<Report>) {
    let view = &mut cx.view.reports;
    view.sheet = view.sheet.min(report.sheets.len().saturating_sub(1));
    let height = ui.available_height();
    ui.horizontal_top(|ui| {
        ui.allocate_ui(vec2(170.0, height), |ui| {
            ui.set_width(170.0);
            ui.vertical(|ui| {
                section_ui(ui, "Sheets");
                ui.spacing_mut().item_spacing.y = 2.0;
                for (index, sheet) in report.sheets.iter().enumerate() {
                    let response = ui
                        .selectable_label(view.sheet == index, &sheet.name)
                        .on_hover_text(&sheet.lead);
                    if response.clicked() {
                        view.sheet = index;
                    }
                }
            });
        });
        ui.add_space(space::S);
        ui.vertical(|ui| {
            theme::card(ui).show(ui, |ui| {
                ScrollArea::both()
                    .id_salt(("report-sheet", view.sheet))
                    .auto_shrink(false)
                    .show(ui, |ui| {
                        // A page keeps its proportions; a small window scrolls over it.
                        ui.set_width(ui.available_width().max(PAGE));
                        sheet_ui(ui, report, view.sheet);
                    });
            });
        });
    });
}
