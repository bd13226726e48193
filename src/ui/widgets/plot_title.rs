//! The line above a chart: the sentence that says what is seen, and the menu of what can be done with it.

use eframe::egui::{self, Rect, Role, Ui, WidgetInfo, vec2};

use super::chart_export;
use super::time_plot::{State, TimePlot};
use crate::ui::icons;
use crate::ui::theme::{self, space};

impl TimePlot<'_> {
    /// Title and menu; returns where "aggregated" is to be written.
    pub(super) fn title_ui(&self, ui: &mut Ui, state: &mut State, from: f64, to: f64) -> Rect {
        let whole = Rect::from_min_size(ui.cursor().min, vec2(ui.available_width(), self.height));
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = space::XS;
            let width = (ui.available_width() - 36.0).max(40.0);
            ui.allocate_ui_with_layout(
                vec2(width, 22.0),
                egui::Layout::left_to_right(egui::Align::Center),
                |ui| {
                    ui.set_min_width(width);
                    ui.add(egui::Label::new(theme::strong(&self.title)).truncate());
                },
            );
            ui.spacing_mut().button_padding = vec2(space::XS, 1.0);
            ui.spacing_mut().interact_size.y = 20.0;
            let more = egui::Button::new(theme::icon(icons::MORE)).frame(false);
            let (button, _) = egui::containers::menu::MenuButton::from_button(more)
                .ui(ui, |ui| self.menu_ui(ui, state, whole, from, to));
            let name = format!("Chart menu: {}", self.title);
            button.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
        });
        whole
    }

    /// What can be done with the chart; `whole` is where it stands.
    pub(super) fn menu_ui(&self, ui: &mut Ui, state: &mut State, whole: Rect, from: f64, to: f64) {
        let word = if state.as_table {
            "Show as chart"
        } else {
            "Show as table"
        };
        if ui.button(word).clicked() {
            state.as_table = !state.as_table;
            ui.close();
        }
        if ui.button("Copy as CSV").clicked() {
            ui.copy_text(chart_export::csv(&self.lines, self.x, self.unit, from, to));
            ui.close();
        }
        if ui.button("Copy as image").clicked() {
            chart_export::copy_image(ui, whole.expand(space::XS));
            ui.close();
        }
    }
}
