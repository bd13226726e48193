//! What the summary says of a closed period: who closed it and when, what was restated, and what reads differently now.

use super::figures::long_day;
use crate::analysis::closing::{ClosedView, result_words};
use crate::analysis::decisions::FrozenResult;
use crate::calendar::{Instant, Period, Zone};
use crate::report::findings::Findings;
use crate::report::model::{Cell, Column, Content, Sheet, Table};

/// Most rows of the table, so that the summary stays one page.
const SHOWN: usize = 6;

/// Adds what there is to say; nothing where no period is closed. The table is for the summary's grid of 20 columns.
pub fn add(sheet: &mut Sheet, findings: &Findings) {
    if let Some(own) = findings.own_closing() {
        sheet.add(Content::Text(format!("{}.", own.sentence(&findings.zone))));
        if let Some(warning) = own.warning() {
            sheet.add(Content::Text(format!("{warning}.")));
        } else if own.closed.inputs_in_force() != findings.inputs_sha256 {
            sheet.add(Content::Remark(
                "What it was made from has changed since (data, promises, limits, notes or the program); every promise reads as it was signed.".to_owned(),
            ));
        }
        let table = changes(own, &findings.zone);
        if !table.rows.is_empty() {
            sheet.add_table(table);
        }
    }
    for view in findings
        .closings
        .iter()
        .filter(|view| view.closed.period != findings.period)
    {
        let name = Period::parse(&view.closed.period)
            .map_or_else(|_| view.closed.period.clone(), Period::title);
        let mut text = format!("{name}: {}", view.sentence(&findings.zone));
        for difference in view.differences.iter().take(SHOWN) {
            text.push_str(&format!(". {}", difference.sentence()));
        }
        sheet.add(Content::Remark(format!("{text}.")));
    }
}

fn signed(at: Instant, by: &str, zone: &Zone, why: &str) -> String {
    format!("{} by {by}: {why}", long_day(at.date(zone)))
}

/// Restatements, latest first, after what is not restated yet.
fn changes(view: &ClosedView, zone: &Zone) -> Table {
    let words = |side: Option<&FrozenResult>, other: Option<&FrozenResult>| {
        let Some(side) = side else {
            return "not promised".to_owned();
        };
        let target = other.is_some_and(|other| other.target_text != side.target_text)
            && !side.target_text.is_empty();
        if target {
            format!("{}, target {}", result_words(side), side.target_text)
        } else {
            result_words(side)
        }
    };
    let row = |name: &str, old: Option<&FrozenResult>, new: Option<&FrozenResult>, why: String| {
        vec![
            Cell::text(name),
            Cell::text(words(old, new)),
            Cell::text(words(new, old)),
            Cell::text(why),
        ]
    };
    let mut rows: Vec<Vec<Cell>> = view
        .differences
        .iter()
        .map(|d| {
            row(
                &d.objective,
                d.frozen.as_ref(),
                d.current.as_ref(),
                "not restated".to_owned(),
            )
        })
        .collect();
    for restated in view.closed.restatements.iter().rev() {
        for (old, new) in restated.old.iter().zip(&restated.new) {
            let why = signed(restated.at, &restated.by, zone, &restated.reason);
            rows.push(row(&old.objective, Some(old), Some(new), why));
        }
    }
    let more = rows.len().saturating_sub(SHOWN);
    rows.truncate(SHOWN);
    if more > 0 {
        rows.push(vec![
            Cell::text(format!("and {more} more")),
            Cell::Empty,
            Cell::Empty,
            Cell::Empty,
        ]);
    }
    Table {
        id: "closing".to_owned(),
        title: "Changed since it was closed".to_owned(),
        columns: vec![
            Column::text("Promise", 1),
            Column::text("Before", 5),
            Column::text("After", 5),
            Column::text("Restated", 9),
        ],
        rows,
        ..Table::default()
    }
}
