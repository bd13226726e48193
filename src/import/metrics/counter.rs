//! Counters to rates: growth between neighbouring points per second, as PromQL's `rate` counts it. A counter that
//! goes backwards restarted from zero, so all it shows is new.

use crate::calendar::Instant;
use crate::warning::{WarningKind, Warnings};

/// What became of a counter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rates {
    /// Each at the end of the step it was counted over, per second.
    pub points: Vec<(Instant, f64)>,
    /// How often the counter restarted.
    pub resets: u64,
}

/// How far a counter grew from one reading to the next, and whether it restarted in between.
pub fn increase(before: f64, after: f64) -> (f64, bool) {
    if after < before {
        (after, true)
    } else {
        (after - before, false)
    }
}

/// The growth of a counter per second. Instants rise without repetition; the first point only gives the start.
pub fn rates(points: &[(Instant, f64)]) -> Rates {
    let mut result = Rates::default();
    for pair in points.windows(2) {
        if let [(from, before), (to, after)] = pair {
            let (grown, reset) = increase(*before, *after);
            result.resets += u64::from(reset);
            result.points.push((*to, grown / to.since(*from).as_secs()));
        }
    }
    result
}

/// Whether values behave like a counter: none is negative, and at most a tenth of the steps (or a single one) goes
/// down. A gauge with the name of a counter (`pod_count`) does not.
pub fn behaves_like_counter(points: &[(Instant, f64)]) -> bool {
    let down = points
        .windows(2)
        .filter(|p| matches!(p, [a, b] if b.1 < a.1))
        .count();
    points.iter().all(|p| p.1 >= 0.0) && down <= (points.len() / 10).max(1)
}

/// Says which counters were read only once, of which no rate can be taken.
pub fn say_single(mut names: Vec<String>, warnings: &mut Warnings) {
    let count = names.len() as u64;
    names.sort_unstable();
    names.dedup();
    let more = match names.len().saturating_sub(3) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    names.truncate(3);
    if count > 0 {
        warnings.add_counted(
            WarningKind::Note,
            format!(
                "a counter with a single reading gives no rate and was left out: {}{more}",
                names.join(", ")
            ),
            count,
            None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(values: &[(i64, f64)]) -> Vec<(Instant, f64)> {
        values
            .iter()
            .map(|(s, v)| (Instant::from_secs(*s), *v))
            .collect()
    }

    #[test]
    fn a_restart_counts_from_zero() {
        let counter = points(&[(0, 100.0), (10, 150.0), (20, 30.0), (40, 50.0)]);
        let rates = rates(&counter);
        assert_eq!(rates.resets, 1);
        assert_eq!(rates.points, points(&[(10, 5.0), (20, 3.0), (40, 1.0)]));
    }

    #[test]
    fn a_gauge_is_not_taken_for_a_counter() {
        let wave: Vec<(i64, f64)> = (0..50).map(|i| (i, (i % 3) as f64)).collect();
        assert!(!behaves_like_counter(&points(&wave)));
        let rising: Vec<(i64, f64)> = (0..50).map(|i| (i, (i % 25) as f64)).collect();
        assert!(behaves_like_counter(&points(&rising)));
        assert!(!behaves_like_counter(&points(&[(0, -1.0), (1, 5.0)])));
    }
}
