//! Users who stay with an instance, by their address or for a session: how unevenly that fills the instances.

use std::collections::BTreeMap;

use statrs::function::erf::erf_inv;

use crate::scenario::hash::place_of;
use crate::scenario::model::Balancer;

use super::plan::Plan;

/// Users that are hashed one by one; the unevenness of more follows from theirs.
const MOST: f64 = 200_000.0;
/// With so many users an instance all have as many, within 2 %.
const MANY: f64 = 2500.0;

/// How much of the unevenness of chance is left where users are placed at the instance with the fewest requests in
/// flight, which is not always the one with the fewest users; fitted to simulated sessions.
const PLACED: f64 = 0.6;

/// How users come to stay with an instance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Stay {
    /// By a hash of their address.
    Hash,
    /// By chance, anew with every session.
    Chance,
    /// In turn, so that all instances have as many.
    Turn,
    /// Where the fewest requests are.
    Fewest,
}

/// How users stay for a session; `None` where they hardly send again before it ends, or where nobody is told apart.
pub(super) fn session(plan: &Plan) -> Option<Stay> {
    let secs = plan.scenario.topology.sticky?.duration;
    let each = match plan.think {
        Some(think) => 1.0 / (think + plan.mean_time()).max(1e-6),
        None => plan.level.total() / (plan.duration + plan.at(0).abs()) / plan.users.max(1e-9),
    };
    if plan.users < 1.0 || each * secs < 1.0 {
        return None;
    }
    match plan.balancer {
        Balancer::Random | Balancer::PowerOfTwo => Some(Stay::Chance),
        Balancer::RoundRobin => Some(Stay::Turn),
        Balancer::LeastConnections | Balancer::ResponseTime | Balancer::JoinShortestQueue => {
            Some(Stay::Fewest)
        }
        // By address they stay anyway; groups and one queue for all are left as they are.
        Balancer::IpHash
        | Balancer::WeightedRoundRobin
        | Balancer::Geographic
        | Balancer::SharedQueue => None,
    }
}

/// Shares by the number of instances.
#[derive(Default)]
pub(super) struct Spread {
    known: BTreeMap<u32, Vec<(u32, f64)>>,
}

impl Spread {
    /// Instances, fullest first and several together where there are many, with the share of the requests of all
    /// together.
    pub(super) fn of(&mut self, users: f64, instances: u32, stay: Stay) -> &[(u32, f64)] {
        self.known
            .entry(instances)
            .or_insert_with(|| spread(users, instances, stay))
    }
}

fn spread(users: f64, instances: u32, stay: Stay) -> Vec<(u32, f64)> {
    let count = instances.max(1);
    if users < 1.0 || stay == Stay::Turn || users > MANY * f64::from(count) {
        return vec![(count, 1.0)];
    }
    let even = 1.0 / f64::from(count);
    let shares: Vec<f64> = match stay {
        Stay::Hash => hashed(users, count),
        Stay::Chance => drawn(count, (f64::from(count - 1) / users).sqrt()),
        Stay::Turn | Stay::Fewest => drawn(count, PLACED * (f64::from(count - 1) / users).sqrt()),
    };
    let shares = shares.into_iter().map(|share| (share * even).max(0.0));
    // The fullest alone, the others in groups that double.
    let mut out: Vec<(u32, f64)> = Vec::new();
    let mut room = 0;
    for share in shares {
        match out.last_mut() {
            Some(last) if last.0 < room => *last = (last.0 + 1, last.1 + share),
            _ => {
                room = (room * 2).max(1);
                if out.len() < 2 {
                    room = 1;
                }
                out.push((1, share));
            }
        }
    }
    out
}

/// Users of each instance relative to the mean, most first, by the hash that the request engine uses.
fn hashed(users: f64, count: u32) -> Vec<f64> {
    let looked_at = users.min(MOST).floor();
    let mut counts = vec![0.0_f64; count as usize];
    for user in 0..looked_at as u64 {
        if let Some(slot) = place_of(user, count as usize).and_then(|at| counts.get_mut(at)) {
            *slot += 1.0;
        }
    }
    counts.sort_by(|a, b| b.total_cmp(a));
    // Deviations shrink with the root of the number.
    let shrunk = (looked_at / users).sqrt();
    let mean = looked_at / f64::from(count);
    for users in &mut counts {
        *users = 1.0 + (*users / mean - 1.0) * shrunk;
    }
    counts
}

/// The same where it is drawn again and again: what the fullest, second fullest, … has on average, nearly normal, with
/// this standard deviation.
fn drawn(count: u32, deviation: f64) -> Vec<f64> {
    let scores: Vec<f64> = (0..count)
        .map(|place| {
            let below = (f64::from(count - place) - 0.5) / f64::from(count);
            std::f64::consts::SQRT_2 * erf_inv(2.0 * below - 1.0)
        })
        .collect();
    let square = scores.iter().map(|z| z * z).sum::<f64>() / f64::from(count);
    let factor = if square > 0.0 {
        deviation / square.sqrt()
    } else {
        0.0
    };
    // Nobody has fewer than none: what is cut there is taken from the others.
    let mut shares: Vec<f64> = scores.iter().map(|z| (1.0 + z * factor).max(0.0)).collect();
    let sum: f64 = shares.iter().sum();
    for share in &mut shares {
        *share *= f64::from(count) / sum.max(1e-300);
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_users_fill_instances_unevenly_and_many_do_not() {
        let one = spread(1.0, 8, Stay::Hash);
        assert_eq!(one.first(), Some(&(1, 1.0)));
        assert!(one.iter().skip(1).all(|(_, share)| *share == 0.0));
        let some = spread(200.0, 8, Stay::Hash);
        let (instances, shares) = some
            .iter()
            .fold((0, 0.0), |sum, of| (sum.0 + of.0, sum.1 + of.1));
        assert_eq!(instances, 8);
        assert!((shares - 1.0).abs() < 1e-9);
        // 25 users each, give or take 4.7: the fullest of eight has about 1.4 standard deviations more.
        assert!((0.13..0.19).contains(&some[0].1), "{some:?}");
        assert_eq!(spread(1e6, 8, Stay::Hash), [(8, 1.0)]);
        assert_eq!(spread(0.0, 8, Stay::Hash), [(8, 1.0)]);
        assert_eq!(spread(200.0, 8, Stay::Turn), [(8, 1.0)]);
        // The largest of eight by chance is 1.42 standard deviations of √(7/200) above the mean; placed with care less.
        let chance = spread(200.0, 8, Stay::Chance);
        assert!((chance[0].1 * 8.0 - 1.29).abs() < 0.03, "{chance:?}");
        let placed = spread(200.0, 8, Stay::Fewest);
        let part = (placed[0].1 - 0.125) / (chance[0].1 - 0.125);
        assert!((part - PLACED).abs() < 1e-9);
        let wide = spread(1e6, 1000, Stay::Hash);
        assert!(wide.len() < 12 && wide[0].1 < 0.001_2, "{wide:?}");
    }
}
