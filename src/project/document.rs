//! The document of a project: everything a person decided, without data. Small, cloned for undo, compared for saving.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::capacity_inputs::CapacityInputs;
use crate::analysis::decisions::Decisions;
use crate::analysis::forecast::plan::{Addition, ForecastPlan, Known};
use crate::calendar::FiscalStart;
use crate::dataset::{Scope, ScopeFilter};
use crate::scenario::Scenario;

/// Version of the document's layout.
pub const DOCUMENT_VERSION: u32 = 1;

/// A set of promises as text: the user's `performance_sla` block or Headroom's own form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SlaEntry {
    /// Name shown in lists, usually the file name.
    pub name: String,
    /// YAML as written.
    pub yaml: String,
    /// The tables of windows that it names, as CSV, by the name that stands in it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub exclusions: BTreeMap<String, String>,
}

/// A limit on a series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitValue {
    /// In the unit of the series.
    Value(f64),
    /// Percent of the series' natural limit (100 for a series in percent).
    Percent(f64),
}

impl Default for LimitValue {
    fn default() -> Self {
        Self::Percent(80.0)
    }
}

/// A capacity limit that forecasts are held against.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CapacityLimit {
    /// Display name of the series it applies to.
    pub series: String,
    /// The limit.
    pub limit: LimitValue,
    /// Days between ordering more and having it.
    pub lead_time_days: u32,
    /// Free text.
    pub note: String,
    /// What is planned to be added to it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub additions: Vec<Addition>,
}

/// A remembered answer: what the columns of tables with one header are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MappingEntry {
    /// Names tables with that header.
    pub fingerprint: String,
    /// The file it was said for.
    pub name: String,
    /// The mapping, as YAML.
    pub yaml: String,
}

impl MappingEntry {
    /// How many answers are kept, the latest ones.
    const MOST: usize = 500;

    /// Puts an answer into a list, in place of an older one about the same header.
    pub fn remember(self, list: &mut Vec<Self>) {
        list.retain(|known| known.fingerprint != self.fingerprint);
        list.push(self);
        let excess = list.len().saturating_sub(Self::MOST);
        list.drain(..excess);
    }
}

/// A source in the document: which content, and what a person says it is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SourceEntry {
    /// Content id, see `SourceInfo::source_id`.
    pub source_id: String,
    /// Editable scope; overrides what the import guessed.
    pub scope: Scope,
    /// The run that it is a part of, see `SourceInfo::run_group`.
    pub run_group: String,
}

/// Everything a person decided about a project. Every field is written, also an empty one: a field that is left out
/// counts as one of a newer program, and its old content would come back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProjectDoc {
    /// Layout version.
    pub version: u32,
    /// Name of the project.
    pub name: String,
    /// IANA zone of its calendar.
    pub time_zone: String,
    /// IANA zone of times that files give without one; empty until a person said it.
    pub source_zone: String,
    /// The scope picked in the top bar.
    pub scope: ScopeFilter,
    /// The period picked in the top bar, as `Period::parse` reads it; empty for the last complete month.
    pub period: String,
    /// Promises.
    pub slas: Vec<SlaEntry>,
    /// Capacity limits.
    pub limits: Vec<CapacityLimit>,
    /// Sources in order of import.
    pub sources: Vec<SourceEntry>,
    /// Notes for reports, by period.
    pub notes: BTreeMap<String, String>,
    /// What the columns of tables are, by their header.
    pub mappings: Vec<MappingEntry>,
    /// What people wrote down about results.
    pub decisions: Decisions,
    /// The month with which fiscal years begin, where somebody said one.
    pub fiscal_start: Option<FiscalStart>,
    /// What people know about series beside their data.
    pub forecast_plans: Vec<ForecastPlan>,
    /// Scenarios of What if, by name, in the order they were made.
    pub scenarios: Vec<Scenario>,
    /// Name of the scenario that is the plan.
    pub committed: Option<String>,
    /// What was set on Capacity.
    pub capacity: CapacityInputs,
}

impl ProjectDoc {
    /// Everything that is known about a series: its plan, that for all series, and the additions to its limit.
    pub fn known(&self, series: &str) -> Known {
        Known {
            plan: ForecastPlan::of(&self.forecast_plans, series),
            additions: self
                .limits
                .iter()
                .find(|l| l.series == series)
                .map(|l| l.additions.clone())
                .unwrap_or_default(),
        }
    }
}

impl Default for ProjectDoc {
    fn default() -> Self {
        Self {
            version: DOCUMENT_VERSION,
            name: String::new(),
            time_zone: "UTC".to_owned(),
            source_zone: String::new(),
            scope: ScopeFilter::default(),
            period: String::new(),
            slas: Vec::new(),
            limits: Vec::new(),
            sources: Vec::new(),
            notes: BTreeMap::new(),
            mappings: Vec::new(),
            decisions: Decisions::default(),
            fiscal_start: None,
            forecast_plans: Vec::new(),
            scenarios: Vec::new(),
            committed: None,
            capacity: CapacityInputs::default(),
        }
    }
}
