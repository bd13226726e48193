//! The second half of `headroom capacity`: what is left of the capacity under a demand, how many nodes the demand needs,
//! and when it runs out.

use clap::Args;
use serde::Serialize;

use super::capacity_chain::chain;
use super::capacity_headroom_options::{decide, target_percent};
use super::common::{CliError, CommonArgs, Loaded};
use crate::analysis::capacity::CapacityStudy;
use crate::analysis::capacity::chain::Chain;
use crate::analysis::capacity::demand_peak::{as_rate, peak, plan_as_rate};
use crate::analysis::capacity::headroom::{Ceiling, CeilingBasis, Headroom, headroom};
use crate::analysis::decisions::KnownSpan;
use crate::analysis::forecast::Threshold;
use crate::analysis::forecast::gather::{NamedSeries, find, gather};
use crate::analysis::forecast::plan::ForecastPlan;
use crate::analysis::queueing::Beside;
use crate::analysis::story::ceilings::{Ceilings, side_by_side};
use crate::analysis::story::{Bottleneck, BottleneckParams, bottlenecks};
use crate::calendar::{Instant, Zone};
use crate::dataset::{ScopeFilter, Series};
use crate::project::LimitValue;
use crate::units::{self, Micros, Ppm, parse_percentile, parse_rate};

/// The options about demand, as typed.
#[derive(Clone, Debug, Default, Args)]
pub struct HeadroomArgs {
    /// The demand: a rate such as 500_rps, or a series of requests per second by its name
    #[arg(long, value_name = "SERIES|RATE", help_heading = "Headroom")]
    pub demand: Option<String>,
    /// Which percentile of the series is its peak
    #[arg(
        long,
        value_name = "PERCENTILE",
        default_value = "p99",
        help_heading = "Headroom"
    )]
    pub peak: String,
    /// The demand becomes so many times as much: 10x
    #[arg(long, value_name = "FACTOR", help_heading = "Headroom")]
    pub growth: Option<String>,
    /// By the beginning of this period: 2026-12, 2026-Q4 or a day
    #[arg(long, value_name = "PERIOD", help_heading = "Headroom")]
    pub by: Option<String>,
    /// Nodes that the capacity was measured on
    #[arg(long, value_name = "N", help_heading = "Headroom")]
    pub nodes: Option<u64>,
    /// Nodes that may fail
    #[arg(long, value_name = "F", default_value_t = 0, help_heading = "Headroom")]
    pub fail: u64,
    /// Share of the capacity that stays unused: 20%
    #[arg(
        long,
        value_name = "SHARE",
        default_value = "0%",
        help_heading = "Headroom"
    )]
    pub reserve: String,
    /// Utilisation at which a resource without a limit of its own counts as used up (default: 80%)
    #[arg(long, value_name = "SHARE", help_heading = "Headroom")]
    pub target_utilisation: Option<String>,
    /// Contention between nodes: a number such as 0.02, or "fitted" for that of the curve (default: none)
    #[arg(long, value_name = "SIGMA", help_heading = "Headroom")]
    pub contention: Option<String>,
    /// Price of one node for one hour
    #[arg(long, value_name = "PRICE", help_heading = "Headroom")]
    pub node_hour: Option<f64>,
    /// Currency of the price
    #[arg(
        long,
        value_name = "CODE",
        default_value = "USD",
        help_heading = "Headroom"
    )]
    pub currency: String,
    /// Time between ordering nodes and having them
    #[arg(
        long,
        value_name = "SPAN",
        default_value = "14d",
        help_heading = "Headroom"
    )]
    pub lead_time: String,
    /// Seed of the draws and of the simulated paths
    #[arg(long, default_value_t = 1, help_heading = "Headroom")]
    pub seed: u64,
}

/// What the second half answers.
#[derive(Debug, Default, Serialize)]
pub(super) struct Answer {
    /// What is left.
    pub headroom: Option<Headroom>,
    /// When it runs out.
    pub chain: Option<Chain>,
    /// The queueing model beside the curve.
    pub queueing: Option<Beside>,
    /// What was noticed, for standard error.
    #[serde(skip)]
    pub notes: Vec<String>,
}

impl Answer {
    /// Capacity is short, or is outgrown within the horizon more likely than not.
    pub fn is_finding(&self) -> bool {
        self.headroom.as_ref().is_some_and(|h| h.short)
            || self
                .chain
                .as_ref()
                .is_some_and(|c| c.already_over || c.crossing.p50.is_some())
    }
}

/// What the answer stands on.
pub(super) struct Basis<'a> {
    /// What load tests or a table say.
    pub study: &'a CapacityStudy,
    /// The data behind it and the demand, where there are some.
    pub loaded: Option<&'a Loaded>,
    /// Which of it takes part.
    pub scope: ScopeFilter,
    /// The table varied the number of nodes, not the load.
    pub over_nodes: bool,
}

/// The demand as decided.
pub(super) struct Demand {
    pub rate: f64,
    pub text: String,
    pub series: Option<Series>,
    /// What is known beside the series, in its unit.
    pub plan: ForecastPlan,
    /// Spans of it that are marked as known.
    pub left_out: Vec<KnownSpan>,
}

impl HeadroomArgs {
    /// Options that mean nothing without a demand.
    fn needs_demand(&self) -> Option<&'static str> {
        [
            (self.growth.is_some(), "--growth"),
            (self.by.is_some(), "--by"),
            (self.nodes.is_some(), "--nodes"),
            (self.fail > 0, "--fail"),
            (self.target_utilisation.is_some(), "--target-utilisation"),
            (self.contention.is_some(), "--contention"),
            (self.node_hour.is_some(), "--node-hour"),
        ]
        .into_iter()
        .find_map(|(given, name)| given.then_some(name))
    }
}

pub(super) fn usage(message: impl Into<String>) -> CliError {
    CliError::usage(message)
}

/// Answers what was asked of headroom; only the models side by side without a demand.
pub(super) fn answer(
    args: &HeadroomArgs,
    common: &CommonArgs,
    basis: &Basis<'_>,
) -> Result<Answer, CliError> {
    let mut answer = Answer::default();
    let resources = resources(basis, target_percent(args)?)?;
    if !basis.over_nodes {
        answer.queueing = side_by_side(basis.study, &resources);
    }
    let Some(asked) = &args.demand else {
        return match args.needs_demand() {
            Some(option) => Err(usage(format!(
                "{option} needs --demand: a rate such as 500_rps, or the name of a series"
            ))),
            None => Ok(answer),
        };
    };
    let zone = match (common.zone()?, basis.loaded) {
        (Some(zone), _) => zone,
        (None, Some(loaded)) => Zone::named(&loaded.doc.time_zone)?,
        (None, None) => Zone::utc(),
    };
    let as_of = common.as_of(&zone)?;
    let peak_at = parse_percentile(&args.peak).map_err(|e| usage(format!("--peak: {e}")))?;
    let demand = demand(asked, peak_at, as_of, basis, &mut answer.notes)?;
    let params = decide(args, &demand, basis)?;
    let ceilings = ceilings(basis, &resources, params.nodes);
    answer.notes.extend(ceilings.notes.iter().cloned());
    let Some(mut found) = headroom(&ceilings.list, &params) else {
        let mut error = CliError::new(
            "nothing-usable",
            "nothing in the data gives a ceiling, so there is no headroom to speak of",
        );
        error.hint = Some(match answer.notes.last() {
            Some(note) => note.clone(),
            None => "give a load test, a table of concurrency and throughput, or utilisation of resources together with requests per second".to_owned(),
        });
        return Err(error);
    };
    found.assumed.extend(ceilings.assumed);
    answer.chain = chain(
        args,
        &demand,
        &found,
        &params,
        &zone,
        as_of,
        &mut answer.notes,
    )?;
    answer.headroom = Some(found);
    Ok(answer)
}

/// The resources of the data against their loads.
fn resources(basis: &Basis<'_>, target_percent: Option<f64>) -> Result<Vec<Bottleneck>, CliError> {
    let Some(loaded) = basis.loaded else {
        return Ok(Vec::new());
    };
    let params = BottleneckParams {
        scope: basis.scope.clone(),
        range: None,
        limits: loaded
            .doc
            .limits
            .iter()
            .map(|l| {
                let limit = match l.limit {
                    LimitValue::Value(v) => Threshold::Value(v),
                    LimitValue::Percent(v) => Threshold::Percent(v),
                };
                (l.series.clone(), limit)
            })
            .collect(),
        target_percent,
    };
    bottlenecks(&loaded.dataset, &params).map_err(|e| CliError::new("internal", e.to_string()))
}

/// The demand: a number with a unit of rate, else the series of that name.
fn demand(
    asked: &str,
    peak_at: Ppm,
    as_of: Option<Instant>,
    basis: &Basis<'_>,
    notes: &mut Vec<String>,
) -> Result<Demand, CliError> {
    if asked
        .trim()
        .starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '.')
    {
        let rate = parse_rate(asked).map_err(|e| usage(format!("--demand: {e}")))?;
        if rate.0 <= 0 {
            return Err(usage(format!(
                "--demand {asked}: a rate above zero is needed"
            )));
        }
        return Ok(Demand {
            rate: rate.as_per_sec(),
            text: format!("{} requests/s as given", units::number(rate.as_per_sec())),
            series: None,
            plan: ForecastPlan::default(),
            left_out: Vec::new(),
        });
    }
    let Some(loaded) = basis.loaded else {
        return Err(usage(format!(
            "--demand {asked}: a table has no series; give a rate such as 500_rps, or beside the table a file of metrics or a project with --project"
        )));
    };
    let all = gather(&loaded.dataset, &basis.scope);
    let named = find(&all, asked).map_err(|several| {
        let mut error = if several.is_empty() {
            usage(format!("there is no series \"{asked}\""))
        } else {
            usage(format!(
                "\"{asked}\" fits {} series: {}; name one of them",
                several.len(),
                several.join(", ")
            ))
        };
        let titles: Vec<String> = all.iter().take(30).map(NamedSeries::title).collect();
        error.hint = several.is_empty().then(|| {
            if titles.is_empty() {
                "there is no series in the data; a rate such as 500_rps can be given".to_owned()
            } else {
                format!("series: {}; or a rate such as 500_rps", titles.join(", "))
            }
        });
        error
    })?;
    let mut series = named
        .series()
        .map_err(|e| CliError::new("internal", e.to_string()))?;
    if let Some(now) = as_of {
        series = series.within(crate::calendar::TimeRange {
            start: Instant(i64::MIN),
            end: now.plus(Micros(1)),
        });
    }
    let (rate, assumed) = as_rate(&series).map_err(|why| usage(format!("--demand: {why}")))?;
    notes.extend(assumed);
    let value = peak(&rate, peak_at).ok_or_else(|| {
        CliError::new(
            "nothing-usable",
            format!("\"{}\" has no points before the given time", named.title()),
        )
    })?;
    let days = rate
        .times
        .first()
        .zip(rate.times.last())
        .map_or(0.0, |(first, last)| last.since(*first).as_days());
    let plans = &loaded.doc.forecast_plans;
    Ok(Demand {
        plan: plan_as_rate(&series, &ForecastPlan::of(plans, &named.display_name)),
        left_out: loaded
            .doc
            .decisions
            .known_of(&named.display_name, &named.scope),
        rate: value,
        text: format!(
            "P{} of {} over {} days",
            units::percent(peak_at).trim_end_matches(" %"),
            named.title(),
            units::number(days)
        ),
        series: Some(rate),
    })
}

/// Everything that limits the throughput.
fn ceilings(basis: &Basis<'_>, resources: &[Bottleneck], nodes: Option<u64>) -> Ceilings {
    let (Some(fit), Some(nodes), true) = (&basis.study.usl, nodes, basis.over_nodes) else {
        return Ceilings::of(basis.study, resources);
    };
    let n = nodes as f64;
    let mut found = Ceilings {
        list: vec![Ceiling {
            name: format!("the curve over nodes at {}", units::count(nodes)),
            throughput: fit.usl.throughput(n),
            ci95: fit.band(n),
            basis: CeilingBasis::Curve,
            why: "The throughput that the tests at several node counts give for so many".to_owned(),
            ..Ceiling::default()
        }],
        ..Ceilings::default()
    };
    if n > 2.0 * fit.measured_range.1 {
        found.notes.push(format!(
            "{} nodes are more than twice the {} that were tested",
            units::count(nodes),
            units::number(fit.measured_range.1)
        ));
    }
    found.with_resources(resources);
    found
}
