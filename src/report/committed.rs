//! The committed plan, weighed: the plan as it stands, today's system under the same load ("do nothing"), and today as
//! it is, each simulated and judged by the report's own promises.

use serde::{Deserialize, Serialize};

use super::ReportParams;
use crate::analysis::forecast::Forecast;
use crate::analysis::forecast::plan::Known;
use crate::analysis::sla::SlaFile;
use crate::dataset::Dataset;
use crate::progress::Progress;
use crate::scenario::ahead::ahead;
use crate::scenario::compare::Part;
use crate::scenario::cost::MONTH_HOURS;
use crate::scenario::model::Engine;
use crate::scenario::resolve::{Inputs, resolve};
use crate::scenario::solve::{Figures, judge_by};
use crate::scenario::{Scenario, SimulateError};

/// The plan as the project keeps it, with what it is weighed against.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Committed {
    /// The scenario that is the plan.
    pub plan: Scenario,
    /// Today's system: the first other scenario of the project; `None` where there is none.
    pub today: Option<Scenario>,
}

impl From<(Scenario, Option<Scenario>)> for Committed {
    fn from((plan, today): (Scenario, Option<Scenario>)) -> Self {
        Self { plan, today }
    }
}

impl Committed {
    /// Adds what the plan changes about a series from its day on to what is known of it.
    pub fn add_to(&self, series: &str, known: &mut Known) {
        if let Some(Ok(ahead)) = ahead(&self.plan, self.today.as_ref())
            && ahead.concerns(series)
        {
            ahead.add_to(known);
        }
    }
}

/// What can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// Today's system under today's load.
    Today,
    /// Today's system under the load of the plan.
    Nothing,
    /// The plan.
    Plan,
}

/// One of them, simulated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlanOption {
    /// Which.
    pub choice: Choice,
    /// What came out.
    pub run: Figures,
    /// Requests without a good answer in 730 hours at the rate of the run.
    pub failed_per_month: f64,
}

/// All of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CommittedFinding {
    /// Name of the plan.
    pub name: String,
    /// Name of the scenario of today; empty where there is none.
    pub today: String,
    /// Of all amounts.
    pub currency: String,
    /// Today, doing nothing, the plan; without today's system only the plan.
    pub options: Vec<PlanOption>,
    /// Why it could not be simulated.
    pub refused: Option<String>,
    /// What the plan assumes, in sentences.
    pub assumptions: Vec<String>,
}

/// Simulates the plan and what it is weighed against; `None` where there is no plan.
pub fn weigh(
    dataset: &Dataset,
    params: &ReportParams,
    forecasts: &[Forecast],
    progress: &Progress,
) -> Option<CommittedFinding> {
    let committed = params.committed.as_ref()?;
    let mut finding = CommittedFinding {
        name: committed.plan.name.clone(),
        today: committed
            .today
            .as_ref()
            .map(|s| s.name.clone())
            .unwrap_or_default(),
        currency: committed.plan.cost.currency.clone(),
        ..CommittedFinding::default()
    };
    let inputs = Inputs { dataset, forecasts };
    let ready = |scenario: &Scenario| -> Result<Scenario, String> {
        let mut scenario = resolve(scenario, &inputs)
            .map_err(|error| {
                format!("{error} Data that begin after the period have no part in its report.")
            })?
            .scenario;
        // A report is made often and must not take minutes.
        if scenario.run.engine == Engine::Auto && no_overlay(&scenario) {
            scenario.run.engine = Engine::Fluid;
        }
        Ok(scenario)
    };
    let promises = SlaFile::merged(params.slas.iter().cloned());
    let judge = judge_by(Some(&promises), progress);
    if let Err(reason) = weighed(committed, &ready, &judge, &mut finding) {
        finding.refused = Some(reason);
    }
    Some(finding)
}

fn no_overlay(scenario: &Scenario) -> bool {
    scenario.federation.is_none() && scenario.chain.is_none()
}

fn weighed(
    committed: &Committed,
    ready: &dyn Fn(&Scenario) -> Result<Scenario, String>,
    judge: &dyn Fn(&Scenario) -> Result<Figures, SimulateError>,
    finding: &mut CommittedFinding,
) -> Result<(), String> {
    let plan = ready(&committed.plan)?;
    finding.assumptions.clone_from(&plan.assumptions);
    let mut list = Vec::new();
    if let Some(today) = &committed.today {
        let today = ready(today)?;
        let mut nothing = today.clone();
        Part::Workload.take(&mut nothing, &plan);
        Part::Run.take(&mut nothing, &plan);
        list.push((Choice::Today, today));
        list.push((Choice::Nothing, nothing));
    }
    list.push((Choice::Plan, plan));
    for (choice, scenario) in list {
        let run = judge(&scenario).map_err(|error| error.to_string())?;
        finding.options.push(PlanOption {
            choice,
            failed_per_month: run.error_rate * run.offered_per_sec * 3_600.0 * MONTH_HOURS,
            run,
        });
    }
    Ok(())
}
