//! All breaches with what people wrote about them, what their categories cost, and the story of the largest.

use super::figures::{counted, level};
use crate::analysis::sla::SlaReport;
use crate::analysis::story::{BreachStory, Touching, breach, themes};
use crate::calendar::Zone;
use crate::report::findings::Findings;
use crate::report::model::{Cell, Column, Content, NumberFormat, Sheet, Table};
use crate::units;

/// Responses codes that are named for one breach.
const MOST_CODES: usize = 4;

/// The rule of severity and escalation, as the columns mean them.
const SEVERITY: &str = "Severity: emergency beyond the emergency threshold, critical beyond the critical one (the limit itself where none is written), else warning; an outage is critical once the error budget is gone. \
     Escalated to: warning reaches the first level that is promised, critical the second, emergency the third, and one level more where it lasted longer than an hour and longer than three of the days or hours it is judged by.";

/// The sheet with all breaches.
pub fn sheet(findings: &Findings, together: &SlaReport) -> Sheet {
    let grid = vec![
        22.0, 16.0, 16.0, 9.0, 9.0, 10.0, 12.0, 10.0, 19.0, 24.0, 12.0, 22.0, 12.0, 11.0, 11.0,
        18.0,
    ];
    let n = together.breaches.len();
    let unexplained = themes::without_cause(&together.breaches, &findings.decisions);
    let lead = if n == 0 {
        "There was no breach in this period.".to_owned()
    } else {
        format!(
            "{}, {} without a cause. Times are in {}.",
            counted(n as u64, "breach", "breaches"),
            if unexplained == n {
                "all".to_owned()
            } else {
                units::count(unexplained as u64)
            },
            findings.zone.name()
        )
    };
    let mut sheet = Sheet::new("Breaches", lead, grid);
    if n > 0 {
        sheet.add_table(pareto(findings, together));
    }
    sheet.add_table(list(findings, together));
    if n > 0 {
        sheet.add(Content::Remark(SEVERITY.to_owned()));
    }
    if !findings.story.breaches.is_empty() {
        sheet.add_table(stories(findings));
        sheet.add(Content::Remark(breach::METHOD.to_owned()));
    }
    let orphans = orphans(findings, together);
    if !orphans.rows.is_empty() {
        sheet.add_table(orphans);
    }
    sheet
}

/// Downtime and number by category, with the running share.
fn pareto(findings: &Findings, together: &SlaReport) -> Table {
    let shares = themes::pareto(&together.breaches, &findings.decisions);
    let total: i64 = shares.iter().map(|s| s.secs).sum();
    let share = |secs: i64| (total > 0).then(|| secs as f64 / total as f64);
    let mut before = 0;
    let rows = shares
        .iter()
        .map(|s| {
            before += s.secs;
            vec![
                Cell::text(&s.category),
                Cell::count(s.breaches),
                Cell::number(s.secs as f64 / 60.0, 1),
                Cell::of(share(s.secs), |v| Cell::share(v, 1)),
                Cell::of(share(before), |v| Cell::share(v, 1)),
            ]
        })
        .collect();
    Table {
        id: "breach_categories".to_owned(),
        title: "What broke promises, by category".to_owned(),
        columns: vec![
            Column::text("Category", 1),
            Column::number("Breaches", 1),
            Column::bar("Time in breach, min", 1),
            Column::number("Share", 1),
            Column::number("Running share", 1),
        ],
        rows,
        ..Table::default()
    }
}

fn given(text: &str) -> Cell {
    Cell::text(text.trim())
}

fn list(findings: &Findings, together: &SlaReport) -> Table {
    let notes = themes::Notes::of(&findings.decisions);
    let rows: Vec<Vec<Cell>> = together
        .breaches
        .iter()
        .map(|b| {
            let note = notes.on(b);
            let said = |field: fn(&crate::analysis::decisions::BreachNote) -> &str| {
                note.map_or(Cell::Empty, |n| given(field(n)))
            };
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
                Cell::text(b.escalation.as_ref().map_or_else(String::new, level)),
                Cell::text(themes::cause(b, note).unwrap_or(themes::NOT_GIVEN)),
                said(|n| &n.category),
                said(|n| &n.action),
                said(|n| &n.owner),
                Cell::of(note.and_then(|n| n.due), Cell::Day),
                note.filter(|n| !n.action.trim().is_empty())
                    .map_or(Cell::Empty, |n| Cell::text(n.status.word())),
                said(|n| &n.comment),
            ]
        })
        .collect();
    let secs: i64 = together.breaches.iter().map(|b| b.secs).sum();
    let footer = if rows.is_empty() {
        Vec::new()
    } else {
        let mut footer = vec![Cell::Empty; 16];
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
    Table {
        heat: None,
        id: "breaches".to_owned(),
        title: if rows.is_empty() {
            String::new()
        } else {
            "Every breach".to_owned()
        },
        columns: vec![
            Column::text("Promise", 1),
            Column::centre("Began", 1),
            Column::centre("Ended", 1),
            Column::number("Seconds", 1),
            Column::number("Minutes", 1),
            Column::text("Severity", 1),
            Column::number("Worst value", 1),
            Column::number("Share of budget", 1),
            Column::text("Escalated to", 1),
            Column::text("Cause", 1),
            Column::text("Category", 1),
            Column::text("Action", 1),
            Column::text("Owner", 1),
            Column::centre("Due", 1),
            Column::centre("Status", 1),
            Column::text("Comment", 1),
        ],
        rows,
        footer,
        empty: "Nothing to list.".to_owned(),
        data: true,
    }
}

/// `503: 120, timeout: 4`.
fn codes(story: &BreachStory) -> Option<String> {
    if story.errors.is_empty() {
        return None;
    }
    let mut parts: Vec<String> = story
        .errors
        .iter()
        .take(MOST_CODES)
        .map(|(code, count)| format!("{code}: {}", units::count(*count)))
        .collect();
    if story.errors.len() > MOST_CODES {
        parts.push(format!("{} more codes", story.errors.len() - MOST_CODES));
    }
    Some(format!("Failures by code: {}", parts.join(", ")))
}

fn touching(what: &Touching, zone: &Zone) -> String {
    format!(
        "{} (from {})",
        what.what,
        what.start.format(zone, "%Y-%m-%d %H:%M")
    )
}

/// What the data tell of the largest breaches.
fn stories(findings: &Findings) -> Table {
    let rate = |value: Option<f64>| Cell::of(value, |v| Cell::number(v, 1));
    let rows = findings
        .story
        .breaches
        .iter()
        .map(|story| {
            let mut beside: Vec<String> = codes(story).into_iter().collect();
            beside.extend(story.touching.iter().map(|t| touching(t, &findings.zone)));
            let mut moved: Vec<String> = story
                .moved
                .iter()
                .map(|m| format!("{}: {}", m.series, m.words()))
                .collect();
            moved.insert(0, story.moved_words());
            vec![
                Cell::text(&story.objective),
                Cell::Time(story.start),
                rate(story.load.before_per_sec),
                rate(story.load.during_per_sec),
                rate(story.load.after_per_sec),
                Cell::of(story.load.users, |u| Cell::number(u as f64, 0)),
                Cell::of(
                    (story.load.requests > 0).then_some(story.load.failed),
                    Cell::count,
                ),
                Cell::count(story.tried as u64),
                Cell::text(moved.join(". ")),
                Cell::text(beside.join(". ")),
            ]
        })
        .collect();
    Table {
        id: "breach_stories".to_owned(),
        title: match findings.story.breaches.len() {
            1 => "What the data tell about it".to_owned(),
            n => format!("What the data tell about the {n} largest"),
        },
        columns: vec![
            Column::text("Promise", 1),
            Column::centre("Began", 1),
            Column::number("Requests/s before", 1),
            Column::number("During", 1),
            Column::number("After", 1),
            Column::number("Users", 1),
            Column::number("Failed requests", 1),
            Column::number("Series compared", 1),
            Column::text("Moved with it", 2),
            Column::text("What else happened", 2),
        ],
        rows,
        ..Table::default()
    }
}

/// Notes that belong to no breach any more.
fn orphans(findings: &Findings, together: &SlaReport) -> Table {
    let rows = themes::orphans(&findings.decisions, together)
        .into_iter()
        .map(|note| {
            vec![
                Cell::text(&note.objective),
                Cell::Time(note.start),
                given(&note.cause),
                given(&note.action),
                given(&note.owner),
            ]
        })
        .collect();
    Table {
        id: "orphaned_notes".to_owned(),
        title: "Notes whose breach is no longer in the data".to_owned(),
        columns: vec![
            Column::text("Promise", 1),
            Column::centre("Breach began", 1),
            Column::text("Cause", 4),
            Column::text("Action", 3),
            Column::text("Owner", 1),
        ],
        rows,
        ..Table::default()
    }
}
