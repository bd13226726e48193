//! What reading requests, values and states from a mapped table have in common: record by record, with what cannot be
//! one, a header that stands again, and an end that is cut off.

use std::io::Read;

use super::model::Kind;
use super::resolve::Plan;
use crate::import::table::cells::Decimal;
use crate::import::table::records::{Next, Record, given_up_reason};
use crate::import::table::sheet::Sheet;
use crate::import::table::times::TimeForm;
use crate::import::{ImportError, Intake};
use crate::warning::{WarningKind, Warnings};

use super::values::TimeReader;

/// How many rows are read: all, or so many for a preview.
pub(super) type Limit = Option<u64>;

/// What comes next.
pub(super) enum Row {
    /// A record to be used.
    Record,
    /// One that cannot be.
    Bad {
        line: u64,
        reason: &'static str,
        text: String,
    },
}

/// The rows of a table, without its header.
pub(super) struct Rows<'a, R> {
    sheet: Sheet<R>,
    plan: &'a Plan,
    intake: &'a Intake<'a>,
    left: Limit,
    seen: u64,
    warnings: Warnings,
}

impl<'a, R: Read> Rows<'a, R> {
    pub fn new(mut sheet: Sheet<R>, plan: &'a Plan, intake: &'a Intake<'a>, limit: Limit) -> Self {
        sheet.skip(plan.shape.skip());
        let mut warnings = Warnings::default();
        say_what_was_assumed(plan, &mut warnings);
        Self {
            sheet,
            plan,
            intake,
            left: limit,
            seen: 0,
            warnings,
        }
    }

    pub fn delimiter(&self) -> u8 {
        self.sheet.delimiter
    }

    /// What was noticed about the table as such.
    pub fn warnings(&self) -> &Warnings {
        &self.warnings
    }

    /// The next row; nothing at the end, or where the limit is reached.
    pub fn next(&mut self, record: &mut Record) -> Result<Option<Row>, ImportError> {
        loop {
            if self.left == Some(0) {
                return Ok(None);
            }
            self.seen += 1;
            if self.seen.is_multiple_of(4_096) {
                self.intake.progress.check()?;
            }
            match self
                .sheet
                .next(record)
                .map_err(|e| self.intake.read_failed(e))?
            {
                Next::End => return Ok(None),
                Next::GivenUp { line, too_long } => {
                    if too_long {
                        let example = self.intake.example(line, "", "");
                        self.warnings.add_at(
                            WarningKind::RecordTooLong,
                            "a record of more than 1 MiB was skipped",
                            example,
                        );
                    }
                    self.count();
                    return Ok(Some(Row::Bad {
                        line,
                        reason: given_up_reason(too_long),
                        text: String::new(),
                    }));
                }
                Next::Record => {}
            }
            if self.repeats_the_header(record) {
                self.add(
                    WarningKind::RepeatedHeader,
                    "the header stands again in the middle of the table",
                    record,
                );
                continue;
            }
            self.count();
            return Ok(Some(self.checked(record)));
        }
    }

    fn count(&mut self) {
        self.left = self.left.map(|left| left.saturating_sub(1));
    }

    fn checked(&mut self, record: &Record) -> Row {
        let delimiter = self.sheet.delimiter;
        let bad = |reason| Row::Bad {
            line: record.line,
            reason,
            text: record.shown(delimiter),
        };
        if !record.is_utf8() {
            self.add(
                WarningKind::EncodingAssumed,
                "text that is not UTF-8 was read as Windows-1252",
                record,
            );
        }
        let width = self.plan.shape.width;
        if record.len() < width && record.unterminated {
            let row = bad("the file ends inside the row");
            self.add(
                WarningKind::TruncatedLastRow,
                "the last row is cut off",
                record,
            );
            return row;
        }
        if record.unterminated {
            self.add(
                WarningKind::TruncatedLastRow,
                "the last row has no line end; it is counted, but its last cell may be cut off",
                record,
            );
        }
        // An empty cell too many is a delimiter at the end of the row.
        let is_too_long = (width..record.len()).any(|i| !record.cell(i).is_empty());
        if is_too_long {
            return bad("more cells than the table has columns");
        }
        Row::Record
    }

    fn repeats_the_header(&self, record: &Record) -> bool {
        let Some(header) = &self.plan.shape.header else {
            return false;
        };
        let names = header.iter().filter(|h| !h.is_empty()).count();
        names > 1
            && record.len() <= header.len()
            && header.iter().enumerate().all(|(column, name)| {
                record.cell(column).trim_start_matches(['#', ' ']) == name.as_str()
            })
    }

    fn add(&mut self, kind: WarningKind, message: &str, record: &Record) {
        let text = record.shown(self.sheet.delimiter);
        let example = self.intake.example(record.line, "", &text);
        self.warnings.add_at(kind, message, example);
    }
}

fn say_what_was_assumed(plan: &Plan, warnings: &mut Warnings) {
    let ambiguous = [Some(&plan.time), plan.end.as_ref()]
        .into_iter()
        .flatten()
        .find(|times| times.ambiguous);
    if let Some(times) = ambiguous {
        let (order, name) = if times.reader == TimeReader::Form(TimeForm::DayFirst) {
            ("day/month/year", "month_first")
        } else {
            ("month/day/year", "day_first")
        };
        warnings.add(
            WarningKind::Assumed,
            format!("dates were read as {order}; say format: {name} in a mapping if that is wrong"),
        );
    }
    if plan.decimal_unclear {
        let text = match plan.decimal {
            Decimal::Comma => {
                "1,234 was read as one and a bit, because cells are separated by semicolons"
            }
            Decimal::Point => "1,234 was read as one thousand two hundred and thirty-four",
        };
        warnings.add(WarningKind::Assumed, text);
    }
    if plan.shape.above > 0 {
        warnings.add_counted(
            WarningKind::Note,
            "lines above the table were passed over",
            plan.shape.above as u64,
            None,
        );
    }
}

/// What a table without any row is.
pub(super) fn nothing(plan: &Plan) -> &'static str {
    match (plan.kind, plan.shape.header.is_some()) {
        (_, true) => "the table has a header but no rows; export it again",
        (_, false) => "the table has no rows; export it again",
    }
}

/// The clause for a table of which nothing could be used.
pub(super) fn none_usable(rejects: &crate::import::Rejects, kind: Kind) -> Option<(String, u64)> {
    let first = rejects.kept.first()?;
    let column = if first.column.is_empty() {
        String::new()
    } else {
        format!("{}: ", first.column)
    };
    let what = match kind {
        Kind::Outages => "correct the table or the mapping",
        _ => "correct the mapping",
    };
    Some((
        format!(
            "none of its {} rows could be read (line {}: {column}{}); {what}",
            crate::units::count(rejects.count),
            first.line,
            first.reason
        ),
        first.line,
    ))
}
