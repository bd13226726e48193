//! The error budget of an objective: how it was used and where it ends, against the line of even use; the burn alerts
//! that would have fired, by the table of the reader's choice; the tiers of alerts and their noise.

use std::sync::Arc;

use eframe::egui::{self, ComboBox, Id, Ui};

use super::parts::{caution_ui, date, derived, note_ui, section_ui};
use crate::analysis::sla::{
    AlertReplay, AlertTier, BudgetPoint, BurnAlert, ErrorBudget, ObjectiveResult, TierReplay, a_day,
};
use crate::calendar::{Instant, TimeRange, Zone};
use crate::ui::icons;
use crate::ui::results::SlaOutcome;
use crate::ui::state::AppState;
use crate::ui::theme::{self, Tokens, space};
use crate::ui::widgets::{
    DataTable, LineData, LineKind, PlotBand, PlotLimit, PlotLine, PlotSpan, TableColumn, TimePlot,
};
use crate::units::{self, Micros};

/// What the chart of a budget is drawn from.
struct BudgetLines {
    left: LineData,
    even: LineData,
    ahead: LineData,
    /// Time, the low and the high end, in percent left.
    band: Vec<(f64, f64, f64)>,
}

/// What is left in percent of what is there at the end.
fn left(used: f64, total: f64) -> f64 {
    100.0 * (total - used) / total
}

/// The lines of a budget over a period; `None` where nothing is known of its course.
fn lines(budget: &ErrorBudget, period: TimeRange) -> Option<BudgetLines> {
    let now = budget.as_of?;
    let total = budget.projected.as_ref().map_or(budget.total, |p| p.total);
    if total <= 0.0 || budget.burn_down.is_empty() {
        return None;
    }
    let start = budget.burn_down.first().map_or(period.start, |p| p.at);
    let at = |t: Instant, percent: f64| (t.as_secs(), percent);
    let mut points: Vec<(f64, f64)> = Vec::new();
    let mut last: Option<&BudgetPoint> = None;
    for point in &budget.burn_down {
        // A step down stays a step: two values at one time are drawn a moment apart.
        let same = last.is_some_and(|l| l.at == point.at);
        let moment = if same { 1e-3 } else { 0.0 };
        points.push((point.at.as_secs() + moment, left(point.used, total)));
        last = Some(point);
    }
    let even = vec![at(start, 100.0), at(period.end, 0.0)];
    let (mut ahead, mut band) = (Vec::new(), Vec::new());
    if let Some(projected) = &budget.projected {
        let here = left(budget.used, total);
        ahead = vec![
            at(now, here),
            at(period.end, left(projected.mid, projected.total)),
        ];
        band = vec![
            (now.as_secs(), here, here),
            (
                period.end.as_secs(),
                left(projected.high, projected.total),
                left(projected.low, projected.total),
            ),
        ];
    }
    Some(BudgetLines {
        left: LineData::new(
            points.iter().map(|p| p.0).collect(),
            points.iter().map(|p| p.1).collect(),
            f64::INFINITY,
        ),
        even: LineData::curve(even),
        ahead: LineData::curve(ahead),
        band,
    })
}

/// What the chart says.
fn title(budget: &ErrorBudget, state: &AppState) -> String {
    let day = |at: Instant| date(at, &state.zone);
    match (budget.runs_out_at, budget.as_of) {
        (Some(at), Some(now)) if at < now || budget.projected.is_none() => {
            format!("The error budget ran out on {}", day(at))
        }
        (Some(at), _) => format!("The error budget runs out on {} if it goes on so", day(at)),
        _ if budget.projected.is_some() => format!(
            "{} % of the error budget is left, and it lasts if it goes on so",
            units::number(budget.remaining_percent)
        ),
        _ => format!(
            "{} % of the error budget is left",
            units::number(budget.remaining_percent)
        ),
    }
}

/// The budget over time, with the breaches behind it; the one that was clicked.
pub(super) fn budget_ui(
    ui: &mut Ui,
    outcome: &Arc<SlaOutcome>,
    objective: &ObjectiveResult,
    selected: usize,
    state: &AppState,
    spans: Vec<PlotSpan>,
) -> Option<usize> {
    let budget = objective.budget.as_ref()?;
    section_ui(ui, "Error budget");
    note_ui(ui, &budget.sentence(&state.zone));
    if let Some(outlook) = budget.outlook() {
        note_ui(ui, &outlook);
    }
    let period = TimeRange {
        start: outcome.report.period.start,
        end: outcome.report.period.end,
    };
    let drawn = derived(ui, "sla-budget", outcome, &selected, |_| {
        lines(budget, period)
    });
    let Some(drawn) = drawn.as_ref() else {
        ui.add_space(space::S);
        return None;
    };
    let tokens = Tokens::of(ui);
    let color = if budget.remaining < 0.0 {
        tokens.bad
    } else {
        tokens.accent
    };
    let mut plot = TimePlot::new("sla-budget", title(budget, state), &state.zone)
        .unit("%")
        .height(200.0)
        .line(PlotLine {
            name: "Even use".to_owned(),
            data: &drawn.even,
            color: tokens.context,
            kind: LineKind::Context,
        })
        .line(PlotLine {
            name: "Budget left".to_owned(),
            data: &drawn.left,
            color,
            kind: LineKind::Subject,
        });
    if let (Some(projected), Some(now)) = (&budget.projected, budget.as_of) {
        if projected.mid > 0.0 {
            plot = plot
                .band(PlotBand {
                    name: "8 of 10 endings".to_owned(),
                    points: drawn.band.clone(),
                    color: color.gamma_multiply(0.18),
                })
                .line(PlotLine {
                    name: "If it goes on so".to_owned(),
                    data: &drawn.ahead,
                    color,
                    kind: LineKind::Forecast,
                });
        }
        plot = plot.forecast_from(now.as_secs());
    }
    let below = drawn.band.iter().any(|p| p.1 < 0.0);
    if budget.remaining < 0.0 || below {
        plot = plot.limit(PlotLimit {
            name: "used up".to_owned(),
            value: 0.0,
            color: tokens.bad,
            draggable: false,
        });
    }
    let happened = plot.spans(spans).show(ui);
    ui.add_space(space::S);
    happened.clicked_span
}

/// The burn alerts and the tiers of an objective.
pub(super) fn alerts_ui(ui: &mut Ui, objective: &ObjectiveResult, state: &AppState) {
    burn_ui(ui, objective, state);
    if let Some(replay) = &objective.alerts {
        section_ui(ui, "Alert tiers that would have been reached");
        tiers_ui(ui, "sla-tiers", replay, state);
    }
}

/// The alerts on metrics that belong to no objective.
pub(super) fn metric_alerts_ui(ui: &mut Ui, alerts: &[AlertReplay], state: &AppState) {
    for (index, replay) in alerts.iter().enumerate() {
        section_ui(ui, &format!("Alert on {}", replay.name));
        tiers_ui(ui, ("sla-metric-tiers", index), replay, state);
    }
}

fn burn_ui(ui: &mut Ui, objective: &ObjectiveResult, state: &AppState) {
    if objective.burn_alerts.is_empty() {
        return;
    }
    let id = Id::unique("sla-burn-table");
    let mut chosen: String = ui.data(|d| d.get_temp(id)).unwrap_or_default();
    let Some(replay) = objective.burn_replay(&chosen) else {
        return;
    };
    section_ui(ui, "Burn alerts that would have fired");
    ui.horizontal(|ui| {
        ui.label(theme::muted(ui, "Table of thresholds"));
        let picker = ComboBox::from_id_salt("sla-burn-table")
            .selected_text(&replay.table)
            .width(130.0)
            .show_ui(ui, |ui| {
                for other in &objective.burn_alerts {
                    ui.selectable_value(&mut chosen, other.table.clone(), &other.table);
                }
            });
        picker.response.widget_info(|| {
            egui::WidgetInfo::labeled(egui::Role::ComboBox, true, "Table of burn alerts")
        });
    });
    ui.data_mut(|d| d.insert_temp(id, chosen));
    let noise: f64 = replay.alerts.iter().map(|a| a.per_day).sum();
    if replay.alerts.is_empty() {
        note_ui(ui, &replay.sentence());
        ui.add_space(space::S);
        return;
    }
    note_ui(ui, &format!("{}: {}", replay.sentence(), a_day(noise)));
    if let Some(note) = &replay.note {
        caution_ui(ui, note);
    }
    let zone = &state.zone;
    DataTable::new("sla-burn", &replay.alerts)
        .version(state.data_revision)
        .row_height(24.0)
        .column(
            TableColumn::text("Alert", |a: &BurnAlert| a.name.clone())
                .strong()
                .painted(|ui, a| fired_ui(ui, &a.name, a.fired, a.urgent))
                .width(120.0),
        )
        .column(
            TableColumn::text("Burn over", |a: &BurnAlert| {
                a.rule.trim_start_matches("over ").to_owned()
            })
            .rest()
            .width(120.0)
            .on_hover(|a| a.rule.clone()),
        )
        .column(
            TableColumn::number("Times", |a: &BurnAlert| Some(a.fired as f64), whole).width(52.0),
        )
        .column(
            TableColumn::text("Lasting", |a: &BurnAlert| lasting(a.secs))
                .sorted_by(|a| Some(a.secs as f64))
                .right()
                .width(82.0),
        )
        .column(
            TableColumn::text("First", move |a: &BurnAlert| {
                first(a.firings.first().map(|f| f.start), zone)
            })
            .sorted_by(|a| Some(a.firings.first()?.start.as_secs()))
            .width(90.0),
        )
        .column(
            TableColumn::number(
                "Used by then",
                |a: &BurnAlert| a.firings.first()?.budget_spent,
                units::percent_of,
            )
            .on_hover(|_| "Share of the budget that was gone when it fired first".to_owned())
            .width(84.0),
        )
        .show(ui);
    ui.add_space(space::S);
}

fn tiers_ui(
    ui: &mut Ui,
    id: impl std::hash::Hash + std::fmt::Debug,
    replay: &AlertReplay,
    state: &AppState,
) {
    if let Some(note) = &replay.note {
        note_ui(ui, note);
        ui.add_space(space::S);
        return;
    }
    let together: f64 = replay.tiers.iter().map(|t| t.per_day).sum();
    let watched = units::duration(Micros((replay.days * Micros::DAY.0 as f64) as i64));
    let by = if replay.step_secs > 0 {
        let step = units::duration(Micros::from_secs(replay.step_secs));
        format!(", in steps of {step}")
    } else {
        String::new()
    };
    note_ui(
        ui,
        &format!("{} all together over {watched}{by}", a_day(together)),
    );
    let (zone, unit) = (&state.zone, replay.unit.as_str());
    DataTable::new(id, &replay.tiers)
        .version(state.data_revision)
        .row_height(24.0)
        .column(
            TableColumn::text("Tier", |t: &TierReplay| t.tier.word().to_owned())
                .strong()
                .painted(|ui, t| {
                    fired_ui(ui, t.tier.word(), t.fired, t.tier >= AlertTier::Critical);
                })
                .width(98.0),
        )
        .column(
            TableColumn::text("Fires", |t: &TierReplay| t.rule.clone())
                .rest()
                .width(120.0)
                .on_hover(|t| {
                    if t.explicit {
                        format!("{}, as it is written", t.rule)
                    } else {
                        format!("{}, from the limit of the promise", t.rule)
                    }
                }),
        )
        .column(
            TableColumn::number("Times", |t: &TierReplay| Some(t.fired as f64), whole).width(52.0),
        )
        .column(TableColumn::number("A day", |t: &TierReplay| Some(t.per_day), noise).width(58.0))
        .column(
            TableColumn::text("Lasting", |t: &TierReplay| lasting(t.secs))
                .sorted_by(|t| Some(t.secs as f64))
                .right()
                .width(82.0),
        )
        .column(
            TableColumn::text("First", move |t: &TierReplay| {
                first(t.firings.first().map(|f| f.start), zone)
            })
            .sorted_by(|t| Some(t.firings.first()?.start.as_secs()))
            .width(90.0),
        )
        .column(
            TableColumn::number("Share", |t: &TierReplay| Some(t.share), units::percent_of)
                .on_hover(move |t| {
                    let worst = t.firings.iter().find_map(|f| f.worst);
                    worst.map_or_else(String::new, |w| {
                        format!(
                            "Share of the time; the first one reached {}",
                            units::with_unit(w, unit)
                        )
                    })
                })
                .width(62.0),
        )
        .show(ui);
    ui.add_space(space::S);
}

/// A name with an icon that says whether it fired: the word and the count say the same.
fn fired_ui(ui: &mut Ui, name: &str, fired: u64, grave: bool) {
    let tokens = Tokens::of(ui);
    let (icon, color) = match (fired, grave) {
        (0, _) => (icons::MET, tokens.good),
        (_, true) => (icons::BREACHED, tokens.bad),
        (_, false) => (icons::WARNING, tokens.caution),
    };
    ui.spacing_mut().item_spacing.x = space::XS;
    ui.label(theme::icon(icon).color(color));
    ui.label(theme::strong(name));
}

fn first(at: Option<Instant>, zone: &Zone) -> String {
    at.map_or_else(|| "–".to_owned(), |at| at.format(zone, "%-d %b %H:%M"))
}

fn noise(per_day: f64) -> String {
    units::grouped(per_day, if per_day == 0.0 { 0 } else { 2 })
}

fn whole(value: f64) -> String {
    units::grouped(value, 0)
}

fn lasting(secs: i64) -> String {
    if secs > 0 {
        units::duration(Micros::from_secs(secs))
    } else {
        "–".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::sla::BudgetProjection;

    fn at(secs: i64) -> Instant {
        Instant::from_secs(secs)
    }

    #[test]
    fn the_lines_of_an_open_budget_meet_at_now() {
        let mut budget = ErrorBudget {
            unit: "secs".to_owned(),
            total: 100.0,
            used: 30.0,
            as_of: Some(at(50)),
            burn_down: vec![
                BudgetPoint {
                    at: at(0),
                    used: 0.0,
                },
                BudgetPoint {
                    at: at(50),
                    used: 30.0,
                },
            ],
            ..ErrorBudget::default()
        };
        let period = TimeRange {
            start: at(0),
            end: at(100),
        };
        let drawn = lines(&budget, period).unwrap();
        assert_eq!(drawn.left.bounds(0.0, 100.0), Some((70.0, 100.0)));
        assert_eq!(drawn.even.bounds(0.0, 100.0), Some((0.0, 100.0)));
        assert!(drawn.ahead.is_empty() && drawn.band.is_empty());

        budget.projected = Some(BudgetProjection {
            low: 40.0,
            mid: 60.0,
            high: 120.0,
            total: 100.0,
            method: String::new(),
        });
        let drawn = lines(&budget, period).unwrap();
        assert_eq!(drawn.ahead.bounds(0.0, 100.0), Some((40.0, 70.0)));
        assert_eq!(drawn.band, [(50.0, 70.0, 70.0), (100.0, -20.0, 60.0)]);
        // Nothing is allowed: there is nothing to draw.
        budget.projected = None;
        budget.total = 0.0;
        assert!(lines(&budget, period).is_none());
    }
}
