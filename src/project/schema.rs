//! The tables of a project file, and what is checked before a file that claims to be one is believed.
//!
//! Defences follow <https://www.sqlite.org/security.html>, "Untrusted SQLite database files".

use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OptionalExtension as _};

/// "HDRM": marks the database as a Headroom project.
const APPLICATION_ID: i32 = 0x4844_524d;
/// Version of the tables.
const SCHEMA_VERSION: i32 = 1;
/// How long another program's transaction is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// Each table as it is written, and as it must stand in a file. SQLite does not notice a changed byte inside a cell, so
/// that each text and each blob stands beside the SHA-256 of its bytes.
const TABLES: [(&str, &str); 4] = [
    (
        "blob",
        "CREATE TABLE blob(hash TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT",
    ),
    (
        "document",
        "CREATE TABLE document(id INTEGER PRIMARY KEY, json TEXT NOT NULL, hash TEXT NOT NULL) STRICT",
    ),
    (
        "history",
        "CREATE TABLE history(id INTEGER PRIMARY KEY, json TEXT NOT NULL, hash TEXT NOT NULL) STRICT",
    ),
    (
        "source",
        "CREATE TABLE source(source_id TEXT PRIMARY KEY, meta TEXT NOT NULL, hash TEXT NOT NULL) STRICT",
    ),
];

/// What a database turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A project of this version.
    Project,
    /// A project of a version to come.
    Newer,
    /// Someone else's database.
    Foreign,
    /// A project with tables, views or triggers that Headroom never writes.
    Altered,
}

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// Reading and writing.
    Write,
    /// Reading only.
    Read,
    /// Reading what is left of a file that is shorter than it claims to be.
    Salvage,
}

/// Settings of a connection, before anything is read through it.
pub(super) fn prepare(connection: &Connection, access: Access) -> rusqlite::Result<()> {
    connection.busy_timeout(PATIENCE)?;
    // SQLite refuses a truncated file unless its schema is writable, which the defensive mode does not allow. The file
    // itself is open for reading only, and its schema is compared with ours like any other.
    let salvage = access == Access::Salvage;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, !salvage)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA, salvage)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "mmap_size", 0)?;
    if access == Access::Write {
        connection.pragma_update(None, "synchronous", "FULL")?;
    }
    Ok(())
}

/// Makes an empty database a project.
pub(super) fn create(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    connection.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()))?;
    let transaction = connection.unchecked_transaction()?;
    for (_, sql) in TABLES {
        transaction.execute_batch(sql)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    transaction.commit()
}

/// Tells whose database it is. Undoes what a kill left behind, because it is the first to read.
pub(super) fn recognise(connection: &Connection) -> rusqlite::Result<Kind> {
    let application: i32 = connection.pragma_query_value(None, "application_id", |r| r.get(0))?;
    let version: i32 = connection.pragma_query_value(None, "user_version", |r| r.get(0))?;
    if application != APPLICATION_ID {
        return Ok(Kind::Foreign);
    }
    if version > SCHEMA_VERSION {
        return Ok(Kind::Newer);
    }
    let mut statement = connection.prepare(
        "SELECT name, sql FROM sqlite_schema WHERE NOT (type = 'index' AND sql IS NULL) ORDER BY name LIMIT 100",
    )?;
    let found = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<Vec<(String, String)>>>()?;
    let ours = found
        .iter()
        .map(|(name, sql)| (name.as_str(), sql.as_str()))
        .eq(TABLES);
    Ok(if ours { Kind::Project } else { Kind::Altered })
}

/// The first thing that is wrong with the structure of the file, if anything is.
pub(super) fn damage(connection: &Connection) -> Option<String> {
    let checked = connection
        .query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0))
        .optional();
    match checked {
        Ok(Some(said)) if said == "ok" => None,
        Ok(Some(said)) => Some(said.replace('\n', " ")),
        Ok(None) => Some("the check said nothing".to_owned()),
        Err(error) => Some(error.to_string()),
    }
}
