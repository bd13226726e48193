//! Rebalancing of shards: once a minute it is looked how many queries each answered, and when the fullest had more than
//! so many times its even share, keys are moved until none has. Until then the skew of the keys is felt.

use crate::scenario::model::Shards;

use super::database::{Store, sums};
use super::events::Kind;
use super::sim::Sim;

/// Queries of a minute from which on their spread says something.
const FEWEST: u64 = 100;

/// Counts queries until keys were moved.
#[derive(Clone, Debug)]
pub(super) struct Rebalance {
    /// Largest share that a shard may have.
    most: f64,
    seen: Vec<u64>,
    /// Shares of the shards afterwards.
    after: Vec<f64>,
}

/// Shares of which none is above `most`: what the fuller ones lose the others get evenly, as far as they have room.
fn capped(shares: &[f64], most: f64) -> Vec<f64> {
    let mut shares = shares.to_vec();
    for _ in 0..shares.len() {
        let excess: f64 = shares.iter().map(|s| (s - most).max(0.0)).sum();
        let below = shares.iter().filter(|s| **s < most).count();
        if excess < 1e-12 || below == 0 {
            break;
        }
        for share in &mut shares {
            if *share < most {
                *share += excess / below as f64;
            } else {
                *share = most;
            }
        }
    }
    shares
}

impl Rebalance {
    /// `None` where nothing will have to be moved.
    pub(super) fn new(shards: &Shards, shares: &[f64]) -> Option<Self> {
        let even = 1.0 / shares.len().max(1) as f64;
        let most = (shards.rebalance_at?.max(1.0) * even).min(1.0);
        let fuller = shares.iter().any(|share| *share > most + 1e-12);
        fuller.then(|| Self {
            most,
            seen: vec![0; shares.len()],
            after: capped(shares, most),
        })
    }

    /// A shard got a query.
    #[inline]
    pub(super) fn saw(&mut self, shard: usize) {
        if let Some(count) = self.seen.get_mut(shard) {
            *count += 1;
        }
    }

    /// The fullest shard of the minute and its share, where it has too much; the next minute begins.
    fn too_full(&mut self) -> Option<(usize, f64)> {
        let all: u64 = self.seen.iter().sum();
        let fullest = self
            .seen
            .iter()
            .enumerate()
            .max_by_key(|(_, count)| **count);
        let found = fullest.map(|(shard, count)| (shard, *count as f64 / all.max(1) as f64));
        self.seen.fill(0);
        found.filter(|(_, share)| all >= FEWEST && *share > self.most)
    }
}

impl Store {
    /// Moves keys where the fullest shard of the last minute had too many; why.
    fn rebalance(&mut self) -> Option<String> {
        let watch = self.rebalance.as_mut()?;
        let (shard, share) = watch.too_full()?;
        let why = format!(
            "shard {} answered {:.1} % of the queries of a minute; keys are moved until none has more than {:.1} %",
            shard + 1,
            share * 100.0,
            watch.most * 100.0
        );
        self.shards = sums(&watch.after);
        self.rebalance = None;
        Some(why)
    }
}

impl Sim<'_> {
    /// Plans the next look at the shards, where there is something to be moved.
    pub(super) fn plan_rebalance(&mut self) {
        let watches = |store: &Store| store.rebalance.is_some();
        if self.behind.store.as_ref().is_some_and(watches) {
            let next = self.clock + Shards::LOOK_SECS;
            self.events.plan(next, Kind::Rebalance, 0);
        }
    }

    pub(super) fn rebalance(&mut self) {
        let store = self.behind.store.as_mut();
        if let Some(why) = store.and_then(Store::rebalance) {
            self.log.note(self.clock, "rebalance", None, why);
        }
        self.plan_rebalance();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch(shares: &[f64], times: f64) -> Option<Rebalance> {
        let shards = Shards {
            count: shares.len() as u32,
            rebalance_at: Some(times),
            ..Shards::default()
        };
        Rebalance::new(&shards, shares)
    }

    /// 60 % and 40 % of two shards with at most 1.1 times the half: 55 % and 45 %.
    #[test]
    fn keys_move_when_a_minute_showed_too_many_at_one() {
        assert!(watch(&[0.54, 0.46], 1.1).is_none(), "nothing to be moved");
        let mut found = watch(&[0.6, 0.4], 1.1).unwrap();
        let near = |a: f64, b: f64| (a - b).abs() < 1e-12;
        assert!(near(found.after[0], 0.55) && near(found.after[1], 0.45));
        let minute = |found: &mut Rebalance, first: u64, second: u64| {
            (0..first).for_each(|_| found.saw(0));
            (0..second).for_each(|_| found.saw(1));
            found.too_full()
        };
        assert_eq!(minute(&mut found, 60, 39), None, "too few to say");
        assert_eq!(minute(&mut found, 54, 46), None, "a minute within");
        assert_eq!(minute(&mut found, 60, 40), Some((0, 0.6)));
        assert_eq!(minute(&mut found, 0, 0), None);
    }

    #[test]
    fn what_one_shard_loses_others_get_as_far_as_they_have_room() {
        let shares = capped(&[0.7, 0.24, 0.06], 0.4);
        assert!((shares[0] - 0.4).abs() < 1e-12, "{shares:?}");
        assert!(shares.iter().all(|s| *s <= 0.4 + 1e-9), "{shares:?}");
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    }
}
