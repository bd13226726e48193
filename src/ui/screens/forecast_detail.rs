//! The selected forecast: history and ranges with the limit that can be dragged and what is planned for it, what was
//! found in the past as marks that can be clicked, and its figures.

use std::sync::Arc;

use eframe::egui::Ui;

use super::Cx;
use super::forecast::Row;
use super::forecast_limit::{limit_text, set_limit};
use super::forecast_marks::{Mark, toggle};
use super::parts::{caution_ui, date, derived};
use crate::analysis::forecast::{Forecast, ForecastPoint};
use crate::calendar::{Instant, TimeRange};
use crate::project::LimitValue;
use crate::ui::state::AppState;
use crate::ui::theme::{Tokens, space};
use crate::ui::widgets::chart_parts::reading;
use crate::ui::widgets::{
    LineData, LineKind, PlotBand, PlotLimit, PlotLine, PlotMark, PlotSpan, Stat, TimePlot,
    stats_ui, window_ui,
};
use crate::units;
use crate::warning::{Warning, WarningKind};

/// History, forecast and bands, ready to be drawn.
struct Drawn {
    history: LineData,
    mean: LineData,
    band80: Vec<(f64, f64, f64)>,
    band95: Vec<(f64, f64, f64)>,
    /// The limit over time, where additions change it.
    planned: LineData,
    /// The forecast from the data alone, where more is known.
    without: LineData,
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
    let mut planned = Vec::new();
    let limits = forecast.capacity.iter().flat_map(|c| &c.limits);
    for (at, limit) in limits {
        // A step: the limit before stands until here.
        if let Some((_, before)) = planned.last().copied() {
            planned.push((at.as_secs(), before));
        }
        planned.push((at.as_secs(), *limit));
    }
    if let Some((_, limit)) = planned.last().copied() {
        planned.push((last.as_secs(), limit));
    }
    let alone = forecast.plan.iter().flat_map(|p| &p.without.points);
    Drawn {
        planned: LineData::curve(planned),
        without: LineData::from_steps(alone.map(|p| (p.t, Some(p.mean))), step),
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

pub(super) fn chart_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    row: &Row,
    forecast: &Arc<Forecast>,
    marks: &[Mark],
) {
    let state = cx.state;
    let tokens = Tokens::of(ui);
    let lines = derived(ui, "forecast-lines", forecast, &(), |f: &Forecast| drawn(f));
    let view = &mut cx.view.forecast;
    window_ui(ui, &mut view.window, lines.full, &state.zone);
    let height = (ui.available_height() * 0.62).clamp(260.0, 460.0);
    let title = format!(
        "{}: measured, and expected until {}",
        forecast.series,
        date(lines.full.end, &state.zone)
    );
    let line = |name: &str, data, color, kind| PlotLine {
        name: name.to_owned(),
        data,
        color,
        kind,
    };
    let mut spans: Vec<PlotSpan> = marks.iter().map(|m| m.span(&state.zone, tokens)).collect();
    spans.extend(forecast.left_out.iter().map(|span| PlotSpan {
        name: format!("known, left out of the fit: {} ({})", span.reason, span.by),
        from: span.start.as_secs(),
        to: span.end.as_secs(),
        color: tokens.muted,
    }));
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
        ))
        .line(line(
            "data alone",
            &lines.without,
            tokens.muted,
            LineKind::Forecast,
        ))
        .line(line(
            "limit as planned",
            &lines.planned,
            tokens.bad,
            LineKind::Subject,
        ))
        .spans(spans);
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
    let ahead = state.doc.ahead().and_then(Result::ok);
    let ahead = ahead.filter(|ahead| ahead.concerns(&row.name));
    if let Some(ahead) = &ahead {
        let at = state.zone.start_of_day(ahead.from);
        if lines.full.contains(at) {
            plot = plot.mark(PlotMark {
                name: ahead.label(),
                x: at.as_secs(),
                color: tokens.accent,
            });
        }
    }
    let happened = plot.show_in(ui, &mut view.window, lines.full);
    if let Some(moved) = happened.limit_moved {
        view.dragged = Some(moved.value);
        if moved.done {
            view.dragged = None;
            // What was added to the limit already stays on top of it.
            let added = match &row.limit {
                Some(limit) if ahead.is_some() || !limit.additions.is_empty() => {
                    let (LimitValue::Value(base) | LimitValue::Percent(base)) = limit.limit;
                    let now = forecast.capacity.as_ref().map_or(base, |c| c.threshold);
                    now - base
                }
                _ => 0.0,
            };
            let value = moved.value - added;
            let percent_series = row.unit == "%";
            let percent = row
                .limit
                .as_ref()
                .is_some_and(|l| matches!(l.limit, LimitValue::Percent(_)));
            let limit = if percent && percent_series {
                LimitValue::Percent(value)
            } else {
                LimitValue::Value(value)
            };
            set_limit(cx, row, limit);
        }
    }
    if let Some(mark) = happened.clicked_span.and_then(|i| marks.get(i)) {
        toggle(cx, &row.name, mark);
    }
}

pub(super) fn figures_ui(ui: &mut Ui, forecast: &Forecast, state: &AppState) {
    let mut list = Vec::new();
    if let Some(capacity) = &forecast.capacity {
        let days = &capacity.days_remaining;
        let whole = |days: f64| units::grouped(days.floor(), 0);
        let span = |low: Option<f64>, high: Option<f64>| match (low, high) {
            (Some(a), Some(b)) if whole(a) == whole(b) => format!("{} days", whole(a)),
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
        let reading = |at: Option<Instant>| {
            at.map_or_else(|| "not in sight".to_owned(), |at| date(at, &state.zone))
        };
        if !capacity.already_over {
            list.push(Stat::new(
                "Conservative reading",
                reading(capacity.conservative),
                "upper end of the 80 % range",
            ));
            list.push(Stat::new(
                "Expected reading",
                reading(capacity.expected),
                "the expected value",
            ));
        }
        if let Some(by) = capacity.order_by {
            list.push(Stat::new(
                if capacity.order_overdue {
                    "Had to be ordered by"
                } else {
                    "Order by"
                },
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
    if let Some(growth) = forecast.growth_text() {
        list.push(Stat::new("Growth", growth, "in 30 days"));
    }
    if !list.is_empty() {
        ui.add_space(space::S);
        stats_ui(ui, &list);
    }
    // What became of known facts stands in their own list.
    let facts = forecast.plan.iter().flat_map(|p| &p.effects);
    let told: Vec<&str> = facts.map(|e| e.note.as_str()).collect();
    let of_a_fact = |w: &&Warning| {
        w.kind == WarningKind::Assumed && told.iter().any(|note| w.message.ends_with(note))
    };
    for warning in forecast.warnings.iter().filter(|w| !of_a_fact(w)) {
        caution_ui(ui, &warning.message);
    }
    ui.add_space(space::S);
}
