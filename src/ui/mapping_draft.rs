//! A mapping while a person changes it: column by column, with what follows from each change. Plain values, no screen.

use crate::import::table::mapping::model::{DecimalSign, Edge, ValueKind};
use crate::import::table::mapping::shape::Shape;
use crate::import::table::mapping::{ColumnMapping, Kind, Mapping, Role};

/// The formats of times that a person may pick, with the words for them.
pub(super) const TIME_FORMATS: [(&str, &str); 8] = [
    ("", "Found out"),
    ("epoch_s", "Seconds since 1970"),
    ("epoch_ms", "Milliseconds since 1970"),
    ("epoch_us", "Microseconds since 1970"),
    ("epoch_ns", "Nanoseconds since 1970"),
    ("year_first", "Year first: 2026-06-14"),
    ("day_first", "Day first: 14.06.2026"),
    ("month_first", "Month first: 06/14/2026"),
];

/// The units of durations that a person may pick.
pub(super) const UNITS: [(&str, &str); 5] = [
    ("ns", "nanoseconds"),
    ("us", "microseconds"),
    ("ms", "milliseconds"),
    ("s", "seconds"),
    ("m", "minutes"),
];

/// What the values of a series are, with the words for it.
pub(super) const KINDS: [(Option<ValueKind>, &str); 5] = [
    (None, "As its name says"),
    (Some(ValueKind::Gauge), "A level"),
    (Some(ValueKind::Counter), "A counter that grows"),
    (Some(ValueKind::Rate), "A rate per second"),
    (Some(ValueKind::Count), "A number in each step"),
];

/// How decimals are written, with the words for it.
pub(super) const DECIMALS: [(Option<DecimalSign>, &str); 3] = [
    (None, "Found out"),
    (Some(DecimalSign::Point), "1,234.5"),
    (Some(DecimalSign::Comma), "1.234,5"),
];

/// Which end of a request a time is that of, with the words for it.
pub(super) const EDGES: [(Edge, &str); 2] =
    [(Edge::Start, "of the start"), (Edge::End, "of the end")];

/// A mapping that has an entry for every column of its table.
pub(super) fn complete(mut mapping: Mapping, shape: &Shape) -> Mapping {
    for index in 0..shape.width {
        if position(&mapping, shape, index).is_none() {
            let entry = ColumnMapping::new(shape.reference(index), Role::Ignore);
            mapping.columns.push(entry);
        }
    }
    mapping
}

/// Where the entry for a column stands.
pub(super) fn position(mapping: &Mapping, shape: &Shape, index: usize) -> Option<usize> {
    let mut columns = mapping.columns.iter();
    columns.position(|c| shape.find_column(&c.column) == Some(index))
}

/// Gives a column a role; another one that had it, and cannot share it, is not read any more.
pub(super) fn set_role(mapping: &mut Mapping, entry: usize, role: Role) {
    if !role.may_repeat() {
        for column in &mut mapping.columns {
            if column.role == role {
                *column = ColumnMapping::new(column.column.clone(), Role::Ignore);
            }
        }
    }
    let outages = mapping.kind == Kind::Outages;
    if let Some(column) = mapping.columns.get_mut(entry) {
        let mut changed = ColumnMapping::new(column.column.clone(), role);
        if role == Role::Duration {
            changed.unit = if outages { "m" } else { "ms" }.to_owned();
        }
        *column = changed;
    }
}

/// Says what the rows are; roles that mean nothing for it turn into what is closest.
pub(super) fn set_kind(mapping: &mut Mapping, kind: Kind) {
    mapping.kind = kind;
    for entry in 0..mapping.columns.len() {
        let Some(role) = mapping.columns.get(entry).map(|c| c.role) else {
            continue;
        };
        if !kind.roles().contains(&role) {
            set_role(mapping, entry, closest(role, kind));
        }
    }
}

const fn closest(role: Role, kind: Kind) -> Role {
    match (kind, role) {
        (Kind::Requests | Kind::Metrics, Role::Start) => Role::Time,
        (Kind::Outages, Role::Time) => Role::Start,
        (Kind::Requests, Role::Series) => Role::Label,
        (
            Kind::Metrics,
            Role::Duration | Role::Users | Role::Received | Role::Sent | Role::Count,
        ) => Role::Value,
        (Kind::Metrics, Role::Label) => Role::Series,
        (Kind::Metrics, Role::Service | Role::Status) => Role::Dimension,
        _ => Role::Ignore,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::table::mapping::ColumnRef;

    fn shape() -> Shape {
        Shape {
            above: 0,
            header: Some(["when", "what", "ms"].map(str::to_owned).to_vec()),
            width: 3,
        }
    }

    #[test]
    fn every_column_has_its_entry_and_its_role() {
        let mut mapping = Mapping {
            kind: Kind::Requests,
            columns: vec![ColumnMapping::new(ColumnRef::Number(3), Role::Duration)],
            ..Mapping::default()
        };
        mapping = complete(mapping, &shape());
        assert_eq!(mapping.columns.len(), 3);
        let when = position(&mapping, &shape(), 0).unwrap();
        set_role(&mut mapping, when, Role::Time);
        let what = position(&mapping, &shape(), 1).unwrap();
        set_role(&mut mapping, what, Role::Duration);
        let roles: Vec<Role> = mapping.columns.iter().map(|c| c.role).collect();
        assert_eq!(roles, [Role::Ignore, Role::Time, Role::Duration]);
        assert_eq!(mapping.columns[what].unit, "ms");
        set_kind(&mut mapping, Kind::Metrics);
        let roles: Vec<Role> = mapping.columns.iter().map(|c| c.role).collect();
        assert_eq!(roles, [Role::Ignore, Role::Time, Role::Value]);
        set_kind(&mut mapping, Kind::Outages);
        assert_eq!(mapping.columns[when].role, Role::Start);
    }
}
