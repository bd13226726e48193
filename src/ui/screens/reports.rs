//! Reports: what do I hand over? A preview of the workbook, the period, the forms it can take, and what was written so far.

use std::sync::Arc;

use eframe::egui::{self, ScrollArea, TextEdit, Ui, vec2};

use super::Cx;
use super::closing::ClosingView;
use super::parts::{Draft, answer_ui, no_data_ui, note_ui, section_ui, slot_ui};
use super::report_look::{LookView, foot_ui, head_ui, window_ui};
use super::report_preview::sheet_ui;
use crate::calendar::{Instant, Period, Zone};
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
    comment: Draft,
    /// The window about the look.
    pub look: LookView,
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
    window_ui(ui, cx);
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
        let look = ui
            .add_enabled(!state.read_only(), egui::Button::new("Look…"))
            .on_hover_text("Title, logo, colour, line at the foot and paper");
        if look.clicked() {
            cx.view.reports.look.open = true;
        }
        ui.separator();
        let at = state.period.range(&state.zone).start;
        for (word, period) in periods_of(at, &state.zone) {
            let chosen = period == state.period;
            let button = ui
                .selectable_label(chosen, word)
                .on_hover_text(format!("The report of {}", period.title()));
            if button.clicked() && !chosen {
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

/// The day, week, month, quarter and year in which an instant falls.
fn periods_of(at: Instant, zone: &Zone) -> [(&'static str, Period); 5] {
    let date = at.date(zone);
    let since_monday = i64::from(date.weekday().to_monday_zero_offset());
    let monday = jiff::Span::new()
        .try_days(since_monday)
        .and_then(|span| date.checked_sub(span))
        .unwrap_or(date);
    [
        ("Day", Period::Day(date)),
        ("Week", Period::Week(monday)),
        ("Month", Period::month_of(at, zone)),
        ("Quarter", Period::quarter_of(at, zone)),
        ("Year", Period::Year(date.year())),
    ]
}

/// The comment of the person who hands the report over; it goes into its summary.
fn comment_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let period = cx.state.period;
    let key = period.to_string();
    section_ui(ui, &format!("Comment on {}", period.title()));
    let empty = String::new();
    let text = cx.state.doc.notes.get(&key).unwrap_or(&empty);
    let draft = &mut cx.view.reports.comment;
    draft.follow(&key, text);
    let field = ui.add_enabled(
        !cx.state.read_only(),
        TextEdit::multiline(&mut draft.text)
            .desired_rows(3)
            .desired_width(f32::INFINITY)
            .hint_text(
                "What the reader should know first; it stands on the summary of the workbook",
            ),
    );
    let enabled = !cx.state.read_only();
    field.widget_info(|| {
        egui::WidgetInfo::labeled(egui::Role::TextInput, enabled, "Comment on the summary")
    });
    if let Some(text) = draft.due(ui, &field) {
        cx.edit(format!("comment on {}", period.title()), move |doc| {
            if text.trim().is_empty() {
                doc.notes.remove(&key);
            } else {
                doc.notes.insert(key.clone(), text.clone());
            }
        });
    }
}

fn preview_ui(ui: &mut Ui, cx: &mut Cx<'_>, report: &Arc<Report>) {
    let mut chosen = cx.view.reports.sheet;
    chosen = chosen.min(report.sheets.len().saturating_sub(1));
    let height = ui.available_height();
    ui.horizontal_top(|ui| {
        ui.allocate_ui(vec2(170.0, height), |ui| {
            ui.set_width(170.0);
            ui.vertical(|ui| {
                section_ui(ui, "Sheets");
                ScrollArea::vertical()
                    .id_salt("report-sheets")
                    .show(ui, |ui| {
                        ui.spacing_mut().item_spacing.y = 2.0;
                        for (index, sheet) in report.sheets.iter().enumerate() {
                            let response = ui
                                .selectable_label(chosen == index, &sheet.name)
                                .on_hover_text(&sheet.lead);
                            if response.clicked() {
                                chosen = index;
                            }
                        }
                    });
            });
        });
        ui.add_space(space::S);
        ui.vertical(|ui| {
            theme::card(ui).show(ui, |ui| {
                ScrollArea::both()
                    .id_salt(("report-sheet", chosen))
                    .auto_shrink(false)
                    .show(ui, |ui| {
                        // A page keeps its proportions; a small window scrolls over it.
                        ui.set_width(ui.available_width().max(PAGE));
                        head_ui(ui, report);
                        sheet_ui(ui, report, chosen);
                        if chosen == 0 {
                            comment_ui(ui, cx);
                        }
                        foot_ui(ui, report);
                    });
            });
        });
    });
    cx.view.reports.sheet = chosen;
}
