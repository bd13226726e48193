//! From which growth on another scenario is cheaper, and when that is where the growth of the load is known.

use std::sync::Arc;

use eframe::egui::{DragValue, Label, Role, Ui, WidgetInfo};

use super::super::Cx;
use super::super::parts::{note_ui, section_ui};
use super::asking::{Ask, AskedOnes};
use crate::scenario::Scenario;
use crate::ui::questions::{Answer, Question};
use crate::ui::theme::{self, space};

/// Most growth a month that can be said, in percent.
const MOST_GROWTH: f64 = 100.0;

/// What the section remembers.
#[derive(Debug, Default)]
pub(super) struct BreakEvenView {
    /// Growth of the load in a month, in percent; 0 where it is not known.
    monthly: f64,
}

/// Shows it; nothing where one of them has no prices.
pub(super) fn show_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    ones: &mut AskedOnes,
    view: &mut BreakEvenView,
    base: &Scenario,
    other: &Scenario,
) {
    let priced = |s: &Scenario| {
        let slot = cx.state.results.simulated(&s.name);
        let found = slot.value.as_ref();
        found.is_some_and(|f| f.outcome.summary.cost_per_month > 0.0)
    };
    if !priced(base) || !priced(other) {
        return;
    }
    section_ui(ui, "From which growth on is the other one cheaper?");
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        ui.label("The load grows by");
        let field = DragValue::new(&mut view.monthly)
            .range(0.0..=MOST_GROWTH)
            .speed(0.1)
            .max_decimals(1)
            .suffix(" %");
        let field = ui.add(field).on_hover_text("0 % where it is not known");
        field.widget_info(|| {
            WidgetInfo::labeled(Role::SpinButton, true, "Growth of the load a month")
        });
        ui.label("a month");
    });
    ui.add_space(space::XS);
    let question = Question::BreakEven {
        other: Arc::new(other.clone()),
        monthly: (view.monthly > 0.0).then_some(view.monthly / 100.0),
    };
    let about = "from which growth on the other one is cheaper";
    let ask = Ask::new(base, question, about);
    ask.show(ui, cx, ones, |ui, _, answer, _| {
        if let Answer::BreakEven(found) = answer.as_ref() {
            ui.add(Label::new(theme::strong(&found.sentence)).wrap());
            for note in &found.notes {
                note_ui(ui, note);
            }
        }
    });
}
