//! What a scenario refers to outside itself, filled in: service times from a load test, arrivals from a log, a series
//! or a forecast. Whoever runs it gathers the data; here they become figures, with a sentence on each assumption.

mod arrivals;
mod lookup;
mod processor;
mod service;
#[cfg(test)]
mod tests;

use super::Scenario;
use super::model::Pattern;
use crate::analysis::forecast::Forecast;
use crate::dataset::{Dataset, DatasetError};

/// What there is to refer to.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// Runs, logs and metric series, by the names of their files and their own.
    pub dataset: &'a Dataset,
    /// Forecasts that were made, by the name of their series.
    pub forecasts: &'a [Forecast],
}

/// Why something could not be filled in.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// It is not there, or is not what is needed.
    #[error("{key}: {reason}")]
    Unusable {
        /// Path of the key, as in the file.
        key: String,
        /// What is wrong, and what there is.
        reason: String,
    },
    /// A frame could not be asked.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
}

impl ResolveError {
    fn new(key: &str, reason: impl Into<String>) -> Self {
        Self::Unusable {
            key: key.to_owned(),
            reason: reason.into(),
        }
    }
}

/// A scenario without references, and what a reader must know about how it came to its figures.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved {
    /// Ready to be run; what was assumed stands in its `assumptions`.
    pub scenario: Scenario,
    /// What weakens the answer.
    pub warnings: Vec<String>,
}

/// Fills in everything a scenario refers to.
pub fn resolve(scenario: &Scenario, inputs: &Inputs<'_>) -> Result<Resolved, ResolveError> {
    let mut out = Resolved {
        scenario: scenario.clone(),
        warnings: Vec::new(),
    };
    if let Some(name) = &scenario.service.from_run {
        service::fill(&mut out, name, inputs)?;
    }
    match &scenario.workload.pattern {
        Pattern::Log { file } => arrivals::log(&mut out, file, inputs)?,
        Pattern::Series { series } => arrivals::series(&mut out, series, inputs)?,
        Pattern::Forecast { series, quantile } => {
            arrivals::forecast(&mut out, series, *quantile, inputs)?;
        }
        _ => {}
    }
    Ok(out)
}
