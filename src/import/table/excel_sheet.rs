//! One sheet of a workbook, written out as CSV: its rows on the lines of the same number, dates as text.

use std::io::Write;

use calamine::{DataRef, DataType, ExcelDateTime};

use super::excel::Book;
use super::rewrite::CsvRow;

/// Rows that are looked at to find out what a sheet holds.
pub(super) const LOOK: u32 = 500;
/// Rows that a sheet can have.
pub(super) const MAX_ROWS: u32 = 1 << 20;
const MAX_COLUMNS: u32 = 1 << 14;

/// What was noticed while a sheet was written out.
#[derive(Debug, Default)]
pub(super) struct Looked {
    /// Columns named like a time that hold bare numbers in the range of dates.
    pub(super) serial: Vec<u32>,
    /// Cells in its longest row; rows of a table end early where their last cells are empty.
    width: usize,
    pub(super) left_out: u64,
}

/// A sheet on its way to CSV.
struct Render<'a, W> {
    out: W,
    line: Vec<u8>,
    cells: Vec<String>,
    row: u32,
    shape: &'a Looked,
    looked: Looked,
    /// Header, numbers in the range of dates, and everything else, column by column.
    columns: Vec<(String, u32, u32)>,
}

impl<W: Write> Render<'_, W> {
    /// Takes a cell; false once enough rows were seen.
    fn take(
        &mut self,
        position: (u32, u32),
        value: &impl DataType,
        most: u32,
    ) -> Result<bool, String> {
        let (row, column) = position;
        if row >= MAX_ROWS || column >= MAX_COLUMNS || row < self.row {
            self.looked.left_out += 1;
            return Ok(true);
        }
        if row >= most {
            return Ok(false);
        }
        while self.row < row {
            self.end_row()?;
        }
        let column_index = column as usize;
        let text = text_of(value, self.shape.serial.contains(&column));
        if text.is_empty() {
            return Ok(true);
        }
        self.note(column_index, value, &text);
        if self.cells.len() <= column_index {
            self.cells.resize(column_index + 1, String::new());
        }
        if let Some(cell) = self.cells.get_mut(column_index) {
            *cell = text;
        }
        Ok(true)
    }

    /// Counts what a column holds.
    fn note(&mut self, column: usize, value: &impl DataType, text: &str) {
        if self.row >= LOOK {
            return;
        }
        if self.columns.len() <= column {
            self.columns.resize(column + 1, (String::new(), 0, 0));
        }
        let Some((header, dates, others)) = self.columns.get_mut(column) else {
            return;
        };
        let number = value.get_float().or(value.get_int().map(|i| i as f64));
        if number.is_some_and(|n| (20_000.0..80_000.0).contains(&n)) {
            *dates += 1;
        } else if header.is_empty() && value.is_string() {
            text.clone_into(header);
        } else {
            *others += 1;
        }
    }

    fn end_row(&mut self) -> Result<(), String> {
        self.line.clear();
        // A single cell is a title, not a row of the table.
        let filled = self.cells.iter().filter(|c| !c.is_empty()).count();
        if filled > 1 {
            self.looked.width = self.looked.width.max(self.cells.len());
            let width = self.cells.len().max(self.shape.width);
            self.cells.resize(width, String::new());
        }
        let mut row = CsvRow::new(&mut self.line);
        for cell in &self.cells {
            row.cell(cell);
        }
        row.end();
        self.cells.clear();
        self.row += 1;
        self.out.write_all(&self.line).map_err(|e| e.to_string())
    }

    fn finish(mut self) -> Result<Looked, String> {
        if !self.cells.is_empty() {
            self.end_row()?;
        }
        self.looked.serial = self
            .columns
            .iter()
            .zip(0..)
            .filter(|((header, dates, others), _)| {
                named_like_a_time(header) && *dates > 0 && *others == 0
            })
            .map(|(_, column)| column)
            .collect();
        Ok(self.looked)
    }
}

fn named_like_a_time(header: &str) -> bool {
    let lower = header.to_lowercase();
    [
        "time", "date", "zeit", "datum", "start", "end", "when", "day",
    ]
    .iter()
    .any(|word| lower.contains(word))
        || matches!(lower.as_str(), "ts" | "ds")
}

/// Writes a sheet as CSV, its rows on the lines of the same number.
pub(super) fn render(
    book: &mut Book,
    sheet: &str,
    out: &mut impl Write,
    shape: &Looked,
    most: u32,
) -> Result<Looked, String> {
    let mut render = Render {
        out,
        line: Vec::new(),
        cells: Vec::new(),
        row: 0,
        shape,
        looked: Looked::default(),
        columns: Vec::new(),
    };
    match book {
        Book::Xlsx(xlsx) => {
            let mut cells = xlsx
                .worksheet_cells_reader(sheet)
                .map_err(|e| e.to_string())?;
            while let Some(cell) = cells.next_cell().map_err(|e| e.to_string())? {
                let value: &DataRef<'_> = cell.get_value();
                if !render.take(cell.get_position(), value, most)? {
                    break;
                }
            }
        }
        Book::Whole(range) => {
            let range = range(sheet)?;
            let (first_row, first_column) = range.start().unwrap_or_default();
            'rows: for (row, cells) in (first_row..).zip(range.rows()) {
                for (column, value) in (first_column..).zip(cells) {
                    if !render.take((row, column), value, most)? {
                        break 'rows;
                    }
                }
            }
        }
    }
    render.finish()
}

/// A cell as text.
fn text_of(value: &impl DataType, serial: bool) -> String {
    if let Some(at) = value.get_datetime() {
        return if at.is_duration() {
            (at.as_f64() * 86_400.0).to_string()
        } else {
            date_text(&at)
        };
    }
    let number = value.get_float().or(value.get_int().map(|i| i as f64));
    match number {
        Some(number) if serial && (20_000.0..80_000.0).contains(&number) => date_text(
            &ExcelDateTime::new(number, calamine::ExcelDateTimeType::DateTime, false),
        ),
        Some(number) => number.to_string(),
        None => value
            .get_string()
            .map(str::to_owned)
            .or_else(|| value.get_bool().map(|b| b.to_string()))
            .or_else(|| value.get_datetime_iso().map(str::to_owned))
            .or_else(|| value.get_duration_iso().map(str::to_owned))
            .or_else(|| value.get_error().map(ToString::to_string))
            .unwrap_or_default(),
    }
}

/// A date of Excel as text; a time of day alone where there is no date.
fn date_text(at: &ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, milli) = at.to_ymd_hms_milli();
    let time = if milli == 0 {
        format!("{hour:02}:{minute:02}:{second:02}")
    } else {
        format!("{hour:02}:{minute:02}:{second:02}.{milli:03}")
    };
    if at.as_f64() < 1.0 {
        time
    } else {
        format!("{year:04}-{month:02}-{day:02} {time}")
    }
}
