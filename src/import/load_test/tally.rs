//! What the samples of one block add up to, in the block's own numbering of labels and codes.
//!
//! Filled by the threads that read blocks, one tally a block; `merge` adds them in file order. Nothing here depends on
//! other blocks, so the sum does not depend on the number of threads.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::dataset::histogram::{EXACT_TICKS, bin_of};

/// Labels (and codes) that one block tells apart; the rest of it goes to [`OTHER`].
pub const MAX_LOCAL: u32 = 4095;
/// Local id of what exceeds [`MAX_LOCAL`].
pub const OTHER: u32 = MAX_LOCAL;
/// Labels whose short durations are counted in arrays where there is no time structure.
pub const DENSE_LABELS: u32 = 256;
/// Durations that are counted in arrays.
pub const DENSE_TICKS: i64 = 4096;
/// Durations beyond this do not fit a key; in milliseconds that is 69 years.
pub const MAX_TICKS: i64 = (1 << 41) - 1;
/// How many of a label's last samples JMeter's report looks at (`jmeter.reportgenerator.statistic_window`).
pub const TOOL_WINDOW: usize = 20_000;

/// Bits of a bin's number.
const BIN_BITS: u32 = 19;
/// Bins in each doubling above [`EXACT_TICKS`].
const BINS_PER_DOUBLING: i64 = 1 << 14;
/// The shift by which the first of those doublings is reduced to its bins.
const FIRST_SHIFT: i64 = 3;

/// A fast, unkeyed hash for small keys (multiply and fold, as in rustc's own maps).
#[derive(Default)]
pub struct FastHasher(u64);

impl FastHasher {
    fn mix(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
}

impl Hasher for FastHasher {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 29)
    }

    fn write(&mut self, bytes: &[u8]) {
        let mut chunks = bytes.chunks_exact(8);
        for chunk in &mut chunks {
            self.mix(chunk.try_into().map_or(0, u64::from_le_bytes));
        }
        let mut rest = [0; 8];
        for (to, from) in rest.iter_mut().zip(chunks.remainder()) {
            *to = *from;
        }
        self.mix(u64::from_le_bytes(rest));
    }

    fn write_u64(&mut self, word: u64) {
        self.mix(word);
    }

    fn write_usize(&mut self, word: usize) {
        self.mix(word as u64);
    }
}

/// A map for small keys.
pub type FastMap<K, V> = HashMap<K, V, BuildHasherDefault<FastHasher>>;

/// Texts numbered in order of appearance: an open-addressed table of at most half its length, because this is looked
/// up several times a record.
#[derive(Default)]
pub struct Interner {
    /// (hash, number + 1); 0 is free. Its length is a power of two.
    table: Vec<(u64, u32)>,
    /// The last text of at most 7 bytes, packed, and its number: response codes repeat.
    last_short: Option<(u64, u32)>,
    /// The texts, by number.
    pub texts: Vec<Box<[u8]>>,
}

impl Interner {
    /// The number of a text; [`OTHER`] once there are too many.
    #[inline]
    pub fn id(&mut self, text: &[u8]) -> u32 {
        if text.len() > 7 {
            return self.find(text);
        }
        let packed = text.iter().fold(text.len() as u64, |word, byte| {
            (word << 8) | u64::from(*byte)
        });
        if let Some((known, id)) = self.last_short
            && known == packed
        {
            return id;
        }
        let id = self.find(text);
        self.last_short = Some((packed, id));
        id
    }

    #[inline]
    fn find(&mut self, text: &[u8]) -> u32 {
        let hash = hash_of(text);
        let mask = self.table.len().wrapping_sub(1);
        let mut at = hash as usize & mask;
        while let Some((known, number)) = self.table.get(at).filter(|slot| slot.1 > 0) {
            let id = number - 1;
            if *known == hash && self.texts.get(id as usize).is_some_and(|t| same(t, text)) {
                return id;
            }
            at = (at + 1) & mask;
        }
        self.insert(text, hash)
    }

    #[cold]
    fn insert(&mut self, text: &[u8], hash: u64) -> u32 {
        let id = self.texts.len() as u32;
        if id >= MAX_LOCAL {
            return OTHER;
        }
        self.texts.push(text.into());
        if self.texts.len() * 2 > self.table.len() {
            let length = (self.table.len() * 2).max(64);
            let old = std::mem::replace(&mut self.table, vec![(0, 0); length]);
            for (hash, number) in old.into_iter().filter(|slot| slot.1 > 0) {
                self.place(hash, number);
            }
        }
        self.place(hash, id + 1);
        id
    }

    fn place(&mut self, hash: u64, number: u32) {
        let mask = self.table.len() - 1;
        let mut at = hash as usize & mask;
        while self.table.get(at).is_some_and(|slot| slot.1 > 0) {
            at = (at + 1) & mask;
        }
        if let Some(slot) = self.table.get_mut(at) {
            *slot = (hash, number);
        }
    }
}

/// A hash of every byte and the length, eight bytes at a time.
#[inline]
fn hash_of(text: &[u8]) -> u64 {
    let mut hasher = FastHasher(text.len() as u64);
    let mut rest = text;
    while let Some((word, after)) = rest.split_first_chunk() {
        hasher.mix(u64::from_le_bytes(*word));
        rest = after;
    }
    if let Some(word) = text.last_chunk() {
        hasher.mix(u64::from_le_bytes(*word));
    } else {
        let short = rest
            .iter()
            .fold(0, |word, byte| (word << 8) | u64::from(*byte));
        hasher.mix(short);
    }
    let word = hasher.0;
    word ^ (word >> 32)
}

/// Equality of short texts, without a call.
#[inline]
fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let (mut x, mut y) = (a, b);
    while let (Some((m, after_x)), Some((n, after_y))) =
        (x.split_first_chunk::<8>(), y.split_first_chunk::<8>())
    {
        if m != n {
            return false;
        }
        (x, y) = (after_x, after_y);
    }
    match (a.last_chunk::<8>(), b.last_chunk::<8>()) {
        (Some(m), Some(n)) => m == n,
        _ => x.iter().zip(y).all(|(m, n)| m == n),
    }
}

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

/// Sorts keys with counts and adds equal ones up.
pub fn compact(cells: &mut Vec<(u64, u64)>) {
    cells.sort_unstable_by_key(|(key, _)| *key);
    cells.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 += next.1;
        }
        same
    });
}

/// One record of a load test, or several alike.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'a> {
    /// Start, µs since the epoch, between 1970 and 2106.
    pub start_micros: i64,
    /// Duration in ticks, at most [`MAX_TICKS`].
    pub ticks: i64,
    /// Duration in µs, for the end of the sample.
    pub length_micros: i64,
    /// Label as it stands in the file.
    pub label: &'a [u8],
    /// A transaction controller.
    pub controller: bool,
    /// Whether it failed.
    pub failed: bool,
    /// How many samples the record stands for.
    pub count: u64,
    /// Response code as it stands in the file.
    pub code: &'a [u8],
    /// Bytes received.
    pub received: i64,
    /// Bytes sent.
    pub sent: i64,
    /// Active users, where the record says.
    pub active: Option<i64>,
    /// The generator that wrote it, as it stands in the file.
    pub generator: &'a [u8],
}

/// Sums over samples of one second, label, outcome and code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Samples.
    pub count: u64,
    /// Sum of durations.
    pub sum_ticks: i64,
    /// Shortest.
    pub min_ticks: i64,
    /// Longest.
    pub max_ticks: i64,
    /// Bytes received.
    pub received: i64,
    /// Bytes sent.
    pub sent: i64,
    /// First start, µs since the epoch.
    pub first_start: i64,
    /// Last end, µs since the epoch.
    pub last_end: i64,
}

impl Sums {
    /// Adds those of other samples.
    pub fn add(&mut self, other: &Self) {
        if self.count == 0 {
            *self = *other;
            return;
        }
        self.count += other.count;
        self.sum_ticks = self.sum_ticks.saturating_add(other.sum_ticks);
        self.min_ticks = self.min_ticks.min(other.min_ticks);
        self.max_ticks = self.max_ticks.max(other.max_ticks);
        self.received = self.received.saturating_add(other.received);
        self.sent = self.sent.saturating_add(other.sent);
        self.first_start = self.first_start.min(other.first_start);
        self.last_end = self.last_end.max(other.last_end);
    }
}

/// Second, label, outcome and code of [`Sums`].
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
    fn pack(self) -> u64 {
        (u64::from(self.second) << 32)
            | (u64::from(self.label) << 13)
            | (u64::from(self.failed) << 12)
            | u64::from(self.code)
    }

    fn unpack(key: u64) -> Self {
        Self {
            second: (key >> 32) as u32,
            label: (key >> 13) as u32 & MAX_LOCAL,
            failed: (key >> 12) & 1 == 1,
            code: key as u32 & MAX_LOCAL,
        }
    }
}

/// The sums over one block.
#[derive(Default)]
pub struct Tally {
    whole: bool,
    bucket_secs: u32,
    labels: Interner,
    controllers: Interner,
    /// Labels in order of appearance: text, and whether it is a controller.
    pub label_list: Vec<(Box<[u8]>, bool)>,
    plain_ids: Vec<u32>,
    controller_ids: Vec<u32>,
    /// Response codes, by number.
    pub codes: Interner,
    /// Load generators, by number.
    pub generators: Interner,
    slots: FastMap<u64, u32>,
    /// The slot that each label and outcome used last, with its key: neighbouring records mostly share it.
    recent_slots: Vec<(u64, u32)>,
    sums: Vec<Sums>,
    /// Counts of short durations by label and outcome, where there is no time structure.
    pub dense: Vec<Vec<u32>>,
    /// All other durations; see [`cell_key`].
    pub cells: Vec<(u64, u64)>,
    /// The last durations of each label in file order, in ticks.
    pub windows: Vec<Vec<u32>>,
    /// The last durations of all labels but controllers.
    pub total_window: Vec<u32>,
    active: FastMap<u64, i64>,
    /// The seconds that were looked at last: (key + 1, most), not yet in `active`.
    recent_active: [(u64, i64); RECENT],
}

/// How many seconds [`Tally`] keeps at hand.
const RECENT: usize = 32;

impl Tally {
    /// Without time structure (`whole`), or with histograms by buckets of so many seconds.
    pub fn new(whole: bool, bucket_secs: u32) -> Self {
        Self {
            whole,
            bucket_secs: bucket_secs.max(1),
            ..Self::default()
        }
    }

    fn label_id(&mut self, text: &[u8], controller: bool) -> u32 {
        let (interner, ids) = if controller {
            (&mut self.controllers, &mut self.controller_ids)
        } else {
            (&mut self.labels, &mut self.plain_ids)
        };
        let id = interner.id(text) as usize;
        if let Some(known) = ids.get(id) {
            return *known;
        }
        let label = self.label_list.len() as u32;
        if id >= MAX_LOCAL as usize || label >= MAX_LOCAL {
            return OTHER;
        }
        ids.push(label);
        self.label_list.push((text.into(), controller));
        label
    }

    /// Counts one record.
    pub fn add(&mut self, sample: &Sample<'_>) {
        let label = self.label_id(sample.label, sample.controller);
        let second = (sample.start_micros / 1_000_000) as u32;
        let key = SlotKey {
            second: if self.whole { 0 } else { second },
            label,
            failed: sample.failed,
            code: self.codes.id(sample.code),
        };
        let slot = self.slot(key);
        if let Some(sums) = self.sums.get_mut(slot as usize) {
            sums.add(&Sums {
                count: sample.count,
                sum_ticks: sample.ticks.saturating_mul(sample.count as i64),
                min_ticks: sample.ticks,
                max_ticks: sample.ticks,
                received: sample.received,
                sent: sample.sent,
                first_start: sample.start_micros,
                last_end: sample.start_micros.saturating_add(sample.length_micros),
            });
        }
        self.add_duration(label, second, sample);
        let window = (sample.ticks as u64).min(u64::from(u32::MAX)) as u32;
        let index = label as usize;
        if self.windows.len() <= index {
            self.windows.resize_with(index + 1, Vec::new);
        }
        if let Some(list) = self.windows.get_mut(index) {
            list.push(window);
        }
        if !sample.controller {
            self.total_window.push(window);
        }
        if let Some(active) = sample.active {
            self.add_active(second, sample.generator, active);
        }
    }

    #[inline]
    fn slot(&mut self, key: SlotKey) -> u32 {
        let packed = key.pack();
        let recent = (key.label * 2 + u32::from(key.failed)) as usize;
        if let Some((known, slot)) = self.recent_slots.get(recent)
            && *known == packed + 1
        {
            return *slot;
        }
        let slot = *self.slots.entry(packed).or_insert_with(|| {
            self.sums.push(Sums::default());
            self.sums.len() as u32 - 1
        });
        if self.recent_slots.len() <= recent {
            self.recent_slots.resize(recent + 1, (0, 0));
        }
        if let Some(cached) = self.recent_slots.get_mut(recent) {
            *cached = (packed + 1, slot);
        }
        slot
    }

    #[inline]
    fn add_active(&mut self, second: u32, generator: &[u8], active: i64) {
        let generator = self.generators.id(generator);
        let key = ((u64::from(second) << 32) | u64::from(generator)) + 1;
        let index = (second ^ generator) as usize % RECENT;
        let Some(recent) = self.recent_active.get_mut(index) else {
            return;
        };
        if recent.0 == key {
            recent.1 = recent.1.max(active);
            return;
        }
        let evicted = std::mem::replace(recent, (key, active));
        self.keep_active(evicted);
    }

    fn keep_active(&mut self, (key, active): (u64, i64)) {
        if key > 0 {
            let most = self.active.entry(key - 1).or_insert(active);
            *most = active.max(*most);
        }
    }

    fn add_duration(&mut self, label: u32, second: u32, sample: &Sample<'_>) {
        if self.whole && label < DENSE_LABELS && sample.ticks < DENSE_TICKS {
            let index = (label * 2 + u32::from(sample.failed)) as usize;
            if self.dense.len() <= index {
                self.dense.resize_with(index + 1, Vec::new);
            }
            let Some(counts) = self.dense.get_mut(index) else {
                return;
            };
            let ticks = sample.ticks as usize;
            if counts.len() <= ticks {
                counts.resize((ticks + 1).next_power_of_two().max(512), 0);
            }
            if let Some(count) = counts.get_mut(ticks) {
                *count = count.saturating_add(sample.count as u32);
            }
            return;
        }
        let bucket = if self.whole {
            0
        } else {
            second - second % self.bucket_secs
        };
        let key = cell_key(bucket, label, sample.failed, bin_number(sample.ticks));
        self.cells.push((key, sample.count));
    }

    /// Brings the sums into the form in which they are merged.
    pub fn finish(&mut self) {
        compact(&mut self.cells);
        for recent in std::mem::take(&mut self.recent_active) {
            self.keep_active(recent);
        }
        for window in self.windows.iter_mut().chain([&mut self.total_window]) {
            let surplus = window.len().saturating_sub(TOOL_WINDOW);
            window.drain(..surplus);
        }
    }

    /// The sums by second, label, outcome and code, in no particular order.
    pub fn sums(&self) -> impl Iterator<Item = (SlotKey, &Sums)> {
        self.slots
            .iter()
            .filter_map(|(key, slot)| Some((SlotKey::unpack(*key), self.sums.get(*slot as usize)?)))
    }

    /// Second, generator and most active users, in no particular order.
    pub fn active(&self) -> impl Iterator<Item = (u32, u32, i64)> {
        self.active
            .iter()
            .map(|(key, active)| ((key >> 32) as u32, *key as u32, *active))
    }
}

#[cfg(test)]
mod tests {
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
