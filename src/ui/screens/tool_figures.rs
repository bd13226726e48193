//! The figures that a load tester prints itself, beside ours.

use eframe::egui::Ui;

use super::parts::{note_ui, section_ui};
use super::run_charts::TOTAL;
use crate::analysis::latency::RunStats;
use crate::dataset::{Estimator, Source};
use crate::ui::state::AppState;
use crate::ui::widgets::{DataTable, TableColumn};
use crate::units;

/// One percentile by both: the tool's figure and ours.
struct Compared {
    label: String,
    percentile: String,
    tool: f64,
    ours: Option<f64>,
}

fn compared(source: &Source, stats: &RunStats) -> Vec<Compared> {
    let Some(run) = &source.run else {
        return Vec::new();
    };
    let mut list = Vec::new();
    for figures in &run.tool_figures {
        let row = if figures.label == TOTAL {
            Some(&stats.total)
        } else {
            stats.labels.iter().find(|l| l.label == figures.label)
        };
        for (ppm, millis) in &figures.percentiles_ms {
            let ours = row.and_then(|r| match ppm {
                500_000 => r.p50_ms,
                900_000 => r.p90_ms,
                950_000 => r.p95_ms,
                990_000 => r.p99_ms,
                999_000 => r.p99_9_ms,
                _ => None,
            });
            list.push(Compared {
                label: figures.label.clone(),
                percentile: format!("P{}", *ppm as f64 / 10_000.0),
                tool: *millis,
                ours,
            });
        }
    }
    list
}

/// The tool's own figures beside ours.
pub(super) fn tool_ui(ui: &mut Ui, source: &Source, stats: &RunStats, state: &AppState) {
    let tool = source
        .run
        .as_ref()
        .and_then(|run| run.tool.title())
        .unwrap_or("the tool");
    section_ui(ui, &format!("As {tool} prints it, beside ours"));
    let rows = compared(source, stats);
    if rows.is_empty() {
        note_ui(
            ui,
            "The file does not allow the tool's own figures to be computed",
        );
        return;
    }
    let rule = source
        .run
        .as_ref()
        .map_or("", |r| r.tool.estimator().title());
    note_ui(
        ui,
        &format!(
            "{tool}: {rule}, all outcomes. Ours: {}, successful requests",
            Estimator::R7.title()
        ),
    );
    DataTable::new("load-test-tool", &rows)
        .version(state.data_revision)
        .row_height(24.0)
        .max_height(200.0)
        .column(
            TableColumn::text("Label", |r: &Compared| r.label.clone())
                .rest()
                .width(80.0)
                .on_hover(|r| r.label.clone()),
        )
        .column(TableColumn::text("Figure", |r: &Compared| r.percentile.clone()).width(64.0))
        .column(
            TableColumn::number(
                format!("{tool} ms"),
                |r: &Compared| Some(r.tool),
                units::number,
            )
            .width(84.0),
        )
        .column(TableColumn::number("Ours ms", |r: &Compared| r.ours, units::number).width(76.0))
        .show(ui);
}
