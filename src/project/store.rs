//! The project file itself: create, open, save, copy; one writer at a time.
//!
//! A SQLite database with a rollback journal and `synchronous=FULL`: each save is one transaction, and a kill at any
//! moment leaves the state before or after it (<https://www.sqlite.org/atomiccommit.html>).

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};

use super::error::NOT_A_PROJECT;
use super::lock::{self, NoLock, WriterLock};
use super::migrate::{self, Unknown};
use super::schema::{Access, Kind};
use super::{ProjectDoc, ProjectError, copy, load, schema};
use crate::dataset::blob::{self, Encoded};
use crate::dataset::{Dataset, Source};

/// Earlier documents that are kept, for the day the current one cannot be read.
const HISTORY: u32 = 20;
/// The first bytes of every SQLite database.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// An open project file.
#[derive(Debug)]
pub struct Project {
    path: PathBuf,
    // Closed before the lock is given back: fields are dropped in this order.
    connection: Connection,
    lock: Option<WriterLock>,
    read_only_because: Option<String>,
    /// The document as it was last read or saved.
    json: String,
    unknown: Unknown,
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
    /// Why it could only be opened for reading: who has it open, or what is wrong with it.
    pub read_only_because: Option<String>,
    /// What could not be read.
    pub losses: Vec<String>,
}

impl Project {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Why nothing can be saved to it, if so.
    pub fn read_only_because(&self) -> Option<&str> {
        self.read_only_because.as_deref()
    }

    /// Creates a new file; refuses to overwrite one.
    pub fn create(path: &Path, doc: &ProjectDoc) -> Result<Self, ProjectError> {
        let exists = || {
            ProjectError::new(
                path,
                "there is a file of this name already; open it, or choose another name",
            )
        };
        if fs::symlink_metadata(path).is_ok() {
            return Err(exists());
        }
        let lock = lock_new(path)?;
        if fs::symlink_metadata(path).is_ok() {
            return Err(exists());
        }
        let json = write_json(path, doc, &Unknown::new())?;
        copy::write_new(path, |to| copy::put_document(to, &json))?;
        Ok(Self {
            connection: connect(path, Access::Write)?,
            path: path.to_path_buf(),
            lock: Some(lock),
            read_only_because: None,
            json,
            unknown: Unknown::new(),
        })
    }

    /// Opens a file, finishing or undoing what a kill interrupted.
    pub fn open(path: &Path) -> Result<OpenedProject, ProjectError> {
        look_at(path)?;
        let real = fs::canonicalize(path).map_err(|e| ProjectError::io(path, &e))?;
        let (mut lock, mut read_only_because) = match lock::acquire(&real) {
            Ok(lock) => (Some(lock), None),
            Err(NoLock::Held(by)) => (None, Some(by)),
            Err(NoLock::Impossible(error)) => (
                None,
                Some(format!("its folder cannot be written to ({error})")),
            ),
        };
        let access = if lock.is_some() {
            Access::Write
        } else {
            Access::Read
        };
        let refuse = |what: &str| Err(ProjectError::new(path, what));
        let look = |access| {
            let connection = open_connection(&real, access)?;
            let kind = schema::recognise(&connection)?;
            Ok((connection, kind))
        };
        let mut damage = None;
        let (connection, kind) = look(access)
            .or_else(|error: rusqlite::Error| {
                if error.sqlite_error_code() != Some(ErrorCode::DatabaseCorrupt) {
                    return Err(error);
                }
                damage = Some(error.to_string());
                look(Access::Salvage)
            })
            .map_err(|e| ProjectError::sqlite(path, &e))?;
        match kind {
            Kind::Project => {}
            Kind::Newer => {
                return refuse(
                    "the project was saved by a newer version of Headroom; update this one",
                );
            }
            Kind::Foreign => return refuse(NOT_A_PROJECT),
            Kind::Altered => {
                return refuse(
                    "the project holds tables that Headroom never writes and was not opened; take a copy from a backup",
                );
            }
        }
        let mut losses = Vec::new();
        if let Some(damage) = damage.or_else(|| schema::damage(&connection)) {
            losses.push(format!("the file is damaged ({damage})"));
            read_only_because = Some(
                "it is damaged; save it under another name to keep what can be read".to_owned(),
            );
            lock = None;
        } else if lock.is_some() && connection.is_readonly("main").unwrap_or(false) {
            read_only_because = Some("the file may not be written to".to_owned());
            lock = None;
        }
        let found = load::document(&connection, path)?;
        losses.extend(found.losses);
        let (dataset, lost) = load::dataset(&connection, &found.doc);
        losses.extend(lost);
        Ok(OpenedProject {
            project: Self {
                path: path.to_path_buf(),
                connection,
                lock,
                read_only_because: read_only_because.clone(),
                json: found.json,
                unknown: found.unknown,
            },
            doc: found.doc,
            dataset,
            read_only_because,
            losses,
        })
    }

    /// Saves the document as one transaction.
    pub fn save_doc(&mut self, doc: &ProjectDoc) -> Result<(), ProjectError> {
        self.save(&[], doc)
    }

    /// Stores a source's summaries and the document that refers to it as one transaction. The same content is stored once.
    pub fn add_source(&mut self, source: &Source, doc: &ProjectDoc) -> Result<(), ProjectError> {
        self.add_sources(&[source], doc)
    }

    /// As [`Self::add_source`], for several sources: all of them or none.
    pub fn add_sources(
        &mut self,
        sources: &[&Source],
        doc: &ProjectDoc,
    ) -> Result<(), ProjectError> {
        let mut encoded = Vec::with_capacity(sources.len());
        for source in sources {
            let source_id = source.info.source_id.as_str();
            if source_id.is_empty() {
                return Err(ProjectError::new(
                    &self.path,
                    "the data have no content id; import the file again",
                ));
            }
            let mut stored = (*source).clone();
            stored.info.path = stored.info.path.map(|file| self.beside(file));
            let parts = blob::encode(&stored).map_err(|e| ProjectError::dataset(&self.path, &e))?;
            encoded.push((source_id, parts));
        }
        self.save(&encoded, doc)
    }

    /// A file below the folder of the project, as seen from there: both can be moved together.
    fn beside(&self, file: PathBuf) -> PathBuf {
        let project = std::path::absolute(&self.path).ok();
        project
            .and_then(|p| Some(file.strip_prefix(p.parent()?).ok()?.to_path_buf()))
            .unwrap_or(file)
    }

    fn save(&mut self, sources: &[(&str, Encoded)], doc: &ProjectDoc) -> Result<(), ProjectError> {
        self.writable()?;
        let json = write_json(&self.path, doc, &self.unknown)?;
        self.transaction(|transaction| {
            for (source_id, parts) in sources {
                for blob in &parts.blobs {
                    copy::put_blob(transaction, &blob.hash, &blob.bytes)?;
                }
                copy::put_source(transaction, source_id, &parts.meta)?;
            }
            transaction.execute(
                "INSERT INTO history(json, hash) SELECT json, hash FROM document WHERE id = 1",
                [],
            )?;
            transaction.execute(
                "DELETE FROM history WHERE id <= (SELECT max(id) FROM history) - ?1",
                [HISTORY],
            )?;
            copy::put_document(transaction, &json)
        })?;
        self.json = json;
        Ok(())
    }

    /// Writes a complete copy elsewhere, replacing what is there, and continues in the copy. Works on a project that can
    /// only be read, and on a damaged one as far as it can be read.
    pub fn save_as(&mut self, path: &Path) -> Result<(), ProjectError> {
        if is_same_file(&self.path, path) {
            return self.writable();
        }
        let lock = lock_new(path)?;
        copy::write_new(path, |to| copy::contents(&self.connection, &self.json, to))?;
        self.connection = connect(path, Access::Write)?;
        self.path = path.to_path_buf();
        self.lock = Some(lock);
        self.read_only_because = None;
        Ok(())
    }

    /// Removes summaries that neither the document nor `kept` (source ids that undo still needs) refer to.
    pub fn collect(&mut self, kept: &[String]) -> Result<(), ProjectError> {
        self.writable()?;
        let doc = migrate::read(&self.json).map(|r| r.doc).unwrap_or_default();
        let wanted: BTreeSet<&str> = doc
            .sources
            .iter()
            .map(|s| s.source_id.as_str())
            .chain(kept.iter().map(String::as_str))
            .collect();
        let stored = load::source_ids(&self.connection);
        let unwanted: Vec<&String> = stored
            .iter()
            .filter(|id| !wanted.contains(id.as_str()))
            .collect();
        if unwanted.is_empty() {
            return Ok(());
        }
        let mut needed = BTreeSet::new();
        let mut free = BTreeSet::new();
        for source_id in &stored {
            let hashes = load::meta(&self.connection, source_id)
                .ok()
                .and_then(|meta| blob::hashes(&meta).ok());
            match (hashes, wanted.contains(source_id.as_str())) {
                (Some(hashes), true) => needed.extend(hashes),
                (Some(hashes), false) => free.extend(hashes),
                // A source that cannot be read may need any blob: nothing is thrown away.
                (None, true) => return Ok(()),
                (None, false) => {}
            }
        }
        self.transaction(|transaction| {
            for source_id in unwanted {
                transaction.execute("DELETE FROM source WHERE source_id = ?1", [source_id])?;
            }
            for hash in free.difference(&needed) {
                transaction.execute("DELETE FROM blob WHERE hash = ?1", [hash])?;
            }
            Ok(())
        })?;
        self.connection
            .execute_batch("PRAGMA incremental_vacuum")
            .map_err(|e| ProjectError::sqlite(&self.path, &e))
    }

    fn writable(&self) -> Result<(), ProjectError> {
        match &self.read_only_because {
            None => Ok(()),
            Some(why) => Err(ProjectError::new(
                &self.path,
                format!("the project can only be read ({why}); save it under another name"),
            )),
        }
    }

    fn transaction(
        &mut self,
        run: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), ProjectError> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate);
        transaction
            .and_then(|transaction| {
                run(&transaction)?;
                transaction.commit()
            })
            .map_err(|e| ProjectError::sqlite(&self.path, &e))
    }
}

/// Refuses what is not even a database, with the sentence that fits.
fn look_at(path: &Path) -> Result<(), ProjectError> {
    let io = |e: std::io::Error| ProjectError::io(path, &e);
    let metadata = fs::metadata(path).map_err(io)?;
    if metadata.is_dir() {
        return Err(ProjectError::new(
            path,
            "this is a folder, not a project; open a file in it",
        ));
    }
    let mut head = Vec::new();
    File::open(path)
        .map_err(io)?
        .take(MAGIC.len() as u64)
        .read_to_end(&mut head)
        .map_err(io)?;
    if head.is_empty() {
        return Err(ProjectError::new(
            path,
            "the file is empty; open another one, or take a copy from a backup",
        ));
    }
    if head != MAGIC {
        return Err(ProjectError::new(path, NOT_A_PROJECT));
    }
    Ok(())
}

fn connect(path: &Path, access: Access) -> Result<Connection, ProjectError> {
    open_connection(path, access).map_err(|e| ProjectError::sqlite(path, &e))
}

fn open_connection(path: &Path, access: Access) -> rusqlite::Result<Connection> {
    let flags = match access {
        Access::Write => OpenFlags::SQLITE_OPEN_READ_WRITE,
        Access::Read | Access::Salvage => OpenFlags::SQLITE_OPEN_READ_ONLY,
    };
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    schema::prepare(&connection, access)?;
    Ok(connection)
}

/// The lock of a file that is about to be written.
fn lock_new(path: &Path) -> Result<WriterLock, ProjectError> {
    let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    lock::acquire(&real).map_err(|error| match error {
        NoLock::Held(by) => ProjectError::new(
            path,
            format!("the project there is {by}; close it, or choose another name"),
        ),
        NoLock::Impossible(error) if error.kind() == std::io::ErrorKind::NotFound => {
            ProjectError::new(path, "there is no such folder; choose another one")
        }
        NoLock::Impossible(error) => ProjectError::io(path, &error),
    })
}

fn is_same_file(a: &Path, b: &Path) -> bool {
    a == b
        || fs::canonicalize(a)
            .ok()
            .zip(fs::canonicalize(b).ok())
            .is_some_and(|(a, b)| a == b)
}

fn write_json(path: &Path, doc: &ProjectDoc, unknown: &Unknown) -> Result<String, ProjectError> {
    migrate::write(doc, unknown)
        .map_err(|e| ProjectError::new(path, format!("the settings could not be written ({e})")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SQLite's page limit answers as a full disk does.
    #[test]
    fn a_full_disk_leaves_the_project_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.headroom");
        let mut doc = ProjectDoc {
            name: "before".to_owned(),
            ..ProjectDoc::default()
        };
        let mut project = Project::create(&path, &doc).unwrap();
        project
            .connection
            .pragma_update_and_check(None, "max_page_count", 20, |_| Ok(()))
            .unwrap();
        doc.name = "x".repeat(1_000_000);
        let error = project.save_doc(&doc).unwrap_err().to_string();
        assert!(
            error.starts_with("the disk is full; free some space"),
            "{error}"
        );
        doc.name = "after".to_owned();
        project.save_doc(&doc).unwrap();
        drop(project);
        assert_eq!(Project::open(&path).unwrap().doc.name, "after");
    }
}
