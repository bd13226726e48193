//! The decisions of a person about the forecast of a series, as the project keeps them.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::holidays::Holiday;
use super::schedule::Addition;
use super::words::Effect;
use crate::calendar::{Instant, TimeRange};

/// From a day on, the series is expected to differ from its past.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Change {
    /// First day.
    pub from: Date,
    /// What it does.
    pub effect: Effect,
    /// Why, in the words of the person.
    pub name: String,
}

/// Something that passes: a campaign, a migration.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Event {
    /// First day.
    pub from: Date,
    /// Last day, which belongs to it.
    pub to: Date,
    /// What it does.
    pub effect: Effect,
    /// What it is.
    pub name: String,
}

/// A stretch of the past that says nothing about the future; the fit treats it as a gap.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ignored {
    /// First instant.
    pub start: Instant,
    /// First instant after it.
    pub end: Instant,
    /// What it was.
    pub name: String,
}

impl Ignored {
    /// As a range of time.
    pub const fn range(&self) -> TimeRange {
        TimeRange {
            start: self.start,
            end: self.end,
        }
    }
}

/// What is known about one series, or about all of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ForecastPlan {
    /// Display name of the series; empty for all series.
    pub series: String,
    /// Changes that last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
    /// What passes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Event>,
    /// Past that is left out of the fit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<Ignored>,
    /// Where the fit begins; what is older is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_after: Option<Instant>,
    /// Change points that were found and do not count.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub struck: Vec<Instant>,
    /// Days that differ from their weekday.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub holidays: Vec<Holiday>,
}

impl ForecastPlan {
    /// Nothing is known.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
            && self.events.is_empty()
            && self.ignored.is_empty()
            && self.start_after.is_none()
            && self.struck.is_empty()
            && self.holidays.is_empty()
    }

    /// Adds what another plan knows; its beginning of the fit comes first.
    pub fn extend(&mut self, other: &Self) {
        self.changes.extend_from_slice(&other.changes);
        self.events.extend_from_slice(&other.events);
        self.ignored.extend_from_slice(&other.ignored);
        self.struck.extend_from_slice(&other.struck);
        self.holidays.extend_from_slice(&other.holidays);
        self.start_after = other.start_after.or(self.start_after);
    }

    /// What a list of plans knows about a series: what is said for all, and for it.
    pub fn of(plans: &[Self], series: &str) -> Self {
        let mut found = Self {
            series: series.to_owned(),
            ..Self::default()
        };
        for plan in plans.iter().filter(|p| p.series.is_empty()) {
            found.extend(plan);
        }
        for plan in plans
            .iter()
            .filter(|p| !series.is_empty() && p.series == series)
        {
            found.extend(plan);
        }
        found
    }

    /// The plan of a series in a list, to be changed; an empty one is added where there is none.
    pub fn entry<'a>(plans: &'a mut Vec<Self>, series: &str) -> Option<&'a mut Self> {
        if plans.iter().all(|p| p.series != series) {
            plans.push(Self {
                series: series.to_owned(),
                ..Self::default()
            });
        }
        plans.iter_mut().find(|p| p.series == series)
    }

    /// How a change point that was found is treated.
    pub fn seen(&self, at: Instant) -> Seen {
        if self.start_after == Some(at) {
            Seen::Begins
        } else if self.struck.contains(&at) {
            Seen::Struck
        } else {
            Seen::Counts
        }
    }
}

/// How a change point is treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// As it was found.
    Counts,
    /// It does not count.
    Struck,
    /// The fit begins there.
    Begins,
}

/// Everything that is known beside the data: the plan of a series, and the additions to its limit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Known {
    /// What happens to the series.
    pub plan: ForecastPlan,
    /// What happens to its limit.
    pub additions: Vec<Addition>,
}

impl Known {
    /// Nothing is known.
    pub fn is_empty(&self) -> bool {
        self.plan.is_empty() && self.additions.is_empty()
    }
}
