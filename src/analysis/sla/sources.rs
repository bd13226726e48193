//! Which sources speak for an objective: production before tests, requests before buckets before series.

use super::SlaError;
use super::judge::Context;
use super::objective::Objective;
use super::select::Picker;
use crate::calendar::TimeRange;
use crate::dataset::{Role, RunSummary, Source};

/// A run with the labels that belong to an objective.
pub(super) struct PickedRun<'a> {
    pub source: &'a Source,
    pub run: &'a RunSummary,
    pub labels: Vec<u16>,
    pub span: TimeRange,
}

/// What one kind of sources is called, and whether they are tests.
pub(super) fn words(what: &str, sources: &[&Source], role: Role) -> String {
    let names = match sources {
        [one] => one.info.file_name.clone(),
        many => format!("{} sources", many.len()),
    };
    let test = if role == Role::Test {
        " (from a load test)"
    } else {
        ""
    };
    format!("{what} of {names}{test}")
}

/// Their ids, each once.
pub(super) fn ids(sources: &[&Source]) -> Vec<String> {
    let mut ids: Vec<String> = sources.iter().map(|s| s.info.source_id.clone()).collect();
    ids.dedup();
    ids
}

/// Runs of a role with labels of the objective. Empty where none has requests in the judged part of the period.
pub(super) fn runs<'a>(
    context: &Context<'a>,
    objective: &Objective,
    role: Role,
    picker: &mut Picker,
) -> Result<Vec<PickedRun<'a>>, SlaError> {
    let mut picked = Vec::new();
    for source in context.sources(objective) {
        let Some(run) = source
            .run
            .as_ref()
            .filter(|_| source.info.scope.role == role)
        else {
            continue;
        };
        let labels = picker.labels(run, objective, context.file);
        if let (Some(span), false) = (run.span()?, labels.is_empty()) {
            picked.push(PickedRun {
                source,
                run,
                labels,
                span,
            });
        }
    }
    let passed = context.passed();
    if !picked.iter().any(|p| p.span.intersect(passed).is_some()) {
        picked.clear();
    }
    Ok(picked)
}
