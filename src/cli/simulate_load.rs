//! From a scenario file to its run: what it refers to is read from its folder and from the project, what it says is
//! checked, and what came out is judged.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::common::{CliError, CommonArgs, Loaded};
use super::simulate::SimulateArgs;
use crate::analysis::forecast::gather::gather;
use crate::analysis::forecast::{Forecast, ForecastParams, forecast};
use crate::analysis::sla::SlaFile;
use crate::calendar::Zone;
use crate::dataset::{Dataset, RunSummary, ScopeFilter};
use crate::import::import_paths;
use crate::progress::Progress;
use crate::project::ScenarioDocument;
use crate::scenario::judge::{Judged, judge};
use crate::scenario::model::Pattern;
use crate::scenario::resolve::{Inputs, ResolveError, resolve};
use crate::scenario::{Outcome, Scenario, SimulateError, check, simulate};

/// A scenario that was run.
#[derive(Debug)]
pub(super) struct Ran {
    /// As it was run, without references.
    pub scenario: Scenario,
    /// What came out.
    pub outcome: Outcome,
    /// Its promises; `None` where it has none.
    pub judged: Option<Judged>,
    /// What a reader of the file must know.
    pub notes: Vec<String>,
    /// Name of the file.
    pub file_name: String,
}

impl Ran {
    /// Its own name, else that of its file.
    pub fn name(&self) -> &str {
        if self.scenario.name.is_empty() {
            &self.file_name
        } else {
            &self.scenario.name
        }
    }
}

/// A scenario that can be run.
pub(super) struct Prepared {
    /// Without references.
    pub scenario: Scenario,
    /// Its promises; `None` where it has none.
    pub promises: Option<SlaFile>,
    notes: Vec<String>,
    document: ScenarioDocument,
}

impl Prepared {
    /// Its own name, else that of its file.
    pub fn name(&self) -> String {
        self.document.name()
    }

    /// Why it could not be run, with the line of the key.
    pub fn wrong(&self, error: &SimulateError) -> CliError {
        wrong(&self.document, error)
    }
}

fn at_key(document: &ScenarioDocument, key: &str, message: String) -> CliError {
    CliError {
        line: document.file.line_of(key),
        ..CliError::new("scenario", message).about(&document.path)
    }
}

fn wrong(document: &ScenarioDocument, error: &SimulateError) -> CliError {
    match error {
        SimulateError::Impossible { key, .. } => at_key(document, key, error.to_string()),
        _ => CliError::new("scenario", error.to_string()).about(&document.path),
    }
}

/// What all scenarios of a command share.
pub(super) struct Loader<'a> {
    args: &'a SimulateArgs,
    common: &'a CommonArgs,
    project: Option<Loaded>,
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn internal(error: impl ToString) -> CliError {
    CliError::new("internal", error.to_string())
}

impl<'a> Loader<'a> {
    /// Opens the project, where one is named.
    pub fn new(args: &'a SimulateArgs, common: &'a CommonArgs) -> Result<Self, CliError> {
        let project = common
            .project
            .is_some()
            .then(|| common.load(&[]))
            .transpose()?;
        Ok(Self {
            args,
            common,
            project,
        })
    }

    /// Reads, completes and checks one scenario.
    pub fn prepared(&self, path: &Path) -> Result<Prepared, CliError> {
        let document = ScenarioDocument::read(path)?;
        let mut scenario = document.file.scenario.clone();
        if let Some(seed) = self.args.seed {
            scenario.run.seed = seed;
        }
        if let Some(engine) = self.args.engine {
            scenario.run.engine = engine.into();
        }
        // What is impossible without its data is said before they are read.
        let impossible = check::problems(&scenario)
            .into_iter()
            .find(|p| matches!(p, SimulateError::Impossible { .. }));
        if let Some(error) = impossible {
            return Err(wrong(&document, &error));
        }
        let promises = self.promises(&document)?;
        let completed = self.completed(&scenario, document.folder());
        let (scenario, mut notes) = completed.map_err(|e| match e {
            Incomplete::Resolve(ResolveError::Unusable { key, reason }) => {
                at_key(&document, &key, format!("{key}: {reason}"))
            }
            Incomplete::Resolve(error @ ResolveError::Dataset(_)) => internal(error),
            Incomplete::Import(error) => error,
        })?;
        notes.splice(0..0, document.file.notes.iter().cloned());
        Ok(Prepared {
            scenario,
            promises,
            notes,
            document,
        })
    }

    /// Runs and judges it.
    pub fn run(prepared: &Prepared) -> Result<Ran, CliError> {
        let scenario = prepared.scenario.clone();
        let outcome = simulate(&scenario, &Progress::default()).map_err(|e| prepared.wrong(&e))?;
        let judged = match &prepared.promises {
            Some(promises) => Some(judge(&scenario, &outcome, promises).map_err(internal)?),
            None => None,
        };
        Ok(Ran {
            scenario,
            outcome,
            judged,
            notes: prepared.notes.clone(),
            file_name: prepared.name(),
        })
    }

    /// The promises of the file, else of the project.
    fn promises(&self, document: &ScenarioDocument) -> Result<Option<SlaFile>, CliError> {
        let file = &document.file;
        if let Some((path, text)) = document.promises()? {
            return SlaFile::parse(&text).map(Some).map_err(|e| CliError {
                line: e.line,
                ..CliError::new("sla-file", e.message).about(&path)
            });
        }
        if let Some(text) = &file.scenario.sla {
            return SlaFile::parse(text).map(Some).map_err(|e| CliError {
                line: file.line_of("sla"),
                ..CliError::new("sla-file", format!("sla: {}", e.message))
            });
        }
        let Some(project) = self.project.as_ref().filter(|p| !p.doc.slas.is_empty()) else {
            return Ok(None);
        };
        let zone = Zone::named(&project.doc.time_zone)?;
        let files: Result<Vec<(String, SlaFile)>, CliError> = project
            .doc
            .slas
            .iter()
            .map(|entry| Ok((entry.name.clone(), entry.promises(None, &zone)?)))
            .collect();
        Ok(Some(SlaFile::merged(files?)))
    }

    /// The scenario with everything it refers to.
    fn completed(
        &self,
        scenario: &Scenario,
        folder: &Path,
    ) -> Result<(Scenario, Vec<String>), Incomplete> {
        if scenario.pending().is_empty() {
            return Ok((scenario.clone(), Vec::new()));
        }
        let mut dataset = Dataset {
            sources: self
                .project
                .iter()
                .flat_map(|p| p.dataset.sources.clone())
                .collect(),
        };
        let named = [scenario.service.from_run.as_ref(), log_of(scenario)];
        let files: Vec<PathBuf> = named
            .into_iter()
            .flatten()
            .map(|name| folder.join(name))
            .filter(|path| path.is_file())
            .collect();
        if !files.is_empty() {
            let options = self.common.import_options()?;
            let gathered =
                import_paths(&files, &options, &Progress::default()).map_err(CliError::from)?;
            let imported = gathered.imported.into_iter();
            dataset
                .sources
                .extend(imported.map(|one| Arc::new(one.source)));
        }
        let forecasts = match &scenario.workload.pattern {
            Pattern::Forecast { series, .. } => self.forecasts(&dataset, series)?,
            _ => Vec::new(),
        };
        let inputs = Inputs {
            dataset: &dataset,
            forecasts: &forecasts,
        };
        let resolved = resolve(scenario, &inputs)?;
        Ok((resolved.scenario, resolved.warnings))
    }

    /// Forecasts of the series that a name may mean.
    fn forecasts(&self, dataset: &Dataset, name: &str) -> Result<Vec<Forecast>, CliError> {
        let zone = match &self.project {
            Some(project) => Zone::named(&project.doc.time_zone)?,
            None => Zone::utc(),
        };
        let params = ForecastParams {
            zone,
            ..ForecastParams::default()
        };
        let lower = name.trim().to_lowercase();
        let mut made = Vec::new();
        for found in gather(dataset, &ScopeFilter::default()) {
            if !found.display_name.to_lowercase().contains(&lower) {
                continue;
            }
            let series = found.series().map_err(internal)?;
            let forecast = forecast(&series, &params).map_err(|e| {
                CliError::new("no-forecast", format!("{}: {e}", found.display_name))
            })?;
            made.push(forecast);
        }
        Ok(made)
    }

    /// A load test that came later.
    pub fn load_test(&self, path: &Path) -> Result<RunSummary, CliError> {
        let options = self.common.import_options()?;
        let paths = [path.to_path_buf()];
        let gathered = import_paths(&paths, &options, &Progress::default())?;
        let runs = gathered.imported.into_iter().filter_map(|i| i.source.run);
        runs.into_iter().next().ok_or_else(|| {
            CliError::new(
                "nothing-usable",
                "it holds no requests with their durations to hold the prediction against",
            )
            .about(path)
        })
    }
}

fn log_of(scenario: &Scenario) -> Option<&String> {
    match &scenario.workload.pattern {
        Pattern::Log { file } => Some(file),
        _ => None,
    }
}

/// Why references could not be filled in.
enum Incomplete {
    Import(CliError),
    Resolve(ResolveError),
}

impl From<CliError> for Incomplete {
    fn from(error: CliError) -> Self {
        Self::Import(error)
    }
}

impl From<ResolveError> for Incomplete {
    fn from(error: ResolveError) -> Self {
        Self::Resolve(error)
    }
}
