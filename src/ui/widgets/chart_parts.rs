//! What a chart is made of: lines, bands, limits, marks, and the kind of its horizontal axis.

use eframe::egui::Color32;

use super::LineData;
use super::value_axis::ValueAxis;
use crate::calendar::{TimeRange, Zone};
use crate::ui::widgets::brush::instant;
use crate::ui::widgets::time_axis::{self, readout};
use crate::units;

/// How a line is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LineKind {
    /// What the chart is about.
    #[default]
    Subject,
    /// What it is compared with.
    Context,
    /// What is not measured but expected: dashed.
    Forecast,
    /// Measured points, joined.
    Points,
    /// Measured points that do not belong to the line.
    Dots,
}

/// One line.
#[derive(Clone, Debug)]
pub struct PlotLine<'a> {
    /// Name, written beside the line.
    pub name: String,
    /// Its points.
    pub data: &'a LineData,
    /// Colour.
    pub color: Color32,
    /// How it is drawn.
    pub kind: LineKind,
}

/// A range around a line.
#[derive(Clone, Debug)]
pub struct PlotBand {
    /// Name, such as `80 %`.
    pub name: String,
    /// (x, low, high), rising.
    pub points: Vec<(f64, f64, f64)>,
    /// Fill.
    pub color: Color32,
}

/// A stretch of the x axis that stands out, over the whole height.
#[derive(Clone, Debug)]
pub struct PlotShade {
    /// What it is.
    pub name: String,
    /// From.
    pub from: f64,
    /// To.
    pub to: f64,
    /// Fill.
    pub color: Color32,
}

/// A horizontal line that values are held against.
#[derive(Clone, Debug)]
pub struct PlotLimit {
    /// Name, written on the line.
    pub name: String,
    /// Where.
    pub value: f64,
    /// Colour of line and name.
    pub color: Color32,
    /// A person may drag it.
    pub draggable: bool,
}

/// A vertical line with a word.
#[derive(Clone, Debug)]
pub struct PlotMark {
    /// What is there.
    pub name: String,
    /// Where.
    pub x: f64,
    /// Colour.
    pub color: Color32,
}

/// What runs from left to right.
#[derive(Clone, Copy, Debug)]
pub enum XAxis<'a> {
    /// Time, written in a zone.
    Time(&'a Zone),
    /// Values of a unit, with their name.
    Value {
        /// Unit as printed.
        unit: &'a str,
        /// What they are.
        title: &'a str,
    },
}

/// A tick of either axis, ready to be written.
#[derive(Clone, Debug)]
pub struct AxisTick {
    /// Where.
    pub at: f64,
    /// First line.
    pub label: String,
    /// Second line, where something coarser begins.
    pub context: Option<String>,
}

/// A range of seconds.
pub fn time_range(from: f64, to: f64) -> TimeRange {
    TimeRange {
        start: instant(from),
        end: instant(to),
    }
}

impl XAxis<'_> {
    /// Ticks for what is shown on that many points.
    pub fn ticks(&self, from: f64, to: f64, width: f32) -> Vec<AxisTick> {
        match self {
            Self::Time(zone) => time_axis::ticks(time_range(from, to), width, 64.0, zone)
                .into_iter()
                .map(|t| AxisTick {
                    at: t.at,
                    label: t.label,
                    context: t.context,
                })
                .collect(),
            Self::Value { unit, .. } => ValueAxis::exact(from, to, unit, width)
                .ticks
                .into_iter()
                .map(|(at, label)| AxisTick {
                    at,
                    label,
                    context: None,
                })
                .collect(),
        }
    }

    /// One x written out, as finely as the shown range makes sense.
    pub fn readout(&self, x: f64, from: f64, to: f64) -> String {
        match self {
            Self::Time(zone) => readout(instant(x), time_range(from, to), zone),
            Self::Value { unit, title } => {
                let value = reading(x, unit);
                if title.is_empty() {
                    value
                } else {
                    format!("{title} {value}")
                }
            }
        }
    }

    /// What is shown, in words.
    pub fn describe(&self, from: f64, to: f64) -> String {
        match self {
            Self::Time(zone) => time_axis::describe(time_range(from, to), zone),
            Self::Value { unit, title } => {
                format!("{title} {} to {}", reading(from, unit), reading(to, unit))
            }
        }
    }

    /// One x for a table that others read: RFC 3339, or the number.
    pub fn export(&self, x: f64) -> String {
        match self {
            Self::Time(_) => instant(x).to_string(),
            Self::Value { .. } => x.to_string(),
        }
    }

    /// Header of the x column.
    pub fn header(&self) -> String {
        match self {
            Self::Time(_) => "Time".to_owned(),
            Self::Value { title, unit } => with_unit_header(title, unit),
        }
    }
}

/// `name (unit)`, or the name alone.
pub fn with_unit_header(name: &str, unit: &str) -> String {
    if unit.is_empty() {
        name.to_owned()
    } else {
        format!("{name} ({unit})")
    }
}

/// A number that may be a count: without decimals where it has none.
pub fn whole(value: f64) -> String {
    if value.abs() < 1e9 && (value - value.round()).abs() < 1e-9 {
        units::grouped(value, 0)
    } else {
        units::number(value)
    }
}

/// A value with its unit, as charts write it.
pub fn reading(value: f64, unit: &str) -> String {
    match unit {
        "" => whole(value),
        "%" => format!("{} %", whole(value)),
        _ => units::with_unit(value, unit),
    }
}
