//! What people know beside the data: the list with what came of each, to be added to, changed and removed, and what the
//! forecast would be without it.

use eframe::egui::{self, Ui};

use super::Cx;
use super::forecast::Row;
use super::forecast_fact::Fact;
use super::forecast_form::{self, Form};
use super::parts::{crossing_text, date, icon_button_ui, note_ui, section_ui};
use crate::analysis::forecast::{CapacityCrossing, Forecast};
use crate::calendar::Instant;
use crate::dataset::SeriesInfo;
use crate::scenario::ahead::Ahead;
use crate::ui::command::Command;
use crate::ui::icons;
use crate::ui::state::Screen;
use crate::ui::theme::{self, Tokens, space};
use crate::units;

/// What the list and its form remember.
#[derive(Debug, Default)]
pub struct KnownView {
    form: Option<Form>,
}

/// The list.
pub(super) fn show_ui(ui: &mut Ui, cx: &mut Cx<'_>, row: &Row, forecast: &Forecast) {
    section_ui(ui, "What you know beside the data");
    let known = cx.state.doc.known(&row.name);
    let facts = Fact::all(&known);
    let committed = cx.state.doc.ahead();
    let planned = matches!(&committed, Some(Ok(ahead)) if ahead.concerns(&row.name));
    if facts.is_empty() && !planned {
        note_ui(
            ui,
            "Changes to come, campaigns, holidays, incidents to leave out, capacity that is ordered: the forecast follows them, and the one without stands beside it",
        );
    } else {
        compare_ui(ui, cx, forecast);
        let capacity = forecast.capacity.as_ref();
        if let Some(cost) = capacity.and_then(CapacityCrossing::cost) {
            let cost = units::grouped(cost, 2);
            note_ui(ui, &format!("The planned capacity costs {cost}"));
        }
    }
    let zone = cx.state.zone.clone();
    let writable = !cx.state.read_only();
    for fact in &facts {
        let words = fact.words(&row.unit, &zone);
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            ui.label(theme::icon(icon(fact)).color(Tokens::of(ui).muted));
            ui.label(&words);
            let edit = ui.add_enabled(writable, egui::Button::new("Edit…").small());
            let name = format!("Edit {words}");
            edit.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, writable, &name));
            if edit.clicked() {
                cx.view.forecast.known.form = Some(Form::of(&row.name, fact, &zone));
            }
            let remove = ui.add_enabled(writable, egui::Button::new("Remove").small());
            let name = format!("Remove {words}");
            remove.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, writable, &name));
            if remove.clicked() {
                let (series, gone) = (row.name.clone(), fact.clone());
                cx.edit(format!("remove {words}"), move |doc| {
                    gone.remove(doc, &series);
                });
            }
            if let Some(note) = note(fact, forecast, cx) {
                ui.label(theme::muted(ui, note));
            }
        });
    }
    match &committed {
        Some(Ok(ahead)) if planned => plan_ui(ui, cx, row, forecast, ahead),
        Some(Ok(ahead)) => {
            let tables = cx.state.dataset.sources.iter().flat_map(|s| &s.metrics);
            let names: Vec<String> = tables
                .flat_map(|table| table.series.iter().map(SeriesInfo::display_name))
                .collect();
            if let Some(why) = ahead.missing(names.iter().map(String::as_str)) {
                note_ui(ui, &why);
            }
        }
        Some(Err(why)) => note_ui(ui, why),
        None => {}
    }
    known_spans_ui(ui, cx, row, forecast);
    ui.horizontal_wrapped(|ui| {
        let first = forecast.points.first().map(|p| p.t.date(&zone));
        for (word, addition) in [("Add what you know…", false), ("Plan capacity…", true)] {
            let enabled = writable && (!addition || row.limit.is_some());
            let button = icon_button_ui(ui, enabled, icons::ADD, word)
                .on_disabled_hover_text("It needs a limit to be added to");
            if button.clicked() {
                let from = first.unwrap_or_default();
                cx.view.forecast.known.form = Some(Form::blank(&row.name, from, addition));
            }
        }
        cx.button(ui, Command::PickHolidays);
    });
    ui.add_space(space::S);
}

/// What the committed plan changes: it is edited where it was made.
fn plan_ui(ui: &mut Ui, cx: &mut Cx<'_>, row: &Row, forecast: &Forecast, ahead: &Ahead) {
    let zone = cx.state.zone.clone();
    let changes = ahead.change().map(Fact::Change);
    let addition = ahead.addition().filter(|_| row.limit.is_some());
    for fact in changes.into_iter().chain(addition.map(Fact::Addition)) {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            ui.label(theme::icon(icon(&fact)).color(Tokens::of(ui).muted));
            ui.label(fact.words(&row.unit, &zone));
            if let Some(note) = note(&fact, forecast, cx) {
                ui.label(theme::muted(ui, note));
            }
        });
    }
    note_ui(ui, &ahead.sentence());
    cx.button(ui, Command::Go(Screen::WhatIf));
}

/// Stretches that were marked as known among what was unusual: the fit leaves them out as well.
fn known_spans_ui(ui: &mut Ui, cx: &mut Cx<'_>, row: &Row, forecast: &Forecast) {
    let ignored = &cx.state.doc.known(&row.name).plan.ignored;
    if forecast.left_out.is_empty() {
        return;
    }
    let zone = cx.state.zone.clone();
    let writable = !cx.state.read_only();
    for span in &forecast.left_out {
        let at = |at: Instant| at.format(&zone, "%-d %b %Y %H:%M").replace(" 00:00", "");
        let words = format!(
            "{} to {} known: {}",
            at(span.start),
            at(span.end),
            span.reason
        );
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            ui.label(theme::icon(icons::HIDE).color(Tokens::of(ui).muted));
            ui.label(&words);
            let unmark = ui.add_enabled(writable, egui::Button::new("Unmark").small());
            let name = format!("Unmark {words}");
            unmark.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, writable, &name));
            if unmark.clicked() {
                let gone = span.clone();
                cx.edit(
                    format!("unmark {} to {}", at(span.start), at(span.end)),
                    move |doc| {
                        doc.decisions.known_spans.retain(|s| *s != gone);
                    },
                );
            }
            ui.label(theme::muted(
                ui,
                format!("marked by {}; left out of the fit", span.by),
            ));
        });
    }
    note_ui(
        ui,
        if ignored.is_empty() {
            "\"Known\" was marked on Explore among what was unusual: it is no alarm any more, and no forecast of the series uses it"
        } else {
            "\"Known\" was marked on Explore among what was unusual: it is no alarm any more, and no forecast of the series uses it. \"Left out\" was said here: the forecast does not use it, and it still counts as unusual there"
        },
    );
}

const fn icon(fact: &Fact) -> &'static str {
    match fact {
        Fact::Change(_) => icons::ARROW_RIGHT,
        Fact::Event(_) => icons::LIGHTNING,
        Fact::Holiday(_) => icons::CALENDAR,
        Fact::Ignored(_) => icons::HIDE,
        Fact::Addition(_) => icons::CAPACITY,
    }
}

/// What came of it.
fn note(fact: &Fact, forecast: &Forecast, cx: &Cx<'_>) -> Option<String> {
    let zone = &cx.state.zone;
    if let Fact::Addition(addition) = fact {
        let at = zone.start_of_day(addition.date);
        let outcome = forecast.capacity.as_ref()?.additions.iter();
        let outcome = outcome.into_iter().find(|o| o.at == at)?;
        let by = date(outcome.order_by, zone);
        return Some(if outcome.late {
            format!("it had to be ordered by {by}")
        } else {
            format!("order by {by}")
        });
    }
    let kind = fact.kind()?;
    let begins = fact.begins(zone);
    let effects = &forecast.plan.as_ref()?.effects;
    effects
        .iter()
        .find(|e| e.kind == kind && e.name == fact.name() && (begins.is_none() || e.from == begins))
        .map(|e| match e.effect.as_str() {
            effect if !effect.is_empty() && matches!(fact, Fact::Holiday(_)) => {
                format!("{effect}, {}", e.note)
            }
            _ => e.note.clone(),
        })
}

/// With what is known, and without.
fn compare_ui(ui: &mut Ui, cx: &Cx<'_>, forecast: &Forecast) {
    let Some(plan) = &forecast.plan else { return };
    let zone = &cx.state.zone;
    let text = match (&forecast.capacity, &plan.without.capacity) {
        (Some(with), Some(without)) => format!(
            "Reaches its limit: {} with what is known, {} from the data alone",
            crossing_text(&with.crossing, zone),
            crossing_text(&without.crossing, zone)
        ),
        _ => match (forecast.points.last(), plan.without.points.last()) {
            (Some(with), Some(without)) => format!(
                "Expected on {}: {} with what is known, {} from the data alone",
                date(with.t, zone),
                units::with_unit(with.mean, &forecast.unit),
                units::with_unit(without.mean, &forecast.unit)
            ),
            _ => match &plan.without.refused {
                Some(why) => format!("From the data alone there is no forecast: {why}"),
                None => return,
            },
        },
    };
    ui.add(egui::Label::new(text).wrap());
}

/// The form, where it is open.
pub(super) fn form_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let Some(mut form) = cx.view.forecast.known.form.take() else {
        return;
    };
    if !forecast_form::show_ui(ui, cx, &mut form) {
        cx.view.forecast.known.form = Some(form);
    }
}
