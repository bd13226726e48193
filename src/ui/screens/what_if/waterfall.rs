//! Where the difference between two scenarios comes from, drawn: the parts that differ are changed one after the other,
//! each on top of those before.

use eframe::egui::Ui;

use super::super::parts::note_ui;
use super::bars::{Panel, Row};
use super::figures::money;
use crate::scenario::compare::{Amounts, Waterfall};
use crate::ui::theme::{Tokens, space};
use crate::units;

/// From this width on panels stand side by side.
const WIDE: f32 = 640.0;
/// Title of the panel of prices.
const COST: &str = "Cost a month";

/// What is measured of a run, and how it is written.
struct Measure<'a> {
    title: &'static str,
    of: fn(&Amounts) -> i64,
    print: &'a dyn Fn(i64) -> String,
    /// Differences of shares are points, not shares.
    points: bool,
}

/// The figure of a row: a whole, or a change with its sign.
fn figure(measure: &Measure<'_>, value: i64, is_change: bool) -> String {
    let mut text = (measure.print)(value.saturating_abs());
    if measure.points && is_change {
        text = text.replace(" %", " points");
    }
    match (is_change, value) {
        (false, _) => (measure.print)(value),
        (true, 0) => "±0".to_owned(),
        (true, by) if by > 0 => format!("+{text}"),
        _ => format!("−{text}"),
    }
}

fn rows(found: &Waterfall, measure: &Measure<'_>, tokens: &Tokens) -> Vec<Row> {
    let of = measure.of;
    let start = of(&found.start);
    let whole = |name: &str, value: i64| Row {
        name: name.to_owned(),
        spans: vec![(0.0, value as f64, tokens.accent.gamma_multiply(0.85))],
        figure: figure(measure, value, false),
        color: tokens.accent,
        strong: true,
        link: None,
    };
    let mut rows = vec![Row {
        link: Some(start as f64),
        ..whole(&found.from, start)
    }];
    let mut now = start;
    for step in &found.steps {
        let after = of(&step.after);
        let color = if after > now { tokens.bad } else { tokens.good };
        rows.push(Row {
            name: step.name.clone(),
            spans: vec![(now as f64, after as f64, color.gamma_multiply(0.7))],
            figure: figure(measure, of(&step.change), true),
            color: if after == now { tokens.muted } else { color },
            strong: false,
            link: Some(after as f64),
        });
        now = after;
    }
    rows.push(whole(&found.to, of(&found.end)));
    rows
}

fn panel_ui(ui: &mut Ui, found: &Waterfall, measure: &Measure<'_>) {
    let rows = rows(found, measure, Tokens::of(ui));
    let highest = rows
        .iter()
        .flat_map(|row| &row.spans)
        .fold(0.0_f64, |most, (a, b, _)| most.max(*a).max(*b));
    Panel {
        title: measure.title,
        rows: &rows,
        range: (0.0, highest),
        mark: None,
    }
    .show(ui);
}

/// Promises that a step breaks or repairs, in a sentence.
fn promises(found: &Waterfall) -> Vec<String> {
    let names = |list: &[String]| list.join(", ");
    let mut words = Vec::new();
    for step in &found.steps {
        let mut parts = Vec::new();
        if !step.breaks.is_empty() {
            parts.push(format!("breaks {}", names(&step.breaks)));
        }
        if !step.repairs.is_empty() {
            parts.push(format!("repairs {}", names(&step.repairs)));
        }
        if !parts.is_empty() {
            words.push(format!(
                "Changing the {} {}",
                step.name,
                parts.join(" and ")
            ));
        }
    }
    words
}

/// Shows response time, errors and cost.
pub(super) fn show_ui(ui: &mut Ui, found: &Waterfall, currency: &str) {
    if found.steps.is_empty() {
        note_ui(ui, "Both say the same");
        return;
    }
    let money = |cents: i64| money(cents as f64 / 100.0, currency);
    let all = [
        Measure {
            title: "P95",
            of: |a| a.p95_micros,
            print: &|micros| units::millis(micros as f64 / 1e3),
            points: false,
        },
        Measure {
            title: COST,
            of: |a| a.cost_cents,
            print: &money,
            points: false,
        },
        Measure {
            title: "Failed",
            of: |a| a.error_ppm,
            print: &|ppm| units::percent_of(ppm as f64 / 1e6),
            points: true,
        },
    ];
    let seen = |m: &&Measure<'_>| {
        let after = found.steps.iter().map(|s| &s.after);
        std::iter::once(&found.start)
            .chain(after)
            .any(|a| (m.of)(a) != 0)
    };
    // One without prices does not cost nothing.
    let unpriced = (found.start.cost_cents == 0) != (found.end.cost_cents == 0);
    let compared = |m: &&Measure<'_>| !unpriced || m.title != COST;
    let shown: Vec<&Measure<'_>> = all.iter().filter(seen).filter(compared).collect();
    let pairs = if ui.available_width() > WIDE { 2 } else { 1 };
    for line in shown.chunks(pairs) {
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.x = space::XL;
            ui.columns(pairs, |columns| {
                for (column, measure) in columns.iter_mut().zip(line) {
                    panel_ui(column, found, measure);
                }
            });
        });
    }
    for line in promises(found) {
        note_ui(ui, &line);
    }
    if unpriced {
        note_ui(
            ui,
            "One of the two has no prices: costs are not held against each other",
        );
    }
    note_ui(ui, &found.method);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::compare::Step;

    fn amounts(p95_millis: i64) -> Amounts {
        Amounts {
            p95_micros: p95_millis * 1_000,
            ..Amounts::default()
        }
    }

    fn found() -> Waterfall {
        let step = |name: &str, from: i64, to: i64, breaks: &[&str]| Step {
            parts: Vec::new(),
            name: name.to_owned(),
            change: amounts(to - from),
            after: amounts(to),
            breaks: breaks.iter().map(|b| (*b).to_owned()).collect(),
            repairs: Vec::new(),
        };
        Waterfall {
            from: "a".to_owned(),
            to: "b".to_owned(),
            start: amounts(100),
            steps: vec![
                step("workload", 100, 180, &["API"]),
                step("backend", 180, 120, &[]),
                step("prices", 120, 120, &[]),
            ],
            end: amounts(120),
            total: amounts(20),
            runs: 4,
            method: String::new(),
        }
    }

    #[test]
    fn bars_begin_where_the_one_before_ended() {
        let measure = Measure {
            title: "P95",
            of: |a| a.p95_micros,
            print: &|micros| units::millis(micros as f64 / 1e3),
            points: false,
        };
        let rows = rows(&found(), &measure, Tokens::for_dark(false));
        let words: Vec<&str> = rows.iter().map(|r| r.figure.as_str()).collect();
        assert_eq!(words, ["100 ms", "+80.0 ms", "−60.0 ms", "±0", "120 ms"]);
        let ends = |i: usize| (rows[i].spans[0].0, rows[i].spans[0].1);
        assert_eq!(ends(1), (100_000.0, 180_000.0));
        assert_eq!(ends(2), (180_000.0, 120_000.0));
        assert_eq!(ends(4), (0.0, 120_000.0));
        let failed = Measure {
            points: true,
            print: &|ppm| units::percent_of(ppm as f64 / 1e6),
            ..measure
        };
        assert_eq!(figure(&failed, 99_300, true), "+9.93 points");
        assert_eq!(figure(&failed, 99_300, false), "9.93 %");
        assert!(rows[0].strong && rows[4].strong && !rows[2].strong);
        assert_eq!(promises(&found()), ["Changing the workload breaks API"]);
    }
}
