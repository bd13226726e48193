//! The workbook: native tables, charts and formulas, ready to print.
//!
//! rust_xlsxwriter computes nothing, so every formula is written with its result; and the creation time is the end of
//! the period, so that the same report gives the same bytes.

mod cell;
mod chart;
mod page;
mod plan;
mod sheet;
mod stream;
mod style;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};

pub use plan::MAX_ROWS;

use super::model::Report;

/// The bytes of the workbook.
pub fn render(report: &Report) -> Result<Vec<u8>, XlsxError> {
    render_within(report, plan::MAX_ROWS, stream::CELLS)
}

/// As [`render`]: sheets end after `max_rows` rows and go on in further ones, and those with more than `stream_cells`
/// cells are written row by row.
pub fn render_within(
    report: &Report,
    max_rows: usize,
    stream_cells: usize,
) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    // Widths of columns count digits of this font; one that every system has gives the same page everywhere.
    workbook.set_default_format(&style::normal(), 20, 64)?;
    let created = ExcelDateTime::from_timestamp(report.dated.secs())?;
    workbook.set_properties(
        &DocProperties::new()
            .set_title(&report.title)
            .set_subject(&report.sentence)
            .set_author("Headroom")
            .set_comment(format!(
                "Inputs {} · Headroom {}",
                report.findings.inputs_sha256, report.findings.version
            ))
            .set_creation_datetime(&created),
    );
    let plan = plan::plan(&report.sheets, max_rows);
    for planned in &plan.sheets {
        if stream::suits(&planned.sheet, stream_cells) {
            let worksheet = workbook.add_worksheet_with_constant_memory()?;
            stream::write(worksheet, planned, &plan.places, report)?;
        } else {
            let worksheet = workbook.add_worksheet();
            sheet::write(worksheet, planned, &plan.places, report)?;
        }
    }
    for (name, cell) in &plan.names {
        workbook.define_name(name, cell)?;
    }
    workbook.save_to_buffer()
}
