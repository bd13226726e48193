//! Small documents that are read whole: summaries, text reports and answers of services, whose size does not grow with
//! the run.

use std::borrow::Cow;
use std::io::Read;

use serde_json::Value;

use super::text::{BYTE_ORDER_MARK, decode};
use super::{ImportError, Intake};
use crate::warning::{WarningKind, Warnings};

/// The most that is read.
const MAX_BYTES: u64 = 64 << 20;

/// The content without its byte order mark; an error where it is larger than 64 MB.
pub fn read_whole(stream: impl Read, intake: &Intake<'_>) -> Result<Vec<u8>, ImportError> {
    let mut bytes = Vec::new();
    stream
        .take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| intake.read_failed(e))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(intake.unusable(
            "it is larger than 64 MB, which no summary is; name the raw results instead, or export a shorter time",
            None,
        ));
    }
    if bytes.starts_with(BYTE_ORDER_MARK) {
        bytes.drain(..BYTE_ORDER_MARK.len());
    }
    Ok(bytes)
}

/// The text of a document; a warning where it is not UTF-8 and is read as Windows-1252.
pub fn read_text(
    stream: impl Read,
    intake: &Intake<'_>,
    warnings: &mut Warnings,
) -> Result<String, ImportError> {
    let bytes = read_whole(stream, intake)?;
    let text = decode(&bytes);
    if matches!(text, Cow::Owned(_)) {
        warnings.add(
            WarningKind::EncodingAssumed,
            "text that is not UTF-8 was read as Windows-1252",
        );
    }
    Ok(text.into_owned())
}

/// The document as JSON, or why it is none.
pub fn read_json(stream: impl Read, intake: &Intake<'_>) -> Result<Value, ImportError> {
    let bytes = read_whole(stream, intake)?;
    serde_json::from_slice(&bytes).map_err(|error| {
        let line = error.line() as u64;
        let what = if error.is_eof() {
            format!("the JSON ends early, in line {line}: the file is cut off; export it again")
        } else {
            format!("the JSON is damaged ({error}); export it again")
        };
        intake.unusable(what, Some(line))
    })
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::path::Path;

    use super::*;
    use crate::import::ImportOptions;
    use crate::progress::Progress;

    #[test]
    fn damage_is_said() {
        let options = ImportOptions::default();
        let progress = Progress::default();
        let intake = Intake::new(Path::new("x.json"), &options, &progress);
        let fails = |text: &str| read_json(text.as_bytes(), &intake).unwrap_err().to_string();
        assert!(fails("{\"a\": [1,").contains("cut off"));
        assert!(fails("{\"a\": x}").contains("damaged"));
        assert!(fails(&"[".repeat(100_000)).contains("damaged"));
        assert!(read_json(&b"\xef\xbb\xbf{}"[..], &intake).is_ok());
    }

    #[test]
    fn what_is_too_large_or_in_another_encoding_is_said() {
        let options = ImportOptions::default();
        let progress = Progress::default();
        let intake = Intake::new(Path::new("x.txt"), &options, &progress);
        let endless = read_whole(io::repeat(b'x'), &intake).unwrap_err();
        assert!(endless.to_string().contains("larger than 64 MB"));
        let mut warnings = Warnings::default();
        let text = read_text(&b"\xef\xbb\xbfcaf\xc3\xa9"[..], &intake, &mut warnings).unwrap();
        assert_eq!((text.as_str(), warnings.len()), ("café", 0));
        let text = read_text(&b"caf\xe9"[..], &intake, &mut warnings).unwrap();
        assert_eq!((text.as_str(), warnings.len()), ("café", 1));
    }
}
