//! What a person set on Capacity: the budget that a load has to keep, and what headroom is asked about.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::analysis::story::USUAL_PERCENT;

/// Settings of Capacity, kept with the project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CapacityInputs {
    /// Content ids of the load tests that do not take part.
    pub left_out: BTreeSet<String>,
    /// Percentile of the budget in parts per million: 950,000 for P95.
    pub percentile_ppm: i64,
    /// Budget in milliseconds, above 0.
    pub budget_ms: f64,
    /// Share of requests that may fail, in percent.
    pub errors_percent: f64,
    /// Title of the series that is the demand; empty for the one that fits best.
    pub demand: String,
    /// How many times the demand grows.
    pub growth: f64,
    /// Nodes that carried the load test, at least 1.
    pub nodes: u32,
    /// Nodes that may fail, fewer than there are.
    pub fail: u32,
    /// Share that is kept free, in percent.
    pub reserve_percent: u32,
    /// The date that is asked about, as typed: a day, a month, a quarter; empty for none.
    pub by: String,
    /// Price of a node for one hour; 0 for none.
    pub node_hour: f64,
    /// Currency of that price.
    pub currency: String,
    /// Utilisation at which a resource without a limit of its own counts as used up, in percent.
    pub target_percent: u32,
}

impl Default for CapacityInputs {
    fn default() -> Self {
        Self {
            left_out: BTreeSet::new(),
            percentile_ppm: 950_000,
            budget_ms: 200.0,
            errors_percent: 1.0,
            demand: String::new(),
            growth: 1.0,
            nodes: 1,
            fail: 0,
            reserve_percent: 0,
            by: String::new(),
            node_hour: 0.0,
            currency: "USD".to_owned(),
            target_percent: USUAL_PERCENT as u32,
        }
    }
}

impl CapacityInputs {
    /// The same within the ranges of the fields: a file may have been written by hand.
    #[must_use]
    pub fn within_ranges(mut self) -> Self {
        let default = Self::default();
        let within = |value: f64, low: f64, high: f64, other: f64| {
            if value.is_finite() {
                value.clamp(low, high)
            } else {
                other
            }
        };
        self.percentile_ppm = self.percentile_ppm.clamp(1, 1_000_000);
        self.budget_ms = within(self.budget_ms, 0.1, 600_000.0, default.budget_ms);
        self.errors_percent = within(self.errors_percent, 0.0, 100.0, default.errors_percent);
        self.growth = within(self.growth, 0.1, 1_000.0, default.growth);
        self.nodes = self.nodes.clamp(1, 100_000);
        self.fail = self.fail.min(self.nodes - 1);
        self.reserve_percent = self.reserve_percent.min(90);
        self.node_hour = within(self.node_hour, 0.0, 1e6, default.node_hour);
        self.target_percent = self.target_percent.clamp(1, 100);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::ProjectDoc;

    #[test]
    fn a_project_keeps_them_and_an_older_one_opens_without() {
        let old: ProjectDoc = serde_json::from_str(r#"{"version": 1, "name": "old"}"#).unwrap();
        assert_eq!(old.capacity, CapacityInputs::default());
        let mut doc = ProjectDoc::default();
        doc.capacity.nodes = 4;
        doc.capacity.by = "2027-06".to_owned();
        doc.capacity.left_out.insert("abc".to_owned());
        let text = serde_json::to_string(&doc).unwrap();
        assert_eq!(serde_json::from_str::<ProjectDoc>(&text).unwrap(), doc);
    }

    #[test]
    fn values_written_by_hand_stay_within_their_ranges() {
        let wild = CapacityInputs {
            percentile_ppm: -5,
            budget_ms: f64::NAN,
            growth: 1e9,
            nodes: 0,
            fail: 7,
            reserve_percent: 400,
            ..CapacityInputs::default()
        };
        let tame = wild.within_ranges();
        assert_eq!((tame.percentile_ppm, tame.budget_ms), (1, 200.0));
        assert_eq!((tame.growth, tame.nodes, tame.fail), (1_000.0, 1, 0));
        assert_eq!(tame.reserve_percent, 90);
    }
}
