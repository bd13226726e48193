//! Cells of a mapped table as times, durations and words for yes and no.

use jiff::civil::DateTime;
use jiff::fmt::strtime;

use super::model::MappingError;
use crate::calendar::{Instant, Zone};
use crate::import::table::cells::{Cell, Decimal};
use crate::import::table::times::{Found, Read, TimeForm, is_plausible};

/// How the times of a column are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TimeReader {
    /// In a known form.
    Form(TimeForm),
    /// By a pattern.
    Pattern(String),
}

/// The names of the known forms, for mappings and menus.
pub const TIME_FORMATS: [(&str, TimeForm); 7] = [
    ("epoch_s", TimeForm::EpochSecs),
    ("epoch_ms", TimeForm::EpochMillis),
    ("epoch_us", TimeForm::EpochMicros),
    ("epoch_ns", TimeForm::EpochNanos),
    ("year_first", TimeForm::Text),
    ("day_first", TimeForm::DayFirst),
    ("month_first", TimeForm::MonthFirst),
];

/// The name of a known form.
pub fn time_format_name(form: TimeForm) -> &'static str {
    TIME_FORMATS
        .iter()
        .find(|(_, known)| *known == form)
        .map_or("auto", |(name, _)| name)
}

impl TimeReader {
    /// What a mapping says, or what fits the cells. The flag is set where day and month could be swapped.
    pub fn of<'a>(
        format: &str,
        cells: impl Iterator<Item = &'a str>,
    ) -> Result<Option<(Self, bool)>, MappingError> {
        let format = format.trim();
        if format.is_empty() || format == "auto" {
            return Ok(TimeForm::of_column(cells)
                .map(|Found { form, ambiguous }| (Self::Form(form), ambiguous)));
        }
        if let Some((_, form)) = TIME_FORMATS.iter().find(|(name, _)| *name == format) {
            return Ok(Some((Self::Form(*form), false)));
        }
        if format.contains('%') {
            return Ok(Some((Self::Pattern(format.to_owned()), false)));
        }
        let names: Vec<&str> = TIME_FORMATS.iter().map(|(name, _)| *name).collect();
        Err(MappingError::new(format!(
            "the mapping's time format \"{format}\" is not known; write auto, {}, or a pattern such as %d.%m.%Y %H:%M:%S",
            names.join(", ")
        )))
    }

    /// Reads one cell.
    pub fn read(&self, text: &str, zone: &Zone) -> Option<Read> {
        match self {
            Self::Form(form) => form.read(text, zone),
            Self::Pattern(pattern) => by_pattern(pattern, text.trim(), zone),
        }
    }
}

fn by_pattern(pattern: &str, text: &str, zone: &Zone) -> Option<Read> {
    let parts = strtime::parse(pattern, text).ok()?;
    let read = if let Ok(at) = parts.to_timestamp() {
        (Instant(at.as_microsecond()), true)
    } else {
        let civil = parts
            .to_datetime()
            .or_else(|_| parts.to_date().map(DateTime::from))
            .ok()?;
        (zone.instant(civil), false)
    };
    is_plausible(read.0).then_some(read)
}

/// Nanoseconds in a unit of durations, by the ways it is written.
pub fn unit_nanos(unit: &str) -> Option<f64> {
    Some(match unit.trim().to_lowercase().as_str() {
        "ns" | "nano" | "nanos" | "nanosecond" | "nanoseconds" => 1.0,
        "us" | "µs" | "μs" | "micro" | "micros" | "usec" | "microsecond" | "microseconds" => 1e3,
        "ms" | "milli" | "millis" | "msec" | "msecs" | "millisecond" | "milliseconds" => 1e6,
        "s" | "sec" | "secs" | "second" | "seconds" => 1e9,
        "m" | "min" | "mins" | "minute" | "minutes" => 60e9,
        "h" | "hour" | "hours" => 3_600e9,
        _ => return None,
    })
}

/// A duration in nanoseconds: a number in the unit of the column (`unit` nanoseconds), a number with a unit of its own,
/// or `h:mm:ss.sss`. `None` where it is neither; not finite numbers are none.
pub fn duration_ns(text: &str, unit: f64, decimal: Decimal) -> Option<i64> {
    let text = text.trim();
    let nanos = |value: f64, unit: f64| {
        let nanos = (value * unit).round();
        nanos.is_finite().then_some(nanos as i64)
    };
    match Cell::read(text, decimal) {
        Cell::Number(value) => return nanos(value, unit),
        Cell::Empty => return None,
        Cell::Text => {}
    }
    if text.contains(':') {
        return clock_ns(text, decimal);
    }
    let split = text.find(|c: char| c.is_alphabetic())?;
    let (number, word) = (text.get(..split)?, text.get(split..)?);
    match Cell::read(number, decimal) {
        Cell::Number(value) => nanos(value, unit_nanos(word)?),
        _ => None,
    }
}

fn clock_ns(text: &str, decimal: Decimal) -> Option<i64> {
    let parts: Vec<&str> = text.split(':').collect();
    let (secs, before) = parts.split_last()?;
    if before.len() > 2 || before.iter().any(|p| p.is_empty() || p.len() > 6) {
        return None;
    }
    let mut minutes: i64 = 0;
    for part in before {
        minutes = minutes * 60 + i64::from(part.parse::<u32>().ok()?);
    }
    let Cell::Number(secs) = Cell::read(secs, decimal) else {
        return None;
    };
    if !(0.0..60.0).contains(&secs) {
        return None;
    }
    minutes
        .checked_mul(60_000_000_000)?
        .checked_add((secs * 1e9).round() as i64)
}

/// The usual words for success.
const TRUE_WORDS: [&str; 17] = [
    "true",
    "1",
    "ok",
    "yes",
    "success",
    "successful",
    "succeeded",
    "pass",
    "passed",
    "t",
    "y",
    "up",
    "good",
    "completed",
    "ja",
    "oui",
    "si",
];
/// The usual words for failure.
const FALSE_WORDS: [&str; 21] = [
    "false",
    "0",
    "ko",
    "no",
    "fail",
    "failed",
    "failure",
    "error",
    "f",
    "n",
    "nok",
    "down",
    "bad",
    "timeout",
    "timed out",
    "aborted",
    "cancelled",
    "canceled",
    "broken",
    "nein",
    "non",
];

/// Whether a word says yes or no; `None` for any other word.
pub fn truth_of(text: &str) -> Option<bool> {
    let text = text.trim();
    let is = |words: &[&str]| words.iter().any(|w| text.eq_ignore_ascii_case(w));
    if is(&TRUE_WORDS) {
        Some(true)
    } else if is(&FALSE_WORDS) {
        Some(false)
    } else {
        None
    }
}

/// Words that stand for "no error".
pub fn is_no_error(text: &str) -> bool {
    text.is_empty()
        || [
            "-", "null", "none", "n/a", "na", "nil", "ok", "false", "0", "\"\"",
        ]
        .iter()
        .any(|w| text.eq_ignore_ascii_case(w))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_come_in_many_ways() {
        for (text, unit, decimal, expected) in [
            ("120", 1e6, Decimal::Point, 120_000_000),
            ("0.1234567", 1e9, Decimal::Point, 123_456_700),
            ("1.234,5", 1e6, Decimal::Comma, 1_234_500_000),
            ("0,25", 1e9, Decimal::Comma, 250_000_000),
            ("120ms", 1e9, Decimal::Point, 120_000_000),
            ("1.5 s", 1e6, Decimal::Point, 1_500_000_000),
            ("250µs", 1e6, Decimal::Point, 250_000),
            ("00:01:02.5", 1e6, Decimal::Point, 62_500_000_000),
            ("1:00", 1e6, Decimal::Point, 60_000_000_000),
            ("7", 60e9, Decimal::Point, 420_000_000_000),
            ("-3", 1e6, Decimal::Point, -3_000_000),
            ("1e90", 1e9, Decimal::Point, i64::MAX),
        ] {
            assert_eq!(duration_ns(text, unit, decimal), Some(expected), "{text}");
        }
        for text in [
            "",
            "abc",
            "12 parsecs",
            "NaN",
            "inf",
            "1:2:3:4",
            "1:99",
            ":",
            "ms",
        ] {
            assert_eq!(duration_ns(text, 1e6, Decimal::Point), None, "{text}");
        }
    }

    #[test]
    fn times_follow_a_pattern_or_a_name() {
        let utc = Zone::utc();
        let read = |format: &str, text: &str| {
            let (reader, _) = TimeReader::of(format, std::iter::empty()).unwrap().unwrap();
            reader
                .read(text, &utc)
                .map(|(at, zoned)| (at.to_string(), zoned))
        };
        let at = |text: &str, zoned| Some((text.to_owned(), zoned));
        assert_eq!(
            read("epoch_us", "1781431200000000"),
            at("2026-06-14T10:00:00Z", true)
        );
        assert_eq!(
            read("epoch_ns", "1781431200000000000"),
            at("2026-06-14T10:00:00Z", true)
        );
        assert_eq!(
            read("%d/%b/%Y:%H:%M:%S %z", "14/Jun/2026:12:00:00 +0200"),
            at("2026-06-14T10:00:00Z", true)
        );
        assert_eq!(
            read("%d.%m.%y %H.%M", "14.06.26 10.00"),
            at("2026-06-14T10:00:00Z", false)
        );
        assert_eq!(
            read("%Y%m%d", "20260614"),
            at("2026-06-14T00:00:00Z", false)
        );
        assert_eq!(read("%Y%m%d", "x"), None);
        assert_eq!(read("%Q", "x"), None);
        assert!(TimeReader::of("sometimes", std::iter::empty()).is_err());
        assert_eq!(TimeReader::of("", ["a"].into_iter()).unwrap(), None);
    }

    #[test]
    fn yes_and_no() {
        assert_eq!(truth_of(" TRUE "), Some(true));
        assert_eq!(truth_of("KO"), Some(false));
        assert_eq!(truth_of("maybe"), None);
        assert!(is_no_error("null") && !is_no_error("timeout"));
    }
}
