//! What can go wrong with a project file, each as one sentence that says what to do.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::dataset::DatasetError;

/// Why a project could not be created, opened or saved.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// What is wrong, with what to do.
    #[error("{what}: {}", .path.display())]
    Refused {
        /// The file.
        path: PathBuf,
        /// What is wrong and what to do.
        what: String,
    },
}

impl ProjectError {
    /// The file it is about.
    pub fn path(&self) -> &Path {
        match self {
            Self::Refused { path, .. } => path,
        }
    }

    pub(super) fn new(path: &Path, what: impl Into<String>) -> Self {
        Self::Refused {
            path: path.to_path_buf(),
            what: what.into(),
        }
    }

    pub(super) fn io(path: &Path, error: &io::Error) -> Self {
        let what = match error.kind() {
            io::ErrorKind::NotFound => "there is no such project; check the name".to_owned(),
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                "the system does not allow it; check the permissions of the file and its folder, or choose another folder"
                    .to_owned()
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => FULL.to_owned(),
            io::ErrorKind::NotADirectory => {
                "a part of the path is not a folder; choose another folder".to_owned()
            }
            _ => format!("the file could not be read or written ({error}); check the disk and try again"),
        };
        Self::new(path, what)
    }

    pub(super) fn sqlite(path: &Path, error: &rusqlite::Error) -> Self {
        let what = match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => FULL.to_owned(),
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
                "the file may not be written to; save the project under another name".to_owned()
            }
            Some(ErrorCode::CannotOpen) => {
                "the file could not be opened; check the permissions of the file and its folder"
                    .to_owned()
            }
            Some(ErrorCode::NotADatabase) => NOT_A_PROJECT.to_owned(),
            Some(ErrorCode::DatabaseCorrupt) => {
                "the file is damaged beyond reading; take a copy from a backup".to_owned()
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                "another program is writing to the file; try again in a moment".to_owned()
            }
            _ => format!(
                "the file could not be read or written ({error}); check the disk and try again"
            ),
        };
        Self::new(path, what)
    }

    pub(super) fn dataset(path: &Path, error: &DatasetError) -> Self {
        Self::new(path, format!("the data could not be stored ({error})"))
    }
}

const FULL: &str = "the disk is full; free some space and try again";

/// Said of any file that Headroom did not write.
pub(super) const NOT_A_PROJECT: &str =
    "this is not a Headroom project; import it if it holds data, or open another file";
