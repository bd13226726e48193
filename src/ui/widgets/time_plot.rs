//! The chart of the program, on egui_plot: a sentence as title, the shared time range with its brush, limits named on
//! their lines, lines named at their ends, forecasts dashed with a band, and the values of all charts of a group under one cursor.
//!
//! Bounds are always given, hovering is a binary search and long lines come from a pyramid, so a frame costs the same
//! for any number of points.

use eframe::egui::{
    Id, Rangef, Rect, Response, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};
use egui_plot::{FilledArea, GridMark, Line, LineStyle, Plot, PlotPoints, PlotTransform};

use super::brush::TimeWindow;
use super::chart_export::{self, KeptRows};
use super::chart_parts::{
    LineKind, PlotBand, PlotLimit, PlotLine, PlotMark, PlotSpan, XAxis, reading,
};
use super::plot_input::Drag;
use super::plot_limits::limits_ui;
use super::plot_margins::aligned;
use super::plot_overlay::{self as overlay, Frame};
use super::value_axis::ValueAxis;
use crate::calendar::{TimeRange, Zone};
use crate::ui::theme::{Tokens, space};

/// What a chart remembers between frames.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    pub(super) drag: Option<Drag>,
    pub(super) as_table: bool,
    rows: KeptRows,
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
    /// The stretch that was clicked, in the order they were added.
    pub clicked_span: Option<usize>,
}

/// A chart.
pub struct TimePlot<'a> {
    pub(super) id: Id,
    pub(super) title: String,
    pub(super) x: XAxis<'a>,
    pub(super) unit: &'a str,
    pub(super) from_zero: bool,
    pub(super) height: f32,
    pub(super) lines: Vec<PlotLine<'a>>,
    pub(super) bands: Vec<PlotBand>,
    pub(super) limits: Vec<PlotLimit>,
    pub(super) marks: Vec<PlotMark>,
    pub(super) spans: Vec<PlotSpan>,
    pub(super) shades: Vec<PlotSpan>,
    pub(super) forecast_from: Option<f64>,
    pub(super) group: Option<Id>,
    pub(super) x_labels: bool,
    pub(super) room: Option<(f64, f64)>,
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
            spans: Vec::new(),
            shades: Vec::new(),
            forecast_from: None,
            group: None,
            x_labels: true,
            room: None,
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

    /// Marks stretches of time behind the lines; a click on one is answered with its place.
    #[must_use]
    pub fn spans(mut self, spans: Vec<PlotSpan>) -> Self {
        self.spans = spans;
        self
    }

    /// Shades a stretch of the x axis, behind everything.
    #[must_use]
    pub fn shade(mut self, shade: PlotSpan) -> Self {
        self.shades.push(shade);
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
        text + &self.spans_sentence(from, to)
    }

    /// Draws it over everything its lines span.
    pub fn show(self, ui: &mut Ui) -> PlotResponse {
        let spans = self.lines.iter().filter_map(|l| l.data.span()).chain(
            self.bands
                .iter()
                .filter_map(|b| Some((b.points.first()?.0, b.points.last()?.0))),
        );
        let spans = spans.chain(self.room.map(|(right, _)| (0.0, right)));
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
        let (gutter, names_width) = aligned(
            ui,
            self.group,
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
        self.spans_ui(ui, inner, from, to);
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
        overlay::marks_ui(ui, &frame, &self.marks, &self.limits, self.forecast_from);
        limits_ui(ui, &frame, &self.limits, &self.lines);
        overlay::names_ui(ui, &frame, &self.lines);
        if aggregated {
            overlay::note_ui(ui, &frame, "aggregated: lowest and highest of each pixel");
        }
        self.interact(ui, &response, &frame, &axis, window, state, happened);
        self.cursor_ui(ui, &response, &frame, state);
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
                for shade in &self.shades {
                    plot.add(
                        FilledArea::new(
                            &shade.name,
                            &[shade.from, shade.to],
                            &[axis.low; 2],
                            &[axis.high; 2],
                        )
                        .fill_color(shade.color)
                        .allow_hover(false),
                    );
                }
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
                let joined = |line: &&PlotLine<'_>| line.kind != LineKind::Dots;
                let lines = self.lines.iter().zip(&drawn);
                for (line, drawn) in lines.filter(|(line, _)| joined(line)) {
                    let width = match line.kind {
                        LineKind::Subject | LineKind::Forecast => 1.75,
                        _ => 1.25,
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
            let all = matches!(line.kind, LineKind::Points | LineKind::Dots);
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
}
