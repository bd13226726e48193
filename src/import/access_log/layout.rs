//! Which field of a log says how long requests took, found from its first lines: the formats name it nowhere.
//!
//! Apache's `%D` is whole microseconds, `%T` whole seconds, `%{ms}T` whole milliseconds (`mod_log_config`); nginx's
//! `$request_time` is seconds with three decimals (`ngx_http_log_module`); Traefik writes `12ms`.

use super::text_line::{Field, Fields, TextLine};

/// Fields behind this are not looked at.
const MAX_FIELDS: usize = 40;
/// Names under which people log the time of a request, in lower case.
const NAMES: [&[u8]; 13] = [
    b"rt",
    b"rqt",
    b"request_time",
    b"req_time",
    b"reqtime",
    b"time",
    b"duration",
    b"elapsed",
    b"response_time",
    b"resp_time",
    b"took",
    b"latency",
    b"d",
];

/// The unit of a duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Secs,
    Millis,
    Micros,
}

impl Unit {
    const fn nanos(self) -> i64 {
        match self {
            Self::Secs => 1_000_000_000,
            Self::Millis => 1_000_000,
            Self::Micros => 1_000,
        }
    }

    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Secs => "seconds",
            Self::Millis => "milliseconds",
            Self::Micros => "microseconds",
        }
    }
}

/// Where the duration stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Duration {
    /// Position among the fields after the number of bytes.
    pub field: usize,
    /// Its unit, where the field does not say one itself.
    pub unit: Unit,
    /// Seconds with decimals, as nginx writes them: its time stamp is when the request ended.
    pub stamp_is_end: bool,
    /// The unit was concluded from the values.
    pub guessed: bool,
}

/// What the lines of a log hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Layout {
    /// Fields that every line has after its number of bytes.
    pub fields: usize,
    /// How long requests took; none in the common and combined formats.
    pub duration: Option<Duration>,
    /// There are numbers at the end that may be durations, but it cannot be told.
    pub unclear: bool,
}

/// A number with up to nine decimals, in units of a billionth; the number of decimals; and what follows it.
pub(super) fn number(text: &[u8]) -> Option<(i64, usize, &[u8])> {
    let whole = text.iter().take_while(|b| b.is_ascii_digit()).count();
    if whole == 0 || whole > 9 {
        return None;
    }
    let digits = |part: &[u8]| part.iter().fold(0_i64, |n, d| n * 10 + i64::from(d - b'0'));
    let value = digits(text.get(..whole)?) * 1_000_000_000;
    let rest = text.get(whole..)?;
    let Some((b'.', after)) = rest.split_first() else {
        return Some((value, 0, rest));
    };
    let shown = after.iter().take_while(|b| b.is_ascii_digit()).count();
    if shown == 0 {
        return None;
    }
    let part = after.get(..shown.min(9))?;
    let scale = 10_i64.pow(9 - u32::try_from(part.len()).ok()?);
    Some((value + digits(part) * scale, shown, after.get(shown..)?))
}

/// A value with its own unit, as in `12ms`, or the last part of `**0/64105**`.
fn own_unit(rest: &[u8]) -> Option<Unit> {
    match rest {
        b"ms" => Some(Unit::Millis),
        b"us" | b"\xc2\xb5s" | b"\xce\xbcs" => Some(Unit::Micros),
        b"s" => Some(Unit::Secs),
        _ => None,
    }
}

/// Nanoseconds; `unit` counts where the value says none itself.
pub(super) fn nanos(value: &[u8], unit: Unit) -> Option<i64> {
    let value = both_parts(value).unwrap_or(value);
    let (billionths, _, rest) = number(value)?;
    let unit = match rest {
        b"" => unit,
        rest => own_unit(rest)?,
    };
    let nanos = i128::from(billionths) * i128::from(unit.nanos()) / 1_000_000_000;
    i64::try_from(nanos).ok()
}

/// The microseconds in `**seconds/microseconds**`, as a much copied recipe writes them.
fn both_parts(value: &[u8]) -> Option<&[u8]> {
    let inner = value.strip_prefix(b"**")?.strip_suffix(b"**")?;
    let slash = memchr::memchr(b'/', inner)?;
    inner.get(slash + 1..)
}

/// What is known about one position after the first lines.
#[derive(Clone, Copy, Default)]
struct Column {
    named: usize,
    with_unit: usize,
    three_decimals: usize,
    decimals: usize,
    both: usize,
    whole: usize,
    zeros: usize,
    max: i64,
    sum: i128,
    /// Whole numbers that are at least the number of bytes.
    above_bytes: usize,
    unit: Option<Unit>,
}

impl Column {
    fn look(&mut self, field: &Field<'_>, bytes: i64) {
        let name = field.key.to_ascii_lowercase();
        if !field.key.is_empty() && !NAMES.contains(&name.as_slice()) {
            return;
        }
        if both_parts(field.value).is_some_and(|v| number(v).is_some()) {
            self.both += 1;
            return;
        }
        let Some((value, decimals, rest)) = number(field.value) else {
            return;
        };
        if !rest.is_empty() {
            if let Some(unit) = own_unit(rest) {
                self.with_unit += 1;
                self.unit = Some(unit);
                self.named += usize::from(!field.key.is_empty());
            }
            return;
        }
        self.named += usize::from(!field.key.is_empty());
        self.sum += i128::from(value);
        if decimals > 0 {
            self.decimals += 1;
            self.three_decimals += usize::from(decimals == 3);
        } else if !field.quoted {
            let value = value / 1_000_000_000;
            self.whole += 1;
            self.zeros += usize::from(value == 0);
            self.max = self.max.max(value);
            self.above_bytes += usize::from(value > 0 && value >= bytes);
        }
    }
}

impl Layout {
    /// From the first lines of a log.
    pub(super) fn of<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut columns = [Column::default(); MAX_FIELDS];
        let mut counts = Vec::new();
        for line in lines.filter_map(|l| TextLine::of(l).ok()) {
            let mut count = 0;
            let mut fields = Fields::of(line.tail);
            for (field, column) in fields.by_ref().zip(&mut columns) {
                column.look(&field, line.bytes);
                count += 1;
            }
            if !fields.open {
                counts.push(count);
            }
        }
        counts.sort_unstable();
        let n = counts.len();
        let fields = counts.get(n / 20).copied().unwrap_or(0);
        let most = |seen: usize| seen > 0 && seen * 10 >= n * 9;
        let all = || columns.iter().enumerate().take(fields);
        let found = |field: usize, unit, stamp_is_end, guessed| Self {
            fields,
            duration: Some(Duration {
                field,
                unit,
                stamp_is_end,
                guessed,
            }),
            unclear: false,
        };
        if let Some((field, column)) = all().find(|(_, c)| most(c.named) || most(c.with_unit)) {
            return match column.unit {
                Some(unit) => found(field, unit, false, false),
                None if column.decimals > 0 => found(field, Unit::Secs, true, false),
                None => found(field, whole_unit(column), false, true),
            };
        }
        if let Some((field, _)) = all().find(|(_, c)| most(c.both)) {
            return found(field, Unit::Micros, false, false);
        }
        // The time of the whole request is never less than that of an upstream server.
        if let Some((field, _)) = all()
            .filter(|(_, c)| most(c.three_decimals))
            .max_by_key(|(field, c)| (c.sum, std::cmp::Reverse(*field)))
        {
            return found(field, Unit::Secs, true, false);
        }
        let whole: Vec<(usize, &Column)> = all().filter(|(_, c)| most(c.whole)).collect();
        match whole.as_slice() {
            [] => Self {
                fields,
                ..Self::default()
            },
            [(field, column)] => found(*field, whole_unit(column), false, true),
            // Bytes in and out of `combinedio`, headers included.
            [_, (_, out)] if out.above_bytes == out.whole => Self {
                fields,
                ..Self::default()
            },
            [_, (_, out), (field, column)] if out.above_bytes == out.whole => {
                found(*field, whole_unit(column), false, true)
            }
            _ => Self {
                fields,
                duration: None,
                unclear: true,
            },
        }
    }
}

/// Whole microseconds are hardly ever zero, whole seconds mostly.
const fn whole_unit(column: &Column) -> Unit {
    if column.zeros * 2 >= column.whole && column.max <= 3_600 {
        Unit::Secs
    } else {
        Unit::Micros
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(tails: &[&str]) -> Layout {
        let lines: Vec<String> = tails
            .iter()
            .map(|tail| {
                format!(
                    r#"1.2.3.4 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 100{tail}"#
                )
            })
            .collect();
        Layout::of(lines.iter().map(String::as_bytes))
    }

    fn duration(tails: &[&str]) -> Option<(usize, Unit, bool)> {
        let found = layout(tails).duration?;
        Some((found.field, found.unit, found.stamp_is_end))
    }

    #[test]
    fn the_duration_is_found_by_its_form() {
        for (tails, expected) in [
            (&[""][..], None),
            (&[" \"-\" \"ua 1.0\""], None),
            (&[" \"-\" \"ua\" 0.003"], Some((2, Unit::Secs, true))),
            (&[" \"-\" \"ua\" \"0.003\""], Some((2, Unit::Secs, true))),
            (&[" 0.003 \"-\" \"ua\""], Some((0, Unit::Secs, true))),
            (&[" \"-\" \"ua\" 0.001 0.003"], Some((3, Unit::Secs, true))),
            (&[" \"-\" \"ua\" 0.003 0.003"], Some((2, Unit::Secs, true))),
            (
                &[" \"-\" \"ua\" urt=\"0.001\" rt=0.003 uct=\"0.000\""],
                Some((3, Unit::Secs, true)),
            ),
            (
                &[" \"-\" \"ua\" 1234", " \"-\" \"ua\" 456"],
                Some((2, Unit::Micros, false)),
            ),
            (
                &[" \"-\" \"ua\" 0", " \"-\" \"ua\" 1"],
                Some((2, Unit::Secs, false)),
            ),
            (
                &[" \"-\" \"ua\" 17 \"r\" \"u\" 12ms"],
                Some((5, Unit::Millis, false)),
            ),
            (
                &[" \"-\" \"ua\" **0/64105**"],
                Some((2, Unit::Micros, false)),
            ),
            // combinedio: bytes in and out.
            (&[" \"-\" \"ua\" 300 412"], None),
            (
                &[" \"-\" \"ua\" 300 412 1500"],
                Some((4, Unit::Micros, false)),
            ),
        ] {
            assert_eq!(duration(tails), expected, "{tails:?}");
        }
        assert!(layout(&[" 5 7 9 11"]).unclear);
        assert_eq!(layout(&[" \"-\" \"ua\" 0.003"]).fields, 3);
    }

    #[test]
    fn values_become_nanoseconds() {
        assert_eq!(nanos(b"0.123", Unit::Secs), Some(123_000_000));
        assert_eq!(nanos(b"12", Unit::Micros), Some(12_000));
        assert_eq!(nanos(b"12ms", Unit::Secs), Some(12_000_000));
        assert_eq!(nanos(b"**0/64105**", Unit::Micros), Some(64_105_000));
        for bad in [&b""[..], b"-", b"-1", b"1.", b"12x", b"9999999999"] {
            assert_eq!(nanos(bad, Unit::Secs), None, "{bad:?}");
        }
    }
}
