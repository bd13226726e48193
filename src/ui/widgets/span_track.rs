//! Stretches of time as bars in rows, each moved and stretched by dragging or from the keyboard. Stands below charts of
//! a group and lines up with them.

use eframe::egui::{
    Align2, Color32, CursorIcon, EventFilter, FontId, Id, Key, Modifiers, Rect, Response, Role,
    Sense, Stroke, StrokeKind, Ui, WidgetInfo, vec2,
};

use super::plot_margins::aligned;
use crate::ui::theme::{TEXT_SMALL, Tokens};

/// Height of a row.
const ROW: f32 = 24.0;
/// How near to an end the pointer takes hold of it.
const GRIP: f32 = 6.0;
/// Narrowest bar.
const NARROWEST: f32 = 6.0;

/// One bar.
#[derive(Clone, Debug)]
pub struct TrackSpan {
    /// What it is.
    pub name: String,
    /// How it is read out, with its time.
    pub says: String,
    /// Where it begins.
    pub from: f64,
    /// Where it ends; `None` at the end of all.
    pub to: Option<f64>,
    /// It has no length and cannot be stretched.
    pub moment: bool,
}

/// A bar that was moved or stretched.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpanMoved {
    /// Which one.
    pub index: usize,
    /// Where it begins now.
    pub from: f64,
    /// Where it ends now.
    pub to: Option<f64>,
}

/// What of a bar is held.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Hold {
    /// All of it, at this distance from its beginning.
    Whole(f64),
    Start,
    End,
}

/// The rows.
pub struct SpanTrack<'a> {
    /// Names it among others.
    pub id: Id,
    /// The group of charts it lines up with.
    pub group: &'a str,
    /// What is shown.
    pub shown: (f64, f64),
    /// Nothing leaves this.
    pub whole: (f64, f64),
    /// Moves go in steps of this.
    pub step: f64,
    /// Colour of the bars.
    pub color: Color32,
    /// They may be moved.
    pub enabled: bool,
}

impl SpanTrack<'_> {
    /// Draws the bars; answers with the one that was moved.
    pub fn show(self, ui: &mut Ui, spans: &[TrackSpan]) -> Option<SpanMoved> {
        let mut moved = None;
        let height = ROW * spans.len() as f32 + 2.0;
        let (area, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
        let group = Id::unique(("plot-group", self.group));
        let (left, right) = aligned(ui, Some(group), 48.0, 8.0);
        let inner = Rect::from_x_y_ranges(
            (area.left() + left)..=(area.right() - right).max(area.left() + left + 40.0),
            area.y_range(),
        );
        let tokens = Tokens::of(ui);
        for (index, span) in spans.iter().enumerate() {
            let top = inner.top() + ROW * index as f32;
            let row = Rect::from_x_y_ranges(inner.x_range(), top..=top + ROW);
            let base = row.center().y;
            let line = Stroke::new(1.0, tokens.grid);
            ui.painter().hline(row.x_range(), base, line);
            if let Some((from, to)) = self.bar_ui(ui, index, span, row) {
                moved = Some(SpanMoved { index, from, to });
            }
        }
        moved
    }

    fn x(&self, at: f64, row: Rect) -> f32 {
        let (from, to) = self.shown;
        let share = ((at - from) / (to - from).max(1e-9)).clamp(-1.0, 2.0) as f32;
        row.left() + share * row.width()
    }

    fn at(&self, x: f32, row: Rect) -> f64 {
        let (from, to) = self.shown;
        from + f64::from((x - row.left()) / row.width()) * (to - from)
    }

    fn snapped(&self, at: f64) -> f64 {
        let (first, last) = self.whole;
        let at = first + ((at - first) / self.step).round() * self.step;
        at.clamp(first, last)
    }

    fn bar_ui(
        &self,
        ui: &mut Ui,
        index: usize,
        span: &TrackSpan,
        row: Rect,
    ) -> Option<(f64, Option<f64>)> {
        let tokens = Tokens::of(ui);
        let last = self.whole.1;
        let left = self.x(span.from, row).max(row.left());
        let end = if span.moment {
            left
        } else {
            self.x(span.to.unwrap_or(last), row)
        };
        let right = end.min(row.right()).max(left + NARROWEST);
        let bar = Rect::from_x_y_ranges(left..=right, (row.top() + 4.0)..=(row.bottom() - 4.0));
        let sense = if self.enabled {
            Sense::click_and_drag()
        } else {
            Sense::hover()
        };
        let response = ui.interact(
            bar.expand2(vec2(GRIP / 2.0, 2.0)),
            self.id.with(index),
            sense,
        );
        response.widget_info(|| WidgetInfo::labeled(Role::Slider, self.enabled, &span.says));
        let strong = response.hovered() || response.dragged() || response.has_focus();
        let painter = ui.painter().with_clip_rect(row.expand2(vec2(120.0, 0.0)));
        let fill = self.color.gamma_multiply(if strong { 0.55 } else { 0.35 });
        painter.rect_filled(bar, 3.0, fill);
        painter.rect_stroke(bar, 3.0, Stroke::new(1.0, self.color), StrokeKind::Inside);
        if response.clicked() || response.drag_started() {
            response.request_focus();
        }
        if response.has_focus() {
            // Or arrows would lead to the next widget.
            let keeps = EventFilter {
                horizontal_arrows: true,
                ..EventFilter::default()
            };
            ui.memory_mut(|m| m.set_focus_lock_filter(response.id, keeps));
            let focus = Stroke::new(1.5, tokens.accent);
            painter.rect_stroke(bar.expand(2.0), 4.0, focus, StrokeKind::Inside);
        }
        Self::name_ui(ui, span, row, bar);
        let hold = self.hold(ui, &response, span, row, bar);
        let cursor = match hold {
            Some(Hold::Start | Hold::End) => CursorIcon::ResizeHorizontal,
            _ => CursorIcon::Grab,
        };
        if self.enabled && (response.hovered() || response.dragged()) {
            ui.set_cursor_icon(cursor);
        }
        let now = if response.dragged() {
            let pointer = response.interact_pointer_pos()?;
            self.dragged(span, hold?, self.at(pointer.x, row))
        } else if response.has_focus() && self.enabled {
            self.keyed(ui, span)?
        } else {
            response.on_hover_text(format!(
                "{}\nDrag to move it, its ends to stretch it; arrows move it, Shift and arrows stretch it",
                span.says
            ));
            return None;
        };
        let before = (span.from, span.to);
        (now != before).then_some(now)
    }

    /// The name stands in the bar where there is room, beside it otherwise.
    fn name_ui(ui: &Ui, span: &TrackSpan, row: Rect, bar: Rect) {
        let tokens = Tokens::of(ui);
        let font = FontId::proportional(TEXT_SMALL);
        let painter = ui.painter();
        let galley = painter.layout_no_wrap(span.name.clone(), font.clone(), tokens.text);
        let width = galley.size().x;
        let (at, align) = if width + 10.0 <= bar.width() {
            (bar.center(), Align2::CENTER_CENTER)
        } else if bar.right() + width + 8.0 <= row.right() {
            (bar.right_center() + vec2(6.0, 0.0), Align2::LEFT_CENTER)
        } else {
            (bar.left_center() - vec2(6.0, 0.0), Align2::RIGHT_CENTER)
        };
        painter.text(at, align, &span.name, font, tokens.text);
    }

    /// What the pointer holds, from where it went down.
    fn hold(
        &self,
        ui: &Ui,
        response: &Response,
        span: &TrackSpan,
        row: Rect,
        bar: Rect,
    ) -> Option<Hold> {
        let id = response.id.with("hold");
        let near = |x: f32| {
            let narrow = bar.width() < 3.0 * GRIP;
            if span.moment {
                Hold::Whole(self.at(x, row) - span.from)
            } else if (x - bar.right()).abs() <= GRIP {
                Hold::End
            } else if (x - bar.left()).abs() <= GRIP && !narrow {
                Hold::Start
            } else {
                Hold::Whole(self.at(x, row) - span.from)
            }
        };
        if response.drag_started() {
            let origin = ui.input(|i| i.pointer.press_origin())?;
            let hold = near(origin.x);
            ui.data_mut(|d| d.insert_temp(id, HoldKept(hold)));
            return Some(hold);
        }
        if response.dragged() {
            return ui.data(|d| d.get_temp::<HoldKept>(id)).map(|kept| kept.0);
        }
        response.hover_pos().map(|p| near(p.x))
    }

    fn dragged(&self, span: &TrackSpan, hold: Hold, at: f64) -> (f64, Option<f64>) {
        let (first, last) = self.whole;
        match hold {
            Hold::Whole(offset) => {
                let long = span.to.map(|to| to - span.from);
                let most = last - long.unwrap_or(self.step);
                let from = self.snapped(at - offset).clamp(first, most.max(first));
                (from, long.map(|long| from + long))
            }
            Hold::Start => {
                let most = span.to.unwrap_or(last) - self.step;
                (self.snapped(at).min(most).max(first), span.to)
            }
            Hold::End => {
                let to = self.snapped(at).max(span.from + self.step);
                (span.from, Some(to.min(last.max(span.from + self.step))))
            }
        }
    }

    /// Arrows move, Shift and arrows stretch.
    fn keyed(&self, ui: &Ui, span: &TrackSpan) -> Option<(f64, Option<f64>)> {
        let stride = ((self.whole.1 - self.whole.0) / 100.0 / self.step)
            .round()
            .max(1.0)
            * self.step;
        let pressed = |modifiers, key| ui.input_mut(|i| i.consume_key(modifiers, key));
        let steps = |modifiers| {
            f64::from(u8::from(pressed(modifiers, Key::ArrowRight)))
                - f64::from(u8::from(pressed(modifiers, Key::ArrowLeft)))
        };
        let stretch = steps(Modifiers::SHIFT);
        if stretch != 0.0 && !span.moment {
            let end = span.to.unwrap_or(self.whole.1);
            return Some(self.dragged(span, Hold::End, end + stretch * stride));
        }
        let shift = steps(Modifiers::NONE);
        (shift != 0.0).then(|| self.dragged(span, Hold::Whole(0.0), span.from + shift * stride))
    }
}

#[derive(Clone, Copy)]
struct HoldKept(Hold);

#[cfg(test)]
mod tests {
    use eframe::egui::pos2;

    use super::*;

    fn track() -> SpanTrack<'static> {
        SpanTrack {
            id: Id::unique("track"),
            group: "charts",
            shown: (0.0, 3_600.0),
            whole: (0.0, 3_600.0),
            step: 5.0,
            color: Color32::RED,
            enabled: true,
        }
    }

    fn span(from: f64, to: Option<f64>) -> TrackSpan {
        TrackSpan {
            name: String::new(),
            says: String::new(),
            from,
            to,
            moment: false,
        }
    }

    #[test]
    fn a_bar_moves_as_a_whole_and_stays_inside() {
        let track = track();
        let bar = span(600.0, Some(900.0));
        let moved = |at| track.dragged(&bar, Hold::Whole(100.0), at);
        assert_eq!(moved(1_002.0), (900.0, Some(1_200.0)));
        assert_eq!(moved(-500.0), (0.0, Some(300.0)));
        assert_eq!(moved(9_999.0), (3_300.0, Some(3_600.0)));
        let open = span(600.0, None);
        let moved = track.dragged(&open, Hold::Whole(0.0), 5_000.0);
        assert_eq!(moved, (3_595.0, None));
    }

    #[test]
    fn ends_are_stretched_and_never_cross() {
        let track = track();
        let bar = span(600.0, Some(900.0));
        let held = |hold, at| track.dragged(&bar, hold, at);
        assert_eq!(held(Hold::End, 1_501.0), (600.0, Some(1_500.0)));
        assert_eq!(held(Hold::End, 10.0), (600.0, Some(605.0)));
        assert_eq!(held(Hold::End, 9_999.0), (600.0, Some(3_600.0)));
        assert_eq!(held(Hold::Start, 702.0), (700.0, Some(900.0)));
        assert_eq!(held(Hold::Start, 2_000.0), (895.0, Some(900.0)));
        let open = span(600.0, None);
        assert_eq!(
            track.dragged(&open, Hold::End, 1_000.0),
            (600.0, Some(1_000.0))
        );
    }

    #[test]
    fn places_and_times_are_each_others_inverse() {
        let row = Rect::from_min_size(pos2(100.0, 0.0), vec2(720.0, ROW));
        let track = track();
        let x = track.x(1_800.0, row);
        assert!((x - 460.0).abs() < 0.01);
        assert!((track.at(x, row) - 1_800.0).abs() < 0.5);
    }
}
