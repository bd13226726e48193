//! The metrics part of OTLP as JSON, as far as it is read: opentelemetry-proto, `metrics.proto`, in proto3's JSON form.
//!
//! 64-bit numbers are text, but not everywhere; keys are in camel case, but old exporters write them as in the proto.

use std::fmt;

use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

use super::brought::{Loose, or_default};

macro_rules! model {
    ($($(#[$doc:meta])* $name:ident { $($field:ident $(/ $camel:literal)? : $of:ty),* $(,)? })*) => {
        $($(#[$doc])* #[derive(Debug, Default, Deserialize)]
        #[serde(default)]
        pub(super) struct $name {
            $($(#[serde(alias = $camel)])? #[serde(deserialize_with = "or_default")] pub $field: $of,)*
        })*
    };
}

model! {
    /// One document.
    Export { resource_metrics / "resourceMetrics": Vec<ResourceMetrics> }
    ResourceMetrics {
        resource: Resource,
        scope_metrics / "scopeMetrics": Vec<ScopeMetrics>,
        instrumentation_library_metrics / "instrumentationLibraryMetrics": Vec<ScopeMetrics>,
    }
    Resource { attributes: Vec<KeyValue> }
    ScopeMetrics { metrics: Vec<Metric> }
    KeyValue { key: String, value: Value }
    /// One metric; exactly one of its kinds has points.
    Metric {
        name: String,
        unit: String,
        gauge: Option<Measured<NumberPoint>>,
        sum: Option<Measured<NumberPoint>>,
        histogram: Option<Measured<HistogramPoint>>,
        exponential_histogram / "exponentialHistogram": Option<Measured<ExponentialPoint>>,
        summary: Option<Measured<SummaryPoint>>,
    }
    NumberPoint {
        attributes: Vec<KeyValue>,
        start_time_unix_nano / "startTimeUnixNano": Int,
        time_unix_nano / "timeUnixNano": Int,
        as_double / "asDouble": Loose,
        as_int / "asInt": Loose,
        flags: Int,
    }
    HistogramPoint {
        attributes: Vec<KeyValue>,
        start_time_unix_nano / "startTimeUnixNano": Int,
        time_unix_nano / "timeUnixNano": Int,
        count: Int,
        sum: Loose,
        bucket_counts / "bucketCounts": Vec<Int>,
        explicit_bounds / "explicitBounds": Vec<f64>,
        flags: Int,
    }
    ExponentialPoint {
        attributes: Vec<KeyValue>,
        start_time_unix_nano / "startTimeUnixNano": Int,
        time_unix_nano / "timeUnixNano": Int,
        count: Int,
        sum: Loose,
        scale: i32,
        zero_count / "zeroCount": Int,
        zero_threshold / "zeroThreshold": f64,
        positive: Buckets,
        negative: Buckets,
        flags: Int,
    }
    Buckets { offset: i32, bucket_counts / "bucketCounts": Vec<Int> }
    SummaryPoint {
        attributes: Vec<KeyValue>,
        start_time_unix_nano / "startTimeUnixNano": Int,
        time_unix_nano / "timeUnixNano": Int,
        count: Int,
        sum: Loose,
        quantile_values / "quantileValues": Vec<Quantile>,
        flags: Int,
    }
    Quantile { quantile: f64, value: Loose }
}

/// The points of a metric and how they are to be understood.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound = "P: Deserialize<'de> + Default")]
pub(super) struct Measured<P> {
    /// The points.
    #[serde(alias = "dataPoints", deserialize_with = "or_default")]
    pub data_points: Vec<P>,
    /// Growth since the last point, or since the start.
    #[serde(alias = "aggregationTemporality", deserialize_with = "or_default")]
    pub aggregation_temporality: Temporality,
    /// It only grows.
    #[serde(alias = "isMonotonic", deserialize_with = "or_default")]
    pub is_monotonic: bool,
}

/// Over which time a point counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Temporality {
    /// Not said.
    #[default]
    Unspecified,
    /// Since the last point.
    Delta,
    /// Since the start.
    Cumulative,
}

impl<'de> Deserialize<'de> for Temporality {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(json)?;
        Ok(match (value.as_i64(), value.as_str()) {
            (Some(1), _) | (_, Some("AGGREGATION_TEMPORALITY_DELTA" | "1")) => Self::Delta,
            (Some(2), _) | (_, Some("AGGREGATION_TEMPORALITY_CUMULATIVE" | "2")) => {
                Self::Cumulative
            }
            _ => Self::Unspecified,
        })
    }
}

/// A number without sign, as text or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Int(pub u64);

impl<'de> Deserialize<'de> for Int {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        struct Number;
        impl de::Visitor<'_> for Number {
            type Value = Int;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number, such as \"12\"")
            }

            fn visit_u64<E>(self, value: u64) -> Result<Int, E> {
                Ok(Int(value))
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Int, E> {
                u64::try_from(value).map(Int).map_err(E::custom)
            }

            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Int, E> {
                if (0.0..1.8e19).contains(&value) {
                    Ok(Int(value as u64))
                } else {
                    Err(E::custom("a number is negative or too large"))
                }
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Int, E> {
                text.trim().parse().map(Int).map_err(E::custom)
            }
        }
        json.deserialize_any(Number)
    }
}

/// The text of an attribute's value: `{"stringValue": "a"}`, `{"intValue": "5"}`, a list of such.
pub(super) fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(parts) => parts
            .iter()
            .next()
            .map(|(_, inner)| text_of(inner))
            .unwrap_or_default(),
        Value::Array(list) => list.iter().map(text_of).collect::<Vec<_>>().join(","),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_are_read() {
        for json in [
            r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"a","sum":{"isMonotonic":true,"aggregationTemporality":2,"dataPoints":[{"asInt":"5","timeUnixNano":"7"}]}}]}]}]}"#,
            r#"{"resource_metrics":[{"instrumentation_library_metrics":[{"metrics":[{"name":"a","sum":{"is_monotonic":true,"aggregation_temporality":"AGGREGATION_TEMPORALITY_CUMULATIVE","data_points":[{"as_int":5,"time_unix_nano":7}]}}]}],"resource":null}]}"#,
        ] {
            let mut export: Export = serde_json::from_str(json).unwrap();
            let mut resource = export.resource_metrics.remove(0);
            resource
                .scope_metrics
                .append(&mut resource.instrumentation_library_metrics);
            let metric = &resource.scope_metrics[0].metrics[0];
            let sum = metric.sum.as_ref().unwrap();
            assert!(sum.is_monotonic && sum.aggregation_temporality == Temporality::Cumulative);
            assert_eq!(
                (
                    sum.data_points[0].as_int.0,
                    sum.data_points[0].time_unix_nano
                ),
                (Some(5.0), Int(7))
            );
        }
        assert!(serde_json::from_str::<Int>("-1").is_err());
        let list = serde_json::json!({"arrayValue": {"values": [{"stringValue": "a"}, {"intValue": "5"}]}});
        assert_eq!(text_of(&list), "a,5");
    }
}
