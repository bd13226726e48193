//! The resource that ends first under load: each measured utilisation against the throughput of a run or a period.
//!
//! By the utilisation law (Lazowska et al. 1984, ch. 3) each resource has a line of utilisation over throughput, see
//! [`DemandLine`]; its limit is reached where the line meets it, if the fit is good enough to say so.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::grid::{Grid, step_for};
use super::held_limit::{HeldLimit, limit_of};
use super::held_line::{FEWEST, full_steps, judge};
use super::resource_kind::{is_fill_level, resource};
use super::traffic::{Figure, Traffic, per_second, rate_series};
use crate::analysis::capacity::clipped::{FULL_PERCENT, below_full};
use crate::analysis::capacity::demand::{DemandLine, lagged_points, moves_with};
use crate::analysis::capacity::headroom::{Ceiling, CeilingBasis};
use crate::analysis::forecast::Threshold;
use crate::calendar::TimeRange;
use crate::dataset::{
    Dataset, DatasetError, Role, RunSummary, ScopeFilter, Series, SeriesInfo, Source,
};
use crate::units::{self, Micros};

/// What the load of production is called.
const PRODUCTION: &str = "production";
/// A metric may follow the load by so many steps, as averages over a window do.
const MOST_LAG: usize = 3;
/// How it was found, in a sentence for reports.
pub const METHOD: &str = "Utilisation law: the share of a resource in use grows with the throughput by its demand a request. The demand is the slope of a straight line through the steps of the run, which may follow the load by up to three steps; the limit is where that line reaches it. Where the share rises faster at high load, a curve with a square takes the place of the line. Loads at which the resource is full (98 % or more) are left out, because a full resource shows no more. Proven where R² is at least 0.5, the slope at least three standard errors (widened where neighbouring steps depend on each other), and the limit within five times the measured throughput, and in production only where the share also follows the load from step to step: what fills up (disks, storage) follows what is kept and has a date instead.";

/// What to look at.
#[derive(Clone, Debug, Default)]
pub struct BottleneckParams {
    /// Which sources take part.
    pub scope: ScopeFilter,
    /// The period.
    pub range: Option<TimeRange>,
    /// Limits by display name of the series, in percent.
    pub limits: Vec<(String, Threshold)>,
    /// The limit in percent of those that have none; 80 where it is not said.
    pub target_percent: Option<f64>,
}

/// A resource against the load of one run or period.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Bottleneck {
    /// `production`, or the file of a load test.
    pub load: String,
    /// `CPU`, `memory`, `disk`, `connection pool`, `network`, `queue`.
    pub resource: String,
    /// Service, or the series where none is said.
    pub owner: String,
    /// Display name of the series.
    pub series: String,
    /// Its limit in percent.
    pub limit: f64,
    /// Utilisation in percent over the tenth of the steps with the highest load.
    pub now: f64,
    /// Requests per second in these steps.
    pub at_per_sec: f64,
    /// Percent points for each request per second.
    pub slope: f64,
    /// Standard error of the slope.
    pub slope_se: f64,
    /// Percent without load, by the fit.
    pub idle: f64,
    /// Share of the variation that the fit explains, 0..=1.
    pub r2: f64,
    /// Steps of the fit.
    pub n: usize,
    /// Requests per second at which the limit is reached, where it is proven.
    pub saturation_per_sec: Option<f64>,
    /// Of the resources of its load the first to reach its limit.
    pub first: bool,
    /// Why it is not proven, in words.
    pub reason: Option<String>,
    /// 95 % interval of `saturation_per_sec`.
    pub saturation_ci95: Option<(f64, f64)>,
    /// Seconds by which the utilisation follows the load.
    pub lag_secs: f64,
    /// Utilisation rises faster at high load than the line: the limit comes earlier.
    pub bends_up: bool,
    /// Where the limit stands in another unit than percent: what 100 % is, in words.
    pub whole: Option<String>,
    /// The load is a load test.
    pub from_test: bool,
    /// Steps that are not part of the fit because the resource was full in them or at their load.
    pub left_out: usize,
    /// The load from which on they were left out, in requests per second.
    pub left_out_from: Option<f64>,
    /// Requests per second at which 100 % would be reached.
    pub full_per_sec: Option<f64>,
    /// Where a straight line would reach the limit, if it bends.
    pub straight_per_sec: Option<f64>,
    /// The highest load of the fit, in requests per second.
    pub highest_per_sec: f64,
}

impl Bottleneck {
    /// CPU milliseconds (or those of another resource) of one request, by D = U/X.
    pub fn demand_ms(&self) -> f64 {
        self.slope * 10.0
    }

    /// `CPU of checkout reaches 80 % at 412 requests/s (now 61 % at 310; R² 0.94)`.
    pub fn sentence(&self) -> String {
        let name = self.name();
        let percent = |value: f64| units::grouped(value, usize::from(value.fract().abs() > 1e-9));
        let limit = match &self.whole {
            Some(whole) => format!("{} % of {whole}", percent(self.limit)),
            None => format!("{} %", percent(self.limit)),
        };
        let now = format!(
            "{} % at {}",
            percent((self.now * 10.0).round() / 10.0),
            units::number(self.at_per_sec)
        );
        match (self.saturation_per_sec, &self.reason) {
            (Some(_), _) if self.now >= self.limit => format!(
                "{name} is over its limit of {limit} already ({now} requests/s; R² {:.2})",
                self.r2
            ),
            (Some(at), _) => format!(
                "{name} reaches {limit} at {} requests/s (now {now}; R² {:.2})",
                units::number(at),
                self.r2
            ),
            (None, Some(why)) => format!("{name}: not proven, {why}"),
            (None, None) => format!("{name}: not proven"),
        }
    }
}

impl Bottleneck {
    /// `CPU of checkout`; with its series where no service is known.
    pub fn name(&self) -> String {
        if self.owner == self.series {
            format!("{} ({})", self.resource, self.series)
        } else {
            format!("{} of {}", self.resource, self.owner)
        }
    }

    /// What was left out of the fit, and how it was bent, in words that follow the sentence.
    fn remarks(&self) -> String {
        let mut text = String::new();
        if let Some(from) = self.left_out_from.filter(|_| self.left_out > 0) {
            text.push_str(&format!(
                "; {} of {} steps, those from {} requests/s on, were left out because it is full there ({FULL_PERCENT} % or more) and shows no more",
                units::count(self.left_out as u64),
                units::count((self.n + self.left_out) as u64),
                units::number(from)
            ));
        }
        if let Some(straight) = self.straight_per_sec {
            text.push_str(&format!(
                "; it rises faster at high load, so a curve with a square was fitted (a straight line would say {})",
                units::number(straight)
            ));
            if self
                .saturation_per_sec
                .is_some_and(|at| at > self.highest_per_sec)
            {
                text.push_str(&format!(
                    "; beyond {} requests/s, the highest load measured, the square is extrapolated",
                    units::number(self.highest_per_sec)
                ));
            }
        }
        text
    }

    /// The ceiling on the throughput that it is, where it is proven.
    pub fn ceiling(&self) -> Option<Ceiling> {
        Some(Ceiling {
            name: self.name(),
            throughput: self.saturation_per_sec?,
            ci95: self.saturation_ci95,
            basis: CeilingBasis::Resource,
            why: format!("{}{}", self.sentence(), self.remarks()),
            target_percent: self.whole.is_none().then_some(self.limit),
            full_per_sec: self.full_per_sec.filter(|_| self.whole.is_none()),
        })
    }
}

/// A load that resources are held against.
struct Load<'a> {
    name: String,
    test: bool,
    service: String,
    rates: Rates<'a>,
    range: TimeRange,
}

/// Where requests per second are known from.
enum Rates<'a> {
    Requests(Traffic<'a>),
    Series(Series),
}

/// Holds every resource in percent against every load that overlaps it in time and belongs to the same service.
pub fn bottlenecks(
    dataset: &Dataset,
    params: &BottleneckParams,
) -> Result<Vec<Bottleneck>, DatasetError> {
    let mut list = Vec::new();
    for load in loads(dataset, params)? {
        let mut found = Vec::new();
        for source in dataset.within(&params.scope) {
            let Some(table) = &source.metrics else {
                continue;
            };
            let service = &source.info.scope.service;
            let same = service.is_empty()
                || load.service.is_empty()
                || service.eq_ignore_ascii_case(&load.service);
            if !same {
                continue;
            }
            for (index, info) in table.series.iter().enumerate() {
                let Some((kind, limit)) = resource(info)
                    .filter(|_| overlaps(info, load.range))
                    .and_then(|kind| Some((kind, limit_of(info, params)?)))
                else {
                    continue;
                };
                let series = table.series(index)?;
                if let Some(held) = hold(&load, source, &series, kind, &limit)? {
                    found.push(held);
                }
            }
        }
        let first = found
            .iter()
            .filter_map(|b| b.saturation_per_sec)
            .reduce(f64::min);
        for bottleneck in &mut found {
            bottleneck.first = first.is_some() && bottleneck.saturation_per_sec == first;
        }
        list.extend(found);
    }
    list.sort_by(|a: &Bottleneck, b| {
        let key = |b: &Bottleneck| {
            b.saturation_per_sec
                .map_or(f64::INFINITY, |at| at / b.at_per_sec.max(f64::MIN_POSITIVE))
        };
        key(a)
            .total_cmp(&key(b))
            .then_with(|| (&a.load, &a.series).cmp(&(&b.load, &b.series)))
    });
    Ok(list)
}

/// The runs of the period, each a load, and production by service.
fn loads<'a>(
    dataset: &'a Dataset,
    params: &BottleneckParams,
) -> Result<Vec<Load<'a>>, DatasetError> {
    let mut groups: BTreeMap<(bool, String), Vec<(&'a Source, &'a RunSummary)>> = BTreeMap::new();
    for source in &dataset.sources {
        let info = &source.info;
        let Some(run) = source
            .run
            .as_ref()
            .filter(|_| params.scope.admits(&info.scope))
        else {
            continue;
        };
        let key = match info.scope.role {
            Role::Production => (false, info.scope.service.clone()),
            Role::Test => (true, info.run_id().to_owned()),
        };
        groups.entry(key).or_default().push((source, run));
    }
    let mut list = Vec::new();
    for ((test, _), members) in groups {
        let runs: Vec<&RunSummary> = members.iter().map(|(_, run)| *run).collect();
        let traffic = Traffic::of_runs(&runs)?;
        let within = params.range.unwrap_or(TimeRange::ALL);
        let (Some(range), Some((first, _))) = (
            traffic.span().and_then(|span| span.intersect(within)),
            members.first(),
        ) else {
            continue;
        };
        list.push(Load {
            name: if test {
                first.info.file_name.clone()
            } else {
                PRODUCTION.to_owned()
            },
            test,
            service: first.info.scope.service.clone(),
            rates: Rates::Requests(traffic),
            range,
        });
    }
    if list.iter().all(|load| load.name != PRODUCTION) {
        list.extend(by_series(dataset, params)?);
    }
    Ok(list)
}

/// Production by its series of requests per second.
fn by_series<'a>(
    dataset: &Dataset,
    params: &BottleneckParams,
) -> Result<Option<Load<'a>>, DatasetError> {
    let Some((source, table, index)) = rate_series(dataset, &params.scope) else {
        return Ok(None);
    };
    let series = per_second(table.series(index)?);
    let span = series.times.first().zip(series.times.last());
    let range = span.and_then(|(first, last)| {
        TimeRange {
            start: *first,
            end: last.plus(Micros(1)),
        }
        .intersect(params.range.unwrap_or(TimeRange::ALL))
    });
    Ok(range.map(|range| Load {
        name: PRODUCTION.to_owned(),
        test: false,
        service: source.info.scope.service.clone(),
        rates: Rates::Series(series),
        range,
    }))
}

fn overlaps(info: &SeriesInfo, range: TimeRange) -> bool {
    info.first
        .zip(info.last)
        .is_none_or(|(first, last)| first < range.end && last >= range.start)
}

/// One series against one load; `None` where they have next to nothing in common.
fn hold(
    load: &Load<'_>,
    source: &Source,
    series: &Series,
    kind: &str,
    limit: &HeldLimit,
) -> Result<Option<Bottleneck>, DatasetError> {
    let of_load = match &load.rates {
        Rates::Requests(_) => 0.0,
        Rates::Series(rates) => rates.info.step_secs.unwrap_or(60.0),
    };
    let own = series.info.step_secs.unwrap_or(60.0).max(of_load);
    let (Some(first), Some(last)) = (series.times.first(), series.times.last()) else {
        return Ok(None);
    };
    let covered = TimeRange {
        start: *first,
        end: last.plus(Micros((own * 1e6) as i64)),
    };
    let Some(common) = covered.intersect(load.range) else {
        return Ok(None);
    };
    // Short tests are looked at in the steps of the series.
    let step = if common.length() < Micros::HOUR {
        Micros(((own.max(5.0)) * 1e6) as i64)
    } else {
        step_for(common.length(), own)
    };
    let grid = Grid::over(common, step);
    let Some(used) = grid.means(&series.times, &series.values) else {
        return Ok(None);
    };
    let rates = match &load.rates {
        Rates::Requests(traffic) => traffic.figure(Figure::Throughput, &grid.slices())?,
        Rates::Series(series) => grid
            .means(&series.times, &series.values)
            .unwrap_or_default()
            .into_iter()
            .map(Some)
            .collect(),
    };
    let used: Vec<f64> = used.iter().map(|u| u / limit.whole * 100.0).collect();
    let Some(line) = DemandLine::lagged(&rates, &used, MOST_LAG).filter(|l| l.n >= FEWEST) else {
        return Ok(None);
    };
    let points = lagged_points(&rates, &used, line.lag);
    let kept = match full_steps(series, &grid) {
        Some(full) => {
            let full: Vec<bool> = lagged_points(&rates, &full, line.lag)
                .iter()
                .map(|(_, share)| *share > 0.0)
                .collect();
            below_full(&points, &full)
        }
        None => below_full(&points, &[]),
    };
    let name = series.info.display_name();
    Ok(judge(&points, &kept, &line, limit.percent).map(|mut found| {
        let stranger = if is_fill_level(&series.info) {
            Some("it says how full it is, which follows what is kept and not the requests of the moment; a forecast tells when it is full")
        } else if !load.test && !moves_with(&kept.points) {
            // Years of growth make strangers rise together; a test is too short for that.
            Some("it rises over the same time as the load, not with it")
        } else {
            None
        };
        if let Some(why) = stranger.filter(|_| found.reason.is_none()) {
            found.reason = Some(why.to_owned());
            found.saturation_per_sec = None;
            found.saturation_ci95 = None;
            found.full_per_sec = None;
        }
        found.lag_secs = line.lag as f64 * grid.step.as_secs();
        found.whole.clone_from(&limit.words);
        found.load.clone_from(&load.name);
        found.from_test = load.test;
        kind.clone_into(&mut found.resource);
        found.owner = [&source.info.scope.service, &load.service]
            .into_iter()
            .find(|s| !s.is_empty())
            .unwrap_or(&name)
            .clone();
        found.series = name;
        found
    }))
}

#[cfg(test)]
#[path = "bottleneck_tests.rs"]
mod tests;
