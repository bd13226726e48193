//! What was assumed, in sentences that a person can change: what nobody measured is said beside every answer.

use eframe::egui::{Id, Role, TextEdit, Ui, WidgetInfo};

use super::super::field::{Form, remark_ui};
use crate::scenario::Scenario;
use crate::ui::icons;

pub(super) fn summary(scenario: &Scenario) -> String {
    match scenario.assumptions.len() {
        0 => "none".to_owned(),
        1 => "one".to_owned(),
        n => n.to_string(),
    }
}

pub(super) fn show_ui(ui: &mut Ui, form: &mut Form) {
    let Form { scenario, said } = form;
    remark_ui(
        ui,
        "They are said beside the answer; what they speak of is changed in the other cards",
    );
    let mut removed = None;
    for (index, assumption) in scenario.assumptions.iter_mut().enumerate() {
        ui.push_id(("assumption", index), |ui| {
            if let Some(text) = typed_ui(ui, index, assumption) {
                *said = Some(format!("change assumption {}", index + 1));
                *assumption = text;
            }
            let response = ui.small_button("Remove");
            let label = format!("Remove assumption {}", index + 1);
            response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &label));
            if response.clicked() {
                removed = Some(index);
            }
        });
    }
    if let Some(index) = removed {
        scenario.assumptions.remove(index);
        *said = Some(format!("remove assumption {}", index + 1));
    }
    if ui
        .small_button(format!("{}  Add an assumption", icons::ADD))
        .clicked()
    {
        scenario.assumptions.push("Not measured: ".to_owned());
        *said = Some("add an assumption".to_owned());
    }
}

/// A sentence while it is typed; given back when the field is left.
fn typed_ui(ui: &mut Ui, index: usize, text: &str) -> Option<String> {
    let id = Id::unique(("what-if-assumption", index));
    let kept: Option<String> = ui.data(|d| d.get_temp(id));
    let mut draft = kept.unwrap_or_else(|| text.to_owned());
    let width = ui.available_width();
    let field = ui.add(
        TextEdit::multiline(&mut draft)
            .desired_rows(1)
            .desired_width(width),
    );
    let label = format!("Assumption {}", index + 1);
    field.widget_info(|| WidgetInfo::labeled(Role::MultilineTextInput, true, &label));
    if field.has_focus() {
        ui.data_mut(|d| d.insert_temp(id, draft));
        return None;
    }
    ui.data_mut(|d| d.remove::<String>(id));
    let left = field.lost_focus() && draft.trim() != text;
    left.then(|| draft.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_card_counts_them() {
        let mut scenario = Scenario::default();
        assert_eq!(summary(&scenario), "none");
        scenario.assumptions = vec!["a".to_owned(), "b".to_owned()];
        assert_eq!(summary(&scenario), "2");
    }
}
