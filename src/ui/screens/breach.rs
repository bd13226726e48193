//! One breach beside the result: what it was, what a person says of it (cause, category, action, owner, due, status,
//! comment), and what the data tell. Every field is a step of undo.

use eframe::egui::{self, ComboBox, TextEdit, Ui};
use jiff::civil::Date;

use super::Cx;
use super::breach_story;
use super::parts::{Draft, icon_button_ui, note_ui, problem_ui, section_ui};
use crate::analysis::decisions::{ActionStatus, BreachNote};
use crate::analysis::sla::{Breach, SlaReport};
use crate::analysis::story::themes;
use crate::calendar::{Instant, TimeRange};
use crate::ui::icons;
use crate::ui::results::BreachKey;
use crate::ui::theme::{self, Tokens, space};
use crate::units::{self, Micros};

/// What the panel remembers.
#[derive(Debug, Default)]
pub struct BreachView {
    picked: Option<BreachKey>,
    /// It was picked in this frame.
    fresh: bool,
    cause: Draft,
    category: Draft,
    action: Draft,
    owner: Draft,
    due: Draft,
    comment: Draft,
}

impl BreachView {
    /// Shows this breach.
    pub fn pick(&mut self, objective: &str, start: Instant) {
        self.picked = Some(BreachKey {
            objective: objective.to_owned(),
            start,
        });
        self.fresh = true;
    }

    /// Shows the first breach of an objective that touches a range, if there is one.
    pub fn pick_within(&mut self, report: &SlaReport, objective: &str, range: TimeRange) {
        let found = report
            .breaches
            .iter()
            .find(|b| b.objective == objective && b.start < range.end && b.end > range.start);
        if let Some(breach) = found {
            self.pick(objective, breach.start);
        }
    }

    /// The breach that is shown.
    pub fn picked(&self) -> Option<&BreachKey> {
        self.picked.as_ref()
    }

    /// Whether the panel is shown.
    pub fn is_open(&self) -> bool {
        self.picked.is_some()
    }

    /// Whether one was picked since this was asked last.
    pub(super) fn take_fresh(&mut self) -> bool {
        std::mem::take(&mut self.fresh)
    }
}

/// Shows the panel.
pub(super) fn show_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let Some(key) = cx.view.sla.breach.picked.clone() else {
        return;
    };
    let state = cx.state;
    let outcome = state.results.sla.value.clone();
    let breach = outcome.as_ref().and_then(|o| {
        o.report
            .breaches
            .iter()
            .find(|b| b.start == key.start && b.objective == key.objective)
    });
    ui.horizontal(|ui| {
        ui.label(theme::strong("Breach").size(15.0));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let close = ui.button(icons::CLOSE).on_hover_text("Close the breach");
            close.widget_info(|| {
                egui::WidgetInfo::labeled(egui::Role::Button, true, "Close the breach")
            });
            if close.clicked() {
                cx.view.sla.breach.picked = None;
            }
        });
    });
    egui::ScrollArea::vertical()
        .id_salt("sla-breach-scroll")
        .auto_shrink(false)
        .show(ui, |ui| {
            head_ui(ui, cx, &key, breach);
            ui.add_space(space::S);
            fields_ui(ui, cx, &key);
            if breach.is_some() {
                ui.add_space(space::M);
                breach_story::show_ui(ui, cx, &key);
            }
        });
}

fn head_ui(ui: &mut Ui, cx: &mut Cx<'_>, key: &BreachKey, breach: Option<&Breach>) {
    let zone = &cx.state.zone;
    ui.add(egui::Label::new(theme::strong(&key.objective)).wrap());
    let Some(breach) = breach else {
        note_ui(
            ui,
            &format!(
                "A breach that began on {} is not in the data any more; what was written about it is kept",
                key.start.format(zone, "%-d %b %Y %H:%M")
            ),
        );
        let removable = !cx.state.read_only();
        if icon_button_ui(ui, removable, icons::REMOVE, "Remove this note").clicked() {
            let key = key.clone();
            cx.view.sla.breach.picked = None;
            cx.edit(
                format!("remove the note on {}", key.objective),
                move |doc| {
                    doc.decisions
                        .breach_notes
                        .retain(|n| n.start != key.start || n.objective != key.objective);
                },
            );
        }
        return;
    };
    let mut parts = vec![
        format!(
            "{} to {}",
            breach.start.format(zone, "%-d %b %Y %H:%M"),
            breach.end.format(zone, "%-d %b %H:%M")
        ),
        units::duration(Micros::from_secs(breach.secs)),
        breach.severity.clone(),
    ];
    if !breach.worst_text.is_empty() {
        parts.push(format!("worst {}", breach.worst_text));
    }
    if let Some(share) = breach.budget_share.filter(|s| s.is_finite()) {
        parts.push(format!("{} of the budget", units::percent_of(share)));
    }
    note_ui(ui, &parts.join(" · "));
    if !breach.note.trim().is_empty() {
        note_ui(ui, &format!("In the outage table: {}", breach.note.trim()));
    }
}

/// Which text of a note a field is.
type Field = fn(&mut BreachNote) -> &mut String;

fn change(
    cx: &mut Cx<'_>,
    key: &BreachKey,
    what: &str,
    apply: impl Fn(&mut BreachNote) + Send + Sync + 'static,
) {
    let key = key.clone();
    cx.edit(
        format!("change {what} of a breach of {}", key.objective),
        move |doc| {
            doc.decisions
                .change_breach_note(&key.objective, key.start, &apply);
        },
    );
}

fn fields_ui(ui: &mut Ui, cx: &mut Cx<'_>, key: &BreachKey) {
    let note = cx
        .state
        .doc
        .decisions
        .breach_note(&key.objective, key.start)
        .cloned()
        .unwrap_or_default();
    section_ui(ui, "What happened, and what is done");
    let about = format!("{} {}", key.objective, key.start);
    let texts: [(&str, &str, &str, bool, Field); 2] = [
        ("Cause", "What caused it", &note.cause, true, |n| {
            &mut n.cause
        }),
        ("Category", "One word for it", &note.category, false, |n| {
            &mut n.category
        }),
    ];
    for (name, hint, text, long, field) in texts {
        text_ui(ui, cx, key, &about, (name, hint, text, long, field));
    }
    let texts: [(&str, &str, &str, bool, Field); 2] = [
        (
            "Action",
            "What is done so that it does not come again",
            &note.action,
            true,
            |n| &mut n.action,
        ),
        ("Owner", "Who does it", &note.owner, false, |n| &mut n.owner),
    ];
    for (name, hint, text, long, field) in texts {
        text_ui(ui, cx, key, &about, (name, hint, text, long, field));
    }
    due_ui(ui, cx, key, &about, note.due);
    status_ui(ui, cx, key, note.status);
    text_ui(
        ui,
        cx,
        key,
        &about,
        (
            "Comment",
            "For the report",
            &note.comment,
            true,
            |n: &mut BreachNote| &mut n.comment,
        ),
    );
}

fn label_ui(ui: &mut Ui, name: &str) {
    ui.label(theme::muted(ui, name).size(theme::TEXT_SMALL));
}

fn text_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    key: &BreachKey,
    about: &str,
    (name, hint, text, long, field): (&str, &str, &str, bool, Field),
) {
    label_ui(ui, name);
    let enabled = !cx.state.read_only();
    let is_category = name == "Category";
    let suggested = if is_category {
        themes::categories(&cx.state.doc.decisions)
    } else {
        Vec::new()
    };
    let view = &mut cx.view.sla.breach;
    let draft = match name {
        "Cause" => &mut view.cause,
        "Category" => &mut view.category,
        "Action" => &mut view.action,
        "Owner" => &mut view.owner,
        _ => &mut view.comment,
    };
    draft.follow(about, text);
    let room = ui.available_width();
    let mut picked = None;
    let response = ui
        .horizontal(|ui| {
            let width = if is_category { room - 40.0 } else { room };
            let edit = if long {
                TextEdit::multiline(&mut draft.text).desired_rows(2)
            } else {
                TextEdit::singleline(&mut draft.text)
            };
            let response =
                ui.add_enabled(enabled, edit.hint_text(hint).desired_width(width - 10.0));
            response
                .widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, enabled, name));
            if is_category {
                picked = suggestions_ui(ui, &suggested, enabled);
            }
            response
        })
        .inner;
    let typed = draft.due(ui, &response);
    if let Some(text) = picked.or(typed) {
        let text = text.trim().to_owned();
        change(cx, key, &format!("the {}", name.to_lowercase()), move |n| {
            field(n).clone_from(&text);
        });
    }
}

/// A list of categories; the one that was chosen.
fn suggestions_ui(ui: &mut Ui, suggested: &[String], enabled: bool) -> Option<String> {
    let mut picked = None;
    ui.add_enabled_ui(enabled, |ui| {
        let menu = ui.menu_button(icons::DOWN, |ui| {
            for category in suggested {
                if ui.button(category).clicked() {
                    picked = Some(category.clone());
                    ui.close();
                }
            }
        });
        menu.response.widget_info(|| {
            egui::WidgetInfo::labeled(egui::Role::Button, enabled, "Choose a category")
        });
    });
    picked
}

/// A due date as typed: empty is none.
fn parse_due(text: &str) -> Result<Option<Date>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    text.parse::<Date>()
        .ok()
        .filter(|_| text.len() == 10)
        .map(Some)
        .ok_or_else(|| format!("\"{text}\" is no day; write it as 2026-07-31"))
}

fn due_ui(ui: &mut Ui, cx: &mut Cx<'_>, key: &BreachKey, about: &str, due: Option<Date>) {
    label_ui(ui, "Due");
    let enabled = !cx.state.read_only();
    let draft = &mut cx.view.sla.breach.due;
    draft.follow(about, &due.map_or_else(String::new, |d| d.to_string()));
    let field = ui.add_enabled(
        enabled,
        TextEdit::singleline(&mut draft.text)
            .hint_text("2026-07-31")
            .desired_width(120.0),
    );
    field.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, enabled, "Due"));
    match parse_due(&draft.text) {
        Ok(date) => {
            if draft.due(ui, &field).is_some() {
                change(cx, key, "the due date", move |n| n.due = date);
            }
        }
        Err(why) => problem_ui(ui, &why),
    }
}

fn status_ui(ui: &mut Ui, cx: &mut Cx<'_>, key: &BreachKey, status: ActionStatus) {
    label_ui(ui, "Status");
    let mut chosen = status;
    ui.add_enabled_ui(!cx.state.read_only(), |ui| {
        let combo = ComboBox::from_id_salt("breach-status")
            .selected_text(status.word())
            .show_ui(ui, |ui| {
                for each in ActionStatus::ALL {
                    ui.selectable_value(&mut chosen, each, each.word());
                }
            });
        combo
            .response
            .widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, "Status"));
    });
    if chosen != status {
        change(cx, key, "the status", move |n| n.status = chosen);
    }
}

/// How a status looks in the list: its icon, and its colour.
pub(super) fn status_look(status: ActionStatus, tokens: &Tokens) -> (&'static str, egui::Color32) {
    match status {
        ActionStatus::Open => (icons::NO_DATA, tokens.caution),
        ActionStatus::InProgress => (icons::CLOCK, tokens.accent),
        ActionStatus::Done => (icons::CHECK, tokens.good),
        ActionStatus::Dropped => (icons::CLOSE, tokens.muted),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn due_dates_are_days() {
        assert_eq!(parse_due(" "), Ok(None));
        assert_eq!(
            parse_due("2026-07-31"),
            Ok(Some(jiff::civil::date(2026, 7, 31)))
        );
        for wrong in [
            "2026-02-30",
            "31.7.2026",
            "2026-7-1",
            "soon",
            "2026-07-31T10",
        ] {
            let why = parse_due(wrong).unwrap_err();
            assert!(why.contains(wrong) && why.contains("2026-07-31"), "{why}");
        }
    }
}
