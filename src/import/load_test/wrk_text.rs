//! wrk's report on the console.

use super::console::{cut_off, finish, first_report, read_text, with_label};
use super::wrk_report::{BEGINS, WrkReport, is_report, is_wrk2};
use crate::dataset::{SummaryLine, Tool, ToolSummary};
use crate::import::format::{Family, Format, Seen, Stream};
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::{WarningKind, Warnings};

/// wrk's text.
pub static FORMAT: Format = Format {
    id: "wrk-text",
    title: "wrk report (text)",
    family: Family::LoadTest,
    recognised_by: "the lines \"Running … test @ …\" and \"… threads and … connections\"",
    traps: &[
        "Each value has its own unit: us, ms, s, m or h; a K of bytes is 1024.",
        "Percentiles are there with --latency only, and P95 and P99.9 never are.",
        "Requests that took longer than --timeout (2 s) are counted, but not in the latencies: the tail is cut off.",
        "\"Socket errors\" and \"Non-2xx or 3xx responses\" stand there only when there were any.",
        "Connections that failed are not among the requests; here they are, and they are errors.",
        "wrk waits for each response (coordinated omission): high percentiles look better than they are.",
        "The text says no date: the run is placed by the time of its file.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake, Tool::Wrk),
};

fn recognise(head: &Head<'_>) -> Seen {
    (is_report(&head.text) && !is_wrk2(&head.text)).into()
}

/// Reads a report of wrk, or of wrk2 (which may look like the other's where it ran for less than ten seconds).
pub(super) fn read(
    stream: Stream,
    intake: &Intake<'_>,
    tool: Tool,
) -> Result<Imported, ImportError> {
    let mut warnings = Warnings::default();
    let text = read_text(stream, intake)?;
    let report = WrkReport::of(first_report(&text, BEGINS, &mut warnings));
    let Some((completed, duration_ms)) = report.requests else {
        return Err(intake.unusable(
            "the report ends before the line \"… requests in …\": the file is cut off; run the test again",
            None,
        ));
    };
    if report.rate.is_none() || report.transfer.is_none() {
        cut_off(
            &mut warnings,
            "its last lines, Requests/sec and Transfer/sec",
        );
    }
    let without_response = ["connect", "read", "write"]
        .iter()
        .fold(0_u64, |sum, kind| sum.saturating_add(report.socket(kind)));
    let timeouts = report.socket("timeout");
    if without_response > 0 {
        warnings.add(
            WarningKind::Note,
            format!(
                "{} says {completed} requests; {without_response} that failed without a response are added to them, as errors",
                tool.title().unwrap_or("the tool")
            ),
        );
    }
    let total = match tool {
        Tool::Wrk2 => wrk2_latencies(&report, completed, &mut warnings),
        _ => wrk_latencies(&report, &mut warnings),
    };
    let total = SummaryLine {
        label: "Total".to_owned(),
        count: Some(completed.saturating_add(without_response)),
        errors: Some(
            report
                .bad_status
                .saturating_add(without_response)
                .saturating_add(if tool == Tool::Wrk { timeouts } else { 0 })
                .min(completed.saturating_add(without_response)),
        ),
        throughput_per_sec: report.rate,
        received_bytes_per_sec: report.transfer,
        ..total
    };
    let summary = ToolSummary {
        tool,
        percentile_rule: if tool == Tool::Wrk2 {
            "values of an HdrHistogram with three digits, corrected for coordinated omission"
                .to_owned()
        } else {
            "the value at rank round(p·n + 0.5) of counts by microsecond".to_owned()
        },
        labels: with_label(&total, &report.url),
        total,
        duration_secs: Some(duration_ms / 1e3),
        codes: Some(("Non-2xx or 3xx".to_owned(), report.bad_status))
            .filter(|(_, n)| *n > 0)
            .into_iter()
            .collect(),
        errors: report.socket_errors,
        concurrency_max: report.connections,
        closed_loop: tool == Tool::Wrk,
        ..ToolSummary::default()
    };
    finish(intake, summary, None, warnings)
}

fn wrk_latencies(report: &WrkReport, warnings: &mut Warnings) -> SummaryLine {
    let timeouts = report.socket("timeout");
    if timeouts > 0 {
        warnings.add(
            WarningKind::TailMissing,
            format!(
                "{timeouts} requests took longer than wrk's --timeout: they are errors here, and wrk leaves them out of its \
                 latencies, whose tail is therefore missing"
            ),
        );
    }
    if report.percentiles_ms.is_empty() {
        warnings.add(
            WarningKind::NotRead,
            "there are no percentiles; run wrk with --latency",
        );
    }
    figures(report, report.latency_ms)
}

fn wrk2_latencies(report: &WrkReport, completed: u64, warnings: &mut Warnings) -> SummaryLine {
    let timeouts = report.socket("timeout");
    if timeouts > 0 {
        warnings.add(
            WarningKind::Note,
            format!(
                "wrk2 saw a request run into its timeout {timeouts} times (each may be seen several times, so they are no \
                 errors here)"
            ),
        );
    }
    let recorded = &report.recorded;
    if let Some(count) = recorded.count.filter(|n| *n < completed) {
        warnings.add(
            WarningKind::Note,
            format!(
                "the latencies are those of {count} of {completed} requests: wrk2 leaves out the ten seconds in which it \
                 calibrates"
            ),
        );
    }
    if report.uncorrected {
        warnings.add(
            WarningKind::NotRead,
            "the second block, of uncorrected latencies, is not read",
        );
    }
    if report.percentiles_ms.is_empty() {
        warnings.add(
            WarningKind::NotRead,
            "there are no percentiles; run wrk2 with --latency",
        );
    }
    if !report.values.is_empty() && recorded.count.is_none() {
        cut_off(warnings, "the end of the percentile spectrum");
    }
    let exact = recorded
        .mean_ms
        .zip(recorded.stddev_ms)
        .zip(recorded.max_ms);
    let exact = exact.map(|((mean, sd), max)| [mean, sd, max]);
    SummaryLine {
        values: report.values.clone(),
        ..figures(report, exact.or(report.latency_ms))
    }
}

/// Nothing is known of latencies where no request completed: wrk prints zeros.
fn figures(report: &WrkReport, mean_sd_max: Option<[f64; 3]>) -> SummaryLine {
    let known = report.requests.is_some_and(|(n, _)| n > 0);
    let [mean_ms, stddev_ms, max_ms] = match mean_sd_max.filter(|_| known) {
        Some(figures) => figures.map(Some),
        None => [None; 3],
    };
    SummaryLine {
        mean_ms,
        stddev_ms,
        max_ms,
        percentiles_ms: report
            .percentiles_ms
            .iter()
            .copied()
            .filter(|(ppm, _)| known && (1..1_000_000).contains(ppm))
            .collect(),
        ..SummaryLine::default()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::import::ImportOptions;
    use crate::progress::Progress;

    pub(in super::super) fn import(
        text: &str,
        tool: Tool,
    ) -> Result<(ToolSummary, Warnings), String> {
        let options = ImportOptions::default();
        let progress = Progress::default();
        let intake = Intake::new(Path::new("x"), &options, &progress);
        let stream = Box::new(std::io::Cursor::new(text.as_bytes().to_vec()));
        read(stream, &intake, tool)
            .map(|i| (i.source.summary.unwrap(), i.source.info.warnings))
            .map_err(|e| e.to_string())
    }

    const REPORT: &str = "Running 5s test @ http://x/slow\n  2 threads and 4 connections\n  \
        Thread Stats   Avg      Stdev     Max   +/- Stdev\n    Latency   960.13us   13.60ms   1.36s    85.91%\n    \
        Req/Sec     1.22k    10.73    43.00     59.34%\n  Latency Distribution\n     50%  634.00us\n     75%   64.01ms\n     \
        90%   76.60ms\n     99%    1.04s \n  224 requests in 5.02s, 75.58KB read\n\
        Requests/sec:     44.65\nTransfer/sec:     15.06KB\n";

    #[test]
    fn every_value_in_its_unit() {
        let (summary, warnings) = import(REPORT, Tool::Wrk).unwrap();
        let total = &summary.total;
        assert_eq!((total.count, total.errors), (Some(224), Some(0)));
        assert_eq!(
            (total.mean_ms, total.stddev_ms, total.max_ms),
            (Some(0.960_13), Some(13.6), Some(1_360.0))
        );
        assert_eq!(total.percentile_ms(500_000), Some(0.634));
        assert_eq!(total.percentile_ms(990_000), Some(1_040.0));
        assert_eq!(total.percentile_ms(950_000), None);
        assert_eq!(total.throughput_per_sec, Some(44.65));
        assert_eq!(total.received_bytes_per_sec, Some(15.06 * 1024.0));
        assert_eq!(
            (summary.duration_secs, summary.concurrency_max),
            (Some(5.02), Some(4.0))
        );
        assert_eq!(summary.labels[0].label, "http://x/slow");
        assert!(summary.closed_loop);
        assert_eq!(warnings.count_of(WarningKind::CoordinatedOmission), 1);
    }

    #[test]
    fn errors_of_every_kind_count() {
        let text = REPORT.replace(
            "Requests/sec:",
            "  Socket errors: connect 3, read 2, write 0, timeout 4\n  Non-2xx or 3xx responses: 12\nRequests/sec:",
        );
        let (summary, warnings) = import(&text, Tool::Wrk).unwrap();
        assert_eq!(
            (summary.total.count, summary.total.errors),
            (Some(229), Some(21))
        );
        assert_eq!(summary.errors.len(), 3);
        assert_eq!(summary.codes, [("Non-2xx or 3xx".to_owned(), 12)]);
        assert_eq!(warnings.count_of(WarningKind::TailMissing), 1);
        assert_eq!(warnings.count_of(WarningKind::Note), 1);
    }

    #[test]
    fn a_cut_report_says_so() {
        for (end, outcome) in [
            ("224 requests", None),
            ("Requests/sec", Some(1)),
            ("KB\n", Some(1)),
            ("Transfer/sec", Some(1)),
        ] {
            let at = if end == "KB\n" {
                REPORT.len() - 2
            } else {
                REPORT.find(end).unwrap()
            };
            let seen = import(&REPORT[..at], Tool::Wrk)
                .ok()
                .map(|(_, w)| w.count_of(WarningKind::TruncatedLastRow));
            assert_eq!(seen, outcome, "{end}");
        }
        let (_, warnings) = import(&format!("{REPORT}{REPORT}"), Tool::Wrk).unwrap();
        assert_eq!(warnings.count_of(WarningKind::NotRead), 1);
        let plain = REPORT.replace("%   ", "  ").replace("%  ", "  ");
        let (summary, warnings) = import(&plain, Tool::Wrk).unwrap();
        assert!(summary.total.percentiles_ms.is_empty());
        assert_eq!(warnings.count_of(WarningKind::NotRead), 1);
    }
}
