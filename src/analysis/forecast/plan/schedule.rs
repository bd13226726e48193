//! The limit as a dated schedule: what is added to it, when, how long before it has to be ordered, and what it costs.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::super::{ForecastError, StepKind, Steps};
use super::prepare::{BEHIND, FURTHEST};
use crate::calendar::{Instant, Zone};
use crate::units::{self, Micros};

/// How much is added.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Amount {
    /// In the unit of the series.
    Value(f64),
    /// Percent of the limit then in force.
    Percent(f64),
}

impl Default for Amount {
    fn default() -> Self {
        Self::Value(0.0)
    }
}

impl Amount {
    /// `200 GiB`, `25 %`.
    pub fn words(self, unit: &str) -> String {
        match self {
            Self::Value(value) => units::with_unit(value, unit),
            Self::Percent(percent) => format!("{} %", units::number(percent)),
        }
    }

    /// As it is typed.
    pub fn typed(self) -> String {
        match self {
            Self::Value(value) => value.to_string(),
            Self::Percent(percent) => format!("{percent}%"),
        }
    }
}

/// Capacity that is planned.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Addition {
    /// The day from which it counts.
    pub date: Date,
    /// How much.
    pub amount: Amount,
    /// Days between ordering it and having it; that of the limit where `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lead_time_days: Option<u32>,
    /// Price of one unit of the series; of the whole addition where the amount is a percentage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_cost: Option<f64>,
    /// Who sees to it.
    pub owner: String,
}

impl Addition {
    /// Makes it an addition to a share of the limit; its cost stays the same.
    pub fn take_share(&mut self, share: f64) {
        if let Amount::Value(value) = &mut self.amount {
            *value *= share;
            if share > 0.0 {
                self.unit_cost = self.unit_cost.map(|cost| cost / share);
            }
        }
    }

    /// What it costs, where a price is known.
    pub fn cost(&self) -> Option<f64> {
        let price = self.unit_cost?;
        Some(match self.amount {
            Amount::Value(value) => price * value,
            Amount::Percent(_) => price,
        })
    }
}

/// A planned addition as the forecast sees it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AdditionOutcome {
    /// When it counts.
    pub at: Instant,
    /// How much, in words.
    pub amount: String,
    /// The limit from then on, in the unit of the series.
    pub limit: f64,
    /// The day on which it has to be ordered.
    pub order_by: Instant,
    /// That day is over, and the addition is still to come.
    pub late: bool,
    /// What it costs.
    pub cost: Option<f64>,
    /// Who sees to it.
    pub owner: String,
}

/// The limit as it is on each day.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schedule {
    /// The limit in force at each step from the first of the history on; empty where it never changes.
    pub levels: Vec<f64>,
    /// What each addition does, in order of date.
    pub additions: Vec<AdditionOutcome>,
}

/// The limit over time: `base` before the first addition. For a series in percent more capacity does not move the
/// limit, because the same load becomes a smaller share.
pub fn limits_ahead(
    steps: &Steps,
    (base, unit): (f64, &str),
    additions: &[Addition],
    (zone, lead_time): (&Zone, Micros),
) -> Result<Schedule, ForecastError> {
    let mut schedule = Schedule::default();
    if additions.is_empty() {
        return Ok(schedule);
    }
    if steps.kind == StepKind::Index {
        return Err(ForecastError::Refused(
            "additions to the limit have dates, and this series is counted in steps without dates"
                .to_owned(),
        ));
    }
    let count = steps.values.len() + steps.horizon.min(FURTHEST) + BEHIND;
    let mut levels = vec![base; count];
    let mut sorted: Vec<&Addition> = additions.iter().collect();
    sorted.sort_by_key(|a| a.date);
    let mut in_force = base;
    for addition in sorted {
        let at = zone.start_of_day(addition.date);
        in_force = match addition.amount {
            Amount::Percent(_) if unit == "%" => in_force,
            Amount::Value(value) if unit == "%" => {
                return Err(ForecastError::Refused(format!(
                    "{} added to a limit in percent says nothing about capacity; give the addition of {} as a percentage of what is there, such as 25%",
                    units::number(value),
                    addition.date
                )));
            }
            Amount::Percent(percent) => in_force * (1.0 + percent / 100.0),
            Amount::Value(value) => in_force + value,
        };
        let first = (0..count).find(|i| steps.time(*i) >= at).unwrap_or(count);
        for level in levels.iter_mut().skip(first) {
            *level = in_force;
        }
        let lead = addition
            .lead_time_days
            .map_or(lead_time, |days| Micros(i64::from(days) * Micros::DAY.0));
        let order_by = at.plus(Micros(-lead.0));
        schedule.additions.push(AdditionOutcome {
            at,
            amount: addition.amount.words(unit),
            limit: in_force,
            order_by,
            late: order_by < steps.now && at > steps.now,
            cost: addition.cost(),
            owner: addition.owner.clone(),
        });
    }
    schedule.levels = levels;
    Ok(schedule)
}
