//! The words of a chart: axis labels, names of lines and limits, marks, the brush and the readout under the cursor.
//!
//! Painted over the plot with its own transform, because egui_plot knows neither dates nor direct labels.

use std::sync::Arc;

use eframe::egui::{
    Align2, Color32, FontId, Galley, Pos2, Rect, Shape, Stroke, StrokeKind, Ui, pos2, vec2,
};
use egui_plot::PlotTransform;

use super::chart_parts::{
    LineKind, PlotBand, PlotLimit, PlotLine, PlotMark, PlotSpan, XAxis, reading,
};
use super::plot_words::tops;
use super::value_axis::ValueAxis;
use crate::ui::theme::{self, TEXT_SMALL, Tokens};

/// Values of more lines than this are not listed under the cursor.
const MAX_READ: usize = 9;
/// More lines than this are not named at their ends.
const MAX_NAMED: usize = 8;

/// Where everything is.
pub(super) struct Frame<'a> {
    /// With axes and names.
    pub area: Rect,
    /// Where lines are drawn.
    pub inner: Rect,
    /// From values to points on the screen.
    pub transform: &'a PlotTransform,
    /// Colours.
    pub tokens: &'a Tokens,
    /// First x.
    pub from: f64,
    /// Last x.
    pub to: f64,
    /// Unit of the values.
    pub unit: &'a str,
}

/// Where the cursor of the group is.
#[derive(Clone, Copy)]
pub(super) struct CursorAt {
    /// In x.
    pub x: f64,
    /// The pointer, in the chart that it is over.
    pub pointer: Option<Pos2>,
}

fn small() -> FontId {
    FontId::proportional(TEXT_SMALL)
}

pub(super) fn small_strong() -> FontId {
    FontId::new(TEXT_SMALL, theme::strong_family())
}

impl Frame<'_> {
    pub(super) fn x(&self, x: f64) -> f32 {
        self.transform.position_from_point_x(x)
    }

    pub(super) fn y(&self, y: f64) -> f32 {
        self.transform.position_from_point_y(y)
    }

    /// Behind words that stand on lines.
    fn paper(&self) -> Color32 {
        self.tokens.raised.gamma_multiply(0.85)
    }
}

pub(super) fn layout(ui: &Ui, text: &str, font: FontId, color: Color32) -> Arc<Galley> {
    ui.painter().layout_no_wrap(text.to_owned(), font, color)
}

/// Room for the labels of the value axis; at least so much that charts in a stack line up.
pub(super) fn gutter(ui: &Ui, axis: &ValueAxis) -> f32 {
    axis.ticks
        .iter()
        .map(|(_, label)| layout(ui, label, small(), Color32::WHITE).size().x + 10.0)
        .fold(48.0, f32::max)
}

/// Room for the names at the ends of lines. One line is named by the title of its chart.
pub(super) fn names_width(ui: &Ui, lines: &[PlotLine<'_>], to: f64) -> f32 {
    if lines.len() < 2 || lines.len() > MAX_NAMED {
        return 8.0;
    }
    lines
        .iter()
        .filter(|l| !ends_early(l, to))
        .map(|l| layout(ui, &l.name, small_strong(), Color32::WHITE).size().x + 10.0)
        .fold(24.0, f32::max)
        .min(140.0)
}

/// Whether a line ends well before the right edge: its name then stands on the line itself.
fn ends_early(line: &PlotLine<'_>, to: f64) -> bool {
    line.data
        .span()
        .is_some_and(|(from, end)| to - end > (to - from) * 0.04)
}

/// Both axes: values to the left, dates or values below.
pub(super) fn axes_ui(
    ui: &Ui,
    frame: &Frame<'_>,
    axis: &ValueAxis,
    x_axis: &XAxis<'_>,
    x_labels: bool,
) {
    let painter = ui.painter();
    let muted = frame.tokens.muted;
    for (value, label) in &axis.ticks {
        let at = pos2(frame.inner.left() - 6.0, frame.y(*value));
        painter.text(at, Align2::RIGHT_CENTER, label, small(), muted);
    }
    painter.hline(
        frame.inner.x_range(),
        frame.inner.bottom(),
        Stroke::new(1.0, frame.tokens.context),
    );
    if !x_labels {
        return;
    }
    let mut context_end = f32::NEG_INFINITY;
    let ticks = x_axis.ticks(frame.from, frame.to, frame.inner.width());
    let contexts: Vec<f32> = ticks
        .iter()
        .filter(|t| t.context.is_some())
        .map(|t| frame.x(t.at))
        .collect();
    let mut next_context = contexts.iter().copied().skip(1);
    for tick in &ticks {
        let x = frame.x(tick.at);
        painter.vline(
            x,
            frame.inner.bottom()..=frame.inner.bottom() + 4.0,
            Stroke::new(1.0, frame.tokens.context),
        );
        let galley = layout(ui, &tick.label, small(), muted);
        let half = galley.size().x / 2.0;
        let left = (x - half).clamp(
            frame.area.left(),
            (frame.area.right() - 2.0 * half).max(frame.area.left()),
        );
        painter.galley(pos2(left, frame.inner.bottom() + 4.0), galley, muted);
        if let Some(context) = &tick.context {
            let galley = layout(ui, context, small_strong(), muted);
            let left = (x - half).clamp(
                frame.area.left(),
                (frame.area.right() - galley.size().x).max(frame.area.left()),
            );
            let end = left + galley.size().x + 12.0;
            let next = next_context.next().unwrap_or(f32::INFINITY) - half;
            // A short piece of the day before at the left end gives way to the one that follows.
            if left >= context_end && end <= next.max(frame.area.left() + 1.0) {
                painter.galley(pos2(left, frame.inner.bottom() + 18.0), galley, muted);
                context_end = end;
            }
        }
    }
    if let XAxis::Value { title, .. } = x_axis {
        painter.text(
            pos2(frame.inner.center().x, frame.area.bottom()),
            Align2::CENTER_BOTTOM,
            title,
            small_strong(),
            muted,
        );
    }
}

/// Vertical marks, and the place where the forecast begins. Their names keep off the limits.
pub(super) fn marks_ui(
    ui: &Ui,
    frame: &Frame<'_>,
    marks: &[PlotMark],
    limits: &[PlotLimit],
    forecast_from: Option<f64>,
) {
    let painter = ui.painter().with_clip_rect(frame.inner.expand(1.0));
    let shown = |x: f64| x >= frame.from && x <= frame.to;
    if let Some(x) = forecast_from.filter(|x| shown(*x)) {
        let at = frame.x(x);
        painter.vline(
            at,
            frame.inner.y_range(),
            Stroke::new(1.0, frame.tokens.border),
        );
        word(
            ui,
            frame,
            pos2(at + 5.0, frame.inner.top() + 1.0),
            "forecast →",
            frame.tokens.muted,
        );
    }
    let first = if forecast_from.is_some() { 16.0 } else { 1.0 };
    let lines: Vec<f32> = limits.iter().map(|l| frame.y(l.value)).collect();
    let tops = tops(frame.inner.top() + first, marks.len(), &lines);
    for (mark, top) in marks.iter().filter(|m| shown(m.x)).zip(tops) {
        let at = frame.x(mark.x);
        painter.add(Shape::dashed_line(
            &[pos2(at, frame.inner.top()), pos2(at, frame.inner.bottom())],
            Stroke::new(1.0, mark.color),
            2.0,
            3.0,
        ));
        let galley = layout(ui, &mark.name, small_strong(), mark.color);
        let left = if at + galley.size().x + 6.0 > frame.inner.right() {
            at - galley.size().x - 5.0
        } else {
            at + 5.0
        };
        word(ui, frame, pos2(left, top), &mark.name, mark.color);
    }
}

/// A word on paper, so that lines do not run through it.
pub(super) fn word(ui: &Ui, frame: &Frame<'_>, at: Pos2, text: &str, color: Color32) {
    let galley = layout(ui, text, small_strong(), color);
    let rect = Rect::from_min_size(at, galley.size()).expand2(vec2(2.0, 0.0));
    ui.painter().rect_filled(rect, 2.0, frame.paper());
    ui.painter().galley(at, galley, color);
}

/// Names of several lines at their right ends, pushed apart where they would overlap.
pub(super) fn names_ui(ui: &Ui, frame: &Frame<'_>, lines: &[PlotLine<'_>]) {
    if lines.len() < 2 || lines.len() > MAX_NAMED {
        return;
    }
    let reach = (frame.to - frame.from).abs();
    // The lowest name stands whole where no dates stand below the lines.
    let bottom = frame
        .inner
        .bottom()
        .min(frame.area.bottom() - TEXT_SMALL * 0.6);
    for line in lines.iter().filter(|l| ends_early(l, frame.to)) {
        let first = line.data.span().map_or(frame.from, |s| s.0).max(frame.from);
        let early = first + reach * 0.02;
        let peak = line.data.bounds(first, first + reach * 0.08);
        if let Some((_, high)) = peak.filter(|_| early < frame.to) {
            let top = (frame.y(high) - TEXT_SMALL - 5.0).max(frame.inner.top());
            word(ui, frame, pos2(frame.x(early), top), &line.name, line.color);
        }
    }
    let mut names: Vec<(f32, &PlotLine<'_>)> = lines
        .iter()
        .filter(|l| !ends_early(l, frame.to))
        .map(|line| {
            let end = line.data.span().map_or(frame.to, |s| s.1).min(frame.to);
            let y = line
                .data
                .nearest(end, reach)
                .map_or(bottom, |(_, y)| frame.y(y));
            (y.max(frame.inner.top()).min(bottom), line)
        })
        .collect();
    names.sort_by(|a, b| a.0.total_cmp(&b.0));
    let step = TEXT_SMALL + 2.5;
    let mut lowest = f32::NEG_INFINITY;
    for (y, _) in &mut names {
        *y = y.max(lowest + step);
        lowest = *y;
    }
    let mut highest = bottom + step;
    for (y, _) in names.iter_mut().rev() {
        *y = y.min(highest - step);
        highest = *y;
    }
    let painter = ui.painter().with_clip_rect(frame.area);
    for (y, line) in names {
        let color = if line.kind == LineKind::Context {
            frame.tokens.muted
        } else {
            line.color
        };
        painter.text(
            pos2(frame.inner.right() + 6.0, y),
            Align2::LEFT_CENTER,
            &line.name,
            small_strong(),
            color,
        );
    }
}

/// A remark in the upper right corner.
pub(super) fn note_ui(ui: &Ui, frame: &Frame<'_>, text: &str) {
    let galley = layout(ui, text, small(), frame.tokens.muted);
    let at = pos2(
        frame.inner.right() - galley.size().x - 4.0,
        frame.inner.top() - 4.0,
    );
    let rect = Rect::from_min_size(at, galley.size()).expand2(vec2(3.0, 0.0));
    ui.painter().rect_filled(rect, 2.0, frame.paper());
    ui.painter().galley(at, galley, frame.tokens.muted);
}

/// One line of the readout.
struct Read {
    name: String,
    value: String,
    color: Color32,
    at: Option<Pos2>,
}

/// The cursor line and the values under it.
pub(super) fn readout_ui(
    ui: &Ui,
    frame: &Frame<'_>,
    lines: &[PlotLine<'_>],
    (bands, span): (&[PlotBand], Option<&PlotSpan>),
    x_axis: &XAxis<'_>,
    cursor: CursorAt,
) {
    let painter = ui.painter();
    let x = frame.x(cursor.x);
    painter.vline(
        x,
        frame.inner.y_range(),
        Stroke::new(1.0, frame.tokens.context),
    );
    let reach = 6.0 * (frame.to - frame.from) / f64::from(frame.inner.width());
    let mut reads: Vec<Read> = lines
        .iter()
        .map(|line| {
            let nearest = line.data.nearest(cursor.x, reach);
            Read {
                name: line.name.clone(),
                value: nearest
                    .map_or_else(|| "no data".to_owned(), |(_, y)| reading(y, frame.unit)),
                color: line.color,
                at: nearest.map(|(x, y)| pos2(frame.x(x), frame.y(y))),
            }
        })
        .collect();
    // Lines that say nothing here (a forecast over the past) give way.
    if reads.iter().any(|r| r.at.is_some()) {
        reads.retain(|r| r.at.is_some());
    }
    for band in bands {
        let after = band.points.partition_point(|p| p.0 < cursor.x);
        if let Some((at, low, high)) = band.points.get(after)
            && (after > 0 || (at - cursor.x).abs() <= reach)
        {
            reads.push(Read {
                name: band.name.clone(),
                value: format!(
                    "{} to {}",
                    reading(*low, frame.unit),
                    reading(*high, frame.unit)
                ),
                color: frame.tokens.muted,
                at: None,
            });
        }
    }
    for read in &reads {
        if let Some(at) = read.at.filter(|p| frame.inner.expand(1.0).contains(*p)) {
            painter.circle(at, 3.0, read.color, Stroke::new(1.0, frame.tokens.raised));
        }
    }
    let more = reads.len().saturating_sub(MAX_READ);
    reads.truncate(MAX_READ);
    if more > 0 {
        reads.push(Read {
            name: format!("and {more} more"),
            value: String::new(),
            color: frame.tokens.muted,
            at: None,
        });
    }
    if let Some(span) = span {
        reads.push(Read {
            name: span.name.clone(),
            value: String::new(),
            color: span.color,
            at: None,
        });
    }
    let head = cursor
        .pointer
        .map(|_| x_axis.readout(cursor.x, frame.from, frame.to));
    box_ui(ui, frame, x, cursor.pointer, head, &reads);
}

fn box_ui(
    ui: &Ui,
    frame: &Frame<'_>,
    x: f32,
    pointer: Option<Pos2>,
    head: Option<String>,
    reads: &[Read],
) {
    let tokens = frame.tokens;
    let head = head.map(|text| layout(ui, &text, small_strong(), tokens.text));
    let rows: Vec<_> = reads
        .iter()
        .map(|read| {
            (
                layout(ui, &read.name, small(), tokens.muted),
                layout(ui, &read.value, small_strong(), tokens.text),
                read.color,
            )
        })
        .collect();
    if rows.is_empty() && head.is_none() {
        return;
    }
    let line = TEXT_SMALL + 5.0;
    let widest = rows
        .iter()
        .map(|(name, value, _)| name.size().x + value.size().x + 34.0)
        .chain(head.as_ref().map(|h| h.size().x + 14.0))
        .fold(60.0, f32::max);
    let lines = rows.len() + usize::from(head.is_some());
    let size = vec2(widest, lines as f32 * line + 8.0);
    let left = if x + 12.0 + size.x > frame.area.right() {
        x - 12.0 - size.x
    } else {
        x + 12.0
    };
    let top = pointer.map_or(frame.inner.top() + 2.0, |p| {
        (p.y - size.y / 2.0)
            .min(frame.inner.bottom() - size.y)
            .max(frame.inner.top())
    });
    let rect = Rect::from_min_size(pos2(left.max(frame.area.left()), top), size);
    let painter = ui.painter().with_clip_rect(ui.clip_rect());
    painter.rect(
        rect,
        4.0,
        tokens.raised.gamma_multiply(0.96),
        Stroke::new(1.0, tokens.border),
        StrokeKind::Inside,
    );
    let mut y = rect.top() + 4.0;
    if let Some(head) = head {
        painter.galley(pos2(rect.left() + 7.0, y), head, tokens.text);
        y += line;
    }
    for (name, value, color) in rows {
        painter.rect_filled(
            Rect::from_min_size(pos2(rect.left() + 7.0, y + 3.0), vec2(8.0, 8.0)),
            2.0,
            color,
        );
        painter.galley(pos2(rect.left() + 19.0, y), name, tokens.muted);
        let right = rect.right() - 7.0 - value.size().x;
        painter.galley(pos2(right, y), value, tokens.text);
        y += line;
    }
}
