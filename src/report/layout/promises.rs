//! Every promise in full: rule, counts, a check that the workbook itself recomputes, budget, bounds.

use super::alerts;
use super::check::{Check, Months};
use super::figures::{
    achieved_cell, budget_left, budget_used, judged_cell, level, ordered, whole_percent, worst_used,
};
use super::summary::target_cell;
use super::used_charts::MOST_SHOWN;
use crate::analysis::sla::{ObjectiveResult, SlaReport, Verdict};
use crate::calendar::Zone;
use crate::report::findings::Findings;
use crate::report::model::{Cell, Column, Content, Sheet, Table};

/// A count of seconds, requests or slices: whole where it is whole.
fn units_cell(value: f64) -> Cell {
    let decimals = if value.fract() == 0.0 || value.abs() >= 1e6 {
        0
    } else {
        3
    };
    Cell::number(value, decimals)
}

/// The sheet with every promise.
pub fn sheet(findings: &Findings, together: &SlaReport) -> Sheet {
    let mut grid = vec![30.0, 17.0];
    grid.extend([12.5; 10]);
    grid.push(20.0);
    let lead = if together.objectives.is_empty() {
        "No promises have been set."
    } else {
        "What was promised, what was counted, and what follows from it. The column Check is a formula over the counts beside it: change a count and it answers."
    };
    let mut sheet = Sheet::new("Promises", lead, grid);
    if together.objectives.is_empty() {
        sheet.add(Content::Text(
            "Add a file of promises (SLA) to the project to have them judged here.".to_owned(),
        ));
        return sheet;
    }
    sheet.add_table(rules(together));
    let whole = labelled(&together.objectives);
    let months = Months::of(findings);
    sheet.add_table(counts(
        "counts",
        "What was counted",
        &whole,
        &months,
        findings.open,
    ));
    let differ = differing(&whole, &months, findings.open);
    if !differ.is_empty() {
        sheet.add(Content::Remark(format!(
            "Check and verdict differ for {}: the counts alone do not decide it; the reason stands above.",
            differ.join(", ")
        )));
    }
    for (month, id) in findings.months.iter().zip(&months.tables) {
        let objectives: Vec<ObjectiveResult> = month
            .slas
            .iter()
            .flat_map(|s| s.report.objectives.iter().cloned())
            .collect();
        let open = month.slas.iter().any(|s| s.report.period.open);
        sheet.add_table(counts(
            id,
            &format!("What was counted in {}", month.title),
            &labelled(&objectives),
            &Months::default(),
            open,
        ));
    }
    sheet.add_table(budgets(together, &findings.zone));
    sheet.add_table(limits_used(together));
    alerts::add(&mut sheet, findings, together);
    if let Some(services) = super::scorecard::services(&together.objectives) {
        sheet.add_table(services);
    }
    super::scorecard::add(&mut sheet, findings.scorecard.as_ref());
    if !together.conflicts.is_empty() {
        sheet.add(Content::Heading(
            "Rules that contradict each other".to_owned(),
        ));
        for conflict in &together.conflicts {
            sheet.add(Content::Text(format!(
                "{}: {}",
                conflict.between.join(" and "),
                conflict.what
            )));
        }
    }
    sheet
}

fn labelled(objectives: &[ObjectiveResult]) -> Vec<(String, &ObjectiveResult)> {
    objectives.iter().map(|o| (o.name.clone(), o)).collect()
}

/// Names of the promises whose check gives another word than their verdict.
fn differing(
    objectives: &[(String, &ObjectiveResult)],
    months: &Months,
    open: bool,
) -> Vec<String> {
    objectives
        .iter()
        .enumerate()
        .filter(|(index, (_, o))| {
            Check::of(o, open)
                .is_some_and(|check| check.word(o, months, *index) != o.verdict.word())
        })
        .map(|(_, (name, _))| name.clone())
        .collect()
}

fn rules(together: &SlaReport) -> Table {
    let rows = together
        .objectives
        .iter()
        .map(|o| {
            let mut remarks = o
                .assumed
                .iter()
                .map(|a| format!("Assumed: {}.", a.trim_end_matches('.')))
                .collect::<Vec<_>>();
            if let Some(reason) = &o.reason {
                remarks.push(reason.clone());
            }
            vec![
                Cell::text(&o.name),
                Cell::text(&o.target_text),
                Cell::text(&o.scope),
                Cell::text(&o.rule),
                Cell::text(&o.source),
                Cell::text(remarks.join(" ")),
            ]
        })
        .collect();
    Table {
        id: "rules".to_owned(),
        title: "What was promised".to_owned(),
        columns: vec![
            Column::text("Promise", 1),
            Column::text("Target as written", 1),
            Column::text("Covers", 1),
            Column::text("Rule", 3),
            Column::text("Measured from", 2),
            Column::text("Assumptions and reasons", 5),
        ],
        rows,
        ..Table::default()
    }
}

fn counts(
    id: &str,
    title: &str,
    objectives: &[(String, &ObjectiveResult)],
    months: &Months,
    open: bool,
) -> Table {
    let rows = objectives
        .iter()
        .enumerate()
        .map(|(index, (name, o))| {
            let check = Check::of(o, open);
            let of = |value: Option<f64>| Cell::of(value, units_cell);
            vec![
                Cell::text(name),
                Cell::text(check.as_ref().map_or("", |c| c.unit)),
                of(check.as_ref().map(|c| c.window)),
                of(check.as_ref().map(|c| c.good)),
                of(check.as_ref().map(|c| c.bad)),
                of(check.as_ref().map(|c| c.unknown)),
                of(check.as_ref().map(|c| c.excluded)),
                of(check.as_ref().and_then(|c| c.target_ppm)),
                of(check.as_ref().and_then(|c| c.allowed)),
                of(check.as_ref().and_then(|c| c.required)),
                check
                    .as_ref()
                    .map_or(Cell::Empty, |check| check.cell(o, months, index)),
                Cell::Verdict(o.verdict),
                Cell::of(o.verdict_without_exclusions, Cell::Verdict),
            ]
        })
        .collect();
    Table {
        id: id.to_owned(),
        title: title.to_owned(),
        columns: vec![
            Column::text("Promise", 1),
            Column::centre("Unit", 1),
            Column::number("Window", 1),
            Column::number("Good", 1),
            Column::number("Bad", 1),
            Column::number("Unknown", 1),
            Column::number("Excluded", 1),
            Column::number("Target, good per million", 1),
            Column::number("Allowed bad", 1),
            Column::number("Required good", 1),
            Column::centre("Check", 1),
            Column::centre("Verdict", 1),
            Column::centre("Without exclusions", 1),
        ],
        rows,
        data: true,
        ..Table::default()
    }
}

fn budgets(together: &SlaReport, zone: &Zone) -> Table {
    let rows = together
        .objectives
        .iter()
        .map(|o| {
            let budget = o.budget.as_ref();
            let bound = |value: Option<f64>| {
                judged_cell(value, None, o.direction, Verdict::NoData, &o.unit)
            };
            vec![
                Cell::text(&o.name),
                target_cell(o),
                achieved_cell(o),
                bound(o.best),
                bound(o.worst),
                Cell::of(o.coverage, |c| {
                    Cell::share((c * 10_000.0 + 1e-6).floor() / 10_000.0, 2)
                }),
                Cell::text(budget.map_or("", |b| match b.unit.as_str() {
                    "secs" => "seconds",
                    unit => unit,
                })),
                Cell::of(budget.map(|b| b.total), units_cell),
                Cell::of(budget.map(|b| b.used), units_cell),
                budget.map_or(Cell::Empty, |b| {
                    Cell::Formula("{7}-{8}".to_owned(), Box::new(units_cell(b.total - b.used)))
                }),
                budget_left(o),
                Cell::of(budget.and_then(|b| b.burn_rate), |r| Cell::number(r, 2)),
                match (budget.and_then(|b| b.exhausted_at), &o.escalation) {
                    (Some(at), Some(e)) => Cell::text(format!(
                        "{}; {}",
                        at.format(zone, "%Y-%m-%d %H:%M"),
                        level(e)
                    )),
                    (Some(at), None) => Cell::Time(at),
                    (None, Some(e)) => Cell::text(level(e)),
                    (None, None) => Cell::Empty,
                },
            ]
        })
        .collect();
    Table {
        id: "budgets".to_owned(),
        title: "Figures and error budgets".to_owned(),
        columns: vec![
            Column::text("Promise", 1),
            Column::number("Target", 1),
            Column::number("Achieved", 1),
            Column::number("At best", 1),
            Column::number("At worst", 1),
            Column::number("Coverage", 1),
            Column::centre("Budget unit", 1),
            Column::number("Budget", 1),
            Column::number("Used", 1),
            Column::number("Left", 1),
            Column::number("Left, %", 1),
            Column::number("Burn rate", 1),
            Column::centre("Ran out; escalated to", 1),
        ],
        rows,
        ..Table::default()
    }
}

fn limits_used(together: &SlaReport) -> Table {
    let rows = ordered(together)
        .into_iter()
        .map(|o| {
            let shown = |used: f64| Cell::share(whole_percent(used).min(MOST_SHOWN), 0);
            let up = |used: f64| Cell::share(whole_percent(used), 0);
            vec![
                Cell::text(&o.name),
                Cell::of(worst_used(o), up),
                Cell::of(budget_used(o), up),
                Cell::share(1.0, 0),
                Cell::Verdict(o.verdict),
                Cell::of(worst_used(o), shown),
                Cell::of(budget_used(o), shown),
            ]
        })
        .collect();
    Table {
        id: "limits_used".to_owned(),
        title: "Used part of what is allowed (the charts of the summary)".to_owned(),
        columns: vec![
            Column::text("Promise", 1),
            Column::bar("Worst, of the limit", 1),
            Column::bar("Of the budget", 1),
            Column::number("All", 1),
            Column::centre("Verdict", 1),
            Column::number("Limit, as drawn", 1),
            Column::number("Budget, as drawn", 1),
        ],
        rows,
        ..Table::default()
    }
}
