//! The document model of a report: sheets made of blocks (text, tables, charts) that name no renderer.
//!
//! A sheet has a grid of columns; blocks stand on it, so that a workbook and a page can both place them. Numbers stay
//! numbers with a format; charts refer to columns of tables, never to copies of the data.

use jiff::civil::Date;

use super::chart::{ChartSpec, ColumnRef};
use super::findings::Findings;
use super::heat::Heat;
use super::input::Input;
use super::look::Look;
use crate::analysis::sla::Verdict;
use crate::calendar::{Instant, Zone};

/// A report, ready to be written.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// `Monthly report: checkout, June 2026`.
    pub title: String,
    /// Zone and scope in one line.
    pub subtitle: String,
    /// The answer in one sentence.
    pub sentence: String,
    /// File name without folder and extension: `headroom_2026-06_checkout`.
    pub file_stem: String,
    /// `June 2026`.
    pub period_title: String,
    /// The time the report is dated: the end of its period, so that the same inputs give the same bytes.
    pub dated: Instant,
    /// Zone in which instants are printed.
    pub zone: Zone,
    /// In order; the first one is the summary.
    pub sheets: Vec<Sheet>,
    /// What the sheets were laid out from; the JSON form of the report.
    pub findings: Box<Findings>,
    /// Colour, logo, paper.
    pub look: Look,
}

/// One sheet of a workbook, one section of a page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sheet {
    /// Short name, as on a tab.
    pub name: String,
    /// Its heading.
    pub title: String,
    /// What it says, as a sentence under its name.
    pub lead: String,
    /// It has to fit on one printed page.
    pub one_page: bool,
    /// Holds rows for the charts of another sheet; on paper stand the first `PRINTED_ROWS` only.
    pub unprinted: bool,
    /// Widths of the grid's columns, in characters.
    pub grid: Vec<f64>,
    /// Rows of blocks; the blocks of one row stand side by side.
    pub rows: Vec<Vec<Block>>,
}

/// Something that stands on a sheet.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// First grid column.
    pub at: usize,
    /// Number of grid columns.
    pub span: usize,
    /// What it is.
    pub content: Content,
}

/// What a block shows.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// A heading.
    Heading(String),
    /// A paragraph.
    Text(String),
    /// A remark in small print.
    Remark(String),
    /// The sentence with the answer, in the colour of its verdict.
    Answer(String, Verdict),
    /// A table.
    Table(Table),
    /// A chart.
    Chart(ChartSpec),
    /// Charts below each other.
    Stack(Vec<ChartSpec>),
}

/// A table with typed cells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Unique in the report; a workbook names its table after it.
    pub id: String,
    /// Heading above it; may be empty.
    pub title: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows, each as long as `columns`.
    pub rows: Vec<Vec<Cell>>,
    /// A line of totals under the rows, not part of the data.
    pub footer: Vec<Cell>,
    /// The sentence that stands in its place when it has no rows.
    pub empty: String,
    /// Rows of data to sort and filter (all columns are one grid column wide then).
    pub data: bool,
    /// Shade the numbers from these columns on by their size.
    pub heat: Option<Heat>,
}

/// One column of a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Column {
    /// Name with its unit.
    pub header: String,
    /// Grid columns it takes.
    pub span: usize,
    /// How its cells stand.
    pub align: Align,
    /// Draw a small bar behind each number.
    pub bar: bool,
}

/// How the cells of a column stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Align {
    /// Words.
    #[default]
    Left,
    /// Numbers.
    Right,
    /// Words and symbols of equal length.
    Centre,
}

/// How a number is printed. The unit stands behind it where the header does not say it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct NumberFormat {
    /// Decimals.
    pub decimals: usize,
    /// Printed behind the number.
    pub unit: String,
    /// The number is a fraction, printed as percent.
    pub percent: bool,
    /// Printed before the number: `<` where a value must stay below it.
    pub sign: String,
}

/// One cell.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Cell {
    /// Nothing known.
    #[default]
    Empty,
    /// Words.
    Text(String),
    /// A number; one that is not finite is written as an empty cell.
    Number(f64, NumberFormat),
    /// A point in time, printed to the minute in the report's zone.
    Time(Instant),
    /// A civil day.
    Day(Date),
    /// Symbol, word and colour.
    Verdict(Verdict),
    /// A formula with the result it must have. `{3}` is the cell of column 3 in the same row, `{3:}` all rows of column
    /// 3 of this table, `{id!3}` the cell of column 3 in the row of the same number of the table `id`.
    Formula(String, Box<Cell>),
    /// A small line over all rows of a column of another table, with the same values for writers without references.
    Trend(ColumnRef, Vec<Option<f64>>),
    /// Words that lead to a table, by its id.
    Link(String, String),
    /// A number that a reader may change; formulas name it.
    Input(Box<Input>),
}

impl Cell {
    /// Words.
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() {
            Self::Empty
        } else {
            Self::Text(text)
        }
    }

    /// A number with decimals.
    pub fn number(value: f64, decimals: usize) -> Self {
        Self::Number(value, NumberFormat::plain(decimals))
    }

    /// A whole number.
    pub fn count(value: u64) -> Self {
        Self::number(value as f64, 0)
    }

    /// A fraction 0..=1 printed as percent.
    pub fn share(value: f64, decimals: usize) -> Self {
        Self::Number(
            value,
            NumberFormat {
                decimals,
                percent: true,
                ..NumberFormat::default()
            },
        )
    }

    /// `make` of a value, or nothing.
    pub fn of<T>(value: Option<T>, make: impl FnOnce(T) -> Self) -> Self {
        value.map_or(Self::Empty, make)
    }

    /// The finite number in it, looking through formulas.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Number(value, _) if value.is_finite() => Some(*value),
            Self::Input(input) => input.value,
            Self::Formula(_, result) => result.as_number(),
            _ => None,
        }
    }
}

impl NumberFormat {
    /// Just decimals.
    pub fn plain(decimals: usize) -> Self {
        Self {
            decimals,
            ..Self::default()
        }
    }

    /// Decimals and a unit behind the number.
    pub fn with_unit(decimals: usize, unit: &str) -> Self {
        Self {
            decimals,
            unit: unit.to_owned(),
            ..Self::default()
        }
    }

    /// The number as text.
    pub fn print(&self, value: f64) -> String {
        let scaled = if self.percent { value * 100.0 } else { value };
        let number = crate::units::grouped(scaled, self.decimals);
        let sign = &self.sign;
        match (self.percent, self.unit.as_str()) {
            (true, _) => format!("{sign}{number} %"),
            (false, "") => format!("{sign}{number}"),
            (false, unit) => format!("{sign}{number} {unit}"),
        }
    }
}

impl Column {
    /// A column of words.
    pub fn text(header: impl Into<String>, span: usize) -> Self {
        Self {
            header: header.into(),
            span,
            align: Align::Left,
            bar: false,
        }
    }

    /// A column of numbers.
    pub fn number(header: impl Into<String>, span: usize) -> Self {
        Self {
            align: Align::Right,
            ..Self::text(header, span)
        }
    }

    /// A column of numbers with a small bar behind each.
    pub fn bar(header: impl Into<String>, span: usize) -> Self {
        Self {
            bar: true,
            ..Self::number(header, span)
        }
    }

    /// A column of verdicts, days or other cells of equal length.
    pub fn centre(header: impl Into<String>, span: usize) -> Self {
        Self {
            align: Align::Centre,
            ..Self::text(header, span)
        }
    }
}

impl Table {
    /// Grid columns that all its columns take together.
    pub fn width(&self) -> usize {
        self.columns.iter().map(|c| c.span).sum()
    }

    /// The 0-based index of the column with this header.
    pub fn column(&self, header: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.header == header)
    }
}

/// Rows of a sheet of data that are printed, about a page: the rest is for screens.
pub const PRINTED_ROWS: u32 = 40;

impl Sheet {
    /// A sheet of data behind charts, of which one page is printed.
    pub fn behind(name: &str, about: &str, grid: Vec<f64>) -> Self {
        let lead = format!(
            "{about} All rows stand here; on paper only the first {PRINTED_ROWS}, to show what they look like."
        );
        Self {
            unprinted: true,
            ..Self::new(name, lead, grid)
        }
    }

    /// A sheet with equal grid columns.
    pub fn new(name: &str, lead: impl Into<String>, grid: Vec<f64>) -> Self {
        Self {
            name: name.to_owned(),
            title: name.to_owned(),
            lead: lead.into(),
            one_page: false,
            unprinted: false,
            grid,
            rows: Vec::new(),
        }
    }

    /// Adds a block over the whole width.
    pub fn add(&mut self, content: Content) {
        let span = self.grid.len();
        self.rows.push(vec![Block {
            at: 0,
            span,
            content,
        }]);
    }

    /// Adds a table at the left edge; an empty one becomes its sentence.
    pub fn add_table(&mut self, table: Table) {
        if !table.title.is_empty() {
            self.add(Content::Heading(table.title.clone()));
        }
        if table.rows.is_empty() {
            self.add(Content::Text(table.empty));
        } else {
            let span = table.width();
            self.rows.push(vec![Block {
                at: 0,
                span,
                content: Content::Table(table),
            }]);
        }
    }

    /// Adds blocks side by side, as (first grid column, columns, content).
    pub fn add_beside(&mut self, blocks: Vec<(usize, usize, Content)>) {
        self.rows.push(
            blocks
                .into_iter()
                .map(|(at, span, content)| Block { at, span, content })
                .collect(),
        );
    }

    /// Its tables in order.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        self.rows
            .iter()
            .flatten()
            .filter_map(|block| match &block.content {
                Content::Table(table) => Some(table),
                _ => None,
            })
    }
}

impl Report {
    /// The table with this id.
    pub fn table(&self, id: &str) -> Option<&Table> {
        self.sheets
            .iter()
            .flat_map(Sheet::tables)
            .find(|t| t.id == id)
    }
}

impl Sheet {
    /// Adds charts in rows of up to `most`, a single one over the whole width.
    pub fn add_charts_by(&mut self, charts: &[ChartSpec], most: usize) {
        let total: f64 = self.grid.iter().sum();
        let mut edges = vec![0];
        let mut width = 0.0;
        for (index, column) in self.grid.iter().enumerate() {
            width += column;
            if width >= total * edges.len() as f64 / most as f64 - column / 2.0 {
                edges.push(index + 1);
            }
        }
        for row in charts.chunks(most) {
            let blocks = row
                .iter()
                .zip(edges.iter().zip(edges.iter().skip(1)))
                .map(|(chart, (from, to))| (*from, to - from, Content::Chart(chart.clone())))
                .collect();
            self.add_beside(blocks);
        }
    }

    /// Adds charts two in a row, a single one over the whole width.
    pub fn add_charts(&mut self, charts: Vec<ChartSpec>) {
        let columns = self.grid.len();
        if let [_] = charts.as_slice() {
            self.rows.extend(charts.into_iter().map(|chart| {
                vec![Block {
                    at: 0,
                    span: columns,
                    content: Content::Chart(chart),
                }]
            }));
            return;
        }
        let half = self.middle();
        let mut charts = charts.into_iter();
        while let Some(first) = charts.next() {
            let mut row = vec![(0, half, Content::Chart(first))];
            row.extend(
                charts
                    .next()
                    .map(|second| (half, columns - half, Content::Chart(second))),
            );
            self.add_beside(row);
        }
    }

    /// The grid column at which about half of the width is reached.
    fn middle(&self) -> usize {
        let half = self.grid.iter().sum::<f64>() / 2.0;
        let mut width = 0.0;
        let mut best = (f64::INFINITY, 1);
        for (index, column) in self.grid.iter().enumerate() {
            width += column;
            if (width - half).abs() < best.0 {
                best = ((width - half).abs(), index + 1);
            }
        }
        best.1.min(self.grid.len().saturating_sub(1)).max(1)
    }
}

/// The symbol that stands before the word of a verdict.
pub const fn symbol(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met => "✔",
        Verdict::Breached => "✖",
        Verdict::NotProven => "?",
        Verdict::NoData => "–",
    }
}

/// Symbol and word.
pub fn verdict_text(verdict: Verdict) -> String {
    format!("{} {}", symbol(verdict), verdict.word())
}

/// The colour of a verdict as `0xRRGGBB` (Okabe and Ito), readable as text on white.
pub const fn verdict_colour(verdict: Verdict) -> u32 {
    match verdict {
        Verdict::Met => 0x00_9E73,
        Verdict::Breached => 0xD5_5E00,
        Verdict::NotProven => 0xE6_9F00,
        Verdict::NoData => 0x80_8080,
    }
}
