//! A delimited text as it stands: its delimiter and marks are found from the first kilobytes, its first records are kept
//! to find out what the columns are, and then all records are handed out in order.

use std::collections::VecDeque;
use std::io::{self, Chain, Cursor, Read};

use super::records::{Next, Record, Records};
use crate::import::{ImportError, Intake};

/// How many records are looked at to find out what the columns are.
const SAMPLE: usize = 500;
/// How many bytes are looked at to find the delimiter.
const HEAD: usize = 1 << 16;

/// Why a text is not a table.
#[derive(Debug, thiserror::Error)]
pub enum NotATable {
    /// Written in UTF-16.
    #[error("the text is encoded as UTF-16; save it as CSV in UTF-8")]
    Utf16,
    /// Bytes that no text has.
    #[error("this is not a text file; export the table as CSV")]
    Binary,
    /// No delimiter splits its lines into the same number of cells.
    #[error("no delimiter (comma, semicolon, tab or |) splits the lines into columns")]
    NoColumns,
    /// The stream failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// A table while it is being read.
#[derive(Debug)]
pub struct Sheet<R> {
    /// What separates the cells.
    pub delimiter: u8,
    sample: VecDeque<Result<Record, Next>>,
    records: Records<Chain<Cursor<Vec<u8>>, R>>,
}

impl<R: Read> Sheet<R> {
    /// Looks at the beginning of a stream.
    pub fn open(reader: R) -> Result<Self, NotATable> {
        Self::open_with(reader, None)
    }

    /// As [`Sheet::open`], with a delimiter that somebody knows.
    pub fn open_with(mut reader: R, delimiter: Option<u8>) -> Result<Self, NotATable> {
        let mut head = Vec::new();
        reader.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
        let whole = head.len() < HEAD;
        let (delimiter, skip, line) = sniff(&head, whole, delimiter)?;
        head.drain(..skip);
        let mut sheet = Self {
            delimiter,
            sample: VecDeque::new(),
            records: Records::new(Cursor::new(head).chain(reader), delimiter, line),
        };
        while sheet.sample.len() < SAMPLE {
            let mut record = Record::default();
            match sheet.records.next(&mut record)? {
                Next::Record => sheet.sample.push_back(Ok(record)),
                Next::End => break,
                given_up @ Next::GivenUp { .. } => sheet.sample.push_back(Err(given_up)),
            }
        }
        Ok(sheet)
    }

    /// As [`Sheet::open`], for an importer.
    pub fn of_file(reader: R, intake: &Intake<'_>) -> Result<Self, ImportError> {
        Self::of_file_with(reader, None, intake)
    }

    /// As [`Sheet::open_with`], for an importer.
    pub fn of_file_with(
        reader: R,
        delimiter: Option<u8>,
        intake: &Intake<'_>,
    ) -> Result<Self, ImportError> {
        Self::open_with(reader, delimiter).map_err(|error| match error {
            NotATable::Io(error) => intake.read_failed(error),
            other => intake.unusable(other.to_string(), None),
        })
    }

    /// The first records, until they are handed out.
    pub fn sample(&self) -> impl Iterator<Item = &Record> + Clone {
        self.sample.iter().filter_map(|item| item.as_ref().ok())
    }

    /// Drops the first records (a header, lines above it) and what was given up before them.
    pub fn skip(&mut self, count: usize) {
        let mut left = count;
        while left > 0 {
            match self.sample.pop_front() {
                Some(Ok(_)) => left -= 1,
                Some(Err(_)) => {}
                None => return,
            }
        }
    }

    /// Reads the next record into `record`.
    pub fn next(&mut self, record: &mut Record) -> io::Result<Next> {
        match self.sample.pop_front() {
            Some(Ok(kept)) => {
                *record = kept;
                Ok(Next::Record)
            }
            Some(Err(given_up)) => Ok(given_up),
            None => self.records.next(record),
        }
    }
}

impl<'a> Sheet<&'a [u8]> {
    /// Looks at the first bytes of a file only. A record that is cut off at their end is left out of the sample.
    pub fn of_head(head: &'a [u8]) -> Result<Self, NotATable> {
        let mut sheet = Self::open(head)?;
        let cut = sheet
            .sample
            .back()
            .is_some_and(|item| item.as_ref().is_ok_and(|r| r.unterminated));
        if cut && sheet.sample.len() > 2 {
            sheet.sample.pop_back();
        }
        Ok(sheet)
    }
}

/// Finds the delimiter, how many bytes stand before the table, and the line it starts at.
fn sniff(head: &[u8], whole: bool, known: Option<u8>) -> Result<(u8, usize, u64), NotATable> {
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        return Err(NotATable::Utf16);
    }
    if memchr::memchr(0, head).is_some() {
        return Err(NotATable::Binary);
    }
    let mut skip = if head.starts_with(b"\xef\xbb\xbf") {
        3
    } else {
        0
    };
    let mut line = 1;
    let text = head.get(skip..).unwrap_or_default();
    // Excel's own mark: `sep=;` on a line by itself.
    let first_end = memchr::memchr2(b'\n', b'\r', text).unwrap_or(text.len());
    let first = text.get(..first_end).unwrap_or_default().trim_ascii();
    let mark = first
        .strip_prefix(b"\"")
        .and_then(|f| f.strip_suffix(b"\""))
        .unwrap_or(first);
    if let [s, e, p, b'=', delimiter] = mark
        && [s, e, p].map(u8::to_ascii_lowercase) == *b"sep"
    {
        skip += first_end;
        let rest = head.get(skip..).unwrap_or_default();
        skip += if rest.starts_with(b"\r\n") {
            2
        } else {
            rest.len().min(1)
        };
        line += 1;
        return Ok((known.unwrap_or(*delimiter), skip, line));
    }
    if let Some(known) = known {
        return Ok((known, skip, line));
    }
    let mut best: Option<(usize, u8)> = None;
    for delimiter in *b"\t;|," {
        let share = regularity(text, delimiter, whole);
        if share > best.map_or(500, |(share, _)| share) {
            best = Some((share, delimiter));
        }
    }
    let (_, delimiter) = best.ok_or(NotATable::NoColumns)?;
    Ok((delimiter, skip, line))
}

/// The share (of a thousand) of the first records that have the most common number of cells, if that is two or more.
fn regularity(text: &[u8], delimiter: u8, whole: bool) -> usize {
    let mut records = Records::new(text, delimiter, 1);
    let mut record = Record::default();
    let mut counts = Vec::new();
    while counts.len() < 60 {
        match records.next(&mut record) {
            Ok(Next::Record) if record.unterminated && !whole && !counts.is_empty() => break,
            Ok(Next::Record) => counts.push(record.len()),
            Ok(Next::GivenUp { .. }) => counts.push(0),
            _ => break,
        }
    }
    let all = counts.len();
    counts.sort_unstable();
    counts
        .chunk_by(|a, b| a == b)
        .filter(|run| run.first().is_some_and(|n| *n > 1))
        .map(|run| run.len() * 1_000 / all)
        .max()
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delimiter(text: &str) -> Result<char, String> {
        Sheet::open(text.as_bytes())
            .map(|s| char::from(s.delimiter))
            .map_err(|e| e.to_string())
    }

    #[test]
    fn the_delimiter_splits_all_lines_alike() {
        for (text, expected) in [
            ("a,b\n1,2\n", ','),
            ("Zeit;Wert\n2026-01-01;1,5\n2026-01-02;2,5\n", ';'),
            ("a\tb\n1,5\t2\n", '\t'),
            ("a|b\n1|2\n", '|'),
            ("\"a;x\",b\n\"1;2\",3\n", ','),
            ("title of the chart\na,b\n1,2\n3,4\n", ','),
        ] {
            assert_eq!(delimiter(text), Ok(expected), "{text}");
        }
        assert!(delimiter("one\ntwo\n").is_err());
        assert!(Sheet::open(&b"\xff\xfea\0"[..]).is_err());
        assert!(Sheet::open(&b"PK\0\0"[..]).is_err());
    }

    #[test]
    fn marks_before_the_table_are_passed_over() {
        for text in [
            "\u{feff}sep=;\r\na;b\r\n1;2",
            "\"sep=;\"\na;b\n1;2",
            "SEP=;\na;b\n1;2",
        ] {
            let mut sheet = Sheet::open(text.as_bytes()).unwrap();
            assert_eq!(sheet.delimiter, b';');
            let mut record = Record::default();
            assert_eq!(sheet.next(&mut record).unwrap(), Next::Record);
            assert_eq!(
                (record.line, record.cell(0).as_ref(), record.len()),
                (2, "a", 2)
            );
        }
    }
}
