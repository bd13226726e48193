//! What was left out of the count and what that changed, and every number that was changed after a period was closed.

use std::collections::BTreeMap;

use super::figures::counted;
use crate::analysis::decisions::{ClosedPeriod, FrozenResult, Restatement};
use crate::analysis::sla::{AppliedExclusion, ObjectiveResult, SlaReport, Verdict};
use crate::calendar::{Period, TimeRange};
use crate::report::findings::Findings;
use crate::report::model::{Cell, Column, Sheet, Table};

/// Promises with something left out.
pub fn excluding(together: &SlaReport) -> impl Iterator<Item = &ObjectiveResult> {
    together
        .objectives
        .iter()
        .filter(|o| o.excluded.is_some_and(|e| e > 0.0))
}

/// Closed periods of this scope that share time with the report's period.
pub fn closed(findings: &Findings) -> impl Iterator<Item = &ClosedPeriod> {
    let range = TimeRange {
        start: findings.start,
        end: findings.end,
    };
    findings.decisions.closed.iter().filter(move |closed| {
        closed.scope == findings.scope
            && Period::parse(&closed.period)
                .is_ok_and(|p| p.range(&findings.zone).intersect(range).is_some())
    })
}

/// Changes of closed periods, as counted on the summary.
pub fn restatements(findings: &Findings) -> usize {
    closed(findings).map(|c| c.restatements.len()).sum()
}

/// The sheet.
pub fn sheet(findings: &Findings, together: &SlaReport) -> Sheet {
    let mut sheet = Sheet::new(
        "Exclusions & restatements",
        lead(findings, together),
        vec![30.0, 17.0, 13.0, 13.0, 13.0, 13.0, 13.0, 13.0, 40.0],
    );
    sheet.add_table(exclusions(together));
    let windows = windows(findings, together);
    if !windows.rows.is_empty() {
        sheet.add_table(windows);
    }
    sheet.add_table(closings(findings));
    sheet.add_table(changes(findings));
    sheet
}

fn lead(findings: &Findings, together: &SlaReport) -> String {
    let excluding_any = excluding(together).count();
    let turned = excluding(together).filter(|o| turns(o)).count();
    let left_out = match (excluding_any, turned) {
        (0, _) => "Nothing was left out of the count".to_owned(),
        (n, 0) => format!(
            "Something was left out for {}; no verdict depends on it",
            counted(n as u64, "promise", "promises")
        ),
        (n, t) => format!(
            "Something was left out for {}; it decides the verdict on {}",
            counted(n as u64, "promise", "promises"),
            counted(t as u64, "of them", "of them")
        ),
    };
    let changed = match restatements(findings) {
        0 => "no closed result was changed".to_owned(),
        n => format!(
            "{} of closed results",
            counted(n as u64, "restatement", "restatements")
        ),
    };
    format!("{left_out}; {changed}.")
}

/// The verdict would be another one without exclusions.
fn turns(objective: &ObjectiveResult) -> bool {
    objective
        .verdict_without_exclusions
        .is_some_and(|v| v != objective.verdict)
}

fn exclusions(together: &SlaReport) -> Table {
    let rows = excluding(together)
        .map(|o| {
            let unit = match o.budget.as_ref().map(|b| b.unit.as_str()) {
                Some("secs") => "seconds",
                Some("requests") => "requests",
                Some("slices") => "slices",
                _ if o.slices.is_some() => "slices",
                _ => "seconds",
            };
            let excluded = o.excluded.unwrap_or_default();
            let all = o.good.unwrap_or_default()
                + o.bad.unwrap_or_default()
                + o.unknown.unwrap_or_default()
                + excluded;
            vec![
                Cell::text(&o.name),
                Cell::number(excluded, 0),
                Cell::text(unit),
                if all > 0.0 {
                    Cell::share(excluded / all, 2)
                } else {
                    Cell::Empty
                },
                Cell::Verdict(o.verdict),
                Cell::of(o.verdict_without_exclusions, Cell::Verdict),
                Cell::text(match o.verdict_without_exclusions {
                    None => "not judged without",
                    Some(v) if v == o.verdict => "nothing",
                    Some(Verdict::Met) => "it would be met",
                    Some(Verdict::Breached) => "it would be breached",
                    Some(Verdict::NotProven) => "it would not be proven",
                    Some(Verdict::NoData) => "there would be no data",
                }),
                Cell::text(&o.rule),
            ]
        })
        .collect();
    Table {
        id: "exclusions".to_owned(),
        title: "Left out of the count".to_owned(),
        columns: vec![
            Column::text("Promise", 1),
            Column::number("Left out", 1),
            Column::centre("Unit", 1),
            Column::number("Share of all", 1),
            Column::centre("Verdict", 1),
            Column::centre("Without exclusions", 1),
            Column::text("What it changes", 1),
            Column::text("By the rule", 2),
        ],
        rows,
        empty: "No maintenance and no excluded window fell into this period.".to_owned(),
        ..Table::default()
    }
}

/// Every window that took time out, once for all promises that it applies to, with who and why.
fn windows(findings: &Findings, together: &SlaReport) -> Table {
    let mut told: BTreeMap<_, (&AppliedExclusion, Vec<&str>)> = BTreeMap::new();
    for objective in &together.objectives {
        for window in &objective.exclusions {
            let key = (window.start, window.end, &window.reason, &window.source);
            let (_, promises) = told.entry(key).or_insert((window, Vec::new()));
            promises.push(&objective.name);
        }
    }
    let rows = told
        .into_values()
        .map(|(window, promises)| {
            let known = |text: &str| Cell::text(if text.is_empty() { "not given" } else { text });
            let kind = match window.recurrence.as_str() {
                "" => window.category.word().to_owned(),
                rule => format!("{}, {rule}", window.category.word()),
            };
            vec![
                known(&window.reason),
                Cell::text(kind),
                Cell::text(window.start.format(&findings.zone, "%Y-%m-%d %H:%M")),
                Cell::text(window.end.format(&findings.zone, "%Y-%m-%d %H:%M")),
                Cell::number(window.secs / 60.0, 1),
                Cell::of(window.down_secs, |secs| Cell::number(secs / 60.0, 1)),
                known(&window.entered_by),
                Cell::of(window.entered_at, Cell::Time),
                Cell::text(promises.join(", ")),
            ]
        })
        .collect();
    Table {
        id: "exclusion_windows".to_owned(),
        title: "Windows that were left out".to_owned(),
        columns: vec![
            Column::text("Reason", 1),
            Column::text("Kind", 1),
            Column::centre("From", 1),
            Column::centre("To", 1),
            Column::number("Minutes", 1),
            Column::number("Down in it", 1),
            Column::text("Entered by", 1),
            Column::centre("Entered", 1),
            Column::text("Promises", 1),
        ],
        rows,
        ..Table::default()
    }
}

fn closings(findings: &Findings) -> Table {
    let rows = closed(findings)
        .map(|c| {
            vec![
                Cell::text(title(&c.period)),
                Cell::Time(c.at),
                Cell::text(&c.by),
                Cell::count(c.restatements.len() as u64),
                Cell::text(&c.workbook_sha256),
            ]
        })
        .collect();
    Table {
        id: "closed".to_owned(),
        title: "Closed periods".to_owned(),
        columns: vec![
            Column::text("Period", 1),
            Column::centre("Closed", 1),
            Column::text("By", 1),
            Column::number("Restatements", 1),
            Column::text("SHA-256 of the signed workbook", 5),
        ],
        rows,
        empty: "This period has not been closed: its results may still change when data arrive."
            .to_owned(),
        ..Table::default()
    }
}

fn changes(findings: &Findings) -> Table {
    let mut rows = Vec::new();
    for closed in closed(findings) {
        for restatement in &closed.restatements {
            for (old, new) in restatement.old.iter().zip(&restatement.new) {
                rows.push(change(closed, restatement, old, new));
            }
        }
    }
    Table {
        id: "restatements".to_owned(),
        title: "Restatements".to_owned(),
        columns: vec![
            Column::text("Promise", 1),
            Column::text("Period", 1),
            Column::text("Figure before", 1),
            Column::centre("Verdict before", 1),
            Column::text("Figure now", 1),
            Column::centre("Verdict now", 1),
            Column::centre("Entered", 1),
            Column::text("By", 1),
            Column::text("Reason", 1),
        ],
        rows,
        empty: "No result of a closed period was changed.".to_owned(),
        ..Table::default()
    }
}

fn change(
    closed: &ClosedPeriod,
    restatement: &Restatement,
    old: &FrozenResult,
    new: &FrozenResult,
) -> Vec<Cell> {
    vec![
        Cell::text(&old.objective),
        Cell::text(title(&closed.period)),
        Cell::text(&old.achieved_text),
        Cell::Verdict(old.verdict),
        Cell::text(&new.achieved_text),
        Cell::Verdict(new.verdict),
        Cell::Time(restatement.at),
        Cell::text(&restatement.by),
        Cell::text(&restatement.reason),
    ]
}

fn title(period: &str) -> String {
    Period::parse(period).map_or_else(|_| period.to_owned(), Period::title)
}
