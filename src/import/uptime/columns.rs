//! Tables of monitoring services: columns by their names, rows one after another, and what happens to a row that does
//! not hold what it should.

use std::io::Read;

use super::collect::Collected;
use crate::calendar::{Instant, Zone};
use crate::import::table::records::{Next, Record, given_up_reason};
use crate::import::table::sheet::Sheet;
use crate::import::table::times::{Found, TimeForm};
use crate::import::{Head, ImportError, Intake};
use crate::warning::WarningKind;

/// Why a row cannot be used: the column to blame, and what is wrong.
pub(super) type Unusable = (&'static str, &'static str);

/// The names of columns, as they are compared: lower case, `_` for anything between words.
pub(super) fn names_of(header: &Record) -> Vec<String> {
    header.cells().map(|cell| plain(&cell)).collect()
}

/// A name as it is compared.
pub(super) fn plain(name: &str) -> String {
    name.trim_matches(|c: char| c == '#' || c == '"' || c.is_whitespace())
        .to_lowercase()
        .replace([' ', '-'], "_")
}

/// Where the first of these names stands.
pub(super) fn column(names: &[String], wanted: &[&str]) -> Option<usize> {
    wanted
        .iter()
        .find_map(|w| names.iter().position(|name| name == w))
}

/// The header and the first rows of a file that may be a table.
pub(super) fn head_of(head: &Head<'_>) -> Option<(Vec<String>, Vec<Record>)> {
    let first = head.text.chars().next()?;
    if matches!(first, '{' | '[' | '<') {
        return None;
    }
    let sheet = Sheet::of_head(head.text.as_bytes()).ok()?;
    let mut sample = sheet.sample();
    let names = names_of(sample.next()?);
    Some((names, sample.take(50).cloned().collect()))
}

/// A table with its header.
pub(super) struct Columns<R> {
    sheet: Sheet<R>,
    /// The names of its columns.
    pub names: Vec<String>,
}

impl<R: Read> Columns<R> {
    /// Reads the header.
    pub(super) fn open(reader: R, intake: &Intake<'_>) -> Result<Self, ImportError> {
        let mut sheet = Sheet::of_file(reader, intake)?;
        let names = sheet.sample().next().map(names_of).unwrap_or_default();
        sheet.skip(1);
        Ok(Self { sheet, names })
    }

    /// Where the first of these names stands; an error that names it where there is none.
    pub(super) fn needs(&self, wanted: &[&str], intake: &Intake<'_>) -> Result<usize, ImportError> {
        column(&self.names, wanted).ok_or_else(|| {
            let name = wanted.first().copied().unwrap_or_default();
            intake.unusable(
                format!("the table has no column {name}; export it with all its columns"),
                Some(1),
            )
        })
    }

    /// Where the first of these names stands.
    pub(super) fn finds(&self, wanted: &[&str]) -> Option<usize> {
        column(&self.names, wanted)
    }

    /// How the times of a column are written.
    pub(super) fn times(
        &self,
        at: usize,
        collected: &mut Collected<'_>,
    ) -> Result<Times, ImportError> {
        let cells: Vec<String> = self
            .sheet
            .sample()
            .map(|record| record.cell(at).into_owned())
            .collect();
        if cells.is_empty() {
            return Err(collected.intake().unusable(
                "the table has a header but no rows; export it again",
                Some(1),
            ));
        }
        let found = TimeForm::of_column(cells.iter().map(String::as_str)).ok_or_else(|| {
            collected.intake().unusable(
                "the column of times holds none; write them as 2026-06-14T10:00:00Z",
                None,
            )
        })?;
        if found.ambiguous {
            let order = if found.form == TimeForm::DayFirst {
                "day/month"
            } else {
                "month/day"
            };
            collected.warnings.add(
                WarningKind::Assumed,
                format!("dates were read as {order}/year"),
            );
        }
        let zone = collected.intake().options.source_zone.clone();
        Ok(Times { at, found, zone })
    }

    /// Hands every row to `take`. Rows that it refuses are rejected; a last one that is cut off is left out and said.
    pub(super) fn each(
        mut self,
        collected: &mut Collected<'_>,
        mut take: impl FnMut(&Record, &mut Collected<'_>) -> Result<(), Unusable>,
    ) -> Result<(), ImportError> {
        let intake = collected.intake();
        let delimiter = self.sheet.delimiter;
        let mut record = Record::default();
        loop {
            match self
                .sheet
                .next(&mut record)
                .map_err(|e| intake.read_failed(e))?
            {
                Next::End => return Ok(()),
                Next::GivenUp { line, too_long } => {
                    collected.reject(line, "", given_up_reason(too_long), "");
                }
                Next::Record => {
                    intake.progress.check()?;
                    if names_of(&record) == self.names {
                        collected.warnings.add(
                            WarningKind::RepeatedHeader,
                            "the header stands again in the middle of the table",
                        );
                        continue;
                    }
                    let cut = record.unterminated && record.len() < self.names.len();
                    if record.unterminated && !cut {
                        collected.warnings.add(
                            WarningKind::TruncatedLastRow,
                            "the last row has no line end; its last cell may be cut off",
                        );
                    }
                    let outcome = if cut {
                        Err(("", ""))
                    } else {
                        take(&record, collected)
                    };
                    if let Err((name, reason)) = outcome {
                        let text = record.shown(delimiter);
                        if record.unterminated {
                            collected.warnings.add_at(
                                WarningKind::TruncatedLastRow,
                                "the last row is cut off in the middle and is left out",
                                intake.example(record.line, name, &text),
                            );
                        } else {
                            collected.reject(record.line, name, reason, &text);
                        }
                    }
                }
            }
        }
    }
}

/// How the times of a column are read.
pub(super) struct Times {
    at: usize,
    found: Found,
    zone: Zone,
}

impl Times {
    /// Times without a zone are in UTC by definition of the format.
    pub(super) fn in_utc(mut self) -> Self {
        self.zone = Zone::utc();
        self
    }

    /// The time of a row, and whether it carried its own zone.
    pub(super) fn read(&self, record: &Record) -> Option<(Instant, bool)> {
        self.found.form.read(&record.cell(self.at), &self.zone)
    }
}
