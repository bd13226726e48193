//! Durations that a monitoring system exported as buckets: each count lies somewhere between two bounds, so a limit
//! inside the deciding bucket proves nothing (SEMANTICS "Histogram buckets").

use std::collections::BTreeMap;

use polars::prelude::DataType;

use super::SlaError;
use super::judge::Context;
use super::objective::Objective;
use super::select::Picker;
use super::sliced::Grid;
use crate::calendar::Instant;
use crate::dataset::histogram::ValueCount;
use crate::dataset::{BucketSummary, DatasetError, Role, Source, ValueCounts};

/// A source of buckets with the labels that belong to an objective.
pub(super) struct PickedBuckets<'a> {
    pub source: &'a Source,
    buckets: &'a BucketSummary,
    labels: Vec<bool>,
}

fn column(buckets: &BucketSummary, name: &str) -> Result<Vec<i64>, DatasetError> {
    let column = buckets.cells.column(name)?.cast(&DataType::Int64)?;
    Ok(column.i64()?.into_no_null_iter().collect())
}

/// Bucket sources of a role with labels of the objective; none where they say nothing about the judged time.
pub(super) fn pick<'a>(
    context: &Context<'a>,
    objective: &Objective,
    role: Role,
    picker: &mut Picker,
) -> Result<Vec<PickedBuckets<'a>>, SlaError> {
    let mut picked = Vec::new();
    let mut inside = false;
    for source in context.sources(objective) {
        let Some(buckets) = source
            .buckets
            .as_ref()
            .filter(|_| source.info.scope.role == role)
        else {
            continue;
        };
        let labels: Vec<bool> = buckets
            .labels
            .iter()
            .map(|label| picker.takes(label, &objective.scope, context.file))
            .collect();
        if !labels.contains(&true) {
            continue;
        }
        let passed = context.passed();
        inside |= column(buckets, "t")?
            .iter()
            .any(|t| passed.contains(Instant(t - 1)));
        picked.push(PickedBuckets {
            source,
            buckets,
            labels,
        });
    }
    if !inside {
        picked.clear();
    }
    Ok(picked)
}

/// Adds requests that certainly or possibly took longer than a limit, and all requests, to the steps in which they fell, in
/// `unit`s. Returns the length of a step in seconds.
pub(super) fn slow_steps(
    picked: &[PickedBuckets<'_>],
    limit_ns: i64,
    unit: i128,
    steps: &mut BTreeMap<i64, (i128, i128)>,
) -> Result<i64, DatasetError> {
    let step_secs = picked
        .iter()
        .map(|p| p.buckets.step_secs)
        .fold(1.0, f64::max);
    let step_secs = step_secs.round() as i64;
    for one in picked {
        let [times, labels, highs, counts] =
            ["t", "label", "high_ns", "count"].map(|name| column(one.buckets, name));
        let (times, labels, highs, counts) = (times?, labels?, highs?, counts?);
        for (((time, label), high), count) in times.iter().zip(&labels).zip(&highs).zip(&counts) {
            let wanted = usize::try_from(*label)
                .ok()
                .and_then(|l| one.labels.get(l))
                .copied()
                .unwrap_or_default();
            if wanted {
                // The step that ends at this time.
                let second = (time - 1).div_euclid(step_secs * 1_000_000) * step_secs;
                let amount = i128::from(*count) * unit;
                let step = steps.entry(second).or_default();
                step.1 += amount;
                if *high > limit_ns {
                    step.0 += amount;
                }
            }
        }
    }
    Ok(step_secs)
}

/// The durations of each slice. A step belongs to the slice in which it ends.
pub(super) fn durations(
    picked: &[PickedBuckets<'_>],
    grid: &Grid,
) -> Result<Vec<ValueCounts>, SlaError> {
    let mut entries: Vec<Vec<ValueCount>> = grid.cells.iter().map(|_| Vec::new()).collect();
    for one in picked {
        let [times, labels, lows, highs, counts] =
            ["t", "label", "low_ns", "high_ns", "count"].map(|name| column(one.buckets, name));
        let (times, labels, lows) = (times?, labels?, lows?);
        let (highs, counts) = (highs?, counts?);
        for ((((time, label), low), high), count) in times
            .iter()
            .zip(&labels)
            .zip(&lows)
            .zip(&highs)
            .zip(&counts)
        {
            let wanted = usize::try_from(*label)
                .ok()
                .and_then(|l| one.labels.get(l))
                .copied()
                .unwrap_or_default();
            let at = Instant(time - 1);
            let cell = grid.cells.partition_point(|c| c.start <= at).checked_sub(1);
            let inside = cell.filter(|i| grid.cells.get(*i).is_some_and(|c| c.contains(at)));
            if let (true, Some(slot)) = (wanted, inside.and_then(|i| entries.get_mut(i))) {
                slot.push(ValueCount {
                    // The lower bound is exclusive.
                    low_ns: low.saturating_add(1).min(*high),
                    high_ns: *high,
                    count: u64::try_from(*count).unwrap_or_default(),
                });
            }
        }
    }
    Ok(grid
        .by_slice(entries)
        .into_iter()
        .map(|cells| ValueCounts::new(cells.into_iter().flatten().collect()))
        .collect())
}
