//! Which series there are to forecast. The same series in several files of one scope (one file a month) is one series;
//! demand reads production, so a load test's series is taken only where production has none of that name.
//!
//! A run of the live service (an access log) is a series too: its requests per second.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::calendar::Instant;
use crate::dataset::{
    Dataset, DatasetError, Role, RunSummary, Scope, ScopeFilter, Series, SeriesInfo, SeriesKind,
    Source,
};

/// The name of the series that a run of the live service gives.
pub const REQUESTS: &str = "requests per second";

/// Where in a source a part of a series stands.
#[derive(Clone, Copy, Debug)]
enum Part {
    /// A metric series.
    Series(usize),
    /// The requests of its run.
    Requests,
}

/// A series that can be forecast, put together from its parts.
#[derive(Clone, Debug)]
pub struct NamedSeries {
    /// Name with labels, as people refer to it.
    pub display_name: String,
    /// Name without labels.
    pub name: String,
    /// What it is about.
    pub scope: Scope,
    parts: Vec<(Arc<Source>, Part)>,
}

impl NamedSeries {
    /// Display name, with service and environment where they are known.
    pub fn title(&self) -> String {
        let about: Vec<&str> = [&self.scope.service, &self.scope.environment]
            .into_iter()
            .map(String::as_str)
            .filter(|text| !text.is_empty())
            .collect();
        if about.is_empty() {
            self.display_name.clone()
        } else {
            format!("{} ({})", self.display_name, about.join(", "))
        }
    }

    /// Ids of the sources it comes from.
    pub fn source_ids(&self) -> Vec<String> {
        self.parts
            .iter()
            .map(|(source, _)| source.info.source_id.clone())
            .collect()
    }

    /// Its points; where parts overlap, the later import stands.
    pub fn series(&self) -> Result<Series, DatasetError> {
        let mut merged: Option<Series> = None;
        let mut points: BTreeMap<Instant, f64> = BTreeMap::new();
        for (source, index) in &self.parts {
            let part = match (index, &source.metrics, &source.run) {
                (Part::Series(index), Some(metrics), _) => metrics.series(*index)?,
                (Part::Requests, _, Some(run)) => requests_per_sec(run)?,
                _ => continue,
            };
            if self.parts.len() == 1 {
                return Ok(part);
            }
            points.extend(part.times.iter().copied().zip(part.values.iter().copied()));
            merged.get_or_insert(Series {
                info: part.info,
                ..Series::default()
            });
        }
        let mut series = merged.unwrap_or_default();
        (series.times, series.values) = points.into_iter().unzip();
        series.info.points = series.times.len() as u64;
        series.info.first = series.times.first().copied();
        series.info.last = series.times.last().copied();
        Ok(series)
    }
}

/// All series within a scope, sorted by name.
pub fn gather(dataset: &Dataset, filter: &ScopeFilter) -> Vec<NamedSeries> {
    let mut found: BTreeMap<(String, Scope), NamedSeries> = BTreeMap::new();
    for source in dataset.within(filter) {
        let scope = &source.info.scope;
        let mut put = |display_name: String, name: &str, part: Part| {
            found
                .entry((display_name.clone(), scope.clone()))
                .or_insert_with(|| NamedSeries {
                    display_name,
                    name: name.to_owned(),
                    scope: scope.clone(),
                    parts: Vec::new(),
                })
                .parts
                .push((Arc::clone(source), part));
        };
        for (index, info) in source.metrics.iter().flat_map(|m| &m.series).enumerate() {
            put(info.display_name(), &info.name, Part::Series(index));
        }
        if source.run.is_some() && scope.role == Role::Production {
            put(REQUESTS.to_owned(), REQUESTS, Part::Requests);
        }
    }
    let in_production: BTreeSet<String> = found
        .keys()
        .filter(|(_, scope)| scope.role == Role::Production)
        .map(|(name, _)| name.clone())
        .collect();
    found
        .into_values()
        .filter(|s| s.scope.role == Role::Production || !in_production.contains(&s.display_name))
        .collect()
}

/// Steps of the series of a run, in seconds. Counters of a long run are kept in such steps.
const STEPS: [i64; 4] = [60, 300, 900, 3_600];

/// The requests per second of a run, by the minute or the step in which its counters are kept. Steps without a request
/// are 0; the first and the last step, which the run covers only in part, are left out.
fn requests_per_sec(run: &RunSummary) -> Result<Series, DatasetError> {
    let by_second = run.requests_by_second()?;
    let step = STEPS
        .into_iter()
        .rev()
        .find(|step| by_second.keys().all(|second| second % step == 0))
        .unwrap_or(60);
    let mut series = Series {
        info: SeriesInfo {
            name: REQUESTS.to_owned(),
            unit: "/s".to_owned(),
            kind: SeriesKind::Rate,
            step_secs: Some(step as f64),
            ..SeriesInfo::default()
        },
        ..Series::default()
    };
    let cells: BTreeMap<i64, u64> = by_second.iter().fold(BTreeMap::new(), |mut cells, (s, n)| {
        *cells.entry(s.div_euclid(step)).or_default() += n;
        cells
    });
    let (Some((first, _)), Some((last, _))) = (cells.first_key_value(), cells.last_key_value())
    else {
        return Ok(series);
    };
    // A run of one or two steps has no whole one; a damaged time must not make a series of centuries.
    let whole = if last - first > 1 {
        first + 1..*last
    } else {
        *first..last + 1
    };
    if whole.end - whole.start > MAX_CELLS {
        for (cell, count) in cells {
            series.times.push(Instant::from_secs(cell * step));
            series.values.push(count as f64 / step as f64);
        }
    } else {
        for cell in whole {
            let count = cells.get(&cell).copied().unwrap_or(0);
            series.times.push(Instant::from_secs(cell * step));
            series.values.push(count as f64 / step as f64);
        }
    }
    series.info.points = series.times.len() as u64;
    series.info.first = series.times.first().copied();
    series.info.last = series.times.last().copied();
    Ok(series)
}

/// Ten years of minutes.
const MAX_CELLS: i64 = 5_300_000;

/// The series that a name means: exactly, by its name without labels, or as the only one that contains it.
/// Otherwise all that it could mean.
pub fn find<'a>(all: &'a [NamedSeries], wanted: &str) -> Result<&'a NamedSeries, Vec<String>> {
    let wanted = wanted.trim();
    let lower = wanted.to_lowercase();
    let rules: [&dyn Fn(&NamedSeries) -> bool; 3] = [
        &|s| s.display_name == wanted || s.title() == wanted,
        &|s| s.name == wanted,
        &|s| s.title().to_lowercase().contains(&lower),
    ];
    for rule in rules {
        let matches: Vec<&NamedSeries> = all.iter().filter(|s| rule(s)).collect();
        match matches.as_slice() {
            [] => {}
            [one] => return Ok(one),
            several => return Err(several.iter().map(|s| s.title()).collect()),
        }
    }
    Err(Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str, service: &str) -> NamedSeries {
        NamedSeries {
            display_name: name.to_owned(),
            name: name.split('{').next().unwrap().to_owned(),
            scope: Scope {
                service: service.to_owned(),
                ..Scope::default()
            },
            parts: Vec::new(),
        }
    }

    #[test]
    fn names_are_found_exactly_then_by_part() {
        let all = [
            named("cpu{host=a}", ""),
            named("cpu{host=b}", ""),
            named("disk", ""),
            named("disk_free", ""),
            named("rps", "checkout"),
        ];
        assert_eq!(find(&all, "disk").unwrap().display_name, "disk");
        assert_eq!(find(&all, "HOST=B").unwrap().display_name, "cpu{host=b}");
        assert_eq!(find(&all, "checkout").unwrap().display_name, "rps");
        assert_eq!(find(&all, "cpu").unwrap_err().len(), 2);
        assert_eq!(find(&all, "memory").unwrap_err(), Vec::<String>::new());
    }

    /// Three minutes and a bit of a log: the whole minutes stand, the one without requests as 0.
    #[test]
    fn requests_of_a_live_run_are_a_series() {
        let seconds: [i64; 5] = [
            1_780_272_030,
            1_780_272_060,
            1_780_272_119,
            1_780_272_180,
            1_780_272_245,
        ];
        let counters = polars::prelude::df!(
            "second" => seconds.as_slice(), "label" => [0_i64, 0, 1, 0, 0], "count" => [9_i64, 60, 60, 30, 9]
        )
        .unwrap();
        let labels = ["a", "b"].map(|name| crate::dataset::LabelInfo {
            name: name.to_owned(),
            controller: false,
        });
        let run = RunSummary {
            counters,
            labels: labels.to_vec(),
            ..RunSummary::default()
        };
        let of_role = |role: Role| {
            let mut source = Source {
                run: Some(run.clone()),
                ..Source::default()
            };
            source.info.scope.role = role;
            Dataset {
                sources: vec![Arc::new(source)],
            }
        };
        let all = gather(&of_role(Role::Production), &ScopeFilter::default());
        let series = find(&all, REQUESTS).unwrap().series().unwrap();
        let secs: Vec<i64> = series.times.iter().map(|t| t.secs()).collect();
        assert_eq!(secs, [1_780_272_060, 1_780_272_120, 1_780_272_180]);
        assert_eq!(series.values, [2.0, 0.0, 0.5]);
        assert_eq!(
            (series.info.unit.as_str(), series.info.step_secs),
            ("/s", Some(60.0))
        );
        let test = gather(&of_role(Role::Test), &ScopeFilter::default());
        assert!(test.is_empty(), "a load test is no demand");
    }
}
