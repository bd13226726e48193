//! Sums and histogram cells as packed keys: 64 bits that sort by time, label, outcome and value.

use super::intern::MAX_LOCAL;
use crate::dataset::histogram::{EXACT_TICKS, bin_of};

/// Durations beyond this do not fit a key; in milliseconds that is 69 years.
pub const MAX_TICKS: i64 = (1 << 41) - 1;
/// Bits of a bin's number.
const BIN_BITS: u32 = 19;
/// Bins in each doubling above [`EXACT_TICKS`].
const BINS_PER_DOUBLING: i64 = 1 << 14;
/// The shift by which the first of those doublings is reduced to its bins.
const FIRST_SHIFT: i64 = 3;

/// The number of the bin whose lower edge is `histogram::bin_of(ticks)`; rising with it.
pub fn bin_number(ticks: i64) -> u64 {
    let bin = bin_of(ticks.min(MAX_TICKS));
    if bin < EXACT_TICKS {
        return bin as u64;
    }
    let shift = i64::from(64 - 15 - bin.leading_zeros());
    (EXACT_TICKS + (shift - FIRST_SHIFT) * BINS_PER_DOUBLING + (bin >> shift) - BINS_PER_DOUBLING)
        as u64
}

/// The lower edge of a bin, from its number.
pub fn bin_edge(number: u64) -> i64 {
    let number = number as i64;
    if number < EXACT_TICKS {
        return number;
    }
    let (doubling, rest) = (
        (number - EXACT_TICKS) / BINS_PER_DOUBLING,
        (number - EXACT_TICKS) % BINS_PER_DOUBLING,
    );
    (BINS_PER_DOUBLING + rest) << (doubling + FIRST_SHIFT)
}

/// A histogram cell: bucket start (s), label, failed, bin; ordered by them.
pub fn cell_key(bucket: u32, label: u32, failed: bool, bin: u64) -> u64 {
    (u64::from(bucket) << 32)
        | (u64::from(label) << (BIN_BITS + 1))
        | (u64::from(failed) << BIN_BITS)
        | bin
}

/// The parts of a [`cell_key`].
pub fn cell_parts(key: u64) -> (u32, u32, bool, u64) {
    (
        (key >> 32) as u32,
        (key >> (BIN_BITS + 1)) as u32 & MAX_LOCAL,
        (key >> BIN_BITS) & 1 == 1,
        key & ((1 << BIN_BITS) - 1),
    )
}

/// Second, label, outcome and code of `tally::Sums`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SlotKey {
    /// Seconds since the epoch; 0 where there is no time structure.
    pub second: u32,
    /// Label.
    pub label: u32,
    /// Whether the samples failed.
    pub failed: bool,
    /// Response code.
    pub code: u32,
}

impl SlotKey {
    /// The key as one number.
    pub fn pack(self) -> u64 {
        (u64::from(self.second) << 32)
            | (u64::from(self.label) << 13)
            | (u64::from(self.failed) << 12)
            | u64::from(self.code)
    }

    /// The key from its number.
    pub fn unpack(key: u64) -> Self {
        Self {
            second: (key >> 32) as u32,
            label: (key >> 13) as u32 & MAX_LOCAL,
            failed: (key >> 12) & 1 == 1,
            code: key as u32 & MAX_LOCAL,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::intern::OTHER;
    use super::*;
    use crate::dataset::histogram::bin_end;

    #[test]
    fn bins_are_numbered_without_gaps() {
        let mut edge = 131_000;
        let mut number = bin_number(edge);
        while number < (1 << BIN_BITS) - 1 {
            assert_eq!(bin_edge(number), edge);
            edge = bin_end(edge) + 1;
            number += 1;
            assert_eq!(bin_number(edge), number, "{edge}");
        }
        assert_eq!(bin_end(bin_edge(number)), MAX_TICKS);
        assert_eq!(bin_number(i64::MAX), number);
    }

    #[test]
    fn keys_keep_their_parts() {
        let key = cell_key(u32::MAX, OTHER, true, (1 << BIN_BITS) - 1);
        assert_eq!(
            cell_parts(key),
            (u32::MAX, OTHER, true, (1 << BIN_BITS) - 1)
        );
        let slot = SlotKey {
            second: 1_795_225_192,
            label: 2_047,
            failed: true,
            code: 77,
        };
        assert_eq!(SlotKey::unpack(slot.pack()), slot);
    }
}
