//! All load tests in order of time: each figure release by release, and where its level changed.

use std::sync::Arc;

use eframe::egui::Ui;

use super::compare_parts::status;
use super::parts::{answer_ui, derived, note_ui, section_ui};
use crate::analysis::compare::sentence::{change_text, value_text};
use crate::analysis::compare::{Metric, Trend, TrendLine, TrendPoint};
use crate::calendar::Zone;
use crate::ui::theme::{Tokens, space};
use crate::ui::widgets::{
    DataTable, LineData, LineKind, PlotBand, PlotLine, PlotMark, StatusBadge, TableColumn, TimePlot,
};

/// A share is drawn in percent.
fn drawn(metric: Metric, value: f64) -> f64 {
    if metric == Metric::ErrorRate {
        value * 100.0
    } else {
        value
    }
}

const fn unit(metric: Metric) -> &'static str {
    match metric {
        Metric::ErrorRate => "%",
        Metric::Throughput => "/s",
        _ => "ms",
    }
}

fn name(line: &TrendLine) -> String {
    format!("{}, {}", line.label, line.metric.title())
}

/// Shows the trend; `chosen` is the line it is about.
pub(super) fn trend_ui(
    ui: &mut Ui,
    trend: &Arc<Trend>,
    zone: &Zone,
    version: u64,
    chosen: &mut Option<(String, Metric)>,
) {
    answer_ui(
        ui,
        &trend.sentence,
        &format!("Runs in order of time: {}", trend.runs.join(", ")),
    );
    let with_change = trend.lines.iter().find(|l| !l.changes.is_empty());
    let is_chosen =
        |l: &&TrendLine| Some((&l.label, l.metric)) == chosen.as_ref().map(|(a, m)| (a, *m));
    let line = trend
        .lines
        .iter()
        .find(is_chosen)
        .or(with_change)
        .or_else(|| trend.lines.first());
    let Some(line) = line else {
        note_ui(ui, "No label is in two runs that follow each other");
        return;
    };
    chart_ui(ui, trend, line, zone);
    ui.add_space(space::S);
    section_ui(ui, &name(line));
    points_ui(ui, line, zone, version);
    ui.add_space(space::M);
    section_ui(ui, "All figures");
    let current = trend
        .lines
        .iter()
        .position(|l| l.label == line.label && l.metric == line.metric);
    if let Some(row) = lines_ui(ui, trend, version, current).and_then(|i| trend.lines.get(i)) {
        *chosen = Some((row.label.clone(), row.metric));
    }
}

fn chart_ui(ui: &mut Ui, trend: &Arc<Trend>, line: &TrendLine, zone: &Zone) {
    let metric = line.metric;
    let data = derived(ui, "compare-trend", trend, &(&line.label, metric), |_| {
        let points = line.points.iter();
        LineData::curve(
            points
                .filter_map(|p| Some((p.t?.as_secs(), drawn(metric, p.value?))))
                .collect(),
        )
    });
    let tokens = Tokens::of(ui);
    let title = match line.changes.last() {
        Some(change) => format!(
            "{}: {} since {}",
            name(line),
            change_text(metric, change.change),
            change.run
        ),
        None => format!("{}: on one level", name(line)),
    };
    let band = PlotBand {
        name: "interval".to_owned(),
        points: line
            .points
            .iter()
            .filter_map(|p| {
                let (low, high) = p.range?;
                Some((p.t?.as_secs(), drawn(metric, low), drawn(metric, high)))
            })
            .collect(),
        color: tokens.accent.gamma_multiply(0.16),
    };
    let mut plot = TimePlot::new("compare-trend", title, zone)
        .unit(unit(metric))
        .height(220.0)
        .band(band)
        .line(PlotLine {
            name: metric.title().to_owned(),
            data: &data,
            color: tokens.accent,
            kind: LineKind::Points,
        });
    for change in &line.changes {
        if let Some(at) = line.points.get(change.at).and_then(|p| p.t) {
            plot = plot.mark(PlotMark {
                name: format!("{} {}", change.run, change_text(metric, change.change)),
                x: at.as_secs(),
                color: tokens.caution,
            });
        }
    }
    plot.show(ui);
}

fn points_ui(ui: &mut Ui, line: &TrendLine, zone: &Zone, version: u64) {
    let metric = line.metric;
    let print = move |v: Option<f64>| v.map_or_else(|| "–".to_owned(), |v| value_text(metric, v));
    DataTable::new("compare-trend-points", &line.points)
        .version(version)
        .row_height(24.0)
        .max_height(240.0)
        .column(
            TableColumn::text("Run", |p: &TrendPoint| p.run.clone())
                .strong()
                .rest()
                .width(140.0),
        )
        .column(
            TableColumn::text("Started", move |p: &TrendPoint| {
                p.t.map_or_else(|| "–".to_owned(), |t| t.format(zone, "%-d %b %Y %H:%M"))
            })
            .sorted_by(|p| p.t.map(crate::calendar::Instant::as_secs))
            .width(140.0),
        )
        .column(
            TableColumn::text(metric.title(), move |p: &TrendPoint| print(p.value))
                .sorted_by(|p| p.value)
                .right()
                .width(90.0),
        )
        .column(
            TableColumn::text("Interval", move |p: &TrendPoint| {
                p.range.map_or_else(
                    || "–".to_owned(),
                    |(a, b)| format!("{} to {}", value_text(metric, a), value_text(metric, b)),
                )
            })
            .right()
            .width(150.0),
        )
        .column(
            TableColumn::text("Against the one before", |p: &TrendPoint| {
                p.verdict.map_or("–", |v| v.word()).to_owned()
            })
            .painted(|ui, p| {
                if let Some(verdict) = p.verdict {
                    StatusBadge::new(status(verdict), verdict.word()).show(ui);
                }
            })
            .width(160.0),
        )
        .show(ui);
}

fn lines_ui(ui: &mut Ui, trend: &Trend, version: u64, current: Option<usize>) -> Option<usize> {
    let last = |l: &TrendLine| l.points.last().and_then(|p| p.value);
    DataTable::new("compare-trend-lines", &trend.lines)
        .version(version)
        .current(current)
        .row_height(24.0)
        .max_height(260.0)
        .column(
            TableColumn::text("Label", |l: &TrendLine| l.label.clone())
                .strong()
                .rest()
                .width(140.0),
        )
        .column(
            TableColumn::text("Figure", |l: &TrendLine| l.metric.title().to_owned()).width(100.0),
        )
        .column(
            TableColumn::text("Last run", move |l: &TrendLine| {
                last(l).map_or_else(|| "–".to_owned(), |v| value_text(l.metric, v))
            })
            .sorted_by(last)
            .right()
            .width(90.0),
        )
        .column(
            TableColumn::text("Changes of level", |l: &TrendLine| {
                let changes: Vec<String> = l
                    .changes
                    .iter()
                    .map(|c| format!("{} {}", c.run, change_text(l.metric, c.change)))
                    .collect();
                if changes.is_empty() {
                    "none".to_owned()
                } else {
                    changes.join(", ")
                }
            })
            .sorted_by(|l| Some(l.changes.len() as f64))
            .width(260.0),
        )
        .show(ui)
        .clicked
}
