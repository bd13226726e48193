//! Forecast × growth: what would happen if demand grew faster, or capacity were added? Two assumptions on the forecasts of the
//! limits, beside the forecast as it is, and with demand a fifth higher and lower.

use std::collections::BTreeMap;

use eframe::egui::{self, DragValue, ScrollArea, Slider, Ui};

use super::super::Cx;
use super::super::overview::soonest;
use super::super::parts::{
    answer_ui, crossing_text, date, no_data_ui, note_ui, section_ui, slot_ui,
};
use crate::analysis::forecast::{Forecast, Percentiles};
use crate::calendar::{Instant, Zone};
use crate::scenario::{Outlook, Projection, project};
use crate::ui::command::Command;
use crate::ui::results::Request;
use crate::ui::state::Screen;
use crate::ui::theme::{Tokens, space};
use crate::ui::widgets::chart_parts::reading;
use crate::ui::widgets::empty_state::EmptyState;
use crate::ui::widgets::{
    DataTable, LineData, LineKind, PlotBand, PlotLimit, PlotLine, PlotMark, TableColumn, TimePlot,
};
use crate::units;

/// How far demand is above and below the scenario in the last two columns.
const SPREAD: f64 = 0.2;

/// What the screen remembers for itself.
#[derive(Debug)]
pub(super) struct OutlookView {
    factor: f64,
    /// Added to the limit of a series, by its name.
    added: BTreeMap<String, f64>,
    selected: Option<String>,
}

impl Default for OutlookView {
    fn default() -> Self {
        Self {
            factor: 1.0,
            added: BTreeMap::new(),
            selected: None,
        }
    }
}

/// When a limit is reached.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Reached {
    over: bool,
    crossing: Percentiles<Instant>,
}

impl Reached {
    fn of(projection: &Projection) -> Self {
        Self {
            over: projection.already_over,
            crossing: projection.crossing,
        }
    }

    /// In words.
    fn text(&self, zone: &Zone) -> String {
        if self.over {
            "over already".to_owned()
        } else {
            crossing_text(&self.crossing, zone)
        }
    }

    /// Over already first, then by date, never last.
    fn rank(&self) -> f64 {
        match (self.over, self.crossing.p50, self.crossing.p10) {
            (true, _, _) => 0.0,
            (_, Some(at), _) => at.as_secs(),
            (_, None, Some(at)) => 1e12 + at.as_secs(),
            (_, None, None) => f64::MAX,
        }
    }
}

/// One limit: as forecast, under the scenario, and around it.
struct Row {
    series: String,
    unit: String,
    /// The forecast's own dates, from its simulated paths.
    as_forecast: Reached,
    scenario: Reached,
    high: Reached,
    low: Reached,
    base: Projection,
    projection: Projection,
}

/// Shows the screen.
pub(super) fn show_ui(ui: &mut Ui, cx: &mut Cx<'_>, view: &mut OutlookView) {
    if no_data_ui(
        ui,
        cx,
        Screen::WhatIf,
        "Here the forecasts are tried under other assumptions: more demand, more capacity. Import metrics to begin",
    ) {
        return;
    }
    if cx.state.doc.limits.is_empty() {
        EmptyState::new(
            Screen::WhatIf.icon(),
            "No limits to try",
            "What if moves demand and capacity against the limits of series. Set a limit on the Forecast screen first",
        )
        .primary(Command::Go(Screen::Forecast))
        .show(ui, cx);
        return;
    }
    cx.request(Request::Forecasts);
    let slot = &cx.state.results.forecasts;
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        slot_ui(ui, slot, "Forecasting…", |ui, outcome| {
            let forecasts: Vec<&Forecast> = soonest(outcome)
                .into_iter()
                .filter_map(|(_, f)| f.ok())
                .collect();
            if forecasts.is_empty() {
                note_ui(
                    ui,
                    "None of the limits has a forecast; the Forecast screen says why",
                );
                return;
            }
            scenario_ui(ui, &cx.state.zone, view, &forecasts);
        });
    });
}

fn row(forecast: &Forecast, view: &OutlookView) -> Row {
    let added = view.added.get(&forecast.series).copied().unwrap_or(0.0);
    let with = |growth_factor: f64, added_capacity: f64| {
        let scenario = Outlook {
            growth_factor,
            added_capacity,
            ..Outlook::default()
        };
        project(forecast, &scenario)
    };
    let base = with(1.0, 0.0);
    let projection = with(view.factor, added);
    let as_forecast = forecast.capacity.as_ref().map_or_else(
        || Reached::of(&base),
        |capacity| Reached {
            over: capacity.already_over,
            crossing: capacity.crossing,
        },
    );
    let untouched = (view.factor - 1.0).abs() < 1e-9 && added == 0.0;
    Row {
        series: forecast.series.clone(),
        unit: forecast.unit.clone(),
        as_forecast,
        scenario: if untouched {
            as_forecast
        } else {
            Reached::of(&projection)
        },
        high: Reached::of(&with(view.factor * (1.0 + SPREAD), added)),
        low: Reached::of(&with(view.factor * (1.0 - SPREAD), added)),
        base,
        projection,
    }
}

/// The answer: what runs out first under the scenario, and when it would have otherwise.
fn sentence(rows: &[Row], zone: &Zone) -> String {
    let over: Vec<&str> = rows
        .iter()
        .filter(|r| r.scenario.over && !r.as_forecast.over)
        .map(|r| r.series.as_str())
        .collect();
    match over.as_slice() {
        [] => {}
        [one] => return format!("Under these assumptions {one} is over its limit at once."),
        [one, rest @ ..] => {
            return format!(
                "Under these assumptions {one} and {} more are over their limits at once.",
                rest.len()
            );
        }
    }
    let first = rows
        .iter()
        .filter(|r| r.scenario.crossing.p50.is_some() && !r.scenario.over)
        .min_by_key(|r| r.scenario.crossing.p50);
    let Some(row) = first else {
        return "Under these assumptions nothing more runs out within the horizon.".to_owned();
    };
    let as_forecast = row.as_forecast.text(zone);
    let in_scenario = row.scenario.text(zone);
    if as_forecast == in_scenario {
        format!(
            "{} runs out first, around {in_scenario}, as forecast.",
            row.series
        )
    } else {
        format!(
            "{} runs out first, around {in_scenario}; as forecast it is {as_forecast}.",
            row.series
        )
    }
}

fn scenario_ui(ui: &mut Ui, zone: &Zone, view: &mut OutlookView, forecasts: &[&Forecast]) {
    if !forecasts
        .iter()
        .any(|f| Some(&f.series) == view.selected.as_ref())
    {
        view.selected = forecasts.first().map(|f| f.series.clone());
    }
    let rows: Vec<Row> = forecasts.iter().map(|f| row(f, view)).collect();
    answer_ui(
        ui,
        &sentence(&rows, zone),
        "Assumptions on top of the forecasts; nothing here changes the project",
    );
    let chosen = forecasts
        .iter()
        .find(|f| Some(&f.series) == view.selected.as_ref())
        .copied();
    controls_ui(ui, view, chosen);
    table_ui(ui, view, &rows, zone);
    ui.add_space(space::M);
    let row = rows
        .iter()
        .find(|r| Some(&r.series) == view.selected.as_ref());
    if let (Some(forecast), Some(row)) = (chosen, row) {
        chart_ui(ui, forecast, row, zone);
        for assumption in &row.projection.assumptions {
            note_ui(ui, assumption);
        }
        note_ui(ui, &row.projection.method);
    }
}

fn controls_ui(ui: &mut Ui, view: &mut OutlookView, chosen: Option<&Forecast>) {
    ui.horizontal_wrapped(|ui| {
        ui.set_row_height(28.0);
        ui.spacing_mut().slider_width = 180.0;
        let word = ui.label("Demand");
        ui.add(
            Slider::new(&mut view.factor, 0.1..=10.0)
                .logarithmic(true)
                .max_decimals(2)
                .suffix("×"),
        )
        .on_hover_text("Times the forecast, from now on")
        .labelled_by(word.id);
        if let Some((forecast, capacity)) = chosen.and_then(|f| Some((f, f.capacity.as_ref()?))) {
            ui.separator();
            let added = view.added.entry(forecast.series.clone()).or_default();
            let word = ui.label(format!("Added to the limit of {}", forecast.series));
            let most = capacity.threshold.abs().max(1e-9);
            let suffix = if forecast.unit.is_empty() {
                String::new()
            } else {
                format!(" {}", forecast.unit)
            };
            ui.add(
                DragValue::new(added)
                    .range(-most..=most * 20.0)
                    .speed(most / 200.0)
                    .max_decimals(2)
                    .suffix(suffix),
            )
            .labelled_by(word.id);
        }
        let begun = (view.factor - 1.0).abs() > 1e-9 || view.added.values().any(|v| *v != 0.0);
        if ui
            .add_enabled(begun, egui::Button::new("As forecast"))
            .on_hover_text("Takes all assumptions back")
            .clicked()
        {
            view.factor = 1.0;
            view.added.clear();
        }
    });
    ui.add_space(space::XS);
}

fn table_ui(ui: &mut Ui, view: &mut OutlookView, rows: &[Row], zone: &Zone) {
    let current = rows
        .iter()
        .position(|r| Some(&r.series) == view.selected.as_ref());
    // The order follows the assumptions, not only the rows.
    let version = rows
        .iter()
        .map(|r| r.scenario.rank())
        .fold(0_u64, |all, at| all.rotate_left(7) ^ at.to_bits());
    let day = |title: &str, of: fn(&Row) -> &Reached| {
        TableColumn::text(title, move |r: &Row| of(r).text(zone))
            .sorted_by(move |r| Some(of(r).rank()))
            .width(112.0)
    };
    let table = DataTable::new("what-if", rows)
        .version(version)
        .current(current)
        .max_height(240.0)
        .column(
            TableColumn::text("Series", |r: &Row| r.series.clone())
                .strong()
                .rest()
                .width(120.0)
                .on_hover(|r| r.series.clone()),
        )
        .column(day("As forecast", |r| &r.as_forecast))
        .column(day("Scenario", |r| &r.scenario))
        .column(day("Demand +20 %", |r| &r.high))
        .column(day("Demand −20 %", |r| &r.low))
        .column(
            TableColumn::text("Left at the peak", |r: &Row| {
                r.projection
                    .headroom_at_peak
                    .map_or_else(|| "–".to_owned(), |v| units::with_unit(v, &r.unit))
            })
            .sorted_by(|r| r.projection.headroom_at_peak)
            .right()
            .width(112.0)
            .on_hover(|_| "Limit less the highest expected value within the horizon".to_owned()),
        )
        .show(ui);
    if let Some(row) = table.clicked.and_then(|i| rows.get(i)) {
        view.selected = Some(row.series.clone());
    }
}

fn chart_ui(ui: &mut Ui, forecast: &Forecast, row: &Row, zone: &Zone) {
    section_ui(ui, &format!("{} under the scenario", row.series));
    let tokens = Tokens::of(ui);
    let step = forecast.step_secs;
    let history = LineData::from_steps(forecast.history.iter().map(|(t, v)| (*t, Some(*v))), step);
    let mean = |points: &Projection| {
        LineData::from_steps(points.points.iter().map(|p| (p.t, Some(p.mean))), step)
    };
    let (base, scenario) = (mean(&row.base), mean(&row.projection));
    let line = |name: &str, data, color, kind| PlotLine {
        name: name.to_owned(),
        data,
        color,
        kind,
    };
    let height = (ui.available_height() - 90.0).clamp(220.0, 380.0);
    let title = row.projection.peak.map_or_else(
        || "No forecast".to_owned(),
        |peak| {
            format!(
                "At most {} is expected within the horizon",
                reading(peak, &row.unit)
            )
        },
    );
    let mut plot = TimePlot::new("what-if", title, zone)
        .unit(&row.unit)
        .height(height)
        .band(PlotBand {
            name: "80 % range".to_owned(),
            points: row
                .projection
                .points
                .iter()
                .map(|p| (p.t.as_secs(), p.lo80, p.hi80))
                .collect(),
            color: tokens.accent.gamma_multiply(0.18),
        })
        .line(line("measured", &history, tokens.text, LineKind::Context))
        .line(line("forecast", &base, tokens.context, LineKind::Forecast))
        .line(line(
            "scenario",
            &scenario,
            tokens.accent,
            LineKind::Forecast,
        ));
    if let Some(first) = forecast.points.first() {
        plot = plot.forecast_from(first.t.as_secs());
    }
    let limits = [
        (row.base.threshold, "limit", tokens.context),
        (
            row.projection.threshold,
            "limit in the scenario",
            tokens.bad,
        ),
    ];
    let moved = row.base.threshold != row.projection.threshold;
    for (value, name, color) in limits.into_iter().skip(usize::from(!moved)) {
        if let Some(value) = value {
            let name = if moved { name } else { "limit" };
            plot = plot.limit(PlotLimit {
                name: format!("{name} {}", reading(value, &row.unit)),
                value,
                color,
                draggable: false,
            });
        }
    }
    if let Some(at) = row.scenario.crossing.p50 {
        plot = plot.mark(PlotMark {
            name: date(at, zone),
            x: at.as_secs(),
            color: tokens.bad,
        });
    }
    plot.show(ui);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::forecast::{CapacityCrossing, ForecastPoint};

    fn forecast() -> Forecast {
        let day = |n: i64| Instant::from_secs(1_780_000_000 + n * 86_400);
        Forecast {
            series: "disk".to_owned(),
            unit: "GiB".to_owned(),
            step_secs: 86_400.0,
            history: (-30..0).map(|n| (day(n), 100.0 + n as f64)).collect(),
            points: (0..90)
                .map(|n| {
                    let mean = 100.0 + n as f64;
                    ForecastPoint {
                        t: day(n),
                        mean,
                        lo80: mean - 5.0,
                        hi80: mean + 5.0,
                        lo95: mean - 9.0,
                        hi95: mean + 9.0,
                    }
                })
                .collect(),
            capacity: Some(CapacityCrossing {
                threshold: 160.0,
                sustain: (3, 7),
                crossing: Percentiles {
                    p10: Some(day(56)),
                    p50: Some(day(61)),
                    p90: Some(day(66)),
                },
                ..CapacityCrossing::default()
            }),
            ..Forecast::default()
        }
    }

    #[test]
    fn more_demand_is_sooner_and_more_capacity_later() {
        let utc = Zone::utc();
        let mut view = OutlookView::default();
        let base = row(&forecast(), &view);
        assert!(sentence(&[row(&forecast(), &view)], &utc).ends_with("as forecast."));
        view.factor = 1.2;
        let more = row(&forecast(), &view);
        assert!(more.scenario.crossing.p50 < base.scenario.crossing.p50);
        assert!(sentence(&[more], &utc).contains("as forecast it is"));
        view.added.insert("disk".to_owned(), 500.0);
        let added = row(&forecast(), &view);
        assert_eq!(added.scenario.crossing.p50, None);
        view.added.clear();
        view.factor = 5.0;
        assert!(sentence(&[row(&forecast(), &view)], &utc).contains("at once"));
    }
}
