//! A mapping on a particular table: its columns found, its formats decided, and what does not fit said in words.

use std::collections::BTreeMap;

use super::model::{
    ColumnMapping, DecimalSign, Edge, Kind, Mapping, MappingError, Role, ValueKind,
};
use super::shape::Shape;
use super::values::{TimeReader, unit_nanos};
use crate::dataset::State;
use crate::import::table::cells::{Decimal, sniff_decimal};
use crate::import::table::records::Record;

/// Columns that say when, joined with a space, and how they are read.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Times {
    pub columns: Vec<usize>,
    pub reader: TimeReader,
    /// Day and month could be swapped.
    pub ambiguous: bool,
    pub edge: Edge,
}

/// A column of values.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Value {
    pub column: usize,
    /// Empty where neither mapping nor header name it.
    pub name: String,
    pub unit: String,
    pub kind: Option<ValueKind>,
}

/// Where everything stands in a table.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Plan {
    pub shape: Shape,
    pub kind: Kind,
    pub decimal: Decimal,
    pub decimal_unclear: bool,
    /// The time of a request or a value, the start of a state.
    pub time: Times,
    pub end: Option<Times>,
    /// With the nanoseconds in its unit.
    pub duration: Option<(usize, f64)>,
    pub labels: Vec<usize>,
    /// With the values that mean success; none for the usual words.
    pub success: Option<(usize, Vec<String>)>,
    /// With the first code that is a failure.
    pub status: Option<(usize, u16)>,
    pub error: Option<usize>,
    pub users: Option<usize>,
    pub received: Option<usize>,
    pub sent: Option<usize>,
    pub count: Option<usize>,
    pub values: Vec<Value>,
    pub series: Vec<usize>,
    pub dimensions: Vec<(usize, String)>,
    pub unit: Option<usize>,
    pub state: Option<(usize, BTreeMap<String, State>)>,
    pub service: Option<usize>,
    pub note: Option<usize>,
}

/// Where failures of an HTTP status begin.
const FAILED_FROM: u16 = 400;

/// What a mapping lacks for its kind, and what it says twice, as clauses. Nothing about any file.
pub fn problems(mapping: &Mapping) -> Vec<String> {
    let has = |role| mapping.with_role(role).next().is_some();
    let mut problems = Vec::new();
    match mapping.kind {
        Kind::Requests => {
            if !has(Role::Time) && !has(Role::Start) {
                problems.push(
                    "no column says when a request was made; give one the role time".to_owned(),
                );
            }
        }
        Kind::Metrics => {
            if !has(Role::Time) {
                problems.push(
                    "no column says when a value was measured; give one the role time".to_owned(),
                );
            }
            if !has(Role::Value) {
                problems
                    .push("no column holds values; give at least one the role value".to_owned());
            }
        }
        Kind::Outages => {
            if !has(Role::Start) && !has(Role::Time) {
                problems
                    .push("no column says when a state began; give one the role start".to_owned());
            }
            if !has(Role::End) && !has(Role::Duration) {
                problems.push(
                    "no column says when a state ended; give one the role end or duration"
                        .to_owned(),
                );
            }
        }
    }
    for role in Kind::ALL.into_iter().flat_map(Kind::roles) {
        let columns: Vec<String> = mapping
            .with_role(*role)
            .map(|c| c.column.to_string())
            .collect();
        if columns.len() > 1 && !role.may_repeat() {
            let problem = format!(
                "the columns {} have the same role, {}; leave one of them",
                columns.join(" and "),
                role.word()
            );
            if !problems.contains(&problem) {
                problems.push(problem);
            }
        }
    }
    problems
}

/// Finds the columns of a mapping in a table. Fails with the first thing that does not fit.
pub(super) fn resolve(
    mapping: &Mapping,
    records: &[&Record],
    delimiter: u8,
) -> Result<Plan, MappingError> {
    if let Some(problem) = problems(mapping).into_iter().next() {
        return Err(MappingError::new(format!(
            "the mapping does not work: {problem}"
        )));
    }
    let shape = Shape::with(records, mapping);
    let rows = records.get(shape.skip()..).unwrap_or_default();
    let mut found: Vec<(usize, &ColumnMapping)> = Vec::new();
    for column in &mapping.columns {
        match shape.find_column(&column.column) {
            Some(index) => {
                if let Some((_, before)) = found.iter().find(|(i, _)| *i == index)
                    && before.role == column.role
                {
                    return Err(MappingError::new(format!(
                        "the mapping names the column {} twice; leave one of them",
                        column.column
                    )));
                }
                found.push((index, column));
            }
            // A column that is not read may as well be missing.
            None if column.role == Role::Ignore => {}
            None => return Err(missing(&shape, column)),
        }
    }
    let (decimal, decimal_unclear) = decimal_of(mapping, rows, &found, delimiter);
    let one = |role: Role| found.iter().find(|(_, c)| c.role == role).copied();
    let index = |role: Role| one(role).map(|(i, _)| i);
    let times = |roles: &[Role]| -> Result<Option<Times>, MappingError> {
        let columns: Vec<(usize, &ColumnMapping)> = found
            .iter()
            .filter(|(_, c)| roles.contains(&c.role))
            .copied()
            .collect();
        let Some((_, first)) = columns.first() else {
            return Ok(None);
        };
        let format = columns
            .iter()
            .map(|(_, c)| c.format.as_str())
            .find(|f| !f.is_empty())
            .unwrap_or_default();
        let edge = columns
            .iter()
            .map(|(_, c)| c.at)
            .find(|at| *at == Edge::End)
            .unwrap_or_default();
        let columns: Vec<usize> = columns.iter().map(|(i, _)| *i).collect();
        let cells: Vec<String> = rows
            .iter()
            .map(|row| joined(row, &columns))
            .filter(|text| !is_open_end(text))
            .collect();
        let reader = TimeReader::of(format, cells.iter().map(String::as_str))?;
        let Some((reader, ambiguous)) = reader else {
            if rows.is_empty() || (first.role == Role::End && cells.is_empty()) {
                return Ok(Some(Times {
                    columns,
                    reader: TimeReader::Form(crate::import::table::times::TimeForm::Text),
                    ambiguous: false,
                    edge,
                }));
            }
            return Err(MappingError::new(format!(
                "the column {} holds no times that can be read; say how they are written with format",
                first.column
            )));
        };
        Ok(Some(Times {
            columns,
            reader,
            ambiguous,
            edge,
        }))
    };
    let time = times(&[Role::Time, Role::Start])?.ok_or_else(|| {
        MappingError::new("the mapping names no column of times; give one the role time")
    })?;
    let duration = match one(Role::Duration) {
        None => None,
        Some((column, mapped)) => Some((column, duration_unit(mapped)?)),
    };
    let named = |index: usize, mapped: &ColumnMapping| {
        if mapped.name.is_empty() {
            let header = shape.header.as_ref().and_then(|h| h.get(index));
            header.cloned().unwrap_or_default()
        } else {
            mapped.name.clone()
        }
    };
    let all = |role: Role| found.iter().filter(move |(_, c)| c.role == role).copied();
    Ok(Plan {
        kind: mapping.kind,
        decimal,
        decimal_unclear,
        time,
        end: times(&[Role::End])?,
        duration,
        labels: all(Role::Label).map(|(i, _)| i).collect(),
        success: one(Role::Success).map(|(i, c)| (i, c.success_values.clone())),
        status: one(Role::Status).map(|(i, c)| (i, c.failed_from.unwrap_or(FAILED_FROM))),
        error: index(Role::Error),
        users: index(Role::Users),
        received: index(Role::Received),
        sent: index(Role::Sent),
        count: index(Role::Count),
        values: all(Role::Value)
            .map(|(i, c)| Value {
                column: i,
                name: named(i, c),
                unit: c.unit.clone(),
                kind: c.kind,
            })
            .collect(),
        series: all(Role::Series).map(|(i, _)| i).collect(),
        dimensions: all(Role::Dimension)
            .map(|(i, c)| {
                let name = named(i, c);
                let name = if name.is_empty() {
                    format!("column {}", i + 1)
                } else {
                    name
                };
                (i, name)
            })
            .collect(),
        unit: index(Role::Unit),
        state: one(Role::State).map(|(i, c)| {
            let states = c.states.iter();
            (
                i,
                states
                    .map(|(word, state)| (word.trim().to_lowercase(), *state))
                    .collect(),
            )
        }),
        service: index(Role::Service),
        note: index(Role::Note),
        shape,
    })
}

fn duration_unit(mapped: &ColumnMapping) -> Result<f64, MappingError> {
    if mapped.unit.is_empty() {
        return Ok(1e6);
    }
    unit_nanos(&mapped.unit).ok_or_else(|| {
        MappingError::new(format!(
            "the unit \"{}\" of the column {} is none of ns, us, ms, s, m; correct the mapping",
            mapped.unit, mapped.column
        ))
    })
}

fn missing(shape: &Shape, column: &ColumnMapping) -> MappingError {
    let has = match &shape.header {
        Some(header) => {
            let names: Vec<&str> = header
                .iter()
                .map(String::as_str)
                .filter(|h| !h.is_empty())
                .take(20)
                .collect();
            format!("it has {}", names.join(", "))
        }
        None => format!("it has no header and {} columns", shape.width),
    };
    MappingError::new(format!(
        "the mapping names the column {} ({}), which the table does not have; {has}",
        column.column,
        column.role.word()
    ))
}

/// An end that has not come yet.
pub(super) fn is_open_end(text: &str) -> bool {
    matches!(
        text.to_lowercase().as_str(),
        "" | "-" | "null" | "now" | "ongoing" | "open" | "n/a"
    )
}

/// The cells of several columns with a space between them.
pub(super) fn joined(record: &Record, columns: &[usize]) -> String {
    let mut text = String::new();
    for column in columns {
        let cell = record.cell(*column);
        if !cell.is_empty() {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(&cell);
        }
    }
    text
}

fn decimal_of(
    mapping: &Mapping,
    rows: &[&Record],
    found: &[(usize, &ColumnMapping)],
    delimiter: u8,
) -> (Decimal, bool) {
    match mapping.decimal {
        Some(DecimalSign::Point) => (Decimal::Point, false),
        Some(DecimalSign::Comma) => (Decimal::Comma, false),
        None => {
            let numeric = |role: Role| {
                matches!(
                    role,
                    Role::Duration
                        | Role::Value
                        | Role::Users
                        | Role::Received
                        | Role::Sent
                        | Role::Count
                )
            };
            let columns = found.iter().filter(|(_, c)| numeric(c.role));
            let cells: Vec<String> = columns
                .flat_map(|(i, _)| rows.iter().map(|r| r.cell(*i).into_owned()))
                .collect();
            sniff_decimal(cells.iter().map(String::as_str), delimiter)
        }
    }
}
