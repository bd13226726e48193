//! Promises with a baseline: baseline, current figure, target, change and status, and the grade with its formula.

use super::figures::{decimals_for, judged_cell};
use crate::analysis::sla::{ObjectiveResult, ScoreStatus, Scorecard, ScorecardRow, Verdict};
use crate::report::model::{Cell, Column, Content, NumberFormat, Sheet, Table};
use crate::units::Direction;

/// Adds the table and its grade to a sheet, where promises have a baseline.
pub fn add(sheet: &mut Sheet, scorecard: Option<&Scorecard>) {
    let Some(scorecard) = scorecard else {
        return;
    };
    sheet.add_table(table(scorecard));
    sheet.add(Content::Text(scorecard.sentence.clone()));
    sheet.add(Content::Remark(Scorecard::FORMULA.to_owned()));
}

const fn symbol(status: ScoreStatus) -> &'static str {
    match status {
        ScoreStatus::Achieved => "✔",
        ScoreStatus::Progress => "↗",
        ScoreStatus::Missed => "✘",
        ScoreStatus::NotProven => "?",
        ScoreStatus::NoData => "–",
    }
}

/// A figure rounded to the worse side of the target.
fn figure(row: &ScorecardRow) -> Cell {
    let lower = row
        .target
        .zip(row.baseline)
        .is_none_or(|(target, baseline)| target <= baseline);
    let (direction, held) = if lower {
        (Direction::AtMost, row.current <= row.target)
    } else {
        (Direction::AtLeast, row.current >= row.target)
    };
    let verdict = if held {
        Verdict::Met
    } else {
        Verdict::Breached
    };
    judged_cell(row.current, row.target, direction, verdict, &row.unit)
}

fn plain(value: Option<f64>, unit: &str) -> Cell {
    Cell::of(value.filter(|v| v.is_finite()), |v| {
        Cell::Number(v, NumberFormat::with_unit(decimals_for(v, unit), unit))
    })
}

fn change(baseline: &Cell, current: &Cell) -> Cell {
    match (baseline.as_number(), current.as_number()) {
        (Some(from), Some(to)) if from != 0.0 => Cell::Formula(
            "({2}-{1})/ABS({1})".to_owned(),
            Box::new(Cell::share((to - from) / from.abs(), 1)),
        ),
        _ => Cell::Empty,
    }
}

fn table(scorecard: &Scorecard) -> Table {
    let rows = scorecard
        .rows
        .iter()
        .map(|row| {
            let (baseline, current) = (plain(row.baseline, &row.unit), figure(row));
            let change = change(&baseline, &current);
            let name = if row.policy {
                format!("{} (policy)", row.metric)
            } else {
                row.metric.clone()
            };
            vec![
                Cell::text(name),
                baseline,
                current,
                plain(row.target, &row.unit),
                change,
                Cell::of(row.reached.filter(|_| !row.policy), |share| {
                    Cell::share((share * 1e3 + 1e-7).floor() / 1e3, 1)
                }),
                Cell::text(format!("{} {}", symbol(row.status), row.status.word())),
                Cell::text(&row.target_text),
                Cell::text(&row.baseline_name),
            ]
        })
        .collect();
    Table {
        id: "scorecard".to_owned(),
        title: "Against the baseline".to_owned(),
        columns: vec![
            Column::text("Promise", 1),
            Column::number("Baseline", 1),
            Column::number("Current", 1),
            Column::number("Target", 1),
            Column::number("Change", 1),
            Column::number("Way covered", 1),
            Column::centre("Status", 1),
            Column::text("Target as written", 2),
            Column::text("Compared with", 3),
        ],
        rows,
        ..Table::default()
    }
}

/// The services of promises that cover several, each with its own figure; nothing where there are none.
pub fn services(objectives: &[ObjectiveResult]) -> Option<Table> {
    let rows: Vec<Vec<Cell>> = objectives
        .iter()
        .flat_map(|o| o.parts.iter().map(move |part| (o, part)))
        .map(|(o, part)| {
            vec![
                Cell::text(&o.name),
                Cell::text(&part.service),
                judged_cell(part.achieved, o.target, o.direction, part.verdict, &o.unit),
                Cell::of(part.good, |v| Cell::number(v, 0)),
                Cell::of(part.bad, |v| Cell::number(v, 0)),
                Cell::of(part.requests, Cell::count),
                Cell::Verdict(part.verdict),
            ]
        })
        .collect();
    (!rows.is_empty()).then(|| Table {
        id: "services".to_owned(),
        title: "Service by service".to_owned(),
        columns: vec![
            Column::text("Promise", 1),
            Column::text("Service", 1),
            Column::number("Achieved", 1),
            Column::number("Good", 1),
            Column::number("Bad", 1),
            Column::number("Weight, requests", 1),
            Column::centre("Verdict", 1),
        ],
        rows,
        ..Table::default()
    })
}
