//! Rows of horizontal bars with a name before and a figure behind each: what waterfalls and tornados are drawn with.

use eframe::egui::text::{LayoutJob, TextFormat, TextWrapping};
use eframe::egui::{
    Align2, Color32, FontId, Galley, Pos2, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2,
};

use std::sync::Arc;

use crate::ui::theme::{TEXT_BODY, TEXT_SMALL, Tokens, space, strong_family};

/// Height of a row.
const ROW: f32 = 24.0;
/// Most of the width that names take.
const NAMES: f32 = 0.42;
/// Half the height of a bar.
const HALF: f32 = 7.0;

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    /// What it is.
    pub name: String,
    /// Bars, each from one value to another.
    pub spans: Vec<(f64, f64, Color32)>,
    /// The figure behind it.
    pub figure: String,
    /// Its colour.
    pub color: Color32,
    /// In the heavier weight.
    pub strong: bool,
    /// Where a line leads down to the next row.
    pub link: Option<f64>,
}

/// Rows over one scale.
pub(super) struct Panel<'a> {
    /// What is measured.
    pub title: &'a str,
    /// From top to bottom.
    pub rows: &'a [Row],
    /// Both ends of the scale.
    pub range: (f64, f64),
    /// A line through all rows.
    pub mark: Option<f64>,
}

fn laid_out(ui: &Ui, text: &str, font: FontId, color: Color32, width: f32) -> Arc<Galley> {
    let mut job = LayoutJob::single_section(text.to_owned(), TextFormat::simple(font, color));
    job.wrap = TextWrapping::truncate_at_width(width);
    ui.painter().layout_job(job)
}

impl Panel<'_> {
    /// Draws it; read out, it says every row.
    pub fn show(self, ui: &mut Ui) {
        let tokens = Tokens::of(ui);
        ui.add_space(space::XS);
        let height = ROW * (self.rows.len() as f32 + 1.0);
        let (area, response) =
            ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
        let words: Vec<String> = self
            .rows
            .iter()
            .map(|row| format!("{} {}", row.name, row.figure))
            .collect();
        let says = format!("{}: {}", self.title, words.join(", "));
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &says));
        let font = |row: &Row| {
            if row.strong {
                FontId::new(TEXT_SMALL + 1.0, strong_family())
            } else {
                FontId::proportional(TEXT_SMALL + 1.0)
            }
        };
        let most = area.width() * NAMES;
        let names: Vec<Arc<Galley>> = self
            .rows
            .iter()
            .map(|row| laid_out(ui, &row.name, font(row), tokens.text, most))
            .collect();
        let figures: Vec<Arc<Galley>> = self
            .rows
            .iter()
            .map(|row| laid_out(ui, &row.figure, font(row), row.color, most))
            .collect();
        let widest = |all: &[Arc<Galley>]| all.iter().map(|g| g.size().x).fold(0.0, f32::max);
        let left = area.left() + widest(&names) + space::M;
        let right = (area.right() - widest(&figures) - space::M).max(left + 20.0);
        let (low, high) = self.range;
        let span = (high - low).max(1e-12);
        let x = |value: f64| left + (right - left) * ((value - low) / span).clamp(0.0, 1.0) as f32;
        let painter = ui.painter();
        painter.text(
            pos2(area.left(), area.top() + ROW / 2.0),
            Align2::LEFT_CENTER,
            self.title,
            FontId::new(TEXT_BODY, strong_family()),
            tokens.text,
        );
        let put = |galley: &Arc<Galley>, at: Pos2, align: Align2, color: Color32| {
            let at = align.anchor_size(at, galley.size()).min;
            painter.galley(at, Arc::clone(galley), color);
        };
        for (index, row) in self.rows.iter().enumerate() {
            let middle = area.top() + ROW * (index as f32 + 1.5);
            if let Some(name) = names.get(index) {
                put(
                    name,
                    pos2(area.left(), middle),
                    Align2::LEFT_CENTER,
                    tokens.text,
                );
            }
            if let Some(figure) = figures.get(index) {
                put(
                    figure,
                    pos2(area.right(), middle),
                    Align2::RIGHT_CENTER,
                    row.color,
                );
            }
            for (from, to, color) in &row.spans {
                let (a, b) = (x(from.min(*to)), x(from.max(*to)));
                let bar = Rect::from_x_y_ranges(a..=b.max(a + 1.5), middle - HALF..=middle + HALF);
                painter.rect_filled(bar, 2.0, *color);
            }
            if let Some(link) = row.link {
                let line = Stroke::new(1.0, tokens.context);
                painter.vline(x(link), middle + HALF..=middle + ROW - HALF, line);
            }
        }
        if let Some(mark) = self.mark {
            let line = Stroke::new(1.0, tokens.text);
            painter.vline(x(mark), area.top() + ROW..=area.bottom(), line);
        }
        let hovered = response.hover_pos().and_then(|at| {
            let index = ((at.y - area.top()) / ROW).floor() - 1.0;
            (index >= 0.0)
                .then(|| self.rows.get(index as usize))
                .flatten()
        });
        if let Some(row) = hovered {
            response.on_hover_text(format!("{}: {}", row.name, row.figure));
        }
    }
}
