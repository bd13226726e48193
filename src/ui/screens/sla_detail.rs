//! One objective in detail: the rule, the figures behind the verdict, the error budget over time with its alerts
//! (`sla_budget`), the slices as a calendar, and the breaches.

use std::sync::Arc;

use eframe::egui::Ui;

use super::overview::{achieved_text, target_text, value_text};
use super::parts::{caution_ui, derived, evidence, note_ui, section_ui};
use super::sla_budget;
use crate::analysis::sla::{Breach, ObjectiveResult, SubPeriod, Verdict};
use crate::calendar::{Instant, TimeRange};
use crate::ui::results::SlaOutcome;
use crate::ui::state::AppState;
use crate::ui::theme::{self, Tokens, space};
use crate::ui::widgets::budget_bar::amount;
use crate::ui::widgets::{
    DataTable, LineData, LineKind, PlotLimit, PlotLine, SliceStrip, Stat, StatusBadge, TableColumn,
    TimePlot, stats_ui,
};
use crate::units::{self, Micros};

/// Shows the objective with this index.
pub(super) fn show_ui(ui: &mut Ui, outcome: &Arc<SlaOutcome>, selected: usize, state: &AppState) {
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
    sla_budget::budget_ui(ui, outcome, objective, selected, state);
    sla_budget::alerts_ui(ui, objective, state);
    slices_ui(ui, outcome, objective, selected, state);
    periods_ui(ui, objective);
    let breaches: Vec<Breach> = report
        .breaches
        .iter()
        .filter(|b| b.objective == objective.name)
        .cloned()
        .collect();
    breaches_ui(ui, &breaches, objective, state);
    sla_budget::metric_alerts_ui(ui, &report.alerts, state);
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
    list
}

fn slices_ui(
    ui: &mut Ui,
    outcome: &Arc<SlaOutcome>,
    objective: &ObjectiveResult,
    selected: usize,
    state: &AppState,
) {
    if objective.slice_list.is_empty() {
        return;
    }
    let strip = SliceStrip::new(
        &objective.slice_list,
        &objective.unit,
        &state.zone,
        &objective.name,
    );
    section_ui(ui, &strip.sentence());
    strip.show(ui);
    ui.add_space(space::S);
    if objective.slice_list.iter().all(|s| s.achieved.is_none()) {
        return;
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
    plot.show(ui);
    ui.add_space(space::S);
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

fn breaches_ui(ui: &mut Ui, breaches: &[Breach], objective: &ObjectiveResult, state: &AppState) {
    if breaches.is_empty() {
        if objective.verdict != Verdict::NoData {
            note_ui(ui, "No breaches in this period");
        }
        return;
    }
    let zone = &state.zone;
    let at = |at: Instant| at.format(zone, "%-d %b %H:%M");
    section_ui(
        ui,
        &if breaches.len() == 1 {
            "One breach".to_owned()
        } else {
            format!("{} breaches", units::count(breaches.len() as u64))
        },
    );
    let version = TimeRange {
        start: breaches.first().map_or(Instant(0), |b| b.start),
        end: breaches.last().map_or(Instant(0), |b| b.end),
    };
    DataTable::new(("sla-breaches", &objective.name), breaches)
        .version((version.start.0 ^ version.end.0) as u64 ^ state.data_revision)
        .row_height(24.0)
        .max_height(260.0)
        .column(
            TableColumn::text("From", move |b: &Breach| at(b.start))
                .sorted_by(|b| Some(b.start.as_secs()))
                .width(100.0),
        )
        .column(
            TableColumn::text("To", move |b: &Breach| at(b.end))
                .sorted_by(|b| Some(b.end.as_secs()))
                .width(100.0),
        )
        .column(
            TableColumn::text("Duration", |b: &Breach| {
                units::duration(Micros::from_secs(b.secs))
            })
            .sorted_by(|b| Some(b.secs as f64))
            .right()
            .width(88.0),
        )
        .column(
            TableColumn::text("Worst", |b: &Breach| b.worst_text.clone())
                .sorted_by(|b| b.worst)
                .right()
                .width(104.0),
        )
        .column(
            TableColumn::number(
                "Budget share",
                |b: &Breach| b.budget_share,
                units::percent_of,
            )
            .width(92.0),
        )
        .column(
            TableColumn::text("Severity", |b: &Breach| b.severity.clone())
                .on_hover(|b| match &b.escalation {
                    Some(e) => format!(
                        "{}: would have reached level {}, {}",
                        b.severity,
                        e.level,
                        e.name.replace('_', " ")
                    ),
                    None => b.severity.clone(),
                })
                .width(72.0),
        )
        .column(
            TableColumn::text("Note", |b: &Breach| b.note.clone())
                .rest()
                .width(60.0)
                .on_hover(|b| b.note.clone()),
        )
        .show(ui);
    ui.add_space(space::S);
}
