//! What the data tell about a breach: the load around it, failures by code, what else happened, and the series that
//! moved with it.

use eframe::egui::{self, Ui};

use super::Cx;
use super::parts::{note_ui, problem_ui, section_ui};
use crate::analysis::story::{BreachStory, LoadAround, breach};
use crate::ui::icons;
use crate::ui::results::{BreachKey, Request};
use crate::ui::theme::{self, Tokens, space};
use crate::units;

/// Codes that are named.
const MOST_CODES: usize = 5;

/// Shows it, once the promises are judged.
pub(super) fn show_ui(ui: &mut Ui, cx: &mut Cx<'_>, key: &BreachKey) {
    let results = &cx.state.results;
    if results.sla.is_settled() {
        cx.request(Request::Story(key.clone()));
    }
    section_ui(ui, "What the data tell");
    let slot = &results.story;
    let story = slot
        .value
        .as_ref()
        .filter(|s| s.start == key.start && s.objective == key.objective);
    if let Some(story) = story {
        story_ui(ui, story, cx);
    } else if let (Some(error), false) = (&slot.error, slot.running) {
        problem_ui(ui, error);
    } else {
        ui.label(theme::muted(ui, "Comparing every series with it…"));
    }
}

fn story_ui(ui: &mut Ui, story: &BreachStory, cx: &Cx<'_>) {
    if let Some(text) = load_words(&story.load) {
        line_ui(ui, icons::PULSE, &text);
    }
    if !story.errors.is_empty() {
        let codes: Vec<String> = story
            .errors
            .iter()
            .take(MOST_CODES)
            .map(|(code, count)| format!("{code} × {}", units::count(*count)))
            .collect();
        line_ui(
            ui,
            icons::BUG,
            &format!("Failures by code: {}", codes.join(", ")),
        );
    }
    for touching in &story.touching {
        let from = touching.start.format(&cx.state.zone, "%-d %b %H:%M");
        line_ui(ui, icons::CLOCK, &format!("{}, from {from}", touching.what));
    }
    line_ui(ui, icons::COMPARE, &story.moved_words());
    let tokens = Tokens::of(ui);
    for moved in &story.moved {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = space::XS;
            ui.add_space(space::M);
            let (icon, color) = if moved.lag_secs < 0 {
                (icons::LIGHTNING, tokens.caution)
            } else {
                (icons::EXPLORE, tokens.muted)
            };
            ui.label(theme::icon(icon).color(color));
            let text = format!("{}: {}", moved.series, moved.words());
            let hover = format!(
                "{}\nalike in {}; chance of an accident {}",
                if moved.file_name.is_empty() {
                    "taken from the requests"
                } else {
                    &moved.file_name
                },
                moved.likeness.word(),
                chance_words(moved.chance)
            );
            ui.add(egui::Label::new(text).wrap()).on_hover_text(hover);
        });
    }
    if story.tried > 0 {
        let step = units::duration(units::Micros::from_secs(story.grid_secs));
        let text = format!("Compared with the {} in steps of {step}", story.figure);
        ui.add(egui::Label::new(theme::muted(ui, text).size(theme::TEXT_SMALL)).wrap())
            .on_hover_text(breach::METHOD);
        note_ui(ui, "To move together is no proof of a cause");
    }
}

/// A chance after correction, never as nought.
fn chance_words(chance: f64) -> String {
    if chance < 0.001 {
        "under 0.1 %".to_owned()
    } else {
        units::percent_of(chance)
    }
}

/// `310 requests/s before, 412 during, 290 after; 60 users; 120 of 9,000 failed`.
fn load_words(load: &LoadAround) -> Option<String> {
    let during = load.during_per_sec?;
    let rate = |value: Option<f64>| value.map_or_else(|| "?".to_owned(), units::number);
    let mut text = format!(
        "{} requests/s before, {} during, {} after",
        rate(load.before_per_sec),
        units::number(during),
        rate(load.after_per_sec)
    );
    if let Some(users) = load.users {
        text.push_str(&format!("; {users} users"));
    }
    if load.requests > 0 {
        text.push_str(&format!(
            "; {} of {} failed",
            units::count(load.failed),
            units::count(load.requests)
        ));
    }
    Some(text)
}

fn line_ui(ui: &mut Ui, icon: &str, text: &str) {
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        let color = Tokens::of(ui).muted;
        ui.label(theme::icon(icon).color(color));
        ui.add(egui::Label::new(text).wrap());
    });
}
