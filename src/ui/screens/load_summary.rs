//! A run of which there is a tool's summary only: its figures as the tool prints them, and what it judged itself.

use eframe::egui::{ScrollArea, Ui};

use super::parts::{answer_ui, caution_ui, note_ui, section_ui};
use crate::dataset::{Source, SummaryLine, Threshold, ToolSummary};
use crate::ui::state::AppState;
use crate::ui::theme::space;
use crate::ui::widgets::{DataTable, Stat, TableColumn, stats_ui};
use crate::units;

/// Percentiles that have a column of their own, in parts per million, where any line holds them.
const COLUMNS: [(i64, &str); 6] = [
    (500_000, "P50"),
    (750_000, "P75"),
    (900_000, "P90"),
    (950_000, "P95"),
    (990_000, "P99"),
    (999_000, "P99.9"),
];

/// Shows the summary of one file.
pub(super) fn summary_ui(ui: &mut Ui, source: &Source, summary: &ToolSummary, state: &AppState) {
    ScrollArea::vertical()
        .id_salt("load-summary")
        .auto_shrink(false)
        .show(ui, |ui| {
            head_ui(ui, source, summary);
            let lines = lines(summary);
            if lines
                .iter()
                .any(|l| l.count.is_some() || l.mean_ms.is_some() || !l.percentiles_ms.is_empty())
            {
                section_ui(ui, "Labels");
                lines_ui(ui, &lines, state);
                ui.add_space(space::M);
            }
            if !summary.thresholds.is_empty() {
                section_ui(ui, "What the tool judged itself");
                thresholds_ui(ui, &summary.thresholds, state);
                ui.add_space(space::M);
            }
            counts_ui(ui, "Response codes", "Code", &summary.codes, state);
            counts_ui(ui, "Errors", "Error", &summary.errors, state);
        });
}

/// The total first, then each label.
fn lines(summary: &ToolSummary) -> Vec<SummaryLine> {
    let total = &summary.total;
    let mut lines = Vec::new();
    if total.count.is_some() || total.mean_ms.is_some() || !total.percentiles_ms.is_empty() {
        lines.push(SummaryLine {
            label: crate::analysis::latency::TOTAL.to_owned(),
            ..total.clone()
        });
    }
    lines.extend(summary.labels.iter().cloned());
    lines
}

fn head_ui(ui: &mut Ui, source: &Source, summary: &ToolSummary) {
    let tool = summary.tool.title().unwrap_or("the tool");
    let total = &summary.total;
    let count = total
        .count
        .unwrap_or_else(|| summary.labels.iter().filter_map(|l| l.count).sum());
    let failed = match total.errors {
        Some(0) => ", none failed".to_owned(),
        Some(errors) if count > 0 => format!(
            ", {} failed",
            units::percent_of(errors as f64 / count as f64)
        ),
        _ => String::new(),
    };
    let sentence = match (total.percentile_ms(950_000), total.mean_ms) {
        (Some(p95), _) => format!(
            "95 % of requests were answered within {}{failed}, says {tool}.",
            units::millis(p95)
        ),
        (None, Some(mean)) => format!(
            "Requests took {} on average{failed}, says {tool}; its summary holds no P95.",
            units::millis(mean)
        ),
        (None, None) => format!("{tool} counted {} requests{failed}.", units::count(count)),
    };
    let took = summary.duration_secs.map_or_else(String::new, |secs| {
        format!(
            " in {}",
            units::duration(units::Micros((secs * 1e6) as i64))
        )
    });
    answer_ui(
        ui,
        &sentence,
        &format!(
            "{}: {} requests{took}, {}",
            source.info.file_name,
            units::count(count),
            source.info.scope.role.name()
        ),
    );
    let optional =
        |value: Option<f64>, print: fn(f64) -> String| value.map_or_else(|| "–".to_owned(), print);
    let rate = |v: f64| format!("{}/s", units::number(v));
    stats_ui(
        ui,
        &[
            Stat::new(
                "Throughput",
                optional(total.throughput_per_sec, rate),
                "as the tool defines it",
            ),
            Stat::new("Mean", optional(total.mean_ms, units::millis), ""),
            Stat::new(
                "P50",
                optional(total.percentile_ms(500_000), units::millis),
                "",
            ),
            Stat::new(
                "P95",
                optional(total.percentile_ms(950_000), units::millis),
                "",
            ),
            Stat::new(
                "P99",
                optional(total.percentile_ms(990_000), units::millis),
                "",
            ),
            Stat::new("Longest", optional(total.max_ms, units::millis), ""),
            Stat::new(
                "Users",
                optional(summary.concurrency_max, units::number),
                "most at once",
            ),
        ],
    );
    let rule = if summary.percentile_rule.is_empty() {
        String::new()
    } else {
        format!("; they are {}", summary.percentile_rule)
    };
    note_ui(
        ui,
        &format!(
            "A summary without samples: percentiles are {tool}'s own{rule}. Import the raw results for others, for days and for comparisons"
        ),
    );
    if summary.closed_loop {
        caution_ui(
            ui,
            "A closed-loop tool wrote this: slow responses hide the requests that were not sent, so high percentiles read too low",
        );
    }
    ui.add_space(space::S);
}

fn lines_ui(ui: &mut Ui, lines: &[SummaryLine], state: &AppState) {
    let some = |has: fn(&SummaryLine) -> bool| lines.iter().any(has);
    let mut table = DataTable::new("load-summary-lines", lines)
        .version(state.data_revision)
        .max_height(320.0)
        .column(
            TableColumn::text("Label", |l: &SummaryLine| l.label.clone())
                .strong()
                .rest()
                .width(120.0)
                .on_hover(|l| l.label.clone()),
        )
        .column(
            TableColumn::number(
                "Requests",
                |l: &SummaryLine| l.count.map(|n| n as f64),
                |n| units::count(n as u64),
            )
            .width(90.0),
        );
    if some(|l| l.errors.is_some()) {
        table = table.column(
            TableColumn::number(
                "Failed",
                |l: &SummaryLine| l.errors.map(|n| n as f64),
                |n| units::count(n as u64),
            )
            .width(70.0),
        );
    }
    table = table.column(
        TableColumn::number("Mean ms", |l: &SummaryLine| l.mean_ms, units::number).width(86.0),
    );
    for (ppm, name) in COLUMNS {
        if lines.iter().any(|l| l.percentile_ms(ppm).is_some()) {
            table = table.column(
                TableColumn::number(
                    format!("{name} ms"),
                    move |l: &SummaryLine| l.percentile_ms(ppm),
                    units::number,
                )
                .width(84.0),
            );
        }
    }
    table
        .column(
            TableColumn::number("Max ms", |l: &SummaryLine| l.max_ms, units::number).width(80.0),
        )
        .column(
            TableColumn::number(
                "Req/s",
                |l: &SummaryLine| l.throughput_per_sec,
                units::number,
            )
            .width(96.0),
        )
        .show(ui);
}

fn thresholds_ui(ui: &mut Ui, thresholds: &[Threshold], state: &AppState) {
    DataTable::new("load-summary-thresholds", thresholds)
        .version(state.data_revision)
        .max_height(200.0)
        .column(
            TableColumn::text("Metric", |t: &Threshold| t.metric.clone())
                .rest()
                .width(160.0),
        )
        .column(TableColumn::text("Rule", |t: &Threshold| t.rule.clone()).width(180.0))
        .column(
            TableColumn::text("Verdict", |t: &Threshold| {
                if t.held { "✔ held" } else { "✖ broken" }.to_owned()
            })
            .width(100.0),
        )
        .show(ui);
}

fn counts_ui(ui: &mut Ui, title: &str, name: &str, counts: &[(String, u64)], state: &AppState) {
    if counts.is_empty() {
        return;
    }
    section_ui(ui, title);
    DataTable::new(title, counts)
        .version(state.data_revision)
        .max_height(200.0)
        .column(
            TableColumn::text(name, |c: &(String, u64)| c.0.clone())
                .rest()
                .width(200.0)
                .on_hover(|c| c.0.clone()),
        )
        .column(
            TableColumn::number(
                "Count",
                |c: &(String, u64)| Some(c.1 as f64),
                |n| units::count(n as u64),
            )
            .width(90.0),
        )
        .show(ui);
    ui.add_space(space::M);
}
