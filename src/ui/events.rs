//! What background jobs bring back. A job never changes the state: it leaves an event, and `dispatch` handles it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::closing::Decided;
use super::command::Command;
use super::mapping::Looked;
use super::reading::{read_scenario, scenario_of, unread_scenario};
use super::results::{Computed, Request};
use super::state::AppState;
use crate::dataset::Source;
use crate::import::detect::detect;
use crate::import::open::open;
use crate::import::table::mapping::{Mapping, Preview};
use crate::import::{Gathered, ImportError};
use crate::jobs::Apply;
use crate::project::{OpenedProject, ProjectError, PromisesError, ScenarioDocument, SlaEntry};
use crate::scenario::Scenario;
use crate::yaml::Node;

/// A file that is to be imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportTask {
    /// Where it is.
    pub path: PathBuf,
    /// It was found in a folder, not named: not recognising it is no error.
    pub found: bool,
    /// Zone for time stamps that carry none, where a person said one.
    pub zone: Option<String>,
    /// The source it stands in for, when a file is read again.
    pub instead_of: Option<String>,
    /// What its columns are, where a person said so for this file.
    pub mapping: Option<Arc<Mapping>>,
}

impl ImportTask {
    /// A file that was named, with nothing else said about it.
    pub fn named(path: PathBuf) -> Self {
        Self {
            path,
            found: false,
            zone: None,
            instead_of: None,
            mapping: None,
        }
    }
}

/// Paths, sorted by what stands there.
#[derive(Clone, Debug, Default)]
pub struct Sorted {
    /// Project files.
    pub projects: Vec<PathBuf>,
    /// Promises.
    pub promises: Vec<SlaEntry>,
    /// Scenarios of What if.
    pub scenarios: Vec<SortedScenario>,
    /// Everything else that may be data.
    pub data: Vec<ImportTask>,
    /// What could not be read, in sentences.
    pub problems: Vec<String>,
}

/// A scenario that stood at a path.
#[derive(Clone, Debug)]
pub struct SortedScenario {
    /// As it was read.
    pub scenario: Scenario,
    /// What a reader must know about it.
    pub notes: Vec<String>,
    /// It was found in a folder, not named.
    pub found: bool,
}

impl Sorted {
    fn count(&self) -> usize {
        self.data.len() + self.promises.len() + self.scenarios.len() + self.projects.len()
    }

    /// Whether there is nothing to put into a project.
    pub fn holds_no_content(&self) -> bool {
        self.promises.is_empty() && self.data.is_empty() && self.scenarios.is_empty()
    }
}

/// How a project came to be open.
#[derive(Debug)]
pub struct Opened {
    /// Where it was looked for.
    pub path: PathBuf,
    /// It lives in the program's own folder until a person names it.
    pub untitled: bool,
    /// What was read.
    pub result: Result<OpenedProject, ProjectError>,
    /// What is to be put into it.
    pub then: Sorted,
}

/// Something a job brought.
#[derive(Debug)]
pub enum Event {
    /// Paths were looked at.
    Sorted(Sorted),
    /// A project was opened or created, or not.
    Opened(Box<Opened>),
    /// A file, or a folder or archive of files, was imported, or not; where not, whether it is a table whose columns can
    /// be said.
    Imported(ImportTask, Box<Result<Gathered, ImportError>>, bool),
    /// A table was looked at.
    Looked(Box<Looked>),
    /// What a mapping would give.
    Previewed(Mapping, Box<Result<Preview, String>>),
    /// The document was written, or not; with the sources that were to be written.
    Written(Vec<Arc<Source>>, Result<(), String>),
    /// The project continues in a copy, or not.
    SavedAs(PathBuf, Result<(), String>),
    /// A result was computed.
    Computed(Request, u64, Box<Computed>),
    /// A file was written for a person: what, where.
    FileWritten(String, PathBuf, Result<(), String>),
    /// A period was closed or restated, or not; for the project at this place.
    Signed(Option<PathBuf>, Box<Result<Decided, String>>),
    /// A dialog was closed, with what to do where a person chose something.
    Answered(Option<Command>),
}

impl Event {
    /// The callback that leaves this event.
    pub fn leave(self) -> Apply<AppState> {
        Box::new(move |state| state.events.push(self))
    }
}

/// How deep folders are looked into, and how many files are taken.
const MAX_DEPTH: usize = 3;
const MAX_FILES: usize = 500;

/// Looks at what stands at the paths: projects, folders, promises, data.
pub fn sort_paths(paths: &[PathBuf]) -> Sorted {
    let mut sorted = Sorted::default();
    for path in paths {
        if path.is_dir() {
            let before = sorted.count();
            let mut inside = Sorted::default();
            sort_folder(path, MAX_DEPTH, &mut inside);
            sorted.projects.extend(inside.projects);
            sorted.promises.extend(inside.promises);
            sorted.scenarios.extend(inside.scenarios);
            sorted.problems.extend(inside.problems);
            // All data of a folder are one import: files of one run are told by lying together.
            if !inside.data.is_empty() {
                sorted.data.push(ImportTask {
                    path: path.clone(),
                    found: true,
                    zone: None,
                    mapping: None,
                    instead_of: None,
                });
            }
            if sorted.count() == before {
                sorted.problems.push(format!(
                    "there is no file to read in this folder: {}",
                    path.display()
                ));
            }
        } else {
            sort_file(path, false, &mut sorted);
        }
    }
    sorted
}

fn sort_folder(folder: &Path, depth: usize, sorted: &mut Sorted) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        sorted.problems.push(format!(
            "the folder may not be read; check its permissions: {}",
            folder.display()
        ));
        return;
    };
    let mut paths: Vec<PathBuf> = entries.filter_map(|e| Some(e.ok()?.path())).collect();
    paths.sort();
    for path in paths {
        let hidden = path
            .file_name()
            .is_some_and(|n| n.to_string_lossy().starts_with('.'));
        if hidden || sorted.data.len() >= MAX_FILES {
            continue;
        }
        if path.is_dir() {
            if depth > 1 {
                sort_folder(&path, depth - 1, sorted);
            }
        } else {
            sort_file(&path, true, sorted);
        }
    }
}

fn sort_file(path: &Path, found: bool, sorted: &mut Sorted) {
    let extension = path
        .extension()
        .map(|e| e.to_string_lossy().to_lowercase())
        .unwrap_or_default();
    if extension == "headroom" || starts_like_sqlite(path) {
        sorted.projects.push(path.to_path_buf());
    } else if matches!(extension.as_str(), "yaml" | "yml") {
        if let Ok(document) = ScenarioDocument::read(path) {
            match scenario_of(&document) {
                Ok((scenario, notes)) => sorted.scenarios.push(SortedScenario {
                    scenario,
                    notes,
                    found,
                }),
                Err(why) => sorted.problems.push(unread_scenario(&why)),
            }
            return;
        }
        match read_promises(path) {
            Ok(entry) => sorted.promises.push(entry),
            // Some tools write their results as YAML.
            Err(_) if is_data(path) => sorted.data.push(ImportTask {
                path: path.to_path_buf(),
                found,
                zone: None,
                mapping: None,
                instead_of: None,
            }),
            Err(_) if says_scenario(path) => {
                let why = read_scenario(path).err().unwrap_or_default();
                sorted.problems.push(unread_scenario(&why));
            }
            Err(problem) => sorted.problems.push(problem),
        }
    } else {
        sorted.data.push(ImportTask {
            found,
            ..ImportTask::named(path.to_path_buf())
        });
    }
}

/// Keys at the top of a file that only a scenario has.
const OF_SCENARIOS: [&str; 4] = ["workload", "service", "topology", "autoscaling"];

/// Whether a file that cannot be read as a scenario is meant as one: then that is what is said about it.
fn says_scenario(path: &Path) -> bool {
    std::fs::read_to_string(path)
        .ok()
        .and_then(|text| Node::parse(&text).ok())
        .is_some_and(|root| OF_SCENARIOS.iter().any(|key| root.get(key).is_some()))
}

fn is_data(path: &Path) -> bool {
    open(path).and_then(|opened| detect(&opened)).is_ok()
}

fn starts_like_sqlite(path: &Path) -> bool {
    use std::io::Read as _;
    let mut head = [0_u8; 16];
    std::fs::File::open(path)
        .and_then(|mut file| file.read_exact(&mut head))
        .is_ok_and(|()| &head == b"SQLite format 3\0")
}

fn read_promises(path: &Path) -> Result<SlaEntry, String> {
    SlaEntry::read(path).map_err(|error| match error {
        PromisesError::Io { path, source } => ImportError::from_io(&path, source).to_string(),
        PromisesError::Unusable { .. } => error.to_string(),
        PromisesError::Promises { path, error } => {
            format!(
                "the promises could not be read ({error}): {}",
                path.display()
            )
        }
        PromisesError::Exclusions { path, error } => {
            format!(
                "the windows that do not count could not be read ({error}): {}",
                path.display()
            )
        }
    })
}
