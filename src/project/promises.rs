//! Promises as a project keeps them: the YAML together with the tables of windows that it names, so that they can be
//! judged where the files are gone. The command line, the report and the desktop all read them here.

use std::path::{Path, PathBuf};

use super::SlaEntry;
use crate::analysis::sla::{SlaFile, SlaFileError, parse_exclusions};
use crate::calendar::Zone;

/// Larger than any hand-written set of promises, in bytes.
const MAX_BYTES: u64 = 4_000_000;

/// Why promises could not be read.
#[derive(Debug, thiserror::Error)]
pub enum PromisesError {
    /// A file could not be read.
    #[error("the file could not be read ({source}): {}", .path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not what it has to be.
    #[error("{reason}: {}", .path.display())]
    Unusable {
        /// Which.
        path: PathBuf,
        /// Why not.
        reason: &'static str,
    },
    /// The YAML is wrong.
    #[error("{error}")]
    Promises {
        /// Which file, as far as it is known.
        path: PathBuf,
        /// What is wrong, and where.
        error: SlaFileError,
    },
    /// A table of windows is wrong.
    #[error("{error}: {}", .path.display())]
    Exclusions {
        /// Which file, as far as it is known.
        path: PathBuf,
        /// What is wrong, and where.
        error: SlaFileError,
    },
}

fn text(path: &Path) -> Result<String, PromisesError> {
    let failed = |source| PromisesError::Io {
        path: path.to_path_buf(),
        source,
    };
    let unusable = |reason| PromisesError::Unusable {
        path: path.to_path_buf(),
        reason,
    };
    if std::fs::metadata(path).map_err(failed)?.len() > MAX_BYTES {
        return Err(unusable(
            "this is too large to be a set of promises or a table of windows (over 4 MB)",
        ));
    }
    String::from_utf8(std::fs::read(path).map_err(failed)?)
        .map_err(|_| unusable("the file is not text in UTF-8"))
}

impl SlaEntry {
    /// Reads a file of promises and the tables of windows that it names, which lie beside it. All of them are known to
    /// be good afterwards.
    pub fn read(path: &Path) -> Result<Self, PromisesError> {
        let (entry, problem) = Self::draft(path)?;
        problem.map_or(Ok(entry), Err)
    }

    /// As [`Self::read`], for review: the text is there even where it is wrong, with what is.
    pub fn draft(path: &Path) -> Result<(Self, Option<PromisesError>), PromisesError> {
        let mut entry = Self {
            name: path
                .file_name()
                .map_or_else(String::new, |n| n.to_string_lossy().into_owned()),
            yaml: text(path)?,
            ..Self::default()
        };
        let problem = entry.read_tables(path).err();
        Ok((entry, problem))
    }

    fn read_tables(&mut self, path: &Path) -> Result<(), PromisesError> {
        let file = SlaFile::parse(&self.yaml).map_err(|error| PromisesError::Promises {
            path: path.to_path_buf(),
            error,
        })?;
        for name in file.exclusion_files() {
            let table = path.with_file_name(&name);
            let csv = text(&table)?;
            // Whether it can be read does not depend on the zone.
            parse_exclusions(&csv, &Zone::utc())
                .map_err(|error| PromisesError::Exclusions { path: table, error })?;
            self.exclusions.insert(name, csv);
        }
        Ok(())
    }

    /// The promises with their windows. Civil times in these are of the zone that was `given`, else of the one the
    /// promises name, else of `otherwise`.
    pub fn promises(
        &self,
        given: Option<&Zone>,
        otherwise: &Zone,
    ) -> Result<SlaFile, PromisesError> {
        let bad_yaml = |error| PromisesError::Promises {
            path: PathBuf::from(&self.name),
            error,
        };
        let mut file = SlaFile::parse(&self.yaml).map_err(bad_yaml)?;
        let own = match &file.timezone {
            Some(name) => Some(Zone::named(name).map_err(|e| {
                bad_yaml(SlaFileError {
                    message: e.to_string(),
                    line: None,
                })
            })?),
            None => None,
        };
        let zone = given.or(own.as_ref()).unwrap_or(otherwise);
        file.settle_zone(zone);
        for name in file.exclusion_files() {
            // Without the table the result says that nothing was excluded by it.
            let Some(csv) = self.exclusions.get(&name) else {
                continue;
            };
            let windows =
                parse_exclusions(csv, zone).map_err(|error| PromisesError::Exclusions {
                    path: PathBuf::from(&name),
                    error,
                })?;
            file.attach_exclusions(&name, &windows);
        }
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const YAML: &str = "objectives:\n  - {name: Up, kind: availability, target: 99.9%, exclusions: [windows.csv]}\n";

    /// The windows of a project were lost, because only the YAML was kept: the report excluded nothing.
    #[test]
    fn the_windows_travel_with_the_promises() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sla.yaml");
        std::fs::write(&path, YAML).unwrap();
        assert!(matches!(
            SlaEntry::read(&path),
            Err(PromisesError::Io { .. })
        ));
        let table = folder.path().join("windows.csv");
        std::fs::write(&table, "start,end\n2026-06-14 02:00,2026-06-14 03:00\n").unwrap();
        let entry = SlaEntry::read(&path).unwrap();
        std::fs::remove_file(&table).unwrap();
        let start = |given: Option<&Zone>| {
            let file = entry.promises(given, &Zone::utc()).unwrap();
            let windows = file.objectives[0].exclusion_windows.clone().unwrap();
            windows[0].range.start.to_string()
        };
        assert_eq!(start(None), "2026-06-14T02:00:00Z");
        let berlin = Zone::named("Europe/Berlin").unwrap();
        assert_eq!(start(Some(&berlin)), "2026-06-14T00:00:00Z");
        std::fs::write(&table, "from,to\n").unwrap();
        assert!(matches!(
            SlaEntry::read(&path),
            Err(PromisesError::Exclusions { .. })
        ));
    }

    /// A project of an older version has no tables; it opens, and the result will say so.
    #[test]
    fn an_entry_without_tables_is_read() {
        let entry: SlaEntry =
            serde_json::from_value(serde_json::json!({"name": "a", "yaml": YAML})).unwrap();
        let file = entry.promises(None, &Zone::utc()).unwrap();
        assert_eq!(file.objectives[0].exclusion_windows, None);
    }
}
