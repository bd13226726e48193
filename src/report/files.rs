//! Writing a file at once or not at all: into a neighbour first, then renamed over the target. A file that holds the
//! same bytes already is left alone, with its time, so that a report that is made again changes nothing.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::ReportError;

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// It was written.
    New,
    /// It held these bytes already and was not touched.
    Unchanged,
}

/// A file that is on the disk under another name, and takes its own when it is put in place. Dropped before that, it is
/// removed.
#[derive(Debug)]
pub struct Staged {
    path: PathBuf,
    temporary: Option<PathBuf>,
}

/// Replaces `path` with `bytes`; what stood there stays whole if anything goes wrong.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<Written, ReportError> {
    stage(path, bytes)?.put_in_place()
}

/// Writes `bytes` beside `path`.
pub fn stage(path: &Path, bytes: &[u8]) -> Result<Staged, ReportError> {
    let name = path
        .file_name()
        .map(|n| n.to_string_lossy().into_owned())
        .unwrap_or_default();
    if name.is_empty() || path.is_dir() {
        return Err(failed(path, "this is a folder; name a file in it"));
    }
    if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty())
        && !folder.is_dir()
    {
        return Err(failed(path, "there is no such folder; create it first"));
    }
    let mut staged = Staged {
        path: path.to_path_buf(),
        temporary: None,
    };
    if holds(path, bytes) {
        return Ok(staged);
    }
    let temporary = path.with_file_name(format!(".{name}.{}.part", std::process::id()));
    let file = fs::File::create(&temporary).map_err(|e| staged.failed(&e))?;
    staged.temporary = Some(temporary);
    let mut file = file;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .map_err(|e| staged.failed(&e))?;
    Ok(staged)
}

impl Staged {
    /// Gives the file its name.
    pub fn put_in_place(mut self) -> Result<Written, ReportError> {
        let Some(temporary) = &self.temporary else {
            return Ok(Written::Unchanged);
        };
        fs::rename(temporary, &self.path).map_err(|e| self.failed(&e))?;
        self.temporary = None;
        Ok(Written::New)
    }

    fn failed(&self, error: &io::Error) -> ReportError {
        failed(&self.path, &reason(error, cfg!(windows)))
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            fs::remove_file(temporary).ok();
        }
    }
}

/// Whether a file is there with exactly these bytes.
fn holds(path: &Path, bytes: &[u8]) -> bool {
    let same_length = fs::symlink_metadata(path)
        .is_ok_and(|found| found.is_file() && found.len() == bytes.len() as u64);
    let read = || -> io::Result<Vec<u8>> {
        let mut found = Vec::with_capacity(bytes.len());
        fs::File::open(path)?
            .take(bytes.len() as u64 + 1)
            .read_to_end(&mut found)?;
        Ok(found)
    };
    same_length && read().is_ok_and(|found| found == bytes)
}

fn failed(path: &Path, reason: &str) -> ReportError {
    ReportError::Write {
        path: path.to_path_buf(),
        reason: reason.to_owned(),
    }
}

/// Windows: 32 and 33 are sharing and lock violations, which an open workbook gives; 5 stands for several things, an
/// open file among them.
fn reason(error: &io::Error, windows: bool) -> String {
    let locked = windows && matches!(error.raw_os_error(), Some(5 | 32 | 33));
    match error.kind() {
        _ if locked => {
            "the file is open in another program; close it there or choose another name".to_owned()
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "this place may not be written to; choose another folder".to_owned()
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "the disk is full; free some space or choose another folder".to_owned()
        }
        io::ErrorKind::ResourceBusy | io::ErrorKind::ExecutableFileBusy => {
            "the file is open in another program; close it there or choose another name".to_owned()
        }
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn the_same_bytes_leave_the_file_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("june.xlsx");
        assert_eq!(replace(&path, b"one").unwrap(), Written::New);
        let old = fs::File::options().write(true).open(&path).unwrap();
        let past = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000);
        old.set_modified(past).unwrap();
        drop(old);
        let modified = || fs::metadata(&path).unwrap().modified().unwrap();
        assert_eq!(replace(&path, b"one").unwrap(), Written::Unchanged);
        assert_eq!(modified(), past);
        for other in [&b"two"[..], b"three", b"th"] {
            assert_eq!(replace(&path, other).unwrap(), Written::New);
            assert_eq!(fs::read(&path).unwrap(), other);
        }
        assert!(modified() > past);
        assert_eq!(names(folder.path()), ["june.xlsx"]);
    }

    #[test]
    fn what_is_not_put_in_place_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("june.xlsx");
        fs::write(&path, "old").unwrap();
        let staged = stage(&path, b"new").unwrap();
        assert_eq!(names(folder.path()).len(), 2);
        drop(staged);
        assert_eq!(names(folder.path()), ["june.xlsx"]);
        assert_eq!(fs::read(&path).unwrap(), b"old");
    }

    #[test]
    fn a_name_that_cannot_be_taken_keeps_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("june.xlsx");
        fs::write(&path, "old").unwrap();
        let staged = stage(&path, b"new").unwrap();
        fs::remove_file(staged.temporary.as_ref().unwrap()).unwrap();
        let error = staged.put_in_place().unwrap_err().to_string();
        assert!(error.contains("june.xlsx"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"old");
    }

    /// `/dev/full` answers every write as a full disk does.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_keeps_the_old_file_and_leaves_no_part_of_the_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("june.xlsx");
        fs::write(&path, "old").unwrap();
        let part = folder
            .path()
            .join(format!(".june.xlsx.{}.part", std::process::id()));
        std::os::unix::fs::symlink("/dev/full", part).unwrap();
        let error = replace(&path, b"new").unwrap_err().to_string();
        assert!(
            error.contains("the disk is full; free some space") && error.contains("june.xlsx"),
            "{error}"
        );
        assert_eq!(names(folder.path()), ["june.xlsx"]);
        assert_eq!(fs::read(&path).unwrap(), b"old");
    }

    /// What Windows answers when the workbook is open in Excel, and what the others answer for other reasons.
    #[test]
    fn reasons_say_what_to_do() {
        let of = |code, windows| reason(&io::Error::from_raw_os_error(code), windows);
        assert!(of(32, true).contains("open in another program"));
        assert!(of(33, true).contains("close it there"));
        assert!(!of(32, false).contains("open in another program"));
        if cfg!(target_os = "linux") {
            assert!(of(13, false).contains("may not be written to"));
            assert!(of(30, false).contains("choose another folder"));
            assert!(of(28, false).contains("the disk is full"));
            assert!(of(122, false).contains("the disk is full"));
        }
    }
}
