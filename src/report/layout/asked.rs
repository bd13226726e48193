//! What a report asks of its reader, and what its numbers stand on.

use super::figures::{counted, day_cell};
use super::summary::by_urgency;
use crate::analysis::decisions::ActionStatus;
use crate::analysis::sla::SlaReport;
use crate::report::findings::Findings;
use crate::report::model::{Cell, Column, Table};
use crate::units;

/// Decisions that a page has room for.
const MOST: usize = 5;

/// Decisions, each with its date, who is asked, what it costs and why: orders that limits ask for, actions on breaches
/// that are not done, breaches nobody has explained.
pub fn decisions(findings: &Findings, together: &SlaReport, has_options: bool) -> Table {
    let mut rows = Vec::new();
    let cost = if has_options {
        Cell::Link("Options & cost".to_owned(), "options".to_owned())
    } else {
        Cell::text("not given")
    };
    for (finding, crossing) in by_urgency(findings) {
        if !crossing.already_over && crossing.order_by.is_none() {
            continue;
        }
        let why = if crossing.already_over {
            format!("it is over {} already", crossing.threshold_text)
        } else {
            crossing.crossing.p50.map_or_else(
                || format!("it could cross {}", crossing.threshold_text),
                |at| {
                    format!(
                        "it will probably cross {} about {}",
                        crossing.threshold_text,
                        at.date(&findings.zone).strftime("%-d %B %Y")
                    )
                },
            )
        };
        rows.push(vec![
            Cell::text(format!(
                "Order capacity for {}, lower its demand, or accept the limit",
                finding.series
            )),
            if crossing.already_over {
                Cell::text("now")
            } else if crossing.order_overdue {
                Cell::text("now, overdue")
            } else {
                day_cell(crossing.order_by, &findings.zone)
            },
            Cell::text("not given"),
            cost.clone(),
            Cell::text(why),
        ]);
    }
    let mut unexplained = 0_u64;
    for breach in &together.breaches {
        let note = findings
            .decisions
            .breach_note(&breach.objective, breach.start);
        if breach.note.trim().is_empty() && note.is_none_or(|n| n.cause.trim().is_empty()) {
            unexplained += 1;
        }
        let Some(note) = note.filter(|n| {
            !n.action.trim().is_empty()
                && matches!(n.status, ActionStatus::Open | ActionStatus::InProgress)
        }) else {
            continue;
        };
        rows.push(vec![
            Cell::text(format!("Act: {}", note.action.trim())),
            Cell::of(note.due, Cell::Day),
            Cell::text(match note.owner.trim() {
                "" => "not given",
                owner => owner,
            }),
            Cell::text("not given"),
            Cell::text(format!(
                "breach of {}, {}",
                breach.objective,
                note.status.word()
            )),
        ]);
    }
    rows.truncate(if unexplained > 0 { MOST - 1 } else { MOST });
    if unexplained > 0 {
        rows.push(vec![
            Cell::text("Name cause, action and owner of the breaches without them"),
            Cell::text("not given"),
            Cell::text("not given"),
            Cell::text("none"),
            Cell::text(format!(
                "{} without a cause",
                counted(unexplained, "breach", "breaches")
            )),
        ]);
    }
    Table {
        id: "decisions".to_owned(),
        columns: vec![
            Column::text("What", 6),
            Column::centre("By", 2),
            Column::text("Who", 3),
            Column::text("Cost", 1),
            Column::text("Why", 8),
        ],
        rows,
        empty: "No decision is asked.".to_owned(),
        ..Table::default()
    }
}

/// What the numbers stand on, in one paragraph.
pub fn quality(findings: &Findings, together: &SlaReport) -> String {
    let mut parts = vec![format!(
        "Data: {}",
        counted(findings.sources.len() as u64, "source", "sources")
    )];
    let rows: u64 = findings.sources.iter().map(|s| s.rows).sum();
    parts.push(format!("{} read", counted(rows, "record", "records")));
    parts.push(format!(
        "{} rejected",
        counted(findings.rejected(), "record", "records")
    ));
    let lowest = together
        .objectives
        .iter()
        .filter_map(|o| Some((o.coverage?, o.name.as_str())))
        .min_by(|a, b| a.0.total_cmp(&b.0));
    if let Some((coverage, name)) = lowest {
        parts.push(format!(
            "lowest coverage {} ({name})",
            units::judged_percent(
                coverage * 100.0,
                100.0,
                units::Direction::AtLeast,
                coverage >= 1.0
            )
        ));
    }
    let excluded = together
        .objectives
        .iter()
        .filter(|o| o.excluded.is_some_and(|e| e > 0.0))
        .count();
    if excluded > 0 {
        parts.push(format!(
            "{} with exclusions",
            counted(excluded as u64, "promise", "promises")
        ));
    }
    match super::exclusions::restatements(findings) {
        0 => {}
        n => parts.push(counted(n as u64, "restatement", "restatements")),
    }
    let assumed = together
        .objectives
        .iter()
        .filter(|o| !o.assumed.is_empty())
        .count();
    if assumed > 0 {
        parts.push(format!(
            "{} on assumptions",
            counted(assumed as u64, "promise rests", "promises rest")
        ));
    }
    if !together.conflicts.is_empty() {
        parts.push(counted(
            together.conflicts.len() as u64,
            "conflict between rules",
            "conflicts between rules",
        ));
    }
    parts.join("  ·  ") + ". Details on the sheets Promises and Provenance."
}
