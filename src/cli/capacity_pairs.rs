//! `headroom capacity` on tables of concurrency and throughput, alone or beside metrics that give the demand and the
//! resources.

use std::path::{Path, PathBuf};

use super::capacity::{CapacityArgs, Gathered};
use super::common::{CliError, CommonArgs, Loaded};
use crate::analysis::capacity::{Budget, TableRow, study_table};
use crate::import::table::pairs;
use crate::units;
use crate::warning::Warnings;

/// The files that are tables of concurrency and throughput, and the others. With columns named, all are tables that have
/// them; all of them where none has, so that reading says which columns there are.
pub(super) fn sorted(args: &CapacityArgs) -> Result<(Vec<PathBuf>, Vec<PathBuf>), CliError> {
    let (x, y) = (args.x.as_deref(), args.y.as_deref());
    let named = x.is_some() || y.is_some();
    if named && args.files.is_empty() {
        return Err(CliError::usage(
            "--x and --y name columns of a table: name the file",
        ));
    }
    let is_table = |file: &PathBuf| {
        if named {
            pairs::has_columns(file, x, y)
        } else {
            pairs::is_pairs(file)
        }
    };
    let (tables, others): (Vec<PathBuf>, Vec<PathBuf>) =
        args.files.iter().cloned().partition(is_table);
    if named && tables.is_empty() {
        return Ok((others, tables));
    }
    Ok((tables, others))
}

/// Tables, put together, with what the other files or the project say of demand and resources.
pub(super) fn of_tables(
    args: &CapacityArgs,
    common: &CommonArgs,
    budget: Option<&Budget>,
    tables: &[PathBuf],
    others: &[PathBuf],
) -> Result<Gathered, CliError> {
    let loaded = beside(args, common, others)?;
    let percentile = budget.map(|b| {
        let text = units::percent(b.percentile);
        format!("p{}", text.trim_end_matches(" %"))
    });
    let mut rows: Vec<TableRow> = Vec::new();
    let mut names = (String::new(), String::new());
    let mut warnings = Warnings::default();
    for path in tables {
        if let Some(percentile) = &percentile {
            says_latency(path, percentile)?;
        }
        let read = pairs::read(
            path,
            args.x.as_deref(),
            args.y.as_deref(),
            percentile.as_deref(),
        )?;
        let mut judged = read.judged.into_iter();
        rows.extend(read.rows.into_iter().map(|(concurrency, throughput)| {
            let beside = judged.next().unwrap_or_default();
            TableRow {
                concurrency,
                throughput,
                latency_ms: beside.latency_ms,
                error_rate: beside.error_rate,
            }
        }));
        warnings.merge(&read.warnings);
        names = (read.x_name, read.y_name);
    }
    let over_nodes = pairs::counts_nodes(&names.0);
    if over_nodes && budget.is_some() {
        return Err(CliError::usage(format!(
            "--budget needs a table of the load on one deployment; \"{}\" counts what capacity is added by",
            names.0
        )));
    }
    let mut study = study_table(&rows, &names.0, &names.1, budget);
    warnings.merge(&study.warnings);
    study.warnings = warnings;
    Ok(Gathered {
        study,
        scope: args.scope.filter(loaded.as_ref()),
        loaded,
        over_nodes,
    })
}

/// A budget on a percentile needs a column of it.
fn says_latency(path: &Path, percentile: &str) -> Result<(), CliError> {
    match pairs::without_percentile(path, percentile) {
        Some(columns) => Err(CliError::usage(format!(
            "--budget: a budget on {percentile} of a table needs a column of it, such as {percentile}_ms; its columns are {columns}"
        ))
        .about(path)),
        None => Ok(()),
    }
}

/// What stands beside the tables: a project, or files of metrics. A load test has a curve of its own.
fn beside(
    args: &CapacityArgs,
    common: &CommonArgs,
    others: &[PathBuf],
) -> Result<Option<Loaded>, CliError> {
    if others.is_empty() {
        return common
            .project
            .is_some()
            .then(|| common.load(&[]))
            .transpose();
    }
    let loaded = common.load(others)?;
    let tests = |s: &crate::dataset::Source| s.run.is_some() || s.summary.is_some();
    if loaded.dataset.sources.iter().any(|s| tests(s)) {
        return Err(CliError::usage(
            "a table of concurrency and throughput cannot be mixed with load tests: give one kind, and beside a table only metrics",
        ));
    }
    if args.headroom.demand.is_none() {
        return Err(CliError::usage(
            "metrics beside a table need --demand, which names the series that says how much is asked for",
        ));
    }
    Ok(Some(loaded))
}
