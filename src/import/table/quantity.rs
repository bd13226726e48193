//! Numbers with their unit glued on, as panels and reports print them: `12.51 °C`, `1.2 K`, `45%`, `3.4 ms`, `1.5 MiB`,
//! `2 min`, `1.20 K req/s`.
//!
//! The words and scales are those of Grafana's value formats (`packages/grafana-data/src/valueFormats`), which others
//! share.

use std::borrow::Cow;

use super::cells::{Cell, Decimal};

/// A unit: what it measures, by its base unit, and how much of that it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Unit {
    /// The base unit: `s`, `bytes`, `bits`, `%`, `/s`, or the unit itself; empty for a mere number.
    pub base: Cow<'static, str>,
    /// How many of the base unit it is.
    pub factor: f64,
    /// Its own name, where it has one beside the base unit: `ms`, `MiB`.
    pub name: Cow<'static, str>,
}

impl Unit {
    const fn new(base: &'static str, factor: f64, name: &'static str) -> Self {
        Self {
            base: Cow::Borrowed(base),
            factor,
            name: Cow::Borrowed(name),
        }
    }

    /// No unit at all.
    pub const NONE: Self = Self::new("", 1.0, "");

    /// By the text behind a number; `None` for what is no unit.
    pub fn of(text: &str) -> Option<Self> {
        let known = match text {
            "" => Self::NONE,
            "%" => Self::new("%", 1.0, "%"),
            "ns" => Self::new("s", 1e-9, "ns"),
            "us" | "µs" | "μs" => Self::new("s", 1e-6, "µs"),
            "ms" => Self::new("s", 1e-3, "ms"),
            "s" | "sec" | "secs" | "second" | "seconds" => Self::new("s", 1.0, "s"),
            "min" | "mins" | "minute" | "minutes" => Self::new("s", 60.0, "min"),
            "h" | "hour" | "hours" => Self::new("s", 3_600.0, "h"),
            "d" | "day" | "days" => Self::new("s", 86_400.0, "d"),
            "week" | "weeks" => Self::new("s", 604_800.0, "week"),
            "year" | "years" => Self::new("s", 31_536_000.0, "year"),
            "K" | "k" => Self::new("", 1e3, ""),
            "Mil" | "M" => Self::new("", 1e6, ""),
            "Bil" | "Bn" | "G" => Self::new("", 1e9, ""),
            "Tri" | "Tr" | "T" => Self::new("", 1e12, ""),
            "Quadr" | "P" => Self::new("", 1e15, ""),
            "Quint" | "E" => Self::new("", 1e18, ""),
            other => {
                return Self::of_data(other)
                    .or_else(|| Self::of_rate(other))
                    .or_else(|| Self::of_word(other));
            }
        };
        Some(known)
    }

    /// Bytes and bits, and their rates.
    fn of_data(text: &str) -> Option<Self> {
        let (amount, per_second) = match text.strip_suffix("/s") {
            Some(amount) => (amount, true),
            None => match text.strip_suffix("ps") {
                Some(amount) if amount.ends_with(['b', 'B']) => (amount, true),
                _ => (text, false),
            },
        };
        let bytes = match amount {
            "bytes" | "byte" => return Some(Self::scaled("bytes", 1.0, "bytes", per_second)),
            "bits" | "bit" => return Some(Self::scaled("bits", 1.0, "bits", per_second)),
            _ if amount.ends_with('B') => true,
            _ if amount.ends_with('b') => false,
            _ => return None,
        };
        let prefix = amount.get(..amount.len() - 1)?;
        let powers = ["", "k", "M", "G", "T", "P", "E"];
        let letter = prefix.trim_end_matches('i');
        let letter = if letter == "K" { "k" } else { letter };
        let power = powers.iter().position(|p| *p == letter)? as i32;
        let factor = if prefix.ends_with('i') {
            1_024_f64.powi(power)
        } else {
            1_000_f64.powi(power)
        };
        let base = if bytes { "bytes" } else { "bits" };
        let shown = match (bytes, power) {
            (_, 0) => base.to_owned(),
            (_, 1) if !prefix.ends_with('i') => format!("k{}", if bytes { "B" } else { "b" }),
            _ => amount.to_owned(),
        };
        Some(Self::scaled(base, factor, &shown, per_second))
    }

    fn scaled(base: &str, factor: f64, name: &str, per_second: bool) -> Self {
        let end = if per_second { "/s" } else { "" };
        Self {
            base: format!("{base}{end}").into(),
            factor,
            name: format!("{name}{end}").into(),
        }
    }

    /// `req/s`, `K req/s`, `iops`: events a second or a minute.
    fn of_rate(text: &str) -> Option<Self> {
        let (scale, word) = match text.split_once(' ') {
            Some((scale, word)) => {
                let factor = match scale {
                    "K" | "k" => 1e3,
                    "M" | "Mil" => 1e6,
                    "B" | "Bil" => 1e9,
                    "T" | "Tri" => 1e12,
                    _ => return None,
                };
                (factor, word)
            }
            None => (1.0, text),
        };
        let a_second = matches!(
            word,
            "rps" | "qps" | "tps" | "iops" | "reqps" | "ops" | "cps"
        ) || word
            .strip_suffix("/s")
            .or(word.strip_suffix("/sec"))
            .is_some_and(|w| w.bytes().all(|b| b.is_ascii_alphabetic()));
        let a_minute = matches!(word, "rpm" | "cpm" | "opm") || word.ends_with("/min");
        if a_second {
            Some(Self::new("/s", scale, ""))
        } else {
            a_minute.then(|| Self::new("/s", scale / 60.0, ""))
        }
    }

    /// Any other short word, such as `°C`, is its own unit.
    fn of_word(text: &str) -> Option<Self> {
        let scale = ["k", "M", "G"]
            .iter()
            .zip([1e3, 1e6, 1e9])
            .find_map(|(prefix, factor)| {
                let unit = text.strip_prefix(prefix)?;
                matches!(unit, "W" | "V" | "Hz" | "A" | "Wh" | "J").then(|| Self {
                    base: unit.to_owned().into(),
                    factor,
                    name: text.to_owned().into(),
                })
            });
        let short = text.chars().count() <= 8
            && text
                .chars()
                .all(|c| c.is_alphabetic() || matches!(c, '°' | '/' | 'µ' | '³' | '²' | ' '))
            && !matches!(text.to_ascii_lowercase().as_str(), "am" | "pm" | "x");
        scale.or_else(|| {
            short.then(|| Self {
                base: text.to_owned().into(),
                factor: 1.0,
                name: text.to_owned().into(),
            })
        })
    }
}

/// A number and the unit it carries; `None` for text. Decimals have points, thousands commas.
pub fn read(text: &str) -> Option<(f64, Unit)> {
    let text = text.trim();
    let (currency, text) = match text.chars().next()? {
        c @ ('$' | '€' | '£' | '¥') => (Some(c), text.get(c.len_utf8()..)?.trim_start()),
        _ => (None, text),
    };
    let bytes = text.as_bytes();
    let mut end = 0;
    while let Some(byte) = bytes.get(end) {
        let next_is_digit = bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
        let exponent = matches!(byte, b'e' | b'E')
            && end > 0
            && (next_is_digit || matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        if !(byte.is_ascii_digit() || matches!(byte, b'.' | b',' | b'+' | b'-') || exponent) {
            break;
        }
        end += 1;
    }
    let Cell::Number(value) = Cell::read(text.get(..end)?, Decimal::Point) else {
        return None;
    };
    let unit = Unit::of(text.get(end..)?.trim())?;
    match currency {
        Some(c) if unit.base.is_empty() => Some((
            value,
            Unit {
                base: c.to_string().into(),
                factor: unit.factor,
                name: c.to_string().into(),
            },
        )),
        Some(_) => None,
        None => Some((value, unit)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_carry_their_unit() {
        for (text, value, base) in [
            ("12.51 °C", 12.51, "°C"),
            ("1.2 K", 1_200.0, ""),
            ("45%", 45.0, "%"),
            ("45.5 %", 45.5, "%"),
            ("3.4 ms", 0.0034, "s"),
            ("250 µs", 0.00025, "s"),
            ("2 min", 120.0, "s"),
            ("2 mins", 120.0, "s"),
            ("1.5 hours", 5_400.0, "s"),
            ("1.5 MiB", 1_572_864.0, "bytes"),
            ("1.5 MB", 1_500_000.0, "bytes"),
            ("12 B", 12.0, "bytes"),
            ("1.5 kB/s", 1_500.0, "bytes/s"),
            ("2 Mb/s", 2e6, "bits/s"),
            ("2 Mbps", 2e6, "bits/s"),
            ("1.20 K req/s", 1_200.0, "/s"),
            ("5 ops/s", 5.0, "/s"),
            ("120 rpm", 2.0, "/s"),
            ("3 Mil", 3e6, ""),
            ("1,721,992,142.283", 1_721_992_142.283, ""),
            ("-1.5e3 ms", -1.5, "s"),
            ("2.6 GHz", 2.6e9, "Hz"),
            ("$1.50K", 1_500.0, "$"),
        ] {
            let (number, unit) = read(text).unwrap_or_else(|| panic!("{text}"));
            assert!(
                (number * unit.factor - value).abs() <= 1e-12 * value.abs(),
                "{text}: {number} {unit:?}"
            );
            assert_eq!(unit.base, base, "{text}");
        }
        for text in [
            "",
            "abc",
            "2026-01-01",
            "10:00 PM",
            "12:30",
            "1.2.3",
            "5 is a number",
            "%",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
