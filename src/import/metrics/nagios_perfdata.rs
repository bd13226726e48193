//! Performance data of Nagios, Icinga, Naemon and Shinken: what follows the `|` of a check, as their perfdata files and
//! logs hold it.
//!
//! Nagios Plugins Development Guidelines, "Performance data": `'label'=value[UOM];[warn];[crit];[min];[max]`.

use std::collections::{BTreeMap, HashMap};
use std::io::Read;

use super::names::Meaning;
use super::reading::Reading;
use crate::calendar::{Instant, Zone};
use crate::dataset::SeriesKind;
use crate::import::format::{Family, Format, Seen};
use crate::import::lines::{Lines, TextLine};
use crate::import::table::quantity::Unit;
use crate::import::table::times::TimeForm;
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::WarningKind;

/// Perfdata files and logs.
pub static FORMAT: Format = Format {
    id: "nagios-perfdata",
    title: "Nagios or Icinga performance data",
    family: Family::Metrics,
    recognised_by: "lines with DATATYPE::SERVICEPERFDATA, with [SERVICEPERFDATA], with [epoch] …|'label'=value, or with an epoch, tabs and label=value;warn;crit",
    traps: &[
        "A unit of c is a counter and becomes a rate.",
        "Thresholds (warn, crit) and bounds (min, max) are not kept.",
        "U instead of a value means that the check could not measure; it is a gap.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

fn recognise(head: &Head<'_>) -> Seen {
    let lines = head.lines();
    let read = lines
        .iter()
        .take(50)
        .filter(|line| {
            Check::of(line).is_some_and(|check| {
                let timed = TimeForm::EpochSecs.read(check.time, &Zone::utc()).is_some();
                timed && !values(check.data).is_empty()
            })
        })
        .count();
    (read > 0 && read * 2 >= lines.len().min(50)).into()
}

/// One line: which check, when, and its performance data.
#[derive(Debug, PartialEq, Eq)]
struct Check<'a> {
    time: &'a str,
    host: &'a str,
    service: &'a str,
    data: &'a str,
}

impl<'a> Check<'a> {
    fn of(line: &'a str) -> Option<Self> {
        let line = line.trim_end();
        if line.starts_with("DATATYPE::") {
            return Self::of_keys(line);
        }
        if line.starts_with('[')
            && !line.starts_with("[HOSTPERF")
            && !line.starts_with("[SERVICEPERF")
        {
            return Self::of_log(line);
        }
        Self::of_columns(line)
    }

    /// `DATATYPE::SERVICEPERFDATA\tTIMET::1781431200\tHOSTNAME::web-1\t…`, the template of PNP4Nagios and Icinga.
    fn of_keys(line: &'a str) -> Option<Self> {
        let get = |wanted: &str| {
            line.split('\t')
                .filter_map(|field| field.trim().split_once("::"))
                .find_map(|(key, value)| (key == wanted).then_some(value))
        };
        Some(Self {
            time: get("TIMET")?,
            host: get("HOSTNAME").unwrap_or_default(),
            service: get("SERVICEDESC").unwrap_or_default(),
            data: get("SERVICEPERFDATA").or_else(|| get("HOSTPERFDATA"))?,
        })
    }

    /// `[1781431200] PASSIVE SERVICE CHECK: web-1;load;0;OK|load1=0.5;5;10;0`.
    fn of_log(line: &'a str) -> Option<Self> {
        let (time, rest) = line.strip_prefix('[')?.split_once(']')?;
        let (text, data) = rest.split_once('|')?;
        let text = text.trim();
        let named = match text.split_once(':') {
            Some((kind, named))
                if kind
                    .bytes()
                    .all(|b| b.is_ascii_uppercase() || matches!(b, b' ' | b'_')) =>
            {
                named.trim()
            }
            _ => text
                .strip_prefix("PROCESS_SERVICE_CHECK_RESULT;")
                .or_else(|| text.strip_prefix("PROCESS_HOST_CHECK_RESULT;"))
                .unwrap_or(text),
        };
        let parts: Vec<&str> = named.split(';').collect();
        let (host, service) = match parts.as_slice() {
            // A state or a number in second place means a check of the host itself.
            [host, state, ..]
                if state.parse::<u32>().is_ok() || *state == "UP" || *state == "DOWN" =>
            {
                (*host, "")
            }
            [host, service, ..] => (*host, *service),
            _ => ("", ""),
        };
        Some(Self {
            time,
            host,
            service,
            data,
        })
    }

    /// Columns with tabs: Nagios' own templates start with `[SERVICEPERFDATA]`, others with the time.
    fn of_columns(line: &'a str) -> Option<Self> {
        let mut fields: Vec<&str> = line.split('\t').map(str::trim).collect();
        let marked = fields
            .first()
            .is_some_and(|f| f.starts_with('[') && f.ends_with("PERFDATA]"));
        let of_host = marked && fields.first() == Some(&"[HOSTPERFDATA]");
        if marked {
            fields.remove(0);
        }
        let (time, rest) = fields.split_first()?;
        let (data, names) = rest.split_last()?;
        let time = time.trim_start_matches('[').trim_end_matches(']');
        let data = data.rsplit_once('|').map_or(*data, |(_, data)| data);
        let name = |index: usize| names.get(index).copied().unwrap_or_default();
        Some(Self {
            time,
            host: name(0),
            service: if of_host { "" } else { name(1) },
            data,
        })
    }
}

/// One value of a check.
#[derive(Debug, PartialEq)]
struct Value {
    label: String,
    /// `None` for `U`.
    number: Option<f64>,
    uom: String,
    has_thresholds: bool,
}

/// The values in performance data; what is not of its form is passed over.
fn values(data: &str) -> Vec<Value> {
    let mut list = Vec::new();
    let mut rest = data.trim_start();
    while !rest.is_empty() && list.len() < 10_000 {
        let Some((label, after)) = label(rest) else {
            break;
        };
        let end = after.find([' ', '\t']).unwrap_or(after.len());
        let (text, later) = after.split_at(end);
        rest = later.trim_start();
        let mut parts = text.split(';');
        let first = parts.next().unwrap_or_default();
        let unit_at = first
            .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',' | '-' | '+')))
            .unwrap_or(first.len());
        let (number, uom) = first.split_at(unit_at);
        let value: Option<f64> = number.replace(',', ".").parse().ok();
        let unknown = first == "U";
        if value.is_none() && !unknown {
            continue;
        }
        list.push(Value {
            label,
            number: value,
            uom: if unknown {
                String::new()
            } else {
                uom.to_owned()
            },
            has_thresholds: parts.any(|p| !p.is_empty()),
        });
    }
    list
}

/// A label, quoted or bare, and what follows its `=`.
fn label(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('\'') else {
        let (label, rest) = text.split_once('=')?;
        // What stands before the last blank is a word of a check that does not quote.
        let label = label.rsplit([' ', '\t']).next()?;
        return (!label.is_empty()).then(|| (label.to_owned(), rest));
    };
    let mut label = String::new();
    let mut chars = quoted.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if c != '\'' {
            label.push(c);
        } else if chars.peek().is_some_and(|(_, next)| *next == '\'') {
            label.push('\'');
            chars.next();
        } else {
            let rest = quoted.get(at + 1..)?.strip_prefix('=')?;
            return Some((label, rest));
        }
    }
    None
}

/// The series of one value, and the unit in which its points are kept.
#[derive(Clone, Debug)]
struct Known {
    series: usize,
    unit: Unit,
}

/// Reads one file from a stream.
pub fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let mut reading = Reading::new(intake);
    reading.gathered.still_is_level = false;
    let mut lines = Lines::new(reader);
    let mut known: HashMap<String, Option<Known>> = HashMap::new();
    let (mut thresholds, mut gaps, mut without) = (0, 0, 0);
    while let Some(line) = lines.next_text().map_err(|e| intake.read_failed(e))? {
        if reading.passes_over(&line) {
            continue;
        }
        let Some((check, at, zoned)) = check_of(&line, intake) else {
            // Logs hold much else.
            if line.text.starts_with('[') && !line.text.contains("PERFDATA]") {
                without += 1;
            } else {
                reading.reject(
                    line.number,
                    "",
                    "not a line of performance data",
                    &line.text,
                );
            }
            continue;
        };
        let values = values(check.data);
        if values.is_empty() {
            without += 1;
            continue;
        }
        for value in values {
            thresholds += u64::from(value.has_thresholds);
            let key = format!("{}\u{1f}{}\u{1f}{}", check.host, check.service, value.label);
            if !known.contains_key(&key) && known.len() < 100_000 {
                let Some(_) = value.number else {
                    gaps += 1;
                    continue;
                };
                let new = new_series(&mut reading, &check, &value);
                known.insert(key.clone(), new);
            }
            let (Some(number), Some(Some(known))) = (value.number, known.get(&key)) else {
                gaps += u64::from(value.number.is_none());
                continue;
            };
            let unit = unit_of(&value.uom);
            if unit.base != known.unit.base {
                reading.warnings.add_at(
                    WarningKind::NotANumber,
                    "values with another unit than the first of their series were left out",
                    intake.example(line.number, &value.label, &value.uom),
                );
                continue;
            }
            let ratio = unit.factor / known.unit.factor;
            reading.gathered.add(known.series, at, number * ratio);
        }
        reading.row(zoned)?;
    }
    for (count, kind, message) in [
        (
            thresholds,
            WarningKind::NotRead,
            "thresholds and bounds of values (warn, crit, min, max) are not kept",
        ),
        (
            gaps,
            WarningKind::NotANumber,
            "values that the check could not measure (U) were left out",
        ),
        (
            without,
            WarningKind::Note,
            "lines without performance data were passed over",
        ),
    ] {
        if count > 0 {
            reading.warnings.add_counted(kind, message, count, None);
        }
    }
    reading.finish()
}

fn check_of<'l>(line: &'l TextLine<'_>, intake: &Intake<'_>) -> Option<(Check<'l>, Instant, bool)> {
    let check = Check::of(&line.text)?;
    let zone = &intake.options.source_zone;
    let (at, zoned) = TimeForm::EpochSecs
        .read(check.time, zone)
        .or_else(|| TimeForm::Text.read(check.time, zone))?;
    Some((check, at, zoned))
}

/// The unit of a UOM; `c` is a counter and has none.
fn unit_of(uom: &str) -> Unit {
    match uom {
        "c" => Unit::NONE,
        "KB" => Unit::of("kB").unwrap_or(Unit::NONE),
        other => Unit::of(other).unwrap_or(Unit::NONE),
    }
}

fn new_series(reading: &mut Reading<'_>, check: &Check<'_>, value: &Value) -> Option<Known> {
    if !reading.has_room() {
        return None;
    }
    let mut labels = BTreeMap::new();
    for (label, text) in [("host", check.host), ("service", check.service)] {
        if !text.is_empty() {
            labels.insert(label.to_owned(), text.to_owned());
        }
    }
    let series = reading.gathered.series(&value.label, &labels);
    let unit = unit_of(&value.uom);
    let counter = value.uom == "c";
    let mut meaning = Meaning {
        unit: unit.name.clone().into_owned(),
        kind: SeriesKind::Gauge,
        counter,
    };
    if counter {
        meaning.unit = "/s".to_owned();
    }
    if meaning.unit.ends_with("/s") {
        meaning.kind = SeriesKind::Rate;
    }
    reading.gathered.describe(series, |m| *m = meaning);
    Some(Known { series, unit })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::import::testing::read_as;

    fn imported(text: &str) -> Imported {
        let head = Head::new(text.as_bytes(), true, Path::new("x"));
        assert_eq!(recognise(&head), Seen::Yes, "{text}");
        read_as(&FORMAT, "perfdata.out", text).unwrap()
    }

    fn series(text: &str) -> Vec<(String, String, Vec<f64>)> {
        let table = imported(text).source.metrics.unwrap();
        (0..table.series.len())
            .map(|i| {
                let series = table.series(i).unwrap();
                (series.info.display_name(), series.info.unit, series.values)
            })
            .collect()
    }

    fn owned(name: &str, unit: &str, values: &[f64]) -> (String, String, Vec<f64>) {
        (name.to_owned(), unit.to_owned(), values.to_vec())
    }

    #[test]
    fn templates_of_pnp4nagios() {
        assert_eq!(
            series(
                "DATATYPE::SERVICEPERFDATA\tTIMET::1781431200\tHOSTNAME::web-1\tSERVICEDESC::HTTP\tSERVICEPERFDATA::time=0.751s;3;5;0; 'free space'=20%;; size=1.5KB\tSERVICECHECKCOMMAND::x\n\
                 DATATYPE::SERVICEPERFDATA\tTIMET::1781431260\tHOSTNAME::web-1\tSERVICEDESC::HTTP\tSERVICEPERFDATA::time=800ms;3;5;0; 'free space'=U size=2KB\tSERVICECHECKCOMMAND::x\n\
                 DATATYPE::HOSTPERFDATA\tTIMET::1781431260\tHOSTNAME::web-1\tHOSTPERFDATA::pl=0%;80;100;;\n"
            ),
            [
                owned("time{host=web-1, service=HTTP}", "s", &[0.751, 0.8]),
                owned("free space{host=web-1, service=HTTP}", "%", &[20.0]),
                owned("size{host=web-1, service=HTTP}", "kB", &[1.5, 2.0]),
                owned("pl{host=web-1}", "%", &[0.0]),
            ]
        );
    }

    #[test]
    fn other_files_and_logs() {
        assert_eq!(
            series(
                "[SERVICEPERFDATA]\t1781431200\tdb\tload\t0.01\t0.2\tOK - load\tload1=0,500;5;10;0\n\
                 [HOSTPERFDATA]\t1781431200\tdb\t0.01\tPING OK\trta=0.5ms;3000;5000;0\n"
            ),
            [
                owned("load1{host=db, service=load}", "", &[0.5]),
                owned("rta{host=db}", "ms", &[0.5])
            ]
        );
        assert_eq!(
            series(
                "[1781431200] PASSIVE SERVICE CHECK: db;disk;0;DISK OK|'/var o''x'=5MB;6;7;0;9\n\
                 [1781431260] db;disk;0;OK|'/var o''x'=6MB\n"
            ),
            [owned("/var o'x{host=db, service=disk}", "MB", &[5.0, 6.0])]
        );
        assert_eq!(
            series("1781431200\tdb\tnet\tin=100c out=7\n1781431210\tdb\tnet\tin=200c out=8\n"),
            [
                owned("in{host=db, service=net}", "/s", &[10.0]),
                owned("out{host=db, service=net}", "", &[7.0, 8.0])
            ]
        );
    }

    #[test]
    fn what_is_not_kept_is_said() {
        let imported = imported(
            "1781431200\tdb\tnet\tin=1;2;3\nrubbish\n1781431260\tdb\tnet\tin=5ms\n1781431260\tdb\tnet\tnothing\n1781431320\tdb\tnet\tin=9",
        );
        let info = &imported.source.info;
        assert_eq!((info.rows, info.rejected), (2, 2));
        let warnings = &info.warnings;
        assert_eq!(warnings.count_of(WarningKind::NotRead), 1);
        assert_eq!(warnings.count_of(WarningKind::TruncatedLastRow), 1);
        assert_eq!(warnings.count_of(WarningKind::NotANumber), 1);
        assert_eq!(warnings.count_of(WarningKind::Note), 1);
    }

    #[test]
    fn other_texts_are_left() {
        for text in [
            "time\tvalue\n1781431200\t5\n",
            "1781431200\t5\n",
            "a=1\nb=2\n",
            "2026-06-14\tx\tb=2\n",
            "[info] x | y\n",
            "time,value\n1781431200,5\n",
        ] {
            let head = Head::new(text.as_bytes(), true, Path::new("x"));
            assert_eq!(recognise(&head), Seen::No, "{text}");
        }
    }
}
