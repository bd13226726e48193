//! hey's CSV (`hey -o csv`): one line a response, in order of completion, with offsets instead of times.
//!
//! The columns and what is left out: `requester/print.go` and `requester/report.go` of rakyll/hey.

use super::builder::RunTraits;
use super::seconds_csv::{self, Layout};
use crate::dataset::Tool;
use crate::import::format::{Family, Format, Seen, Stream};
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::WarningKind;

/// hey's CSV.
pub static FORMAT: Format = Format {
    id: "hey-csv",
    title: "hey results (CSV)",
    family: Family::LoadTest,
    recognised_by: "the header response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read,status-code,offset",
    traps: &[
        "Seconds with four decimals: durations are known to 0.1 ms.",
        "Offsets count from the start of the run and there is no date: the run is placed by the time of its file.",
        "Requests that got no response are not in the file, and only the first 1,000,000 results are.",
        "hey does not call a status of 400 or above an error; here it is one.",
        "hey prints a percentile only where a request stands at it: below 100 requests some are missing from its text.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

const HEADER: &str =
    "response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read,status-code,offset";
/// hey keeps no more results than this (`maxRes`).
const MOST: u64 = 1_000_000;

fn recognise(head: &Head<'_>) -> Seen {
    let line = head.first_line().trim_end();
    if line == HEADER {
        return Seen::Yes;
    }
    if line == "response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read" {
        return Seen::Refused(
            "it is the CSV of an old hey, without the offset of each request; run a newer hey (0.1.2 or later)"
                .to_owned(),
        );
    }
    Seen::No
}

fn read(stream: Stream, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let traits = RunTraits {
        tool: Tool::Hey,
        tick_ns: 100_000,
        closed_loop: true,
        counts_only: false,
    };
    let layout = Layout {
        columns: 8,
        first: "response-time",
        start: 7,
        duration: 0,
        status: 6,
        bytes: None,
        last_decimals: Some(4),
    };
    seconds_csv::read(stream, intake, traits, &layout, |read, builder| {
        if read.requests + builder.rejected() == MOST {
            builder.warnings.add(
                WarningKind::TailMissing,
                "hey keeps the first 1,000,000 results only, and exactly so many are here: the rest of the run is missing",
            );
        }
        builder.warnings.add(
            WarningKind::Assumed,
            "hey leaves requests that got no response out of this file: they are not counted, and the error rate may be \
             too low; a status of 400 or above counts as failed",
        );
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::calendar::Instant;
    use crate::import::ImportOptions;
    use crate::progress::Progress;

    fn import(rows: &str, imported_at: Option<Instant>) -> Result<Imported, String> {
        let options = ImportOptions {
            imported_at,
            ..ImportOptions::default()
        };
        let progress = Progress::default();
        let intake = Intake::new(Path::new("no/such/file"), &options, &progress);
        let stream = Box::new(std::io::Cursor::new(
            format!("\n{HEADER}\n{rows}").into_bytes(),
        ));
        read(stream, &intake).map_err(|e| e.to_string())
    }

    const NOW: Option<Instant> = Some(Instant::from_secs(1_795_225_200));

    #[test]
    fn offsets_give_the_order_of_starts() {
        let imported = import(
            "0.0181,0.0002,0.0000,0.0001,0.0175,0.0003,200,0.0016\n\
             2.5000,0.0000,0.0000,0.0000,0.0235,0.0001,500,7.0013\n\
             0.0236,0.0000,0.0000,0.0000,0.0235,0.0001,200,0.0013\n",
            NOW,
        )
        .unwrap();
        let info = &imported.source.info;
        // 9.5013 s before the import, at a whole second.
        assert_eq!(info.first, Some(Instant(1_795_225_190_001_300)));
        assert_eq!(info.last, Some(Instant(1_795_225_199_501_300)));
        let run = imported.source.run.unwrap();
        assert_eq!((run.tick_ns, info.rows), (100_000, 3));
        // hey: the first i with floor(100 i / 3) >= 50 is 2.
        assert_eq!(run.tool_figures[0].percentiles_ms[0], (500_000, 2_500.0));
        assert_eq!(info.warnings.count_of(WarningKind::Assumed), 2);
        assert_eq!(info.warnings.count_of(WarningKind::CoordinatedOmission), 1);
    }

    #[test]
    fn rows_that_cannot_be_read_are_rejected() {
        let good = "0.0181,0,0,0,0,0,200,0.0016\n";
        for bad in [
            "-0.0181,0,0,0,0,0,200,0.0016",
            "0.0181,0,0,0,0,0,20,0.0016",
            "0.0181,0,0,0,0,0,200,NaN",
            "0.0181,0,0,0,0,0,200",
            "0.0181,0,0,0,0,0,99999,0.1",
        ] {
            let imported = import(&format!("{bad}\n{good}"), NOW).unwrap();
            assert_eq!(
                (imported.rejects.count, imported.source.info.rows),
                (1, 1),
                "{bad}"
            );
            assert!(import(&format!("{bad}\n"), NOW).is_err());
        }
    }

    #[test]
    fn a_cut_last_row_is_left_out_with_a_word() {
        let row = "0.0181,0,0,0,0,0,200,0.0016\n";
        for (last, rows) in [
            ("0.0181,0,0,0,0,0,200,0.00", 1),
            ("0.0181,0,0,0,0,0,200,0.0017", 2),
        ] {
            let imported = import(&format!("{row}{last}"), NOW).unwrap();
            let info = imported.source.info;
            assert_eq!(info.rows, rows);
            assert_eq!(info.warnings.count_of(WarningKind::TruncatedLastRow), 1);
        }
    }

    #[test]
    fn without_any_time_there_is_no_place() {
        let error = import("0.0181,0,0,0,0,0,200,0.0016\n", None).unwrap_err();
        assert!(error.contains("no date"), "{error}");
    }
}
