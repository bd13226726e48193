//! Headroom on Capacity: how much is left under the demand, what binds first, what a failure leaves, and when the
//! demand outgrows it. Below it the series with a limit, the one that runs out first on top.

use eframe::egui::{
    ComboBox, DragValue, FontFamily, Label, Rect, RichText, Role, Sense, TextEdit, Ui, WidgetInfo,
    vec2,
};

use super::Cx;
use super::capacity_inputs::{inputs, keep};
use super::overview::soonest;
use super::parts::{
    Draft, caution_ui, crossing_range, crossing_text, note_ui, problem_ui, section_ui, slot_ui,
};
use crate::analysis::capacity::headroom::{CeilingBasis, Headroom, ResourceHeadroom};
use crate::analysis::capacity::{apart, plain};
use crate::analysis::forecast::Forecast;
use crate::calendar::{Instant, Period, Zone, parse_time};
use crate::ui::results::{CapacityRequest, HeadroomOutcome, HeadroomRequest, Request};
use crate::ui::theme::{Tokens, space};
use crate::ui::widgets::cut_name::fitting;
use crate::ui::widgets::{DataTable, TableColumn, TrendLine};
use crate::units;

/// From this share of use on, a bar warns.
const HIGH: f64 = 0.8;
/// Width of the field with the demand, in points.
const DEMAND_WIDTH: f32 = 220.0;
/// The most that a node may cost an hour.
const DEAREST: f64 = 1e6;
/// Most resources whose ceiling is explained below the table; the others say it under the pointer.
const MOST_TOLD: usize = 3;

/// Texts of the section while they are typed.
#[derive(Debug, Default)]
pub struct HeadroomView {
    by: Draft,
    currency: Draft,
}

/// The date that was typed: of a period its first day. `None` where nothing was typed.
fn date_of(text: &str, zone: &Zone) -> Option<Result<Instant, String>> {
    let text = text.trim();
    (!text.is_empty()).then(|| {
        let period = Period::parse(text).map(|p| p.range(zone).start);
        period
            .or_else(|_| parse_time(text, zone).map(|t| t.at))
            .map_err(|_| {
                format!("\"{text}\" is no date; use a day, a month or a quarter: 2026-12-01, 2026-12, 2026-Q4")
            })
    })
}

/// Shows the section; `load` are the chosen tests.
pub(super) fn headroom_ui(ui: &mut Ui, cx: &mut Cx<'_>, load: Option<CapacityRequest>) {
    let has_metrics = cx.state.sources().any(|s| s.metrics.is_some());
    if load.is_none() && !has_metrics {
        return;
    }
    let set = inputs(cx);
    cx.request(Request::Headroom(HeadroomRequest {
        load,
        by: date_of(&set.by, &cx.state.zone).and_then(Result::ok),
        demand: set.demand,
        growth_percent: (set.growth * 100.0).round() as u32,
        nodes: set.nodes,
        fail: set.fail,
        reserve_percent: set.reserve_percent,
        node_hour_millionths: (set.node_hour * 1e6).round() as u64,
        currency: set.currency.trim().to_owned(),
        target_percent: set.target_percent,
    }));
    let state = cx.state;
    ui.add_space(space::M);
    section_ui(ui, "Headroom");
    slot_ui(
        ui,
        &state.results.headroom,
        "Measuring headroom…",
        |ui, outcome| {
            if let Some(why) = &outcome.missing {
                note_ui(ui, why);
            }
            if !outcome.demands.is_empty() {
                controls_ui(ui, cx, outcome);
            }
            if let Some(found) = &outcome.headroom {
                found_ui(
                    ui,
                    found,
                    outcome,
                    std::sync::Arc::as_ptr(outcome).addr() as u64,
                );
            }
            if let Some(beside) = &outcome.beside {
                if beside.agrees {
                    note_ui(ui, &beside.sentence);
                } else {
                    caution_ui(ui, &beside.sentence);
                }
            }
            for note in &outcome.notes {
                note_ui(ui, note);
            }
        },
    );
    runs_out_ui(ui, cx);
    ui.add_space(space::M);
}

fn controls_ui(ui: &mut Ui, cx: &mut Cx<'_>, outcome: &HeadroomOutcome) {
    let before = inputs(cx);
    let mut set = before.clone();
    ui.horizontal_wrapped(|ui| {
        ui.set_row_height(28.0);
        ui.label("Demand");
        let room = DEMAND_WIDTH - 32.0;
        let shown = fitting(ui, &outcome.demand, room, &FontFamily::Proportional);
        let combo = ComboBox::from_id_salt("headroom-demand")
            .selected_text(shown)
            .width(DEMAND_WIDTH)
            .truncate()
            .show_ui(ui, |ui| {
                for title in &outcome.demands {
                    ui.selectable_value(&mut set.demand, title.clone(), title);
                }
            });
        combo
            .response
            .widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, "Demand"));
        let times = ui.label("times");
        ui.add(
            DragValue::new(&mut set.growth)
                .update_while_editing(false)
                .range(0.1..=1_000.0)
                .speed(0.05)
                .max_decimals(2),
        )
        .labelled_by(times.id);
        let nodes = ui.label("nodes in the test");
        ui.add(
            DragValue::new(&mut set.nodes)
                .update_while_editing(false)
                .range(1..=100_000)
                .speed(0.1),
        )
        .labelled_by(nodes.id);
        let fail = ui.label("of which may fail");
        let most = set.nodes.saturating_sub(1);
        set.fail = set.fail.min(most);
        ui.add_enabled(
            most > 0,
            DragValue::new(&mut set.fail)
                .update_while_editing(false)
                .range(0..=most)
                .speed(0.1),
        )
        .labelled_by(fail.id);
        let reserve = ui.label("in reserve");
        ui.add(
            DragValue::new(&mut set.reserve_percent)
                .update_while_editing(false)
                .range(0..=90)
                .speed(0.2)
                .suffix(" %"),
        )
        .labelled_by(reserve.id);
    });
    ui.horizontal_wrapped(|ui| {
        ui.set_row_height(28.0);
        let view = &mut cx.view.headroom;
        let by = ui.label("By");
        view.by.follow("by", &set.by);
        let field = ui
            .add(
                TextEdit::singleline(&mut view.by.text)
                    .hint_text("2026-12")
                    .desired_width(90.0),
            )
            .labelled_by(by.id)
            .on_hover_text(
                "The day by which the demand has grown so many times; without growth, the day that the forecast is asked about",
            );
        if let Some(typed) = view.by.due(ui, &field) {
            set.by = typed;
        }
        let price = ui.label("one node costs");
        ui.add(
            DragValue::new(&mut set.node_hour).update_while_editing(false)
                .range(0.0..=DEAREST)
                .speed(0.01)
                .max_decimals(4),
        )
        .labelled_by(price.id)
        .on_hover_text("For one hour; 0 leaves the cost out");
        view.currency.follow("currency", &set.currency);
        let field = ui.add(TextEdit::singleline(&mut view.currency.text).desired_width(56.0));
        field.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Currency"));
        if let Some(typed) = view.currency.due(ui, &field) {
            set.currency = typed;
        }
        ui.label("an hour");
        let target = ui.label("resources are used up at");
        ui.add(
            DragValue::new(&mut set.target_percent)
                .range(1..=100)
                .speed(0.2)
                .suffix(" %"),
        )
        .labelled_by(target.id)
        .on_hover_text("Target utilisation of a resource without a limit of its own");
    });
    match date_of(&cx.view.headroom.by.text, &cx.state.zone) {
        Some(Err(why)) => problem_ui(ui, &why),
        None if (set.growth - 1.0).abs() > 1e-9 => {
            note_ui(
                ui,
                "Give a date to see when the demand outgrows what is there on the way",
            );
        }
        _ => {}
    }
    keep(cx, &before, set);
    ui.add_space(space::XS);
}

fn found_ui(ui: &mut Ui, found: &Headroom, outcome: &HeadroomOutcome, version: u64) {
    if found.short {
        caution_ui(ui, &found.sentence);
    } else {
        ui.add(Label::new(&found.sentence).wrap());
    }
    if let Some(chain) = &outcome.chain {
        ui.add(Label::new(&chain.sentence).wrap());
        if !chain.demand.is_empty() {
            note_ui(ui, &format!("Demand: {}", chain.demand));
        }
        for note in &chain.notes {
            note_ui(ui, note);
        }
    }
    ui.add_space(space::XS);
    DataTable::new("headroom-resources", &found.resources)
        .version(version)
        .row_height(24.0)
        .max_height(260.0)
        .column(
            TableColumn::text("What binds", binds_text)
                .strong()
                .rest()
                .width(180.0)
                .on_hover(|r| r.ceiling.why.clone()),
        )
        .column(
            TableColumn::text("Used by the demand", |r: &ResourceHeadroom| {
                used_text(r.used_share)
            })
            .sorted_by(|r| Some(r.used_share))
            .painted(|ui, r| bar_ui(ui, r.used_share))
            .width(230.0),
        )
        .column(
            TableColumn::number(
                "Usable requests/s",
                |r: &ResourceHeadroom| Some(r.usable),
                units::number,
            )
            .width(130.0)
            .on_hover(|r| {
                r.ceiling.ci95.map_or_else(String::new, |(low, high)| {
                    let (low, high) = apart(low, high);
                    format!("Ceiling {low} to {high} with 95 %")
                })
            }),
        )
        .column(
            TableColumn::number(
                "Binds first %",
                |r: &ResourceHeadroom| Some(r.binds_first * 100.0),
                units::number,
            )
            .width(105.0),
        )
        .show(ui);
    let told = found
        .resources
        .iter()
        .filter(|r| r.ceiling.basis == CeilingBasis::Resource && !r.ceiling.why.is_empty());
    for one in told.take(MOST_TOLD) {
        note_ui(ui, &one.ceiling.why);
    }
    for assumed in &found.assumed {
        note_ui(ui, &format!("Assumed: {assumed}"));
    }
}

/// `CPU of checkout at 80 %`.
fn binds_text(one: &ResourceHeadroom) -> String {
    let target = one.ceiling.target_percent;
    let target = target.map_or_else(String::new, |t| format!(" at {} %", plain(t)));
    format!("{}{target}", one.ceiling.name)
}

/// `63 %`, or `314 %, short`.
fn used_text(share: f64) -> String {
    let text = units::percent_of(share);
    if share > 1.0 {
        // 1.0001 must not read as 100 %.
        let text = if text == "100 %" {
            "over 100 %".to_owned()
        } else {
            text
        };
        format!("{text}, short")
    } else {
        text
    }
}

/// A share of use as a bar with its figure; a mark stands where all of it is used.
fn bar_ui(ui: &mut Ui, share: f64) {
    let tokens = Tokens::of(ui);
    let color = if share > 1.0 {
        tokens.bad
    } else if share > HIGH {
        tokens.caution
    } else {
        tokens.good
    };
    ui.spacing_mut().item_spacing.x = space::S;
    let (rect, response) = ui.allocate_exact_size(vec2(110.0, 10.0), Sense::hover());
    let text = used_text(share);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &text));
    let painter = ui.painter();
    painter.rect_filled(rect, 2.0, tokens.border);
    let width = rect.width() * share.clamp(0.0, 1.0) as f32;
    let filled = Rect::from_min_size(rect.min, vec2(width, rect.height()));
    painter.rect_filled(filled, 2.0, color);
    let text_color = if share > 1.0 { tokens.bad } else { tokens.text };
    ui.add(Label::new(RichText::new(text).color(text_color)).selectable(false));
}

/// One series with a limit.
struct Row<'a> {
    name: &'a str,
    rank: usize,
    forecast: Result<&'a Forecast, &'a String>,
}

impl Row<'_> {
    fn runs_out(&self, zone: &Zone) -> String {
        match self.forecast.map(|f| f.capacity.as_ref()) {
            Ok(Some(c)) if c.already_over => "over already".to_owned(),
            Ok(Some(c)) => crossing_text(&c.crossing, zone),
            Ok(None) => "–".to_owned(),
            Err(_) => "no forecast".to_owned(),
        }
    }

    fn chance(&self) -> Option<f64> {
        let capacity = self.forecast.ok()?.capacity.as_ref()?;
        Some(capacity.probability_within_horizon * 100.0)
    }
}

/// The series with a limit, the one that runs out first on top.
fn runs_out_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let state = cx.state;
    if state.doc.limits.is_empty() {
        return;
    }
    cx.request(Request::Forecasts);
    ui.add_space(space::M);
    section_ui(ui, "Runs out first");
    slot_ui(
        ui,
        &state.results.forecasts,
        "Forecasting…",
        |ui, outcome| {
            let rows: Vec<Row<'_>> = soonest(outcome)
                .into_iter()
                .enumerate()
                .map(|(rank, (limit, forecast))| Row {
                    name: &limit.series,
                    rank,
                    forecast,
                })
                .collect();
            let zone = &state.zone;
            let table = DataTable::new("headroom-runs-out", &rows)
                .version(std::sync::Arc::as_ptr(outcome).addr() as u64)
                .row_height(26.0)
                .max_height(320.0)
                .column(
                    TableColumn::text("Series", |r: &Row<'_>| r.name.to_owned())
                        .strong()
                        .rest()
                        .width(180.0)
                        .on_hover(|r| match r.forecast {
                            Ok(f) => f.sentence(zone),
                            Err(why) => why.clone(),
                        }),
                )
                .column(
                    TableColumn::text("History and limit", |_: &Row<'_>| String::new())
                        .painted(|ui, r| {
                            if let Ok(forecast) = r.forecast {
                                let past: Vec<f64> =
                                    forecast.history.iter().map(|(_, v)| *v).collect();
                                let limit = forecast.capacity.as_ref().map(|c| c.threshold);
                                TrendLine::new(&past).limit(limit).show(ui);
                            }
                        })
                        .width(150.0),
                )
                .column(
                    TableColumn::text("Limit", |r: &Row<'_>| match r.forecast {
                        Ok(f) => f
                            .capacity
                            .as_ref()
                            .map_or_else(|| "–".to_owned(), |c| c.threshold_text.clone()),
                        Err(_) => "–".to_owned(),
                    })
                    .right()
                    .width(90.0),
                )
                .column(
                    TableColumn::text("Runs out", |r: &Row<'_>| r.runs_out(zone))
                        .sorted_by(|r| Some(r.rank as f64))
                        .width(120.0)
                        .on_hover(|r| match r.forecast.map(|f| f.capacity.as_ref()) {
                            Ok(Some(c)) => {
                                format!("P10 to P90: {}", crossing_range(&c.crossing, zone))
                            }
                            _ => String::new(),
                        }),
                )
                .column(TableColumn::number("Chance %", Row::chance, units::number).width(85.0))
                .sorted(3, false);
            let opened = table.show(ui).opened;
            if let Some(row) = opened.and_then(|i| rows.get(i)) {
                cx.view.forecast.pick(row.name.to_owned());
                cx.send(crate::ui::command::Command::Go(
                    crate::ui::state::Screen::Forecast,
                ));
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_over_the_whole_never_reads_as_the_whole() {
        assert_eq!(used_text(0.634), "63.4 %");
        assert_eq!(used_text(1.0), "100 %");
        assert_eq!(used_text(1.000_1), "over 100 %, short");
        assert_eq!(used_text(3.2), "320 %, short");
    }

    #[test]
    fn a_date_is_a_day_or_the_first_of_a_period() {
        let utc = Zone::utc();
        let at = |text: &str| date_of(text, &utc).unwrap().unwrap();
        assert_eq!(at("2026-12"), at("2026-12-01"));
        assert_eq!(at(" 2026-Q4 "), at("2026-10-01"));
        assert!(date_of("  ", &utc).is_none());
        let why = date_of("December", &utc).unwrap().unwrap_err();
        assert!(why.contains("2026-12"), "{why}");
    }
}
