//! The figures of one label on one side, by the same rules as `headroom stats`.

use super::gather::Requests;
use super::params::{CompareParams, Metric};
use crate::analysis::latency::LabelStats;
use crate::dataset::ValueCounts;

/// The name of the line that sums all labels up.
pub(super) const TOTAL: &str = crate::analysis::latency::TOTAL;

/// What is known of one label. Milliseconds, requests per second, shares 0..=1.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Figures {
    /// Durations.
    pub n: u64,
    /// Requests.
    pub count: u64,
    /// Failed ones.
    pub errors: u64,
    values: Vec<(Metric, Option<f64>)>,
    /// Durations at or below each whole percent, for the curve of the distribution: 1 to 99, 99.5, 99.9.
    pub curve: Vec<(f64, f64)>,
}

impl Figures {
    /// Of one request list a run: durations are pooled, throughput is requests over the runs' time.
    pub fn of(runs: &[Requests], params: &CompareParams) -> Self {
        let values = ValueCounts::merged(runs.iter().map(|r| &r.values));
        let count: u64 = runs.iter().map(|r| r.counts.count).sum();
        let errors: u64 = runs.iter().map(|r| r.counts.errors).sum();
        let secs: f64 = runs
            .iter()
            .filter(|r| r.counts.count > 0)
            .map(|r| r.counts.span_secs())
            .sum();
        let figure = |metric: Metric| match metric {
            Metric::Mean => values.mean_ns().map(|ns| ns / 1e6),
            Metric::Throughput => (secs > 0.0).then(|| count as f64 / secs),
            Metric::ErrorRate => (count > 0).then(|| errors as f64 / count as f64),
            _ => metric
                .quantile()
                .and_then(|p| values.quantile(p, params.estimator))
                .map(|q| q.millis()),
        };
        Self {
            n: values.total(),
            count,
            errors,
            values: Metric::ALL.map(|m| (m, figure(m))).to_vec(),
            curve: curve(&values, params),
        }
    }

    /// As a tool printed them.
    pub fn of_tool(stats: &LabelStats) -> Self {
        let figure = |metric: Metric| match metric {
            Metric::P50 => stats.p50_ms,
            Metric::P90 => stats.p90_ms,
            Metric::P95 => stats.p95_ms,
            Metric::P99 => stats.p99_ms,
            Metric::Mean => stats.mean_ms,
            Metric::Throughput => stats.throughput_per_sec,
            Metric::ErrorRate => stats.error_rate,
        };
        Self {
            n: stats.count,
            count: stats.count,
            errors: stats.errors,
            values: Metric::ALL.map(|m| (m, figure(m))).to_vec(),
            curve: Vec::new(),
        }
    }

    /// A figure; `None` where it is not known.
    pub fn value(&self, metric: Metric) -> Option<f64> {
        self.values
            .iter()
            .find(|(m, _)| *m == metric)
            .and_then(|(_, v)| *v)
            .filter(|v| v.is_finite())
    }

    /// How many samples a figure stands on.
    pub fn samples(&self, metric: Metric) -> u64 {
        if metric.is_latency() {
            self.n
        } else {
            self.count
        }
    }
}

fn curve(values: &ValueCounts, params: &CompareParams) -> Vec<(f64, f64)> {
    (1..100_i64)
        .map(|p| p * 10_000)
        .chain([995_000, 999_000])
        .filter_map(|ppm| {
            let p = crate::units::Ppm(ppm);
            let value = values.quantile(p, params.estimator)?;
            Some((p.as_percent(), value.millis()))
        })
        .collect()
}
