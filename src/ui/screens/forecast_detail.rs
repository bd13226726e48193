//! The selected forecast: history and ranges with the limit that can be dragged, its figures, and what the method was
//! worth on the past of this very series.

use std::sync::Arc;

use eframe::egui::Ui;

use super::Cx;
use super::forecast::{Row, limit_text, set_limit};
use super::parts::{caution_ui, date, derived, note_ui, section_ui};
use crate::analysis::forecast::{Backtest, Candidate, Forecast, ForecastPoint};
use crate::calendar::TimeRange;
use crate::project::LimitValue;
use crate::ui::state::AppState;
use crate::ui::theme::{Tokens, space};
use crate::ui::widgets::chart_parts::reading;
use crate::ui::widgets::{
    DataTable, LineData, LineKind, PlotBand, PlotLimit, PlotLine, PlotMark, PlotSpan, Stat,
    TableColumn, TimePlot, stats_ui, window_ui,
};
use crate::units;

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
    let bands = |low: fn(&ForecastPoint) -> (f64, f64)| {
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

pub(super) fn chart_ui(ui: &mut Ui, cx: &mut Cx<'_>, row: &Row, forecast: &Arc<Forecast>) {
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
    let left_out = forecast.left_out.iter().map(|span| PlotSpan {
        name: format!("known, left out of the fit: {} ({})", span.reason, span.by),
        from: span.start.as_secs(),
        to: span.end.as_secs(),
        color: tokens.muted,
    });
    plot = plot.spans(left_out.collect());
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

pub(super) fn figures_ui(ui: &mut Ui, forecast: &Forecast, state: &AppState) {
    let mut list = Vec::new();
    if let Some(capacity) = &forecast.capacity {
        let days = &capacity.days_remaining;
        let whole = |days: f64| units::grouped(days.floor(), 0);
        let span = |low: Option<f64>, high: Option<f64>| match (low, high) {
            (Some(a), Some(b)) => format!("{} to {} days", whole(a), whole(b)),
            (Some(a), None) => format!("{} days or more", whole(a)),
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
