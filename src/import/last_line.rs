//! Whether the last line of a text has its line end. One that has none may have been cut off in the middle of a value,
//! which no reader can tell from a shorter value; all that can be done is to say so.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use super::{Head, Imported, Stream};
use crate::warning::WarningKind;

/// Passes a stream on and remembers its last byte.
struct Watched {
    inner: Stream,
    last: Arc<AtomicU8>,
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        if let Some(byte) = n.checked_sub(1).and_then(|i| buffer.get(i)) {
            self.last.store(*byte, Ordering::Relaxed);
        }
        Ok(n)
    }
}

/// The last byte of a stream, once it was read.
pub(super) struct LastByte(Arc<AtomicU8>);

impl LastByte {
    /// Watches a stream.
    pub(super) fn of(stream: Stream) -> (Stream, Self) {
        let last = Arc::new(AtomicU8::new(b'\n'));
        let watched = Watched {
            inner: stream,
            last: Arc::clone(&last),
        };
        (Box::new(watched), Self(last))
    }

    /// Says so where the text consists of lines, and the last one has no end.
    pub(super) fn remark(&self, head: &Head<'_>, imported: &mut Imported) {
        let of_lines = !head.text.is_empty() && head.json.is_none() && !head.text.starts_with('<');
        let ended = matches!(self.0.load(Ordering::Relaxed), b'\n' | b'\r');
        let warnings = &mut imported.source.info.warnings;
        if of_lines && !ended && warnings.count_of(WarningKind::TruncatedLastRow) == 0 {
            warnings.add(
                WarningKind::Assumed,
                "the last line has no line end and is taken as whole; if the file was cut off, its last value is, too",
            );
        }
    }
}
