//! Lines of a stream, one after another, each of a limited length: for formats with one record a line.

use std::io::{self, BufRead as _, BufReader, Read};

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextLine {
    /// A line; `ended` where its line end stands in the file.
    Line {
        /// Whether it has a line end.
        ended: bool,
    },
    /// A line over the limit; it was passed over.
    TooLong,
    /// Nothing more.
    End,
}

/// Reads lines.
pub struct LineReader<R> {
    reader: BufReader<R>,
    limit: usize,
    /// 1-based number of the line that was read last.
    pub line: u64,
}

impl<R: Read> LineReader<R> {
    /// With lines of at most `limit` bytes.
    pub fn new(reader: R, limit: usize) -> Self {
        Self {
            reader: BufReader::with_capacity(1 << 16, reader),
            limit,
            line: 0,
        }
    }

    /// Reads the next line into `text`, without its line end.
    pub fn next(&mut self, text: &mut Vec<u8>) -> io::Result<NextLine> {
        text.clear();
        self.line += 1;
        let mut passed_over = 0_usize;
        loop {
            let buffer = match self.reader.fill_buf() {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                other => other?,
            };
            if buffer.is_empty() {
                return Ok(if passed_over > 0 {
                    NextLine::TooLong
                } else if text.is_empty() {
                    NextLine::End
                } else {
                    NextLine::Line { ended: false }
                });
            }
            let end = memchr::memchr(b'\n', buffer);
            let part = buffer.get(..end.unwrap_or(buffer.len())).unwrap_or(buffer);
            if passed_over > 0 || text.len() + part.len() > self.limit {
                passed_over += text.len() + part.len();
                text.clear();
            } else {
                text.extend_from_slice(part);
            }
            let used = part.len() + usize::from(end.is_some());
            self.reader.consume(used);
            if end.is_some() {
                if passed_over > 0 {
                    return Ok(NextLine::TooLong);
                }
                if text.last() == Some(&b'\r') {
                    text.pop();
                }
                return Ok(NextLine::Line { ended: true });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_and_long_ones_are_passed_over() {
        let long = "x".repeat(200_000);
        let content = format!("a\r\n\n{long}\nb\nlast");
        let mut lines = LineReader::new(content.as_bytes(), 100);
        let mut text = Vec::new();
        let mut seen = Vec::new();
        loop {
            let next = lines.next(&mut text).unwrap();
            if next == NextLine::End {
                break;
            }
            seen.push((next, String::from_utf8(text.clone()).unwrap(), lines.line));
        }
        let line = |ended| NextLine::Line { ended };
        assert_eq!(
            seen,
            [
                (line(true), "a".to_owned(), 1),
                (line(true), String::new(), 2),
                (NextLine::TooLong, String::new(), 3),
                (line(true), "b".to_owned(), 4),
                (line(false), "last".to_owned(), 5),
            ]
        );
    }
}
