//! What comes and goes by itself, drawn by seed: peers of a region in large numbers, and single things such as a shard or
//! a whole region, each at work and away for exponential times in turn.
//!
//! Many alike are counted, not followed: over a step each one changes with the probability of the two-state Markov chain
//! (W. Feller, "An Introduction to Probability Theory", vol. 1, XVII), so that the counts at the ends of steps are exact
//! for any length of step. Both begin as they are after a long time.

use std::collections::VecDeque;

use rand::{RngExt as _, SeedableRng as _};
use rand_pcg::Pcg64Mcg;

use super::overlap;

/// From so many expected on, a count is drawn from the normal distribution.
const MANY: f64 = 200.0;
/// Something that changes more often in a step than this is taken at its mean.
const MOST_CHANGES: f64 = 1000.0;
/// Parts of the time that those who left just before the start are spread over.
const JUST_LEFT: f64 = 8.0;

/// Random numbers of one repetition of a run, for one purpose.
#[derive(Clone, Debug)]
pub struct Chance(Pcg64Mcg);

impl Chance {
    /// The same for the same seed, repetition and purpose.
    pub fn new(seed: u64, repetition: u32, purpose: u64) -> Self {
        let state = seed
            .wrapping_mul(0x9E37_79B9_7F4A_7C15)
            .wrapping_add(u64::from(repetition) << 24)
            .wrapping_add(purpose);
        Self(Pcg64Mcg::seed_from_u64(state))
    }

    fn share(&mut self) -> f64 {
        self.0.random::<f64>()
    }

    /// Exponential of this mean.
    fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.share()).ln()
    }

    /// How many of `all` happen, each with the same probability: by the gaps between them (L. Devroye, "Non-Uniform
    /// Random Variate Generation", 1986, X.4), or by the normal distribution where many are expected.
    fn how_many(&mut self, all: f64, probability: f64) -> f64 {
        if all < 1.0 || probability <= 0.0 {
            return 0.0;
        }
        if probability >= 1.0 {
            return all;
        }
        if probability > 0.5 {
            return all - self.how_many(all, 1.0 - probability);
        }
        let mean = all * probability;
        if mean > MANY {
            // Box and Muller (1958).
            let radius = (-2.0 * (1.0 - self.share()).ln()).sqrt();
            let normal = radius * (std::f64::consts::TAU * self.share()).cos();
            let spread = (mean * (1.0 - probability)).sqrt();
            return (mean + spread * normal).round().clamp(0.0, all);
        }
        let log = (-probability).ln_1p();
        let (mut at, mut count) = (0.0, 0.0);
        loop {
            at += ((1.0 - self.share()).ln() / log).floor() + 1.0;
            if at > all {
                return count;
            }
            count += 1.0;
        }
    }
}

/// How long something is at work and away, mean seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Turns {
    pub up: f64,
    /// 0 for back at once.
    pub away: f64,
}

impl Turns {
    /// Share of the time in which it is away.
    fn away_share(self) -> f64 {
        self.away / (self.up + self.away)
    }
}

/// What came of a step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moved {
    /// Away, mean over the step.
    pub away: f64,
    /// Gone and still taken for present, mean over the step.
    pub unnoticed: f64,
    /// That came or went, per second.
    pub changes: f64,
}

/// Many that come and go alike.
#[derive(Clone, Debug)]
pub struct Crowd {
    turns: Turns,
    /// Mean seconds for which one that left is still taken for present.
    unnoticed: f64,
    away: f64,
    /// Those that left, by the time they are taken for present.
    left: VecDeque<(f64, f64, f64)>,
}

impl Crowd {
    /// `notice` seconds after one has left all that watch it know. One in whose place another comes is missed for that
    /// long; one that itself returns, at most until then.
    pub fn new(
        chance: &mut Chance,
        turns: Turns,
        (notice, replaced): (f64, bool),
        (at, members): (f64, f64),
    ) -> Self {
        let unnoticed = if replaced {
            notice
        } else {
            // The mean of an exponential time that is cut off.
            -turns.away * (-notice / turns.away.max(1e-9)).exp_m1()
        };
        let away = chance.how_many(members.floor(), turns.away_share());
        let mut left = VecDeque::new();
        if unnoticed.is_finite() {
            // Those that have just left.
            let slice = unnoticed / JUST_LEFT;
            for i in 0..JUST_LEFT as u32 {
                let from = at - unnoticed + slice * (f64::from(i) + 0.5);
                let count = chance.how_many(members.floor() - away, -(-slice / turns.up).exp_m1());
                left.push_back((from, from + unnoticed, count));
            }
        }
        Self {
            turns,
            unnoticed,
            away,
            left,
        }
    }

    /// Draws the step that begins at `at`, with so many members, those that are away included.
    pub fn step(&mut self, chance: &mut Chance, (at, secs): (f64, f64), members: f64) -> Moved {
        let Turns { up, away } = self.turns;
        let before = self.away;
        let there = (members.floor() - before).max(0.0);
        // Left at least once, and of those not back at the end.
        let leaves = -(-secs / up).exp_m1();
        let left = chance.how_many(there, leaves);
        let mut back = left;
        if away > 0.0 {
            let share = self.turns.away_share();
            let settled = (-secs * (1.0 / up + 1.0 / away)).exp();
            let gone = share * (1.0 - settled);
            let newly = chance.how_many(left, (gone / leaves).min(1.0));
            let stay = chance.how_many(before, share + (1.0 - share) * settled);
            self.away = newly + stay;
            back = left - newly + before - stay;
        }
        if self.unnoticed > 0.0 && left > 0.0 {
            let from = at + secs / 2.0;
            self.left.push_back((from, from + self.unnoticed, left));
        }
        while self.left.front().is_some_and(|(_, until, _)| *until < at) {
            self.left.pop_front();
        }
        Moved {
            away: f64::midpoint(before, self.away),
            unnoticed: self
                .left
                .iter()
                .map(|(from, until, count)| count * overlap((at, secs), *from, *until))
                .sum(),
            changes: (left + back) / secs,
        }
    }
}

/// A single thing that is at work and away in turn.
#[derive(Clone, Copy, Debug)]
pub struct Single {
    turns: Turns,
    away: bool,
    /// When it changes next.
    next: f64,
}

impl Single {
    /// From `at` on.
    pub fn new(chance: &mut Chance, turns: Turns, at: f64) -> Self {
        let away = chance.share() < turns.away_share();
        let mut out = Self {
            turns,
            away,
            next: at,
        };
        out.plan(chance);
        out
    }

    fn plan(&mut self, chance: &mut Chance) {
        let mean = if self.away {
            self.turns.away
        } else {
            self.turns.up
        };
        self.next += chance.exponential(mean).max(1e-6);
    }

    /// Share of the step that begins at `at` in which it is away, 0..1.
    pub fn step(&mut self, chance: &mut Chance, (at, secs): (f64, f64)) -> f64 {
        let end = at + secs;
        if secs > MOST_CHANGES * (self.turns.up + self.turns.away) {
            self.next = end;
            return self.turns.away_share();
        }
        let (mut from, mut away) = (at, 0.0);
        while self.next < end {
            away += if self.away { self.next - from } else { 0.0 };
            from = self.next;
            self.away = !self.away;
            self.plan(chance);
        }
        away += if self.away { end - from } else { 0.0 };
        (away / secs).clamp(0.0, 1.0)
    }

    /// When it is away between two times, at most so many times.
    pub fn outages(
        mut self,
        chance: &mut Chance,
        (from, until): (f64, f64),
        most: usize,
    ) -> Vec<(f64, f64)> {
        let mut out = Vec::new();
        let mut since = from;
        while since < until && out.len() < most {
            let next = self.next;
            if self.away {
                out.push((since, next));
            }
            since = next;
            self.away = !self.away;
            self.plan(chance);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(count: u32, mut of: impl FnMut() -> f64) -> (f64, f64) {
        let (mut sum, mut squares) = (0.0, 0.0);
        for _ in 0..count {
            let value = of();
            sum += value;
            squares += value * value;
        }
        let n = f64::from(count);
        (sum / n, (squares / n - (sum / n).powi(2)).sqrt())
    }

    #[test]
    fn counts_have_the_mean_and_the_spread_of_the_binomial() {
        for (all, share) in [(40.0, 0.1), (1000.0, 0.02), (50.0, 0.9), (10_000.0, 0.3)] {
            let mut chance = Chance::new(1, 0, 0);
            let (found, spread) = mean(20_000, || chance.how_many(all, share));
            let sigma = (all * share * (1.0 - share)).sqrt();
            assert!(
                (found - all * share).abs() < 4.0 * sigma / 141.0,
                "{all} {share}: {found}"
            );
            assert!(
                (spread / sigma - 1.0).abs() < 0.03,
                "{all} {share}: {spread} {sigma}"
            );
        }
        let mut chance = Chance::new(1, 0, 0);
        assert_eq!(
            (chance.how_many(7.0, 1.0), chance.how_many(7.0, 0.0)),
            (7.0, 0.0)
        );
    }

    /// 1,000 peers that are up for 900 s and away for 100 s: a tenth is away, and one in 1,000 s leaves, for any step.
    #[test]
    fn a_crowd_is_away_for_its_share_of_the_time_with_any_step() {
        for secs in [1.0, 30.0, 400.0] {
            let turns = Turns {
                up: 900.0,
                away: 100.0,
            };
            let mut chance = Chance::new(3, 0, 0);
            let mut crowd = Crowd::new(&mut chance, turns, (3.0, false), (0.0, 1000.0));
            let steps = 20_000;
            let (mut away, mut changes, mut unnoticed) = (0.0, 0.0, 0.0);
            for i in 0..steps {
                let moved = crowd.step(&mut chance, (f64::from(i) * secs, secs), 1000.0);
                away += moved.away / f64::from(steps);
                changes += moved.changes / f64::from(steps);
                unnoticed += moved.unnoticed / f64::from(steps);
            }
            assert!((away - 100.0).abs() < 1.5, "{secs}: {away}");
            if secs < 100.0 {
                assert!((changes - 2.0).abs() < 0.05, "{secs}: {changes}");
                // One a second is not noticed for 100·(1 − e^(−0.03)) = 2.955 s.
                assert!((unnoticed - 2.955).abs() < 0.09, "{secs}: {unnoticed}");
            }
        }
    }

    #[test]
    fn one_in_whose_place_another_comes_at_once_is_missed_until_it_is_noticed() {
        let mut chance = Chance::new(5, 0, 0);
        let turns = Turns {
            up: 1000.0,
            away: 0.0,
        };
        let mut crowd = Crowd::new(&mut chance, turns, (4.0, true), (0.0, 10_000.0));
        let (mut away, mut unnoticed) = (0.0, 0.0);
        for i in 0..2000 {
            let moved = crowd.step(&mut chance, (f64::from(i) * 5.0, 5.0), 10_000.0);
            away += moved.away;
            unnoticed += moved.unnoticed / 2000.0;
        }
        // Ten a second leave, each for four seconds.
        assert!(away == 0.0 && (unnoticed - 40.0).abs() < 1.0, "{unnoticed}");
    }

    #[test]
    fn a_single_one_takes_turns() {
        let turns = Turns {
            up: 90.0,
            away: 10.0,
        };
        let mut chance = Chance::new(7, 0, 0);
        let mut one = Single::new(&mut chance, turns, 0.0);
        let steps = 100_000;
        let away: f64 = (0..steps)
            .map(|i| one.step(&mut chance, (f64::from(i) * 5.0, 5.0)))
            .sum();
        assert!((away / f64::from(steps) - 0.1).abs() < 0.004, "{away}");
        let outages = Single::new(&mut chance, turns, 0.0).outages(&mut chance, (0.0, 1e6), 10_000);
        let total: f64 = outages.iter().map(|(from, until)| until - from).sum();
        assert!((total / 1e6 - 0.1).abs() < 0.01, "{total}");
        assert!(outages.is_sorted_by(|a, b| a.1 < b.0));
        assert_eq!(
            Single::new(&mut chance, turns, 0.0)
                .outages(&mut chance, (0.0, 1e6), 3)
                .len(),
            3
        );
    }

    #[test]
    fn what_changes_all_the_time_is_taken_at_its_mean() {
        let mut chance = Chance::new(9, 0, 0);
        let mut one = Single::new(
            &mut chance,
            Turns {
                up: 1e-6,
                away: 3e-6,
            },
            0.0,
        );
        assert_eq!(one.step(&mut chance, (0.0, 5.0)), 0.75);
    }
}
