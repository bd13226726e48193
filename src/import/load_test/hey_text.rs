//! hey's report on the console.
//!
//! The template it is printed from: `requester/print.go` of rakyll/hey.

use super::console::{
    after, count, cut_off, finish, first_after, first_report, number, percent_ppm, read_text,
};
use crate::dataset::{SummaryLine, Tool, ToolSummary};
use crate::import::format::{Family, Format, Seen, Stream};
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::{WarningKind, Warnings};

/// hey's text.
pub static FORMAT: Format = Format {
    id: "hey-text",
    title: "hey report (text)",
    family: Family::LoadTest,
    recognised_by: "a text with \"Summary:\", \"Total:\" in secs, \"Requests/sec:\" and \"Response time histogram:\"",
    traps: &[
        "hey does not call a status of 400 or above an error; here it is one, and so is a request without a response.",
        "Requests/sec counts requests without a response too; durations are those of responses only.",
        "There is no P99.9, and below 100 requests some percentiles are missing.",
        "The text says no date: the run is placed by the time of its file.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

fn recognise(head: &Head<'_>) -> Seen {
    let text = head.text.as_ref();
    let has = |words: &[&str]| words.iter().all(|word| text.contains(word));
    if has(&["Summary:", "Success rate:", "Requests/sec:"]) {
        return Seen::Refused(
            "it is oha's report as text; run oha with --output-format json (or csv)".to_owned(),
        );
    }
    let secs = first_after(text, "Total:").is_some_and(|rest| rest.ends_with("secs"));
    (secs
        && has(&[
            "Summary:",
            "Slowest:",
            "Requests/sec:",
            "Response time histogram:",
        ]))
    .into()
}

fn read(stream: Stream, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let mut warnings = Warnings::default();
    let text = read_text(stream, intake)?;
    let text = first_report(&text, "Summary:", &mut warnings);
    let parts = Parts::of(text);
    let secs = |name| {
        first_after(text, name)
            .filter(|v| v.ends_with("secs"))
            .and_then(number)
    };
    let responses = if parts.codes.is_empty() {
        parts.in_histogram
    } else {
        sum(&parts.codes)
    };
    let without_response = sum(&parts.errors);
    let requests = responses.saturating_add(without_response);
    let failed = parts
        .codes
        .iter()
        .filter(|(code, _)| code.parse::<u16>().is_ok_and(|c| c >= 400));
    let failed = failed.map(|(_, n)| *n).fold(0, u64::saturating_add);
    let duration_secs = secs("Total:");
    let rate = first_after(text, "Requests/sec:").and_then(number);
    let expected = duration_secs.zip(rate).map(|(secs, rate)| Expected {
        requests: secs * rate,
        tolerance: 0.5 + rate * 5e-5 + secs * 5e-5,
    });
    let fits = expected.is_none_or(|e| e.is(requests) || e.is(responses));
    if !parts.has_codes {
        cut_off(&mut warnings, "the status codes");
    } else if !fits || (parts.in_histogram > 0 && parts.in_histogram < responses.min(1_000_000)) {
        warnings.add(
            WarningKind::TruncatedLastRow,
            format!(
                "the responses and errors listed are {requests}, which is not what Requests/sec and Total say: a part of \
                 the report may be missing"
            ),
        );
    }
    if failed > 0 {
        warnings.add(
            WarningKind::Note,
            format!("{failed} responses with a status of 400 or above are errors here, which hey does not call so"),
        );
    }
    if without_response > 0 {
        warnings.add(
            WarningKind::Note,
            format!(
                "{without_response} requests got no response; durations are those of the others"
            ),
        );
    }
    let has_durations = responses > 0;
    let time = |name| secs(name).filter(|_| has_durations).map(|s| s * 1e3);
    let total = SummaryLine {
        label: "Total".to_owned(),
        count: Some(requests),
        errors: Some(failed + without_response),
        mean_ms: time("Average:"),
        min_ms: time("Fastest:"),
        max_ms: time("Slowest:"),
        percentiles_ms: parts.percentiles_ms,
        throughput_per_sec: rate,
        received_bytes_per_sec: first_after(text, "Total data:")
            .and_then(number)
            .zip(duration_secs)
            .filter(|(_, secs)| *secs > 0.0)
            .map(|(bytes, secs)| bytes / secs),
        ..SummaryLine::default()
    };
    let summary = ToolSummary {
        tool: Tool::Hey,
        percentile_rule: "the first value with floor(100·i/n) at or above the percentage"
            .to_owned(),
        total,
        duration_secs,
        codes: parts.codes,
        errors: parts.errors,
        closed_loop: true,
        ..ToolSummary::default()
    };
    finish(intake, summary, None, warnings)
}

fn sum(counts: &[(String, u64)]) -> u64 {
    counts.iter().fold(0, |sum, (_, n)| sum.saturating_add(*n))
}

/// How many requests rate and length give, within the rounding of both.
struct Expected {
    requests: f64,
    tolerance: f64,
}

impl Expected {
    fn is(&self, requests: u64) -> bool {
        (self.requests - requests as f64).abs() <= self.tolerance
    }
}

/// The lists under their headings.
#[derive(Default)]
struct Parts {
    in_histogram: u64,
    percentiles_ms: Vec<(i64, f64)>,
    has_codes: bool,
    codes: Vec<(String, u64)>,
    errors: Vec<(String, u64)>,
}

impl Parts {
    fn of(text: &str) -> Self {
        let mut parts = Self::default();
        let mut heading = "";
        for line in text.split_inclusive('\n') {
            let whole = line.ends_with('\n');
            let line = line.trim();
            if let Some(name) = line.strip_suffix(':').filter(|n| !n.starts_with('[')) {
                heading = name;
                parts.has_codes |= name == "Status code distribution";
                continue;
            }
            match heading {
                "Response time histogram" => {
                    let bar = line
                        .split_once('[')
                        .and_then(|(_, rest)| rest.split_once(']'));
                    let n = bar.and_then(|(n, _)| count(n)).unwrap_or_default();
                    parts.in_histogram = parts.in_histogram.saturating_add(n);
                }
                "Latency distribution" => parts.percentiles_ms.extend(percentile(line)),
                "Status code distribution" => {
                    let row = line.strip_prefix('[').and_then(|rest| rest.split_once(']'));
                    let row = row.filter(|(_, n)| n.ends_with("responses"));
                    if let Some((code, n)) = row.and_then(|(code, n)| Some((code, count(n)?))) {
                        parts.codes.push((code.to_owned(), n));
                    }
                }
                "Error distribution" => {
                    let row = after(line, "[").and_then(|rest| rest.split_once(']'));
                    if let Some((n, text)) = row.and_then(|(n, text)| Some((count(n)?, text)))
                        && whole
                    {
                        parts.errors.push((text.trim().to_owned(), n));
                    }
                }
                _ => {}
            }
        }
        parts
    }
}

/// `95% in 0.0801 secs`; old versions wrote two percent signs.
fn percentile(line: &str) -> Option<(i64, f64)> {
    let (percent, secs) = line.split_once(" in ")?;
    let secs = number(secs.strip_suffix(" secs")?)?;
    Some((percent_ppm(percent)?, secs * 1e3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::testing::read_as;

    const REPORT: &str = "\nSummary:\n  Total:\t2.0000 secs\n  Slowest:\t0.1200 secs\n  Fastest:\t0.0100 secs\n  \
        Average:\t0.0599 secs\n  Requests/sec:\t152.0000\n  \n  Total data:\t65910 bytes\n  Size/request:\t219 bytes\n\n\
        Response time histogram:\n  0.010 [1]\t|\n  0.120 [299]\t|■■\n\n\nLatency distribution:\n  50% in 0.0561 secs\n  \
        95% in 0.0801 secs\n\nDetails (average, fastest, slowest):\n  DNS+dialup:\t0.0000 secs, 0.0100 secs, 0.1200 secs\n\n\
        Status code distribution:\n  [200]\t285 responses\n  [500]\t15 responses\n\n\
        Error distribution:\n  [4]\tGet \"http://x/\": dial tcp: connection refused\n\n";

    fn import(text: &str) -> Result<(ToolSummary, Warnings), String> {
        read_as(&FORMAT, "x", text)
            .map(|i| (i.source.summary.unwrap(), i.source.info.warnings))
            .map_err(|e| e.to_string())
    }

    fn near(value: Option<f64>, expected: f64) {
        assert!((value.unwrap() - expected).abs() < 1e-9, "{value:?}");
    }

    #[test]
    fn the_report_is_read_and_errors_are_all_kinds() {
        let (summary, warnings) = import(REPORT).unwrap();
        let total = &summary.total;
        assert_eq!((total.count, total.errors), (Some(304), Some(19)));
        near(total.percentile_ms(950_000), 80.1);
        near(total.mean_ms, 59.9);
        near(total.received_bytes_per_sec, 32_955.0);
        assert_eq!(summary.codes[1], ("500".to_owned(), 15));
        assert_eq!(warnings.count_of(WarningKind::TruncatedLastRow), 0);
        assert_eq!(warnings.count_of(WarningKind::Note), 2);
    }

    #[test]
    fn a_missing_part_is_noticed() {
        for end in [
            "  [500]",
            "Error distribution",
            "Status code",
            "  95%",
            "[4]",
        ] {
            let cut = &REPORT[..REPORT.find(end).unwrap()];
            let (_, warnings) = import(cut).unwrap();
            assert_eq!(warnings.count_of(WarningKind::TruncatedLastRow), 1, "{end}");
        }
    }

    #[test]
    fn nothing_but_errors_has_no_durations() {
        let text = "\nSummary:\n  Total:\t0.0012 secs\n  Slowest:\t0.0000 secs\n  Fastest:\t0.0000 secs\n  \
            Average:\t NaN secs\n  Requests/sec:\t17056.4637\n  \n\nResponse time histogram:\n\n\nLatency distribution:\n\n\
            Status code distribution:\n\nError distribution:\n  [20]\tconnection refused\n";
        let (summary, warnings) = import(text).unwrap();
        let total = summary.total;
        assert_eq!(
            (total.count, total.errors, total.mean_ms),
            (Some(20), Some(20), None)
        );
        assert_eq!((total.min_ms, total.max_ms), (None, None));
        assert_eq!(warnings.count_of(WarningKind::TruncatedLastRow), 0);
    }
}
