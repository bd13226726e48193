//! Units as Datadog's API describes them: a name, a family, and how many of the family's base unit one is.

use serde::Deserialize;

use super::brought::or_default;
use super::names::Meaning;
use crate::dataset::SeriesKind;

/// One unit, or one half of a ratio of two.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Unit {
    #[serde(deserialize_with = "or_default")]
    family: String,
    #[serde(deserialize_with = "or_default")]
    name: String,
    #[serde(deserialize_with = "or_default")]
    short_name: String,
    scale_factor: Option<f64>,
}

/// What values with these units mean, and what they have to be multiplied by to be in the unit that is printed.
pub(super) fn meaning_of(units: &[Option<Unit>]) -> (Meaning, f64) {
    let Some(unit) = units.first().and_then(Option::as_ref) else {
        return (Meaning::default(), 1.0);
    };
    let (amount, factor) = amount_of(unit);
    let Some(per) = units.get(1).and_then(Option::as_ref) else {
        let meaning = Meaning {
            unit: amount,
            ..Meaning::default()
        };
        return (meaning, factor);
    };
    let rate = per.family == "time";
    // Things counted per time are printed per second; only lasting ones (bytes, seconds) keep their name.
    let counted = !matches!(
        unit.family.as_str(),
        "bytes" | "time" | "percentage" | "frequency" | "temperature"
    );
    let per_secs = per.scale_factor.filter(|_| rate).filter(|s| *s > 0.0);
    let unit = match (rate, counted) {
        (true, true) => "/s".to_owned(),
        (true, false) => format!("{amount}/s"),
        (false, _) => format!("{amount}/{}", per.name),
    };
    let meaning = Meaning {
        unit,
        kind: if rate {
            SeriesKind::Rate
        } else {
            SeriesKind::Gauge
        },
        counter: false,
    };
    (meaning, factor / per_secs.unwrap_or(1.0))
}

fn amount_of(unit: &Unit) -> (String, f64) {
    let known = match unit.name.as_str() {
        "nanosecond" => "ns",
        "microsecond" => "µs",
        "millisecond" => "ms",
        "second" => "s",
        "byte" => "bytes",
        "kibibyte" => "KiB",
        "mebibyte" => "MiB",
        "gibibyte" => "GiB",
        "tebibyte" => "TiB",
        "percent" => "%",
        _ => "",
    };
    if !known.is_empty() {
        return (known.to_owned(), 1.0);
    }
    let scale = unit.scale_factor.filter(|s| s.is_finite() && *s > 0.0);
    match (unit.family.as_str(), scale) {
        // A share, such as 0.25, whose base is one.
        ("percentage", Some(_)) if unit.name == "fraction" => ("%".to_owned(), 100.0),
        ("time", Some(scale)) => ("s".to_owned(), scale),
        ("bytes", Some(scale)) if !unit.name.contains("bit") => ("bytes".to_owned(), scale),
        _ => {
            let name = if unit.name.is_empty() {
                &unit.short_name
            } else {
                &unit.name
            };
            (name.clone(), 1.0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: &str) -> (String, SeriesKind, f64) {
        let units: Vec<Option<Unit>> = serde_json::from_str(json).unwrap();
        let (meaning, factor) = meaning_of(&units);
        (meaning.unit, meaning.kind, factor)
    }

    #[test]
    fn units_keep_their_scale() {
        use SeriesKind::{Gauge, Rate};
        for (json, unit, kind, factor) in [
            ("[]", "", Gauge, 1.0),
            ("[null,null]", "", Gauge, 1.0),
            (
                r#"[{"family":"time","scale_factor":1e-9,"name":"nanosecond","short_name":"ns"},null]"#,
                "ns",
                Gauge,
                1.0,
            ),
            (
                r#"[{"family":"time","scale_factor":60,"name":"minute","short_name":"min"}]"#,
                "s",
                Gauge,
                60.0,
            ),
            (
                r#"[{"family":"percentage","scale_factor":1,"name":"percent","short_name":"%"},null]"#,
                "%",
                Gauge,
                1.0,
            ),
            (
                r#"[{"family":"bytes","scale_factor":1,"name":"byte"},{"family":"time","scale_factor":1,"name":"second"}]"#,
                "bytes/s",
                Rate,
                1.0,
            ),
            (
                r#"[{"family":"network","scale_factor":1,"name":"request"},{"family":"time","scale_factor":60,"name":"minute"}]"#,
                "/s",
                Rate,
                1.0 / 60.0,
            ),
            (
                r#"[{"family":"time","scale_factor":1,"name":"second"},{"family":"network","scale_factor":1,"name":"request"}]"#,
                "s/request",
                Gauge,
                1.0,
            ),
        ] {
            assert_eq!(of(json), (unit.to_owned(), kind, factor), "{json}");
        }
    }
}
