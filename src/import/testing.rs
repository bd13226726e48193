//! What the unit tests of importers share.

use std::io::Cursor;
use std::path::Path;

use super::{Format, ImportError, ImportOptions, Imported, Intake};
use crate::progress::Progress;

/// What the reader of a format makes of a content; `name` stands for the file.
pub(crate) fn read_as(
    format: &Format,
    name: &str,
    content: impl AsRef<[u8]>,
) -> Result<Imported, ImportError> {
    let (options, progress) = (ImportOptions::default(), Progress::default());
    let intake = Intake::new(Path::new(name), &options, &progress);
    let stream = Box::new(Cursor::new(content.as_ref().to_vec()));
    (format.read)(stream, &intake)
}
