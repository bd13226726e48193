//! Up to 13 months of every promise, and the quarters or years before.

use super::figures::{decimals_for, judged_cell};
use super::summary::target_cell;
use crate::analysis::sla::{ObjectiveResult, SlaReport, SubPeriod, Verdict};
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
    let column = if together.objectives.len() > BESIDE {
        ColumnRef::new("trend", 2)
    } else {
        ColumnRef::new("trend", value_column(index))
    };
    Cell::Trend(column, values)
}

/// More promises than this stand below each other.
const BESIDE: usize = 8;
/// Charts where they do, those with the most broken months first.
const CHARTS: usize = 6;

/// The sheet with 13 months.
pub fn sheet(findings: &Findings, together: &SlaReport) -> Sheet {
    let mut sheet = if together.objectives.len() > BESIDE {
        below(together)
    } else {
        beside(findings, together)
    };
    if let Some(table) = super::months::earlier(findings, together) {
        sheet.add_table(table);
    }
    sheet
}

/// Months of many promises: one row a promise and month, and charts of those that were broken most often.
fn below(together: &SlaReport) -> Sheet {
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    let mut places = Vec::new();
    for objective in &together.objectives {
        places.push((rows.len(), objective.history.len()));
        for month in &objective.history {
            let mut row = vec![
                Cell::text(&objective.name),
                Cell::text(short_month(&month.name)),
            ];
            row.extend(month_cells(objective, Some(month)));
            rows.push(row);
        }
    }
    let mut sheet = Sheet::new(
        "Trend",
        "Up to 13 months of every promise, each judged by the same rules; charts of those broken most often.",
        vec![34.0, 12.0, 14.0, 14.0, 12.0, 2.0, 20.0, 20.0, 20.0, 20.0],
    );
    let broken = |o: &ObjectiveResult| {
        o.history
            .iter()
            .filter(|p| p.verdict == Verdict::Breached)
            .count()
    };
    let mut worst: Vec<(&ObjectiveResult, (usize, usize))> = together
        .objectives
        .iter()
        .zip(places)
        .filter(|(_, (_, months))| *months > 1)
        .collect();
    worst.sort_by_key(|(o, _)| std::cmp::Reverse(broken(o)));
    let charts: Vec<ChartSpec> = worst
        .into_iter()
        .take(CHARTS)
        .map(|(objective, rows)| {
            let months: Vec<String> = objective.history.iter().map(|p| p.name.clone()).collect();
            let mut spec = chart(objective, 0, &months);
            spec.series.clear();
            spec.x = ColumnRef {
                table: "trend".to_owned(),
                column: 1,
                rows: Some(rows),
            };
            spec.series(&objective.name, 2, Role::Subject)
                .series("Target", 4, Role::Limit)
        })
        .collect();
    sheet.add_charts_by(&charts, 3);
    sheet.add_table(Table {
        id: "trend".to_owned(),
        columns: vec![
            Column::text("Promise", 1),
            Column::centre("Month", 1),
            Column::number("Achieved", 1),
            Column::centre("Verdict", 1),
            Column::number("Target", 1),
        ],
        rows,
        empty: "No month has been judged yet.".to_owned(),
        data: true,
        ..Table::default()
    });
    sheet
}

/// Value, verdict and target of a month.
fn month_cells(objective: &ObjectiveResult, judged: Option<&SubPeriod>) -> [Cell; 3] {
    let value = judged.map_or(Cell::Empty, |p| {
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
                NumberFormat::plain(format.decimals.max(decimals_for(value, &objective.unit))),
            ),
            other => other,
        }
    });
    let target = match target_cell(objective) {
        Cell::Number(value, format) => Cell::Number(value, NumberFormat::plain(format.decimals)),
        _ => Cell::Empty,
    };
    [
        value,
        judged.map_or(Cell::Empty, |p| Cell::Verdict(p.verdict)),
        target,
    ]
}

fn beside(findings: &Findings, together: &SlaReport) -> Sheet {
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
        grid.extend([14.0, 15.0, 13.0]);
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
                row.extend(month_cells(objective, judged));
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
