//! From a load test to a date: the capacity with its interval and the demand with its simulated paths give the day on
//! which the one outgrows the other. Both uncertainties are carried to the end: every path meets a capacity of its own,
//! drawn from the interval.
//!
//! Demand grows as its history suggests, or as planned: evenly (by the same share every day) to so many times today's by
//! a date.

use serde::{Deserialize, Serialize};

use super::headroom::{DRAWS, draw};
use super::nodes::NodeCurve;
use super::plain;
use crate::analysis::forecast::{
    Forecast, ForecastError, ForecastParams, Noise, Percentiles, Threshold, forecast,
};
use crate::calendar::{Instant, Zone};
use crate::dataset::Series;
use crate::units::{self, Micros};

/// The capacity that the demand grows towards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Carried {
    /// Requests per second, after reserve and failures; above 0.
    pub throughput: f64,
    /// Its 95 % interval.
    pub ci95: Option<(f64, f64)>,
    /// Nodes that carry it.
    pub nodes: u64,
    /// Of which so many may fail.
    pub fail: u64,
    /// How it grows with nodes.
    pub curve: NodeCurve,
    /// What all nodes carry while none has failed.
    pub usable: f64,
}

impl Carried {
    /// Factors on the capacity, one for each path.
    fn spread(&self, seed: u64) -> Vec<f64> {
        if self.ci95.is_none() {
            return Vec::new();
        }
        let mut noise = Noise::seeded(seed ^ 0x5eed_c0de);
        (0..DRAWS)
            .map(|_| draw(1.0, self.relative_ci95(), &mut noise))
            .collect()
    }

    fn relative_ci95(&self) -> Option<(f64, f64)> {
        self.ci95
            .map(|(low, high)| (low / self.throughput, high / self.throughput))
    }

    fn needed(&self, demand: f64) -> Option<u64> {
        self.curve
            .needed(demand, self.usable, self.nodes, self.fail)
    }
}

/// What is known of one date.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ByDate {
    /// The date.
    pub date: Instant,
    /// Chance that the demand has outgrown the capacity by then, 0..=1.
    pub probability: f64,
    /// Expected demand on that date, requests per second.
    pub demand: f64,
    /// Upper end of the 80 % range of the demand: one path in ten is above.
    pub demand_p90: f64,
    /// Nodes for the expected demand, failures included.
    pub nodes: Option<u64>,
    /// Nodes for the upper end.
    pub nodes_p90: Option<u64>,
}

/// When the demand outgrows the capacity.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Chain {
    /// Requests per second that are carried.
    pub capacity: f64,
    /// Its 95 % interval, where it has one.
    pub capacity_ci95: Option<(f64, f64)>,
    /// What grows, and how, in words.
    pub demand: String,
    /// One in ten, half and nine in ten of the outcomes are over by then; `None` where fewer are within the horizon.
    pub crossing: Percentiles<Instant>,
    /// Chance to be over within the horizon.
    pub probability_within_horizon: f64,
    /// The end of the horizon.
    pub horizon_end: Option<Instant>,
    /// The date that was asked for.
    pub by: Option<ByDate>,
    /// The P10 date less the lead time.
    pub order_by: Option<Instant>,
    /// The demand is over the capacity already.
    pub already_over: bool,
    /// The answer.
    pub sentence: String,
    /// What to be careful about.
    pub notes: Vec<String>,
    /// Whether the day to order by lies before the end of the data.
    pub order_overdue: bool,
}

/// Demand as its history suggests. `by` has to lie within the horizon of `params` to be answered.
pub fn forecast_chain(
    series: &Series,
    carried: &Carried,
    by: Option<Instant>,
    params: &ForecastParams,
) -> Result<Chain, ForecastError> {
    let params = ForecastParams {
        capacity: Some(Threshold::Value(carried.throughput)),
        limit_spread: carried.spread(params.seed),
        ..params.clone()
    };
    let found = forecast(series, &params)?;
    let Some(crossing) = &found.capacity else {
        return Err(ForecastError::Refused(
            "the forecast has nothing to say about this capacity".to_owned(),
        ));
    };
    let step = Micros((found.step_secs * 1e6) as i64);
    let mut chain = Chain {
        capacity: carried.throughput,
        capacity_ci95: carried.ci95,
        demand: format!("{} ({}, {})", found.series, found.aggregate, found.model),
        crossing: crossing.crossing,
        probability_within_horizon: crossing.probability_within_horizon,
        horizon_end: found.points.last().map(|p| p.t.plus(step)),
        by: by.and_then(|date| by_date(&found, carried, date)),
        order_by: crossing.order_by,
        order_overdue: crossing.order_overdue,
        already_over: crossing.already_over,
        notes: found.warnings.iter().map(|w| w.message.clone()).collect(),
        ..Chain::default()
    };
    if chain.by.is_none()
        && let Some(date) = by
    {
        chain.notes.push(format!(
            "{} is not within the forecast; it reaches as far as the history is long",
            date.format(&params.zone, "%Y-%m-%d")
        ));
    }
    chain.sentence = sentence(&chain, &params.zone);
    Ok(chain)
}

fn by_date(found: &Forecast, carried: &Carried, date: Instant) -> Option<ByDate> {
    let crossing = found.capacity.as_ref()?;
    let last = found.points.last()?;
    let step = Micros((found.step_secs * 1e6) as i64);
    if date > last.t.plus(step) {
        return None;
    }
    let point = found
        .points
        .iter()
        .rfind(|p| p.t < date)
        .or_else(|| found.points.first())?;
    let passed = crossing.reached_by.partition_point(|(t, _)| *t < date);
    let share = passed
        .checked_sub(1)
        .and_then(|i| crossing.reached_by.get(i))
        .map_or(0.0, |(_, share)| *share);
    Some(ByDate {
        date,
        probability: if crossing.already_over { 1.0 } else { share },
        demand: point.mean,
        demand_p90: point.hi80,
        nodes: carried.needed(point.mean),
        nodes_p90: carried.needed(point.hi80),
    })
}

/// Growth as planned.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Requests per second at the peak now.
    pub demand: f64,
    /// What it is, in words.
    pub demand_text: String,
    /// When that is.
    pub now: Instant,
    /// So many times as much, above 0.
    pub growth: f64,
    /// By then.
    pub by: Instant,
    /// Time between ordering and having.
    pub lead_time: Micros,
    /// Seed of the draws.
    pub seed: u64,
    /// Zone of the dates in the answer.
    pub zone: Zone,
}

/// Demand as planned: `demand · growth^((t − now)/(by − now))`. `None` where the date does not lie ahead.
pub fn planned_chain(plan: &Plan, carried: &Carried) -> Option<Chain> {
    let span = plan.by.since(plan.now).0 as f64;
    if span <= 0.0 || !(plan.demand > 0.0 && plan.growth > 0.0) {
        return None;
    }
    let when = |capacity: f64| {
        if plan.demand > capacity {
            return Some(0.0);
        }
        let share = (capacity / plan.demand).ln() / plan.growth.ln();
        (plan.growth > 1.0 && share < 1.0).then_some(share)
    };
    let spread = carried.spread(plan.seed);
    let factors = if spread.is_empty() { vec![1.0] } else { spread };
    let mut reached: Vec<f64> = factors
        .iter()
        .filter_map(|f| when(carried.throughput * f))
        .collect();
    reached.sort_by(f64::total_cmp);
    let at = |percent: usize| {
        let rank = (factors.len() * percent).div_ceil(100).max(1);
        reached
            .get(rank - 1)
            .map(|share| plan.now.plus(Micros((share * span) as i64)))
    };
    let crossing = Percentiles {
        p10: at(10),
        p50: at(50),
        p90: at(90),
    };
    let order_by = crossing.p10.map(|t| t.plus(Micros(-plan.lead_time.0)));
    let probability = reached.len() as f64 / factors.len() as f64;
    let demand = plan.demand * plan.growth;
    let needed = carried.needed(demand);
    let mut chain = Chain {
        capacity: carried.throughput,
        capacity_ci95: carried.ci95,
        demand: format!(
            "{}, growing evenly to {} times as much by {}",
            plan.demand_text,
            plain(plan.growth),
            plan.by.format(&plan.zone, "%Y-%m-%d")
        ),
        crossing,
        probability_within_horizon: probability,
        horizon_end: Some(plan.by),
        by: Some(ByDate {
            date: plan.by,
            probability,
            demand,
            demand_p90: demand,
            nodes: needed,
            nodes_p90: needed,
        }),
        order_by,
        order_overdue: order_by.is_some_and(|by| by < plan.now),
        already_over: plan.demand > carried.throughput,
        sentence: String::new(),
        notes: vec![
            "the growth is a plan, not a forecast: only the capacity is uncertain in these dates"
                .to_owned(),
        ],
    };
    chain.sentence = sentence(&chain, &plan.zone);
    Some(chain)
}

fn sentence(chain: &Chain, zone: &Zone) -> String {
    let day = |t: Instant| t.format(zone, "%Y-%m-%d");
    let capacity = format!("{} requests/s", units::number(chain.capacity));
    let chance = units::percent_of(chain.probability_within_horizon);
    let mut text = match (&chain.crossing, chain.already_over) {
        (_, true) => format!("The demand is over the {capacity} already."),
        (
            Percentiles {
                p10: Some(early),
                p50: Some(middle),
                p90,
            },
            _,
        ) => format!(
            "The demand outgrows {capacity} around {} (one chance in ten by {}; nine in ten {}).",
            day(*middle),
            day(*early),
            p90.map_or_else(
                || "not within the horizon".to_owned(),
                |late| format!("by {}", day(late))
            )
        ),
        (
            Percentiles {
                p10: Some(early), ..
            },
            _,
        ) => format!(
            "The demand may outgrow {capacity} from {} on; the chance by {} is {chance}.",
            day(*early),
            chain.horizon_end.map_or_else(|| "the end".to_owned(), day)
        ),
        _ => format!(
            "The demand stays below {capacity} until {} (P = {chance} that it does not).",
            chain.horizon_end.map_or_else(|| "the end".to_owned(), day)
        ),
    };
    if let Some(by) = &chain.by {
        let needed = match (by.nodes, by.nodes_p90) {
            (Some(a), Some(b)) if a == b => super::headroom_words::nodes(a),
            (Some(a), Some(b)) => {
                format!("{} to {}", units::count(a), super::headroom_words::nodes(b))
            }
            _ => "more nodes than the curve allows".to_owned(),
        };
        text.push_str(&format!(
            " By {} the chance to be over is {}, the demand {} requests/s, and it takes {needed}.",
            day(by.date),
            units::percent_of(by.probability),
            units::number(by.demand)
        ));
    }
    if let Some(order) = chain.order_by.filter(|_| !chain.already_over) {
        text.push_str(&if chain.order_overdue {
            format!(" More had to be ordered by {}.", day(order))
        } else {
            format!(" Order more by {}.", day(order))
        });
    }
    text
}

#[cfg(test)]
#[path = "chain_tests.rs"]
mod tests;
