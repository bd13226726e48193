//! Numbers as tables write them: with a decimal point or comma, thousands separated, with a percent sign.

/// How decimals are written in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Decimal {
    /// `1,234.5`.
    #[default]
    Point,
    /// `1.234,5`.
    Comma,
}

/// What stands in a cell where a number is expected.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell {
    /// Nothing, or a word for it (`null`, `n/a`, `-`).
    Empty,
    /// A number; not finite for `NaN` and `Inf`.
    Number(f64),
    /// Something else.
    Text,
}

/// Digits of which any number is exact as a floating-point number.
const EXACT_DIGITS: usize = 15;
/// Powers of ten, exact.
const POWERS: [f64; EXACT_DIGITS + 1] = [
    1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
];

impl Cell {
    /// Reads plain digits, perhaps with a sign and a point; `None` of anything else. Both the digits and the power of ten
    /// are exact, so that their quotient is the nearest number (Clinger 1990).
    pub fn short(bytes: &[u8], decimal: Decimal) -> Option<Self> {
        let (negative, digits) = match bytes.split_first()? {
            (b'-', rest) => (true, rest),
            _ => (false, bytes),
        };
        if decimal != Decimal::Point || digits.is_empty() || digits.len() > EXACT_DIGITS {
            return None;
        }
        let (mut seen, mut point, mut number) = (0_u32, None, 0_u64);
        for (i, byte) in digits.iter().enumerate() {
            match byte {
                b'0'..=b'9' => {
                    number = number * 10 + u64::from(byte - b'0');
                    seen += 1;
                }
                b'.' if point.is_none() => point = Some(i),
                _ => return None,
            }
        }
        let after = point.map_or(0, |at| digits.len() - at - 1);
        if seen == 0 {
            return None;
        }
        let value = number as f64 / POWERS.get(after)?;
        Some(Self::Number(if negative { -value } else { value }))
    }

    /// Reads a cell.
    pub fn read(text: &str, decimal: Decimal) -> Self {
        let text = text.trim();
        // The usual case first: plain digits, perhaps with a point.
        if decimal == Decimal::Point
            && text
                .bytes()
                .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-'))
            && let Ok(value) = text.parse()
        {
            return Self::Number(value);
        }
        let number = text.strip_suffix('%').unwrap_or(text).trim_end();
        if number.is_empty() {
            return if text.is_empty() {
                Self::Empty
            } else {
                Self::Text
            };
        }
        if !number.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | ',')) {
            return Self::read_word(number);
        }
        plain(number, decimal)
            .and_then(|plain| plain.parse().ok())
            .map_or_else(|| Self::read_word(number), Self::Number)
    }

    fn read_word(text: &str) -> Self {
        match text.to_ascii_lowercase().as_str() {
            "null" | "none" | "n/a" | "na" | "-" | "--" | "undefined" | "\\n" => Self::Empty,
            "nan" | "inf" | "+inf" | "-inf" | "infinity" | "-infinity" | "+infinity" => {
                Self::Number(f64::NAN)
            }
            _ => Self::Text,
        }
    }
}

/// Takes thousands separators out and makes the decimal sign a point; `None` where they do not stand as they should.
fn plain(text: &str, decimal: Decimal) -> Option<String> {
    let (point, group) = match decimal {
        Decimal::Point => ('.', ','),
        Decimal::Comma => (',', '.'),
    };
    let (whole, fraction) = match text.split_once(point) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let groups: Vec<&str> = whole
        .split([group, ' ', '\u{a0}', '\u{202f}', '\''])
        .collect();
    let in_threes = groups
        .iter()
        .skip(1)
        .all(|g| g.len() == 3 && g.bytes().all(|b| b.is_ascii_digit()));
    let exponent = |text: &str| {
        text.bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b'e' | b'E' | b'+' | b'-'))
    };
    if !in_threes || !groups.first().is_some_and(|g| exponent(g)) || !fraction.is_none_or(exponent)
    {
        return None;
    }
    let mut plain = groups.concat();
    if let Some(fraction) = fraction {
        plain.push('.');
        plain.push_str(fraction);
    }
    Some(plain)
}

/// What a sample of cells says about the decimal sign; the flag is set where it could be read either way.
pub fn sniff_decimal<'a>(cells: impl Iterator<Item = &'a str>, delimiter: u8) -> (Decimal, bool) {
    let mut unclear = false;
    for text in cells {
        let text = text.trim().trim_end_matches('%').trim_end();
        let number_like = text.contains(|c: char| c.is_ascii_digit())
            && text.bytes().all(|b| {
                b.is_ascii_digit() || matches!(b, b'.' | b',' | b'-' | b'+' | b'e' | b'E')
            });
        if !number_like {
            continue;
        }
        match (text.rfind(','), text.rfind('.')) {
            (Some(comma), Some(point)) => {
                return if comma > point {
                    (Decimal::Comma, false)
                } else {
                    (Decimal::Point, false)
                };
            }
            (Some(comma), None) => {
                let once = text.find(',') == Some(comma);
                let three_follow = text.len() - comma == 4;
                if once && (!three_follow || text.trim_start_matches('-').starts_with("0,")) {
                    return (Decimal::Comma, false);
                }
                unclear |= once;
            }
            (None, Some(point)) if text.find('.') == Some(point) && text.len() - point != 4 => {
                return (Decimal::Point, false);
            }
            _ => {}
        }
    }
    // `1,234` alone: tables with semicolons come from places where it means one and a bit.
    if unclear && delimiter == b';' {
        (Decimal::Comma, true)
    } else {
        (Decimal::Point, unclear)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_numbers_are_read_as_the_standard_library_reads_them() {
        for text in [
            "0",
            "-0",
            "5.",
            ".5",
            "-.5",
            "51.34",
            "0.1",
            "123456789012345",
            "99999.99999999",
            "1e5",
            "1234567890123456",
            "-",
            ".",
            "",
            "1.2.3",
            "+1",
            "0.000000000001",
            "--1",
        ] {
            let short = Cell::short(text.as_bytes(), Decimal::Point);
            if let Some(Cell::Number(value)) = short {
                assert_eq!(
                    value.to_bits(),
                    text.parse::<f64>().unwrap().to_bits(),
                    "{text}"
                );
            } else {
                assert!(
                    !text.bytes().any(|b| b.is_ascii_digit())
                        || text.len() > 15
                        || text.contains(['e', '+', '-'])
                        || text == "1.2.3",
                    "{text}"
                );
            }
        }
        assert_eq!(Cell::short(b"1", Decimal::Comma), None);
    }

    #[test]
    fn numbers_as_tables_write_them() {
        for (text, decimal, value) in [
            ("12.5", Decimal::Point, 12.5),
            ("-3", Decimal::Point, -3.0),
            ("1,721,992,142.283", Decimal::Point, 1_721_992_142.283),
            ("1.234,5", Decimal::Comma, 1_234.5),
            ("0,25", Decimal::Comma, 0.25),
            ("1 234,5", Decimal::Comma, 1_234.5),
            ("45%", Decimal::Point, 45.0),
            ("45,5 %", Decimal::Comma, 45.5),
            ("1.5e3", Decimal::Point, 1_500.0),
            ("+7", Decimal::Point, 7.0),
            (".5", Decimal::Point, 0.5),
        ] {
            assert_eq!(Cell::read(text, decimal), Cell::Number(value), "{text}");
        }
        for text in ["", " ", "null", "N/A", "-", "NONE"] {
            assert_eq!(Cell::read(text, Decimal::Point), Cell::Empty, "{text}");
        }
        for text in ["NaN", "+Inf", "-inf"] {
            assert!(matches!(Cell::read(text, Decimal::Point), Cell::Number(v) if v.is_nan()));
        }
        for text in ["12.51 °C", "1,23,4", "abc", "1.2.3", "%", "2026-01-01"] {
            assert_eq!(Cell::read(text, Decimal::Point), Cell::Text, "{text}");
        }
    }

    #[test]
    fn the_decimal_sign_is_found() {
        let sniff = |cells: &[&str], delimiter| sniff_decimal(cells.iter().copied(), delimiter);
        assert_eq!(sniff(&["1", "2,5"], b';'), (Decimal::Comma, false));
        assert_eq!(sniff(&["1.234,5"], b';'), (Decimal::Comma, false));
        assert_eq!(sniff(&["1,234.5"], b';'), (Decimal::Point, false));
        assert_eq!(sniff(&["0,125"], b';'), (Decimal::Comma, false));
        assert_eq!(sniff(&["1,234"], b';'), (Decimal::Comma, true));
        assert_eq!(sniff(&["1,234"], b'\t'), (Decimal::Point, true));
        assert_eq!(sniff(&["1", "2"], b';'), (Decimal::Point, false));
    }
}
