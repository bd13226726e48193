//! Times of rows that follow one another: within a minute only the seconds change, so that only they are read again.

use super::times::{Read, TimeForm};
use crate::calendar::{Instant, Zone};
use crate::units::Micros;

/// Bytes of `2026-06-14T10:00:`.
const MINUTE: usize = 17;

/// Reads the times of one column, and remembers the minute.
#[derive(Debug)]
pub(super) struct Stamps {
    form: TimeForm,
    zone: Zone,
    minute: [u8; MINUTE],
    /// What follows the seconds: decimals, a zone, nothing.
    tail: Vec<u8>,
    /// The time of second 0 of the minute with that tail.
    known: Option<Read>,
}

impl Stamps {
    pub(super) fn new(form: TimeForm, zone: &Zone) -> Self {
        Self {
            form,
            zone: zone.clone(),
            minute: [0; MINUTE],
            tail: Vec::new(),
            known: None,
        }
    }

    /// A cell without white space around it, whose `text` is only asked for where the minute is a new one.
    pub(super) fn read<T: AsRef<str>>(
        &mut self,
        cell: &[u8],
        text: impl FnOnce() -> T,
    ) -> Option<Read> {
        let Some((minute, second, tail)) = self.split(cell) else {
            return self.form.read(text().as_ref(), &self.zone);
        };
        let since = Micros::from_secs(second);
        if let Some((start, zoned)) = self.known
            && self.minute == *minute
            && self.tail == tail
        {
            return Some((start.plus(since), zoned));
        }
        let (at, zoned) = self.form.read(text().as_ref(), &self.zone)?;
        self.minute = *minute;
        self.tail.clear();
        self.tail.extend_from_slice(tail);
        self.known = Some((Instant(at.0 - since.0), zoned));
        Some((at, zoned))
    }

    /// Minute, second and tail of a time with the year first; `None` for any other. A leap second is read in full.
    fn split<'c>(&self, cell: &'c [u8]) -> Option<(&'c [u8; MINUTE], i64, &'c [u8])> {
        let (minute, rest) = cell.split_first_chunk::<MINUTE>()?;
        let (seconds, tail) = rest.split_first_chunk::<2>()?;
        let [tens, ones] = seconds.map(|b| i64::from(b) - i64::from(b'0'));
        let fits = self.form == TimeForm::Text
            && minute.get(13) == Some(&b':')
            && minute.get(16) == Some(&b':')
            && (0..6).contains(&tens)
            && (0..10).contains(&ones);
        fits.then_some((minute, tens * 10 + ones, tail))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever the order of the rows, each reads as it does alone.
    #[test]
    fn remembered_minutes_change_nothing() {
        let zone = Zone::named("Europe/Berlin").unwrap();
        let mut stamps = Stamps::new(TimeForm::Text, &zone);
        for text in [
            "2026-06-14T10:00:00Z",
            "2026-06-14T10:00:59Z",
            "2026-06-14T10:00:07",
            "2026-06-14T10:00:08",
            "2026-06-14T10:00:08.250",
            "2026-06-14T10:00:09.250",
            "2026-06-14T10:00:09+05:30",
            "2026-06-14T10:00:60Z",
            "2026-06-14T10:00:6",
            "2026-06-14 10:01:02",
            "2026-06-14 10:99:02",
            "2026-06-14 10:99:03",
            "2026-10-25 02:30:00",
            "2026-10-25 02:30:01",
            "2026-06-14",
            "14 Jun 2026 10:00:01",
        ] {
            let alone = TimeForm::Text.read(text, &zone);
            assert_eq!(stamps.read(text.as_bytes(), || text), alone, "{text}");
        }
    }
}
