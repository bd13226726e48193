//! A few figures side by side: the figure large, what it is small above, what it stands on small below.

use eframe::egui;
use eframe::egui::{Label, RichText, Ui};

use crate::ui::theme::{self, TEXT_SMALL, Tokens, space};

/// One figure.
#[derive(Clone, Debug, Default)]
pub struct Stat {
    /// What it is.
    pub label: String,
    /// The figure with its unit.
    pub value: String,
    /// What it stands on: n, source, range.
    pub note: String,
}

impl Stat {
    /// A figure with what it stands on.
    pub fn new(
        label: impl Into<String>,
        value: impl Into<String>,
        note: impl Into<String>,
    ) -> Self {
        Self {
            label: label.into(),
            value: value.into(),
            note: note.into(),
        }
    }
}

/// Shows figures in a row that wraps.
pub fn stats_ui(ui: &mut Ui, stats: &[Stat]) {
    let tokens = Tokens::of(ui);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::XL;
        for stat in stats {
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                ui.add(Label::new(small(&stat.label, tokens.muted)).extend());
                ui.add(Label::new(theme::strong(&stat.value).size(17.0)).extend());
                if !stat.note.is_empty() {
                    ui.add(Label::new(small(&stat.note, tokens.muted)).extend());
                }
            });
        }
    });
}

fn small(text: &str, color: egui::Color32) -> RichText {
    RichText::new(text).size(TEXT_SMALL).color(color)
}
