//! The story of a period for its report: the breaches that weigh most, the resources under their loads, and what follows.

use super::findings::{Findings, ForecastFinding};
use super::{ReportError, ReportParams};
use crate::analysis::capacity::MeasuredCapacity;
use crate::analysis::sla::{Breach, SlaReport};
use crate::analysis::story::{
    BottleneckParams, Known, Story, StoryError, StoryParams, bottlenecks, peak_per_sec, recommend,
    stories,
};
use crate::calendar::{Instant, TimeRange};
use crate::dataset::Dataset;
use crate::progress::Progress;

/// Breaches whose story is told.
const MOST_TOLD: usize = 20;

/// The breaches that used most of their budget, the longest of those without one; in order of time.
fn heaviest(breaches: &[Breach]) -> Vec<&Breach> {
    let mut list: Vec<&Breach> = breaches.iter().collect();
    list.sort_by(|a, b| {
        b.budget_share
            .unwrap_or(0.0)
            .total_cmp(&a.budget_share.unwrap_or(0.0))
            .then(b.secs.cmp(&a.secs))
            .then(a.start.cmp(&b.start))
            .then_with(|| a.objective.cmp(&b.objective))
    });
    list.truncate(MOST_TOLD);
    list.sort_by(|a, b| (a.start, &a.objective).cmp(&(b.start, &b.objective)));
    list
}

/// What the recommendations of a report stand on.
pub(super) struct Basis<'a> {
    pub together: &'a SlaReport,
    pub forecasts: &'a [ForecastFinding],
    pub capacity: Option<&'a MeasuredCapacity>,
    pub as_of: Instant,
}

/// Tells it.
pub(super) fn tell(
    dataset: &Dataset,
    params: &ReportParams,
    basis: &Basis<'_>,
    progress: &Progress,
) -> Result<Story, ReportError> {
    let range = params.period.range(&params.zone);
    let range = TimeRange {
        end: range.end.min(basis.as_of),
        ..range
    };
    let together = basis.together;
    let told = stories(
        dataset,
        &heaviest(&together.breaches),
        &together.breaches,
        &together.objectives,
        &StoryParams {
            scope: params.scope.clone(),
            objectives: params
                .slas
                .iter()
                .flat_map(|(_, file)| &file.objectives)
                .collect(),
        },
        progress,
    )
    .map_err(|error| match error {
        StoryError::Dataset(error) => ReportError::Dataset(error),
        StoryError::Cancelled(cancelled) => ReportError::Cancelled(cancelled),
    })?;
    let found = bottlenecks(
        dataset,
        &BottleneckParams {
            scope: params.scope.clone(),
            range: Some(range),
            limits: params
                .limits
                .iter()
                .map(|l| (l.series.clone(), l.threshold))
                .collect(),
            ..BottleneckParams::default()
        },
    )?;
    let recommendations = recommend(&Known {
        report: together,
        decisions: &params.decisions,
        stories: &told,
        bottlenecks: &found,
        forecasts: basis
            .forecasts
            .iter()
            .filter_map(|f| Some((f.forecast.as_ref()?, f.lead_time_days)))
            .collect(),
        capacity: basis.capacity,
        peak_per_sec: peak_per_sec(dataset, &params.scope, range)?,
        as_of: basis.as_of,
        zone: &params.zone,
    });
    Ok(Story {
        breaches: told,
        bottlenecks: found,
        recommendations,
    })
}

impl Findings {
    /// The story of a breach, where it was told.
    pub fn story_of(&self, breach: &Breach) -> Option<&crate::analysis::story::BreachStory> {
        self.story
            .breaches
            .iter()
            .find(|s| s.start == breach.start && s.objective == breach.objective)
    }
}
