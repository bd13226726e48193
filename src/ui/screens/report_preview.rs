//! A sheet of the report as it will be handed over: the same text, tables and charts, drawn from the same model.

use std::sync::Arc;

use eframe::egui::{self, Color32, Label, Rect, Role as UiRole, Sense, Ui, WidgetInfo, vec2};

use super::parts::{derived, note_ui, section_ui};
use crate::analysis::sla::Verdict;
use crate::report::chart::{ChartKind, ChartSpec, ColumnRef, Role};
use crate::report::heat::Shades;
use crate::report::model::{Align, Block, Cell, Column, Content, NumberFormat, Report, Table};
use crate::ui::theme::{self, TEXT_SMALL, Tokens, space};
use crate::ui::widgets::{
    DataTable, LineData, LineKind, PlotBand, PlotLine, StatusBadge, TableColumn, TimePlot, XAxis,
};

/// The values of a cell's text, as writers without formulas print it.
fn cell_text(cell: &Cell, report: &Report) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) | Cell::Link(text, _) => text.clone(),
        Cell::Number(value, format) => format.print(*value),
        Cell::Time(at) => at.format(&report.zone, "%-d %b %Y %H:%M"),
        Cell::Day(date) => date.strftime("%-d %b %Y").to_string(),
        Cell::Verdict(verdict) => verdict.word().to_owned(),
        Cell::Formula(_, result) => cell_text(result, report),
        Cell::Trend(_, values) => format!("{} values", values.iter().flatten().count()),
        Cell::Input(input) => input
            .value
            .map_or_else(|| "to be entered".to_owned(), |v| input.format.print(v)),
    }
}

/// A cell as a number: values, and times in seconds.
fn cell_number(cell: &Cell, report: &Report) -> Option<f64> {
    match cell {
        Cell::Time(at) => Some(at.as_secs()),
        Cell::Day(date) => Some(report.zone.start_of_day(*date).as_secs()),
        Cell::Formula(_, result) => cell_number(result, report),
        Cell::Verdict(verdict) => Some(f64::from(*verdict as u8)),
        other => other.as_number(),
    }
}

/// The cells of a column, in the rows that a chart refers to.
fn cells<'a>(report: &'a Report, column: &ColumnRef) -> Vec<&'a Cell> {
    let Some(table) = report.table(&column.table) else {
        return Vec::new();
    };
    let (first, n) = column.rows.unwrap_or((0, table.rows.len()));
    table
        .rows
        .iter()
        .skip(first)
        .take(n)
        .filter_map(|row| row.get(column.column))
        .collect()
}

/// Shows one sheet.
pub(super) fn sheet_ui(ui: &mut Ui, report: &Arc<Report>, index: usize) {
    let Some(sheet) = report.sheets.get(index) else {
        return;
    };
    ui.add(Label::new(theme::strong(&sheet.title).size(17.0)).wrap());
    note_ui(ui, &sheet.lead);
    ui.add_space(space::XS);
    for (number, row) in sheet.rows.iter().enumerate() {
        let name = format!("report-{index}-{number}");
        match row.as_slice() {
            [left, right] if ui.available_width() > 620.0 => {
                ui.columns_const(|[a, b]| {
                    block_ui(a, report, &sheet.grid, left, &format!("{name}-a"));
                    block_ui(b, report, &sheet.grid, right, &format!("{name}-b"));
                });
            }
            blocks => {
                for (part, block) in blocks.iter().enumerate() {
                    block_ui(ui, report, &sheet.grid, block, &format!("{name}-{part}"));
                }
            }
        }
    }
}

fn block_ui(ui: &mut Ui, report: &Arc<Report>, grid: &[f64], block: &Block, name: &str) {
    let tokens = Tokens::of(ui);
    match &block.content {
        Content::Heading(text) => section_ui(ui, text),
        Content::Text(text) => {
            ui.add(Label::new(text).wrap());
        }
        Content::Remark(text) => note_ui(ui, text),
        Content::Answer(text, verdict) => {
            let color = tokens.verdict(*verdict);
            ui.add(Label::new(theme::strong(text).size(16.0).color(color)).wrap());
        }
        Content::Table(table) => table_ui(ui, report, grid, block.at, table, name),
        Content::Chart(chart) => chart_ui(ui, report, chart, name),
        Content::Stack(charts) => {
            for (index, chart) in charts.iter().enumerate() {
                chart_ui(ui, report, chart, &format!("{name}-stack-{index}"));
            }
        }
    }
    ui.add_space(space::S);
}

fn table_ui(ui: &mut Ui, report: &Report, grid: &[f64], first: usize, table: &Table, name: &str) {
    let mut view = DataTable::new(("report", &table.id, name), &table.rows)
        .version(table.rows.len() as u64)
        .row_height(24.0)
        .max_height(300.0);
    // As wide as the grid's columns that a column stands on.
    let chars = |at: usize, span: usize| -> f64 { grid.iter().skip(at).take(span).sum() };
    let total = chars(first, table.width()).max(1.0);
    let room = f64::from(ui.available_width() - space::M * (table.columns.len() + 1) as f32);
    let mut at = first;
    let shades = Shades::of(table);
    let narrowest = if shades.is_some() { 40.0 } else { 56.0 };
    for (index, column) in table.columns.iter().enumerate() {
        let width = (room * chars(at, column.span) / total) as f32;
        at += column.span;
        view = view.column(column_of(report, column, index, shades).width(width.max(narrowest)));
    }
    view.show(ui);
    let footer: Vec<String> = table
        .footer
        .iter()
        .map(|cell| cell_text(cell, report))
        .filter(|text| !text.is_empty())
        .collect();
    if !footer.is_empty() {
        note_ui(ui, &footer.join("  "));
    }
}

fn column_of<'a>(
    report: &'a Report,
    column: &Column,
    index: usize,
    shades: Option<Shades>,
) -> TableColumn<'a, Vec<Cell>> {
    let text = move |row: &Vec<Cell>| {
        row.get(index)
            .map(|cell| cell_text(cell, report))
            .unwrap_or_default()
    };
    let mut made = TableColumn::text(column.header.clone(), text)
        .sorted_by(move |row: &Vec<Cell>| row.get(index).and_then(|c| cell_number(c, report)))
        .on_hover(text);
    if column.align == Align::Right {
        made = made.right();
    }
    let right = column.align == Align::Right;
    made.painted(move |ui, row| match row.get(index) {
        Some(Cell::Verdict(verdict)) => {
            StatusBadge::verdict(*verdict).show(ui);
        }
        Some(Cell::Trend(_, values)) => trend_ui(ui, values),
        Some(cell) => {
            if let Some(share) = shades.and_then(|s| s.share(index, cell)) {
                let color = Tokens::of(ui).bad.gamma_multiply(share as f32 * 0.6);
                ui.painter().rect_filled(ui.max_rect(), 0.0, color);
            }
            let label = Label::new(cell_text(cell, report))
                .truncate()
                .selectable(false);
            if right {
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    ui.add(label)
                });
            } else {
                ui.add(label);
            }
        }
        None => {}
    })
}

/// A small line over the values of a column.
fn trend_ui(ui: &mut Ui, values: &[Option<f64>]) {
    let (rect, response) = ui.allocate_exact_size(vec2(96.0, 16.0), Sense::hover());
    let known = || values.iter().flatten().copied().filter(|v| v.is_finite());
    let (low, high) = known().fold((f64::INFINITY, f64::NEG_INFINITY), |a, v| {
        (a.0.min(v), a.1.max(v))
    });
    response.widget_info(|| {
        WidgetInfo::labeled(
            UiRole::Image,
            true,
            format!("Trend of {} values", values.len()),
        )
    });
    let span = (high - low).max(f64::MIN_POSITIVE);
    let step = rect.width() / values.len().saturating_sub(1).max(1) as f32;
    let points: Vec<egui::Pos2> = values
        .iter()
        .enumerate()
        .filter_map(|(i, v)| {
            let share = ((v.filter(|v| v.is_finite())? - low) / span) as f32;
            Some(egui::pos2(
                rect.left() + step * i as f32,
                rect.bottom() - 2.0 - share * (rect.height() - 4.0),
            ))
        })
        .collect();
    let color = Tokens::of(ui).accent;
    ui.painter().line(points, egui::Stroke::new(1.25, color));
}

/// The lines and ranges of a chart.
struct Lines {
    curves: Vec<(String, LineData, Role)>,
    outer: Vec<(f64, f64, f64)>,
    inner: Vec<(f64, f64, f64)>,
}

fn lines_of(report: &Report, chart: &ChartSpec) -> Lines {
    let xs: Vec<Option<f64>> = cells(report, &chart.x)
        .into_iter()
        .map(|c| cell_number(c, report))
        .collect();
    let values = |column: &ColumnRef| -> Vec<Option<f64>> {
        cells(report, column)
            .into_iter()
            .map(|c| cell_number(c, report))
            .collect()
    };
    let mut found = Lines {
        curves: Vec::new(),
        outer: Vec::new(),
        inner: Vec::new(),
    };
    let scale = if chart.y_format.percent { 100.0 } else { 1.0 };
    let gap = if chart.x_steps_secs > 0.0 {
        chart.x_steps_secs * 2.5
    } else {
        f64::INFINITY
    };
    for series in &chart.series {
        if !matches!(
            series.role,
            Role::BandBase | Role::BandOuter | Role::BandInner
        ) {
            let (times, values) = xs
                .iter()
                .zip(values(&series.values))
                .filter_map(|(x, y)| Some(((*x)?, y? * scale)))
                .unzip();
            found.curves.push((
                series.name.clone(),
                LineData::new(times, values, gap),
                series.role,
            ));
        }
    }
    // Ranges are stacked: base, lower part of the outer range, inner range, upper part of the outer range.
    let stack: Vec<(Role, Vec<Option<f64>>)> = chart
        .series
        .iter()
        .filter(|s| matches!(s.role, Role::BandBase | Role::BandOuter | Role::BandInner))
        .map(|s| (s.role, values(&s.values)))
        .collect();
    for (row, x) in xs.iter().enumerate() {
        let Some(x) = *x else { continue };
        let mut level = 0.0;
        let (mut outer, mut inner) = ((f64::NAN, f64::NAN), (f64::NAN, f64::NAN));
        for (role, heights) in &stack {
            let Some(height) = heights.get(row).copied().flatten() else {
                continue;
            };
            let from = level;
            level += height * scale;
            match role {
                Role::BandOuter => outer = (if outer.0.is_nan() { from } else { outer.0 }, level),
                Role::BandInner => inner = (from, level),
                _ => {}
            }
        }
        if inner.0.is_finite() {
            found.inner.push((x, inner.0, inner.1));
        }
        if outer.0.is_finite() {
            found.outer.push((x, outer.0.min(inner.0), outer.1));
        }
    }
    found
}

fn chart_ui(ui: &mut Ui, report: &Arc<Report>, chart: &ChartSpec, name: &str) {
    if chart.kind == ChartKind::Column {
        bars_ui(ui, report, chart);
        return;
    }
    let lines = derived(ui, name, report, &chart.title, |r: &Report| {
        lines_of(r, chart)
    });
    let tokens = Tokens::of(ui);
    let axis = if chart.kind == ChartKind::Curve {
        XAxis::Value {
            unit: "",
            title: &chart.x_title,
        }
    } else {
        XAxis::Time(&report.zone)
    };
    let unit = unit_of(&chart.y_format, &chart.y_title);
    let mut plot = TimePlot::with_axis(("report", name), &chart.title, axis)
        .unit(&unit)
        .from_zero(chart.y_min.is_none_or(|v| v <= 0.0))
        .height((chart.height_rows as f32 * 15.0).clamp(180.0, 280.0));
    for (title, points, strength) in [
        ("95 % range", &lines.outer, 0.13),
        ("80 % range", &lines.inner, 0.18),
    ] {
        if !points.is_empty() {
            plot = plot.band(PlotBand {
                name: title.to_owned(),
                points: points.clone(),
                color: tokens.accent.gamma_multiply(strength),
            });
        }
    }
    for (line_name, data, role) in &lines.curves {
        let (color, kind) = match role {
            Role::Subject => (tokens.accent, LineKind::Subject),
            Role::Forecast => (tokens.accent, LineKind::Forecast),
            Role::Limit => (tokens.bad, LineKind::Context),
            Role::Other(index) => (tokens.series_color(index + 1), LineKind::Context),
            _ => (tokens.context, LineKind::Context),
        };
        plot = plot.line(PlotLine {
            name: line_name.clone(),
            data,
            color,
            kind,
        });
    }
    plot.show(ui);
}

/// The unit of a chart's values: of its number format, else what stands in brackets in its title.
fn unit_of(format: &NumberFormat, title: &str) -> String {
    if format.percent {
        return "%".to_owned();
    }
    if !format.unit.is_empty() {
        return format.unit.clone();
    }
    title
        .rsplit_once('(')
        .and_then(|(_, rest)| rest.strip_suffix(')'))
        .unwrap_or_default()
        .to_owned()
}

/// Room for the names beside bars.
const NAMES: f32 = 150.0;

/// Bars over names, drawn lying down so that the names can be read.
fn bars_ui(ui: &mut Ui, report: &Report, chart: &ChartSpec) {
    let tokens = Tokens::of(ui);
    ui.add(Label::new(theme::strong(&chart.title)).wrap());
    let names: Vec<String> = cells(report, &chart.x)
        .into_iter()
        .map(|c| cell_text(c, report))
        .collect();
    let Some(subject) = chart.series.iter().find(|s| s.role == Role::Subject) else {
        return;
    };
    let values: Vec<Option<f64>> = cells(report, &subject.values)
        .into_iter()
        .map(|c| cell_number(c, report))
        .collect();
    let base = chart.y_min.unwrap_or(0.0);
    let most = values
        .iter()
        .flatten()
        .copied()
        .chain(chart.y_max)
        .fold(base, f64::max);
    let span = (most - base).max(f64::MIN_POSITIVE);
    ui.spacing_mut().item_spacing.y = 2.0;
    ui.spacing_mut().interact_size.y = 16.0;
    for (index, (name, value)) in names.iter().zip(&values).enumerate().take(40) {
        ui.horizontal(|ui| {
            let small = |text: &str| egui::RichText::new(text).size(TEXT_SMALL);
            ui.allocate_ui_with_layout(
                vec2(NAMES, 16.0),
                egui::Layout::left_to_right(egui::Align::Center),
                |ui| {
                    ui.set_min_width(NAMES);
                    ui.add(Label::new(small(name)).truncate());
                },
            );
            let room = (ui.available_width() - 90.0).max(40.0);
            let (rect, response) = ui.allocate_exact_size(vec2(room, 10.0), Sense::hover());
            let written = subject.labels.get(index).filter(|l| !l.is_empty());
            let text = match (written, value) {
                (Some(label), _) => label.clone(),
                (None, Some(v)) => chart.y_format.print(*v),
                (None, None) => "–".to_owned(),
            };
            response.widget_info(|| {
                WidgetInfo::labeled(UiRole::Image, true, format!("{name}: {text}"))
            });
            let share = value.map_or(0.0, |v| ((v - base) / span).clamp(0.0, 1.0)) as f32;
            let color: Color32 = match subject.verdicts.get(index) {
                Some(Verdict::Met) | None => tokens.accent,
                Some(verdict) => tokens.verdict(*verdict),
            };
            let bar = Rect::from_min_size(rect.min, vec2(rect.width() * share, rect.height()));
            ui.painter().rect_filled(bar, 2.0, color);
            ui.label(small(&text));
        });
    }
    if names.len() > 40 {
        note_ui(
            ui,
            &format!("and {} more in the workbook", names.len() - 40),
        );
    }
}
