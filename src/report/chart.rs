//! Charts as a description: which columns of which tables, drawn as what. The writers make native Excel charts and
//! SVG pictures of it.

use super::model::NumberFormat;
use crate::analysis::sla::Verdict;

/// The one colour of what a chart is about, unless a report brings its own.
pub const ACCENT: u32 = 0x00_5A9C;
/// Context: history, other months.
pub const CONTEXT: u32 = 0x8A_8F98;
/// Limits.
pub const LIMIT: u32 = 0xD5_5E00;

/// A column of a table, by the table's id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnRef {
    /// Id of the table.
    pub table: String,
    /// 0-based column.
    pub column: usize,
    /// First row and number of rows; all rows where `None`.
    pub rows: Option<(usize, usize)>,
}

impl ColumnRef {
    /// All rows of a column.
    pub fn new(table: &str, column: usize) -> Self {
        Self {
            table: table.to_owned(),
            column,
            rows: None,
        }
    }

    /// Another column over the same rows.
    #[must_use]
    pub fn beside(&self, column: usize) -> Self {
        Self {
            column,
            ..self.clone()
        }
    }
}

/// What kind of chart it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChartKind {
    /// Upright bars over names.
    #[default]
    Column,
    /// Lines over time.
    Line,
    /// Lines over time with ranges behind them.
    Band,
    /// Lines over numbers.
    Curve,
}

/// What a series is in its chart; it decides how it is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// What the chart is about.
    Subject,
    /// What came before, or stands beside it.
    Context,
    /// Another line of equal weight (0-based).
    Other(usize),
    /// What is expected: dashed.
    Forecast,
    /// A limit or target: dashed, in the colour of limits.
    Limit,
    /// The lowest edge of stacked ranges; not drawn.
    BandBase,
    /// Height of a part of the 95 % range.
    BandOuter,
    /// Height of the 80 % range.
    BandInner,
}

/// One series.
#[derive(Clone, Debug, PartialEq)]
pub struct ChartSeries {
    /// Name in the legend.
    pub name: String,
    /// Its values.
    pub values: ColumnRef,
    /// What it is.
    pub role: Role,
    /// What stands on single bars, where it is not their value.
    pub labels: Vec<String>,
    /// Colours of single bars.
    pub verdicts: Vec<Verdict>,
}

/// A chart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChartSpec {
    /// A sentence that says what is seen.
    pub title: String,
    /// What it shows, for those who cannot see it.
    pub alt: String,
    /// How it is drawn.
    pub kind: ChartKind,
    /// Names or times below.
    pub x: ColumnRef,
    /// What stands below.
    pub x_title: String,
    /// What stands at the side, with its unit.
    pub y_title: String,
    /// How numbers at the side are printed.
    pub y_format: NumberFormat,
    /// Lower end, where it is fixed.
    pub y_min: Option<f64>,
    /// Upper end, where it is fixed.
    pub y_max: Option<f64>,
    /// Pattern of dates below, as Excel writes it.
    pub date_format: String,
    /// Distance of the points below in seconds, where these are times.
    pub x_steps_secs: f64,
    /// Print every so many labels below; all that fit where `None`.
    pub label_every: Option<u16>,
    /// Print a label every so many months below a chart of days.
    pub label_months: Option<u16>,
    /// In order; limits last.
    pub series: Vec<ChartSeries>,
    /// Print the values on the bars.
    pub labels: bool,
    /// Height in rows of 15 points.
    pub height_rows: usize,
}

impl ChartSpec {
    /// A series that refers to a column of the table the names come from.
    #[must_use]
    pub fn series(mut self, name: &str, column: usize, role: Role) -> Self {
        self.series.push(ChartSeries {
            name: name.to_owned(),
            values: self.x.beside(column),
            role,
            labels: Vec::new(),
            verdicts: Vec::new(),
        });
        self
    }
}

/// The colour of a series, `0xRRGGBB`; `accent` is that of the subject.
pub fn colour(role: Role, accent: u32) -> u32 {
    match role {
        Role::Subject | Role::Forecast => accent,
        Role::Context => CONTEXT,
        Role::Other(index) => [0x56_B4E9, 0xCC_79A7, 0x00_9E73, 0xE6_9F00]
            .get(index % 4)
            .copied()
            .unwrap_or(CONTEXT),
        Role::Limit => LIMIT,
        Role::BandBase => 0xFF_FFFF,
        Role::BandOuter => 0xDC_E8F2,
        Role::BandInner => 0xB5_CFE4,
    }
}
