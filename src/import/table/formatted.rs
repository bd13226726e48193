//! Tables whose values are written for people: with units, with thousands separated, beside columns that only a tool
//! needs. Each value column is brought to one unit; the table is then read like any other.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Read;

use super::cells::{Cell, Decimal};
use super::metric_csv;
use super::quantity::{self, Unit};
use super::records::Record;
use super::rewrite::{CsvRow, Rewritten};
use super::rows::split_labels;
use super::sheet::Sheet;
use super::times::TimeForm;
use crate::dataset::SeriesKind;
use crate::import::intake::peek;
use crate::import::{ImportError, Imported, Intake};
use crate::warning::WarningKind;

/// What is peculiar to a tool's tables.
#[derive(Clone, Copy, Debug)]
pub struct Peculiar {
    /// Columns that only the tool needs, by their header.
    pub drops: fn(&str) -> bool,
    /// An apostrophe before a cell keeps a spreadsheet from running it.
    pub defused: bool,
}

/// What a column of values is brought to.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnUnit {
    unit: Unit,
    /// Most cells carry it.
    glued: bool,
}

/// What the columns of a table are, by its first records.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// As they stand, without the mark against spreadsheets.
    pub header: Vec<String>,
    /// Which columns are kept.
    keeps: Vec<bool>,
    /// Columns of values with their unit.
    units: Vec<Option<ColumnUnit>>,
    defused: bool,
}

impl Plan {
    /// By the first records, the header first.
    pub fn of<'r>(mut sample: impl Iterator<Item = &'r Record>, peculiar: Peculiar) -> Self {
        let header: Vec<String> = sample
            .next()
            .map(|r| {
                r.cells()
                    .map(|c| bare(&c, peculiar.defused).to_owned())
                    .collect()
            })
            .unwrap_or_default();
        let records: Vec<&Record> = sample.collect();
        let units = (0..header.len())
            .map(|column| {
                let cells: Vec<String> = records
                    .iter()
                    .map(|r| bare(&r.cell(column), peculiar.defused).to_owned())
                    .collect();
                unit_of(&cells)
            })
            .collect();
        Self {
            keeps: header.iter().map(|h| !(peculiar.drops)(h)).collect(),
            header,
            units,
            defused: peculiar.defused,
        }
    }

    /// Whether a column holds values, with or without a unit.
    pub fn is_value(&self, column: usize) -> bool {
        self.units.get(column).is_some_and(Option::is_some)
    }

    /// Whether any column has its unit glued to its values.
    pub fn has_units(&self) -> bool {
        self.glued().next().is_some()
    }

    /// Columns with their unit glued on.
    fn glued(&self) -> impl Iterator<Item = (usize, &ColumnUnit)> {
        self.units
            .iter()
            .enumerate()
            .filter_map(|(column, unit)| Some((column, unit.as_ref().filter(|u| u.glued)?)))
    }

    /// A long table has one column for values of every series.
    fn is_long(&self) -> bool {
        let values: Vec<&String> = self
            .units
            .iter()
            .zip(&self.header)
            .filter_map(|(unit, header)| unit.as_ref().map(|_| header))
            .collect();
        matches!(values.as_slice(), [only] if only.eq_ignore_ascii_case("value"))
    }

    fn rewrite(&self, record: &Record, row: &mut CsvRow<'_>, is_header: bool) {
        // Cut off in a column that is dropped, the row is no less cut off.
        if record.unterminated && record.len() < self.header.len() {
            return row.cell(&record.cell(0));
        }
        let long_unit = self.is_long().then(|| self.glued().next()).flatten();
        for (column, cell) in record.cells().enumerate() {
            if self.keeps.get(column) == Some(&false) {
                continue;
            }
            let text = bare(&cell, self.defused);
            match self.units.get(column).and_then(Option::as_ref) {
                Some(unit) if !is_header => row.cell(&plain(text, unit)),
                _ => row.cell(text),
            }
        }
        if let Some((_, unit)) = long_unit
            && record.len() == self.header.len()
        {
            row.cell(if is_header { "unit" } else { &unit.unit.name });
        }
    }
}

/// A cell without the mark that keeps spreadsheets from running it.
fn bare(cell: &str, defused: bool) -> &str {
    if defused {
        cell.strip_prefix('\'').unwrap_or(cell)
    } else {
        cell
    }
}

/// Words for "nothing here" that panels write.
fn is_gap(cell: &str) -> bool {
    matches!(Cell::read(cell, Decimal::Point), Cell::Empty)
        || matches!(
            cell.to_ascii_lowercase().as_str(),
            "no data" | "(null)" | "-" | "–"
        )
}

/// The unit of a column, if three in five of its cells are numbers of one kind.
fn unit_of(cells: &[String]) -> Option<ColumnUnit> {
    let filled: Vec<&String> = cells.iter().filter(|c| !is_gap(c)).collect();
    let is_time = TimeForm::of_column(filled.iter().map(|c| c.as_str()))
        .is_some_and(|found| !found.form.is_epoch());
    if is_time {
        return None;
    }
    let read: Vec<Unit> = filled
        .iter()
        .filter_map(|c| quantity::read(c).map(|(_, unit)| unit))
        .collect();
    if read.is_empty() || read.len() * 5 < filled.len() * 3 {
        return None;
    }
    let mut bases: BTreeMap<&str, usize> = BTreeMap::new();
    for unit in &read {
        *bases.entry(&unit.base).or_default() += 1;
    }
    let (base, _) = bases.iter().max_by_key(|(_, count)| **count)?;
    let same: Vec<&Unit> = read.iter().filter(|u| u.base == *base).collect();
    // A label such as `5 rows` in one row and `7 hosts` in the next is no value.
    let others = bases
        .iter()
        .filter(|(b, _)| *b != base && !b.is_empty())
        .count();
    if others > 0 {
        return None;
    }
    let first = *same.first()?;
    let one_name = !first.name.is_empty() && same.iter().all(|u| u.name == first.name);
    let scaled = same.iter().any(|u| (u.factor - 1.0).abs() > 0.0);
    let unit = if one_name {
        first.clone()
    } else {
        Unit {
            base: first.base.clone(),
            factor: 1.0,
            name: first.base.clone(),
        }
    };
    Some(ColumnUnit {
        glued: scaled || !unit.base.is_empty(),
        unit,
    })
}

/// A cell as a bare number in the unit of its column; anything else stays as it is.
fn plain<'t>(text: &'t str, column: &ColumnUnit) -> Cow<'t, str> {
    let bare = |b: u8| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'e');
    if !text.is_empty() && text.bytes().all(bare) {
        return Cow::Borrowed(text);
    }
    if is_gap(text) {
        return Cow::Borrowed("");
    }
    match quantity::read(text) {
        Some((value, unit)) if unit.base == column.unit.base => {
            let ratio = unit.factor / column.unit.factor;
            Cow::Owned(if (ratio - 1.0).abs() < 1e-15 {
                value.to_string()
            } else {
                (value * ratio).to_string()
            })
        }
        _ => Cow::Borrowed(text),
    }
}

/// Reads one table from a stream.
pub fn read(
    reader: impl Read,
    intake: &Intake<'_>,
    peculiar: Peculiar,
) -> Result<Imported, ImportError> {
    let (head, stream) = peek(reader).map_err(|e| intake.read_failed(e))?;
    let plan = Sheet::of_head(&head)
        .map(|sheet| Plan::of(sheet.sample(), peculiar))
        .map_err(|error| intake.unusable(error.to_string(), None))?;
    let sheet = Sheet::of_file(stream, intake)?;
    let mut is_header = true;
    let rewriting = plan.clone();
    let rewritten = Rewritten::new(sheet, move |record: &Record, row: &mut CsvRow<'_>| {
        rewriting.rewrite(record, row, std::mem::take(&mut is_header));
    });
    let mut imported = metric_csv::read(rewritten, intake)?;
    settle_units(&mut imported, &plan);
    Ok(imported)
}

/// Gives series the unit that their cells carried.
fn settle_units(imported: &mut Imported, plan: &Plan) {
    if !plan.has_units() {
        return;
    }
    let source = &mut imported.source;
    source.info.warnings.add(
        WarningKind::Approximate,
        "values were exported as they were shown, rounded and with their unit; export them unformatted for exact ones",
    );
    let Some(table) = &mut source.metrics else {
        return;
    };
    for (column, unit) in plan.glued() {
        let Some(header) = plan.header.get(column) else {
            continue;
        };
        let (name, labels) = split_labels(header);
        let numbered = format!("{name} (column {})", column + 1);
        for series in &mut table.series {
            let mine = (series.name == name && series.labels == labels) || series.name == numbered;
            if mine && !series.from_counter {
                series.unit = unit.unit.name.clone().into_owned();
                series.kind = if series.unit.ends_with("/s") {
                    SeriesKind::Rate
                } else {
                    series.kind
                };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(cells: &[&str]) -> Option<(String, bool)> {
        let cells: Vec<String> = cells.iter().map(|c| (*c).to_owned()).collect();
        unit_of(&cells).map(|u| (u.unit.name.into_owned(), u.glued))
    }

    #[test]
    fn a_column_keeps_one_unit() {
        for (cells, expected) in [
            (vec!["3.4 ms", "5 ms"], Some(("ms", true))),
            (vec!["3.4 ms", "1.2 s", ""], Some(("s", true))),
            (vec!["1.5 MiB", "900 KiB"], Some(("bytes", true))),
            (vec!["1.2 K", "800"], Some(("", true))),
            (vec!["12.51 °C", "null"], Some(("°C", true))),
            (vec!["1", "2.5"], Some(("", false))),
            (vec!["web-1", "web-2"], None),
            (vec!["5 rows", "7 hosts"], None),
            (vec!["2026-01-01 10:00", "2026-01-01 10:01"], None),
        ] {
            assert_eq!(
                unit(&cells),
                expected.map(|(n, g)| (n.to_owned(), g)),
                "{cells:?}"
            );
        }
    }

    #[test]
    fn cells_become_bare_numbers() {
        let ms = unit_of(&["1 ms".to_owned()]).unwrap();
        for (text, expected) in [
            ("3.5 ms", "3.5"),
            ("1.5 s", "1500"),
            ("0", "0"),
            ("", ""),
            ("No data", ""),
            ("undefined", ""),
            ("5 MiB", "5 MiB"),
        ] {
            assert_eq!(plain(text, &ms), expected, "{text}");
        }
    }
}
