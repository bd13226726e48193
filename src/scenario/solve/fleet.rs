//! The number a planner adds to: instances, or peers of a federation, or shards of a chain.

use crate::scenario::Scenario;
use crate::scenario::model::PeerGroup;

/// What is counted.
pub fn unit(scenario: &Scenario) -> &'static str {
    if scenario.federation.is_some() {
        "peers"
    } else if scenario.chain.is_some() {
        "shards"
    } else {
        "instances"
    }
}

/// How many there are at the start.
pub fn count(scenario: &Scenario) -> u32 {
    if let Some(federation) = &scenario.federation {
        federation
            .groups
            .iter()
            .fold(0, |sum, g| sum.saturating_add(g.peers))
    } else if let Some(chain) = &scenario.chain {
        chain.shards
    } else {
        scenario.topology.instances()
    }
}

/// The same with so many from the start, spread over the groups as they are now. The autoscaler stays as it is.
#[must_use]
pub fn with(scenario: &Scenario, wanted: u32) -> Scenario {
    let mut out = scenario.clone();
    if let Some(federation) = &mut out.federation {
        spread(&mut federation.groups, wanted, |g: &mut PeerGroup| {
            &mut g.peers
        });
    } else if let Some(chain) = &mut out.chain {
        chain.shards = wanted;
    } else {
        spread(&mut out.topology.groups, wanted, |g| &mut g.instances);
    }
    out
}

/// Whole numbers in the proportions of those there are (evenly where all are 0): largest remainders, earlier groups
/// first among equals.
fn spread<T>(groups: &mut [T], wanted: u32, field: impl Fn(&mut T) -> &mut u32) {
    let now: Vec<u64> = groups.iter_mut().map(|g| u64::from(*field(g))).collect();
    let even = now.iter().all(|n| *n == 0);
    let shares: Vec<u64> = now.iter().map(|n| if even { 1 } else { *n }).collect();
    let total: u64 = shares.iter().sum::<u64>().max(1);
    let mut parts: Vec<(usize, u64, u64)> = shares
        .iter()
        .enumerate()
        .map(|(i, share)| {
            let product = share * u64::from(wanted);
            (i, product / total, product % total)
        })
        .collect();
    let given: u64 = parts.iter().map(|p| p.1).sum();
    let left = u64::from(wanted).saturating_sub(given);
    parts.sort_by(|a, b| b.2.cmp(&a.2).then(a.0.cmp(&b.0)));
    for (rank, part) in (0_u64..).zip(parts.iter_mut()) {
        if rank < left {
            part.1 += 1;
        }
    }
    parts.sort_unstable_by_key(|p| p.0);
    for (group, part) in groups.iter_mut().zip(parts) {
        *field(group) = u32::try_from(part.1).unwrap_or(u32::MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::model::InstanceGroup;

    #[test]
    fn groups_keep_their_proportions_and_sum_up() {
        let mut s = Scenario::default();
        s.topology.groups = [4, 2, 1]
            .map(|instances| InstanceGroup {
                instances,
                ..InstanceGroup::default()
            })
            .to_vec();
        for wanted in 0..40 {
            let out = with(&s, wanted);
            assert_eq!(count(&out), wanted);
        }
        let of =
            |s: &Scenario| -> Vec<u32> { s.topology.groups.iter().map(|g| g.instances).collect() };
        assert_eq!(of(&with(&s, 14)), [8, 4, 2]);
        assert_eq!(of(&with(&s, 8)), [5, 2, 1]);
        assert_eq!(of(&with(&with(&s, 0), 4)), [2, 1, 1]);
    }
}
