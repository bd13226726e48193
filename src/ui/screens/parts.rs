//! What several answering screens need: the answer on top, sections, results that are on their way, text that is
//! edited in place.

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use eframe::egui::{self, Id, Label, Ui};

use super::Cx;
use crate::analysis::forecast::Percentiles;
use crate::analysis::sla::{ObjectiveKind, ObjectiveResult};
use crate::calendar::{Instant, Zone};
use crate::ui::command::Command;
use crate::ui::icons;
use crate::ui::results::Slot;
use crate::ui::state::Screen;
use crate::ui::theme::{self, TEXT_SMALL, Tokens, space};
use crate::ui::widgets::empty_state::EmptyState;
use crate::units::{self, Micros};

/// A pause in typing after which a text is taken over, in seconds.
const PAUSE: f64 = 0.7;

/// The answer in a sentence, and what it stands on below.
pub(super) fn answer_ui(ui: &mut Ui, sentence: &str, stands_on: &str) {
    ui.add(Label::new(theme::title(sentence)).wrap());
    if !stands_on.is_empty() {
        ui.add(Label::new(theme::muted(ui, stands_on)).wrap());
    }
    ui.add_space(space::XS);
}

/// The heading of a section.
pub(super) fn section_ui(ui: &mut Ui, title: &str) {
    ui.add(Label::new(theme::strong(title).size(15.0)).wrap());
}

/// A line with an icon that says what is wrong.
pub fn problem_ui(ui: &mut Ui, text: &str) {
    let color = Tokens::of(ui).bad;
    line_ui(ui, icons::BREACHED, text, color);
}

/// A line with an icon that says what to be careful about.
pub fn caution_ui(ui: &mut Ui, text: &str) {
    let color = Tokens::of(ui).caution;
    line_ui(ui, icons::WARNING, text, color);
}

fn line_ui(ui: &mut Ui, icon: &str, text: &str, color: egui::Color32) {
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        ui.label(theme::icon(icon).color(color));
        ui.add(Label::new(egui::RichText::new(text).color(color)).wrap());
    });
}

/// A button with an icon; a screen reader hears only the words.
pub(super) fn icon_button_ui(ui: &mut Ui, enabled: bool, icon: &str, text: &str) -> egui::Response {
    let response = ui.add_enabled(enabled, egui::Button::new(format!("{icon}  {text}")));
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, enabled, text));
    response
}

/// Room for the name of a field in a dialog, in points.
const FIELD_LABEL: f32 = 92.0;

/// A field of a dialog, with its name to the left.
pub(super) fn labelled_ui(ui: &mut Ui, name: &str, add: impl FnOnce(&mut Ui) -> egui::Response) {
    ui.horizontal(|ui| {
        let label = ui.label(name);
        ui.add_space((FIELD_LABEL - label.rect.width()).max(0.0));
        add(ui).labelled_by(label.id);
    });
}

/// A line of text in a dialog, with its name to the left.
pub fn field_ui(ui: &mut Ui, name: &str, hint: &str, text: &mut String) {
    labelled_ui(ui, name, |ui| {
        ui.add(
            egui::TextEdit::singleline(text)
                .hint_text(hint)
                .desired_width(ui.available_width()),
        )
    });
}

/// Enter was pressed in a field, or where nothing has the keys: the dialog is decided as by its button.
pub fn entered(ui: &Ui) -> bool {
    ui.input(|i| i.key_pressed(egui::Key::Enter))
        && ui.memory(|m| m.focused().is_none())
        && !egui::Popup::is_any_open(ui.ctx())
}

/// What a dialog asks at its end: the deed, and a way out. `Some(true)` where it was decided.
pub fn decide_ui(ui: &mut Ui, deed: &str, ready: bool, why_not: &str) -> Option<bool> {
    ui.add_space(space::M);
    let mut answer = None;
    ui.horizontal(|ui| {
        let tokens = Tokens::of(ui);
        let button = if ready {
            egui::Button::new(theme::strong(deed).color(tokens.on_accent)).fill(tokens.accent)
        } else {
            egui::Button::new(deed)
        };
        if ui
            .add_enabled(ready, button)
            .on_disabled_hover_text(why_not)
            .clicked()
        {
            answer = Some(true);
        }
        if ui.button("Cancel").clicked() {
            answer = Some(false);
        }
    });
    answer
}

/// With a capital at its beginning: messages of libraries begin small.
pub(super) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

/// Small text that explains.
pub fn note_ui(ui: &mut Ui, text: &str) {
    let text = theme::muted(ui, text).size(TEXT_SMALL);
    ui.add(Label::new(text).wrap());
}

/// Shows a result: dimmed while a newer one is computed, the reason where there is none.
pub(super) fn slot_ui<T>(
    ui: &mut Ui,
    slot: &Slot<T>,
    waiting: &str,
    show: impl FnOnce(&mut Ui, &Arc<T>),
) {
    if let Some(error) = &slot.error {
        problem_ui(ui, error);
    }
    match &slot.value {
        Some(value) => {
            ui.scope(|ui| {
                if slot.stale {
                    ui.set_opacity(0.55);
                }
                show(ui, value);
            });
        }
        None if slot.running => {
            ui.label(theme::muted(ui, waiting));
        }
        None => {}
    }
}

/// The beginning of a screen that needs data: true where it was shown because there are none.
pub(super) fn no_data_ui(ui: &mut Ui, cx: &mut Cx<'_>, screen: Screen, would_show: &str) -> bool {
    if cx.state.has_data() {
        return false;
    }
    EmptyState::new(screen.icon(), screen.question(), would_show)
        .primary(Command::Import)
        .secondary(Command::OpenSample)
        .show(ui, cx);
    true
}

/// Something made of a result, kept until the result or what else it depends on changes.
pub(super) fn derived<S, K, V>(
    ui: &Ui,
    name: &str,
    source: &Arc<S>,
    depends: &K,
    make: impl FnOnce(&S) -> V,
) -> Arc<V>
where
    S: Send + Sync + 'static,
    K: Hash,
    V: Send + Sync + 'static,
{
    let id = Id::unique(("derived", name));
    let mut hasher = std::hash::DefaultHasher::new();
    depends.hash(&mut hasher);
    let key = hasher.finish();
    // The source is kept too, so that its address cannot come to mean another one.
    let kept: Option<(Arc<S>, u64, Arc<V>)> = ui.data(|d| d.get_temp(id));
    if let Some((_, _, value)) = kept.filter(|(s, k, _)| Arc::ptr_eq(s, source) && *k == key) {
        return value;
    }
    let value = Arc::new(make(source));
    ui.data_mut(|d| d.insert_temp(id, (Arc::clone(source), key, Arc::clone(&value))));
    value
}

/// A date as a person writes it.
pub(super) fn date(at: Instant, zone: &Zone) -> String {
    at.format(zone, "%-d %b %Y")
}

/// A date range of a crossing: `3 Oct 2026 to 12 Dec 2026`, open where not all paths get there.
pub(super) fn crossing_range(crossing: &Percentiles<Instant>, zone: &Zone) -> String {
    match (crossing.p10, crossing.p90) {
        (Some(a), Some(b)) => format!("{} to {}", date(a, zone), date(b, zone)),
        (Some(a), None) => format!("{} or later", date(a, zone)),
        _ => "not within the horizon".to_owned(),
    }
}

/// When a limit is reached, in two words: the date of half of the paths, or that of one in ten.
pub(super) fn crossing_text(crossing: &Percentiles<Instant>, zone: &Zone) -> String {
    match (crossing.p50, crossing.p10) {
        (Some(at), _) => date(at, zone),
        (None, Some(at)) => format!("maybe {}", date(at, zone)),
        (None, None) => "not in sight".to_owned(),
    }
}

/// A text that is edited in place and taken over when the person pauses or leaves the field.
#[derive(Debug, Default)]
pub struct Draft {
    about: String,
    base: String,
    /// The text as it is being edited.
    pub text: String,
    changed_at: Option<f64>,
}

impl Draft {
    /// Follows the document: another subject, or a change that was not made here, replaces the draft.
    pub fn follow(&mut self, about: &str, text: &str) {
        if self.about != about || self.base != text {
            self.about = about.to_owned();
            self.base = text.to_owned();
            self.text = text.to_owned();
            self.changed_at = None;
        }
    }

    /// The document's text and the draft differ.
    pub fn changed(&self) -> bool {
        self.text != self.base
    }

    /// Forgets what was typed.
    pub fn revert(&mut self) {
        self.text = self.base.clone();
        self.changed_at = None;
    }

    /// Takes over now.
    pub fn take(&mut self) -> String {
        self.base = self.text.clone();
        self.changed_at = None;
        self.text.clone()
    }

    /// The new text, once it is time to take it over. Call it after the field was shown.
    pub fn due(&mut self, ui: &Ui, field: &egui::Response) -> Option<String> {
        let now = ui.input(|i| i.time);
        if field.changed() {
            self.changed_at = Some(now);
        }
        let paused = self.changed_at.is_some_and(|at| now - at >= PAUSE);
        if self.changed() && (field.lost_focus() || paused) {
            return Some(self.take());
        }
        if self.changed_at.is_some() && !paused {
            ui.request_repaint_after(Duration::from_secs_f64(PAUSE));
        }
        None
    }
}

/// What stands behind a figure: the time that was measured, or the number of samples.
pub fn evidence(objective: &ObjectiveResult) -> String {
    let by_time = objective.budget.as_ref().is_some_and(|b| b.unit == "secs");
    if objective.kind == ObjectiveKind::Availability && by_time {
        let measured = Micros::from_secs(i64::try_from(objective.n).unwrap_or(i64::MAX));
        format!("{} measured", units::duration(measured))
    } else {
        format!("{} samples", units::count(objective.n))
    }
}
