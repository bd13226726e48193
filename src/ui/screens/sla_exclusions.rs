//! What does not count: every window that took time out of the period, with who, why and what it removed, the verdict
//! with and without them, and the windows that were entered in the project, to be added, changed and removed.

use eframe::egui::{self, Ui};

use super::Cx;
use super::parts::{icon_button_ui, note_ui, section_ui};
use super::sla_exclusion_form::{self, Form};
use crate::analysis::decisions::EnteredExclusion;
use crate::analysis::sla::{AppliedExclusion, ObjectiveResult};
use crate::calendar::{Instant, Zone};
use crate::ui::command::{Command, DocEdit};
use crate::ui::icons;
use crate::ui::state::AppState;
use crate::ui::theme::{self, Tokens, space};
use crate::ui::widgets::budget_bar::amount;
use crate::ui::widgets::{DataTable, StatusBadge, TableColumn};
use crate::units::{self, Micros};

/// What the section and its form remember.
#[derive(Debug, Default)]
pub struct ExclusionsView {
    form: Option<Form>,
}

/// Shows what was left out for one objective, and what is entered in the project.
pub(super) fn show_ui(
    ui: &mut Ui,
    objective: &ObjectiveResult,
    state: &AppState,
    view: &mut ExclusionsView,
    out: &mut Vec<Command>,
) {
    section_ui(ui, "Time that does not count");
    let title = state.period.title();
    let taken = objective.excluded.filter(|e| *e > 0.0);
    let words = match (taken, objective.exclusions.is_empty()) {
        (Some(taken), true) => {
            let unit = objective.budget.as_ref().map_or("", |b| b.unit.as_str());
            format!("{} left out of {title}", amount(taken, unit))
        }
        _ => sentence(&objective.exclusions, &objective.name, &title),
    };
    note_ui(ui, &words);
    if let (Some(_), Some(without)) = (taken, objective.verdict_without_exclusions) {
        ui.horizontal_wrapped(|ui| {
            ui.label(theme::muted(ui, "With them"));
            StatusBadge::verdict(objective.verdict).show(ui);
            ui.add_space(space::S);
            ui.label(theme::muted(ui, "If all of it counted"));
            StatusBadge::verdict(without).show(ui);
        });
    }
    if !objective.exclusions.is_empty() {
        table_ui(ui, objective, state);
    }
    entered_ui(ui, state, view, out);
    let can_write = !state.read_only();
    if icon_button_ui(ui, can_write, icons::ADD, "Add an exclusion…")
        .on_hover_text(
            "Planned maintenance, a deployment, hours outside the service: with the reason and who approved it",
        )
        .clicked()
    {
        view.form = Some(Form::blank(state));
    }
    ui.add_space(space::S);
}

/// `2 windows took 3 h out of June 2026, with 35 min of downtime in them`.
fn sentence(list: &[AppliedExclusion], name: &str, period: &str) -> String {
    let secs = |sum: f64| units::duration(Micros::from_secs(sum.round() as i64));
    let taken: f64 = list.iter().map(|w| w.secs).sum();
    let down: f64 = list.iter().filter_map(|w| w.down_secs).sum();
    let inside = if down > 0.0 {
        format!(", with {} of downtime in it", secs(down))
    } else {
        String::new()
    };
    match list.len() {
        0 => format!("Nothing was left out of {period} for {name}"),
        1 => format!("One window took {} out of {period}{inside}", secs(taken)),
        n => format!(
            "{} windows took {} out of {period}{}",
            units::count(n as u64),
            secs(taken),
            inside.replace(" in it", " in them")
        ),
    }
}

fn table_ui(ui: &mut Ui, objective: &ObjectiveResult, state: &AppState) {
    let zone = &state.zone;
    let at = |at: Instant| at.format(zone, "%-d %b %H:%M");
    let secs = |secs: f64| units::duration(Micros::from_secs(secs.round() as i64));
    let wide = ui.available_width() >= 620.0;
    let mut table = DataTable::new(("sla-exclusions", &objective.name), &objective.exclusions)
        .version(state.data_revision ^ version(&objective.exclusions))
        .row_height(24.0)
        .max_height(220.0)
        .column(
            TableColumn::text("From", move |w: &AppliedExclusion| at(w.start))
                .sorted_by(|w| Some(w.start.as_secs()))
                .width(100.0),
        )
        .column(
            TableColumn::text("To", move |w: &AppliedExclusion| at(w.end))
                .sorted_by(|w| Some(w.end.as_secs()))
                .width(100.0),
        )
        .column(
            TableColumn::text("Took out", move |w: &AppliedExclusion| secs(w.secs))
                .sorted_by(|w| Some(w.secs))
                .right()
                .width(78.0),
        );
    if wide {
        table = table
            .column(
                TableColumn::text("Downtime in it", move |w: &AppliedExclusion| {
                    w.down_secs.map_or_else(|| "–".to_owned(), secs)
                })
                .sorted_by(|w| w.down_secs)
                .right()
                .width(104.0),
            )
            .column(
                TableColumn::text("Approved by", |w: &AppliedExclusion| {
                    given(&w.entered_by).to_owned()
                })
                .width(100.0),
            );
    }
    table
        .column(
            TableColumn::text("Reason", |w: &AppliedExclusion| given(&w.reason).to_owned())
                .rest()
                .width(90.0)
                .on_hover(story),
        )
        .show(ui);
    ui.add_space(space::XS);
}

fn version(list: &[AppliedExclusion]) -> u64 {
    list.iter().fold(list.len() as u64, |sum, w| {
        sum.rotate_left(7) ^ (w.start.0 as u64) ^ (w.end.0 as u64) ^ w.reason.len() as u64
    })
}

fn given(text: &str) -> &str {
    if text.is_empty() { "not given" } else { text }
}

/// All that is known of a window, in lines.
fn story(window: &AppliedExclusion) -> String {
    let mut lines = vec![
        given(&window.reason).to_owned(),
        format!("Kind: {}", window.category.word()),
        format!("Approved by: {}", given(&window.entered_by)),
    ];
    if !window.recurrence.is_empty() {
        lines.push(format!("Comes again: {}", window.recurrence));
    }
    lines.push(if window.source.is_empty() {
        "Stands in the text of the promises".to_owned()
    } else {
        format!("From: {}", window.source)
    });
    lines.join("\n")
}

/// The windows that were entered in the project, whatever the period.
fn entered_ui(ui: &mut Ui, state: &AppState, view: &mut ExclusionsView, out: &mut Vec<Command>) {
    let entered = &state.doc.decisions.exclusions;
    if entered.is_empty() {
        return;
    }
    ui.label(theme::strong("Entered in this project"));
    let can_write = !state.read_only();
    for (place, exclusion) in entered.iter().enumerate() {
        let (when, why) = words(exclusion, &state.zone);
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            ui.label(theme::icon(icons::CLOCK).color(Tokens::of(ui).muted));
            ui.label(&when);
            ui.label(theme::muted(ui, &why));
            let reason = given(&exclusion.window.reason);
            let edit = ui.add_enabled(can_write, egui::Button::new("Edit…").small());
            let name = format!("Edit the exclusion {reason}");
            edit.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, can_write, &name));
            if edit.clicked() {
                view.form = Some(Form::of(place, exclusion));
            }
            let remove = ui.add_enabled(can_write, egui::Button::new("Remove").small());
            let name = format!("Remove the exclusion {reason}");
            remove.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, can_write, &name));
            if remove.clicked() {
                let gone = exclusion.clone();
                let name = format!("remove the exclusion {reason}");
                out.push(Command::Edit(DocEdit::new(name, move |doc| {
                    let list = &mut doc.decisions.exclusions;
                    if list.get(place) == Some(&gone) {
                        list.remove(place);
                    }
                })));
            }
        });
    }
    ui.add_space(space::XS);
}

/// When a window is, and what else is known of it.
fn words(exclusion: &EnteredExclusion, zone: &Zone) -> (String, String) {
    let window = &exclusion.window;
    let own = window
        .zone
        .as_deref()
        .and_then(|name| Zone::named(name).ok());
    let when = match window.read(own.as_ref().unwrap_or(zone)) {
        Ok(read) => sla_exclusion_form::when_words(&read, own.as_ref().unwrap_or(zone)),
        Err(why) => format!("cannot be read: {why}"),
    };
    let promises = if exclusion.objectives.is_empty() {
        "all promises".to_owned()
    } else {
        exclusion.objectives.join(", ")
    };
    let why = format!(
        "{}, approved by {}, for {promises}",
        given(&window.reason),
        given(&window.by)
    );
    (when, why)
}

/// The form, where it is open.
pub(super) fn form_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let Some(mut form) = cx.view.sla.exclusions.form.take() else {
        return;
    };
    if !sla_exclusion_form::show_ui(ui, cx, &mut form) {
        cx.view.sla.exclusions.form = Some(form);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_out_is_summed_up() {
        let told = |list: &[AppliedExclusion]| sentence(list, "Availability", "June 2026");
        assert_eq!(
            told(&[]),
            "Nothing was left out of June 2026 for Availability"
        );
        let window = |secs: f64, down: f64| AppliedExclusion {
            secs,
            down_secs: Some(down),
            ..AppliedExclusion::default()
        };
        assert_eq!(
            told(&[window(7_200.0, 0.0)]),
            "One window took 2 h out of June 2026"
        );
        assert_eq!(
            told(&[window(7_200.0, 0.0), window(3_600.0, 2_100.0)]),
            "2 windows took 3 h out of June 2026, with 35 min of downtime in them"
        );
    }
}
