//! How the model was chosen, and what it was worth on the past of this very series: every model that was tried with its
//! error, to be picked, and the figures of the backtest.

use std::sync::Arc;

use eframe::egui::Ui;

use super::Cx;
use super::parts::{note_ui, section_ui};
use crate::analysis::forecast::{Backtest, Candidate, Forecast};
use crate::ui::widgets::{DataTable, TableColumn};
use crate::units;

/// Every model that was tried; a click forecasts by it.
pub(super) fn models_ui(ui: &mut Ui, cx: &mut Cx<'_>, forecast: &Arc<Forecast>) {
    let slot = cx.state.results.forecast("forecast");
    let view = &mut cx.view.forecast;
    if view.model().is_none() && slot.is_settled() && view.compared != forecast.candidates {
        view.compared.clone_from(&forecast.candidates);
    }
    let picked = view.model().map(str::to_owned);
    if view.compared.is_empty() {
        return;
    }
    section_ui(ui, "Models compared");
    let words = match &picked {
        None => format!(
            "{} was chosen: {} Click a model to forecast by it instead",
            forecast.model,
            forecast
                .why
                .split(". ")
                .next()
                .map_or_else(String::new, |s| format!("{}.", s.trim_end_matches('.')))
        ),
        Some(name) => format!("{name} was picked by hand, not by its error"),
    };
    note_ui(ui, &words);
    if picked.is_some() && ui.button("Use the best model again").clicked() {
        cx.view.forecast.use_model(None);
    }
    let rows = &cx.view.forecast.compared;
    let best = rows
        .iter()
        .filter_map(|c| c.mase)
        .fold(f64::INFINITY, f64::min);
    let shown = picked.as_deref().unwrap_or(&forecast.model);
    let current = rows.iter().position(|c| c.model == shown);
    let table = DataTable::new("forecast-candidates", rows)
        .version(
            rows.iter()
                .filter_map(|c| c.mase)
                .map(f64::to_bits)
                .fold(rows.len() as u64, u64::wrapping_add),
        )
        .current(current)
        .row_height(24.0)
        .max_height(300.0)
        .sorted(1, false)
        .column(
            TableColumn::text("Model", |c: &Candidate| c.model.clone())
                .strong()
                .rest()
                .width(160.0)
                .on_hover(|c| c.model.clone()),
        )
        .column(
            TableColumn::number("MASE", |c: &Candidate| c.mase, |v| units::grouped(v, 2))
                .width(80.0),
        )
        .column(
            TableColumn::text("Against the best", move |c: &Candidate| match c.mase {
                Some(mase) if mase <= best => "best".to_owned(),
                Some(mase) if best > 0.0 => {
                    format!("{} more error", units::percent_of(mase / best - 1.0))
                }
                Some(_) => String::new(),
                None => "could not be tried".to_owned(),
            })
            .sorted_by(|c| c.mase)
            .width(130.0),
        )
        .show(ui);
    let clicked = table
        .clicked
        .and_then(|i| rows.get(i))
        .map(|c| c.model.clone());
    if let Some(model) = clicked {
        cx.view.forecast.use_model(Some(model));
    }
}

/// One line of the backtest: what, how much, what it means.
struct Figure {
    name: &'static str,
    value: Option<f64>,
    print: fn(f64) -> String,
    means: &'static str,
}

fn backtest_rows(backtest: &Backtest) -> Vec<Figure> {
    let plain: fn(f64) -> String = |v| units::grouped(v, 2);
    let row = |name, value, print, means| Figure {
        name,
        value,
        print,
        means,
    };
    vec![
        row(
            "MASE",
            backtest.mase,
            plain,
            "error against repeating the last season; below 1 is better",
        ),
        row(
            "MASE of seasonal naive",
            backtest.seasonal_naive_mase,
            plain,
            "the same for repeating the last season, on the same folds",
        ),
        row(
            "sMAPE",
            backtest.smape,
            |v| format!("{} %", units::number(v)),
            "mean error in percent, 0 to 200",
        ),
        row(
            "Inside the 80 % range",
            backtest.coverage80,
            units::percent_of,
            "of the held-out values; 80 % would be right",
        ),
        row(
            "Inside the 95 % range",
            backtest.coverage95,
            units::percent_of,
            "of the held-out values; 95 % would be right",
        ),
        row(
            "MSIS",
            backtest.msis,
            plain,
            "width of the 95 % range with its misses, scaled; less is better",
        ),
    ]
}

pub(super) fn backtest_ui(ui: &mut Ui, forecast: &Forecast) {
    section_ui(ui, "What this method was worth on this series");
    if !forecast.why.is_empty() {
        note_ui(ui, &forecast.why);
    }
    match &forecast.backtest {
        None => note_ui(
            ui,
            "The history is too short to try the method on its own past",
        ),
        Some(backtest) => {
            note_ui(
                ui,
                &format!(
                    "{} times, {} steps ahead each, on data it had not seen",
                    backtest.folds, backtest.horizon
                ),
            );
            let rows = backtest_rows(backtest);
            DataTable::new("forecast-backtest", &rows)
                .version(
                    rows.iter()
                        .filter_map(|r| r.value)
                        .map(f64::to_bits)
                        .fold(0, u64::wrapping_add),
                )
                .row_height(24.0)
                .column(TableColumn::text("Figure", |r: &Figure| r.name.to_owned()).width(170.0))
                .column(
                    TableColumn::text("Value", |r: &Figure| {
                        r.value.map_or_else(|| "–".to_owned(), r.print)
                    })
                    .sorted_by(|r| r.value)
                    .right()
                    .width(80.0),
                )
                .column(
                    TableColumn::text("Means", |r: &Figure| r.means.to_owned())
                        .rest()
                        .width(120.0),
                )
                .show(ui);
        }
    }
}
