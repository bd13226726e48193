//! Delimited tables: how they are written (delimiter, quotes, decimals, encoding), which column holds the time, and
//! metric tables, long or wide.

pub mod cells;
pub mod metric_csv;
pub mod records;
pub mod sheet;
pub mod times;

/// The content of an opened file.
pub(crate) fn stream(
    opened: &super::open::Opened,
    _progress: &crate::progress::Progress,
) -> Result<impl std::io::Read + Send, super::ImportError> {
    std::fs::File::open(&opened.path).map_err(|e| super::ImportError::from_io(&opened.path, e))
}
