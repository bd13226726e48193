//! Where everything stands in the workbook: decided before anything is written, because charts, trend lines and
//! formulas refer to tables that come later.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::report::model::{Block, Cell, Content, Sheet, Table};

/// Data rows of one sheet: those of Excel less one for the header.
pub const MAX_ROWS: usize = 1_048_575;

/// Where a table stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Name of the sheet.
    pub sheet: String,
    /// Row of the header.
    pub header: u32,
    /// First grid column of each column of the table.
    pub columns: Vec<u16>,
    /// Number of data rows.
    pub rows: u32,
}

/// A sheet with the row at which each row of blocks begins.
#[derive(Clone, Debug)]
pub struct PlannedSheet<'a> {
    /// Unique name that Excel accepts.
    pub name: String,
    /// The sheet.
    pub sheet: Cow<'a, Sheet>,
    /// First worksheet row of each row of blocks.
    pub starts: Vec<u32>,
    /// The row after the last one.
    pub end: u32,
}

/// All sheets, and all tables by id.
#[derive(Clone, Debug, Default)]
pub struct Plan<'a> {
    /// In order.
    pub sheets: Vec<PlannedSheet<'a>>,
    /// Tables by id.
    pub places: BTreeMap<String, Place>,
    /// Names of inputs, each with the cell it means.
    pub names: Vec<(String, String)>,
}

/// Rows that the title and the lead of a sheet take.
pub const TOP: u32 = 3;

/// Places all sheets; sheets whose table is longer than `max_rows` go on in further sheets.
pub fn plan(sheets: &[Sheet], max_rows: usize) -> Plan<'_> {
    let mut planned = Plan::default();
    let mut names = BTreeSet::new();
    for sheet in sheets.iter().flat_map(|s| split(s, max_rows)) {
        let name = sheet_name(&sheet.name, &mut names);
        let mut row = TOP;
        let mut starts = Vec::new();
        for blocks in &sheet.rows {
            starts.push(row);
            for block in blocks {
                if let Content::Table(table) = &block.content {
                    let place = place(&name, block, table, row);
                    planned.names.extend(inputs(table, &place));
                    planned.places.insert(table.id.clone(), place);
                }
            }
            let below = |b: &Block| height(b) + chart_offset(blocks, b);
            row += blocks.iter().map(below).max().unwrap_or(0) + gap(blocks);
        }
        planned.sheets.push(PlannedSheet {
            name,
            sheet,
            starts,
            end: row,
        });
    }
    planned
}

fn place(sheet: &str, block: &Block, table: &Table, row: u32) -> Place {
    let mut at = block.at;
    let columns = table
        .columns
        .iter()
        .map(|column| {
            let here = at;
            at += column.span;
            here as u16
        })
        .collect();
    Place {
        sheet: sheet.to_owned(),
        header: row,
        columns,
        rows: table.rows.len() as u32,
    }
}

/// The inputs of a table: name and cell.
fn inputs(table: &Table, place: &Place) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (row, cells) in (place.header + 2..).zip(&table.rows) {
        for (cell, column) in cells.iter().zip(&place.columns) {
            if let Cell::Input(input) = cell {
                let sheet = place.sheet.replace('\'', "''");
                let column = column_name(*column);
                found.push((input.name.clone(), format!("='{sheet}'!${column}${row}")));
            }
        }
    }
    found
}

/// Worksheet rows of a block.
fn height(block: &Block) -> u32 {
    match &block.content {
        Content::Table(table) => 1 + table.rows.len() as u32 + u32::from(!table.footer.is_empty()),
        Content::Chart(chart) => chart.height_rows as u32,
        Content::Stack(charts) => charts.iter().map(|c| c.height_rows as u32 + 1).sum(),
        _ => 1,
    }
}

/// Rows by which a chart stands lower than the table beside it: a header that is repeated on every printed page would
/// take a part of the chart along.
pub fn chart_offset(blocks: &[Block], block: &Block) -> u32 {
    let beside_table = blocks
        .iter()
        .any(|b| matches!(b.content, Content::Table(_)));
    u32::from(beside_table && matches!(block.content, Content::Chart(_) | Content::Stack(_)))
}

/// Empty rows after a row of blocks.
fn gap(blocks: &[Block]) -> u32 {
    u32::from(blocks.iter().any(|b| {
        matches!(
            b.content,
            Content::Table(_) | Content::Chart(_) | Content::Stack(_) | Content::Answer(..)
        )
    }))
}

/// A sheet and, where its table is too long, the sheets on which it goes on.
fn split(sheet: &Sheet, max_rows: usize) -> Vec<Cow<'_, Sheet>> {
    let room = max_rows.saturating_sub(TOP as usize + 2).max(1);
    let long = sheet.tables().find(|t| t.rows.len() > room).cloned();
    let Some(long) = long else {
        return vec![Cow::Borrowed(sheet)];
    };
    let mut first = sheet.clone();
    let mut rest: Vec<Cow<'_, Sheet>> = Vec::new();
    for block in first.rows.iter_mut().flatten() {
        if let Content::Table(table) = &mut block.content
            && table.id == long.id
        {
            table.rows.truncate(room);
            table.footer.clear();
        }
    }
    for (index, rows) in long.rows.chunks(room).enumerate().skip(1) {
        let mut next = Sheet::new(
            &format!("{} ({})", sheet.name, index + 1),
            format!("Continued from the sheet {}.", sheet.name),
            sheet.grid.clone(),
        );
        next.unprinted = sheet.unprinted;
        let last = (index + 1) * room >= long.rows.len();
        next.add_table(Table {
            id: format!("{}_{}", long.id, index + 1),
            title: String::new(),
            rows: rows.to_vec(),
            footer: if last {
                long.footer.clone()
            } else {
                Vec::new()
            },
            ..long.clone()
        });
        rest.push(Cow::Owned(next));
    }
    std::iter::once(Cow::Owned(first)).chain(rest).collect()
}

/// At most 31 characters, none of `[]:*?/\`, not empty, no apostrophe at the ends, unique regardless of case.
pub fn sheet_name(wanted: &str, taken: &mut BTreeSet<String>) -> String {
    let cleaned: String = wanted
        .chars()
        .map(|c| {
            if "[]:*?/\\".contains(c) || c.is_control() {
                ' '
            } else {
                c
            }
        })
        .collect();
    let cleaned = cleaned.trim().trim_matches('\'').trim();
    let cleaned = if cleaned.is_empty() { "Sheet" } else { cleaned };
    for number in 1.. {
        let tail = if number == 1 {
            String::new()
        } else {
            format!(" ({number})")
        };
        // Excel counts UTF-16 units.
        let mut name = String::new();
        let mut units = tail.encode_utf16().count();
        for c in cleaned.chars() {
            units += c.len_utf16();
            if units > 31 {
                break;
            }
            name.push(c);
        }
        let name = name.trim_end().to_owned() + &tail;
        if taken.insert(name.to_lowercase()) {
            return name;
        }
    }
    "Sheet".to_owned()
}

/// `A`, `Z`, `AA`.
fn column_name(column: u16) -> String {
    let mut name = Vec::new();
    let mut left = u32::from(column) + 1;
    while left > 0 {
        left -= 1;
        name.push(b'A' + (left % 26) as u8);
        left /= 26;
    }
    name.reverse();
    String::from_utf8_lossy(&name).into_owned()
}

/// A formula with its references resolved for one row; `None` where one leads nowhere.
pub fn resolve(
    formula: &str,
    places: &BTreeMap<String, Place>,
    id: &str,
    row: u32,
) -> Option<String> {
    let own = places.get(id)?;
    let mut out = String::from("=");
    let mut rest = formula;
    while let Some(open) = rest.find('{') {
        let (before, after) = rest.split_at(open);
        out.push_str(before);
        let close = after.find('}')?;
        let reference = after.get(1..close)?;
        rest = after.get(close + 1..)?;
        if let Some(column) = reference.strip_suffix(':') {
            let name = column_name(*own.columns.get(column.parse::<usize>().ok()?)?);
            let (first, last) = (own.header + 2, own.header + 1 + own.rows);
            out.push_str(&format!("{name}{first}:{name}{last}"));
        } else if let Some((table, column)) = reference.split_once('!') {
            let other = places.get(table)?;
            let name = column_name(*other.columns.get(column.parse::<usize>().ok()?)?);
            let index = row.checked_sub(own.header + 1)?;
            out.push_str(&format!(
                "'{}'!{name}{}",
                other.sheet.replace('\'', "''"),
                other.header + 2 + index
            ));
        } else {
            let name = column_name(*own.columns.get(reference.parse::<usize>().ok()?)?);
            out.push_str(&format!("{name}{}", row + 1));
        }
    }
    out.push_str(rest);
    Some(out)
}

/// Lines that a text takes in a width of characters, words kept whole.
pub fn lines(text: &str, width: f64) -> usize {
    let width = width.max(1.0) as usize;
    text.split('\n')
        .map(|paragraph| {
            let (mut lines, mut used) = (1, 0);
            for word in paragraph.split_whitespace() {
                let length = word.chars().count();
                if used > 0 && used + 1 + length > width {
                    lines += 1;
                    used = 0;
                }
                lines += length.saturating_sub(1) / width;
                used += length.min(width) + usize::from(used > 0);
            }
            lines
        })
        .sum()
}

/// What a cell prints, roughly, to reckon how many lines it takes.
pub fn printed(cell: &Cell) -> &str {
    match cell {
        Cell::Text(text) | Cell::Link(text, _) => text,
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::chart::ChartSpec;
    use crate::report::model::Column;

    #[test]
    fn names_of_sheets_are_those_excel_accepts() {
        let mut taken = BTreeSet::new();
        assert_eq!(sheet_name("Q3/2026: [all]", &mut taken), "Q3 2026   all");
        let long = "A very long name of a sheet that goes on";
        assert_eq!(sheet_name(long, &mut taken).chars().count(), 31);
        let second = sheet_name(long, &mut taken);
        assert!(
            second.ends_with(" (2)") && second.chars().count() <= 31,
            "{second}"
        );
        assert_eq!(sheet_name("''", &mut taken), "Sheet");
        assert_eq!(sheet_name("sheet", &mut taken), "sheet (2)");
    }

    #[test]
    fn formulas_refer_to_cells_of_their_row() {
        let mut places = BTreeMap::new();
        let place = |sheet: &str, header| Place {
            sheet: sheet.to_owned(),
            header,
            columns: vec![0, 1, 27],
            rows: 3,
        };
        places.insert("own".to_owned(), place("Here", 4));
        places.insert("far".to_owned(), place("It's", 9));
        let resolved = |formula: &str| resolve(formula, &places, "own", 6);
        assert_eq!(resolved("{0}+{2}").as_deref(), Some("=A7+AB7"));
        assert_eq!(resolved("SUM({1:})").as_deref(), Some("=SUM(B6:B8)"));
        assert_eq!(resolved("{far!1}").as_deref(), Some("='It''s'!B12"));
        assert_eq!(resolved("{9}"), None);
    }

    #[test]
    fn long_tables_go_on_in_the_next_sheet() {
        let mut sheet = Sheet::new("Rows", "", vec![10.0]);
        sheet.add_table(Table {
            id: "rows".to_owned(),
            columns: vec![Column::number("n", 1)],
            rows: (0..25).map(|n| vec![Cell::count(n)]).collect(),
            data: true,
            ..Table::default()
        });
        let sheets = [sheet];
        let plan = plan(&sheets, 15);
        let names: Vec<&str> = plan.sheets.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names, ["Rows", "Rows (2)", "Rows (3)"]);
        let rows: u32 = plan.places.values().map(|p| p.rows).sum();
        assert_eq!(rows, 25);
    }

    #[test]
    fn a_chart_beside_a_table_stands_below_its_header() {
        let table = Table {
            id: "days".to_owned(),
            columns: vec![Column::number("n", 1)],
            rows: vec![vec![Cell::count(1)]; 3],
            ..Table::default()
        };
        let chart = || {
            Content::Stack(vec![ChartSpec {
                height_rows: 9,
                ..ChartSpec::default()
            }])
        };
        let mut sheet = Sheet::new("Days", "", vec![10.0; 4]);
        sheet.add_beside(vec![(0, 1, Content::Table(table)), (2, 2, chart())]);
        sheet.add_beside(vec![(0, 2, chart()), (2, 2, chart())]);
        let offsets: Vec<u32> = sheet
            .rows
            .iter()
            .flat_map(|blocks| blocks.iter().map(|b| chart_offset(blocks, b)))
            .collect();
        assert_eq!(offsets, [0, 1, 0, 0]);
        let sheets = [sheet];
        let starts = &plan(&sheets, MAX_ROWS).sheets[0].starts;
        assert_eq!(
            starts[1] - starts[0],
            1 + 10 + 1,
            "header, chart and its gap, gap"
        );
    }

    #[test]
    fn text_is_measured_by_whole_words() {
        assert_eq!(lines("one two three", 7.0), 2);
        assert_eq!(lines("abcdefghij", 5.0), 2);
        assert_eq!(lines("", 5.0), 1);
    }
}
