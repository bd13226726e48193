//! oha's CSV (`oha --output-format csv`): one line a response, sorted by start, with offsets instead of times.
//!
//! The columns: `src/printer.rs` of hatoo/oha.

use super::builder::RunTraits;
use super::seconds_csv::{self, Layout};
use crate::dataset::Tool;
use crate::import::format::{Family, Format, Seen, Stream};
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::WarningKind;

/// oha's CSV.
pub static FORMAT: Format = Format {
    id: "oha-csv",
    title: "oha results (CSV)",
    family: Family::LoadTest,
    recognised_by: "the header request-start,DNS,DNS+dialup,Response-delay,request-duration,bytes,status",
    traps: &[
        "Seconds, with up to nine decimals.",
        "Starts count from the beginning of the run and there is no date: the run is placed by the time of its file.",
        "Only requests that got a response are in the file: transport errors stand in oha's JSON.",
        "oha calls every response a success, also one with status 500; here 400 and above failed.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

const HEADER: &str = "request-start,DNS,DNS+dialup,Response-delay,request-duration,bytes,status";

fn recognise(head: &Head<'_>) -> Seen {
    (head.first_line().trim_end() == HEADER).into()
}

fn read(stream: Stream, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let traits = RunTraits {
        tool: Tool::Oha,
        tick_ns: 1,
        closed_loop: true,
        counts_only: false,
    };
    let layout = Layout {
        columns: 7,
        first: "request-start",
        start: 0,
        duration: 4,
        status: 6,
        bytes: Some(5),
        last_decimals: None,
    };
    seconds_csv::read(stream, intake, traits, &layout, |_, builder| {
        builder.warnings.add(
            WarningKind::Assumed,
            "oha leaves requests that got no response out of this file: they are not counted, and the error rate may be \
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

    #[test]
    fn seconds_become_nanoseconds() {
        let options = ImportOptions {
            imported_at: Some(Instant::from_secs(1_795_225_200)),
            ..ImportOptions::default()
        };
        let progress = Progress::default();
        let intake = Intake::new(Path::new("no/such/file"), &options, &progress);
        let text = format!(
            "{HEADER}\n0.000125,0,0.000321,0.0021,0.002345678,231,200\n\
             0.5,0,0,0.001,0.25,12,503\n0.6,0,0,0.001,0.004,231,200\n0.7,0,0,0.001,0.003,231,2"
        );
        let stream = Box::new(std::io::Cursor::new(text.into_bytes()));
        let imported = read(stream, &intake).unwrap();
        let info = imported.source.info;
        assert_eq!(info.rows, 3);
        assert_eq!(info.warnings.count_of(WarningKind::TruncatedLastRow), 1);
        let run = imported.source.run.unwrap();
        // oha: index floor(0.5 · 3) = 1.
        let figures = &run.tool_figures[0].percentiles_ms;
        assert_eq!((figures[0], figures[3]), ((500_000, 4.0), (990_000, 250.0)));
        let received: i64 = run
            .counters
            .column("received")
            .unwrap()
            .i64()
            .unwrap()
            .into_no_null_iter()
            .sum();
        assert_eq!(received, 474);
    }
}
