//! Rows added up by key in sorted lists instead of a hash map: a row takes its own size and nothing else, and a merge
//! takes place where the longer list stands, so that the peak is the sum and not its double.
//!
//! Lists fall in length, as in a log-structured merge tree (O'Neil et al., 1996): each row moves a few times only, and
//! blocks in order of time, which is usual, are merely appended.

use std::cmp::Ordering;

use super::tally::Sums;

/// What can be added up.
pub(super) trait Add {
    /// Adds the other one.
    fn plus(&mut self, other: &Self);
}

impl Add for u64 {
    fn plus(&mut self, other: &Self) {
        *self += other;
    }
}

impl Add for Sums {
    fn plus(&mut self, other: &Self) {
        self.add(other);
    }
}

/// From this length on a list gets so much room at once that the system maps it on its own: it then grows in place and
/// leaves no holes in the heap. Pages that are not written take no memory.
const GROWING_BYTES: usize = 1 << 20;
const ROOM_BYTES: usize = 64 << 20;

/// Rows by key.
pub(super) struct Sorted<V> {
    /// Sorted, without equal keys, each more than twice as long as the next.
    lists: Vec<Vec<(u64, V)>>,
}

impl<V> Default for Sorted<V> {
    fn default() -> Self {
        Self { lists: Vec::new() }
    }
}

impl<V: Add + Copy> Sorted<V> {
    /// Rows kept; equal keys in different lists count each.
    pub(super) fn len(&self) -> usize {
        self.lists.iter().map(Vec::len).sum()
    }

    /// All rows, in no particular order; a key may come more than once.
    pub(super) fn iter(&self) -> impl Iterator<Item = &(u64, V)> {
        self.lists.iter().flatten()
    }

    /// Adds rows in any order.
    pub(super) fn add(&mut self, mut rows: Vec<(u64, V)>) {
        if rows.is_empty() {
            return;
        }
        compact(&mut rows);
        self.lists.push(rows);
        self.merge(2);
    }

    /// Makes one list of them, so that no key comes twice.
    pub(super) fn settle(&mut self) {
        self.merge(usize::MAX);
    }

    /// The rows by key.
    pub(super) fn into_rows(mut self) -> Vec<(u64, V)> {
        self.settle();
        self.lists.pop().unwrap_or_default()
    }

    /// Gives rows other keys; those that become equal are added up.
    pub(super) fn rekey(&mut self, key: impl Fn(u64) -> u64) {
        self.settle();
        for rows in &mut self.lists {
            for row in rows.iter_mut() {
                row.0 = key(row.0);
            }
            compact(rows);
            rows.shrink_to_fit();
        }
    }

    fn merge(&mut self, factor: usize) {
        while let [.., before, last] = self.lists.as_slice() {
            if before.len() / factor > last.len() {
                return;
            }
            let (Some(last), Some(before)) = (self.lists.pop(), self.lists.pop()) else {
                return;
            };
            let (mut long, short) = if before.len() < last.len() {
                (last, before)
            } else {
                (before, last)
            };
            merge_into(&mut long, &short);
            self.lists.push(long);
        }
    }
}

/// Sorts rows and adds up those with equal keys.
pub(super) fn compact<V: Add>(rows: &mut Vec<(u64, V)>) {
    rows.sort_unstable_by_key(|(key, _)| *key);
    rows.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1.plus(&next.1);
        }
        same
    });
}

/// Merges a sorted list into another, from the end, in place.
fn merge_into<V: Add + Copy>(long: &mut Vec<(u64, V)>, short: &[(u64, V)]) {
    let Some(fill) = short.first() else {
        return;
    };
    // Up to `left` stands what was not yet looked at, from `to` on what is done.
    let mut left = long.len();
    if size_of_val(long.as_slice()) < GROWING_BYTES {
        long.reserve_exact(short.len());
    } else {
        let roomy = ROOM_BYTES / size_of::<(u64, V)>();
        long.reserve(roomy.saturating_sub(long.len()).max(short.len()));
    }
    long.resize(left + short.len(), *fill);
    let mut to = long.len();
    for row in short.iter().rev() {
        loop {
            let before = left.checked_sub(1).and_then(|i| long.get(i)).copied();
            let order = before.map_or(Ordering::Less, |b| b.0.cmp(&row.0));
            let placed = match (before, order) {
                (Some(before), Ordering::Greater) => before,
                (Some(mut both), Ordering::Equal) => {
                    both.1.plus(&row.1);
                    left -= 1;
                    both
                }
                _ => *row,
            };
            to -= 1;
            if let Some(slot) = long.get_mut(to) {
                *slot = placed;
            }
            if order != Ordering::Greater {
                break;
            }
            left -= 1;
        }
    }
    // Equal keys left room before what is done.
    long.drain(left..to);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn rows_add_up_as_in_a_map() {
        let mut seed = 7_u64;
        let mut random = |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) % below
        };
        for spread in [3, 50, 5_000] {
            let mut sorted = Sorted::default();
            let mut map: BTreeMap<u64, u64> = BTreeMap::new();
            for block in 0..40 {
                let rows: Vec<(u64, u64)> = (0..random(60))
                    .map(|_| (random(spread) + block * (spread % 7), random(9)))
                    .collect();
                for (key, count) in &rows {
                    *map.entry(*key).or_default() += count;
                }
                sorted.add(rows);
                assert!(sorted.len() >= map.len());
            }
            let by_ten = |key: u64| key / 10;
            let mut coarse: BTreeMap<u64, u64> = BTreeMap::new();
            for (key, count) in &map {
                *coarse.entry(by_ten(*key)).or_default() += count;
            }
            sorted.settle();
            let rows: Vec<(u64, u64)> = sorted.iter().copied().collect();
            assert_eq!(rows, map.into_iter().collect::<Vec<_>>());
            sorted.rekey(by_ten);
            assert_eq!(sorted.into_rows(), coarse.into_iter().collect::<Vec<_>>());
        }
        assert!(Sorted::<u64>::default().into_rows().is_empty());
    }
}
