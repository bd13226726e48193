//! One cell of a table: painted by its column, or its text, cut where there is no room and whole under the pointer.

use eframe::egui::{Align, Label, Layout, RichText, Ui};

use super::TableColumn;
use super::cut_name::name_ui;
use crate::ui::theme;

/// Shows the cell of a row in a column.
pub(super) fn cell_ui<T>(ui: &mut Ui, column: &TableColumn<'_, T>, data: &T) {
    if let Some(paint) = &column.paint {
        // What is taller than the row would hang below its text.
        ui.spacing_mut().interact_size.y = ui.available_height().min(ui.spacing().interact_size.y);
        paint(ui, data);
        return;
    }
    let text = (column.text)(data);
    let mut more = column
        .hover
        .as_ref()
        .map_or_else(String::new, |hover| hover(data));
    let response = if column.strong && !column.right {
        let (response, was_cut) = name_ui(ui, &text);
        if was_cut && !more.contains(&text) {
            more = if more.is_empty() {
                text
            } else {
                format!("{text}\n{more}")
            };
        }
        response
    } else {
        let rich = if column.strong {
            theme::strong(text)
        } else {
            RichText::new(text)
        };
        let label = Label::new(rich).truncate().selectable(false);
        if column.right {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| ui.add(label))
                .inner
        } else {
            ui.add(label)
        }
    };
    if !more.is_empty() {
        response.on_hover_text(more);
    }
}
