//! The limit that a resource is held against: in percent of whatever its series is counted in.

use super::bottleneck::BottleneckParams;
use crate::analysis::forecast::Threshold;
use crate::dataset::SeriesInfo;
use crate::units;

/// The limit of a resource in percent for which none was set.
pub const USUAL_PERCENT: f64 = 80.0;

/// A limit in percent, and what 100 % is in the unit of the series.
pub(super) struct HeldLimit {
    pub percent: f64,
    pub whole: f64,
    pub words: Option<String>,
}

/// The limit of a series: the target utilisation (80) for one in percent that has none; another unit needs one as a value, which is 100 %.
pub(super) fn limit_of(info: &SeriesInfo, params: &BottleneckParams) -> Option<HeldLimit> {
    let name = info.display_name();
    let usual = params.target_percent.unwrap_or(USUAL_PERCENT);
    let given = params.limits.iter().find(|(known, _)| *known == name);
    if info.unit.trim() == "%" {
        return Some(HeldLimit {
            percent: given.map_or(usual, |(_, limit)| match limit {
                Threshold::Value(v) | Threshold::Percent(v) => *v,
            }),
            whole: 100.0,
            words: None,
        });
    }
    match given {
        Some((_, Threshold::Value(whole))) if *whole > 0.0 => Some(HeldLimit {
            percent: 100.0,
            whole: *whole,
            words: Some(units::with_unit(*whole, info.unit.trim())),
        }),
        _ => None,
    }
}
