//! Every promise in full: rule, counts, a check that the workbook itself recomputes, budget, bounds; and all breaches.

use super::figures::{achieved_cell, budget_left, budget_used, counted, judged_cell, limit_used};
use super::summary::target_cell;
use crate::analysis::sla::{ObjectiveResult, SlaReport, Verdict};
use crate::calendar::Zone;
use crate::report::findings::Findings;
use crate::report::model::{Cell, Column, Content, NumberFormat, Sheet, Table};
use crate::units::{self, Direction};

/// The counts that decide a promise, and the word they lead to.
struct Check {
    unit: &'static str,
    window: f64,
    good: f64,
    bad: f64,
    unknown: f64,
    excluded: f64,
    /// Share of good units that the target asks for, in parts per million; `None` where slices are counted.
    target_ppm: Option<f64>,
    /// Bad units that a fixed allowance leaves, where there is one.
    allowed: Option<f64>,
    required: Option<f64>,
}

impl Check {
    fn of(objective: &ObjectiveResult) -> Option<Self> {
        if let Some(slices) = objective.slices {
            let (good, bad) = (slices.met as f64, slices.breached as f64);
            let unknown = slices.unknown as f64;
            return Some(Self {
                unit: "slices",
                window: good + bad + unknown,
                good,
                bad,
                unknown,
                excluded: 0.0,
                target_ppm: None,
                allowed: None,
                required: Some(slices.required as f64),
            });
        }
        let (good, bad) = (objective.good?, objective.bad?);
        let unknown = objective.unknown.unwrap_or(0.0);
        let budget = objective.budget.as_ref();
        let percent = objective.target.filter(|_| objective.unit == "%");
        let target_ppm = percent.map(|target| {
            let ppm = (target * 10_000.0 * 1_000.0).round() / 1_000.0;
            match objective.direction {
                Direction::AtLeast => ppm,
                Direction::AtMost => 1_000_000.0 - ppm,
            }
        });
        Some(Self {
            unit: match budget.map(|b| b.unit.as_str()) {
                Some("secs") => "seconds",
                Some("requests") => "requests",
                _ => "units",
            },
            window: good + bad + unknown,
            good,
            bad,
            unknown,
            excluded: objective.excluded.unwrap_or(0.0),
            target_ppm,
            allowed: budget.map(|b| b.total).filter(|t| t.is_finite()),
            required: None,
        })
        .filter(|c| c.target_ppm.is_some() || c.allowed.is_some())
    }

    /// The formula over the columns of the table of counts, and its result.
    fn cell(&self) -> Cell {
        // Columns: 2 window, 3 good, 4 bad, 5 unknown, 7 target in ppm, 8 allowed, 9 required.
        let (formula, result) = if let Some(required) = self.required {
            (
                "IF({3}+{4}=0,\"no data\",IF({3}>={9},\"met\",IF({3}+{5}>={9},\"not proven\",\"breached\")))",
                if self.good + self.bad == 0.0 {
                    "no data"
                } else if self.good >= required {
                    "met"
                } else if self.good + self.unknown >= required {
                    "not proven"
                } else {
                    "breached"
                },
            )
        } else {
            let holds = |bad: f64| {
                let micro = (bad * 1e6).round();
                let share = self
                    .target_ppm
                    .is_none_or(|ppm| micro <= self.window * (1e6 - ppm));
                let fixed = self
                    .allowed
                    .is_none_or(|allowed| micro <= (allowed * 1e6).round());
                share && fixed
            };
            let formula = match (self.target_ppm.is_some(), self.allowed.is_some()) {
                (true, true) => {
                    "IF({3}+{4}=0,\"no data\",IF(AND(ROUND(({4}+{5})*1000000,0)<={2}*(1000000-{7}),ROUND(({4}+{5})*1000000,0)<=ROUND({8}*1000000,0)),\"met\",IF(AND(ROUND({4}*1000000,0)<={2}*(1000000-{7}),ROUND({4}*1000000,0)<=ROUND({8}*1000000,0)),\"not proven\",\"breached\")))"
                }
                (true, false) => {
                    "IF({3}+{4}=0,\"no data\",IF(ROUND(({4}+{5})*1000000,0)<={2}*(1000000-{7}),\"met\",IF(ROUND({4}*1000000,0)<={2}*(1000000-{7}),\"not proven\",\"breached\")))"
                }
                _ => {
                    "IF({3}+{4}=0,\"no data\",IF(ROUND(({4}+{5})*1000000,0)<=ROUND({8}*1000000,0),\"met\",IF(ROUND({4}*1000000,0)<=ROUND({8}*1000000,0),\"not proven\",\"breached\")))"
                }
            };
            (
                formula,
                if self.good + self.bad == 0.0 {
                    "no data"
                } else if holds(self.bad + self.unknown) {
                    "met"
                } else if holds(self.bad) {
                    "not proven"
                } else {
                    "breached"
                },
            )
        };
        Cell::Formula(formula.to_owned(), Box::new(Cell::text(result)))
    }
}

/// A count of seconds, requests or slices: whole where it is whole.
fn units_cell(value: f64) -> Cell {
    let decimals = if value.fract() == 0.0 { 0 } else { 3 };
    Cell::number(value, decimals)
}

/// The sheet with every promise.
pub fn sheet(findings: &Findings, together: &SlaReport) -> Sheet {
    let mut grid = vec![30.0, 12.0];
    grid.extend([12.0; 11]);
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
    sheet.add_table(counts("counts", "What was counted", &labelled(together)));
    for month in &findings.months {
        let objectives: Vec<(String, &ObjectiveResult)> = month
            .slas
            .iter()
            .flat_map(|s| &s.report.objectives)
            .map(|o| (o.name.clone(), o))
            .collect();
        sheet.add_table(counts(
            &format!("counts_{}", month.name.replace('-', "_")),
            &format!("What was counted in {}", month.title),
            &objectives,
        ));
    }
    sheet.add_table(budgets(together, &findings.zone));
    sheet.add_table(limits_used(together));
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

fn labelled(together: &SlaReport) -> Vec<(String, &ObjectiveResult)> {
    together
        .objectives
        .iter()
        .map(|o| (o.name.clone(), o))
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
                .map(|a| format!("Assumed: {a}."))
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
            Column::text("Covers", 2),
            Column::text("Rule", 3),
            Column::text("Measured from", 3),
            Column::text("Assumptions and reasons", 3),
        ],
        rows,
        ..Table::default()
    }
}

fn counts(id: &str, title: &str, objectives: &[(String, &ObjectiveResult)]) -> Table {
    let rows = objectives
        .iter()
        .map(|(name, o)| {
            let check = Check::of(o);
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
                check.as_ref().map_or(Cell::Empty, Check::cell),
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
            Column::text("Unit", 1),
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
                Cell::text(budget.map_or("", |b| b.unit.as_str())),
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
            Column::text("Budget unit", 1),
            Column::number("Budget", 1),
            Column::number("Used", 1),
            Column::number("Left", 1),
            Column::number("Left, %", 1),
            Column::number("Burn rate", 1),
            Column::text("Ran out; told", 1),
        ],
        rows,
        ..Table::default()
    }
}

fn level(escalation: &crate::analysis::sla::Escalation) -> String {
    format!(
        "level {}: {}",
        escalation.level,
        escalation.name.replace('_', " ")
    )
}

fn limits_used(together: &SlaReport) -> Table {
    let rows = together
        .objectives
        .iter()
        .map(|o| {
            let up = |used: f64| Cell::share((used * 1_000.0 - 1e-9).ceil() / 1_000.0, 1);
            vec![
                Cell::text(&o.name),
                Cell::of(limit_used(o), up),
                Cell::of(budget_used(o), up),
                Cell::share(1.0, 0),
                Cell::Verdict(o.verdict),
            ]
        })
        .collect();
    Table {
        id: "limits_used".to_owned(),
        title: "Used part of what is allowed (the charts of the summary)".to_owned(),
        columns: vec![
            Column::text("Promise", 1),
            Column::bar("Of the limit", 1),
            Column::bar("Of the budget", 1),
            Column::number("All", 1),
            Column::centre("Verdict", 1),
        ],
        rows,
        ..Table::default()
    }
}

/// The sheet with all breaches.
pub fn breaches(findings: &Findings, together: &SlaReport) -> Sheet {
    let grid = vec![28.0, 17.0, 17.0, 12.0, 12.0, 12.0, 14.0, 12.0, 44.0];
    let n = together.breaches.len();
    let unexplained = together
        .breaches
        .iter()
        .filter(|b| b.note.trim().is_empty())
        .count();
    let lead = if n == 0 {
        "There was no breach in this period.".to_owned()
    } else {
        format!(
            "{}, {} without a note on the cause. Times are in {}.",
            counted(n as u64, "breach", "breaches"),
            if unexplained == n {
                "all".to_owned()
            } else {
                units::count(unexplained as u64)
            },
            findings.zone.name()
        )
    };
    let rows: Vec<Vec<Cell>> = together
        .breaches
        .iter()
        .map(|b| {
            vec![
                Cell::text(&b.objective),
                Cell::Time(b.start),
                Cell::Time(b.end),
                Cell::number(b.secs as f64, 0),
                Cell::Formula(
                    "{3}/60".to_owned(),
                    Box::new(Cell::number(b.secs as f64 / 60.0, 1)),
                ),
                Cell::text(&b.severity),
                Cell::text(&b.worst_text),
                Cell::of(b.budget_share.filter(|s| s.is_finite()), |s| {
                    Cell::Number(
                        s,
                        NumberFormat {
                            decimals: 1,
                            percent: true,
                            ..NumberFormat::default()
                        },
                    )
                }),
                if b.note.trim().is_empty() {
                    Cell::text("not given")
                } else {
                    Cell::text(b.note.trim())
                },
            ]
        })
        .collect();
    let secs: i64 = together.breaches.iter().map(|b| b.secs).sum();
    let footer = if rows.is_empty() {
        Vec::new()
    } else {
        let mut footer = vec![Cell::Empty; 9];
        for (slot, cell) in footer.iter_mut().zip([
            Cell::text("All together"),
            Cell::Empty,
            Cell::Empty,
            Cell::Formula(
                "SUM({3:})".to_owned(),
                Box::new(Cell::number(secs as f64, 0)),
            ),
            Cell::Formula(
                "{3}/60".to_owned(),
                Box::new(Cell::number(secs as f64 / 60.0, 1)),
            ),
        ]) {
            *slot = cell;
        }
        footer
    };
    let mut sheet = Sheet::new("Breaches", lead, grid);
    sheet.add_table(Table {
        id: "breaches".to_owned(),
        columns: vec![
            Column::text("Promise", 1),
            Column::centre("Began", 1),
            Column::centre("Ended", 1),
            Column::number("Seconds", 1),
            Column::number("Minutes", 1),
            Column::text("Severity", 1),
            Column::number("Worst value", 1),
            Column::number("Share of budget", 1),
            Column::text("Cause, as noted", 1),
        ],
        rows,
        footer,
        empty: "Nothing to list.".to_owned(),
        data: true,
        ..Table::default()
    });
    sheet
}
