//! `headroom import`: files into a project. Every file is read before anything is written, and then all of them are
//! stored in one transaction: a file that fails leaves the project as it was.

use std::fs::File;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::common::{CliError, CommonArgs, Outcome, print, print_json, say};
use super::import_target::Target;
use super::mapping;
use crate::calendar::{Instant, Zone};
use crate::import::together::mark_runs;
use crate::import::{Gathered, ImportError, ImportOptions, Rejects, import_path};
use crate::progress::Progress;
use crate::project::{CapacityLimit, LimitValue, OverlapPolicy, ScenarioDocument, SlaEntry};
use crate::scenario::Scenario;
use crate::units;
use crate::warning::{Warning, WarningKind, Warnings};

/// How long reading takes before progress is shown, and how often it is.
const TICK: Duration = Duration::from_millis(300);

/// What to do where a file tells about the same thing and time as a source that is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum OverlapArg {
    /// The file replaces what it overlaps with
    Replace,
    /// What is there stays, the file is left out
    Keep,
    /// Both count, as with two load generators of one test
    Both,
    /// Nothing is imported
    #[default]
    Refuse,
}

/// Live service or load test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RoleArg {
    /// Real traffic
    Production,
    /// Generated load
    Test,
}

/// Arguments as typed.
#[derive(Clone, Debug, Default, Args)]
#[command(
    after_help = "All files are read first and then stored together: where one cannot be read, the project stays as it was. \
The same content is imported once; a file that has grown replaces its older self. With --tz the project's calendar is set."
)]
pub struct ImportArgs {
    /// Files to read into the project given with --project, which is created if absent
    #[arg(value_name = "FILE", required_unless_present_any = ["name", "sla", "limits", "scenarios"])]
    pub files: Vec<PathBuf>,
    /// Where a file overlaps with a source of the same scope
    #[arg(long, value_enum, default_value_t)]
    pub on_overlap: OverlapArg,
    /// What the files are about
    #[arg(long, value_name = "NAME")]
    pub service: Option<String>,
    /// The environment they come from
    #[arg(long, value_name = "NAME")]
    pub environment: Option<String>,
    /// The region they come from
    #[arg(long, value_name = "NAME")]
    pub region: Option<String>,
    /// Live service or load test
    #[arg(long, value_enum)]
    pub role: Option<RoleArg>,
    /// What the columns of the files are, whatever their format looks like; the project remembers it for tables with the
    /// same header
    #[arg(long, value_name = "M.yaml")]
    pub mapping: Option<PathBuf>,
    /// Save the rows that could not be read
    #[arg(long, value_name = "OUT.csv")]
    pub rejects: Option<PathBuf>,
    /// Promises that the project shall hold
    #[arg(long, value_name = "SLA.yaml")]
    pub sla: Option<PathBuf>,
    /// Capacity limit of a series, in its unit or in percent; may be repeated
    #[arg(long = "limit", value_name = "SERIES=80%")]
    pub limits: Vec<String>,
    /// Name of the project
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// One JSON document on standard output
    #[arg(long)]
    pub json: bool,
    /// Scenario of What if that the project shall hold, in place of one of the same name; may be repeated
    #[arg(long = "scenario", value_name = "SCENARIO.yaml")]
    pub scenarios: Vec<PathBuf>,
}

/// What became of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It is new in the project.
    Added,
    /// It took the place of others.
    Replaced,
    /// Its content was there already.
    Same,
    /// It was left out in favour of what it overlaps with.
    Kept,
}

/// One file of the result.
#[derive(Clone, Debug, Serialize)]
pub struct SourceLine {
    /// As typed.
    pub path: String,
    /// Stable id of its format.
    pub format: String,
    /// Records read.
    pub rows: u64,
    /// Records that could not be read.
    pub rejected: u64,
    /// First instant.
    pub first: Option<Instant>,
    /// Last instant.
    pub last: Option<Instant>,
    /// What became of it.
    pub action: Action,
}

/// The result of the command.
#[derive(Clone, Debug, Serialize)]
pub struct ImportReport {
    /// The project file, as typed.
    pub project: String,
    /// One entry a file, in the order of the command line.
    pub sources: Vec<SourceLine>,
    /// What was noticed.
    pub warnings: Vec<Warning>,
}

/// The arguments, decided.
pub(super) struct Decided {
    policy: OverlapPolicy,
    options: ImportOptions,
    pub(super) zone: Option<Zone>,
    pub(super) sla: Option<SlaEntry>,
    pub(super) limits: Vec<CapacityLimit>,
    pub(super) scenarios: Vec<Scenario>,
}

/// Runs the command.
pub fn run(args: &ImportArgs, common: &CommonArgs) -> Result<Outcome, CliError> {
    let report = import(args, common)?;
    if args.json {
        print_json(&report)?;
    } else {
        for line in &report.sources {
            print(&sentence(line));
        }
    }
    if !common.quiet {
        for warning in &report.warnings {
            say(&format!(
                "{} ({}×)",
                warning.message,
                units::count(warning.count)
            ));
        }
    }
    Ok(Outcome::Done)
}

/// Does what the command says and tells what became of each file.
pub fn import(args: &ImportArgs, common: &CommonArgs) -> Result<ImportReport, CliError> {
    let Some(project_path) = &common.project else {
        return Err(CliError::usage(
            "name the project to import into with --project P.headroom",
        ));
    };
    let mut warnings = Warnings::default();
    let mut decided = decide(args, common)?;
    let mut target = Target::open(project_path, &mut warnings)?;
    target.remember_source_zone(&mut decided.options);
    let given = args.mapping.as_deref();
    mapping::apply(
        &mut decided.options,
        given,
        target.mappings(),
        &mut warnings,
    )?;
    let mut lines = Vec::new();
    let mut rejects = Vec::new();
    let mut all = Vec::new();
    for path in &args.files {
        let gathered = read(path, &decided.options, common.quiet)?;
        for member in gathered.left_out {
            warnings.add(
                WarningKind::NotRead,
                format!("{} was left out: {}", member.name, member.reason),
            );
        }
        all.extend(gathered.imported);
    }
    mark_runs(&mut all);
    for imported in all {
        warnings.merge(&imported.source.info.warnings);
        let name = imported.source.info.file_name.clone();
        lines.push(target.admit(imported.source, args, decided.policy)?);
        rejects.push((name, imported.rejects));
    }
    target.apply(args, decided, &mut warnings);
    if let Some(path) = &args.rejects {
        write_rejects(path, &rejects)?;
    }
    target.save(project_path)?;
    Ok(ImportReport {
        project: project_path.display().to_string(),
        sources: lines,
        warnings: warnings.iter().cloned().collect(),
    })
}

fn decide(args: &ImportArgs, common: &CommonArgs) -> Result<Decided, CliError> {
    let mut options = common.import_options()?;
    options.hash = true;
    options.imported_at = Some(Instant::now());
    Ok(Decided {
        policy: match args.on_overlap {
            OverlapArg::Replace => OverlapPolicy::Replace,
            OverlapArg::Keep => OverlapPolicy::Keep,
            OverlapArg::Both => OverlapPolicy::Both,
            OverlapArg::Refuse => OverlapPolicy::Refuse,
        },
        options,
        zone: common.zone()?,
        sla: args.sla.as_deref().map(SlaEntry::read).transpose()?,
        limits: args
            .limits
            .iter()
            .map(|text| parse_limit(text))
            .collect::<Result<_, _>>()?,
        scenarios: args
            .scenarios
            .iter()
            .map(|path| ScenarioDocument::read(path)?.scenario())
            .collect::<Result<_, _>>()?,
    })
}

/// Days between ordering and having where nobody said: as `forecast --lead-time` has it.
const LEAD_TIME_DAYS: u32 = 14;

/// Reads `SERIES=80%` or `SERIES=12.5`; the name may hold equals signs (`cpu{mode=user}`).
fn parse_limit(text: &str) -> Result<CapacityLimit, CliError> {
    let refuse = || {
        CliError::usage(format!(
            "--limit {text}: write the series, = and a positive number or percentage, such as cpu_percent=80%"
        ))
    };
    let (series, limit) = text.rsplit_once('=').ok_or_else(refuse)?;
    let (number, is_percent) = match limit.trim().strip_suffix('%') {
        Some(number) => (number, true),
        None => (limit, false),
    };
    let value: f64 = number.trim().parse().map_err(|_| refuse())?;
    if series.trim().is_empty() || !value.is_finite() || value <= 0.0 {
        return Err(refuse());
    }
    Ok(CapacityLimit {
        series: series.trim().to_owned(),
        limit: if is_percent {
            LimitValue::Percent(value)
        } else {
            LimitValue::Value(value)
        },
        lead_time_days: LEAD_TIME_DAYS,
        ..CapacityLimit::default()
    })
}

/// Reads one file, with its progress on standard error where a person sees it.
fn read(path: &Path, options: &ImportOptions, quiet: bool) -> Result<Gathered, CliError> {
    let progress = Progress::default();
    let shows = !quiet && std::io::stderr().is_terminal();
    let (done, waiting) = mpsc::channel::<()>();
    let watched = progress.clone();
    let name = path.display().to_string();
    let watcher = shows.then(|| {
        std::thread::Builder::new()
            .name("headroom-progress".to_owned())
            .spawn(move || show_progress(&name, &watched, &waiting))
    });
    let gathered = import_path(path, options, &progress);
    drop(done);
    if let Some(Ok(watcher)) = watcher {
        watcher.join().ok();
    }
    Ok(gathered?)
}

/// Rewrites one line until the reading is done, then clears it.
fn show_progress(name: &str, progress: &Progress, done: &mpsc::Receiver<()>) {
    let mut err = std::io::stderr();
    let mut shown = false;
    while done.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
        let share = progress.fraction().map_or_else(String::new, |f| {
            format!(" {}", units::percent_of(f64::from(f)))
        });
        write!(err, "\r\x1b[Kreading {name}{share}").ok();
        err.flush().ok();
        shown = true;
    }
    if shown {
        write!(err, "\r\x1b[K").ok();
    }
}

fn write_rejects(path: &Path, rejects: &[(String, Rejects)]) -> Result<(), CliError> {
    let failed = |e| CliError::from(ImportError::from_io(path, e));
    let mut out = File::create(path).map_err(failed)?;
    let mut header = true;
    for (name, rejects) in rejects {
        let mut table = Vec::new();
        rejects.write_csv(name, &mut table).map_err(failed)?;
        let rows = if header {
            table.as_slice()
        } else {
            let end = table.iter().position(|b| *b == b'\n');
            end.and_then(|end| table.get(end + 1..)).unwrap_or_default()
        };
        out.write_all(rows).map_err(failed)?;
        header = false;
    }
    Ok(())
}

fn sentence(line: &SourceLine) -> String {
    let rejected = if line.rejected > 0 {
        format!(", {} could not be read", units::count(line.rejected))
    } else {
        String::new()
    };
    let action = match line.action {
        Action::Added => "added",
        Action::Replaced => "replaces what it overlaps with",
        Action::Same => "in the project already",
        Action::Kept => "left out, what it overlaps with stays",
    };
    format!(
        "{}: {}, {} rows{rejected}, {action}",
        line.path,
        line.format,
        units::count(line.rows)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_with_their_series() {
        let limit = parse_limit("cpu{mode=user}=80%").unwrap();
        assert_eq!(
            (limit.series.as_str(), limit.limit),
            ("cpu{mode=user}", LimitValue::Percent(80.0))
        );
        let limit = parse_limit("disk_bytes = 1e12").unwrap();
        assert_eq!(
            (limit.series.as_str(), limit.limit),
            ("disk_bytes", LimitValue::Value(1e12))
        );
        for bad in [
            "cpu", "=80%", "cpu=", "cpu=much", "cpu=-1", "cpu=NaN", "cpu=0",
        ] {
            assert!(
                parse_limit(bad).unwrap_err().message.contains("such as"),
                "{bad}"
            );
        }
    }
}
