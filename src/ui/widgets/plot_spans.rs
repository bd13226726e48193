//! Stretches of time behind the lines of a chart, such as breaches: shaded, named under the pointer, and clicked.

use eframe::egui::{Rect, Ui, pos2, vec2};

use super::plot_overlay::Frame;
use super::time_plot::TimePlot;

/// Narrowest that a stretch is drawn, in points, so that a breach of a minute is seen in a month.
const NARROWEST: f32 = 3.0;
/// How far beside a stretch a click still means it, in points.
const REACH: f32 = 3.0;
/// Height of the bar at the foot of a stretch: it is seen by its shape too, not by its colour alone.
const FOOT: f32 = 4.0;
/// More stretches than this are counted instead of named for those who do not see the chart.
const NAMED: usize = 5;

impl TimePlot<'_> {
    /// Draws them; to be called before the lines.
    pub(super) fn spans_ui(&self, ui: &Ui, inner: Rect, from: f64, to: f64) {
        let painter = ui.painter().with_clip_rect(inner);
        let x = |at: f64| {
            let share = ((at - from) / (to - from)).clamp(-1.0, 2.0) as f32;
            inner.left() + share * inner.width()
        };
        for span in self.spans.iter().filter(|s| s.to >= from && s.from <= to) {
            let left = x(span.from);
            let right = x(span.to).max(left + NARROWEST);
            let rect = Rect::from_x_y_ranges(left..=right, inner.y_range());
            painter.rect_filled(rect, 0.0, span.color.gamma_multiply(0.14));
            let foot =
                Rect::from_min_size(pos2(left, inner.bottom() - FOOT), vec2(rect.width(), FOOT));
            painter.rect_filled(foot, 0.0, span.color);
        }
    }

    /// The stretch at a place on the screen: one that holds it before one beside it, the shortest first.
    pub(super) fn span_at(&self, frame: &Frame<'_>, x: f32) -> Option<usize> {
        let near = self.spans.iter().enumerate().filter_map(|(index, span)| {
            let (left, right) = (frame.x(span.from), frame.x(span.to));
            let right = right.max(left + NARROWEST);
            let beside = (left - x).max(x - right).max(0.0);
            (beside <= REACH).then_some((index, beside, right - left))
        });
        near.min_by(|a, b| a.1.total_cmp(&b.1).then(a.2.total_cmp(&b.2)))
            .map(|(index, ..)| index)
    }

    /// What is marked, for those who do not see it.
    pub(super) fn spans_sentence(&self, from: f64, to: f64) -> String {
        let seen: Vec<&str> = self
            .spans
            .iter()
            .filter(|s| s.to >= from && s.from <= to)
            .map(|s| s.name.as_str())
            .collect();
        let more = seen.len().saturating_sub(NAMED);
        let mut text = String::new();
        for name in seen.iter().take(NAMED) {
            text.push_str(&format!("; marked: {name}"));
        }
        if more > 0 {
            text.push_str(&format!("; and {more} more"));
        }
        text
    }
}
