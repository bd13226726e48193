//! What stands behind a request: the analyses, run on an engine thread with a copy of everything they need.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::closing::{ClosingDeed, Decided};
use super::compute_headroom;
use super::outlook;
use super::results::{
    AnomaliesOutcome, AnomaliesRequest, BreachKey, CapacityRequest, CompareRequest, Computed,
    ForecastRequest, ForecastsOutcome, HeadroomOutcome, HeadroomRequest, LoadedSeries, Request,
    RunRequest, SeriesKey, SlaOutcome,
};
use super::state::AppState;
use super::widgets::LineData;
use crate::analysis::anomaly::{AnomalyParams, anomalies};
use crate::analysis::capacity::{Budget, CapacityStudy, study_runs};
use crate::analysis::closing::{Signature, scope_words};
use crate::analysis::compare::{
    self, CompareParams, Comparison, Criterion, RunInput, Trend, runs_of,
};
use crate::analysis::decisions::{Decisions, KnownSpan};
use crate::analysis::forecast::plan::{self, ForecastPlan};
use crate::analysis::forecast::scorecard::{PlanScorecard, score};
use crate::analysis::forecast::{
    Aggregate, Forecast, ForecastParams, Horizon, Threshold, forecast,
};
use crate::analysis::latency::{LatencyParams, RunStats, run_stats};
use crate::analysis::sla::{
    BurnTable, JudgeParams, SlaFile, SlaReport, Verdict, conflicts, judge, replay_alerts,
};
use crate::analysis::story::{
    self, BottleneckParams, BreachStory, Known, Recommendation, StoryParams,
};
use crate::calendar::{Period, TimeRange, Zone};
use crate::dataset::{Dataset, Role, RunSummary, ScopeFilter, Series};
use crate::progress::Progress;
use crate::project::{CapacityLimit, LimitValue, SlaEntry};
use crate::report::{self, Committed, Report, ReportLimit, ReportParams};
use crate::units::{Micros, Ppm};

/// How far limits are looked at, as `headroom forecast` does.
pub const DEFAULT_HORIZON_DAYS: u32 = 90;

/// Everything a result can be made of, copied for the job.
#[derive(Clone, Debug)]
pub struct Inputs {
    pub(super) dataset: Arc<Dataset>,
    zone: Zone,
    period: Period,
    pub(super) scope: ScopeFilter,
    slas: Vec<SlaEntry>,
    limits: Vec<CapacityLimit>,
    project_name: String,
    notes: BTreeMap<String, String>,
    decisions: Decisions,
    plans: Vec<ForecastPlan>,
    committed: Option<Committed>,
    /// What was judged and forecast already, for what stands on it.
    judged: Option<Arc<SlaOutcome>>,
    forecast: Option<Arc<ForecastsOutcome>>,
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
        let mut file = entry
            .promises(None, &self.zone)
            .map_err(|e| e.to_string())?;
        file.add_baselines(&self.decisions.baselines);
        file.add_exclusions(&self.decisions.exclusions);
        let zone = file
            .timezone
            .as_deref()
            .map(Zone::named)
            .transpose()
            .map_err(|e| e.to_string())?
            .unwrap_or_else(|| self.zone.clone());
        // What is closed is over, whatever the data say.
        let closed = self
            .decisions
            .closed(&self.period.to_string(), &scope_words(&self.scope));
        let params = JudgeParams {
            period: self.period,
            as_of: closed.map(|_| self.period.range(&zone).end),
            zone,
            scope: self.scope.clone(),
            exclusions: Vec::new(),
            history: true,
        };
        let mut report = judge(&self.dataset, &file, &params).map_err(|e| e.to_string())?;
        // All published tables, so that another one can be chosen at once; those of the file first.
        let mut tables = file.burn_alerts.clone();
        for table in BurnTable::all() {
            if tables.iter().all(|t| t.name != table.name) {
                tables.push(table);
            }
        }
        replay_alerts(&self.dataset, &file, &params, &tables, &mut report)
            .map_err(|e| e.to_string())?;
        Ok(report)
    }

    /// What the data tell about one breach.
    fn story(&self, key: &BreachKey, progress: &Progress) -> Result<BreachStory, String> {
        let outcome = self.judged.clone().unwrap_or_default();
        let report = &outcome.report;
        let breach = report
            .breaches
            .iter()
            .find(|b| b.start == key.start && b.objective == key.objective)
            .ok_or_else(|| "the breach is no longer in the data".to_owned())?;
        let files = self.files();
        let params = StoryParams {
            scope: self.scope.clone(),
            objectives: files.iter().flat_map(|f| &f.objectives).collect(),
        };
        let told = story::stories(
            &self.dataset,
            &[breach],
            &report.breaches,
            &report.objectives,
            &params,
            progress,
        );
        told.map_err(|e| e.to_string())?
            .pop()
            .ok_or_else(|| "nothing is known about it".to_owned())
    }

    /// The sets of promises that can be read.
    pub(super) fn files(&self) -> Vec<SlaFile> {
        self.slas
            .iter()
            .filter_map(|entry| entry.promises(None, &self.zone).ok())
            .collect()
    }

    /// What to do.
    fn advice(&self) -> Result<Vec<Recommendation>, String> {
        let outcome = self.judged.clone().unwrap_or_default();
        let forecasts = self.forecast.clone().unwrap_or_default();
        let range = self.period.range(&self.zone);
        let found = story::bottlenecks(
            &self.dataset,
            &BottleneckParams {
                scope: self.scope.clone(),
                range: Some(range),
                limits: self
                    .limits
                    .iter()
                    .map(|l| (l.series.clone(), threshold(&l.limit)))
                    .collect(),
            },
        )
        .map_err(|e| e.to_string())?;
        let data_end = self.dataset.span().map_or(range.end, |span| span.end);
        Ok(story::recommend(&Known {
            report: &outcome.report,
            decisions: &self.decisions,
            stories: &[],
            bottlenecks: &found,
            forecasts: forecasts
                .forecasts
                .iter()
                .filter_map(|(limit, f)| Some((f.as_ref().ok()?, limit.lead_time_days)))
                .collect(),
            capacity: None,
            peak_per_sec: story::peak_per_sec(&self.dataset, &self.scope, range)
                .map_err(|e| e.to_string())?,
            as_of: data_end.min(range.end),
            zone: &self.zone,
        }))
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
            left_out: self.known_of(&request.series, &series),
            known: request.known.clone(),
            ..ForecastParams::default()
        };
        forecast(&series, &params).map_err(|e| e.to_string())
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
    into.policies.extend(report.policies);
    into.alerts.extend(report.alerts);
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
