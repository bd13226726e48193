//! The comparisons that decide verdicts: integers only, wide enough that nothing overflows. Floating point gets exact
//! boundaries wrong (43.2 minutes of 30 days at 99.9 %), so none is used here.

use super::Verdict;
use crate::units::Ppm;

/// Parts per million of one.
pub(super) const MILLION: i128 = 1_000_000;

/// Whether bad units stay within what a target for the good share allows: `bad · 10⁶ ≤ total · (10⁶ − target)`.
pub(super) fn good_share_kept(bad: i128, total: i128, target: Ppm, strict: bool) -> bool {
    compare(
        bad * MILLION,
        total * (MILLION - i128::from(target.0)),
        strict,
    )
}

/// Whether bad units stay within a limit for the bad share: `bad · 10⁶ ≤ total · limit`.
pub(super) fn bad_share_kept(bad: i128, total: i128, limit: Ppm, strict: bool) -> bool {
    compare(bad * MILLION, total * i128::from(limit.0), strict)
}

/// `a ≤ b`, or `a < b`.
pub(super) fn compare(a: i128, b: i128, strict: bool) -> bool {
    if strict { a < b } else { a <= b }
}

/// The verdict where the best and the worst case are known to hold or not.
pub(super) fn between(best_holds: bool, worst_holds: bool) -> Verdict {
    match (best_holds, worst_holds) {
        (true, true) => Verdict::Met,
        (false, false) => Verdict::Breached,
        _ => Verdict::NotProven,
    }
}

/// How many of `measured` slices have to hold, rounded up.
pub(super) fn required(measured: u64, share: Ppm) -> u64 {
    let product = i128::from(measured) * i128::from(share.0);
    u64::try_from((product + MILLION - 1) / MILLION).unwrap_or(measured)
}

/// A finite number in billionths, rounded: how values of metric series enter integer comparisons.
pub(super) fn billionths(value: f64) -> i128 {
    (value * 1e9).round() as i128
}

/// The 95 % Wilson score interval of a share (E. B. Wilson, JASA 22 (1927)), for showing how little few samples say.
pub fn wilson(bad: u64, total: u64) -> Option<(f64, f64)> {
    if total == 0 {
        return None;
    }
    let (n, z) = (total as f64, 1.959_963_984_540_054);
    let p = bad as f64 / n;
    let denominator = 1.0 + z * z / n;
    let centre = (p + z * z / (2.0 * n)) / denominator;
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt() / denominator;
    Some(((centre - half).max(0.0), (centre + half).min(1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const P999: Ppm = Ppm(999_000);

    /// sla-and-reports.md, vectors B11 and B12.
    #[test]
    fn boundaries_are_exact() {
        assert!(good_share_kept(2_592, 2_592_000, P999, false));
        assert!(!good_share_kept(2_593, 2_592_000, P999, false));
        assert!(good_share_kept(432 * 6, 30 * 86_400, P999, false));
        assert!(good_share_kept(1_000, 1_000_000, P999, false));
        assert!(!good_share_kept(1_001, 1_000_000, P999, false));
        assert!(good_share_kept(1, 2_000, Ppm(999_500), false));
        assert!(good_share_kept(1, 10_000, Ppm(999_900), false));
        for k in 1..=4_000 {
            assert!(good_share_kept(k, k * 2_000, Ppm(999_500), false));
            assert!(good_share_kept(k, k * 10_000, Ppm(999_900), false));
            assert!(!good_share_kept(k, k * 10_000, Ppm(999_900), true));
        }
        assert!(bad_share_kept(1, 1_000, Ppm(1_000), false));
        assert!(!bad_share_kept(1, 1_000, Ppm(1_000), true));
    }

    /// sla-and-reports.md, vector B16.
    #[test]
    fn few_samples_say_little() {
        let (low, high) = wilson(1, 500).unwrap();
        assert!((low - 0.000_353).abs() < 1e-5, "{low}");
        assert!((high - 0.011_24).abs() < 1e-4, "{high}");
        assert_eq!(wilson(0, 0), None);
    }

    #[test]
    fn required_slices_round_up() {
        assert_eq!(required(30, Ppm::ONE), 30);
        assert_eq!(required(30, Ppm(950_000)), 29);
        assert_eq!(required(0, Ppm::ONE), 0);
        // sla-and-reports.md, vector B17: 95 % of the minutes of two weeks leave 1,008 of them, 16 h 48 min.
        assert_eq!(20_160 - required(20_160, Ppm(950_000)), 1_008);
    }
}
