//! What people wrote down about results: causes and actions of breaches, closed periods with their restatements,
//! baselines, windows that do not count, criteria of canaries, and how reports look.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::forecast::kept::{KeptBy, KeptForecast};
use super::sla::{Verdict, WrittenExclusion};
use crate::calendar::{Instant, TimeRange};
use crate::dataset::Scope;

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
    /// SHA-256 of the inputs of the new figures, as the report prints it.
    pub inputs_sha256: String,
}

/// A closed period was opened again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reopening {
    /// When.
    pub at: Instant,
    /// By whom.
    pub by: String,
    /// Why.
    pub reason: String,
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
    /// Opened again: it no longer binds, and stays in the list for the record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reopened: Option<Reopening>,
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

/// A period, a run or a figure that later ones are compared with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Baseline {
    /// Its name, to which objectives refer.
    pub name: String,
    /// A period as `Period::parse` reads it; empty where it is a run.
    pub period: String,
    /// Content id of a load test (`SourceInfo::source_id` or its run group); empty where it is a period.
    pub run: String,
    /// A figure that was measured elsewhere, with its unit; empty where it is a period or a run.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub value: String,
}

/// A window that does not count, entered in the project and not in a file of promises.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct EnteredExclusion {
    /// When, why and who, as it was typed.
    pub window: WrittenExclusion,
    /// Names of the promises that it is for; empty for all of them.
    pub objectives: Vec<String>,
}

impl EnteredExclusion {
    /// What results and reports name as the place where it stands.
    pub const SOURCE: &'static str = "entered in the project";
}

/// A span of a series that is known to be unusual and says nothing about the future: it is left out of forecast fits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct KnownSpan {
    /// Display name of the series.
    pub series: String,
    /// Service of the series; empty for any.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub service: String,
    /// Environment of the series; empty for any.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub environment: String,
    /// Its first instant.
    pub start: Instant,
    /// The first instant after it.
    pub end: Instant,
    /// Why it is known.
    pub reason: String,
    /// Who said so.
    pub by: String,
}

impl KnownSpan {
    /// From its start to its end.
    pub const fn range(&self) -> TimeRange {
        TimeRange {
            start: self.start,
            end: self.end,
        }
    }

    /// Whether it is about a series.
    pub fn is_about(&self, series: &str, scope: &Scope) -> bool {
        let any_or = |own: &str, theirs: &str| own.is_empty() || own == theirs;
        self.series == series
            && any_or(&self.service, &scope.service)
            && any_or(&self.environment, &scope.environment)
    }
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
    /// Windows that do not count.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exclusions: Vec<EnteredExclusion>,
    /// Criteria of a canary, each as `headroom compare --canary` takes it: `max_error_rate=1%`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub canary: Vec<String>,
    /// Forecasts that later data are held against, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub forecasts: Vec<KeptForecast>,
    /// Spans of series that are known to be unusual.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub known_spans: Vec<KnownSpan>,
}

impl Decisions {
    /// Whether nothing was decided.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The spans of a series that are known to be unusual, by time.
    pub fn known_of(&self, series: &str, scope: &Scope) -> Vec<KnownSpan> {
        let own = self
            .known_spans
            .iter()
            .filter(|s| s.is_about(series, scope));
        let mut spans: Vec<KnownSpan> = own.cloned().collect();
        spans.sort_by_key(|s| (s.start, s.end));
        spans
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

    /// What concerns a report: closings of its period and of the months in it (`names`) in its scope, notes on breaches
    /// that began before its `end`, baselines and looks, and forecasts that were kept before it. What is decided about other
    /// periods does not change its bytes; the hash of the period's own workbook is left out, because a file cannot hold its own.
    #[must_use]
    pub fn about(&self, names: &[String], scope: &str, end: Instant) -> Self {
        let mut about = self.clone();
        about.breach_notes.retain(|note| note.start < end);
        about.forecasts.retain(|kept| kept.made_at < end);
        about.known_spans.retain(|span| span.start < end);
        about
            .closed
            .retain(|one| one.scope == scope && names.contains(&one.period));
        for own in &mut about.closed {
            if names.first() == Some(&own.period) && own.reopened.is_none() {
                own.set_workbook(String::new());
            }
        }
        about
    }

    /// The closing of a period that binds, by its name and the scope in words; those that were opened again do not.
    pub fn closed(&self, period: &str, scope: &str) -> Option<&ClosedPeriod> {
        self.closed.iter().find(|one| one.binds(period, scope))
    }

    /// Puts a record in the place of the binding one about the same period, or adds it.
    pub fn keep(&mut self, record: ClosedPeriod) {
        match self.closed_mut(&record.period, &record.scope) {
            Some(there) => *there = record,
            None => self.closed.push(record),
        }
    }

    /// Keeps forecasts; those that were made from data that were kept already are left out.
    pub fn keep_forecasts(&mut self, forecasts: Vec<KeptForecast>) {
        for kept in forecasts {
            kept.keep_in(&mut self.forecasts);
        }
    }

    /// Takes over what was signed: closed periods, and the forecasts that were kept with them. Undo leaves it alone.
    pub fn keep_signed(&mut self, from: &Self) {
        self.closed.clone_from(&from.closed);
        for kept in &from.forecasts {
            if matches!(kept.by, KeptBy::Closing(_)) {
                kept.clone().keep_in(&mut self.forecasts);
            }
        }
    }

    /// As [`Self::closed`], to change it.
    pub fn closed_mut(&mut self, period: &str, scope: &str) -> Option<&mut ClosedPeriod> {
        self.closed.iter_mut().find(|one| one.binds(period, scope))
    }
}

impl ClosedPeriod {
    /// The hash of the inputs behind `results`: of the last restatement, else of the closing.
    pub fn inputs_in_force(&self) -> &str {
        self.restatements
            .last()
            .map_or(&self.inputs_sha256, |last| &last.inputs_sha256)
    }

    /// The hash of the workbook that `results` stand in: of the last restatement, else of the closing.
    pub fn workbook_in_force(&self) -> &str {
        self.restatements
            .last()
            .map_or(&self.workbook_sha256, |last| &last.workbook_sha256)
    }

    /// Sets the hash that [`Self::workbook_in_force`] gives.
    pub fn set_workbook(&mut self, sha256: String) {
        match self.restatements.last_mut() {
            Some(last) => last.workbook_sha256 = sha256,
            None => self.workbook_sha256 = sha256,
        }
    }

    fn binds(&self, period: &str, scope: &str) -> bool {
        self.reopened.is_none() && self.period == period && self.scope == scope
    }
}

fn is_plain(branding: &Branding) -> bool {
    *branding == Branding::default()
}
