//! New scenarios: from a load test, a forecast, an access log, a series, a ready one that ships with the program, or empty.

use eframe::egui::{Align, Layout, Role, ScrollArea, Ui, WidgetInfo};

use super::super::Cx;
use super::super::parts::{icon_button_ui, note_ui};
use super::Known;
use crate::scenario::model::{Autoscaling, Pattern, ScaleMetric, Workload};
use crate::scenario::{Scenario, ready};
use crate::ui::command::Command;
use crate::ui::icons;
use crate::ui::state::Screen;
use crate::ui::theme::{self, space};
use crate::ui::widgets::empty_state::EmptyState;

/// Width of the list of ready scenarios.
const READY_WIDTH: f32 = 400.0;
/// Most names of the project in one list of the menu.
const MOST_LISTED: usize = 40;

/// One that begins with everything unsaid.
pub(super) fn empty() -> Scenario {
    Scenario {
        name: "New scenario".to_owned(),
        ..Scenario::default()
    }
}

/// A file's name without its ending.
fn stem(file: &str) -> &str {
    file.rsplit_once('.').map_or(file, |(stem, _)| stem)
}

/// Service times of a load test under its mean rate, ready for the question of ten times.
pub(super) fn from_run(file: &str, rate: Option<f64>) -> Scenario {
    let mut scenario = Scenario {
        name: format!("After {}", stem(file)),
        about: format!("What the service of {file} would do under another load"),
        ..Scenario::default()
    };
    if let Some(rate) = rate.filter(|r| *r > 0.0) {
        scenario.workload.pattern = Pattern::Constant {
            level: (rate * 10.0).round() / 10.0,
        };
    }
    scenario.service.from_run = Some(file.to_owned());
    scenario.autoscaling = Autoscaling {
        hpa: vec![(ScaleMetric::CpuUtilization, 0.7)],
        ..Autoscaling::default()
    };
    scenario
}

/// The arrivals of an access log or load test as they were.
fn from_log(file: &str) -> Scenario {
    Scenario {
        name: format!("Traffic of {}", stem(file)),
        workload: Workload {
            pattern: Pattern::Log {
                file: file.to_owned(),
            },
            ..Workload::default()
        },
        ..Scenario::default()
    }
}

/// What a series is forecast to be, nine in ten below.
fn from_forecast(series: &str) -> Scenario {
    Scenario {
        name: format!("Forecast of {series}"),
        workload: Workload {
            pattern: Pattern::Forecast {
                series: series.to_owned(),
                quantile: 0.9,
            },
            ..Workload::default()
        },
        ..Scenario::default()
    }
}

/// Requests a second of a source over its time, on average.
fn mean_rate(cx: &Cx<'_>, file: &str) -> Option<f64> {
    let info = &cx.state.sources().find(|s| s.info.file_name == file)?.info;
    let secs = info.last?.since(info.first?).as_secs();
    (secs > 0.0).then(|| info.rows as f64 / secs)
}

fn list_ui(ui: &mut Ui, names: &[String]) -> Option<String> {
    let mut chosen = None;
    ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
        for name in names.iter().take(MOST_LISTED) {
            if ui.button(name).clicked() {
                chosen = Some(name.clone());
            }
        }
        if names.len() > MOST_LISTED {
            note_ui(ui, "More can be chosen in the card Workload");
        }
    });
    chosen
}

/// The menu; answers with what was chosen.
pub(super) fn menu_ui(ui: &mut Ui, cx: &mut Cx<'_>, known: &Known) -> Option<Scenario> {
    let mut made = None;
    let menu = ui.menu_button(format!("{}  New…", icons::ADD), |ui| {
        made = choices_ui(ui, cx, known);
        if made.is_some() {
            ui.close();
        }
    });
    menu.response
        .widget_info(|| WidgetInfo::labeled(Role::Button, true, "New…"));
    made
}

/// The scenarios that ship with the program, each with what it asks.
fn ready_ui(ui: &mut Ui) -> Option<Scenario> {
    let mut chosen = None;
    ui.set_width(READY_WIDTH);
    for scenario in ready() {
        if ui.button(&scenario.name).clicked() {
            chosen = Some(scenario.clone());
        }
        // A menu stretches its lines; sentences are read as they are.
        ui.with_layout(Layout::top_down(Align::Min), |ui| {
            ui.horizontal(|ui| {
                ui.add_space(space::XS);
                ui.vertical(|ui| note_ui(ui, &scenario.about));
            });
        });
        ui.add_space(space::XS);
    }
    chosen
}

fn choices_ui(ui: &mut Ui, cx: &mut Cx<'_>, known: &Known) -> Option<Scenario> {
    let mut made = None;
    if icon_button_ui(ui, true, icons::NEW, "Empty").clicked() {
        made = Some(empty());
    }
    ui.menu_button("A ready one", |ui| {
        made = ready_ui(ui);
    });
    if !known.tests.is_empty() {
        ui.menu_button("From a load test", |ui| {
            if let Some(file) = list_ui(ui, &known.tests) {
                let rate = mean_rate(cx, &file);
                made = Some(from_run(&file, rate));
            }
        });
    }
    if !known.runs.is_empty() {
        ui.menu_button("With the traffic of a file", |ui| {
            if let Some(file) = list_ui(ui, &known.runs) {
                made = Some(from_log(&file));
            }
        });
    }
    if !known.series.is_empty() {
        ui.menu_button("From a forecast", |ui| {
            if let Some(series) = list_ui(ui, &known.series) {
                made = Some(from_forecast(&series));
            }
        });
    }
    cx.button(ui, Command::OpenScenario);
    made
}

/// A screen without a scenario: what it answers, and ways to begin.
pub(super) fn begin_ui(ui: &mut Ui, cx: &mut Cx<'_>, known: &Known) -> Option<Scenario> {
    if cx.state.project.is_none() && !cx.state.has_data() {
        EmptyState::new(
            Screen::WhatIf.icon(),
            Screen::WhatIf.question(),
            "Here a scenario says what ten times the traffic, a lost instance or another autoscaler would do to the promises, and what it would cost. Import a load test to begin, or open a scenario file",
        )
        .primary(Command::Import)
        .secondary(Command::OpenSample)
        .secondary(Command::OpenScenario)
        .show(ui, cx);
        return None;
    }
    let mut made = None;
    let room = ui.available_height();
    ui.vertical_centered(|ui| {
        ui.add_space((room * 0.16).max(space::L));
        ui.label(theme::icon(Screen::WhatIf.icon()).size(40.0).color(theme::Tokens::of(ui).muted));
        ui.label(theme::title(Screen::WhatIf.question()));
        ui.scope(|ui| {
            ui.set_max_width(560.0);
            ui.label(theme::muted(
                ui,
                "A scenario says what ten times the traffic, a lost instance or another autoscaler would do to the promises, and what it would cost.",
            ));
        });
        ui.add_space(space::M);
        ui.allocate_ui_with_layout(
            eframe::egui::vec2(320.0, 10.0),
            Layout::top_down_justified(Align::Center),
            |ui| {
                for file in known.tests.iter().take(2) {
                    let text = format!("From the load test {file}");
                    if icon_button_ui(ui, true, icons::LOAD_TESTS, &text).clicked() {
                        let rate = mean_rate(cx, file);
                        made = Some(from_run(file, rate));
                    }
                }
                for series in known.series.iter().take(1) {
                    let text = format!("From the forecast of {series}");
                    if icon_button_ui(ui, true, icons::FORECAST, &text).clicked() {
                        made = Some(from_forecast(series));
                    }
                }
                if icon_button_ui(ui, true, icons::NEW, "An empty scenario").clicked() {
                    made = Some(empty());
                }
                let ready = ui.menu_button(format!("{}  A ready scenario…", icons::SAMPLE), |ui| {
                    if let Some(scenario) = ready_ui(ui) {
                        made = Some(scenario);
                        ui.close();
                    }
                });
                ready.response.widget_info(|| {
                    WidgetInfo::labeled(Role::Button, true, "A ready scenario…")
                });
                cx.button(ui, Command::OpenScenario);
                if !cx.state.has_data() {
                    cx.button(ui, Command::Import);
                }
            },
        );
    });
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scenario_of_a_load_test_asks_for_its_times_at_its_rate() {
        let scenario = from_run("checkout-1.9.jtl", Some(402.37));
        assert_eq!(scenario.name, "After checkout-1.9");
        assert_eq!(
            scenario.workload.pattern,
            Pattern::Constant { level: 402.4 }
        );
        assert_eq!(
            scenario.pending(),
            ["the service times of checkout-1.9.jtl"]
        );
        assert!(scenario.autoscaling.active());
        let unknown = from_run("a", None);
        assert_eq!(unknown.workload.pattern, Pattern::default());
    }
}
