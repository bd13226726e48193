//! Points at which a resource was full already: above 100 % nothing is shown, so that they say less than the demand was
//! and would raise the ceiling that a line through them finds.
//!
//! They are left out by the load, not by the utilisation: leaving out what happens to be full would keep the points
//! whose noise pointed downwards (selection on the outcome; Heckman 1979). Everything above the load from which on
//! points are full goes, also those that are not.

/// From this share of full on a resource counts as full, in percent.
pub const FULL_PERCENT: f64 = 98.0;
/// A group of loads in which more points than this share are full is cut away.
const FULL_SHARE: f64 = 0.1;
/// So many groups of equal size.
const GROUPS: usize = 20;
/// A group has at least so many points.
const SMALLEST: usize = 5;

/// What is left of points, and what is not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BelowFull {
    /// The points that are left, in their order.
    pub points: Vec<(f64, f64)>,
    /// How many were left out.
    pub left_out: usize,
    /// The load from which on they were, in requests per second; infinite where none was.
    pub from_load: f64,
}

/// Leaves out the loads at which the resource is full: from the highest load down, group by group, as long as more than
/// a tenth of a group is. `full` says it for each point (requests per second, percent).
pub fn below_full(points: &[(f64, f64)], full: &[bool]) -> BelowFull {
    let mut by_load: Vec<(f64, bool)> = points
        .iter()
        .zip(full)
        .map(|((load, _), full)| (*load, *full))
        .collect();
    by_load.sort_by(|a, b| b.0.total_cmp(&a.0));
    let size = (by_load.len() / GROUPS).max(SMALLEST);
    let from_load = by_load
        .chunks(size)
        .take_while(|group| {
            let full = group.iter().filter(|p| p.1).count();
            full as f64 > FULL_SHARE * group.len() as f64
        })
        .filter_map(|group| group.last().map(|p| p.0))
        .last()
        .unwrap_or(f64::INFINITY);
    let left: Vec<(f64, f64)> = points.iter().copied().filter(|p| p.0 < from_load).collect();
    BelowFull {
        left_out: points.len() - left.len(),
        points: left,
        from_load,
    }
}

#[cfg(test)]
mod tests {
    use super::super::demand::DemandLine;
    use super::*;

    /// 5 % without load and 0.34 % a request, so that 80 % is reached at 220.6 and all of it at 279.4.
    fn points(most_load: i32) -> Vec<(f64, f64)> {
        (0..720)
            .map(|i| {
                let load =
                    110.0 + f64::from(i * 277 % 720) / 720.0 * (f64::from(most_load) - 110.0);
                let wobble = (f64::from(i * 331 % 719) / 719.0 - 0.5) * 8.0;
                (load, (5.0 + 0.34 * load + wobble).min(100.0))
            })
            .collect()
    }

    fn ceiling(points: &[(f64, f64)]) -> f64 {
        DemandLine::fit(points)
            .unwrap()
            .reach(80.0)
            .unwrap()
            .throughput
    }

    #[test]
    fn a_resource_that_clips_does_not_raise_its_own_ceiling() {
        let points = points(390);
        let full: Vec<bool> = points.iter().map(|p| p.1 >= FULL_PERCENT).collect();
        let kept = below_full(&points, &full);
        assert!(
            (255.0..280.0).contains(&kept.from_load),
            "{}",
            kept.from_load
        );
        assert_eq!(kept.left_out + kept.points.len(), 720);
        assert!(ceiling(&points) > 232.0, "the fault that this is about");
        let at = ceiling(&kept.points);
        assert!((at - 220.6).abs() < 1.5, "{at}");
        // Leaving out by the utilisation alone keeps the low ones among the high loads.
        let naive: Vec<(f64, f64)> = points
            .iter()
            .copied()
            .filter(|p| p.1 < FULL_PERCENT)
            .collect();
        assert!((ceiling(&naive) - 220.6).abs() > (at - 220.6).abs());
    }

    #[test]
    fn nothing_is_left_out_where_nothing_is_full_at_high_load() {
        let calm = points(200);
        let kept = below_full(&calm, &vec![false; calm.len()]);
        assert_eq!((kept.left_out, kept.points.len()), (0, 720));
        // A backup at night fills the processor while hardly anybody asks.
        let nightly: Vec<bool> = calm.iter().map(|p| p.0 < 120.0).collect();
        assert_eq!(below_full(&calm, &nightly).left_out, 0);
        assert_eq!(below_full(&[], &[]).left_out, 0);
        assert_eq!(below_full(&[(1.0, 100.0); 9], &[true; 9]).points, []);
    }
}
