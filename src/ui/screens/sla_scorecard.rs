//! What stands below the promises: the services of one that covers several, and the table of promises against their
//! baselines with its grade.

use eframe::egui::Ui;

use super::parts::{note_ui, section_ui};
use crate::analysis::sla::{
    ObjectiveResult, ScoreStatus, Scorecard, ScorecardRow, ServicePart, SlaReport,
};
use crate::ui::theme::space;
use crate::ui::widgets::{DataTable, Stat, Status, StatusBadge, TableColumn};
use crate::units;

use super::overview::value_text;

/// Services shown before the table scrolls.
const SERVICES_HEIGHT: f32 = 260.0;

/// The services of a promise that covers several.
pub(super) fn services_ui(ui: &mut Ui, objective: &ObjectiveResult, revision: u64) {
    if objective.parts.is_empty() {
        return;
    }
    section_ui(
        ui,
        &format!(
            "{} services, each by itself",
            units::count(objective.parts.len() as u64)
        ),
    );
    let weighted = objective.parts.iter().any(|p| p.requests.is_some());
    let mut table = DataTable::new(("sla-services", &objective.name), &objective.parts)
        .version(revision)
        .row_height(24.0)
        .max_height(SERVICES_HEIGHT)
        .column(TableColumn::text("Service", |p: &ServicePart| p.service.clone()).rest())
        .column(
            TableColumn::text("Achieved", |p: &ServicePart| p.achieved_text.clone())
                .sorted_by(|p| p.achieved)
                .right()
                .width(130.0),
        );
    if weighted {
        table = table.column(
            TableColumn::number(
                "Requests",
                |p: &ServicePart| p.requests.map(|n| n as f64),
                |n| units::count(n as u64),
            )
            .width(110.0),
        );
    }
    table
        .column(
            TableColumn::text("Status", |p: &ServicePart| p.verdict.word().to_owned())
                .sorted_by(|p| Some(f64::from(p.verdict as u8)))
                .painted(|ui, p| {
                    StatusBadge::verdict(p.verdict).show(ui);
                })
                .width(110.0),
        )
        .show(ui);
    ui.add_space(space::S);
}

/// The interval of a rate, and the baseline of a figure, beside the other figures of a promise.
pub(super) fn stats(objective: &ObjectiveResult, list: &mut Vec<Stat>) {
    if let (Some(low), Some(high)) = (objective.low, objective.high) {
        list.push(Stat::new(
            "95 % interval",
            format!(
                "{} to {}",
                value_text(low, &objective.unit),
                value_text(high, &objective.unit)
            ),
            format!("{} requests", units::count(objective.n)),
        ));
    }
    if let Some(baseline) = &objective.baseline {
        let change = baseline
            .change_text()
            .map_or_else(String::new, |c| format!(", {c}"));
        list.push(Stat::new(
            "Baseline",
            baseline.text.clone(),
            format!("{}{change}", baseline.name),
        ));
    }
}

const fn status(row: &ScorecardRow) -> Status {
    match row.status {
        ScoreStatus::Achieved => Status::Good,
        ScoreStatus::Progress | ScoreStatus::NotProven => Status::Caution,
        ScoreStatus::Missed => Status::Bad,
        ScoreStatus::NoData => Status::Unknown,
    }
}

/// All promises with a baseline, and their grade.
pub(super) fn show_ui(ui: &mut Ui, report: &SlaReport, revision: u64) {
    let Some(scorecard) = Scorecard::of(report) else {
        return;
    };
    ui.add_space(space::S);
    section_ui(ui, "Against the baseline");
    note_ui(ui, &scorecard.sentence);
    let wide = ui.available_width() >= 520.0;
    let mut table = DataTable::new("sla-scorecard", &scorecard.rows)
        .version(revision)
        .row_height(24.0)
        .max_height(SERVICES_HEIGHT)
        .column(
            TableColumn::text("Promise", |r: &ScorecardRow| {
                if r.policy {
                    format!("{} (policy)", r.metric)
                } else {
                    r.metric.clone()
                }
            })
            .rest()
            .width(80.0)
            .on_hover(|r| format!("{}\ncompared with {}", r.metric, r.baseline_name)),
        )
        .column(
            TableColumn::text("Baseline", |r: &ScorecardRow| r.baseline_text.clone())
                .sorted_by(|r| r.baseline)
                .right()
                .width(76.0)
                .on_hover(|r| r.baseline_name.clone()),
        )
        .column(
            TableColumn::text("Current", |r: &ScorecardRow| r.current_text.clone())
                .sorted_by(|r| r.current)
                .right()
                .width(if wide { 92.0 } else { 72.0 })
                .on_hover(|r| r.current_text.clone()),
        )
        .column(
            TableColumn::text("Target", |r: &ScorecardRow| r.target_text.clone())
                .sorted_by(|r| r.target)
                .right()
                .width(if wide { 124.0 } else { 84.0 })
                .on_hover(|r| r.target_text.clone()),
        );
    if wide {
        table = table.column(
            TableColumn::text("Change", |r: &ScorecardRow| r.change_text.clone())
                .sorted_by(|r| r.change)
                .right()
                .width(66.0),
        );
    }
    table
        .column(
            TableColumn::text("Status", |r: &ScorecardRow| r.status.word().to_owned())
                .painted(|ui, r| {
                    StatusBadge::new(status(r), r.status.word()).show(ui);
                })
                .width(100.0),
        )
        .show(ui);
    note_ui(ui, Scorecard::FORMULA);
    ui.add_space(space::S);
}
