//! The scorecard of kept forecasts, on the sheet of the last forecast: how often their ranges held, how far off they
//! were by how far ahead they were said, and a sentence for each.

use super::figures::decimals_for;
use crate::analysis::forecast::scorecard::{ForecastScore, LEADS, LeadError, PlanScorecard};
use crate::calendar::Zone;
use crate::report::model::{Cell, Column, Content, NumberFormat, Sheet, Table};

/// Sentences on the sheet; the table has all forecasts.
const MOST_SENTENCES: usize = 12;

/// Adds the table and its sentences.
pub fn add(sheet: &mut Sheet, card: &PlanScorecard, zone: &Zone) {
    sheet.add_table(table(card, zone));
    sheet.add(Content::Text(card.sentence()));
    for score in card.forecasts.iter().take(MOST_SENTENCES) {
        sheet.add(Content::Text(score.sentence(zone)));
    }
    sheet.add(Content::Remark(
        "Ranges that hold their share are of the right width; 80 % and 95 % would be right. Steps that follow each other are alike, so a few forecasts say less than their number of steps. Errors are shares of what came, or in percent points where the series is in percent.".to_owned(),
    ));
}

fn error(score: &ForecastScore, lead: &LeadError) -> Cell {
    match (lead.mape, lead.mae) {
        (Some(mape), _) if score.unit != "%" => Cell::share(mape, 1),
        (_, Some(mae)) => in_unit(mae, &score.unit),
        _ => Cell::Empty,
    }
}

fn in_unit(value: f64, unit: &str) -> Cell {
    let decimals = decimals_for(value, unit).min(2);
    Cell::Number(value, NumberFormat::with_unit(decimals, unit))
}

/// A share as a formula over the counts of its row.
fn share(within: usize, measured: usize, column: usize) -> Cell {
    if measured == 0 {
        return Cell::Empty;
    }
    let value = within as f64 / measured as f64;
    Cell::Formula(
        format!("{{{column}}}/{{3}}"),
        Box::new(Cell::share(value, 0)),
    )
}

fn table(card: &PlanScorecard, zone: &Zone) -> Table {
    let rows: Vec<Vec<Cell>> = card
        .forecasts
        .iter()
        .map(|score| {
            let mut row = vec![
                Cell::text(&score.series),
                Cell::text(score.made_text(zone)),
                Cell::text(&score.model),
                Cell::count(score.measured as u64),
                Cell::count(score.within80 as u64),
                share(score.within80, score.measured, 4),
                Cell::count(score.within95 as u64),
                share(score.within95, score.measured, 6),
            ];
            row.extend(score.errors.iter().map(|lead| error(score, lead)));
            row.push(Cell::of(score.bias, |bias| in_unit(bias, &score.unit)));
            row.push(score.crossing.as_ref().map_or(Cell::Empty, |crossing| {
                Cell::text(crossing.happened_text(zone))
            }));
            row
        })
        .collect();
    let sum = |column: usize, value: usize| {
        let result = Box::new(Cell::count(value as u64));
        Cell::Formula(format!("SUM({{{column}:}})"), result)
    };
    let mut footer = vec![
        Cell::text("All together"),
        Cell::Empty,
        Cell::Empty,
        sum(3, card.measured),
        sum(4, card.within80),
        share(card.within80, card.measured, 4),
        sum(6, card.within95),
        share(card.within95, card.measured, 6),
    ];
    let mut columns = vec![
        Column::text("Series", 1),
        Column::text("Kept", 1),
        Column::text("Model then", 1),
        Column::number("Steps measured", 1),
        Column::number("Within 80 % range", 1),
        Column::number("Share", 1),
        Column::number("Within 95 % range", 1),
        Column::number("Share within 95 %", 1),
    ];
    let lead = |days: u32| Column::number(format!("Error, {}", LeadError::range_text(days)), 1);
    columns.extend(LEADS.into_iter().map(lead));
    columns.push(Column::number("Expected too much by", 1));
    columns.push(Column::text("The limit", 1));
    footer.resize(columns.len(), Cell::Empty);
    Table {
        id: "kept_forecasts".to_owned(),
        title: "Every forecast that was kept, and what became of it".to_owned(),
        columns,
        rows,
        footer,
        ..Table::default()
    }
}
