//! The date in `headroom capacity`: demand by its forecast or by a plan, against what is carried after reserve and failures.

use super::capacity_headroom::{Demand, HeadroomArgs, usage};
use super::common::CliError;
use crate::analysis::capacity::chain::{Carried, Chain, Plan, forecast_chain, planned_chain};
use crate::analysis::capacity::headroom::{Headroom, HeadroomParams};
use crate::analysis::forecast::plan::Known;
use crate::analysis::forecast::{Aggregate, ForecastParams, Horizon};
use crate::calendar::{Instant, Period, Zone, parse_time};
use crate::units::{Micros, parse_duration};

/// The date on which the demand outgrows what is carried.
pub(super) fn chain(
    args: &HeadroomArgs,
    demand: &Demand,
    found: &Headroom,
    params: &HeadroomParams,
    zone: &Zone,
    as_of: Option<Instant>,
    notes: &mut Vec<String>,
) -> Result<Option<Chain>, CliError> {
    let by = args
        .by
        .as_deref()
        .map(|text| {
            let period = Period::parse(text).map(|p| p.range(zone).start);
            period.or_else(|_| parse_time(text, zone).map(|t| t.at))
        })
        .transpose()?;
    let lead_time =
        parse_duration(&args.lead_time).map_err(|e| usage(format!("--lead-time: {e}")))?;
    let left = found.after_failure.unwrap_or(found.usable);
    let carried = Carried {
        throughput: left,
        ci95: found
            .usable_ci95
            .map(|(low, high)| (low * left / found.usable, high * left / found.usable)),
        nodes: params.nodes.unwrap_or(1),
        fail: params.fail,
        curve: params.curve,
        usable: found.usable,
    };
    if left <= 0.0 {
        notes.push("no date: nothing is left after the failures".to_owned());
        return Ok(None);
    }
    let end = demand.series.as_ref().and_then(|s| s.times.last().copied());
    match (args.growth.is_some(), by, &demand.series) {
        (true, Some(by), _) => {
            let now = as_of
                .or(end)
                .ok_or_else(|| usage("--by with a rate needs to know when now is: give --as-of"))?;
            let plan = Plan {
                demand: params.demand,
                demand_text: params.demand_text.clone(),
                now,
                growth: params.growth,
                by,
                lead_time,
                seed: params.seed,
                zone: zone.clone(),
            };
            planned_chain(&plan, &carried).map(Some).ok_or_else(|| {
                usage(format!(
                    "--by {}: the date lies before {}, the end of the data (or --as-of)",
                    args.by.as_deref().unwrap_or_default(),
                    now.format(zone, "%Y-%m-%d")
                ))
            })
        }
        (false, _, Some(series)) => {
            let horizon = match (by, as_of.or(end)) {
                (Some(by), Some(now)) if by > now => Horizon::Time(Micros(by.since(now).0)),
                _ => Horizon::Auto,
            };
            let forecast = ForecastParams {
                zone: zone.clone(),
                horizon,
                aggregate: Aggregate::P95,
                lead_time,
                as_of,
                seed: params.seed,
                known: Known {
                    plan: demand.plan.clone(),
                    ..Known::default()
                },
                left_out: demand.left_out.clone(),
                ..ForecastParams::default()
            };
            match forecast_chain(series, &carried, by, &forecast) {
                Ok(chain) => Ok(Some(chain)),
                Err(why) => {
                    notes.push(format!("no date: {why}"));
                    Ok(None)
                }
            }
        }
        (false, Some(_), None) => Err(usage(
            "--by needs a demand that changes: a series, or --growth",
        )),
        _ => Ok(None),
    }
}
