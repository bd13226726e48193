//! Promises as they are written: the user's `performance_sla` block and Headroom's own form, read and validated.

use serde::{Deserialize, Serialize};

/// A set of objectives, read and validated.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SlaFile {
    /// IANA zone, where the file names one.
    pub timezone: Option<String>,
}

/// Why a file of promises could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SlaFileError {
    /// What is wrong and what to write instead.
    pub message: String,
    /// 1-based line.
    pub line: Option<u64>,
}

impl SlaFile {
    /// Reads YAML in either form.
    pub fn parse(_yaml: &str) -> Result<Self, SlaFileError> {
        Err(SlaFileError {
            message: "not written yet".to_owned(),
            line: None,
        })
    }
}
