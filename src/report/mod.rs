//! The document model of reports and its writers: XLSX, HTML, JSON and CSV.
//!
//! `build` runs the analyses and lays their results out as sections, tables and charts; a writer only prints.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::analysis::forecast::Threshold;
use crate::analysis::sla::{SlaError, SlaFile};
use crate::calendar::{Instant, Period, Zone};
use crate::dataset::{Dataset, DatasetError, ScopeFilter};
use crate::progress::{Cancelled, Progress};

/// A limit on a series, as the project keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportLimit {
    /// Display name of the series.
    pub series: String,
    /// The limit.
    pub threshold: Threshold,
    /// Days between ordering and having.
    pub lead_time_days: u32,
}

/// What to report on.
#[derive(Clone, Debug)]
pub struct ReportParams {
    /// Name of the project.
    pub project_name: String,
    /// A month or a quarter (days, weeks and years work too).
    pub period: Period,
    /// Calendar zone.
    pub zone: Zone,
    /// "Now"; the end of the data where `None`.
    pub as_of: Option<Instant>,
    /// Which sources take part.
    pub scope: ScopeFilter,
    /// Promises with their names.
    pub slas: Vec<(String, SlaFile)>,
    /// Capacity limits.
    pub limits: Vec<ReportLimit>,
    /// Notes by period name.
    pub notes: BTreeMap<String, String>,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// Judging failed.
    #[error(transparent)]
    Sla(#[from] SlaError),
    /// A frame could not be asked.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// There is nothing to report on.
    #[error("{0}")]
    Nothing(String),
    /// The file could not be written.
    #[error("the report could not be written ({reason}): {}", .path.display())]
    Write {
        /// Where to.
        path: PathBuf,
        /// Why not, and what to do.
        reason: String,
    },
    /// Stopped from outside.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// A report, ready to be written.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// `Monthly report: checkout, June 2026`.
    pub title: String,
}

/// Runs the analyses and lays the report out.
pub fn build(
    _dataset: &Dataset,
    _params: &ReportParams,
    _progress: &Progress,
) -> Result<Report, ReportError> {
    Err(ReportError::Nothing("not written yet".to_owned()))
}

/// Writes a report in the form that the extension names: `.xlsx`, `.html`, `.json` or `.csv`.
pub fn write(_report: &Report, path: &Path) -> Result<(), ReportError> {
    Err(ReportError::Write {
        path: path.to_path_buf(),
        reason: "not written yet".to_owned(),
    })
}
