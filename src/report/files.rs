//! Writing a file at once or not at all: into a neighbour first, then renamed over the target.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use super::ReportError;

/// Replaces `path` with `bytes`; what stood there stays whole if anything goes wrong.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), ReportError> {
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
    let temporary = path.with_file_name(format!(".{name}.{}.part", std::process::id()));
    let written = fs::File::create(&temporary).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    let done = written.and_then(|()| fs::rename(&temporary, path));
    done.map_err(|error| {
        fs::remove_file(&temporary).ok();
        failed(path, &reason(&error))
    })
}

fn failed(path: &Path, reason: &str) -> ReportError {
    ReportError::Write {
        path: path.to_path_buf(),
        reason: reason.to_owned(),
    }
}

/// Windows: 32 and 33 are sharing and lock violations, which an open workbook gives.
fn reason(error: &std::io::Error) -> String {
    let locked = cfg!(windows) && matches!(error.raw_os_error(), Some(5 | 32 | 33));
    match error.kind() {
        _ if locked => {
            "the file is open in another program; close it there or choose another name".to_owned()
        }
        std::io::ErrorKind::PermissionDenied => {
            "this place may not be written to; choose another folder".to_owned()
        }
        std::io::ErrorKind::StorageFull => {
            "the disk is full; free some space or choose another folder".to_owned()
        }
        std::io::ErrorKind::ResourceBusy | std::io::ErrorKind::ExecutableFileBusy => {
            "the file is open in another program; close it there or choose another name".to_owned()
        }
        _ => error.to_string(),
    }
}
