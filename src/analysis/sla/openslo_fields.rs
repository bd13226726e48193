//! Fields of an OpenSLO document: its time window, and the targets of its objectives.

use super::SlaFileError;
use super::openslo_native::Native;
use super::yaml::Node;
use crate::units::{self, Ppm};

/// A key that has to be there.
pub(super) fn needed<'a>(
    node: &'a Node,
    key: &str,
    example: &str,
) -> Result<&'a Node, SlaFileError> {
    node.get(key)
        .ok_or_else(|| node.error(format!("{key} is missing; write \"{key}: {example}\"")))
}

/// The period of the first time window, in Headroom's words, with what OpenSLO said.
pub(super) fn window(
    spec: &Node,
    zones: &mut Vec<String>,
) -> Result<(String, String, bool), SlaFileError> {
    let list = needed(spec, "timeWindow", "[{duration: 30d, isRolling: true}]")?;
    let [window] = list.items() else {
        return Err(list.error("timeWindow must be a list of exactly one window"));
    };
    let node = needed(window, "duration", "30d")?;
    let text = node.text("duration")?;
    let rolling = match window.get("isRolling") {
        Some(flag) => match flag.text("isRolling")? {
            "true" => true,
            "false" => false,
            other => {
                return Err(flag.error(format!(
                    "isRolling \"{other}\" is not known; write true or false"
                )));
            }
        },
        None => window.get("calendar").is_none(),
    };
    if let Some(zone) = window.at(&["calendar", "timeZone"]) {
        zones.push(zone.text("timeZone")?.to_owned());
    }
    let word = match text {
        "1d" => "day",
        "1w" => "week",
        "1M" => "month",
        "1Q" => "quarter",
        "1Y" => "year",
        _ => "",
    };
    let period = if rolling {
        if text.ends_with(['M', 'Q', 'Y']) {
            return Err(node.error(format!(
                "a rolling window of {text} has no fixed length; write days, such as 30d, or make it a calendar window"
            )));
        }
        text.to_owned()
    } else if word.is_empty() {
        return Err(node.error(format!(
            "a calendar window of {text} is not known; write 1d, 1w, 1M, 1Q or 1Y"
        )));
    } else {
        word.to_owned()
    };
    Ok((period, text.to_owned(), rolling))
}

/// A fraction below one, or a percentage below 100.
fn share(node: &Node, key: &str, percent: bool) -> Result<Ppm, SlaFileError> {
    let text = node.text(key)?;
    let most = if percent { "100" } else { "1" };
    let wrong = || {
        node.error(format!(
            "{key} {text} must be at least 0 and less than {most}{}",
            if percent {
                ""
            } else {
                "; write for example 0.999"
            }
        ))
    };
    let ppm = if percent {
        units::parse_percent(text).map_err(|_| wrong())?.0
    } else {
        // Millionths of one are what a rate of events is kept in.
        units::parse_rate(&format!("{text}_rps"))
            .map_err(|_| wrong())?
            .0
    };
    if !(0..1_000_000).contains(&ppm) {
        return Err(wrong());
    }
    Ok(Ppm(ppm))
}

/// The target of one objective of an SLO, with its operator and slices.
pub(super) fn native(
    item: &Node,
    method: &str,
    duration: &str,
    rolling: bool,
) -> Result<Native, SlaFileError> {
    let target = match (item.get("target"), item.get("targetPercent")) {
        (Some(node), None) => share(node, "target", false)?,
        (None, Some(node)) => share(node, "targetPercent", true)?,
        (Some(node), Some(_)) => {
            return Err(node.error("target and targetPercent stand together; write one of them"));
        }
        (None, None) => {
            return Err(
                item.error("an objective needs a target, such as 0.999, or a targetPercent")
            );
        }
    };
    let op = match item.get("op") {
        None => None,
        Some(node) => {
            let text = node.text("op")?;
            if !["lte", "gte", "lt", "gt"].contains(&text) {
                return Err(node.error(format!(
                    "op \"{text}\" is not known; write lte, gte, lt or gt"
                )));
            }
            Some(text.to_owned())
        }
    };
    let value = match item.get("value") {
        None => None,
        Some(node) => {
            let text = node.text("value")?;
            let rate = units::parse_rate(&format!("{text}_rps"));
            Some(rate.map(|r| r.0).map_err(|_| {
                node.error(format!(
                    "value \"{text}\" is not a plain number; write for example 0.2"
                ))
            })?)
        }
    };
    Ok(Native {
        duration: duration.to_owned(),
        rolling,
        method: method.to_owned(),
        target,
        op,
        value,
        slice_target: item
            .get("timeSliceTarget")
            .map(|n| share(n, "timeSliceTarget", false))
            .transpose()?,
        slice_window: item
            .get("timeSliceWindow")
            .map(|n| n.text("timeSliceWindow").map(str::to_owned))
            .transpose()?,
    })
}
