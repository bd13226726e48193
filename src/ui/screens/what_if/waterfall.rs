//! Where the difference between two scenarios comes from: the parts that differ are changed one after the other, each
//! on top of those before, and every step is simulated. The order of the parts is always the same; with another order
//! the shares would differ.

use std::sync::Arc;

use eframe::egui::{Align2, FontId, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::super::Cx;
use super::super::parts::note_ui;
use super::figures::money;
use crate::scenario::Scenario;
use crate::scenario::compare::changed;
use crate::ui::results::Request;
use crate::ui::theme::{TEXT_BODY, TEXT_SMALL, Tokens, space, strong_family};
use crate::units;

/// Height of a row.
const ROW: f32 = 24.0;
/// Room for the name of a row.
const NAME: f32 = 130.0;
/// Room for its figure.
const FIGURE: f32 = 104.0;

/// The scenarios on the way from one to another, each with the part that was changed last. The last is the other one.
fn steps(base: &Scenario, other: &Scenario) -> Vec<(&'static str, Scenario)> {
    let mut now = base.clone();
    changed(base, other)
        .into_iter()
        .map(|part| {
            part.take(&mut now, other);
            // A name of its own, so that its result does not take another's place.
            now.name = format!("{} → {}: {}", base.name, other.name, part.word());
            (part.word(), now.clone())
        })
        .collect()
}

/// One row: where a bar begins and ends, and whether it is a whole or a change.
#[derive(Clone, Debug, PartialEq)]
struct Bar {
    name: String,
    from: f64,
    to: f64,
    whole: bool,
}

/// The rows from the values at the start, after each step, and at the end.
fn bars(base: &str, other: &str, first: f64, steps: &[(&'static str, f64)]) -> Vec<Bar> {
    let whole = |name: &str, to| Bar {
        name: name.to_owned(),
        from: 0.0,
        to,
        whole: true,
    };
    let mut bars = vec![whole(base, first)];
    let mut now = first;
    for (name, value) in steps {
        bars.push(Bar {
            name: (*name).to_owned(),
            from: now,
            to: *value,
            whole: false,
        });
        now = *value;
    }
    bars.push(whole(other, now));
    bars
}

/// Shows both waterfalls.
pub(super) fn show_ui(ui: &mut Ui, cx: &mut Cx<'_>, base: &Scenario, other: &Scenario) {
    let steps = steps(base, other);
    if steps.is_empty() {
        note_ui(ui, "Both say the same");
        return;
    }
    let state = cx.state;
    let mut found = Vec::new();
    for (name, scenario) in &steps {
        cx.request(Request::Simulate(Arc::new(scenario.clone())));
        let slot = state.results.simulated(&scenario.name);
        if let Some(error) = &slot.error {
            note_ui(ui, &format!("{name} alone cannot be changed: {error}"));
            return;
        }
        found.push((*name, slot.value.clone()));
    }
    let Some(first) = state.results.simulated(&base.name).value.clone() else {
        return;
    };
    let done: Option<Vec<_>> = found.into_iter().map(|(n, f)| Some((n, f?))).collect();
    let Some(done) = done else {
        note_ui(ui, "Simulating each change…");
        return;
    };
    let values = |of: fn(&crate::scenario::outcome::Summary) -> f64| {
        let steps: Vec<(&'static str, f64)> = done
            .iter()
            .map(|(name, found)| (*name, of(&found.outcome.summary)))
            .collect();
        bars(&base.name, &other.name, of(&first.outcome.summary), &steps)
    };
    let times = values(|s| s.p95.value);
    let costs = values(|s| s.cost_per_month);
    let currency = other.cost.currency.clone();
    let in_time = |v: f64| units::millis(v * 1_000.0);
    let in_money = move |v: f64| money(v, &currency);
    let paid = costs.iter().any(|b| b.to > 0.0);
    if ui.available_width() > 640.0 && paid {
        ui.columns(2, |columns| {
            if let [left, right] = columns {
                panel_ui(left, "P95", &times, &in_time);
                panel_ui(right, "Cost a month", &costs, &in_money);
            }
        });
    } else {
        panel_ui(ui, "P95", &times, &in_time);
        if paid {
            panel_ui(ui, "Cost a month", &costs, &in_money);
        }
    }
    note_ui(
        ui,
        "Each part is changed on top of those above it; in another order the shares would differ",
    );
}

fn figure(bar: &Bar, print: &dyn Fn(f64) -> String) -> String {
    let by = bar.to - bar.from;
    let text = print(by.abs());
    match (bar.whole, by) {
        (true, _) => print(bar.to),
        (false, by) if text == print(0.0) || by == 0.0 => "±0".to_owned(),
        (false, by) if by > 0.0 => format!("+{text}"),
        _ => format!("−{text}"),
    }
}

fn panel_ui(ui: &mut Ui, title: &str, bars: &[Bar], print: &dyn Fn(f64) -> String) {
    let tokens = Tokens::of(ui);
    ui.add_space(space::XS);
    let height = ROW * (bars.len() as f32 + 1.0);
    let (area, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let words: Vec<String> = bars
        .iter()
        .map(|bar| format!("{} {}", bar.name, figure(bar, print)))
        .collect();
    let says = format!("{title}: {}", words.join(", "));
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &says));
    let most = bars
        .iter()
        .fold(0.0_f64, |m, b| m.max(b.from).max(b.to))
        .max(1e-12);
    let room = (area.width() - NAME - FIGURE - space::S).max(30.0);
    let left = area.left() + NAME;
    let x = |value: f64| left + room * (value / most) as f32;
    let painter = ui.painter();
    let strong = |size| FontId::new(size, strong_family());
    painter.text(
        pos2(area.left(), area.top() + ROW / 2.0),
        Align2::LEFT_CENTER,
        title,
        strong(TEXT_BODY),
        tokens.text,
    );
    for (index, bar) in bars.iter().enumerate() {
        let middle = area.top() + ROW * (index as f32 + 1.5);
        let color = if bar.whole {
            tokens.accent
        } else if bar.to > bar.from {
            tokens.bad
        } else {
            tokens.good
        };
        let font = if bar.whole {
            strong(TEXT_SMALL + 1.0)
        } else {
            FontId::proportional(TEXT_SMALL + 1.0)
        };
        let name = pos2(area.left(), middle);
        let clip = Rect::from_min_max(area.min, pos2(left - space::XS, area.bottom()));
        painter.with_clip_rect(clip.intersect(ui.clip_rect())).text(
            name,
            Align2::LEFT_CENTER,
            &bar.name,
            font.clone(),
            tokens.text,
        );
        let (from, to) = (x(bar.from.min(bar.to)), x(bar.from.max(bar.to)));
        let rect = Rect::from_x_y_ranges(from..=to.max(from + 1.5), middle - 7.0..=middle + 7.0);
        painter.rect_filled(
            rect,
            2.0,
            color.gamma_multiply(if bar.whole { 0.85 } else { 0.7 }),
        );
        if index + 1 < bars.len() {
            let end = x(bar.to);
            painter.vline(
                end,
                middle + 7.0..=middle + ROW - 7.0,
                Stroke::new(1.0, tokens.context),
            );
        }
        let at = pos2(area.right(), middle);
        painter.text(at, Align2::RIGHT_CENTER, figure(bar, print), font, color);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steps_lead_from_one_scenario_to_the_other() {
        let base = Scenario {
            name: "a".to_owned(),
            ..Scenario::default()
        };
        let mut other = base.clone();
        other.name = "b".to_owned();
        assert!(steps(&base, &other).is_empty());
        other.workload.growth = 10.0;
        other.cost.instance_hour = 0.2;
        other.run.duration = 60.0;
        let steps = steps(&base, &other);
        let names: Vec<&str> = steps.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["workload", "prices", "run"]);
        assert_eq!(steps[0].1.workload.growth, 10.0);
        assert_eq!(steps[0].1.cost.instance_hour, 0.0);
        let last = Scenario {
            name: "b".to_owned(),
            ..steps[2].1.clone()
        };
        assert_eq!(last, other);
    }

    #[test]
    fn bars_begin_where_the_one_before_ended() {
        let bars = bars("a", "b", 100.0, &[("traffic", 180.0), ("backend", 120.0)]);
        let print = |v: f64| units::number(v);
        let words: Vec<String> = bars.iter().map(|b| figure(b, &print)).collect();
        assert_eq!(words, ["100", "+80.0", "−60.0", "120"]);
        assert_eq!((bars[2].from, bars[2].to), (180.0, 120.0));
        assert!(bars[0].whole && bars[3].whole);
        let same = Bar {
            from: 5.0,
            to: 5.0,
            ..bars[1].clone()
        };
        assert_eq!(figure(&same, &print), "±0");
    }
}
