//! What to do, on the Overview: the recommendations that the evidence supports, most urgent first.

use eframe::egui::{self, Ui};

use super::Cx;
use super::parts::{note_ui, section_ui, slot_ui};
use crate::analysis::story::{Priority, Recommendation};
use crate::ui::icons;
use crate::ui::results::Request;
use crate::ui::theme::{self, TEXT_SMALL, Tokens, space};

/// How many are shown; the report has all of them.
const MOST: usize = 5;

/// Shows them, once promises and forecasts are there.
pub(super) fn show_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    if cx.state.doc.slas.is_empty() {
        return;
    }
    let results = &cx.state.results;
    if results.sla.is_settled() && results.forecasts.is_settled() {
        cx.request(Request::Advice);
    }
    section_ui(ui, "What to do");
    slot_ui(
        ui,
        &results.advice,
        "Looking for evidence…",
        |ui, list| {
            if list.is_empty() {
                note_ui(ui, "Nothing: no rule found its evidence");
            }
            for recommendation in list.iter().take(MOST) {
                line_ui(ui, recommendation);
            }
            if list.len() > MOST {
                note_ui(
                    ui,
                    &format!("{} more stand in the report", list.len() - MOST),
                );
            }
        },
    );
    ui.add_space(space::M);
}

fn line_ui(ui: &mut Ui, recommendation: &Recommendation) {
    let tokens = Tokens::of(ui);
    let (icon, color) = match recommendation.priority {
        Priority::High => (icons::WARNING, tokens.caution),
        Priority::Medium => (icons::ARROW_RIGHT, tokens.accent),
        Priority::Low => (icons::INFO, tokens.muted),
    };
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        ui.label(theme::icon(icon).color(color));
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            ui.add(egui::Label::new(&recommendation.decision).wrap());
            let why = format!(
                "{} · {} priority · {}",
                recommendation.evidence,
                recommendation.priority.word(),
                recommendation.term.words()
            );
            let text = theme::muted(ui, why).size(TEXT_SMALL);
            ui.add(egui::Label::new(text).wrap()).on_hover_text(format!(
                "{}\nConfidence {}\nRule {}",
                recommendation.benefit, recommendation.confidence, recommendation.rule
            ));
        });
    });
}
