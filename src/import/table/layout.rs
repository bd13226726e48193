//! What the columns of a metric table are. Wide: a time and one column a series. Long: a time, columns of names that
//! repeat, and values. Decided by content first, by header second.

use std::collections::BTreeSet;

use super::cells::{Cell, Decimal, sniff_decimal};
use super::records::Record;
use super::times::{Found, TimeForm};

/// What one column is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// When.
    Time,
    /// The name of the series stands in its cells.
    Name,
    /// A label (dimension) of the series, by this name.
    Label(String),
    /// The unit stands in its cells.
    Unit,
    /// Values. The name of the series, or `None` where the header does not say one.
    Value(Option<String>),
    /// Not used: a second time, free text, or empty.
    Ignored,
}

/// How the rows of a table are to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// One a column.
    pub roles: Vec<Role>,
    /// The header as it stands, where there is one.
    pub header: Option<Vec<String>>,
    /// Records before the first row: the header and what stands above it.
    pub skip: usize,
    /// Which column holds the time.
    pub time: usize,
    /// How it is written.
    pub form: Found,
    /// How decimals are written.
    pub decimal: Decimal,
    /// The decimal sign could be read either way.
    pub decimal_unclear: bool,
    /// Values carry a percent sign, column by column.
    pub percent: Vec<bool>,
    /// Columns of text left out because almost every row has its own.
    pub free_text: Vec<String>,
}

/// Why a table is not a metric table, as a clause.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotMetrics {
    /// Nothing below the header.
    #[error("the table has a header but no rows; export it again")]
    NoRows,
    /// No times.
    #[error(
        "no column of the table holds times; add a column of times, such as 2026-06-14T10:00:00Z"
    )]
    NoTime,
    /// A column named like a time counts steps.
    #[error(
        "the column \"{0}\" counts steps and says no time; replace it by times, or use forecast with --batch"
    )]
    Steps(String),
    /// No numbers.
    #[error("no column beside the times holds numbers; export the values as plain numbers")]
    NoValues,
}

const TIME_WORDS: [&str; 14] = [
    "time",
    "timestamp",
    "ts",
    "date",
    "datetime",
    "ds",
    "epoch",
    "_time",
    "@timestamp",
    "when",
    "day",
    "hour",
    "period",
    "zeit",
];
const NAME_WORDS: [&str; 11] = [
    "metric",
    "metric_name",
    "metricname",
    "name",
    "series",
    "measure",
    "measurement",
    "unique_id",
    "variable",
    "counter",
    "indicator",
];
const UNIT_WORDS: [&str; 3] = ["unit", "units", "uom"];
const VALUE_WORDS: [&str; 7] = [
    "value",
    "values",
    "val",
    "y",
    "data",
    "metric_value",
    "wert",
];

fn is_one_of(header: &str, words: &[&str]) -> bool {
    words.iter().any(|w| header.trim().eq_ignore_ascii_case(w))
}

/// What a sample says about one column.
struct Column {
    header: String,
    time: Option<Found>,
    filled: usize,
    numbers: usize,
    integers: bool,
    percent: bool,
    distinct: usize,
}

impl Column {
    fn is_numeric(&self) -> bool {
        self.filled > 0 && self.numbers * 5 >= self.filled * 3
    }

    /// Numbers that name things: `VM_id`, `pid`.
    fn is_id(&self) -> bool {
        let lower = self.header.to_lowercase();
        let named = lower == "id" || lower.ends_with("_id") || self.header.ends_with("Id");
        named && self.integers && self.distinct * 4 <= self.filled.max(8)
    }
}

impl Layout {
    /// Finds out what the columns are from the first records.
    pub fn of<'a>(
        sample: impl Iterator<Item = &'a Record>,
        delimiter: u8,
    ) -> Result<Self, NotMetrics> {
        let records: Vec<&Record> = sample.collect();
        let width = usual_width(&records);
        let above = records.iter().take_while(|r| r.len() != width).count();
        let table = records.get(above..).unwrap_or_default();
        let (first, rows) = table.split_first().ok_or(NotMetrics::NoRows)?;
        let candidates = if rows.is_empty() { table } else { rows };
        let times: Vec<Option<Found>> = (0..width)
            .map(|column| {
                let cells: Vec<String> = texts(candidates, column);
                TimeForm::of_column(cells.iter().map(String::as_str))
            })
            .collect();
        // The first record is a header unless it reads like a row.
        let names: Vec<String> = first
            .cells()
            .map(|c| c.trim_start_matches(['#', ' ']).to_owned())
            .collect();
        let utc = crate::calendar::Zone::utc();
        let time_fits = times.iter().enumerate().any(|(column, found)| {
            found.is_some_and(|f| f.form.read(&first.cell(column), &utc).is_some())
        });
        let header = (!time_fits).then_some(names);
        if rows.is_empty() && header.is_some() {
            return Err(NotMetrics::NoRows);
        }
        let rows = if header.is_some() { rows } else { table };

        let cells: Vec<Vec<String>> = (0..width).map(|column| texts(rows, column)).collect();
        let time = time_column(&times, header.as_deref(), &cells)?;
        let values = cells
            .iter()
            .enumerate()
            .filter(|(column, _)| times.get(*column).is_none_or(Option::is_none))
            .flat_map(|(_, cells)| cells.iter().map(String::as_str));
        let (decimal, decimal_unclear) = sniff_decimal(values, delimiter);
        let columns: Vec<Column> = cells
            .iter()
            .enumerate()
            .map(|(column, cells)| {
                let header = header.as_ref().and_then(|h| h.get(column)).cloned();
                let time = times.get(column).copied().flatten();
                describe(header.unwrap_or_default(), cells, decimal, time)
            })
            .collect();
        let (roles, free_text) = roles(&columns, time);
        if !roles.iter().any(|r| matches!(r, Role::Value(_))) {
            return Err(NotMetrics::NoValues);
        }
        let form = times
            .get(time)
            .copied()
            .flatten()
            .ok_or(NotMetrics::NoTime)?;
        Ok(Self {
            roles,
            skip: above + usize::from(header.is_some()),
            header,
            time,
            form,
            decimal,
            decimal_unclear,
            percent: columns.iter().map(|c| c.percent).collect(),
            free_text,
        })
    }

    /// The name of a column for a person.
    pub fn column_name(&self, column: usize) -> String {
        self.header
            .as_ref()
            .and_then(|h| h.get(column))
            .filter(|h| !h.is_empty())
            .cloned()
            .unwrap_or_else(|| format!("column {}", column + 1))
    }

    /// Columns of values.
    pub fn values(&self) -> impl Iterator<Item = (usize, Option<&str>)> {
        self.roles
            .iter()
            .enumerate()
            .filter_map(|(column, role)| match role {
                Role::Value(name) => Some((column, name.as_deref())),
                _ => None,
            })
    }
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

fn texts(records: &[&Record], column: usize) -> Vec<String> {
    records
        .iter()
        .map(|r| r.cell(column).into_owned())
        .collect()
}

fn describe(header: String, cells: &[String], decimal: Decimal, time: Option<Found>) -> Column {
    let (mut filled, mut numbers, mut percent) = (0, 0, 0);
    let mut integers = true;
    let mut distinct: BTreeSet<&str> = BTreeSet::new();
    for cell in cells {
        match Cell::read(cell, decimal) {
            Cell::Empty => continue,
            Cell::Number(value) => {
                numbers += 1;
                integers &= value.fract() == 0.0;
                percent += usize::from(cell.ends_with('%'));
            }
            Cell::Text => integers = false,
        }
        filled += 1;
        distinct.insert(cell);
    }
    Column {
        header,
        time,
        filled,
        numbers,
        integers,
        percent: numbers > 0 && percent * 2 > numbers,
        distinct: distinct.len(),
    }
}

/// Times as text before epochs, columns named like a time before others, the leftmost first.
fn time_column(
    times: &[Option<Found>],
    header: Option<&[String]>,
    cells: &[Vec<String>],
) -> Result<usize, NotMetrics> {
    let named = |column: usize| {
        header
            .and_then(|h| h.get(column))
            .is_some_and(|h| is_one_of(h, &TIME_WORDS))
    };
    let rank = |(column, found): (usize, &Option<Found>)| {
        let found = (*found)?;
        let epoch = found.form.is_epoch();
        // A number that could be an epoch is one where it is named so, stands first, or only moves one way.
        let moves_one_way = || {
            let numbers: Vec<f64> = cells
                .get(column)
                .map(|c| c.iter().filter_map(|t| t.parse().ok()).collect())
                .unwrap_or_default();
            numbers.is_sorted() || numbers.is_sorted_by(|a, b| a >= b)
        };
        if epoch && !named(column) && column > 0 && !moves_one_way() {
            return None;
        }
        Some((!named(column), epoch, column))
    };
    if let Some((.., column)) = times.iter().enumerate().filter_map(rank).min() {
        return Ok(column);
    }
    let steps = header
        .into_iter()
        .flatten()
        .enumerate()
        .find(|(column, name)| {
            let whole = |t: &String| t.parse::<i64>().is_ok();
            is_one_of(name, &TIME_WORDS) && cells.get(*column).is_some_and(|c| c.iter().all(whole))
        });
    Err(steps.map_or(NotMetrics::NoTime, |(_, name)| {
        NotMetrics::Steps(name.clone())
    }))
}

/// What each column is for, and the headers of free text.
fn roles(columns: &[Column], time: usize) -> (Vec<Role>, Vec<String>) {
    let mut free_text = Vec::new();
    let mut roles: Vec<Role> = columns
        .iter()
        .enumerate()
        .map(|(index, column)| {
            if index == time {
                Role::Time
            } else if column.filled == 0 || column.time.is_some_and(|t| !t.form.is_epoch()) {
                Role::Ignored
            } else if column.is_numeric() && !column.is_id() {
                let says_nothing =
                    column.header.is_empty() || is_one_of(&column.header, &VALUE_WORDS);
                Role::Value((!says_nothing).then(|| column.header.clone()))
            } else if is_one_of(&column.header, &UNIT_WORDS) {
                Role::Unit
            } else if column.distinct > 20 && column.distinct * 2 > column.filled {
                free_text.push(column.header.clone());
                Role::Ignored
            } else if is_one_of(&column.header, &NAME_WORDS) {
                Role::Name
            } else {
                Role::Label(column.header.clone())
            }
        })
        .collect();
    let mut names = roles.iter().filter(|r| matches!(r, Role::Name)).count();
    let values: Vec<bool> = roles
        .iter()
        .filter_map(|r| match r {
            Role::Value(name) => Some(name.is_some()),
            _ => None,
        })
        .collect();
    // The only text beside a bare `value` names the series.
    let labels = roles.iter().filter(|r| matches!(r, Role::Label(_))).count();
    let bare_value = values == [false];
    for (role, column) in roles.iter_mut().zip(columns) {
        match role {
            Role::Name if names > 1 => {
                names -= 1;
                *role = Role::Label(column.header.clone());
            }
            Role::Label(_) if names == 0 && labels == 1 && bare_value => *role = Role::Name,
            Role::Label(name) if name.is_empty() => *name = "label".to_owned(),
            _ => {}
        }
    }
    tell_apart(&mut roles, columns);
    (roles, free_text)
}

/// Gives columns of values with the same header names of their own.
fn tell_apart(roles: &mut [Role], columns: &[Column]) {
    let mut taken: BTreeSet<Option<String>> = BTreeSet::new();
    for (index, (role, column)) in roles.iter_mut().zip(columns).enumerate() {
        if let Role::Value(name) = role
            && !taken.insert(name.clone())
            && !column.header.is_empty()
        {
            *name = Some(format!("{} (column {})", column.header, index + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::table::sheet::Sheet;

    fn layout(text: &str) -> Result<Layout, NotMetrics> {
        let sheet = Sheet::open(text.as_bytes()).unwrap();
        Layout::of(sheet.sample(), sheet.delimiter)
    }

    fn value(name: &str) -> Role {
        Role::Value(Some(name.to_owned()))
    }

    fn label(name: &str) -> Role {
        Role::Label(name.to_owned())
    }

    #[test]
    fn long_and_wide_tables() {
        for (text, expected) in [
            (
                "time,cpu,mem\n2026-01-01,1,2\n2026-01-02,3,4\n",
                vec![Role::Time, value("cpu"), value("mem")],
            ),
            (
                "ds,y\n2026-01-01,1\n2026-01-02,3\n",
                vec![Role::Time, Role::Value(None)],
            ),
            (
                "unique_id,ds,y\na,2026-01-01,1\nb,2026-01-01,3\n",
                vec![Role::Name, Role::Time, Role::Value(None)],
            ),
            (
                "time,cpu,cpu\n2026-01-01,1,2\n2026-01-02,3,4\n",
                vec![Role::Time, value("cpu"), value("cpu (column 3)")],
            ),
            (
                "host,time,value\na,2026-01-01,1\nb,2026-01-01,3\n",
                vec![Role::Name, Role::Time, Role::Value(None)],
            ),
            (
                "time,metric,host,value,unit\n2026-01-01,cpu,a,1,%\n2026-01-01,cpu,b,3,%\n",
                vec![
                    Role::Time,
                    Role::Name,
                    label("host"),
                    Role::Value(None),
                    Role::Unit,
                ],
            ),
            (
                "time,host,cpu\n2026-01-01,a,1\n2026-01-01,b,3\n",
                vec![Role::Time, label("host"), value("cpu")],
            ),
            (
                "value,runtime,starttime,VM_id\n1.5,4.5,2026-01-01 10:00:00,0\n1.5,4.5,2026-01-01 11:00:00,1\n",
                vec![
                    Role::Value(None),
                    value("runtime"),
                    Role::Time,
                    label("VM_id"),
                ],
            ),
        ] {
            assert_eq!(layout(text).unwrap().roles, expected, "{text}");
        }
    }

    #[test]
    fn headers_and_lines_above_them() {
        let bare = layout("1781431200,5\n1781431260,6\n").unwrap();
        assert_eq!((bare.header, bare.skip), (None, 0));
        let titled =
            layout("CPU of all hosts\ntime,cpu,mem\n2026-01-01,1,2\n2026-01-02,3,4\n").unwrap();
        assert_eq!(titled.skip, 2);
        assert_eq!(titled.header.unwrap(), ["time", "cpu", "mem"]);
        let hash = layout("# time;cpu\n2026-01-01;1,5\n2026-01-02;2,5\n").unwrap();
        assert_eq!(
            (hash.roles[1].clone(), hash.decimal),
            (value("cpu"), Decimal::Comma)
        );
    }

    #[test]
    fn the_time_is_told_from_values_that_look_like_it() {
        let bytes = layout("bytes,time\n1781431200,2026-01-01\n1781431100,2026-01-02\n").unwrap();
        assert_eq!((bytes.time, bytes.roles[0].clone()), (1, value("bytes")));
        let epoch = layout("free,ts\n5e9,1781431200\n1,1781431260\n").unwrap();
        assert_eq!((epoch.time, epoch.form.form), (1, TimeForm::EpochSecs));
    }

    #[test]
    fn what_is_no_metric_table_says_why() {
        assert_eq!(layout("time,cpu\n"), Err(NotMetrics::NoRows));
        assert_eq!(layout("a,b\n1,2\n3,4\n"), Err(NotMetrics::NoTime));
        assert_eq!(
            layout("time,name\n2026-01-01,x\n2026-01-02,y\n"),
            Err(NotMetrics::NoValues)
        );
        assert_eq!(
            layout("unique_id,ds,y\na,1,5\na,2,6\n"),
            Err(NotMetrics::Steps("ds".to_owned()))
        );
    }
}
