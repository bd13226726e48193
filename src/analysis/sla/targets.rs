//! What a promise may say beyond one fixed target for one service: targets by date, a baseline that later figures are
//! compared with, and how several services become one. SEMANTICS "Targets over time" and "Rolling up services".

use std::borrow::Cow;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::objective::{Limit, Objective, Quantity};
use crate::calendar::{Instant, Zone};

/// A target that holds from a day on, until the next one does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatedTarget {
    /// First civil day; `None` for what holds before all others.
    pub from: Option<Date>,
    /// The day as it was written, such as `month 3`.
    pub from_text: String,
    /// The target.
    pub target: Limit,
    /// The target as it was written.
    pub target_text: String,
}

/// What later figures are compared with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BaselineRef {
    /// `previous`, `previous run`, a name under `baselines:`, a period, or the file name or id of a load test.
    Named(String),
    /// A figure that was measured elsewhere, in the unit of what is compared.
    Figure {
        /// The figure.
        value: Quantity,
        /// As it was written.
        text: String,
    },
}

/// What an improvement or a regression compares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// A percentile of durations.
    #[default]
    Latency,
    /// Share of failed requests.
    ErrorRate,
    /// Requests per second served in the busiest slice.
    Throughput,
    /// Most users at once.
    Concurrency,
    /// A statistic of a series: memory, CPU, cost.
    Metric,
}

impl Measure {
    /// The word in a file of promises.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Latency => "latency",
            Self::ErrorRate => "error_rate",
            Self::Throughput => "throughput",
            Self::Concurrency => "concurrency",
            Self::Metric => "metric",
        }
    }
}

/// How several services become one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rollup {
    /// The lowest service decides.
    #[default]
    Worst,
    /// Down when any is down: the union of outages.
    AllUp,
    /// By traffic: each service counts as much as it has requests.
    Weighted,
}

impl Objective {
    /// The objective with the target in force at an instant; nothing where none is yet.
    pub fn in_force(&self, at: Instant, zone: &Zone) -> Option<Cow<'_, Self>> {
        if self.dated.is_empty() {
            return Some(Cow::Borrowed(self));
        }
        let dated = self.dated_at(at, zone)?;
        if dated.target == self.target && dated.target_text == self.target_text {
            return Some(Cow::Borrowed(self));
        }
        let mut own = self.clone();
        own.target = dated.target;
        own.target_text.clone_from(&dated.target_text);
        Some(Cow::Owned(own))
    }

    /// The dated target in force at an instant.
    pub fn dated_at(&self, at: Instant, zone: &Zone) -> Option<&DatedTarget> {
        self.dated
            .iter()
            .rev()
            .find(|d| d.from.is_none_or(|day| zone.start_of_day(day) <= at))
    }
}
