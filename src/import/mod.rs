//! Files to summaries: detect the format by content, read it in a stream, count what cannot be read.
//!
//! One file per format in `load_test/`, `metrics/`, `access_log/`, `uptime/`, `traces/` and `table/`, each of which ends
//! in a `FORMAT` that `formats` lists. What they share: `lines`, `table::records`, `xml` and `whole` hand out the content,
//! `text` decodes it, `load_test::builder` and `metrics::reading` count it, `rejects` keeps what could not be read.
//! Nothing here keeps raw rows.

pub mod access_log;
pub mod blocks;
mod checks;
pub mod detect;
pub mod format;
pub mod formats;
pub mod gather;
pub mod head;
pub mod intake;
mod last_line;
pub mod lines;
pub mod load_test;
pub mod metrics;
mod nesting;
pub mod open;
pub mod rejects;
pub mod scope;
pub mod table;
#[cfg(test)]
mod testing;
pub mod text;
pub mod together;
pub mod traces;
pub mod uptime;
pub mod whole;
pub mod xml;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use self::last_line::LastByte;
use crate::calendar::{Instant, TimeRange, Zone};
use crate::dataset::{DatasetError, Source};
use crate::progress::{Cancelled, Progress};

pub use format::{Family, Format, Seen, Stream};
pub use gather::{Gathered, import_path, import_paths};
pub use head::Head;
pub use intake::Intake;
pub use rejects::Rejects;
pub use table::mapping::MappingBook;

/// How a file is to be read, as decided by the caller.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// Zone of time stamps that carry none.
    pub source_zone: Zone,
    /// Whether `source_zone` was given by a person (no warning then).
    pub source_zone_given: bool,
    /// `source_zone` is what the project has for all files: what a mapping says of its own stands over it.
    pub source_zone_of_project: bool,
    /// Only samples that start inside; exact, because it filters while reading.
    pub range: TimeRange,
    /// Compute the SHA-256 of the file while reading. Projects always do; it names the content.
    pub hash: bool,
    /// Keep no time structure finer than the whole run: `stats` without a timeline needs none.
    pub whole_run: bool,
    /// Finest histogram bucket that is kept, in seconds: a timeline in minutes needs no seconds.
    pub bucket_secs: u32,
    /// Fold histograms upward beyond this many rows.
    pub max_histogram_rows: usize,
    /// The wall clock, stored as the time of import.
    pub imported_at: Option<Instant>,
    /// What a person said about the columns of tables.
    pub mappings: Arc<MappingBook>,
}

impl Default for ImportOptions {
    fn default() -> Self {
        Self {
            source_zone: Zone::utc(),
            source_zone_given: false,
            source_zone_of_project: false,
            range: TimeRange::ALL,
            hash: false,
            whole_run: false,
            bucket_secs: 1,
            max_histogram_rows: 4_000_000,
            imported_at: None,
            mappings: Arc::default(),
        }
    }
}

/// What an import brought.
#[derive(Debug)]
pub struct Imported {
    /// The summaries with everything known about the file.
    pub source: Source,
    /// Rows that could not be read, for saving to a file.
    pub rejects: Rejects,
}

/// Why a file could not be imported. One clear sentence that says what to do; the path comes last.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Nothing at that path.
    #[error("there is no such file; check the name: {}", .0.display())]
    Missing(PathBuf),
    /// A directory.
    #[error("this is a folder, not a file; name the files in it: {}", .0.display())]
    Folder(PathBuf),
    /// A folder or an archive without anything that can be read.
    #[error("{what}: {}", .path.display())]
    NothingIn {
        /// The folder or archive.
        path: PathBuf,
        /// Why, and what to do, as a clause.
        what: String,
        /// `folder` or `archive`.
        kind: &'static str,
    },
    /// The operating system says no.
    #[error("the file may not be read; check its permissions: {}", .0.display())]
    Forbidden(PathBuf),
    /// Zero bytes.
    #[error("the file is empty; export it again: {}", .0.display())]
    Empty(PathBuf),
    /// No format recognises it.
    #[error("the format was not recognised ({hint}): {}", .path.display())]
    Unknown {
        /// The file.
        path: PathBuf,
        /// What was seen, and what to do.
        hint: String,
    },
    /// The format is clear, but there is nothing usable in it.
    #[error("{what}: {}", .path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong and what to do, as a clause.
        what: String,
        /// 1-based line, where one is to blame.
        line: Option<u64>,
    },
    /// Reading failed in the middle.
    #[error("reading failed ({source}); try again: {}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The summaries could not be built.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// Stopped from outside.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl ImportError {
    /// A stable kebab-case name for scripts.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Missing(_) => "missing-file",
            Self::Folder(_) => "folder",
            Self::NothingIn { kind, .. } => kind,
            Self::Forbidden(_) => "forbidden",
            Self::Empty(_) => "empty-file",
            Self::Unknown { .. } => "unknown-format",
            Self::Unusable { .. } => "unusable-file",
            Self::Io { .. } => "read-failed",
            Self::Dataset(_) => "internal",
            Self::Cancelled(_) => "cancelled",
        }
    }

    /// The file it is about.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Missing(path)
            | Self::Folder(path)
            | Self::Forbidden(path)
            | Self::Empty(path)
            | Self::Unknown { path, .. }
            | Self::Unusable { path, .. }
            | Self::NothingIn { path, .. }
            | Self::Io { path, .. } => Some(path),
            Self::Dataset(_) | Self::Cancelled(_) => None,
        }
    }

    /// Turns an error of the operating system into the sentence that fits.
    pub fn from_io(path: &Path, source: std::io::Error) -> Self {
        let path = path.to_path_buf();
        match source.kind() {
            std::io::ErrorKind::NotFound => Self::Missing(path),
            std::io::ErrorKind::PermissionDenied => Self::Forbidden(path),
            std::io::ErrorKind::IsADirectory => Self::Folder(path),
            _ => Self::Io { path, source },
        }
    }
}

/// Reads content that is in memory: recognises its format by itself, or takes the one that is given. `name` stands for
/// the file. What archives, tests and fuzzers have in hand is read exactly as a file is.
pub fn import_bytes(
    name: &Path,
    bytes: Vec<u8>,
    format: Option<&'static Format>,
    options: &ImportOptions,
    progress: &Progress,
) -> Result<Imported, ImportError> {
    if bytes.is_empty() {
        return Err(ImportError::Empty(name.to_path_buf()));
    }
    let format = if let Some(format) = format {
        format
    } else {
        let beginning = bytes.get(..open::HEAD_BYTES as usize).unwrap_or(&bytes);
        let head = Head::new(beginning, beginning.len() == bytes.len(), name);
        detect::recognise(&head).map_err(|hint| ImportError::Unknown {
            path: name.to_path_buf(),
            hint,
        })?
    };
    let bytes_read = bytes.len() as u64;
    let intake = Intake::new(name, options, progress);
    let beginning = bytes
        .get(..open::HEAD_BYTES as usize)
        .unwrap_or(&bytes)
        .to_vec();
    let (stream, last) = LastByte::of(Box::new(std::io::Cursor::new(bytes)));
    let mut imported = (format.read)(stream, &intake)?;
    last.remark(&Head::new(&beginning, false, name), &mut imported);
    let info = &mut imported.source.info;
    info.format = format.id.to_owned();
    info.file_name = intake.file_name();
    info.path = Some(name.to_path_buf());
    info.bytes = bytes_read;
    info.imported_at = options.imported_at;
    info.scope = scope::guess(name, format);
    Ok(imported)
}

/// Reads one file: recognises its format, reads it in a stream and summarises it.
pub fn import_file(
    path: &Path,
    options: &ImportOptions,
    progress: &Progress,
) -> Result<Imported, ImportError> {
    let opened = open::open(path)?.hashed(options.hash);
    let format = match options.mappings.of_head(&opened.head) {
        Some(_) => &table::mapping::FORMAT,
        None => detect::detect(&opened)?,
    };
    let intake = &opened.intake(options, progress);
    let (stream, last) = LastByte::of(opened.reader(progress)?);
    let mut imported = (format.read)(stream, intake)?;
    last.remark(&Head::new(&opened.head, false, path), &mut imported);
    let info = &mut imported.source.info;
    info.format = format.id.to_owned();
    info.file_name = opened.file_name();
    info.path = Some(path.to_path_buf());
    info.bytes = opened.bytes;
    info.imported_at = options.imported_at;
    info.scope = scope::guess(path, format).said(&info.scope);
    open::identify(&opened, options.hash, info, progress)?;
    Ok(imported)
}
