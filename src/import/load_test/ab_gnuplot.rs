//! ApacheBench's measurements for gnuplot (`ab -g`): one line a request, sorted by how long it took.

use super::builder::{Request, RunBuilder, RunTraits};
use super::fields::digits;
use crate::dataset::Tool;
use crate::import::format::{Family, Format, Seen, Stream};
use crate::import::table::records::{Next, Record, Records, given_up_reason};
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::WarningKind;

/// ApacheBench's measurements.
pub static FORMAT: Format = Format {
    id: "ab-gnuplot",
    title: "ApacheBench measurements (ab -g)",
    family: Family::LoadTest,
    recognised_by: "the header starttime, seconds, ctime, dtime, ttime, wait, separated by tabs",
    traps: &[
        "Rows are sorted by duration, not by time: a file that is cut off lacks the slowest requests.",
        "It holds no status codes: failures stand only in ab's text, and none are counted from this file.",
        "Starts are whole seconds (of the column seconds, which needs no zone): rates within a run are coarse.",
        "ttime is rounded to milliseconds; connecting (ctime) is part of it.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

const COLUMNS: [&str; 6] = ["starttime", "seconds", "ctime", "dtime", "ttime", "wait"];

fn recognise(head: &Head<'_>) -> Seen {
    let line = head.first_line();
    line.split('\t').map(str::trim).eq(COLUMNS).into()
}

fn read(stream: Stream, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let mut builder = RunBuilder::new(
        intake,
        RunTraits {
            tool: Tool::ApacheBench,
            tick_ns: 1_000_000,
            closed_loop: true,
            counts_only: false,
        },
    );
    let mut records = Records::new(stream, b'\t', 1);
    let mut record = Record::default();
    loop {
        match records
            .next(&mut record)
            .map_err(|e| intake.read_failed(e))?
        {
            Next::End => break,
            Next::GivenUp { line, too_long } => {
                builder.reject(line, "", given_up_reason(too_long), "");
            }
            // The header, also where files were joined.
            Next::Record if record.cell(0).trim_start_matches('\u{feff}') == "starttime" => {}
            Next::Record => {
                if record.unterminated {
                    builder.warnings.add_at(
                        WarningKind::TruncatedLastRow,
                        "the last row has no line end: the file is cut off, and as it is sorted by duration, it lacks \
                         the slowest requests",
                        intake.example(record.line, "", &record.shown(b'\t')),
                    );
                    // Every field but the last is known to be whole.
                    if record.len() < COLUMNS.len() {
                        continue;
                    }
                }
                if let Err((column, reason)) = add(&record, &mut builder) {
                    builder.reject(record.line, column, reason, &record.shown(b'\t'));
                }
            }
        }
        if (builder.rows() + builder.rejected()).is_multiple_of(8_192) {
            intake.progress.check()?;
        }
    }
    builder.warnings.add(
        WarningKind::Assumed,
        "the file holds no status codes: failures are not known, and all requests count as successful; ab's text says \
         \"Failed requests\" and \"Non-2xx responses\"",
    );
    builder.warnings.add(
        WarningKind::Approximate,
        "starts are whole seconds: rates and the length of the run are up to a second off ab's own",
    );
    builder.outcomes_unknown = true;
    builder.finish("there is a header, but no request under it; run the test again")
}

fn add(record: &Record, builder: &mut RunBuilder<'_>) -> Result<(), (&'static str, &'static str)> {
    if record.len() != COLUMNS.len() {
        return Err(("", "it has not six columns"));
    }
    let field = |index| record.bytes(index).unwrap_or_default().trim_ascii();
    let secs = digits(field(1)).ok_or(("seconds", "not a whole number of seconds"))?;
    let ms = digits(field(4)).ok_or(("ttime", "not a whole number of milliseconds"))?;
    builder
        .add(&Request {
            start_micros: secs.saturating_mul(1_000_000),
            duration_ns: ms.saturating_mul(1_000_000),
            label: b"requests",
            ..Request::default()
        })
        .map_err(|reason| ("", reason))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::import::ImportOptions;
    use crate::progress::Progress;

    const HEADER: &str = "starttime\tseconds\tctime\tdtime\tttime\twait\n";

    fn import(rows: &str) -> Result<Imported, String> {
        let options = ImportOptions::default();
        let progress = Progress::default();
        let intake = Intake::new(Path::new("x"), &options, &progress);
        let text = format!("{HEADER}{rows}");
        let stream = Box::new(std::io::Cursor::new(text.into_bytes()));
        read(stream, &intake).map_err(|e| e.to_string())
    }

    #[test]
    fn seconds_need_no_zone() {
        let imported = import(
            "Tue Mar 01 13:13:25 2016\t1456827205\t115\t117\t232\t117\n\
             Tue Mar 01 13:13:24 2016\t1456827204\t117\t117\t234\t116\n",
        )
        .unwrap();
        let info = &imported.source.info;
        assert_eq!(info.first.unwrap().secs(), 1_456_827_204);
        assert_eq!((info.rows, &info.zone), (2, &None));
        assert_eq!(info.warnings.count_of(WarningKind::Assumed), 1);
        assert_eq!(info.warnings.count_of(WarningKind::TruncatedLastRow), 0);
        let run = imported.source.run.unwrap();
        assert!(run.outcomes_unknown);
        assert_eq!(run.tool_figures[0].percentiles_ms[0], (500_000, 234.0));
    }

    #[test]
    fn odd_rows_are_rejected_and_a_cut_is_seen() {
        let imported = import(
            "x\t1456827205\t1\t1\t20\t1\nx\t1456827205\t1\t1\t-3\t1\nx\t1\nx\t1456827205\t1\t1\t21",
        )
        .unwrap();
        assert_eq!((imported.source.info.rows, imported.rejects.count), (1, 2));
        let warnings = imported.source.info.warnings;
        assert_eq!(warnings.count_of(WarningKind::TruncatedLastRow), 1);
        assert!(import("").unwrap_err().contains("no request"));
    }
}
