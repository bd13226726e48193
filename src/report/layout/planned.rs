//! What people know beside the data, as it went into the forecasts: capacity that is planned with its order dates and
//! cost, and changes, events, holidays and left out stretches with what came of each.

use super::figures::day_cell;
use crate::analysis::forecast::{CapacityCrossing, Forecast};
use crate::calendar::Instant;
use crate::report::findings::Findings;
use crate::report::model::{Cell, Column, Sheet, Table};

fn forecasts(findings: &Findings) -> impl Iterator<Item = &Forecast> {
    findings
        .forecasts
        .iter()
        .filter_map(|f| f.forecast.as_ref())
}

/// Adds the tables that have rows.
pub fn add(sheet: &mut Sheet, findings: &Findings) {
    for table in [additions(findings), known(findings)] {
        if !table.rows.is_empty() {
            sheet.add_table(table);
        }
    }
}

fn additions(findings: &Findings) -> Table {
    let zone = &findings.zone;
    let rows = forecasts(findings)
        .filter_map(|forecast| Some((forecast, forecast.capacity.as_ref()?)))
        .flat_map(|(forecast, capacity)| {
            capacity.additions.iter().map(move |addition| {
                vec![
                    Cell::text(&forecast.series),
                    day_cell(Some(addition.at), zone),
                    Cell::text(&addition.amount),
                    Cell::number(addition.limit, 2),
                    Cell::text(&forecast.unit),
                    day_cell(Some(addition.order_by), zone),
                    Cell::text(if addition.late {
                        "that day is over"
                    } else {
                        ""
                    }),
                    Cell::of(addition.cost, |cost| Cell::number(cost, 2)),
                    Cell::text(&addition.owner),
                ]
            })
        })
        .collect();
    Table {
        id: "additions".to_owned(),
        title: "Planned capacity; the dates above are against the limit in force on each day"
            .to_owned(),
        columns: vec![
            Column::text("Series", 1),
            Column::centre("From", 1),
            Column::text("More", 1),
            Column::number("Limit then", 1),
            Column::text("Unit", 1),
            Column::centre("Order by", 1),
            Column::text("Remark", 1),
            Column::number("Cost", 1),
            Column::text("Owner", 1),
        ],
        rows,
        ..Table::default()
    }
}

fn known(findings: &Findings) -> Table {
    let zone = &findings.zone;
    let day = |at: Option<Instant>| match at {
        Some(_) => day_cell(at, zone),
        None => Cell::Empty,
    };
    let mut rows = Vec::new();
    for forecast in forecasts(findings) {
        let Some(plan) = &forecast.plan else {
            continue;
        };
        for effect in &plan.effects {
            rows.push(vec![
                Cell::text(&forecast.series),
                Cell::text(effect.kind.word()),
                Cell::text(&effect.name),
                day(effect.from),
                Cell::text(&effect.effect),
                Cell::text(&effect.note),
            ]);
        }
        let p50 = |capacity: Option<&CapacityCrossing>| capacity.and_then(|c| c.crossing.p50);
        let without = plan.without.capacity.as_ref();
        rows.push(vec![
            Cell::text(&forecast.series),
            Cell::text("the data alone"),
            Cell::text(&plan.without.model),
            day(p50(without)),
            Cell::Empty,
            Cell::text(match (&plan.without.refused, p50(without)) {
                (Some(why), _) => format!("no forecast: {why}"),
                (None, Some(_)) => {
                    "the day on which half of the paths would cross the limit without all this"
                        .to_owned()
                }
                (None, None) => "would not cross its limit within the horizon (P50)".to_owned(),
            }),
        ]);
    }
    Table {
        id: "known".to_owned(),
        title: "What is known beside the data, and what came of it in the forecasts".to_owned(),
        columns: vec![
            Column::text("Series", 1),
            Column::text("Kind", 2),
            Column::text("Name", 2),
            Column::centre("From", 1),
            Column::text("Effect", 1),
            Column::text("What came of it", 5),
        ],
        rows,
        ..Table::default()
    }
}
