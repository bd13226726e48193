//! Judging a dataset by a set of objectives over one period.

use super::{SlaFile, SlaReport};
use crate::calendar::{Instant, Period, TimeRange, Zone};
use crate::dataset::{Dataset, DatasetError, ScopeFilter};

/// A window that does not count.
#[derive(Clone, Debug, PartialEq)]
pub struct Exclusion {
    /// When.
    pub range: TimeRange,
    /// Who entered it and why.
    pub reason: String,
}

/// What to judge.
#[derive(Clone, Debug)]
pub struct JudgeParams {
    /// The period.
    pub period: Period,
    /// Calendar zone (`--tz`, then the SLA file, then the project, then UTC: decided by the caller).
    pub zone: Zone,
    /// "Now"; the end of the data where `None`.
    pub as_of: Option<Instant>,
    /// Which sources take part.
    pub scope: ScopeFilter,
    /// Windows that do not count.
    pub exclusions: Vec<Exclusion>,
    /// Also judge the 12 months before, for sparklines (`ObjectiveResult::history`).
    pub history: bool,
}

/// Why nothing could be judged.
#[derive(Debug, thiserror::Error)]
pub enum SlaError {
    /// A frame could not be asked.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// The objective does not fit, with the reason.
    #[error("{0}")]
    Refused(String),
}

/// Judges all objectives of a file over one period.
pub fn judge(
    _dataset: &Dataset,
    _file: &SlaFile,
    _params: &JudgeParams,
) -> Result<SlaReport, SlaError> {
    Err(SlaError::Refused("not written yet".to_owned()))
}
