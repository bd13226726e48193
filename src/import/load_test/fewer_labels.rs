//! The last resort of a merge whose counters no longer fit, although their steps are as wide as they get: the rarer half
//! of the labels becomes one. A year of a log with a thousand paths, each asked for every hour, is such a run.

use std::collections::BTreeMap;

use super::keys::{cell_key, cell_parts};
use super::merge::{Merger, OTHER_NAME};

impl Merger {
    /// Counts the rarer half of the labels as `(other)`; what was counted under them stays counted there.
    pub(super) fn fold_labels(&mut self) {
        let mut requests: BTreeMap<u32, u64> = BTreeMap::new();
        for (key, sums) in self.counters.iter() {
            *requests.entry(*key as u32 >> 1).or_default() += sums.count;
        }
        let other = self.label_id(OTHER_NAME.to_owned(), false);
        let mut by_count: Vec<(u64, u32)> = requests
            .iter()
            .filter(|(label, _)| **label != other && !self.is_controller(**label))
            .map(|(label, count)| (*count, *label))
            .collect();
        by_count.sort_unstable();
        let mut becomes: Vec<u32> = (0..self.labels.len() as u32).collect();
        for (_, label) in by_count.iter().take(by_count.len().div_ceil(2)) {
            if let Some(slot) = becomes.get_mut(*label as usize) {
                *slot = other;
            }
        }
        let of = |label: u32| becomes.get(label as usize).copied().unwrap_or(label);
        self.counters.rekey(|key| {
            let (label, failed) = (key as u32 >> 1, key & 1);
            (key >> 32 << 32) | u64::from(of(label) << 1) | failed
        });
        self.code_counts.rekey(|key| {
            let (label, code) = (key as u32 >> 12, key & 0xfff);
            (key >> 32 << 32) | u64::from(of(label) << 12) | code
        });
        self.cells.rekey(|key| {
            let (bucket, label, failed, bin) = cell_parts(key);
            cell_key(bucket, of(label), failed, bin)
        });
        #[expect(clippy::iter_over_hash_type, reason = "each is changed by itself")]
        for id in self.label_ids.values_mut() {
            *id = of(*id);
        }
        self.too_many_labels = true;
    }

    fn is_controller(&self, label: u32) -> bool {
        self.labels
            .get(label as usize)
            .is_some_and(|l| l.controller)
    }
}

#[cfg(test)]
mod tests {
    use super::super::merge::MergeOptions;
    use super::super::tally::{Sample, Tally};
    use super::*;
    use crate::calendar::TimeRange;
    use crate::dataset::{OutcomeFilter, Tool};
    use crate::warning::{WarningKind, Warnings};

    fn tally(labels: &[(&'static [u8], u32)]) -> Tally {
        let mut tally = Tally::new(false, 1);
        for (label, times) in labels {
            for i in 0..*times {
                tally.add(&Sample {
                    start_micros: i64::from(i) * 7_200_000_000,
                    ticks: 10,
                    length_micros: 10_000,
                    label,
                    controller: false,
                    failed: i == 0,
                    count: 1,
                    code: b"200",
                    received: 1,
                    sent: 0,
                    active: None,
                    generator: b"",
                });
            }
        }
        tally.finish();
        tally
    }

    #[test]
    fn the_rarer_half_of_the_labels_becomes_one() {
        let mut merger = Merger::new(MergeOptions {
            whole: false,
            bucket_secs: 1,
            max_histogram_rows: 1_000,
            tick_ns: 1_000_000,
            tool: Tool::AccessLog,
            quotes_doubled: false,
        });
        merger.add(&tally(&[
            (b"rare", 2),
            (b"often", 9),
            (b"odd", 1),
            (b"usual", 5),
        ]));
        merger.fold_labels();
        // What comes later under a folded name goes the same way.
        merger.add(&tally(&[(b"odd", 3), (b"often", 1), (b"new", 1)]));
        let mut warnings = Warnings::default();
        let run = merger.finish((0, 1), &mut warnings).unwrap();
        let by_label = run
            .counts_by_label(&[0, 1, 2, 3, 4, 5], &[TimeRange::ALL])
            .unwrap();
        let counted: Vec<(&str, u64)> = run
            .labels
            .iter()
            .enumerate()
            .map(|(i, label)| (label.name.as_str(), by_label[&(i as u16)][0].count))
            .collect();
        assert_eq!(
            counted,
            [
                ("rare", 0),
                ("often", 10),
                ("odd", 0),
                ("usual", 5),
                ("(other)", 6),
                ("new", 1)
            ]
        );
        let durations = run
            .durations(&[4], &[TimeRange::ALL], OutcomeFilter::All)
            .unwrap();
        assert_eq!(durations[0].total(), 6);
        let codes: u64 = run
            .codes(TimeRange::ALL)
            .unwrap()
            .iter()
            .map(|(_, n)| n)
            .sum();
        assert_eq!(codes, 22);
        assert_eq!(warnings.count_of(WarningKind::TooManyLabels), 1);
    }
}
