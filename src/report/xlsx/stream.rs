//! Sheets of very many rows, written row by row to a temporary file instead of being kept in memory.
//!
//! Such a sheet has no native table (the writer would have to go back to its header) but the same columns, formats, a
//! filter and a frozen header.

use std::collections::BTreeMap;

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::cell::{self, Around, Formats, shortened};
use super::plan::{Place, PlannedSheet, lines};
use super::{page, style};
use crate::report::model::{Content, Report, Sheet, Table};

/// Cells beyond which a sheet is streamed.
pub const CELLS: usize = 250_000;

/// Whether a sheet is long enough, and plain enough: texts and tables below each other, one grid column a column.
pub fn suits(sheet: &Sheet, cells: usize) -> bool {
    let plain = sheet.rows.iter().all(|blocks| match blocks.as_slice() {
        [block] => match &block.content {
            Content::Table(table) => table.columns.iter().all(|c| c.span == 1),
            Content::Chart(_) | Content::Stack(_) | Content::Answer(..) => false,
            _ => true,
        },
        _ => false,
    });
    let total: usize = sheet
        .tables()
        .map(|t| t.rows.len().saturating_mul(t.columns.len()))
        .sum();
    plain && total > cells
}

/// Writes a sheet in the order of its rows.
pub fn write(
    worksheet: &mut Worksheet,
    planned: &PlannedSheet,
    places: &BTreeMap<String, Place>,
    report: &Report,
) -> Result<(), XlsxError> {
    let sheet = &planned.sheet;
    let accent = report.look.accent;
    worksheet.set_name(&planned.name)?;
    worksheet.set_screen_gridlines(false);
    for (column, width) in sheet.grid.iter().enumerate() {
        worksheet.set_column_width(column as u16, *width)?;
    }
    page::set_up_printing(worksheet, planned, places, report)?;
    page::freeze(worksheet, planned, places)?;
    worksheet.set_row_height(0, 26.0)?;
    worksheet.write_string_with_format(0, 0, &sheet.title, &style::title(accent))?;
    worksheet.write_string_with_format(1, 0, shortened(&sheet.lead), &style::base())?;
    let mut formats = Formats::new(accent);
    for (blocks, row) in sheet.rows.iter().zip(&planned.starts) {
        for block in blocks {
            match &block.content {
                Content::Heading(text) => {
                    worksheet.write_string_with_format(*row, 0, text, &style::heading(accent))?;
                }
                Content::Text(text) => {
                    worksheet.write_string_with_format(*row, 0, shortened(text), &style::base())?;
                }
                Content::Remark(text) => {
                    worksheet.write_string_with_format(
                        *row,
                        0,
                        shortened(text),
                        &style::remark_line(),
                    )?;
                }
                Content::Table(table) => {
                    write_table(worksheet, table, planned, places, report, &mut formats)?;
                }
                Content::Answer(..) | Content::Chart(_) | Content::Stack(_) => {}
            }
        }
    }
    Ok(())
}

fn write_table(
    worksheet: &mut Worksheet,
    table: &Table,
    planned: &PlannedSheet,
    places: &BTreeMap<String, Place>,
    report: &Report,
    formats: &mut Formats,
) -> Result<(), XlsxError> {
    let Some(place) = places.get(&table.id) else {
        return Ok(());
    };
    let tallest = table
        .columns
        .iter()
        .zip(&planned.sheet.grid)
        .map(|(column, width)| lines(&column.header, width * 1.1 - 4.0))
        .max()
        .unwrap_or(1);
    worksheet.set_row_height(place.header, tallest as f64 * 13.0 + 4.0)?;
    for (index, (column, at)) in table.columns.iter().zip(&place.columns).enumerate() {
        let format = style::header(column.align, index == 0, report.look.accent);
        worksheet.write_string_with_format(place.header, *at, &column.header, &format)?;
    }
    let around = Around {
        places,
        zone: &report.zone,
        id: &table.id,
    };
    let all = table.rows.iter().map(|row| (row, false));
    let footer = (!table.footer.is_empty()).then_some((&table.footer, true));
    for (row, (cells, total)) in (place.header + 1..).zip(all.chain(footer)) {
        let columns = table.columns.iter().zip(&place.columns);
        for (index, (cell, (column, at))) in cells.iter().zip(columns).enumerate() {
            let format = formats.get(cell, column.align, index == 0, total);
            cell::put(worksheet, row, *at, cell, format, around)?;
        }
    }
    if let (Some(left), Some(right), true) =
        (place.columns.first(), place.columns.last(), place.rows > 0)
    {
        worksheet.autofilter(place.header, *left, place.header + place.rows, *right)?;
    }
    Ok(())
}
