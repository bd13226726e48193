//! When limits are crossed: one line a series, its chart with ranges, the backtest, the demand scenarios of a quarter,
//! and the sheet of points that feeds the charts.

use super::bands::{self, Bands, STEP};
use super::figures::{counted, day_cell, decimals_for, order_cell};
use super::summary::by_urgency;
use crate::analysis::forecast::{CapacityCrossing, Forecast, ForecastPoint};
use crate::calendar::{Instant, Period};
use crate::report::chart::{ChartSpec, Role};
use crate::report::findings::{Findings, ForecastFinding};
use crate::report::model::{Cell, Column, Content, NumberFormat, Sheet, Table};

/// Steps of the past that a chart shows beside the forecast.
const SHOWN_HISTORY: usize = 400;

fn value(value: f64, unit: &str) -> Cell {
    Cell::Number(
        value,
        NumberFormat::with_unit(decimals_for(value, unit).min(2), unit),
    )
}

/// Column of the first end of a range, after series, step, measured, limit and expected.
const RANGES: usize = STEP + 4;

fn forecasts(findings: &Findings) -> impl Iterator<Item = (usize, &ForecastFinding, &Forecast)> {
    findings
        .forecasts
        .iter()
        .filter_map(|f| Some((f, f.forecast.as_ref()?)))
        .enumerate()
        .map(|(index, (finding, forecast))| (index, finding, forecast))
}

/// When a limit is crossed, as a sentence.
pub fn crossing_sentence(findings: &Findings, series: &str, crossing: &CapacityCrossing) -> String {
    let day = |at: Instant| at.date(&findings.zone).strftime("%-d %B %Y").to_string();
    if crossing.already_over {
        return format!(
            "{series} is over its limit of {} already",
            crossing.threshold_text
        );
    }
    match (crossing.crossing.p10, crossing.crossing.p50) {
        (Some(early), Some(likely)) => format!(
            "{series} will probably cross {} about {}, and could as early as {}",
            crossing.threshold_text,
            day(likely),
            day(early)
        ),
        (Some(early), None) => format!(
            "{series} could cross {} as early as {}, but probably will not within the horizon",
            crossing.threshold_text,
            day(early)
        ),
        _ => format!(
            "{series} is unlikely to cross {} within the horizon",
            crossing.threshold_text
        ),
    }
}

/// The sheet with all limits.
pub fn sheet(findings: &Findings) -> Sheet {
    let mut grid = vec![30.0];
    grid.extend([12.5; 11]);
    let lead = if findings.forecasts.is_empty() {
        "No capacity limits have been set.".to_owned()
    } else {
        by_urgency(findings).first().map_or_else(
            || "None of the limits could be forecast; the reasons stand below.".to_owned(),
            |(finding, crossing)| crossing_sentence(findings, &finding.series, crossing) + ".",
        )
    };
    let mut sheet = Sheet::new("Capacity", lead, grid);
    if findings.forecasts.is_empty() {
        sheet.add(Content::Text(
            "Set a limit on a series (such as 80 % of a disk) to have it forecast here.".to_owned(),
        ));
        return sheet;
    }
    sheet.add_table(limits(findings));
    for finding in findings.forecasts.iter().filter(|f| f.forecast.is_none()) {
        sheet.add(Content::Text(format!(
            "{}: no forecast, because {}.",
            finding.series,
            finding
                .refused
                .as_deref()
                .unwrap_or("none was made")
                .trim_end_matches('.')
        )));
    }
    let charts = forecasts(findings)
        .filter(|(_, _, f)| f.history.len() + f.points.len() > 2)
        .map(|(index, _, forecast)| chart(findings, index, forecast))
        .collect();
    sheet.add_charts(charts);
    sheet.add_table(super::time_left::table(findings));
    super::planned::add(&mut sheet, findings);
    sheet.add_table(backtests(findings));
    for (_, _, forecast) in forecasts(findings) {
        for warning in forecast.warnings.iter() {
            sheet.add(Content::Remark(format!(
                "{}: {}",
                forecast.series, warning.message
            )));
        }
    }
    sheet
}

fn limits(findings: &Findings) -> Table {
    let rows = forecasts(findings)
        .map(|(_, finding, forecast)| {
            let capacity = forecast.capacity.as_ref();
            let unit = &forecast.unit;
            let date = |at: Option<Instant>| match (capacity, at) {
                (Some(c), _) if c.already_over => Cell::text("over now"),
                (_, Some(_)) => day_cell(at, &findings.zone),
                (Some(_), None) => Cell::text("not within"),
                (None, None) => Cell::Empty,
            };
            let crossing = capacity.map(|c| c.crossing).unwrap_or_default();
            vec![
                Cell::text(&finding.series),
                Cell::of(forecast.history.last(), |(_, v)| value(*v, unit)),
                Cell::of(capacity, |c| value(c.threshold, unit)),
                Cell::of(forecast.growth_per_month, |g| value(g, unit)),
                Cell::of(capacity, |c| Cell::share(c.probability_within_horizon, 0)),
                date(crossing.p10),
                date(crossing.p50),
                date(crossing.p90),
                Cell::of(capacity, |c| order_cell(c, &findings.zone)),
                Cell::number(f64::from(finding.lead_time_days), 0),
                Cell::of(forecast.points.last(), |p| {
                    day_cell(Some(p.t), &findings.zone)
                }),
                Cell::text(&forecast.aggregate),
            ]
        })
        .collect();
    Table {
        id: "limits".to_owned(),
        title: String::new(),
        columns: vec![
            Column::text("Series", 1),
            Column::number("Last", 1),
            Column::number("Limit", 1),
            Column::number("Growth in 30 days", 1),
            Column::number("Chance within horizon", 1),
            Column::centre("Earliest (P10)", 1),
            Column::centre("Likely (P50)", 1),
            Column::centre("Latest (P90)", 1),
            Column::centre("Order by", 1),
            Column::number("Lead time, days", 1),
            Column::centre("Horizon ends", 1),
            Column::text("Forecast is the", 1),
        ],
        rows,
        empty: "No limit could be forecast.".to_owned(),
        data: true,
        ..Table::default()
    }
}

fn chart(findings: &Findings, index: usize, forecast: &Forecast) -> ChartSpec {
    let title = forecast.capacity.as_ref().map_or_else(
        || format!("{}: {}", forecast.series, forecast.aggregate),
        |c| crossing_sentence(findings, &forecast.series, c),
    );
    let top = forecast
        .history
        .iter()
        .map(|(_, v)| *v)
        .chain(forecast.points.iter().map(|p| p.hi95))
        .chain(forecast.capacity.as_ref().map(|c| c.threshold))
        .chain(
            forecast
                .capacity
                .iter()
                .flat_map(|c| c.limits.iter().map(|l| l.1)),
        )
        .fold(0.0_f64, f64::max);
    let spec = bands::chart(
        Bands {
            table: "points",
            rows: rows_of(findings, index),
            ranges: RANGES,
            aggregate: &forecast.aggregate,
            unit: &forecast.unit,
            low: forecast.points.iter().map(|p| p.lo95).fold(0.0, f64::min),
            top,
        },
        title,
        format!(
            "{} of {} with its forecast, the 80 % and the 95 % range, and the limit.",
            forecast.aggregate, forecast.series
        ),
    );
    let mut spec = ChartSpec {
        date_format: "mmm yy".to_owned(),
        x_steps_secs: forecast.step_secs,
        label_months: Some(label_months(forecast)),
        height_rows: 16,
        ..spec
    };
    spec = spec.series("Measured", STEP + 1, Role::Context).series(
        "Expected",
        STEP + 3,
        Role::Forecast,
    );
    if let Some(capacity) = &forecast.capacity {
        spec = spec.series(
            &format!("Limit: {}", capacity.threshold_text),
            STEP + 2,
            Role::Limit,
        );
    }
    spec
}

/// Months between labels so that about eight fit.
fn label_months(forecast: &Forecast) -> u16 {
    let steps = shown_history(forecast).len() + forecast.points.len();
    let months = steps as f64 * forecast.step_secs / (30.0 * 86_400.0);
    (months / 8.0).ceil().clamp(1.0, 60.0) as u16
}

fn backtests(findings: &Findings) -> Table {
    let rows = forecasts(findings)
        .map(|(_, _, forecast)| {
            let test = forecast.backtest.as_ref();
            let ratio = |v: Option<f64>| Cell::of(v, |v| Cell::number(v, 2));
            let share = |v: Option<f64>| Cell::of(v, |v| Cell::share(v, 0));
            vec![
                Cell::text(&forecast.series),
                Cell::text(&forecast.model),
                Cell::count(forecast.n as u64),
                test.map_or_else(|| Cell::text("none"), |t| Cell::count(t.folds as u64)),
                ratio(test.and_then(|t| t.mase)),
                ratio(test.and_then(|t| t.seasonal_naive_mase)),
                share(test.and_then(|t| t.coverage80)),
                share(test.and_then(|t| t.coverage95)),
                Cell::text(&forecast.why),
            ]
        })
        .collect();
    Table {
        id: "backtests".to_owned(),
        title: "How far the forecasts can be trusted (the same method on the past of these series)"
            .to_owned(),
        columns: vec![
            Column::text("Series", 1),
            Column::text("Model", 2),
            Column::number("Steps fitted on", 1),
            Column::number("Backtests", 1),
            Column::number("MASE", 1),
            Column::number("MASE, naive", 1),
            Column::number("Within 80 %", 1),
            Column::number("Within 95 %", 1),
            Column::text("Why this model", 3),
        ],
        rows,
        empty: "No forecast has been made.".to_owned(),
        ..Table::default()
    }
}

/// Demand at the end of the next period: assumptions first, then base, high and low.
pub fn scenarios(findings: &Findings) -> Sheet {
    let mut grid = vec![30.0];
    grid.extend([13.0; 10]);
    let next_end = next_period_end(findings);
    let last_day = Instant(next_end.0.saturating_sub(1)).date(&findings.zone);
    let lead = format!(
        "Demand until {}, if it goes on as assumed, if it grows faster, and if it grows slower.",
        last_day.strftime("%-d %B %Y")
    );
    let mut sheet = Sheet::new("Demand", lead, grid);
    let any = forecasts(findings).any(|(_, _, f)| !f.points.is_empty());
    if !any {
        "There is no forecast to take demand from.".clone_into(&mut sheet.lead);
        sheet.add(Content::Text(
            "Set a capacity limit on a series to get its demand here.".to_owned(),
        ));
        return sheet;
    }
    sheet.add_table(assumptions(findings));
    let mut rows = Vec::new();
    for (_, finding, forecast) in forecasts(findings) {
        let Some(point) = forecast
            .points
            .iter()
            .rfind(|p| p.t < next_end)
            .or_else(|| forecast.points.first())
        else {
            continue;
        };
        let crossing = forecast.capacity.as_ref();
        let dates = crossing.map(|c| c.crossing).unwrap_or_default();
        for (name, demand, at) in [
            ("Base", point.mean, dates.p50),
            ("High", point.hi80, dates.p10),
            ("Low", point.lo80, dates.p90),
        ] {
            let share = crossing
                .map(|c| demand / c.limit_at(point.t))
                .filter(|s| s.is_finite());
            rows.push(vec![
                Cell::text(&finding.series),
                Cell::text(name),
                day_cell(Some(point.t), &findings.zone),
                Cell::Number(demand, NumberFormat::plain(2)),
                Cell::text(&forecast.unit),
                Cell::of(crossing, |c| Cell::number(c.limit_at(point.t), 2)),
                Cell::of(share, |s| {
                    Cell::Formula("{3}/{5}".to_owned(), Box::new(Cell::share(s, 0)))
                }),
                match (crossing, at) {
                    (Some(c), _) if c.already_over => Cell::text("over now"),
                    (Some(_), None) => Cell::text("not within"),
                    _ => day_cell(at, &findings.zone),
                },
            ]);
        }
    }
    sheet.add_table(Table {
        id: "demand".to_owned(),
        title: "Demand and limit".to_owned(),
        columns: vec![
            Column::text("Series", 1),
            Column::text("Scenario", 1),
            Column::centre("On", 1),
            Column::number("Demand", 1),
            Column::text("Unit", 1),
            Column::number("Limit", 1),
            Column::number("Of the limit", 1),
            Column::centre("Crosses", 1),
        ],
        rows,
        empty: "No forecast reaches into the next period.".to_owned(),
        data: true,
        ..Table::default()
    });
    sheet
}

fn next_period_end(findings: &Findings) -> Instant {
    Period::parse(&findings.period).map_or(findings.end, |p| p.step(1).range(&findings.zone).end)
}

fn assumptions(findings: &Findings) -> Table {
    let rows = forecasts(findings)
        .map(|(_, finding, forecast)| {
            let growth = match (forecast.growth_per_month, forecast.growth_text()) {
                (Some(growth), Some(text)) if growth != 0.0 => format!("growth {text} in 30 days"),
                (Some(_), _) => "no growth".to_owned(),
                (None, _) => "too short to tell growth from a season".to_owned(),
            };
            let reach = forecast.points.last().map_or_else(String::new, |p| {
                format!(
                    "; the forecast ends on {}",
                    p.t.date(&findings.zone).strftime("%-d %B %Y")
                )
            });
            vec![
                Cell::text(&finding.series),
                Cell::text(format!(
                    "The pattern of the last {} goes on unchanged ({}, {growth}){reach}. High and low are the ends of the 80 % range; {}.",
                    counted(forecast.n as u64, "step", "steps"),
                    forecast.model,
                    if forecast.plan.is_some() {
                        "what is known beside the data is included, as the sheet Capacity lists it"
                    } else {
                        "no known future event, order or change of price is included"
                    }
                )),
            ]
        })
        .collect();
    Table {
        id: "assumptions".to_owned(),
        title: "Assumptions".to_owned(),
        columns: vec![
            Column::text("Series", 1),
            Column::text("What is assumed", 10),
        ],
        rows,
        ..Table::default()
    }
}

fn shown_history(forecast: &Forecast) -> &[(Instant, f64)] {
    let skipped = forecast.history.len().saturating_sub(SHOWN_HISTORY);
    forecast.history.get(skipped..).unwrap_or_default()
}

/// First row and number of rows of one forecast in the table of points.
fn rows_of(findings: &Findings, wanted: usize) -> (usize, usize) {
    let mut first = 0;
    for (index, _, forecast) in forecasts(findings) {
        let rows = shown_history(forecast).len() + forecast.points.len();
        if index == wanted {
            return (first, rows);
        }
        first += rows;
    }
    (first, 0)
}

/// The points behind the charts; `None` where there are none.
pub fn data_sheet(findings: &Findings) -> Option<Sheet> {
    let rows: Vec<Vec<Cell>> = forecasts(findings)
        .flat_map(|(_, _, forecast)| points(findings, forecast))
        .collect();
    bands::data_sheet(
        "Capacity",
        "points",
        &["Measured", "Limit", "Expected"],
        rows,
    )
}

fn points(findings: &Findings, forecast: &Forecast) -> Vec<Vec<Cell>> {
    let time = |t: Instant| {
        if forecast.step_secs >= 86_000.0 {
            day_cell(Some(t), &findings.zone)
        } else {
            Cell::Time(t)
        }
    };
    let number = |v: f64| Cell::number(v, 2);
    let name = Cell::text(&forecast.series);
    let limit = |t: Instant| Cell::of(forecast.capacity.as_ref(), |c| number(c.limit_at(t)));
    let mut rows: Vec<Vec<Cell>> = shown_history(forecast)
        .iter()
        .map(|(t, v)| {
            let mut row = vec![name.clone(), time(*t), number(*v), limit(*t)];
            row.resize(12, Cell::Empty);
            row
        })
        .collect();
    rows.extend(forecast.points.iter().map(|p: &ForecastPoint| {
        let mut row = vec![
            name.clone(),
            time(p.t),
            Cell::Empty,
            limit(p.t),
            number(p.mean),
        ];
        row.extend(bands::ranges(RANGES, bands::ends(p)));
        row
    }));
    rows
}
