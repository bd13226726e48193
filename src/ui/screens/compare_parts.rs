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

/// A list to pick a run from.
pub(super) fn run_combo_ui(ui: &mut Ui, name: &str, rows: &[RunRow], chosen: &mut Option<String>) {
    let find = |id: &Option<String>| {
        rows.iter()
            .find(|r| Some(&r.source.info.source_id) == id.as_ref())
    };
    let text = find(chosen).map_or_else(|| "pick a run".to_owned(), RunRow::name);
    let width = (ui.max_rect().width() * 0.14).clamp(104.0, 190.0);
    ui.label(name);
    let combo = ComboBox::from_id_salt(("compare-run", name))
        .selected_text(text)
        .width(width)
        .truncate()
        .show_ui(ui, |ui| {
            for row in rows {
                let id = Some(row.source.info.source_id.clone());
                ui.selectable_value(chosen, id, row.name());
            }
        });
    combo
        .response
        .widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, name));
}

/// A list of a few values.
pub(super) fn choice_ui<T: PartialEq + Copy>(
    ui: &mut Ui,
    name: &str,
    value: &mut T,
    choices: &[(T, &str)],
) {
    let text = choices.iter().find(|(v, _)| v == value).map_or("", |c| c.1);
    ui.label(name);
    let combo = ComboBox::from_id_salt(("compare-choice", name))
        .selected_text(text)
        .width(70.0)
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
    ui.label("Figures");
    let combo = ComboBox::from_id_salt("compare-metrics")
        .selected_text(text)
        .width(70.0)
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
