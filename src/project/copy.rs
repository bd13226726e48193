//! Putting rows into a project file, and a complete copy of a project under another name.
//!
//! Rows are copied one by one instead of with `VACUUM INTO`, so that a damaged project can be saved as far as it can be
//! read, and so that tables of an untrusted file are never taken over as they are.

use std::fs;
use std::path::Path;

use rusqlite::Connection;

use super::atomic::beside;
use super::schema::Access;
use super::{ProjectError, load, schema};
use crate::dataset::blob;

/// Writes a new project file at `path`, all or nothing: `fill` is called inside its first transaction.
pub(super) fn write_new(
    path: &Path,
    fill: impl FnOnce(&Connection) -> rusqlite::Result<()>,
) -> Result<(), ProjectError> {
    let temporary = beside(path, &format!(".{}.new", std::process::id()));
    fs::remove_file(&temporary).ok();
    let write = || -> rusqlite::Result<()> {
        let connection = Connection::open(&temporary)?;
        schema::prepare(&connection, Access::Write)?;
        schema::create(&connection)?;
        let transaction = connection.unchecked_transaction()?;
        fill(&transaction)?;
        transaction.commit()?;
        connection.close().map_err(|(_, error)| error)
    };
    let written = write()
        .map_err(|e| ProjectError::sqlite(path, &e))
        .and_then(|()| fs::rename(&temporary, path).map_err(|e| ProjectError::io(path, &e)));
    if written.is_err() {
        fs::remove_file(&temporary).ok();
        fs::remove_file(beside(&temporary, "-journal")).ok();
    }
    sync_folder(path);
    written
}

/// Makes a rename last through a power cut, where the system knows how.
fn sync_folder(path: &Path) {
    if cfg!(unix)
        && let Some(folder) = path.parent()
    {
        fs::File::open(folder).and_then(|f| f.sync_all()).ok();
    }
}

/// Copies a document and every source that can be read.
pub(super) fn contents(from: &Connection, json: &str, to: &Connection) -> rusqlite::Result<()> {
    put_document(to, json)?;
    for source_id in load::source_ids(from) {
        let Ok(meta) = load::meta(from, &source_id) else {
            continue;
        };
        let moved = told_from_there(&meta, from, to);
        put_source(to, &source_id, moved.as_deref().unwrap_or(&meta))?;
        for hash in blob::hashes(&meta).unwrap_or_default() {
            if let Ok(bytes) = load::bytes(from, &hash) {
                put_blob(to, &hash, &bytes)?;
            }
        }
    }
    Ok(())
}

/// The description of a source whose file is named as seen from the old project's folder, told for the new one;
/// `None` where nothing has to change.
fn told_from_there(meta: &str, from: &Connection, to: &Connection) -> Option<String> {
    let mut meta: serde_json::Value = serde_json::from_str(meta).ok()?;
    let file = meta.pointer_mut("/info/path")?;
    let named = Path::new(file.as_str()?);
    if named.is_absolute() {
        return None;
    }
    let here = std::path::absolute(from.path()?).ok()?;
    let there = std::path::absolute(to.path()?).ok()?;
    let whole = here.parent()?.join(named);
    let moved = whole.strip_prefix(there.parent()?).unwrap_or(&whole);
    *file = moved.to_str()?.into();
    serde_json::to_string(&meta).ok()
}

/// Stores the current document.
pub(super) fn put_document(to: &Connection, json: &str) -> rusqlite::Result<()> {
    to.execute(
        "INSERT OR REPLACE INTO document(id, json, hash) VALUES (1, ?1, ?2)",
        [json, &blob::hash_of(json.as_bytes())],
    )
    .map(|_| ())
}

/// Stores the description of a source.
pub(super) fn put_source(to: &Connection, source_id: &str, meta: &str) -> rusqlite::Result<()> {
    to.execute(
        "INSERT OR REPLACE INTO source(source_id, meta, hash) VALUES (?1, ?2, ?3)",
        [source_id, meta, &blob::hash_of(meta.as_bytes())],
    )
    .map(|_| ())
}

/// Stores a blob once.
pub(super) fn put_blob(to: &Connection, hash: &str, bytes: &[u8]) -> rusqlite::Result<()> {
    to.execute(
        "INSERT OR IGNORE INTO blob(hash, bytes) VALUES (?1, ?2)",
        rusqlite::params![hash, bytes],
    )
    .map(|_| ())
}
