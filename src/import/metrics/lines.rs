//! Lines of a text, one after another, with their number and whether the file ended before the line did.
//!
//! A line over the limit is passed over to its end, so one endless line needs no more memory than any other.

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, Read};

use crate::import::table::records::decode;

/// A line longer than this is not read.
pub const MAX_LINE: usize = 1 << 20;

/// One line.
#[derive(Debug)]
pub struct Line<'a> {
    /// Counts from 1.
    pub number: u64,
    /// The line without its end; bytes that are not UTF-8 are read as Windows-1252.
    pub text: Cow<'a, str>,
    /// It has a line end: what does not may be cut off.
    pub ended: bool,
    /// It was longer than the limit; `text` is its beginning.
    pub too_long: bool,
}

/// Reads lines from a stream.
#[derive(Debug)]
pub struct Lines<R> {
    reader: BufReader<R>,
    buffer: Vec<u8>,
    number: u64,
}

impl<R: Read> Lines<R> {
    /// From the beginning of a stream; a byte order mark is dropped.
    pub fn new(reader: R) -> Self {
        Self {
            reader: BufReader::with_capacity(1 << 17, reader),
            buffer: Vec::new(),
            number: 0,
        }
    }

    /// The next line, or nothing at the end.
    pub fn read(&mut self) -> io::Result<Option<Line<'_>>> {
        self.buffer.clear();
        let limit = MAX_LINE as u64 + 1;
        let read = self
            .reader
            .by_ref()
            .take(limit)
            .read_until(b'\n', &mut self.buffer)?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        let mut ended = self.buffer.last() == Some(&b'\n');
        let too_long = !ended && read as u64 == limit;
        if too_long {
            ended = self.skip_line()?;
            self.buffer.truncate(1_000);
        }
        let mut text = self.buffer.as_slice();
        if self.number == 1 {
            text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        }
        let text = text.strip_suffix(b"\n").unwrap_or(text);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        Ok(Some(Line {
            number: self.number,
            text: decode(text),
            ended,
            too_long,
        }))
    }

    /// Passes over the rest of a line; false where the file ends first.
    fn skip_line(&mut self) -> io::Result<bool> {
        loop {
            let piece = self.reader.fill_buf()?;
            if piece.is_empty() {
                return Ok(false);
            }
            if let Some(end) = memchr::memchr(b'\n', piece) {
                self.reader.consume(end + 1);
                return Ok(true);
            }
            let length = piece.len();
            self.reader.consume(length);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_know_their_number_and_end() {
        let long = "x".repeat(MAX_LINE + 5);
        let text = format!("\u{feff}a\r\n\n{long}\nlast");
        let mut lines = Lines::new(text.as_bytes());
        let mut seen = Vec::new();
        while let Some(line) = lines.read().unwrap() {
            seen.push((line.number, line.text.len(), line.ended, line.too_long));
        }
        assert_eq!(
            seen,
            [
                (1, 1, true, false),
                (2, 0, true, false),
                (3, 1_000, true, true),
                (4, 4, false, false)
            ]
        );
    }
}
