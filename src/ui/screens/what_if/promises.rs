//! The promises of a run, each with what became of it, and those that a simulation says nothing about.

use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{Align, FontId, Label, Layout, Role, Ui, WidgetInfo, vec2};

use super::super::parts::note_ui;
use super::field::secs;
use crate::analysis::sla::Verdict;
use crate::ui::simulated::{Promise, Simulated};
use crate::ui::theme::{self, TEXT_BODY, Tokens, space};
use crate::ui::widgets::Status;
use crate::units;

/// From this width on promises stand side by side.
const WIDE: f32 = 600.0;
/// Promises shown before the rest is folded into a line.
const SHOWN: usize = 10;

/// Each promise with its word; broken ones first.
pub(super) fn promises_ui(ui: &mut Ui, found: &Simulated) {
    if found.promises.is_empty() && found.not_judged.is_empty() {
        return;
    }
    let mut promises: Vec<&Promise> = found.promises.iter().collect();
    promises.sort_by_key(|p| std::cmp::Reverse(p.verdict));
    let wide = ui.available_width() >= WIDE;
    let layout = if wide {
        Layout::left_to_right(Align::Center).with_main_wrap(true)
    } else {
        Layout::top_down(Align::Min)
    };
    let room = vec2(ui.available_width(), 0.0);
    ui.allocate_ui_with_layout(room, layout, |ui| {
        ui.spacing_mut().item_spacing = vec2(space::L, space::XS);
        ui.spacing_mut().interact_size.y = 0.0;
        for promise in promises.iter().take(SHOWN) {
            promise_ui(ui, promise, wide);
        }
    });
    let more = promises.iter().skip(SHOWN);
    let words: Vec<String> = more
        .map(|p| format!("{} {}", p.name, p.verdict.word()))
        .collect();
    if !words.is_empty() {
        note_ui(ui, &format!("Also: {}", words.join(", ")));
    }
    if !found.not_judged.is_empty() {
        note_ui(
            ui,
            &format!(
                "A simulation says nothing about {}",
                found.not_judged.join(", ")
            ),
        );
    }
}

/// What a promise reached, and for how long it was missed.
fn reached(promise: &Promise) -> String {
    let mut text = if promise.achieved.is_empty() {
        promise.verdict.word().to_owned()
    } else {
        format!(
            "{} (target {})",
            promise.achieved,
            units::target(&promise.target)
        )
    };
    if let Some(minutes) = promise.minutes_below.filter(|m| *m > 0.0) {
        text.push_str(&format!(", missed for {}", secs(minutes * 60.0)));
    }
    // That all repetitions keep it is said under the pointer.
    if let Some(how_often) = &promise.how_often
        && promise.verdict != Verdict::Met
    {
        text.push_str(&format!(", {how_often}"));
    }
    text
}

fn promise_ui(ui: &mut Ui, promise: &Promise, whole: bool) {
    let tokens = Tokens::of(ui);
    let status = Status::from(promise.verdict);
    let color = status.color(tokens);
    let reached = reached(promise);
    let says = format!("{}: {}, {reached}", promise.name, promise.verdict.word());
    let mut line = LayoutJob::default();
    let body = FontId::proportional(TEXT_BODY);
    for (text, font, color) in [
        (
            status.icon(),
            FontId::new(TEXT_BODY, theme::icon_family()),
            color,
        ),
        (" ", body.clone(), color),
        (
            promise.name.as_str(),
            FontId::new(TEXT_BODY, theme::strong_family()),
            tokens.text,
        ),
        ("  ", body.clone(), color),
        (reached.as_str(), body, color),
    ] {
        line.append(text, 0.0, TextFormat::simple(font, color));
    }
    let label = Label::new(line).selectable(false);
    let label = if whole {
        label.extend()
    } else {
        label.truncate()
    };
    let response = ui.add(label);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &says));
    let mut why = says;
    if let Some(left) = promise.budget_left {
        why.push_str(&format!(". Error budget left: {} %", units::number(left)));
    }
    if let Some(how_often) = &promise.how_often
        && promise.verdict == Verdict::Met
    {
        why.push_str(&format!(". It is {how_often}"));
    }
    if let Some(reason) = &promise.reason {
        why.push_str(&format!(". {reason}"));
    }
    response.on_hover_text(why);
}
