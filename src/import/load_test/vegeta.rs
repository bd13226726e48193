//! What Vegeta's two kinds of result files share: the fields of a result and what they mean.
//!
//! From `lib/results.go` and `lib/metrics.go` of tsenart/vegeta.

use super::builder::{Request, RunBuilder, RunTraits};
use crate::dataset::Tool;
use crate::import::Intake;
use crate::warning::WarningKind;

/// One result.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hit<'a> {
    /// Start, ns since the epoch.
    pub start_ns: i128,
    /// Status code; 0 where there was no response.
    pub code: u16,
    /// ns.
    pub latency_ns: i64,
    /// Bytes sent.
    pub bytes_out: u64,
    /// Bytes received.
    pub bytes_in: u64,
    /// What went wrong, where something did.
    pub error: &'a str,
    /// Target, where the file says it.
    pub url: &'a str,
}

impl Hit<'_> {
    /// Counts it.
    pub fn count_into(&self, builder: &mut RunBuilder<'_>) -> Result<(), &'static str> {
        let start = i64::try_from(self.start_ns.div_euclid(1_000)).ok();
        let received = i64::try_from(self.bytes_in).ok();
        let sent = i64::try_from(self.bytes_out).ok();
        let (Some(start_micros), Some(received), Some(sent)) = (start, received, sent) else {
            return Err("a number is too large to be true");
        };
        let digits = self.code.to_string();
        let code = if self.code == 0 && !self.error.is_empty() {
            cause(self.error)
        } else {
            digits.as_str()
        };
        builder.add(&Request {
            start_micros,
            duration_ns: self.latency_ns,
            label: if self.url.is_empty() {
                b"requests"
            } else {
                self.url.as_bytes()
            },
            failed: !(200..400).contains(&self.code),
            code: code.as_bytes(),
            received,
            sent,
            ..Request::default()
        })
    }
}

/// The end of a Go error, which says the cause: `connection refused` of `Get "…": dial tcp …: connect: connection
/// refused`. What stands before it differs from request to request.
fn cause(error: &str) -> &str {
    let last = error.rsplit(": ").next().unwrap_or(error).trim();
    let end = last.floor_char_boundary(80);
    last.get(..end).unwrap_or(last)
}

/// A run of Vegeta.
pub fn builder<'a>(intake: &'a Intake<'a>) -> RunBuilder<'a> {
    let mut builder = RunBuilder::new(
        intake,
        RunTraits {
            tool: Tool::Vegeta,
            tick_ns: 1,
            closed_loop: false,
            counts_only: false,
        },
    );
    builder.warnings.add(
        WarningKind::Approximate,
        "Vegeta's own report estimates its percentiles (t-digest); those here are exact and may differ from it a little",
    );
    builder
}

/// Notes a last line that is not whole.
pub fn cut_off(builder: &mut RunBuilder<'_>, intake: &Intake<'_>, line: u64, text: &str) {
    builder.warnings.add_at(
        WarningKind::TruncatedLastRow,
        "the last result has no line end: the file may be cut off there",
        intake.example(line, "", text),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_is_the_end_of_the_error() {
        let error = "Get \"http://x/\": dial tcp 127.0.0.1:1: connect: connection refused";
        assert_eq!(cause(error), "connection refused");
        assert_eq!(
            cause("500 Internal Server Error"),
            "500 Internal Server Error"
        );
        assert_eq!(cause(&"é".repeat(100)).len(), 80);
    }
}
