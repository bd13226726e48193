//! `headroom report`: the workbook of a month or a quarter, or the same report as a page, JSON or CSV; on its own by the
//! clock, too: the same data give the same bytes, and then the file is not touched.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::closing::{ClosedJson, SignatureArgs, lines, open_to_write};
use super::common::{Loaded, print_json, say, with_fiscal_start};
use super::report_out::{Form, is_folder, target};
use super::{CliError, CommonArgs, Outcome};
use crate::analysis::closing::scope_words;
use crate::analysis::forecast::Threshold;
use crate::analysis::sla::{Verdict, settled};
use crate::calendar::Zone;
use crate::progress::Progress;
use crate::project::{LimitValue, Project, ProjectDoc, SlaEntry};
use crate::report::closing::close;
use crate::report::{
    Committed, Report, ReportError, ReportLimit, ReportParams, Written, build, files, rendered_for,
};

/// Arguments as typed.
#[derive(Clone, Debug, Default, Args)]
pub struct ReportArgs {
    /// Data files, where no project is given
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// 2026-06-14, 2026-W25, 2026-06, 2026-Q2, 2026, FY2026-Q2, 30d (up to now), or last-month and the like
    #[arg(long, value_name = "PERIOD", long_help = super::period::HELP)]
    pub period: Option<String>,
    /// The month with which fiscal years begin, such as 4 or april (default: the promises', else the project's)
    #[arg(long, value_name = "MONTH")]
    pub fiscal_start: Option<String>,
    /// The file to write (.xlsx, .html, .json or .csv), or a folder for a file with a stable name
    #[arg(short, long, value_name = "OUT")]
    pub output: PathBuf,
    /// The form of a report that goes into a folder
    #[arg(long, value_enum, value_name = "FORM")]
    pub format: Option<Form>,
    /// A report for each service, into a folder
    #[arg(long, value_enum, value_name = "WHAT")]
    pub scope_each: Option<Each>,
    /// Promises from a file instead of those of the project
    #[arg(long, value_name = "SLA")]
    pub sla: Vec<PathBuf>,
    /// Only this service
    #[arg(long, value_name = "NAME")]
    pub service: Option<String>,
    /// Only this environment
    #[arg(long, value_name = "NAME")]
    pub environment: Option<String>,
    /// Close the period as well: freeze its results and the workbook's hash in the project
    #[arg(long, requires = "by")]
    pub close: bool,
    /// Who and when, for --close
    #[command(flatten)]
    pub signature: SignatureArgs,
    /// Say what was written as one JSON document on standard output
    #[arg(long)]
    pub json: bool,
}

/// What each report is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Each {
    /// One service
    Service,
}

/// What is reported on, as typed.
#[derive(Clone, Copy, Debug)]
pub struct ScopeArgs<'a> {
    /// The period.
    pub period: Option<&'a str>,
    /// The month with which fiscal years begin.
    pub fiscal_start: Option<&'a str>,
    /// Only this service.
    pub service: Option<&'a str>,
    /// Only this environment.
    pub environment: Option<&'a str>,
}

/// What `--json` prints. The report itself as JSON is `-o OUT.json`.
#[derive(Serialize)]
struct WrittenJson<'a> {
    output: String,
    title: &'a str,
    period: String,
    scope: &'a str,
    sentence: &'a str,
    verdict: Verdict,
    open: bool,
    bytes: u64,
    unchanged: bool,
    closed: Option<ClosedJson<'a>>,
}

impl<'a> WrittenJson<'a> {
    fn of(made: &'a Made) -> Self {
        let findings = &made.report.findings;
        Self {
            output: made.path.display().to_string(),
            title: &made.report.title,
            period: findings.period.clone(),
            scope: &findings.scope,
            sentence: &made.report.sentence,
            verdict: findings.verdict(),
            open: findings.open,
            bytes: made.bytes,
            unchanged: made.written == Written::Unchanged,
            closed: findings.own_closing().map(ClosedJson::from),
        }
    }
}

/// A report that was written.
struct Made {
    report: Report,
    path: PathBuf,
    bytes: u64,
    written: Written,
}

/// Runs the command.
pub fn run(args: &ReportArgs, common: &CommonArgs) -> Result<Outcome, CliError> {
    let (mut project, mut loaded) = if args.close {
        if !args.sla.is_empty() {
            return Err(CliError::usage(
                "--close freezes the project's own promises; leave --sla out",
            ));
        }
        let (project, loaded) = open_to_write(common)?;
        (Some(project), loaded)
    } else {
        (None, common.load(&args.files)?)
    };
    if args.format.is_some() && !is_folder(&args.output) {
        return Err(CliError::usage(
            "--format is for a folder; a file says its form by its ending, .xlsx, .html, .json or .csv",
        ));
    }
    let typed = ScopeArgs {
        period: args.period.as_deref(),
        fiscal_start: args.fiscal_start.as_deref(),
        service: args.service.as_deref(),
        environment: args.environment.as_deref(),
    };
    let params = params_of(&typed, &args.sla, common, &loaded)?;
    if args.scope_each.is_none() {
        let made = make(
            args,
            &params,
            project.as_mut(),
            &mut loaded,
            &mut Vec::new(),
        )?;
        if args.json {
            print_json(&WrittenJson::of(&made))?;
        } else if !common.quiet {
            tell(&made);
        }
        return Ok(Outcome::Done);
    }
    each(args, common, &params, project.as_mut(), &mut loaded)?;
    Ok(Outcome::Done)
}

/// A report for each service; those about which there is nothing to say are left out, and named.
fn each(
    args: &ReportArgs,
    common: &CommonArgs,
    params: &ReportParams,
    mut project: Option<&mut Project>,
    loaded: &mut Loaded,
) -> Result<(), CliError> {
    if !is_folder(&args.output) {
        return Err(CliError::usage(
            "--scope-each writes several files: name a folder with -o, such as -o reports/",
        ));
    }
    let mut services: Vec<String> = loaded
        .dataset
        .within(&params.scope)
        .map(|s| s.info.scope.service.clone())
        .filter(|service| !service.is_empty())
        .collect();
    services.sort();
    services.dedup();
    if services.is_empty() {
        return Err(CliError::new(
            "nothing-to-report",
            "no source says which service it is about; say it on the Data screen or with import --service",
        ));
    }
    let mut all = Vec::new();
    let mut without = Vec::new();
    let mut taken = Vec::new();
    for service in services {
        let mut params = params.clone();
        params.decisions = loaded.doc.decisions.clone();
        params.scope.service = Some(service.clone());
        match make(args, &params, project.as_deref_mut(), loaded, &mut taken) {
            Ok(made) => {
                if !args.json && !common.quiet {
                    tell(&made);
                }
                all.push(made);
            }
            Err(error) if error.kind == "nothing-to-report" => {
                if !args.json && !common.quiet {
                    say(&format!("no report on {service}: {}", error.message));
                }
                without.push(service);
            }
            Err(error) => return Err(error),
        }
    }
    if all.is_empty() {
        return Err(CliError::new(
            "nothing-to-report",
            format!(
                "there is nothing to report on any service in {}",
                params.period.title()
            ),
        ));
    }
    if args.json {
        let reports: Vec<WrittenJson<'_>> = all.iter().map(WrittenJson::of).collect();
        print_json(&serde_json::json!({ "reports": reports, "without_data": without }))?;
    }
    Ok(())
}

/// Makes one report, writes it, and closes its period where that is wanted and was not done before.
fn make(
    args: &ReportArgs,
    params: &ReportParams,
    project: Option<&mut Project>,
    loaded: &mut Loaded,
    taken: &mut Vec<String>,
) -> Result<Made, CliError> {
    let known = params
        .decisions
        .closed(&params.period.to_string(), &scope_words(&params.scope))
        .is_some();
    let none = Progress::default();
    let form = args.format.unwrap_or_default();
    let about = |path: &Path, error: &ReportError| failed(error).about(path);
    let closing = project.filter(|_| !known);
    let (report, record) = if closing.is_some() {
        let who = args.signature.decide(&params.zone)?;
        let signed = close(&loaded.dataset, params, who, &none).map_err(|e| failed(&e))?;
        (signed.report, Some((signed.record, signed.forecasts)))
    } else {
        let report = build(&loaded.dataset, params, &none).map_err(|e| failed(&e))?;
        (report, None)
    };
    let path = target(&args.output, form, &report, taken);
    let rendered = rendered_for(&report, &path).map_err(|e| about(&path, &e))?;
    let staged = files::stage(&path, &rendered).map_err(|e| about(&path, &e))?;
    // The file is complete under another name: only its renaming can still fail, and then the period stays open.
    let before = loaded.doc.clone();
    let mut closing = closing.zip(record);
    if let Some((project, (record, forecasts))) = &mut closing {
        loaded.doc.decisions.keep(record.clone());
        loaded
            .doc
            .decisions
            .keep_forecasts(std::mem::take(forecasts));
        project.save_doc(&loaded.doc)?;
    }
    let written = match staged.put_in_place() {
        Ok(written) => written,
        Err(error) => {
            if let Some((project, _)) = &mut closing {
                project.save_doc(&before)?;
            }
            loaded.doc = before;
            return Err(about(&path, &error));
        }
    };
    Ok(Made {
        report,
        path,
        bytes: rendered.len() as u64,
        written,
    })
}

/// What was done, for a person.
fn tell(made: &Made) {
    say(&made.report.sentence);
    let findings = &made.report.findings;
    if findings.open {
        say(&format!(
            "The period is open: as of {}.",
            findings.as_of.format(&findings.zone, "%Y-%m-%d %H:%M")
        ));
    }
    if let Some(view) = findings.own_closing() {
        for line in lines(view, &findings.zone) {
            say(&line);
        }
    }
    let did = match made.written {
        Written::New => "wrote",
        Written::Unchanged => "unchanged:",
    };
    say(&format!(
        "{did} {} ({}, {})",
        made.path.display(),
        made.report.title,
        crate::units::bytes(made.bytes as f64)
    ));
}

/// What a report is made of: the project's promises, limits and notes, over the period and scope that were typed.
pub fn params_of(
    typed: &ScopeArgs<'_>,
    sla: &[PathBuf],
    common: &CommonArgs,
    loaded: &Loaded,
) -> Result<ReportParams, CliError> {
    let doc = &loaded.doc;
    let entries = if sla.is_empty() {
        doc.slas.clone()
    } else {
        sla.iter()
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
    let period = typed.period.unwrap_or(&doc.period);
    if period.is_empty() {
        return Err(CliError::usage(
            "name the month or quarter with --period, such as --period 2026-06, --period 2026-Q2 or --period last-month",
        ));
    }
    let in_files = slas.iter().find_map(|(_, file)| file.fiscal_start);
    let period = with_fiscal_start(
        super::period::period(period, common, &zone)?,
        typed.fiscal_start,
        in_files.or(doc.fiscal_start),
    )?;
    let mut scope = doc.scope.clone();
    if let Some(service) = typed.service {
        scope.service = Some(service.to_owned());
    }
    if let Some(environment) = typed.environment {
        scope.environment = Some(environment.to_owned());
    }
    let as_of = common.as_of(&zone)?;
    Ok(ReportParams {
        project_name: project_name(doc, common),
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
                known: doc.known(&limit.series),
            })
            .collect(),
        notes: doc.notes.clone(),
        decisions: doc.decisions.clone(),
        committed: doc.plan_and_today().map(Committed::from),
    })
}

/// The name of the project: the document's, else the file's, as the desktop has it.
fn project_name(doc: &ProjectDoc, common: &CommonArgs) -> String {
    let of_file = || Some(common.project.as_ref()?.file_stem()?.to_string_lossy());
    if doc.name.is_empty() {
        of_file().unwrap_or_default().into_owned()
    } else {
        doc.name.clone()
    }
}

/// A report error as the command line says it.
pub fn failed(error: &ReportError) -> CliError {
    let kind = match error {
        ReportError::Sla(_) => "sla",
        ReportError::Dataset(_) => "internal",
        ReportError::Closing(_) => "closing",
        ReportError::Nothing(_) => "nothing-to-report",
        ReportError::Write { .. } => "write-failed",
        ReportError::Cancelled(_) => "cancelled",
    };
    CliError::new(kind, error.to_string())
}
