//! Why a policy wants a number of instances, kept as figures until somebody asks for the sentence.

use crate::scenario::model::{HpaPolicyKind, ScaleMetric};
use crate::units::{Micros, Ppm, duration, millis, number, percent};

use super::behavior::Held;

/// What a policy wants, and why.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answer {
    /// Instances in all.
    pub to: u32,
    /// How it came to that.
    pub reason: Reason,
}

impl Answer {
    /// In a sentence, with the change that came of it within the bounds (least, most).
    pub fn words(&self, from: u32, to: u32, (least, most): (u32, u32)) -> String {
        let mut words = self.reason.words(from, to);
        if self.to > most {
            words.push_str(&format!(" ({} wanted; at most {most} allowed)", self.to));
        } else if self.to < least {
            words.push_str(&format!(" ({} wanted; at least {least} allowed)", self.to));
        }
        words
    }
}

/// Figures of a reason.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reason {
    /// A metric against the target of a Kubernetes autoscaler.
    Hpa {
        metric: ScaleMetric,
        value: f64,
        target: f64,
        /// Instances the metric alone asked for, and what held them.
        held: Option<(u32, Held)>,
    },
    /// An alarm of step scaling.
    Step {
        metric: ScaleMetric,
        value: f64,
        threshold: f64,
        above: bool,
        periods: u32,
        /// Seconds of one.
        period: f64,
    },
    /// A metric that is kept at its target, approximately.
    Tracking {
        metric: ScaleMetric,
        value: f64,
        target: f64,
    },
    /// A window of the schedule: seconds after midnight at both ends.
    Scheduled { from: f64, to: f64, least: u32 },
    /// No window of the schedule is in force.
    OffSchedule,
    /// A load that is known: requests per second, seconds ahead, planned utilisation.
    Predicted { rate: f64, lead: f64, target: f64 },
    /// Nothing to go by, or a metric failed while the others say fewer: no change.
    Hold,
    /// The bounds only.
    Bounds { least: u32, most: u32 },
}

/// Seconds as a person reads them.
pub fn seconds(secs: f64) -> String {
    duration(Micros((secs * 1e6).round() as i64))
}

/// A share as percent with at most one decimal.
pub fn share_words(share: f64) -> String {
    percent(Ppm((share * 1e3).round() as i64 * 1_000))
}

/// A time of the day.
fn clock(secs: f64) -> String {
    let minutes = (secs / 60.0).floor() as i64;
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// A metric's value with its name, never rounded to what it is compared with.
fn metric_words(metric: ScaleMetric, value: f64, against: f64) -> String {
    let utilisation = matches!(
        metric,
        ScaleMetric::CpuUtilization | ScaleMetric::WorkerUtilization
    );
    let words = value_words(metric, value);
    let same = words == value_words(metric, against);
    let words = if same && utilisation {
        percent(Ppm((value * 1e6).round() as i64))
    } else {
        words
    };
    match metric {
        ScaleMetric::CpuUtilization => {
            format!("CPU at {words} of its request")
        }
        ScaleMetric::WorkerUtilization => {
            format!("{words} of the workers busy")
        }
        ScaleMetric::ResponseTime => format!("P95 at {words}"),
        ScaleMetric::RequestRate | ScaleMetric::QueueLength => words,
    }
}

/// A metric's value with its unit.
fn value_words(metric: ScaleMetric, value: f64) -> String {
    match metric {
        ScaleMetric::CpuUtilization | ScaleMetric::WorkerUtilization => share_words(value),
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
    fn words(&self, from: u32, to: u32) -> String {
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
                    metric_words(*metric, *value, *target),
                    value_words(*metric, *target),
                )
            }
            Self::Step {
                metric,
                value,
                threshold,
                above,
                periods,
                period,
            } => format!(
                "{}, {} {} for {}: {from} → {to}",
                metric_words(*metric, *value, *threshold),
                if *above { "at or above" } else { "at or below" },
                value_words(*metric, *threshold),
                seconds(f64::from(*periods) * period),
            ),
            Self::Tracking {
                metric,
                value,
                target,
            } => format!(
                "{}, kept at {} (target tracking, approximate): {from} → {to}",
                metric_words(*metric, *value, *target),
                value_words(*metric, *target),
            ),
            Self::Scheduled {
                from: begin,
                to: end,
                least,
            } => format!(
                "at least {least} instances from {} to {}: {from} → {to}",
                clock(*begin),
                clock(*end),
            ),
            Self::OffSchedule => format!("outside the scheduled hours: {from} → {to}"),
            Self::Predicted { rate, lead, target } => format!(
                "{} requests/s expected within {}, planned with {} of the workers busy: {from} → {to}",
                number(*rate),
                seconds(*lead),
                share_words(*target),
            ),
            Self::Hold => format!("no metric to go by: {from} → {to}"),
            Self::Bounds { least, most } => {
                format!("between {least} and {most} instances are allowed: {from} → {to}")
            }
        }
    }
}
