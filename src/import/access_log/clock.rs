//! The time stamps of access logs: `17/May/2015:10:05:03 +0000`, many lines with the same one after another.

use jiff::civil::{DateTime, date};

use crate::calendar::Zone;

const MONTHS: [&[u8; 3]; 12] = [
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
];

/// An instant in µs since the epoch, and whether the text carried its own zone.
pub(super) type Read = (i64, bool);

/// Reads time stamps, and remembers the last one and its day.
#[derive(Default)]
pub(super) struct Clock {
    text: Vec<u8>,
    read: Option<Read>,
    day: [u8; DAY],
    /// The first second of the day in UTC.
    day_starts: i64,
}

/// Length of `17/May/2015`.
const DAY: usize = 11;

impl Clock {
    /// As [`read`], at once where the text is that of the line before.
    pub(super) fn read(&mut self, text: &[u8], zone: &Zone) -> Option<Read> {
        if self.text != text {
            self.text.clear();
            self.text.extend_from_slice(text);
            self.read = self.within_day(text).or_else(|| self.fresh(text, zone));
        }
        self.read
    }

    /// The everyday stamp, on the day of the one before it.
    fn within_day(&self, text: &[u8]) -> Option<Read> {
        let (day, clock) = text.split_first_chunk()?;
        if *day != self.day {
            return None;
        }
        let [b':', h1, h2, b':', n1, n2, b':', s1, s2, b' ', zone @ ..] = clock else {
            return None;
        };
        let two = |a: u8, b: u8| digits(&[a, b]);
        let (hour, minute, second) = (two(*h1, *h2)?, two(*n1, *n2)?, two(*s1, *s2)?);
        let usual = hour < 24 && minute < 60 && second < 60;
        let shift = shift_secs(zone).filter(|_| usual)?;
        let secs = self.day_starts + hour * 3_600 + minute * 60 + second - shift;
        Some((secs * 1_000_000, true))
    }

    fn fresh(&mut self, text: &[u8], zone: &Zone) -> Option<Read> {
        let read = read(text, zone)?;
        if let Some(day) = text.first_chunk::<DAY>() {
            let midnight = [&day[..], b":00:00:00 +0000"].concat();
            if let Some((micros, _)) = self::read(&midnight, zone) {
                self.day = *day;
                self.day_starts = micros / 1_000_000;
            }
        }
        Some(read)
    }
}

/// Seconds by which a zone such as `+0200` is ahead of UTC.
fn shift_secs(zone: &[u8]) -> Option<i64> {
    let [sign @ (b'+' | b'-'), h1, h2, n1, n2] = zone else {
        return None;
    };
    let shift = (digits(&[*h1, *h2])? * 60 + digits(&[*n1, *n2])?) * 60;
    Some(if *sign == b'-' { -shift } else { shift })
}

fn digits(text: &[u8]) -> Option<i64> {
    if text.is_empty() || text.len() > 9 || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(text.iter().fold(0, |n, d| n * 10 + i64::from(d - b'0')))
}

/// `dd/Mon/yyyy:hh:mm:ss[.fff][ +hhmm]`.
pub(super) fn read(text: &[u8], zone: &Zone) -> Option<Read> {
    let [d1, d2, b'/', m1, m2, m3, b'/', y @ ..] = text else {
        return None;
    };
    let (year, clock) = y.split_at_checked(4)?;
    let [b':', h1, h2, b':', n1, n2, b':', s1, s2, rest @ ..] = clock else {
        return None;
    };
    let month = MONTHS.iter().position(|m| **m == [*m1, *m2, *m3])?;
    let two = |a: u8, b: u8| digits(&[a, b]).and_then(|n| i8::try_from(n).ok());
    let (hour, minute, second) = (two(*h1, *h2)?, two(*n1, *n2)?, two(*s1, *s2)?);
    // A leap second is the second before it.
    let second = if second == 60 { 59 } else { second };
    let year = i16::try_from(digits(year)?).ok()?;
    let month = i8::try_from(month + 1).ok()?;
    let day = two(*d1, *d2)?;
    // The calendar checks that there is such a day.
    let civil = DateTime::new(year, month, day, hour, minute, second, 0).ok()?;
    let (fraction, rest) = match rest.split_first() {
        Some((b'.' | b',', after)) => {
            let length = after.iter().take_while(|b| b.is_ascii_digit()).count();
            let shown = after.get(..length.min(6))?;
            let scale = 10_i64.pow(6 - u32::try_from(shown.len()).ok()?);
            (digits(shown)? * scale, after.get(length..)?)
        }
        _ => (0, rest),
    };
    match rest {
        [] => Some((zone.instant(civil).0.checked_add(fraction)?, false)),
        [b' ', offset @ ..] => {
            let secs = utc_secs(civil) - shift_secs(offset)?;
            Some((secs * 1_000_000 + fraction, true))
        }
        _ => None,
    }
}

fn utc_secs(civil: DateTime) -> i64 {
    let days = civil
        .date()
        .since(date(1970, 1, 1))
        .map_or(0, |span| i64::from(span.get_days()));
    days * 86_400
        + i64::from(civil.hour()) * 3_600
        + i64::from(civil.minute()) * 60
        + i64::from(civil.second())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Instant;

    fn shown(text: &str, zone: &str) -> Option<(String, bool)> {
        let zone = Zone::named(zone).unwrap();
        read(text.as_bytes(), &zone).map(|(us, zoned)| (Instant(us).to_string(), zoned))
    }

    #[test]
    fn time_stamps_with_and_without_a_zone() {
        for (text, expected, zoned) in [
            ("17/May/2015:10:05:03 +0000", "2015-05-17T10:05:03Z", true),
            ("17/May/2015:10:05:03 -0330", "2015-05-17T13:35:03Z", true),
            (
                "29/Feb/2024:00:00:00.125 +0100",
                "2024-02-28T23:00:00.125Z",
                true,
            ),
            ("31/Dec/2016:23:59:60 +0000", "2016-12-31T23:59:59Z", true),
            ("17/May/2015:10:05:03", "2015-05-17T08:05:03Z", false),
        ] {
            let expected = Some((expected.to_owned(), zoned));
            assert_eq!(shown(text, "Europe/Berlin"), expected, "{text}");
        }
        for bad in [
            "",
            "30/Feb/2024:00:00:00 +0000",
            "17/Mai/2015:10:05:03 +0000",
            "17/May/2015:25:05:03 +0000",
            "17/May/2015:10:05:03 +00",
            "17/May/20",
            "[17/May/2015:10:05:03 +0000",
        ] {
            assert_eq!(shown(bad, "UTC"), None, "{bad}");
        }
    }

    #[test]
    fn the_day_before_is_a_shortcut_only() {
        let utc = Zone::utc();
        let mut clock = Clock::default();
        for text in [
            "17/May/2015:10:05:03 +0000",
            "17/May/2015:23:59:59 -0330",
            "17/May/2015:23:59:60 +0000",
            "17/May/2015:24:00:00 +0000",
            "17/May/2015:10:05:03.5 +0000",
            "17/May/2015:10:05:03",
            "18/May/2015:00:00:00 +0100",
            "18/May/2015:00:00:00 +01",
            "17/May/2015:10:05:03 +0000",
        ] {
            let text = text.as_bytes();
            assert_eq!(clock.read(text, &utc), read(text, &utc));
        }
    }
}
