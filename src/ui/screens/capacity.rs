//! Capacity: how much can it take? Throughput and latency against concurrency as load tests measured them, and the
//! largest load that kept to the budget.

use std::collections::BTreeSet;
use std::sync::Arc;

use eframe::egui::{self, ComboBox, DragValue, ScrollArea, Ui};

use super::Cx;
use super::parts::{answer_ui, derived, no_data_ui, note_ui, section_ui, slot_ui};
use crate::analysis::capacity::{CapacityPoint, MeasuredCapacity};
use crate::dataset::{Role, Source};
use crate::ui::command::Command;
use crate::ui::results::{CapacityRequest, Request};
use crate::ui::state::Screen;
use crate::ui::theme::{Tokens, space};
use crate::ui::widgets::chart_parts::whole;
use crate::ui::widgets::empty_state::EmptyState;
use crate::ui::widgets::{
    DataTable, LineData, LineKind, PlotLimit, PlotLine, PlotMark, TableColumn, TimePlot, XAxis,
};
use crate::units;

/// What the screen remembers for itself.
#[derive(Debug)]
pub struct CapacityView {
    left_out: BTreeSet<String>,
    percentile_ppm: i64,
    budget_ms: f64,
}

impl Default for CapacityView {
    fn default() -> Self {
        Self {
            left_out: BTreeSet::new(),
            percentile_ppm: 950_000,
            budget_ms: 200.0,
        }
    }
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
        EmptyState::new(
            Screen::Capacity.icon(),
            "No load test in this project",
            "Capacity is read from load tests that raise the number of users in steps. Import one or several",
        )
        .primary(Command::Import)
        .show(ui, cx);
        return;
    }
    let state = cx.state;
    let view = &cx.view.capacity;
    let chosen: Vec<String> = runs
        .iter()
        .map(|s| s.info.source_id.clone())
        .filter(|id| !view.left_out.contains(id))
        .collect();
    if !chosen.is_empty() {
        cx.request(Request::Capacity(
            "capacity",
            CapacityRequest {
                source_ids: chosen,
                percentile_ppm: view.percentile_ppm,
                budget_micros: (view.budget_ms * 1_000.0).round() as i64,
            },
        ));
    }
    let slot = state.results.capacity("capacity");
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        let sentence = slot
            .value
            .as_ref()
            .map_or_else(|| "Measuring…".to_owned(), |c| sentence(c));
        answer_ui(ui, &sentence, "Measured at the numbers of users that the load tests held; no node or machine is extrapolated");
        controls_ui(ui, cx, &runs);
        slot_ui(ui, slot, "Measuring…", |ui, capacity| {
            result_ui(ui, cx, capacity);
        });
    });
}

/// Runs that are tests; all runs where none says that it is one.
fn tests(cx: &Cx<'_>) -> Vec<Arc<Source>> {
    let runs = || cx.state.sources().filter(|s| s.run.is_some());
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

/// The answer in a sentence.
pub(super) fn sentence(capacity: &MeasuredCapacity) -> String {
    let at = |point: &CapacityPoint| {
        format!(
            "{} requests/s with {} users",
            units::number(point.throughput),
            whole(point.concurrency)
        )
    };
    match (&capacity.max_passing, &capacity.next_failing) {
        (Some(most), Some(next)) => format!(
            "It takes {} at {}; at {} users it does not.",
            at(most),
            capacity.budget,
            whole(next.concurrency)
        ),
        (Some(most), None) => format!(
            "It takes at least {} at {}; no higher load was tested.",
            at(most),
            capacity.budget
        ),
        (None, _) if capacity.points.is_empty() => {
            "The load tests do not say how many users were active.".to_owned()
        }
        (None, _) => format!("No tested load kept to {}.", capacity.budget),
    }
}

fn controls_ui(ui: &mut Ui, cx: &mut Cx<'_>, runs: &[Arc<Source>]) {
    let view = &mut cx.view.capacity;
    ui.horizontal_wrapped(|ui| {
        ui.set_row_height(28.0);
        ui.label("Budget");
        let percentiles = [
            (500_000, "P50"),
            (900_000, "P90"),
            (950_000, "P95"),
            (990_000, "P99"),
        ];
        let name = percentiles
            .iter()
            .find(|(ppm, _)| *ppm == view.percentile_ppm)
            .map_or("P95", |(_, name)| name);
        let combo = ComboBox::from_id_salt("capacity-percentile")
            .selected_text(name)
            .width(64.0)
            .show_ui(ui, |ui| {
                for (ppm, name) in percentiles {
                    ui.selectable_value(&mut view.percentile_ppm, ppm, name);
                }
            });
        combo
            .response
            .widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, "Percentile"));
        let word = ui.label("at most");
        ui.add(
            DragValue::new(&mut view.budget_ms)
                .range(0.1..=600_000.0)
                .speed(1.0)
                .max_decimals(1)
                .suffix(" ms"),
        )
        .labelled_by(word.id);
        if runs.len() > 1 {
            ui.separator();
            for run in runs {
                let id = &run.info.source_id;
                let mut on = !view.left_out.contains(id);
                if ui.checkbox(&mut on, &run.info.file_name).changed() {
                    if on {
                        view.left_out.remove(id);
                    } else {
                        view.left_out.insert(id.clone());
                    }
                }
            }
        }
    });
    ui.add_space(space::S);
}

/// Levels held for less than this are passed through, not tested, in seconds.
const HELD: f64 = 5.0;

/// The measured levels as lines: those that were held, and those that were only passed through.
struct Levels {
    throughput: [LineData; 2],
    latency: [LineData; 2],
}

fn levels(capacity: &MeasuredCapacity) -> Levels {
    let held_somewhere = capacity.points.iter().any(|p| p.secs >= HELD);
    let line = |held: bool, value: fn(&CapacityPoint) -> Option<f64>| {
        let points = capacity.points.iter();
        let chosen = points.filter(|p| (p.secs >= HELD || !held_somewhere) == held);
        LineData::curve(
            chosen
                .filter_map(|p| Some((p.concurrency, value(p)?)))
                .collect(),
        )
    };
    Levels {
        throughput: [true, false].map(|held| line(held, |p| Some(p.throughput))),
        latency: [true, false].map(|held| line(held, |p| p.p95_ms)),
    }
}

fn result_ui(ui: &mut Ui, cx: &mut Cx<'_>, capacity: &Arc<MeasuredCapacity>) {
    if capacity.points.is_empty() {
        note_ui(
            ui,
            "A file that says how many users were active (JMeter's allThreads) is needed",
        );
        return;
    }
    let lines = derived(ui, "capacity-levels", capacity, &(), levels);
    let tokens = Tokens::of(ui);
    let axis = XAxis::Value {
        unit: "",
        title: "users",
    };
    let best = capacity
        .points
        .iter()
        .map(|p| p.throughput)
        .fold(0.0, f64::max);
    let height = (ui.available_height() * 0.45).clamp(200.0, 300.0);
    let plot = |id: &str, title: String, unit: &'static str| {
        let plot = TimePlot::with_axis(("capacity", id), title, axis)
            .unit(unit)
            .group("capacity")
            .height(height);
        match &capacity.max_passing {
            Some(most) => plot.mark(PlotMark {
                name: "largest load in budget".to_owned(),
                x: most.concurrency,
                color: tokens.good,
            }),
            None => plot,
        }
    };
    let held = |name: &str, data| PlotLine {
        name: name.to_owned(),
        data,
        color: tokens.accent,
        kind: LineKind::Points,
    };
    let passed = |data| PlotLine {
        name: "passed through".to_owned(),
        data,
        color: tokens.context,
        kind: LineKind::Dots,
    };
    let [held_throughput, passed_throughput] = &lines.throughput;
    let [held_latency, passed_latency] = &lines.latency;
    let throughput = |ui: &mut Ui| {
        let title = format!("Throughput reached {} requests/s", units::number(best));
        plot("throughput", title, "/s")
            .line(held("Throughput", held_throughput))
            .line(passed(passed_throughput))
            .show(ui);
    };
    let budget_ms = cx.view.capacity.budget_ms;
    let is_p95 = cx.view.capacity.percentile_ppm == 950_000;
    let latency = |ui: &mut Ui| {
        let mut plot = plot(
            "latency",
            "P95 latency as users were added".to_owned(),
            "ms",
        )
        .line(held("P95", held_latency))
        .line(passed(passed_latency));
        if is_p95 {
            plot = plot.limit(PlotLimit {
                name: format!("budget {}", units::millis(budget_ms)),
                value: budget_ms,
                color: tokens.bad,
                draggable: true,
            });
        }
        plot.show(ui)
    };
    let moved = if ui.available_width() >= 760.0 {
        ui.columns_const(|[left, right]| {
            throughput(left);
            latency(right)
        })
    } else {
        throughput(ui);
        latency(ui)
    };
    if let Some(moved) = moved.limit_moved {
        cx.view.capacity.budget_ms = moved.value.max(0.1);
    }
    ui.add_space(space::S);
    levels_ui(ui, capacity, cx.state.data_revision);
}

fn levels_ui(ui: &mut Ui, capacity: &Arc<MeasuredCapacity>, version: u64) {
    section_ui(ui, "Measured levels");
    let current = capacity.max_passing.as_ref().and_then(|most| {
        capacity
            .points
            .iter()
            .position(|p| (p.concurrency - most.concurrency).abs() < 1e-9)
    });
    DataTable::new("capacity-levels", &capacity.points)
        .version(version ^ Arc::as_ptr(capacity).addr() as u64)
        .current(current)
        .row_height(24.0)
        .max_height(300.0)
        .column(
            TableColumn::number("Users", |p: &CapacityPoint| Some(p.concurrency), whole)
                .width(80.0),
        )
        .column(
            TableColumn::number(
                "Requests/s",
                |p: &CapacityPoint| Some(p.throughput),
                units::number,
            )
            .width(100.0),
        )
        .column(
            TableColumn::number("P95 ms", |p: &CapacityPoint| p.p95_ms, units::number).width(90.0),
        )
        .column(
            TableColumn::number(
                "Errors %",
                |p: &CapacityPoint| Some(p.error_rate * 100.0),
                units::number,
            )
            .width(90.0),
        )
        .column(
            TableColumn::number("Held for s", |p: &CapacityPoint| Some(p.secs), whole).width(90.0),
        )
        .show(ui);
    note_ui(
        ui,
        "The highlighted row is the largest load that kept to the budget",
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_says_what_was_and_what_was_not_tested() {
        let point = |concurrency, throughput| CapacityPoint {
            concurrency,
            throughput,
            ..CapacityPoint::default()
        };
        let mut capacity = MeasuredCapacity {
            points: vec![point(48.0, 642.0), point(64.0, 650.0)],
            max_passing: Some(point(48.0, 642.0)),
            next_failing: Some(point(64.0, 650.0)),
            budget: "P95 at most 200 ms".to_owned(),
        };
        assert_eq!(
            sentence(&capacity),
            "It takes 642 requests/s with 48 users at P95 at most 200 ms; at 64 users it does not."
        );
        capacity.next_failing = None;
        assert!(sentence(&capacity).contains("at least"));
        capacity.max_passing = None;
        assert!(sentence(&capacity).starts_with("No tested load"));
        assert!(sentence(&MeasuredCapacity::default()).contains("do not say"));
    }
}
