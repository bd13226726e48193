//! Limits across a chart: dashed, in a colour that no measured line has, each with its name where it runs into no line.

use eframe::egui::{Rangef, Rect, Shape, Stroke, StrokeKind, Ui, Vec2, pos2, vec2};

use super::chart_parts::{PlotLimit, PlotLine};
use super::plot_overlay::{Frame, layout, small_strong, word};

/// Length of a dash, and of the gap after it.
const DASH: (f32, f32) = (9.0, 4.0);
/// Places along a limit at which its name is tried.
const PLACES: u8 = 5;
/// Space around a name, in which no line should run.
const AROUND: f32 = 2.0;

/// Limits with their names; one that is off the chart is named at its edge.
pub(super) fn limits_ui(ui: &Ui, frame: &Frame<'_>, limits: &[PlotLimit], lines: &[PlotLine<'_>]) {
    let painter = ui.painter().with_clip_rect(frame.inner.expand(1.0));
    for limit in limits {
        let y = frame.y(limit.value);
        let off = y < frame.inner.top() - 1.0;
        let text = if off {
            format!("{} (above)", limit.name)
        } else {
            limit.name.clone()
        };
        let size = layout(ui, &text, small_strong(), limit.color).size();
        if off {
            let top = frame.inner.top() + 2.0;
            let at = pos2(frame.inner.left() + 6.0, top);
            word(ui, frame, at, &text, limit.color);
            continue;
        }
        let ends = [pos2(frame.inner.left(), y), pos2(frame.inner.right(), y)];
        let stroke = Stroke::new(1.5, limit.color);
        painter.extend(Shape::dashed_line(&ends, stroke, DASH.0, DASH.1));
        if limit.draggable {
            // Two short lines to take hold of.
            let grip = Rect::from_center_size(pos2(frame.inner.right() - 14.0, y), vec2(16.0, 8.0));
            painter.rect(
                grip,
                3.0,
                frame.tokens.raised,
                Stroke::new(1.25, limit.color),
                StrokeKind::Inside,
            );
            painter.hline(
                grip.left() + 4.0..=grip.right() - 4.0,
                y,
                Stroke::new(1.0, limit.color),
            );
        }
        let places = places(frame.inner, y, size);
        let free = places.iter().find(|rect| !crossed(frame, lines, **rect));
        if let Some(rect) = free.or(places.first()) {
            word(ui, frame, rect.min, &text, limit.color);
        }
    }
}

/// Where a name may stand: above the limit and below it, from left to right, inside the chart.
fn places(inner: Rect, y: f32, size: Vec2) -> Vec<Rect> {
    let first = inner.left() + 6.0;
    // The handle to drag a limit by stands at the right end.
    let last = (inner.right() - 28.0 - size.x).max(first);
    let above = y - size.y - 1.0;
    let below = y + 2.0;
    let fits = |top: f32| top >= inner.top() && top + size.y <= inner.bottom();
    let mut tops: Vec<f32> = [above, below].into_iter().filter(|t| fits(*t)).collect();
    if tops.is_empty() {
        tops.push(if above < inner.top() { below } else { above });
    }
    let places = (0..PLACES).flat_map(|place| {
        let share = f32::from(place) / f32::from(PLACES - 1);
        let left = first + (last - first) * share;
        tops.iter()
            .map(move |top| Rect::from_min_size(pos2(left, *top), size))
    });
    places.collect()
}

/// A line runs through it.
fn crossed(frame: &Frame<'_>, lines: &[PlotLine<'_>], rect: Rect) -> bool {
    let at = |x: f32| frame.transform.value_from_position(pos2(x, 0.0)).x;
    let (from, to) = (at(rect.left()), at(rect.right()));
    let own = rect.y_range().expand(AROUND);
    lines.iter().any(|line| {
        line.data
            .bounds(from, to)
            .is_some_and(|(low, high)| Rangef::new(frame.y(high), frame.y(low)).intersects(own))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_above_or_below_its_limit_inside_the_chart() {
        let inner = Rect::from_min_size(pos2(50.0, 10.0), vec2(400.0, 100.0));
        let size = vec2(70.0, 14.0);
        let middle = places(inner, 60.0, size);
        assert_eq!(middle.len(), 10);
        assert_eq!(
            (middle[0].min, middle[1].min),
            (pos2(56.0, 45.0), pos2(56.0, 62.0))
        );
        assert!(middle.iter().all(|r| inner.contains_rect(*r)));
        // At the upper edge there is only room below, at the lower one only above.
        assert!(places(inner, 12.0, size).iter().all(|r| r.top() == 14.0));
        assert!(places(inner, 108.0, size).iter().all(|r| r.top() == 93.0));
    }
}
