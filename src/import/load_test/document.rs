//! Small documents, read whole: summaries and reports, whose size does not grow with the run.

use std::io::Read;

use super::frames::decode;
use crate::import::{ImportError, Intake};
use crate::warning::{WarningKind, Warnings};

/// The most that is read.
const MAX_BYTES: u64 = 64 << 20;

/// The text of a document of at most 64 MB, without byte order mark; what is not UTF-8 is read as Windows-1252.
pub fn read_text(
    stream: impl Read,
    intake: &Intake<'_>,
    warnings: &mut Warnings,
) -> Result<String, ImportError> {
    let mut bytes = Vec::new();
    stream
        .take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| intake.read_failed(e))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(intake.unusable(
            "it is a summary of more than 64 MB, which no tool writes; check that it is the right file",
            None,
        ));
    }
    let (text, was_utf8) = decode(&bytes);
    if !was_utf8 {
        warnings.add(
            WarningKind::EncodingAssumed,
            "text that is not UTF-8 was read as Windows-1252",
        );
    }
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}
