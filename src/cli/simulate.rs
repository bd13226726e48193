//! `headroom simulate`: what if. Scenarios from files, run, judged by their promises, beside others or beside a load
//! test that came later. Ends with 0, or with 2 where it could not be done.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::common::{CliError, CommonArgs, Outcome, print, print_json, say};
use super::simulate_json::document;
use super::simulate_load::{Loader, Ran};
use super::simulate_solve::{Answers, SolveArgs, answers};
use super::{simulate_csv, simulate_text};
use crate::scenario::against::against_run;
use crate::scenario::model::Engine;
use crate::units;

/// Scenarios that can be shown side by side.
const MOST_SCENARIOS: usize = 6;

/// Which engine runs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EngineArg {
    /// Chosen by what the scenario holds
    Auto,
    /// Every request on its own
    Request,
    /// Rates over steps
    Fluid,
}

impl From<EngineArg> for Engine {
    fn from(engine: EngineArg) -> Self {
        match engine {
            EngineArg::Auto => Self::Auto,
            EngineArg::Request => Self::Request,
            EngineArg::Fluid => Self::Fluid,
        }
    }
}

/// The command line as typed.
#[derive(Clone, Debug, Args)]
pub struct SimulateArgs {
    /// The scenario
    #[arg(value_name = "SCENARIO.yaml")]
    pub scenario: PathBuf,
    /// Seed of the run (default: the scenario's)
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Up to five other scenarios to show beside it
    #[arg(long, value_name = "OTHER.yaml", num_args = 1..)]
    pub compare: Vec<PathBuf>,
    /// Which engine runs it (default: the scenario's)
    #[arg(long, value_enum)]
    pub engine: Option<EngineArg>,
    /// A later load test: how far off was the prediction
    #[arg(long, value_name = "RUN")]
    pub against: Option<PathBuf>,
    /// The run over time, as a table
    #[arg(long, value_name = "OUT.csv")]
    pub csv: Option<PathBuf>,
    /// One JSON document on standard output
    #[arg(long)]
    pub json: bool,
    /// Questions that take many runs
    #[command(flatten)]
    pub questions: SolveArgs,
}

/// Runs the command.
pub fn run(args: &SimulateArgs, common: &CommonArgs) -> Result<Outcome, CliError> {
    if args.compare.len() >= MOST_SCENARIOS {
        return Err(CliError::usage(format!(
            "--compare takes up to {} other scenarios, not {}",
            MOST_SCENARIOS - 1,
            args.compare.len()
        )));
    }
    let loader = Loader::new(args, common)?;
    let mut all: Vec<Ran> = Vec::new();
    let mut found = Answers::default();
    for path in std::iter::once(&args.scenario).chain(&args.compare) {
        let prepared = loader.prepared(path)?;
        all.push(Loader::run(&prepared)?);
        if all.len() == 1 && args.questions.asked() {
            found = answers(&args.questions, &loader, &prepared)?;
        }
    }
    let Some((first, others)) = all.split_first() else {
        return Ok(Outcome::Done);
    };
    let measured = match &args.against {
        Some(path) => Some(
            against_run(&first.outcome, &loader.load_test(path)?)
                .map_err(|e| CliError::new("internal", e.to_string()))?,
        ),
        None => None,
    };
    if let Some(path) = &args.csv {
        let text = simulate_csv::table(first);
        std::fs::write(path, text).map_err(|e| {
            CliError::new("io", format!("the table could not be written: {e}")).about(path)
        })?;
    }
    if !common.quiet {
        for one in &all {
            let whose = if others.is_empty() {
                String::new()
            } else {
                format!("{}: ", one.name())
            };
            for note in one.notes.iter().chain(&one.outcome.warnings) {
                say(&format!("note: {whose}{note}"));
            }
        }
    }
    if args.json {
        print_json(&document(first, others, measured.as_ref(), found.json()))?;
        return Ok(Outcome::Done);
    }
    let mut pages: Vec<String> = Vec::new();
    if others.is_empty() {
        pages.push(simulate_text::page(first));
    } else {
        pages.push(simulate_text::side_by_side(&all));
    }
    pages.extend(measured.as_ref().map(simulate_text::against));
    pages.extend(found.pages());
    if let Some(path) = &args.csv {
        pages.push(format!(
            "{} steps of {} in {}",
            units::count(first.outcome.steps.len() as u64),
            simulate_text::secs(first.outcome.step),
            path.display()
        ));
    }
    print(&pages.join("\n\n"));
    Ok(Outcome::Done)
}
