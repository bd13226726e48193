//! CSV reports of Kibana: a saved search or the table behind a visualisation, with numbers and dates as Kibana shows
//! them.
//!
//! Kibana documentation, "Reporting: CSV settings" (`xpack.reporting.csv.*`).

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::import::format::{Family, Format, Seen};
use crate::import::table::formatted::{self, Peculiar, Plan};
use crate::import::table::metric_csv;
use crate::import::table::sheet::Sheet;
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::WarningKind;

/// CSV out of Kibana.
pub static FORMAT: Format = Format {
    id: "kibana-csv",
    title: "Kibana (CSV)",
    family: Family::Metrics,
    recognised_by: "a column that starts with @timestamp, or dates such as Jan 1, 2020 @ 12:00:00.000",
    traps: &[
        "Dates are in the time zone of Kibana's settings, which the file does not say: --source-tz.",
        "Numbers are written as 1,234 and cells that look like formulas carry an apostrophe.",
        "Reports end without a word at xpack.reporting.csv.maxSizeBytes (10 MB in old versions, 250 MB now).",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

const PECULIAR: Peculiar = Peculiar {
    drops: |header| matches!(header, "_id" | "_index" | "_score" | "_type" | "_ignored"),
    defused: true,
};

/// Sizes at which reports are cut off, in bytes.
const LIMITS: [u64; 2] = [10 << 20, 250 << 20];

fn recognise(head: &Head<'_>) -> Seen {
    let Ok(sheet) = Sheet::of_head(head.text.as_bytes()) else {
        return Seen::No;
    };
    let plan = Plan::of(sheet.sample(), PECULIAR);
    let by_header = plan.header.iter().any(|h| h.starts_with("@timestamp"));
    let dated = |cell: &str| cell.contains(" @ ") && cell.contains(':') && cell.contains(", ");
    let by_dates = sheet
        .sample()
        .skip(1)
        .take(3)
        .any(|record| record.cells().any(|c| dated(&c)));
    if !(by_header || by_dates) {
        return Seen::No;
    }
    let values = (0..plan.header.len()).any(|c| plan.is_value(c));
    if values {
        Seen::Yes
    } else if metric_csv::recognises(head.text.as_bytes()).is_err() {
        Seen::Refused(
            "it is a report of Kibana without any column of numbers; export the table behind a visualisation, with a count or an average per time"
                .to_owned(),
        )
    } else {
        Seen::No
    }
}

/// Reads one file from a stream.
pub fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let bytes = Arc::new(AtomicU64::new(0));
    let counted = Counted {
        reader,
        bytes: Arc::clone(&bytes),
    };
    let mut imported = formatted::read(counted, intake, PECULIAR)?;
    if let Some(limit) = limit_reached(bytes.load(Ordering::Relaxed)) {
        imported.source.info.warnings.add(
            WarningKind::TailMissing,
            format!(
                "the file is as long as Kibana lets a report be ({} MB), so its end is probably missing; export a shorter time range",
                limit >> 20
            ),
        );
    }
    Ok(imported)
}

/// The limit that a report of this length ran into: it stops a little before or at it.
fn limit_reached(bytes: u64) -> Option<u64> {
    LIMITS
        .into_iter()
        .find(|limit| (limit - limit / 50..=limit + limit / 50).contains(&bytes))
}

struct Counted<R> {
    reader: R,
    bytes: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.bytes.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::import::testing::read_as;

    fn seen(text: &str) -> Seen {
        recognise(&Head::new(text.as_bytes(), true, Path::new("x.csv")))
    }

    fn imported(text: &str) -> Imported {
        assert_eq!(seen(text), Seen::Yes, "{text}");
        read_as(&FORMAT, "report.csv", text).unwrap()
    }

    #[test]
    fn numbers_and_dates_as_kibana_shows_them() {
        let imported = imported(
            "\"@timestamp per 30 seconds\",Count,\"'=Average bytes\",Share\n\
             \"Jan 1, 2020 @ 12:00:00.000\",\"1,234\",\"5.5KB\",45%\n\"Jan 1, 2020 @ 12:00:30.000\",'987,\"512B\",-\n",
        );
        let info = &imported.source.info;
        assert_eq!(info.first.unwrap().to_string(), "2020-01-01T12:00:00Z");
        assert_eq!(info.warnings.count_of(WarningKind::ZoneAssumed), 2);
        let table = imported.source.metrics.unwrap();
        assert_eq!(table.series(0).unwrap().values, [1_234.0, 987.0]);
        let bytes = table.series(1).unwrap();
        assert_eq!(
            (bytes.info.name.as_str(), bytes.info.unit.as_str()),
            ("=Average bytes", "bytes")
        );
        assert_eq!(bytes.values, [5_500.0, 512.0]);
        assert_eq!(table.series(2).unwrap().info.unit, "%");
    }

    #[test]
    fn reports_at_a_limit_are_cut_off() {
        assert_eq!(limit_reached(10_485_700), Some(10 << 20));
        assert_eq!(limit_reached(262_100_000), Some(250 << 20));
        assert_eq!(limit_reached(5_000_000), None);
        assert_eq!(limit_reached(20_000_000), None);
    }

    #[test]
    fn reports_without_numbers_are_refused() {
        assert!(matches!(
            seen("\"@timestamp\",message\n\"Jan 1, 2020 @ 12:00:00.000\",started\n"),
            Seen::Refused(_)
        ));
        assert_eq!(seen("time,value\n2020-01-01,1\n"), Seen::No);
    }
}
