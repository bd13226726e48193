//! What stands behind the headroom of the Capacity screen: ceilings of load tests and resources against a demand.

use super::results::CapacityRequest;
use crate::analysis::capacity::CapacityStudy;
use crate::analysis::capacity::chain::{Carried, Chain, Plan, forecast_chain, planned_chain};
use crate::analysis::capacity::demand_peak::{as_rate, peak, plan_as_rate};
use crate::analysis::capacity::headroom::{Headroom, HeadroomParams, NodePrice, headroom};
use crate::analysis::capacity::nodes::NodeCurve;
use crate::analysis::decisions::KnownSpan;
use crate::analysis::forecast::gather::{NamedSeries, REQUESTS, gather};
use crate::analysis::forecast::plan::{ForecastPlan, Known};
use crate::analysis::forecast::{ForecastParams, Horizon, Threshold};
use crate::analysis::queueing::Beside;
use crate::analysis::story::ceilings::{Ceilings, side_by_side};
use crate::analysis::story::{BottleneckParams, bottlenecks};
use crate::calendar::{Instant, Zone};
use crate::dataset::Series;
use crate::dataset::{Dataset, ScopeFilter};
use crate::units::{Micros, Ppm};

/// The percentile of the demand that counts as its peak.
const PEAK: Ppm = Ppm(990_000);
/// Words in the names of series that count requests, and of those that count something else of them.
const RATE_WORDS: [&str; 5] = ["request", "rps", "throughput", "tps", "hits"];
const OTHER_WORDS: [&str; 9] = [
    "error",
    "fail",
    "5xx",
    "4xx",
    "duration",
    "latency",
    "in_flight",
    "size",
    "bytes",
];

/// Series that may be a demand; requests of logs first.
fn candidates(all: &[NamedSeries]) -> Vec<&NamedSeries> {
    let mut list: Vec<&NamedSeries> = all
        .iter()
        .filter(|s| {
            let name = s.display_name.to_lowercase();
            RATE_WORDS.iter().any(|w| name.contains(w))
                && !OTHER_WORDS.iter().any(|w| name.contains(w))
        })
        .collect();
    list.sort_by_key(|s| (s.display_name != REQUESTS, s.name != s.display_name));
    list
}

/// What to hold the demand against.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HeadroomRequest {
    /// The load tests that say what it can take; `None` where there are none.
    pub load: Option<CapacityRequest>,
    /// Title of the series of the demand; another takes its place where there is none of that name.
    pub demand: String,
    /// The demand becomes so many percent of what it is: 1,000 is ten times.
    pub growth_percent: u32,
    /// Nodes of today, at least 1.
    pub nodes: u32,
    /// Nodes that may fail, fewer than there are.
    pub fail: u32,
    /// Percent of the capacity that stays unused, below 100.
    pub reserve_percent: u32,
    /// The date that is asked about; with growth, the day by which it has happened.
    pub by: Option<Instant>,
    /// Price of a node for an hour, in millionths of the currency; 0 where none was given.
    pub node_hour_millionths: u64,
    /// The currency.
    pub currency: String,
    /// Utilisation at which a resource without a limit of its own counts as used up.
    pub target_percent: u32,
}

/// What is left of the capacity.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeadroomOutcome {
    /// The answer.
    pub headroom: Option<Headroom>,
    /// Why there is none.
    pub missing: Option<String>,
    /// When the demand outgrows it.
    pub chain: Option<Chain>,
    /// The queueing model beside the scalability curve.
    pub beside: Option<Beside>,
    /// Series that may be the demand.
    pub demands: Vec<String>,
    /// The one that was taken.
    pub demand: String,
    /// What gives no ceiling, and why.
    pub notes: Vec<String>,
}

/// What people know about a series beside its data.
pub(super) struct KnownBeside {
    pub plan: ForecastPlan,
    pub left_out: Vec<KnownSpan>,
}

/// Answers the request. `limits` are those of resources, by series.
pub(super) fn compute(
    dataset: &Dataset,
    scope: &ScopeFilter,
    limits: Vec<(String, Threshold)>,
    zone: &Zone,
    study: &CapacityStudy,
    request: &HeadroomRequest,
    beside: impl Fn(&NamedSeries) -> KnownBeside,
) -> Result<HeadroomOutcome, String> {
    let params = BottleneckParams {
        scope: scope.clone(),
        range: None,
        limits,
        target_percent: Some(f64::from(request.target_percent)),
    };
    let resources = bottlenecks(dataset, &params).map_err(|e| e.to_string())?;
    let ceilings = Ceilings::of(study, &resources);
    let all = gather(dataset, scope);
    let candidates = candidates(&all);
    let mut outcome = HeadroomOutcome {
        demands: candidates.iter().map(|s| s.title()).collect(),
        beside: side_by_side(study, &resources),
        notes: ceilings.notes.clone(),
        ..HeadroomOutcome::default()
    };
    let chosen = candidates
        .iter()
        .find(|s| s.title() == request.demand)
        .or_else(|| candidates.first());
    let Some(chosen) = chosen else {
        outcome.missing = Some(
            "No series of requests per second is in the data. Import an access log or a monitoring export of production, and what is left shows here"
                .to_owned(),
        );
        return Ok(outcome);
    };
    outcome.demand = chosen.title();
    let series = chosen.series().map_err(|e| e.to_string())?;
    let rate = match as_rate(&series) {
        Ok((rate, assumed)) => {
            outcome.notes.extend(assumed);
            rate
        }
        Err(why) => {
            outcome.missing = Some(why);
            return Ok(outcome);
        }
    };
    let Some(demand) = peak(&rate, PEAK) else {
        outcome.missing = Some(format!("\"{}\" has no points", outcome.demand));
        return Ok(outcome);
    };
    let promise = study.max_passing.as_ref();
    let asked = HeadroomParams {
        demand,
        demand_text: format!("P99 of {}", outcome.demand),
        growth: f64::from(request.growth_percent) / 100.0,
        reserve: Ppm(i64::from(request.reserve_percent) * 10_000),
        nodes: Some(u64::from(request.nodes)),
        fail: u64::from(request.fail),
        curve: NodeCurve::Linear,
        promise: promise.map(|m| m.budget.replace("at most ", "≤ ")),
        price: (request.node_hour_millionths > 0).then(|| NodePrice {
            node_hour: request.node_hour_millionths as f64 / 1e6,
            currency: request.currency.clone(),
        }),
        seed: 1,
    };
    let Some(mut found) = headroom(&ceilings.list, &asked) else {
        outcome.missing = Some(
            "Nothing in the data limits the throughput yet: a load test, or utilisation of resources under load, would"
                .to_owned(),
        );
        return Ok(outcome);
    };
    found.assumed.extend(ceilings.assumed);
    let left = found.after_failure.unwrap_or(found.usable);
    if left > 0.0 {
        let carried = Carried {
            throughput: left,
            ci95: found
                .usable_ci95
                .map(|(low, high)| (low * left / found.usable, high * left / found.usable)),
            nodes: u64::from(request.nodes),
            fail: u64::from(request.fail),
            curve: NodeCurve::Linear,
            usable: found.usable,
        };
        let beside = beside(chosen);
        let forecast = ForecastParams {
            zone: zone.clone(),
            known: Known {
                plan: plan_as_rate(&series, &beside.plan),
                ..Known::default()
            },
            left_out: beside.left_out,
            ..ForecastParams::default()
        };
        match chain(&rate, &carried, &asked, request, forecast) {
            Some(Ok(chain)) => outcome.chain = Some(chain),
            Some(Err(why)) => outcome.notes.push(format!("no date: {why}")),
            None => {}
        }
    }
    outcome.headroom = Some(found);
    Ok(outcome)
}

/// When the demand outgrows what is carried: as planned where growth was given, else as forecast. `None` where growth
/// has no date.
fn chain(
    rate: &Series,
    carried: &Carried,
    asked: &HeadroomParams,
    request: &HeadroomRequest,
    forecast: ForecastParams,
) -> Option<Result<Chain, String>> {
    let now = rate.times.last().copied()?;
    if request.growth_percent == 100 {
        let horizon = match request.by {
            Some(by) if by > now => Horizon::Time(Micros(by.since(now).0)),
            _ => Horizon::Auto,
        };
        let params = ForecastParams {
            horizon,
            ..forecast
        };
        let found = forecast_chain(rate, carried, request.by, &params);
        return Some(found.map_err(|e| e.to_string()));
    }
    let by = request.by?;
    let plan = Plan {
        demand: asked.demand,
        demand_text: asked.demand_text.clone(),
        now,
        growth: asked.growth,
        by,
        lead_time: forecast.lead_time,
        seed: asked.seed,
        zone: forecast.zone.clone(),
    };
    Some(planned_chain(&plan, carried).ok_or_else(|| {
        format!(
            "the date lies before {}, the end of the data",
            now.format(&forecast.zone, "%-d %B %Y")
        )
    }))
}
