//! A load test bucket by bucket: users, requests in flight, counts and durations. Files of one run (several generators)
//! are added up instant by instant.

use std::collections::BTreeMap;

use crate::calendar::{Instant, TimeRange};
use crate::dataset::{DatasetError, OutcomeFilter, RunSummary, ValueCounts};

/// One bucket of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Moment {
    pub start: Instant,
    /// Active users, where the file says them.
    pub users: Option<i64>,
    /// Requests in flight by Little's law.
    pub in_flight: f64,
    /// How much of the bucket the run covers.
    pub micros: i64,
    pub count: u64,
    pub errors: u64,
    /// Of successful requests.
    pub durations: ValueCounts,
}

impl Moment {
    /// Requests per second.
    pub fn rate(&self) -> f64 {
        self.count as f64 * 1e6 / self.micros.max(1) as f64
    }
}

/// A run, bucket by bucket, as far as requests were sent.
pub(super) fn moments(run: &RunSummary) -> Result<Vec<Moment>, DatasetError> {
    let Some(span) = run.span()? else {
        return Ok(Vec::new());
    };
    let width = run.bucket_secs.max(1);
    let first = span.start.secs().div_euclid(width);
    let last = Instant(span.end.0 - 1).secs().div_euclid(width);
    let slices: Vec<TimeRange> = (first..=last)
        .map(|bucket| TimeRange {
            start: Instant::from_secs(bucket * width),
            end: Instant::from_secs((bucket + 1) * width),
        })
        .collect();
    let labels = run.counted_labels();
    let counts = run.counts(&labels, &slices)?;
    let durations = run.durations(&labels, &slices, OutcomeFilter::Success)?;
    let users = run.active_users(&slices)?;
    let whole_secs = TimeRange {
        start: Instant::from_secs(span.start.secs()),
        end: Instant::from_secs(Instant(span.end.0 - 1).secs() + 1),
    };
    Ok(slices
        .iter()
        .zip(counts)
        .zip(durations)
        .zip(users)
        .filter_map(|(((slice, counts), durations), users)| {
            let micros = slice.intersect(whole_secs)?.length().0;
            (counts.count > 0 && micros > 0).then(|| Moment {
                start: slice.start,
                users,
                in_flight: counts.sum_ns / (micros as f64 * 1e3),
                micros,
                count: counts.count,
                errors: counts.errors,
                durations,
            })
        })
        .collect())
}

/// The files of one run together. A generator that is silent for a moment keeps the users it had.
pub(super) fn moments_of_parts(parts: &[&RunSummary]) -> Result<Vec<Moment>, DatasetError> {
    if let [one] = parts {
        return moments(one);
    }
    let each: Vec<Vec<Moment>> = parts
        .iter()
        .map(|part| moments(part))
        .collect::<Result<_, _>>()?;
    let mut together: BTreeMap<Instant, Moment> = BTreeMap::new();
    for moment in each.iter().flatten() {
        let sum = together.entry(moment.start).or_insert_with(|| Moment {
            start: moment.start,
            ..Moment::default()
        });
        sum.in_flight += moment.in_flight;
        sum.micros = sum.micros.max(moment.micros);
        sum.count += moment.count;
        sum.errors += moment.errors;
        sum.durations = ValueCounts::merged([&sum.durations, &moment.durations]);
    }
    for part in &each {
        let (Some(first), Some(last)) = (part.first(), part.last()) else {
            continue;
        };
        let mut next = part.iter().peekable();
        let mut active = None;
        for (_, sum) in together.range_mut(first.start..=last.start) {
            while let Some(moment) = next.next_if(|m| m.start <= sum.start) {
                active = moment.users.or(active);
            }
            sum.users = match (sum.users, active) {
                (Some(a), Some(b)) => Some(a + b),
                (a, b) => a.or(b),
            };
        }
    }
    Ok(together.into_values().collect())
}
