//! The two charts of the summary: how much of its limit and of its budget each promise used.

use super::figures::{ON_A_PAGE, budget_used, ordered, whole_percent, worst_used};
use crate::analysis::sla::{ObjectiveResult, SlaReport};
use crate::report::chart::{ChartKind, ChartSpec, ColumnRef, Role};
use crate::report::model::NumberFormat;

/// Longer bars are cut here, and say so by their label.
pub const MOST_SHOWN: f64 = 3.0;

/// The charts; none where nothing was measured.
pub fn charts(together: &SlaReport) -> Vec<ChartSpec> {
    let mut judged = ordered(together);
    judged.truncate(ON_A_PAGE);
    let rows = (together.objectives.len() > ON_A_PAGE).then_some((0, ON_A_PAGE));
    if judged.is_empty() {
        return Vec::new();
    }
    let chart = |title: String,
                 alt: &str,
                 column: usize,
                 y_title: &str,
                 value: &dyn Fn(&ObjectiveResult) -> Option<f64>| {
        let top = judged
            .iter()
            .filter_map(|o| value(o))
            .fold(1.0_f64, f64::max);
        let mut spec = ChartSpec {
            title,
            alt: alt.to_owned(),
            kind: ChartKind::Column,
            x: ColumnRef {
                rows,
                ..ColumnRef::new("limits_used", 0)
            },
            y_title: y_title.to_owned(),
            y_format: NumberFormat {
                decimals: 0,
                percent: true,
                ..NumberFormat::default()
            },
            y_min: Some(0.0),
            y_max: Some(if top > MOST_SHOWN {
                MOST_SHOWN + 0.5
            } else {
                (top * 5.0).ceil() / 5.0 + 0.2
            }),
            labels: true,
            height_rows: 13,
            ..ChartSpec::default()
        }
        .series("Used", column, Role::Subject)
        .series("100 %: all that is allowed", 3, Role::Limit);
        if let Some(series) = spec.series.first_mut() {
            series.verdicts = judged.iter().map(|o| o.verdict).collect();
            series.labels = judged
                .iter()
                .map(|o| {
                    value(o).map_or_else(String::new, |v| {
                        format!("{} %", crate::units::grouped(whole_percent(v) * 100.0, 0))
                    })
                })
                .collect();
        }
        spec
    };
    let used = |o: &ObjectiveResult| worst_used(o);
    let over = judged
        .iter()
        .filter(|o| used(o).is_some_and(|u| u > 1.0))
        .count();
    let measured = judged.iter().filter(|o| used(o).is_some()).count();
    let mut charts = Vec::new();
    if measured > 0 {
        charts.push(chart(
            if over == 0 {
                "Even at its worst, every promise stayed within its limit".to_owned()
            } else {
                format!("{over} of {measured} promises went beyond their limit at least once")
            },
            "Bars: how much of what its target allows each promise used at its worst (worst day, hour or month). The line at 100 % is the target.",
            5,
            "Worst value against the limit",
            &used,
        ));
    }
    let budget = |o: &ObjectiveResult| budget_used(o);
    let with_budget: Vec<&&ObjectiveResult> =
        judged.iter().filter(|o| budget(o).is_some()).collect();
    if !with_budget.is_empty() {
        let overdrawn = with_budget
            .iter()
            .filter(|o| budget(o).is_some_and(|u| u > 1.0))
            .count();
        charts.push(chart(
            if overdrawn == 0 {
                "No error budget is overdrawn".to_owned()
            } else {
                format!(
                    "{} of {} error budgets are overdrawn",
                    overdrawn,
                    with_budget.len()
                )
            },
            "Bars: used part of the error budget of each promise. The line at 100 % is the whole budget.",
            6,
            "Used part of the error budget",
            &budget,
        ));
    }
    charts
}
