//! Records of a delimited text, one after another, with the line each starts at: RFC 4180 quoting, any line end (`\n`,
//! `\r\n`, bare `\r`), and a way on where a quote is never closed.

use std::borrow::Cow;
use std::io::{self, Read};

use memchr::{memchr, memchr2, memchr3};

use crate::import::text::decode;

/// A record longer than this is given up, and reading resumes at the next line.
pub const MAX_RECORD: usize = 1 << 20;
const CHUNK: usize = 1 << 16;

/// One record: its cells, and where it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// 1-based line at which it starts.
    pub line: u64,
    /// Cells without their quotes, as bytes.
    text: Vec<u8>,
    /// Where each cell ends in `text`.
    ends: Vec<usize>,
    /// A cell began with a quote.
    pub quoted: bool,
    /// The file ended before the line did.
    pub unterminated: bool,
}

impl Record {
    /// Number of cells.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether it has no cells.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// A cell as bytes.
    pub fn bytes(&self, index: usize) -> Option<&[u8]> {
        let end = *self.ends.get(index)?;
        let start = match index.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        self.text.get(start..end)
    }

    /// A cell as text without white space around it; empty where there is no such cell. Bytes that are not UTF-8 are
    /// read as Windows-1252.
    pub fn cell(&self, index: usize) -> Cow<'_, str> {
        decode(self.bytes(index).unwrap_or_default().trim_ascii())
    }

    /// All cells as text.
    pub fn cells(&self) -> impl Iterator<Item = Cow<'_, str>> {
        (0..self.len()).map(|index| self.cell(index))
    }

    /// Whether every byte of it is UTF-8.
    pub fn is_utf8(&self) -> bool {
        self.text.is_ascii() || std::str::from_utf8(&self.text).is_ok()
    }

    /// The cells joined again, shortened, for showing the record to a person.
    pub fn shown(&self, delimiter: u8) -> String {
        let joined: Vec<String> = self.cells().map(Cow::into_owned).collect();
        let mut text = joined.join(&char::from(delimiter).to_string());
        let end = text.floor_char_boundary(1_000);
        text.truncate(end);
        text
    }

    fn clear(&mut self, line: u64) {
        self.line = line;
        self.text.clear();
        self.ends.clear();
        self.quoted = false;
        self.unterminated = false;
    }
}

/// What comes next in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// A record.
    Record,
    /// Something that was given up: a record over the limit, or one whose quote is never closed.
    GivenUp {
        /// 1-based line at which it starts.
        line: u64,
        /// Too long; otherwise a quote stays open to the end of the file.
        too_long: bool,
    },
    /// Nothing more.
    End,
}

/// Why a record was given up, in words.
pub(crate) const fn given_up_reason(too_long: bool) -> &'static str {
    if too_long {
        "longer than 1 MiB"
    } else {
        "a quote is opened and never closed"
    }
}

/// How the attempt to find a whole record in the buffer ended.
enum Parsed {
    /// Found; so many bytes and line ends belong to it.
    Whole { bytes: usize, lines: u64 },
    /// The buffer ends inside of it.
    Open,
}

/// Reads records from a stream.
#[derive(Debug)]
pub struct Records<R> {
    reader: R,
    delimiter: u8,
    buffer: Vec<u8>,
    at: usize,
    line: u64,
    ended: bool,
}

impl<R: Read> Records<R> {
    /// From a stream that starts at line `line` (1-based).
    pub fn new(reader: R, delimiter: u8, line: u64) -> Self {
        Self {
            reader,
            delimiter,
            buffer: Vec::new(),
            at: 0,
            line,
            ended: false,
        }
    }

    /// Reads the next record into `record`; empty lines are passed over.
    pub fn next(&mut self, record: &mut Record) -> io::Result<Next> {
        loop {
            let rest = self.buffer.get(self.at..).unwrap_or_default();
            if rest.is_empty() && self.ended {
                return Ok(Next::End);
            }
            record.clear(self.line);
            match parse(rest, self.delimiter, self.ended, record) {
                Parsed::Whole { bytes, lines } => {
                    self.at += bytes;
                    self.line += lines;
                    if bytes > MAX_RECORD {
                        return Ok(Next::GivenUp {
                            line: record.line,
                            too_long: true,
                        });
                    }
                    if record.len() == 1 && record.cell(0).is_empty() && !record.quoted {
                        continue;
                    }
                    return Ok(Next::Record);
                }
                Parsed::Open if self.ended || rest.len() > MAX_RECORD => {
                    let given_up = Next::GivenUp {
                        line: self.line,
                        too_long: rest.len() > MAX_RECORD,
                    };
                    self.skip_line()?;
                    return Ok(given_up);
                }
                Parsed::Open => self.fill()?,
            }
        }
    }

    /// Reads more, dropping what has been used.
    fn fill(&mut self) -> io::Result<()> {
        self.buffer.drain(..self.at.min(self.buffer.len()));
        self.at = 0;
        let before = self.buffer.len();
        // Doubling keeps the work on one long record linear.
        self.buffer.resize(before + before.max(CHUNK), 0);
        let room = self.buffer.get_mut(before..).unwrap_or_default();
        let read = loop {
            match self.reader.read(room) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.buffer.truncate(before + read);
        self.ended = read == 0;
        Ok(())
    }

    /// Goes on after the next line end.
    fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let rest = self.buffer.get(self.at..).unwrap_or_default();
            if let Some(end) = memchr2(b'\n', b'\r', rest) {
                let crlf = rest.get(end..end + 2) == Some(b"\r\n");
                self.at += end + if crlf { 2 } else { 1 };
                self.line += 1;
                return Ok(());
            }
            self.at = self.buffer.len();
            if self.ended {
                return Ok(());
            }
            self.fill()?;
        }
    }
}

/// Splits the first record of `text`.
fn parse(text: &[u8], delimiter: u8, at_end: bool, record: &mut Record) -> Parsed {
    let mut at = 0;
    let mut lines = 0;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        if rest.first() == Some(&b'"') {
            record.quoted = true;
            at += 1;
            loop {
                let inside = text.get(at..).unwrap_or_default();
                let Some(close) = memchr(b'"', inside) else {
                    return Parsed::Open;
                };
                let piece = inside.get(..close).unwrap_or_default();
                lines += line_ends(piece);
                record.text.extend_from_slice(piece);
                at += close + 1;
                match text.get(at) {
                    Some(b'"') => {
                        record.text.push(b'"');
                        at += 1;
                    }
                    None if !at_end => return Parsed::Open,
                    _ => break,
                }
            }
        }
        // The cell, or what follows a closing quote by mistake.
        let rest = text.get(at..).unwrap_or_default();
        let Some(stop) = memchr3(delimiter, b'\n', b'\r', rest) else {
            if !at_end {
                return Parsed::Open;
            }
            record.text.extend_from_slice(rest);
            record.ends.push(record.text.len());
            record.unterminated = true;
            return Parsed::Whole {
                bytes: text.len(),
                lines: lines + 1,
            };
        };
        record
            .text
            .extend_from_slice(rest.get(..stop).unwrap_or_default());
        record.ends.push(record.text.len());
        at += stop + 1;
        match rest.get(stop) {
            Some(b'\n') => {}
            Some(b'\r') => match text.get(at) {
                Some(b'\n') => at += 1,
                None if !at_end => return Parsed::Open,
                _ => {}
            },
            _ => continue,
        }
        return Parsed::Whole {
            bytes: at,
            lines: lines + 1,
        };
    }
}

/// Line ends inside a quoted cell.
fn line_ends(text: &[u8]) -> u64 {
    let feeds = memchr::memchr_iter(b'\n', text).count();
    let returns = memchr::memchr_iter(b'\r', text)
        .filter(|at| text.get(at + 1) != Some(&b'\n'))
        .count();
    (feeds + returns) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out one byte at a time, so that every boundary is met.
    struct Trickle<'a>(&'a [u8]);

    impl Read for Trickle<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let (Some((first, rest)), Some(slot)) = (self.0.split_first(), buffer.first_mut())
            else {
                return Ok(0);
            };
            *slot = *first;
            self.0 = rest;
            Ok(1)
        }
    }

    fn all(text: &[u8], delimiter: u8) -> Vec<(u64, Vec<String>)> {
        let mut lists = [Vec::new(), Vec::new()];
        let trickle: Box<dyn Read + '_> = Box::new(Trickle(text));
        let whole: Box<dyn Read + '_> = Box::new(text);
        for (reader, list) in [trickle, whole].into_iter().zip(&mut lists) {
            let mut records = Records::new(reader, delimiter, 1);
            let mut record = Record::default();
            loop {
                match records.next(&mut record).unwrap() {
                    Next::Record => {
                        let cells = record.cells().map(Cow::into_owned).collect();
                        list.push((record.line, cells));
                    }
                    Next::GivenUp { line, too_long } => {
                        list.push((line, vec![format!("given up {too_long}")]));
                    }
                    Next::End => break,
                }
            }
        }
        let [a, b] = lists;
        assert_eq!(a, b);
        a
    }

    fn row(line: u64, cells: &[&str]) -> (u64, Vec<String>) {
        (line, cells.iter().map(|c| (*c).to_owned()).collect())
    }

    #[test]
    fn quotes_delimiters_and_line_ends() {
        assert_eq!(
            all(
                b"a,b\r\n\"x, \"\"y\"\"\",2\r\r\n\n\"two\nlines\",3\nlast,",
                b','
            ),
            [
                row(1, &["a", "b"]),
                row(2, &["x, \"y\"", "2"]),
                row(5, &["two\nlines", "3"]),
                row(7, &["last", ""]),
            ]
        );
        assert_eq!(
            all(b"a;b\rc;d\r", b';'),
            [row(1, &["a", "b"]), row(2, &["c", "d"])]
        );
        assert_eq!(all(b"", b','), []);
    }

    #[test]
    fn an_open_quote_costs_one_line() {
        assert_eq!(
            all(b"a,b\n1,\"oops\n2,3\n4,5", b','),
            [
                row(1, &["a", "b"]),
                row(2, &["given up false"]),
                row(3, &["2", "3"]),
                row(4, &["4", "5"])
            ]
        );
        let mut long = b"1,2\nx,".to_vec();
        long.extend(std::iter::repeat_n(b'y', MAX_RECORD + 100_000));
        long.extend(b"\n3,4\n");
        let mut records = Records::new(long.as_slice(), b',', 1);
        let mut record = Record::default();
        assert_eq!(records.next(&mut record).unwrap(), Next::Record);
        assert_eq!(
            records.next(&mut record).unwrap(),
            Next::GivenUp {
                line: 2,
                too_long: true
            }
        );
        assert_eq!(records.next(&mut record).unwrap(), Next::Record);
        assert_eq!((record.line, record.cell(0).as_ref()), (3, "3"));
    }
}
