//! Headroom: what is left between the peak of the demand and what can be used of the capacity, of which unit, bound by
//! what, after which failures, and how many nodes the demand needs.
//!
//! Usable is the least of all ceilings, less a reserve. Each ceiling keeps its interval, so that the chance of each
//! resource to bind first comes from draws of all of them.

use serde::{Deserialize, Serialize};

use super::nodes::NodeCurve;
use crate::analysis::forecast::Noise;
use crate::units::{self, Ppm};

/// Draws of the ceilings.
pub const DRAWS: usize = 2_000;
/// Half a 95 % interval of a normal in standard deviations.
const Z95: f64 = 1.959_963_985;
/// Hours of an average month.
const MONTH_HOURS: f64 = 730.0;

/// What a ceiling stands on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CeilingBasis {
    /// The highest load that kept to a latency and error budget.
    Promise,
    /// The peak of the fitted scalability curve.
    Curve,
    /// The highest throughput that was seen; the real ceiling may be higher.
    Measured,
    /// A resource at its limit, by the demand model.
    #[default]
    Resource,
}

/// A ceiling on the throughput.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ceiling {
    /// What binds: `CPU of checkout`.
    pub name: String,
    /// Requests per second, above 0.
    pub throughput: f64,
    /// Its 95 % interval, where there is one.
    pub ci95: Option<(f64, f64)>,
    /// What it stands on.
    pub basis: CeilingBasis,
    /// How it was found, in a sentence.
    pub why: String,
    /// Of a resource: the utilisation in percent at which it counts as used up.
    pub target_percent: Option<f64>,
    /// Of a resource: the requests per second at which it would be at 100 %.
    pub full_per_sec: Option<f64>,
}

impl Ceiling {
    /// A value that the ceiling may have: normal, with a width of its own on either side.
    pub(super) fn draw(&self, noise: &mut Noise) -> f64 {
        draw(self.throughput, self.ci95, noise)
    }
}

/// A draw from a normal whose halves have the widths of a 95 % interval; the value itself where there is none.
pub(super) fn draw(value: f64, ci95: Option<(f64, f64)>, noise: &mut Noise) -> f64 {
    let z = noise.normal();
    let Some((low, high)) = ci95 else {
        return value;
    };
    let width = if z < 0.0 { value - low } else { high - value };
    (value + z * width.max(0.0) / Z95).max(0.0)
}

/// What a node costs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodePrice {
    /// For one hour of one node.
    pub node_hour: f64,
    /// Such as `USD`.
    pub currency: String,
}

/// What to hold against what.
#[derive(Clone, Debug)]
pub struct HeadroomParams {
    /// Requests per second at the peak of today.
    pub demand: f64,
    /// What that is, in words: `P99 of requests per second, 30 days`.
    pub demand_text: String,
    /// The demand becomes so many times that; above 0.
    pub growth: f64,
    /// Share of every ceiling that stays unused.
    pub reserve: Ppm,
    /// Nodes that the ceilings were measured on.
    pub nodes: Option<u64>,
    /// Nodes that may fail.
    pub fail: u64,
    /// How capacity grows with nodes.
    pub curve: NodeCurve,
    /// The promise that the ceilings keep: `P95 ≤ 200 ms`.
    pub promise: Option<String>,
    /// What a node costs.
    pub price: Option<NodePrice>,
    /// Seed of the draws.
    pub seed: u64,
}

/// One ceiling against the demand.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ResourceHeadroom {
    /// The ceiling, before the reserve.
    #[serde(flatten)]
    pub ceiling: Ceiling,
    /// Requests per second of it that may be used.
    pub usable: f64,
    /// Share of the usable that the demand takes; above 1 where it is short.
    pub used_share: f64,
    /// Chance that it is the first to bind, 0..=1.
    pub binds_first: f64,
}

/// What running it costs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NodeCost {
    /// Currency as given.
    pub currency: String,
    /// The nodes of today, for a month of 730 hours; `None` where their number is not known.
    pub monthly_now: Option<f64>,
    /// The nodes that are needed.
    pub monthly_needed: f64,
}

/// The answer, in the shape of `headroom capacity --json`. Keys are added, never renamed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Headroom {
    /// Usable less demand, requests per second; negative where it is short.
    pub value: f64,
    /// `requests/s at P95 ≤ 200 ms`.
    pub unit: String,
    /// The ceiling that binds.
    pub binding_resource: String,
    /// Requests per second at the peak, after growth.
    pub demand_peak: f64,
    /// Requests per second that may be used.
    pub usable: f64,
    /// What may be used when the failures happen; `None` where the number of nodes is not known.
    pub after_failure: Option<f64>,
    /// The fewest nodes that carry the demand, failures included; `None` where no number does.
    pub nodes_needed: Option<u64>,
    /// What was assumed, in sentences.
    pub assumed: Vec<String>,
    /// 95 % interval of the usable, where the ceilings have one.
    pub usable_ci95: Option<(f64, f64)>,
    /// The peak of today.
    pub demand_now: f64,
    /// What the demand is, in words.
    pub demand_text: String,
    /// Factor on it.
    pub growth: f64,
    /// Nodes of today, where known.
    pub nodes: Option<u64>,
    /// Nodes that may fail.
    pub fail: u64,
    /// Share of the usable at which the nodes may run so that the failures are survived.
    pub safe_share: Option<f64>,
    /// The demand is more than can be used, or more than what is left after the failures.
    pub short: bool,
    /// Every ceiling, the tightest first.
    pub resources: Vec<ResourceHeadroom>,
    /// What it costs, where a price was given.
    pub cost: Option<NodeCost>,
    /// The answer.
    pub sentence: String,
}

/// Rates in millionths per second, so that verdicts compare integers.
fn micro(rate: f64) -> i64 {
    (rate * 1e6).round() as i64
}

/// Holds the demand against the ceilings. `None` without a usable one, or with a demand that is no number.
pub fn headroom(ceilings: &[Ceiling], params: &HeadroomParams) -> Option<Headroom> {
    let mut known: Vec<&Ceiling> = ceilings
        .iter()
        .filter(|c| c.throughput.is_finite() && c.throughput > 0.0)
        .collect();
    // What was merely the highest load seen is no ceiling where something better is known.
    let tested = known
        .iter()
        .filter(|c| c.basis == CeilingBasis::Measured)
        .map(|c| c.throughput)
        .reduce(f64::max);
    if known.iter().any(|c| c.basis != CeilingBasis::Measured) {
        known.retain(|c| c.basis != CeilingBasis::Measured);
    }
    known.sort_by(|a, b| {
        a.throughput
            .total_cmp(&b.throughput)
            .then_with(|| a.name.cmp(&b.name))
    });
    let tightest = *known.first()?;
    let demand = params.demand * params.growth;
    if !demand.is_finite() || demand < 0.0 {
        return None;
    }
    let kept = 1.0 - params.reserve.as_fraction();
    let usable = tightest.throughput * kept;
    let (chances, mut least) = draws(&known, params.seed);
    least.sort_by(f64::total_cmp);
    let at = |share: f64| crate::dataset::resample::quantile_r7(&least, share).map(|v| v * kept);
    let nodes = params.nodes.unwrap_or(1);
    let after_failure = params
        .nodes
        .map(|n| params.curve.after_failure(usable, n, params.fail));
    let left = after_failure.unwrap_or(usable).min(usable);
    let nodes_needed = params.curve.needed(demand, usable, nodes, params.fail);
    let mut result = Headroom {
        value: usable - demand,
        unit: params.promise.as_ref().map_or_else(
            || "requests/s".to_owned(),
            |promise| format!("requests/s at {promise}"),
        ),
        binding_resource: tightest.name.clone(),
        demand_peak: demand,
        usable,
        after_failure,
        nodes_needed,
        assumed: assumed(tightest, tested, params),
        usable_ci95: known
            .iter()
            .any(|c| c.ci95.is_some())
            .then(|| at(0.025).zip(at(0.975)))
            .flatten(),
        demand_now: params.demand,
        demand_text: params.demand_text.clone(),
        growth: params.growth,
        nodes: params.nodes,
        fail: params.fail,
        safe_share: after_failure.map(|after| after / usable),
        short: micro(demand) > micro(usable) || micro(demand) > micro(left),
        resources: known
            .iter()
            .zip(chances)
            .map(|(ceiling, binds_first)| ResourceHeadroom {
                ceiling: (*ceiling).clone(),
                usable: ceiling.throughput * kept,
                used_share: demand / (ceiling.throughput * kept),
                binds_first,
            })
            .collect(),
        cost: params.price.as_ref().and_then(|price| {
            let month = |nodes: u64| nodes as f64 * price.node_hour * MONTH_HOURS;
            Some(NodeCost {
                currency: price.currency.clone(),
                monthly_now: params.nodes.map(month),
                monthly_needed: month(nodes_needed?),
            })
        }),
        sentence: String::new(),
    };
    result.sentence = super::headroom_words::sentence(&result);
    Some(result)
}

/// The chance of each ceiling to be the lowest, and the lowest of every draw.
fn draws(ceilings: &[&Ceiling], seed: u64) -> (Vec<f64>, Vec<f64>) {
    let mut noise = Noise::seeded(seed);
    let mut firsts = vec![0_u32; ceilings.len()];
    let mut least = Vec::with_capacity(DRAWS);
    for _ in 0..DRAWS {
        let lowest = ceilings
            .iter()
            .map(|c| c.draw(&mut noise))
            .enumerate()
            .min_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((index, value)) = lowest {
            least.push(value);
            if let Some(first) = firsts.get_mut(index) {
                *first += 1;
            }
        }
    }
    let share = |n: u32| f64::from(n) / DRAWS as f64;
    (firsts.into_iter().map(share).collect(), least)
}

fn assumed(tightest: &Ceiling, tested: Option<f64>, params: &HeadroomParams) -> Vec<String> {
    let mut list = Vec::new();
    if params.nodes.is_none() {
        list.push("what was measured counts as one node (no --nodes given)".to_owned());
    }
    list.extend(params.curve.assumption());
    if tightest.basis == CeilingBasis::Measured {
        list.push(
            "the highest throughput that was measured is taken as the ceiling; the real one may be higher"
                .to_owned(),
        );
    } else if let Some(tested) = tested.filter(|t| *t < tightest.throughput) {
        list.push(format!(
            "no load above {} requests/s was tested; beyond it only the resources speak",
            units::number(tested)
        ));
    }
    if params.promise.is_none() && tightest.basis != CeilingBasis::Resource {
        list.push("no latency budget was given, so latency may be poor at the ceiling".to_owned());
    }
    list.extend(reserved(tightest, params.reserve));
    list
}

/// What stays unused on purpose: above the target utilisation of a resource, and as a reserve.
fn reserved(tightest: &Ceiling, reserve: Ppm) -> Vec<String> {
    let Some(target) = tightest.target_percent.filter(|t| *t < 100.0) else {
        return (reserve == Ppm(0))
            .then(|| "nothing is held in reserve".to_owned())
            .into_iter()
            .collect();
    };
    let at_full = tightest.full_per_sec.map_or_else(String::new, |full| {
        format!(" (100 % would be {} requests/s)", units::number(full))
    });
    let more = if reserve == Ppm(0) {
        "nothing more is held in reserve".to_owned()
    } else {
        format!(
            "the reserve of {} comes off the throughput at that target",
            units::percent(reserve)
        )
    };
    vec![
        format!(
            "{} counts as used up at its target utilisation of {} %{at_full}",
            tightest.name,
            super::plain(target)
        ),
        more,
    ]
}

#[cfg(test)]
#[path = "headroom_tests.rs"]
mod tests;
