//! Single fields of records: whole numbers, amounts, quotes, and times as text.

use crate::calendar::{Zone, parse_time};

/// Times as text, remembering the last second: neighbouring rows share it.
#[derive(Default)]
pub struct TextClock {
    last: Option<(String, i64, bool)>,
}

impl TextClock {
    /// µs since the epoch, and whether the text carried a zone.
    pub fn read(&mut self, text: &str, zone: &Zone) -> Option<(i64, bool)> {
        if text.len() < 8 {
            return None;
        }
        let (base, fraction) = match text.split_once('.') {
            Some((base, fraction))
                if (1..=6).contains(&fraction.len())
                    && fraction.bytes().all(|b| b.is_ascii_digit()) =>
            {
                let scale = 10_i64.pow(6 - fraction.len() as u32);
                (base, fraction.parse::<i64>().ok()? * scale)
            }
            _ => (text, 0),
        };
        if let Some((last, micros, zoned)) = &self.last
            && last == base
        {
            return Some((micros + fraction, *zoned));
        }
        let parsed = parse_time(base, zone).ok()?;
        let micros = parsed.at.0;
        if !(0..4_294_967_296_000_000).contains(&micros) {
            return None;
        }
        self.last = Some((base.to_owned(), micros, parsed.zoned));
        Some((micros + fraction, parsed.zoned))
    }
}

/// A date whose month is beyond 12, with the month that Java's lenient calendar takes it for: 2001/20/20 is 2002/08/20.
/// `None` where the month is one of a year.
pub fn rolled_month(text: &str) -> Option<String> {
    let separator = text.chars().nth(4).filter(|c| matches!(c, '/' | '-'))?;
    let mut parts = text.splitn(3, separator);
    let year: u32 = parts.next()?.parse().ok()?;
    let month: u32 = parts.next().filter(|m| m.len() == 2)?.parse().ok()?;
    let rest = parts.next()?;
    let beyond = month.checked_sub(1).filter(|m| *m >= 12)?;
    let (year, month) = (year + beyond / 12, beyond % 12 + 1);
    Some(format!("{year:04}{separator}{month:02}{separator}{rest}"))
}

/// A field without the quotes around it.
#[inline]
pub fn unquoted(field: &[u8]) -> &[u8] {
    match field {
        [b'"', inner @ .., b'"'] => inner,
        _ => field,
    }
}

/// A whole number of at most 18 digits.
#[inline]
pub fn digits(text: &[u8]) -> Option<i64> {
    if text.is_empty() || text.len() > 18 {
        return None;
    }
    let mut value = 0_i64;
    for byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + i64::from(digit);
    }
    Some(value)
}

/// An amount that may be missing, and then counts as 0; JMeter writes -1 for "unknown" in places.
#[inline]
pub fn amount(text: &[u8]) -> Option<i64> {
    match text {
        b"" | b"null" => Some(0),
        [b'-', rest @ ..] if digits(rest).is_some() => Some(0),
        _ => digits(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_only() {
        assert_eq!(digits(b"1795225192805"), Some(1_795_225_192_805));
        for text in [
            &b""[..],
            b"-1",
            b"1.5",
            b"1e3",
            b"1234567890123456789",
            b" 1",
        ] {
            assert_eq!(digits(text), None);
        }
    }

    #[test]
    fn months_roll_over_as_in_java() {
        for (text, rolled) in [
            ("2001/20/20 12:05:05.123", Some("2002/08/20 12:05:05.123")),
            ("2011-21-21 14:15:25.321", Some("2012-09-21 14:15:25.321")),
            ("2011-24-01", Some("2012-12-01")),
            ("2011-12-01", None),
            ("2011-00-01", None),
            ("20/11/2011", None),
            ("1393227741256", None),
        ] {
            assert_eq!(rolled_month(text).as_deref(), rolled, "{text}");
        }
    }

    #[test]
    fn times_as_text_with_their_fraction() {
        let mut clock = TextClock::default();
        let zone = Zone::named("Europe/Berlin").unwrap();
        for (text, micros) in [
            ("2026/11/21 01:40:57.686", 1_795_221_657_686_000),
            ("2026/11/21 01:40:57.7", 1_795_221_657_700_000),
            ("2026-11-21 01:40:58", 1_795_221_658_000_000),
            ("11/21/26 01:40:58", 1_795_221_658_000_000),
        ] {
            assert_eq!(clock.read(text, &zone), Some((micros, false)), "{text}");
        }
        assert_eq!(
            clock.read("2026-11-21T00:40:58Z", &zone),
            Some((1_795_221_658_000_000, true))
        );
        assert_eq!(clock.read("2011-21-21 14:15:25.321", &zone), None);
        assert_eq!(clock.read("none", &zone), None);
    }
}
