//! How the model was chosen: every model that was tried with its error, to be picked.

use std::sync::Arc;

use eframe::egui::Ui;

use super::Cx;
use super::parts::{note_ui, section_ui};
use crate::analysis::forecast::{Candidate, Forecast};
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
    section_ui(ui, "Models compared");
    match &picked {
        Some(name) => note_ui(
            ui,
            &format!(
                "{name} was picked by hand, not by its error. {}",
                forecast.why
            ),
        ),
        None => note_ui(ui, &forecast.why),
    }
    if view.compared.is_empty() {
        return;
    }
    note_ui(ui, "Click a model to forecast by it instead");
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
