//! A resource against its load: the line through the steps, where it meets the limit, and what makes it no proof.

use super::bottleneck::Bottleneck;
use super::grid::Grid;
use crate::analysis::capacity::clipped::{BelowFull, FULL_PERCENT};
use crate::analysis::capacity::demand::DemandLine;
use crate::dataset::Series;
use crate::units;

/// A fit that explains less than this is not proven.
const LEAST_R2: f64 = 0.5;
/// A slope has to be so many standard errors above zero.
const LEAST_T: f64 = 3.0;
/// More than this is no share of one unit.
const MOST_PERCENT: f64 = 105.0;
/// Fewer steps than this are no fit.
pub(super) const FEWEST: usize = 8;
/// The largest throughput has to be so many times the smallest.
const LEAST_SPREAD: f64 = 1.25;
/// A limit further out than so many times the measured throughput is not spoken of.
const FARTHEST: f64 = 5.0;

/// The share of each step in which a resource in percent is full; `None` for another unit, and for a sum over several.
pub(super) fn full_steps(series: &Series, grid: &Grid) -> Option<Vec<f64>> {
    if series.info.unit.trim() != "%" || series.values.iter().any(|v| *v > MOST_PERCENT) {
        return None;
    }
    let full: Vec<f64> = series
        .values
        .iter()
        .map(|v| f64::from(*v >= FULL_PERCENT))
        .collect();
    grid.means(&series.times, &full)
}

/// What the line through points (requests per second, percent) says about a limit: the line through those that are left
/// below full, or through all of them where none was left out.
pub(super) fn judge(
    points: &[(f64, f64)],
    kept: &BelowFull,
    all: &DemandLine,
    limit: f64,
) -> Option<Bottleneck> {
    let mut by_load = points.to_vec();
    by_load.sort_by(|a, b| b.0.total_cmp(&a.0));
    let top = by_load.len().div_ceil(10);
    let mean =
        |f: fn(&(f64, f64)) -> f64| by_load.iter().take(top).map(f).sum::<f64>() / top as f64;
    let (at, now) = (mean(|p| p.0), mean(|p| p.1));
    let highest = by_load.first()?.0;
    let lowest = by_load.last()?.0;
    let highest_kept = kept.points.iter().map(|p| p.0).fold(0.0, f64::max);
    let most_used = points.iter().map(|p| p.1).fold(0.0, f64::max);
    let refit = DemandLine::fit(&kept.points).filter(|l| l.n >= FEWEST);
    let enough = kept.left_out == 0 || (refit.is_some() && highest_kept >= lowest * LEAST_SPREAD);
    let fit = refit.filter(|_| enough).unwrap_or(*all);
    let reach = fit.reach(limit);
    let reason = if most_used > MOST_PERCENT && limit <= 100.0 {
        Some(format!(
            "it goes up to {} %, so it is a sum over several units; give its limit, 100 for each",
            units::number(most_used)
        ))
    } else if !enough {
        Some(format!(
            "it is full ({FULL_PERCENT} % or more) from {} requests/s on, and what lies below says too little",
            units::number(kept.from_load)
        ))
    } else if highest < lowest * LEAST_SPREAD {
        Some("the load hardly changed".to_owned())
    } else if fit.slope <= LEAST_T * fit.slope_se {
        Some(if fit.slope < -LEAST_T * fit.slope_se {
            "it falls as the load rises, so something else drives it".to_owned()
        } else {
            "it does not grow with the load".to_owned()
        })
    } else if fit.r2 < LEAST_R2 {
        Some(format!(
            "the load explains too little of it (R² {:.2})",
            fit.r2
        ))
    } else if reach.is_none_or(|r| r.throughput > FARTHEST * highest) {
        Some("its limit is more than five times the measured load away".to_owned())
    } else {
        None
    };
    let proven = reach.filter(|_| reason.is_none());
    Some(Bottleneck {
        limit,
        now,
        at_per_sec: at,
        slope: fit.slope,
        slope_se: fit.slope_se,
        idle: fit.idle,
        r2: fit.r2,
        n: fit.n,
        saturation_per_sec: proven.map(|r| r.throughput.max(0.0)),
        saturation_ci95: proven.and_then(|r| r.interval95),
        bends_up: fit.bends_up,
        highest_per_sec: if kept.left_out > 0 {
            highest_kept
        } else {
            highest
        },
        left_out: kept.left_out,
        left_out_from: (kept.left_out > 0).then_some(kept.from_load),
        full_per_sec: proven.and_then(|_| fit.reach(100.0)).map(|r| r.throughput),
        straight_per_sec: proven
            .filter(|_| fit.bends_up)
            .and_then(|_| fit.straight_reach(limit)),
        reason,
        ..Bottleneck::default()
    })
}
