//! Forecast: when do we run out? Every series with its limit, the forecast of the selected one with a limit that can be
//! dragged, and what the method was worth in the past.

use std::sync::Arc;

use eframe::egui::{self, ComboBox, DragValue, ScrollArea, Ui, vec2};

use super::Cx;
use super::forecast_backtest::backtest_ui;
use super::forecast_detail::{chart_ui, figures_ui};
use super::forecast_known::{self, KnownView};
use super::forecast_limit::{limit_text, limit_ui, set_new_limit};
use super::forecast_marks;
use super::forecast_models::models_ui;
use super::forecast_scorecard::{self, ScoredKey};
use super::forecast_table;
use super::parts::{
    answer_ui, crossing_range, crossing_text, icon_button_ui, no_data_ui, section_ui, slot_ui,
};
use crate::analysis::forecast::{Aggregate, Candidate, Forecast};
use crate::project::CapacityLimit;
use crate::ui::command::Command;
use crate::ui::icons;
use crate::ui::results::{ForecastRequest, Request, SeriesKey};
use crate::ui::state::{AppState, Screen};
use crate::ui::theme::space;
use crate::ui::widgets::cut_name::telling;
use crate::ui::widgets::empty_state::EmptyState;
use crate::ui::widgets::{DataTable, TableColumn, TimeWindow};
use crate::units;

/// Shorter series have no forecast by days.
const SHORTEST_DAYS: f64 = 4.0;

/// What the screen remembers for itself.
#[derive(Debug)]
pub struct ForecastView {
    selected: Option<String>,
    picked: bool,
    /// All series are shown as a table instead of one.
    pub(super) all: bool,
    pub(super) horizon_days: u32,
    pub(super) aggregate: Aggregate,
    model: Option<String>,
    /// A limit on its way, while it is dragged.
    pub(super) dragged: Option<f64>,
    pub(super) window: TimeWindow,
    /// The kept forecast that is looked at.
    pub(super) scored: Option<ScoredKey>,
    pub(super) known: KnownView,
    /// The models that were compared when none was asked for: they stay to be picked from.
    pub(super) compared: Vec<Candidate>,
    /// The origin of the backtest that is shown, counted from the newest; the newest whole one where none was
    /// picked.
    pub(super) origin: Option<usize>,
}

impl Default for ForecastView {
    fn default() -> Self {
        Self {
            selected: None,
            picked: false,
            all: false,
            horizon_days: 90,
            aggregate: Aggregate::P95,
            model: None,
            dragged: None,
            window: TimeWindow::default(),
            scored: None,
            known: KnownView::default(),
            compared: Vec::new(),
            origin: None,
        }
    }
}

impl ForecastView {
    /// Shows the series with this name when the screen is opened.
    pub fn pick(&mut self, series: String) {
        self.select(series);
        self.picked = true;
    }

    fn select(&mut self, series: String) {
        if self.selected.as_ref() != Some(&series) {
            self.selected = Some(series);
            self.model = None;
            self.dragged = None;
            self.window = TimeWindow::default();
            self.compared.clear();
        }
    }

    /// What a person can set here beside the document.
    fn settings(&self) -> (u32, Aggregate, Option<String>, Option<f64>) {
        (
            self.horizon_days,
            self.aggregate,
            self.model.clone(),
            self.dragged,
        )
    }

    /// Forecasts by a model, or by the best one.
    pub(super) fn use_model(&mut self, model: Option<String>) {
        self.model = model;
    }

    /// Name of the series that is shown.
    pub fn selected(&self) -> Option<&str> {
        self.selected.as_deref()
    }

    /// The model that was picked.
    pub(super) fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }
}

/// One series of the project.
#[derive(Clone, Debug)]
pub(super) struct Row {
    key: SeriesKey,
    pub name: String,
    /// The name without the labels that all series of the metric share.
    shown: String,
    pub unit: String,
    /// Days from its first to its last point.
    days: f64,
    pub limit: Option<CapacityLimit>,
    pub forecast: Option<Result<Forecast, String>>,
}

impl Row {
    /// Soonest first: over already, by date, no date, no limit.
    fn rank(&self) -> Option<f64> {
        let capacity = self.forecast.as_ref()?.as_ref().ok()?.capacity.as_ref()?;
        if capacity.already_over {
            return Some(0.0);
        }
        // What half of the paths reach comes before what only one in ten does.
        let later = 1e12;
        Some(match (capacity.crossing.p50, capacity.crossing.p10) {
            (Some(at), _) => at.as_secs(),
            (None, Some(at)) => later + at.as_secs(),
            (None, None) => f64::MAX,
        })
    }
}

/// Shows the screen.
pub fn show_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    if no_data_ui(
        ui,
        cx,
        Screen::Forecast,
        "Here is how a series grows and when it reaches its limit, with honest ranges. Import metrics to begin",
    ) {
        return;
    }
    cx.request(Request::Forecasts);
    let rows = rows(cx.state);
    if rows.is_empty() {
        EmptyState::new(
            Screen::Forecast.icon(),
            "No metric series in this project",
            "A forecast needs a series over weeks: CPU, disk, requests a day. Import a metric table or a Prometheus answer",
        )
        .primary(Command::Import)
        .show(ui, cx);
        return;
    }
    if cx.view.forecast.all {
        forecast_table::show_ui(ui, cx);
        return;
    }
    let view = &mut cx.view.forecast;
    // Until a person picks one, the series that runs out first is shown.
    let known = rows.iter().any(|r| Some(&r.name) == view.selected.as_ref());
    if !known || !view.picked {
        let first = rows
            .iter()
            .filter(|r| r.limit.is_some())
            .min_by(|a, b| {
                let of = |r: &Row| r.rank().unwrap_or(f64::INFINITY);
                of(a).total_cmp(&of(b))
            })
            .or_else(|| rows.first());
        if let Some(row) = first {
            view.select(row.name.clone());
        }
    }
    let height = ui.available_height();
    if ui.available_width() >= 760.0 {
        let left = (ui.available_width() * 0.3).clamp(240.0, 440.0);
        ui.horizontal_top(|ui| {
            ui.allocate_ui(vec2(left, height), |ui| {
                ui.set_width(left);
                ui.vertical(|ui| list_ui(ui, cx, &rows, height));
            });
            ui.add_space(space::M);
            ui.vertical(|ui| detail_ui(ui, cx, &rows));
        });
    } else {
        list_ui(ui, cx, &rows, 170.0);
        ui.add_space(space::S);
        detail_ui(ui, cx, &rows);
    }
}

/// All series of the scope with their limits and what is known about them.
pub(super) fn rows(state: &AppState) -> Vec<Row> {
    let known = state.results.forecasts.value.as_ref();
    let mut rows: Vec<Row> = state
        .sources()
        .filter_map(|source| Some((source, source.metrics.as_ref()?)))
        .flat_map(|(source, metrics)| {
            metrics.series.iter().enumerate().map(move |(index, info)| {
                let name = info.display_name();
                let limit = state.doc.limits.iter().find(|l| l.series == name).cloned();
                let forecast = limit.as_ref().and_then(|limit| {
                    let found = known?
                        .forecasts
                        .iter()
                        .find(|(l, _)| l.series == limit.series)?;
                    Some(found.1.clone())
                });
                Row {
                    key: SeriesKey {
                        source_id: source.info.source_id.clone(),
                        index,
                    },
                    name,
                    shown: String::new(),
                    unit: info.unit.clone(),
                    days: match (info.first, info.last) {
                        (Some(first), Some(last)) => last.since(first).as_days(),
                        _ => 0.0,
                    },
                    limit,
                    forecast,
                }
            })
        })
        .collect();
    let names: Vec<&str> = rows.iter().map(|r| r.name.as_str()).collect();
    let telling = telling(&names);
    for (row, shown) in rows.iter_mut().zip(telling) {
        row.shown = shown;
    }
    // Those with a limit first, then those that are long enough.
    rows.sort_by_key(|r| (r.limit.is_none(), r.days < SHORTEST_DAYS));
    rows
}

fn list_ui(ui: &mut Ui, cx: &mut Cx<'_>, rows: &[Row], height: f32) {
    ui.horizontal(|ui| {
        section_ui(ui, "What runs out first");
        let all = ui.add(egui::Button::new("All series").small());
        if all
            .on_hover_text("Every series in one table, also those without a limit")
            .clicked()
        {
            cx.view.forecast.all = true;
        }
    });
    let state = cx.state;
    let zone = &state.zone;
    let view = &mut cx.view.forecast;
    let current = rows
        .iter()
        .position(|r| Some(&r.name) == view.selected.as_ref());
    let made_of = Arc::as_ptr(&state.dataset).addr() as u64
        ^ state
            .results
            .forecasts
            .value
            .as_ref()
            .map_or(0, |v| Arc::as_ptr(v).addr() as u64);
    let wide = ui.available_width() >= 290.0;
    let mut table = DataTable::new("forecast-series", rows)
        .version(made_of)
        .current(current)
        .sorted(if wide { 2 } else { 1 }, false)
        .max_height(height - 70.0)
        .column(
            TableColumn::text("Series", |r: &Row| r.shown.clone())
                .strong()
                .rest()
                .width(90.0)
                .on_hover(|r| r.name.clone()),
        );
    if wide {
        table = table.column(
            TableColumn::text("Limit", |r: &Row| {
                r.limit
                    .as_ref()
                    .map_or_else(|| "–".to_owned(), |l| limit_text(&l.limit, &r.unit))
            })
            .right()
            .width(54.0),
        );
    }
    let table = table
        .column(
            TableColumn::text("Runs out", move |r: &Row| match &r.forecast {
                Some(Ok(f)) => match &f.capacity {
                    Some(c) if c.already_over => "over already".to_owned(),
                    Some(c) => crossing_text(&c.crossing, zone),
                    None => "–".to_owned(),
                },
                Some(Err(_)) => "no forecast".to_owned(),
                None if r.days < SHORTEST_DAYS => "too short".to_owned(),
                None => "–".to_owned(),
            })
            .sorted_by(Row::rank)
            .width(92.0)
            .on_hover(move |r| match &r.forecast {
                Some(Ok(f)) => f.capacity.as_ref().map_or_else(String::new, |c| {
                    format!("P10 to P90: {}", crossing_range(&c.crossing, zone))
                }),
                Some(Err(why)) => why.clone(),
                None => String::new(),
            }),
        )
        .show(ui);
    if let Some(row) = table.clicked.and_then(|i| rows.get(i)) {
        view.pick(row.name.clone());
    }
}

fn detail_ui(ui: &mut Ui, cx: &mut Cx<'_>, rows: &[Row]) {
    let state = cx.state;
    let Some(row) = rows
        .iter()
        .find(|r| Some(&r.name) == cx.view.forecast.selected.as_ref())
    else {
        return;
    };
    let (settings, said) = (cx.view.forecast.settings(), cx.out.len());
    let view = &cx.view.forecast;
    let request = ForecastRequest {
        series: row.key.clone(),
        horizon_days: view.horizon_days,
        aggregate: view.aggregate,
        limit: row.limit.as_ref().map(|l| l.limit.clone()),
        lead_time_days: row.limit.as_ref().map_or(14, |l| l.lead_time_days),
        model: view.model.clone(),
        known: state.doc.foreseen(&row.name),
    };
    cx.request(Request::Forecast("forecast", request));
    let slot = state.results.forecast("forecast");
    ScrollArea::vertical()
        .id_salt("forecast-detail")
        .auto_shrink(false)
        .show(ui, |ui| {
            let of_this = slot
                .value
                .as_ref()
                .filter(|f| f.series == row.name || !slot.stale);
            let sentence = of_this.map_or_else(
                || row.name.clone(),
                |forecast| format!("{}.", forecast.sentence(&state.zone)),
            );
            let stands_on = of_this.map_or_else(String::new, |f| {
                format!(
                    "{} of {} steps, model {}",
                    f.aggregate,
                    units::count(f.n as u64),
                    f.model
                )
            });
            answer_ui(ui, &sentence, &stands_on);
            controls_ui(ui, cx, row);
            slot_ui(ui, slot, "Forecasting…", |ui, forecast| {
                let marks = forecast_marks::marks(forecast, &state.doc.known(&row.name).plan);
                chart_ui(ui, cx, row, forecast, &marks);
                figures_ui(ui, forecast, state);
                forecast_known::show_ui(ui, cx, row, forecast);
                forecast_marks::switches_ui(ui, cx, &row.name, &marks);
                forecast_scorecard::show_ui(ui, cx, row, forecast);
                models_ui(ui, cx, forecast);
                backtest_ui(ui, cx, forecast);
            });
        });
    forecast_known::form_ui(ui, cx);
    // Whoever changes something here means this series: it stays, also where another one runs out first now.
    let said = cx.out.get(said..).unwrap_or_default();
    if said.iter().any(|c| matches!(c, Command::Edit(_))) || settings != cx.view.forecast.settings()
    {
        cx.view.forecast.picked = true;
    }
}

fn controls_ui(ui: &mut Ui, cx: &mut Cx<'_>, row: &Row) {
    let read_only = cx.state.read_only();
    ui.horizontal_wrapped(|ui| {
        ui.set_row_height(28.0);
        let view = &mut cx.view.forecast;
        let horizon = ui.label("Horizon");
        ui.add(
            DragValue::new(&mut view.horizon_days)
                .range(7..=730)
                .suffix(" days"),
        )
        .labelled_by(horizon.id);
        let aggregate = ComboBox::from_id_salt("forecast-aggregate")
            .selected_text(aggregate_name(view.aggregate))
            .width(110.0)
            .show_ui(ui, |ui| {
                for choice in [
                    Aggregate::P95,
                    Aggregate::Max,
                    Aggregate::Mean,
                    Aggregate::None,
                ] {
                    ui.selectable_value(&mut view.aggregate, choice, aggregate_name(choice));
                }
            });
        aggregate.response.widget_info(|| {
            egui::WidgetInfo::labeled(egui::Role::ComboBox, true, "What of each day is forecast")
        });
        let view = &mut cx.view.forecast;
        let models: Vec<String> = view.compared.iter().map(|c| c.model.clone()).collect();
        let model = ComboBox::from_id_salt("forecast-model")
            .selected_text(
                view.model
                    .clone()
                    .unwrap_or_else(|| "best model".to_owned()),
            )
            .width(140.0)
            .show_ui(ui, |ui| {
                ui.selectable_value(&mut view.model, None, "best model");
                for name in models {
                    ui.selectable_value(&mut view.model, Some(name.clone()), name);
                }
            });
        model
            .response
            .widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, "Model"));
        ui.separator();
        if let Some(limit) = &row.limit {
            limit_ui(ui, cx, row, limit, read_only);
        } else if icon_button_ui(ui, !read_only, icons::TARGET, "Set a limit").clicked() {
            set_new_limit(cx, row);
        }
    });
    ui.add_space(space::XS);
}

const fn aggregate_name(aggregate: Aggregate) -> &'static str {
    match aggregate {
        Aggregate::P95 => "daily P95",
        Aggregate::Max => "daily peak",
        Aggregate::Mean => "daily mean",
        Aggregate::None => "as it is",
    }
}
