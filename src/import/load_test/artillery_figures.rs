//! What the readers of Artillery's two report layouts share: numbers of any spelling, and periods as series.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{BufReader, Read};
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::calendar::{Instant, TimeRange};
use crate::dataset::{DatasetError, MetricTable, SeriesKind};
use crate::import::metrics::names::Meaning;
use crate::import::metrics::settle::Gathered;
use crate::import::{ImportError, Intake};
use crate::warning::Warnings;

/// A number, also as text; anything else (`null`, an object) is none.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Lenient(pub Option<f64>);

impl Lenient {
    /// As a count.
    pub fn count(self) -> Option<u64> {
        self.0
            .filter(|n| (0.0..1e18).contains(n))
            .map(|n| n.round() as u64)
    }
}

impl<'de> Deserialize<'de> for Lenient {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LenientVisitor)
    }
}

struct LenientVisitor;

impl<'de> Visitor<'de> for LenientVisitor {
    type Value = Lenient;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number")
    }

    fn visit_f64<E>(self, value: f64) -> Result<Lenient, E> {
        Ok(Lenient(Some(value).filter(|v| v.is_finite())))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Lenient, E> {
        Ok(Lenient(Some(value as f64)))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Lenient, E> {
        Ok(Lenient(Some(value as f64)))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Lenient, E> {
        Ok(Lenient(None))
    }

    fn visit_str<E>(self, text: &str) -> Result<Lenient, E> {
        let number: Option<f64> = text.trim().parse().ok();
        Ok(Lenient(number.filter(|v| v.is_finite())))
    }

    fn visit_unit<E>(self) -> Result<Lenient, E> {
        Ok(Lenient(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Lenient, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Lenient(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Lenient, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Lenient(None))
    }
}

/// Names that one part of a report may hold.
const MAX_NAMES: usize = 20_000;
/// Periods that a report may hold: eleven days.
const MAX_PERIODS: usize = 100_000;
/// A report larger than this is refused.
const MAX_BYTES: u64 = 256 << 20;

/// Numbers by name.
pub type Counts = BTreeMap<String, Lenient>;

/// A map of a limited number of names, or `null`.
pub fn limited_map<'de, D, V>(deserializer: D) -> Result<BTreeMap<String, V>, D::Error>
where
    D: Deserializer<'de>,
    V: Deserialize<'de>,
{
    deserializer.deserialize_any(Limited::<BTreeMap<String, V>>(PhantomData))
}

/// A list of a limited length, or `null`.
pub fn limited_list<'de, D, V>(deserializer: D) -> Result<Vec<V>, D::Error>
where
    D: Deserializer<'de>,
    V: Deserialize<'de>,
{
    deserializer.deserialize_any(Limited::<Vec<V>>(PhantomData))
}

/// Reads into a collection and stops at its limit.
struct Limited<T>(PhantomData<T>);

impl<'de, V: Deserialize<'de>> Visitor<'de> for Limited<BTreeMap<String, V>> {
    type Value = BTreeMap<String, V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object of at most {MAX_NAMES} names")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(BTreeMap::new())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut map = BTreeMap::new();
        while let Some((name, value)) = entries.next_entry()? {
            if map.len() >= MAX_NAMES {
                return Err(A::Error::invalid_length(MAX_NAMES + 1, &self));
            }
            map.insert(name, value);
        }
        Ok(map)
    }
}

impl<'de, V: Deserialize<'de>> Visitor<'de> for Limited<Vec<V>> {
    type Value = Vec<V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of at most {MAX_PERIODS} periods")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = entries.next_element()? {
            if list.len() >= MAX_PERIODS {
                return Err(A::Error::invalid_length(MAX_PERIODS + 1, &self));
            }
            list.push(value);
        }
        Ok(list)
    }
}

/// Names with a prefix and their counts, the prefix taken off, the largest first.
pub fn with_prefix(counts: &Counts, prefix: &str) -> Vec<(String, u64)> {
    let mut list: Vec<(String, u64)> = counts
        .iter()
        .filter_map(|(name, n)| Some((name.strip_prefix(prefix)?.to_owned(), n.count()?)))
        .filter(|(_, n)| *n > 0)
        .collect();
    list.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    list
}

/// The sum of such counts.
pub fn sum(list: &[(String, u64)]) -> u64 {
    list.iter().map(|(_, n)| *n).fold(0, u64::saturating_add)
}

/// A report as its own type, read in a stream.
pub fn parsed<T: DeserializeOwned>(
    reader: impl Read,
    intake: &Intake<'_>,
) -> Result<T, ImportError> {
    let (head, reader) = crate::import::intake::peek(reader).map_err(|e| intake.read_failed(e))?;
    let mut reader = BufReader::with_capacity(1 << 16, reader).take(MAX_BYTES);
    if head.starts_with(b"\xef\xbb\xbf") {
        let mut mark = [0; 3];
        reader
            .read_exact(&mut mark)
            .map_err(|e| intake.read_failed(e))?;
    }
    serde_json::from_reader(&mut reader).map_err(|error| {
        let line = Some(error.line() as u64);
        if error.is_io() {
            intake.read_failed(error.into())
        } else if error.is_eof() && reader.limit() == 0 {
            intake.unusable(
                "it is larger than 256 MB, which no report is; name the report itself",
                None,
            )
        } else if error.is_eof() {
            intake.unusable(
                "the file ends in the middle of the report; copy it again or run the test again",
                line,
            )
        } else {
            intake.unusable(
                format!("this is not valid JSON from Artillery ({error}); write the report again with --output"),
                line,
            )
        }
    })
}

/// Figures of one period.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PeriodFigures {
    /// Where it stands on the time axis.
    pub at: Option<Instant>,
    /// Seconds in which load was sent.
    pub secs: f64,
    /// Requests sent.
    pub requests: Option<f64>,
    /// Requests without a response.
    pub errors: Option<f64>,
    /// Users that arrived.
    pub users: Option<f64>,
    /// Users that gave up.
    pub failed_users: Option<f64>,
    /// ms.
    pub mean_ms: Option<f64>,
    /// ms.
    pub p95_ms: Option<f64>,
    /// ms.
    pub p99_ms: Option<f64>,
}

/// One figure of a period.
type Part = fn(&PeriodFigures) -> Option<f64>;

/// The periods as series; `None` where none has a time.
pub fn series(
    periods: &[PeriodFigures],
    range: TimeRange,
    warnings: &mut Warnings,
) -> Result<Option<MetricTable>, DatasetError> {
    let mut gathered = Gathered::new(range);
    let rates: [(&str, Part); 4] = [
        ("http.requests", |p| p.requests),
        ("errors", |p| p.errors),
        ("vusers.created", |p| p.users),
        ("vusers.failed", |p| p.failed_users),
    ];
    let times: [(&str, Part); 3] = [
        ("http.response_time.mean", |p| p.mean_ms),
        ("http.response_time.p95", |p| p.p95_ms),
        ("http.response_time.p99", |p| p.p99_ms),
    ];
    let rates = rates.iter().map(|(name, part)| (name, part, true));
    let times = times.iter().map(|(name, part)| (name, part, false));
    for (name, part, is_rate) in rates.chain(times) {
        let values: Vec<(Instant, f64)> = periods
            .iter()
            .filter_map(|p| {
                let value = part(p)?;
                Some((
                    p.at?,
                    if is_rate {
                        value / p.secs.max(1.0)
                    } else {
                        value
                    },
                ))
            })
            .collect();
        if values.is_empty() {
            continue;
        }
        let series = gathered.series(name, &BTreeMap::new());
        gathered.describe(series, |meaning| {
            *meaning = Meaning {
                unit: if is_rate { "/s" } else { "ms" }.to_owned(),
                kind: if is_rate {
                    SeriesKind::Rate
                } else {
                    SeriesKind::Gauge
                },
                counter: false,
            };
        });
        for (at, value) in values {
            gathered.add(series, at, value);
        }
    }
    let table = gathered.settle(warnings)?;
    Ok((!table.series.is_empty()).then_some(table))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_any_spelling() {
        let counts: Counts = serde_json::from_str(
            r#"{"a":1,"b":"2.5","c":null,"d":{"x":[1]},"e":-3,"f":[1],"g":true,"h":"NaN"}"#,
        )
        .unwrap();
        let values: Vec<Option<f64>> = counts.values().map(|n| n.0).collect();
        assert_eq!(
            values,
            [
                Some(1.0),
                Some(2.5),
                None,
                None,
                Some(-3.0),
                None,
                None,
                None
            ]
        );
        assert_eq!(counts["b"].count(), Some(3));
        assert_eq!(counts["e"].count(), None);
    }

    #[test]
    fn endless_reports_are_refused() {
        #[derive(Debug, Deserialize)]
        struct Part {
            #[serde(deserialize_with = "limited_map")]
            names: Counts,
            #[serde(deserialize_with = "limited_list")]
            list: Vec<Lenient>,
        }
        let text = |names: usize, items: usize| {
            let names: Vec<String> = (0..names).map(|i| format!("\"n{i}\":1")).collect();
            let items = vec!["1"; items].join(",");
            format!("{{\"names\":{{{}}},\"list\":[{items}]}}", names.join(","))
        };
        let read = |text: &str| serde_json::from_str::<Part>(text);
        let part = read(&text(3, 2)).unwrap();
        assert_eq!((part.names.len(), part.list.len()), (3, 2));
        let part = read("{\"names\":null,\"list\":null}").unwrap();
        assert_eq!((part.names.len(), part.list.len()), (0, 0));
        assert!(read(&text(MAX_NAMES + 1, 0)).is_err());
        assert!(read(&text(0, MAX_PERIODS + 1)).is_err());
    }

    #[test]
    fn counts_with_a_prefix_come_largest_first() {
        let counts: Counts = serde_json::from_str(
            r#"{"errors.A.b":2,"errors.C":5,"errors.D":0,"other":9,"errors.E":2}"#,
        )
        .unwrap();
        let list = with_prefix(&counts, "errors.");
        let names: Vec<&str> = list.iter().map(|(n, _)| n.as_str()).collect();
        assert_eq!((names, sum(&list)), (vec!["C", "A.b", "E"], 9));
    }
}
