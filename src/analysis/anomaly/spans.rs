//! Points, runs and short levels: the spans that the kernel `forecast::kernel::anomaly` finds, with the edges that the
//! values show, in the words of the series.

use super::basis::Basis;
use super::cells::Cells;
use super::{Anomaly, AnomalyKind, Bounds, Side};
use crate::analysis::forecast::kernel::anomaly::{self as kernel, Span};

/// Up to so many steps are points.
const POINT: usize = 3;
/// This share of a long run lies on one side of what is usual where its level is another.
const ONE_SIDED: f64 = 0.8;
/// A span begins and ends where values lie at least this share of the farthest away …
const EDGE: f64 = 0.25;
/// … and so many of the next ones too, the edge counted, or where a single one lies this share of it away.
const NEXT: usize = 4;
const OF_NEXT: usize = 3;
const ALONE: f64 = 0.5;
/// Without a season, a run of so many steps may be a level.
const LONG: usize = 48;
/// The rates that are looked at, as shares of the one that was asked for.
const STRICTER: [f64; 4] = [1.0, 0.25, 0.0625, 0.015_625];

/// The spans at a rate and at stricter ones: of many spans the kernel keeps those that stand out among them, so that
/// at a looser rate alone fewer might be left.
pub(super) fn find(cells: &Cells, basis: &Basis, rate: f64, bounds: Bounds) -> Vec<Anomaly> {
    let mut spans: Vec<Span> = Vec::new();
    for stricter in STRICTER {
        let edges = &basis.levels.edges;
        let found = kernel::find(&cells.values, &basis.seasons, edges, rate * stricter);
        let new = |s: &Span| {
            !spans
                .iter()
                .any(|known| s.from < known.to && known.from < s.to)
        };
        let new: Vec<Span> = found.into_iter().filter(new).collect();
        spans.extend(new);
    }
    spans
        .iter()
        .filter_map(|span| described(cells, basis, span, bounds))
        .collect()
}

/// A span of steps in the words of the series.
fn described(cells: &Cells, basis: &Basis, span: &Span, bounds: Bounds) -> Option<Anomaly> {
    let usual = &basis.usual;
    let sign = match span.direction {
        kernel::Direction::High => 1.0,
        kernel::Direction::Low => -1.0,
    };
    let away: Vec<(usize, f64)> = (span.from..span.to)
        .filter_map(|i| Some((i, cells.values.get(i)? - usual.values.get(i)?)))
        .filter(|(_, a)| a.is_finite())
        .collect();
    let (worst, farthest) = away
        .iter()
        .copied()
        .max_by(|a, b| (a.1 * sign).total_cmp(&(b.1 * sign)))?;
    let sizes: Vec<f64> = away.iter().map(|(_, a)| a * sign).collect();
    let (first, last) = edges(&sizes, usual.spread)?;
    let away = away.get(first..=last)?;
    let (from, to) = (away.first()?.0, away.last()?.0 + 1);
    let on_side = away.iter().filter(|(_, a)| a * sign > 0.0).count();
    let length = to - from;
    let one_sided = on_side as f64 >= ONE_SIDED * away.len() as f64;
    let kind = if length <= POINT {
        AnomalyKind::Point
    } else if one_sided && length >= basis.seasons.first().copied().unwrap_or(LONG) {
        AnomalyKind::Level
    } else {
        AnomalyKind::Run
    };
    let size = if kind == AnomalyKind::Level {
        away.iter().map(|(_, a)| a).sum::<f64>() / away.len() as f64
    } else {
        farthest
    };
    let expected = usual.values.get(worst).copied()?;
    let reach = usual.limit * usual.spread;
    Some(Anomaly {
        start: cells.time(from),
        end: cells.time(to),
        kind,
        direction: if sign > 0.0 { Side::High } else { Side::Low },
        size,
        deviations: size.abs() / usual.spread,
        worst: cells.values.get(worst).copied()?,
        worst_at: cells.time(worst),
        expected,
        lo: bounds.keep(expected - reach),
        hi: bounds.keep(expected + reach),
        open: to >= cells.values.len(),
        known: None,
        breaches: Vec::new(),
    })
}

/// The first and the last of these sizes that belong together: means over a window reach beyond what they found, and
/// a single value that strays beside a run is none of it. `None` where none is as far as a usual one.
fn edges(sizes: &[f64], spread: f64) -> Option<(usize, usize)> {
    let farthest = sizes.iter().copied().max_by(f64::total_cmp)?;
    let edge = (farthest * EDGE).max(spread);
    let begins = |next: &[f64]| {
        let beyond = next.iter().take(NEXT).filter(|s| **s >= edge).count();
        let first = next.first().copied().unwrap_or(f64::NEG_INFINITY);
        first >= edge && (beyond >= OF_NEXT || first >= ALONE * farthest)
    };
    let back: Vec<f64> = sizes.iter().rev().copied().collect();
    let first = |sizes: &[f64]| (0..sizes.len()).find(|i| sizes.get(*i..).is_some_and(begins));
    Some((first(sizes)?, sizes.len() - 1 - first(&back)?))
}

#[cfg(test)]
mod tests {
    use super::edges;

    #[test]
    fn a_value_that_strays_beside_a_run_is_none_of_it() {
        let sizes = [3.0, 0.1, -0.4, 9.0, 10.0, 8.0, 9.5, 0.2, 0.0, 2.9, 0.3];
        assert_eq!(edges(&sizes, 1.0), Some((3, 6)));
        // Two peaks of one kind are one span.
        assert_eq!(edges(&[0.1, 9.0, 0.0, 0.2, 6.0, 0.1], 1.0), Some((1, 4)));
        assert_eq!(edges(&[0.4, 0.6], 1.0), None);
        assert_eq!(edges(&[], 1.0), None);
    }
}
