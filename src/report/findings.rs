//! What the analyses found for a report: plain data, and the JSON form of the report.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::committed::CommittedFinding;
use crate::analysis::capacity::MeasuredCapacity;
use crate::analysis::closing::ClosedView;
use crate::analysis::compare::Comparison;
use crate::analysis::decisions::Decisions;
use crate::analysis::forecast::scorecard::PlanScorecard;
use crate::analysis::forecast::{Forecast, Percentiles};
use crate::analysis::latency::RunStats;
use crate::analysis::sla::{Scorecard, SlaReport, Verdict};
use crate::analysis::story::Story;
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
    /// First instant, where the rows are the hours of one day.
    #[serde(default)]
    pub hour: Option<Instant>,
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
    /// Requests per second of its largest level that kept to the first latency limit.
    #[serde(default)]
    pub max_passing: Option<f64>,
}

/// The largest load of an hour.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Peak {
    /// Requests per second.
    pub per_sec: f64,
    /// When the hour began.
    pub at: Instant,
}

/// One step of a forecast that was made earlier, and what came.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckedPoint {
    /// Start of the step.
    pub t: Instant,
    /// What was expected.
    pub expected: f64,
    /// Lower end of the 80 % range.
    pub lo80: f64,
    /// Upper end of the 80 % range.
    pub hi80: f64,
    /// Lower end of the 95 % range.
    pub lo95: f64,
    /// Upper end of the 95 % range.
    pub hi95: f64,
    /// What was measured.
    pub came: Option<f64>,
}

/// A forecast as it was kept before the period began, or else as it could have been made then, held against what came.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ForecastCheck {
    /// Display name of the series.
    pub series: String,
    /// Its unit.
    pub unit: String,
    /// What was forecast: `daily P95`.
    pub aggregate: String,
    /// The model that was chosen then.
    pub model: String,
    /// Nothing later than this was known.
    pub made_at: Instant,
    /// When the limit was foreseen to be crossed.
    pub crossing: Percentiles<Instant>,
    /// The limit.
    pub limit: Option<f64>,
    /// Step by step, within the period.
    pub points: Vec<CheckedPoint>,
    /// Why there could be none.
    pub refused: Option<String>,
    /// When and why it was kept, where it is the one that was said then and was not made again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<String>,
}

impl ForecastCheck {
    /// Steps that were measured; of these, within the 80 % and within the 95 % range.
    pub fn tally(&self) -> (usize, usize, usize) {
        let measured = || self.points.iter().filter_map(|p| Some((p, p.came?)));
        let within = |low: fn(&CheckedPoint) -> f64, high: fn(&CheckedPoint) -> f64| {
            measured()
                .filter(|(p, came)| (low(p)..=high(p)).contains(came))
                .count()
        };
        (
            measured().count(),
            within(|p| p.lo80, |p| p.hi80),
            within(|p| p.lo95, |p| p.hi95),
        )
    }
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
    /// Promises with a baseline, and their grade.
    #[serde(default)]
    pub scorecard: Option<Scorecard>,
    /// Closings of the period and of the months in it, beside what stands now; its own first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closings: Vec<ClosedView>,
    /// Quarters (or years) before this one, oldest first; empty for shorter periods.
    #[serde(default)]
    pub earlier: Vec<JudgedMonth>,
    /// The limits as they were foreseen when the period began.
    #[serde(default)]
    pub look_back: Vec<ForecastCheck>,
    /// The last load test before the period.
    #[serde(default)]
    pub run_before: Option<RunFinding>,
    /// The busiest hour of production in the period.
    #[serde(default)]
    pub production_peak: Option<Peak>,
    /// SHA-256 over the settings alone: promises, limits, scope, period, zone, notes and what people decided.
    #[serde(default)]
    pub settings_sha256: String,
    /// Stories of breaches, resources under load, and what follows.
    #[serde(default)]
    pub story: Story,
    /// Load tests of the period against the run before each, all requests together.
    #[serde(default)]
    pub comparisons: Vec<Comparison>,
    /// Forecasts that were kept before the period ended, held against what came; `None` where none were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_scorecard: Option<PlanScorecard>,
    /// The committed plan beside doing nothing; `None` where no scenario is the plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub committed: Option<CommittedFinding>,
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
        together(&self.slas)
    }
    /// The closing of the period itself, where it is closed.
    pub fn own_closing(&self) -> Option<&ClosedView> {
        self.closings
            .iter()
            .find(|view| view.closed.period == self.period)
    }

    /// Sets closed periods beside what was judged.
    pub fn look_at_closings(&mut self) {
        let mut judged = vec![(&self.period, &self.slas)];
        judged.extend(self.months.iter().map(|month| (&month.name, &month.slas)));
        self.closings = judged
            .into_iter()
            .filter_map(|(name, slas)| {
                let closed = self.decisions.closed(name, &self.scope)?;
                let objectives = slas.iter().flat_map(|s| &s.report.objectives);
                Some(ClosedView::of(closed, objectives))
            })
            .collect();
    }
}

/// Sets of promises as one judgement.
pub(super) fn together(slas: &[JudgedSla]) -> SlaReport {
    let mut all = SlaReport::default();
    for sla in slas {
        all.period = sla.report.period.clone();
        all.objectives.extend(sla.report.objectives.iter().cloned());
        all.breaches.extend(sla.report.breaches.iter().cloned());
        all.conflicts.extend(sla.report.conflicts.iter().cloned());
        all.warnings.merge(&sla.report.warnings);
        all.policies.extend(sla.report.policies.iter().cloned());
        all.alerts.extend(sla.report.alerts.iter().cloned());
    }
    all.breaches.sort_by_key(|b| (b.start, b.objective.clone()));
    all.verdict = Verdict::together(slas.iter().map(|s| s.report.verdict));
    all
}
