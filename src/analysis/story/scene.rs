//! One breach being looked at: which requests and which figure of the promise stand around it, and what else happened.

use std::collections::BTreeMap;

use super::breach::{BreachStory, LoadAround, StoryError, StoryParams, Touching};
use super::correlate::Target;
use super::grid::{Grid, bridged, step_at_least, step_for};
use super::traffic::{Figure, Traffic, per_second, rate_series};
use crate::analysis::sla::{Breach, Objective, ObjectiveKind, ObjectiveResult};
use crate::calendar::{Instant, TimeRange};
use crate::dataset::{Dataset, DatasetError, MetricTable, Role, ScopeFilter, SeriesInfo};
use crate::units::Micros;

/// Steps by which series are moved, either way.
const MOST_LAG: usize = 60;
/// Times the length of the breach that is looked at on either side.
const MARGIN: i64 = 3;
/// Series may be so many times coarser than the grid.
const COARSEST: i64 = 16;
/// No more runs and outages than this are named.
const MOST_TOUCHING: usize = 8;

/// What a promise is measured by, around one breach.
pub(super) enum Own<'a> {
    Figure(Figure),
    Series(&'a MetricTable, usize),
    Down,
    Slices,
}

/// One breach on its way to its story.
pub(super) struct Scene<'a> {
    pub traffic: Traffic<'a>,
    pub own: Own<'a>,
    /// Series that are the promise's own figure, by source and index.
    pub same: Vec<(String, usize)>,
    /// Rising by their step.
    pub targets: Vec<Target>,
    pub grid_secs: i64,
}

/// Whether a name fits a pattern with `*`.
fn fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    if !pattern.contains('*') {
        return rest.is_empty();
    }
    let parts: Vec<&str> = parts.collect();
    for (index, part) in parts.iter().enumerate() {
        if index + 1 == parts.len() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    true
}

fn of_pattern(pattern: &str, info: &SeriesInfo) -> bool {
    fits(pattern, &info.name) || fits(pattern, &info.display_name())
}

fn around(range: TimeRange, margin: Micros) -> TimeRange {
    TimeRange {
        start: Instant(range.start.0.saturating_sub(margin.0)),
        end: range.end.plus(margin),
    }
}

/// What stands around a breach.
pub(super) fn scene<'a>(
    dataset: &'a Dataset,
    breach: &Breach,
    all: &[Breach],
    objective: Option<&Objective>,
    result: Option<&ObjectiveResult>,
    params: &StoryParams<'_>,
) -> Result<Scene<'a>, StoryError> {
    let range = TimeRange {
        start: breach.start,
        end: breach.end.max(breach.start.plus(Micros(1))),
    };
    let length = range.length();
    let margin = Micros((length.0.saturating_mul(MARGIN)).max(Micros::HOUR.0));
    let scope = ScopeFilter {
        service: objective
            .and_then(|o| o.scope.service.clone())
            .or_else(|| params.scope.service.clone()),
        environment: objective
            .and_then(|o| o.scope.environment.clone())
            .or_else(|| params.scope.environment.clone()),
    };
    let traffic = Traffic::of(dataset, &scope, around(range, margin))?;
    let same = own_series(dataset, objective, result);
    let own = own_figure(dataset, result, &traffic, &same);
    let own_secs = match &own {
        Own::Figure(figure) => traffic.step_secs(*figure),
        Own::Series(table, index) => table
            .series
            .get(*index)
            .and_then(|s| s.step_secs)
            .unwrap_or(60.0),
        Own::Down => 60.0,
        Own::Slices => result
            .and_then(|r| r.slice_list.first())
            .map_or(3_600.0, |s| s.range.length().as_secs()),
    };
    let base = step_for(around(range, margin).length(), own_secs);
    let most = Micros(base.0.max(length.0.min(base.0.saturating_mul(COARSEST))));
    let mut scene = Scene {
        traffic,
        own,
        same,
        targets: Vec::new(),
        grid_secs: base.0 / 1_000_000,
    };
    let mut step = base;
    while step <= most {
        let margin = Micros(margin.0.max(step.0.saturating_mul(MOST_LAG as i64)));
        let grid = Grid::over(around(range, margin), step);
        let lag = usize::try_from(base.0 * MOST_LAG as i64 / step.0).unwrap_or(0);
        if let Some(values) = own_values(&scene, grid, breach, all, result)? {
            scene.targets.extend(Target::new(grid, values, lag));
        }
        let next = step_at_least(step.as_secs() + 1.0);
        if next <= step {
            break;
        }
        step = next;
    }
    Ok(scene)
}

/// The series that a promise is about, by source and index.
fn own_series(
    dataset: &Dataset,
    objective: Option<&Objective>,
    result: Option<&ObjectiveResult>,
) -> Vec<(String, usize)> {
    let pattern = objective.and_then(|o| o.scope.metric.as_deref());
    // A share of failures that is taken from series is no news beside the series of failures.
    let failures = result.is_some_and(|r| r.kind == ObjectiveKind::ErrorRate);
    let is_own = |info: &SeriesInfo| match pattern {
        Some(pattern) => of_pattern(pattern, info),
        None => failures && info.name.to_lowercase().contains("error"),
    };
    let ids = result.map(|r| r.source_ids.as_slice()).unwrap_or_default();
    let mut list = Vec::new();
    for source in &dataset.sources {
        let used = ids.is_empty() || ids.contains(&source.info.source_id);
        for (index, info) in source
            .metrics
            .iter()
            .flat_map(|t| t.series.iter().enumerate())
        {
            if used && is_own(info) {
                list.push((source.info.source_id.clone(), index));
            }
        }
    }
    list
}

fn own_figure<'a>(
    dataset: &'a Dataset,
    result: Option<&ObjectiveResult>,
    traffic: &Traffic<'_>,
    same: &[(String, usize)],
) -> Own<'a> {
    let requests = !traffic.is_empty();
    let by_requests = |figure: Figure| {
        if requests {
            Own::Figure(figure)
        } else {
            Own::Slices
        }
    };
    let Some(result) = result else {
        return Own::Down;
    };
    let counted = result.budget.as_ref().is_some_and(|b| b.unit == "requests");
    match result.kind {
        ObjectiveKind::Latency | ObjectiveKind::ShareUnder => by_requests(Figure::P95),
        ObjectiveKind::ErrorRate => by_requests(Figure::ErrorRate),
        ObjectiveKind::Throughput => by_requests(Figure::Throughput),
        ObjectiveKind::Availability if counted => by_requests(Figure::ErrorRate),
        ObjectiveKind::Availability => Own::Down,
        _ => {
            let one = match same {
                [(id, index)] => dataset
                    .source(id)
                    .and_then(|s| Some(Own::Series(s.metrics.as_ref()?, *index))),
                _ => None,
            };
            one.unwrap_or(Own::Slices)
        }
    }
}

/// The figure of the promise on a grid.
fn own_values(
    scene: &Scene<'_>,
    grid: Grid,
    breach: &Breach,
    all: &[Breach],
    result: Option<&ObjectiveResult>,
) -> Result<Option<Vec<f64>>, StoryError> {
    Ok(match &scene.own {
        Own::Figure(figure) => bridged(&scene.traffic.figure(*figure, &grid.slices())?),
        Own::Series(table, index) => {
            let series = table.series(*index)?;
            grid.means(&series.times, &series.values)
        }
        Own::Slices => {
            let (times, values): (Vec<Instant>, Vec<f64>) = result
                .iter()
                .flat_map(|r| &r.slice_list)
                .filter_map(|s| Some((s.range.start, s.achieved?)))
                .unzip();
            grid.means(&times, &values)
        }
        Own::Down => {
            let near: Vec<TimeRange> = all
                .iter()
                .filter(|b| b.objective == breach.objective)
                .filter_map(|b| {
                    TimeRange {
                        start: b.start,
                        end: b.end,
                    }
                    .intersect(grid.range())
                })
                .collect();
            let down = grid.slices().into_iter().map(|slice| {
                near.iter()
                    .filter_map(|n| n.intersect(slice))
                    .map(|part| part.length().as_secs())
                    .sum::<f64>()
                    / grid.step.as_secs()
            });
            Some(down.collect())
        }
    })
}

/// Everything but the series.
pub(super) fn head(
    dataset: &Dataset,
    breach: &Breach,
    scene: &Scene<'_>,
    params: &StoryParams<'_>,
) -> Result<BreachStory, StoryError> {
    let range = TimeRange {
        start: breach.start,
        end: breach.end,
    };
    let figure = match &scene.own {
        Own::Figure(figure) => figure.name().to_owned(),
        Own::Series(table, index) => table
            .series
            .get(*index)
            .map_or_else(String::new, SeriesInfo::display_name),
        Own::Down => "share of each step that was down".to_owned(),
        Own::Slices => "the values that the promise is judged by".to_owned(),
    };
    let refused = scene.targets.is_empty().then(|| {
        "The figure of this promise is not known finely enough around the breach to compare series with it."
            .to_owned()
    });
    Ok(BreachStory {
        objective: breach.objective.clone(),
        start: breach.start,
        end: breach.end,
        load: load(dataset, &params.scope, &scene.traffic, range)?,
        errors: failures(scene.traffic.codes(range)?),
        touching: touching(dataset, range, params),
        figure,
        grid_secs: scene.grid_secs,
        refused,
        ..BreachStory::default()
    })
}

/// The load by a series of requests per second, where there are no requests.
fn load_by_series(
    dataset: &Dataset,
    scope: &ScopeFilter,
    parts: [TimeRange; 3],
) -> Result<LoadAround, DatasetError> {
    let Some((_, table, index)) = rate_series(dataset, scope) else {
        return Ok(LoadAround::default());
    };
    let series = per_second(table.series(index)?);
    let [before, during, after] = parts.map(|part| {
        let values = series.within(part).values;
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    });
    Ok(LoadAround {
        before_per_sec: before,
        during_per_sec: during,
        after_per_sec: after,
        ..LoadAround::default()
    })
}

fn load(
    dataset: &Dataset,
    scope: &ScopeFilter,
    traffic: &Traffic<'_>,
    range: TimeRange,
) -> Result<LoadAround, DatasetError> {
    let side = Micros(range.length().0.max(5 * Micros::MINUTE.0));
    let parts = [
        TimeRange {
            start: Instant(range.start.0.saturating_sub(side.0)),
            end: range.start,
        },
        range,
        TimeRange {
            start: range.end,
            end: range.end.plus(side),
        },
    ];
    if traffic.is_empty() {
        return load_by_series(dataset, scope, parts);
    }
    let counts = traffic.counts(&parts)?;
    // Where a run begins or ends in a part, only what it covers counts.
    let span = traffic.span();
    let rate = |index: usize| {
        let part = parts.get(index)?.intersect(span?)?;
        let secs = part.length().as_secs();
        (secs > 0.0).then_some(counts.get(index)?.count as f64 / secs)
    };
    let during = counts.get(1).copied().unwrap_or_default();
    Ok(LoadAround {
        before_per_sec: rate(0),
        during_per_sec: rate(1),
        after_per_sec: rate(2),
        users: traffic.users(range)?,
        requests: during.count,
        failed: during.errors,
    })
}

/// Codes that are no success, most frequent first: not 1xx to 3xx, not `OK`.
fn failures(codes: Vec<(String, u64)>) -> Vec<(String, u64)> {
    let fine = |code: &str| {
        code.is_empty()
            || code.eq_ignore_ascii_case("ok")
            || code.parse::<u32>().is_ok_and(|n| (100..400).contains(&n))
    };
    codes.into_iter().filter(|(code, _)| !fine(code)).collect()
}

/// Load tests and rows of outage tables that touch a range.
fn touching(dataset: &Dataset, range: TimeRange, params: &StoryParams<'_>) -> Vec<Touching> {
    let mut list: BTreeMap<(Instant, String), Option<Instant>> = BTreeMap::new();
    for source in dataset.within(&params.scope) {
        let info = &source.info;
        let is_run = source.run.is_some() || source.summary.is_some();
        if info.scope.role == Role::Test
            && is_run
            && let (Some(first), Some(last)) = (info.first, info.last)
            && first < range.end
            && last >= range.start
        {
            list.insert((first, format!("load test {}", info.file_name)), Some(last));
        }
        for row in source.uptime.iter().flat_map(|t| &t.rows) {
            let goes_on = row.end.is_none_or(|end| end > range.start);
            let note = row.note.trim();
            if row.start < range.end && goes_on && !note.is_empty() {
                let what = format!("{}: {note}", row.state.name());
                list.insert((row.start, what), row.end);
            }
        }
    }
    list.into_iter()
        .map(|((start, what), end)| Touching { what, start, end })
        .take(MOST_TOUCHING)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        assert!(fits("cpu", "cpu") && !fits("cpu", "cpu2"));
        assert!(fits("cpu*", "cpu{instance=a}") && fits("*", ""));
        assert!(fits("*_used{*web*}", "disk_used{host=web-1}"));
        assert!(!fits("*_used", "disk_used{host=web-1}"));
    }

    #[test]
    fn only_failures_are_listed() {
        let codes = [("200", 9), ("503", 5), ("OK", 3), ("timeout", 2)];
        let codes = codes.map(|(c, n)| (c.to_owned(), n)).to_vec();
        let left: Vec<String> = failures(codes).into_iter().map(|c| c.0).collect();
        assert_eq!(left, ["503", "timeout"]);
    }
}
