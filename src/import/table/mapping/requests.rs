//! Rows of a mapped table as requests of a run.

use std::borrow::Cow;
use std::io::Read;

use super::model::Edge;
use super::reading::{Limit, Row, Rows, nothing};
use super::resolve::{Plan, joined};
use super::values::{duration_ns, is_no_error, truth_of};
use crate::dataset::Tool;
use crate::import::load_test::builder::{Request, RunBuilder, RunTraits};
use crate::import::table::cells::Cell;
use crate::import::table::records::Record;
use crate::import::table::sheet::Sheet;
use crate::import::{ImportError, Imported, Intake};
use crate::warning::WarningKind;

/// What odd cells there were.
#[derive(Default)]
struct Odd {
    without_zone: u64,
    not_numbers: u64,
    no_status: u64,
    /// A word of the success column that is neither a yes nor a no.
    unknown_words: u64,
}

/// Reads all rows, or as many as the limit allows.
pub(super) fn read<R: Read>(
    sheet: Sheet<R>,
    plan: &Plan,
    intake: &Intake<'_>,
    limit: Limit,
) -> Result<Imported, ImportError> {
    let traits = RunTraits {
        tool: Tool::Unknown,
        tick_ns: tick_ns(&sheet, plan),
        closed_loop: false,
        counts_only: plan.duration.is_none() && plan.end.is_none(),
    };
    let mut builder = RunBuilder::new(intake, traits);
    let mut odd = Odd::default();
    let mut rows = Rows::new(sheet, plan, intake, limit);
    let mut record = Record::default();
    while let Some(row) = rows.next(&mut record)? {
        match row {
            Row::Record => {
                if let Err((column, reason)) = take(&mut builder, plan, intake, &record, &mut odd) {
                    let name = column
                        .map(|c| plan.shape.column_name(c))
                        .unwrap_or_default();
                    builder.reject(record.line, &name, reason, &record.shown(rows.delimiter()));
                }
            }
            Row::Bad { line, reason, text } => builder.reject(line, "", reason, &text),
        }
    }
    builder.outcomes_unknown =
        plan.success.is_none() && plan.status.is_none() && plan.error.is_none();
    say(&mut builder, plan, &odd);
    builder.warnings.merge(rows.warnings());
    let mut imported = builder.finish(nothing(plan))?;
    let info = &mut imported.source.info;
    info.zone = intake.assumed_zone(odd.without_zone, &mut info.warnings);
    Ok(imported)
}

/// Milliseconds without decimals are counted as they are; everything else in microseconds.
fn tick_ns<R: Read>(sheet: &Sheet<R>, plan: &Plan) -> i64 {
    let Some((column, unit)) = plan.duration else {
        return 1_000;
    };
    let whole = |record: &Record| {
        let text = record.cell(column);
        text.is_empty() || text.parse::<i64>().is_ok()
    };
    let in_millis = (unit - 1e6).abs() < f64::EPSILON;
    if in_millis && sheet.sample().skip(plan.shape.skip()).all(whole) {
        1_000_000
    } else {
        1_000
    }
}

type Bad = (Option<usize>, &'static str);

fn take(
    builder: &mut RunBuilder<'_>,
    plan: &Plan,
    intake: &Intake<'_>,
    record: &Record,
    odd: &mut Odd,
) -> Result<(), Bad> {
    let zone = &intake.options.source_zone;
    let time_column = plan.time.columns.first().copied();
    let time = |columns: &[usize], reader: &super::values::TimeReader| match columns {
        [column] => reader.read(&record.cell(*column), zone),
        columns => reader.read(&joined(record, columns), zone),
    };
    let (at, zoned) =
        time(&plan.time.columns, &plan.time.reader).ok_or((time_column, "not a time"))?;
    let mut duration_ns_found = 0;
    if let Some((column, unit)) = plan.duration {
        let cell = record.cell(column);
        duration_ns_found =
            duration_ns(&cell, unit, plan.decimal).ok_or((Some(column), "not a duration"))?;
        if duration_ns_found < 0 {
            return Err((Some(column), "the duration is negative"));
        }
    } else if let Some(end) = &plan.end {
        let column = end.columns.first().copied();
        let (end, _) = time(&end.columns, &end.reader).ok_or((column, "the end is not a time"))?;
        duration_ns_found = end.since(at).0.saturating_mul(1_000);
        if duration_ns_found < 0 {
            return Err((column, "it ends before it starts"));
        }
    }
    let start_micros = match plan.time.edge {
        Edge::Start => at.0,
        Edge::End => at.0.saturating_sub(duration_ns_found / 1_000),
    };
    let label: Cow<'_, str> = match plan.labels.as_slice() {
        [] => Cow::Borrowed("requests"),
        [column] => record.cell(*column),
        columns => Cow::Owned(joined(record, columns)),
    };
    let code = plan
        .status
        .map_or(Cow::Borrowed(""), |(c, _)| record.cell(c));
    let error = plan.error.map_or(Cow::Borrowed(""), |c| record.cell(c));
    let failed = failed(plan, record, &code, &error, odd);
    let mut number = |column: Option<usize>| -> Option<i64> {
        match Cell::read(&record.cell(column?), plan.decimal) {
            Cell::Number(value) if value.is_finite() => Some(value.round() as i64),
            Cell::Empty => None,
            _ => {
                odd.not_numbers += 1;
                None
            }
        }
    };
    let (received, sent) = (number(plan.received), number(plan.sent));
    let active = number(plan.users).filter(|users| *users >= 0);
    let count = match (plan.count, number(plan.count)) {
        (None, _) => 1,
        (Some(_), Some(count @ 1..=1_000_000_000)) => count.unsigned_abs(),
        (Some(_), Some(0)) => return Ok(()),
        (column, _) => return Err((column, "not a number of requests")),
    };
    let shown_code = if code.is_empty() && failed && !is_no_error(&error) {
        error.as_bytes()
    } else {
        code.as_bytes()
    };
    builder
        .add(&Request {
            start_micros,
            duration_ns: duration_ns_found,
            label: if label.is_empty() {
                b"(no label)"
            } else {
                label.as_bytes()
            },
            failed,
            count,
            code: shown_code,
            received: received.unwrap_or(0).max(0),
            sent: sent.unwrap_or(0).max(0),
            active,
            ..Request::default()
        })
        .map_err(|reason| {
            let column = if reason.contains("duration") {
                plan.duration.map(|(c, _)| c)
            } else {
                time_column
            };
            (column, reason)
        })?;
    odd.without_zone += u64::from(!zoned);
    Ok(())
}

/// The success column decides where there is one; otherwise a failing status or any text of an error does.
fn failed(plan: &Plan, record: &Record, code: &str, error: &str, odd: &mut Odd) -> bool {
    if let Some((column, words)) = &plan.success {
        let cell = record.cell(*column);
        if words.is_empty() {
            return !truth_of(&cell).unwrap_or_else(|| {
                odd.unknown_words += 1;
                false
            });
        }
        return !words
            .iter()
            .any(|word| word.trim().eq_ignore_ascii_case(&cell));
    }
    if plan.error.is_some() && !is_no_error(error) {
        return true;
    }
    let Some((_, failed_from)) = plan.status else {
        return false;
    };
    let digits = code.bytes().take_while(u8::is_ascii_digit).count();
    match code.get(..digits).and_then(|d| d.parse::<u16>().ok()) {
        Some(status) => status >= failed_from || status == 0,
        None => truth_of(code).map_or_else(
            || {
                odd.no_status += 1;
                true
            },
            |good| !good,
        ),
    }
}

fn say(builder: &mut RunBuilder<'_>, plan: &Plan, odd: &Odd) {
    let name = |column: Option<usize>| {
        column
            .map(|c| plan.shape.column_name(c))
            .unwrap_or_default()
    };
    let warnings = &mut builder.warnings;
    let mut add = |kind, count: u64, message: String| {
        if count > 0 {
            warnings.add_counted(kind, message, count, None);
        }
    };
    add(
        WarningKind::NotANumber,
        odd.not_numbers,
        "users, bytes or counts that are not numbers were left out".to_owned(),
    );
    add(
        WarningKind::Assumed,
        odd.no_status,
        format!(
            "requests whose \"{}\" is no status code are counted as failed",
            name(plan.status.map(|(c, _)| c))
        ),
    );
    add(
        WarningKind::Assumed,
        odd.unknown_words,
        format!(
            "values of \"{}\" that are neither a yes nor a no are counted as failed; name those that mean success with success_values",
            name(plan.success.as_ref().map(|(c, _)| *c))
        ),
    );
}
