//! What is turned away before it reaches an instance.

use eframe::egui::Ui;

use super::super::field::{Form, Knob, Unit, group_ui, part_ui, remark_ui};
use crate::scenario::Scenario;
use crate::scenario::model::TokenBucket;
use crate::ui::icons;

pub(super) fn summary(scenario: &Scenario) -> String {
    let limits = &scenario.rate_limits;
    let mut parts = Vec::new();
    if let Some(all) = limits.global {
        parts.push(format!("{} for all", Unit::PerSec.print(all.rate)));
    }
    if let Some(one) = limits.per_user {
        parts.push(format!("{} a user", Unit::PerSec.print(one.rate)));
    }
    match limits.per_endpoint.len() {
        0 => {}
        1 => parts.push("one endpoint".to_owned()),
        n => parts.push(format!("{n} endpoints")),
    }
    if parts.is_empty() {
        "none".to_owned()
    } else {
        parts.join(", ")
    }
}

fn bucket_ui(ui: &mut Ui, said: &mut Option<String>, bucket: &mut TokenBucket) {
    Knob::new("Requests", Unit::PerSec, 0.1, 100_000.0)
        .hint("What is above it fails with 429")
        .show(ui, said, &mut bucket.rate);
    Knob::new("Burst", Unit::Count, 0.0, 100_000.0)
        .hint("Requests that may come at once after a pause")
        .show(ui, said, &mut bucket.burst);
}

pub(super) fn show_ui(ui: &mut Ui, form: &mut Form) {
    let Form { scenario, said } = form;
    let usual = || TokenBucket {
        rate: 1_000.0,
        burst: 100.0,
    };
    let limits = &mut scenario.rate_limits;
    let hint = "All requests together";
    part_ui(ui, said, ("Limit for all", hint), &mut limits.global, usual);
    if let Some(bucket) = &mut limits.global {
        ui.push_id("all", |ui| bucket_ui(ui, said, bucket));
    }
    let hint = "Each of the users of the workload";
    part_ui(
        ui,
        said,
        ("Limit a user", hint),
        &mut limits.per_user,
        || TokenBucket {
            rate: 10.0,
            burst: 20.0,
        },
    );
    if let Some(bucket) = &mut limits.per_user {
        ui.push_id("user", |ui| bucket_ui(ui, said, bucket));
        if scenario.workload.users < 1.0 {
            remark_ui(ui, "It needs the number of users in the workload");
        }
    }
    let mut removed = None;
    for (index, (label, bucket)) in limits.per_endpoint.iter_mut().enumerate() {
        ui.push_id(("endpoint", index), |ui| {
            group_ui(ui, label);
            bucket_ui(ui, said, bucket);
            if ui.small_button("Remove").clicked() {
                removed = Some(index);
            }
        });
    }
    if let Some(index) = removed {
        limits.per_endpoint.remove(index);
        *said = Some("remove a limit of an endpoint".to_owned());
    }
    let free: Vec<String> = scenario
        .service
        .classes
        .iter()
        .map(|c| c.label.clone())
        .filter(|label| limits.per_endpoint.iter().all(|(known, _)| known != label))
        .collect();
    if free.is_empty() || scenario.service.classes.len() < 2 {
        return;
    }
    let title = format!("{}  Limit for one kind of request…", icons::ADD);
    ui.menu_button(title, |ui| {
        for label in free {
            if ui.button(&label).clicked() {
                *said = Some(format!("limit {label}"));
                ui.close();
                limits.per_endpoint.push((label, usual()));
            }
        }
    });
}
