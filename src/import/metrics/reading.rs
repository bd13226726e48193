//! What readers of metric files have in common: the series so far, the rows that could not be read, and the source at
//! the end.

use super::settle::Gathered;
use crate::dataset::{Source, SourceInfo};
use crate::import::lines::TextLine;
use crate::import::rejects::Reject;
use crate::import::{ImportError, Imported, Intake, Rejects};
use crate::warning::{WarningKind, Warnings};

/// More series than this in one file are not told apart.
pub const MAX_SERIES: usize = 10_000;

/// A metric file while it is being read.
#[derive(Debug)]
pub struct Reading<'a> {
    /// Which file, and how.
    pub intake: &'a Intake<'a>,
    /// Its series.
    pub gathered: Gathered,
    /// What was noticed.
    pub warnings: Warnings,
    /// What could not be read.
    pub rejects: Rejects,
    /// Records that gave something.
    pub rows: u64,
    /// Those of them whose time carries no zone.
    pub without_zone: u64,
}

impl<'a> Reading<'a> {
    /// Nothing read yet.
    pub fn new(intake: &'a Intake<'a>) -> Self {
        let mut gathered = Gathered::new(intake.options.range);
        gathered.still_is_level = true;
        Self {
            intake,
            gathered,
            warnings: Warnings::default(),
            rejects: Rejects::default(),
            rows: 0,
            without_zone: 0,
        }
    }

    /// One record was read; from time to time, whether reading is to stop.
    pub fn row(&mut self, zoned: bool) -> Result<(), ImportError> {
        self.rows += 1;
        self.without_zone += u64::from(!zoned);
        if self.rows.is_multiple_of(4_096) {
            self.intake.progress.check()?;
        }
        Ok(())
    }

    /// A record that could not be read.
    pub fn reject(&mut self, line: u64, column: &str, reason: &str, text: &str) {
        self.warnings.add_at(
            WarningKind::RejectedRow,
            format!("rows that could not be read: {reason}"),
            self.intake.example(line, column, text),
        );
        self.keep(line, column, reason, text);
    }

    /// A record that the file ends inside of.
    pub fn cut_off(&mut self, line: u64, text: &str) {
        self.warnings.add_at(
            WarningKind::TruncatedLastRow,
            "the last row has no line end, so it may be cut off; it was left out",
            self.intake.example(line, "", text),
        );
        self.keep(line, "", "the file ends inside the row", text);
    }

    /// Handles a line that no reader should look at: too long, or the last one without its end. False for all others.
    pub fn passes_over(&mut self, line: &TextLine<'_>) -> bool {
        if line.too_long {
            self.warnings.add_at(
                WarningKind::RecordTooLong,
                "lines longer than 1 MiB were left out",
                self.intake.example(line.number, "", &line.text),
            );
            self.keep(line.number, "", "longer than 1 MiB", &line.text);
        } else if !line.ended && !line.text.trim().is_empty() {
            self.cut_off(line.number, &line.text);
        } else {
            return line.text.trim().is_empty();
        }
        true
    }

    fn keep(&mut self, line: u64, column: &str, reason: &str, text: &str) {
        self.rejects.add(Reject {
            line,
            column: column.to_owned(),
            reason: reason.to_owned(),
            text: text.chars().take(1_000).collect(),
        });
    }

    /// Whether one more series may be told apart; says so where it may not.
    pub fn has_room(&mut self) -> bool {
        let room = self.gathered.len() < MAX_SERIES;
        if !room {
            self.warnings.add(
                WarningKind::TooManyLabels,
                format!("more than {MAX_SERIES} series; values of further ones were left out"),
            );
        }
        room
    }

    /// The source, once everything is read.
    pub fn finish(self) -> Result<Imported, ImportError> {
        let intake = self.intake;
        if self.rows == 0 {
            let first = self.rejects.kept.first();
            return Err(match first {
                Some(first) => intake.unusable(
                    format!(
                        "none of its {} rows could be read (line {}: {}); export it again",
                        self.rejects.count, first.line, first.reason
                    ),
                    Some(first.line),
                ),
                None => intake.unusable("it holds no values; export it again", None),
            });
        }
        source_of(
            intake,
            self.gathered,
            (self.rows, self.without_zone),
            self.warnings,
            self.rejects,
            "nothing inside the time range has a usable number; widen the range or export it again",
        )
    }
}

/// The source that series make, once everything is read. `rows` says how many records gave something, and how many of
/// them have a time without a zone; `nothing` is the error where no series is left.
pub fn source_of(
    intake: &Intake<'_>,
    gathered: Gathered,
    (rows, without_zone): (u64, u64),
    mut warnings: Warnings,
    rejects: Rejects,
    nothing: &str,
) -> Result<Imported, ImportError> {
    let zone = intake.assumed_zone(without_zone, &mut warnings);
    let span = gathered.span();
    let table = gathered.settle(&mut warnings)?;
    if table.series.is_empty() {
        return Err(intake.unusable(nothing, None));
    }
    let info = SourceInfo {
        rows,
        rejected: rejects.count,
        first: span.map(|(first, _)| first),
        last: span.map(|(_, last)| last),
        zone,
        warnings,
        ..SourceInfo::default()
    };
    Ok(Imported {
        source: Source {
            info,
            metrics: Some(table),
            ..Source::default()
        },
        rejects,
    })
}
