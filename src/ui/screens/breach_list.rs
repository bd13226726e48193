//! The breaches of one objective as a list, with what people said of them, and the notes whose breach is gone.

use eframe::egui::{self, Ui};

use super::breach::{BreachView, status_look};
use super::parts::{note_ui, section_ui};
use crate::analysis::decisions::BreachNote;
use crate::analysis::sla::{Breach, ObjectiveResult, SlaReport, Verdict};
use crate::analysis::story::themes::{self, Notes};
use crate::calendar::Zone;
use crate::ui::icons;
use crate::ui::state::AppState;
use crate::ui::theme::{self, Tokens, space};
use crate::ui::widgets::{DataTable, PlotSpan, TableColumn};
use crate::units::{self, Micros};

/// Shows the breaches of an objective; a click shows one of them beside the result.
pub(super) fn show_ui(
    ui: &mut Ui,
    breaches: &[Breach],
    objective: &ObjectiveResult,
    state: &AppState,
    view: &mut BreachView,
) {
    if breaches.is_empty() {
        if objective.verdict != Verdict::NoData {
            note_ui(ui, "No breaches in this period");
        }
        return;
    }
    let decisions = &state.doc.decisions;
    let without = themes::without_cause(breaches, decisions);
    let mut title = if breaches.len() == 1 {
        "One breach".to_owned()
    } else {
        format!("{} breaches", units::count(breaches.len() as u64))
    };
    match without {
        0 => {}
        n if n == breaches.len() => title.push_str(", no cause given"),
        n => title.push_str(&format!(", {} without a cause", units::count(n as u64))),
    }
    section_ui(ui, &title);
    if let Some(clicked) = table_ui(ui, breaches, objective, state, view)
        && let Some(breach) = breaches.get(clicked)
    {
        view.pick(&breach.objective, breach.start);
    }
    if !view.is_open() {
        note_ui(
            ui,
            "Click a breach to see its story and to write down cause, action and owner",
        );
    }
    ui.add_space(space::S);
}

/// The breaches as stretches of a chart, in their order.
pub(super) fn spans(breaches: &[Breach], zone: &Zone, tokens: &Tokens) -> Vec<PlotSpan> {
    breaches
        .iter()
        .map(|b| PlotSpan {
            name: format!(
                "breach from {}, {}, {}",
                b.start.format(zone, "%-d %b %H:%M"),
                units::duration(Micros::from_secs(b.secs)),
                b.severity
            ),
            from: b.start.as_secs(),
            to: b.end.as_secs(),
            color: tokens.bad,
        })
        .collect()
}

fn table_ui(
    ui: &mut Ui,
    breaches: &[Breach],
    objective: &ObjectiveResult,
    state: &AppState,
    view: &BreachView,
) -> Option<usize> {
    let zone = &state.zone;
    let at = |at: crate::calendar::Instant| at.format(zone, "%-d %b %H:%M");
    let notes = Notes::of(&state.doc.decisions);
    let notes = &notes;
    let current = view.picked().and_then(|key| {
        breaches
            .iter()
            .position(|b| b.start == key.start && b.objective == key.objective)
    });
    let first = breaches.first().map_or(0, |b| b.start.0);
    let last = breaches.last().map_or(0, |b| b.end.0);
    let wide = ui.available_width() >= 620.0;
    let mut table = DataTable::new(("sla-breaches", &objective.name), breaches)
        .version((first ^ last) as u64 ^ state.data_revision)
        .current(current)
        .row_height(24.0)
        .max_height(260.0)
        .column(
            TableColumn::text("From", move |b: &Breach| at(b.start))
                .sorted_by(|b| Some(b.start.as_secs()))
                .width(100.0),
        )
        .column(
            TableColumn::text("Duration", |b: &Breach| {
                units::duration(Micros::from_secs(b.secs))
            })
            .sorted_by(|b| Some(b.secs as f64))
            .right()
            .width(82.0),
        )
        .column(
            TableColumn::text("Worst", |b: &Breach| b.worst_text.clone())
                .sorted_by(|b| b.worst)
                .right()
                .width(92.0),
        );
    if wide {
        table = table
            .column(
                TableColumn::number(
                    "Budget share",
                    |b: &Breach| b.budget_share,
                    units::percent_of,
                )
                .width(92.0),
            )
            .column(
                TableColumn::text("Severity", |b: &Breach| b.severity.clone())
                    .on_hover(|b| match &b.escalation {
                        Some(e) => format!(
                            "{}: would have reached level {}, {}",
                            b.severity,
                            e.level,
                            e.name.replace('_', " ")
                        ),
                        None => b.severity.clone(),
                    })
                    .width(72.0),
            );
    }
    table
        .column(
            TableColumn::text("Action", move |b: &Breach| action_text(notes.on(b)))
                .painted(move |ui, b| action_ui(ui, notes.on(b)))
                .width(124.0)
                .on_hover(move |b| {
                    notes
                        .on(b)
                        .map_or_else(|| "No action".to_owned(), |n| n.action.clone())
                }),
        )
        .column(
            TableColumn::text("Cause", move |b: &Breach| {
                themes::cause(b, notes.on(b))
                    .unwrap_or(themes::NOT_GIVEN)
                    .to_owned()
            })
            .rest()
            .width(60.0)
            .on_hover(move |b| {
                themes::cause(b, notes.on(b))
                    .unwrap_or(themes::NOT_GIVEN)
                    .to_owned()
            }),
        )
        .show(ui)
        .clicked
}

/// `Ann, in progress`; nothing where no action was written down.
fn action_text(note: Option<&BreachNote>) -> String {
    let Some(note) = note.filter(|n| !n.action.trim().is_empty()) else {
        return "–".to_owned();
    };
    match note.owner.trim() {
        "" => note.status.word().to_owned(),
        owner => format!("{owner}, {}", note.status.word()),
    }
}

fn action_ui(ui: &mut Ui, note: Option<&BreachNote>) {
    let text = action_text(note);
    let tokens = Tokens::of(ui);
    if let Some(note) = note.filter(|n| !n.action.trim().is_empty()) {
        let (icon, color) = status_look(note.status, tokens);
        ui.spacing_mut().item_spacing.x = space::XS;
        ui.label(theme::icon(icon).color(color));
    }
    ui.add(egui::Label::new(text).selectable(false).truncate());
}

/// Notes of the period whose breach is no longer in the data: kept, shown, and opened with a click.
pub(super) fn orphans_ui(ui: &mut Ui, report: &SlaReport, state: &AppState, view: &mut BreachView) {
    let orphans = themes::orphans(&state.doc.decisions, report);
    if orphans.is_empty() {
        return;
    }
    section_ui(
        ui,
        &if orphans.len() == 1 {
            "One note belongs to a breach that is no longer in the data".to_owned()
        } else {
            format!(
                "{} notes belong to breaches that are no longer in the data",
                orphans.len()
            )
        },
    );
    for note in orphans {
        let what = [&note.cause, &note.action, &note.comment]
            .into_iter()
            .map(|t| t.trim())
            .find(|t| !t.is_empty())
            .unwrap_or(themes::NOT_GIVEN);
        let text = format!(
            "{}  {}, {}: {what}",
            icons::NOTE,
            note.start.format(&state.zone, "%-d %b %H:%M"),
            note.objective
        );
        if ui.add(egui::Button::new(text).truncate()).clicked() {
            view.pick(&note.objective, note.start);
        }
    }
    ui.add_space(space::S);
}
