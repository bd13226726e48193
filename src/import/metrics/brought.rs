//! What an importer of metrics has brought so far, and the source it ends as: series, buckets, up and down.

use std::collections::BTreeMap;

use super::bucket_cells::BucketCells;
use super::le_buckets::LeBuckets;
use super::names::Meaning;
use super::settle::Gathered;
use crate::calendar::{Instant, parse_time};
use crate::dataset::{Source, SourceInfo, UptimeTable};
use crate::import::rejects::Reject;
use crate::import::table::times::is_plausible;
use crate::import::{ImportError, Imported, Intake, Rejects};
use crate::warning::{WarningKind, Warnings};

/// Labels of a series.
pub type Labels = BTreeMap<String, String>;

/// Everything that comes out of one file of metrics.
pub struct Brought<'a> {
    /// The file.
    pub intake: &'a Intake<'a>,
    /// Series.
    pub gathered: Gathered,
    /// Histograms that come reading by reading.
    pub buckets: BucketCells,
    /// Histograms of Prometheus, bucket by bucket.
    pub le_buckets: LeBuckets,
    /// Up and down.
    pub uptime: Option<UptimeTable>,
    /// What was noticed.
    pub warnings: Warnings,
    /// What could not be read.
    pub rejects: Rejects,
    /// Values read.
    pub rows: u64,
    /// The line in which the present document begins.
    pub line: u64,
    /// Times that carried no zone.
    pub without_zone: u64,
}

impl<'a> Brought<'a> {
    /// Nothing yet.
    pub fn new(intake: &'a Intake<'a>) -> Self {
        let range = intake.options.range;
        Self {
            intake,
            gathered: Gathered::new(range),
            buckets: BucketCells::new(range),
            le_buckets: LeBuckets::default(),
            uptime: None,
            warnings: Warnings::default(),
            rejects: Rejects::default(),
            rows: 0,
            line: 0,
            without_zone: 0,
        }
    }

    /// The name of the file without its ending, for series that have none.
    pub fn stem(&self) -> String {
        self.intake
            .path
            .file_stem()
            .map(|s| s.to_string_lossy().into_owned())
            .unwrap_or_default()
    }

    /// One value of a series. A value that the tool knows nothing about (null) is a gap and no loss.
    pub fn point(&mut self, series: usize, at: Instant, value: Option<f64>) {
        if let Some(value) = value {
            self.rows += 1;
            self.gathered.add(series, at, value);
        }
    }

    /// The series of this name; `change` says more about it than its name does.
    pub fn series(
        &mut self,
        name: &str,
        labels: &Labels,
        change: impl FnOnce(&mut Meaning),
    ) -> usize {
        let series = self.gathered.series(name, labels);
        self.gathered.describe(series, change);
        series
    }

    /// Notes something that could not be read. Line 0 stands for the present document.
    pub fn reject(&mut self, line: u64, column: &str, reason: &str, text: &str) {
        let line = if line == 0 { self.line } else { line };
        self.warnings.add_at(
            WarningKind::RejectedRow,
            reason.to_owned(),
            self.intake.example(line, column, text),
        );
        self.rejects.add(Reject {
            line,
            column: column.to_owned(),
            reason: reason.to_owned(),
            text: text.chars().take(1_000).collect(),
        });
    }

    /// A time as JSON holds it: seconds, milliseconds, microseconds or nanoseconds since 1970 by their size, or text.
    pub fn time(&mut self, stamp: &Stamp) -> Option<Instant> {
        let at = match stamp {
            Stamp::Number(number) => epoch(*number)?,
            Stamp::Text(text) => {
                if let Some(at) = text.trim().parse().ok().and_then(epoch) {
                    at
                } else {
                    let parsed = parse_time(text, &self.intake.options.source_zone).ok()?;
                    self.without_zone += u64::from(!parsed.zoned);
                    parsed.at
                }
            }
        };
        is_plausible(at).then_some(at)
    }

    /// The source. `nothing` says why there may be no usable value in the file, and what to do.
    pub fn finish(mut self, nothing: &str) -> Result<Imported, ImportError> {
        let zone = self
            .intake
            .assumed_zone(self.without_zone, &mut self.warnings);
        let spans = [
            self.gathered.span(),
            self.buckets.span(),
            self.le_buckets.span(),
        ];
        // A histogram needs the reading before the range as well.
        let range = self.intake.options.range;
        let first = spans.iter().flatten().map(|s| s.0.max(range.start)).min();
        let last = spans.iter().flatten().map(|s| s.1.min(range.end)).max();
        let counted = self
            .le_buckets
            .settle(self.intake.options.range, &mut self.warnings);
        let buckets = self.buckets.settle(counted, &mut self.warnings)?;
        let table = self.gathered.settle(&mut self.warnings)?;
        if table.series.is_empty() && buckets.is_none() && self.uptime.is_none() {
            return Err(self.intake.unusable(nothing, None));
        }
        Ok(Imported {
            source: Source {
                info: SourceInfo {
                    rows: self.rows,
                    rejected: self.rejects.count,
                    first,
                    last,
                    zone,
                    warnings: self.warnings,
                    ..SourceInfo::default()
                },
                metrics: (!table.series.is_empty()).then_some(table),
                uptime: self.uptime,
                buckets,
                ..Source::default()
            },
            rejects: self.rejects,
        })
    }
}

/// A time as it stands in JSON.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[serde(untagged)]
pub enum Stamp {
    /// Since 1970, in a unit that its size tells.
    Number(f64),
    /// A date, or digits.
    Text(String),
}

/// Seconds up to the year 5138, then milliseconds, microseconds and nanoseconds.
fn epoch(number: f64) -> Option<Instant> {
    let micros = match number.abs() {
        n if n < 1e11 => number * 1e6,
        n if n < 1e14 => number * 1e3,
        n if n < 1e17 => number,
        n if n < 1e20 => number / 1e3,
        _ => return None,
    };
    Some(Instant(micros.round() as i64))
}

/// A number that may be written as text, or be null.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Loose(pub Option<f64>);

impl<'de> serde::Deserialize<'de> for Loose {
    fn deserialize<D: serde::Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(untagged)]
        enum Any {
            Number(f64),
            Text(String),
            Nothing(()),
        }
        Ok(Self(match serde::Deserialize::deserialize(json)? {
            Any::Number(number) => Some(number),
            Any::Text(text) => Some(text.trim().parse().unwrap_or(f64::NAN)),
            Any::Nothing(()) => None,
        }))
    }
}

/// Reads null as if the key were missing.
pub fn or_default<'de, D: serde::Deserializer<'de>, T: Default + serde::Deserialize<'de>>(
    json: D,
) -> Result<T, D::Error> {
    Ok(<Option<T> as serde::Deserialize>::deserialize(json)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_of_a_time_tells_its_unit() {
        for number in [1.5e9, 1.5e12, 1.5e15, 1.5e18] {
            assert_eq!(epoch(number), Some(Instant::from_secs(1_500_000_000)));
        }
        assert_eq!(epoch(1e300), None);
        assert_eq!(epoch(f64::NAN), None);
    }

    #[test]
    fn numbers_may_be_text() {
        let list: Vec<Loose> = serde_json::from_str("[1.5, \"2\", null, \"x\"]").unwrap();
        assert_eq!(
            (list[0].0, list[1].0, list[2].0),
            (Some(1.5), Some(2.0), None)
        );
        assert!(list[3].0.unwrap().is_nan());
        assert!(serde_json::from_str::<Loose>("{}").is_err());
    }
}
