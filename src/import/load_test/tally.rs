//! What the samples of one block add up to, in the block's own numbering of labels and codes.
//!
//! Filled by the threads that read blocks, one tally a block; `merge` adds them in file order. Nothing here depends on
//! other blocks, so the sum does not depend on the number of threads.

use super::intern::{FastMap, Interner, MAX_LOCAL, OTHER};
use super::keys::{SlotKey, bin_number, cell_key};
use super::sorted::compact;

/// Labels whose short durations are counted in arrays where there is no time structure.
pub const DENSE_LABELS: u32 = 256;
/// Durations that are counted in arrays.
pub const DENSE_TICKS: i64 = 4096;
/// How many of a label's last samples JMeter's report looks at (`jmeter.reportgenerator.statistic_window`).
pub const TOOL_WINDOW: usize = 20_000;

/// One record of a load test, or several alike.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'a> {
    /// Start, µs since the epoch, between 1970 and 2106.
    pub start_micros: i64,
    /// Duration in ticks, at most [`MAX_TICKS`](super::keys::MAX_TICKS).
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
        self.count = self.count.saturating_add(other.count);
        self.sum_ticks = self.sum_ticks.saturating_add(other.sum_ticks);
        self.min_ticks = self.min_ticks.min(other.min_ticks);
        self.max_ticks = self.max_ticks.max(other.max_ticks);
        self.received = self.received.saturating_add(other.received);
        self.sent = self.sent.saturating_add(other.sent);
        self.first_start = self.first_start.min(other.first_start);
        self.last_end = self.last_end.max(other.last_end);
    }
}

/// The sums over one block.
#[derive(Default)]
pub struct Tally {
    /// Records carry no durations: they are counted and nothing else.
    pub counts_only: bool,
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
        if let Some(active) = sample.active {
            self.add_active(second, sample.generator, active);
        }
        if self.counts_only {
            return;
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
    pub(super) fn add_active(&mut self, second: u32, generator: &[u8], active: i64) {
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
