//! One objective in detail: the rule, the figures behind the verdict, the error budget over time, the slices as a calendar, and the breaches.

use std::sync::Arc;

use eframe::egui::Ui;

use super::overview::{achieved_text, target_text, value_text};
use super::parts::{caution_ui, derived, evidence, note_ui, section_ui};
use super::sla_scorecard;
use crate::analysis::sla::{Breach, ErrorBudget, ObjectiveResult, Slice, SubPeriod, Verdict};
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
    budget_ui(ui, outcome, objective, selected, state);
    slices_ui(ui, outcome, objective, selected, state);
    periods_ui(ui, objective);
    sla_scorecard::services_ui(ui, objective, state.data_revision);
    let breaches: Vec<Breach> = report
        .breaches
        .iter()
        .filter(|b| b.objective == objective.name)
        .cloned()
        .collect();
    breaches_ui(ui, &breaches, objective, state);
    sla_scorecard::show_ui(ui, report, state.data_revision);
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

/// The share of the budget that is left after each slice, in percent; `None` where slices do not add up to what was used.
fn burn_down(
    budget: &ErrorBudget,
    slices: &[Slice],
    breaches: &[Breach],
    range: TimeRange,
) -> Option<Vec<(Instant, Option<f64>)>> {
    if budget.total <= 0.0 {
        return None;
    }
    let fits = |used: f64| (used - budget.used).abs() <= budget.used.abs() * 0.01 + 1e-6;
    let by_slices = |cost: fn(&Slice) -> f64| {
        let steps: Vec<(Instant, f64)> = slices.iter().map(|s| (s.range.end, cost(s))).collect();
        fits(steps.iter().map(|s| s.1).sum()).then_some(steps)
    };
    let by_breaches = || {
        let steps: Vec<(Instant, f64)> = breaches.iter().map(|b| (b.end, b.secs as f64)).collect();
        (budget.unit == "secs" && fits(steps.iter().map(|s| s.1).sum())).then_some(steps)
    };
    let steps = match budget.unit.as_str() {
        "slices" => by_slices(|s| f64::from(u8::from(s.verdict == Verdict::Breached))),
        _ => by_slices(|s| s.bad as f64).or_else(by_breaches),
    }?;
    let left = |used: f64| Some(100.0 * (1.0 - used / budget.total));
    let mut used = 0.0;
    let mut points = vec![(range.start, left(0.0))];
    for (at, cost) in steps {
        // A step down, not a slope: nothing was used between two slices.
        if cost > 0.0 {
            points.push((Instant(at.0 - 1), left(used)));
        }
        used += cost;
        points.push((at, left(used)));
    }
    if points.last().is_some_and(|(at, _)| *at < range.end) {
        points.push((range.end, left(used)));
    }
    Some(points)
}

fn budget_ui(
    ui: &mut Ui,
    outcome: &Arc<SlaOutcome>,
    objective: &ObjectiveResult,
    selected: usize,
    state: &AppState,
) {
    let Some(budget) = &objective.budget else {
        return;
    };
    let period = &outcome.report.period;
    let end = if period.open {
        objective
            .slice_list
            .last()
            .map_or(period.start, |s| s.range.end)
    } else {
        period.end
    };
    let range = TimeRange {
        start: period.start,
        end,
    };
    let line = derived(ui, "sla-budget", outcome, &selected, |outcome| {
        let breaches: Vec<Breach> = outcome
            .report
            .breaches
            .iter()
            .filter(|b| b.objective == objective.name)
            .cloned()
            .collect();
        burn_down(budget, &objective.slice_list, &breaches, range)
            .map(|points| LineData::from_steps(points, 0.0))
    });
    let Some(line) = line.as_ref() else {
        return;
    };
    let tokens = Tokens::of(ui);
    let title = match budget.exhausted_at {
        Some(at) => format!(
            "The error budget ran out on {}",
            super::parts::date(at, &state.zone)
        ),
        None => format!(
            "{} % of the error budget is left",
            units::number(budget.remaining_percent)
        ),
    };
    let color = if budget.remaining < 0.0 {
        tokens.bad
    } else {
        tokens.accent
    };
    let mut plot = TimePlot::new("sla-budget", title, &state.zone)
        .unit("%")
        .height(190.0)
        .line(PlotLine {
            name: "Budget left".to_owned(),
            data: line,
            color,
            kind: LineKind::Subject,
        });
    if budget.remaining < 0.0 {
        plot = plot.limit(PlotLimit {
            name: "used up".to_owned(),
            value: 0.0,
            color: tokens.bad,
            draggable: false,
        });
    }
    plot.show(ui);
    ui.add_space(space::S);
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
        .column(TableColumn::text("Severity", |b: &Breach| b.severity.clone()).width(72.0))
        .column(
            TableColumn::text("Note", |b: &Breach| b.note.clone())
                .rest()
                .width(60.0)
                .on_hover(|b| b.note.clone()),
        )
        .show(ui);
    ui.add_space(space::S);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_only_drawn_where_its_parts_add_up() {
        let budget = ErrorBudget {
            unit: "secs".to_owned(),
            total: 100.0,
            used: 30.0,
            ..ErrorBudget::default()
        };
        let slice = |start: i64, bad: u64| Slice {
            range: TimeRange {
                start: Instant::from_secs(start),
                end: Instant::from_secs(start + 10),
            },
            achieved: None,
            n: 10,
            bad,
            verdict: Verdict::Met,
            low: None,
            high: None,
            low_sample: false,
        };
        let start = TimeRange {
            start: Instant(0),
            end: Instant::from_secs(100),
        };
        let points = burn_down(&budget, &[slice(0, 10), slice(10, 20)], &[], start).unwrap();
        assert_eq!(points.first().unwrap().1, Some(100.0));
        assert!((points.last().unwrap().1.unwrap() - 70.0).abs() < 1e-9);
        assert!(burn_down(&budget, &[slice(0, 10)], &[], start).is_none());
    }
}
