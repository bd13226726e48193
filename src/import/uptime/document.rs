//! What the values mean in the JSON answers of monitoring services.

use serde_json::Value;

use crate::calendar::{Instant, Zone};
use crate::import::table::times::TimeForm;

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
    use super::*;

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
