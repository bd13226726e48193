//! The questions of `headroom simulate` that take many runs: `--solve`, `--tornado`, `--waterfall` and `--break-even`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Serialize;
use serde_json::{Value, json};

use super::common::CliError;
use super::simulate_load::{Loader, Prepared};
use crate::progress::Progress;
use crate::scenario::compare::{Waterfall, waterfall};
use crate::scenario::file::to_yaml;
use crate::scenario::solve::{
    BreakEven, End, Figures, SizeAnswer, Solution, Tornado, What, Within, break_even,
    cheapest_size, judge_by, solve, tornado,
};
use crate::scenario::{Scenario, SimulateError};
use crate::units::{Ppm, parse_percent};

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SolveArg {
    /// Fewest instances that keep every promise (the minimum, where there is an autoscaler)
    Instances,
    /// Cheapest size and number of instances
    Size,
    /// Highest utilisation target of the autoscaler
    Target,
    /// Smallest cache hit ratio
    HitRatio,
    /// Highest growth of the load
    Growth,
}

/// The command line as typed.
#[derive(Clone, Debug, Default, Args)]
pub struct SolveArgs {
    /// Look for the value at which every promise is just kept
    #[arg(long, value_enum, value_name = "WHAT")]
    pub solve: Option<SolveArg>,
    /// Between which values to look, such as 1..500 (instances), 30%..90% or 1x..20x
    #[arg(long, value_name = "LOW..HIGH", requires = "solve")]
    pub within: Option<String>,
    /// Sizes to try with --solve size, in cores
    #[arg(long, value_name = "CORES", value_delimiter = ',', requires = "solve")]
    pub sizes: Vec<f64>,
    /// Write the scenario with the answer put in
    #[arg(long, value_name = "OUT.yaml", requires = "solve")]
    pub solved: Option<PathBuf>,
    /// Which input the answer depends on most: each moved alone to both sides
    #[arg(long)]
    pub tornado: bool,
    /// How far --tornado moves each input (default: 20%)
    #[arg(long, value_name = "SHARE", requires = "tornado")]
    pub spread: Option<String>,
    /// What turns this scenario into another, part by part
    #[arg(long, value_name = "OTHER.yaml")]
    pub waterfall: Option<PathBuf>,
    /// From which growth on another scenario is cheaper
    #[arg(long, value_name = "OTHER.yaml")]
    pub break_even: Option<PathBuf>,
    /// Growth of the load in a month, for the month of --break-even
    #[arg(long, value_name = "SHARE", requires = "break_even")]
    pub monthly_growth: Option<String>,
}

impl SolveArgs {
    /// Whether anything of it was asked.
    pub fn asked(&self) -> bool {
        self.solve.is_some()
            || self.tornado
            || self.waterfall.is_some()
            || self.break_even.is_some()
    }
}

/// The answer of `--solve`.
#[derive(Debug)]
enum Solved {
    Value(Box<Solution>),
    Size(Box<SizeAnswer>),
}

/// All that was asked.
#[derive(Debug, Default)]
pub(super) struct Answers {
    solved: Option<Solved>,
    tornado: Option<Tornado>,
    waterfall: Option<Waterfall>,
    break_even: Option<BreakEven>,
    currency: String,
}

/// A share such as `5%` or `0.05`.
fn share(text: &str, option: &str) -> Result<f64, CliError> {
    parse_percent(text)
        .map(Ppm::as_fraction)
        .map_err(|e| CliError::usage(format!("{option}: {e}")))
}

/// `1..500`, `30%..90%`, `1x..20x`.
fn range(text: &str) -> Result<Within, CliError> {
    Within::parse(text).ok_or_else(|| {
        CliError::usage(format!(
            "--within takes two values such as 1..500, 30%..90% or 1x..20x, not {text}"
        ))
    })
}

/// Answers the questions about a scenario, by its promises; those of another scenario are not looked at.
pub(super) fn answers(
    args: &SolveArgs,
    loader: &Loader<'_>,
    first: &Prepared,
) -> Result<Answers, CliError> {
    let progress = Progress::default();
    let judge = judge_by(first.promises.as_ref(), &progress);
    let scenario = &first.scenario;
    let wrong = |error: SimulateError| first.wrong(&error);
    let mut out = Answers {
        currency: scenario.cost.currency.clone(),
        ..Answers::default()
    };
    if let Some(what) = args.solve {
        let within = args.within.as_deref().map(range).transpose()?;
        let solved = match what {
            SolveArg::Size => Solved::Size(Box::new(
                cheapest_size(scenario, &args.sizes, within, &judge, &progress).map_err(wrong)?,
            )),
            SolveArg::Instances | SolveArg::Target | SolveArg::HitRatio | SolveArg::Growth => {
                let what = match what {
                    SolveArg::Target => What::Target,
                    SolveArg::HitRatio => What::HitRatio,
                    SolveArg::Growth => What::Growth,
                    SolveArg::Instances | SolveArg::Size => What::Instances,
                };
                Solved::Value(Box::new(
                    solve(scenario, what, within, &judge, &progress).map_err(wrong)?,
                ))
            }
        };
        if let Some(path) = &args.solved {
            write(&solved, path)?;
        }
        out.solved = Some(solved);
    }
    if args.tornado {
        let spread = share(args.spread.as_deref().unwrap_or("20%"), "--spread")?;
        out.tornado = Some(tornado(scenario, spread, &judge, &progress).map_err(wrong)?);
    }
    let named = |prepared: &Prepared| Scenario {
        name: prepared.name(),
        ..prepared.scenario.clone()
    };
    if let Some(path) = &args.waterfall {
        let other = loader.prepared(path)?;
        out.waterfall = Some(
            waterfall(&named(first), &named(&other), &judge, &progress)
                .map_err(|e| other.wrong(&e))?,
        );
    }
    if let Some(path) = &args.break_even {
        let monthly = args
            .monthly_growth
            .as_deref()
            .map(|text| share(text, "--monthly-growth"))
            .transpose()?;
        let other = loader.prepared(path)?;
        out.break_even = Some(
            break_even(&named(first), &named(&other), monthly, &judge, &progress)
                .map_err(|e| other.wrong(&e))?,
        );
    }
    Ok(out)
}

fn write(solved: &Solved, path: &std::path::Path) -> Result<(), CliError> {
    let scenario = match solved {
        Solved::Value(found) => found.scenario.as_ref(),
        Solved::Size(found) => found.scenario.as_ref(),
    };
    let Some(scenario) = scenario else {
        return Err(CliError::new(
            "no-answer",
            "--solved has nothing to write: no value keeps every promise",
        ));
    };
    std::fs::write(path, to_yaml(scenario)).map_err(|e| {
        CliError::new("io", format!("the scenario could not be written: {e}")).about(path)
    })
}

/// Keys that are added to the document of a run.
#[derive(Debug, Default, Serialize)]
pub(super) struct AnswersJson {
    #[serde(skip_serializing_if = "Option::is_none")]
    solve: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tornado: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    waterfall: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    break_even: Option<Value>,
}

impl Answers {
    /// As JSON.
    pub fn json(&self) -> AnswersJson {
        AnswersJson {
            solve: self.solved.as_ref().map(solved_json),
            tornado: self.tornado.as_ref().map(tornado_json),
            waterfall: self.waterfall.as_ref().map(waterfall_json),
            break_even: self.break_even.as_ref().map(break_even_json),
        }
    }

    /// As a page, a part for each question.
    pub fn pages(&self) -> Vec<String> {
        super::simulate_solve_text::pages(&super::simulate_solve_text::Shown {
            solution: match &self.solved {
                Some(Solved::Value(found)) => Some(found),
                _ => None,
            },
            size: match &self.solved {
                Some(Solved::Size(found)) => Some(found),
                _ => None,
            },
            tornado: self.tornado.as_ref(),
            waterfall: self.waterfall.as_ref(),
            break_even: self.break_even.as_ref(),
            currency: &self.currency,
        })
    }
}

fn run_json(run: Option<&Figures>) -> Value {
    run.map_or(Value::Null, |run| {
        json!({
            "p95_ms": run.p95 * 1e3,
            "error_rate": run.error_rate,
            "instances_min": run.instances_min,
            "instances_max": run.instances_max,
            "cost_per_month": run.cost_per_month,
        })
    })
}

fn solved_json(solved: &Solved) -> Value {
    match solved {
        Solved::Value(found) => json!({
            "what": found.what,
            "value": found.value,
            "unit": found.unit,
            "next_failing": found.next_failing,
            "binding": found.binding.as_ref().map(|p| &p.name),
            "also_broken": found.also_broken,
            "bound_by": found.bound_by,
            "runs": found.runs,
            "at_value": run_json(found.at_value.as_ref()),
            "at_next_failing": run_json(found.at_next.as_ref()),
            "tried": found.tried.iter().map(|t| json!({
                "value": t.value,
                "holds": t.holds,
                "p95_ms": t.p95 * 1e3,
                "error_rate": t.error_rate,
                "cost_per_month": t.cost_per_month,
            })).collect::<Vec<Value>>(),
            "sentence": found.sentence,
            "notes": found.notes,
        }),
        Solved::Size(found) => json!({
            "what": "size",
            "value": found.instances,
            "unit": "instances",
            "cores": found.cores,
            "next_failing": found.instances.map(|n| n - 1.0).filter(|n| *n > 0.0),
            "binding": found.chosen().and_then(|s| s.binding.as_ref()).map(|p| &p.name),
            "runs": found.runs,
            "sizes": found.sizes.iter().map(|s| json!({
                "cores": s.cores,
                "instances": s.instances,
                "binding": s.binding.as_ref().map(|p| &p.name),
                "at_value": run_json(s.run.as_ref()),
                "sentence": s.sentence,
            })).collect::<Vec<Value>>(),
            "sentence": found.sentence,
            "notes": found.notes,
        }),
    }
}

fn tornado_json(found: &Tornado) -> Value {
    let end = |end: Option<&End>| {
        end.map(|e| {
            json!({
                "value": e.value,
                "p95_ms": e.p95 * 1e3,
                "error_rate": e.error_rate,
                "cost_per_month": e.cost_per_month,
                "broken": e.broken,
            })
        })
    };
    let bars = found.bars.iter().map(|b| {
        json!({
            "input": b.input,
            "range": b.range,
            "value": b.value,
            "low": end(b.low.as_ref()),
            "high": end(b.high.as_ref()),
            "swing_p95_ms": b.swing_p95 * 1e3,
            "swing_cost_per_month": b.swing_cost,
            "decides": b.decides,
        })
    });
    Value::Array(bars.collect())
}

fn waterfall_json(found: &Waterfall) -> Value {
    let steps = found.steps.iter().map(|s| {
        json!({
            "step": s.name,
            "parts": s.parts,
            "p95_micros": s.change.p95_micros,
            "error_ppm": s.change.error_ppm,
            "cost_cents": s.change.cost_cents,
            "breaks": s.breaks,
            "repairs": s.repairs,
        })
    });
    json!({
        "from": found.from,
        "to": found.to,
        "start": found.start,
        "steps": steps.collect::<Vec<Value>>(),
        "end": found.end,
        "total": found.total,
        "runs": found.runs,
        "method": found.method,
    })
}

fn break_even_json(found: &BreakEven) -> Value {
    let both = |runs: &[Figures; 2]| -> Vec<Value> {
        runs.iter().map(|run| run_json(Some(run))).collect()
    };
    json!({
        "cheaper_now": found.cheaper_now,
        "growth": found.growth,
        "months": found.months,
        "now": both(&found.now),
        "then": both(&found.then),
        "runs": found.runs,
        "sentence": found.sentence,
        "notes": found.notes,
    })
}
