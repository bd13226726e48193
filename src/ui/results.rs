//! Results that screens show, computed in the background when a screen asks for them.
//!
//! A screen calls `cx.request(Request::…)` every frame and reads the slot. Where the slot was made of something else
//! (other data, period, parameters), it turns `stale` and is computed again; the old value stays until the new one is
//! there. What a result is made of is a fingerprint: data revision and parameters.

use std::collections::BTreeMap;
use std::sync::Arc;

pub use super::compute_headroom::{HeadroomOutcome, HeadroomRequest};
pub use super::outlook::{Outlook, OutlookRequest};
use super::questions::{Answer, Answers};
pub use super::request::Request;
use super::simulated::{Recent, Simulated};
pub use super::slot::Slot;
use super::widgets::LineData;
use crate::analysis::anomaly::{Anomalies, FalseAlarms};
use crate::analysis::capacity::CapacityStudy;
use crate::analysis::compare::{Comparison, Metric, Trend};
use crate::analysis::forecast::plan::Known;
use crate::analysis::forecast::scorecard::PlanScorecard;
use crate::analysis::forecast::{Aggregate, Forecast};
use crate::analysis::latency::RunStats;
use crate::analysis::sla::SlaReport;
use crate::analysis::story::{BreachStory, Recommendation};
use crate::calendar::{Instant, TimeRange};
use crate::dataset::{OutcomeFilter, SeriesInfo};
use crate::project::{CapacityLimit, LimitValue};
use crate::report::Report;

/// The judgement of all promises of the document over the chosen period.
#[derive(Clone, Debug, Default)]
pub struct SlaOutcome {
    /// Objectives of all files, one after the other.
    pub report: SlaReport,
    /// Files that could not be judged: (name, why).
    pub problems: Vec<(String, String)>,
}

/// Forecasts of all limits of the document, in its order.
#[derive(Clone, Debug, Default)]
pub struct ForecastsOutcome {
    /// Each limit with its forecast, or why there is none.
    pub forecasts: Vec<(CapacityLimit, Result<Forecast, String>)>,
}

/// Names a breach: its promise, and when it began.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BreachKey {
    /// Name of the objective.
    pub objective: String,
    /// When it began.
    pub start: Instant,
}

/// Names one metric series.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesKey {
    /// The source.
    pub source_id: String,
    /// Index in its table.
    pub index: usize,
}

/// A series with its points prepared for charts, which takes a tenth of a second for ten million of them.
#[derive(Debug, Default)]
pub struct LoadedSeries {
    /// What is known about it.
    pub info: SeriesInfo,
    /// Its points.
    pub line: LineData,
}

/// What to sum up of load tests.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RunRequest {
    /// Sources that take part, summed up as one run.
    pub source_ids: Vec<String>,
    /// Only this range; everything where `None`.
    pub range: Option<TimeRange>,
    /// Step of the timeline in seconds; none without.
    pub every_secs: Option<i64>,
    /// Which outcomes the durations are taken over.
    pub outcomes: OutcomeFilter,
}

/// What to forecast.
#[derive(Clone, Debug, PartialEq)]
pub struct ForecastRequest {
    /// The series.
    pub series: SeriesKey,
    /// How far, in days.
    pub horizon_days: u32,
    /// Which value of a day.
    pub aggregate: Aggregate,
    /// The limit, if any.
    pub limit: Option<LimitValue>,
    /// Days between ordering and having.
    pub lead_time_days: u32,
    /// A model by name; `None` chooses.
    pub model: Option<String>,
    /// What is known beside the data.
    pub known: Known,
}

/// In which series to look for what was unusual.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AnomaliesRequest {
    /// The series.
    pub series: Vec<SeriesKey>,
    /// Accepted false alarms of each.
    pub false_alarms: FalseAlarms,
}

/// What was unusual in each series, or why nothing can be said.
pub type AnomaliesOutcome = Vec<(SeriesKey, Result<Anomalies, String>)>;

/// What to measure of load tests.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CapacityRequest {
    /// Sources that take part.
    pub source_ids: Vec<String>,
    /// Percentile of the budget in parts per million: 950,000 for P95.
    pub percentile_ppm: i64,
    /// Budget in microseconds.
    pub budget_micros: i64,
    /// Share of requests that may fail, in parts per million.
    pub errors_ppm: i64,
}

/// Which load tests to compare, and how.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CompareRequest {
    /// Sources of each run, in order: those of the base and of the candidate, or all releases of a trend.
    pub runs: Vec<Vec<String>>,
    /// What is judged.
    pub metrics: Vec<Metric>,
    /// The gate in parts per million.
    pub gate_ppm: i64,
    /// Seconds left out at the start of each run.
    pub skip_secs: i64,
    /// How many of the runs are the base; the others are candidates. Of no meaning for a trend.
    pub base_runs: usize,
    /// Criteria of a canary, each as it is kept with the project.
    pub canary: Vec<String>,
}

/// A computed result on its way into its slot.
#[derive(Debug)]
pub enum Computed {
    /// For `Request::Sla`.
    Sla(Result<SlaOutcome, String>),
    /// For `Request::Forecasts`.
    Forecasts(Result<ForecastsOutcome, String>),
    /// For `Request::Forecast`.
    Forecast(Result<Box<Forecast>, String>),
    /// For `Request::Run`.
    Run(Result<RunStats, String>),
    /// For `Request::Capacity`.
    Capacity(Result<Box<CapacityStudy>, String>),
    /// For `Request::Series`.
    Series(Result<LoadedSeries, String>),
    /// For `Request::Report`.
    Report(Result<Report, String>),
    /// For `Request::Story`.
    Story(Result<BreachStory, String>),
    /// For `Request::Advice`.
    Advice(Result<Vec<Recommendation>, String>),
    /// For `Request::Compare`.
    Compare(Result<Comparison, String>),
    /// For `Request::Trend`.
    Trend(Result<Trend, String>),
    /// For `Request::Headroom`.
    Headroom(Result<Box<HeadroomOutcome>, String>),
    /// For `Request::Scorecard`.
    Scorecard(Result<PlanScorecard, String>),
    /// For `Request::Anomalies`.
    Anomalies(Result<AnomaliesOutcome, String>),
    /// For `Request::Simulate`.
    Simulated(Result<Box<Simulated>, String>),
    /// For `Request::Outlook`.
    Outlook(Result<Outlook, String>),
    /// For `Request::Ask`.
    Answer(Result<Answer, String>),
}

/// How many series are kept; more than any screen shows at once.
const MAX_SERIES: usize = 128;

/// All results, by what asked for them.
#[derive(Debug, Default)]
pub struct Results {
    /// The judgement of all promises over the chosen period.
    pub sla: Slot<SlaOutcome>,
    /// Forecasts of all limits.
    pub forecasts: Slot<ForecastsOutcome>,
    /// The report of the chosen period.
    pub report: Slot<Report>,
    /// What the data tell about the breach that was asked for.
    pub story: Slot<BreachStory>,
    /// What to do, most urgent first.
    pub advice: Slot<Vec<Recommendation>>,
    /// Two load tests against each other.
    pub compare: Slot<Comparison>,
    /// All load tests in order.
    pub trend: Slot<Trend>,
    /// What is left under the demand.
    pub headroom: Slot<HeadroomOutcome>,
    /// The kept forecasts of the scope against what came.
    pub scorecard: Slot<PlanScorecard>,
    /// What was unusual in the series that were asked for.
    pub anomalies: Slot<AnomaliesOutcome>,
    /// All series of the scope, forecast.
    pub outlook: Slot<Outlook>,
    /// Answers to questions about scenarios.
    pub answers: Answers,
    forecast: BTreeMap<&'static str, Slot<Forecast>>,
    runs: BTreeMap<&'static str, Slot<RunStats>>,
    capacity: BTreeMap<&'static str, Slot<CapacityStudy>>,
    series: BTreeMap<SeriesKey, Slot<LoadedSeries>>,
    simulated: BTreeMap<String, Slot<Simulated>>,
    recent: Recent<Simulated>,
    empty_simulated: Slot<Simulated>,
    empty_forecast: Slot<Forecast>,
    empty_run: Slot<RunStats>,
    empty_capacity: Slot<CapacityStudy>,
    empty_series: Slot<LoadedSeries>,
}

impl Results {
    /// The forecast that a screen asked for under this name.
    pub fn forecast(&self, slot: &str) -> &Slot<Forecast> {
        self.forecast.get(slot).unwrap_or(&self.empty_forecast)
    }

    /// The run statistics that a screen asked for under this name.
    pub fn run(&self, slot: &str) -> &Slot<RunStats> {
        self.runs.get(slot).unwrap_or(&self.empty_run)
    }

    /// The measured capacity that a screen asked for under this name.
    pub fn capacity(&self, slot: &str) -> &Slot<CapacityStudy> {
        self.capacity.get(slot).unwrap_or(&self.empty_capacity)
    }

    /// The values of one series.
    pub fn series(&self, key: &SeriesKey) -> &Slot<LoadedSeries> {
        self.series.get(key).unwrap_or(&self.empty_series)
    }

    /// What the scenario with this name came to.
    pub fn simulated(&self, scenario: &str) -> &Slot<Simulated> {
        self.simulated
            .get(scenario)
            .unwrap_or(&self.empty_simulated)
    }

    /// Answers a request with what was computed for the same before, where that is still there. For `dispatch`.
    pub fn recall(&mut self, request: &Request, fingerprint: u64) -> bool {
        let scenario = match request {
            Request::Simulate(scenario) => scenario,
            Request::Ask(asked) => return self.answers.recall(asked, fingerprint),
            _ => return false,
        };
        let Some(value) = self.recent.get(fingerprint) else {
            return false;
        };
        let slot = self.simulated.entry(scenario.name.clone()).or_default();
        slot.recall(fingerprint, value);
        true
    }

    /// Whether a request is answered, or is being worked on, as of this fingerprint.
    pub fn is_current(&self, request: &Request, fingerprint: u64) -> bool {
        match request {
            Request::Sla => self.sla.current(fingerprint),
            Request::Forecasts => self.forecasts.current(fingerprint),
            Request::Forecast(slot, _) => self.forecast(slot).current(fingerprint),
            Request::Run(slot, _) => self.run(slot).current(fingerprint),
            Request::Capacity(slot, _) => self.capacity(slot).current(fingerprint),
            Request::Series(key) => self.series(key).current(fingerprint),
            Request::Report => self.report.current(fingerprint),
            Request::Story(_) => self.story.current(fingerprint),
            Request::Advice => self.advice.current(fingerprint),
            Request::Compare(_) => self.compare.current(fingerprint),
            Request::Trend(_) => self.trend.current(fingerprint),
            Request::Headroom(_) => self.headroom.current(fingerprint),
            Request::Scorecard => self.scorecard.current(fingerprint),
            Request::Anomalies(_) => self.anomalies.current(fingerprint),
            Request::Simulate(scenario) => self.simulated(&scenario.name).current(fingerprint),
            Request::Outlook(_) => self.outlook.current(fingerprint),
            Request::Ask(asked) => self.answers.get(&asked.slot()).current(fingerprint),
        }
    }

    /// Whether the answer to a request was cancelled, so that asking for it again means to run it again.
    pub fn was_cancelled(&self, request: &Request) -> bool {
        match request {
            Request::Simulate(scenario) => self.simulated(&scenario.name).cancelled,
            _ => false,
        }
    }

    /// Notes that a job for this request has started. For `dispatch`.
    pub fn begin(&mut self, request: &Request, fingerprint: u64) {
        match request {
            Request::Sla => self.sla.begin(fingerprint),
            Request::Report => self.report.begin(fingerprint),
            Request::Story(_) => self.story.begin(fingerprint),
            Request::Advice => self.advice.begin(fingerprint),
            Request::Compare(_) => self.compare.begin(fingerprint),
            Request::Trend(_) => self.trend.begin(fingerprint),
            Request::Headroom(_) => self.headroom.begin(fingerprint),
            Request::Scorecard => self.scorecard.begin(fingerprint),
            Request::Anomalies(_) => self.anomalies.begin(fingerprint),
            Request::Simulate(scenario) => {
                let slot = self.simulated.entry(scenario.name.clone()).or_default();
                slot.begin(fingerprint);
            }
            Request::Outlook(_) => self.outlook.begin(fingerprint),
            Request::Ask(asked) => self.answers.begin(asked, fingerprint),
            Request::Forecasts => self.forecasts.begin(fingerprint),
            Request::Forecast(slot, _) => self.forecast.entry(slot).or_default().begin(fingerprint),
            Request::Run(slot, _) => self.runs.entry(slot).or_default().begin(fingerprint),
            Request::Capacity(slot, _) => self.capacity.entry(slot).or_default().begin(fingerprint),
            Request::Series(key) => {
                if self.series.len() >= MAX_SERIES {
                    self.series.retain(|_, s| s.running);
                }
                self.series
                    .entry(key.clone())
                    .or_default()
                    .begin(fingerprint);
            }
        }
    }

    /// Takes a finished result. For `dispatch`.
    pub fn finish(&mut self, request: &Request, fingerprint: u64, computed: Computed) {
        match (request, computed) {
            (Request::Sla, Computed::Sla(r)) => self.sla.finish(fingerprint, r),
            (Request::Report, Computed::Report(r)) => self.report.finish(fingerprint, r),
            (Request::Story(_), Computed::Story(r)) => self.story.finish(fingerprint, r),
            (Request::Advice, Computed::Advice(r)) => self.advice.finish(fingerprint, r),
            (Request::Compare(_), Computed::Compare(r)) => self.compare.finish(fingerprint, r),
            (Request::Trend(_), Computed::Trend(r)) => self.trend.finish(fingerprint, r),
            (Request::Headroom(_), Computed::Headroom(r)) => {
                self.headroom.finish(fingerprint, r.map(|found| *found));
            }
            (Request::Scorecard, Computed::Scorecard(r)) => self.scorecard.finish(fingerprint, r),
            (Request::Anomalies(_), Computed::Anomalies(r)) => {
                self.anomalies.finish(fingerprint, r);
            }
            (Request::Simulate(scenario), Computed::Simulated(r)) => {
                let slot = self.simulated.entry(scenario.name.clone()).or_default();
                slot.finish(fingerprint, r.map(|found| *found));
                if let Some(value) = &slot.value {
                    self.recent.put(fingerprint, Arc::clone(value));
                }
            }
            (Request::Outlook(_), Computed::Outlook(r)) => self.outlook.finish(fingerprint, r),
            (Request::Ask(asked), Computed::Answer(r)) => {
                self.answers.finish(asked, fingerprint, r);
            }
            (Request::Forecasts, Computed::Forecasts(r)) => self.forecasts.finish(fingerprint, r),
            (Request::Forecast(slot, _), Computed::Forecast(r)) => {
                self.forecast
                    .entry(slot)
                    .or_default()
                    .finish(fingerprint, r.map(|found| *found));
            }
            (Request::Run(slot, _), Computed::Run(r)) => {
                self.runs.entry(slot).or_default().finish(fingerprint, r);
            }
            (Request::Capacity(slot, _), Computed::Capacity(r)) => {
                self.capacity
                    .entry(slot)
                    .or_default()
                    .finish(fingerprint, r.map(|found| *found));
            }
            (Request::Series(key), Computed::Series(r)) => {
                self.series
                    .entry(key.clone())
                    .or_default()
                    .finish(fingerprint, r);
            }
            (request, computed) => {
                tracing::error!(?request, ?computed, "a result does not fit its request");
            }
        }
    }

    /// Notes which jobs no longer run: a cancelled one leaves its slot as it was. For `dispatch`.
    pub fn retain_running(&mut self, running: impl Fn(&str) -> bool) {
        let check = |key: String| running(&key);
        self.answers.retain_running(&running);
        if self.sla.running && !check(Request::Sla.job_key()) {
            self.sla.cancelled();
        }
        if self.report.running && !check(Request::Report.job_key()) {
            self.report.cancelled();
        }
        if self.story.running && !check("result-story".to_owned()) {
            self.story.cancelled();
        }
        if self.advice.running && !check(Request::Advice.job_key()) {
            self.advice.cancelled();
        }
        if self.compare.running && !check("result-compare".to_owned()) {
            self.compare.cancelled();
        }
        if self.trend.running && !check("result-trend".to_owned()) {
            self.trend.cancelled();
        }
        if self.headroom.running && !check("result-headroom".to_owned()) {
            self.headroom.cancelled();
        }
        if self.scorecard.running && !check(Request::Scorecard.job_key()) {
            self.scorecard.cancelled();
        }
        if self.anomalies.running && !check("result-anomalies".to_owned()) {
            self.anomalies.cancelled();
        }
        if self.outlook.running && !check("result-outlook".to_owned()) {
            self.outlook.cancelled();
        }
        if self.forecasts.running && !check(Request::Forecasts.job_key()) {
            self.forecasts.cancelled();
        }
        for (slot, entry) in self.forecast.iter_mut().filter(|(_, e)| e.running) {
            if !check(format!("result-forecast-{slot}")) {
                entry.cancelled();
            }
        }
        for (slot, entry) in self.runs.iter_mut().filter(|(_, e)| e.running) {
            if !check(format!("result-run-{slot}")) {
                entry.cancelled();
            }
        }
        for (slot, entry) in self.capacity.iter_mut().filter(|(_, e)| e.running) {
            if !check(format!("result-capacity-{slot}")) {
                entry.cancelled();
            }
        }
        for (name, entry) in self.simulated.iter_mut().filter(|(_, e)| e.running) {
            if !check(super::request::simulation_key(name)) {
                entry.cancelled();
            }
        }
        for (key, entry) in self.series.iter_mut().filter(|(_, e)| e.running) {
            if !check(Request::Series(key.clone()).job_key()) {
                entry.cancelled();
            }
        }
    }
}
