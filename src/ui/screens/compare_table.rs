//! The figures of a comparison, worst first, and the distributions of the label that was clicked.

use std::sync::Arc;

use eframe::egui::Ui;

use super::compare_parts::{IntervalBar, status};
use super::parts::{derived, note_ui};
use crate::analysis::compare::sentence::{change_text, value_text};
use crate::analysis::compare::{ComparedRow, Comparison};
use crate::ui::theme::Tokens;
use crate::ui::widgets::{
    DataTable, LineData, LineKind, PlotLine, StatusBadge, TableColumn, TimePlot, XAxis,
};
use crate::units;

/// The table; the row that was clicked.
pub(super) fn table_ui(
    ui: &mut Ui,
    comparison: &Comparison,
    version: u64,
    label: &str,
    height: f32,
) -> Option<usize> {
    let rows = &comparison.labels;
    let gate = comparison.max_regression;
    let reach = IntervalBar::reach_of(rows, gate);
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
    let value =
        move |row: &ComparedRow, v: Option<f64>| or_dash(v.map(|v| value_text(row.metric, v)));
    let current = rows.iter().position(|r| r.label == label);
    let interval = |row: &ComparedRow| {
        let text = |v: f64| change_text(row.metric, v);
        or_dash(row.ci.map(|(a, b)| format!("{} to {}", text(a), text(b))))
    };
    let table = DataTable::new("compare-rows", rows)
        .version(version)
        .current(current)
        .row_height(24.0)
        .max_height(height)
        .sorted(0, true)
        .column(
            TableColumn::text("Verdict", |r: &ComparedRow| r.verdict.word().to_owned())
                .sorted_by(|r| Some(r.badness()))
                .painted(|ui, r| {
                    StatusBadge::new(status(r.verdict), r.verdict.word()).show(ui);
                })
                .on_hover(|r| r.reason.clone().unwrap_or_default())
                .width(118.0),
        )
        .column(
            TableColumn::text("Label", |r: &ComparedRow| r.label.clone())
                .strong()
                .rest()
                .width(120.0)
                .on_hover(|r| r.label.clone()),
        )
        .column(
            TableColumn::text("Figure", |r: &ComparedRow| r.metric.title().to_owned()).width(96.0),
        )
        .column(
            TableColumn::text("Base", move |r: &ComparedRow| value(r, r.base))
                .sorted_by(|r| r.base)
                .right()
                .width(78.0)
                .on_hover(|r| format!("n = {}", units::count(r.n[0]))),
        )
        .column(
            TableColumn::text("Candidate", move |r: &ComparedRow| value(r, r.candidate))
                .sorted_by(|r| r.candidate)
                .right()
                .width(84.0)
                .on_hover(|r| format!("n = {}", units::count(r.n[1]))),
        )
        .column(
            TableColumn::text("Change", move |r: &ComparedRow| {
                or_dash(r.change.map(|c| change_text(r.metric, c)))
            })
            .sorted_by(|r| r.change)
            .right()
            .width(96.0),
        )
        .column(
            TableColumn::text("Interval", interval)
                .sorted_by(|r| r.ci.map(|c| c.0))
                .painted(move |ui, row| {
                    IntervalBar { row, gate, reach }.show(ui);
                })
                .width(160.0),
        )
        .show(ui);
    table.clicked
}

/// The rows as a table for others, worst first.
pub(super) fn tsv(comparison: &Comparison) -> String {
    let mut rows: Vec<&ComparedRow> = comparison.labels.iter().collect();
    rows.sort_by(|a, b| b.badness().total_cmp(&a.badness()));
    let mut text = "Verdict\tLabel\tFigure\tUnit\tBase\tCandidate\tChange\tLow\tHigh\tn base\tn candidate\tWhy\n".to_owned();
    let print = |v: Option<f64>| v.map_or_else(String::new, |v| v.to_string());
    for row in rows {
        let clean = |text: &str| text.replace(['\t', '\n', '\r'], " ");
        let cells = [
            row.verdict.word().to_owned(),
            clean(&row.label),
            row.metric.title().to_owned(),
            row.unit.clone(),
            print(row.base),
            print(row.candidate),
            print(row.change),
            print(row.ci.map(|c| c.0)),
            print(row.ci.map(|c| c.1)),
            row.n[0].to_string(),
            row.n[1].to_string(),
            clean(row.reason.as_deref().unwrap_or_default()),
        ];
        text.push_str(&cells.join("\t"));
        text.push('\n');
    }
    text
}

/// Both distributions of a label, one over the other.
pub(super) fn curves_ui(ui: &mut Ui, comparison: &Arc<Comparison>, label: &str) {
    let lines = derived(ui, "compare-curves", comparison, &label, |comparison| {
        let curves = comparison.curves.iter().find(|(name, _)| name == label);
        curves.map(|(_, [base, candidate])| {
            [
                LineData::curve(base.clone()),
                LineData::curve(candidate.clone()),
            ]
        })
    });
    let name = if label == "Total" {
        "all requests"
    } else {
        label
    };
    let Some([base, candidate]) = lines.as_ref() else {
        note_ui(
            ui,
            "Distributions are known only where both sides have samples",
        );
        return;
    };
    let at = |line: &LineData, p: f64| line.nearest(p, 0.1).map(|(_, v)| v);
    let title = match (at(base, 50.0), at(candidate, 50.0)) {
        (Some(a), Some(b)) => format!(
            "Half of {name} took at most {} before and {} now",
            units::millis(a),
            units::millis(b)
        ),
        _ => format!("No durations of successful requests of {name}"),
    };
    let tokens = Tokens::of(ui);
    let line = |name: &str, data, color, kind| PlotLine {
        name: name.to_owned(),
        data,
        color,
        kind,
    };
    let axis = XAxis::Value {
        unit: "%",
        title: "share of requests answered within",
    };
    TimePlot::with_axis("compare-curves", title, axis)
        .unit("ms")
        .height(210.0)
        .line(line(
            &comparison.base.name,
            base,
            tokens.context,
            LineKind::Context,
        ))
        .line(line(
            &comparison.candidate.name,
            candidate,
            tokens.accent,
            LineKind::Subject,
        ))
        .show(ui);
}
