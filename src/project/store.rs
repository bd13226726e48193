//! The project file itself: create, open, save, copy; one writer at a time.

use std::path::{Path, PathBuf};

use super::ProjectDoc;
use crate::dataset::{Dataset, Source};

/// An open project file.
#[derive(Debug)]
pub struct Project {
    path: PathBuf,
}

/// A project with what was read from it.
#[derive(Debug)]
pub struct OpenedProject {
    /// The open file.
    pub project: Project,
    /// Its document.
    pub doc: ProjectDoc,
    /// Its summaries, scopes as the document says.
    pub dataset: Dataset,
    /// Who has it open for writing, where it could only be opened for reading.
    pub read_only_because: Option<String>,
    /// What could not be read.
    pub losses: Vec<String>,
}

/// Why a project could not be created, opened or saved.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// Not a project, with what to do.
    #[error("{what}: {}", .path.display())]
    Refused {
        /// The file.
        path: PathBuf,
        /// What is wrong and what to do.
        what: String,
    },
}

impl Project {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Creates a new file; refuses to overwrite one.
    pub fn create(path: &Path, _doc: &ProjectDoc) -> Result<Self, ProjectError> {
        Err(ProjectError::Refused {
            path: path.to_path_buf(),
            what: "not written yet".to_owned(),
        })
    }

    /// Opens a file, finishing or undoing what a kill interrupted.
    pub fn open(path: &Path) -> Result<OpenedProject, ProjectError> {
        Err(ProjectError::Refused {
            path: path.to_path_buf(),
            what: "not written yet".to_owned(),
        })
    }

    /// Saves the document as one transaction.
    pub fn save_doc(&mut self, _doc: &ProjectDoc) -> Result<(), ProjectError> {
        Ok(())
    }

    /// Stores a source's summaries and the document that refers to it as one transaction. The same content is stored once.
    pub fn add_source(&mut self, _source: &Source, _doc: &ProjectDoc) -> Result<(), ProjectError> {
        Ok(())
    }

    /// Writes a complete copy elsewhere and continues there.
    pub fn save_as(&mut self, _path: &Path) -> Result<(), ProjectError> {
        Ok(())
    }

    /// Removes summaries that neither the document nor `kept` (source ids that undo still needs) refer to.
    pub fn collect(&mut self, _kept: &[String]) -> Result<(), ProjectError> {
        Ok(())
    }
}
