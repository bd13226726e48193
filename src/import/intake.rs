//! What every importer works with beside its stream: which file it reads, how, and whom it tells.
//!
//! An importer is one function, `read(reader, &Intake)`. It never opens a file itself, so the same function reads a
//! file on disk, the content of an archive, and the text of a test.

use std::io::{self, Chain, Cursor, Read};
use std::path::Path;

use super::open::{Compression, HEAD_BYTES, read_failed};
use super::{ImportError, ImportOptions};
use crate::calendar::Zone;
use crate::progress::Progress;
use crate::warning::{Example, WarningKind, Warnings};

/// One file on its way through an importer.
#[derive(Clone, Copy, Debug)]
pub struct Intake<'a> {
    /// Where the file is, for names and errors.
    pub path: &'a Path,
    /// How it is to be read.
    pub options: &'a ImportOptions,
    /// Where progress is told, and where cancelling is seen.
    pub progress: &'a Progress,
    pub(super) compression: Compression,
}

impl<'a> Intake<'a> {
    /// A stream that is not packed.
    pub const fn new(path: &'a Path, options: &'a ImportOptions, progress: &'a Progress) -> Self {
        Self {
            path,
            options,
            progress,
            compression: Compression::None,
        }
    }

    /// The error for a file whose format is clear, but which holds nothing usable.
    pub fn unusable(&self, what: impl Into<String>, line: Option<u64>) -> ImportError {
        ImportError::Unusable {
            path: self.path.to_path_buf(),
            what: what.into(),
            line,
        }
    }

    /// The sentence for an error that reading the stream ended with.
    pub fn read_failed(&self, error: io::Error) -> ImportError {
        read_failed(self.path, self.compression, error)
    }

    /// File name without folder.
    pub fn file_name(&self) -> String {
        file_name(self.path)
    }

    /// The zone that times without one were read in, if there were such times; a warning where nobody chose it.
    pub fn assumed_zone(&self, without_zone: u64, warnings: &mut Warnings) -> Option<Zone> {
        if without_zone == 0 {
            return None;
        }
        let zone = &self.options.source_zone;
        if !self.options.source_zone_given {
            warnings.add_counted(
                WarningKind::ZoneAssumed,
                format!("times carry no zone; {} was used", zone.name()),
                without_zone,
                None,
            );
        }
        Some(zone.clone())
    }

    /// A place in the file; an empty `column` is none.
    pub fn example(&self, line: u64, column: &str, text: &str) -> Example {
        Example {
            file: Some(self.file_name()),
            line: Some(line),
            column: Some(column.to_owned()).filter(|c| !c.is_empty()),
            text: Some(text.chars().take(200).collect()),
        }
    }
}

/// A stream from its beginning, after its first bytes were looked at.
pub type Peeked<R> = Chain<Cursor<Vec<u8>>, R>;

/// The first bytes of a stream (64 KiB, or all of a shorter one), and the stream from its beginning.
pub fn peek<R: Read>(mut reader: R) -> io::Result<(Vec<u8>, Peeked<R>)> {
    let mut head = Vec::new();
    reader.by_ref().take(HEAD_BYTES).read_to_end(&mut head)?;
    Ok((head.clone(), Cursor::new(head).chain(reader)))
}

/// The last part of a path.
pub(super) fn file_name(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}
