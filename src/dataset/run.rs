//! The summary of one load test (or access log): counters by second, histograms by bucket, codes, concurrency.
//!
//! Four frames, described column by column on [`RunSummary`]. Importers build them with [`RunSummary`]'s fields;
//! questions are asked through `dataset::query`.

use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::Estimator;

/// Whether a request succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// As the tool that wrote the file judged it.
    Success = 0,
    /// Failed: error code, transport error or failed assertion.
    Failure = 1,
}

/// Which outcomes a figure is taken over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeFilter {
    /// Successful requests only: the rule for SLA latency.
    #[default]
    Success,
    /// Successes and failures.
    All,
}

/// The tool that wrote a run; it decides the percentile rule of its own report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tool {
    /// Apache JMeter.
    JMeter,
    /// Grafana k6.
    K6,
    /// Gatling.
    Gatling,
    /// Locust.
    Locust,
    /// Artillery.
    Artillery,
    /// hey.
    Hey,
    /// ApacheBench (ab).
    ApacheBench,
    /// wrk.
    Wrk,
    /// wrk2.
    Wrk2,
    /// Vegeta.
    Vegeta,
    /// oha.
    Oha,
    /// autocannon.
    Autocannon,
    /// Siege.
    Siege,
    /// HdrHistogram, written by some other tool.
    HdrHistogram,
    /// Taurus (bzt).
    Taurus,
    /// A test runner's JUnit report.
    JUnit,
    /// The access log of a web server.
    AccessLog,
    /// Spans of a tracing system.
    Traces,
    /// Not known, or one that this version does not know.
    #[default]
    #[serde(other)]
    Unknown,
}

impl Tool {
    /// The percentile definition of the tool's own report.
    pub const fn estimator(self) -> Estimator {
        match self {
            Self::JMeter => Estimator::R6,
            // Gatling: t-digest 3.3 keeps single values apart and takes the one that the rank falls on.
            Self::ApacheBench | Self::Oha | Self::Locust | Self::Gatling => Estimator::FloorIndex,
            Self::Hey => Estimator::CeilIndex,
            Self::Wrk | Self::Wrk2 | Self::Autocannon | Self::HdrHistogram | Self::Taurus => {
                Estimator::Nearest
            }
            _ => Estimator::R7,
        }
    }

    /// Its name for people; `None` where it is not known.
    pub const fn title(self) -> Option<&'static str> {
        Some(match self {
            Self::Unknown => return None,
            Self::JMeter => "JMeter",
            Self::K6 => "k6",
            Self::Gatling => "Gatling",
            Self::Locust => "Locust",
            Self::Artillery => "Artillery",
            Self::Hey => "hey",
            Self::ApacheBench => "ApacheBench",
            Self::Wrk => "wrk",
            Self::Wrk2 => "wrk2",
            Self::Vegeta => "Vegeta",
            Self::Oha => "oha",
            Self::Autocannon => "autocannon",
            Self::Siege => "Siege",
            Self::HdrHistogram => "HdrHistogram",
            Self::Taurus => "Taurus",
            Self::JUnit => "JUnit",
            Self::AccessLog => "the access log",
            Self::Traces => "the traces",
        })
    }
}

/// One label (request name) of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LabelInfo {
    /// As it stands in the file; `(other)` for what exceeded the limit.
    pub name: String,
    /// A transaction controller: a sum over other requests, kept but not counted in totals.
    pub controller: bool,
}

/// What the tool's own report says about one label, over all outcomes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ToolFigures {
    /// The label; `Total` for all of them.
    pub label: String,
    /// (quantile in parts per million, milliseconds) as the tool would print them.
    pub percentiles_ms: Vec<(i64, f64)>,
}

/// Counters, histograms, response codes and concurrency of one run.
#[derive(Clone, Debug, Default)]
pub struct RunSummary {
    /// The tool that wrote it.
    pub tool: Tool,
    /// Nanoseconds in one tick of the source's resolution: 1,000,000 for milliseconds.
    pub tick_ns: i64,
    /// Width of a histogram bucket in seconds, aligned to UTC: 1, 10, 60, 300, 900, or more where folded further.
    pub bucket_secs: i64,
    /// Labels; frames refer to them by index.
    pub labels: Vec<LabelInfo>,
    /// Load generators (host names), where the file tells them apart; frames refer to them by index.
    pub generators: Vec<String>,
    /// `second` i64 (start of the sample, seconds since the epoch), `label` u16, `outcome` u8, `count` u64, `sum_ticks` i64, `min_ticks` i64,
    /// `max_ticks` i64, `received` i64 and `sent` i64 bytes, `first_start` i64 and `last_end` i64 µs since the epoch. Sorted by second, label, outcome.
    pub counters: DataFrame,
    /// `bucket` i64 (its start, seconds since the epoch), `label` u16, `outcome` u8, `value` i64 (lower edge of the bin in ticks, see
    /// `histogram::bin_of`), `count` u64. Sorted by all of them.
    pub histogram: DataFrame,
    /// `minute` i64 (its start, seconds since the epoch), `label` u16, `code` str, `count` u64.
    pub codes: DataFrame,
    /// `second` i64, `generator` u16, `active` i64: the largest number of active users (threads) seen. Generators add up.
    pub concurrency: DataFrame,
    /// The tool's own figures, computed in file order.
    pub tool_figures: Vec<ToolFigures>,
    /// The tool waits for a response before it sends the next request and does not correct for it.
    pub closed_loop: bool,
    /// The file says no durations (an access log in common format): requests and errors only, no histogram.
    pub counts_only: bool,
    /// The file does not say which requests failed; all stand as successes.
    pub outcomes_unknown: bool,
}
