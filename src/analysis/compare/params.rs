//! What is compared, and how strictly.

use serde::{Deserialize, Serialize};

use crate::dataset::{Estimator, OutcomeFilter};
use crate::units::{Micros, Ppm};

/// A figure of a run that is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Median duration.
    P50,
    /// 90th percentile.
    P90,
    /// 95th percentile.
    P95,
    /// 99th percentile.
    P99,
    /// Mean duration.
    Mean,
    /// Requests per second.
    Throughput,
    /// Share of requests that failed.
    ErrorRate,
}

impl Metric {
    /// All of them, in the order of tables.
    pub const ALL: [Self; 7] = [
        Self::P50,
        Self::P90,
        Self::P95,
        Self::P99,
        Self::Mean,
        Self::Throughput,
        Self::ErrorRate,
    ];
    /// Those that are judged where nobody says which.
    pub const USUAL: [Self; 3] = [Self::P95, Self::Throughput, Self::ErrorRate];

    /// The name on the command line and in results.
    pub const fn name(self) -> &'static str {
        match self {
            Self::P50 => "p50",
            Self::P90 => "p90",
            Self::P95 => "p95",
            Self::P99 => "p99",
            Self::Mean => "mean",
            Self::Throughput => "throughput",
            Self::ErrorRate => "error_rate",
        }
    }

    /// The word on screens.
    pub const fn title(self) -> &'static str {
        match self {
            Self::P50 => "P50",
            Self::P90 => "P90",
            Self::P95 => "P95",
            Self::P99 => "P99",
            Self::Mean => "Mean",
            Self::Throughput => "Throughput",
            Self::ErrorRate => "Error rate",
        }
    }

    /// The word within a sentence.
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Mean => "mean duration",
            Self::Throughput => "throughput",
            Self::ErrorRate => "error rate",
            _ => self.title(),
        }
    }

    /// The metric with this name, in any case.
    pub fn parse(text: &str) -> Option<Self> {
        let wanted = text.trim().to_ascii_lowercase().replace(['-', ' '], "_");
        Self::ALL.into_iter().find(|m| m.name() == wanted)
    }

    /// Unit of its values: milliseconds, requests per second, or a share 0..=1.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Throughput => "per_sec",
            Self::ErrorRate => "share",
            _ => "ms",
        }
    }

    /// The quantile in parts per million; `None` where it is no percentile.
    pub const fn quantile(self) -> Option<Ppm> {
        match self {
            Self::P50 => Some(Ppm(500_000)),
            Self::P90 => Some(Ppm(900_000)),
            Self::P95 => Some(Ppm(950_000)),
            Self::P99 => Some(Ppm(990_000)),
            _ => None,
        }
    }

    /// Whether it is a duration.
    pub const fn is_latency(self) -> bool {
        !matches!(self, Self::Throughput | Self::ErrorRate)
    }
}

/// How two sides are compared.
#[derive(Clone, Debug, PartialEq)]
pub struct CompareParams {
    /// What is judged, in order, without repetition.
    pub metrics: Vec<Metric>,
    /// The gate: a change for the worse by more than this, relative to the base, is a regression.
    pub max_regression: Ppm,
    /// A rise of the error rate that certainly is smaller than this many points passes, whatever it is relative to the base.
    pub error_tolerance: Ppm,
    /// Confidence of the intervals, two-sided: 950,000 for 95 %.
    pub confidence: Ppm,
    /// Time cut off at the start of each run.
    pub skip: Micros,
    /// Which outcomes durations are taken over.
    pub outcomes: OutcomeFilter,
    /// Percentile definition of both sides.
    pub estimator: Estimator,
    /// Seed of the bootstrap.
    pub seed: u64,
    /// How often blocks are drawn.
    pub replicates: usize,
    /// All requests together only, no labels.
    pub total_only: bool,
}

impl Default for CompareParams {
    fn default() -> Self {
        Self {
            metrics: Metric::USUAL.to_vec(),
            max_regression: Ppm(50_000),
            error_tolerance: Ppm(5_000),
            confidence: Ppm(950_000),
            skip: Micros(0),
            outcomes: OutcomeFilter::Success,
            estimator: Estimator::R7,
            seed: 1,
            replicates: 1_000,
            total_only: false,
        }
    }
}
