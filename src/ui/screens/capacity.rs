//! Capacity: how much can it take? The answer in a sentence, the scalability curve through the measured levels, latency
//! against throughput with its budget, what the parameters mean, and what to be careful about.

use std::sync::Arc;

use eframe::egui::{self, ComboBox, DragValue, ScrollArea, Ui};

use super::Cx;
use super::capacity_curve::charts_ui;
use super::capacity_headroom::headroom_ui;
use super::capacity_inputs::{PERCENTILES, inputs, keep, percentile_name};
use super::capacity_tables::{ask_ui, laws_ui, levels_ui, parameters_ui};
use super::parts::{answer_ui, caution_ui, no_data_ui, note_ui, slot_ui};
use crate::analysis::capacity::{CapacityStudy, at_concurrency, per_sec, plain};
use crate::dataset::{Role, Source};
use crate::project::CapacityInputs;
use crate::ui::command::Command;
use crate::ui::results::{CapacityRequest, Request};
use crate::ui::state::Screen;
use crate::ui::theme::space;
use crate::ui::widgets::empty_state::EmptyState;
use crate::ui::widgets::{Stat, stats_ui};
use crate::units;
use crate::warning::WarningKind;

/// What the screen remembers for itself.
#[derive(Debug, Default)]
pub struct CapacityView {
    /// Settings that are tried where the project cannot be changed.
    pub(super) tried: Option<CapacityInputs>,
    /// What the curve is asked about: requests per second.
    pub asked_rate: Option<f64>,
    /// Mean response time in milliseconds.
    pub asked_ms: Option<f64>,
}

/// Shows the screen.
pub fn show_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    if no_data_ui(
        ui,
        cx,
        Screen::Capacity,
        "Here is the largest load that kept to a latency budget, and what happened above it. Import a load test to begin",
    ) {
        return;
    }
    let runs: Vec<Arc<Source>> = tests(cx);
    if runs.is_empty() {
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        EmptyState::new(
            Screen::Capacity.icon(),
            "No load test in this project",
            "Capacity is read from load tests that hold the load in steps, such as 1, 2, 4, 8, 16 and 32 users for a minute each. Import one or several",
        )
        .primary(Command::Import)
        .show(ui, cx);
        headroom_ui(ui, cx, None);
        });
        return;
    }
    let state = cx.state;
    let set = inputs(cx);
    let chosen: Vec<String> = runs
        .iter()
        .map(|s| s.info.source_id.clone())
        .filter(|id| !set.left_out.contains(id))
        .collect();
    let none_chosen = chosen.is_empty();
    let load = CapacityRequest {
        source_ids: chosen,
        percentile_ppm: set.percentile_ppm,
        budget_micros: (set.budget_ms * 1_000.0).round() as i64,
        errors_ppm: (set.errors_percent * 10_000.0).round() as i64,
    };
    if !none_chosen {
        cx.request(Request::Capacity("capacity", load.clone()));
    }
    let slot = state.results.capacity("capacity");
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        if none_chosen {
            answer_ui(ui, "No load test is chosen.", "Choose at least one below");
            controls_ui(ui, cx, &runs);
            return;
        }
        match &slot.value {
            Some(study) => answer_ui(ui, &format!("{}.", study.sentence), &study.basis),
            None => answer_ui(ui, "Measuring…", ""),
        }
        controls_ui(ui, cx, &runs);
        slot_ui(ui, slot, "Measuring…", |ui, study| {
            study_ui(ui, cx, study, load);
        });
    });
}

/// Runs that are tests; all runs where none says that it is one.
fn tests(cx: &Cx<'_>) -> Vec<Arc<Source>> {
    let runs = || {
        let sources = cx.state.sources();
        sources.filter(|s| s.run.is_some() || s.summary.is_some())
    };
    let tests: Vec<Arc<Source>> = runs()
        .filter(|s| s.info.scope.role == Role::Test)
        .cloned()
        .collect();
    if tests.is_empty() {
        runs().cloned().collect()
    } else {
        tests
    }
}

fn controls_ui(ui: &mut Ui, cx: &mut Cx<'_>, runs: &[Arc<Source>]) {
    let before = inputs(cx);
    let mut set = before.clone();
    ui.horizontal_wrapped(|ui| {
        ui.set_row_height(28.0);
        ui.label("Budget");
        let combo = ComboBox::from_id_salt("capacity-percentile")
            .selected_text(percentile_name(set.percentile_ppm))
            .width(64.0)
            .show_ui(ui, |ui| {
                for (ppm, name) in PERCENTILES {
                    ui.selectable_value(&mut set.percentile_ppm, ppm, name);
                }
            });
        combo
            .response
            .widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, "Percentile"));
        let word = ui.label("at most");
        ui.add(
            DragValue::new(&mut set.budget_ms)
                .update_while_editing(false)
                .range(0.1..=600_000.0)
                .speed(1.0)
                .max_decimals(1)
                .suffix(" ms"),
        )
        .labelled_by(word.id);
        let word = ui.label("failed at most");
        ui.add(
            DragValue::new(&mut set.errors_percent)
                .update_while_editing(false)
                .range(0.0..=100.0)
                .speed(0.05)
                .max_decimals(2)
                .suffix(" %"),
        )
        .labelled_by(word.id);
        if runs.len() > 1 {
            ui.separator();
            for run in runs {
                let id = &run.info.source_id;
                let mut on = !set.left_out.contains(id);
                if ui.checkbox(&mut on, &run.info.file_name).changed() {
                    if on {
                        set.left_out.remove(id);
                    } else {
                        set.left_out.insert(id.clone());
                    }
                }
            }
        }
    });
    keep(cx, &before, set);
    ui.add_space(space::S);
}

/// The figures that the sentence stands on.
fn stats(study: &CapacityStudy) -> Vec<Stat> {
    let unit = study.concurrency;
    let mut stats = Vec::new();
    if let Some(most) = &study.max_passing {
        let range = most.ci95.map_or_else(String::new, |(low, high)| {
            format!(
                "{} to {} with 95 %",
                units::number(low.max(0.0)),
                units::number(high)
            )
        });
        let value = per_sec(most.throughput, unit);
        stats.push(Stat::new(
            "Largest load in budget",
            if most.at_least {
                format!("at least {value}")
            } else {
                value
            },
            range,
        ));
    }
    if let Some((fit, peak)) = study
        .usl
        .as_ref()
        .and_then(|f| Some((f, f.peak_within_reach()?)))
    {
        let range = match fit.peak_concurrency_ci95 {
            Some((low, Some(high))) => {
                format!(" ({} to {})", units::number(low), units::number(high))
            }
            Some((low, None)) => format!(" ({} or above)", units::number(low)),
            None => String::new(),
        };
        stats.push(Stat::new(
            "Peak of the curve",
            fit.peak_throughput
                .map_or_else(String::new, |x| per_sec(x, unit)),
            format!("with {}{range}", at_concurrency(peak, unit)),
        ));
    }
    if let Some(knee) = &study.knee {
        stats.push(Stat::new(
            "Knee, then little gain",
            at_concurrency(knee.concurrency, unit),
            format!("at {}", per_sec(knee.throughput, unit)),
        ));
    }
    if let Some(plateau) = &study.plateau {
        stats.push(Stat::new(
            "Plateau",
            per_sec(plateau.throughput, unit),
            format!("from {} on", at_concurrency(plateau.from_concurrency, unit)),
        ));
    }
    if let Some(full) = &study.saturation {
        stats.push(Stat::new(
            "Queues begin",
            format!("{} in flight", units::number(full.concurrency)),
            format!(
                "shortest response {}",
                units::millis(full.shortest_response_ms)
            ),
        ));
    }
    stats
}

fn study_ui(ui: &mut Ui, cx: &mut Cx<'_>, study: &Arc<CapacityStudy>, load: CapacityRequest) {
    if study.points.is_empty() {
        note_ui(
            ui,
            "A file that says how many users were active (such as JMeter's allThreads), or how long requests took, is needed",
        );
        headroom_ui(ui, cx, Some(load));
        return;
    }
    stats_ui(ui, &stats(study));
    ui.add_space(space::S);
    if let Some(why) = &study.usl_refused {
        caution_ui(ui, &format!("No scalability curve: {why}"));
    }
    charts_ui(ui, cx, study);
    ui.add_space(space::S);
    remarks_ui(ui, study);
    headroom_ui(ui, cx, Some(load));
    if let Some(fit) = &study.usl {
        parameters_ui(ui, study, fit);
        laws_ui(ui, fit, study.concurrency);
        ask_ui(ui, &mut cx.view.capacity, fit, study.concurrency);
        ui.add_space(space::S);
    }
    levels_ui(ui, study, cx.state.data_revision);
}

/// What to be careful about: what concerns the curve stands out, the rest explains.
fn remarks_ui(ui: &mut Ui, study: &CapacityStudy) {
    for warning in study.warnings.iter() {
        if warning.kind == WarningKind::CoordinatedOmission
            || warning.message.starts_with("Not counted")
        {
            note_ui(ui, &warning.message);
        } else {
            caution_ui(ui, &warning.message);
        }
    }
    let failing = study
        .points
        .iter()
        .filter(|p| p.passes == Some(false))
        .count();
    if failing > 0 && study.max_passing.is_none() {
        note_ui(
            ui,
            &format!(
                "The lowest level was {}: test less load, or raise the budget",
                plain(study.points.first().map_or(0.0, |p| p.concurrency))
            ),
        );
    }
}
