//! Periods and slices as they are written: `month`, `daily`, `30d`, `1h`.

use super::SlaFileError;
use super::objective::Grain;
use super::yaml::Node;
use crate::units::{self, Micros};

/// How long one promise lasts.
pub(super) fn period(node: &Node) -> Result<Grain, SlaFileError> {
    let text = node.text("period")?.to_ascii_lowercase();
    Ok(match text.as_str() {
        "day" | "daily" => Grain::Day,
        "week" | "weekly" => Grain::Week,
        "month" | "monthly" => Grain::Month,
        "quarter" | "quarterly" => Grain::Quarter,
        "year" | "yearly" | "annually" => Grain::Year,
        _ => {
            let length = units::parse_duration(&text).map_err(|_| {
                node.error(format!("period \"{text}\" is not known; write day, week, month, quarter, year or a rolling length such as 30d"))
            })?;
            if length < Micros::DAY {
                return Err(node.error("a rolling period must be at least one day, such as 30d"));
            }
            Grain::Rolling(length)
        }
    })
}

/// The grain at which requests and series are judged.
pub(super) fn slice(node: &Node) -> Result<Grain, SlaFileError> {
    let text = node.text("slice")?.to_ascii_lowercase();
    Ok(match text.as_str() {
        "minute" => Grain::Length(Micros::MINUTE),
        "hour" | "hourly" => Grain::Length(Micros::HOUR),
        "day" | "daily" | "1d" | "24h" => Grain::Day,
        "week" | "weekly" | "7d" | "1w" => Grain::Week,
        "month" | "monthly" => Grain::Month,
        "quarter" | "quarterly" => Grain::Quarter,
        "year" | "yearly" | "annually" => Grain::Year,
        _ => {
            let length = units::parse_duration(&text).map_err(|_| {
                node.error(format!(
                    "slice \"{text}\" is not known; write for example 1h, 5min, day, week, month, quarter or year"
                ))
            })?;
            if length < Micros::SECOND || length.0 > Micros::DAY.0 || Micros::DAY.0 % length.0 != 0
            {
                return Err(node.error(format!(
                    "slice \"{text}\" does not divide a day; write for example 5min, 15min, 1h or 6h"
                )));
            }
            Grain::Length(length)
        }
    })
}
