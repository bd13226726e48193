//! Forecast: when do we run out? Every series with its limit, the forecast of the selected one with a limit that can be
//! dragged, and what the method was worth in the past.

use std::sync::Arc;

use eframe::egui::{self, ComboBox, DragValue, ScrollArea, Ui, vec2};

use super::Cx;
use super::parts::{
    answer_ui, caution_ui, crossing_range, date, derived, no_data_ui, note_ui, section_ui, slot_ui,
};
use crate::analysis::forecast::{Aggregate, Backtest, Candidate, Forecast};
use crate::calendar::TimeRange;
use crate::project::{CapacityLimit, LimitValue};
use crate::ui::command::Command;
use crate::ui::icons;
use crate::ui::results::{ForecastRequest, Request, SeriesKey};
use crate::ui::state::{AppState, Screen};
use crate::ui::theme::{Tokens, space};
use crate::ui::widgets::chart_parts::reading;
use crate::ui::widgets::empty_state::EmptyState;
use crate::ui::widgets::{
    DataTable, LineData, LineKind, PlotBand, PlotLimit, PlotLine, PlotMark, Stat, TableColumn,
    TimePlot, TimeWindow, stats_ui, window_ui,
};
use crate::units;

/// What the screen remembers for itself.
#[derive(Debug)]
pub struct ForecastView {
    selected: Option<String>,
    horizon_days: u32,
    aggregate: Aggregate,
    model: Option<String>,
    /// A limit on its way, while it is dragged.
    dragged: Option<f64>,
    window: TimeWindow,
}

impl Default for ForecastView {
    fn default() -> Self {
        Self {
            selected: None,
            horizon_days: 90,
            aggregate: Aggregate::P95,
            model: None,
            dragged: None,
            window: TimeWindow::default(),
        }
    }
}

impl ForecastView {
    /// Shows the series with this name when the screen is opened.
    pub fn select(&mut self, series: String) {
        if self.selected.as_ref() != Some(&series) {
            self.selected = Some(series);
            self.model = None;
            self.dragged = None;
            self.window = TimeWindow::default();
        }
    }
}

/// One series of the project.
#[derive(Clone, Debug)]
pub(super) struct Row {
    key: SeriesKey,
    pub name: String,
    pub unit: String,
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
        let at = capacity.crossing.p50.or(capacity.crossing.p10);
        Some(at.map_or(f64::MAX, crate::calendar::Instant::as_secs))
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
    let view = &mut cx.view.forecast;
    if !rows.iter().any(|r| Some(&r.name) == view.selected.as_ref()) {
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
    if ui.available_width() >= 900.0 {
        let left = (ui.available_width() * 0.32).clamp(320.0, 440.0);
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
    state
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
                    unit: info.unit.clone(),
                    limit,
                    forecast,
                }
            })
        })
        .collect()
}

/// A limit as it was set.
pub(super) fn limit_text(limit: &LimitValue, unit: &str) -> String {
    match limit {
        LimitValue::Value(v) => reading(*v, unit),
        LimitValue::Percent(p) => reading(*p, "%"),
    }
}

fn list_ui(ui: &mut Ui, cx: &mut Cx<'_>, rows: &[Row], height: f32) {
    section_ui(ui, "What runs out first");
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
    let table = DataTable::new("forecast-series", rows)
        .version(made_of)
        .current(current)
        .sorted(2, false)
        .max_height(height - 70.0)
        .column(
            TableColumn::text("Series", |r: &Row| r.name.clone())
                .strong()
                .rest()
                .width(90.0)
                .on_hover(|r| r.name.clone()),
        )
        .column(
            TableColumn::text("Limit", |r: &Row| {
                r.limit
                    .as_ref()
                    .map_or_else(|| "–".to_owned(), |l| limit_text(&l.limit, &r.unit))
            })
            .right()
            .width(70.0),
        )
        .column(
            TableColumn::text("Runs out", move |r: &Row| match &r.forecast {
                Some(Ok(f)) => match &f.capacity {
                    Some(c) if c.already_over => "over already".to_owned(),
                    Some(c) => c
                        .crossing
                        .p50
                        .map_or_else(|| "not in sight".to_owned(), |at| date(at, zone)),
                    None => "–".to_owned(),
                },
                Some(Err(_)) => "no forecast".to_owned(),
                None => "–".to_owned(),
            })
            .sorted_by(Row::rank)
            .width(96.0)
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
        view.select(row.name.clone());
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
    let view = &cx.view.forecast;
    let request = ForecastRequest {
        series: row.key.clone(),
        horizon_days: view.horizon_days,
        aggregate: view.aggregate,
        limit: row.limit.as_ref().map(|l| l.limit.clone()),
        lead_time_days: row.limit.as_ref().map_or(14, |l| l.lead_time_days),
        model: view.model.clone(),
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
                chart_ui(ui, cx, row, forecast);
                figures_ui(ui, forecast, state);
                backtest_ui(ui, forecast);
            });
        });
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
        let models: Vec<String> = cx
            .state
            .results
            .forecast("forecast")
            .value
            .as_ref()
            .map(|f| f.candidates.iter().map(|c| c.model.clone()).collect())
            .unwrap_or_default();
        let view = &mut cx.view.forecast;
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
        } else {
            let button = egui::Button::new(format!("{}  Set a limit", icons::TARGET));
            if ui.add_enabled(!read_only, button).clicked() {
                set_new_limit(cx, row);
            }
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

fn limit_ui(ui: &mut Ui, cx: &mut Cx<'_>, row: &Row, limit: &CapacityLimit, read_only: bool) {
    let (mut value, percent) = match limit.limit {
        LimitValue::Value(v) => (v, false),
        LimitValue::Percent(v) => (v, true),
    };
    let suffix = if percent {
        " %".to_owned()
    } else if row.unit.is_empty() {
        String::new()
    } else {
        format!(" {}", row.unit)
    };
    let speed = (value.abs() / 200.0).max(0.01);
    let word = ui.label("Limit");
    let field = ui
        .add_enabled(
            !read_only,
            DragValue::new(&mut value)
                .speed(speed)
                .suffix(suffix)
                .max_decimals(2),
        )
        .labelled_by(word.id);
    if field.changed() {
        set_limit(
            cx,
            row,
            if percent {
                LimitValue::Percent(value)
            } else {
                LimitValue::Value(value)
            },
        );
    }
    let mut lead = limit.lead_time_days;
    let word = ui.label("Lead time");
    let field = ui
        .add_enabled(
            !read_only,
            DragValue::new(&mut lead).range(0..=730).suffix(" days"),
        )
        .labelled_by(word.id);
    if field.changed() {
        let series = row.name.clone();
        cx.edit(
            format!("change lead time of {series} to {lead} days"),
            move |doc| {
                if let Some(limit) = doc.limits.iter_mut().find(|l| l.series == series) {
                    limit.lead_time_days = lead;
                }
            },
        );
    }
    let remove = ui.add_enabled(!read_only, egui::Button::new("Remove limit"));
    if remove.clicked() {
        let series = row.name.clone();
        cx.edit(format!("remove the limit of {series}"), move |doc| {
            doc.limits.retain(|l| l.series != series);
        });
    }
}

fn set_limit(cx: &mut Cx<'_>, row: &Row, limit: LimitValue) {
    let series = row.name.clone();
    let name = format!(
        "change limit of {series} to {}",
        limit_text(&limit, &row.unit)
    );
    cx.edit(name, move |doc| {
        if let Some(existing) = doc.limits.iter_mut().find(|l| l.series == series) {
            existing.limit = limit.clone();
        }
    });
}

/// A series in percent is limited at 80 %; any other a fifth above the highest value it had.
fn set_new_limit(cx: &mut Cx<'_>, row: &Row) {
    let highest = cx
        .state
        .results
        .forecast("forecast")
        .value
        .as_ref()
        .and_then(|f| f.history.iter().map(|p| p.1).reduce(f64::max));
    let limit = if row.unit == "%" {
        LimitValue::Percent(80.0)
    } else {
        let power = |v: f64| 10_f64.powf(v.abs().max(1e-9).log10().floor() - 1.0);
        let raw = highest.unwrap_or(1.0) * 1.2;
        LimitValue::Value((raw / power(raw)).round() * power(raw))
    };
    let entry = CapacityLimit {
        series: row.name.clone(),
        limit,
        lead_time_days: 14,
        note: String::new(),
    };
    cx.edit(format!("set a limit on {}", row.name), move |doc| {
        doc.limits.push(entry.clone());
    });
}

/// History, forecast and bands, ready to be drawn.
struct Drawn {
    history: LineData,
    mean: LineData,
    band80: Vec<(f64, f64, f64)>,
    band95: Vec<(f64, f64, f64)>,
    full: TimeRange,
}

fn drawn(forecast: &Forecast) -> Drawn {
    let step = forecast.step_secs;
    let bands = |low: fn(&crate::analysis::forecast::ForecastPoint) -> (f64, f64)| {
        forecast
            .points
            .iter()
            .map(|p| {
                let (a, b) = low(p);
                (p.t.as_secs(), a, b)
            })
            .collect()
    };
    let first = forecast
        .history
        .first()
        .map(|p| p.0)
        .or_else(|| forecast.points.first().map(|p| p.t))
        .unwrap_or_default();
    let last = forecast
        .points
        .last()
        .map(|p| p.t)
        .or_else(|| forecast.history.last().map(|p| p.0))
        .unwrap_or_default();
    // The forecast hangs on to the last measured step.
    let joint = forecast.history.last().map(|(t, v)| (*t, Some(*v)));
    let ahead = forecast.points.iter().map(|p| (p.t, Some(p.mean)));
    Drawn {
        history: LineData::from_steps(forecast.history.iter().map(|(t, v)| (*t, Some(*v))), step),
        mean: LineData::from_steps(joint.into_iter().chain(ahead), step),
        band80: bands(|p| (p.lo80, p.hi80)),
        band95: bands(|p| (p.lo95, p.hi95)),
        full: TimeRange {
            start: first,
            end: last,
        },
    }
}

fn chart_ui(ui: &mut Ui, cx: &mut Cx<'_>, row: &Row, forecast: &Arc<Forecast>) {
    let state = cx.state;
    let tokens = Tokens::of(ui);
    let lines = derived(ui, "forecast-lines", forecast, &(), |f: &Forecast| drawn(f));
    let view = &mut cx.view.forecast;
    window_ui(ui, &mut view.window, lines.full, &state.zone);
    let height = (ui.available_height() * 0.62).clamp(260.0, 460.0);
    let title = format!(
        "{}: measured, and expected until {}",
        row.name,
        date(lines.full.end, &state.zone)
    );
    let line = |name: &str, data, color, kind| PlotLine {
        name: name.to_owned(),
        data,
        color,
        kind,
    };
    let mut plot = TimePlot::new("forecast", title, &state.zone)
        .unit(&forecast.unit)
        .height(height)
        .band(PlotBand {
            name: "95 % range".to_owned(),
            points: lines.band95.clone(),
            color: tokens.accent.gamma_multiply(0.13),
        })
        .band(PlotBand {
            name: "80 % range".to_owned(),
            points: lines.band80.clone(),
            color: tokens.accent.gamma_multiply(0.18),
        })
        .line(line(
            "measured",
            &lines.history,
            tokens.text,
            LineKind::Context,
        ))
        .line(line(
            "forecast",
            &lines.mean,
            tokens.accent,
            LineKind::Forecast,
        ));
    if let Some(first) = forecast.points.first() {
        plot = plot.forecast_from(first.t.as_secs());
    }
    if let (Some(limit), Some(capacity)) = (&row.limit, &forecast.capacity) {
        let value = view.dragged.unwrap_or(capacity.threshold);
        let name = if view.dragged.is_some() {
            format!("limit {}", reading(value, &forecast.unit))
        } else {
            format!("limit {}", limit_text(&limit.limit, &row.unit))
        };
        plot = plot.limit(PlotLimit {
            name,
            value,
            color: tokens.bad,
            draggable: !state.read_only(),
        });
        for (name, at) in [
            ("P10", capacity.crossing.p10),
            ("P50", capacity.crossing.p50),
            ("P90", capacity.crossing.p90),
        ] {
            if let Some(at) = at {
                plot = plot.mark(PlotMark {
                    name: format!("{name} {}", at.format(&state.zone, "%-d %b")),
                    x: at.as_secs(),
                    color: tokens.bad,
                });
            }
        }
    }
    let happened = plot.show_in(ui, &mut view.window, lines.full);
    if let Some(moved) = happened.limit_moved {
        view.dragged = Some(moved.value);
        if moved.done {
            view.dragged = None;
            let percent_series = row.unit == "%";
            let percent = row
                .limit
                .as_ref()
                .is_some_and(|l| matches!(l.limit, LimitValue::Percent(_)));
            let limit = if percent && percent_series {
                LimitValue::Percent(moved.value)
            } else {
                LimitValue::Value(moved.value)
            };
            set_limit(cx, row, limit);
        }
    }
}

fn figures_ui(ui: &mut Ui, forecast: &Forecast, state: &AppState) {
    let mut list = Vec::new();
    if let Some(capacity) = &forecast.capacity {
        let days = &capacity.days_remaining;
        let span = |low: Option<f64>, high: Option<f64>| match (low, high) {
            (Some(a), Some(b)) => format!("{} to {} days", units::number(a), units::number(b)),
            (Some(a), None) => format!("{} days or more", units::number(a)),
            _ => "not in sight".to_owned(),
        };
        list.push(Stat::new(
            "Time left (P10 to P90)",
            span(days.p10, days.p90),
            format!(
                "over on {} of {} days",
                capacity.sustain.0, capacity.sustain.1
            ),
        ));
        list.push(Stat::new(
            "Within the horizon",
            units::percent_of(capacity.probability_within_horizon),
            "of the simulated paths",
        ));
        if let Some(by) = capacity.order_by {
            list.push(Stat::new(
                "Order by",
                date(by, &state.zone),
                "P10 less the lead time",
            ));
        }
        if let Some(first) = capacity.first_day_over.p50 {
            list.push(Stat::new(
                "First day over",
                date(first, &state.zone),
                "half of the paths",
            ));
        }
    }
    if let Some(growth) = forecast.growth_per_month {
        list.push(Stat::new(
            "Growth",
            units::with_unit(growth, &forecast.unit),
            "in 30 days",
        ));
    }
    if !list.is_empty() {
        ui.add_space(space::S);
        stats_ui(ui, &list);
    }
    for warning in forecast.warnings.iter() {
        caution_ui(ui, &warning.message);
    }
    ui.add_space(space::S);
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

fn backtest_ui(ui: &mut Ui, forecast: &Forecast) {
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
    if forecast.candidates.is_empty() {
        return;
    }
    ui.add_space(space::S);
    section_ui(ui, "What else was tried");
    DataTable::new("forecast-candidates", &forecast.candidates)
        .row_height(24.0)
        .sorted(1, false)
        .column(
            TableColumn::text("Model", |c: &Candidate| c.model.clone())
                .strong()
                .width(220.0),
        )
        .column(
            TableColumn::number("MASE", |c: &Candidate| c.mase, |v| units::grouped(v, 2))
                .width(80.0),
        )
        .show(ui);
}
