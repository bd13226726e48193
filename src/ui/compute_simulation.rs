//! What stands behind a scenario's answer: what it refers to is filled in from the project, it is run, and the promises
//! judge the run.

use super::compute::{DEFAULT_HORIZON_DAYS, Inputs, find_series};
use super::results::ForecastRequest;
use super::simulated::{Promise, Simulated, beyond_the_machine};
use crate::analysis::forecast::{Aggregate, Forecast};
use crate::analysis::sla::SlaFile;
use crate::progress::Progress;
use crate::scenario::check::check;
use crate::scenario::model::Pattern;
use crate::scenario::resolve::{Inputs as Given, Resolved, resolve};
use crate::scenario::{Scenario, judge, simulate};

impl Inputs {
    /// Runs a scenario and judges it by its own promises, else by those of the project.
    pub(super) fn simulate(
        &self,
        scenario: &Scenario,
        progress: &Progress,
    ) -> Result<Simulated, String> {
        let asked = scenario;
        let resolved = self.completed(asked)?;
        let scenario = &resolved.scenario;
        check(scenario).map_err(|e| e.to_string())?;
        let mut outcome = simulate(scenario, progress).map_err(|e| e.to_string())?;
        outcome.warnings.splice(0..0, resolved.warnings);
        let beyond = beyond_the_machine(scenario, &outcome);
        outcome.warnings.extend(beyond);
        let mut problems = Vec::new();
        let mut files = Vec::new();
        if let Some(yaml) = &scenario.sla {
            match SlaFile::parse(yaml) {
                Ok(file) => files.push(file),
                Err(e) => {
                    problems.push(format!("The promises of the scenario cannot be read: {e}"));
                }
            }
        } else {
            files = self.files();
        }
        let mut promises = Vec::new();
        for file in &files {
            progress.check().map_err(|e| e.to_string())?;
            match judge::judge(scenario, &outcome, file) {
                Ok(judged) => promises.extend(judged.promises.iter().map(Promise::of)),
                Err(e) => problems.push(format!("The promises could not be judged: {e}")),
            }
        }
        let mut found = Simulated::new(outcome, promises, problems);
        found.of = asked.clone();
        found.run = scenario.run.clone();
        found.assumptions.clone_from(&scenario.assumptions);
        Ok(found)
    }

    /// A scenario with everything it refers to.
    pub(super) fn completed(&self, scenario: &Scenario) -> Result<Resolved, String> {
        let forecasts = self.forecasts_for(scenario)?;
        let given = Given {
            dataset: &self.dataset,
            forecasts: &forecasts,
        };
        resolve(scenario, &given).map_err(|e| e.to_string())
    }

    /// The forecast that the workload stands on, where it does on one.
    fn forecasts_for(&self, scenario: &Scenario) -> Result<Vec<Forecast>, String> {
        let Pattern::Forecast { series, .. } = &scenario.workload.pattern else {
            return Ok(Vec::new());
        };
        let key = find_series(&self.dataset, &self.scope, series)
            .ok_or_else(|| format!("there is no series \"{series}\" in the project"))?;
        let forecast = self.forecast(&ForecastRequest {
            series: key,
            horizon_days: DEFAULT_HORIZON_DAYS,
            aggregate: Aggregate::default(),
            limit: None,
            lead_time_days: 0,
            model: None,
            known: self.known(series),
        })?;
        Ok(vec![forecast])
    }
}
