//! What stands behind the headroom of the Capacity screen: ceilings of load tests and resources against a demand.

use super::results::{HeadroomOutcome, HeadroomRequest};
use crate::analysis::capacity::CapacityStudy;
use crate::analysis::capacity::chain::{Carried, forecast_chain};
use crate::analysis::capacity::demand_peak::{as_rate, peak};
use crate::analysis::capacity::headroom::{HeadroomParams, headroom};
use crate::analysis::capacity::nodes::NodeCurve;
use crate::analysis::forecast::gather::{NamedSeries, REQUESTS, gather};
use crate::analysis::forecast::{ForecastParams, Threshold};
use crate::analysis::story::ceilings::{Ceilings, side_by_side};
use crate::analysis::story::{BottleneckParams, bottlenecks};
use crate::calendar::Zone;
use crate::dataset::{Dataset, ScopeFilter};
use crate::units::Ppm;

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

/// Answers the request. `limits` are those of resources, by series.
pub(super) fn compute(
    dataset: &Dataset,
    scope: &ScopeFilter,
    limits: Vec<(String, Threshold)>,
    zone: &Zone,
    study: &CapacityStudy,
    request: &HeadroomRequest,
) -> Result<HeadroomOutcome, String> {
    let params = BottleneckParams {
        scope: scope.clone(),
        range: None,
        limits,
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
        price: None,
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
    if request.growth_percent == 100 && left > 0.0 {
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
        let forecast = ForecastParams {
            zone: zone.clone(),
            ..ForecastParams::default()
        };
        match forecast_chain(&rate, &carried, None, &forecast) {
            Ok(chain) => outcome.chain = Some(chain),
            Err(why) => outcome.notes.push(format!("no date: {why}")),
        }
    }
    outcome.headroom = Some(found);
    Ok(outcome)
}
