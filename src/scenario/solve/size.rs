//! The cheapest size and number of instances: for each size of a list the fewest that keep every promise, priced by the
//! scenario's own costs.

use serde::{Deserialize, Serialize};

use super::knob::What;
use super::{Figures, Judge, Within, solve};
use crate::progress::Progress;
use crate::scenario::cost::price_of_size;
use crate::scenario::judge::Promise;
use crate::scenario::{Scenario, SimulateError};
use crate::units::{grouped, number};

/// Sizes that are tried where none are given, cores.
pub const USUAL_SIZES: [f64; 5] = [1.0, 2.0, 4.0, 8.0, 16.0];

/// What one size needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sized {
    /// Cores of an instance.
    pub cores: f64,
    /// Fewest instances that keep every promise; `None` where no number does.
    pub instances: Option<f64>,
    /// The run with them.
    pub run: Option<Figures>,
    /// The promise that stops it with one instance fewer, or with any number.
    pub binding: Option<Promise>,
    /// In words.
    pub sentence: String,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SizeAnswer {
    /// Every size that was tried, in rising order.
    pub sizes: Vec<Sized>,
    /// Cores of the cheapest; `None` where no size keeps the promises.
    pub cores: Option<f64>,
    /// Its instances.
    pub instances: Option<f64>,
    /// The scenario with both put in.
    pub scenario: Option<Scenario>,
    /// Different scenarios that ran.
    pub runs: u32,
    /// The answer in words.
    pub sentence: String,
    /// What a reader must know about it.
    pub notes: Vec<String>,
}

impl SizeAnswer {
    /// The size that was chosen.
    pub fn chosen(&self) -> Option<&Sized> {
        let cores = self.cores?;
        self.sizes
            .iter()
            .find(|s| s.cores.to_bits() == cores.to_bits())
    }
}

/// Tries each size. An empty list stands for [`USUAL_SIZES`]; the scenario's own size is always among them.
pub fn cheapest_size(
    scenario: &Scenario,
    sizes: &[f64],
    within: Option<Within>,
    judge: &Judge<'_>,
    progress: &Progress,
) -> Result<SizeAnswer, SimulateError> {
    if scenario.federation.is_some() || scenario.chain.is_some() {
        return Err(SimulateError::impossible(
            "service.cores",
            "peers and shards have no size to choose; it takes a service on instances",
        ));
    }
    let mut cores: Vec<f64> = if sizes.is_empty() {
        USUAL_SIZES.to_vec()
    } else {
        sizes.to_vec()
    };
    if let Some(bad) = cores.iter().find(|c| !(c.is_finite() && **c > 0.0)) {
        return Err(SimulateError::impossible(
            "cores",
            format!("{bad} is no size; it takes numbers of cores above 0"),
        ));
    }
    cores.push(scenario.service.cores);
    cores.sort_by(f64::total_cmp);
    cores.dedup();
    let mut answer = SizeAnswer {
        sizes: Vec::new(),
        cores: None,
        instances: None,
        scenario: None,
        runs: 0,
        sentence: String::new(),
        notes: notes(scenario),
    };
    let mut best: Option<(f64, f64, f64, Scenario)> = None;
    let mut priced = false;
    progress.set_total(cores.len() as u64);
    for size in cores {
        let sized = with_cores(scenario, size);
        let solution = solve(&sized, What::Instances, within, judge, &progress.part())?;
        progress.advance(1);
        answer.runs = answer.runs.saturating_add(solution.runs);
        if let (Some(count), Some(run), Some(solved)) =
            (solution.value, &solution.at_value, &solution.scenario)
        {
            priced |= run.cost_per_month > 0.0;
            // Without prices the cores together stand for the cost.
            let price = if run.cost_per_month > 0.0 {
                run.cost_per_month
            } else {
                count * size
            };
            if best.as_ref().is_none_or(|(cost, ..)| price < *cost) {
                best = Some((price, size, count, solved.clone()));
            }
        }
        answer.sizes.push(Sized {
            cores: size,
            instances: solution.value,
            run: solution.at_value,
            binding: solution.binding,
            sentence: solution.sentence,
        });
    }
    let currency = &scenario.cost.currency;
    if let Some((price, size, count, solved)) = best {
        let words = format!("{} × {}", grouped(count, 0), plain(size));
        answer.sentence = if priced {
            format!(
                "{words} is the cheapest that keeps every promise: {} {currency} a month.",
                number(price)
            )
        } else {
            format!(
                "{words} keeps every promise with the fewest cores, {} in all; there are no prices to compare.",
                number(price)
            )
        };
        answer.cores = Some(size);
        answer.instances = Some(count);
        answer.scenario = Some(solved);
    } else {
        let last = answer.sizes.last().map(|s| s.sentence.clone());
        answer.sentence = format!(
            "No size keeps every promise. With the largest: {}",
            last.unwrap_or_default()
        );
    }
    Ok(answer)
}

/// Instances of another size; their price follows, and what they ask of the processor ("CPU request") grows in
/// proportion.
#[must_use]
pub fn with_cores(scenario: &Scenario, cores: f64) -> Scenario {
    let mut out = scenario.clone();
    let before = out.service.cores;
    out.service.cores = cores;
    // A price is that of the size the scenario has.
    let price = price_of_size(&scenario.cost, before, cores);
    if scenario.cost.instance_hour > 0.0 {
        out.cost.reserved_hour *= price / scenario.cost.instance_hour;
    }
    out.cost.instance_hour = price;
    if before > 0.0 {
        out.autoscaling.cpu.request *= cores / before;
    }
    out
}

/// `8 cores`, `1 core`, `0.5 cores`: no zeros behind.
fn plain(cores: f64) -> String {
    let one = cores.to_bits() == 1.0_f64.to_bits();
    format!("{cores} {}", if one { "core" } else { "cores" })
}

fn notes(scenario: &Scenario) -> Vec<String> {
    let mut notes = Vec::new();
    if scenario.service.serial_share >= 1.0 {
        notes.push(
            "More cores make no request faster here: the serial share of the work is 100 %. Write a smaller serial_share if it was measured."
                .to_owned(),
        );
    }
    notes.push(format!(
        "Every size works on {} requests at once per instance; only the time of a request follows the cores.",
        scenario.service.workers
    ));
    notes
}
