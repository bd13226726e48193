//! Single values in a file of promises: words of a few, lengths of time, rates, shares, and thresholds with their side in
//! the unit that a kind of promise needs. Shared by all forms in which promises are written.

use super::names::did_you_mean;
use super::objective::{Limit, Quantity};
use super::yaml::{Node, Value};
use super::{ObjectiveKind, SlaFileError};
use crate::units::{self, Direction, MicroRate, Micros, Ppm, UnitError};

/// One of a few words.
pub(super) fn choice<T: Copy>(
    node: &Node,
    what: &str,
    known: &[(&str, T)],
) -> Result<T, SlaFileError> {
    let text = node.text(what)?;
    let found = known
        .iter()
        .find(|(word, _)| word.eq_ignore_ascii_case(text));
    found.map(|(_, value)| *value).ok_or_else(|| {
        let words: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
        let meant = did_you_mean(text, words.iter().copied());
        let mark = if meant.is_empty() { ";" } else { "" };
        node.error(format!(
            "{what} \"{text}\" is not known{meant}{mark} write {}",
            words.join(", ")
        ))
    })
}

fn with_example(node: &Node, what: &str, example: &str, error: &UnitError) -> SlaFileError {
    node.error(format!("{what}: {error}; write {example}"))
}

/// A length of time.
pub(super) fn duration(node: &Node, what: &str) -> Result<Micros, SlaFileError> {
    units::parse_duration(node.text(what)?)
        .map_err(|e| with_example(node, what, "for example 43.2min", &e))
        .and_then(|d| positive(node, what, d, d.0))
}

/// A rate.
pub(super) fn rate(node: &Node, what: &str) -> Result<MicroRate, SlaFileError> {
    units::parse_rate(node.text(what)?)
        .map_err(|e| with_example(node, what, "for example 10000_rps", &e))
        .and_then(|r| positive(node, what, r, r.0))
}

pub(super) fn positive<T>(
    node: &Node,
    what: &str,
    value: T,
    number: i64,
) -> Result<T, SlaFileError> {
    if number > 0 {
        Ok(value)
    } else {
        Err(node.error(format!("{what} must be more than zero")))
    }
}

/// A share between 0 and 100 %.
pub(super) fn share(node: &Node, what: &str) -> Result<Ppm, SlaFileError> {
    let ppm = units::parse_percent(node.text(what)?)
        .map_err(|e| with_example(node, what, "for example 99.9%", &e))?;
    if (0..=1_000_000).contains(&ppm.0) {
        Ok(ppm)
    } else {
        Err(node.error(format!(
            "{what} {} must lie between 0% and 100%; write for example 99.9%",
            node.text(what)?
        )))
    }
}

/// A percentile.
pub(super) fn percentile(node: &Node) -> Result<Ppm, SlaFileError> {
    units::parse_percentile(node.text("percentile")?).map_err(|_| {
        node.error(
            "percentile must lie between 0 and 100, without these two; write for example 95, 95th or p99.9",
        )
    })
}

fn strip_side(text: &str) -> (Option<(Direction, bool)>, &str) {
    for (sign, side) in [
        ("<=", (Direction::AtMost, false)),
        ("≤", (Direction::AtMost, false)),
        (">=", (Direction::AtLeast, false)),
        ("≥", (Direction::AtLeast, false)),
        ("<", (Direction::AtMost, true)),
        (">", (Direction::AtLeast, true)),
    ] {
        if let Some(rest) = text.strip_prefix(sign) {
            return (Some(side), rest.trim());
        }
    }
    (None, text)
}

/// A threshold without its sign.
pub(super) fn bare(text: &str) -> &str {
    strip_side(text).1
}

/// A threshold with its side, in the unit that a kind needs.
pub(super) fn limit(node: &Node, what: &str, kind: ObjectiveKind) -> Result<Limit, SlaFileError> {
    let (side, text) = strip_side(node.text(what)?);
    let usual = match kind {
        ObjectiveKind::Availability
        | ObjectiveKind::ShareUnder
        | ObjectiveKind::Throughput
        | ObjectiveKind::Improvement => Direction::AtLeast,
        _ => Direction::AtMost,
    };
    let (direction, strict) = side.unwrap_or((usual, false));
    let either = matches!(kind, ObjectiveKind::Metric | ObjectiveKind::Utilisation);
    if direction != usual && !either {
        let word = if usual == Direction::AtMost {
            "at most"
        } else {
            "at least"
        };
        return Err(node.error(format!(
            "{what}: this kind is judged as \"{word}\"; leave the sign out"
        )));
    }
    let bare = Node {
        line: node.line,
        value: Value::Scalar(text.to_owned()),
    };
    let value = match kind {
        ObjectiveKind::Availability | ObjectiveKind::ShareUnder => {
            let ppm = share(&bare, what)?;
            if ppm.0 < 10_000 {
                return Err(node.error(format!(
                    "{what} {text} is read as percent and would be under 1 %; for 99.9 percent write 99.9%"
                )));
            }
            Quantity::Share(ppm)
        }
        ObjectiveKind::ErrorRate => Quantity::Share(share(&bare, what)?),
        ObjectiveKind::Latency => {
            let duration = units::parse_duration(text).map_err(|e| {
                let example = if text.parse::<f64>().is_ok() {
                    format!("the unit as well: {text}ms or {text}s")
                } else {
                    "for example 200ms".to_owned()
                };
                with_example(node, what, &example, &e)
            })?;
            Quantity::Duration(positive(node, what, duration, duration.0)?)
        }
        ObjectiveKind::Throughput => Quantity::Rate(rate(&bare, what)?),
        ObjectiveKind::Utilisation => {
            let ppm = units::parse_percent(text)
                .map_err(|e| with_example(node, what, "for example 70%", &e))?;
            Quantity::Share(ppm)
        }
        ObjectiveKind::Metric => quantity(text).ok_or_else(|| {
            node.error(format!(
                "{what} \"{text}\" is not a number with a unit; write for example 70%, 200ms, 500_rps, 100MB, 10MB/s or 100"
            ))
        })?,
        ObjectiveKind::Improvement | ObjectiveKind::Regression => factor(text)
            .ok_or_else(|| node.error(format!("{what} \"{text}\" is not a change; write for example 30% or 10x")))?,
    };
    Ok(Limit {
        value,
        direction,
        strict,
    })
}

/// A number with whatever unit it has.
pub(super) fn quantity(text: &str) -> Option<Quantity> {
    if let Ok(plain) = units::parse_rate(&format!("{text}_rps")) {
        return Some(Quantity::Value(plain.0));
    }
    units::parse_duration(text)
        .map(Quantity::Duration)
        .or_else(|_| units::parse_percent(text).map(Quantity::Share))
        .or_else(|_| units::parse_rate(text).map(Quantity::Rate))
        .or_else(|_| units::parse_bytes(text).map(Quantity::Bytes))
        .or_else(|_| units::parse_byte_rate(text).map(Quantity::ByteRate))
        .ok()
}

/// A change: `30%`, `-30%`, `10x`.
fn factor(text: &str) -> Option<Quantity> {
    let text = text.replace('−', "-");
    if let Some(times) = text.strip_suffix(['x', '×']) {
        return units::parse_rate(times).ok().map(|r| Quantity::Value(r.0));
    }
    units::parse_percent(&text).ok().map(Quantity::Share)
}
