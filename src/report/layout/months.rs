//! The months of a quarter beside the quarter itself and the same quarter a year ago; the months of a year below each
//! other.

use super::figures::achieved_cell;
use super::summary::target_cell;
use crate::analysis::sla::{ObjectiveResult, SlaReport, Verdict};
use crate::calendar::Period;
use crate::report::findings::{Findings, JudgedMonth};
use crate::report::model::{Cell, Column, Sheet, Table};

/// More months than this stand below each other.
const BESIDE: usize = 3;

/// The sheet.
pub fn sheet(findings: &Findings, together: &SlaReport, period: Period) -> Sheet {
    let lead = "Each month is judged by itself; a promise by the month is broken by any month, and the figure of the whole period stands beside it as information.";
    if findings.months.len() > BESIDE {
        return below(findings, together, lead);
    }
    let mut columns = vec![Column::text("Promise", 1), Column::number("Target", 1)];
    let mut grid = vec![30.0, 11.0];
    for month in &findings.months {
        columns.push(Column::number(month.title.clone(), 1));
        columns.push(Column::centre(format!("{}: verdict", month.title), 1));
        grid.extend([12.0, 13.0]);
    }
    columns.push(Column::number("Whole period", 1));
    columns.push(Column::centre("Verdict", 1));
    grid.extend([12.0, 13.0]);
    let before = a_year_before(findings, period);
    if let Some(before) = before {
        columns.push(Column::number(before.title.clone(), 1));
        columns.push(Column::centre(format!("{}: verdict", before.title), 1));
        grid.extend([12.0, 13.0]);
    }
    columns.push(Column::text("Remark", 1));
    grid.push(36.0);
    let rows: Vec<Vec<Cell>> = together
        .objectives
        .iter()
        .enumerate()
        .map(|(index, objective)| {
            let mut row = vec![Cell::text(&objective.name), target_cell(objective)];
            for month in &findings.months {
                row.extend(pair(nth(month, index)));
            }
            row.extend(pair(Some(objective)));
            if let Some(before) = before {
                row.extend(pair(nth(before, index)));
            }
            row.push(Cell::text(remark(objective)));
            row
        })
        .collect();
    let mut sheet = Sheet::new("Months", lead, grid);
    sheet.add_table(Table {
        id: "months".to_owned(),
        columns,
        rows,
        empty: "No month of this period has begun yet, or no promises have been set.".to_owned(),
        ..Table::default()
    });
    sheet
}

/// The same period a year earlier, where there are data of it.
fn a_year_before(findings: &Findings, period: Period) -> Option<&JudgedMonth> {
    let by = match period {
        Period::Quarter { .. } => -4,
        Period::Year(_) => -1,
        _ => return None,
    };
    let name = period.step(by).to_string();
    findings.earlier.iter().find(|p| p.name == name)
}

/// The promise of this number in a judged month or quarter.
fn nth(month: &JudgedMonth, index: usize) -> Option<&ObjectiveResult> {
    month
        .slas
        .iter()
        .flat_map(|s| &s.report.objectives)
        .nth(index)
}

/// Figure and verdict.
fn pair(objective: Option<&ObjectiveResult>) -> [Cell; 2] {
    objective.map_or([Cell::Empty, Cell::Empty], |o| {
        [achieved_cell(o), Cell::Verdict(o.verdict)]
    })
}

/// The months of a year: one row a promise and month.
fn below(findings: &Findings, together: &SlaReport, lead: &str) -> Sheet {
    let mut rows = Vec::new();
    for (index, objective) in together.objectives.iter().enumerate() {
        for month in &findings.months {
            rows.push(line(objective, &month.title, nth(month, index), ""));
        }
        rows.push(line(
            objective,
            "whole period",
            Some(objective),
            &remark(objective),
        ));
    }
    let mut sheet = Sheet::new("Months", lead, vec![34.0, 18.0, 12.0, 14.0, 14.0, 60.0]);
    sheet.add_table(Table {
        id: "months".to_owned(),
        columns: vec![
            Column::text("Promise", 1),
            Column::text("Month", 1),
            Column::number("Target", 1),
            Column::number("Achieved", 1),
            Column::centre("Verdict", 1),
            Column::text("Remark", 1),
        ],
        rows,
        empty: "No month of this period has begun yet, or no promises have been set.".to_owned(),
        data: true,
        ..Table::default()
    });
    sheet
}

fn line(
    objective: &ObjectiveResult,
    when: &str,
    judged: Option<&ObjectiveResult>,
    remark: &str,
) -> Vec<Cell> {
    let [achieved, verdict] = pair(judged);
    vec![
        Cell::text(&objective.name),
        Cell::text(when),
        target_cell(objective),
        achieved,
        verdict,
        Cell::text(remark),
    ]
}

/// Quarters (or years) up to this one, for the sheet Trend: one row a promise and quarter; `None` where this is the
/// first one.
pub fn earlier(findings: &Findings, together: &SlaReport) -> Option<Table> {
    if findings.earlier.is_empty() {
        return None;
    }
    let this =
        Period::parse(&findings.period).map_or_else(|_| findings.period.clone(), Period::title);
    let mut rows = Vec::new();
    for (index, objective) in together.objectives.iter().enumerate() {
        for quarter in &findings.earlier {
            rows.push(line(objective, &quarter.title, nth(quarter, index), ""));
        }
        rows.push(line(objective, &this, Some(objective), "this report"));
    }
    Some(Table {
        id: "earlier".to_owned(),
        title: "The periods before".to_owned(),
        columns: vec![
            Column::text("Promise", 2),
            Column::text("Period", 1),
            Column::number("Target", 1),
            Column::number("Achieved", 1),
            Column::centre("Verdict", 1),
            Column::text("Remark", 2),
        ],
        rows,
        ..Table::default()
    })
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
