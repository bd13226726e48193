//! Why a policy wants a number of instances, kept as figures until somebody asks for the sentence.

use crate::scenario::model::{HpaPolicyKind, ScaleMetric};
use crate::units::{Micros, duration, millis, number};

use super::behavior::Held;

/// What a policy wants, and why.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answer {
    /// Instances in all.
    pub to: u32,
    /// How it came to that.
    pub reason: Reason,
}

/// Figures of a reason.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reason {
    /// A metric against its target.
    Hpa {
        metric: ScaleMetric,
        value: f64,
        target: f64,
        /// Instances the metric alone asked for, and what held them.
        held: Option<(u32, Held)>,
    },
    /// Nothing to go by, or a metric failed while the others say fewer: no change.
    Hold,
    /// The bounds only.
    Bounds { least: u32, most: u32 },
}

/// Seconds as a person reads them.
pub fn seconds(secs: f64) -> String {
    duration(Micros((secs * 1e6).round() as i64))
}

/// A metric's value with its name.
pub fn metric_words(metric: ScaleMetric, value: f64) -> String {
    match metric {
        ScaleMetric::CpuUtilization => {
            format!("CPU at {} of its request", value_words(metric, value))
        }
        ScaleMetric::WorkerUtilization => {
            format!("{} of the workers busy", value_words(metric, value))
        }
        ScaleMetric::ResponseTime => format!("P95 at {}", value_words(metric, value)),
        ScaleMetric::RequestRate | ScaleMetric::QueueLength => value_words(metric, value),
    }
}

/// A metric's value with its unit.
pub fn value_words(metric: ScaleMetric, value: f64) -> String {
    match metric {
        ScaleMetric::CpuUtilization | ScaleMetric::WorkerUtilization => {
            format!("{} %", number((value * 1000.0).round() / 10.0))
        }
        ScaleMetric::RequestRate => format!("{} requests/s an instance", number(value)),
        ScaleMetric::ResponseTime => millis(value * 1e3),
        ScaleMetric::QueueLength => format!("{} waiting requests an instance", number(value)),
    }
}

fn held_words(wanted: u32, held: Held, to: u32) -> String {
    let reason = match held {
        Held::Window(secs) => format!("the last {} asked for {to}", seconds(secs)),
        Held::Policy(policy) => match policy.kind {
            HpaPolicyKind::Pods => {
                format!(
                    "{} pods in {} allowed",
                    policy.value,
                    seconds(policy.period)
                )
            }
            HpaPolicyKind::Percent => {
                format!("{} % in {} allowed", policy.value, seconds(policy.period))
            }
        },
        Held::Disabled => "this direction is switched off".to_owned(),
        Held::Legacy => "at most double, or 4, at once".to_owned(),
        Held::Bounds if wanted > to => format!("at most {to} allowed"),
        Held::Bounds => format!("at least {to} allowed"),
    };
    format!(" ({wanted} wanted; {reason})")
}

impl Reason {
    /// In a sentence, with the change.
    pub fn words(&self, from: u32, to: u32) -> String {
        match self {
            Self::Hpa {
                metric,
                value,
                target,
                held,
            } => {
                let held =
                    held.map_or(String::new(), |(wanted, held)| held_words(wanted, held, to));
                format!(
                    "{}, target {}: {from} → {to}{held}",
                    metric_words(*metric, *value),
                    value_words(*metric, *target),
                )
            }
            Self::Hold => format!("no metric to go by: {from} → {to}"),
            Self::Bounds { least, most } => {
                format!("between {least} and {most} instances are allowed: {from} → {to}")
            }
        }
    }
}
