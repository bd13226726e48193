//! From which growth on one scenario is cheaper than another, and when that is at a rate of growth.

use std::cell::RefCell;

use serde::{Deserialize, Serialize};

use super::{Figures, Judge, Prefer, Trials, search};
use crate::progress::Progress;
use crate::scenario::{Scenario, SimulateError};
use crate::units::number;

/// Growth beyond which no answer is looked for.
const MOST: i64 = 50;
/// Positions of the search per 1×.
const GRAIN: i64 = 100;

/// Where the order of two costs changes. Growth is counted from the load the scenarios describe: 1 is today's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BreakEven {
    /// The scenario that is cheaper today; `None` where they cost the same.
    pub cheaper_now: Option<String>,
    /// The first growth, to a hundredth, at which the other one is cheaper; `None` up to 50×.
    pub growth: Option<f64>,
    /// Months until then at the rate of growth; `None` without a rate or a growth.
    pub months: Option<f64>,
    /// Both today.
    pub now: [Figures; 2],
    /// Both at that growth, or at 50×.
    pub then: [Figures; 2],
    /// Different scenarios that ran.
    pub runs: u32,
    /// The answer in words.
    pub sentence: String,
    /// What a reader must know about it.
    pub notes: Vec<String>,
}

fn grown(scenario: &Scenario, position: i64) -> Scenario {
    let mut out = scenario.clone();
    out.workload.growth *= position as f64 / GRAIN as f64;
    out
}

/// Compares the costs of two scenarios under growth, today's load to 50 times of it. `monthly` is the growth of the load
/// in a month (0.05 is 5 %).
pub fn break_even(
    first: &Scenario,
    second: &Scenario,
    monthly: Option<f64>,
    judge: &Judge<'_>,
    progress: &Progress,
) -> Result<BreakEven, SimulateError> {
    if let Some(rate) = monthly.filter(|r| !(r.is_finite() && *r > 0.0)) {
        return Err(SimulateError::impossible(
            "growth a month",
            format!("{rate} is no growth; it takes a share above 0, such as 5%"),
        ));
    }
    if first.cost.currency != second.cost.currency {
        return Err(SimulateError::impossible(
            "cost.currency",
            format!(
                "{} and {} cannot be compared; write both prices in one currency",
                first.cost.currency, second.cost.currency
            ),
        ));
    }
    let trials = Trials::new(judge, progress);
    let pair = |position: i64| -> Result<[Figures; 2], SimulateError> {
        let mut both = trials.all(&[grown(first, position), grown(second, position)])?;
        let (b, a) = (both.pop(), both.pop());
        match (a, b) {
            (Some(a), Some(b)) => Ok([a, b]),
            _ => Err(SimulateError::Cancelled),
        }
    };
    let now = pair(GRAIN)?;
    let [a, b] = &now;
    if a.cost_per_month <= 0.0 && b.cost_per_month <= 0.0 {
        return Err(SimulateError::impossible(
            "cost",
            "neither scenario has a price; write at least cost: {instance_hour: …}",
        ));
    }
    let first_now = a.cost_per_month < b.cost_per_month;
    let same_now = a.cost_per_month.to_bits() == b.cost_per_month.to_bits();
    // Holds as long as the order of today does; of two that cost the same, as long as they do.
    let ordered = |[a, b]: &[Figures; 2]| {
        if same_now {
            a.cost_per_month.to_bits() == b.cost_per_month.to_bits()
        } else if first_now {
            a.cost_per_month <= b.cost_per_month
        } else {
            b.cost_per_month <= a.cost_per_month
        }
    };
    let scan: Vec<i64> = (0..12)
        .map(|i| ((GRAIN as f64) * (MOST as f64).powf(f64::from(i) / 11.0)).round() as i64)
        .collect();
    progress.set_total(2 * (scan.len() as u64 + 12));
    let broke: RefCell<Vec<(i64, usize)>> = RefCell::default();
    let found = search(&scan, Prefer::Unbroken, &|positions| {
        let scenarios: Vec<Scenario> = positions
            .iter()
            .flat_map(|p| [grown(first, *p), grown(second, *p)])
            .collect();
        let runs = trials.all(&scenarios)?;
        let mut out = Vec::new();
        for (position, both) in positions.iter().zip(runs.chunks_exact(2)) {
            let [a, b] = both else { continue };
            for (side, run) in [a, b].into_iter().enumerate() {
                if !run.promises.is_empty() && !run.holds() {
                    broke.borrow_mut().push((*position, side));
                }
            }
            out.push(ordered(&[a.clone(), b.clone()]));
        }
        Ok(out)
    })?;
    let then = pair(found.next_failing.unwrap_or(MOST * GRAIN))?;
    let growth = found.next_failing.map(|p| p as f64 / GRAIN as f64);
    let months = growth
        .zip(monthly)
        .map(|(growth, rate)| growth.ln() / rate.ln_1p());
    let names = names(first, second);
    let cheaper = |[a, b]: &[Figures; 2]| {
        if a.cost_per_month < b.cost_per_month {
            names.first()
        } else {
            names.last()
        }
        .cloned()
        .unwrap_or_default()
    };
    let cheaper_now = (!same_now).then(|| cheaper(&now));
    let currency = &first.cost.currency;
    let today = cheaper_now.as_ref().map_or_else(
        || "Both cost the same today".to_owned(),
        |name| format!("“{name}” is cheaper today ({})", costs(&now, currency)),
    );
    let sentence = match growth {
        None if same_now => format!("{today}, and never differ within {MOST}×."),
        None => format!("{today}, and the other is never cheaper within {MOST}×."),
        Some(growth) => {
            let when = months.map_or_else(String::new, |m| {
                format!(", in {} months at this growth", number(m))
            });
            format!(
                "{today}; “{}” is cheaper from {}× on ({}){when}.",
                cheaper(&then),
                number(growth),
                costs(&then, currency)
            )
        }
    };
    let mut notes = vec![
        "Costs are compared as the scenarios stand: a fixed number of instances costs the same under any load, whether it carries it or not.".to_owned(),
    ];
    let broke = broke.into_inner();
    for (side, name) in names.iter().enumerate() {
        let first_broken = broke
            .iter()
            .filter(|(_, s)| *s == side)
            .map(|(p, _)| *p)
            .min();
        if let Some(position) = first_broken {
            notes.push(format!(
                "“{name}” does not keep every promise at {}×.",
                number(position as f64 / GRAIN as f64)
            ));
        }
    }
    if !found.islands.is_empty() {
        notes.push("Beyond that the order changes again: costs come in steps.".to_owned());
    }
    Ok(BreakEven {
        cheaper_now,
        growth,
        months,
        now,
        then,
        runs: trials.runs(),
        sentence,
        notes,
    })
}

fn costs([a, b]: &[Figures; 2], currency: &str) -> String {
    let low = a.cost_per_month.min(b.cost_per_month);
    let high = a.cost_per_month.max(b.cost_per_month);
    format!(
        "{} instead of {} {currency} a month",
        number(low),
        number(high)
    )
}

/// Two names that can be told apart.
fn names(first: &Scenario, second: &Scenario) -> [String; 2] {
    if first.name == second.name || first.name.is_empty() || second.name.is_empty() {
        ["the first".to_owned(), "the second".to_owned()]
    } else {
        [first.name.clone(), second.name.clone()]
    }
}
