//! One line of a log in the common format or one of its many extensions, taken apart without copying.

use super::clock;
use crate::calendar::Zone;

/// The parts of one line, as they stand in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TextLine<'a> {
    /// What stands in the brackets.
    pub time: &'a [u8],
    /// The first line of the request, without its quotes.
    pub request: &'a [u8],
    /// Status code.
    pub status: u16,
    /// Status code as text.
    pub code: &'a [u8],
    /// Bytes sent; a dash is none.
    pub bytes: i64,
    /// What follows.
    pub tail: &'a [u8],
}

impl<'a> TextLine<'a> {
    /// `[vhost ]host ident user [time] "request" status bytes …`; or what is wrong with it.
    pub(super) fn of(line: &'a [u8]) -> Result<Self, &'static str> {
        let (time, rest) = time_of(line).ok_or("there is no time in brackets")?;
        let rest = rest
            .strip_prefix(b" \"")
            .ok_or("there is no request in quotes after the time")?;
        let end = closing_quote(rest).ok_or("the quote of the request is not closed")?;
        let (request, rest) = (part(rest, 0, end), part(rest, end + 1, rest.len()));
        let rest = rest.strip_prefix(b" ").unwrap_or(rest);
        let (code, rest) = word(rest);
        let status = match code {
            [a @ b'1'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9'] => {
                let digit = |d: u8| u16::from(d - b'0');
                digit(*a) * 100 + digit(*b) * 10 + digit(*c)
            }
            _ => return Err("there is no status of three digits after the request"),
        };
        let (bytes, tail) = word(rest);
        let bytes = match bytes {
            b"-" => 0,
            digits if !digits.is_empty() && digits.len() <= 18 => digits
                .iter()
                .try_fold(0_i64, |n, d| {
                    d.is_ascii_digit().then(|| n * 10 + i64::from(d - b'0'))
                })
                .ok_or("the number of bytes is not one")?,
            _ => return Err("there is no number of bytes after the status"),
        };
        Ok(Self {
            time,
            request,
            status,
            code,
            bytes,
            tail,
        })
    }
}

fn part(text: &[u8], from: usize, to: usize) -> &[u8] {
    text.get(from..to).unwrap_or_default()
}

/// A word and what follows the blank behind it.
fn word(text: &[u8]) -> (&[u8], &[u8]) {
    let end = memchr::memchr(b' ', text).unwrap_or(text.len());
    (part(text, 0, end), part(text, end + 1, text.len()))
}

/// The time in the first brackets that hold one, and what follows them.
fn time_of(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut from = 0;
    // Bots send brackets as user names; a few tries are enough.
    for _ in 0..8 {
        let open = from + memchr::memchr(b'[', line.get(from..)?)?;
        let inside = line.get(open + 1..)?;
        if let Some(close) = memchr::memchr(b']', inside.get(..inside.len().min(48))?) {
            let time = part(inside, 0, close);
            if matches!(time, [d, _, b'/', ..] if d.is_ascii_digit()) {
                return Some((time, part(inside, close + 1, inside.len())));
            }
        }
        from = open + 1;
    }
    None
}

/// Where the quote is closed that was open before this text; escaped ones do not count.
fn closing_quote(text: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + memchr::memchr(b'"', text.get(from..)?)?;
        let escapes = text
            .get(..at)?
            .iter()
            .rev()
            .take_while(|b| **b == b'\\')
            .count();
        if escapes % 2 == 0 {
            return Some(at);
        }
        from = at + 1;
    }
}

/// One field of the tail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Field<'a> {
    /// What stands before `=`, as in `rt=0.123`.
    pub key: &'a [u8],
    /// The value without quotes.
    pub value: &'a [u8],
    /// It stood in quotes.
    pub quoted: bool,
}

/// The fields of a tail, one after another.
pub(super) struct Fields<'a> {
    rest: &'a [u8],
    /// A quote was opened and not closed: the line is cut off.
    pub open: bool,
}

impl<'a> Fields<'a> {
    pub(super) const fn of(tail: &'a [u8]) -> Self {
        Self {
            rest: tail,
            open: false,
        }
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Field<'a>> {
        let rest = self.rest.trim_ascii_start();
        if rest.is_empty() || self.open {
            return None;
        }
        let plain = rest
            .iter()
            .position(|b| matches!(b, b' ' | b'"'))
            .unwrap_or(rest.len());
        let before = part(rest, 0, plain);
        let key_before = before
            .strip_suffix(b"=")
            .or_else(|| before.strip_suffix(b":"));
        if rest.get(plain) == Some(&b'"') && (plain == 0 || key_before.is_some()) {
            let inside = part(rest, plain + 1, rest.len());
            let Some(end) = closing_quote(inside) else {
                self.open = true;
                return None;
            };
            self.rest = part(inside, end + 1, inside.len());
            return Some(Field {
                key: key_before.unwrap_or_default(),
                value: part(inside, 0, end),
                quoted: true,
            });
        }
        let (text, after) = word(rest);
        self.rest = after;
        let (key, value) = match memchr::memchr(b'=', text) {
            Some(at) => (part(text, 0, at), part(text, at + 1, text.len())),
            None => (&b""[..], text),
        };
        Some(Field {
            key,
            value,
            quoted: false,
        })
    }
}

/// Whether a line is one of an access log, its time included.
pub(super) fn is_one(line: &str) -> bool {
    TextLine::of(line.as_bytes()).is_ok_and(|parts| clock::read(parts.time, &Zone::utc()).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"83.149.9.216 - frank [17/May/2015:10:05:03 +0000] "GET /a \"b\" HTTP/1.1" 200 203 "http://x/ y" "Mozilla/5.0 (X11; [en]) \"q\"" rt=0.123 uct="0.1, 0.2" 17"#;

    #[test]
    fn a_line_falls_into_its_parts() {
        let line = TextLine::of(LINE.as_bytes()).unwrap();
        assert_eq!(line.time, b"17/May/2015:10:05:03 +0000");
        assert_eq!(line.request, br#"GET /a \"b\" HTTP/1.1"#);
        assert_eq!(
            (line.status, line.bytes, line.code),
            (200, 203, &b"200"[..])
        );
        let fields: Vec<(&[u8], &[u8], bool)> = Fields::of(line.tail)
            .map(|f| (f.key, f.value, f.quoted))
            .collect();
        assert_eq!(
            fields,
            [
                (&b""[..], &b"http://x/ y"[..], true),
                (b"", br#"Mozilla/5.0 (X11; [en]) \"q\""#, true),
                (b"rt", b"0.123", false),
                (b"uct", b"0.1, 0.2", true),
                (b"", b"17", false),
            ]
        );
        let vhost = r#"shop.example:443 ::1 - [x] [17/May/2015:10:05:03 +0000] "-" 408 -"#;
        let line = TextLine::of(vhost.as_bytes()).unwrap();
        assert_eq!((line.request, line.status, line.bytes), (&b"-"[..], 408, 0));
        assert!(is_one(vhost) && is_one(LINE));
    }

    #[test]
    fn a_line_cut_anywhere_says_so_or_lacks_fields() {
        let whole = Fields::of(TextLine::of(LINE.as_bytes()).unwrap().tail).count();
        for end in 0..LINE.len() - 2 {
            let Ok(line) = TextLine::of(&LINE.as_bytes()[..end]) else {
                continue;
            };
            assert!(Fields::of(line.tail).count() < whole, "{end}");
        }
    }
}
