//! Time stamps in tables, found by content: epochs in any usual unit, RFC 3339 and its relatives, and dates whose day
//! and month can only be told apart by looking at many of them.

use jiff::civil::{Date, DateTime, Time};

use crate::calendar::{Instant, Zone, parse_time};
use crate::units::Micros;

/// How the times of a column are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeForm {
    /// Seconds since 1970, perhaps with decimals.
    EpochSecs,
    /// Milliseconds since 1970.
    EpochMillis,
    /// Microseconds since 1970.
    EpochMicros,
    /// Nanoseconds since 1970.
    EpochNanos,
    /// Year first, or with the month as a word.
    Text,
    /// `14/06/2026`, `14.06.2026`.
    DayFirst,
    /// `06/14/2026`.
    MonthFirst,
}

/// A form that fits a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// The form.
    pub form: TimeForm,
    /// Day and month could as well be the other way round.
    pub ambiguous: bool,
}

/// Whether an instant lies within the years 1800 to 2300: anything else is a damaged number, not a time.
pub fn is_plausible(at: Instant) -> bool {
    (-5_364_662_400_000_000..10_413_792_000_000_000).contains(&at.0)
}

/// A time and whether it carried its own zone.
pub type Read = (Instant, bool);

impl TimeForm {
    /// Whether it is a number, which many columns are.
    pub const fn is_epoch(self) -> bool {
        matches!(
            self,
            Self::EpochSecs | Self::EpochMillis | Self::EpochMicros | Self::EpochNanos
        )
    }

    /// Reads one cell.
    pub fn read(self, text: &str, zone: &Zone) -> Option<Read> {
        let text = text.trim();
        let read = match self {
            Self::EpochSecs => decimal_times(text, 6).map(|us| (Instant(us), true)),
            Self::EpochMillis => decimal_times(text, 3).map(|us| (Instant(us), true)),
            Self::EpochMicros => decimal_times(text, 0).map(|us| (Instant(us), true)),
            Self::EpochNanos => text
                .parse::<i64>()
                .ok()
                .map(|ns| (Instant(ns.div_euclid(1_000)), true)),
            Self::Text => year_first(text, zone).or_else(|| in_words(text, zone)),
            Self::DayFirst => numeric_date(text, zone, true),
            Self::MonthFirst => numeric_date(text, zone, false),
        };
        read.filter(|(at, _)| is_plausible(*at))
    }

    /// The form that fits most (three in five) of the cells of a column; empty ones do not count.
    pub fn of_column<'a>(cells: impl Iterator<Item = &'a str>) -> Option<Found> {
        let cells: Vec<&str> = cells.map(str::trim).filter(|c| !c.is_empty()).collect();
        let utc = Zone::utc();
        let read = |form: Self| {
            cells
                .iter()
                .filter(|c| form.read(c, &utc).is_some())
                .count()
        };
        let most = |read: usize| read > 0 && read * 5 >= cells.len() * 3;
        let sure = |form: Self| {
            Some(Found {
                form,
                ambiguous: false,
            })
        };
        if let Some(form) = epoch_of(&cells) {
            return sure(form);
        }
        if most(read(Self::Text)) {
            return sure(Self::Text);
        }
        let (day, month) = (read(Self::DayFirst), read(Self::MonthFirst));
        if !most(day.max(month)) {
            return None;
        }
        let dotted = |c: &&str| c.split(' ').next().is_some_and(|date| date.contains('.'));
        if day > month || (day == month && cells.first().is_some_and(dotted)) {
            sure(Self::DayFirst)
        } else if month > day {
            sure(Self::MonthFirst)
        } else {
            let day_is_smoother = wander(&cells, Self::DayFirst) < wander(&cells, Self::MonthFirst);
            Some(Found {
                form: if day_is_smoother {
                    Self::DayFirst
                } else {
                    Self::MonthFirst
                },
                ambiguous: true,
            })
        }
    }
}

/// How far times jump from row to row altogether: the right reading of a date moves least.
fn wander(cells: &[&str], form: TimeForm) -> i128 {
    let utc = Zone::utc();
    let times: Vec<i64> = cells
        .iter()
        .filter_map(|c| form.read(c, &utc))
        .map(|(at, _)| at.0)
        .collect();
    times
        .windows(2)
        .map(|p| match p {
            [a, b] => (i128::from(*b) - i128::from(*a)).abs(),
            _ => 0,
        })
        .sum()
}

/// The unit of a column of epochs: most values lie between 1980 and 2100 in it.
fn epoch_of(cells: &[&str]) -> Option<TimeForm> {
    const FROM: f64 = 315_532_800.0;
    const TO: f64 = 4_102_444_800.0;
    let forms = [
        (TimeForm::EpochSecs, 1.0),
        (TimeForm::EpochMillis, 1e3),
        (TimeForm::EpochMicros, 1e6),
        (TimeForm::EpochNanos, 1e9),
    ];
    let values: Vec<f64> = cells
        .iter()
        .filter(|c| c.bytes().all(|b| b.is_ascii_digit() || b == b'.'))
        .filter_map(|c| c.parse().ok())
        .collect();
    forms
        .into_iter()
        .find(|(_, unit)| {
            let inside = values
                .iter()
                .filter(|v| (FROM * unit..TO * unit).contains(*v))
                .count();
            inside > 0 && inside * 5 >= cells.len() * 3
        })
        .map(|(form, _)| form)
}

/// A decimal number times a power of ten, exactly, further digits cut.
fn decimal_times(text: &str, power: usize) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if whole.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut digits = fraction.get(..power.min(fraction.len()))?.to_owned();
    while digits.len() < power {
        digits.push('0');
    }
    let scaled = whole
        .parse::<i64>()
        .ok()?
        .checked_mul(10_i64.pow(power as u32))?;
    let rest = if digits.is_empty() {
        0
    } else {
        digits.parse::<i64>().ok()?
    };
    scaled.checked_add(if text.starts_with('-') { -rest } else { rest })
}

/// `2026-06-14[T ]10:00[:00[.000]]` with or without an offset, also with slashes; the everyday case, so read by hand.
fn year_first(text: &str, zone: &Zone) -> Option<Read> {
    let bytes = text.as_bytes();
    let number = |from: usize, to: usize| -> Option<i16> {
        let part = text.get(from..to)?;
        part.bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| part.parse().ok())?
    };
    let separator = bytes
        .get(4)
        .copied()
        .filter(|b| matches!(b, b'-' | b'/' | b'.'))?;
    if bytes.get(7).is_some_and(|b| *b != separator) {
        return None;
    }
    let (year, month) = (number(0, 4)?, i8::try_from(number(5, 7)?).ok()?);
    if bytes.len() == 7 {
        return Some((
            zone.instant(DateTime::from(Date::new(year, month, 1).ok()?)),
            false,
        ));
    }
    let date = Date::new(year, month, i8::try_from(number(8, 10)?).ok()?).ok()?;
    if bytes.len() == 10 {
        return Some((zone.instant(DateTime::from(date)), false));
    }
    if !matches!(bytes.get(10), Some(b'T' | b't' | b' ')) {
        return None;
    }
    let (time, rest) = clock(text.get(11..)?)?;
    let civil = DateTime::from_parts(date, time);
    match rest.trim() {
        "" => Some((zone.instant(civil), false)),
        "Z" | "z" | "UTC" | "GMT" => Some((Zone::utc().instant(civil), true)),
        offset => {
            let shift = offset_micros(offset)?;
            Some((Zone::utc().instant(civil).plus(Micros(-shift)), true))
        }
    }
}

/// `10:00[:00[.000]]` and what follows it.
fn clock(text: &str) -> Option<(Time, &str)> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let hour_len = digits(text).min(2);
    let hour: i8 = text.get(..hour_len)?.parse().ok()?;
    let text = text.get(hour_len..)?.strip_prefix(':')?;
    let minute: i8 = text.get(..2)?.parse().ok()?;
    let mut rest = text.get(2..)?;
    let (mut second, mut nanos) = (0, 0);
    if let Some(after) = rest.strip_prefix(':') {
        second = after.get(..2)?.parse().ok()?;
        rest = after.get(2..)?;
        if let Some(fraction) = rest.strip_prefix(['.', ',']) {
            let len = digits(fraction);
            let mut padded = fraction.get(..len.min(9))?.to_owned();
            while padded.len() < 9 {
                padded.push('0');
            }
            nanos = padded.parse().ok()?;
            rest = fraction.get(len..)?;
        }
    }
    // A leap second is the second before it.
    Some((Time::new(hour, minute, second.min(59), nanos).ok()?, rest))
}

/// `+02:00`, `-0530`, `+02`.
fn offset_micros(text: &str) -> Option<i64> {
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits: String = text.get(1..)?.chars().filter(|c| *c != ':').collect();
    let hours: i64 = digits.get(..2)?.parse().ok()?;
    let minutes: i64 = match digits.get(2..)? {
        "" => 0,
        minutes if minutes.len() == 2 => minutes.parse().ok()?,
        _ => return None,
    };
    Some(sign * (hours * 60 + minutes) * 60_000_000)
}

/// Months as words, and whatever else the calendar reads.
fn in_words(text: &str, zone: &Zone) -> Option<Read> {
    if !text.bytes().any(|b| b.is_ascii_alphabetic()) {
        return None;
    }
    let civil = [
        "%b %d, %Y @ %H:%M:%S%.f",
        "%b %d, %Y %H:%M",
        "%d %b %Y %H:%M:%S",
        "%d %b %Y %H:%M",
        "%d-%b-%Y %H:%M:%S",
        "%d-%b-%y %H:%M",
        "%a %b %d %H:%M:%S %Y",
    ]
    .iter()
    .find_map(|pattern| DateTime::strptime(pattern, text).ok())
    .or_else(|| {
        [
            "%d %b %Y",
            "%b %d, %Y",
            "%d-%b-%Y",
            "%d-%b-%y",
            "%B %Y",
            "%b %Y",
        ]
        .iter()
        .find_map(|pattern| {
            Date::strptime(pattern, text)
                .or_else(|_| Date::strptime(format!("%d {pattern}"), format!("1 {text}")))
                .ok()
        })
        .map(DateTime::from)
    });
    match civil {
        Some(civil) => Some((zone.instant(civil), false)),
        None => parse_time(text, zone).ok().map(|t| (t.at, t.zoned)),
    }
}

/// `14/06/2026[ 10:00[:00]][ PM]`, `14.6.26`, with the day or the month first.
fn numeric_date(text: &str, zone: &Zone, day_first: bool) -> Option<Read> {
    let (date, rest) = text.find([' ', 'T', ',']).map_or((text, ""), |at| {
        (
            text.get(..at).unwrap_or_default(),
            text.get(at + 1..).unwrap_or_default(),
        )
    });
    let separator = date.chars().find(|c| matches!(c, '/' | '.' | '-'))?;
    let mut parts = date.trim_end_matches('.').split(separator);
    let (a, b, year) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || a.len() > 2 || b.len() > 2 || !matches!(year.len(), 2 | 4) {
        return None;
    }
    let (a, b): (i8, i8) = (a.parse().ok()?, b.parse().ok()?);
    let (day, month) = if day_first { (a, b) } else { (b, a) };
    let century = if year.len() == 2 { 2_000 } else { 0 };
    let date = Date::new(year.parse::<i16>().ok()? + century, month, day).ok()?;
    let rest = rest.trim();
    if rest.is_empty() {
        return Some((zone.instant(DateTime::from(date)), false));
    }
    let (time, half) = clock(rest)?;
    let hour = match half.trim().to_ascii_lowercase().as_str() {
        "" => time.hour(),
        "am" | "a.m." if (1..=12).contains(&time.hour()) => time.hour() % 12,
        "pm" | "p.m." if (1..=12).contains(&time.hour()) => time.hour() % 12 + 12,
        _ => return None,
    };
    let time = Time::new(hour, time.minute(), time.second(), time.subsec_nanosecond()).ok()?;
    Some((zone.instant(DateTime::from_parts(date, time)), false))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(cells: &[&str]) -> Option<(Found, String)> {
        let found = TimeForm::of_column(cells.iter().copied())?;
        let (at, _) = found.form.read(cells[0], &Zone::utc())?;
        Some((found, at.to_string()))
    }

    #[test]
    fn times_are_found_by_content() {
        for (text, expected) in [
            ("1781431200", "2026-06-14T10:00:00Z"),
            ("1781431200.25", "2026-06-14T10:00:00.25Z"),
            ("1781431200250", "2026-06-14T10:00:00.25Z"),
            ("1781431200250001", "2026-06-14T10:00:00.250001Z"),
            ("1781431200250001999", "2026-06-14T10:00:00.250001Z"),
            ("2026-06-14T10:00:00Z", "2026-06-14T10:00:00Z"),
            ("2026-06-14T12:00:00+02:00", "2026-06-14T10:00:00Z"),
            ("2026-06-14 12:00:00.5 +0200", "2026-06-14T10:00:00.5Z"),
            ("2026-06-14 10:00", "2026-06-14T10:00:00Z"),
            ("2026-06-14 9:05", "2026-06-14T09:05:00Z"),
            ("2026/06/14 10:00:01,5", "2026-06-14T10:00:01.5Z"),
            ("2026-06-14 10:00:00 UTC", "2026-06-14T10:00:00Z"),
            ("2023-11-16 18:17:03.9799600", "2023-11-16T18:17:03.97996Z"),
            ("2026-06-14", "2026-06-14T00:00:00Z"),
            ("2026-06", "2026-06-01T00:00:00Z"),
            ("Jun 14, 2026 @ 10:00:00.000", "2026-06-14T10:00:00Z"),
            ("14 Jun 2026 10:00:00", "2026-06-14T10:00:00Z"),
            ("Jun 2026", "2026-06-01T00:00:00Z"),
            ("14.06.2026 10:00", "2026-06-14T10:00:00Z"),
            ("6/14/2026 10:00:00 PM", "2026-06-14T22:00:00Z"),
            ("6/14/26 12:30 AM", "2026-06-14T00:30:00Z"),
            ("14/06/2026", "2026-06-14T00:00:00Z"),
        ] {
            let (found, at) = read(&[text]).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(at, expected, "{text}");
            assert!(!found.ambiguous, "{text}");
        }
        for text in [
            "1",
            "12.5",
            "abc",
            "2026-13-01",
            "2026-06-14x",
            "99/99/2026",
            "",
            "10:00",
            "12345678",
            "0026-06-14",
        ] {
            assert!(read(&[text]).is_none(), "{text}");
        }
    }

    #[test]
    fn day_and_month_are_told_apart_where_they_can_be() {
        let found = |cells: &[&str]| TimeForm::of_column(cells.iter().copied()).unwrap();
        assert_eq!(
            found(&["01/02/2026", "13/02/2026"]).form,
            TimeForm::DayFirst
        );
        assert_eq!(
            found(&["01/02/2026", "01/13/2026"]).form,
            TimeForm::MonthFirst
        );
        let daily = found(&["01/02/2026", "02/02/2026", "03/02/2026"]);
        assert_eq!((daily.form, daily.ambiguous), (TimeForm::DayFirst, true));
        let daily = found(&["02/01/2026", "02/02/2026", "02/03/2026"]);
        assert_eq!((daily.form, daily.ambiguous), (TimeForm::MonthFirst, true));
        let dotted = found(&["01.02.2026"]);
        assert_eq!((dotted.form, dotted.ambiguous), (TimeForm::DayFirst, false));
    }

    #[test]
    fn only_offsets_make_a_time_zoned() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        let read = |text: &str| TimeForm::Text.read(text, &berlin).unwrap();
        let (zoned, civil) = (read("2026-06-14T10:00:00Z"), read("2026-06-14 12:00:00"));
        assert_eq!((zoned.1, civil), (true, (zoned.0, false)));
        assert!(read("2026-06-14T10:00:00-05:30").1);
    }
}
