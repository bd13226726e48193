//! One cell of a workbook: its value, its formula with the result it must have, its link, its validation; and the
//! formats of cells, each made once.

use std::collections::{BTreeMap, HashMap};

use rust_xlsxwriter::{
    DataValidation, DataValidationErrorStyle, DataValidationRule, Format, Formula, Url, Worksheet,
    XlsxError,
};

use super::plan::{Place, resolve};
use super::style;
use crate::analysis::sla::Verdict;
use crate::calendar::{Instant, Zone};
use crate::report::input::Input;
use crate::report::model::{Align, Cell, NumberFormat, verdict_text};

/// Excel's limit is 32,767.
const LONGEST_TEXT: usize = 32_000;

/// What decides how a cell looks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Words,
    Number(NumberFormat),
    Time,
    Day,
    Verdict(Verdict),
    Trend,
    Link,
    Input(NumberFormat),
    Nothing,
}

impl Kind {
    fn of(cell: &Cell) -> Self {
        match cell {
            Cell::Text(_) => Self::Words,
            Cell::Number(_, format) => Self::Number(format.clone()),
            Cell::Time(_) => Self::Time,
            Cell::Day(_) => Self::Day,
            Cell::Verdict(verdict) => Self::Verdict(*verdict),
            Cell::Formula(_, result) => match result.as_ref() {
                Cell::Number(_, format) => Self::Number(format.clone()),
                Cell::Day(_) => Self::Day,
                _ => Self::Nothing,
            },
            Cell::Trend(..) => Self::Trend,
            Cell::Link(..) => Self::Link,
            Cell::Input(input) => Self::Input(input.format.clone()),
            Cell::Empty => Self::Nothing,
        }
    }
}

/// The formats of cells in use.
#[derive(Debug, Default)]
pub struct Formats {
    accent: u32,
    made: HashMap<(Kind, u8, bool, bool), Format>,
}

impl Formats {
    /// With the colour of headings.
    pub fn new(accent: u32) -> Self {
        Self {
            accent,
            made: HashMap::new(),
        }
    }

    /// The format of a cell.
    pub fn get(&mut self, cell: &Cell, align: Align, first: bool, total: bool) -> &Format {
        let accent = self.accent;
        self.made
            .entry((Kind::of(cell), align as u8, first, total))
            .or_insert_with(|| style::cell(cell, align, first, total, accent))
    }
}

/// What a cell refers to: the places of all tables, and the table it stands in.
#[derive(Clone, Copy, Debug)]
pub struct Around<'a> {
    /// Tables by id.
    pub places: &'a BTreeMap<String, Place>,
    /// Zone in which instants are printed.
    pub zone: &'a Zone,
    /// Id of the table.
    pub id: &'a str,
}

/// Writes one cell.
pub fn put(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    cell: &Cell,
    format: &Format,
    around: Around<'_>,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Text(text) => sheet.write_string_with_format(row, column, shortened(text), format)?,
        Cell::Number(value, _) if value.is_finite() => {
            sheet.write_number_with_format(row, column, *value, format)?
        }
        Cell::Number(..) | Cell::Empty => sheet.write_blank(row, column, format)?,
        Cell::Time(at) => {
            sheet.write_number_with_format(row, column, serial(*at, around.zone), format)?
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
                Cell::Day(date) => days_since_1899(*date).to_string(),
                Cell::Text(text) => text.clone(),
                _ => String::new(),
            };
            match resolve(formula, around.places, around.id, row) {
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
        Cell::Link(text, table) => match around.places.get(table) {
            Some(place) => {
                let target = format!(
                    "internal:'{}'!A{}",
                    place.sheet.replace('\'', "''"),
                    place.header + 1
                );
                let url = Url::new(target).set_text(shortened(text));
                sheet.write_url_with_format(row, column, url, format)?
            }
            None => sheet.write_string_with_format(row, column, shortened(text), format)?,
        },
        Cell::Input(input) => return put_input(sheet, row, column, input, format),
    };
    Ok(())
}

fn put_input(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    input: &Input,
    format: &Format,
) -> Result<(), XlsxError> {
    match input.value.filter(|v| v.is_finite()) {
        Some(value) => sheet.write_number_with_format(row, column, value, format)?,
        None => sheet.write_blank(row, column, format)?,
    };
    let validation = DataValidation::new()
        .allow_decimal_number(DataValidationRule::Between(input.low, input.high))
        .ignore_blank(true)
        .set_input_title("An input of this report")?
        .set_input_message(input.prompt.as_str())?
        .set_error_title("Not accepted")?
        .set_error_message(format!(
            "Enter a number from {} to {}.",
            input.format.print(input.low),
            input.format.print(input.high)
        ))?
        .set_error_style(DataValidationErrorStyle::Stop);
    sheet.add_data_validation(row, column, row, column, &validation)?;
    Ok(())
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

/// As much of a text as a cell takes.
pub fn shortened(text: &str) -> &str {
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
