//! The document model of reports and its writers: XLSX, HTML, JSON and CSV.
//!
//! `build` runs the analyses (`analyse`) and lays their results out as sheets, tables and charts (`layout`); a writer
//! only prints. Every form of a report shows the same numbers, because all read the same model.

pub mod analyse;
pub mod chart;
pub mod closing;
pub mod committed;
mod compared;
pub mod csv;
pub mod files;
pub mod findings;
pub mod forecasting;
pub mod heat;
pub mod html;
pub mod input;
pub mod layout;
pub mod load_runs;
pub mod look;
pub mod model;
mod story;
pub mod svg;
pub mod xlsx;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::analysis::decisions::Decisions;
use crate::analysis::forecast::Threshold;
use crate::analysis::forecast::plan::Known;
use crate::analysis::sla::{SlaError, SlaFile};
use crate::calendar::{Instant, Period, Zone};
use crate::dataset::{Dataset, DatasetError, ScopeFilter};
use crate::progress::{Cancelled, Progress};

pub use analyse::analyse;
pub use chart::ChartSpec;
pub use committed::Committed;
pub use files::Written;
pub use findings::Findings;
pub use input::Input;
pub use layout::layout;
pub use look::Look;
pub use model::Report;

/// A limit on a series, as the project keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportLimit {
    /// Display name of the series.
    pub series: String,
    /// The limit.
    pub threshold: Threshold,
    /// Days between ordering and having.
    pub lead_time_days: u32,
    /// What is known beside the data.
    pub known: Known,
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
    /// What people wrote down about results.
    pub decisions: Decisions,
    /// The scenario that is the plan; `None` where none was committed.
    pub committed: Option<Committed>,
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
    /// A period cannot be closed or restated.
    #[error("{0}")]
    Closing(String),
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

/// Runs the analyses and lays the report out.
pub fn build(
    dataset: &Dataset,
    params: &ReportParams,
    progress: &Progress,
) -> Result<Report, ReportError> {
    Ok(layout(&analyse(dataset, params, progress)?, params))
}

/// The bytes of a report in the form that an extension names: `xlsx`, `html`, `json` or `csv`.
pub fn render(report: &Report, extension: &str) -> Result<Vec<u8>, String> {
    match extension {
        "xlsx" => xlsx::render(report).map_err(|e| e.to_string()),
        "html" | "htm" => Ok(html::render(report).into_bytes()),
        "csv" => Ok(csv::render(report).into_bytes()),
        "json" => serde_json::to_vec_pretty(&report.findings)
            .map(|mut bytes| {
                bytes.push(b'\n');
                bytes
            })
            .map_err(|e| e.to_string()),
        _ => {
            Err("a report is written as .xlsx, .html, .json or .csv; choose one of them".to_owned())
        }
    }
}

/// Writes a report in the form that the extension names, at once or not at all.
///
/// A file that holds these bytes already is left alone.
pub fn write(report: &Report, path: &Path) -> Result<Written, ReportError> {
    files::replace(path, &rendered_for(report, path)?)
}

/// The bytes of a report in the form that the extension of a path names.
pub fn rendered_for(report: &Report, path: &Path) -> Result<Vec<u8>, ReportError> {
    let extension = path
        .extension()
        .map(|e| e.to_string_lossy().to_ascii_lowercase())
        .unwrap_or_default();
    render(report, &extension).map_err(|reason| ReportError::Write {
        path: path.to_path_buf(),
        reason,
    })
}

/// Bytes as hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        text.push_str(&format!("{byte:02x}"));
        text
    })
}
