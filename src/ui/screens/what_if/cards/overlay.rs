//! The cards that stand in the place of service, instances and autoscaling where peers or shards do the work.

use eframe::egui::Ui;

use super::super::field::Form;
use super::{card_ui, chain, federation, kind, late};
use crate::ui::icons;

pub(super) fn cards_ui(ui: &mut Ui, form: &mut Form) {
    let scenario = form.scenario.clone();
    if scenario.federation.is_some() {
        let says = federation::peers_summary(&scenario);
        card_ui(ui, "Peers", icons::TOPOLOGY, &says, true, |ui| {
            kind::show_ui(ui, form);
            federation::peers_ui(ui, form);
        });
        let says = federation::together_summary(&scenario);
        card_ui(ui, "Keeping together", icons::PULSE, &says, false, |ui| {
            federation::together_ui(ui, form);
        });
        let says = federation::joins_summary(&scenario);
        card_ui(ui, "Joins", icons::ADD, &says, false, |ui| {
            federation::joins_ui(ui, form);
        });
    } else {
        let says = chain::summary(&scenario);
        card_ui(ui, "Shards", icons::TOPOLOGY, &says, true, |ui| {
            kind::show_ui(ui, form);
            chain::show_ui(ui, form);
        });
    }
    let says = late::summary(&scenario);
    card_ui(ui, "When it is late", icons::CLOCK, &says, false, |ui| {
        late::show_ui(ui, form);
    });
}
