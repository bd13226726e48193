//! Pointing at a chart: brushing a range, dragging a limit, zooming, panning, and the cursor that all charts of a group share.

use eframe::egui::{
    self, CursorIcon, Id, Key, Modifiers, PointerButton, Rect, Response, Stroke, Ui, pos2,
};

use super::brush::{TimeWindow, instant};
use super::chart_parts::PlotLimit;
use super::plot_overlay::{self as overlay, Frame};
use super::time_plot::{LimitMoved, PlotResponse, State, TimePlot};
use super::value_axis::ValueAxis;
use crate::calendar::TimeRange;
use crate::units::Micros;

/// How near the pointer has to be to a limit to take hold of it.
const GRIP: f32 = 6.0;
/// A drag shorter than this is a click.
const SHORTEST_BRUSH: f32 = 4.0;
/// What a person is dragging.
#[derive(Clone, Debug)]
pub(super) enum Drag {
    /// A range, from where it began.
    Brush(f64),
    /// The range itself, with another button.
    Pan,
    /// A limit, with the axis as it was at the start.
    Limit(usize, ValueAxis),
}

/// The cursor that all charts of a group share.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct SharedCursor {
    owner: Option<Id>,
    x: f64,
}

impl TimePlot<'_> {
    /// The limit under the pointer that may be dragged.
    fn limit_at(&self, frame: &Frame<'_>, y: f32) -> Option<usize> {
        let at = |limit: &PlotLimit| frame.transform.position_from_point_y(limit.value);
        self.limits
            .iter()
            .enumerate()
            .filter(|(_, l)| l.draggable && (at(l) - y).abs() <= GRIP)
            .min_by(|(_, a), (_, b)| (at(a) - y).abs().total_cmp(&(at(b) - y).abs()))
            .map(|(index, _)| index)
    }

    #[expect(clippy::too_many_arguments, reason = "all ways to point at one chart")]
    pub(super) fn interact(
        &self,
        ui: &Ui,
        response: &Response,
        frame: &Frame<'_>,
        axis: &ValueAxis,
        window: Option<(&mut TimeWindow, TimeRange)>,
        state: &mut State,
        happened: &mut PlotResponse,
    ) {
        let pointer = response.interact_pointer_pos();
        let value_at = |y: f32| {
            let raw = frame
                .transform
                .value_from_position(pos2(frame.inner.left(), y))
                .y
                .clamp(
                    axis.low.max(if self.from_zero { 0.0 } else { axis.low }),
                    axis.high,
                );
            let step = 10_f64.powf(((axis.high - axis.low).log10() - 2.0).floor());
            (raw / step).round() * step
        };
        let x_at = |x: f32| {
            frame
                .transform
                .value_from_position(pos2(x.clamp(frame.inner.left(), frame.inner.right()), 0.0))
                .x
        };
        let over_limit = response
            .hover_pos()
            .is_some_and(|p| self.limit_at(frame, p.y).is_some());
        if over_limit || matches!(state.drag, Some(Drag::Limit(..))) {
            ui.set_cursor_icon(CursorIcon::ResizeVertical);
        } else if response
            .hover_pos()
            .is_some_and(|p| self.span_at(frame, p.x).is_some())
        {
            ui.set_cursor_icon(CursorIcon::PointingHand);
        }
        if response.drag_started() {
            let origin = ui.input(|i| i.pointer.press_origin()).or(pointer);
            state.drag = origin.and_then(|origin| {
                let primary = ui.input(|i| i.pointer.button_down(PointerButton::Primary));
                let pans = !primary || ui.input(|i| i.modifiers.shift);
                match self.limit_at(frame, origin.y) {
                    Some(index) if primary => Some(Drag::Limit(index, axis.clone())),
                    _ if window.is_none() => None,
                    _ if pans => Some(Drag::Pan),
                    _ => Some(Drag::Brush(x_at(origin.x))),
                }
            });
        }
        match (&state.drag, pointer) {
            (Some(Drag::Limit(index, _)), Some(at)) => {
                happened.limit_moved = Some(LimitMoved {
                    index: *index,
                    value: value_at(at.y),
                    done: response.drag_stopped(),
                });
            }
            (Some(Drag::Brush(start)), Some(at)) => {
                brush_ui(ui, frame, *start, x_at(at.x));
            }
            _ => {}
        }
        if let Some((window, full)) = window {
            let secs_per_point = (frame.to - frame.from) / f64::from(frame.inner.width());
            if let (Some(Drag::Pan), true) = (&state.drag, response.dragged()) {
                let by = -f64::from(response.drag_delta().x) * secs_per_point;
                window.pan(Micros((by * 1e6) as i64), full);
            }
            if let (Some(Drag::Brush(start)), true, Some(at)) =
                (&state.drag, response.drag_stopped(), pointer)
            {
                let (a, b) = (*start, x_at(at.x));
                if (a - b).abs() > f64::from(SHORTEST_BRUSH) * secs_per_point {
                    window.show_range(TimeRange {
                        start: instant(a.min(b)),
                        end: instant(a.max(b)),
                    });
                }
            }
            if response.double_clicked() {
                window.reset();
            }
            zoom(ui, response, window, full, x_at);
        }
        if response.clicked() {
            happened.clicked_x = pointer.map(|p| x_at(p.x));
            happened.clicked_span = pointer.and_then(|p| self.span_at(frame, p.x));
        }
        if response.drag_stopped() {
            state.drag = None;
        }
    }

    /// The cursor with the values under it, in every chart of the group.
    pub(super) fn cursor_ui(&self, ui: &Ui, response: &Response, frame: &Frame<'_>, state: &State) {
        let hover = response
            .hover_pos()
            .filter(|p| frame.inner.contains(*p) && !matches!(state.drag, Some(Drag::Limit(..))));
        let own = hover.map(|p| frame.transform.value_from_position(p).x);
        let group = self.group.unwrap_or(self.id);
        let shared: SharedCursor = ui.data(|d| d.get_temp(group)).unwrap_or_default();
        let next = match own {
            Some(x) => SharedCursor {
                owner: Some(self.id),
                x,
            },
            None if shared.owner == Some(self.id) => SharedCursor::default(),
            None => shared,
        };
        if next != shared {
            ui.data_mut(|d| d.insert_temp(group, next));
            ui.request_repaint();
        }
        if next.owner.is_some() && next.x >= frame.from && next.x <= frame.to {
            let at = overlay::CursorAt {
                x: next.x,
                pointer: hover,
            };
            let span = hover.and_then(|p| self.spans.get(self.span_at(frame, p.x)?));
            overlay::readout_ui(ui, frame, &self.lines, (&self.bands, span), &self.x, at);
        }
    }
}

/// The range that is being brushed.
fn brush_ui(ui: &Ui, frame: &Frame<'_>, a: f64, b: f64) {
    let (left, right) = (frame.x(a.min(b)), frame.x(a.max(b)));
    let rect = Rect::from_x_y_ranges(left..=right, frame.inner.y_range());
    let painter = ui.painter().with_clip_rect(frame.inner);
    painter.rect_filled(rect, 0.0, frame.tokens.accent.gamma_multiply(0.18));
    for x in [left, right] {
        painter.vline(
            x,
            frame.inner.y_range(),
            Stroke::new(1.0, frame.tokens.accent),
        );
    }
}

/// The wheel with Ctrl, and pinching, zoom around the pointer; arrows and plus and minus do it from the keyboard. The wheel
/// alone scrolls the page.
fn zoom(
    ui: &Ui,
    response: &Response,
    window: &mut TimeWindow,
    full: TimeRange,
    x_at: impl Fn(f32) -> f64,
) {
    if let Some(at) = response.hover_pos().filter(|_| response.contains_pointer()) {
        let factor = 1.0 / f64::from(ui.input(egui::InputState::zoom_delta));
        if factor.is_finite() && (factor - 1.0).abs() > 1e-6 {
            window.zoom(factor, instant(x_at(at.x)), full);
        }
    }
    if response.has_focus() {
        let range = window.range(full);
        let quarter = range.length().0 / 4;
        let middle = range.start.plus(Micros(range.length().0 / 2));
        let pressed = |key| ui.input_mut(|i| i.consume_key(Modifiers::NONE, key));
        if pressed(Key::ArrowLeft) {
            window.pan(Micros(-quarter), full);
        }
        if pressed(Key::ArrowRight) {
            window.pan(Micros(quarter), full);
        }
        if pressed(Key::Plus) || pressed(Key::Equals) {
            window.zoom(0.5, middle, full);
        }
        if pressed(Key::Minus) {
            window.zoom(2.0, middle, full);
        }
    }
}
