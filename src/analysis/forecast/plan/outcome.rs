//! What the plan did to a forecast, by name, and what the forecast is without it.

use serde::{Deserialize, Serialize};

use super::super::{CapacityCrossing, ForecastPoint};
use crate::calendar::Instant;

/// What kind of knowledge it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectKind {
    /// A change that lasts.
    Change,
    /// Something that passes.
    Event,
    /// A holiday.
    Holiday,
    /// Past that was left out.
    Ignored,
    /// Where the fit begins.
    Start,
    /// A change point that does not count.
    Struck,
}

impl EffectKind {
    /// The word on screen and sheet.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Change => "change",
            Self::Event => "event",
            Self::Holiday => "holiday",
            Self::Ignored => "left out",
            Self::Start => "start of the fit",
            Self::Struck => "change point ignored",
        }
    }
}

/// One thing that is known, and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AppliedEffect {
    /// What kind.
    pub kind: EffectKind,
    /// The name that a person gave it; may be empty.
    pub name: String,
    /// When it begins.
    pub from: Option<Instant>,
    /// First instant after it; `None` where it lasts.
    pub until: Option<Instant>,
    /// What it does: `+20 %`. Empty where nothing is changed.
    pub effect: String,
    /// Steps of the past that were left out of the fit.
    pub past_steps: usize,
    /// Steps of the forecast that were changed.
    pub future_steps: usize,
    /// What came of it, in a sentence without a full stop.
    pub note: String,
}

/// The forecast from the data alone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Without {
    /// Its model.
    pub model: String,
    /// Its steps.
    pub points: Vec<ForecastPoint>,
    /// When it crosses the limit, against the same dated limit.
    pub capacity: Option<CapacityCrossing>,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// What the plan did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PlanOutcome {
    /// Each thing that is known, in order of kind and date.
    pub effects: Vec<AppliedEffect>,
    /// What the data alone say.
    pub without: Without,
}
