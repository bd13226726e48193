//! The run over time: charts under one cursor and one time range, faults shaded on all of them, scaling marked on the
//! instances with its reason, and below them the faults as bars to be moved.

use std::sync::Arc;

use eframe::egui::Ui;

use super::super::Cx;
use super::super::parts::{derived, note_ui};
use super::cards::fault_name;
use super::events::{change_words, scales};
use super::field::secs;
use super::figures::money;
use super::overlay_charts;
use super::scale::Scale;
use super::timeline::{is_moment, timeline_ui};
use crate::scenario::Scenario;
use crate::scenario::outcome::{Event, StepFigures};
use crate::ui::simulated::Simulated;
use crate::ui::theme::Tokens;
use crate::ui::widgets::{
    LineData, LineKind, PlotLimit, PlotLine, PlotSpan, TimePlot, TimeWindow, window_ui,
};
use crate::units;

/// The group whose charts share a cursor.
const GROUP: &str = "what-if";
/// Height of a chart.
const HEIGHT: f32 = 138.0;
/// Room for the times below the last one.
const LABELS: f32 = 30.0;
/// Fewer failures a second than this are none: a flow never refuses exactly nothing.
const NO_RATE: f64 = 1e-3;
/// More scaling events than this are not marked one by one.
const MOST_MARKED: usize = 250;

/// The lines of a run.
#[derive(Debug)]
struct Lines {
    offered: LineData,
    served: LineData,
    errors: LineData,
    p50: LineData,
    p95: LineData,
    p99: LineData,
    instances: LineData,
    workers: LineData,
    cpu: LineData,
    queue: LineData,
    cost: LineData,
    hits: LineData,
    connections: LineData,
}

impl Lines {
    fn new(found: &Simulated, scale: &Scale) -> Self {
        let steps = &found.outcome.steps;
        let step = found.outcome.step * found.joined as f64;
        let line = |of: &dyn Fn(&StepFigures) -> Option<f64>| {
            let (times, values): (Vec<f64>, Vec<f64>) = steps
                .iter()
                .filter_map(|s| Some((scale.x(s.at), of(s)?)))
                .unzip();
            LineData::new(times, values, step * 2.5 / scale.unit_secs)
        };
        let hourly = 3_600.0 / step.max(1e-9);
        Self {
            offered: line(&|s| Some(s.offered)),
            served: line(&|s| Some(s.served)),
            errors: line(&|s| Some(if s.errors < NO_RATE { 0.0 } else { s.errors })),
            p50: line(&|s| s.p50.map(|v| v * 1_000.0)),
            p95: line(&|s| s.p95.map(|v| v * 1_000.0)),
            p99: line(&|s| s.p99.map(|v| v * 1_000.0)),
            instances: line(&|s| Some(f64::from(s.instances))),
            workers: line(&|s| Some(s.utilisation * 100.0)),
            cpu: line(&|s| Some(s.cpu * 100.0)),
            queue: line(&|s| Some(s.queue)),
            cost: line(&|s| Some(s.cost * hourly)),
            hits: line(&|s| s.cache_hits.map(|v| v * 100.0)),
            connections: line(&|s| s.connections),
        }
    }
}

/// One chart of the stack.
pub(super) struct Chart<'a> {
    pub id: &'static str,
    pub title: String,
    pub unit: &'a str,
    pub lines: Vec<PlotLine<'a>>,
    pub limit: Option<PlotLimit>,
    pub spans: Vec<PlotSpan>,
}

/// Shows everything over time.
pub(super) fn charts_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    scenario: &Scenario,
    found: &Arc<Simulated>,
    window: &mut TimeWindow,
) {
    let outcome = &found.outcome;
    if outcome.steps.is_empty() {
        return;
    }
    let duration = outcome.duration.max(outcome.step);
    let scale = Scale::of(&found.run, duration);
    let key = (scale.start.to_bits(), scale.unit, &found.run.zone);
    let lines = derived(ui, "what-if-lines", found, &key, |f| Lines::new(f, &scale));
    let full = scale.full(duration);
    if window
        .shown
        .is_some_and(|r| r.start < full.start || r.end > full.end)
    {
        window.shown = None;
    }
    if let Some(zone) = &scale.zone {
        window_ui(ui, window, full, zone);
    } else if window.zoomed() && ui.small_button("Show the whole run").clicked() {
        window.reset();
    }
    let ran = &found.of;
    let shades = fault_shades(ui, ran, &scale, duration);
    let own = derived(ui, "what-if-own-lines", found, &key, |f| {
        overlay_charts::Lines::new(ran, f, &scale)
    });
    let charts = charts(ui, found, &lines, &scale);
    let charts = overlay_charts::fit(ui, found, &own, &scale, charts);
    let last = charts.len().saturating_sub(1);
    for (index, chart) in charts.into_iter().enumerate() {
        let labelled = index == last;
        let mut plot = TimePlot::with_axis((GROUP, chart.id), chart.title, scale.axis())
            .unit(chart.unit)
            .group(GROUP)
            .height(if labelled { HEIGHT + LABELS } else { HEIGHT })
            .x_labels(labelled)
            .spans(chart.spans);
        for line in chart.lines {
            plot = plot.line(line);
        }
        if let Some(limit) = chart.limit {
            plot = plot.limit(limit);
        }
        for shade in &shades {
            plot = plot.shade(shade.clone());
        }
        plot.show_in(ui, window, full);
    }
    if found.joined > 1 {
        note_ui(
            ui,
            &format!(
                "Each point stands for {} steps: means of rates, the worst of times and queues",
                found.joined
            ),
        );
    }
    timeline_ui(
        ui,
        cx,
        scenario,
        (GROUP, &scale),
        window.range(full),
        duration,
    );
}

fn fault_shades(ui: &Ui, scenario: &Scenario, scale: &Scale, duration: f64) -> Vec<PlotSpan> {
    let color = Tokens::of(ui).caution.gamma_multiply(0.12);
    let lasting = scenario.faults.iter().filter(|f| !is_moment(&f.kind));
    lasting
        .map(|fault| PlotSpan {
            name: fault_name(&fault.kind, scenario.unit()),
            from: scale.x(fault.at.min(duration)),
            to: scale.x(fault
                .lasts
                .map_or(duration, |l| (fault.at + l).min(duration))),
            color,
        })
        .collect()
}

fn charts<'a>(ui: &Ui, found: &Simulated, lines: &'a Lines, scale: &Scale) -> Vec<Chart<'a>> {
    let tokens = Tokens::of(ui);
    let scenario = &found.of;
    let outcome = &found.outcome;
    let summary = &outcome.summary;
    let line = |name: &str, data, color, kind| PlotLine {
        name: name.to_owned(),
        data,
        color,
        kind,
    };
    let peak = |line: &LineData| {
        let (from, to) = line.span().unwrap_or_default();
        line.bounds(from, to).map_or(0.0, |b| b.1)
    };
    let mut charts = Vec::new();
    let failed = peak(&lines.errors);
    let what = scenario.load_unit();
    let title = if failed > 0.0 {
        format!(
            "Up to {} {what} a second arrive, up to {} fail",
            units::number(peak(&lines.offered)),
            units::number(failed)
        )
    } else {
        format!(
            "Up to {} {what} a second arrive, all are answered",
            units::number(peak(&lines.offered))
        )
    };
    charts.push(Chart {
        id: "rate",
        title,
        unit: "/s",
        lines: vec![
            line("offered", &lines.offered, tokens.context, LineKind::Context),
            line("served", &lines.served, tokens.accent, LineKind::Subject),
        ]
        .into_iter()
        .chain((failed > 0.0).then(|| line("failed", &lines.errors, tokens.bad, LineKind::Subject)))
        .collect(),
        limit: None,
        spans: Vec::new(),
    });
    let budget = found.budget_secs();
    let over = budget.map(|limit| {
        let over = outcome
            .steps
            .iter()
            .filter(|s| s.p95.is_some_and(|p| p > limit));
        over.count() as f64 * outcome.step * found.joined as f64
    });
    let worst = units::millis(peak(&lines.p95));
    let title = match over {
        Some(time) if time > 0.0 => format!(
            "P95 is over its limit for {} in all, up to {worst}",
            secs(time)
        ),
        Some(_) => format!("P95 stays under its limit, at most {worst}"),
        None => format!("P95 is at most {worst}"),
    };
    charts.push(Chart {
        id: "time",
        title,
        unit: "ms",
        lines: vec![
            line("P50", &lines.p50, tokens.context, LineKind::Context),
            line("P99", &lines.p99, tokens.series_color(3), LineKind::Context),
            line("P95", &lines.p95, tokens.accent, LineKind::Subject),
        ],
        limit: budget.map(|limit| PlotLimit {
            name: format!("limit {}", units::millis(limit * 1_000.0)),
            value: limit * 1_000.0,
            color: tokens.bad,
            draggable: false,
        }),
        spans: Vec::new(),
    });
    charts.push(Chart {
        id: "instances",
        title: instances_title(
            &outcome.events,
            summary.instances_min,
            summary.instances_max,
        ),
        unit: "",
        lines: vec![line(
            "instances",
            &lines.instances,
            tokens.accent,
            LineKind::Subject,
        )],
        limit: None,
        spans: scaling_spans(ui, &outcome.events, scale),
    });
    charts.push(Chart {
        id: "use",
        title: format!(
            "At the most {} of the workers are busy",
            units::percent_of(summary.utilisation_peak)
        ),
        unit: "%",
        lines: vec![
            line("CPU", &lines.cpu, tokens.series_color(2), LineKind::Context),
            line("workers", &lines.workers, tokens.accent, LineKind::Subject),
        ],
        limit: None,
        spans: Vec::new(),
    });
    charts.push(Chart {
        id: "queue",
        title: if summary.queue_max >= 1.0 {
            format!(
                "Up to {} {what} wait",
                units::number(summary.queue_max.round())
            )
        } else {
            format!("No {} waits", what.trim_end_matches('s'))
        },
        unit: "",
        lines: vec![line(
            "waiting",
            &lines.queue,
            tokens.accent,
            LineKind::Subject,
        )],
        limit: None,
        spans: Vec::new(),
    });
    if !lines.hits.is_empty() {
        charts.push(Chart {
            id: "hits",
            title: "Reads that caches answer".to_owned(),
            unit: "%",
            lines: vec![line("hits", &lines.hits, tokens.accent, LineKind::Subject)],
            limit: None,
            spans: Vec::new(),
        });
    }
    if !lines.connections.is_empty() {
        charts.push(Chart {
            id: "connections",
            title: format!(
                "Up to {} connections to the database are in use",
                units::number(peak(&lines.connections).round())
            ),
            unit: "",
            lines: vec![line(
                "connections",
                &lines.connections,
                tokens.accent,
                LineKind::Subject,
            )],
            limit: None,
            spans: Vec::new(),
        });
    }
    if summary.cost > 0.0 {
        let currency = &scenario.cost.currency;
        charts.push(Chart {
            id: "cost",
            title: format!(
                "It costs {} in all, up to {} an hour",
                money(summary.cost, currency),
                money(peak(&lines.cost), currency)
            ),
            unit: "",
            lines: vec![line("cost", &lines.cost, tokens.accent, LineKind::Subject)],
            limit: None,
            spans: Vec::new(),
        });
    }
    charts
}

fn instances_title(events: &[Event], least: u32, most: u32) -> String {
    let changes = events.iter().filter(|e| scales(e)).count();
    match (changes, least == most) {
        (0, true) if most == 1 => "One instance all the time".to_owned(),
        (0, true) => format!("{most} instances all the time"),
        (0, false) => format!("{least} to {most} instances"),
        (1, _) => format!("{least} to {most} instances, one change"),
        (n, _) => {
            format!("{least} to {most} instances, {n} changes; point at a mark for its reason")
        }
    }
}

fn scaling_spans(ui: &Ui, events: &[Event], scale: &Scale) -> Vec<PlotSpan> {
    let tokens = Tokens::of(ui);
    let marked: Vec<&Event> = events.iter().filter(|e| scales(e)).collect();
    let every = marked.len().div_ceil(MOST_MARKED).max(1);
    marked
        .into_iter()
        .step_by(every)
        .map(|event| PlotSpan {
            name: format!("{}: {}", change_words(event), event.why),
            from: scale.x(event.at),
            to: scale.x(event.at),
            color: if event.to < event.from {
                tokens.context
            } else {
                tokens.good
            },
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_are_summed_up_in_the_title() {
        let event = |kind: &str| Event {
            at: 1.0,
            kind: kind.to_owned(),
            from: Some(1.0),
            to: Some(2.0),
            why: String::new(),
        };
        assert_eq!(instances_title(&[], 1, 1), "One instance all the time");
        assert_eq!(
            instances_title(&[event("scale_out"), event("fault")], 1, 2),
            "1 to 2 instances, one change"
        );
    }
}
