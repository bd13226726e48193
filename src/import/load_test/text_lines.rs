//! Lines of a text in a stream, with a limit on their length: what importers of logs and text reports read.

use std::io::{self, BufRead, BufReader, Read};

use memchr::memchr;

/// A line longer than this is given up, and reading resumes at the next one.
pub const MAX_LINE: usize = 1 << 20;

/// One line as it stands in the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// 1-based.
    pub number: u64,
    /// It ends with a line end; otherwise it is the last one and may be cut off.
    pub ended: bool,
    /// It was longer than [`MAX_LINE`]; only its beginning is there.
    pub too_long: bool,
}

/// Reads lines from a stream.
pub struct TextLines<R> {
    reader: BufReader<R>,
    number: u64,
}

impl<R: Read> TextLines<R> {
    /// From the beginning of a file.
    pub fn new(reader: R) -> Self {
        Self {
            reader: BufReader::with_capacity(256 * 1024, reader),
            number: 0,
        }
    }

    /// The next line, without its line end (`\n` or `\r\n`) and without a byte order mark; `None` at the end.
    pub fn next(&mut self, text: &mut Vec<u8>) -> io::Result<Option<Line>> {
        text.clear();
        let mut line = Line::default();
        let mut seen = false;
        loop {
            let chunk = match self.reader.fill_buf() {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                other => other?,
            };
            if chunk.is_empty() {
                break;
            }
            seen = true;
            let end = memchr(b'\n', chunk);
            let piece = chunk.get(..end.unwrap_or(chunk.len())).unwrap_or_default();
            let room = MAX_LINE.saturating_sub(text.len());
            line.too_long |= piece.len() > room;
            text.extend_from_slice(piece.get(..room).unwrap_or(piece));
            let used = piece.len() + usize::from(end.is_some());
            self.reader.consume(used);
            if end.is_some() {
                line.ended = true;
                break;
            }
        }
        if !seen {
            return Ok(None);
        }
        self.number += 1;
        line.number = self.number;
        if text.last() == Some(&b'\r') {
            text.pop();
        }
        if line.number == 1 && text.starts_with(b"\xef\xbb\xbf") {
            text.drain(..3);
        }
        Ok(Some(line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_lose_their_ends_and_keep_to_the_limit() {
        let long = "x".repeat(MAX_LINE + 5);
        let text = format!("\u{feff}a\r\n\n{long}\nlast");
        let mut lines = TextLines::new(text.as_bytes());
        let mut line = Vec::new();
        let mut all = Vec::new();
        while let Some(found) = lines.next(&mut line).unwrap() {
            all.push((found.number, line.len(), found.ended, found.too_long));
        }
        assert_eq!(
            all,
            [
                (1, 1, true, false),
                (2, 0, true, false),
                (3, MAX_LINE, true, true),
                (4, 4, false, false)
            ]
        );
    }
}
