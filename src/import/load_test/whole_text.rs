//! Small documents that are read whole: summaries in JSON and text reports.

use std::io::Read;

use crate::import::{ImportError, Intake};

/// A summary longer than this is none.
pub const MAX_WHOLE: u64 = 64 << 20;

/// The whole content without its byte order mark; an error where it is longer than [`MAX_WHOLE`].
pub fn read_whole(reader: impl Read, intake: &Intake<'_>) -> Result<Vec<u8>, ImportError> {
    let mut text = Vec::new();
    reader
        .take(MAX_WHOLE + 1)
        .read_to_end(&mut text)
        .map_err(|e| intake.read_failed(e))?;
    if text.len() as u64 > MAX_WHOLE {
        return Err(intake.unusable(
            "it is longer than 64 MB, which no summary is; import the raw results instead",
            None,
        ));
    }
    if text.starts_with(b"\xef\xbb\xbf") {
        text.drain(..3);
    }
    Ok(text)
}
