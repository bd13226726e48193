//! Up to 13 months of every promise, and the months of a quarter side by side.

use super::figures::{achieved_cell, decimals_for, judged_cell};
use super::summary::target_cell;
use crate::analysis::sla::{ObjectiveResult, SlaReport, Verdict};
use crate::report::chart::{ChartKind, ChartSpec, ColumnRef, Role};
use crate::report::findings::Findings;
use crate::report::model::{Cell, Column, NumberFormat, Sheet, Table};

/// Names of the months that any promise has a history for, in order.
fn month_names(together: &SlaReport) -> Vec<String> {
    let mut names: Vec<String> = together
        .objectives
        .iter()
        .flat_map(|o| o.history.iter().map(|p| p.name.clone()))
        .collect();
    names.sort();
    names.dedup();
    names
}

/// `Jun 2026`: a name, where `2026-06` would be taken for a number or a date.
fn short_month(name: &str) -> String {
    let civil = format!("{name}-01");
    civil
        .parse::<jiff::civil::Date>()
        .map_or_else(|_| name.to_owned(), |d| d.strftime("%b %Y").to_string())
}

/// Column of an objective's value in the table of months: month, then value, verdict and target of each promise.
const fn value_column(index: usize) -> usize {
    1 + index * 3
}

fn value_of(objective: &ObjectiveResult, month: &str) -> Option<f64> {
    objective
        .history
        .iter()
        .find(|p| p.name == month)
        .and_then(|p| p.achieved)
}

/// The small line of one promise over its months; empty where there are fewer than two.
pub fn trend_cell(together: &SlaReport, index: usize) -> Cell {
    let Some(objective) = together.objectives.get(index) else {
        return Cell::Empty;
    };
    let values: Vec<Option<f64>> = month_names(together)
        .iter()
        .map(|month| value_of(objective, month))
        .collect();
    if values.iter().flatten().count() < 2 {
        return Cell::Empty;
    }
    Cell::Trend(ColumnRef::new("trend", value_column(index)), values)
}

/// The sheet with 13 months.
pub fn sheet(findings: &Findings, together: &SlaReport) -> Sheet {
    let months = month_names(together);
    let mut columns = vec![Column::centre("Month", 1)];
    let mut grid = vec![11.0];
    for objective in &together.objectives {
        columns.push(Column::number(
            format!("{}, {}", objective.name, objective.unit),
            1,
        ));
        columns.push(Column::centre(format!("{}: verdict", objective.name), 1));
        columns.push(Column::number(format!("{}: target", objective.name), 1));
        grid.extend([14.0, 14.0, 11.0]);
    }
    while grid.len() < 10 {
        grid.push(11.0);
    }
    let rows: Vec<Vec<Cell>> = months
        .iter()
        .map(|month| {
            let mut row = vec![Cell::text(short_month(month))];
            for objective in &together.objectives {
                let judged = objective.history.iter().find(|p| &p.name == month);
                let verdict = judged.map(|p| p.verdict);
                row.push(judged.map_or(Cell::Empty, |p| {
                    let slices = objective.slices.is_some();
                    let shown = if slices { Verdict::NoData } else { p.verdict };
                    match judged_cell(
                        p.achieved,
                        objective.target,
                        objective.direction,
                        shown,
                        &objective.unit,
                    ) {
                        Cell::Number(value, format) => Cell::Number(
                            value,
                            NumberFormat::plain(
                                format.decimals.max(decimals_for(value, &objective.unit)),
                            ),
                        ),
                        other => other,
                    }
                }));
                row.push(verdict.map_or(Cell::Empty, Cell::Verdict));
                row.push(match target_cell(objective) {
                    Cell::Number(value, format) => {
                        Cell::Number(value, NumberFormat::plain(format.decimals))
                    }
                    _ => Cell::Empty,
                });
            }
            row
        })
        .collect();
    let enough = months.len() >= 2;
    let lead = if enough {
        format!(
            "{} months of every promise, each judged by the same rules.",
            months.len()
        )
    } else {
        "There is not enough history for a trend: it needs at least two months.".to_owned()
    };
    let mut sheet = Sheet::new("Trend", lead, grid);
    sheet.add_table(Table {
        id: "trend".to_owned(),
        columns,
        rows,
        empty: if findings.slas.is_empty() {
            "No promises have been set.".to_owned()
        } else {
            "No month has been judged yet.".to_owned()
        },
        data: true,
        ..Table::default()
    });
    let charts: Vec<ChartSpec> = together
        .objectives
        .iter()
        .enumerate()
        .filter(|(i, _)| matches!(trend_cell(together, *i), Cell::Trend(..)))
        .map(|(i, objective)| chart(objective, i, &months))
        .collect();
    if charts.len() > 4 {
        sheet.add_charts_by(&charts, 3);
    } else {
        sheet.add_charts(charts);
    }
    sheet
}

fn chart(objective: &ObjectiveResult, index: usize, months: &[String]) -> ChartSpec {
    let broken = objective
        .history
        .iter()
        .filter(|p| p.verdict == Verdict::Breached)
        .count();
    let judged = objective
        .history
        .iter()
        .filter(|p| matches!(p.verdict, Verdict::Breached | Verdict::Met))
        .count();
    let values: Vec<f64> = months
        .iter()
        .filter_map(|m| value_of(objective, m))
        .chain(objective.target)
        .collect();
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (y_min, y_max) = axis(low, high, objective.unit == "%" && low > 50.0);
    ChartSpec {
        title: if broken == 0 {
            format!("{}: kept in all {judged} judged months", objective.name)
        } else {
            format!(
                "{}: broken in {broken} of {judged} judged months",
                objective.name
            )
        },
        alt: format!(
            "Line: {} month by month in {}. Dashed: the target.",
            objective.name, objective.unit
        ),
        kind: ChartKind::Line,
        x: ColumnRef::new("trend", 0),
        y_title: format!("{} ({})", objective.name, objective.unit),
        y_format: NumberFormat::plain(axis_decimals(y_max - y_min)),
        y_min: Some(y_min),
        y_max: Some(y_max),
        height_rows: 12,
        ..ChartSpec::default()
    }
    .series(&objective.name, value_column(index), Role::Subject)
    .series("Target", value_column(index) + 2, Role::Limit)
}

/// Decimals that tell the ticks of an axis of this length apart.
pub fn axis_decimals(length: f64) -> usize {
    if length >= 5.0 || length <= 0.0 {
        0
    } else {
        (1.0 - length.log10()).ceil().clamp(1.0, 4.0) as usize
    }
}

/// Ends of an axis: from zero, or close around values that lie near 100 %.
fn axis(low: f64, high: f64, near_hundred: bool) -> (f64, f64) {
    if !low.is_finite() || !high.is_finite() {
        return (0.0, 1.0);
    }
    if near_hundred {
        let below = (100.0 - low).max(0.01) * 1.2;
        let step = 10_f64.powf(below.log10().floor());
        return (100.0 - (below / step).ceil() * step, 100.0);
    }
    let top = (high * 1.15).max(1e-6);
    let step = 10_f64.powf(top.log10().floor()) / 2.0;
    (low.min(0.0), (top / step).ceil() * step)
}

/// The months of a quarter or year side by side.
pub fn months_sheet(findings: &Findings, together: &SlaReport) -> Sheet {
    let mut columns = vec![Column::text("Promise", 1), Column::number("Target", 1)];
    let mut grid = vec![30.0, 11.0];
    for month in &findings.months {
        columns.push(Column::number(month.title.clone(), 1));
        columns.push(Column::centre(format!("{}: verdict", month.title), 1));
        grid.extend([12.0, 13.0]);
    }
    columns.push(Column::number("Whole period", 1));
    columns.push(Column::centre("Verdict", 1));
    columns.push(Column::text("Remark", 1));
    grid.extend([12.0, 13.0, 36.0]);
    let rows: Vec<Vec<Cell>> = together
        .objectives
        .iter()
        .enumerate()
        .map(|(index, objective)| {
            let mut row = vec![Cell::text(&objective.name), target_cell(objective)];
            for month in &findings.months {
                let judged = month
                    .slas
                    .iter()
                    .flat_map(|s| &s.report.objectives)
                    .nth(index);
                row.push(judged.map_or(Cell::Empty, achieved_cell));
                row.push(judged.map_or(Cell::Empty, |o| Cell::Verdict(o.verdict)));
            }
            row.push(achieved_cell(objective));
            row.push(Cell::Verdict(objective.verdict));
            row.push(Cell::text(remark(objective)));
            row
        })
        .collect();
    let mut sheet = Sheet::new(
        "Months",
        "Each month is judged by itself; a promise by the month is broken by any month, and the figure of the whole period stands beside it as information.",
        grid,
    );
    sheet.add_table(Table {
        id: "months".to_owned(),
        columns,
        rows,
        empty: "No month of this period has begun yet, or no promises have been set.".to_owned(),
        ..Table::default()
    });
    sheet
}

fn remark(objective: &ObjectiveResult) -> String {
    let broken = objective
        .periods
        .iter()
        .filter(|p| p.verdict == Verdict::Breached)
        .count();
    let fine = super::figures::figure_used(objective).is_some_and(|used| used <= 1.0);
    if broken > 0 && fine {
        "a failed month inside a period whose own figure is within the target".to_owned()
    } else {
        objective.reason.clone().unwrap_or_default()
    }
}
