//! The options of `headroom forecast` as decided: from what was typed to what the engine takes, with a sentence for what
//! cannot be read.

use super::common::{CliError, CommonArgs};
use super::forecast::{AggregateArg, ForecastArgs};
use crate::analysis::forecast::{Aggregate, ForecastParams, Horizon, Threshold};
use crate::calendar::Zone;
use crate::units::{self, parse_duration, parse_percent};

/// From the arguments as typed to what the engine takes.
pub(super) fn decide(
    args: &ForecastArgs,
    common: &CommonArgs,
    zone: &Zone,
) -> Result<ForecastParams, CliError> {
    let usage = |e: units::UnitError| CliError::usage(e.to_string());
    let mut levels: Vec<&str> = args.level.split(',').map(str::trim).collect();
    levels.sort_unstable();
    if levels != ["80", "95"] {
        return Err(CliError::usage(format!(
            "--level {}: the ranges are always 80 % and 95 %, because those are the ones that are calibrated",
            args.level
        )));
    }
    let defaults = ForecastParams::default();
    let model = Some(args.model.trim())
        .filter(|m| !m.eq_ignore_ascii_case("auto"))
        .map(str::to_owned);
    Ok(ForecastParams {
        zone: zone.clone(),
        horizon: args.horizon.as_deref().map_or(Ok(Horizon::Auto), horizon)?,
        capacity: args.capacity.as_deref().map(threshold).transpose()?,
        aggregate: match args.aggregate {
            AggregateArg::P95 => Aggregate::P95,
            AggregateArg::Max => Aggregate::Max,
            AggregateArg::Mean => Aggregate::Mean,
            AggregateArg::None => Aggregate::None,
        },
        sustain: sustain(&args.sustain)?,
        lead_time: args
            .lead_time
            .as_deref()
            .map_or(Ok(defaults.lead_time), parse_duration)
            .map_err(usage)?,
        model,
        seasons: args.season.as_deref().map_or(Ok(Vec::new()), seasons)?,
        as_of: common.as_of(zone)?,
        seed: args.seed,
        force: args.force,
        ..defaults
    })
}

fn horizon(text: &str) -> Result<Horizon, CliError> {
    let bad = || {
        CliError::usage(format!(
            "--horizon {text}: use a span such as 90d or a number of steps such as 48"
        ))
    };
    if let Ok(steps) = text.trim().parse::<usize>() {
        return (steps > 0).then_some(Horizon::Steps(steps)).ok_or_else(bad);
    }
    let span = parse_duration(text).map_err(|_| bad())?;
    (span.0 > 0).then_some(Horizon::Time(span)).ok_or_else(bad)
}

fn threshold(text: &str) -> Result<Threshold, CliError> {
    let trimmed = text.trim();
    let bad = || {
        CliError::usage(format!(
            "--capacity {text}: use a share such as 80% or a value in the unit of the series such as 500"
        ))
    };
    if trimmed.ends_with('%') {
        let percent = parse_percent(trimmed).map_err(|_| bad())?;
        return Ok(Threshold::Percent(percent.as_percent()));
    }
    trimmed
        .replace([',', '_'], "")
        .parse::<f64>()
        .ok()
        .filter(|v| v.is_finite())
        .map(Threshold::Value)
        .ok_or_else(bad)
}

fn sustain(text: &str) -> Result<(u32, u32), CliError> {
    text.split_once('/')
        .and_then(|(n, m)| Some((n.trim().parse().ok()?, m.trim().parse().ok()?)))
        .filter(|(n, m)| *n >= 1_u32 && n <= m && *m <= 366_u32)
        .ok_or_else(|| {
            CliError::usage(format!(
                "--sustain {text}: use so many of so many days, such as 3/7 or 1/1"
            ))
        })
}

fn seasons(text: &str) -> Result<Vec<usize>, CliError> {
    text.split(',')
        .map(|part| part.trim().parse::<usize>().ok().filter(|n| *n >= 2))
        .collect::<Option<Vec<usize>>>()
        .ok_or_else(|| {
            CliError::usage(format!(
                "--season {text}: use lengths in steps of 2 or more, such as 24,168"
            ))
        })
}
