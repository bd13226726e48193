//! The knee of a throughput curve: where more concurrency stops paying. Kneedle (V. Satopää, J. Albrecht, D. Irwin and
//! B. Raghavan, "Finding a Kneedle in a Haystack", ICDCSW 2011) for a curve that rises and bends down.

use serde::{Deserialize, Serialize};

/// Where the curve bends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Knee {
    /// Concurrency of the level at the bend.
    pub concurrency: f64,
    /// Throughput there, per second.
    pub throughput: f64,
    /// Distance of the curve, scaled to a square of one, above its diagonal: 0 for a straight line, near 1 for a sharp bend.
    pub bend: f64,
}

/// Fewer points than this have no knee worth the name.
const FEWEST: usize = 5;

/// The first knee of (concurrency, throughput) pairs, rising by concurrency, each level once. `sensitivity` is how many
/// average steps the curve must fall below a bend before it counts (1 in the paper).
pub fn knee(points: &[(f64, f64)], sensitivity: f64) -> Option<Knee> {
    let (first, last) = (points.first()?, points.last()?);
    let span = last.0 - first.0;
    let low = points.iter().map(|p| p.1).fold(f64::INFINITY, f64::min);
    let high = points.iter().map(|p| p.1).fold(f64::NEG_INFINITY, f64::max);
    let usable = points.len() >= FEWEST && span > 0.0 && high > low;
    if !usable {
        return None;
    }
    let above: Vec<f64> = points
        .iter()
        .map(|p| (p.1 - low) / (high - low) - (p.0 - first.0) / span)
        .collect();
    let slack = sensitivity / (points.len() - 1) as f64;
    let mut candidate: Option<(usize, f64)> = None;
    for (index, trio) in above.windows(3).enumerate() {
        let [before, here, after] = *trio else {
            continue;
        };
        if here >= before && here >= after && here > 0.0 {
            candidate = Some((index + 1, here - slack));
        }
        if let Some((at, threshold)) = candidate
            && after < threshold
        {
            let (concurrency, throughput) = *points.get(at)?;
            return Some(Knee {
                concurrency,
                throughput,
                bend: above.get(at).copied()?,
            });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The curve of the paper's figure 2: ten points of −1/(x+0.1)+5.
    #[test]
    fn the_curve_of_the_paper() {
        let points: Vec<(f64, f64)> = (0..10)
            .map(|i| f64::from(i) / 9.0)
            .map(|x| (x, -1.0 / (x + 0.1) + 5.0))
            .collect();
        let found = knee(&points, 1.0).unwrap();
        assert!((found.concurrency - 0.222).abs() < 5e-4, "{found:?}");
        assert!((found.throughput - 1.897).abs() < 5e-4, "{found:?}");
        assert!((found.bend - 0.5364).abs() < 5e-5, "{found:?}");
    }

    #[test]
    fn a_line_and_few_points_have_no_knee() {
        let line: Vec<(f64, f64)> = (1..10).map(|n| (f64::from(n), f64::from(n))).collect();
        assert_eq!(knee(&line, 1.0), None);
        assert_eq!(
            knee(&[(1.0, 1.0), (2.0, 5.0), (3.0, 5.0), (4.0, 5.0)], 1.0),
            None
        );
        assert_eq!(knee(&[], 1.0), None);
        let level = [(1.0, 3.0), (2.0, 3.0), (3.0, 3.0), (4.0, 3.0), (5.0, 3.0)];
        assert_eq!(knee(&level, 1.0), None);
    }

    /// Throughput that doubles up to eight and stays there bends at eight.
    #[test]
    fn a_sharp_bend_is_found_where_it_is() {
        let points = [1.0, 2.0, 4.0, 8.0, 12.0, 16.0, 24.0].map(|n: f64| (n, n.min(8.0) * 50.0));
        assert_eq!(knee(&points, 1.0).map(|k| k.concurrency), Some(8.0));
    }
}
