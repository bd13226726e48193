//! What all commands share: common options, how a command ended, errors as a sentence or as a JSON document, and
//! reading the data that a command works on.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde::Serialize;

use crate::analysis::sla::SlaFileError;
use crate::calendar::{CalendarError, FiscalStart, Instant, Period, Zone, parse_time};
use crate::dataset::Dataset;
use crate::import::{ImportError, ImportOptions, import_paths};
use crate::progress::Progress;
use crate::project::{Project, ProjectDoc, ProjectError, PromisesError, ScenarioFileError};

/// Options that every command understands.
#[derive(Clone, Debug, Default, Args)]
pub struct CommonArgs {
    /// Calendar and display zone, such as Europe/Berlin
    #[arg(long, global = true, value_name = "ZONE")]
    pub tz: Option<String>,
    /// Zone of time stamps that carry none
    #[arg(long, global = true, value_name = "ZONE")]
    pub source_tz: Option<String>,
    /// "Now" (default: the end of the data)
    #[arg(long, global = true, value_name = "TIME")]
    pub as_of: Option<String>,
    /// The project file to work on
    #[arg(long, global = true, value_name = "FILE")]
    pub project: Option<PathBuf>,
    /// Say less on standard error
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Say more on standard error
    #[arg(short, long, global = true)]
    pub verbose: bool,
}

/// How a command ended; its number is the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done, promises met.
    Done = 0,
    /// Done, with a finding: breached, regressed, short of capacity.
    Finding = 1,
    /// Done, but not proven.
    NotProven = 3,
}

/// Why a command could not be done: exit code 2.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{message}")]
pub struct CliError {
    /// Stable kebab-case name.
    pub kind: String,
    /// One sentence for a person.
    pub message: String,
    /// The file it is about.
    pub file: Option<String>,
    /// 1-based line in it.
    pub line: Option<u64>,
    /// What to do, where the message does not say it.
    pub hint: Option<String>,
}

impl CliError {
    /// An error about how the command was called.
    pub fn usage(message: impl Into<String>) -> Self {
        Self {
            kind: "usage".to_owned(),
            message: message.into(),
            file: None,
            line: None,
            hint: None,
        }
    }

    /// An error of some other kind.
    pub fn new(kind: &str, message: impl Into<String>) -> Self {
        Self {
            kind: kind.to_owned(),
            ..Self::usage(message)
        }
    }

    /// Names the file it is about.
    #[must_use]
    pub fn about(mut self, path: &Path) -> Self {
        self.file = Some(path.display().to_string());
        self
    }
}

impl From<ImportError> for CliError {
    fn from(error: ImportError) -> Self {
        let line = match &error {
            ImportError::Unusable { line, .. } => *line,
            _ => None,
        };
        Self {
            kind: error.kind().to_owned(),
            file: error.path().map(|p| p.display().to_string()),
            message: error.to_string(),
            line,
            hint: None,
        }
    }
}

impl From<CalendarError> for CliError {
    fn from(error: CalendarError) -> Self {
        Self::usage(error.to_string())
    }
}

impl From<PromisesError> for CliError {
    fn from(error: PromisesError) -> Self {
        let in_file = |kind: &str, path: &Path, error: SlaFileError| Self {
            line: error.line,
            ..Self::new(kind, error.message).about(path)
        };
        match error {
            PromisesError::Io { path, source } => ImportError::from_io(&path, source).into(),
            PromisesError::Unusable { ref path, .. } => {
                Self::new("unusable-file", error.to_string()).about(path)
            }
            PromisesError::Promises { path, error } => in_file("sla-file", &path, error),
            PromisesError::Exclusions { path, error } => in_file("exclusions", &path, error),
        }
    }
}

impl From<ScenarioFileError> for CliError {
    fn from(error: ScenarioFileError) -> Self {
        match error {
            ScenarioFileError::Io { path, source } => ImportError::from_io(&path, source).into(),
            ScenarioFileError::TooLarge { ref path } => {
                Self::new("scenario-file", error.to_string()).about(path)
            }
            ScenarioFileError::Wrong { path, error } => Self {
                line: error.line,
                ..Self::new("scenario-file", error.message).about(&path)
            },
            ScenarioFileError::Refused { path, refused } => {
                Self::new("scenario", refused.to_string()).about(&path)
            }
        }
    }
}

impl From<ProjectError> for CliError {
    fn from(error: ProjectError) -> Self {
        Self::new("project", error.to_string()).about(error.path())
    }
}

/// The data a command works on, from a project or from files named on the command line.
#[derive(Debug)]
pub struct Loaded {
    /// The summaries.
    pub dataset: Dataset,
    /// The document of the project; the default one for files.
    pub doc: ProjectDoc,
}

impl CommonArgs {
    /// The calendar zone given on the command line, if one was.
    pub fn zone(&self) -> Result<Option<Zone>, CliError> {
        Ok(self.tz.as_deref().map(Zone::named).transpose()?)
    }

    /// "Now", if it was given; civil times are in `zone`.
    pub fn as_of(&self, zone: &Zone) -> Result<Option<Instant>, CliError> {
        self.as_of
            .as_deref()
            .map(|text| Ok(parse_time(text, zone)?.at))
            .transpose()
    }

    /// How files are to be read.
    pub fn import_options(&self) -> Result<ImportOptions, CliError> {
        let mut options = ImportOptions::default();
        if let Some(name) = &self.source_tz {
            options.source_zone = Zone::named(name)?;
            options.source_zone_given = true;
        }
        Ok(options)
    }

    /// Reads the project given with `--project`, or imports the files.
    pub fn load(&self, files: &[PathBuf]) -> Result<Loaded, CliError> {
        match (&self.project, files) {
            (Some(path), []) => {
                let opened = Project::open(path)?;
                if !self.quiet {
                    for loss in &opened.losses {
                        say(loss);
                    }
                }
                Ok(Loaded {
                    dataset: opened.dataset,
                    doc: opened.doc,
                })
            }
            (Some(_), _) => Err(CliError::usage("give either --project or files, not both")),
            (None, []) => Err(CliError::usage(
                "name at least one file, or a project with --project",
            )),
            (None, files) => {
                let options = self.import_options()?;
                let gathered = import_paths(files, &options, &Progress::default())?;
                let sources = gathered.imported.into_iter();
                Ok(Loaded {
                    dataset: Dataset {
                        sources: sources.map(|one| Arc::new(one.source)).collect(),
                    },
                    doc: ProjectDoc::default(),
                })
            }
        }
    }
}

/// A fiscal period with the month its years begin with: as typed, else as promises or project say. Other periods stay.
pub fn with_fiscal_start(
    period: Period,
    typed: Option<&str>,
    otherwise: Option<FiscalStart>,
) -> Result<Period, CliError> {
    let typed = typed.map(FiscalStart::parse).transpose()?;
    match typed.or(otherwise) {
        Some(start) => Ok(period.with_fiscal_start(start)),
        None if period.lacks_fiscal_start() => {
            let mut error = CliError::usage(format!(
                "{period} needs the month with which fiscal years begin"
            ));
            error.hint = Some(
                "give --fiscal-start 4 (or april), write \"fiscal_start: 4\" in the promises, or set it in the project"
                    .to_owned(),
            );
            Err(error)
        }
        None => Ok(period),
    }
}

/// Prints a line for a person on standard error.
#[expect(clippy::print_stderr, reason = "the command line speaks here")]
pub fn say(line: &str) {
    eprintln!("{line}");
}

/// Prints the result on standard output, ignoring a reader that went away.
pub fn print(text: &str) {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.write_all(b"\n"))
        .ok();
}

/// Prints one JSON document on standard output.
pub fn print_json<T: Serialize>(value: &T) -> Result<(), CliError> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|e| CliError::new("internal", e.to_string()))?;
    print(&text);
    Ok(())
}
