//! `headroom report`: the workbook of a month or a quarter, or the same report as a page, JSON or CSV.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::common::{Loaded, print_json, say, with_fiscal_start};
use super::{CliError, CommonArgs, Outcome};
use crate::analysis::forecast::Threshold;
use crate::analysis::sla::{Verdict, settled};
use crate::calendar::{Period, Zone};
use crate::progress::Progress;
use crate::project::{LimitValue, SlaEntry};
use crate::report::{ReportError, ReportLimit, ReportParams, build, write};

/// Arguments as typed.
#[derive(Clone, Debug, Default, Args)]
pub struct ReportArgs {
    /// Data files, where no project is given
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// 2026-06, 2026-Q2, 2026-W25, 2026-06-14, 2026, FY2026-Q2, FY2026 or 30d (up to now)
    #[arg(long, value_name = "PERIOD")]
    pub period: Option<String>,
    /// The month with which fiscal years begin, such as 4 or april (default: the promises', else the project's)
    #[arg(long, value_name = "MONTH")]
    pub fiscal_start: Option<String>,
    /// The file to write: .xlsx, .html, .json or .csv
    #[arg(short, long, value_name = "OUT")]
    pub output: PathBuf,
    /// Promises from a file instead of those of the project
    #[arg(long, value_name = "SLA")]
    pub sla: Vec<PathBuf>,
    /// Only this service
    #[arg(long, value_name = "NAME")]
    pub service: Option<String>,
    /// Only this environment
    #[arg(long, value_name = "NAME")]
    pub environment: Option<String>,
    /// Say what was written as one JSON document on standard output
    #[arg(long)]
    pub json: bool,
}

/// What `--json` prints. The report itself as JSON is `-o OUT.json`.
#[derive(Serialize)]
struct Written<'a> {
    output: String,
    title: &'a str,
    period: String,
    sentence: &'a str,
    verdict: Verdict,
    bytes: u64,
}

/// Runs the command.
pub fn run(args: &ReportArgs, common: &CommonArgs) -> Result<Outcome, CliError> {
    let loaded = common.load(&args.files)?;
    let params = decide(args, common, &loaded)?;
    let report = build(&loaded.dataset, &params, &Progress::default()).map_err(|e| failed(&e))?;
    write(&report, &args.output).map_err(|e| failed(&e).about(&args.output))?;
    let bytes = std::fs::metadata(&args.output).map_or(0, |m| m.len());
    if args.json {
        print_json(&Written {
            output: args.output.display().to_string(),
            title: &report.title,
            period: params.period.to_string(),
            sentence: &report.sentence,
            verdict: report.findings.verdict(),
            bytes,
        })?;
    } else if !common.quiet {
        say(&report.sentence);
        say(&format!(
            "wrote {} ({}, {})",
            args.output.display(),
            report.title,
            crate::units::bytes(bytes as f64)
        ));
    }
    Ok(Outcome::Done)
}

fn decide(
    args: &ReportArgs,
    common: &CommonArgs,
    loaded: &Loaded,
) -> Result<ReportParams, CliError> {
    let doc = &loaded.doc;
    let entries = if args.sla.is_empty() {
        doc.slas.clone()
    } else {
        args.sla
            .iter()
            .map(|path| SlaEntry::read(path))
            .collect::<Result<_, _>>()?
    };
    let given_zone = common.zone()?;
    let project_zone = Zone::named(&doc.time_zone)?;
    let mut slas = Vec::new();
    for entry in entries {
        let file = entry.promises(given_zone.as_ref(), &project_zone)?;
        slas.push((entry.name, file));
    }
    let zone = match given_zone {
        Some(zone) => zone,
        None => match slas.iter().find_map(|(_, file)| file.timezone.clone()) {
            Some(name) => Zone::named(&name)?,
            None => project_zone,
        },
    };
    let typed = args.period.as_deref().unwrap_or(&doc.period);
    if typed.is_empty() {
        return Err(CliError::usage(
            "name the month or quarter with --period, such as --period 2026-06 or --period 2026-Q2",
        ));
    }
    let in_files = slas.iter().find_map(|(_, file)| file.fiscal_start);
    let period = with_fiscal_start(
        Period::parse(typed)?,
        args.fiscal_start.as_deref(),
        in_files.or(doc.fiscal_start),
    )?;
    let mut scope = doc.scope.clone();
    if args.service.is_some() {
        scope.service.clone_from(&args.service);
    }
    if args.environment.is_some() {
        scope.environment.clone_from(&args.environment);
    }
    let as_of = common.as_of(&zone)?;
    Ok(ReportParams {
        project_name: doc.name.clone(),
        period: settled(period, &loaded.dataset, &scope, &zone, as_of),
        as_of,
        zone,
        scope,
        slas,
        limits: doc
            .limits
            .iter()
            .map(|limit| ReportLimit {
                series: limit.series.clone(),
                threshold: match limit.limit {
                    LimitValue::Value(value) => Threshold::Value(value),
                    LimitValue::Percent(percent) => Threshold::Percent(percent),
                },
                lead_time_days: limit.lead_time_days,
            })
            .collect(),
        notes: doc.notes.clone(),
        decisions: doc.decisions.clone(),
    })
}

fn failed(error: &ReportError) -> CliError {
    let kind = match error {
        ReportError::Sla(_) => "sla",
        ReportError::Dataset(_) => "internal",
        ReportError::Nothing(_) => "nothing-to-report",
        ReportError::Write { .. } => "write-failed",
        ReportError::Cancelled(_) => "cancelled",
    };
    CliError::new(kind, error.to_string())
}
