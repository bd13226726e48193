//! A scenario from a file: read once for the desktop and for every command, with its own name or that of the file, and
//! with the promises that it names beside it.

use std::path::{Path, PathBuf};

use super::scenarios::{ScenarioRefused, fits};
use crate::scenario::Scenario;
use crate::scenario::file::ScenarioFile;
use crate::yaml::YamlError;

/// Larger than any scenario, in bytes.
const MOST_BYTES: u64 = 4_000_000;

/// Why a scenario could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioFileError {
    /// A file could not be read: the scenario, or the promises that it names.
    #[error("the file could not be read ({source}): {}", .path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// No scenario is that long.
    #[error("the file is too large for a scenario (over 4 MB): {}", .path.display())]
    TooLarge {
        /// Which.
        path: PathBuf,
    },
    /// What it says cannot be.
    #[error("{error}: {}", .path.display())]
    Wrong {
        /// Which file.
        path: PathBuf,
        /// What is wrong, and where.
        error: YamlError,
    },
    /// It cannot be kept with a project.
    #[error("{refused}: {}", .path.display())]
    Refused {
        /// Which file.
        path: PathBuf,
        /// Why not.
        refused: ScenarioRefused,
    },
}

/// A scenario file that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct ScenarioDocument {
    /// What stands in it.
    pub file: ScenarioFile,
    /// Where it is.
    pub path: PathBuf,
}

fn text(path: &Path) -> Result<String, ScenarioFileError> {
    let unreadable = |source| ScenarioFileError::Io {
        path: path.to_path_buf(),
        source,
    };
    if std::fs::metadata(path).map_err(unreadable)?.len() > MOST_BYTES {
        return Err(ScenarioFileError::TooLarge {
            path: path.to_path_buf(),
        });
    }
    std::fs::read_to_string(path).map_err(unreadable)
}

impl ScenarioDocument {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self, ScenarioFileError> {
        let file = ScenarioFile::parse(&text(path)?).map_err(|error| ScenarioFileError::Wrong {
            path: path.to_path_buf(),
            error,
        })?;
        Ok(Self {
            file,
            path: path.to_path_buf(),
        })
    }

    /// Its own name, else that of the file without its ending.
    pub fn name(&self) -> String {
        if self.file.scenario.name.is_empty() {
            let stem = self.path.file_stem();
            stem.map_or_else(String::new, |name| name.to_string_lossy().into_owned())
        } else {
            self.file.scenario.name.clone()
        }
    }

    /// The folder that it names other files from.
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// The file of promises that it names, with its text.
    pub fn promises(&self) -> Result<Option<(PathBuf, String)>, ScenarioFileError> {
        let Some(name) = &self.file.sla_path else {
            return Ok(None);
        };
        let path = self.folder().join(name);
        let text = text(&path)?;
        Ok(Some((path, text)))
    }

    /// The scenario as a project keeps it: named, and with its promises.
    pub fn scenario(&self) -> Result<Scenario, ScenarioFileError> {
        let mut scenario = self.file.scenario.clone();
        scenario.name = self.name();
        if let Some((_, promises)) = self.promises()? {
            scenario.sla = Some(promises);
        }
        fits(&scenario).map_err(|refused| ScenarioFileError::Refused {
            path: self.path.clone(),
            refused,
        })?;
        Ok(scenario)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "workload: {pattern: constant, rate: 40_rps, duration: 5min}\nservice: {time: 20ms}\nsla: promises.yaml\n";

    #[test]
    fn a_file_gives_its_name_and_brings_its_promises() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("evening peak.yaml");
        std::fs::write(&path, FILE).unwrap();
        let document = ScenarioDocument::read(&path).unwrap();
        let why = document.scenario().unwrap_err().to_string();
        assert!(
            why.starts_with("the file could not be read") && why.contains("promises.yaml"),
            "{why}"
        );
        std::fs::write(folder.path().join("promises.yaml"), "objectives: []\n").unwrap();
        let scenario = document.scenario().unwrap();
        assert_eq!(scenario.name, "evening peak");
        assert_eq!(scenario.sla.as_deref(), Some("objectives: []\n"));
    }

    #[test]
    fn what_is_no_scenario_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wrong.yaml");
        std::fs::write(&path, "workload: {rate: fast}\nservice: {time: 1ms}\n").unwrap();
        let why = ScenarioDocument::read(&path).unwrap_err().to_string();
        assert!(why.contains("rate") && why.ends_with("wrong.yaml"), "{why}");
        let long = std::fs::File::create(&path).unwrap();
        long.set_len(MOST_BYTES + 1).unwrap();
        let why = ScenarioDocument::read(&path).unwrap_err().to_string();
        assert!(why.contains("over 4 MB"), "{why}");
    }
}
