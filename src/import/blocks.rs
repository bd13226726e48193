//! Blocks of whole records, cut by one quote-aware scanner that runs ahead in file order.
//!
//! A quote opens a field only where a field starts (RFC 4180); a boundary inside quotes is never guessed. A record
//! over the limit is skipped to its end and reported, so a file that is one endless line needs no more memory than
//! any other. What the scanner decides does not depend on who reads the blocks, or on how many threads they are.

use std::io::{self, Read};

use memchr::{memchr, memchr_iter, memrchr};

/// Sizes that the scanner keeps to.
#[derive(Clone, Copy, Debug)]
pub struct BlockLimits {
    /// How much is handed out at once.
    pub block_bytes: usize,
    /// Longest record.
    pub record_bytes: usize,
}

impl Default for BlockLimits {
    fn default() -> Self {
        Self {
            block_bytes: 4 << 20,
            record_bytes: 1 << 20,
        }
    }
}

/// A record that was longer than the limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TooLong {
    /// How long it was.
    pub bytes: u64,
    /// Line ends inside it, its own included.
    pub newlines: u64,
    /// Its beginning.
    pub start: Vec<u8>,
    /// It reached to the end of the file, so nothing after it could be read.
    pub to_the_end: bool,
}

/// Whole records, as they stand in the file.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// Counts up from 0 in file order.
    pub sequence: u64,
    /// The records.
    pub bytes: Vec<u8>,
    /// A quote stands inside an unquoted field, so record readers that toggle at every quote would misread it.
    pub stray_quotes: bool,
    /// Its last record is the last one of the file and has no line end: it may be cut off.
    pub unfinished: bool,
    /// A record that stood after these and was skipped.
    pub too_long: Option<TooLong>,
}

/// What a scan over a buffer found out.
#[derive(Clone, Copy, Debug, Default)]
struct Scan {
    /// Position after the last record end.
    end: Option<usize>,
    /// The buffer ends inside quotes.
    quoted: bool,
    /// There are quotes inside unquoted fields.
    stray: bool,
}

/// Cuts a stream into blocks.
pub struct Cutter<R> {
    reader: R,
    delimiter: u8,
    limits: BlockLimits,
    /// Bytes after the last block, already read.
    carry: Vec<u8>,
    sequence: u64,
    at_end: bool,
    finished: bool,
}

impl<R: Read> Cutter<R> {
    /// Over a stream of records with this delimiter between fields.
    pub fn new(reader: R, delimiter: u8, limits: BlockLimits) -> Self {
        Self {
            reader,
            delimiter,
            limits,
            carry: Vec::new(),
            sequence: 0,
            at_end: false,
            finished: false,
        }
    }

    /// The next block, in a buffer that was used before (or a new one).
    pub fn next_block(&mut self, mut buffer: Vec<u8>) -> io::Result<Option<Block>> {
        if self.finished {
            return Ok(None);
        }
        let capacity = self.limits.block_bytes.max(self.limits.record_bytes * 2);
        self.fill(&mut buffer, capacity)?;
        if self.sequence == 0 && buffer.starts_with(b"\xef\xbb\xbf") {
            buffer.drain(..3);
        }
        // A record end usually lies within the last record's length; looking further back is for the odd block.
        let lazy_from = buffer.len().saturating_sub(self.limits.record_bytes + 1);
        let mut scan = Scan::of(&buffer, self.delimiter, lazy_from);
        if scan.end.is_none() {
            scan = Scan::of(&buffer, self.delimiter, 0);
        }
        let end = scan.end.unwrap_or(0);
        let tail = buffer.get(end..).unwrap_or_default();
        let mut block = Block {
            sequence: self.sequence,
            stray_quotes: scan.stray,
            ..Block::default()
        };
        self.sequence += 1;
        if self.at_end {
            self.finished = true;
            if tail.len() > self.limits.record_bytes {
                block.too_long = Some(TooLong {
                    bytes: tail.len() as u64,
                    newlines: memchr_iter(b'\n', tail).count() as u64,
                    start: beginning(tail),
                    to_the_end: true,
                });
                buffer.truncate(end);
            } else {
                block.unfinished = !tail.is_empty();
            }
        } else {
            self.carry.extend_from_slice(tail);
            if tail.len() > self.limits.record_bytes {
                block.too_long = Some(self.skip(scan.quoted)?);
            }
            buffer.truncate(end);
        }
        block.bytes = buffer;
        if block.bytes.is_empty() && block.too_long.is_none() {
            return Ok(None);
        }
        Ok(Some(block))
    }

    /// Fills the buffer with what was carried over and what is read, up to `capacity` bytes or the end of the stream.
    /// What stood in it is overwritten, so that a used buffer need not be cleared again.
    fn fill(&mut self, buffer: &mut Vec<u8>, capacity: usize) -> io::Result<()> {
        let carried = self.carry.len();
        buffer.resize(capacity.max(carried), 0);
        if let Some(start) = buffer.get_mut(..carried) {
            start.copy_from_slice(&self.carry);
        }
        self.carry.clear();
        let mut filled = carried;
        while let Some(free) = buffer.get_mut(filled..).filter(|f| !f.is_empty()) {
            match self.reader.read(free) {
                Ok(0) => {
                    self.at_end = true;
                    break;
                }
                Ok(n) => filled += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        buffer.truncate(filled);
        Ok(())
    }

    /// Skips the record that begins in `carry`, whose bytes were all scanned and which ends in state `quoted`.
    /// What follows it stands in `carry` afterwards.
    fn skip(&mut self, quoted: bool) -> io::Result<TooLong> {
        let mut too_long = TooLong {
            bytes: self.carry.len() as u64,
            newlines: memchr_iter(b'\n', &self.carry).count() as u64,
            start: beginning(&self.carry),
            to_the_end: false,
        };
        let mut previous = self.carry.last().copied().unwrap_or(b'\n');
        let mut quoted = quoted;
        let mut chunk = Vec::new();
        loop {
            self.carry.clear();
            self.fill(&mut chunk, self.limits.record_bytes.max(4096))?;
            if chunk.is_empty() {
                too_long.to_the_end = true;
                self.finished = true;
                return Ok(too_long);
            }
            let end = record_end(&chunk, self.delimiter, &mut quoted, &mut previous);
            let skipped = chunk.get(..end.unwrap_or(chunk.len())).unwrap_or_default();
            too_long.bytes += skipped.len() as u64;
            too_long.newlines += memchr_iter(b'\n', skipped).count() as u64;
            if let Some(end) = end {
                self.carry = chunk.split_off(end);
                return Ok(too_long);
            }
        }
    }
}

impl Scan {
    /// Scans a buffer that begins with a record. Line ends are only looked for in stretches that reach beyond `lazy_from`.
    fn of(buffer: &[u8], delimiter: u8, lazy_from: usize) -> Self {
        let mut scan = Self::default();
        let mut plain_from = 0;
        let mut closed_at = None;
        let last_end = |from: usize, to: usize| {
            let stretch = buffer.get(from..to).filter(|_| to >= lazy_from)?;
            Some(from + memrchr(b'\n', stretch)? + 1)
        };
        for quote in memchr_iter(b'"', buffer) {
            if scan.quoted {
                scan.quoted = false;
                plain_from = quote + 1;
                closed_at = Some(quote);
                continue;
            }
            let before = quote.checked_sub(1);
            let doubled = closed_at.is_some() && closed_at == before;
            if doubled || starts_field(before.and_then(|i| buffer.get(i)).copied(), delimiter) {
                scan.end = last_end(plain_from, quote).or(scan.end);
                scan.quoted = true;
            } else {
                scan.stray = true;
            }
        }
        if !scan.quoted {
            scan.end = last_end(plain_from, buffer.len()).or(scan.end);
        }
        scan
    }
}

/// Whether a field starts after this byte; at the start of a block, one does.
fn starts_field(before: Option<u8>, delimiter: u8) -> bool {
    before.is_none_or(|b| b == delimiter || b == b'\n' || b == b'\r')
}

/// The position after the end of the record that a chunk continues.
fn record_end(chunk: &[u8], delimiter: u8, quoted: &mut bool, previous: &mut u8) -> Option<usize> {
    let mut at = 0;
    while let Some(rest) = chunk.get(at..).filter(|r| !r.is_empty()) {
        if *quoted {
            let Some(quote) = memchr(b'"', rest) else {
                break;
            };
            *quoted = false;
            at += quote + 1;
            *previous = b'"';
            continue;
        }
        let Some(found) = memchr::memchr2(b'"', b'\n', rest) else {
            break;
        };
        let before = found
            .checked_sub(1)
            .and_then(|i| rest.get(i))
            .copied()
            .unwrap_or(*previous);
        if rest.get(found) == Some(&b'\n') {
            return Some(at + found + 1);
        }
        // Directly after a closing quote, another one means a doubled quote: still inside.
        *quoted = starts_field(Some(before), delimiter) || (before == b'"' && found == 0);
        *previous = b'"';
        at += found + 1;
    }
    *previous = chunk.last().copied().unwrap_or(*previous);
    None
}

fn beginning(bytes: &[u8]) -> Vec<u8> {
    bytes
        .get(..bytes.len().min(1000))
        .unwrap_or_default()
        .to_vec()
}

/// Splits a record into fields where a quote opens a field only at its start. For blocks with stray quotes.
/// Returns the length of the record with its line end, and notes the delimiters.
pub fn split_record(bytes: &[u8], delimiter: u8, separators: &mut Vec<usize>) -> usize {
    separators.clear();
    let mut quoted = false;
    let mut before = None;
    let mut closed_at = None;
    for (i, byte) in bytes.iter().copied().enumerate() {
        if quoted {
            if byte == b'"' {
                quoted = false;
                closed_at = Some(i);
            }
        } else if byte == b'"' {
            let doubled = closed_at.is_some() && closed_at == i.checked_sub(1);
            quoted = doubled || starts_field(before, delimiter);
        } else if byte == delimiter {
            separators.push(i);
        } else if byte == b'\n' {
            return i + 1;
        }
        before = Some(byte);
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: BlockLimits = BlockLimits {
        block_bytes: 64,
        record_bytes: 32,
    };

    fn blocks(text: &[u8], limits: BlockLimits) -> Vec<Block> {
        let mut cutter = Cutter::new(text, b',', limits);
        let mut all = Vec::new();
        while let Some(block) = cutter.next_block(Vec::new()).unwrap() {
            all.push(block);
        }
        all
    }

    fn joined(blocks: &[Block]) -> Vec<u8> {
        blocks.iter().flat_map(|b| b.bytes.clone()).collect()
    }

    #[test]
    fn blocks_end_at_record_ends() {
        let text = b"1,\"a\nb\",x\n2,\"say \"\"hi\"\"\n\",y\n3,plain,z\n".repeat(20);
        let all = blocks(&text, SMALL);
        assert!(all.len() > 5);
        assert_eq!(joined(&all), text);
        for block in &all {
            let ends = [&b"x\n"[..], b"y\n", b"z\n"];
            assert!(ends.iter().any(|e| block.bytes.ends_with(e)));
            assert!(!block.stray_quotes && !block.unfinished);
        }
    }

    #[test]
    fn a_cut_off_record_is_marked() {
        let all = blocks(b"1,a\n2,\"b\nc", SMALL);
        assert_eq!(all.len(), 1);
        assert!(all[0].unfinished);
    }

    #[test]
    fn a_record_over_the_limit_is_skipped_and_reading_resumes() {
        for long in [
            "x".repeat(500),
            format!("9,\"{}\"", "quoted, \"\"\n".repeat(60)),
        ] {
            let text = format!("1,a\n{long}\n2,b\n3,c\n");
            let all = blocks(text.as_bytes(), SMALL);
            assert_eq!(joined(&all), b"1,a\n2,b\n3,c\n", "{long}");
            let skipped: Vec<&TooLong> = all.iter().filter_map(|b| b.too_long.as_ref()).collect();
            assert_eq!(skipped.len(), 1);
            assert_eq!(skipped[0].bytes, long.len() as u64 + 1);
            let newlines = memchr_iter(b'\n', long.as_bytes()).count() as u64;
            assert_eq!(skipped[0].newlines, newlines + 1);
            assert!(!skipped[0].to_the_end);
        }
    }

    #[test]
    fn one_endless_line_needs_no_memory() {
        let all = blocks("x".repeat(100_000).as_bytes(), SMALL);
        assert_eq!(joined(&all), b"");
        let skipped = all[0].too_long.clone().unwrap();
        assert_eq!(skipped.bytes, 100_000);
        assert!(skipped.to_the_end && skipped.start.len() <= 1000);
    }

    #[test]
    fn a_stray_quote_does_not_glue_records() {
        let text = b"1,5\" disk,a\n2,b,c\n".repeat(10);
        let all = blocks(&text, SMALL);
        assert_eq!(joined(&all), text);
        assert!(
            all.iter()
                .all(|b| b.stray_quotes && b.bytes.ends_with(b"\n"))
        );
        let mut separators = Vec::new();
        assert_eq!(split_record(&text, b',', &mut separators), 12);
        assert_eq!(separators, [1, 9]);
    }

    #[test]
    fn the_size_of_blocks_changes_nothing() {
        let text = b"1,\"a\nb\",x\n2,\"\",\"q\"\n3,plain,z\n\n".repeat(50);
        for block_bytes in [33, 64, 100, 1000, 100_000] {
            let limits = BlockLimits {
                block_bytes,
                record_bytes: 32,
            };
            assert_eq!(joined(&blocks(&text, limits)), text, "{block_bytes}");
        }
    }
}
