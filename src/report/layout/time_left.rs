//! How long each limit lasts, in days with their range, and how much room there is today.

use super::figures::{decimals_for, percent};
use crate::report::findings::Findings;
use crate::report::model::{Cell, Column, NumberFormat, Table};

/// One row a limit with a forecast.
pub fn table(findings: &Findings) -> Table {
    let rows = findings
        .forecasts
        .iter()
        .filter_map(|f| Some((f, f.forecast.as_ref()?)))
        .filter_map(|(finding, forecast)| Some((finding, forecast, forecast.capacity.as_ref()?)))
        .map(|(finding, forecast, capacity)| {
            let last = forecast.history.last().map(|(_, v)| *v);
            let peak = forecast
                .history
                .iter()
                .filter(|(t, _)| *t >= findings.start && *t < findings.end)
                .map(|(_, v)| *v)
                .reduce(f64::max);
            let value = |v: f64| {
                Cell::Number(
                    v,
                    NumberFormat::plain(decimals_for(v, &forecast.unit).min(2)),
                )
            };
            let days = |d: Option<f64>| match d {
                _ if capacity.already_over => Cell::text("over now"),
                Some(days) => Cell::number(days.floor(), 0),
                None => Cell::text("not within"),
            };
            let error = forecast.backtest.as_ref().and_then(|b| b.mase);
            vec![
                Cell::text(&finding.series),
                Cell::text(&forecast.unit),
                Cell::of(last, value),
                Cell::of(peak, value),
                value(capacity.threshold),
                Cell::of(last, |last| {
                    let room = (capacity.threshold - last) / capacity.threshold;
                    Cell::Formula("({4}-{2})/{4}".to_owned(), Box::new(Cell::share(room, 1)))
                }),
                days(capacity.days_remaining.p10),
                days(capacity.days_remaining.p50),
                days(capacity.days_remaining.p90),
                Cell::text(&forecast.model),
                Cell::text(error.map_or_else(
                    || "no backtest".to_owned(),
                    |mase| format!("{} of the naive step error", percent(mase)),
                )),
            ]
        })
        .collect();
    Table {
        id: "time_left".to_owned(),
        title: "Time and room that are left".to_owned(),
        columns: vec![
            Column::text("Series", 1),
            Column::centre("Unit", 1),
            Column::number("Last", 1),
            Column::number("Peak of the period", 1),
            Column::number("Limit", 1),
            Column::number("Room left", 1),
            Column::number("Days left, earliest", 1),
            Column::number("Days left, likely", 1),
            Column::number("Days left, latest", 1),
            Column::text("Model", 1),
            Column::text("Typical error (backtest)", 2),
        ],
        rows,
        empty: "No limit could be forecast.".to_owned(),
        ..Table::default()
    }
}
