//! Siege's statistics as JSON (`siege -j`), often with other text before and behind them.

use super::json_doc::JsonDoc;
use super::siege_text::Figures;
use crate::import::format::{Family, Format, Seen, Stream};
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::Warnings;

/// Siege's JSON.
pub static FORMAT: Format = Format {
    id: "siege-json",
    title: "Siege report (JSON)",
    family: Family::LoadTest,
    recognised_by: "a text in which transactions, availability and elapsed_time stand as JSON, also behind a banner",
    traps: &[
        "A banner may stand before the JSON, and a note about the log file behind it.",
        "Transactions are those that succeeded; failed ones are added to them here.",
        "Times are seconds with two decimals: 0.02 is anything from 15 to 25 ms. There are no percentiles.",
        "The JSON says no date: the run is placed by the time of its file.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

fn recognise(head: &Head<'_>) -> Seen {
    let keys = [
        "\"transactions\":",
        "\"availability\":",
        "\"elapsed_time\":",
    ];
    keys.iter().all(|key| head.text.contains(key)).into()
}

fn read(stream: Stream, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let mut warnings = Warnings::default();
    let mut doc = JsonDoc::read(stream, intake, &mut warnings)?;
    let mut value = |name: &str| doc.number(&[name]);
    let figures = Figures {
        transactions: value("transactions"),
        failed: value("failed_transactions"),
        elapsed_secs: value("elapsed_time"),
        response_secs: value("response_time"),
        longest_secs: value("longest_transaction"),
        shortest_secs: value("shortest_transaction"),
        rate: value("transaction_rate"),
        megabytes_per_sec: value("throughput"),
        concurrency: value("concurrency"),
    };
    doc.say_missing(&mut warnings);
    figures.finish(intake, warnings)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::import::testing::read_as;
    use crate::warning::WarningKind;

    const REPORT: &str = "** SIEGE 4.0.7\n\n{\t\"transactions\":\t\t 114,\n\t\"availability\": 95.00,\n\t\"elapsed_time\": 0.63,\n\
        \t\"data_transferred\": 0.03,\n\t\"response_time\": 0.02,\n\t\"transaction_rate\": 180.95,\n\t\"throughput\": 0.04,\n\
        \t\"concurrency\": 3.35,\n\t\"successful_transactions\": 114,\n\t\"failed_transactions\": 6,\n\
        \t\"longest_transaction\": 0.06,\n\t\"shortest_transaction\": 0.00\n}\nLOG FILE: siege.log\n";

    fn import(text: &str) -> Result<Imported, String> {
        read_as(&FORMAT, "x", text).map_err(|e| e.to_string())
    }

    #[test]
    fn the_json_is_found_behind_a_banner() {
        let head = Head::new(REPORT.as_bytes(), true, Path::new("x"));
        assert_eq!(recognise(&head), Seen::Yes);
        let source = import(REPORT).unwrap().source;
        let summary = source.summary.unwrap();
        assert_eq!(
            (summary.total.count, summary.total.errors),
            (Some(120), Some(6))
        );
        assert_eq!(summary.total.mean_ms, Some(20.0));
        assert_eq!(summary.total.throughput_per_sec, Some(180.95));
        assert_eq!(source.info.warnings.count_of(WarningKind::NotRead), 0);
        let cut = &REPORT[..REPORT.find("failed").unwrap()];
        assert!(import(cut).unwrap_err().contains("cut off"));
        let lost = import(&REPORT.replace("114", "null")).unwrap_err();
        assert!(lost.contains("without any request"), "{lost}");
    }
}
