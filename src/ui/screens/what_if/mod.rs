//! What if: what would happen if…? A scenario as cards with sliders, its answer beside them; several scenarios beside
//! each other; and, as a third tab, the forecasts of the limits under more demand or capacity.

mod answer;
mod asking;
mod bar;
mod bars;
mod break_even;
mod cards;
mod charts;
mod compare;
mod differences;
mod events;
mod field;
mod figures;
mod fresh;
mod measured;
mod needed;
mod outlook;
mod overlay_answer;
mod overlay_charts;
mod pair;
mod promises;
mod scale;
mod timeline;
mod tornado;
mod waterfall;
mod where_to_look;

use std::sync::Arc;
use std::time::Duration;

use eframe::egui::{Role, ScrollArea, Ui, WidgetInfo, vec2};

use super::Cx;
use super::parts::{caution_ui, derived, icon_button_ui, note_ui, problem_ui};
use crate::dataset::{Dataset, SeriesInfo, Tool};
use crate::scenario::Scenario;
use crate::scenario::model::Engine;
use crate::ui::command::Command;
use crate::ui::icons;
use crate::ui::request::simulation_key;
use crate::ui::results::{Request, Slot};
use crate::ui::simulated::Simulated;
use crate::ui::theme::space;
use crate::ui::widgets::TimeWindow;
use crate::ui::widgets::job_bar::JobBar;

/// While a slider is dragged a run that takes no longer than this is let finish, so that the answer follows the hand.
const PATIENCE_SECS: f64 = 1.0;
/// From this width on the cards stand beside the answer.
const BESIDE: f32 = 600.0;

/// From this width on the parts below the answer have their full names.
const WIDE_PARTS: f32 = 560.0;

/// The parts of the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Tab {
    #[default]
    Scenario,
    Compare,
    Outlook,
}

/// What is shown below the answer of a scenario.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Part {
    #[default]
    OverTime,
    Needed,
    Matters,
    Measured,
}

/// What the screen remembers for itself.
#[derive(Debug, Default)]
pub struct WhatIfView {
    tab: Tab,
    selected: Option<String>,
    window: TimeWindow,
    /// When a run was asked for last, in the time of frames.
    asked_at: f64,
    renaming: Option<bar::Renaming>,
    part: Part,
    /// Questions that take many runs, as far as they were asked.
    asked: asking::AskedOnes,
    where_to_look: where_to_look::WhereToLook,
    tornado: tornado::TornadoView,
    measured: measured::MeasuredView,
    compare: compare::CompareScenarios,
    outlook: outlook::OutlookView,
}

impl WhatIfView {
    /// Shows the scenario with this name when the screen is opened.
    pub fn pick(&mut self, name: String) {
        self.tab = Tab::Scenario;
        self.selected = Some(name);
    }
}

/// What of the project scenarios can refer to.
#[derive(Debug, Default)]
struct Known {
    /// Series, by title.
    series: Vec<String>,
    /// Load tests, by file name.
    tests: Vec<String>,
    /// Load tests and access logs, by file name.
    runs: Vec<String>,
}

impl Known {
    fn of(dataset: &Dataset) -> Self {
        let mut known = Self::default();
        for source in &dataset.sources {
            if let Some(run) = &source.run {
                let file = &source.info.file_name;
                known.runs.push(file.clone());
                if run.tool != Tool::AccessLog {
                    known.tests.push(file.clone());
                }
            }
            if let Some(metrics) = &source.metrics {
                let titles = metrics.series.iter().map(SeriesInfo::display_name);
                known.series.extend(titles);
            }
        }
        // Requests come first: they are what a workload is made of.
        known
            .series
            .sort_by_key(|title| !title.to_lowercase().contains("request"));
        known
    }
}

/// Shows the screen.
pub fn show_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    tabs_ui(ui, cx);
    let mut view = std::mem::take(&mut cx.view.what_if);
    match view.tab {
        Tab::Scenario => scenario_ui(ui, cx, &mut view),
        Tab::Compare => compare::show_ui(ui, cx, &mut view),
        Tab::Outlook => outlook::show_ui(ui, cx, &mut view.outlook),
    }
    cx.view.what_if = view;
}

fn tabs_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let several = cx.state.doc.scenarios.len() > 1;
    let view = &mut cx.view.what_if;
    if view.tab == Tab::Compare && !several {
        view.tab = Tab::Scenario;
    }
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        for (tab, icon, word, there) in [
            (Tab::Scenario, icons::WHAT_IF, "Scenario", true),
            (Tab::Compare, icons::COMPARE, "Compare scenarios", several),
            (Tab::Outlook, icons::FORECAST, "Forecast × growth", true),
        ] {
            if !there {
                continue;
            }
            let chosen = tab == view.tab;
            let response = ui.selectable_label(chosen, format!("{icon}  {word}"));
            response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, word));
            if response.clicked() {
                view.tab = tab;
            }
        }
    });
    ui.add_space(space::S);
}

fn scenario_ui(ui: &mut Ui, cx: &mut Cx<'_>, view: &mut WhatIfView) {
    let state = cx.state;
    let known = derived(ui, "what-if-known", &state.dataset, &(), Known::of);
    let doc = &state.doc;
    let chosen = view.selected.as_deref().and_then(|name| doc.scenario(name));
    let Some(scenario) = chosen
        .or_else(|| doc.plan())
        .or_else(|| doc.scenarios.first())
    else {
        if let Some(made) = fresh::begin_ui(ui, cx, &known) {
            bar::add(cx, view, "add the scenario", made);
        }
        return;
    };
    let slot = state.results.simulated(&scenario.name);
    bar::bar_ui(ui, cx, view, scenario, &known);
    ui.add_space(space::S);
    ask(ui, cx, view, scenario);
    let (width, height) = (ui.available_width(), ui.available_height());
    if width < BESIDE {
        ScrollArea::vertical()
            .id_salt("what-if-all")
            .auto_shrink(false)
            .show(ui, |ui| {
                result_ui(ui, cx, view, scenario, slot);
                ui.add_space(space::M);
                cards::cards_ui(ui, cx, scenario, &known);
            });
        return;
    }
    let left = (width * 0.36).clamp(300.0, 390.0);
    ui.horizontal_top(|ui| {
        ui.allocate_ui(vec2(left, height), |ui| {
            ui.set_width(left);
            ui.vertical(|ui| {
                ScrollArea::vertical()
                    .id_salt("what-if-cards")
                    .auto_shrink(false)
                    .show(ui, |ui| {
                        cards::cards_ui(ui, cx, scenario, &known);
                        ui.add_space(space::M);
                    });
            });
        });
        ui.add_space(space::M);
        ui.vertical(|ui| {
            ScrollArea::vertical()
                .id_salt("what-if-answer")
                .auto_shrink(false)
                .show(ui, |ui| result_ui(ui, cx, view, scenario, slot));
        });
    });
}

/// A hand is on a control, so that what it moves is not where it will stay.
fn dragging(ui: &Ui) -> bool {
    ui.input(|i| i.pointer.any_down()) && ui.dragged_id().is_some()
}

/// Wants the run of a scenario. While a pointer is down, a run that was begun is let finish first, and where the engine
/// is free the flow answers: it keeps up with the hand. The exact one follows when the pointer is let go.
fn ask(ui: &Ui, cx: &mut Cx<'_>, view: &mut WhatIfView, scenario: &Scenario) {
    let dragging = dragging(ui);
    let mut wanted = scenario.clone();
    if dragging && wanted.run.engine == Engine::Auto {
        wanted.run.engine = Engine::Fluid;
    }
    let request = Request::Simulate(Arc::new(wanted));
    let fingerprint = request.fingerprint(cx.state);
    if cx.state.results.is_current(&request, fingerprint) {
        return;
    }
    let now = ui.input(|i| i.time);
    let running = cx.state.results.simulated(&scenario.name).running;
    if running && dragging && now - view.asked_at < PATIENCE_SECS {
        ui.request_repaint_after(Duration::from_millis(50));
        return;
    }
    view.asked_at = now;
    cx.send(Command::Request(request));
}

/// The answer, the charts and the events; the last one stays until the new one is there.
fn result_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    view: &mut WhatIfView,
    scenario: &Scenario,
    slot: &Slot<Simulated>,
) {
    let key = simulation_key(&scenario.name);
    let job = cx.state.jobs.iter().find(|j| j.key == key && j.shown);
    if let Some(job) = job {
        JobBar { job, width: 160.0 }.show(ui, cx.out);
        ui.add_space(space::XS);
    }
    if let Some(error) = &slot.error {
        problem_ui(ui, error);
    }
    if slot.cancelled {
        cancelled_ui(ui, cx, scenario, slot);
    }
    let Some(found) = &slot.value else {
        if slot.running {
            note_ui(ui, "Simulating…");
        }
        return;
    };
    // Under a hand one quick run follows another: to dim each between them would flicker.
    let old = slot.stale && (job.is_some() || !dragging(ui));
    let dim = |ui: &mut Ui| {
        if old {
            ui.set_opacity(0.55);
        }
    };
    ui.scope(|ui| {
        dim(ui);
        answer::answer_ui(ui, found);
    });
    ui.add_space(space::S);
    parts_ui(ui, view);
    match view.part {
        Part::OverTime => {
            ui.scope(|ui| {
                dim(ui);
                charts::charts_ui(ui, cx, scenario, found, &mut view.window);
                events::events_ui(ui, found);
                assumptions_ui(ui, found);
            });
        }
        Part::Needed => {
            needed::show_ui(ui, cx, &mut view.asked, &mut view.where_to_look, scenario);
        }
        Part::Matters => {
            tornado::show_ui(ui, cx, &mut view.asked, &mut view.tornado, scenario);
        }
        Part::Measured => {
            measured::show_ui(ui, cx, &mut view.asked, &mut view.measured, scenario, slot);
        }
    }
    ui.add_space(space::M);
}

/// Says whose figures are left after a run was cancelled, and offers the run again.
fn cancelled_ui(ui: &mut Ui, cx: &mut Cx<'_>, scenario: &Scenario, slot: &Slot<Simulated>) {
    ui.horizontal_wrapped(|ui| {
        if let Some(found) = &slot.value {
            caution_ui(ui, &left_behind(scenario, &found.of));
        }
        if icon_button_ui(ui, true, icons::RUN, "Run again").clicked() {
            cx.send(Command::Request(Request::Simulate(Arc::new(
                scenario.clone(),
            ))));
        }
    });
    ui.add_space(space::XS);
}

/// Which figures are seen instead of those of the scenario as it stands.
fn left_behind(now: &Scenario, ran: &Scenario) -> String {
    let growth = ran.workload.growth;
    if (growth - now.workload.growth).abs() > 1e-9 {
        let times = field::Unit::Times.print(growth);
        format!("Cancelled: these are the figures for {times}")
    } else {
        "Cancelled: these are the figures from before the last change".to_owned()
    }
}

/// What can be shown below the answer.
fn parts_ui(ui: &mut Ui, view: &mut WhatIfView) {
    let wide = ui.available_width() > WIDE_PARTS;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        for (part, words, short) in [
            (Part::OverTime, "Over time", "Over time"),
            (Part::Needed, "How much is needed?", "Needed"),
            (Part::Matters, "What matters most?", "Matters most"),
            (Part::Measured, "Against a load test", "Load test"),
        ] {
            let chosen = view.part == part;
            let response = ui.selectable_label(chosen, if wide { words } else { short });
            response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, words));
            if response.clicked() {
                view.part = part;
            }
        }
    });
    ui.add_space(space::S);
}

/// What the answer stands on that nobody measured.
fn assumptions_ui(ui: &mut Ui, found: &Simulated) {
    if found.outcome.federation.is_some() || found.outcome.chain.is_some() {
        note_ui(ui, &found.outcome.engine_why);
    }
    for assumption in &found.assumptions {
        note_ui(ui, &format!("Assumed: {assumption}"));
    }
}
