//! Vegeta's report as text (`vegeta report`).
//!
//! Its lines: `lib/reporters.go` of tsenart/vegeta.

use super::console::{count, cut_off, duration_ms, finish, leading_number, number, read_text};
use super::vegeta_report::{RULE, failures};
use crate::dataset::{SummaryLine, Tool, ToolSummary};
use crate::import::format::{Family, Format, Seen, Stream};
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::{WarningKind, Warnings};

/// Vegeta's text.
pub static FORMAT: Format = Format {
    id: "vegeta-text",
    title: "Vegeta report (text)",
    family: Family::LoadTest,
    recognised_by: "the lines Requests, Duration and Latencies, each with its names in brackets: [total, rate…]",
    traps: &[
        "Each duration has its own unit.",
        "Which percentiles there are stands in the brackets; older versions have no P90.",
        "Percentiles are estimates (t-digest).",
        "The text says no date: the run is placed by the time of its file.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

fn recognise(head: &Head<'_>) -> Seen {
    let text = head.text.as_ref();
    (row(text, "Requests").is_some_and(|(names, _)| names.starts_with(&["total", "rate"]))
        && row(text, "Latencies").is_some())
    .into()
}

/// The names in the brackets of a line, and the values behind them.
fn row<'a>(text: &'a str, name: &str) -> Option<(Vec<&'a str>, Vec<&'a str>)> {
    text.lines().find_map(|line| {
        let rest = line.strip_prefix(name)?.trim_start().strip_prefix('[')?;
        let (names, values) = rest.split_once(']')?;
        let split = |text: &'a str| text.split(',').map(str::trim).collect();
        Some((split(names), split(values)))
    })
}

fn value<'a>(text: &'a str, line: &str, name: &str) -> Option<&'a str> {
    let (names, values) = row(text, line)?;
    let index = names.iter().position(|n| *n == name)?;
    values.get(index).copied()
}

fn read(stream: Stream, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let mut warnings = Warnings::default();
    let text = read_text(stream, intake)?;
    let reports = text.lines().filter(|l| l.contains("[total, rate")).count() as u64;
    if reports > 1 {
        warnings.add_counted(
            WarningKind::NotRead,
            "more reports follow in the same file; only the first is read",
            reports - 1,
            None,
        );
    }
    let text = text.as_str();
    let requests = value(text, "Requests", "total").and_then(count);
    let codes: Vec<(String, u64)> = row(text, "Status Codes")
        .and_then(|(_, values)| values.first().copied())
        .unwrap_or_default()
        .split_whitespace()
        .filter_map(|pair| pair.split_once(':'))
        .filter_map(|(code, n)| Some((code.to_owned(), count(n)?)))
        .collect();
    if !text.lines().any(|l| l.trim_end() == "Error Set:") {
        cut_off(&mut warnings, "its last part, \"Error Set:\"");
    }
    let success = value(text, "Success", "ratio")
        .and_then(leading_number)
        .filter(|(_, unit)| *unit == "%")
        .map(|(percent, _)| percent / 100.0);
    let latency = |name: &str| value(text, "Latencies", name).and_then(duration_ms);
    let duration_secs = value(text, "Duration", "total")
        .and_then(duration_ms)
        .map(|ms| ms / 1e3);
    let total = SummaryLine {
        label: "Total".to_owned(),
        count: requests,
        errors: failures(requests, &codes, success, &mut warnings),
        mean_ms: latency("mean"),
        min_ms: latency("min"),
        max_ms: latency("max"),
        percentiles_ms: [
            ("50", 500_000),
            ("90", 900_000),
            ("95", 950_000),
            ("99", 990_000),
        ]
        .into_iter()
        .filter_map(|(name, ppm)| Some((ppm, latency(name)?)))
        .collect(),
        throughput_per_sec: value(text, "Requests", "rate").and_then(number),
        received_bytes_per_sec: value(text, "Bytes In", "total")
            .and_then(number)
            .zip(duration_secs.filter(|s| *s > 0.0))
            .map(|(bytes, secs)| bytes / secs),
        ..SummaryLine::default()
    };
    let summary = ToolSummary {
        tool: Tool::Vegeta,
        percentile_rule: RULE.to_owned(),
        total,
        duration_secs,
        codes,
        ..ToolSummary::default()
    };
    warnings.add(
        WarningKind::Approximate,
        "Vegeta estimates its percentiles (t-digest)",
    );
    finish(intake, summary, None, warnings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::testing::read_as;

    const REPORT: &str = "Requests      [total, rate, throughput]         1200, 120.00, 65.87\n\
        Duration      [total, attack, wait]             10.094965987s, 9.949883921s, 145.082066ms\n\
        Latencies     [min, mean, 50, 90, 95, 99, max]  90.438129ms, 113.172398ms, 108.272568ms, 130.5ms, 140.18235ms, 247.771566ms, 1.264815246s\n\
        Bytes In      [total, mean]                     3714690, 3095.57\n\
        Bytes Out     [total, mean]                     0, 0.00\n\
        Success       [ratio]                           55.42%\n\
        Status Codes  [code:count]                      0:535  200:665  \nError Set:\nGet http://x/: EOF\n";

    fn import(text: &str) -> Result<(ToolSummary, Warnings), String> {
        read_as(&FORMAT, "x", text)
            .map(|i| (i.source.summary.unwrap(), i.source.info.warnings))
            .map_err(|e| e.to_string())
    }

    #[test]
    fn names_in_brackets_decide() {
        let (summary, warnings) = import(REPORT).unwrap();
        let total = &summary.total;
        assert_eq!((total.count, total.errors), (Some(1_200), Some(535)));
        assert_eq!(total.percentile_ms(950_000), Some(140.182_35));
        assert_eq!(
            (total.min_ms, total.max_ms),
            (Some(90.438_129), Some(1_264.815_246))
        );
        assert_eq!(total.throughput_per_sec, Some(120.0));
        assert_eq!(warnings.count_of(WarningKind::TruncatedLastRow), 0);
        let old = REPORT
            .replace("min, mean, 50, 90, 95, 99, max", "mean, 50, 95, 99, max")
            .replace("90.438129ms, 113", "113")
            .replace("130.5ms, ", "");
        let (summary, _) = import(&old).unwrap();
        assert_eq!(summary.total.percentile_ms(950_000), Some(140.182_35));
        assert_eq!(summary.total.percentile_ms(900_000), None);
    }

    #[test]
    fn a_cut_report_says_so() {
        let cut = &REPORT[..REPORT.find("200:665").unwrap()];
        let (summary, warnings) = import(cut).unwrap();
        assert_eq!(summary.total.errors, Some(535));
        assert_eq!(warnings.count_of(WarningKind::TruncatedLastRow), 1);
        assert!(import("Requests [total, rate] x\n").is_err());
    }
}
