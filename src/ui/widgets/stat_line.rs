//! A few figures side by side: the figure large, what it is small above, what it stands on small below.

use eframe::egui::{Color32, FontId, Label, RichText, Ui};

use crate::ui::theme::{self, TEXT_SMALL, Tokens, space};

/// Size of the figures.
const FIGURE: f32 = 17.0;

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

/// Shows figures in rows, as many to a row as there is room for.
pub fn stats_ui(ui: &mut Ui, stats: &[Stat]) {
    let room = ui.available_width();
    let mut row: Vec<&Stat> = Vec::new();
    let mut used = 0.0;
    for stat in stats {
        let width = width(ui, stat) + space::XL;
        if used + width - space::XL > room && !row.is_empty() {
            row_ui(ui, &row);
            row.clear();
            used = 0.0;
        }
        used += width;
        row.push(stat);
    }
    row_ui(ui, &row);
}

fn width(ui: &Ui, stat: &Stat) -> f32 {
    let measure = |text: &str, font: FontId| {
        let galley = ui
            .painter()
            .layout_no_wrap(text.to_owned(), font, Color32::WHITE);
        galley.size().x
    };
    let small = FontId::proportional(TEXT_SMALL);
    measure(&stat.label, small.clone())
        .max(measure(&stat.note, small))
        .max(measure(
            &stat.value,
            FontId::new(FIGURE, theme::strong_family()),
        ))
}

fn row_ui(ui: &mut Ui, row: &[&Stat]) {
    let tokens = Tokens::of(ui);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = space::XL;
        for stat in row {
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                ui.add(Label::new(small(&stat.label, tokens.muted)).extend());
                ui.add(Label::new(theme::strong(&stat.value).size(FIGURE)).extend());
                if !stat.note.is_empty() {
                    ui.add(Label::new(small(&stat.note, tokens.muted)).extend());
                }
            });
        }
    });
}

fn small(text: &str, color: Color32) -> RichText {
    RichText::new(text).size(TEXT_SMALL).color(color)
}
