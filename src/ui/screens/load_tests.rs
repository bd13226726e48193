//! Load tests: how did this run go? Runs on the left; the answer, latency and throughput over time, the distribution,
//! labels, codes, and the tool's own figures beside ours.

use std::collections::BTreeSet;
use std::sync::Arc;

use eframe::egui::{ScrollArea, Ui, vec2};

use super::Cx;
use super::compare_parts::{Tab, tabs_ui};
use super::load_summary::summary_ui;
use super::parts::{answer_ui, caution_ui, derived, no_data_ui, note_ui, section_ui, slot_ui};
use super::run_charts::{RunLines, Stack, TOTAL, charts_ui, labels_ui, step_for, with_total};
use super::tool_figures::tool_ui;
use super::trace_parts::traces_ui;
use crate::analysis::latency::{CodeCount, LabelStats, RunStats};
use crate::calendar::TimeRange;
use crate::dataset::{OutcomeFilter, Source, Tool};
use crate::ui::command::Command;
use crate::ui::results::{Request, RunRequest};
use crate::ui::state::{AppState, Screen};
use crate::ui::theme::{Tokens, space};
use crate::ui::widgets::chart_parts::whole as reading;
use crate::ui::widgets::empty_state::EmptyState;
use crate::ui::widgets::{
    DataTable, LineData, LineKind, PlotLine, Stat, TableColumn, TimePlot, TimeWindow, XAxis,
    stats_ui, window_ui,
};
use crate::units;

/// What the screen remembers for itself.
#[derive(Debug, Default)]
pub struct LoadTestsView {
    selected: Option<String>,
    picked: bool,
    label: String,
    window: TimeWindow,
}

/// One run in the list: the files of its generators, or a tool's summary of it.
pub(super) struct RunRow {
    /// At least one, the first of them gave the run its name.
    pub(super) source: Arc<Source>,
    others: Vec<Arc<Source>>,
}

impl RunRow {
    pub(super) fn name(&self) -> String {
        match self.others.len() {
            0 => self.source.info.file_name.clone(),
            n => format!("{} and {n} more", self.source.info.file_name),
        }
    }

    pub(super) fn sources(&self) -> impl Iterator<Item = &Arc<Source>> {
        std::iter::once(&self.source).chain(&self.others)
    }

    fn rows(&self) -> u64 {
        self.sources().map(|s| s.info.rows).sum()
    }

    fn span(&self) -> Option<TimeRange> {
        self.sources()
            .filter_map(|s| {
                Some(TimeRange {
                    start: s.info.first?,
                    end: s.info.last?,
                })
            })
            .reduce(TimeRange::union)
    }
}

/// The runs of the project: files of one run are one.
pub(super) fn run_rows(state: &AppState) -> Vec<RunRow> {
    let mut rows: Vec<RunRow> = Vec::new();
    // An access log is nobody's test; what it says stands in Explore and under the promises.
    let with_run = |s: &&Arc<Source>| {
        s.summary.is_some() || s.run.as_ref().is_some_and(|r| r.tool != Tool::AccessLog)
    };
    for source in state.sources().filter(with_run) {
        let run_id = source.info.run_id();
        match rows.iter_mut().find(|r| r.source.info.run_id() == run_id) {
            Some(row) => row.others.push(Arc::clone(source)),
            None => rows.push(RunRow {
                source: Arc::clone(source),
                others: Vec::new(),
            }),
        }
    }
    rows
}

/// Shows the screen.
pub fn show_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    if no_data_ui(
        ui,
        cx,
        Screen::LoadTests,
        "Here is how a load test went: its latency, throughput and errors over time, its percentiles, and the tool's own figures. \
         Import a result file to begin",
    ) {
        return;
    }
    let rows = run_rows(cx.state);
    if rows.is_empty() {
        EmptyState::new(
            Screen::LoadTests.icon(),
            "No load test in this project",
            "A load test is a result file of a tool such as JMeter. Import one, and its latency, throughput and errors stand here",
        )
        .primary(Command::Import)
        .show(ui, cx);
        return;
    }
    if rows.len() > 1 {
        tabs_ui(ui, cx, Tab::OneRun);
    }
    let view = &mut cx.view.load_tests;
    let known = |id: &String| rows.iter().any(|r| r.source.info.source_id == *id);
    if !(view.picked && view.selected.as_ref().is_some_and(known)) {
        let last = rows.iter().max_by_key(|r| r.source.info.last);
        let last = last.map(|r| r.source.info.source_id.clone());
        if last != view.selected {
            view.selected = last;
            view.window = TimeWindow::default();
        }
    }
    let wide = ui.available_width() >= 760.0 && rows.len() > 1;
    let height = ui.available_height();
    if wide {
        ui.horizontal_top(|ui| {
            let left = (ui.available_width() * 0.24).clamp(200.0, 330.0);
            ui.allocate_ui(vec2(left, height), |ui| {
                ui.set_width(left);
                ui.vertical(|ui| runs_ui(ui, cx, &rows, height));
            });
            ui.add_space(space::M);
            ui.vertical(|ui| run_ui(ui, cx, &rows));
        });
    } else {
        if rows.len() > 1 {
            runs_ui(ui, cx, &rows, 120.0);
            ui.add_space(space::S);
        }
        run_ui(ui, cx, &rows);
    }
}

fn runs_ui(ui: &mut Ui, cx: &mut Cx<'_>, rows: &[RunRow], height: f32) {
    let state = cx.state;
    let zone = state.zone.clone();
    let view = &mut cx.view.load_tests;
    let current = rows
        .iter()
        .position(|r| Some(&r.source.info.source_id) == view.selected.as_ref());
    let table = DataTable::new("load-test-runs", rows)
        .version(state.data_revision)
        .current(current)
        .max_height(height)
        .sorted(1, true)
        .column(
            TableColumn::text("Run", RunRow::name)
                .strong()
                .rest()
                .width(90.0)
                .on_hover(|r| {
                    let scope = &r.source.info.scope;
                    format!(
                        "{}\n{} requests\n{} {} {}",
                        r.sources()
                            .map(|s| s.info.file_name.as_str())
                            .collect::<Vec<_>>()
                            .join("\n"),
                        units::count(r.rows()),
                        scope.service,
                        scope.environment,
                        scope.role.name()
                    )
                }),
        )
        .column(
            TableColumn::text("Started", move |r: &RunRow| {
                r.source
                    .info
                    .first
                    .map_or_else(|| "–".to_owned(), |t| t.format(&zone, "%-d %b %H:%M"))
            })
            .sorted_by(|r| r.source.info.first.map(crate::calendar::Instant::as_secs))
            .width(92.0),
        )
        .show(ui);
    if let Some(row) = table.clicked.and_then(|i| rows.get(i)) {
        view.picked = true;
        view.selected = Some(row.source.info.source_id.clone());
        view.window = TimeWindow::default();
    }
}

fn run_ui(ui: &mut Ui, cx: &mut Cx<'_>, rows: &[RunRow]) {
    let state = cx.state;
    let Some(row) = cx
        .view
        .load_tests
        .selected
        .as_ref()
        .and_then(|id| rows.iter().find(|r| r.source.info.source_id == *id))
    else {
        return;
    };
    let source = &row.source;
    if let Some(summary) = &source.summary {
        summary_ui(ui, source, summary, state);
        return;
    }
    let bucket_secs = row
        .sources()
        .filter_map(|s| Some(s.run.as_ref()?.bucket_secs))
        .max();
    let (Some(bucket_secs), Some(full)) = (bucket_secs, row.span()) else {
        return;
    };
    let step = step_for(full, bucket_secs);
    cx.request(Request::Run(
        "load-tests",
        RunRequest {
            source_ids: row.sources().map(|s| s.info.source_id.clone()).collect(),
            range: None,
            every_secs: Some(step),
            outcomes: OutcomeFilter::Success,
        },
    ));
    let slot = state.results.run("load-tests");
    ScrollArea::vertical()
        .id_salt("load-test")
        .auto_shrink(false)
        .show(ui, |ui| {
            slot_ui(ui, slot, "Summing up the run…", |ui, stats| {
                head_ui(ui, row, stats, full);
                let view = &mut cx.view.load_tests;
                let labels: BTreeSet<&str> =
                    stats.labels.iter().map(|l| l.label.as_str()).collect();
                if !labels.contains(view.label.as_str()) {
                    view.label = TOTAL.to_owned();
                }
                let lines = derived(
                    ui,
                    "load-test-lines",
                    stats,
                    &(&view.label, step),
                    |stats| RunLines::new(stats, &view.label, step),
                );
                window_ui(ui, &mut view.window, full, &state.zone);
                let stack = Stack {
                    zone: &state.zone,
                    group: "load-tests",
                    full,
                    height: 130.0,
                    more_below: false,
                };
                charts_ui(ui, &lines, &view.label, &mut view.window, &stack);
                section_ui(ui, "Labels");
                let rows = derived(ui, "load-test-labels", stats, &(), with_total);
                let current = rows.iter().position(|r| r.label == view.label);
                let table = labels_ui(
                    ui,
                    "load-test-labels",
                    &rows,
                    state.data_revision,
                    current,
                    280.0,
                );
                if let Some(row) = table.clicked.and_then(|i| rows.get(i)) {
                    view.label = row.label.clone();
                }
                ui.add_space(space::M);
                let row = rows
                    .iter()
                    .find(|r| r.label == view.label)
                    .unwrap_or(&stats.total);
                percentiles_ui(ui, stats, row);
                ui.add_space(space::M);
                if let Some(traces) = &source.traces {
                    traces_ui(ui, traces, state);
                }
                if ui.available_width() > 620.0 {
                    ui.columns_const(|[left, right]| {
                        codes_ui(left, stats, state);
                        tool_ui(right, source, stats, state);
                    });
                } else {
                    codes_ui(ui, stats, state);
                    ui.add_space(space::M);
                    tool_ui(ui, source, stats, state);
                }
            });
        });
}

fn head_ui(ui: &mut Ui, row: &RunRow, stats: &RunStats, full: TimeRange) {
    let source = &row.source;
    let total = &stats.total;
    let optional =
        |value: Option<f64>, print: fn(f64) -> String| value.map_or_else(|| "–".to_owned(), print);
    let failed = match total.error_rate {
        None => "failures are not known".to_owned(),
        Some(_) if total.errors == 0 => "none failed".to_owned(),
        Some(rate) => format!("{} failed", units::percent_of(rate)),
    };
    let sentence = total.p95_ms.map_or_else(
        || {
            if source.run.as_ref().is_some_and(|r| r.counts_only) {
                format!(
                    "{} requests, {failed}; the file says no durations.",
                    units::count(total.count)
                )
            } else {
                format!("No request of {} succeeded.", row.name())
            }
        },
        |p95| {
            format!(
                "95 % of requests were answered within {}, {failed}.",
                units::millis(p95)
            )
        },
    );
    let scope = &source.info.scope;
    let mut stands_on = format!(
        "{}: {} requests in {}, {}",
        row.name(),
        units::count(total.count),
        units::duration(full.length()),
        scope.role.name()
    );
    if !scope.service.is_empty() {
        stands_on.push_str(&format!(" of {}", scope.service));
    }
    answer_ui(ui, &sentence, &stands_on);
    let n = format!(
        "n = {}",
        units::count(total.count.saturating_sub(total.errors))
    );
    stats_ui(
        ui,
        &[
            Stat::new(
                "Throughput",
                optional(total.throughput_per_sec, |v| {
                    format!("{}/s", units::number(v))
                }),
                "first start to last end",
            ),
            Stat::new("P50", optional(total.p50_ms, units::millis), n.clone()),
            Stat::new("P95", optional(total.p95_ms, units::millis), n.clone()),
            Stat::new("P99", optional(total.p99_ms, units::millis), n),
            Stat::new(
                "Failed",
                optional(total.error_rate, units::percent_of),
                format!("{} requests", units::count(total.errors)),
            ),
            Stat::new(
                "Users",
                optional(stats.concurrency.max, reading),
                "most at once",
            ),
            Stat::new(
                "Apdex",
                optional(total.apdex, |v| units::grouped(v, 2)),
                "failures frustrate",
            ),
        ],
    );
    if source.run.as_ref().is_some_and(|r| r.closed_loop) {
        caution_ui(
            ui,
            "A closed-loop tool wrote this: slow responses hide the requests that were not sent, so high percentiles read too low",
        );
    }
    if !total.few_samples.is_empty() {
        caution_ui(
            ui,
            &format!(
                "Too few samples to rely on {}",
                total.few_samples.join(", ")
            ),
        );
    }
    ui.add_space(space::S);
}

/// The distribution as the curve of its percentiles, from the fastest to the slowest request.
fn percentiles_ui(ui: &mut Ui, stats: &Arc<RunStats>, row: &LabelStats) {
    let points: Vec<(f64, f64)> = [
        (0.0, row.min_ms),
        (50.0, row.p50_ms),
        (90.0, row.p90_ms),
        (95.0, row.p95_ms),
        (99.0, row.p99_ms),
        (99.9, row.p99_9_ms),
        (100.0, row.max_ms),
    ]
    .into_iter()
    .filter_map(|(p, v)| Some((p, v?)))
    .collect();
    let (Some(middle), Some(slow)) = (row.p50_ms, row.p99_ms) else {
        return;
    };
    let curve = derived(ui, "load-test-percentiles", stats, &row.label, |_| {
        LineData::curve(points)
    });
    let axis = XAxis::Value {
        unit: "%",
        title: "share of requests answered within",
    };
    TimePlot::with_axis(
        "load-test-percentiles",
        format!(
            "Half were answered within {}, 99 % within {}",
            units::millis(middle),
            units::millis(slow)
        ),
        axis,
    )
    .unit("ms")
    .height(190.0)
    .line(PlotLine {
        name: row.label.clone(),
        data: &curve,
        color: Tokens::of(ui).accent,
        kind: LineKind::Points,
    })
    .show(ui);
}

fn codes_ui(ui: &mut Ui, stats: &RunStats, state: &AppState) {
    section_ui(ui, "Response codes");
    if stats.codes.is_empty() {
        note_ui(ui, "The file has no response codes");
        return;
    }
    let all: u64 = stats.codes.iter().map(|c| c.count).sum();
    DataTable::new("load-test-codes", &stats.codes)
        .version(state.data_revision)
        .row_height(24.0)
        .max_height(200.0)
        .column(
            TableColumn::text("Code", |c: &CodeCount| {
                if c.code.is_empty() {
                    "(none)".to_owned()
                } else {
                    c.code.clone()
                }
            })
            .rest()
            .width(80.0)
            .on_hover(|c| c.code.clone()),
        )
        .column(
            TableColumn::number(
                "Requests",
                |c: &CodeCount| Some(c.count as f64),
                |v| units::count(v as u64),
            )
            .width(90.0),
        )
        .column(
            TableColumn::number(
                "Share",
                move |c: &CodeCount| Some(c.count as f64 / all.max(1) as f64),
                units::percent_of,
            )
            .width(80.0),
        )
        .show(ui);
}
