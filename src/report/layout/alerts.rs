//! Alerts that would have fired, on the sheet of promises: burn alerts on the budgets, tiers on the values, with how
//! often a day, how long, and how much of the budget was gone by then.

use crate::analysis::sla::{AlertReplay, BurnAlert, BurnReplay, SlaReport, TierReplay};
use crate::calendar::Zone;
use crate::report::findings::Findings;
use crate::report::model::{Cell, Column, Content, Sheet, Table};
use crate::units;

/// Adds the table, and what its columns mean; nothing where no alert was replayed.
pub fn add(sheet: &mut Sheet, findings: &Findings, together: &SlaReport) {
    let zone = &findings.zone;
    let mut rows = Vec::new();
    for objective in &together.objectives {
        for replay in &objective.burn_alerts {
            let of = replay.alerts.iter();
            rows.extend(of.map(|alert| burn_row(&objective.name, replay, alert, zone)));
        }
        let tiers = objective.alerts.iter();
        rows.extend(tiers.flat_map(|replay| tier_rows(replay, zone)));
    }
    rows.extend(together.alerts.iter().flat_map(|r| tier_rows(r, zone)));
    if rows.is_empty() {
        return;
    }
    sheet.add_table(Table {
        id: "alerts".to_owned(),
        title: "Alerts that would have fired".to_owned(),
        columns: vec![
            Column::text("Promise or metric", 1),
            Column::text("Alert", 2),
            Column::text("Fires", 3),
            Column::number("Times", 1),
            Column::number("A day", 1),
            Column::number("Minutes", 1),
            Column::centre("First", 2),
            Column::number("Budget used by then", 2),
        ],
        rows,
        ..Table::default()
    });
    sheet.add(Content::Remark(method(together)));
}

/// How it was replayed, and what was not.
fn method(together: &SlaReport) -> String {
    let burn = together
        .objectives
        .iter()
        .flat_map(|o| &o.burn_alerts)
        .find(|r| !r.alerts.is_empty());
    let mut text = String::from(
        "Replayed over the data of the period, as the alerts would have looked at it. ",
    );
    if let Some(burn) = burn {
        text.push_str(&format!(
            "Burn alerts are those of the table {} for a promise of {} days: they fire while the long and the short window both burn faster than the threshold. ",
            burn.table,
            units::number(burn.promise_days)
        ));
    }
    text.push_str(
        "Tiers fire beyond their thresholds; where none is written, WARNING stands at 75 % of the limit and CRITICAL at the limit.",
    );
    let mut notes: Vec<&String> = together
        .objectives
        .iter()
        .flat_map(|o| {
            let burn = o.burn_alerts.iter().filter_map(|r| r.note.as_ref());
            burn.chain(o.alerts.iter().filter_map(|r| r.note.as_ref()))
        })
        .collect();
    notes.sort();
    notes.dedup();
    for note in notes {
        text.push_str(&format!(" {}.", note.trim_end_matches('.')));
    }
    text
}

fn burn_row(name: &str, replay: &BurnReplay, alert: &BurnAlert, zone: &Zone) -> Vec<Cell> {
    let spent = alert.firings.first().and_then(|f| f.budget_spent);
    vec![
        Cell::text(name),
        Cell::text(format!("burn, {} ({})", alert.name, replay.table)),
        Cell::text(&alert.rule),
        Cell::count(alert.fired),
        Cell::number(alert.per_day, 2),
        Cell::number(alert.secs as f64 / 60.0, 1),
        Cell::text(alert.first(zone)),
        Cell::of(spent, |share| Cell::share(share, 1)),
    ]
}

fn tier_rows(replay: &AlertReplay, zone: &Zone) -> Vec<Vec<Cell>> {
    let held = if replay.for_secs > 0 {
        let micros = units::Micros::from_secs(replay.for_secs);
        format!(", for {}", units::duration(micros))
    } else {
        String::new()
    };
    let row = |tier: &TierReplay| {
        let first = tier.firings.first();
        vec![
            Cell::text(&replay.name),
            Cell::text(tier.tier.word()),
            Cell::text(format!("{}{held}", tier.rule)),
            Cell::count(tier.fired),
            Cell::number(tier.per_day, 2),
            Cell::number(tier.secs as f64 / 60.0, 1),
            first.map_or(Cell::text("–"), |f| {
                Cell::text(f.start.format(zone, "%Y-%m-%d %H:%M"))
            }),
            Cell::Empty,
        ]
    };
    replay.tiers.iter().map(row).collect()
}
