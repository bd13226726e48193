//! What it costs.

use eframe::egui::{TextEdit, Ui};

use super::super::field::{Form, Knob, Unit, name_ui, remark_ui};
use crate::scenario::Scenario;
use crate::units;

pub(super) fn summary(scenario: &Scenario) -> String {
    let cost = &scenario.cost;
    if cost.instance_hour > 0.0 {
        let price = units::number(cost.instance_hour);
        let one = match scenario.unit() {
            "instance" => "an instance".to_owned(),
            other => format!("a {other}"),
        };
        format!("{price} {} {one} and hour", cost.currency)
    } else {
        "no prices yet".to_owned()
    }
}

pub(super) fn show_ui(ui: &mut Ui, form: &mut Form) {
    let Form { scenario, said } = form;
    let cost = &mut scenario.cost;
    ui.horizontal(|ui| {
        let name = name_ui(ui, "Currency", "Shown with every amount");
        let field = ui
            .add(
                TextEdit::singleline(&mut cost.currency)
                    .desired_width(74.0)
                    .char_limit(8),
            )
            .labelled_by(name.id);
        if field.changed() {
            *said = Some("change the currency".to_owned());
        }
    });
    let hour = |name, most| Knob::new(name, Unit::Money, 0.0, most);
    hour("Instance hour", 10.0)
        .hint("One instance for one hour, on demand")
        .show(ui, said, &mut cost.instance_hour);
    Knob::new("Reserved", Unit::Count, 0.0, 100.0)
        .hint("Instances that are paid for whether used or not")
        .count(ui, said, &mut cost.reserved);
    if cost.reserved > 0 {
        hour("Reserved hour", 10.0)
            .hint("One reserved instance for one hour")
            .show(ui, said, &mut cost.reserved_hour);
    }
    hour("Core hour", 2.0)
        .hint("Each core beyond the first when the size changes; 0 scales the price with the cores")
        .show(ui, said, &mut cost.core_hour);
    hour("Caches, an hour", 10.0).show(ui, said, &mut cost.cache_hour);
    hour("Database, an hour", 20.0).show(ui, said, &mut cost.database_hour);
    hour("Replica hour", 20.0)
        .hint("Each replica or further shard")
        .show(ui, said, &mut cost.replica_hour);
    Knob::new("Bytes an answer", Unit::Number, 0.0, 10_000_000.0).show(
        ui,
        said,
        &mut cost.response_bytes,
    );
    hour("Sent, a GB", 1.0)
        .hint("Price of 10⁹ bytes that leave")
        .show(ui, said, &mut cost.egress_gb);
    if cost.instance_hour == 0.0 {
        remark_ui(
            ui,
            "With the price of an instance the answer says what a month costs",
        );
    }
}
