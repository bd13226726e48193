//! JMeter results as CSV.

use crate::import::open::Opened;
use crate::import::{ImportError, ImportOptions, Imported};
use crate::progress::Progress;

/// Reads one file.
pub fn read(
    opened: &Opened,
    _options: &ImportOptions,
    _progress: &Progress,
) -> Result<Imported, ImportError> {
    Err(ImportError::Unknown {
        path: opened.path.clone(),
        hint: "not written yet".to_owned(),
    })
}
