//! What stands behind a request: the analyses, run on an engine thread with a copy of everything they need.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::results::{
    CapacityRequest, Computed, ForecastRequest, ForecastsOutcome, LoadedSeries, Request,
    RunRequest, SeriesKey, SlaOutcome,
};
use super::state::AppState;
use super::widgets::LineData;
use crate::analysis::capacity::{self, MeasuredCapacity};
use crate::analysis::decisions::Decisions;
use crate::analysis::forecast::{
    Aggregate, Forecast, ForecastParams, Horizon, Threshold, forecast,
};
use crate::analysis::latency::{LatencyParams, RunStats, run_stats};
use crate::analysis::sla::{JudgeParams, SlaReport, Verdict, conflicts, judge};
use crate::calendar::{Period, TimeRange, Zone};
use crate::dataset::{Dataset, Role, RunSummary, ScopeFilter, Series};
use crate::progress::Progress;
use crate::project::{CapacityLimit, LimitValue, SlaEntry};
use crate::report::{self, Report, ReportLimit, ReportParams};
use crate::units::{Micros, Ppm};

/// How far limits are looked at, as `headroom forecast` does.
pub const DEFAULT_HORIZON_DAYS: u32 = 90;

/// Everything a result can be made of, copied for the job.
#[derive(Clone, Debug)]
pub struct Inputs {
    dataset: Arc<Dataset>,
    zone: Zone,
    period: Period,
    scope: ScopeFilter,
    slas: Vec<SlaEntry>,
    limits: Vec<CapacityLimit>,
    project_name: String,
    notes: BTreeMap<String, String>,
    decisions: Decisions,
}

impl Inputs {
    /// As things stand.
    pub fn of(state: &AppState) -> Self {
        Self {
            dataset: Arc::clone(&state.dataset),
            zone: state.zone.clone(),
            period: state.period,
            scope: state.doc.scope.clone(),
            slas: state.doc.slas.clone(),
            limits: state.doc.limits.clone(),
            project_name: state.project_name(),
            notes: state.doc.notes.clone(),
            decisions: state.doc.decisions.clone(),
        }
    }

    /// What a report of the chosen period is made from, and the promises that cannot be read and are left out.
    pub fn report_params(&self) -> (ReportParams, Vec<String>) {
        let mut slas = Vec::new();
        let mut problems = Vec::new();
        for entry in &self.slas {
            match entry.promises(None, &self.zone) {
                Ok(file) => slas.push((entry.name.clone(), file)),
                Err(e) => problems.push(format!("{}: {e}", entry.name)),
            }
        }
        let limit = |limit: &CapacityLimit| ReportLimit {
            series: limit.series.clone(),
            threshold: threshold(&limit.limit),
            lead_time_days: limit.lead_time_days,
        };
        let params = ReportParams {
            project_name: self.project_name.clone(),
            period: self.period,
            zone: self.zone.clone(),
            as_of: None,
            scope: self.scope.clone(),
            slas,
            limits: self.limits.iter().map(limit).collect(),
            notes: self.notes.clone(),
            decisions: self.decisions.clone(),
        };
        (params, problems)
    }

    /// Runs the analyses of the report and lays it out.
    pub fn report(&self, progress: &Progress) -> Result<Report, String> {
        report::build(&self.dataset, &self.report_params().0, progress).map_err(|e| e.to_string())
    }

    /// Computes what was asked for.
    pub fn compute(&self, request: &Request, progress: &Progress) -> Computed {
        match request {
            Request::Sla => Computed::Sla(Ok(self.sla())),
            Request::Forecasts => Computed::Forecasts(self.forecasts(progress)),
            Request::Forecast(_, request) => {
                Computed::Forecast(self.forecast(request).map(Box::new))
            }
            Request::Run(_, request) => Computed::Run(self.run(request)),
            Request::Capacity(_, request) => Computed::Capacity(self.capacity(request)),
            Request::Series(key) => Computed::Series(self.series(key).map(|series| LoadedSeries {
                line: LineData::from_series(&series),
                info: series.info,
            })),
            Request::Report => Computed::Report(self.report(progress)),
        }
    }

    fn sla(&self) -> SlaOutcome {
        let mut outcome = SlaOutcome::default();
        let mut verdicts = Vec::new();
        for entry in &self.slas {
            match self.judge(entry) {
                Ok(report) => {
                    verdicts.push(report.verdict);
                    merge(&mut outcome.report, report);
                }
                Err(why) => outcome.problems.push((entry.name.clone(), why)),
            }
        }
        let sets: Vec<_> = self
            .slas
            .iter()
            .filter_map(|e| Some((e.name.as_str(), e.promises(None, &self.zone).ok()?)))
            .collect();
        let sets = sets.iter().map(|(name, file)| (*name, file));
        conflicts::add(&mut outcome.report.conflicts, conflicts::across(sets));
        outcome.report.verdict = Verdict::together(verdicts);
        outcome
            .report
            .breaches
            .sort_by(|a, b| (a.start, &a.objective).cmp(&(b.start, &b.objective)));
        outcome
    }

    fn judge(&self, entry: &SlaEntry) -> Result<SlaReport, String> {
        let file = entry
            .promises(None, &self.zone)
            .map_err(|e| e.to_string())?;
        let zone = file
            .timezone
            .as_deref()
            .map(Zone::named)
            .transpose()
            .map_err(|e| e.to_string())?
            .unwrap_or_else(|| self.zone.clone());
        let params = JudgeParams {
            period: self.period,
            zone,
            as_of: None,
            scope: self.scope.clone(),
            exclusions: Vec::new(),
            history: true,
        };
        judge(&self.dataset, &file, &params).map_err(|e| e.to_string())
    }

    fn forecasts(&self, progress: &Progress) -> Result<ForecastsOutcome, String> {
        progress.set_total(self.limits.len() as u64);
        let mut outcome = ForecastsOutcome::default();
        for limit in &self.limits {
            progress.check().map_err(|e| e.to_string())?;
            let forecast = find_series(&self.dataset, &self.scope, &limit.series)
                .ok_or_else(|| format!("there is no series \"{}\"", limit.series))
                .and_then(|key| {
                    self.forecast(&ForecastRequest {
                        series: key,
                        horizon_days: DEFAULT_HORIZON_DAYS,
                        aggregate: Aggregate::default(),
                        limit: Some(limit.limit.clone()),
                        lead_time_days: limit.lead_time_days,
                        model: None,
                    })
                });
            outcome.forecasts.push((limit.clone(), forecast));
            progress.advance(1);
        }
        Ok(outcome)
    }

    fn forecast(&self, request: &ForecastRequest) -> Result<Forecast, String> {
        let series = self.series(&request.series)?;
        let days = |n: u32| Micros(i64::from(n) * Micros::DAY.0);
        let params = ForecastParams {
            zone: self.zone.clone(),
            // Nobody chose the usual horizon: it may be cut to the history instead of being refused.
            horizon: if request.horizon_days == DEFAULT_HORIZON_DAYS {
                Horizon::Auto
            } else {
                Horizon::Time(days(request.horizon_days))
            },
            capacity: request.limit.as_ref().map(threshold),
            aggregate: request.aggregate,
            lead_time: days(request.lead_time_days),
            model: request.model.clone(),
            ..ForecastParams::default()
        };
        forecast(&series, &params).map_err(|e| e.to_string())
    }

    fn runs(&self, source_ids: &[String]) -> Vec<&RunSummary> {
        source_ids
            .iter()
            .filter_map(|id| self.dataset.source(id)?.run.as_ref())
            .collect()
    }

    fn run(&self, request: &RunRequest) -> Result<RunStats, String> {
        let params = LatencyParams {
            range: request.range.unwrap_or(TimeRange::ALL),
            outcomes: request.outcomes,
            estimator: Some(crate::dataset::Estimator::default()),
            apdex: (Micros::from_millis(500), Micros::from_millis(1_500)),
            every: request.every_secs.map(Micros::from_secs),
        };
        run_stats(&self.runs(&request.source_ids), &params).map_err(|e| e.to_string())
    }

    fn capacity(&self, request: &CapacityRequest) -> Result<MeasuredCapacity, String> {
        let runs = self.runs(&request.source_ids);
        capacity::measure(
            &runs,
            Ppm(request.percentile_ppm),
            Micros(request.budget_micros),
        )
        .map_err(|e| e.to_string())
    }

    fn series(&self, key: &SeriesKey) -> Result<Series, String> {
        self.dataset
            .source(&key.source_id)
            .and_then(|s| s.metrics.as_ref())
            .ok_or_else(|| "the series is no longer in the project".to_owned())?
            .series(key.index)
            .map_err(|e| e.to_string())
    }
}

const fn threshold(limit: &LimitValue) -> Threshold {
    match limit {
        LimitValue::Value(v) => Threshold::Value(*v),
        LimitValue::Percent(v) => Threshold::Percent(*v),
    }
}

fn merge(into: &mut SlaReport, report: SlaReport) {
    into.period = report.period;
    into.objectives.extend(report.objectives);
    into.breaches.extend(report.breaches);
    into.conflicts.extend(report.conflicts);
    into.warnings.merge(&report.warnings);
}

/// The series with this display name; one from production before one from a test.
pub fn find_series(dataset: &Dataset, scope: &ScopeFilter, name: &str) -> Option<SeriesKey> {
    let mut sources: Vec<_> = dataset.within(scope).collect();
    sources.sort_by_key(|s| s.info.scope.role != Role::Production);
    sources.into_iter().find_map(|source| {
        let table = source.metrics.as_ref()?;
        let index = table.series.iter().position(|s| s.display_name() == name)?;
        Some(SeriesKey {
            source_id: source.info.source_id.clone(),
            index,
        })
    })
}
