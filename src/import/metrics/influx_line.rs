//! InfluxDB line protocol: `measurement,tag=value field=1i,other=2.5 1781431200000000000`, as Telegraf writes it and
//! `influx_inspect export` gives it back.
//!
//! InfluxDB documentation, "Line protocol": escapes, types of fields, precision of times.

use std::collections::{BTreeMap, HashMap};
use std::io::Read;

use super::names::{Meaning, meaning};
use super::reading::Reading;
use crate::calendar::Instant;
use crate::import::format::{Family, Format, Seen};
use crate::import::lines::Lines;
use crate::import::table::times::is_plausible;
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::WarningKind;

/// Files in line protocol.
pub static FORMAT: Format = Format {
    id: "influx-line",
    title: "InfluxDB line protocol",
    family: Family::Metrics,
    recognised_by: "lines such as cpu,host=a usage=1.5 1781431200000000000, each with fields and a time",
    traps: &[
        "The precision of times is not in the file; it is told from their size (ns, µs, ms or s).",
        "Fields of text are left out; true and false become 1 and 0.",
        "Telegraf writes counters such as bytes_recv as they are; only names ending in _total become rates.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

fn recognise(head: &Head<'_>) -> Seen {
    let lines = head.lines();
    let mut rows = lines.iter().filter(|l| !is_remark(l)).peekable();
    let any = rows.peek().is_some();
    let all = rows.take(50).all(|line| {
        Row::of(line.trim_end()).is_some_and(|row| row.time.is_some() && !row.fields.is_empty())
    });
    (any && all).into()
}

/// Comments, and the statements that an export begins with.
fn is_remark(line: &str) -> bool {
    line.starts_with('#') || line.starts_with("CREATE DATABASE ")
}

/// One line, taken apart but not unescaped.
#[derive(Debug)]
struct Row<'a> {
    /// Measurement and tags.
    head: &'a str,
    fields: Vec<(&'a str, &'a str)>,
    time: Option<i64>,
}

impl<'a> Row<'a> {
    fn of(line: &'a str) -> Option<Self> {
        let (head, rest) = split(line, b' ', false)?;
        let measurement = split(head, b',', false).map_or(head, |(m, _)| m);
        if measurement.is_empty() || split(measurement, b'=', false).is_some() {
            return None;
        }
        let rest = rest.trim_start_matches(' ');
        let (mut list, time) = match split(rest, b' ', true) {
            Some((fields, time)) => (fields, Some(time.trim())),
            None => (rest, None),
        };
        let time = match time {
            None | Some("") => None,
            Some(time) => Some(time.parse().ok()?),
        };
        let mut fields = Vec::new();
        loop {
            let (field, later) =
                split(list, b',', true).map_or((list, None), |(f, l)| (f, Some(l)));
            let (key, value) = split(field, b'=', false)?;
            if key.is_empty() || !is_value(value) {
                return None;
            }
            fields.push((key, value));
            match later {
                Some(later) => list = later,
                None => break,
            }
        }
        Some(Self { head, fields, time })
    }
}

/// Splits at the first delimiter that is not escaped and, where asked, not inside quotes.
fn split(text: &str, delimiter: u8, quotes: bool) -> Option<(&str, &str)> {
    let (mut escaped, mut quoted) = (false, false);
    for (at, byte) in text.bytes().enumerate() {
        if escaped {
            escaped = false;
        } else if byte == b'\\' {
            escaped = true;
        } else if byte == b'"' && quotes {
            quoted = !quoted;
        } else if byte == delimiter && !quoted {
            return Some((text.get(..at)?, text.get(at + 1..)?));
        }
    }
    None
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Field {
    Number(f64),
    Text,
}

fn field(value: &str) -> Option<Field> {
    if value.starts_with('"') {
        return (value.len() > 1 && value.ends_with('"')).then_some(Field::Text);
    }
    Some(Field::Number(match value {
        "t" | "T" | "true" | "True" | "TRUE" => 1.0,
        "f" | "F" | "false" | "False" | "FALSE" => 0.0,
        _ => value
            .strip_suffix(['i', 'u'])
            .unwrap_or(value)
            .parse()
            .ok()?,
    }))
}

fn is_value(value: &str) -> bool {
    field(value).is_some()
}

fn unescaped(text: &str) -> String {
    let mut plain = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some(next @ (',' | ' ' | '=' | '"' | '\\'))) => {
                plain.push(*next);
                chars.next();
            }
            _ => plain.push(c),
        }
    }
    plain
}

/// The precision of a time by its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Precision {
    Seconds,
    Millis,
    Micros,
    Nanos,
}

impl Precision {
    fn of(time: i64) -> Self {
        match time.unsigned_abs() {
            0..100_000_000_000 => Self::Seconds,
            100_000_000_000..100_000_000_000_000 => Self::Millis,
            100_000_000_000_000..100_000_000_000_000_000 => Self::Micros,
            _ => Self::Nanos,
        }
    }

    fn instant(self, time: i64) -> Option<Instant> {
        let micros = match self {
            Self::Seconds => time.checked_mul(1_000_000)?,
            Self::Millis => time.checked_mul(1_000)?,
            Self::Micros => time,
            Self::Nanos => time.div_euclid(1_000),
        };
        Some(Instant(micros)).filter(|at| is_plausible(*at))
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::Millis => "milliseconds",
            Self::Micros => "microseconds",
            Self::Nanos => "nanoseconds",
        }
    }
}

/// Unit and kind of a field.
fn meaning_of(measurement: &str, field: &str) -> Meaning {
    // Telegraf's cpu plugin: shares of the time, in percent.
    if measurement == "cpu" && field.starts_with("usage_") {
        return Meaning {
            unit: "%".to_owned(),
            ..Meaning::default()
        };
    }
    if field == "value" {
        meaning(measurement)
    } else {
        meaning(field)
    }
}

/// Reads one file from a stream.
pub fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let mut reading = Reading::new(intake);
    let mut lines = Lines::new(reader);
    // Series by measurement with tags, then by field.
    let mut known: HashMap<String, HashMap<String, Option<usize>>> = HashMap::new();
    let mut precisions: BTreeMap<Precision, u64> = BTreeMap::new();
    let mut texts = 0;
    while let Some(line) = lines.next_text().map_err(|e| intake.read_failed(e))? {
        if is_remark(&line.text) || reading.passes_over(&line) {
            continue;
        }
        let Some(row) = Row::of(line.text.trim_end()) else {
            reading.reject(line.number, "", "not line protocol", &line.text);
            continue;
        };
        let Some(time) = row.time else {
            reading.reject(line.number, "", "it has no time", &line.text);
            continue;
        };
        let precision = Precision::of(time);
        let Some(at) = precision.instant(time) else {
            reading.reject(line.number, "", "not a time", &line.text);
            continue;
        };
        *precisions.entry(precision).or_default() += 1;
        if known.len() > 100_000 {
            known.clear();
        }
        if !known.contains_key(row.head) {
            known.insert(row.head.to_owned(), HashMap::new());
        }
        let Some(fields) = known.get_mut(row.head) else {
            continue;
        };
        for (key, value) in &row.fields {
            let Some(Field::Number(number)) = field(value) else {
                texts += 1;
                continue;
            };
            let series = if let Some(series) = fields.get(*key) {
                *series
            } else {
                let series = new_series(&mut reading, row.head, key);
                fields.insert((*key).to_owned(), series);
                series
            };
            if let Some(series) = series {
                reading.gathered.add(series, at, number);
            }
        }
        reading.row(true)?;
    }
    if texts > 0 {
        reading.warnings.add_counted(
            WarningKind::NotRead,
            "fields of text are not measurements and were left out",
            texts,
            None,
        );
    }
    let usual = precisions.iter().max_by_key(|(_, count)| **count);
    if let Some((precision, _)) = usual
        && (*precision != Precision::Nanos || precisions.len() > 1)
    {
        let mixed = if precisions.len() > 1 { " mostly" } else { "" };
        reading.warnings.add(
            WarningKind::Assumed,
            format!(
                "times were taken{mixed} as {}, which fits their size; the file does not say their precision",
                precision.word()
            ),
        );
    }
    reading.finish()
}

fn new_series(reading: &mut Reading<'_>, head: &str, key: &str) -> Option<usize> {
    if !reading.has_room() {
        return None;
    }
    let (measurement, mut rest) =
        split(head, b',', false).map_or((head, None), |(m, tags)| (m, Some(tags)));
    let mut labels = BTreeMap::new();
    while let Some(tags) = rest {
        let (tag, later) = split(tags, b',', false).map_or((tags, None), |(t, l)| (t, Some(l)));
        if let Some((label, value)) = split(tag, b'=', false) {
            labels.insert(unescaped(label), unescaped(value));
        }
        rest = later;
    }
    let (measurement, key) = (unescaped(measurement), unescaped(key));
    let name = if key == "value" {
        measurement.clone()
    } else {
        format!("{measurement}.{key}")
    };
    let series = reading.gathered.series(&name, &labels);
    let known = meaning_of(&measurement, &key);
    reading.gathered.describe(series, |m| *m = known);
    Some(series)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::import::testing::read_as;

    fn seen(text: &str) -> Seen {
        recognise(&Head::new(text.as_bytes(), true, Path::new("x")))
    }

    fn imported(text: &str) -> Imported {
        read_as(&FORMAT, "points.txt", text).unwrap()
    }

    #[test]
    fn escapes_types_and_names() {
        let text = "# DML\n\
            cpu,host=web\\ 1,region=eu\\,west usage_user=12.5,up=true,note=\"a, b=\\\"c\\\" d\" 1781431200000000000\n\
            cpu,host=web\\ 1,region=eu\\,west usage_user=13i,up=false 1781431210000000000\n\
            http_requests_total value=10u 1781431200000000000\nhttp_requests_total value=40u 1781431215000000000\n";
        assert_eq!(seen(text), Seen::Yes);
        let imported = imported(text);
        let info = &imported.source.info;
        assert_eq!((info.rows, info.rejected), (4, 0));
        assert_eq!(info.warnings.count_of(WarningKind::NotRead), 1);
        assert_eq!(info.warnings.count_of(WarningKind::Assumed), 0);
        assert_eq!(info.first.unwrap().to_string(), "2026-06-14T10:00:00Z");
        let table = imported.source.metrics.unwrap();
        let user = table.series(0).unwrap();
        assert_eq!(
            user.info.display_name(),
            "cpu.usage_user{host=web 1, region=eu,west}"
        );
        assert_eq!(
            (user.info.unit.as_str(), user.values),
            ("%", vec![12.5, 13.0])
        );
        assert_eq!(table.series(1).unwrap().values, [1.0, 0.0]);
        assert_eq!(table.series(2).unwrap().values, [2.0]);
    }

    #[test]
    fn precision_is_told_from_size() {
        for (time, warned) in [
            ("1781431200", 1),
            ("1781431200000", 1),
            ("1781431200000000", 1),
            ("1781431200000000000", 0),
        ] {
            let imported = imported(&format!("a b=1 {time}\n"));
            let info = &imported.source.info;
            assert_eq!(info.first.unwrap().to_string(), "2026-06-14T10:00:00Z");
            assert_eq!(info.warnings.count_of(WarningKind::Assumed), warned);
        }
    }

    #[test]
    fn rows_that_are_lost_are_counted() {
        let imported = imported(
            "a b=1 1781431200\na b=1\na b= 5\na b=x 1781431200\na b=1 99\na b=1 1781431260",
        );
        let info = &imported.source.info;
        assert_eq!((info.rows, info.rejected), (2, 4));
        assert_eq!(info.warnings.count_of(WarningKind::TruncatedLastRow), 1);
    }

    #[test]
    fn other_texts_are_left() {
        for text in [
            "level=info msg=started\n",
            "# HELP up\nup{job=\"a\"} 1 1781431200000\n",
            "cpu load 5\n",
            "a b=1\n",
            "time,value\n1781431200,5\n",
            "# only remarks\n",
        ] {
            assert_eq!(seen(text), Seen::No, "{text}");
        }
    }
}
