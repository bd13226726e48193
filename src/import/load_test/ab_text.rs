//! ApacheBench's report on the console: the only place where it tells of failures.
//!
//! What it prints and how it counts: `support/ab.c` of the Apache HTTP Server.

use super::console::{
    after, count, cut_off, finish, first_after, first_report, leading_number, number, percent_ppm,
    read_text, with_label,
};
use crate::dataset::{SummaryLine, Tool, ToolSummary};
use crate::import::format::{Family, Format, Seen, Stream};
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::{WarningKind, Warnings};

/// ApacheBench's text.
pub static FORMAT: Format = Format {
    id: "ab-text",
    title: "ApacheBench report (text)",
    family: Family::LoadTest,
    recognised_by: "a text with \"This is ApacheBench\", or with \"Time taken for tests:\" and \"Complete requests:\"",
    traps: &[
        "ab counts a response as failed when its length differs from that of the first one, which pages that change do by nature.",
        "\"Non-2xx responses\" are not among ab's \"Failed requests\" unless their length differs too; here they are errors.",
        "The first \"Time per request\" is concurrency × time ÷ requests, not the mean of the durations; that stands under \"Total:\".",
        "All times of the table are rounded to whole milliseconds.",
        "The text says no date: the run is placed by the time of its file.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

const BEGINS: &str = "This is ApacheBench";

fn recognise(head: &Head<'_>) -> Seen {
    let text = head.text.as_ref();
    if text.contains("<p>") && text.contains(BEGINS) {
        return Seen::Refused(
            "it is ApacheBench's report as a web page; run ab without -w, or with -g FILE"
                .to_owned(),
        );
    }
    let begins = head.lines().iter().any(|l| l.starts_with(BEGINS));
    let body = text.contains("\nTime taken for tests:") && text.contains("\nComplete requests:");
    (begins || body).into()
}

fn read(stream: Stream, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let mut warnings = Warnings::default();
    let text = read_text(stream, intake)?;
    let text = first_report(&text, BEGINS, &mut warnings);
    let Some(complete) = first_after(text, "Complete requests:").and_then(count) else {
        let why = text
            .lines()
            .find(|l| l.starts_with("apr_") || l.starts_with("Total of"))
            .map_or_else(String::new, |l| format!(" (\"{}\")", l.trim()));
        return Err(intake.unusable(
            format!("ab ended before its report, or the text is cut off{why}; run the test again"),
            None,
        ));
    };
    let failures = Failures::of(text);
    failures.explain(&mut warnings);
    let mut total = SummaryLine {
        label: "Total".to_owned(),
        count: Some(complete),
        errors: failures.errors(),
        throughput_per_sec: first_after(text, "Requests per second:").and_then(number),
        received_bytes_per_sec: first_after(text, "Transfer rate:")
            .and_then(number)
            .map(|kbytes| kbytes * 1024.0),
        ..SummaryLine::default()
    };
    connection_times(text, &mut total);
    let complete_table = percentiles(text, &mut total);
    if total.mean_ms.is_none() {
        cut_off(&mut warnings, "the line of total connection times");
    } else if !complete_table && complete > 1 {
        cut_off(
            &mut warnings,
            "the end of the table of percentiles (unless ab ran with -d)",
        );
    }
    let summary = ToolSummary {
        tool: Tool::ApacheBench,
        percentile_rule:
            "the value at index floor(p·n) of the sorted durations, rounded to milliseconds"
                .to_owned(),
        labels: with_label(&total, &target(text)),
        total,
        duration_secs: first_after(text, "Time taken for tests:").and_then(number),
        codes: failures
            .non_2xx
            .filter(|n| *n > 0)
            .map(|n| ("Non-2xx".to_owned(), n))
            .into_iter()
            .collect(),
        errors: failures.kinds.clone(),
        concurrency_max: first_after(text, "Concurrency Level:").and_then(number),
        closed_loop: true,
        ..ToolSummary::default()
    };
    finish(intake, summary, None, warnings)
}

/// What went wrong, as ab counts it.
#[derive(Default)]
struct Failures {
    failed: Option<u64>,
    length: u64,
    non_2xx: Option<u64>,
    /// By kind, without those of length.
    kinds: Vec<(String, u64)>,
}

impl Failures {
    fn of(text: &str) -> Self {
        let mut failures = Self {
            failed: first_after(text, "Failed requests:").and_then(count),
            non_2xx: first_after(text, "Non-2xx responses:").and_then(count),
            ..Self::default()
        };
        let kinds = first_after(text, "(Connect:").map(|rest| format!("Connect: {rest}"));
        for part in kinds.unwrap_or_default().split([',', ')']) {
            let Some((kind, n)) = part.split_once(':') else {
                continue;
            };
            match (kind.trim(), count(n)) {
                ("Length", Some(n)) => failures.length = n,
                (kind, Some(n)) if n > 0 => failures.kinds.push((kind.to_owned(), n)),
                _ => {}
            }
        }
        failures
    }

    /// Failures of connection, of length and by status: a response may be in both of the last two, so that the larger
    /// of them counts.
    fn errors(&self) -> Option<u64> {
        let failed = self.failed?;
        let others = failed.saturating_sub(self.length);
        Some(others + self.length.max(self.non_2xx.unwrap_or_default()))
    }

    fn explain(&self, warnings: &mut Warnings) {
        let non_2xx = self.non_2xx.unwrap_or_default();
        if non_2xx > 0 {
            warnings.add(
                WarningKind::Note,
                format!(
                    "ab says {} failed requests and, apart from them, {non_2xx} responses with a status other than 2xx; \
                     both are errors here, one that is in both once",
                    self.failed.unwrap_or_default()
                ),
            );
        }
        if self.length > non_2xx {
            warnings.add(
                WarningKind::Note,
                format!(
                    "{} responses count as failed only because their length is not that of the first; \
                     run ab with -l where pages change",
                    self.length - non_2xx
                ),
            );
        }
    }
}

/// The line "Total:" of the table of connection times, by the columns that its header names.
fn connection_times(text: &str, total: &mut SummaryLine) {
    let mut columns: Vec<&str> = Vec::new();
    for line in text.lines() {
        let trimmed = line.trim_start();
        if trimmed.starts_with("min ") && trimmed.ends_with("max") {
            columns = if trimmed.contains("mean[+/-sd]") {
                vec!["min", "mean", "sd", "median", "max"]
            } else {
                vec!["min", "mean", "max"]
            };
        } else if let Some(figures) = after(line, "Total:") {
            let values: Vec<f64> = figures.split_whitespace().map_while(number).collect();
            if values.len() != columns.len() {
                continue;
            }
            for (column, value) in columns.iter().zip(values) {
                match *column {
                    "min" => total.min_ms = Some(value),
                    "mean" => total.mean_ms = Some(value),
                    "sd" => total.stddev_ms = Some(value),
                    "max" => total.max_ms = Some(value),
                    _ => {}
                }
            }
        }
    }
}

/// The table of percentiles. Whether it is there to its end.
fn percentiles(text: &str, total: &mut SummaryLine) -> bool {
    for line in text
        .lines()
        .skip_while(|l| !l.starts_with("Percentage of the requests served"))
    {
        let mut cells = line.split_whitespace();
        let (Some(percent), Some(ms)) = (cells.next(), cells.next()) else {
            continue;
        };
        let (Some(ppm), Some((ms, ""))) = (percent_ppm(percent), leading_number(ms)) else {
            continue;
        };
        if ppm == 1_000_000 {
            total.max_ms = total.max_ms.or(Some(ms));
            return line.ends_with("(longest request)");
        }
        if ppm > 0 {
            total.percentiles_ms.push((ppm, ms));
        }
    }
    false
}

fn target(text: &str) -> String {
    let part = |name| first_after(text, name).unwrap_or_default();
    let (host, path) = (part("Server Hostname:"), part("Document Path:"));
    if host.is_empty() {
        return path.to_owned();
    }
    let (scheme, usual) = if text.contains("\nSSL/TLS Protocol:") {
        ("https", "443")
    } else {
        ("http", "80")
    };
    match part("Server Port:") {
        port if port.is_empty() || port == usual => format!("{scheme}://{host}{path}"),
        port => format!("{scheme}://{host}:{port}{path}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::testing::read_as;

    const HEAD: &str = "This is ApacheBench, Version 2.3 <$Revision$>\n\nServer Hostname:        shop\n\
        Server Port:            443\nSSL/TLS Protocol:       TLSv1.3\n\nDocument Path:          /cart\n\n\
        Concurrency Level:      5\nTime taken for tests:   2.000 seconds\nComplete requests:      400\n";
    const RATES: &str = "Requests per second:    200.00 [#/sec] (mean)\nTransfer rate:          2.00 [Kbytes/sec] received\n\n\
        Connection Times (ms)\n              min  mean[+/-sd] median   max\nTotal:          3   18  11.8     15      88\n\n";
    const TABLE: &str = "Percentage of the requests served within a certain time (ms)\n  50%     15\n  95%     45\n 100%     88 (longest request)\n";

    fn import(text: &str) -> Result<(ToolSummary, Warnings), String> {
        read_as(&FORMAT, "x", text)
            .map(|i| (i.source.summary.unwrap(), i.source.info.warnings))
            .map_err(|e| e.to_string())
    }

    #[test]
    fn the_report_is_read_to_the_digit() {
        let text = format!("{HEAD}Failed requests:        0\n{RATES}{TABLE}");
        let (summary, warnings) = import(&text).unwrap();
        let total = &summary.total;
        assert_eq!((total.count, total.errors), (Some(400), Some(0)));
        assert_eq!(
            (total.min_ms, total.mean_ms, total.stddev_ms, total.max_ms),
            (Some(3.0), Some(18.0), Some(11.8), Some(88.0))
        );
        assert_eq!(total.percentiles_ms, [(500_000, 15.0), (950_000, 45.0)]);
        assert_eq!(total.throughput_per_sec, Some(200.0));
        assert_eq!(total.received_bytes_per_sec, Some(2_048.0));
        assert_eq!(summary.labels[0].label, "https://shop/cart");
        assert_eq!(summary.concurrency_max, Some(5.0));
        assert_eq!(warnings.count_of(WarningKind::TruncatedLastRow), 0);
        assert_eq!(warnings.count_of(WarningKind::CoordinatedOmission), 1);
    }

    #[test]
    fn failures_are_counted_once() {
        for (failed, errors) in [
            (
                "Failed requests:        20\n   (Connect: 0, Receive: 0, Length: 20, Exceptions: 0)\nNon-2xx responses:      20\n",
                20,
            ),
            ("Failed requests:        0\nNon-2xx responses:      7\n", 7),
            (
                "Failed requests:        12\n   (Connect: 2, Receive: 1, Length: 9, Exceptions: 0)\nNon-2xx responses:      4\n",
                12,
            ),
        ] {
            let (summary, warnings) = import(&format!("{HEAD}{failed}{RATES}{TABLE}")).unwrap();
            assert_eq!(summary.total.errors, Some(errors), "{failed}");
            assert!(warnings.count_of(WarningKind::Note) > 0);
        }
    }

    #[test]
    fn what_is_missing_is_said() {
        let whole = format!("{HEAD}Failed requests:        0\n{RATES}{TABLE}");
        for text in [
            format!("{HEAD}Failed requests:        0\n"),
            format!("{HEAD}Failed requests:        0\n{RATES}"),
            whole.replace(" (longest request)", ""),
        ] {
            let (_, warnings) = import(&text).unwrap();
            assert_eq!(
                warnings.count_of(WarningKind::TruncatedLastRow),
                1,
                "{text}"
            );
        }
        let error = import(&whole.replace("Complete requests:", "apr_pollset_poll:")).unwrap_err();
        assert!(error.contains("apr_pollset_poll"), "{error}");
        let (_, warnings) = import(&format!("{whole}{whole}")).unwrap();
        assert_eq!(warnings.count_of(WarningKind::NotRead), 1);
        // The short form of -S.
        let short = whole
            .replace("min  mean[+/-sd] median   max", "min   avg   max")
            .replace("3   18  11.8     15      88", "3  18  88");
        let (summary, _) = import(&short).unwrap();
        assert_eq!(
            (summary.total.mean_ms, summary.total.stddev_ms),
            (Some(18.0), None)
        );
    }
}
