//! HdrHistogram interval logs (`.hlog`): a histogram a line, each with the time of its interval.
//!
//! Every bucket of a histogram becomes so many requests at the start of its interval, at the value that HdrHistogram
//! itself prints for it (its highest). Layout and the rules about times: HdrHistogram, `HistogramLogReader`.

use std::io::Read;

use super::builder::{Request, RunBuilder, RunTraits};
use super::hdr_payload::Payload;
use crate::dataset::Tool;
use crate::import::format::{Family, Format, Seen};
use crate::import::intake::peek;
use crate::import::lines::{Line, Lines};
use crate::import::{Head, ImportError, Imported, Intake};
use crate::units;
use crate::warning::WarningKind;

/// HdrHistogram's interval log.
pub static FORMAT: Format = Format {
    id: "hdr-log",
    title: "HdrHistogram interval log (.hlog)",
    family: Family::LoadTest,
    recognised_by: "a line #[Histogram log format version …], or the columns StartTimestamp, Interval_Length and \
                    Interval_Max, or a first row that ends in a base64 histogram (HIST…)",
    traps: &[
        "The unit of values is not in the file: nanoseconds, unless the log says that it is YCSB's (microseconds) or \
         the printed maximum says otherwise.",
        "Values keep 2 or 3 significant digits; each stands for its bucket's highest value, as HdrHistogram prints it.",
        "Start times may be relative to StartTime or BaseTime.",
        "Lines with a tag and lines without may count the same values twice; then only those with a tag are counted.",
        "Whether values were corrected for coordinated omission is not in the file.",
        "Requests are counted at the start of their interval: nothing within an interval is known.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

/// A start time that lies more than a year before the log's is relative to it.
const YEAR_SECS: f64 = 365.0 * 86_400.0;

fn recognise(head: &Head<'_>) -> Seen {
    let lines = head.lines();
    let first_row = lines.iter().find(|l| !l.starts_with('#'));
    let said = lines
        .iter()
        .any(|l| l.starts_with("#[Histogram log format version"));
    let columns = first_row
        .is_some_and(|l| l.starts_with("\"StartTimestamp\"") && l.contains("Interval_Max"));
    let row = first_row.is_some_and(|l| {
        let cells: Vec<&str> = l.trim_start_matches("Tag=").split(',').collect();
        matches!(cells.len(), 4 | 5) && cells.last().is_some_and(|c| c.starts_with("HIST"))
    });
    (said || columns || row).into()
}

/// One row.
struct Row {
    number: u64,
    tag: Option<Vec<u8>>,
    start_secs: f64,
    printed_max: f64,
    payload: Payload,
}

impl Row {
    fn of(number: u64, text: &[u8]) -> Result<Self, &'static str> {
        let mut cells: Vec<&[u8]> = text.split(|b| *b == b',').collect();
        let mut tag = None;
        if let Some(name) = cells.first().and_then(|c| c.strip_prefix(b"Tag=")) {
            tag = Some(name.to_vec());
            cells.remove(0);
        }
        let [start, length, max, payload] = cells.as_slice() else {
            return Err("a row has a start, a length, a maximum and a histogram");
        };
        let number_in = |cell: &[u8]| -> Option<f64> {
            let value: f64 = std::str::from_utf8(cell).ok()?.trim().parse().ok()?;
            (value.is_finite() && value >= 0.0).then_some(value)
        };
        let start_secs = number_in(start).ok_or("the start is not a time")?;
        number_in(length).ok_or("the length is not a number of seconds")?;
        let printed_max = number_in(max).ok_or("the maximum is not a number")?;
        Ok(Self {
            number,
            tag,
            start_secs,
            printed_max,
            payload: Payload::decode(payload.trim_ascii())?,
        })
    }
}

/// The unit of values, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Unit {
    ns: i64,
    name: &'static str,
    why: &'static str,
}

const NANOS: Unit = Unit {
    ns: 1,
    name: "nanoseconds",
    why: "HdrHistogram's usual unit",
};

impl Unit {
    /// From the first rows of a log.
    fn of_log(head: &[u8]) -> Self {
        let lines = || head.split(|b| *b == b'\n').map(<[u8]>::trim_ascii);
        if lines().any(|l| l.starts_with(b"#[Logging for:")) {
            return Self {
                ns: 1_000,
                name: "microseconds",
                why: "the log is about one operation, as YCSB writes it",
            };
        }
        lines()
            .filter(|l| !l.starts_with(b"#"))
            .find_map(|l| Self::of(&Row::of(0, l).ok()?))
            .unwrap_or(NANOS)
    }

    /// The printed maximum is the value divided by a ratio, a million where it was not set: nanoseconds printed as
    /// milliseconds. `None` where a row does not tell.
    fn of(row: &Row) -> Option<Self> {
        let max = row.payload.max() as f64;
        if row.printed_max < 0.01 || max < 1.0 {
            return None;
        }
        let ratio = (max / row.printed_max).log10();
        let near = |power: f64| (ratio - power).abs() < 0.5;
        Some(if near(0.0) {
            Self {
                ns: 1_000_000,
                name: "milliseconds",
                why: "maxima are printed as they are",
            }
        } else if near(3.0) {
            Self {
                ns: 1_000,
                name: "microseconds",
                why: "maxima are printed divided by 1,000",
            }
        } else {
            Self {
                why: "maxima are printed divided by 1,000,000",
                ..NANOS
            }
        })
    }
}

/// Reads one log.
fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let (head, reader) = peek(reader).map_err(|e| intake.read_failed(e))?;
    let unit = Unit::of_log(&head);
    let traits = RunTraits {
        tool: Tool::HdrHistogram,
        tick_ns: unit.ns,
        closed_loop: false,
        counts_only: false,
    };
    let mut log = Log {
        intake,
        start_time: None,
        base_time: None,
        base: None,
        about: None,
        unit,
        builder: RunBuilder::new(intake, traits),
        tagged: RunBuilder::new(intake, traits),
        rows: 0,
        counts: [0, 0],
        digits: 5,
    };
    let mut lines = Lines::new(reader);
    while let Some(line) = lines.next_line().map_err(|e| intake.read_failed(e))? {
        log.take(&line);
        if line.number.is_multiple_of(64) {
            intake.progress.check()?;
        }
    }
    log.finish()
}

struct Log<'a> {
    intake: &'a Intake<'a>,
    start_time: Option<f64>,
    base_time: Option<f64>,
    /// What is added to start times, once the first row was seen.
    base: Option<f64>,
    /// What the log says it is about (YCSB).
    about: Option<Vec<u8>>,
    unit: Unit,
    /// All rows.
    builder: RunBuilder<'a>,
    /// Rows with a tag.
    tagged: RunBuilder<'a>,
    rows: u64,
    /// Values of rows without and with a tag.
    counts: [u64; 2],
    digits: u32,
}

impl Log<'_> {
    fn take(&mut self, line: &Line<'_>) {
        let text = line.bytes.trim_ascii();
        if let Some(comment) = text.strip_prefix(b"#") {
            self.comment(comment);
            return;
        }
        if text.is_empty() || text.starts_with(b"\"StartTimestamp\"") {
            return;
        }
        let shown = || String::from_utf8_lossy(text.get(..200).unwrap_or(text)).into_owned();
        if line.too_long {
            self.builder
                .reject(line.number, "", "longer than 1 MiB", &shown());
            return;
        }
        match Row::of(line.number, text) {
            Ok(row) => {
                if !line.ended {
                    self.builder.warnings.add_at(
                        WarningKind::TruncatedLastRow,
                        "the last row has no line end: rows after it may be missing",
                        self.intake.example(line.number, "", &shown()),
                    );
                }
                self.count(&row);
            }
            Err(_) if !line.ended => self.builder.warnings.add_at(
                WarningKind::TruncatedLastRow,
                "the last row is cut off and is not counted",
                self.intake.example(line.number, "", &shown()),
            ),
            Err(reason) => self.builder.reject(line.number, "", reason, &shown()),
        }
    }

    fn comment(&mut self, comment: &[u8]) {
        let text = String::from_utf8_lossy(comment);
        let seconds = |key: &str| -> Option<f64> {
            let rest = text.trim().strip_prefix('[')?.strip_prefix(key)?;
            let number = rest.split([' ', ']', ',']).find(|w| !w.is_empty())?;
            number.parse().ok().filter(|n: &f64| n.is_finite())
        };
        if let Some(start) = seconds("StartTime:") {
            self.start_time = Some(start);
        } else if let Some(base) = seconds("BaseTime:") {
            self.base_time = Some(base);
        } else if let Some(about) = text.trim().strip_prefix("[Logging for:") {
            self.about = Some(about.trim_end_matches(']').trim().as_bytes().to_vec());
        }
    }

    fn count(&mut self, row: &Row) {
        let (start_time, base_time) = (self.start_time, self.base_time);
        let base = *self.base.get_or_insert_with(|| {
            base_time.unwrap_or_else(|| {
                start_time
                    .filter(|start| row.start_secs < start - YEAR_SECS)
                    .unwrap_or(0.0)
            })
        });
        self.rows += 1;
        self.digits = self.digits.min(row.payload.digits);
        let total = row.payload.total();
        if let Some(sum) = self.counts.get_mut(usize::from(row.tag.is_some())) {
            *sum = sum.saturating_add(total);
        }
        let label: &[u8] = match (&row.tag, &self.about) {
            (Some(tag), _) => tag,
            (None, Some(about)) => about,
            (None, None) => b"all",
        };
        let start_micros = ((base + row.start_secs) * 1e6).round() as i64;
        for bucket in &row.payload.buckets {
            let request = Request {
                start_micros,
                duration_ns: i64::try_from(bucket.high)
                    .unwrap_or(i64::MAX)
                    .saturating_mul(self.unit.ns),
                label,
                count: bucket.count,
                ..Request::default()
            };
            let counted = self.builder.add(&request);
            if row.tag.is_some() {
                self.tagged.add(&request).ok();
            }
            if let Err(reason) = counted {
                let shown = format!("{} values up to {}", bucket.count, bucket.high);
                self.builder.reject(row.number, "", reason, &shown);
            }
        }
    }

    fn finish(mut self) -> Result<Imported, ImportError> {
        const NOTHING: &str = "the log holds no values; record the histogram again";
        let unit = self.unit;
        let [plain, tagged] = self.counts;
        let warnings = &mut self.builder.warnings;
        if self.rows > 0 {
            warnings.add(
                WarningKind::Assumed,
                format!(
                    "the file does not say the unit of its values: {} were taken ({})",
                    unit.name, unit.why
                ),
            );
            warnings.add(
                WarningKind::Approximate,
                format!(
                    "values keep {} significant digits; each was taken as the highest of its bucket, as HdrHistogram \
                     prints it, and at the start of its interval",
                    self.digits
                ),
            );
        }
        let base = self.base.unwrap_or_default();
        if self.rows > 0 && base <= 0.0 && self.start_time.is_none_or(|s| s < YEAR_SECS) {
            warnings.add(
                WarningKind::Assumed,
                "a log without StartTime or BaseTime: where its times are small, the run stands at the beginning of 1970",
            );
        }
        let twice = plain > 0 && plain == tagged;
        if twice {
            warnings.add(
                WarningKind::NotRead,
                format!(
                    "rows without a tag hold the same {} values as those with one; only those with a tag are counted",
                    units::count(plain)
                ),
            );
        } else if plain > 0 && tagged > 0 {
            warnings.add(
                WarningKind::Assumed,
                "rows without a tag hold other values than those with one; all are counted, those without as \"all\"",
            );
        }
        let rows = self.rows;
        let mut imported = if twice {
            let everything = self.builder;
            let mut tagged = self.tagged;
            tagged.warnings = everything.warnings.clone();
            let rejected = everything.finish(NOTHING)?;
            let mut imported = tagged.finish(NOTHING)?;
            imported.source.info.rejected = rejected.source.info.rejected;
            imported.rejects = rejected.rejects;
            imported
        } else {
            self.builder.finish(NOTHING)?
        };
        imported.source.info.rows = rows;
        Ok(imported)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(max: u64, printed_max: f64) -> Row {
        Row {
            number: 1,
            tag: None,
            start_secs: 0.0,
            printed_max,
            payload: Payload {
                digits: 3,
                buckets: vec![super::super::hdr_payload::Bucket {
                    low: max,
                    high: max,
                    count: 1,
                }],
            },
        }
    }

    #[test]
    fn the_unit_follows_from_the_printed_maximum() {
        let ns = |max, printed| Unit::of(&row(max, printed)).map(|u| u.ns);
        assert_eq!(ns(2_768_895, 2.769), Some(1));
        assert_eq!(ns(2_769, 2.769), Some(1_000));
        assert_eq!(ns(27, 27.0), Some(1_000_000));
        assert_eq!(ns(400, 0.0), None);
    }
}
