//! The scenarios of a project: found, added, renamed and taken away by name, within bounds that keep undo small. The
//! plan is one of them.

use thiserror::Error;

use super::ProjectDoc;
use crate::analysis::forecast::plan::Known;
use crate::scenario::Scenario;
use crate::scenario::ahead::{Ahead, ahead};
use crate::scenario::model::Pattern;

/// Most scenarios of a project.
pub const MOST_SCENARIOS: usize = 60;
/// Most faults of a scenario.
pub const MOST_FAULTS: usize = 200;
/// Most points of a load over time; more of them are thinned out before they are kept.
pub const MOST_POINTS: usize = 10_000;
/// Longest name, in characters.
const MOST_NAME: usize = 80;

/// Why a scenario is not taken into a project.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ScenarioRefused {
    /// There are too many already.
    #[error("a project holds at most {MOST_SCENARIOS} scenarios; delete one first")]
    TooMany,
    /// It has too many faults.
    #[error("{0} faults are too many; a scenario has at most {MOST_FAULTS}")]
    Faults(usize),
    /// It has too many points.
    #[error("a load of {0} points is too long to keep; at most {MOST_POINTS} are")]
    Points(usize),
}

/// Whether a scenario is small enough to be kept in a document.
pub fn fits(scenario: &Scenario) -> Result<(), ScenarioRefused> {
    if scenario.faults.len() > MOST_FAULTS {
        return Err(ScenarioRefused::Faults(scenario.faults.len()));
    }
    match &scenario.workload.pattern {
        Pattern::Points { points, .. } if points.len() > MOST_POINTS => {
            Err(ScenarioRefused::Points(points.len()))
        }
        _ => Ok(()),
    }
}

/// A name without breaks and of reasonable length; `Scenario` for an empty one.
fn tidy(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    let name: String = words.join(" ").chars().take(MOST_NAME).collect();
    if name.is_empty() {
        "Scenario".to_owned()
    } else {
        name
    }
}

impl ProjectDoc {
    /// The scenario with this name.
    pub fn scenario(&self, name: &str) -> Option<&Scenario> {
        self.scenarios.iter().find(|s| s.name == name)
    }

    /// The scenario that is the plan.
    pub fn plan(&self) -> Option<&Scenario> {
        self.scenario(self.committed.as_deref()?)
    }

    /// The plan and today's system, the first scenario that is not the plan.
    pub fn plan_and_today(&self) -> Option<(Scenario, Option<Scenario>)> {
        let plan = self.plan()?;
        let today = self.scenarios.iter().find(|s| s.name != plan.name);
        Some((plan.clone(), today.cloned()))
    }

    /// What the plan changes from its day on; `None` without a plan or a day, `Err` where it stands in no forecast.
    pub fn ahead(&self) -> Option<Result<Ahead, String>> {
        let plan = self.plan()?;
        let today = self.scenarios.iter().find(|s| s.name != plan.name);
        ahead(plan, today)
    }

    /// What is known about a series, with what the plan changes about it.
    pub fn foreseen(&self, series: &str) -> Known {
        let mut known = self.known(series);
        if let Some(Ok(ahead)) = self.ahead()
            && ahead.concerns(series)
        {
            ahead.add_to(&mut known);
        }
        known
    }

    /// A name that no scenario has: the wanted one, or with a number behind it.
    pub fn free_scenario_name(&self, wanted: &str) -> String {
        let wanted = tidy(wanted);
        if self.scenario(&wanted).is_none() {
            return wanted;
        }
        (2..=MOST_SCENARIOS + 2)
            .map(|n| format!("{wanted} {n}"))
            .find(|name| self.scenario(name).is_none())
            .unwrap_or(wanted)
    }

    /// Whether one more scenario can be added.
    pub fn takes_scenario(&self, scenario: &Scenario) -> Result<(), ScenarioRefused> {
        if self.scenarios.len() >= MOST_SCENARIOS {
            return Err(ScenarioRefused::TooMany);
        }
        fits(scenario)
    }

    /// Adds a scenario under a free name.
    pub fn add_scenario(&mut self, mut scenario: Scenario) {
        if self.takes_scenario(&scenario).is_ok() {
            scenario.name = self.free_scenario_name(&scenario.name);
            self.scenarios.push(scenario);
        }
    }

    /// Puts a changed scenario in place of the one with this name; the name stays.
    pub fn put_scenario(&mut self, name: &str, mut scenario: Scenario) {
        if fits(&scenario).is_err() {
            return;
        }
        if let Some(place) = self.scenarios.iter_mut().find(|s| s.name == name) {
            name.clone_into(&mut scenario.name);
            *place = scenario;
        }
    }

    /// Gives a scenario another name, a free one; the plan follows.
    pub fn rename_scenario(&mut self, name: &str, wanted: &str) {
        if tidy(wanted) == name {
            return;
        }
        let free = self.free_scenario_name(wanted);
        if let Some(scenario) = self.scenarios.iter_mut().find(|s| s.name == name) {
            scenario.name.clone_from(&free);
            if self.committed.as_deref() == Some(name) {
                self.committed = Some(free);
            }
        }
    }

    /// Takes a scenario away; where it was the plan, there is none.
    pub fn remove_scenario(&mut self, name: &str) {
        self.scenarios.retain(|s| s.name != name);
        if self.committed.as_deref() == Some(name) {
            self.committed = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::model::{Fault, FaultKind, RatePoint};

    fn named(name: &str) -> Scenario {
        Scenario {
            name: name.to_owned(),
            ..Scenario::default()
        }
    }

    fn names(doc: &ProjectDoc) -> Vec<&str> {
        doc.scenarios.iter().map(|s| s.name.as_str()).collect()
    }

    #[test]
    fn names_stay_apart_and_the_plan_follows_its_scenario() {
        let mut doc = ProjectDoc::default();
        for name in ["Peak", "Peak", " Black \n Friday ", ""] {
            doc.add_scenario(named(name));
        }
        assert_eq!(names(&doc), ["Peak", "Peak 2", "Black Friday", "Scenario"]);
        doc.committed = Some("Peak".to_owned());
        doc.rename_scenario("Peak", "Black Friday");
        assert_eq!(doc.plan().unwrap().name, "Black Friday 2");
        doc.rename_scenario("Peak 2", " Peak  2 ");
        assert_eq!(names(&doc)[1], "Peak 2");
        doc.remove_scenario("Black Friday 2");
        assert_eq!((doc.plan(), doc.committed.as_deref()), (None, None));
        doc.committed = Some("gone".to_owned());
        assert_eq!(doc.plan(), None);
    }

    #[test]
    fn a_change_keeps_the_name_and_its_place() {
        let mut doc = ProjectDoc::default();
        doc.add_scenario(named("a"));
        doc.add_scenario(named("b"));
        let mut changed = named("z");
        changed.workload.growth = 10.0;
        doc.put_scenario("a", changed);
        assert_eq!(names(&doc), ["a", "b"]);
        assert_eq!(doc.scenario("a").unwrap().workload.growth, 10.0);
        doc.put_scenario("nobody", named("c"));
        assert_eq!(names(&doc), ["a", "b"]);
    }

    #[test]
    fn what_would_make_undo_heavy_is_refused() {
        let mut doc = ProjectDoc::default();
        let mut long = named("long");
        long.workload.pattern = Pattern::Points {
            points: vec![RatePoint::default(); MOST_POINTS + 1],
            interpolation: crate::scenario::model::Interpolation::Step,
        };
        assert_eq!(
            doc.takes_scenario(&long),
            Err(ScenarioRefused::Points(MOST_POINTS + 1))
        );
        doc.add_scenario(long);
        assert!(doc.scenarios.is_empty());
        let mut faulty = named("faulty");
        let fault = Fault {
            at: 0.0,
            lasts: None,
            kind: FaultKind::PrimaryLost,
        };
        faulty.faults = vec![fault; MOST_FAULTS + 1];
        assert!(
            fits(&faulty)
                .unwrap_err()
                .to_string()
                .contains("at most 200")
        );
        for n in 0..MOST_SCENARIOS {
            doc.add_scenario(named(&n.to_string()));
        }
        assert_eq!(
            doc.takes_scenario(&named("more")),
            Err(ScenarioRefused::TooMany)
        );
        doc.add_scenario(named("more"));
        assert_eq!(doc.scenarios.len(), MOST_SCENARIOS);
    }

    /// The document of a project that knew no scenarios, and one in which a scenario is damaged.
    #[test]
    fn older_and_damaged_documents_open() {
        let old: ProjectDoc = serde_json::from_str(r#"{"version": 1, "name": "old"}"#).unwrap();
        assert!(old.scenarios.is_empty() && old.committed.is_none());
        let mut doc = ProjectDoc::default();
        let mut full = named("full");
        full.faults.push(Fault {
            at: 60.0,
            lasts: Some(300.0),
            kind: FaultKind::Kill {
                instances: 1,
                group: None,
            },
        });
        full.autoscaling.hpa = vec![(crate::scenario::model::ScaleMetric::CpuUtilization, 0.7)];
        doc.add_scenario(full);
        doc.committed = Some("full".to_owned());
        let text = serde_json::to_string(&doc).unwrap();
        assert_eq!(serde_json::from_str::<ProjectDoc>(&text).unwrap(), doc);
    }
}
