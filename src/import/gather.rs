//! Several files in one go: a folder, a ZIP or tar archive, or a plain file. Members are read one after the other, those
//! of an archive from a temporary copy, so that each importer sees a file like any other.

use std::fs::File;
use std::io::{self, Read, Write as _};
use std::path::{Component, Path, PathBuf};

use super::open::{Opened, open};
use super::together::{mark_runs, merge_files_of_one_export};
use super::{ImportError, ImportOptions, Imported, import_file};
use crate::progress::Progress;

/// Files in a folder or an archive that are looked at.
const MAX_MEMBERS: usize = 10_000;
/// Folders below a folder.
const MAX_DEPTH: usize = 8;
/// One member of an archive may unpack to this much without question, and beyond to this many times its packed size.
const FREE_EXPANSION: u64 = 4 << 30;
const MAX_EXPANSION: u64 = 200;

/// A member that brought nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Its name, as seen from the folder or the archive.
    pub name: String,
    /// Why, as a clause.
    pub reason: String,
}

/// What a path brought.
#[derive(Debug, Default)]
pub struct Gathered {
    /// At least one, in order of the members' names.
    pub imported: Vec<Imported>,
    /// Members that are no data, or hold nothing.
    pub left_out: Vec<LeftOut>,
}

/// Reads whatever stands at a path. In a folder or an archive, what is no data or holds nothing usable is left out and
/// named; a member that cannot be read for another reason ends the import.
pub fn import_path(
    path: &Path,
    options: &ImportOptions,
    progress: &Progress,
) -> Result<Gathered, ImportError> {
    if path.is_dir() {
        return import_folder(path, options, progress);
    }
    let opened = open(path)?;
    match archive_of(&opened)? {
        Some(Archive::Zip) => import_zip(path, options, progress),
        Some(Archive::Tar) => import_tar(&opened, options, progress),
        None => Ok(Gathered {
            imported: vec![import_file(path, options, progress)?],
            left_out: Vec::new(),
        }),
    }
}

/// As [`import_path`], for several paths that belong together: the files of one command.
pub fn import_paths(
    paths: &[PathBuf],
    options: &ImportOptions,
    progress: &Progress,
) -> Result<Gathered, ImportError> {
    let mut all = Gathered::default();
    for path in paths {
        progress.restart();
        let one = import_path(path, options, progress)?;
        all.imported.extend(one.imported);
        all.left_out.extend(one.left_out);
    }
    mark_runs(&mut all.imported);
    Ok(all)
}

enum Archive {
    Zip,
    Tar,
}

/// Whether a file is an archive of files. Office files are ZIP archives, too, but are one document.
fn archive_of(opened: &Opened) -> Result<Option<Archive>, ImportError> {
    if opened.head.get(257..262) == Some(b"ustar") {
        return Ok(Some(Archive::Tar));
    }
    if !matches!(opened.head.as_slice(), [b'P', b'K', 3 | 5, 4 | 6, ..]) {
        return Ok(None);
    }
    let file = File::open(&opened.path).map_err(|e| ImportError::from_io(&opened.path, e))?;
    let mut zip = zip::ZipArchive::new(file).map_err(|e| broken_archive(&opened.path, &e))?;
    let office = zip.by_name("[Content_Types].xml").is_ok()
        || zip.by_name("content.xml").is_ok() && zip.by_name("mimetype").is_ok();
    Ok((!office).then_some(Archive::Zip))
}

fn broken_archive(path: &Path, error: &dyn std::fmt::Display) -> ImportError {
    ImportError::Unusable {
        path: path.to_path_buf(),
        what: format!("the archive is damaged or cut off ({error}); copy it again"),
        line: None,
    }
}

/// The members read so far.
struct Gathering<'a> {
    options: &'a ImportOptions,
    progress: &'a Progress,
    /// The folder or archive.
    path: &'a Path,
    seen: usize,
    gathered: Gathered,
}

impl<'a> Gathering<'a> {
    fn new(path: &'a Path, options: &'a ImportOptions, progress: &'a Progress) -> Self {
        Self {
            options,
            progress,
            path,
            seen: 0,
            gathered: Gathered::default(),
        }
    }

    fn leave_out(&mut self, name: &str, reason: impl Into<String>) {
        self.gathered.left_out.push(LeftOut {
            name: name.to_owned(),
            reason: reason.into(),
        });
    }

    /// Reads one member from a file on disk. `name` is how it is called from the folder or archive.
    fn take(&mut self, file: &Path, name: &str) -> Result<(), ImportError> {
        self.progress.check()?;
        self.seen += 1;
        if self.seen > MAX_MEMBERS {
            self.leave_out(name, format!("only the first {MAX_MEMBERS} files are read"));
            return Ok(());
        }
        self.progress.restart();
        match import_file(file, self.options, self.progress) {
            Ok(mut imported) => {
                let info = &mut imported.source.info;
                name.clone_into(&mut info.file_name);
                info.path = Some(self.path.join(name));
                self.gathered.imported.push(imported);
                Ok(())
            }
            // Promises often lie beside the data; they are read elsewhere.
            Err(ImportError::Unknown { .. })
                if file.extension().is_some_and(|e| e == "yaml" || e == "yml") =>
            {
                Ok(())
            }
            Err(
                ImportError::Unknown { hint: reason, .. }
                | ImportError::Unusable { what: reason, .. },
            ) => {
                self.leave_out(name, reason);
                Ok(())
            }
            Err(ImportError::Empty(_)) => {
                self.leave_out(name, "it is empty");
                Ok(())
            }
            Err(ImportError::Io { source, .. }) => Err(ImportError::Io {
                path: self.path.join(name),
                source,
            }),
            Err(other) => Err(other),
        }
    }

    fn finish(mut self, what: &'static str) -> Result<Gathered, ImportError> {
        if self.gathered.imported.is_empty() {
            let why = match self.gathered.left_out.as_slice() {
                [] => format!("there is no file to read in this {what}"),
                [one] => format!("{}: {}", one.name, one.reason),
                [one, rest @ ..] => format!(
                    "none of the {} files in this {what} can be read, such as {}: {}",
                    rest.len() + 1,
                    one.name,
                    one.reason
                ),
            };
            return Err(ImportError::NothingIn {
                path: self.path.to_path_buf(),
                what: why,
                kind: what,
            });
        }
        merge_files_of_one_export(self.path, &mut self.gathered.imported)?;
        mark_runs(&mut self.gathered.imported);
        Ok(self.gathered)
    }
}

/// Whether a member is looked at: hidden files, those of the Finder, and projects are not.
fn is_looked_at(relative: &Path) -> bool {
    let plain = relative.components().all(|part| match part {
        Component::Normal(name) => {
            let name = name.to_string_lossy();
            !name.starts_with('.') && name != "__MACOSX"
        }
        _ => false,
    });
    let extension = relative
        .extension()
        .map(|e| e.to_string_lossy().to_lowercase());
    plain && !matches!(extension.as_deref(), Some("headroom" | "lock"))
}

fn shown(relative: &Path) -> String {
    let parts: Vec<String> = relative
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    parts.join("/")
}

fn import_folder(
    path: &Path,
    options: &ImportOptions,
    progress: &Progress,
) -> Result<Gathered, ImportError> {
    let mut files = Vec::new();
    list_folder(path, Path::new(""), MAX_DEPTH, &mut files)?;
    let mut gathering = Gathering::new(path, options, progress);
    for relative in files {
        gathering.take(&path.join(&relative), &shown(&relative))?;
    }
    gathering.finish("folder")
}

fn list_folder(
    root: &Path,
    relative: &Path,
    depth: usize,
    files: &mut Vec<PathBuf>,
) -> Result<(), ImportError> {
    let folder = root.join(relative);
    let failed = |e| ImportError::from_io(&folder, e);
    let mut names: Vec<_> = std::fs::read_dir(&folder)
        .map_err(failed)?
        .map(|entry| {
            Ok((
                entry.as_ref().map_err(clone_error)?.file_name(),
                entry?.file_type()?,
            ))
        })
        .collect::<io::Result<_>>()
        .map_err(failed)?;
    names.sort_by(|a, b| a.0.cmp(&b.0));
    for (name, kind) in names {
        let inner = relative.join(name);
        if !is_looked_at(&inner) || files.len() > MAX_MEMBERS {
            continue;
        }
        if kind.is_dir() {
            if depth > 1 {
                list_folder(root, &inner, depth - 1, files)?;
            }
        } else if root.join(&inner).is_file() {
            files.push(inner);
        }
    }
    Ok(())
}

fn clone_error(error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), error.to_string())
}

/// The members of an archive are unpacked below this folder, one at a time.
fn workshop(path: &Path) -> Result<tempfile::TempDir, ImportError> {
    tempfile::tempdir().map_err(|source| ImportError::Io {
        path: path.to_path_buf(),
        source,
    })
}

/// Copies a member to disk, up to what it may unpack to. `Ok(None)` where it is out of all proportion.
fn unpack(
    from: &mut impl Read,
    packed: u64,
    folder: &Path,
    relative: &Path,
    progress: &Progress,
) -> io::Result<Option<PathBuf>> {
    let target = folder.join(relative);
    if let Some(parent) = target.parent() {
        std::fs::create_dir_all(parent)?;
    }
    let mut file = File::create(&target)?;
    let limit = FREE_EXPANSION.max(packed.saturating_mul(MAX_EXPANSION));
    let mut left = limit;
    let mut buffer = vec![0; 256 * 1024];
    loop {
        progress.check().map_err(io::Error::other)?;
        let n = from.read(&mut buffer)?;
        if n == 0 {
            file.flush()?;
            return Ok(Some(target));
        }
        match left.checked_sub(n as u64) {
            Some(rest) => left = rest,
            None => return Ok(None),
        }
        file.write_all(buffer.get(..n).unwrap_or_default())?;
    }
}

fn take_member(
    gathering: &mut Gathering<'_>,
    from: &mut impl Read,
    packed: u64,
    relative: &Path,
) -> Result<(), ImportError> {
    let name = shown(relative);
    let folder = workshop(gathering.path)?;
    match unpack(from, packed, folder.path(), relative, gathering.progress) {
        Ok(Some(file)) => gathering.take(&file, &name),
        Ok(None) => {
            gathering.leave_out(
                &name,
                "it unpacks to more than 200 times its size; unpack it yourself if that is right",
            );
            Ok(())
        }
        Err(error) => {
            gathering.progress.check()?;
            gathering.leave_out(&name, format!("it cannot be unpacked ({error})"));
            Ok(())
        }
    }
}

fn import_zip(
    path: &Path,
    options: &ImportOptions,
    progress: &Progress,
) -> Result<Gathered, ImportError> {
    let file = File::open(path).map_err(|e| ImportError::from_io(path, e))?;
    let mut archive = zip::ZipArchive::new(file).map_err(|e| broken_archive(path, &e))?;
    let mut members: Vec<(PathBuf, usize)> = Vec::new();
    let mut gathering = Gathering::new(path, options, progress);
    for index in 0..archive.len() {
        let member = match archive.by_index(index) {
            Ok(member) => member,
            Err(error) => {
                gathering.leave_out(&format!("member {}", index + 1), error.to_string());
                continue;
            }
        };
        match member.enclosed_name() {
            Some(relative) if member.is_file() && is_looked_at(&relative) => {
                members.push((relative, index));
            }
            None if member.is_file() => {
                let name = member.name().map_or_else(
                    |_| format!("member {}", index + 1),
                    std::borrow::Cow::into_owned,
                );
                gathering.leave_out(&name, "its name leads out of the archive");
            }
            _ => {}
        }
    }
    members.sort();
    for (relative, index) in members {
        match archive.by_index(index) {
            Ok(mut member) => {
                let packed = member.compressed_size();
                take_member(&mut gathering, &mut member, packed, &relative)?;
            }
            Err(error) => gathering.leave_out(&shown(&relative), error.to_string()),
        }
    }
    gathering.finish("archive")
}

fn import_tar(
    opened: &Opened,
    options: &ImportOptions,
    progress: &Progress,
) -> Result<Gathered, ImportError> {
    let path = opened.path.as_path();
    let mut gathering = Gathering::new(path, options, progress);
    let silent = Progress::default();
    let mut archive = tar::Archive::new(opened.reader(&silent)?);
    let entries = archive.entries().map_err(|e| broken_archive(path, &e))?;
    for entry in entries {
        let mut entry = match entry {
            Ok(entry) => entry,
            Err(error) if gathering.gathered.imported.is_empty() => {
                return Err(broken_archive(path, &error));
            }
            Err(error) => {
                gathering.leave_out("the rest of the archive", error.to_string());
                break;
            }
        };
        let name = entry
            .path()
            .map(std::borrow::Cow::into_owned)
            .unwrap_or_default();
        let relative: PathBuf = name
            .components()
            .filter(|part| !matches!(part, Component::CurDir))
            .collect();
        if entry.header().entry_type().is_file() && is_looked_at(&relative) {
            let packed = entry.size();
            take_member(&mut gathering, &mut entry, packed, &relative)?;
        }
    }
    gathering
        .gathered
        .imported
        .sort_by(|a, b| a.source.info.file_name.cmp(&b.source.info.file_name));
    gathering.finish("archive")
}
