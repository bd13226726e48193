//! Where a table begins, whether it has a header, and the fingerprint by which files of the same make are known again.

use sha2::{Digest as _, Sha256};

use super::model::{ColumnRef, Mapping};
use crate::calendar::Zone;
use crate::import::table::cells::{Cell, Decimal};
use crate::import::table::records::Record;
use crate::import::table::times::TimeForm;

/// More columns than this are neither guessed nor looked at.
pub const MAX_COLUMNS: usize = 1_000;
/// How far down a header is looked for.
const MAX_ABOVE: usize = 50;

/// The outline of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// Records above the table.
    pub above: usize,
    /// Its header, one name a column, where it has one.
    pub header: Option<Vec<String>>,
    /// How many columns it has.
    pub width: usize,
}

impl Shape {
    /// The outline as the first records have it.
    pub fn of(records: &[&Record]) -> Self {
        Self::find(records, None, None, &[])
    }

    /// As [`Shape::of`], with what a mapping says about it.
    pub fn with(records: &[&Record], mapping: &Mapping) -> Self {
        let names: Vec<&str> = mapping
            .columns
            .iter()
            .filter_map(|c| match &c.column {
                ColumnRef::Name(name) => Some(name.as_str()),
                ColumnRef::Number(_) => None,
            })
            .collect();
        Self::find(records, mapping.header, mapping.skip, &names)
    }

    fn find(
        records: &[&Record],
        header: Option<bool>,
        skip: Option<usize>,
        names: &[&str],
    ) -> Self {
        let width = usual_width(records);
        let named = (header != Some(false) && !names.is_empty() && skip.is_none())
            .then(|| {
                let mut first = records.iter().take(MAX_ABOVE);
                first.position(|record| {
                    let cells = header_cells(record, record.len());
                    names.iter().all(|name| position(&cells, name).is_some())
                })
            })
            .flatten();
        let above = skip.or(named).unwrap_or_else(|| {
            let above = records.iter().take_while(|r| r.len() != width).count();
            // Rows that end in a delimiter have one cell more than their header.
            match above.checked_sub(1).and_then(|i| records.get(i)) {
                Some(before) if before.len() + 1 == width && reads_like_a_header(before) => {
                    above - 1
                }
                _ => above,
            }
        });
        // A title in the first cell of an otherwise empty row.
        let titles = records.iter().skip(above).take(5);
        let titles = titles.take_while(|r| width > 2 && is_title(r)).count();
        let above = if skip.is_none() && named.is_none() {
            above + titles
        } else {
            above
        };
        let table = records.get(above..).unwrap_or_default();
        let Some((first, rows)) = table.split_first() else {
            return Self {
                above,
                header: None,
                width,
            };
        };
        let width = width.max(first.len());
        let has_header = header.unwrap_or_else(|| {
            named.is_some() || !is_a_row(first, if rows.is_empty() { table } else { rows })
        });
        Self {
            above,
            header: has_header.then(|| header_cells(first, width)),
            width,
        }
    }

    /// Records before the first row.
    pub fn skip(&self) -> usize {
        self.above + usize::from(self.header.is_some())
    }

    /// A column as a person would call it.
    pub fn column_name(&self, column: usize) -> String {
        self.header
            .as_ref()
            .and_then(|h| h.get(column))
            .filter(|h| !h.is_empty())
            .cloned()
            .unwrap_or_else(|| format!("column {}", column + 1))
    }

    /// How a mapping refers to a column: by its header where no other column has the same.
    pub fn reference(&self, column: usize) -> ColumnRef {
        let name = self.header.as_ref().and_then(|h| h.get(column));
        match (name, &self.header) {
            (Some(name), Some(header))
                if !name.is_empty() && position(header, name) == Some(column) =>
            {
                ColumnRef::Name(name.clone())
            }
            _ => ColumnRef::Number(column + 1),
        }
    }

    /// Which column is meant.
    pub fn find_column(&self, reference: &ColumnRef) -> Option<usize> {
        match reference {
            ColumnRef::Name(name) => position(self.header.as_deref()?, name),
            ColumnRef::Number(number) => number.checked_sub(1).filter(|c| *c < self.width),
        }
    }

    /// Names tables of the same make: the first 16 hex digits of the SHA-256 of the delimiter and the header cells in
    /// lower case with single blanks; of what the cells look like where there is no header.
    pub fn fingerprint(&self, delimiter: u8, first_row: Option<&Record>) -> String {
        let cells: Vec<String> = match &self.header {
            Some(header) => header.iter().map(|cell| normal(cell)).collect(),
            None => (0..self.width)
                .map(|column| {
                    let cell = first_row.map(|r| r.cell(column).into_owned());
                    format!("\u{0}{}", look(&cell.unwrap_or_default()))
                })
                .collect(),
        };
        fingerprint(&cells, delimiter)
    }
}

/// See [`Shape::fingerprint`].
fn fingerprint(cells: &[String], delimiter: u8) -> String {
    let mut text = String::from(char::from(delimiter));
    for cell in cells {
        text.push('\u{1f}');
        text.push_str(cell);
    }
    let digest = Sha256::digest(text.as_bytes());
    let mut hex = String::new();
    for byte in digest.iter().take(8) {
        hex.push_str(&format!("{byte:02x}"));
    }
    hex
}

fn normal(cell: &str) -> String {
    let words: Vec<&str> = cell.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

fn look(cell: &str) -> &'static str {
    if TimeForm::of_column([cell].into_iter()).is_some() {
        return "time";
    }
    match Cell::read(cell, Decimal::Point) {
        Cell::Number(_) => "number",
        Cell::Empty => "",
        Cell::Text => "text",
    }
}

/// The column with this header: exactly so, or else the first that differs in case and blanks only.
fn position(header: &[String], name: &str) -> Option<usize> {
    header
        .iter()
        .position(|h| h == name)
        .or_else(|| header.iter().position(|h| normal(h) == normal(name)))
}

fn header_cells(record: &Record, width: usize) -> Vec<String> {
    let mut cells: Vec<String> = record
        .cells()
        .map(|c| c.trim_start_matches(['#', ' ']).to_owned())
        .collect();
    cells.resize(width.max(cells.len()), String::new());
    cells
}

/// Nothing but words in the first cell.
fn is_title(record: &Record) -> bool {
    look(&record.cell(0)) == "text" && (1..record.len()).all(|i| record.cell(i).is_empty())
}

/// No cell of it is a number or a time.
fn reads_like_a_header(record: &Record) -> bool {
    record.len() > 1
        && record
            .cells()
            .all(|cell| matches!(look(&cell), "text" | ""))
}

/// Whether the first record is a row like those after it: a column of times has a time in it, or, in a table without
/// times, one of numbers has a number.
fn is_a_row(first: &Record, rows: &[&Record]) -> bool {
    let utc = Zone::utc();
    let mut has_times = false;
    for column in 0..first.len().min(MAX_COLUMNS) {
        let cells: Vec<String> = rows
            .iter()
            .take(100)
            .map(|r| r.cell(column).into_owned())
            .collect();
        if let Some(found) = TimeForm::of_column(cells.iter().map(String::as_str)) {
            has_times = true;
            if found.form.read(&first.cell(column), &utc).is_some() {
                return true;
            }
        }
    }
    !has_times
        && (0..first.len().min(MAX_COLUMNS)).any(|column| {
            let numbers = rows
                .iter()
                .take(100)
                .filter(|r| look(&r.cell(column)) == "number");
            numbers.count() * 2 > rows.len().min(100) && look(&first.cell(column)) == "number"
        })
}

/// The number of cells that most records have.
fn usual_width(records: &[&Record]) -> usize {
    let mut widths: Vec<usize> = records.iter().map(|r| r.len()).collect();
    widths.sort_unstable();
    widths
        .chunk_by(|a, b| a == b)
        .max_by_key(|run| run.len())
        .and_then(|run| run.first().copied())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::table::sheet::Sheet;

    fn shape(text: &str) -> (Shape, String) {
        let sheet = Sheet::open(text.as_bytes()).unwrap();
        let records: Vec<&Record> = sheet.sample().collect();
        let shape = Shape::of(&records);
        let first = records.get(shape.skip()).copied();
        let print = shape.fingerprint(sheet.delimiter, first);
        (shape, print)
    }

    #[test]
    fn a_header_is_told_from_a_row() {
        let (found, _) =
            shape("my report\nby me\ntime;ms\n2026-01-01;5\n2026-01-02;6\n2026-01-03;7\n");
        assert_eq!((found.above, found.skip(), found.width), (2, 3, 2));
        let (found, _) = shape("Report;;\ntime;ms;x\n2026-01-01;5;1\n2026-01-02;6;1\n");
        assert_eq!((found.above, found.skip()), (1, 2));
        let (found, _) = shape("2026-01-01;5\n2026-01-02;6\n");
        assert_eq!((found.header, found.width), (None, 2));
        let (found, _) = shape("a,b\nx,1\ny,2\n");
        assert_eq!(found.header.unwrap(), ["a", "b"]);
        let (found, _) = shape("x,1\ny,2\nz,3\n");
        assert_eq!(found.header, None);
        // Rows with a delimiter at their end.
        let (found, _) = shape("when,ms\n2026-01-01,5,\n2026-01-02,6,\n2026-01-03,6,\n");
        assert_eq!((found.above, found.width), (0, 3));
        assert_eq!(found.header.unwrap(), ["when", "ms", ""]);
    }

    #[test]
    fn the_fingerprint_is_that_of_header_and_delimiter() {
        let (_, a) = shape("Start time;ms\n2026-01-01;5\n");
        let (_, b) = shape("title\nstart  TIME;MS\n2027-02-02;9\n2027-02-02;9\n");
        assert_eq!((a.len(), &a), (16, &b));
        assert_ne!(a, shape("Start time,ms\n2026-01-01,5\n").1);
        assert_ne!(a, shape("Start time;s\n2026-01-01;5\n").1);
        let bare = shape("2026-01-01;5\n2026-01-02;6\n").1;
        assert_eq!(bare, shape("2027-01-01;7\n").1);
        assert_ne!(bare, shape("2027-01-01;x\n").1);
    }

    #[test]
    fn columns_are_found_by_name_and_number() {
        let (found, _) = shape("Time,ms,ms,\n2026-01-01,5,6,7\n");
        assert_eq!(found.reference(0), ColumnRef::Name("Time".to_owned()));
        assert_eq!(found.reference(1), ColumnRef::Name("ms".to_owned()));
        assert_eq!(found.reference(2), ColumnRef::Number(3));
        assert_eq!(found.reference(3), ColumnRef::Number(4));
        assert_eq!(
            found.find_column(&ColumnRef::Name(" TIME ".to_owned())),
            Some(0)
        );
        assert_eq!(found.find_column(&ColumnRef::Name("x".to_owned())), None);
        assert_eq!(found.find_column(&ColumnRef::Number(5)), None);
        assert_eq!(found.column_name(3), "column 4");
    }
}
