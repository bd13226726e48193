//! `headroom capacity`: what one run, several runs or a table of concurrency and throughput say about the limit.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::capacity_headroom::{Answer, Basis, HeadroomArgs, answer};
use super::capacity_headroom_text::text;
use super::capacity_pairs::{of_tables, sorted};
use super::capacity_table::table;
use super::common::{CliError, CommonArgs, Loaded, Outcome, print, print_json, say};
use super::which_series::ScopeArgs;
use crate::analysis::capacity::{Budget, CapacityStudy, study_runs};
use crate::analysis::compare::runs_of;
use crate::dataset::{Role, ScopeFilter, Source, Tool};
use crate::units::{Micros, Ppm, parse_duration, parse_percent, parse_percentile};

/// The command line as typed.
#[derive(Clone, Debug, Default, Args)]
pub struct CapacityArgs {
    /// Load tests, or tables of concurrency and throughput (or --project)
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Column of a table that holds concurrency (default: concurrency, users, threads …)
    #[arg(long, value_name = "COLUMN")]
    pub x: Option<String>,
    /// Column of a table that holds throughput (default: throughput, rps, tps …)
    #[arg(long, value_name = "COLUMN")]
    pub y: Option<String>,
    /// What a load must keep to: a percentile of latency, and failures (1 % where not said), such as p95=200ms,error_rate=0.5%
    #[arg(long, value_name = "LIST")]
    pub budget: Option<String>,
    /// What takes part
    #[command(flatten)]
    pub scope: ScopeArgs,
    /// One JSON document on standard output
    #[arg(long)]
    pub json: bool,
    /// What is left under a demand
    #[command(flatten)]
    pub headroom: HeadroomArgs,
}

/// The document that `--json` prints.
#[derive(Debug, Serialize)]
struct CapacityDocument<'a> {
    #[serde(flatten)]
    study: &'a CapacityStudy,
    #[serde(flatten)]
    answer: &'a Answer,
}

/// What the files or the project say, and what it was taken from.
pub(super) struct Gathered {
    pub study: CapacityStudy,
    pub loaded: Option<Loaded>,
    pub scope: ScopeFilter,
    pub over_nodes: bool,
}

/// Runs the command.
pub fn run(args: &CapacityArgs, common: &CommonArgs) -> Result<Outcome, CliError> {
    let budget = args.budget.as_deref().map(parse_budget).transpose()?;
    let (tables, others) = sorted(args)?;
    let gathered = if tables.is_empty() {
        of_runs(args, common, budget.as_ref())?
    } else {
        of_tables(args, common, budget.as_ref(), &tables, &others)?
    };
    let study = &gathered.study;
    let basis = Basis {
        study,
        loaded: gathered.loaded.as_ref(),
        scope: gathered.scope.clone(),
        over_nodes: gathered.over_nodes,
    };
    let answer = answer(&args.headroom, common, &basis)?;
    if !common.quiet {
        let of_chain = answer.chain.iter().flat_map(|c| c.notes.iter());
        let warnings = study.warnings.iter().map(|w| &w.message);
        for note in warnings.chain(&answer.notes).chain(of_chain) {
            say(&format!("note: {note}"));
        }
    }
    if args.json {
        print_json(&CapacityDocument {
            study,
            answer: &answer,
        })?;
    } else {
        let asked = text(&answer);
        let tested = (!study.points.is_empty() || study.usl.is_some()).then(|| table(study));
        let parts = [asked, tested.unwrap_or_default()];
        let said: Vec<String> = parts.into_iter().filter(|t| !t.is_empty()).collect();
        print(&said.join("\n\n"));
    }
    Ok(if answer.is_finding() {
        Outcome::Finding
    } else {
        Outcome::Done
    })
}

/// `p95=200ms,error_rate=0.5%`.
fn parse_budget(text: &str) -> Result<Budget, CliError> {
    let usage = |what: String| {
        CliError::usage(format!(
            "--budget: {what} (accepted: p50 to p99.99 with a time, error_rate with a share, such as p95=200ms,error_rate=0.5%)"
        ))
    };
    let mut latency = None;
    let mut errors = Ppm(10_000);
    for part in text.split(',').map(str::trim).filter(|p| !p.is_empty()) {
        let (name, value) = part
            .split_once('=')
            .ok_or_else(|| usage(format!("\"{part}\" has no value")))?;
        let (name, value) = (name.trim(), value.trim());
        if name.eq_ignore_ascii_case("error_rate") {
            errors = parse_percent(value).map_err(|e| usage(e.to_string()))?;
            if !(0..=1_000_000).contains(&errors.0) {
                return Err(usage(format!(
                    "error_rate goes from 0 % to 100 %, not {value}"
                )));
            }
        } else if name.starts_with(['p', 'P']) {
            let percentile = parse_percentile(name).map_err(|e| usage(e.to_string()))?;
            let limit = parse_duration(value).map_err(|e| usage(e.to_string()))?;
            if limit <= Micros(0) {
                return Err(usage(format!("{name} must be above zero, not {value}")));
            }
            if latency.replace((percentile, limit)).is_some() {
                return Err(usage("only one percentile can be given".to_owned()));
            }
        } else {
            return Err(usage(format!("there is no \"{name}\"")));
        }
    }
    let (percentile, limit) = latency.ok_or_else(|| usage("it names no percentile".to_owned()))?;
    Ok(Budget {
        percentile,
        limit,
        errors,
    })
}

/// Runs named as files, or those of a project's tests.
fn of_runs(
    args: &CapacityArgs,
    common: &CommonArgs,
    budget: Option<&Budget>,
) -> Result<Gathered, CliError> {
    let loaded = common.load(&args.files).map_err(|mut error| {
        // What is no series of measurements may be a table whose columns have names of their own.
        if error.hint.is_none() && error.message.contains("column of times") {
            error.hint = Some(
                "of a table of concurrency and throughput name the columns: --x nodes --y throughput"
                    .to_owned(),
            );
        }
        error
    })?;
    let scope = args.scope.filter(Some(&loaded));
    let log = |tool: Tool| matches!(tool, Tool::AccessLog | Tool::Traces);
    let sources: Vec<&Source> = loaded
        .dataset
        .within(&scope)
        .map(AsRef::as_ref)
        .filter(|s| s.run.is_some() || s.summary.is_some())
        .filter(|s| !args.files.is_empty() || s.run.as_ref().is_none_or(|r| !log(r.tool)))
        .collect();
    // Capacity is read from tests, where some source says that it is one.
    let tests: Vec<&Source> = sources
        .iter()
        .copied()
        .filter(|s| s.info.scope.role == Role::Test)
        .collect();
    let runs = runs_of(if tests.is_empty() { sources } else { tests });
    // Metrics alone have no load test, but resources that say how far they carry.
    if runs.is_empty() && args.headroom.demand.is_none() {
        let mut error = CliError::new(
            "nothing-usable",
            "there is no load test in it from which a capacity could be told",
        );
        error.hint = Some(
            "give results of a load test (headroom formats lists them), or a table with --x and --y".to_owned(),
        );
        return Err(match args.files.first() {
            Some(path) => error.about(path),
            None => error,
        });
    }
    let study = if runs.is_empty() {
        CapacityStudy::default()
    } else {
        study_runs(&runs, budget).map_err(|e| CliError::new("internal", e.to_string()))?
    };
    if study.points.is_empty() && args.headroom.demand.is_none() {
        let error = CliError::new(
            "nothing-usable",
            "the load tests say neither users nor response times from which a load could be told",
        );
        return Err(match args.files.first() {
            Some(path) => error.about(path),
            None => error,
        });
    }
    Ok(Gathered {
        study,
        loaded: Some(loaded),
        scope,
        over_nodes: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_are_read_or_refused_with_what_is_accepted() {
        let budget = parse_budget("p99=1.5s, error_rate=0.1%").unwrap();
        assert_eq!(
            (budget.percentile, budget.limit, budget.errors),
            (Ppm(990_000), Micros(1_500_000), Ppm(1_000))
        );
        assert_eq!(parse_budget("p95=200ms").unwrap().errors, Ppm(10_000));
        for (text, says) in [
            ("p95", "\"p95\" has no value"),
            ("p95=200", "unknown unit"),
            ("p95=-1ms", "above zero"),
            ("p101=1s", "101"),
            ("speed=1s", "there is no \"speed\""),
            ("error_rate=1%", "names no percentile"),
            ("p95=1s,error_rate=120%", "0 % to 100 %"),
            ("p95=1s,p99=2s", "only one percentile"),
        ] {
            let message = parse_budget(text).unwrap_err().message;
            assert!(
                message.contains(says) && message.contains("p95=200ms"),
                "{message}"
            );
        }
    }
}
