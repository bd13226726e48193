//! Which input the answer depends on most: each is moved alone to both ends of its range while all others stay
//! (one at a time; what two of them do together is not seen), the largest effect on P95 first.

use serde::{Deserialize, Serialize};

use super::inputs::{inputs, share_words};
use super::{Figures, Judge, Trials};
use crate::analysis::sla::Verdict;
use crate::progress::Progress;
use crate::scenario::{Scenario, SimulateError};

/// What an end of a range gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct End {
    /// The input there, in the unit of the scenario.
    pub value: f64,
    /// Seconds.
    pub p95: f64,
    /// Share, 0..1.
    pub error_rate: f64,
    /// Of 730 hours.
    pub cost_per_month: f64,
    /// Promises that are not kept there.
    pub broken: Vec<String>,
}

/// One input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bar {
    /// In words: `service time`.
    pub input: String,
    /// How far it was moved, in words.
    pub range: String,
    /// Its own value, in the unit of the scenario.
    pub value: f64,
    /// At the low end; `None` where it cannot be run there.
    pub low: Option<End>,
    /// At the high end, likewise.
    pub high: Option<End>,
    /// Largest difference of P95 among low end, own value and high end, seconds.
    pub swing_p95: f64,
    /// The same of the cost of 730 hours.
    pub swing_cost: f64,
    /// Some promise is kept at one end and not at the other, or not as at its own value.
    pub decides: bool,
}

/// All inputs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tornado {
    /// With every input at its own value.
    pub base: Figures,
    /// The largest effect on P95 first.
    pub bars: Vec<Bar>,
    /// Different scenarios that ran.
    pub runs: u32,
    /// The answer in words.
    pub sentence: String,
    /// How it was made.
    pub method: String,
}

/// Moves every input by `spread` (0.2 is ±20 %) to both sides.
pub fn tornado(
    scenario: &Scenario,
    spread: f64,
    judge: &Judge<'_>,
    progress: &Progress,
) -> Result<Tornado, SimulateError> {
    if !(spread > 0.0 && spread < 1.0) {
        return Err(SimulateError::impossible(
            "spread",
            format!("{spread} is no range; it takes a share between 0 and 1, such as 20%"),
        ));
    }
    let inputs = inputs(scenario, spread);
    let trials = Trials::new(judge, progress);
    let mut scenarios = vec![scenario.clone()];
    for input in &inputs {
        scenarios.push(input.low.clone());
        scenarios.push(input.high.clone());
    }
    progress.set_total(scenarios.len() as u64);
    let mut results = trials.each(&scenarios).into_iter();
    let base = results.next().unwrap_or(Err(SimulateError::Cancelled))?;
    let mut bars = Vec::new();
    for input in inputs {
        let [value, low, high] = input.values;
        let low = end(low, results.next())?;
        let high = end(high, results.next())?;
        bars.push(bar(input.name, input.range, value, &base, low, high));
    }
    bars.sort_by(|a, b| {
        (b.swing_p95.total_cmp(&a.swing_p95))
            .then(b.swing_cost.total_cmp(&a.swing_cost))
            .then(a.input.cmp(&b.input))
    });
    Ok(Tornado {
        sentence: sentence(&bars),
        base,
        bars,
        runs: trials.runs(),
        method: format!(
            "Each input was moved alone by {} to both sides while all others stayed; what several do together is not part of it.",
            share_words(spread)
        ),
    })
}

fn end(
    value: f64,
    result: Option<Result<Figures, SimulateError>>,
) -> Result<Option<End>, SimulateError> {
    match result {
        Some(Ok(run)) => Ok(Some(End {
            value,
            p95: run.p95,
            error_rate: run.error_rate,
            cost_per_month: run.cost_per_month,
            broken: run.broken().iter().map(|p| p.name.clone()).collect(),
        })),
        Some(Err(SimulateError::Impossible { .. })) => Ok(None),
        Some(Err(error)) => Err(error),
        None => Err(SimulateError::Cancelled),
    }
}

fn bar(
    name: &str,
    range: String,
    value: f64,
    base: &Figures,
    low: Option<End>,
    high: Option<End>,
) -> Bar {
    let ends = || low.iter().chain(high.iter());
    let swing = |own: f64, of: &dyn Fn(&End) -> f64| {
        let most = ends().map(of).fold(own, f64::max);
        let least = ends().map(of).fold(own, f64::min);
        most - least
    };
    let own: Vec<&str> = base
        .promises
        .iter()
        .filter(|p| p.verdict != Verdict::NoData)
        .filter(|p| base.broken().iter().any(|b| b.name == p.name))
        .map(|p| p.name.as_str())
        .collect();
    let same = |end: &End| {
        end.broken.len() == own.len() && end.broken.iter().all(|n| own.contains(&n.as_str()))
    };
    Bar {
        input: name.to_owned(),
        range,
        value,
        swing_p95: swing(base.p95, &|e| e.p95),
        swing_cost: swing(base.cost_per_month, &|e| e.cost_per_month),
        decides: !ends().all(same),
        low,
        high,
    }
}

fn sentence(bars: &[Bar]) -> String {
    let Some(first) = bars.first().filter(|b| b.swing_p95 > 0.0) else {
        return "None of the inputs moves P95.".to_owned();
    };
    let span = match (&first.low, &first.high) {
        (Some(low), Some(high)) => format!(
            ": P95 is {} at the low end and {} at the high end",
            crate::units::with_unit(low.p95, "s"),
            crate::units::with_unit(high.p95, "s")
        ),
        _ => String::new(),
    };
    let deciding: Vec<&str> = bars
        .iter()
        .filter(|b| b.decides)
        .map(|b| b.input.as_str())
        .collect();
    let verdict = if deciding.is_empty() {
        "No input alone changes a verdict within its range.".to_owned()
    } else {
        format!("Verdicts change with: {}.", deciding.join(", "))
    };
    format!("P95 depends most on the {}{span}. {verdict}", first.input)
}
