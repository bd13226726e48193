//! The scorecard on the Forecast screen: the forecast that is shown can be kept, and those that were kept stand beside
//! what came, with how often their ranges held.

use std::sync::Arc;

use eframe::egui::{Label, Ui};

use super::Cx;
use super::forecast::{ForecastView, Row};
use super::parts::{date, derived, icon_button_ui, note_ui, section_ui, slot_ui};
use crate::analysis::forecast::kept::{Keeping, KeptBy, KeptForecast};
use crate::analysis::forecast::scorecard::{CrossingOutcome, ForecastScore, PlanScorecard};
use crate::analysis::forecast::scorecard_words::share_text;
use crate::analysis::forecast::{Aggregate, Forecast, ForecastPoint};
use crate::calendar::{Instant, Zone};
use crate::ui::command::{Command, DocEdit};
use crate::ui::icons;
use crate::ui::results::Request;
use crate::ui::state::AppState;
use crate::ui::theme::{self, Tokens, space};
use crate::ui::widgets::{
    DataTable, LineData, LineKind, PlotBand, PlotLimit, PlotLine, Status, StatusBadge, TableColumn,
    TimePlot,
};
use crate::units;

/// Kept forecasts shown before the table scrolls.
const TABLE_HEIGHT: f32 = 240.0;

/// Names a kept forecast: its series, when it was kept, and where its data ended.
pub(super) type ScoredKey = (String, Instant, Instant);

fn key(score: &ForecastScore) -> ScoredKey {
    (score.series.clone(), score.made_at, score.known_until)
}

/// The section below the forecast of a series.
pub(super) fn show_ui(ui: &mut Ui, cx: &mut Cx<'_>, row: &Row, forecast: &Arc<Forecast>) {
    section_ui(ui, "What was said, and what came");
    keep_ui(ui, cx, row, forecast);
    let state = cx.state;
    let of_scope = |kept: &&KeptForecast| kept.scope == state.doc.scope;
    if !state.doc.decisions.forecasts.iter().any(|k| of_scope(&k)) {
        note_ui(
            ui,
            "Keep a forecast today, and every day of data that comes later shows here whether it fell into the range. \
             Closing a period keeps the forecasts of its report by itself",
        );
        ui.add_space(space::S);
        return;
    }
    cx.request(Request::Scorecard);
    slot_ui(ui, &state.results.scorecard, "Scoring…", |ui, card| {
        ui.add(Label::new(theme::strong(card.sentence())).wrap());
        if let Some(errors) = card.errors_sentence() {
            note_ui(ui, &errors);
        }
        let (as_said, decided) = card.crossings();
        if decided > 0 {
            note_ui(
                ui,
                &format!("Limits: {as_said} of {decided} came, or stayed away, as said"),
            );
        }
        ui.add_space(space::XS);
        list_ui(ui, cx, row, card);
    });
    ui.add_space(space::S);
}

/// A forecast as it would be kept by hand, at no time yet.
fn kept_as_is(state: &AppState, aggregate: Aggregate, forecast: &Forecast) -> Option<KeptForecast> {
    let keeping = Keeping {
        series: &forecast.series,
        scope: &state.doc.scope,
        zone: &state.zone,
        aggregate,
        at: Instant::default(),
        by: KeptBy::Hand,
        who: "",
    };
    KeptForecast::of(forecast, &keeping)
}

/// The edit that keeps the forecast that is shown; why not, where it cannot be kept.
pub(in crate::ui) fn keep_shown(state: &AppState, view: &ForecastView) -> Result<DocEdit, String> {
    let slot = state.results.forecast("forecast");
    let shown = slot
        .value
        .as_ref()
        .filter(|f| slot.is_settled() && Some(f.series.as_str()) == view.selected());
    let kept = shown.and_then(|f| kept_as_is(state, view.aggregate, f));
    let Some(kept) = kept else {
        return Err("No forecast is shown that could be kept".to_owned());
    };
    if let Some(known) = kept.known_in(&state.doc.decisions.forecasts) {
        return Err(known.by.already(&kept.series, known.made_at, &state.zone));
    }
    Ok(keeping_edit(state, kept))
}

fn keeping_edit(state: &AppState, kept: KeptForecast) -> DocEdit {
    let kept = KeptForecast {
        made_at: state.now,
        ..kept
    };
    DocEdit::new(
        format!("keep the forecast of {}", kept.series),
        move |doc| {
            kept.clone().keep_in(&mut doc.decisions.forecasts);
        },
    )
}

/// The button, or when these data were kept.
fn keep_ui(ui: &mut Ui, cx: &mut Cx<'_>, row: &Row, forecast: &Arc<Forecast>) {
    let state = cx.state;
    let aggregate = cx.view.forecast.aggregate;
    let scope = &state.doc.scope;
    let depends = (&row.name, aggregate, &scope.service, &scope.environment);
    let kept = derived(ui, "forecast-kept", forecast, &depends, |forecast| {
        kept_as_is(state, aggregate, forecast)
    });
    let Some(kept) = kept.as_ref() else {
        return;
    };
    if let Some(known) = kept.known_in(&state.doc.decisions.forecasts) {
        let already = known.by.already(&row.name, known.made_at, &state.zone);
        note_ui(ui, &already);
        return;
    }
    let settled = state.results.forecast("forecast").is_settled() && forecast.series == row.name;
    let can = settled && !state.read_only();
    let button = icon_button_ui(ui, can, icons::SAVE, "Keep this forecast").on_hover_text(
        "Its ranges stay in the project as they are now, so that later data can say what they were worth",
    );
    if button.clicked() {
        cx.send(Command::Edit(keeping_edit(state, kept.clone())));
    }
}

fn status(outcome: CrossingOutcome) -> Status {
    match outcome {
        CrossingOutcome::AsSaid => Status::Good,
        CrossingOutcome::Earlier | CrossingOutcome::NotExpected => Status::Bad,
        CrossingOutcome::Later => Status::Caution,
        CrossingOutcome::Open | CrossingOutcome::OverAlready => Status::Unknown,
    }
}

/// All kept forecasts, and the one that is picked.
fn list_ui(ui: &mut Ui, cx: &mut Cx<'_>, row: &Row, card: &Arc<PlanScorecard>) {
    let picked = cx.view.forecast.scored.as_ref();
    let rows = &card.forecasts;
    let current = rows
        .iter()
        .position(|s| Some(&key(s)) == picked)
        .or_else(|| rows.iter().position(|s| s.series == row.name))
        .or((!rows.is_empty()).then_some(0));
    let clicked = table_ui(ui, card, current, &cx.state.zone);
    if let Some(score) = clicked.and_then(|i| rows.get(i)) {
        cx.view.forecast.scored = Some(key(score));
    }
    if let Some(score) = current.and_then(|i| rows.get(i)) {
        ui.add_space(space::S);
        chart_ui(ui, card, score, &cx.state.zone);
        note_ui(ui, &score.sentence(&cx.state.zone));
    }
}

fn table_ui(
    ui: &mut Ui,
    card: &Arc<PlanScorecard>,
    current: Option<usize>,
    zone: &Zone,
) -> Option<usize> {
    let width = ui.available_width();
    let mut table = DataTable::new("forecast-scorecard", &card.forecasts)
        .version(Arc::as_ptr(card).addr() as u64)
        .current(current)
        .row_height(24.0)
        .max_height(TABLE_HEIGHT)
        .column(
            TableColumn::text("Series", |s: &ForecastScore| s.series.clone())
                .strong()
                .rest()
                .width(90.0)
                .on_hover(move |s| format!("{}\n{}, {}", s.made_text(zone), s.aggregate, s.model)),
        )
        .column(
            TableColumn::text("Kept", move |s: &ForecastScore| date(s.made_at, zone))
                .sorted_by(|s| Some(s.made_at.as_secs()))
                .width(92.0)
                .on_hover(move |s| s.made_text(zone)),
        )
        .column(
            TableColumn::number(
                "Steps",
                |s: &ForecastScore| Some(s.measured as f64),
                |n| units::count(n as u64),
            )
            .width(52.0),
        )
        .column(
            TableColumn::text("In 80 %", |s: &ForecastScore| {
                share_text(s.within80, s.measured, 80)
            })
            .sorted_by(|s| share(s.within80, s.measured))
            .right()
            .width(60.0),
        )
        .column(
            TableColumn::text("In 95 %", |s: &ForecastScore| {
                share_text(s.within95, s.measured, 95)
            })
            .sorted_by(|s| share(s.within95, s.measured))
            .right()
            .width(60.0),
        );
    if width >= 560.0 {
        table = table
            .column(
                TableColumn::text("Said last", ForecastScore::said_text)
                    .right()
                    .width(118.0)
                    .on_hover(ForecastScore::said_text),
            )
            .column(
                TableColumn::text("Came", ForecastScore::came_text)
                    .sorted_by(|s| s.last_measured().map(|(_, came)| came))
                    .right()
                    .width(78.0),
            );
    }
    if width >= 720.0 {
        table = table.column(
            TableColumn::text("Limit", |s: &ForecastScore| {
                s.crossing
                    .as_ref()
                    .map_or("–", |c| c.outcome.word())
                    .to_owned()
            })
            .painted(|ui, s| match &s.crossing {
                Some(c) => {
                    StatusBadge::new(status(c.outcome), c.outcome.word()).show(ui);
                }
                None => {
                    ui.label("–");
                }
            })
            .on_hover(move |s| {
                s.crossing.as_ref().map_or_else(String::new, |c| {
                    format!("said {}: {}", c.said_text(zone), c.happened_text(zone))
                })
            })
            .width(130.0),
        );
    }
    table.show(ui).clicked
}

fn share(within: usize, measured: usize) -> Option<f64> {
    (measured > 0).then(|| within as f64 / measured as f64)
}

/// A kept forecast, ready to be drawn.
struct Drawn {
    expected: LineData,
    came: LineData,
    band80: Vec<(f64, f64, f64)>,
    band95: Vec<(f64, f64, f64)>,
}

fn drawn(score: &ForecastScore) -> Drawn {
    let band = |ends: fn(&ForecastPoint) -> (f64, f64)| {
        let rows = score.points.iter().map(|p| {
            let (low, high) = ends(&p.said);
            (p.said.t.as_secs(), low, high)
        });
        rows.collect()
    };
    // Thinned steps stand further apart than a step.
    let apart = match score.points.as_slice() {
        [a, b, ..] => b.said.t.since(a.said.t).0 as f64 / 1e6,
        _ => score.step_secs,
    };
    let line = |value: fn(&(ForecastPoint, Option<f64>)) -> Option<f64>| {
        let steps = score.points.iter();
        LineData::from_steps(steps.map(|p| (p.said.t, value(&(p.said, p.came)))), apart)
    };
    Drawn {
        expected: line(|(said, _)| Some(said.mean)),
        came: line(|(_, came)| *came),
        band80: band(|p| (p.lo80, p.hi80)),
        band95: band(|p| (p.lo95, p.hi95)),
    }
}

fn chart_ui(ui: &mut Ui, card: &Arc<PlanScorecard>, score: &ForecastScore, zone: &Zone) {
    let tokens = Tokens::of(ui);
    let lines = derived(ui, "scorecard-lines", card, &key(score), |_| drawn(score));
    let title = format!(
        "{}: what was said on {}, and what came",
        score.series,
        date(score.made_at, zone)
    );
    let line = |name: &str, data, color, kind| PlotLine {
        name: name.to_owned(),
        data,
        color,
        kind,
    };
    let band = |name: &str, points: &[(f64, f64, f64)], strength: f32| PlotBand {
        name: name.to_owned(),
        points: points.to_vec(),
        color: tokens.accent.gamma_multiply(strength),
    };
    let mut plot = TimePlot::new("forecast-scored", title, zone)
        .unit(&score.unit)
        // What matters is the distance from the range, not the amount.
        .from_zero(false)
        .height(230.0)
        .band(band("95 % range", &lines.band95, 0.13))
        .band(band("80 % range", &lines.band80, 0.18))
        .line(line(
            "expected",
            &lines.expected,
            tokens.accent,
            LineKind::Forecast,
        ))
        .line(line(
            "measured",
            &lines.came,
            tokens.text,
            LineKind::Subject,
        ));
    if let Some(crossing) = &score.crossing {
        plot = plot.limit(PlotLimit {
            name: format!("limit {}", crossing.threshold_text),
            value: crossing.threshold,
            color: tokens.bad,
            draggable: false,
        });
    }
    plot.show(ui);
}
