//! Levels that last longer than a season: two changes of level and what lies between, or one and the end of the data.
//! The changes come from `forecast::kernel::changes` on means of whole seasons, so that no season is taken for a change.

use super::cells::Cells;
use super::{Anomaly, AnomalyKind, Bounds, Side};
use crate::analysis::forecast::kernel::anomaly::Usual;
use crate::analysis::forecast::kernel::changes::{self, Kind};

/// Without a season, a series is looked at as so many means.
const BLOCKS: usize = 200;
/// A level lasts at least so many seasons, or means.
const SHORTEST: usize = 3;
/// It is so many robust deviations of a single value away, and at least this share of how far a single value may be.
const LEAST: f64 = 3.0;
const SHARE: f64 = 0.5;
/// A step back of this share of the step away ends it.
const BACK: f64 = 0.5;

/// The lasting levels of a series.
pub(super) fn find(
    cells: &Cells,
    usual: &Usual,
    season: Option<usize>,
    bounds: Bounds,
) -> Vec<Anomaly> {
    let n = cells.values.len();
    let block = season.unwrap_or(n / BLOCKS).max(1);
    let means: Vec<f64> = cells.values.chunks(block).map(mean).collect();
    let periods: &[usize] = if season.is_some() && means.len() >= 21 {
        &[7]
    } else {
        &[]
    };
    let least = LEAST.max(SHARE * usual.limit) * usual.spread;
    let steps: Vec<(usize, f64)> = changes::find(&means, periods, SHORTEST)
        .into_iter()
        .filter(|c| c.kind != Kind::Trend && c.step.abs() >= least)
        .map(|c| (c.at, c.step))
        .collect();
    let mut found: Vec<Anomaly> = Vec::new();
    let mut covered = 0;
    for (place, (from, step)) in steps.iter().copied().enumerate() {
        if from < covered {
            continue;
        }
        let back = steps
            .iter()
            .skip(place + 1)
            .find(|(_, s)| s * step < 0.0 && s.abs() >= BACK * step.abs());
        let to = back.map_or(means.len(), |(at, _)| *at);
        covered = to;
        // The level before: since the last change, and no longer than the level itself.
        let earlier = place.checked_sub(1).and_then(|p| steps.get(p));
        let changed = earlier.map_or(0, |(at, _)| *at);
        let before = changed.max(from.saturating_sub(to - from));
        let there = [before * block, from * block, (to * block).min(n)];
        found.extend(level(cells, usual, bounds, step, there));
    }
    found
}

fn level(
    cells: &Cells,
    usual: &Usual,
    bounds: Bounds,
    step: f64,
    [before, from, to]: [usize; 3],
) -> Option<Anomaly> {
    let values = cells.values.get(from..to)?;
    let expected = mean(cells.values.get(before..from)?);
    let size = mean(values) - expected;
    if !size.is_finite() || size * step <= 0.0 {
        return None;
    }
    let (worst, value) = values
        .iter()
        .copied()
        .enumerate()
        .filter(|(_, v)| v.is_finite())
        .max_by(|a, b| (a.1 * step.signum()).total_cmp(&(b.1 * step.signum())))?;
    let reach = usual.limit * usual.spread;
    Some(Anomaly {
        start: cells.time(from),
        end: cells.time(to),
        kind: AnomalyKind::Level,
        direction: if step > 0.0 { Side::High } else { Side::Low },
        size,
        deviations: size.abs() / usual.spread,
        worst: value,
        worst_at: cells.time(from + worst),
        expected: bounds.keep(expected),
        lo: bounds.keep(expected - reach),
        hi: bounds.keep(expected + reach),
        open: to >= cells.values.len(),
        known: None,
        breaches: Vec::new(),
    })
}

fn mean(values: &[f64]) -> f64 {
    let there = values.iter().filter(|v| v.is_finite());
    let (sum, count) = there.fold((0.0, 0.0), |(s, c), v| (s + v, c + 1.0));
    sum / count
}

/// Both kinds by time: a long run that lies mostly within a lasting level is that level.
pub(super) fn without_repeats(short: Vec<Anomaly>, lasting: Vec<Anomaly>) -> Vec<Anomaly> {
    let mut all: Vec<Anomaly> = short
        .into_iter()
        .filter(|one| {
            one.kind == AnomalyKind::Point
                || lasting.iter().all(|level| {
                    let common = one.range().intersect(level.range());
                    level.direction != one.direction
                        || common.is_none_or(|c| 2 * c.length().0 < one.range().length().0)
                })
        })
        .collect();
    all.extend(lasting);
    all.sort_by_key(|a| (a.start, a.end));
    all
}
