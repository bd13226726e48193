//! What both halves of the comparison share: the tabs of load tests, the choices above a result, the bar of an interval.

use eframe::egui::{
    self, ComboBox, Rect, Response, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2,
};

use super::Cx;
use super::load_tests::RunRow;
use crate::analysis::compare::sentence::change_text;
use crate::analysis::compare::{CompareVerdict, ComparedRow, Metric};
use crate::ui::command::Command;
use crate::ui::icons;
use crate::ui::state::Screen;
use crate::ui::theme::{Tokens, space};
use crate::ui::widgets::Status;

/// The parts of load tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    /// How one run went.
    OneRun,
    /// Two against each other.
    #[default]
    Compare,
    /// All in order.
    Trend,
}

/// The tabs above load tests.
pub(super) fn tabs_ui(ui: &mut Ui, cx: &mut Cx<'_>, current: Tab) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        for (tab, icon, word, screen) in [
            (Tab::OneRun, icons::LOAD_TESTS, "One run", Screen::LoadTests),
            (Tab::Compare, icons::COMPARE, "Compare", Screen::Compare),
            (Tab::Trend, icons::PULSE, "Trend", Screen::Compare),
        ] {
            let chosen = tab == current;
            let response = ui.selectable_label(chosen, format!("{icon}  {word}"));
            response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, word));
            if response.clicked() && !chosen {
                if screen == Screen::Compare {
                    cx.view.compare.tab = tab;
                }
                cx.send(Command::Go(screen));
            }
        }
    });
    ui.add_space(space::S);
}

/// How the word of a verdict stands.
pub(super) const fn status(verdict: CompareVerdict) -> Status {
    match verdict {
        CompareVerdict::Pass | CompareVerdict::Improvement => Status::Good,
        CompareVerdict::NotProven => Status::Caution,
        CompareVerdict::Regression => Status::Bad,
    }
}

/// Width of a list of a few values, in points.
const WIDTH: f32 = 70.0;

/// The name of a choice, on the same line as its list of this width.
fn name_ui(ui: &mut Ui, name: &str, list: f32) {
    let font = egui::TextStyle::Body.resolve(ui.style());
    let name_width = ui
        .painter()
        .layout_no_wrap(name.to_owned(), font, egui::Color32::WHITE)
        .size()
        .x;
    let spacing = ui.spacing();
    let needed = name_width + spacing.item_spacing.x + list + 2.0 * spacing.button_padding.x;
    if ui.available_size_before_wrap().x < needed {
        ui.end_row();
    }
    ui.label(name);
}

/// Only this run on a side. Where it was the only one on the other, the sides change places.
fn only(side: &mut Vec<String>, other: &mut Vec<String>, id: &str) {
    let before = std::mem::replace(side, vec![id.to_owned()]);
    other.retain(|o| o != id);
    if other.is_empty() {
        *other = before.into_iter().filter(|o| o != id).collect();
    }
}

/// Adds a run to a side or takes it away; no side loses its last one, and none stands on both.
fn toggle(side: &mut Vec<String>, other: &mut Vec<String>, id: &str) {
    if let Some(place) = side.iter().position(|s| s == id) {
        if side.len() > 1 {
            side.remove(place);
        }
    } else if other.iter().any(|o| o != id) {
        other.retain(|o| o != id);
        side.push(id.to_owned());
    }
}

/// A list to pick the runs of a side from: a click on a name takes that run alone, a tick adds it to the others.
pub(super) fn runs_combo_ui(
    ui: &mut Ui,
    name: &str,
    rows: &[RunRow],
    side: &mut Vec<String>,
    other: &mut Vec<String>,
) {
    let text = match side.as_slice() {
        [] => "pick a run".to_owned(),
        [one] => rows
            .iter()
            .find(|r| r.source.info.source_id == *one)
            .map_or_else(|| "pick a run".to_owned(), RunRow::name),
        some => format!("{} runs", some.len()),
    };
    let width = (ui.max_rect().width() * 0.14).clamp(104.0, 190.0);
    name_ui(ui, name, width);
    let combo = ComboBox::from_id_salt(("compare-run", name))
        .selected_text(&text)
        .width(width)
        .truncate()
        .close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside)
        .show_ui(ui, |ui| {
            ui.set_min_width(260.0);
            for row in rows {
                let id = row.source.info.source_id.as_str();
                let on = side.iter().any(|s| s == id);
                ui.horizontal(|ui| {
                    let mut ticked = on;
                    let fixed = if on {
                        side.len() == 1
                    } else {
                        other.iter().all(|o| o == id)
                    };
                    let tick = ui
                        .add_enabled(!fixed, egui::Checkbox::without_text(&mut ticked))
                        .on_hover_text("One of several runs of this side")
                        .on_disabled_hover_text("Each side keeps at least one run");
                    let said = format!("{name} with {}", row.name());
                    tick.widget_info(|| WidgetInfo::selected(Role::CheckBox, !fixed, on, &said));
                    if tick.changed() {
                        toggle(side, other, id);
                    }
                    if ui.selectable_label(on, row.name()).clicked() {
                        only(side, other, id);
                        ui.close();
                    }
                });
            }
        });
    combo.response.widget_info(|| WidgetInfo {
        current_text_value: Some(text.clone()),
        ..WidgetInfo::labeled(Role::ComboBox, true, name)
    });
}

/// A list of a few values.
pub(super) fn choice_ui<T: PartialEq + Copy>(
    ui: &mut Ui,
    name: &str,
    value: &mut T,
    choices: &[(T, &str)],
) {
    let text = choices.iter().find(|(v, _)| v == value).map_or("", |c| c.1);
    name_ui(ui, name, WIDTH);
    let combo = ComboBox::from_id_salt(("compare-choice", name))
        .selected_text(text)
        .width(WIDTH)
        .show_ui(ui, |ui| {
            for (choice, word) in choices {
                ui.selectable_value(value, *choice, *word);
            }
        });
    combo
        .response
        .widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, name));
}

/// The figures that are judged, to switch on and off; one always stays.
pub(super) fn metrics_ui(ui: &mut Ui, metrics: &mut Vec<Metric>) {
    let text = format!("{} of {}", metrics.len(), Metric::ALL.len());
    name_ui(ui, "Figures", WIDTH);
    let combo = ComboBox::from_id_salt("compare-metrics")
        .selected_text(text)
        .width(WIDTH)
        .close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside)
        .show_ui(ui, |ui| {
            for metric in Metric::ALL {
                let mut on = metrics.contains(&metric);
                let last = on && metrics.len() == 1;
                let changed = ui
                    .add_enabled(!last, egui::Checkbox::new(&mut on, metric.title()))
                    .changed();
                if changed {
                    metrics.retain(|m| *m != metric);
                    if on {
                        metrics.push(metric);
                    }
                    metrics.sort_unstable();
                }
            }
        });
    combo
        .response
        .widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, "Figures"));
}

/// An interval as a bar around zero, the gate marked on both sides. Points of an error rate are drawn on a scale of
/// their own, on which half a point is as wide as the gate.
pub(super) struct IntervalBar<'a> {
    /// What is drawn.
    pub row: &'a ComparedRow,
    /// The gate, as a fraction.
    pub gate: f64,
    /// Largest change that is drawn, as a fraction.
    pub reach: f64,
}

impl IntervalBar<'_> {
    /// A reach that shows most intervals of a table without one wide one flattening them.
    pub fn reach_of(rows: &[ComparedRow], gate: f64) -> f64 {
        let ends = rows
            .iter()
            .filter(|r| r.metric != Metric::ErrorRate)
            .filter_map(|r| r.ci)
            .map(|(low, high)| low.abs().max(high.abs()));
        ends.fold(gate * 2.0, f64::max).clamp(0.02, 0.6)
    }

    fn sentence(&self) -> String {
        let text = |v: f64| change_text(self.row.metric, v);
        match self.row.ci {
            Some((low, high)) => format!("Change between {} and {}", text(low), text(high)),
            None => "No interval".to_owned(),
        }
    }

    /// Draws it.
    pub fn show(self, ui: &mut Ui) -> Response {
        let sentence = self.sentence();
        let size = vec2(ui.available_width().clamp(40.0, 240.0), 16.0);
        let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &sentence));
        let (Some((low, high)), true) = (self.row.ci, ui.is_rect_visible(rect)) else {
            return response;
        };
        let tokens = Tokens::of(ui);
        let gate = self.gate.max(0.005);
        let scale = if self.row.metric == Metric::ErrorRate {
            gate / 0.005
        } else {
            1.0
        };
        let x = |change: f64| {
            let share = (change * scale / self.reach).clamp(-1.0, 1.0) as f32;
            rect.center().x + share * (rect.width() / 2.0 - 2.0)
        };
        let painter = ui.painter();
        painter.hline(
            rect.x_range(),
            rect.center().y,
            Stroke::new(1.0, tokens.grid),
        );
        for side in [-1.0, 1.0] {
            let at = x(side * self.gate / scale);
            painter.extend(egui::Shape::dashed_line(
                &[pos2(at, rect.top()), pos2(at, rect.bottom())],
                Stroke::new(1.0, tokens.context),
                2.0,
                2.0,
            ));
        }
        painter.vline(
            x(0.0),
            rect.y_range(),
            Stroke::new(1.0, tokens.control_border),
        );
        let color = status(self.row.verdict).color(tokens);
        let bar = Rect::from_x_y_ranges(
            x(low)..=x(high).max(x(low) + 2.0),
            rect.center().y - 3.0..=rect.center().y + 3.0,
        );
        painter.rect_filled(bar, 2.0, color.gamma_multiply(0.45));
        if let Some(change) = self.row.change {
            painter.vline(
                x(change),
                rect.center().y - 6.0..=rect.center().y + 6.0,
                Stroke::new(2.0, color),
            );
        }
        response.on_hover_text(sentence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_run_stands_on_both_sides_and_none_is_empty() {
        let ids =
            |text: &str| -> Vec<String> { text.split_whitespace().map(str::to_owned).collect() };
        for (act, side, other, id, then) in [
            (
                only as fn(&mut Vec<String>, &mut Vec<String>, &str),
                "a",
                "b",
                "c",
                ("c", "b"),
            ),
            (only, "a", "b", "b", ("b", "a")),
            (only, "a c", "b", "b", ("b", "a c")),
            (only, "a", "b c", "b", ("b", "c")),
            (toggle, "a", "b", "c", ("a c", "b")),
            (toggle, "a c", "b", "c", ("a", "b")),
            (toggle, "a", "b", "a", ("a", "b")),
            (toggle, "a", "b", "b", ("a", "b")),
            (toggle, "a", "b c", "c", ("a c", "b")),
        ] {
            let (mut left, mut right) = (ids(side), ids(other));
            act(&mut left, &mut right, id);
            assert_eq!(
                (left, right),
                (ids(then.0), ids(then.1)),
                "{side} | {other}, {id}"
            );
        }
    }
}
