//! The requests of a service step by step: how many, how many of them failed, how long they took.

use std::collections::BTreeMap;

use crate::analysis::capacity::demand_peak::{as_rate, rate_by_name};
use crate::calendar::{TimeRange, Zone};
use crate::dataset::query::SliceCounts;
use crate::dataset::{
    Dataset, DatasetError, Estimator, MetricTable, OutcomeFilter, Role, RunSummary, ScopeFilter,
    Series, Source, ValueCounts,
};
use crate::units::{Micros, Ppm};

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Figure {
    Throughput,
    ErrorRate,
    P95,
}

impl Figure {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Throughput, Self::ErrorRate, Self::P95];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Throughput => "requests per second",
            Self::ErrorRate => "share of failed requests",
            Self::P95 => "P95 of all requests",
        }
    }
}

/// Runs that speak of one service: those of production, else those of tests.
#[derive(Clone, Debug, Default)]
pub(super) struct Traffic<'a> {
    runs: Vec<(&'a RunSummary, TimeRange)>,
}

impl<'a> Traffic<'a> {
    /// The runs of a role that touch a range.
    fn of_role(
        dataset: &'a Dataset,
        scope: &ScopeFilter,
        range: TimeRange,
        role: Role,
    ) -> Result<Self, DatasetError> {
        let mut runs = Vec::new();
        for source in &dataset.sources {
            let info = &source.info;
            let outside = info
                .first
                .zip(info.last)
                .is_some_and(|(first, last)| first >= range.end || last < range.start);
            if info.scope.role != role || !scope.admits(&info.scope) || outside {
                continue;
            }
            if let Some(run) = &source.run
                && let Some(span) = run.span()?
                && span.intersect(range).is_some()
            {
                runs.push((run, span));
            }
        }
        Ok(Self { runs })
    }

    /// What is known of a scope in a range.
    pub fn of(
        dataset: &'a Dataset,
        scope: &ScopeFilter,
        range: TimeRange,
    ) -> Result<Self, DatasetError> {
        let production = Self::of_role(dataset, scope, range, Role::Production)?;
        if production.runs.is_empty() {
            return Self::of_role(dataset, scope, range, Role::Test);
        }
        Ok(production)
    }

    /// Just these runs.
    pub fn of_runs(runs: &[&'a RunSummary]) -> Result<Self, DatasetError> {
        let mut known = Vec::new();
        for run in runs {
            if let Some(span) = run.span()? {
                known.push((*run, span));
            }
        }
        Ok(Self { runs: known })
    }

    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// From the first request to the last one.
    pub fn span(&self) -> Option<TimeRange> {
        self.runs
            .iter()
            .map(|(_, span)| *span)
            .reduce(TimeRange::union)
    }

    /// The shortest step in seconds at which a figure is known.
    pub fn step_secs(&self, figure: Figure) -> f64 {
        let bucket = self.runs.iter().map(|(run, _)| run.bucket_secs).max();
        match figure {
            Figure::P95 => bucket.unwrap_or(60).max(60) as f64,
            _ => 60.0,
        }
    }

    /// Sums by slice, over all runs.
    pub fn counts(&self, slices: &[TimeRange]) -> Result<Vec<SliceCounts>, DatasetError> {
        let mut sums = vec![SliceCounts::default(); slices.len()];
        for (run, _) in &self.runs {
            for (sum, add) in sums
                .iter_mut()
                .zip(run.counts(&run.counted_labels(), slices)?)
            {
                *sum = sum.plus(&add);
            }
        }
        Ok(sums)
    }

    /// Most users at once in a range, runs added up; `None` where no run tells.
    pub fn users(&self, range: TimeRange) -> Result<Option<i64>, DatasetError> {
        let mut users = None;
        for (run, _) in &self.runs {
            if let Some(most) = run.active_users(&[range])?.into_iter().flatten().max() {
                users = Some(users.unwrap_or(0) + most);
            }
        }
        Ok(users)
    }

    /// Response codes of a range with their counts, most frequent first.
    pub fn codes(&self, range: TimeRange) -> Result<Vec<(String, u64)>, DatasetError> {
        let mut all: BTreeMap<String, u64> = BTreeMap::new();
        for (run, _) in self.runs.iter().filter(|(run, _)| run.codes.height() > 0) {
            for (code, count) in run.codes(range)? {
                *all.entry(code).or_default() += count;
            }
        }
        let mut list: Vec<(String, u64)> = all.into_iter().collect();
        list.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Ok(list)
    }

    /// A figure by slice; `None` where nothing is known of it.
    pub fn figure(
        &self,
        figure: Figure,
        slices: &[TimeRange],
    ) -> Result<Vec<Option<f64>>, DatasetError> {
        if figure == Figure::P95 {
            let mut parts: Vec<Vec<ValueCounts>> = vec![Vec::new(); slices.len()];
            for (run, _) in self.runs.iter().filter(|(run, _)| !run.counts_only) {
                let durations =
                    run.durations(&run.counted_labels(), slices, OutcomeFilter::Success)?;
                for (slot, values) in parts.iter_mut().zip(durations) {
                    slot.push(values);
                }
            }
            return Ok(parts
                .iter()
                .map(|p| {
                    ValueCounts::merged(p)
                        .quantile(Ppm(950_000), Estimator::R7)
                        .map(|q| q.millis())
                })
                .collect());
        }
        let counts = self.counts(slices)?;
        Ok(slices
            .iter()
            .zip(counts)
            .map(|(slice, counts)| match figure {
                Figure::ErrorRate => {
                    (counts.count > 0).then(|| counts.errors as f64 / counts.count as f64)
                }
                _ => self
                    .covers(*slice)
                    .then(|| counts.count as f64 / slice.length().as_secs()),
            })
            .collect())
    }

    /// Some run went on through all of a slice.
    fn covers(&self, slice: TimeRange) -> bool {
        let slack = Micros::from_secs(1);
        self.runs.iter().any(|(_, span)| {
            span.start.0 <= slice.start.0.saturating_add(slack.0)
                && span.end.0.saturating_add(slack.0) >= slice.end.0
        })
    }
}

/// The series that says how many requests production served, where no requests themselves are known: a rate whose name
/// speaks of requests, the one with the most points. It may count per minute: see `as_rate`.
pub(super) fn rate_series<'a>(
    dataset: &'a Dataset,
    scope: &ScopeFilter,
) -> Option<(&'a Source, &'a MetricTable, usize)> {
    let mut best: Option<(u64, (&'a Source, &'a MetricTable, usize))> = None;
    for source in &dataset.sources {
        let Some(table) = source.metrics.as_ref().filter(|_| {
            source.info.scope.role == Role::Production && scope.admits(&source.info.scope)
        }) else {
            continue;
        };
        for (index, info) in table.series.iter().enumerate() {
            let name = info.name.to_lowercase();
            let rate = info.unit.trim() == "/s"
                || name.contains("per_sec")
                || rate_by_name(info).is_some();
            let failed = ["error", "fail", "5xx", "4xx"]
                .iter()
                .any(|word| name.contains(word));
            let more = best.is_none_or(|(points, _)| info.points > points);
            if rate && name.contains("request") && !failed && more {
                best = Some((info.points, (source, table, index)));
            }
        }
    }
    best.map(|(_, found)| found)
}

/// A series of requests in requests per second, whatever its name or unit says it counts over.
pub(super) fn per_second(series: Series) -> Series {
    as_rate(&series).map_or(series, |(rate, _)| rate)
}

/// The largest hour of production in a range, in requests per second; `None` where no requests of production are known.
pub fn peak_per_sec(
    dataset: &Dataset,
    scope: &ScopeFilter,
    range: TimeRange,
) -> Result<Option<f64>, DatasetError> {
    let traffic = Traffic::of_role(dataset, scope, range, Role::Production)?;
    let hours = Zone::hours(range);
    Ok(traffic
        .counts(&hours)?
        .into_iter()
        .map(|counts| counts.count as f64 / 3_600.0)
        .filter(|rate| *rate > 0.0)
        .reduce(f64::max))
}
