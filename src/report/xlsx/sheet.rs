//! Writes one planned sheet: head, blocks, print set-up, frozen header.

use std::collections::{BTreeMap, BTreeSet};

use rust_xlsxwriter::{
    Color, ConditionalFormat2ColorScale, ConditionalFormatCell, ConditionalFormatCellRule,
    ConditionalFormatDataBar, Format, Image, Table as ExcelTable, TableColumn, TableStyle,
    Worksheet, XlsxError,
};

use super::cell::{self, Around, Formats, shortened};
use super::plan::{Place, PlannedSheet, chart_offset, lines, printed};
use super::{page, style};
use crate::analysis::sla::Verdict;
use crate::report::chart::{ChartSpec, LIMIT};
use crate::report::model::{Block, Cell, Content, Report, Table};

/// Points of a line of text in a cell.
const LINE: f64 = 12.0;
/// Default height of a row in points; charts count on it.
pub const ROW: f64 = 15.0;

struct Writer<'a> {
    worksheet: &'a mut Worksheet,
    planned: &'a PlannedSheet<'a>,
    places: &'a BTreeMap<String, Place>,
    report: &'a Report,
    formats: Formats,
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
        report,
        formats: Formats::new(report.look.accent),
        heights: BTreeMap::new(),
    };
    writer.head()?;
    for (blocks, row) in planned.sheet.rows.iter().zip(&planned.starts) {
        for block in blocks {
            writer.block(block, *row + chart_offset(blocks, block))?;
        }
    }
    let heights = std::mem::take(&mut writer.heights);
    for (row, height) in &heights {
        writer.worksheet.set_row_height(*row, *height)?;
    }
    let breaks = page::page_breaks(planned, &heights, report.look.paper);
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
        self.worksheet.write_string_with_format(
            0,
            0,
            title,
            &style::title(self.report.look.accent),
        )?;
        self.heights.insert(0, 26.0);
        if self.planned.sheet.one_page {
            self.logo()?;
        }
        self.spread(1, 0, columns, lead, &style::lead(), 1.1)
    }

    /// The logo at the right end of the first row.
    fn logo(&mut self) -> Result<(), XlsxError> {
        const HEIGHT: f64 = 38.0;
        const WIDEST: f64 = 190.0;
        let Some(logo) = &self.report.look.logo else {
            return Ok(());
        };
        let Ok(image) = Image::new_from_buffer(&logo.bytes) else {
            return Ok(());
        };
        let (width, height) = (image.width().max(1.0), image.height().max(1.0));
        let scale = (HEIGHT / height).min(WIDEST / width);
        let image = image
            .set_scale_width(scale)
            .set_scale_height(scale)
            .set_alt_text(format!("Logo beside the title: {}", self.report.title));
        // From the right: the first column at which there is room.
        let mut room = 0.0;
        let mut left = 0;
        for (column, chars) in self.planned.sheet.grid.iter().enumerate().rev() {
            room += (chars * 7.0 + 5.0).floor();
            left = column;
            if room >= width * scale {
                break;
            }
        }
        let offset = (room - width * scale).max(0.0) as u32;
        self.heights.insert(0, 32.0);
        self.worksheet
            .insert_image_with_offset(0, left as u16, &image, offset, 2)?;
        Ok(())
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
                    &style::heading(self.report.look.accent),
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
        let Some(mut chart) = super::chart::native(spec, self.places, self.report.look.accent)
        else {
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
            let format = style::header(column.align, index == 0, self.report.look.accent);
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
            let mut taken = BTreeSet::new();
            let columns: Vec<TableColumn> = table
                .columns
                .iter()
                .enumerate()
                .map(|(index, c)| {
                    TableColumn::new()
                        .set_header(unique(&c.header, &mut taken))
                        .set_header_format(style::header(
                            c.align,
                            index == 0,
                            self.report.look.accent,
                        ))
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
            let format = self
                .formats
                .get(cell, column.align, index == 0, total)
                .clone();
            let text = printed(cell);
            if !text.is_empty() {
                self.needs(row, text, usize::from(*at), column.span, 1.0, 0.0);
            }
            self.put(row, *at, column.span, cell, &format, &table.id)?;
        }
        Ok(())
    }

    /// Colours for words that formulas give, bars behind numbers, shades of heat maps.
    fn highlight(&mut self, table: &Table, place: &Place) -> Result<(), XlsxError> {
        if place.rows == 0 {
            return Ok(());
        }
        let (first, last) = (place.header + 1, place.header + place.rows);
        if let Some(heat) = table.heat
            && let (Some(left), Some(right)) = (place.columns.get(heat.from), place.columns.last())
        {
            let (low, high) = if heat.high_is_bad {
                (0xFF_FFFF, LIMIT)
            } else {
                (LIMIT, 0xFF_FFFF)
            };
            let scale = ConditionalFormat2ColorScale::new()
                .set_minimum_color(Color::RGB(low))
                .set_maximum_color(Color::RGB(high));
            self.worksheet
                .add_conditional_format(first, *left, last, *right, &scale)?;
        }
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
        let around = Around {
            places: self.places,
            zone: &self.report.zone,
            id,
        };
        cell::put(self.worksheet, row, column, cell, format, around)
    }
}

/// The header of a column as a native table takes it: no two may be alike, whatever their case.
fn unique(header: &str, taken: &mut BTreeSet<String>) -> String {
    let mut name = header.to_owned();
    let mut number = 1;
    while !taken.insert(name.to_lowercase()) {
        number += 1;
        name = format!("{header} ({number})");
    }
    name
}
