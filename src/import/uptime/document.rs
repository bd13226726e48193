//! Small JSON documents, read whole: answers of monitoring services. And what their values mean.

use std::io::Read;

use serde_json::Value;

use crate::calendar::{Instant, Zone};
use crate::import::table::times::TimeForm;
use crate::import::{ImportError, Intake};

/// A document larger than this is no answer of an API.
const MAX_BYTES: u64 = 64 << 20;

/// The document, or why it is none.
pub(super) fn document(reader: impl Read, intake: &Intake<'_>) -> Result<Value, ImportError> {
    let mut bytes = Vec::new();
    reader
        .take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| intake.read_failed(e))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(intake.unusable(
            "it is a JSON document of more than 64 MB; export a shorter time, or one file for each month",
            None,
        ));
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    serde_json::from_slice(text).map_err(|error| {
        let line = error.line() as u64;
        let what = if error.is_eof() {
            format!("the JSON ends early, in line {line}: the file is cut off; export it again")
        } else {
            format!("the JSON is damaged ({error}); export it again")
        };
        intake.unusable(what, Some(line))
    })
}

/// The list under a key; empty where there is none.
pub(super) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// The text under a key, without blanks around it; numbers too. Empty where there is none.
pub(super) fn text(value: &Value, key: &str) -> String {
    match value.get(key) {
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// The number under a key, also as text; finite.
pub(super) fn number(value: &Value, key: &str) -> Option<f64> {
    let number = match value.get(key)? {
        Value::String(text) => text.trim().parse().ok()?,
        other => other.as_f64()?,
    };
    number.is_finite().then_some(number)
}

/// The time under a key: seconds or milliseconds since 1970, or text; and whether it carried its own zone.
pub(super) fn time(value: &Value, key: &str, zone: &Zone) -> Option<(Instant, bool)> {
    read_time(&text(value, key), zone)
}

/// A time in any usual form.
pub(super) fn read_time(text: &str, zone: &Zone) -> Option<(Instant, bool)> {
    let whole = text.bytes().take_while(u8::is_ascii_digit).count();
    let form = match (whole, text.as_bytes().get(whole).copied()) {
        (9 | 10, None | Some(b'.')) => TimeForm::EpochSecs,
        (12 | 13, None | Some(b'.')) => TimeForm::EpochMillis,
        _ => TimeForm::Text,
    };
    form.read(text, zone)
}

/// A record in short, for showing it to a person.
pub(super) fn shown(value: &Value) -> String {
    value.to_string().chars().take(1_000).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::import::ImportOptions;
    use crate::progress::Progress;

    #[test]
    fn damage_is_said() {
        let options = ImportOptions::default();
        let progress = Progress::default();
        let intake = Intake::new(Path::new("x.json"), &options, &progress);
        let fails = |text: &str| document(text.as_bytes(), &intake).unwrap_err().to_string();
        assert!(fails("{\"a\": [1,").contains("cut off"));
        assert!(fails("{\"a\": x}").contains("damaged"));
        assert!(fails(&"[".repeat(100_000)).contains("damaged"));
        assert!(document(&b"\xef\xbb\xbf{}"[..], &intake).is_ok());
    }

    #[test]
    fn times_have_many_forms() {
        let utc = Zone::utc();
        for (text, expected, zoned) in [
            ("1513019040", "2017-12-11T19:04:00Z", true),
            ("1513019040000", "2017-12-11T19:04:00Z", true),
            ("2017-12-11T19:04:00.5Z", "2017-12-11T19:04:00.5Z", true),
            ("2017-12-11 19:04:00.500", "2017-12-11T19:04:00.5Z", false),
        ] {
            let (at, has_zone) = read_time(text, &utc).unwrap();
            assert_eq!((at.to_string().as_str(), has_zone), (expected, zoned));
        }
        assert_eq!(read_time("", &utc), None);
        assert_eq!(read_time("99999999999999999999", &utc), None);
    }
}
