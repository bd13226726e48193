//! Which series there are to forecast. The same series in several files of one scope (one file a month) is one series;
//! demand reads production, so a load test's series is taken only where production has none of that name.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::dataset::{Dataset, DatasetError, Role, Scope, ScopeFilter, Series, Source};

/// A series that can be forecast, put together from its parts.
#[derive(Clone, Debug)]
pub struct NamedSeries {
    /// Name with labels, as people refer to it.
    pub display_name: String,
    /// Name without labels.
    pub name: String,
    /// What it is about.
    pub scope: Scope,
    parts: Vec<(Arc<Source>, usize)>,
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
        let mut points: BTreeMap<crate::calendar::Instant, f64> = BTreeMap::new();
        for (source, index) in &self.parts {
            let Some(metrics) = &source.metrics else {
                continue;
            };
            let part = metrics.series(*index)?;
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
        let Some(metrics) = &source.metrics else {
            continue;
        };
        for (index, info) in metrics.series.iter().enumerate() {
            let scope = &source.info.scope;
            found
                .entry((info.display_name(), scope.clone()))
                .or_insert_with(|| NamedSeries {
                    display_name: info.display_name(),
                    name: info.name.clone(),
                    scope: scope.clone(),
                    parts: Vec::new(),
                })
                .parts
                .push((Arc::clone(source), index));
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
}
