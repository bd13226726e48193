//! What stands behind a request: the analyses, run on an engine thread with a copy of everything they need.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::closing::{ClosingDeed, Decided};
use super::compute_headroom;
use super::outlook;
use super::results::{
    AnomaliesOutcome, AnomaliesRequest, CapacityRequest, CompareRequest, Computed, ForecastRequest,
    ForecastsOutcome, HeadroomOutcome, HeadroomRequest, LoadedSeries, Request, RunRequest,
    SeriesKey, SlaOutcome,
};
use super::state::AppState;
use super::widgets::LineData;
use crate::analysis::anomaly::{AnomalyParams, anomalies};
use crate::analysis::capacity::{Budget, CapacityStudy, study_runs};
use crate::analysis::closing::Signature;
use crate::analysis::compare::{
    self, CompareParams, Comparison, Criterion, RunInput, Trend, runs_of,
};
use crate::analysis::decisions::{Decisions, KnownSpan};
use crate::analysis::forecast::plan::{self, ForecastPlan};
use crate::analysis::forecast::scorecard::{PlanScorecard, score};
use crate::analysis::forecast::{
    Aggregate, Forecast, ForecastParams, Horizon, Threshold, forecast,
};
use crate::analysis::free_space::{counts_what_is_free, no_limit_on};
use crate::analysis::latency::{LatencyParams, RunStats, run_stats};
use crate::calendar::{Period, TimeRange, Zone};
use crate::dataset::{Dataset, Role, RunSummary, ScopeFilter, Series};
use crate::progress::Progress;
use crate::project::{CapacityLimit, LimitValue, SlaEntry};
use crate::report::{self, Committed, Report, ReportLimit, ReportParams};
use crate::units::{Micros, Ppm};
use crate::warning::WarningKind;

/// How far limits are looked at, as `headroom forecast` does.
pub const DEFAULT_HORIZON_DAYS: u32 = 90;

/// Everything a result can be made of, copied for the job.
#[derive(Clone, Debug)]
pub struct Inputs {
    pub(super) dataset: Arc<Dataset>,
    pub(super) zone: Zone,
    pub(super) period: Period,
    pub(super) scope: ScopeFilter,
    pub(super) slas: Vec<SlaEntry>,
    pub(super) limits: Vec<CapacityLimit>,
    project_name: String,
    notes: BTreeMap<String, String>,
    pub(super) decisions: Decisions,
    plans: Vec<ForecastPlan>,
    committed: Option<Committed>,
    /// What was judged and forecast already, for what stands on it.
    pub(super) judged: Option<Arc<SlaOutcome>>,
    pub(super) forecast: Option<Arc<ForecastsOutcome>>,
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
            plans: state.doc.forecast_plans.clone(),
            committed: state.doc.plan_and_today().map(Committed::from),
            judged: state.results.sla.value.clone(),
            forecast: state.results.forecasts.value.clone(),
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
            known: self.known(&limit.series),
        };
        // As the command does: the zone that the promises name comes first.
        let named = slas.iter().find_map(|(_, file)| file.timezone.as_deref());
        let zone = named.and_then(|name| Zone::named(name).ok());
        let params = ReportParams {
            project_name: self.project_name.clone(),
            period: self.period,
            zone: zone.unwrap_or_else(|| self.zone.clone()),
            as_of: None,
            scope: self.scope.clone(),
            slas,
            limits: self.limits.iter().map(limit).collect(),
            notes: self.notes.clone(),
            decisions: self.decisions.clone(),
            committed: self.committed.clone(),
        };
        (params, problems)
    }

    /// Closes or restates the period: its results, with the hash of their workbook.
    pub fn sign(
        &self,
        deed: &ClosingDeed,
        who: Signature,
        progress: &Progress,
    ) -> Result<Decided, String> {
        let (params, problems) = self.report_params();
        if let Some(problem) = problems.first() {
            return Err(format!(
                "promises that cannot be read would be left out: {problem}"
            ));
        }
        let signed = match deed {
            ClosingDeed::Restate { reason, .. } => {
                report::closing::restate(&self.dataset, &params, &who, reason, progress)
            }
            _ => report::closing::close(&self.dataset, &params, who, progress),
        };
        let decided = |signed: report::closing::Signed| Decided {
            record: signed.record,
            forecasts: signed.forecasts,
        };
        signed.map(decided).map_err(|e| e.to_string())
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
            Request::Capacity(_, request) => {
                Computed::Capacity(self.capacity(request).map(Box::new))
            }
            Request::Series(key) => Computed::Series(self.series(key).map(|series| LoadedSeries {
                line: LineData::from_series(&series),
                info: series.info,
            })),
            Request::Report => Computed::Report(self.report(progress)),
            Request::Story(key) => Computed::Story(self.story(key, progress)),
            Request::Advice => Computed::Advice(self.advice()),
            Request::Compare(request) => Computed::Compare(self.compare(request, progress)),
            Request::Trend(request) => Computed::Trend(self.trend(request, progress)),
            Request::Headroom(request) => Computed::Headroom(self.headroom(request).map(Box::new)),
            Request::Scorecard => Computed::Scorecard(self.scorecard()),
            Request::Anomalies(request) => Computed::Anomalies(self.anomalies(request, progress)),
            Request::Simulate(scenario) => {
                Computed::Simulated(self.simulate(scenario, progress).map(Box::new))
            }
            Request::Ask(asked) => Computed::Answer(self.answer(asked, progress)),
            Request::Outlook(request) => Computed::Outlook(outlook::compute(
                &outlook::Asked {
                    dataset: &self.dataset,
                    scope: &self.scope,
                    limits: &self.limits,
                    zone: &self.zone,
                },
                *request,
                |series| self.foreseen(series),
                |request| self.forecast(request),
                progress,
            )),
        }
    }

    fn forecasts(&self, progress: &Progress) -> Result<ForecastsOutcome, String> {
        progress.set_total(self.limits.len() as u64);
        let mut outcome = ForecastsOutcome::default();
        for limit in &self.limits {
            progress.check().map_err(|e| e.to_string())?;
            let forecast = find_series(&self.dataset, &self.scope, &limit.series)
                .ok_or_else(|| format!("there is no series \"{}\"", limit.series))
                .and_then(|key| {
                    if counts_what_is_free(&limit.series) {
                        return Err(no_limit_on(&limit.series));
                    }
                    Ok(key)
                })
                .and_then(|key| {
                    self.forecast(&ForecastRequest {
                        series: key,
                        horizon_days: DEFAULT_HORIZON_DAYS,
                        aggregate: Aggregate::default(),
                        limit: Some(limit.limit.clone()),
                        lead_time_days: limit.lead_time_days,
                        model: None,
                        known: self.foreseen(&limit.series),
                    })
                });
            outcome.forecasts.push((limit.clone(), forecast));
            progress.advance(1);
        }
        Ok(outcome)
    }

    /// The kept forecasts of the scope against all that came since.
    fn scorecard(&self) -> Result<PlanScorecard, String> {
        let kept = self.decisions.forecasts.iter();
        let of_scope = kept.filter(|kept| kept.scope == self.scope);
        score(&self.dataset, of_scope, None).map_err(|e| e.to_string())
    }

    /// What is known about a series beside its data.
    pub(super) fn known(&self, series: &str) -> plan::Known {
        let limit = self.limits.iter().find(|l| l.series == series);
        plan::Known {
            plan: ForecastPlan::of(&self.plans, series),
            additions: limit.map(|l| l.additions.clone()).unwrap_or_default(),
        }
    }

    /// What is known about a series, with what the committed plan changes about it.
    fn foreseen(&self, series: &str) -> plan::Known {
        let mut known = self.known(series);
        if let Some(committed) = &self.committed {
            committed.add_to(series, &mut known);
        }
        known
    }

    pub(super) fn forecast(&self, request: &ForecastRequest) -> Result<Forecast, String> {
        let series = self.series(&request.series)?;
        let days = |n: u32| Micros(i64::from(n) * Micros::DAY.0);
        let name = series.info.display_name();
        let free = counts_what_is_free(&name);
        let params = ForecastParams {
            zone: self.zone.clone(),
            // Nobody chose the usual horizon: it may be cut to the history instead of being refused.
            horizon: if request.horizon_days == DEFAULT_HORIZON_DAYS {
                Horizon::Auto
            } else {
                Horizon::Time(days(request.horizon_days))
            },
            capacity: request.limit.as_ref().filter(|_| !free).map(threshold),
            aggregate: request.aggregate,
            lead_time: days(request.lead_time_days),
            model: request.model.clone(),
            left_out: self.known_of(&request.series, &series),
            known: request.known.clone(),
            ..ForecastParams::default()
        };
        let mut found = forecast(&series, &params).map_err(|e| e.to_string())?;
        if free && request.limit.is_some() {
            found.warnings.add(WarningKind::Note, no_limit_on(&name));
        }
        Ok(found)
    }

    /// The spans of a series that are marked as known.
    fn known_of(&self, key: &SeriesKey, series: &Series) -> Vec<KnownSpan> {
        let source = self.dataset.source(&key.source_id);
        source.map_or_else(Vec::new, |source| {
            let name = series.info.display_name();
            self.decisions.known_of(&name, &source.info.scope)
        })
    }

    fn anomalies(
        &self,
        request: &AnomaliesRequest,
        progress: &Progress,
    ) -> Result<AnomaliesOutcome, String> {
        progress.set_total(request.series.len() as u64);
        let look = |key: &SeriesKey| {
            let series = self.series(key)?;
            let params = AnomalyParams {
                zone: self.zone.clone(),
                false_alarms: request.false_alarms,
                as_of: None,
                known: self.known_of(key, &series),
            };
            anomalies(&series, &params).map_err(|e| e.to_string())
        };
        let mut outcome = AnomaliesOutcome::default();
        for key in &request.series {
            progress.check().map_err(|e| e.to_string())?;
            outcome.push((key.clone(), look(key)));
            progress.advance(1);
        }
        Ok(outcome)
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

    fn capacity(&self, request: &CapacityRequest) -> Result<CapacityStudy, String> {
        let sources = request.source_ids.iter();
        let runs = runs_of(
            sources
                .filter_map(|id| self.dataset.source(id))
                .map(AsRef::as_ref),
        );
        let budget = Budget {
            percentile: Ppm(request.percentile_ppm),
            limit: Micros(request.budget_micros),
            errors: Ppm(request.errors_ppm),
        };
        study_runs(&runs, Some(&budget)).map_err(|e| e.to_string())
    }

    fn headroom(&self, request: &HeadroomRequest) -> Result<HeadroomOutcome, String> {
        let load = request.load.as_ref().map(|load| self.capacity(load));
        let limits = self.limits.iter();
        compute_headroom::compute(
            &self.dataset,
            &self.scope,
            limits
                .map(|l| (l.series.clone(), threshold(&l.limit)))
                .collect(),
            &self.zone,
            &load.transpose()?.unwrap_or_default(),
            request,
            |series| compute_headroom::KnownBeside {
                plan: ForecastPlan::of(&self.plans, &series.display_name),
                left_out: self.decisions.known_of(&series.display_name, &series.scope),
            },
        )
    }

    /// The runs with these sources, each by itself.
    fn compared(&self, runs: &[Vec<String>]) -> Vec<RunInput<'_>> {
        let run = |ids: &Vec<String>| {
            let sources = ids.iter().filter_map(|id| self.dataset.source(id));
            runs_of(sources.map(AsRef::as_ref))
        };
        runs.iter().flat_map(run).collect()
    }

    fn compare(&self, request: &CompareRequest, progress: &Progress) -> Result<Comparison, String> {
        let at = request.base_runs.min(request.runs.len());
        let (base, candidate) = request.runs.split_at(at);
        let criteria =
            Criterion::parse_list(&request.canary.join(",")).map_err(|e| e.to_string())?;
        compare::compare_with_canary(
            &self.compared(base),
            &self.compared(candidate),
            &compare_params(request),
            &criteria,
            progress,
        )
        .map_err(|e| e.to_string())
    }

    fn trend(&self, request: &CompareRequest, progress: &Progress) -> Result<Trend, String> {
        let runs = self.compared(&request.runs);
        compare::trend(&runs, &compare_params(request), progress).map_err(|e| e.to_string())
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

fn compare_params(request: &CompareRequest) -> CompareParams {
    CompareParams {
        metrics: request.metrics.clone(),
        max_regression: Ppm(request.gate_ppm),
        skip: Micros::from_secs(request.skip_secs),
        ..CompareParams::default()
    }
}

pub(super) const fn threshold(limit: &LimitValue) -> Threshold {
    match limit {
        LimitValue::Value(v) => Threshold::Value(*v),
        LimitValue::Percent(v) => Threshold::Percent(*v),
    }
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
