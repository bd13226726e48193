//! Durations, rates, ratios and bytes: reading them as people write them, and the one place where numbers are printed.
//!
//! Targets are read exactly (decimal digits into integers, never through floating point), because verdicts compare
//! integers. Printing follows the rule of the house: three significant digits unless money or counts, thousands
//! separated, and a number that failed its target never reads as the target.

use serde::{Deserialize, Serialize};

/// A duration in whole microseconds.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Micros(pub i64);

impl Micros {
    /// One second.
    pub const SECOND: Self = Self(1_000_000);
    /// One minute.
    pub const MINUTE: Self = Self(60_000_000);
    /// One hour.
    pub const HOUR: Self = Self(3_600_000_000);
    /// A day of 24 hours.
    pub const DAY: Self = Self(86_400_000_000);

    /// From whole milliseconds.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1_000))
    }

    /// From whole seconds.
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1_000_000))
    }

    /// In seconds.
    pub fn as_secs(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// In milliseconds.
    pub fn as_millis(self) -> f64 {
        self.0 as f64 / 1e3
    }

    /// In days of 24 hours.
    pub fn as_days(self) -> f64 {
        self.0 as f64 / 86_400e6
    }
}

/// A ratio in parts per million: 99.9 % is 999 000.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Ppm(pub i64);

impl Ppm {
    /// The whole: 100 %.
    pub const ONE: Self = Self(1_000_000);

    /// As a fraction, 0..=1 for a share.
    pub fn as_fraction(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// In percent.
    pub fn as_percent(self) -> f64 {
        self.0 as f64 / 1e4
    }
}

/// A rate in millionths per second, so that `0.1_rps` stays exact.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct MicroRate(pub i64);

impl MicroRate {
    /// From whole events per second.
    pub const fn per_sec(rate: i64) -> Self {
        Self(rate.saturating_mul(1_000_000))
    }

    /// In events per second.
    pub fn as_per_sec(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

/// Why a quantity could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnitError {
    /// There is no number where one is needed.
    #[error("\"{0}\" does not start with a number")]
    NotANumber(String),
    /// The number is fine, the unit is not one that fits here.
    #[error("\"{text}\": unknown unit \"{unit}\" (known: {known})")]
    UnknownUnit {
        /// What was typed.
        text: String,
        /// The part that was not understood.
        unit: String,
        /// What would have been.
        known: &'static str,
    },
    /// More digits, or a larger number, than can be kept exactly.
    #[error("\"{0}\" is too large or too fine to be kept exactly")]
    OutOfRange(String),
}

/// Splits `43.2_minutes` into an exact decimal (mantissa, decimals) and the unit `minutes`, in lower case.
fn split(text: &str) -> Result<(i128, u32, String), UnitError> {
    let trimmed = text.trim();
    let end = trimmed
        .char_indices()
        .find(|(i, c)| {
            !(c.is_ascii_digit() || *c == '.' || *c == ',' || (*i == 0 && (*c == '-' || *c == '+')))
        })
        .map_or(trimmed.len(), |(i, _)| i);
    let (number, unit) = trimmed.split_at(end);
    let (mantissa, decimals) =
        parse_decimal(number).ok_or_else(|| UnitError::NotANumber(text.to_owned()))?;
    let unit = unit.trim().trim_start_matches('_').to_ascii_lowercase();
    Ok((mantissa, decimals, unit))
}

/// Reads a plain decimal number exactly: `-43.20` is (-4320, 2). Thousands commas are accepted.
fn parse_decimal(number: &str) -> Option<(i128, u32)> {
    let digits: String = number.chars().filter(|c| *c != ',').collect();
    let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
    let joined = format!("{whole}{fraction}");
    if joined.len() > 30 || !joined.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    Some((joined.parse().ok()?, u32::try_from(fraction.len()).ok()?))
}

/// `mantissa / 10^decimals * factor`, exactly, or an error.
fn scale(text: &str, mantissa: i128, decimals: u32, factor: i128) -> Result<i64, UnitError> {
    let out_of_range = || UnitError::OutOfRange(text.to_owned());
    let power = 10_i128.checked_pow(decimals).ok_or_else(out_of_range)?;
    let product = mantissa.checked_mul(factor).ok_or_else(out_of_range)?;
    if product % power != 0 {
        return Err(out_of_range());
    }
    i64::try_from(product / power).map_err(|_| out_of_range())
}

/// Reads a duration: `200ms`, `3s`, `43.2_minutes`, `5_minutes`, `1h`, `30d`, `250us`. A bare number is an error.
pub fn parse_duration(text: &str) -> Result<Micros, UnitError> {
    let (mantissa, decimals, unit) = split(text)?;
    let factor: i128 = match unit.as_str() {
        "us" | "µs" | "μs" | "micros" | "microsecond" | "microseconds" => 1,
        "ms" | "millis" | "millisecond" | "milliseconds" => 1_000,
        "s" | "sec" | "secs" | "second" | "seconds" => 1_000_000,
        "m" | "min" | "mins" | "minute" | "minutes" => 60_000_000,
        "h" | "hr" | "hour" | "hours" => 3_600_000_000,
        "d" | "day" | "days" => 86_400_000_000,
        "w" | "week" | "weeks" => 604_800_000_000,
        _ => {
            return Err(UnitError::UnknownUnit {
                text: text.to_owned(),
                unit,
                known: "us, ms, s, min, h, d, w",
            });
        }
    };
    scale(text, mantissa, decimals, factor).map(Micros)
}

/// Reads a ratio: bare `99.9`, `99.9%`, `99.9 %` and `20_percent` are percent. Exact to one part per million.
pub fn parse_percent(text: &str) -> Result<Ppm, UnitError> {
    let (mantissa, decimals, unit) = split(text)?;
    match unit.as_str() {
        "" | "%" | "percent" | "pct" => scale(text, mantissa, decimals, 10_000).map(Ppm),
        "ppm" => scale(text, mantissa, decimals, 1).map(Ppm),
        _ => Err(UnitError::UnknownUnit {
            text: text.to_owned(),
            unit,
            known: "%, percent, ppm",
        }),
    }
}

/// Reads a rate: `10000_rps`, `500 req/s`, `30/min`, or a bare number per second.
pub fn parse_rate(text: &str) -> Result<MicroRate, UnitError> {
    let (mantissa, decimals, unit) = split(text)?;
    let unit_clean = unit.replace(' ', "");
    let (factor, divisor): (i128, i128) = match unit_clean.as_str() {
        ""
        | "rps"
        | "/s"
        | "/sec"
        | "req/s"
        | "reqs/s"
        | "requests/s"
        | "qps"
        | "tps"
        | "ops/s"
        | "per_second"
        | "requests_per_second" => (1_000_000, 1),
        "krps" | "k_rps" => (1_000_000_000, 1),
        "rpm"
        | "/min"
        | "/m"
        | "req/min"
        | "requests/min"
        | "per_minute"
        | "requests_per_minute" => (1_000_000, 60),
        "rph" | "/h" | "req/h" | "requests/h" | "per_hour" => (1_000_000, 3_600),
        _ => {
            return Err(UnitError::UnknownUnit {
                text: text.to_owned(),
                unit,
                known: "rps, rpm, req/s, req/min, req/h",
            });
        }
    };
    let scaled = scale(text, mantissa, decimals, factor)?;
    Ok(MicroRate((i128::from(scaled) / divisor) as i64))
}

/// Reads a percentile: `95th`, `p95`, `99.9`, `95%`. The result is the quantile in parts per million, within (0, 1).
pub fn parse_percentile(text: &str) -> Result<Ppm, UnitError> {
    let trimmed = text.trim().trim_start_matches(['p', 'P']);
    let (mantissa, decimals, unit) = split(trimmed)?;
    if !matches!(unit.as_str(), "" | "th" | "st" | "nd" | "rd" | "%") {
        return Err(UnitError::UnknownUnit {
            text: text.to_owned(),
            unit,
            known: "95th, p95, 95%",
        });
    }
    let ppm = scale(text, mantissa, decimals, 10_000)?;
    if ppm <= 0 || ppm >= 1_000_000 {
        return Err(UnitError::OutOfRange(text.to_owned()));
    }
    Ok(Ppm(ppm))
}

// ---- Printing ----

/// A whole number with thousands separated: `1,234,567`.
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// A number to three significant digits (whole numbers above 1000 keep their digits), thousands separated.
pub fn number(value: f64) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let magnitude = value.abs();
    if magnitude >= 1e15 {
        return format!("{value:.2e}");
    }
    let decimals = if magnitude >= 100.0 || magnitude == 0.0 {
        0
    } else if magnitude >= 10.0 {
        1
    } else if magnitude >= 1.0 {
        2
    } else {
        (2 - magnitude.log10().floor() as i32).clamp(0, 9) as usize
    };
    grouped(value, decimals)
}

/// A number with a fixed count of decimals, thousands separated.
pub fn grouped(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let text = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let whole = whole
        .parse::<u64>()
        .map_or_else(|_| whole.to_owned(), count);
    let negative = value < 0.0 && text.bytes().any(|b| (b'1'..=b'9').contains(&b));
    let sign = if negative { "−" } else { "" };
    if fraction.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{fraction}")
    }
}

/// Milliseconds as a person reads them: `0.42 ms`, `187 ms`, `2.35 s`, `3.1 min`.
pub fn millis(value_ms: f64) -> String {
    if !value_ms.is_finite() {
        return "–".to_owned();
    }
    if value_ms.abs() < 1_000.0 {
        format!("{} ms", number(value_ms))
    } else if value_ms.abs() < 120_000.0 {
        format!("{} s", number(value_ms / 1_000.0))
    } else {
        duration(Micros((value_ms * 1_000.0) as i64))
    }
}

/// A duration in its two largest units: `43 min 12 s`, `2 d 3 h`, `0 s`.
pub fn duration(value: Micros) -> String {
    let sign = if value.0 < 0 { "−" } else { "" };
    let micros = value.0.unsigned_abs();
    if micros < 1_000_000 {
        return if micros == 0 {
            "0 s".to_owned()
        } else {
            format!("{sign}{} ms", number(micros as f64 / 1_000.0))
        };
    }
    let secs = micros / 1_000_000;
    let parts = [
        (secs / 86_400, "d"),
        (secs / 3_600 % 24, "h"),
        (secs / 60 % 60, "min"),
        (secs % 60, "s"),
    ];
    let first = parts.iter().position(|(n, _)| *n > 0).unwrap_or(3);
    let text: Vec<String> = parts
        .iter()
        .skip(first)
        .take(2)
        .filter(|(n, _)| *n > 0)
        .map(|(n, unit)| format!("{n} {unit}"))
        .collect();
    format!("{sign}{}", text.join(" "))
}

/// A ratio as percent with up to four decimals and no trailing zeros: `99.9 %`, `0.1 %`.
pub fn percent(value: Ppm) -> String {
    let text = format!("{:.4}", value.as_percent());
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{text} %")
}

/// A fraction 0..=1 as percent to three significant digits.
pub fn percent_of(fraction: f64) -> String {
    if !fraction.is_finite() {
        return "–".to_owned();
    }
    format!("{} %", number(fraction * 100.0))
}

/// Bytes in binary steps: `620 MiB`.
pub fn bytes(value: f64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let mut scaled = value;
    let mut unit = 0;
    while scaled.abs() >= 1024.0 && unit + 1 < units.len() {
        scaled /= 1024.0;
        unit += 1;
    }
    format!("{} {}", number(scaled), units.get(unit).unwrap_or(&"B"))
}

/// A value with its unit, as it stands beside a plot or in a sentence. Durations and bytes choose their own step.
pub fn with_unit(value: f64, unit: &str) -> String {
    match unit {
        "ms" => millis(value),
        "s" => millis(value * 1_000.0),
        "bytes" | "B" => bytes(value),
        "" => number(value),
        _ => format!("{} {unit}", number(value)),
    }
}

/// Which side of its target a number has to stay on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// At most the target is good (latency, error rate).
    AtMost,
    /// At least the target is good (availability, throughput).
    AtLeast,
}

/// Prints a percentage that was judged against a target, so that one that failed never reads as the target and one
/// that held never reads as a failure: rounding goes to the worse side, with as many decimals as it takes.
///
/// `value` and `target` are in percent.
pub fn judged_percent(value: f64, target: f64, direction: Direction, held: bool) -> String {
    judged(value, target, direction, held, 2) + " %"
}

/// As [`judged_percent`], for plain numbers, starting from `decimals` places.
pub fn judged(
    value: f64,
    target: f64,
    direction: Direction,
    held: bool,
    decimals: usize,
) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    for places in decimals..=decimals + 7 {
        let power = 10_f64.powi(places as i32);
        // A hair of slack so that 99.93 stored as 99.92999999 floors to 99.93.
        let slack = value.abs().max(1.0) * power * 1e-12;
        let rounded = match direction {
            Direction::AtLeast => (value * power + slack).floor() / power,
            Direction::AtMost => (value * power - slack).ceil() / power,
        };
        let reads_as_held = match direction {
            Direction::AtLeast => rounded >= target,
            Direction::AtMost => rounded <= target,
        };
        if reads_as_held == held {
            return grouped(rounded, places);
        }
    }
    format!("{value}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_unit_of_the_users_block() {
        assert_eq!(parse_duration("200ms"), Ok(Micros(200_000)));
        assert_eq!(parse_duration("3s"), Ok(Micros(3_000_000)));
        assert_eq!(parse_duration("43.2_minutes"), Ok(Micros(2_592_000_000)));
        assert_eq!(parse_duration("43.2min"), Ok(Micros(2_592_000_000)));
        assert_eq!(parse_duration("5_minutes"), Ok(Micros(300_000_000)));
        assert_eq!(parse_rate("10000_rps"), Ok(MicroRate::per_sec(10_000)));
        assert_eq!(parse_rate("30/min"), Ok(MicroRate(500_000)));
        assert_eq!(parse_percent("99.9"), Ok(Ppm(999_000)));
        assert_eq!(parse_percent("0.1"), Ok(Ppm(1_000)));
        assert_eq!(parse_percent("20_percent"), Ok(Ppm(200_000)));
        assert_eq!(parse_percentile("95th"), Ok(Ppm(950_000)));
        assert_eq!(parse_percentile("p99.9"), Ok(Ppm(999_000)));
    }

    #[test]
    fn refuses_what_it_cannot_keep() {
        assert!(matches!(
            parse_duration("fast"),
            Err(UnitError::NotANumber(_))
        ));
        assert!(matches!(
            parse_duration("3"),
            Err(UnitError::UnknownUnit { .. })
        ));
        assert!(matches!(
            parse_duration("3 parsecs"),
            Err(UnitError::UnknownUnit { .. })
        ));
        assert!(matches!(
            parse_percent("99.99999"),
            Err(UnitError::OutOfRange(_))
        ));
        assert!(matches!(
            parse_percentile("100th"),
            Err(UnitError::OutOfRange(_))
        ));
        assert!(matches!(
            parse_duration("99999999999999999w"),
            Err(UnitError::OutOfRange(_))
        ));
    }

    #[test]
    fn prints_as_people_read() {
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(number(0.012_345), "0.0123");
        assert_eq!(number(12_345.6), "12,346");
        assert_eq!(number(9.876), "9.88");
        assert_eq!(millis(187.4), "187 ms");
        assert_eq!(millis(2_350.0), "2.35 s");
        assert_eq!(duration(Micros(2_592_000_000)), "43 min 12 s");
        assert_eq!(duration(Micros(0)), "0 s");
        assert_eq!(duration(Micros(3 * 86_400_000_000)), "3 d");
        assert_eq!(percent(Ppm(999_000)), "99.9 %");
        assert_eq!(bytes(650_117_120.0), "620 MiB");
        assert_eq!(grouped(-0.004, 2), "0.00");
    }

    /// SEMANTICS "Rounding": 199.96 passes as "199.96", 99.8999 % fails as "99.89 %".
    #[test]
    fn a_failed_number_never_reads_as_its_target() {
        assert_eq!(
            judged_percent(99.8999, 99.9, Direction::AtLeast, false),
            "99.89 %"
        );
        assert_eq!(
            judged_percent(99.93, 99.9, Direction::AtLeast, true),
            "99.93 %"
        );
        assert_eq!(
            judged_percent(99.9, 99.9, Direction::AtLeast, true),
            "99.90 %"
        );
        assert_eq!(judged(199.96, 200.0, Direction::AtMost, true, 0), "200");
        assert_eq!(judged(199.96, 199.99, Direction::AtMost, true, 0), "199.96");
        assert_eq!(judged(200.04, 200.0, Direction::AtMost, false, 0), "201");
    }
}
