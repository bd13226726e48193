//! The mappings that an import knows: one given for the files at hand, and those remembered by the fingerprint of their
//! header.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::model::{Mapping, MappingError};
use super::shape::Shape;
use crate::import::ImportError;
use crate::import::table::records::Record;
use crate::import::table::sheet::Sheet;

/// A mapping file longer than this is none.
const MAX_YAML: u64 = 1 << 20;

/// Which mapping a table is read by.
#[derive(Clone, Debug, Default)]
pub struct MappingBook {
    given: Option<Arc<Mapping>>,
    known: BTreeMap<String, Arc<Mapping>>,
}

impl MappingBook {
    /// Uses this mapping for every file, whatever its format looks like.
    pub fn give(&mut self, mapping: Mapping) {
        self.given = Some(Arc::new(mapping));
    }

    /// Remembers a mapping for tables with this fingerprint. One that cannot be read is not; the answer says why.
    pub fn remember(&mut self, fingerprint: &str, yaml: &str) -> Result<(), MappingError> {
        let mapping = Mapping::from_yaml(yaml)?;
        self.known.insert(fingerprint.to_owned(), Arc::new(mapping));
        Ok(())
    }

    /// Whether a mapping is remembered for tables with this fingerprint.
    pub fn knows(&self, fingerprint: &str) -> bool {
        self.known.contains_key(fingerprint)
    }

    /// Whether a mapping was given for the files at hand.
    pub const fn is_given(&self) -> bool {
        self.given.is_some()
    }

    /// The mapping for a file that begins like this.
    pub fn of_head(&self, head: &[u8]) -> Option<Arc<Mapping>> {
        if let Some(given) = &self.given {
            return Some(Arc::clone(given));
        }
        if self.known.is_empty() {
            return None;
        }
        let sheet = Sheet::of_head(head).ok()?;
        let records: Vec<&Record> = sheet.sample().collect();
        let shape = Shape::of(&records);
        let first = records.get(shape.skip()).copied();
        let fingerprint = shape.fingerprint(sheet.delimiter, first);
        self.known.get(&fingerprint).cloned()
    }
}

/// Reads a mapping file.
pub fn read_mapping(path: &Path) -> Result<Mapping, ImportError> {
    let unusable = |what: String, line| ImportError::Unusable {
        path: path.to_path_buf(),
        what,
        line,
    };
    let failed = |e| ImportError::from_io(path, e);
    if std::fs::metadata(path).map_err(failed)?.len() > MAX_YAML {
        return Err(unusable(
            "this is too long for a mapping; name the YAML file with the columns".to_owned(),
            None,
        ));
    }
    let bytes = std::fs::read(path).map_err(failed)?;
    let yaml = String::from_utf8(bytes).map_err(|_| {
        unusable(
            "the mapping is not UTF-8 text; save it as such".to_owned(),
            None,
        )
    })?;
    Mapping::from_yaml(&yaml).map_err(|error| unusable(error.message, error.line))
}
