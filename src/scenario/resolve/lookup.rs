//! Finding what a scenario names: a run by its file, a series or a forecast by its name.

use std::sync::Arc;

use super::{Inputs, ResolveError};
use crate::analysis::forecast::Forecast;
use crate::analysis::forecast::gather::{NamedSeries, gather};
use crate::dataset::{ScopeFilter, Source};

/// Names that are listed where none fits.
const LISTED: usize = 8;

fn same(a: &str, b: &str) -> bool {
    a.trim().eq_ignore_ascii_case(b.trim())
}

fn listed(names: &[&str], what: &str) -> String {
    if names.is_empty() {
        return format!("there is no {what} in the data");
    }
    let shown: Vec<&str> = names.iter().take(LISTED).copied().collect();
    let more = names.len().saturating_sub(LISTED);
    let rest = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    format!("there are {}{rest}", shown.join(", "))
}

/// The run that a name means: of the file itself, or of one whose name ends so.
pub(super) fn run<'a>(
    inputs: &Inputs<'a>,
    key: &str,
    name: &str,
) -> Result<&'a Arc<Source>, ResolveError> {
    let plain = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let runs = || inputs.dataset.sources.iter().filter(|s| s.run.is_some());
    if let Some(found) = runs().find(|s| same(&s.info.file_name, plain)) {
        return Ok(found);
    }
    let mut names: Vec<&str> = runs().map(|s| s.info.file_name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    Err(ResolveError::new(
        key,
        format!("no run is called \"{name}\"; {}", listed(&names, "run")),
    ))
}

/// The series that a name means: its own, or a part that only one has.
pub(super) fn series(
    inputs: &Inputs<'_>,
    key: &str,
    name: &str,
) -> Result<NamedSeries, ResolveError> {
    let all = gather(inputs.dataset, &ScopeFilter::default());
    let exact = all
        .iter()
        .find(|s| same(&s.display_name, name) || same(&s.name, name));
    if let Some(found) = exact {
        return Ok(found.clone());
    }
    let lower = name.to_lowercase();
    let parts: Vec<&NamedSeries> = all
        .iter()
        .filter(|s| s.display_name.to_lowercase().contains(&lower))
        .collect();
    if let [only] = parts.as_slice() {
        return Ok((*only).clone());
    }
    let listed_from = if parts.is_empty() {
        all.iter().collect()
    } else {
        parts.clone()
    };
    let names: Vec<&str> = listed_from
        .iter()
        .map(|s| s.display_name.as_str())
        .collect();
    let why = if parts.is_empty() {
        format!("no series is called \"{name}\"")
    } else {
        format!("several series fit \"{name}\"")
    };
    Err(ResolveError::new(
        key,
        format!("{why}; {}", listed(&names, "series")),
    ))
}

/// The forecast of a series.
pub(super) fn forecast<'a>(
    inputs: &Inputs<'a>,
    key: &str,
    name: &str,
) -> Result<&'a Forecast, ResolveError> {
    let found = inputs
        .forecasts
        .iter()
        .find(|f| same(&f.series, name))
        .or_else(|| {
            let lower = name.to_lowercase();
            let mut parts = inputs
                .forecasts
                .iter()
                .filter(|f| f.series.to_lowercase().contains(&lower));
            parts.next().filter(|_| parts.next().is_none())
        });
    found.ok_or_else(|| {
        let names: Vec<&str> = inputs.forecasts.iter().map(|f| f.series.as_str()).collect();
        ResolveError::new(
            key,
            format!(
                "there is no forecast of \"{name}\"; {}",
                listed(&names, "forecast")
            ),
        )
    })
}
