//! JMeter records of one block to a tally: the inner loop of the import.
//!
//! Fields are looked at where they stand (`simd-csv`, no copies); only what is odd takes a slower way. Positions are
//! turned into line numbers when something has to be located, never before.

use memchr::memchr_iter;
use simd_csv::ZeroCopyReaderBuilder;

use super::columns::Columns;
use super::fields::{TextClock, amount, digits, rolled_month, unquoted};
use super::keys::MAX_TICKS;
use super::tally::{Sample, Tally};
use crate::calendar::{Instant, TimeRange, Zone};
use crate::import::blocks::{Block, TooLong, split_record};
use crate::import::rejects::{MAX_KEPT, Reject};

/// How the rows of a file are read.
#[derive(Clone, Debug)]
pub struct RowOptions {
    /// Where the columns stand.
    pub columns: Columns,
    /// Zone of time stamps as text.
    pub zone: Zone,
    /// Only samples that start inside.
    pub range: TimeRange,
    /// No time structure.
    pub whole: bool,
    /// Longest record.
    pub record_bytes: usize,
}

/// What one block brought.
#[derive(Default)]
pub struct BlockResult {
    /// Which block.
    pub sequence: u64,
    /// Line ends in it, those of a skipped record included.
    pub newlines: u64,
    /// The sums.
    pub tally: Tally,
    /// Records read, those outside the range included.
    pub rows: u64,
    /// Records outside the range.
    pub outside: u64,
    /// Records that could not be read; lines count from the start of the block.
    pub rejected: u64,
    /// The first of them.
    pub rejects: Vec<Reject>,
    /// Header lines, the first one of the file included.
    pub headers: u64,
    /// Line of a header with other columns.
    pub other_header: Option<u64>,
    /// Rows of resource monitors.
    pub monitoring: u64,
    /// Rows that stand for several samples.
    pub aggregated: u64,
    /// Rows whose time carried no zone.
    pub zoneless: u64,
    /// Rows whose month was beyond 12 and rolled over.
    pub rolled: u64,
    /// Records over the limit.
    pub too_long: u64,
    /// The last record was cut off: its line and text.
    pub truncated: Option<(u64, String)>,
    /// First start and last end, µs since the epoch.
    pub span: Option<(i64, i64)>,
    /// Bytes lost to a record that reached to the end of the file.
    pub lost_bytes: u64,
}

/// Fields of one record.
trait Fields {
    fn count(&self) -> usize;
    fn field(&self, index: usize) -> Option<&[u8]>;
    fn raw(&self) -> &[u8];
}

impl Fields for simd_csv::ZeroCopyByteRecord<'_> {
    fn count(&self) -> usize {
        self.len()
    }

    #[inline]
    fn field(&self, index: usize) -> Option<&[u8]> {
        self.get(index)
    }

    fn raw(&self) -> &[u8] {
        self.as_slice()
    }
}

/// A record that was split with care for stray quotes.
struct Split<'a> {
    bytes: &'a [u8],
    separators: &'a [usize],
}

impl Fields for Split<'_> {
    fn count(&self) -> usize {
        self.separators.len() + 1
    }

    fn field(&self, index: usize) -> Option<&[u8]> {
        let start = match index.checked_sub(1) {
            None => 0,
            Some(before) => self.separators.get(before)? + 1,
        };
        let end = self
            .separators
            .get(index)
            .copied()
            .unwrap_or(self.bytes.len());
        self.bytes.get(start..end)
    }

    fn raw(&self) -> &[u8] {
        self.bytes
    }
}

/// Why a record is not counted as a sample.
enum Skip {
    /// It is not one: a blank line, a header, a row of a monitor, or outside the range.
    Fine,
    /// It cannot be read: column and reason.
    Bad(&'static str, String),
    /// It has so many fields, and should have others.
    Length(usize),
}

fn bad<T>(column: &'static str, reason: &str) -> Result<T, Skip> {
    Err(Skip::Bad(column, reason.to_owned()))
}

/// Reads the records of one block.
pub fn read_block(block: &Block, options: &RowOptions, bucket_secs: u32) -> BlockResult {
    let mut reader = Reader {
        options,
        clock: TextClock::default(),
        result: BlockResult {
            sequence: block.sequence,
            tally: Tally::new(options.whole, bucket_secs),
            ..BlockResult::default()
        },
    };
    if block.stray_quotes {
        reader.careful(block);
    } else {
        reader.fast(block);
    }
    let mut result = reader.result;
    result.newlines = memchr_iter(b'\n', &block.bytes).count() as u64;
    if let Some(too_long) = &block.too_long {
        note_too_long(&mut result, too_long, options.record_bytes);
    }
    result.tally.finish();
    result
}

fn note_too_long(result: &mut BlockResult, too_long: &TooLong, limit: usize) {
    result.too_long += 1;
    result.rejected += 1;
    let rest = if too_long.to_the_end {
        result.lost_bytes = too_long.bytes;
        ", and no record end follows it"
    } else {
        ""
    };
    result.rejects.push(Reject {
        line: result.newlines + 1,
        column: String::new(),
        reason: format!(
            "a record of {} bytes, more than the {limit} allowed{rest}",
            too_long.bytes
        ),
        text: String::from_utf8_lossy(&too_long.start).into_owned(),
    });
    result.newlines += too_long.newlines;
}

struct Reader<'a> {
    options: &'a RowOptions,
    clock: TextClock,
    result: BlockResult,
}

impl Reader<'_> {
    fn fast(&mut self, block: &Block) {
        let mut records = ZeroCopyReaderBuilder::with_capacity(64 * 1024)
            .delimiter(self.options.columns.delimiter)
            .has_headers(false)
            .flexible(true)
            .from_reader(block.bytes.as_slice());
        let mut at = 0;
        while let Ok(Some(record)) = records.read_byte_record() {
            if let Err(skip) = self.row(&record) {
                self.skip(skip, record.raw(), block, at);
            }
            at = records.position() as usize;
        }
    }

    fn careful(&mut self, block: &Block) {
        let mut separators = Vec::new();
        let mut at = 0;
        while let Some(rest) = block.bytes.get(at..).filter(|r| !r.is_empty()) {
            let length = split_record(rest, self.options.columns.delimiter, &mut separators);
            let record = rest.get(..length).unwrap_or(rest);
            let record = record.strip_suffix(b"\n").unwrap_or(record);
            let record = Split {
                bytes: record.strip_suffix(b"\r").unwrap_or(record),
                separators: &separators,
            };
            if let Err(skip) = self.row(&record) {
                self.skip(skip, record.raw(), block, at);
            }
            at += length;
        }
    }

    /// Notes a record that is not counted. It begins at `at`, after the blank lines that stand there.
    fn skip(&mut self, skip: Skip, raw: &[u8], block: &Block, at: usize) {
        let (column, reason, short) = match skip {
            Skip::Fine => return,
            Skip::Bad(column, reason) => (column, reason, false),
            Skip::Length(count) => {
                let wanted = self.options.columns.count;
                let reason = format!("{count} fields where {wanted} belong");
                ("", reason, count < wanted)
            }
        };
        let rest = block.bytes.get(at..).unwrap_or_default();
        let blank = rest.iter().take_while(|b| matches!(b, b'\n' | b'\r'));
        let start = at + blank.count();
        let end = start + raw.len();
        let line = || {
            let before = block.bytes.get(..start).unwrap_or_default();
            1 + memchr_iter(b'\n', before).count() as u64
        };
        let text = || {
            let shown = raw.get(..raw.len().min(1000)).unwrap_or_default();
            String::from_utf8_lossy(shown).into_owned()
        };
        if short && block.unfinished && end >= block.bytes.len() {
            self.result.truncated = Some((line(), text()));
            return;
        }
        if raw.len() > self.options.record_bytes {
            self.result.too_long += 1;
        }
        if self.result.other_header == Some(0) {
            self.result.other_header = Some(line());
        }
        self.result.rejected += 1;
        if self.result.rejects.len() < MAX_KEPT {
            self.result.rejects.push(Reject {
                line: line(),
                column: column.to_owned(),
                reason,
                text: text(),
            });
        }
    }

    fn row(&mut self, record: &impl Fields) -> Result<(), Skip> {
        let columns = &self.options.columns;
        if record.count() != columns.count {
            return self.odd_length(record);
        }
        if record.raw().len() > self.options.record_bytes {
            return bad("", "a record longer than the limit");
        }
        let field = |index: usize| unquoted(record.field(index).unwrap_or_default());
        let time = field(columns.time);
        let start_micros = match digits(time) {
            Some(millis) if (100_000_000_000..4_294_967_296_000).contains(&millis) => millis * 1000,
            _ => self.odd_time(time, record)?,
        };
        let elapsed = field(columns.elapsed);
        let Some(ticks) = digits(elapsed).filter(|t| *t <= MAX_TICKS) else {
            return bad("elapsed", "not a duration in whole milliseconds");
        };
        let code = field(columns.code);
        let failed = match field(columns.success) {
            b"true" => false,
            b"false" => true,
            other if other.eq_ignore_ascii_case(b"true") => false,
            other if other.eq_ignore_ascii_case(b"false") => true,
            b"" if columns.success >= columns.count => {
                !code.is_empty() && !code.starts_with(b"2") && !code.starts_with(b"3")
            }
            _ => return bad("success", "neither true nor false"),
        };
        let whole = |index: usize, column: &'static str| {
            amount(field(index)).map_or_else(|| bad(column, "not a whole number"), Ok)
        };
        let received = whole(columns.bytes, "bytes")?;
        let sent = whole(columns.sent, "sentBytes")?;
        let active = match field(columns.active) {
            b"" => None,
            _ => Some(whole(columns.active, "allThreads")?),
        };
        let thread = field(columns.thread);
        if thread.is_empty()
            && columns.thread < columns.count
            && code.is_empty()
            && received == 0
            && active.unwrap_or(0) == 0
        {
            self.result.monitoring += 1;
            return Err(Skip::Fine);
        }
        let controller = field(columns.message).starts_with(b"Number of samples in transaction")
            && matches!(field(columns.url), b"" | b"null");
        self.result.rows += 1;
        if !self.options.range.contains(Instant(start_micros)) {
            self.result.outside += 1;
            return Err(Skip::Fine);
        }
        let length_micros = ticks * 1000;
        let end = start_micros + length_micros;
        self.result.span = Some(self.result.span.map_or((start_micros, end), |(a, b)| {
            (a.min(start_micros), b.max(end))
        }));
        let sample = Sample {
            start_micros,
            ticks,
            length_micros,
            label: field(columns.label),
            controller,
            failed,
            count: 1,
            code,
            received,
            sent,
            active,
            generator: field(columns.host),
        };
        let several = digits(field(columns.samples)).unwrap_or(1);
        if several > 1 {
            self.several(&sample, several as u64, digits(field(columns.errors)));
        } else {
            self.result.tally.add(&sample);
        }
        Ok(())
    }

    /// A row of the statistical mode: its duration is a sum, so each of its samples counts with the mean.
    fn several(&mut self, sample: &Sample<'_>, several: u64, errors: Option<i64>) {
        self.result.aggregated += 1;
        let errors = errors.map_or(if sample.failed { several } else { 0 }, |e| e as u64);
        let errors = errors.min(several);
        let each = Sample {
            ticks: (sample.ticks as u64 / several) as i64,
            ..*sample
        };
        let mut rest = each;
        for (failed, count) in [(false, several - errors), (true, errors)] {
            if count > 0 {
                rest.failed = failed;
                rest.count = count;
                self.result.tally.add(&rest);
                (rest.received, rest.sent) = (0, 0);
            }
        }
    }

    fn odd_length(&mut self, record: &impl Fields) -> Result<(), Skip> {
        let raw = record.raw();
        if raw.trim_ascii().is_empty() {
            return Err(Skip::Fine);
        }
        if raw.len() > self.options.record_bytes {
            return bad("", "a record longer than the limit");
        }
        self.header(record)?;
        Err(Skip::Length(record.count()))
    }

    /// Ends the row where it is a header: the one of the file, or one that stands again.
    fn header(&mut self, record: &impl Fields) -> Result<(), Skip> {
        let raw = record.raw().trim_ascii_end();
        let columns = &self.options.columns;
        let same = !columns.header.is_empty() && raw == columns.header.as_slice();
        let named = |name: &[u8]| {
            (0..record.count()).any(|i| {
                record
                    .field(i)
                    .is_some_and(|f| unquoted(f).eq_ignore_ascii_case(name))
            })
        };
        if same {
            self.result.headers += 1;
            return Err(Skip::Fine);
        }
        if named(b"timeStamp") && named(b"elapsed") && named(b"label") {
            self.result.headers += 1;
            self.result.other_header = Some(0);
            return bad("", "a header with other columns than the first one");
        }
        Ok(())
    }

    fn odd_time(&mut self, time: &[u8], record: &impl Fields) -> Result<i64, Skip> {
        self.header(record)?;
        let text = std::str::from_utf8(time).unwrap_or_default();
        if text.contains(['E', 'e']) && text.parse::<f64>().is_ok() {
            return bad("timeStamp", "a time stamp that a spreadsheet has rounded");
        }
        let zone = &self.options.zone;
        let mut read = self.clock.read(text, zone);
        if read.is_none() && self.options.columns.rolling_months {
            read = rolled_month(text).and_then(|rolled| self.clock.read(&rolled, zone));
            self.result.rolled += u64::from(read.is_some());
        }
        let Some((micros, zoned)) = read else {
            return bad("timeStamp", "not a time between 1970 and 2106");
        };
        self.result.zoneless += u64::from(!zoned);
        Ok(micros)
    }
}
