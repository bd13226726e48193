//! What `headroom stats` says about metric series and outages.

use serde::Serialize;

use crate::calendar::{Instant, TimeRange};
use crate::dataset::resample::quantile_r7;
use crate::dataset::uptime::{Bound, resolve};
use crate::dataset::{
    DatasetError, MetricTable, Series, SeriesKind, Source, State, StateTotals, UptimeTable,
};

/// One series in short.
#[derive(Clone, Debug, Serialize)]
pub(super) struct SeriesStats {
    pub(super) name: String,
    pub(super) unit: String,
    pub(super) kind: SeriesKind,
    pub(super) points: u64,
    pub(super) first: Option<Instant>,
    pub(super) last: Option<Instant>,
    pub(super) step_secs: Option<f64>,
    pub(super) gaps: u64,
    pub(super) min: Option<f64>,
    pub(super) mean: Option<f64>,
    pub(super) p95: Option<f64>,
    pub(super) max: Option<f64>,
}

/// Up and down over the time that the files speak of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(super) struct Outages {
    /// Degraded time included.
    pub(super) up_secs: f64,
    pub(super) down_secs: f64,
    pub(super) unknown_secs: f64,
    pub(super) maintenance_secs: f64,
    pub(super) incidents: u64,
    /// The longest of them; none without any.
    pub(super) longest_secs: Option<f64>,
    /// Where outages were seen by checks only: the least and the most downtime that they allow.
    pub(super) down_secs_least: Option<f64>,
    pub(super) down_secs_most: Option<f64>,
}

/// How long a service was in each state, where the file does not say when.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct TotalsLine {
    #[serde(flatten)]
    pub(super) totals: StateTotals,
    /// Percent of the known time that was not down, maintenance left out.
    pub(super) up_percent: Option<f64>,
}

/// Totals of all uptime tables.
pub(super) fn totals(sources: &[&Source]) -> Vec<TotalsLine> {
    let tables = sources.iter().filter_map(|s| s.uptime.as_ref());
    tables
        .flat_map(|table| &table.totals)
        .map(|totals| {
            let up = totals.up_secs + totals.degraded_secs;
            let known = up + totals.down_secs;
            TotalsLine {
                totals: totals.clone(),
                up_percent: (known > 0).then(|| 100.0 * up as f64 / known as f64),
            }
        })
        .collect()
}

/// Each series of a table.
pub(super) fn series_stats(
    table: &MetricTable,
    range: TimeRange,
) -> Result<Vec<SeriesStats>, DatasetError> {
    (0..table.series.len())
        .map(|index| Ok(one_series(&table.series(index)?, range)))
        .collect()
}

fn one_series(series: &Series, range: TimeRange) -> SeriesStats {
    let whole = range == TimeRange::ALL;
    let inside = series.within(range);
    let mut sorted = inside.values.clone();
    sorted.sort_unstable_by(f64::total_cmp);
    let n = sorted.len();
    SeriesStats {
        name: inside.info.display_name(),
        unit: inside.info.unit.clone(),
        kind: inside.info.kind,
        points: n as u64,
        first: inside.times.first().copied(),
        last: inside.times.last().copied(),
        step_secs: inside.info.step_secs,
        gaps: if whole {
            inside.info.gaps
        } else {
            gaps(&inside)
        },
        min: sorted.first().copied(),
        mean: (n > 0).then(|| sorted.iter().sum::<f64>() / n as f64),
        p95: quantile_r7(&sorted, 0.95),
        max: sorted.last().copied(),
    }
}

/// Steps without a point between the first and the last one.
fn gaps(series: &Series) -> u64 {
    let Some(step) = series.info.step_secs.filter(|s| *s > 0.0) else {
        return 0;
    };
    series
        .times
        .iter()
        .zip(series.times.iter().skip(1))
        .map(|(a, b)| ((b.since(*a).as_secs() / step).round() as u64).saturating_sub(1))
        .sum()
}

/// All uptime tables together; `None` without any. An open row lasts to `as_of`, or to the end of the data.
pub(super) fn outages(
    sources: &[&Source],
    range: TimeRange,
    as_of: Option<Instant>,
) -> Option<Outages> {
    let tables: Vec<UptimeTable> = sources.iter().filter_map(|s| s.uptime.clone()).collect();
    let rows = || tables.iter().flat_map(|t| &t.rows);
    let first = rows().map(|r| r.start).min()?;
    let last = rows()
        .map(|r| r.end.unwrap_or(r.start).max(r.start))
        .max()?;
    let now = as_of.unwrap_or(last);
    let open = rows().any(|r| r.end.is_none());
    let told = TimeRange {
        start: first,
        end: if open { last.max(now) } else { last },
    };
    let Some(told) = told.intersect(range) else {
        return Some(Outages::default());
    };
    let mut sums = Outages::default();
    for interval in resolve(&tables, told, None, now) {
        let secs = interval.range.length().as_secs();
        match interval.state {
            State::Up | State::Degraded => sums.up_secs += secs,
            State::Unknown => sums.unknown_secs += secs,
            State::Maintenance => sums.maintenance_secs += secs,
            State::Down => {
                sums.down_secs += secs;
                sums.incidents += 1;
                sums.longest_secs = Some(sums.longest_secs.map_or(secs, |l| l.max(secs)));
            }
        }
    }
    if tables.iter().any(|t| !t.probe_micros.is_empty()) {
        let down = |bound: Bound| -> f64 {
            let bounded: Vec<UptimeTable> = tables.iter().map(|t| t.at(bound)).collect();
            resolve(&bounded, told, None, now)
                .iter()
                .filter(|i| i.state == State::Down)
                .map(|i| i.range.length().as_secs())
                .sum()
        };
        sums.down_secs_least = Some(down(Bound::Best));
        sums.down_secs_most = Some(down(Bound::Worst));
    }
    Some(sums)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::{OutageRow, SeriesInfo};

    #[test]
    fn a_series_in_short() {
        let series = Series {
            info: SeriesInfo {
                name: "cpu".to_owned(),
                step_secs: Some(60.0),
                ..SeriesInfo::default()
            },
            times: [0, 60, 240, 300].map(Instant::from_secs).to_vec(),
            values: vec![4.0, 1.0, 2.0, 3.0],
        };
        let range = TimeRange {
            start: Instant::from_secs(0),
            end: Instant::from_secs(1_000),
        };
        let stats = one_series(&series, range);
        assert_eq!((stats.points, stats.gaps), (4, 2));
        assert_eq!(
            (stats.min, stats.mean, stats.max),
            (Some(1.0), Some(2.5), Some(4.0))
        );
        assert!((stats.p95.unwrap() - 3.85).abs() < 1e-12);
    }

    #[test]
    fn outages_add_up_to_the_time_told() {
        let row = |start, end: Option<i64>, state| OutageRow {
            start: Instant::from_secs(start),
            end: end.map(Instant::from_secs),
            state,
            service: String::new(),
            note: String::new(),
        };
        let source = Source {
            uptime: Some(UptimeTable {
                rows: vec![
                    row(0, Some(100), State::Down),
                    row(200, Some(260), State::Maintenance),
                    row(300, None, State::Down),
                ],
                incident_list: true,
                ..UptimeTable::default()
            }),
            ..Source::default()
        };
        let sums = outages(&[&source], TimeRange::ALL, Some(Instant::from_secs(350))).unwrap();
        assert_eq!((sums.down_secs, sums.up_secs), (150.0, 140.0));
        assert_eq!((sums.maintenance_secs, sums.incidents), (60.0, 2));
        assert_eq!(sums.longest_secs, Some(100.0));
        assert_eq!(outages(&[], TimeRange::ALL, None), None);
    }
}
