//! XML as a stream of tags, for result files that may be huge, cut off or damaged.
//!
//! Text between tags, comments and CDATA are passed over without being kept, so an element of gigabytes costs nothing. A
//! tag that is not closed before the next one begins is reported as broken and reading goes on there: one flipped bit
//! costs one tag, not the rest of the file. There are no entities but XML's own five and numbers. Attributes are
//! taken apart by `quick-xml`.

use std::borrow::Cow;
use std::io::{self, Read};

use memchr::{memchr, memchr_iter, memchr2, memmem};
use quick_xml::escape::unescape;
use quick_xml::events::attributes::Attributes;

use super::text::{BYTE_ORDER_MARK, decode};

/// How much is read at once, and how much room a tag has to begin with.
const BUFFER_BYTES: usize = 256 * 1024;
/// Tags beyond this are broken.
const MAX_TAG_BYTES: usize = 1 << 20;

/// One tag, with the 1-based line at which it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// The start of an element, or all of an empty one.
    Open {
        /// Name and attributes.
        tag: Tag<'a>,
        /// It ends at once: `<x/>`.
        empty: bool,
        /// Where it begins.
        line: u64,
    },
    /// The end of the element with this name.
    Close {
        /// Its name.
        name: &'a str,
        /// Where it begins.
        line: u64,
    },
    /// A tag without its end: its beginning.
    Broken {
        /// At most 1,000 bytes of it.
        text: &'a str,
        /// Where it begins.
        line: u64,
    },
}

/// What stands between `<` and `>` of a start tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag<'a> {
    /// All of it.
    pub text: &'a str,
    /// Length of the name.
    name: usize,
}

impl<'a> Tag<'a> {
    fn new(text: &'a str) -> Self {
        let name = text
            .find(|c: char| c.is_ascii_whitespace())
            .unwrap_or(text.len());
        Self { text, name }
    }

    /// The element's name.
    pub fn name(&self) -> &'a str {
        self.text.get(..self.name).unwrap_or_default()
    }

    /// Its attributes as they stand in the file; double ones are not looked for.
    pub fn attributes(&self) -> Attributes<'a> {
        let mut attributes = Attributes::new(self.text, self.name);
        attributes.with_checks(false);
        attributes
    }

    /// The value of one attribute; `None` where it is missing or the tag is damaged before it.
    pub fn attribute(&self, name: &str) -> Option<Cow<'a, str>> {
        self.attributes()
            .map_while(Result::ok)
            .find(|a| a.key.into_inner() == name)
            .map(|a| match a.value {
                Cow::Borrowed(value) => plain(value),
                Cow::Owned(value) => Cow::Owned(plain(&value).into_owned()),
            })
    }
}

/// A value without its entities; as it stands where one of them is unknown or not a character.
pub fn plain(value: &str) -> Cow<'_, str> {
    if memchr(b'&', value.as_bytes()).is_none() {
        return Cow::Borrowed(value);
    }
    unescape(value).unwrap_or(Cow::Borrowed(value))
}

/// Reads tags from a stream.
pub struct Scanner<R> {
    reader: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    line: u64,
    at_end: bool,
    /// The declared encoding has one byte a character.
    single_byte: bool,
    decoded: String,
    misread: u64,
    cut: bool,
    /// Something else than blanks stood before the last tag.
    text_before: bool,
    begun: bool,
}

impl<R: Read> Scanner<R> {
    /// From the beginning of a document.
    pub fn new(reader: R) -> Self {
        Self {
            reader,
            buffer: vec![0; BUFFER_BYTES],
            start: 0,
            end: 0,
            line: 1,
            at_end: false,
            single_byte: false,
            decoded: String::new(),
            misread: 0,
            cut: false,
            text_before: false,
            begun: false,
        }
    }

    /// The file ended inside a tag, a comment or CDATA.
    pub const fn cut(&self) -> bool {
        self.cut
    }

    /// Tags that were neither UTF-8 nor in a declared encoding of one byte, and were read as Windows-1252.
    pub const fn misread(&self) -> u64 {
        self.misread
    }

    /// Whether something else than blanks stood before the last tag.
    pub const fn text_before(&self) -> bool {
        self.text_before
    }

    /// The line that was reached.
    pub const fn line(&self) -> u64 {
        self.line
    }

    /// The next tag; `None` at the end of the file.
    pub fn piece(&mut self) -> io::Result<Option<Piece<'_>>> {
        if !self.begun {
            self.begun = true;
            while self.window().len() < BYTE_ORDER_MARK.len() && self.fill()? {}
            if self.window().starts_with(BYTE_ORDER_MARK) {
                self.advance(BYTE_ORDER_MARK.len());
            }
        }
        self.text_before = false;
        loop {
            if !self.skip_to_tag()? {
                return Ok(None);
            }
            // The longest of the marks below.
            while self.window().len() < 9 && self.fill()? {}
            let window = self.window();
            let end: &[u8] = if window.starts_with(b"<!--") {
                b"-->"
            } else if window.starts_with(b"<![CDATA[") {
                b"]]>"
            } else if window.starts_with(b"<!") {
                b">"
            } else if window.starts_with(b"<?") {
                self.declaration()?;
                b"?>"
            } else {
                return self.tag();
            };
            if !self.skip_past(end)? {
                self.cut = true;
                return Ok(None);
            }
        }
    }

    /// The text from here to the next tag, without entities: at most `limit` bytes of it.
    pub fn text(&mut self, limit: usize) -> io::Result<String> {
        let mut kept: Vec<u8> = Vec::new();
        loop {
            let window = self.window();
            let found = memchr(b'<', window);
            let piece = window
                .get(..found.unwrap_or(window.len()))
                .unwrap_or(window);
            let room = limit.saturating_sub(kept.len()).min(piece.len());
            kept.extend_from_slice(piece.get(..room).unwrap_or_default());
            self.advance(piece.len());
            if found.is_some() || !self.fill()? {
                let text = decode(&kept);
                return Ok(plain(&text).into_owned());
            }
        }
    }

    fn window(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    fn advance(&mut self, bytes: usize) {
        let passed = self.window().get(..bytes).unwrap_or_default();
        self.line += memchr_iter(b'\n', passed).count() as u64;
        self.start += bytes;
    }

    /// Reads more behind what is there. False at the end of the file.
    fn fill(&mut self) -> io::Result<bool> {
        if self.at_end {
            return Ok(false);
        }
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.end == self.buffer.len() {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        loop {
            let room = self.buffer.get_mut(self.end..).unwrap_or_default();
            match self.reader.read(room) {
                Ok(read) => {
                    self.end += read;
                    self.at_end = read == 0;
                    return Ok(read > 0);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn skip_to_tag(&mut self) -> io::Result<bool> {
        loop {
            let window = self.window();
            let found = memchr(b'<', window);
            let length = found.unwrap_or(window.len());
            let text = window.get(..length).unwrap_or_default();
            self.text_before |= text.iter().any(|b| !b.is_ascii_whitespace());
            self.advance(length);
            if found.is_some() {
                return Ok(true);
            }
            if !self.fill()? {
                return Ok(false);
            }
        }
    }

    fn skip_past(&mut self, end: &[u8]) -> io::Result<bool> {
        loop {
            let window = self.window();
            if let Some(found) = memmem::find(window, end) {
                self.advance(found + end.len());
                return Ok(true);
            }
            // The end may begin with the last bytes of what is there.
            let passed = window.len().saturating_sub(end.len() - 1);
            self.advance(passed);
            if !self.fill()? {
                self.advance(self.window().len());
                return Ok(false);
            }
        }
    }

    /// Learns the encoding from `<?xml … encoding="…"?>`.
    fn declaration(&mut self) -> io::Result<()> {
        while memchr(b'>', self.window()).is_none() && self.window().len() < 1_000 && self.fill()? {
        }
        let window = self.window();
        let length = memchr(b'>', window).unwrap_or(window.len()).min(1_000);
        let text = window.get(..length).unwrap_or_default();
        if !text.starts_with(b"<?xml") {
            return Ok(());
        }
        let text = String::from_utf8_lossy(text).to_ascii_lowercase();
        self.single_byte = ["iso-8859-1", "latin1", "latin-1", "windows-1252", "cp1252"]
            .iter()
            .any(|name| text.contains(name));
        Ok(())
    }

    fn tag(&mut self) -> io::Result<Option<Piece<'_>>> {
        let mut at = 1;
        let mut judged = 1;
        let mut quote = None;
        let closed = loop {
            let window = self.window();
            let rest = window.get(at..).unwrap_or_default();
            match memchr2(b'<', b'>', rest) {
                Some(found) => {
                    at += found;
                    if window.get(at) == Some(&b'<') {
                        break false;
                    }
                    quote = quote_after(quote, window.get(judged..at).unwrap_or_default());
                    if quote.is_none() {
                        break true;
                    }
                    judged = at;
                    at += 1;
                }
                None if window.len() > MAX_TAG_BYTES => {
                    at = window.len();
                    break false;
                }
                None => {
                    at = window.len();
                    if !self.fill()? {
                        self.cut = true;
                        break false;
                    }
                }
            }
        };
        let line = self.line;
        let from = self.start;
        self.advance(if closed { at + 1 } else { at });
        let raw = self.buffer.get(from + 1..from + at).unwrap_or_default();
        if !closed {
            self.decoded = decode(raw.get(..raw.len().min(1_000)).unwrap_or_default()).into_owned();
            let text = &self.decoded;
            return Ok(Some(Piece::Broken { text, line }));
        }
        let text = match std::str::from_utf8(raw) {
            Ok(text) if !self.single_byte || text.is_ascii() => text,
            _ if self.single_byte => {
                self.decoded = raw.iter().map(|b| char::from(*b)).collect();
                &self.decoded
            }
            _ => {
                self.misread += 1;
                self.decoded = decode(raw).into_owned();
                &self.decoded
            }
        };
        Ok(Some(if let Some(name) = text.strip_prefix('/') {
            Piece::Close {
                name: name.trim_end(),
                line,
            }
        } else {
            let inner = text.strip_suffix('/');
            Piece::Open {
                tag: Tag::new(inner.unwrap_or(text)),
                empty: inner.is_some(),
                line,
            }
        }))
    }
}

/// The quote that is open behind these bytes, where `open` is before them.
fn quote_after(mut open: Option<u8>, bytes: &[u8]) -> Option<u8> {
    if open != Some(b'\'') && memchr(b'\'', bytes).is_none() {
        let odd = memchr_iter(b'"', bytes).count() % 2 == 1;
        return (odd != open.is_some()).then_some(b'"');
    }
    for byte in bytes {
        match (open, byte) {
            (None, b'"' | b'\'') => open = Some(*byte),
            (Some(quote), byte) if quote == *byte => open = None,
            _ => {}
        }
    }
    open
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a few bytes at a time.
    struct Trickle<'a>(&'a [u8]);

    impl Read for Trickle<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let n = self.0.len().min(buffer.len()).min(3);
            let (now, later) = self.0.split_at(n);
            buffer[..n].copy_from_slice(now);
            self.0 = later;
            Ok(n)
        }
    }

    fn all(bytes: &[u8]) -> (Vec<String>, bool) {
        let read = |mut scanner: Scanner<Box<dyn Read + '_>>| {
            let mut seen = Vec::new();
            while let Some(piece) = scanner.piece().unwrap() {
                seen.push(match piece {
                    Piece::Open { tag, empty, line } => {
                        let attributes: Vec<String> = tag
                            .attributes()
                            .map(|a| a.map_or("?".to_owned(), |a| plain(&a.value).into_owned()))
                            .collect();
                        let end = if empty { "/" } else { "" };
                        format!("{line} {}{end} {}", tag.name(), attributes.join("|"))
                            .trim_end()
                            .to_owned()
                    }
                    Piece::Close { name, line } => format!("{line} /{name}"),
                    Piece::Broken { text, line } => format!("{line} !{text}"),
                });
            }
            (seen, scanner.cut())
        };
        let slow = read(Scanner::new(Box::new(Trickle(bytes))));
        let fast = read(Scanner::new(Box::new(bytes)));
        assert_eq!(slow, fast);
        fast
    }

    #[test]
    fn tags_with_their_lines() {
        let text = "\n<?xml version='1.0'?>\n<!-- <no> -->\n<a b=\"1 &lt; 2\" c='\"x>y\"'\n d=\"p>q\">text\n\
                    <![CDATA[<no/>]]><x/><y ></y ></a>";
        let (seen, cut) = all(text.as_bytes());
        assert_eq!(
            seen,
            ["4 a 1 < 2|\"x>y\"|p>q", "6 x/", "6 y", "6 /y", "6 /a"]
        );
        assert!(!cut);
    }

    #[test]
    fn a_broken_tag_costs_itself_only() {
        let (seen, cut) = all(b"<r><a b=\"1/>\n<a b=\"2\"/><a b=\"3\" </r>");
        assert_eq!(
            seen,
            ["1 r", "1 !a b=\"1/>\n", "2 a/ 2", "2 !a b=\"3\" ", "2 /r"]
        );
        assert!(!cut);
        for text in ["<r><a b=\"1\"", "<r><!-- never", "<r><![CDATA[ <x>", "<r><"] {
            assert!(all(text.as_bytes()).1, "{text}");
        }
        let odd = "<r x=\"&#x0;&nope;\"/>";
        assert_eq!(all(odd.as_bytes()).0, ["1 r/ &#x0;&nope;"]);
    }

    #[test]
    fn text_before_a_tag_is_told() {
        let mut scanner = Scanner::new(&b"\xef\xbb\xbf\n<a>x<b>\n<c>"[..]);
        let mut told = Vec::new();
        while scanner.piece().unwrap().is_some() {
            told.push(scanner.text_before());
        }
        assert_eq!(told, [false, true, false]);
    }

    #[test]
    fn encodings_of_one_byte_are_read() {
        let declared = b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a b=\"caf\xc3\xa9\"/>";
        assert_eq!(all(declared).0, ["1 a/ cafÃ©"]);
        let mut scanner = Scanner::new(&b"<a b=\"caf\xe9\"/>"[..]);
        let Some(Piece::Open { tag, .. }) = scanner.piece().unwrap() else {
            panic!("a tag");
        };
        assert_eq!(tag.attribute("b").as_deref(), Some("café"));
        assert_eq!(scanner.misread(), 1);
    }

    #[test]
    fn long_text_is_passed_over_and_long_tags_are_broken() {
        let text = format!("<a>{}</a>", "x".repeat(3 * BUFFER_BYTES));
        let mut scanner = Scanner::new(text.as_bytes());
        assert!(scanner.piece().unwrap().is_some());
        assert_eq!(scanner.text(4).unwrap(), "xxxx");
        assert!(matches!(
            scanner.piece().unwrap(),
            Some(Piece::Close { name: "a", .. })
        ));
        assert_eq!(scanner.buffer.len(), BUFFER_BYTES);
        let tag = format!("<a b=\"{}\"/><c/>", "x".repeat(5 * MAX_TAG_BYTES));
        let (seen, _) = all(tag.as_bytes());
        assert!(seen[0].starts_with("1 !a b=") && seen[0].len() < 1_100);
        assert_eq!(seen.last().map(String::as_str), Some("1 c/"));
        let mut scanner = Scanner::new(tag.as_bytes());
        while scanner.piece().unwrap().is_some() {}
        assert!(scanner.buffer.len() <= 4 * MAX_TAG_BYTES);
    }
}
