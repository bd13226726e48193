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
            if self.0.progress.is_cancelled() {
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

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        self.0.answer.instant_values += 1;
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        self.0.answer.instant_values += 1;
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut labels = BTreeMap::new();
        let mut values = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "metric" => labels = map.next_value()?,
                "values" => map.next_value_seed(ValuesSeed(&mut values))?,
                "value" => {
                    self.0.answer.instant_values += 1;
                    map.next_value::<IgnoredAny>()?;
                }
                "histogram" | "histograms" => {
                    self.0.warnings.add(
                        WarningKind::Note,
                        "native histograms are not read; export the query with histogram_quantile or classic buckets",
                    );
                    map.next_value::<IgnoredAny>()?;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        self.0.take(labels, &values);
        Ok(())
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
            let at = Instant((secs * 1e6).round() as i64);
            if !is_plausible(at) {
                return Err(A::Error::custom(
                    "a time stamp is not in seconds since 1970",
                ));
            }
            self.0.push((at, value));
        }
        Ok(())
    }
}

/// A value, which Prometheus writes as text; NaN where it is not a number.
struct Value(f64);

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
