//! How requests fall on the shards of a database.

use crate::scenario::model::Shards;

/// Keys of a skewed distribution that are looked at one by one.
const MOST_KEYS: u32 = 100_000;

/// Share of the requests of each shard: Zipf keys by hash, no more than the share from which keys are moved away.
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
    if let Some(times) = shards.rebalance_at {
        let most = (times.max(1.0) * even).min(1.0);
        let excess: f64 = shares.iter().map(|s| (s - most).max(0.0)).sum();
        let room: f64 = shares.iter().map(|s| (most - s).max(0.0)).sum();
        for share in &mut shares {
            *share = if *share > most || room <= 0.0 {
                share.min(most)
            } else {
                *share + (most - *share) * excess / room
            };
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skew_fills_one_shard_and_rebalancing_empties_it() {
        let shards = |skew, rebalance_at| {
            shard_shares(&Shards {
                count: 8,
                skew,
                keys: 10_000.0,
                rebalance_at,
            })
        };
        let most = |shares: Vec<f64>| shares.into_iter().fold(0.0, f64::max);
        assert!((most(shards(0.0, None)) - 0.125).abs() < 1e-12);
        // The first of 10,000 Zipf keys alone has 1/H(10,000) = 10.2 % of the requests.
        assert!((0.17..0.4).contains(&most(shards(1.0, None))));
        let moved = shards(1.0, Some(1.2));
        assert!((moved.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        assert!((most(moved) - 0.15).abs() < 1e-9);
    }
}
