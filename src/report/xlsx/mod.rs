//! The workbook: native tables, charts and formulas, ready to print.
//!
//! rust_xlsxwriter computes nothing, so every formula is written with its result; and the creation time is the end of
//! the period, so that the same report gives the same bytes.

mod chart;
mod page;
mod plan;
mod sheet;
mod style;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};

use super::model::Report;

/// The bytes of the workbook.
pub fn render(report: &Report) -> Result<Vec<u8>, XlsxError> {
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
    let plan = plan::plan(&report.sheets, plan::MAX_ROWS);
    for planned in &plan.sheets {
        let worksheet = workbook.add_worksheet();
        sheet::write(worksheet, planned, &plan.places, report)?;
    }
    workbook.save_to_buffer()
}
