//! A table on its way to a reader of plain CSV: rows written as CSV, and a table whose records are rewritten while they
//! are read, line for line, so that what is wrong is still found at its place.

use std::io::{self, Read};

use super::records::{Next, Record};
use super::sheet::Sheet;

/// One line of CSV while it is being written.
#[derive(Debug)]
pub struct CsvRow<'a> {
    out: &'a mut Vec<u8>,
    first: bool,
}

impl<'a> CsvRow<'a> {
    /// At the end of a text.
    pub fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out, first: true }
    }

    /// One more cell; line ends inside it become blanks.
    pub fn cell(&mut self, text: &str) {
        if !std::mem::take(&mut self.first) {
            self.out.push(b',');
        }
        let plain = !text
            .bytes()
            .any(|b| matches!(b, b',' | b'"' | b'\n' | b'\r'));
        if plain {
            self.out.extend_from_slice(text.as_bytes());
            return;
        }
        self.out.push(b'"');
        for byte in text.bytes() {
            match byte {
                b'"' => self.out.extend_from_slice(b"\"\""),
                b'\n' | b'\r' => self.out.push(b' '),
                byte => self.out.push(byte),
            }
        }
        self.out.push(b'"');
    }

    /// Ends the line.
    pub fn end(self) {
        // A line without anything would be passed over, a row of one empty cell is none.
        self.out.push(b'\n');
    }
}

/// A table with every record rewritten.
pub struct Rewritten<R, F> {
    sheet: Sheet<R>,
    rewrite: F,
    record: Record,
    out: Vec<u8>,
    at: usize,
    /// The line that is written next.
    line: u64,
    done: bool,
}

impl<R: Read, F: FnMut(&Record, &mut CsvRow<'_>)> Rewritten<R, F> {
    /// `rewrite` is given every record, the header among them, and writes its cells.
    pub fn new(sheet: Sheet<R>, rewrite: F) -> Self {
        Self {
            sheet,
            rewrite,
            record: Record::default(),
            out: Vec::new(),
            at: 0,
            line: 1,
            done: false,
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        self.out.clear();
        self.at = 0;
        while !self.done && self.out.len() < 1 << 16 {
            let next = self.sheet.next(&mut self.record)?;
            let line = match next {
                Next::Record => self.record.line,
                Next::GivenUp { line, .. } => line,
                Next::End => {
                    self.done = true;
                    break;
                }
            };
            while self.line < line {
                self.out.push(b'\n');
                self.line += 1;
            }
            let mut row = CsvRow::new(&mut self.out);
            if next == Next::Record {
                (self.rewrite)(&self.record, &mut row);
            } else if matches!(next, Next::GivenUp { too_long: true, .. }) {
                row.cell("(a record longer than 1 MiB)");
            } else {
                // No quote follows up to the end, so its reader meets the same: one that is never closed.
                self.out.push(b'"');
                row = CsvRow::new(&mut self.out);
            }
            if next == Next::Record && self.record.unterminated {
                self.done = true;
            } else {
                row.end();
                self.line += 1;
            }
        }
        Ok(())
    }
}

impl<R: Read, F: FnMut(&Record, &mut CsvRow<'_>)> Read for Rewritten<R, F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.out.len() {
            self.fill()?;
        }
        let rest = self.out.get(self.at..).unwrap_or_default();
        let length = rest.len().min(buffer.len());
        if let (Some(into), Some(from)) = (buffer.get_mut(..length), rest.get(..length)) {
            into.copy_from_slice(from);
        }
        self.at += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stay_where_they_are() {
        let text = "sep=;\na;\"b\nc\";d\n\n1;\"x,\"\"y\";3\n5;6";
        let sheet = Sheet::open(text.as_bytes()).unwrap();
        let mut rewritten = Rewritten::new(sheet, |record: &Record, row: &mut CsvRow<'_>| {
            for cell in record.cells() {
                row.cell(&cell);
            }
        });
        let mut all = String::new();
        rewritten.read_to_string(&mut all).unwrap();
        assert_eq!(all, "\na,\"b c\",d\n\n\n1,\"x,\"\"y\",3\n5,6");
    }
}
