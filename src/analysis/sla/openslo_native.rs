//! What OpenSLO v1 can say of an objective by itself: a ratio or a threshold, a target, a window and a budgeting method
//! (specification: github.com/OpenSLO/OpenSLO, README of v1). Reader and writer meet here, so that an export that was
//! edited elsewhere comes back with the edit and with everything OpenSLO has no place for.

use super::ObjectiveKind;
use super::objective::{AvailabilitySource, Grain, Objective, Quantity};
use super::own_write::percent_text;
use crate::units::{Direction, Micros, Ppm};

/// The prefix of annotations that hold Headroom's own keys.
pub(super) const PREFIX: &str = "headroom/";

/// The part of an objective that OpenSLO has words for. Numbers are kept as exact text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Native {
    /// `spec.timeWindow[0].duration`, such as `1M` or `30d`.
    pub duration: String,
    /// `spec.timeWindow[0].isRolling`.
    pub rolling: bool,
    /// `Occurrences`, `Timeslices` or `RatioTimeslices`.
    pub method: String,
    /// `objectives[0].target` as a share.
    pub target: Ppm,
    /// `objectives[0].op`.
    pub op: Option<String>,
    /// `objectives[0].value`, in millionths.
    pub value: Option<i64>,
    /// `objectives[0].timeSliceTarget`.
    pub slice_target: Option<Ppm>,
    /// `objectives[0].timeSliceWindow`.
    pub slice_window: Option<String>,
}

/// What is measured, in the words of an indicator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Indicator {
    /// Good of total.
    Good(&'static str, &'static str),
    /// Bad of total.
    Bad(&'static str, &'static str),
    /// A value against a threshold.
    Threshold(String),
}

/// A period or slice as a duration of OpenSLO.
fn duration(grain: Grain) -> String {
    match grain {
        Grain::Day => "1d".to_owned(),
        Grain::Week => "1w".to_owned(),
        Grain::Month => "1M".to_owned(),
        Grain::Quarter => "1Q".to_owned(),
        Grain::Year => "1Y".to_owned(),
        Grain::Length(length) | Grain::Rolling(length) => shorthand(length),
    }
}

/// A length in minutes, hours or days; OpenSLO knows nothing shorter than a minute.
fn shorthand(length: Micros) -> String {
    let minutes = (length.0 / Micros::MINUTE.0).max(1);
    if minutes % 1_440 == 0 {
        format!("{}d", minutes / 1_440)
    } else if minutes % 60 == 0 {
        format!("{}h", minutes / 60)
    } else {
        format!("{minutes}m")
    }
}

/// In the unit that the metric of [`indicator`] names: milliseconds, percent, events, millions of bytes.
fn millionths(value: Quantity) -> i64 {
    match value {
        Quantity::Share(share) => share.0.saturating_mul(100),
        Quantity::Duration(length) => length.0.saturating_mul(1_000),
        Quantity::Rate(rate) => rate.0,
        Quantity::Value(number) | Quantity::Bytes(number) | Quantity::ByteRate(number) => number,
    }
}

fn op(direction: Direction, strict: bool) -> String {
    match (direction, strict) {
        (Direction::AtMost, false) => "lte",
        (Direction::AtMost, true) => "lt",
        (Direction::AtLeast, false) => "gte",
        (Direction::AtLeast, true) => "gt",
    }
    .to_owned()
}

/// The largest share that OpenSLO can have as a target: one itself is not allowed.
pub(super) const MOST: Ppm = Ppm(999_999);

/// What an objective measures; `None` for promises against a baseline, which OpenSLO does not know.
pub(super) fn indicator(objective: &Objective) -> Option<Indicator> {
    Some(match objective.kind {
        ObjectiveKind::Availability if objective.source == AvailabilitySource::Uptime => {
            Indicator::Good("up_seconds", "measured_seconds")
        }
        ObjectiveKind::Availability => Indicator::Good("successful_requests", "requests"),
        ObjectiveKind::ErrorRate => Indicator::Bad("failed_requests", "requests"),
        ObjectiveKind::ShareUnder => {
            Indicator::Threshold("request_duration_milliseconds".to_owned())
        }
        ObjectiveKind::Latency => Indicator::Threshold(format!(
            "request_duration_p{}_milliseconds",
            percent_text(objective.percentile).trim_end_matches('%')
        )),
        ObjectiveKind::Throughput => Indicator::Threshold("requests_per_second".to_owned()),
        ObjectiveKind::Utilisation | ObjectiveKind::Metric => {
            Indicator::Threshold(objective.scope.metric.clone().unwrap_or_default())
        }
        ObjectiveKind::Improvement | ObjectiveKind::Regression => return None,
    })
}

impl Native {
    /// What OpenSLO can say of an objective.
    pub fn of(objective: &Objective) -> Option<Self> {
        let share = |value: Quantity| match value {
            Quantity::Share(share) => share,
            _ => MOST,
        };
        let mut native = Self {
            duration: duration(objective.period),
            rolling: matches!(objective.period, Grain::Rolling(_) | Grain::Length(_)),
            method: "Timeslices".to_owned(),
            target: objective.slices_required.min(MOST),
            op: None,
            value: None,
            slice_target: None,
            slice_window: Some(duration(objective.slice)),
        };
        match objective.kind {
            ObjectiveKind::Availability | ObjectiveKind::ShareUnder => {
                native.method = "Occurrences".to_owned();
                native.target = share(objective.target.value).min(MOST);
                native.slice_window = None;
                if let Some(threshold) = &objective.threshold {
                    native.op = Some(op(threshold.direction, threshold.strict));
                    native.value = Some(millionths(threshold.value));
                }
            }
            ObjectiveKind::ErrorRate => {
                let good = Ppm(Ppm::ONE.0 - share(objective.target.value).0);
                native.slice_target = Some(good.min(MOST));
            }
            ObjectiveKind::Latency
            | ObjectiveKind::Throughput
            | ObjectiveKind::Utilisation
            | ObjectiveKind::Metric => {
                native.op = Some(op(objective.target.direction, objective.target.strict));
                native.value = Some(millionths(objective.target.value));
            }
            ObjectiveKind::Improvement | ObjectiveKind::Regression => return None,
        }
        Some(native)
    }
}
