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
