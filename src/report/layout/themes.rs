//! Themes of a quarter or a year: categories of breaches month by month, and whether what was planned was done.

use super::figures::counted;
use crate::analysis::sla::SlaReport;
use crate::analysis::story::themes::{NOT_GIVEN, Planned, by_month, is_open, planned};
use crate::calendar::{Instant, Period, TimeRange};
use crate::report::ReportParams;
use crate::report::findings::Findings;
use crate::report::model::{Cell, Column, Content, Sheet, Table};

/// The sheet.
pub fn sheet(findings: &Findings, together: &SlaReport, params: &ReportParams) -> Sheet {
    let months = params.period.months();
    let ranges: Vec<TimeRange> = months.iter().map(|m| m.range(&findings.zone)).collect();
    let themes = by_month(&together.breaches, &findings.decisions, &ranges);
    let recurring: Vec<String> = themes
        .iter()
        .filter(|t| t.category != NOT_GIVEN && t.months_with() > 1)
        .map(|t| format!("\"{}\"", t.category))
        .collect();
    let lead = if themes.is_empty() {
        "There was no breach in this period.".to_owned()
    } else if recurring.is_empty() {
        "No category of breaches came back in a second month.".to_owned()
    } else {
        format!(
            "Came back in more than one month: {}.",
            recurring.join(", ")
        )
    };
    let mut grid = vec![24.0, 16.0, 16.0, 32.0, 14.0];
    grid.extend(vec![11.0; months.len().saturating_sub(2).max(3)]);
    let mut sheet = Sheet::new("Breach themes", lead, grid);
    let mut columns = vec![Column::text("Category", 1)];
    for month in &months {
        columns.push(Column::number(short(*month), 1));
    }
    columns.push(Column::number("All", 1));
    columns.push(Column::number("Minutes", 1));
    let rows = themes
        .iter()
        .map(|theme| {
            let mut row = vec![Cell::text(&theme.category)];
            row.extend(theme.months.iter().map(|(n, _)| Cell::count(*n)));
            let all: u64 = theme.months.iter().map(|(n, _)| *n).sum();
            let secs: i64 = theme.months.iter().map(|(_, secs)| *secs).sum();
            let sum = format!("SUM({{1}}:{{{}}})", months.len());
            row.push(Cell::Formula(sum, Box::new(Cell::count(all))));
            row.push(Cell::number(secs as f64 / 60.0, 1));
            row
        })
        .collect();
    sheet.add_table(Table {
        id: "breach_themes".to_owned(),
        title: "Breaches by category and month".to_owned(),
        columns,
        rows,
        empty: "Nothing to list.".to_owned(),
        ..Table::default()
    });
    let before = params.period.step(-1);
    actions(
        &mut sheet,
        findings,
        together,
        before,
        "actions_before",
        &format!("What was planned after the breaches of {}", before.title()),
    );
    actions(
        &mut sheet,
        findings,
        together,
        params.period,
        "actions_now",
        &format!(
            "What is planned after the breaches of {}",
            params.period.title()
        ),
    );
    sheet
}

/// `Apr`.
fn short(month: Period) -> String {
    month.title().chars().take(3).collect()
}

fn actions(
    sheet: &mut Sheet,
    findings: &Findings,
    together: &SlaReport,
    period: Period,
    id: &str,
    title: &str,
) {
    // The day of the report is the last one that it speaks of.
    let today = Instant(findings.as_of.0.saturating_sub(1)).date(&findings.zone);
    let list = planned(
        &findings.decisions,
        period.range(&findings.zone),
        today,
        &together.breaches,
    );
    let rows: Vec<Vec<Cell>> = list
        .iter()
        .map(|p| {
            vec![
                Cell::text(&p.note.objective),
                Cell::Time(p.note.start),
                Cell::text(p.note.category.trim()),
                Cell::text(p.note.action.trim()),
                Cell::text(p.note.owner.trim()),
                Cell::of(p.note.due, Cell::Day),
                Cell::text(if p.overdue {
                    "overdue"
                } else {
                    p.note.status.word()
                }),
                Cell::text(if p.recurred { "yes" } else { "no" }),
            ]
        })
        .collect();
    sheet.add_table(Table {
        id: id.to_owned(),
        title: title.to_owned(),
        columns: vec![
            Column::text("Promise", 1),
            Column::centre("Breach began", 1),
            Column::text("Category", 1),
            Column::text("Action", 1),
            Column::text("Owner", 1),
            Column::centre("Due", 1),
            Column::centre("Status", 1),
            Column::centre("Came again", 1),
        ],
        rows,
        empty: "No actions were written down.".to_owned(),
        ..Table::default()
    });
    if !list.is_empty() {
        sheet.add(Content::Text(summed(&list)));
    }
}

/// `3 of 5 actions are done, 1 is overdue; 2 of their categories came again.`
fn summed(list: &[Planned<'_>]) -> String {
    use crate::analysis::decisions::ActionStatus;
    let done = list
        .iter()
        .filter(|p| p.note.status == ActionStatus::Done)
        .count();
    let overdue = list.iter().filter(|p| p.overdue).count();
    let open = list.iter().filter(|p| is_open(p.note.status)).count();
    let again = list.iter().filter(|p| p.recurred).count();
    let mut text = format!(
        "{done} of {} done, {open} not finished, {overdue} overdue",
        counted(list.len() as u64, "action", "actions")
    );
    if again > 0 {
        text.push_str(&format!(
            "; after {} the same category broke a promise again",
            counted(again as u64, "of them", "of them")
        ));
    }
    text + "."
}
