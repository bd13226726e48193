//! The primitives of Gatling's binary log: big-endian numbers, strings of two encodings, strings sent once.
//!
//! Nothing in the file is trusted: lengths and counts have limits, and a reference must be one that was sent.

use std::fmt;
use std::io::{self, BufReader, Read};

/// Longest string, in bytes.
const MAX_STRING: usize = 1 << 20;
/// All strings that are sent once, together.
const MAX_CACHED_BYTES: usize = 64 << 20;
/// Scenarios, assertions or groups of one record.
const MAX_COUNT: i32 = 100_000;

/// Why decoding ended.
#[derive(Debug)]
pub(super) enum Stop {
    /// The stream ended between two records.
    End,
    /// The stream ended inside a record.
    CutOff,
    /// What stands there cannot be.
    Damaged {
        /// Where, in bytes from the beginning.
        at: u64,
    },
    /// Reading failed.
    Failed(io::Error),
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::End => f.write_str("ends"),
            Self::CutOff => f.write_str("is cut off in the middle of a record"),
            Self::Damaged { at } => write!(f, "is damaged at byte {at}"),
            Self::Failed(error) => write!(f, "cannot be read ({error})"),
        }
    }
}

/// Reads primitives from a stream.
pub(super) struct Decoder<R> {
    reader: BufReader<R>,
    at: u64,
    /// Text of the string with number i + 1, in UTF-8.
    cached: Vec<Vec<u8>>,
    cached_bytes: usize,
}

impl<R: Read> Decoder<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader: BufReader::with_capacity(256 * 1024, reader),
            at: 0,
            cached: Vec::new(),
            cached_bytes: 0,
        }
    }

    pub(super) fn damaged(&self) -> Stop {
        Stop::Damaged { at: self.at }
    }

    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Stop> {
        self.reader.read_exact(buffer).map_err(|error| {
            if error.kind() == io::ErrorKind::UnexpectedEof {
                Stop::CutOff
            } else {
                Stop::Failed(error)
            }
        })?;
        self.at += buffer.len() as u64;
        Ok(())
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], Stop> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    /// The byte that begins a record; here alone the stream may end.
    pub(super) fn kind(&mut self) -> Result<u8, Stop> {
        match self.bytes::<1>() {
            Ok([kind]) => Ok(kind),
            Err(Stop::CutOff) => Err(Stop::End),
            Err(stop) => Err(stop),
        }
    }

    pub(super) fn i32(&mut self) -> Result<i32, Stop> {
        self.bytes().map(i32::from_be_bytes)
    }

    pub(super) fn i64(&mut self) -> Result<i64, Stop> {
        self.bytes().map(i64::from_be_bytes)
    }

    /// A byte that is 0 or 1.
    pub(super) fn flag(&mut self) -> Result<bool, Stop> {
        match self.bytes::<1>()? {
            [0] => Ok(false),
            [1] => Ok(true),
            _ => Err(self.damaged()),
        }
    }

    /// How many parts follow.
    pub(super) fn count(&mut self) -> Result<i32, Stop> {
        match self.i32()? {
            count @ 0..=MAX_COUNT => Ok(count),
            _ => Err(self.damaged()),
        }
    }

    fn length(&mut self) -> Result<usize, Stop> {
        usize::try_from(self.i32()?)
            .ok()
            .filter(|length| *length <= MAX_STRING)
            .ok_or_else(|| self.damaged())
    }

    /// A string, as UTF-8.
    pub(super) fn string(&mut self) -> Result<Vec<u8>, Stop> {
        let length = self.length()?;
        if length == 0 {
            return Ok(Vec::new());
        }
        let mut bytes = vec![0; length];
        self.fill(&mut bytes)?;
        let [coder] = self.bytes::<1>()?;
        let text: String = match coder {
            0 if bytes.is_ascii() => return Ok(bytes),
            0 => bytes.into_iter().map(char::from).collect(),
            1 if length.is_multiple_of(2) => {
                let units = bytes
                    .chunks_exact(2)
                    .map(|pair| u16::from_le_bytes(pair.try_into().unwrap_or_default()));
                char::decode_utf16(units)
                    .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
                    .collect()
            }
            _ => return Err(self.damaged()),
        };
        Ok(text.into_bytes())
    }

    /// Reads over bytes whose number stands before them.
    pub(super) fn skip_bytes(&mut self) -> Result<(), Stop> {
        let mut bytes = vec![0; self.length()?];
        self.fill(&mut bytes)
    }

    /// A string that is sent once: its place for [`Decoder::text`].
    pub(super) fn cached(&mut self) -> Result<usize, Stop> {
        let index = self.i32()?;
        if index > 0 {
            // Numbers are given in the order of sending.
            if usize::try_from(index).ok() != Some(self.cached.len() + 1) {
                return Err(self.damaged());
            }
            let text = self.string()?;
            self.cached_bytes += text.len() + size_of::<Vec<u8>>();
            if self.cached_bytes > MAX_CACHED_BYTES {
                return Err(self.damaged());
            }
            self.cached.push(text);
            return Ok(self.cached.len() - 1);
        }
        index
            .checked_neg()
            .and_then(|i| usize::try_from(i).ok())
            .and_then(|i| i.checked_sub(1))
            .filter(|i| *i < self.cached.len())
            .ok_or_else(|| self.damaged())
    }

    /// The text of a string that was sent.
    pub(super) fn text(&self, place: usize) -> &[u8] {
        self.cached.get(place).map_or(b"", Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoder(bytes: &[u8]) -> Decoder<&[u8]> {
        Decoder::new(bytes)
    }

    #[test]
    fn strings_have_two_encodings() {
        let mut latin = decoder(&[0, 0, 0, 2, b'a', 0xe9, 0, 0, 0, 0, 0]);
        assert_eq!(latin.string().unwrap(), "aé".as_bytes());
        assert_eq!(latin.string().unwrap(), b"", "an empty one has no coder");
        assert_eq!(
            decoder(&[0, 0, 0, 2, 0x92, 0x21, 1]).string().unwrap(),
            "→".as_bytes()
        );
        assert!(matches!(
            decoder(&[0, 0, 0, 1, b'a', 7]).string(),
            Err(Stop::Damaged { at: 6 })
        ));
    }

    #[test]
    fn lengths_and_references_are_not_trusted() {
        let bytes = [0x7f, 0xff, 0xff, 0xff, 1, 2];
        assert!(matches!(
            decoder(&bytes).string(),
            Err(Stop::Damaged { .. })
        ));
        assert!(matches!(decoder(&bytes).count(), Err(Stop::Damaged { .. })));
        assert!(matches!(
            decoder(&[0xff; 4]).cached(),
            Err(Stop::Damaged { .. })
        ));
        assert!(matches!(
            decoder(&[0x80, 0, 0, 0]).cached(),
            Err(Stop::Damaged { .. })
        ));
        assert!(matches!(
            decoder(&[0; 4]).cached(),
            Err(Stop::Damaged { .. })
        ));
        assert!(matches!(
            decoder(&[0, 0, 0, 9, 0]).cached(),
            Err(Stop::Damaged { .. })
        ));
        let mut twice = decoder(&[0, 0, 0, 1, 0, 0, 0, 1, b'x', 0, 0xff, 0xff, 0xff, 0xff]);
        let (first, second) = (twice.cached().unwrap(), twice.cached().unwrap());
        assert_eq!((first, twice.text(second)), (second, &b"x"[..]));
        assert!(matches!(twice.kind(), Err(Stop::End)));
    }

    #[test]
    fn an_end_inside_a_number_is_a_cut() {
        assert!(matches!(decoder(&[0, 0]).i32(), Err(Stop::CutOff)));
    }
}
