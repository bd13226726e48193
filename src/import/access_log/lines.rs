//! Lines of a stream, one after another, whatever they hold: quotes mean nothing here, and a line without end is given up.

use std::io::{self, Read};

use memchr::memchr;

/// A line longer than this is given up.
const MAX_LINE: usize = 1 << 20;
/// How much is read at once.
const CHUNK: usize = 1 << 18;

/// One line without its line end.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// 1-based.
    pub number: u64,
    /// Its bytes; of one that is too long, the first 1,000.
    pub text: &'a [u8],
    /// It has a line end; the last line of a file that was cut off has none.
    pub ended: bool,
    /// It is longer than the limit, and was passed over.
    pub too_long: bool,
}

/// Reads lines from a stream.
pub(super) struct Lines<R> {
    reader: R,
    buffer: Vec<u8>,
    at: usize,
    filled: usize,
    /// Up to here, no line end was found.
    searched: usize,
    number: u64,
    at_end: bool,
    start: Vec<u8>,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader,
            buffer: Vec::new(),
            at: 0,
            filled: 0,
            searched: 0,
            number: 0,
            at_end: false,
            start: Vec::new(),
        }
    }

    /// The next line; `None` after the last one.
    pub(super) fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        let mut too_long = false;
        loop {
            let rest = self.buffer.get(self.searched..self.filled);
            let found = memchr(b'\n', rest.unwrap_or_default()).map(|i| self.searched + i);
            let end = match found {
                Some(end) => end,
                None if self.at_end => self.filled,
                None => {
                    self.searched = self.filled;
                    if self.filled - self.at > MAX_LINE {
                        if !too_long {
                            too_long = true;
                            self.start = beginning(self.buffer.get(self.at..self.filled));
                        }
                        self.at = self.filled;
                    }
                    self.fill()?;
                    continue;
                }
            };
            let from = self.at;
            let ended = found.is_some();
            if from == end && !ended && !too_long {
                return Ok(None);
            }
            self.at = end + usize::from(ended);
            self.searched = self.at;
            self.number += 1;
            let text = self.buffer.get(from..end).unwrap_or_default();
            too_long |= text.len() > MAX_LINE;
            let text = if too_long {
                if self.start.is_empty() {
                    self.start = beginning(Some(text));
                }
                self.start.as_slice()
            } else {
                text.strip_suffix(b"\r").unwrap_or(text)
            };
            return Ok(Some(Line {
                number: self.number,
                text,
                ended,
                too_long,
            }));
        }
    }

    /// Reads more behind what is still needed.
    fn fill(&mut self) -> io::Result<()> {
        self.buffer.copy_within(self.at..self.filled, 0);
        self.filled -= self.at;
        self.searched -= self.at;
        self.at = 0;
        if self.buffer.len() < self.filled + CHUNK {
            self.buffer.resize(self.filled + CHUNK, 0);
        }
        let free = self.buffer.get_mut(self.filled..).unwrap_or_default();
        let read = loop {
            match self.reader.read(free) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.filled += read;
        self.at_end = read == 0;
        Ok(())
    }
}

fn beginning(text: Option<&[u8]>) -> Vec<u8> {
    let text = text.unwrap_or_default();
    text.get(..text.len().min(1_000))
        .unwrap_or_default()
        .to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &[u8]) -> Vec<(u64, Vec<u8>, bool, bool)> {
        let mut lines = Lines::new(text);
        let mut all = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            all.push((line.number, line.text.to_vec(), line.ended, line.too_long));
        }
        all
    }

    #[test]
    fn lines_come_with_their_number_and_their_end() {
        assert_eq!(
            all(b"a\r\n\nlast"),
            [
                (1, b"a".to_vec(), true, false),
                (2, Vec::new(), true, false),
                (3, b"last".to_vec(), false, false)
            ]
        );
        assert_eq!(all(b""), []);
    }

    #[test]
    fn a_line_without_end_is_passed_over() {
        let mut text = b"one\n".to_vec();
        text.extend(vec![b'x'; 3 * MAX_LINE]);
        text.extend_from_slice(b"\nthree\n");
        let lines = all(&text);
        assert_eq!(lines.len(), 3);
        assert_eq!((lines[1].0, lines[1].1.len(), lines[1].3), (2, 1_000, true));
        assert_eq!(lines[2], (3, b"three".to_vec(), true, false));
        let mut lines = Lines::new(text.as_slice());
        while lines.next().unwrap().is_some() {}
        assert!(lines.buffer.len() < 2 * MAX_LINE, "memory does not grow");
    }
}
