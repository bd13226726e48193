//! What a screen can ask to have computed, with the fingerprint of all that the answer depends on: an answer is kept as
//! long as its fingerprint stays the same. The answers stand in `results`.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::sync::Arc;

use super::questions::{Asked, Question};
use super::results::{
    AnomaliesRequest, BreachKey, CapacityRequest, CompareRequest, ForecastRequest, HeadroomRequest,
    OutlookRequest, RunRequest, SeriesKey,
};
use super::state::AppState;
use crate::analysis::closing::scope_words;
use crate::analysis::decisions::{Decisions, Paper};
use crate::analysis::forecast::plan::Known;
use crate::project::LimitValue;
use crate::scenario::Scenario;

/// Something a screen wants computed. Requests with a `slot` keep one result per name (use the screen's): asking with
/// other parameters replaces it, and the old one stays until the new one is there.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// `results.sla`: the judgement of all promises over the chosen period.
    Sla,
    /// `results.forecasts`: forecasts of all limits.
    Forecasts,
    /// `results.forecast(slot)`: a forecast of one series.
    Forecast(&'static str, ForecastRequest),
    /// `results.run(slot)`: statistics and timeline of runs.
    Run(&'static str, RunRequest),
    /// `results.capacity(slot)`: what runs say about the limit.
    Capacity(&'static str, CapacityRequest),
    /// `results.series(key)`: the values of one series.
    Series(SeriesKey),
    /// `results.report`: the report of the chosen period, laid out but not written.
    Report,
    /// `results.story`: what the data tell about one breach. Ask when `results.sla` is there.
    Story(BreachKey),
    /// `results.advice`: what to do. Ask when `results.sla` and `results.forecasts` are there.
    Advice,
    /// `results.compare`: two load tests against each other.
    Compare(CompareRequest),
    /// `results.trend`: all load tests in order.
    Trend(CompareRequest),
    /// `results.headroom`: what is left under the demand.
    Headroom(HeadroomRequest),
    /// `results.scorecard`: the kept forecasts of the scope against what came.
    Scorecard,
    /// `results.anomalies`: what was unusual in some series.
    Anomalies(AnomaliesRequest),
    /// `results.simulated(name)`: what a scenario comes to.
    Simulate(Arc<Scenario>),
    /// `results.outlook`: all series of the scope, forecast.
    Outlook(OutlookRequest),
    /// `results.answers`: a question to a scenario that takes many runs.
    Ask(Arc<Asked>),
}

/// The key of the job that runs the scenario with this name.
pub fn simulation_key(scenario: &str) -> String {
    format!("result-simulate-{scenario}")
}

impl Request {
    /// The key of its job: one key, one job.
    pub fn job_key(&self) -> String {
        match self {
            Self::Sla => "result-sla".to_owned(),
            Self::Forecasts => "result-forecasts".to_owned(),
            Self::Forecast(slot, _) => format!("result-forecast-{slot}"),
            Self::Run(slot, _) => format!("result-run-{slot}"),
            Self::Capacity(slot, _) => format!("result-capacity-{slot}"),
            Self::Series(key) => format!("result-series-{}-{}", key.source_id, key.index),
            Self::Report => "result-report".to_owned(),
            Self::Story(_) => "result-story".to_owned(),
            Self::Advice => "result-advice".to_owned(),
            Self::Compare(_) => "result-compare".to_owned(),
            Self::Trend(_) => "result-trend".to_owned(),
            Self::Headroom(_) => "result-headroom".to_owned(),
            Self::Scorecard => "result-scorecard".to_owned(),
            Self::Anomalies(_) => "result-anomalies".to_owned(),
            Self::Simulate(scenario) => simulation_key(&scenario.name),
            Self::Outlook(_) => "result-outlook".to_owned(),
            Self::Ask(asked) => asked.job_key(),
        }
    }

    /// What the status bar says while it runs.
    pub fn title(&self) -> &'static str {
        match self {
            Self::Sla => "Judging promises",
            Self::Forecasts | Self::Forecast(..) => "Forecasting",
            Self::Run(..) => "Summing up load tests",
            Self::Capacity(..) => "Measuring capacity",
            Self::Series(_) => "Reading a series",
            Self::Report => "Laying the report out",
            Self::Story(_) => "Looking at a breach",
            Self::Advice => "Finding out what to do",
            Self::Compare(_) | Self::Trend(_) => "Comparing load tests",
            Self::Headroom(_) => "Measuring headroom",
            Self::Scorecard => "Scoring kept forecasts",
            Self::Anomalies(_) => "Looking for what was unusual",
            Self::Simulate(_) => "Simulating",
            Self::Outlook(_) => "Forecasting all series",
            Self::Ask(asked) => asked.title(),
        }
    }

    /// What its result would be made of now.
    pub fn fingerprint(&self, state: &AppState) -> u64 {
        let mut hasher = DefaultHasher::new();
        let h = &mut hasher;
        let stands_alone = match self {
            Self::Series(_) | Self::Ask(_) => true,
            Self::Simulate(scenario) => scenario.pending().is_empty(),
            _ => false,
        };
        if !stands_alone {
            state.data_revision.hash(h);
            state.zone.name().hash(h);
        }
        match self {
            Self::Sla => {
                state.period.hash(h);
                (&state.doc.scope.service, &state.doc.scope.environment).hash(h);
                for sla in &state.doc.slas {
                    (&sla.name, &sla.yaml).hash(h);
                }
                for baseline in &state.doc.decisions.baselines {
                    (&baseline.name, &baseline.period, &baseline.run).hash(h);
                    baseline.value.hash(h);
                }
                state.doc.decisions.exclusions.hash(h);
                let scope = scope_words(&state.doc.scope);
                let closed = state
                    .doc
                    .decisions
                    .closed(&state.period.to_string(), &scope);
                closed.is_some().hash(h);
            }
            Self::Forecasts => {
                (&state.doc.scope.service, &state.doc.scope.environment).hash(h);
                for limit in &state.doc.limits {
                    (&limit.series, limit.lead_time_days).hash(h);
                    hash_limit(&limit.limit, h);
                    hash_known(&state.doc.foreseen(&limit.series), h);
                }
                state.doc.decisions.known_spans.hash(h);
            }
            Self::Forecast(_, request) => {
                state.doc.decisions.known_spans.hash(h);
                (&request.series, request.horizon_days, request.aggregate).hash(h);
                (request.lead_time_days, &request.model).hash(h);
                hash_known(&request.known, h);
                if let Some(limit) = &request.limit {
                    hash_limit(limit, h);
                }
            }
            Self::Run(_, request) => request.hash(h),
            Self::Capacity(_, request) => request.hash(h),
            Self::Series(key) => key.hash(h),
            Self::Compare(request) | Self::Trend(request) => request.hash(h),
            Self::Headroom(request) => {
                request.hash(h);
                (&state.doc.scope.service, &state.doc.scope.environment).hash(h);
                for limit in &state.doc.limits {
                    limit.series.hash(h);
                    hash_limit(&limit.limit, h);
                }
                hash_plans(state, h);
            }
            Self::Outlook(request) => {
                (request.horizon_days, request.aggregate).hash(h);
                Self::Forecasts.fingerprint(state).hash(h);
                hash_plans(state, h);
            }
            Self::Anomalies(request) => {
                request.hash(h);
                state.doc.decisions.known_spans.hash(h);
            }
            Self::Report => {
                Self::Sla.fingerprint(state).hash(h);
                Self::Forecasts.fingerprint(state).hash(h);
                (state.project_name(), &state.doc.notes).hash(h);
                hash_decisions(&state.doc.decisions, h);
                if let Some((plan, today)) = state.doc.plan_and_today() {
                    plan.name.hash(h);
                    for scenario in [Some(plan), today].into_iter().flatten() {
                        hash_scenario(&scenario, h);
                    }
                }
            }
            Self::Story(key) => {
                Self::Sla.fingerprint(state).hash(h);
                key.hash(h);
            }
            Self::Simulate(scenario) => {
                hash_scenario(scenario, h);
                if scenario.sla.is_none() {
                    for sla in &state.doc.slas {
                        (&sla.name, &sla.yaml).hash(h);
                    }
                }
                if !scenario.pending().is_empty() {
                    Self::Forecasts.fingerprint(state).hash(h);
                }
            }
            Self::Ask(asked) => {
                asked.again.hash(h);
                Self::Simulate(Arc::clone(&asked.scenario))
                    .fingerprint(state)
                    .hash(h);
                hash_question(asked, state, h);
            }
            Self::Scorecard => {
                (&state.doc.scope.service, &state.doc.scope.environment).hash(h);
                hash_kept(&state.doc.decisions, h);
            }
            Self::Advice => {
                Self::Sla.fingerprint(state).hash(h);
                Self::Forecasts.fingerprint(state).hash(h);
                state.doc.decisions.breach_notes.hash(h);
            }
        }
        hasher.finish()
    }
}

/// What is known beside the data of any series.
fn hash_plans(state: &AppState, hasher: &mut impl Hasher) {
    for plan in &state.doc.forecast_plans {
        plan.series.hash(hasher);
        hash_known(&state.doc.known(&plan.series), hasher);
    }
    if let Some(Ok(ahead)) = state.doc.ahead() {
        format!("{ahead:?}").hash(hasher);
    }
    state.doc.decisions.known_spans.hash(hasher);
}

/// What people decided, as far as reports show it. The logo counts by its length and its ends: it is long, and this
/// is asked every frame.
fn hash_decisions(decisions: &Decisions, hasher: &mut impl Hasher) {
    for note in &decisions.breach_notes {
        (&note.objective, note.start, &note.cause, &note.category).hash(hasher);
        (
            &note.action,
            &note.owner,
            note.due,
            note.status,
            &note.comment,
        )
            .hash(hasher);
    }
    for closed in &decisions.closed {
        (&closed.period, closed.at, closed.restatements.len()).hash(hasher);
    }
    hash_kept(decisions, hasher);
    let look = &decisions.branding;
    (&look.title, &look.colour, &look.confidentiality).hash(hasher);
    (look.paper == Paper::A4, look.logo_base64.len()).hash(hasher);
    let logo = look.logo_base64.as_bytes();
    let middle = logo.len() / 2;
    (logo.get(middle..logo.len().min(middle + 256))).hash(hasher);
    logo.get(logo.len().saturating_sub(256)..).hash(hasher);
}

/// What is asked; where the answer names scenarios, their names as well.
fn hash_question(asked: &Asked, state: &AppState, hasher: &mut impl Hasher) {
    let question = &asked.question;
    question.slug().hash(hasher);
    let within = asked
        .look
        .within
        .map(|w| (w.low.to_bits(), w.high.to_bits()));
    within.hash(hasher);
    for cores in &asked.look.sizes {
        cores.to_bits().hash(hasher);
    }
    if let Some(other) = question.other() {
        (&asked.scenario.name, &other.name).hash(hasher);
        Request::Simulate(Arc::clone(other))
            .fingerprint(state)
            .hash(hasher);
    }
    match question {
        Question::Tornado { spread } => spread.to_bits().hash(hasher),
        Question::BreakEven { monthly, .. } => monthly.map(f64::to_bits).hash(hasher),
        Question::Against { source_id, .. } => (source_id, state.data_revision).hash(hasher),
        Question::Solve(_) | Question::Size | Question::Waterfall { .. } => {}
    }
}

/// All of a scenario but what it is called.
fn hash_scenario<H: Hasher>(scenario: &Scenario, hasher: &mut H) {
    struct Into<'a, H>(&'a mut H);
    impl<H: Hasher> io::Write for Into<'_, H> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.write(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let nameless = Scenario {
        name: String::new(),
        about: String::new(),
        ..scenario.clone()
    };
    // Writing into a hasher does not fail.
    serde_json::to_writer(Into(hasher), &nameless).ok();
}

fn hash_kept(decisions: &Decisions, hasher: &mut impl Hasher) {
    for kept in &decisions.forecasts {
        (&kept.series, kept.made_at, kept.known_until).hash(hasher);
    }
}

/// By its words: it is short, and holds numbers that have no hash.
fn hash_known(known: &Known, hasher: &mut impl Hasher) {
    if !known.is_empty() {
        format!("{known:?}").hash(hasher);
    }
}

fn hash_limit(limit: &LimitValue, hasher: &mut impl Hasher) {
    let (kind, value) = match limit {
        LimitValue::Value(v) => (0_u8, *v),
        LimitValue::Percent(v) => (1, *v),
    };
    (kind, value.to_bits()).hash(hasher);
}
