//! Locust's `_failures.csv` and `_exceptions.csv`: what went wrong, and how often.

use std::io::Read;

use super::locust_rows::{Rows, figure, tail_missing, whole};
use super::summarised::summarised;
use crate::calendar::{Instant, TimeRange};
use crate::dataset::{SummaryLine, Tool, ToolSummary};
use crate::import::format::{Family, Format};
use crate::import::table::records::Record;
use crate::import::table::times::is_plausible;
use crate::import::{ImportError, Imported, Intake};
use crate::units;
use crate::warning::{WarningKind, Warnings};

/// Locust's failures.
pub static FAILURES: Format = Format {
    id: "locust-failures",
    title: "Locust failures (_failures.csv)",
    family: Family::LoadTest,
    recognised_by: "a header with Method, Name, Error and Occurrences",
    traps: &[
        "Only errors and how often they came: how many requests there were is in _stats.csv or --json.",
        "The file lacks the end of the run.",
        "A file with a header only belongs to a run without failures and holds nothing to import.",
    ],
    recognise: |head| {
        head.header_with(&["Method", "Name", "Error", "Occurrences"])
            .is_some()
            .into()
    },
    read: |stream, intake| read_failures(stream, intake),
};

/// Locust's exceptions.
pub static EXCEPTIONS: Format = Format {
    id: "locust-exceptions",
    title: "Locust exceptions (_exceptions.csv)",
    family: Family::LoadTest,
    recognised_by: "a header with Count, Message, Traceback and Nodes",
    traps: &[
        "Exceptions of the test's own code, not failed requests: they are in no error rate.",
        "Messages and tracebacks are quoted and run over many lines.",
    ],
    recognise: |head| {
        head.header_with(&["Count", "Message", "Traceback", "Nodes"])
            .is_some()
            .into()
    },
    read: |stream, intake| read_exceptions(stream, intake),
};

/// Different errors that are kept.
const MAX_ERRORS: usize = 10_000;
/// Characters of an error that are kept.
const MAX_TEXT: usize = 1_000;

fn read_failures(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let mut list = List::default();
    let mut rows = Rows::open(reader, intake)?;
    let (error, count) = (
        rows.columns.find(&["error"]),
        rows.columns.find(&["occurrences"]),
    );
    let seen = [
        rows.columns.find(&["first seen"]),
        rows.columns.find(&["last seen"]),
    ];
    let mut record = Record::default();
    let cell = |record: &Record, column: Option<usize>| {
        column.map_or_else(String::new, |i| record.cell(i).into_owned())
    };
    while rows.next(&mut record)? {
        let Some(times) = whole(figure(&cell(&record, count))) else {
            rows.reject_record(&record, "Occurrences is not a number");
            continue;
        };
        let text = format!(
            "{} {}: {}",
            rows.columns.method(&record),
            rows.columns.name(&record),
            cell(&record, error)
        );
        list.add(&text, times, &mut rows.warnings);
        for column in seen {
            let at = cell(&record, column).parse::<jiff::Timestamp>().ok();
            let at = at.map(|t| Instant(t.as_microsecond()));
            list.see(at.filter(|at| is_plausible(*at)));
        }
    }
    list.finish(
        intake,
        rows,
        "it lists no failures: the run had none; its figures are in _stats.csv",
    )
}

fn read_exceptions(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let mut list = List::default();
    let mut rows = Rows::open(reader, intake)?;
    let (count, message) = (
        rows.columns.find(&["count"]),
        rows.columns.find(&["message"]),
    );
    let mut record = Record::default();
    while rows.next(&mut record)? {
        let times = count.and_then(|i| whole(figure(&record.cell(i))));
        let Some(times) = times else {
            rows.reject_record(&record, "Count is not a number");
            continue;
        };
        let text = message.map_or_else(String::new, |i| record.cell(i).into_owned());
        list.add(&text, times, &mut rows.warnings);
    }
    if !list.errors.is_empty() {
        rows.warnings.add(
            WarningKind::Note,
            "these are exceptions of the test's own code, not failed requests",
        );
    }
    list.finish(
        intake,
        rows,
        "it lists no exceptions: the test's code raised none; the figures of the run are in _stats.csv",
    )
}

#[derive(Default)]
struct List {
    errors: Vec<(String, u64)>,
    span: Option<TimeRange>,
}

impl List {
    fn add(&mut self, text: &str, times: u64, warnings: &mut Warnings) {
        let words: Vec<&str> = text.split_whitespace().collect();
        let text: String = words.join(" ").chars().take(MAX_TEXT).collect();
        if self.errors.len() < MAX_ERRORS {
            self.errors.push((text, times));
        } else {
            warnings.add(
                WarningKind::NotRead,
                "only the first 10,000 different errors are kept",
            );
        }
    }

    fn see(&mut self, at: Option<Instant>) {
        let Some(at) = at else { return };
        let point = TimeRange { start: at, end: at };
        self.span = Some(self.span.map_or(point, |span| span.union(point)));
    }

    fn finish<R: Read>(
        self,
        intake: &Intake<'_>,
        rows: Rows<'_, R>,
        nothing: &str,
    ) -> Result<Imported, ImportError> {
        if self.errors.is_empty() {
            let cut = rows.warnings.count_of(WarningKind::TruncatedLastRow) > 0;
            let what = match rows.rejects.kept.first() {
                Some(first) => format!(
                    "none of its {} rows can be read (line {}: {}); export it again",
                    units::count(rows.rejects.count),
                    first.line,
                    first.reason
                ),
                None if cut => "its only row is cut off; copy the file again".to_owned(),
                None => nothing.to_owned(),
            };
            return Err(intake.unusable(what, None));
        }
        let count = self
            .errors
            .iter()
            .fold(0_u64, |sum, (_, times)| sum.saturating_add(*times));
        let kinds = rows.read;
        let mut warnings = rows.warnings;
        tail_missing(&mut warnings);
        let summary = ToolSummary {
            tool: Tool::Locust,
            percentile_rule: "not in this file".to_owned(),
            total: SummaryLine {
                label: "Total".to_owned(),
                errors: Some(count),
                ..SummaryLine::default()
            },
            errors: self.errors,
            closed_loop: true,
            ..ToolSummary::default()
        };
        let mut imported = summarised(intake, summary, self.span, warnings)?;
        imported.source.info.rows = kinds;
        imported.source.info.rejected = rows.rejects.count;
        imported.rejects = rows.rejects;
        Ok(imported)
    }
}
