//! One writer at a time: a lock on a small file beside the project, which the system releases even when the program
//! is killed. The file says who holds it, so that the next one can be told.
//!
//! The project file itself is not locked this way: closing a second handle on it would drop SQLite's own locks
//! (<https://www.sqlite.org/howtocorrupt.html>, section 2.2).

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::atomic::beside;
use crate::calendar::{Instant, Zone};

/// How often a lock file that vanished under us is tried again.
const ATTEMPTS: usize = 10;
/// The longest holder that is read.
const MAX_HOLDER_BYTES: u64 = 4_096;

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Holder {
    host: String,
    user: String,
}

/// The right to write to a project; given back when dropped.
#[derive(Debug)]
pub(super) struct WriterLock {
    path: PathBuf,
    file: File,
}

/// Why there is no right to write.
#[derive(Debug)]
pub(super) enum NoLock {
    /// Someone else has it: `open on HOST by USER since …`.
    Held(String),
    /// The lock file cannot be made or locked.
    Impossible(io::Error),
}

/// Takes the lock of a project.
pub(super) fn acquire(project: &Path) -> Result<WriterLock, NoLock> {
    let path = beside(project, ".lock");
    for _ in 0..ATTEMPTS {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(NoLock::Impossible)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(NoLock::Held(holder(&path))),
            Err(TryLockError::Error(e)) => return Err(NoLock::Impossible(e)),
        }
        // The previous holder may have removed the file between opening and locking: then ours has no name any more.
        if is_at(&file, &path) {
            let lock = WriterLock { path, file };
            lock.sign();
            return Ok(lock);
        }
    }
    Err(NoLock::Held("open in another program".to_owned()))
}

impl WriterLock {
    /// Says who holds the lock; without it the lock still holds.
    fn sign(&self) {
        let holder = Holder {
            host: host(),
            user: user(),
        };
        if let Ok(json) = serde_json::to_string(&holder) {
            self.file.set_len(0).ok();
            (&self.file).write_all(json.as_bytes()).ok();
        }
    }
}

impl Drop for WriterLock {
    fn drop(&mut self) {
        // Removed while still locked; elsewhere than on Unix others could be left with a name that is going away.
        if cfg!(unix) && is_at(&self.file, &self.path) {
            fs::remove_file(&self.path).ok();
        }
        self.file.unlock().ok();
    }
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    file.metadata()
        .ok()
        .zip(fs::metadata(path).ok())
        .is_some_and(|(a, b)| a.dev() == b.dev() && a.ino() == b.ino())
}

#[cfg(not(unix))]
fn is_at(_file: &File, _path: &Path) -> bool {
    true
}

/// Who holds the lock, as far as it can be read. Since when is the time of the file itself.
fn holder(path: &Path) -> String {
    let read = || -> io::Result<(Holder, Instant)> {
        let file = File::open(path)?;
        let since = file
            .metadata()?
            .modified()?
            .duration_since(std::time::UNIX_EPOCH)
            .map_err(io::Error::other)?;
        let mut json = String::new();
        file.take(MAX_HOLDER_BYTES).read_to_string(&mut json)?;
        let holder = serde_json::from_str(&json)?;
        Ok((holder, Instant::from_secs(since.as_secs() as i64)))
    };
    read().map_or_else(
        |_| "open in another program".to_owned(),
        |(holder, since)| {
            format!(
                "open on {} by {} since {} UTC",
                printable(&holder.host),
                printable(&holder.user),
                since.format(&Zone::utc(), "%Y-%m-%d %H:%M")
            )
        },
    )
}

/// A short name without control characters.
fn printable(name: &str) -> String {
    let name: String = name.chars().filter(|c| !c.is_control()).take(80).collect();
    if name.is_empty() {
        "someone".to_owned()
    } else {
        name
    }
}

fn host() -> String {
    fs::read_to_string("/proc/sys/kernel/hostname")
        .or_else(|_| fs::read_to_string("/etc/hostname"))
        .ok()
        .or_else(|| std::env::var("COMPUTERNAME").ok())
        .or_else(|| std::env::var("HOSTNAME").ok())
        .map_or_else(|| "this computer".to_owned(), |h| h.trim().to_owned())
}

fn user() -> String {
    ["USER", "LOGNAME", "USERNAME"]
        .iter()
        .find_map(|name| std::env::var(name).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_one_is_told_who_holds_it() {
        let folder = tempfile::tempdir().unwrap();
        let project = folder.path().join("a.headroom");
        let first = acquire(&project).unwrap();
        let NoLock::Held(who) = acquire(&project).unwrap_err() else {
            panic!("held");
        };
        assert!(
            who.starts_with("open on ") && who.contains(" since 20"),
            "{who}"
        );
        drop(first);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        acquire(&project).unwrap();
    }

    #[test]
    fn a_lock_file_left_by_a_kill_holds_nobody_up() {
        let folder = tempfile::tempdir().unwrap();
        let project = folder.path().join("a.headroom");
        fs::write(folder.path().join("a.headroom.lock"), "{\"host\":\"gone\"}").unwrap();
        acquire(&project).unwrap();
    }

    #[test]
    fn a_folder_that_is_none_makes_locking_impossible() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let error = acquire(&file.join("a.headroom")).unwrap_err();
        assert!(matches!(error, NoLock::Impossible(_)));
    }
}
