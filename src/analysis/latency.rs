//! What a load test says: the table of labels, the timeline, codes and concurrency, in the shape of `headroom stats --json`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::calendar::{Instant, TimeRange};
use crate::dataset::query::SliceCounts;
use crate::dataset::run::ToolFigures;
use crate::dataset::{
    DatasetError, Estimator, OutcomeFilter, RunSummary, SummaryLine, ValueCount, ValueCounts,
};
use crate::units::{Micros, Ppm};

/// How a run is summed up.
#[derive(Clone, Debug)]
pub struct LatencyParams {
    /// Only this range.
    pub range: TimeRange,
    /// Which outcomes the durations are taken over.
    pub outcomes: OutcomeFilter,
    /// Percentile definition; `None` uses the rule of the tool that wrote the file (`--estimator tool`), its window included.
    pub estimator: Option<Estimator>,
    /// Apdex limits: satisfied and tolerated, at most.
    pub apdex: (Micros, Micros),
    /// Step of the timeline; none without.
    pub every: Option<Micros>,
}

/// One line of the table of labels. Milliseconds; a figure without samples is `None`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LabelStats {
    /// Label, `Total` for all.
    pub label: String,
    /// Requests.
    pub count: u64,
    /// Failed ones.
    pub errors: u64,
    /// 0..=1; `None` where the file does not say which requests failed.
    pub error_rate: Option<f64>,
    /// Mean duration.
    pub mean_ms: Option<f64>,
    /// Shortest.
    pub min_ms: Option<f64>,
    /// Longest.
    pub max_ms: Option<f64>,
    /// Median.
    pub p50_ms: Option<f64>,
    /// 90th percentile.
    pub p90_ms: Option<f64>,
    /// 95th percentile.
    pub p95_ms: Option<f64>,
    /// 99th percentile.
    pub p99_ms: Option<f64>,
    /// 99.9th percentile.
    pub p99_9_ms: Option<f64>,
    /// Requests per second, from first start to last end.
    pub throughput_per_sec: Option<f64>,
    /// Bytes per second received.
    pub received_bytes_per_sec: Option<f64>,
    /// 0..=1, failures count as frustrated.
    pub apdex: Option<f64>,
    /// Names of the percentiles with n(1-p) < 10.
    pub few_samples: Vec<String>,
}

impl LabelStats {
    /// What a tool printed about one label. Percentiles that it does not print stay empty; so does Apdex.
    pub fn of_summary(line: &SummaryLine) -> Self {
        let [p50_ms, p90_ms, p95_ms, p99_ms, p99_9_ms] =
            PERCENTILES.map(|(p, _)| line.percentile_ms(p.0));
        let count = line.count.unwrap_or(0);
        let errors = line.errors.unwrap_or(0);
        Self {
            label: line.label.clone(),
            count,
            errors,
            error_rate: line
                .errors
                .filter(|_| count > 0)
                .map(|errors| errors as f64 / count as f64),
            mean_ms: line.mean_ms,
            min_ms: line.min_ms,
            max_ms: line.max_ms,
            p50_ms,
            p90_ms,
            p95_ms,
            p99_ms,
            p99_9_ms,
            throughput_per_sec: line.throughput_per_sec,
            received_bytes_per_sec: line.received_bytes_per_sec,
            apdex: None,
            few_samples: PERCENTILES
                .iter()
                .filter(|(p, _)| {
                    count > 0
                        && line.percentile_ms(p.0).is_some()
                        && i128::from(count) * i128::from(1_000_000 - p.0) < 10_000_000
                })
                .map(|(_, name)| (*name).to_owned())
                .collect(),
        }
    }
}

/// One step of the timeline of one label.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TimelinePoint {
    /// Start of the step.
    pub t: Instant,
    /// Label, `Total` for all.
    pub label: String,
    /// Requests.
    pub count: u64,
    /// Failed ones.
    pub errors: u64,
    /// Median.
    pub p50_ms: Option<f64>,
    /// 95th percentile.
    pub p95_ms: Option<f64>,
    /// 99th percentile.
    pub p99_ms: Option<f64>,
    /// Most active users in the step.
    pub concurrency: Option<f64>,
}

/// A response code and how often it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeCount {
    /// As it stands in the file.
    pub code: String,
    /// How often.
    pub count: u64,
}

/// Active users.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Concurrency {
    /// Most.
    pub max: Option<f64>,
    /// Mean over the seconds that say.
    pub mean: Option<f64>,
}

/// What a run says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunStats {
    /// `r7`, `r6`, `nearest` or `tool`.
    pub estimator: String,
    /// All labels but transaction controllers.
    pub total: LabelStats,
    /// Each label, sorted.
    pub labels: Vec<LabelStats>,
    /// Response codes, most frequent first.
    pub codes: Vec<CodeCount>,
    /// Active users.
    pub concurrency: Concurrency,
    /// Steps, sorted by time and label, `Total` first.
    pub timeline: Vec<TimelinePoint>,
}

/// The percentiles of the table: quantile and name.
const PERCENTILES: [(Ppm, &str); 5] = [
    (Ppm(500_000), "p50"),
    (Ppm(900_000), "p90"),
    (Ppm(950_000), "p95"),
    (Ppm(990_000), "p99"),
    (Ppm(999_000), "p99_9"),
];

/// The name of the line that sums all labels up.
pub const TOTAL: &str = "Total";

/// Everything counted under one label name, over all runs.
#[derive(Clone, Debug, Default)]
struct Gathered {
    counts: SliceCounts,
    durations: ValueCounts,
    /// Successes within the two limits of the Apdex.
    within: [u64; 2],
    /// Some of the runs do not say which requests failed.
    outcomes_unknown: bool,
}

impl Gathered {
    fn absorb(&mut self, other: Self) {
        self.absorb_counts(&other);
        self.durations = if self.durations.total() == 0 {
            other.durations
        } else {
            ValueCounts::merged([&self.durations, &other.durations])
        };
    }

    fn absorb_counts(&mut self, other: &Self) {
        self.counts = self.counts.plus(&other.counts);
        for (sum, add) in self.within.iter_mut().zip(other.within) {
            *sum += add;
        }
        self.outcomes_unknown |= other.outcomes_unknown;
    }

    fn line(
        &self,
        label: &str,
        params: &LatencyParams,
        rule: Estimator,
        figures: Option<&ToolFigures>,
    ) -> LabelStats {
        let Self {
            counts,
            durations,
            within: [satisfied, tolerated],
            ..
        } = self;
        let mut few_samples = Vec::new();
        let [p50_ms, p90_ms, p95_ms, p99_ms, p99_9_ms] = PERCENTILES.map(|(p, name)| {
            let quantile = durations.quantile(p, rule)?;
            if quantile.few_samples {
                few_samples.push(name.to_owned());
            }
            let tools_own = figures.and_then(|f| f.percentiles_ms.iter().find(|(q, _)| *q == p.0));
            Some(tools_own.map_or_else(|| quantile.millis(), |(_, ms)| *ms))
        });
        let n = counts.count as f64;
        let per_sec = |amount: f64| (counts.span_secs() > 0.0).then(|| amount / counts.span_secs());
        let mean_ns = match params.outcomes {
            OutcomeFilter::All if durations.total() > 0 => Some(counts.sum_ns / n),
            OutcomeFilter::All => None,
            OutcomeFilter::Success => durations.mean_ns(),
        };
        let extremes = durations.extremes();
        LabelStats {
            label: label.to_owned(),
            count: counts.count,
            errors: counts.errors,
            error_rate: (!self.outcomes_unknown).then(|| {
                if counts.count > 0 {
                    counts.errors as f64 / n
                } else {
                    0.0
                }
            }),
            mean_ms: mean_ns.map(|ns| ns / 1e6),
            min_ms: extremes.map(|(low, _)| match params.outcomes {
                OutcomeFilter::All => counts.min_ns as f64 / 1e6,
                OutcomeFilter::Success => low as f64 / 1e6,
            }),
            max_ms: extremes.map(|(_, high)| match params.outcomes {
                OutcomeFilter::All => counts.max_ns as f64 / 1e6,
                OutcomeFilter::Success => high as f64 / 1e6,
            }),
            p50_ms,
            p90_ms,
            p95_ms,
            p99_ms,
            p99_9_ms,
            throughput_per_sec: per_sec(n),
            received_bytes_per_sec: per_sec(counts.received as f64),
            apdex: (durations.total() > 0 && counts.count > 0).then(|| {
                (*satisfied as f64 + tolerated.saturating_sub(*satisfied) as f64 / 2.0) / n
            }),
            few_samples,
        }
    }
}

/// Sums several runs up as one. Labels of the same name are one label, but a controller is never one with a request.
pub fn run_stats(runs: &[&RunSummary], params: &LatencyParams) -> Result<RunStats, DatasetError> {
    let tool = runs.first().map(|r| r.tool).unwrap_or_default();
    let rule = params.estimator.unwrap_or(tool.estimator());
    let mut by_name: BTreeMap<(&str, bool), Gathered> = BTreeMap::new();
    let mut codes: BTreeMap<String, u64> = BTreeMap::new();
    let mut active: BTreeMap<i64, i64> = BTreeMap::new();
    for run in runs {
        let all_labels: Vec<u16> = (0..run.labels.len()).map(|i| i as u16).collect();
        let counts = run.counts_by_label(&all_labels, &[params.range])?;
        let durations = run.durations_by_label(params.range, params.outcomes)?;
        let limits_ns = [params.apdex.0, params.apdex.1].map(|limit| limit.0.saturating_mul(1_000));
        let within = run.successes_within(params.range, limits_ns)?;
        for (((index, label), durations), within) in
            run.labels.iter().enumerate().zip(durations).zip(within)
        {
            let counts = counts
                .get(&(index as u16))
                .and_then(|c| c.first())
                .copied()
                .unwrap_or_default();
            let slot = by_name.entry((&label.name, label.controller)).or_default();
            slot.absorb(Gathered {
                counts,
                durations,
                within,
                outcomes_unknown: run.outcomes_unknown,
            });
        }
        for (code, count) in run.codes(params.range)? {
            *codes.entry(code).or_default() += count;
        }
        for (second, users) in run.active_by_second(params.range)? {
            *active.entry(second).or_default() += users;
        }
    }
    by_name.retain(|_, g| g.counts.count > 0);
    // The tool's own figures hold for one whole file only.
    let figures = |label: &str| match runs {
        [run] if params.estimator.is_none() && params.range == TimeRange::ALL => {
            run.tool_figures.iter().find(|f| f.label == label)
        }
        _ => None,
    };
    // A label after the other goes from its own list to that of all, so that no duration is held twice.
    let mut total = Gathered::default();
    let mut all: Vec<ValueCount> = Vec::new();
    all.reserve_exact(by_name.values().map(|g| g.durations.entries().len()).sum());
    let mut labels = Vec::new();
    for ((name, controller), gathered) in by_name {
        labels.push(gathered.line(name, params, rule, figures(name)));
        if !controller {
            total.absorb_counts(&gathered);
            all.extend_from_slice(gathered.durations.entries());
        }
    }
    total.durations = ValueCounts::new(all);
    let mut codes: Vec<CodeCount> = codes
        .into_iter()
        .map(|(code, count)| CodeCount { code, count })
        .collect();
    codes.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.code.cmp(&b.code)));
    Ok(RunStats {
        estimator: params.estimator.map_or("tool", Estimator::name).to_owned(),
        total: total.line(TOTAL, params, rule, figures(TOTAL)),
        labels,
        codes,
        concurrency: Concurrency {
            max: active.values().max().map(|m| *m as f64),
            mean: (!active.is_empty())
                .then(|| active.values().sum::<i64>() as f64 / active.len() as f64),
        },
        timeline: match params.every {
            Some(every) => timeline(runs, params, every, rule, &active)?,
            None => Vec::new(),
        },
    })
}

/// Most steps of a timeline; a finer step is widened.
const MAX_STEPS: i64 = 100_000;

/// The steps of a timeline: aligned to UTC, whole histogram buckets of the runs, at most 100,000 of them.
pub fn timeline_slices(
    runs: &[&RunSummary],
    range: TimeRange,
    every: Micros,
) -> Result<Vec<TimeRange>, DatasetError> {
    let mut span: Option<TimeRange> = None;
    let mut bucket_secs = 1;
    for run in runs {
        bucket_secs = run.bucket_secs.max(bucket_secs);
        if let Some(own) = run.span()? {
            span = Some(span.map_or(own, |s| s.union(own)));
        }
    }
    let Some(span) = span.and_then(|s| s.intersect(range)) else {
        return Ok(Vec::new());
    };
    let least = span.length().0 / 1_000_000 / MAX_STEPS + 1;
    let wanted = (every.0 / 1_000_000).max(least);
    let step_secs = (wanted + bucket_secs - 1) / bucket_secs * bucket_secs;
    let mut start = span.start.secs().div_euclid(step_secs) * step_secs;
    let mut slices = Vec::new();
    while start < span.end.secs().max(span.start.secs() + 1) {
        slices.push(TimeRange {
            start: Instant::from_secs(start),
            end: Instant::from_secs(start + step_secs),
        });
        start += step_secs;
    }
    Ok(slices)
}

/// Counts and durations of each slice.
type SliceLine = (Vec<SliceCounts>, Vec<ValueCounts>);

fn timeline(
    runs: &[&RunSummary],
    params: &LatencyParams,
    every: Micros,
    rule: Estimator,
    active: &BTreeMap<i64, i64>,
) -> Result<Vec<TimelinePoint>, DatasetError> {
    let slices = timeline_slices(runs, params.range, every)?;
    // By label and controller.
    let mut by_name: BTreeMap<(&str, bool), SliceLine> = BTreeMap::new();
    for run in runs {
        let all_labels: Vec<u16> = (0..run.labels.len()).map(|i| i as u16).collect();
        let mut counts = run.counts_by_label(&all_labels, &slices)?;
        let durations = run.durations_by_label_and_slice(&slices, params.outcomes)?;
        for ((index, label), durations) in run.labels.iter().enumerate().zip(durations) {
            let counts = counts.remove(&(index as u16)).unwrap_or_default();
            let slot = by_name.entry((&label.name, label.controller));
            let slot = slot.or_insert_with(|| {
                (
                    vec![SliceCounts::default(); slices.len()],
                    vec![ValueCounts::default(); slices.len()],
                )
            });
            for (mine, other) in slot.0.iter_mut().zip(&counts) {
                *mine = mine.plus(other);
            }
            for (mine, other) in slot.1.iter_mut().zip(durations) {
                *mine = if mine.total() == 0 {
                    other
                } else {
                    ValueCounts::merged([&*mine, &other])
                };
            }
        }
    }
    let mut points = Vec::new();
    for (index, slice) in slices.iter().enumerate() {
        let users = active
            .range(slice.start.secs()..slice.end.secs())
            .map(|(_, users)| *users)
            .max();
        let mut total = SliceCounts::default();
        let mut all = Vec::new();
        let mut lines = Vec::new();
        for ((name, controller), (counts, durations)) in &by_name {
            let (Some(counts), Some(durations)) = (counts.get(index), durations.get(index)) else {
                continue;
            };
            if counts.count == 0 {
                continue;
            }
            if !controller {
                total = total.plus(counts);
                all.push(durations);
            }
            lines.push(point(slice.start, name, counts, durations, rule, users));
        }
        if !lines.is_empty() {
            let all = ValueCounts::merged(all);
            points.push(point(slice.start, TOTAL, &total, &all, rule, users));
            points.append(&mut lines);
        }
    }
    Ok(points)
}

fn point(
    t: Instant,
    label: &str,
    counts: &SliceCounts,
    durations: &ValueCounts,
    rule: Estimator,
    users: Option<i64>,
) -> TimelinePoint {
    let ms = |p: i64| durations.quantile(Ppm(p), rule).map(|q| q.millis());
    TimelinePoint {
        t,
        label: label.to_owned(),
        count: counts.count,
        errors: counts.errors,
        p50_ms: ms(500_000),
        p95_ms: ms(950_000),
        p99_ms: ms(990_000),
        concurrency: users.map(|u| u as f64),
    }
}

#[cfg(test)]
#[path = "latency_tests.rs"]
mod tests;
