//! The steps of a staged load test, found by themselves: stretches in which the load was held, without the way from one
//! to the next and without the warm-up at their beginning.
//!
//! Where the users are known, a step is a stretch with the same number of them. Where they are not, steps are found in
//! throughput and requests in flight by binary segmentation (Scott and Knott, Biometrics 30, 1974). The warm-up is cut
//! by the marginal standard error rule (K. P. White, Simulation 69, 1997).

use serde::{Deserialize, Serialize};

use super::moments::Moment;
use crate::calendar::Instant;

/// A stretch shorter than this share of the longest one is on the way from one step to the next.
const SHORTEST_SHARE: i64 = 5;
/// A load that was held for less than this was passed through, in microseconds.
const SHORTEST: i64 = 5_000_000;
/// Where the held stretches are less than one in this of a run, the load was not held at all: it is a ramp.
const LEAST_HELD: i64 = 3;
/// A step with fewer moments than this shows no warm-up.
const WARM_UP_MOMENTS: usize = 20;
/// A warm-up differs by more than this from what follows, as a share.
const WARM_UP_DIFFERS: f64 = 0.10;
/// A step of requests in flight or throughput differs by more than this from its neighbour, as a share.
const STEP_DIFFERS: f64 = 0.08;

/// Why a stretch of a run is not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftOutWhy {
    /// The load was on its way from one step to the next.
    Ramp,
    /// The beginning of a step, before it had settled.
    WarmUp,
}

/// A stretch of a run that is not counted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Name of the run; empty where there is one.
    pub run: String,
    /// Seconds from the start of the run.
    pub from_secs: f64,
    /// The same, exclusive.
    pub to_secs: f64,
    /// Why.
    pub why: LeftOutWhy,
}

/// A run, split up.
#[derive(Debug, Default)]
pub(super) struct Steps {
    /// Stretches in which the load was held. One with all moments where it never was.
    pub held: Vec<Vec<Moment>>,
    /// What lies between.
    pub left_out: Vec<LeftOut>,
    /// The load rose without ever being held.
    pub ramp: bool,
}

/// Finds the steps of one run. Moments are in order of time.
pub(super) fn find(moments: Vec<Moment>) -> Steps {
    let Some(begin) = moments.first().map(|m| m.start) else {
        return Steps::default();
    };
    let known = moments.iter().any(|m| m.users.is_some_and(|u| u > 0));
    let stretches = if known {
        by_users(moments)
    } else {
        by_load(moments)
    };
    let lengths: Vec<i64> = stretches.iter().map(|s| length(s)).collect();
    let longest = lengths.iter().copied().max().unwrap_or_default();
    let is_held =
        |micros: i64| micros >= SHORTEST && micros.saturating_mul(SHORTEST_SHARE) >= longest;
    let total: i64 = lengths.iter().sum();
    let held_time: i64 = lengths.iter().copied().filter(|l| is_held(*l)).sum();
    let mut steps = Steps::default();
    if held_time.saturating_mul(LEAST_HELD) < total || held_time == 0 {
        steps.ramp = stretches.len() > 1;
        steps.held = vec![stretches.into_iter().flatten().collect()];
        return steps;
    }
    for (stretch, micros) in stretches.into_iter().zip(lengths) {
        if !is_held(micros) {
            leave_out(&mut steps.left_out, &stretch, begin, LeftOutWhy::Ramp);
            continue;
        }
        let cut = warm_up(&stretch);
        let (cold, warm) = stretch.split_at_checked(cut).unwrap_or((&[], &stretch));
        leave_out(&mut steps.left_out, cold, begin, LeftOutWhy::WarmUp);
        steps.held.push(warm.to_vec());
    }
    steps
}

fn length(moments: &[Moment]) -> i64 {
    moments.iter().map(|m| m.micros).sum()
}

/// Adds a stretch to what is left out; it continues the one before it where they touch.
fn leave_out(list: &mut Vec<LeftOut>, moments: &[Moment], begin: Instant, why: LeftOutWhy) {
    let (Some(first), Some(last)) = (moments.first(), moments.last()) else {
        return;
    };
    let from_secs = first.start.since(begin).as_secs();
    let to_secs = last.start.since(begin).as_secs() + last.micros as f64 / 1e6;
    match list.last_mut() {
        Some(before) if before.why == why && (before.to_secs - from_secs).abs() < 1e-6 => {
            before.to_secs = to_secs;
        }
        _ => list.push(LeftOut {
            run: String::new(),
            from_secs,
            to_secs,
            why,
        }),
    }
}

/// Whether a number of users is still the level that began with `level`: within 2 % of it.
fn same(level: i64, users: i64) -> bool {
    (level - users).abs() <= level / 50
}

/// Stretches with the same number of users; moments without users are dropped.
fn by_users(moments: Vec<Moment>) -> Vec<Vec<Moment>> {
    let mut stretches: Vec<Vec<Moment>> = Vec::new();
    let mut level = None;
    for moment in moments {
        let Some(users) = moment.users.filter(|u| *u > 0) else {
            continue;
        };
        match stretches.last_mut() {
            Some(stretch) if level.is_some_and(|l| same(l, users)) => stretch.push(moment),
            _ => {
                level = Some(users);
                stretches.push(vec![moment]);
            }
        }
    }
    stretches
}

/// Stretches between changes of throughput or of requests in flight.
fn by_load(moments: Vec<Moment>) -> Vec<Vec<Moment>> {
    let usual = moments.first().map_or(1, |m| m.micros.max(1));
    let shortest = usize::try_from(SHORTEST / usual).unwrap_or(1).max(2);
    let series = [
        moments.iter().map(Moment::rate).collect(),
        moments.iter().map(|m| m.in_flight).collect(),
    ]
    .map(|values: Vec<f64>| Track::new(&values));
    let mut cuts = Vec::new();
    split(&series, (0, moments.len()), shortest, &mut cuts);
    cuts.sort_unstable();
    let mut rest = moments;
    let mut stretches = Vec::new();
    for cut in cuts.into_iter().rev() {
        stretches.push(rest.split_off(cut.min(rest.len())));
    }
    stretches.push(rest);
    stretches.reverse();
    stretches.retain(|s| !s.is_empty());
    stretches
}

/// A series with its running sums and its noise.
struct Track {
    sums: Vec<f64>,
    noise: f64,
}

impl Track {
    fn new(values: &[f64]) -> Self {
        let mut sums = vec![0.0];
        let mut sum = 0.0;
        for value in values {
            sum += value;
            sums.push(sum);
        }
        let mut steps: Vec<f64> = values
            .windows(2)
            .filter_map(|w| Some((w.last()? - w.first()?).abs()))
            .collect();
        steps.sort_by(f64::total_cmp);
        let median = steps.get(steps.len() / 2).copied().unwrap_or_default();
        let mean = sum / values.len().max(1) as f64;
        // The median of |difference| of neighbours with normal noise is 0.954 of its standard deviation.
        let noise = (median / 0.954).max(mean * 1e-3).max(1e-9);
        Self { sums, noise }
    }

    fn mean(&self, from: usize, to: usize) -> f64 {
        let at = |i: usize| self.sums.get(i).copied().unwrap_or_default();
        (at(to) - at(from)) / (to - from).max(1) as f64
    }

    /// How much the squares fall where a stretch is cut, in units of the noise; nothing where both sides are alike.
    fn gain(&self, (from, to): (usize, usize), cut: usize) -> f64 {
        let (a, b) = (self.mean(from, cut), self.mean(cut, to));
        if (a - b).abs() < STEP_DIFFERS * a.abs().max(b.abs()) {
            return 0.0;
        }
        let (left, right) = ((cut - from) as f64, (to - cut) as f64);
        left * right / (left + right) * ((a - b) / self.noise).powi(2)
    }
}

fn split(series: &[Track; 2], range: (usize, usize), shortest: usize, cuts: &mut Vec<usize>) {
    let (from, to) = range;
    if to - from < 2 * shortest {
        return;
    }
    let gain = |cut: usize| series.iter().map(|s| s.gain(range, cut)).sum::<f64>();
    let best = (from + shortest..=to - shortest).max_by(|a, b| gain(*a).total_cmp(&gain(*b)));
    let worth = 10.0 * ((to - from) as f64).ln();
    if let Some(cut) = best.filter(|cut| gain(*cut) > worth) {
        cuts.push(cut);
        split(series, (from, cut), shortest, cuts);
        split(series, (cut, to), shortest, cuts);
    }
}

/// How many moments at the beginning of a step are its warm-up: where the mean of the rest is known best, at most half
/// of them, and only where they differ from the rest. Seen in the mean response time.
fn warm_up(moments: &[Moment]) -> usize {
    if moments.len() < WARM_UP_MOMENTS {
        return 0;
    }
    let times: Vec<f64> = moments
        .iter()
        .map(|m| m.in_flight / m.rate().max(1e-12))
        .collect();
    let (mut n, mut sum, mut squares) = (0.0, 0.0, 0.0);
    let mut best = (f64::INFINITY, 0, 0.0);
    for (index, time) in times.iter().enumerate().rev() {
        n += 1.0;
        sum += time;
        squares += time * time;
        let error = (squares - sum * sum / n).max(0.0) / (n * n);
        if index <= times.len() / 2 && error <= best.0 {
            best = (error, index, sum / n);
        }
    }
    let (_, cut, settled) = best;
    let cold = times.get(..cut).unwrap_or_default();
    let before = cold.iter().sum::<f64>() / cold.len().max(1) as f64;
    if cold.is_empty() || (before - settled).abs() <= WARM_UP_DIFFERS * settled {
        0
    } else {
        cut
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A second with users, requests and a response time in milliseconds.
    fn second(at: i64, users: Option<i64>, rate: u64, ms: f64) -> Moment {
        Moment {
            start: Instant::from_secs(at),
            users,
            in_flight: rate as f64 * ms / 1e3,
            micros: 1_000_000,
            count: rate,
            ..Moment::default()
        }
    }

    fn stretch(left: &LeftOut) -> (f64, f64, LeftOutWhy) {
        (left.from_secs, left.to_secs, left.why)
    }

    /// Two minutes at each level with half a minute of ramp between, and a cold start of twelve seconds.
    #[test]
    fn ramps_and_warm_up_are_left_out_by_the_second() {
        let mut seconds = Vec::new();
        for step in 0..3_i64 {
            for s in 0..150 {
                let at = step * 150 + s;
                let users = if s < 30 {
                    step * 10 + s / 3
                } else {
                    step * 10 + 10
                };
                let cold = step == 0 && (30..42).contains(&s);
                let ms = if cold { 90.0 } else { 20.0 + (s % 3) as f64 };
                seconds.push(second(at, Some(users), 100 + users as u64, ms));
            }
        }
        let steps = find(seconds);
        assert!(!steps.ramp);
        let users: Vec<Option<i64>> = steps.held.iter().map(|h| h[0].users).collect();
        assert_eq!(users, [Some(10), Some(20), Some(30)]);
        assert_eq!(
            steps.held[0].len(),
            111,
            "with three seconds before the next ramp begins"
        );
        let left: Vec<_> = steps.left_out.iter().map(stretch).collect();
        assert_eq!(
            left,
            [
                (3.0, 30.0, LeftOutWhy::Ramp),
                (30.0, 42.0, LeftOutWhy::WarmUp),
                (153.0, 180.0, LeftOutWhy::Ramp),
                (303.0, 330.0, LeftOutWhy::Ramp)
            ]
        );
    }

    /// An open workload says no users: its stages show in throughput; small noise does not make a step.
    #[test]
    fn stages_without_users_are_found_in_throughput() {
        let noise = |s: i64| ((s * 7 + 3) % 11) as u64;
        let seconds: Vec<Moment> = (0..240)
            .map(|s| {
                second(
                    s,
                    None,
                    [100, 200, 400, 410][(s / 60) as usize] + noise(s),
                    20.0,
                )
            })
            .collect();
        let steps = find(seconds);
        let lengths: Vec<usize> = steps.held.iter().map(Vec::len).collect();
        assert_eq!(lengths, [60, 60, 120], "400 and 410 are one stage");
    }

    /// A ramp of a user a second is never held.
    #[test]
    fn a_ramp_is_said_to_be_one() {
        let steps = find(
            (1..=100)
                .map(|s| second(s, Some(s), s as u64, 20.0))
                .collect(),
        );
        assert!(steps.ramp);
        assert_eq!((steps.held.len(), steps.held[0].len()), (1, 100));
        assert!(find(Vec::new()).held.is_empty());
    }
}
