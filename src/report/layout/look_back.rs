//! The last forecast against what happened: each limited series as it could be foreseen when the period began.

use super::figures::{day_cell, decimals_for};
use super::latency::days_between_labels;
use super::trend::axis_decimals;
use crate::report::chart::{ChartKind, ChartSpec, ColumnRef, Role};
use crate::report::findings::{CheckedPoint, Findings, ForecastCheck};
use crate::report::model::{Cell, Column, Content, NumberFormat, Sheet, Table};

/// First column of the points after the name of the series.
const STEP: usize = 1;

fn checked(findings: &Findings) -> impl Iterator<Item = &ForecastCheck> {
    findings.look_back.iter().filter(|c| !c.points.is_empty())
}

/// The sheet; `None` where no forecast was looked back on.
pub fn sheet(findings: &Findings) -> Option<Sheet> {
    if findings.look_back.is_empty() {
        return None;
    }
    let mut grid = vec![30.0, 20.0, 24.0];
    grid.extend([12.0; 9]);
    let (n, within) = checked(findings)
        .map(ForecastCheck::tally)
        .fold((0, 0), |(n, w), (measured, _, within)| {
            (n + measured, w + within)
        });
    let made = findings
        .start
        .date(&findings.zone)
        .strftime("%-d %B %Y")
        .to_string();
    let lead = if n == 0 {
        format!("Nothing that was foreseen on {made} has been measured since.")
    } else {
        format!(
            "Of all steps that were foreseen on {made}, {within} of {n} came within their 95 % range; about {} should.",
            (n as f64 * 0.95).round()
        )
    };
    let mut sheet = Sheet::new("Last forecast", lead, grid);
    sheet.add_table(outcomes(findings));
    for check in &findings.look_back {
        if let Some(reason) = &check.refused {
            sheet.add(Content::Text(format!(
                "{}: nothing could be foreseen then, because {}.",
                check.series,
                reason.trim_end_matches('.')
            )));
        }
    }
    let mut first = 0;
    let mut charts = Vec::new();
    for check in checked(findings) {
        let rows = check.points.len();
        if check.tally().0 > 1 {
            charts.push(chart(check, (first, rows)));
        }
        first += rows;
    }
    sheet.add_charts(charts);
    sheet.add(Content::Remark(
        "The forecast is made again here by the same method, from nothing but the data of the time before the period. Values that fell into the range say that its width was honest, not that the future is known.".to_owned(),
    ));
    Some(sheet)
}

/// What came in words, against the 95 % range.
fn outcome(point: &CheckedPoint, came: f64) -> &'static str {
    if came > point.hi95 {
        "above the range"
    } else if came < point.lo95 {
        "below the range"
    } else {
        "within the range"
    }
}

fn outcomes(findings: &Findings) -> Table {
    let rows = checked(findings)
        .map(|check| {
            let (n, within80, within95) = check.tally();
            let last = check.points.iter().rev().find_map(|p| Some((p, p.came?)));
            let number = |v: f64| Cell::number(v, decimals_for(v, &check.unit).min(2));
            let share = |k: usize, column: usize| {
                if n == 0 {
                    Cell::Empty
                } else {
                    Cell::Formula(
                        format!("{{{column}}}/{{3}}"),
                        Box::new(Cell::share(k as f64 / n as f64, 0)),
                    )
                }
            };
            vec![
                Cell::text(&check.series),
                Cell::text(&check.aggregate),
                Cell::text(&check.model),
                Cell::count(n as u64),
                Cell::count(within80 as u64),
                share(within80, 4),
                Cell::count(within95 as u64),
                share(within95, 6),
                Cell::of(last, |(p, _)| number(p.expected)),
                Cell::of(last, |(_, came)| number(came)),
                Cell::text(last.map_or("not measured", |(p, came)| outcome(p, came))),
                day_cell(check.crossing.p50, &findings.zone),
            ]
        })
        .collect();
    Table {
        id: "looked_back".to_owned(),
        title: "What was foreseen and what came".to_owned(),
        columns: vec![
            Column::text("Series", 1),
            Column::text("Forecast is the", 1),
            Column::text("Model then", 1),
            Column::number("Steps measured", 1),
            Column::number("Within 80 % range", 1),
            Column::number("Share", 1),
            Column::number("Within 95 % range", 1),
            Column::number("Share within 95 %", 1),
            Column::number("Expected last", 1),
            Column::number("Came last", 1),
            Column::centre("Last value", 1),
            Column::centre("Limit likely on", 1),
        ],
        rows,
        empty: "No forecast could be made for the beginning of this period.".to_owned(),
        ..Table::default()
    }
}

fn chart(check: &ForecastCheck, rows: (usize, usize)) -> ChartSpec {
    let (n, _, within) = check.tally();
    let low = check
        .points
        .iter()
        .flat_map(|p| [Some(p.lo95), p.came])
        .flatten()
        .fold(f64::INFINITY, f64::min);
    let top = check
        .points
        .iter()
        .flat_map(|p| [Some(p.hi95), p.came])
        .flatten()
        .fold(0.0_f64, f64::max);
    let stacked = low >= 0.0;
    let mut spec = ChartSpec {
        title: format!(
            "{}: {within} of {n} steps within the 95 % range",
            check.series
        ),
        alt: format!(
            "{} of {}: what was expected when the period began with its 80 % and 95 % range, and what was measured.",
            check.aggregate, check.series
        ),
        kind: ChartKind::Band,
        x: ColumnRef {
            table: "look_back".to_owned(),
            column: STEP,
            rows: Some(rows),
        },
        y_title: if check.unit.is_empty() {
            check.aggregate.clone()
        } else {
            format!("{} ({})", check.aggregate, check.unit)
        },
        y_format: NumberFormat::plain(axis_decimals(top)),
        y_min: stacked.then_some(0.0),
        date_format: "d mmm".to_owned(),
        x_steps_secs: 86_400.0,
        label_every: days_between_labels(check.points.len()),
        height_rows: 15,
        ..ChartSpec::default()
    };
    if stacked {
        spec = spec
            .series("Lower end of the 95 % range", STEP + 3, Role::BandBase)
            .series("95 % range", STEP + 7, Role::BandOuter)
            .series("80 % range", STEP + 8, Role::BandInner)
            .series("95 % range, upper part", STEP + 9, Role::BandOuter);
    } else {
        spec = spec
            .series("80 %: lower end", STEP + 4, Role::Other(0))
            .series("80 %: upper end", STEP + 5, Role::Other(0));
    }
    spec.series("Expected then", STEP + 1, Role::Forecast)
        .series("Measured", STEP + 2, Role::Context)
}

/// The points behind the charts; `None` where there are none.
pub fn data_sheet(findings: &Findings) -> Option<Sheet> {
    let mut rows = Vec::new();
    for check in checked(findings) {
        for p in &check.points {
            let number = |v: f64| Cell::number(v, 2);
            let difference =
                |formula: &str, v: f64| Cell::Formula(formula.to_owned(), Box::new(number(v)));
            rows.push(vec![
                Cell::text(&check.series),
                day_cell(Some(p.t), &findings.zone),
                number(p.expected),
                Cell::of(p.came, number),
                number(p.lo95),
                number(p.lo80),
                number(p.hi80),
                number(p.hi95),
                difference("{5}-{4}", p.lo80 - p.lo95),
                difference("{6}-{5}", p.hi80 - p.lo80),
                difference("{7}-{6}", p.hi95 - p.hi80),
            ]);
        }
    }
    if rows.is_empty() {
        return None;
    }
    let mut grid = vec![28.0, 13.0];
    grid.extend([12.0; 9]);
    let mut sheet = Sheet::new(
        "Last forecast data",
        "The points behind the charts of the sheet Last forecast, in the unit of each series. The rows are left out when this sheet is printed.",
        grid,
    );
    sheet.unprinted = true;
    let mut columns = vec![Column::text("Series", 1), Column::centre("Step", 1)];
    columns.extend(
        [
            "Expected",
            "Measured",
            "95 % low",
            "80 % low",
            "80 % high",
            "95 % high",
            "Band: 95 to 80, low",
            "Band: 80 %",
            "Band: 80 to 95, high",
        ]
        .map(|header| Column::number(header, 1)),
    );
    sheet.add_table(Table {
        id: "look_back".to_owned(),
        columns,
        rows,
        data: true,
        ..Table::default()
    });
    Some(sheet)
}
