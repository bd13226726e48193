//! When a run took place whose file does not say it: hey, wrk, oha and others print no date at all.
//!
//! One rule for all of them: such a run ends when its file was last written (for a packed file or a member of an
//! archive: the file around it), or else when it was imported, and begins its own length earlier, at a whole second.
//! A warning says so. Where neither is known, a summary stays without a place in time.

use std::io::{self, BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::time::UNIX_EPOCH;

use tempfile::SpooledTempFile;

use super::builder::{Request, RunBuilder};
use crate::calendar::{Instant, TimeRange};
use crate::import::{ImportError, Intake};
use crate::units::Micros;
use crate::warning::{WarningKind, Warnings};

/// Requests wait in memory up to this many bytes, and in a temporary file beyond.
const IN_MEMORY: usize = 8 << 20;
/// Bytes of one waiting request.
const RECORD: usize = 34;
/// The longest time between start and end of a run that is believed, in µs: ten years.
const LONGEST: i64 = 10 * 366 * 86_400 * 1_000_000;

/// When the run took place, by the rule of this module, and a warning that says so. `None` where nothing is known.
pub fn placed(intake: &Intake<'_>, length: Micros, warnings: &mut Warnings) -> Option<TimeRange> {
    let (end, when) = match (last_written(intake), intake.options.imported_at) {
        (Some(written), _) => (written, "its file was last written"),
        (None, Some(imported)) => (imported, "it was imported"),
        (None, None) => {
            warnings.add(
                WarningKind::Assumed,
                "the file says no date, and its own is not known: the run has no place in time",
            );
            return None;
        }
    };
    let length = length.0.clamp(0, LONGEST);
    let start = Instant::from_secs((end.0 - length).div_euclid(1_000_000).max(0));
    warnings.add(
        WarningKind::Assumed,
        format!("the file says no date; the run is placed so that it ends when {when}"),
    );
    Some(TimeRange {
        start,
        end: start.plus(Micros(length)),
    })
}

/// When the file (or the nearest thing around it that is a file, such as its archive) was last written.
fn last_written(intake: &Intake<'_>) -> Option<Instant> {
    let metadata = intake
        .path
        .ancestors()
        .find_map(|path| std::fs::metadata(path).ok())
        .filter(std::fs::Metadata::is_file)?;
    let since_epoch = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    let micros = i64::try_from(since_epoch.as_micros()).ok()?;
    (micros > 0).then_some(Instant(micros))
}

/// A request whose start is known only from the beginning of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offset {
    /// Start, µs since the beginning of the run.
    pub start_micros: i64,
    /// How long it took, ns.
    pub duration_ns: i64,
    /// Status code; 0 for none.
    pub code: u16,
    /// Bytes received.
    pub received: i64,
    /// 1-based line at which its record starts.
    pub line: u64,
}

impl Offset {
    fn bytes(&self) -> [u8; RECORD] {
        let mut bytes = [0; RECORD];
        let fields = self
            .start_micros
            .to_le_bytes()
            .into_iter()
            .chain(self.duration_ns.to_le_bytes())
            .chain(self.received.to_le_bytes())
            .chain(self.line.to_le_bytes())
            .chain(self.code.to_le_bytes());
        for (to, from) in bytes.iter_mut().zip(fields) {
            *to = from;
        }
        bytes
    }

    fn of(bytes: &[u8; RECORD]) -> Option<Self> {
        let (start_micros, rest) = bytes.split_first_chunk()?;
        let (duration_ns, rest) = rest.split_first_chunk()?;
        let (received, rest) = rest.split_first_chunk()?;
        let (line, rest) = rest.split_first_chunk()?;
        Some(Self {
            start_micros: i64::from_le_bytes(*start_micros),
            duration_ns: i64::from_le_bytes(*duration_ns),
            received: i64::from_le_bytes(*received),
            line: u64::from_le_bytes(*line),
            code: u16::from_le_bytes(*rest.first_chunk()?),
        })
    }
}

/// Requests that wait until the length of the run is known. Their number does not show in the memory used.
pub struct Waiting {
    file: BufWriter<SpooledTempFile>,
    count: u64,
    end_micros: i64,
}

impl Default for Waiting {
    fn default() -> Self {
        Self {
            file: BufWriter::new(SpooledTempFile::new(IN_MEMORY)),
            count: 0,
            end_micros: 0,
        }
    }
}

impl Waiting {
    /// Lets one wait.
    pub fn push(&mut self, offset: &Offset) -> io::Result<()> {
        let end = offset
            .start_micros
            .saturating_add(offset.duration_ns / 1_000);
        self.end_micros = self.end_micros.max(end);
        self.count += 1;
        self.file.write_all(&offset.bytes())
    }

    /// How many wait.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Places the run and counts all that waited, with `label` and by the rule that a status of 400 or above failed.
    /// An error where the run has no place in time.
    pub fn count_into(
        mut self,
        builder: &mut RunBuilder<'_>,
        intake: &Intake<'_>,
        label: &[u8],
    ) -> Result<(), ImportError> {
        if self.count == 0 {
            return Ok(());
        }
        let length = Micros(self.end_micros);
        let Some(span) = placed(intake, length, &mut builder.warnings) else {
            return Err(intake.unusable(
                "the file says no date, and its own is not known; unpack it and import the file itself",
                None,
            ));
        };
        let failed = |e| intake.read_failed(e);
        self.file.flush().map_err(failed)?;
        let mut spool = self.file.into_inner().map_err(|e| failed(e.into_error()))?;
        spool.seek(SeekFrom::Start(0)).map_err(failed)?;
        let mut reader = BufReader::new(spool);
        let mut bytes = [0; RECORD];
        for done in 0..self.count {
            reader.read_exact(&mut bytes).map_err(failed)?;
            let Some(offset) = Offset::of(&bytes) else {
                continue;
            };
            let code = offset.code.to_string();
            let request = Request {
                start_micros: span.start.0.saturating_add(offset.start_micros),
                duration_ns: offset.duration_ns,
                label,
                failed: offset.code >= 400,
                code: code.as_bytes(),
                received: offset.received,
                ..Request::default()
            };
            if let Err(reason) = builder.add(&request) {
                builder.reject(offset.line, "", reason, "");
            }
            if done.is_multiple_of(65_536) {
                intake.progress.check()?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::import::ImportOptions;
    use crate::progress::Progress;

    fn place(path: &Path, imported_at: Option<Instant>) -> (Option<TimeRange>, String) {
        let options = ImportOptions {
            imported_at,
            ..ImportOptions::default()
        };
        let progress = Progress::default();
        let mut warnings = Warnings::default();
        let intake = Intake::new(path, &options, &progress);
        let span = placed(&intake, Micros(4_500_000), &mut warnings);
        let said = warnings.iter().map(|w| w.message.clone()).collect();
        (span, said)
    }

    #[test]
    fn a_run_without_a_date_ends_when_its_file_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hey.csv");
        std::fs::write(&path, b"x").unwrap();
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(UNIX_EPOCH + std::time::Duration::from_millis(1_795_225_200_250))
            .unwrap();
        for path in [path.clone(), path.join("member/of/an/archive.csv")] {
            let (span, said) = place(&path, Some(Instant::from_secs(9)));
            let span = span.unwrap();
            assert_eq!(span.start, Instant::from_secs(1_795_225_195));
            assert_eq!(span.length(), Micros(4_500_000));
            assert!(said.contains("last written"), "{said}");
        }
    }

    #[test]
    fn without_a_file_it_ends_at_the_import_or_nowhere() {
        let nowhere = Path::new("no/such/file");
        let (span, said) = place(nowhere, Some(Instant::from_secs(1_795_225_200)));
        assert_eq!(span.unwrap().start, Instant::from_secs(1_795_225_195));
        assert!(said.contains("imported"), "{said}");
        let (span, said) = place(nowhere, None);
        assert_eq!(span, None);
        assert!(said.contains("no place in time"), "{said}");
    }

    #[test]
    fn a_waiting_request_comes_back_as_it_was() {
        let offset = Offset {
            start_micros: 1_600,
            duration_ns: 18_100_000,
            code: 500,
            received: -1,
            line: 7,
        };
        assert_eq!(Offset::of(&offset.bytes()), Some(offset));
    }
}
