//! The chart of the program, on egui_plot: a sentence as title, the shared time range with its brush, limits named on
//! their lines, lines named at their ends, forecasts dashed with a band, and the values of all charts of a group under one cursor.
//!
//! Bounds are always given, hovering is a binary search and long lines come from a pyramid, so a frame costs the same
//! for any number of points.

use eframe::egui::{
    self, CursorIcon, Id, Key, Modifiers, PointerButton, Rangef, Rect, Response, Role, Sense, Ui,
    UiBuilder, WidgetInfo, pos2, vec2,
};
use egui_plot::{FilledArea, GridMark, Line, LineStyle, Plot, PlotPoints, PlotTransform};

use super::brush::{TimeWindow, instant};
use super::chart_export::{self, KeptRows};
use super::chart_parts::{LineKind, PlotBand, PlotLimit, PlotLine, PlotMark, XAxis, reading};
use super::plot_overlay::{self as overlay, Frame};
use super::value_axis::ValueAxis;
use crate::calendar::{TimeRange, Zone};
use crate::ui::icons;
use crate::ui::theme::{self, TEXT_SMALL, Tokens, space};
use crate::units::Micros;

/// How near the pointer has to be to a limit to take hold of it.
const GRIP: f32 = 6.0;
/// A drag shorter than this is a click.
const SHORTEST_BRUSH: f32 = 4.0;
/// A limit this many times above the data is named at the edge instead of flattening the lines.
const FAR_LIMIT: f64 = 5.0;

/// What a person is dragging.
#[derive(Clone, Debug)]
enum Drag {
    /// A range, from where it began.
    Brush(f64),
    /// The range itself, with another button.
    Pan,
    /// A limit, with the axis as it was at the start.
    Limit(usize, ValueAxis),
}

/// What a chart remembers between frames.
#[derive(Clone, Debug, Default)]
struct State {
    drag: Option<Drag>,
    as_table: bool,
    rows: KeptRows,
}

/// The cursor that all charts of a group share.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct SharedCursor {
    owner: Option<Id>,
    x: f64,
}

/// Left and right margins of a group: those of the last frame, and those of this one so far.
#[derive(Clone, Copy, Debug, Default)]
struct Margins {
    pass: u64,
    last: (f32, f32),
    growing: (f32, f32),
}

/// A limit that was moved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LimitMoved {
    /// Which one, in the order they were added.
    pub index: usize,
    /// Where to.
    pub value: f64,
    /// It was let go: this is one step of undo.
    pub done: bool,
}

/// What happened in a chart.
#[derive(Debug, Default)]
pub struct PlotResponse {
    /// A limit was dragged.
    pub limit_moved: Option<LimitMoved>,
    /// Where the pointer clicked.
    pub clicked_x: Option<f64>,
}

/// A chart.
pub struct TimePlot<'a> {
    id: Id,
    title: String,
    x: XAxis<'a>,
    unit: &'a str,
    from_zero: bool,
    height: f32,
    lines: Vec<PlotLine<'a>>,
    bands: Vec<PlotBand>,
    limits: Vec<PlotLimit>,
    marks: Vec<PlotMark>,
    forecast_from: Option<f64>,
    group: Option<Id>,
    x_labels: bool,
}

impl<'a> TimePlot<'a> {
    /// A chart over time. The title is a sentence that says what is seen.
    pub fn new(
        id: impl std::hash::Hash + std::fmt::Debug,
        title: impl Into<String>,
        zone: &'a Zone,
    ) -> Self {
        Self::with_axis(id, title, XAxis::Time(zone))
    }

    /// A chart over anything else.
    pub fn with_axis(
        id: impl std::hash::Hash + std::fmt::Debug,
        title: impl Into<String>,
        x: XAxis<'a>,
    ) -> Self {
        Self {
            id: Id::unique(("time-plot", id)),
            title: title.into(),
            x,
            unit: "",
            from_zero: true,
            height: 200.0,
            lines: Vec::new(),
            bands: Vec::new(),
            limits: Vec::new(),
            marks: Vec::new(),
            forecast_from: None,
            group: None,
            x_labels: true,
        }
    }

    /// Unit of the values.
    #[must_use]
    pub const fn unit(mut self, unit: &'a str) -> Self {
        self.unit = unit;
        self
    }

    /// Whether the axis starts at zero, as it does for amounts.
    #[must_use]
    pub const fn from_zero(mut self, from_zero: bool) -> Self {
        self.from_zero = from_zero;
        self
    }

    /// Height of the whole chart with its title.
    #[must_use]
    pub const fn height(mut self, height: f32) -> Self {
        self.height = height;
        self
    }

    /// Adds a line; empty ones are left out.
    #[must_use]
    pub fn line(mut self, line: PlotLine<'a>) -> Self {
        if !line.data.is_empty() {
            self.lines.push(line);
        }
        self
    }

    /// Adds a band, drawn behind the lines.
    #[must_use]
    pub fn band(mut self, band: PlotBand) -> Self {
        self.bands.push(band);
        self
    }

    /// Adds a limit.
    #[must_use]
    pub fn limit(mut self, limit: PlotLimit) -> Self {
        self.limits.push(limit);
        self
    }

    /// Adds a vertical mark.
    #[must_use]
    pub fn mark(mut self, mark: PlotMark) -> Self {
        self.marks.push(mark);
        self
    }

    /// From here on nothing is measured: the word "forecast" stands there.
    #[must_use]
    pub const fn forecast_from(mut self, x: f64) -> Self {
        self.forecast_from = Some(x);
        self
    }

    /// Shares its cursor with all charts of the group.
    #[must_use]
    pub fn group(mut self, group: &str) -> Self {
        self.group = Some(Id::unique(("plot-group", group)));
        self
    }

    /// Whether dates stand below; charts in a stack may leave them to the last one.
    #[must_use]
    pub const fn x_labels(mut self, shown: bool) -> Self {
        self.x_labels = shown;
        self
    }

    /// What is seen, for those who do not see it.
    fn sentence(&self, from: f64, to: f64) -> String {
        let mut text = format!("{} {}", self.title, self.x.describe(from, to));
        for line in self.lines.iter().take(6) {
            if let Some((low, high)) = line.data.bounds(from, to) {
                text.push_str(&format!(
                    "; {} between {} and {}",
                    line.name,
                    reading(low, self.unit),
                    reading(high, self.unit)
                ));
            }
        }
        text
    }

    fn value_axis(&self, from: f64, to: f64, height: f32) -> ValueAxis {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        let mut hold = |a: f64, b: f64| {
            if a.is_finite() && b.is_finite() {
                low = low.min(a);
                high = high.max(b);
            }
        };
        for line in &self.lines {
            if let Some((a, b)) = line.data.bounds(from, to) {
                hold(a, b);
            }
        }
        for (_, a, b) in self
            .bands
            .iter()
            .flat_map(|b| &b.points)
            .filter(|p| p.0 >= from && p.0 <= to)
        {
            hold(*a, *b);
        }
        let reach = high.max(0.0) * FAR_LIMIT;
        for limit in &self.limits {
            if limit.draggable || limit.value <= reach || !high.is_finite() {
                low = low.min(limit.value);
                high = high.max(limit.value);
            }
        }
        ValueAxis::new(low, high, self.unit, self.from_zero, height)
    }

    /// Draws it over everything its lines span.
    pub fn show(self, ui: &mut Ui) -> PlotResponse {
        let spans = self.lines.iter().filter_map(|l| l.data.span()).chain(
            self.bands
                .iter()
                .filter_map(|b| Some((b.points.first()?.0, b.points.last()?.0))),
        );
        let (mut from, mut to) = spans.fold((f64::INFINITY, f64::NEG_INFINITY), |a, b| {
            (a.0.min(b.0), a.1.max(b.1))
        });
        if from > to {
            (from, to) = (0.0, 1.0);
        }
        if let XAxis::Value { .. } = self.x {
            from = from.min(0.0);
            to += (to - from) * 0.02;
        }
        if to <= from {
            to = from + 1.0;
        }
        self.show_window(ui, from, to, None)
    }

    /// Draws it over the range that all charts of the screen share.
    pub fn show_in(self, ui: &mut Ui, window: &mut TimeWindow, full: TimeRange) -> PlotResponse {
        let range = window.range(full);
        let (from, mut to) = (range.start.as_secs(), range.end.as_secs());
        if to <= from {
            to = from + 1.0;
        }
        self.show_window(ui, from, to, Some((window, full)))
    }

    fn show_window(
        self,
        ui: &mut Ui,
        from: f64,
        to: f64,
        window: Option<(&mut TimeWindow, TimeRange)>,
    ) -> PlotResponse {
        chart_export::take_image(ui);
        let mut state: State = ui.data(|d| d.get_temp(self.id)).unwrap_or_default();
        let mut happened = PlotResponse::default();
        let top = ui.cursor().min;
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = space::XS;
            let names: Vec<String> = self.lines.iter().map(|l| l.name.clone()).collect();
            let aggregated = self.title_ui(ui, &mut state, from, to);
            let left = (self.height - (ui.cursor().top() - top.y)).max(60.0);
            if state.as_table {
                let rows = state.rows.update(&self.lines, from, to);
                ui.allocate_ui(vec2(ui.available_width(), left), |ui| {
                    let id = self.id;
                    chart_export::table_ui(ui, id, &rows, (&names, self.unit), self.x, left - 40.0);
                });
            } else {
                self.plot_ui(
                    ui,
                    left,
                    (from, to),
                    window,
                    &mut state,
                    &mut happened,
                    aggregated,
                );
            }
        });
        ui.data_mut(|d| d.insert_temp(self.id, state));
        happened
    }

    /// Title and menu; returns where "aggregated" is to be written.
    fn title_ui(&self, ui: &mut Ui, state: &mut State, from: f64, to: f64) -> Rect {
        let whole = Rect::from_min_size(ui.cursor().min, vec2(ui.available_width(), self.height));
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = space::XS;
            let width = (ui.available_width() - 36.0).max(40.0);
            ui.allocate_ui_with_layout(
                vec2(width, 22.0),
                egui::Layout::left_to_right(egui::Align::Center),
                |ui| {
                    ui.set_min_width(width);
                    ui.add(egui::Label::new(theme::strong(&self.title)).truncate());
                },
            );
            ui.spacing_mut().button_padding = vec2(space::XS, 1.0);
            ui.spacing_mut().interact_size.y = 20.0;
            let more = egui::Button::new(theme::icon(icons::MORE)).frame(false);
            let (button, _) = egui::containers::menu::MenuButton::from_button(more)
                .ui(ui, |ui| self.menu_ui(ui, state, whole, from, to));
            let name = format!("Chart menu: {}", self.title);
            button.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
        });
        whole
    }

    fn menu_ui(&self, ui: &mut Ui, state: &mut State, whole: Rect, from: f64, to: f64) {
        let word = if state.as_table {
            "Show as chart"
        } else {
            "Show as table"
        };
        if ui.button(word).clicked() {
            state.as_table = !state.as_table;
            ui.close();
        }
        if ui.button("Copy as CSV").clicked() {
            ui.copy_text(chart_export::csv(&self.lines, self.x, self.unit, from, to));
            ui.close();
        }
        if ui.button("Copy as image").clicked() {
            chart_export::copy_image(ui, whole.expand(space::XS));
            ui.close();
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one chart, laid out in one place"
    )]
    fn plot_ui(
        &self,
        ui: &mut Ui,
        height: f32,
        (from, to): (f64, f64),
        window: Option<(&mut TimeWindow, TimeRange)>,
        state: &mut State,
        happened: &mut PlotResponse,
        whole: Rect,
    ) {
        let width = ui.available_width();
        let (area, _) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
        let below = match (self.x_labels, self.x) {
            (false, _) => space::XS,
            (true, XAxis::Value { .. }) => 18.0,
            (true, XAxis::Time(_)) => 32.0,
        } + if matches!(self.x, XAxis::Value { .. }) && self.x_labels {
            14.0
        } else {
            0.0
        };
        let inner_height = (area.height() - below - 6.0).max(20.0);
        let axis = match &state.drag {
            Some(Drag::Limit(_, frozen)) => frozen.clone(),
            _ => self.value_axis(from, to, inner_height),
        };
        let tokens = Tokens::of(ui);
        let (gutter, names_width) = self.margins(
            ui,
            overlay::gutter(ui, &axis),
            overlay::names_width(ui, &self.lines, to),
        );
        let inner = Rect::from_min_max(
            pos2(area.left() + gutter, area.top() + 6.0),
            pos2(
                (area.right() - names_width).max(area.left() + gutter + 40.0),
                area.bottom() - below,
            ),
        );
        let (response, transform, aggregated) = ui
            .scope_builder(UiBuilder::new().max_rect(inner), |ui| {
                self.draw(ui, inner, (from, to), &axis, tokens)
            })
            .inner;
        let sentence = self.sentence(from, to);
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &sentence));
        response.context_menu(|ui| self.menu_ui(ui, state, whole, from, to));

        let frame = Frame {
            area,
            inner,
            transform: &transform,
            tokens,
            from,
            to,
            unit: self.unit,
        };
        overlay::axes_ui(ui, &frame, &axis, &self.x, self.x_labels);
        overlay::marks_ui(ui, &frame, &self.marks, self.forecast_from);
        overlay::limits_ui(ui, &frame, &self.limits);
        overlay::names_ui(ui, &frame, &self.lines);
        if aggregated {
            overlay::note_ui(ui, &frame, "aggregated: lowest and highest of each pixel");
        }
        self.interact(ui, &response, &frame, &axis, window, state, happened);
        self.cursor_ui(ui, &response, &frame, state);
    }

    /// Left and right margin: the widest of the group, so that its charts line up.
    fn margins(&self, ui: &Ui, left: f32, right: f32) -> (f32, f32) {
        let Some(group) = self.group else {
            return (left, right);
        };
        let id = group.with("margins");
        let pass = ui.cumulative_pass_nr();
        let mut kept: Margins = ui.data(|d| d.get_temp(id)).unwrap_or_default();
        if kept.pass != pass {
            kept = Margins {
                pass,
                last: kept.growing,
                growing: (0.0, 0.0),
            };
        }
        kept.growing = (kept.growing.0.max(left), kept.growing.1.max(right));
        if kept.growing.0 > kept.last.0 || kept.growing.1 > kept.last.1 {
            kept.last = (
                kept.last.0.max(kept.growing.0),
                kept.last.1.max(kept.growing.1),
            );
            ui.request_repaint();
        }
        ui.data_mut(|d| d.insert_temp(id, kept));
        kept.last
    }

    /// The plot itself, without axes or words.
    fn draw(
        &self,
        ui: &mut Ui,
        inner: Rect,
        (from, to): (f64, f64),
        axis: &ValueAxis,
        tokens: &Tokens,
    ) -> (Response, PlotTransform, bool) {
        let pixels = (inner.width() * ui.pixels_per_point()).round().max(1.0) as usize;
        let drawn: Vec<_> = self
            .lines
            .iter()
            .map(|line| line.data.drawn(from, to, pixels))
            .collect();
        let aggregated = drawn.iter().any(|d| d.aggregated);
        let marks: Vec<GridMark> = axis
            .ticks
            .iter()
            .map(|(value, _)| GridMark {
                value: *value,
                step_size: axis.high - axis.low,
            })
            .collect();
        let shown = Plot::new("plot")
            .id(self.id.with("plot"))
            .width(inner.width())
            .height(inner.height())
            .show_axes(false)
            .show_background(false)
            .show_x(false)
            .show_y(false)
            .show_crosshair(false)
            .show_grid([false, true])
            .grid_spacing(Rangef::new(1.0, 2.0))
            .grid_color(tokens.grid)
            .y_grid_spacer(move |_| marks.clone())
            .allow_drag(false)
            .allow_zoom(false)
            .allow_scroll(false)
            .allow_boxed_zoom(false)
            .allow_axis_zoom_drag(false)
            .allow_double_click_reset(false)
            .auto_bounds(false)
            .sense(Sense::click_and_drag())
            .show(ui, |plot| {
                plot.set_plot_bounds_x(from..=to);
                plot.set_plot_bounds_y(axis.low..=axis.high);
                for band in &self.bands {
                    let xs: Vec<f64> = band.points.iter().map(|p| p.0).collect();
                    let low: Vec<f64> = band.points.iter().map(|p| p.1).collect();
                    let high: Vec<f64> = band.points.iter().map(|p| p.2).collect();
                    plot.add(
                        FilledArea::new(&band.name, &xs, &low, &high)
                            .fill_color(band.color)
                            .allow_hover(false),
                    );
                }
                for (line, drawn) in self.lines.iter().zip(&drawn) {
                    let width = match line.kind {
                        LineKind::Subject | LineKind::Forecast => 1.75,
                        LineKind::Context | LineKind::Points => 1.25,
                    };
                    for (run, points) in drawn.runs.iter().enumerate() {
                        let item = Line::new(&line.name, PlotPoints::Borrowed(points))
                            .id((line.name.as_str(), run))
                            .color(line.color)
                            .width(width)
                            // Bands join points across a gap of pixels where points are few.
                            .allow_band(false)
                            .allow_hover(false);
                        plot.line(if line.kind == LineKind::Forecast {
                            item.style(LineStyle::Dashed { length: 6.0 })
                        } else {
                            item
                        });
                    }
                }
            });
        let dots = ui.painter().with_clip_rect(inner.expand(3.0));
        for (line, drawn) in self.lines.iter().zip(&drawn) {
            let all = line.kind == LineKind::Points;
            for run in drawn.runs.iter().filter(|run| all || run.len() == 1) {
                for point in run {
                    let at = shown.transform.position_from_point(point);
                    let radius = if all { 3.0 } else { 1.5 };
                    dots.circle_filled(at, radius, line.color);
                }
            }
        }
        (shown.response, shown.transform, aggregated)
    }

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
    fn interact(
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
                overlay::brush_ui(ui, frame, *start, x_at(at.x));
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
        }
        if response.drag_stopped() {
            state.drag = None;
        }
    }

    /// The cursor with the values under it, in every chart of the group.
    fn cursor_ui(&self, ui: &Ui, response: &Response, frame: &Frame<'_>, state: &State) {
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
            overlay::readout_ui(ui, frame, &self.lines, &self.bands, &self.x, at);
        }
    }
}

/// Scrolling and pinching zoom around the pointer; arrows and plus and minus do it from the keyboard.
fn zoom(
    ui: &Ui,
    response: &Response,
    window: &mut TimeWindow,
    full: TimeRange,
    x_at: impl Fn(f32) -> f64,
) {
    if let Some(at) = response.hover_pos().filter(|_| response.contains_pointer()) {
        let (scroll, pinch) = ui.input(|i| (i.smooth_scroll_delta(), i.zoom_delta()));
        let factor = (-f64::from(scroll.y) * 0.004).exp() / f64::from(pinch);
        if (factor - 1.0).abs() > 1e-6 {
            window.zoom(factor, instant(x_at(at.x)), full);
            ui.input_mut(|i| i.smooth_scroll_delta = egui::Vec2::ZERO);
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

/// The range that is shown, in words, with the button that gives back what was shown before.
pub fn window_ui(ui: &mut Ui, window: &mut TimeWindow, full: TimeRange, zone: &Zone) {
    ui.horizontal(|ui| {
        let text = super::time_axis::describe(window.range(full), zone);
        ui.label(theme::icon(icons::CLOCK).color(Tokens::of(ui).muted));
        ui.label(egui::RichText::new(text).size(TEXT_SMALL + 1.0));
        let button = |text: &str| egui::Button::new(text.to_owned()).small();
        if ui
            .add_enabled(window.zoomed(), button("Zoom out"))
            .on_hover_text("Back to the range before (double-click a chart for everything)")
            .clicked()
        {
            window.zoom_out(full);
        }
        if ui
            .add_enabled(window.zoomed(), button("Show all"))
            .clicked()
        {
            window.reset();
        }
    });
}
