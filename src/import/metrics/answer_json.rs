//! The JSON of a Prometheus answer, walked with serde's visitors so that the text is never held in memory.
//!
//! Keys may come in any order; a bare `data` object is read like the whole answer.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use super::prometheus::{Answer, Sink};
use crate::calendar::Instant;
use crate::dataset::ValueCount;
use crate::import::table::times::is_plausible;
use crate::warning::WarningKind;

/// The whole answer, or a bare `data` object.
pub(super) struct AnswerSeed<'a, 'b>(pub(super) &'a mut Sink<'b>);

impl<'de> DeserializeSeed<'de> for AnswerSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for AnswerSeed<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an answer of the Prometheus API")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let answer = |sink: &mut Sink<'_>, set: fn(&mut Answer, String), text: Option<String>| {
            set(&mut sink.answer, text.unwrap_or_default());
        };
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "status" => answer(self.0, |a, t| a.status = t, map.next_value()?),
                "error" => answer(
                    self.0,
                    |a, t| a.error = Some(t).filter(|t| !t.is_empty()),
                    map.next_value()?,
                ),
                "errorType" => answer(self.0, |a, t| a.error_type = t, map.next_value()?),
                "resultType" => answer(self.0, |a, t| a.result_type = t, map.next_value()?),
                "warnings" | "infos" => {
                    for text in map.next_value::<Option<Vec<String>>>()?.unwrap_or_default() {
                        self.0
                            .brought
                            .warnings
                            .add(WarningKind::Note, format!("Prometheus says: {text}"));
                    }
                }
                // `data` of the whole answer holds the two keys that a bare result holds at the top.
                "data" => map.next_value_seed(Nested(self.0))?,
                "result" => {
                    self.0.answer.has_result = true;
                    map.next_value_seed(ResultSeed(self.0))?;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// `data`, which is null in some errors.
struct Nested<'a, 'b>(&'a mut Sink<'b>);

impl<'de> DeserializeSeed<'de> for Nested<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Nested<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"data\" with a \"result\" (metadata and label lists hold no series)")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        AnswerSeed(self.0).visit_map(map)
    }
}

/// The list of series.
struct ResultSeed<'a, 'b>(&'a mut Sink<'b>);

impl<'de> DeserializeSeed<'de> for ResultSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ResultSeed<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of series")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(SeriesSeed(&mut *self.0))?.is_some() {
            if self.0.brought.intake.progress.is_cancelled() {
                return Err(A::Error::custom("cancelled"));
            }
        }
        Ok(())
    }
}

/// One series; a bare number or text where the answer is a scalar.
struct SeriesSeed<'a, 'b>(&'a mut Sink<'b>);

impl<'de> DeserializeSeed<'de> for SeriesSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for SeriesSeed<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a series with \"metric\" and \"values\"")
    }

    fn visit_f64<E>(self, secs: f64) -> Result<(), E> {
        self.0.answer.scalar_at = Some(secs);
        Ok(())
    }

    fn visit_u64<E>(self, secs: u64) -> Result<(), E> {
        self.0.answer.scalar_at = Some(secs as f64);
        Ok(())
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        if let Some(secs) = self.0.answer.scalar_at.take() {
            let point = (instant(secs)?, text.trim().parse().unwrap_or(f64::NAN));
            self.0.answer.instant_values += 1;
            self.0.take(BTreeMap::new(), &[point], Vec::new());
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut labels = BTreeMap::new();
        let mut values = Vec::new();
        let mut histograms = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "metric" => labels = map.next_value()?,
                "values" => map.next_value_seed(ValuesSeed(&mut values))?,
                "value" => {
                    let (secs, Value(value)) = map.next_value::<(f64, Value)>()?;
                    self.0.answer.instant_values += 1;
                    values.push((instant(secs)?, value));
                }
                "histograms" => {
                    for (secs, histogram) in map.next_value::<Vec<(f64, Native)>>()? {
                        histograms.push((instant(secs)?, histogram));
                    }
                }
                "histogram" => {
                    let (secs, histogram) = map.next_value::<(f64, Native)>()?;
                    self.0.answer.instant_values += 1;
                    histograms.push((instant(secs)?, histogram));
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        self.0.take(labels, &values, histograms);
        Ok(())
    }
}

/// The time of a point.
fn instant<E: serde::de::Error>(secs: f64) -> Result<Instant, E> {
    let at = Instant((secs * 1e6).round() as i64);
    if is_plausible(at) {
        Ok(at)
    } else {
        Err(E::custom("a time stamp is not in seconds since 1970"))
    }
}

/// A native histogram at one time: `{"count": "3", "sum": "0.5", "buckets": [[0, "0.1", "0.2", "3"]]}`.
pub(super) struct Native {
    /// Observations since the start.
    pub(super) count: f64,
    /// Their sum.
    pub(super) sum: f64,
    buckets: Vec<(f64, f64, f64)>,
}

impl Native {
    /// Its buckets in nanoseconds; what is not positive counts to the lowest.
    pub(super) fn ranges(&self, unit_ns: f64) -> Vec<ValueCount> {
        let nanos = |bound: f64| (bound * unit_ns).round().max(0.0) as i64;
        self.buckets
            .iter()
            .map(|(low, high, count)| ValueCount {
                low_ns: nanos(*low).min(i64::MAX - 1),
                high_ns: nanos(*high).max(nanos(*low).saturating_add(1)),
                count: count.round().max(0.0) as u64,
            })
            .collect()
    }
}

impl<'de> serde::Deserialize<'de> for Native {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        struct Written {
            count: Value,
            sum: Value,
            #[serde(default)]
            buckets: Vec<(IgnoredAny, Value, Value, Value)>,
        }
        let written = Written::deserialize(json)?;
        Ok(Self {
            count: written.count.0,
            sum: written.sum.0,
            buckets: written
                .buckets
                .into_iter()
                .map(|(_, low, high, count)| (low.0, high.0, count.0))
                .collect(),
        })
    }
}

/// The points of one series.
struct ValuesSeed<'a>(&'a mut Vec<(Instant, f64)>);

impl<'de> DeserializeSeed<'de> for ValuesSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for ValuesSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("points such as [1795225390, \"0.5\"]")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some((secs, Value(value))) = list.next_element::<(f64, Value)>()? {
            self.0.push((instant(secs)?, value));
        }
        Ok(())
    }
}

/// A value, which Prometheus writes as text; NaN where it is not a number.
pub(super) struct Value(f64);

impl<'de> serde::Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value as text, such as \"0.5\"")
            }

            fn visit_str<E>(self, text: &str) -> Result<Value, E> {
                Ok(Value(text.trim().parse().unwrap_or(f64::NAN)))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
                Ok(Value(value))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
                Ok(Value(value as f64))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
                Ok(Value(value as f64))
            }

            fn visit_unit<E>(self) -> Result<Value, E> {
                Ok(Value(f64::NAN))
            }
        }
        json.deserialize_any(Text)
    }
}
