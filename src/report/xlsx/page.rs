//! How a sheet is printed and scrolled: paper, footer, page breaks, repeated and frozen headers.

use std::collections::BTreeMap;

use rust_xlsxwriter::{Color, Worksheet, XlsxError};

use super::plan::{Place, PlannedSheet, TOP};
use super::sheet::ROW;
use crate::analysis::decisions::Paper;
use crate::report::model::{Content, PRINTED_ROWS, Report, verdict_colour};

/// Printable part of a landscape page inside the margins, in points.
const fn printable(paper: Paper) -> (f64, f64) {
    match paper {
        Paper::A4 => (777.0, 512.0),
        Paper::Letter => (727.0, 529.0),
    }
}

/// Rows before which a page ends, so that no chart and no short table is cut, and no heading stands alone.
pub fn page_breaks(planned: &PlannedSheet, heights: &BTreeMap<u32, f64>, paper: Paper) -> Vec<u32> {
    let width: f64 = planned
        .sheet
        .grid
        .iter()
        .map(|w| (w * 7.0 + 5.0).floor() * 0.75)
        .sum();
    let (across, down) = printable(paper);
    let page = down * (width / across).max(1.0);
    let between = |from: u32, to: u32| -> f64 {
        (from..to)
            .map(|row| heights.get(&row).copied().unwrap_or(ROW))
            .sum()
    };
    let is_heading = |index: usize| {
        planned.sheet.rows.get(index).is_some_and(|blocks| {
            blocks
                .iter()
                .all(|b| matches!(b.content, Content::Heading(_)))
        })
    };
    let mut breaks = Vec::new();
    let mut top = 0;
    for (index, start) in planned.starts.iter().enumerate() {
        // The first block stays under the title, however long it is.
        if index == 0 || is_heading(index - 1) {
            continue;
        }
        let with_next = if is_heading(index) { 2 } else { 1 };
        let end = planned
            .starts
            .get(index + with_next)
            .copied()
            .unwrap_or(planned.end);
        let used = between(top, *start);
        let height = between(*start, end) - ROW;
        if used > 0.0 && used % page + height > page && (height <= page || used % page > page * 0.7)
        {
            breaks.push(*start);
            top = *start;
        }
    }
    breaks
}

/// Paper, margins, what is printed and repeated, the footer.
pub fn set_up_printing(
    worksheet: &mut Worksheet,
    planned: &PlannedSheet,
    places: &BTreeMap<String, Place>,
    report: &Report,
) -> Result<(), XlsxError> {
    let last_column = planned.sheet.grid.len().saturating_sub(1) as u16;
    worksheet.set_paper_size(match report.look.paper {
        Paper::A4 => 9,
        Paper::Letter => 1,
    });
    worksheet.set_landscape();
    worksheet.set_margins(0.45, 0.45, 0.5, 0.6, 0.3, 0.3);
    worksheet.set_print_center_horizontally(true);
    let one_page = planned.sheet.one_page || planned.sheet.unprinted;
    worksheet.set_print_fit_to_pages(1, u16::from(one_page));
    let whole = planned.end.saturating_sub(1);
    let last_row = if planned.sheet.unprinted {
        whole.min(TOP + PRINTED_ROWS)
    } else {
        whole
    };
    worksheet.set_print_area(0, 0, last_row, last_column)?;
    let repeated = planned
        .sheet
        .tables()
        .filter(|t| t.data && !planned.sheet.unprinted)
        .filter_map(|t| places.get(&t.id))
        .max_by_key(|p| p.rows);
    // On the pages of a table further down the header of this one would name the wrong columns.
    let is_last = |place: &&Place| {
        let mut below = planned.sheet.tables().filter_map(|t| places.get(&t.id));
        below.all(|other| other.header <= place.header)
    };
    if let Some(place) = repeated.filter(|p| p.rows > 40).filter(is_last) {
        worksheet.set_repeat_rows(place.header, place.header)?;
    }
    worksheet.set_footer(footer(planned, report));
    if let Some(verdict) = planned
        .sheet
        .rows
        .iter()
        .flatten()
        .find_map(|b| match b.content {
            Content::Answer(_, verdict) => Some(verdict),
            _ => None,
        })
    {
        worksheet.set_tab_color(Color::RGB(verdict_colour(verdict)));
    }
    Ok(())
}

/// Title and line of confidentiality, sheet and version, page. Excel takes 255 characters in all; after the size of
/// the font a blank keeps a text that begins with a digit from being read as part of it.
fn footer(planned: &PlannedSheet, report: &Report) -> String {
    let part = |text: &str, most: usize| -> String {
        text.chars()
            .take(most)
            .collect::<String>()
            .replace('&', "&&")
    };
    let line = match report.look.confidentiality.as_str() {
        "" => String::new(),
        line => format!("{} · ", part(line, 60)),
    };
    format!(
        "&L&8 {}&C&8 {line}{} · Headroom {}&R&8 Page &P of &N",
        part(&report.title, 90),
        part(&planned.name, 31),
        part(&report.findings.version, 20),
    )
}

/// Freezes the header of the first table of data where it stands near the top; else the title.
pub fn freeze(
    worksheet: &mut Worksheet,
    planned: &PlannedSheet,
    places: &BTreeMap<String, Place>,
) -> Result<(), XlsxError> {
    if planned.sheet.one_page {
        return Ok(());
    }
    let header = planned
        .sheet
        .tables()
        .find(|t| t.data)
        .and_then(|t| places.get(&t.id))
        .map(|p| p.header)
        .filter(|row| *row <= TOP + 2);
    match header {
        Some(row) => worksheet.set_freeze_panes(row + 1, 1)?,
        None => worksheet.set_freeze_panes(1, 0)?,
    };
    Ok(())
}
