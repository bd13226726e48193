//! Writes one planned sheet: head, blocks, print set-up, frozen header.

use std::collections::BTreeMap;

use rust_xlsxwriter::{
    Color, ConditionalFormatCell, ConditionalFormatCellRule, ConditionalFormatDataBar, Format,
    Formula, Table as ExcelTable, TableColumn, TableStyle, Worksheet, XlsxError,
};

use super::plan::{Place, PlannedSheet, lines, printed, resolve};
use super::{page, style};
use crate::analysis::sla::Verdict;
use crate::calendar::{Instant, Zone};
use crate::report::chart::ChartSpec;
use crate::report::model::{Block, Cell, Content, Report, Table, verdict_text};

/// Excel's limit is 32,767.
const LONGEST_TEXT: usize = 32_000;
/// Points of a line of text in a cell.
const LINE: f64 = 12.0;
/// Default height of a row in points; charts count on it.
pub const ROW: f64 = 15.0;

struct Writer<'a> {
    worksheet: &'a mut Worksheet,
    planned: &'a PlannedSheet,
    places: &'a BTreeMap<String, Place>,
    zone: &'a Zone,
    heights: BTreeMap<u32, f64>,
}

/// Writes a sheet.
pub fn write(
    worksheet: &mut Worksheet,
    planned: &PlannedSheet,
    places: &BTreeMap<String, Place>,
    report: &Report,
) -> Result<(), XlsxError> {
    worksheet.set_name(&planned.name)?;
    worksheet.set_screen_gridlines(false);
    for (column, width) in planned.sheet.grid.iter().enumerate() {
        worksheet.set_column_width(column as u16, *width)?;
    }
    let mut writer = Writer {
        worksheet,
        planned,
        places,
        zone: &report.zone,
        heights: BTreeMap::new(),
    };
    writer.head()?;
    for (blocks, row) in planned.sheet.rows.iter().zip(&planned.starts) {
        for block in blocks {
            writer.block(block, *row)?;
        }
    }
    let heights = std::mem::take(&mut writer.heights);
    for (row, height) in &heights {
        writer.worksheet.set_row_height(*row, *height)?;
    }
    let breaks = page::page_breaks(planned, &heights);
    if !breaks.is_empty() && !planned.sheet.one_page && !planned.sheet.unprinted {
        worksheet.set_page_breaks(&breaks)?;
    }
    page::set_up_printing(worksheet, planned, places, report)?;
    page::freeze(worksheet, planned, places)
}

impl Writer<'_> {
    fn width(&self, at: usize, span: usize) -> f64 {
        self.planned.sheet.grid.iter().skip(at).take(span).sum()
    }

    /// Lines of 9-point text: a character of it is on average narrower than Excel's unit of width, a digit of 11 points.
    fn needs(&mut self, row: u32, text: &str, at: usize, span: usize, scale: f64, taken: f64) {
        let width = self.width(at, span) * 1.27 / scale - 1.0 - taken;
        let wanted = lines(text, width) as f64 * LINE * scale + 4.0;
        let height = self.heights.entry(row).or_insert(ROW);
        *height = height.max(wanted.min(400.0));
    }

    fn head(&mut self) -> Result<(), XlsxError> {
        let columns = self.planned.sheet.grid.len();
        let (title, lead) = (&self.planned.sheet.title, &self.planned.sheet.lead);
        self.worksheet
            .write_string_with_format(0, 0, title, &style::title())?;
        self.heights.insert(0, 26.0);
        self.spread(1, 0, columns, lead, &style::lead(), 1.1)
    }

    /// Text over several columns, with the height it takes.
    fn spread(
        &mut self,
        row: u32,
        at: usize,
        span: usize,
        text: &str,
        format: &Format,
        scale: f64,
    ) -> Result<(), XlsxError> {
        let text = shortened(text);
        self.needs(row, text, at, span, scale, 0.0);
        let (first, last) = (at as u16, (at + span.max(1) - 1) as u16);
        if first == last {
            self.worksheet
                .write_string_with_format(row, first, text, format)?;
        } else {
            self.worksheet
                .merge_range(row, first, row, last, text, format)?;
        }
        Ok(())
    }

    fn block(&mut self, block: &Block, row: u32) -> Result<(), XlsxError> {
        let (at, span) = (block.at, block.span);
        match &block.content {
            Content::Heading(text) => {
                self.worksheet.write_string_with_format(
                    row,
                    at as u16,
                    shortened(text),
                    &style::heading(),
                )?;
                self.heights.insert(row, 21.0);
                Ok(())
            }
            Content::Text(text) => self.spread(row, at, span, text, &style::text(), 1.0),
            Content::Remark(text) => self.spread(row, at, span, text, &style::remark(), 1.0),
            Content::Answer(text, verdict) => {
                self.spread(row, at, span, text, &style::answer(*verdict), 1.5)?;
                let height = self.heights.entry(row).or_insert(ROW);
                *height = height.max(28.0);
                Ok(())
            }
            Content::Table(table) => self.table(table),
            Content::Chart(spec) => self.chart(spec, row, at, span),
            Content::Stack(charts) => {
                let mut row = row;
                for spec in charts {
                    self.chart(spec, row, at, span)?;
                    row += spec.height_rows as u32 + 1;
                }
                Ok(())
            }
        }
    }

    fn chart(
        &mut self,
        spec: &ChartSpec,
        row: u32,
        at: usize,
        span: usize,
    ) -> Result<(), XlsxError> {
        let grid = self.planned.sheet.grid.iter().skip(at).take(span);
        let pixels: f64 = grid.map(|w| (w * 7.0 + 5.0).floor()).sum();
        let height = spec.height_rows as u32 * 20;
        let Some(mut chart) = super::chart::native(spec, self.places) else {
            return Ok(());
        };
        chart.set_width((pixels as u32).saturating_sub(8).max(120));
        chart.set_height(height.saturating_sub(4));
        self.worksheet
            .insert_chart_with_offset(row, at as u16, &chart, 2, 2)?;
        Ok(())
    }

    fn table(&mut self, table: &Table) -> Result<(), XlsxError> {
        let Some(place) = self.places.get(&table.id).cloned() else {
            return Ok(());
        };
        for (index, (column, at)) in table.columns.iter().zip(&place.columns).enumerate() {
            let format = style::header(column.align, index == 0);
            // A filter button takes three characters of a header.
            let button = if table.data { 3.0 } else { 0.0 };
            self.needs(
                place.header,
                &column.header,
                usize::from(*at),
                column.span,
                1.1,
                button,
            );
            self.put(
                place.header,
                *at,
                column.span,
                &Cell::Text(column.header.clone()),
                &format,
                &table.id,
            )?;
        }
        let first = place.header + 1;
        for (offset, cells) in table.rows.iter().enumerate() {
            self.row(table, &place, first + offset as u32, cells, false)?;
        }
        let last = first + place.rows;
        if !table.footer.is_empty() {
            self.row(table, &place, last, &table.footer, true)?;
        }
        let (Some(left), Some(right)) = (place.columns.first(), place.columns.last()) else {
            return Ok(());
        };
        if table.data && place.rows > 0 {
            let columns: Vec<TableColumn> = table
                .columns
                .iter()
                .enumerate()
                .map(|(index, c)| {
                    TableColumn::new()
                        .set_header(&c.header)
                        .set_header_format(style::header(c.align, index == 0))
                })
                .collect();
            let native = ExcelTable::new()
                .set_name(format!("tbl_{}", table.id))
                .set_style(TableStyle::None)
                .set_columns(&columns)
                .set_alt_text(if table.title.is_empty() {
                    &self.planned.sheet.title
                } else {
                    &table.title
                });
            self.worksheet
                .add_table(place.header, *left, last - 1, *right, &native)?;
        }
        self.highlight(table, &place)
    }

    fn row(
        &mut self,
        table: &Table,
        place: &Place,
        row: u32,
        cells: &[Cell],
        total: bool,
    ) -> Result<(), XlsxError> {
        let columns = table.columns.iter().zip(&place.columns);
        for (index, (cell, (column, at))) in cells.iter().zip(columns).enumerate() {
            let format = style::cell(cell, column.align, index == 0, total);
            let text = printed(cell);
            if !text.is_empty() {
                self.needs(row, text, usize::from(*at), column.span, 1.0, 0.0);
            }
            self.put(row, *at, column.span, cell, &format, &table.id)?;
        }
        Ok(())
    }

    /// Colours for words that formulas give, and bars behind numbers.
    fn highlight(&mut self, table: &Table, place: &Place) -> Result<(), XlsxError> {
        if place.rows == 0 {
            return Ok(());
        }
        let (first, last) = (place.header + 1, place.header + place.rows);
        for (index, (column, at)) in table.columns.iter().zip(&place.columns).enumerate() {
            let formula_words = table.rows.iter().any(|row| {
                matches!(row.get(index), Some(Cell::Formula(_, r)) if matches!(r.as_ref(), Cell::Text(_)))
            });
            if formula_words {
                for verdict in [Verdict::Breached, Verdict::NotProven, Verdict::Met] {
                    let rule = ConditionalFormatCell::new()
                        .set_rule(ConditionalFormatCellRule::EqualTo(verdict.word()))
                        .set_format(
                            Format::new()
                                .set_bold()
                                .set_font_color(Color::RGB(style::dark(verdict))),
                        );
                    self.worksheet
                        .add_conditional_format(first, *at, last, *at, &rule)?;
                }
            }
            if column.bar {
                let bar = ConditionalFormatDataBar::new()
                    .set_fill_color(Color::RGB(0xB5_CFE4))
                    .set_solid_fill(true)
                    .set_border_off(true);
                self.worksheet
                    .add_conditional_format(first, *at, last, *at, &bar)?;
            }
        }
        Ok(())
    }

    /// One cell, over `span` grid columns.
    fn put(
        &mut self,
        row: u32,
        column: u16,
        span: usize,
        cell: &Cell,
        format: &Format,
        id: &str,
    ) -> Result<(), XlsxError> {
        if span > 1 {
            let last = column + span as u16 - 1;
            self.worksheet
                .merge_range(row, column, row, last, "", format)?;
        }
        let sheet = &mut *self.worksheet;
        match cell {
            Cell::Text(text) => {
                sheet.write_string_with_format(row, column, shortened(text), format)?
            }
            Cell::Number(value, _) if value.is_finite() => {
                sheet.write_number_with_format(row, column, *value, format)?
            }
            Cell::Number(..) | Cell::Empty => sheet.write_blank(row, column, format)?,
            Cell::Time(at) => {
                sheet.write_number_with_format(row, column, serial(*at, self.zone), format)?
            }
            Cell::Day(date) => sheet.write_number_with_format(
                row,
                column,
                f64::from(days_since_1899(*date)),
                format,
            )?,
            Cell::Verdict(verdict) => {
                sheet.write_string_with_format(row, column, verdict_text(*verdict), format)?
            }
            Cell::Formula(formula, result) => {
                let value = match result.as_ref() {
                    Cell::Number(value, _) if value.is_finite() => value.to_string(),
                    Cell::Text(text) => text.clone(),
                    _ => String::new(),
                };
                match resolve(formula, self.places, id, row) {
                    Some(text) if !value.is_empty() => sheet.write_formula_with_format(
                        row,
                        column,
                        Formula::new(text).set_result(value),
                        format,
                    )?,
                    _ => sheet.write_string_with_format(row, column, value, format)?,
                }
            }
            Cell::Trend(_, values) => {
                sheet.write_string_with_format(row, column, mini_columns(values), format)?
            }
        };
        Ok(())
    }
}

/// Small bars as text: they print and convert alike everywhere, which native sparklines do not.
fn mini_columns(values: &[Option<f64>]) -> String {
    const BARS: [char; 7] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇'];
    let known = || values.iter().flatten().copied();
    let low = known().fold(f64::INFINITY, f64::min);
    let high = known().fold(f64::NEG_INFINITY, f64::max);
    values
        .iter()
        .map(|value| {
            value.map_or('·', |v| {
                let share = if high > low {
                    (v - low) / (high - low)
                } else {
                    0.5
                };
                BARS.get((share * 6.0).round() as usize)
                    .copied()
                    .unwrap_or('▄')
            })
        })
        .collect()
}

fn shortened(text: &str) -> &str {
    text.char_indices()
        .nth(LONGEST_TEXT)
        .map_or(text, |(end, _)| text.get(..end).unwrap_or(text))
}

/// Excel counts days from 1899-12-30.
fn days_since_1899(date: jiff::civil::Date) -> i32 {
    let epoch = jiff::civil::date(1899, 12, 30);
    date.since(epoch).map_or(0, |span| span.get_days())
}

/// Civil time in a zone as Excel keeps it; Excel knows no zones.
fn serial(at: Instant, zone: &Zone) -> f64 {
    let civil = at.civil(zone);
    let time = civil.time();
    let secs = f64::from(time.hour()) * 3_600.0
        + f64::from(time.minute()) * 60.0
        + f64::from(time.second());
    f64::from(days_since_1899(civil.date())) + secs / 86_400.0
}
