//! Tables that are no text (workbooks, Parquet): written out as CSV and handed to whichever reader knows what they hold,
//! so that a metric table, an outage table or a JMeter table reads alike from all of them.

use std::any::Any;
use std::fs::File;
use std::io::{self, Read, Seek as _, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::import::format::Stream;
use crate::import::intake::peek;
use crate::import::{Head, ImportError, Imported, Intake, detect};
use crate::warning::WarningKind;

/// Reading the table failed in the middle, in words.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct Broken(pub String);

impl Broken {
    /// As the error of a stream.
    pub fn io(what: impl Into<String>) -> io::Error {
        io::Error::other(Self(what.into()))
    }
}

/// Runs a library over a file that may be damaged: where it stops with a panic, that is an error like any other.
pub fn guarded<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|cause| Err(said(cause.as_ref())))
}

fn said(cause: &(dyn Any + Send)) -> String {
    let text = cause
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| cause.downcast_ref::<&str>().copied());
    format!("it makes no sense: {}", text.unwrap_or("no reason given"))
}

/// Imports a table as CSV. `noun` is what holds it: "the sheet", "the file".
pub fn import(
    csv: impl Read + Send + 'static,
    intake: &Intake<'_>,
    noun: &str,
) -> Result<Imported, ImportError> {
    let failed = |error: io::Error| broken(intake, error);
    let (head, stream) = peek(csv).map_err(failed)?;
    let whole = head.len() < 64 * 1024;
    let format = detect::recognise(&Head::new(&head, whole, intake.path))
        .map_err(|why| intake.unusable(format!("{noun} is no table that is read: {why}"), None))?;
    let stream: Stream = Box::new(stream);
    let mut imported = (format.read)(stream, intake).map_err(|error| match error {
        ImportError::Io { source, .. } => broken(intake, source),
        other => other,
    })?;
    if format.id != "metric-table" {
        imported.source.info.warnings.add(
            WarningKind::Note,
            format!("{noun} was read as: {}", format.title),
        );
    }
    Ok(imported)
}

/// The sentence for a stream that broke off because the table did.
fn broken(intake: &Intake<'_>, error: io::Error) -> ImportError {
    let cause = error
        .get_ref()
        .and_then(|cause| cause.downcast_ref::<Broken>());
    match cause {
        Some(broken) => intake.unusable(broken.to_string(), None),
        None => intake.read_failed(error),
    }
}

/// A stream as a file that can be read at any place; it vanishes when it is closed. At most `limit` bytes.
pub fn spool(mut stream: Stream, intake: &Intake<'_>, limit: u64) -> Result<File, ImportError> {
    let failed = |error: io::Error| intake.read_failed(error);
    let mut file = tempfile::tempfile().map_err(failed)?;
    let mut buffer = vec![0; 256 * 1024];
    let mut length = 0;
    loop {
        intake.progress.check()?;
        let read = stream.read(&mut buffer).map_err(failed)?;
        if read == 0 {
            break;
        }
        length += read as u64;
        if length > limit {
            return Err(intake.unusable(
                format!(
                    "it is larger than {} MB, the most that is read of this kind; save the sheet as CSV",
                    limit >> 20
                ),
                None,
            ));
        }
        file.write_all(buffer.get(..read).unwrap_or_default())
            .map_err(failed)?;
    }
    file.rewind().map_err(failed)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::path::Path;

    use super::*;
    use crate::import::ImportOptions;
    use crate::progress::Progress;

    #[test]
    fn a_table_goes_to_the_reader_that_knows_it() {
        let (options, progress) = (ImportOptions::default(), Progress::default());
        let intake = Intake::new(Path::new("book.xlsx"), &options, &progress);
        let of = |text: &'static str| import(Cursor::new(text), &intake, "the sheet");
        let metrics = of("time,cpu\n2026-01-01,1\n2026-01-02,2\n").unwrap();
        assert!(metrics.source.metrics.is_some());
        let outages = of("start,end,state\n2026-01-01,2026-01-02,down\n").unwrap();
        assert!(outages.source.uptime.is_some());
        let error = of("name,colour\na,red\nb,blue\n").unwrap_err().to_string();
        assert!(
            error.starts_with("the sheet is no table that is read: "),
            "{error}"
        );
    }

    #[test]
    fn a_library_that_gives_up_is_an_error() {
        let list: Vec<u8> = Vec::new();
        let result = guarded(|| Ok(list[std::hint::black_box(5)]));
        assert!(result.unwrap_err().contains("index out of bounds"));
    }
}
