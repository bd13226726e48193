//! Rows of a mapped table as states with their beginning and end.

use std::io::Read;

use super::reading::{Limit, Row, Rows, none_usable, nothing};
use super::resolve::{Plan, is_open_end, joined};
use super::values::duration_ns;
use crate::calendar::Instant;
use crate::dataset::{OutageRow, Source, SourceInfo, State, UptimeTable};
use crate::import::rejects::Reject;
use crate::import::table::records::Record;
use crate::import::table::sheet::Sheet;
use crate::import::uptime::words::state_of;
use crate::import::{ImportError, Imported, Intake, Rejects};
use crate::units::Micros;
use crate::warning::{WarningKind, Warnings};

/// Reads all rows, or as many as the limit allows.
pub(super) fn read<R: Read>(
    sheet: Sheet<R>,
    plan: &Plan,
    intake: &Intake<'_>,
    limit: Limit,
) -> Result<Imported, ImportError> {
    let mut warnings = Warnings::default();
    let mut rejects = Rejects::default();
    let mut states: Vec<OutageRow> = Vec::new();
    let (mut read, mut without_zone) = (0, 0);
    let mut rows = Rows::new(sheet, plan, intake, limit);
    let mut record = Record::default();
    let mut reject = |line, column: Option<usize>, reason: &str, text: String| {
        let column = column
            .map(|c| plan.shape.column_name(c))
            .unwrap_or_default();
        let kind = if reason == EMPTY {
            WarningKind::EmptyInterval
        } else {
            WarningKind::RejectedRow
        };
        warnings.add_at(
            kind,
            format!("rows that could not be used: {reason}"),
            intake.example(line, &column, &text),
        );
        rejects.add(Reject {
            line,
            column,
            reason: reason.to_owned(),
            text,
        });
    };
    while let Some(row) = rows.next(&mut record)? {
        match row {
            Row::Record => match state_row(plan, intake, &record) {
                Ok((row, zoned)) => {
                    read += 1;
                    without_zone += u64::from(!zoned);
                    let range = intake.options.range;
                    if row.start < range.end && row.end.is_none_or(|end| end > range.start) {
                        states.push(row);
                    }
                }
                Err((column, reason)) => {
                    reject(record.line, column, reason, record.shown(rows.delimiter()));
                }
            },
            Row::Bad { line, reason, text } => reject(line, None, reason, text),
        }
    }
    warnings.merge(rows.warnings());
    if states.is_empty() {
        return Err(match none_usable(&rejects, plan.kind) {
            Some((what, line)) if read == 0 => intake.unusable(what, Some(line)),
            None if read == 0 => intake.unusable(nothing(plan), None),
            _ => intake.unusable(
                "no row of the table lies in the time range; widen the range",
                None,
            ),
        });
    }
    if plan.state.is_none() {
        warnings.add(
            WarningKind::Assumed,
            "the mapping names no column of states; every row is taken as down",
        );
    }
    states.sort_by_key(|row| (row.start, row.end));
    note_overlaps(&states, &mut warnings);
    let zone = intake.assumed_zone(without_zone, &mut warnings);
    let info = SourceInfo {
        rows: states.len() as u64,
        rejected: rejects.count,
        first: states.iter().map(|r| r.start).min(),
        last: states.iter().map(|r| r.end.unwrap_or(r.start)).max(),
        zone,
        warnings,
        ..SourceInfo::default()
    };
    let incident_list = states.iter().all(|r| r.state != State::Up);
    Ok(Imported {
        source: Source {
            info,
            uptime: Some(UptimeTable {
                rows: states,
                incident_list,
                ..UptimeTable::default()
            }),
            ..Source::default()
        },
        rejects,
    })
}

/// The reason for which a row without any length is rejected.
const EMPTY: &str = "it ends before it starts, or when it starts";

fn state_row(
    plan: &Plan,
    intake: &Intake<'_>,
    record: &Record,
) -> Result<(OutageRow, bool), (Option<usize>, &'static str)> {
    let zone = &intake.options.source_zone;
    let start_column = plan.time.columns.first().copied();
    let (start, zoned) = plan
        .time
        .reader
        .read(&joined(record, &plan.time.columns), zone)
        .ok_or((start_column, "the start is not a time"))?;
    let (end, end_column) = if let Some(times) = &plan.end {
        let column = times.columns.first().copied();
        let text = joined(record, &times.columns);
        if is_open_end(&text) {
            (None, column)
        } else {
            let read = times.reader.read(&text, zone);
            let (end, _) = read.ok_or((column, "the end is not a time"))?;
            (Some(end), column)
        }
    } else if let Some((column, unit)) = plan.duration {
        let text = record.cell(column);
        if is_open_end(&text) {
            (None, Some(column))
        } else {
            let nanos = duration_ns(&text, unit, plan.decimal)
                .ok_or((Some(column), "the duration is not one"))?;
            (Some(start.plus(Micros(nanos / 1_000))), Some(column))
        }
    } else {
        (None, None)
    };
    if end.is_some_and(|end| end <= start) {
        return Err((end_column, EMPTY));
    }
    let state = match &plan.state {
        None => State::Down,
        Some((column, words)) => {
            let text = record.cell(*column);
            words
                .get(&text.to_lowercase())
                .copied()
                .or_else(|| state_of(&text))
                .ok_or((
                    Some(*column),
                    "the state is not one of up, down, degraded, maintenance, unknown; say what it means with states",
                ))?
        }
    };
    let text = |column: Option<usize>| {
        column
            .map(|c| record.cell(c).into_owned())
            .unwrap_or_default()
    };
    let row = OutageRow {
        start,
        end,
        state,
        service: text(plan.service),
        note: text(plan.note),
    };
    Ok((row, zoned))
}

/// Rows other than `up` that begin before an earlier one of the same service has ended.
fn note_overlaps(states: &[OutageRow], warnings: &mut Warnings) {
    let mut until: std::collections::BTreeMap<&str, Instant> = std::collections::BTreeMap::new();
    let mut overlaps = 0;
    for row in states.iter().filter(|row| row.state != State::Up) {
        let last = until.entry(&row.service).or_insert(row.start);
        overlaps += u64::from(row.start < *last);
        *last = (*last).max(row.end.unwrap_or(Instant(i64::MAX)));
    }
    if overlaps > 0 {
        warnings.add_counted(
            WarningKind::OverlappingIntervals,
            "rows overlap; each instant counts once",
            overlaps,
            None,
        );
    }
}
