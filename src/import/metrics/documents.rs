//! A stream of JSON as single documents: one a line, one after the other, or the elements of a list. Only one of them is
//! in memory at a time.
//!
//! Exporters of the same tool write one large document, one a line (OTLP file exporter, Splunk) or, where a person
//! joined the pages of an answer, several in a row: all of them look the same from here.

use std::io::{self, BufRead, BufReader, Read};

use serde::de::DeserializeOwned;

use super::brought::Brought;
use crate::import::{ImportError, Intake};
use crate::warning::WarningKind;

/// A single line may be as long as this.
pub const LINE_LIMIT: usize = 64 << 20;
/// A document over several lines may be as long as this where it is read into plain lists of numbers.
pub const DOCUMENT_LIMIT: usize = 128 << 20;
/// And as long as this where each of its values is held by name.
pub const TREE_LIMIT: usize = 32 << 20;

/// What comes next. The text of a document is in [`Documents::text`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// A document that begins in this line.
    Document(u64),
    /// The file ends in the middle of one that begins in this line.
    Cut(u64),
    /// One that begins in this line is longer than the limit.
    TooLong(u64),
    /// The file is over.
    End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Documents follow each other, or are elements of a list; where one ends is seen by its brackets.
    Brackets,
    /// One a line: a damaged line harms no other.
    Lines,
}

/// Takes a stream apart.
struct Documents<R> {
    reader: BufReader<R>,
    limit: usize,
    form: Form,
    /// Lines begun so far.
    line: u64,
    first: bool,
    /// Inside a list of documents.
    listed: bool,
    /// Something stood between the documents that belongs to none.
    junk: bool,
    text: Vec<u8>,
}

impl<R: Read> Documents<R> {
    fn new(reader: R, limit: usize) -> Self {
        Self {
            reader: BufReader::with_capacity(1 << 16, reader),
            limit,
            form: Form::Brackets,
            line: 1,
            first: true,
            listed: false,
            junk: false,
            text: Vec::new(),
        }
    }

    fn next(&mut self) -> io::Result<Next> {
        self.text.clear();
        match self.form {
            Form::Brackets => self.next_by_brackets(),
            Form::Lines => self.next_line(),
        }
    }

    fn next_line(&mut self) -> io::Result<Next> {
        loop {
            self.text.clear();
            let line = self.line;
            let limit = self.limit.min(LINE_LIMIT) as u64;
            let read = (&mut self.reader)
                .take(limit)
                .read_until(b'\n', &mut self.text)?;
            if read == 0 {
                return Ok(Next::End);
            }
            let ended = self.text.ends_with(b"\n");
            if !ended && read as u64 == limit {
                self.line += 1;
                self.reader.skip_until(b'\n')?;
                return Ok(Next::TooLong(line));
            }
            self.line += 1;
            if self.text.iter().any(|b| !b.is_ascii_whitespace()) {
                let whole = ended || self.text.trim_ascii_end().ends_with(b"}");
                return Ok(if whole {
                    Next::Document(line)
                } else {
                    Next::Cut(line)
                });
            }
        }
    }

    fn next_by_brackets(&mut self) -> io::Result<Next> {
        let (mut depth, mut quoted, mut escaped, mut too_long) = (0_usize, false, false, false);
        let mut begun = self.line;
        loop {
            let chunk = self.reader.fill_buf()?;
            if chunk.is_empty() {
                let inside = depth > 0 || std::mem::take(&mut self.listed);
                return Ok(match (too_long, inside) {
                    (true, _) => Next::TooLong(begun),
                    (false, true) => Next::Cut(begun),
                    (false, false) => Next::End,
                });
            }
            let (mut used, mut from) = (0, if depth > 0 { Some(0) } else { None });
            let mut done = false;
            for byte in chunk {
                used += 1;
                match byte {
                    b'\n' => self.line += 1,
                    _ if escaped => {
                        escaped = false;
                        continue;
                    }
                    b'\\' if quoted => {
                        escaped = true;
                        continue;
                    }
                    b'"' if depth > 0 => quoted = !quoted,
                    _ => {}
                }
                if quoted {
                    escaped = false;
                    continue;
                }
                if depth == 0 {
                    match byte {
                        b'{' => {
                            depth = 1;
                            begun = self.line;
                            from = Some(used - 1);
                        }
                        b'[' => self.listed = true,
                        b']' => self.listed = false,
                        b',' | 0xef | 0xbb | 0xbf => {}
                        b if b.is_ascii_whitespace() => {}
                        _ => self.junk = true,
                    }
                    continue;
                }
                match byte {
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => depth -= 1,
                    _ => {}
                }
                if depth == 0 {
                    done = true;
                    break;
                }
            }
            if let Some(part) = from.and_then(|from| chunk.get(from..used)) {
                if self.text.len() + part.len() > self.limit {
                    too_long = true;
                    self.text = Vec::new();
                }
                if !too_long {
                    self.text.extend_from_slice(part);
                }
            }
            self.reader.consume(used);
            if done {
                if std::mem::take(&mut self.first)
                    && !self.listed
                    && !self.text.contains(&b'\n')
                    && self.line_ends()?
                {
                    self.form = Form::Lines;
                }
                return Ok(if too_long {
                    Next::TooLong(begun)
                } else {
                    Next::Document(begun)
                });
            }
        }
    }

    /// Whether nothing but blanks follows in this line; they are passed over.
    fn line_ends(&mut self) -> io::Result<bool> {
        loop {
            let Some(byte) = self.reader.fill_buf()?.first().copied() else {
                return Ok(true);
            };
            if !byte.is_ascii_whitespace() {
                return Ok(false);
            }
            self.reader.consume(1);
            if byte == b'\n' {
                self.line += 1;
                return Ok(true);
            }
        }
    }
}

/// What is wrong, without the place, which counts from the beginning of the document.
pub fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ")
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// Reads document after document. `what` names one, as in "an answer of CloudWatch"; an error of `take` ends the
/// reading with that sentence. Documents that cannot be read are rejected as long as there is one that can.
pub fn each<'a, T: DeserializeOwned>(
    stream: impl Read,
    limit: usize,
    what: &str,
    brought: &mut Brought<'a>,
    mut take: impl FnMut(&mut Brought<'a>, T) -> Result<(), String>,
) -> Result<u64, ImportError> {
    let intake: &Intake<'a> = brought.intake;
    let mut documents = Documents::new(stream, limit);
    let mut good = 0;
    let mut refused: Option<(String, u64)> = None;
    loop {
        let next = documents.next().map_err(|e| intake.read_failed(e))?;
        intake.progress.check()?;
        let (line, why) = match next {
            Next::End => break,
            Next::Document(line) => match serde_json::from_slice::<T>(&documents.text) {
                Ok(document) => {
                    good += 1;
                    brought.line = line;
                    take(brought, document).map_err(|what| intake.unusable(what, Some(line)))?;
                    continue;
                }
                Err(error) => (line, reason(&error)),
            },
            Next::TooLong(line) => (
                line,
                format!(
                    "longer than {} MB; export a shorter time",
                    documents.limit >> 20
                ),
            ),
            Next::Cut(line) => {
                brought.warnings.add(
                    WarningKind::TruncatedLastRow,
                    format!("the file ends in the middle of {what}; what was cut off is left out"),
                );
                if documents.text.is_empty() {
                    continue;
                }
                (line, "the file ends in the middle of it".to_owned())
            }
        };
        let text: String = String::from_utf8_lossy(&documents.text)
            .chars()
            .take(200)
            .collect();
        refused.get_or_insert((why.clone(), line));
        brought.reject(line, "", &why, &text);
    }
    if documents.junk {
        brought.warnings.add(
            WarningKind::NotRead,
            format!("the file also holds text that is not {what}; it was left out"),
        );
    }
    match (good, refused) {
        (0, Some((why, line))) => Err(intake.unusable(
            format!("{what} could not be read ({why}); export it again"),
            Some(line),
        )),
        (0, None) => Err(intake.unusable(
            format!("there is no whole document in it that is {what}; export it again"),
            None,
        )),
        _ => Ok(good),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str, limit: usize) -> Vec<String> {
        let mut documents = Documents::new(text.as_bytes(), limit);
        let mut list = Vec::new();
        loop {
            let next = documents.next().unwrap();
            if next == Next::End {
                return list;
            }
            let text = String::from_utf8(documents.text.clone()).unwrap();
            list.push(format!("{next:?} {}", text.trim()));
        }
    }

    #[test]
    fn documents_come_in_lines_in_lists_and_in_a_row() {
        for text in [
            "{\"a\":1}\n\n{\"b\":\"}\"}\n",
            "\u{feff}{\"a\":1}\r\n\r\n{\"b\":\"}\"}",
        ] {
            assert_eq!(
                all(text, 100),
                ["Document(1) {\"a\":1}", "Document(3) {\"b\":\"}\"}"]
            );
        }
        assert_eq!(
            all("[{\"a\":\"]\\\"\"},\n{\"b\":{}}]", 100),
            ["Document(1) {\"a\":\"]\\\"\"}", "Document(2) {\"b\":{}}"]
        );
        assert_eq!(
            all("{\n\"a\":1}\n{\"b\":2}", 100),
            ["Document(1) {\n\"a\":1}", "Document(3) {\"b\":2}"]
        );
    }

    #[test]
    fn what_is_cut_off_or_too_long_is_said() {
        assert_eq!(all("{\"a\":1}\n{\"a\":", 100)[1], "Cut(2) {\"a\":");
        assert_eq!(all("{\"a\":[1", 100), ["Cut(1) {\"a\":[1"]);
        assert_eq!(all("[{\"a\":1}", 100)[1], "Cut(1) ");
        assert_eq!(
            all("{\"a\":1}\n{\"a\":12345}\n{\"a\":3}\n", 10),
            [
                "Document(1) {\"a\":1}",
                "TooLong(2) {\"a\":12345",
                "Document(3) {\"a\":3}"
            ]
        );
        assert_eq!(all("{\"a\":12345}", 10), ["TooLong(1) "]);
    }
}
