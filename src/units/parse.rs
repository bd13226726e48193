//! Quantities as people write them, read exactly: decimal digits into integers, never through floating point.

use super::{MicroRate, Micros, Ppm};

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
    let (factor, divisor): (i128, i64) = match unit_clean.as_str() {
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
    Ok(MicroRate(scaled / divisor))
}

/// The bytes of one unit of information, in lower case; bits where the text says `bit` or `bps`.
fn byte_unit(unit: &str) -> Option<(i128, u32)> {
    Some(match unit {
        "b" | "byte" | "bytes" => (1, 1),
        "kb" | "kilobytes" => (1_000, 1),
        "mb" | "megabytes" => (1_000_000, 1),
        "gb" | "gigabytes" => (1_000_000_000, 1),
        "tb" | "terabytes" => (1_000_000_000_000, 1),
        "kib" => (1 << 10, 1),
        "mib" => (1 << 20, 1),
        "gib" => (1 << 30, 1),
        "tib" => (1 << 40, 1),
        "kbit" => (1_000, 8),
        "mbit" => (1_000_000, 8),
        "gbit" => (1_000_000_000, 8),
        _ => return None,
    })
}

/// Reads an amount of information in bytes: `500MB` (millions), `1GB`, `512MiB` (binary steps).
pub fn parse_bytes(text: &str) -> Result<i64, UnitError> {
    let (mantissa, decimals, unit) = split(text)?;
    match byte_unit(&unit) {
        Some((factor, 1)) => scale(text, mantissa, decimals, factor),
        _ => Err(UnitError::UnknownUnit {
            text: text.to_owned(),
            unit,
            known: "B, kB, MB, GB, TB, KiB, MiB, GiB, TiB",
        }),
    }
}

/// Reads an amount of information per second, in bytes: `10MB/s`, `1Mbps`, `100Mbit/s`.
pub fn parse_byte_rate(text: &str) -> Result<i64, UnitError> {
    let (mantissa, decimals, unit) = split(text)?;
    let per_second = ["/second", "/sec", "/s", "_per_second"]
        .iter()
        .find_map(|end| unit.strip_suffix(end));
    let found = match per_second {
        Some(amount) => byte_unit(amount.trim()),
        None => unit
            .strip_suffix("bps")
            .filter(|prefix| matches!(*prefix, "k" | "m" | "g"))
            .and_then(|prefix| byte_unit(&format!("{prefix}bit"))),
    };
    let Some((factor, bits)) = found else {
        return Err(UnitError::UnknownUnit {
            text: text.to_owned(),
            unit,
            known: "B/s, kB/s, MB/s, GB/s, kbps, Mbps, Gbps",
        });
    };
    Ok(scale(text, mantissa, decimals, factor)? / i64::from(bits))
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
    fn reads_amounts_of_information() {
        assert_eq!(parse_bytes("500MB"), Ok(500_000_000));
        assert_eq!(parse_bytes("1.5 GiB"), Ok(1_610_612_736));
        assert_eq!(parse_byte_rate("10MB/second"), Ok(10_000_000));
        assert_eq!(parse_byte_rate("1Mbps"), Ok(125_000));
        assert_eq!(parse_byte_rate("100 Mbit/s"), Ok(12_500_000));
        assert!(matches!(
            parse_bytes("10rps"),
            Err(UnitError::UnknownUnit { .. })
        ));
        assert!(matches!(
            parse_byte_rate("10MB"),
            Err(UnitError::UnknownUnit { .. })
        ));
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
}
