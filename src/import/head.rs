//! The first bytes of a file, seen as text, as lines, as a table's header and as JSON: what recognisers look at.

use std::borrow::Cow;
use std::path::Path;

use super::detect::{DELIMITERS, cells};

/// The first 64 KiB of a file after decompression.
#[derive(Debug)]
pub struct Head<'a> {
    /// As they stand in the file.
    pub bytes: &'a [u8],
    /// As text without byte order mark and leading blanks; empty where the bytes are no text.
    pub text: Cow<'a, str>,
    /// This is all of the file.
    pub whole: bool,
    /// Where the file is: a few formats keep facts in their name. Recognise by content wherever there is any.
    pub path: &'a Path,
    /// What JSON there is: the keys of the first object, and where it stands.
    pub json: Option<JsonShape>,
}

/// The outline of the JSON at the beginning of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JsonShape {
    /// The root is an array; `keys` are those of its first object.
    pub array: bool,
    /// Keys of the first object at the root, in the order in which they stand, as far as the head reaches.
    pub keys: Vec<String>,
    /// After the first value, another begins: one document a line.
    pub several: bool,
    /// The text without blanks outside strings, for patterns such as `"resultType":"matrix"`.
    pub dense: String,
}

impl JsonShape {
    /// Whether the first object has all these keys.
    pub fn has_keys(&self, keys: &[&str]) -> bool {
        keys.iter().all(|key| self.keys.iter().any(|k| k == key))
    }

    /// Whether a pattern stands in the text without blanks.
    pub fn has(&self, pattern: &str) -> bool {
        self.dense.contains(pattern)
    }

    fn of(text: &str) -> Option<Self> {
        let array = match text.chars().next()? {
            '{' => false,
            '[' => true,
            _ => return None,
        };
        let mut shape = Self {
            array,
            ..Self::default()
        };
        let key_depth = if array { 2 } else { 1 };
        let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
        let mut word = String::new();
        let (mut first_object_done, mut root_done) = (false, false);
        let mut last_word: Option<String> = None;
        for c in text.chars() {
            if quoted {
                shape.dense.push(c);
                if escaped {
                    escaped = false;
                    word.push(c);
                } else if c == '\\' {
                    escaped = true;
                } else if c == '"' {
                    quoted = false;
                    last_word = Some(std::mem::take(&mut word));
                } else {
                    word.push(c);
                }
                continue;
            }
            if c.is_whitespace() {
                continue;
            }
            if root_done {
                shape.several = true;
            }
            shape.dense.push(c);
            match c {
                '"' => quoted = true,
                '{' | '[' => {
                    depth += 1;
                    last_word = None;
                }
                '}' | ']' => {
                    if depth == key_depth && c == '}' {
                        first_object_done = true;
                    }
                    depth = depth.saturating_sub(1);
                    root_done |= depth == 0;
                }
                ':' if depth == key_depth && !first_object_done => {
                    shape.keys.extend(last_word.take());
                }
                _ => last_word = None,
            }
        }
        Some(shape)
    }
}

impl<'a> Head<'a> {
    /// The beginning of a file. `whole` says that this is all of it.
    pub fn new(bytes: &'a [u8], whole: bool, path: &'a Path) -> Self {
        let text = match bytes {
            bytes if looks_binary(bytes) => Cow::Borrowed(""),
            bytes => match String::from_utf8_lossy(bytes) {
                Cow::Borrowed(text) => Cow::Borrowed(trimmed(text)),
                Cow::Owned(text) => Cow::Owned(trimmed(&text).to_owned()),
            },
        };
        let json = JsonShape::of(&text);
        Self {
            bytes,
            text,
            whole,
            path,
            json,
        }
    }

    /// The lines that are not blank, at most 200, without a `sep=` line and without a last one that is cut off.
    pub fn lines(&self) -> Vec<&str> {
        let mut lines: Vec<&str> = self
            .text
            .split(['\n', '\r'])
            .filter(|l| !l.trim().is_empty())
            .take(200)
            .collect();
        if lines.len() > 1 && !self.whole && lines.len() < 200 {
            lines.pop();
        }
        if lines
            .first()
            .is_some_and(|l| l.trim_start_matches('"').starts_with("sep="))
        {
            lines.remove(0);
        }
        lines
    }

    /// The first line that is not blank.
    pub fn first_line(&self) -> &str {
        self.lines().first().copied().unwrap_or_default()
    }

    /// The delimiter by which the first line is a header that has all these columns, in any order and case.
    pub fn header_with(&self, names: &[&str]) -> Option<u8> {
        let line = self.first_line();
        DELIMITERS.into_iter().find(|delimiter| {
            let cells = cells(line, *delimiter);
            names
                .iter()
                .all(|name| cells.iter().any(|c| c.eq_ignore_ascii_case(name)))
        })
    }

    /// Whether the text is XML whose first element has this name.
    pub fn is_xml(&self, root: &str) -> bool {
        let mut rest = self.text.as_ref();
        while let Some(start) = rest.find('<') {
            rest = rest.get(start + 1..).unwrap_or_default();
            if let Some(comment) = rest.strip_prefix("!--") {
                rest = comment.split_once("-->").map_or("", |(_, after)| after);
            } else if !rest.starts_with(['?', '!']) {
                let name: &str = rest
                    .split(|c: char| c.is_whitespace() || c == '>' || c == '/')
                    .next()
                    .unwrap_or_default();
                return name == root;
            }
        }
        false
    }
}

fn trimmed(text: &str) -> &str {
    text.trim_start_matches('\u{feff}').trim_start()
}

/// Whether these bytes are hardly text: UTF-16, many NULs or control characters.
pub(super) fn looks_binary(bytes: &[u8]) -> bool {
    if matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) {
        return true;
    }
    let sample = bytes.get(..4096).unwrap_or(bytes);
    let nul = memchr::memchr_iter(0, sample).count();
    let control = sample
        .iter()
        .filter(|b| **b < 32 && !matches!(b, b'\n' | b'\r' | b'\t' | 12))
        .count();
    nul > 0 || control * 20 > sample.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(text: &str) -> Head<'_> {
        Head::new(text.as_bytes(), true, Path::new("x"))
    }

    #[test]
    fn json_is_outlined() {
        let head = head(
            "\u{feff} {\"a\" : {\"x\": [1, {\"q\":2}]}, \"b c\": \"y: {\", \"d\": 1}\n{\"a\":2}",
        );
        let json = head.json.unwrap();
        assert_eq!(json.keys, ["a", "b c", "d"]);
        assert!(json.several && !json.array);
        assert!(json.has("{\"x\":[1,{\"q\":2}]},\"b c\":\"y: {\""));
        let json = super::JsonShape::of("[{\"t\": 1}, {\"u\": 2}]").unwrap();
        assert!(json.array && json.has_keys(&["t"]) && !json.has_keys(&["u"]));
        assert!(!json.several);
    }

    #[test]
    fn xml_is_known_by_its_root() {
        let text =
            "<?xml version=\"1.0\"?>\n<!-- <x> -->\n<!DOCTYPE y>\n<testResults version=\"1.2\">";
        assert!(head(text).is_xml("testResults"));
        assert!(!head(text).is_xml("x"));
        assert!(!head("a < b").is_xml("testResults"));
    }

    #[test]
    fn headers_are_found_by_their_columns() {
        let head = head("sep=;\nb;\"A\";c\n1;2;3\n");
        assert_eq!(head.header_with(&["a", "b"]), Some(b';'));
        assert_eq!(head.header_with(&["a", "x"]), None);
        assert_eq!(head.lines().len(), 2);
    }
}
