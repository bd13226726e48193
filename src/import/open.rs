//! Opening a file: what kind of thing stands at the path, how long it is, and its decompressed stream.
//!
//! gzip and Zstandard are recognised by their first bytes and read as if they were not there. The SHA-256 that names
//! the content is computed beside the reading, by a thread of its own, so that no file is read twice.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use sha2::{Digest as _, Sha256};

use super::intake::{Intake, file_name};
use super::{ImportError, ImportOptions};
use crate::dataset::SourceInfo;
use crate::progress::{Cancelled, Progress};

/// How much is looked at to recognise a format.
pub(super) const HEAD_BYTES: u64 = 64 * 1024;
/// A compressed file may grow to this much without question.
const FREE_EXPANSION: u64 = 4 << 30;
/// Beyond that, to this many times its compressed size. Logs shrink 10 to 40 times; a bomb, a thousand times and more.
const MAX_EXPANSION: u64 = 200;

/// How the bytes on disk are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// gzip, one or several members.
    Gzip,
    /// Zstandard, one or several frames.
    Zstd,
}

impl Compression {
    fn of(magic: &[u8]) -> Self {
        match magic {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            _ => Self::None,
        }
    }
}

/// The thread that hashes the file beside the reading; it returns nothing where it did not see the whole file.
type Hashing = Arc<Mutex<Option<JoinHandle<Option<String>>>>>;

/// An openable file with its first bytes.
#[derive(Debug)]
pub struct Opened {
    /// Where it is.
    pub path: PathBuf,
    /// Size on disk.
    pub bytes: u64,
    /// The first bytes after decompression, for detection: 64 KiB, or all of a smaller file.
    pub head: Vec<u8>,
    /// How it is packed.
    pub compression: Compression,
    hash: bool,
    hashing: Hashing,
}

impl Opened {
    /// File name without folder.
    pub fn file_name(&self) -> String {
        file_name(&self.path)
    }

    /// What an importer needs beside the [`Opened::reader`].
    pub fn intake<'a>(&'a self, options: &'a ImportOptions, progress: &'a Progress) -> Intake<'a> {
        Intake {
            compression: self.compression,
            ..Intake::new(&self.path, options, progress)
        }
    }

    /// Lets [`Opened::reader`] compute the SHA-256 of the file on the way.
    #[must_use]
    pub fn hashed(mut self, hash: bool) -> Self {
        self.hash = hash;
        self
    }

    /// The decompressed content from its beginning. Reading advances `progress` by bytes on disk and fails once it was
    /// cancelled; turn errors of reading into an `ImportError` with [`Opened::read_failed`].
    pub fn reader(&self, progress: &Progress) -> Result<Box<dyn Read + Send>, ImportError> {
        let file = File::open(&self.path).map_err(|e| ImportError::from_io(&self.path, e))?;
        progress.set_total(self.bytes);
        let mut raw = RawReader {
            file,
            progress: progress.clone(),
            hasher: None,
        };
        if self.hash {
            let (sender, handle) = start_hashing();
            raw.hasher = sender;
            if let Ok(mut slot) = self.hashing.lock() {
                *slot = handle;
            }
        }
        self.decompressed(raw)
    }

    fn decompressed<R: Read + Send + 'static>(
        &self,
        raw: R,
    ) -> Result<Box<dyn Read + Send>, ImportError> {
        let limit = FREE_EXPANSION.max(self.bytes.saturating_mul(MAX_EXPANSION));
        let limited = |inner| Limited { inner, left: limit };
        let raw_buffered = |raw| BufReader::with_capacity(256 * 1024, raw);
        Ok(match self.compression {
            Compression::None => Box::new(raw),
            Compression::Gzip => Box::new(limited(Box::new(flate2::bufread::MultiGzDecoder::new(
                raw_buffered(raw),
            )))),
            Compression::Zstd => {
                let decoder = zstd::stream::read::Decoder::with_buffer(raw_buffered(raw))
                    .map_err(|e| self.read_failed(e))?;
                Box::new(limited(Box::new(decoder)))
            }
        })
    }

    /// The sentence for an error that reading this file ended with.
    pub fn read_failed(&self, error: io::Error) -> ImportError {
        read_failed(&self.path, self.compression, error)
    }

    /// The error for a file whose format is clear, but which holds nothing usable.
    pub fn unusable(&self, what: impl Into<String>, line: Option<u64>) -> ImportError {
        ImportError::Unusable {
            path: self.path.clone(),
            what: what.into(),
            line,
        }
    }
}

/// What it means that reading the content of a file ended with this error.
pub(super) fn read_failed(path: &Path, compression: Compression, error: io::Error) -> ImportError {
    let cause = error.get_ref();
    if cause.is_some_and(<dyn std::error::Error + Send + Sync>::is::<Cancelled>) {
        return ImportError::Cancelled(Cancelled);
    }
    let damage = if cause.is_some_and(<dyn std::error::Error + Send + Sync>::is::<Bomb>) {
        Some(Bomb.to_string())
    } else {
        let damaged = matches!(
            error.kind(),
            io::ErrorKind::InvalidData
                | io::ErrorKind::InvalidInput
                | io::ErrorKind::UnexpectedEof
                | io::ErrorKind::Other
        );
        (damaged && compression != Compression::None)
            .then(|| format!("the compressed file is damaged or cut off ({error}); copy it again"))
    };
    match damage {
        Some(what) => ImportError::Unusable {
            path: path.to_path_buf(),
            what,
            line: None,
        },
        None => ImportError::from_io(path, error),
    }
}

/// Opens a file and reads its first bytes.
pub fn open(path: &Path) -> Result<Opened, ImportError> {
    let failed = |e| ImportError::from_io(path, e);
    let metadata = std::fs::metadata(path).map_err(failed)?;
    if metadata.is_dir() {
        return Err(ImportError::Folder(path.to_path_buf()));
    }
    let mut opened = Opened {
        path: path.to_path_buf(),
        bytes: metadata.len(),
        head: Vec::new(),
        compression: Compression::None,
        hash: false,
        hashing: Hashing::default(),
    };
    if !metadata.is_file() {
        return Err(opened.unusable(
            "this is a device or a pipe, not a file; save its content to a file first",
            None,
        ));
    }
    if opened.bytes == 0 {
        return Err(ImportError::Empty(path.to_path_buf()));
    }
    let mut magic = Vec::new();
    File::open(path)
        .and_then(|f| f.take(4).read_to_end(&mut magic))
        .map_err(failed)?;
    opened.compression = Compression::of(&magic);
    let mut head = Vec::new();
    opened
        .decompressed(File::open(path).map_err(failed)?)?
        .take(HEAD_BYTES)
        .read_to_end(&mut head)
        .map_err(|e| opened.read_failed(e))?;
    if head.is_empty() {
        return Err(ImportError::Empty(path.to_path_buf()));
    }
    opened.head = head;
    Ok(opened)
}

/// Fills `source_id` and `sha256`. Where the hash was computed while reading, this only collects it.
pub fn identify(
    opened: &Opened,
    hash: bool,
    info: &mut SourceInfo,
    progress: &Progress,
) -> Result<(), ImportError> {
    if !hash {
        let mut hasher = Sha256::new();
        hasher.update(opened.path.as_os_str().as_encoded_bytes());
        hasher.update(opened.bytes.to_le_bytes());
        info.source_id = hex(&hasher.finalize()).chars().take(32).collect();
        return Ok(());
    }
    let beside = opened
        .hashing
        .lock()
        .ok()
        .and_then(|mut slot| slot.take())
        .and_then(|handle| handle.join().ok().flatten());
    let sha256 = match beside {
        Some(sha256) => sha256,
        None => hash_file(opened, progress)?,
    };
    info.source_id = sha256.chars().take(32).collect();
    info.sha256 = Some(sha256);
    Ok(())
}

fn hash_file(opened: &Opened, progress: &Progress) -> Result<String, ImportError> {
    let failed = |e| ImportError::from_io(&opened.path, e);
    let mut file = File::open(&opened.path).map_err(failed)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        progress.check()?;
        let n = file.read(&mut buffer).map_err(failed)?;
        if n == 0 {
            return Ok(hex(&hasher.finalize()));
        }
        hasher.update(buffer.get(..n).unwrap_or_default());
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").ok();
        text
    })
}

/// What the reader hands to the hashing thread.
enum Piece {
    Bytes(Vec<u8>),
    End,
}

fn start_hashing() -> (
    Option<SyncSender<Piece>>,
    Option<JoinHandle<Option<String>>>,
) {
    let (sender, receiver) = sync_channel::<Piece>(4);
    let handle = std::thread::Builder::new()
        .name("import hash".to_owned())
        .spawn(move || {
            let mut hasher = Sha256::new();
            for piece in receiver {
                match piece {
                    Piece::Bytes(bytes) => hasher.update(&bytes),
                    Piece::End => return Some(hex(&hasher.finalize())),
                }
            }
            None
        })
        .ok();
    (handle.is_some().then_some(sender), handle)
}

/// The bytes on disk, with progress, cancellation and hashing on the way.
struct RawReader {
    file: File,
    progress: Progress,
    hasher: Option<SyncSender<Piece>>,
}

impl Read for RawReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.progress.check().map_err(io::Error::other)?;
        let n = self.file.read(buffer)?;
        self.progress.advance(n as u64);
        if let Some(sender) = &self.hasher {
            let sent = if n > 0 {
                sender.send(Piece::Bytes(buffer.get(..n).unwrap_or_default().to_vec()))
            } else if buffer.is_empty() {
                Ok(())
            } else {
                sender.send(Piece::End)
            };
            if n == 0 || sent.is_err() {
                self.hasher = None;
            }
        }
        Ok(n)
    }
}

/// The content of a compressed file is out of all proportion to its size.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error(
    "the compressed file expands to more than 200 times its size; unpack it yourself if that is right"
)]
struct Bomb;

/// Ends with an error after so many bytes.
struct Limited {
    inner: Box<dyn Read + Send>,
    left: u64,
}

impl Read for Limited {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.left = self
            .left
            .checked_sub(n as u64)
            .ok_or_else(|| io::Error::other(Bomb))?;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn written(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        (folder, path)
    }

    fn content(opened: &Opened) -> Vec<u8> {
        let mut all = Vec::new();
        opened
            .reader(&Progress::default())
            .unwrap()
            .read_to_end(&mut all)
            .unwrap();
        all
    }

    #[test]
    fn what_is_not_a_readable_file_says_so() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(open(folder.path()), Err(ImportError::Folder(_))));
        let missing = folder.path().join("missing.csv");
        assert!(matches!(open(&missing), Err(ImportError::Missing(_))));
        let empty = folder.path().join("empty.csv");
        std::fs::write(&empty, b"").unwrap();
        assert!(matches!(open(&empty), Err(ImportError::Empty(_))));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_without_permission_says_so() {
        use std::os::unix::fs::PermissionsExt as _;
        let (_folder, path) = written("secret.csv", b"a,b\n");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
        if File::open(&path).is_ok() {
            return; // The superuser reads everything, so there is nothing to see here.
        }
        assert!(matches!(open(&path), Err(ImportError::Forbidden(_))));
    }

    #[test]
    fn a_file_that_vanishes_after_opening_says_so() {
        let (_folder, path) = written("gone.csv", b"a,b\n1,2\n");
        let opened = open(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(
            opened.reader(&Progress::default()),
            Err(ImportError::Missing(_))
        ));
    }

    #[test]
    fn compressed_files_read_as_their_content() {
        let text = b"timeStamp,elapsed,label\n1,2,home\n".repeat(100);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&text).unwrap();
        let zipped = zstd::encode_all(text.as_slice(), 1).unwrap();
        for packed in [gzip.finish().unwrap(), zipped] {
            let (_folder, path) = written("no-extension", &packed);
            let opened = open(&path).unwrap();
            assert_eq!(opened.head, text);
            assert_eq!(content(&opened), text);
            let (_folder, cut) = written("cut", packed.get(..packed.len() - 9).unwrap());
            assert!(matches!(open(&cut), Err(ImportError::Unusable { .. })));
        }
    }

    /// The SHA-256 of "abc" from FIPS 180-2, appendix B.1; with and without a reader that saw the file.
    #[test]
    fn the_hash_names_the_content() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let (_folder, path) = written("abc", b"abc");
        for read_before in [true, false] {
            let opened = open(&path).unwrap().hashed(true);
            if read_before {
                assert_eq!(content(&opened), b"abc");
            }
            let mut info = SourceInfo::default();
            identify(&opened, true, &mut info, &Progress::default()).unwrap();
            assert_eq!(info.sha256.as_deref(), Some(expected));
            assert_eq!(info.source_id, expected[..32]);
        }
        let mut info = SourceInfo::default();
        identify(
            &open(&path).unwrap(),
            false,
            &mut info,
            &Progress::default(),
        )
        .unwrap();
        assert_eq!((info.source_id.len(), info.sha256), (32, None));
    }

    #[test]
    fn reading_shows_progress_and_can_be_cancelled() {
        let (_folder, path) = written("abc", b"abc");
        let opened = open(&path).unwrap();
        let progress = Progress::default();
        let mut reader = opened.reader(&progress).unwrap();
        reader.read_exact(&mut [0; 3]).unwrap();
        assert_eq!(progress.fraction(), Some(1.0));
        progress.cancel();
        let error = reader.read(&mut [0; 3]).unwrap_err();
        assert!(matches!(
            opened.read_failed(error),
            ImportError::Cancelled(_)
        ));
    }
}
