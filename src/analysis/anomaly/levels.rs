//! Levels that last: what the kernel `forecast::kernel::levels` finds in the words of the series, and which of the
//! shorter spans say the same.

use super::basis::Basis;
use super::cells::Cells;
use super::{Anomaly, AnomalyKind, Bounds, Side};
use crate::analysis::forecast::kernel::levels::Level;

/// A run that begins within so many steps of a level's beginning overshoots it.
const OVERSHOOT: i64 = 3;

/// The lasting levels of a series.
pub(super) fn find(cells: &Cells, basis: &Basis, bounds: Bounds) -> Vec<Anomaly> {
    let levels = basis.levels.levels.iter();
    levels
        .filter_map(|level| described(cells, basis, level, bounds))
        .collect()
}

fn described(cells: &Cells, basis: &Basis, level: &Level, bounds: Bounds) -> Option<Anomaly> {
    let usual = &basis.usual;
    let sign = level.size.signum();
    let (worst, value) = cells
        .values
        .iter()
        .copied()
        .enumerate()
        .take(level.to)
        .skip(level.from)
        .filter(|(_, v)| v.is_finite())
        .max_by(|a, b| (a.1 * sign).total_cmp(&(b.1 * sign)))?;
    let reach = usual.limit * usual.spread;
    Some(Anomaly {
        start: cells.time(level.from),
        end: cells.time(level.to),
        kind: AnomalyKind::Level,
        direction: if sign > 0.0 { Side::High } else { Side::Low },
        size: level.size,
        deviations: level.size.abs() / usual.spread,
        worst: value,
        worst_at: cells.time(worst),
        expected: bounds.keep(level.usual),
        lo: bounds.keep(level.usual - reach),
        hi: bounds.keep(level.usual + reach),
        open: level.to >= cells.values.len(),
        known: None,
        breaches: Vec::new(),
    })
}

/// Both kinds by time: a run on the side of a level that reaches over its beginning, or is most of it, is that level.
pub(super) fn without_repeats(
    mut short: Vec<Anomaly>,
    mut lasting: Vec<Anomaly>,
    cells: &Cells,
) -> Vec<Anomaly> {
    let late = cells.step.0.saturating_mul(OVERSHOOT);
    for level in &mut lasting {
        let range = level.range();
        let mut from = level.start;
        short.retain(|one| {
            let common = one.range().intersect(range).map_or(0, |c| c.length().0);
            let begins =
                one.start.0 <= range.start.0.saturating_add(late) && one.end >= range.start;
            let most = 2 * common >= one.range().length().0 && 2 * common >= range.length().0;
            let same = one.kind != AnomalyKind::Point
                && one.direction == level.direction
                && (begins || most);
            if same {
                from = from.min(one.start);
            }
            !same
        });
        level.start = from;
    }
    short.extend(lasting);
    short.sort_by_key(|a| (a.start, a.end));
    short
}
