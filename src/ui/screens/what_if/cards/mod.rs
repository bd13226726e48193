//! The cards of a scenario, one for each part of it. They change a copy of the scenario; what was changed is sent as one
//! edit with its name.

mod assumptions;
mod autoscaling;
mod backend;
mod chain;
mod cost;
mod faults;
mod federation;
mod instances;
mod kind;
mod late;
mod limits;
mod overlay;
mod run;
mod service;
mod workload;

use eframe::egui::{self, Align, Layout, Role, Ui, WidgetInfo};

use super::super::Cx;
use super::Known;
use super::field::Form;
use crate::scenario::Scenario;
use crate::ui::icons;
use crate::ui::theme::{self, TEXT_SMALL, Tokens, space};

pub(super) use faults::name as fault_name;
pub(super) use workload::{peak_level, unit_of};

/// Shows all cards; a change becomes an edit.
pub(super) fn cards_ui(ui: &mut Ui, cx: &mut Cx<'_>, scenario: &Scenario, known: &Known) {
    let mut form = Form {
        scenario: scenario.clone(),
        said: None,
    };
    ui.add_enabled_ui(!cx.state.read_only(), |ui| {
        ui.spacing_mut().item_spacing.y = space::S;
        growth_card_ui(ui, &mut form);
        let of = |s: &Scenario| Summaries::of(s);
        let says = of(&form.scenario);
        card_ui(ui, "Workload", icons::USERS, &says.workload, true, |ui| {
            workload::show_ui(ui, &mut form, known);
        });
        let overlay = form.scenario.is_overlay();
        if overlay {
            overlay::cards_ui(ui, &mut form);
        } else {
            instance_cards_ui(ui, &mut form, known, &says);
        }
        card_ui(ui, "Faults", icons::WARNING, &says.faults, false, |ui| {
            faults::show_ui(ui, &mut form);
        });
        card_ui(ui, "Cost", icons::COST, &says.cost, false, |ui| {
            cost::show_ui(ui, &mut form);
        });
        if !overlay {
            card_ui(ui, "Backend", icons::DATA, &says.backend, false, |ui| {
                backend::show_ui(ui, &mut form);
            });
            card_ui(ui, "Limits", icons::FILTER, &says.limits, false, |ui| {
                limits::show_ui(ui, &mut form);
            });
        }
        card_ui(ui, "Run", icons::RUN, &says.run, false, |ui| {
            run::show_ui(ui, &mut form);
        });
        let assumed = assumptions::summary(&form.scenario);
        card_ui(ui, "Assumptions", icons::NOTE, &assumed, false, |ui| {
            assumptions::show_ui(ui, &mut form);
        });
    });
    if form.scenario != *scenario {
        let name = scenario.name.clone();
        let said = form
            .said
            .unwrap_or_else(|| "change the scenario".to_owned());
        let changed = form.scenario;
        cx.edit(format!("{said} in {name}"), move |doc| {
            doc.put_scenario(&name, changed.clone());
        });
    }
}

/// Service, instances and how many of them there are.
fn instance_cards_ui(ui: &mut Ui, form: &mut Form, known: &Known, says: &Summaries) {
    card_ui(ui, "Service", icons::CLOCK, &says.service, true, |ui| {
        service::show_ui(ui, form, known);
    });
    let (icon, text) = (icons::TOPOLOGY, &says.instances);
    card_ui(ui, "Instances", icon, text, false, |ui| {
        kind::show_ui(ui, form);
        instances::show_ui(ui, form);
    });
    let (icon, text) = (icons::CAPACITY, &says.autoscaling);
    card_ui(ui, "Autoscaling", icon, text, false, |ui| {
        autoscaling::show_ui(ui, form);
    });
}

/// What each card says while it is folded.
struct Summaries {
    workload: String,
    service: String,
    instances: String,
    autoscaling: String,
    faults: String,
    cost: String,
    backend: String,
    limits: String,
    run: String,
}

impl Summaries {
    fn of(scenario: &Scenario) -> Self {
        Self {
            workload: workload::summary(scenario),
            service: service::summary(scenario),
            instances: instances::summary(scenario),
            autoscaling: autoscaling::summary(scenario),
            faults: faults::summary(scenario),
            cost: cost::summary(scenario),
            backend: backend::summary(scenario),
            limits: limits::summary(scenario),
            run: run::summary(scenario),
        }
    }
}

/// The first card asks the question itself.
fn growth_card_ui(ui: &mut Ui, form: &mut Form) {
    frame(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = space::XS;
        ui.label(theme::strong("How much more traffic?"));
        workload::growth_ui(ui, form);
    });
}

fn frame(ui: &Ui) -> egui::Frame {
    theme::card(ui).inner_margin(egui::Margin::same(space::M as i8))
}

/// A card that folds: a click or a key on its header.
fn card_ui(
    ui: &mut Ui,
    title: &str,
    icon: &str,
    summary: &str,
    open_at_first: bool,
    body: impl FnOnce(&mut Ui),
) {
    let id = egui::Id::unique(("what-if-card", title));
    let mut open = ui.data(|d| d.get_temp(id)).unwrap_or(open_at_first);
    frame(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.push_id(id, |ui| {
            if header_ui(ui, title, icon, summary, open) {
                open = !open;
            }
            if open {
                ui.add_space(2.0);
                ui.spacing_mut().item_spacing.y = space::XS;
                body(ui);
            }
        });
    });
    ui.data_mut(|d| d.insert_temp(id, open));
}

/// True where it was clicked.
fn header_ui(ui: &mut Ui, title: &str, icon: &str, summary: &str, open: bool) -> bool {
    let tokens = Tokens::of(ui);
    let row = ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        ui.add(egui::Label::new(theme::icon(icon).color(tokens.muted)).selectable(false));
        ui.add(egui::Label::new(theme::strong(title)).selectable(false));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let fold = if open { icons::UP } else { icons::DOWN };
            ui.add(egui::Label::new(theme::icon(fold).color(tokens.muted)).selectable(false));
            let text = theme::muted(ui, summary).size(TEXT_SMALL);
            ui.add(egui::Label::new(text).truncate().selectable(false));
        });
    });
    let area = row.response.rect.expand2(egui::vec2(space::XS, 2.0));
    let response = ui.interact(area, ui.scope_id().with("fold"), egui::Sense::click());
    let label = format!("{title}: {summary}");
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, open, &label));
    if response.has_focus() {
        ui.painter().rect_stroke(
            area,
            f32::from(theme::CORNER),
            egui::Stroke::new(1.0, tokens.accent),
            egui::StrokeKind::Inside,
        );
    }
    response
        .on_hover_cursor(egui::CursorIcon::PointingHand)
        .on_hover_text(summary)
        .clicked()
}
