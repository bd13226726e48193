//! Native Excel charts from their description.

use std::collections::BTreeMap;

use rust_xlsxwriter::{
    Chart, ChartAxisDateUnitType, ChartAxisTickType, ChartDataLabel, ChartEmptyCells, ChartFont,
    ChartFormat, ChartLegendPosition, ChartLine, ChartLineDashType, ChartMarker, ChartPoint,
    ChartRange, ChartSeries as NativeSeries, ChartSolidFill, ChartType, Color,
};

use super::plan::Place;
use super::style::{FONT, number_format};
use crate::report::chart::{ChartKind, ChartSeries, ChartSpec, ColumnRef, Role, colour};
use crate::report::model::verdict_colour;

const GRID: u32 = 0xE3_E7EB;
const INK: u32 = 0x44_4C56;

/// The chart; `None` where its tables stand nowhere.
pub fn native(spec: &ChartSpec, places: &BTreeMap<String, Place>, accent: u32) -> Option<Chart> {
    let x = range(&spec.x, places)?;
    let (kind, line_kind) = match spec.kind {
        ChartKind::Column => (ChartType::Column, ChartType::Line),
        ChartKind::Line => (ChartType::Line, ChartType::Line),
        ChartKind::Band => (ChartType::AreaStacked, ChartType::Line),
        ChartKind::Curve => (
            ChartType::ScatterStraightWithMarkers,
            ChartType::ScatterStraightWithMarkers,
        ),
    };
    let is_band = |role: Role| matches!(role, Role::BandBase | Role::BandOuter | Role::BandInner);
    let on_base = |series: &&ChartSeries| match spec.kind {
        ChartKind::Column => series.role != Role::Limit,
        ChartKind::Band => is_band(series.role),
        ChartKind::Line | ChartKind::Curve => true,
    };
    let areas = spec.series.iter().filter(on_base).count() > 0;
    let mut chart = Chart::new(if areas { kind } else { line_kind });
    let mut lines = Chart::new(line_kind);
    let mut overlaid = false;
    let mut upper_band_seen = false;
    for series in &spec.series {
        let values = range(&series.values, places)?;
        let mut native = NativeSeries::new();
        native
            .set_name(series.name.as_str())
            .set_categories(&x)
            .set_values(&values);
        draw(&mut native, series, spec, accent);
        let repeated = series.role == Role::BandOuter && upper_band_seen;
        upper_band_seen |= series.role == Role::BandOuter;
        if series.role == Role::BandBase || repeated || !series.verdicts.is_empty() {
            native.delete_from_legend(true);
        }
        if !areas || on_base(&series) {
            chart.push_series(&native);
        } else {
            lines.push_series(&native);
            overlaid = true;
        }
    }
    if overlaid {
        chart.combine(&lines);
    }
    furnish(&mut chart, spec);
    Some(chart)
}

fn range(reference: &ColumnRef, places: &BTreeMap<String, Place>) -> Option<ChartRange> {
    let place = places.get(&reference.table)?;
    let column = *place.columns.get(reference.column)?;
    let (skip, rows) = reference
        .rows
        .map_or((0, place.rows), |(first, rows)| (first as u32, rows as u32));
    let rows = rows.min(place.rows.checked_sub(skip)?);
    if rows == 0 {
        return None;
    }
    let first = place.header + 1 + skip;
    Some(ChartRange::new_from_range(
        &place.sheet,
        first,
        column,
        first + rows - 1,
        column,
    ))
}

fn draw(native: &mut NativeSeries, series: &ChartSeries, spec: &ChartSpec, accent: u32) {
    let ink = Color::RGB(colour(series.role, accent));
    match (spec.kind, series.role) {
        (_, Role::BandBase) => {
            native.set_format(ChartFormat::new().set_no_fill().set_no_line());
        }
        (_, Role::BandOuter | Role::BandInner) => {
            native.set_format(
                ChartFormat::new()
                    .set_solid_fill(ChartSolidFill::new().set_color(ink))
                    .set_no_line(),
            );
        }
        (ChartKind::Column, role) if role != Role::Limit => {
            native.set_format(
                ChartFormat::new().set_solid_fill(ChartSolidFill::new().set_color(ink)),
            );
            let points: Vec<ChartPoint> = series
                .verdicts
                .iter()
                .map(|v| {
                    ChartPoint::new().set_format(ChartFormat::new().set_solid_fill(
                        ChartSolidFill::new().set_color(Color::RGB(verdict_colour(*v))),
                    ))
                })
                .collect();
            if !points.is_empty() {
                native.set_points(&points);
            }
            native.set_gap(60);
            if spec.labels && !series.labels.is_empty() {
                let labels: Vec<ChartDataLabel> = series
                    .labels
                    .iter()
                    .map(|text| {
                        ChartDataLabel::new()
                            .set_value(text.as_str())
                            .set_font(font(8).set_bold())
                            .to_custom()
                    })
                    .collect();
                native.set_data_label(
                    ChartDataLabel::new()
                        .show_value()
                        .set_font(font(8).set_bold()),
                );
                native.set_custom_data_labels(&labels);
            } else if spec.labels {
                native.set_data_label(
                    ChartDataLabel::new()
                        .show_value()
                        .set_font(font(8).set_bold())
                        .set_num_format(number_format(&spec.y_format)),
                );
            }
        }
        (kind, role) => {
            let mut line = ChartLine::new();
            line.set_color(ink);
            line.set_width(if role == Role::Context { 1.25 } else { 1.75 });
            if matches!(role, Role::Limit | Role::Forecast) {
                line.set_dash_type(ChartLineDashType::Dash);
            }
            native.set_format(ChartFormat::new().set_line(&line));
            // A curve keeps its automatic markers: the writer puts explicit ones where Excel does not expect them.
            if kind != ChartKind::Curve {
                native.set_marker(ChartMarker::new().set_none());
            }
        }
    }
}

fn font(size: u8) -> ChartFont {
    let mut font = ChartFont::new();
    font.set_name(FONT)
        .set_size(size)
        .set_color(Color::RGB(INK));
    font
}

fn furnish(chart: &mut Chart, spec: &ChartSpec) {
    let mut title = font(10);
    title.set_bold();
    chart.title().set_name(spec.title.as_str()).set_font(&title);
    chart.set_alt_text(spec.alt.as_str());
    chart.show_empty_cells_as(ChartEmptyCells::Gaps);
    let mut grid = ChartLine::new();
    grid.set_color(Color::RGB(GRID)).set_width(0.75);
    let mut small = font(8);
    small.unset_bold();
    let y = chart.y_axis();
    if let Some(min) = spec.y_min {
        y.set_min(min);
    }
    if let Some(max) = spec.y_max {
        y.set_max(max);
    }
    y.set_num_format(number_format(&spec.y_format))
        .set_name(spec.y_title.as_str())
        .set_name_font(&small)
        .set_font(&font(8))
        .set_major_gridlines(true)
        .set_major_gridlines_line(&grid)
        .set_format(ChartFormat::new().set_no_line());
    let x = chart.x_axis();
    x.set_font(&font(8));
    if !spec.x_title.is_empty() {
        x.set_name(spec.x_title.as_str()).set_name_font(&small);
    }
    if spec.kind == ChartKind::Curve {
        x.set_num_format("#,##0")
            .set_min(0)
            .set_major_gridlines(false);
    } else if !spec.date_format.is_empty() {
        x.set_major_tick_type(ChartAxisTickType::None);
        x.set_num_format(spec.date_format.as_str());
        if spec.x_steps_secs >= 80_000.0 {
            x.set_date_axis(true);
            if let Some(months) = spec.label_months {
                x.set_major_unit(months)
                    .set_major_unit_date_type(ChartAxisDateUnitType::Months);
            }
        } else {
            // Excel's date axis knows no hours: every point is a category of its own.
            x.set_text_axis(true);
        }
        if let Some(every) = spec.label_every.filter(|_| spec.x_steps_secs >= 80_000.0) {
            x.set_major_unit(every)
                .set_major_unit_date_type(ChartAxisDateUnitType::Days);
        } else if let Some(every) = spec.label_every {
            x.set_label_interval(every).set_tick_interval(every);
        }
    }
    chart
        .legend()
        .set_position(ChartLegendPosition::Bottom)
        .set_font(&font(8));
    let mut border = ChartLine::new();
    border.set_color(Color::RGB(GRID)).set_width(0.75);
    chart
        .chart_area()
        .set_format(ChartFormat::new().set_border(&border));
}
