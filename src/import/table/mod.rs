//! Metric tables as CSV, long or wide.

pub mod metric_csv;

/// The content of an opened file.
pub(crate) fn stream(
    opened: &super::open::Opened,
    _progress: &crate::progress::Progress,
) -> Result<impl std::io::Read + Send, super::ImportError> {
    std::fs::File::open(&opened.path).map_err(|e| super::ImportError::from_io(&opened.path, e))
}
