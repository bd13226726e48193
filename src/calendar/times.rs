//! Times as files and people write them.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

use super::{CalendarError, Instant, Zone};

/// A time as it was read: whether it carried its own zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParsedTime {
    /// The instant.
    pub at: Instant,
    /// True where the text had an offset or a `Z`; false where the given zone was used.
    pub zoned: bool,
}

/// Reads a time as files and people write it: RFC 3339 with any offset, `2026-06-14 10:00[:00[.000]]`,
/// `2026/06/14 …`, `06/14/26 …` and a bare date. Text without an offset is civil time in `zone`.
pub fn parse_time(text: &str, zone: &Zone) -> Result<ParsedTime, CalendarError> {
    let trimmed = text.trim();
    let bad = || CalendarError::BadTime(text.to_owned());
    if let Ok(timestamp) = trimmed.parse::<Timestamp>() {
        return Ok(ParsedTime {
            at: Instant(timestamp.as_microsecond()),
            zoned: true,
        });
    }
    if let Some(civil_text) = trimmed
        .strip_suffix(" UTC")
        .or_else(|| trimmed.strip_suffix(" GMT"))
    {
        let inner = parse_time(civil_text, &Zone::utc())?;
        return Ok(ParsedTime {
            zoned: true,
            ..inner
        });
    }
    let civil = trimmed
        .parse::<DateTime>()
        .ok()
        .or_else(|| {
            [
                "%Y/%m/%d %H:%M:%S%.f",
                "%Y/%m/%d %H:%M",
                "%m/%d/%y %H:%M:%S%.f",
                "%Y-%m-%d %H:%M",
            ]
            .iter()
            .find_map(|pattern| DateTime::strptime(pattern, trimmed).ok())
        })
        .or_else(|| Date::strptime("%Y/%m/%d", trimmed).ok().map(DateTime::from))
        .ok_or_else(bad)?;
    Ok(ParsedTime {
        at: zone.instant(civil),
        zoned: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_with_and_without_a_zone() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        let parsed = parse_time("2026-06-14 10:00:00", &berlin).unwrap();
        assert_eq!(parsed.at.to_string(), "2026-06-14T08:00:00Z");
        assert!(!parsed.zoned);
        let parsed = parse_time("2026-06-14T10:00:00.250+02:00", &Zone::utc()).unwrap();
        assert_eq!(parsed.at.to_string(), "2026-06-14T08:00:00.25Z");
        assert!(parsed.zoned);
        for (text, expected) in [
            ("2026/06/14 10:00:00.125", "2026-06-14T10:00:00.125Z"),
            ("06/14/26 10:00:00", "2026-06-14T10:00:00Z"),
            ("2026-06-14 10:00", "2026-06-14T10:00:00Z"),
            ("2026-06-14", "2026-06-14T00:00:00Z"),
            ("2026-11-21 01:43:01 UTC", "2026-11-21T01:43:01Z"),
        ] {
            assert_eq!(
                parse_time(text, &Zone::utc()).unwrap().at.to_string(),
                expected,
                "{text}"
            );
        }
        assert!(parse_time("yesterday", &Zone::utc()).is_err());
    }
}
