//! What the method was worth on the past of this very series: what it would have said from earlier days beside what came,
//! and the figures over all of them.

use std::sync::Arc;

use eframe::egui::{self, Ui};

use super::Cx;
use super::parts::{date, derived, note_ui, section_ui};
use crate::analysis::forecast::{Backtest, Forecast, Origin};
use crate::ui::theme::{Tokens, space};
use crate::ui::widgets::{
    DataTable, LineData, LineKind, PlotBand, PlotLine, TableColumn, TimePlot,
};
use crate::units;

/// Steps of history before an origin, as a multiple of those ahead of it.
const BEFORE: usize = 2;

/// One origin, ready to be drawn.
struct Drawn {
    measured: LineData,
    said: LineData,
    band80: Vec<(f64, f64, f64)>,
    band95: Vec<(f64, f64, f64)>,
}

fn drawn(forecast: &Forecast, origin: &Origin) -> Drawn {
    let last = origin.steps.last().map_or(origin.made_at, |s| s.said.t);
    let begins = forecast
        .history
        .partition_point(|(t, _)| *t < origin.made_at);
    let first = begins.saturating_sub(BEFORE * origin.steps.len().max(10));
    let measured = forecast
        .history
        .iter()
        .skip(first)
        .take_while(|(t, _)| *t <= last)
        .map(|(t, v)| (*t, Some(*v)));
    let points = || origin.steps.iter().map(|s| s.said);
    Drawn {
        measured: LineData::from_steps(measured, forecast.step_secs),
        said: LineData::from_steps(points().map(|p| (p.t, Some(p.mean))), forecast.step_secs),
        band80: points().map(|p| (p.t.as_secs(), p.lo80, p.hi80)).collect(),
        band95: points().map(|p| (p.t.as_secs(), p.lo95, p.hi95)).collect(),
    }
}

/// The forecasts of the past, one at a time.
fn origins_ui(ui: &mut Ui, cx: &mut Cx<'_>, forecast: &Arc<Forecast>, origins: &[Origin]) {
    let zone = &cx.state.zone;
    let view = &mut cx.view.forecast;
    let Some(newest) = origins.len().checked_sub(1) else {
        return;
    };
    // Counted from the newest, so that it stays when the forecast changes.
    let whole = || {
        let longest = origins.iter().map(|o| o.steps.len()).max();
        origins
            .iter()
            .rposition(|o| Some(o.steps.len()) == longest)
            .unwrap_or(newest)
    };
    let before = view.origin.map_or_else(whole, |o| newest.saturating_sub(o));
    let mut place = before;
    ui.horizontal_wrapped(|ui| {
        let label = ui.label("Seen from");
        let slider = egui::Slider::new(&mut place, 0..=newest)
            .show_value(false)
            .step_by(1.0);
        ui.add(slider).labelled_by(label.id);
        if let Some(origin) = origins.get(place) {
            ui.label(format!(
                "{} ({} of {})",
                date(origin.made_at, zone),
                place + 1,
                origins.len()
            ));
        }
    });
    if place != before {
        view.origin = Some(newest - place);
    }
    let Some(origin) = origins.get(place) else {
        return;
    };
    let tokens = Tokens::of(ui);
    let lines = derived(ui, "forecast-origin", forecast, &place, |f: &Forecast| {
        drawn(f, origin)
    });
    let (in80, in95) = origin.inside();
    let title = format!(
        "From {}: {} of {} values came inside the 80 % range, {} inside the 95 % range",
        date(origin.made_at, zone),
        in80,
        origin.steps.len(),
        in95
    );
    let line = |name: &str, data, color, kind| PlotLine {
        name: name.to_owned(),
        data,
        color,
        kind,
    };
    TimePlot::new("forecast-origin", title, zone)
        .unit(&forecast.unit)
        .height(230.0)
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
            &lines.measured,
            tokens.text,
            LineKind::Context,
        ))
        .line(line(
            "said then",
            &lines.said,
            tokens.accent,
            LineKind::Forecast,
        ))
        .forecast_from(origin.made_at.as_secs())
        .show(ui);
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

/// What it was worth.
pub(super) fn backtest_ui(ui: &mut Ui, cx: &mut Cx<'_>, forecast: &Arc<Forecast>) {
    section_ui(ui, "What this method was worth on this series");
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
            origins_ui(ui, cx, forecast, &backtest.origins);
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
