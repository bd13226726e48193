//! Throughput, error rate and what else is judged by the hour: tallies, charts, and every hour on a sheet of data.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::figures::judged_cell;
use super::latency::{DAY_SECS, MOST, slice_secs, slice_value, slices_chart, tally, without_unit};
use super::summary::target_cell;
use crate::analysis::sla::{ObjectiveKind, ObjectiveResult, SlaReport, Slice, Verdict, wilson};
use crate::report::chart::ColumnRef;
use crate::report::findings::Findings;
use crate::report::model::{Cell, Column, Content, Sheet, Table};
use crate::units;

/// Columns of each promise in the table of hours: value, target, samples, verdict.
const EACH: usize = 4;

fn all(together: &SlaReport) -> impl Iterator<Item = &ObjectiveResult> {
    together.objectives.iter().filter(|o| {
        o.slices.is_some() && !o.slice_list.is_empty() && slice_secs(o) < DAY_SECS - 7_200
    })
}

/// The promises that get charts: all, or those with the most broken hours.
pub fn objectives(together: &SlaReport) -> Vec<&ObjectiveResult> {
    let mut found: Vec<&ObjectiveResult> = all(together).collect();
    if found.len() > MOST {
        found.sort_by_key(|o| Reverse(o.slices.map_or(0, |s| s.breached)));
        found.truncate(MOST);
    }
    found
}

/// The sheet about the hours: what became of them, and a chart for each promise.
pub fn sheet(findings: &Findings, together: &SlaReport) -> Sheet {
    let objectives = objectives(together);
    let mut grid = vec![32.0];
    grid.extend([13.0; 9]);
    if objectives.is_empty() {
        let mut sheet = Sheet::new(
            "Hourly",
            "No promise is judged by the hour in this period.",
            grid,
        );
        sheet.add(Content::Text(
            "Throughput and error rate are judged by the hour once such promises are set and measured.".to_owned(),
        ));
        return sheet;
    }
    let tallies: Vec<String> = objectives
        .iter()
        .map(|o| tally(o, "hour", "hours"))
        .collect();
    let mut sheet = Sheet::new("Hourly", tallies.join(". ") + ".", grid);
    let every: Vec<&ObjectiveResult> = all(together).collect();
    sheet.add_table(worst_hours(findings, &every));
    let pattern = if findings.daily.iter().any(|d| d.hour.is_some()) {
        "hh:mm"
    } else {
        "d mmm"
    };
    sheet.add_charts(
        objectives
            .iter()
            .zip(tallies)
            .enumerate()
            .map(|(i, (o, title))| {
                slices_chart(o, ColumnRef::new("hourly", 0), 1 + i * EACH, title, pattern)
            })
            .collect(),
    );
    sheet.add(Content::Remark(
        "Every hour stands on the sheet Hourly data, to be sorted and filtered; beside an error rate the 95 % range (Wilson) says how little few requests prove.".to_owned(),
    ));
    sheet
}

/// Failed requests and the 95 % range of their share in percent, where the counts of an hour are requests.
fn range_cells(objective: &ObjectiveResult, slice: Option<&Slice>) -> [Cell; 3] {
    let counted = slice.filter(|s| {
        let share = s.bad as f64 / s.n.max(1) as f64 * 100.0;
        s.n > 0
            && objective.unit == "%"
            && s.achieved
                .is_some_and(|achieved| (achieved - share).abs() < 1e-6)
    });
    let Some((slice, (low, high))) = counted.and_then(|s| Some((s, wilson(s.bad, s.n)?))) else {
        return [Cell::Empty, Cell::Empty, Cell::Empty];
    };
    [
        Cell::count(slice.bad),
        Cell::number(low * 100.0, 3),
        Cell::number(high * 100.0, 3),
    ]
}

/// The sheets with every hour: the promises with charts side by side; where there are more, all of them below each
/// other too.
pub fn data(together: &SlaReport) -> Vec<Sheet> {
    let objectives = objectives(together);
    let mut sheets: Vec<Sheet> = beside(&objectives).into_iter().collect();
    if all(together).count() > objectives.len() {
        sheets.push(below(together));
    }
    sheets
}

fn beside(objectives: &[&ObjectiveResult]) -> Option<Sheet> {
    let mut starts: Vec<_> = objectives
        .iter()
        .flat_map(|o| o.slice_list.iter().map(|s| s.range.start))
        .collect();
    starts.sort();
    starts.dedup();
    if starts.is_empty() {
        return None;
    }
    let with_range: Vec<bool> = objectives
        .iter()
        .map(|o| {
            o.kind == ObjectiveKind::ErrorRate
                && o.slice_list
                    .iter()
                    .any(|s| !matches!(range_cells(o, Some(s)), [Cell::Empty, ..]))
        })
        .collect();
    let mut columns = vec![Column::centre("Hour", 1)];
    let mut grid = vec![17.0];
    for objective in objectives {
        columns.push(Column::number(
            format!("{}, {}", objective.name, objective.unit),
            1,
        ));
        columns.push(Column::number(format!("{}: target", objective.name), 1));
        columns.push(Column::number(format!("{}: samples", objective.name), 1));
        columns.push(Column::centre(format!("{}: verdict", objective.name), 1));
        grid.extend([16.0, 14.0, 14.0, 15.0]);
    }
    for (objective, _) in objectives.iter().zip(&with_range).filter(|(_, w)| **w) {
        for what in ["failed", "95 % low, %", "95 % high, %"] {
            columns.push(Column::number(format!("{}: {what}", objective.name), 1));
            grid.push(14.0);
        }
    }
    let indexes: Vec<BTreeMap<_, &Slice>> = objectives
        .iter()
        .map(|o| o.slice_list.iter().map(|s| (s.range.start, s)).collect())
        .collect();
    let rows: Vec<Vec<Cell>> = starts
        .iter()
        .map(|start| {
            let mut row = vec![Cell::Time(*start)];
            for (objective, index) in objectives.iter().zip(&indexes) {
                let slice = index.get(start).copied();
                row.push(slice.map_or(Cell::Empty, |s| slice_value(objective, s)));
                row.push(without_unit(target_cell(objective)));
                row.push(slice.map_or(Cell::Empty, |s| Cell::count(s.n)));
                row.push(slice.map_or(Cell::Empty, |s| verdict_cell(objective, s)));
            }
            let ranged = objectives.iter().zip(&indexes).zip(&with_range);
            for ((objective, index), _) in ranged.filter(|(_, w)| **w) {
                row.extend(range_cells(objective, index.get(start).copied()));
            }
            row
        })
        .collect();
    let mut sheet = Sheet::behind(
        "Hourly data",
        "One row an hour, behind the charts of the sheet Hourly.",
        grid,
    );
    sheet.add_table(Table {
        id: "hourly".to_owned(),
        columns,
        rows,
        data: true,
        ..Table::default()
    });
    Some(sheet)
}

/// One row an hour and promise.
fn below(together: &SlaReport) -> Sheet {
    let mut rows = Vec::new();
    for objective in all(together) {
        for slice in &objective.slice_list {
            // Hundreds of thousands of rows: no larger than they are, and short where there is no range.
            let range = range_cells(objective, Some(slice));
            let ranged = !matches!(range, [Cell::Empty, ..]);
            let mut row = Vec::with_capacity(if ranged { 10 } else { 7 });
            row.extend([
                Cell::text(&objective.name),
                Cell::Time(slice.range.start),
                slice_value(objective, slice),
                Cell::text(&objective.unit),
                without_unit(target_cell(objective)),
                Cell::count(slice.n),
                verdict_cell(objective, slice),
            ]);
            if ranged {
                row.extend(range);
            }
            rows.push(row);
        }
    }
    let mut grid = vec![36.0, 17.0];
    grid.extend([13.0; 8]);
    let mut sheet = Sheet::behind(
        "All hours",
        "One row an hour and promise, for all promises that are judged by the hour.",
        grid,
    );
    sheet.add_table(Table {
        id: "all_hours".to_owned(),
        columns: vec![
            Column::text("Promise", 1),
            Column::centre("Hour", 1),
            Column::number("Value", 1),
            Column::text("Unit", 1),
            Column::number("Target", 1),
            Column::number("Samples", 1),
            Column::centre("Verdict", 1),
            Column::number("Failed", 1),
            Column::number("95 % low, %", 1),
            Column::number("95 % high, %", 1),
        ],
        rows,
        data: true,
        ..Table::default()
    });
    sheet
}

/// What became of an hour; one in which the load never asked for the target was measured, but proves nothing.
fn verdict_cell(objective: &ObjectiveResult, slice: &Slice) -> Cell {
    let measured = slice.verdict == Verdict::NoData && slice.achieved.is_some();
    if measured && objective.not_demanded.is_some() {
        Cell::text("not demanded")
    } else {
        Cell::Verdict(slice.verdict)
    }
}

/// Hours about which nothing is known; those that nobody asked anything of are counted by themselves.
fn without_data(objective: &ObjectiveResult) -> f64 {
    let silent = objective
        .slice_list
        .iter()
        .filter(|s| s.verdict == Verdict::NoData)
        .count();
    (silent as f64 - objective.not_demanded.unwrap_or(0.0)).max(0.0)
}

fn worst_hours(findings: &Findings, objectives: &[&ObjectiveResult]) -> Table {
    let rows = objectives
        .iter()
        .map(|o| {
            let worst = o
                .slice_list
                .iter()
                .filter(|s| s.achieved.is_some() && s.verdict != Verdict::NoData)
                .max_by(|a, b| {
                    let key = |s: &Slice| match o.direction {
                        units::Direction::AtMost => s.achieved.unwrap_or(f64::NEG_INFINITY),
                        units::Direction::AtLeast => -s.achieved.unwrap_or(f64::INFINITY),
                    };
                    key(a)
                        .total_cmp(&key(b))
                        .then(b.range.start.cmp(&a.range.start))
                });
            let of = |verdict: Verdict| {
                Cell::count(o.slice_list.iter().filter(|s| s.verdict == verdict).count() as u64)
            };
            vec![
                Cell::text(&o.name),
                of(Verdict::Met),
                of(Verdict::Breached),
                of(Verdict::NotProven),
                Cell::number(without_data(o), 0),
                Cell::of(o.not_demanded, |n| Cell::number(n, 0)),
                worst.map_or(Cell::Empty, |s| {
                    judged_cell(s.achieved, o.target, o.direction, s.verdict, &o.unit)
                }),
                Cell::text(worst.map_or_else(String::new, |s| {
                    s.range.start.format(&findings.zone, "%Y-%m-%d %H:%M")
                })),
            ]
        })
        .collect();
    Table {
        id: "worst_hours".to_owned(),
        title: "Hours counted".to_owned(),
        columns: vec![
            Column::text("Promise", 1),
            Column::number("Held", 1),
            Column::number("Broken", 1),
            Column::number("Not proven", 1),
            Column::number("Without data", 1),
            Column::number("Not demanded", 1),
            Column::number("Worst judged hour", 1),
            Column::centre("Began", 2),
        ],
        rows,
        ..Table::default()
    }
}
