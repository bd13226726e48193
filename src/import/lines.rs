//! Lines of a text, one after another, from one buffer: what readers of logs and of one-record-a-line files walk over.
//!
//! Quotes mean nothing here. A line over the limit is passed over and given with its beginning, so a file that is one
//! endless line needs no more memory than any other.

use std::borrow::Cow;
use std::io::{self, Read};

use memchr::memchr;

use super::text::{BYTE_ORDER_MARK, decode};

/// A line longer than this is given up, and reading resumes at the next one.
pub const MAX_LINE: usize = 1 << 20;
/// How much is read at once: small enough to stay in the processor's cache.
const CHUNK: usize = 256 * 1024;
/// How much of a line that was given up is shown.
const SHOWN: usize = 1_000;

/// One line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// 1-based.
    pub number: u64,
    /// Without its line end; only the beginning where it was too long.
    pub bytes: &'a [u8],
    /// Its line end stands in the file: what has none is the last line, and may be cut off.
    pub ended: bool,
    /// It was over the limit and was passed over.
    pub too_long: bool,
}

/// One line as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextLine<'a> {
    /// 1-based.
    pub number: u64,
    /// Without its line end, only the beginning where it was too long; what is not UTF-8 is read as Windows-1252.
    pub text: Cow<'a, str>,
    /// Its line end stands in the file: what has none is the last line, and may be cut off.
    pub ended: bool,
    /// It was over the limit and was passed over.
    pub too_long: bool,
}

/// Reads lines from a stream.
#[derive(Debug)]
pub struct Lines<R> {
    reader: R,
    limit: usize,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    number: u64,
    at_end: bool,
    long: Vec<u8>,
}

impl<R: Read> Lines<R> {
    /// From the beginning of a stream, with lines of at most [`MAX_LINE`] bytes.
    pub fn new(reader: R) -> Self {
        Self::within(reader, MAX_LINE)
    }

    /// From the beginning of a stream, with lines of at most `limit` bytes.
    pub fn within(reader: R, limit: usize) -> Self {
        Self {
            reader,
            limit,
            buffer: vec![0; CHUNK],
            start: 0,
            end: 0,
            number: 0,
            at_end: false,
            long: Vec::new(),
        }
    }

    /// The next line as text; `None` at the end.
    pub fn next_text(&mut self) -> io::Result<Option<TextLine<'_>>> {
        Ok(self.next_line()?.map(|line| TextLine {
            number: line.number,
            text: decode(line.bytes),
            ended: line.ended,
            too_long: line.too_long,
        }))
    }

    /// The next line; `None` at the end. A byte order mark before the first one is dropped.
    pub fn next_line(&mut self) -> io::Result<Option<Line<'_>>> {
        let mut seen = 0;
        let (from, to, ended) = loop {
            let rest = self.buffer.get(self.start..self.end).unwrap_or_default();
            if let Some(at) = memchr(b'\n', rest.get(seen..).unwrap_or_default()) {
                let from = self.start;
                self.start += seen + at + 1;
                break (from, self.start - 1, true);
            }
            seen = rest.len();
            if seen > self.limit {
                return self.skip_long();
            }
            if self.at_end {
                if seen == 0 {
                    return Ok(None);
                }
                let from = self.start;
                self.start = self.end;
                break (from, self.end, false);
            }
            self.fill()?;
        };
        self.number += 1;
        let mut bytes = self.buffer.get(from..to).unwrap_or_default();
        let too_long = bytes.len() > self.limit;
        if too_long {
            bytes = bytes.get(..SHOWN).unwrap_or(bytes);
        }
        bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        if self.number == 1 {
            bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
        }
        Ok(Some(Line {
            number: self.number,
            bytes,
            ended,
            too_long,
        }))
    }

    /// Passes over the line that fills the buffer.
    fn skip_long(&mut self) -> io::Result<Option<Line<'_>>> {
        let rest = self.buffer.get(self.start..self.end).unwrap_or_default();
        self.long = rest.get(..SHOWN).unwrap_or(rest).to_vec();
        let ended = loop {
            let rest = self.buffer.get(self.start..self.end).unwrap_or_default();
            if let Some(at) = memchr(b'\n', rest) {
                self.start += at + 1;
                break true;
            }
            self.start = self.end;
            if self.at_end {
                break false;
            }
            self.fill()?;
        };
        self.number += 1;
        Ok(Some(Line {
            number: self.number,
            bytes: &self.long,
            ended,
            too_long: true,
        }))
    }

    /// Reads more behind what is not used yet.
    fn fill(&mut self) -> io::Result<()> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.end == self.buffer.len() {
            self.buffer.resize(self.end * 2, 0);
        }
        let room = self.buffer.get_mut(self.end..).unwrap_or_default();
        let read = loop {
            match self.reader.read(room) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.end += read;
        self.at_end = read == 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out a few bytes at a time, so that every boundary is met.
    struct Trickle<'a>(&'a [u8]);

    impl Read for Trickle<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let n = self.0.len().min(buffer.len()).min(3);
            buffer[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    #[test]
    fn lines_come_one_by_one() {
        let text = b"\xef\xbb\xbfone\r\n\ntwo\nthree\xe9";
        let mut lines = Lines::new(Trickle(text));
        let mut seen = Vec::new();
        while let Some(line) = lines.next_text().unwrap() {
            seen.push((line.number, line.text.into_owned(), line.ended));
        }
        assert_eq!(
            seen,
            [
                (1, "one".to_owned(), true),
                (2, String::new(), true),
                (3, "two".to_owned(), true),
                (4, "threeé".to_owned(), false)
            ]
        );
        assert_eq!(Lines::new(&b""[..]).next_line().unwrap(), None);
    }

    #[test]
    fn an_endless_line_is_passed_over() {
        let mut text = b"a\n".to_vec();
        text.extend(std::iter::repeat_n(b'x', MAX_LINE * 3));
        text.extend(b"\nb\n");
        let mut lines = Lines::new(text.as_slice());
        assert_eq!(lines.next_line().unwrap().unwrap().bytes, b"a");
        let long = lines.next_line().unwrap().unwrap();
        assert!(long.too_long && long.ended);
        assert_eq!((long.number, long.bytes.len()), (2, SHOWN));
        let next = lines.next_line().unwrap().unwrap();
        assert_eq!((next.number, next.bytes), (3, &b"b"[..]));
        assert_eq!(lines.next_line().unwrap(), None);
        assert!(lines.buffer.len() <= MAX_LINE * 2);
    }

    #[test]
    fn the_limit_counts_whole_lines_too() {
        let mut lines = Lines::within(&b"12345\n123456\n1234567"[..], 5);
        let mut seen = Vec::new();
        while let Some(line) = lines.next_line().unwrap() {
            seen.push((line.number, line.ended, line.too_long));
        }
        assert_eq!(seen, [(1, true, false), (2, true, true), (3, false, true)]);
    }
}
