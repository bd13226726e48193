//! `headroom forecast`: when do we run out. Exit code 1 where a limit is crossed within the horizon (its P50 lies in
//! it, or the series is over the limit already).

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use rayon::prelude::*;
use serde::Serialize;

use super::common::{CliError, CommonArgs, Outcome, print, print_json, say};
use super::forecast_options::decide;
use super::forecast_plan::{self, Plans};
use super::which_series::{ScopeArgs, listing, named};
use super::{forecast_batch, forecast_first, forecast_kept};
use crate::analysis::decisions::KnownSpan;
use crate::analysis::forecast::gather::{NamedSeries, find, gather};
use crate::analysis::forecast::{Forecast, ForecastError, ForecastParams, Threshold, forecast};
use crate::analysis::free_space::{counts_what_is_free, no_limit_on};
use crate::calendar::Zone;
use crate::project::document::{CapacityLimit, LimitValue};
use crate::units::{self, Micros};
use crate::warning::WarningKind;

/// Most rows of the table for people.
const TABLE_ROWS: usize = 8;
/// More series against one limit than this are listed by when they run out instead of told one by one.
const MOST_WHOLE: usize = 3;

/// What of each day or hour is forecast.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum AggregateArg {
    /// 95th percentile
    #[default]
    P95,
    /// Peak
    Max,
    /// Mean
    Mean,
    /// The series as it is
    None,
}

/// The command line as typed.
#[derive(Clone, Debug, Args)]
pub struct ForecastArgs {
    /// Files with metric series (or --project)
    pub files: Vec<PathBuf>,
    /// Which series: its name, or a part that only one has
    #[arg(long, value_name = "NAME")]
    pub series: Option<String>,
    /// How far to look: 90d, or a number of steps (default: 90d, at most the history)
    #[arg(long, value_name = "SPAN")]
    pub horizon: Option<String>,
    /// The ranges, in percent; only 80,95
    #[arg(long, value_name = "LEVELS", default_value = "80,95")]
    pub level: String,
    /// The limit: 80% or a value in the unit of the series
    #[arg(long, value_name = "LIMIT")]
    pub capacity: Option<String>,
    /// What of each day or hour is forecast
    #[arg(long, value_enum, default_value_t)]
    pub aggregate: AggregateArg,
    /// Over the limit on so many of so many consecutive days
    #[arg(long, value_name = "N/M", default_value = "3/7")]
    pub sustain: String,
    /// Time between ordering and having
    #[arg(long, value_name = "SPAN")]
    pub lead_time: Option<String>,
    /// auto, combination, ets, theta, arima, ces, decomposition, double-seasonal, harmonic, profile, croston, tsb,
    /// bounded, logistic-growth, naive, drift, level, linear, exponential, seasonal-naive
    #[arg(long, value_name = "NAME", default_value = "auto")]
    pub model: String,
    /// Seasons in steps, such as 24,168 (default: those the data show)
    #[arg(long, value_name = "STEPS")]
    pub season: Option<String>,
    /// What takes part
    #[command(flatten)]
    pub scope: ScopeArgs,
    /// Seed of the simulated paths
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Look further ahead than the history is long
    #[arg(long)]
    pub force: bool,
    /// Forecast every series of a long CSV (unique_id,ds,y) into this file
    #[arg(long, value_name = "OUT.csv")]
    pub batch: Option<PathBuf>,
    /// What is known beside the data: changes, events, holidays, additions to the limit (YAML)
    #[arg(long, value_name = "PLAN.yaml")]
    pub plan: Option<PathBuf>,
    /// Holidays, as date,name lines or an iCalendar file
    #[arg(long, value_name = "FILE")]
    pub holidays: Option<PathBuf>,
    /// One JSON document on standard output
    #[arg(long)]
    pub json: bool,
    /// Keeping forecasts, and what became of them
    #[command(flatten)]
    pub kept: forecast_kept::KeptArgs,
}

/// Several forecasts as one document.
#[derive(Debug, Serialize)]
struct Several<'a> {
    forecasts: &'a [Forecast],
    refused: &'a [Refused],
}

#[derive(Debug, Serialize)]
struct Refused {
    series: String,
    reason: String,
}

/// Runs the command.
pub fn run(args: &ForecastArgs, common: &CommonArgs) -> Result<Outcome, CliError> {
    let zone_given = common.zone()?;
    if let Some(output) = &args.batch {
        if args.plan.is_some() || args.holidays.is_some() {
            return Err(CliError::usage(
                "--batch takes no --plan and no --holidays; forecast the series that they are about without --batch",
            ));
        }
        let zone = zone_given.unwrap_or_default();
        let params = decide(args, common, &zone)?;
        return forecast_batch::run(args, common, &params, output);
    }
    if args.kept.scorecard {
        return forecast_kept::scorecard(args, common);
    }
    let (project, loaded) = forecast_kept::load(args, common)?;
    let zone = match zone_given {
        Some(zone) => zone,
        None => Zone::named(&loaded.doc.time_zone)?,
    };
    let params = decide(args, common, &zone)?;
    let scope = args.scope.filter(Some(&loaded));
    let all = gather(&loaded.dataset, &scope);
    let mut keeper = project
        .map(|project| forecast_kept::Keeper::new(project, loaded.doc.clone(), args, &zone))
        .transpose()?;
    let plans = Plans::read(args, &loaded.doc, &zone, &all)?;
    let (mut tasks, unmatched) = choose(args, &all, &loaded.doc.limits, &params)?;
    for (named, params) in &mut tasks {
        plans.add_to(named, &mut params.known);
    }
    let these: Vec<&str> = tasks.iter().map(|(n, _)| n.display_name.as_str()).collect();
    let mut forecasts = Vec::new();
    let mut refused = Vec::new();
    let known_of = |named: &NamedSeries| {
        let decisions = &loaded.doc.decisions;
        decisions.known_of(&named.display_name, &named.scope)
    };
    let results: Vec<Result<Result<Forecast, ForecastError>, CliError>> = tasks
        .par_iter()
        .map(|(named, params)| one(named, params, known_of(named)))
        .collect();
    for ((named, params), result) in tasks.iter().zip(results) {
        match result? {
            Ok(mut result) => {
                result.source_ids = named.source_ids();
                let these = args.series.is_none().then_some(these.as_slice());
                let note = plans.committed_note(&named.display_name, (these, &all));
                if let Some(note) = note {
                    result.warnings.add(WarningKind::Assumed, note);
                }
                if let Some(keeper) = &mut keeper {
                    let asked = (&scope, &zone, params.aggregate);
                    keeper.keep(&result, named, &all, asked, args, common.quiet);
                }
                forecasts.push(result);
            }
            Err(error) => refused.push((named.title(), error)),
        }
    }
    let many = args.series.is_none() && args.capacity.is_some() && forecasts.len() > MOST_WHOLE;
    if many {
        let urgency = |f: &Forecast| {
            f.capacity
                .as_ref()
                .map_or(f64::MAX, forecast_first::urgency)
        };
        forecasts.sort_by(|a, b| urgency(a).total_cmp(&urgency(b)));
    }
    if forecasts.is_empty()
        && let Some((name, error)) = refused.first()
    {
        return Err(refusal(name, error));
    }
    let refused: Vec<Refused> = refused
        .into_iter()
        .map(|(series, error)| Refused {
            series,
            reason: error.to_string(),
        })
        .chain(unmatched)
        .collect();
    show(args, common, &zone, &forecasts, &refused, many)?;
    if let Some(keeper) = keeper {
        keeper.finish()?;
    }
    let finding = forecasts
        .iter()
        .filter_map(|f| f.capacity.as_ref())
        .any(crate::analysis::forecast::CapacityCrossing::is_finding);
    Ok(if finding {
        Outcome::Finding
    } else {
        Outcome::Done
    })
}

/// The forecast of one series, less the spans that are marked as known.
fn one(
    named: &NamedSeries,
    params: &ForecastParams,
    left_out: Vec<KnownSpan>,
) -> Result<Result<Forecast, ForecastError>, CliError> {
    if params.capacity.is_some() && counts_what_is_free(&named.display_name) {
        return Ok(Err(ForecastError::Refused(no_limit_on(
            &named.display_name,
        ))));
    }
    let series = named
        .series()
        .map_err(|e| CliError::new("internal", e.to_string()))?;
    let own = ForecastParams {
        left_out,
        ..params.clone()
    };
    Ok(forecast(&series, &own))
}

fn refusal(name: &str, error: &ForecastError) -> CliError {
    let kind = match error {
        ForecastError::Refused(_) => "no-forecast",
        ForecastError::UnknownModel(..) => "usage",
    };
    CliError::new(kind, format!("{name}: {error}"))
}

/// What to forecast, and how.
type Tasks<'a> = Vec<(&'a NamedSeries, ForecastParams)>;

/// Which series to forecast against which limits, and the limits whose series is not there.
fn choose<'a>(
    args: &ForecastArgs,
    all: &'a [NamedSeries],
    limits: &[CapacityLimit],
    params: &ForecastParams,
) -> Result<(Tasks<'a>, Vec<Refused>), CliError> {
    let with_limit = |limit: &CapacityLimit| {
        let mut own = params.clone();
        own.known.additions.clone_from(&limit.additions);
        own.capacity = Some(match (params.capacity, &limit.limit) {
            // A share of the limit in force, additions included.
            (Some(Threshold::Percent(percent)), LimitValue::Value(value)) => {
                for addition in &mut own.known.additions {
                    addition.take_share(percent / 100.0);
                }
                Threshold::Value(value * percent / 100.0)
            }
            (Some(given), _) => given,
            (None, LimitValue::Value(value)) => Threshold::Value(*value),
            (None, LimitValue::Percent(percent)) => Threshold::Percent(*percent),
        });
        if args.lead_time.is_none() {
            own.lead_time = Micros(i64::from(limit.lead_time_days) * Micros::DAY.0);
        }
        own
    };
    let for_series = |named: &'a NamedSeries| {
        let own = limits
            .iter()
            .find(|l| l.series == named.display_name || l.series == named.title());
        (named, own.map_or_else(|| params.clone(), with_limit))
    };
    if let Some(wanted) = &args.series {
        return Ok((vec![for_series(named(all, wanted)?)], Vec::new()));
    }
    if all.is_empty() {
        return Err(CliError::new(
            "nothing-usable",
            "there is no metric series in the data; a forecast needs values over time, such as a monitoring export",
        ));
    }
    let mut tasks = Vec::new();
    let mut unmatched = Vec::new();
    for limit in limits {
        match find(all, &limit.series) {
            Ok(named) => tasks.push((named, with_limit(limit))),
            Err(several) => unmatched.push(Refused {
                series: limit.series.clone(),
                reason: if several.is_empty() {
                    "there is no such series in the data; its limit was not looked at".to_owned()
                } else {
                    format!(
                        "its limit fits {} series: {}",
                        several.len(),
                        several.join(", ")
                    )
                },
            }),
        }
    }
    match (tasks.as_slice(), all) {
        ([], [one]) => Ok((vec![for_series(one)], unmatched)),
        // One limit for all of them: which runs out first.
        ([], several) if args.capacity.is_some() => {
            Ok((several.iter().map(for_series).collect(), unmatched))
        }
        ([], several) => {
            let mut error = CliError::usage(format!(
                "there are {} series; name one with --series",
                several.len()
            ));
            error.hint = Some(listing(all));
            Err(error)
        }
        _ => Ok((tasks, unmatched)),
    }
}

fn show(
    args: &ForecastArgs,
    common: &CommonArgs,
    zone: &Zone,
    forecasts: &[Forecast],
    refused: &[Refused],
    many: bool,
) -> Result<(), CliError> {
    if !common.quiet {
        // What several forecasts have in common is said once.
        let mut said: Vec<&str> = Vec::new();
        for warning in forecasts.iter().flat_map(|f| f.warnings.iter()) {
            if !said.contains(&warning.message.as_str()) {
                said.push(&warning.message);
                say(&format!("note: {}", warning.message));
            }
        }
    }
    if args.json {
        return match (forecasts, refused) {
            ([one], []) => print_json(one),
            _ => print_json(&Several { forecasts, refused }),
        };
    }
    let first = forecast_first::rows(
        forecasts.iter().map(|f| (f.series.as_str(), f)),
        false,
        |at| at.format(zone, "%Y-%m-%d"),
    );
    if let Some(first) = forecast_first::text(&first).filter(|_| many) {
        print(&first);
        print(&format!(
            "\n{} series forecast; --series NAME shows one with its ranges",
            units::count(forecasts.len() as u64)
        ));
    }
    for (i, result) in forecasts.iter().enumerate().filter(|_| !many) {
        if i > 0 {
            print("");
        }
        print(&text(result, zone));
    }
    for one in refused {
        say(&format!("{}: {}", one.series, one.reason));
    }
    Ok(())
}

/// The answer for a person: a sentence, a small table, and what it is worth.
fn text(result: &Forecast, zone: &Zone) -> String {
    let value = |v: f64| units::with_unit(v, &result.unit);
    let by_hour = result.step_secs < 86_000.0;
    let pattern = if by_hour {
        "%Y-%m-%d %H:%M"
    } else {
        "%Y-%m-%d"
    };
    let mut out = result.sentence(zone);
    out.push_str("\n\n");
    let header = ["when", "expected", "80 % range", "95 % range"].map(str::to_owned);
    let mut rows = vec![header];
    let last = result.points.len().saturating_sub(1);
    let shown = TABLE_ROWS.min(result.points.len());
    for row in 0..shown {
        let index = last * row / shown.saturating_sub(1).max(1);
        if let Some(point) = result.points.get(index) {
            rows.push([
                point.t.format(zone, pattern),
                value(point.mean),
                format!("{} to {}", value(point.lo80), value(point.hi80)),
                format!("{} to {}", value(point.lo95), value(point.hi95)),
            ]);
        }
    }
    let width = |column: usize| {
        rows.iter()
            .filter_map(|r| r.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: [usize; 4] = std::array::from_fn(width);
    for row in &rows {
        let line: Vec<String> = row
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        out.push_str(line.join("  ").trim_end());
        out.push('\n');
    }
    if let Some(known) = forecast_plan::text(result, zone) {
        out.push_str(&format!("\n{known}\n"));
    }
    out.push_str(&format!(
        "\n{}, {} steps. {}",
        result.aggregate, result.n, result.why
    ));
    if let Some(backtest) = &result.backtest {
        out.push_str(&format!("\n{}", judged(backtest)));
    }
    out
}

fn judged(backtest: &crate::analysis::forecast::Backtest) -> String {
    let share = |s: Option<f64>| s.map_or("–".to_owned(), units::percent_of);
    let plain = |s: Option<f64>| s.map_or("–".to_owned(), units::number);
    format!(
        "Backtest ({} origins, {} steps ahead): MASE {} (seasonal naive {}), sMAPE {}; the 80 % range held {}, the 95 % range {}.",
        backtest.folds,
        backtest.horizon,
        plain(backtest.mase),
        plain(backtest.seasonal_naive_mase),
        plain(backtest.smape),
        share(backtest.coverage80),
        share(backtest.coverage95)
    )
}

#[cfg(test)]
#[path = "forecast_tests.rs"]
mod tests;
