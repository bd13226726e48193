//! Two scenarios of the comparison: where their difference comes from, and from which growth on the other is cheaper.

use std::sync::Arc;

use eframe::egui::{ComboBox, Role, Ui, WidgetInfo};

use super::super::Cx;
use super::super::parts::section_ui;
use super::asking::{Ask, AskedOnes};
use super::{break_even, waterfall};
use crate::scenario::Scenario;
use crate::ui::questions::{Answer, Question};
use crate::ui::theme::space;

/// What is remembered of the pair.
#[derive(Debug, Default)]
pub(super) struct PairView {
    /// The one that is held against the first.
    apart: Option<String>,
    break_even: break_even::BreakEvenView,
}

/// One of some names.
pub(super) fn pick_ui(
    ui: &mut Ui,
    id: &str,
    about: &str,
    now: &str,
    names: &[String],
) -> Option<String> {
    let mut picked = None;
    let combo = ComboBox::from_id_salt(id)
        .selected_text(now)
        .width(240.0)
        .truncate()
        .show_ui(ui, |ui| {
            for name in names {
                if ui.selectable_label(name == now, name).clicked() {
                    picked = Some(name.clone());
                }
            }
        });
    combo
        .response
        .widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, about));
    picked
}

/// Where the difference between the first and another one comes from.
pub(super) fn show_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    view: &mut PairView,
    ones: &mut AskedOnes,
    base: &Scenario,
    all: &[&Scenario],
) {
    let others: Vec<&&Scenario> = all.iter().filter(|s| s.name != base.name).collect();
    let named = others.iter().find(|s| Some(&s.name) == view.apart.as_ref());
    let Some(other) = named.or(others.first()) else {
        return;
    };
    section_ui(ui, "Where the difference comes from");
    ui.horizontal(|ui| {
        ui.label(format!("From {} to", base.name));
        let names: Vec<String> = others.iter().map(|s| s.name.clone()).collect();
        let about = "Scenario that is taken apart";
        let picked = pick_ui(ui, "what-if-apart", about, &other.name, &names);
        view.apart = picked.or(view.apart.take());
    });
    let question = Question::Waterfall {
        other: Arc::new((**other).clone()),
    };
    let ask = Ask {
        at_once: true,
        ..Ask::new(base, question, "where the difference comes from")
    };
    ask.show(ui, cx, ones, |ui, _, answer, _| {
        if let Answer::Waterfall(found) = answer.as_ref() {
            waterfall::show_ui(ui, found, &other.cost.currency);
        }
    });
    ui.add_space(space::M);
    break_even::show_ui(ui, cx, ones, &mut view.break_even, base, other);
}
