//! A run over time: latency, throughput, errors and concurrency of one label, under one cursor and one time range.

use eframe::egui::Ui;

use crate::analysis::latency::{LabelStats, RunStats, TimelinePoint};
use crate::calendar::{TimeRange, Zone};
use crate::ui::theme::{Tokens, space};
use crate::ui::widgets::chart_parts::whole;
use crate::ui::widgets::{
    DataTable, LineData, LineKind, PlotLine, TableColumn, TableResponse, TimePlot, TimeWindow,
};
use crate::units;

/// The name under which all labels together stand.
pub(super) const TOTAL: &str = "Total";

/// Steps of a timeline, in seconds.
const STEPS: [i64; 11] = [1, 5, 10, 30, 60, 300, 900, 3_600, 10_800, 21_600, 86_400];

/// The step that gives a range about 300 points, no finer than the histogram's buckets.
pub(super) fn step_for(range: TimeRange, bucket_secs: i64) -> i64 {
    let wanted = (range.length().0 / 300_000_000).max(bucket_secs).max(1);
    STEPS.into_iter().find(|s| *s >= wanted).unwrap_or(86_400)
}

/// The lines of one label.
#[derive(Debug, Default)]
pub(super) struct RunLines {
    pub throughput: LineData,
    pub p50: LineData,
    pub p95: LineData,
    pub p99: LineData,
    pub errors: LineData,
    pub concurrency: LineData,
}

impl RunLines {
    /// From a timeline with this step.
    pub fn new(stats: &RunStats, label: &str, step_secs: i64) -> Self {
        let step = step_secs as f64;
        let points: Vec<&TimelinePoint> =
            stats.timeline.iter().filter(|p| p.label == label).collect();
        let line = |value: &dyn Fn(&TimelinePoint) -> Option<f64>| {
            LineData::from_steps(points.iter().map(|p| (p.t, value(p))), step)
        };
        // Concurrency is known for the run, not for a label.
        let all = stats.timeline.iter().filter(|p| p.label == TOTAL);
        Self {
            throughput: line(&|p| Some(p.count as f64 / step)),
            p50: line(&|p| p.p50_ms),
            p95: line(&|p| p.p95_ms),
            p99: line(&|p| p.p99_ms),
            errors: line(&|p| (p.count > 0).then(|| 100.0 * p.errors as f64 / p.count as f64)),
            concurrency: LineData::from_steps(all.map(|p| (p.t, p.concurrency)), step),
        }
    }
}

/// How a stack of charts is shown.
pub(super) struct Stack<'a> {
    /// Zone of the dates.
    pub zone: &'a Zone,
    /// Names the stack; its charts share a cursor.
    pub group: &'a str,
    /// What there is.
    pub full: TimeRange,
    /// Height of a chart.
    pub height: f32,
    /// More charts follow, which carry the dates.
    pub more_below: bool,
}

/// Shows the charts of one label.
pub(super) fn charts_ui(
    ui: &mut Ui,
    lines: &RunLines,
    label: &str,
    window: &mut TimeWindow,
    stack: &Stack<'_>,
) {
    let tokens = Tokens::of(ui);
    let range = window.range(stack.full);
    let (from, to) = (range.start.as_secs(), range.end.as_secs());
    let what = if label == TOTAL { "" } else { label };
    let named = |text: String| {
        if what.is_empty() {
            text
        } else {
            format!("{what}: {text}")
        }
    };
    let peak = |line: &LineData| line.bounds(from, to).map(|b| b.1);
    let line = |name: &str, data, color, kind| PlotLine {
        name: name.to_owned(),
        data,
        color,
        kind,
    };
    let plot = |id: &str, title: String, unit, last: bool| {
        TimePlot::new((stack.group, id), title, stack.zone)
            .unit(unit)
            .group(stack.group)
            .height(if last {
                stack.height + 26.0
            } else {
                stack.height
            })
            .x_labels(last)
    };
    let concurrency = !lines.concurrency.is_empty();
    let title = peak(&lines.p95).map_or_else(
        || named("No successful request in this range".to_owned()),
        |p95| named(format!("P95 latency peaked at {}", units::millis(p95))),
    );
    plot("latency", title, "ms", false)
        .line(line("P50", &lines.p50, tokens.context, LineKind::Context))
        .line(line("P95", &lines.p95, tokens.accent, LineKind::Subject))
        .line(line(
            "P99",
            &lines.p99,
            tokens.series_color(1),
            LineKind::Context,
        ))
        .show_in(ui, window, stack.full);
    let title = peak(&lines.throughput).map_or_else(
        || named("No request in this range".to_owned()),
        |most| named(format!("Up to {} requests a second", units::number(most))),
    );
    plot("throughput", title, "/s", false)
        .line(line(
            "Throughput",
            &lines.throughput,
            tokens.accent,
            LineKind::Subject,
        ))
        .show_in(ui, window, stack.full);
    let title = match peak(&lines.errors) {
        Some(most) if most > 0.0 => named(format!(
            "Up to {} % of requests failed",
            units::number(most)
        )),
        _ => named("No request failed".to_owned()),
    };
    let last = !concurrency && !stack.more_below;
    plot("errors", title, "%", last)
        .line(line("Errors", &lines.errors, tokens.bad, LineKind::Subject))
        .show_in(ui, window, stack.full);
    if concurrency {
        let title = peak(&lines.concurrency).map_or_else(
            || "Nobody was active in this range".to_owned(),
            |most| format!("Up to {} users were active", whole(most)),
        );
        plot("concurrency", title, "", !stack.more_below)
            .line(line(
                "Users",
                &lines.concurrency,
                tokens.series_color(2),
                LineKind::Subject,
            ))
            .show_in(ui, window, stack.full);
    }
    ui.add_space(space::XS);
}

/// The table of labels with their percentiles.
pub(super) fn labels_ui(
    ui: &mut Ui,
    id: &str,
    rows: &[LabelStats],
    version: u64,
    current: Option<usize>,
    height: f32,
) -> TableResponse {
    let millis = |title: &str, value: fn(&LabelStats) -> Option<f64>, name: &'static str| {
        TableColumn::number(title, value, units::number)
            .width(66.0)
            .on_hover(move |row: &LabelStats| {
                let full =
                    value(row).map_or_else(|| "no samples".to_owned(), |v| format!("{v} ms"));
                let few = if row.few_samples.iter().any(|f| f == name) {
                    ", few samples"
                } else {
                    ""
                };
                format!("{full}, n = {}{few}", units::count(row.count))
            })
    };
    DataTable::new(id, rows)
        .version(version)
        .current(current)
        .row_height(24.0)
        .max_height(height)
        .column(
            TableColumn::text("Label", |r: &LabelStats| r.label.clone())
                .strong()
                .rest()
                .width(110.0)
                .on_hover(|r| r.label.clone()),
        )
        .column(
            TableColumn::number(
                "Requests",
                |r: &LabelStats| Some(r.count as f64),
                |v| units::count(v as u64),
            )
            .width(84.0),
        )
        .column(
            TableColumn::number(
                "Errors %",
                |r: &LabelStats| r.error_rate.map(|e| e * 100.0),
                units::number,
            )
            .width(70.0)
            .on_hover(|r| {
                format!(
                    "{} of {} failed",
                    units::count(r.errors),
                    units::count(r.count)
                )
            }),
        )
        .column(
            TableColumn::number(
                "Per second",
                |r: &LabelStats| r.throughput_per_sec,
                units::number,
            )
            .width(82.0),
        )
        .column(millis("Mean ms", |r| r.mean_ms, "mean"))
        .column(millis("P50 ms", |r| r.p50_ms, "p50"))
        .column(millis("P90 ms", |r| r.p90_ms, "p90"))
        .column(millis("P95 ms", |r| r.p95_ms, "p95"))
        .column(millis("P99 ms", |r| r.p99_ms, "p99"))
        .column(millis("Max ms", |r| r.max_ms, "max"))
        .show(ui)
}

/// All labels with the total on top.
pub(super) fn with_total(stats: &RunStats) -> Vec<LabelStats> {
    std::iter::once(&stats.total)
        .chain(&stats.labels)
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Instant;

    #[test]
    fn a_step_gives_about_three_hundred_points() {
        let range = |secs: i64| TimeRange {
            start: Instant(0),
            end: Instant::from_secs(secs),
        };
        assert_eq!(step_for(range(120), 1), 1);
        assert_eq!(step_for(range(120), 10), 10);
        assert_eq!(step_for(range(3_600), 1), 30);
        assert_eq!(step_for(range(86_400 * 30), 1), 10_800);
    }

    #[test]
    fn lines_are_rates_and_shares() {
        let point = |t: i64, count: u64, errors: u64| TimelinePoint {
            t: Instant::from_secs(t),
            label: TOTAL.to_owned(),
            count,
            errors,
            p95_ms: Some(100.0),
            ..TimelinePoint::default()
        };
        let stats = RunStats {
            timeline: vec![point(0, 100, 1), point(10, 200, 0)],
            ..RunStats::default()
        };
        let lines = RunLines::new(&stats, TOTAL, 10);
        assert_eq!(lines.throughput.bounds(0.0, 10.0), Some((10.0, 20.0)));
        assert_eq!(lines.errors.bounds(0.0, 10.0), Some((0.0, 1.0)));
        assert!(lines.concurrency.is_empty());
        assert_eq!(lines.p95.len(), 2);
    }
}
