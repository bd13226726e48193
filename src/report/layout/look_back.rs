//! The last forecast against what happened: each limited series as it could be foreseen when the period began.

use super::bands::{self, Bands};
use super::figures::{day_cell, decimals_for};
use super::latency::days_between_labels;
use super::plan_scorecard;
use crate::report::chart::{ChartSpec, Role};
use crate::report::findings::{CheckedPoint, Findings, ForecastCheck};
use crate::report::model::{Cell, Column, Content, Sheet, Table};

/// Column of the first end of a range, after series, step, expected and measured.
const RANGES: usize = bands::STEP + 3;

fn checked(findings: &Findings) -> impl Iterator<Item = &ForecastCheck> {
    findings.look_back.iter().filter(|c| !c.points.is_empty())
}

/// The sheet; `None` where no forecast was looked back on.
pub fn sheet(findings: &Findings) -> Option<Sheet> {
    let card = findings.plan_scorecard.as_ref();
    if findings.look_back.is_empty() && card.is_none() {
        return None;
    }
    let mut grid = vec![30.0, 24.0, 24.0];
    grid.extend([13.0; 9]);
    grid.push(30.0);
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
    sheet.add(Content::Remark(remark(findings)));
    if let Some(card) = card {
        plan_scorecard::add(&mut sheet, card, &findings.zone);
    }
    Some(sheet)
}

/// Where the forecasts come from, and what the shares say.
fn remark(findings: &Findings) -> String {
    let kept = checked(findings).filter(|c| c.kept.is_some()).count();
    let of = checked(findings).count();
    let from = if kept == 0 {
        "The forecast is made again here by the same method, from nothing but the data of the time before the period."
    } else if kept == of {
        "The forecasts are those that were kept when they were made, unchanged."
    } else {
        "Where the table says so, the forecast is the one that was kept when it was made, unchanged; the others are made again here by the same method, from nothing but the data of the time before the period."
    };
    format!(
        "{from} Values that fell into the range say that its width was honest, not that the future is known."
    )
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
                Cell::text(check.kept.as_ref().map_or_else(
                    || "made again for this report".to_owned(),
                    |made| format!("kept {made}"),
                )),
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
            Column::text("Where from", 1),
        ],
        rows,
        empty: "No forecast could be made for the beginning of this period.".to_owned(),
        ..Table::default()
    }
}

fn chart(check: &ForecastCheck, rows: (usize, usize)) -> ChartSpec {
    let (n, _, within) = check.tally();
    let came = || check.points.iter().filter_map(|p| p.came);
    let lows = check.points.iter().map(|p| p.lo95).chain(came());
    let highs = check.points.iter().map(|p| p.hi95).chain(came());
    let spec = bands::chart(
        Bands {
            table: "look_back",
            rows,
            ranges: RANGES,
            aggregate: &check.aggregate,
            unit: &check.unit,
            low: lows.fold(f64::INFINITY, f64::min),
            top: highs.fold(0.0_f64, f64::max),
        },
        format!(
            "{}: {within} of {n} steps within the 95 % range",
            check.series
        ),
        format!(
            "{} of {}: what was expected when the period began with its 80 % and 95 % range, and what was measured.",
            check.aggregate, check.series
        ),
    );
    ChartSpec {
        date_format: "d mmm".to_owned(),
        x_steps_secs: 86_400.0,
        label_every: days_between_labels(check.points.len()),
        height_rows: 15,
        ..spec
    }
    .series("Expected then", bands::STEP + 1, Role::Forecast)
    .series("Measured", bands::STEP + 2, Role::Context)
}

/// The points behind the charts; `None` where there are none.
pub fn data_sheet(findings: &Findings) -> Option<Sheet> {
    let mut rows = Vec::new();
    for check in checked(findings) {
        for p in &check.points {
            let number = |v: f64| Cell::number(v, 2);
            let mut row = vec![
                Cell::text(&check.series),
                day_cell(Some(p.t), &findings.zone),
                number(p.expected),
                Cell::of(p.came, number),
            ];
            row.extend(bands::ranges(RANGES, [p.lo95, p.lo80, p.hi80, p.hi95]));
            rows.push(row);
        }
    }
    bands::data_sheet(
        "Last forecast",
        "look_back",
        &["Expected", "Measured"],
        rows,
    )
}
