//! The one place where numbers are printed: three significant digits unless money or counts, thousands separated, and a
//! number that failed its target never reads as the target.

use super::{Direction, Micros, Ppm};

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

/// A target as it was written in a file, as a person reads it: `<200ms` as `< 200 ms`, `>=10000_rps` as `≥ 10,000 rps`.
/// What is not a number with a unit stays as it is.
pub fn target(written: &str) -> String {
    let text = written.trim();
    let (sign, text) = [("<=", "≤ "), (">=", "≥ "), ("<", "< "), (">", "> ")]
        .into_iter()
        .find_map(|(sign, shown)| Some((shown, text.strip_prefix(sign)?.trim_start())))
        .unwrap_or(("", text));
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    let unit = unit.trim_matches(|c| c == '_' || c == ' ');
    let plain = unit.chars().all(|c| c.is_alphabetic() || "%/".contains(c));
    if digits.is_empty() || digits.parse::<f64>().is_err() || !plain {
        return written.to_owned();
    }
    let shown = digits
        .parse::<u64>()
        .map_or_else(|_| digits.to_owned(), count);
    let space = if unit.is_empty() { "" } else { " " };
    format!("{sign}{shown}{space}{unit}")
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

/// A length of time in the largest unit that keeps it exact, as it reads back: `90min`, `1500ms`.
pub fn exact_duration(length: Micros) -> String {
    let fits = [
        (Micros::DAY.0, "d"),
        (Micros::HOUR.0, "h"),
        (Micros::MINUTE.0, "min"),
        (1_000_000, "s"),
        (1_000, "ms"),
    ]
    .into_iter()
    .find(|(unit, _)| length.0 % unit == 0);
    match fits {
        Some((unit, name)) => format!("{}{name}", length.0 / unit),
        None => format!("{}us", length.0),
    }
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

/// Prints a percentage that was judged against a target, so that one that failed never reads as the target and one
/// that held never reads as a failure: rounding goes to the worse side, with as many decimals as it takes.
///
/// `value` and `target` are in percent.
pub fn judged_percent(value: f64, target: f64, direction: Direction, held: bool) -> String {
    judged(value, target, direction, held, 2) + " %"
}

/// As [`judged_percent`], for plain numbers, starting from `decimals` places; where these are any, a number below 1 starts
/// from three significant digits, so that 0.0001 % does not read as 0.01 %.
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
    let small = value != 0.0 && value.abs() < 1.0 && decimals > 0;
    let first = if small {
        let needed = 2.0 - value.abs().log10().floor();
        decimals.max(needed.min(9.0) as usize)
    } else {
        decimals
    };
    for places in first..=first + 7 {
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
            return shortened(grouped(rounded, places), places - decimals);
        }
    }
    // Equal to the target but for the last bits, and broken because it was to be below or above it.
    if (value - target).abs() <= target.abs() * 1e-15 {
        return grouped(value, decimals);
    }
    format!("{value}")
}

/// Without up to `most` zeros at the end.
fn shortened(mut text: String, most: usize) -> String {
    for _ in 0..most {
        if text.ends_with('0') {
            text.pop();
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_people_read() {
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(number(0.012_345), "0.0123");
        assert_eq!(number(12_345.6), "12,346");
        assert_eq!(number(9.876), "9.88");
        assert_eq!(target("200ms"), "200 ms");
        assert_eq!(target(">=10000_rps"), "≥ 10,000 rps");
        assert_eq!(target("< 99.95%"), "< 99.95 %");
        assert_eq!(target("1"), "1");
        assert_eq!(target("20% better"), "20% better");
        assert_eq!(target("1.2.3ms"), "1.2.3ms");
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
        for (value, text) in [
            (0.000_125, "0.000125 %"),
            (0.371_2, "0.372 %"),
            (0.05, "0.05 %"),
        ] {
            assert_eq!(judged_percent(value, 1.0, Direction::AtMost, true), text);
        }
        assert_eq!(judged_percent(0.0, 1.0, Direction::AtMost, true), "0.00 %");
        assert_eq!(
            judged_percent(90.0 + 3e-14, 90.0, Direction::AtMost, false),
            "90.00 %"
        );
        assert_eq!(judged(199.96, 200.0, Direction::AtMost, true, 0), "200");
        assert_eq!(judged(199.96, 199.99, Direction::AtMost, true, 0), "199.96");
        assert_eq!(judged(200.04, 200.0, Direction::AtMost, false, 0), "201");
    }
}
