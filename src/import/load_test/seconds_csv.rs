//! What the CSV of hey and that of oha share: a line a request, times in decimal seconds, and no date.

use super::builder::{RunBuilder, RunTraits};
use super::placed::{Offset, Waiting};
use crate::import::format::Stream;
use crate::import::table::records::{Next, Record, Records, given_up_reason};
use crate::import::{ImportError, Imported, Intake};
use crate::warning::WarningKind;

/// A column that cannot be read, and why.
pub type Reason = (&'static str, &'static str);

/// Where the figures stand in a row.
pub struct Layout {
    /// Number of columns.
    pub columns: usize,
    /// The first column's name, by which a repeated header is known.
    pub first: &'static str,
    /// Seconds from the beginning of the run to the start of the request.
    pub start: usize,
    /// Seconds that it took.
    pub duration: usize,
    /// Its status code.
    pub status: usize,
    /// Bytes received, where there is such a column.
    pub bytes: Option<usize>,
    /// Digits behind the point of the last column, where the tool always writes as many.
    pub last_decimals: Option<usize>,
}

/// What is known about the rows once all were read.
pub struct Read {
    /// Requests counted.
    pub requests: u64,
}

/// Reads all rows and places them; `also` adds what else there is to say.
pub fn read(
    stream: Stream,
    intake: &Intake<'_>,
    traits: RunTraits,
    layout: &Layout,
    also: impl FnOnce(&Read, &mut RunBuilder<'_>),
) -> Result<Imported, ImportError> {
    let mut builder = RunBuilder::new(intake, traits);
    let mut waiting = Waiting::default();
    let mut records = Records::new(stream, b',', 1);
    let mut record = Record::default();
    loop {
        match records
            .next(&mut record)
            .map_err(|e| intake.read_failed(e))?
        {
            Next::End => break,
            Next::GivenUp { line, too_long } => {
                builder.reject(line, "", given_up_reason(too_long), "");
            }
            Next::Record if record.cell(0).trim_start_matches('\u{feff}') == layout.first => {}
            Next::Record => {
                if record.unterminated {
                    builder.warnings.add_at(
                        WarningKind::TruncatedLastRow,
                        "the last row has no line end: the file may be cut off there",
                        intake.example(record.line, "", &record.shown(b',')),
                    );
                    if !layout.is_whole(&record) {
                        continue;
                    }
                }
                match layout.offset(&record) {
                    Ok(offset) => waiting.push(&offset).map_err(|e| intake.read_failed(e))?,
                    Err((column, reason)) => {
                        builder.reject(record.line, column, reason, &record.shown(b','));
                    }
                }
            }
        }
        if (waiting.count() + builder.rejected()).is_multiple_of(8_192) {
            intake.progress.check()?;
        }
    }
    let read = Read {
        requests: waiting.count(),
    };
    waiting.count_into(&mut builder, intake, b"requests")?;
    also(&read, &mut builder);
    builder.finish("there is a header, but no request under it; run the test again")
}

impl Layout {
    /// Whether a last row without a line end has all of its last cell.
    fn is_whole(&self, record: &Record) -> bool {
        let last = record.bytes(self.columns - 1).unwrap_or_default();
        let decimals = last
            .iter()
            .position(|b| *b == b'.')
            .map(|point| last.len() - point - 1);
        record.len() == self.columns
            && match self.last_decimals {
                Some(wanted) => decimals == Some(wanted),
                None => last.len() == 3,
            }
    }

    fn offset(&self, record: &Record) -> Result<Offset, Reason> {
        if record.len() != self.columns {
            return Err(("", "it has another number of columns than the header"));
        }
        let field = |index| record.bytes(index).unwrap_or_default().trim_ascii();
        let code: u16 = std::str::from_utf8(field(self.status))
            .ok()
            .and_then(|text| text.parse().ok())
            .filter(|code| (100..1000).contains(code))
            .ok_or(("status", "not a status code"))?;
        let received = match self.bytes {
            Some(index) => super::fields::digits(field(index)).ok_or(("bytes", "not a number"))?,
            None => 0,
        };
        Ok(Offset {
            start_micros: seconds_ns(field(self.start))
                .ok_or(("start", "not a number of seconds"))?
                / 1_000,
            duration_ns: seconds_ns(field(self.duration))
                .ok_or(("duration", "not a number of seconds"))?,
            code,
            received,
            line: record.line,
        })
    }
}

/// Nanoseconds of decimal seconds such as `0.0181`, exactly; `None` below zero and above ten years.
pub fn seconds_ns(text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || whole.len() > 9 || !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let secs: i64 = whole.parse().ok().filter(|s| *s < 320_000_000)?;
    let mut nanos = 0;
    for place in 0..9 {
        let digit = fraction.as_bytes().get(place).map_or(0, |b| b - b'0');
        nanos = nanos * 10 + i64::from(digit);
    }
    let rounds_up = fraction.as_bytes().get(9).is_some_and(|b| *b >= b'5');
    Some(secs * 1_000_000_000 + nanos + i64::from(rounds_up))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_seconds_are_exact() {
        for (text, ns) in [
            ("0.0181", 18_100_000),
            ("12.3203", 12_320_300_000),
            ("3", 3_000_000_000),
            ("0.000001234", 1_234),
            ("0.30000000000000004", 300_000_000),
            ("0.0123456789999", 12_345_679),
        ] {
            assert_eq!(seconds_ns(text.as_bytes()), Some(ns), "{text}");
        }
        for text in [
            "",
            "-1",
            "1e3",
            "NaN",
            ".5",
            "1.2.3",
            "9999999999",
            "inf",
            " 1",
        ] {
            assert_eq!(seconds_ns(text.as_bytes()), None, "{text}");
        }
    }
}
