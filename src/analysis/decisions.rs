//! What people wrote down about results: causes and actions of breaches, closed periods with their restatements,
//! baselines, and how reports look.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::sla::Verdict;
use crate::calendar::Instant;

/// How far the work on a breach is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum ActionStatus {
    /// Nothing was begun.
    #[default]
    Open,
    /// Somebody works on it.
    InProgress,
    /// Done.
    Done,
    /// Decided not to be done.
    Dropped,
}

impl ActionStatus {
    /// All of them, in the order of a list.
    pub const ALL: [Self; 4] = [Self::Open, Self::InProgress, Self::Done, Self::Dropped];

    /// The word on screen and sheet.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::InProgress => "in progress",
            Self::Done => "done",
            Self::Dropped => "dropped",
        }
    }
}

/// What a person says of a breach. It belongs to the breach of this objective that begins at this instant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct BreachNote {
    /// Name of the objective.
    pub objective: String,
    /// When the breach began.
    pub start: Instant,
    /// Root cause.
    pub cause: String,
    /// Category, such as `deployment` or `capacity`; themes and the Pareto table are by it.
    pub category: String,
    /// Corrective action.
    pub action: String,
    /// Who does it.
    pub owner: String,
    /// By when.
    pub due: Option<Date>,
    /// How far it is.
    pub status: ActionStatus,
    /// A comment for the report.
    pub comment: String,
}

/// The result of one objective, as it stood when a period was closed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FrozenResult {
    /// Name of the set of promises.
    pub sla: String,
    /// Name of the objective.
    pub objective: String,
    /// What became of it.
    pub verdict: Verdict,
    /// The figure, with its unit, as it was printed.
    pub achieved_text: String,
    /// The target, as it was written.
    pub target_text: String,
}

/// A change of a closed period: both numbers are kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Restatement {
    /// When it was entered.
    pub at: Instant,
    /// By whom.
    pub by: String,
    /// Why.
    pub reason: String,
    /// What stood before; only what changed.
    pub old: Vec<FrozenResult>,
    /// What stands now, in the order of `old`.
    pub new: Vec<FrozenResult>,
    /// SHA-256 of the workbook of the restated period, in hex.
    pub workbook_sha256: String,
}

/// A period whose results are frozen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClosedPeriod {
    /// Such as `2026-06`, as `Period::parse` reads it.
    pub period: String,
    /// Service and environment in words, as a report prints them.
    pub scope: String,
    /// When it was closed.
    pub at: Instant,
    /// By whom.
    pub by: String,
    /// SHA-256 of the workbook that was signed, in hex.
    pub workbook_sha256: String,
    /// SHA-256 of the inputs, as the report prints it.
    pub inputs_sha256: String,
    /// The results as of the closing, restatements included.
    pub results: Vec<FrozenResult>,
    /// What was changed since, oldest first.
    pub restatements: Vec<Restatement>,
}

/// Size of the paper that reports are laid out for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Paper {
    /// 210 × 297 mm.
    #[default]
    A4,
    /// 8.5 × 11 in.
    Letter,
}

/// How reports look.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Branding {
    /// Title in place of the project's name; empty for that.
    pub title: String,
    /// A PNG or JPEG in base64; empty for none.
    pub logo_base64: String,
    /// Colour of headings as `#rrggbb`; empty for our own.
    pub colour: String,
    /// Line at the foot of each page, such as `Confidential`.
    pub confidentiality: String,
    /// Size of the paper.
    pub paper: Paper,
}

/// A period or a run that later figures are compared with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Baseline {
    /// Its name, to which objectives refer.
    pub name: String,
    /// A period as `Period::parse` reads it; empty where it is a run.
    pub period: String,
    /// Content id of a load test (`SourceInfo::source_id` or its run group); empty where it is a period.
    pub run: String,
}

/// Everything above, as analyses and reports take it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Decisions {
    /// What people say of breaches.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub breach_notes: Vec<BreachNote>,
    /// Closed periods.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub closed: Vec<ClosedPeriod>,
    /// Baselines.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub baselines: Vec<Baseline>,
    /// How reports look.
    #[serde(skip_serializing_if = "is_plain")]
    pub branding: Branding,
}

impl Decisions {
    /// Whether nothing was decided.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What people say of a breach.
    pub fn breach_note(&self, objective: &str, start: Instant) -> Option<&BreachNote> {
        self.breach_notes
            .iter()
            .find(|note| note.start == start && note.objective == objective)
    }

    /// Changes the note on a breach; one that says nothing any more is taken away.
    pub fn change_breach_note(
        &mut self,
        objective: &str,
        start: Instant,
        change: impl FnOnce(&mut BreachNote),
    ) {
        let blank = BreachNote {
            objective: objective.to_owned(),
            start,
            ..BreachNote::default()
        };
        let notes = &mut self.breach_notes;
        let index = notes
            .iter()
            .position(|note| note.start == start && note.objective == objective);
        let mut note = index.map_or_else(|| blank.clone(), |index| notes.remove(index));
        change(&mut note);
        if note != blank {
            notes.insert(index.unwrap_or(notes.len()).min(notes.len()), note);
        }
    }

    /// A closed period, by its name and the scope in words.
    pub fn closed(&self, period: &str, scope: &str) -> Option<&ClosedPeriod> {
        self.closed
            .iter()
            .find(|closed| closed.period == period && closed.scope == scope)
    }
}

fn is_plain(branding: &Branding) -> bool {
    *branding == Branding::default()
}
