//! Single values of a scenario: read as people write them (`20ms`, `400_rps`, `70%`, `10x`), kept in SI units, and
//! written so that they read back as the same number to the last bit.
//!
//! Decimal digits are read exactly by `units`; what is finer than a millionth goes through the decimal parser of the
//! standard library, with the unit as a power of ten, so that nothing is multiplied and rounded twice.

use jiff::civil::Date;

use crate::calendar::{Instant, Zone, parse_time};
use crate::units::{self, Micros};

/// How a value is read and written.
pub(super) struct Kind<T> {
    /// From its text; the error says what is wrong.
    pub read: fn(&str) -> Result<T, String>,
    /// To a text that reads back as the same value.
    pub write: fn(&T) -> String,
    /// What it may look like.
    pub example: &'static str,
}

impl<T> Clone for Kind<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Kind<T> {}

/// A length of time in seconds, with its unit.
pub(super) const SECS: Kind<f64> = Kind {
    read: secs,
    write: |secs| secs_text(*secs),
    example: "20ms, 5s, 10min or 1h",
};

/// A length of time; a number without a unit is seconds, as in the strategy document.
pub(super) const SECS_OR_BARE: Kind<f64> = Kind {
    read: |text| number(text).or_else(|_| secs(text)),
    write: |secs| secs_text(*secs),
    example: "30 (seconds), 30s or 5m",
};

/// Events per second.
pub(super) const RATE: Kind<f64> = Kind {
    read: rate,
    write: |value| format!("{value}_rps"),
    example: "400_rps or 30/min",
};

/// A share of one, written as per cent with its sign.
pub(super) const SHARE: Kind<f64> = Kind {
    read: share,
    write: |value| format!("{}%", shifted_text(*value, 2)),
    example: "70%",
};

/// A share of one; a number without a sign is per cent, as in the strategy document.
pub(super) const PERCENT: Kind<f64> = Kind {
    read: |text| share(text).or_else(|_| share(&format!("{text}%"))),
    write: |value| format!("{}%", shifted_text(*value, 2)),
    example: "80 or 80%",
};

/// A quantile of a forecast: a share of one, or a percentile.
pub(super) const QUANTILE: Kind<f64> = Kind {
    read: |text| match number(text) {
        Ok(value) if value > 0.0 && value < 1.0 => Ok(value),
        _ => units::parse_percentile(text)
            .map(units::Ppm::as_fraction)
            .map_err(|e| e.to_string()),
    },
    write: f64::to_string,
    example: "0.9 or p90",
};

/// A part of the request mix: per cent, or parts of any whole; 0 or more.
pub(super) const MIX: Kind<f64> = Kind {
    read: |text| {
        let part = number(text.trim_end_matches(['%', ' ']))?;
        if part < 0.0 {
            return Err(format!("\"{text}\" is below zero"));
        }
        Ok(part)
    },
    write: f64::to_string,
    example: "80% or 4",
};

/// A number without a unit.
pub(super) const NUMBER: Kind<f64> = Kind {
    read: number,
    write: f64::to_string,
    example: "1.5",
};

/// Times as much: `10x`.
pub(super) const FACTOR: Kind<f64> = Kind {
    read: |text| number(text.trim_end_matches(['x', '×'])),
    write: |value| format!("{value}x"),
    example: "10x or 1.5x",
};

/// Cores, also in thousandths (`500m`) and with their name (`4_cores`).
pub(super) const CORES: Kind<f64> = Kind {
    read: cores,
    write: f64::to_string,
    example: "2, 0.5 or 500m",
};

/// Bytes, with or without a unit.
pub(super) const BYTES: Kind<f64> = Kind {
    read: |text| {
        number(text).or_else(|_| {
            units::parse_bytes(text)
                .map(|b| b as f64)
                .map_err(|e| e.to_string())
        })
    },
    write: f64::to_string,
    example: "20kB or 20000",
};

/// How many.
pub(super) const COUNT: Kind<u32> = Kind {
    read: whole,
    write: u32::to_string,
    example: "10",
};

/// The users of a closed workload, or behind an open one.
pub(super) const USERS: Kind<f64> = Kind {
    read: |text| number(text.trim_end_matches("users").trim_end_matches(['_', ' '])),
    write: f64::to_string,
    example: "100",
};

/// A rank of one byte.
pub(super) const RANK: Kind<u8> = Kind {
    read: whole,
    write: u8::to_string,
    example: "0, 1 or 2",
};

/// The seed of a run.
pub(super) const SEED: Kind<u64> = Kind {
    read: whole,
    write: u64::to_string,
    example: "1",
};

/// Any text.
pub(super) const TEXT: Kind<String> = Kind {
    read: |text| Ok(text.to_owned()),
    write: String::clone,
    example: "a name",
};

/// A point in time, in microseconds since 1970; civil times are UTC.
pub(super) const MOMENT: Kind<i64> = Kind {
    read: |text| {
        parse_time(text, &Zone::utc())
            .map(|t| t.at.0)
            .map_err(|e| e.to_string())
    },
    write: |micros| Instant(*micros).to_string(),
    example: "2026-11-23T08:00:00Z",
};

/// A day of the calendar.
pub(super) const DAY: Kind<Date> = Kind {
    read: |text| {
        text.parse()
            .map_err(|_| format!("\"{text}\" is not a day of the calendar"))
    },
    write: Date::to_string,
    example: "2027-01-01",
};

/// A time of the day, in seconds after midnight.
pub(super) const TIME_OF_DAY: Kind<f64> = Kind {
    read: time_of_day,
    write: |secs| {
        let minutes = (secs / 60.0).round();
        let whole = (minutes * 60.0 - secs).abs() < 1e-9;
        let (hours, minutes) = ((minutes / 60.0).floor(), minutes % 60.0);
        if whole {
            format!("{hours:02}:{minutes:02}")
        } else {
            secs_text(*secs)
        }
    },
    example: "09:00",
};

fn whole<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    let digits: String = text.chars().filter(|c| !matches!(c, '_' | ',')).collect();
    digits
        .parse()
        .map_err(|_| format!("\"{text}\" is not a whole number that fits"))
}

fn number(text: &str) -> Result<f64, String> {
    let digits: String = text.chars().filter(|c| !matches!(c, '_' | ',')).collect();
    let starts = digits.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'));
    match digits.parse::<f64>() {
        Ok(value) if starts && value.is_finite() => Ok(value),
        _ => Err(format!("\"{text}\" is not a number")),
    }
}

/// The number and the unit of a text, the number still as digits.
fn split(text: &str) -> Option<(String, String)> {
    let text = text.trim();
    let end = text
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',' | '-' | '+')))
        .unwrap_or(text.len());
    let (digits, unit) = text.split_at_checked(end)?;
    let unit = unit.trim().trim_start_matches('_').to_ascii_lowercase();
    Some((digits.replace(',', ""), unit))
}

/// Digits times a power of ten, rounded once.
fn shifted(digits: &str, power: i32) -> Option<f64> {
    let value: f64 = format!("{digits}e{power}").parse().ok()?;
    value.is_finite().then_some(value)
}

/// The digits of a number times a power of ten: 0.285 by 2 is `28.5`.
fn shifted_text(value: f64, power: i32) -> String {
    let text = format!("{value:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa),
    };
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let point = exponent.parse::<i32>().unwrap_or_default() + power + 1;
    let length = digits.len() as i32;
    let plain = if point <= 0 {
        format!("0.{}{digits}", "0".repeat(point.unsigned_abs() as usize))
    } else if point >= length {
        format!("{digits}{}", "0".repeat((point - length) as usize))
    } else {
        let (whole, fraction) = digits.split_at(point as usize);
        format!("{whole}.{fraction}")
    };
    let zero = value == 0.0;
    if zero {
        "0".to_owned()
    } else {
        format!("{sign}{plain}")
    }
}

fn secs(text: &str) -> Result<f64, String> {
    let error = match units::parse_duration(text) {
        Ok(micros) => return Ok(micros.as_secs()),
        Err(error) => error,
    };
    let Some((digits, unit)) = split(text) else {
        return Err(error.to_string());
    };
    let fine = match unit.as_str() {
        "" => {
            return match number(text) {
                Ok(0.0) => Ok(0.0),
                Ok(_) => Err(format!("\"{text}\" has no unit")),
                Err(_) => Err(error.to_string()),
            };
        }
        "s" => shifted(&digits, 0),
        "ms" => shifted(&digits, -3),
        "us" | "µs" => shifted(&digits, -6),
        "ns" => shifted(&digits, -9),
        _ => None,
    };
    fine.ok_or_else(|| error.to_string())
}

fn secs_text(secs: f64) -> String {
    let micros = (secs * 1e6).round();
    if secs == 0.0 {
        "0s".to_owned()
    } else if micros.abs() < 9e15 && Micros(micros as i64).as_secs().to_bits() == secs.to_bits() {
        units::exact_duration(Micros(micros as i64))
    } else {
        format!("{secs}s")
    }
}

fn rate(text: &str) -> Result<f64, String> {
    let error = match units::parse_rate(text) {
        Ok(rate) => return Ok(rate.as_per_sec()),
        Err(error) => error,
    };
    split(text)
        .filter(|(_, unit)| matches!(unit.as_str(), "" | "rps" | "/s" | "req/s"))
        .and_then(|(digits, _)| shifted(&digits, 0))
        .ok_or_else(|| error.to_string())
}

fn share(text: &str) -> Result<f64, String> {
    let Some((digits, unit)) = split(text) else {
        return Err(format!("\"{text}\" is not a share"));
    };
    if unit.is_empty() {
        return match number(text) {
            Ok(0.0) => Ok(0.0),
            // Above one it can only be per cent.
            Ok(value) if value > 1.0 => share(&format!("{text}%")),
            Ok(value) => Err(format!(
                "\"{text}\" can be {value}% or {}%: write the sign",
                shifted_text(value, 2)
            )),
            Err(error) => Err(error),
        };
    }
    match units::parse_percent(text) {
        Ok(ppm) => Ok(ppm.as_fraction()),
        Err(error) => Some(digits)
            .filter(|_| matches!(unit.as_str(), "%" | "percent"))
            .and_then(|digits| shifted(&digits, -2))
            .ok_or_else(|| error.to_string()),
    }
}

fn cores(text: &str) -> Result<f64, String> {
    let text = text.trim();
    if let Some((digits, unit)) = split(text) {
        match unit.as_str() {
            "m" => return shifted(&digits, -3).ok_or_else(|| format!("\"{text}\" is no size")),
            "core" | "cores" | "cpu" | "cpus" | "vcpu" | "vcpus" => return number(&digits),
            _ => {}
        }
    }
    number(text)
}

fn time_of_day(text: &str) -> Result<f64, String> {
    let bad = || format!("\"{text}\" is not a time of the day");
    let Some((hours, minutes)) = text.split_once(':') else {
        return secs(text).map_err(|_| bad());
    };
    let (hours, minutes): (u32, u32) = (
        hours.trim().parse().map_err(|_| bad())?,
        minutes.trim().parse().map_err(|_| bad())?,
    );
    if hours > 24 || minutes > 59 || (hours == 24 && minutes > 0) {
        return Err(bad());
    }
    Ok(f64::from(hours * 3600 + minutes * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same<T: PartialEq + std::fmt::Debug>(kind: Kind<T>, value: &T) {
        let text = (kind.write)(value);
        assert_eq!((kind.read)(&text).as_ref(), Ok(value), "{text}");
    }

    #[test]
    fn written_values_read_back_to_the_last_bit() {
        for value in [0.0, 0.02, 1.0 / 3.0, 3600.0, 1e-7, 0.1 + 0.2, 86_400.0, 1e9] {
            same(SECS, &value);
            same(RATE, &value);
            same(SHARE, &value);
            same(PERCENT, &value);
            same(FACTOR, &value);
            same(NUMBER, &value);
            same(CORES, &value);
            same(BYTES, &value);
            same(USERS, &value);
        }
        same(TIME_OF_DAY, &32_400.0);
        same(TIME_OF_DAY, &61.5);
        same(MOMENT, &1_795_000_000_000_001);
        same(DAY, &jiff::civil::date(2027, 1, 1));
        same(SEED, &u64::MAX);
        assert_eq!((SECS.write)(&0.02), "20ms");
        assert_eq!((SHARE.write)(&0.285), "28.5%");
        assert_eq!((TIME_OF_DAY.write)(&32_400.0), "09:00");
    }

    #[test]
    fn values_read_as_people_write_them() {
        assert_eq!((SECS.read)("43.2_minutes"), Ok(2592.0));
        assert_eq!((SECS.read)("0"), Ok(0.0));
        assert_eq!((SECS_OR_BARE.read)("30"), Ok(30.0));
        assert_eq!((SECS_OR_BARE.read)("5m"), Ok(300.0));
        assert_eq!((RATE.read)("30/min"), Ok(0.5));
        assert_eq!((PERCENT.read)("80"), Ok(0.8));
        assert_eq!((CORES.read)("500m"), Ok(0.5));
        assert_eq!((CORES.read)("4_cores"), Ok(4.0));
        assert_eq!((FACTOR.read)("10x"), Ok(10.0));
        assert_eq!((BYTES.read)("20kB"), Ok(20_000.0));
        assert_eq!((COUNT.read)("10_000"), Ok(10_000));
        assert_eq!((USERS.read)("100_users"), Ok(100.0));
        assert_eq!((MOMENT.read)("1970-01-02"), Ok(86_400_000_000));
    }

    #[test]
    fn what_is_unclear_is_refused_with_the_reason() {
        assert_eq!((SECS.read)("3"), Err("\"3\" has no unit".to_owned()));
        assert_eq!(
            (SHARE.read)("0.7"),
            Err("\"0.7\" can be 0.7% or 70%: write the sign".to_owned())
        );
        assert!((NUMBER.read)("nan").is_err());
        assert!((NUMBER.read)("inf").is_err());
        assert!((COUNT.read)("-1").is_err());
        assert!((COUNT.read)("1.5").is_err());
        assert!((TIME_OF_DAY.read)("25:00").is_err());
        assert!((RATE.read)("10_parsecs").is_err());
        assert_eq!(
            (DAY.read)("2027-02-30"),
            Err("\"2027-02-30\" is not a day of the calendar".to_owned())
        );
    }
}
