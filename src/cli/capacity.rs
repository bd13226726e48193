//! `headroom capacity`: what one run, several runs or a table of concurrency and throughput say about the limit.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::capacity_table::table;
use super::common::{CliError, CommonArgs, Outcome, print, print_json, say};
use crate::analysis::capacity::{CapacityStudy, study_pairs};
use crate::import::table::pairs;

/// The command line as typed.
#[derive(Clone, Debug, Default, Args)]
pub struct CapacityArgs {
    /// Load tests, or one table of concurrency and throughput (or --project)
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Column of a table that holds concurrency
    #[arg(long, value_name = "COLUMN")]
    pub x: Option<String>,
    /// Column of a table that holds throughput
    #[arg(long, value_name = "COLUMN")]
    pub y: Option<String>,
    /// One JSON document on standard output
    #[arg(long)]
    pub json: bool,
}

/// The document that `--json` prints.
#[derive(Debug, Serialize)]
struct CapacityDocument<'a> {
    #[serde(flatten)]
    study: &'a CapacityStudy,
}

/// Runs the command.
pub fn run(args: &CapacityArgs, common: &CommonArgs) -> Result<Outcome, CliError> {
    let study = of_tables(args)?;
    if !common.quiet {
        for warning in study.warnings.iter() {
            say(&format!("note: {}", warning.message));
        }
    }
    if args.json {
        print_json(&CapacityDocument { study: &study })?;
    } else {
        print(&table(&study));
    }
    Ok(Outcome::Done)
}

/// Tables, put together.
fn of_tables(args: &CapacityArgs) -> Result<CapacityStudy, CliError> {
    let mut rows = Vec::new();
    let mut names = (String::new(), String::new());
    let mut warnings = crate::warning::Warnings::default();
    for path in &args.files {
        let read = pairs::read(path, args.x.as_deref(), args.y.as_deref())?;
        rows.extend(read.rows);
        warnings.merge(&read.warnings);
        names = (read.x_name, read.y_name);
    }
    let mut study = study_pairs(&rows, &names.0, &names.1);
    warnings.merge(&study.warnings);
    study.warnings = warnings;
    Ok(study)
}
