//! How requests fall on the shards of a database, and when keys are moved away from those that are too full.

use crate::scenario::model::Shards;

/// Keys of a skewed distribution that are looked at one by one.
const MOST_KEYS: u32 = 100_000;

/// Share of the requests of each shard: Zipf keys by hash.
pub(super) fn shard_shares(shards: &Shards) -> Vec<f64> {
    let count = shards.count.clamp(1, 100_000) as usize;
    let even = 1.0 / count as f64;
    let mut shares = vec![even; count];
    if shards.skew > 0.0 && count > 1 {
        shares = vec![0.0; count];
        let keys = shards.keys.clamp(1.0, f64::from(MOST_KEYS)) as u64;
        for key in 1..=keys {
            let hash = key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
            if let Some(share) = shares.get_mut(hash as usize % count) {
                *share += (key as f64).powf(-shards.skew);
            }
        }
        let sum: f64 = shares.iter().sum();
        for share in &mut shares {
            *share /= sum;
        }
    }
    shares
}

/// Keys that will be moved away from shards that are too full.
#[derive(Clone, Debug)]
pub(super) struct Rebalance {
    /// Largest share that a shard may have.
    pub most: f64,
    /// End of the minute in which queries are counted.
    look: f64,
    queries: f64,
}

/// Queries of a minute from which on their spread is looked at.
const FEWEST: f64 = 100.0;

impl Rebalance {
    /// `None` where nothing will have to be moved.
    pub fn new(shards: &Shards, shares: &[f64]) -> Option<Self> {
        let even = 1.0 / shares.len().max(1) as f64;
        let most = (shards.rebalance_at?.max(1.0) * even).min(1.0);
        shares.iter().any(|s| *s > most + 1e-12).then_some(Self {
            most,
            look: f64::NEG_INFINITY,
            queries: 0.0,
        })
    }

    /// Counts the queries of a step that begins at `at`; whether it is time to move keys.
    pub fn due(&mut self, at: f64, queries: f64) -> bool {
        if self.look == f64::NEG_INFINITY {
            self.look = at + Shards::LOOK_SECS;
        }
        let due = at + 1e-9 >= self.look && self.queries >= FEWEST;
        if at + 1e-9 >= self.look {
            self.look += Shards::LOOK_SECS;
            self.queries = 0.0;
        }
        self.queries += queries;
        due
    }

    /// What the fuller shards lose the others get, in proportion to their room.
    pub fn moved(&self, shares: &[f64]) -> Vec<f64> {
        let most = self.most;
        let excess: f64 = shares.iter().map(|s| (s - most).max(0.0)).sum();
        let room: f64 = shares.iter().map(|s| (most - s).max(0.0)).sum();
        let share = |share: &f64| {
            if *share > most || room <= 0.0 {
                share.min(most)
            } else {
                *share + (most - *share) * excess / room
            }
        };
        shares.iter().map(share).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skew_fills_one_shard_and_rebalancing_empties_it_after_a_minute() {
        let shards = |skew| Shards {
            count: 8,
            skew,
            keys: 10_000.0,
            rebalance_at: Some(1.2),
        };
        let most = |shares: &[f64]| shares.iter().copied().fold(0.0, f64::max);
        let even = shard_shares(&shards(0.0));
        assert!((most(&even) - 0.125).abs() < 1e-12);
        assert!(Rebalance::new(&shards(0.0), &even).is_none());
        // The first of 10,000 Zipf keys alone has 1/H(10,000) = 10.2 % of the requests.
        let skewed = shard_shares(&shards(1.0));
        assert!((0.17..0.4).contains(&most(&skewed)));
        let mut watch = Rebalance::new(&shards(1.0), &skewed).unwrap();
        let moved = watch.moved(&skewed);
        assert!((moved.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        assert!((most(&moved) - 0.15).abs() < 1e-9);
        // A minute with too few queries says nothing; the next one does, at its end.
        let due: Vec<i32> = (-12..=24)
            .filter(|step| watch.due(f64::from(*step) * 5.0, if *step < 0 { 5.0 } else { 50.0 }))
            .collect();
        assert_eq!(due.first(), Some(&12));
    }
}
