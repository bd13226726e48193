//! One objective in detail: the rule, the figures behind the verdict, the error budget over time with its alerts
//! (`sla_budget`), the slices as a calendar, and the breaches.

use std::sync::Arc;

use eframe::egui::Ui;

use super::breach_list;
use super::overview::{achieved_text, target_text, value_text};
use super::parts::{caution_ui, derived, evidence, note_ui, section_ui};
use super::sla::SlaView;
use super::{sla_baselines, sla_budget, sla_exclusions, sla_scorecard};
use crate::analysis::sla::{Breach, ObjectiveResult, SubPeriod};
use crate::calendar::TimeRange;
use crate::ui::command::Command;
use crate::ui::results::SlaOutcome;
use crate::ui::state::AppState;
use crate::ui::theme::{self, Tokens, space};
use crate::ui::widgets::budget_bar::amount;
use crate::ui::widgets::{
    DataTable, LineData, LineKind, PlotLimit, PlotLine, PlotSpan, SliceStrip, Stat, StatusBadge,
    TableColumn, TimePlot, stats_ui,
};
use crate::units;

/// Shows the objective with this index.
pub(super) fn show_ui(
    ui: &mut Ui,
    outcome: &Arc<SlaOutcome>,
    selected: usize,
    state: &AppState,
    view: &mut SlaView,
    out: &mut Vec<Command>,
) {
    let picked = &mut view.breach;
    let report = &outcome.report;
    let Some(objective) = report.objectives.get(selected) else {
        return;
    };
    ui.horizontal(|ui| {
        ui.label(theme::strong(&objective.name).size(17.0));
        StatusBadge::verdict(objective.verdict).show(ui);
    });
    note_ui(ui, &format!("{}. {}", objective.rule, objective.scope));
    if let Some(reason) = &objective.reason {
        caution_ui(ui, reason);
    }
    if let Some(other) = objective
        .verdict_without_exclusions
        .filter(|v| *v != objective.verdict)
    {
        caution_ui(ui, &format!("Without exclusions: {}", other.word()));
    }
    for assumed in &objective.assumed {
        caution_ui(ui, &format!("Assumed: {assumed}"));
    }
    ui.add_space(space::XS);
    stats_ui(ui, &stats(objective));
    ui.add_space(space::S);
    let breaches: Vec<Breach> = report
        .breaches
        .iter()
        .filter(|b| b.objective == objective.name)
        .cloned()
        .collect();
    let spans = breach_list::spans(&breaches, &state.zone, Tokens::of(ui));
    let in_budget = sla_budget::budget_ui(ui, outcome, objective, selected, state, spans.clone());
    sla_budget::alerts_ui(ui, objective, state);
    let (slice, in_slices) = slices_ui(ui, outcome, objective, selected, state, spans);
    if let Some(slice) = slice {
        picked.pick_within(report, &objective.name, slice);
    }
    if let Some(breach) = in_budget.or(in_slices).and_then(|i| breaches.get(i)) {
        picked.pick(&breach.objective, breach.start);
    }
    periods_ui(ui, objective);
    sla_scorecard::services_ui(ui, objective, state.data_revision);
    breach_list::show_ui(ui, &breaches, objective, state, picked);
    breach_list::orphans_ui(ui, report, state, picked);
    sla_exclusions::show_ui(ui, objective, state, &mut view.exclusions, out);
    sla_budget::metric_alerts_ui(ui, &report.alerts, state);
    sla_scorecard::show_ui(ui, report, state.data_revision);
    sla_baselines::show_ui(ui, report, state, &mut view.baselines, out);
    if !report.conflicts.is_empty() {
        section_ui(ui, "Conflicts between promises, limits and policies");
        for conflict in &report.conflicts {
            caution_ui(
                ui,
                &format!("{}: {}", conflict.between.join(" and "), conflict.what),
            );
        }
    }
}

fn stats(objective: &ObjectiveResult) -> Vec<Stat> {
    let unit = objective.budget.as_ref().map_or("", |b| b.unit.as_str());
    let mut list = vec![
        Stat::new(
            "Achieved",
            achieved_text(objective),
            objective.source.clone(),
        ),
        Stat::new("Target", target_text(objective), ""),
    ];
    if let Some(budget) = &objective.budget {
        list.push(Stat::new(
            "Budget left",
            amount(budget.remaining, &budget.unit),
            format!("of {}", amount(budget.total, &budget.unit)),
        ));
        if let Some(rate) = budget.burn_rate {
            list.push(Stat::new(
                "Burn rate",
                format!("{}×", units::number(rate)),
                "1× uses it up exactly",
            ));
        }
    }
    if let Some(tally) = &objective.slices {
        let measured = tally.met + tally.breached;
        list.push(Stat::new(
            "Slices that held",
            format!("{} of {}", units::count(tally.met), units::count(measured)),
            format!(
                "{} required, {} unknown",
                units::count(tally.required),
                units::count(tally.unknown)
            ),
        ));
    }
    let mut amount_of = |label: &str, value: Option<f64>| {
        if let Some(value) = value.filter(|v| *v > 0.0) {
            list.push(Stat::new(label, amount(value, unit), ""));
        }
    };
    amount_of("Bad", objective.bad);
    amount_of("Excluded", objective.excluded);
    amount_of("Unknown", objective.unknown);
    if let Some(hours) = objective.not_demanded.filter(|h| *h > 0.0) {
        list.push(Stat::new(
            "Not demanded",
            format!("{} h", units::number(hours)),
            "",
        ));
    }
    if let Some(coverage) = objective.coverage {
        list.push(Stat::new(
            "Coverage",
            units::percent_of(coverage),
            evidence(objective),
        ));
    }
    if let (Some(best), Some(worst)) = (objective.best, objective.worst)
        && (best - worst).abs() > f64::EPSILON
    {
        list.push(Stat::new(
            "Between",
            format!(
                "{} and {}",
                value_text(worst, &objective.unit),
                value_text(best, &objective.unit)
            ),
            "if the unknown was bad, or good",
        ));
    }
    sla_scorecard::stats(objective, &mut list);
    list
}

/// The slices with the breaches behind them; the slice and the breach that were clicked.
fn slices_ui(
    ui: &mut Ui,
    outcome: &Arc<SlaOutcome>,
    objective: &ObjectiveResult,
    selected: usize,
    state: &AppState,
    spans: Vec<PlotSpan>,
) -> (Option<TimeRange>, Option<usize>) {
    if objective.slice_list.is_empty() {
        return (None, None);
    }
    let strip = SliceStrip::new(
        &objective.slice_list,
        &objective.unit,
        &state.zone,
        &objective.name,
    );
    section_ui(ui, &strip.sentence());
    let clicked = strip.show(ui);
    ui.add_space(space::S);
    if objective.slice_list.iter().all(|s| s.achieved.is_none()) {
        return (clicked, None);
    }
    let line = derived(ui, "sla-slices", outcome, &selected, |_| {
        let step = objective
            .slice_list
            .first()
            .map_or(0.0, |s| s.range.length().as_secs());
        LineData::from_steps(
            objective
                .slice_list
                .iter()
                .map(|s| (s.range.start, s.achieved)),
            step,
        )
    });
    let tokens = Tokens::of(ui);
    let mut plot = TimePlot::new(
        "sla-slices",
        format!("{} over the period, against its target", objective.name),
        &state.zone,
    )
    .unit(&objective.unit)
    .from_zero(objective.unit != "%" || objective.target.is_some_and(|t| t < 50.0))
    .height(190.0)
    .line(PlotLine {
        name: objective.name.clone(),
        data: &line,
        color: tokens.accent,
        kind: LineKind::Subject,
    });
    if let Some(target) = objective.target {
        plot = plot.limit(PlotLimit {
            name: format!("target {}", target_text(objective)),
            value: target,
            color: tokens.bad,
            draggable: false,
        });
    }
    let happened = plot.spans(spans).show(ui);
    ui.add_space(space::S);
    (clicked, happened.clicked_span)
}

fn periods_ui(ui: &mut Ui, objective: &ObjectiveResult) {
    if objective.periods.is_empty() {
        return;
    }
    section_ui(ui, "The months of this period");
    DataTable::new("sla-periods", &objective.periods)
        .row_height(24.0)
        .column(TableColumn::text("Month", |p: &SubPeriod| p.name.clone()).rest())
        .column(
            TableColumn::text("Achieved", |p: &SubPeriod| {
                p.achieved
                    .map_or_else(|| "–".to_owned(), |v| value_text(v, &objective.unit))
            })
            .right()
            .width(110.0),
        )
        .column(
            TableColumn::text("Status", |p: &SubPeriod| p.verdict.word().to_owned())
                .painted(|ui, p| {
                    StatusBadge::verdict(p.verdict).show(ui);
                })
                .width(110.0),
        )
        .show(ui);
    ui.add_space(space::S);
}
