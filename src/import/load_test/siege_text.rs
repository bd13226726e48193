//! Siege's statistics, as text and as JSON: the same thirteen figures.
//!
//! What they are: `src/main.c` and `src/data.c` of JoeDog/siege.

use super::console::{cut_off, finish, first_after, number, read_text};
use crate::dataset::{SummaryLine, Tool, ToolSummary};
use crate::import::format::{Family, Format, Seen, Stream};
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::{WarningKind, Warnings};

/// Siege's text.
pub static FORMAT: Format = Format {
    id: "siege-text",
    title: "Siege report (text)",
    family: Family::LoadTest,
    recognised_by: "a text with the lines Transactions:, Availability: and Elapsed time:",
    traps: &[
        "Transactions are those that succeeded; failed ones are added to them here.",
        "Times are seconds with two decimals: 0.02 is anything from 15 to 25 ms. There are no percentiles.",
        "The lines of single requests above it (-v) carry no time; csv = true in siege.conf gives them one.",
        "The text says no date: the run is placed by the time of its file.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

/// What Siege says about a run.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Transactions, which are the successful ones.
    pub transactions: Option<f64>,
    /// Failed ones.
    pub failed: Option<f64>,
    /// Seconds that the run took.
    pub elapsed_secs: Option<f64>,
    /// Mean duration, s.
    pub response_secs: Option<f64>,
    /// Longest, s.
    pub longest_secs: Option<f64>,
    /// Shortest, s.
    pub shortest_secs: Option<f64>,
    /// Transactions per second.
    pub rate: Option<f64>,
    /// MB received per second.
    pub megabytes_per_sec: Option<f64>,
    /// Mean number of transactions at a time.
    pub concurrency: Option<f64>,
}

impl Figures {
    /// The line with this label.
    pub fn line(&self, label: &str) -> SummaryLine {
        let whole = |value: Option<f64>| value.filter(|v| *v >= 0.0).map(|v| v as u64);
        let errors = whole(self.failed);
        let good = whole(self.transactions);
        let ms = |secs: Option<f64>| {
            secs.filter(|_| good.is_some_and(|n| n > 0))
                .map(|s| s * 1e3)
        };
        SummaryLine {
            label: label.to_owned(),
            count: good.map(|n| n.saturating_add(errors.unwrap_or_default())),
            errors,
            mean_ms: ms(self.response_secs),
            min_ms: ms(self.shortest_secs),
            max_ms: ms(self.longest_secs),
            throughput_per_sec: self.rate,
            received_bytes_per_sec: self.megabytes_per_sec.map(|mb| mb * 1024.0 * 1024.0),
            ..SummaryLine::default()
        }
    }

    /// The source of one run.
    pub fn finish(
        &self,
        intake: &Intake<'_>,
        mut warnings: Warnings,
    ) -> Result<Imported, ImportError> {
        say_how_it_counts(self.failed.unwrap_or_default(), &mut warnings);
        let summary = ToolSummary {
            tool: Tool::Siege,
            percentile_rule: "not given by Siege".to_owned(),
            total: self.line("Total"),
            duration_secs: self.elapsed_secs,
            concurrency_max: self.concurrency,
            closed_loop: true,
            ..ToolSummary::default()
        };
        finish(intake, summary, None, warnings)
    }
}

/// What is said about every file of Siege's figures.
pub fn say_how_it_counts(failed: f64, warnings: &mut Warnings) {
    if failed > 0.0 {
        warnings.add(
            WarningKind::Note,
            format!("Siege's transactions are the successful ones; {failed} failed ones are added to them"),
        );
    }
    warnings.add(
        WarningKind::Approximate,
        "Siege rounds its times to 10 ms and gives no percentiles",
    );
}

fn recognise(head: &Head<'_>) -> Seen {
    let lines = ["Transactions:", "Availability:", "Elapsed time:"];
    let has = |start| first_after(&head.text, start).is_some();
    lines.into_iter().all(has).into()
}

fn read(stream: Stream, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let text = read_text(stream, intake)?;
    let mut warnings = Warnings::default();
    let value = |name| first_after(&text, name).and_then(number);
    let figures = Figures {
        transactions: value("Transactions:"),
        failed: value("Failed transactions:"),
        elapsed_secs: value("Elapsed time:"),
        response_secs: value("Response time:"),
        longest_secs: value("Longest transaction:"),
        shortest_secs: value("Shortest transaction:"),
        rate: value("Transaction rate:"),
        megabytes_per_sec: value("Throughput:"),
        concurrency: value("Concurrency:"),
    };
    if figures.shortest_secs.is_none() {
        cut_off(&mut warnings, "its last line, \"Shortest transaction:\"");
    }
    let requests = text.lines().filter(|l| l.contains(" secs: ")).count() as u64;
    if requests > 0 {
        warnings.add_counted(
            WarningKind::NotRead,
            "lines of single requests carry no time and are not read; set csv = true in siege.conf to have them read",
            requests,
            None,
        );
    }
    let reports = text
        .lines()
        .filter(|l| l.starts_with("Transactions:"))
        .count() as u64;
    if reports > 1 {
        warnings.add_counted(
            WarningKind::NotRead,
            "more reports follow in the same file; only the first is read",
            reports - 1,
            None,
        );
    }
    figures.finish(intake, warnings)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::import::ImportOptions;
    use crate::progress::Progress;

    const REPORT: &str = "\u{1b}[0;34mHTTP/1.1 200     0.04 secs:     231 bytes ==> GET  /flaky\u{1b}[0m\n\n\
        Transactions:\t\t          38 hits\nAvailability:\t\t       95.00 %\nElapsed time:\t\t        0.25 secs\n\
        Data transferred:\t        0.01 MB\nResponse time:\t\t        0.02 secs\nTransaction rate:\t      135.71 trans/sec\n\
        Throughput:\t\t        0.50 MB/sec\nConcurrency:\t\t        2.82\nSuccessful transactions:          38\n\
        Failed transactions:\t           2\nLongest transaction:\t        0.07\nShortest transaction:\t        0.01\n \n";

    fn import(text: &str) -> (ToolSummary, Warnings) {
        let options = ImportOptions::default();
        let progress = Progress::default();
        let intake = Intake::new(Path::new("x"), &options, &progress);
        let stream = Box::new(std::io::Cursor::new(text.as_bytes().to_vec()));
        let source = read(stream, &intake).unwrap().source;
        (source.summary.unwrap(), source.info.warnings)
    }

    #[test]
    fn transactions_are_the_good_ones() {
        let (summary, warnings) = import(REPORT);
        let total = &summary.total;
        assert_eq!((total.count, total.errors), (Some(40), Some(2)));
        assert_eq!(
            (total.mean_ms, total.min_ms, total.max_ms),
            (Some(20.0), Some(10.0), Some(70.0))
        );
        assert_eq!(total.received_bytes_per_sec, Some(524_288.0));
        assert_eq!(
            (summary.duration_secs, summary.concurrency_max),
            (Some(0.25), Some(2.82))
        );
        assert_eq!(warnings.count_of(WarningKind::NotRead), 1);
        assert_eq!(warnings.count_of(WarningKind::TruncatedLastRow), 0);
        let (_, warnings) = import(&REPORT[..REPORT.find("Shortest").unwrap()]);
        assert_eq!(warnings.count_of(WarningKind::TruncatedLastRow), 1);
    }
}
