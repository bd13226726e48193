//! When a limit is crossed: first passage of simulated paths, sustained for several of so many consecutive steps, so
//! that one odd day is not called the end of capacity.

use super::bands::Scale;
use super::model::Fitted;
use super::noise::Noise;
use super::plan::Schedule;
use super::steps::Steps;
use super::{CapacityCrossing, Percentiles};
use crate::calendar::Instant;
use crate::units::Micros;

/// Number of simulated paths.
pub const PATHS: usize = 2_000;

/// The question.
#[derive(Clone, Debug)]
pub struct Limit {
    /// In the unit of the series.
    pub threshold: f64,
    /// In words.
    pub text: String,
    /// Over it on `.0` of `.1` consecutive steps.
    pub sustain: (u32, u32),
    /// Time between ordering and having.
    pub lead_time: Micros,
    /// Factors on the threshold, one path each in turn; empty where it is certain.
    pub spread: Vec<f64>,
    /// What the values of a path are held against, step by step, and how much that moves with a factor on the limit;
    /// empty where it is the threshold all along.
    pub bars: Vec<(f64, f64)>,
    /// The limit over time.
    pub schedule: Schedule,
}

impl Limit {
    /// The limit in force at a step, counted from the first of the history.
    fn level(&self, index: usize) -> f64 {
        let levels = &self.schedule.levels;
        levels.get(index).copied().unwrap_or(self.threshold)
    }

    /// Which of the last steps of the past were over the limit times a factor, before the first of the future.
    fn before(&self, history: &[Option<f64>], window: usize, factor: f64) -> Vec<bool> {
        let skipped = history.len().saturating_sub(window - 1);
        (skipped..)
            .zip(history.iter().skip(skipped))
            .map(|(index, v)| v.is_some_and(|v| v > self.level(index) * factor))
            .collect()
    }

    /// A path by its distance to what it is held against, and the threshold for that.
    fn held(&self, path: &mut [f64], factor: f64) -> f64 {
        if self.bars.is_empty() {
            return self.threshold * factor;
        }
        let last = self.bars.last().copied().unwrap_or((self.threshold, 0.0));
        for (index, value) in path.iter_mut().enumerate() {
            let (bar, slope) = self.bars.get(index).copied().unwrap_or(last);
            *value -= bar + (factor - 1.0) * slope;
        }
        0.0
    }

    fn rule(&self) -> (usize, usize) {
        let window = (self.sustain.1 as usize).max(1);
        ((self.sustain.0 as usize).clamp(1, window), window)
    }
}

/// Steps of the first passages, by path; `None` where a path does not get there.
#[derive(Clone, Debug, Default)]
pub struct Passages {
    /// Sustained.
    pub sustained: Vec<Option<usize>>,
    /// First single step.
    pub single: Vec<Option<usize>>,
}

/// First step at which a value is over, and first step of the first window in which enough are. `before` says which of
/// the last steps of the past were over; a window may begin there, but the passage is then counted from step 0.
pub fn first_passage(
    before: &[bool],
    path: &[f64],
    threshold: f64,
    (need, window): (usize, usize),
) -> (Option<usize>, Option<usize>) {
    let known = before.len();
    let over = |i: usize| match i.checked_sub(known) {
        Some(ahead) => path.get(ahead).is_some_and(|v| *v > threshold),
        None => before.get(i).copied().unwrap_or(false),
    };
    let mut single = None;
    let mut count = 0;
    for i in 0..known + path.len() {
        count += usize::from(over(i));
        if i >= window {
            count -= usize::from(over(i - window));
        }
        if i < known || !over(i) {
            continue;
        }
        single = single.or(Some(i - known));
        if count >= need {
            let first = (i.saturating_sub(window - 1)..=i)
                .find(|j| over(*j))
                .unwrap_or(i);
            return (Some(first.saturating_sub(known)), single);
        }
    }
    (None, single)
}

/// Simulates the passages within `horizon` steps.
pub fn simulate(
    fitted: &Fitted,
    scale: &Scale,
    history: &[Option<f64>],
    horizon: usize,
    limit: &Limit,
    seed: u64,
) -> Option<Passages> {
    let (need, window) = limit.rule();
    // A few steps more, so that a passage at the end of the horizon can prove that it lasts.
    let length = horizon + window - 1;
    let outlook = fitted.outlook(length)?;
    let paths = fitted.paths(length)?;
    let mut spread = limit.spread.iter().copied().cycle();
    let mut noise = Noise::seeded(seed);
    let mut path = Vec::with_capacity(length);
    let mut passages = Passages::default();
    for _ in 0..PATHS {
        scale.path(&outlook, &paths, &mut noise, &mut path);
        let factor = spread.next().unwrap_or(1.0);
        let before = limit.before(history, window, factor);
        let threshold = limit.held(&mut path, factor);
        let (sustained, single) = first_passage(&before, &path, threshold, (need, window));
        passages.sustained.push(sustained.filter(|i| *i < horizon));
        passages.single.push(single.filter(|i| *i < horizon));
    }
    Some(passages)
}

/// The passage of a series that stays as it is.
pub fn constant(value: f64, history: &[Option<f64>], horizon: usize, limit: &Limit) -> Passages {
    let (need, window) = limit.rule();
    let certain = [1.0];
    let factors = if limit.spread.is_empty() {
        &certain[..]
    } else {
        &limit.spread
    };
    let mut passages = Passages::default();
    for factor in factors {
        let mut path = vec![value; horizon + window - 1];
        let threshold = limit.held(&mut path, *factor);
        let before = limit.before(history, window, *factor);
        let (sustained, single) = first_passage(&before, &path, threshold, (need, window));
        passages.sustained.push(sustained.filter(|i| *i < horizon));
        passages.single.push(single.filter(|i| *i < horizon));
    }
    passages
}

/// The steps by which a tenth, half and nine tenths of the paths have passed.
pub fn percentiles(passages: &[Option<usize>]) -> Percentiles<usize> {
    let mut reached: Vec<usize> = passages.iter().flatten().copied().collect();
    reached.sort_unstable();
    let total = passages.len();
    let at = |percent: usize| {
        let rank = (total * percent).div_ceil(100).max(1);
        reached.get(rank - 1).copied()
    };
    Percentiles {
        p10: at(10),
        p50: at(50),
        p90: at(90),
    }
}

/// The share of the paths that have passed by each step at which one does.
fn shares(passages: &[Option<usize>]) -> Vec<(usize, f64)> {
    let mut reached: Vec<usize> = passages.iter().flatten().copied().collect();
    reached.sort_unstable();
    let mut so_far = 0;
    reached
        .chunk_by(|a, b| a == b)
        .filter_map(|run| {
            so_far += run.len();
            Some((*run.first()?, so_far as f64 / passages.len() as f64))
        })
        .collect()
}

fn map<A: Copy, B>(from: Percentiles<A>, f: impl Fn(A) -> B) -> Percentiles<B> {
    Percentiles {
        p10: from.p10.map(&f),
        p50: from.p50.map(&f),
        p90: from.p90.map(&f),
    }
}

/// Whether the past ends over the limit, and from which step on: the first that is over in the earliest window from which
/// on every window has enough of them.
pub fn over_since(history: &[Option<f64>], limit: &Limit) -> Option<usize> {
    let (need, window) = limit.rule();
    let over: Vec<bool> = history
        .iter()
        .enumerate()
        .map(|(i, v)| v.is_some_and(|v| v > limit.level(i)))
        .collect();
    let (begin, first) = (1..=over.len())
        .rev()
        .map(|end| {
            let begin = end.saturating_sub(window);
            (begin, over.get(begin..end).unwrap_or_default())
        })
        .take_while(|(_, steps)| steps.iter().filter(|o| **o).count() >= need)
        .last()?;
    Some(begin + first.iter().position(|o| *o)?)
}

/// Where the limit changes; nothing where it never does.
fn limits(steps: &Steps, limit: &Limit) -> Vec<(Instant, f64)> {
    let mut found: Vec<(Instant, f64)> = Vec::new();
    let end = steps.values.len() + steps.horizon;
    for (index, level) in limit.schedule.levels.iter().enumerate().take(end) {
        if found
            .last()
            .is_none_or(|(_, known)| known.total_cmp(level).is_ne())
        {
            found.push((steps.time(index), *level));
        }
    }
    if found.len() < 2 { Vec::new() } else { found }
}

/// The answer, in dates.
pub fn answer(steps: &Steps, limit: &Limit, passages: &Passages) -> CapacityCrossing {
    let n = steps.values.len();
    let days = |t: Instant| t.since(steps.now).as_days().max(0.0);
    let mut crossing = CapacityCrossing {
        threshold: limit.threshold,
        threshold_text: limit.text.clone(),
        sustain: limit.sustain,
        limits: limits(steps, limit),
        additions: limit.schedule.additions.clone(),
        ..CapacityCrossing::default()
    };
    if let Some(since) = over_since(&steps.values, limit) {
        let all = Percentiles {
            p10: Some(steps.time(since)),
            p50: Some(steps.time(since)),
            p90: Some(steps.time(since)),
        };
        crossing.already_over = true;
        crossing.crossing = all;
        crossing.first_day_over = all;
        crossing.days_remaining = map(all, days);
        crossing.probability_within_horizon = 1.0;
        crossing.order_by = Some(steps.now);
        return crossing;
    }
    let time = |ahead: usize| steps.time(n + ahead);
    crossing.crossing = map(percentiles(&passages.sustained), time);
    crossing.first_day_over = map(percentiles(&passages.single), time);
    crossing.days_remaining = map(crossing.crossing, days);
    let reached = passages.sustained.iter().flatten().count();
    crossing.probability_within_horizon = reached as f64 / passages.sustained.len().max(1) as f64;
    crossing.reached_by = shares(&passages.sustained)
        .into_iter()
        .map(|(ahead, share)| (time(ahead), share))
        .collect();
    crossing.order_by = crossing
        .crossing
        .p10
        .map(|t| t.plus(Micros(-limit.lead_time.0)));
    crossing.order_overdue = crossing.order_by.is_some_and(|by| by < steps.now);
    crossing
}

#[cfg(test)]
mod tests {
    use super::super::bands::{Bounds, Calibration};
    use super::super::model::known_walk;
    use super::*;

    fn limit(threshold: f64, sustain: (u32, u32)) -> Limit {
        Limit {
            threshold,
            text: String::new(),
            sustain,
            lead_time: Micros(0),
            spread: Vec::new(),
            bars: Vec::new(),
            schedule: Schedule::default(),
        }
    }

    /// The first passage of a Brownian motion with drift is inverse Gaussian: a = 100, μ = 2, σ = 5 gives P10 30.299,
    /// P50 47.084, P90 73.434, P(≤40) = .319299, P(≤60) = .756926. Daily steps see a barrier 0.5826 σ further away
    /// (Broadie, Glasserman and Kou 1997), so the walk here gets one that much nearer.
    #[test]
    fn first_passage_agrees_with_the_inverse_gaussian() {
        let fitted = known_walk(0.0, 2.0, 5.0);
        let bounds = Bounds {
            low: f64::NEG_INFINITY,
            high: f64::INFINITY,
        };
        let scale = Scale::of(&fitted, Calibration::default(), bounds);
        let question = limit(100.0 - 0.5826 * 5.0, (1, 1));
        let mut passages = Passages::default();
        for seed in 0..10 {
            let more = simulate(&fitted, &scale, &[Some(0.0)], 365, &question, seed).unwrap();
            passages.sustained.extend(more.sustained);
        }
        // Step 0 is day 1.
        let days = map(percentiles(&passages.sustained), |i| i as f64 + 1.0);
        for (found, expected) in [(days.p10, 30.299), (days.p50, 47.084), (days.p90, 73.434)] {
            let found = found.unwrap();
            assert!((found - 0.5 - expected).abs() < 1.2, "{found} {expected}");
        }
        let share = |day: usize| {
            passages
                .sustained
                .iter()
                .filter(|p| p.is_some_and(|i| i < day))
                .count() as f64
                / passages.sustained.len() as f64
        };
        assert!((share(40) - 0.319_299).abs() < 0.012, "{}", share(40));
        assert!((share(60) - 0.756_926).abs() < 0.012, "{}", share(60));
    }

    /// A limit of 60 or 140, even chances, mixes the dates of both.
    #[test]
    fn an_uncertain_limit_mixes_the_dates_of_the_limits_it_may_be() {
        let fitted = known_walk(0.0, 2.0, 5.0);
        let bounds = Bounds {
            low: f64::NEG_INFINITY,
            high: f64::INFINITY,
        };
        let scale = Scale::of(&fitted, Calibration::default(), bounds);
        let by = |threshold: f64, spread: &[f64]| {
            let question = Limit {
                spread: spread.to_vec(),
                ..limit(threshold, (1, 1))
            };
            let found = simulate(&fitted, &scale, &[Some(0.0)], 365, &question, 3).unwrap();
            let shares = shares(&found.sustained);
            assert!(shares.windows(2).all(|w| w[0].1 < w[1].1));
            let at = shares.partition_point(|(step, _)| *step <= 40);
            shares
                .get(at.saturating_sub(1))
                .filter(|_| at > 0)
                .map_or(0.0, |s| s.1)
        };
        let mixed = by(100.0, &[0.6, 1.4]);
        let apart = f64::midpoint(by(60.0, &[]), by(140.0, &[]));
        assert!((mixed - apart).abs() < 0.04, "{mixed} {apart}");
        assert!((by(100.0, &[]) - mixed).abs() > 0.05);
    }

    #[test]
    fn sustained_means_three_of_seven() {
        let over = 90.0;
        let path = [0.0, over, 0.0, 0.0, over, 0.0, over, over, 0.0];
        assert_eq!(first_passage(&[], &path, 80.0, (3, 7)), (Some(1), Some(1)));
        assert_eq!(first_passage(&[], &path, 80.0, (3, 3)), (None, Some(1)));
        assert_eq!(first_passage(&[], &path, 80.0, (1, 1)), (Some(1), Some(1)));
        // Two of the last days were over already: the first one ahead completes the window.
        let before = [false, true, true, false, false, false];
        assert_eq!(
            first_passage(&before, &[over], 80.0, (3, 7)),
            (Some(0), Some(0))
        );
    }

    #[test]
    fn an_overrun_began_when_the_rule_began_to_hold() {
        let question = limit(80.0, (3, 7));
        let since = |values: &[f64]| {
            let history: Vec<Option<f64>> = values.iter().copied().map(Some).collect();
            over_since(&history, &question)
        };
        assert_eq!(since(&[90.0; 200]), Some(0));
        // An odd day over long before does not count, a day below in between does not end it.
        let mut values = vec![70.0; 100];
        values[10] = 90.0;
        values[40..].fill(90.0);
        values[60] = 70.0;
        values[98] = 70.0;
        assert_eq!(since(&values), Some(40));
        // Five days below leave two of seven over: it ended, and began again.
        values[70..75].fill(70.0);
        assert_eq!(since(&values), Some(75));
        values[95..].fill(70.0);
        assert_eq!(since(&values), None);
        assert_eq!(since(&[90.0, 90.0]), None);
        assert_eq!(since(&[]), None);
    }

    #[test]
    fn percentiles_are_none_where_too_few_paths_get_there() {
        let passages: Vec<Option<usize>> = (0..100).map(|i| (i < 30).then_some(i)).collect();
        let found = percentiles(&passages);
        assert_eq!((found.p10, found.p50, found.p90), (Some(9), None, None));
    }
}
