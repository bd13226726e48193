//! Reading a project as far as it can be read, with a sentence for each thing that is lost.

use std::path::Path;

use rusqlite::types::FromSql;
use rusqlite::{Connection, OptionalExtension as _, ToSql};

use super::document::SourceEntry;
use super::migrate::{self, Unknown, Unreadable};
use super::{ProjectDoc, ProjectError};
use crate::dataset::{Dataset, Source, blob};

/// The longest document that is read.
const MAX_DOCUMENT_BYTES: usize = 16 * 1024 * 1024;
/// Sources that are read.
const MAX_SOURCES: usize = 10_000;

/// A document as it was found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) doc: ProjectDoc,
    pub(super) unknown: Unknown,
    pub(super) json: String,
    pub(super) losses: Vec<String>,
}

/// A text cell: table, column, and the column that names the row.
type Cell = (&'static str, &'static str, &'static str);

const DOCUMENT: Cell = ("document", "json", "id");
const EARLIER: Cell = ("history", "json", "id");
const META: Cell = ("source", "meta", "source_id");

/// A text with whether its bytes are those that were stored.
struct Text {
    text: String,
    intact: bool,
}

/// Reads a text cell; `None` where there is no such row, an error sentence where it cannot be read.
fn text(
    connection: &Connection,
    (table, column, named_by): Cell,
    key: &dyn ToSql,
    limit: usize,
) -> Result<Option<Text>, String> {
    let said = |e: rusqlite::Error| e.to_string();
    let row = format!("FROM {table} WHERE {named_by} = ?1");
    let length: Option<i64> = connection
        .query_row(
            &format!("SELECT octet_length({column}) {row}"),
            [key],
            |r| r.get(0),
        )
        .optional()
        .map_err(said)?;
    match length {
        None => Ok(None),
        Some(length) if length > limit as i64 => {
            Err("it is longer than any that is written".to_owned())
        }
        Some(_) => connection
            .query_row(&format!("SELECT {column}, hash {row}"), [key], |r| {
                let (text, hash): (String, String) = (r.get(0)?, r.get(1)?);
                let intact = blob::hash_of(text.as_bytes()) == hash;
                Ok(Text { text, intact })
            })
            .optional()
            .map_err(said),
    }
}

/// The document: the current one, else the newest earlier one, else one that lists all sources.
pub(super) fn document(connection: &Connection, path: &Path) -> Result<Found, ProjectError> {
    let newer = || {
        ProjectError::new(
            path,
            "the project was saved by a newer version of Headroom; update this one",
        )
    };
    let current = text(connection, DOCUMENT, &1, MAX_DOCUMENT_BYTES);
    if let Ok(Some(current)) = current {
        match migrate::read(&current.text) {
            Ok(read) => return Ok(found(read, current, None)),
            Err(Unreadable::Newer) => return Err(newer()),
            Err(Unreadable::NotADocument) => {}
        }
    }
    for id in earlier(connection) {
        let json = text(connection, EARLIER, &id, MAX_DOCUMENT_BYTES);
        if let Ok(Some(earlier)) = json
            && let Ok(read) = migrate::read(&earlier.text)
        {
            let loss = "the newest settings could not be read; those saved before them are shown";
            return Ok(found(read, earlier, Some(loss)));
        }
    }
    let doc = ProjectDoc {
        sources: source_ids(connection)
            .into_iter()
            .map(|source_id| {
                let info = meta(connection, &source_id)
                    .ok()
                    .and_then(|m| blob::decode(&m, |_| Err(String::new())).ok())
                    .map(|(source, _)| source.info)
                    .unwrap_or_default();
                SourceEntry {
                    scope: info.scope,
                    run_group: info.run_group,
                    source_id,
                }
            })
            .collect(),
        ..ProjectDoc::default()
    };
    Ok(Found {
        json: migrate::write(&doc, &Unknown::new())
            .map_err(|e| ProjectError::new(path, format!("the settings are damaged ({e})")))?,
        doc,
        unknown: Unknown::new(),
        losses: vec![
            "the settings, promises, limits and notes could not be read; the data are there"
                .to_owned(),
        ],
    })
}

fn found(read: migrate::Read, text: Text, loss: Option<&str>) -> Found {
    let mut losses: Vec<String> = loss.map(str::to_owned).into_iter().collect();
    if !text.intact {
        losses.push(
            "the settings were changed by a fault or by another program; check promises, limits and scopes"
                .to_owned(),
        );
    }
    losses.extend(
        read.lost
            .iter()
            .map(|name| format!("the setting \"{name}\" could not be read")),
    );
    Found {
        doc: read.doc,
        unknown: read.unknown,
        json: text.text,
        losses,
    }
}

fn earlier(connection: &Connection) -> Vec<i64> {
    rows(
        connection,
        "SELECT id FROM history ORDER BY id DESC LIMIT 100",
    )
}

/// The ids of all stored sources, as far as they can be read.
pub(super) fn source_ids(connection: &Connection) -> Vec<String> {
    rows(
        connection,
        "SELECT source_id FROM source ORDER BY rowid LIMIT 10000",
    )
}

/// The rows before the first one that cannot be read.
fn rows<T: FromSql>(connection: &Connection, sql: &str) -> Vec<T> {
    let Ok(mut statement) = connection.prepare(sql) else {
        return Vec::new();
    };
    let Ok(rows) = statement.query_map([], |row| row.get(0)) else {
        return Vec::new();
    };
    rows.map_while(Result::ok).collect()
}

/// The description of one source. A changed one is not read: numbers that depend on it would be wrong.
pub(super) fn meta(connection: &Connection, source_id: &str) -> Result<String, String> {
    let meta = text(connection, META, &source_id, blob::MAX_META_BYTES)?
        .ok_or_else(|| "it is not in the file".to_owned())?;
    if meta.intact {
        Ok(meta.text)
    } else {
        Err("its description has changed since it was stored".to_owned())
    }
}

/// One blob.
pub(super) fn bytes(connection: &Connection, hash: &str) -> Result<Vec<u8>, String> {
    let said = |e: rusqlite::Error| e.to_string();
    let length: i64 = connection
        .query_row(
            "SELECT octet_length(bytes) FROM blob WHERE hash = ?1",
            [hash],
            |row| row.get(0),
        )
        .optional()
        .map_err(said)?
        .ok_or_else(|| "it is not in the file".to_owned())?;
    if length > blob::MAX_BLOB_BYTES as i64 {
        return Err("it is longer than any that is written".to_owned());
    }
    connection
        .query_row("SELECT bytes FROM blob WHERE hash = ?1", [hash], |row| {
            row.get(0)
        })
        .map_err(said)
}

/// The sources that the document lists, with the scopes it gives them.
pub(super) fn dataset(connection: &Connection, doc: &ProjectDoc) -> (Dataset, Vec<String>) {
    let mut dataset = Dataset::default();
    let mut losses = Vec::new();
    for entry in doc.sources.iter().take(MAX_SOURCES) {
        match source(connection, entry) {
            Ok((source, lost)) => {
                losses.extend(lost);
                dataset.sources.push(source.into());
            }
            Err(reason) => losses.push(format!(
                "the source {} could not be read: {reason}",
                entry.source_id
            )),
        }
    }
    if doc.sources.len() > MAX_SOURCES {
        losses.push(format!("only the first {MAX_SOURCES} sources were read"));
    }
    (dataset, losses)
}

fn source(connection: &Connection, entry: &SourceEntry) -> Result<(Source, Vec<String>), String> {
    let meta = meta(connection, &entry.source_id)?;
    let (mut source, losses) =
        blob::decode(&meta, |hash| bytes(connection, hash)).map_err(|e| e.to_string())?;
    source.info.source_id.clone_from(&entry.source_id);
    source.info.scope.clone_from(&entry.scope);
    source.info.run_group.clone_from(&entry.run_group);
    // Files below the folder of the project are stored as seen from there.
    let folder = connection.path().and_then(|p| Path::new(p).parent());
    source.info.path = source.info.path.map(|file| match folder {
        Some(folder) if file.is_relative() => folder.join(file),
        _ => file,
    });
    Ok((source, losses))
}
