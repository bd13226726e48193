//! What the analyses found for a report: plain data, and the JSON form of the report.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::analysis::capacity::MeasuredCapacity;
use crate::analysis::compare::Comparison;
use crate::analysis::decisions::Decisions;
use crate::analysis::forecast::Forecast;
use crate::analysis::latency::RunStats;
use crate::analysis::sla::{SlaReport, Verdict};
use crate::calendar::{Instant, Zone};
use crate::dataset::SourceInfo;

/// A set of promises and how they fared.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct JudgedSla {
    /// Name of the set, usually its file.
    pub name: String,
    /// The judgement.
    pub report: SlaReport,
}

/// One month of a quarter or year.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct JudgedMonth {
    /// Such as `2026-04`.
    pub name: String,
    /// `April 2026`.
    pub title: String,
    /// One entry a set of promises, in the order of `Findings::slas`.
    pub slas: Vec<JudgedSla>,
}

/// All durations of one day, over successful requests. Milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DailyLatency {
    /// The civil day.
    pub date: Date,
    /// Successful requests.
    pub n: u64,
    /// Failed ones.
    pub errors: u64,
    /// Median.
    pub p50_ms: Option<f64>,
    /// 95th percentile.
    pub p95_ms: Option<f64>,
    /// 99th percentile.
    pub p99_ms: Option<f64>,
    /// Longest.
    pub max_ms: Option<f64>,
    /// Share of the requests within each limit of `Findings::latency_limits_ms`, 0..=1.
    pub within: Vec<Option<f64>>,
    /// Percentiles with fewer than ten samples beyond them.
    pub few_samples: Vec<String>,
}

/// A forecast, or why there is none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ForecastFinding {
    /// Display name of the series.
    pub series: String,
    /// Days between ordering and having.
    pub lead_time_days: u32,
    /// The forecast.
    pub forecast: Option<Forecast>,
    /// Why there is none.
    pub refused: Option<String>,
}

/// A load test in the period.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunFinding {
    /// File name without folder.
    pub file_name: String,
    /// Service, environment and role in words.
    pub scope: String,
    /// First start.
    pub first: Option<Instant>,
    /// Last end.
    pub last: Option<Instant>,
    /// It waits for responses and does not correct for it.
    pub closed_loop: bool,
    /// There is only a tool's summary: the figures are the tool's own, over all outcomes.
    pub as_the_tool: bool,
    /// What it says.
    pub stats: RunStats,
}

/// Everything a report is laid out from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Findings {
    /// Name of the project.
    pub project: String,
    /// Such as `2026-06` or `2026-Q2`.
    pub period: String,
    /// First instant of the period.
    pub start: Instant,
    /// First instant after it.
    pub end: Instant,
    /// "Now" of the analyses.
    pub as_of: Instant,
    /// Zone of the calendar.
    pub zone: Zone,
    /// Service and environment in words.
    pub scope: String,
    /// It is still running at `as_of`.
    pub open: bool,
    /// Promises.
    pub slas: Vec<JudgedSla>,
    /// The months of a quarter or year.
    pub months: Vec<JudgedMonth>,
    /// Limits of the latency objectives in milliseconds, rising.
    pub latency_limits_ms: Vec<f64>,
    /// Day by day.
    pub daily: Vec<DailyLatency>,
    /// The days are those of a load test, because there are no others.
    pub daily_from_tests: bool,
    /// One entry a capacity limit.
    pub forecasts: Vec<ForecastFinding>,
    /// Load tests whose data fall into the period.
    pub runs: Vec<RunFinding>,
    /// What these say about the limit.
    pub capacity: Option<MeasuredCapacity>,
    /// Why these do not say it.
    pub capacity_refused: Option<String>,
    /// What the data are.
    pub sources: Vec<SourceInfo>,
    /// Notes by period.
    pub notes: BTreeMap<String, String>,
    /// What people wrote down about results.
    pub decisions: Decisions,
    /// Version of the program.
    pub version: String,
    /// SHA-256 over everything that decides the result: sources, promises, limits, scope, period, zone, "now".
    pub inputs_sha256: String,
    /// Load tests of the period against the run before each, all requests together.
    pub comparisons: Vec<Comparison>,
}

impl Findings {
    /// The verdict over all sets of promises: breached if any was, met if all were, else not proven.
    pub fn verdict(&self) -> Verdict {
        Verdict::together(self.slas.iter().map(|s| s.report.verdict))
    }

    /// The number of records that could not be read.
    pub fn rejected(&self) -> u64 {
        self.sources.iter().map(|s| s.rejected).sum()
    }

    /// All sets of promises as one judgement, for sentences and counts.
    pub fn together(&self) -> SlaReport {
        let mut all = SlaReport::default();
        for sla in &self.slas {
            all.period = sla.report.period.clone();
            all.objectives.extend(sla.report.objectives.iter().cloned());
            all.breaches.extend(sla.report.breaches.iter().cloned());
            all.conflicts.extend(sla.report.conflicts.iter().cloned());
            all.warnings.merge(&sla.report.warnings);
        }
        all.breaches.sort_by_key(|b| (b.start, b.objective.clone()));
        all.verdict = self.verdict();
        all
    }
}
