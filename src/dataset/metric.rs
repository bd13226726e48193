//! Metric series in long form, with what is known about each: unit, kind, step.

use std::collections::BTreeMap;

use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::DatasetError;
use crate::calendar::{Instant, TimeRange};

/// What the values of a series are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeriesKind {
    /// A level at an instant.
    #[default]
    Gauge,
    /// Events per second.
    Rate,
    /// Events or amounts in each step.
    Count,
}

/// What is known about one series.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SeriesInfo {
    /// Metric name.
    pub name: String,
    /// Labels (dimensions).
    pub labels: BTreeMap<String, String>,
    /// Unit as printed: `%`, `ms`, `s`, `bytes`, `/s`, or empty where unknown.
    pub unit: String,
    /// What the values are.
    pub kind: SeriesKind,
    /// It was a counter in the source and has been turned into a rate.
    pub from_counter: bool,
    /// The usual distance between points in seconds, where there is one.
    pub step_secs: Option<f64>,
    /// Number of points.
    pub points: u64,
    /// Steps without a point between first and last.
    pub gaps: u64,
    /// First point.
    pub first: Option<Instant>,
    /// Last point.
    pub last: Option<Instant>,
}

impl SeriesInfo {
    /// The name with its labels: `cpu{instance=a, mode=user}`.
    pub fn display_name(&self) -> String {
        if self.labels.is_empty() {
            return self.name.clone();
        }
        let labels: Vec<String> = self
            .labels
            .iter()
            .map(|(k, v)| format!("{k}={v}"))
            .collect();
        format!("{}{{{}}}", self.name, labels.join(", "))
    }
}

/// The distance in seconds that at least half of the points keep to within 10 %: the most common one (of at least a
/// tenth), else the median.
/// `None` for less than two points, and where points come at no particular distance. Instants must rise.
pub fn usual_step_secs(times: &[Instant]) -> Option<f64> {
    let mut distances: Vec<i64> = times
        .windows(2)
        .filter_map(|pair| Some(pair.last()?.since(*pair.first()?).0))
        .filter(|micros| *micros > 0)
        .collect();
    distances.sort_unstable();
    let common = distances
        .chunk_by(|a, b| a == b)
        .rev()
        .max_by_key(|run| run.len())
        .filter(|run| run.len() > 1 && run.len() * 10 >= distances.len())
        .and_then(|run| run.first().copied());
    let median = distances.get(distances.len() / 2).copied();
    let kept_by_half = |step: &i64| {
        let slack = step / 10;
        let from = distances.partition_point(|d| *d < step.saturating_sub(slack));
        let to = distances.partition_point(|d| *d <= step.saturating_add(slack));
        (to - from) * 2 >= distances.len()
    };
    [common, median]
        .into_iter()
        .flatten()
        .find(kept_by_half)
        .map(|micros| micros as f64 / 1e6)
}

/// How many steps between neighbouring points have no point. Instants must rise.
pub fn missing_steps(times: &[Instant], step_secs: f64) -> u64 {
    if step_secs <= 0.0 {
        return 0;
    }
    times
        .windows(2)
        .filter_map(|pair| Some(pair.last()?.since(*pair.first()?).as_secs()))
        .map(|secs| ((secs / step_secs).round() - 1.0).max(0.0) as u64)
        .fold(0, u64::saturating_add)
}

/// All series of one source.
#[derive(Clone, Debug, Default)]
pub struct MetricTable {
    /// One entry a series; the frame refers to them by index.
    pub series: Vec<SeriesInfo>,
    /// `series` u32, `t` i64 (µs since the epoch), `value` f64. Sorted by series and time, one point an instant, values finite.
    pub points: DataFrame,
}

/// One series as plain values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// What is known about it.
    pub info: SeriesInfo,
    /// Instants, rising.
    pub times: Vec<Instant>,
    /// One value an instant, finite.
    pub values: Vec<f64>,
}

impl Series {
    /// The points inside a range.
    #[must_use]
    pub fn within(&self, range: TimeRange) -> Self {
        let start = self.times.partition_point(|t| *t < range.start);
        let end = self.times.partition_point(|t| *t < range.end);
        Self {
            info: self.info.clone(),
            times: self.times.get(start..end).unwrap_or_default().to_vec(),
            values: self.values.get(start..end).unwrap_or_default().to_vec(),
        }
    }
}

impl MetricTable {
    /// One series as plain values.
    pub fn series(&self, index: usize) -> Result<Series, DatasetError> {
        let damaged = |what: &str| DatasetError::Damaged(what.to_owned());
        let info = self
            .series
            .get(index)
            .ok_or_else(|| damaged("no such series"))?;
        let keys = self.points.column("series")?.u32()?;
        let keys = keys.rechunk();
        let keys = keys.cont_slice()?;
        let wanted = index as u32;
        let start = keys.partition_point(|k| *k < wanted);
        let end = keys.partition_point(|k| *k <= wanted);
        let slice = self.points.slice(start as i64, end - start);
        let times = slice
            .column("t")?
            .i64()?
            .into_no_null_iter()
            .map(Instant)
            .collect();
        let values = slice.column("value")?.f64()?.into_no_null_iter().collect();
        Ok(Series {
            info: info.clone(),
            times,
            values,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(values: &[i64]) -> Vec<Instant> {
        values.iter().map(|s| Instant::from_secs(*s)).collect()
    }

    #[test]
    fn the_usual_step_is_what_most_points_keep_to() {
        let regular = secs(&[0, 300, 600, 1_500, 1_800]);
        assert_eq!(usual_step_secs(&regular), Some(300.0));
        assert_eq!(missing_steps(&regular, 300.0), 2);
        assert_eq!(
            usual_step_secs(&secs(&[0, 299, 600, 900, 1_203])),
            Some(301.0)
        );
        assert_eq!(usual_step_secs(&secs(&[0, 1, 10, 100, 1_000])), None);
        assert_eq!(usual_step_secs(&secs(&[7])), None);
    }
}
