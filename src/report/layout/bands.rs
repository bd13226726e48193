//! A forecast drawn with its 80 % and 95 % ranges, and the sheet of points behind such charts: what the forecast of this
//! period and the look back on the last one share.

use super::trend::axis_decimals;
use crate::analysis::forecast::ForecastPoint;
use crate::report::chart::{ChartKind, ChartSpec, ColumnRef, Role};
use crate::report::model::{Cell, Column, NumberFormat, Sheet, Table};

/// Column of the steps, after the name of the series.
pub const STEP: usize = 1;

/// What the chart of one series is drawn from.
#[derive(Clone, Copy, Debug)]
pub struct Bands<'a> {
    /// The table of points.
    pub table: &'a str,
    /// First row and number of rows in it.
    pub rows: (usize, usize),
    /// Column of the lower end of the 95 % range; those of `ranges` follow.
    pub ranges: usize,
    /// What was forecast, such as `daily P95`.
    pub aggregate: &'a str,
    /// Its unit; may be empty.
    pub unit: &'a str,
    /// The least value that is drawn.
    pub low: f64,
    /// The greatest value that is drawn.
    pub top: f64,
}

/// The chart with its ranges; lines are added on top. Ranges are stacked areas, which cannot go below zero: there their
/// ends are lines.
pub fn chart(bands: Bands<'_>, title: String, alt: String) -> ChartSpec {
    let stacked = bands.low >= 0.0;
    let spec = ChartSpec {
        title,
        alt,
        kind: ChartKind::Band,
        x: ColumnRef {
            table: bands.table.to_owned(),
            column: STEP,
            rows: Some(bands.rows),
        },
        y_title: if bands.unit.is_empty() {
            bands.aggregate.to_owned()
        } else {
            format!("{} ({})", bands.aggregate, bands.unit)
        },
        y_format: NumberFormat::plain(axis_decimals(bands.top)),
        y_min: stacked.then_some(0.0),
        ..ChartSpec::default()
    };
    let at = bands.ranges;
    if stacked {
        spec.series("Lower end of the 95 % range", at, Role::BandBase)
            .series("95 % range", at + 4, Role::BandOuter)
            .series("80 % range", at + 5, Role::BandInner)
            .series("95 % range, upper part", at + 6, Role::BandOuter)
    } else {
        spec.series("80 %: lower end", at + 1, Role::Other(0))
            .series("80 %: upper end", at + 2, Role::Other(0))
    }
}

/// The ends of both ranges and the heights of the areas between them, from column `at` on.
pub fn ranges(at: usize, [lo95, lo80, hi80, hi95]: [f64; 4]) -> Vec<Cell> {
    let number = |v: f64| Cell::number(v, 2);
    let mut cells: Vec<Cell> = [lo95, lo80, hi80, hi95].into_iter().map(number).collect();
    let heights = [lo80 - lo95, hi80 - lo80, hi95 - hi80];
    cells.extend(heights.into_iter().enumerate().map(|(i, height)| {
        let formula = format!("{{{}}}-{{{}}}", at + i + 1, at + i);
        Cell::Formula(formula, Box::new(number(height)))
    }));
    cells
}

/// The ranges of a point of a forecast, from the least to the greatest.
pub fn ends(point: &ForecastPoint) -> [f64; 4] {
    [point.lo95, point.lo80, point.hi80, point.hi95]
}

/// The points behind the charts of the sheet `of`, in the table `id`; `None` where there are none. Each row holds series,
/// step, the columns `first`, then `ranges`.
pub fn data_sheet(of: &str, id: &str, first: &[&str], rows: Vec<Vec<Cell>>) -> Option<Sheet> {
    if rows.is_empty() {
        return None;
    }
    let headers = first.iter().copied().chain([
        "95 % low",
        "80 % low",
        "80 % high",
        "95 % high",
        "Band: 95 to 80, low",
        "Band: 80 %",
        "Band: 80 to 95, high",
    ]);
    let mut columns = vec![Column::text("Series", 1), Column::centre("Step", 1)];
    columns.extend(headers.map(|header| Column::number(header, 1)));
    let mut grid = vec![28.0, 17.0];
    grid.resize(columns.len(), 12.0);
    let name = match of {
        "Capacity" => "Forecast data".to_owned(),
        of => format!("{of} data"),
    };
    let about =
        format!("The points behind the charts of the sheet {of}, in the unit of each series.");
    let mut sheet = Sheet::behind(&name, &about, grid);
    sheet.add_table(Table {
        id: id.to_owned(),
        columns,
        rows,
        data: true,
        ..Table::default()
    });
    Some(sheet)
}
