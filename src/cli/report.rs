//! `headroom report`: the workbook of a month or a quarter, or the same report as a page, JSON or CSV.

use std::path::{Path, PathBuf};

use clap::Args;

use super::common::{Loaded, say};
use super::{CliError, CommonArgs, Outcome};
use crate::analysis::forecast::Threshold;
use crate::analysis::sla::SlaFile;
use crate::calendar::{Period, Zone};
use crate::progress::Progress;
use crate::project::{LimitValue, SlaEntry};
use crate::report::{Report, ReportError, ReportLimit, ReportParams, build, write};

/// Arguments as typed.
#[derive(Clone, Debug, Default, Args)]
pub struct ReportArgs {
    /// Data files, where no project is given
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// 2026-06, 2026-Q2, 2026-W25, 2026-06-14 or 2026
    #[arg(long, value_name = "PERIOD")]
    pub period: Option<String>,
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
}

/// Runs the command.
pub fn run(common: &CommonArgs, args: &ReportArgs) -> Result<Outcome, CliError> {
    let loaded = common.load(&args.files)?;
    let params = decide(common, args, &loaded)?;
    let report = build(&loaded.dataset, &params, &Progress::default()).map_err(|e| failed(&e))?;
    write(&report, &args.output).map_err(|e| failed(&e).about(&args.output))?;
    if !common.quiet {
        tell(&report, &args.output);
    }
    Ok(Outcome::Done)
}

fn tell(report: &Report, path: &Path) {
    let size = std::fs::metadata(path).map_or(0, |m| m.len());
    say(&report.sentence);
    say(&format!(
        "wrote {} ({}, {})",
        path.display(),
        report.title,
        crate::units::bytes(size as f64)
    ));
}

fn decide(
    common: &CommonArgs,
    args: &ReportArgs,
    loaded: &Loaded,
) -> Result<ReportParams, CliError> {
    let doc = &loaded.doc;
    let entries = if args.sla.is_empty() {
        doc.slas.clone()
    } else {
        args.sla
            .iter()
            .map(|p| read_sla(p))
            .collect::<Result<_, _>>()?
    };
    let mut slas = Vec::new();
    for entry in entries {
        let file = SlaFile::parse(&entry.yaml).map_err(|error| CliError {
            line: error.line,
            file: Some(entry.name.clone()),
            ..CliError::new("sla-file", error.to_string())
        })?;
        slas.push((entry.name, file));
    }
    let zone = match common.zone()? {
        Some(zone) => zone,
        None => match slas.iter().find_map(|(_, file)| file.timezone.clone()) {
            Some(name) => Zone::named(&name)?,
            None => Zone::named(&doc.time_zone)?,
        },
    };
    let typed = args.period.as_deref().unwrap_or(&doc.period);
    if typed.is_empty() {
        return Err(CliError::usage(
            "name the month or quarter with --period, such as --period 2026-06 or --period 2026-Q2",
        ));
    }
    let period = Period::parse(typed)?;
    let mut scope = doc.scope.clone();
    if args.service.is_some() {
        scope.service.clone_from(&args.service);
    }
    if args.environment.is_some() {
        scope.environment.clone_from(&args.environment);
    }
    Ok(ReportParams {
        project_name: doc.name.clone(),
        period,
        as_of: common.as_of(&zone)?,
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
    })
}

fn read_sla(path: &Path) -> Result<SlaEntry, CliError> {
    let yaml = std::fs::read_to_string(path).map_err(|error| {
        CliError::new(
            "sla-file",
            format!("the file of promises could not be read ({error})"),
        )
        .about(path)
    })?;
    Ok(SlaEntry {
        name: path
            .file_name()
            .map(|n| n.to_string_lossy().into_owned())
            .unwrap_or_default(),
        yaml,
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
