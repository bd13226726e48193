//! Where the real files of other people are, for the tests that are ignored by default; and what tests of importers share.

use std::path::{Path, PathBuf};

use headroom::import::{ImportError, ImportOptions, Imported, import_file};
use headroom::progress::Progress;

/// A file beside the project (or under `HEADROOM_SHARED_DATA`); a missing one fails the test.
pub fn shared(name: &str) -> PathBuf {
    let base = std::env::var_os("HEADROOM_SHARED_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"),
        PathBuf::from,
    );
    let path = base.join(name);
    assert!(path.exists(), "{} is missing", path.display());
    path
}

/// A file under `tests/data`.
pub fn own(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(name);
    assert!(path.exists(), "{} is missing", path.display());
    path
}

/// What an import with default options brings.
pub fn import(path: &Path) -> Result<Imported, ImportError> {
    import_file(path, &ImportOptions::default(), &Progress::default())
}

/// Places to damage a file at: numbers from a small generator (Knuth, MMIX), the same on every machine.
pub struct Places(pub u64);

impl Places {
    /// The next one below a limit.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit.max(1)
    }
}
