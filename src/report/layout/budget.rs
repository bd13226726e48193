//! Error budgets in minutes, and how each burned down day by day beside the line of even use.

use jiff::civil::Date;

use super::figures::ordered;
use super::latency::days_between_labels;
use crate::analysis::sla::{Breach, ErrorBudget, ObjectiveResult, SlaReport, Verdict};
use crate::calendar::TimeRange;
use crate::report::chart::{ChartKind, ChartSpec, ColumnRef, Role};
use crate::report::findings::Findings;
use crate::report::model::{Cell, Column, Content, NumberFormat, Sheet, Table};

/// Budgets that get a line.
const MOST: usize = 4;

/// The sheet, and that with the days behind its chart; `None` where no promise has a budget.
pub fn sheets(findings: &Findings, together: &SlaReport) -> (Option<Sheet>, Option<Sheet>) {
    let mut data = None;
    let with_budget: Vec<(&ObjectiveResult, &ErrorBudget)> = ordered(together)
        .into_iter()
        .filter_map(|o| Some((o, o.budget.as_ref()?)))
        .filter(|(_, b)| b.total > 0.0 && b.total.is_finite() && b.used.is_finite())
        .collect();
    if with_budget.is_empty() {
        return (None, None);
    }
    let overdrawn = with_budget.iter().filter(|(_, b)| b.used > b.total).count();
    let mut grid = vec![34.0];
    grid.extend([13.0; 10]);
    let mut sheet = Sheet::new(
        "Error budget",
        if overdrawn == 0 {
            "No error budget is overdrawn.".to_owned()
        } else {
            format!(
                "{overdrawn} of {} error budgets are overdrawn.",
                with_budget.len()
            )
        },
        grid,
    );
    sheet.add_table(minutes(findings, &with_budget));
    let days: Vec<(Date, TimeRange)> = findings
        .zone
        .days(TimeRange {
            start: findings.start,
            end: findings.end,
        })
        .into_iter()
        .filter(|(_, day)| day.start < findings.as_of)
        .collect();
    let lines: Vec<(&ObjectiveResult, Vec<f64>)> = with_budget
        .iter()
        .filter_map(|(o, b)| Some((*o, left_by_day(o, b, &together.breaches, &days)?)))
        .take(MOST)
        .collect();
    if days.len() > 1 && !lines.is_empty() {
        sheet.add_charts(vec![chart(&lines, days.len())]);
        data = Some(data_sheet(burn_down(findings, &lines, &days)));
        sheet.add(Content::Remark(
            "Left: share of the budget that was left at the end of each day. Even use is the line of a budget that lasts exactly to the end of the period; below it the budget burns too fast, and below zero it is overdrawn.".to_owned(),
        ));
    }
    (Some(sheet), data)
}

fn data_sheet(table: Table) -> Sheet {
    let mut sheet = Sheet::behind(
        "Error budget data",
        "The days behind the chart of the sheet Error budget.",
        vec![13.0; table.columns.len().max(8)],
    );
    sheet.add_table(table);
    sheet
}

fn minutes(findings: &Findings, with_budget: &[(&ObjectiveResult, &ErrorBudget)]) -> Table {
    let length = (findings.end.0 - findings.start.0) as f64 / 1e6;
    let elapsed = (findings.as_of.min(findings.end).0 - findings.start.0) as f64 / 1e6;
    let rows = with_budget
        .iter()
        .filter(|(_, b)| b.unit == "secs" && elapsed > 0.0)
        .map(|(o, b)| {
            let formula = |text: &str, value: f64| {
                Cell::Formula(text.to_owned(), Box::new(Cell::number(value, 2)))
            };
            let secs = |value: f64| Cell::number(value, if value.fract() == 0.0 { 0 } else { 3 });
            let window = length - o.excluded.unwrap_or(0.0);
            vec![
                Cell::text(&o.name),
                secs(window),
                secs(b.total),
                secs(b.used),
                formula("{1}/60", window / 60.0),
                formula("{2}/60", b.total / 60.0),
                formula("{3}/60", b.used / 60.0),
                formula("({2}-{3})/60", (b.total - b.used) / 60.0),
                Cell::share(elapsed / length, 1),
                formula("{3}/{8}/60", b.used / (elapsed / length) / 60.0),
            ]
        })
        .collect();
    Table {
        id: "minutes".to_owned(),
        title: "Downtime and what was allowed".to_owned(),
        columns: vec![
            Column::text("Promise", 1),
            Column::number("Window, s", 1),
            Column::number("Allowed, s", 1),
            Column::number("Used, s", 1),
            Column::number("Window, min", 1),
            Column::number("Allowed, min", 1),
            Column::number("Used, min", 1),
            Column::number("Left, min", 1),
            Column::number("Period elapsed", 1),
            Column::number("At this rate by the end, min", 1),
        ],
        rows,
        empty: "No promise has a budget of time.".to_owned(),
        ..Table::default()
    }
}

/// What was left of a budget at the end of each day, as a share; `None` where the days do not add up to what was used.
fn left_by_day(
    objective: &ObjectiveResult,
    budget: &ErrorBudget,
    breaches: &[Breach],
    days: &[(Date, TimeRange)],
) -> Option<Vec<f64>> {
    let on_day = |day: &TimeRange| -> f64 {
        match budget.unit.as_str() {
            "secs" => breaches
                .iter()
                .filter(|b| b.objective == objective.name)
                .filter_map(|b| {
                    day.intersect(TimeRange {
                        start: b.start,
                        end: b.end,
                    })
                })
                .map(|part| part.length().as_secs())
                .sum(),
            unit => objective
                .slice_list
                .iter()
                .filter(|s| day.contains(s.range.start))
                .map(|s| match unit {
                    "slices" => f64::from(u8::from(s.verdict == Verdict::Breached)),
                    _ => s.bad as f64,
                })
                .sum(),
        }
    };
    let mut used = 0.0;
    let left: Vec<f64> = days
        .iter()
        .map(|(_, day)| {
            used += on_day(day);
            1.0 - used / budget.total
        })
        .collect();
    ((used - budget.used).abs() <= 1.0 && used > 0.0).then_some(left)
}

fn chart(lines: &[(&ObjectiveResult, Vec<f64>)], days: usize) -> ChartSpec {
    let all = || lines.iter().flat_map(|(_, left)| left.iter().copied());
    let lowest = all().fold(0.0_f64, f64::min);
    let over = lines
        .iter()
        .filter(|(_, left)| left.last().is_some_and(|l| *l < 0.0))
        .count();
    let mut spec = ChartSpec {
        title: match over {
            0 => "What was left of each error budget, day by day".to_owned(),
            n => format!("{n} of {} budgets ended below zero", lines.len()),
        },
        alt: "Lines: share of each error budget that was left at the end of each day. Dashed: even use over the period.".to_owned(),
        kind: ChartKind::Line,
        x: ColumnRef::new("burn_down", 0),
        y_title: "Left of the error budget".to_owned(),
        y_format: NumberFormat {
            decimals: 0,
            percent: true,
            ..NumberFormat::default()
        },
        y_min: Some((lowest * 5.0).floor() / 5.0),
        y_max: Some(1.0),
        date_format: "d mmm".to_owned(),
        x_steps_secs: 86_400.0,
        label_every: days_between_labels(days),
        height_rows: 15,
        ..ChartSpec::default()
    };
    for (index, (objective, _)) in lines.iter().enumerate() {
        let role = match index {
            0 => Role::Subject,
            more => Role::Other(more - 1),
        };
        spec = spec.series(&objective.name, index + 2, role);
    }
    spec.series("Even use", 1, Role::Limit)
}

fn burn_down(
    findings: &Findings,
    lines: &[(&ObjectiveResult, Vec<f64>)],
    days: &[(Date, TimeRange)],
) -> Table {
    let length = (findings.end.0 - findings.start.0) as f64;
    let rows = days
        .iter()
        .enumerate()
        .map(|(index, (date, day))| {
            let even = 1.0 - (day.end.0 - findings.start.0) as f64 / length;
            let mut row = vec![Cell::Day(*date), Cell::share(even, 1)];
            row.extend(lines.iter().map(|(_, left)| {
                // Rounded down: an overdrawn budget never reads as used up exactly.
                Cell::of(left.get(index), |l| {
                    Cell::share((l * 1_000.0 + 1e-9).floor() / 1_000.0, 1)
                })
            }));
            row
        })
        .collect();
    let mut columns = vec![Column::centre("Day", 1), Column::number("Even use", 1)];
    columns.extend(
        lines
            .iter()
            .map(|(o, _)| Column::number(format!("{}: left", o.name), 1)),
    );
    Table {
        id: "burn_down".to_owned(),
        columns,
        rows,
        data: true,
        ..Table::default()
    }
}
