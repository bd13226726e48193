//! What matters most: each input moved alone to both sides, as bars around the answer as it is, the largest effect first,
//! with the numbers in a table.

use std::sync::Arc;

use eframe::egui::{Color32, Label, Sense, Ui, vec2};

use super::super::Cx;
use super::super::parts::{note_ui, section_ui};
use super::asking::{Ask, AskedOnes};
use super::bars::{Panel, Row};
use super::field::Unit;
use super::figures::{money, time};
use crate::scenario::Scenario;
use crate::scenario::solve::{Bar, End, Tornado};
use crate::ui::questions::{Answer, Question};
use crate::ui::theme::{self, TEXT_SMALL, Tokens, space};
use crate::ui::widgets::{DataTable, TableColumn};

/// How far inputs can be moved.
const SPREADS: [f64; 3] = [0.1, 0.2, 0.5];
/// Inputs that are drawn; the table has all.
const DRAWN: usize = 12;
/// Below this width the table has fewer columns.
const NARROW: f32 = 600.0;
/// Effects below this share of the largest one are not drawn.
const SMALL: f64 = 0.005;

/// What the tab remembers.
#[derive(Debug)]
pub(super) struct TornadoView {
    spread: f64,
}

impl Default for TornadoView {
    fn default() -> Self {
        Self { spread: 0.2 }
    }
}

/// Shows it.
pub(super) fn show_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    ones: &mut AskedOnes,
    view: &mut TornadoView,
    scenario: &Scenario,
) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        ui.label("Each input moved by");
        for spread in SPREADS {
            let text = format!("±{}", Unit::Share.print(spread));
            let chosen = view.spread.to_bits() == spread.to_bits();
            if ui.selectable_label(chosen, text).clicked() {
                view.spread = spread;
            }
        }
    });
    ui.add_space(space::XS);
    let question = Question::Tornado {
        spread: view.spread,
    };
    let ask = Ask::new(scenario, question, "what matters most");
    ask.show(ui, cx, ones, |ui, _, answer, _| {
        if let Answer::Tornado(found) = answer.as_ref() {
            let version = Arc::as_ptr(answer).addr() as u64;
            found_ui(ui, found, &scenario.cost.currency, version);
        }
    });
}

/// What is drawn of each input: its two ends and the value as it is.
struct Measure<'a> {
    title: &'static str,
    of: fn(&End) -> f64,
    swing: fn(&Bar) -> f64,
    base: f64,
    print: &'a dyn Fn(f64) -> String,
}

fn colors(tokens: &Tokens) -> (Color32, Color32) {
    (tokens.context, tokens.accent)
}

/// The figures at both ends.
fn ends(bar: &Bar, of: fn(&End) -> f64, print: &dyn Fn(f64) -> String) -> String {
    let end = |end: Option<&End>| end.map_or_else(|| "cannot be run".to_owned(), |e| print(of(e)));
    format!("{} – {}", end(bar.low.as_ref()), end(bar.high.as_ref()))
}

fn rows(found: &Tornado, measure: &Measure<'_>, tokens: &Tokens) -> Vec<Row> {
    let (low, high) = colors(tokens);
    let swing = measure.swing;
    let most = found.bars.iter().map(swing).fold(0.0, f64::max);
    let seen = |b: &&Bar| swing(b) > most * SMALL;
    let mut bars: Vec<&Bar> = found.bars.iter().filter(seen).collect();
    bars.sort_by(|a, b| (measure.swing)(b).total_cmp(&(measure.swing)(a)));
    bars.into_iter()
        .take(DRAWN)
        .map(|bar| {
            let sides = [(&bar.low, low), (&bar.high, high)];
            let mut spans: Vec<(f64, f64, Color32)> = sides
                .into_iter()
                .filter_map(|(end, color)| Some((measure.base, (measure.of)(end.as_ref()?), color)))
                .collect();
            // Of two to one side the shorter one lies on top.
            spans.sort_by(|a, b| (b.1 - b.0).abs().total_cmp(&(a.1 - a.0).abs()));
            Row {
                name: bar.input.clone(),
                spans,
                figure: ends(bar, measure.of, measure.print),
                color: tokens.text,
                strong: bar.decides,
                link: None,
            }
        })
        .collect()
}

fn panel_ui(ui: &mut Ui, found: &Tornado, measure: &Measure<'_>) {
    let rows = rows(found, measure, Tokens::of(ui));
    if rows.is_empty() {
        return;
    }
    let values = || {
        let spans = rows.iter().flat_map(|row| &row.spans);
        spans.flat_map(|(a, b, _)| [*a, *b])
    };
    Panel {
        title: measure.title,
        rows: &rows,
        range: (
            values().fold(f64::INFINITY, f64::min),
            values().fold(f64::NEG_INFINITY, f64::max),
        ),
        mark: Some(measure.base),
    }
    .show(ui);
}

/// Which colour is which end.
fn legend_ui(ui: &mut Ui, found: &Tornado, print: impl Fn(f64) -> String) {
    let tokens = Tokens::of(ui);
    let (low, high) = colors(tokens);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        for (color, word) in [(low, "the input at its low end"), (high, "at its high end")] {
            let (area, _) = ui.allocate_exact_size(vec2(10.0, 10.0), Sense::hover());
            ui.painter().rect_filled(area, 2.0, color);
            let text = theme::muted(ui, word).size(TEXT_SMALL);
            ui.add(Label::new(text));
            ui.add_space(space::S);
        }
        let mut rest = format!(
            "the line is the scenario as it stands, {}",
            print(found.base.p95)
        );
        if found.bars.iter().any(|b| b.decides) {
            rest.push_str("; in bold: changes a verdict");
        }
        ui.add(Label::new(theme::muted(ui, rest).size(TEXT_SMALL)));
    });
}

fn found_ui(ui: &mut Ui, found: &Tornado, currency: &str, version: u64) {
    section_ui(ui, &found.sentence);
    let in_money = |v: f64| money(v, currency);
    panel_ui(
        ui,
        found,
        &Measure {
            title: "P95",
            of: |e| e.p95,
            swing: |b| b.swing_p95,
            base: found.base.p95,
            print: &time,
        },
    );
    legend_ui(ui, found, time);
    panel_ui(
        ui,
        found,
        &Measure {
            title: "Cost a month",
            of: |e| e.cost_per_month,
            swing: |b| b.swing_cost,
            base: found.base.cost_per_month,
            print: &in_money,
        },
    );
    ui.add_space(space::S);
    section_ui(ui, "The numbers");
    table_ui(ui, found, currency, version);
    note_ui(ui, "Inputs with hardly any effect stand in the table alone");
    note_ui(ui, &found.method);
}

/// Promises that are not kept at an end.
fn broken(bar: &Bar) -> String {
    if !bar.decides {
        return "no verdict changes".to_owned();
    }
    let side = |end: Option<&End>, name: &str| {
        end.filter(|e| !e.broken.is_empty())
            .map(|e| format!("{name}: {} broken", e.broken.join(", ")))
    };
    let words: Vec<String> = [
        side(bar.low.as_ref(), "low"),
        side(bar.high.as_ref(), "high"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if words.is_empty() {
        "every promise kept at both ends".to_owned()
    } else {
        words.join("; ")
    }
}

fn table_ui(ui: &mut Ui, found: &Tornado, currency: &str, version: u64) {
    type Of = fn(&End) -> f64;
    let p95: Of = |e| e.p95;
    let cost: Of = |e| e.cost_per_month;
    let in_money = |v: f64| money(v, currency);
    let narrow = ui.available_width() < NARROW;
    let mut table = DataTable::new(("what-if-tornado", narrow), &found.bars)
        .version(version)
        .row_height(24.0)
        .column(
            TableColumn::text("Input", |b: &Bar| b.input.clone())
                .strong()
                .width(if narrow { 120.0 } else { 164.0 })
                .on_hover(|b| format!("{}, moved by {}", b.input, b.range)),
        );
    if narrow {
        table = table.column(
            TableColumn::text("P95 from low to high", move |b: &Bar| ends(b, p95, &time))
                .sorted_by(|b| Some(b.swing_p95))
                .right()
                .width(136.0),
        );
    } else {
        let range = |b: &Bar| b.range.clone();
        let at = |of: Of, low: bool| {
            move |b: &Bar| if low { b.low.as_ref() } else { b.high.as_ref() }.map(of)
        };
        table = table
            .column(
                TableColumn::text("Moved by", range)
                    .width(70.0)
                    .on_hover(range),
            )
            .column(TableColumn::number("P95 low", at(p95, true), time).width(76.0))
            .column(TableColumn::number("P95 high", at(p95, false), time).width(80.0));
    }
    if found.base.cost_per_month > 0.0 {
        let costs = move |b: &Bar| ends(b, cost, &in_money);
        table = table.column(
            TableColumn::text("Cost a month", costs)
                .sorted_by(|b| Some(b.swing_cost))
                .right()
                .width(146.0),
        );
    }
    if !narrow {
        table = table.column(
            TableColumn::text("Promises", broken)
                .rest()
                .width(150.0)
                .on_hover(broken),
        );
    }
    table.show(ui);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::solve::Figures;

    fn bar(input: &str, low: f64, high: Option<f64>, decides: bool) -> Bar {
        let end = |p95: f64| End {
            value: 1.0,
            p95,
            error_rate: 0.0,
            cost_per_month: 100.0,
            broken: if p95 > 0.2 {
                vec!["API".to_owned()]
            } else {
                Vec::new()
            },
        };
        Bar {
            input: input.to_owned(),
            range: "±20 %".to_owned(),
            value: 1.0,
            swing_p95: (high.unwrap_or(0.1) - low).abs(),
            swing_cost: 0.0,
            low: Some(end(low)),
            high: high.map(end),
            decides,
        }
    }

    #[test]
    fn bars_reach_from_the_answer_as_it_is_to_both_ends() {
        let found = Tornado {
            base: Figures {
                p95: 0.1,
                ..Figures::default()
            },
            bars: vec![
                bar("load", 0.08, Some(0.3), true),
                bar("boot time", 0.06, None, false),
                bar("price", 0.1, Some(0.1), false),
            ],
            runs: 7,
            sentence: String::new(),
            method: String::new(),
        };
        let measure = Measure {
            title: "P95",
            of: |e| e.p95,
            swing: |b| b.swing_p95,
            base: found.base.p95,
            print: &time,
        };
        let tokens = Tokens::for_dark(false);
        let (low, high) = colors(tokens);
        let rows = rows(&found, &measure, tokens);
        let names: Vec<&str> = rows.iter().map(|r| r.name.as_str()).collect();
        assert_eq!(
            names,
            ["load", "boot time"],
            "what moves nothing is left out"
        );
        assert_eq!(rows[0].spans, [(0.1, 0.3, high), (0.1, 0.08, low)]);
        assert_eq!(rows[0].figure, "80.0 ms – 300 ms");
        assert_eq!(rows[1].figure, "60.0 ms – cannot be run");
        assert!(rows[0].strong && !rows[1].strong);
        assert_eq!(broken(&found.bars[0]), "high: API broken");
        assert_eq!(broken(&found.bars[1]), "no verdict changes");
    }
}
