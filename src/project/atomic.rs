//! Writing a small file so that it is either the old one or the new one, whatever happens in between.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// A name beside `path` for a file that will replace it.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().map_or_else(OsString::new, OsString::from);
    name.push(ending);
    path.with_file_name(name)
}

/// Replaces a file, creating its folder where there is none.
pub(super) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let temporary = beside(path, &format!(".{}.tmp", std::process::id()));
    let written = File::create(&temporary).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written
        .and_then(|()| fs::rename(&temporary, path))
        .inspect_err(|_| {
            fs::remove_file(&temporary).ok();
        })
}

/// Moves a file that cannot be read out of the way, so that it is not lost when a new one is written.
pub(super) fn set_aside(path: &Path) -> Option<PathBuf> {
    let aside = beside(path, ".damaged");
    fs::rename(path, &aside).ok().map(|()| aside)
}
