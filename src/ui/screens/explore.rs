//! Explore: what happened? Runs and series picked on the left, their charts under one cursor and one brush, and the
//! table of labels for the brushed range.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use eframe::egui::{self, ComboBox, Panel, ScrollArea, Ui};

use super::Cx;
use super::explore_anomalies::{self, AnomaliesView, Marked};
use super::explore_list::list_ui;
use super::parts::{answer_ui, caution_ui, derived, no_data_ui, section_ui, slot_ui};
use super::run_charts::{RunLines, Stack, TOTAL, charts_ui, labels_ui, step_for, with_total};
use crate::analysis::latency::RunStats;
use crate::calendar::TimeRange;
use crate::dataset::{OutcomeFilter, Source};
use crate::ui::results::{LoadedSeries, Request, RunRequest, SeriesKey, Slot};
use crate::ui::state::{AppState, Screen};
use crate::ui::theme::{Tokens, space};
use crate::ui::widgets::{LineKind, PlotLine, TimePlot, TimeWindow, time_axis, window_ui};
use crate::units;

/// A brushed range is summed up once it has not moved for this long, in seconds.
const SETTLED: f64 = 0.25;

/// What the screen remembers for itself.
#[derive(Debug, Default)]
pub struct ExploreView {
    /// The one time range of all charts.
    pub window: TimeWindow,
    pub(super) search: String,
    pub(super) runs: BTreeSet<String>,
    pub(super) series: BTreeSet<SeriesKey>,
    label: String,
    /// A person has picked something.
    pub(super) touched: bool,
    moved: (Option<TimeRange>, f64),
    settled: Option<TimeRange>,
    pub(super) anomalies: AnomaliesView,
}

/// A line with its name.
type Named = (String, Arc<LoadedSeries>);

/// Shows the screen.
pub fn show_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    if no_data_ui(
        ui,
        cx,
        Screen::Explore,
        "Here are throughput, latency, errors and any metric over time, under one cursor. \
         Import load tests or metrics to begin",
    ) {
        return;
    }
    begin(cx);
    let width = (ui.available_width() * 0.24).clamp(190.0, 300.0);
    Panel::left("explore-list")
        .resizable(true)
        .default_size(width)
        .min_size(150.0)
        .frame(egui::Frame::new().inner_margin(egui::Margin {
            right: space::M as i8,
            ..egui::Margin::ZERO
        }))
        .show(ui, |ui| list_ui(ui, cx));
    charts_column_ui(ui, cx);
}

/// Until a person picks something, the last run is shown, or the first series where there is none.
fn begin(cx: &mut Cx<'_>) {
    let found = cx.view.shell.found_series.take();
    let view = &mut cx.view.explore;
    if let Some(key) = found {
        view.touched = true;
        view.runs.clear();
        view.series = BTreeSet::from([key]);
        view.window = TimeWindow::default();
    }
    let known = |id: &String| cx.state.dataset.source(id).is_some();
    view.runs.retain(known);
    view.series.retain(|k| known(&k.source_id));
    if view.touched {
        return;
    }
    view.runs.clear();
    view.series.clear();
    let with_run = cx.state.sources().filter(|s| s.run.is_some());
    if let Some(source) = with_run.max_by_key(|s| s.info.last) {
        view.runs.insert(source.info.source_id.clone());
    } else if let Some(source) = cx.state.sources().find(|s| s.metrics.is_some()) {
        let n = source.metrics.as_ref().map_or(0, |m| m.series.len());
        for index in 0..n.min(3) {
            view.series.insert(SeriesKey {
                source_id: source.info.source_id.clone(),
                index,
            });
        }
    }
}

/// Everything that the picked runs and series span.
fn full_range(state: &AppState, view: &ExploreView) -> Option<TimeRange> {
    let runs = view.runs.iter().filter_map(|id| {
        let info = &state.dataset.source(id)?.info;
        Some(TimeRange {
            start: info.first?,
            end: info.last?,
        })
    });
    let series = view.series.iter().filter_map(|key| {
        let info = state
            .dataset
            .source(&key.source_id)?
            .metrics
            .as_ref()?
            .series
            .get(key.index)?;
        Some(TimeRange {
            start: info.first?,
            end: info.last?,
        })
    });
    runs.chain(series).reduce(TimeRange::union)
}

fn charts_column_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let state = cx.state;
    let Some(full) = full_range(state, &cx.view.explore) else {
        answer_ui(
            ui,
            "Pick runs or series on the left",
            "Their charts stand here under one cursor; drag to brush a range, Ctrl and the wheel to zoom, double-click for everything",
        );
        return;
    };
    settle(ui, &mut cx.view.explore);
    ui.horizontal_wrapped(|ui| {
        let view = &mut cx.view.explore;
        window_ui(ui, &mut view.window, full, &state.zone);
        quick_ranges_ui(ui, state, view, full);
    });
    let runs: Vec<String> = cx.view.explore.runs.iter().cloned().collect();
    let keys: Vec<SeriesKey> = cx.view.explore.series.iter().cloned().collect();
    ScrollArea::vertical()
        .id_salt("explore-charts")
        .auto_shrink(false)
        .show(ui, |ui| {
            if !runs.is_empty() {
                run_ui(ui, cx, &runs, full, !keys.is_empty());
            }
            if !keys.is_empty() {
                explore_anomalies::show_ui(ui, cx, &keys);
            }
            series_ui(ui, cx, &keys, full);
            if !runs.is_empty() {
                table_ui(ui, cx, full);
            }
        });
}

fn settle(ui: &Ui, view: &mut ExploreView) {
    let now = ui.input(|i| i.time);
    if view.moved.0 != view.window.shown {
        view.moved = (view.window.shown, now);
    }
    if view.settled != view.window.shown {
        if now - view.moved.1 >= SETTLED {
            view.settled = view.window.shown;
        } else {
            ui.request_repaint_after(Duration::from_secs_f64(SETTLED));
        }
    }
}

fn quick_ranges_ui(ui: &mut Ui, state: &AppState, view: &mut ExploreView, full: TimeRange) {
    let small = |text: &str| egui::Button::new(text.to_owned()).small();
    if let Some(range) = state.period.range(&state.zone).intersect(full)
        && range != full
        && ui.add(small(&state.period.title())).clicked()
    {
        view.window.show_range(range);
    }
    let run = view.runs.iter().next().and_then(|id| {
        let info = &state.dataset.source(id)?.info;
        Some(TimeRange {
            start: info.first?,
            end: info.last?,
        })
    });
    if let Some(run) = run.filter(|r| *r != full)
        && ui.add(small("The run")).clicked()
    {
        view.window.show_range(run);
    }
}

fn run_ui(ui: &mut Ui, cx: &mut Cx<'_>, runs: &[String], full: TimeRange, more_below: bool) {
    let state = cx.state;
    let sources: Vec<&Arc<Source>> = runs
        .iter()
        .filter_map(|id| state.dataset.source(id))
        .collect();
    let bucket = sources
        .iter()
        .filter_map(|s| Some(s.run.as_ref()?.bucket_secs))
        .max()
        .unwrap_or(1);
    let span = sources
        .iter()
        .filter_map(|s| {
            Some(TimeRange {
                start: s.info.first?,
                end: s.info.last?,
            })
        })
        .reduce(TimeRange::union)
        .unwrap_or(full);
    let request = |range: Option<TimeRange>, every: i64| RunRequest {
        source_ids: runs.to_vec(),
        range,
        every_secs: Some(every),
        outcomes: OutcomeFilter::Success,
    };
    let every = step_for(span, bucket);
    cx.request(Request::Run("explore", request(None, every)));
    // The brushed range is summed up by itself, with a finer timeline where that gives one.
    let brushed = cx.view.explore.settled.and_then(|r| r.intersect(span));
    let fine = brushed.map(|range| (range, step_for(range, bucket)));
    if let Some((range, step)) = fine {
        cx.request(Request::Run("explore-range", request(Some(range), step)));
    }
    if sources
        .iter()
        .any(|s| s.run.as_ref().is_some_and(|r| r.closed_loop))
    {
        caution_ui(
            ui,
            "A closed-loop tool wrote this: slow responses hide the requests that were not sent, so high percentiles read too low",
        );
    }
    let labels = labels_of(state, runs);
    let view = &mut cx.view.explore;
    if !labels.contains(&view.label) {
        view.label = TOTAL.to_owned();
    }
    ui.horizontal(|ui| {
        let combo = ComboBox::from_id_salt("explore-label")
            .selected_text(label_name(&view.label).to_owned())
            .width(220.0)
            .show_ui(ui, |ui| {
                for label in &labels {
                    ui.selectable_value(&mut view.label, label.clone(), label_name(label));
                }
            });
        combo
            .response
            .widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, "Label"));
    });
    let slot = state.results.run("explore");
    let detail = state.results.run("explore-range");
    slot_ui(ui, slot, "Summing up…", |ui, stats| {
        let (name, stats, step) = match (fine, &detail.value) {
            (Some((_, step)), Some(finer))
                if step < every && fresh(detail) && covers(finer, &view.window) =>
            {
                ("explore-fine", finer, step)
            }
            _ => ("explore-lines", stats, every),
        };
        let lines = derived(ui, name, stats, &(&view.label, step), |stats: &RunStats| {
            RunLines::new(stats, &view.label, step)
        });
        let stack = Stack {
            zone: &state.zone,
            group: "explore",
            full,
            height: 132.0,
            more_below,
        };
        charts_ui(ui, &lines, &view.label, &mut view.window, &stack);
    });
}

fn fresh<T>(slot: &Slot<T>) -> bool {
    !slot.stale && !slot.running
}

/// Whether a timeline reaches over all that is shown, so that it can stand in for the whole one.
fn covers(stats: &RunStats, window: &TimeWindow) -> bool {
    let Some(shown) = window.shown else {
        return false;
    };
    let first = stats.timeline.first().map(|p| p.t);
    let last = stats.timeline.last().map(|p| p.t);
    let slack = crate::units::Micros(shown.length().0 / 20);
    first.is_some_and(|f| f <= shown.start.plus(slack))
        && last.is_some_and(|l| l.plus(slack) >= shown.end)
}

fn label_name(label: &str) -> &str {
    if label == TOTAL { "All labels" } else { label }
}

fn labels_of(state: &AppState, runs: &[String]) -> Vec<String> {
    let names: BTreeSet<String> = runs
        .iter()
        .filter_map(|id| state.dataset.source(id)?.run.as_ref())
        .flat_map(|run| run.labels.iter().map(|l| l.name.clone()))
        .collect();
    std::iter::once(TOTAL.to_owned()).chain(names).collect()
}

fn series_ui(ui: &mut Ui, cx: &mut Cx<'_>, keys: &[SeriesKey], full: TimeRange) {
    for key in keys {
        cx.request(Request::Series(key.clone()));
    }
    let state = cx.state;
    let zone = &state.zone;
    let window = &mut cx.view.explore.window;
    // Series of one metric with different labels share a chart.
    let mut charts: BTreeMap<(String, String), Vec<Named>> = BTreeMap::new();
    let mut unusual: BTreeMap<(String, String), Vec<Marked>> = BTreeMap::new();
    for key in keys {
        let slot = state.results.series(key);
        if let Some(error) = &slot.error {
            super::parts::problem_ui(ui, error);
        }
        let Some(series) = &slot.value else {
            continue;
        };
        let name = if series.info.labels.is_empty() {
            series.info.name.clone()
        } else {
            let labels: Vec<&str> = series.info.labels.values().map(String::as_str).collect();
            labels.join(", ")
        };
        let chart = (series.info.name.clone(), series.info.unit.clone());
        unusual
            .entry(chart.clone())
            .or_default()
            .extend(explore_anomalies::marked(state, key, &name, Tokens::of(ui)));
        charts
            .entry(chart)
            .or_default()
            .push((name, Arc::clone(series)));
    }
    let tokens = Tokens::of(ui);
    let range = window.range(full);
    let (from, to) = (range.start.as_secs(), range.end.as_secs());
    let mut picked = None;
    for (chart, lines) in &charts {
        let (name, unit) = chart;
        let (low, high) = lines
            .iter()
            .filter_map(|(_, s)| s.line.bounds(from, to))
            .fold((f64::INFINITY, f64::NEG_INFINITY), |a, b| {
                (a.0.min(b.0), a.1.max(b.1))
            });
        let title = if low > high {
            format!("{name}: nothing in this range")
        } else {
            format!(
                "{name}: between {} and {}",
                units::with_unit(low, unit),
                units::with_unit(high, unit)
            )
        };
        let mut plot = TimePlot::new(("explore-series", name, unit), title, zone)
            .unit(unit)
            .group("explore")
            .height(176.0);
        for (index, (line_name, series)) in lines.iter().enumerate() {
            plot = plot.line(PlotLine {
                name: line_name.clone(),
                data: &series.line,
                color: if lines.len() == 1 {
                    tokens.accent
                } else {
                    tokens.series_color(index)
                },
                kind: LineKind::Subject,
            });
        }
        let marked = unusual.get(chart).map(Vec::as_slice).unwrap_or_default();
        plot = plot.spans(marked.iter().map(|m| m.span.clone()).collect());
        let shown = plot.show_in(ui, window, full);
        if let Some(one) = shown.clicked_span.and_then(|i| marked.get(i)) {
            picked = Some(one.key.clone());
        }
    }
    if picked.is_some() {
        cx.view.explore.anomalies.picked = picked;
    }
}

fn table_ui(ui: &mut Ui, cx: &mut Cx<'_>, full: TimeRange) {
    let state = cx.state;
    let view = &mut cx.view.explore;
    let zoomed = view.settled.is_some();
    let name = if zoomed { "explore-range" } else { "explore" };
    let slot = state.results.run(name);
    let range = view.settled.unwrap_or(full);
    section_ui(
        ui,
        &format!("Labels, {}", time_axis::describe(range, &state.zone)),
    );
    slot_ui(ui, slot, "Summing up…", |ui, stats| {
        let rows = derived(ui, "explore-labels", stats, &zoomed, with_total);
        let current = rows.iter().position(|r| r.label == view.label);
        let table = labels_ui(
            ui,
            "explore-labels",
            &rows,
            state.data_revision,
            current,
            320.0,
        );
        if let Some(row) = table.clicked.and_then(|i| rows.get(i)) {
            view.label = row.label.clone();
        }
    });
}
