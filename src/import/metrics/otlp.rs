//! OpenTelemetry metrics as JSON (OTLP): one document, or one a line as the collector's file exporter writes them.
//!
//! opentelemetry-proto, `metrics.proto`, and the specification's "Metrics data model". Monotonic sums become rates,
//! histograms of durations become counts per bucket, summaries become one series a percentile.

use std::io::Read;

use super::brought::{Brought, Labels};
use super::documents::{DOCUMENT_LIMIT, each};
use super::names::Meaning;
use super::otlp_buckets::{UnitNs, explicit, exponential, unit_ns};
use super::otlp_model::{
    ExponentialPoint, Export, HistogramPoint, Int, KeyValue, Measured, Metric, NumberPoint,
    SummaryPoint, Temporality, text_of,
};
use crate::calendar::Instant;
use crate::dataset::{SeriesKind, ValueCount};
use crate::import::format::{Family, Format, Seen};
use crate::import::table::times::is_plausible;
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::WarningKind;

/// OTLP metrics.
pub static FORMAT: Format = Format {
    id: "otlp-metrics",
    title: "OpenTelemetry metrics (OTLP JSON, one document or one a line)",
    family: Family::Metrics,
    recognised_by: "JSON with \"resourceMetrics\" (or \"resource_metrics\")",
    traps: &[
        "64-bit numbers are text, times are nanoseconds.",
        "A sum or histogram counts since its start (cumulative, 2) or since the last point (delta, 1); both become figures per step.",
        "A cumulative sum that was read only once gives no rate and is left out.",
        "Histograms of durations give percentiles that are known to their bucket only; those of sizes give count and sum.",
        "Series are told apart by their attributes and by a few of their resource (service, host, pod), not by all of them.",
    ],
    recognise: |head| Seen::from(recognises(head)),
    read: |stream, intake| read(stream, intake),
};

fn recognises(head: &Head<'_>) -> bool {
    head.json.as_ref().is_some_and(|json| {
        json.has_keys(&["resourceMetrics"]) || json.has_keys(&["resource_metrics"])
    })
}

/// Attributes of a resource that tell sources apart; the others describe processes and libraries.
const RESOURCE_KEYS: [&str; 12] = [
    "service.name",
    "service.namespace",
    "service.instance.id",
    "host.name",
    "container.name",
    "k8s.cluster.name",
    "k8s.namespace.name",
    "k8s.pod.name",
    "k8s.node.name",
    "cloud.region",
    "deployment.environment",
    "deployment.environment.name",
];

/// Reads all documents from a stream.
pub fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let mut brought = Brought::new(intake);
    each(
        reader,
        DOCUMENT_LIMIT,
        "an OTLP document",
        &mut brought,
        |brought, export: Export| {
            if export.resource_metrics.is_empty() {
                brought.warnings.add(
                    WarningKind::NotRead,
                    "documents without metrics (traces, logs) were left out",
                );
            }
            for resource in export.resource_metrics {
                let labels: Labels = resource
                    .resource
                    .attributes
                    .iter()
                    .filter(|a| RESOURCE_KEYS.contains(&a.key.as_str()))
                    .map(|a| (a.key.clone(), text_of(&a.value)))
                    .collect();
                let scopes = resource
                    .scope_metrics
                    .iter()
                    .chain(&resource.instrumentation_library_metrics);
                for metric in scopes.flat_map(|s| &s.metrics) {
                    take(brought, metric, &labels);
                }
            }
            Ok(())
        },
    )?;
    brought
        .finish("no metric has a usable point (a cumulative sum needs two); record a longer time")
}

/// One point's labels and times, or nothing where it has no value or no time.
struct At {
    labels: Labels,
    start: Option<Instant>,
    time: Instant,
}

fn at(
    brought: &mut Brought<'_>,
    metric: &Metric,
    resource: &Labels,
    attributes: &[KeyValue],
    times: (Int, Int),
    flags: Int,
) -> Option<At> {
    if flags.0 & 1 == 1 {
        return None;
    }
    let instant = |nanos: Int| {
        let at = Instant(i64::try_from(nanos.0 / 1_000).unwrap_or(i64::MAX));
        (nanos.0 > 0 && is_plausible(at)).then_some(at)
    };
    let Some(time) = instant(times.1) else {
        let text = format!("{}: timeUnixNano {}", metric.name, times.1.0);
        brought.reject(0, "timeUnixNano", "a point without a time", &text);
        return None;
    };
    let mut labels = resource.clone();
    labels.extend(
        attributes
            .iter()
            .map(|a| (a.key.clone(), text_of(&a.value))),
    );
    Some(At {
        labels,
        start: instant(times.0).filter(|start| *start < time),
        time,
    })
}

fn take(brought: &mut Brought<'_>, metric: &Metric, resource: &Labels) {
    if let Some(gauge) = &metric.gauge {
        numbers(brought, metric, resource, gauge, false);
    }
    if let Some(sum) = &metric.sum {
        numbers(brought, metric, resource, sum, true);
    }
    if let Some(points) = &metric.histogram {
        for point in &points.data_points {
            histogram(
                brought,
                metric,
                resource,
                points.aggregation_temporality,
                point,
            );
        }
    }
    if let Some(points) = &metric.exponential_histogram {
        for point in &points.data_points {
            exponential_histogram(
                brought,
                metric,
                resource,
                points.aggregation_temporality,
                point,
            );
        }
    }
    if let Some(points) = &metric.summary {
        for point in &points.data_points {
            summary(brought, metric, resource, point);
        }
    }
}

/// A unit of UCUM as the program prints it: annotations in braces are words for one.
fn unit_of(unit: &str) -> String {
    let bare: String = match (unit.find('{'), unit.rfind('}')) {
        (Some(from), Some(to)) if from < to => {
            let after = unit.get(to + 1..).unwrap_or_default();
            format!("{}{after}", unit.get(..from).unwrap_or_default())
        }
        _ => unit.to_owned(),
    };
    match bare.as_str() {
        "1" => "",
        "By" => "bytes",
        "kBy" => "kB",
        "MBy" => "MB",
        "GBy" => "GB",
        "KiBy" => "KiB",
        "MiBy" => "MiB",
        "GiBy" => "GiB",
        "us" => "µs",
        "Cel" => "°C",
        "By/s" => "bytes/s",
        "1/s" => "/s",
        other => other,
    }
    .to_owned()
}

fn numbers(
    brought: &mut Brought<'_>,
    metric: &Metric,
    resource: &Labels,
    points: &Measured<NumberPoint>,
    sum: bool,
) {
    let unit = unit_of(&metric.unit);
    let delta = sum && points.aggregation_temporality == Temporality::Delta;
    let counter = sum && points.is_monotonic && !delta;
    if sum && points.is_monotonic && points.aggregation_temporality == Temporality::Unspecified {
        brought.warnings.add(
            WarningKind::Assumed,
            format!(
                "{} does not say since when it counts; it was taken as cumulative",
                metric.name
            ),
        );
    }
    for point in &points.data_points {
        let times = (point.start_time_unix_nano, point.time_unix_nano);
        let Some(at) = at(
            brought,
            metric,
            resource,
            &point.attributes,
            times,
            point.flags,
        ) else {
            continue;
        };
        let value = point.as_double.0.or(point.as_int.0);
        if delta {
            grown(brought, &metric.name, &unit, &at, value);
            continue;
        }
        let kind = if counter || unit.ends_with("/s") {
            SeriesKind::Rate
        } else {
            SeriesKind::Gauge
        };
        let unit = if counter {
            format!("{unit}/s")
        } else {
            unit.clone()
        };
        let series = brought.series(&metric.name, &at.labels, |m| {
            *m = Meaning {
                unit,
                kind,
                counter,
            };
        });
        brought.point(series, at.time, value);
    }
}

/// What was added in a step: per second where the step's length is known, else as an amount.
fn grown(brought: &mut Brought<'_>, name: &str, unit: &str, at: &At, value: Option<f64>) {
    let Some(start) = at.start else {
        let unit = unit.to_owned();
        let series = brought.series(name, &at.labels, |m| {
            *m = Meaning {
                unit,
                kind: SeriesKind::Count,
                counter: false,
            };
        });
        brought.point(series, at.time, value);
        return;
    };
    let secs = at.time.since(start).as_secs();
    let series = brought.series(name, &at.labels, |m| {
        *m = Meaning {
            unit: format!("{unit}/s"),
            kind: SeriesKind::Rate,
            counter: false,
        };
    });
    brought.point(series, at.time, value.map(|v| v / secs));
}

/// Count and sum of a histogram or summary as rates.
fn count_and_sum(
    brought: &mut Brought<'_>,
    metric: &Metric,
    at: &At,
    temporality: Temporality,
    count: Int,
    sum: Option<f64>,
) {
    let unit = unit_of(&metric.unit);
    for (suffix, unit, value) in [
        ("_count", "", Some(count.0 as f64)),
        ("_sum", unit.as_str(), sum),
    ] {
        let Some(value) = value else {
            continue;
        };
        let name = format!("{}{suffix}", metric.name);
        if temporality == Temporality::Delta {
            grown(brought, &name, unit, at, Some(value));
            continue;
        }
        let series = brought.series(&name, &at.labels, |m| {
            *m = Meaning {
                unit: format!("{unit}/s"),
                kind: SeriesKind::Rate,
                counter: true,
            };
        });
        brought.point(series, at.time, Some(value));
    }
}

fn histogram(
    brought: &mut Brought<'_>,
    metric: &Metric,
    resource: &Labels,
    temporality: Temporality,
    point: &HistogramPoint,
) {
    let times = (point.start_time_unix_nano, point.time_unix_nano);
    let Some(at) = at(
        brought,
        metric,
        resource,
        &point.attributes,
        times,
        point.flags,
    ) else {
        return;
    };
    count_and_sum(brought, metric, &at, temporality, point.count, point.sum.0);
    if point.bucket_counts.is_empty() {
        return;
    }
    let largest = point.explicit_bounds.last().copied();
    buckets(brought, metric, &at, temporality, largest, |unit| {
        explicit(point, unit)
    });
}

fn exponential_histogram(
    brought: &mut Brought<'_>,
    metric: &Metric,
    resource: &Labels,
    temporality: Temporality,
    point: &ExponentialPoint,
) {
    let times = (point.start_time_unix_nano, point.time_unix_nano);
    let Some(at) = at(
        brought,
        metric,
        resource,
        &point.attributes,
        times,
        point.flags,
    ) else {
        return;
    };
    count_and_sum(brought, metric, &at, temporality, point.count, point.sum.0);
    let last = f64::from(point.positive.offset) + point.positive.bucket_counts.len() as f64;
    let largest = (last * f64::from(-point.scale).exp2()).exp2();
    buckets(brought, metric, &at, temporality, Some(largest), |unit| {
        exponential(point, unit)
    });
}

fn buckets(
    brought: &mut Brought<'_>,
    metric: &Metric,
    at: &At,
    temporality: Temporality,
    largest: Option<f64>,
    ranges: impl FnOnce(f64) -> Option<Vec<ValueCount>>,
) {
    let unit = match unit_ns(&metric.name, &metric.unit, largest) {
        UnitNs::Said(unit) => unit,
        UnitNs::Guessed(unit) => {
            let word = if unit < 1e9 {
                "milliseconds"
            } else {
                "seconds"
            };
            brought.warnings.add(
                WarningKind::Assumed,
                format!(
                    "{} says no unit; its buckets were taken as {word}",
                    metric.name
                ),
            );
            unit
        }
        UnitNs::None => {
            brought.warnings.add(
                WarningKind::NotRead,
                format!(
                    "the buckets of {} are not durations; only its count and sum were read",
                    metric.name
                ),
            );
            return;
        }
    };
    let Some(ranges) = ranges(unit) else {
        let text = format!("{} at {}", metric.name, at.time);
        brought.reject(
            0,
            "bucketCounts",
            "bounds and counts of a histogram do not fit together",
            &text,
        );
        return;
    };
    if temporality == Temporality::Delta {
        brought
            .buckets
            .delta(&metric.name, &at.labels, at.start, at.time, &ranges);
    } else {
        brought
            .buckets
            .cumulative(&metric.name, &at.labels, at.start, at.time, ranges);
    }
}

fn summary(brought: &mut Brought<'_>, metric: &Metric, resource: &Labels, point: &SummaryPoint) {
    let times = (point.start_time_unix_nano, point.time_unix_nano);
    let Some(at) = at(
        brought,
        metric,
        resource,
        &point.attributes,
        times,
        point.flags,
    ) else {
        return;
    };
    count_and_sum(
        brought,
        metric,
        &at,
        Temporality::Cumulative,
        point.count,
        point.sum.0,
    );
    for quantile in &point.quantile_values {
        let mut labels = at.labels.clone();
        labels.insert("quantile".to_owned(), quantile.quantile.to_string());
        let unit = unit_of(&metric.unit);
        let series = brought.series(&metric.name, &labels, |m| {
            m.unit = unit;
            m.counter = false;
            m.kind = SeriesKind::Gauge;
        });
        brought.point(series, at.time, quantile.value.0);
    }
}

#[cfg(test)]
#[path = "otlp_tests.rs"]
mod tests;
